"""Proofs that behavior strategies are, or are not, an equilibrium of a tree of perfect recall."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.certificates.exact_trees import ExactTree
from summitgames.certificates.nearby_behavior import behavior_near, behavior_within
from summitgames.certificates.provers import NEAR, ROUNDING, Part, Prover, for_flint, one_of
from summitgames.certificates.rationals import exactly
from summitgames.certificates.regret import best_reply_gain, regret, subgame_gain
from summitgames.errors import GameError, SolverError

if TYPE_CHECKING:
    from flint import fmpq

    from summitgames.certificates.findings import Deviation, Strategies
    from summitgames.certificates.nearby import Nearby
    from summitgames.games.extensive_form import ExtensiveForm, InformationSet

__all__ = ["NASH", "SUBGAME_PERFECT", "OfTree", "TreeProver", "tree_digest"]

NASH = "Nash equilibrium"
SUBGAME_PERFECT = "subgame-perfect equilibrium"


def tree_digest(game: ExtensiveForm) -> str:
    """SHA-256 of a tree, its labels and information sets, and its exact numbers."""
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
        [(infoset.given_label, infoset.nodes) for infoset in game.infosets],
        [[numbers[number] for number in payoffs] for payoffs in game.payoff_numbers.tolist()],
        [numbers[quantity] for quantity in game.probability_numbers.tolist()],
    ):
        digest.update(json.dumps(part).encode())
    return digest.hexdigest()


class OfTree(Prover):
    """What proofs about one tree of perfect recall have in common.

    Raises
    ------
    GameError
        If `game` is a family of games, or a parameter has no value.
    SolverError
        If it is not of perfect recall.
    """

    def __init__(self, game: ExtensiveForm, concept: str) -> None:
        self.concept = concept
        game.require_bound()
        if game.batch_shape:
            raise GameError(f"game: batch shape {game.batch_shape}; expected a single game")
        game.require_perfect_recall()
        self.game = game

    @property
    def exact_input(self) -> bool:
        """Whether every number of the game was given exactly."""
        return not self.game.has_binary_numbers

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the tree and its exact numbers."""
        return tree_digest(self.game)

    def require_known(self, given: Mapping[Any, Any]) -> None:
        """Refuse a mapping of which some key is no information set's.

        Raises
        ------
        GameError
            With the first such key.
        """
        known = {infoset.key for infoset in self.game.infosets}
        for key in given:
            if key not in known:
                self.game.infoset(key)


class TreeProver(OfTree):
    """Proofs about one tree, of Nash or of subgame-perfect equilibria, without any solver.

    Raises
    ------
    GameError, SolverError
        As for `OfTree`.
    """

    @cached_property
    def tree(self) -> ExactTree:
        """The game in exact numbers."""
        return ExactTree(self.game, subgames=self.concept == SUBGAME_PERFECT)

    @property
    def parts(self) -> list[Part]:
        """A distribution over the actions of each information set."""
        return [Part(partial(_named, i), len(i.actions)) for i in self.game.infosets]

    def rows(self, equilibrium: Any) -> Sequence[Any]:
        """Probabilities at each information set, from a mapping or a result with ``.behavior``."""
        behavior = getattr(equilibrium, "behavior", equilibrium)
        if not isinstance(behavior, Mapping):
            raise GameError(
                f"equilibrium: {type(behavior).__name__}; expected a mapping from information sets "
                "to probabilities, or a result with .behavior"
            )
        solved = getattr(behavior, "game", None)
        same = getattr(solved, "tree", None) is self.game.tree  # nothing is looked up by its name
        rows = []
        for infoset in self.game.infosets:
            if not same and infoset.key not in behavior:
                raise GameError(
                    f"equilibrium{_named(infoset)}: missing; expected probabilities of "
                    f"{', '.join(infoset.actions)}"
                )
            row = behavior[infoset if same else infoset.key]
            if getattr(row, "ndim", 1) == 2:  # of a result that lists several
                row = row[one_of(np.ones(len(row)))]
            rows.append(row)
        if not same:
            self.require_known(behavior)
        return rows

    def deviation(self, strategies: Strategies) -> Deviation | None:
        """The most profitable deviation (of equal ones at the first information set), or None."""
        return self.tree.deviation(for_flint(strategies))

    def near(self, given: Sequence[Sequence[fmpq]], within: Fraction) -> Nearby | None:
        """An exact equilibrium near floats, proved."""
        return behavior_near(self.tree, given, within)

    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Whether it is proved that an exact equilibrium lies within a radius."""
        return behavior_within(self.tree, for_flint(strategies), radius)

    def rounding_explains(self, strategies: Strategies) -> bool:
        """Whether gains are so small that there may be an equilibrium within rounding.

        If every probability is off by up to e from those of an equilibrium, no departure gains more
        than e times the number of all actions times the spread of the player's payoffs: payoffs are
        linear in the probabilities at each information set. Where more than two players mix, the
        equations are not linear and an equilibrium nearby may have been missed.
        """
        pairs = zip(self.game.infosets, strategies, strict=True)
        mixing = {infoset.player for infoset, mix in pairs if max(mix) < 1}
        share = exactly(ROUNDING if len(mixing) <= 2 else NEAR) * sum(self.tree.counts)
        return all(
            gain.amount <= share * self.tree.stakes[gain.player]
            for gain in self.tree.gains(for_flint(strategies))
        )

    def regret(self, strategies: Sequence[Sequence[float]]) -> tuple[float, float]:
        """What is gained, in floats, and the largest absolute payoff."""
        game = self.game
        behavior = {
            infoset.key: mix for infoset, mix in zip(game.infosets, strategies, strict=True)
        }
        if self.concept == NASH:
            found = best_reply_gain(game, behavior)
        else:
            found = (regret if game.has_perfect_information else subgame_gain)(game, behavior)
        payoffs = game.quantity_values(0, 1)[np.unique(game.payoff_numbers)]
        return float(found), float(np.abs(payoffs).max())


def _named(infoset: InformationSet) -> str:
    return f"[{infoset.key!r}]"
