"""The exact solution of linear equations and bounds that is nearest to given numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, TypeAlias

from flint import fmpq, fmpq_mat

from summitgames.certificates.rationals import exactly, to_fraction

__all__ = ["Row", "cuts", "nearest", "product", "scaled_mix", "simple_mix"]

#: Coefficients and the value of their sum.
Row: TypeAlias = tuple[list[fmpq], fmpq]

#: A gain of at most this share of the largest of the payoffs at stake is nearly none.
_TIE: Final = fmpq(1, 2**40)
#: Floats this near to a simple rational are its rounding.
_ROUNDED: Final = fmpq(1, 2**50)
#: Simple rationals have at most this denominator.
_SIMPLE: Final = 1000


def cuts(given: Iterable[Sequence[fmpq]], within: Fraction) -> list[fmpq]:
    """Probabilities up to which actions may be taken as not played, from 0 on.

    Of probabilities up to `within` it is not known whether they are zeros that rounding has blurred
    or meant as they are: the support is taken first with all of them, then without the smallest,
    and so on.
    """
    bound = exactly(within)
    return sorted({fmpq(0), *(p for mix in given for p in mix if 0 < p <= bound)})


def simple_mix(mix: Sequence[fmpq], actions: Iterable[int]) -> list[fmpq] | None:
    """The simplest rationals near the probabilities of some actions; None: their sum is not 1."""
    simple = [fmpq(0)] * len(mix)
    for action in actions:
        simple[action] = exactly(to_fraction(mix[action]).limit_denominator(_SIMPLE))
    return simple if sum(simple, fmpq(0)) == 1 else None


def scaled_mix(mix: Sequence[fmpq], actions: Sequence[int]) -> list[fmpq]:
    """A mix on some actions, in simple rationals if it is nothing but their rounding."""
    simple = simple_mix(mix, actions)
    if simple is not None and all(
        (p > 0) == (a in actions) and abs(p - mix[a]) <= _ROUNDED for a, p in enumerate(simple)
    ):
        return simple
    total = sum((mix[a] for a in actions), fmpq(0))
    return [p / total if a in actions else fmpq(0) for a, p in enumerate(mix)]


def nearest(
    equal: list[Row],
    at_most: Sequence[list[fmpq]],
    signs: Sequence[list[fmpq]],
    target: Sequence[fmpq],
) -> list[fmpq] | None:
    """The point nearest to a target that solves equations and meets bounds of 0.

    Parameters
    ----------
    equal
        The equations.
    at_most
        Forms that must not be positive. With those that the target nearly makes 0 set equal to 0 at
        first, so that a vertex of the solutions is met as such.
    signs
        Further such forms, which are not tried as equations.
    target
        The numbers given.

    Returns
    -------
    list of fmpq or None
        None: there is no solution, or none was found nearby.
    """
    bounds = [*at_most, *signs]
    ties: list[Row] = [(row, fmpq(0)) for row in at_most if _nearly_tied(row, target)]
    found = _nearest(equal + ties, bounds, target)
    return _nearest(equal, bounds, target) if found is None and ties else found


def _nearest(
    equal: list[Row], at_most: Sequence[list[fmpq]], target: Sequence[fmpq]
) -> list[fmpq] | None:
    """The same without ties.

    A bound that the projection of the target exceeds is made an equation. If the target is near
    enough to a solution, only bounds that hold with equality there are exceeded, so this ends at a
    solution nearby; None where it does not.
    """
    equal = list(equal)
    while True:
        point = _projection(equal, target)
        if point is None:
            return None
        exceeded = [row for row in at_most if product(row, point) > 0]
        if not exceeded:
            return point
        equal += [(row, fmpq(0)) for row in exceeded]  # not implied, so the rank grows


def _nearly_tied(row: Sequence[fmpq], point: Sequence[fmpq]) -> bool:
    return abs(product(row, point)) <= _TIE * max(map(abs, row))


def product(row: Sequence[fmpq], point: Sequence[fmpq]) -> fmpq:
    """The sum of products."""
    return sum((a * x for a, x in zip(row, point, strict=True) if a != 0), fmpq(0))


def _projection(equal: Sequence[Row], target: Sequence[fmpq]) -> list[fmpq] | None:
    """The solution of equations that is nearest to a target; None: there is no solution."""
    size = len(target)
    entries = [entry for row, value in equal for entry in (*row, value)]
    reduced, rank = fmpq_mat(len(equal), size + 1, entries).rref()
    rows = reduced.table()[:rank]
    if any(all(entry == 0 for entry in row[:size]) for row in rows):
        return None
    if rank == size:
        return [row[size] for row in rows]
    matrix = fmpq_mat(rank, size, [entry for row in rows for entry in row[:size]])
    point = fmpq_mat(size, 1, list(target))
    missing = fmpq_mat(rank, 1, [row[size] for row in rows]) - matrix * point
    transposed = matrix.transpose()
    moved = point + transposed * (matrix * transposed).solve(missing)
    return list(moved.entries())
