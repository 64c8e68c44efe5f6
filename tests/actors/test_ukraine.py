"""Ukraine's terms, and its payoffs at ends worked out by hand."""

import math

import pytest

import summitgames as sg

MODEL = sg.actor("ukraine")
ARTICLE = sg.perspective("article")


def test_terms() -> None:
    assert [(term.sign, term.name, term.attribute) for term in MODEL.terms] == [
        (1, "peace_value_ukraine", "settlement"),
        (-1, "conditions_cost_ukraine", "conditions_met"),
        (1, "summit_prize_ukraine", "summit"),
        (-1, "office_rents_ukraine", "leaves_office"),
        (-1, "bypass_loss_ukraine", "bypassed"),
        (-1, "resistance_cost_ukraine", "resisted"),
        (-1, "exposure_loss_ukraine", "incident"),
        (1, "proposal_value_ukraine", "proposed"),
        (1, "support_value_ukraine", "supported"),
    ]


@pytest.mark.parametrize(
    ("events", "payoff"),
    [
        ({"settlement": 1, "summit": 1, "conditions_met": 1}, 0.2),
        ({"conditions_met": 1, "pocketed": 1}, -0.9),
        ({"summit": 1, "empty_summit": 1, "proposed": 1, "supported": 1}, 0.95),
        ({"settlement": 1, "conditions_met": 1, "bypassed": 1}, -0.8),
        ({"resisted": 1, "sponsored_in_vain": 1}, -0.3),
        ({"proposed": 1, "incident": 1}, -0.95),
        ({"summit": 1, "leaves_office": 1}, -0.2),
    ],
)
def test_payoffs_under_the_articles_reading(events: dict[str, float], payoff: float) -> None:
    assert math.isclose(MODEL.evaluate(**events, **ARTICLE), payoff, abs_tol=1e-15)
    assert math.isclose(MODEL.payoff(events).subs(dict(ARTICLE)), payoff, abs_tol=1e-15)
