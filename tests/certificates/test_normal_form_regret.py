"""Regret in normal form, against a plain sum over profiles."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg


def plain_regret(payoffs: list[np.ndarray], mixes: list[np.ndarray]) -> float:
    def paid(player: int, strategies: list[np.ndarray]) -> float:
        total = 0.0
        for profile in product(*map(range, payoffs[0].shape)):
            chance = np.prod([mix[a] for mix, a in zip(strategies, profile, strict=True)])
            total += chance * payoffs[player][profile]
        return total

    gains = []
    for player, mix in enumerate(mixes):
        for action in range(len(mix)):
            pure = [*mixes[:player], np.eye(len(mix))[action], *mixes[player + 1 :]]
            gains.append(paid(player, pure) - paid(player, mixes))
    return max(gains)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_equals_a_plain_sum(counts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    payoffs = [rng.normal(size=(2, *counts)) for _ in counts]
    mixes = [rng.dirichlet(np.ones(k), size=2) for k in counts]
    result = sg.regret(sg.NormalForm(payoffs), mixes)
    for game in range(2):
        expected = plain_regret([p[game] for p in payoffs], [m[game] for m in mixes])
        assert result[game] == pytest.approx(expected, abs=1e-12)


def test_a_planted_deviation_is_found_and_slots_are_kept() -> None:
    game = sg.NormalForm.symmetric([[0, 7], [2, 6]])
    result = sg.support_enumeration(game)
    assert sg.regret(game, result).shape == (3,)
    row, column = next(iter(result))
    assert sg.regret(game, (row, column)) == 0.0
    assert sg.regret(game, (row[::-1], column)) == 1.0


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        (([1, 0],), "expected 2 arrays"),
        (3, "strategies: int; expected 2 arrays"),
        (([1, 0, 0], [1, 0]), r"strategies\[0\] \(player '1'\): shape \(3,\); expected \(2,\)"),
        (([0.5, 0.6], [1, 0]), r"strategies\[0\] \(player '1'\).*sum to 1"),
        (([1, 0], [-1, 2]), r"strategies\[1\] \(player '2'\)"),
        (([1, 0], [np.nan, 1]), r"strategies\[1\] \(player '2'\)"),
    ],
)
def test_what_is_no_profile_is_refused(strategies: object, message: str) -> None:
    game = sg.NormalForm.zero_sum([[1, -1], [-1, 1]])
    with pytest.raises(sg.GameError, match=message):
        sg.regret(game, strategies)


def test_strategies_stacked_in_one_array() -> None:
    game = sg.NormalForm.symmetric([[3, 0], [5, 1]])
    assert sg.regret(game, np.eye(2)) == sg.regret(game, list(np.eye(2))) == 1
    for stacked in (np.array(1.0), np.eye(3)):
        with pytest.raises(sg.GameError, match="expected 2 arrays of probabilities"):
            sg.regret(game, stacked)
