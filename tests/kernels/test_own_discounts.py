"""Sets of players who differ in patience, on games small enough to run as plain Python."""

import numba
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from summitgames.kernels import own_discounts as kernel
from summitgames.kernels import payoff_sets
from summitgames.kernels.payoff_sets import EMPTY, LIMIT, STRICT

DILEMMA = [[0.8, 0.0], [0.9, 0.2]]
PENNIES = [[1.0, 0.0], [0.0, 1.0]]
OTHER_PENNIES = [[0.0, 1.0], [1.0, 0.0]]


interpreted = pytest.mark.skipif(
    not numba.config.DISABLE_JIT, reason="parts that call others have no entry from Python"
)


class Run:
    """The sets of games, all with the same two discounts."""

    def __init__(
        self,
        first: ArrayLike,
        second: ArrayLike,
        discounts: tuple[float, float],
        edges: int = 256,
        limit: int = 5000,
    ):
        one, other = (np.array(payoffs, dtype=float, ndmin=3) for payoffs in (first, second))
        games, rows, columns = one.shape
        self.outer, self.inner = np.full((2, games, edges, 2), np.nan)
        self.counts = np.zeros((games, 2), dtype=np.int64)
        self.gaps, self.flags = np.empty(games), np.full(games, 9, dtype=np.uint8)
        kernel.own_discounts(
            one,
            other,
            one,
            other,
            np.tile(discounts, (games, 1)),
            edges,
            limit,
            kernel.own_workspace(rows, columns, edges),
            self.outer,
            self.inner,
            self.counts,
            self.gaps,
            self.flags,
        )

    def vertices(self, game: int = 0) -> NDArray[np.float64]:
        return self.outer[game, : self.counts[game, 0]]


def dilemma(first: float, second: float, **options: int) -> Run:
    return Run(DILEMMA, np.transpose(DILEMMA), (first, second), **options)


@pytest.mark.parametrize("discount", [0.05, 0.3, 0.75])
def test_equal_discounts_give_the_set_of_a_common_one(discount: float) -> None:
    run = dilemma(discount, discount)
    outer, inner = np.full((2, 1, 16, 2), np.nan)
    counts, gaps = np.zeros((1, 2), dtype=np.int64), np.empty(1)
    flags = np.full(1, 9, dtype=np.uint8)
    first = np.array([DILEMMA])
    second = np.ascontiguousarray(first.swapaxes(1, 2))
    payoff_sets.common_discount(
        first,
        second,
        first,
        second,
        np.array([discount]),
        1000,
        payoff_sets.workspace(2, 2),
        outer,
        inner,
        counts,
        gaps,
        flags,
    )
    assert run.flags.tolist() == [STRICT]
    np.testing.assert_allclose(run.vertices(), outer[0, : counts[0, 0]], atol=1e-11)
    assert run.gaps[0] < 2.0**-26


def test_a_corner_by_hand() -> None:
    """Discounts 0 and 3/4: the first player cares for today alone, so for its dominant action.

    What the other does then is its own choice: nothing but the stage equilibrium is left.
    """
    with np.errstate(all="ignore"):  # where it is not compiled
        run = dilemma(0.0, 0.75)
    assert run.flags.tolist() == [STRICT]
    np.testing.assert_allclose(run.vertices(), [[0.2, 0.2]], atol=1e-12)


def test_the_impatient_player_is_paid_first() -> None:
    """Two coordination equilibria (1, 0) and (0, 1): any order of both can be played.

    With discounts d < e, first (1, 0) for T periods and then (0, 1) gives (1 - d**T, e**T), which
    is the set's boundary; first (0, 1) gives (d**T, 1 - e**T).
    """
    first, second = [[1.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]
    run = Run(first, second, (0.3, 0.6))
    assert run.flags.tolist() == [STRICT]
    times = np.arange(25)
    above = np.stack([1 - 0.3**times, 0.6**times], axis=-1)
    vertices = run.vertices()
    for x, y in above[:12]:
        assert np.hypot(*(vertices - [x, y]).T).min() < 1e-7
    ways = np.stack([np.cos(np.linspace(0.1, 1.4, 9)), np.sin(np.linspace(0.1, 1.4, 9))])
    np.testing.assert_allclose((vertices @ ways).max(axis=0), (above @ ways).max(axis=0), atol=1e-8)
    inner = run.inner[0, : run.counts[0, 1]]
    assert ((inner @ ways).max(axis=0) <= (above @ ways).max(axis=0) + 1e-12).all()


def test_nothing() -> None:
    run = Run(PENNIES, OTHER_PENNIES, (0.5, 0.9))
    assert run.flags.tolist() == [EMPTY]
    assert run.counts.tolist() == [[0, 0]]
    assert run.gaps.tolist() == [0.0]


def test_limits_leave_the_stage_equilibrium_inside() -> None:
    for run in (dilemma(0.6, 0.75, limit=1), dilemma(0.6, 0.75, edges=8)):
        assert run.flags.tolist() == [LIMIT]
        assert run.inner[0, 0].tolist() == [0.2, 0.2]
        assert run.counts[0, 1] == 1
        assert run.gaps[0] > 0.1


def test_games_do_not_disturb_each_other() -> None:
    firsts = [DILEMMA, PENNIES, DILEMMA]
    seconds = [np.transpose(DILEMMA), OTHER_PENNIES, np.transpose(DILEMMA)]
    run = Run(firsts, seconds, (0.3, 0.5))
    assert run.flags.tolist() == [STRICT, EMPTY, STRICT]
    np.testing.assert_array_equal(run.vertices(0), run.vertices(2))
    np.testing.assert_array_equal(run.vertices(0), dilemma(0.3, 0.5).vertices())


@interpreted
@pytest.mark.parametrize("start", [0, 7, 19])
def test_distances_are_found_from_where_a_direction_is_best(start: int) -> None:
    """Of a thin set, where the other side is near, too."""
    turn = np.linspace(0, 2 * np.pi, 21)[:-1]
    polygon = np.array([np.cos(turn), 0.01 * np.sin(turn)])
    for x, y in [(1.5, 0.1), (-1.0, 0.3), (0.2, -1.4)]:
        values = [x, y] @ polygon
        at = kernel._top(x, y, polygon, 20, start)
        if values[(start + 1) % 20] >= values[start]:
            assert at == values.argmax()
        far = kernel._beside(x, y, polygon, 20, int(([x, 1e4 * y] @ polygon).argmax()))
        edges = [(polygon[:, i], polygon[:, (i + 1) % 20]) for i in range(20)]
        expected = min(kernel._apart(x, y, *p, *q) for p, q in edges)
        np.testing.assert_allclose(far, expected)


@interpreted
def test_lines_bound_a_set_and_those_beyond_it_are_drawn_in() -> None:
    room = kernel.own_workspace(2, 2, 16)
    games, state, spare = room[0], room[1], room[2]
    games[0][:] = 1.0
    assert kernel._start(games, state, spare) == 8
    way, level, corner = state[:3]
    # The box has corners (0, 0) and (1, 1): slanting ways reach no further than these.
    np.testing.assert_allclose(level[1], np.sqrt(2.0), atol=1e-13)
    np.testing.assert_allclose(corner[:, 0], [1.0, 1.0], atol=1e-13)
    level[1] = np.sqrt(0.5)
    assert kernel._bound(8, 0.0, state, spare)
    np.testing.assert_allclose((way[:, :8] * corner[:, :8]).sum(axis=0), level[:8], atol=1e-13)
    np.testing.assert_allclose(corner[:, 0], [1.0, 0.0], atol=1e-13)
    level[0] = -1.0
    assert not kernel._bound(8, 0.0, state, spare)
