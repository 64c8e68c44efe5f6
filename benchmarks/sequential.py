"""How fast games with hidden information are solved, with peers on the same games in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on one core of this machine; read
the ratios. Peer: pygambit (extra `interop`), which lists the Nash equilibria of the strategic form
and not the perfect Bayesian ones with their beliefs; and follows logit branches of trees.

    python benchmarks/sequential.py              # all
    python benchmarks/sequential.py --only logit
    python benchmarks/sequential.py --only assessments
"""

from __future__ import annotations

import argparse
import io
import random
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations, product
from statistics import median

import numpy as np
import pygambit

import summitgames as sg
from summitgames.certificates.consistency import AssessmentProver
from summitgames.games.gambit_trees import tree_text
from summitgames.kernels._jit import compile_at_once

compile_at_once()

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
            result = sg.perfect_bayesian(game, max_work=10**9)
            times.append(time.perf_counter() - start)
            assert result.status == sg.Status.COMPLETE
            sizes.append(len(result))
        shape = " x ".join(map(str, counts))
        print(f"| {shape} | {median(times) * 1e3:,.0f} ms | {min(sizes)} to {max(sizes)} |")


def ends(players: str, *payoffs: object) -> sg.Outcome:
    """An end of a tree."""
    return sg.Outcome("", dict(zip(players, payoffs, strict=True)))


def breakfast(pay: np.ndarray) -> sg.ExtensiveForm:
    """Two types, messages and responses, nine in ten strong, with payoffs ``(2, 2, 2, 2, ...)``."""

    def reply(t: int, m: int) -> sg.Decision:
        moves = {f"r{r}": ends("ab", *pay[:, t, m, r]) for r in range(2)}
        return sg.Decision("b", moves, infoset=f"m{m}")

    types = {
        f"t{t}": (share, sg.Decision("a", {f"m{m}": reply(t, m) for m in range(2)}, f"t{t}"))
        for t, share in enumerate((Fraction(9, 10), Fraction(1, 10)))
    }
    return sg.ExtensiveForm(sg.Chance(types), players=["a", "b"])


def kuhn(bet: object = 1) -> sg.ExtensiveForm:
    """Kuhn's poker of three cards, with bets of some size."""

    def deal(a: int, b: int) -> sg.Decision:
        sign = 1 if a > b else -1
        shown, called = (ends("ab", sign * x, -sign * x) for x in (1, 1 + bet))
        folded = [ends("ab", x, -x) for x in (1, -1)]
        again = ends("ab", sign * (1 + bet), -sign * (1 + bet))
        reply = sg.Decision("a", {"call": again, "fold": folded[1]}, f"{a} again")
        checked = sg.Decision("b", {"bet": reply, "check": shown}, f"{b} checked")
        answer = sg.Decision("b", {"call": called, "fold": folded[0]}, f"{b} raised")
        return sg.Decision("a", {"bet": answer, "check": checked}, f"{a}")

    deals = {f"{a}{b}": (Fraction(1, 6), deal(a, b)) for a, b in permutations(range(3), 2)}
    return sg.ExtensiveForm(sg.Chance(deals), players=["a", "b"])


def horse() -> sg.ExtensiveForm:
    """Selten's horse."""

    def third(left: tuple[int, ...], right: tuple[int, ...]) -> sg.Decision:
        return sg.Decision("c", {"L": ends("abc", *left), "R": ends("abc", *right)}, "c")

    second = sg.Decision("b", {"L": third((4, 4, 0), (0, 0, 1)), "R": ends("abc", 1, 1, 1)})
    first = sg.Decision("a", {"L": third((3, 3, 2), (0, 0, 0)), "R": second})
    return sg.ExtensiveForm(first, players=["a", "b", "c"])


def logit(rng: np.random.Generator) -> None:
    """Limits of logit branches of trees: single games beside the peer, and families."""
    cho_kreps = np.array(
        [[[[1, 3], [0, 2]], [[0, 2], [1, 3]]], [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]]
    )
    row = 20  # of ours, too short to be timed one by one
    games = {"beer and quiche": breakfast(cho_kreps), "horse": horse(), "Kuhn's poker": kuhn()}
    print(f"| limit of the logit branch | ours, ms | pygambit {pygambit.__version__}, ms | ratio |")
    print("|-|-:|-:|-:|")
    for name, game in games.items():
        peer = pygambit.read_efg(io.StringIO(tree_text(game)))
        taken = seconds(
            {
                "ours": lambda game=game: [sg.logit_path(game) for _ in range(row)],
                "peer": lambda peer=peer: pygambit.nash.logit_solve(peer),
            }
        )
        ours, theirs = taken["ours"] / row * 1e3, taken["peer"] * 1e3
        print(f"| {name} | {ours:.2f} | {theirs:,.1f} | {theirs / ours:,.0f}x |")
    count = 10_000
    families = {
        "signaling, 2 x 2 x 2, normal payoffs": breakfast(rng.normal(size=(2, 2, 2, 2, count))),
        "Kuhn's poker, bets 0.5 to 2": kuhn(rng.uniform(0.5, 2, count)),
    }
    print(f"\n| {count:,} trees | games a second | of them not followed to a limit |")
    print("|-|-:|-:|")
    for name, family in families.items():
        taken = seconds({"ours": lambda family=family: sg.logit_path(family, threads=1)})
        lost = int((sg.logit_path(family).status == sg.Status.FAILED).sum())
        print(f"| {name} | {count / taken['ours']:,.0f} | {lost} |")


def hidden(rng: random.Random, depth: int) -> sg.ExtensiveForm:
    """A random tree of three players with perfect recall, most of whose moves are hidden."""
    labels: dict[object, list[str]] = {}
    players = "abc"

    def node(level: int, own: dict[str, tuple[object, ...]]) -> object:
        if level == depth or (level and rng.random() < 0.2):
            return ends(players, *(rng.randint(-9, 9) for _ in players))
        if rng.random() < 0.2:
            weight = Fraction(rng.randint(1, 3), 4)
            return sg.Chance(
                {"x": (weight, node(level + 1, own)), "y": (1 - weight, node(level + 1, own))}
            )
        player = rng.choice(players)
        known = labels.setdefault((player, own.get(player, ())), [])
        if not known or rng.random() > 0.8:
            known.append(f"{player}{sum(map(len, labels.values()))}")
        label = rng.choice(known)
        below = {
            move: node(level + 1, {**own, player: (*own.get(player, ()), (label, move))})
            for move in ("l", "r")
        }
        return sg.Decision(player, below, infoset=label)

    return sg.ExtensiveForm(node(0, {}), players=[*players])


def tried(game: sg.ExtensiveForm, rng: random.Random, tries: int) -> int:
    """How many pure profiles some random trembles prove to be sequential equilibria.

    By limits of Bayes' rule, which may miss some: a lower bound.
    """
    prover = AssessmentProver(game)
    tree, sets = game.tree, game.infosets
    found = 0
    for profile in product(*(range(len(infoset.actions)) for infoset in sets)):
        plans = [
            [Fraction(a == choice) for a in range(len(infoset.actions))]
            for infoset, choice in zip(sets, profile, strict=True)
        ]
        for _ in range(tries):
            slips = [
                [
                    (0, Fraction(1)) if p else (rng.randint(1, 3), Fraction(rng.randint(1, 9)))
                    for p in plan
                ]
                for plan in plans
            ]
            beliefs = [limit(game, tree, infoset.nodes, slips) for infoset in sets]
            if prover.irrationality((*plans, *beliefs)) is None:
                found += 1
                break
    return found


def limit(
    game: sg.ExtensiveForm,
    tree: object,
    nodes: tuple[int, ...],
    slips: list[list[tuple[int, Fraction]]],
) -> list[Fraction]:
    """Beliefs in some nodes where actions have a power and a factor each."""
    numbers, chance = game.exact_quantities(), dict(game.chance_probabilities())
    likely = []
    for node in nodes:
        order, weight = 0, Fraction(1)
        for step in tree.way(node):
            before, action = int(tree.parent[step]), int(tree.position[step])
            if before in chance:
                weight *= numbers[chance[before][action]]
            else:
                power, factor = slips[int(tree.number[before])][action]
                order, weight = order + power, weight * factor
        likely.append((order, weight))
    least = min(order for order, _ in likely)
    shares = [weight if order == least else Fraction(0) for order, weight in likely]
    return [share / sum(shares) for share in shares]


def assessments(rng: np.random.Generator) -> None:
    """Sequential equilibria in exact arithmetic, a game; no peer lists them with beliefs."""
    cho_kreps = np.array(
        [[[[1, 3], [0, 2]], [[0, 2], [1, 3]]], [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]]
    )
    three = [
        sg.SignalingGame([Fraction(1, 3)] * 3, *rng.integers(-9, 10, (2, 3, 2, 2)).tolist())
        for _ in range(20)
    ]
    draws = random.Random(0)
    kinds = {
        "beer and quiche": ([breakfast(cho_kreps)], 4),
        "horse": ([horse()], 3),
        "signaling, 3 x 2 x 2": ([game.to_extensive_form() for game in three], 5),
        **{
            f"hidden moves, depth {depth}": ([hidden(draws, depth) for _ in range(count)], 2)
            for depth, count in ((3, 40), (4, 20), (5, 10))
        },
    }
    print(
        "| sequential equilibria, a game | games | information sets | may mix | median | longest "
        "| COMPLETE | of pure ones | pure ones | by trembles tried | tried, median |"
    )
    print("|-|-:|-:|-:|-:|-:|-:|-:|-:|-:|-:|")
    for name, (games, mixing) in kinds.items():
        times, slow, complete, pure, sizes, ours, theirs = [], [], 0, 0, [], 0, 0
        sg.sequential_equilibria(games[0], mixing=mixing)
        for game in games:
            start = time.perf_counter()
            found = sg.sequential_equilibria(game, mixing=mixing, max_work=1_000_000)
            times.append(time.perf_counter() - start)
            complete += found.status == sg.Status.COMPLETE
            pure += found.pure_status in (sg.Status.COMPLETE, sg.Status.NONE)
            sizes.append(len(game.infosets))
            if np.prod([len(infoset.actions) for infoset in game.infosets]) <= 64:
                start = time.perf_counter()
                listed = tried(game, draws, 10)
                slow.append(time.perf_counter() - start)
                ours, theirs = ours + int(found.is_pure.sum()), theirs + listed
        peer = f"{ours} | {theirs} | {median(slow) * 1e3:,.0f} ms" if slow else "| |"
        print(
            f"| {name} | {len(games)} | {min(sizes)} to {max(sizes)} | {mixing} "
            f"| {median(times) * 1e3:,.1f} ms | {max(times) * 1e3:,.0f} ms "
            f"| {complete / len(games):.0%} | {pure / len(games):.0%} | {peer} |"
        )
    print("\nTrembles are tried at trees of at most 64 pure profiles, ten at each profile.")


PARTS = {"signaling": signaling, "larger": larger, "logit": logit, "assessments": assessments}

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=PARTS)
    only = parser.parse_args().only
    rng = np.random.default_rng(0)
    for part, run in PARTS.items():
        if only in (None, part):
            run(rng)
            print()
