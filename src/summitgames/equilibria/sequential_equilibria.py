"""Sequential equilibria of single trees of perfect recall."""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, overload

import numpy as np

from summitgames.blocks import require_threads
from summitgames.certificates.consistency import AssessmentProver
from summitgames.equilibria.exact_polytopes import TooMuchWork
from summitgames.equilibria.exact_sequential import SequentialSearch
from summitgames.equilibria.options import work_limit
from summitgames.equilibria.subgame_perfect import require_tree
from summitgames.errors import GameError, whole_number
from summitgames.games.batches import nearest_float
from summitgames.results import (
    InfosetNumbers,
    MixedBehavior,
    Status,
    TreeEquilibria,
    TreeEquilibrium,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from summitgames.equilibria.exact_profiles import Entry
    from summitgames.games.extensive_form import ExtensiveForm

__all__ = ["BeliefSet", "SequentialEquilibria", "SequentialEquilibrium", "sequential_equilibria"]

#: Units of work of each of the two searches: five to ten seconds.
_MAX_WORK: Final = 5_000_000
#: Information sets that a message names.
_NAMED: Final = 4


@dataclass(frozen=True, eq=False)
class BeliefSet:
    """Beliefs at some information sets that support an equilibrium.

    Attributes
    ----------
    vertices
        Key of each of these information sets to ``(V, nodes)``.
    is_product
        True: whatever point is taken within the hull of the vertices at each information set, these
        beliefs together support the equilibrium. False: all that do lie there, but trembles at one
        information set have to do with those at another, and not every combination is consistent.

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
    >>> out = [found for found in sg.sequential_equilibria(game) if found.behavior[""][0] == 1][0]
    >>> ((beliefs,),) = out.belief_sets
    >>> beliefs.vertices["b"].tolist(), beliefs.is_product
    ([[0.0, 1.0], [0.75, 0.25]], True)
    """

    vertices: Mapping[Hashable, NDArray[np.float64]]
    is_product: bool


@dataclass(frozen=True, eq=False, repr=False)
class SequentialEquilibrium(TreeEquilibrium):
    """A sequential equilibrium of a single game, with beliefs that support it.

    Attributes
    ----------
    game, behavior, status
        As of every `TreeEquilibrium`.
    entry
        Strategies, beliefs and what proves them consistent, in exact numbers.

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
    >>> equilibrium = sg.sequential_equilibria(game)[0]
    >>> equilibrium.is_pure, equilibrium.behavior["b"], equilibrium.beliefs["b"]
    (True, array([0., 1.]), array([0.375, 0.625]))
    >>> equilibrium.regret
    0.0
    """

    entry: Entry

    def __repr__(self) -> str:
        kind = "pure" if self.is_pure else "mixed"
        return f"<SequentialEquilibrium: {kind}, of {self.game!r}>"

    @property
    def is_pure(self) -> bool:
        """Whether nobody mixes."""
        return all(max(row) == 1 for row in self.entry.strategies)

    @property
    def exact_behavior(self) -> tuple[tuple[Fraction, ...], ...]:
        """Probabilities of the actions of every information set, in the game's order."""
        return self.entry.strategies

    @property
    def exact_beliefs(self) -> tuple[tuple[Fraction, ...], ...]:
        """Probabilities of the nodes of every information set, in the game's order."""
        return self.entry.beliefs

    @cached_property
    def beliefs(self) -> InfosetNumbers:
        """Beliefs: key of every information set to ``(nodes,)``.

        One of those that support the equilibrium, within the first of `belief_sets` of each group,
        off its edges where there are any.
        """
        numbers = np.array([[float(share) for row in self.entry.beliefs for share in row]])
        return InfosetNumbers(self.game, numbers, _node_counts(self.game))

    @cached_property
    def orders(self) -> Mapping[Hashable, NDArray[np.int64]]:
        """Orders of likelihood: key of every information set to ``(actions,)``.

        0 of an action that is taken, positive of others: trembles of order k have a probability
        like the k-th power of something small. The nodes believed in are those with the least sum
        of orders on the way, at every information set.
        """
        rows = zip(self.game.infosets, self.entry.orders, strict=True)
        return {infoset.key: np.array(row, dtype=np.int64) for infoset, row in rows}

    @cached_property
    def belief_sets(self) -> tuple[tuple[BeliefSet, ...], ...]:
        """All beliefs that support the equilibrium.

        Groups of information sets that have nothing to do with each other; in each group one or
        more sets of beliefs, that of the largest dimension first. Any choice of one set in each
        group will do. Beliefs at other information sets follow from Bayes' rule.
        """
        sets = self.game.infosets
        return tuple(
            tuple(
                BeliefSet({sets[n].key: _floats(v) for n, v in vertices.items()}, is_product)
                for vertices, is_product in group
            )
            for group in self.entry.pieces
        )

    @cached_property
    def belief_vertices(self) -> Mapping[Hashable, NDArray[np.float64]]:
        """Vertices of the first of `belief_sets` of each group: key to ``(V, nodes)``.

        Of other information sets the only belief there is. The set is the product of the hulls only
        where `is_product` says so of the group.
        """
        found = {key: belief[np.newaxis] for key, belief in self.beliefs.items()}
        for group in self.belief_sets:
            found |= group[0].vertices
        return found

    @property
    def is_product(self) -> bool:
        """Whether `belief_vertices` at different information sets may be combined at will."""
        return all(group[0].is_product for group in self.belief_sets)

    @cached_property
    def strategy_sets(self) -> tuple[Mapping[Hashable, NDArray[np.float64]], ...]:
        """The mixes for which this is an equilibrium, in groups of information sets.

        In each group key to ``(V, actions)``, its vertices: the v-th rows of all belong together.
        The mixes are the weighted means of the vertices that have the same support as what is
        listed, their average; those of different groups combine at will. Beliefs may have to change
        with them.
        """
        sets = self.game.infosets
        return tuple(
            {sets[n].key: _floats(points) for n, points in part.items()}
            for part in self.entry.mix_sets
        )

    @cached_property
    def strategy_vertices(self) -> Mapping[Hashable, NDArray[np.float64]]:
        """`strategy_sets`, each information set by itself: key to ``(V, actions)``.

        Mixes at several information sets of one group do not combine at will.
        """
        found = {}
        for number, points in (pair for part in self.entry.mix_sets for pair in part.items()):
            key = self.game.infosets[number].key
            found[key] = _floats(list(dict.fromkeys(points)))
        return found

    @cached_property
    def regret(self) -> float:
        """The most that a player gains by another action at some information set.

        Given the beliefs there, and that all else is as the strategies have it. Of a consistent
        assessment that is 0 if and only if no other strategy gains anything from any information
        set on.
        """
        prover = AssessmentProver(self.game)
        found = prover.irrationality((*self.exact_behavior, *self.exact_beliefs))
        return 0.0 if found is None else nearest_float(found.gain)


@dataclass(frozen=True, eq=False, repr=False)
class SequentialEquilibria(TreeEquilibria):
    """Sequential equilibria of a single game, E of them.

    Iteration gives them one by one, each a `SequentialEquilibrium`.

    Attributes
    ----------
    game
        The game.
    probabilities
        ``(E, actions)``: probabilities of the actions at all information sets, one after another.
    status
        () int8 of `Status`, of what was asked for. COMPLETE: these are all, those in
        `SequentialEquilibrium.strategy_sets` included. PARTIAL: more may exist, FAILED: none
        was found; the message says why. NONE: it is proved that there is no pure one, and only
        pure ones were asked for.
    message
        Why the status is not COMPLETE.
    pure_status
        () int8: the same of pure equilibria alone.
    entries
        The equilibria in exact numbers.
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
    >>> found = sg.sequential_equilibria(game)
    >>> found
    <SequentialEquilibria: 3 equilibria, COMPLETE>
    >>> found.beliefs["b"].shape
    (3, 2)
    """

    method: ClassVar[str] = "sequential_equilibria"

    pure_status: NDArray[np.int8] | None = None
    entries: tuple[Entry, ...] = ()

    @overload
    def __getitem__(self, index: int) -> SequentialEquilibrium: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[SequentialEquilibrium, ...]: ...

    def __getitem__(self, index: Any) -> SequentialEquilibrium | tuple[SequentialEquilibrium, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._one(operator.index(index))

    def _one(self, index: int) -> SequentialEquilibrium:
        behavior = MixedBehavior(self.game, self.probabilities[index][:, np.newaxis])
        return SequentialEquilibrium(self.game, behavior, self.status, self.entries[index])

    def __iter__(self) -> Iterator[SequentialEquilibrium]:
        return (self._one(index) for index in range(len(self)))

    @cached_property
    def beliefs(self) -> InfosetNumbers:
        """Beliefs: key of every information set to ``(E, nodes)``."""
        counts = _node_counts(self.game)
        shares = [float(p) for entry in self.entries for row in entry.beliefs for p in row]
        numbers = np.reshape(np.array(shares, dtype=np.float64), (1, len(self), sum(counts)))
        return InfosetNumbers(self.game, numbers, counts)

    @property
    def is_pure(self) -> NDArray[np.bool_]:
        """Which are pure, ``(E,)``."""
        return np.array([equilibrium.is_pure for equilibrium in self], dtype=np.bool_)

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """`SequentialEquilibrium.regret` of each, ``(E,)``."""
        return np.array([equilibrium.regret for equilibrium in self], dtype=np.float64)


def _node_counts(game: ExtensiveForm) -> tuple[int, ...]:
    """Numbers of nodes of the information sets."""
    return tuple(len(infoset.nodes) for infoset in game.infosets)


def sequential_equilibria(
    game: ExtensiveForm,
    *,
    mixing: int = 2,
    threads: int | None = None,
    max_work: int | None = None,
) -> SequentialEquilibria:
    """Sequential equilibria of a single tree: all pure ones, and those that mix in few places.

    Strategies with beliefs, such that at every information set, reached or not, no player gains by
    another strategy from there on, given the beliefs; and these are limits of what Bayes' rule says
    of strategies close by in which every action has a positive probability. Everything is decided
    in exact numbers.

    Parameters
    ----------
    game
        A single game of perfect recall with values for all parameters.
    mixing
        At how many information sets players may mix, at most. 0: pure equilibria alone.
    threads
        Not used: one game is solved by one thread.
    max_work
        Largest number of units of work (values looked at, entries of linear programs rewritten,
        vertices and pairs of them, equilibria written) in the search for pure and in that for mixed
        equilibria; None: 5,000,000 each, five to ten seconds.

    Returns
    -------
    SequentialEquilibria
        Pure equilibria first. One for each pure profile, with all beliefs that support it; one for
        each set of mixes on the same actions, with its vertices. `status` is COMPLETE where it is
        proved that these are all, `pure_status` where it is proved of the pure ones.

    Raises
    ------
    GameError
        If `game` is no `ExtensiveForm`, a family of games, a parameter has no value, or an option
        is out of range.
    SolverError
        If the game is not of perfect recall, or chance never takes some branch, below which beliefs
        are not defined: the message names the node.

    Notes
    -----
    With pure strategies rationality is linear in beliefs. What may be believed is decided by a
    linear program in orders of likelihood, and, where trembles that occur in several information
    sets tie their beliefs, by products of whole powers. If each of these sets has two kinds of
    nodes (with the same trembles on the way), that is exact, but for beliefs that are irrational.
    Else the general problem is one of polynomial inequalities (Azhar, McLennan & Reif 2005):
    beliefs are looked for, and ruled out by bounds; where neither succeeds, the status is PARTIAL
    and the message names the information sets.

    Mixes solve equations that are linear if few mix, and are solved one after another otherwise;
    where equations of a higher degree remain, one mix is tried, and the status is PARTIAL.

    Numbers that are floats are taken as the binary numbers that they are: of probabilities such as
    0.1 a tie may be none. Fractions keep it. If some expression leaves the rationals, all numbers
    are rounded to floats first.

    References
    ----------
    Kreps & Wilson (1982), Sequential equilibria, Econometrica 50(4); Perea, Jansen & Peters (1997),
    Characterization of consistent assessments in extensive form games, Games and Economic Behavior
    21; Kohlberg & Reny (1997), Independence on relative probability spaces and consistent
    assessments in game trees, Journal of Economic Theory 75(2); Azhar, McLennan & Reif (2005),
    Computation of equilibria in noncooperative games, Computers & Mathematics with Applications
    50(5-6).

    Examples
    --------
    Selten's horse: the third player does not see who gave up the run to the end.

    >>> from summitgames import Decision, ExtensiveForm, Outcome, sequential_equilibria
    >>> def third(left, right):
    ...     ends = {"left": Outcome("left", left), "right": Outcome("right", right)}
    ...     return Decision("c", ends, infoset="third")
    >>> horse = ExtensiveForm(
    ...     Decision("a", {
    ...         "down": third({"a": 3, "b": 3, "c": 2}, {"a": 0, "b": 0, "c": 0}),
    ...         "across": Decision("b", {
    ...             "down": third({"a": 4, "b": 4, "c": 0}, {"a": 0, "b": 0, "c": 1}),
    ...             "across": Outcome("end", {"a": 1, "b": 1, "c": 1}),
    ...         }, infoset="second"),
    ...     }, infoset="first"),
    ...     players=["a", "b", "c"],
    ... )
    >>> found = sequential_equilibria(horse, mixing=3)
    >>> found
    <SequentialEquilibria: 2 equilibria, COMPLETE>
    >>> found.behavior["second"].tolist()
    [[0.0, 1.0], [0.0, 1.0]]

    The third player moves right in the first, if the first player's move is believed in with a
    probability of no more than 1/3, and left with up to 1/4 in the second.

    >>> found[0].belief_vertices["third"].round(3).tolist()
    [[0.0, 1.0], [0.333, 0.667]]
    >>> found[1].strategy_vertices["third"].tolist()
    [[0.0, 1.0], [0.25, 0.75]]
    """
    require_tree(game)
    require_threads(threads)
    limit = work_limit(max_work, _MAX_WORK)
    mixing = whole_number(mixing, "mixing", least=0)
    game.require_bound()
    if game.batch_shape:
        raise GameError(
            f"game: a family of batch shape {game.batch_shape}; expected a single game: bind every "
            "parameter to a number"
        )
    game.require_perfect_recall()
    return _Solver(game, mixing, limit).solve()


class _Solver:
    """The search for pure equilibria, and then that for mixed ones."""

    def __init__(self, game: ExtensiveForm, mixing: int, limit: int) -> None:
        self.game, self.mixing, self.limit = game, mixing, limit
        self.found: list[Entry] = []
        self.reasons: list[str] = []

    def solve(self) -> SequentialEquilibria:
        """Search, and say what the list promises."""
        self._search(0, "pure")
        pure_status = self._status()
        if not self.reasons and not self.found:
            pure_status = Status.NONE
        status = pure_status
        if self.mixing:
            self._search(self.mixing, "mixed")
            status = self._status()
        entries = tuple(sorted(self.found, key=_order))
        rows = [[float(p) for row in entry.strategies for p in row] for entry in entries]
        actions = sum(len(infoset.actions) for infoset in self.game.infosets)
        return SequentialEquilibria(
            self.game,
            np.array(rows, dtype=np.float64).reshape(len(rows), actions),
            np.array(status, dtype=np.int8),
            "; ".join(self.reasons),
            np.array(pure_status, dtype=np.int8),
            entries,
        )

    def _status(self) -> Status:
        if not self.reasons:
            return Status.COMPLETE
        return Status.PARTIAL if self.found else Status.FAILED

    def _search(self, mixing: int, kind: str) -> None:
        """List what there is, and why it may not be all."""
        search = None
        ranges: dict[int, None] = {}
        try:
            search = SequentialSearch(self.game, self.limit)
            for entry in search.mixed(mixing) if mixing else search.pure():
                self.found.append(entry)
                if not entry.is_range:
                    ranges |= dict.fromkeys(n for part in entry.mix_sets for n in part)
        except TooMuchWork:
            self.reasons.append(f"the search for {kind} equilibria ended at max_work, {self.limit}")
        if search is None:
            return
        if search.undecided:
            self.reasons.append(
                f"whether some beliefs at {self._named(search.undecided)} are consistent was not "
                f"decided ({kind} strategies)"
            )
        unsolved = search.unsolved | ranges
        if unsolved:
            self.reasons.append(
                f"sets of mixes at {self._named(unsolved)} were searched in part only"
            )
        if search.cut:
            places = f"{mixing} information set{'' if mixing == 1 else 's'}"
            self.reasons.append(f"mixes at more than {places} at once were not searched (mixing)")

    def _named(self, numbers: Iterable[int]) -> str:
        """Some of these information sets; those with the same label once."""
        labels = dict.fromkeys(self.game.infosets[number].label for number in numbers)
        names = [f"infoset {label!r}" for label in labels]
        more = len(names) - _NAMED
        return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _order(entry: Entry) -> tuple[object, ...]:
    supports = [tuple(a for a, p in enumerate(row) if p) for row in entry.strategies]
    return sum(map(len, supports)), supports, entry.strategies


def _floats(rows: Sequence[Sequence[Fraction]]) -> NDArray[np.float64]:
    """The nearest floats."""
    return np.array([[float(number) for number in row] for row in rows], dtype=np.float64)
