"""Russia's terms, and its payoffs at ends worked out by hand."""

import math

import pytest

import summitgames as sg

MODEL = sg.actor("russia")
ARTICLE = sg.perspective("article")


def test_terms() -> None:
    assert [(term.sign, term.name, term.attribute) for term in MODEL.terms] == [
        (1, "settlement_value_russia", "settlement"),
        (1, "pocket_value_russia", "pocketed"),
        (-1, "empty_summit_cost_russia", "empty_summit"),
        (-1, "betrayal_loss_russia", "repudiated"),
        (-1, "exposure_loss_russia", "incident"),
        (1, "delegation_value_russia", "delegations_raised"),
    ]


@pytest.mark.parametrize(
    ("events", "payoff"),
    [
        ({"settlement": 1, "summit": 1, "conditions_met": 1}, 1.0),
        ({"pocketed": 1, "conditions_met": 1}, 0.4),
        ({"pocketed": 1, "conditions_met": 1, "incident": 1}, -1.6),
        ({"summit": 1, "empty_summit": 1, "proposed": 1}, -0.5),
        ({"repudiated": 0.9}, -0.9),
        ({"delegations_raised": 1, "proposed": 1}, 0.1),
    ],
)
def test_payoffs_under_the_articles_reading(events: dict[str, float], payoff: float) -> None:
    assert math.isclose(MODEL.evaluate(**events, **ARTICLE), payoff, abs_tol=1e-15)
    assert math.isclose(MODEL.payoff(events).subs(dict(ARTICLE)), payoff, abs_tol=1e-15)
