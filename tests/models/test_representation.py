"""M7: the reference numbers, the closed forms, and play against a recursion in plain arithmetic."""

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.models.representation import MODEL, RUNGS
from summitgames.testing import perspectives

UP = "raise > accept > raise > accept > stay"
#: Reference numbers of an independent brute-force program: path, rung, payoffs, unique.
REFERENCE = {
    "article": (UP, "two_plus_two", 0.1, 0.1, True),
    "rebuttal": (UP, "two_plus_two", 0.1, 0.16, True),
    "guarantees": ("raise > hold_out > concede", "presidents", 0.05, 0.68, True),
}
NAMES = (
    "settlement_value_russia",
    "peace_value_ukraine",
    "summit_prize_ukraine",
    *(f"{what}_{rung}" for rung in RUNGS[1:] for what in ("progress", "prestige")),
)


def by_hand(v_r, v_u, p, *rungs):
    """Where talks end and both payoffs, by backward induction over plain tuples."""
    ends = [(0, 0, 0)]
    for number, (progress, prestige) in enumerate(zip(rungs[::2], rungs[1::2], strict=True), 1):
        prize = p if number == 3 else 0
        ends.append((number, progress * v_r - prestige, progress * v_u + prize))
    top = ends[3]
    held_out = top if top[1] >= 0 else (0, 0, 0)
    play = top if top[1] >= ends[2][1] else ends[2]
    for stay in (ends[1], ends[0]):
        answer = play if play[2] >= held_out[2] else held_out
        play = answer if answer[1] >= stay[1] else stay
    return play


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    path, rung, russia, ukraine, unique = REFERENCE[perspective]
    solution = MODEL.solve(perspective)
    assert solution["path"] == path
    assert solution["rung"] == rung
    assert solution["payoff_russia"] == pytest.approx(russia, abs=5e-7)
    assert solution["payoff_ukraine"] == pytest.approx(ukraine, abs=5e-7)
    assert solution["unique"] is unique
    assert solution.fields == MODEL.fields


def test_parameters_claims_and_references():
    assert set(MODEL.parameter_names) == set(NAMES)
    assert {"C16", "C17", "C18"} <= set(MODEL.claims)
    assert any("Rosenthal (1981)" in reference for reference in MODEL.references)


def test_the_game():
    game = MODEL.game()
    second = "raise > accept > raise"
    assert game.players == ("russia", "ukraine")
    assert [game.path_to(i) for i in range(len(game.outcomes))] == [
        f"{second} > accept > raise",
        f"{second} > accept > stay",
        f"{second} > hold_out > concede",
        f"{second} > hold_out > break",
        "raise > accept > stay",
        "raise > hold_out > concede",
        "raise > hold_out > break",
        "stay",
    ]
    payoffs = [(float(p["russia"]), float(p["ukraine"])) for p in game.exact_payoffs()]
    top = (0.35 - 1, 0.35 * 0.5 + 0.6)
    expected = [top, (0.1, 0.1), top, (0, 0), (0.08, 0.05), top, (0, 0), (0, 0)]
    np.testing.assert_allclose(payoffs, expected, rtol=0, atol=1e-15)


def test_closed_forms_agree_with_the_solver():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=3000) <= 1e-12


def test_closed_forms_agree_where_everything_ties():
    # Halves are exact in binary: whatever ties in the numbers ties in the solver.
    rng = np.random.default_rng(2)
    draws = {name: rng.integers(0, 3, 20_000) / 2 for name in NAMES}
    solved, known = MODEL.solved_forms(draws), dict(draws)
    for name, form in MODEL.closed_forms.items():
        symbols = sorted(form.free_symbols, key=str)
        found = sympy.lambdify(symbols, form, "numpy")(*(known[str(s)] for s in symbols))
        known[name] = np.asarray(found, dtype=np.float64)
        assert (known[name] == solved[name]).all(), name
    assert set(solved["rung"]) == {0, 1, 2, 3}
    assert solved["holds_out_aide"].any()
    assert solved["holds_out_minister"].any()


@given(st.tuples(*[st.integers(0, 2)] * 3, *[st.integers(0, 1), st.integers(0, 3)] * 3))
def test_agrees_with_plain_arithmetic(numbers):
    number, russia, ukraine = by_hand(*numbers)
    solution = MODEL.solve(dict(zip(NAMES, numbers, strict=True)))
    found = (solution["rung"], solution["payoff_russia"], solution["payoff_ukraine"])
    assert found == (RUNGS[number], russia, ukraine)


def test_the_ladder_is_decided_by_the_top_and_by_increments():
    # Where Ukraine wants the top most, it gets there iff Russia would concede it; else Russia stops
    # at the last of its best rungs, with falling increments the last one that is worth its step.
    rng = np.random.default_rng(3)
    steps = -np.sort(-rng.uniform(-0.5, 0.3, (3, 2000)), axis=0)
    a = np.cumsum(steps, axis=0)
    progress = np.sort(rng.uniform(0, 1, (3, 2000)), axis=0)
    v_r = 1 + 10 * rng.uniform(0, 1, 2000)  # such that no prestige is below 0
    scale = np.maximum(v_r, np.max(np.maximum(a, 0) / progress, axis=0))
    values = {"settlement_value_russia": scale, "peace_value_ukraine": 1, "summit_prize_ukraine": 1}
    for at, rung in enumerate(RUNGS[1:]):
        values[f"progress_{rung}"] = progress[at]
        values[f"prestige_{rung}"] = np.maximum(progress[at] * scale - a[at], 0)
    reached = np.array([RUNGS.index(rung) for rung in MODEL.solve(values)["rung"]])
    worth = (steps[:2] >= 0).sum(axis=0)
    assert (reached == np.where(a[2] >= 0, 3, worth)).all()
    assert set(reached) == {0, 1, 2, 3}


def test_families_have_an_array_of_rungs():
    rungs = MODEL.solve("article", prestige_presidents=[[0.0], [0.3], [1.0]])["rung"]
    assert rungs.tolist() == [["presidents"], ["presidents"], ["two_plus_two"]]


@given(perspectives(model="representation"))
def test_at_the_equilibrium_nobody_deviates(values):
    solution = MODEL.solve(values)
    equilibrium = solution.equilibrium
    assert equilibrium.path == solution["path"]
    largest = max(1.0, max(values.values()) ** 2)
    assert sg.regret(MODEL.game(values), dict(equilibrium.behavior)) <= 1e-12 * largest
