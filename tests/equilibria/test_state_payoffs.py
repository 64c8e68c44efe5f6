"""Payoff sets of stochastic games: one state, turnover by hand, brute force, Markov equilibria."""

from itertools import product

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

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


def tied_games(seed: int, count: int, discount: ArrayLike, levels: int = 3) -> sg.StochasticGame:
    """Payoffs 0, 1, ... and probabilities 0, 1/2 or 1, so that much ties."""
    rng = np.random.default_rng(seed)
    moves = rng.multinomial(2, [0.5, 0.5], (count, 2, 2, 2)) / 2
    return sg.StochasticGame(rng.integers(0, levels, (2, count, 2, 2, 2)) + 0.0, moves, discount)


def reach(vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Support of polygons ``(..., V, 2)`` in the directions; -inf of empty ones."""
    values = np.einsum("...vi,ki->...kv", vertices, DIRECTIONS)
    return np.max(values, axis=-1, initial=-np.inf, where=~np.isnan(values))


@pytest.mark.parametrize(
    "games",
    [
        random_games(3, 4, 2, 0.3),
        random_games(3, 4, 2, 0.6),
        random_games(3, 4, 2, (0.3, 0.5)),
        tied_games(4, 6, 0.5),
        tied_games(5, 4, (0.5, 0.25)),
    ],
)
def test_it_is_the_limit_of_the_operator_of_abreu_pearce_and_stacchetti(games) -> None:
    discount = [float(d[0]) for d in games.discounts]
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


def test_two_states_of_abreu_brooks_and_sannikov() -> None:
    """Their dilemma with two states, against the output that comes with their program.

    SGSolve (github.com/babrooks/SGSolve, commit 88fdd7a), examples/pd_twostate.log: the pivots of
    the last iteration, to six digits. Both may act alike, and then the state is likely to change.
    """
    first = np.array([[0.0, 2.0], [-1.0, 1.0]])  # defect, cooperate
    moves = np.full((2, 2, 2, 2), 0.5)
    for i in range(2):
        moves[0, i, i], moves[1, i, i] = [1 / 3, 2 / 3], [2 / 3, 1 / 3]
    game = sg.StochasticGame([[first, first + 2], [first.T, first.T + 2]], moves, 2 / 3)
    found = sg.payoff_set(game)
    assert found.status == Status.COMPLETE
    assert found.proved
    low, high = 0.727273, 1.27273
    expected = [
        [
            [low, low], [2.17727, low], [1.98333, 1.33333], [1.72727, 1.72727], [1.33333, 1.98333],
            [low, 2.17727],
        ],
        [[high, high], [2.92273, high], [2.27273, 2.27273], [high, 2.92273]],
    ]  # fmt: skip
    assert found.n_vertices.tolist() == [6, 4]
    for s in range(2):
        actual = found.vertices[s, : len(expected[s])] * (1 - 2 / 3)
        np.testing.assert_allclose(actual, expected[s], atol=5.1e-6)


@pytest.mark.parametrize(
    "games",
    [
        random_games(21, 60, 2, np.linspace(0.0, 0.9, 60)),
        random_games(22, 12, 3, 0.7),
        tied_games(23, 60, np.linspace(0.0, 0.9, 60)),
        tied_games(24, 60, 0.5, levels=2),
        random_games(25, 12, 2, (0.4, 0.3)),
        tied_games(26, 12, (0.25, 0.5)),
    ],
)
def test_inner_sets_lie_within_outer_ones(games: sg.StochasticGame) -> None:
    found = sg.payoff_set(games)
    size = max(
        (np.ptp(a) / (1 - d.max())) for a, d in zip(games.payoffs, games.discounts, strict=True)
    )
    assert (reach(found.inner) <= reach(found.outer) + 1e-9 * size).all()
    decided = found.status != Status.PARTIAL
    if (games.discounts[0] == games.discounts[1]).all():
        assert decided.all()
    assert (found.gap[decided] <= 2.0**-26).all()
    assert found.proved.any()


def largest_enforced(
    game: sg.StochasticGame,
    discount: float,
    sets: list[NDArray[np.float64]],
    state: int,
    way: NDArray[np.float64],
) -> float:
    """Support of what some profile enforces with continuations in convex sets, by linear programs.

    Payoffs are sums. A deviation is followed by the worst that the sets of the next states hold.
    """
    payoffs = np.stack(game.payoffs)[:, state]
    moves = game.transitions[state]
    worst = np.array([vertices.min(axis=0) for vertices in sets])
    owner = np.repeat(np.arange(len(sets)), [len(vertices) for vertices in sets])
    one_each = owner == np.arange(len(sets))[:, np.newaxis]
    best = -np.inf
    for first, second in product(range(2), repeat=2):
        now = payoffs[:, first, second]
        ahead = discount * moves[first, second][owner, np.newaxis] * np.concatenate(sets)
        rows = (1 - first, second), (first, 1 - second)
        tempted = [
            payoffs[i][row] + discount * moves[row] @ worst[:, i] for i, row in enumerate(rows)
        ]
        program = linprog(
            -ahead @ way,
            A_ub=-ahead.T,
            b_ub=now - tempted + 1e-9,  # what just holds may fail by rounding
            A_eq=one_each,
            b_eq=np.ones(len(sets)),
        )
        if program.status == 0:
            best = max(best, now @ way - program.fun)
    return best


@pytest.mark.parametrize("discount", [0.5, 0.75, 0.9])
def test_sets_are_what_they_enforce(discount: float) -> None:
    """Payoff sets are a fixed point: no smaller, and no larger, than what is enforced with them."""
    rng = np.random.default_rng(43)
    games = []
    for _ in range(12):  # dilemmas in which turnover is nobody's choice
        low, fight, peace, high = np.sort(rng.random((4, 2)), axis=0)
        first = np.array([[peace, low], [high, fight]])  # (2, 2, states)
        tables = np.stack([np.moveaxis(first, -1, 0), np.moveaxis(first.swapaxes(0, 1), -1, 0)])
        games.append((tables, np.full((2, 2, 2, 2), [0.7, 0.3])))
    for payoffs in (rng.random((4, 2, 2, 2, 2)), rng.integers(0, 3, (4, 2, 2, 2, 2)) * 1.0):
        games += [(tables, rng.dirichlet(np.ones(2), (2, 2, 2))) for tables in payoffs]
    compared = 0
    for tables, moves in games:
        game = sg.StochasticGame(list(tables), moves, discount)
        found = sg.payoff_set(game)
        if found.status != Status.COMPLETE:
            assert found.status == Status.NONE
            continue
        sets = [
            vertices[:count]
            for vertices, count in zip(found.vertices, found.n_vertices, strict=True)
        ]
        spread = np.ptp(tables) / (1 - discount)
        for state, way in product(range(2), DIRECTIONS[::4]):
            held = float((sets[state] @ way).max())
            # The linear programs hold within 1e-7.
            image = largest_enforced(game, discount, sets, state, way)
            assert image == pytest.approx(held, abs=1e-6 * spread)
            compared += 1
    assert compared >= 100


def test_nearly_all_random_games_are_decided_and_proved() -> None:
    games = random_games(31, 1000, 2, np.random.default_rng(32).uniform(0.0, 0.9, 1000))
    found = sg.payoff_set(games)
    assert np.isin(found.status, [Status.COMPLETE, Status.NONE]).mean() >= 0.999
    assert found.proved.mean() >= 0.995


@pytest.mark.parametrize("discount", [0.3, 0.75, 0.9])
def test_a_repeated_game_in_two_states_keeps_its_set(discount: float) -> None:
    stage = sg.NormalForm(np.random.default_rng(41).random((2, 30, 2, 2)))
    payoffs = [np.stack([array] * 2, axis=1) for array in stage.payoffs]
    moves = np.random.default_rng(42).dirichlet(np.ones(2), (30, 2, 2, 2))
    found = sg.payoff_set(sg.StochasticGame(payoffs, moves, discount))
    repeated = sg.payoff_set(sg.RepeatedGame(stage, discount))
    np.testing.assert_array_equal(found.status, repeated.status)
    np.testing.assert_allclose(
        reach(found.vertices) * (1 - discount),
        np.broadcast_to(reach(repeated.vertices)[:, np.newaxis], (30, 2, 32)),
        atol=1e-8,
    )


def test_more_patience_gives_more_where_states_are_alike() -> None:
    stage = sg.NormalForm(np.random.default_rng(43).random((2, 30, 2, 2)))
    payoffs = [np.stack([array] * 2, axis=1) for array in stage.payoffs]
    moves = np.full((2, 2, 2, 2), 0.5)
    less, more = (
        reach(sg.payoff_set(sg.StochasticGame(payoffs, moves, d)).vertices) * (1 - d)
        for d in (0.4, 0.6)
    )
    assert (less <= more + 1e-8).all()
    assert (less < more - 1e-3).any()


def test_grim_trigger_in_two_states_alike_is_a_payoff() -> None:
    grim = [sg.Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
    assert sg.is_subgame_perfect(sg.RepeatedGame(DILEMMA, 0.5), grim)
    payoffs = [np.stack([array] * 2) for array in DILEMMA.payoffs]
    found = sg.payoff_set(sg.StochasticGame(payoffs, np.full((2, 2, 2, 2), 0.5), 0.5))
    assert found.proved
    assert found.contains(np.array([9.0, 9.0]) / (1 - 0.5)).all()
    assert not found.contains(np.array([9.01, 9.01]) / (1 - 0.5)).any()


def test_cooperation_where_stakes_come_and_go() -> None:
    """Stakes are 1 or 4, with equal chances every period, whatever is done.

    Complying always is worth a share d of what the average stakes of 2.5 bring in future, 9 - 3;
    leaving it gains 10 - 9 now, at most at stakes of 4: worth it iff (1 - d) 4 <= d 2.5 (9 - 3).
    """
    stakes = np.array([1.0, 4.0])[:, np.newaxis, np.newaxis]
    critical = 4 / (4 + 2.5 * 6)
    discounts = np.array([critical - 1e-4, critical + 1e-4])
    game = sg.StochasticGame(
        [stakes * array for array in DILEMMA.payoffs], np.full((2, 2, 2, 2), 0.5), discounts
    )
    found = sg.payoff_set(game)
    assert (found.status == Status.COMPLETE).all()
    assert found.proved.all()
    always = 9 * stakes[:, 0, 0] + discounts[:, np.newaxis] / (1 - discounts[:, np.newaxis]) * 22.5
    inside = found.contains(np.stack([always, always], axis=-1))
    assert inside.tolist() == [[False, False], [True, True]]


def test_points_segments_and_players_who_get_nothing() -> None:
    moves = np.full((2, 2, 2, 2), 0.5)
    calm = np.zeros((2, 2, 2))
    point = sg.payoff_set(sg.StochasticGame([calm, calm], moves, 0.5))
    assert point.n_vertices.tolist() == [1, 1]
    assert point.proved
    np.testing.assert_array_equal(point.vertices, np.zeros((2, 1, 2)))
    one = np.array([[[1.0, 0.0], [0.0, 0.0]]] * 2)
    segment = sg.payoff_set(sg.StochasticGame([one, one], moves, 0.5))
    assert segment.n_vertices.tolist() == [2, 2]
    assert segment.area.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(segment.best, 2, atol=1e-9)
    alone = sg.payoff_set(sg.StochasticGame([one, calm], moves, 0.5))
    np.testing.assert_allclose(alone.best, [[2, 0], [2, 0]], atol=1e-9)
    assert alone.status == segment.status == Status.COMPLETE


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


def test_few_directions_leave_larger_outer_sets() -> None:
    games = random_games(51, 20, 2, 0.85)
    few, enough = sg.payoff_set(games, directions=8), sg.payoff_set(games)
    assert (few.status == Status.PARTIAL).any()
    size = 1 / (1 - 0.85)
    assert (reach(few.outer) >= reach(enough.outer) - 1e-9 * size).all()
    assert (reach(few.inner) <= reach(enough.outer) + 1e-9 * size).all()


@pytest.mark.parametrize("discounts", [1e-5, 1e-9, (1e-7, 1e-8)])
def test_impatience_magnifies_no_rounding(discounts: float | tuple[float, float]) -> None:
    # Wherever the first player turns, the same follows: both ways are equilibria, just so.
    rng = np.random.default_rng(5)
    games, states = 50, np.arange(3)
    first, second = np.zeros((2, games, 3, 2, 1))
    first[:, 0], first[:, 1:, 0] = rng.random((2, games, 1, 1))
    first[:, 1:, 1] = -rng.random((games, 1, 1))
    second[:, 0], second[:, 1:] = rng.random((games, 2, 1)), rng.random((games, 2, 1, 1))
    moves = np.zeros((games, 3, 2, 1, 3))
    moves[:, states, :, 0, states] = 1.0
    moves[:, 0, :, 0] = np.eye(3)[1:]
    found = sg.payoff_set(sg.StochasticGame([first, second], moves, discounts))
    assert (found.status == Status.COMPLETE).all()
    assert not found.proved.any()
    assert (found.n_vertices[:, 0] == 2).all()


@pytest.mark.parametrize("discounts", [0.0, 0.5, (0.5, 0.25)])
def test_payoffs_that_nearly_tie_prove_nothing(discounts: float | tuple[float, float]) -> None:
    # The first player takes the second action for ever, so that (2e-17, 1) is all there is.
    first, second = [[[1e-17], [2e-17], [-1.0]]], [[[0.0], [1.0], [0.0]]]
    game = sg.StochasticGame([first, second], np.ones((1, 3, 1, 1)), discounts)
    assert not sg.payoff_set(game).proved
    apart = sg.StochasticGame(
        [np.multiply(first, [[[1], [1], [0]]]), second], game.transitions, discounts
    )
    found = sg.payoff_set(apart)
    assert found.proved
    assert found.n_vertices.tolist() == [1]


@pytest.mark.parametrize("discounts", [1e-18, (1e-18, 1e-17), (1e-18, 0.5)])
@pytest.mark.parametrize("again", [False, True])
def test_no_state_is_empty_for_payoffs_that_differ_by_little(
    discounts: float | tuple[float, float], again: bool
) -> None:
    """Little is gained now, less is lost in future: one of the actions is taken, for that.

    Without the little gain nobody would stay: what one wants the other one does not. What pays
    -1 is far from 0, where payoffs that differ by little would be the same.
    """
    first, second = np.zeros((2, 3, 2, 2))
    first[0], first[2] = [[2e-17, 1e-17], [1e-17, 1e-17]], -1.0
    second[0] = np.eye(2)
    moves = np.zeros((3, 2, 2, 3))
    moves[0] = np.eye(3)[[[2, 1], [1, 2]]]
    moves[1, :, :, 0 if again else 1] = moves[2, :, :, 0 if again else 2] = 1.0
    shape = [[2, 2], [1, 1], [1, 1]]
    found = sg.payoff_set(sg.StochasticGame([first, second], moves, discounts, available=shape))
    markov = sg.markov_perfect(
        sg.StochasticGame([first, second], moves, discounts, available=shape)
    )
    assert markov.exists.sum() == 1
    assert found.status == Status.COMPLETE
    assert found.proved
    assert found.n_vertices.tolist() == [1, 1, 1]
    first[0] = 0.0  # without the little gain
    found = sg.payoff_set(sg.StochasticGame([first, second], moves, discounts, available=shape))
    assert found.n_vertices[0] == 0
    assert found.status == (Status.NONE if again else Status.COMPLETE)


@pytest.mark.parametrize("halvings", [6, 8, 10, 13, 20, 24, 30, 40])
@pytest.mark.parametrize("states", [2, 3])
def test_the_most_patient_are_not_promised_too_much(halvings: int, states: int) -> None:
    """Turnover that is nobody's choice leaves the set of the dilemma, whatever the patience.

    That holds from a discount of 0.3 on: it is bounded by the worst payoff, 0.2, and by the lines
    from (0.8, 0.8) on which one player's loss is the other one's gain.
    """
    first = np.array([[0.8, 0.0], [0.9, 0.2]])
    true = np.array([[0.2, 0.2], [0.875, 0.2], [0.8, 0.8], [0.2, 0.875]])
    discount = 1 - 2.0**-halvings
    moves = np.full((states, 2, 2, states), 1 / states)
    moves[..., 0] += 1 - moves.sum(axis=-1)
    game = sg.StochasticGame([[first] * states, [first.T] * states], moves, discount)
    found = sg.payoff_set(game, max_work=300)
    beyond = reach(found.outer * (1 - discount)) - reach(true)
    # Vertices within 2**-38 of the line between their neighbours are dropped in the end.
    assert (beyond >= -(2.0**-37)).all()
    assert (beyond <= 2.0**-26).all() or found.status == Status.PARTIAL
    if halvings in (6, 24, 30, 40):
        assert found.status == (Status.COMPLETE if halvings == 6 else Status.PARTIAL)


@pytest.mark.parametrize("halvings", [13, 30, 48])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_patience_hides_no_markov_equilibrium(halvings: int, ratio: float) -> None:
    games = random_games(61, 10, 2, (1 - 2.0**-halvings, 1 - ratio * 2.0**-halvings))
    found = sg.payoff_set(games, max_work=50)
    known = sg.markov_perfect(games, method="pure").exists.any(axis=-1)
    assert known.any()
    assert not (known & (found.status == Status.NONE)).any()
