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

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from flint import fmpq, fmpz_mat

from summitgames.certificates.exact_trees import ExactTree
from summitgames.certificates.findings import Deviation, Strategies
from summitgames.certificates.nearby import Nearby, distance
from summitgames.certificates.nearby_behavior import behaviors_near
from summitgames.certificates.projections import cuts, scaled_mix, simple_mix
from summitgames.certificates.provers import NEAR, ROUNDING, Given, Part, one_of
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.certificates.trees import OfTree
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import nearest_float
from summitgames.games.extensive_form import ExtensiveForm, InformationSet, Tree, exact_chances

__all__ = [
    "SEQUENTIAL",
    "AssessmentProver",
    "Row",
    "action_values",
    "difference",
    "first_actions",
    "kernel",
    "labelling",
    "moves_on",
    "require_positive_chance",
    "tree_numbers",
    "way_to",
]

SEQUENTIAL: Final = "sequential equilibrium"

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
    doubt
        By what share of the weight it may be off for every unit by which these actions' may.
    """

    trembles: frozenset[int]
    weight: fmpq
    doubt: fmpq


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


def moves_on(
    tree: Tree, way: Iterable[int], chance: Mapping[int, Sequence[fmpq]]
) -> tuple[list[tuple[int, int]], fmpq]:
    """What leads to the nodes of a way, or of a part of one.

    Parameters
    ----------
    tree
        The tree.
    way
        Nodes, each but the first a child of the one before; not the root.
    chance
        Of every chance node the probabilities of its branches.

    Returns
    -------
    tuple
        The moves of players, each an information set and an action, and the probability of chance.
    """
    moves, weight = [], fmpq(1)
    for node in way:
        before, action = int(tree.parent[node]), int(tree.position[node])
        if tree.mover[before] == Tree.CHANCE:
            weight *= chance[before][action]
        else:
            moves.append((int(tree.number[before]), action))
    return moves, weight


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
    trembles, doubt = set(), fmpq(0)
    moves, weight = moves_on(tree, tree.way(node), chance)
    for number, action in moves:
        share = strategies[number][action]
        if share == 0:
            trembles.add(first[number] + action)
        else:
            weight *= share
            doubt += 1 / share
    return _Way(frozenset(trembles), weight, doubt)


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
        Is told the entries of the tableau, before it is built and before each step rewrites it.

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
    if spend is not None:
        spend((len(zero) + len(positive)) * (len(names) + len(positive) + 1))
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
    chance = exact_chances(game, numbers)
    payoffs = game.payoff_numbers.tolist()
    movers, counted = tree.mover.tolist(), tree.number.tolist()
    values: list[list[fmpq]] = [[] for _ in range(tree.size)]
    for node in range(tree.size - 1, -1, -1):
        mover, number = movers[node], counted[node]
        if mover == Tree.TERMINAL:
            values[node] = [numbers[quantity] for quantity in payoffs[number]]
            continue
        moves = chance[node] if mover == Tree.CHANCE else strategies[number]
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


class AssessmentProver(OfTree):
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

    def __init__(self, game: ExtensiveForm, concept: str = SEQUENTIAL) -> None:
        super().__init__(game, concept)
        self.numbers = tree_numbers(game)
        require_positive_chance(game, self.numbers)

    @property
    def parts(self) -> list[Part]:
        """A distribution over the actions, then one over the nodes, of each information set."""
        infosets = self.game.infosets
        return [
            *(Part(partial(_named, i, "behavior"), len(i.actions)) for i in infosets),
            *(Part(partial(_named, i, "beliefs"), len(i.nodes)) for i in infosets),
        ]

    def rows(self, equilibrium: Any) -> Sequence[Any]:
        """Rows of a result with exact numbers, of one with beliefs, or of two mappings.

        Beliefs at information sets of one node may be left out.
        """
        pair = equilibrium
        if hasattr(equilibrium, "exact_behavior"):
            keys = [infoset.key for infoset in equilibrium.game.infosets]
            pair = tuple(
                dict(zip(keys, rows, strict=True))
                for rows in (equilibrium.exact_behavior, equilibrium.exact_beliefs)
            )
        elif hasattr(equilibrium, "behavior") and hasattr(equilibrium, "beliefs"):
            pair = equilibrium.behavior, equilibrium.beliefs
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise GameError(
                f"equilibrium: {type(equilibrium).__name__}; expected a result with .behavior and "
                ".beliefs, or these two mappings"
            )
        for given, what in zip(pair, ("behavior", "beliefs"), strict=True):
            if not isinstance(given, Mapping):
                raise GameError(
                    f"{what}: {type(given).__name__}; expected a mapping from information sets to "
                    "probabilities"
                )
        infosets = self.game.infosets
        rows = [
            *(_row(pair[0], infoset, "behavior") for infoset in infosets),
            *(_row(pair[1], infoset, "beliefs") for infoset in infosets),
        ]
        for given in pair:
            self.require_known(given)
        return rows

    def distributions(self, given: Given) -> Strategies:
        """Each divided by its sum; those of Bayes' rule in place of beliefs near to them."""
        rows = given.distributions
        count = len(self.game.infosets)
        reached = self._bayes([[exactly(p) for p in row] for row in rows[:count]])
        found = []
        for number, row in enumerate(rows[count:]):
            exact = tuple(map(to_fraction, reached.get(number, ())))
            near = exact and max(abs(p - q) for p, q in zip(row, exact, strict=True)) <= NEAR
            found.append(exact if near else row)
        return (*rows[:count], *found)

    def near(self, given: Sequence[Sequence[fmpq]], within: Fraction) -> Nearby | None:
        """The exact assessment that floats are the rounding of, if it is a sequential equilibrium.

        Strategies of a subgame-perfect equilibrium nearby; beliefs by Bayes' rule where play comes,
        elsewhere the simplest rationals.
        """
        count = len(self.game.infosets)
        tree = ExactTree(self.game, subgames=True)
        for found in behaviors_near(tree, given[:count], within):
            if found.radius:
                continue
            reached = self._bayes(found.mixes)
            for cut in cuts(given[count:], within):
                beliefs = []
                for number, mix in enumerate(given[count:]):
                    nodes = [at for at, p in enumerate(mix) if p > cut]
                    likely = simple_mix(mix, nodes) or scaled_mix(mix, nodes)
                    beliefs.append(reached.get(number, likely))
                nearby = Nearby([*found.mixes, *beliefs], Fraction(0))
                rows = tuple(tuple(map(to_fraction, mix)) for mix in nearby.mixes)
                if distance(nearby, given) <= within and self.deviation(rows) is None:
                    return nearby
        return None

    def _bayes(self, behavior: Sequence[Sequence[fmpq]]) -> dict[int, list[fmpq]]:
        """Beliefs at the information sets that play comes to."""
        found = {}
        for number, infoset in enumerate(self.game.infosets):
            ways = [
                way_to(self.game.tree, node, self._first, self._chance, behavior)
                for node in infoset.nodes
            ]
            weights = [fmpq(0) if way.trembles else way.weight for way in ways]
            total = sum(weights, fmpq(0))
            if total > 0:
                found[number] = [weight / total for weight in weights]
        return found

    def rounding_explains(self, strategies: Strategies) -> bool:
        """Whether beliefs are consistent but for rounding, and gains as small as that.

        Probabilities of 0 are taken as they are.
        """
        if self.inconsistency(strategies, within=NEAR, off=ROUNDING) is not None:
            return False
        worst = self.irrationality(strategies)
        if worst is None:
            return True
        share = ROUNDING * sum(map(len, strategies))
        stakes = ExactTree(self.game, subgames=True).stakes
        return worst.gain <= share * to_fraction(stakes[self.game.players.index(worst.player)])

    def regret(self, strategies: Sequence[Sequence[float]]) -> tuple[float, float]:
        """What is gained given the beliefs, and the largest absolute payoff."""
        found = self.irrationality(tuple(tuple(map(Fraction, mix)) for mix in strategies))
        scale = max(abs(self.numbers[number]) for number in self.game.payoff_numbers.flat)
        return 0.0 if found is None else nearest_float(found.gain), float(to_fraction(fmpq(scale)))

    def deviation(self, strategies: Strategies) -> Deviation | None:
        """What refutes an assessment, or None: it is a sequential equilibrium.

        Beliefs that are not consistent (a `Deviation` without an action), or the most profitable
        deviation at one information set, of equal ones the first.

        Raises
        ------
        SolverError
            If an expression leaves the rationals.
        """
        self.game.exact_quantities()
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

    @cached_property
    def _first(self) -> list[int]:
        return first_actions(self.game)

    @cached_property
    def _chance(self) -> dict[int, list[fmpq]]:
        """Of every chance node the probabilities of its branches."""
        return exact_chances(self.game, self.numbers)

    def inconsistency(
        self, strategies: Strategies, *, within: Fraction = Fraction(0), off: Fraction = Fraction(0)
    ) -> Deviation | None:
        """Information sets whose beliefs no strategies that take every action come near to.

        Products of ratios that are 1 but for `within`, or may be where positive probabilities are
        off by up to `off`, count as 1.
        """
        game = self.game
        count = len(game.infosets)
        behavior = [[exactly(p) for p in row] for row in strategies[:count]]
        conditions: dict[int, tuple[list[Row], list[Row]]] = {}
        rows: list[Row] = []
        ratios: list[fmpq] = []
        doubts: list[fmpq] = []
        owners: list[int] = []
        for number, infoset in enumerate(game.infosets):
            if len(infoset.nodes) == 1:
                continue
            beliefs = [exactly(p) for p in strategies[count + number]]
            ways = [
                way_to(game.tree, node, self._first, self._chance, behavior)
                for node in infoset.nodes
            ]
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
                    doubt = 1 / belief + 1 / beliefs[base] + way.doubt + ways[base].doubt
                    doubts.append(exactly(off) * doubt)
            conditions[number] = equal, above
        wrong = _conflict(conditions)
        if not wrong:
            wrong = _contradiction(rows, ratios, doubts, owners, within)
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


def _named(infoset: InformationSet, what: str) -> str:
    return f".{what}[{infoset.key!r}]"


def _row(given: Mapping[Any, Any], infoset: InformationSet, what: str) -> Any:
    """What was given for an information set."""
    if infoset.key in given:
        row = given[infoset.key]
        # A result that lists several has a row for each.
        return row[one_of(np.ones(len(row)))] if getattr(row, "ndim", 1) == 2 else row
    if what == "beliefs" and len(infoset.nodes) == 1:
        return [1]
    expected = "nodes" if what == "beliefs" else "actions"
    raise GameError(
        f"equilibrium{_named(infoset, what)}: missing; expected probabilities of its {expected}"
    )


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


def _contradiction(
    rows: Sequence[Row],
    ratios: Sequence[fmpq],
    doubts: Sequence[fmpq],
    owners: Sequence[int],
    within: Fraction,
) -> list[int]:
    """Information sets whose ratios no weights have.

    Where factors are off by shares that sum up to d <= 1/2, their product is off by up to 2 d.
    """
    for relation in kernel(rows):
        product, doubt = fmpq(1), fmpq(0)
        for ratio, share, power in zip(ratios, doubts, relation, strict=True):
            product *= ratio**power
            doubt += abs(power) * share
        if 2 * doubt < 1 and abs(product - 1) > max(exactly(within), 2 * doubt):
            used = (owner for owner, power in zip(owners, relation, strict=True) if power)
            return list(dict.fromkeys(used))
    return []
