"""Expected payoffs of games in normal form in exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from flint import fmpq

from summitgames.certificates.rationals import exactly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.normal_form import NormalForm

__all__ = ["ExactTable", "Mixes", "support"]

#: A mixed strategy of every player.
Mixes: TypeAlias = Sequence[Sequence[fmpq]]


def support(mix: Sequence[fmpq]) -> list[int]:
    """The actions that are played."""
    return [action for action, probability in enumerate(mix) if probability > 0]


class ExactTable:
    """Payoffs of a single game as rationals of python-flint.

    Attributes
    ----------
    counts
        Numbers of actions.
    payoffs
        N arrays of objects ``(k_1, ..., k_N)``.
    """

    def __init__(self, counts: tuple[int, ...], payoffs: tuple[NDArray[Any], ...]) -> None:
        self.counts, self.payoffs = counts, payoffs

    @classmethod
    def of(cls, game: NormalForm) -> ExactTable:
        """The payoffs of a game in normal form."""
        convert = np.frompyfunc(exactly, 1, 1)
        return cls(game.n_actions, tuple(map(convert, game.exact_payoffs())))

    @cached_property
    def stakes(self) -> list[fmpq]:
        """For each player the most that any change of action alone changes the payoff."""
        return [
            np.max(payoff.max(axis=player) - payoff.min(axis=player))
            for player, payoff in enumerate(self.payoffs)
        ]

    def expected(self, player: int, mixes: Mixes, *kept: int) -> NDArray[Any]:
        """A player's payoffs over the actions of some players, expected over the others' mixes.

        Returns
        -------
        array of objects, an axis for each player in `kept`, in the order of players
        """
        value = self.payoffs[player]
        for other in reversed(range(len(self.counts))):
            if other not in kept:
                mix = np.array(mixes[other], dtype=object)
                value = np.dot(np.moveaxis(value, other, -1), mix)
        return value

    def gains(self, mixes: Mixes) -> list[list[fmpq]]:
        """What every player gains by every action, given the others' mixes and the own."""
        found = []
        for player, mix in enumerate(mixes):
            each = self.expected(player, mixes, player).tolist()
            own = sum((p * value for p, value in zip(mix, each, strict=True)), fmpq(0))
            found.append([value - own for value in each])
        return found

    def is_equilibrium(self, mixes: Mixes) -> bool:
        """Whether nobody gains by any action."""
        return all(gain <= 0 for gains in self.gains(mixes) for gain in gains)
