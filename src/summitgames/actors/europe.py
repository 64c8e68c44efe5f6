"""What Europe wants: peace, but not on Russia's terms, and a say in the talks."""

from __future__ import annotations

from typing import Final

from summitgames.actors.payoff_model import PayoffModel
from summitgames.actors.terms import term

__all__ = ["EUROPE"]

EUROPE: Final = PayoffModel(
    name="europe",
    title="Europe",
    terms=(
        term(+1, "peace_value_europe", "settlement"),
        term(-1, "russian_terms_loss_europe", "settlement"),
        term(+1, "voice_value_europe", "voice"),
        term(-1, "support_cost_europe", "backed"),
    ),
)
