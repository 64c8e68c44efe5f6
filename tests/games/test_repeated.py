"""Repeated games: broadcasting, exact discounts, indexing, every refusal."""

import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import nashpy
import numpy as np
import pytest
import sympy

from summitgames import GameError, NormalForm, RepeatedGame
from summitgames.games.repeated import as_repeated_game

RNG = np.random.default_rng(20_250_301)
TENTH = Fraction(1, 10)


def dilemma() -> NormalForm:
    return NormalForm.symmetric([[3, 0], [5, 1]], players=["host", "guest"])


def stages(*batch: int) -> NormalForm:
    """Games of 2 x 3 actions."""
    return NormalForm(RNG.normal(size=(2, *batch, 2, 3)))


def test_one_discount_is_every_players() -> None:
    game = RepeatedGame(dilemma(), 0.9)
    assert [float(discount) for discount in game.discounts] == [0.9, 0.9]
    assert game.common_discount
    assert game.batch_shape == ()
    assert (game.n_players, game.n_actions, game.size) == (2, (2, 2), 1)
    assert game.players == ("host", "guest")
    assert game.actions == (("1", "2"), ("1", "2"))


def test_a_tuple_has_one_discount_a_player() -> None:
    game = RepeatedGame(stages(4, 1), (0.5, [0.1, 0.5, 0.9]))
    assert game.batch_shape == game.stage.batch_shape == (4, 3)
    assert [array.shape for array in game.discounts] == [(4, 3)] * 2
    assert game.discounts[1][2].tolist() == [0.1, 0.5, 0.9]
    assert not game.common_discount
    assert RepeatedGame(stages(), (0.5, 0.5)).common_discount


def test_a_list_is_an_array_of_batch_shape() -> None:
    game = RepeatedGame(dilemma(), [0.1, 0.2])
    assert game.batch_shape == (2,)
    assert game.common_discount


def test_batch_shapes_of_stage_and_discount_broadcast() -> None:
    stage = stages(3)
    game = RepeatedGame(stage, np.full((2, 1), 0.5))
    assert game.batch_shape == (2, 3)
    for wide, narrow in zip(game.stage.payoffs, stage.payoffs, strict=True):
        assert np.array_equal(wide[1], narrow)
        assert np.shares_memory(wide, narrow)


def test_nashpy_games_are_taken() -> None:
    assert RepeatedGame(nashpy.Game([[3, 0], [5, 1]]), 0.5).n_players == 2


@pytest.mark.parametrize("tenth", [TENTH, Decimal("0.1"), sympy.Rational(1, 10), [TENTH, 0]])
def test_exact_discounts_are_kept_beside_the_nearest_floats(tenth: Any) -> None:
    game = RepeatedGame(dilemma(), (tenth, 0.5))
    assert game.exact is not None
    assert game.exact_discounts[0].flat[0] == TENTH
    assert game.exact_discounts[1].flat[0] == Fraction(1, 2)
    assert game.discounts[0].flat[0] == 0.1


def test_floats_are_the_binary_numbers_that_they_are() -> None:
    game = RepeatedGame(dilemma(), np.array([0.1, 0.2]))
    assert game.exact is None
    assert game.exact_discounts[0].tolist() == [Fraction(0.1), Fraction(0.2)]


def test_exact_payoffs_stay_when_the_discount_widens_the_batch() -> None:
    stage = NormalForm.from_bimatrix([[TENTH]], [[0]])
    game = RepeatedGame(stage, [0.1, 0.2])
    assert game.stage.exact_payoffs()[0].tolist() == [[[TENTH]], [[TENTH]]]


def test_discounts_that_differ_exactly_are_not_common() -> None:
    close = TENTH + Fraction(1, 10**30)
    assert not RepeatedGame(dilemma(), (TENTH, close)).common_discount


def test_games_are_picked_by_index_and_walked_through() -> None:
    game = RepeatedGame(stages(3, 1), (np.array([0.1, Fraction(1, 5)]), 0.3))
    assert len(game) == 3
    assert game[1].batch_shape == (2,)
    single = game[2, 1]
    assert single.batch_shape == ()
    assert [float(discount) for discount in single.discounts] == [0.2, 0.3]
    assert single.exact_discounts[0][()] == Fraction(1, 5)
    assert np.array_equal(single.stage.payoffs[0], game.stage.payoffs[0][2, 1])
    assert [part.batch_shape for part in game] == [(2,)] * 3
    with pytest.raises(GameError, match="index"):
        game[3, 0]
    with pytest.raises(TypeError, match="no length"):
        len(single)


def test_blocks_are_parts_of_the_batch_in_c_order() -> None:
    game = RepeatedGame(stages(3, 1), (np.array([0.1, 0.2]), 0.3))
    payoffs, discounts = game.block(1, 4)
    for i in range(2):
        assert np.array_equal(payoffs[i], game.stage.payoffs[i].reshape(6, 2, 3)[1:4])
        assert np.array_equal(discounts[i], game.discounts[i].reshape(6)[1:4])
    assert [array.shape for array in RepeatedGame(stages(), 0.5).block(0, 1)[1]] == [(1,)] * 2


def test_games_are_frozen_and_travel() -> None:
    given = np.array([0.1, 0.2])
    game = RepeatedGame(stages(2), given)
    given[0] = 0.9
    assert game.discounts[0][0] == 0.1
    with pytest.raises(ValueError, match="read-only"):
        game.discounts[0][0] = 0.5
    with pytest.raises(AttributeError):
        game.stage = dilemma()  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert np.array_equal(again.discounts[1], game.discounts[1])
    assert repr(again) == repr(game)


@pytest.mark.parametrize(
    ("discount", "text"),
    [
        (0.9, "<RepeatedGame: host, guest; 2 x 2 actions; discount 0.9>"),
        (
            [0.25, 0.5],
            "<RepeatedGame: host, guest; 2 x 2 actions; discount 0.25 to 0.5; batch shape (2,)>",
        ),
        ((0.9, 0.8), "<RepeatedGame: host, guest; 2 x 2 actions; a discount for each player>"),
    ],
)
def test_repr_tells_the_discount(discount: Any, text: str) -> None:
    assert repr(RepeatedGame(dilemma(), discount)) == text


def test_html_shows_the_stage_and_the_discounts_with_labels_escaped() -> None:
    stage = NormalForm.symmetric([[3, 0], [5, 1]], players=["<b>", "guest"])
    apart = RepeatedGame(stage, (0.9, 0.5))._repr_html_()
    assert "discount &lt;b&gt;: 0.9, guest: 0.5" in apart
    assert "<td>3, 3</td>" in apart
    assert "discount 0.1 to 0.9" in RepeatedGame(stage, [0.1, 0.9])._repr_html_()


@pytest.mark.parametrize(
    ("discount", "message"),
    [
        (1.0, r"^discount: 1.0; expected a number in \[0, 1\)$"),
        ([0.5, 1.0], r"^discount: 1.0 at batch index \(1,\); expected a number in \[0, 1\)$"),
        (-0.5, r"^discount: -0.5; expected a number in \[0, 1\)$"),
        (Fraction(-1, 10**400), "^discount: -1/1000"),
        (Fraction(10**20 - 1, 10**20), "^discount: 1.0; expected"),
        ((0.5, [0.5, 2.0]), r"^discount\[1\] \(player 'guest'\): 2.0 at batch index \(1,\)"),
        ((0.5,), "^discount: a tuple of 1; expected 2, one for each player$"),
        (np.nan, "^discount: not finite"),
        ("0.9", "^discount: '0.9'; expected a number"),
        (None, "^discount: None; expected a number"),
        ([], "^discount: an empty array"),
        (((0.5, 0.6, 0.7), [0.1, 0.2]), "does not broadcast"),
    ],
)
def test_what_is_no_discount_is_refused(discount: Any, message: str) -> None:
    with pytest.raises(GameError, match=message):
        RepeatedGame(dilemma(), discount)


def test_discounts_and_stages_that_do_not_broadcast_are_refused() -> None:
    with pytest.raises(GameError, match=r"^discount: shape \(3,\) .* \(2,\), the shape of stage"):
        RepeatedGame(stages(2), [0.1, 0.2, 0.3])


def test_what_is_no_stage_game_is_refused() -> None:
    with pytest.raises(GameError, match=r"^stage: list; expected a NormalForm"):
        RepeatedGame([[1, 2]], 0.5)  # type: ignore[arg-type]


def test_solvers_take_repeated_games_alone() -> None:
    game = RepeatedGame(dilemma(), 0.5)
    assert as_repeated_game(game, players=2) is game
    with pytest.raises(GameError, match=r"^game: NormalForm; expected a RepeatedGame$"):
        as_repeated_game(dilemma())
    with pytest.raises(GameError, match=r"^game: 2 players; expected 3$"):
        as_repeated_game(game, players=3)
