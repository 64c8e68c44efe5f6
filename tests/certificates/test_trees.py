"""Trees: what is true is proved, and every planted deviation refuted."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.certificates.rational import certify

MODEL = sg.model("composite")


def behavior(equilibrium):
    return {key: array.copy() for key, array in equilibrium.behavior.items()}


@pytest.fixture(scope="module", params=["article", "rebuttal", "guarantees"])
def solved(request):
    return MODEL.game(request.param), MODEL.solve(request.param).equilibrium


def test_proves_the_solvers_equilibrium(solved):
    game, equilibrium = solved
    certificate = certify(game, equilibrium)
    assert certificate.verdict == "proved"
    assert certificate.deviation is None
    assert certificate.exact_input
    assert certificate.check(game)


def test_refutes_every_planted_deviation(solved):
    game, equilibrium = solved
    strategies = behavior(equilibrium)
    planted = 0
    for key, probabilities in list(strategies.items()):
        payoffs = equilibrium.action_payoffs(key)
        for action in range(len(probabilities)):
            loss = payoffs.max() - payoffs[action]
            if loss < 1e-9:  # another best action: no deviation
                continue
            planted += 1
            changed = {**strategies, key: np.eye(len(probabilities))[action]}
            certificate = certify(game, changed)
            assert certificate.verdict == "refuted"
            assert certificate.deviation is not None
            assert certificate.deviation.gain >= Fraction(loss) - Fraction(1, 10**9)
            assert certificate.check(game)
    assert planted > 50


def test_deviation_is_exact():
    game = sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                "l": sg.Outcome("l", {"a": Fraction(1, 3)}),
                "r": sg.Outcome("r", {"a": Fraction(1, 3) - Fraction(1, 10**30)}),
            },
        ),
        players=["a"],
    )
    assert certify(game, {"": [1, 0]}).verdict == "proved"
    refuted = certify(game, {"": [0, 1]})
    assert refuted.deviation is not None
    assert refuted.deviation.gain == Fraction(1, 10**30)
    assert refuted.deviation.action == "l"
    mixed = certify(game, {"": [Fraction(1, 4), Fraction(3, 4)]})
    assert mixed.deviation is not None
    assert mixed.deviation.gain == Fraction(3, 4 * 10**30)


def test_floats_are_taken_as_binary_numbers():
    def root(last):
        ends = {"l": sg.Outcome("l", {"a": 0.1 + 0.2}), "r": sg.Outcome("r", {"a": last})}
        return sg.ExtensiveForm(sg.Decision("a", ends), players=["a"])

    assert not certify(root(0.3), {"": [1, 0]}).exact_input
    assert certify(root(0.3), {"": [0, 1]}).verdict == "refuted"
    assert certify(root(0.1 + 0.2), {"": [0, 1]}).verdict == "proved"


def test_off_path_deviations_count():
    game = sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                "in": sg.Decision(
                    "b",
                    {
                        "fight": sg.Outcome("f", {"a": -1, "b": -1}),
                        "share": sg.Outcome("s", {"a": 1, "b": 1}),
                    },
                ),
                "out": sg.Outcome("o", {"a": 0, "b": 2}),
            },
        ),
        players=["a", "b"],
    )
    threat = certify(game, {"": [0, 1], "in": [1, 0]})  # a Nash equilibrium with an empty threat
    assert threat.verdict == "refuted"
    assert str(threat.deviation) == "player 'b' gains 2 (2) by 'share' at 'in'"


@pytest.fixture(scope="module")
def small():
    ends = {"l": sg.Outcome("l", {"a": 3}), "r": sg.Outcome("r", {"a": 1})}
    game = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"])
    return game, certify(game, {"": [1, 0]}), certify(game, {"": [0, 1]})


def test_irrational_payoffs_are_not_decided():
    x = sympy.Symbol("x")
    ends = {"l": sg.Outcome("l", {"a": sympy.exp(x)}), "r": sg.Outcome("r", {"a": 1})}
    game = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"], parameters=["x"]).bind(x=1)
    certificate = certify(game, {"": [1, 0]})
    assert certificate.verdict == "not decided"
    assert "rational" in certificate.message
    with pytest.raises(sg.GameError, match="decides nothing"):
        certificate.check(game)


def test_floats_only(small):
    game, _, _ = small
    assert certify(game, {"": [1, 0]}, exact=False).verdict == "not decided"
    assert certify(game, {"": [0, 1]}, exact=False).verdict == "refuted"


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ({}, "missing"),
        ({"": [1]}, "list of 1; expected 2 probabilities"),
        ({"": [0.5, 0.6]}, "sum to 1 within 1e-09"),
        ({"": [Fraction(1, 2), Fraction(3, 5)]}, "sum to exactly 1"),
        ({"": [1, 0], "b": [1, 0]}, "unknown infoset 'b'"),
        ({"": [2, -1]}, "sum to exactly 1"),
        ({"": [np.nan, 1]}, "nan"),
        ([1, 0], "expected a mapping"),
    ],
)
def test_bad_strategies(small, strategies, message):
    game, _, _ = small
    with pytest.raises(sg.GameError, match=message):
        certify(game, strategies)


def test_families_and_forgetfulness_are_refused():
    with pytest.raises(sg.GameError, match="expected a single game"):
        certify(MODEL.game(trust=[0.1, 0.2]), {})
    ends = [sg.Outcome(str(i), {"a": i}) for i in range(4)]
    forgetful = sg.Decision(
        "a",
        {
            "l": sg.Decision("a", {"x": ends[0], "y": ends[1]}, infoset="h"),
            "r": sg.Decision("a", {"x": ends[2], "y": ends[3]}, infoset="h"),
        },
    )
    with pytest.raises(sg.SolverError, match="infoset 'h' of player 'a': something that"):
        certify(sg.ExtensiveForm(forgetful, players=["a"]), {})
