"""Kernels for stationary policies on games small enough to run as plain Python."""

import numpy as np
import pytest
from numpy.typing import NDArray

from summitgames.kernels import markov


def family(games: int, seed: int = 1) -> tuple[NDArray, NDArray, NDArray]:
    """Payoffs, transitions and discounts of games with 2 states and 2 x 2 actions."""
    rng = np.random.default_rng(seed)
    payoffs = rng.random((2, games, 2, 4))
    moves = rng.dirichlet(np.ones(2), size=(games, 2, 4))
    return payoffs, moves, rng.uniform(0, 0.9, (games, 2))


AVAILABLE = np.full((2, 2), 2)
STRIDES = np.array([4, 2, 1])


def enumerated(
    arrays: tuple[NDArray, NDArray, NDArray],
    *,
    lanes: int = 4,
    budget: int = 10**9,
    room: int = markov.LANES,
    rounded: float = 0.0,
    limit: int = 10**6,
    fixed: int = 0,
) -> tuple[list[tuple[int, tuple[int, ...], int]], NDArray, int]:
    """Everything listed, numbers of policies, and how often the kernel was called."""
    payoffs, moves, discounts = arrays
    work = markov.workspace((2, 2, 4), lanes)
    counts = np.zeros(len(moves))
    listed, calls = [], 0
    while True:
        found, verdicts = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        policies = np.empty((room, 2), dtype=np.int64)
        number = markov.enumerate_policies(
            payoffs, moves, discounts, AVAILABLE, STRIDES, rounded, lanes == 1, fixed, budget,
            limit,
            work, counts, found, policies, verdicts,
        )  # fmt: skip
        calls += 1
        listed += [
            (int(found[row]), tuple(policies[row].tolist()), int(verdicts[row]))
            for row in range(number)
        ]
        if work[-1][-1] < 0:
            return sorted(listed), counts, calls


def expected(arrays: tuple[NDArray, NDArray, NDArray]) -> list[tuple[int, tuple[int, ...], int]]:
    """The same by LAPACK."""
    payoffs, moves, discounts = arrays
    listed = []
    for game in range(len(moves)):
        for policy in np.ndindex(4, 4):
            gains = []
            for i in range(2):
                d = discounts[game, i]
                rows, pays = moves[game, [0, 1], policy], payoffs[i, game, [0, 1], policy]
                values = np.linalg.solve(np.eye(2) - d * rows, pays)
                every = payoffs[i, game] + d * moves[game] @ values
                other = [a ^ STRIDES[i + 1] for a in policy]
                gains += [every[s, other[s]] - values[s] for s in range(2)]
            if max(gains) < 0:
                listed.append((game, tuple(map(int, policy)), markov.HOLDS))
    return listed


def test_values_solve_their_equations() -> None:
    rng = np.random.default_rng(2)
    moves, payoffs = rng.dirichlet(np.ones(3), size=(4, 3)), rng.random((4, 3, 2))
    discounts = rng.uniform(0, 0.9, (4, 2))
    values = payoffs.copy()
    markov.policy_values(moves, values, discounts, np.empty((3, 3)))
    again = payoffs + discounts[:, np.newaxis] * (moves @ values)
    np.testing.assert_allclose(values, again, rtol=1e-13)


@pytest.mark.parametrize("lanes", [1, 4])
def test_all_policies_of_all_games(lanes: int) -> None:
    arrays = family(6)
    listed, counts, calls = enumerated(arrays, lanes=lanes)
    assert listed == expected(arrays)
    assert calls == 1
    if lanes > 1:
        assert counts.tolist() == [16] * 6
    else:
        assert counts.max() <= 16


@pytest.mark.parametrize("lanes", [1, 4])
@pytest.mark.parametrize(("budget", "room"), [(1, markov.LANES), (7, 4)])
def test_a_run_that_is_cut_goes_on_where_it_was(lanes: int, budget: int, room: int) -> None:
    arrays = family(6)
    listed, _, calls = enumerated(arrays, lanes=lanes, budget=budget, room=room)
    assert listed == expected(arrays)
    assert calls > 1


def test_states_that_keep_to_the_first_profile() -> None:
    arrays = family(6)
    listed, counts, _ = enumerated(arrays, fixed=1)
    assert listed == [entry for entry in expected(arrays) if entry[1][0] == 0]
    assert counts.tolist() == [4] * 6


def test_games_above_the_limit_are_left_alone() -> None:
    listed, counts, _ = enumerated(family(3), limit=15)
    assert listed == []
    assert counts.tolist() == [16] * 3


def test_without_bounds_everything_is_open() -> None:
    arrays = family(2)
    listed, _, _ = enumerated(arrays, rounded=np.inf)
    assert len(listed) == 2 * 16
    assert {verdict for _, _, verdict in listed} == {markov.OPEN}


def settled(arrays: tuple[NDArray, NDArray, NDArray], *, rounded: float = 0.0) -> list[int]:
    """Verdicts on all policies of one game."""
    policies = np.array(list(np.ndindex(4, 4)))
    verdicts = np.full(16, markov.OPEN)
    markov.settle(
        *arrays, AVAILABLE, STRIDES, rounded, np.zeros(16, dtype=np.int64), policies, verdicts,
        np.empty((16, 2, 2)), np.empty((4, 2)),
    )  # fmt: skip
    return verdicts.tolist()


def test_settling_agrees_with_the_run() -> None:
    arrays = family(1)
    holding = {policy for _, policy, _ in expected(arrays)}
    verdicts = [markov.HOLDS if p in holding else markov.FAILS for p in np.ndindex(4, 4)]
    assert settled(arrays) == verdicts


def test_values_of_zero_and_actions_that_are_the_same_are_settled() -> None:
    payoffs, moves, discounts = family(1)
    assert settled((0 * payoffs, moves, discounts)) == [markov.HOLDS] * 16
    same = payoffs[..., :1].repeat(4, axis=-1), moves[:, :, :1].repeat(4, axis=2), discounts
    assert settled(same) == [markov.HOLDS] * 16
    assert settled(same, rounded=2.0**-53) == [markov.OPEN] * 16  # what is rounded may differ


def test_ties_of_values_that_are_not_zero_stay_open() -> None:
    payoffs, moves, discounts = family(1)
    tied = settled((np.full_like(payoffs, 0.1), moves, discounts))
    assert set(tied) == {markov.OPEN}


def test_times_and_shares() -> None:
    moves = np.array([[[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.0, 0.25, 0.75]]])
    times = np.empty((1, 3))
    markov.absorption_times(moves, np.array([[True, True, True]]), 2, times)
    assert times.tolist() == [[4, 2, 0]]
    leads = np.array([[[True, True, True], [False, True, True], [False, True, True]]])
    shares = np.empty((1, 3, 3))
    markov.long_run_shares(moves, leads, shares)
    np.testing.assert_allclose(shares[0], [[0, 1 / 3, 2 / 3]] * 3)
