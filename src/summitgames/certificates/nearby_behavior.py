"""Exact equilibria of trees near behavior strategies in floats.

In sequence form the conditions under which a player's plan makes another player's moves best ones
are linear in the plan and in what that player's information sets are worth. So two players' plans
solve linear equations and bounds, on the support that the floats show, subgame by subgame. Where
more players mix, the information sets at which they do are looked at as agents who play a game in
normal form.

Nothing here is trusted: what is found is proved by `ExactTree.is_equilibrium` or `behavior_within`.

References
----------
Koller, Megiddo & von Stengel (1996), Efficient computation of equilibria for extensive two-person
games, Games and Economic Behavior 14.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from flint import fmpq

from summitgames.certificates.exact_tables import ExactTable, support
from summitgames.certificates.nearby import Nearby, distance, holds_within, regular
from summitgames.certificates.projections import Row, cuts, nearest, product, scaled_mix, simple_mix
from summitgames.certificates.rationals import exactly

if TYPE_CHECKING:
    from summitgames.certificates.exact_trees import Behaviors, ExactTree, Trunk, Values

__all__ = ["behavior_near", "behavior_within", "behaviors_near"]

#: Unknowns of linear equations, at most.
_LARGEST: Final = 600
#: Profiles of actions of all who mix, times ends of the tree, at most: some seconds.
_MOST_WORK: Final = 2**20


def behavior_near(tree: ExactTree, given: Behaviors, within: Fraction) -> Nearby | None:
    """An exact equilibrium near given behavior strategies, on their support.

    Parameters
    ----------
    tree
        The game.
    given
        Nonnegative numbers that sum to about 1, for each information set.
    within
        Largest distance of any probability from the given one.

    Returns
    -------
    Nearby or None
        None: none was found.
    """
    return next(behaviors_near(tree, given, within), None)


def behaviors_near(tree: ExactTree, given: Behaviors, within: Fraction) -> Iterator[Nearby]:
    """All that `behavior_near` finds: at most one for each support that floats may stand for.

    Those that take more of the small probabilities as meant come first.
    """
    for cut in cuts(given, within):
        supports = [[a for a, p in enumerate(mix) if p > cut] for mix in given]
        for search in (_linear, _simple, _regular):
            found = search(tree, given, supports)
            if found is not None and distance(found, given) <= within:
                yield found
                break


def _linear(tree: ExactTree, given: Behaviors, supports: Sequence[Sequence[int]]) -> Nearby | None:
    """The nearest solution of the linear equations of every subgame, if it is an equilibrium."""
    mixes = [scaled_mix(mix, actions) for mix, actions in zip(given, supports, strict=True)]
    values = dict(tree.outcomes)
    for trunk in reversed(tree.trunks):
        plans = trunk.plans(mixes)
        mixing = [player for player, plan in enumerate(plans) if any(0 < p < 1 for p in plan)]
        if len(mixing) > 2:
            return None
        for player in mixing:
            plan = _linear_plan(trunk, values, plans, mixing, player)
            if plan is None:
                return None
            for infoset, before, after in trunk.moves[player]:
                if plan[before] > 0:
                    mixes[infoset] = [plan[sequence] / plan[before] for sequence in after]
        values[trunk.root] = trunk.expected(trunk.plans(mixes), values)
    return Nearby(mixes, Fraction(0)) if tree.is_equilibrium(mixes) else None


def _simple(tree: ExactTree, given: Behaviors, supports: Sequence[Sequence[int]]) -> Nearby | None:
    """The simplest rationals, if they are an equilibrium."""
    mixes = [
        simple_mix(mix, actions) or scaled_mix(mix, actions)
        for mix, actions in zip(given, supports, strict=True)
    ]
    return Nearby(mixes, Fraction(0)) if tree.is_equilibrium(mixes) else None


def _linear_plan(
    trunk: Trunk,
    values: Values,
    plans: Sequence[Sequence[fmpq]],
    mixing: Sequence[int],
    player: int,
) -> list[fmpq] | None:
    """The plan nearest to a player's own, on its support, that makes the others' plans best ones.

    Only of those others is it asked who meet no other mix than this one; for them, the conditions
    are linear.
    """
    own = [sequence for sequence, weight in enumerate(plans[player]) if weight > 0]
    place = {sequence: at for at, sequence in enumerate(own)}
    others = [
        other
        for other, moves in enumerate(trunk.moves)
        if moves and other != player and set(mixing) <= {player, other}
    ]
    worth: dict[tuple[int, int], int] = {}  # unknowns: what information sets are worth
    for other in others:
        for number in range(len(trunk.moves[other])):
            worth[other, number] = len(own) + len(worth)
    size = len(own) + len(worth)
    if size > _LARGEST:
        return None
    target = [plans[player][sequence] for sequence in own] + [fmpq(0)] * len(worth)
    equal: list[Row] = [(_row(size, {0: fmpq(1)}), fmpq(1))]
    for _, before, after in trunk.moves[player]:
        if before in place:
            moved = {place[sequence]: fmpq(1) for sequence in after if sequence in place}
            equal.append((_row(size, {place[before]: fmpq(-1), **moved}), fmpq(0)))
    signs = [_row(size, {at: fmpq(-1)}) for at in range(len(own))]
    at_most = []
    for other in others:
        pays = _pays(trunk, values, plans, other, player, place, size)
        for number in range(len(trunk.moves[other]) - 1, -1, -1):
            _, before, after = trunk.moves[other][number]
            here = worth[other, number]
            target[here] = max(product(pays[sequence], target) for sequence in after)
            for sequence in after:
                pays[sequence][here] = fmpq(-1)
                if plans[other][sequence] > 0:
                    equal.append((pays[sequence], fmpq(0)))
                else:
                    at_most.append(pays[sequence])
            pays[before][here] = fmpq(1)
    found = nearest(equal, at_most, signs, target)
    if found is None:
        return None
    plan = [fmpq(0)] * len(plans[player])
    for sequence, weight in zip(own, found, strict=False):
        plan[sequence] = weight
    return plan


def _row(size: int, entries: dict[int, fmpq]) -> list[fmpq]:
    row = [fmpq(0)] * size
    for at, entry in entries.items():
        row[at] = entry
    return row


def _pays(
    trunk: Trunk,
    values: Values,
    plans: Sequence[Sequence[fmpq]],
    other: int,
    player: int,
    place: dict[int, int],
    size: int,
) -> list[list[fmpq]]:
    """What each of another player's sequences pays, as forms in a player's plan.

    In shares of the largest payoff, so that all unknowns are of one size.
    """
    scale = max(abs(values[end.node][other]) for end in trunk.ends)
    share = 1 / scale if scale != 0 else fmpq(0)
    pays = [[fmpq(0)] * size for _ in range(trunk.size(other))]
    for end in trunk.ends:
        if end.sequences[player] in place:
            pays[end.sequences[other]][place[end.sequences[player]]] += (
                end.weight(plans, player, other) * values[end.node][other] * share
            )
    return pays


class _Agents(NamedTuple):
    """The information sets at which somebody mixes, as players of their own.

    Attributes
    ----------
    infosets
        Their numbers: those that are reached in their subgames.
    supports
        For each the actions that are played.
    table
        What profiles of these actions pay in the subgames, all else being as the strategies say.
    """

    infosets: list[int]
    supports: list[list[int]]
    table: ExactTable

    @classmethod
    def of(cls, tree: ExactTree, mixes: Behaviors) -> _Agents | None:
        """The agents that mix; None: their table would be too large."""
        infosets = [i for i in sorted(tree.reached(mixes)) if len(support(mixes[i])) > 1]
        supports = [support(mixes[i]) for i in infosets]
        counts = tuple(map(len, supports))
        if math.prod(counts) * len(tree.outcomes) > _MOST_WORK:
            return None
        owners = {
            move.infoset: (trunk.root, player)
            for trunk in tree.trunks
            for player, own in enumerate(trunk.moves)
            for move in own
        }
        tables = tuple(np.empty(counts, dtype=object) for _ in infosets)
        pure = list(mixes)
        for profile in np.ndindex(counts):
            for infoset, actions, place in zip(infosets, supports, profile, strict=True):
                count = tree.counts[infoset]
                pure[infoset] = [fmpq(action == actions[place]) for action in range(count)]
            values = tree.values(pure)
            for infoset, table in zip(infosets, tables, strict=True):
                root, player = owners[infoset]
                table[profile] = values[root][player]
        return cls(infosets, supports, ExactTable(counts, tables))

    def inner(self, mixes: Behaviors) -> list[list[fmpq]]:
        """Mixes of the agents."""
        pairs = zip(self.infosets, self.supports, strict=True)
        return [[mixes[infoset][action] for action in actions] for infoset, actions in pairs]

    def others_lose(self, tree: ExactTree, mixes: Behaviors, radius: Fraction) -> bool:
        """Whether actions that are not played lose, wherever within a radius strategies are.

        What is gained by a departure is the difference of two payoffs that are linear in the
        probabilities at each information set. So within the radius r it changes by no more than r
        times the number of all actions times the spread of the player's payoffs.
        """
        reached = tree.reached(mixes)
        change = exactly(radius) * sum(tree.counts)
        return all(
            gain.amount + change * tree.stakes[gain.player] <= 0
            for gain in tree.gains(mixes)
            if gain.infoset in reached and mixes[gain.infoset][gain.action] == 0
        )


def behavior_within(tree: ExactTree, mixes: Behaviors, radius: Fraction) -> bool:
    """Whether it is proved that an exact equilibrium lies within a radius of strategies.

    By `holds_within` there is a point within the radius at which agents who mix are indifferent
    between the actions that they play. If there all others lose where play may come, it is an
    equilibrium: a player who gains by another plan departs at some information set to an action
    that is not played, or to one that is and then, further on, to one that is not.

    Parameters
    ----------
    tree
        The game.
    mixes
        Distributions.
    radius
        For every probability.
    """
    agents = _Agents.of(tree, mixes)
    return (
        agents is not None
        and holds_within(agents.table, agents.inner(mixes), radius)
        and agents.others_lose(tree, mixes, radius)
    )


def _regular(tree: ExactTree, given: Behaviors, supports: Sequence[Sequence[int]]) -> Nearby | None:
    """Strategies near the given ones, and a radius within which there is an equilibrium."""
    mixes = [scaled_mix(mix, actions) for mix, actions in zip(given, supports, strict=True)]
    agents = _Agents.of(tree, mixes)
    if agents is None or len(agents.infosets) < 3:
        return None
    inner = agents.inner(mixes)
    found = regular(agents.table, inner, [range(len(mix)) for mix in inner])
    if found is None:
        return None
    for infoset, actions, mix in zip(agents.infosets, agents.supports, found.mixes, strict=True):
        mixes[infoset] = [fmpq(0)] * tree.counts[infoset]
        for action, probability in zip(actions, mix, strict=True):
            mixes[infoset][action] = probability
    if found.radius:
        holds = agents.others_lose(tree, mixes, found.radius)
    else:
        holds = tree.is_equilibrium(mixes)
    return Nearby(mixes, found.radius) if holds else None
