"""Minmax payoffs: pure, mixed, and the bounds for three and more players."""

import math
from typing import Any

import nashpy
import numpy as np
import pytest
from hypothesis import given

from reference.cases import Case, load
from summitgames import GameError, NormalForm, SolverError, minmax, zero_sum_value
from summitgames.testing import normal_forms

RNG = np.random.default_rng(20_250_302)
#: Values of linear programs; see `zero_sum_value`.
CLOSE = 2.0**-40


def random_games(*shape: int) -> NormalForm:
    """Games of batch shape (50,)."""
    return NormalForm(RNG.normal(size=(len(shape), 50, *shape)))


@pytest.mark.parametrize(
    "case", [c for c in load("repeated") if "pure_minmax" in c.answer], ids=str
)
def test_published_cases(case: Case) -> None:
    stage = NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    assert minmax(stage, mixed=False).tolist() == [float(v) for v in case.answer["pure_minmax"]]


def test_matching_pennies() -> None:
    pennies = nashpy.Game([[1, -1], [-1, 1]])
    assert minmax(pennies).tolist() == [0, 0]
    assert minmax(pennies, mixed=False).tolist() == [1, 1]


def test_mixed_payoffs_are_those_of_the_other_players_who_minimise() -> None:
    # Battle of the sexes: each is held down to 2/3, and to 1 by pure punishers.
    stage = NormalForm.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    assert minmax(stage) == pytest.approx([2 / 3, 2 / 3], rel=CLOSE)
    assert minmax(stage, mixed=False).tolist() == [1, 1]


@given(normal_forms(actions=(1, 3), batch_shape=(2,)))
def test_values_of_zero_sum_games(stage: NormalForm) -> None:
    found = minmax(stage)
    first, second = stage.payoffs
    games = [first, np.swapaxes(second, -1, -2)]
    for i, matrix in enumerate(games):
        value = np.asarray(zero_sum_value(NormalForm.zero_sum(matrix)).value)
        assert np.all(np.abs(found[:, i] - value) <= CLOSE * np.abs(matrix).max())


def test_two_actions_are_solved_as_larger_games_are() -> None:
    square = random_games(2, 2)
    # A third action that nobody would choose, and that hurts nobody, changes nothing.
    wide = [np.pad(a, ((0, 0), (0, 1), (0, 1)), constant_values=0.0) for a in square.payoffs]
    wide[0][:, 2, :], wide[0][:, :2, 2] = -100, 100
    wide[1][:, :, 2], wide[1][:, 2, :2] = -100, 100
    assert minmax(square) == pytest.approx(minmax(NormalForm(wide)), abs=100 * CLOSE)


def test_far_off_zero_nothing_cancels() -> None:
    stage = NormalForm.from_bimatrix([[1e9 + 2, 1e9], [1e9, 1e9 + 1]], [[0, 0], [0, 0]])
    assert minmax(stage)[0] == pytest.approx(1e9 + 2 / 3, rel=2.0**-50)


def test_bounds_for_three_players_enclose_what_independent_punishers_do() -> None:
    stage = random_games(2, 2, 2)
    lower, upper = minmax(stage, bound="lower"), minmax(stage, bound="upper")
    assert np.array_equal(upper, minmax(stage, mixed=False))
    grid = np.linspace(0, 1, 41)
    mixes = np.stack([grid, 1 - grid], axis=-1)
    best = np.einsum("gabc,xb,yc->gxya", stage.payoffs[0], mixes, mixes).max(axis=-1)
    reached = best.min(axis=(1, 2))
    assert np.all(lower[:, 0] <= reached + CLOSE)
    assert np.all(reached <= upper[:, 0] + CLOSE)
    assert np.any(lower < upper - CLOSE)


def test_correlated_punishers_of_a_player_may_do_better_than_independent_ones() -> None:
    # Player 1 guesses whether the others match; they match or not by a joint coin.
    payoff = np.zeros((2, 2, 2))
    payoff[0] = [[1, 0], [0, 0]]
    payoff[1] = [[0, 0], [0, 1]]
    stage = NormalForm([payoff, 0 * payoff, 0 * payoff])
    assert minmax(stage, bound="lower")[0] == pytest.approx(0, abs=CLOSE)
    assert minmax(stage, bound="upper")[0] == 0


def test_three_who_want_to_agree_hold_each_other_down_to_nothing() -> None:
    """Fudenberg and Maskin's example of a game in which no equilibrium comes near the minmax."""
    agree = np.zeros((2, 2, 2))
    agree[0, 0, 0] = agree[1, 1, 1] = 1
    stage = NormalForm([agree] * 3)
    for bound in ("lower", "upper"):
        assert minmax(stage, bound=bound).tolist() == pytest.approx([0, 0, 0], abs=CLOSE)


def test_one_player_is_held_down_by_nobody() -> None:
    assert minmax(NormalForm([[1, 3, 2]])).tolist() == [3]


def test_bounds_of_two_players_are_the_minmax_payoff() -> None:
    stage = random_games(2, 3)
    for bound in ("lower", "upper"):
        assert np.array_equal(minmax(stage, bound=bound), minmax(stage))


@pytest.mark.parametrize("mixed", [True, False])
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 3, 2)])
def test_a_batch_is_its_games_one_by_one(shape: tuple[int, ...], mixed: bool) -> None:
    stage = random_games(*shape)
    together = minmax(stage, mixed=mixed, bound="lower")
    assert together.shape == (50, len(shape))
    apart = [minmax(game, mixed=mixed, bound="lower") for game in stage]
    assert together == pytest.approx(np.array(apart), abs=CLOSE)


def test_payoffs_scale_and_shift() -> None:
    stage = random_games(3, 3)
    moved = NormalForm([4 * stage.payoffs[0] + 1, 0.5 * stage.payoffs[1] - 2])
    expected = minmax(stage) * [4, 0.5] + [1, -2]
    assert minmax(moved) == pytest.approx(expected, abs=32 * CLOSE)


def test_three_players_who_mix_need_a_bound() -> None:
    with pytest.raises(SolverError, match=r'3 players.*bound="upper".*bound="lower"'):
        minmax(random_games(2, 2, 2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bound": "middle"}, "^bound: 'middle'; expected None or one of lower, upper$"),
        ({"mixed": "no"}, "^mixed: 'no'; expected True or False$"),
        ({"max_work": 0}, "^max_work: 0"),
    ],
)
def test_options_that_are_none_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError, match=message):
        minmax(random_games(3, 3), **options)


def test_a_program_that_is_not_solved_is_an_error() -> None:
    stage = NormalForm(RNG.normal(size=(2, 12, 12)))
    with pytest.raises(SolverError, match=r"^minmax of player '1': game: not solved"):
        minmax(stage, max_work=1)


def test_what_is_no_game_is_refused() -> None:
    with pytest.raises(GameError, match=r"^stage: list"):
        minmax([[1, 2]])  # type: ignore[arg-type]


def test_the_values_are_floats() -> None:
    assert minmax(random_games(2, 2)).dtype == np.float64
    assert math.isfinite(minmax(random_games(2, 2)).sum())
