"""M1: the reference numbers, the closed forms, every region, and where decimals tie."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.models.preconditions import MODEL, REGIONS
from summitgames.testing import perspectives

NAMES = (
    "settlement_value_russia",
    "pocket_value_russia",
    "empty_summit_cost_russia",
    "peace_value_ukraine",
    "conditions_cost_ukraine",
    "summit_prize_ukraine",
)
#: Reference numbers of an independent brute-force program: path, payoffs, unique, region, summit.
REFERENCE = {
    "article": ("conditions_first > meet", 1, 0.2, True, "conditions_first_only", True),
    "rebuttal": ("summit_first > refuse", 0, 0, False, "too_costly", False),
    "guarantees": ("conditions_first > meet", 1, 0.6, False, "either_order", True),
}


def by_hand(v_r, pi, c, v_u, k, p):
    """Payoffs (Russia, Ukraine) and whether a summit takes place, in plain arithmetic."""
    first = (v_r, v_u - k + p, True) if v_r >= pi else (pi, -k, False)
    after = (v_r, v_u - k + p) if v_u - k + p >= p else (-c, p)
    second = (*after, True) if after[0] >= 0 else (0, 0, False)
    return max([first, second, (0, 0, False)], key=lambda end: end[1])


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    path, russia, ukraine, unique, region, summit = REFERENCE[perspective]
    solution = MODEL.solve(perspective)
    assert solution["path"] == path
    assert solution["payoff_russia"] == pytest.approx(russia, abs=5e-7)
    assert solution["payoff_ukraine"] == pytest.approx(ukraine, abs=5e-7)
    assert solution["unique"] is unique
    assert solution["region"] == region
    assert solution["summit"] is summit
    assert solution.fields == MODEL.fields


def test_parameters_claims_and_references():
    assert set(MODEL.parameter_names) == set(NAMES)
    assert {"C19", "C20", "C21", "C32"} <= set(MODEL.claims)
    assert any("Fearon (1995)" in reference for reference in MODEL.references)
    assert any("Powell (2006)" in reference for reference in MODEL.references)


def test_the_game():
    game = MODEL.game()
    assert game.players == ("russia", "ukraine")
    assert [game.path_to(i) for i in range(len(game.outcomes))] == [
        "conditions_first > meet",
        "conditions_first > pocket",
        "summit_first > meet > deliver",
        "summit_first > meet > stall",
        "summit_first > refuse",
        "hold",
    ]
    assert game.tagged("summit").tolist() == [True, False, True, True, False, False]
    payoffs = [(float(p["russia"]), float(p["ukraine"])) for p in game.exact_payoffs()]
    assert payoffs == [(1, 0.2), (0.4, -0.9), (1, 0.2), (-0.5, 0.6), (0, 0), (0, 0)]


def test_closed_forms_agree_with_the_solver():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=3000) <= 1e-12
    assert set(MODEL.closed_forms) == {"summit", "payoff_ukraine", "payoff_russia"}


@given(st.tuples(*[st.integers(0, 4)] * 6))
def test_agrees_with_plain_arithmetic(numbers):
    v_r, pi, c, v_u, k, p = numbers
    solution = MODEL.solve(dict(zip(NAMES, numbers, strict=True)))
    found = (solution["payoff_russia"], solution["payoff_ukraine"], solution["summit"])
    assert found == by_hand(v_r, pi, c, v_u, k, p)
    conditions_first, summit_first = v_u - k + p >= 0 and v_r >= pi, v_u >= k
    neither = "too_costly" if v_u + p < k else "pocketing"
    assert (
        solution["region"]
        == {
            (True, True): "either_order",
            (True, False): "conditions_first_only",
            (False, True): "summit_first_only",
            (False, False): neither,
        }[conditions_first, summit_first]
    )
    if c > 0 and (v_u or k or p):  # with nothing at stake for Ukraine the order is arbitrary
        assert solution["summit"] == (conditions_first or summit_first)


def test_every_region_is_reached():
    grid = np.meshgrid(*[np.linspace(0, 2, 5)] * 6, indexing="ij")
    solution = MODEL.solve(dict(zip(NAMES, grid, strict=True)))
    assert solution["region"].shape == (5,) * 6
    assert set(solution["region"].flat) == set(REGIONS)


def test_decimals_are_not_decided_by_rounding():
    # As floats 0.1 + 0.2 exceeds 0.3; as the decimals that are meant, the two are equal.
    values = {"peace_value_ukraine": 0.1, "summit_prize_ukraine": 0.2}
    for cost in (0.3, 0.1 + 0.2):
        solution = MODEL.solve("article", **values, conditions_cost_ukraine=cost)
        assert solution["region"] == "conditions_first_only"
        assert solution["path"] == "conditions_first > meet"


@given(perspectives(model="preconditions"))
def test_at_the_equilibrium_nobody_deviates(values):
    solution = MODEL.solve(values)
    equilibrium = solution.equilibrium
    assert equilibrium.path == solution["path"]
    assert equilibrium.payoffs.tolist() == [solution["payoff_russia"], solution["payoff_ukraine"]]
    assert sg.regret(MODEL.game(values), dict(equilibrium.behavior)) <= 1e-12 * max(values.values())


def test_exact_fractions():
    third = Fraction(1, 3)
    values = dict.fromkeys(NAMES, third)
    solution = MODEL.solve(values)
    assert solution["payoff_ukraine"] == pytest.approx(1 / 3, abs=1e-16)
    assert solution["region"] == "either_order"


@pytest.mark.parametrize("name", MODEL.parameter_names)
def test_the_region_where_one_parameter_alone_is_an_array(name):
    values = [[0.25], [1.5]]
    family = MODEL.solve("article", **{name: values})
    assert family.to_dict()["region"] == [
        [MODEL.solve("article", **{name: value})["region"]] for (value,) in values
    ]
