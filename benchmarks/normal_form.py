"""How fast games in normal form are solved, with peers on the same games in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on one core of this machine; read
the ratios. Peers: quantecon and pygambit (extra `interop`), scipy, NumPy.

    python benchmarks/normal_form.py                     everything (some minutes)
    python benchmarks/normal_form.py --only threads      one part; several names, several parts
    python benchmarks/normal_form.py --quick             small counts, to see that it runs
    python benchmarks/normal_form.py --write PAGE        tables into the page's places for them too
"""

from __future__ import annotations

import os

# BLAS is a yardstick and a part of peers here: the code for this processor, on one core. It reads
# these when it is loaded, so before NumPy is imported.
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)
for _name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse  # noqa: E402
import platform  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from collections.abc import Callable, Iterable, Sequence  # noqa: E402
from functools import partial  # noqa: E402
from math import comb  # noqa: E402
from pathlib import Path  # noqa: E402
from statistics import median  # noqa: E402

import numpy as np  # noqa: E402

import summitgames as sg  # noqa: E402
from summitgames.kernels._jit import compile_at_once  # noqa: E402

compile_at_once()

REPEATS = 5
QUICK = False

Work = dict[str, Callable[[], object]]


def seconds(work: Work) -> dict[str, float]:
    """Median time of each piece of work, repeats interleaved, after two warm-ups."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for repeat in range(2 + (1 if QUICK else REPEATS)):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            if repeat > 1:
                taken[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in taken.items()}


def few(count: int) -> int:
    """A number of games, or less where the script is only tried."""
    return max(1, count // 50) if QUICK else count


def table(head: str, rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; columns after the first are numbers."""
    columns = head.split("|")
    lines = [" | ".join(row) for row in [[c.strip() for c in columns], *rows]]
    return "\n".join(
        [
            f"| {lines[0]} |",
            "|-|" + "-:|" * (len(columns) - 1),
            *(f"| {row} |" for row in lines[1:]),
        ]
    )


def rate(number: float) -> str:
    return f"{number:,.0f}"


def ratio(number: float) -> str:
    return f"{number:,.0f}x" if number >= 20 else f"{number:.1f}x"


def as_peers(game: sg.NormalForm) -> list[object]:
    return [single.to_quantecon() for single in game]


def all_equilibria(rng: np.random.Generator) -> str:
    """Strategies, exists and status of uniform games, k x k actions."""
    from quantecon.game_theory import support_enumeration, vertex_enumeration

    sizes = {2: (100_000, 400), 3: (50_000, 300), 4: (30_000, 200), 5: (10_000, 100)}
    sizes |= {6: (4_000, 60), 8: (512, 30)}
    rows = []
    for k, counts in sizes.items():
        count, some = map(few, counts)
        family = sg.NormalForm(rng.random((2, count, k, k)))
        peers = as_peers(family[:some])
        work: Work = {
            "ours": lambda family=family: sg.support_enumeration(family, threads=1),
            "two": lambda family=family: sg.support_enumeration(family, threads=2),
            "vertex": lambda peers=peers: [vertex_enumeration(game) for game in peers],
        }
        if k <= 5:
            work["support"] = lambda peers=peers: [support_enumeration(game) for game in peers]
        taken = seconds(work)
        ours, two = count / taken["ours"], count / taken["two"]
        best, name = max(
            (some / taken[name], name) for name in ("support", "vertex") if name in taken
        )
        peer = f"{rate(best)} (quantecon {name}_enumeration)"
        row = [f"{k} x {k}", rate(count), rate(ours), peer, ratio(ours / best)]
        rows.append([*row, f"{two / ours:.2f}x"])
    head = "all equilibria|batch|games a second|of the best peer|ratio|two threads"
    return table(head, rows)


def one_equilibrium(rng: np.random.Generator) -> str:
    """Lemke-Howson from label 0, both sides on the same games (path lengths have heavy tails)."""
    from quantecon.game_theory import lemke_howson

    rows = []
    # Ours solves the games `copies` times over, to have work enough.
    for k, count, copies in ((3, 2000, 50), (10, 1000, 10), (30, 300, 2), (100, 30, 1)):
        games = few(count)
        payoffs = rng.random((2, games, k, k))
        peers = as_peers(sg.NormalForm(payoffs))
        family = sg.NormalForm(np.tile(payoffs, (1, copies, 1, 1)))
        taken = seconds(
            {
                "ours": lambda family=family: sg.lemke_howson(family, threads=1),
                "peer": lambda peers=peers: [lemke_howson(game) for game in peers],
            }
        )
        ours, peer = games * copies / taken["ours"], games / taken["peer"]
        rows.append([f"{k} x {k}", rate(ours), rate(peer), ratio(ours / peer)])
    return table("one equilibrium (Lemke-Howson)|games a second|quantecon|ratio", rows)


def zero_sum(rng: np.random.Generator) -> str:
    """Value and optimal strategies, both sides on the same matrices."""
    from quantecon.optimize import minmax

    rows = []
    for k, count, copies in ((3, 1000, 50), (10, 500, 10), (30, 100, 5), (100, 10, 2)):
        matrices = rng.random((few(count), k, k))
        family = sg.NormalForm.zero_sum(np.tile(matrices, (copies, 1, 1)))
        taken = seconds(
            {
                "ours": lambda family=family: sg.zero_sum_value(family, threads=1),
                "peer": lambda matrices=matrices: [minmax(matrix) for matrix in matrices],
            }
        )
        gap = max(
            abs(sg.zero_sum_value(family[i]).value - minmax(matrix)[0])
            for i, matrix in enumerate(matrices[:20])
        )
        ours, peer = family.size / taken["ours"], len(matrices) / taken["peer"]
        rows.append([f"{k} x {k}", rate(ours), rate(peer), ratio(ours / peer), f"{gap:.0e}"])
    return table("value of a zero-sum game|games a second|quantecon minmax|ratio|largest gap", rows)


def correlated(rng: np.random.Generator) -> str:
    """The largest welfare; the peer's constraints are built before the clock starts."""
    from scipy.optimize import linprog

    k, some = 4, few(60)
    family = sg.NormalForm(rng.random((2, few(2000), k, k)))
    rows = []
    for coarse in (False, True):
        programs = [welfare_program(game, coarse) for game in family[:some]]
        taken = seconds(
            {
                "ours": lambda coarse=coarse: sg.correlated_equilibrium(
                    family, coarse=coarse, threads=1
                ),
                "peer": lambda programs=programs: [linprog(**program) for program in programs],
            }
        )
        found = sg.correlated_equilibrium(family[:some], coarse=coarse).value
        gap = max(
            abs(value + linprog(**program).fun)
            for value, program in zip(found, programs, strict=True)
        )
        ours, peer = family.size / taken["ours"], some / taken["peer"]
        kind = "coarse correlated" if coarse else "correlated"
        rows.append(
            [f"{kind}, {k} x {k}", rate(ours), rate(peer), ratio(ours / peer), f"{gap:.0e}"]
        )
    head = (
        "equilibrium of the largest welfare|games a second|scipy linprog (HiGHS)|ratio|largest gap"
    )
    return table(head, rows)


def welfare_program(game: sg.NormalForm, coarse: bool) -> dict[str, object]:
    """Arguments of `linprog` for the best (coarse) correlated equilibrium of one game."""
    rows = []
    for player, payoffs in enumerate(game.payoffs):
        own = np.moveaxis(payoffs, player, 0)
        for action in range(len(own)):
            gains = own[action] - own
            for told in (
                [None] if coarse else [other for other in range(len(own)) if other != action]
            ):
                part = gains if told is None else np.zeros_like(gains)
                if told is not None:
                    part[told] = gains[told]
                rows.append(np.moveaxis(part, 0, player).ravel())
    return {
        "c": -sum(payoffs.ravel() for payoffs in game.payoffs),
        "A_ub": np.array(rows),
        "b_ub": np.zeros(len(rows)),
        "A_eq": np.ones((1, game.payoffs[0].size)),
        "b_eq": [1],
        "method": "highs",
    }


def dominance(rng: np.random.Generator) -> str:
    """Iterated strict dominance: by mixtures and by pure actions."""
    rows = []
    for k, count in ((3, 20_000), (4, 10_000), (8, 500)):
        family = sg.NormalForm(rng.random((2, few(count), k, k)))
        some = few(100)
        pairs = [tuple(game.payoffs) for game in family[:some]]
        taken = seconds(
            {
                "mixed": lambda family=family: sg.eliminate_dominated(family, threads=1),
                "pure": lambda family=family: sg.eliminate_dominated(
                    family, mixed=False, threads=1
                ),
                "quantecon": lambda pairs=pairs: [by_quantecon(*pair) for pair in pairs],
                "numpy": lambda family=family: by_numpy(*family.payoffs),
            }
        )
        left = sg.eliminate_dominated(family, mixed=False).surviving
        for alive, expected in zip(left, by_numpy(*family.payoffs), strict=True):
            np.testing.assert_array_equal(alive, expected)
        for i, pair in enumerate(pairs):
            left = sg.eliminate_dominated(family[i]).surviving
            assert [np.flatnonzero(alive).tolist() for alive in left] == by_quantecon(*pair)
        for kind, peer, games in (("mixed", "quantecon", some), ("pure", "numpy", family.size)):
            ours, theirs = family.size / taken[kind], games / taken[peer]
            by = "mixtures" if kind == "mixed" else "pure actions"
            name = "quantecon, round by round" if kind == "mixed" else "NumPy, all games at once"
            rows.append(
                [
                    f"by {by}, {k} x {k}",
                    rate(ours),
                    f"{rate(theirs)} ({name})",
                    ratio(ours / theirs),
                ]
            )
    return table("iterated strict dominance|games a second|of the peer|ratio", rows)


def by_quantecon(first: np.ndarray, second: np.ndarray) -> list[list[int]]:
    """Survivors of iterated strict dominance; each round by `dominated_actions`."""
    from quantecon.game_theory import Player

    left = [list(range(count)) for count in first.shape]
    while True:
        cut = np.ix_(*left)
        tables = first[cut], second[cut].T
        gone = [Player(np.ascontiguousarray(part)).dominated_actions() for part in tables]
        if not any(gone):
            return left
        left = [
            [action for place, action in enumerate(side) if place not in out]
            for side, out in zip(left, gone, strict=True)
        ]


def by_numpy(first: np.ndarray, second: np.ndarray) -> list[np.ndarray]:
    """Survivors of iterated strict dominance by pure actions, batched: what one would write."""
    tables = [first, second.swapaxes(1, 2)]
    alive = [np.ones(part.shape[:2], dtype=bool) for part in tables]
    while True:
        gone = []
        for side, part in enumerate(tables):
            rivals = (part[:, :, None] > part[:, None, :]) | ~alive[1 - side][:, None, None, :]
            dominates = rivals.all(axis=-1) & alive[side][:, :, None]
            gone.append(dominates.any(axis=1) & alive[side])
        if not any(out.any() for out in gone):
            return alive
        alive = [left & ~out for left, out in zip(alive, gone, strict=True)]


def logit(rng: np.random.Generator) -> str:
    """The limit of the principal branch; and of many branches, what became of them."""
    import pygambit

    some, k = few(50), 3
    family = sg.NormalForm(rng.random((2, few(5000), k, k)))
    peers = [
        pygambit.Game.from_arrays(*(np.array(payoff) for payoff in game.payoffs))
        for game in family[:some]
    ]
    taken = seconds(
        {
            "ours": lambda: sg.logit_path(family, threads=1),
            "peer": lambda: [pygambit.nash.logit_solve(game) for game in peers],
        }
    )
    ours, peer = family.size / taken["ours"], some / taken["peer"]
    rows = [[f"{k} x {k}", rate(ours), rate(peer), ratio(ours / peer)]]
    text = table("limit of the logit branch|games a second|pygambit logit_solve|ratio", rows)
    many = few(100_000)
    rows = []
    for kind, payoffs in (
        ("uniform", rng.random((2, many, k, k))),
        ("whole numbers from 0 to 2", rng.integers(0, 3, (2, many, k, k)) + 0.0),
    ):
        path = sg.logit_path(sg.NormalForm(payoffs))
        unfinished = int((path.status == sg.Status.FAILED).sum())
        share = re.search(r"an equilibrium nearby \((\d+) of", path.message)
        nearby = int(share[1]) if share else 0
        worst = float(np.nanmax(path.regret)) / float(np.ptp(payoffs))
        rows.append(
            [f"{kind}, {k} x {k}", rate(many), rate(unfinished), rate(nearby), f"{worst:.0e}"]
        )
    head = (
        "branches|followed|unfinished|left before a limit nearby|largest regret, share of payoffs"
    )
    return f"{text}\n\n{table(head, rows)}"


def pure_equilibria(rng: np.random.Generator) -> str:
    """Four players with three actions each."""
    import pygambit

    count, some = few(20_000), few(50)
    family = sg.NormalForm(rng.random((4, count, 3, 3, 3, 3)))
    peers = [
        pygambit.Game.from_arrays(*(np.array(payoff) for payoff in family[i].payoffs))
        for i in range(some)
    ]
    taken = seconds(
        {
            "ours": lambda: sg.pure_nash(family, threads=1),
            "peer": lambda: [pygambit.nash.enumpure_solve(game) for game in peers],
        }
    )
    ours, peer = count / taken["ours"], some / taken["peer"]
    rows = [["4 players x 3 actions", rate(ours), rate(peer), ratio(ours / peer)]]
    return table("pure equilibria|games a second|pygambit|ratio", rows)


def single_games(rng: np.random.Generator) -> str:
    """One game at a time, objects built on both sides."""
    from quantecon.game_theory import NormalFormGame, Player, lemke_howson, support_enumeration

    solvers = {
        "all equilibria": (sg.support_enumeration, support_enumeration),
        "one equilibrium": (sg.lemke_howson, lemke_howson),
    }
    rows = []
    for name, (our_solver, their_solver) in solvers.items():
        for k in (2, 3, 4):
            pairs = [(rng.random((k, k)), rng.random((k, k))) for _ in range(few(500))]

            def ours(pairs=pairs, solver=our_solver) -> None:
                for first, second in pairs:
                    solver(sg.NormalForm.from_bimatrix(first, second))

            def unchecked(pairs=pairs, solver=our_solver) -> None:
                for first, second in pairs:
                    solver(sg.NormalForm.from_bimatrix(first, second, check=False))

            def peer(pairs=pairs, solver=their_solver) -> None:
                for first, second in pairs:
                    columns = np.ascontiguousarray(second.T)
                    solver(NormalFormGame((Player(first), Player(columns))))

            taken = seconds({"ours": ours, "unchecked": unchecked, "peer": peer})
            us, fast, them = (taken[who] / len(pairs) * 1e6 for who in taken)
            row = [f"{name}, {k} x {k}", f"{us:.1f}", f"{fast:.1f}", f"{them:.1f}"]
            rows.append([*row, f"{us / them:.2f}"])
    head = "one game, built and solved|microseconds|with check=False|quantecon|ratio of times"
    return table(head, rows)


def threads(rng: np.random.Generator) -> str:
    """Two threads over one, on batches of half a second or so."""

    def two_players(count: int, k: int) -> sg.NormalForm:
        return sg.NormalForm(rng.random((2, few(count), k, k)))

    def zero_sum() -> sg.NormalForm:
        return sg.NormalForm.zero_sum(rng.random((few(200_000), 10, 10)))

    def four_players() -> sg.NormalForm:
        return sg.NormalForm(rng.random((4, few(200_000), 3, 3, 3, 3)))

    runs = {
        "one equilibrium, 10 x 10": (sg.lemke_howson, partial(two_players, 200_000, 10)),
        "one equilibrium, 100 x 100": (sg.lemke_howson, partial(two_players, 600, 100)),
        "value of a zero-sum game, 10 x 10": (sg.zero_sum_value, zero_sum),
        "correlated, 4 x 4": (sg.correlated_equilibrium, partial(two_players, 100_000, 4)),
        "iterated strict dominance, 4 x 4": (
            sg.eliminate_dominated,
            partial(two_players, 100_000, 4),
        ),
        "limit of the logit branch, 3 x 3": (sg.logit_path, partial(two_players, 15_000, 3)),
        "pure equilibria, 4 players x 3 actions": (sg.pure_nash, four_players),
        # Results of a gigabyte come last: virtual machines serve memory given back more slowly.
        "all equilibria, 3 x 3": (sg.support_enumeration, partial(two_players, 4_000_000, 3)),
        "all equilibria, 5 x 5": (sg.support_enumeration, partial(two_players, 1_000_000, 5)),
    }
    rows = []
    for name, (solver, draw) in runs.items():
        family = draw()
        taken = seconds(
            {
                "one": lambda solver=solver, family=family: solver(family, threads=1),
                "two": lambda solver=solver, family=family: solver(family, threads=2),
            }
        )
        one, two = (family.size / taken[who] for who in taken)
        rows.append([name, rate(family.size), rate(one), rate(two), f"{two / one:.2f}x"])
    head = "work|batch|games a second, one thread|two threads|ratio"
    return table(head, rows)


def limits(rng: np.random.Generator) -> str:
    """Bytes and operations that the method itself needs, against a memory copy and dgemm.

    Bytes: payoffs read once, results written once, in as many slots as the family needs. Operations
    of all equilibria: each bordered minor of size s of both matrices from those of size s - 1, by s
    products and s - 1 sums (size 1: a difference). Of one equilibrium: pivots as quantecon counts
    them on the same games, each a product and a sum for every entry of a k x (k + 1) tableau.
    """
    from quantecon.game_theory import lemke_howson

    size = 256 if QUICK else 1024
    left, right = rng.random((2, size, size))
    product = np.empty_like(left)
    source = rng.random(2**18 if QUICK else 2**25)
    target = np.empty_like(source)
    yardsticks: Work = {
        "copy": lambda: np.copyto(target, source),
        "dgemm": lambda: np.matmul(left, right, out=product),
    }
    rows = []

    def measure(
        name: str, run: Callable[[], object], games: int, moved: float, done: float
    ) -> None:
        taken = seconds({**yardsticks, "work": run})
        copied = 2 * source.nbytes / taken["copy"] / 1e9
        multiplied = 2 * size**3 / taken["dgemm"] / 1e9
        per = taken["work"] / games
        there, here = moved / per / 1e9, done / per / 1e9
        rows.append(
            [
                name,
                rate(1 / per),
                f"{there:.2f} of {copied:.1f}",
                f"{there / copied:.0%}",
                f"{here:.2f} of {multiplied:.1f}",
                f"{here / multiplied:.0%}",
            ]
        )

    for k, count in ((2, 500_000), (3, 200_000), (4, 50_000), (5, 20_000), (6, 5_000), (8, 512)):
        family = sg.NormalForm(rng.random((2, few(count), k, k)))
        found = sg.support_enumeration(family, threads=1)
        moved = nbytes(*family.payoffs, *found.strategies, found.exists, found.status)
        done = 2 * sum(
            comb(k, s + 1) * comb(k, s) * (2 * s - 1 if s > 1 else 1) for s in range(1, k)
        )
        measure(
            f"all equilibria, {k} x {k}",
            lambda family=family: sg.support_enumeration(family, threads=1),
            family.size,
            moved / family.size,
            done,
        )
    for k, count in ((10, 5000), (30, 300), (100, 30)):
        family = sg.NormalForm(rng.random((2, few(count), k, k)))
        found = sg.lemke_howson(family, threads=1)
        pivots = [lemke_howson(game, full_output=True)[1].num_iter for game in as_peers(family)]
        measure(
            f"one equilibrium, {k} x {k}",
            lambda family=family: sg.lemke_howson(family, threads=1),
            family.size,
            nbytes(*family.payoffs, *found.strategies) / family.size,
            2 * k * (k + 1) * float(np.mean(pivots)),
        )
    family = sg.NormalForm(rng.random((4, few(50_000), 3, 3, 3, 3)))
    found = sg.pure_nash(family, threads=1)
    measure(
        "pure equilibria, 4 players x 3 actions",
        lambda: sg.pure_nash(family, threads=1),
        family.size,
        nbytes(*family.payoffs, found) / family.size,
        2 * sum(payoffs[0].size for payoffs in family.payoffs),  # a maximum and a comparison each
    )
    head = "work, one thread|games a second|GB/s moved, of a copy|share|Gflop/s, of dgemm|share"
    return table(head, rows)


def nbytes(*arrays: np.ndarray) -> int:
    return sum(array.nbytes for array in arrays)


#: Solver, what to ask of it, its games (a number, and the shape of the payoffs of one).
LARGE = {
    "all equilibria, 3 x 3": ("support_enumeration", 2_000_000, (2, 3, 3)),
    "all equilibria, 8 x 8": ("support_enumeration", 2_000, (2, 8, 8)),
    "one equilibrium, 3 x 3": ("lemke_howson", 4_000_000, (2, 3, 3)),
    "one equilibrium, 100 x 100": ("lemke_howson", 200, (2, 100, 100)),
    "value of a zero-sum game, 3 x 3": ("zero_sum_value", 2_000_000, (2, 3, 3)),
    "correlated, 4 x 4": ("correlated_equilibrium", 50_000, (2, 4, 4)),
    "iterated strict dominance, 4 x 4": ("eliminate_dominated", 500_000, (2, 4, 4)),
    "limit of the logit branch, 3 x 3": ("logit_path", 100_000, (2, 3, 3)),
    "pure equilibria, 4 players x 3 actions": ("pure_nash", 500_000, (4, 3, 3, 3, 3)),
}


def memory(_: np.random.Generator) -> str:
    """Peak memory beyond payoffs and results, in a process of its own."""
    rows = []
    for name, (solver, count, shape) in LARGE.items():
        code = "import runpy, sys; runpy.run_path(sys.argv[1])['peak'](*sys.argv[2:])"
        shapes = [str(number) for number in (few(count), *shape)]
        given, kept, beyond = run_python(code, __file__, solver, *shapes).split()
        rows.append([name, rate(few(count)), given, kept, beyond])
    head = "work|batch|payoffs, MB|result, MB|peak beyond both, MB"
    return table(head, rows)


def peak(solver: str, *numbers: str) -> None:
    """Print megabytes of payoffs, of the result, and of the peak beyond both."""
    count, players, *actions = map(int, numbers)
    rng = np.random.default_rng(0)
    payoffs = rng.random((players, count, *actions))
    if solver == "zero_sum_value":
        np.negative(payoffs[0], out=payoffs[1])
    family, solve = sg.NormalForm(list(payoffs)), getattr(sg, solver)
    solve(family[: min(count, 20_000)])  # so that compilers and workspaces are there
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak so far is forgotten
    before = memory_of_this("VmRSS")
    found = solve(family)
    highest = memory_of_this("VmHWM")
    arrays = [found] if isinstance(found, np.ndarray) else flat(vars(found).values())
    kept = nbytes(*(array for array in arrays if not np.may_share_memory(array, payoffs)))
    megabyte = 1e6
    beyond = max(highest - before - kept, 0)
    print(f"{payoffs.nbytes / megabyte:,.0f} {kept / megabyte:,.0f} {beyond / megabyte:,.0f}")


def flat(values: Iterable[object]) -> list[np.ndarray]:
    """Arrays among values and in tuples of them."""
    found = []
    for value in values:
        found += [value] if isinstance(value, np.ndarray) else []
        found += flat(value) if isinstance(value, tuple) else []
    return found


def memory_of_this(field: str) -> int:
    """Bytes, from the system's record of this process."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])


#: A first call each, of one game or of a batch.
FIRST = {
    "none: import, and two families built": "None",
    "support_enumeration, 3 x 3": "sg.support_enumeration(game)",
    "vertex_enumeration, 3 x 3 with ties": "sg.vertex_enumeration(tied)",
    "lemke_howson, 3 x 3": "sg.lemke_howson(game)",
    "zero_sum_value, 3 x 3": "sg.zero_sum_value(sg.NormalForm.zero_sum(game.payoffs[0]))",
    "correlated_equilibrium, 3 x 3": "sg.correlated_equilibrium(game)",
    "eliminate_dominated, 3 x 3": "sg.eliminate_dominated(game)",
    "logit_path, 3 x 3": "sg.logit_path(game)",
    "logit_qre, 3 x 3": "sg.logit_qre(game, 1.0)",
    "pure_nash, 3 x 3": "sg.pure_nash(game)",
}


def cold_start(_: np.random.Generator) -> str:
    """The first call in a fresh process, imports of NumPy aside.

    One game is interpreted, whatever the cache holds; of a thousand, kernels are compiled.
    """
    rows = []
    for name, call in FIRST.items():
        row = [name]
        for batch in ("", "1000, "):
            code = (
                "import time, numpy as np; start = time.perf_counter(); import summitgames as sg;"
                "draw = np.random.default_rng(0);"
                f"game = sg.NormalForm(draw.random((2, {batch}3, 3)));"
                f"tied = sg.NormalForm(draw.integers(0, 2, (2, {batch}3, 3)) + 0.0);"
                f"{call}; print(time.perf_counter() - start)"
            )
            with tempfile.TemporaryDirectory() as cold:
                calls = range(2 if QUICK else 1 + REPEATS)
                first, *later = (float(run_python(code, NUMBA_CACHE_DIR=cold)) for _ in calls)
            row += [f"{first:.2f} s", f"{median(later):.2f} s"] if batch else [f"{first:.2f} s"]
        rows.append(row)
    head = "first call in a process|one game|1,000 games, empty cache|1,000 games, kernels cached"
    return table(head, rows)


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """Output of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout


PARTS = {
    "all_equilibria": all_equilibria,
    "one_equilibrium": one_equilibrium,
    "pure_equilibria": pure_equilibria,
    "zero_sum": zero_sum,
    "correlated": correlated,
    "dominance": dominance,
    "logit": logit,
    "single_games": single_games,
    "threads": threads,
    "limits": limits,
    "memory": memory,
    "cold_start": cold_start,
}


def write(page: Path, tables: dict[str, str]) -> None:
    """Replace what stands between the marks of each part in a page."""
    text = page.read_text(encoding="utf-8")
    for name, found in tables.items():
        begin, end = f"<!-- {Path(__file__).name} {name} -->", "<!-- end -->"
        before, mark, rest = text.partition(begin)
        _, closing, after = rest.partition(end)
        if not mark or not closing:
            sys.exit(f"{page}: no place {begin} ... {end}")
        text = f"{before}{begin}\n\n{found}\n\n{end}{after}"
    page.write_text(text, encoding="utf-8")


def main() -> None:
    global QUICK  # noqa: PLW0603
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=PARTS, help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="small counts: not for reading")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the tables there too")
    options = parser.parse_args()
    QUICK = options.quick
    warnings.simplefilter("ignore")  # peers warn of degenerate games and of what is deprecated
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, {os.cpu_count()} cores; "
        f"median of {REPEATS} interleaved repeats.\n"
    )
    tables = {}
    for name in options.only or PARTS:
        tables[name] = PARTS[name](np.random.default_rng(0))
        print(f"{tables[name]}\n", flush=True)
    if options.write:
        write(options.write, tables)


if __name__ == "__main__":
    main()
