"""Linear programs of small dense games: condensed tableaux, simplex steps, primal and dual.

Every program here has the form: find the least v such that

    v >= c_s + sum_j D_sj z_j  for all s,    z >= 0,    sum of z over some columns <= 1.

At z = 0, v = max c it is feasible, so there is no first phase. The tableau holds the columns of
variables that are 0 alone; a variable that enters takes the place of the one that leaves. The
multipliers of the rows solve the dual program: for a zero-sum game the other player's strategy, for
correlated equilibrium the distribution over profiles.

Entries are in units of the payoffs' spread. The column that enters has the steepest slope (norms of
columns are summed anew while the rows are rewritten, so they do not drift); the row that leaves is
the lexicographically first among the smallest ratios, which rules out cycles. What comes out is
floats: it is checked against the payoffs here, and callers leave the games that fail the check to
exact arithmetic.

A block of games goes through three kernels: one fills the tableaux, `maximize` works on them, one
reads and checks the results. So each is compiled once, whatever the concept.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from summitgames.kernels._jit import FEW, inline, jit, tick
from summitgames.kernels._space import aligned, aligned_zeros

__all__ = [
    "DOMINATED",
    "NUDGES",
    "OPEN",
    "SURVIVES",
    "Programs",
    "check_correlated",
    "check_games",
    "constant_sum",
    "fill_correlated",
    "fill_gains",
    "fill_games",
    "maximize",
    "maximize_in_lanes",
    "tolerance",
    "undominated",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
LaneSpace: TypeAlias = tuple[Floats, Floats, Floats, Floats, Floats, Ints, Ints]

#: Places in lanes are unsigned: of others the compiler asks whether they count from the end, which
#: for so short loops takes as long as the work.
U: Final = np.uint64

#: Slopes, pivots and differences of ratios below these are rounding (payoffs' spread is 1).
_SLOPE: Final = 1e-13
_PIVOT: Final = 1e-10
_TIE: Final = 1e-12
#: Probabilities up to this, and weights of rows, are taken for rounding of 0.
_SHARE: Final = 1e-14
#: Largest relative error of one rounding.
_ROUNDING: Final = 2.0**-53

#: Programs side by side; this many of them, with so small tableaux, are worth it.
_LANES: Final = 40  # no power of two, of which many steps lead to the same places in a cache
_MANY: Final = 64
_SMALL: Final = 256

#: Verdicts on actions: not decided, survives, dominated.
OPEN, SURVIVES, DOMINATED = -1, 0, 1


#: Nudges with which to try again where floats have failed: solve the basis anew, break ties.
NUDGES: Final = (0.0, 1e-9, 1e-6)


class Programs:
    """Arrays for a block of programs.

    Parameters
    ----------
    count
        Number of programs.
    rows, columns
        Of the largest.
    uniform
        Whether all are of this size.

    Attributes
    ----------
    sizes
        ``(count, 2)``: rows and columns of each.
    tableau
        ``(count, (rows + 1) * width)``: rows, then the slopes of the objective; a program's width
        is its number of columns rounded up to 8.
    rhs
        ``(count, rows + 1)``: right-hand sides; in the end what the objective has lost.
    start
        ``(count, 2)``: the row and the column that were exchanged when the tableau was filled.
    units
        ``(count,)``: entries are payoffs times these.
    amounts, weights
        ``(count, columns + rows)``: values of the variables, columns before slacks, and what the
        objective loses by a unit of each.
    """

    def __init__(self, count: int, rows: int, columns: int, *, uniform: bool = True) -> None:
        width = -(-columns // 8) * 8
        self._largest = rows, columns
        self._lanes: LaneSpace | None = None
        if uniform and count >= _MANY and rows * columns <= _SMALL:
            self._lanes = _lane_space(rows, columns)
        self.sizes = np.tile(np.array([rows, columns], dtype=np.int64), (count, 1))
        self.tableau = aligned(count, (rows + 1) * width)
        self.rhs = np.empty((count, rows + 1))
        self.start = np.empty((count, 2), dtype=np.int64)
        self.units = np.empty(count)
        self.amounts = np.empty((count, columns + rows))
        self.weights = np.empty((count, columns + rows))
        self._work = (
            aligned(width), np.empty(rows + 1), aligned(width), np.empty(max(rows, width)),
            np.empty(rows, dtype=np.int64), np.empty(columns, dtype=np.int64),
            np.empty(rows + columns, dtype=np.int64),
        )  # fmt: skip

    def first(self, count: int) -> Programs:
        """The same for fewer programs, in the same memory."""
        if count == len(self.sizes):
            return self
        fewer = object.__new__(Programs)
        fewer.__dict__.update(self.__dict__)
        for name in ("sizes", "tableau", "rhs", "start", "units", "amounts", "weights"):
            setattr(fewer, name, getattr(self, name)[:count])
        return fewer

    def maximize(self, limit: int) -> None:
        """Solve all programs with at most so many pivots each."""
        if self._lanes and len(self.sizes) >= _MANY:
            rows, columns = self._largest
            maximize_in_lanes(
                rows, columns, self.tableau, self.rhs, *self._lanes, limit, self.amounts,
                self.weights,
            )  # fmt: skip
            return
        maximize(self.sizes, self.tableau, self.rhs, *self._work, limit, self.amounts, self.weights)

    def solve_games(
        self, matrices: Floats, limit: int, first: Floats, second: Floats, *, centred: bool,
        nudge: float | None = None,
    ) -> Floats:  # fmt: skip
        """Solve matrix games; `found` of `check_games`, whose strategies are written as well.

        `nudge`: for a single one, with right-hand sides moved by up to so much on the way, which
        tells ties apart, and the equations of the last basis solved anew as they are.
        """
        matrices = matrices.view()
        matrices.flags.writeable = False  # so that kernels are compiled for one kind of array
        line, _, other = self._work[:3]
        for again in range(1 if nudge is None else 2):
            fill_games(
                matrices, self.sizes, line, other, self.tableau, self.rhs, self.start, self.units
            )
            self._solve_filled(limit, nudge, again=bool(again))
        found = np.empty((len(self.sizes), 4))
        check_games(
            matrices, self.sizes, self.rhs, self.start, self.units, self.amounts, self.weights,
            centred, line, first, second, found,
        )  # fmt: skip
        return found

    def solve_correlated(
        self, payoffs: Floats, objective: Floats, layout: tuple[Ints, Ints, Ints],
        kind: tuple[bool, bool], limit: int, output: tuple[Floats, Floats, Floats], *,
        nudge: float | None = None,
    ) -> None:  # fmt: skip
        """Best correlated equilibria; arguments and output as for the two kernels.

        `nudge`: as for `solve_games`.
        """
        line = self._work[0]
        units = np.empty((len(payoffs), payoffs.shape[1] + 1))
        for again in range(1 if nudge is None else 2):
            fill_correlated(
                payoffs, objective, layout, kind, line, units, self.sizes, self.tableau, self.rhs,
                self.start,
            )  # fmt: skip
            self._solve_filled(limit, nudge, again=bool(again))
        check_correlated(
            payoffs, objective, layout, kind, line, units, self.sizes, self.start, self.amounts,
            self.weights, *output,
        )  # fmt: skip

    def _solve_filled(self, limit: int, nudge: float | None, *, again: bool) -> None:
        """Solve, or, once that is done and the tableau filled again, solve the basis anew."""
        if again:
            self._refine()
            return
        if nudge is not None:
            rows = self._largest[0]
            self.rhs[0, :rows] += nudge * np.random.default_rng(0).random(rows)
        self.maximize(limit)

    def _refine(self) -> None:
        """Values and weights of the only program's last basis from the tableau as it was filled.

        Rounding has piled up over the pivots; here the equations that the basis stands for are
        solved once, and their residuals once more.
        """
        rows, columns = self._largest
        where = self._work[-1]
        table = self.tableau.reshape(rows + 1, -1)[:, :columns]
        inside, tight = np.flatnonzero(where[:columns] >= 0), np.flatnonzero(where[columns:] < 0)
        basis, slopes, rhs = table[np.ix_(tight, inside)], table[-1], self.rhs[0]
        try:
            values = _solved(basis, rhs[tight])
            weights = _solved(basis.T, slopes[inside])
        except np.linalg.LinAlgError:
            return
        amounts = np.zeros(columns + rows)
        amounts[inside] = values
        amounts[columns:] = rhs[:-1] - table[:-1, inside] @ values
        amounts[columns + tight] = 0.0
        prices = np.zeros(columns + rows)
        prices[:columns] = weights @ table[tight] - slopes
        prices[inside] = 0.0
        prices[columns + tight] = weights
        rhs[-1] = -slopes[inside] @ values
        self.amounts[0] = np.where(amounts > _SHARE, amounts, 0.0)
        self.weights[0] = np.where(prices > _SHARE, prices, 0.0)


def _solved(matrix: Floats, rhs: Floats) -> Floats:
    """Solution of linear equations, refined once."""
    first = np.linalg.solve(matrix, rhs)
    return np.asarray(first + np.linalg.solve(matrix, rhs - matrix @ first))


def _lane_space(rows: int, columns: int) -> LaneSpace:
    """Work of `maximize_in_lanes`."""

    def floats(*shape: int) -> Floats:
        return aligned_zeros(*shape, _LANES)

    return (
        floats((rows + 1) * (columns + 1)), floats(rows + 1), floats(columns + 1), floats(rows),
        floats(), np.zeros((5, _LANES), np.int64), np.zeros((rows + columns, _LANES), np.int64),
    )  # fmt: skip


def tolerance(rows: int, columns: int) -> float:
    """Error of a solution, in units of the payoffs at stake, up to which floats are taken.

    A pivot rounds every entry a few times; 2^-44 a row and a column leaves room for a growth of
    errors by 2^8 on the way. Larger ones come from programs that floats cannot hold. What is at
    stake is the mean absolute payoff in the sums compared: a huge payoff that is never met does
    not count.
    """
    return (rows + columns) * 2.0**-44


@inline
def _precedes(
    tableau: Floats, i: int, k: int, q: int, rows: int, columns: int, width: int, where: Ints
) -> bool:
    """Whether row i divided by its pivot is lexicographically smaller than row k by its own.

    The order is that of the columns of the first basis. Of these the tableau holds those outside
    the present basis; the others are unit vectors.
    """
    first = i * width
    second = k * width
    a = 1.0 / tableau[first + q]
    b = 1.0 / tableau[second + q]
    for variable in range(columns, columns + rows):
        place = where[variable]
        if place == i:
            return False
        if place == k:
            return True
        if place < 0:
            gap = tableau[first - 1 - place] * a - tableau[second - 1 - place] * b
            if gap < -_TIE:
                return True
            if gap > _TIE:
                return False
    return False


@inline
def _rewrite(
    tableau: Floats, line: Floats, column: Floats, norm: Floats, rows: int, width: int, p: int
) -> None:
    """All rows but that of the pivot; a function of its own is compiled to faster code."""
    for i in range(rows):
        if i != p:
            factor = column[i]
            start = i * width
            for j in range(width):
                entry = tableau[start + j] - factor * line[j]
                tableau[start + j] = entry
                norm[j] += entry * entry


@inline
def _maximize(
    tableau: Floats, rhs: Floats, rows: int, columns: int, line: Floats, column: Floats,
    norm: Floats, score: Floats, row_variable: Ints, column_variable: Ints, where: Ints, limit: int,
) -> None:  # fmt: skip
    """`maximize` for one program."""
    width = (columns + 7) // 8 * 8
    last = rows * width
    nowhere = rows - rows - 1  # a literal would have parts compiled for its type, too
    for j in range(width):
        norm[j] = 1.0
    for i in range(rows):
        start = i * width
        for j in range(width):
            norm[j] += tableau[start + j] * tableau[start + j]
    for j in range(columns):
        column_variable[j] = j
        where[j] = -1 - j
    for i in range(rows):
        row_variable[i] = columns + i
        where[columns + i] = i
    for _ in range(limit):
        tick()
        for j in range(width):
            slope = tableau[last + j]
            score[j] = slope * slope / norm[j] if slope > _SLOPE else 0.0
        q = nowhere
        steepest = 0.0
        for j in range(columns):
            if score[j] > steepest:
                steepest = score[j]
                q = j
        if q < 0:
            return
        for i in range(rows + 1):
            column[i] = tableau[i * width + q]
        # The row that bounds the entering variable.
        p = nowhere
        least = np.inf
        for i in range(rows):
            entry = column[i]
            score[i] = max(rhs[i], 0.0) / entry if entry > _PIVOT else np.inf
            if score[i] < least:
                least = score[i]
                p = i
        if p < 0:
            return
        least += _TIE
        for i in range(rows):
            if (
                score[i] <= least
                and i != p
                and _precedes(tableau, i, p, q, rows, columns, width, where)
            ):
                p = i
        # Rewrite all rows. The entering column comes last: a load of several entries that
        # meets a store of one of them would have to wait for it.
        inverse = 1.0 / column[p]
        first = p * width
        for j in range(width):
            entry = tableau[first + j] * inverse
            line[j] = entry
            norm[j] = 1.0 + entry * entry
        amount = rhs[p] * inverse
        for i in range(rows + 1):
            rhs[i] -= column[i] * amount
        rhs[p] = amount
        _rewrite(tableau, line, column, norm, rows, width, p)
        factor = column[rows]
        for j in range(width):
            tableau[last + j] -= factor * line[j]
        for j in range(width):
            tableau[first + j] = line[j]
        total = 1.0
        column[p] = -1.0
        for i in range(rows):
            entry = -column[i] * inverse
            tableau[i * width + q] = entry
            total += entry * entry
        tableau[last + q] = -factor * inverse
        norm[q] = total
        entering = column_variable[q]
        leaving = row_variable[p]
        row_variable[p] = entering
        column_variable[q] = leaving
        where[entering] = p
        where[leaving] = -1 - q


@jit(interpret=FEW)
def maximize(
    sizes: Ints, tableaux: Floats, sides: Floats, line: Floats, column: Floats, norm: Floats,
    score: Floats, row_variable: Ints, column_variable: Ints, where: Ints, limit: int,
    amounts: Floats, weights: Floats,
) -> None:  # fmt: skip
    """Follow the simplex method from feasible tableaux to optimal ones.

    Rows state: basic variable + sum over columns of entry times variable = right-hand side >= 0.
    Variables are numbered: columns first, then rows. A place below 0 in `where` is column
    -1 - place, any other a row. A program that rounding has spoilt, or that takes more than `limit`
    pivots, ends where it is.

    Parameters
    ----------
    sizes, tableaux, sides
        Those of `Programs`, filled; worked on in place.
    line, column, norm, score, row_variable, column_variable, where
        Work.
    limit
        Largest number of pivots of a program.
    amounts, weights
        Output, as in `Programs`.
    """
    for program in range(len(sizes)):
        rows = sizes[program, 0]
        columns = sizes[program, 1]
        _maximize(
            tableaux[program], sides[program], rows, columns, line, column, norm, score,
            row_variable, column_variable, where, limit,
        )  # fmt: skip
        last = rows * ((columns + 7) // 8 * 8)
        for variable in range(rows + columns):
            place = where[variable]
            amount = 0.0
            weight = 0.0
            if place >= 0:
                amount = sides[program, place]
            else:
                weight = -tableaux[program, last - 1 - place]
            amounts[program, variable] = amount if amount > _SHARE else 0.0
            weights[program, variable] = weight if weight > _SHARE else 0.0


@inline
def _load_lane(
    tableaux: Floats, sides: Floats, program: int, lane: int, rows: int, columns: int,
    lanes: Floats, variables: Ints,
) -> None:  # fmt: skip
    """Lay a program into a lane, its right-hand side as one more column."""
    tableau = tableaux[program]
    entry, start = U(0), U(0)
    for i in range(rows + 1):
        for j in range(U(columns)):
            lanes[entry, U(lane)] = tableau[start + j]
            entry += U(1)
        lanes[entry, U(lane)] = sides[program, i]
        entry += U(1)
        start += U((columns + 7) // 8 * 8)
    for variable in range(rows + columns):
        variables[variable, lane] = variable


@inline
def _store_lane(
    sides: Floats, program: int, lane: int, rows: int, columns: int, lanes: Floats,
    variables: Ints, amounts: Floats, weights: Floats,
) -> None:  # fmt: skip
    """Read the solution of the program in a lane."""
    last = rows * (columns + 1)
    for j in range(columns):
        variable = variables[j, lane]
        weight = -lanes[last + j, lane]
        amounts[program, variable] = 0.0
        weights[program, variable] = weight if weight > _SHARE else 0.0
    for i in range(rows):
        variable = variables[columns + i, lane]
        amount = lanes[i * (columns + 1) + columns, lane]
        amounts[program, variable] = amount if amount > _SHARE else 0.0
        weights[program, variable] = 0.0
    sides[program, rows] = lanes[last + columns, lane]


@inline
def _lane_precedes(
    lanes: Floats, variables: Ints, lane: int, i: int, k: int, q: int, rows: int, columns: int
) -> bool:
    """`_precedes` in a lane."""
    first = i * (columns + 1)
    second = k * (columns + 1)
    a = 1.0 / lanes[first + q, lane]
    b = 1.0 / lanes[second + q, lane]
    for variable in range(columns, columns + rows):
        place = 0
        while variables[place, lane] != variable:
            place += 1
        if place == columns + i:
            return False
        if place == columns + k:
            return True
        if place < columns:
            gap = lanes[first + place, lane] * a - lanes[second + place, lane] * b
            if gap < -_TIE:
                return True
            if gap > _TIE:
                return False
    return False


@inline
def _price_lanes(lanes: Floats, best: Floats, enter: Ints, rows: int, columns: int) -> None:
    """In every lane the column with the largest slope; -1 where there is none."""
    width = lanes.shape[1]
    last = rows * (columns + 1)
    for lane in range(width):
        best[lane] = _SLOPE
        enter[lane] = -1
    for j in range(columns):
        for lane in range(width):
            slope = lanes[last + j, lane]
            larger = slope > best[lane]
            best[lane] = slope if larger else best[lane]
            enter[lane] = j if larger else enter[lane]


@inline
def _bound_lanes(
    lanes: Floats, factors: Floats, ratios: Floats, best: Floats, leave: Ints, tied: Ints,
    rows: int, columns: int,
) -> None:  # fmt: skip
    """In every lane the row that bounds the entering variable, and how many rows do."""
    width = lanes.shape[1]
    for i in range(rows):
        for lane in range(width):
            entry = factors[i, lane]
            divisor = entry if entry > _PIVOT else 1.0
            ratio = lanes[i * (columns + 1) + columns, lane] / divisor
            ratio = ratio if entry > _PIVOT else np.inf
            ratio = ratio if ratio > 0.0 else 0.0  # noqa: FURB136
            ratios[i, lane] = ratio
            smaller = ratio < best[lane]
            best[lane] = ratio if smaller else best[lane]
            leave[lane] = i if smaller else leave[lane]
    for i in range(rows):
        for lane in range(width):
            tied[lane] += ratios[i, lane] <= best[lane] + _TIE


@inline
def _rewrite_lanes(lanes: Floats, factors: Floats, line: Floats, rows: int, columns: int) -> None:
    """The pivots of all lanes at once."""
    width = U(lanes.shape[1])
    entry = U(0)
    for i in range(U(rows + 1)):
        for j in range(U(columns + 1)):
            for lane in range(width):
                lanes[entry, lane] -= factors[i, lane] * line[j, lane]
            entry += U(1)


@jit(interpret=FEW)
def maximize_in_lanes(
    rows: int, columns: int, tableaux: Floats, sides: Floats, lanes: Floats, factors: Floats,
    line: Floats, ratios: Floats, best: Floats, choices: Ints, variables: Ints, limit: int,
    amounts: Floats, weights: Floats,
) -> None:  # fmt: skip
    """`maximize` for many small programs of one size: each step is one pivot in every lane.

    A lane whose program is solved takes the next one. The column with the largest slope enters:
    norms cost more than they save in programs this small.

    Parameters
    ----------
    rows, columns, tableaux, sides, limit, amounts, weights
        As for `maximize`.
    lanes
        Work ``((rows + 1) * (columns + 1), lanes)``.
    factors, line, ratios
        Work ``(rows + 1, lanes)``, ``(columns + 1, lanes)``, ``(rows, lanes)``.
    best, choices
        Work ``(lanes,)``, ``(5, lanes)``.
    variables
        Work ``(columns + rows, lanes)``.
    """
    enter, leave, tied, programs, pivots = (
        choices[0], choices[1], choices[2], choices[3], choices[4]
    )  # fmt: skip
    count = tableaux.shape[0]
    width = lanes.shape[1]
    last = rows * (columns + 1)
    following = 0
    busy = 0
    for lane in range(width):
        programs[lane] = -1
        for i in range(lanes.shape[0]):
            lanes[i, lane] = 0.0
        if following < count:
            _load_lane(tableaux, sides, following, lane, rows, columns, lanes, variables)
            programs[lane] = following
            pivots[lane] = 0
            following += 1
            busy += 1
    while busy > 0:
        tick()
        _price_lanes(lanes, best, enter, rows, columns)
        for lane in range(width):
            entry = U(max(enter[lane], 0))
            for i in range(U(rows + 1)):
                factors[i, lane] = lanes[entry, lane]
                entry += U(columns + 1)
            best[lane] = np.inf
            leave[lane] = -1
            tied[lane] = 0
        _bound_lanes(lanes, factors, ratios, best, leave, tied, rows, columns)
        for lane in range(width):
            p = leave[lane]
            q = enter[lane]
            if q < 0 or p < 0 or pivots[lane] >= limit:  # solved, spoilt or stopped
                for i in range(rows + 1):
                    factors[i, lane] = 0.0
                if programs[lane] < 0:
                    continue
                _store_lane(
                    sides, programs[lane], lane, rows, columns, lanes, variables, amounts, weights
                )
                if following < count:
                    _load_lane(tableaux, sides, following, lane, rows, columns, lanes, variables)
                    programs[lane] = following
                    pivots[lane] = 0
                    following += 1
                else:
                    for j in range(columns + 1):
                        lanes[last + j, lane] = 0.0
                    programs[lane] = -1
                    busy -= 1
                continue
            if tied[lane] > 1:
                least = best[lane] + _TIE
                for i in range(rows):
                    if (
                        ratios[i, lane] <= least
                        and i != p
                        and _lane_precedes(lanes, variables, lane, i, p, q, rows, columns)
                    ):
                        p = i
            inverse = 1.0 / factors[p, lane]
            entry = U(p * (columns + 1))
            for j in range(U(columns + 1)):
                line[j, lane] = lanes[entry, lane] * inverse
                lanes[entry, lane] = 0.0
                entry += U(1)
            entry = U(q)
            for _ in range(rows + 1):
                lanes[entry, lane] = 0.0
                entry += U(columns + 1)
            line[q, lane] = inverse
            factors[p, lane] = -1.0
            entering = variables[q, lane]
            variables[q, lane] = variables[columns + p, lane]
            variables[columns + p, lane] = entering
            pivots[lane] += 1
        _rewrite_lanes(lanes, factors, line, rows, columns)


@jit(interpret=FEW)
def fill_games(
    matrices: Floats, sizes: Ints, high: Floats, low: Floats, tableaux: Floats, sides: Floats,
    starts: Ints, units: Floats,
) -> None:  # fmt: skip
    """Tableaux of matrix games whose row players maximise.

    The column player starts with the pure strategy whose worst payoff is best, so its share is 1
    less those of the others, and v is the payoff in the row that is its best reply, plus that
    row's slack. The slack has the column of the first and the share the row of the second.

    Parameters
    ----------
    matrices
        ``(games, at least k_1 * k_2)``, rows of k_2 entries.
    sizes
        ``(games, 2)``: k_1 and k_2.
    high, low
        Work.
    tableaux, sides, starts, units
        Output: those of `Programs`.
    """
    for game in range(len(sizes)):
        rows = sizes[game, 0]
        columns = sizes[game, 1]
        width = (columns + 7) // 8 * 8
        matrix = matrices[game]
        for j in range(columns):
            high[j] = matrix[j]
            low[j] = high[j]
        place = U(columns)
        for _ in range(1, rows):
            for j in range(U(columns)):
                entry = matrix[place + j]
                high[j] = entry if entry > high[j] else high[j]  # noqa: FURB136  (max looks at NaN)
                low[j] = entry if entry < low[j] else low[j]  # noqa: FURB136
            place += U(columns)
        best = 0
        largest = high[0]
        smallest = low[0]
        for j in range(1, columns):
            largest = max(largest, high[j])
            smallest = min(smallest, low[j])
            best = j if high[j] < high[best] else best
        value = high[best]
        reply = 0
        for i in range(rows - 1, -1, -1):
            reply = i if matrix[i * columns + best] == value else reply
        unit = 1.0 / (largest - smallest) if largest > smallest else 1.0
        for j in range(columns):
            high[j] = (matrix[reply * columns + j] - value) * unit
        tableau = tableaux[game]
        place = U(0)
        start = U(0)
        for i in range(rows):
            here = matrix[place + U(best)]
            for j in range(U(columns)):
                tableau[start + j] = (matrix[place + j] - here) * unit - high[j]
            for j in range(U(columns), U(width)):
                tableau[start + j] = 0.0
            tableau[start + U(best)] = -1.0
            sides[game, i] = (value - here) * unit
            place += U(columns)
            start += U(width)
        share = tableaux[game, reply * width : (reply + 1) * width]
        slopes = tableaux[game, rows * width : (rows + 1) * width]
        for j in range(columns):
            share[j] = 1.0
            slopes[j] = -high[j]
        for j in range(columns, width):
            slopes[j] = 0.0
        share[best] = 0.0
        slopes[best] = -1.0
        sides[game, reply] = 1.0
        sides[game, rows] = 0.0
        starts[game, 0] = reply
        starts[game, 1] = best
        units[game] = unit


@jit(interpret=FEW)
def check_games(
    matrices: Floats, sizes: Ints, sides: Floats, starts: Ints, units: Floats, amounts: Floats,
    weights: Floats, centred: bool, line: Floats, first: Floats, second: Floats, found: Floats,
) -> None:  # fmt: skip
    """Strategies of matrix games from their solved programs, and what they prove.

    Parameters
    ----------
    matrices, sizes, sides, starts, units, amounts, weights
        As for `fill_games` and `maximize`.
    centred
        Whether payoffs are compared as differences from the value.
    line
        Work.
    first, second
        Output: ``(games, at least k_1)`` and ``(games, at least k_2)``.
    found
        Output ``(games, 4)``: the value if centred, else 0; beyond it the least that the row
        player's strategy gains, and the most that the column player's concedes; the payoffs at
        stake in these two sums. NaN where floats fail.
    """
    for game in range(len(sizes)):
        rows = sizes[game, 0]
        columns = sizes[game, 1]
        matrix = matrices[game]
        reply = starts[game, 0]
        best = starts[game, 1]
        x = first[game]
        y = second[game]
        total = 0.0
        for i in range(rows):
            x[i] = weights[game, columns + i]
        x[reply] = weights[game, best]
        for i in range(rows):
            total += x[i]
        total = 1.0 / total
        for i in range(rows):
            x[i] *= total
        for j in range(columns):
            y[j] = amounts[game, j]
        y[best] = amounts[game, columns + reply]
        total = 0.0
        for j in range(columns):
            total += y[j]
        total = 1.0 / total
        for j in range(columns):
            y[j] *= total
            line[j] = 0.0
        base = 0.0
        if centred:
            base = matrix[reply * columns + best] + sides[game, rows] / units[game]
        # Branches on shares of 0, as good as random, would take longer than the work they save.
        upper = -np.inf
        worst_row = 0
        spoilt = 0.0
        place = U(0)
        for i in range(rows):
            share = x[i]
            for j in range(U(columns)):
                line[j] += share * (matrix[place + j] - base)
            gain = 0.0
            for j in range(U(columns)):
                gain += y[j] * (matrix[place + j] - base)
            place += U(columns)
            spoilt += gain
            worst_row = i if gain > upper else worst_row
            upper = max(upper, gain)
        lower = np.inf
        worst_column = 0
        for j in range(columns):
            spoilt += line[j]
            worst_column = j if line[j] < lower else worst_column
            lower = min(lower, line[j])
        if not np.isfinite(spoilt):  # a payoff that may never be met, out of the range of floats
            upper = np.nan
        stake = 0.0
        for i in range(rows):
            stake += x[i] * abs(matrix[i * columns + worst_column] - base)
        for j in range(columns):
            stake += y[j] * abs(matrix[worst_row * columns + j] - base)
        found[game, 0] = base
        found[game, 1] = line[worst_column]
        found[game, 2] = upper
        found[game, 3] = stake


@jit(interpret=FEW)
def constant_sum(first: Floats, second: Floats) -> int:
    """First game of a block in which the payoffs' sum is not the same everywhere; -1: none.

    Payoffs are ``(games, profiles)``.
    Sums may differ by the rounding of the four payoffs compared, once in the data and once here.
    """
    for game in range(len(first)):
        a = first[game]
        b = second[game]
        differ = 0
        for j in range(a.size):
            differ += a[j] != -b[j]
        if differ == 0:
            continue
        least = 0
        for j in range(a.size):
            if abs(a[j]) + abs(b[j]) < abs(a[least]) + abs(b[least]):
                least = j
        total = a[least] + b[least]
        for j in range(a.size):
            room = 2.0 * _ROUNDING * (abs(a[j]) + abs(b[j]) + abs(a[least]) + abs(b[least]))
            if not abs(a[j] + b[j] - total) <= room:
                return game
    return -1


@inline
def _gain(payoffs: Floats, at: int, profile: int, stride: int, count: int, action: int) -> float:
    """What a player gains at a profile by the action instead of the one that belongs to it."""
    own = profile // stride % count
    return float(payoffs[at + profile + (action - own) * stride] - payoffs[at + profile])


@inline
def _incentive_column(first: int, own: int, action: int, count: int, coarse: bool) -> int:
    """Column of the constraint that `action` is no gain (for who is told to play `own`)."""
    if coarse:
        return first + action
    return first + own * (count - 1) + action - (action > own)


@inline
def _fill_correlated(
    payoffs: Floats, at: int, objective: Floats, counts: Ints, strides: Ints, firsts: Ints,
    units: Floats, coarse: bool, columns: int, tableau: Floats, rhs: Floats, line: Floats,
) -> int:  # fmt: skip
    """Tableau of the program of a correlated equilibrium; the profile to begin with.

    Columns: incentive constraints, weights of players beyond the first (egalitarian objective
    only; the first has what the others leave), slack of the first profile. The row of the first
    profile holds the sum of the weights.
    """
    width = (columns + 7) // 8 * 8
    players = counts.size
    profiles = strides[0] * counts[0]
    incentives = firsts[players]
    weights = columns - 1 - incentives
    best = 0
    for s in range(1, profiles):
        if objective[s] > objective[best]:
            best = s
    unit = units[players]
    for j in range(width):
        line[j] = 0.0
    for i in range(players):
        own = best // strides[i] % counts[i]
        for action in range(counts[i]):
            if action != own:
                j = _incentive_column(firsts[i], own, action, counts[i], coarse)
                gain = _gain(payoffs, at + i * profiles, best, strides[i], counts[i], action)
                line[j] = -gain * units[i]
    for i in range(weights):
        more = payoffs[at + (i + 1) * profiles + best] - payoffs[at + best]
        line[incentives + i] = more * unit
    line[columns - 1] = 1.0
    for s in range(profiles):
        start = s * width
        for j in range(width):
            tableau[start + j] = -line[j]
        for i in range(players):
            own = s // strides[i] % counts[i]
            for action in range(counts[i]):
                if action != own:
                    j = _incentive_column(firsts[i], own, action, counts[i], coarse)
                    gain = _gain(payoffs, at + i * profiles, s, strides[i], counts[i], action)
                    tableau[start + j] -= gain * units[i]
        for i in range(weights):
            more = payoffs[at + (i + 1) * profiles + s] - payoffs[at + s]
            tableau[start + incentives + i] += more * unit
        rhs[s] = (objective[best] - objective[s]) * unit
    start = best * width
    last = profiles * width
    for j in range(width):
        tableau[start + j] = 0.0
        tableau[last + j] = -line[j]
    for i in range(weights):
        tableau[start + incentives + i] = 1.0
    rhs[best] = 1.0
    rhs[profiles] = 0.0
    return best


@inline
def _largest_gain(
    payoffs: Floats, at: int, counts: Ints, strides: Ints, firsts: Ints, coarse: bool,
    p: Floats, line: Floats, stakes: Floats,
) -> tuple[float, float]:  # fmt: skip
    """The most a player gains by disobeying, in payoffs and relative to the sum of all terms."""
    players = counts.size
    profiles = strides[0] * counts[0]
    for j in range(firsts[players]):
        line[j] = 0.0
    for i in range(players):
        stakes[i] = 0.0
    for s in range(profiles):
        share = p[s]
        if share > 0.0:
            for i in range(players):
                own = s // strides[i] % counts[i]
                for action in range(counts[i]):
                    if action != own:
                        j = _incentive_column(firsts[i], own, action, counts[i], coarse)
                        gain = _gain(payoffs, at + i * profiles, s, strides[i], counts[i], action)
                        line[j] += share * gain
                        stakes[i] += share * abs(gain)
    largest = 0.0
    relative = 0.0
    for i in range(players):
        for j in range(firsts[i], firsts[i + 1]):
            if not line[j] <= 0.0:
                largest = max(largest, line[j])
                relative = max(relative, line[j] / stakes[i])
    return largest, relative


@inline
def _dual_bound(
    payoffs: Floats, at: int, objective: Floats, counts: Ints, strides: Ints, firsts: Ints,
    units: Floats, coarse: bool, columns: int, base: float, amounts: Floats,
) -> tuple[float, float]:  # fmt: skip
    """By how much at most any correlated equilibrium exceeds `base`; the sum of absolute terms."""
    players = counts.size
    profiles = strides[0] * counts[0]
    incentives = firsts[players]
    bound = -np.inf
    stake = 0.0
    for s in range(profiles):
        value = objective[s] - base
        total = abs(value)
        for i in range(players):
            own = s // strides[i] % counts[i]
            for action in range(counts[i]):
                if action != own:
                    j = _incentive_column(firsts[i], own, action, counts[i], coarse)
                    if amounts[j] > 0.0:
                        gain = _gain(payoffs, at + i * profiles, s, strides[i], counts[i], action)
                        gain *= amounts[j] * units[i] / units[players]
                        value -= gain
                        total += abs(gain)
        for i in range(columns - 1 - incentives):
            more = payoffs[at + (i + 1) * profiles + s] - payoffs[at + s]
            value += amounts[incentives + i] * more
            total += amounts[incentives + i] * abs(more)
        if not value <= bound:
            bound = value
            stake = total
    return bound, stake


@jit(interpret=FEW)
def fill_correlated(
    payoffs: Floats, objective: Floats, layout: tuple[Ints, Ints, Ints], kind: tuple[bool, bool],
    line: Floats, units: Floats, sizes: Ints, tableaux: Floats, sides: Floats, starts: Ints,
) -> None:  # fmt: skip
    """Tableaux of the programs of the best correlated equilibria.

    Parameters
    ----------
    payoffs
        ``(games, N, profiles)``.
    objective
        ``(games, profiles)``; for the egalitarian objective the first player's payoffs.
    layout
        Numbers of actions ``(N,)``, strides of profiles ``(N,)``, first column of each player's
        incentive constraints and their number ``(N + 1,)``.
    kind
        Whether the equilibrium is coarse, whether the objective is egalitarian.
    line
        Work.
    units
        Output ``(games, N + 1)``: 1 over the spread of each player's payoffs and the objective.
    sizes
        That of `Programs`.
    tableaux, sides, starts
        Output: those of `Programs`.
    """
    counts, strides, firsts = layout
    coarse, egalitarian = kind
    games, players, profiles = payoffs.shape
    u = payoffs.reshape(payoffs.size)
    for game in range(games):
        at = game * players * profiles
        c = objective[game]
        smallest = np.inf
        largest = -np.inf
        for i in range(players):
            low = u[at + i * profiles]
            high = low
            for s in range(at + i * profiles, at + (i + 1) * profiles):
                low = min(low, u[s])
                high = max(high, u[s])
            units[game, i] = 1.0 / (high - low) if high > low else 1.0
            smallest = min(smallest, low)
            largest = max(largest, high)
        if not egalitarian:
            smallest = c[0]
            largest = smallest
            for s in range(profiles):
                smallest = min(smallest, c[s])
                largest = max(largest, c[s])
        units[game, players] = 1.0 / (largest - smallest) if largest > smallest else 1.0
        columns = sizes[game, 1]
        starts[game, 0] = _fill_correlated(
            u, at, c, counts, strides, firsts, units[game], coarse, columns, tableaux[game],
            sides[game], line,
        )  # fmt: skip
        starts[game, 1] = columns - 1


@jit(interpret=FEW)
def check_correlated(
    payoffs: Floats, objective: Floats, layout: tuple[Ints, Ints, Ints], kind: tuple[bool, bool],
    line: Floats, units: Floats, sizes: Ints, starts: Ints, amounts: Floats, weights: Floats,
    distribution: Floats, means: Floats, found: Floats,
) -> None:  # fmt: skip
    """Correlated equilibria from their solved programs, and what they prove.

    Parameters
    ----------
    payoffs, objective, layout, kind, units, sizes, starts, amounts, weights
        As for `fill_correlated` and `maximize`; `units` are worked on.
    line
        Work.
    distribution, means, found
        Output: ``(games, profiles)``; expected payoffs ``(games, N)``; value, how much more another
        equilibrium may have, largest gain from disobeying, the larger of these two relative to
        the payoffs at stake ``(games, 4)``. NaN where floats fail.
    """
    counts, strides, firsts = layout
    coarse, egalitarian = kind
    games, players, profiles = payoffs.shape
    u = payoffs.reshape(payoffs.size)
    for game in range(games):
        at = game * players * profiles
        c = objective[game]
        p = distribution[game]
        columns = sizes[game, 1]
        total = 0.0
        for s in range(profiles):
            p[s] = weights[game, columns + s]
        p[starts[game, 0]] = weights[game, columns - 1]
        for s in range(profiles):
            total += p[s]
        total = 1.0 / total
        for s in range(profiles):
            p[s] *= total
        value = np.inf
        for i in range(players):
            total = 0.0
            for s in range(profiles):
                total += p[s] * u[at + i * profiles + s]
            means[game, i] = total
            value = min(value, total)
        if not egalitarian:
            value = 0.0
            for s in range(profiles):
                value += p[s] * c[s]
        more, stake = _dual_bound(
            u, at, c, counts, strides, firsts, units[game], coarse, columns, value, amounts[game]
        )
        for s in range(profiles):
            stake += p[s] * abs(c[s] - value)
        gain, relative = _largest_gain(u, at, counts, strides, firsts, coarse, p, line, units[game])
        found[game, 0] = value
        found[game, 1] = more
        found[game, 2] = gain
        found[game, 3] = max(relative, more / stake if stake > 0.0 else more)


@inline
def _living_profiles(counts: Ints, firsts: Ints, player: int, fates: Ints, profiles: Ints) -> int:
    """Profiles of the other players' surviving actions, in C order; their number."""
    rest = 1
    for j in range(counts.size):
        if j != player:
            rest *= counts[j]
    found = 0
    for profile in range(rest):
        left = profile
        alive = True
        for j in range(counts.size - 1, -1, -1):
            if j != player:
                alive &= fates[firsts[j] + left % counts[j]] < 0
                left //= counts[j]
        if alive:
            profiles[found] = profile
            found += 1
    return found


@inline
def _pure_verdict(
    payoffs: Floats, start: int, rest: int, action: int, rivals: Ints, n_rivals: int,
    profiles: Ints, n_profiles: int, strict: bool,
) -> int:  # fmt: skip
    """Verdict from comparisons alone: dominated by a pure action, best reply, or open.

    A best reply to some profile is not strictly dominated, an only best reply not weakly either.
    """
    own = start + action * rest
    for r in range(n_rivals):
        other = start + rivals[r] * rest
        gains = False
        losses = False
        for s in range(n_profiles):
            a = payoffs[own + profiles[s]]
            b = payoffs[other + profiles[s]]
            gains |= b > a
            losses |= b < a or (strict and b == a)
            if losses:
                break
        if gains and not losses:
            return DOMINATED
    for s in range(n_profiles):
        a = payoffs[own + profiles[s]]
        best = True
        for r in range(n_rivals):
            b = payoffs[start + rivals[r] * rest + profiles[s]]
            if b > a or (b == a and not strict):
                best = False
                break
        if best:
            return SURVIVES
    return OPEN


@inline
def _living_rivals(first: int, count: int, action: int, fates: Ints, rivals: Ints) -> int:
    """A player's other surviving actions; their number."""
    found = 0
    for other in range(count):
        if other != action and fates[first + other] < 0:
            rivals[found] = other
            found += 1
    return found


@jit(interpret=FEW)
def undominated(
    payoffs: Floats, layout: tuple[Ints, Ints], strict: bool, games: Ints, rounds: Ints,
    rivals: Ints, profiles: Ints, verdicts: NDArray[np.int8],
) -> None:  # fmt: skip
    """Verdicts on all actions of some games, as far as comparisons of payoffs go.

    Parameters
    ----------
    payoffs
        ``(games, N, profiles)``, each player's with the own action on the first axis.
    layout
        Numbers of actions ``(N,)``; place of each player's first action and their number
        ``(N + 1,)``.
    strict
        The kind of dominance.
    games
        The games looked at.
    rounds
        ``(games, actions)``: round in which an action was eliminated, below 0: not yet.
    rivals, profiles
        Work.
    verdicts
        Output ``(games, actions)``: `DOMINATED` by a pure action; `SURVIVES`: dominated by no mix,
        or eliminated before; else `OPEN`.
    """
    counts, firsts = layout
    size = payoffs.shape[2]
    u = payoffs.reshape(payoffs.size)
    for game in games:
        fates = rounds[game]
        for i in range(counts.size):
            n_profiles = _living_profiles(counts, firsts, i, fates, profiles)
            rest = size // counts[i]
            start = (game * counts.size + i) * size
            for action in range(counts[i]):
                verdict = SURVIVES
                n_rivals = _living_rivals(firsts[i], counts[i], action, fates, rivals)
                if fates[firsts[i] + action] < 0 and n_rivals > 0:
                    verdict = _pure_verdict(
                        u, start, rest, action, rivals, n_rivals, profiles, n_profiles, strict
                    )
                    if verdict == OPEN and n_rivals == 1:
                        verdict = SURVIVES
                verdicts[game, firsts[i] + action] = verdict


@jit(interpret=FEW)
def fill_gains(
    payoffs: Floats, layout: tuple[Ints, Ints], games: Ints, players: Ints, actions: Ints,
    rounds: Ints, rivals: Ints, profiles: Ints, sizes: Ints, matrices: Floats,
) -> None:  # fmt: skip
    """What a player's surviving actions gain over one of them, by profiles of the others.

    The matrix game of these gains has a positive value exactly if a mix of rivals dominates the
    action strictly. If its value is negative, every rival loses against some mix of profiles, and
    against one nearby that plays all of them, so the action is not even weakly dominated.

    Parameters
    ----------
    payoffs, layout, rounds, rivals, profiles
        As for `undominated`.
    games, players, actions
        The actions asked about.
    sizes, matrices
        Output, as for `fill_games`: rows are rivals, columns profiles.
    """
    counts, firsts = layout
    size = payoffs.shape[2]
    u = payoffs.reshape(payoffs.size)
    for item in range(games.size):
        i = players[item]
        fates = rounds[games[item]]
        n_profiles = _living_profiles(counts, firsts, i, fates, profiles)
        n_rivals = _living_rivals(firsts[i], counts[i], actions[item], fates, rivals)
        rest = size // counts[i]
        start = (games[item] * counts.size + i) * size
        own = start + actions[item] * rest
        for r in range(n_rivals):
            other = start + rivals[r] * rest
            for s in range(n_profiles):
                gain = u[other + profiles[s]] - u[own + profiles[s]]
                matrices[item, r * n_profiles + s] = gain
        sizes[item, 0] = n_rivals
        sizes[item, 1] = n_profiles
