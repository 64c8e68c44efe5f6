"""What a proof in exact arithmetic finds, before it becomes a certificate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from summitgames.games.batches import nearest_float

__all__ = [
    "NOT_DECIDED",
    "PROVED",
    "REFUTED",
    "Deviation",
    "Finding",
    "Refutation",
    "Strategies",
    "WrongBelief",
]

PROVED: Final = "proved"
REFUTED: Final = "refuted"
NOT_DECIDED: Final = "not decided"

#: Probabilities of the actions of every player, or at every information set.
Strategies: TypeAlias = tuple[tuple[Fraction, ...], ...]

#: Bits of a number that is printed exactly.
_SHORT: Final = 64


@dataclass(frozen=True)
class Deviation:
    """A profitable deviation, or beliefs that do not fit the strategies.

    Attributes
    ----------
    infoset
        On a tree of perfect information, labels that lead to the decision node, joined by " > " (""
        at the root): the player deviates once, there. On another tree the label of the information
        set: the player takes the action there, and the best ones at own information sets that
        follow (of a subgame-perfect equilibrium: before the next subgames begin). In a signaling
        game the sender's type, or the message to which the receiver responds. None in normal form.
    player
        Who deviates.
    action
        To which action. "": none, the beliefs at one information set, or at several (labels joined
        by ", "), are inconsistent.
    gain
        Exact gain in payoff: on a tree expected at the root of the game or of the subgame that
        begins last before the deviation, or given the beliefs where these are part of what is
        proved; in a signaling game given the type, or the beliefs; 0 where there is no action.

    Examples
    --------
    >>> from summitgames import NormalForm, certify
    >>> found = certify(NormalForm.symmetric([[3, 0], [5, 1]]), [[1, 0], [1, 0]])
    >>> found.verdict, found.deviation.gain
    ('refuted', Fraction(2, 1))
    >>> print(found.deviation)
    player '1' gains 2 (2) by '2'
    """

    infoset: str | None
    player: str
    action: str
    gain: Fraction

    def __str__(self) -> str:
        if not self.action:
            return f"beliefs at {self.infoset!r} are no limit of beliefs by Bayes' rule"
        where = "" if self.infoset is None else f" at {self.infoset or 'the root'!r}"
        return f"player {self.player!r} gains {_shown(self.gain)} by {self.action!r}{where}"


@dataclass(frozen=True)
class WrongBelief:
    """A belief that Bayes' rule contradicts.

    Attributes
    ----------
    infoset
        Where: an information set that is reached, or a message that is sent.
    player
        Who believes it.
    state
        What has too large or too small a probability there: a type.
    given
        That probability.
    expected
        What Bayes' rule says.
    """

    infoset: str
    player: str
    state: str
    given: Fraction
    expected: Fraction

    def __str__(self) -> str:
        return (
            f"player {self.player!r} believes in {self.state!r} at {self.infoset!r} with "
            f"{_shown(self.given)}, by Bayes' rule {_shown(self.expected)}"
        )


#: What shows that strategies are no equilibrium.
Refutation: TypeAlias = Deviation | WrongBelief


def _shown(number: Fraction) -> str:
    """A rational in words: exactly, if it is short, and as a float."""
    short = max(number.numerator, number.denominator).bit_length() <= _SHORT
    near = nearest_float(number)
    # A decimal number also holds what is beyond a float.
    rounded = near if math.isfinite(near) else Decimal(number.numerator) / number.denominator
    return f"{number} ({rounded:.6g})" if short else f"{rounded:.6g}"


@dataclass(frozen=True)
class Finding:
    """A verdict on strategies, as `Certificate` states it."""

    verdict: str
    strategies: Strategies
    deviation: Refutation | None = None
    message: str = ""
    distance: float = 0.0
    radius: Fraction = Fraction(0)
