"""How much of the space between two readings brings an outcome about."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from summitgames.analysis.readings import Reading, check_outcome
from summitgames.blocks import Block, reduce_blocks
from summitgames.errors import whole_number
from summitgames.models import registry

__all__ = ["Share", "share_with"]


@dataclass(frozen=True)
class Share:
    """A share of draws, which estimates a share of the space.

    Attributes
    ----------
    count, draws
        Draws in which the outcome is brought about, and all draws.
    names
        The premises drawn; () where the readings do not differ.
    """

    count: int
    draws: int
    names: tuple[str, ...]

    @property
    def share(self) -> float:
        """Share of the draws."""
        return self.count / self.draws

    @property
    def standard_error(self) -> float:
        """Standard error of the share as an estimate of the space's."""
        return math.sqrt(self.share * (1 - self.share) / self.draws)


def share_with(
    model: str,
    perspective: str | Mapping[str, Any],
    rival: str | Mapping[str, Any],
    *,
    outcome: str = "summit",
    draws: Any = 100_000,
    seed: int = 0,
    threads: int | None = None,
) -> Share:
    """Share of the box between two readings in which an outcome is brought about.

    Every premise that differs is drawn by itself, uniformly between its two values; the others
    stay. The outcome is brought about where the field is above 0.

    Parameters
    ----------
    model
        Name of a model.
    perspective, rival
        Names of perspectives, paths of their files, or mappings.
    outcome
        A numeric or bool field of the model.
    draws
        Number of draws.
    seed
        Key of the generator (Philox); the same draws whatever the number of threads.
    threads
        None: the machine's cores for many draws, one for few.

    Returns
    -------
    Share

    Raises
    ------
    GameError
        If a name is unknown, the outcome is no field of numbers, or `draws` is no positive whole
        number.
    """
    solver = registry.model(model)
    draws = whole_number(draws, "draws", expected="a positive whole number")
    check_outcome(solver, outcome)
    start, end = Reading.of(solver, perspective), Reading.of(solver, rival)
    ends = {n: (float(start.exact[n]), float(end.exact[n])) for n in start.differing(end)}

    def work(block: Block) -> int:
        rng = block.rng(seed)
        moved = {
            name: (low + rng.random(block.size) * (high - low)).clip(min(low, high), max(low, high))
            for name, (low, high) in ends.items()
        }
        found = solver.solve(start.exact, threads=1, **moved)[outcome]
        return int(np.count_nonzero(np.broadcast_to(np.asarray(found) > 0, (block.size,))))

    count = reduce_blocks(work, lambda total, part: total + part, 0, draws, threads=threads)
    return Share(count, draws, tuple(ends))
