"""Plans of a tree's players, and the normal forms that they make.

A plan chooses at every information set to which the player's own earlier choices can lead (or, not
reduced, at all of them). What an axis of the table stands for, a player's plans or an agent's
actions, is told by *masks*: at every terminal node, which of them lead there as far as their own
choices go.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.errors import GameError, SolverError, whole_number
from summitgames.games.batches import BLOCK
from summitgames.games.extensive_form import ExtensiveForm, Tree
from summitgames.games.normal_form import NormalForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.programs import Builder, Program, Row

__all__ = ["PlayerPlans", "agent_form", "emit_amounts", "plan_form"]

#: Profiles of plans.
_MAX_PLANS: Final = 10**6
#: Choices of one player's plans, for each profile allowed.
_CHOICES: Final = 100
#: In place of an action: the plan says nothing.
_NOTHING: Final = -1
#: Axes of an array, less one for a batch.
_MOST_AXES: Final = 63


class PlayerPlans:
    """The plans of one player.

    Parameters
    ----------
    game
        The game; its bindings do not matter.
    player
        The player's number.
    reduced
        Whether plans that agree wherever they can both come are one.

    Attributes
    ----------
    infosets
        Numbers of the player's information sets.
    """

    def __init__(self, game: ExtensiveForm, player: int, *, reduced: bool = True) -> None:
        self.game, self.player, self.reduced = game, player, reduced
        self._moves = _moves_of(game, player)
        self.infosets = sorted(self._moves.before)
        self._place = {number: at for at, number in enumerate(self.infosets)}
        self._counts = [len(game.infosets[number].actions) for number in self.infosets]

    @property
    def count(self) -> int:
        """Number of plans; where something is forgotten and plans are merged, 1 at least."""
        if not self.reduced:
            return math.prod(self._counts)
        moves = self._moves
        if any(len(ways) > 1 for ways in moves.before.values()):
            return 1
        # An action leads to several information sets at once: a product of sums.
        after = [1] * len(moves.parent)
        for number, actions in zip(self.infosets[::-1], self._counts[::-1], strict=True):
            (way,) = moves.before[number]
            taken = (moves.known.get((way, number, action)) for action in range(actions))
            after[way] *= sum(1 if step is None else after[step] for step in taken)
        return after[0]

    def listed(self, limit: int) -> NDArray[np.int16]:
        """The plans, ``(plans, information sets)``, in lexicographic order.

        Parameters
        ----------
        limit
            Largest number of plans.

        Returns
        -------
        array of int16
            Numbers of actions; -1 where the plan says nothing.

        Raises
        ------
        SolverError
            If there are more than `limit`.
        """
        whose = self.game.players[self.player]
        require_room([f"{self.count} of {whose!r}"], [self.count], limit)
        if self.count * len(self.infosets) > _CHOICES * limit:
            raise SolverError(
                f"game: {self.count} plans of {whose!r}, each with up to {len(self.infosets)} "
                f"choices; expected at most {_CHOICES * limit} choices ({_CHOICES} max_plans)"
            )
        made = []
        for plan in self._each():
            made.append(plan)
            if len(made) > limit:
                require_room([f"more than {limit} of {whose!r}"], [len(made)], limit)
        return np.array(made, dtype=np.int16).reshape(len(made), len(self.infosets))

    def _each(self) -> Iterator[tuple[int, ...]]:
        before = [self._moves.before[number] for number in self.infosets]
        stack = [(_NOTHING,) * len(before)]
        while stack:
            plan = stack.pop()
            for at, ways in enumerate(before):
                if plan[at] == _NOTHING and (not self.reduced or self._leads(plan, ways)):
                    actions = range(self._counts[at] - 1, -1, -1)
                    stack += [(*plan[:at], action, *plan[at + 1 :]) for action in actions]
                    break
            else:
                yield plan

    def _leads(self, plan: Sequence[int], ways: set[int]) -> bool:
        """Whether a plan has made all the moves of one of some ways."""
        moves = self._moves
        for way in ways:
            step = way
            while step and plan[self._place[moves.infoset[step]]] == moves.action[step]:
                step = moves.parent[step]
            if not step:
                return True
        return False

    def reaching(self, plans: NDArray[np.int16]) -> list[NDArray[np.bool_]]:
        """At every terminal node, in preorder, which plans lead there."""
        moves = self._moves
        masks = [np.ones(len(plans), dtype=np.bool_)]
        for step in range(1, len(moves.parent)):
            chosen = plans[:, self._place[moves.infoset[step]]] == moves.action[step]
            masks.append(masks[moves.parent[step]] & chosen)
        return [masks[way] for way in moves.at_ends]

    def labels(self, plans: NDArray[np.int16]) -> list[str]:
        """Labels of plans: the actions that they choose."""
        actions = [self.game.infosets[number].actions for number in self.infosets]
        names = []
        for plan in plans.tolist():
            chosen = [labels[a] for labels, a in zip(actions, plan, strict=True) if a != _NOTHING]
            names.append(", ".join(chosen) or "-")
        return _told_apart(names)


@dataclass(frozen=True)
class _Moves:
    """The ways that a player's own moves take, each the one before and a move; 0 is none.

    Attributes
    ----------
    parent, infoset, action
        Of each way: the way before the last move, and that move.
    known
        Number of the way of (way before, information set, action).
    before
        For each own information set the ways that lead to its nodes.
    at_ends
        The way that leads to each terminal node.
    """

    parent: list[int]
    infoset: list[int]
    action: list[int]
    known: dict[tuple[int, int, int], int]
    before: dict[int, set[int]]
    at_ends: list[int]


def _moves_of(game: ExtensiveForm, player: int) -> _Moves:
    tree = game.tree
    movers, numbers = tree.mover.tolist(), tree.number.tolist()
    parents, positions = tree.parent.tolist(), tree.position.tolist()
    moves = _Moves([0], [-1], [-1], {}, {}, [])
    ways = [0] * tree.size
    for node in range(tree.size):
        before = parents[node]
        way = ways[before] if node else 0
        if node and movers[before] == player:
            move = (way, numbers[before], positions[node])
            way = moves.known.setdefault(move, len(moves.parent))
            if way == len(moves.parent):
                moves.parent.append(move[0])
                moves.infoset.append(move[1])
                moves.action.append(move[2])
        ways[node] = way
        if movers[node] == player:
            moves.before.setdefault(numbers[node], set()).add(way)
        elif movers[node] == Tree.TERMINAL:
            moves.at_ends.append(way)
    return moves


def plan_form(game: ExtensiveForm, max_plans: int | None, *, reduced: bool) -> NormalForm:
    """Normal form of a game; arguments as of `ExtensiveForm.to_normal_form`."""
    limit = _limit(max_plans)
    players = [PlayerPlans(game, player, reduced=reduced) for player in range(game.n_players)]
    counts = [player.count for player in players]
    _require_profiles(game, counts, limit)
    plans = [player.listed(limit) for player in players]
    _require_profiles(game, [len(listed) for listed in plans], limit)
    pairs = list(zip(players, plans, strict=True))
    masks = [player.reaching(listed) for player, listed in pairs]
    labels = [player.labels(listed) for player, listed in pairs]
    return _form(game, masks, list(range(game.n_players)), game.players, labels)


def _require_profiles(game: ExtensiveForm, counts: Sequence[int], limit: int) -> None:
    parts = [f"{n} of {player!r}" for n, player in zip(counts, game.players, strict=True)]
    require_room(parts, counts, limit)


def agent_form(game: ExtensiveForm, max_plans: int | None) -> NormalForm:
    """Agent normal form of a game; arguments as of `ExtensiveForm.to_normal_form`."""
    limit = _limit(max_plans)
    infosets = game.infosets
    if not infosets:
        raise GameError("game: no information set; expected one at least for the agent normal form")
    if len(infosets) > _MOST_AXES:
        raise SolverError(
            f"game: {len(infosets)} information sets; the agent normal form has at most "
            f"{_MOST_AXES} agents"
        )
    counts = [len(infoset.actions) for infoset in infosets]
    require_room([f"{len(infosets)} agents"], counts, limit)
    owners = [game.players.index(infoset.player) for infoset in infosets]
    moves = [_moves_of(game, player) for player in range(game.n_players)]
    masks = [
        _agent_masks(moves[owner], number, counts[number]) for number, owner in enumerate(owners)
    ]
    names = [f"{i.player}: {i.label}" if i.label else i.player for i in infosets]
    actions = [infoset.actions for infoset in infosets]
    return _form(game, masks, owners, _told_apart(names), actions)


def _agent_masks(moves: _Moves, number: int, actions: int) -> list[NDArray[np.bool_]]:
    """At every terminal node, which actions at an information set lead there."""
    masks = [np.ones(actions, dtype=np.bool_)]
    for step in range(1, len(moves.parent)):
        mask = masks[moves.parent[step]]
        if moves.infoset[step] == number:
            mask = mask & (np.arange(actions) == moves.action[step])
        masks.append(mask)
    return [masks[way] for way in moves.at_ends]


def _limit(max_plans: object) -> int:
    if max_plans is None:
        return _MAX_PLANS
    return whole_number(max_plans, "max_plans", expected="a positive whole number or None")


def _told_apart(names: list[str]) -> list[str]:
    """Labels, repeated ones (where a label has a comma or a colon in it) with their numbers."""
    if len(set(names)) == len(names):
        return names
    return [f"{name} ({number + 1})" for number, name in enumerate(names)]


def require_room(parts: Sequence[str], counts: Sequence[int], limit: int) -> None:
    """Refuse more profiles than a limit, before any is made."""
    total = math.prod(counts)
    if total > limit:
        number = str(total) if total < 10**18 else f"about 10^{int(math.log10(total))}"
        listed = ", ".join(parts)
        raise SolverError(
            f"game: its normal form has {number} profiles of plans ({listed}); expected at most "
            f"{limit} (max_plans)"
        )


def _form(
    game: ExtensiveForm,
    masks: Sequence[Sequence[NDArray[np.bool_]]],
    owners: Sequence[int],
    players: Sequence[str],
    labels: Sequence[Sequence[str]],
) -> NormalForm:
    """The table: every end adds its payoff, times chance, to the profiles that lead there."""
    counts = [len(names) for names in labels]
    terminals = len(game.outcomes)
    blocks = list(_blocks(masks))
    exact = _exact_amounts(game)
    if exact is not None:
        tables = [np.full(counts, Fraction(0), dtype=object) for _ in owners]
        for terminal in range(terminals):
            where = blocks[terminal]
            for table, owner in zip(tables, owners, strict=True):
                table[where] += exact[terminal * game.n_players + owner]
        if all(Fraction(float(x)) == x for table in tables for x in table.flat):
            # Floats hold them all, and solvers are faster with these.
            tables = [table.astype(np.float64) for table in tables]
        return NormalForm(tables, players=players, actions=labels)
    size = game.batch.size
    amounts = np.empty((terminals, game.n_players, size))
    program = _program(game)
    nothing = np.empty((0, 0), dtype=np.int16)
    for start in range(0, size, BLOCK):
        stop = min(start + BLOCK, size)
        block = game.batch.block(start, stop)
        program.run(block, amounts.reshape(-1, size)[:, start:stop], nothing)
    floats = [np.zeros((*counts, size)) for _ in owners]
    for terminal in range(terminals):
        where = blocks[terminal]
        for values, owner in zip(floats, owners, strict=True):
            values[where] += amounts[terminal, owner]
    shape = (*game.batch_shape, *counts)
    return NormalForm(
        [np.moveaxis(values, -1, 0).reshape(shape) for values in floats],
        players=players,
        actions=labels,
    )


def _blocks(masks: Sequence[Sequence[NDArray[np.bool_]]]) -> Iterator[tuple[Any, ...]]:
    """For each terminal node the index of the profiles that lead there."""
    places: list[dict[int, NDArray[np.intp]]] = [{} for _ in masks]  # masks are shared by nodes
    for at in zip(*masks, strict=True):
        chosen = []
        for mask, known in zip(at, places, strict=True):
            place = known.get(id(mask))
            if place is None:
                place = known[id(mask)] = np.flatnonzero(mask)
            chosen.append(place)
        if all(place.size == 1 for place in chosen):
            yield tuple(int(place[0]) for place in chosen)
        else:
            yield np.ix_(*chosen)


def emit_amounts(game: ExtensiveForm, builder: Builder) -> list[list[Row]]:
    """Payoffs of every outcome, times the probability of the chance moves on the way.

    Returns
    -------
    list of list of Row
        Outcome by outcome, one row a player.
    """
    tree = game.tree
    rows = game.emit_quantities(builder)
    chance = dict(game.chance_probabilities())
    parents, positions = tree.parent.tolist(), tree.position.tolist()
    movers = tree.mover.tolist()
    payoffs = iter(game.payoff_numbers.tolist())
    zero = builder.constant(0)
    reached = [builder.constant(1)] * tree.size
    amounts = []
    for node in range(tree.size):
        before = parents[node]
        if node:
            reached[node] = reached[before]
            if movers[before] == Tree.CHANCE:
                move = rows[chance[before][positions[node]]]
                reached[node] = builder.multiply(reached[before], move)
        if movers[node] == Tree.TERMINAL:
            here = reached[node]
            amounts.append([builder.mix(here, rows[n], zero, zero) for n in next(payoffs)])
    return amounts


def _store_amounts(game: ExtensiveForm, builder: Builder) -> None:
    for amounts in emit_amounts(game, builder):
        for row in amounts:
            builder.store(row)


def _program(game: ExtensiveForm) -> Program:
    return game.program("outcome amounts", partial(_store_amounts, game))


def _exact_amounts(game: ExtensiveForm) -> list[Fraction] | None:
    """Of a single game given exactly, what `emit_amounts` emits, as rationals; else None."""
    bound: Any = game.bindings or {}
    if game.batch_shape or game.has_binary_numbers or _any_array(bound.values()):
        return None
    inputs = {name: Fraction(value) for name, value in bound.items()}
    try:
        return _program(game).exact(inputs)[0]
    except SolverError:  # an expression leaves the rationals
        return None


def _any_array(values: Any) -> bool:
    return any(isinstance(value, np.ndarray) for value in values)
