"""Bordered minors of a payoff matrix, whose signs decide every equilibrium of a two-player game.

For a player's payoff matrix M (own actions in rows), a set R of s + 1 rows and a set S of s columns
let D(R, S) = det [M_RS | 1], the last column all ones. Take supports I (own) and J (opponent's) of
size m. The opponent's mix y on J that makes I indifferent has y_j proportional to
(-1)^pos(j) D(I, J - j), pos counting from 0 within J; and for a row i outside I, with R = I + i,
(-1)^pos(i) D(R, J) is what i pays beyond I at this y (unnormalised). So y and the best-response
conditions are signs of these minors alone, and a game has few of them: C(2k, k - 1) - k for a k x k
matrix with s >= 1, against C(2k, k) - 1 pairs of supports that share them.

They are computed from smaller ones, with r_0 < r_1 < ... the rows in R and j the last column in S:

    G(R, S) = sum over t >= 1 of (-1)^(t - 1) (M[r_t, j] - M[r_0, j]) G(R - r_t, S - j),

which is D(R, S) up to a sign that depends on s alone.

The tables here say which minors there are and which signs each pair of supports needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MinorTable", "SupportTable", "minor_table", "n_minors", "support_table"]

_Set: TypeAlias = tuple[int, ...]


def n_minors(rows: int, columns: int, largest: int) -> int:
    """Number of minors of up to `largest` columns, those of no column (which are 1) included."""
    return sum(comb(rows, s + 1) * comb(columns, s) for s in range(largest + 1))


@dataclass(frozen=True, eq=False)
class MinorTable:
    """How to compute the minors of a matrix with given numbers of rows and columns.

    Minors are numbered by size s, then R, then S, both in lexicographic order.

    Attributes
    ----------
    rows, columns
        Shape of the matrix.
    number
        (R, S) to the number of the minor.
    first
        ``(L + 2,)``: first number of each size s = 0, ..., L, and the count of all.
    differences
        ``(first[2] - first[1], 3)``: r_0, r_1 and j of every minor of size 1.
    terms
        ``(terms, 2)``: numbers of a minor of size 1 and one of size s - 1, to be multiplied; s
        terms for each minor of size s >= 2, in order, their signs alternating from plus.
    """

    rows: int
    columns: int
    number: dict[tuple[_Set, _Set], int]
    first: NDArray[np.int64]
    differences: NDArray[np.int64]
    terms: NDArray[np.int64]


@lru_cache(maxsize=64)
def minor_table(rows: int, columns: int, largest: int) -> MinorTable:
    """Table for matrices of a shape, with minors of up to `largest` columns (and all, if fewer)."""
    number: dict[tuple[_Set, _Set], int] = {}
    first = [0]
    for s in range(min(columns, rows - 1, largest) + 1):
        for chosen_rows in combinations(range(rows), s + 1):
            for chosen in combinations(range(columns), s):
                number[chosen_rows, chosen] = len(number)
        first.append(len(number))
    differences = [(r[0], r[1], c[0]) for r, c in number if len(c) == 1]
    terms = [
        (number[(r[0], r[t]), c[-1:]], number[r[:t] + r[t + 1 :], c[:-1]])
        for r, c in number
        if len(c) > 1
        for t in range(1, len(r))
    ]
    return MinorTable(
        rows,
        columns,
        number,
        np.array(first, dtype=np.int64),
        np.array(differences, dtype=np.int64).reshape(-1, 3),
        np.array(terms, dtype=np.int64).reshape(-1, 2),
    )


def _is_negative(size: int) -> int:
    """Whether G = -D for minors of a size.

    Expanding D along its last column of differences gives the recursion of G with the factor
    (-1)^(s + 1) on each step, and (-1)^s once for the column of ones.
    """
    flips = sum(s + 1 for s in range(1, size + 1)) + size
    return flips % 2


@dataclass(frozen=True, eq=False)
class SupportTable:
    """The pairs of supports of equal size of a two-player game, and the signs that each needs.

    Attributes
    ----------
    actions
        Two arrays ``(pairs, m)``, m the largest size: the actions in each player's support, padded
        by 0; pairs in order of size, then lexicographically.
    sizes
        ``(pairs,)``.
    signs
        Two arrays ``(pairs, k_i)``: for each player's matrix the signs that make the opponent's mix
        positive on its support (the first `size` of them), then those by which no action outside
        the own support pays more. 2 g asks that minor g is positive, 2 g + 1 that it is negative;
        all of them may be reversed together.
    """

    actions: tuple[NDArray[np.int32], NDArray[np.int32]]
    sizes: NDArray[np.int64]
    signs: tuple[NDArray[np.int32], NDArray[np.int32]]


@lru_cache(maxsize=64)
def support_table(first: int, second: int, largest: int) -> SupportTable:
    """Table for games of first x second actions, with supports of up to `largest` actions."""
    numbers = (
        minor_table(first, second, largest).number,
        minor_table(second, first, largest).number,
    )
    pairs = [
        (own, other)
        for size in range(1, min(first, second, largest) + 1)
        for own in combinations(range(first), size)
        for other in combinations(range(second), size)
    ]
    most = min(first, second, largest)
    actions = np.array(
        [[(*support, *(0,) * (most - len(support))) for support in pair] for pair in pairs],
        dtype=np.int32,
    )
    return SupportTable(
        (np.ascontiguousarray(actions[:, 0]), np.ascontiguousarray(actions[:, 1])),
        np.array([len(own) for own, _ in pairs], dtype=np.int64),
        (
            np.array([_signs(numbers[0], first, i, j) for i, j in pairs], dtype=np.int32),
            np.array([_signs(numbers[1], second, j, i) for i, j in pairs], dtype=np.int32),
        ),
    )


def _signs(number: dict[tuple[_Set, _Set], int], rows: int, own: _Set, other: _Set) -> list[int]:
    """Signs that one player's matrix must have for a pair of supports."""
    size = len(own)
    asked = []
    for position in range(size):
        minor = number[own, other[:position] + other[position + 1 :]]
        asked.append(2 * minor + (position + _is_negative(size - 1)) % 2)
    for action in range(rows):
        if action not in own:
            more = tuple(sorted((*own, action)))
            minor = number[more, other]
            asked.append(2 * minor + (1 + more.index(action) + _is_negative(size)) % 2)
    return asked
