"""What the United States wants: a settlement, credit for a summit, and to be rid of the process."""

from __future__ import annotations

from typing import Final

from summitgames.actors.payoff_model import PayoffModel
from summitgames.actors.terms import term

__all__ = ["UNITED_STATES"]

UNITED_STATES: Final = PayoffModel(
    name="united_states",
    title="United States",
    terms=(
        term(+1, "peace_value_us", "settlement"),
        term(+1, "sponsor_credit_us", "sponsored_summit"),
        term(-1, "failure_cost_us", "sponsored_in_vain"),
        term(+1, "burden_relief_us", "offloaded"),
    ),
)
