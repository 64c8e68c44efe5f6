"""Proofs that strategies with beliefs are, or are not, a sequential equilibrium of a tree.

An assessment is consistent if it is a limit of strategies that take every action, each with the
beliefs that follow from Bayes' rule (Kreps & Wilson 1982). That is so if and only if

- the actions that are not taken can be given orders of likelihood, positive numbers, such that at
  every information set the nodes believed in are those with the least sum of orders on the way, and
- there are positive weights of these actions which, multiplied along the ways with what chance and
  the actions taken have as probabilities, are in the ratios of the beliefs in such nodes.

The first is a system of linear inequalities. The second is one of linear equations in logarithms,
which has a solution if and only if products of ratios with powers from its left kernel are 1. Both
are decided in rationals.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeAlias

from flint import fmpq, fmpz_mat

from summitgames.certificates.findings import (
    NOT_DECIDED,
    PROVED,
    REFUTED,
    Deviation,
    Finding,
    Strategies,
)
from summitgames.certificates.rationals import exactly, text_of, to_fraction
from summitgames.certificates.trees import given_exactly, tree_digest
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import as_value
from summitgames.games.extensive_form import ExtensiveForm, InformationSet, Tree

__all__ = [
    "AssessmentProver",
    "Row",
    "action_values",
    "first_actions",
    "kernel",
    "labelling",
    "require_positive_chance",
    "tree_numbers",
    "way_to",
]

#: Share of the largest absolute payoff that floats tell from 0.
_FLOAT_GAIN: Final = 1e-9

#: A sum of numbers of actions: action to how often it counts.
Row: TypeAlias = Mapping[int, int]


class _Way(NamedTuple):
    """How play comes to a node.

    Attributes
    ----------
    trembles
        The actions on the way that the strategies do not take.
    weight
        Product of the probabilities of chance and of the other actions on the way.
    """

    trembles: frozenset[int]
    weight: fmpq


def tree_numbers(game: ExtensiveForm) -> list[fmpq]:
    """Distinct payoffs and probabilities of a single game.

    Exact; of an expression that leaves the rationals the floats nearest to all of them.
    """
    try:
        numbers = game.exact_quantities()
    except SolverError:
        numbers = [Fraction(value) for value in game.quantity_values(0, 1)[:, 0].tolist()]
    return [exactly(number) for number in numbers]


def require_positive_chance(game: ExtensiveForm, numbers: Sequence[fmpq]) -> None:
    """Refuse a single game in which chance never takes some branch.

    Raises
    ------
    SolverError
        If there is one: below it no belief is a limit of beliefs by Bayes' rule.
    """
    for node, quantities in game.chance_probabilities():
        for child, quantity in zip(game.tree.child_lists[node], quantities, strict=True):
            if numbers[quantity] <= 0:
                where = repr(game.tree.name(node)) if node else "the root"
                raise SolverError(
                    f"game: probability of {game.tree.labels[child]!r} at chance node {where} is "
                    "0; expected positive probabilities, without which beliefs are not defined"
                )


def first_actions(game: ExtensiveForm) -> list[int]:
    """Number of the first action of every information set, and of actions altogether."""
    first = [0]
    for infoset in game.infosets:
        first.append(first[-1] + len(infoset.actions))
    return first


def way_to(
    tree: Tree,
    node: int,
    first: Sequence[int],
    chance: Mapping[int, Sequence[fmpq]],
    strategies: Sequence[Sequence[fmpq]],
) -> _Way:
    """How play comes to a node.

    Parameters
    ----------
    tree
        The tree.
    node
        Number of the node.
    first
        Of `first_actions`.
    chance
        Of every chance node the probabilities of its branches.
    strategies
        Probabilities of the actions of every information set.
    """
    trembles, weight = set(), fmpq(1)
    while node:
        before, action = int(tree.parent[node]), int(tree.position[node])
        if tree.mover[before] == Tree.CHANCE:
            weight *= chance[before][action]
        else:
            number = int(tree.number[before])
            share = strategies[number][action]
            if share == 0:
                trembles.add(first[number] + action)
            else:
                weight *= share
        node = before
    return _Way(frozenset(trembles), weight)


def difference(one: Iterable[int], other: Iterable[int]) -> Row:
    """The sum of the orders on one way, less that on another."""
    left, right = frozenset(one), frozenset(other)
    return {**dict.fromkeys(left - right, 1), **dict.fromkeys(right - left, -1)}


def labelling(
    equal: Iterable[Row], above: Iterable[Row], spend: Callable[[int], None] | None = None
) -> dict[int, fmpq] | None:
    """Orders of likelihood of at least 1: some sums of them are 0, others at least 1.

    Parameters
    ----------
    equal
        The sums that are to be 0.
    above
        The sums that are to be positive, and by scaling at least 1.
    spend
        Is told the entries of the tableau that each step rewrites.

    Returns
    -------
    dict or None
        Order of every action in some sum; None: there are none.
    """
    zero = [row for row in equal if row]
    positive = [row for row in above if not row or min(row.values()) < 0]
    if any(not row for row in positive):
        return None
    names = sorted({action for row in (*zero, *positive) for action in row})
    place = {action: at for at, action in enumerate(names)}
    # Of K = 1 + k with k >= 0: sum k = -sum 1, and sum k - slack = 1 - sum 1.
    table = []
    for number, row in enumerate((*zero, *positive)):
        entries = [0] * (len(names) + len(positive) + 1)
        for action, count in row.items():
            entries[place[action]] = count
        entries[-1] = -sum(row.values())
        if number >= len(zero):
            entries[len(names) + number - len(zero)] = -1
            entries[-1] += 1
        table.append([fmpq(entry) for entry in entries])
    found = _feasible_point(table, spend)
    if found is None:
        return None
    return {action: 1 + found[at] for action, at in place.items()}


def _feasible_point(
    table: list[list[fmpq]], spend: Callable[[int], None] | None
) -> list[fmpq] | None:
    """Numbers, none of them negative, that solve linear equations; right-hand sides come last.

    The first phase of the simplex method, with Bland's rule, which never cycles.
    """
    width = len(table[0]) - 1 if table else 0
    for row in table:
        if row[-1] < 0:
            row[:] = [-entry for entry in row]
    basis = [-1] * len(table)  # -1: an artificial variable, whose column is not kept
    while True:
        gaps = [row for row, variable in zip(table, basis, strict=True) if variable < 0]
        if all(row[-1] == 0 for row in gaps):
            break
        columns = (q for q in range(width) if sum((row[q] for row in gaps), fmpq(0)) > 0)
        q = next(columns, -1)
        if q < 0:
            return None
        ratios = [(row[-1] / row[q], basis[p], p) for p, row in enumerate(table) if row[q] > 0]
        p = min(ratios)[2]
        if spend is not None:
            spend(len(table) * (width + 1))
        element = table[p][q]
        pivot = table[p] = [entry / element for entry in table[p]]
        for other, row in enumerate(table):
            if other != p and row[q] != 0:
                factor = row[q]
                table[other] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        basis[p] = q
    point = [fmpq(0)] * width
    for row, variable in zip(table, basis, strict=True):
        if variable >= 0:
            point[variable] = row[-1]
    return point


def kernel(rows: Sequence[Row]) -> list[list[int]]:
    """A basis of the whole-number combinations of some rows that are 0."""
    names = sorted({action for row in rows for action in row})
    if not rows:
        return []
    if not names:
        return [[int(i == j) for j in range(len(rows))] for i in range(len(rows))]
    matrix = fmpz_mat([[row.get(action, 0) for row in rows] for action in names])
    columns, rank = matrix.nullspace()
    basis = []
    for at in range(int(rank)):
        vector = [int(columns[i, at]) for i in range(len(rows))]
        common = math.gcd(*vector)
        basis.append([entry // common for entry in vector])
    return basis


def action_values(
    game: ExtensiveForm, numbers: Sequence[fmpq], strategies: Sequence[Sequence[fmpq]]
) -> list[list[fmpq]]:
    """What every player gets from every node on, node by node."""
    tree = game.tree
    chance = dict(game.chance_probabilities())
    payoffs = game.payoff_numbers.tolist()
    movers, counted = tree.mover.tolist(), tree.number.tolist()
    values: list[list[fmpq]] = [[] for _ in range(tree.size)]
    for node in range(tree.size - 1, -1, -1):
        mover, number = movers[node], counted[node]
        if mover == Tree.TERMINAL:
            values[node] = [numbers[quantity] for quantity in payoffs[number]]
            continue
        moves: Sequence[fmpq] = (
            [numbers[quantity] for quantity in chance[node]]
            if mover == Tree.CHANCE
            else strategies[number]
        )
        taken = [
            (p, values[child])
            for p, child in zip(moves, tree.child_lists[node], strict=True)
            if p != 0
        ]
        values[node] = [
            sum((p * branch[player] for p, branch in taken), fmpq(0))
            for player in range(game.n_players)
        ]
    return values


class AssessmentProver:
    """Proofs about one tree of perfect recall, without any solver.

    An assessment is stated as rows of rationals: the probabilities of the actions at every
    information set, in the game's order, and then the probabilities of the nodes of every
    information set.

    Parameters
    ----------
    game
        A single game with values for all parameters.

    Raises
    ------
    GameError
        If `game` is a family of games, or a parameter has no value.
    SolverError
        If it is not of perfect recall, or chance never takes some branch.

    Notes
    -----
    Of a consistent assessment it is enough that no player gains at any information set by another
    action there, all that follows being as the strategies have it (Hendon, Jacobsen & Sloth 1996;
    Perea 2002).

    References
    ----------
    Kreps & Wilson (1982), Sequential equilibria, Econometrica 50(4); Perea, Jansen & Peters (1997),
    Characterization of consistent assessments in extensive form games, Games and Economic Behavior
    21(1-2); Kohlberg & Reny (1997), Independence on relative probability spaces and consistent
    assessments in game trees, Journal of Economic Theory 75(2); Hendon, Jacobsen & Sloth (1996),
    The one-shot-deviation principle for sequential rationality, Games and Economic Behavior 12(2).
    """

    concept: Final = "sequential equilibrium"

    def __init__(self, game: ExtensiveForm) -> None:
        game.require_bound()
        if game.batch_shape:
            raise GameError(f"game: batch shape {game.batch_shape}; expected a single game")
        game.require_perfect_recall()
        self.game = game
        self.numbers = tree_numbers(game)
        require_positive_chance(game, self.numbers)

    @property
    def exact_input(self) -> bool:
        """Whether every number of the game was given exactly."""
        return given_exactly(self.game)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tree, its information sets, its labels and its exact numbers."""
        sets = [[infoset.player, infoset.given_label] for infoset in self.game.infosets]
        parts = [tree_digest(self.game), self.game.tree.number.tolist(), sets]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def find(self, equilibrium: Any, *, exact: bool) -> Finding:
        """Verdict on an assessment that a user or a solver gave.

        Parameters
        ----------
        equilibrium
            A result with ``.exact_behavior`` and ``.exact_beliefs``, one with ``.behavior`` and
            ``.beliefs``, or these two mappings; beliefs at information sets of one node may be left
            out.
        exact
            False: only a gain of more than 1e-9 of the largest absolute payoff decides.
        """
        rows = self.read(equilibrium)
        try:
            self.game.exact_quantities()
        except SolverError as error:
            return Finding(NOT_DECIDED, rows, None, str(error))
        deviation = self.deviation(rows)
        if exact:
            return Finding(PROVED if deviation is None else REFUTED, rows, deviation)
        gain = Fraction(0) if deviation is None else deviation.gain
        scale = max(abs(self.numbers[number]) for number in self.game.payoff_numbers.flat)
        if gain > Fraction(_FLOAT_GAIN) * to_fraction(fmpq(scale)):
            return Finding(REFUTED, rows, deviation)
        message = f"regret is {float(gain):.3g} in floats, which is no proof"
        return Finding(NOT_DECIDED, rows, None, message)

    def read(self, equilibrium: Any) -> Strategies:
        """An assessment as rows of rationals."""
        if hasattr(equilibrium, "exact_behavior"):
            rows = (*equilibrium.exact_behavior, *equilibrium.exact_beliefs)
            self.require_strategies(rows)
            return rows
        pair = equilibrium
        if hasattr(equilibrium, "behavior"):
            pair = equilibrium.behavior, getattr(equilibrium, "beliefs", None)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise GameError(
                f"equilibrium: {type(equilibrium).__name__}; expected a result with .behavior and "
                ".beliefs, or these two mappings"
            )
        infosets = self.game.infosets
        rows = (
            *(_row(pair[0], infoset, "behavior") for infoset in infosets),
            *(_row(pair[1], infoset, "beliefs") for infoset in infosets),
        )
        self.require_strategies(rows)
        return rows

    def require_strategies(self, strategies: Strategies) -> None:
        """Refuse rows that are no distributions over actions, and then over nodes."""
        infosets = self.game.infosets
        if len(strategies) != 2 * len(infosets):
            raise GameError(
                f"assessment: {len(strategies)} rows; expected {2 * len(infosets)}: strategies and "
                f"beliefs of {len(infosets)} information sets"
            )
        counts = [len(infoset.actions) for infoset in infosets]
        counts += [len(infoset.nodes) for infoset in infosets]
        whats = [f"strategies at infoset {infoset.label!r}" for infoset in infosets]
        whats += [f"beliefs at infoset {infoset.label!r}" for infoset in infosets]
        for row, count, what in zip(strategies, counts, whats, strict=True):
            if len(row) != count:
                raise GameError(f"{what}: {len(row)} probabilities; expected {count}")
            if min(row) < 0 or sum(row) != 1:
                listed = ", ".join(map(text_of, row))
                raise GameError(f"{what}: {listed}; expected rationals >= 0 that sum to exactly 1")

    def deviation(self, strategies: Strategies) -> Deviation | None:
        """What refutes an assessment, or None: it is a sequential equilibrium.

        Beliefs that are not consistent (a `Deviation` without an action), or the most profitable
        deviation at one information set, of equal ones the first.
        """
        return self.inconsistency(strategies) or self.irrationality(strategies)

    def irrationality(self, strategies: Strategies) -> Deviation | None:
        """The most profitable deviation at one information set, given the beliefs, or None."""
        game = self.game
        count = len(game.infosets)
        behavior = [[exactly(p) for p in row] for row in strategies[:count]]
        values = action_values(game, self.numbers, behavior)
        best: tuple[fmpq, int, int] | None = None
        for number, infoset in enumerate(game.infosets):
            player = game.players.index(infoset.player)
            beliefs = [exactly(p) for p in strategies[count + number]]
            each = [
                sum(
                    (
                        belief * values[game.tree.child_lists[node][action]][player]
                        for belief, node in zip(beliefs, infoset.nodes, strict=True)
                    ),
                    fmpq(0),
                )
                for action in range(len(infoset.actions))
            ]
            here = sum((p * v for p, v in zip(behavior[number], each, strict=True)), fmpq(0))
            for action, value in enumerate(each):
                if value > here and (best is None or value - here > best[0]):
                    best = value - here, number, action
        if best is None:
            return None
        gain, number, action = best
        infoset = game.infosets[number]
        return Deviation(infoset.label, infoset.player, infoset.actions[action], to_fraction(gain))

    def inconsistency(self, strategies: Strategies) -> Deviation | None:
        """Information sets whose beliefs no strategies that take every action come near to."""
        game = self.game
        count = len(game.infosets)
        behavior = [[exactly(p) for p in row] for row in strategies[:count]]
        chance = {
            node: [self.numbers[quantity] for quantity in quantities]
            for node, quantities in game.chance_probabilities()
        }
        first = first_actions(game)
        conditions: dict[int, tuple[list[Row], list[Row]]] = {}
        rows: list[Row] = []
        ratios: list[fmpq] = []
        owners: list[int] = []
        for number, infoset in enumerate(game.infosets):
            if len(infoset.nodes) == 1:
                continue
            beliefs = [exactly(p) for p in strategies[count + number]]
            ways = [way_to(game.tree, node, first, chance, behavior) for node in infoset.nodes]
            base = next(at for at, belief in enumerate(beliefs) if belief != 0)
            equal: list[Row] = []
            above: list[Row] = []
            for belief, way in zip(beliefs, ways, strict=True):
                row = difference(way.trembles, ways[base].trembles)
                if belief == 0:
                    above.append(row)
                elif way is not ways[base]:
                    equal.append(row)
                    rows.append(row)
                    owners.append(number)
                    ratios.append(belief * ways[base].weight / (beliefs[base] * way.weight))
            conditions[number] = equal, above
        wrong = _conflict(conditions)
        if not wrong:
            wrong = _contradiction(rows, ratios, owners)
        return self._inconsistent(wrong) if wrong else None

    def _inconsistent(self, numbers: Sequence[int]) -> Deviation:
        infosets = [self.game.infosets[number] for number in numbers]
        players = dict.fromkeys(infoset.player for infoset in infosets)
        labels = ", ".join(infoset.label for infoset in infosets)
        return Deviation(labels, ", ".join(players), "", Fraction(0))

    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Never: what is proved of a tree is proved of the assessment itself."""
        del strategies, radius
        return False


def _row(given: Any, infoset: InformationSet, what: str) -> tuple[Fraction, ...]:
    """Probabilities at an information set as rationals."""
    if not isinstance(given, Mapping):
        raise GameError(
            f"{what}: {type(given).__name__}; expected a mapping from information sets to "
            "probabilities"
        )
    where = f"{what}[{infoset.key!r}]"
    if infoset.key not in given:
        if what == "beliefs" and len(infoset.nodes) == 1:
            return (Fraction(1),)
        expected = "nodes" if what == "beliefs" else "actions"
        raise GameError(f"{where}: missing; expected probabilities of its {expected}")
    found = []
    for probability in given[infoset.key]:
        value = as_value(probability, where)
        if not isinstance(value, Fraction):
            raise GameError(f"{where}: {given[infoset.key]!r}; expected a list of numbers")
        found.append(value)
    return tuple(found)


def _conflict(conditions: Mapping[int, tuple[list[Row], list[Row]]]) -> list[int]:
    """Information sets whose supports together allow no orders, none of them superfluous."""

    def allowed(numbers: Iterable[int]) -> bool:
        chosen = [conditions[number] for number in numbers]
        equal = [row for rows, _ in chosen for row in rows]
        return labelling(equal, [row for _, rows in chosen for row in rows]) is not None

    numbers = list(conditions)
    if allowed(numbers):
        return []
    for number in [*numbers]:
        without = [other for other in numbers if other != number]
        if not allowed(without):
            numbers = without
    return numbers


def _contradiction(rows: Sequence[Row], ratios: Sequence[fmpq], owners: Sequence[int]) -> list[int]:
    """Information sets whose ratios no weights have."""
    for relation in kernel(rows):
        product = fmpq(1)
        for ratio, power in zip(ratios, relation, strict=True):
            product *= ratio**power
        if product != 1:
            used = (owner for owner, power in zip(owners, relation, strict=True) if power)
            return list(dict.fromkeys(used))
    return []
