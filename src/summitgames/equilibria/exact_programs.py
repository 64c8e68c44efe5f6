"""Linear programs in exact arithmetic, for games in which floats do not decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.equilibria.exact_supports import whole_numbers
from summitgames.equilibria.options import work_limit

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Optimum", "exact_limit", "least_bound", "matrix_game", "pivot_limit", "whole_array"]

#: Pivots that a program gets for each row and column, unless the caller says otherwise; programs of
#: games need about two at most.
_PIVOTS: Final = 100

#: Entries that exact arithmetic rewrites in one program: up to about half a minute.
_LARGEST_WORK: Final = 2**21


def pivot_limit(max_work: object, rows: int, columns: int) -> int:
    """Largest number of pivots; GameError if `max_work` is no positive whole number."""
    return work_limit(max_work, _PIVOTS * (rows + columns))


def exact_limit(limit: int, rows: int, columns: int) -> int:
    """Largest number of pivots in exact arithmetic, where one takes long in a large program."""
    return min(limit, max(1, _LARGEST_WORK // (rows * columns)))


def whole_array(payoffs: NDArray[Any]) -> tuple[NDArray[np.object_], Fraction]:
    """Whole numbers in the proportions of some payoffs, and the unit in which they are counted.

    Parameters
    ----------
    payoffs
        Any shape: floats, taken as the binary numbers that they are, or Fraction.

    Returns
    -------
    array of int of the same shape, Fraction
        The payoffs are the one times the other.
    """
    whole = np.array(whole_numbers(payoffs), dtype=object).reshape(payoffs.shape)
    place = np.unravel_index(np.argmax(whole != 0), whole.shape)
    unit = Fraction(payoffs[place]) / whole[place] if whole[place] else Fraction(1)
    return whole, unit


@dataclass(frozen=True)
class Optimum:
    """Primal and dual solution of a program.

    Attributes
    ----------
    value
        The least bound v.
    variables
        The variables z.
    multipliers
        One weight a row; they sum to 1.
    """

    value: Fraction
    variables: list[Fraction]
    multipliers: list[Fraction]


def matrix_game(matrix: NDArray[np.object_], max_pivots: int) -> Optimum | None:
    """Value and optimal strategies of a matrix game whose row player maximises.

    Parameters
    ----------
    matrix
        ``(k_1, k_2)`` of int.
    max_pivots
        Largest number of pivots.

    Returns
    -------
    Optimum or None
        `multipliers` are the row player's strategy, `variables` the column player's; None: stopped.
    """
    found = least_bound(matrix[:, 0], matrix[:, 1:] - matrix[:, :1], max_pivots, shares=True)
    if found is None:
        return None
    return Optimum(
        found.value, [1 - sum(found.variables, Fraction(0)), *found.variables], found.multipliers
    )


def least_bound(
    constant: NDArray[np.object_],
    slopes: NDArray[np.object_],
    max_pivots: int,
    *,
    shares: bool | Sequence[int] = False,
) -> Optimum | None:
    """The least v with v >= constant_s + sum_j slopes_sj z_j for all s, and z >= 0.

    Parameters
    ----------
    constant, slopes
        ``(S,)`` and ``(S, J)`` of int.
    max_pivots
        Largest number of pivots.
    shares
        Variables whose sum is at most 1: none, all, or those with these numbers.

    Returns
    -------
    Optimum or None
        None: stopped.
    """
    rows, columns = slopes.shape
    best = int(np.argmax(constant))
    table = np.zeros((rows + 1, columns + 2), dtype=object)
    table[:-1, :columns] = slopes - slopes[best]
    table[:-1, columns] = -1
    table[:-1, -1] = constant[best] - constant
    table[best] = 0
    if shares is not False:
        table[best, list(range(columns)) if shares is True else list(shares)] = 1
    table[best, -1] = 1
    table[-1, :columns] = -slopes[best]
    table[-1, columns] = -1
    program = _Program(table)
    if not program.run(max_pivots):
        return None
    variables = [program.amount(j) for j in range(columns)]
    multipliers = [program.weight(columns + 1 + s) for s in range(rows)]
    multipliers[best] = program.weight(columns)  # its slack has this column
    terms = (slope * z for slope, z in zip(slopes[best], variables, strict=True) if z)
    value = sum(terms, constant[best] + program.amount(columns))
    return Optimum(Fraction(value), variables, multipliers)


class _Program:
    """A condensed simplex tableau of whole numbers over one common denominator.

    Parameters
    ----------
    table
        Of int: rows with the right-hand side, not negative, in the last column; the slopes of the
        objective in the last row.
    """

    def __init__(self, table: NDArray[np.object_]) -> None:
        self.table = table
        self.denominator = 1
        self.rows, self.columns = table.shape[0] - 1, table.shape[1] - 1
        self.column_variables = list(range(self.columns))
        self.row_variables = list(range(self.columns, self.columns + self.rows))

    def run(self, max_pivots: int) -> bool:
        """Follow the simplex method to an optimum; whether it got there in so many pivots."""
        for _ in range(max_pivots):
            q = int(np.argmax(self.table[-1, :-1]))
            if self.table[-1, q] <= 0:
                return True
            self._pivot(self._leaving(q), q)
        return bool((self.table[-1, :-1] <= 0).all())

    def _leaving(self, q: int) -> int:
        """Row that bounds the variable of column q, lexicographically the first."""
        entries = self.table[:-1, q]
        rows = [i for i in range(self.rows) if entries[i] > 0]
        keys = iter(range(self.columns, self.columns + self.rows))
        numbers = self.table[:-1, -1]
        while True:
            ratios = [Fraction(numbers[i], entries[i]) for i in rows]
            least = min(ratios)
            rows = [i for i, ratio in zip(rows, ratios, strict=True) if ratio == least]
            if len(rows) == 1:
                return rows[0]
            numbers = self._first_column(next(keys))

    def _first_column(self, variable: int) -> Any:
        """What the column of a variable of the first basis is by now."""
        if variable in self.column_variables:
            return self.table[:-1, self.column_variables.index(variable)]
        unit = [0] * self.rows
        unit[self.row_variables.index(variable)] = self.denominator
        return unit

    def _pivot(self, p: int, q: int) -> None:
        """Exchange the variables of row p and column q; all divisions leave no remainder."""
        table, pivot = self.table, self.table[p, q]
        row, column = table[p].copy(), table[:, q].copy()
        table *= pivot
        table -= np.multiply.outer(column, row)
        table //= self.denominator
        table[p] = row
        table[:, q] = -column
        table[p, q] = self.denominator
        self.denominator = pivot
        leaving = self.row_variables[p]
        self.row_variables[p] = self.column_variables[q]
        self.column_variables[q] = leaving

    def amount(self, variable: int) -> Fraction:
        """Value of a variable."""
        if variable in self.row_variables:
            row = self.row_variables.index(variable)
            return Fraction(self.table[row, -1], self.denominator)
        return Fraction(0)

    def weight(self, variable: int) -> Fraction:
        """What the objective loses by a unit of a variable: for a slack, its row's multiplier."""
        if variable in self.column_variables:
            column = self.column_variables.index(variable)
            return Fraction(-self.table[-1, column], self.denominator)
        return Fraction(0)
