"""Polytopes in exact arithmetic, cut down vertex by vertex (double description)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from flint import fmpq

__all__ = ["Form", "Polytope", "TooMuchWork", "Work", "cut", "cuts", "simplices"]

#: A linear form: coordinate to coefficient, and the constant.
Form: TypeAlias = tuple[Mapping[int, fmpq], fmpq]

_ZERO, _ONE = fmpq(0), fmpq(1)


class TooMuchWork(Exception):  # noqa: N818  (a signal, no error of the user's)
    """The limit of work is reached."""


class Work:
    """A limit of work.

    Parameters
    ----------
    limit
        Units that may be spent.

    Attributes
    ----------
    spent
        Units spent.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.spent = limit, 0

    def spend(self, units: int) -> None:
        """Count some units.

        Raises
        ------
        TooMuchWork
            Where the limit is exceeded.
        """
        self.spent += units
        if self.spent > self.limit:
            raise TooMuchWork


@dataclass(frozen=True)
class Polytope:
    """Vertices, and for each the constraints that hold with equality, as the bits of a number."""

    points: tuple[tuple[fmpq, ...], ...]
    tight: tuple[int, ...]
    bits: int

    def average(self) -> list[fmpq]:
        """A point of the relative interior."""
        count = fmpq(len(self.points))
        return [sum(column, _ZERO) / count for column in zip(*self.points, strict=True)]

    def reaches(self, coordinates: Iterable[int]) -> bool:
        """Whether all these coordinates are positive in the relative interior."""
        return all(any(point[i] != 0 for point in self.points) for i in coordinates)


@lru_cache(maxsize=4096)
def simplices(supports: tuple[tuple[int, ...], ...], width: int) -> Polytope:
    """The product of the simplices on some of `width` coordinates each."""
    total = (1 << len(supports) * width) - 1
    points, tight = [], []
    for chosen in product(*supports):
        point = [_ZERO] * (len(supports) * width)
        off = total
        for place, one in enumerate(chosen):
            point[place * width + one] = _ONE
            off &= ~(1 << place * width + one)
        points.append(tuple(point))
        tight.append(off)
    return Polytope(tuple(points), tuple(tight), len(supports) * width)


def cuts(
    polytope: Polytope | None, forms: Iterable[tuple[Form, bool]], work: Work
) -> Polytope | None:
    """Points where forms are 0 (where an equality is asked) or at least 0; None if none."""
    for form, equal in forms:
        if polytope is None:
            return None
        polytope = cut(polytope, form, work, equal=equal)
    return polytope


def cut(polytope: Polytope, form: Form, work: Work, *, equal: bool) -> Polytope | None:
    """Points where a form is 0 (if `equal`) or at least 0; None if there are none."""
    coefficients, constant = form
    points, tight = polytope.points, polytope.tight
    work.spend(len(points))
    new = 1 << polytope.bits
    values = [
        sum((c * point[i] for i, c in coefficients.items() if point[i] != 0), constant)
        for point in points
    ]
    if not equal and all(value > 0 for value in values):
        return polytope  # the condition is nowhere tight
    kept, marks = [], []
    for point, bits, value in zip(points, tight, values, strict=True):
        if value == 0:
            kept.append(point)
            marks.append(bits | new)
        elif value > 0 and not equal:
            kept.append(point)
            marks.append(bits)
    above = [i for i, value in enumerate(values) if value > 0]
    below = [i for i, value in enumerate(values) if value < 0]
    work.spend(len(above) * len(below) * len(tight))
    for i in above:
        for j in below:
            common = tight[i] & tight[j]
            if any(
                bits & common == common for k, bits in enumerate(tight) if k not in (i, j)
            ):  # no edge
                continue
            up, down = values[i], -values[j]
            pair = zip(points[i], points[j], strict=True)
            kept.append(tuple((down * x + up * y) / (up + down) for x, y in pair))
            marks.append(common | new)
    if not kept:
        return None
    return Polytope(tuple(kept), tuple(marks), polytope.bits + 1)
