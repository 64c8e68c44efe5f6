"""Signaling games as drawn, and the assertion: passes equilibria, shows what refutes the rest."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.testing import assert_sequentially_rational, signaling_games


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_limits_are_kept(data):
    game = data.draw(
        signaling_games(types=(2, 3), messages=1, responses=(1, 4), batch_shape=(2,), ties=True)
    )
    types, messages, responses = game.counts
    assert 2 <= types <= 3
    assert messages == 1
    assert responses <= 4
    assert game.batch_shape == (2,)
    assert np.abs(game.sender).max() <= 3
    assert np.unique(game.receiver).size <= 3


def test_kinds_of_numbers():
    small = {"messages": 1, "responses": 1}
    fractions = find(
        signaling_games(payoffs="fractions", **small), lambda game: (game.prior == 1 / 3).any()
    )
    assert Fraction(1, 3) in fractions.exact.prior.tolist()
    assert find(signaling_games(**small), lambda game: (game.prior == 0).any()).exact is None
    smallest = find(signaling_games(**small), lambda _: True)
    assert not smallest.sender.any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"payoffs": "reals"}, "payoffs: 'reals'"),
        ({"types": 0}, "types: 0"),
        ({"messages": (2, 1)}, "messages"),
        ({"batch_shape": (0,)}, "batch_shape: 0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(sg.GameError, match=message):
        signaling_games(**options)


GAME = sg.SignalingGame(
    [0.9, 0.1],
    [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    types=["strong", "weak"],
    messages=["beer", "quiche"],
    responses=["fight", "leave"],
)
BEER, REPLIES = [[1, 0], [1, 0]], [[0, 1], [1, 0]]
BELIEFS = [[0.9, 0.1], [0, 1]]


def test_passes_an_equilibrium():
    assert_sequentially_rational(GAME, (BEER, REPLIES, BELIEFS))
    assert_sequentially_rational(GAME, sg.perfect_bayesian(GAME))


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (
            (BEER, [[0, 1], [0, 1]], [[0.9, 0.1], [1, 0]]),
            "not sequentially rational: type 'weak' gains 1 by message 'quiche'",
        ),
        (
            (BEER, REPLIES, [[0.9, 0.1], [0.75, 0.25]]),
            "not sequentially rational: the receiver gains 0.5 by response 'leave' after message 'quiche'",  # noqa: E501
        ),
        (
            (BEER, REPLIES, [[0.5, 0.5], [0, 1]]),
            "belief in type 'strong' after message 'beer': 0.5; Bayes' rule gives 0.9",
        ),
    ],
)
def test_shows_what_is_wrong(given_, message):
    with pytest.raises(AssertionError) as caught:
        assert_sequentially_rational(GAME, given_)
    assert str(caught.value) == message


def test_names_the_game_of_a_family():
    game = sg.SignalingGame([[0.9, 0.1]] * 3, GAME.sender, GAME.receiver)
    replies = np.array([REPLIES, REPLIES, [[0, 1], [0, 1]]])
    beliefs = [BELIEFS, BELIEFS, [[0.9, 0.1], [1, 0]]]
    with pytest.raises(AssertionError, match=r"type '2' gains 1 by message '2', at index \(2,\)"):
        assert_sequentially_rational(game, (BEER, replies, beliefs))


def test_a_tolerance_is_a_share_of_the_spread():
    beliefs = [[0.9, 0.1], [0.5 + 1e-6, 0.5 - 1e-6]]
    assert_sequentially_rational(GAME, (BEER, REPLIES, beliefs), tol=1e-5)
    with pytest.raises(AssertionError, match="the receiver gains 2e-06 by response 'leave'"):
        assert_sequentially_rational(GAME, (BEER, REPLIES, beliefs))


def test_other_games_are_refused():
    with pytest.raises(sg.GameError, match="expected a SignalingGame"):
        assert_sequentially_rational(sg.NormalForm.zero_sum([[1]]), (BEER, REPLIES, BELIEFS))
