"""The tracer on games small enough to run as plain Python."""

import numba
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
        None, None,
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


# A tree: a stops or not, in one of two ways between which b cannot tell.


def hidden(pay: object) -> tuple[NDArray, quantal.Structure]:
    """Payoffs at its five ends, and what the kernel needs to know."""
    nodes = (
        [-1, 0, 1, 1, 0, 4, 4, 0],  # parents
        [8, 4, 3, 4, 7, 6, 7, 8],  # ends
        [-1, 0, 3, 4, 1, 3, 4, 2],  # actions
        [-1, -1, 0, 1, -1, 2, 3, 4],  # outcomes
        [0, 3, 5, 5, 5, 7, 7, 7],  # first children
        [1, 4, 7, 2, 3, 5, 6, 0],  # children
    )
    infosets = [0, 1, 0], [0, 0, 0], [0, 1, 3]  # owners, above, first places
    places = [0, 1, 4, 0], [0, 0, 1, 2]  # nodes, first steps
    topology = (np.array(part, dtype=np.int64) for part in (nodes, infosets, places, [0, 1]))
    room = np.ones((1, 8)), np.zeros((3, 8)), np.zeros((quantal.BELIEF_ROWS, 3))
    return np.array([pay], dtype=float), quantal.Structure._make((*topology, *room))


def traced_tree(
    pay: object, target: float, points: int = 0
) -> tuple[NDArray, NDArray, NDArray, int]:
    """Ends, beliefs there, beliefs along the branch and flags."""
    game, tree = hidden(pay)
    ends, flags = np.empty((1, 5)), np.empty(1, dtype=np.uint8)
    written = quantal.Written(np.zeros((1, 3)), np.zeros((1, points, 3)), np.zeros(1))
    quantal.trace(
        game, *quantal.workspace((3, 2)), np.array([target]), np.ones(1), 999, ends,
        np.empty((1, points)), np.empty((1, points, 5)), np.empty(1, dtype=np.int64), flags,
        tree, written,
    )  # fmt: skip
    return ends[0], written.ends[0], written.along[0], int(flags[0])


#: a: 1 or 0.4 as b goes left or right after x; 0 or 0.4 after y; 0.5.
ASKED = [[1, 0.4, 0, 0.4, 0.5], [1, 0.6, 0, 0.6, 0]]


def test_a_tree_at_a_precision() -> None:
    (x, y, stop, left, right), beliefs, along, flags = traced_tree(ASKED, 3.0, points=2)
    assert flags == 0
    assert np.log(x / stop) == pytest.approx(3 * (left + 0.4 * right - 0.5), abs=1e-12)
    assert np.log(y / stop) == pytest.approx(3 * (0.4 * right - 0.5), abs=1e-12)
    assert beliefs == pytest.approx([1, x / (x + y), y / (x + y)], abs=1e-14)
    assert np.log(left / right) == pytest.approx(3 * (beliefs[1] - 0.6), abs=1e-12)
    assert along[0].tolist() == [1, 0.5, 0.5]


def test_limits_of_trees() -> None:
    ends, beliefs, _, flags = traced_tree(ASKED, np.inf)
    assert ends.tolist() == [1, 0, 0, 1, 0]
    assert beliefs.tolist() == [1, 1, 0]
    # Stopping pays more than anything: what is believed is the mistake that costs less.
    ends, beliefs, _, flags = traced_tree([[0.5, 0.5, 0.4, 0.4, 1], ASKED[1]], np.inf)
    assert ends.tolist() == [0, 0, 1, 1, 0]
    assert beliefs.tolist() == [1, 1, 0]
    assert flags == 0
    # Both mistakes cost the same, and b is left with even odds, at which right pays more.
    ends, beliefs, _, flags = traced_tree([[0.5, 0.5, 0.5, 0.5, 1], ASKED[1]], np.inf)
    assert ends.tolist() == [0, 0, 1, 0, 1]
    assert beliefs == pytest.approx([1, 0.5, 0.5], abs=1e-9)  # differences of large logits


@pytest.mark.skipif(not numba.config.DISABLE_JIT, reason="calls a part of the kernel")
def test_derivatives_on_trees() -> None:
    rng = np.random.default_rng(0)
    game, tree = hidden(rng.random((2, 5)))
    x, _, q, w = quantal.workspace((3, 2))
    logits = np.array([*rng.normal(size=5), 0])

    def paid(change: NDArray) -> NDArray:
        x[quantal._X] = logits + change
        quantal._load(tree, game, x, q, w, 0)
        x[quantal._X] = logits + change
        quantal._respond(tree, x, w, quantal._X, quantal._P)
        quantal._slopes(tree, game, x, q, w, 0, quantal._P)
        return np.diag(q[:, :5]).copy()

    step = 1e-5
    numeric = np.array([paid(step * e) - paid(-step * e) for e in np.eye(6)[:5]]).T / (2 * step)
    paid(np.zeros(6))
    exact = q[:, :5] - np.diag(np.diag(q[:, :5]))
    np.testing.assert_allclose(exact, numeric, atol=1e-9)
