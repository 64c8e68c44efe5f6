"""Strategies and beliefs in signaling games: checked, and the best deviations from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import batch_index
from summitgames.games.tables import read_floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.signaling import SignalingGame

__all__ = ["AssessmentGaps", "Assessments", "assessment_gaps", "read_assessments"]

#: How far from 1 probabilities may sum.
_TOLERANCE: Final = 1e-9


class Assessments(NamedTuple):
    """Strategies and beliefs, checked; in slots where a result with ``.exists`` was given.

    Attributes
    ----------
    sender
        ``(*batch, [E,] T, M)``.
    receiver
        ``(*batch, [E,] M, R)``.
    beliefs
        ``(*batch, [E,] M, T)``.
    in_slots
        Whether there is an axis of slots.
    """

    sender: NDArray[np.float64]
    receiver: NDArray[np.float64]
    beliefs: NDArray[np.float64]
    in_slots: bool


class AssessmentGaps(NamedTuple):
    """What is wrong with assessments; NaN in unused slots.

    Attributes
    ----------
    sender
        ``(*batch, [E,] T, M)``: what each type gains by each message, for certain, beyond what its
        strategy gives.
    receiver
        ``(*batch, [E,] M, R)``: what the receiver gains by each response to each message, given its
        beliefs.
    bayes
        ``(*batch, [E,] M, T)``: what Bayes' rule says; NaN after messages that nobody sends.
    """

    sender: NDArray[np.float64]
    receiver: NDArray[np.float64]
    bayes: NDArray[np.float64]


def read_assessments(game: SignalingGame, equilibria: Any) -> Assessments:
    """Strategies and beliefs as arrays of the game's shape.

    Parameters
    ----------
    game
        T types, M messages, R responses, batch shape ``(*batch,)``.
    equilibria
        A result with ``.sender``, ``.receiver`` and ``.beliefs`` (in slots where it has
        ``.exists``), or these three arrays, which broadcast to ``(*batch, T, M)``,
        ``(*batch, M, R)`` and ``(*batch, M, T)``.

    Raises
    ------
    GameError
        If one is missing, of another shape, or no distribution (nonnegative, sum 1 within 1e-9).
    """
    used = getattr(equilibria, "exists", None)
    given = equilibria
    if hasattr(equilibria, "sender"):
        given = equilibria.sender, equilibria.receiver, equilibria.beliefs
    if not isinstance(given, (tuple, list)) or len(given) != 3:
        raise GameError(
            f"equilibria: {type(equilibria).__name__}; expected a result with .sender, .receiver "
            "and .beliefs, or these three arrays"
        )
    types, messages, responses = game.counts
    slots = () if used is None else np.shape(used)[-1:]
    arrays = []
    for array, what, own in zip(
        given,
        ("sender", "receiver", "beliefs"),
        ((types, messages), (messages, responses), (messages, types)),
        strict=True,
    ):
        expected = (*game.batch_shape, *slots, *own)
        numbers = read_floats(array, what)
        try:
            whole = np.broadcast_to(numbers, expected)
        except ValueError:
            raise GameError(f"{what}: shape {numbers.shape}; expected {expected}") from None
        wrong = ~((whole >= 0).all(axis=-1) & (np.abs(whole.sum(axis=-1) - 1) <= _TOLERANCE))
        if used is not None:
            wrong &= np.asarray(used)[..., np.newaxis]
        if wrong.any():
            index = batch_index(int(np.argmax(wrong)), wrong.shape)
            raise GameError(
                f"{what}: {whole[index]} at index {index}; expected probabilities that sum to 1"
            )
        arrays.append(whole)
    sender, receiver, beliefs = arrays
    return Assessments(sender, receiver, beliefs, used is not None)


def assessment_gaps(game: SignalingGame, assessments: Assessments) -> AssessmentGaps:
    """What every type and the receiver gain by every deviation, and what Bayes' rule says.

    Parameters
    ----------
    game
        The family.
    assessments
        As `read_assessments` gives them.
    """
    sender, receiver, beliefs, in_slots = assessments
    prior, own, other = game.prior, game.sender, game.receiver
    if in_slots:
        prior, own, other = prior[..., np.newaxis, :], own[..., np.newaxis, :, :, :], other[
            ..., np.newaxis, :, :, :
        ]  # fmt: skip
    each = (own * receiver[..., np.newaxis, :, :]).sum(axis=-1)  # (..., T, M)
    gains = each - (each * sender).sum(axis=-1, keepdims=True)
    replies = (other * np.swapaxes(beliefs, -1, -2)[..., np.newaxis]).sum(axis=-3)  # (..., M, R)
    regrets = replies - (replies * receiver).sum(axis=-1, keepdims=True)
    weights = np.swapaxes(prior[..., np.newaxis] * sender, -1, -2)  # (..., M, T)
    total = weights.sum(axis=-1, keepdims=True)
    bayes = np.full(weights.shape, np.nan)
    np.divide(weights, total, out=bayes, where=total > 0)
    return AssessmentGaps(gains, regrets, bayes)
