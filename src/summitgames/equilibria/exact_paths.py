"""Lemke-Howson paths in exact arithmetic: condensed tableaux of whole numbers.

For games in which floats lose the way, and for payoffs that floats do not hold. What the systems
are is said in `kernels.pivoting`; entries are whole numbers here, over a common denominator which
is the last pivot, so that every division leaves no rest (Edmonds; Bareiss).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.equilibria.exact_supports import whole_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ExactMix", "exact_path", "rounded"]

ExactMix: TypeAlias = tuple[Fraction, ...]


@dataclass
class _System:
    """A system: weights of the columns that make no row's sum exceed 1.

    Attributes
    ----------
    table
        ``(rows, columns + 1)`` whole numbers: nonbasic columns, then the values of the rows'
        variables.
    denominator
        What all of them are to be divided by.
    units
        For each action of the columns what its payoffs were divided by.
    basic, nonbasic
        Labels of the variables of the rows and of the columns.
    slacks
        Labels of the slacks, in the order of the lexicographic rule.
    """

    table: NDArray[np.object_]
    denominator: int
    units: list[int]
    basic: list[int]
    nonbasic: list[int]
    slacks: range

    @classmethod
    def start(cls, payoffs: NDArray[Any], weights: range, slacks: range) -> _System:
        """The tableau at weights 0, from payoffs ``(rows, columns)``."""
        shape = payoffs.shape
        whole = np.array(whole_numbers(payoffs), dtype=object).reshape(shape)
        whole -= whole.min(axis=0)
        units = [math.gcd(*column) or 1 for column in whole.T.tolist()]
        table = np.ones((shape[0], shape[1] + 1), dtype=object)
        table[:, :-1] += whole // np.array(units, dtype=object)
        return cls(table, 1, units, list(slacks), list(weights), slacks)

    def pivot(self, entering: int) -> int:
        """Let a variable enter the basis; the label of the one that leaves it."""
        column = self.nonbasic.index(entering)
        row = self._leaving_row(column)
        table, element = self.table, self.table[row, column]
        pivot_row, pivot_column = table[row].copy(), table[:, column].copy()
        table *= element
        table -= np.outer(pivot_column, pivot_row)
        table //= self.denominator
        table[row] = pivot_row
        table[:, column] = -pivot_column
        table[row, column] = self.denominator
        self.denominator = element
        leaving = self.basic[row]
        self.basic[row], self.nonbasic[column] = entering, leaving
        return leaving

    def _leaving_row(self, column: int) -> int:
        """The lexicographic ratio test."""
        entries = self.table[:, column].tolist()
        rows = [row for row, entry in enumerate(entries) if entry > 0]
        rows = _least(rows, self.table[:, -1].tolist(), entries)
        for slack in self.slacks:
            if len(rows) == 1:
                break
            if slack in self.basic:
                own = self.basic.index(slack)
                rows = [row for row in rows if row != own]
            else:
                values = self.table[:, self.nonbasic.index(slack)].tolist()
                rows = _least(rows, values, entries)
        return rows[0]

    def mix(self, weights: range) -> ExactMix:
        """The mixed strategy that the weights of the columns give."""
        amounts = [Fraction(0)] * len(weights)
        for label, value in zip(self.basic, self.table[:, -1].tolist(), strict=True):
            if label in weights:
                action = label - weights.start
                amounts[action] = Fraction(value, self.units[action])
        total = sum(amounts)
        return tuple(amount / total for amount in amounts)


def _least(rows: list[int], values: list[int], entries: list[int]) -> list[int]:
    """Rows of the least ratio of value to entry, entries being positive."""
    best = rows[:1]
    for row in rows[1:]:
        gap = values[row] * entries[best[0]] - values[best[0]] * entries[row]
        if gap < 0:
            best = [row]
        elif gap == 0:
            best.append(row)
    return best


def exact_path(
    payoffs: tuple[NDArray[Any], NDArray[Any]], initial: int, limit: int
) -> tuple[ExactMix, ExactMix] | None:
    """The equilibrium at the end of the path from a label.

    Parameters
    ----------
    payoffs
        Both players' ``(k_1, k_2)`` payoffs of a single game, floats or Fraction.
    initial
        The label dropped first.
    limit
        Pivots after which the search is given up.

    Returns
    -------
    tuple or None
        Both mixed strategies; None past the limit.
    """
    first, second = payoffs[0].shape
    labels = range(first), range(first, first + second)
    systems = (
        _System.start(payoffs[1].T, *labels),
        _System.start(payoffs[0], *reversed(labels)),
    )
    number, label = int(initial >= first), initial
    for _ in range(limit):
        label = systems[number].pivot(label)
        if label == initial:
            return systems[0].mix(labels[0]), systems[1].mix(labels[1])
        number = 1 - number
    return None


def rounded(mix: ExactMix) -> list[float]:
    """Probabilities as floats, each rounded once."""
    return [float(probability) for probability in mix]
