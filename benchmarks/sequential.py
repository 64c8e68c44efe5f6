"""How fast games with hidden information are solved, with peers on the same games in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on one core of this machine; read
the ratios. Peer: pygambit (extra `interop`), which lists the Nash equilibria of the strategic form
and not the perfect Bayesian ones with their beliefs.

    python benchmarks/sequential.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from statistics import median

import numpy as np
import pygambit

import summitgames as sg

REPEATS = 5


def seconds(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median time of each piece of work, repeats interleaved, after two warm-ups."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for repeat in range(REPEATS + 2):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            if repeat > 1:
                taken[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in taken.items()}


def strategic_form(game: sg.SignalingGame) -> pygambit.Game:
    """Expected payoffs at every pair of a plan of messages and a plan of responses."""
    types, messages, responses = game.counts
    plans = list(product(range(messages), repeat=types))
    answers = list(product(range(responses), repeat=messages))
    tables = [
        np.array(
            [
                [
                    sum(game.prior[t] * payoff[t, m, answer[m]] for t, m in enumerate(plan))
                    for answer in answers
                ]
                for plan in plans
            ]
        )
        for payoff in (game.sender, game.receiver)
    ]
    return pygambit.Game.from_arrays(*tables)


def signaling(rng: np.random.Generator) -> None:
    """All perfect Bayesian equilibria of two types, messages and responses, normal payoffs."""
    count, few, exactly = 100_000, 50, 100
    first = rng.random(count)
    family = sg.SignalingGame(
        np.stack([first, 1 - first], axis=-1), *rng.normal(size=(2, count, 2, 2, 2))
    )
    peers = [strategic_form(family[i]) for i in range(few)]
    to_fraction = np.vectorize(Fraction, otypes=[object])
    exact = sg.SignalingGame(*map(to_fraction, family[:exactly].exact_numbers()))
    taken = seconds(
        {
            "ours": lambda: sg.perfect_bayesian(family, threads=1),
            "two": lambda: sg.perfect_bayesian(family, threads=2),
            "beliefs": lambda: sg.perfect_bayesian(family, threads=1).beliefs,
            "exact": lambda: sg.perfect_bayesian(exact),
            "peer": lambda: [pygambit.nash.enummixed_solve(game, rational=False) for game in peers],
        }
    )
    ours, peer = count / taken["ours"], few / taken["peer"]
    rates = {
        "all perfect Bayesian equilibria, one thread": ours,
        "... two threads": count / taken["two"],
        "... one thread, and beliefs": count / taken["beliefs"],
        "the same in exact arithmetic, as at ties": exactly / taken["exact"],
        f"pygambit {pygambit.__version__}, enummixed_solve of the strategic form": peer,
    }
    print(f"| signaling, 2 x 2 x 2, {count:,} games | games a second | over the peer |")
    print("|-|-:|-:|")
    for name, rate in rates.items():
        digits = ".0f" if rate > peer else ".2f"
        print(f"| {name} | {rate:,.0f} | {rate / peer:,{digits}}x |")
    found = sg.perfect_bayesian(family)
    print(f"\nEquilibria a game: {found.counts.mean():.2f}, at most {found.counts.max()}.")


def larger(rng: np.random.Generator) -> None:
    """Single games of three, exact; every support is searched."""
    print("\n| signaling, exact, a game | time | equilibria |")
    print("|-|-:|-:|")
    for counts in ((2, 3, 3), (3, 2, 2), (3, 3, 2), (3, 3, 3)):
        games = [
            sg.SignalingGame([1 / counts[0]] * counts[0], *rng.normal(size=(2, *counts)))
            for _ in range(5)
        ]
        times, sizes = [], []
        for game in games:
            start = time.perf_counter()
            result = sg.perfect_bayesian(game)
            times.append(time.perf_counter() - start)
            assert result.status == sg.Status.COMPLETE
            sizes.append(len(result))
        shape = " x ".join(map(str, counts))
        print(f"| {shape} | {median(times) * 1e3:,.0f} ms | {min(sizes)} to {max(sizes)} |")


if __name__ == "__main__":
    rng = np.random.default_rng(0)
    signaling(rng)
    larger(rng)
