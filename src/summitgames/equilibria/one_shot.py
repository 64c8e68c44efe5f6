"""Whether automata are a subgame-perfect equilibrium of a repeated game, by one-shot deviations."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError, SolverError
from summitgames.games.automata import Automaton
from summitgames.games.batches import truth_value
from summitgames.games.repeated import RepeatedGame, as_repeated_game

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Table: TypeAlias = NDArray[Any]

__all__ = ["OneShotCheck", "is_subgame_perfect"]

#: Transitions of the joint automaton.
_MAX_WORK: Final = 2**22
#: Values of a player a block.
_BLOCK_VALUES: Final = 2**15
_ROUNDING: Final = 2.0**-52
#: Roundings in a period's payoff and what follows it, and in a gain.
_STEPS: Final = 8
#: Products of smaller numbers may vanish.
_SMALL: Final = 2.0**-300
#: Games that are checked exactly at a time.
_EXACT_GAMES: Final = 256
_LARGEST_NUMBER: Final = 2**62


@dataclass(frozen=True, eq=False, repr=False)
class OneShotCheck:
    """The most profitable one-shot deviation from automata, in every game of a family.

    Attributes
    ----------
    game, automata
        What was checked.
    holds
        ``(*batch,)`` bool: whether no one-shot deviation gains, so that the automata are a
        subgame-perfect equilibrium. Proved: a sign that floats leave open was found exactly.
    player, action
        ``(*batch,)``: who deviates, and to which action (indices); -1 where nobody has a choice.
    state
        ``(*batch, N)``: the state of each automaton in which that is.
    gain
        ``(*batch,)``: what the player gains by it, in payoffs on average over all periods; at most
        0 where `holds`, -inf where nobody has a choice. Exact where asked for.
    payoffs
        ``(*batch, N)``: what the automata give from the first period on, on average.
    states
        ``(M, N)``: all joint states that some history leads to, the first one first.

    For a single game numbers, and for `state` a tuple, take the place of arrays of shape ``()``.

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.RepeatedGame(sg.NormalForm.symmetric([[3, 0], [5, 1]]), 0.6)
    >>> plans = [sg.Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
    >>> check = sg.is_subgame_perfect(game, plans)
    >>> check
    <OneShotCheck: holds; player '1' gains -0.4 by action '2' in state (0, 0)>
    """

    game: RepeatedGame
    automata: tuple[Automaton, ...]
    holds: Any
    player: Any
    state: Any
    action: Any
    gain: Any
    payoffs: NDArray[Any]
    states: NDArray[np.int64]

    def __repr__(self) -> str:
        if self.game.batch_shape:
            share = f"{int(self.holds.sum())} of {self.game.size} games"
            return f"<OneShotCheck: holds in {share}; batch shape {self.game.batch_shape}>"
        if self.player < 0:
            return "<OneShotCheck: holds; nobody has a choice>"
        player, action = self.game.players[self.player], self.game.actions[self.player][self.action]
        return (
            f"<OneShotCheck: {'holds' if self.holds else 'fails'}; player {player!r} gains "
            f"{float(self.gain):.6g} by action {action!r} in state {self.state}>"
        )


def is_subgame_perfect(
    repeated_game: RepeatedGame,
    automata: Sequence[Automaton],
    *,
    exact: bool = False,
    threads: int | None = None,
    max_work: int | None = None,
) -> OneShotCheck:
    """Whether automata, one a player, are a subgame-perfect equilibrium of a repeated game.

    With discounting nobody gains by any deviation, after any history, iff nobody gains by one that
    lasts a single period (the one-shot deviation principle). All that a history leaves behind is
    the state of each automaton. So every action of every player is tried in every joint state that
    some history leads to from the first one, whatever actions were taken on the way, by one player
    or by several. States that no history leads to do not count.

    Parameters
    ----------
    repeated_game
        N players, batch shape ``(*batch,)``; each player has its own discount.
    automata
        N automata, the i-th is player i's strategy.
    exact
        Whether all numbers are computed as rationals, from exact payoffs and discounts (floats are
        taken as the binary numbers that they are); meant for single games and small families.
        False: floats, with bounds on their rounding, and rationals for games whose verdict floats
        leave open.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of transitions of the joint automaton: joint states times profiles of
        actions; None: 4,194,304.

    Returns
    -------
    OneShotCheck

    Raises
    ------
    GameError
        If `repeated_game` is no such game, there is not one automaton a player, or one does not fit
        the game's actions.
    SolverError
        If the joint automaton has more transitions than `max_work`.

    References
    ----------
    Blackwell (1965), Discounted dynamic programming, Annals of Mathematical Statistics 36; Abreu
    (1988), On the theory of infinitely repeated games with discounting, Econometrica 56; Mailath &
    Samuelson (2006), Repeated games and reputations, section 2.

    Examples
    --------
    >>> from summitgames import Automaton, NormalForm, RepeatedGame, is_subgame_perfect
    >>> dilemma = NormalForm.symmetric([[3, 0], [5, 1]], actions=[["comply", "violate"]] * 2)
    >>> grim = [Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
    >>> is_subgame_perfect(RepeatedGame(dilemma, [0.4, 0.5, 0.6]), grim).holds
    array([False,  True,  True])
    >>> is_subgame_perfect(RepeatedGame(dilemma, 0.4), grim)
    <OneShotCheck: fails; player '1' gains 0.4 by action 'violate' in state (0, 0)>
    """
    game = as_repeated_game(repeated_game, name="repeated_game")
    machines = _automata(automata, game)
    joint = _Joint(machines, work_limit(max_work, _MAX_WORK))
    exact = truth_value(exact, "exact")
    checks = _Checks(game, joint, exact=exact)
    if exact:
        checks.settle(np.arange(game.size))
    else:
        block = max(1, _BLOCK_VALUES // len(joint.states))
        left = map_blocks(checks.run, game.size, block=block, threads=threads)
        checks.settle(np.concatenate(left))
    return checks.result(machines)


def _automata(given: Any, game: RepeatedGame) -> tuple[Automaton, ...]:
    n = game.n_players
    if isinstance(given, Automaton) or not np.iterable(given):
        raise GameError(f"automata: {given!r}; expected {n} automata, one for each player")
    automata = tuple(given)
    if len(automata) != n:
        raise GameError(f"automata: {len(automata)}; expected {n}, one for each player")
    for i, automaton in enumerate(automata):
        name = f"automata[{i}] (player {game.players[i]!r})"
        if not isinstance(automaton, Automaton):
            raise GameError(f"{name}: {type(automaton).__name__}; expected an Automaton")
        if automaton.n_actions != game.n_actions:
            raise GameError(
                f"{name}: transitions after {automaton.n_actions} actions; expected "
                f"{game.n_actions}, as in the game"
            )
        wrong = automaton.outputs >= game.n_actions[i]
        if wrong.any():
            state = int(np.argmax(wrong))
            raise GameError(
                f"{name}: action {automaton.outputs[state]} in state {state}; expected an action "
                f"from 0 to {game.n_actions[i] - 1}"
            )
    return automata


class _Joint:
    """The automata run side by side, from their first states on.

    Attributes
    ----------
    states, actions
        ``(M, N)``: joint states, the first one first, and the actions taken in each.
    taken
        ``(M,)``: the profiles of these actions, numbered in C order.
    next
        ``(M, profiles)``: the next joint state after each profile.
    after
        ``(M,)``: the next one after the actions taken.
    steps
        All joint states in the order in which their values are found; see `_steps`.
    roundings
        ``(M,)``: how many roundings of the largest payoff the value of a state is off, at most.
    """

    def __init__(self, automata: Sequence[Automaton], limit: int) -> None:
        counts = automata[0].n_actions
        profiles = math.prod(counts)
        sizes = [automaton.n_states for automaton in automata]
        strides = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
        if math.prod(sizes) >= _LARGEST_NUMBER:
            raise SolverError(f"automata of {sizes} states: too many joint states to number them")
        seen: dict[int, int] = {}
        new = [sum(a.start * stride for a, stride in zip(automata, strides, strict=True))]
        layers, following = [], []
        while new:
            seen.update({code: len(seen) + place for place, code in enumerate(new)})
            if len(seen) * profiles > limit:
                raise SolverError(
                    f"the automata reach {len(seen)} joint states or more, with {profiles} "
                    f"profiles of actions in each: more than {limit} transitions (max_work)"
                )
            codes = np.array(new, dtype=np.int64)
            layer = [codes // s % k for s, k in zip(strides, sizes, strict=True)]
            after = np.zeros((len(new), profiles), dtype=np.int64)
            for states, automaton, stride in zip(layer, automata, strides, strict=True):
                after += automaton.transitions[states].reshape(len(new), -1) * stride
            layers.append(np.stack(layer, axis=-1))
            following.append(after)
            new = [code for code in np.unique(after).tolist() if code not in seen]
        codes = np.array(list(seen), dtype=np.int64)
        order = np.argsort(codes)
        self.states = np.concatenate(layers)
        self.next = order[np.searchsorted(codes, np.concatenate(following), sorter=order)]
        outputs = [a.outputs[self.states[:, i]] for i, a in enumerate(automata)]
        self.actions = np.stack(outputs, axis=-1)
        self.counts, self.strides = counts, [math.prod(counts[i + 1 :]) for i in range(len(counts))]
        self.taken = self.actions @ np.array(self.strides)
        self.after = self.next[np.arange(len(self.states)), self.taken]
        self.steps = list(_steps(self.after.tolist()))
        self.roundings = np.zeros(len(self.states))
        for walk, cycle in self.steps:
            if len(walk) == 1 and cycle:  # its value is the payoff itself
                continue
            if cycle:
                self.roundings[walk[0]] = _STEPS * len(walk)
            for state in reversed(walk[cycle:]):
                self.roundings[state] = self.roundings[self.after[state]] + _STEPS

    def values(self, payoffs: _Table, discount: _Table) -> _Table:
        """A player's average payoffs from each joint state on.

        Parameters
        ----------
        payoffs
            ``(profiles, games)``.
        discount
            ``(games,)``.

        Returns
        -------
        (M, games)
        """
        now = payoffs[self.taken]
        values: _Table = now.copy()
        for walk, cycle in self.steps:
            if cycle:
                total, weight = now[walk[-1]], discount * 0 + 1
                for state in reversed(walk[:-1]):
                    total, weight = now[state] + discount * total, 1 + discount * weight
                values[walk[0]] = total / weight
            for state in reversed(walk[cycle:]):  # a cycle's first state is done
                values[state] = (1 - discount) * now[state] + discount * values[self.after[state]]
        return values

    def deviations(
        self, player: int, payoffs: _Table, discount: _Table, values: _Table
    ) -> Iterator[_Deviations]:
        """What a player gains by taking an action once, for each of its actions.

        Parameters
        ----------
        player
            The player.
        payoffs, discount, values
            As for `values`, and what it returned.
        """
        for action in range(self.counts[player]):
            states = np.flatnonzero(self.actions[:, player] != action)
            if not states.size:
                continue
            taken, after = self.taken[states], self.after[states]
            other = taken + (action - self.actions[states, player]) * self.strides[player]
            then = self.next[states, other]
            today = (1 - discount) * (payoffs[other] - payoffs[taken])
            later = discount * (values[then] - values[after])
            roundings = np.where(then == after, 0, self.roundings[then] + self.roundings[after])
            yield _Deviations(action, states, today, later, today + later, roundings[:, None])


@dataclass(frozen=True)
class _Deviations:
    """What an action gains in the states in which it is not due, ``(states, games)``.

    Attributes
    ----------
    action
        The action.
    states
        The states.
    today, later, gain
        What is gained in the period itself, in all later ones, and together.
    roundings
        ``(states, 1)``: how many roundings of the largest payoff `later` is off, at most.
    """

    action: int
    states: NDArray[np.int64]
    today: _Table
    later: _Table
    gain: _Table
    roundings: NDArray[np.float64]


def _steps(after: Sequence[int]) -> Iterator[tuple[list[int], bool]]:
    """All states in lists in each of which a state is followed by the next one.

    Yields
    ------
    list, bool
        Whether the list is a cycle; if not, its last state is followed by one of an earlier list.
    """
    walk_of = [-1] * len(after)
    for first in range(len(after)):
        walk = []
        state = first
        while walk_of[state] < 0:
            walk_of[state] = first
            walk.append(state)
            state = after[state]
        if walk and walk_of[state] == first:
            entry = walk.index(state)
            yield walk[entry:], True
            walk = walk[:entry]
        if walk:
            yield walk, False


class _Checks:
    """Games under way: the arrays that their blocks write to."""

    def __init__(self, game: RepeatedGame, joint: _Joint, *, exact: bool) -> None:
        self.game, self.joint = game, joint
        numbers = np.object_ if exact else np.float64
        self.gain: _Table = np.full(game.size, -np.inf, dtype=numbers)
        self.payoffs: _Table = np.empty((game.size, game.n_players), dtype=numbers)
        self.holds = np.ones(game.size, dtype=np.bool_)
        self.player, self.place, self.action = np.full((3, game.size), -1, dtype=np.int64)
        self.rounded = game.exact is not None or game.stage.exact is not None

    def run(self, block: Block) -> NDArray[np.int64]:
        """Check the games of a block in floats; those whose verdict floats leave open."""
        games = np.arange(block.start, block.stop)
        payoffs, discounts = self.game.block(block.start, block.stop)
        gainful, possible, small = np.zeros((3, block.size), dtype=np.bool_)
        most = np.full(block.size, -np.inf)
        for i, (array, discount) in enumerate(zip(payoffs, discounts, strict=True)):
            table = np.ascontiguousarray(array.reshape(block.size, -1).T)
            size = np.abs(table)
            largest = _ROUNDING * size.max(axis=0)
            small |= ((size > 0) & (size < _SMALL)).any(axis=0)
            small |= (discount > 0) & (discount < _SMALL)
            vague = largest * (_STEPS + _STEPS / (1 - discount)) if self.rounded else 0.0
            for found in self._deviations(games, i, table, discount, most):
                # The two parts cancel at most where they are alike; one alone has the right sign.
                least = np.minimum(np.abs(found.today), np.abs(found.later))
                bound = _STEPS * _ROUNDING * least + found.roundings * largest + vague
                gainful |= (found.gain > bound).any(axis=0)
                possible |= (found.gain > -bound).any(axis=0)
        self.holds[games], self.gain[games] = ~gainful, most
        return games[(possible & ~gainful) | small]

    def settle(self, games: NDArray[np.int64]) -> None:
        """Check games in exact arithmetic."""
        stage, discounts = self.game.stage, self.game.exact or self.game.discounts
        for start in range(0, len(games), _EXACT_GAMES):
            some = games[start : start + _EXACT_GAMES]
            most = np.full(len(some), -np.inf, dtype=np.object_)
            for i, array in enumerate(stage.exact or stage.payoffs):
                table = self._fractions(array, some).reshape(len(some), -1).T
                discount = self._fractions(discounts[i], some)
                for _ in self._deviations(some, i, table, discount, most):
                    pass
            self.holds[some], self.gain[some] = most <= 0, most

    def _fractions(self, array: _Table, games: NDArray[np.int64]) -> _Table:
        """Entries of some games, as rationals."""
        batch = self.game.batch_shape
        picked = (array if batch else array[np.newaxis])[np.unravel_index(games, batch or (1,))]
        return np.asarray(np.frompyfunc(Fraction, 1, 1)(picked), dtype=object)

    def _deviations(
        self,
        games: NDArray[np.int64],
        player: int,
        payoffs: _Table,
        discount: _Table,
        most: _Table,
    ) -> Iterator[_Deviations]:
        """A player's deviations; the best, and what the automata give, are written meanwhile.

        `most` is what the best one found so far gains in each of the games.
        """
        values = self.joint.values(payoffs, discount)
        self.payoffs[games, player] = values[0]
        for found in self.joint.deviations(player, payoffs, discount, values):
            best = found.gain.argmax(axis=0)
            gain = found.gain[best, np.arange(len(games))]
            better = np.asarray(gain > most, dtype=np.bool_)
            chosen = games[better]
            most[better] = gain[better]
            self.player[chosen], self.action[chosen] = player, found.action
            self.place[chosen] = found.states[best[better]]
            yield found

    def result(self, automata: tuple[Automaton, ...]) -> OneShotCheck:
        """What was found."""
        game, states = self.game, self.joint.states
        batch, n = game.batch_shape, game.n_players
        state = np.where(self.place[:, None] < 0, -1, states[self.place]).reshape(*batch, n)
        found = [a.reshape(batch) for a in (self.holds, self.player, self.action, self.gain)]
        holds, player, action, gain = found if batch else [array.item() for array in found]
        return OneShotCheck(
            game=game,
            automata=automata,
            holds=holds,
            player=player,
            state=state if batch else tuple(state.tolist()),
            action=action,
            gain=gain,
            payoffs=self.payoffs.reshape(*batch, n),
            states=states,
        )
