"""M2: the reference numbers, closed forms, ties, and the game's own conditions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

import summitgames as sg
from summitgames.models.distrust import CLASSES, MODEL, class_numbers
from summitgames.testing import assert_sequentially_rational, perspectives

#: Reference numbers of an independent brute-force program, for each equilibrium: probabilities of a
#: step by both types, of a meeting after each message sent ("step" first), of a meeting; payoffs of
#: the types; whether it survives the intuitive criterion and D1.
REFERENCE = {
    "article": {
        "pooling_none_refuse": ((0, 0), {"none": 0}, 0, (0, 0), True, False),
        "semi_separating_low": (
            (1, 0.222222),
            {"none": 0, "step": 0.5},
            0.15,
            (0.15, 0),
            True,
            True,
        ),
    },
    "rebuttal": {
        "pooling_none_meet": ((0, 0), {"none": 1}, 1, (0.6, 0.3), True, True),
        "pooling_step_meet": ((1, 1), {"step": 1}, 1, (0.5, 0.1), True, True),
        "semi_separating_high": (
            (0.914286, 0),
            {"none": 0.833333, "step": 1},
            0.94,
            (0.5, 0.25),
            True,
            True,
        ),
    },
    "guarantees": {
        "pooling_none_meet": ((0, 0), {"none": 1}, 1, (0.6, 0.4), True, True),
        "semi_separating_high": (
            (0.8, 0),
            {"none": 0.666667, "step": 1},
            0.826667,
            (0.4, 0.266667),
            True,
            True,
        ),
        "separating": ((1, 0), {"none": 0, "step": 1}, 0.6, (0.4, 0), True, True),
    },
}


def labels(found):
    """Class of each equilibrium of a single game, from its strategies."""
    return [CLASSES[number] for number in class_numbers(found).tolist()]


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    expected = REFERENCE[perspective]
    solution = MODEL.solve(perspective)
    found = solution.equilibrium
    assert solution["classes"] == " ".join(sorted(expected))
    assert solution["n_equilibria"] == len(expected) == len(found)
    assert sorted(labels(found)) == sorted(expected)
    for slot, label in enumerate(labels(found)):
        steps, replies, summit, payoffs, intuitive, d1 = expected[label]
        assert found.sender[slot, :, 0] == pytest.approx(steps, abs=5e-7)
        for m, message in enumerate(found.game.messages):
            assert found.used[slot, m] == (message in replies)
            if message in replies:
                assert found.receiver[slot, m, 0] == pytest.approx(replies[message], abs=5e-7)
        meets = (found.sender[slot] * found.receiver[slot, :, 0]).sum(axis=-1)
        assert found.game.prior @ meets == pytest.approx(summit, abs=5e-7)
        assert found.type_payoffs[slot] == pytest.approx(payoffs, abs=5e-7)
        assert found.survives("intuitive")[slot] == intuitive
        assert found.survives("d1")[slot] == d1
    chances = [summit for _, _, summit, *_ in expected.values()]
    at_d1 = [summit for _, _, summit, *_, d1 in expected.values() if d1]
    assert solution["summit_min"] == pytest.approx(min(chances), abs=5e-7)
    assert solution["summit_max"] == pytest.approx(max(chances), abs=5e-7)
    assert solution["summit_d1_min"] == pytest.approx(min(at_d1), abs=5e-7)
    assert solution["summit_d1_max"] == pytest.approx(max(at_d1), abs=5e-7)


def test_reference_numbers_as_one_family():
    readings = [sg.perspective(name) for name in REFERENCE]
    values = {n: np.array([p[n] for p in readings]) for n in MODEL.parameter_names}
    solution = MODEL.solve(values)
    assert solution["classes"].tolist() == [" ".join(sorted(e)) for e in REFERENCE.values()]
    assert solution["n_equilibria"].tolist() == [2, 3, 3]
    assert solution["critical_belief"] == pytest.approx([0.5 / 1.5, 0.2 / 1.2, 0.3 / 1.3])
    assert solution["summit_max"] == pytest.approx([0.15, 1, 1])


def test_what_it_is():
    assert {"C21", "C22"} <= set(MODEL.claims)
    assert any("Kydd (2005)" in reference for reference in MODEL.references)
    game = MODEL.game("article")
    assert game.types == ("sincere", "opportunist")
    assert game.messages == ("step", "none")
    assert game.responses == ("meet", "refuse")
    # Meet, then refuse: after a step, and without one.
    np.testing.assert_allclose(
        game.sender, [[[0.5, -0.2], [0.7, 0]], [[0.3, -0.3], [0.6, 0]]], rtol=1e-15
    )
    assert game.receiver.tolist() == [[[1, 0], [1, 0]], [[-0.5, 0], [-0.5, 0]]]
    assert game.exact_numbers().sender[0, 0, 0] == Fraction(1, 2)
    assert game.to_extensive_form().players == ("sender", "receiver")


def test_closed_forms_agree_with_the_solver():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=5000) <= 1e-12
    assert {"critical_belief", "separating", "summit_d1_min"} <= set(MODEL.closed_forms)


@given(perspectives(model="distrust"))
@settings(max_examples=80, deadline=None)
def test_what_is_found_is_an_equilibrium(values):
    solution = MODEL.solve(values)
    found = solution.equilibrium
    assert_sequentially_rational(found.game, found)
    assert solution["n_equilibria"] >= 1
    assert 0 <= solution["summit_min"] <= solution["summit_max"] <= 1 + 1e-12
    # Refusal with no step fails D1 iff a step is worth a lesser chance of a meeting to the sincere.
    stake = values["summit_prize_ukraine"] + values["delivery_gain_sincere"]
    left = values["step_cost_sincere"] * values["summit_prize_ukraine"]
    right = values["step_cost_opportunist"] * stake
    if left == right or values["trust"] == 1 or min(values.values()) == 0:
        return
    for label, survives in zip(labels(found), found.survives("d1").tolist(), strict=True):
        if label == "pooling_none_refuse" and values["step_cost_sincere"] != stake:
            assert survives == (left > right or values["step_cost_sincere"] > stake)


def test_ties_are_decided_on_the_numbers_as_given():
    """At kappa_o = p = 3/10 the opportunist is indifferent, which 0.1 + 0.2 as floats hides."""
    exact = MODEL.solve(
        "article", summit_prize_ukraine=Fraction(3, 10), step_cost_opportunist=Fraction(3, 10)
    )
    assert exact["classes"] == "pooling_none_refuse semi_separating_low separating"
    family = MODEL.solve(
        "article",
        summit_prize_ukraine=[0.3, 0.3, 0.3],
        step_cost_opportunist=[0.3, np.nextafter(0.3, 1), np.nextafter(0.3, 0)],
    )
    assert family["classes"].tolist() == [
        "pooling_none_refuse semi_separating_low separating",
        "pooling_none_refuse separating",
        "pooling_none_refuse semi_separating_low",
    ]
    # The stake 0.1 + 0.2 exceeds 0.3 as a float, but not as the sum of these two floats' values.
    costs = MODEL.solve(
        "rebuttal",
        summit_prize_ukraine=[0.25, 0.25],
        delivery_gain_sincere=[0.5, 0.5],
        step_cost_sincere=[0.75, np.nextafter(0.75, 1)],
    )
    assert "pooling_step_meet" in costs["classes"][0]
    assert "pooling_step_meet" not in costs["classes"][1]


def test_at_the_critical_belief_russia_may_do_anything():
    solution = MODEL.solve("article", trust=Fraction(1, 3))
    assert solution["classes"] == (
        "pooling_none_meet pooling_none_mixed pooling_none_refuse pooling_step_meet "
        "pooling_step_mixed"
    )
    assert (solution["summit_min"], solution["summit_max"]) == (0, 1)
    found = solution.equilibrium
    mixed = [k for k, label in enumerate(labels(found)) if label == "pooling_step_mixed"]
    # A step pays both types from a meeting with probability 1/2 on: kappa_o / p = 1/2.
    assert found.has_range[mixed].all()
    replies = np.concatenate([found.vertices(k)[1][:, 0, 0] for k in mixed])
    assert (replies.min(), replies.max()) == (0.5, 1)


def test_steps_that_cost_nothing():
    solution = MODEL.solve("article", step_cost_sincere=0, step_cost_opportunist=0)
    assert {"pooling_none_refuse", "pooling_step_refuse"} <= set(solution["classes"].split())
    assert solution["summit_max"] == 0
    for label in ("pooling_step_refuse",):
        for cost in ("step_cost_sincere", "step_cost_opportunist"):
            assert label not in MODEL.solve("article", **{cost: 0})["classes"]


@pytest.mark.parametrize(("trust", "classes"), [
    (0, "pooling_none_refuse"), (1, "pooling_none_meet pooling_step_meet"),
])  # fmt: skip
def test_certainty_about_the_type(trust, classes):
    for value in (trust, np.array([trust, 0.5])):
        solution = MODEL.solve("article", trust=value)
        assert np.ravel(solution["classes"])[0] == classes
        assert np.ravel(solution["n_equilibria"])[0] == len(classes.split())
        assert np.ravel(solution["summit_max"])[0] == trust


def test_nothing_at_stake():
    solution = MODEL.solve("article", settlement_value_russia=0, empty_summit_cost_russia=0)
    assert np.isnan(solution["critical_belief"])
    assert (solution["summit_min"], solution["summit_max"]) == (0, 1)
    assert solution.to_dict()["critical_belief"] is None


def test_a_family_is_its_games_one_by_one():
    trust, cost = np.array([0, 0.1, 1 / 3, 0.5, 1]), np.array([0, 0.2, 0.35, 0.7])
    family = MODEL.solve("article", trust=trust[:, None], step_cost_sincere=cost, threads=2)
    for i, j in np.ndindex(5, 4):
        single = MODEL.solve("article", trust=trust[i], step_cost_sincere=cost[j])
        for name in MODEL.fields:
            value, other = family[name][i, j], single[name]
            if name == "classes":
                assert value == other
            else:
                assert value == pytest.approx(other, abs=1e-12, nan_ok=True)


def test_bad_values_are_refused():
    with pytest.raises(sg.GameError, match="trust"):
        MODEL.solve("article", trust=1.5)
    with pytest.raises(sg.GameError, match="not one of distrust"):
        MODEL.solve("article", reelection=0.5)
    with pytest.raises(sg.GameError, match="did you mean 'summit_min'"):
        MODEL.solve("article")["summit_most"]
