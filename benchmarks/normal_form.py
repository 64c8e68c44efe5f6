"""How fast games in normal form are solved, with peers on the same games in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on one core of this machine; read
the ratios. Peers: quantecon and pygambit (extra `interop`).

    python benchmarks/normal_form.py
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np

import summitgames as sg

REPEATS = 5
#: Games of ours and of the peers a repeat, by number of actions.
GAMES = {2: (100_000, 400), 3: (50_000, 300), 4: (30_000, 200), 5: (10_000, 100), 6: (4_000, 60)}
GAMES |= {8: (512, 30)}


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


def all_equilibria(rng: np.random.Generator) -> None:
    """Strategies, exists and status of uniform games, k x k actions."""
    from quantecon.game_theory import support_enumeration, vertex_enumeration

    print("| all equilibria | batch | games a second | of the best peer | ratio | two threads |")
    print("|-|-:|-:|-:|-:|-:|")
    for k, (count, few) in GAMES.items():
        family = sg.NormalForm(rng.random((2, count, k, k)))
        peers = [family[i].to_quantecon() for i in range(few)]
        work: dict[str, Callable[[], object]] = {
            "ours": lambda family=family: sg.support_enumeration(family, threads=1),
            "two": lambda family=family: sg.support_enumeration(family, threads=2),
            "vertex": lambda peers=peers: [vertex_enumeration(game) for game in peers],
        }
        if k <= 5:
            work["support"] = lambda peers=peers: [support_enumeration(game) for game in peers]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            taken = seconds(work)
        ours, two = count / taken["ours"], count / taken["two"]
        name, best = max(
            ((name, few / taken[name]) for name in ("support", "vertex") if name in taken),
            key=lambda item: item[1],
        )
        print(
            f"| {k} x {k} | {count:,} | {ours:,.0f} | {best:,.0f} (quantecon {name}_enumeration) "
            f"| {ours / best:,.0f}x | {two / ours:.2f}x |"
        )


def one_equilibrium(rng: np.random.Generator) -> None:
    """Lemke-Howson from label 0, both sides on the same games (path lengths have heavy tails)."""
    from quantecon.game_theory import lemke_howson

    print("\n| one equilibrium (Lemke-Howson) | games a second | quantecon | ratio |")
    print("|-|-:|-:|-:|")
    # Ours solves the games `copies` times over, to have work enough.
    for k, count, copies in ((3, 2000, 50), (10, 1000, 10), (30, 300, 2), (100, 30, 1)):
        payoffs = rng.random((2, count, k, k))
        peers = [game.to_quantecon() for game in sg.NormalForm(payoffs)]
        family = sg.NormalForm(np.tile(payoffs, (1, copies, 1, 1)))
        taken = seconds(
            {
                "ours": lambda family=family: sg.lemke_howson(family, threads=1),
                "peer": lambda peers=peers: [lemke_howson(game) for game in peers],
            }
        )
        ours, peer = count * copies / taken["ours"], count / taken["peer"]
        print(f"| {k} x {k} | {ours:,.0f} | {peer:,.0f} | {ours / peer:.1f}x |")


def pure_equilibria(rng: np.random.Generator) -> None:
    """Four players with three actions each."""
    import pygambit

    count, few = 20_000, 50
    family = sg.NormalForm(rng.random((4, count, 3, 3, 3, 3)))
    peers = [
        pygambit.Game.from_arrays(*(np.array(payoff) for payoff in family[i].payoffs))
        for i in range(few)
    ]
    taken = seconds(
        {
            "ours": lambda: sg.pure_nash(family, threads=1),
            "peer": lambda: [pygambit.nash.enumpure_solve(game) for game in peers],
        }
    )
    ours, peer = count / taken["ours"], few / taken["peer"]
    print("\n| pure equilibria | games a second | pygambit | ratio |")
    print("|-|-:|-:|-:|")
    print(f"| 4 players x 3 actions | {ours:,.0f} | {peer:,.0f} | {ours / peer:,.0f}x |")


def single_games(rng: np.random.Generator) -> None:
    """One game at a time, objects built on both sides."""
    from quantecon.game_theory import NormalFormGame, Player, support_enumeration

    print("\n| one game, built and solved | microseconds | quantecon | ratio of times |")
    print("|-|-:|-:|-:|")
    for k in (2, 3, 4):
        pairs = [(rng.random((k, k)), rng.random((k, k))) for _ in range(500)]

        def ours(pairs: list[tuple[np.ndarray, np.ndarray]] = pairs) -> None:
            for first, second in pairs:
                sg.support_enumeration(sg.NormalForm.from_bimatrix(first, second))

        def peer(pairs: list[tuple[np.ndarray, np.ndarray]] = pairs) -> None:
            for first, second in pairs:
                columns = np.ascontiguousarray(second.T)
                support_enumeration(NormalFormGame((Player(first), Player(columns))))

        taken = seconds({"ours": ours, "peer": peer})
        us, them = taken["ours"] / 500 * 1e6, taken["peer"] / 500 * 1e6
        print(f"| {k} x {k} | {us:.1f} | {them:.1f} | {us / them:.2f} |")


def main() -> None:
    rng = np.random.default_rng(0)
    all_equilibria(rng)
    one_equilibrium(rng)
    pure_equilibria(rng)
    single_games(rng)


if __name__ == "__main__":
    main()
