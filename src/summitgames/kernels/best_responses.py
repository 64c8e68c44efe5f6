"""Pure best responses of many games at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from summitgames.kernels._jit import FEW, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["keep_best_responses"]


@jit(interpret=FEW)
def keep_best_responses(payoffs: Array, largest: Array, kept: Array) -> None:
    """Clear the profiles at which one player's action is no best response.

    Parameters
    ----------
    payoffs
        The player's, ``(games, before, k, after)``: the profiles of the players listed before, the
        own actions, the profiles of those listed after.
    largest
        Workspace ``(after,)``.
    kept
        Changed: bool, of the shape of `payoffs`.
    """
    games, before, actions, after = payoffs.shape
    for game in range(games):
        for first in range(before):
            for last in range(after):
                largest[last] = payoffs[game, first, 0, last]
            for action in range(1, actions):
                for last in range(after):
                    largest[last] = max(largest[last], payoffs[game, first, action, last])
            for action in range(actions):
                for last in range(after):
                    kept[game, first, action, last] &= (
                        payoffs[game, first, action, last] == largest[last]
                    )
