"""One mixed stationary equilibrium near the end of the logit branch."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import FOLDER, read
from summitgames.equilibria import markov_logit
from summitgames.results import Status
from summitgames.testing import assert_markov_perfect, stochastic_games

SEEDS = st.integers(0, 2**32 - 1)


def uniform(seed: int, shape: tuple[int, ...], states: int, discount: Any) -> sg.StochasticGame:
    """Games of a batch with axes of actions of the given lengths."""
    rng = np.random.default_rng(seed)
    batch, counts = shape[:1], shape[1:]
    payoffs = rng.random((len(counts), *batch, states, *counts))
    return sg.StochasticGame(
        payoffs, rng.dirichlet(np.ones(states), size=(*batch, states, *counts)), discount
    )


@settings(max_examples=10)
@given(SEEDS, st.sampled_from([(4, 2, 2), (4, 3, 2), (3, 2, 2, 2), (4, 3)]), st.integers(1, 3))
def test_what_is_found_is_an_equilibrium(seed: int, shape: tuple[int, ...], states: int) -> None:
    game = uniform(seed, shape, states, (0.5,) * (len(shape) - 2) + (0.9,))
    result = sg.markov_perfect(game, method="logit")
    found = result.status == Status.PARTIAL
    assert (result.exists[..., 0] == found).all()
    assert (result.status[~found] == Status.FAILED).all()
    # 1e-12 of the largest difference of values, here 1 / (1 - 0.9) at most; and rounding.
    assert np.nanmax(result.regret, initial=0) <= 1e-11 + 1e-13
    assert_markov_perfect(game, result, tol=1e-11)


def test_nearly_all_games_are_solved() -> None:
    """998 of 1000 on an average run; the bound is five standard deviations away."""
    result = sg.markov_perfect(uniform(0, (300, 2, 2), 3, 0.9), method="logit")
    assert (result.status == Status.PARTIAL).mean() >= 0.98


@settings(max_examples=15)
@given(stochastic_games(players=(1, 2), batch_shape=(2,)))
def test_ties_end_well_or_are_owned_up_to(game: sg.StochasticGame) -> None:
    result = sg.markov_perfect(game, method="logit", max_work=2000)
    assert_markov_perfect(game, result, tol=1e-7)
    assert np.isnan(result.values[~result.exists]).all()


def test_families_are_their_games_one_by_one() -> None:
    game = uniform(3, (3, 2, 3), 2, 0.8)
    result = sg.markov_perfect(game, method="logit", threads=2)
    for number in range(3):
        single = sg.markov_perfect(game[number], method="logit")
        assert single.status == result.status[number]
        for mix, own in zip(result.strategies, single.strategies, strict=True):
            assert mix[number].tolist() == own.tolist()


def test_zero_sum_values_are_those_of_shapleys_iteration() -> None:
    """The value of a zero-sum stochastic game is unique, and the fixed point of a contraction."""
    rng = np.random.default_rng(4)
    payoffs, moves = rng.random((3, 3, 2)), rng.dirichlet(np.ones(3), size=(3, 3, 2))
    game = sg.StochasticGame([payoffs, -payoffs], moves, 0.7)
    result = sg.markov_perfect(game, method="logit")
    assert len(result) == 1
    values = np.zeros(3)
    for _ in range(100):  # 0.7^100 < 1e-15
        values = sg.zero_sum_value(sg.NormalForm.zero_sum(payoffs + 0.7 * moves @ values)).value
    np.testing.assert_allclose(result.values[0, :, 0], values, atol=1e-11)


@pytest.mark.parametrize("discount", ["1/2", "9/10", "99/100"])
def test_stop_or_continue(discount: str) -> None:
    """The published equilibrium is the only one: the branch has nowhere else to end."""
    case = read(FOLDER / "stop-or-continue.json")
    (answer,) = (a for a in case.answer["by_discount"] if str(a["discount"]) == discount)
    live = np.array(case.input["payoffs_player_1"]["live"], dtype=float)
    payoffs, moves = np.zeros((3, 2, 2)), np.zeros((3, 2, 2, 3))
    payoffs[0], payoffs[1, 0, 0] = live, 1
    moves[0, 0, 0, 1] = moves[0, 0, 1, 2] = 1
    moves[0, 1, :, 0] = moves[1, ..., 1] = moves[2, ..., 2] = 1
    game = sg.StochasticGame(
        [payoffs, -payoffs], moves, answer["discount"], available=[[2, 2], [1, 1], [1, 1]]
    )
    ((row, column),) = sg.markov_perfect(game, method="logit")
    # A gain of 1e-12 of the values may stand for a change of mixes as much larger as is patient.
    stop = float(answer["row_stops_with_probability"])
    assert row[0] == pytest.approx([stop, 1 - stop], abs=1e-9)
    assert column[0] == pytest.approx([0.5, 0.5], abs=1e-9)


@pytest.mark.parametrize("unit", [1e-300, 1.0, 1e290])
def test_units_and_origins_change_nothing(unit: float) -> None:
    game = uniform(8, (5, 2, 2), 2, 0.9)
    moved = sg.StochasticGame([game.payoffs[0] * unit, game.payoffs[1] + 3], game.transitions, 0.9)
    one, two = (sg.markov_perfect(g, method="logit") for g in (game, moved))
    for mix, own in zip(one.strategies, two.strategies, strict=True):
        np.testing.assert_allclose(mix, own, atol=1e-8)


def test_actions_that_a_player_lacks_are_not_played() -> None:
    game = sg.StochasticGame(
        [np.array([[[1.0, 5], [0, 9]], [[0, 0], [3, 1]]])] * 2,
        np.full((2, 2, 2, 2), 0.5), 0.5, available=[[2, 1], [1, 2]],
    )  # fmt: skip
    ((row, column),) = sg.markov_perfect(game, method="logit")
    assert row.tolist() == [[1, 0], [1, 0]]
    assert column[0].tolist() == [1, 0]


def test_what_takes_too_long_fails_and_says_so() -> None:
    game = uniform(9, (2, 2, 2), 2, 0.9)
    result = sg.markov_perfect(game, method="logit", max_work=3)
    assert (result.status == Status.FAILED).all()
    assert np.isnan(result.strategies[0]).all()
    assert result.message == (
        "in 2 of 2 games the branch was lost, or longer than 3 steps (max_work)"
    )
    assert "longer" in sg.markov_perfect(game[0], method="logit", max_work=3).message


def test_long_branches_are_followed_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    game = uniform(10, (4, 2, 2), 2, 0.9)
    whole = sg.markov_perfect(game, method="logit")
    monkeypatch.setattr(markov_logit, "_SLICE", 1)
    sliced = sg.markov_perfect(game, method="logit")
    assert sliced.strategies[0].tobytes() == whole.strategies[0].tobytes()
