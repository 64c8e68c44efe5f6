"""The tracer on a game small enough to run as plain Python."""

import numpy as np
import pytest

from summitgames.kernels import markov_logit


def followed(pay: object, *, steps: int = 400) -> tuple[np.ndarray, int, int]:
    """Mixes of both players in the one state of a zero-sum game, stage and steps taken."""
    rows = np.array(pay, dtype=float).reshape(1, 1, -1)
    rows = (rows - rows.min()) / np.ptp(rows)
    payoffs = np.stack([rows, 1 - rows]) * 0.5
    points, tangents = np.empty((1, 7)), np.empty((1, 7))
    lengths, searches = np.empty(1), np.array([markov_logit.FIRST_SEARCH])
    taken, stages = np.zeros(1, dtype=np.int64), np.array([markov_logit.START])
    markov_logit.follow(
        payoffs, np.ones((1, 1, 4, 1)), np.full((1, 2), 0.5), np.array([[2, 2]]),
        np.array([4, 2, 1]), np.array([[0, 2]]), 1.0, steps, 999, points, tangents, lengths,
        searches, taken, stages, markov_logit.workspace(1, 4, 2),
    )  # fmt: skip
    return points[0, :4], int(stages[0]), int(taken[0])


def test_mixed_end() -> None:
    mixes, stage, _ = followed([[2, 0], [0, 1]])
    assert stage == markov_logit.DONE
    assert mixes.tolist() == pytest.approx([1 / 3, 2 / 3, 1 / 3, 2 / 3], abs=1e-12)


def test_pure_end() -> None:
    mixes, stage, taken = followed([[2, 1], [0, 0.5]])
    assert stage == markov_logit.DONE
    assert mixes.tolist() == [1, 0, 0, 1]
    assert taken > 10


def test_a_run_that_is_cut_is_under_way() -> None:
    _, stage, taken = followed([[2, 1], [0, 0.5]], steps=5)
    assert (stage, taken) == (markov_logit.UNDERWAY, 5)
