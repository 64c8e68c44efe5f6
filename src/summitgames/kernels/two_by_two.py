"""All equilibria of many 2 x 2 games at once, in closed form.

With d_j what the first row pays the row player beyond the second one at column j, and e_i what the
first column pays the column player beyond the second one at row i, the signs of these four
differences say which profiles are equilibria, and the mixed one is read off their sizes: the first
row is played with |e_2|/(|e_1| + |e_2|), the first column with |d_2|/(|d_1| + |d_2|). A difference
of two floats has the sign that it should, so nothing has to be bounded. Games in which one of the
four is 0, or too large to add, are for the search of games of any size.

Loops over a chunk of games read and write few arrays each: then the compiler turns them into vector
instructions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.kernels._jit import inline, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["SLOTS", "SPACE", "search"]

#: Slots that are written.
SLOTS = 3

#: Games a chunk, and the shape of the space to work in.
_CHUNK = 512
SPACE = 7, _CHUNK

_LARGEST = 1e300

#: Bits of a game's code: the first pure equilibrium's row and column are the first ones; the mixed
#: equilibrium is the only one; there are three.
_ROW, _COLUMN, _CYCLE, _THREE, _LEFT = 1, 2, 4, 8, 16


@inline
def _differences(
    payoffs: Array, start: int, steps: tuple[int, int], one: Array, two: Array
) -> None:
    """Differences between an own first and second action, at the opponent's first and second."""
    flat = payoffs.reshape(-1)
    own, other = np.uint64(steps[0]), np.uint64(steps[1])
    for i in range(one.size):
        at = np.uint64(4 * (start + i))
        one[i] = flat[at] - flat[at + own]
    for i in range(one.size):
        at = np.uint64(4 * (start + i))
        two[i] = flat[at + other] - flat[at + own + other]


@inline
def _mix(one: Array, two: Array, mix: Array, rest: Array) -> None:
    """Probabilities with which the opponent's differences cancel."""
    for i in range(one.size):
        mix[i] = abs(two[i]) / (abs(one[i]) + abs(two[i]))
    for i in range(one.size):
        rest[i] = abs(one[i]) / (abs(one[i]) + abs(two[i]))


@inline
def _codes(d_1: Array, d_2: Array, e_1: Array, e_2: Array, codes: Array) -> int:
    """What the signs say, game by game; all of it together."""
    for i in range(codes.size):
        up_1, up_2, left_1, left_2 = d_1[i] > 0.0, d_2[i] > 0.0, e_1[i] > 0.0, e_2[i] > 0.0
        mixed = (up_1 != up_2) & (left_1 != left_2)
        cycle = mixed & (up_1 != left_1)
        three = mixed & (up_1 == left_1)
        # Without a mixed equilibrium one player has a dominant action, and the other replies.
        row = (left_1 & up_1) | (~left_1 & up_2) if up_1 != up_2 else up_1
        column = (up_1 & left_1) | (~up_1 & left_2) if left_1 != left_2 else left_1
        least = min(abs(d_1[i]), abs(d_2[i]), abs(e_1[i]), abs(e_2[i]))
        most = max(abs(d_1[i]), abs(d_2[i]), abs(e_1[i]), abs(e_2[i]))
        left = ~((least > 0.0) & (most < _LARGEST))
        codes[i] = (
            _ROW * np.int64(row | three)
            + _COLUMN * np.int64((column & ~three) | (three & up_1))
            + _CYCLE * np.int64(cycle)
            + _THREE * np.int64(three)
            + _LEFT * np.int64(left)
        )
    together = _ROW ^ _ROW
    for i in range(codes.size):
        together |= codes[i]
    return together


@inline
def _fill(codes: Array, bit: int, mix: Array, rest: Array, start: int, slots: Array) -> None:
    """Write one player's mixes ``(slots, games, 2)`` of a chunk.

    `bit` of a code says whether the first pure equilibrium has the player's first action; the
    second one has the other.
    """
    n = codes.size
    flat = slots[0].reshape(-1)
    for i in range(n):
        at = np.uint64(2 * (start + i))
        code = codes[i]
        pure = 1.0 if code & bit else 0.0
        flat[at] = mix[i] if code & _CYCLE else pure
        flat[at + np.uint64(1)] = rest[i] if code & _CYCLE else 1.0 - pure
    flat = slots[1].reshape(-1)
    for i in range(n):
        at = np.uint64(2 * (start + i))
        code = codes[i]
        pure = 1.0 if code & bit else 0.0
        flat[at] = 1.0 - pure if code & _THREE else np.nan
        flat[at + np.uint64(1)] = pure if code & _THREE else np.nan
    flat = slots[2].reshape(-1)
    for i in range(n):
        at = np.uint64(2 * (start + i))
        flat[at] = mix[i] if codes[i] & _THREE else np.nan
        flat[at + np.uint64(1)] = rest[i] if codes[i] & _THREE else np.nan


@jit
def search(
    payoffs_a: Array,
    payoffs_b: Array,
    space: Array,
    base: int,
    first: Array,
    second: Array,
    counts: Array,
    flags: Array,
) -> tuple[int, bool]:
    """Equilibria of every game of a block.

    Parameters
    ----------
    payoffs_a, payoffs_b
        ``(games, 2, 2)``.
    space
        Workspace of shape SPACE.
    base
        Place of the block's first game in the arrays written.
    first, second
        Written: ``(slots, all games, 2)``, the first SLOTS slots; NaN where not used.
    counts, flags
        Written: ``(all games,)``, equilibria found, and 0.

    Returns
    -------
    most
        The largest number of equilibria.
    done
        Whether that is right for all games; else the block is for the search of games of any size.
    """
    games = payoffs_a.shape[0]
    together = games - games
    for start in range(0, games, _CHUNK):
        size = min(_CHUNK, games - start)
        codes = space[0].view(np.int64)[:size]
        d_1, d_2, e_1, e_2 = space[1, :size], space[2, :size], space[3, :size], space[4, :size]
        mix, rest = space[5, :size], space[6, :size]
        _differences(payoffs_a, start, (2, 1), d_1, d_2)
        _differences(payoffs_b, start, (1, 2), e_1, e_2)
        together |= _codes(d_1, d_2, e_1, e_2, codes)
        here = base + start
        _mix(e_1, e_2, mix, rest)
        _fill(codes, _ROW, mix, rest, here, first)
        _mix(d_1, d_2, mix, rest)
        _fill(codes, _COLUMN, mix, rest, here, second)
        for i in range(size):
            counts[here + i] = 3 if codes[i] & _THREE else 1
    flags[base : base + games] = 0
    return (3 if together & _THREE else 1), together & _LEFT == 0
