"""What Ukraine wants, its incumbent's interests included: peace, a summit, support, office."""

from __future__ import annotations

from typing import Final

from summitgames.actors.payoff_model import PayoffModel
from summitgames.actors.terms import term

__all__ = ["UKRAINE"]

UKRAINE: Final = PayoffModel(
    name="ukraine",
    title="Ukraine",
    terms=(
        term(+1, "peace_value_ukraine", "settlement"),
        term(-1, "conditions_cost_ukraine", "conditions_met"),
        term(+1, "summit_prize_ukraine", "summit"),
        term(-1, "office_rents_ukraine", "leaves_office"),
        term(-1, "bypass_loss_ukraine", "bypassed"),
        term(-1, "resistance_cost_ukraine", "resisted"),
        term(-1, "exposure_loss_ukraine", "incident"),
        term(+1, "proposal_value_ukraine", "proposed"),
        term(+1, "support_value_ukraine", "supported"),
    ),
)
