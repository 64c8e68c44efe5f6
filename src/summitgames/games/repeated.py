"""Infinitely repeated games with discounting and perfect monitoring."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.errors import GameError
from summitgames.games.discounts import read_discounts
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.games.tables import as_fractions

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["RepeatedGame", "as_repeated_game"]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class RepeatedGame:
    """A family of games in which a stage game is played in every period, for ever.

    Everyone sees all past actions. Player i values payoffs u(0), u(1), ... at the average
    ``(1 - d_i) * sum over t of d_i**t * u(t)``, in units of the stage game.

    Parameters
    ----------
    stage
        The stage game: N players, batch shape ``(*batch,)``; a nashpy.Game is taken as well.
    discount
        A number or an array of batch shape in [0, 1), or a tuple of N of them: one a player.
        Batch shapes of stage and discount broadcast.

    Attributes
    ----------
    stage
        The stage games, over the whole batch.
    discounts
        Tuple of N read-only float64 arrays ``(*batch,)``.
    exact
        None where the floats are the discounts; else a tuple of N arrays of Fraction
        ``(*batch,)``: the numbers given, of which `discounts` are the nearest floats.

    Raises
    ------
    GameError
        If `stage` is no game in normal form, a discount is no number or lies outside [0, 1), a
        tuple has not one for each player, or batch shapes do not broadcast.

    Examples
    --------
    >>> from summitgames import NormalForm, RepeatedGame
    >>> stage = NormalForm.symmetric([[3, 0], [5, 1]], players=["host", "guest"])
    >>> RepeatedGame(stage, 0.9)
    <RepeatedGame: host, guest; 2 x 2 actions; discount 0.9>
    >>> RepeatedGame(stage, (0.9, [0.5, 0.6, 0.7]))
    <RepeatedGame: host, guest; 2 x 2 actions; a discount for each player; batch shape (3,)>
    """

    stage: NormalForm
    discounts: tuple[NDArray[np.float64], ...]
    exact: tuple[NDArray[np.object_], ...] | None = field(default=None)

    def __init__(
        self,
        stage: NormalForm | nashpy.Game,
        discount: ArrayLike | tuple[ArrayLike, ...],
    ) -> None:
        form = as_normal_form(stage, name="stage")
        floats, exact = read_discounts(discount, form.players, form.batch_shape, of="stage")
        _set(self, form.broadcast_to(floats[0].shape), floats, exact)

    @property
    def n_players(self) -> int:
        """Number of players, N."""
        return self.stage.n_players

    @property
    def players(self) -> tuple[str, ...]:
        """Labels of the players."""
        return self.stage.players

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        """Labels of each player's actions."""
        return self.stage.actions

    @property
    def n_actions(self) -> tuple[int, ...]:
        """Numbers of actions, (k_1, ..., k_N)."""
        return self.stage.n_actions

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for a single game."""
        return self.stage.batch_shape

    @property
    def size(self) -> int:
        """Number of games."""
        return math.prod(self.batch_shape)

    @cached_property
    def common_discount(self) -> bool:
        """Whether in every game all players have the same discount."""
        numbers: Any = self.discounts if self.exact is None else self.exact
        first = numbers[0]
        return all(other is first or bool(np.all(other == first)) for other in numbers[1:])

    @property
    def exact_discounts(self) -> tuple[NDArray[np.object_], ...]:
        """Discounts as exact rationals: those given, or the binary numbers that the floats are."""
        if self.exact is not None:
            return self.exact
        return tuple(map(as_fractions, self.discounts))

    def block(
        self, start: int, stop: int
    ) -> tuple[tuple[NDArray[np.float64], ...], tuple[NDArray[np.float64], ...]]:
        """Stage payoffs and discounts of games start to stop, counted in C order of the batch.

        Returns
        -------
        payoffs
            Tuple of N read-only C-contiguous arrays ``(stop - start, k_1, ..., k_N)``.
        discounts
            Tuple of N arrays ``(stop - start,)``.
        """
        where = np.unravel_index(np.arange(start, stop), self.batch_shape or (1,))
        flat = [array if array.ndim else array.reshape(1) for array in self.discounts]
        return self.stage.block(start, stop), tuple(array[where] for array in flat)

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError("a single game has no length; its family has")
        return self.batch_shape[0]

    def __getitem__(self, index: Any) -> RepeatedGame:
        """The games at an index of the batch."""
        picked = object.__new__(RepeatedGame)
        stage = self.stage[index]
        where = index if isinstance(index, tuple) else (index,)
        exact = None
        if self.exact is not None:
            exact = tuple(_at(array, where) for array in self.exact)
        _set(picked, stage, tuple(_at(array, where) for array in self.discounts), exact)
        return picked

    def __iter__(self) -> Iterator[RepeatedGame]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        about, _, shape = repr(self.stage)[1:-1].partition("; batch")
        discount = "a discount for each player"
        if self.common_discount:
            discount = f"discount {_range(self.discounts[0])}"
        about = about.replace("NormalForm", "RepeatedGame", 1)
        return f"<{about}; {discount}{'; batch' + shape if shape else ''}>"

    def _repr_html_(self) -> str:
        each = ", ".join(
            f"{html.escape(player)}: {_range(discount)}"
            for player, discount in zip(self.players, self.discounts, strict=True)
        )
        number = _range(self.discounts[0]) if self.common_discount else each
        return f"<p>repeated for ever; discount {number}</p>{self.stage._repr_html_()}"


def as_repeated_game(game: Any, *, players: int | None = None, name: str = "game") -> RepeatedGame:
    """The repeated game given, if it is one and has the number of players that the caller needs.

    Parameters
    ----------
    game
        The game.
    players
        Number of players; None: any.
    name
        Name of the argument, for an error.

    Raises
    ------
    GameError
        If it is not, or has not.
    """
    if not isinstance(game, RepeatedGame):
        raise GameError(f"{name}: {type(game).__name__}; expected a RepeatedGame")
    if players is not None and game.n_players != players:
        raise GameError(f"{name}: {game.n_players} players; expected {players}")
    return game


def _range(numbers: NDArray[np.float64]) -> str:
    low, high = numbers.min(), numbers.max()
    return f"{low:.6g}" + (f" to {high:.6g}" if high > low else "")


def _at(array: NDArray[Any], where: tuple[Any, ...]) -> NDArray[Any]:
    picked = np.asarray(array[where], dtype=array.dtype).view()
    picked.flags.writeable = False
    return picked


def _set(
    game: RepeatedGame,
    stage: NormalForm,
    discounts: tuple[NDArray[np.float64], ...],
    exact: tuple[NDArray[np.object_], ...] | None,
) -> None:
    """Fill a frozen game."""
    object.__setattr__(game, "stage", stage)
    object.__setattr__(game, "discounts", discounts)
    object.__setattr__(game, "exact", exact)
