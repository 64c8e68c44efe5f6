"""M8: the reference numbers, closed forms, value iteration in plain Python, ties and corners."""

import pickle
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.models.prolongation import MODEL
from summitgames.testing import assert_markov_perfect, perspectives

TIMES = ("before", "after")
#: Of an independent brute-force program: conditions before and after a summit, months before and
#: after, whether it prolongs the war, critical costs before and after.
REFERENCE = {
    "article": (True, False, 10, 33.333333, True, 0.054113, 0.026184),
    "rebuttal": (False, False, 33.333333, 20, False, 0.054113, 0.020965),
    "guarantees": (True, True, 10, 8.333333, False, 0.055859, 0.032612),
}


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    solution = MODEL.solve(perspective)
    for name, expected in zip(MODEL.fields, REFERENCE[perspective], strict=True):
        assert solution[name] == pytest.approx(expected, abs=5e-7)
        assert type(solution[name]) is (bool if isinstance(expected, bool) else float)
    for time in TIMES:
        (policy,) = solution.equilibrium[time].labels()
        works = solution[f"conditions_{time}"]
        assert policy["war"] == {"ukraine": "conditions" if works else "none"}


def test_reference_numbers_as_one_family():
    readings = [sg.perspective(name) for name in REFERENCE]
    family = MODEL.solve({n: [p[n] for p in readings] for n in MODEL.parameter_names})
    for place, name in enumerate(MODEL.fields):
        expected = [numbers[place] for numbers in REFERENCE.values()]
        np.testing.assert_allclose(family[name], expected, rtol=0, atol=5e-7)


def test_what_it_is():
    assert {"C02", "C10", "C32", "R10"} <= set(MODEL.claims)
    game = MODEL.game("rebuttal")
    assert game.players == ("ukraine",)
    assert game.states == ("war", "settlement", "peace")
    assert game.available.tolist() == [[2], [1], [1]]
    assert game.payoffs[0][:, 0].tolist() == [-0.1, 1.1, 0]
    after = MODEL.game("rebuttal", after_summit=True)
    np.testing.assert_allclose(after.payoffs[0][:, 0], [-0.09, 0.8, 0], rtol=0, atol=1e-16)
    np.testing.assert_allclose(after.transitions[0, :, 1], [0.12, 0.05], rtol=0, atol=1e-16)
    assert after.exact is not None
    assert pickle.loads(pickle.dumps(MODEL)) is MODEL  # noqa: S301


@pytest.mark.parametrize("bad", [1, "yes", None, [True]])
def test_after_summit_is_a_bool(bad):
    with pytest.raises(sg.GameError) as caught:
        MODEL.game("article", after_summit=bad)
    assert str(caught.value) == f"after_summit: {bad!r}; expected True or False"


def test_hazards_in_order():
    with pytest.raises(sg.GameError, match=r"'hazard_none'.*expected at most hazard_conditions"):
        MODEL.solve("article", hazard_none=0.2)


def test_closed_forms_agree_with_the_games():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=3000) <= 1e-12
    assert set(MODEL.fields) <= set(MODEL.closed_forms)


def test_fields_are_the_closed_forms():
    values = MODEL.random_values(np.random.default_rng(4), 2000)
    assert (values["hazard_none"] <= values["hazard_conditions"]).all()
    solution, solved = MODEL.solve(values), MODEL.solved_forms(values)
    for name in MODEL.fields:
        np.testing.assert_allclose(
            solution[name].astype(float), solved[name], rtol=1e-12, atol=1e-12, err_msg=name
        )


# Against plain Python


def iterated(values, *, after):
    """Value of war and advantage of working on the conditions, by value iteration."""
    gain, relief, prize = (
        (values["contact_gain"], values["pressure_relief"], 0)
        if after
        else (0, 0, values["summit_prize_ukraine"])
    )
    hazards = [min(1, values[f"hazard_{c}"] + gain) for c in ("conditions", "none")]
    war = values["war_monthly_cost"] - relief
    costs = [values["conditions_monthly_cost"], 0]
    delta, value = values["discount_month"], 0.0
    for _ in range(3000):
        options = [
            -war - cost + delta * (h * (values["peace_value_ukraine"] + prize) + (1 - h) * value)
            for h, cost in zip(hazards, costs, strict=True)
        ]
        value = max(options)
    return options[0] - options[1], hazards


@given(perspectives(model="prolongation"), st.floats(0, 0.98))
@settings(max_examples=60, deadline=None)
def test_what_is_done_is_optimal_in_every_month(values, discount):
    values["discount_month"] = discount
    solution = MODEL.solve(values)
    chosen = []
    for time in TIMES:
        advantage, hazards = iterated(values, after=time == "after")
        works = solution[f"conditions_{time}"]
        if abs(advantage) > 1e-9:
            assert works == (advantage > 0)
        chosen.append(hazards[0 if works else 1])
        months = solution[f"months_{time}"]
        assert months == (pytest.approx(1 / chosen[-1]) if chosen[-1] else np.inf)
        margin = solution[f"critical_cost_{time}"] - values["conditions_monthly_cost"]
        if abs(margin) > 1e-9:
            assert works == (margin > 0)
        assert_markov_perfect(MODEL.game(values, after_summit=time == "after"),
                              solution.equilibrium[time])  # fmt: skip
    if abs(chosen[0] - chosen[1]) > 1e-9:
        assert solution["prolongs"] == (chosen[1] < chosen[0])


@given(perspectives(model="prolongation"))
@settings(max_examples=100, deadline=None)
def test_a_summit_prolongs_only_where_it_ends_the_work(values):
    solution = MODEL.solve(values)
    if solution["prolongs"]:
        assert solution["conditions_before"]
        assert not solution["conditions_after"]
        assert values["hazard_none"] + values["contact_gain"] < values["hazard_conditions"]
    if values["contact_gain"] >= values["hazard_conditions"] - values["hazard_none"]:
        assert not solution["prolongs"]


def test_more_contact_may_prolong_the_war():
    # It makes a settlement likelier whatever is done, and so the work on it less worthwhile.
    gains = np.linspace(0, 0.1, 11)
    prolongs = MODEL.solve("guarantees", contact_gain=gains)["prolongs"]
    assert prolongs.tolist() == [False] * 3 + [True] * 4 + [False] * 4


# Ties and corners


def test_at_the_critical_cost_it_works():
    # 0.5 (0.5 - 0) (0.5 * 1 + 0.25) / (1 - 0.5) = 0.375.
    values = {
        "discount_month": 0.5, "hazard_conditions": 0.5, "hazard_none": 0, "war_monthly_cost": 0.25,
        "peace_value_ukraine": 0.5, "summit_prize_ukraine": 0.5,
        "conditions_monthly_cost": [0.375, 0.3751],
    }  # fmt: skip
    solution = MODEL.solve("article", **values)
    assert solution["critical_cost_before"].tolist() == [0.375] * 2
    assert solution["conditions_before"].tolist() == [True, False]
    assert solution["months_before"].tolist() == [2, np.inf]
    assert solution.equilibrium["before"].counts.tolist() == [2, 1]  # the tie counts twice


@pytest.mark.parametrize("given_number", [float, Decimal])
def test_months_that_are_the_same_but_for_rounding(given_number):
    # Without the work a hazard of 0.7 + 0.1, which in floats is less than 0.8.
    change = {"contact_gain": given_number("0.1"), "hazard_none": given_number("0.7")}
    change |= {"hazard_conditions": given_number("0.8"), "conditions_monthly_cost": 0.004}
    assert 0.7 + 0.1 < 0.8
    for more in ({}, {"pressure_relief": [0.01, 0.02]}):
        solution = MODEL.solve("article", **change, **more)
        assert np.all(solution["conditions_before"])
        assert not np.any(solution["conditions_after"])
        assert not np.any(solution["prolongs"])


def test_relief_may_leave_no_cost_low_enough():
    solution = MODEL.solve("article", pressure_relief=1, conditions_monthly_cost=[0, 0.01])
    assert (solution["critical_cost_after"] < 0).all()
    assert solution["conditions_after"].tolist() == [False, False]


def test_hazards_of_nought_and_one():
    solution = MODEL.solve("article", hazard_none=0, hazard_conditions=[0, 1], contact_gain=0)
    assert solution["months_before"].tolist() == [np.inf, 1]
    assert solution["conditions_before"].tolist() == [False, True]
    assert solution["prolongs"].tolist() == [False, False]
    capped = MODEL.solve("article", hazard_conditions=0.9, contact_gain=0.5)
    assert capped["months_after"] == pytest.approx(1 / 0.53)
    sure = MODEL.solve("article", hazard_none=0.5, hazard_conditions=0.9, contact_gain=0.5)
    assert sure["months_after"] == 1
    assert sure["critical_cost_after"] == 0


def test_amounts_beyond_float64():
    huge = {"peace_value_ukraine": 1.7e308, "summit_prize_ukraine": 1.7e308}
    with pytest.raises(sg.GameError, match="critical cost beyond float64; expected"):
        MODEL.solve("article", **huge)
    with pytest.raises(sg.GameError, match=r"beyond float64 at batch index \(1,\); expected"):
        MODEL.solve("article", **{**huge, "summit_prize_ukraine": [0, 1.7e308]})


@given(st.lists(perspectives(model="prolongation"), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_family_is_its_games_one_by_one(games):
    alone = [MODEL.solve(values) for values in games]
    family = MODEL.solve({n: [values[n] for values in games] for n in MODEL.parameter_names})
    for name in MODEL.fields:
        assert family[name].tolist() == [one[name] for one in alone]
