"""The tracer on games small enough to run as plain Python."""

import numpy as np
import pytest
from numpy.typing import NDArray

from summitgames.kernels import quantal


def traced(
    pay: object,
    counts: tuple[int, ...],
    *,
    target: float = np.inf,
    points: int = 0,
    work: int = 999,
) -> tuple[NDArray, NDArray, NDArray, int, int]:
    """Ends, precisions, points, length and flags of one game, polished if need be."""
    game = np.array([pay], dtype=float)
    actions = sum(counts)
    ends, precisions = np.empty((1, actions)), np.empty((1, points))
    along, lengths = np.empty((1, points, actions)), np.empty(1, dtype=np.int64)
    flags = np.empty(1, dtype=np.uint8)
    space = quantal.workspace(counts)
    quantal.trace(
        game, *space, np.array([target]), np.ones(1), work, ends, precisions, along, lengths, flags,
        None,
    )  # fmt: skip
    if flags[0] & quantal.SLOW:
        quantal.polish(game, *space, ends)
    return ends[0], precisions[0], along[0], int(lengths[0]), int(flags[0])


def test_strict_limit_and_points() -> None:
    dilemma = [0.6, 0, 1, 0.2], [0.6, 1, 0, 0.2]
    ends, precisions, points, length, flags = traced(dilemma, (2, 2), points=40)
    assert ends.tolist() == [0, 1, 0, 1]
    assert flags == 0
    assert precisions[0] == 0
    assert points[0].tolist() == [0.5] * 4
    assert np.isnan(precisions[length:]).all()
    assert (np.diff(precisions[:length]) > 0).all()


def test_mixed_limit_and_target() -> None:
    pennies = [1, 0, 0, 0.5], [0, 1, 1, 0]
    ends, *_, flags = traced(pennies, (2, 2))
    assert ends == pytest.approx([1 / 2, 1 / 2, 1 / 3, 2 / 3], abs=1e-13)
    assert flags == 0
    p, _, q, _ = traced(pennies, (2, 2), target=3.0)[0]
    assert np.log(p / (1 - p)) == pytest.approx(3 * (1.5 * q - 0.5), abs=1e-12)
    assert np.log(q / (1 - q)) == pytest.approx(3 * (1 - 2 * p), abs=1e-12)


def test_bifurcation() -> None:
    ends, *_, flags = traced([[1, 0, 0, 1], [1, 0, 0, 1]], (2, 2))
    assert ends == pytest.approx([0.5] * 4, abs=1e-12)
    assert flags == quantal.BIFURCATION


def test_slow_limit() -> None:
    ends, *_, flags = traced([[1, 1, 1, 0], [0.5, 0, 0, 0]], (2, 2))
    assert ends[0] + ends[1] == pytest.approx(1)
    assert not flags & quantal.FAILED


def test_three_players_of_whom_one_has_no_choice() -> None:
    pay = np.zeros((3, 4))
    pay[0] = [1, 0, 0, 0.5]
    pay[2] = [0, 1, 1, 0]
    ends, *_ = traced(pay, (2, 1, 2))
    assert ends == pytest.approx([1 / 2, 1 / 2, 1, 1 / 3, 2 / 3], abs=1e-13)


def test_too_much_work() -> None:
    ends, *_, flags = traced([[1, 0, 0, 0.5], [0, 1, 1, 0]], (2, 2), work=2)
    assert flags == quantal.FAILED | quantal.WORK
    assert np.isnan(ends).all()
