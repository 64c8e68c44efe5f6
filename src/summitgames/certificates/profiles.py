"""Expected payoffs of mixed-strategy profiles of games in normal form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["action_payoffs", "expected_payoffs"]


def action_payoffs(
    payoff: NDArray[np.float64], strategies: Sequence[NDArray[np.float64]], player: int
) -> NDArray[np.float64]:
    """Expected payoff of each of a player's actions against the others' mixed strategies.

    Parameters
    ----------
    payoff
        The player's payoffs ``(*batch, k_1, ..., k_N)``.
    strategies
        N arrays ``(*batch, [E,] k_i)``; where they have the axis of slots, `payoff` gets it.
    player
        The player's number.

    Returns
    -------
    (*batch, [E,] k_i)
    """
    n = len(strategies)
    batch = payoff.ndim - n
    slots = strategies[player].ndim - 1 - batch
    value = np.expand_dims(payoff, tuple(range(batch, batch + slots)))
    for other in reversed(range(n)):
        if other == player:
            continue
        # What is left of later players' axes is the player's own, if it comes after.
        axis = -1 if other > player else -2
        mix = strategies[other]
        own = value.ndim - mix.ndim  # axes of the players before, and the player's own
        weights = np.expand_dims(mix, tuple(range(mix.ndim - 1, mix.ndim - 1 + own)))
        value = (np.moveaxis(value, axis, -1) * weights).sum(axis=-1)
    return np.broadcast_to(value, strategies[player].shape)  # a single player's has no slots yet


def expected_payoffs(
    payoffs: Sequence[NDArray[np.float64]], strategies: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Expected payoffs of all players, ``(*batch, [E,] N)``.

    Parameters
    ----------
    payoffs
        N arrays ``(*batch, k_1, ..., k_N)``.
    strategies
        N arrays ``(*batch, [E,] k_i)``.
    """
    values = [
        (action_payoffs(payoff, strategies, i) * strategies[i]).sum(axis=-1)
        for i, payoff in enumerate(payoffs)
    ]
    return np.stack(values, axis=-1)
