"""Payoff sets of stochastic games, state by state: from games to the kernel and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.kernels import payoff_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.stochastic import StochasticGame

__all__ = ["StateSets", "sets_by_state"]

#: Payoffs of a player in a block, which takes up to some seconds.
_BLOCK_PAYOFFS: Final = 2**8


class StateSets(NamedTuple):
    """What bounds the sets of a number of games.

    Attributes
    ----------
    outer
        ``(games, S, V, 2)``: vertices, in sums of payoffs, NaN in unused slots.
    counts
        ``(games, S)``.
    gaps
        ``(games,)``: how far the sets still moved, over the impatience, in normalised averages.
    flags
        ``(games,)``: of the kernel.
    """

    outer: NDArray[np.float64]
    counts: NDArray[np.int64]
    gaps: NDArray[np.float64]
    flags: NDArray[np.uint8]


def sets_by_state(game: StochasticGame, edges: int, limit: int, threads: int | None) -> StateSets:
    """Bound the payoff sets of all games of a two-player family.

    Parameters
    ----------
    game
        Two players.
    edges
        The most that a polygon keeps.
    limit
        Iterations a game, at most.
    threads
        As for `map_blocks`.
    """
    rows, columns = game.n_actions
    here = np.zeros((game.n_states, rows, columns), dtype=np.bool_)
    for state, (first, second) in enumerate(game.available.tolist()):
        here[state, :first, :second] = True
    block = max(1, _BLOCK_PAYOFFS // here.size)
    parts = map_blocks(
        lambda block: _solve(game, block, here, edges, limit),
        game.size,
        block=block,
        threads=threads,
    )
    most = max(part.outer.shape[2] for part in parts)
    outer = np.full((game.size, game.n_states, most, 2), np.nan)
    start = 0
    for part in parts:
        outer[start : start + len(part.flags), :, : part.outer.shape[2]] = part.outer
        start += len(part.flags)
    return StateSets(
        outer,
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.gaps for part in parts]),
        np.concatenate([part.flags for part in parts]),
    )


def _solve(
    game: StochasticGame, block: Block, here: NDArray[np.bool_], edges: int, limit: int
) -> StateSets:
    """Normalise, call the kernel, and turn averages into sums of payoffs."""
    numbers = game.block(block.start, block.stop)
    scaled, lows, exponents = [], [], []
    for array in numbers.payoffs:
        low = np.where(here, array, np.inf).min(axis=(1, 2, 3))
        high = np.where(here, array, -np.inf).max(axis=(1, 2, 3))
        exponent = np.frexp(0.5 * high - 0.5 * low)[1] + 1
        shift = -exponent[:, np.newaxis, np.newaxis, np.newaxis]
        from_low = np.ldexp(array, shift) - np.ldexp(low, -exponent).reshape(shift.shape)
        scaled.append(np.where(here, from_low, 0.0))
        lows.append(0.5 * low)
        exponents.append(exponent - 1)
    rows, columns = game.n_actions
    outer = np.full((block.size, game.n_states, edges, 2), np.nan)
    counts = np.empty((block.size, game.n_states), dtype=np.int64)
    gaps, flags = np.empty(block.size), np.empty(block.size, dtype=np.uint8)
    first, second = scaled
    payoff_sets.by_state(
        first,
        second,
        numbers.transitions,
        game.available,
        numbers.discounts,
        edges,
        limit,
        payoff_sets.state_workspace(game.n_states, rows, columns, edges),
        outer,
        counts,
        gaps,
        flags,
    )
    halves = np.ldexp(
        outer[:, :, : int(counts.max())], np.stack(exponents, axis=-1)[:, np.newaxis, np.newaxis]
    )
    halves += np.stack(lows, axis=-1)[:, np.newaxis, np.newaxis]
    sums = halves / (0.5 * (1.0 - numbers.discounts))[:, np.newaxis, np.newaxis]
    return StateSets(sums, counts, gaps, flags)
