"""Iterated elimination of dominated actions, decided exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.exact_programs import (
    Optimum,
    exact_limit,
    least_bound,
    matrix_game,
    pivot_limit,
    whole_array,
)
from summitgames.games.batches import batch_index, truth_value
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.linear_programs import (
    DOMINATED,
    OPEN,
    SURVIVES,
    Programs,
    fill_gains,
    undominated,
)
from summitgames.results import Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["Elimination", "eliminate_dominated"]

#: An elimination: round, player's label, action's label, and the mix that dominates it.
Step: TypeAlias = tuple[int, str, str, dict[str, Fraction]]

#: Payoffs of all players a block.
_BLOCK_PAYOFFS: Final = 2**15


@dataclass(frozen=True, eq=False, repr=False)
class Elimination:
    """What iterated elimination of dominated actions leaves of every game of a family.

    Attributes
    ----------
    game
        The family.
    surviving
        N arrays ``(*batch, k_i)`` bool.
    order
        N arrays ``(*batch, k_i)`` int: the round, from 0, in which an action was eliminated; -1: it
        survives.
    strict, mixed
        The kind of dominance.
    status
        ``(*batch,)`` int8 of `Status`: COMPLETE: proved that what is eliminated is dominated and
        that no survivor is. PARTIAL where `max_work` ended the search: survivors may be dominated.
    message
        What there is to say about games that are not COMPLETE.
    method
        The solver, "eliminate_dominated".

    Examples
    --------
    >>> from summitgames import NormalForm, eliminate_dominated
    >>> found = eliminate_dominated(NormalForm.symmetric([[3, 0], [5, 1]]))
    >>> [alive.tolist() for alive in found.surviving]
    [[False, True], [False, True]]
    """

    method: ClassVar[str] = "eliminate_dominated"
    game: NormalForm
    surviving: tuple[NDArray[np.bool_], ...]
    order: tuple[NDArray[np.int64], ...]
    strict: bool
    mixed: bool
    status: NDArray[np.int8]
    message: str = ""

    def __repr__(self) -> str:
        kind = "strictly" if self.strict else "weakly"
        if self.game.batch_shape:
            return f"<Elimination: {kind} dominated, batch shape {self.game.batch_shape}>"
        left = " x ".join(str(int(alive.sum())) for alive in self.surviving)
        of = " x ".join(map(str, self.game.n_actions))
        return f"<Elimination: {kind} dominated, {left} of {of} actions survive>"

    @cached_property
    def steps(self) -> list[Step]:
        """The eliminations in a single game, each with a mix of survivors of its round as proof.

        Returns
        -------
        list of (round, player, action, {action: weight})
            Weights are exact.
        """
        self._require_single()
        found = []
        whole = _whole(self.game, ())
        rounds = max(int(order.max()) for order in self.order) + 1
        for number in range(rounds):
            before = [(order < 0) | (order >= number) for order in self.order]
            for player, order in enumerate(self.order):
                rivals = np.flatnonzero((order < 0) | (order > number))
                for action in np.flatnonzero(order == number).tolist():
                    gains = _gains(whole[player], player, action, rivals, before)
                    mix = self._dominating(rivals, gains)
                    labels = self.game.actions[player]
                    named = {labels[rival]: weight for rival, weight in mix.items()}
                    found.append((number, self.game.players[player], labels[action], named))
        return found

    def _dominating(
        self, rivals: NDArray[np.int64], gains: NDArray[np.object_]
    ) -> dict[int, Fraction]:
        """Weights of rivals of an action that dominate it, from what each gains over it."""
        pure = np.flatnonzero(_dominating_rows(gains, self.strict))
        if pure.size:
            return {int(rivals[pure[0]]): Fraction(1)}
        limit = pivot_limit(None, *gains.shape)
        optimum = _best_mix(gains, self.strict, limit)
        if optimum is None or optimum.value <= 0:
            raise AssertionError("a dominated action is dominated by a mix of undominated ones")
        pairs = zip(rivals.tolist(), optimum.multipliers, strict=True)
        return {rival: weight for rival, weight in pairs if weight}

    def _require_single(self) -> None:
        if self.game.batch_shape:
            raise TypeError(
                f"steps of a family of shape {self.game.batch_shape}: solve one game of it"
            )


def eliminate_dominated(
    game: NormalForm | nashpy.Game,
    *,
    strict: bool = True,
    mixed: bool = True,
    threads: int | None = None,
    max_work: int | None = None,
) -> Elimination:
    """Iterated elimination of dominated actions in every game of a family.

    Rounds are simultaneous: each eliminates all dominated actions of all players at once, judged
    against everything that the rounds before have left. Under strict dominance no other order
    would leave anything else; under weak dominance one might, and this rule is part of the result.

    An action is strictly dominated if some other action (or mix of them) gives more against every
    profile of the others, weakly if none gives less and, against some profile, more; so of two
    equal actions neither dominates the other. All is proved for the payoffs as given: pure
    dominance by comparisons; mixed dominance by linear programs in floats where bounds on rounding
    leave no doubt, in exact arithmetic elsewhere.

    Parameters
    ----------
    game
        N players, player i with k_i actions, batch shape ``(*batch,)``.
    strict
        False: weakly dominated actions are eliminated.
    mixed
        False: only what a pure action dominates is eliminated.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of pivots of a linear program; None: 100 for each row and column. In exact
        arithmetic no more than rewrite 2^21 entries.

    Returns
    -------
    Elimination

    Raises
    ------
    GameError
        If `game` is no game in normal form, or an option is out of range.

    References
    ----------
    Luce & Raiffa (1957), Games and Decisions; Pearce (1984), Rationalizable strategic behavior and
    the problem of perfection, Econometrica 52.

    Examples
    --------
    >>> from summitgames import NormalForm, eliminate_dominated
    >>> payoff = [[1, 1], [3, 0], [0, 3]]
    >>> game = NormalForm.from_bimatrix(payoff, [[0, 1], [0, 1], [0, 1]])
    >>> found = eliminate_dominated(game)
    >>> found
    <Elimination: strictly dominated, 1 x 1 of 3 x 2 actions survive>
    >>> [order.tolist() for order in found.order]
    [[0, 1, -1], [0, -1]]
    >>> found.steps[0]
    (0, '1', '1', {'2': Fraction(1, 2), '3': Fraction(1, 2)})
    """
    form = as_normal_form(game)
    search = _Search(form, truth_value(strict, "strict"), truth_value(mixed, "mixed"), max_work)
    block = max(1, _BLOCK_PAYOFFS // (form.n_players * search.profiles))
    failures = sum(map_blocks(search.run, form.size, block=block, threads=threads))
    return search.result(failures)


class _Search:
    """Eliminations under way: the arrays that their blocks write to."""

    def __init__(self, form: NormalForm, strict: bool, mixed: bool, max_work: int | None) -> None:
        self.form, self.strict, self.mixed = form, strict, mixed
        counts = np.array(form.n_actions, dtype=np.int64)
        self.profiles = prod(form.n_actions)
        self.layout = counts, np.cumsum([0, *counts])
        #: Player and action of each place.
        self.players = np.repeat(np.arange(form.n_players), counts)
        self.actions = np.arange(sum(form.n_actions)) - self.layout[1][self.players]
        #: Most rivals of an action, and most profiles of a player's opponents.
        self.rivals = max(1, max(form.n_actions) - 1)
        self.others = self.profiles // min(form.n_actions)
        self.limit = pivot_limit(max_work, self.rivals, self.others)
        self.rounds = np.full((form.size, sum(form.n_actions)), -1, dtype=np.int64)
        self.failed = np.zeros(form.size, dtype=np.bool_)

    def run(self, block: Block) -> int:
        """Eliminate in the games of a block, round by round; the number that `max_work` ended."""
        rounds = self.rounds[block.start : block.stop]
        failed = self.failed[block.start : block.stop]
        floats = _Floats(self, block) if self.form.exact is None else None
        games = np.arange(block.size)
        number = 0
        while games.size:
            if floats is None:
                verdicts = np.where(rounds < 0, OPEN, SURVIVES).astype(np.int8)
            else:
                verdicts = floats.verdicts(games, rounds)
            for game in games[(verdicts[games] == OPEN).any(axis=1)].tolist():
                self._decide(block.start + game, rounds[game], verdicts[game])
            failed[games] = (verdicts[games] == OPEN).any(axis=1)
            games = games[~failed[games]]
            out = verdicts[games] == DOMINATED
            rounds[games] = np.where(out, number, rounds[games])
            games = games[out.any(axis=1)]
            number += 1
        return int(failed.sum())

    def _decide(self, game: int, rounds: NDArray[np.int64], verdicts: NDArray[np.int8]) -> None:
        """Settle the open verdicts on a game's actions exactly, as far as `max_work` goes."""
        whole = _whole(self.form, batch_index(game, self.form.batch_shape))
        alive = np.split(rounds < 0, self.layout[1][1:-1])
        for place in np.flatnonzero(verdicts == OPEN).tolist():
            player, action = int(self.players[place]), int(self.actions[place])
            rivals = np.flatnonzero(alive[player])
            gains = _gains(whole[player], player, action, rivals[rivals != action], alive)
            verdicts[place] = self._verdict(gains)

    def _verdict(self, gains: NDArray[np.object_]) -> int:
        """Verdict on an action from what each rival gains over it, by profiles of the others."""
        rivals = len(gains)
        if rivals == 0:
            return SURVIVES
        if _dominating_rows(gains, self.strict).any():
            return DOMINATED
        best = (gains <= 0 if self.strict else gains < 0).all(axis=0).any()
        if best or rivals == 1 or not self.mixed:
            return SURVIVES
        if not self.strict:  # among the rivals is the action itself, so that a program is feasible
            gains = np.concatenate([gains, np.zeros_like(gains[:1])])
        optimum = _best_mix(gains, self.strict, exact_limit(self.limit, *gains.shape))
        if optimum is None:
            return OPEN
        return DOMINATED if optimum.value > 0 else SURVIVES

    def result(self, failures: int) -> Elimination:
        """What is left."""
        form = self.form
        batch = form.batch_shape
        message = ""
        if failures:
            which = f"{failures} of {form.size} games" if batch else "game"
            message = f"{which}: not decided within {self.limit} pivots (max_work)"
        parts = np.split(self.rounds, self.layout[1][1:-1], axis=1)
        order = tuple(np.ascontiguousarray(part).reshape(*batch, part.shape[1]) for part in parts)
        status = np.where(self.failed, Status.PARTIAL, Status.COMPLETE).astype(np.int8)
        return Elimination(
            form,
            tuple(rounds < 0 for rounds in order),
            order,
            self.strict,
            self.mixed,
            status.reshape(batch),
            message,
        )


class _Floats:
    """Verdicts on the actions of a block of games from floats alone."""

    #: Entries of the tableaux solved at once.
    _ENTRIES: Final = 2**16
    #: Gains below this leave no room for the relative errors that the verdicts count with.
    _SMALLEST: Final = 1e-280

    def __init__(self, search: _Search, block: Block) -> None:
        self.search = search
        payoffs = search.form.block(block.start, block.stop)
        own = [np.moveaxis(array, i + 1, 1) for i, array in enumerate(payoffs)]
        self.payoffs = np.stack([array.reshape(block.size, -1) for array in own], axis=1)
        self.work = np.empty(search.rivals, np.int64), np.empty(search.others, np.int64)

    def verdicts(self, games: NDArray[np.int64], rounds: NDArray[np.int64]) -> NDArray[np.int8]:
        """Verdicts ``(games of the block, actions)`` in some games; `OPEN` where in doubt."""
        search = self.search
        found = np.empty(rounds.shape, dtype=np.int8)
        undominated(self.payoffs, search.layout, search.strict, games, rounds, *self.work, found)
        looked_at = found[games]
        if not search.mixed:
            looked_at[looked_at == OPEN] = SURVIVES
        items, places = np.nonzero(looked_at == OPEN)
        chunk = max(1, self._ENTRIES // ((search.rivals + 1) * (search.others + 8)))
        for start in range(0, items.size, chunk):
            part = slice(start, start + chunk)
            looked_at[items[part], places[part]] = self._mixed_verdicts(
                games[items[part]], places[part], rounds
            )
        found[games] = looked_at
        return found

    def _mixed_verdicts(
        self, games: NDArray[np.int64], places: NDArray[np.int64], rounds: NDArray[np.int64]
    ) -> NDArray[np.int8]:
        """Verdicts from the values of the games of the rivals' gains over single actions.

        What a mix of rivals guarantees, and what a mix of profiles concedes, are sums of rounded
        products of rounded differences: they are off by less than `error`.
        """
        search = self.search
        programs = Programs(games.size, search.rivals, search.others, uniform=False)
        matrices = np.zeros((games.size, search.rivals * search.others))
        fill_gains(
            self.payoffs, search.layout, games, search.players[places], search.actions[places],
            rounds, *self.work, programs.sizes, matrices,
        )  # fmt: skip
        mixes = np.empty((games.size, search.rivals)), np.empty((games.size, search.others))
        bounds = programs.solve_games(matrices, search.limit, *mixes, centred=False)
        largest = np.abs(matrices).max(axis=1)
        error = 2.0**-52 * (programs.sizes.sum(axis=1) + 4) * largest
        clear = largest > self._SMALLEST
        verdicts = np.full(games.size, OPEN, dtype=np.int8)
        verdicts[clear & (bounds[:, 1] > error)] = DOMINATED
        verdicts[clear & (bounds[:, 2] < -error)] = SURVIVES
        return verdicts


def _whole(form: NormalForm, index: tuple[int, ...]) -> list[NDArray[np.object_]]:
    """Each player's payoffs in one game as whole numbers, each in some unit of its own."""
    given = form.payoffs if form.exact is None else form.exact
    return [whole_array(np.asarray(payoff[index]))[0] for payoff in given]


def _gains(
    whole: NDArray[np.object_],
    player: int,
    action: int,
    rivals: NDArray[np.int64],
    alive: Sequence[NDArray[np.bool_]],
) -> NDArray[np.object_]:
    """What rivals of an action gain over it, ``(rivals, profiles of the others that are left)``."""
    own = np.moveaxis(whole, player, 0)
    others = [left for j, left in enumerate(alive) if j != player]
    cut = own[np.ix_(np.append(rivals, action), *(np.flatnonzero(left) for left in others))]
    table = cut.reshape(len(rivals) + 1, -1)
    return np.asarray(table[:-1] - table[-1])


def _dominating_rows(gains: NDArray[np.object_], strict: bool) -> NDArray[np.bool_]:
    """Which pure actions dominate."""
    if strict:
        return np.asarray((gains > 0).all(axis=1))
    return np.asarray((gains >= 0).all(axis=1) & (gains > 0).any(axis=1))


def _best_mix(gains: NDArray[np.object_], strict: bool, limit: int) -> Optimum | None:
    """The best mix of the rows; its value is positive exactly if it dominates. None: stopped.

    Strictly: the value of the game of the gains. Weakly: the largest sum of gains among mixes with
    no loss anywhere; there must be one.
    """
    if strict:
        return matrix_game(gains, limit)
    return least_bound(gains.sum(axis=1), gains, limit)
