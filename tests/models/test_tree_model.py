"""Models on one tree: payoffs of ends, and solutions that agree with the game's own solver."""

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.case.premises import Parameter, parameters
from summitgames.models.tree_model import TreeModel, outcome

MODELS = [sg.model("preconditions"), sg.model("composite")]


def test_payoffs_of_an_end_are_the_actors_terms():
    end = outcome("signed", ("russia", "ukraine"), {"settlement": 1, "summit": 1}, ("summit", "t"))
    assert end.label == "signed"
    assert end.tags == ("summit",)
    v_r, v_u, p = sympy.symbols("settlement_value_russia peace_value_ukraine summit_prize_ukraine")
    assert end.payoffs == {"russia": v_r, "ukraine": v_u + p}
    with pytest.raises(sg.GameError, match="unknown"):
        outcome("end", ("rusia",), {}, ())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_tree_is_built_once(model):
    assert model.form is model.form
    assert not model.form.is_bound
    assert model.form.parameters == model.parameter_names
    assert model.game().tree is model.form.tree
    assert model.form.players == model.players


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_fields_agree_with_the_games_own_solver(model):
    rng = np.random.default_rng(3)
    drawn = {
        record.name: rng.uniform(record.lower, min(record.upper, 2), (40, 5))
        for record in model.parameters
    }
    solution = model.solve(drawn)
    found = sg.subgame_perfect(model.game(drawn))
    assert solution["path"].tolist() == found.path.tolist()
    assert solution["unique"].tolist() == found.unique.tolist()
    for place, player in enumerate(model.players):
        np.testing.assert_array_equal(solution[f"payoff_{player}"], found.payoffs[..., place])
    for tag in model.tags:
        # Sums of at most 132 products of probabilities, in another order.
        np.testing.assert_allclose(
            np.asarray(solution[tag], dtype=float), found.probability(tag), rtol=0, atol=1e-13
        )
    np.testing.assert_array_equal(solution.equilibrium.payoffs, found.payoffs)


def test_what_an_information_set_takes():
    model = MODELS[0]
    equilibrium = model.equilibrium(model.values("article", {"pocket_value_russia": [0, 2]}))
    assert model.takes(equilibrium, "conditions_first", "meet").tolist() == [1, 0]
    assert model.takes(equilibrium, "summit_first > meet", "stall").tolist() == [1, 1]


class Gamble(TreeModel):
    """A choice between trust / (1 - turnover) and nothing, to look at checks."""

    name = "composite"  # whose parameters it has
    title = "a choice"
    players = ("a",)
    fields = ("path", "payoff_a")
    references = ()

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return tuple(parameters()[name] for name in ("trust", "turnover"))

    def root(self):
        trust, turnover = sympy.symbols("trust turnover")
        risky = sg.Outcome("risky", {"a": trust / (1 - turnover)})
        return sg.Decision("a", {"safe": sg.Outcome("safe", {"a": 1}), "risky": risky})

    @property
    def closed_forms(self):
        trust, turnover = sympy.symbols("trust turnover")
        return {"payoff_a": sympy.Max(1, trust / (1 - turnover))}

    def solved_forms(self, values):
        return {"payoff_a": self.solve(values)["payoff_a"]}


def test_payoffs_that_leave_the_numbers_within_the_ranges():
    model = Gamble()
    assert model.solve({"trust": 1, "turnover": 0.5})["payoff_a"] == 2
    with pytest.raises(sg.GameError) as caught:
        model.solve({"trust": [0.5, 1], "turnover": [[0.5], [1]]})
    assert str(caught.value) == (
        "payoff of 'a' in outcome 'risky' at node 'risky': not finite at batch index (1, 0): inf; "
        "expected finite numbers"
    )


def test_ranges_come_before_payoffs():
    with pytest.raises(sg.GameError, match=r"parameter 'turnover': 1\.5; expected a number in"):
        Gamble().solve({"trust": 1, "turnover": 1.5})


def test_a_model_of_ones_own_is_verified_like_any_other():
    assert Gamble().verify(draws=200) <= 1e-12
    with pytest.raises(sg.GameError, match="unknown field of composite 'summit'; did you mean"):
        Gamble().solve({"trust": 1, "turnover": 0})["summit"]
