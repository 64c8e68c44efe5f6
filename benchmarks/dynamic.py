"""How fast repeated games are solved, with peers on the same games in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on one core of this machine; read
the ratios. Peer: quantecon (extra `interop`).

    python benchmarks/dynamic.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np

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


def thresholds(rng: np.random.Generator) -> None:
    """Critical discounts and automata of uniform 2 x 2 games; the limit: copying the payoffs."""
    count = 500_000
    stage = sg.NormalForm(rng.random((2, count, 2, 2)))
    discount, hazard = rng.random((2, count))
    game = sg.RepeatedGame(stage, discount)
    grim = [sg.Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
    critical = sg.critical_discount
    taken = seconds(
        {
            'critical_discount, "nash"': lambda: critical(stage, (0, 0), threads=1),
            'critical_discount, "minmax"': lambda: critical(
                stage, (0, 0), punishment="minmax", threads=1
            ),
            '"nash", turnover and legitimacy': lambda: critical(
                stage, (0, 0), turnover=hazard, legitimacy=discount, threads=1
            ),
            "is_subgame_perfect, grim trigger": lambda: sg.is_subgame_perfect(
                game, grim, threads=1
            ),
            "copy": lambda: [payoffs.copy() for payoffs in stage.payoffs],
        }
    )
    copy = taken.pop("copy")
    print("\n| thresholds, 2 x 2 | games a second | share of the rate of copying the payoffs |")
    print("|-|-:|-:|")
    for name, time_taken in taken.items():
        print(f"| {name} | {count / time_taken:,.0f} | {copy / time_taken:.1%} |")


def main() -> None:
    rng = np.random.default_rng(0)
    thresholds(rng)


if __name__ == "__main__":
    main()
