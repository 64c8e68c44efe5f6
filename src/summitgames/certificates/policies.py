"""Stationary strategies of stochastic games: checked, evaluated, and their best deviations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.profiles import action_payoffs
from summitgames.errors import GameError
from summitgames.games.batches import batch_index
from summitgames.games.tables import block_of, read_floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.stochastic import StochasticBlock, StochasticGame

__all__ = ["OneShotDeviations", "Policies", "one_shot_deviations", "read_policies"]

#: How far from 1 probabilities may sum.
_TOLERANCE: Final = 1e-9
#: Entries of transition arrays in a block, counting slots.
_BLOCK_ENTRIES: Final = 2**18


@dataclass(frozen=True, eq=False)
class Policies:
    """Stationary strategies of all players, checked.

    Attributes
    ----------
    game
        The family.
    mixes
        N arrays ``(*batch, [E,] S, k_i)``.
    in_slots
        Whether they have the axis of slots.
    used
        ``(*batch, E)`` bool: slots that hold strategies; None where all do.
    """

    game: StochasticGame
    mixes: tuple[NDArray[np.float64], ...]
    in_slots: bool
    used: NDArray[np.bool_] | None

    @property
    def shape(self) -> tuple[int, ...]:
        """``(*batch, [E])``."""
        return self.mixes[0].shape[:-2]

    @property
    def block_size(self) -> int:
        """Games that make a block."""
        entries = self.game.transitions.shape[len(self.game.batch_shape) :]
        slots = self.shape[-1] if self.in_slots else 1
        return max(1, _BLOCK_ENTRIES // max(1, slots * int(np.prod(entries))))

    def block(self, start: int, stop: int) -> list[NDArray[np.float64]]:
        """Strategies in games start to stop, N arrays ``(games, S, E, k_i)``."""
        batch = self.game.batch_shape
        parts = [block_of(mix, batch, start, stop) for mix in self.mixes]
        if not self.in_slots:
            parts = [part[:, np.newaxis] for part in parts]
        return [np.swapaxes(part, 1, 2) for part in parts]

    def expected_payoffs(
        self, block: StochasticBlock, mixes: Sequence[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Expected payoffs of a block, ``(games, E, S, N)``."""
        weights = _weights(mixes)
        means = [
            np.einsum("gsea,gsa->ges", weights, payoff.reshape(*payoff.shape[:2], -1))
            for payoff in block.payoffs
        ]
        return np.stack(means, axis=-1)

    def expected_moves(
        self, block: StochasticBlock, mixes: Sequence[NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        """Transition probabilities of a block, ``(games, E, S, S)``."""
        moves = block.transitions
        moves = moves.reshape(*moves.shape[:2], -1, moves.shape[-1])
        return np.ascontiguousarray(np.swapaxes(np.matmul(_weights(mixes), moves), 1, 2))


def _weights(mixes: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Probabilities of the pure profiles, ``(games, S, E, A)``."""
    weights = mixes[0]
    for mix in mixes[1:]:
        product = weights[..., np.newaxis] * mix[..., np.newaxis, :]
        weights = product.reshape(*product.shape[:-2], -1)
    return weights


def read_policies(game: StochasticGame, strategies: Any) -> Policies:
    """Strategies as users give them, checked.

    Parameters
    ----------
    game
        The family.
    strategies
        N arrays that broadcast to ``(*batch, S, k_i)``, or to ``(*batch, E, S, k_i)`` if one has an
        axis more; or a result with ``.strategies`` (in slots where it has ``.exists``).

    Raises
    ------
    GameError
        If there is not one array a player, shapes do not fit, or an array does not hold
        distributions over the actions that the player has (nonnegative, sum 1 within 1e-9).
    """
    used = getattr(strategies, "exists", None)
    given = getattr(strategies, "strategies", strategies)
    if isinstance(given, np.ndarray) and given.ndim:
        given = list(given)
    if not isinstance(given, Sequence) or len(given) != game.n_players:
        raise GameError(
            f"strategies: {type(given).__name__}; expected {game.n_players} arrays of "
            "probabilities, one a player, or a result with .strategies"
        )
    whose = [f"strategies[{i}] (player {player!r})" for i, player in enumerate(game.players)]
    arrays = [read_floats(mix, what) for mix, what in zip(given, whose, strict=True)]
    most = len(game.batch_shape) + 3
    slots = [array.shape[-3] for array in arrays if array.ndim == most]
    if used is not None:
        slots = [np.shape(used)[-1]]
    axis = (max(slots),) if slots else ()
    mixes = []
    for i, (array, what) in enumerate(zip(arrays, whose, strict=True)):
        expected = (*game.batch_shape, *axis, game.n_states, game.n_actions[i])
        if axis and array.ndim < most and array.ndim > 2 and used is None:
            array = np.expand_dims(array, -3)  # noqa: PLW2901  (batch axes, and no slots)
        try:
            mix = np.broadcast_to(array, expected)
        except ValueError:
            raise GameError(f"{what}: shape {array.shape}; expected {expected}") from None
        _require_distributions(mix, game, i, what, used)
        mixes.append(mix)
    return Policies(game, tuple(mixes), bool(slots), used)


def _require_distributions(
    mix: NDArray[np.float64], game: StochasticGame, i: int, what: str, used: Any
) -> None:
    """Refuse what is no distribution over available actions; unused slots may hold anything."""
    available = np.arange(mix.shape[-1]) < game.available[:, i, np.newaxis]
    right = (mix >= 0).all(axis=-1) & (np.abs(mix.sum(axis=-1) - 1) <= _TOLERANCE)
    right &= ((mix == 0) | available).all(axis=-1)
    if used is not None:
        right |= ~np.asarray(used)[..., np.newaxis]
    if right.all():
        return
    index = batch_index(int(np.argmin(right)), right.shape)
    state, batch = game.states[index[-1]], index[:-1]
    where = f" at batch index {batch}" if batch else ""
    raise GameError(
        f"{what}: {mix[index]} in state {state!r}{where}; expected probabilities that sum to 1 of "
        f"the player's first {game.available[index[-1], i]} actions"
    )


class OneShotDeviations(NamedTuple):
    """The most profitable one-shot deviation in every game, each ``(*batch, [E])``.

    Attributes
    ----------
    gain
        What it gains, in units of the discounted sum; 0 or less where nothing gains. NaN in unused
        slots.
    player, state, action
        Numbers of who deviates, where and to what: the first of equal ones.
    """

    gain: NDArray[np.float64]
    player: NDArray[np.int64]
    state: NDArray[np.int64]
    action: NDArray[np.int64]


def one_shot_deviations(policies: Policies) -> OneShotDeviations:
    """The most that a player gains by another action once, in any state, reached or not.

    The values of all states are solved for anew, with LAPACK.
    """
    game = policies.game
    parts = map_blocks(
        lambda block: _block_deviations(policies, block), game.size, block=policies.block_size
    )
    gain, player, state, action = (
        np.concatenate(part).reshape(policies.shape) for part in zip(*parts, strict=True)
    )
    return OneShotDeviations(gain, player, state, action)


def _block_deviations(policies: Policies, block: Block) -> tuple[NDArray[Any], ...]:
    """Gain, player, state and action, each ``(games, E)``."""
    game = policies.game
    numbers = game.block(block.start, block.stop)
    mixes = policies.block(block.start, block.stop)
    payoffs = policies.expected_payoffs(numbers, mixes)
    moves = policies.expected_moves(numbers, mixes)
    gains = []
    for i in range(game.n_players):
        discount = numbers.discounts[:, np.newaxis, i, np.newaxis, np.newaxis]
        matrix = np.eye(game.n_states) - discount * moves
        values = np.linalg.solve(matrix, payoffs[..., i, np.newaxis])[..., 0]  # (games, E, S)
        each = np.array(action_payoffs(numbers.payoffs[i], mixes, i))  # (games, S, E, k_i)
        for state in range(game.n_states):
            ahead = (discount[..., 0] * values[..., state, np.newaxis])[:, np.newaxis]
            each += ahead * action_payoffs(numbers.transitions[..., state], mixes, i)
        each -= np.swapaxes(values, 1, 2)[..., np.newaxis]
        there = np.arange(game.n_actions[i]) < game.available[:, i, np.newaxis]
        each = np.where(there[:, np.newaxis], each, -np.inf)
        gains.append(np.swapaxes(each, 1, 2))
    counts = np.cumsum([0, *game.n_actions])
    every = np.concatenate(gains, axis=-1)  # (games, E, S, all actions)
    flat = every.reshape(*every.shape[:2], -1)
    best = flat.argmax(axis=-1)
    gain = np.take_along_axis(flat, best[..., np.newaxis], axis=-1)[..., 0]
    state, column = np.divmod(best, int(counts[-1]))
    player = np.searchsorted(counts, column, side="right") - 1
    return gain, np.asarray(player), np.asarray(state), np.asarray(column - counts[player])
