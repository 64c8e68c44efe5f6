"""Random stationary strategies, and what they lead to, profile by profile."""

import numpy as np
from numpy.typing import NDArray

import summitgames as sg


def mixes(game: sg.StochasticGame, seed: int, slots: tuple[int, ...] = ()) -> list[NDArray]:
    """Random strategies, some actions left out."""
    rng = np.random.default_rng(seed)
    found = []
    for i, k in enumerate(game.n_actions):
        weights = rng.integers(0, 4, (*game.batch_shape, *slots, game.n_states, k)).astype(float)
        weights[..., 0] += weights.sum(axis=-1) == 0
        weights *= np.arange(k) < game.available[:, i, np.newaxis]
        weights[..., 0] += weights.sum(axis=-1) == 0
        found.append(weights / weights.sum(axis=-1, keepdims=True))
    return found


def expectations(game: sg.StochasticGame, strategies: list[NDArray]) -> tuple[NDArray, NDArray]:
    """Payoffs ``(*batch, S, N)`` and moves ``(*batch, S, S)``, profile by profile."""
    payoffs = np.zeros((*game.batch_shape, game.n_states, game.n_players))
    moves = np.zeros((*game.batch_shape, game.n_states, game.n_states))
    for profile in np.ndindex(*game.n_actions):
        weight = np.ones((*game.batch_shape, game.n_states))
        for mix, action in zip(strategies, profile, strict=True):
            weight = weight * mix[..., action]
        for i, payoff in enumerate(game.payoffs):
            payoffs[..., i] += weight * payoff[(..., *profile)]
        moves += weight[..., np.newaxis] * game.transitions[(..., *profile, slice(None))]
    return payoffs, moves
