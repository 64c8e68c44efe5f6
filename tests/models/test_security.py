"""M5: the reference numbers, closed forms, ties, risk dominance by hand, and the global game."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

import summitgames as sg
from summitgames.models.security import MODEL
from summitgames.testing import assert_nash, perspectives

SIDES = ("russia", "ukraine")
ALL = "cooperate/cooperate refuse/refuse delegate/delegate"
#: Reference numbers of an independent brute-force program: gains, gains by delegation, pure
#: equilibria, how many, risk dominance of cooperation and of delegation, beliefs needed, cut-offs
#: at noise 0.1 and 0.05.
ARTICLE = ((-0.2, -0.04), (-1, -0.54), "refuse/refuse", 1, False, False, (np.inf, np.inf), ())
REFERENCE = {
    ("article", False): ARTICLE,
    ("article", True): ARTICLE,
    ("rebuttal", False): (
        (0.775, 0.18),
        (0.725, 0.21),
        ALL,
        7,
        False,
        True,
        (0.392157, 0.735294),
        ((0.037219, 0.066816), (0.046321, 0.061962)),
    ),
    ("rebuttal", True): (
        (0.925, 0.26),
        (0.725, 0.21),
        ALL,
        7,
        False,
        True,
        (0.350877, 0.657895),
        ((-0.015175, 0.01476), (-0.005914, 0.009821)),
    ),
    ("guarantees", False): (
        (0.68, 0.36),
        (0.54, 0.38),
        ALL,
        7,
        False,
        True,
        (0.46875, 0.625),
        ((0.043694, 0.057229), (0.047384, 0.054462)),
    ),
    ("guarantees", True): (
        (0.92, 0.54),
        (0.54, 0.38),
        ALL,
        7,
        True,
        True,
        (0.394737, 0.526316),
        ((-0.059271, -0.045547), (-0.055502, -0.048373)),
    ),
}


@pytest.mark.parametrize(("perspective", "sponsored"), REFERENCE)
def test_reference_numbers(perspective, sponsored):
    gains, delegated, pure, count, cooperate, delegate, beliefs, cutoffs = REFERENCE[
        perspective, sponsored
    ]
    solution = MODEL.solve(perspective, sponsored=sponsored)
    for place, who in enumerate(SIDES):
        assert solution[f"gain_{who}"] == pytest.approx(gains[place], abs=5e-7)
        assert solution[f"delegation_gain_{who}"] == pytest.approx(delegated[place], abs=5e-7)
        assert solution[f"belief_needed_{who}"] == pytest.approx(beliefs[place], abs=5e-7)
    assert solution["pure"] == pure
    assert solution["n_equilibria"] == count
    assert solution["cooperate_risk_dominant"] is cooperate
    assert solution["delegate_risk_dominant"] is delegate
    for noise, expected in zip((0.1, 0.05), cutoffs, strict=False):
        found = MODEL.cutoffs(perspective, noise=noise, sponsored=sponsored)
        np.testing.assert_allclose(found, expected, rtol=0, atol=5e-7)


def test_reference_numbers_as_one_family():
    keys = list(REFERENCE)
    readings = [sg.perspective(name) for name, _ in keys]
    values = {n: [p[n] for p in readings] for n in MODEL.parameter_names}
    solution = MODEL.solve(values, sponsored=[sponsored for _, sponsored in keys])
    assert solution["pure"].tolist() == [REFERENCE[key][2] for key in keys]
    assert solution["n_equilibria"].tolist() == [REFERENCE[key][3] for key in keys]
    assert solution["cooperate_risk_dominant"].tolist() == [REFERENCE[key][4] for key in keys]
    assert solution["delegate_risk_dominant"].dtype == np.bool_
    for place, who in enumerate(SIDES):
        expected = [REFERENCE[key][0][place] for key in keys]
        np.testing.assert_allclose(solution[f"gain_{who}"], expected, rtol=0, atol=5e-16)


def test_what_it_is():
    assert {"C29", "C30", "C31", "R07"} <= set(MODEL.claims)
    assert any("Carlsson & van Damme (1993)" in reference for reference in MODEL.references)
    game = MODEL.game("guarantees")
    assert game.actions[0] == ("cooperate", "refuse", "delegate")
    # Russia's rows: what a side does alone costs the same whatever else the other does.
    assert game.payoffs[0].tolist() == [[0.68, -0.6, -0.6], [0, 0, 0], [-0.05, -0.05, 0.54]]
    assert game.payoffs[1].T.tolist() == [[0.36, -0.6, -0.6], [0, 0, 0], [-0.05, -0.05, 0.38]]


def test_closed_forms_agree_with_the_solver():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=3000) <= 1e-12
    named = {"gain_russia_sponsored", "n_equilibria", "cooperate_risk_dominant"}
    assert named <= set(MODEL.closed_forms)


def test_a_sponsor_adds_to_security_up_to_certainty():
    solution = MODEL.solve(
        "article", security_success=0.9, sponsor_security_gain=0.5, sponsored=[False, True]
    )
    np.testing.assert_allclose(solution["gain_russia"], [0.9 - 0.1 * 2, 1], rtol=0, atol=5e-16)


def test_kyivs_stake_is_the_better_of_delivering_and_not():
    sure = {"security_success": 1, "summit_prize_ukraine": 0.25, "peace_value_ukraine": 1}
    solution = MODEL.solve("article", conditions_cost_ukraine=[0.5, 1, 2], **sure)
    assert solution["gain_ukraine"].tolist() == [0.75, 0.25, 0.25]


@pytest.mark.parametrize(
    "bad", [1, 0.0, "yes", None, [0, 1], [], [[True], [True, False]], np.array([True, None])]
)
@pytest.mark.parametrize("use", ["game", "solve", "cutoffs"])
def test_what_is_no_sponsor(use, bad):
    with pytest.raises(sg.GameError) as caught:
        getattr(MODEL, use)("article", sponsored=bad)
    message = str(caught.value)
    assert message.startswith("sponsored: ")
    assert message.endswith("; expected True, False or an array of them")
    assert "\n" not in message


def test_sponsored_broadcasts():
    solution = MODEL.solve(
        "guarantees", sponsored=[[False], [True]], security_success=[0.5, 0.8, 1]
    )
    assert solution["pure"].shape == (2, 3)
    assert solution["gain_russia"][0, 2] == solution["gain_russia"][1, 2] == 1
    with pytest.raises(sg.GameError, match=r"sponsored: shape \(2,\) does not broadcast"):
        MODEL.solve("guarantees", sponsored=[False, True], security_success=[0.5, 0.8, 1])


# Ties


def test_decimals_tie_in_families_as_they_do_alone():
    # At 1/2 Ukraine's gain is 0.6/2 - 0.6/2, of which the first 0.6 is 0.4 + 0.8 - 0.6.
    assert 0.5 * (0.4 + (0.8 - 0.6)) - 0.5 * 0.6 != 0
    family = MODEL.solve("guarantees", security_success=[0.4, 0.5, 0.6])
    assert family["gain_ukraine"][1] == 0
    assert family["pure"].tolist() == ["refuse/refuse delegate/delegate", ALL, ALL]
    alone = MODEL.solve("guarantees", security_success=0.5)
    assert alone["pure"] == family["pure"][1] == ALL
    assert alone["n_equilibria"] == family["n_equilibria"][1]
    assert alone["belief_needed_ukraine"] == family["belief_needed_ukraine"][1] == 1
    assert not alone["cooperate_risk_dominant"]


def test_neither_is_risk_dominant_where_the_products_tie():
    # Gains 0.4 and 0.225, losses 0.3 each: 0.4 * 0.225 = 0.3 * 0.3, but not in floats.
    values = {
        "security_success": 0.5,
        "settlement_value_russia": Decimal("1.1"),
        "exposure_loss_russia": Decimal("0.3"),
        "exposure_loss_ukraine": Decimal("0.3"),
        "peace_value_ukraine": 0,
    }
    prize = 0.75
    for given_prize in (prize, [prize]):
        solution = MODEL.solve("article", **values, summit_prize_ukraine=given_prize)
        np.testing.assert_allclose(solution["gain_russia"], 0.4, rtol=0, atol=1e-16)
        np.testing.assert_allclose(solution["gain_ukraine"], 0.225, rtol=0, atol=1e-16)
        assert not np.any(solution["cooperate_risk_dominant"])
        more = MODEL.solve("article", **values, summit_prize_ukraine=np.add(given_prize, 1e-9))
        assert np.all(more["cooperate_risk_dominant"])


def test_without_anything_at_stake():
    nothing = dict.fromkeys(MODEL.parameter_names, 0)
    solution = MODEL.solve(nothing)
    assert len(solution["pure"].split()) == 9
    assert solution["belief_needed_russia"] == 0
    assert not solution["cooperate_risk_dominant"]
    assert not solution["delegate_risk_dominant"]
    assert solution["n_equilibria"] == 9
    assert MODEL.cutoffs(nothing, noise=[0, 1]).tolist() == [[0, 0], [0, 0]]


def test_amounts_near_the_end_of_the_range():
    huge = MODEL.solve(
        "guarantees", settlement_value_russia=[1e308, 1e-308], exposure_loss_russia=1e307
    )
    assert huge["cooperate_risk_dominant"].tolist() == [True, False]
    assert huge["pure"].tolist() == [ALL, "refuse/refuse"]
    for value in (1.7e308, [1.7e308]):
        with pytest.raises(sg.GameError, match=r"player 'ukraine'.*beyond float64"):
            MODEL.solve("article", summit_prize_ukraine=value, peace_value_ukraine=value)


QUARTERS = st.integers(0, 8).map(lambda n: n / 4)
SHARES = st.integers(0, 4).map(lambda n: n / 4)


def drawn(**changes):
    """Values from a lattice on which ties of every kind are common."""
    names = {r.name: SHARES if r.upper == 1 else QUARTERS for r in MODEL.parameters}
    return st.fixed_dictionaries({**names, **changes})


@given(st.lists(st.tuples(drawn(), st.booleans()), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_family_is_its_games_one_by_one(games):
    alone = [MODEL.solve(values, sponsored=sponsored) for values, sponsored in games]
    family = MODEL.solve(
        {n: [values[n] for values, _ in games] for n in MODEL.parameter_names},
        sponsored=[sponsored for _, sponsored in games],
    )
    for name in MODEL.fields:
        assert family[name].tolist() == [one[name] for one in alone]


@given(drawn(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_fields_by_hand(values, sponsored):
    solution = MODEL.solve(values, sponsored=sponsored)
    gains, losses = [], []
    safe = min(1, values["security_success"] + sponsored * values["sponsor_security_gain"])
    delivery = max(0, values["peace_value_ukraine"] - values["conditions_cost_ukraine"])
    stakes = (values["settlement_value_russia"], values["summit_prize_ukraine"] + delivery)
    for who, stake in zip(SIDES, stakes, strict=True):
        loss = values[f"exposure_loss_{who}"]
        gains.append(safe * stake - (1 - safe) * loss)
        losses.append(loss)
        assert solution[f"gain_{who}"] == gains[-1]
        third = values["third_country_success"]
        assert solution[f"delegation_gain_{who}"] == (
            third * stake - (1 - third) * loss - values[f"delegation_cost_{who}"]
        )
    strict = min(gains) > 0
    assert solution["cooperate_risk_dominant"] == (
        strict and gains[0] * gains[1] > losses[0] * losses[1]
    )
    # The critical beliefs sum to less than 1 just where cooperation is risk dominant.
    if strict:
        beliefs = sum(solution[f"belief_needed_{who}"] for who in SIDES)
        if abs(beliefs - 1) > 1e-12:
            assert solution["cooperate_risk_dominant"] == (beliefs < 1)
    pure = sg.pure_nash(MODEL.game(values, sponsored=sponsored))
    labels = [f"{a}/{b}" for a in MODEL.actions for b in MODEL.actions]
    assert solution["pure"].split() == [
        label for label, holds in zip(labels, pure.ravel(), strict=True) if holds
    ]


@given(perspectives(model="security"), st.booleans())
@settings(max_examples=40, deadline=None)
def test_equilibria_are_equilibria(values, sponsored):
    solution = MODEL.solve(values, sponsored=sponsored)
    game = MODEL.game(values, sponsored=sponsored)
    assert_nash(game, solution.equilibrium)
    assert solution["n_equilibria"] >= len(solution["pure"].split())


# The global game


def believed(distance, noise):
    """P(own error + distance <= other's error), errors uniform: by integration over the own one."""
    points = 20_001
    middle = (np.arange(points) + 0.5) / points * 2 - 1
    return float(np.mean(np.clip((noise - (middle * noise + distance)) / (2 * noise), 0, 1)))


def solved_numerically(gains, losses, noise):
    """The two conditions of indifference, by bisection in the difference of the cut-offs."""

    def cutoffs(distance):
        share = believed(distance, noise)
        first = losses[0] - (gains[0] + losses[0]) * share
        second = losses[1] - (gains[1] + losses[1]) * (1 - share)
        return first, second

    def mismatch(distance):
        first, second = cutoffs(distance)
        return second - first - distance

    return cutoffs(brentq(mismatch, -20, 20, xtol=1e-13))


@pytest.mark.parametrize("sponsored", [False, True])
@pytest.mark.parametrize("perspective", sg.perspectives())
@pytest.mark.parametrize("noise", [0.02, 0.1, 1.0, 7.0])
def test_cutoffs_leave_both_sides_indifferent(perspective, sponsored, noise):
    solution = MODEL.solve(perspective, sponsored=sponsored)
    gains = [solution[f"gain_{who}"] for who in SIDES]
    losses = [sg.perspective(perspective)[f"exposure_loss_{who}"] for who in SIDES]
    found = MODEL.cutoffs(perspective, noise=noise, sponsored=sponsored)
    expected = solved_numerically(gains, losses, noise)
    # The midpoint rule errs by at most one step of its grid near the kinks.
    np.testing.assert_allclose(found, expected, rtol=0, atol=4 / 20_000)


def best_cutoff(other, gain, loss, noise):
    """Own cut-off against another's: where E[t | signal] + P(other cooperates)(g + l) = l."""

    def surplus(signal):
        distance = (other - signal) / (2 * noise)
        share = (1 - distance) ** 2 / 2 if distance >= 0 else 1 - (1 + distance) ** 2 / 2
        share = 0 if distance > 1 else 1 if distance < -1 else share
        return signal + (gain + loss) * share - loss

    return brentq(surplus, -10, 10, xtol=1e-14)


@pytest.mark.parametrize(("perspective", "sponsored"), REFERENCE)
def test_iterated_dominance_from_both_ends_meets_at_the_cutoffs(perspective, sponsored):
    solution = MODEL.solve(perspective, sponsored=sponsored)
    gains = [solution[f"gain_{who}"] for who in SIDES]
    losses = [sg.perspective(perspective)[f"exposure_loss_{who}"] for who in SIDES]
    noise = 0.5
    low, high = [-g for g in gains], list(losses)  # below, refusing is dominant; above, coming
    for _ in range(300):
        low = [best_cutoff(low[1 - i], gains[i], losses[i], noise) for i in (0, 1)]
        high = [best_cutoff(high[1 - i], gains[i], losses[i], noise) for i in (0, 1)]
    found = MODEL.cutoffs(perspective, noise=noise, sponsored=sponsored)
    np.testing.assert_allclose(low, found, rtol=0, atol=1e-9)
    np.testing.assert_allclose(high, found, rtol=0, atol=1e-9)


def test_cutoffs_tend_to_those_of_risk_dominance():
    for perspective, sponsored in REFERENCE:
        solution = MODEL.solve(perspective, sponsored=sponsored)
        g = [solution[f"gain_{who}"] for who in SIDES]
        m = [sg.perspective(perspective)[f"exposure_loss_{who}"] for who in SIDES]
        limit = (m[0] * m[1] - g[0] * g[1]) / (sum(g) + sum(m))
        noise = 10.0 ** -np.arange(1, 9)
        found = MODEL.cutoffs(perspective, noise=noise, sponsored=sponsored)
        gaps = abs(found - limit).max(axis=-1)
        assert (gaps <= noise).all()
        np.testing.assert_allclose(
            MODEL.cutoffs(perspective, noise=0, sponsored=sponsored), limit, rtol=0, atol=1e-15
        )
        if min(g) > 0:
            assert solution["cooperate_risk_dominant"] == (limit < 0)


def test_where_one_sides_coming_does_not_hang_on_the_others():
    # Russia loses so much by any meeting that it comes only at t at which Ukraine comes anyway.
    values = {"security_success": 0, "exposure_loss_russia": 2, "exposure_loss_ukraine": 0.5}
    assert MODEL.cutoffs("article", noise=[0, 0.1], **values).tolist() == [[2, 0.5]] * 2
    values["security_success"] = 0.25  # gains -1.25 and -0.225
    found = MODEL.cutoffs("article", noise=[0, 0.1, 1.0], **values)
    np.testing.assert_allclose(found[:2], [[1.25, 0.5]] * 2, rtol=0, atol=1e-15)
    assert found[2, 0] > 1.25  # with so much noise it is not sure of it


@given(drawn(), st.floats(0, 3))
@settings(max_examples=60, deadline=None)
def test_cutoffs_are_symmetric(values, noise):
    """Sides whose numbers are exchanged exchange their cut-offs."""
    shared = {"peace_value_ukraine": 0, "conditions_cost_ukraine": 0}
    values = {**values, **shared}
    mirrored = {
        **values,
        "settlement_value_russia": values["summit_prize_ukraine"],
        "summit_prize_ukraine": values["settlement_value_russia"],
        "exposure_loss_russia": values["exposure_loss_ukraine"],
        "exposure_loss_ukraine": values["exposure_loss_russia"],
    }
    one, two = MODEL.cutoffs(values, noise=noise), MODEL.cutoffs(mirrored, noise=noise)
    np.testing.assert_allclose(one, two[::-1], rtol=0, atol=1e-14)
    alike = {**values, "summit_prize_ukraine": values["settlement_value_russia"]}
    alike["exposure_loss_ukraine"] = values["exposure_loss_russia"]
    first, second = MODEL.cutoffs(alike, noise=noise)
    assert first == pytest.approx(second, abs=1e-15)


@given(drawn(), st.floats(0.01, 3), st.floats(0.001, 1))
@settings(max_examples=60, deadline=None)
def test_more_security_lowers_the_cutoffs(values, noise, more):
    assume(values["security_success"] + more <= 1)
    before = MODEL.cutoffs(values, noise=noise)
    after = MODEL.cutoffs(
        {**values, "security_success": values["security_success"] + more}, noise=noise
    )
    assert (after <= before + 1e-14).all()


def test_cutoffs_as_a_family():
    found = MODEL.cutoffs(
        "rebuttal",
        noise=[[0.1], [0.05], [0]],
        sponsored=[False, True],
    )
    assert found.shape == (3, 2, 2)
    for row, noise in enumerate((0.1, 0.05, 0)):
        for column, sponsored in enumerate((False, True)):
            alone = MODEL.cutoffs("rebuttal", noise=noise, sponsored=sponsored)
            assert alone.shape == (2,)
            np.testing.assert_allclose(found[row, column], alone, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("noise", "message"),
    [
        (-1, "noise: -1; expected a number in [0, inf)"),
        ([0.1, -0.5], "noise: -0.5 at batch index (1,); expected a number in [0, inf)"),
        (np.nan, "noise: not finite: nan; expected finite numbers"),
        ("0.1", "noise: '0.1'; expected a number or an array of numbers"),
        (True, "noise: True; expected a number or an array of numbers"),
        ([0.1, 0.2, 0.3], "noise: shape (3,) does not broadcast with (2,), the shape of security"),
    ],
)
def test_what_is_no_noise(noise, message):
    with pytest.raises(sg.GameError) as caught:
        MODEL.cutoffs("article", noise=noise, security_success=[0.1, 0.2])
    assert str(caught.value).startswith(message)
