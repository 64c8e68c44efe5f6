"""Stochastic games: a stage game in every state, play moving from state to state, for ever."""

from __future__ import annotations

import html
import math
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from summitgames.errors import GameError, require_known
from summitgames.games.batches import batch_index
from summitgames.games.discounts import Discounts, read_discounts
from summitgames.games.tables import (
    action_labels,
    as_floats,
    as_fractions,
    block_of,
    broadcast,
    first_not_finite,
    is_rounded,
    labels_of,
    numbered,
    picked,
    read_array,
    read_only,
    read_payoffs,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["ExactNumbers", "StochasticBlock", "StochasticGame", "as_stochastic_game"]

#: How far from 1 a row of transition probabilities may sum.
_TOLERANCE: Final = 1e-9
#: Largest discounted sum of payoffs.
_LARGEST: Final = 1e300
#: Rows of a printed table.
_SHOWN: Final = 24


class ExactNumbers(NamedTuple):
    """A family's numbers as arrays of Fraction.

    Attributes
    ----------
    payoffs
        Tuple of N arrays ``(*batch, S, k_1, ..., k_N)``.
    transitions
        ``(*batch, S, k_1, ..., k_N, S)``.
    discounts
        Tuple of N arrays ``(*batch,)``.
    """

    payoffs: tuple[NDArray[np.object_], ...]
    transitions: NDArray[np.object_]
    discounts: tuple[NDArray[np.object_], ...]


class StochasticBlock(NamedTuple):
    """Some games of a family, in C order of the batch; all arrays C-contiguous and read-only.

    Attributes
    ----------
    payoffs
        Tuple of N arrays ``(games, S, k_1, ..., k_N)``.
    transitions
        ``(games, S, k_1, ..., k_N, S)``.
    discounts
        ``(games, N)``.
    """

    payoffs: tuple[NDArray[np.float64], ...]
    transitions: NDArray[np.float64]
    discounts: NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class StochasticGame:
    """A family of stochastic games with N players and S states.

    In every period everyone sees the state and all choose at once; payoffs and the probabilities
    of the next state depend on the state and on what was chosen. Player i values payoffs u(0),
    u(1), ... at the plain sum ``sum over t of d_i**t * u(t)``, not normalised by ``1 - d_i``.

    Parameters
    ----------
    payoffs
        N arrays ``(*batch, S, k_1, ..., k_N)``: player i's payoff in every state at every pure
        profile, player j's action on the j-th of the last N axes in each of them. Batch axes lead
        and broadcast. Fraction, Decimal and sympy numbers are kept beside the floats nearest to
        them.
    transitions
        ``(*batch, S, k_1, ..., k_N, S)``: probabilities of the next state, on the last axis.
    discount
        A number or an array of batch shape in [0, 1), or a tuple of N of them: one a player.
    players, states
        Labels; None: "1", "2", ... (states: the keys of `actions`, if that is a mapping).
    actions
        N sequences of labels of the actions, the same in all states; or a mapping from every state
        to N such sequences: where one of them has fewer than k_i labels, player i has only the
        first so many of the k_i actions there. None: "1", "2", ... for every player.
    available
        ``(S, N)`` whole numbers from 1 to k_i: how many actions player i has in a state, the first
        so many of the k_i. None: as many as `actions` has labels, or all of them. One who has but
        one action does not act there. What the arrays hold at profiles that are not available is
        not looked at (NaN will do), and is 0 in the game.

    Attributes
    ----------
    payoffs
        Tuple of N read-only float64 arrays ``(*batch, S, k_1, ..., k_N)``.
    transitions
        Read-only float64 array ``(*batch, S, k_1, ..., k_N, S)``.
    discounts
        Tuple of N read-only float64 arrays ``(*batch,)``.
    players, states
        The labels.
    actions
        For each state a tuple of N tuples: labels of the actions that each player has there.
    available
        ``(S, N)`` int64.
    exact
        None where the floats are the numbers given; else an `ExactNumbers` of them.

    Raises
    ------
    GameError
        If arrays are ragged, empty or of shapes that do not fit, a number is not finite, a row of
        probabilities has a negative one or does not sum to 1 within 1e-9, a discount lies outside
        [0, 1) (or is so near to 1 that such a sum above 1 outgrows it), discounted sums of payoffs
        may exceed 1e300, or labels are too few, too
        many or repeated.

    References
    ----------
    Shapley (1953), Stochastic games, PNAS 39(10); Fink (1964), Equilibrium in a stochastic n-person
    game, Journal of Science of the Hiroshima University A-I 28.

    Examples
    --------
    A host decides in war whether to end it; peace lasts.

    >>> from summitgames import StochasticGame
    >>> game = StochasticGame(
    ...     payoffs=[[[0, -1], [2, 2]]],
    ...     transitions=[[[1, 0], [0.5, 0.5]], [[0, 1], [0, 1]]],
    ...     discount=0.9,
    ...     players=["host"],
    ...     actions={"war": [["wait", "talk"]], "peace": [["rest"]]},
    ... )
    >>> game
    <StochasticGame: host; states war, peace; 2 actions; discount 0.9>
    >>> game.available.tolist()
    [[2], [1]]
    >>> game.reachable("peace").tolist()
    [False, True]
    """

    payoffs: tuple[NDArray[np.float64], ...]
    transitions: NDArray[np.float64]
    discounts: tuple[NDArray[np.float64], ...]
    players: tuple[str, ...]
    states: tuple[str, ...]
    actions: tuple[tuple[tuple[str, ...], ...], ...]
    available: NDArray[np.int64]
    exact: ExactNumbers | None = field(default=None)

    def __init__(
        self,
        payoffs: Sequence[ArrayLike],
        transitions: ArrayLike,
        discount: ArrayLike | tuple[ArrayLike, ...],
        *,
        players: Sequence[str] | None = None,
        states: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | Mapping[str, Sequence[Sequence[str]]] | None = None,
        available: ArrayLike | None = None,
    ) -> None:
        tables = read_payoffs(payoffs)
        moves = read_array(transitions, "transitions")
        names = labels_of(players, len(tables), "players", "player")
        shape = _own_shape(tables, moves, names)
        if states is None and isinstance(actions, Mapping):
            states = tuple(actions)
        state_names = labels_of(states, shape[0], "states", "state")
        labels, counts = _actions(actions, available, shape, names, state_names)
        here = _available_profiles(counts, shape)
        given = _without([*tables, moves], here)
        whats = [*(_named(i, names) for i in range(len(names))), "transitions"]
        floats = [as_floats(array, what) for array, what in zip(given, whats, strict=True)]
        for array, what in zip(floats, whats, strict=True):
            _require_finite(array, what, shape, state_names)
        _require_probabilities(given[-1], floats[-1], here, state_names)
        batch = _batch_shape(floats, whats, shape)
        discounts = read_discounts(discount, names, batch, of="payoffs and transitions")
        batch = discounts.floats[0].shape
        _require_contraction(floats[-1], discounts)
        _require_finite_values(floats[:-1], discounts, names)
        shapes = [*((*batch, *shape) for _ in names), (*batch, *shape, shape[0])]
        whole = [read_only(broadcast(a, s)) for a, s in zip(floats, shapes, strict=True)]
        exact = None
        if any(map(is_rounded, given)) or discounts.exact is not None:
            exact = _exact_numbers(given, shapes, discounts)
        _set(
            self,
            payoffs=tuple(whole[:-1]),
            transitions=whole[-1],
            discounts=discounts.floats,
            players=names,
            states=state_names,
            actions=labels,
            available=counts,
            exact=exact,
        )

    @property
    def n_players(self) -> int:
        """Number of players, N."""
        return len(self.payoffs)

    @property
    def n_states(self) -> int:
        """Number of states, S."""
        return len(self.states)

    @property
    def n_actions(self) -> tuple[int, ...]:
        """Largest numbers of actions, (k_1, ..., k_N)."""
        return self.payoffs[0].shape[-self.n_players :]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for a single game."""
        return self.discounts[0].shape

    @property
    def size(self) -> int:
        """Number of games."""
        return math.prod(self.batch_shape)

    def state(self, state: object) -> int:
        """Number of a state, given by its label or its number.

        Raises
        ------
        GameError
            If there is no such state.
        """
        if isinstance(state, str):
            require_known("state", state, self.states)
            return self.states.index(state)
        try:
            number = operator.index(state)  # type: ignore[arg-type]  # refused below
        except TypeError:
            number = -1
        if isinstance(state, (bool, np.bool_)) or not 0 <= number < self.n_states:
            raise GameError(
                f"state: {state!r}; expected a label or a number from 0 to {self.n_states - 1}"
            )
        return number

    def reachable(self, start: int | str) -> NDArray[np.bool_]:
        """Which states play may come to, whatever is chosen on the way.

        Parameters
        ----------
        start
            Label or number of a state; it is reached itself.

        Returns
        -------
        (*batch, S) bool
            True where some sequence of profiles leads there with positive probability.

        Raises
        ------
        GameError
            If there is no such state.
        """
        between = tuple(range(-1 - self.n_players, -1))
        leads = (self.transitions > 0).any(axis=between)
        reached = np.zeros((*self.batch_shape, self.n_states), dtype=np.bool_)
        reached[..., self.state(start)] = True
        for _ in range(self.n_states - 1):
            reached |= (reached[..., np.newaxis] & leads).any(axis=-2)
        return reached

    def exact_numbers(self) -> ExactNumbers:
        """All numbers as exact rationals: those given, or what the floats are."""
        if self.exact is not None:
            return self.exact
        return ExactNumbers(
            tuple(map(as_fractions, self.payoffs)),
            as_fractions(self.transitions),
            tuple(map(as_fractions, self.discounts)),
        )

    def block(self, start: int, stop: int) -> StochasticBlock:
        """Numbers of games start to stop, counted in C order of the batch."""
        batch = self.batch_shape
        discounts = np.stack([block_of(d, batch, start, stop) for d in self.discounts], axis=1)
        return StochasticBlock(
            tuple(block_of(array, batch, start, stop) for array in self.payoffs),
            block_of(self.transitions, batch, start, stop),
            read_only(discounts),
        )

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError("a single game has no length; its family has")
        return self.batch_shape[0]

    def __getitem__(self, index: Any) -> StochasticGame:
        """The games at an index of the batch."""
        own = 1 + self.n_players
        where = picked(index, self.batch_shape)
        if not any(
            part is Ellipsis for part in where
        ):  # as it is for the discounts, which have no other axes
            where = (*where, Ellipsis)
        cut, cut_moves = (*where, *(slice(None),) * own), (*where, *(slice(None),) * (own + 1))
        part = object.__new__(StochasticGame)
        exact = self.exact and ExactNumbers(
            tuple(array[cut] for array in self.exact.payoffs),
            self.exact.transitions[cut_moves],
            tuple(np.asarray(array[where], dtype=object) for array in self.exact.discounts),
        )
        _set(
            part,
            payoffs=tuple(read_only(array[cut]) for array in self.payoffs),
            transitions=read_only(self.transitions[cut_moves]),
            discounts=tuple(read_only(np.asarray(array[where])) for array in self.discounts),
            players=self.players,
            states=self.states,
            actions=self.actions,
            available=self.available,
            exact=exact,
        )
        return part

    def __iter__(self) -> Iterator[StochasticGame]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        n, s = self.n_players, self.n_states
        number = "1 player" if n == 1 else f"{n} players"
        who = number if self.players == numbered(n) else ", ".join(self.players)
        count = "1 state" if s == 1 else f"{s} states"
        where = count if self.states == numbered(s) else f"states {', '.join(self.states)}"
        actions = " x ".join(map(str, self.n_actions))
        return f"<StochasticGame: {who}; {where}; {actions} actions{self._shape_or_discount()}>"

    def _shape_or_discount(self) -> str:
        if self.batch_shape:
            return f"; batch shape {self.batch_shape}"
        numbers = sorted({float(discount) for discount in self.discounts})
        if len(numbers) > 1:
            return "; a discount for each player"
        return f"; discount {numbers[0]:.6g}"

    def _repr_html_(self) -> str:
        game, note = self, f"<p>{html.escape(repr(self))}</p>"
        if self.batch_shape:
            first = (0,) * len(self.batch_shape)
            game = self[first]
            note += f"<p>game {first} of the family</p>"
        titles = ["state", *self.players, *(f"payoff {p}" for p in self.players), "next state"]
        head = "".join(f"<th>{html.escape(title)}</th>" for title in titles)
        rows = list(game._rows())
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in rows[:_SHOWN]
        )
        left_out = len(rows) - _SHOWN
        more = f"<p>rows not shown: {left_out}</p>" if left_out > 0 else ""
        return f"{note}<table><tr>{head}</tr>{body}</table>{more}"

    def _rows(self) -> Iterator[list[str]]:
        """Cells of the table of a single game, one row for each state and profile."""
        for s, state in enumerate(self.states):
            for profile in np.ndindex(*self.available[s].tolist()):
                chosen = [self.actions[s][i][a] for i, a in enumerate(profile)]
                amounts = [f"{payoff[(s, *profile)]:.6g}" for payoff in self.payoffs]
                row = self.transitions[(s, *profile)]
                moves = [f"{self.states[t]} {row[t]:.6g}" for t in np.flatnonzero(row)]
                yield [state, *chosen, *amounts, ", ".join(moves)]


def as_stochastic_game(game: object) -> StochasticGame:
    """The game, if it is a stochastic one.

    Raises
    ------
    GameError
        If it is not.
    """
    if not isinstance(game, StochasticGame):
        raise GameError(f"game: {type(game).__name__}; expected a StochasticGame")
    return game


def _set(game: StochasticGame, **fields: object) -> None:
    """Fill a frozen game."""
    for name, value in fields.items():
        object.__setattr__(game, name, value)


def _named(i: int, players: tuple[str, ...]) -> str:
    return f"payoffs[{i}] (player {players[i]!r})"


def _own_shape(
    tables: Sequence[NDArray[Any]], moves: NDArray[Any], players: tuple[str, ...]
) -> tuple[int, ...]:
    """(S, k_1, ..., k_N), the same for all arrays."""
    n = len(tables)
    axes = ", ".join(f"k_{i + 1}" for i in range(n))
    for i, table in enumerate(tables):
        if table.ndim < n + 1:
            raise GameError(
                f"{_named(i, players)}: shape {table.shape}; expected (*batch, S, {axes}), an axis "
                f"for the states and one for each of the {n} players"
            )
        if table.shape[-n - 1 :] != tables[0].shape[-n - 1 :]:
            raise GameError(
                f"{_named(i, players)}: {table.shape[-n - 1 :]} states and actions; expected "
                f"{tables[0].shape[-n - 1 :]}, as in payoffs[0]"
            )
    shape = tables[0].shape[-n - 1 :]
    if moves.shape[-n - 2 :] != (*shape, shape[0]):
        raise GameError(
            f"transitions: shape {moves.shape}; expected (*batch, S, {axes}, S), here "
            f"(*batch, {', '.join(map(str, (*shape, shape[0])))})"
        )
    return shape


def _actions(
    actions: Any,
    available: Any,
    shape: tuple[int, ...],
    players: tuple[str, ...],
    states: tuple[str, ...],
) -> tuple[tuple[tuple[tuple[str, ...], ...], ...], NDArray[np.int64]]:
    """Labels and numbers of the actions that each player has in each state."""
    limits = shape[1:]
    counts = None if available is None else _counts(available, limits, states)
    if isinstance(actions, Mapping):
        given = _counts_of_labels(actions, limits, players, states)
        if counts is None:
            counts = given
        elif (given != counts).any():
            s = int((given != counts).any(axis=1).argmax())
            raise GameError(
                f"actions[{states[s]!r}]: {tuple(given[s].tolist())} labels; expected "
                f"{tuple(counts[s].tolist())}, as in available"
            )
        labels = tuple(
            tuple(
                labels_of(actions[state][i], int(count), _owned(state, i, players), "action")
                for i, count in enumerate(counts[s])
            )
            for s, state in enumerate(states)
        )
    else:
        if counts is None:
            counts = np.tile(np.array(limits, dtype=np.int64), (len(states), 1))
        everywhere = action_labels(actions, limits, players)
        labels = tuple(
            tuple(names[:count] for names, count in zip(everywhere, row, strict=True))
            for row in counts.tolist()
        )
    return labels, read_only(counts)


def _owned(state: str, i: int, players: tuple[str, ...]) -> str:
    return f"actions[{state!r}][{i}] (player {players[i]!r})"


def _counts(available: Any, limits: tuple[int, ...], states: tuple[str, ...]) -> NDArray[np.int64]:
    array = read_array(available, "available")
    expected = (len(states), len(limits))
    if array.shape != expected or array.dtype.kind not in "iu":
        raise GameError(
            f"available: shape {array.shape} of {array.dtype}; expected {expected} whole numbers, "
            "one for each state and player"
        )
    wrong = (array < 1) | (array > np.array(limits))
    if wrong.any():
        s, i = map(int, np.argwhere(wrong)[0])
        raise GameError(
            f"available: {array[s, i]} at state {states[s]!r}, player {i}; expected a number from "
            f"1 to {limits[i]}"
        )
    return array.astype(np.int64)


def _counts_of_labels(
    actions: Mapping[Any, Any],
    limits: tuple[int, ...],
    players: tuple[str, ...],
    states: tuple[str, ...],
) -> NDArray[np.int64]:
    for state in actions:
        require_known("state", state, states)
    counts = np.empty((len(states), len(limits)), dtype=np.int64)
    for s, state in enumerate(states):
        if state not in actions:
            raise GameError(f"actions: no state {state!r}; expected labels for every state")
        given = actions[state]
        if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
            raise GameError(f"actions[{state!r}]: {given!r}; expected sequences of labels")
        if len(given) != len(limits):
            raise GameError(
                f"actions[{state!r}]: {len(given)} sequences of labels; expected {len(limits)}, "
                "one for each player"
            )
        for i, labels in enumerate(given):
            sized = isinstance(labels, Sequence) and not isinstance(labels, (str, bytes))
            if not sized or not 1 <= len(labels) <= limits[i]:
                raise GameError(
                    f"{_owned(state, i, players)}: {labels!r}; expected a sequence of 1 to "
                    f"{limits[i]} labels"
                )
            counts[s, i] = len(labels)
    return counts


def _available_profiles(counts: NDArray[np.int64], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Which profiles there are, ``(S, k_1, ..., k_N)``."""
    here = np.ones(shape, dtype=np.bool_)
    n = len(shape) - 1
    for i, k in enumerate(shape[1:]):
        has = np.arange(k) < counts[:, i, np.newaxis]
        here &= has.reshape(shape[0], *(k if j == i else 1 for j in range(n)))
    return here


def _without(tables: Sequence[NDArray[Any]], here: NDArray[np.bool_]) -> list[NDArray[Any]]:
    """Payoffs and, last, transitions, with 0 at profiles that are not available."""
    if here.all():
        return list(tables)
    rows = here[..., np.newaxis]
    return [*(np.where(here, table, 0) for table in tables[:-1]), np.where(rows, tables[-1], 0)]


def _require_finite(
    array: NDArray[np.float64], what: str, shape: tuple[int, ...], states: tuple[str, ...]
) -> None:
    index = first_not_finite(array)
    if index is None:
        return
    own = index[-len(shape) - (what == "transitions") :]
    where = _where(index[: len(index) - len(own)], own, states, len(shape) - 1)
    raise GameError(f"{what}: not finite at {where}: {array[index]}; expected finite numbers")


def _where(batch: tuple[int, ...], own: tuple[int, ...], states: tuple[str, ...], n: int) -> str:
    """Place of an entry, for an error."""
    there = f"state {states[own[0]]!r}, profile {own[1 : n + 1]}"
    return f"batch index {batch}, {there}" if batch else there


def _require_probabilities(
    given: NDArray[Any],
    moves: NDArray[np.float64],
    here: NDArray[np.bool_],
    states: tuple[str, ...],
) -> None:
    """Refuse rows with negative entries or another sum than 1."""
    n = here.ndim - 1
    negative = np.asarray(given < 0, dtype=np.bool_)  # a tiny number's float may be -0.0
    if negative.any():
        index = batch_index(int(np.argmax(negative)), moves.shape)
        own = index[-here.ndim - 1 :]
        where = _where(index[: -here.ndim - 1], own, states, n)
        raise GameError(
            f"transitions: {given[index]} to state {states[own[-1]]!r} at {where}; expected "
            "probabilities"
        )
    sums = moves.sum(axis=-1)
    wrong = (np.abs(sums - 1) > _TOLERANCE) & here
    if wrong.any():
        index = batch_index(int(np.argmax(wrong)), sums.shape)
        where = _where(index[: -here.ndim], index[-here.ndim :], states, n)
        raise GameError(
            f"transitions: probabilities at {where} sum to {sums[index]}; expected 1 within 1e-9"
        )


def _batch_shape(
    arrays: Sequence[NDArray[Any]], whats: Sequence[str], shape: tuple[int, ...]
) -> tuple[int, ...]:
    batch: tuple[int, ...] = ()
    for array, what in zip(arrays, whats, strict=True):
        own = array.shape[: array.ndim - len(shape) - (what == "transitions")]
        try:
            batch = np.broadcast_shapes(batch, own)
        except ValueError:
            raise GameError(
                f"{what}: batch shape {own} does not broadcast with {batch}; expected shapes that "
                "broadcast as in NumPy"
            ) from None
    return batch


def _require_contraction(moves: NDArray[np.float64], discounts: Discounts) -> None:
    """Refuse a discount that rows which sum to more than 1 outgrow: there would be no value."""
    largest = max(float(discount.max()) for discount in discounts.floats)
    if largest < 1 - 2 * _TOLERANCE:
        return
    most = float(moves.sum(axis=-1).max())
    if largest * most >= 1:
        raise GameError(
            f"discount: {largest} with transition probabilities that sum to {most} somewhere; "
            "expected a product below 1"
        )


def _require_finite_values(
    tables: Sequence[NDArray[np.float64]], discounts: Discounts, players: tuple[str, ...]
) -> None:
    """Refuse payoffs whose discounted sums may be beyond float64."""
    own = tuple(range(-1 - len(players), 0))
    for i, (table, discount) in enumerate(zip(tables, discounts.floats, strict=True)):
        most, patience = float(np.abs(table).max()), float(discount.max())
        if most < _LARGEST * (1 - patience):
            continue
        sizes = np.abs(table).max(axis=own) / _LARGEST >= 1 - discount
        if sizes.any():
            index = batch_index(int(np.argmax(sizes)), sizes.shape)
            where = f" at batch index {index}" if index else ""
            raise GameError(
                f"{_named(i, players)}: so large{where} that discounted sums may exceed "
                f"{_LARGEST:g}; expected smaller payoffs, or another unit"
            )


def _exact_numbers(
    given: Sequence[NDArray[Any]], shapes: Sequence[tuple[int, ...]], discounts: Discounts
) -> ExactNumbers:
    whole = [np.broadcast_to(as_fractions(a), s) for a, s in zip(given, shapes, strict=True)]
    exact = discounts.exact
    if exact is None:
        exact = tuple(map(as_fractions, discounts.floats))
    return ExactNumbers(tuple(whole[:-1]), whole[-1], exact)
