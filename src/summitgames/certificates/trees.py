"""Proofs that strategies are, or are not, a subgame-perfect equilibrium of a tree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

import numpy as np
from flint import fmpq

from summitgames.certificates.findings import (
    NOT_DECIDED,
    PROVED,
    REFUTED,
    Deviation,
    Finding,
    Strategies,
)
from summitgames.certificates.rationals import exactly, text_of, to_fraction
from summitgames.certificates.regret import regret
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import as_value
from summitgames.games.extensive_form import ExtensiveForm, Tree

__all__ = ["TreeProver", "given_exactly", "tree_digest"]

#: Share of the largest absolute payoff that floats tell from 0.
_FLOAT_GAIN: Final = 1e-9


def given_exactly(game: ExtensiveForm) -> bool:
    """Whether every number of a game was given exactly."""
    bindings = (game.bindings or {}).values()
    arrays = any(isinstance(value, np.ndarray) for value in bindings)
    return not game.has_binary_numbers and not arrays


def tree_digest(game: ExtensiveForm) -> str:
    """SHA-256 of a tree, its labels and its exact numbers."""
    try:
        numbers = [str(number) for number in game.exact_quantities()]
    except SolverError:  # an expression leaves the rationals
        numbers = [number.hex() for number in game.quantity_values(0, 1)[:, 0].tolist()]
    digest = hashlib.sha256()
    tree = game.tree
    for part in (
        game.players,
        tree.mover.tolist(),
        tree.parent.tolist(),
        tree.labels,
        [[numbers[number] for number in payoffs] for payoffs in game.payoff_numbers.tolist()],
        [numbers[quantity] for quantity in game.probability_numbers.tolist()],
    ):
        digest.update(json.dumps(part).encode())
    return digest.hexdigest()


class TreeProver:
    """Proofs about one tree of perfect information, without any solver.

    Raises
    ------
    GameError
        If `game` is a family of games, or a parameter has no value.
    SolverError
        If it is not of perfect information.
    """

    concept: Final = "subgame-perfect equilibrium"

    def __init__(self, game: ExtensiveForm) -> None:
        game.require_bound()
        if game.batch_shape:
            raise GameError(f"game: batch shape {game.batch_shape}; expected a single game")
        if not game.has_perfect_information:
            raise SolverError("game: not of perfect information; one-shot deviations need beliefs")
        self.game = game

    @property
    def exact_input(self) -> bool:
        """Whether every number of the game was given exactly."""
        return given_exactly(self.game)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tree, its labels and its exact numbers."""
        return tree_digest(self.game)

    def find(self, equilibrium: Any, *, exact: bool) -> Finding:
        """Verdict on strategies that a user or a solver gave."""
        strategies = self._read(getattr(equilibrium, "behavior", equilibrium))
        if not exact:
            return self._find_in_floats(strategies)
        try:
            deviation = self.deviation(strategies)
        except SolverError as error:
            return Finding(NOT_DECIDED, strategies, None, str(error))
        return Finding(PROVED if deviation is None else REFUTED, strategies, deviation)

    def _find_in_floats(self, strategies: Strategies) -> Finding:
        """Verdict that floats can give."""
        game = self.game
        behavior = {
            infoset.key: [float(p) for p in probabilities]
            for infoset, probabilities in zip(game.infosets, strategies, strict=True)
        }
        found = float(regret(game, behavior))
        scale = float(np.abs(game.quantity_values(0, 1)[np.unique(game.payoff_numbers)]).max())
        if found > _FLOAT_GAIN * scale:
            return Finding(REFUTED, strategies, self.deviation(strategies))
        message = f"regret is {found:.3g} in floats, which is no proof"
        return Finding(NOT_DECIDED, strategies, None, message)

    def _read(self, behavior: Any) -> Strategies:
        """Strategies as rationals, information set by information set."""
        if not isinstance(behavior, Mapping):
            raise GameError(
                f"equilibrium: {type(behavior).__name__}; expected a mapping from information sets "
                "to probabilities, or a result with .behavior"
            )
        strategies = []
        for infoset in self.game.infosets:
            what = f"equilibrium[{infoset.key!r}]"
            if infoset.key not in behavior:
                raise GameError(f"{what}: missing; expected probabilities of its actions")
            given = behavior[infoset.key]
            found = []
            for probability in given:
                value = as_value(probability, what)
                if not isinstance(value, Fraction):
                    raise GameError(f"{what}: {given!r}; expected one number for each action")
                found.append(value)
            strategies.append(tuple(found))
        self.require_strategies(tuple(strategies))
        return tuple(strategies)

    def require_strategies(self, strategies: Strategies) -> None:
        """Refuse what is no distribution over the actions of every information set."""
        infosets = self.game.infosets
        if len(strategies) != len(infosets):
            raise GameError(
                f"strategies: of {len(strategies)} information sets; expected {len(infosets)}"
            )
        for infoset, probabilities in zip(infosets, strategies, strict=True):
            what = f"strategies at infoset {infoset.label!r}"
            if len(probabilities) != len(infoset.actions):
                raise GameError(
                    f"{what}: {len(probabilities)} probabilities; expected {len(infoset.actions)}"
                )
            if min(probabilities) < 0 or sum(probabilities) != 1:
                listed = ", ".join(map(text_of, probabilities))
                raise GameError(f"{what}: {listed}; expected rationals >= 0 that sum to exactly 1")

    def deviation(self, strategies: Strategies) -> Deviation | None:
        """The most profitable one-shot deviation (the first in preorder of equal ones), or None."""
        game, tree = self.game, self.game.tree
        quantities = [exactly(number) for number in game.exact_quantities()]
        chance = dict(game.chance_probabilities())
        payoffs = game.payoff_numbers.tolist()
        movers, numbers = tree.mover.tolist(), tree.number.tolist()
        values: dict[int, list[fmpq]] = {}
        best: tuple[fmpq, int, int] | None = None  # gain, node, action
        for node in range(tree.size - 1, -1, -1):
            mover, number = movers[node], numbers[node]
            if mover == Tree.TERMINAL:
                values[node] = [quantities[quantity] for quantity in payoffs[number]]
                continue
            below = [values.pop(child) for child in tree.child_lists[node]]
            if mover == Tree.CHANCE:
                moves = [quantities[quantity] for quantity in chance[node]]
            else:
                moves = [exactly(probability) for probability in strategies[number]]
            here = [
                sum((p * branch[player] for p, branch in zip(moves, below, strict=True)), fmpq(0))
                for player in range(game.n_players)
            ]
            values[node] = here
            if mover >= 0:
                for action, branch in enumerate(below):
                    gain = branch[mover] - here[mover]
                    if gain > 0 and (
                        best is None or (gain, -node, -action) > (best[0], -best[1], -best[2])
                    ):
                        best = gain, node, action
        if best is None:
            return None
        gain, node, action = best
        return Deviation(
            infoset=tree.name(node),
            player=game.players[movers[node]],
            action=tree.labels[tree.child_lists[node][action]],
            gain=to_fraction(gain),
        )

    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Never: what is proved of a tree is proved of the strategies themselves."""
        del strategies, radius
        return False
