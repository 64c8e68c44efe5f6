"""Models in normal form: exact numbers, families, and decisions that rounding must not make."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.case.premises import parameters
from summitgames.models.normal_form_model import NormalFormModel, NormalFormSolution
from summitgames.models.summit_model import SummitModel

MODELS = [sg.model("security"), sg.model("venue")]
by_name = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@by_name
@pytest.mark.parametrize("perspective", sg.perspectives())
def test_games_of_decimals_are_exact(model, perspective):
    game = model.game(perspective)
    assert game.players == ("russia", "ukraine")
    assert game.actions == (model.actions, model.actions)
    assert game.batch_shape == ()
    values = sg.perspective(perspective).exact
    tables = sympy.Array(model.tables()).subs(
        {name: sympy.Rational(v.numerator, v.denominator) for name, v in values.items()}
        | {"sponsored": 0}
    )
    expected = [Fraction(int(x.p), int(x.q)) for x in sympy.flatten(tables)]
    assert [x for table in game.exact for x in table.ravel().tolist()] == expected
    assert [float(x) for x in expected] == np.ravel(game.payoffs).tolist()


@by_name
def test_families_hold_floats_next_to_the_exact_numbers(model):
    name = model.parameter_names[0]
    drawn = np.linspace(0, 2, 7).reshape(7, 1)
    family = model.game("rebuttal", **{name: drawn})
    assert family.batch_shape == (7, 1)
    assert family.exact is None
    for place, number in np.ndenumerate(drawn):
        alone = model.game("rebuttal", **{name: number})
        assert alone.exact is not None
        np.testing.assert_allclose(
            np.array(family[place].payoffs), np.array(alone.payoffs), rtol=0, atol=4e-16
        )


@by_name
def test_a_solution(model):
    solution = model.solve("guarantees")
    assert isinstance(solution, NormalFormSolution)
    assert solution.fields == model.fields
    assert set(solution.parameters) == set(model.parameter_names)
    assert solution.game.exact is not None
    assert solution.equilibrium.game is solution.game
    assert solution.equilibrium.status.item() == sg.Status.COMPLETE
    assert solution["n_equilibria"] == len(solution.equilibrium)
    assert len(model.equilibrium(solution.parameters)) == len(solution.equilibrium)
    again = pickle.loads(pickle.dumps(solution))  # noqa: S301
    assert again.to_dict() == solution.to_dict()
    with pytest.raises(sg.GameError, match=f"unknown field of {model.name} 'path'"):
        solution["path"]


@by_name
@pytest.mark.parametrize("perspective", sg.perspectives())
def test_nobody_gains_by_deviating(model, perspective):
    for profile in model.solve(perspective).equilibrium:
        # Payoffs and probabilities of at most 2, three products each, rounded.
        assert sg.regret(model.game(perspective), list(profile)) <= 2e-15


@by_name
def test_threads_change_nothing(model):
    drawn = np.random.default_rng(4).random(20_000)
    name = model.parameter_names[0]
    one, two = (model.solve("guarantees", threads=t, **{name: drawn}) for t in (1, 2))
    for field in model.fields:
        assert np.array_equal(one[field], two[field])
    for threads in (0, True, "2"):
        for values in ({}, {name: drawn}):
            with pytest.raises(sg.GameError, match="threads"):
                model.solve("guarantees", threads=threads, **values)


@by_name
@pytest.mark.parametrize("use", ["game", "solve"])
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"trust": 0.5}, "parameter 'trust' is not one of "),
        ({"hst_turkey": 0.5}, "unknown parameter 'hst_turkey'; did you mean "),
    ],
)
def test_bad_names(model, use, overrides, message):
    with pytest.raises(sg.GameError) as caught:
        getattr(model, use)("article", **overrides)
    assert message in str(caught.value)


@by_name
def test_ranges(model):
    record = model.parameters[-1]
    for bad in (-0.1, [0.5, np.nan], "1", 10**400):
        with pytest.raises(sg.GameError, match=record.name):
            model.solve("article", **{record.name: bad})
    with pytest.raises(sg.GameError, match="no value for"):
        model.solve({record.name: 0.5})


def test_arrays_that_do_not_broadcast():
    with pytest.raises(sg.GameError, match="does not broadcast"):
        MODELS[1].solve("article", agenda_stake=[1, 2], host_turkey_russia=[1, 2, 3])


@by_name
def test_nothing_blocks_what_a_model_lacks(model):
    with pytest.raises(sg.GameError, match=f"unknown outcome of {model.name} 'summit'"):
        sg.blocking(model.name)


def test_blocking_without_a_tree():
    found = sg.blocking("security", outcome="delegate_risk_dominant")
    assert found.minimal_unlocking_sets == [("other",)]
    assert found.to_dict()["switch_points"] is None
    with pytest.raises(sg.SolverError, match="the game of security is no tree"):
        found.plot_line()


class Meeting(NormalFormModel):
    """A model of one's own: trust - turnover where both come, ties decided exactly."""

    name = "composite"  # whose parameters it has
    title = "a meeting"
    players = ("a", "b")
    actions = ("come", "stay")
    fields = ("n_equilibria",)
    references = ()

    @property
    def parameters(self):
        return tuple(parameters()[name] for name in ("trust", "turnover"))

    def tables(self):
        trust, turnover = sympy.symbols("trust turnover")
        table = [[trust - turnover, -1], [0, 0]]
        return table, [list(row) for row in zip(*table, strict=True)]

    def scales(self):
        trust, turnover = sympy.symbols("trust turnover")
        return trust + turnover, trust + turnover

    def is_close(self, payoffs, scales):
        return abs(payoffs[0][..., 0, 0]) <= 1e-12 * scales[0]

    @property
    def closed_forms(self):
        trust, turnover = sympy.symbols("trust turnover")
        return {"n_equilibria": sympy.Piecewise((3, trust > turnover), (1, True))}

    def solved_forms(self, values):
        return {"n_equilibria": self.solve(values)["n_equilibria"]}


def test_a_model_of_ones_own():
    model = Meeting()
    assert isinstance(model, SummitModel)
    assert model.verify(draws=200) == 0
    assert model.game({"trust": 0.5, "turnover": 0.25}).payoffs[0].tolist() == [[0.25, -1], [0, 0]]


def test_ties_are_decided_by_the_numbers_given_not_by_their_rounding():
    # 0.1 + 0.2 as a float is not 0.3; exactly, the two differ, and in which way is known.
    model = Meeting()
    numbers = [0.3, 0.1 + 0.2, 0.30000000000000004, 0.5]
    family = model.solve({"trust": numbers, "turnover": Fraction(3, 10)})
    assert family.bound.close.tolist() == [0, 1, 2]
    alone = [model.solve({"trust": x, "turnover": Fraction(3, 10)}) for x in numbers]
    assert family["n_equilibria"].tolist() == [one["n_equilibria"] for one in alone]
    tie = model.solve({"trust": [0.25, 0.5], "turnover": 0.25})
    assert tie["n_equilibria"].tolist() == [2, 3]


@given(st.lists(st.integers(0, 8), min_size=1, max_size=5), st.integers(0, 8))
@settings(max_examples=30)
def test_a_family_is_its_games_one_by_one(eighths, other):
    model = Meeting()
    numbers = [x / 8 for x in eighths]
    family = model.solve({"trust": numbers, "turnover": other / 8})
    alone = [model.solve({"trust": x, "turnover": other / 8})["n_equilibria"] for x in numbers]
    assert family["n_equilibria"].tolist() == alone
