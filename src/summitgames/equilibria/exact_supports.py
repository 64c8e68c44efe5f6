"""Supports, equilibria and vertices of two-player games in exact arithmetic.

For games in which floats leave a sign open, and for degenerate games, where what matters is which
minors are exactly 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels import bimatrix

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.kernels.minors import MinorTable, SupportTable

__all__ = ["ExactGames", "Vertex", "whole_numbers"]

Mix: TypeAlias = "NDArray[np.float64]"

_LARGEST_INT: Final = 2**62


def whole_numbers(payoffs: NDArray[Any]) -> list[int]:
    """Payoffs of one player in one game, times the least number that makes all of them whole.

    Parameters
    ----------
    payoffs
        Any shape: floats, taken as the binary numbers that they are, or Fraction.

    Returns
    -------
    list
        In C order.
    """
    ratios = [number.as_integer_ratio() for number in payoffs.ravel().tolist()]
    common = math.lcm(*(below for _, below in ratios))
    return [above * (common // below) for above, below in ratios]


@dataclass(frozen=True)
class Vertex:
    """A vertex of a player's best-response polytope.

    Attributes
    ----------
    support
        The actions played, as the bits of a number.
    replies
        The opponent's best responses, likewise.
    mix
        ``(k,)``: the mixed strategy, every probability rounded once.
    """

    support: int
    replies: int
    mix: Mix


class ExactGames:
    """Up to 64 games of one shape with all their minors in exact arithmetic.

    Parameters
    ----------
    payoffs
        Both players' payoffs ``(games, k_1, k_2)``, of float64 or Fraction.
    minors, supports
        Tables for the games' shape.
    """

    def __init__(
        self,
        payoffs: Sequence[NDArray[Any]],
        minors: tuple[MinorTable, MinorTable],
        supports: SupportTable,
    ) -> None:
        self.supports = supports
        self.size = len(payoffs[0])
        own = payoffs[0], payoffs[1].swapaxes(1, 2)
        self.values = [
            _minors(table, _lanes(matrices, table))
            for table, matrices in zip(minors, own, strict=True)
        ]

    def equilibria(self) -> Iterator[tuple[bool, list[tuple[Mix, Mix]]]]:
        """For each game whether it is degenerate, and its equilibria on supports of equal size."""
        supports = self.supports
        signs, other_signs = supports.signs
        pairs = np.empty(supports.sizes.size, dtype=np.int64)
        words = np.empty(supports.sizes.size, dtype=np.uint64)
        hits, degenerate = bimatrix.match_words(
            signs, other_signs, supports.sizes, _words(self.values[0]), _words(self.values[1]),
            self.size, pairs, words,
        )  # fmt: skip
        found = list(zip(pairs[:hits].tolist(), words[:hits].tolist(), strict=True))
        for lane in range(self.size):
            here = [pair for pair, games in found if games >> lane & 1]
            mixes = [(self._mix(0, pair, lane), self._mix(1, pair, lane)) for pair in here]
            yield bool(int(degenerate) >> lane & 1), mixes

    def vertices(self, player: int) -> list[list[Vertex]]:
        """For each game the vertices of a player's best-response polytope.

        Mixed strategies x with a support and a set of best responses of the opponent that determine
        them. Every vertex solves the equations of some pair of supports of equal size.
        """
        supports, values = self.supports, self.values[1 - player]
        signs = supports.signs[1 - player]
        turned = 1 - 2 * (signs & 1).astype(np.int8)
        asked = np.sign(values).astype(np.int8)[signs >> 1] * turned[..., None]
        within = (np.arange(signs.shape[1]) < supports.sizes[:, None])[..., None]
        is_vertex = np.zeros((len(signs), self.size), dtype=np.bool_)
        for side in (asked, -asked):
            is_vertex |= np.where(within, side > 0, side >= 0).all(axis=1)
        tied = ~within & (asked == 0)
        return [
            self._vertices(player, np.flatnonzero(is_vertex[:, lane]), tied[..., lane], lane)
            for lane in range(self.size)
        ]

    def _vertices(
        self, player: int, pairs: NDArray[np.int64], tied: NDArray[np.bool_], lane: int
    ) -> list[Vertex]:
        """The vertices of one game, each once."""
        found: dict[tuple[int, int], Vertex] = {}
        supports = self.supports
        for pair in pairs.tolist():
            size = int(supports.sizes[pair])
            support = _bits(supports.actions[player][pair, :size].tolist())
            replies = supports.actions[1 - player][pair, :size].tolist()
            outside = [action for action in range(tied.shape[1]) if action not in replies]
            ties = tied[pair, size:].tolist()
            replies = _bits([*replies, *(a for a, tie in zip(outside, ties, strict=True) if tie)])
            if (support, replies) not in found:
                mix = self._mix(player, pair, lane)
                found[support, replies] = Vertex(support, replies, mix)
        return list(found.values())

    def _mix(self, player: int, pair: int, lane: int) -> Mix:
        """A player's mixed strategy on a pair of supports, read off the opponent's minors."""
        supports = self.supports
        size = int(supports.sizes[pair])
        minors = supports.signs[1 - player][pair, :size] >> 1
        amounts = [abs(int(value)) for value in self.values[1 - player][minors, lane]]
        total = sum(amounts)
        mix = np.zeros(supports.signs[player].shape[1])
        mix[supports.actions[player][pair, :size]] = [amount / total for amount in amounts]
        return mix


def _bits(actions: Sequence[int]) -> int:
    return sum(1 << action for action in actions)


def _lanes(matrices: NDArray[Any], table: MinorTable) -> NDArray[Any]:
    """Whole numbers of a player's matrices, ``(rows * columns, games)``.

    Of type int64 where no minor of the table, nor a sum on the way to it, can exceed that type.
    """
    whole = [whole_numbers(matrix) for matrix in matrices]
    spread = max(max(numbers) - min(numbers) for numbers in whole)
    largest = table.first.size - 2
    small = math.factorial(largest) * spread**largest < _LARGEST_INT
    small &= max(max(map(abs, numbers)) for numbers in whole) < _LARGEST_INT
    return np.array(whole, dtype=np.int64 if small else object).T


def _minors(table: MinorTable, lanes: NDArray[Any]) -> NDArray[Any]:
    """All minors, ``(minors, games)``."""
    first = table.first
    values = np.empty((int(first[-1]), lanes.shape[1]), dtype=lanes.dtype)
    values[: first[1]] = 1
    if len(table.differences):
        low, high, column = table.differences.T
        columns = table.columns
        values[first[1] : first[2]] = lanes[high * columns + column] - lanes[low * columns + column]
    term = 0
    for size in range(2, len(first) - 1):
        number = int(first[size + 1] - first[size])
        terms = table.terms[term : term + number * size].reshape(number, size, 2)
        products = values[terms[..., 0]] * values[terms[..., 1]]
        products[:, 1::2] *= -1
        values[first[size] : first[size + 1]] = products.sum(axis=1)
        term += number * size
    return values


def _words(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Positive and negative signs by turns, a word of games each."""
    bits = np.zeros((len(values), 2, bimatrix.LANES), dtype=np.bool_)
    bits[:, 0, : values.shape[1]] = values > 0
    bits[:, 1, : values.shape[1]] = values < 0
    return np.packbits(bits, axis=-1, bitorder="little").view("<u8").ravel().astype(np.uint64)
