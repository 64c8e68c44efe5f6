"""Stochastic games: shapes, labels, actions by state, exact numbers, reachability, refusals."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from summitgames import GameError, StochasticGame

RNG = np.random.default_rng(20_250_104)
HALF = Fraction(1, 2)
TENTH = Fraction(1, 10)

#: Two states, two players with 2 and 1 actions.
PAYOFFS = [[[[1], [2]], [[0], [0]]], [[[3], [4]], [[5], [6]]]]
MOVES = [[[[0.5, 0.5]], [[1, 0]]], [[[0, 1]], [[0, 1]]]]


def family(batch: tuple[int, ...] = (2, 3)) -> StochasticGame:
    """Games with 3 states and 2 x 3 actions."""
    payoffs = RNG.normal(size=(2, *batch, 3, 2, 3))
    moves = RNG.dirichlet(np.ones(3), size=(*batch, 3, 2, 3))
    discount = (RNG.uniform(0, 0.9, size=batch), 0.5)
    return StochasticGame(payoffs, moves, discount, players=["a", "b"], states=["x", "y", "z"])


def test_shapes_and_default_labels() -> None:
    game = StochasticGame(PAYOFFS, MOVES, 0.9)
    assert (game.n_players, game.n_states, game.n_actions) == (2, 2, (2, 1))
    assert (game.batch_shape, game.size) == ((), 1)
    assert game.players == ("1", "2")
    assert game.states == ("1", "2")
    assert game.actions == ((("1", "2"), ("1",)),) * 2
    assert game.available.tolist() == [[2, 1], [2, 1]]
    assert game.transitions.shape == (2, 2, 1, 2)
    assert [float(discount) for discount in game.discounts] == [0.9, 0.9]
    assert repr(game) == "<StochasticGame: 2 players; 2 states; 2 x 1 actions; discount 0.9>"


def test_batch_shapes_of_everything_broadcast() -> None:
    moves = RNG.dirichlet(np.ones(2), size=(4, 1, 2, 2, 1))
    game = StochasticGame(PAYOFFS, moves, ([0.1, 0.2, 0.3], 0.5))
    assert game.batch_shape == (4, 3)
    assert game.payoffs[0].shape == (4, 3, 2, 2, 1)
    assert game.transitions[3, 2].tolist() == moves[3, 0].tolist()
    assert game.discounts[0][3].tolist() == [0.1, 0.2, 0.3]
    assert game.discounts[1].shape == (4, 3)
    assert repr(game).endswith("2 x 1 actions; batch shape (4, 3)>")


def test_one_player_one_state_one_action_are_games() -> None:
    game = StochasticGame([[[5.0]]], [[[1.0]]], 0)
    assert repr(game) == "<StochasticGame: 1 player; 1 state; 1 actions; discount 0>"


def test_what_is_given_as_float64_is_not_copied_and_cannot_be_changed() -> None:
    payoffs, moves = RNG.normal(size=(1, 2, 2)), RNG.dirichlet(np.ones(2), size=(2, 2))
    game = StochasticGame(payoffs, moves, 0.5)
    assert np.shares_memory(game.payoffs[0], payoffs)
    assert np.shares_memory(game.transitions, moves)
    for array in (game.payoffs[0], game.transitions, game.available):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("exact", ["payoffs", "transitions", "discount"])
def test_exact_numbers_are_kept_beside_the_floats(exact: str) -> None:
    payoffs: Any = [[[TENTH, 0]]] if exact == "payoffs" else [[[0.1, 0]]]
    moves: Any = [[[TENTH + 9 * TENTH], [1]]] if exact == "transitions" else [[[1.0], [1.0]]]
    game = StochasticGame(payoffs, moves, TENTH if exact == "discount" else 0.1)
    assert game.exact is not None
    numbers = game.exact_numbers()
    assert numbers.payoffs[0][0, 0] == (TENTH if exact == "payoffs" else Fraction(0.1))
    assert numbers.transitions.tolist() == [[[1], [1]]]
    assert numbers.discounts[0].item() == (TENTH if exact == "discount" else Fraction(0.1))
    assert float(game.discounts[0]) == 0.1


def test_floats_are_the_binary_numbers_that_they_are() -> None:
    game = StochasticGame([[[0.1, 0]]], [[[1.0], [1.0]]], 0.1)
    assert game.exact is None
    assert game.exact_numbers().payoffs[0][0, 0] == Fraction(0.1) != TENTH
    assert game.exact_numbers().discounts[0].item() == Fraction(0.1)


def test_a_mapping_of_actions_names_states_and_tells_who_acts_where() -> None:
    nan = float("nan")
    game = StochasticGame(
        [[[[1, 2], [3, 4]], [[5, nan], [6, nan]]]] * 2,
        [[[[0, 1], [1, 0]], [[1, 0], [1, 0]]], [[[0, 1], [nan, 7]], [[1, 0], [nan, nan]]]],
        0.5,
        actions={
            "war": [["hold", "quit"], ["arm", "stop"]],
            "peace": [["call", "delay"], ["wait"]],
        },
    )
    assert game.states == ("war", "peace")
    assert game.available.tolist() == [[2, 2], [2, 1]]
    assert game.actions[1] == (("call", "delay"), ("wait",))
    assert game.payoffs[0][1].tolist() == [[5, 0], [6, 0]]  # zeros for what is not there
    assert game.transitions[1, :, 1].tolist() == [[0, 0], [0, 0]]
    counts = StochasticGame(PAYOFFS, MOVES, 0.5, available=[[2, 1], [1, 1]])
    assert counts.actions == ((("1", "2"), ("1",)), (("1",), ("1",)))


def test_states_that_may_be_reached() -> None:
    chain = np.zeros((2, 4, 2, 4))
    for state in range(4):
        chain[:, state, 0, state] = 1
        chain[:, state, 1, min(state + 1, 3)] = 1
    chain[1, 1, 1] = [1, 0, 0, 0]
    game = StochasticGame([np.zeros((4, 2))], chain, 0.5)
    assert game.reachable(0).tolist() == [[True] * 4, [True, True, False, False]]
    assert game.reachable("3")[0].tolist() == [False, False, True, True]
    assert game[0].reachable(3).tolist() == [False, False, False, True]


def test_states_by_label_and_number() -> None:
    game = family()
    assert [game.state(s) for s in ("x", "z", 1, np.int64(2))] == [0, 2, 1, 2]
    with pytest.raises(GameError, match="unknown state 'w'; did you mean"):
        game.state("w")
    for wrong in (3, -1, True, 0.5, None):
        with pytest.raises(GameError, match="expected a label or a number from 0 to 2"):
            game.state(wrong)


def test_indexing_picks_from_the_batch() -> None:
    game = family()
    assert game[1].batch_shape == (3,)
    assert game[1, 2].batch_shape == ()
    assert game[..., 0].batch_shape == (2,)
    assert game[:, [2, 0]].transitions[1, 0].tolist() == game.transitions[1, 2].tolist()
    assert game[np.array([0, 1]), np.array([2, 0])].batch_shape == (2,)
    one = game[1, 2]
    assert one.payoffs[1].tolist() == game.payoffs[1][1, 2].tolist()
    assert float(one.discounts[0]) == game.discounts[0][1, 2]
    assert (one.players, one.states) == (game.players, game.states)
    assert [part.batch_shape for part in game] == [(3,), (3,)]
    with pytest.raises(GameError, match=r"the batch shape is \(2, 3\)"):
        game[2, 0]
    with pytest.raises(TypeError, match="a single game has no length"):
        len(one)


def test_indexing_keeps_exact_numbers() -> None:
    game = StochasticGame([[[TENTH]]], [[[1]]], [HALF, Fraction(1, 3)])
    assert game[1].exact_numbers().discounts[0].item() == Fraction(1, 3)
    assert game[1].exact_numbers().payoffs[0].tolist() == [[TENTH]]


def test_blocks_are_the_games_in_c_order() -> None:
    game = family()
    payoffs, moves, discounts = game.block(2, 5)
    assert payoffs[1].tolist() == game.payoffs[1].reshape(6, 3, 2, 3)[2:5].tolist()
    assert moves.tolist() == game.transitions.reshape(6, 3, 2, 3, 3)[2:5].tolist()
    assert discounts[:, 0].tolist() == game.discounts[0].ravel()[2:5].tolist()
    assert discounts[:, 1].tolist() == [0.5] * 3
    assert moves.flags.c_contiguous
    assert game[1, 1].block(0, 1).discounts.shape == (1, 2)


@pytest.mark.parametrize("exact", [False, True])
def test_pickled_games_are_the_same(exact: bool) -> None:
    game = StochasticGame([[[TENTH]]], [[[1]]], HALF) if exact else family()[0]
    copy = pickle.loads(pickle.dumps(game))  # noqa: S301
    mine, its = game.exact_numbers(), copy.exact_numbers()
    assert mine.payoffs[0].tolist() == its.payoffs[0].tolist()
    assert mine.transitions.tolist() == its.transitions.tolist()
    assert (copy.players, copy.states, copy.actions) == (game.players, game.states, game.actions)


def test_html_escapes_labels_and_shows_every_row() -> None:
    game = StochasticGame(PAYOFFS, MOVES, 0.5, players=["<b>", "c"], states=["s", "t"])
    page = game._repr_html_()
    assert "<b>" not in page
    assert "<td>s</td><td>1</td><td>1</td><td>1</td><td>3</td><td>s 0.5, t 0.5</td>" in page
    assert page.count("<tr>") == 1 + 4
    large = family()
    assert "game (0, 0) of the family" in large._repr_html_()
    wide = StochasticGame([np.zeros((5, 8))], np.full((5, 8, 5), 0.2), 0.5)
    assert "rows not shown: 16" in wide._repr_html_()


def shifted(index: tuple[int, ...], value: float) -> Any:
    moves = np.array([MOVES, MOVES])
    moves[index] = value
    return moves


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        (
            shifted((1, 0, 1, 0, 1), 0.1),
            "probabilities at batch index (1,), state 'war', profile (1, 0) sum to 1.1; expected 1",
        ),
        (
            shifted((0, 1, 0, 0, 0), -0.5),
            "-0.5 to state 'war' at batch index (0,), state 'peace', profile (0, 0); expected prob",
        ),
        (
            shifted((1, 0, 0, 0, 0), np.nan),
            "not finite at batch index (1,), state 'war', profile (0, 0): nan; expected finite",
        ),
        (
            [[[[HALF, HALF]], [[1, 0]]], [[[Fraction(-1, 10**400), 1]], [[0, 1]]]],
            "-1/1" + "0" * 400 + " to state 'war' at state 'peace', profile (0, 0)",
        ),
        (
            np.ones((2, 2, 2)),
            "shape (2, 2, 2); expected (*batch, S, k_1, k_2, S), here (*batch, 2,",
        ),
        ([[1], [2, 3]], "ragged;"),
        ("war", "an array of <U3; expected numbers"),
    ],
)
def test_transitions_refused_by_state_profile_and_index(moves: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        StochasticGame(PAYOFFS, moves, 0.9, states=["war", "peace"])
    assert str(caught.value).startswith(f"transitions: {message}")


@pytest.mark.parametrize(
    ("payoffs", "message"),
    [
        ([PAYOFFS[0], [[[1], [np.inf]], [[0], [0]]]], "payoffs[1] (player '2'): not finite at"),
        ([PAYOFFS[0], [[1, 2], [3, 4]]], "payoffs[1] (player '2'): shape (2, 2); expected (*batch"),
        ([PAYOFFS[0], [[[1, 1]]]], "payoffs[1] (player '2'): (1, 1, 2) states and actions;"),
        ([], "payoffs: none; expected one array for each player"),
        ([[[[1], [10**400]]] * 2] * 2, "payoffs[0] (player '1'): a number beyond float64 at"),
    ],
)
def test_payoffs_refused_by_name(payoffs: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        StochasticGame(payoffs, MOVES, 0.9)
    assert str(caught.value).startswith(message)


def test_batch_shapes_that_do_not_broadcast_are_refused() -> None:
    rows = np.zeros((3, 2, 2, 1))
    with pytest.raises(GameError, match=r"transitions: batch shape \(2,\) does not broadcast"):
        StochasticGame([rows, rows], [MOVES, MOVES], 0.9)


@pytest.mark.parametrize(
    ("discount", "message"),
    [
        (1, "discount: 1.0; expected a number in [0, 1)"),
        (-0.1, "discount: "),
        ([0.5, 1.5], "discount: 1.5 at batch index (1,); expected"),
        ((0.5, 1), "discount[1] (player '2'): 1.0; expected"),
        ((0.5,), "discount: a tuple of 1; expected 2"),
        ("patient", "discount: 'patient'; expected a number or an array"),
    ],
)
def test_discounts_outside_their_range_are_refused(discount: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        StochasticGame(PAYOFFS, MOVES, discount)
    assert str(caught.value).startswith(message)


def test_a_discount_that_a_row_outgrows_is_refused() -> None:
    moves = [[[1 + 5e-10]]]
    assert StochasticGame([[[1]]], moves, 1 - 1e-9).n_states == 1
    with pytest.raises(GameError, match=r"sum to 1\.0000000005 somewhere; expected a product"):
        StochasticGame([[[1]]], moves, 1 - 1e-10)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"players": ["a"]}, "players: 1 labels; expected 2, one for each player"),
        ({"states": ["s", "s"]}, "states: 's' twice; expected labels that differ"),
        ({"actions": [["x", "y"]]}, "actions: 1 sequences of labels; expected 2"),
        ({"actions": {"s": [["x"], ["y"]]}}, "states: 1 labels; expected 2, one for each state"),
        (
            {"states": ["s", "t"], "actions": {"s": [["x"], ["y"]]}},
            "actions: no state 't'; expected labels for every state",
        ),
        (
            {"states": ["s", "t"], "actions": {"u": [["x"], ["y"]]}},
            "unknown state 'u'; did you mean",
        ),
        ({"actions": {"s": [["x"]], "t": [["x"], ["y"]]}}, "actions['s']: 1 sequences of labels"),
        ({"actions": {"s": "xy", "t": [["x"], ["y"]]}}, "actions['s']: 'xy'; expected sequences"),
        (
            {"actions": {"s": [["x"], ["y"]], "t": [["x", "y", "z"], ["y"]]}},
            "actions['t'][0] (player '1'): ['x', 'y', 'z']; expected a sequence of 1 to 2 labels",
        ),
        (
            {"actions": {"s": [["x", "x"], ["y"]], "t": [["x"], ["y"]]}},
            "actions['s'][0] (player '1'): 'x' twice; expected labels that differ",
        ),
        ({"available": [[2, 1]]}, "available: shape (1, 2) of int64; expected (2, 2) whole"),
        ({"available": [[2, 1.5]] * 2}, "available: shape (2, 2) of float64; expected"),
        (
            {"available": [[2, 1], [3, 1]]},
            "available: 3 at state '2', player 0; expected a number from 1 to 2",
        ),
        (
            {"available": [[2, 1]] * 2, "actions": {"s": [["x"], ["y"]], "t": [["x"], ["y"]]}},
            "actions['s']: (1, 1) labels; expected (2, 1), as in available",
        ),
    ],
)
def test_labels_and_counts_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError) as caught:
        StochasticGame(PAYOFFS, MOVES, 0.9, **options)
    assert str(caught.value).startswith(message)


def test_values_beyond_floats_are_refused() -> None:
    moves = np.ones((1, 1, 1))
    assert StochasticGame([[[1e290]]], moves, 1 - 1e-9).n_states == 1
    apart = StochasticGame([np.reshape([1e299, 1.0], (2, 1, 1))], moves, [0.5, 1 - 1e-9])
    assert apart.batch_shape == (2,)
    with pytest.raises(GameError) as caught:
        StochasticGame([np.reshape([1.0, 1e299], (2, 1, 1))], moves, [0.5, 1 - 1e-9])
    assert str(caught.value).startswith(
        "payoffs[0] (player '1'): so large at batch index (1,) that discounted sums may exceed"
    )
