"""`assert_nash` accepts what solvers find and refutes every planted deviation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.testing import assert_nash


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-12, 1.0, 1e12]))
def test_accepts_all_equilibria_in_any_units(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    game = sg.NormalForm([rng.random((5, 3, 3)) * unit, rng.integers(0, 3, (5, 3, 3)) + 0.0])
    assert_nash(game, sg.support_enumeration(game))
    assert_nash(game, sg.vertex_enumeration(game))


@given(st.integers(0, 2**32 - 1))
def test_refutes_a_planted_deviation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.random((2, 4, 3, 3))
    game = sg.NormalForm([first, second])
    rows = np.eye(3)[np.argmax(first[:, :, 0], axis=1)]
    column = np.broadcast_to([1.0, 0.0, 0.0], (4, 3))
    worst = second[np.arange(4), np.argmax(first[:, :, 0], axis=1)]
    gain = (worst.max(axis=1) - worst[:, 0]).max()
    if gain > 0:
        with pytest.raises(AssertionError, match=r"player '2' gains 0\.\d+ by '[23]', at index"):
            assert_nash(game, (rows, column))
    else:
        assert_nash(game, (rows, column))


def test_what_is_no_profile_is_refused() -> None:
    with pytest.raises(sg.GameError, match="sum to 1"):
        assert_nash(sg.NormalForm.zero_sum([[1, 0]]), ([1], [0.3, 0.3]))


def test_three_players() -> None:
    payoffs = np.zeros((3, 2, 2, 2))
    payoffs[:, 0, 0, 0] = 1
    game = sg.NormalForm(list(payoffs), players=["a", "b", "c"])
    assert_nash(game, ([1, 0], [1, 0], [1, 0]))
    with pytest.raises(AssertionError, match="player 'c' gains 1 by '1'"):
        assert_nash(game, ([1, 0], [1, 0], [0, 1]))
