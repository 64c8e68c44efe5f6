"""One stationary equilibrium of each stochastic game, near the end of a branch of logit ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.policies import policy_values
from summitgames.kernels import markov_logit
from summitgames.results import MarkovEquilibria, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.stochastic import StochasticBlock, StochasticGame

__all__ = ["logit_markov_perfect"]

#: What is tried until it succeeds: corrections and turns smaller than usual by so much.
_CARE: Final = (1.0, 10.0, 100.0)
#: Games in a block.
_BLOCK: Final = 256
#: Entries of matrices that one call of the kernel changes: a fraction of a second.
_SLICE: Final = 2**27


def logit_markov_perfect(game: StochasticGame, limit: int, threads: int | None) -> MarkovEquilibria:
    """One equilibrium a game, in one slot, by up to `limit` steps along the branch."""
    states = game.n_states
    mixes = [np.full((game.size, 1, states, k), np.nan) for k in game.n_actions]
    exists = np.empty((game.size, 1), dtype=np.bool_)

    def work(block: Block) -> None:
        part = slice(block.start, block.stop)
        found, done = _follow(game, game.block(block.start, block.stop), limit)
        exists[part, 0] = done
        for mix, own in zip(mixes, found, strict=True):
            mix[part, 0][done] = own[done]

    map_blocks(work, game.size, block=_BLOCK, threads=threads)
    batch = game.batch_shape
    status = np.where(exists[:, 0], Status.PARTIAL, Status.FAILED).astype(np.int8)
    values = np.empty((*batch, 1, states, game.n_players))
    result = MarkovEquilibria(
        game,
        tuple(mix.reshape(*batch, 1, *mix.shape[2:]) for mix in mixes),
        values,
        exists.reshape(*batch, 1),
        status.reshape(batch),
        "logit",
        _message(status, limit, single=not batch),
    )
    values[...] = policy_values(game, result, threads=threads)
    return result


def _message(status: NDArray[np.int8], limit: int, *, single: bool) -> str:
    lost = int((status == Status.FAILED).sum())
    told = "one equilibrium; more may exist"
    if lost:
        where = "" if single else f"in {lost} of {status.size} games "
        lost_text = f"{where}the branch was lost, or longer than {limit} steps (max_work)"
        told = lost_text if lost == status.size else f"{told}; {lost_text}"
    return told


def _follow(
    game: StochasticGame, numbers: StochasticBlock, limit: int
) -> tuple[list[NDArray[np.float64]], NDArray[np.bool_]]:
    """Strategies of a block, N arrays ``(games, S, k_i)``, and which of them are equilibria."""
    players, states = game.n_players, game.n_states
    available = game.available
    first = (np.cumsum(available) - available.ravel()).reshape(available.shape)
    actions = int(available.sum())
    payoffs, moves, discounts = _in_units(game, numbers)
    games = len(moves)
    points = np.empty((games, actions + states * players + 1))
    tangents, lengths, searches = np.empty_like(points), np.empty(games), np.empty(games)
    taken = np.zeros(games, dtype=np.int64)
    stages = np.full(games, markov_logit.LOST)
    strides = np.cumprod([1, *reversed(game.n_actions)])[::-1].astype(np.int64)
    room = markov_logit.workspace(states, actions, players)
    steps = max(1, _SLICE // (games * points.shape[1] ** 3))
    for care in _CARE:
        again = (stages == markov_logit.LOST) & (taken < limit)
        stages[again], searches[again] = markov_logit.START, markov_logit.FIRST_SEARCH
        while (stages <= markov_logit.UNDERWAY).any():
            markov_logit.follow(
                payoffs, moves, discounts, available, strides, first, care, steps, limit,
                points, tangents, lengths, searches, taken, stages, room,
            )  # fmt: skip
            stages[(stages == markov_logit.UNDERWAY) & (taken >= limit)] = markov_logit.LOST
    found = []
    for i, k in enumerate(game.n_actions):
        mix = np.zeros((games, states, k))
        for s in range(states):
            count = int(available[s, i])
            mix[:, s, :count] = points[:, first[s, i] : first[s, i] + count]
        found.append(mix)
    return found, stages == markov_logit.DONE


def _in_units(
    game: StochasticGame, numbers: StochasticBlock
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Payoffs in which every value lies between 0 and 1, transitions and discounts."""
    states = game.n_states
    there = np.ones((states, *game.n_actions), dtype=np.bool_)
    for i, k in enumerate(game.n_actions):
        has = np.arange(k) < game.available[:, i, np.newaxis]
        there &= has.reshape(states, *(k if j == i else 1 for j in range(game.n_players)))
    payoffs = np.stack(numbers.payoffs)
    own = tuple(range(2, payoffs.ndim))
    scale = np.abs(payoffs).max(axis=own, keepdims=True)  # halves may be subtracted, large or not
    payoffs = payoffs / np.where(scale > 0, scale, 1)
    low = np.where(there, payoffs, np.inf).min(axis=own, keepdims=True)
    high = np.where(there, payoffs, -np.inf).max(axis=own, keepdims=True)
    patience = numbers.discounts.T.reshape(low.shape)
    payoffs = (payoffs - low) * ((1 - patience) / np.where(high > low, high - low, 1))
    return (
        payoffs.reshape(*payoffs.shape[:2], states, -1),
        np.array(numbers.transitions).reshape(len(numbers.transitions), states, -1, states),
        np.array(numbers.discounts),
    )
