"""Threats of 2 x 2 games and the discounts that follow, as plain Python too."""

import numpy as np

from summitgames.kernels import thresholds


def threats(kernel: object, first: object, second: object) -> tuple[list[float], list[bool]]:
    payoffs = [np.array([matrix], dtype=np.float64) for matrix in (first, second)]
    found, rooms = np.empty((1, 2)), np.empty((1, 2))
    kernel(*payoffs, found, rooms)  # type: ignore[operator]
    return found[0].tolist(), (rooms[0] > 0).tolist()


def test_worst_equilibria() -> None:
    pennies = [[1, -1], [-1, 1]], [[-1, 1], [1, -1]]
    assert threats(thresholds.square_nash, *pennies) == ([0, 0], [True, True])
    dilemma = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
    assert threats(thresholds.square_nash, *dilemma) == ([1, 1], [False, False])
    assert threats(thresholds.square_nash, np.zeros((2, 2)), np.zeros((2, 2)))[0] == [0, 0]


def test_worst_equilibria_of_degenerate_games() -> None:
    """A row player whose rows are alike may mix so as to hold the column player down."""
    first, second = [[4, 1], [4, 1]], [[2, 0], [0, 2]]
    assert threats(thresholds.square_nash, first, second) == ([1, 1], [False, True])
    swapped = np.transpose(second).tolist(), np.transpose(first).tolist()
    assert threats(thresholds.square_nash, *swapped) == ([1, 1], [True, False])


def test_minmax_payoffs() -> None:
    pennies = [[1, -1], [-1, 1]], [[-1, 1], [1, -1]]
    assert threats(thresholds.square_minmax, *pennies) == ([0, 0], [True, True])
    dilemma = [[3, 0], [5, 1]], [[3, 5], [0, 1]]
    assert threats(thresholds.square_minmax, *dilemma) == ([1, 1], [False, False])


def test_compliance_of_a_player_between_others() -> None:
    payoffs = np.arange(2 * 2 * 3 * 2.0).reshape(2, 2, 3, 2)
    one, two = np.array([1]), np.array([0, 2])
    rewards, gains = np.empty(2), np.empty(2)
    thresholds.compliance(payoffs, one, two, one, rewards, gains)
    assert rewards.tolist() == [7, 23]
    assert gains.tolist() == [4, -2]
    thresholds.compliance(payoffs[:, :, :1], one, one - 1, one, rewards, gains)
    assert gains.tolist() == [-np.inf, -np.inf]


def test_least_discounts() -> None:
    """A dilemma, an equilibrium of the stage, a threat too weak, and one better than complying."""
    rewards = np.array([[3.0, 3.0], [1, 1], [1, 3], [3, 3]])
    gains = np.array([[2.0, 2.0], [-1, -1], [2, 2], [2, -1]])
    threat = np.array([[1.0, 1.0], [1, 1], [1, 1], [1, 4]])
    found = np.empty(4)
    rooms = np.zeros((1, 2))
    thresholds.least_discounts(rewards, gains, threat, rooms, np.ones(1), found)
    assert found.tolist() == [0.5, 0, np.inf, 0.5]
    thresholds.least_discounts(rewards, gains, threat, rooms, np.array([0.8]), found)
    assert found.tolist() == [2 / (0.8 * 4), 0, np.inf, 2 / (0.8 * 4)]
