"""Paths, their limits and their ends, on games small enough to run as plain Python."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from summitgames.kernels import pivoting

#: von Stengel's game: from label 1 of the first player to the mixed equilibrium, in four pivots.
FIRST = [[3, 3], [2, 5], [0, 6]]
SECOND = [[3, 2], [2, 6], [3, 1]]


def payoffs(*matrices: ArrayLike) -> NDArray[np.float64]:
    stacked = np.array(matrices, dtype=float)
    stacked.flags.writeable = False
    return stacked


class Run:
    """Paths of games from one label, a slice of pivots at a time."""

    def __init__(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> None:
        games, *counts = first.shape
        self.payoffs = first, second
        self.work = pivoting.workspace(*counts)
        self.mixes = [np.zeros((games, count)) for count in counts]
        self.flags = np.full(games, 9, dtype=np.uint8)

    def go(self, label: int, budget: int = 1000, limit: int = 1000) -> bool:
        return pivoting.follow_paths(
            *self.payoffs, label, budget, limit, pivoting.TIE, self.work, *self.mixes, self.flags
        )

    @property
    def state(self) -> list[Any]:
        return self.work[0].tolist()


def test_a_published_path() -> None:
    run = Run(payoffs(FIRST), payoffs(SECOND))
    assert run.go(1)
    assert run.flags.tolist() == [pivoting.DONE]
    np.testing.assert_allclose(run.mixes[0], [[0, 1 / 3, 2 / 3]], rtol=1e-15)
    np.testing.assert_allclose(run.mixes[1], [[1 / 3, 2 / 3]], rtol=1e-15)


def test_slices_of_one_pivot_lead_to_the_same_ends() -> None:
    games = payoffs(FIRST, np.ones((3, 2)), FIRST), payoffs(SECOND, np.ones((3, 2)), SECOND)
    whole, sliced = Run(*games), Run(*games)
    whole.go(1)
    calls = 1
    while not sliced.go(1, budget=1):
        calls += 1
    assert calls >= 9  # 4 + 2 + 4 pivots, one a call but for those that begin a game
    for one, other in zip(whole.mixes, sliced.mixes, strict=True):
        np.testing.assert_array_equal(one, other)
    assert sliced.flags.tolist() == [pivoting.DONE] * 3


def test_a_workspace_serves_again_once_all_games_are_done() -> None:
    first, second = Run(payoffs(FIRST), payoffs(SECOND)), Run(payoffs(FIRST), payoffs(SECOND))
    first.go(1)
    second.work = first.work
    assert second.go(1)
    np.testing.assert_array_equal(second.mixes[0], first.mixes[0])


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_a_limit_of_pivots(limit: int) -> None:
    run = Run(payoffs(FIRST), payoffs(SECOND))
    assert run.go(1, limit=limit)
    ended = limit == 4
    assert run.flags.tolist() == [pivoting.DONE if ended else pivoting.ENDLESS]
    assert np.isnan(run.mixes[0]).all() == (not ended)


def test_bases_that_come_back_end_the_path() -> None:
    run = Run(payoffs(FIRST), payoffs(SECOND))
    assert not run.go(1, budget=1)
    later = Run(payoffs(FIRST), payoffs(SECOND))
    assert not later.go(1, budget=2)
    run.work[0][-1] = later.state[-2]  # as if the bases after the second pivot had been noted
    assert run.go(1)
    assert run.flags.tolist() == [pivoting.ASTRAY]
    assert np.isnan(run.mixes[1]).all()


def test_what_rounding_did_to_the_end_is_refined() -> None:
    run = Run(payoffs(FIRST), payoffs(SECOND))
    assert not run.go(1, budget=3)
    tables = run.work[1]
    tables[0, 3, :2] *= 1 + 1e-9  # the values of system 0's basic variables
    assert run.go(1)
    assert run.flags.tolist() == [pivoting.DONE]
    np.testing.assert_allclose(run.mixes[0], [[0, 1 / 3, 2 / 3]], rtol=1e-15)
    np.testing.assert_allclose(run.mixes[1], [[1 / 3, 2 / 3]], rtol=1e-15)


def test_an_end_at_which_a_player_gains_is_none() -> None:
    """The first player's second action is better; its row is made not to leave the basis."""
    run = Run(payoffs([[0], [1]]), payoffs([[0], [0]]))
    assert not run.go(0, budget=1)
    run.work[1][1, 1, 1] = 10.0
    assert run.go(0)
    assert run.flags.tolist() == [pivoting.ASTRAY]
    right = Run(payoffs([[0], [1]]), payoffs([[0], [0]]))
    assert right.go(0)
    assert right.mixes[0].tolist() == [[0.0, 1.0]]


def test_all_ties_end() -> None:
    """The lexicographic rule decides every step."""
    for label in range(6):
        run = Run(payoffs(np.zeros((3, 3))), payoffs(np.zeros((3, 3))))
        assert run.go(label, limit=6)
        assert run.flags.tolist() == [pivoting.DONE]
        assert [sorted(mix[0].tolist()) for mix in run.mixes] == [[0.0, 0.0, 1.0]] * 2


def test_spreads_beyond_the_range_of_scales_are_left_open() -> None:
    run = Run(payoffs([[1e-200, 0.0], [0.0, 1.0]]), payoffs([[1.0, 0.0], [0.0, 1.0]]))
    assert run.go(0)
    assert run.flags.tolist() == [pivoting.ASTRAY]


def test_columns_of_any_scale() -> None:
    """Matching pennies whose payoffs differ by 10^24 from column to column."""
    scales = np.array([1e12, 1e-12])
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    run = Run(payoffs(pennies * scales + 1.0), payoffs(-pennies))
    assert run.go(0)
    assert run.flags.tolist() == [pivoting.DONE]
    np.testing.assert_allclose(run.mixes[0], [[0.5, 0.5]])
    odds = run.mixes[1][0, 0] / run.mixes[1][0, 1]
    given = payoffs(pennies * scales + 1.0)[0]
    np.testing.assert_allclose(odds, np.ptp(given[:, 1]) / np.ptp(given[:, 0]), rtol=1e-15)


def ends(*mixes: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    array = np.array(mixes, dtype=float)[:, None, :]
    return array, np.zeros(array.shape[:2], dtype=np.uint8)


@pytest.mark.parametrize(
    ("gap", "count", "order"),
    [
        (0.0, 2, [2, 0]),  # the first two are the same
        (1e-14, 2, [2, 0]),
        (1e-9, -1, None),  # too near to tell
        (1e-3, 3, [2, 1, 0]),  # of one support: the larger first probability comes first
    ],
)
def test_different_ends(gap: float, count: int, order: list[int] | None) -> None:
    first, flags = ends([0.5, 0.5], [0.5 + gap, 0.5 - gap], [0, 1])
    second, _ = ends([0, 1], [0, 1], [1, 0])
    kept, counts = np.zeros((1, 3), dtype=np.int64), np.zeros(1, dtype=np.int64)
    pivoting.distinct_ends(first, second, flags, kept, counts)
    assert counts.tolist() == [count]
    if order is not None:
        assert kept[0, : len(order)].tolist() == order


def test_order_of_ends() -> None:
    """By size of both supports, then the first and the second player's as lists; none failed."""
    first, flags = ends([1, 0, 0], [0, 0, 1], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 1, 0], [0, 1, 0])
    second, _ = ends([0.5, 0.5], [1, 0], [1, 0], [1, 0], [0, 1], [1, 0])
    flags[1] = pivoting.ENDLESS
    kept, counts = np.zeros((1, 6), dtype=np.int64), np.zeros(1, dtype=np.int64)
    pivoting.distinct_ends(first, second, flags, kept, counts)
    assert counts.tolist() == [5]
    assert kept[0, :5].tolist() == [5, 4, 0, 2, 3]
