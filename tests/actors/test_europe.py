"""Europe's terms, and its payoffs at ends worked out by hand."""

import math

import pytest

import summitgames as sg

MODEL = sg.actor("europe")
ARTICLE = sg.perspective("article")


def test_terms() -> None:
    assert [(term.sign, term.name, term.attribute) for term in MODEL.terms] == [
        (1, "peace_value_europe", "settlement"),
        (-1, "russian_terms_loss_europe", "settlement"),
        (1, "voice_value_europe", "voice"),
        (-1, "support_cost_europe", "backed"),
    ]


@pytest.mark.parametrize(
    ("events", "payoff"),
    [
        ({"settlement": 1, "backed": 1, "voice": 1, "summit": 1}, -0.2),
        ({"settlement": 0.9}, -0.45),
        ({"backed": 1, "supported": 1}, -0.1),
        ({"summit": 1}, 0.0),
    ],
)
def test_payoffs_under_the_articles_reading(events: dict[str, float], payoff: float) -> None:
    assert math.isclose(MODEL.evaluate(**events, **ARTICLE), payoff, abs_tol=1e-15)
    assert math.isclose(MODEL.payoff(events).subs(dict(ARTICLE)), payoff, abs_tol=1e-15)
