"""Regret on trees: one-shot deviations and best replies, by hand and by all plans; refusals."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.certificates.regret import best_reply_gain, subgame_gain
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.games.plans import PlayerPlans
from summitgames.results import MixedBehavior, TreeEquilibrium
from summitgames.testing import extensive_forms

X = sympy.Symbol("x")


def end(a, b):
    return Outcome("end", {"a": a, "b": b})


def entry(**options):
    """Player a enters or not; b fights or shares, and a second time by chance."""
    root = Decision(
        "a",
        {
            "in": Chance(
                {
                    "c": (0.25, Decision("b", {"fight": end(-1, 0), "share": end(1, X)})),
                    "d": (0.75, end(2, 0)),
                }
            ),
            "out": end(0, 2),
        },
    )
    return ExtensiveForm(root, players=["a", "b"], parameters=["x"], **options)


EQUILIBRIUM = {"": [1, 0], "in > c": [0, 1]}


def test_no_gain_at_an_equilibrium():
    assert sg.regret(entry().bind(x=1), EQUILIBRIUM) == 0.0
    assert isinstance(sg.regret(entry().bind(x=1), EQUILIBRIUM), float)


@pytest.mark.parametrize(
    ("strategies", "expected"),
    [
        ({"": [0, 1], "in > c": [0, 1]}, 1.75),  # a stays out of a lottery worth 1.75
        ({"": [1, 0], "in > c": [1, 0]}, 3.0),  # b fights though 3 is better
        ({"": [0, 1], "in > c": [1, 0]}, 3.0),  # so it would, were it to be asked
        ({"": [0.5, 0.5], "in > c": [0, 1]}, 0.875),
        ({"": [1, 0], "in > c": [0.25, 0.75]}, 0.75),
    ],
)
def test_the_largest_gain_of_one_deviation(strategies, expected):
    assert sg.regret(entry().bind(x=3), strategies) == expected


def test_what_b_gets_by_a_deviation_counts_wherever_it_is():
    # The gain is b's at its own node, not weighted with the probability of coming there.
    root = Chance({"c": (0, Decision("b", {"l": end(0, 0), "r": end(0, 8)})), "d": (1, end(0, 0))})
    assert sg.regret(ExtensiveForm(root, players=["a", "b"]), {"c": [1, 0]}) == 8.0


def test_families_and_broadcasting():
    game = entry().bind(x=[[1.0, -2.0], [3.0, 0.0]])
    assert sg.regret(game, EQUILIBRIUM).tolist() == [[0, 2], [0, 0]]
    shares = np.array([[[0, 1.0], [1, 0]]])  # (1, 2, actions): by column
    assert sg.regret(game, {"": [1, 0], "in > c": shares}).tolist() == [[0, 0], [0, 0]]
    by_row = np.array([[[0, 1.0]], [[1, 0]]])
    assert sg.regret(game, {"": [1, 0], "in > c": by_row}).tolist() == [[0, 2], [3, 0]]


def test_families_larger_than_a_block():
    x = np.linspace(-1, 1, 20_001)
    game = entry().bind(x=x)
    np.testing.assert_array_equal(sg.regret(game, EQUILIBRIUM), np.maximum(-x, 0))
    mixes = np.stack([x < 0, x >= 0], axis=-1).astype(float)
    assert not sg.regret(game, {"": [1, 0], "in > c": mixes}).any()
    assert not sg.regret(game, sg.subgame_perfect(game)).any()


def test_results_and_their_behavior_are_taken():
    game = entry().bind(x=[1, -1])
    found = sg.subgame_perfect(game)
    for strategies in (found, found.behavior, dict(found.behavior)):
        assert sg.regret(game, strategies).tolist() == [0, 0]


def test_a_result_of_one_game_can_be_held_against_another():
    game, other = entry().bind(x=1), entry().bind(x=-2)
    found = dict(sg.subgame_perfect(game).behavior)
    assert sg.regret(other, found) == 2.0
    with pytest.raises(sg.GameError, match="strategies: of another game; expected strategies of"):
        sg.regret(other, sg.subgame_perfect(game))
    with pytest.raises(sg.GameError, match="of another game"):
        sg.regret(game, sg.subgame_perfect(game.bind(x=[1, 2])))


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ([[1, 0], [0, 1]], "strategies: list; expected a mapping from information sets"),
        (None, "strategies: NoneType; expected a mapping"),
        ({"": [1, 0]}, "strategies['in > c']: missing; expected probabilities of fight, share"),
        (
            {**EQUILIBRIUM, "": [1, 0, 0]},
            "strategies['']: shape (3,); expected (*batch, 2)",
        ),
        ({**EQUILIBRIUM, "": 1}, "strategies['']: shape (); expected (*batch, 2)"),
        (
            {**EQUILIBRIUM, "": np.ones((3, 2)) / 2},
            "strategies['']: shape (3, 2); expected (2, 2)",
        ),
        ({**EQUILIBRIUM, "": [0.5, 0.4]}, "strategies['']: [0.5 0.4]; expected probabilities that"),
        ({**EQUILIBRIUM, "": [1.5, -0.5]}, "strategies['']: [ 1.5 -0.5]; expected probabilities"),
        ({**EQUILIBRIUM, "": [np.nan, 1]}, "strategies['']: [nan  1.]; expected probabilities"),
        (
            {**EQUILIBRIUM, "in > c": [[0, 1], [1, 1]]},
            "strategies['in > c']: [1. 1.] at batch index (1,); expected probabilities that sum",
        ),
        ({**EQUILIBRIUM, "inn": [1, 0]}, "unknown infoset 'inn'; did you mean"),
    ],
)
def test_strategies_are_checked(strategies, message):
    with pytest.raises(sg.GameError) as caught:
        sg.regret(entry().bind(x=[1, 2]), strategies)
    assert str(caught.value).startswith(message)


def test_probabilities_may_be_off_by_rounding():
    thirds = Decision("a", {label: end(1, 0) for label in "xyz"})
    game = ExtensiveForm(thirds, players=["a", "b"])
    assert sg.regret(game, {"": [Fraction(1, 3)] * 3}) == pytest.approx(0, abs=1e-15)


def hidden(player="b"):
    """A choice of a, which the player does not see, between matching and not."""
    nodes = [
        Decision(player, {"u": end(u, -u), "v": end(v, -v)}, infoset="i")
        for u, v in ((3, 0), (0, 1))
    ]
    root = Decision("a", dict(zip("lr", nodes, strict=True)))
    return ExtensiveForm(root, players=["a", "b"])


def test_best_replies_under_imperfect_information():
    game = hidden()
    assert sg.regret(game, {"": [0.25, 0.75], "i": [0.25, 0.75]}) == pytest.approx(0, abs=1e-15)
    # Against (1/2, 1/2), l pays a 3/2 and r 1/2; against l, u costs b 3 and v nothing.
    assert sg.regret(game, {"": [0, 1], "i": [0.5, 0.5]}) == pytest.approx(1)
    assert sg.regret(game, {"": [1, 0], "i": [0.5, 0.5]}) == pytest.approx(1.5)
    batch = {"": np.array([[1, 0], [0, 1.0]]), "i": [0.5, 0.5]}
    game = ExtensiveForm(
        Decision("a", {"l": end(np.array([1.0, 2.0]), 0), "r": hidden_after()}), players=["a", "b"]
    )
    assert sg.regret(game, {"": batch[""], "j": [0, 1], "k": [1, 0]}) == pytest.approx([3, 0])


def hidden_after():
    nodes = [Decision("a", {"x": end(4, 0), "y": end(0, 0)}, infoset="k") for _ in range(2)]
    return Decision("b", dict(zip("lr", nodes, strict=True)), infoset="j")


@given(extensive_forms(information="recall", players=("a", "b", "c"), max_nodes=16), st.data())
def test_gains_are_those_of_the_best_plan(game, data):
    def mix(infoset):
        count = len(infoset.actions)
        weights = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
        weights = weights if any(weights) else [1] * count
        return np.array(weights) / sum(weights)

    strategies = {infoset.key: mix(infoset) for infoset in game.infosets}
    given_payoffs = payoffs_of(game, strategies)
    gain = 0.0
    for number in range(game.n_players):
        plans = PlayerPlans(game, number)
        for plan in np.maximum(plans.listed(10**4), 0).tolist():
            pure = dict(strategies)
            for infoset, action in zip(plans.infosets, plan, strict=True):
                own = game.infosets[infoset]
                pure[own.key] = np.eye(len(own.actions))[action]
            gain = max(gain, payoffs_of(game, pure)[number] - given_payoffs[number])
    assert best_reply_gain(game, strategies) == pytest.approx(gain, abs=1e-12)


def payoffs_of(game, strategies):
    rows = [strategies[infoset.key] for infoset in game.infosets]
    behavior = MixedBehavior(game, np.concatenate([*rows, np.empty(0)])[:, None])
    return TreeEquilibrium(game, behavior, np.zeros(())).expected_payoffs()


@given(extensive_forms(information="recall", batch_shape=(2,), max_nodes=20), st.data())
def test_gains_in_subgames_are_those_of_the_subgames_alone(game, data):
    def mix(infoset):
        count = len(infoset.actions)
        weights = data.draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
        weights = weights if any(weights) else [1] * count
        return np.array(weights) / sum(weights)

    strategies = {infoset.key: mix(infoset) for infoset in game.infosets}
    gains = [best_reply_gain(game, strategies)]
    for root, subgame in zip(game.subgames.roots, game.subgames, strict=True):
        below = {
            infoset.key: strategies[game.infosets[game.tree.number[infoset.nodes[0] + root]].key]
            for infoset in subgame.infosets
        }
        gains.append(best_reply_gain(subgame, below))
    found = subgame_gain(game, strategies)
    assert found.shape == game.batch_shape
    np.testing.assert_array_equal(found, np.max(gains, axis=0))
    if game.has_perfect_information:  # both are 0, or neither
        assert ((found > 1e-12) == (sg.regret(game, strategies) > 1e-12)).all()


def test_free_parameters_and_imperfect_recall_are_refused():
    with pytest.raises(sg.GameError, match="parameters x have no values"):
        sg.regret(entry(), EQUILIBRIUM)
    with pytest.raises(sg.SolverError, match="infoset 'i' of player 'a': something that"):
        sg.regret(hidden("a"), {"": [1, 0], "i": [1, 0]})
