"""The United States' terms, and its payoffs at ends worked out by hand."""

import math

import pytest

import summitgames as sg

MODEL = sg.actor("united_states")
ARTICLE = sg.perspective("article")


def test_terms() -> None:
    assert [(term.sign, term.name, term.attribute) for term in MODEL.terms] == [
        (1, "peace_value_us", "settlement"),
        (1, "sponsor_credit_us", "sponsored_summit"),
        (-1, "failure_cost_us", "sponsored_in_vain"),
        (1, "burden_relief_us", "offloaded"),
    ]


@pytest.mark.parametrize(
    ("events", "payoff"),
    [
        ({"settlement": 1, "summit": 1, "sponsored_summit": 1}, 1.6),
        ({"summit": 1, "offloaded": 1}, 0.2),
        ({"resisted": 1, "sponsored_in_vain": 1}, -0.3),
    ],
)
def test_payoffs_under_the_articles_reading(events: dict[str, float], payoff: float) -> None:
    assert math.isclose(MODEL.evaluate(**events, **ARTICLE), payoff, abs_tol=1e-15)
    assert math.isclose(MODEL.payoff(events).subs(dict(ARTICLE)), payoff, abs_tol=1e-15)
