"""Stationary Markov-perfect equilibria of stochastic games."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.exact_policies import ExactPolicies
from summitgames.equilibria.markov_logit import logit_markov_perfect
from summitgames.equilibria.options import work_limit
from summitgames.errors import require_known
from summitgames.games.batches import batch_index
from summitgames.games.stochastic import StochasticBlock, StochasticGame, as_stochastic_game
from summitgames.kernels import markov
from summitgames.results import MarkovEquilibria, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["markov_perfect"]

_Numbers: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]"
#: Place of the game, ``(S,)`` profile numbers, HOLDS or OPEN.
_Found: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]"

#: Policy profiles of a game that are looked at, at most.
_MAX_WORK: Final = 10**7
#: Steps along the branch of a game, at most.
_MAX_STEPS: Final = 20_000
#: What one policy in exact arithmetic counts for: it takes about as long as so many in floats.
_EXACT: Final = 1000
#: Games with more policies are looked at one by one, after profiles that no equilibrium has are
#: thrown out; those with more left again so that their policies, not games, fill the lanes.
_SMALL: Final = 4096
#: Entries of transition arrays in a block.
_BLOCK_ENTRIES: Final = 2**17
#: Policies that one call of the kernel lists, and steps of its inner loops: a fraction of a second.
_LISTED: Final = 4096
_SLICE: Final = 2**28
_UNLIMITED: Final = 2**62
#: Half a unit in the last place, the relative error of a rounded number.
_UNIT: Final = 2.0**-53
#: Nonzero numbers below this may lose digits as floats.
_SMALLEST: Final = 1e-250


def markov_perfect(
    game: StochasticGame,
    *,
    method: str = "pure",
    threads: int | None = None,
    max_work: int | None = None,
) -> MarkovEquilibria:
    """Stationary Markov-perfect equilibria of every game of a family.

    Each player's choice depends on the state alone, and in no state, reached or not, does another
    choice gain, given what all do from then on.

    "pure" runs through all profiles of pure policies. Whether a deviation gains is read off floats
    where a bound on their error decides; else, as at ties, in exact rationals. "logit" follows the
    branch of equilibria with logit errors from where all mix uniformly to where errors are rare,
    and corrects its end to an equilibrium nearby, mixed in general.

    Parameters
    ----------
    game
        N players, S states, batch shape ``(*batch,)``.
    method
        "pure": all equilibria in pure strategies; "logit": one, mixed in general.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        "pure": largest number of policy profiles of a game that are looked at, one that takes
        exact arithmetic counting for 1000; None: 10,000,000, some seconds. "logit": largest number
        of steps along the branch; None: 20,000.

    Returns
    -------
    MarkovEquilibria
        "pure": one in each slot, ordered by the profile in the first state, then in the second, and
        so on. Best replies may tie: a policy that ties with another is part of an equilibrium too.
        `status` is COMPLETE where it is proved that these are all the pure stationary ones, NONE
        where it is proved that there is no pure one (there always is one in mixed strategies),
        FAILED where there were more policies than `max_work` even after those that no equilibrium
        can have were thrown out, PARTIAL where exact arithmetic would have taken more; `message`
        tells. "logit": one slot; PARTIAL (more may exist; that it is the limit of the branch is
        likely, not proved), or FAILED where the branch was lost, as at bifurcations, or too long.
        By a deviation nobody gains more than 1e-12 of the largest difference of values that
        payoffs allow; where nothing better is found at the end of the branch, 5e-8.

    Raises
    ------
    GameError
        If `game` is no stochastic game, or an option is out of range.

    Notes
    -----
    Floats count as the binary numbers that they are. A row of probabilities as floats may sum to 1
    only nearly, so that actions meant to tie do not, and what is proved complete lacks equilibria
    that rest on the tie. Numbers given as ``Fraction``, discounts too, are free of that.

    References
    ----------
    Maskin & Tirole (2001), Markov perfect equilibrium I, Journal of Economic Theory 100; Fink
    (1964), Journal of Science of the Hiroshima University A-I 28; Herings & Peeters (2004),
    Stationary equilibria in stochastic games, Journal of Economic Theory 118; Eibelshäuser,
    Klockmann, Poensgen & von Schenk (2023), The logarithmic stochastic tracing procedure, INFORMS
    Journal on Computing 35.

    Examples
    --------
    In war either side may talk at a cost of 1; both must, to get peace, worth 1 a period to each.

    >>> from summitgames import StochasticGame, markov_perfect
    >>> game = StochasticGame(
    ...     payoffs=[[[[0, 0], [-1, -1]], [[1, 0]] * 2], [[[0, -1], [0, -1]], [[1, 0]] * 2]],
    ...     transitions=[[[[1, 0], [1, 0]], [[1, 0], [0, 1]]], [[[0, 1], [0, 1]]] * 2],
    ...     discount=0.5,
    ...     actions={"war": [["wait", "talk"]] * 2, "peace": [["rest"]] * 2},
    ... )
    >>> result = markov_perfect(game)
    >>> result
    <MarkovEquilibria: 2 by pure, COMPLETE>
    >>> [policies["war"] for policies in result.labels()]
    [{'1': 'wait', '2': 'wait'}, {'1': 'talk', '2': 'talk'}]
    >>> result.values[:, 0].tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    family = as_stochastic_game(game)
    require_known("method", method, ("pure", "logit"))
    if method == "logit":
        return logit_markov_perfect(family, work_limit(max_work, _MAX_STEPS), threads)
    return _Pure(family, work_limit(max_work, _MAX_WORK)).solve(threads)


@dataclass(frozen=True)
class _Listed:
    """Equilibria of a block of games, in order of the games.

    Attributes
    ----------
    games, policies, values
        ``(equilibria,)`` number of the game in the family, ``(equilibria, S)`` profile numbers,
        ``(equilibria, S, N)``.
    status
        ``(games,)``.
    """

    games: NDArray[np.int64]
    policies: NDArray[np.int64]
    values: NDArray[np.float64]
    status: NDArray[np.int8]


class _Pure:
    """All pure equilibria of a family."""

    def __init__(self, game: StochasticGame, limit: int) -> None:
        self.game, self.limit = game, limit
        self.strides = np.cumprod([1, *reversed(game.n_actions)])[::-1].astype(np.int64)
        self.policies = math.prod(map(math.prod, game.available.tolist()))
        small = self.policies <= min(_SMALL, limit)
        self.lanes = max(1, min(markov.LANES, game.size)) if small else 1
        self.rounded = 0.0 if game.exact is None else _relative_error(game)

    def solve(self, threads: int | None) -> MarkovEquilibria:
        """Look at all policies of all games."""
        game = self.game
        profiles = math.prod(game.n_actions)
        size = max(markov.LANES, _BLOCK_ENTRIES // (game.n_states**2 * profiles))
        return self._result(map_blocks(self._solve_block, game.size, block=size, threads=threads))

    def _solve_block(self, block: Block) -> _Listed:
        game = self.game
        numbers = game.block(block.start, block.stop)
        arrays = self._arrays(numbers)
        counts = np.zeros(block.size)
        games, policies, verdicts = self._candidates(arrays, counts)
        values = np.empty((len(games), game.n_states, game.n_players))
        room = np.empty((game.n_states + 2, game.n_states))
        markov.settle(
            *arrays, game.available, self.strides, self.rounded, games, policies, verdicts, values,
            room,
        )  # fmt: skip
        status = np.full(block.size, Status.COMPLETE, dtype=np.int8)
        status[counts > self.limit] = Status.FAILED
        self._settle_exactly(block, counts, games, policies, verdicts, values, status)
        holds = verdicts == markov.HOLDS
        listed = np.bincount(games[holds], minlength=block.size)
        status[(status == Status.COMPLETE) & (listed == 0)] = Status.NONE
        return _Listed(block.start + games[holds], policies[holds], values[holds], status)

    def _arrays(self, numbers: StochasticBlock) -> _Numbers:
        """Payoffs, transitions and discounts with profiles on one axis."""
        payoffs = np.stack(numbers.payoffs)
        states = self.game.n_states
        moves = np.array(numbers.transitions)  # one type, one compilation
        return (
            payoffs.reshape(*payoffs.shape[:2], states, -1),
            moves.reshape(len(moves), states, -1, states),
            np.array(numbers.discounts),
        )

    def _candidates(self, arrays: _Numbers, counts: NDArray[np.float64]) -> _Found:
        """Policies that floats do not refute, in order of the games."""
        direct = min(_SMALL, self.limit)
        found = [self._run(arrays, counts, self.lanes, direct)]
        for place in np.flatnonzero((counts > direct) & (counts <= self.limit)).tolist():
            found += self._run_large(arrays, place)
        games, policies, verdicts = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.argsort(games, kind="stable")
        return games[order], policies[order], verdicts[order]

    def _run(
        self,
        arrays: _Numbers,
        counts: NDArray[np.float64],
        lanes: int,
        limit: int,
        fixed: int = 0,
    ) -> _Found:
        """The same of games with at most so many policies, in order of the games."""
        players, _, states, profiles = arrays[0].shape
        work = markov.workspace((players, states, profiles), lanes)
        sparing = lanes == 1 or fixed > 0
        deviations = sum(self.game.n_actions)
        budget = max(1, _SLICE // (states * (players * deviations * states + states**2)))
        parts: list[list[NDArray[np.int64]]] = []
        while not parts or work[-1][-1] >= 0:
            room = (
                np.empty(_LISTED, dtype=np.int64),
                np.empty((_LISTED, states), dtype=np.int64),
                np.empty(_LISTED, dtype=np.int64),
            )
            listed = markov.enumerate_policies(
                *arrays, self.game.available, self.strides, self.rounded, sparing, fixed, budget,
                limit, work, counts, *room,
            )  # fmt: skip
            parts.append([array[:listed] for array in room])
        games, policies, verdicts = (np.concatenate(part) for part in zip(*parts, strict=True))
        order = np.argsort(games, kind="stable")
        return games[order], policies[order], verdicts[order]

    def _run_large(self, arrays: _Numbers, place: int) -> Iterator[_Found]:
        """The same of one game with many policies.

        What is played in the first states tells lanes apart: each holds the game with actions there
        renamed such that it plays the first one.
        """
        fixed, names = self._names
        payoffs, moves = arrays[0][:, place], arrays[1][place]
        for start in range(0, len(names), markov.LANES):
            part = names[start : start + markov.LANES]
            lanes = len(part)
            wide = (
                np.take_along_axis(payoffs[:, np.newaxis], part[np.newaxis], axis=3),
                np.take_along_axis(moves[np.newaxis], part[..., np.newaxis], axis=2),
                arrays[2][[place] * lanes],
            )
            found, policies, verdicts = self._run(
                wide, np.zeros(lanes), markov.LANES, _UNLIMITED, fixed
            )
            own = np.take_along_axis(part[found], policies[..., np.newaxis], axis=2)[..., 0]
            yield np.full(len(found), place), own, verdicts

    @cached_property
    def _names(self) -> tuple[int, NDArray[np.int64]]:
        """How many states tell lanes apart, and ``(lanes, S, A)`` profiles by their new numbers."""
        counts, available = self.game.n_actions, self.game.available
        fixed, lanes = 0, 1
        while lanes < markov.LANES and fixed < self.game.n_states:
            lanes *= math.prod(available[fixed].tolist())
            fixed += 1
        profiles = np.arange(math.prod(counts))
        own = profiles[:, np.newaxis] // self.strides[1:] % counts
        names = np.tile(profiles, (lanes, self.game.n_states, 1))
        each = product(*(np.ndindex(*available[s].tolist()) for s in range(fixed)))
        for lane, chosen in enumerate(each):
            for s, first in enumerate(chosen):
                turned = np.where(own < available[s], (own + first) % available[s], own)
                names[lane, s] = turned @ self.strides[1:]
        return fixed, names

    def _settle_exactly(
        self,
        block: Block,
        counts: NDArray[np.float64],
        games: NDArray[np.int64],
        policies: NDArray[np.int64],
        verdicts: NDArray[np.int64],
        values: NDArray[np.float64],
        status: NDArray[np.int8],
    ) -> None:
        """Decide what is open in exact rationals, as far as the limit of work allows."""
        exact: ExactPolicies | None = None
        current, left = -1, 0
        for row in np.flatnonzero(verdicts == markov.OPEN).tolist():
            place = int(games[row])
            if place != current:
                current = place
                left = max(1, int((self.limit - counts[place]) // _EXACT))
                index = batch_index(block.start + place, self.game.batch_shape)
                exact = ExactPolicies(self.game[index])
            if left == 0:
                status[place] = Status.PARTIAL
                continue
            left -= 1
            assert exact is not None
            found = exact.equilibrium_values(policies[row].tolist())
            verdicts[row] = markov.FAILS if found is None else markov.HOLDS
            if found is not None:
                values[row] = found

    def _result(self, parts: list[_Listed]) -> MarkovEquilibria:
        game = self.game
        games = np.concatenate([part.games for part in parts])
        status = np.concatenate([part.status for part in parts])
        found = np.concatenate([part.policies for part in parts])
        per_game = np.bincount(games, minlength=game.size)
        most = int(per_game.max(initial=0))
        slots = np.arange(len(games)) - np.repeat(np.cumsum(per_game) - per_game, per_game)
        values = np.full((game.size, most, game.n_states, game.n_players), np.nan)
        values[games, slots] = np.concatenate([part.values for part in parts])
        exists = np.arange(most) < per_game[:, np.newaxis]
        batch = game.batch_shape
        strategies = []
        for i, k in enumerate(game.n_actions):
            mix = np.full((game.size, most, game.n_states, k), np.nan)
            own = found // self.strides[i + 1] % k
            mix[games, slots] = own[..., np.newaxis] == np.arange(k)
            strategies.append(mix.reshape(*batch, most, game.n_states, k))
        return MarkovEquilibria(
            game,
            tuple(strategies),
            values.reshape(*batch, most, game.n_states, game.n_players),
            exists.reshape(*batch, most),
            status.reshape(batch),
            "pure",
            self._message(status),
        )

    def _message(self, status: NDArray[np.int8]) -> str:
        """What there is to say about games that were given up, or half done."""
        told = []
        for which, what in (
            (Status.FAILED, f"more policy profiles than max_work, {self.limit}"),
            (Status.PARTIAL, f"ties that take more exact arithmetic than max_work, {self.limit}"),
        ):
            count = int((status == which).sum())
            if count:
                where = f" in {count} of {status.size} games" if self.game.batch_shape else ""
                told.append(what + where)
        return "; ".join(told)


def _relative_error(game: StochasticGame) -> float:
    """Relative error of the floats of a game given in exact numbers; inf where unbounded."""
    exact: Any = game.exact
    for floats, numbers in (
        *zip(game.payoffs, exact.payoffs, strict=True),
        (game.transitions, exact.transitions),
        *zip(game.discounts, exact.discounts, strict=True),
    ):
        small = np.abs(floats) < _SMALLEST
        if (small & np.asarray(numbers != 0, dtype=np.bool_)).any():
            return math.inf
    return _UNIT
