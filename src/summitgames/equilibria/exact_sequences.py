"""Equilibria in sequence form in exact arithmetic, for games in which floats lose the way.

The tableau is that of `kernels.sequences`, with whole numbers over a common denominator which is
the last pivot, so that every division leaves no rest (Edmonds; Bareiss).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.equilibria.sequence_form import SequenceForm

__all__ = ["exact_equilibrium"]


def exact_equilibrium(
    form: SequenceForm, amounts: Sequence[Fraction], limit: int
) -> list[Fraction] | None:
    """Behavior strategies of an equilibrium.

    Parameters
    ----------
    form
        The sequences of a tree.
    amounts
        Payoffs times chance of every pair of sequences, of the first player and the second in
        turns.
    limit
        Pivots after which the search is given up.

    Returns
    -------
    list of Fraction or None
        Probabilities of the first player's actions, information set by information set, then of the
        second's. None: given up.
    """
    players = [_Player(form, player) for player in range(2)]
    shape = [player.size for player in players]
    tables = [np.full(shape, Fraction(0), dtype=object) for _ in players]
    for place, (s, r) in enumerate(form.pairs.tolist()):
        for number, table in enumerate(tables):
            table[s, r] = amounts[2 * place + number]
    own = tables[0], tables[1].T
    uniform = [player.uniform() for player in players]
    for player, other, table in zip(players, uniform[::-1], own, strict=True):
        player.rebase(table @ other)
    tableau = _Tableau(_rows(players, own, uniform))
    if not tableau.follow(limit):
        return None
    plans = []
    start = 0
    for player in players:
        # The pair of a sequence is (x, w) if it is a base action, (w, x) if not.
        pairs = range(start, start + player.size - 1)
        weights = (
            tableau.value(pair, second=not base)
            for pair, base in zip(pairs, player.base[1:], strict=True)
        )
        plans.append([Fraction(1), *weights])
        start += player.size - 1
    shares = []
    for player, plan, table, against in zip(players, plans, own, plans[::-1], strict=True):
        player.rebase(table @ np.array(against, dtype=object))
        shares += player.behavior(plan)
    return shares


class _Player:
    """Information sets of a player, with a base action at each.

    Attributes
    ----------
    size
        Number of sequences.
    base
        Which sequences are base actions.
    """

    def __init__(self, form: SequenceForm, player: int) -> None:
        count = int(form.counts[player])
        self.sets: list[tuple[int, range]] = [
            (before, range(first, first + actions))
            for before, first, actions in form.infosets[player, :count].tolist()
        ]
        self.size = int(form.sizes[player])
        self.base = [False] * self.size

    def uniform(self) -> NDArray[np.object_]:
        """Realization plan of the strategy that takes all actions with the same probability."""
        plan = [Fraction(1)] * self.size
        for before, actions in self.sets:
            for action in actions:
                plan[action] = plan[before] / len(actions)
        return np.array(plan, dtype=object)

    def rebase(self, values: NDArray[np.object_]) -> None:
        """Make best replies the bases, from what each sequence pays by itself."""
        total = values.tolist()
        for before, actions in reversed(self.sets):
            best = max(actions, key=lambda action: (total[action], -action))
            for action in actions:
                self.base[action] = action == best
            total[before] += total[best]

    def changes(self) -> NDArray[np.object_]:
        """Changes of the realization plan that each sequence makes, as in the kernel."""
        change = np.zeros((self.size, self.size), dtype=object)
        np.fill_diagonal(change, 1)
        for before, actions in reversed(self.sets):
            change[before] += change[self._base_of(actions)]
        for _, actions in self.sets:
            base = self._base_of(actions)
            for action in actions:
                if action != base:
                    change[action] -= change[base]
        return change

    def _base_of(self, actions: range) -> int:
        return next(action for action in actions if self.base[action])

    def behavior(self, plan: Sequence[Fraction]) -> list[Fraction]:
        """Behavior strategy of a realization plan; where it does not lead, the base actions."""
        shares = []
        for before, actions in self.sets:
            if plan[before]:
                shares += [plan[action] / plan[before] for action in actions]
            else:
                shares += [Fraction(self.base[action]) for action in actions]
        return shares


def _rows(
    players: Sequence[_Player],
    tables: Sequence[NDArray[np.object_]],
    uniform: Sequence[NDArray[np.object_]],
) -> NDArray[np.object_]:
    """First tableau, of whole numbers: the row of each basic variable is b + T v = c.

    Columns: one of each pair, that of eta, c. A row may be multiplied by a positive number, by
    which the slack that is basic in it is divided.
    """
    changes = [player.changes() for player in players]
    starts = [0, players[0].size - 1]
    rows = players[0].size + players[1].size - 1
    table = np.full((rows, rows + 1), Fraction(0), dtype=object)
    for i, player in enumerate(players):
        other = players[1 - i]
        own, others = changes[i], changes[1 - i]
        pays = own @ tables[i]
        against = pays @ uniform[1 - i]
        for s in range(1, player.size):
            row = table[starts[i] + s - 1]
            mine = row[starts[i] : starts[i] + player.size - 1]
            if player.base[s]:
                row[rows - 1] = -own[0, s]
                for t in range(1, player.size):
                    if not player.base[t]:
                        mine[t - 1] = -own[t, s]
                continue
            for t in range(1, player.size):
                if player.base[t]:
                    mine[t - 1] = own[s, t]
            row[rows] = -against[s]
            row[rows - 1] = pays[s] @ others[0] - against[s]
            theirs = row[starts[1 - i] : starts[1 - i] + other.size - 1]
            for t in range(1, other.size):
                if not other.base[t]:
                    theirs[t - 1] = pays[s] @ others[t]
    table[rows - 1, rows - 1 :] = Fraction(1)
    for row in table:
        common = math.lcm(*(Fraction(entry).denominator for entry in row))
        row[:] = [int(entry * common) for entry in row]
    return table


class _Tableau:
    """Whole numbers over a common denominator, one row a basic variable.

    Variables: of pair p the one that is basic at first p, the other ``rows + p``; the last pair is
    (1 - eta, eta).
    """

    def __init__(self, table: NDArray[np.object_]) -> None:
        self.table = table
        self.denominator = 1
        self.rows = len(table)
        self.basic = list(range(self.rows))
        self.nonbasic = list(range(self.rows, 2 * self.rows))

    def follow(self, limit: int) -> bool:
        """Pivot until 1 - eta leaves the basis; whether it did."""
        entering = 2 * self.rows - 1
        for _ in range(limit):
            column = self.nonbasic.index(entering)
            row = self._leaving(column)
            leaving = self.basic[row]
            self._pivot(row, column)
            self.basic[row], self.nonbasic[column] = entering, leaving
            if leaving == self.rows - 1:
                return True
            entering = leaving - self.rows if leaving >= self.rows else leaving + self.rows
        return False

    def _leaving(self, column: int) -> int:
        """The lexicographic ratio test."""
        entries = self.table[:, column].tolist()
        rows = [row for row, entry in enumerate(entries) if entry > 0]
        rows = self._least(rows, self.table[:, -1].tolist(), entries)
        for variable in range(self.rows):
            if len(rows) == 1:
                break
            if variable in self.basic:
                values: Any = [0] * self.rows
                values[self.basic.index(variable)] = self.denominator
            else:
                values = self.table[:, self.nonbasic.index(variable)].tolist()
            rows = self._least(rows, values, entries)
        return rows[0]

    @staticmethod
    def _least(rows: list[int], values: Sequence[int], entries: Sequence[int]) -> list[int]:
        """Rows of the least ratio of value to entry, entries being positive."""
        ratios = {row: Fraction(values[row], entries[row]) for row in rows}
        least = min(ratios.values())
        return [row for row, ratio in ratios.items() if ratio == least]

    def _pivot(self, row: int, column: int) -> None:
        table, element = self.table, self.table[row, column]
        pivot_row, pivot_column = table[row].copy(), table[:, column].copy()
        table *= element
        table -= np.multiply.outer(pivot_column, pivot_row)
        table //= self.denominator
        table[row] = pivot_row
        table[:, column] = -pivot_column
        table[row, column] = self.denominator
        self.denominator = element

    def value(self, pair: int, *, second: bool) -> Fraction:
        """Value of a variable."""
        variable = pair + self.rows * second
        if variable not in self.basic:
            return Fraction(0)
        return Fraction(self.table[self.basic.index(variable), -1], self.denominator)
