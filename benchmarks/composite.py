"""How fast the composite is solved: steps, threads, memory, start-up, and a peer in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on this machine; read the ratios.

    python benchmarks/composite.py              everything (about a minute)
    python benchmarks/composite.py --draws N    draws a repeat (default 2**19)
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from statistics import median

import numba
import numpy as np

import summitgames as sg
from summitgames.blocks import Block, reduce_blocks
from summitgames.equilibria.subgame_perfect import Induction
from summitgames.games.batches import BLOCK
from summitgames.games.programs import Builder
from summitgames.kernels._jit import compile_at_once
from summitgames.kernels.programs import LANES

compile_at_once()

MODEL = sg.model("composite")
REPEATS = 7


def rates(work: dict[str, Callable[[], object]], draws: int) -> dict[str, float]:
    """Median draws a second of each piece of work, repeats interleaved, after one warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in work}
    for repeat in range(REPEATS + 1):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            if repeat:
                seconds[name].append(time.perf_counter() - start)
    return {name: draws / median(times) for name, times in seconds.items()}


def random_draws(rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Every premise of the composite drawn between the article's value and its rivals'."""
    readings = [sg.perspective(name) for name in sg.perspectives()]
    values = {}
    for name in MODEL.parameter_names:
        ends = [reading[name] for reading in readings]
        low, high = min(ends), max(ends)
        if low == high:  # not contested: a tenth around it
            low, high = 0.95 * low, min(1.05 * high, 1.0)
        values[name] = rng.uniform(low, high, count)
    return values


def steps(values: dict[str, np.ndarray], draws: int) -> None:
    """Cost of each step of a solve, by leaving the later ones out."""
    batch = MODEL.form.batch_for(dict(values))
    ranges = MODEL._ranges
    stages = {
        "evaluate and solve, payoffs kept": {"payoffs": True},
        "... and P(summit)": {"payoffs": True, "tags": ("summit",)},
        "... and the path": {"payoffs": True, "tags": ("summit",), "path": True},
        "... and every check on input": {
            "payoffs": True,
            "tags": ("summit",),
            "path": True,
            "ranges": ranges,
            "checked": True,
        },
    }
    inductions = {name: Induction(MODEL.form, **wanted) for name, wanted in stages.items()}
    evaluation = Builder()
    evaluation.store(MODEL.form.emit_scale(evaluation, MODEL.form.emit_quantities(evaluation)))
    evaluate = evaluation.build()
    nothing = np.empty((0, 0), dtype=np.int16)
    kept = np.empty((1, BLOCK))

    def evaluate_all() -> None:
        for start in range(0, draws, BLOCK):
            stop = min(start + BLOCK, draws)
            evaluate.run(batch.block(start, stop), kept[:, : stop - start], nothing)

    limit = bound(len(inductions["... and every check on input"].program.code))
    empty = np.empty((1, draws))

    def limit_all() -> None:
        for start in range(0, draws, BLOCK):
            stop = min(start + BLOCK, draws)
            limit.run({"x": np.ones(1)}, empty[:, start:stop], nothing)

    work: dict[str, Callable[[], object]] = {"evaluate payoffs and probabilities": evaluate_all}
    for name, induction in inductions.items():
        work[name] = lambda induction=induction: induction.run(batch, threads=1)
    work["model.solve, one thread"] = lambda: MODEL.solve(values, threads=1)
    work["model.solve, two threads"] = lambda: MODEL.solve(values, threads=2)
    work["limit: as many additions in the first-level cache"] = limit_all
    found = rates(work, draws)
    counts = {name: len(induction.program.code) for name, induction in inductions.items()}
    counts["evaluate payoffs and probabilities"] = len(evaluate.code)
    whole = 1 / found["... and every check on input"]
    print(f"\n## One solve of {draws:,} draws, all {len(values)} premises given as arrays\n")
    print("| work | instructions a draw | draws a second | time, share of the whole |")
    print("|-|-|-|-|")
    for name, rate in found.items():
        print(f"| {name} | {counts.get(name, '')} | {rate:.3g} | {1 / rate / whole:.0%} |")
    ratio = found["model.solve, two threads"] / found["model.solve, one thread"]
    near = (
        found["... and every check on input"]
        / found["limit: as many additions in the first-level cache"]
    )
    print(f"\nTwo threads over one: {ratio:.2f}. Share of the limit reached: {near:.0%}.")


def bound(instructions: int):
    """Program of as many additions on few registers: what decoding and arithmetic alone cost."""
    builder = Builder()
    total = builder.input("x")
    for number in range(instructions):
        total = builder.add(total, builder.constant(Fraction(number % 8 + 1)))
    builder.store(total)
    return builder.build()


def peer(values: dict[str, np.ndarray]) -> None:
    """pygambit: the same tree, solved by a recursion over its nodes written by hand."""
    import pygambit

    games = 3
    seconds, gaps = [], []
    for draw in range(games):
        one = {name: float(array[draw]) for name, array in values.items()}
        tree = gambit_game(pygambit, MODEL.game(one))
        start = time.perf_counter()
        repeats = 20
        for _ in range(repeats):
            found = recursion(tree.root, list(tree.players))
        seconds.append((time.perf_counter() - start) / repeats)
        solution = MODEL.solve(one)
        ours = [solution[f"payoff_{player}"] for player in MODEL.players]
        gaps.append(max(abs(a - b) for a, b in zip(found, ours, strict=True)))
    draws = len(next(iter(values.values())))
    rate = rates({"ours": lambda: MODEL.solve(values, threads=1)}, draws)["ours"]
    theirs = 1 / median(seconds)
    print("\n## Peer in the same run\n")
    print("| solver | draws a second | ratio |")
    print("|-|-|-|")
    print(
        f"| pygambit {pygambit.__version__}, recursion in Python over its nodes, payoffs set "
        f"| {theirs:.3g} | 1 |"
    )
    print(
        f"| summitgames, evaluation of the payoffs included | {rate:.3g} | {rate / theirs:,.0f} |"
    )
    print(f"\nLargest gap between the payoffs found: {max(gaps):.1e}.")


def gambit_game(pygambit, game):
    """A single bound game as a pygambit tree."""
    from summitgames.games.extensive_form import Tree

    tree = game.tree
    result = pygambit.Game.new_tree(players=list(game.players))
    players = list(result.players)
    quantities = game.exact_quantities()
    chance = dict(game.chance_probabilities())
    pending = [(0, result.root)]
    while pending:
        number, node = pending.pop()
        children = tree.child_lists[number]
        mover = int(tree.mover[number])
        if mover == Tree.TERMINAL:
            payoffs = [float(quantities[q]) for q in game.payoff_numbers[tree.number[number]]]
            result.set_outcome(node, result.add_outcome(f"end {number}", payoffs))
            continue
        labels = [tree.labels[child] for child in children]
        if mover == Tree.CHANCE:
            result.append_move(node, result.players.chance, labels)
            probabilities = [pygambit.Rational(quantities[q]) for q in chance[number]]
            result.set_chance_probs(node.infoset, probabilities)
        else:
            result.append_move(node, players[mover], labels)
        pending.extend(zip(children, node.children, strict=True))
    return result


def recursion(node, players):
    """Backward induction over pygambit's nodes."""
    if node.is_terminal:
        return [float(node.outcome[player]) for player in players]
    below = [recursion(child, players) for child in node.children]
    if node.player.is_chance:
        probabilities = [float(action.prob) for action in node.infoset.actions]
        return [
            sum(p * branch[i] for p, branch in zip(probabilities, below, strict=True))
            for i in range(len(players))
        ]
    mover = players.index(node.player)
    return max(below, key=lambda branch: branch[mover])


def memory(draws: int = 10**7) -> None:
    """Peak memory of a stream of which only a sum is kept; draws are made block by block."""
    readings = [sg.perspective(name) for name in ("article", "guarantees")]
    differ = [name for name in MODEL.parameter_names if readings[0][name] != readings[1][name]]

    def work(block: Block) -> float:
        rng = block.rng(0)
        drawn = {
            name: rng.uniform(*sorted((readings[0][name], readings[1][name])), block.size)
            for name in differ
        }
        return float((MODEL.solve(readings[0], threads=1, **drawn)["summit"] > 0).sum())

    reduce_blocks(work, lambda total, part: total + part, 0.0, 2 * BLOCK)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    share = reduce_blocks(work, lambda total, part: total + part, 0.0, draws) / draws
    elapsed = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{share:.6f} {draws / elapsed:.3g} {before / 1024:.0f} {(after - before) / 1024:.1f}")


def stream() -> None:
    """`memory` in a process of its own, so that nothing else counts."""
    code = "import runpy, sys; runpy.run_path(sys.argv[1])['memory']()"
    share, rate, before, more = run_python(code, __file__).split()
    print("\n## A stream of 10,000,000 draws, article to guarantees, only a count kept\n")
    print("| share with a summit | draws a second, all cores | memory, MB | peak beyond it, MB |")
    print("|-|-|-|-|")
    print(f"| {share} | {rate} | {before} | {more} |")


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """Output of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout


def wall(command: list[str], **environment: str) -> float:
    """Seconds that a command takes."""
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
    return time.perf_counter() - start


def start_up() -> None:
    """Import, first answers and single solves."""
    python = [sys.executable, "-c"]
    bare = median(wall([*python, "import numpy"]) for _ in range(5))
    ours = median(wall([*python, "import numpy, summitgames"]) for _ in range(5))
    used = median(
        wall([*python, "import numpy, summitgames as sg; sg.perspective('article')"])
        for _ in range(5)
    )
    brief = [sys.executable, "-m", "summitgames", "brief"]
    with tempfile.TemporaryDirectory() as cold:
        first = wall(brief, NUMBA_CACHE_DIR=cold)
        warm = median(wall(brief, NUMBA_CACHE_DIR=cold) for _ in range(3))
    single = 1e3 / rates({"solve": lambda: MODEL.solve("article")}, 1)["solve"]
    search = (
        1e3
        / rates(
            {"search": lambda: sg.blocking(by="premises", threads=1).minimal_unlocking_sets}, 1
        )["search"]
    )
    rebuttal = (
        1e3
        / rates(
            {"search": lambda: sg.blocking(rival="rebuttal", by="premises", threads=1).shapley}, 1
        )["search"]
    )
    print("\n## Start-up and single answers\n")
    print("| what | time |")
    print("|-|-|")
    print(f"| import numpy | {bare:.3f} s |")
    print(f"| import numpy and summitgames | {ours:.3f} s |")
    print(f"| ... and read a perspective | {used:.3f} s |")
    print(f"| `summitgames brief`, compiled kernels cached | {warm:.2f} s |")
    print(f"| `summitgames brief`, empty cache | {first:.2f} s |")
    print(f'| `model.solve("article")` | {single:.3f} ms |')
    print(
        "| all 2^15 subsets, article to guarantees, reduced to the minimal sets, one thread "
        f"| {search:.1f} ms |"
    )
    print(
        "| all 2^17 subsets, article to rebuttal, with Shapley amounts, one thread "
        f"| {rebuttal:.1f} ms |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=1 << 19)
    draws = parser.parse_args().draws
    values = random_draws(np.random.default_rng(0), draws)
    print("# The composite\n")
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, numba {numba.__version__}, "
        f"{os.cpu_count()} cores; blocks of {BLOCK} draws, {LANES} lanes."
    )
    steps(values, draws)
    peer({name: array[: 1 << 16] for name, array in values.items()})
    stream()
    start_up()


if __name__ == "__main__":
    main()
