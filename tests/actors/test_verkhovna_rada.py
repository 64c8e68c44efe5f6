"""The Rada ratifies an offer with the probability that its demand is met."""

from fractions import Fraction

import pytest
import sympy

import summitgames as sg
from summitgames.actors.verkhovna_rada import ratification_probability
from summitgames.case.premises import parameters

RADA = sg.actor("verkhovna_rada")
OFFER, STRICTNESS, DEMAND = sympy.symbols("offer rada_strictness demand", nonnegative=True)


@pytest.mark.parametrize("strictness", [Fraction(1, 10), Fraction(3, 5), Fraction(9, 10), 1])
@pytest.mark.parametrize("offer", [0, Fraction(1, 10), Fraction(1, 2), Fraction(3, 5), 1])
def test_probability_is_the_share_of_demands_at_which_ratifying_pays(
    offer: Fraction, strictness: Fraction
) -> None:
    """Exact integral of the uniform density where ratifying gives at least what rejecting does."""
    payoff = RADA.payoff({"ratified": 1}).subs("offer", sympy.Rational(offer))
    ratifies = sympy.Piecewise((1, payoff.subs("demand", DEMAND) >= 0), (0, True))
    upper = sympy.Rational(strictness)
    integral = sympy.integrate(ratifies / upper, (DEMAND, 0, upper))
    values = {"offer": sympy.Rational(offer), "rada_strictness": upper}
    assert ratification_probability().subs(values) == integral


def test_terms() -> None:
    terms = [(term.sign, term.name, term.attribute) for term in RADA.terms]
    assert terms == [(1, "offer", "ratified"), (-1, "demand", "ratified")]


def test_payoffs_of_ratifying_and_rejecting() -> None:
    assert RADA.evaluate(offer=0.5, demand=0.2, ratified=1) == 0.5 - 0.2
    assert RADA.evaluate(offer=0.5, demand=0.2) == 0.0
    assert RADA.payoff({"ratified": 1}) == sympy.Symbol("offer") - sympy.Symbol("demand")


@pytest.mark.parametrize("weight", ["offer", "demand"])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_shares_are_between_0_and_1(weight: str, value: float) -> None:
    shares = {"offer": 0.5, "demand": 0.5, weight: value}
    with pytest.raises(sg.GameError, match=f"parameter '{weight}': {value}; expected a number in"):
        RADA.evaluate(**shares, ratified=1)


def test_the_demand_is_documented_by_the_parameter_that_bounds_it() -> None:
    offer, demand = RADA.terms
    assert demand.range == "[0, rada_strictness]"
    assert demand.weight.upper == parameters()["rada_strictness"].upper
    assert offer.range == "[0, 1]"
    assert demand.claims == parameters()["rada_strictness"].claims == ("R08",)
