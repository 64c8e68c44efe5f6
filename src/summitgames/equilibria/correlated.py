"""The best correlated equilibrium of games in normal form, and the best coarse one."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.exact_programs import (
    Optimum,
    exact_limit,
    least_bound,
    pivot_limit,
    whole_array,
)
from summitgames.errors import GameError, SolverError, unknown_name
from summitgames.games.batches import batch_index, holds_masked, truth_value
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.linear_programs import NUDGES, Programs, tolerance
from summitgames.results import Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CorrelatedEquilibrium", "correlated_equilibrium"]

#: Entries of the tableaux of a block.
_BLOCK_ENTRIES: Final = 2**16
#: Entries of the largest tableau, a gigabyte.
_LARGEST_TABLEAU: Final = 2**27
_WELFARE: Final = "welfare"
_EGALITARIAN: Final = "egalitarian"


@dataclass(frozen=True, eq=False, repr=False)
class CorrelatedEquilibrium:
    """A correlated equilibrium, the best by an objective, of every game of a family.

    Attributes
    ----------
    game
        The family.
    distribution
        ``(*batch, k_1, ..., k_N)``: probabilities of the pure profiles.
    payoffs
        ``(*batch, N)``: expected payoffs.
    value
        ``(*batch,)``, a float for a single game: the objective. No correlated equilibrium has a
        larger one; other distributions may have the same.
    regret
        ``(*batch,)``, a float for a single game: the most that any player gains by disobeying, 0
        but for rounding.
    status
        ``(*batch,)`` int8 of `Status`: COMPLETE, or FAILED where `max_work` ended the search; there
        all of the above are NaN.
    coarse
        Whether players choose between following and one action before they are told theirs.
    message
        What there is to say about games that are not COMPLETE.
    method
        The solver, "correlated_equilibrium".

    Examples
    --------
    >>> from summitgames import NormalForm, correlated_equilibrium
    >>> found = correlated_equilibrium(NormalForm.symmetric([[0, 7], [2, 6]]))
    >>> found
    <CorrelatedEquilibrium: value 10.5, COMPLETE>
    >>> found.distribution.round(6).tolist()
    [[0.0, 0.25], [0.25, 0.5]]
    """

    method: ClassVar[str] = "correlated_equilibrium"
    game: NormalForm
    distribution: NDArray[np.float64]
    payoffs: NDArray[np.float64]
    value: NDArray[np.float64] | float
    regret: NDArray[np.float64] | float
    status: NDArray[np.int8]
    coarse: bool = False
    message: str = ""

    def __repr__(self) -> str:
        kind = "coarse, " if self.coarse else ""
        if self.game.batch_shape:
            return f"<CorrelatedEquilibrium: {kind}batch shape {self.game.batch_shape}>"
        name = Status(int(self.status)).name
        return f"<CorrelatedEquilibrium: {kind}value {self.value:.6g}, {name}>"


def correlated_equilibrium(
    game: NormalForm | nashpy.Game,
    *,
    objective: str | ArrayLike = _WELFARE,
    coarse: bool = False,
    threads: int | None = None,
    max_work: int | None = None,
) -> CorrelatedEquilibrium:
    """The correlated equilibrium with the largest objective in every game of a family.

    A distribution over profiles from which a mediator draws, and tells each player the own action
    alone, is a correlated equilibrium if nobody gains by playing another action than the one told;
    a coarse one if nobody gains by one action always, chosen before anything is told. Both are
    linear programs, solved in floats. The multipliers prove that no other equilibrium has a larger
    objective. Where this proof, or obedience, is off by more than 2^-44 of the payoffs at stake for
    each row and column, the program is solved once more with ties told apart, and where that does
    not help, in exact arithmetic.

    Parameters
    ----------
    game
        N players, player i with k_i actions, batch shape ``(*batch,)``.
    objective
        "welfare": the sum of all players' payoffs. "egalitarian": the least payoff of any player,
        compared as the numbers that they are, so all players' payoffs should have one unit. A
        player's label: that player's payoff. An array that broadcasts to ``(*batch, k_1, ...,
        k_N)``: its expectation.
    coarse
        Whether a coarse correlated equilibrium is enough.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of pivots a game; None: 100 for each row and column of its program. In exact
        arithmetic no more than rewrite 2^21 entries.

    Returns
    -------
    CorrelatedEquilibrium

    Raises
    ------
    GameError
        If `game` is no game in normal form, there is no such objective or it is not finite, or an
        option is out of range.
    SolverError
        If the program has more than 2^27 entries.

    References
    ----------
    Aumann (1974), Subjectivity and correlation in randomized strategies, Journal of Mathematical
    Economics 1; Moulin & Vial (1978), Strategically zero-sum games, International Journal of Game
    Theory 7.

    Examples
    --------
    >>> from summitgames import NormalForm, correlated_equilibrium
    >>> chicken = NormalForm.symmetric([[0, 7], [2, 6]])
    >>> found = correlated_equilibrium(chicken)
    >>> found
    <CorrelatedEquilibrium: value 10.5, COMPLETE>
    >>> found.distribution
    array([[0.  , 0.25],
           [0.25, 0.5 ]])
    >>> correlated_equilibrium(chicken, objective="1").payoffs
    array([7., 2.])
    """
    form = as_normal_form(game)
    whole = truth_value(coarse, "coarse")
    program = _Program(form, _Objective(form, objective), whole, max_work)
    block = max(1, _BLOCK_ENTRIES // (program.profiles * program.columns))
    failures = sum(map_blocks(program.solve, form.size, block=block, threads=threads))
    return program.result(failures)


class _Objective:
    """What is maximised, read block by block.

    Attributes
    ----------
    egalitarian
        Whether it is the least payoff of any player.
    """

    def __init__(self, form: NormalForm, given: Any) -> None:
        self.form = form
        self.egalitarian = isinstance(given, str) and given == _EGALITARIAN
        self.player = 0 if self.egalitarian else None
        self.array: NDArray[np.float64] | None = None
        if isinstance(given, str):
            if given not in {_WELFARE, _EGALITARIAN}:
                if given not in form.players:
                    names = [_WELFARE, _EGALITARIAN, *form.players]
                    raise unknown_name("objective", given, names)
                self.player = form.players.index(given)
        else:
            self.array = _read_objective(form, given)

    def block(self, payoffs: NDArray[np.float64], block: Block) -> NDArray[np.float64]:
        """Values at all profiles, ``(games, profiles)``, given the payoffs ``(games, N, ...)``."""
        if self.array is not None:
            where = np.unravel_index(np.arange(block.start, block.stop), self.form.batch_shape or 1)
            picked = self.array[where] if self.form.batch_shape else self.array[np.newaxis]
            return np.array(picked, order="C").reshape(block.size, -1)
        if self.player is None:
            return np.asarray(payoffs.sum(axis=1))
        return np.array(payoffs[:, self.player], order="C")

    def exact(self, whole: NDArray[np.object_], index: tuple[int, ...]) -> tuple[Any, Any]:
        """Whole values at all profiles of one game and their unit; None: that of the payoffs."""
        if self.array is not None:
            values, unit = whole_array(self.array[index])
            return values.ravel(), unit
        return whole.sum(axis=0) if self.player is None else whole[self.player], None


def _read_objective(form: NormalForm, given: Any) -> NDArray[np.float64]:
    shape = (*form.batch_shape, *form.n_actions)
    try:
        found = np.asarray(given)
        numbers = found.dtype.kind in "iufO" and given is not None and not holds_masked(given)
        array = found.astype(np.float64) if numbers else None
    except (TypeError, ValueError, OverflowError):
        array = None
    if array is None:
        short = " ".join(reprlib.repr(given).split())  # of an array, several lines
        raise GameError(
            f"objective: {short}; expected 'welfare', 'egalitarian', a player's label or an "
            f"array of numbers over profiles"
        )
    if not np.isfinite(array).all():
        index = batch_index(int(np.argmin(np.isfinite(array))), array.shape)
        raise GameError(
            f"objective: not finite at {index}: {array[index]}; expected finite numbers"
        )
    if array.ndim < form.n_players:
        raise GameError(f"objective: shape {array.shape}; expected an array that gives {shape}")
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise GameError(
            f"objective: shape {array.shape} does not broadcast to {shape}; expected an array "
            "over the batch and all profiles"
        ) from None


class _Program:
    """Games under way: sizes of their programs, and the arrays that their blocks write to."""

    def __init__(
        self, form: NormalForm, objective: _Objective, coarse: bool, max_work: int | None
    ) -> None:
        counts = np.array(form.n_actions, dtype=np.int64)
        self.form, self.objective, self.coarse = form, objective, coarse
        self.profiles = int(np.prod(counts))
        strides = np.cumprod([1, *counts[:0:-1]])[::-1].astype(np.int64)
        firsts = np.cumsum([0, *(counts if coarse else counts * (counts - 1))])
        self.layout = counts, np.ascontiguousarray(strides), firsts
        self.columns = int(firsts[-1]) + 1
        if objective.egalitarian:
            self.columns += form.n_players - 1
        if self.profiles * self.columns > _LARGEST_TABLEAU:
            raise SolverError(
                f"game: {self.profiles} profiles and {self.columns} constraints; the program would "
                f"have more than {_LARGEST_TABLEAU} entries"
            )
        self.limit = pivot_limit(max_work, self.profiles, self.columns)
        self.tolerance = tolerance(self.profiles, self.columns)
        self.distribution = np.empty((form.size, self.profiles))
        self.payoffs = np.empty((form.size, form.n_players))
        self.bounds = np.empty((form.size, 4))
        self.failed = np.zeros(form.size, dtype=np.bool_)

    def solve(self, block: Block) -> int:
        """Solve the games of a block; the number of those that failed."""
        accurate = self._solve_in_floats(block)
        if accurate.all():
            return 0
        for game in (block.start + np.flatnonzero(~accurate)).tolist():
            single = Block(0, game, game + 1)
            if not any(self._solve_in_floats(single, nudge).all() for nudge in NUDGES):
                self._settle(game)
        return int(self.failed[block.start : block.stop].sum())

    def _solve_in_floats(self, block: Block, nudge: float | None = None) -> NDArray[np.bool_]:
        """Solve the games of a block; which of them accurately."""
        part = slice(block.start, block.stop)
        arrays = self.form.block(block.start, block.stop)
        payoffs = np.stack([array.reshape(block.size, -1) for array in arrays], axis=1)
        programs = Programs(block.size, self.profiles, self.columns)
        programs.solve_correlated(
            payoffs,
            self.objective.block(payoffs, block),
            self.layout,
            (self.coarse, self.objective.egalitarian),
            self.limit,
            (self.distribution[part], self.payoffs[part], self.bounds[part]),
            nudge=nudge,
        )
        return np.asarray(self.bounds[part, 3] <= self.tolerance)

    def _settle(self, game: int) -> None:
        """Solve a game in exact arithmetic."""
        form = self.form
        index = batch_index(game, form.batch_shape)
        given = form.payoffs if form.exact is None else form.exact
        whole, unit = whole_array(np.stack([payoff[index] for payoff in given]))
        constant, scale = self.objective.exact(whole.reshape(form.n_players, -1), index)
        optimum = self._optimum(whole, constant)
        if optimum is None:
            self.distribution[game] = self.payoffs[game] = self.bounds[game] = np.nan
            self.failed[game] = True
            return
        weights = np.array(optimum.multipliers, dtype=object)
        self.distribution[game] = weights
        self.payoffs[game] = (whole.reshape(form.n_players, -1) * weights).sum(axis=1) * unit
        floats = [payoff[index] for payoff in form.payoffs]
        told = self.distribution[game].reshape(form.n_actions)
        regret = max(float(gains.max()) for gains in _gains(floats, told, self.coarse))
        self.bounds[game] = float(optimum.value * (scale or unit)), 0.0, max(regret, 0.0), 0.0

    def _optimum(self, whole: NDArray[np.object_], constant: NDArray[np.object_]) -> Optimum | None:
        """Solution of the exact program, the one that `kernels.linear_programs` states."""
        counts = self.form.n_actions
        columns = []
        for i, payoff in enumerate(whole):
            own = np.moveaxis(payoff, i, 0)
            for action in range(counts[i]):
                losses = own - own[action]
                if self.coarse:
                    columns.append(np.moveaxis(losses, 0, i).ravel())
                    continue
                for told in range(counts[i]):
                    if told != action:
                        part = np.zeros_like(losses)
                        part[told] = losses[told]
                        columns.append(np.moveaxis(part, 0, i).ravel())
        shares: tuple[int, ...] = ()
        if self.objective.egalitarian:
            shares = tuple(range(len(columns), len(columns) + len(counts) - 1))
            columns += [(payoff - whole[0]).ravel() for payoff in whole[1:]]
        slopes = np.stack(columns, axis=1)
        return least_bound(constant, slopes, exact_limit(self.limit, *slopes.shape), shares=shares)

    def result(self, failures: int) -> CorrelatedEquilibrium:
        """What was found."""
        form = self.form
        batch = form.batch_shape
        message = ""
        if failures:
            which = f"{failures} of {form.size} games" if batch else "game"
            message = f"{which}: not solved within {self.limit} pivots (max_work)"
        value, regret = self.bounds[:, 0].reshape(batch), self.bounds[:, 2].reshape(batch)
        return CorrelatedEquilibrium(
            form,
            self.distribution.reshape(*batch, *form.n_actions),
            self.payoffs.reshape(*batch, form.n_players),
            value if batch else float(value),
            regret if batch else float(regret),
            np.where(self.failed, Status.FAILED, Status.COMPLETE).astype(np.int8).reshape(batch),
            self.coarse,
            message,
        )


def _gains(
    payoffs: list[NDArray[np.float64]], distribution: NDArray[np.float64], coarse: bool
) -> list[NDArray[np.float64]]:
    """What each player of one game gains by disobeying: told an action, or always, by action."""
    found = []
    for i, payoff in enumerate(payoffs):
        own = np.moveaxis(payoff, i, 0).reshape(payoff.shape[i], -1)
        told = np.moveaxis(distribution, i, 0).reshape(own.shape)
        gains = told @ own.T - (told * own).sum(axis=1, keepdims=True)
        found.append(gains.sum(axis=0) if coarse else gains)
    return found
