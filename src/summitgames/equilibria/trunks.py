"""Subgame-perfect equilibria of single trees of imperfect information, subgame by subgame.

What is left of a subgame when an equilibrium of each of its own proper subgames has been put in
place of it is its *trunk*. Trunks are solved from the smallest subgame to the whole game, by the
solver that fits: one move by comparison, one player by listing plans, two players by all extreme
equilibria of the reduced normal form (or one of the sequence form, where that is too large), more
players by pure equilibria. Numbers are exact throughout, so that ties are ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.equilibria.sequence_form import sequence_form
from summitgames.equilibria.vertex_enumeration import vertex_enumeration
from summitgames.errors import SolverError
from summitgames.games.extensive_form import (
    ExtensiveForm,
    Outcome,
    Tree,
    exact_chances,
    information_sets,
)
from summitgames.games.normal_form import NormalForm
from summitgames.games.plans import PlayerPlans
from summitgames.games.subgames import subgame_roots
from summitgames.results import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Found", "solve_subgames"]

#: Plans of either of two players whose extreme equilibria are listed.
_MOST_PLANS: Final = 12
#: Profiles of plans of one player, or of more than two.
_MOST_PROFILES: Final = 10**5
#: Share of the payoffs within which a float reply is taken for a best one, before it is proved.
_NEAR: Final = 1e-9

Payoffs: TypeAlias = tuple[Fraction, ...]
#: Number of an information set to the probabilities of its actions.
Strategies: TypeAlias = dict[int, tuple[Fraction, ...]]


@dataclass(frozen=True, eq=False)
class _Solution:
    """An equilibrium of a subgame: what is done in its trunk, and in the subgames that follow."""

    payoffs: Payoffs
    own: Strategies
    below: tuple[_Solution, ...]


@dataclass(frozen=True)
class Found:
    """The equilibria of a game.

    Attributes
    ----------
    strategies
        One mapping from numbers of information sets to probabilities each.
    status
        `Status`.
    reasons
        Why the status is not COMPLETE.
    """

    strategies: list[Strategies]
    status: Status
    reasons: tuple[str, ...]


def solve_subgames(game: ExtensiveForm, limit: int) -> Found:
    """Subgame-perfect equilibria of a single game of perfect recall.

    Parameters
    ----------
    game
        A single game with values for all parameters.
    limit
        Largest number of equilibria of a subgame that are kept.

    Returns
    -------
    Found
    """
    return _Subgames(game, limit).solve()


class _Subgames:
    """The subgames of a game, from the smallest to the whole."""

    def __init__(self, game: ExtensiveForm, limit: int) -> None:
        self.game, self.limit = game, limit
        try:
            self.exact = game.exact_quantities()
        except SolverError:  # an expression leaves the rationals: the floats nearest to it
            self.exact = [Fraction(value) for value in game.quantity_values(0, 1)[:, 0].tolist()]
        self.chance = exact_chances(game, self.exact)
        self.roots = subgame_roots(game)
        self.reasons: dict[str, None] = {}  # in order, each once

    def solve(self) -> Found:
        """Solve every trunk for every combination of what follows."""
        solved: dict[int, list[_Solution]] = {}
        inside = set(self.roots)
        for root in self.roots:
            trunk = _Trunk(self, root, inside)
            lists = [solved.pop(child) for child in trunk.children]
            found: list[_Solution] = []
            known: dict[tuple[Payoffs, ...], list[tuple[Payoffs, Strategies]]] = {}
            for tried, below in enumerate(product(*lists)):
                if tried >= self.limit or len(found) > self.limit:
                    self.reasons[f"lists were cut at {self.limit} equilibria (max_work)"] = None
                    break
                key = tuple(solution.payoffs for solution in below)
                if key not in known:
                    known[key] = trunk.solve(key)
                found += [_Solution(payoffs, own, below) for payoffs, own in known[key]]
            if len(found) > self.limit:
                self.reasons[f"lists were cut at {self.limit} equilibria (max_work)"] = None
            solved[root] = found[: self.limit]
            if not found:
                return Found([], Status.FAILED, tuple(self.reasons))
        status = Status.PARTIAL if self.reasons else Status.COMPLETE
        strategies = [_gathered(solution) for solution in solved[0]]
        return Found(strategies, status, tuple(self.reasons))


def _gathered(solution: _Solution) -> Strategies:
    """Strategies of a solution and of all that it stands on."""
    strategies: Strategies = {}
    stack = [solution]
    while stack:
        here = stack.pop()
        strategies |= here.own
        stack += here.below
    return strategies


class _Trunk:
    """What is left of a subgame, with payoffs for the subgames that follow.

    Attributes
    ----------
    children
        Roots of the largest proper subgames, in preorder.
    """

    def __init__(self, subgames: _Subgames, root: int, roots: set[int]) -> None:
        self.subgames, self.game, self.root = subgames, subgames.game, root
        tree = self.game.tree
        self.nodes: list[int] = []
        self.children: list[int] = []
        node = root
        while node < tree.ends[root]:
            self.nodes.append(node)
            if node in roots and node != root:
                self.children.append(node)
                node = tree.ends[node]
            else:
                node += 1

    def solve(self, below: tuple[Payoffs, ...]) -> list[tuple[Payoffs, Strategies]]:
        """Equilibria, each with its payoffs and the strategies in the trunk."""
        tree = self.game.tree
        ends = self._ends(below)
        mover, number = int(tree.mover[self.root]), int(tree.number[self.root])
        if len(ends) == len(self.nodes) - 1:  # one move
            after = [ends[child] for child in tree.child_lists[self.root]]
            if mover == Tree.CHANCE:
                return [(_mean(self.subgames.chance[self.root], after), {})]
            best = max(payoffs[mover] for payoffs in after)
            chosen = [a for a, payoffs in enumerate(after) if payoffs[mover] == best]
            if len(chosen) > 1:
                self._note("actions tie at {where}: mixtures of them are not listed")
            return [(after[a], {number: _pure(a, len(after))}) for a in chosen]
        return self._solve_as_game(self._as_game(ends))

    def _note(self, reason: str) -> None:
        name = self.game.tree.name(self.root)
        where = f"subgame {name!r}" if self.root else "the whole game"
        self.subgames.reasons[reason.format(where=where)] = None

    def _ends(self, below: tuple[Payoffs, ...]) -> dict[int, Payoffs]:
        """Payoffs where the trunk ends."""
        tree, exact = self.game.tree, self.subgames.exact
        ends = dict(zip(self.children, below, strict=True))
        for node in self.nodes:
            if tree.mover[node] == Tree.TERMINAL:
                numbers = self.game.payoff_numbers[tree.number[node]].tolist()
                ends[node] = tuple(exact[number] for number in numbers)
        return ends

    def _as_game(self, ends: Mapping[int, Payoffs]) -> ExtensiveForm:
        """The trunk as a game; information sets are labelled by their numbers in the whole."""
        game, tree = self.game, self.game.tree
        place = {node: at for at, node in enumerate(self.nodes)}
        quantities = [*self.subgames.exact]
        mover: list[int] = []
        number: list[int] = []
        payoffs: list[range] = []
        probabilities: list[int] = []
        sets: dict[int, list[int]] = {}
        chance_nodes = 0
        for node in self.nodes:
            if node in ends:
                mover.append(Tree.TERMINAL)
                number.append(len(payoffs))
                payoffs.append(range(len(quantities), len(quantities) + game.n_players))
                quantities += ends[node]
                continue
            mover.append(int(tree.mover[node]))
            if mover[-1] == Tree.CHANCE:
                number.append(chance_nodes)
                chance_nodes += 1
                shares = self.subgames.chance[node]
                probabilities += range(len(quantities), len(quantities) + len(shares))
                quantities += shares
            else:
                own = int(tree.number[node])
                sets.setdefault(own, []).append(place[node])
                number.append(list(sets).index(own) if len(sets[own]) > 1 else len(sets) - 1)
        parents = [-1, *(place[int(tree.parent[node])] for node in self.nodes[1:])]
        labels = ["", *(tree.labels[node] for node in self.nodes[1:])]
        flat = Tree.of(mover, parents, number, labels)
        whole = game.infosets
        return ExtensiveForm.of_parts(
            players=game.players,
            parameters=(),
            tree=flat,
            infosets=information_sets(
                [(whole[n].player, str(n)) for n in sets],
                [whole[n].actions for n in sets],
                list(sets.values()),
                flat,
            ),
            outcomes=tuple(Outcome("", {}) for _ in payoffs),
            quantities=tuple(quantities),
            payoff_numbers=np.array(payoffs, dtype=np.int32),
            probability_numbers=np.array(probabilities, dtype=np.int32),
            has_binary_numbers=False,
            bindings=MappingProxyType({}),
        )

    def _solve_as_game(self, trunk: ExtensiveForm) -> list[tuple[Payoffs, Strategies]]:
        players = sorted({trunk.players.index(infoset.player) for infoset in trunk.infosets})
        counts = [PlayerPlans(trunk, player).count for player in players]
        if len(players) == 2 and max(counts) > _MOST_PLANS:
            return self._by_sequences(trunk, players)
        try:
            plans = _Plans(trunk, players)
        except SolverError as error:
            self._note(f"{{where}} was given up: {error}".replace("game: ", ""))
            return []
        if len(players) == 2:
            mixes = self._two_players(plans)
            if not mixes:
                return self._by_sequences(trunk, players)
        else:
            mixes = plans.pure_equilibria()
            if len(players) == 1 and len(mixes) > 1:
                self._note("plans tie in {where}: mixtures of them are not listed")
            elif len(players) > 2:
                more = "not searched" if mixes else "not searched, and there is no pure one"
                self._note(f"{{where}} has {len(players)} players: mixed equilibria were {more}")
        found: dict[Any, tuple[Payoffs, Strategies]] = {}
        for mix in mixes:
            strategies = plans.behavior(mix)
            found.setdefault(tuple(sorted(strategies.items())), (plans.payoffs(mix), strategies))
        return list(found.values())

    def _two_players(self, plans: _Plans) -> list[list[list[Fraction]]]:
        """All extreme equilibria of the reduced normal form."""
        listed = vertex_enumeration(NormalForm(plans.tables(), check=False))
        if listed.status != Status.COMPLETE:
            self._note("the search for equilibria of {where} was cut")
        if not all(subset.is_point for subset in listed.components):
            self._note("{where} has connected sets of equilibria, of which extreme ones are listed")
        mixes = []
        for pair in listed:
            exact = plans.exactly(pair)
            if exact is None:
                self._note("equilibria of {where} are known up to rounding only")
                exact = [[Fraction(p) for p in mix.tolist()] for mix in pair]
                exact = [[p / sum(mix) for p in mix] for mix in exact]
            mixes.append(exact)
        return mixes

    def _by_sequences(
        self, trunk: ExtensiveForm, players: Sequence[int]
    ) -> list[tuple[Payoffs, Strategies]]:
        """One equilibrium by the sequence form, for a trunk with many plans."""
        names = [trunk.players[player] for player in players]
        two = ExtensiveForm.of_parts(
            players=tuple(names),
            parameters=(),
            tree=Tree.of(
                [players.index(m) if m >= 0 else m for m in trunk.tree.mover.tolist()],
                trunk.tree.parent,
                trunk.tree.number,
                trunk.tree.labels,
            ),
            infosets=trunk.infosets,
            outcomes=trunk.outcomes,
            quantities=trunk.quantities,
            payoff_numbers=trunk.payoff_numbers[:, list(players)],
            probability_numbers=trunk.probability_numbers,
            has_binary_numbers=False,
            bindings=trunk.bindings,
        )
        found = sequence_form(two)
        if found.status == Status.FAILED:
            self._note("{where} was given up: " + found.message)
            return []
        self._note("one equilibrium of {where} was found, more may exist")
        strategies: Strategies = {}
        for at, infoset in enumerate(trunk.infosets):
            shares = [Fraction(p) for p in found.behavior.block(at, 0, 1)[:, 0].tolist()]
            strategies[int(infoset.label)] = tuple(share / sum(shares) for share in shares)
        return [(_expected(trunk, strategies), strategies)]


class _Plans:
    """Plans of the players of a trunk and their exact payoffs.

    Raises
    ------
    SolverError
        If there are too many profiles.
    """

    def __init__(self, trunk: ExtensiveForm, players: Sequence[int]) -> None:
        form = trunk.to_normal_form(max_plans=_MOST_PROFILES)
        self.trunk, self.players = trunk, players
        self.lists = [PlayerPlans(trunk, player) for player in players]
        self.plans = [player.listed(_MOST_PROFILES) for player in self.lists]
        self.shape = [len(plans) for plans in self.plans]
        self.all_payoffs = [table.reshape(self.shape) for table in form.exact_payoffs()]

    def tables(self) -> list[NDArray[np.object_]]:
        """Payoffs of the players who move, ``(plans, ...)`` each."""
        return [self.all_payoffs[player] for player in self.players]

    def pure_equilibria(self) -> list[list[list[Fraction]]]:
        """All pure equilibria; for one player the best plans."""
        best = [
            table == np.max(table, axis=axis, keepdims=True)
            for axis, table in enumerate(self.tables())
        ]
        profiles = np.argwhere(np.logical_and.reduce(best)).tolist()
        return [
            [list(_pure(at, count)) for at, count in zip(profile, self.shape, strict=True)]
            for profile in profiles
        ]

    def payoffs(self, mixes: Sequence[Sequence[Fraction]]) -> Payoffs:
        """Expected payoffs of all players of the game."""
        return tuple(_against(table, mixes, None) for table in self.all_payoffs)

    def behavior(self, mixes: Sequence[Sequence[Fraction]]) -> Strategies:
        """Behavior strategies with the same outcomes (Kuhn's theorem).

        Where a player's own moves do not lead: the action of the best plan that leads there.
        """
        strategies: Strategies = {}
        for at, (own, plans) in enumerate(zip(self.lists, self.plans, strict=True)):
            mix, values = mixes[at], _against(self.tables()[at], mixes, at)
            for place, number in enumerate(own.infosets):
                infoset = self.trunk.infosets[number]
                shares = [Fraction(0)] * len(infoset.actions)
                leading = np.flatnonzero(plans[:, place] >= 0).tolist()
                for plan in leading:
                    shares[plans[plan, place]] += mix[plan]
                if not any(shares):
                    best = max(leading, key=lambda plan: (values[plan], -plan))
                    shares[plans[best, place]] = Fraction(1)
                total = sum(shares)
                strategies[int(infoset.label)] = tuple(share / total for share in shares)
        return strategies

    def exactly(self, pair: Sequence[NDArray[np.float64]]) -> list[list[Fraction]] | None:
        """The extreme equilibrium of which these are the floats, proved to be one; else None.

        A vertex is where its support and the best replies to it say: probabilities 0 outside, equal
        payoffs of all the replies. Which these are floats tell; the equations are solved exactly.
        """
        first, second = self.tables()
        mixes = [
            _vertex(second.T, pair[0], pair[1]),
            _vertex(first, pair[1], pair[0]),
        ]
        if mixes[0] is None or mixes[1] is None:
            return None
        exact = [mixes[0], mixes[1]]
        for at, table in enumerate((first, second)):
            values = _against(table, exact, at)
            best = max(values)
            if any(p and value != best for p, value in zip(exact[at], values, strict=True)):
                return None
        return exact


def _vertex(
    replies: NDArray[np.object_], mix: NDArray[np.float64], other: NDArray[np.float64]
) -> list[Fraction] | None:
    """Exact probabilities of a mix, from the other's payoffs ``(replies, actions)``, or None."""
    support = np.flatnonzero(mix > 0).tolist()
    floats = replies.astype(np.float64)
    values = floats @ mix
    near = values >= values.max() - _NEAR * max(1.0, float(np.abs(floats).max()))
    tight = np.flatnonzero(near | (other > 0)).tolist()
    equations = [
        [*(replies[tight[0], i] - replies[j, i] for i in support), Fraction(0)] for j in tight[1:]
    ]
    equations.append([Fraction(1)] * (len(support) + 1))
    solution = _solved(equations)
    if solution is None or any(p <= 0 for p in solution):
        return None
    exact = [Fraction(0)] * len(mix)
    for i, p in zip(support, solution, strict=True):
        exact[i] = p
    return exact


def _solved(equations: list[list[Fraction]]) -> list[Fraction] | None:
    """The one solution of linear equations, right-hand sides last; None: none or several."""
    unknowns = len(equations[0]) - 1
    rows = [row[:] for row in equations]
    for at in range(unknowns):
        pivot = next((r for r in range(at, len(rows)) if rows[r][at]), None)
        if pivot is None:
            return None
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [entry / rows[at][at] for entry in rows[at]]
        for r, row in enumerate(rows):
            if r != at and row[at]:
                rows[r] = [a - row[at] * b for a, b in zip(row, rows[at], strict=True)]
    if any(row[-1] for row in rows[unknowns:]):
        return None
    return [row[-1] for row in rows[:unknowns]]


def _against(
    table: NDArray[np.object_], mixes: Sequence[Sequence[Fraction]], own: int | None
) -> Any:
    """Payoffs of each own plan against the others' mixes; of all together for None."""
    value = table
    for at in reversed(range(table.ndim)):
        if at != own:
            axis = value.ndim - 1 if own is None or at > own else at
            weights = np.array(mixes[at], dtype=object)
            value = np.asarray(np.tensordot(value, weights, axes=(axis, 0)), dtype=object)
    return value.item() if own is None else value.tolist()


def _expected(trunk: ExtensiveForm, strategies: Strategies) -> Payoffs:
    """Payoffs of a trunk under strategies."""
    tree, exact = trunk.tree, trunk.quantities
    chance = dict(trunk.chance_probabilities())
    totals = [Fraction(0)] * trunk.n_players
    stack = [(0, Fraction(1))]
    while stack:
        node, weight = stack.pop()
        mover, number = int(tree.mover[node]), int(tree.number[node])
        if mover == Tree.TERMINAL:
            for player, quantity in enumerate(trunk.payoff_numbers[number].tolist()):
                totals[player] += weight * exact[quantity]
            continue
        if mover == Tree.CHANCE:
            shares: Sequence[Fraction] = [exact[quantity] for quantity in chance[node]]
        else:
            shares = strategies[int(trunk.infosets[number].label)]
        pairs = zip(tree.child_lists[node], shares, strict=True)
        stack += [(child, weight * share) for child, share in pairs if share]
    return tuple(totals)


def _pure(action: int, count: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(a == action) for a in range(count))


def _mean(shares: Sequence[Fraction], payoffs: Sequence[Payoffs]) -> Payoffs:
    return tuple(
        sum((p * x for p, x in zip(shares, column, strict=True)), Fraction(0))
        for column in zip(*payoffs, strict=True)
    )
