"""All extreme equilibria of two-player games, and the sets of equilibria that they span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.equilibria.exact_supports import ExactGames, Vertex
from summitgames.equilibria.support_enumeration import Plan, Search, plan_for
from summitgames.games.batches import batch_index
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.bimatrix import LANES
from summitgames.results import Equilibria, Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["ExtremeEquilibria", "NashSubset", "vertex_enumeration"]

_Pairs: TypeAlias = list[tuple[Vertex, Vertex]]


@dataclass(frozen=True, eq=False)
class NashSubset:
    """A maximal Nash subset: every profile of two mixes, one in each hull, is an equilibrium.

    Attributes
    ----------
    vertices
        For each player the extreme mixed strategies ``(n, k_i)`` whose convex hull is the factor.

    Examples
    --------
    >>> from summitgames import NormalForm, vertex_enumeration
    >>> found = vertex_enumeration(NormalForm([[1, 1], [2, 0]], [[2, 2], [1, 0]]))
    >>> [[corners.tolist() for corners in subset.vertices] for subset in found.components]
    [[[[1.0, 0.0]], [[0.0, 1.0], [0.5, 0.5]]], [[[0.0, 1.0]], [[1.0, 0.0]]]]
    """

    vertices: tuple[NDArray[np.float64], NDArray[np.float64]]

    @property
    def is_point(self) -> bool:
        """Whether it is a single equilibrium."""
        return all(len(points) == 1 for points in self.vertices)


@dataclass(frozen=True, eq=False, repr=False)
class ExtremeEquilibria(Equilibria):
    """The extreme equilibria of every game of a family.

    Attributes
    ----------
    pairs
        Place of a degenerate game in the flattened batch to its extreme equilibria as pairs of
        vertices.

    Examples
    --------
    >>> from summitgames import NormalForm, vertex_enumeration
    >>> found = vertex_enumeration(NormalForm([[1, 1], [2, 0]], [[2, 2], [1, 0]]))
    >>> len(found), len(found.components)
    (3, 2)
    """

    pairs: Mapping[int, _Pairs] = field(default_factory=dict)

    @cached_property
    def components(self) -> Any:
        """Maximal Nash subsets: their union is the set of all equilibria.

        Returns
        -------
        list of NashSubset, or (*batch,) object array of such lists
            Two subsets may share extreme equilibria. Where `status` is PARTIAL they cover what is
            listed.
        """
        batch = self.game.batch_shape
        lists = np.empty(self.game.size, dtype=object)
        for game in range(self.game.size):
            lists[game] = self._subsets(game)
        return lists.reshape(batch) if batch else lists[0]

    def _subsets(self, game: int) -> list[NashSubset]:
        if game in self.pairs:
            return _maximal_subsets(self.pairs[game])
        index = batch_index(game, self.game.batch_shape)
        return [
            NashSubset(
                (self.strategies[0][index][slot, None], self.strategies[1][index][slot, None])
            )
            for slot in np.flatnonzero(self.exists[index])
        ]


def vertex_enumeration(
    game: NormalForm | nashpy.Game, *, threads: int | None = None, max_work: int | None = None
) -> ExtremeEquilibria:
    """All extreme equilibria of every two-player game of a family, degenerate or not.

    The equilibria of a two-player game are a finite union of products of polytopes, its maximal
    Nash subsets; an equilibrium is extreme if each strategy is a vertex of its player's
    best-response polytope. In a nondegenerate game all equilibria are extreme and isolated, and the
    search is that of `support_enumeration`. In a degenerate one the vertices are found from the
    exact signs of the same minors, and matched by what they support and reply to.

    Parameters
    ----------
    game
        Two players, k_1 and k_2 actions, batch shape ``(*batch,)``.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        As for `support_enumeration`.

    Returns
    -------
    ExtremeEquilibria
        `Equilibria` with `components`, the maximal Nash subsets. `status` is COMPLETE: proved that
        these are all extreme equilibria (PARTIAL only where `max_work` ended the search). Ordered
        by the two supports' sizes together, then lexicographically.

    Raises
    ------
    GameError
        If `game` is no two-player game, or an option is out of range.

    References
    ----------
    Winkels (1979), An algorithm to determine all equilibrium points of a bimatrix game; Jansen
    (1981), Maximal Nash subsets for bimatrix games, Naval Research Logistics Quarterly 28; Avis,
    Rosenberg, Savani & von Stengel (2010), Enumeration of Nash equilibria for two-player games,
    Economic Theory 42.

    Examples
    --------
    >>> from summitgames import NormalForm, vertex_enumeration
    >>> threat = NormalForm.from_bimatrix([[1, 1], [2, 0]], [[2, 2], [1, 0]])
    >>> found = vertex_enumeration(threat)
    >>> for row, column in found:
    ...     print(row, column)
    [1. 0.] [0. 1.]
    [0. 1.] [1. 0.]
    [1. 0.] [0.5 0.5]
    >>> [len(subset.vertices[1]) for subset in found.components]
    [2, 1]
    """
    form = as_normal_form(game, players=2)
    plan = plan_for(form.n_actions, max_work)
    search = Search(form, plan)
    search.run(threads)
    pairs = {}
    if search.found:
        pairs = _degenerate_games(form, plan, np.flatnonzero(search.flags))
    found = search.result()
    strategies, exists = found.strategies, found.exists
    if pairs:
        strategies, exists = _replaced(found, pairs)
    status = np.full(form.batch_shape, Status.PARTIAL if plan.message else Status.COMPLETE, np.int8)
    return ExtremeEquilibria(
        form,
        strategies,
        exists,
        status,
        "vertex_enumeration",
        found.degenerate,
        plan.message,
        pairs,
    )


def _degenerate_games(form: NormalForm, plan: Plan, games: NDArray[np.int64]) -> dict[int, _Pairs]:
    """Extreme equilibria of games, by their places in the flattened batch."""
    shape = form.n_actions
    numbers = form.payoffs if form.exact is None else form.exact
    flat = [np.reshape(array, (form.size, *shape)) for array in numbers]
    pairs = {}
    for start in range(0, len(games), LANES):
        word = games[start : start + LANES]
        exactly = ExactGames([array[word] for array in flat], plan.minors, plan.supports)
        vertices = zip(word.tolist(), exactly.vertices(0), exactly.vertices(1), strict=True)
        for game, first, second in vertices:
            pairs[game] = _matched(first, second)
    return pairs


def _matched(first: Sequence[Vertex], second: Sequence[Vertex]) -> _Pairs:
    """Pairs of vertices each of which supports best responses to the other only."""
    pairs = [
        (x, y)
        for x in first
        for y in second
        if x.support & ~y.replies == 0 and y.support & ~x.replies == 0
    ]
    return sorted(pairs, key=_order)


def _order(pair: tuple[Vertex, Vertex]) -> tuple[Any, ...]:
    supports = [_actions(vertex.support) for vertex in pair]
    mixes = [tuple(-vertex.mix) for vertex in pair]
    return len(supports[0]) + len(supports[1]), *supports, *mixes


def _actions(bits: int) -> list[int]:
    return [action for action in range(bits.bit_length()) if bits >> action & 1]


def _replaced(
    found: Equilibria, pairs: Mapping[int, _Pairs]
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.bool_]]:
    """Slots with the equilibria of some games exchanged."""
    game = found.game
    counts = found.counts.reshape(game.size)
    counts[list(pairs)] = [len(listed) for listed in pairs.values()]
    most = int(counts.max(initial=0))
    strategies = []
    for player, old in enumerate(found.strategies):
        new = np.full((game.size, most, old.shape[-1]), np.nan)
        kept = min(most, old.shape[-2])
        new[:, :kept] = old.reshape(game.size, *old.shape[-2:])[:, :kept]
        for place, listed in pairs.items():
            new[place] = np.nan
            for slot, vertices in enumerate(listed):
                new[place, slot] = vertices[player].mix
        strategies.append(new.reshape(*game.batch_shape, most, old.shape[-1]))
    exists = np.arange(most) < counts[:, None]
    return tuple(strategies), exists.reshape(*game.batch_shape, most)


def _maximal_subsets(pairs: _Pairs) -> list[NashSubset]:
    """Maximal products of sets of vertices all of whose pairs are equilibria.

    These are the pairs of sets each of which is all that fits the other: the concepts of a formal
    context. The sets on the first player's side are the intersections of the vertices' partners,
    found by closing those under intersection.
    """
    first = {id(x): x for x, _ in pairs}
    second = {id(y): y for _, y in pairs}
    partners = {key: frozenset(id(x) for x, y in pairs if id(y) == key) for key in second}
    sets: set[frozenset[int]] = set()
    for partner in partners.values():
        sets |= {partner & other for other in sets} | {partner}
    subsets = []
    for chosen in sets:
        fitting = [y for key, y in second.items() if partners[key] >= chosen]
        if chosen:
            subsets.append(([x for key, x in first.items() if key in chosen], fitting))
    subsets.sort(key=lambda subset: [_order((x, y)) for x in subset[0] for y in subset[1]])
    return [
        NashSubset((np.array([x.mix for x in xs]), np.array([y.mix for y in ys])))
        for xs, ys in subsets
    ]
