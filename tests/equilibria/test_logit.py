"""Logit equilibria: closed forms, the branch's turns and forks, its limit, units and ties."""

import pickle
from fractions import Fraction

import nashpy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, softmax

import summitgames as sg
from reference.cases import load
from summitgames.certificates.profiles import action_payoffs
from summitgames.results import Status

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from(
    [(2, 2), (3, 3), (1, 3), (2, 5), (6, 4), (4,), (2, 2, 2), (3, 1, 2), (2, 3, 2, 2)]
)
#: The branch goes up to a precision of 0.94, back to 0.24 and up again.
TURNING = sg.NormalForm.from_bimatrix([[2, 12], [20, 13]], [[0, 27], [29, 29]])
PRECISIONS = np.array([0, 0.1, 0.5, 2, 10, 100])


def uniform(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng(seed).random((len(shape), *shape)))


def tied(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    payoffs = np.random.default_rng(seed).integers(-1, 3, (len(shape), *shape))
    return sg.NormalForm(payoffs.astype(float))


def common(seed: int, shape: tuple[int, ...], games: int) -> sg.NormalForm:
    """Interests that nearly agree: many equilibria, and branches that bend sharply and turn."""
    rng = np.random.default_rng(seed)
    shared = rng.random((games, *shape))
    return sg.NormalForm([shared + 0.3 * rng.random((games, *shape)) for _ in shape])


def spreads(game: sg.NormalForm) -> NDArray[np.float64]:
    axes = tuple(range(-game.n_players, 0))
    return np.stack([np.ptp(payoff, axis=axes) for payoff in game.payoffs], axis=-1)


def residual(game: sg.NormalForm, precisions: NDArray, strategies: tuple) -> NDArray:
    """How far strategies along a branch, ``(T, k_i)``, are from the responses to themselves."""
    gaps = []
    for player, payoff in enumerate(game.payoffs):
        each = action_payoffs(payoff, strategies, player)
        response = softmax(precisions[:, np.newaxis] * each, axis=-1)
        gaps.append(np.abs(response - strategies[player]).max(axis=-1))
    return np.max(gaps, axis=0)


def rounding(game: sg.NormalForm, precisions: NDArray) -> NDArray:
    """Bound on residuals: 1e-9, and rounding of payoffs times the precision.

    Payoffs of actions are sums over profiles, and round by at most that many units of 2^-53 of the
    spread; the solver takes corrections of 8e-15 of the precision for rounding.
    """
    profiles = np.prod(game.n_actions)
    return 1e-9 + (profiles * 2.0**-53 + 4e-14) * spreads(game).max() * precisions


def solutions(game: sg.NormalForm, precision: float) -> list[float]:
    """All logit equilibria of a 2x2 game: the first player's probability of the first action."""
    a, b = game.payoffs

    def reply(p: NDArray) -> NDArray:
        return expit(precision * (p * (b[0, 0] - b[0, 1]) + (1 - p) * (b[1, 0] - b[1, 1])))

    def gap(logit: NDArray) -> NDArray:
        q = reply(expit(logit))
        return precision * (q * (a[0, 0] - a[1, 0]) + (1 - q) * (a[0, 1] - a[1, 1])) - logit

    grid = np.linspace(-60, 60, 24_001)
    sides = np.sign(gap(grid))
    ends = np.flatnonzero(sides[:-1] != sides[1:])
    return [float(expit(brentq(gap, grid[i], grid[i + 1], xtol=1e-14))) for i in ends]


@pytest.mark.parametrize("precision", PRECISIONS[1:])
def test_the_only_logit_equilibrium_of_a_cyclic_game(precision: float) -> None:
    pennies = sg.NormalForm.zero_sum([[9, -1], [-1, 1]])
    (expected,) = solutions(pennies, precision)
    row, column = sg.logit_qre(pennies, precision)
    assert row[0] == pytest.approx(expected, abs=1e-12)
    gain = row[0] * (-9 + -1) + row[1] * (1 + 1)
    assert column[0] == pytest.approx(expit(precision * gain), abs=1e-12)


def test_matching_pennies_with_a_large_payoff() -> None:
    """The second game of Ochs (1995), to whose data McKelvey & Palfrey (1995) fit the model."""
    game = sg.NormalForm.from_bimatrix([[9, 0], [0, 1]], [[0, 1], [1, 0]])
    for precision in PRECISIONS:
        row, column = sg.logit_qre(game, precision)
        p, q = row[0], column[0]
        assert p == pytest.approx(expit(precision * (10 * q - 1)), abs=1e-11)
        assert q == pytest.approx(expit(precision * (1 - 2 * p)), abs=1e-11)
    # Own payoffs matter, unlike in the mixed equilibrium, in which p is a half.
    assert sg.logit_qre(game, 1.0)[0][0] > 0.6
    assert [mix[0] for mix in sg.logit_path(game).limit] == pytest.approx([0.5, 0.1], abs=1e-13)


def test_symmetric_dilemma() -> None:
    dilemma = sg.NormalForm.symmetric([[3, 0], [5, 1]])
    for precision in PRECISIONS:
        p = brentq(lambda p, m=precision: expit(-m * (2 * p + 1 - p)) - p, 0, 1, xtol=1e-15)
        row, column = sg.logit_qre(dilemma, precision)
        assert row[0] == pytest.approx(p, abs=1e-13)
        assert column[0] == pytest.approx(p, abs=1e-13)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6), st.floats(0, 20))
@settings(max_examples=30)
def test_one_player_chooses_by_softmax(payoffs: list[float], precision: float) -> None:
    (mix,) = sg.logit_qre(sg.NormalForm([payoffs]), precision)
    assert mix == pytest.approx(softmax(precision * np.array(payoffs)), abs=1e-12)


@pytest.mark.parametrize("make", [uniform, tied])
@given(SEEDS, SHAPES)
@settings(max_examples=25)
def test_every_point_is_a_logit_equilibrium_and_the_limit_an_equilibrium(make, seed, shape) -> None:
    game = make(seed, shape)
    path = sg.logit_path(game)
    assert path.status == Status.PARTIAL
    assert path.precisions[0] == 0
    assert (
        residual(game, path.precisions, path.strategies) <= rounding(game, path.precisions)
    ).all()
    # The solver's own bound, where it comes to the limit slowly.
    assert path.regret <= 5e-8 * spreads(game).max()
    if make is uniform:  # nondegenerate
        assert path.regret <= 1e-14
    assert path.regret == sg.regret(game, path.limit)


@given(SEEDS, SHAPES)
@settings(max_examples=15)
def test_a_precision_gives_the_first_point_of_the_branch(seed: int, shape: tuple[int, ...]) -> None:
    game = uniform(seed, shape)
    path = sg.logit_path(game)
    rising = np.flatnonzero(path.precisions == np.maximum.accumulate(path.precisions))
    found = sg.logit_qre(game, path.precisions[rising])
    for mix, along in zip(found, path.strategies, strict=True):
        assert mix == pytest.approx(along[rising], abs=1e-6)


def test_first_crossing_where_the_branch_turns() -> None:
    path = sg.logit_path(TURNING)
    falls = np.flatnonzero(np.diff(path.precisions) < 0)
    peak, trough = path.precisions[falls[0]], path.precisions[falls[-1] + 1]
    assert 0 < trough < 0.5 * peak
    before = np.array([0.5])
    # Up to the turn: the solution that small steps from the centroid lead to, one of three.
    for precision in np.linspace(0, 0.99 * peak, 400):
        near = solutions(TURNING, precision)
        before = np.append(before, min(near, key=lambda p: abs(p - before[-1])))
    assert len(near) == 3
    grid = np.linspace(0, 0.99 * peak, 400)
    row, _ = sg.logit_qre(TURNING, grid)
    assert row[:, 0] == pytest.approx(before[1:], abs=1e-8)
    # Beyond: what is left, far away.
    beyond = 1.3 * peak
    (left,) = solutions(TURNING, beyond)
    assert sg.logit_qre(TURNING, beyond)[0][0] == pytest.approx(left, abs=1e-10)
    assert abs(left - before[-1]) > 0.02
    # Against the second row both columns pay the same, and the branch ends between them.
    assert [mix.tolist() for mix in path.limit] == [[0, 1], [0.5, 0.5]]


def test_agrees_with_pygambit() -> None:
    pygambit = pytest.importorskip("pygambit")
    qre = pytest.importorskip("pygambit.qre")
    for seed, shape in enumerate([(2, 2), (3, 3), (2, 4), (2, 2, 2), (3, 2, 2)]):
        game = uniform(seed, shape)
        peer = pygambit.Game.from_arrays(*(np.array(payoff) for payoff in game.payoffs))
        labels = [list(player.strategies) for player in peer.players]
        points = qre.logit_solve_lambda(peer, [1.0, 5.0, 20.0])
        found = sg.logit_qre(game, [float(point.lam) for point in points])
        for number, point in enumerate(points):
            for mix, names in zip(found, labels, strict=True):
                theirs = [float(point.profile[name]) for name in names]
                assert mix[number] == pytest.approx(theirs, abs=1e-6)
        (profile,) = pygambit.nash.logit_solve(peer).equilibria
        for mix, names in zip(sg.logit_path(game).limit, labels, strict=True):
            theirs = [float(profile[name]) for name in names]
            assert mix == pytest.approx(theirs, abs=1e-3)  # its regret is 1e-8 of the spread


def test_no_trace_of_many_fails() -> None:
    rng = np.random.default_rng(0)
    games = [
        sg.NormalForm(rng.random((2, 4000, 3, 3))),
        common(1, (3, 3), 4000),
        common(2, (2, 2, 2), 500),
        sg.NormalForm(rng.integers(0, 3, (2, 1500, 3, 3)).astype(float)),
    ]
    for game in games:
        path = sg.logit_path(game)
        assert (path.status == Status.PARTIAL).all()
        assert (path.regret <= 5e-8 * spreads(game).max(axis=-1)).all()
    assert not sg.logit_path(games[0]).bifurcation.any()


def test_cautious_steps_lead_to_the_same_limits() -> None:
    game = common(3, (3, 3), 1500)
    path = sg.logit_path(game)
    path._tracer.caution[:] = 20.0
    path._tracer.targets = np.broadcast_to(np.inf, game.size)
    again = path._tracer.run()
    assert np.concatenate(path.limit, axis=-1) == pytest.approx(again, abs=1e-9)


def test_irrational_equilibrium_of_three_players() -> None:
    (case,) = (case for case in load("normal_form") if case.id == "irrational-2x2x2")
    path = sg.logit_path(sg.NormalForm(case.input["payoffs"]))
    floats = [float(number) for number in case.answer["floats"]]
    assert [mix[0] for mix in path.limit] == pytest.approx(floats, abs=1e-12)


@pytest.mark.parametrize("case", load("bimatrix"), ids=str)
def test_published_bimatrix_games(case) -> None:
    game = sg.NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    path = sg.logit_path(game)
    assert path.status == Status.PARTIAL
    gains = [
        (each := action_payoffs(payoff, path.limit, i)).max() - each @ path.limit[i]
        for i, payoff in enumerate(game.payoffs)
    ]
    assert (gains <= 5e-8 * spreads(game) + 2.0**-48 * np.abs(game.payoffs).max()).all()


def test_dominated_actions_vanish() -> None:
    """Two rounds of strict dominance leave the second row and the first column."""
    game = sg.NormalForm.from_bimatrix([[1, 0, 0], [2, 1, 4]], [[0, 1, 2], [3, 0, 1]])
    path = sg.logit_path(game)
    assert [mix.tolist() for mix in path.limit] == [[0, 1], [1, 0, 0]]
    assert path.strategies[0][-1, 0] < 1e-3


@pytest.mark.parametrize(
    ("game", "limit"),
    [
        (sg.NormalForm.symmetric(np.eye(2)), 1 / 2),
        (sg.NormalForm.symmetric(np.eye(3)), 1 / 3),  # goes on in an even number of directions
        (sg.NormalForm.symmetric(np.eye(4)), 1 / 4),
        (sg.NormalForm.symmetric([[0, 7], [2, 6]]), 1 / 3),
    ],
)
def test_bifurcation_of_symmetric_games(game: sg.NormalForm, limit: float) -> None:
    path = sg.logit_path(game)
    assert path.bifurcation
    assert path.status == Status.PARTIAL
    assert "bifurcates" in path.message
    assert np.abs(path.strategies[0] - path.strategies[1]).max() < 1e-9
    assert [mix[0] for mix in path.limit] == pytest.approx([limit, limit], abs=1e-12)


def test_three_who_want_to_be_alone() -> None:
    """The symmetric branch of the minority game forks at precision 4, in two directions."""
    alone = np.zeros((2, 2, 2))
    alone[0, 1, 1] = alone[1, 0, 0] = 1
    game = sg.NormalForm([alone, alone.transpose(1, 0, 2), alone.transpose(1, 2, 0)])
    path = sg.logit_path(game)
    assert path.bifurcation
    assert all(mix.tolist() == pytest.approx([0.5, 0.5]) for mix in path.limit)
    assert path.precisions[-1] > 4


@pytest.mark.parametrize("more", [1e-2, 1e-5, 1e-9])
def test_almost_symmetric_games_do_not_bifurcate(more: float) -> None:
    game = sg.NormalForm([np.eye(3) + np.diag([0, more, 3 * more]), np.eye(3)])
    path = sg.logit_path(game)
    assert not path.bifurcation
    assert [mix.tolist() for mix in path.limit] == [[0, 0, 1], [0, 0, 1]]


@given(SEEDS, SHAPES, st.integers(-200, 200), st.floats(-1e3, 1e3))
@example(0, (3, 3), -40, 0.0)
@settings(max_examples=15)
def test_a_unit_of_payoff_only_rescales_precision(seed, shape, power, shift) -> None:
    game = uniform(seed, shape)
    scaled = sg.NormalForm([np.ldexp(payoff, power) for payoff in game.payoffs])
    path, other = sg.logit_path(game), sg.logit_path(scaled)
    assert (np.ldexp(other.precisions, power) == path.precisions).all()
    for mix, same in zip(path.limit, other.limit, strict=True):
        assert (mix == same).all()
    for mix, same in zip(
        sg.logit_qre(game, 3.0), sg.logit_qre(scaled, np.ldexp(3.0, -power)), strict=True
    ):
        assert (mix == same).all()
    moved = sg.NormalForm([payoff + shift for payoff in game.payoffs])
    for mix, same in zip(sg.logit_qre(game, 3.0), sg.logit_qre(moved, 3.0), strict=True):
        assert mix == pytest.approx(same, abs=1e-9)


@pytest.mark.parametrize("units", [(1e-12, 1e12), (1e12, 1e-12), (1e-3, 1e3), (1e-150, 1e-140)])
def test_players_in_very_different_units(units: tuple[float, float]) -> None:
    payoffs = np.random.default_rng(4).random((2, 100, 3, 3))
    game = sg.NormalForm([payoffs[0] * units[0], payoffs[1] * units[1]])
    path = sg.logit_path(game)
    assert (path.status == Status.PARTIAL).all()
    for player, payoff in enumerate(game.payoffs):
        each = action_payoffs(payoff, path.limit, player)
        gain = each.max(axis=-1) - (each * path.limit[player]).sum(axis=-1)
        assert (gain <= 1e-14 * units[player]).all()


@pytest.mark.parametrize("make", [uniform, tied])
@given(SEEDS)
@settings(max_examples=5)
def test_a_batch_is_its_games_one_by_one(make, seed: int) -> None:
    games = [make(seed + i, (3, 2)) for i in range(12)]
    batch = sg.NormalForm(
        [np.reshape([game.payoffs[i] for game in games], (3, 4, 3, 2)) for i in range(2)]
    )
    path = sg.logit_path(batch)
    found = sg.logit_qre(batch, 2.0)
    assert path.precisions.shape == (3, 4, path.lengths.max())
    assert path.exists.sum() == path.lengths.sum()
    for i, game in enumerate(games):
        index = divmod(i, 4)
        one = sg.logit_path(game)
        length = one.lengths
        assert length == path.lengths[index]
        assert (path.precisions[index][:length] == one.precisions).all()
        assert np.isnan(path.precisions[index][length:]).all()
        for player in range(2):
            assert (path.limit[player][index] == one.limit[player]).all()
            assert (path.strategies[player][index][:length] == one.strategies[player]).all()
            assert (found[player][index] == sg.logit_qre(game, 2.0)[player]).all()


def test_threads_change_nothing() -> None:
    game = sg.NormalForm(np.random.default_rng(5).random((2, 2000, 3, 3)))
    one, two = sg.logit_path(game, threads=1), sg.logit_path(game, threads=2)
    assert all((a == b).all() for a, b in zip(one.limit, two.limit, strict=True))
    assert np.array_equal(one.precisions, two.precisions, equal_nan=True)


@given(SEEDS, st.permutations(range(3)), st.permutations(range(4)))
@settings(max_examples=15)
def test_names_of_players_and_actions_do_not_matter(seed, rows, columns) -> None:
    game = uniform(seed, (3, 4))
    first, second = (payoff[np.ix_(rows, columns)].T for payoff in game.payoffs)
    other = sg.NormalForm([second, first])
    for solve in (lambda g: sg.logit_path(g).limit, lambda g: sg.logit_qre(g, 7.0)):
        row, column = solve(game)
        same_column, same_row = solve(other)
        assert row[rows] == pytest.approx(same_row, abs=1e-9)
        assert column[columns] == pytest.approx(same_column, abs=1e-9)


def test_nothing_at_stake() -> None:
    path = sg.logit_path(sg.NormalForm([np.zeros((2, 3)), np.full((2, 3), 5.0)]))
    assert path.precisions.tolist() == [0]
    assert [mix.tolist() for mix in path.limit] == [[1 / 2] * 2, [1 / 3] * 3]
    one_sided = sg.NormalForm([np.zeros((2, 2)), [[1, 0], [0, 1]]])
    assert sg.logit_path(one_sided).limit[1].tolist() == [0.5, 0.5]
    assert sg.logit_path(sg.NormalForm([[[1.0]], [[2.0]]])).limit[0].tolist() == [1]


def test_slow_limit_is_said_to_be_so() -> None:
    """What the first action loses to the second falls as fast as 1 over the precision rises."""
    game = sg.NormalForm.from_bimatrix([[1, 1], [1, 0]], [[1, 1], [1, 0]])
    path = sg.logit_path(game)
    assert "left before its limit" in path.message
    assert [mix.tolist() for mix in path.limit] == [[1, 0], [1, 0]]
    assert path.precisions[-1] >= 1e7


def test_large_precisions_give_the_limit() -> None:
    game = uniform(6, (3, 3))
    limit = sg.logit_path(game).limit
    for precision in (1e9, 1e16, 1e300, np.finfo(float).max):
        for mix, end in zip(sg.logit_qre(game, precision), limit, strict=True):
            assert mix == pytest.approx(end, abs=1e-6)


def test_precisions_broadcast_with_the_batch() -> None:
    games = sg.NormalForm(np.random.default_rng(7).random((2, 5, 2, 3)))
    grid = np.array([[0.0], [1.0], [Fraction(5, 2)]]).astype(float)
    row, column = sg.logit_qre(games, grid)
    assert row.shape == (3, 5, 2)
    assert column.shape == (3, 5, 3)
    assert (row[0] == 0.5).all()
    assert (sg.logit_qre(games[3], 2.5)[0] == row[2, 3]).all()
    assert (sg.logit_qre(games, Fraction(5, 2))[0] == row[2]).all()


def test_results_can_be_shown_pickled_and_taken_from_neighbours() -> None:
    hunt = nashpy.Game(np.array([[9, 0], [8, 7]]), np.array([[9, 8], [0, 7]]))
    path = sg.logit_path(hunt)
    assert repr(path).startswith("<LogitPath: up to")
    copy = pickle.loads(pickle.dumps(path))  # noqa: S301
    assert (copy.precisions == path.precisions).all()
    assert path.message == "one equilibrium, more may exist"
    assert sg.regret(path.game, path).shape == path.precisions.shape


def test_work_is_bounded() -> None:
    path = sg.logit_path(TURNING, max_work=20)
    assert path.status == Status.FAILED
    assert "max_work" in path.message
    assert np.isnan(path.limit[0]).all()
    assert np.isnan(path.regret)
    assert sg.logit_path(TURNING).status == Status.PARTIAL
    family = sg.NormalForm([np.stack([payoff, np.zeros((2, 2))]) for payoff in TURNING.payoffs])
    both = sg.logit_path(family, max_work=20)
    assert both.status.tolist() == [Status.FAILED, Status.PARTIAL]
    assert "(1 of 2 games)" in both.message
    with pytest.raises(sg.SolverError, match=r"precision 3 at batch index \(0,\): max_work"):
        sg.logit_qre(family, 3, max_work=20)


@pytest.mark.parametrize(
    ("precision", "message"),
    [
        (-1, r"precision: -1; expected nonnegative"),
        ([0, 1, -2], r"precision: -2 at index \(2,\)"),
        (np.nan, "precision: not finite"),
        (np.inf, "precision: not finite"),
        ([1.0, np.inf], r"precision: not finite at batch index \(1,\)"),
        ("much", "precision: 'much'"),
        (None, "precision: None"),
        (True, "precision: True"),
        (1j, "precision: 1j"),
        ([], "precision: an empty array"),
        ([[1, 2], [3]], "precision: "),
        (np.ones((2, 3)), r"precision: shape \(2, 3\); expected one that broadcasts .* \(4,\)"),
    ],
)
def test_bad_precisions(precision: object, message: str) -> None:
    game = sg.NormalForm(np.zeros((2, 4, 2, 2)))
    with pytest.raises(sg.GameError, match=message):
        sg.logit_qre(game, precision)


@pytest.mark.parametrize("bad", [0, -5, 1.5, True, "all"])
def test_bad_options(bad: object) -> None:
    with pytest.raises(sg.GameError, match="max_work"):
        sg.logit_path(TURNING, max_work=bad)
    with pytest.raises(sg.GameError, match="max_work"):
        sg.logit_qre(TURNING, 1, max_work=bad)
    with pytest.raises(sg.GameError, match="threads"):
        sg.logit_path(TURNING, threads=bad)


def test_no_normal_form() -> None:
    with pytest.raises(sg.GameError, match="game: list"):
        sg.logit_path([[1, 2], [3, 4]])


def test_units_beyond_all_measure_fail_and_say_so() -> None:
    """Without a warning: a share of 10^-300 of the other player's payoffs."""
    for tiny in (1e-100, 1e-300):
        path = sg.logit_path(sg.NormalForm([[[3, 0], [0, 1]], [[tiny, 0], [0, 2 * tiny]]]))
        if path.status == Status.FAILED:
            assert np.isnan(path.limit[0]).all()
            assert "limit" in path.message
        else:
            assert [mix.tolist() for mix in path.limit] == [[1, 0], [1, 0]]
    assert path.status == Status.FAILED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([[2, 0, 0], [0, 0, 2], [0, 1, 2]], [[2, 1, 2], [0, 1, 2], [2, 2, 0]]),
        ([[0, 1, 1], [1, 0, 1], [1, 1, 0]], [[0, 1, 0], [0, 1, 1], [1, 0, 1]]),
    ],
)
def test_a_branch_that_is_lost_is_given_no_limit_and_a_reason(first, second) -> None:
    """Ties that only the probability of an unused best reply, 1e-12, would break."""
    game = sg.NormalForm.from_bimatrix(first, second)
    path = sg.logit_path(game)
    assert path.status == Status.FAILED
    assert all(np.isnan(mix).all() for mix in path.limit)
    assert "near the end of a continuum of equilibria" in path.message
    with pytest.raises(sg.SolverError, match="near the end of a continuum of equilibria"):
        sg.logit_qre(game, 1e5)
    assert np.nanmax(path.precisions) > 1e3
