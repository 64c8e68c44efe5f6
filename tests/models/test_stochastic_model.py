"""Rules in symbols become games: exact of single numbers, floats of arrays, and picklable."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from sympy import Symbol

import summitgames as sg
from summitgames.games.batches import as_value
from summitgames.models.stochastic_model import IDLE, Rules, Stage, StochasticModel

MODELS = [sg.model(name) for name in ("legitimacy", "vicious_cycle", "prolongation")]
P, COST = Symbol("p"), Symbol("cost")


class Talks(StochasticModel):
    """A host waits or talks in war; a guest looks on, and has something to say in peace."""

    name = "talks"
    players = ("host", "guest")
    discount = "delta"
    inputs = ("p", "cost", "delta")

    def rules(self, variant=""):
        war = 2 if variant == "harsh" else 1
        over = {"peace": sympy.Integer(1)}
        return Rules(
            {"war": (("wait", "talk"), IDLE), "peace": (IDLE, ("stay", "go", "sing"))},
            {
                ("war", "wait", *IDLE): Stage((sympy.Integer(-war), -COST), {"war": sympy.S.One}),
                ("war", "talk", *IDLE): Stage((-COST, COST), {"war": 1 - P, "peace": P}),
                ("peace", *IDLE, "stay"): Stage((COST, sympy.S.Zero), over),
                ("peace", *IDLE, "go"): Stage((sympy.S.Zero, P), {"war": sympy.S.One}),
                ("peace", *IDLE, "sing"): Stage((P * COST, COST / 2), over),
            },
        )

    def game(self, *args, **overrides):
        raise NotImplementedError

    solve = equilibrium = closed_forms = solved_forms = game


TALKS = Talks()


def values(**given):
    return {name: as_value(value, name) for name, value in given.items()}


def test_single_numbers_are_exact():
    game = TALKS.bind(values(p=Fraction(1, 3), cost=3, delta=Fraction(9, 10)))
    assert game.states == ("war", "peace")
    assert game.n_actions == (2, 3)
    assert game.available.tolist() == [[2, 1], [1, 3]]
    assert game.actions[1] == (("none",), ("stay", "go", "sing"))
    assert game.payoffs[0][:, :, 0].tolist() == [[-1, -3], [3, 0]]
    assert game.payoffs[1][1, 0].tolist() == [0, 1 / 3, 1.5]
    assert game.exact.transitions[0, 1, 0].tolist() == [Fraction(2, 3), Fraction(1, 3)]
    assert game.exact.transitions[1, 0, 1].tolist() == [1, 0]
    assert game.exact.discounts[1].item() == Fraction(9, 10)


def test_arrays_make_families():
    given = values(p=[0.25, 0.5, 1], cost=[[1], [2]], delta=0.5)
    game = TALKS.bind(given)
    assert game.batch_shape == (2, 3)
    assert game.exact is None
    for row, column in np.ndindex(2, 3):
        one = {
            "p": given["p"][column], "cost": given["cost"][row, 0], "delta": 0.5
        }  # fmt: skip
        alone = TALKS.bind(values(**one))
        part = game[row, column]
        np.testing.assert_array_equal(part.transitions, alone.transitions)
        for first, second in zip(part.payoffs, alone.payoffs, strict=True):
            np.testing.assert_array_equal(first, second)
    assert TALKS.bind(given, "harsh").payoffs[0][0, 0, 0, 0, 0] == -2
    assert TALKS.bind(given).payoffs[0][0, 0, 0, 0, 0] == -1


def test_what_leaves_float64():
    given = {**values(p=0.5, delta=0.5), "cost": np.array([1, np.inf])}
    with pytest.raises(sg.GameError) as caught:
        TALKS.bind(given)
    assert str(caught.value).startswith("payoffs of talks: beyond float64 at batch index (1,);")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("count", [None, 2])
def test_solutions_travel(model, count):
    name = model.parameter_names[0]
    value = sg.perspective("guarantees")[name]
    solution = model.solve("guarantees", **{name: value if count is None else [value] * count})
    assert solution.equilibrium is not None
    copy = pickle.loads(pickle.dumps(solution))  # noqa: S301
    assert copy.to_dict() == solution.to_dict()
    assert set(copy.to_xarray().data_vars) == set(model.fields)
    assert all(name in solution.to_markdown() for name in model.fields)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_unknown_parameters(model):
    with pytest.raises(sg.GameError, match="unknown parameter 'discount'"):
        model.game("article", discount=0.5)
    with pytest.raises(sg.GameError, match="not one of"):
        model.solve("article", trust=0.5)
