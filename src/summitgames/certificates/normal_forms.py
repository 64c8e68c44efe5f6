"""Proofs that mixed strategies are, or are not, a Nash equilibrium of a game in normal form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.certificates.exact_tables import ExactTable
from summitgames.certificates.findings import Deviation, Strategies
from summitgames.certificates.nearby import Nearby, equilibrium_near, holds_within
from summitgames.certificates.provers import (
    ROUNDING,
    Part,
    Prover,
    for_flint,
    listed,
    one_of,
    size_of,
)
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.certificates.regret import regret
from summitgames.errors import GameError
from summitgames.games.normal_form import as_normal_form

if TYPE_CHECKING:
    import nashpy
    from flint import fmpq

    from summitgames.games.normal_form import NormalForm

__all__ = ["NormalFormProver"]


class NormalFormProver(Prover):
    """Proofs about one game, without any solver.

    Raises
    ------
    GameError
        If `game` is no single game in normal form.
    """

    def __init__(self, game: NormalForm | nashpy.Game, concept: str) -> None:
        self.concept = concept
        self.game = as_normal_form(game, others=["an ExtensiveForm", "a SignalingGame"])
        if self.game.batch_shape:
            raise GameError(
                f"game: batch shape {self.game.batch_shape}; expected a single game: index it first"
            )

    @cached_property
    def table(self) -> ExactTable:
        """The payoffs."""
        return ExactTable.of(self.game)

    @property
    def exact_input(self) -> bool:
        """Whether no payoff was given as a float."""
        return not self.game.has_binary_numbers

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the labels and the exact payoffs."""
        game, digest = self.game, hashlib.sha256()
        payoffs = [[str(number) for number in array.ravel()] for array in self.table.payoffs]
        for part in ("normal form", game.players, game.actions, payoffs):
            digest.update(json.dumps(part).encode())
        return digest.hexdigest()

    @property
    def parts(self) -> list[Part]:
        """A mixed strategy for each player."""
        pairs = zip(self.game.players, self.game.n_actions, strict=True)
        return [
            Part(partial("[{}] (player {!r})".format, i, name), count)
            for i, (name, count) in enumerate(pairs)
        ]

    def rows(self, equilibrium: Any) -> Sequence[Any]:
        """One mixed strategy a player, from strategies or a result that has them."""
        given = getattr(equilibrium, "strategies", equilibrium)
        used = getattr(equilibrium, "exists", None)
        mixes = listed(given)
        if mixes is None or len(mixes) != self.game.n_players:
            raise GameError(
                f"equilibrium: {size_of(given)}; expected {self.game.n_players} mixed strategies, "
                "one a player, or a result with .strategies"
            )
        if used is None:
            return mixes
        slot = one_of(used)
        return [mix[slot] for mix in mixes]

    def near(self, given: Sequence[Sequence[fmpq]], within: Fraction) -> Nearby | None:
        """An exact equilibrium near floats, proved."""
        return equilibrium_near(self.table, given, within)

    def rounding_explains(self, strategies: Strategies) -> bool:
        """Whether gains are so small that there may be an equilibrium within rounding.

        If every probability is off by up to e from those of an equilibrium, no action gains more
        than e times the number of all players' actions times the most that a change of the own
        action changes the player's payoff.
        """
        share = exactly(ROUNDING) * sum(self.game.n_actions)
        gains = self.table.gains(for_flint(strategies))
        return all(
            max(each) <= share * stake for each, stake in zip(gains, self.table.stakes, strict=True)
        )

    def regret(self, strategies: Sequence[Sequence[float]]) -> tuple[float, float]:
        """What is gained, in floats, and the largest absolute payoff."""
        found = float(regret(self.game, [np.array(mix) for mix in strategies]))
        return found, max(float(np.abs(payoff).max()) for payoff in self.game.payoffs)

    def deviation(self, strategies: Strategies) -> Deviation | None:
        """The most profitable deviation (the first of equal ones), or None."""
        gains = self.table.gains(for_flint(strategies))
        each = [(gain, i, a) for i, found in enumerate(gains) for a, gain in enumerate(found)]
        gain, player, action = max(each, key=lambda found: (found[0], -found[1], -found[2]))
        if gain <= 0:
            return None
        game = self.game
        return Deviation(
            None, game.players[player], game.actions[player][action], to_fraction(gain)
        )

    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Whether it is proved that an exact equilibrium lies within a radius."""
        return holds_within(self.table, for_flint(strategies), radius)
