"""Lemke-Howson paths of many two-player games, by complementary pivoting in floats.

Two systems of inequalities stand for a game. In system 0 a *column* is an action of the first
player, a *row* an action of the second, and the unknowns are weights x' of the columns; in system 1
it is the other way round. Each column's payoffs to the opponent are shifted to begin at 1 and
multiplied by a power of two so that they spread over less than 2, which changes weights by known
factors and the path not at all: adding a constant to a column and rescaling it are projective maps
of the polytope {x' >= 0, A' x' <= 1}. So entries lie in [1, 3), values of variables in [0, 1],
and what counts as 0 needs no unit.

A system is a condensed tableau, of which only nonbasic columns and the right-hand side are stored,
column by column, rows padded with zeros to whole vector registers. Every label (the first player's
actions, then the second's) names one variable of each system: the weight of the action in one, the
slack of its inequality in the other. A pivot on row r and column c is an update of rank 1:

    T <- Z(T) + v u',  u = -T[c], u[r] = 1,  v = T[:, r] / T[c, r], v[c] = 1 / T[c, r],

with Z setting row r and column c to 0 (in code, row r is written last, and u[r] is 0).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit, splice, tick
from summitgames.kernels._space import VECTOR, aligned_zeros

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = [
    "ASTRAY",
    "CLOSE_TIE",
    "DONE",
    "ENDLESS",
    "TIE",
    "distinct_ends",
    "follow_paths",
    "workspace",
]

#: What became of a game: its path ended in an equilibrium, to within rounding; floats lost the way;
#: the path is longer than the limit.
DONE: Final = 0
ASTRAY: Final = 1
ENDLESS: Final = 2

#: Entries of a pivot column up to this count as not positive.
_TINY: Final = 2.0**-36
#: Variables up to this count as 0 after a pivot, so that the lexicographic rule chooses; and for
#: games in which differences as small as that matter.
TIE: Final = 2.0**-40
CLOSE_TIE: Final = 2.0**-50
#: Spreads of payoffs between which scales and their ratios neither overflow nor underflow.
_SMALLEST: Final = 2.0**-400
_LARGEST: Final = 2.0**400
_EXPONENT: Final = 0x7FF0000000000000
_POWERS: Final = 2046 << 52  # the bits of 2.0**e and of 2.0**-e add up to this
#: Rounds of iterative refinement.
_ROUNDS: Final = 3
#: Ends that differ by less, relative to each probability, are the same; by more, absolutely, not.
_SAME: Final = 2.0**-40
_OTHER: Final = 2.0**-20

#: Positions in `state`: game under way, its system and entering label, pivots so far, the pivot
#: after which the bases are noted next, their mark, and that of the noted ones.
_GAME, _SYSTEM, _LABEL, _PIVOTS, _NOTE, _MARK, _NOTED = range(7)


def workspace(first: int, second: int) -> tuple[Any, ...]:
    """Arrays that `follow_paths` works with, and keeps its place in, for games of a shape.

    Parameters
    ----------
    first, second
        Numbers of actions.

    Returns
    -------
    tuple
        state, tables ``(2, columns + 1, rows)``, scales, lows, basic variables of the rows, places
        of the variables (a column, or ~row of a basic one), marks of the variables, vectors for
        pivots, and weights.
    """
    most = max(first, second)
    width = -(-most // VECTOR) * VECTOR
    return (
        np.zeros(7, dtype=np.int64),
        aligned_zeros(2, most + 1, width),
        np.empty((2, most)),
        np.empty((2, most)),
        np.empty((2, most), dtype=np.int64),
        np.empty((2, first + second), dtype=np.int64),
        _marks(first + second),
        aligned_zeros(3, width + VECTOR),
        np.zeros((2, most)),
    )


@lru_cache(maxsize=64)
def _marks(labels: int) -> Array:
    """Numbers whose sums tell bases apart, ``(2, labels)``: in all likelihood, no two agree."""
    return np.random.Generator(np.random.Philox(0)).integers(1 << 40, size=(2, labels))


@splice
def _power(spread: float) -> float:
    """The power of two that takes a number to [1, 2)."""
    bits = np.float64(spread).view(np.int64) & _EXPONENT
    return np.int64(_POWERS - bits).view(np.float64)


@splice
def _load(
    system: int, first_payoffs: Array, second_payoffs: Array, game: int, tables: Array,
    scales: Array, lows: Array,
) -> bool:  # fmt: skip
    """Write a game's first tableau of a system; False if its payoffs are out of range."""
    first, second = first_payoffs.shape[1], first_payoffs.shape[2]
    columns, rows = (second, first) if system else (first, second)
    smallest, largest = np.inf, 0.0
    for c in range(columns):
        low, high = np.inf, -np.inf
        for r in range(rows):
            value = first_payoffs[game, r, c] if system else second_payoffs[game, c, r]
            tables[system, c, r] = value
            low = min(low, value)
            high = max(high, value)
        lows[system, c] = low
        spread = high - low
        scales[system, c] = spread
        largest = max(largest, spread)
        smallest = min(smallest, spread if spread > 0.0 else np.inf)
    constant = _power(largest) if largest > 0.0 else 1.0
    for c in range(columns):
        spread = scales[system, c]
        scale = _power(spread) if spread > 0.0 else constant
        scales[system, c] = scale
        low = lows[system, c]
        for r in range(rows):
            tables[system, c, r] = (tables[system, c, r] - low) * scale + 1.0
    for r in range(rows):
        tables[system, columns, r] = 1.0
    return smallest >= _SMALLEST and largest <= _LARGEST


@inline
def _lexicographic(
    system: int, columns: int, rows: int, entering: int, c: int, least: float, tie: float,
    offset: int, tables: Array, places: Array, tied: Array,
) -> int:  # fmt: skip
    """Row that the lexicographic rule chooses among those that tie in the ratio test.

    Of the rows of [value, slack 1, slack 2, ...] divided by the entry of the pivot column, the
    lexicographically least: that which would be chosen alone if the right-hand sides were 1 + e,
    1 + e^2, ... for small e. `tied` is room for numbers of rows.
    """
    count = 0
    for r in range(rows):
        entry = tables[system, c, r]
        if entry > _TINY and tables[system, columns, r] - least * entry <= tie:
            tied[count] = r
            count += 1
    for slack in range(offset, offset + rows):
        if count == 1:
            break
        if slack == entering:  # all ratios are 1
            continue
        place = places[system, slack]
        best, size = np.inf, 0.0
        for n in range(count):
            r = int(tied[n])
            value = tables[system, place, r] if place >= 0 else (1.0 if ~place == r else 0.0)
            size = max(size, abs(value))
            best = min(best, value / tables[system, c, r])
        kept = 0
        for n in range(count):
            r = int(tied[n])
            value = tables[system, place, r] if place >= 0 else (1.0 if ~place == r else 0.0)
            if value - best * tables[system, c, r] <= tie * max(size, 1.0):
                tied[kept] = r
                kept += 1
        count = kept
    return int(tied[0])


@splice
def _follow(
    first: int, second: int, initial: int, stop: int, limit: int, tie: float, state: Array,
    tables: Array, basic: Array, places: Array, marks: Array, vectors: Array,
) -> int:  # fmt: skip
    """Pivot until the path ends or `stop` pivots are done; DONE, ASTRAY, ENDLESS, or -1: stopped.

    A path that comes back to noted bases would go round for ever; they are noted anew after 1, 2,
    4, ... pivots.
    """
    system, entering, pivots = state[_SYSTEM], state[_LABEL], state[_PIVOTS]
    note, mark, noted = state[_NOTE], state[_MARK], state[_NOTED]
    ratios, u, v = vectors[0], vectors[1], vectors[2]
    result = -1
    while True:
        tick()
        if pivots >= limit:
            result = ENDLESS
            break
        if pivots >= stop:
            break
        columns, rows = (second, first) if system else (first, second)
        width = -(-rows // VECTOR) * VECTOR
        c = places[system, entering]
        for r in range(width):
            entry = tables[system, c, r]
            ratio = tables[system, columns, r] / (entry if entry > _TINY else 1.0)
            ratios[r] = ratio if entry > _TINY else np.inf
        one, two, three, four = np.inf, np.inf, np.inf, np.inf
        for r in range(0, width, 4):  # in four chains: each has to wait for itself
            one = min(one, ratios[r])
            two = min(two, ratios[r + 1])
            three = min(three, ratios[r + 2])
            four = min(four, ratios[r + 3])
        least = min(one, two, three, four)
        if not least < np.inf:
            result = ASTRAY
            break
        count = 0
        for r in range(width):
            entry = tables[system, c, r]
            tied = (entry > _TINY) & (tables[system, columns, r] - least * entry <= tie)
            count += 1 if tied else 0
            u[r] = -entry
        row = 0
        if count > 1:
            offset = 0 if system else first
            row = _lexicographic(
                system, columns, rows, entering, c, least, tie, offset, tables, places, ratios
            )  # fmt: skip
        else:
            while ratios[row] != least:
                row += 1
        inverse = 1.0 / tables[system, c, row]
        for j in range(columns + 1):
            v[j] = tables[system, j, row] * inverse
        v[c] = inverse
        u[row] = 0.0
        for r in range(width):
            tables[system, c, r] = 0.0
        for j in range(columns + 1):
            factor = v[j]
            for r in range(width):
                tables[system, j, r] += factor * u[r]
        for j in range(columns + 1):
            tables[system, j, row] = v[j]
        pivots += 1
        leaving = basic[system, row]
        basic[system, row] = entering
        places[system, entering] = ~row
        places[system, leaving] = c
        if leaving == initial:
            result = DONE
            break
        mark += marks[system, entering] - marks[system, leaving]
        system, entering = 1 - system, leaving
        if mark == noted:
            result = ASTRAY
            break
        if pivots == note:
            note, noted = 2 * note, mark
    state[_SYSTEM], state[_LABEL], state[_PIVOTS] = system, entering, pivots
    state[_NOTE], state[_MARK], state[_NOTED] = note, mark, noted
    return result


@splice
def _start(
    first: int, second: int, initial: int, state: Array, basic: Array, places: Array
) -> None:  # fmt: skip
    """Write the bases in which all weights are 0, and the label that enters."""
    for label in range(first + second):
        places[0, label] = label if label < first else ~(label - first)
        places[1, label] = ~label if label < first else label - first
    for row in range(second):
        basic[0, row] = first + row
    for row in range(first):
        basic[1, row] = row
    state[_SYSTEM] = 0 if initial < first else 1
    state[_LABEL] = initial
    state[_NOTE] = 1
    state[_MARK] = 0
    state[_NOTED] = 0


@splice
def _fits(
    system: int, first_payoffs: Array, second_payoffs: Array, game: int, tables: Array,
    scales: Array, lows: Array, places: Array, sums: Array, weights: Array,
) -> bool:  # fmt: skip
    """Read off a system's weights, and check that they solve it, from the payoffs themselves.

    The sums A' x' are left in `sums`. An entry of A' is off by at most 3 roundings, a sum of k + 1
    products of size 1 by as many more; twice that is what is allowed.
    """
    first, second = first_payoffs.shape[1], first_payoffs.shape[2]
    columns, rows = (second, first) if system else (first, second)
    own, offset = (first, 0) if system else (0, first)
    allowed = 2.0**-51 * (columns + 8)
    fits = True
    for c in range(columns):
        place = places[system, own + c]
        r = ~place if place < 0 else 0
        value = tables[system, columns, r] if place < 0 else 0.0
        fits &= value >= -allowed
        weights[system, c] = value if value > allowed else 0.0
    for r in range(rows):
        sums[r] = 0.0
    for c in range(columns):
        weight, low, scale = weights[system, c], lows[system, c], scales[system, c]
        if weight == 0.0 and columns > VECTOR:  # for few columns, computing is faster than asking
            continue
        for r in range(rows):
            value = first_payoffs[game, r, c] if system else second_payoffs[game, c, r]
            sums[r] += weight * ((value - low) * scale + 1.0)
    for r in range(rows):
        fits &= sums[r] - 1.0 <= allowed
        if places[system, offset + r] >= 0:
            fits &= sums[r] - 1.0 >= -allowed
    return fits


@inline
def _refine(
    system: int, first: int, second: int, tables: Array, places: Array, sums: Array, weights: Array
) -> None:  # fmt: skip
    """One step of iterative refinement: the tableau holds the inverse of its basis."""
    columns, rows = (second, first) if system else (first, second)
    own, offset = (first, 0) if system else (0, first)
    for c in range(columns):
        place = places[system, own + c]
        if place < 0:
            tables[system, columns, ~place] = weights[system, c]
    for r in range(rows):
        place = places[system, offset + r]
        if place >= 0:
            residual = 1.0 - sums[r]
            for i in range(rows):
                tables[system, columns, i] += residual * tables[system, place, i]


@jit(interpret=FEW)
def follow_paths(
    first_payoffs: Array, second_payoffs: Array, initial: int, budget: int, limit: int, tie: float,
    work: tuple[Any, ...], firsts: Array, seconds: Array, flags: Array,
) -> bool:  # fmt: skip
    """Follow the path of every game from one initial label, for a number of pivots.

    Parameters
    ----------
    first_payoffs, second_payoffs
        ``(games, k_1, k_2)``, finite.
    initial
        The label that is dropped first: an action of the first player, or k_1 plus one of the
        second's.
    budget
        Pivots of this call, after which it returns; call again to go on.
    limit
        Pivots of a path.
    tie
        TIE or CLOSE_TIE.
    work
        Of `workspace`. It is fresh, or a series of calls has ended in True, before the first call
        of another.
    firsts, seconds
        ``(games, k_1)`` and ``(games, k_2)``: the equilibria, NaN where there is none.
    flags
        ``(games,)`` uint8: DONE, ASTRAY or ENDLESS.

    Returns
    -------
    bool
        Whether all games are done. An equilibrium's weights solve both systems to within rounding:
        no action gains more than 2^-48 (k + 8) of the spread of payoffs that its player faces, k
        the larger number of actions.
    """
    state, tables, scales, lows, basic, places, marks, vectors, weights = work
    games, first, second = first_payoffs.shape
    sums = vectors[0]
    while state[_GAME] < games:
        game = state[_GAME]
        result = -1
        if state[_PIVOTS] == 0:
            _start(first, second, initial, state, basic, places)
            for system in range(2):
                if not _load(system, first_payoffs, second_payoffs, game, tables, scales, lows):
                    result = ASTRAY
        if result < 0:
            before = state[_PIVOTS]
            result = _follow(
                first, second, initial, before + budget, limit, tie, state, tables, basic, places,
                marks, vectors,
            )  # fmt: skip
            if result < 0:
                return False
            budget = max(1, budget - state[_PIVOTS] + before)
        for system in range(2):
            step = 0
            while result == DONE:
                if _fits(
                    system, first_payoffs, second_payoffs, game, tables, scales, lows, places, sums,
                    weights,
                ):  # fmt: skip
                    break
                if step == _ROUNDS:
                    result = ASTRAY
                _refine(system, first, second, tables, places, sums, weights)
                step += 1
        flags[game] = result
        for system in range(2):
            columns, mixes = (second, seconds) if system else (first, firsts)
            _write(system, columns, result, game, scales, weights, mixes)
        state[_GAME] = game + 1
        state[_PIVOTS] = 0
    state[_GAME] = 0
    return True


@splice
def _write(
    system: int, columns: int, result: int, game: int, scales: Array, weights: Array, mixes: Array
) -> None:  # fmt: skip
    """The mixed strategy of a system's weights; NaN if there is none."""
    total = 0.0
    for c in range(columns):
        weight = weights[system, c] * scales[system, c] if result == DONE else np.nan
        weights[system, c] = weight
        total += weight
    for c in range(columns):
        mixes[game, c] = weights[system, c] / total


@inline
def _compare(firsts: Array, one: int, other: int, game: int) -> int:
    """Whether two mixed strategies are the same (0), differ (1), or are too near to tell (2)."""
    result = 0
    for i in range(firsts.shape[2]):
        a, b = firsts[one, game, i], firsts[other, game, i]
        gap = abs(a - b)
        if gap > _OTHER:
            return 1
        if gap > _SAME * max(a, b):
            result = 2
    return result


@inline
def _order(firsts: Array, one: int, other: int, game: int) -> int:
    """Lexicographic order of two supports, as lists of actions: -1, 0 or 1."""
    found = 0
    for i in range(firsts.shape[2]):
        a, b = firsts[one, game, i] > 0.0, firsts[other, game, i] > 0.0
        if found == 0 and a != b:
            found = -1 if a else 1
        elif (found < 0 and b) or (found > 0 and a):
            return found
    return -found  # the list that ends first comes first


@inline
def _precedes(firsts: Array, seconds: Array, one: int, other: int, game: int) -> bool:
    """Whether an equilibrium comes before another: size of supports, supports, then mixes."""
    size = 0
    for i in range(firsts.shape[2]):
        size += int(firsts[one, game, i] > 0.0) - int(firsts[other, game, i] > 0.0)
    for i in range(seconds.shape[2]):
        size += int(seconds[one, game, i] > 0.0) - int(seconds[other, game, i] > 0.0)
    if size != 0:
        return size < 0
    order = _order(firsts, one, other, game)
    if order == 0:
        order = _order(seconds, one, other, game)
    if order != 0:
        return order < 0
    for i in range(firsts.shape[2]):
        if firsts[one, game, i] != firsts[other, game, i]:
            return bool(firsts[one, game, i] > firsts[other, game, i])
    for i in range(seconds.shape[2]):
        if seconds[one, game, i] != seconds[other, game, i]:
            return bool(seconds[one, game, i] > seconds[other, game, i])
    return False


@jit(interpret=FEW)
def distinct_ends(
    firsts: Array, seconds: Array, flags: Array, kept: Array, counts: Array
) -> None:  # fmt: skip
    """Which labels lead to different equilibria, game by game, in the order of the equilibria.

    Parameters
    ----------
    firsts, seconds, flags
        ``(labels, games, k_1)``, ``(labels, games, k_2)`` and ``(labels, games)``, of
        `follow_paths`.
    kept
        ``(games, labels)`` int64: labels with different ends, in their order.
    counts
        ``(games,)`` int64: how many; -1 where rounding hides whether two are the same.
    """
    for game in range(flags.shape[1]):
        count = 0
        doubt = False
        for label in range(flags.shape[0]):
            tick()
            if flags[label, game] != DONE:
                continue
            known = False
            place = count
            for n in range(count):
                other = kept[game, n]
                a = _compare(firsts, label, other, game)
                b = _compare(seconds, label, other, game)
                if a != 1 and b != 1:
                    known = True
                    doubt |= a + b > 0
                elif place == count and _precedes(firsts, seconds, label, other, game):
                    place = n
            if not known:
                for n in range(count, place, -1):
                    kept[game, n] = kept[game, n - 1]
                kept[game, place] = label
                count += 1
        counts[game] = -1 if doubt else count
