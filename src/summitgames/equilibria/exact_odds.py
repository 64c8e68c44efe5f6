"""Positive numbers within bounds, products of which are 1, in exact arithmetic.

In logarithms the products are linear equations and the bounds a box. A linear subspace meets a
product of intervals if and only if every elementary vector of its complement (one whose support
contains no other's) takes the value 0 in the product (Rockafellar 1969). Of numbers that are
rational, that is a comparison of products of whole powers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from flint import fmpq, fmpz_mat

from summitgames.certificates.rationals import exactly, to_fraction

if TYPE_CHECKING:
    from summitgames.equilibria.exact_polytopes import Work

__all__ = ["Bounds", "connected", "elementary", "may_hold", "rational_ratio"]

#: Denominators that are tried in turn, to find a simple number in an interval.
_DENOMINATORS: Final = (1, 10, 1000, 10**6, 10**12)
#: A range of logarithms that is no wider may be a single number.
_NARROW: Final = 1e-9
#: Logarithms of what floats hold.
_LARGEST_LOGARITHM: Final = 300.0


class Bounds(NamedTuple):
    """Where a positive number lies: from `low` (above it, where that is 0) to `high` or None."""

    low: fmpq
    high: fmpq | None


def connected(basis: Sequence[Sequence[int]]) -> list[list[list[int]]]:
    """A basis of relations, each one a fundamental circuit, in parts that share no number."""
    parts: list[tuple[set[int], list[list[int]]]] = []
    for vector in basis:
        support = {at for at, power in enumerate(vector) if power}
        touched = [part for part in parts if part[0] & support]
        merged = [relation for _, relations in touched for relation in relations]
        parts = [part for part in parts if not part[0] & support]
        parts.append((support.union(*(s for s, _ in touched)), [*merged, [*vector]]))
    return [relations for _, relations in parts]


def elementary(basis: Sequence[Sequence[int]], work: Work) -> list[list[int]]:
    """The elementary vectors of the space that some relations span, up to multiples."""
    rank = len(basis)
    if rank <= 1:
        return [[*vector] for vector in basis]
    width = len(basis[0])
    used = [at for at in range(width) if any(vector[at] for vector in basis)]
    found: dict[tuple[int, ...], None] = {}
    for zeros in combinations(used, rank - 1):
        work.spend(rank * width)
        columns, nullity = fmpz_mat([[vector[at] for vector in basis] for at in zeros]).nullspace()
        if int(nullity) != 1:
            continue
        shares = [int(columns[i, 0]) for i in range(rank)]
        mixed = [sum(s * v[at] for s, v in zip(shares, basis, strict=True)) for at in range(width)]
        common = math.gcd(*mixed)
        first = next(power for power in mixed if power)
        sign = 1 if first > 0 else -1
        found[tuple(sign * power // common for power in mixed)] = None
    return [[*vector] for vector in found]


def may_hold(circuits: Sequence[Sequence[int]], bounds: Sequence[Bounds]) -> bool:
    """Whether there are numbers within bounds of which all products are 1."""
    return all(
        _reaches(powers, bounds) and _reaches([-power for power in powers], bounds)
        for powers in circuits
    )


def _reaches(powers: Sequence[int], bounds: Sequence[Bounds]) -> bool:
    """Whether a product is somewhere at least 1."""
    product = fmpq(1)
    for power, (low, high) in zip(powers, bounds, strict=True):
        if power > 0:
            if high is None:
                return True
            product *= high**power
        elif power < 0:
            if low == 0:
                return True
            product *= low**power
    return bool(product >= 1)


def rational_ratio(
    circuits: Sequence[Sequence[int]], bounds: Sequence[Bounds], at: int
) -> fmpq | None:
    """A rational value of one number for which the others can be found.

    Parameters
    ----------
    circuits
        Elementary vectors, of which `may_hold` is true.
    bounds
        Of every number.
    at
        Place of the number.

    Returns
    -------
    fmpq or None
        Away from the ends of its range if possible. None: it was not found, because it is
        irrational or for want of trying.
    """
    low, high = bounds[at]
    if low == high:
        return low
    for value in _candidates(*_range(circuits, bounds, at)):
        if value >= low and (high is None or value <= high):
            tried = [*bounds]
            tried[at] = Bounds(value, value)
            if may_hold(circuits, tried):
                return value
    return None


def _range(
    circuits: Sequence[Sequence[int]], bounds: Sequence[Bounds], at: int
) -> tuple[float, float]:
    """Logarithms between which a number lies, as floats."""
    lows = [_log(low) for low, _ in bounds]
    highs = [math.inf if high is None else _log(high) for _, high in bounds]
    low, high = lows[at], highs[at]
    for powers in circuits:
        if not powers[at]:
            continue
        least = most = 0.0
        for other, power in enumerate(powers):
            if other != at and power:
                share = -power / powers[at]
                ends = sorted((share * lows[other], share * highs[other]))
                least, most = least + ends[0], most + ends[1]
        low, high = max(low, least), min(high, most)
    return low, high


def _candidates(low: float, high: float) -> Iterator[fmpq]:
    """Rationals with logarithms between two numbers, the middle first, simple ones first."""
    if low == -math.inf:
        middle = min(0.0, high - 1) if high < math.inf else 0.0
    else:
        middle = max(0.0, low + 1) if high == math.inf else (low + high) / 2
    wide = high - low > _NARROW
    targets = [middle]
    if wide and math.isfinite(high - low):
        targets += [low + (high - low) / 4, high - (high - low) / 4]
    for target in targets:
        if abs(target) > _LARGEST_LOGARITHM:
            continue
        for denominator in _DENOMINATORS:
            value = exactly(Fraction(math.exp(target)).limit_denominator(denominator))
            if value > 0 and (not wide or low < _log(value) < high):
                yield value


def _log(number: fmpq) -> float:
    """Logarithm of a number of any size; minus infinity for 0."""
    if number == 0:
        return -math.inf
    fraction = to_fraction(number)
    return math.log(fraction.numerator) - math.log(fraction.denominator)
