"""What each player can be held down to by the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.options import work_limit
from summitgames.equilibria.zero_sum import zero_sum_value
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import BLOCK, truth_value
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.thresholds import square_minmax

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["largest_payoffs", "minmax", "minmax_rooms", "square_threats"]

_BOUNDS: Final = ("lower", "upper")
#: Values of larger games than 2 x 2 are this close to the true ones, relative to the payoffs.
_ROUNDING: Final = 2.0**-44


def minmax(
    stage: NormalForm | nashpy.Game,
    *,
    mixed: bool = True,
    bound: str | None = None,
    threads: int | None = None,
    max_work: int | None = None,
) -> NDArray[np.float64]:
    """Minmax payoffs: what each player gets when all others hold it down, knowing how.

    Player i's minmax payoff is the least, over what the others do, of the most that i gets by its
    best reply. In no equilibrium of the repeated game does i get less on average.

    Parameters
    ----------
    stage
        N players, batch shape ``(*batch,)``.
    mixed
        Whether the others mix. False: everybody's strategies are pure.
    bound
        With three or more players who mix each on their own the least is that of a polynomial, not
        of a linear program. ``"upper"`` gives what pure punishers hold the player down to,
        ``"lower"`` what punishers do who mix jointly, by a correlation that the player does not
        see; the minmax payoff lies between the two. With fewer players, or pure strategies,
        both bounds are the minmax payoff.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of pivots a linear program; as for `zero_sum_value`.

    Returns
    -------
    (*batch, N)
        With two players who mix these are values of zero-sum games: by a closed form for two
        actions each, else by linear programs, as exact as `zero_sum_value` is.

    Raises
    ------
    GameError
        If `stage` is no game in normal form, or an option is none of its values.
    SolverError
        If three or more players mix and `bound` is None, or `max_work` ended a linear program.

    References
    ----------
    Fudenberg & Maskin (1986), The folk theorem in repeated games with discounting or with
    incomplete information, Econometrica 54.

    Examples
    --------
    >>> from summitgames import NormalForm, minmax
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> minmax(pennies)
    array([0., 0.])
    >>> minmax(pennies, mixed=False)
    array([1., 1.])
    """
    form = as_normal_form(stage, name="stage")
    _require_options(mixed, bound)
    work_limit(max_work, 1)  # where it is not needed, too
    return minmax_rooms(form, bound, threads, max_work)[0] if mixed else _pure(form)


def minmax_rooms(
    form: NormalForm, bound: str | None, threads: int | None = None, max_work: int | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mixed minmax payoffs, and how near they are to the true ones: both ``(*batch, N)``."""
    n = form.n_players
    if n > 2 and bound is None:
        raise SolverError(
            f"{n} players: the minmax payoff in mixed strategies is not a linear problem; bound="
            '"upper" has pure punishers, bound="lower" punishers who correlate, mixed=False pure '
            "strategies"
        )
    if n == 1 or (n > 2 and bound == "upper"):
        payoffs = _pure(form)
        return payoffs, np.zeros_like(payoffs)
    if form.n_actions == (2, 2):
        return square_threats(square_minmax, form, threads)
    if not form.size:  # a part of a family that holds no game
        return np.empty((*form.batch_shape, n)), np.empty((*form.batch_shape, n))
    found = [_value(form, i, threads, max_work) for i in range(n)]
    rooms = [_ROUNDING * largest_payoffs(array, n) for array in form.payoffs]
    return np.stack(found, axis=-1), np.stack(rooms, axis=-1)


def _require_options(mixed: Any, bound: Any) -> None:
    truth_value(mixed, "mixed")
    if bound is not None and not (isinstance(bound, str) and bound in _BOUNDS):
        raise GameError(f"bound: {bound!r}; expected None or one of {', '.join(_BOUNDS)}")


def _pure(form: NormalForm) -> NDArray[np.float64]:
    """Minmax payoffs in pure strategies."""
    others = tuple(range(1 - form.n_players, 0))
    return np.stack([a.max(axis=axis).min(axis=others) for axis, a in form.own_axes()], axis=-1)


def square_threats(
    kernel: Callable[..., None], form: NormalForm, threads: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Threats of 2 x 2 games by a kernel, and how near they are to the true ones, at least."""
    found, rooms = np.empty((form.size, 2)), np.empty((form.size, 2))

    def work(block: Block) -> None:
        part = slice(block.start, block.stop)
        kernel(*form.block(block.start, block.stop), found[part], rooms[part])

    map_blocks(work, form.size, block=BLOCK, threads=threads)
    shape = (*form.batch_shape, 2)
    return found.reshape(shape), rooms.reshape(shape)


def _value(
    form: NormalForm, player: int, threads: int | None, max_work: int | None
) -> NDArray[np.float64]:
    """Value of the zero-sum game of a player against all others together."""
    numbers = form.payoffs if form.exact is None else form.exact
    own = np.moveaxis(numbers[player], player - form.n_players, -form.n_players)
    actions = form.n_actions[player]
    others = math.prod(form.n_actions) // actions
    matrix = NormalForm.zero_sum(own.reshape(*form.batch_shape, actions, others))
    solution = zero_sum_value(matrix, threads=threads, max_work=max_work)
    if solution.message:
        raise SolverError(f"minmax of player {form.players[player]!r}: {solution.message}")
    return np.asarray(solution.value)


def largest_payoffs(payoff: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """The largest absolute payoff of every game."""
    axes = tuple(range(-n, 0))
    return np.asarray(np.maximum(payoff.max(axis=axes), -payoff.min(axis=axes)))
