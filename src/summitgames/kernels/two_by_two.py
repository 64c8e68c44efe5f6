"""All equilibria of many 2 x 2 games at once, in closed form.

With d_j what the first row pays the row player beyond the second one at column j, and e_i what the
first column pays the column player beyond the second one at row i, the signs of these four
differences say which profiles are equilibria, and the mixed one is read off their sizes: the first
row is played with |e_2|/(|e_1| + |e_2|), the first column with |d_2|/(|d_1| + |d_2|). A difference
of two floats has the sign that it should, so nothing has to be bounded. Games in which one of the
four is 0, or too large to add, are for the search of games of any size.

Each loop runs over a chunk of games and writes to few arrays, which come as they lie in memory: so
the compiler turns it into vector instructions. What the loops share stays in the first-level cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["CHUNK", "SLOTS", "SPACE", "search"]

#: Slots that are written.
SLOTS = 3

#: Games a chunk, and the size of the space to work in.
CHUNK = 256
SPACE = 4 * CHUNK

_LARGEST = 1e300

U = np.uint64
#: Places in that space: a player's differences at the opponent's first action, and at the second.
_ROW = U(0), U(CHUNK)
_COLUMN = U(2 * CHUNK), U(3 * CHUNK)


@inline
def _differences(
    payoffs_a: Array,
    payoffs_b: Array,
    start: int,
    size: int,
    here: int,
    space: Array,
    counts: Array,
) -> tuple[np.int64, np.int64]:
    """Differences between own first and second actions, and numbers of equilibria, of a chunk.

    Returns whether some game has three equilibria, and whether some game is left undecided.
    """
    three_any = np.int64(0)
    left_any = np.int64(0)
    for i in range(size):
        at = U(4) * U(start + i)
        d_1 = payoffs_a[at] - payoffs_a[at + U(2)]
        d_2 = payoffs_a[at + U(1)] - payoffs_a[at + U(3)]
        e_1 = payoffs_b[at] - payoffs_b[at + U(1)]
        e_2 = payoffs_b[at + U(2)] - payoffs_b[at + U(3)]
        space[U(i) + _ROW[0]] = d_1
        space[U(i) + _ROW[1]] = d_2
        space[U(i) + _COLUMN[0]] = e_1
        space[U(i) + _COLUMN[1]] = e_2
        mixed = ((d_1 > 0.0) != (d_2 > 0.0)) & ((e_1 > 0.0) != (e_2 > 0.0))
        three = mixed & ((d_1 > 0.0) == (e_1 > 0.0))
        counts[U(here + i)] = 3 if three else 1
        least = min(abs(d_1), abs(d_2), abs(e_1), abs(e_2))
        most = max(abs(d_1), abs(d_2), abs(e_1), abs(e_2))
        three_any |= np.int64(three)
        left_any |= np.int64(~((least > 0.0) & (most < _LARGEST)))
    return three_any, left_any


@inline
def _fill(
    space: Array,
    own: tuple[Any, Any],
    other: tuple[Any, Any],
    leads: bool,
    size: int,
    here: int,
    slots: tuple[Any, Any, Any],
) -> None:
    """Write one player's mixes ``(slots, games, 2)`` of a chunk.

    Of two pure equilibria the one with the first action of the player who `leads` comes first.
    """
    slot_1, slot_2, slot_3 = slots
    for i in range(size):
        one, two = space[U(i) + own[0]], space[U(i) + own[1]]
        theirs, theirs_2 = space[U(i) + other[0]], space[U(i) + other[1]]
        up_1, up_2, left_1, left_2 = one > 0.0, two > 0.0, theirs > 0.0, theirs_2 > 0.0
        mixed = (up_1 != up_2) & (left_1 != left_2)
        three = mixed & (up_1 == left_1)
        only = mixed & (up_1 != left_1)
        # Without a mixed equilibrium one player has a dominant action, and the other replies.
        reply = (left_1 & up_1) | (~left_1 & up_2)
        takes = (up_1 & up_2) | ((up_1 | up_2) & reply)
        pure = 1.0 if (takes & ~three) | (three & (up_1 | leads)) else 0.0
        weight, rest = abs(theirs_2), abs(theirs)
        total = weight + rest
        weight /= total
        rest /= total
        at = U(2) * U(here + i)
        slot_1[at] = weight if only else pure
        slot_1[at + U(1)] = rest if only else 1.0 - pure
        slot_2[at] = 1.0 - pure if three else np.nan
        slot_2[at + U(1)] = pure if three else np.nan
        slot_3[at] = weight if three else np.nan
        slot_3[at + U(1)] = rest if three else np.nan


@jit(interpret=FEW)
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
        Workspace of size SPACE.
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
    flat_a, flat_b = payoffs_a.reshape(-1), payoffs_b.reshape(-1)
    rows = first[0].reshape(-1), first[1].reshape(-1), first[2].reshape(-1)
    columns = second[0].reshape(-1), second[1].reshape(-1), second[2].reshape(-1)
    three = np.int64(0)
    left = np.int64(0)
    for start in range(0, games, CHUNK):
        size = min(CHUNK, games - start)
        here = base + start
        some, some_left = _differences(flat_a, flat_b, start, size, here, space, counts)
        three |= some
        left |= some_left
        _fill(space, _ROW, _COLUMN, start >= 0, size, here, rows)
        _fill(space, _COLUMN, _ROW, start < 0, size, here, columns)
    flags[base : base + games] = 0
    return (3 if three else 1), bool(left == 0)
