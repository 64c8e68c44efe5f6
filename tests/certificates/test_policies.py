"""Regret of stationary strategies, profile by profile, and what is refused as strategies."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.policies import expectations, mixes
from summitgames.certificates.policies import one_shot_deviations, read_policies
from summitgames.testing import stochastic_games


@settings(max_examples=40)
@given(stochastic_games(players=(1, 3), payoffs="floats"), st.integers(0, 99))
def test_regret_is_what_the_best_single_deviation_gains(game: sg.StochasticGame, seed: int) -> None:
    strategies = mixes(game, seed)
    values = sg.policy_values(game, strategies)
    best = -np.inf
    for i, s in np.ndindex(game.n_players, game.n_states):
        for action in range(int(game.available[s, i])):
            once = [mix.copy() for mix in strategies]
            once[i][s] = np.eye(game.n_actions[i])[action]
            payoffs, moves = expectations(game, once)
            ahead = float(game.discounts[i]) * moves[s] @ values[:, i]
            best = max(best, payoffs[s, i] + ahead - values[s, i])
    size = np.abs(values).max()
    assert sg.regret(game, strategies) == pytest.approx(best, abs=1e-11 * (1 + size))


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ([[[1, 0], [1, 0]]], "strategies: list; expected 2 arrays of probabilities, one a player"),
        (5, "strategies: int; expected 2 arrays"),
        ([[[1, 0]] * 3, [[1], [1]]], "strategies[0] (player '1'): shape (3, 2); expected (2, 2)"),
        ([[["a"]], [[1], [1]]], "strategies[0] (player '1'): an array of <U1; expected numbers"),
        (
            [[[1, 0], [0.5, 0.4]], [[1], [1]]],
            "strategies[0] (player '1'): [0.5 0.4] in state '2'; expected probabilities that sum",
        ),
        (
            [[[0.5, 0.5], [1, 0]], [[1], [1]]],
            "strategies[0] (player '1'): [0.5 0.5] in state '1'; expected probabilities that sum",
        ),
        ([[[np.nan, 1], [1, 0]], [[1], [1]]], "strategies[0] (player '1'): [nan  1.] in state '1'"),
    ],
)
def test_strategies_are_refused_by_player_and_state(strategies: Any, message: str) -> None:
    game = sg.StochasticGame(
        np.zeros((2, 2, 2, 1)), np.full((2, 2, 1, 2), 0.5), 0.5, available=[[1, 1], [2, 1]]
    )
    for function in (sg.policy_values, sg.long_run, sg.regret):
        with pytest.raises(sg.GameError) as caught:
            function(game, strategies)
        assert str(caught.value).startswith(message)


def test_the_first_of_equal_deviations_is_named() -> None:
    """Player, then action, in the first state: both players gain 1 in both states."""
    payoffs = np.zeros((2, 2, 2, 2))
    payoffs[0, :, 1] = payoffs[1, :, :, 1] = 1
    game = sg.StochasticGame(payoffs, np.full((2, 2, 2, 2), 0.5), 0.5)
    found = one_shot_deviations(read_policies(game, [[[1, 0]] * 2] * 2))
    assert [int(field) for field in found] == [1, 0, 0, 1]
    assert sg.regret(game, [[[0, 1]] * 2] * 2) == 0
