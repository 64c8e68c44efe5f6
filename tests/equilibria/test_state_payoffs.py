"""Payoff sets of stochastic games: one state, turnover by hand, brute force, Markov equilibria."""

from itertools import product

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

import summitgames as sg
from summitgames.results import Status

DIRECTIONS = np.stack(
    [np.cos(np.arange(32) * np.pi / 16), np.sin(np.arange(32) * np.pi / 16)], axis=-1
)
DILEMMA = sg.NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])


def random_games(seed: int, count: int, states: int, discount: ArrayLike) -> sg.StochasticGame:
    rng = np.random.default_rng(seed)
    payoffs = rng.random((2, count, states, 2, 2))
    moves = rng.dirichlet(np.ones(states), (count, states, 2, 2))
    return sg.StochasticGame(payoffs, moves, discount)


@pytest.mark.parametrize("discount", [0.0, 0.1, 0.3, 0.75, (0.6, 0.5)])
def test_one_state_is_a_repeated_game(discount) -> None:
    stage = sg.NormalForm(np.random.default_rng(1).random((2, 20, 2, 2)))
    payoffs = [array[:, np.newaxis] for array in stage.payoffs]
    game = sg.StochasticGame(payoffs, np.ones((1, 2, 2, 1)), discount)
    found = sg.payoff_set(game)
    repeated = sg.payoff_set(sg.RepeatedGame(stage, discount))
    np.testing.assert_array_equal(found.status, repeated.status)
    assert found.vertices.shape[:2] == (20, 1)
    impatience = 1 - np.broadcast_to(discount, 2)
    ways = DIRECTIONS[:, np.newaxis]
    averages = found.support(ways[:, np.newaxis] * impatience)[..., 0]
    np.testing.assert_allclose(averages, repeated.support(ways), atol=1e-9)


def test_repudiation_by_hand() -> None:
    """A dilemma that ends with probability 1/10 a period after compliance, for ever in violation.

    Complying is worth v = 9 + d (0.9 v + 0.1 w), w = 3 / (1 - d), violating 10 + d w: worth it iff
    d >= 1 / (7 * 0.9), as with turnover in the critical discount.
    """
    first, second = DILEMMA.payoffs
    after = np.array([first, np.full((2, 2), 3.0)]), np.array([second, np.full((2, 2), 3.0)])
    moves = np.zeros((2, 2, 2, 2))
    moves[0, :, :, 1] = 1.0
    moves[0, 0, 0] = [0.9, 0.1]
    moves[1, :, :, 1] = 1.0
    critical = 1 / 6.3
    np.testing.assert_allclose(
        sg.critical_discount(DILEMMA, [0, 0], turnover=(0.1, 0.0), legitimacy=0.0), critical
    )
    discounts = np.array([critical - 1e-6, critical + 1e-6])
    game = sg.StochasticGame(after, moves, discounts, available=[[2, 2], [1, 1]])
    found = sg.payoff_set(game)
    assert (found.status == Status.COMPLETE).all()
    end = 3 / (1 - discounts)
    value = (9 + discounts * 0.1 * end) / (1 - 0.9 * discounts)
    np.testing.assert_allclose(found.worst[:, 1], np.stack([end, end], axis=-1))
    np.testing.assert_allclose(found.worst[:, 0], np.stack([end, end], axis=-1))
    np.testing.assert_allclose(found.best[:, 0, 0], [end[0], value[1]])
    assert found.n_vertices.tolist() == [[1, 1], [2, 1]]


def clipped(polygon: list[NDArray], axis: int, low: float) -> list[NDArray]:
    kept: list[NDArray] = []
    for p, q in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        if (p[axis] >= low) != (q[axis] >= low):
            kept.append(p + (low - p[axis]) / (q[axis] - p[axis]) * (q - p))
        if q[axis] >= low:
            kept.append(q)
    return kept


def hull(points: list[NDArray]) -> list[NDArray]:
    ordered = sorted(map(tuple, points))
    found: list[tuple] = []
    for chain in (ordered, ordered[::-1]):
        kept: list[tuple] = []
        for x, y in chain:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 1e-15:
                    break
                kept.pop()
            kept.append((x, y))
        found += kept[:-1]
    return [np.array(p) for p in dict.fromkeys(found or ordered)]


def iterated(game: sg.StochasticGame, steps: int) -> list[list[NDArray]]:
    """The operator of Abreu, Pearce and Stacchetti on sums, all states at once, from a box."""
    patience = np.array([float(d) for d in game.discounts])
    pay, moves = np.stack(game.payoffs, axis=-1), game.transitions
    low, high = pay.min(axis=(0, 1, 2)), pay.max(axis=(0, 1, 2))
    box = [np.array(corner) for corner in product(*zip(low, high, strict=True))]
    sets = [hull([corner / (1 - patience) for corner in box])] * game.n_states
    for _ in range(steps):
        worst = np.array([np.min(polygon, axis=0) for polygon in sets])
        left = pay + patience * (moves @ worst)  # what leaving a profile leads to
        best = np.empty_like(left)
        for axis in (0, 1):
            best[..., axis] = left[..., axis].max(axis=1 + axis, keepdims=True)
        following = []
        for s in range(game.n_states):
            found: list[NDArray] = []
            for a in product(range(2), range(2)):
                # All sums of one vertex a state: their hull is the sum of the sets.
                sums = [
                    sum(p * w for p, w in zip(moves[s][a], chosen, strict=True))
                    for chosen in product(*sets)
                ]
                ahead = hull(sums)
                for axis in (0, 1):
                    need = (best[s][a][axis] - pay[s][a][axis]) / patience[axis]
                    ahead = clipped(ahead, axis, need - 1e-12) if ahead else ahead
                found += [pay[s][a] + patience * w for w in ahead]
            following.append(hull(found) if found else [])
        if not all(following):
            return [[] for _ in sets]
        sets = following
    return sets


@pytest.mark.parametrize("discount", [0.3, 0.6, (0.3, 0.5)])
def test_it_is_the_limit_of_the_operator_of_abreu_pearce_and_stacchetti(discount) -> None:
    games = random_games(3, 4, 2, discount)
    found = sg.payoff_set(games)
    for number, game in enumerate(games):
        steps = int(np.log(1e-10) / np.log(np.max(discount)))
        sets = iterated(game, steps)
        assert found.exists[number].all() == all(map(bool, sets))
        for s, polygon in enumerate(sets):
            if polygon:
                expected = (np.array(polygon) @ DIRECTIONS.T).max(axis=0)
                actual = found[number].support(DIRECTIONS[:, np.newaxis])[:, s]
                np.testing.assert_allclose(actual, expected, atol=1e-6)


@pytest.mark.parametrize("discount", [0.5, 0.8, (0.7, 0.4)])
def test_markov_perfect_payoffs_lie_within(discount) -> None:
    games = random_games(5, 25, 3, discount)
    found = sg.payoff_set(games)
    markov = sg.markov_perfect(games)
    known = markov.exists  # (batch, E)
    assert known.any()
    values = np.moveaxis(markov.values, -3, 0)  # (E, batch, S, N)
    outer = sg.PayoffSet(
        games, found.outer, np.isfinite(found.outer[..., 0]).sum(axis=-1), found.status,
        found.inner, found.outer, found.gap, found.proved,
    )  # fmt: skip
    inside = outer.contains(np.nan_to_num(values), tol=1e-9)
    assert inside[np.moveaxis(known, -1, 0)].all()
    complete = found.status == Status.COMPLETE
    assert found.proved.all()
    if np.ndim(discount) == 0:
        assert (complete | (found.status == Status.NONE)).all()
    assert complete.mean() > 0.1
    assert not (known.any(axis=-1) & (found.status == Status.NONE)).any()


def test_what_happens_in_a_state_without_equilibrium_spreads() -> None:
    """Matching pennies for ever has none in pure strategies; nor has what may lead there."""
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    calm = np.zeros((2, 2))
    first, second = np.array([calm, pennies, calm]), np.array([calm, -pennies, calm])
    moves = np.zeros((3, 2, 2, 3))
    moves[0, :, :, 2] = 1.0
    moves[0, 1, 1] = [0.0, 0.5, 0.5]
    moves[1, :, :, 1] = moves[2, :, :, 2] = 1.0
    found = sg.payoff_set(sg.StochasticGame([first, second], moves, 0.5))
    assert found.exists.tolist() == [False, False, True]
    assert found.status == Status.COMPLETE
    assert found.proved
    assert found.message == ""
    np.testing.assert_allclose(found.vertices[2, 0], [0, 0], atol=1e-12)
    alone = sg.payoff_set(sg.StochasticGame([[pennies], [-pennies]], np.ones((1, 2, 2, 1)), 0.5))
    assert alone.status == Status.NONE
    assert alone.proved
    assert alone.message == "no equilibrium in pure strategies"


def test_batches_units_and_repr() -> None:
    games = random_games(7, 12, 2, np.linspace(0.2, 0.6, 12))
    found = sg.payoff_set(games, threads=2)
    for number in (0, 11):
        single = sg.payoff_set(games[number])
        count = single.n_vertices
        np.testing.assert_array_equal(found.n_vertices[number], count)
        np.testing.assert_array_equal(
            found[number].vertices[:, : count.max()], single.vertices[:, : count.max()]
        )
    moved = sg.StochasticGame(
        [games.payoffs[0] * 8 - 3, games.payoffs[1] / 4], games.transitions, games.discounts[0]
    )
    again = sg.payoff_set(moved)
    ways = DIRECTIONS[:, np.newaxis, np.newaxis]
    shift = 3 / (1 - games.discounts[0])[:, np.newaxis] * ways[..., 0] / 8
    np.testing.assert_allclose(
        again.support(ways * [1 / 8, 4]) + shift, found.support(ways), atol=1e-8
    )
    assert repr(found).startswith("<PayoffSet: up to ")
    assert found.area.shape == (12, 2)
    assert found.best.shape == (12, 2, 2)


def test_bad_input_and_what_is_not_available() -> None:
    with pytest.raises(sg.GameError, match="game: 3 players; expected 2"):
        sg.payoff_set(sg.StochasticGame(np.zeros((3, 1, 2, 2, 2)), np.ones((1, 2, 2, 2, 1)), 0.5))
    game = random_games(0, 1, 2, 0.5)[0]
    found = sg.payoff_set(game)
    with pytest.raises(sg.SolverError, match="a stochastic game"):
        found.automaton(0)
    rough = sg.payoff_set(game, max_work=1)
    assert rough.status == Status.PARTIAL
    known = sg.markov_perfect(game)
    assert known.exists.sum() == 1
    np.testing.assert_array_equal(rough.vertices[:, 0], known.values[0])
    assert rough.n_vertices.tolist() == [1, 1]
    assert 0 < rough.gap < 2
    assert "undecided between inner and outer" in rough.message
    ax = found.plot()
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["1", "2"]
