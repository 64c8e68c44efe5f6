"""The strategy draws the games it promises, and shrinks to readable ones."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings

from summitgames import GameError, NormalForm
from summitgames.testing import normal_forms

SINGLE = settings(database=None, max_examples=2000, derandomize=True)


def minimal(strategy: Any, condition: Callable[[NormalForm], bool]) -> NormalForm:
    """The game to which those that meet a condition shrink."""
    return find(strategy, condition, settings=SINGLE)


def payoffs(game: NormalForm) -> list[Any]:
    return [array.tolist() for array in game.payoffs]


@given(normal_forms())
def test_small_games_of_two_players_by_default(game: NormalForm) -> None:
    assert game.n_players == 2
    assert set(game.n_actions) <= {1, 2, 3}
    assert game.batch_shape == ()
    assert set(np.concatenate([array.ravel() for array in game.payoffs])) <= set(range(-3, 4))


@given(normal_forms(players=(1, 4), actions=2, batch_shape=(2, 3)))
def test_players_actions_and_batch(game: NormalForm) -> None:
    assert 1 <= game.n_players <= 4
    assert game.n_actions == (2,) * game.n_players
    assert game.batch_shape == (2, 3)


@given(normal_forms(payoffs="fractions", players=(2, 3)))
def test_fractions_are_exact(game: NormalForm) -> None:
    numbers = [x for array in game.exact_payoffs() for x in array.flat]
    assert all(x.denominator <= 6 and abs(x) <= 3 for x in numbers)
    assert (game.exact is None) == all(type(x) is not Fraction for x in numbers)


@given(normal_forms(payoffs="floats", ties=True, actions=(2, 4)))
def test_tied_payoffs_take_three_values_at_most(game: NormalForm) -> None:
    assert all(np.unique(array).size <= 3 for array in game.payoffs)


@pytest.mark.parametrize("kind", ["integers", "fractions", "floats"])
@pytest.mark.parametrize("extreme_units", [False, True])
def test_zero_sum_and_symmetric(kind: str, extreme_units: bool) -> None:
    options: dict[str, Any] = {
        "payoffs": kind, "extreme_units": extreme_units, "batch_shape": (2,)
    }  # fmt: skip

    @given(normal_forms(zero_sum=True, **options))
    def zero_sum(game: NormalForm) -> None:
        rows, columns = game.exact_payoffs()
        assert not np.any(rows + columns)

    @given(normal_forms(symmetric=True, **options))
    def symmetric(game: NormalForm) -> None:
        rows, columns = game.exact_payoffs()
        assert np.array_equal(columns, np.swapaxes(rows, -1, -2))

    @given(normal_forms(symmetric=True, zero_sum=True, **options))
    def both(game: NormalForm) -> None:
        rows, columns = game.exact_payoffs()
        assert np.array_equal(columns, np.swapaxes(rows, -1, -2))
        assert not np.any(rows + columns)

    for test in (zero_sum, symmetric, both):
        settings(max_examples=30)(test)()


def larger_by_far(first: NormalForm, i: int, second: NormalForm, j: int) -> bool:
    """Whether a payoff of a second game, or second player, is in a much larger unit."""
    small, large = (abs(g.exact_payoffs()[p][0, 0]) for g, p in ((first, i), (second, j)))
    return 0 < 10**20 * small < large


def test_units_differ_between_players() -> None:
    games = normal_forms(actions=1, extreme_units=True)
    game = minimal(games, lambda g: larger_by_far(g, 0, g, 1))
    assert abs(game.payoffs[1][0, 0] / game.payoffs[0][0, 0]) > 1e19


def test_units_differ_between_the_games_of_a_family() -> None:
    games = normal_forms(actions=1, extreme_units=True, batch_shape=(2,))
    game = minimal(games, lambda g: larger_by_far(g[0], 0, g[1], 0))
    assert abs(game.payoffs[0][1, 0, 0] / game.payoffs[0][0, 0, 0]) > 1e19


@given(normal_forms(extreme_units=True, payoffs="fractions"))
def test_units_keep_numbers_exact(game: NormalForm) -> None:
    for number in np.concatenate([array.ravel() for array in game.exact_payoffs()]):
        scaled = number * 10**12 * 60
        assert scaled.denominator == 1


def test_payoffs_are_at_times_shared_by_all_games() -> None:
    family = normal_forms(players=3, actions=2, batch_shape=(2,))
    for player in (1, 2):
        game = minimal(family, lambda g, p=player: g.payoffs[p][0, 0, 0, 0] == 1)
        assert game.payoffs[player].strides[0] == 0
        game = minimal(family, lambda g, p=player: g.payoffs[p].strides[0] != 0)
        assert not np.any(game.payoffs[player])


def test_games_shrink_to_zeros() -> None:
    assert payoffs(minimal(normal_forms(players=(1, 3)), lambda _: True)) == [[0]]
    assert payoffs(minimal(normal_forms(), lambda g: g.n_actions == (2, 2))) == [[[0] * 2] * 2] * 2


def test_a_prisoners_dilemma_shrinks_to_the_least_numbers() -> None:
    def dilemma(game: NormalForm) -> bool:
        a = game.payoffs[0]
        return game.n_actions == (2, 2) and bool(a[1, 0] > a[0, 0] > a[1, 1] > a[0, 1])

    game = minimal(normal_forms(symmetric=True, extreme_units=True), dilemma)
    assert game.exact is None
    assert np.abs(game.payoffs[0]).max() <= 3  # in a unit of 1


def test_failures_show_the_payoffs() -> None:
    @settings(database=None, derandomize=True)
    @given(normal_forms(actions=(1, 2)))
    def wrong(game: NormalForm) -> None:
        assert game.payoffs[1].max() < 1

    with pytest.raises(AssertionError) as caught:
        wrong()
    assert "NormalForm([[[0]], [[1]]])" in "".join(caught.value.__notes__)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"players": 0}, "players: 0; expected a whole number of 1 or more"),
        ({"players": (3, 2)}, "players: 2; expected a whole number of 3 or more"),
        ({"players": (1, 2, 3)}, "players: (1, 2, 3); expected a number, or the least"),
        ({"actions": 2.0}, "actions: 2.0; expected a whole number of 1 or more"),
        ({"actions": (0, 2)}, "actions: 0; expected a whole number of 1 or more"),
        ({"payoffs": "reals"}, "payoffs: 'reals'; expected one of integers, fractions, floats"),
        ({"batch_shape": (2, 0)}, "batch_shape: 0; expected a whole number of 1 or more"),
        ({"symmetric": True, "players": 3}, "players: 3; expected 2, as symmetric games have"),
        ({"zero_sum": True, "players": (2, 3)}, "players: (2, 3); expected 2, as zero_sum games"),
    ],
)
def test_options_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError) as caught:
        normal_forms(**options)
    assert str(caught.value).startswith(message)
