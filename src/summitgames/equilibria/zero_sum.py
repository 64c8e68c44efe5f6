"""Values and optimal strategies of two-player zero-sum games."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.exact_programs import exact_limit, matrix_game, pivot_limit, whole_array
from summitgames.errors import GameError
from summitgames.games.batches import batch_index
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.linear_programs import NUDGES, Programs, constant_sum, tolerance
from summitgames.results import Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["ZeroSumSolution", "zero_sum_value"]

#: Payoffs of a player a block.
_BLOCK_PAYOFFS: Final = 2**17


@dataclass(frozen=True, eq=False, repr=False)
class ZeroSumSolution:
    """Value and optimal strategies of every game of a family.

    Attributes
    ----------
    game
        The family.
    value
        ``(*batch,)``: the row player's payoff; a float for a single game.
    strategies
        ``(*batch, k_1)`` and ``(*batch, k_2)``: an optimal strategy of each player. Others may be
        optimal as well.
    gap
        ``(*batch,)``, a float for a single game: what the row player's strategy guarantees and what
        the column player's concedes differ by so much; the value lies between the two.
    status
        ``(*batch,)`` int8 of `Status`: COMPLETE, or FAILED where `max_work` ended the search; there
        `value` and `strategies` are NaN.
    message
        What there is to say about games that are not COMPLETE.
    method
        The solver, "zero_sum_value".

    Examples
    --------
    >>> from summitgames import NormalForm, zero_sum_value
    >>> found = zero_sum_value(NormalForm.zero_sum([[1, -1], [-1, 1]]))
    >>> float(found.value), found.strategies[0].tolist()
    (0.0, [0.5, 0.5])
    """

    method: ClassVar[str] = "zero_sum_value"
    game: NormalForm
    value: NDArray[np.float64] | float
    strategies: tuple[NDArray[np.float64], NDArray[np.float64]]
    gap: NDArray[np.float64] | float
    status: NDArray[np.int8]
    message: str = ""

    def __repr__(self) -> str:
        if self.game.batch_shape:
            return f"<ZeroSumSolution: batch shape {self.game.batch_shape}>"
        return f"<ZeroSumSolution: value {self.value:.6g}, {Status(int(self.status)).name}>"


def zero_sum_value(
    game: NormalForm | nashpy.Game, *, threads: int | None = None, max_work: int | None = None
) -> ZeroSumSolution:
    """Value and optimal strategies of every two-player zero-sum game of a family.

    One linear program a game, by the simplex method in floats. The strategies found prove a lower
    and an upper bound on the value. Where these differ by more than 2^-44 of the payoffs at stake
    for each action of both players, the program is solved once more with ties told apart, and
    where that does not help, in exact arithmetic.

    Parameters
    ----------
    game
        Two players, k_1 and k_2 actions, batch shape ``(*batch,)``. The payoffs sum to 0, or to any
        other constant, which may differ between games of the family; floats within their rounding.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of pivots a game; None: 100 for each action of both players. In exact
        arithmetic no more than rewrite 2^21 entries.

    Returns
    -------
    ZeroSumSolution

    Raises
    ------
    GameError
        If `game` is no two-player game, its payoffs do not sum to a constant, or an option is out
        of range.

    References
    ----------
    von Neumann (1928), Zur Theorie der Gesellschaftsspiele, Mathematische Annalen 100; Dantzig
    (1951), A proof of the equivalence of the programming problem and the game problem.

    Examples
    --------
    >>> from summitgames import NormalForm, zero_sum_value
    >>> found = zero_sum_value(NormalForm.zero_sum([[3, -1], [-2, 1]]))
    >>> round(found.value, 6)
    0.142857
    >>> [strategy.round(3).tolist() for strategy in found.strategies]
    [[0.429, 0.571], [0.286, 0.714]]
    """
    form = as_normal_form(game, players=2)
    limit = pivot_limit(max_work, *form.n_actions)
    block = max(1, _BLOCK_PAYOFFS // prod(form.n_actions))
    _require_constant_sum(form, block, threads)
    solver = _Solver(form, limit)
    failures = sum(map_blocks(solver.solve, form.size, block=block, threads=threads))
    return solver.result(failures)


def _require_constant_sum(form: NormalForm, block: int, threads: int | None) -> None:
    if form.exact is not None:
        return _require_exact_sum(form, form.exact)

    def first_wrong(part: Block) -> int:
        first, second = form.block(part.start, part.stop)
        wrong = constant_sum(first.reshape(part.size, -1), second.reshape(part.size, -1))
        return part.start + wrong if wrong >= 0 else -1

    wrong = [i for i in map_blocks(first_wrong, form.size, block=block, threads=threads) if i >= 0]
    if wrong:
        index = batch_index(wrong[0], form.batch_shape)
        first, second = (payoff[index] for payoff in form.payoffs)
        least = np.unravel_index(np.argmin(np.abs(first) + np.abs(second)), first.shape)
        total = (first + second)[least]
        room = np.abs(first) + np.abs(second)
        room = 2.0**-52 * (room + room[least])
        _refuse(index, first + second, total, ~(np.abs(first + second - total) <= room))
    return None


def _require_exact_sum(form: NormalForm, exact: tuple[NDArray[np.object_], ...]) -> None:
    """Refuse games whose exact payoffs do not sum to exactly the same everywhere."""
    sums = np.reshape(exact[0] + exact[1], (form.size, *form.n_actions))
    for game, table in enumerate(sums):
        differs = table != table[0, 0]
        if differs.any():
            _refuse(batch_index(game, form.batch_shape), table, table[0, 0], differs)


def _refuse(
    index: tuple[int, ...], sums: NDArray[Any], total: Any, differs: NDArray[np.bool_]
) -> None:
    profile = batch_index(int(np.argmax(differs)), sums.shape)
    where = f"batch index {index}, profile {profile}" if index else f"profile {profile}"
    raise GameError(
        f"game: payoffs sum to {sums[profile]} at {where} and to {total} elsewhere; expected a "
        "zero-sum or constant-sum game"
    )


#: Of each thread: the shape of the games that it solved last, and the workspace for them.
_LOCAL = threading.local()


class _Solver:
    """Games under way: the arrays that their blocks write to."""

    def __init__(self, form: NormalForm, limit: int) -> None:
        self.form, self.limit = form, limit
        rows, columns = form.n_actions
        self.tolerance = tolerance(rows, columns)
        self.value = np.empty(form.size)
        self.gap = np.empty(form.size)
        self.first = np.empty((form.size, rows))
        self.second = np.empty((form.size, columns))
        self.failed = np.zeros(form.size, dtype=np.bool_)

    def solve(self, block: Block) -> int:
        """Solve the games of a block; the number of those that failed."""
        accurate = self._solve_in_floats(block, self._programs(block.size))
        if accurate.all():
            return 0
        for game in (block.start + np.flatnonzero(~accurate)).tolist():
            single, program = Block(0, game, game + 1), Programs(1, *self.form.n_actions)
            if not any(self._solve_in_floats(single, program, nudge).all() for nudge in NUDGES):
                self._settle(game)
        return int(self.failed[block.start : block.stop].sum())

    def _solve_in_floats(
        self, block: Block, programs: Programs, nudge: float | None = None
    ) -> NDArray[np.bool_]:
        """Solve the games of a block; which of them accurately."""
        payoffs = self.form.block(block.start, block.stop)[0].reshape(block.size, -1)
        part = slice(block.start, block.stop)
        bounds = programs.solve_games(
            payoffs,
            self.limit,
            self.first[part],
            self.second[part],
            centred=True,
            nudge=nudge,
        )
        base, lower, upper, stake = bounds.T
        self.value[part] = base + 0.5 * (lower + upper)
        self.gap[part] = upper - lower
        return np.asarray(upper - lower <= self.tolerance * stake)

    def _programs(self, count: int) -> Programs:
        """Workspace of the thread that calls, kept for games of the shape unless these are huge."""
        shape = self.form.n_actions
        kept: tuple[tuple[int, ...], Programs] | None = getattr(_LOCAL, "kept", None)
        if kept is None or kept[0] != shape or len(kept[1].sizes) < count:
            kept = shape, Programs(count, *shape)
            _LOCAL.kept = kept if prod(shape) <= _BLOCK_PAYOFFS else None
        return kept[1].first(count)

    def _settle(self, game: int) -> None:
        """Solve a game in exact arithmetic."""
        payoffs = self.form.payoffs if self.form.exact is None else self.form.exact
        whole, unit = whole_array(payoffs[0][batch_index(game, self.form.batch_shape)])
        optimum = matrix_game(whole, exact_limit(self.limit, *whole.shape))
        if optimum is None:
            self.value[game] = self.gap[game] = np.nan
            self.first[game] = self.second[game] = np.nan
            self.failed[game] = True
            return
        self.first[game] = optimum.multipliers
        self.second[game] = optimum.variables
        self.value[game], self.gap[game] = float(optimum.value * unit), 0.0

    def result(self, failures: int) -> ZeroSumSolution:
        """What was found."""
        form = self.form
        batch = form.batch_shape
        value, gap = self.value.reshape(batch), self.gap.reshape(batch)
        message = ""
        if failures:
            which = f"{failures} of {form.size} games" if batch else "game"
            message = f"{which}: not solved within {self.limit} pivots (max_work)"
        return ZeroSumSolution(
            form,
            value if batch else float(value),
            (
                self.first.reshape(*batch, form.n_actions[0]),
                self.second.reshape(*batch, form.n_actions[1]),
            ),
            gap if batch else float(gap),
            np.where(self.failed, Status.FAILED, Status.COMPLETE).astype(np.int8).reshape(batch),
            message,
        )
