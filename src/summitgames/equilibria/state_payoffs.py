"""Payoff sets of stochastic games, state by state: from games to the kernel and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.markov_perfect import markov_perfect
from summitgames.kernels import payoff_sets, state_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.stochastic import StochasticGame

__all__ = ["StateSets", "faded_payoffs", "sets_by_state"]

#: Payoffs of a player in a block, which takes up to some seconds.
_BLOCK_PAYOFFS: Final = 2**8
#: Pure policies of a game that are looked at where nothing better is known to lie within.
_MAX_POLICIES: Final = 10_000


class StateSets(NamedTuple):
    """What bounds the sets of a number of games.

    Attributes
    ----------
    outer, inner
        ``(games, S, V, 2)``: vertices, in sums of payoffs, NaN in unused slots.
    counts
        ``(games, S, 2)``: their numbers.
    gaps
        ``(games,)``: how far an outer set reaches beyond the inner one at most, in normalised
        averages; inf where there is no inner one.
    flags
        ``(games,)``: of the kernel.
    units
        ``(games, 2)``: sums of payoffs that are one normalised average.
    """

    outer: NDArray[np.float64]
    inner: NDArray[np.float64]
    counts: NDArray[np.int64]
    gaps: NDArray[np.float64]
    flags: NDArray[np.uint8]
    units: NDArray[np.float64]


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
    parts = map_blocks(
        lambda block: _solve(game, block, here, edges, limit),
        game.size,
        block=max(1, _BLOCK_PAYOFFS // here.size),
        threads=threads,
    )
    found = StateSets(
        _joined([part.outer for part in parts]),
        _joined([part.inner for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.gaps for part in parts]),
        np.concatenate([part.flags for part in parts]),
        np.concatenate([part.units for part in parts]),
    )
    unknown = np.flatnonzero(np.isinf(found.gaps))
    return _with_stationary(game, found, unknown, threads) if unknown.size else found


def _with_stationary(
    game: StochasticGame, found: StateSets, unknown: NDArray[np.int64], threads: int | None
) -> StateSets:
    """Where nothing is known to lie within: the hulls of stationary equilibria's payoffs."""
    some = game[np.unravel_index(unknown, game.batch_shape)] if game.batch_shape else game
    markov = markov_perfect(some, threads=threads, max_work=_MAX_POLICIES)
    values = np.moveaxis(markov.values, -3, -2).reshape(len(unknown), game.n_states, -1, 2)
    numbers = markov.exists.reshape(len(unknown), -1).sum(axis=-1)
    units = found.units[unknown][:, np.newaxis, np.newaxis]
    within = np.full((*values.shape[:2], values.shape[2] + 1, 2), np.nan)
    counts, gaps = found.counts[unknown], np.empty(len(unknown))
    state_sets.hulls_by_state(
        values / units, numbers, found.outer[unknown] / units, counts[..., 0].copy(), within,
        counts[..., 1], gaps,
    )  # fmt: skip
    slots = max(found.inner.shape[2], int(counts[..., 1].max()))
    inner = np.full((*found.outer.shape[:2], slots, 2), np.nan)
    inner[:, :, : found.inner.shape[2]] = found.inner
    inner[unknown] = np.nan
    most = min(slots, within.shape[2])
    inner[unknown, :, :most] = (within * units)[:, :, :most]
    every = found.counts.copy(), found.gaps.copy()
    every[0][unknown], every[1][unknown] = counts, gaps
    return found._replace(inner=inner, counts=every[0], gaps=every[1])


def _joined(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Vertices of all blocks, padded to the largest number."""
    most = max(part.shape[2] for part in parts)
    shape = (sum(map(len, parts)), parts[0].shape[1], most, 2)
    joined = np.full(shape, np.nan)
    start = 0
    for part in parts:
        joined[start : start + len(part), :, : part.shape[2]] = part
        start += len(part)
    return joined


def _solve(
    game: StochasticGame, block: Block, here: NDArray[np.bool_], edges: int, limit: int
) -> StateSets:
    """Normalise, call the kernels, and turn averages into sums of payoffs."""
    numbers = game.block(block.start, block.stop)
    scaled, plain, lows, exponents = [], [], [], []
    faded = np.zeros(block.size, dtype=np.bool_)
    for array in numbers.payoffs:
        low = np.where(here, array, np.inf).min(axis=(1, 2, 3))
        high = np.where(here, array, -np.inf).max(axis=(1, 2, 3))
        exponent = np.frexp(0.5 * high - 0.5 * low)[1] + 1
        shift = -exponent[:, np.newaxis, np.newaxis, np.newaxis]
        plain.append(np.ldexp(array, shift))
        faded |= faded_payoffs(array, plain[-1], shift)
        from_low = plain[-1] - np.ldexp(low, -exponent).reshape(shift.shape)
        scaled.append(np.where(here, from_low, 0.0))
        lows.append(0.5 * low)
        exponents.append(exponent - 1)
    rows, columns = game.n_actions
    room = state_sets.workspace_by_state(game.n_states, rows, columns, edges)
    outer, inner = np.full((2, block.size, game.n_states, edges + 4, 2), np.nan)
    counts = np.empty((block.size, game.n_states, 2), dtype=np.int64)
    gaps, flags = np.empty(block.size), np.empty(block.size, dtype=np.uint8)
    results = outer, inner, counts, gaps, flags
    same = numbers.discounts[:, 0] == numbers.discounts[:, 1]
    for alike in (True, False):
        chosen = np.flatnonzero(same == alike)
        if not chosen.size:
            continue
        found = tuple(array[chosen] for array in results)
        first, second, one, two = (array[chosen] for array in (*scaled, *plain))
        moves, discounts = numbers.transitions[chosen], numbers.discounts[chosen]
        if alike:
            state_sets.common_discount_by_state(
                first,
                second,
                one,
                two,
                moves,
                game.available,
                discounts[:, 0].copy(),
                limit,
                room,
                *found,
            )
        else:
            state_sets.own_discounts_by_state(
                first,
                second,
                one,
                two,
                moves,
                game.available,
                discounts,
                edges,
                limit,
                room,
                *found,
            )
        for array, part in zip(results, found, strict=True):
            array[chosen] = part
    # Who would gain by leaving a profile for the other of two such payoffs was not seen.
    flags[faded & (flags == payoff_sets.STRICT)] = payoff_sets.CLOSED

    powers, impatience = np.stack(exponents, axis=-1), 0.5 * (1.0 - numbers.discounts)

    def sums(averages: NDArray[np.float64], most: int) -> NDArray[np.float64]:
        halves = np.ldexp(averages[:, :, :most], powers[:, np.newaxis, np.newaxis])
        halves += np.stack(lows, axis=-1)[:, np.newaxis, np.newaxis]
        return np.asarray(halves / impatience[:, np.newaxis, np.newaxis])

    most = counts.max(axis=(0, 1)).tolist()
    units = np.ldexp(1.0 / impatience, powers)
    return StateSets(sums(outer, most[0]), sums(inner, most[1]), counts, gaps, flags, units)


def faded_payoffs(
    payoffs: NDArray[np.float64], scaled: NDArray[np.float64], shift: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Games in which payoffs are so small beside others that scaling by a power of two lost some.

    Parameters
    ----------
    payoffs, scaled
        ``(games, ...)``, before and after.
    shift
        The exponents of the powers, of as many axes.
    """
    lost = np.ldexp(scaled, -shift) != payoffs
    return np.asarray(lost.any(axis=tuple(range(1, lost.ndim))))
