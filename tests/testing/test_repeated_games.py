"""The strategy draws the repeated games it promises, and shrinks to readable ones."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings

from summitgames import GameError, RepeatedGame
from summitgames.testing import normal_forms, repeated_games

SINGLE = settings(database=None, max_examples=2000, derandomize=True)


@given(repeated_games())
def test_small_games_with_a_common_ratio_by_default(game: RepeatedGame) -> None:
    assert game.n_players == 2
    assert game.batch_shape == ()
    assert game.common_discount
    ratio = game.exact_discounts[0].item()
    assert isinstance(ratio, Fraction)
    assert ratio.denominator <= 6
    assert 0 <= ratio < 1


@given(repeated_games(stages=normal_forms(players=3, batch_shape=(2,)), common=False))
def test_families_and_a_discount_for_each_player(game: RepeatedGame) -> None:
    assert game.batch_shape == (2,)
    assert len(game.discounts) == 3


@given(repeated_games(discounts="floats"))
def test_floats(game: RepeatedGame) -> None:
    assert game.exact is None
    assert 0 <= game.discounts[0] <= 0.99


@pytest.mark.parametrize(
    "wanted",
    [
        lambda game: not game.common_discount,
        lambda game: len(np.unique(game.discounts[0])) > 1,
        lambda game: game.exact is not None,
    ],
    ids=["apart", "arrays", "exact"],
)
def test_kinds_that_are_drawn(wanted: Any) -> None:
    find(
        repeated_games(stages=normal_forms(batch_shape=(2,)), common=False), wanted, settings=SINGLE
    )


def test_games_shrink_to_zeros() -> None:
    game = find(repeated_games(), lambda game: game.n_actions == (2, 2), settings=SINGLE)
    assert [array.tolist() for array in game.stage.payoffs] == [[[0, 0], [0, 0]]] * 2
    assert game.discounts[0] == 0


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(
        GameError, match=r"^discounts: 'ratios'; expected one of fractions, floats$"
    ):
        repeated_games(discounts="ratios")
