"""Two readings of one model: exact values at either end, what differs, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.case import premises
from summitgames.errors import GameError, require_known

if TYPE_CHECKING:
    from summitgames.models.summit_model import SummitModel

__all__ = ["Reading", "check_outcome"]


@dataclass(frozen=True)
class Reading:
    """A perspective's name and exact values for one model."""

    name: str
    exact: dict[str, Fraction]

    @classmethod
    def of(cls, model: SummitModel, given: str | Mapping[str, Any]) -> Reading:
        """Reading of a perspective's name, of its file's path, or of a mapping.

        Raises
        ------
        GameError
            If a name is unknown, or a value missing, out of range or an array.
        """
        found = given if isinstance(given, Mapping) else premises.perspective(given)
        exact = {}
        for name, value in model.values(found, {}).items():
            if not isinstance(value, Fraction):
                raise GameError(f"{name}: an array; expected one number for each premise")
            exact[name] = value
        name = found.label if isinstance(found, premises.Perspective) else "custom"
        return cls(name, exact)

    def differing(self, other: Reading) -> list[str]:
        """Parameters whose values differ, in the model's order."""
        return [name for name, value in self.exact.items() if value != other.exact[name]]


def check_outcome(model: SummitModel, outcome: str) -> None:
    """Refuse an outcome that is no field of numbers.

    Raises
    ------
    GameError
        If the model lacks the field, or it holds labels or arrays.
    """
    require_known(f"outcome of {model.name}", outcome, model.fields)
    found = model.solve()[outcome]
    if isinstance(found, str) or np.ndim(found):
        raise GameError(
            f"outcome: {outcome!r} is of type {type(found).__name__}; expected a field of numbers"
        )
