"""Equilibria of two-player trees in sequence form: Lemke's algorithm on condensed tableaux.

A strategy is a realization plan: for each of the player's sequences (own information set and
action; number 0 is the empty one) the product of the probabilities of the moves on it. At every
information set one action is its *base*; realization plans x and the slacks w of the dual (what a
sequence falls short of) then follow from the others:

    x_base = x0 eta - K x_others,    w_others = q + K' w_base - D' A y,

x0 being the pure plan that takes base actions, D the changes of realization plans that each other
action makes, and K the part of -D at base actions. So there is one row a sequence, of either
player, with the complementary pair (x, w) of which one is basic and the other is not, and a column
for eta. Players face (1 - eta) of a given mixed strategy of the other together with the plan
itself. At eta = 0, with the best replies to that as bases, all of x is 0 and the tableau is
feasible; eta enters first, and the path of complementary pivots ends where it reaches 1, in an
equilibrium. Plans plus their share of the given one stay realization plans along the way, so that
the path cannot run off to infinity; ties are broken by the lexicographic rule, so that it does not
cycle.

In zero-sum games these are the conditions of optimality of a linear program and its dual, and the
path is that of the self-dual simplex method.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit, tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["ASTRAY", "DONE", "ENDLESS", "TIE", "follow_sequences", "workspace"]

#: What became of a game: an equilibrium within the tolerance; floats lost the way; too many pivots.
DONE: Final = 0
ASTRAY: Final = 1
ENDLESS: Final = 2

#: In between: so many pivots are done, after which the tableau is computed anew.
_STOPPED: Final = 3
_REFRESH: Final = 96
#: Positions in the state of a path: entering variable, pivots so far, the mark of the basis, that
#: of the noted one, and the pivot after which it is noted next.
_ENTERING, _PIVOTS, _MARK, _NOTED, _NOTE = range(5)

#: Entries of a pivot column that count as 0, and differences of ratios that tie. Payoffs are scaled
#: to spread over at most 2, realization plans are at most 1.
_TINY: Final = 2.0**-34
TIE: Final = 2.0**-40
#: What is left of a difference of numbers that large is rounding.
_DROP: Final = 2.0**-44
#: Realization weights below which an information set is not reached by its player's own moves.
_UNREACHED: Final = 2.0**-40


def workspace(first: int, second: int) -> tuple[Any, ...]:
    """Arrays for games with so many sequences, the empty ones among them."""
    rows, most = first + second - 1, max(first, second)  # a row more for eta
    numbers = np.zeros((6, max(5, 2 * rows)), dtype=np.int64)
    numbers[3] = _marks(numbers.shape[1])
    return (
        np.zeros((2, first, second)),
        np.zeros((2, most, most)),
        np.zeros((rows, rows + 1)),
        numbers,
        np.zeros((3, most)),
        np.zeros((2, most), dtype=np.bool_),
        np.zeros((2, most, most)),
        np.zeros(rows + 1),
    )


@lru_cache(maxsize=64)
def _marks(variables: int) -> Array:
    """Numbers whose sums tell bases apart: in all likelihood, no two agree."""
    return np.random.Generator(np.random.Philox(0)).integers(1 << 40, size=variables)


@inline
def _replies(player: int, infosets: Array, values: Array, base: Array, count: int) -> float:
    """Best replies: marks the best action of every information set; the value at the root.

    `values` holds what each sequence pays by itself, and then with what follows.
    """
    for h in range(count - 1, -1, -1):
        before, start, actions = (
            infosets[player, h, 0],
            infosets[player, h, 1],
            infosets[player, h, 2],
        )
        chosen = start
        for a in range(start, start + actions):
            base[a] = False
            if values[a] > values[chosen]:
                chosen = a
        base[chosen] = True
        values[before] += values[chosen]
    return float(values[0])


@inline
def _load(game: int, pairs: Array, amounts: Array, tables: Array) -> bool:
    """Payoffs by pairs of sequences, each player's scaled to a spread of at most 2."""
    tables[:] = 0.0
    fine = True
    for player in range(2):
        largest = 0.0
        for n in range(pairs.shape[0]):
            largest = max(largest, abs(amounts[2 * n + player, game]))
        unit = 1.0
        if 1e-150 < largest < 1e150:
            unit = math.ldexp(1.0, 1 - math.frexp(largest)[1])
        else:
            fine &= largest == 0.0
        for n in range(pairs.shape[0]):
            tables[player, pairs[n, 0], pairs[n, 1]] = amounts[2 * n + player, game] * unit
    return fine


@inline
def _start(player: int, infosets: Array, count: int, weights: Array, plan: Array) -> None:
    """Realization plan of a strategy that takes actions in proportion to weights."""
    plan[0] = 1.0
    for h in range(count):
        before, start, actions = (
            infosets[player, h, 0],
            infosets[player, h, 1],
            infosets[player, h, 2],
        )
        total = 0.0
        for a in range(start, start + actions):
            total += weights[a]
        for a in range(start, start + actions):
            plan[a] = plan[before] * weights[a] / total


@inline
def _changes(
    player: int, infosets: Array, count: int, size: int, base: Array, change: Array
) -> None:
    """Changes of the realization plan, sequence by sequence, that each action makes.

    Row s: what a unit of sequence s brings with base actions after it; then, of actions that are
    not base, less what the base action there would bring.
    """
    for s in range(size):
        for r in range(size):
            change[s, r] = 1.0 if s == r else 0.0
    for h in range(count - 1, -1, -1):
        before, start, actions = (
            infosets[player, h, 0],
            infosets[player, h, 1],
            infosets[player, h, 2],
        )
        for a in range(start, start + actions):
            if base[a]:
                for r in range(size):
                    change[before, r] += change[a, r]
    for h in range(count):
        start, actions = infosets[player, h, 1], infosets[player, h, 2]
        chosen = start
        for a in range(start, start + actions):
            if base[a]:
                chosen = a
        for a in range(start, start + actions):
            if not base[a]:
                for r in range(size):
                    change[a, r] -= change[chosen, r]


@inline
def _leaving(
    column: int, rows: int, table: Array, places: Array, tie: float, tied: Array
) -> int:  # fmt: skip
    """Row whose variable falls to 0 first as a column's variable grows; -1: none.

    Of those that tie the lexicographically first: as if right-hand sides were moved by e, e^2, ...
    in the order of the first basis.
    """
    least = np.inf
    for r in range(rows):
        entry = -table[r, column]
        if entry > _TINY:
            least = min(least, table[r, rows] / entry)
    if not least < np.inf:
        return -1
    count = 0
    for r in range(rows):
        entry = -table[r, column]
        if entry > _TINY and table[r, rows] - least * entry <= tie:
            tied[count] = r
            count += 1
    for variable in range(rows):
        if count == 1:
            break
        # In terms of the first basis: the columns of its inverse are those of its variables.
        place = places[variable]
        if place == column:
            continue
        best, size = np.inf, 0.0
        for n in range(count):
            r = int(tied[n])
            value = -table[r, place] if place >= 0 else (1.0 if ~place == r else 0.0)
            size = max(size, abs(value))
            best = min(best, value / -table[r, column])
        kept = 0
        for n in range(count):
            r = int(tied[n])
            value = -table[r, place] if place >= 0 else (1.0 if ~place == r else 0.0)
            if value + best * table[r, column] <= tie * max(size, 1.0):
                tied[kept] = tied[n]
                kept += 1
        count = kept
    return int(tied[0])


@inline
def _pivot(row: int, column: int, rows: int, table: Array, line: Array) -> None:
    """Solve a row for the variable of a column, and put the result into the other rows."""
    inverse = -1.0 / table[row, column]
    for c in range(rows + 1):
        line[c] = table[row, c] * inverse
    line[column] = -inverse
    for r in range(rows):
        factor = table[r, column]
        if r == row or factor == 0.0:
            continue
        table[r, column] = 0.0
        for c in range(rows + 1):
            change = factor * line[c]
            value = table[r, c] + change
            table[r, c] = value if abs(value) > _DROP * abs(change) else 0.0
    for c in range(rows + 1):
        table[row, c] = line[c]


@inline
def _fill(
    sizes: Array, tables: Array, products: Array, plans: Array, base: Array, change: Array,
    table: Array, rows: int,
) -> None:  # fmt: skip
    """The first tableau: rows as equations for the basic variables, constants last."""
    first, second = sizes[0], sizes[1]
    table[:] = 0.0
    for player in range(2):
        own, others = (first, second) if player == 0 else (second, first)
        at, other_at = (0, first - 1) if player == 0 else (first - 1, 0)
        other = 1 - player
        # What a unit more of every sequence pays against each of the other's.
        for s in range(1, own):
            for r in range(others):
                products[player, s, r] = 0.0
            for t in range(own):
                weight = change[player, s, t]
                if weight != 0.0:
                    for r in range(others):
                        pays = tables[0, t, r] if player == 0 else tables[1, r, t]
                        products[player, s, r] += weight * pays
        for s in range(1, own):
            row = at + s - 1
            if base[player, s]:
                table[row, rows - 1] = change[player, 0, s]
                for t in range(1, own):
                    if not base[player, t]:
                        table[row, at + t - 1] = change[player, t, s]
                continue
            for t in range(1, own):
                if base[player, t]:
                    table[row, at + t - 1] = -change[player, s, t]
            against, step = 0.0, 0.0
            for r in range(others):
                pays = products[player, s, r]
                against -= pays * plans[other, r]
                step -= pays * (change[other, 0, r] - plans[other, r])
            table[row, rows] = max(against, 0.0)
            table[row, rows - 1] = step
            for t in range(1, others):
                if not base[other, t]:
                    total = 0.0
                    for r in range(others):
                        total -= products[player, s, r] * change[other, t, r]
                    table[row, other_at + t - 1] = total
    table[rows - 1, rows] = 1.0
    table[rows - 1, rows - 1] = -1.0


@inline
def _begin(rows: int, numbers: Array) -> None:
    """The first basis. Variables: of pair p the first basic one p, the other rows + p."""
    basic, places, state = numbers[0], numbers[2], numbers[5]
    for p in range(rows):
        basic[p] = p
        places[p] = ~p
        places[rows + p] = p
    state[_ENTERING] = 2 * rows - 1  # eta, whose pair is 1 - eta
    state[_PIVOTS] = state[_MARK] = state[_NOTED] = 0
    state[_NOTE] = 1


@inline
def _path(
    rows: int, stop: int, limit: int, tie: float, table: Array, numbers: Array, line: Array
) -> int:  # fmt: skip
    """Pivot until eta is 1, or so many pivots are done: DONE, ASTRAY, ENDLESS or _STOPPED.

    A path that comes back to noted bases would go round for ever; they are noted anew after 1, 2,
    4, ... pivots.
    """
    basic, tied, places, marks = numbers[0], numbers[1], numbers[2], numbers[3]
    state = numbers[5]
    while state[_PIVOTS] < limit:
        tick()
        if state[_PIVOTS] >= stop:
            return _STOPPED
        entering = state[_ENTERING]
        column = places[entering]
        row = _leaving(column, rows, table, places, tie, tied)
        if row < 0:
            return ASTRAY
        _pivot(row, column, rows, table, line)
        leaving = _exchange(row, column, entering, basic, places)
        state[_PIVOTS] += 1
        if leaving == rows - 1:  # 1 - eta
            return DONE
        if leaving == 2 * rows - 1:  # eta: back at the beginning
            return ASTRAY
        state[_MARK] += marks[entering] - marks[leaving]
        if state[_MARK] == state[_NOTED]:
            return ASTRAY
        if state[_PIVOTS] == state[_NOTE]:
            state[_NOTE] = 2 * state[_NOTE]
            state[_NOTED] = state[_MARK]
        state[_ENTERING] = leaving - rows if leaving >= rows else leaving + rows
    return ENDLESS


@inline
def _exchange(row: int, column: int, entering: int, basic: Array, places: Array) -> int:
    """Note who is basic in a row now; the variable that was."""
    leaving = int(basic[row])
    basic[row] = entering
    places[entering] = ~row
    places[leaving] = column
    return leaving


@inline
def _again(rows: int, table: Array, numbers: Array, line: Array) -> bool:
    """Bring the first tableau, filled anew, to the basis reached: without the rounding so far."""
    basic, wanted, places = numbers[0], numbers[4], numbers[2]
    for variable in range(2 * rows):
        wanted[variable] = 0
    for r in range(rows):
        wanted[basic[r]] = 1
    for p in range(rows):
        basic[p] = p
        places[p] = ~p
        places[rows + p] = p
    for variable in range(rows, 2 * rows):
        tick()
        if not wanted[variable]:
            continue
        column = places[variable]
        best, row = _TINY, -1
        for r in range(rows):
            if not wanted[basic[r]] and abs(table[r, column]) > best:
                best, row = abs(table[r, column]), r
        if row < 0:
            return False
        _pivot(row, column, rows, table, line)
        _exchange(row, column, variable, basic, places)
    return True


@inline
def _read(
    sizes: Array, rows: int, table: Array, basic: Array, base: Array, plans: Array
) -> None:  # fmt: skip
    """Realization plans at the end of the path."""
    first = sizes[0]
    plans[0, 0] = plans[1, 0] = 1.0
    for player in range(2):
        for s in range(1, sizes[player]):
            plans[player, s] = 0.0
    for row in range(rows):
        variable = basic[row]
        pair = variable % rows
        if pair == rows - 1:
            continue
        player = 0 if pair < first - 1 else 1
        s = pair + 1 if player == 0 else pair + 2 - first
        if base[player, s] == (variable < rows):  # x, not w
            plans[player, s] = max(table[row, rows], 0.0)


@inline
def _against(player: int, sizes: Array, tables: Array, plans: Array, values: Array) -> None:
    """What every own sequence pays by itself against the other's realization plan."""
    own, others = sizes[player], sizes[1 - player]
    for s in range(own):
        total = 0.0
        for r in range(others):
            pays = tables[0, s, r] if player == 0 else tables[1, r, s]
            total += pays * plans[1 - player, r]
        values[s] = total


@inline
def _behave(
    player: int, game: int, infosets: Array, counts: Array, plans: Array, base: Array,
    output: Array, at: int,
) -> None:  # fmt: skip
    """Behavior strategy of a realization plan; where its own moves do not lead, best replies."""
    for h in range(counts[player]):
        before, start, actions = (
            infosets[player, h, 0],
            infosets[player, h, 1],
            infosets[player, h, 2],
        )
        total = 0.0
        for a in range(start, start + actions):
            total += plans[player, a]
        reached = plans[player, before] > _UNREACHED and total > _UNREACHED
        for a in range(start, start + actions):
            share = plans[player, a] / total if reached else (1.0 if base[a] else 0.0)
            output[at + a - 1, game] = share


@jit(interpret=FEW // 4)
def follow_sequences(
    sizes: Array, counts: Array, infosets: Array, pairs: Array, amounts: Array, weights: Array,
    limit: int, tie: float, allowed: float, work: tuple[Any, ...], output: Array, flags: Array,
) -> None:  # fmt: skip
    """An equilibrium of every game of a block.

    Parameters
    ----------
    sizes, counts
        ``(2,)``: numbers of sequences, with the empty one, and of information sets.
    infosets
        ``(2, information sets, 3)``: the sequence before each, its first sequence and its number of
        actions, in an order in which nothing comes before what it follows.
    pairs
        ``(pairs, 2)``: sequences of both players that end together.
    amounts
        ``(2 pairs, games)``: payoffs times chance there, of the first player and the second in
        turns.
    weights
        ``(2, sequences)``: in proportion to which the strategies that players face at first take
        actions; positive.
    limit
        Pivots of a path.
    tie
        TIE, or a smaller one.
    allowed
        Share of the largest payoff by which a best reply may gain.
    work
        Of `workspace`.
    output
        ``(sequences but the empty ones, games)``: probabilities of actions, NaN where there is no
        equilibrium; of the first player, then of the second.
    flags
        ``(games,)`` uint8: DONE, ASTRAY or ENDLESS.
    """
    tables, products, table, numbers, vectors, base, change, line = work
    rows = table.shape[0]
    plans, values = vectors[:2], vectors[2]
    for game in range(amounts.shape[1]):
        result = DONE if _load(game, pairs, amounts, tables) else ASTRAY
        if result == DONE:
            for player in range(2):
                _start(player, infosets, counts[player], weights[player], plans[player])
            for player in range(2):
                own = base[player]
                _against(player, sizes, tables, plans, values)
                _replies(player, infosets, values, own, counts[player])
                _changes(player, infosets, counts[player], sizes[player], own, change[player])
            _fill(sizes, tables, products, plans, base, change, table, rows)
            _begin(rows, numbers)
            result = _STOPPED
            stop = 0
            while result == _STOPPED:
                stop += _REFRESH
                result = _path(rows, stop, limit, tie, table, numbers, line)
                if result == _STOPPED or (result == DONE and stop > _REFRESH):
                    _fill(sizes, tables, products, plans, base, change, table, rows)
                    if not _again(rows, table, numbers, line):
                        result = ASTRAY
        if result == DONE:
            _read(sizes, rows, table, numbers[0], base, plans)
            for player in range(2):
                _against(player, sizes, tables, plans, values)
                total = 0.0
                for s in range(sizes[player]):
                    total += values[s] * plans[player, s]
                top = _replies(player, infosets, values, base[player], counts[player])
                if not top - total <= allowed:
                    result = ASTRAY
        at = 0
        for player in range(2):
            if result == DONE:
                _behave(player, game, infosets, counts, plans, base[player], output, at)
            else:
                for s in range(1, sizes[player]):
                    output[at + s - 1, game] = np.nan
            at += sizes[player] - 1
        flags[game] = result
