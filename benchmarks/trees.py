"""How fast trees with hidden moves are solved and read, with pygambit on the same in the same run.

Prints Markdown tables. Times are medians of interleaved repeats on one core of this machine; read
the ratios. Peer: pygambit (extra `interop`).

    python benchmarks/trees.py
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pygambit

import summitgames as sg
from summitgames import Chance, Decision, ExtensiveForm, Outcome
from summitgames.kernels._jit import compile_at_once

compile_at_once()

REPEATS = 5
#: Games of a batch.
BATCH = 10_000


def seconds(work: dict[str, Callable[[], object]], repeats: int = REPEATS) -> dict[str, float]:
    """Median time of each piece of work, repeats interleaved, after a warm-up."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for repeat in range(repeats + 1):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            if repeat:
                taken[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in taken.items()}


def kuhn(ante: Any) -> ExtensiveForm:
    """Kuhn's poker of three cards; who folds loses the ante, a bet is 1."""

    def end(amount: Any) -> Outcome:
        return Outcome("", {"a": amount, "b": -amount})

    def deal(a: str, b: str) -> Decision:
        sign = 1 if "JQK".index(a) > "JQK".index(b) else -1
        call = {"call": end(sign * (ante + 1)), "fold": end(ante)}
        answer = {"call": end(sign * (ante + 1)), "fold": end(-ante)}
        check = {
            "bet": Decision("a", answer, infoset=f"{a} check bet"),
            "check": end(sign * ante),
        }
        moves = {
            "bet": Decision("b", call, infoset=f"{b} bet"),
            "check": Decision("b", check, infoset=f"{b} check"),
        }
        return Decision("a", moves, infoset=a)

    deals = {a + b: (Fraction(1, 6), deal(a, b)) for a, b in permutations("JQK", 2)}
    return ExtensiveForm(Chance(deals), players=["a", "b"])


def turns(depth: int, count: int, rng: np.random.Generator) -> ExtensiveForm:
    """Two players take turns and see the other's moves but the last one; normal payoffs."""

    def node(moves: str) -> Decision | Outcome:
        if len(moves) == depth:
            a, b = rng.normal(size=(2, count)) if count > 1 else rng.normal(size=2).tolist()
            return Outcome("", {"a": a, "b": b})
        turn = len(moves) % 2
        infoset = f"{len(moves)}:{moves[turn::2]}:{moves[1 - turn :: 2][:-1]}"
        return Decision("ab"[turn], {m: node(moves + m) for m in "xy"}, infoset=infoset)

    return ExtensiveForm(node(""), players=["a", "b"])


def for_gambit(game: ExtensiveForm) -> Any:
    """The same game as pygambit's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "game.efg")
        sg.write_game(game, path)
        return pygambit.read_efg(str(path))


def equilibria(rng: np.random.Generator) -> None:
    """One equilibrium of one game at a time, and of the games of a batch."""
    print(
        "| one equilibrium | information sets | one game | pygambit | ratio | in a batch | ratio |"
    )
    print("|-|-:|-:|-:|-:|-:|-:|")
    cases = [("Kuhn poker, by `lp_solve`", kuhn(1), kuhn(rng.uniform(0.5, 2, BATCH)), True)]
    cases += [("Kuhn poker, by `lcp_solve`", *cases[0][1:3], False)]
    for depth in (4, 5, 6):
        one, many = turns(depth, 1, rng), turns(depth, BATCH, rng)
        cases.append((f"{depth} moves in turns, by `lcp_solve`", one, many, False))
    for name, one, many, zero_sum in cases:
        peer = for_gambit(one)
        solve = pygambit.nash.lp_solve if zero_sum else pygambit.nash.lcp_solve
        taken = seconds(
            {
                "one": lambda one=one: sg.sequence_form(one, threads=1),
                "peer": lambda solve=solve, peer=peer: solve(peer, rational=False),
            }
        )
        taken |= seconds({"many": lambda many=many: sg.sequence_form(many, threads=1)}, 2)
        each = taken["many"] / BATCH
        ours, theirs = taken["one"], taken["peer"]
        print(
            f"| {name} | {len(one.infosets)} | {ours * 1e6:,.0f} us | {theirs * 1e6:,.0f} us "
            f"| {theirs / ours:,.1f}x | {each * 1e6:,.1f} us | {theirs / each:,.0f}x |"
        )


def large_text(rng: np.random.Generator, depth: int, *, decimals: bool) -> str:
    """A complete binary tree, every third move by chance."""
    lines, waiting, ends = ['EFG 2 R "large" { "A" "B" }', '""'], [depth], 0
    while waiting:
        level = waiting.pop()
        if level == 0:
            ends += 1
            pays = rng.uniform(0, 100, 2) if decimals else rng.integers(-9, 10, 2)
            a, b = (f"{x:.6f}" if decimals else str(x) for x in pays)
            lines.append(f't "" {ends} "Outcome {ends}" {{ {a}, {b} }}')
            continue
        waiting += [level - 1] * 2
        if level % 3 == 0:
            lines.append(f'c "" {level} "" {{ "h" 1/2 "l" 0.5 }} 0')
        else:
            lines.append(f'p "" {level % 2 + 1} {len(lines)} "" {{ "up" "down" }} 0')
    return "\n".join(lines) + "\n"


def files(rng: np.random.Generator) -> None:
    """Reading large files."""
    print("\n| reading `.efg` | MB | seconds | of 10 MB | pygambit | ratio |")
    print("|-|-:|-:|-:|-:|-:|")
    for decimals in (False, True):
        text = large_text(rng, 17, decimals=decimals)
        taken = seconds(
            {
                "ours": lambda text=text: sg.read_game(text),
                "peer": lambda text=text: pygambit.read_efg(io.StringIO(text)),
            },
            1,
        )
        size = len(text) / 1e6
        kind = "payoffs of six decimals" if decimals else "whole payoffs"
        print(
            f"| {kind} | {size:.1f} | {taken['ours']:.2f} | {taken['ours'] * 10 / size:.2f} "
            f"| {taken['peer']:.2f} | {taken['peer'] / taken['ours']:.1f}x |"
        )


if __name__ == "__main__":
    generator = np.random.default_rng(0)
    equilibria(generator)
    files(generator)
