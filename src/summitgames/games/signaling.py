"""Signaling games: a sender who knows its type sends a message, a receiver answers."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import batch_index
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.games.tables import (
    as_floats,
    as_fractions,
    block_of,
    broadcast,
    first_not_finite,
    holds_floats,
    is_fractional,
    is_rounded,
    labels_of,
    numbered,
    picked,
    read_array,
    read_only,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PLAYERS", "SignalingArrays", "SignalingGame", "as_signaling_game"]

#: Labels of the players.
PLAYERS: Final = ("sender", "receiver")
#: How far from 1 a prior may sum.
_TOLERANCE: Final = 1e-9
#: Rows of a printed table.
_SHOWN: Final = 24


class SignalingArrays(NamedTuple):
    """The numbers of some games.

    Attributes
    ----------
    prior
        ``(..., T)``.
    sender, receiver
        ``(..., T, M, R)``.
    """

    prior: NDArray[Any]
    sender: NDArray[Any]
    receiver: NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False, init=False)
class SignalingGame:
    """A family of signaling games with T types, M messages and R responses.

    Chance draws the sender's type. The sender, who alone sees it, sends a message; the receiver
    sees the message and answers with a response. Payoffs depend on all three.

    Parameters
    ----------
    prior
        ``(*batch, T)``: probability of every type; 0 is allowed. Batch axes lead and broadcast with
        those of the payoffs.
    sender, receiver
        ``(*batch, T, M, R)``: payoffs at every type, message and response. Fraction, Decimal and
        sympy numbers, here as in the prior, are kept beside the floats nearest to them.
    types, messages, responses
        Labels; None: "1", "2", ...

    Attributes
    ----------
    prior, sender, receiver
        Read-only float64 arrays of the full batch shape.
    types, messages, responses
        The labels.
    exact
        None where the floats are the numbers given; else a `SignalingArrays` of Fraction.

    Raises
    ------
    GameError
        If an array is ragged, empty, has too few axes or another number of types, messages or
        responses than the others, batch shapes do not broadcast, a number is not finite, a prior
        has a negative entry or does not sum to 1 within 1e-9, or labels are too few, too many or
        repeated.

    References
    ----------
    Spence (1973), Job market signaling, Quarterly Journal of Economics 87(3); Cho & Kreps (1987),
    Signaling games and stable equilibria, Quarterly Journal of Economics 102(2).

    Examples
    --------
    >>> from summitgames import SignalingGame
    >>> game = SignalingGame(
    ...     prior=[0.1, 0.9],
    ...     sender=[[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    ...     receiver=[[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    ...     types=["strong", "weak"],
    ...     messages=["beer", "quiche"],
    ...     responses=["fight", "leave"],
    ... )
    >>> game
    <SignalingGame: types strong, weak; messages beer, quiche; responses fight, leave>
    >>> game.to_extensive_form()
    <ExtensiveForm: sender, receiver; 6 decision nodes, 1 chance nodes, 8 outcomes>
    """

    prior: NDArray[np.float64]
    sender: NDArray[np.float64]
    receiver: NDArray[np.float64]
    types: tuple[str, ...]
    messages: tuple[str, ...]
    responses: tuple[str, ...]
    exact: SignalingArrays | None = field(default=None)
    _mixed: bool = field(default=False)  # whether some of the exact numbers were floats

    def __init__(
        self,
        prior: ArrayLike,
        sender: ArrayLike,
        receiver: ArrayLike,
        *,
        types: Sequence[str] | None = None,
        messages: Sequence[str] | None = None,
        responses: Sequence[str] | None = None,
    ) -> None:
        whats = SignalingArrays._fields
        given = [
            read_array(array, what)
            for array, what in zip((prior, sender, receiver), whats, strict=True)
        ]
        floats = [as_floats(array, what) for array, what in zip(given, whats, strict=True)]
        counts = _counts(floats)
        labels = [
            labels_of(names, count, f"{kind}s", kind)
            for names, count, kind in zip(
                (types, messages, responses), counts, ("type", "message", "response"), strict=True
            )
        ]
        for array, what in zip(floats, whats, strict=True):
            _require_finite(array, what)
        _require_prior(given[0], floats[0], labels[0])
        batch = _batch_shape(floats)
        shapes = [(*batch, counts[0]), (*batch, *counts), (*batch, *counts)]
        whole = [read_only(broadcast(a, s)) for a, s in zip(floats, shapes, strict=True)]
        exact = None
        if any(map(is_rounded, given)):
            exact = SignalingArrays(
                *(np.broadcast_to(as_fractions(a), s) for a, s in zip(given, shapes, strict=True))
            )
        _set(
            self,
            prior=whole[0],
            sender=whole[1],
            receiver=whole[2],
            types=labels[0],
            messages=labels[1],
            responses=labels[2],
            exact=exact,
            _mixed=exact is not None and any(map(holds_floats, given)),
        )

    @property
    def counts(self) -> tuple[int, int, int]:
        """Numbers of types, messages and responses, (T, M, R)."""
        return len(self.types), len(self.messages), len(self.responses)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for a single game."""
        return self.prior.shape[:-1]

    @property
    def size(self) -> int:
        """Number of games."""
        return math.prod(self.batch_shape)

    @property
    def has_binary_numbers(self) -> bool:
        """Whether some number was a float that is no whole number, taken as it is in binary."""
        if self.exact is not None:
            return self._mixed
        return any(map(is_fractional, (self.prior, self.sender, self.receiver)))

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError("a single game has no length; its family has")
        return self.batch_shape[0]

    def __getitem__(self, index: Any) -> SignalingGame:
        """The games at an index of the batch."""
        where = picked(index, self.batch_shape)
        cuts = [(*where, *(slice(None),) * own) for own in (1, 3, 3)]
        part = object.__new__(SignalingGame)
        arrays = (self.prior, self.sender, self.receiver)
        prior, sender, receiver = (
            read_only(np.asarray(array[cut])) for array, cut in zip(arrays, cuts, strict=True)
        )
        exact = self.exact and SignalingArrays(
            *(array[cut] for array, cut in zip(self.exact, cuts, strict=True))
        )
        _set(
            part,
            prior=prior,
            sender=sender,
            receiver=receiver,
            types=self.types,
            messages=self.messages,
            responses=self.responses,
            exact=exact,
            _mixed=self._mixed,
        )
        return part

    def __iter__(self) -> Iterator[SignalingGame]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        parts = []
        for kind in ("type", "message", "response"):
            labels: tuple[str, ...] = getattr(self, f"{kind}s")
            n = len(labels)
            if labels == numbered(n):
                parts.append(f"1 {kind}" if n == 1 else f"{n} {kind}s")
            else:
                parts.append(f"{kind}s {', '.join(labels)}")
        shape = f"; batch shape {self.batch_shape}" if self.batch_shape else ""
        return f"<SignalingGame: {'; '.join(parts)}{shape}>"

    def _repr_html_(self) -> str:
        game, note = self, f"<p>{html.escape(repr(self))}</p>"
        if self.batch_shape:
            first = (0,) * len(self.batch_shape)
            game = self[first]
            note += f"<p>game {first} of the family</p>"
        titles = ("type", "prior", "message", "response", *PLAYERS)
        head = "".join(f"<th>{title}</th>" for title in titles)
        rows = [
            [
                kind,
                f"{game.prior[t]:.6g}",
                message,
                response,
                *(f"{payoff[t, m, r]:.6g}" for payoff in (game.sender, game.receiver)),
            ]
            for t, kind in enumerate(self.types)
            for m, message in enumerate(self.messages)
            for r, response in enumerate(self.responses)
        ]
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in rows[:_SHOWN]
        )
        left_out = len(rows) - _SHOWN
        more = f"<p>rows not shown: {left_out}</p>" if left_out > 0 else ""
        return f"{note}<table><tr>{head}</tr>{body}</table>{more}"

    def block(self, start: int, stop: int) -> SignalingArrays:
        """Numbers of games start to stop, counted in C order of the batch.

        Returns
        -------
        SignalingArrays
            Of read-only C-contiguous arrays ``(stop - start, T)`` and ``(stop - start, T, M, R)``:
            views where the game's arrays lie in memory like that, else copies of this part.
        """
        arrays = (self.prior, self.sender, self.receiver)
        return SignalingArrays(*(block_of(a, self.batch_shape, start, stop) for a in arrays))

    def exact_numbers(self) -> SignalingArrays:
        """All numbers as exact rationals: those given, or what the floats are."""
        if self.exact is not None:
            return self.exact
        return SignalingArrays(*map(as_fractions, (self.prior, self.sender, self.receiver)))

    def to_extensive_form(self) -> ExtensiveForm:
        """The game as a tree: chance draws the type, then sender and receiver move.

        The sender has an information set for each type, with the type's label; the receiver one for
        each message, with the message's.

        Returns
        -------
        ExtensiveForm
            Players "sender" and "receiver"; types of probability 0 included. An outcome's label is
            that of the response.

        Raises
        ------
        GameError
            If it is a family of games.
        """
        if self.batch_shape:
            raise GameError(f"{self!r} is a family; a tree is made of one game: index it first")
        numbers = self.exact_numbers()
        branches = {
            kind: (numbers.prior[t], Decision("sender", self._messages_from(t, numbers), kind))
            for t, kind in enumerate(self.types)
        }
        return ExtensiveForm(Chance(branches), players=PLAYERS)

    def _messages_from(self, t: int, numbers: SignalingArrays) -> dict[str, Decision]:
        """The receiver's nodes after each message of a type."""
        return {
            message: Decision(
                "receiver",
                {
                    response: Outcome(
                        response,
                        {
                            "sender": numbers.sender[t, m, r],
                            "receiver": numbers.receiver[t, m, r],
                        },
                    )
                    for r, response in enumerate(self.responses)
                },
                message,
            )
            for m, message in enumerate(self.messages)
        }


def as_signaling_game(game: object) -> SignalingGame:
    """The game, if it is a signaling game.

    Raises
    ------
    GameError
        If it is not.
    """
    if not isinstance(game, SignalingGame):
        raise GameError(f"game: {type(game).__name__}; expected a SignalingGame")
    return game


def _set(game: SignalingGame, **fields: object) -> None:
    """Fill a frozen game."""
    for name, value in fields.items():
        object.__setattr__(game, name, value)


def _counts(arrays: Sequence[NDArray[Any]]) -> tuple[int, int, int]:
    """(T, M, R), the same for all arrays."""
    prior, sender, receiver = arrays
    if prior.ndim < 1:
        raise GameError("prior: a number; expected (*batch, T), a probability for every type")
    for array, what in ((sender, "sender"), (receiver, "receiver")):
        if array.ndim < 3:
            raise GameError(f"{what}: shape {array.shape}; expected (*batch, T, M, R)")
    types, messages, responses = sender.shape[-3:]
    if receiver.shape[-3:] != sender.shape[-3:]:
        raise GameError(
            f"receiver: {receiver.shape[-3:]} types, messages and responses; expected "
            f"{sender.shape[-3:]}, as in sender"
        )
    if prior.shape[-1] != types:
        raise GameError(f"prior: {prior.shape[-1]} types; expected {types}, as in sender")
    return types, messages, responses


def _batch_shape(arrays: Sequence[NDArray[Any]]) -> tuple[int, ...]:
    batch: tuple[int, ...] = ()
    for array, what, own in zip(arrays, SignalingArrays._fields, (1, 3, 3), strict=True):
        shape = array.shape[:-own]
        try:
            batch = np.broadcast_shapes(batch, shape)
        except ValueError:
            raise GameError(
                f"{what}: batch shape {shape} does not broadcast with {batch}; expected shapes "
                "that broadcast as in NumPy"
            ) from None
    return batch


def _require_finite(array: NDArray[np.float64], what: str) -> None:
    index = first_not_finite(array)
    if index is None:
        return
    own = 1 if what == "prior" else 3
    place = "type" if what == "prior" else "type, message and response"
    number = index[-1] if own == 1 else index[-own:]
    where = f"{place} {number}{_at(index[:-own])}"
    raise GameError(f"{what}: not finite at {where}: {array[index]}; expected finite numbers")


def _at(batch: tuple[int, ...]) -> str:
    return f", batch index {batch}" if batch else ""


def _require_prior(given: NDArray[Any], prior: NDArray[np.float64], types: tuple[str, ...]) -> None:
    """Refuse negative probabilities, or another sum than 1."""
    negative = np.asarray(given < 0, dtype=np.bool_)  # a tiny number's float may be -0.0
    if negative.any():
        index = batch_index(int(np.argmax(negative)), prior.shape)
        raise GameError(
            f"prior: {given[index]} at type {types[index[-1]]!r}{_at(index[:-1])}; expected "
            "probabilities"
        )
    sums = prior.sum(axis=-1)
    wrong = np.abs(sums - 1) > _TOLERANCE
    if wrong.any():
        index = batch_index(int(np.argmax(wrong)), wrong.shape)
        where = f" at batch index {index}" if index else ""
        raise GameError(f"prior: sums to {sums[index]}{where}; expected 1 within 1e-9")
