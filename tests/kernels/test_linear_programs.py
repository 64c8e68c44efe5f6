"""Tableaux, pivots and checks, on programs small enough to run as plain Python."""

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from summitgames.kernels.linear_programs import (
    DOMINATED,
    NUDGES,
    OPEN,
    SURVIVES,
    Programs,
    constant_sum,
    fill_gains,
    tolerance,
    undominated,
)

GAMES = {
    "no saddle": ([[3, -1], [-2, 1]], 1 / 7),
    "saddle": ([[4, 2, 3], [1, 0, 5]], 2),
    "rock, paper, scissors": ([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], 0),
    "ties": ([[0, 0, 1], [0, 0, -1], [1, -1, 0]], 0),
    "one row": ([[3, 1, 2]], 1),
    "one column": ([[3], [1]], 3),
    "all equal": ([[5, 5], [5, 5]], 5),
    "dominated": ([[1, 1, 1], [0, 3, 0], [0, 0, 3]], 1),
}


def solve(matrix: ArrayLike, copies: int = 1, limit: int = 100) -> list[NDArray[np.float64]]:
    """Value, bounds beyond it and stake; both strategies."""
    array = np.array(matrix, dtype=float)
    programs = Programs(copies, *array.shape)
    first, second = (np.empty((copies, k)) for k in array.shape)
    matrices = np.tile(array.ravel(), (copies, 1))
    found = programs.solve_games(matrices, limit, first, second, centred=True)
    return [found, first, second]


@pytest.mark.parametrize(("matrix", "value"), GAMES.values(), ids=GAMES)
@pytest.mark.parametrize("copies", [1, 70])  # one after another, and in lanes
def test_values(matrix: ArrayLike, value: float, copies: int) -> None:
    A = np.array(matrix)
    found, first, second = solve(matrix, copies)
    room = tolerance(*A.shape) * max(np.ptp(A), 1)
    assert found[:, 0] == pytest.approx(value, abs=room)
    assert (found[:, 2] - found[:, 1] <= room).all()
    assert ((first @ A).min(axis=1) >= value - room).all()
    assert ((second @ A.T).max(axis=1) <= value + room).all()


@pytest.mark.parametrize("nudge", NUDGES)
@pytest.mark.parametrize(("matrix", "value"), GAMES.values(), ids=GAMES)
def test_equations_solved_anew_give_the_same(matrix: ArrayLike, value: float, nudge: float) -> None:
    A = np.array(matrix, dtype=float)
    first, second = np.empty((1, A.shape[0])), np.empty((1, A.shape[1]))
    found = Programs(1, *A.shape).solve_games(
        A.reshape(1, -1), 100, first, second, centred=True, nudge=nudge
    )
    room = tolerance(*A.shape) * max(np.ptp(A), 1)
    assert found[0, 0] == pytest.approx(value, abs=room)
    assert found[0, 2] - found[0, 1] <= room
    assert (first @ A).min() >= value - room


def test_lanes_take_the_next_program_when_one_is_solved() -> None:
    rng = np.random.default_rng(0)
    matrices = rng.integers(-2, 3, (90, 6)).astype(float)
    results = []
    for count in (90, 1):
        parts = []
        for start in range(0, 90, count):
            programs = Programs(count, 3, 2)
            mixes = np.empty((count, 3)), np.empty((count, 2))
            parts.append(
                programs.solve_games(matrices[start : start + count], 50, *mixes, centred=True)
            )
        results.append(np.concatenate(parts))
    assert results[0][:, 0] == pytest.approx(results[1][:, 0], abs=1e-12)


def test_a_program_that_is_stopped_is_not_accurate() -> None:
    for copies in (1, 70):
        found, _, _ = solve([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], copies, limit=1)
        gap = found[:, 2] - found[:, 1]
        assert not (gap <= tolerance(3, 3) * found[:, 3]).any()


def test_lexicographic_rule_ends_where_the_largest_slope_cycles() -> None:
    """Beale's program: with ties going to the first row, the sixth pivot is back at the start."""
    slopes = [3 / 4, -150, 1 / 50, -6]
    rows = [[1 / 4, -60, -1 / 25, 9], [1 / 2, -90, -1 / 50, 3], [0, 0, 1, 0]]
    for lanes in (False, True):
        count = 64 if lanes else 2
        programs = Programs(count, 3, 4)
        programs.tableau[:] = 0
        table = programs.tableau.reshape(count, 4, 8)
        table[:, :3, :4] = rows
        table[:, 3, :4] = slopes
        programs.rhs[:] = [0, 0, 1, 0]
        programs.maximize(50)
        assert programs.rhs[:, 3] == pytest.approx(-1 / 20, abs=1e-12)
        assert programs.amounts[0, :4] == pytest.approx([1 / 25, 0, 1, 0], abs=1e-12)


def test_fewer_programs_share_memory() -> None:
    programs = Programs(5, 2, 2)
    fewer = programs.first(3)
    assert len(fewer.sizes) == 3
    assert np.shares_memory(fewer.tableau, programs.tableau)
    assert programs.first(5) is programs


def test_constant_sums() -> None:
    A = np.array([[1.0, 2, 3, 4], [0.1, 0.2, 0.3, 1e9]])
    assert constant_sum(A, -A) == -1
    assert constant_sum(A, 0.7 - A) == -1
    wrong = 0.7 - A
    wrong[1, 1] += 1e-15
    assert constant_sum(A, wrong) == 1


def test_correlated_of_chicken() -> None:
    payoffs = np.array([[[0.0, 7, 2, 6], [0, 2, 7, 6]]])
    layout = np.array([2, 2]), np.array([2, 1]), np.array([0, 2, 4])
    output = np.empty((1, 4)), np.empty((1, 2)), np.empty((1, 4))
    Programs(1, 4, 5).solve_correlated(
        payoffs, payoffs.sum(axis=1), layout, (False, False), 100, output
    )
    assert output[0][0] == pytest.approx([0, 1 / 4, 1 / 4, 1 / 2], abs=1e-13)
    assert output[1][0] == pytest.approx([21 / 4, 21 / 4], abs=1e-13)
    value, more, gain, relative = output[2][0]
    assert value == pytest.approx(21 / 2, abs=1e-13)
    assert max(abs(more), gain, relative) <= tolerance(4, 5)


def test_coarse_and_egalitarian() -> None:
    """A share of the coordinated profiles that makes both players' payoffs as equal as can be."""
    payoffs = np.array([[[4.0, 0, 0, 1], [1, 0, 0, 2]]])
    layout = np.array([2, 2]), np.array([2, 1]), np.array([0, 2, 4])
    output = np.empty((1, 4)), np.empty((1, 2)), np.empty((1, 4))
    Programs(1, 4, 6).solve_correlated(payoffs, payoffs[:, 0], layout, (True, True), 100, output)
    assert output[0][0] == pytest.approx([1 / 4, 0, 0, 3 / 4], abs=1e-13)
    assert output[1][0] == pytest.approx([7 / 4, 7 / 4], abs=1e-13)
    assert output[2][0] == pytest.approx([7 / 4, 0, 0, 0], abs=1e-13)


def test_gains_of_rivals() -> None:
    A = np.arange(12.0).reshape(3, 4) ** 2
    payoffs = np.stack([A.ravel(), -A.T.ravel()])[np.newaxis]
    layout = np.array([3, 4]), np.array([0, 3, 7])
    rounds = np.full((1, 7), -1)
    rounds[0, [1, 4]] = 0  # the second row and the second column are gone
    work = np.empty(3, dtype=np.int64), np.empty(4, dtype=np.int64)
    sizes, matrices = np.empty((2, 2), dtype=np.int64), np.empty((2, 12))
    fill_gains(
        payoffs, layout, np.array([0, 0]), np.array([0, 1]), np.array([2, 3]), rounds, *work,
        sizes, matrices,
    )  # fmt: skip
    left, columns = A[[0, 2]], [0, 2, 3]
    assert sizes.tolist() == [[1, 3], [2, 2]]
    assert matrices[0, :3].tolist() == (left[0, columns] - left[1, columns]).tolist()
    assert matrices[1, :4].tolist() == (left[:, 3:] - left[:, columns[:2]]).T.ravel().tolist()


def test_verdicts_of_comparisons() -> None:
    A = np.array([[1.0, 1], [2.1, 0], [0, 2]])
    payoffs = np.stack([A.ravel(), np.array([0.0, 0, 0, 1, 1, 1])])[np.newaxis]
    layout = np.array([3, 2]), np.array([0, 3, 5])
    rounds = np.full((1, 5), -1)
    work = np.empty(2, dtype=np.int64), np.empty(3, dtype=np.int64)
    verdicts = np.empty((1, 5), dtype=np.int8)
    for strict in (True, False):
        rounds[0, 2] = -1
        undominated(payoffs, layout, strict, np.array([0]), rounds, *work, verdicts)
        assert verdicts.tolist() == [[OPEN, SURVIVES, SURVIVES, DOMINATED, SURVIVES]]
        rounds[0, 2] = 0  # one rival is left, so comparisons say all
        undominated(payoffs, layout, strict, np.array([0]), rounds, *work, verdicts)
        assert verdicts[0, :3].tolist() == [SURVIVES] * 3
