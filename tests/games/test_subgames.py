"""Subgames are found where they begin, and are games like any other."""

import numpy as np
import pytest
from hypothesis import given

import summitgames as sg
from reference.trees import kuhn
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.testing import extensive_forms


def end(a=0, b=0, label="end"):
    return Outcome(label, {"a": a, "b": b})


def matching(label, payoff=1):
    """Both choose at once."""

    def second():
        return Decision(
            "b", {"h": end(payoff, -payoff), "t": end(-payoff, payoff)}, infoset=f"{label} b"
        )

    return Decision("a", {"h": second(), "t": second()}, infoset=f"{label} a")


def nested():
    return ExtensiveForm(
        Decision(
            "a",
            {
                "out": end(1, 1),
                "in": Chance({"l": (0.25, matching("left")), "r": (0.75, matching("right", 3))}),
            },
        ),
        players=["a", "b"],
    )


def test_proper_subgames_smallest_first():
    game = nested()
    assert game.subgames.names == ("in > l", "in > r", "in")
    assert len(game.subgames) == 3
    assert game.subgames.roots == (3, 10, 2)
    left, right, both = game.subgames
    assert [g.tree.size for g in (left, right, both)] == [7, 7, 15]
    assert [i.key for i in right.infosets] == ["right a", "right b"]
    assert right.infosets[1].nodes == (1, 4)
    assert right.exact_payoffs()[1] == {"a": -3, "b": 3}
    assert both.quantity_values(0, 1)[dict(both.chance_probabilities())[0], 0].tolist() == [
        0.25,
        0.75,
    ]
    assert both.subgames.names == ("l", "r")
    assert game.subgames[-1].tree.size == 15
    assert [g.tree.size for g in game.subgames[:2]] == [7, 7]
    with pytest.raises(IndexError):
        game.subgames[3]


def test_games_without_proper_subgames():
    assert list(kuhn().subgames) == []
    assert list(ExtensiveForm(end(), players=["a", "b"]).subgames) == []


def test_subgames_keep_parameters_and_batches():
    inner = Decision("b", {"x": end(1, np.array([0.0, 2.0])), "y": end(2, 1)})
    game = ExtensiveForm(Decision("a", {"go": inner, "stop": end(0, 3)}), players=["a", "b"])
    (below,) = game.subgames
    assert below.batch_shape == (2,)
    assert sg.subgame_perfect(below).payoffs.tolist() == [[2, 1], [1, 2]]


def test_long_chains_have_as_many_subgames():
    node = end()
    for _ in range(10**5):
        node = Decision("a", {"go": node})
    game = ExtensiveForm(node, players=["a", "b"])
    assert len(game.subgames) == 10**5 - 1
    assert game.subgames[0].tree.size == 2


def test_a_name_that_is_a_label_in_the_subgame_is_refused():
    inner = Decision("a", {"x": Decision("b", {"u": end()}), "y": Decision("b", {"u": end()}, "x")})
    game = ExtensiveForm(Decision("a", {"go": inner}), players=["a", "b"])
    assert game.subgames.names == ("go > x", "go > y", "go")
    with pytest.raises(sg.GameError, match="infoset 'x' of player 'b': that is the name of"):
        game.subgames[2]


@given(extensive_forms(information="any", max_nodes=20))
def test_roots_by_definition(game):
    tree = game.tree
    below = [{node} for node in range(tree.size)]
    for node in range(tree.size - 1, 0, -1):
        below[tree.parent[node]] |= below[node]
    roots = [
        node
        for node in range(1, tree.size)
        if tree.mover[node] != tree.TERMINAL
        and all(
            below[node].issuperset(i.nodes) or below[node].isdisjoint(i.nodes)
            for i in game.infosets
        )
    ]
    assert sorted(game.subgames.roots) == roots
    for root, subgame in zip(game.subgames.roots, game.subgames, strict=True):
        assert subgame.tree.labels[1:] == tree.labels[root + 1 : root + len(below[root])]
        outcomes = [n for n in sorted(below[root]) if tree.mover[n] == tree.TERMINAL]
        assert subgame.exact_payoffs() == [
            game.exact_payoffs()[tree.number[node]] for node in outcomes
        ]
        if not root:
            assert subgame.infosets == game.infosets


@given(extensive_forms(information="perfect", max_nodes=20))
def test_subgames_are_solved_as_in_the_whole(game):
    whole = sg.subgame_perfect(game)
    for name, subgame in zip(game.subgames.names, game.subgames, strict=True):
        inside = sg.subgame_perfect(subgame)
        expected = whole.expected_payoffs(given=name)
        np.testing.assert_allclose(inside.payoffs, expected, atol=1e-12)
