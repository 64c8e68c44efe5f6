"""One term of an actor's payoff: a weight, and the attribute of an outcome that it weighs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from summitgames.case.premises import Parameter, parameters
from summitgames.errors import GameError, unknown_name

__all__ = ["ATTRIBUTES", "Term", "term"]

#: Attributes of outcomes, shared by all actors, and what each of them says. An attribute is 0 where
#: that did not happen, 1 where it did; what is delayed may be discounted to an amount between.
ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "settlement": "a signed settlement holds",
        "pocketed": "conditions met, nothing signed",
        "empty_summit": "summit held, then stalled",
        "repudiated": "signed, then repudiated",
        "incident": "security incident, or exposed alone",
        "delegations_raised": "level of delegations raised, no summit",
        "conditions_met": "conditions met",
        "summit": "summit held",
        "leaves_office": "incumbent leaves office",
        "bypassed": "bilateral deal over Kyiv's head",
        "resisted": "Kyiv resists such a deal",
        "proposed": "Kyiv proposed a summit",
        "supported": "Europe backs Kyiv, conditions not met",
        "sponsored_summit": "summit held under US sponsorship",
        "sponsored_in_vain": "sponsored and no summit, or bilateral deal resisted",
        "offloaded": "the United States offloaded the process",
        "backed": "Europe backs Kyiv",
        "voice": "summit held and Europe backed Kyiv",
        "ratified": "the Rada ratifies",
    }
)


@dataclass(frozen=True)
class Term:
    """A term of an actor's payoff: sign times weight times attribute.

    Attributes
    ----------
    weight
        Record of the weight.
    sign
        How it enters the payoff: 1 or -1.
    attribute
        What it weighs: a name in the shared list of attributes of outcomes.

    Examples
    --------
    >>> import summitgames as sg
    >>> pocketing = sg.actor("russia").terms[1]
    >>> pocketing.name, pocketing.sign, pocketing.attribute
    ('pocket_value_russia', 1, 'pocketed')
    >>> pocketing.event
    'conditions met, nothing signed'
    """

    weight: Parameter
    sign: int
    attribute: str

    def __post_init__(self) -> None:
        if self.sign not in (1, -1):
            raise GameError(f"sign of {self.name!r}: {self.sign!r}; expected 1 or -1")
        if self.attribute not in ATTRIBUTES:
            raise unknown_name("attribute", self.attribute, ATTRIBUTES)

    @property
    def name(self) -> str:
        """Name of the weight."""
        return self.weight.name

    @property
    def symbol(self) -> str:
        """Symbol of the weight, as LaTeX."""
        return self.weight.symbol

    @property
    def meaning(self) -> str:
        """What the weight is."""
        return self.weight.meaning

    @property
    def unit(self) -> str:
        """Unit of the weight."""
        return self.weight.unit

    @property
    def range(self) -> str:
        """Interval of the values that the weight may have."""
        return self.weight.range

    @property
    def claims(self) -> tuple[str, ...]:
        """IDs of the claims and rival premises that map to the weight."""
        return self.weight.claims

    @property
    def event(self) -> str:
        """When the term enters, in words."""
        return ATTRIBUTES[self.attribute]


def term(sign: int, parameter: str, attribute: str) -> Term:
    """Term whose weight is one of the case's parameters.

    Parameters
    ----------
    sign
        1 or -1.
    parameter
        Name of the parameter.
    attribute
        Name of the attribute.
    """
    return Term(parameters()[parameter], sign, attribute)
