"""Logit quantal response equilibria: at a given precision, and along the principal branch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.profiles import action_payoffs
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import as_value, batch_index
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels import quantal
from summitgames.results import Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["LogitPath", "logit_path", "logit_qre"]

#: Systems of equations solved for a game, at most.
_MAX_WORK: Final = 20_000
#: Payoffs of all players in a block: a block takes some hundredths of a second.
_BLOCK_PAYOFFS: Final = 2**13
#: Step sizes are divided by this on the way to a given precision, where no turn may be missed.
_CAREFUL: Final = 2.0
#: What is tried until it succeeds: step sizes divided by more, and a precision (times the least
#: spread of payoffs) from which on the limit is given.
_ATTEMPTS: Final = ((1.0, 1e15), (8.0, 1e15), (1.0, 1e9))
#: Regret of a limit, as a share of the player's spread of payoffs, above which it is none: what is
#: left, log(k) / 10^8, where the branch comes to it so slowly that no equilibrium is found nearby.
_TOLERANCE: Final = 5e-8
_FORK: Final = (
    "the branch bifurcates and was followed straight on (in a symmetric game along the symmetric "
    "branch)"
)


@dataclass(frozen=True, eq=False, repr=False)
class LogitPath:
    """The principal branch of logit quantal response equilibria of every game of a family.

    Attributes
    ----------
    game
        The family.
    limit
        N arrays ``(*batch, k_i)``: the Nash equilibrium in which the branch ends as the precision
        grows; NaN where `status` is FAILED.
    status
        ``(*batch,)`` int8 of `Status`: PARTIAL (an equilibrium, others may exist) or FAILED.
    bifurcation
        ``(*batch,)`` bool: whether the branch passes a point where others cross it, as it does in
        symmetric games. It is followed straight on there: in a symmetric game, along the branch on
        which what is alike plays alike.
    lengths
        ``(*batch,)`` numbers of points along the branch.
    message
        What there is to say.
    method
        The solver, "logit_path".
    """

    method: ClassVar[str] = "logit_path"
    game: NormalForm
    limit: tuple[NDArray[np.float64], ...]
    status: NDArray[np.int8]
    bifurcation: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    message: str
    _tracer: _Tracer = field(repr=False)

    def __repr__(self) -> str:
        names = [Status(number).name for number in np.unique(self.status).tolist()]
        shape = f", batch shape {self.game.batch_shape}" if self.game.batch_shape else ""
        most = self.lengths.max(initial=0)
        return f"<LogitPath: up to {most} points, {', '.join(names)}{shape}>"

    @property
    def precisions(self) -> NDArray[np.float64]:
        """Precision at every point of the branch, ``(*batch, T)``, in units of 1/payoff.

        The points are the steps taken, the first at precision 0; T is the largest number of them in
        the family, and games with fewer have NaN behind their last. Where the branch turns,
        precisions fall. Computed, with `strategies`, when first asked for.
        """
        return self._points[0]

    @property
    def strategies(self) -> tuple[NDArray[np.float64], ...]:
        """Strategies at every point of the branch: N arrays ``(*batch, T, k_i)``."""
        return self._points[1]

    @property
    def exists(self) -> NDArray[np.bool_]:
        """Which points there are, ``(*batch, T)`` bool."""
        return np.asarray(np.arange(self.lengths.max(initial=0)) < self.lengths[..., np.newaxis])

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """The most that a player gains by deviating from the limit, ``(*batch,)``."""
        gains = []
        for player, payoff in enumerate(self.game.payoffs):
            each = action_payoffs(payoff, self.limit, player)
            gains.append(each.max(axis=-1) - (each * self.limit[player]).sum(axis=-1))
        return np.asarray(np.max(gains, axis=0))

    @cached_property
    def _points(self) -> tuple[NDArray[np.float64], tuple[NDArray[np.float64], ...]]:
        precisions, points = self._tracer.points()
        batch = self.game.batch_shape
        return precisions.reshape(*batch, precisions.shape[1]), _by_player(
            points, self.game.n_actions, batch
        )


def logit_qre(
    game: NormalForm | nashpy.Game,
    precision: ArrayLike,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> tuple[NDArray[np.float64], ...]:
    """Logit quantal response equilibrium on the principal branch at a given precision.

    In a logit equilibrium of precision m every player takes action a with a probability in
    proportion to exp(m u_a), u_a its expected payoff: uniformly at m = 0, and nearly by best
    responses where m is large. Where there are several, this is the one on the branch that starts
    at m = 0; and where that branch turns, so that it has several points of this precision, the
    first. From a precision of 10^15 over the spread of payoffs on, it is the branch's limit; from
    10^9 on where the branch cannot be followed further.

    Parameters
    ----------
    game
        N players, batch shape ``(*batch,)``.
    precision
        Nonnegative number, or array that broadcasts with the batch, in units of 1/payoff: if all
        payoffs are multiplied by a number, the same strategies are found at the precision divided
        by it.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Systems of equations solved for a game, at most; None: 20,000.

    Returns
    -------
    tuple of N arrays (*batch, k_i)
        The batch is that of the game and of `precision` together.

    Raises
    ------
    GameError
        If `precision` is negative, not finite or does not broadcast, or another option is out of
        range.
    SolverError
        If `game` is a tree, or a branch could not be followed to the precision.

    References
    ----------
    McKelvey & Palfrey (1995), Quantal response equilibria for normal form games, Games and Economic
    Behavior 10; Turocy (2005), A dynamic homotopy interpretation of the logistic quantal response
    equilibrium correspondence, Games and Economic Behavior 51.

    Examples
    --------
    >>> from summitgames import NormalForm, logit_qre
    >>> pennies = NormalForm.zero_sum([[9, -1], [-1, 1]])
    >>> row, column = logit_qre(pennies, [0, 0.5, 5])
    >>> row.round(3)
    array([[0.5  , 0.5  ],
           [0.465, 0.535],
           [0.196, 0.804]])
    """
    form = _normal_form(game, "logit_qre")
    limit = work_limit(max_work, _MAX_WORK)
    targets = _precisions(precision)
    try:
        batch = np.broadcast_shapes(form.batch_shape, targets.shape)
    except ValueError:
        raise GameError(
            f"precision: shape {targets.shape}; expected one that broadcasts with the batch shape "
            f"{form.batch_shape}"
        ) from None
    if batch != form.batch_shape:
        shape = (*batch, *form.n_actions)
        form = NormalForm([np.broadcast_to(a, shape) for a in form.payoffs], check=False)
    tracer = _Tracer(form, limit, threads, np.broadcast_to(targets, batch).reshape(-1))
    found = tracer.run()
    failed = tracer.flags & quantal.FAILED > 0
    if failed.any():
        game_number = int(np.argmax(failed))
        where = f" at batch index {batch_index(game_number, batch)}" if batch else ""
        spent = bool(tracer.flags[game_number] & quantal.WORK)
        why = f"max_work ({limit} systems of equations) reached" if spent else "the steps vanish"
        raise SolverError(
            f"logit_qre: the branch could not be followed to precision "
            f"{tracer.targets[game_number]:g}{where}: {why}"
        )
    return _by_player(found, form.n_actions, batch)


def logit_path(
    game: NormalForm | nashpy.Game, *, threads: int | None = None, max_work: int | None = None
) -> LogitPath:
    """The principal branch of logit quantal response equilibria, and the equilibrium it ends in.

    The branch starts at precision 0, where all actions are equally likely, and in almost all games
    ends in one Nash equilibrium as the precision grows, which it thereby selects. It is followed by
    prediction and correction in logarithms of probabilities; where it turns, the precision falls
    for a while. It ends where it is proved to stay near a strict equilibrium from there on, or
    where the equations of a mixed limit can be solved to rounding with nothing singular on the way.
    In games that are degenerate, or nearly so, it may come to its limit so slowly that it is left
    at a precision of 10^8 over the spread of payoffs, or where rounding hides it; `limit` is then
    an equilibrium within 0.001 of where it was left, and `message` says so.

    Parameters
    ----------
    game
        N players, batch shape ``(*batch,)``. Which equilibrium is selected depends on how the
        players' payoffs compare, since the precision is the same for all.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Systems of equations solved for a game, at most; None: 20,000.

    Returns
    -------
    LogitPath
        `limit`, `status`, `precisions` and `strategies` along the branch.

    Raises
    ------
    GameError
        If `game` is no game in normal form, or an option is out of range.
    SolverError
        If `game` is a tree.

    References
    ----------
    McKelvey & Palfrey (1995), Quantal response equilibria for normal form games, Games and Economic
    Behavior 10; Turocy (2005), A dynamic homotopy interpretation of the logistic quantal response
    equilibrium correspondence, Games and Economic Behavior 51; Allgower & Georg (2003),
    Introduction to Numerical Continuation Methods.

    Examples
    --------
    >>> from summitgames import NormalForm, logit_path
    >>> hunt = NormalForm.symmetric([[9, 0], [8, 7]])
    >>> path = logit_path(hunt)
    >>> [strategy.tolist() for strategy in path.limit]
    [[0.0, 1.0], [0.0, 1.0]]
    >>> path.precisions[0], path.strategies[0][0].tolist()
    (np.float64(0.0), [0.5, 0.5])
    """
    form = _normal_form(game, "logit_path")
    tracer = _Tracer(form, work_limit(max_work, _MAX_WORK), threads)
    ends = tracer.run()
    batch, flags = form.batch_shape, tracer.flags
    failed = flags & quantal.FAILED > 0
    return LogitPath(
        form,
        _by_player(ends, form.n_actions, batch),
        np.where(failed, Status.FAILED, Status.PARTIAL).astype(np.int8).reshape(batch),
        (flags & quantal.BIFURCATION > 0).reshape(batch),
        tracer.lengths.reshape(batch),
        _message(flags, form),
        tracer,
    )


def _message(flags: NDArray[np.uint8], form: NormalForm) -> str:
    """What there is to say about the traces."""
    failed = flags & quantal.FAILED > 0
    slow, spent = flags & quantal.SLOW > 0, flags & quantal.WORK > 0
    forks = flags & quantal.BIFURCATION > 0
    parts = {
        "one equilibrium, more may exist": ~failed,
        _FORK: forks,
        "degenerate, or nearly: the branch was left before its limit, an equilibrium nearby": (
            slow & ~failed
        ),
        "the branch could not be followed to its limit": failed & ~spent,
        "the limit was not reached within max_work": failed & spent,
    }
    texts = []
    for text, which in parts.items():
        if which.any():
            count = f" ({int(which.sum())} of {form.size} games)" if form.batch_shape else ""
            texts.append(text + ("" if which.all() else count))
    return "; ".join(texts)


class _Tracer:
    """Traces of a family of games, which can be run again for the points along them.

    Parameters
    ----------
    game, max_work, threads
        What to trace, and how.
    targets
        Precision of each game to stop at; None: the limit.
    """

    def __init__(
        self,
        game: NormalForm,
        max_work: int,
        threads: int | None,
        targets: NDArray[np.float64] | None = None,
    ) -> None:
        self.game, self.max_work, self.threads = game, max_work, threads
        self.targets = np.broadcast_to(np.inf, game.size) if targets is None else targets
        # The kernel needs two players; one with nothing to choose changes nothing.
        self.counts = game.n_actions if game.n_players > 1 else (*game.n_actions, 1)
        payoffs = len(self.counts) * math.prod(self.counts)
        self.block = max(1, _BLOCK_PAYOFFS // payoffs)
        self.caution = np.full(game.size, 1.0 if targets is None else _CAREFUL)
        self.lengths = np.empty(game.size, dtype=np.int64)
        self.flags = np.empty(game.size, dtype=np.uint8)

    def run(self) -> NDArray[np.float64]:
        """Strategies where the branches end, ``(games, actions)``; flags and lengths are kept."""
        ends = np.empty((self.game.size, sum(self.counts)))
        map_blocks(
            lambda block: self._run_block(block, ends[block.start : block.stop]),
            self.game.size,
            block=self.block,
            threads=self.threads,
        )
        return ends

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """All points: ``(games, T)`` precisions and ``(games, T, actions)`` probabilities."""
        size, most, actions = self.game.size, int(self.lengths.max(initial=0)), sum(self.counts)
        precisions = np.empty((size, most))
        points = np.empty((size, most, actions))

        def work(block: Block) -> None:
            games = slice(block.start, block.stop)
            pay, exponents = self._payoffs(block)
            results = _Results(precisions[games], points[games], actions)
            self._trace(pay, np.full(block.size, np.inf), self.caution[games], results)
            np.ldexp(precisions[games], -exponents[:, np.newaxis], out=precisions[games])

        map_blocks(work, size, block=self.block, threads=self.threads)
        return precisions, points

    def _run_block(self, block: Block, ends: NDArray[np.float64]) -> None:
        """Trace a block, and what fails again."""
        games = np.arange(block.start, block.stop)
        pay, exponents = self._payoffs(block)
        for care, beyond in _ATTEMPTS:
            rows = games - block.start
            targets = _scaled(self.targets[games], pay[rows], exponents[rows], beyond)
            self.caution[games] *= care
            nothing = np.empty((len(games), 0))
            results = _Results(nothing, np.empty((*nothing.shape, ends.shape[1])), ends.shape[1])
            self._trace(pay[rows], targets, self.caution[games], results)
            self._check(pay[rows], results.ends, results.flags, np.isinf(targets))
            ends[rows], self.lengths[games] = results.ends, results.lengths
            self.flags[games] = results.flags
            games = games[results.flags & (quantal.FAILED | quantal.WORK) == quantal.FAILED]
            if not games.size:
                break

    def _trace(
        self,
        pay: NDArray[np.float64],
        targets: NDArray[np.float64],
        caution: NDArray[np.float64],
        results: _Results,
    ) -> None:
        """Call the kernel."""
        quantal.trace(
            pay,
            *quantal.workspace(self.counts),
            targets,
            caution,
            self.max_work,
            results.ends,
            results.precisions,
            results.points,
            results.lengths,
            results.flags,
        )

    def _check(
        self,
        pay: NDArray[np.float64],
        ends: NDArray[np.float64],
        flags: NDArray[np.uint8],
        limits: NDArray[np.bool_],
    ) -> None:
        """Polish limits that are not yet equilibria, and flag what is none."""
        slow = np.flatnonzero(flags & quantal.SLOW)
        if slow.size:
            near = ends[slow]
            quantal.polish(pay[slow], *quantal.workspace(self.counts), near)
            ends[slow] = near
        mixes = np.split(ends, np.cumsum(self.counts)[:-1], axis=-1)
        wrong = np.zeros(len(pay), dtype=bool)
        for player, mix in enumerate(mixes):
            payoff = pay[:, player].reshape(-1, *self.counts)
            each = action_payoffs(payoff, mixes, player)
            gain = each.max(axis=-1) - (each * mix).sum(axis=-1)
            wrong |= ~(gain <= _TOLERANCE * pay[:, player].max(axis=-1))
        wrong &= limits
        flags[wrong] |= quantal.FAILED
        ends[flags & quantal.FAILED > 0] = np.nan

    def _payoffs(self, block: Block) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Payoffs ``(games, N, profiles)`` from 0 on, divided by a power of 2, and its exponent."""
        arrays = self.game.block(block.start, block.stop)
        pay = np.zeros((block.size, len(self.counts), math.prod(self.counts)))
        for player, array in enumerate(arrays):
            pay[:, player] = array.reshape(block.size, -1)
        least, most = pay.min(axis=-1), pay.max(axis=-1)
        # Halves, so that the largest floats have differences; powers of 2, so that nothing rounds.
        exponents = np.frexp((0.5 * most - 0.5 * least).max(axis=-1))[1] + 1
        shift = -exponents[:, np.newaxis]
        np.ldexp(pay, shift[..., np.newaxis], out=pay)
        pay -= np.ldexp(least, shift)[..., np.newaxis]
        return pay, exponents


class _Results:
    """Arrays that the kernel writes for a block."""

    def __init__(
        self, precisions: NDArray[np.float64], points: NDArray[np.float64], actions: int
    ) -> None:
        games = len(precisions)
        self.precisions, self.points = precisions, points
        self.ends = np.empty((games, actions))
        self.lengths = np.empty(games, dtype=np.int64)
        self.flags = np.empty(games, dtype=np.uint8)


def _scaled(
    targets: NDArray[np.float64],
    pay: NDArray[np.float64],
    exponents: NDArray[np.int32],
    beyond: float,
) -> NDArray[np.float64]:
    """Precisions in the kernel's units; inf where the limit is meant, or is all that can be told.

    The latter where the precision times the least spread of payoffs is `beyond` or more.
    """
    spreads = pay.max(axis=-1)
    least = np.where(spreads > 0.0, spreads, np.inf).min(axis=-1)
    with np.errstate(over="ignore"):
        scaled = np.ldexp(targets, exponents)
        return np.where(scaled < beyond / least, scaled, np.inf)


def _normal_form(game: Any, solver: str) -> NormalForm:
    """A game in normal form; trees are refused with what to do."""
    if isinstance(game, ExtensiveForm):
        raise SolverError(f"{solver}: a tree; expected a game in normal form")
    return as_normal_form(game)


def _precisions(given: Any) -> NDArray[np.float64]:
    """Checked precisions."""
    array = np.asarray(as_value(given, "precision"), dtype=np.float64)
    if (array < 0).any():
        index = batch_index(int(np.argmax(array < 0)), array.shape)
        where = f" at index {index}" if index else ""
        raise GameError(f"precision: {array[index]:g}{where}; expected nonnegative numbers")
    return array


def _by_player(
    flat: NDArray[np.float64], n_actions: tuple[int, ...], batch: tuple[int, ...]
) -> tuple[NDArray[np.float64], ...]:
    """Strategies of all players, ``(*batch, [T,] k_i)`` each, from ``(games, [T,] actions)``."""
    shape = (*batch, *flat.shape[1:-1])
    return tuple(
        np.ascontiguousarray(flat[..., end - count : end]).reshape(*shape, count)
        for end, count in zip(accumulate(n_actions), n_actions, strict=True)
    )
