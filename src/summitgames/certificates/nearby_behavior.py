"""Exact equilibria of trees near behavior strategies in floats.

In sequence form the conditions under which a player's plan makes another player's moves best ones
are linear in the plan and in what that player's information sets are worth. So two players' plans
solve linear equations and bounds, on the support that the floats show, subgame by subgame. Where
more players mix and every information set is reached, the tree is looked at as a game of agents,
one an information set.

Nothing here is trusted: what is found is proved by `ExactTree.is_equilibrium` or `holds_within`.

References
----------
Koller, Megiddo & von Stengel (1996), Efficient computation of equilibria for extensive two-person
games, Games and Economic Behavior 14.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from flint import fmpq

from summitgames.certificates.exact_tables import ExactTable
from summitgames.certificates.nearby import Nearby, distance, regular
from summitgames.certificates.projections import Row, cuts, nearest, product, scaled_mix, simple_mix

if TYPE_CHECKING:
    from summitgames.certificates.exact_trees import Behaviors, ExactTree, Trunk, Values

__all__ = ["agents_table", "behavior_near"]

#: Unknowns of linear equations, at most.
_LARGEST: Final = 600
#: Profiles of the agents' actions, at most.
_MOST_PROFILES: Final = 2**12


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
    for cut in cuts(given, within):
        supports = [[a for a, p in enumerate(mix) if p > cut] for mix in given]
        for search in (_linear, _simple, _of_agents):
            found = search(tree, given, supports)
            if found is not None and distance(found, given) <= within:
                return found
    return None


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


def agents_table(tree: ExactTree) -> ExactTable | None:
    """The game with an agent at every information set; None: it is too large.

    An equilibrium of the agents under which every information set is reached is one of the players:
    each moves best given the beliefs that Bayes' rule says, so that leaving the strategies once
    gains nothing anywhere, and thus nor does leaving them more often.
    """
    if not tree.counts or math.prod(tree.counts) > _MOST_PROFILES:
        return None
    owners = [tree.game.players.index(infoset.player) for infoset in tree.game.infosets]
    tables = [np.full(tree.counts, fmpq(0), dtype=object) for _ in owners]
    (trunk,) = tree.whole
    # By player and sequence, the sequence before and the move; 0 has none.
    steps = [
        {
            sequence: (before, infoset, action)
            for infoset, before, after in own
            for action, sequence in enumerate(after)
        }
        for own in trunk.moves
    ]
    for node, chance, sequences in trunk.ends:
        where: list[Any] = [slice(None)] * len(owners)  # the profiles that lead there
        for own, last in zip(steps, sequences, strict=True):
            sequence = last
            while sequence:
                sequence, infoset, action = own[sequence]
                where[infoset] = slice(action, action + 1)
        for table, owner in zip(tables, owners, strict=True):
            table[tuple(where)] += chance * tree.outcomes[node][owner]
    return ExactTable(tuple(tree.counts), tuple(tables))


def _of_agents(
    tree: ExactTree, given: Behaviors, supports: Sequence[Sequence[int]]
) -> Nearby | None:
    """An equilibrium of the agents near which every information set is reached."""
    if sum(len(actions) > 1 for actions in supports) < 3:
        return None
    table = agents_table(tree)
    found = None if table is None else regular(table, given, supports)
    if found is not None and not found.radius and not tree.is_equilibrium(found.mixes):
        return None  # of the agents alone
    return found
