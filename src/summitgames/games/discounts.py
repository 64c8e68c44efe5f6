"""Discounts of games over time: one for all players or one for each, with leading batch axes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import Batch, Value, as_value, batch_index
from summitgames.games.tables import as_fractions

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Discounts", "read_discounts"]


class Discounts(NamedTuple):
    """One discount a player.

    Attributes
    ----------
    floats
        Tuple of N read-only float64 arrays of batch shape.
    exact
        None where the floats are the discounts; else a tuple of N arrays of Fraction of the same
        shape.
    """

    floats: tuple[NDArray[np.float64], ...]
    exact: tuple[NDArray[np.object_], ...] | None


def read_discounts(
    discount: Any, players: Sequence[str], batch: tuple[int, ...], *, of: str
) -> Discounts:
    """Discounts in [0, 1), broadcast together with a game's batch.

    Parameters
    ----------
    discount
        A number, an array of batch shape, or a tuple of N of them.
    players
        Labels of the N players.
    batch
        Batch shape of what else describes the game.
    of
        What that is, for an error.

    Raises
    ------
    GameError
        If it is no such number, array or tuple, lies outside [0, 1), or shapes do not broadcast.
    """
    apart = isinstance(discount, tuple)
    if apart and len(discount) != len(players):
        raise GameError(
            f"discount: a tuple of {len(discount)}; expected {len(players)}, one for each player"
        )
    names = [f"discount[{i}] (player {player!r})" for i, player in enumerate(players)]
    given = dict(zip(names, discount, strict=True)) if apart else {"discount": discount}
    values = {name: as_value(value, name) for name, value in given.items()}
    exact = {name: _exact(value, values[name]) for name, value in given.items()}
    for name, value in values.items():
        numbers = np.asarray(value, dtype=np.float64)
        _require_in_range(numbers, name)
        if exact[name] is not None:  # a tiny negative number has the float -0.0
            _require_in_range(np.asarray(exact[name]), name)
    shape = Batch({of: np.broadcast_to(0.0, batch), **values}).shape
    floats = [np.array(value, dtype=np.float64) for value in values.values()]
    rationals: list[NDArray[np.object_]] | None = None
    if any(kept is not None for kept in exact.values()):
        rationals = [
            as_fractions(array) if kept is None else kept
            for array, kept in zip(floats, exact.values(), strict=True)
        ]
    count = 1 if apart else len(players)
    return Discounts(
        tuple(np.broadcast_to(array, shape) for array in floats) * count,
        None if rationals is None else tuple(np.broadcast_to(r, shape) for r in rationals) * count,
    )


def _exact(given: Any, value: Value) -> NDArray[np.object_] | None:
    """The exact numbers given, if floats do not hold them."""
    if isinstance(value, Fraction):
        return None if value == Fraction(float(value)) else np.array(value, dtype=object)
    array = np.asarray(given)
    return None if array.dtype != object else as_fractions(array)


def _require_in_range(array: NDArray[Any], name: str) -> None:
    wrong = ~((array >= 0) & (array < 1))
    if np.any(wrong):
        index = batch_index(int(np.argmax(wrong)), array.shape)
        where = f" at batch index {index}" if index else ""
        raise GameError(f"{name}: {array[index]}{where}; expected a number in [0, 1)")
