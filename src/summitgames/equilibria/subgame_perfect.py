"""Subgame-perfect equilibrium of games of perfect information, by backward induction over lanes.

Payoffs, the choices between actions and what follows from them are one straight-line program
(`summitgames.games.programs`), so that whatever two subgames have in common is computed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, reduce
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.regret import subgame_gain
from summitgames.equilibria.options import work_limit
from summitgames.equilibria.trunks import solve_subgames
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import LARGEST_FLOAT
from summitgames.games.extensive_form import ExtensiveForm, Tree
from summitgames.results import (
    PureBehavior,
    Status,
    TreeEquilibria,
    TreeEquilibrium,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from summitgames.games.batches import Batch
    from summitgames.games.programs import Builder, Program, Row

__all__ = [
    "TIE",
    "Induction",
    "SubgamePerfectEquilibria",
    "SubgamePerfectEquilibrium",
    "backward_induction",
    "subgame_perfect",
]

#: Two payoffs tie when they differ by at most this share of the game's largest absolute payoff.
TIE = Fraction(1, 10**12)

#: Equilibria of a subgame under imperfect information.
_MAX_WORK = 1000
#: Probabilities of outcomes that differ by no more are the same.
_SAME = 1e-12


def subgame_perfect(
    game: ExtensiveForm,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> SubgamePerfectEquilibrium | SubgamePerfectEquilibria:
    """Subgame-perfect equilibria: of families with perfect information, or of other single games.

    With perfect information, backward induction in every game of a family. Of actions whose payoffs
    tie (they differ by at most 1e-12 of the game's largest absolute payoff) the first listed is
    taken; ``ties`` and ``unique`` tell where that mattered.

    Else, in a single game, the subgames are solved in exact numbers from the smallest to the whole
    game, with every equilibrium found of those that a subgame contains in their place: a single
    move or player by comparison, ties being listed; two players by all extreme equilibria of the
    reduced normal form, or with more than 12 plans by one of the sequence form; more players by
    their pure equilibria.

    Parameters
    ----------
    game
        Game with values for all parameters: with perfect information and batch shape ``(*batch,)``,
        or a single one with perfect recall.
    threads
        Threads; None: the machine's cores for large batches, one for small ones.
    max_work
        Largest number of equilibria that are listed of a subgame, and of combinations that are
        tried; None: 1,000. Not used under perfect information, where the work is linear in the size
        of the tree and the batch.

    Returns
    -------
    SubgamePerfectEquilibrium or SubgamePerfectEquilibria
        Under perfect information, behavior at every decision node (off the path too), payoffs, the
        path of play, and on demand the probabilities of outcomes and tags, ``ties`` and ``unique``.
        Else the same of a list of equilibria, in slots; `status` and `message` tell whether it is
        all there are.

    Raises
    ------
    GameError
        If `game` is no `ExtensiveForm`, a parameter has no value, or an option is out of range.
    SolverError
        If the game is not of perfect information and is a family, or of imperfect recall.

    References
    ----------
    Selten (1975), International Journal of Game Theory 4(1). Kuhn (1953), in Contributions to the
    Theory of Games II.

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, Outcome, subgame_perfect
    >>> entry = Decision("entrant", {
    ...     "enter": Decision("incumbent", {
    ...         "fight": Outcome("war", {"entrant": -1, "incumbent": 0}),
    ...         "share": Outcome("duopoly", {"entrant": 1, "incumbent": 1}),
    ...     }),
    ...     "stay out": Outcome("monopoly", {"entrant": 0, "incumbent": 2}),
    ... })
    >>> equilibrium = subgame_perfect(ExtensiveForm(entry, players=["entrant", "incumbent"]))
    >>> equilibrium.path
    'enter > share'
    >>> equilibrium.behavior["enter"]
    array([0., 1.])
    >>> equilibrium.payoffs
    array([1., 1.])
    """
    require_tree(game)
    limit = work_limit(max_work, _MAX_WORK)
    if game.has_perfect_information:
        return backward_induction(game, threads=threads)
    return _by_subgames(game, limit)


def backward_induction(
    game: ExtensiveForm, *, threads: int | None = None
) -> SubgamePerfectEquilibrium:
    """What `subgame_perfect` gives of a family with perfect information.

    Raises
    ------
    GameError
        If `game` is no `ExtensiveForm`, or a parameter has no value.
    SolverError
        If the game is not of perfect information.
    """
    require_perfect_information(game)
    game.require_bound()
    induction = Induction(game, payoffs=True, path=True, choices=True, ties=True)
    run = induction.run(game.batch, threads=threads)
    status = np.where(run.ties, Status.PARTIAL, Status.COMPLETE).astype(np.int8)
    return SubgamePerfectEquilibrium(
        game=game,
        behavior=PureBehavior(game, run.choices),
        status=status.reshape(game.batch_shape),
        payoffs=run.payoffs.T.reshape(*game.batch_shape, game.n_players),
        path_outcome=run.path.reshape(game.batch_shape),
        threads=threads,
    )


def require_tree(game: object) -> None:
    """Refuse what is no game in extensive form."""
    if not isinstance(game, ExtensiveForm):
        raise GameError(f"game: {type(game).__name__}; expected an ExtensiveForm")


def require_perfect_information(game: ExtensiveForm) -> None:
    """Refuse what is no tree with perfect information."""
    require_tree(game)
    if not game.has_perfect_information:
        hidden = next(infoset for infoset in game.infosets if len(infoset.nodes) > 1)
        raise SolverError(
            f"game: infoset {hidden.label!r} of player {hidden.player!r} has "
            f"{len(hidden.nodes)} nodes; backward induction needs perfect information"
        )


def _by_subgames(game: ExtensiveForm, limit: int) -> SubgamePerfectEquilibria:
    """Equilibria of a single game of imperfect information."""
    game.require_bound()
    game.require_perfect_recall()
    if game.batch_shape:
        raise SolverError(
            f"game: a family of batch shape {game.batch_shape} without perfect information; "
            "expected a single game: bind every parameter to a number"
        )
    found = solve_subgames(game, limit)
    rows = [
        [float(p) for number in range(len(game.infosets)) for p in strategies[number]]
        for strategies in found.strategies
    ]
    actions = sum(len(infoset.actions) for infoset in game.infosets)
    return SubgamePerfectEquilibria(
        game,
        np.array(rows, dtype=np.float64).reshape(-1, actions),
        np.array(found.status, dtype=np.int8),
        "; ".join(found.reasons),
    )


@dataclass(frozen=True, eq=False, repr=False)
class SubgamePerfectEquilibria(TreeEquilibria):
    """Subgame-perfect equilibria of a single game of imperfect information, E of them.

    Iteration gives them one by one, each a `TreeEquilibrium`.

    Attributes
    ----------
    game
        The game.
    probabilities
        ``(E, actions)``: probabilities of the actions at all information sets, one after another.
    status
        () int8 of `Status`. COMPLETE: these are all equilibria, but for what players do at
        information sets that their own moves rule out (best replies are listed there). PARTIAL:
        more may exist, FAILED: none was found; the message says why.
    message
        Why the status is not COMPLETE.
    method
        The solver.

    Examples
    --------
    >>> import summitgames as sg
    >>> def end(a, b):
    ...     return sg.Outcome("end", {"a": a, "b": b})
    >>> game = sg.ExtensiveForm(
    ...     sg.Decision("a", {
    ...         "out": end(2, 2),
    ...         "left": sg.Decision("b", {"l": end(3, 1), "r": end(0, 0)}, infoset="b"),
    ...         "right": sg.Decision("b", {"l": end(0, 0), "r": end(1, 3)}, infoset="b"),
    ...     }),
    ...     players=["a", "b"],
    ... )
    >>> found = sg.subgame_perfect(game)
    >>> found
    <SubgamePerfectEquilibria: 3 equilibria, PARTIAL>
    >>> found.path.tolist()
    ['out', 'left > l', 'out']
    >>> found.payoffs.tolist()
    [[2.0, 2.0], [3.0, 1.0], [2.0, 2.0]]
    """

    method: ClassVar[str] = "subgame_perfect"

    @property
    def ties(self) -> bool:
        """Whether there is more than one equilibrium, or may be."""
        return len(self) != 1 or self.status != Status.COMPLETE

    @cached_property
    def unique(self) -> bool:
        """Whether all equilibria are proved to lead to the same outcomes."""
        found = self.outcome_probabilities
        return bool(self.status == Status.COMPLETE and (np.ptp(found, axis=0) <= _SAME).all())

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """The most that a player gains by another strategy in some subgame, ``(E,)``.

        Found by best replies in the whole game and in each of its subgames, whatever solver the
        strategies are from.
        """
        gains = [subgame_gain(self.game, equilibrium) for equilibrium in self]
        return np.array(gains, dtype=np.float64)


@dataclass(frozen=True, eq=False, repr=False)
class SubgamePerfectEquilibrium(TreeEquilibrium):
    """A subgame-perfect equilibrium of every game of a family.

    Attributes
    ----------
    game, behavior, status
        As of every `TreeEquilibrium`. The status is COMPLETE where no actions tie, so that there is
        no other equilibrium, and PARTIAL where some do, be it off the path; see `unique`.
    payoffs
        ``(*batch, N)``.
    path_outcome
        ``(*batch,)``: number of the outcome in which the path of play ends.
    threads
        Threads that `ties` and `unique` use.
    method
        The solver, "subgame_perfect".

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> equilibrium = sg.subgame_perfect(game)
    >>> equilibrium.path, equilibrium.payoffs.round(6).tolist(), equilibrium.unique
    ('conditions_first > meet', [1.0, 0.2], True)
    """

    method: ClassVar[str] = "subgame_perfect"
    payoffs: NDArray[np.float64]
    path_outcome: NDArray[np.intp]
    threads: int | None = field(default=None)

    @cached_property
    def path(self) -> str | NDArray[np.object_]:
        """Path of play: action and chance labels joined by " > ".

        At chance moves the likeliest branch, the first listed among equally likely ones. A string
        for a single game, else an array of strings ``(*batch,)``.
        """
        return path_labels(self.game, self.path_outcome)

    @cached_property
    def ties(self) -> NDArray[np.bool_] | bool:
        """Whether two best actions tied at some node, on the path or off it; ``(*batch,)``."""
        return self._flag("ties")

    @cached_property
    def unique(self) -> NDArray[np.bool_] | bool:
        """Whether every subgame-perfect equilibrium is proved to lead to the same outcomes.

        Values are carried as intervals over all ways of breaking ties: a player's value at its own
        node lies between the best of its actions' lower ends and the best of their upper ends; an
        action may be played where its upper end reaches the best lower end; the other players' ends
        are the extremes over the actions that may be played. The outcome is unique where, at every
        node reached with positive probability under moves that may be played, exactly one may.
        False where that proof fails. ``(*batch,)``, a bool for a single game.
        """
        return self._flag("unique")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the tree with the path of play marked, and what is off it faint.

        At chance moves the path follows the likeliest branch, as `path` does.

        Parameters
        ----------
        ax
            Axes to draw on; None: new ones of a size that fits.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        GameError
            If this is the equilibrium of a family of games.
        """
        if self.game.batch_shape:
            raise GameError(
                f"plot: equilibria of a family of batch shape {self.game.batch_shape}; expected "
                "that of a single game: bind every parameter to a number"
            )
        return self.game.plot(ax, outcome=int(self.path_outcome))

    def _flag(self, which: str) -> NDArray[np.bool_] | bool:
        induction = Induction(self.game, ties=which == "ties", unique=which == "unique")
        flags = getattr(induction.run(self.game.batch, threads=self.threads), which)
        return flags.reshape(self.game.batch_shape) if self.game.batch_shape else bool(flags[0])


def path_labels(game: ExtensiveForm, outcome: NDArray[np.intp]) -> str | NDArray[np.object_]:
    """Labels that lead to outcomes given by number."""
    if outcome.ndim == 0:
        return game.path_to(int(outcome))
    numbers, inverse = np.unique(outcome, return_inverse=True)
    labels = np.array([game.path_to(int(number)) for number in numbers], dtype=object)
    return labels[inverse].reshape(outcome.shape)


@dataclass(frozen=True, eq=False)
class InductionResult:
    """Results of one run, draws last.

    Attributes
    ----------
    payoffs
        ``(N, draws)``.
    tags
        ``(tags, draws)``: probability of each tag asked for.
    path
        ``(draws,)``: number of the outcome at the end of the path.
    ties, unique
        ``(draws,)`` bool.
    choices
        ``(information sets, draws)`` action indices.
    """

    payoffs: NDArray[np.float64]
    tags: NDArray[np.float64]
    path: NDArray[np.intp]
    ties: NDArray[np.bool_]
    unique: NDArray[np.bool_]
    choices: NDArray[np.int16]


@dataclass(frozen=True)
class Induction:
    """Backward induction on one tree, for the results that are wanted and no others.

    Attributes
    ----------
    game
        Game of perfect information; its bindings do not matter.
    payoffs, path, choices, ties, unique
        Whether these are wanted.
    tags
        Tags whose probabilities are wanted.
    ranges
        Parameter, lowest and highest value it may have; checked on every draw.
    checked
        Whether payoffs and probabilities are to be checked on every draw.
    tie
        Share of the game's largest absolute payoff by which payoffs may differ and still tie; 0 for
        a program that is to be run in exact arithmetic.
    """

    game: ExtensiveForm
    payoffs: bool = False
    tags: tuple[str, ...] = ()
    path: bool = False
    choices: bool = False
    ties: bool = False
    unique: bool = False
    ranges: tuple[tuple[str, Fraction, Fraction], ...] = ()
    checked: bool = False
    tie: Fraction = TIE

    @property
    def program(self) -> Program:
        """The program, built once a tree."""
        key = ("backward induction", *(getattr(self, name) for name in self._WANTED))
        return self.game.program(key, self._emit)

    _WANTED = ("payoffs", "tags", "path", "choices", "ties", "unique", "ranges", "checked", "tie")

    def run(self, batch: Batch, *, threads: int | None = None) -> InductionResult:
        """Solve every game of a batch.

        Parameters
        ----------
        batch
            Values of the parameters.
        threads
            As of `map_blocks`.

        Raises
        ------
        BadDraw
            If a check marks a draw as bad.
        """
        program = self.program
        values = np.empty((program.n_values, batch.size))
        choices = np.empty((program.n_choices, batch.size), dtype=np.int16)

        def work(block: Block) -> None:
            here = slice(block.start, block.stop)
            bad = program.run(
                batch.block(block.start, block.stop), values[:, here], choices[:, here]
            )
            if bad >= 0:
                raise BadDraw(block.start + bad)

        map_blocks(work, batch.size, threads=threads)
        return self.split(values, choices)

    def split(self, values: NDArray[np.float64], choices: NDArray[np.int16]) -> InductionResult:
        """Name the rows of a run's results."""
        ends = np.cumsum([self.game.n_players * self.payoffs, len(self.tags), self.path, self.ties])
        payoffs, tags, path, ties, unique = np.split(values, ends.tolist())
        return InductionResult(
            payoffs=payoffs,
            tags=tags,
            path=path[0].astype(np.intp) if self.path else np.empty(0, dtype=np.intp),
            ties=ties[0] != 0 if self.ties else np.empty(0, dtype=np.bool_),
            unique=unique[0] != 0 if self.unique else np.empty(0, dtype=np.bool_),
            choices=choices,
        )

    def _emit(self, builder: Builder) -> None:
        for name, low, high in self.ranges:
            builder.check(builder.input(name), low, high)
        rows = self.game.emit_quantities(builder)
        if self.checked:
            self.game.emit_checks(builder, rows)
        tie = builder.constant(self.tie)
        tolerance = builder.multiply(self.game.emit_scale(builder, rows), tie) if self.tie else tie
        if self.payoffs or self.tags or self.path or self.choices or self.ties:
            self._emit_induction(_Arithmetic(builder, tolerance, tie), rows)
        if self.unique:
            builder.store(_Intervals(builder, tolerance, tie).unique(self.game, rows))

    def _emit_induction(self, arithmetic: _Arithmetic, rows: Sequence[Row]) -> None:
        """Backward induction: at every node the payoffs, tag probabilities and the path's end."""
        game, tree, builder = self.game, self.game.tree, arithmetic.builder
        chance = dict(game.chance_probabilities())
        payoffs = game.payoff_numbers.tolist()
        tagged = [game.tagged(tag).tolist() for tag in self.tags]
        choices: dict[int, Row] = {}
        ties: list[Row] = []
        # At every node: payoffs, tag probabilities, and where the path ends. Ends are counted from
        # the first below the node, so that the path is the same row in subgames of the same form.
        below: dict[int, list[Row]] = {}
        ends_below: dict[int, int] = {}
        movers, numbers = tree.mover.tolist(), tree.number.tolist()
        for node in range(tree.size - 1, -1, -1):
            mover, number = movers[node], numbers[node]
            if mover == Tree.TERMINAL:
                ends_below[node] = 1
                below[node] = [
                    *(rows[quantity] for quantity in payoffs[number]),
                    *(builder.constant(int(has[number])) for has in tagged),
                    builder.constant(0),
                ]
                continue
            branches = []
            ends_before = 0
            for child in tree.child_lists[node]:
                *branch, end = below.pop(child)
                branches.append([*branch, builder.add(end, builder.constant(ends_before))])
                ends_before += ends_below.pop(child)
            ends_below[node] = ends_before
            if mover == Tree.CHANCE:
                probabilities = [rows[quantity] for quantity in chance[node]]
                *values, ends = zip(*branches, strict=True)
                below[node] = [arithmetic.expectation(probabilities, value) for value in values]
                below[node].append(arithmetic.likeliest(probabilities, ends))
                continue
            worse = arithmetic.worse([branch[mover] for branch in branches])
            below[node] = [arithmetic.pick(worse, values) for values in zip(*branches, strict=True)]
            if self.choices:
                actions = [builder.constant(action) for action in range(len(branches))]
                choices[number] = arithmetic.pick(worse, actions)
            if self.ties:
                ties.append(arithmetic.tied([branch[mover] for branch in branches]))
        root = below[0]
        kept = root[: game.n_players] if self.payoffs else []
        kept += root[game.n_players : -1]
        kept += root[-1:] if self.path else []
        kept += [builder.any_of(ties)] if self.ties else []
        for row in kept:
            builder.store(row)
        for number in range(len(choices)):
            builder.choose(choices[number])


class BadDraw(Exception):  # noqa: N818  (no error to users: it carries the number of a draw)
    """A check marked a draw of the batch as bad.

    Attributes
    ----------
    draw
        Its number.
    """

    def __init__(self, draw: int) -> None:
        super().__init__(draw)
        self.draw = draw


class _Arithmetic:
    """The steps of backward induction as rows of a program."""

    def __init__(self, builder: Builder, tolerance: Row, tie: Row) -> None:
        self.builder = builder
        self.tolerance = tolerance  # in payoffs
        self.tie = tie  # in probabilities

    def expectation(self, probabilities: Sequence[Row], values: Sequence[Row]) -> Row:
        """Expected value; what is the same on every branch needs no arithmetic."""
        if len(set(values)) == 1:
            return values[0]
        builder = self.builder
        one = builder.constant(1)
        pairs = list(zip(probabilities, values, strict=True))
        total = builder.mix(*pairs[0], *pairs[1])
        return reduce(lambda sum_, pair: builder.mix(one, sum_, *pair), pairs[2:], total)

    def likeliest(self, probabilities: Sequence[Row], values: Sequence[Row]) -> Row:
        """Value on the likeliest branch, the first listed of equally likely ones."""
        builder = self.builder
        most, value = probabilities[0], values[0]
        for probability, other in zip(probabilities[1:], values[1:], strict=True):
            value = builder.select(value, other, builder.exceeds(probability, most, self.tie))
            most = builder.maximum(most, probability)
        return value

    def worse(self, values: Sequence[Row]) -> list[Row]:
        """Of every action but the last, whether it is worse than the best by more than a tie."""
        builder = self.builder
        if len(values) == 2:
            return [builder.exceeds(values[1], values[0], self.tolerance)]
        best = reduce(builder.maximum, values)
        return [builder.exceeds(best, value, self.tolerance) for value in values[:-1]]

    def pick(self, worse: Sequence[Row], values: Sequence[Row]) -> Row:
        """Value under the first action that is not worse than the best."""
        result = values[-1]
        for value, condition in zip(reversed(values[:-1]), reversed(worse), strict=True):
            result = self.builder.select(value, result, condition)
        return result

    def tied(self, values: Sequence[Row]) -> Row:
        """Whether two actions or more are best."""
        builder = self.builder
        best = reduce(builder.maximum, values)
        worse = [builder.exceeds(best, value, self.tolerance) for value in values]
        return builder.at_least(builder.constant(len(values) - 2), reduce(builder.add, worse))


class _Intervals(_Arithmetic):
    """Backward induction with intervals over all ways of breaking ties."""

    def unique(self, game: ExtensiveForm, rows: Sequence[Row]) -> Row:
        """Whether the distribution over outcomes is proved to be the same in every equilibrium."""
        tree, builder = game.tree, self.builder
        chance = dict(game.chance_probabilities())
        payoffs = game.payoff_numbers.tolist()
        movers, numbers = tree.mover.tolist(), tree.number.tolist()
        # At every node: lower ends, upper ends, and whether only one way of play may follow.
        below: dict[int, tuple[list[Row], list[Row], Row]] = {}
        for node in range(tree.size - 1, -1, -1):
            mover = movers[node]
            if mover == Tree.TERMINAL:
                ends = [rows[quantity] for quantity in payoffs[numbers[node]]]
                below[node] = (ends, ends, builder.constant(1))
                continue
            branches = [below.pop(child) for child in tree.child_lists[node]]
            if mover == Tree.CHANCE:
                probabilities = [rows[quantity] for quantity in chance[node]]
                below[node] = self._chance(probabilities, branches)
            else:
                below[node] = self._decision(mover, branches)
        return below[0][2]

    def _chance(
        self, probabilities: Sequence[Row], branches: Sequence[tuple[list[Row], list[Row], Row]]
    ) -> tuple[list[Row], list[Row], Row]:
        builder = self.builder
        lower, upper = (
            [
                self.expectation(probabilities, ends)
                for ends in zip(*(branch[side] for branch in branches), strict=True)
            ]
            for side in (0, 1)
        )
        zero = builder.constant(0)
        settled = [
            builder.any_of([builder.at_least(zero, probability), branch[2]])
            for probability, branch in zip(probabilities, branches, strict=True)
        ]
        return lower, upper, builder.all_of(settled)

    def _decision(
        self, mover: int, branches: Sequence[tuple[list[Row], list[Row], Row]]
    ) -> tuple[list[Row], list[Row], Row]:
        builder = self.builder
        best_lower = reduce(builder.maximum, (lower[mover] for lower, _, _ in branches))
        best_upper = reduce(builder.maximum, (upper[mover] for _, upper, _ in branches))
        may = [
            builder.at_least(builder.add(upper[mover], self.tolerance), best_lower)
            for _, upper, _ in branches
        ]
        far = builder.constant(LARGEST_FLOAT), builder.constant(-LARGEST_FLOAT)
        lower, upper = [], []
        for player in range(len(branches[0][0])):
            if player == mover:
                lower.append(best_lower)
                upper.append(best_upper)
                continue
            low, high = far
            for (ends_low, ends_high, _), condition in zip(branches, may, strict=True):
                low = builder.select(low, builder.minimum(low, ends_low[player]), condition)
                high = builder.select(high, builder.maximum(high, ends_high[player]), condition)
            lower.append(low)
            upper.append(high)
        one_may = builder.at_least(builder.constant(1), reduce(builder.add, may))
        follows = [
            builder.any_of([builder.negate(condition), settled])
            for condition, (_, _, settled) in zip(may, branches, strict=True)
        ]
        return lower, upper, builder.all_of([one_may, *follows])
