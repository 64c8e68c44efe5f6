"""Strategies of repeated games as finite automata, and a catalogue of well-known ones."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import batch_index

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    _Profile: TypeAlias = Sequence[int]

__all__ = ["Automaton"]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class Automaton:
    """A player's strategy in a repeated game: a finite automaton that reads all players' actions.

    Parameters
    ----------
    outputs
        ``(S,)``: index of the action that the player takes in each state.
    transitions
        ``(S, k_1, ..., k_N)``: number of the next state after each profile of actions. All of
        them, also those after actions that nobody is to take: the strategy says what it does after
        every history.
    start
        Number of the first state.

    Attributes
    ----------
    outputs, transitions
        Read-only arrays of int64.
    start
        The first state.

    Raises
    ------
    GameError
        If shapes do not fit, a transition is missing, or a number is no state or no action.

    References
    ----------
    Rubinstein (1986), Finite automata play the repeated prisoner's dilemma, Journal of Economic
    Theory 39; Abreu & Rubinstein (1988), The structure of Nash equilibrium in repeated games with
    finite automata, Econometrica 56.

    Examples
    --------
    >>> from summitgames import Automaton
    >>> Automaton([0, 1], [[[0, 1], [1, 1]], [[1, 1], [1, 1]]])
    <Automaton: 2 states, start 0; 2 x 2 actions>
    """

    outputs: NDArray[np.int64]
    transitions: NDArray[np.int64]
    start: int

    def __init__(self, outputs: ArrayLike, transitions: ArrayLike, start: int = 0) -> None:
        actions = _whole_numbers(outputs, "outputs", "action")
        if actions.ndim != 1 or not actions.size:
            raise GameError(f"outputs: shape {actions.shape}; expected (S,), one action a state")
        states = len(actions)
        following = _whole_numbers(transitions, "transitions", "state")
        if following.ndim < 2 or len(following) != states or not following.size:
            raise GameError(
                f"transitions: shape {following.shape}; expected (S, k_1, ..., k_N) with S = "
                f"{states}, as in outputs"
            )
        _require_below(actions, max(following.shape[1:]), "outputs", "an action")
        _require_below(following, states, "transitions", "a state")
        object.__setattr__(self, "outputs", _read_only(actions))
        object.__setattr__(self, "transitions", _read_only(following))
        object.__setattr__(self, "start", _index(start, states, "start"))

    @property
    def n_states(self) -> int:
        """Number of states, S."""
        return len(self.outputs)

    @property
    def n_actions(self) -> tuple[int, ...]:
        """Numbers of actions of all players, (k_1, ..., k_N)."""
        return self.transitions.shape[1:]

    def __repr__(self) -> str:
        states = "1 state" if self.n_states == 1 else f"{self.n_states} states"
        actions = " x ".join(map(str, self.n_actions))
        return f"<Automaton: {states}, start {self.start}; {actions} actions>"

    @classmethod
    def grim_trigger(
        cls,
        player: int,
        profile: Sequence[int],
        punishment: Sequence[int] | Sequence[Sequence[int]],
        n_actions: Sequence[int],
    ) -> Automaton:
        """Keep to a profile until somebody leaves it, then to a punishment for ever.

        Parameters
        ----------
        player
            Whose strategy: index from 0.
        profile
            The players' actions, indices, in the first state.
        punishment
            The players' actions for ever after: one profile, or N profiles, the i-th after player i
            has left the profile. Where several have at once, the first of them counts.
        n_actions
            Numbers of actions, (k_1, ..., k_N).

        Returns
        -------
        Automaton
            State 0 keeps to the profile; state 1 punishes (with N punishments, state i + 1 punishes
            player i).

        Raises
        ------
        GameError
            If a number is no player or no action, or a profile has not one action a player.

        References
        ----------
        Friedman (1971), A non-cooperative equilibrium for supergames, Review of Economic Studies
        38.

        Examples
        --------
        >>> from summitgames import Automaton
        >>> Automaton.grim_trigger(0, (0, 0), (1, 1), (2, 2)).transitions.tolist()
        [[[0, 1], [1, 1]], [[1, 1], [1, 1]]]
        """
        counts, who = _frame(player, n_actions)
        kept = _profile(profile, counts, "profile")
        first = _first_to_leave(kept, counts)
        if np.ndim(_listed(punishment, "punishment")[0]):
            punishments = _profiles(punishment, counts, "punishment")
        else:
            punishments = [_profile(punishment, counts, "punishment")]
            first = np.minimum(first, 1)
        for_ever = [np.full(counts, state + 1) for state in range(len(punishments))]
        outputs = [actions[who] for actions in (kept, *punishments)]
        return cls(outputs, np.stack([first, *for_ever]))

    @classmethod
    def tit_for_tat(
        cls, player: int, n_actions: Sequence[int] = (2, 2), *, first: int = 0
    ) -> Automaton:
        """Do what the other player did in the period before.

        Parameters
        ----------
        player
            Whose strategy: index 0 or 1.
        n_actions
            Numbers of actions of the two players, which are equal.
        first
            Index of the action in the first period.

        Returns
        -------
        Automaton
            State a takes action a.

        Raises
        ------
        GameError
            If there are other than two players with equally many actions, or a number is no player
            or no action.

        References
        ----------
        Axelrod (1984), The evolution of cooperation.

        Examples
        --------
        >>> from summitgames import Automaton
        >>> Automaton.tit_for_tat(0).transitions[0].tolist()
        [[0, 1], [0, 1]]
        """
        counts, who = _frame(player, n_actions)
        count = _alike(counts)
        other = np.indices(counts)[1 - who]
        return cls(range(count), np.stack([other] * count), _index(first, count, "first"))

    @classmethod
    def win_stay_lose_shift(
        cls, player: int, n_actions: Sequence[int] = (2, 2), *, cooperate: int = 0, defect: int = 1
    ) -> Automaton:
        """Cooperate after a period in which both players did the same, else defect (Pavlov).

        In a prisoners' dilemma this is to keep one's action after the two higher payoffs and to
        change it after the two lower ones.

        Parameters
        ----------
        player
            Whose strategy: index 0 or 1.
        n_actions
            Numbers of actions of the two players, which are equal.
        cooperate, defect
            Indices of the two actions. Other actions of the other player count as different from
            one's own.

        Returns
        -------
        Automaton
            State 0 cooperates, state 1 defects.

        Raises
        ------
        GameError
            If there are other than two players with equally many actions, or a number is no player
            or no action.

        References
        ----------
        Nowak & Sigmund (1993), A strategy of win-stay, lose-shift that outperforms tit-for-tat in
        the Prisoner's Dilemma game, Nature 364.

        Examples
        --------
        >>> from summitgames import Automaton
        >>> Automaton.win_stay_lose_shift(0).transitions[1].tolist()
        [[0, 1], [1, 0]]
        """
        counts, _ = _frame(player, n_actions)
        count = _alike(counts)
        outputs = [_index(cooperate, count, "cooperate"), _index(defect, count, "defect")]
        first, second = np.indices(counts)
        following = np.where(first == second, 0, 1)
        return cls(outputs, np.stack([following, following]))

    @classmethod
    def leader_punishment(
        cls,
        player: int,
        profile: Sequence[int],
        punishments: Sequence[Sequence[int]],
        replacements: Sequence[int | None],
        n_actions: Sequence[int],
    ) -> Automaton:
        """Punish the leader who left a profile, not the state: until that leader is replaced.

        Parameters
        ----------
        player
            Whose strategy: index from 0.
        profile
            The players' actions, indices, while all leaders are trusted.
        punishments
            N profiles: the i-th is played after player i's leader has left the profile alone. Where
            several have at once, the first of them counts.
        replacements
            For each player the action that replaces its leader, or None where it has no such
            action. Taken while the leader is punished, it brings back trust; else nothing does.
        n_actions
            Numbers of actions, (k_1, ..., k_N).

        Returns
        -------
        Automaton
            State 0 keeps to the profile, state i + 1 punishes player i's leader.

        Raises
        ------
        GameError
            If a number is no player or no action, or a profile has not one action a player.

        References
        ----------
        McGillivray & Smith (2000), Trust and cooperation through agent-specific punishments,
        International Organization 54.

        Examples
        --------
        Action 2 replaces the own leader, who is to go once nobody trusts him any more:

        >>> from summitgames import Automaton
        >>> trust = Automaton.leader_punishment(0, (0, 0), [(2, 1), (1, 2)], (2, 2), (3, 3))
        >>> trust.outputs.tolist()
        [0, 2, 1]
        >>> trust.transitions[1].tolist()
        [[1, 1, 1], [1, 1, 1], [0, 0, 0]]
        """
        counts, who = _frame(player, n_actions)
        kept = _profile(profile, counts, "profile")
        punished = _profiles(punishments, counts, "punishments")
        following = [_first_to_leave(kept, counts)]
        for i, action in enumerate(_replacements(replacements, counts)):
            after = np.full(counts, i + 1)
            if action is not None:
                np.moveaxis(after, i, 0)[action] = 0
            following.append(after)
        return cls([actions[who] for actions in (kept, *punished)], np.stack(following))

    @classmethod
    def carrot_and_stick(
        cls, player: int, carrot: Sequence[int], stick: Sequence[int], n_actions: Sequence[int]
    ) -> Automaton:
        """Keep to one profile; whoever leaves what is due brings on one period of another.

        Parameters
        ----------
        player
            Whose strategy: index from 0.
        carrot
            The players' actions, indices, from the start on.
        stick
            The players' actions in the period after somebody has not done what was due: after
            `carrot`, or after `stick`, which then has to be borne again.
        n_actions
            Numbers of actions, (k_1, ..., k_N).

        Returns
        -------
        Automaton
            State 0 is the carrot, state 1 the stick.

        Raises
        ------
        GameError
            If a number is no player or no action, or a profile has not one action a player.

        References
        ----------
        Abreu (1986), Extremal equilibria of oligopolistic supergames, Journal of Economic Theory
        39.

        Examples
        --------
        >>> from summitgames import Automaton
        >>> Automaton.carrot_and_stick(0, (0, 0), (1, 1), (2, 2)).transitions.tolist()
        [[[0, 1], [1, 1]], [[1, 1], [1, 0]]]
        """
        counts, who = _frame(player, n_actions)
        due = [_profile(carrot, counts, "carrot"), _profile(stick, counts, "stick")]
        following = np.ones((2, *counts), dtype=np.int64)
        for state, actions in enumerate(due):
            following[(state, *actions)] = 0
        return cls([actions[who] for actions in due], following)


def _read_only(array: NDArray[np.int64]) -> NDArray[np.int64]:
    array.flags.writeable = False
    return array


#: More than an array of whole numbers holds: no action or state has such a number.
_LARGEST: Final = 2**63 - 1


def _whole_numbers(given: Any, name: str, kind: str) -> NDArray[np.int64]:
    """A new array of whole numbers; what is missing is None, NaN or a shorter row."""
    one = f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
    try:
        array = np.array(list(given) if isinstance(given, range) else given)
    except ValueError:
        raise GameError(f"{name}: ragged; expected {one} for every entry") from None
    if array.size and array.dtype.kind in "fO":
        for flat, item in enumerate(array.ravel().tolist()):
            if isinstance(item, bool) or not isinstance(item, int):
                at = batch_index(flat, array.shape)
                raise GameError(f"{name}: {item!r} at {at}; expected the number of {one}")
            if abs(item) > _LARGEST:
                at = batch_index(flat, array.shape)
                raise GameError(f"{name}: beyond int64 at {at}; expected the number of {one}")
    if array.size and array.dtype.kind not in "iuO":
        raise GameError(f"{name}: an array of {array.dtype}; expected numbers of {kind}s")
    return array.astype(np.int64)


def _require_below(array: NDArray[np.int64], count: int, name: str, kind: str) -> None:
    wrong = (array < 0) | (array >= count)
    if wrong.any():
        at = batch_index(int(np.argmax(wrong)), array.shape)
        where = f" at {at}" if at else ""
        raise GameError(f"{name}: {array[at]}{where}; expected {kind}, from 0 to {count - 1}")


def _index(given: Any, count: int, name: str) -> int:
    try:
        number = operator.index(given)
    except TypeError:
        number = -1
    if isinstance(given, (bool, np.bool_)) or not 0 <= number < count:
        raise GameError(f"{name}: {given!r}; expected a whole number from 0 to {count - 1}")
    return number


def _listed(given: Any, name: str) -> list[Any]:
    if isinstance(given, (str, bytes)) or not np.iterable(given):
        raise GameError(f"{name}: {given!r}; expected a sequence")
    listed = list(given)
    if not listed:
        raise GameError(f"{name}: empty; expected one entry for each player")
    return listed


def _frame(player: Any, n_actions: Any) -> tuple[tuple[int, ...], int]:
    """Numbers of actions and the player, checked."""
    counts = _listed(n_actions, "n_actions")
    for i, count in enumerate(counts):
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise GameError(f"n_actions[{i}]: {count!r}; expected a positive whole number")
    return tuple(map(int, counts)), _index(player, len(counts), "player")


def _alike(counts: tuple[int, ...]) -> int:
    if len(counts) != 2 or counts[0] != counts[1]:
        raise GameError(f"n_actions: {counts}; expected two players with equally many actions")
    return counts[0]


def _profile(given: Any, counts: tuple[int, ...], name: str) -> tuple[int, ...]:
    actions = _listed(given, name)
    if len(actions) != len(counts):
        raise GameError(f"{name}: {len(actions)} actions; expected {len(counts)}, one a player")
    return tuple(
        _index(action, count, f"{name}[{i}]")
        for i, (action, count) in enumerate(zip(actions, counts, strict=True))
    )


def _profiles(given: Any, counts: tuple[int, ...], name: str) -> list[tuple[int, ...]]:
    profiles = _listed(given, name)
    if len(profiles) != len(counts):
        raise GameError(f"{name}: {len(profiles)} profiles; expected {len(counts)}, one a player")
    return [_profile(profile, counts, f"{name}[{i}]") for i, profile in enumerate(profiles)]


def _replacements(given: Any, counts: tuple[int, ...]) -> list[int | None]:
    actions = _listed(given, "replacements")
    if len(actions) != len(counts):
        raise GameError(f"replacements: {len(actions)}; expected {len(counts)}, one a player")
    return [
        None if action is None else _index(action, counts[i], f"replacements[{i}]")
        for i, action in enumerate(actions)
    ]


def _first_to_leave(kept: _Profile, counts: tuple[int, ...]) -> NDArray[np.int64]:
    """After each profile of actions 1 + the first player who left `kept`; 0: nobody."""
    first = np.zeros(counts, dtype=np.int64)
    actions = np.indices(counts)
    for i in reversed(range(len(counts))):
        first[actions[i] != kept[i]] = i + 1
    return first
