"""All subgame-perfect payoffs of repeated and stochastic games of two with public lotteries."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.options import work_limit
from summitgames.equilibria.public_automaton import PublicAutomaton, attaining
from summitgames.equilibria.state_payoffs import faded_payoffs, sets_by_state
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import batch_index
from summitgames.games.repeated import RepeatedGame, as_repeated_game
from summitgames.games.stochastic import StochasticGame
from summitgames.games.tables import read_floats
from summitgames.kernels import own_discounts, payoff_sets
from summitgames.results import Status, ending

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PayoffSet", "payoff_set"]

#: Iterations a game, at most.
_MAX_WORK: Final = 100_000
#: Payoffs of a player in a block: a block takes some milliseconds, or up to seconds where discounts
#: differ.
_BLOCK_PAYOFFS: Final = 2**11
_BLOCK_PAYOFFS_OWN: Final = 2**7
#: Edges that a polygon may have where discounts differ; that it keeps in stochastic games.
_DIRECTIONS: Final = 2**13
_DIRECTIONS_BY_STATE: Final = 256
_FEWEST_DIRECTIONS: Final = 8
#: So that a game's polygons fit in memory.
_MOST_DIRECTIONS: Final = 2**16
#: Why a set is known to within rounding alone.
_AT_AN_EDGE: Final = "a constraint can just be met, or nearly"
_BY_STATE: Final = f"{_AT_AN_EDGE}, or players are very patient"


@dataclass(frozen=True, eq=False, repr=False)
class PayoffSet:
    """The set of subgame-perfect payoffs of every game of a family: convex polygons.

    Vertices are listed counterclockwise from the leftmost one, of several the lowest; a set may be
    a point or a segment. Arrays of vertices are padded with NaN to the largest number in the
    family. Distances are shares of the players' spreads of stage payoffs, each spread rounded up to
    a power of two.

    Attributes
    ----------
    game
        The family.
    vertices
        ``(*batch, [S,] V, 2)``: vertices of the set, to rounding, where `status` is COMPLETE; where
        it is PARTIAL, those of `inner`.
    n_vertices
        ``(*batch, [S])``: their number, 0 where the set is empty or nothing was proved to be in it.
    status
        ``(*batch,)`` int8 of `Status`. COMPLETE: `inner` and `outer` differ by at most
        ``2**-26``. NONE: proved empty (in every state), so that there is no equilibrium in pure
        strategies. PARTIAL: the set lies between `inner` and `outer`, which differ by more; so it
        is where players are so patient (of discounts above 0.998 in stochastic games, say) that
        rounding hides whether a set stands still, or whether it is empty.
    inner, outer
        ``(*batch, [S,] V, 2)``: vertices of a set of equilibrium payoffs, and of a set outside of
        which there are none.
    gap
        ``(*batch,)``: the farthest that a point of `outer` lies from `inner`; inf where `inner` is
        empty and `outer` is not.
    proved
        ``(*batch,)`` bool: whether `inner` consists of equilibrium payoffs beyond doubt, all
        roundings accounted for (NONE: whether the set is empty). Of stochastic games: whether
        beyond doubt there are equilibrium payoffs within ``2**-30`` of every point of `inner`, as
        far as transition probabilities sum to 1 (rows that miss it by up to 1e-9 are accepted).
        Elsewhere that is so if a continuation payoff may fall short of what is needed by up to
        ``2**-40``, or ``2**-38`` where discounts differ: where a constraint can just be met, as at
        a critical discount; in stochastic games by more if players are patient, up to ``2**-26``.
    message
        What there is to say about games that are not COMPLETE, or not proved.
    method
        The solver, "payoff_set".
    """

    method: ClassVar[str] = "payoff_set"

    game: RepeatedGame | StochasticGame
    vertices: NDArray[np.float64]
    n_vertices: NDArray[np.int64]
    status: NDArray[np.int8]
    inner: NDArray[np.float64]
    outer: NDArray[np.float64]
    gap: NDArray[np.float64]
    proved: NDArray[np.bool_]
    message: str = ""

    def __repr__(self) -> str:
        most = int(self.n_vertices.max(initial=0))
        count = f"up to {most}" if self.n_vertices.ndim else str(most)
        return f"<PayoffSet: {count} vertices{ending(self)}>"

    @property
    def exists(self) -> NDArray[np.bool_]:
        """Whether some payoff is known to be an equilibrium payoff, ``(*batch, [S])``."""
        return np.asarray(self.n_vertices > 0)

    @property
    def worst(self) -> NDArray[np.float64]:
        """Each player's worst payoff in `vertices`, ``(*batch, [S,] 2)``; NaN if there is none."""
        return np.asarray(np.fmin.reduce(self._padded, axis=-2))

    @property
    def best(self) -> NDArray[np.float64]:
        """Each player's best payoff in `vertices`, ``(*batch, [S,] 2)``; NaN if there is none."""
        return np.asarray(np.fmax.reduce(self._padded, axis=-2))

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """Area of the polygons, ``(*batch, [S])``; 0 for segments and points, and if empty."""
        start = self._padded[..., :1, :]
        first, second = np.moveaxis(self._padded - start, -1, 0)
        after_first, after_second = np.moveaxis(self._following - start, -1, 0)
        return np.asarray(np.nansum(first * after_second - second * after_first, axis=-1) / 2)

    def support(self, directions: ArrayLike) -> NDArray[np.float64]:
        """The most that a weighted sum of the players' payoffs can be.

        Parameters
        ----------
        directions
            ``(..., 2)`` weights, which broadcast with the shape ``(*batch, [S])``.

        Returns
        -------
        (...)
            -inf where there is no equilibrium payoff.

        Raises
        ------
        GameError
            If the shape does not fit, or a weight is not finite.
        """
        weights = self._pairs("directions", directions)
        finite = np.isfinite(weights)
        if not finite.all():
            flat = int(np.argmin(finite))
            at = batch_index(flat, weights.shape)
            found = weights.reshape(-1)[flat]
            raise GameError(f"directions: not finite at {at}: {found}; expected finite numbers")
        values = np.einsum("...vi,...i->...v", self._padded, weights)
        return np.asarray(np.where(np.isnan(values), -np.inf, values).max(axis=-1))

    def contains(self, points: ArrayLike, *, tol: Any = 2.0**-30) -> NDArray[np.bool_]:
        """Whether payoffs lie in `vertices`.

        Parameters
        ----------
        points
            ``(..., 2)`` payoffs, which broadcast with the shape ``(*batch, [S])``. What is not
            finite lies nowhere.
        tol
            Distance up to which a point outside counts as within, as a share of the players'
            spreads of stage payoffs.

        Returns
        -------
        (...) bool

        Raises
        ------
        GameError
            If the shape does not fit or `tol` is no number from 0 on.
        """
        number = isinstance(tol, (int, float)) and not isinstance(tol, bool)
        if not number or not 0 <= tol <= sys.float_info.max:
            raise GameError(f"tol: {tol!r}; expected a number, 0 or more")
        size = self._spreads[..., np.newaxis, :]
        pairs = self._pairs("points", points)
        at = pairs[..., np.newaxis, :] / size
        start, end = self._padded / size, self._following / size
        edge, way = end - start, at - start
        with np.errstate(invalid="ignore"):
            square = (edge**2).sum(axis=-1)
            share = (way * edge).sum(axis=-1) / np.where(square > 0, square, 1.0)
            foot = way - np.clip(share, 0.0, 1.0)[..., np.newaxis] * edge
            near = np.hypot(foot[..., 0], foot[..., 1]) <= tol
            side = edge[..., 0] * way[..., 1] - edge[..., 1] * way[..., 0]
        inside = ((side >= 0) | np.isnan(side)).all(axis=-1) & (self.n_vertices > 2)
        return np.asarray((inside | near.any(axis=-1)) & np.isfinite(pairs).all(axis=-1))

    def automaton(self, vertex: Any) -> PublicAutomaton:
        """Strategies that attain a vertex of the set of a single game.

        Each state attains one vertex, from which play goes on by a public lottery over vertices;
        whoever leaves a state's profile alone gets its worst payoff.

        Parameters
        ----------
        vertex
            Its place in `vertices`.

        Returns
        -------
        PublicAutomaton
            Its `payoffs` and `gain` are computed anew, from the strategies alone.

        Raises
        ------
        GameError
            If it is a family of games, or there is no such vertex.
        SolverError
            If it is a stochastic game, is not COMPLETE, or a vertex is lost in rounding: so may be
            those of many edges, where discounts differ.
        """
        if self.game.batch_shape:
            raise GameError(f"{self!r}: an automaton is of a single game; expected an indexed one")
        if isinstance(self.game, StochasticGame):
            raise SolverError("automaton: a stochastic game; expected a repeated game")
        count = int(self.n_vertices)
        if isinstance(vertex, bool) or not isinstance(vertex, int) or not 0 <= vertex < count:
            raise GameError(f"vertex: {vertex!r}; expected a whole number from 0 to {count - 1}")
        if self.status != Status.COMPLETE:
            raise SolverError(f"automaton: {Status(int(self.status)).name}: {self.message}")
        return attaining(self.game, self.vertices[:count], vertex)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the set of a single game within what the stage game makes feasible.

        Of a stochastic game, the sets of all states (at most six); where it is PARTIAL, the outer
        ones.

        Parameters
        ----------
        ax
            Axes to draw on; None: new ones.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        GameError
            If it is a family of games, or `ax` is no Axes.
        """
        from summitgames.drawing.polygons import draw_polygons

        game = self.game
        if game.batch_shape:
            raise GameError(f"{self!r}: a figure shows a single game; expected an indexed one")
        points: ArrayLike = ()
        if isinstance(game, RepeatedGame):
            points = np.stack([array.reshape(-1) for array in game.stage.payoffs], axis=-1)
            shapes = [("subgame perfect", self.vertices)]
            if self.status == Status.PARTIAL:
                shapes = [("not excluded", self.outer), ("proved", self.inner)]
        else:
            shown = self.outer if self.status == Status.PARTIAL else self.vertices
            shapes = list(zip(game.states, shown, strict=True))
        return draw_polygons(
            shapes,
            points=points,
            points_name="stage payoffs and their hull",
            xlabel=f"payoff of {game.players[0]}",
            ylabel=f"payoff of {game.players[1]}",
            ax=ax,
        )

    def __getitem__(self, index: Any) -> PayoffSet:
        """The sets at an index of the batch."""
        game = self.game[index]
        where = index if isinstance(index, tuple) else (index,)
        last = (slice(None), slice(None))
        return PayoffSet(
            game,
            self.vertices[*where, *last],
            np.asarray(self.n_vertices[where]),
            np.asarray(self.status[where]),
            self.inner[*where, *last],
            self.outer[*where, *last],
            np.asarray(self.gap[where]),
            np.asarray(self.proved[where]),
            self.message,
        )

    @property
    def _padded(self) -> NDArray[np.float64]:
        """Vertices, with at least one slot."""
        if self.vertices.shape[-2]:
            return self.vertices
        return np.full((*self.n_vertices.shape, 1, 2), np.nan)

    @property
    def _following(self) -> NDArray[np.float64]:
        """The vertex after each one."""
        slots = self._padded.shape[-2]
        after = np.arange(1, slots + 1) % np.maximum(self.n_vertices, 1)[..., np.newaxis]
        return np.take_along_axis(self._padded, after[..., np.newaxis], axis=-2)

    @property
    def _spreads(self) -> NDArray[np.float64]:
        """Each player's spread of payoffs, ``(*batch, [1,] 2)``; 1 where it is 0."""
        game = self.game
        if isinstance(game, RepeatedGame):
            each = [np.ptp(a, axis=(-2, -1)) for a in game.stage.payoffs]
        else:  # sums; nothing is paid where an action is not available
            each = [
                np.ptp(a, axis=(-3, -2, -1))[..., np.newaxis] / (1.0 - d)[..., np.newaxis]
                for a, d in zip(game.payoffs, game.discounts, strict=True)
            ]
        spreads = np.stack(each, axis=-1)
        return np.where(spreads > 0, spreads, 1.0)

    def _pairs(self, what: str, given: ArrayLike) -> NDArray[np.float64]:
        """Checked pairs of numbers, of a shape that broadcasts with the batch."""
        shape = self.n_vertices.shape
        expected = f"expected numbers (..., 2) that broadcast with batch {shape}"
        pairs = read_floats(given, what)
        try:
            if pairs.ndim and pairs.shape[-1] == 2:
                np.broadcast_shapes(pairs.shape[:-1], shape)
                return pairs
        except ValueError:
            pass
        raise GameError(f"{what}: shape {pairs.shape}; {expected}")


def payoff_set(
    game: RepeatedGame | StochasticGame,
    *,
    directions: int | None = None,
    threads: int | None = None,
    max_work: int | None = None,
) -> PayoffSet:
    """All payoffs of subgame-perfect equilibria in pure strategies, with public randomisation.

    Everybody sees all past actions, and before each period a draw from a public lottery. Players do
    not randomise themselves. Payoffs are averages, weighted by the discount: in units of the stage
    game. The set is a convex polygon, a segment or a point; it is empty where no pair of pure
    strategies is an equilibrium. With a discount of 0 it is the hull of the pure stage equilibria.

    It is approached from outside until it stands still. Where both players have the same discount,
    from the hull of stage payoffs by the operator R of Abreu and Sannikov. Where discounts differ,
    the set may reach beyond that hull, as the impatient player can be paid first, and may have
    infinitely many vertices. Then it is approached from the box of stage payoffs. How far it
    reaches is found in one direction after another, from those that the patient player decides:
    what is best in one goes on with what is best in another that is nearer to them. Directions are
    added where the set has edges, until none is missing that matters: `vertices` are those of a
    polygon as near to the set as `status` says.

    In the end a set just inside of it is looked for that generates itself: every payoff in it is
    one of a pair of actions now and continuation payoffs in it, which nobody gains by leaving. By
    Abreu, Pearce and Stacchetti all payoffs in such a set are equilibrium payoffs. Where discounts
    differ, one that nearly does so, with constraints that are tightened by more than is missing;
    `inner` is what lies deep enough in it.

    Of a stochastic game there is one set for each state, in sums of payoffs, and all of them are
    approached from outside at once: continuations of a profile are averages of points of the sets
    of the states to which it leads. With one discount, what a direction allows is a decision
    problem, as in the algorithm of Abreu, Brooks and Sannikov, and the sets are cut in as many
    directions as show all their corners; where discounts differ, sets are replaced by what they
    generate, with few edges, again and again, as by Judd, Yeltekin and Conklin. A state
    from which play may come to one without an equilibrium has none itself. In the end constraints
    are tightened until the sets that are left prove themselves. Of a game for which that is not
    reached, `inner` holds at least the payoffs of its pure Markov-perfect equilibria, if it is
    small.

    Parameters
    ----------
    game
        Two players, with one discount or one each, batch shape ``(*batch,)``.
    directions
        The most edges of a polygon, 8 to 65,536: of consequence only where discounts differ, and in
        stochastic games. The more patient the players, the more are needed for a narrow gap. None:
        8,192, or 256 in stochastic games.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Iterations a game, at most; None: 100,000. Past it a game is PARTIAL.

    Returns
    -------
    PayoffSet

    Raises
    ------
    GameError
        If `game` is no repeated or stochastic game with two players, or an option is out of range.

    References
    ----------
    Abreu, Pearce & Stacchetti (1990), Toward a theory of discounted repeated games with imperfect
    monitoring, Econometrica 58; Lehrer & Pauzner (1999), Repeated games with differential time
    preferences, Econometrica 67; Judd, Yeltekin & Conklin (2003), Computing supergame equilibria,
    Econometrica 71; Abreu & Sannikov (2014), An algorithm for two-player repeated games with
    perfect monitoring, Theoretical Economics 9; Abreu, Brooks & Sannikov (2020), Algorithms for
    stochastic games with perfect monitoring, Econometrica 88.

    Examples
    --------
    >>> from summitgames import NormalForm, RepeatedGame, payoff_set
    >>> stage = NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])
    >>> payoffs = payoff_set(RepeatedGame(stage, 0.75))
    >>> payoffs.vertices.round(6)
    array([[3.  , 3.  ],
           [9.75, 3.  ],
           [9.  , 9.  ],
           [3.  , 9.75]])
    >>> payoffs.contains([[5, 5], [9.5, 9.5]])
    array([ True, False])

    The same, with stakes that double in good years, which come as often as others:

    >>> from summitgames import StochasticGame
    >>> years = [[array, 2 * array] for array in stage.payoffs]
    >>> both = payoff_set(StochasticGame(years, [[[[0.5, 0.5]] * 2] * 2] * 2, 0.75))
    >>> both.n_vertices.tolist(), bool(both.proved)
    ([4, 4], True)
    >>> both.best.round(6)  # sums of payoffs
    array([[53.625, 53.625],
           [63.375, 63.375]])
    """
    limit = work_limit(max_work, _MAX_WORK)
    if isinstance(game, StochasticGame):
        return _of_states(game, _edges(directions, _DIRECTIONS_BY_STATE), limit, threads)
    edges = _edges(directions, _DIRECTIONS)
    if not isinstance(game, RepeatedGame):
        raise GameError(f"game: {type(game).__name__}; expected a RepeatedGame or a StochasticGame")
    game = as_repeated_game(game, players=2)
    profiles = game.n_actions[0] * game.n_actions[1]
    payoffs = _BLOCK_PAYOFFS if game.common_discount else _BLOCK_PAYOFFS_OWN

    def work(block: Block) -> _Part:
        return _solve(*game.block(block.start, block.stop), edges, limit)

    parts = map_blocks(work, game.size, block=max(1, payoffs // profiles), threads=threads)
    parts = parts or [work(Block(0, 0, 0))]  # an empty family
    return _assembled(game, parts, edges, limit)


def _of_states(game: StochasticGame, edges: int, limit: int, threads: int | None) -> PayoffSet:
    """The sets of a stochastic game."""
    if game.n_players != 2:
        raise GameError(f"game: {game.n_players} players; expected 2")
    found = sets_by_state(game, edges, limit, threads)
    batch, states = game.batch_shape, game.n_states
    status = np.full(game.size, Status.COMPLETE, dtype=np.int8)
    status[found.flags == payoff_sets.EMPTY] = Status.NONE
    status[found.flags == payoff_sets.LIMIT] = Status.PARTIAL
    partial = (status == Status.PARTIAL)[:, np.newaxis]
    n_vertices = np.where(partial, found.counts[..., 1], found.counts[..., 0])
    vertices = np.full((game.size, states, int(n_vertices.max(initial=0)), 2), np.nan)
    for source, which in ((found.outer, ~partial), (found.inner, partial)):
        slots = min(source.shape[2], vertices.shape[2])
        np.copyto(
            vertices[:, :, :slots], source[:, :, :slots], where=which[..., np.newaxis, np.newaxis]
        )
    closed = found.flags == payoff_sets.CLOSED
    return PayoffSet(
        game,
        vertices.reshape(*batch, *vertices.shape[1:]),
        n_vertices.reshape(*batch, states),
        status.reshape(batch),
        found.inner.reshape(*batch, *found.inner.shape[1:]),
        found.outer.reshape(*batch, *found.outer.shape[1:]),
        found.gaps.reshape(batch),
        ~closed.reshape(batch),
        _message(status, closed, _BY_STATE, limit, edges, family=bool(batch)),
    )


def _edges(directions: Any, default: int) -> int:
    """Checked number of directions, or the default."""
    if directions is None:
        return default
    whole = isinstance(directions, (int, np.integer)) and not isinstance(directions, bool)
    if whole and _FEWEST_DIRECTIONS <= int(directions) <= _MOST_DIRECTIONS:
        return int(directions)
    raise GameError(
        f"directions: {directions!r}; expected a whole number from {_FEWEST_DIRECTIONS} to "
        f"{_MOST_DIRECTIONS}"
    )


@dataclass(frozen=True)
class _Part:
    """Results of a block of games: vertices ``(games, V, 2)``, counts ``(games, 2)``, flags."""

    outer: NDArray[np.float64]
    inner: NDArray[np.float64]
    counts: NDArray[np.int64]
    gaps: NDArray[np.float64]
    flags: NDArray[np.uint8]


def _solve(
    payoffs: tuple[NDArray[np.float64], ...],
    discounts: tuple[NDArray[np.float64], ...],
    edges: int,
    limit: int,
) -> _Part:
    """Normalise, call the kernels, and put vertices back into units of payoffs."""
    games, rows, columns = payoffs[0].shape
    scaled, plain, faded, restore = _normalised(payoffs)
    same = discounts[0] == discounts[1]
    slots = 4 * rows * columns if same.all() else max(4 * rows * columns, edges)
    outer, inner = np.full((2, games, slots, 2), np.nan)
    counts = np.empty((games, 2), dtype=np.int64)
    gaps, flags = np.empty(games), np.empty(games, dtype=np.uint8)
    results = outer, inner, counts, gaps, flags
    for alike in (True, False):
        chosen = np.flatnonzero(same == alike)
        if not chosen.size:
            continue
        whole = chosen.size == games
        arrays = *scaled, *plain
        first, second, one, two = arrays if whole else [array[chosen] for array in arrays]
        found = results if whole else tuple(array[chosen] for array in results)
        if alike:
            discount = np.ascontiguousarray(discounts[0][chosen])
            room = payoff_sets.workspace(rows, columns)
            payoff_sets.common_discount(first, second, one, two, discount, limit, room, *found)
        else:
            both = np.stack([array[chosen] for array in discounts], axis=-1)
            room = own_discounts.own_workspace(rows, columns, edges)
            own_discounts.own_discounts(first, second, one, two, both, edges, limit, room, *found)
        if not whole:
            for array, part in zip(results, found, strict=True):
                array[chosen] = part
    # Who would gain by leaving a profile for the other of two such payoffs was not seen.
    flags[faded & (flags == payoff_sets.STRICT)] = payoff_sets.CLOSED
    most = counts.max(axis=0, initial=0).tolist()
    return _Part(restore(outer[:, : most[0]]), restore(inner[:, : most[1]]), counts, gaps, flags)


def _normalised(
    payoffs: tuple[NDArray[np.float64], ...],
) -> tuple[
    list[NDArray[np.float64]],
    list[NDArray[np.float64]],
    NDArray[np.bool_],
    Callable[[NDArray[np.float64]], NDArray[np.float64]],
]:
    """Payoffs from 0 on, divided by powers of two; only divided; games in which that lost some.

    And the function that takes vertices back.
    """
    scaled, plain, lows, exponents = [], [], [], []
    faded = np.zeros(len(payoffs[0]), dtype=np.bool_)
    for array in payoffs:
        low, high = array.min(axis=(1, 2)), array.max(axis=(1, 2))
        # Halves, so that the largest floats have differences; powers of 2, so that nothing rounds.
        exponent = np.frexp(0.5 * high - 0.5 * low)[1] + 1
        shift = -exponent[:, np.newaxis, np.newaxis]
        plain.append(np.ldexp(array, shift))
        faded |= faded_payoffs(array, plain[-1], shift)
        scaled.append(plain[-1] - np.ldexp(low[:, np.newaxis, np.newaxis], shift))
        lows.append(0.5 * low)
        exponents.append(exponent - 1)

    def restore(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
        halves = np.ldexp(vertices, np.stack(exponents, axis=-1)[:, np.newaxis])
        return np.asarray(2.0 * (halves + np.stack(lows, axis=-1)[:, np.newaxis]))

    return scaled, plain, faded, restore


def _assembled(game: RepeatedGame, parts: list[_Part], edges: int, limit: int) -> PayoffSet:
    batch = game.batch_shape
    outer = _joined([part.outer for part in parts])
    inner = _joined([part.inner for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    flags = np.concatenate([part.flags for part in parts])
    status = np.full(len(flags), Status.COMPLETE, dtype=np.int8)
    status[flags == payoff_sets.EMPTY] = Status.NONE
    status[flags == payoff_sets.LIMIT] = Status.PARTIAL
    partial = status == Status.PARTIAL
    vertices, n_vertices = outer, counts[:, 0]
    if partial.any():
        n_vertices = np.where(partial, counts[:, 1], n_vertices)
        vertices = np.full((len(flags), int(n_vertices.max()), 2), np.nan)
        for source, which in ((outer, ~partial), (inner, partial)):
            slots = min(source.shape[1], vertices.shape[1])
            vertices[which, :slots] = source[which, :slots]
    closed = flags == payoff_sets.CLOSED
    return PayoffSet(
        game,
        vertices.reshape(*batch, *vertices.shape[1:]),
        n_vertices.reshape(batch),
        status.reshape(batch),
        inner.reshape(*batch, *inner.shape[1:]),
        outer.reshape(*batch, *outer.shape[1:]),
        np.concatenate([part.gaps for part in parts]).reshape(batch),
        ~closed.reshape(batch),
        _message(status, closed, _AT_AN_EDGE, limit, edges, family=bool(batch)),
    )


def _joined(parts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Vertices of all blocks, padded to the largest number."""
    if len(parts) == 1:
        return parts[0]
    most = max(part.shape[1] for part in parts)
    joined = np.full((sum(map(len, parts)), most, 2), np.nan)
    start = 0
    for part in parts:
        joined[start : start + len(part), : part.shape[1]] = part
        start += len(part)
    return joined


def _message(
    status: NDArray[np.int8],
    closed: NDArray[np.bool_],
    why: str,
    limit: int,
    edges: int,
    *,
    family: bool,
) -> str:
    """What there is to say about the games; why some are known to within rounding alone."""
    none, partial = status == Status.NONE, status == Status.PARTIAL
    parts = {
        "no equilibrium in pure strategies": none,
        f"undecided between inner and outer (max_work {limit}, directions {edges})": partial,
        f"to within rounding: {why}": closed,
    }
    texts = []
    for text, which in parts.items():
        if which.any():
            texts.append(text + (f" ({int(which.sum())} of {which.size} games)" if family else ""))
    return "; ".join(texts)
