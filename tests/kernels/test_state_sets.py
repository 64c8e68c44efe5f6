"""Payoff sets of stochastic games, on games small enough to run as plain Python."""

import numba
import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from summitgames.kernels import payoff_sets, state_sets
from summitgames.kernels.payoff_sets import CLOSED, EMPTY, LIMIT, STRICT

DILEMMA = np.array([[0.8, 0.0], [0.9, 0.2]])
EDGES = 48

interpreted = pytest.mark.skipif(
    not numba.config.DISABLE_JIT, reason="parts that call others have no entry from Python"
)


class Run:
    """The sets of one game with all actions available."""

    def __init__(
        self,
        first: ArrayLike,
        second: ArrayLike,
        moves: ArrayLike,
        discounts: tuple[float, float],
        limit: int = 500,
    ) -> None:
        one, other, ahead = (np.array(a, dtype=float)[np.newaxis] for a in (first, second, moves))
        states, rows, columns = one.shape[1:]
        outer, inner = np.full((2, 1, states, EDGES + 4, 2), np.nan)
        counts, gaps = np.zeros((1, states, 2), dtype=np.int64), np.full(1, np.nan)
        flags = np.full(1, 9, dtype=np.uint8)
        available = np.full((states, 2), (rows, columns))
        room = state_sets.workspace_by_state(states, rows, columns, EDGES)
        found = outer, inner, counts, gaps, flags
        if discounts[0] == discounts[1]:
            discount = np.array(discounts[:1])
            state_sets.common_discount_by_state(
                one, other, one, other, ahead, available, discount, limit, room, *found
            )
        else:
            both = np.array([discounts])
            state_sets.own_discounts_by_state(
                one, other, one, other, ahead, available, both, EDGES, limit, room, *found
            )
        self.outer = [outer[0, s, : counts[0, s, 0]] for s in range(states)]
        self.inner = [inner[0, s, : counts[0, s, 1]] for s in range(states)]
        self.gap, self.flag = float(gaps[0]), int(flags[0])


def polygon(rng: np.random.Generator, whole: bool) -> tuple[NDArray[np.float64], int]:
    """A hull of few points, which may be one."""
    count = int(rng.integers(1, 12))
    points = rng.integers(0, 3, (2, count)).astype(float) if whole else rng.random((2, count))
    room = np.empty((2, 40))
    return room, payoff_sets._hull(points, count, np.empty(40, dtype=np.int64), room)


@interpreted
@pytest.mark.parametrize("seed", range(60))
def test_sums_of_polygons_reach_as_far_as_their_terms(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ways = np.stack([np.cos(np.arange(24) * np.pi / 12), np.sin(np.arange(24) * np.pi / 12)], -1)
    moves = rng.dirichlet(np.ones(4)).reshape(1, 1, 1, 1, 4)
    sets, sizes = np.zeros((4, 2, 40)), np.zeros(4, dtype=np.int64)
    expected = np.zeros(24)
    for t in range(4):
        sets[t], sizes[t] = polygon(rng, whole=bool(seed % 2))
        expected += moves[0, 0, 0, 0, t] * (ways @ sets[t, :, : sizes[t]]).max(axis=1)
    total = np.empty((2, 200))
    size = state_sets._sum(
        0, 0, 0, 0, moves, sets, sizes, np.empty(4, dtype=np.int64), np.empty((4, 2)), total
    )
    np.testing.assert_allclose((ways @ total[:, :size]).max(axis=1), expected, atol=1e-12)
    assert size <= max(1, sizes[sizes > 1].sum())


@interpreted
def test_a_cut_leaves_what_lies_below_a_level() -> None:
    square, part = np.array([[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 1.0, 1.0]]), np.empty((2, 9))
    size = state_sets._cut(square, 4, 0.6, 0.8, 0.7, part)
    assert size == 4
    np.testing.assert_allclose(part.T[:size] @ [0.6, 0.8], [0.7, 0.0, 0.6, 0.7], atol=1e-15)


@interpreted
@pytest.mark.parametrize("seed", range(40))
def test_worst_payoffs_are_rounded_down(seed: int) -> None:
    # One payoff for ever, with probabilities that sum to exactly 1: no more can be secured.
    rng = np.random.default_rng(seed)
    states, pay = 6, float(rng.uniform(0.5, 1))
    cuts = np.sort(rng.integers(0, 2**53, (states, states - 1)), axis=1)
    moves = np.diff(cuts, axis=1, prepend=0, append=2**53) / 2.0**53
    payoffs = np.full((1, states, 1, 1), pay)
    worst, used = np.full((states, 2), pay), np.ones((states, 1), dtype=np.bool_)
    available, sizes = np.ones((states, 2), dtype=np.int64), np.ones(states, dtype=np.int64)
    for patience in (0.5, 1 - 2.0**-13, 1 - 2.0**-20):
        for start in (pay, pay - 2.0**-44):
            worst[:] = start
            state_sets._punish(
                0, payoffs, payoffs, moves.reshape(1, states, 1, 1, states), available, patience,
                patience, sizes, worst, used,
            )  # fmt: skip
            assert (worst >= start).all()
            assert (worst <= pay).all()


@pytest.mark.parametrize("discounts", [(0.5, 0.5), (0.2, 0.16)])
def test_two_states_alike_are_one(discounts: tuple[float, float]) -> None:
    first, second = [DILEMMA] * 2, [np.transpose(DILEMMA)] * 2
    run = Run(first, second, np.full((2, 2, 2, 2), 0.5), discounts)
    assert run.flag == STRICT
    assert 0 < run.gap < 2.0**-26
    one = Run(first[:1], second[:1], np.ones((1, 2, 2, 1)), discounts)
    for state in range(2):
        np.testing.assert_allclose(run.outer[state], one.outer[0], atol=1e-11)
        np.testing.assert_allclose(run.inner[state], one.outer[0], atol=2.0**-26)
    if discounts[0] == discounts[1]:
        np.testing.assert_allclose(
            one.outer[0], [[0.2, 0.2], [0.875, 0.2], [0.8, 0.8], [0.2, 0.875]], atol=1e-12
        )


@pytest.mark.parametrize("discounts", [(0.5, 0.5), (0.5, 0.4)])
def test_no_state_with_an_equilibrium(discounts: tuple[float, float]) -> None:
    pennies = np.array([[1.0, 0.0], [0.0, 1.0]])
    run = Run([pennies], [1 - pennies], np.ones((1, 2, 2, 1)), discounts)
    assert (len(run.outer[0]), len(run.inner[0]), run.flag, run.gap) == (0, 0, EMPTY, 0.0)


def test_a_dilemma_at_its_critical_discount_is_closed_only() -> None:
    critical = 1 / 7  # (0.9 - 0.8) / (0.9 - 0.2)
    run = Run([DILEMMA], [DILEMMA.T], np.ones((1, 2, 2, 1)), (critical, critical))
    assert (run.flag, run.gap) == (CLOSED, 0.0)
    np.testing.assert_allclose(run.outer[0], [[0.2, 0.2], [0.8, 0.8]], atol=1e-12)


@pytest.mark.parametrize("discounts", [(0.5, 0.5), (0.2, 0.16)])
def test_the_limit_leaves_an_outer_set(discounts: tuple[float, float]) -> None:
    first, second = [DILEMMA] * 2, [np.transpose(DILEMMA)] * 2
    moves = np.full((2, 2, 2, 2), 0.5)
    run, done = (Run(first, second, moves, discounts, limit) for limit in (1, 500))
    assert (run.flag, run.gap, len(run.inner[0])) == (LIMIT, np.inf, 0)
    ways = np.stack([np.cos(np.arange(8)), np.sin(np.arange(8))])
    reach = (run.outer[0] @ ways).max(axis=0)
    assert (reach >= (done.outer[0] @ ways).max(axis=0) - 1e-12).all()
