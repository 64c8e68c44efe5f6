"""All equilibria of two-player games, by the signs of the minors of their payoff matrices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from summitgames import buffers
from summitgames.blocks import Block, map_apart
from summitgames.equilibria.exact_supports import ExactGames
from summitgames.equilibria.options import work_limit
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels import bimatrix, two_by_two
from summitgames.kernels._space import aligned
from summitgames.kernels.minors import (
    MinorTable,
    SupportTable,
    minor_table,
    n_minors,
    support_table,
)
from summitgames.results import Equilibria, Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["Plan", "Search", "largest_support", "plan_for", "support_enumeration"]

T = TypeVar("T")

#: Minors a player of a game, above which supports are searched up to some size only.
_MAX_WORK: Final = 60_000
#: Payoffs of a player a block.
_BLOCK_PAYOFFS: Final = 2**16
#: So many blocks may be one where games have up to so many pairs of supports: these take some
#: microseconds, and the call of the kernel counts.
_MOST_BLOCKS: Final = 4
_QUICK: Final = 2**10
#: Games that tell how many slots a family needs.
_SAMPLE: Final = 2 * bimatrix.LANES
#: Slots for each of those that the sample needs, where most are not: others may need more.
_MORE: Final = 3
#: As many slots as this are taken at once: what is never written takes no memory.
_SLOTS: Final = 20
#: Lanes for the few games of a small batch.
_FEW: Final = 8


def support_enumeration(
    game: NormalForm | nashpy.Game, *, threads: int | None = None, max_work: int | None = None
) -> Equilibria:
    """All equilibria of every nondegenerate two-player game of a family.

    Every pair of supports of equal size is tested. Whether it carries an equilibrium is a matter of
    the signs of minors of the payoff matrices, each bordered by a column of ones, which the pairs
    share. A sign is read from floats where the minor exceeds a bound on its rounding error, and
    from exact arithmetic elsewhere: what is listed, and that it is all, is proved for the payoffs
    as given. Probabilities are floats.

    Parameters
    ----------
    game
        Two players, k_1 and k_2 actions, batch shape ``(*batch,)``.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of minors for each player; None: 60,000, which suffices for 9 x 9 actions.
        Where a game has more, supports are searched up to the largest size for which they suffice.

    Returns
    -------
    Equilibria
        Ordered by the size of supports, then lexicographically by the first and the second player's
        support. `status` is COMPLETE where the game is nondegenerate (no mixed strategy has more
        pure best responses than its support has actions), else PARTIAL: then equilibria on supports
        of different sizes or with a range of mixes exist or may exist, and `vertex_enumeration`
        lists what there is. PARTIAL, too, where `max_work` ended the search.

    Raises
    ------
    GameError
        If `game` is no two-player game, or an option is out of range.

    References
    ----------
    Dickhaut & Kaplan (1991), A program for finding Nash equilibria, The Mathematica Journal 1(4);
    von Stengel (2002), Computing equilibria for two-person games, Handbook of Game Theory 3.

    Examples
    --------
    >>> from summitgames import NormalForm, support_enumeration
    >>> chicken = NormalForm.symmetric([[0, 7], [2, 6]])
    >>> for row, column in support_enumeration(chicken):
    ...     print(row.round(3), column.round(3))
    [1. 0.] [0. 1.]
    [0. 1.] [1. 0.]
    [0.333 0.667] [0.333 0.667]
    """
    form = as_normal_form(game, players=2)
    plan = plan_for(form.n_actions, max_work)
    if threads is None and not form.batch_shape and form.exact is None:
        single = _single(form, plan)
        if single is not None:
            return single
    search = Search(form, plan)
    search.run(threads)
    return search.result()


def _single(game: NormalForm, plan: Plan) -> Equilibria | None:
    """Equilibria of a single game, without what a family needs; None if floats leave it open."""
    rows, columns = game.n_actions
    slots = plan.supports.sizes.size
    first, second = np.empty((slots, 1, rows)), np.empty((slots, 1, columns))
    counts, flags = np.empty(1, dtype=np.int32), np.empty(1, dtype=np.uint8)
    a, b = game.block(0, 1)
    _, most, found = bimatrix.search(
        a, b, *plan.tables, *_spaces(plan, _FEW), 0, first, second, counts, flags
    )
    if found > bimatrix.DEGENERATE:
        return None
    degenerate = flags.reshape(()).view(np.bool_)
    status = degenerate.astype(np.int8)
    if plan.message:
        status[...] = Status.PARTIAL
    return Equilibria(
        game,
        (first[:most, 0], second[:most, 0]),
        np.ones(most, dtype=np.bool_),
        status,
        "support_enumeration",
        degenerate,
        _message(plan, "game" if found else ""),
    )


def _message(plan: Plan, degenerate: str) -> str:
    """What there is to say of a search, and of the games that are degenerate, if any."""
    more = f"degenerate ({degenerate}): on supports of unequal size more may exist"
    return "; ".join(part for part in (plan.message, more if degenerate else "") if part)


def plan_for(n_actions: tuple[int, ...], max_work: int | None) -> Plan:
    """Plan for games of a shape; GameError if `max_work` is no positive whole number."""
    limit = work_limit(max_work, _MAX_WORK)
    first, second = n_actions
    return _plan(first, second, largest_support(first, second, limit))


@dataclass(frozen=True, eq=False)
class Plan:
    """What a search needs to know of the games' shape.

    Attributes
    ----------
    minors, supports
        The tables.
    tables, spaces
        The same for the kernel, and how much space it needs to work in.
    message
        Empty if all supports are searched.
    """

    minors: tuple[MinorTable, MinorTable]
    supports: SupportTable
    tables: tuple[NDArray[np.int64], NDArray[np.float64]]
    spaces: tuple[int, int]
    message: str


@lru_cache(maxsize=64)
def largest_support(first: int, second: int, max_work: int) -> int:
    """Largest size of supports for whose search the minors are not too many; at least 1."""
    size = 1
    while size < min(first, second) and (
        max(n_minors(first, second, size + 1), n_minors(second, first, size + 1)) <= max_work
        and comb(first, size + 1) * comb(second, size + 1) <= max_work
    ):
        size += 1
    return size


@lru_cache(maxsize=64)
def _plan(first: int, second: int, largest: int) -> Plan:
    minors = minor_table(first, second, largest), minor_table(second, first, largest)
    supports = support_table(first, second, largest)
    most = min(first, second)
    message = ""
    if largest < most:
        message = f"only supports of up to {largest} of {most} actions were searched (max_work)"
    return Plan(
        minors,
        supports,
        bimatrix.packed_tables(minors, supports),
        bimatrix.workspace_sizes(minors, supports.sizes.size),
        message,
    )


class Search:
    """A search under way: the arrays that its blocks write to.

    Slots lie behind one another in memory, games side by side within a slot. So a slot is filled
    when the first game of a group needs it, and slots that are never needed take no memory (their
    pages are never written). How many there should be is learned from a few games where there could
    be many.
    """

    def __init__(self, game: NormalForm, plan: Plan) -> None:
        self.game, self.plan = game, plan
        first, second = game.n_actions
        size = game.size
        self.block = max(bimatrix.LANES, _BLOCK_PAYOFFS // (first * second) & -bimatrix.LANES)
        self.width = bimatrix.LANES if size >= bimatrix.LANES else _FEW
        self.closed = game.n_actions == (2, 2) and size >= bimatrix.LANES
        self.counts = np.empty(size, dtype=np.int32)
        self.flags = np.empty(size, dtype=np.uint8)
        self.most = 0
        self.found = 0
        pairs = plan.supports.sizes.size
        if size <= self.block or pairs <= _SLOTS:
            self._allocate(pairs, size)
        else:
            sample = min(_SAMPLE, size)
            self._allocate(pairs, sample)
            _, most, _ = self._search_block(Block(0, 0, sample))
            self._allocate(min(_MORE * max(most, 1), pairs), size)

    def _allocate(self, slots: int, games: int) -> None:
        first, second = self.game.n_actions
        self.first = buffers.empty((slots, games, first))
        self.second = buffers.empty((slots, games, second))

    def run(self, threads: int | None) -> None:
        """Search all games, then fill what no block of theirs has filled."""
        parts = self._map(self._search_block, threads)
        self.most = max((most for _, (_, most, _) in parts), default=0)
        if self.most > len(self.first):
            slots, old = len(self.first), (self.first, self.second)
            self._allocate(self.most, self.game.size)
            self.first[:slots], self.second[:slots] = old
            for i, (block, (_, most, _)) in enumerate(parts):
                if most > slots:
                    parts[i] = block, self._search_block(block)
        slots = max((used for _, (used, _, _) in parts), default=0)
        for array in (self.first, self.second):
            buffers.written(array, array[: max(slots, self.most)].size)
        for _, (_, _, found) in parts:
            self.found |= found
        if any(used < self.most for _, (used, _, _) in parts):
            self._map(lambda block: self._fill(block, parts[block.index][1][0]), threads)

    def _map(self, work: Callable[[Block], T], threads: int | None) -> list[tuple[Block, T]]:
        """Every block with the result of `work` on it."""
        most = self.block
        if self.plan.supports.sizes.size <= _QUICK:
            most *= _MOST_BLOCKS
        return map_apart(work, self.game.size, least=self.block, most=most, threads=threads)

    def _search_block(self, block: Block) -> tuple[int, int, int]:
        """Search one block: slots that hold something for all its games, most equilibria, flags."""
        if self.game.exact is not None:
            self.flags[block.start : block.stop] = bimatrix.OPEN
            return self._settle(block, self._exact_block(block), 0)
        payoffs = self.game.block(block.start, block.stop)
        if self.closed:
            most, done = two_by_two.search(
                payoffs[0], payoffs[1], _closed_space(), block.start,
                self.first, self.second, self.counts, self.flags,
            )  # fmt: skip
            if done:
                return two_by_two.SLOTS, most, 0
        used, most, found = bimatrix.search(
            payoffs[0], payoffs[1], *self.plan.tables, *_spaces(self.plan, self.width),
            block.start, self.first, self.second, self.counts, self.flags,
        )  # fmt: skip
        if found > bimatrix.DEGENERATE:
            return self._settle(block, payoffs, used)
        return used, most, int(found)

    def _fill(self, block: Block, used: int) -> None:
        """Fill the slots that others need and this block does not."""
        self.first[used : self.most, block.start : block.stop] = np.nan
        self.second[used : self.most, block.start : block.stop] = np.nan

    def _settle(
        self, block: Block, payoffs: tuple[NDArray[Any], ...], used: int
    ) -> tuple[int, int, int]:
        """Search the games that floats leave open once more, in exact arithmetic."""
        counts, flags = (a[block.start : block.stop] for a in (self.counts, self.flags))
        games = np.flatnonzero(flags > bimatrix.DEGENERATE)
        for start in range(0, len(games), bimatrix.LANES):
            word = games[start : start + bimatrix.LANES]
            numbers = payoffs[0][word], payoffs[1][word]
            exactly = ExactGames(numbers, self.plan.minors, self.plan.supports)
            for place, (degenerate, found) in zip(word, exactly.equilibria(), strict=True):
                counts[place] = len(found)
                flags[place] = bimatrix.DEGENERATE if degenerate else 0
                used = self._write(block, int(place), found[: len(self.first)], used)
        return used, int(counts.max()), int(flags.max())

    def _write(self, block: Block, place: int, found: Sequence[tuple[Any, Any]], used: int) -> int:
        """Write a game's equilibria over what its slots hold; the slots filled for the block."""
        if len(found) > used:
            self.first[used : len(found), block.start : block.stop] = np.nan
            self.second[used : len(found), block.start : block.stop] = np.nan
            used = len(found)
        game = block.start + place
        self.first[:used, game] = np.nan
        self.second[:used, game] = np.nan
        for slot, (mix, other) in enumerate(found):
            self.first[slot, game] = mix
            self.second[slot, game] = other
        return used

    def _exact_block(self, block: Block) -> tuple[NDArray[np.object_], ...]:
        return tuple(
            array.reshape(-1, *self.game.n_actions)[block.start : block.stop]
            for array in self.game.exact_payoffs()
        )

    def result(self) -> Equilibria:
        """What was found."""
        batch, most = self.game.batch_shape, self.most
        degenerate, which = self.flags.view(np.bool_), ""
        if batch:
            exists = (np.arange(most, dtype=np.int32)[:, np.newaxis] < self.counts).T
        else:  # a single game uses all slots
            exists = np.ones((1, most), dtype=np.bool_)
        if self.found:
            which = f"{int(degenerate.sum())} of {self.game.size} games" if batch else "game"
        status = degenerate.astype(np.int8)  # COMPLETE or PARTIAL
        if self.plan.message:
            status[:] = Status.PARTIAL
        return Equilibria(
            self.game,
            (_slots_last(self.first, most, batch), _slots_last(self.second, most, batch)),
            exists.reshape(*batch, most),
            status.reshape(batch),
            "support_enumeration",
            degenerate.reshape(batch),
            _message(self.plan, which),
        )


def _slots_last(
    array: NDArray[np.float64], most: int, batch: tuple[int, ...]
) -> NDArray[np.float64]:
    """The used slots, ``(*batch, E, k)``."""
    return array[:most].swapaxes(0, 1).reshape(*batch, most, array.shape[-1])


_LOCAL = threading.local()


def _closed_space() -> NDArray[np.float64]:
    """Workspace of the thread that calls, for 2 x 2 games."""
    if not hasattr(_LOCAL, "closed"):
        _LOCAL.closed = np.empty(two_by_two.SPACE)
    space: NDArray[np.float64] = _LOCAL.closed
    return space


def _spaces(plan: Plan, width: int) -> tuple[NDArray[np.float64], NDArray[np.uint64]]:
    """Workspaces of the thread that calls."""
    held = getattr(_LOCAL, "held", None)
    if held is None or held[0] is not plan or held[1] != width:
        floats, words = plan.spaces
        space = aligned(floats * width), np.zeros(words, dtype=np.uint64)
        _LOCAL.held = held = plan, width, space  # at once, whenever an interrupt may come
    spaces: tuple[NDArray[np.float64], NDArray[np.uint64]] = held[2]
    return spaces
