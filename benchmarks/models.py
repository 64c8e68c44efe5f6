"""How fast the models of commitment over time are solved, in families of games.

Prints a Markdown table: medians of interleaved repeats on this machine, one thread.

    python benchmarks/models.py              everything (about a minute)
    python benchmarks/models.py --draws N    draws a repeat (default 10**6; a tenth of it where all
                                             equilibria are enumerated)
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np

import summitgames as sg
from summitgames.kernels._jit import compile_at_once

compile_at_once()

REPEATS = 5
#: Model to the share of the draws that it is given.
SHARES = {"legitimacy": 1.0, "vicious_cycle": 0.1, "prolongation": 1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--draws", type=int, default=10**6)
    draws = parser.parse_args().draws
    rng = np.random.default_rng(0)
    families, seconds = {}, {}
    for name, share in SHARES.items():
        model, count = sg.model(name), max(1, int(draws * share))
        families[name] = model, count, model.random_values(rng, count)
        model.solve(model.random_values(rng, 100))  # kernels are compiled, modules loaded
        seconds[name] = []
    for _ in range(REPEATS):
        for name, (model, _, values) in families.items():
            start = time.perf_counter()
            model.solve(values, threads=1)
            seconds[name].append(time.perf_counter() - start)
    print("| model | draws | seconds | draws a second |")
    print("|-|-|-|-|")
    for name, (_, count, _) in families.items():
        took = median(seconds[name])
        print(f"| {name} | {count:,} | {took:.3f} | {count / took:,.0f} |")


if __name__ == "__main__":
    main()
