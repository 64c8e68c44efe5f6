"""The assertion on trees: passes what is perfect, and shows the deviation that refutes the rest."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

import summitgames as sg
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.testing import assert_nash, assert_subgame_perfect, extensive_forms

X = sympy.Symbol("x")


def end(a, b=0):
    return Outcome("end", {"a": a, "b": b})


def entry():
    reply = Decision("b", {"fight": end(-1, 0), "share": end(1, X)})
    return ExtensiveForm(
        Decision("a", {"in": reply, "out": end(0, 2)}), players=["a", "b"], parameters=["x"]
    )


@given(extensive_forms(payoffs="floats", batch_shape=(3,)))
@settings(max_examples=40)
def test_passes_what_the_solver_finds(game):
    assert_subgame_perfect(game, sg.subgame_perfect(game))


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ({"": [0, 1], "in": [0, 1]}, "player 'a' gains 1 by 'in' at the root"),
        ({"": [1, 0], "in": [1, 0]}, "player 'b' gains 3 by 'share' at 'in'"),
        ({"": [0, 1], "in": [1, 0]}, "player 'b' gains 3 by 'share' at 'in'"),  # off the path
        ({"": [0.25, 0.75], "in": [0, 1]}, "player 'a' gains 0.75 by 'in' at the root"),
        ({"": [1, 0], "in": [0.5, 0.5]}, "player 'b' gains 1.5 by 'share' at 'in'"),
    ],
)
def test_shows_the_most_profitable_deviation(strategies, message):
    with pytest.raises(AssertionError) as caught:
        assert_subgame_perfect(entry().bind(x=3), strategies)
    assert str(caught.value) == f"not subgame perfect: {message}"


def test_names_the_game_of_a_family():
    game = entry().bind(x=[[1, 2], [-0.5, -4]])
    strategies = {"": [1, 0], "in": [0, 1]}
    with pytest.raises(AssertionError) as caught:
        assert_subgame_perfect(game, strategies)
    # Both games of the second row are wrong: by 0.5 of a largest payoff of 2, and by 4 of 4.
    assert str(caught.value) == (
        "not subgame perfect: player 'b' gains 4 by 'fight' at 'in', batch index (1, 1)"
    )


def choice(first, second, other=0):
    root = Chance(
        {"c": (1, Decision("a", {"l": end(first), "r": end(second)})), "d": (0, end(0, other))}
    )
    return ExtensiveForm(root, players=["a", "b"])


@pytest.mark.parametrize(
    ("gain", "other", "tie"),
    [
        (Fraction(1, 10**12), 1, True),  # exactly the tie: 1e-12 of the largest payoff, 1
        (Fraction(1, 10**12) + Fraction(1, 10**20), 1, False),
        (Fraction(1, 10**11), 10, True),
        (Fraction(1, 10**11) + Fraction(1, 10**19), 10, False),
        (Fraction(1, 10**30), 0, False),  # all payoffs are that small
        (0, 0, True),
    ],
)
def test_ties_are_decided_exactly(gain, other, tie):
    game = choice(0, gain, other)
    if tie:
        assert_subgame_perfect(game, {"c": [1, 0]})
        return
    with pytest.raises(AssertionError, match=r"player 'a' gains 1[\d.]*e-\d\d by 'r' at 'c'"):
        assert_subgame_perfect(game, {"c": [1, 0]})


def test_rounding_is_no_gain():
    # As floats, a tenth of three is more than three tenths; the decimals tie.
    tenth = Fraction(1, 10)
    root = Decision(
        "a",
        {
            "sure": end(3 * tenth),
            "lottery": Chance(
                {f"c{i}": (tenth, end(i)) for i in range(3)} | {"d": (7 * tenth, end(0))}
            ),
        },
    )
    game = ExtensiveForm(root, players=["a", "b"])
    for mix in ([1, 0], [0, 1], [0.3, 0.7]):
        assert_subgame_perfect(game, {"": mix})


def test_games_that_leave_the_rationals():
    root = Decision("a", {"l": end(sympy.sqrt(X)), "r": end(sympy.sqrt(2))})
    game = ExtensiveForm(root, players=["a", "b"], parameters=["x"])
    assert_subgame_perfect(game.bind(x=2), {"": [1, 0]})
    with pytest.raises(AssertionError, match=r"player 'a' gains 0\.414213562 by 'r' at the root"):
        assert_subgame_perfect(game.bind(x=1), {"": [1, 0]})


def test_mixes_over_tied_actions_and_results_are_taken():
    game = choice(1, 1)
    assert_subgame_perfect(game, {"c": np.array([0.3, 0.7])})
    assert_subgame_perfect(game, sg.subgame_perfect(game))
    assert_subgame_perfect(game, sg.subgame_perfect(game).behavior)


def test_refusals_are_those_of_regret():
    with pytest.raises(sg.GameError, match="parameters x have no values"):
        assert_subgame_perfect(entry(), {"": [1, 0], "in": [1, 0]})
    with pytest.raises(sg.GameError, match="missing; expected probabilities of fight, share"):
        assert_subgame_perfect(entry().bind(x=1), {"": [1, 0]})
    nodes = [Decision("b", {"u": end(0), "v": end(0)}, infoset="i") for _ in range(2)]
    hidden = ExtensiveForm(Decision("a", dict(zip("lr", nodes, strict=True))), players=["a", "b"])
    with pytest.raises(sg.GameError, match="missing; expected probabilities of u, v"):
        assert_subgame_perfect(hidden, {"": [1, 0]})
    again = {move: Decision("a", {"u": end(0), "v": end(1)}, infoset="i") for move in "lr"}
    forgetful = ExtensiveForm(Decision("a", again), players=["a", "b"])
    with pytest.raises(sg.SolverError, match="infoset 'i' of player 'a': something that"):
        assert_subgame_perfect(forgetful, {"": [1, 0], "i": [1, 0]})


# Hidden moves


def battle(**options):
    """a may stay out for 1.5; inside, both choose at once where to meet."""

    def place(first):
        pays = {"A": (2, 1), "B": (1, 2)}[first]
        ends = {second: end(*pays) if second == first else end(0, X) for second in "AB"}
        return Decision("b", ends, infoset="b's")

    inside = Decision("a", {"A": place("A"), "B": place("B")}, infoset="a's")
    root = Decision("a", {"out": end(1.5, 3), "in": inside})
    return ExtensiveForm(root, players=["a", "b"], parameters=["x"]).bind(**options)


def test_hidden_moves_in_subgames():
    game = battle(x=0)
    assert_subgame_perfect(game, sg.subgame_perfect(game))
    threat = {"": [1, 0], "a's": [1, 0], "b's": [0, 1]}
    assert_nash(game, threat)
    with pytest.raises(AssertionError) as caught:
        assert_subgame_perfect(game, threat)
    assert str(caught.value) == "not subgame perfect: player 'a' gains 1 by 'B' at \"a's\""
    with pytest.raises(AssertionError) as caught:
        assert_nash(game, {**threat, "": [0, 1]})
    message = "not a Nash equilibrium: player 'a' gains 1.5 by 'out' at the root"
    assert str(caught.value) == message


def test_hidden_moves_in_families():
    family = battle(x=[0, 5])
    apart = {"": [0, 1], "a's": [1, 0], "b's": [1, 0]}
    with pytest.raises(AssertionError) as caught:
        assert_nash(family, apart)
    message = "player 'b' gains 4 by 'B' at \"b's\", batch index (1,)"
    assert str(caught.value) == f"not a Nash equilibrium: {message}"
    with pytest.raises(AssertionError) as caught:
        assert_subgame_perfect(family, apart)
    assert str(caught.value) == f"not subgame perfect: {message}"


@given(extensive_forms(information="recall", batch_shape=(2,), max_nodes=20))
@settings(max_examples=30)
def test_passes_what_sequence_form_finds(game):
    assert_nash(game, sg.sequence_form(game))
