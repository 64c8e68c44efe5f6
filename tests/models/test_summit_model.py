"""What every model has: values from perspectives, refusals with names, and a solution's forms."""

import json
import math
import pickle
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.models.summit_model import Solution

MODEL = sg.model("preconditions")
COMPOSITE = sg.model("composite")


def complete(**changes):
    """A mapping with a value for every parameter of the model."""
    return {
        "settlement_value_russia": 1,
        "pocket_value_russia": 0,
        "empty_summit_cost_russia": 1,
        "peace_value_ukraine": 1,
        "conditions_cost_ukraine": 0,
        "summit_prize_ukraine": 1,
        **changes,
    }


# Parameters and perspectives


def test_parameters_are_records():
    (record,) = (r for r in MODEL.parameters if r.name == "conditions_cost_ukraine")
    assert record.meaning
    assert record.symbol
    assert "preconditions" in record.models
    assert MODEL.parameter_names == tuple(r.name for r in MODEL.parameters)


def test_article_is_the_default():
    assert MODEL.solve().to_dict() == MODEL.solve("article").to_dict()
    assert MODEL.solve("guarantees").to_dict() != MODEL.solve("article").to_dict()


def test_a_perspective_may_hold_other_models_parameters():
    perspective = sg.perspective("article", conditions_cost_ukraine=0.5)
    assert len(perspective) > len(MODEL.parameters)
    assert MODEL.solve(perspective)["payoff_ukraine"] == pytest.approx(0.6)
    assert MODEL.solve(dict(perspective)).to_dict() == MODEL.solve(perspective).to_dict()


def test_a_mapping_of_all_parameters():
    assert MODEL.solve(complete())["payoff_ukraine"] == 2
    assert MODEL.solve(complete(trust=0.5))["payoff_ukraine"] == 2  # another model's parameter
    assert MODEL.solve(complete(), summit_prize_ukraine=3)["payoff_ukraine"] == 4


def test_a_users_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('base = "article"\nconditions_cost_ukraine = 0.25\n', encoding="utf-8")
    assert MODEL.solve(path)["payoff_ukraine"] == pytest.approx(0.85)
    assert MODEL.solve(str(path), peace_value_ukraine=1)["payoff_ukraine"] == pytest.approx(1.35)


@pytest.mark.parametrize(
    "number",
    [0.5, Fraction(1, 2), Decimal("0.5"), np.float32(0.5), np.array(0.5), sympy.Rational(1, 2)],
)
def test_overrides_may_be_any_number(number):
    solution = MODEL.solve("article", conditions_cost_ukraine=number)
    assert solution.parameters["conditions_cost_ukraine"] == Fraction(1, 2)
    assert solution["payoff_ukraine"] == pytest.approx(0.6)


@pytest.mark.parametrize("use", ["solve", "game"])
@pytest.mark.parametrize(
    ("perspective", "overrides", "message"),
    [
        ("artikel", {}, "perspective 'artikel': neither a bundled perspective nor a file; did you"),
        (3, {}, "perspective: 3; expected a name or the path of a file"),
        (
            "article",
            {"condition_cost_ukraine": 1},
            "unknown parameter 'condition_cost_ukraine'; did you mean 'conditions_cost_ukraine'?",
        ),
        (
            "article",
            {"trust": 0.5},
            "parameter 'trust' is not one of preconditions; it belongs to ",
        ),
        (
            complete(prize=1),
            {},
            "unknown parameter 'prize'; did you mean",
        ),
        (
            {"pocket_value_russia": 1},
            {"summit_prize_ukraine": 1},
            "perspective: no value for settlement_value_russia, empty_summit_cost_russia, peace",
        ),
        (
            "article",
            {"conditions_cost_ukraine": -0.5},
            "parameter 'conditions_cost_ukraine': -0.5; expected a number in [0, inf)",
        ),
        (
            "article",
            {"conditions_cost_ukraine": [0.5, -1, 2]},
            "parameter 'conditions_cost_ukraine': -1.0 at batch index (1,); expected a number in",
        ),
        (
            "article",
            {"conditions_cost_ukraine": [[0.5, np.inf]]},
            "parameter 'conditions_cost_ukraine': inf at batch index (0, 1); expected",
        ),
        (
            "article",
            {"conditions_cost_ukraine": np.nan},
            "parameter 'conditions_cost_ukraine': not finite: nan; expected a number in [0, inf)",
        ),
        (
            "article",
            {"conditions_cost_ukraine": "1"},
            "parameter 'conditions_cost_ukraine': '1'; expected a number in [0, inf)",
        ),
        (
            "article",
            {"conditions_cost_ukraine": None},
            "parameter 'conditions_cost_ukraine': None; expected",
        ),
        ("article", {"conditions_cost_ukraine": []}, "'conditions_cost_ukraine': an empty array"),
        (
            "article",
            {"conditions_cost_ukraine": 10**400},
            "'conditions_cost_ukraine': beyond float64; expected a number in",
        ),
        (
            "article",
            {"conditions_cost_ukraine": [1, 2], "summit_prize_ukraine": [1, 2, 3]},
            "does not broadcast with",
        ),
    ],
)
def test_refusals(use, perspective, overrides, message):
    with pytest.raises(sg.GameError) as caught:
        getattr(MODEL, use)(perspective, **overrides)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("trust", 1.0000001), ("trust", -1e-300), ("turnover", [0, 1, 2]), ("reelection", np.inf)],
)
def test_probabilities_stay_in_their_range(name, value):
    with pytest.raises(sg.GameError, match=name):
        COMPOSITE.solve("article", **{name: value})


@pytest.mark.parametrize("name", ["trust", "turnover", "security_success", "reelection"])
def test_the_ends_of_a_range_belong_to_it(name):
    solution = COMPOSITE.solve("article", **{name: [0, 1]})
    assert np.isfinite(solution["payoff_russia"]).all()


def test_an_error_far_into_a_family_names_the_draw():
    trust = np.full((3, 10_000), 0.5)
    trust[2, 5000] = 1.5
    with pytest.raises(sg.GameError, match=r"parameter 'trust': 1\.5 at batch index \(2, 5000\)"):
        COMPOSITE.solve("article", trust=trust, threads=2)


# Families


def test_arrays_broadcast():
    cost, prize = np.array([[0.5], [2.0]]), np.array([0.0, 0.6, 3.0])
    solution = MODEL.solve("article", conditions_cost_ukraine=cost, summit_prize_ukraine=prize)
    assert solution.batch_shape == (2, 3)
    for name in solution.fields:
        assert solution[name].shape == (2, 3)
    for index in np.ndindex(2, 3):
        one = MODEL.solve(
            "article",
            conditions_cost_ukraine=cost[index[0], 0],
            summit_prize_ukraine=prize[index[1]],
        )
        assert {name: solution[name][index] for name in solution} == dict(one)
    game = MODEL.game("article", conditions_cost_ukraine=cost, summit_prize_ukraine=prize)
    assert game.batch_shape == (2, 3)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(threads):
    trust = np.random.default_rng(0).uniform(size=20_000)
    one = COMPOSITE.solve("guarantees", trust=trust, threads=threads)
    two = COMPOSITE.solve("guarantees", trust=trust)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


# Solutions


def test_fields_of_one_game_are_python_values():
    solution = MODEL.solve("article")
    kinds = {name: type(solution[name]) for name in solution}
    assert kinds == {
        "path": str,
        "summit": bool,
        "payoff_russia": float,
        "payoff_ukraine": float,
        "unique": bool,
        "region": str,
    }


def test_a_solution_is_read_like_a_mapping():
    solution = MODEL.solve()
    assert list(solution) == list(solution.keys()) == list(solution.fields)
    assert len(solution) == 6
    assert "region" in solution
    assert "trust" not in solution
    assert dict(solution)["summit"] is True
    assert dict(solution.items()) == dict(solution)
    assert list(solution.values()) == [solution[name] for name in solution.fields]
    assert solution.get("region") == solution["region"]
    assert solution.get("trust") is None
    assert solution.get(["region"], 7) == 7
    assert isinstance(solution, Mapping)
    assert {**solution, "region": "mine"}["region"] == "mine"
    with pytest.raises(sg.GameError) as caught:
        solution["payof_russia"]
    assert str(caught.value) == (
        "unknown field of preconditions 'payof_russia'; did you mean 'payoff_russia'?"
    )
    assert isinstance(caught.value, KeyError)


@pytest.mark.parametrize("name", sg.models())
def test_a_solution_is_a_mapping_that_equals_itself_only(name):
    solution, other = (sg.model(name).solve() for _ in range(2))
    assert solution == solution
    assert solution != other
    assert len({solution, other}) == 2
    assert set(solution) == set(solution.fields) == solution.keys()
    again = pickle.loads(pickle.dumps(solution))  # noqa: S301
    assert again.to_dict() == solution.to_dict()
    assert repr(again) == repr(solution)


def test_repr():
    assert repr(MODEL.solve()).startswith("<Solution of 'preconditions': path, summit, ")
    family = MODEL.solve("article", summit_prize_ukraine=[1, 2])
    assert repr(family).startswith("<Solution of 'preconditions', batch shape (2,): path")


def strict(given):
    """What strict JSON gives back."""
    return json.loads(json.dumps(given, allow_nan=False))


def test_to_dict_is_strict_json():
    one = MODEL.solve("article").to_dict()
    assert strict(one) == one
    assert one == {
        "path": "conditions_first > meet",
        "summit": True,
        "payoff_russia": 1.0,
        "payoff_ukraine": pytest.approx(0.2, abs=1e-15),
        "unique": True,
        "region": "conditions_first_only",
    }
    family = MODEL.solve("article", summit_prize_ukraine=[[0.6], [0]]).to_dict()
    assert strict(family) == family
    assert family["summit"] == [[True], [False]]
    assert family["path"][1][0] == "summit_first > refuse"


class Odd(type(MODEL)):
    """A model with results that mean nothing, or are not reached, at some parameters."""

    fields = ("number", "threshold", "table")

    def late_field(self, name, solution):
        return {
            "number": np.full(solution.batch_shape, math.nan),
            "threshold": np.full(solution.batch_shape, -math.inf),
            "table": np.full((*solution.batch_shape, 2), [1.0, math.inf]),
        }[name]


def test_numbers_that_json_lacks():
    solution = Solution(Odd(), MODEL.solve().parameters, {})
    assert strict(solution.to_dict()) == {
        "number": None,
        "threshold": "-inf",
        "table": [1.0, "inf"],
    }
    family = Solution(Odd(), MODEL.solve("article", summit_prize_ukraine=[1, 2]).parameters, {})
    assert family.to_dict()["number"] == [None, None]
    assert family.to_xarray()["table"].dims == ("batch_0", "table_0")


def test_to_xarray():
    data = MODEL.solve("article", summit_prize_ukraine=[[0.6, 0.0]]).to_xarray()
    assert data.attrs == {"model": "preconditions"}
    assert dict(data.sizes) == {"batch_0": 1, "batch_1": 2}
    assert data["summit"].values.tolist() == [[True, False]]
    assert data["payoff_ukraine"].dims == ("batch_0", "batch_1")
    one = MODEL.solve("article").to_xarray()
    assert one["path"].item() == "conditions_first > meet"
    assert dict(one.sizes) == {}


def test_to_markdown():
    table = MODEL.solve("article").to_markdown().splitlines()
    assert table[:2] == ["| field | value |", "|-|-|"]
    assert "| path | conditions_first > meet |" in table
    assert "| payoff_ukraine | 0.2 |" in table
    assert "| summit | True |" in table
    assert len(table) == 2 + 6


def test_to_markdown_of_a_family():
    solution = MODEL.solve("article", summit_prize_ukraine=[0.6, 0.5, 0.4, 0.0])
    table = solution.to_markdown().splitlines()
    assert "| summit | true in 75.0% |" in table
    assert "| payoff_ukraine | 0 to 0.2, mean 0.075 |" in table
    assert "| path | conditions_first > meet (75.0%), summit_first > refuse (25.0%) |" in table
    assert solution._repr_markdown_() == solution.to_markdown()


def test_solutions_are_pickled_and_frozen():
    solution = MODEL.solve("article", summit_prize_ukraine=[0.6, 0.0])
    again = pickle.loads(pickle.dumps(solution))  # noqa: S301
    assert again.to_dict() == solution.to_dict()
    assert again.model is MODEL
    with pytest.raises(AttributeError):
        solution.model = COMPOSITE


# Closed forms


class Wrong(type(MODEL)):
    """A model one of whose closed forms is off."""

    @property
    def closed_forms(self):
        forms = super().closed_forms
        return {**forms, "payoff_ukraine": forms["payoff_ukraine"] + sympy.Rational(1, 1000)}


@pytest.mark.parametrize("model", [MODEL, COMPOSITE])
def test_verify(model):
    assert model.verify(draws=500) <= 1e-12
    assert model.verify(np.random.default_rng(5), draws=100) <= 1e-12


def test_verify_finds_what_is_wrong():
    assert Wrong().verify(draws=10) == pytest.approx(0.001, rel=1e-9)


class Unbounded(type(MODEL)):
    """A model with a threshold that is often out of reach, and sometimes without a meaning."""

    found = np.array([1.0, np.inf, np.nan])

    @property
    def closed_forms(self):
        prize = sympy.Symbol("summit_prize_ukraine")
        return {
            "threshold": sympy.Piecewise((1, prize < 0.5), (sympy.oo, prize < 1), (sympy.nan, True))
        }

    def solved_forms(self, values):
        prize = values["summit_prize_ukraine"]
        return {"threshold": self.found[(prize >= 0.5) * 1 + (prize >= 1)]}


def test_verify_compares_what_is_infinite_or_without_a_meaning():
    assert Unbounded().verify(draws=50) == 0
    wrong = Unbounded()
    wrong.found = np.array([1.0, np.nan, np.nan])
    assert wrong.verify(draws=50) == np.inf
