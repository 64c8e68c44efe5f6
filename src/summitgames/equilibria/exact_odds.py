"""Positive numbers within bounds, products of which are 1, in exact arithmetic.

In logarithms the products are linear equations and the bounds a box. A linear subspace meets a
product of intervals if and only if every elementary vector of its complement (one whose support
contains no other's) takes the value 0 in the product (Rockafellar 1969). Of numbers that are
rational, that is a comparison of products of whole powers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from flint import fmpq, fmpz_mat

from summitgames.certificates.rationals import exactly, to_fraction

if TYPE_CHECKING:
    from summitgames.equilibria.exact_polytopes import Work

__all__ = [
    "Bounds",
    "connected",
    "elementary",
    "implied",
    "may_hold",
    "overlapping",
    "rational_ratios",
]

#: Denominators that are tried in turn, to find a simple number in an interval.
_DENOMINATORS: Final = (1, 10, 1000, 10**6, 10**12)
#: Where in a range of logarithms they are tried, and how far from its middle if it has no end.
_SHARES: Final = (1 / 2, 1 / 4, 3 / 4, 1 / 8, 7 / 8)
_FAR: Final = 1.5
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
    supports = [{at for at, power in enumerate(vector) if power} for vector in basis]
    return [[[*basis[at]] for at in part] for part in overlapping(supports)]


def overlapping(sets: Sequence[AbstractSet[int]]) -> list[list[int]]:
    """Places of sets, in parts: no set of one part has an element of a set of another."""
    # A set that joins parts becomes the head of what they had as heads.
    above = list(range(len(sets)))
    joined: list[list[int]] = []
    seen: dict[int, int] = {}  # where an element was last
    for at, own in enumerate(sets):
        heads = sorted({_head(above, seen[element]) for element in own if element in seen})
        joined.append(heads)
        for head in heads:
            above[head] = at
        seen |= dict.fromkeys(own, at)
    parts = []
    for at, head in enumerate(above):
        if head != at:
            continue
        part, rest = [], [at]
        while rest:
            place = rest.pop()
            part.append(place)
            rest += joined[place]
        parts.append(part[::-1])
    return parts


def _head(above: list[int], at: int) -> int:
    """The head of a part; ways to it are halved."""
    while above[at] != at:
        above[at] = above[above[at]]
        at = above[at]
    return at


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
    """Whether there are positive numbers within bounds of which all products are 1."""
    if any(high == 0 for _, high in bounds):
        return False
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


def implied(powers: Sequence[int], bounds: Sequence[Bounds], at: int) -> Bounds:
    """Bounds of one number, of power 1 or -1 in a product that is 1, by those of the others."""
    low: fmpq = fmpq(1)
    high: fmpq | None = fmpq(1)
    for other, power in enumerate(powers):
        if other == at or not power:
            continue
        share = -power * powers[at]
        least, most = bounds[other]
        if share < 0:
            least, most = (
                fmpq(0) if most is None else 1 / most,
                None if least == 0 else 1 / least,
            )
        low *= least ** abs(share)
        high = None if high is None or most is None else high * most ** abs(share)
    return Bounds(low, high)


def rational_ratios(
    circuits: Sequence[Sequence[int]], bounds: Sequence[Bounds], at: int
) -> Iterator[fmpq]:
    """Rational values of one number, for each of which the others can be found.

    Parameters
    ----------
    circuits
        Elementary vectors, of which `may_hold` is true.
    bounds
        Of every number.
    at
        Place of the number.

    Yields
    ------
    fmpq
        In the middle of its range first, then all over it. None, if the only one is irrational.
    """
    low, high = bounds[at]
    if low == high:
        yield low
        return
    for values in _candidates(*_range(circuits, bounds, at)):
        for value in values:
            if value < low or (high is not None and value > high):
                continue
            tried = [*bounds]
            tried[at] = Bounds(value, value)
            if may_hold(circuits, tried):
                yield value
                break


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


def _candidates(low: float, high: float) -> Iterator[list[fmpq]]:
    """Rationals near places between two logarithms, the middle first, simple ones first each."""
    if low == -math.inf and high == math.inf:
        low, high = -_FAR, _FAR
    elif low == -math.inf:
        low = high - 2 * _FAR
    elif high == math.inf:
        high = low + 2 * _FAR
    wide = high - low > _NARROW
    for share in _SHARES if wide else _SHARES[:1]:
        target = low + share * (high - low)
        if abs(target) > _LARGEST_LOGARITHM:
            continue
        near = [Fraction(math.exp(target)).limit_denominator(d) for d in _DENOMINATORS]
        values = [exactly(value) for value in near if value]
        yield [v for v in values if not wide or low < _log(v) < high]


def _log(number: fmpq) -> float:
    """Logarithm of a number of any size; minus infinity for 0."""
    if number == 0:
        return -math.inf
    fraction = to_fraction(number)
    return math.log(fraction.numerator) - math.log(fraction.denominator)
