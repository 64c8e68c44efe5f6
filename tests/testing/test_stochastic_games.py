"""The strategy draws the stochastic games it promises, and shrinks to readable ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings

from summitgames import GameError, StochasticGame, markov_perfect
from summitgames.testing import stochastic_games

SINGLE = settings(database=None, max_examples=2000, derandomize=True)


def minimal(strategy: Any, condition: Callable[[StochasticGame], bool]) -> StochasticGame:
    """The game to which those that meet a condition shrink."""
    return find(strategy, condition, settings=SINGLE)


@given(stochastic_games())
def test_small_games_of_two_players_by_default(game: StochasticGame) -> None:
    assert game.n_players == 2
    assert game.n_states <= 3
    assert set(game.n_actions) <= {1, 2}
    assert game.batch_shape == ()
    numbers = game.exact_numbers()
    sums = [sum(row) for row in numbers.transitions.reshape(-1, game.n_states)]
    assert set(sums) <= {0, 1}  # exactly, and 0 where there is no such profile


@given(stochastic_games(players=(1, 3), states=2, actions=3, batch_shape=(2, 3)))
def test_players_states_actions_and_batch(game: StochasticGame) -> None:
    assert 1 <= game.n_players <= 3
    assert (game.n_states, game.n_actions) == (2, (3,) * game.n_players)
    assert game.batch_shape == (2, 3)


@given(stochastic_games(payoffs="floats", common_discount=True, all_available=True))
def test_floats_common_discount_and_all_actions(game: StochasticGame) -> None:
    assert game.exact is None
    assert len({float(discount) for discount in game.discounts}) == 1
    assert (game.available == game.n_actions).all()


def test_games_shrink_to_nothing_at_stake() -> None:
    game = minimal(stochastic_games(players=(1, 2)), lambda _: True)
    assert (game.n_players, game.n_states, game.n_actions) == (1, 1, (1,))
    assert game.payoffs[0].tolist() == [[0]]
    tied = minimal(stochastic_games(), lambda g: len(markov_perfect(g)) > 1)
    assert not np.any(tied.payoffs)
    assert {float(discount) for discount in tied.discounts} == {0}


def test_failures_show_the_call() -> None:
    @settings(database=None, derandomize=True)
    @given(stochastic_games(players=1, states=1, actions=1))
    def wrong(game: StochasticGame) -> None:
        assert game.payoffs[0].max() < 1

    with pytest.raises(AssertionError) as caught:
        wrong()
    shown = "".join("".join(caught.value.__notes__).split())
    assert "StochasticGame([[[1]]],[[[Fraction(1,1)]]]," in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"players": 0}, "players: 0; expected a whole number of 1 or more"),
        ({"states": (2, 1)}, "states: 1; expected a whole number of 2 or more"),
        ({"actions": 1.5}, "actions: 1.5; expected a whole number of 1 or more"),
        ({"payoffs": "reals"}, "payoffs: 'reals'; expected one of integers, fractions, floats"),
        ({"batch_shape": (0,)}, "batch_shape: 0; expected a whole number of 1 or more"),
    ],
)
def test_options_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError) as caught:
        stochastic_games(**options)
    assert str(caught.value).startswith(message)
