"""Operators on polygons, on games small enough to run as plain Python."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from summitgames.kernels import payoff_sets as kernel

DILEMMA = [[0.8, 0.0], [0.9, 0.2]]


def plain(part: Any) -> Any:
    """The Python function of a part of kernels, which compiled has no entry from Python."""
    return getattr(part, "py_func", part)


class Run:
    """The sets of games, with one discount a game."""

    def __init__(self, first: ArrayLike, second: ArrayLike, discount: float, limit: int = 1000):
        one, other = (np.array(payoffs, dtype=float, ndmin=3) for payoffs in (first, second))
        games, rows, columns = one.shape
        self.outer, self.inner = np.full((2, games, 4 * rows * columns, 2), np.nan)
        self.counts = np.zeros((games, 2), dtype=np.int64)
        self.gaps, self.flags = np.empty(games), np.full(games, 9, dtype=np.uint8)
        kernel.common_discount(
            one,
            other,
            one,
            other,
            np.full(games, discount),
            limit,
            kernel.workspace(rows, columns),
            self.outer,
            self.inner,
            self.counts,
            self.gaps,
            self.flags,
        )

    def vertices(self, game: int = 0) -> NDArray[np.float64]:
        return self.outer[game, : self.counts[game, 0]]


def dilemma(discount: float, limit: int = 1000) -> Run:
    return Run(DILEMMA, np.transpose(DILEMMA), discount, limit)


def test_a_square_beyond_doubt() -> None:
    run = dilemma(0.75)
    corner = 0.875  # on the line from (0.8, 0.8) to (0.9, 0), where the other gets 0.2
    expected = [[0.2, 0.2], [corner, 0.2], [0.8, 0.8], [0.2, corner]]
    np.testing.assert_allclose(run.vertices(), expected, atol=1e-15)
    assert run.flags.tolist() == [kernel.STRICT]
    assert 0 < run.gaps[0] < 2.0**-26
    inner = run.inner[0, : run.counts[0, 1]]
    assert (inner[:, 0].min() >= 0.2) & (inner.max() < corner)


def test_a_point() -> None:
    run = dilemma(0.05)
    assert run.vertices().tolist() == [[0.2, 0.2]]
    assert run.inner[0, 0].tolist() == [0.2, 0.2]
    assert run.flags.tolist() == [kernel.STRICT]
    assert run.gaps.tolist() == [0.0]


def test_nothing() -> None:
    pennies = np.array([[1.0, 0.0], [0.0, 1.0]])
    run = Run(pennies, 1.0 - pennies, 0.9)
    assert run.flags.tolist() == [kernel.EMPTY]
    assert run.counts.tolist() == [[0, 0]]


def test_a_constraint_that_can_just_be_met() -> None:
    """(0.9 - 0.8) / (0.9 - 0.2) = 1/7, of which the float is below."""
    run = dilemma(1 / 7)
    assert run.flags.tolist() == [kernel.CLOSED]
    np.testing.assert_allclose(run.vertices().max(axis=0), [0.8, 0.8])
    assert dilemma(1 / 7 - 1e-9).counts.tolist() == [[1, 1]]


def test_a_segment_that_one_profile_supports() -> None:
    """A stage equilibrium c = (1, 1), and what starts with a, which pays (0.2, 0.9).

    From a the first player gains h = 1/4. The other end is c + T (a - c): going on from it after a
    deviation, and from c + (T - 1/2) / (1/2) (a - c) else, leaves T = 1 - h / 0.8.
    """
    first = [[1.0, 0.45], [0.0, 0.2]]
    second = [[1.0, 0.0], [0.0, 0.9]]
    run = Run(first, second, 0.5)
    share = 1 - 0.25 / 0.8
    np.testing.assert_allclose(run.vertices(), [[1 - 0.8 * share, 1 - 0.1 * share], [1, 1]])
    assert run.flags.tolist() == [kernel.STRICT]
    assert run.inner[0, 1].tolist() == [1.0, 1.0]


def test_the_limit_leaves_the_stage_equilibrium_inside() -> None:
    run = dilemma(1 / 7, limit=1)
    assert run.flags.tolist() == [kernel.LIMIT]
    assert run.inner[0, 0].tolist() == [0.2, 0.2]
    assert run.gaps[0] > 0.1


def test_what_grows_to_the_outer_set_is_no_approximation() -> None:
    run = dilemma(0.75, limit=1)
    assert run.flags.tolist() == [kernel.STRICT]
    assert run.gaps[0] < 2.0**-26


@pytest.mark.parametrize("discount", [0.0, 5e-324, 1e-310, 1 - 2.0**-53])
def test_extreme_discounts(discount: float) -> None:
    """At 0 nothing but stage equilibria; near 1 all that is feasible and individually rational."""
    with np.errstate(all="ignore"):  # where it is not compiled
        run = dilemma(discount, limit=50)
    assert run.flags.tolist() == [kernel.STRICT if discount < 0.5 else kernel.CLOSED] or (
        discount > 0.5
    )
    expected = 0.2 if discount < 0.5 else 0.875
    np.testing.assert_allclose(run.vertices().max(), expected)


def test_games_do_not_disturb_each_other() -> None:
    pennies = [[1.0, 0.0], [0.0, 1.0]]
    firsts = [DILEMMA, pennies, DILEMMA]
    seconds = [np.transpose(DILEMMA), np.subtract(1.0, pennies), np.transpose(DILEMMA)]
    run = Run(firsts, seconds, 0.75)
    assert run.flags.tolist() == [kernel.STRICT, kernel.EMPTY, kernel.STRICT]
    np.testing.assert_array_equal(run.vertices(0), run.vertices(2))
    np.testing.assert_array_equal(run.vertices(0), dilemma(0.75).vertices())


@pytest.mark.parametrize("way", [kernel._OUTWARDS, kernel._INWARDS])
def test_a_polygon_loses_the_vertices_that_matter_least(way: int) -> None:
    turn = np.linspace(0, 2 * np.pi, 41)[:-1] + np.pi
    polygon = 0.5 + 0.5 * np.array([np.cos(turn), np.sin(turn)])
    before = polygon.copy()
    count, moved = plain(kernel._coarsen)(polygon, 40, 20, way, 0.0)
    assert count <= 20
    assert 0 < moved < 0.1
    cut = polygon[:, :count]
    for sample in before.T:
        depth = plain(kernel._depth)(*sample, cut, count)
        assert depth >= -1e-15 if way == kernel._OUTWARDS else depth <= 1e-15
