"""`assert_markov_perfect` accepts what solvers find and shows every planted deviation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.testing import assert_markov_perfect


def test_assertion_shows_the_deviation() -> None:
    game = sg.StochasticGame(
        [[[-1, -1], [0, 0]]], [[[1, 0], [0.5, 0.5]], [[0, 1], [0, 1]]], [0.5, 0.0],
        players=["host"], states=["war", "peace"], actions=[["wait", "talk"]],
    )  # fmt: skip
    assert_markov_perfect(game, [[[0, 1], [1, 0]]])
    message = "player 'host' gains 0.5 by 'talk' in state 'war', at index (0,) of the strategies"
    with pytest.raises(AssertionError) as caught:
        assert_markov_perfect(game, [[[1, 0], [1, 0]]])
    assert str(caught.value) == f"not Markov perfect: {message}"


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-12, 1.0, 1e12]))
def test_accepts_all_equilibria_in_any_units(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    payoffs = [rng.random((5, 2, 2, 2)) * unit, rng.integers(0, 3, (5, 2, 2, 2)) + 0.0]
    game = sg.StochasticGame(payoffs, rng.dirichlet(np.ones(2), (5, 2, 2, 2)), 0.9)
    assert_markov_perfect(game, sg.markov_perfect(game))


def test_nothing_at_stake_is_no_deviation() -> None:
    game = sg.StochasticGame(np.zeros((2, 2, 2, 2)), np.full((2, 2, 2, 2), 0.5), 0.5)
    assert_markov_perfect(game, sg.markov_perfect(game))


def test_unused_slots_are_passed_over() -> None:
    pennies = np.array([[[[1.0, -1], [-1, 1]]], [[[0, 0], [0, 0]]]])
    game = sg.StochasticGame([pennies, -pennies], np.ones((1, 2, 2, 1)), 0.5)
    assert_markov_perfect(game, sg.markov_perfect(game))
