"""Values, times and long-run shares under stationary strategies, against closed forms."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import summitgames as sg
from reference.cases import Case, load
from reference.policies import expectations, mixes
from summitgames.testing import assert_markov_perfect, stochastic_games

RNG = np.random.default_rng(20_250_105)
UNIT = 2.0**-53


def chain(moves: Any, discount: Any = 0.5) -> sg.StochasticGame:
    """A game of one player without a choice; the payoff is the number of the state."""
    array = np.asarray(moves, dtype=float)
    return sg.StochasticGame(
        [np.arange(array.shape[-1])[:, np.newaxis]], array[..., np.newaxis, :], discount
    )


def alone(game: sg.StochasticGame) -> list[NDArray]:
    return [np.ones((game.n_states, 1))]


@settings(max_examples=60)
@given(stochastic_games(players=(1, 3), payoffs="floats", batch_shape=(2,)), st.integers(0, 99))
def test_values_satisfy_their_equation(game: sg.StochasticGame, seed: int) -> None:
    strategies = mixes(game, seed)
    values = sg.policy_values(game, strategies)
    payoffs, moves = expectations(game, strategies)
    discounts = np.stack(game.discounts, axis=-1)[:, np.newaxis]
    again = payoffs + discounts * np.einsum("bst,btn->bsn", moves, values)
    size = np.abs(values).max() + np.abs(payoffs).max()
    np.testing.assert_allclose(values, again, rtol=0, atol=200 * UNIT * size / (1 - 0.95))


@settings(max_examples=30)
@given(stochastic_games(players=(1, 3), batch_shape=(2, 2)), st.integers(0, 99))
def test_slots_and_families_are_their_games_one_by_one(game: sg.StochasticGame, seed: int) -> None:
    strategies = mixes(game, seed, (3,))
    assert sg.policy_values(game, strategies).shape == (2, 2, 3, game.n_states, game.n_players)
    assert sg.absorption_time(game, strategies, 0).shape == (2, 2, 3, game.n_states)
    assert sg.long_run(game, strategies).shape == (2, 2, 3, game.n_states, game.n_states)
    for function in (sg.policy_values, sg.long_run, lambda g, s: sg.absorption_time(g, s, 0)):
        whole = function(game, strategies)
        for index in np.ndindex(2, 2):
            for slot in range(3):
                own = [mix[index][slot] for mix in strategies]
                np.testing.assert_allclose(
                    whole[index][slot], function(game[index], own), rtol=1e-12, atol=1e-13
                )


def test_strategies_broadcast_over_the_batch() -> None:
    game = sg.StochasticGame([np.zeros((4, 2, 2))], RNG.dirichlet(np.ones(2), (4, 2, 2)), 0.5)
    one = [[0.5, 0.5], [1, 0]]
    assert (
        sg.long_run(game, [one]).tolist() == sg.long_run(game, [np.tile(one, (4, 1, 1))]).tolist()
    )


@pytest.mark.parametrize("p", [1.0, 0.5, 1e-3, 1e-12, 1e-300])
def test_time_to_leave_a_state(p: float) -> None:
    """1 / p, accurate in itself: what is left of 1 for staying does not matter."""
    game = chain([[1 - p, p], [0, 1]])
    assert sg.absorption_time(game, alone(game), 1).tolist() == [pytest.approx(1 / p, rel=1e-15), 0]


def test_times_along_a_walk() -> None:
    """Between reflecting and absorbing ends a fair walk from s takes n^2 - s^2 steps."""
    n = 12
    moves = np.zeros((n + 1, n + 1))
    moves[0, 1] = moves[n, n] = 1
    for s in range(1, n):
        moves[s, [s - 1, s + 1]] = 0.5
    game = chain(moves)
    times = sg.absorption_time(game, alone(game), n)
    np.testing.assert_allclose(times, n**2 - np.arange(n + 1) ** 2, rtol=1e-13)


def test_times_that_are_not_sure_are_infinite() -> None:
    moves = np.zeros((5, 5))
    moves[0, [1, 2]] = 0.5  # to the trap or on to the goal
    moves[1, 1] = moves[3, 4] = moves[4, 3] = 1
    moves[2, 3] = 1
    game = chain(moves)
    assert sg.absorption_time(game, alone(game), 3).tolist() == [np.inf, np.inf, 1, 0, 1]
    assert sg.absorption_time(game, alone(game), "1").tolist() == [0, *[np.inf] * 4]


def test_what_happens_after_the_state_does_not_matter() -> None:
    """The goal leads to a trap, which is no reason to doubt that it is reached."""
    game = chain([[0.5, 0.5, 0], [0, 0, 1], [0, 0, 1]])
    assert sg.absorption_time(game, alone(game), 1).tolist() == [2, 0, np.inf]


def test_long_run_of_two_classes_and_a_period() -> None:
    """From state 0 to a cycle of two with probability 2/3, else to a trap."""
    moves = [[0.25, 0.5, 0, 0.25], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]
    game = chain(moves)
    shares = sg.long_run(game, alone(game))
    cycle = [0, 0.5, 0.5, 0]
    np.testing.assert_allclose(shares, [[0, 1 / 3, 1 / 3, 1 / 3], cycle, cycle, [0, 0, 0, 1]])
    assert shares[1].tolist() == cycle


@settings(max_examples=60)
@given(stochastic_games(states=(1, 5), batch_shape=(2,)), st.integers(0, 99))
def test_long_run_is_a_stationary_projection(game: sg.StochasticGame, seed: int) -> None:
    """The limit L of averages is what satisfies L P = P L = L L = L and leaves 1 / z of the sums.

    (1 - z) times the sum of z^t P^t tends to it as z tends to 1, at a rate of 1 - z.
    """
    strategies = mixes(game, seed)
    shares = sg.long_run(game, strategies)
    moves = expectations(game, strategies)[1]
    moves /= moves.sum(axis=-1, keepdims=True)
    for product in (shares @ moves, moves @ shares, shares @ shares):
        np.testing.assert_allclose(product, shares, atol=1e-12)
    z = 1 - 1e-7
    near = np.linalg.solve(np.eye(game.n_states) - z * moves, np.eye(game.n_states)) * (1 - z)
    np.testing.assert_allclose(shares, near, atol=1e-3)


def test_long_run_of_rare_moves_is_accurate() -> None:
    game = chain([[1 - 1e-14, 1e-14], [3e-14, 1 - 3e-14]])
    shares = sg.long_run(game, alone(game))
    np.testing.assert_allclose(shares, [[0.75, 0.25]] * 2, rtol=1e-14)


def test_unused_slots_hold_nan() -> None:
    pennies = np.array([[[1.0, -1], [-1, 1]]])
    games = sg.StochasticGame(
        [np.stack([pennies, 0 * pennies]), np.stack([-pennies, 0 * pennies])],
        np.ones((1, 2, 2, 1)), 0.5,
    )  # fmt: skip
    result = sg.markov_perfect(games)
    assert result.counts.tolist() == [0, 4]
    for array in (
        sg.policy_values(games, result),
        sg.long_run(games, result),
        sg.absorption_time(games, result, 0),
        sg.regret(games, result),
    ):
        assert np.isnan(array[0]).all()
        assert not np.isnan(array[1]).any()


def test_what_else_is_refused() -> None:
    game = chain([[1, 0], [0, 1]])
    with pytest.raises(sg.GameError, match="unknown state 'peace'"):
        sg.absorption_time(game, alone(game), "peace")
    with pytest.raises(sg.GameError, match="game: list; expected a StochasticGame"):
        sg.policy_values([], alone(game))  # type: ignore[arg-type]
    patient = sg.StochasticGame([[[1.0]]], [[[1 + 9e-10]]], 1 - 1e-9)
    with pytest.raises(sg.GameError, match="strategies: probabilities sum to so much more than 1"):
        sg.policy_values(patient, [[[1 + 9e-10]]])


def big_match(case: Case, discount: Fraction) -> sg.StochasticGame:
    """The case's game: stopping and the column's guess decide all, or one period more is played."""
    states = case.input["states"]
    live = case.input["payoffs_player_1"]["live"]
    moves = np.zeros((3, 2, 2, 3))
    for row, column in np.ndindex(2, 2):
        moves[0, row, column, states.index(case.input["transitions"]["live"][row][column])] = 1
    moves[1, ..., 1] = moves[2, ..., 2] = 1
    payoffs = np.array([live, [[1, 0], [0, 0]], [[0, 0], [0, 0]]], dtype=float)
    return sg.StochasticGame(
        [payoffs, -payoffs], moves, discount, states=states, available=[[2, 2], [1, 1], [1, 1]]
    )


(STOP,) = (case for case in load("stochastic") if case.id == "stop-or-continue")


@pytest.mark.parametrize("answer", STOP.answer["by_discount"], ids=lambda a: str(a["discount"]))
def test_stop_or_continue(answer: dict[str, Any]) -> None:
    """The published strategies leave nothing to gain; normalised values do not depend on delta."""
    game = big_match(STOP, answer["discount"])
    stop = answer["row_stops_with_probability"]
    row = [[float(stop), 1 - float(stop)], [1, 0], [1, 0]]
    column = [[float(p) for p in answer["column"]], [1, 0], [1, 0]]
    values = sg.policy_values(game, (row, column)) * float(1 - answer["discount"])
    np.testing.assert_allclose(values[:, 0], [float(answer["value"]), 1, 0], atol=1e-13)
    assert_markov_perfect(game, (row, column), tol=1e-13)
    assert sg.markov_perfect(game).status == sg.Status.NONE
