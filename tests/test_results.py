"""Behavior results: strategies by information set, and what follows from them, off the path too."""

import pickle

import numpy as np
import pytest
import sympy

import summitgames as sg
from reference.cases import load
from reference.trembles import horse
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.results import Behavior, MixedBehavior, PureBehavior, Status, TreeEquilibrium

P, X = sympy.symbols("p x")


def end(label, a, b, *tags):
    return Outcome(label, {"a": a, "b": b}, tags)


def root():
    """Player a goes in or stays out; b, at an information set of its own or a labelled one."""
    return Decision(
        "a",
        {
            "in": Decision(
                "b",
                {
                    "share": Chance(
                        {
                            "good": (P, end("good", 4, X, "met", "good")),
                            "bad": (1 - P, end("bad", -1, 1, "met")),
                        }
                    ),
                    "fight": end("war", -2, 2),
                },
            ),
            "out": Decision(
                "b",
                {"wait": end("calm", 0, 3), "leave": end("left", 0, 3, "good")},
                infoset="later",
            ),
        },
    )


FORM = ExtensiveForm(root(), players=["a", "b"], parameters=["p", "x"])
SHARED, FOUGHT = 5.0, 0.0  # values of x at which b shares, or fights


@pytest.fixture
def single():
    return sg.subgame_perfect(FORM.bind(p=0.5, x=SHARED))


@pytest.fixture
def family():
    return sg.subgame_perfect(FORM.bind(p=np.array([[0.5], [0.75]]), x=[SHARED, FOUGHT, SHARED]))


def test_status_is_what_a_list_promises():
    assert [status.name for status in Status] == ["COMPLETE", "PARTIAL", "NONE", "FAILED"]
    assert sg.Status is Status
    assert np.int8(1) == Status.PARTIAL


def test_behavior_is_a_mapping(single):
    behavior = single.behavior
    assert list(behavior) == ["", "in", "later"]
    assert len(behavior) == 3
    assert behavior[""].tolist() == [1, 0]
    assert {key: array.tolist() for key, array in behavior.items()} == {
        "": [1, 0],
        "in": [1, 0],
        "later": [1, 0],
    }
    assert behavior[single.game.infosets[2]].tolist() == [1, 0]
    assert behavior[""].dtype == np.float64


def test_keys_of_behavior(single, family):
    behavior = single.behavior
    assert "in" in behavior
    assert FORM.infosets[1] in behavior  # binding keeps the information sets
    for key in ("out", "in > share", 7, None, ["in"], ("a", "")):
        assert key not in behavior
        with pytest.raises(KeyError):
            behavior[key]
    for kind in (KeyError, sg.GameError):
        with pytest.raises(kind, match=r"^unknown infoset 'latter'; did you mean 'later'"):
            behavior["latter"]
    other = ExtensiveForm(root(), players=["a", "b"], parameters=["p", "x"])
    with pytest.raises(KeyError, match="of another game"):
        behavior[other.infosets[0]]
    assert behavior.get(other.infosets[0], 7) == behavior.get(["in"], 7) == 7
    assert behavior.get("nowhere") is None
    assert repr(behavior) == "<PureBehavior: 3 information sets>"
    assert repr(family.behavior) == "<PureBehavior: 3 information sets, batch shape (2, 3)>"


def test_lists_of_equilibria_are_indexed_like_lists():
    chicken = sg.NormalForm.symmetric([[0, 7], [2, 6]])
    loop = sg.StochasticGame([np.ones((1, 2))], np.ones((1, 2, 1)), 0.5)
    beer = sg.SignalingGame([0.9, 0.1], np.ones((2, 2, 2)), np.ones((2, 2, 2)))
    for found in (
        sg.support_enumeration(chicken),
        sg.vertex_enumeration(chicken),
        sg.markov_perfect(loop),
        sg.perfect_bayesian(beer),
    ):
        listed = list(found)
        assert len(found) == len(listed) > 0
        for index in (0, -1):
            for part, expected in zip(found[index], listed[index], strict=True):
                np.testing.assert_array_equal(part, expected)
        assert len(found[1:]) == len(listed) - 1
        with pytest.raises(IndexError):
            found[len(found)]
        with pytest.raises(TypeError):
            found["first"]
    with pytest.raises(TypeError, match=r"equilibria of a family of shape \(2,\): index the game"):
        sg.support_enumeration(sg.NormalForm(np.ones((2, 2, 2, 2))))[0]


def test_lists_of_equilibria_of_trees_are_read_by_infosets():
    """As those of single ones: by key or information set; unknown ones are told with a near one."""
    game = ExtensiveForm(root(), players=["a", "b"], parameters=["p", "x"]).bind(p=0.5, x=0.25)
    found = sg.sequential_equilibria(game)
    assert len(found[:]) == len(found)
    assert [one.behavior["later"].tolist() for one in found[::-1]] == [
        found[index].behavior["later"].tolist() for index in range(len(found) - 1, -1, -1)
    ]
    for numbers in (found.behavior, found.beliefs, found[0].beliefs):
        infoset = game.infosets[1]
        np.testing.assert_array_equal(numbers[infoset], numbers[infoset.key])
        assert list(numbers) == [i.key for i in game.infosets]
        assert numbers.get("nowhere") is None
        for kind in (KeyError, sg.GameError):
            with pytest.raises(kind, match=r"^unknown infoset 'latter'; did you mean 'later'"):
                numbers["latter"]
    assert found.behavior["later"].shape == (len(found), 2)
    assert pickle.loads(pickle.dumps(found)).behavior["later"].shape == (len(found), 2)  # noqa: S301


def test_behavior_of_a_family(family):
    assert family.behavior["in"].shape == (2, 3, 2)
    assert family.behavior["in"][..., 0].tolist() == [[1, 0, 1]] * 2
    assert family.behavior.block(1, 1, 4).tolist() == [[0, 1, 1], [1, 0, 0]]


def test_labels_of_two_players_are_told_apart():
    nodes = Decision("b", {"l": end("o", 0, 0), "r": end("o", 0, 1)}, infoset="i")
    game = ExtensiveForm(Decision("a", {"go": nodes}, infoset="i"), players=["a", "b"])
    behavior = sg.subgame_perfect(game).behavior
    assert list(behavior) == [("a", "i"), ("b", "i")]
    assert behavior[("b", "i")].tolist() == [0, 1]
    with pytest.raises(KeyError, match="players a, b"):
        behavior["i"]


def test_outcome_probabilities(single, family):
    assert single.outcome_probabilities.tolist() == [0.5, 0.5, 0, 0, 0]
    assert family.outcome_probabilities.shape == (2, 3, 5)
    assert family.outcome_probabilities[1].tolist() == [
        [0.75, 0.25, 0, 0, 0],
        [0, 0, 0, 1, 0],
        [0.75, 0.25, 0, 0, 0],
    ]


def test_probability_of_a_tag(single, family):
    assert single.probability("met") == 1.0
    assert isinstance(single.probability("met"), float)
    assert single.probability("good") == 0.5
    assert family.probability("good").tolist() == [[0.5, 0, 0.5], [0.75, 0, 0.75]]
    with pytest.raises(sg.GameError, match="unknown tag 'mets'; did you mean 'met'"):
        single.probability("mets")


def test_from_a_node_on_whether_play_comes_there_or_not(single, family):
    assert single.probability("good", given="in > share") == 0.5
    assert single.probability("good", given="in > share > good") == 1.0
    assert single.probability("good", given="out") == 0.0
    assert single.expected_payoffs(given="out").tolist() == [0, 3]
    assert single.expected_payoffs(given="in > fight").tolist() == [-2, 2]
    assert family.probability("met", given="in").tolist() == [[1, 0, 1], [1, 0, 1]]
    for method in (single.probability, single.expected_payoffs):
        arguments = ("met",) if method == single.probability else ()
        with pytest.raises(sg.GameError, match="given: 'in > nowhere' leads to no node; expected"):
            method(*arguments, given="in > nowhere")


def test_expected_payoffs(single, family):
    assert single.payoffs.tolist() == single.expected_payoffs().tolist() == [1.5, 3]
    np.testing.assert_array_equal(family.expected_payoffs(), family.payoffs)
    assert family.expected_payoffs().shape == (2, 3, 2)


def test_payoffs_of_each_action(single, family):
    assert single.action_payoffs("").tolist() == [1.5, 0]
    assert single.action_payoffs("in").tolist() == [3, 2]
    assert single.action_payoffs("later").tolist() == [3, 3]
    assert family.action_payoffs("")[0].tolist() == [[1.5, 0], [-2, 0], [1.5, 0]]
    assert family.action_payoffs(FORM.infosets[1]).shape == (2, 3, 2)
    with pytest.raises(sg.GameError, match="unknown infoset 'late'; did you mean 'later'"):
        single.action_payoffs("late")


class Halves(Behavior):
    """The first action or the second, each with probability 1/2."""

    def block(self, number, start, stop):
        return np.full((len(self.game.infosets[number].actions), stop - start), 0.5)


def test_any_behavior_will_do():
    game = FORM.bind(p=[0.5, 1], x=4)
    result = TreeEquilibrium(game, Halves(game), np.zeros(2, dtype=np.int8))
    assert result.outcome_probabilities.tolist() == [
        [0.125, 0.125, 0.25, 0.25, 0.25],
        [0.25, 0, 0.25, 0.25, 0.25],
    ]
    assert result.probability("good").tolist() == [0.375, 0.5]
    assert result.expected_payoffs()[1].tolist() == [0.5, 3]
    assert repr(result) == f"<TreeEquilibrium of {game!r}>"
    assert result.behavior["later"].tolist() == [[0.5, 0.5], [0.5, 0.5]]
    with pytest.raises(NotImplementedError):
        Behavior(game)["later"]


def test_information_sets_of_several_nodes_have_no_payoffs_of_their_own():
    def node():
        return Decision("b", {"u": end("o", 1, 1), "v": end("o", 0, 0)}, infoset="i")

    game = ExtensiveForm(Decision("a", {"l": node(), "r": node()}), players=["a", "b"])
    result = TreeEquilibrium(game, Halves(game), np.int8(0))
    assert result.outcome_probabilities.tolist() == [0.25] * 4
    assert result.action_payoffs("").tolist() == [0.5, 0.5]
    with pytest.raises(sg.GameError, match="infoset 'i': 2 nodes; expected one node"):
        result.action_payoffs("i")


def test_large_families_are_the_sum_of_their_blocks():
    x = np.linspace(-5, 5, 20_000)
    found = sg.subgame_perfect(FORM.bind(p=0.5, x=x))
    shares = (x / 2 + 0.5) >= 2
    np.testing.assert_array_equal(found.probability("met"), shares)
    np.testing.assert_array_equal(found.outcome_probabilities[:, 0], shares / 2)
    np.testing.assert_array_equal(found.expected_payoffs(), found.payoffs)


def test_behavior_is_picklable(family):
    again = pickle.loads(pickle.dumps(family.behavior))  # noqa: S301
    assert isinstance(again, PureBehavior)
    assert again["in"].tolist() == family.behavior["in"].tolist()


def test_play_of_an_absent_minded_player():
    (case,) = (case for case in load("efg") if case.id == "visited-twice")
    game = sg.read_game(case.input["text"])
    best = case.answer["best_behaviour"]
    crossing, second, third = (best[f"on_at_{infoset.label}"] for infoset in game.infosets)
    for shares, payoff in [
        ([0.5] * 6, case.answer["uniform_behaviour"]["expected_payoff"]),
        ([crossing, 1 - crossing, second, 1 - second, third, 1 - third], best["payoff"]),
    ]:
        column = np.array([[float(share)] for share in shares])
        played = TreeEquilibrium(game, MixedBehavior(game, column), np.zeros(()))
        assert played.expected_payoffs()[0] == pytest.approx(float(payoff), abs=1e-15)
        assert played.behavior["crossing"].tolist() == [float(share) for share in shares[:2]]


def test_trees_as_xarray(family, single):
    data = family.to_xarray()
    assert data.attrs == {"method": "subgame_perfect"}
    assert data.payoff.dims == ("batch_0", "batch_1", "player")
    np.testing.assert_array_equal(data.payoff, family.payoffs)
    np.testing.assert_array_equal(data.outcome_probability, family.outcome_probabilities)
    np.testing.assert_array_equal(data.status, family.status)
    np.testing.assert_array_equal(data.path, family.path)
    for infoset in family.game.infosets:
        own = data.behavior.sel(infoset=infoset.label)
        assert own.action.values.tolist() == list(infoset.actions)
        assert set(own.mover.values.tolist()) == {infoset.player}
        np.testing.assert_array_equal(own, family.behavior[infoset])
    assert data.outcome.values.tolist()[:2] == ["in > share > good", "in > share > bad"]
    one = single.to_xarray()
    assert set(one.sizes) == {"move", "player", "outcome"}
    assert one.path.item() == single.path


def test_a_game_that_is_over_as_xarray():
    over = ExtensiveForm(end("over", 1, 2), players=["a", "b"])
    data = sg.subgame_perfect(over).to_xarray()
    assert data.payoff.values.tolist() == [1, 2]
    assert "behavior" not in data


def test_lists_of_equilibria_and_beliefs_as_xarray():
    game = horse()
    found = sg.sequential_equilibria(game)
    data = found.to_xarray()
    assert data.sizes["equilibrium"] == len(found)
    assert data.status.shape == ()
    np.testing.assert_array_equal(data.payoff, found.payoffs)
    np.testing.assert_array_equal(data.behavior.sel(infoset="third"), found.behavior["third"])
    believed = data.belief.sel(belief_infoset="third")
    assert believed.node.values.tolist() == ["across > down", "down"]
    np.testing.assert_array_equal(believed, found.beliefs["third"])
    one = found[1].to_xarray()
    np.testing.assert_array_equal(one.belief, data.belief[1])
    quantal = sg.logit_qre(game, [1.0, 2.0])
    data = quantal.to_xarray()
    np.testing.assert_array_equal(data.belief.sel(belief_infoset="third"), quantal.beliefs["third"])
    assert "belief" not in sg.subgame_perfect(game).to_xarray()
    assert data.reset_index(["move", "place"]).infoset.dims == ("move",)


def test_a_label_that_two_players_use_names_its_player_in_xarray():
    second = Decision("b", {"l": end("x", 1, 0), "r": end("y", 0, 1)}, infoset="same")
    game = ExtensiveForm(
        Decision("a", {"go": second, "end": end("z", 0, 0)}, infoset="same"), players=["a", "b"]
    )
    found = sg.subgame_perfect(game)
    data = found.to_xarray()
    assert data.behavior.sel(infoset="b: same", action="r").item() == 1
    assert (
        data.behavior.sel(infoset="a: same").values.tolist() == found.behavior["a", "same"].tolist()
    )
