"""All perfect Bayesian equilibria of signaling games."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

import numpy as np

from summitgames import buffers
from summitgames.blocks import Block, map_blocks, require_threads
from summitgames.equilibria.exact_polytopes import TooMuchWork
from summitgames.equilibria.exact_signaling import Entry, ExactSignaling
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError, SolverError, require_known, whole_number
from summitgames.games.batches import batch_index
from summitgames.games.signaling import SignalingGame, as_signaling_game
from summitgames.kernels import signaling as kernel
from summitgames.results import Status, ending

if TYPE_CHECKING:
    import xarray
    from numpy.typing import NDArray

__all__ = ["CloseGames", "PerfectBayesianEquilibria", "perfect_bayesian", "solve_family"]

#: Vertices of a game that are looked at, at most: some ten seconds.
_MAX_WORK: Final = 2_000_000
#: Above this number of types, messages or responses even the supports are too many to begin with.
_LARGEST: Final = 10
_REFINEMENTS: Final = ("intuitive", "d1")
#: Kinds of equilibria, by number; the first one is that of unused slots.
_KINDS: Final = np.array(["", "pooling", "separating", "semi-separating"], dtype=object)
_BLOCK: Final = 4096


class _Listed(NamedTuple):
    """What exact arithmetic says of an equilibrium, rounded once.

    Attributes
    ----------
    sender_vertices, receiver_vertices
        ``(V, T, M)`` and ``(V', M, R)``.
    beliefs
        ``(M, T)``.
    off_path
        For each message None, or, if it is not sent, vertices ``(V, T)`` of beliefs.
    """

    sender_vertices: NDArray[np.float64]
    receiver_vertices: NDArray[np.float64]
    beliefs: NDArray[np.float64]
    off_path: list[NDArray[np.float64] | None]


@dataclass(frozen=True, eq=False, repr=False)
class PerfectBayesianEquilibria:
    """Perfect Bayesian equilibria of every game of a family of signaling games, in slots.

    A slot stands for all equilibria in which every type sends the same set of messages, each of
    them with positive probability, and every message sent is answered by the same set of
    responses; what the receiver would do after a message that nobody sends makes no second entry.
    Where that leaves a range, the slot holds one equilibrium from within it, and `vertices` gives
    the range. E is the largest number of slots that a game of the family needs; games with fewer
    leave slots unused, which hold NaN. Of a single game iteration gives the equilibria one by one,
    as (sender, receiver, beliefs).

    Attributes
    ----------
    game
        The family.
    sender
        ``(*batch, E, T, M)``: probability of every message, type by type.
    receiver
        ``(*batch, E, M, R)``: probability of every response, message by message. After a message
        that nobody sends, a reply that is best for some belief and keeps everybody from sending
        it: on as few responses as will do, those listed first (one such message after another).
    exists
        ``(*batch, E)`` bool: which slots are used; the first ones are. Ordered by the number of
        messages that the types send, then by these sets of messages, types in order, then by
        the sets of responses.
    status
        ``(*batch,)`` int8 of `Status`.
    message
        What there is to say about games that are not COMPLETE.
    has_range
        ``(*batch, E)`` bool: whether a slot stands for more than one strategy on the path; that
        needs payoffs that tie.
    method
        The solver, "perfect_bayesian".

    Examples
    --------
    >>> import summitgames as sg
    >>> found = sg.perfect_bayesian(sg.model("distrust").game("article"))
    >>> found
    <PerfectBayesianEquilibria: 2, COMPLETE>
    >>> found.kinds.tolist(), found.survives("intuitive").tolist()
    (['pooling', 'semi-separating'], [True, True])
    """

    method: ClassVar[str] = "perfect_bayesian"

    game: SignalingGame
    sender: NDArray[np.float64]
    receiver: NDArray[np.float64]
    exists: NDArray[np.bool_]
    status: NDArray[np.int8]
    message: str
    has_range: NDArray[np.bool_]
    _survives: NDArray[np.bool_]
    _listed: dict[int, list[_Listed]] = field(default_factory=dict)

    def __repr__(self) -> str:
        count = int(self.exists.sum())
        return f"<PerfectBayesianEquilibria: {count}{ending(self)}>"

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of equilibria listed, ``(*batch,)``."""
        return np.asarray(self.exists.sum(axis=-1))

    def __len__(self) -> int:
        if self.game.batch_shape:
            raise TypeError(
                f"equilibria of a family of shape {self.game.batch_shape}: index the game, or use "
                ".sender, .receiver and .exists"
            )
        return int(self.exists.sum())

    def __getitem__(self, index: Any) -> Any:
        """One equilibrium of a single game as iteration gives it; of a slice a tuple of them."""
        return tuple(self)[index]

    def __iter__(
        self,
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]:
        """Sender ``(T, M)``, receiver ``(M, R)`` and beliefs ``(M, T)`` of each equilibrium."""
        slots = range(len(self))
        return ((self.sender[i], self.receiver[i], self.beliefs[i]) for i in slots)

    @cached_property
    def used(self) -> NDArray[np.bool_]:
        """Whether a message is sent with positive probability, ``(*batch, E, M)``."""
        prior = self.game.prior[..., np.newaxis, :, np.newaxis]
        sends = (prior > 0) & (self.sender > 0)
        return np.asarray(sends.any(axis=-2))

    @cached_property
    def kinds(self) -> NDArray[np.object_]:
        """Kind of every equilibrium, ``(*batch, E)`` of str; "" in unused slots.

        Pooling: all types send one message for sure. Separating: no message is sent by two types.
        Semi-separating: all else. Types of probability 0 are not looked at.
        """
        sends = self.sender > 0
        sends &= (self.game.prior > 0)[..., np.newaxis, :, np.newaxis]
        senders = sends.sum(axis=-2)
        pooling = (senders > 0).sum(axis=-1) == 1
        separating = ~pooling & (senders <= 1).all(axis=-1)
        number = np.where(pooling, 1, np.where(separating, 2, 3)) * self.exists
        return np.asarray(_KINDS[number])

    @property
    def beliefs(self) -> NDArray[np.float64]:
        """The receiver's beliefs about the type after every message, ``(*batch, E, M, T)``.

        After a message that somebody sends by Bayes' rule; after another one the average of the
        vertices of `off_path`.
        """
        return self._beliefs[0]

    @property
    def off_path(self) -> NDArray[np.float64]:
        """Beliefs that make the listed reply to a message that nobody sends a best one.

        Returns
        -------
        ndarray
            Two types: ``(*batch, E, M, 2)``, the least and the largest probability of the first
            type. More (or one): ``(*batch, E, M, V, T)``, the vertices of the polytope of beliefs,
            at most V, the rest NaN. NaN after messages that are sent and in unused slots.
        """
        return self._beliefs[1]

    @cached_property
    def _beliefs(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        game, slots = self.game, self.exists.shape[-1]
        types, messages, _ = game.counts
        points = [
            len(vertices)
            for entries in self._listed.values()
            for entry in entries
            for vertices in entry.off_path
            if vertices is not None
        ]
        ends = (2,) if types == 2 else (max(points, default=0), types)
        beliefs = buffers.empty((game.size, slots, messages, types))
        off_path = buffers.empty((game.size, slots, messages, *ends))
        if len(self._listed) < game.size:
            shape = (game.size, slots, 2, 2)
            strategies = self.sender.reshape(shape), self.receiver.reshape(shape)

            def work(block: Block) -> None:
                prior, _, replies = game.block(block.start, block.stop)
                kernel.fill_beliefs(prior, replies, block.start, *strategies, beliefs, off_path)

            map_blocks(work, game.size, block=_BLOCK)
        for place, entries in self._listed.items():
            beliefs[place], off_path[place] = np.nan, np.nan
            for slot, entry in enumerate(entries):
                beliefs[place, slot] = entry.beliefs
                for m, vertices in enumerate(entry.off_path):
                    if vertices is not None and types == 2:
                        off_path[place, slot, m] = vertices[:, 0].min(), vertices[:, 0].max()
                    elif vertices is not None:
                        off_path[place, slot, m, : len(vertices)] = vertices
        batch = (*game.batch_shape, slots, messages)
        return beliefs.reshape(*batch, types), off_path.reshape(*batch, *ends)

    def survives(self, refinement: str) -> NDArray[np.bool_]:
        """Which equilibria survive a refinement of beliefs, ``(*batch, E)``; False if unused.

        One round. After a message that nobody sends, some types are struck off; the equilibrium
        survives if after every such message some mixed reply, best for a belief over the types
        that are left, keeps every type from sending it. If all are struck off, all are left.

        Parameters
        ----------
        refinement
            "intuitive" (Cho & Kreps 1987): a type is struck off if it gets less than in
            equilibrium by every reply that is best for some belief over all types. "d1" (Banks &
            Sobel 1987): if there is another type which gains by every mixed reply, best for some
            belief over all types, by which the first does not lose, and gains by some such reply.

        Raises
        ------
        GameError
            If there is no such refinement.

        Notes
        -----
        Where a slot stands for a range of payoffs, what its listed equilibrium pays counts.

        References
        ----------
        Cho & Kreps (1987), Signaling games and stable equilibria, Quarterly Journal of Economics
        102(2); Banks & Sobel (1987), Equilibrium selection in signaling games, Econometrica 55(3).
        """
        require_known("refinement", refinement, _REFINEMENTS)
        return np.asarray(self._survives[_REFINEMENTS.index(refinement)])

    @cached_property
    def type_payoffs(self) -> NDArray[np.float64]:
        """What every type of the sender gets, ``(*batch, E, T)``."""
        payoffs = self.game.sender[..., np.newaxis, :, :, :]
        each = (payoffs * self.receiver[..., np.newaxis, :, :]).sum(axis=-1)
        found: NDArray[np.float64] = (each * self.sender).sum(axis=-1)
        return found

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Expected payoffs of sender and receiver before the type is drawn, ``(*batch, E, 2)``."""
        prior = self.game.prior[..., np.newaxis, :]
        payoffs = self.game.receiver[..., np.newaxis, :, :, :]
        each = (payoffs * self.receiver[..., np.newaxis, :, :]).sum(axis=-1)
        receiver = (prior * (each * self.sender).sum(axis=-1)).sum(axis=-1)
        return np.stack([(prior * self.type_payoffs).sum(axis=-1), receiver], axis=-1)

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """The most that a type, or the receiver after a message, gains by deviating.

        ``(*batch, E)``; NaN in unused slots.
        """
        from summitgames.certificates.regret import regret

        return np.asarray(regret(self.game, self))

    def to_xarray(self) -> xarray.Dataset:
        """Strategies, beliefs, kinds and status as an xarray Dataset.

        Returns
        -------
        xarray.Dataset
            Variables ``sender``, ``receiver``, ``belief``, ``type_payoff``, ``kind``,
            ``intuitive``, ``d1``, ``exists`` and ``status``; dimensions ``batch_0``, ...,
            ``equilibrium``, ``type``, ``message`` and ``response``.
        """
        import xarray

        game = self.game
        axes = [f"batch_{axis}" for axis in range(len(game.batch_shape))]
        slots = [*axes, "equilibrium"]
        data: dict[str, Any] = {
            "sender": ([*slots, "type", "message"], self.sender),
            "receiver": ([*slots, "message", "response"], self.receiver),
            "belief": ([*slots, "message", "type"], self.beliefs),
            "type_payoff": ([*slots, "type"], self.type_payoffs),
            "kind": (slots, self.kinds),
            "intuitive": (slots, self.survives("intuitive")),
            "d1": (slots, self.survives("d1")),
            "exists": (slots, self.exists),
            "status": (axes, self.status),
        }
        labels = {"type": game.types, "message": game.messages, "response": game.responses}
        coordinates = {name: list(each) for name, each in labels.items()}
        return xarray.Dataset(data, coords=coordinates)

    def vertices(
        self, slot: int, index: tuple[int, ...] = ()
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The range that a slot stands for: a product of two polytopes, by their vertices.

        Parameters
        ----------
        slot
            Number of the equilibrium.
        index
            Index of the game in the batch.

        Returns
        -------
        sender
            ``(V, T, M)``.
        receiver
            ``(V', M, R)``. Of two responses, all replies to messages that nobody sends are in it;
            of more, those on the responses that are listed.

        Raises
        ------
        GameError
            If the slot is not used.

        Notes
        -----
        The set is what lies within: on the supports of the listed equilibrium, vertices and sides
        where some probability is 0 that is positive there are the set's limits.
        """
        game = self.game[index]
        if game.batch_shape:
            raise GameError(f"index: {index!r}; expected the index of one game of the family")
        count = int(self.exists[index].sum())
        slot = whole_number(slot, "slot", least=0, expected=f"a number below {count}")
        if slot >= count:
            raise GameError(f"slot: {slot!r}; expected a number below {count}")
        places = np.arange(self.game.size).reshape(self.game.batch_shape)
        known = self._listed.get(int(places[index]))
        if known is None:  # solved in closed form
            entries = ExactSignaling(game.exact_numbers(), sys.maxsize).entries()
            known = [_listed(entry, game) for entry in islice(entries, slot + 1)]
        return known[slot].sender_vertices, known[slot].receiver_vertices


def perfect_bayesian(
    game: SignalingGame, *, threads: int | None = None, max_work: int | None = None
) -> PerfectBayesianEquilibria:
    """All perfect Bayesian equilibria of every signaling game of a family.

    Every type's strategy is a best one, and so is the receiver's after every message, given beliefs
    that follow from Bayes' rule after messages that are sent and are any others elsewhere.

    Parameters
    ----------
    game
        T types, M messages, R responses, batch shape ``(*batch,)``.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of vertices and pairs of them that are looked at in one game that is solved
        by exact arithmetic; None: 2,000,000, some ten seconds.

    Returns
    -------
    PerfectBayesianEquilibria
        One slot for all equilibria with the same strategies on the path up to probabilities within
        a range. `status` is COMPLETE where it is proved that these are all, degenerate games
        included; PARTIAL where `max_work` ended the search, FAILED where it did so before anything
        was found, and `message` tells.

    Raises
    ------
    GameError
        If `game` is no signaling game, or an option is out of range.
    SolverError
        If there are more than 10 types, messages or responses.

    Notes
    -----
    Games of two types, messages and responses are solved in closed form. Signs decide there, which
    are read off floats where a bound on their rounding error is exceeded; other games, games given
    in exact numbers, and larger ones are solved in exact arithmetic, one by one, by running through
    the supports of strategies: given these, the sender's strategies form a polytope, and so do the
    receiver's. Up to three types, messages and responses that takes seconds, above that the limit
    of work may end it.

    References
    ----------
    Fudenberg & Tirole (1991), Perfect Bayesian equilibrium and sequential equilibrium, Journal of
    Economic Theory 53(2); Cho & Kreps (1987), Signaling games and stable equilibria, Quarterly
    Journal of Economics 102(2).

    Examples
    --------
    Beer and quiche, with few weak types: both types choose the same breakfast.

    >>> from summitgames import SignalingGame, perfect_bayesian
    >>> game = SignalingGame(
    ...     prior=[0.9, 0.1],
    ...     sender=[[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    ...     receiver=[[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    ...     types=["strong", "weak"],
    ...     messages=["beer", "quiche"],
    ...     responses=["fight", "leave"],
    ... )
    >>> result = perfect_bayesian(game)
    >>> result
    <PerfectBayesianEquilibria: 2, COMPLETE>
    >>> result.kinds.tolist()
    ['pooling', 'pooling']
    >>> result.sender[:, 0].tolist()
    [[1.0, 0.0], [0.0, 1.0]]

    Beer is believed to come from the strong type at most half of the time, where quiche is what
    everybody has; only the other equilibrium survives the intuitive criterion.

    >>> result.off_path[1, 0].tolist()
    [0.0, 0.5]
    >>> result.survives("intuitive").tolist()
    [True, False]
    """
    family = as_signaling_game(game)
    limit = work_limit(max_work, _MAX_WORK)
    if max(family.counts) > _LARGEST:
        raise SolverError(
            f"{family!r}: more than {_LARGEST} types, messages or responses; too many supports"
        )
    require_threads(threads)
    return _Search(family, limit).solve(threads)


class CloseGames(NamedTuple):
    """Games of a family whose floats are rounded, and so near to a tie that this matters.

    Attributes
    ----------
    places
        ``(games,)``: places in the flattened batch.
    exactly
        These games with exact numbers, batch shape ``(games,)``.
    """

    places: NDArray[np.intp]
    exactly: SignalingGame


def solve_family(
    game: SignalingGame, close: CloseGames | None, threads: int | None
) -> PerfectBayesianEquilibria:
    """The same as `perfect_bayesian` for a family of floats, some games of it by exact numbers."""
    return _Search(game, _MAX_WORK, close).solve(threads)


class _Search:
    """The games of a family, solved in closed form or exactly."""

    def __init__(self, game: SignalingGame, limit: int, close: CloseGames | None = None) -> None:
        self.game, self.limit = game, limit
        self.close = (
            {} if close is None else dict(zip(close.places.tolist(), close.exactly, strict=True))
        )
        self.size = game.size
        self.codes = np.full(self.size, kernel.OPEN, dtype=np.int16)
        self.listed: dict[int, list[Entry]] = {}
        self.known: dict[int, list[_Listed]] = {}
        self.ended: list[int] = []

    def solve(self, threads: int | None) -> PerfectBayesianEquilibria:
        """Find everything, then write it."""
        closed = self.game.counts == (2, 2, 2) and self.game.exact is None
        left = self.size
        if closed:
            left = sum(map_blocks(self._classify, self.size, block=_BLOCK, threads=threads))
            left += len(self.close)
            self.codes[list(self.close)] = kernel.OPEN
        counts = np.empty(self.size, dtype=np.int64)
        most = kernel.count(self.codes, counts) if closed else 0
        if left:
            for place in np.flatnonzero(self.codes & kernel.OPEN).tolist():
                counts[place] = self._solve_exactly(place)
            most = max(most, int(counts.max()))
        t, m, r = self.game.counts
        sender = buffers.empty((self.size, most, t, m))
        receiver = buffers.empty((self.size, most, m, r))
        survives = np.empty((2, self.size, most), dtype=np.bool_)
        wide = np.zeros((self.size, most), dtype=np.bool_)
        if closed:

            def work(block: Block) -> None:
                numbers = self.game.block(block.start, block.stop)
                kernel.fill(*numbers, block.start, self.codes, sender, receiver, survives)

            map_blocks(work, self.size, block=_BLOCK, threads=threads)
        for place, entries in self.listed.items():
            self._write(place, entries, sender, receiver, survives, wide)
        batch = self.game.batch_shape
        return PerfectBayesianEquilibria(
            self.game,
            sender.reshape(*batch, most, t, m),
            receiver.reshape(*batch, most, m, r),
            (np.arange(most) < counts[:, np.newaxis]).reshape(*batch, most),
            self._status().reshape(batch),
            self._message(),
            wide.reshape(*batch, most),
            survives.reshape(2, *batch, most),
            self.known,
        )

    def _classify(self, block: Block) -> int:
        numbers = self.game.block(block.start, block.stop)
        return kernel.classify(*numbers, block.start, self.codes)

    def _solve_exactly(self, place: int) -> int:
        """List the equilibria of one game; their number."""
        game = self.close.get(place)
        if game is None:
            game = self.game[batch_index(place, self.game.batch_shape)]
        entries: list[Entry] = []
        self.listed[place] = entries
        try:
            entries.extend(ExactSignaling(game.exact_numbers(), self.limit).entries())
        except TooMuchWork:
            self.ended.append(place)
        return len(entries)

    def _write(
        self,
        place: int,
        entries: Sequence[Entry],
        sender: NDArray[np.float64],
        receiver: NDArray[np.float64],
        survives: NDArray[np.bool_],
        wide: NDArray[np.bool_],
    ) -> None:
        sender[place], receiver[place], survives[:, place] = np.nan, np.nan, False
        self.known[place] = [_listed(entry, self.game) for entry in entries]
        for slot, entry in enumerate(entries):
            own, answer, *_ = self.known[place][slot]
            sent = [points is None for points in entry.off_path]
            wide[place, slot] = len(own) > 1 or bool((answer != answer[0])[:, sent].any())
            sender[place, slot] = _floats(entry.sender)
            receiver[place, slot] = _floats(entry.receiver)
            survives[:, place, slot] = entry.intuitive, entry.d1

    def _status(self) -> NDArray[np.int8]:
        status = np.full(self.size, Status.COMPLETE, dtype=np.int8)
        for place in self.ended:
            status[place] = Status.PARTIAL if self.listed[place] else Status.FAILED
        return status

    def _message(self) -> str:
        if not self.ended:
            return ""
        where = f" in {len(self.ended)} of {self.size} games" if self.game.batch_shape else ""
        return f"the search ended at max_work, {self.limit}{where}: more equilibria may exist"


def _listed(entry: Entry, game: SignalingGame) -> _Listed:
    """An entry in floats."""
    types, messages, responses = game.counts
    return _Listed(
        _floats(entry.sender_vertices).reshape(-1, types, messages),
        _floats(entry.receiver_vertices).reshape(-1, messages, responses),
        _floats(entry.beliefs),
        [None if points is None else _floats(points) for points in entry.off_path],
    )


def _fraction(number: Any) -> Fraction:
    return Fraction(int(number.p), int(number.q))


def _floats(rows: Sequence[Sequence[Any]]) -> NDArray[np.float64]:
    """The nearest floats."""
    return np.array([[float(_fraction(number)) for number in row] for row in rows])
