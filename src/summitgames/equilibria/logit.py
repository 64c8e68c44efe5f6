"""Logit quantal response equilibria: at a given precision, and along the principal branch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any, ClassVar, Final, overload

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.profiles import action_payoffs
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import as_value, batch_index
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels import quantal
from summitgames.results import Status, ending

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

    from summitgames.equilibria.logit_trees import LogitEquilibrium, LogitTreePath

__all__ = ["LogitPath", "logit_path", "logit_qre"]

#: Systems of equations solved for a game, at most.
MAX_WORK: Final = 20_000
#: Payoffs of all players in a block: a block takes some hundredths of a second.
_BLOCK_PAYOFFS: Final = 2**13
#: Step sizes are divided by this on the way to a given precision, where no turn may be missed.
_CAREFUL: Final = 2.0
#: What is tried until it succeeds: step sizes divided by more, and a precision (times the least
#: spread of payoffs) from which on the limit is given.
_ATTEMPTS: Final = ((1.0, 1e15), (8.0, 1e15), (1.0, 1e9))
#: Regret of a limit, as a share of the player's spread of payoffs, above which it is none: what is
#: left, log(k) / 10^8, where the branch comes to it so slowly that no equilibrium is found nearby.
TOLERANCE: Final = 5e-8
_LOST: Final = (
    "the steps vanish: bifurcations close to each other, or a way on that rounding hides, as it "
    "may near the end of a continuum of equilibria"
)
_FORK: Final = (
    "the branch bifurcates and was followed straight on (in a symmetric game along the symmetric "
    "branch)"
)


class Branch:
    """What the branches of both forms of games have in common."""

    game: NormalForm | ExtensiveForm
    status: NDArray[np.int8]
    lengths: NDArray[np.int64]
    _tracer: Tracer

    def __repr__(self) -> str:
        most = self.lengths.max(initial=0)
        return f"<{type(self).__name__}: up to {most} points{ending(self)}>"

    @property
    def precisions(self) -> NDArray[np.float64]:
        """Precision at every point of the branch, ``(*batch, T)``, in units of 1/payoff.

        The points are the steps taken, the first at precision 0; T is the largest number of them in
        the family, and games with fewer have NaN behind their last. Where the branch turns,
        precisions fall. Computed, with what is played there, when first asked for.
        """
        return self._points[0]

    @property
    def exists(self) -> NDArray[np.bool_]:
        """Which points there are, ``(*batch, T)`` bool."""
        return np.asarray(np.arange(self.lengths.max(initial=0)) < self.lengths[..., np.newaxis])

    @cached_property
    def _points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Precisions ``(*batch, T)``; actions and beliefs, ``(games, T, ...)``."""
        precisions, points, beliefs = self._tracer.points()
        shape = (*self.game.batch_shape, precisions.shape[1])
        return precisions.reshape(shape), points, beliefs


@dataclass(frozen=True, eq=False, repr=False)
class LogitPath(Branch):
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

    Examples
    --------
    >>> from summitgames import NormalForm, logit_path
    >>> branch = logit_path(NormalForm.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 1]]))
    >>> branch.limit[0].round(6), branch.method
    (array([1., 0.]), 'logit_path')
    >>> branch.strategies[0].shape[-1]
    2
    """

    method: ClassVar[str] = "logit_path"
    game: NormalForm
    limit: tuple[NDArray[np.float64], ...]
    status: NDArray[np.int8]
    bifurcation: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    message: str
    _tracer: Tracer = field(repr=False)

    @cached_property
    def strategies(self) -> tuple[NDArray[np.float64], ...]:
        """Strategies at every point of the branch: N arrays ``(*batch, T, k_i)``."""
        return _by_player(self._points[1], self.game.n_actions, self.game.batch_shape)

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """The most that a player gains by deviating from the limit, ``(*batch,)``."""
        gains = []
        for player, payoff in enumerate(self.game.payoffs):
            each = action_payoffs(payoff, self.limit, player)
            gains.append(each.max(axis=-1) - (each * self.limit[player]).sum(axis=-1))
        return np.asarray(np.max(gains, axis=0))


@overload
def logit_qre(
    game: ExtensiveForm,
    precision: ArrayLike,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> LogitEquilibrium: ...
@overload
def logit_qre(
    game: NormalForm | nashpy.Game,
    precision: ArrayLike,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> tuple[NDArray[np.float64], ...]: ...
def logit_qre(
    game: NormalForm | nashpy.Game | ExtensiveForm,
    precision: ArrayLike,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> tuple[NDArray[np.float64], ...] | LogitEquilibrium:
    """Logit quantal response equilibrium on the principal branch at a given precision.

    In a logit equilibrium of precision m every player takes action a with a probability in
    proportion to exp(m u_a), u_a its expected payoff: uniformly at m = 0, and nearly by best
    responses where m is large. Where there are several, this is the one on the branch that starts
    at m = 0; and where that branch turns, so that it has several points of this precision, the
    first. From a precision of 10^15 over the spread of payoffs on, it is the branch's limit; from
    10^9 on where the branch cannot be followed further.

    On a tree every information set is a player of its own (the agent quantal response equilibrium
    of McKelvey & Palfrey 1998): u_a is what its owner expects from action a once the information
    set is reached, with beliefs by Bayes' rule, which applies everywhere since every action has a
    positive probability. So two actions of one player are compared where they are taken, and a tree
    and its normal form have different logit equilibria. There it is the limit from a precision of
    10^9 over the spread of payoffs on, or 10^7.

    Parameters
    ----------
    game
        N players, batch shape ``(*batch,)``: a game in normal form, or a tree of perfect recall
        with values for all parameters. Chance moves of probability 0 are allowed.
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
    LogitEquilibrium
        Of a tree: `behavior`, information set to ``(*batch, actions)``, `beliefs`, `payoffs` and
        what else a `TreeEquilibrium` has.

    Raises
    ------
    GameError
        If `precision` is negative, not finite or does not broadcast, another option is out of
        range, or a tree has a parameter without a value.
    SolverError
        If a branch could not be followed to the precision; if a tree is not of perfect recall, has
        more than 1,000 actions, or an information set of several nodes to none of which chance
        leads, where Bayes' rule says nothing.

    References
    ----------
    McKelvey & Palfrey (1995), Quantal response equilibria for normal form games, Games and Economic
    Behavior 10; McKelvey & Palfrey (1998), Quantal response equilibria for extensive form games,
    Experimental Economics 1; Turocy (2005), A dynamic homotopy interpretation of the logistic
    quantal response equilibrium correspondence, Games and Economic Behavior 51.

    Examples
    --------
    >>> from summitgames import NormalForm, logit_qre
    >>> pennies = NormalForm.zero_sum([[9, -1], [-1, 1]])
    >>> row, column = logit_qre(pennies, [0, 0.5, 5])
    >>> row.round(3)
    array([[0.5  , 0.5  ],
           [0.465, 0.535],
           [0.196, 0.804]])

    On a tree, here one in which the second player need not believe the first:

    >>> from summitgames import Decision, ExtensiveForm, Outcome
    >>> threat = ExtensiveForm(
    ...     Decision("a", {
    ...         "cross": Decision("b", {
    ...             "strike": Outcome("war", {"a": -1, "b": -1}),
    ...             "yield": Outcome("gain", {"a": 1, "b": 0}),
    ...         }, infoset="crossed"),
    ...         "stay": Outcome("peace", {"a": 0, "b": 1}),
    ...     }),
    ...     players=["a", "b"],
    ... )
    >>> found = logit_qre(threat, [0, 1, 10])
    >>> found.behavior["crossed"].round(3)
    array([[0.5  , 0.5  ],
           [0.269, 0.731],
           [0.   , 1.   ]])
    """
    limit = work_limit(max_work, MAX_WORK)
    targets = _precisions(precision)
    if isinstance(game, ExtensiveForm):
        from summitgames.equilibria.logit_trees import tree_qre

        return tree_qre(game, targets, limit, threads)
    form = as_normal_form(game, others=["an ExtensiveForm"])
    batch = batch_with(targets, form.batch_shape)
    if batch != form.batch_shape:
        shape = (*batch, *form.n_actions)
        form = NormalForm([np.broadcast_to(a, shape) for a in form.payoffs], check=False)
    tracer = _NormalFormTracer(form, limit, threads, np.broadcast_to(targets, batch).reshape(-1))
    found = tracer.run()
    require_found(tracer, batch)
    return _by_player(found, form.n_actions, batch)


@overload
def logit_path(
    game: ExtensiveForm, *, threads: int | None = None, max_work: int | None = None
) -> LogitTreePath: ...
@overload
def logit_path(
    game: NormalForm | nashpy.Game, *, threads: int | None = None, max_work: int | None = None
) -> LogitPath: ...
def logit_path(
    game: NormalForm | nashpy.Game | ExtensiveForm,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> LogitPath | LogitTreePath:
    """The principal branch of logit quantal response equilibria, and the equilibrium it ends in.

    The branch starts at precision 0, where all actions are equally likely, and in almost all games
    ends in one Nash equilibrium as the precision grows, which it thereby selects. It is followed by
    prediction and correction in logarithms of probabilities; where it turns, the precision falls
    for a while. It ends where it is proved to stay near a strict equilibrium from there on, or
    where the equations of a mixed limit can be solved to rounding with nothing singular on the way.
    In games that are degenerate, or nearly so, it may come to its limit so slowly that it is left
    at a precision of 10^8 over the spread of payoffs, or where rounding hides it; `limit` is then
    an equilibrium within 0.001 of where it was left, and `message` says so.

    On a tree every information set is a player of its own, as in `logit_qre`, and what the branch
    ends in is a sequential equilibrium: the limits of behavior and of the beliefs that follow from
    it by Bayes' rule. Beliefs where play does not come depend on how fast mistakes vanish, so the
    branch is followed to a precision of 10^6 over the spread of payoffs at least, in logarithms of
    probabilities of any size; its tangent there tells which actions and beliefs vanish, and
    Newton's method brings the others to equal payoffs. That nothing happens beyond is not proved.
    The limit is one only if no action, at any information set, gains more than 5e-8 of its owner's
    spread of payoffs, given beliefs (1e-12 where `message` does not call it degenerate).

    Parameters
    ----------
    game
        N players, batch shape ``(*batch,)``: a game in normal form, or a tree of perfect recall
        with values for all parameters. Which equilibrium is selected depends on how the players'
        payoffs compare, since the precision is the same for all.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Systems of equations solved for a game, at most; None: 20,000.

    Returns
    -------
    LogitPath
        `limit`, `status`, `precisions` and `strategies` along the branch. FAILED where the steps
        vanish before the limit is known: bifurcations lie close to each other, or what decides
        where the branch goes on is lost in rounding. This may be so near the end of a continuum of
        equilibria, where it is the tiny probability of an unused best reply that decides; and on
        trees where one player's payoffs differ by a million times as much as another's, or more.
    LogitTreePath
        Of a tree: `limit` and its `beliefs`, `status`, `precisions`, and `behavior` and
        `beliefs_along` the branch.

    Raises
    ------
    GameError
        If `game` is no game in normal form and no tree, an option is out of range, or a tree has a
        parameter without a value.
    SolverError
        If a tree is not of perfect recall, has more than 1,000 actions, or an information set of
        several nodes to none of which chance leads, where Bayes' rule says nothing.

    References
    ----------
    McKelvey & Palfrey (1995), Quantal response equilibria for normal form games, Games and Economic
    Behavior 10; McKelvey & Palfrey (1998), Quantal response equilibria for extensive form games,
    Experimental Economics 1; Turocy (2010), Computing sequential equilibria using agent quantal
    response equilibria, Economic Theory 42; Turocy (2005), A dynamic homotopy interpretation of the
    logistic quantal response equilibrium correspondence, Games and Economic Behavior 51; Allgower &
    Georg (2003), Introduction to Numerical Continuation Methods.

    Examples
    --------
    >>> from summitgames import NormalForm, logit_path
    >>> hunt = NormalForm.symmetric([[9, 0], [8, 7]])
    >>> path = logit_path(hunt)
    >>> [strategy.tolist() for strategy in path.limit]
    [[0.0, 1.0], [0.0, 1.0]]
    >>> path.precisions[0], path.strategies[0][0].tolist()
    (np.float64(0.0), [0.5, 0.5])

    A threat that is not carried out:

    >>> from summitgames import Decision, ExtensiveForm, Outcome
    >>> threat = ExtensiveForm(
    ...     Decision("a", {
    ...         "cross": Decision("b", {
    ...             "strike": Outcome("war", {"a": -1, "b": -1}),
    ...             "yield": Outcome("gain", {"a": 1, "b": 0}),
    ...         }, infoset="crossed"),
    ...         "stay": Outcome("peace", {"a": 0, "b": 1}),
    ...     }),
    ...     players=["a", "b"],
    ... )
    >>> path = logit_path(threat)
    >>> path.limit[""].tolist(), path.limit["crossed"].tolist()
    ([1.0, 0.0], [0.0, 1.0])
    """
    limit = work_limit(max_work, MAX_WORK)
    if isinstance(game, ExtensiveForm):
        from summitgames.equilibria.logit_trees import tree_path

        return tree_path(game, limit, threads)
    form = as_normal_form(game, others=["an ExtensiveForm"])
    tracer = _NormalFormTracer(form, limit, threads)
    ends = tracer.run()
    batch, flags = form.batch_shape, tracer.flags
    return LogitPath(
        form,
        _by_player(ends, form.n_actions, batch),
        statuses(flags).reshape(batch),
        (flags & quantal.BIFURCATION > 0).reshape(batch),
        tracer.lengths.reshape(batch),
        message_of(flags, single=not batch),
        tracer,
    )


def statuses(flags: NDArray[np.uint8]) -> NDArray[np.int8]:
    """PARTIAL, or FAILED, of traces."""
    failed = flags & quantal.FAILED > 0
    return np.where(failed, Status.FAILED, Status.PARTIAL).astype(np.int8)


def message_of(flags: NDArray[np.uint8], *, single: bool) -> str:
    """What there is to say about traces."""
    failed = flags & quantal.FAILED > 0
    slow, spent = flags & quantal.SLOW > 0, flags & quantal.WORK > 0
    forks = flags & quantal.BIFURCATION > 0
    parts = {
        "one equilibrium, more may exist": ~failed,
        _FORK: forks,
        "degenerate, or nearly: the branch was left before its limit, an equilibrium nearby": (
            slow & ~failed
        ),
        f"the branch could not be followed to its limit: {_LOST}": failed & ~spent,
        "the limit was not reached within max_work": failed & spent,
    }
    texts = []
    for text, which in parts.items():
        if which.any():
            count = "" if single else f" ({int(which.sum())} of {flags.size} games)"
            texts.append(text + ("" if which.all() else count))
    return "; ".join(texts)


def require_found(tracer: Tracer, batch: tuple[int, ...]) -> None:
    """Raise a SolverError if a branch could not be followed to the precision asked for."""
    failed = tracer.flags & quantal.FAILED > 0
    if failed.any():
        game_number = int(np.argmax(failed))
        where = f" at batch index {batch_index(game_number, batch)}" if batch else ""
        spent = bool(tracer.flags[game_number] & quantal.WORK)
        most = f"max_work ({tracer.max_work} systems of equations) reached"
        raise SolverError(
            f"logit_qre: the branch could not be followed to precision "
            f"{tracer.targets[game_number]:g}{where}: {most if spent else _LOST}"
        )


@dataclass(frozen=True)
class Games:
    """Games in the kernel's units.

    Attributes
    ----------
    pay
        ``(games, N, profiles)`` or, on trees, ``(games, N, terminals)``: payoffs from 0 on, divided
        by a power of 2.
    exponents
        ``(games,)``: of that power.
    moves
        On trees ``(games, nodes)``: probabilities of chance moves.
    """

    pay: NDArray[np.float64]
    exponents: NDArray[np.int32]
    moves: NDArray[np.float64]

    @classmethod
    def of(cls, pay: NDArray[np.float64], moves: NDArray[np.float64] | None = None) -> Games:
        """Games with these payoffs, which are overwritten."""
        least, most = pay.min(axis=-1), pay.max(axis=-1)
        # Halves, so that the largest floats have differences; powers of 2, so that nothing rounds.
        exponents = np.frexp((0.5 * most - 0.5 * least).max(axis=-1))[1] + 1
        shift = -exponents[:, np.newaxis]
        np.ldexp(pay, shift[..., np.newaxis], out=pay)
        pay -= np.ldexp(least, shift)[..., np.newaxis]
        return cls(pay, exponents, np.empty((len(pay), 0)) if moves is None else moves)

    def __getitem__(self, rows: NDArray[np.int64]) -> Games:
        return Games(self.pay[rows], self.exponents[rows], self.moves[rows])


class Results:
    """Arrays that the kernel writes for some games; without room for points, none are kept."""

    def __init__(
        self,
        precisions: NDArray[np.float64],
        points: NDArray[np.float64],
        along: NDArray[np.float64],
    ) -> None:
        games = len(precisions)
        self.precisions, self.points, self.along = precisions, points, along
        self.ends = np.empty((games, points.shape[-1]))
        self.beliefs = np.empty((games, along.shape[-1]))
        self.gains = np.empty(games)
        self.lengths = np.empty(games, dtype=np.int64)
        self.flags = np.empty(games, dtype=np.uint8)


class Tracer:
    """Traces of a family of games, which can be run again for the points along them.

    Parameters
    ----------
    size
        Number of games.
    counts
        Numbers of actions of the players, or of information sets.
    places
        Decision nodes of a tree, 0 for games in normal form.
    block
        Games in a block.
    max_work, threads
        How far to trace, and on how many cores.
    targets
        Precision of each game to stop at; None: the limit.
    """

    #: What is tried until it succeeds.
    attempts: ClassVar[tuple[tuple[float, float], ...]] = _ATTEMPTS

    def __init__(
        self,
        size: int,
        counts: tuple[int, ...],
        places: int,
        block: int,
        max_work: int,
        threads: int | None,
        targets: NDArray[np.float64] | None = None,
    ) -> None:
        self.size, self.counts, self.places = size, counts, places
        self.block, self.max_work, self.threads = block, max_work, threads
        self.targets = np.broadcast_to(np.inf, size) if targets is None else targets
        self.caution = np.full(size, 1.0 if targets is None else _CAREFUL)
        self.lengths = np.empty(size, dtype=np.int64)
        self.flags = np.empty(size, dtype=np.uint8)
        #: Beliefs where the branches end, ``(games, places)``.
        self.beliefs = np.empty((size, places))

    def load(self, block: Block) -> Games:
        """The games of a block."""
        raise NotImplementedError

    def structure(self, games: Games) -> quantal.Structure | None:
        """What the kernel needs to know of a tree."""
        raise NotImplementedError

    def check(self, games: Games, results: Results) -> NDArray[np.bool_]:
        """Polish limits that are not yet equilibria; which of the ends are none."""
        raise NotImplementedError

    def run(self) -> NDArray[np.float64]:
        """Strategies where the branches end, ``(games, actions)``; flags and lengths are kept."""
        ends = np.empty((self.size, sum(self.counts)))
        map_blocks(
            lambda block: self._run_block(block, ends[block.start : block.stop]),
            self.size,
            block=self.block,
            threads=self.threads,
        )
        return ends

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """All points: ``(games, T)`` precisions, ``(games, T, actions)`` probabilities, beliefs."""
        most = int(self.lengths.max(initial=0))
        precisions = np.empty((self.size, most))
        points = np.empty((self.size, most, sum(self.counts)))
        along = np.empty((self.size, most, self.places))

        def work(block: Block) -> None:
            rows = slice(block.start, block.stop)
            games = self.load(block)
            results = Results(precisions[rows], points[rows], along[rows])
            self._trace(games, np.full(block.size, np.inf), self.caution[rows], results)
            np.ldexp(precisions[rows], -games.exponents[:, np.newaxis], out=precisions[rows])

        map_blocks(work, self.size, block=self.block, threads=self.threads)
        return precisions, points, along

    def _run_block(self, block: Block, ends: NDArray[np.float64]) -> None:
        """Trace a block, and what fails again."""
        numbers = np.arange(block.start, block.stop)
        all_games = self.load(block)
        for care, beyond in self.attempts:
            rows = numbers - block.start
            games = all_games[rows]
            targets = _scaled(self.targets[numbers], games, beyond)
            self.caution[numbers] *= care
            nothing = np.empty((len(rows), 0))
            results = Results(
                nothing,
                np.empty((*nothing.shape, ends.shape[1])),
                np.empty((*nothing.shape, self.places)),
            )
            self._trace(games, targets, self.caution[numbers], results)
            wrong = self.check(games, results) & np.isinf(targets)
            lost = np.isnan(results.ends).any(axis=-1)  # units so far apart that weights overflow
            results.flags[wrong | lost] |= quantal.FAILED
            failed = results.flags & quantal.FAILED > 0
            results.ends[failed] = results.beliefs[failed] = np.nan
            ends[rows], self.beliefs[numbers] = results.ends, results.beliefs
            self.lengths[numbers], self.flags[numbers] = results.lengths, results.flags
            numbers = numbers[results.flags & (quantal.FAILED | quantal.WORK) == quantal.FAILED]
            if not numbers.size:
                break

    def _trace(
        self,
        games: Games,
        targets: NDArray[np.float64],
        caution: NDArray[np.float64],
        results: Results,
    ) -> None:
        """Call the kernel."""
        tree = self.structure(games)
        quantal.trace(
            games.pay,
            *quantal.workspace(self.counts),
            targets,
            caution,
            self.max_work,
            results.ends,
            results.precisions,
            results.points,
            results.lengths,
            results.flags,
            tree,
            None
            if tree is None
            else quantal.Written(results.beliefs, results.along, results.gains),
        )


class _NormalFormTracer(Tracer):
    """Traces of a family of games in normal form."""

    def __init__(
        self,
        game: NormalForm,
        max_work: int,
        threads: int | None,
        targets: NDArray[np.float64] | None = None,
    ) -> None:
        self.game = game
        # The kernel needs two players; one with nothing to choose changes nothing.
        counts = game.n_actions if game.n_players > 1 else (*game.n_actions, 1)
        block = max(1, _BLOCK_PAYOFFS // (len(counts) * math.prod(counts)))
        super().__init__(game.size, counts, 0, block, max_work, threads, targets)

    def load(self, block: Block) -> Games:
        """The games of a block."""
        arrays = self.game.block(block.start, block.stop)
        pay = np.zeros((block.size, len(self.counts), math.prod(self.counts)))
        for player, array in enumerate(arrays):
            pay[:, player] = array.reshape(block.size, -1)
        return Games.of(pay)

    def structure(self, games: Games) -> None:
        """There is no tree."""

    def check(self, games: Games, results: Results) -> NDArray[np.bool_]:
        """Polish limits that are not yet equilibria; which of the ends are none."""
        pay = games.pay
        slow = np.flatnonzero(results.flags & quantal.SLOW)
        if slow.size:
            near = results.ends[slow]
            quantal.polish(pay[slow], *quantal.workspace(self.counts), near)
            results.ends[slow] = near
        mixes = np.split(results.ends, np.cumsum(self.counts)[:-1], axis=-1)
        wrong = np.zeros(len(pay), dtype=bool)
        for player, mix in enumerate(mixes):
            payoff = pay[:, player].reshape(-1, *self.counts)
            each = action_payoffs(payoff, mixes, player)
            gain = each.max(axis=-1) - (each * mix).sum(axis=-1)
            wrong |= ~(gain <= TOLERANCE * pay[:, player].max(axis=-1))
        return wrong


def _scaled(targets: NDArray[np.float64], games: Games, beyond: float) -> NDArray[np.float64]:
    """Precisions in the kernel's units; inf where the limit is meant, or is all that can be told.

    The latter where the precision times the least spread of payoffs is `beyond` or more.
    """
    spreads = games.pay.max(axis=-1)
    least = np.where(spreads > 0.0, spreads, np.inf).min(axis=-1)
    with np.errstate(over="ignore"):
        scaled = np.ldexp(targets, games.exponents)
        return np.where(scaled < beyond / least, scaled, np.inf)


def _precisions(given: Any) -> NDArray[np.float64]:
    """Checked precisions."""
    array = np.asarray(as_value(given, "precision"), dtype=np.float64)
    if (array < 0).any():
        index = batch_index(int(np.argmax(array < 0)), array.shape)
        where = f" at index {index}" if index else ""
        raise GameError(f"precision: {array[index]:g}{where}; expected nonnegative numbers")
    return array


def batch_with(precisions: NDArray[np.float64], batch: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of a batch of games and of precisions together."""
    try:
        return np.broadcast_shapes(batch, precisions.shape)
    except ValueError:
        raise GameError(
            f"precision: shape {precisions.shape}; expected one that broadcasts with the batch "
            f"shape {batch}"
        ) from None


def _by_player(
    flat: NDArray[np.float64], n_actions: tuple[int, ...], batch: tuple[int, ...]
) -> tuple[NDArray[np.float64], ...]:
    """Strategies of all players, ``(*batch, [T,] k_i)`` each, from ``(games, [T,] actions)``."""
    shape = (*batch, *flat.shape[1:-1])
    return tuple(
        np.ascontiguousarray(flat[..., end - count : end]).reshape(*shape, count)
        for end, count in zip(accumulate(n_actions), n_actions, strict=True)
    )
