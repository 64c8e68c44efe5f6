"""What Russia wants: a settlement that holds, or gains without one; no stalling, no repudiation."""

from __future__ import annotations

from typing import Final

from summitgames.actors.payoff_model import PayoffModel
from summitgames.actors.terms import term

__all__ = ["RUSSIA"]

RUSSIA: Final = PayoffModel(
    name="russia",
    title="Russia",
    terms=(
        term(+1, "settlement_value_russia", "settlement"),
        term(+1, "pocket_value_russia", "pocketed"),
        term(-1, "empty_summit_cost_russia", "empty_summit"),
        term(-1, "betrayal_loss_russia", "repudiated"),
        term(-1, "exposure_loss_russia", "incident"),
        term(+1, "delegation_value_russia", "delegations_raised"),
    ),
)
