"""One equilibrium of each two-player game, at the end of a Lemke-Howson path."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.exact_paths import ExactMix, exact_path, rounded
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError
from summitgames.games.batches import batch_index
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels import pivoting
from summitgames.results import Equilibria, Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["lemke_howson"]

#: Pivots of a path.
_MAX_WORK: Final = 10**6
#: Payoffs of a player a block.
_BLOCK_PAYOFFS: Final = 2**15
#: Probabilities that the paths of a block from all labels may end in.
_BLOCK_ENDS: Final = 2**21
#: Entries of tableaux that one call of the kernel changes: a fraction of a second.
_SLICE: Final = 2**28
#: Payoffs of a player, and pivots, up to which a single game takes the short way.
_FEW_PAYOFFS: Final = 2**10
_SLICE_OF_FEW: Final = 2**18
#: Workspaces of single games that wait for the next, by numbers of actions; so many at most.
_SPARE: Final[dict[tuple[int, ...], tuple[Any, ...]]] = {}
_MOST_SPARE: Final = 16

_PARTIAL: Final = int(Status.PARTIAL)
_ONE: Final = "one equilibrium; more may exist"

_Flags: TypeAlias = "NDArray[np.uint8]"


def lemke_howson(
    game: NormalForm | nashpy.Game,
    *,
    initial_label: int | str = 0,
    threads: int | None = None,
    max_work: int | None = None,
) -> Equilibria:
    """One equilibrium of every two-player game of a family, by complementary pivoting.

    From the pair of zero vectors a path along the edges of the players' best-response polytopes,
    all labels but one present, leads to an equilibrium. Ties are broken by the lexicographic rule,
    so that degenerate games do not cycle. The path is followed in floats, from payoffs of which
    every column is brought to one scale; its end is checked against the payoffs, and refined where
    rounding shows. Where floats lose the way, and for payoffs that floats do not hold, the path is
    followed in exact arithmetic.

    Parameters
    ----------
    game
        Two players, k_1 and k_2 actions, batch shape ``(*batch,)``.
    initial_label
        The label that is dropped first: 0, ..., k_1 - 1 are the first player's actions,
        k_1, ..., k_1 + k_2 - 1 the second's. "all": the paths from every label.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of pivots of a path; None: 1,000,000. A path may be exponentially long.

    Returns
    -------
    Equilibria
        In one slot; with "all" the different ones that the paths end in, ordered by the two
        supports' sizes together, then lexicographically. No action gains more than ``2**-48 (k +
        8)`` of the spread of payoffs that its player faces, k being the larger number of actions,
        beyond the rounding of probabilities; found in exact arithmetic, nothing gains but for that
        rounding. `status` is PARTIAL (more equilibria may exist), or FAILED where no path ended
        within `max_work` pivots, of which `message` tells.

    Raises
    ------
    GameError
        If `game` is no two-player game, or an option is out of range.

    References
    ----------
    Lemke & Howson (1964), Equilibrium points of bimatrix games, SIAM Journal on Applied Mathematics
    12; von Stengel (2002), Computing equilibria for two-person games, Handbook of Game Theory 3.

    Examples
    --------
    >>> from summitgames import NormalForm, lemke_howson
    >>> game = NormalForm.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    >>> for row, column in lemke_howson(game, initial_label=1):
    ...     print(row.round(3), column.round(3))
    [0.    0.333 0.667] [0.333 0.667]
    >>> len(lemke_howson(game, initial_label="all"))
    2
    """
    form = as_normal_form(game, players=2)
    labels = _labels(initial_label, sum(form.n_actions))
    limit = work_limit(max_work, _MAX_WORK)
    if threads is None and not form.batch_shape and len(labels) == 1 and form.exact is None:
        single = _single(form, labels[0], limit)
        if single is not None:
            return single
    paths = _Paths(form, limit)
    every = len(labels) > 1
    ends = paths.from_all(labels, threads) if every else paths.from_one(labels[0], threads)
    return _result(form, ends, every=every, limit=limit)


def _single(form: NormalForm, label: int, limit: int) -> Equilibria | None:
    """The end of one path of a small game, without what a family needs; None if it is not plain.

    A workspace is taken out of `_SPARE` while it is in use, so no other thread and no handler of a
    signal can come upon it, and one whose path was broken off is never used again.
    """
    shape = first, second = form.n_actions
    if first * second > _FEW_PAYOFFS:
        return None
    work = _SPARE.pop(shape, None) or pivoting.workspace(first, second)
    mixes, flags = (np.empty((1, first)), np.empty((1, second))), np.empty(1, dtype=np.uint8)
    payoffs, others = form.block(0, 1)
    done = pivoting.follow_paths(
        payoffs, others, label, _SLICE_OF_FEW, limit, pivoting.TIE, work, *mixes, flags
    )
    if not done:
        return None
    if len(_SPARE) >= _MOST_SPARE:
        _SPARE.clear()
    _SPARE[shape] = work
    if flags[0] != pivoting.DONE:
        return None
    exists, status = np.array([True]), np.array(_PARTIAL, dtype=np.int8)
    return Equilibria(form, mixes, exists, status, "lemke_howson", None, _ONE)


def _labels(initial_label: Any, count: int) -> range:
    """The labels to begin at."""
    if isinstance(initial_label, str):
        if initial_label == "all":
            return range(count)
    elif not isinstance(initial_label, (bool, np.bool_)):
        try:
            label = operator.index(initial_label)
        except TypeError:
            label = -1
        if 0 <= label < count:
            return range(label, label + 1)
    raise GameError(
        f'initial_label: {initial_label!r}; expected a whole number from 0 to {count - 1}, or "all"'
    )


@dataclass(frozen=True)
class _Ends:
    """Where the paths of a number of games end.

    Attributes
    ----------
    mixes
        For each player ``(games, E, k_i)``, NaN in unused slots.
    exists
        ``(games, E)`` bool: slots used.
    endless
        ``(games,)`` bool: whether some path was given up.
    """

    mixes: tuple[NDArray[np.float64], NDArray[np.float64]]
    exists: NDArray[np.bool_]
    endless: NDArray[np.bool_]


class _Paths:
    """The paths of a family of games, each of up to `limit` pivots."""

    def __init__(self, form: NormalForm, limit: int) -> None:
        self.form, self.limit = form, limit
        first, second = form.n_actions
        self.slice = max(1, _SLICE // (first * second + 64))

    def from_one(self, label: int, threads: int | None) -> _Ends:
        """Follow one path in each game."""
        form = self.form
        mixes = tuple(np.empty((form.size, 1, count)) for count in form.n_actions)
        flags = np.empty(form.size, dtype=np.uint8)

        def work(block: Block) -> None:
            part = slice(block.start, block.stop)
            first, second = mixes[0][part, 0], mixes[1][part, 0]
            self._follow(block, label, first, second, flags[part])
            for place in (flags[part] == pivoting.ASTRAY).nonzero()[0].tolist():
                exact = self._exact_path(block.start + place, label)
                if exact is not None:
                    first[place], second[place] = map(rounded, exact)
                flags[block.start + place] = pivoting.ENDLESS if exact is None else pivoting.DONE

        first, second = form.n_actions
        size = max(1, _BLOCK_PAYOFFS // (first * second))
        map_blocks(work, form.size, block=size, threads=threads)
        done = flags == pivoting.DONE
        return _Ends((mixes[0], mixes[1]), done[:, np.newaxis], ~done)

    def from_all(self, labels: range, threads: int | None) -> _Ends:
        """Follow the paths from all labels in each game, and keep the different ends."""
        first, second = self.form.n_actions
        size = min(_BLOCK_PAYOFFS // (first * second), _BLOCK_ENDS // (first + second) ** 2)
        parts = map_blocks(
            lambda block: self._all_of_block(block, labels),
            self.form.size,
            block=max(1, size),
            threads=threads,
        )
        most = max((part.exists.shape[1] for part in parts), default=0)
        mixes = tuple(np.empty((self.form.size, most, k)) for k in self.form.n_actions)
        exists = np.zeros((self.form.size, most), dtype=np.bool_)
        endless = np.empty(self.form.size, dtype=np.bool_)
        stop = self.form.size
        while parts:  # given back one by one: the results are not kept twice
            part = parts.pop()
            games, slots = part.exists.shape
            here = slice(stop - games, stop)
            for array, found in zip(mixes, part.mixes, strict=True):
                array[here, :slots], array[here, slots:] = found, np.nan
            exists[here, :slots], endless[here] = part.exists, part.endless
            stop -= games
        return _Ends((mixes[0], mixes[1]), exists, endless)

    def _all_of_block(self, block: Block, labels: range) -> _Ends:
        ends = [np.empty((len(labels), block.size, count)) for count in self.form.n_actions]
        flags = np.empty((len(labels), block.size), dtype=np.uint8)
        for label in labels:
            self._follow(block, label, ends[0][label], ends[1][label], flags[label])
        kept = np.zeros((block.size, len(labels)), dtype=np.int64)
        counts = np.empty(block.size, dtype=np.int64)
        pivoting.distinct_ends(ends[0], ends[1], flags, kept, counts)
        counts[(flags == pivoting.ASTRAY).any(axis=0)] = -1
        endless = (flags == pivoting.ENDLESS).any(axis=0)
        again = {}
        for place in np.flatnonzero(counts < 0).tolist():
            again[place], endless[place] = self._all_exact(block.start + place, labels)
            counts[place] = len(again[place])
        most = int(counts.max())
        chosen = kept[:, :most], np.arange(block.size)[:, np.newaxis]
        exists = np.arange(most) < counts[:, np.newaxis]
        mixes = [array[chosen] for array in ends]
        for player, array in enumerate(mixes):
            array[~exists] = np.nan
            for place, listed in again.items():
                for slot, equilibrium in enumerate(listed):
                    array[place, slot] = rounded(equilibrium[player])
        return _Ends((mixes[0], mixes[1]), exists, endless)

    def _follow(
        self,
        block: Block,
        label: int,
        first: NDArray[np.float64],
        second: NDArray[np.float64],
        flags: _Flags,
    ) -> None:
        """Follow paths in floats, once more with closer ties where floats lose the way."""
        if self.form.exact is not None:
            first[:], second[:], flags[:] = np.nan, np.nan, pivoting.ASTRAY
            return
        payoffs = self.form.block(block.start, block.stop)
        self._pivot(payoffs, label, pivoting.TIE, (first, second, flags))
        lost = (flags == pivoting.ASTRAY).nonzero()[0]
        if lost.size:
            again = first[lost], second[lost], flags[lost]
            self._pivot([array[lost] for array in payoffs], label, pivoting.CLOSE_TIE, again)
            first[lost], second[lost], flags[lost] = again

    def _pivot(
        self,
        payoffs: Sequence[NDArray[np.float64]],
        label: int,
        tie: float,
        ends: tuple[NDArray[np.float64], NDArray[np.float64], _Flags],
    ) -> None:
        """Call the kernel in slices, between which Ctrl-C works."""
        for array in payoffs:
            array.flags.writeable = False  # one type, one compilation
        work = pivoting.workspace(*self.form.n_actions)
        while not pivoting.follow_paths(
            payoffs[0], payoffs[1], label, self.slice, self.limit, tie, work, *ends
        ):
            pass

    def _exact_path(self, game: int, label: int) -> tuple[ExactMix, ExactMix] | None:
        return exact_path(self._numbers(game), label, self.limit)

    def _all_exact(
        self, game: int, labels: Sequence[int]
    ) -> tuple[list[tuple[ExactMix, ExactMix]], bool]:
        """The different ends of a game's paths, in order, and whether a path was given up."""
        numbers = self._numbers(game)
        found = [exact_path(numbers, label, self.limit) for label in labels]
        ended = {end for end in found if end is not None}
        return sorted(ended, key=_order), None in found

    def _numbers(self, game: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Payoffs of a game, by its place in the flattened batch."""
        form = self.form
        index = batch_index(game, form.batch_shape)
        first, second = form.payoffs if form.exact is None else form.exact
        return first[index], second[index]


def _order(equilibrium: tuple[ExactMix, ExactMix]) -> tuple[Any, ...]:
    """Key by size of supports, supports, then mixes from the largest probability down."""
    supports = [[action for action, p in enumerate(mix) if p] for mix in equilibrium]
    mixes = [[-p for p in mix] for mix in equilibrium]
    return len(supports[0]) + len(supports[1]), *supports, *mixes


def _result(form: NormalForm, ends: _Ends, *, every: bool, limit: int) -> Equilibria:
    batch = form.batch_shape
    slots = ends.mixes[0].shape[1]
    status = np.full(form.size, Status.FAILED, dtype=np.int8)
    status[ends.exists.any(axis=1)] = Status.PARTIAL
    message = _ONE
    if every:
        message = "the ends of the paths from every label; more equilibria may exist"
    if ends.endless.any():
        given_up = int(ends.endless.sum())
        which = f"in {given_up} of {form.size} games " if batch else ""
        message += f"; {which}a path was given up after {limit} pivots (max_work)"
    return Equilibria(
        form,
        tuple(mix.reshape(*batch, slots, mix.shape[-1]) for mix in ends.mixes),
        ends.exists.reshape(*batch, slots),
        status.reshape(batch),
        "lemke_howson",
        message=message,
    )
