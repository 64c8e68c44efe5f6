"""What a proof in exact arithmetic finds, before it becomes a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

__all__ = ["NOT_DECIDED", "PROVED", "REFUTED", "Deviation", "Finding", "Strategies"]

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
        On a tree, labels that lead to the decision node, joined by " > " ("" at the root), or the
        label of the information set: the player deviates once, there. None in normal form.
    player
        Who deviates.
    action
        To which action. "": none, the beliefs at one information set, or at several (labels joined
        by ", "), are inconsistent.
    gain
        Exact gain in payoff; 0 where there is no action.
    """

    infoset: str | None
    player: str
    action: str
    gain: Fraction

    def __str__(self) -> str:
        if not self.action:
            return f"beliefs at {self.infoset!r} are no limit of beliefs by Bayes' rule"
        short = max(self.gain.numerator, self.gain.denominator).bit_length() <= _SHORT
        gain = f"{self.gain} ({float(self.gain):.6g})" if short else f"{float(self.gain):.6g}"
        where = "" if self.infoset is None else f" at {self.infoset or 'the root'!r}"
        return f"player {self.player!r} gains {gain} by {self.action!r}{where}"


@dataclass(frozen=True)
class Finding:
    """A verdict on strategies, as `Certificate` states it."""

    verdict: str
    strategies: Strategies
    deviation: Deviation | None = None
    message: str = ""
    distance: float = 0.0
    radius: Fraction = Fraction(0)
