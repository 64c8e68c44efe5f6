"""Payoffs of mixed profiles against plain loops over pure ones."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitgames.certificates.profiles import action_payoffs, expected_payoffs


def by_loops(payoff, strategies, player):
    """Expected payoff of every action of a player of a single game."""
    found = np.zeros(payoff.shape[player])
    for profile in itertools.product(*map(range, payoff.shape)):
        weight = 1.0
        for other, action in enumerate(profile):
            if other != player:
                weight *= strategies[other][action]
        found[profile[player]] += weight * payoff[profile]
    return found


def draw(rng, actions, batch, slots):
    payoffs = [rng.normal(size=(*batch, *actions)) for _ in actions]
    strategies = [rng.dirichlet(np.ones(k), size=(*batch, *slots)) for k in actions]
    return payoffs, strategies


SHAPES = [(3,), (2, 3), (3, 2), (1, 4), (2, 3, 4), (4, 1, 2), (2, 3, 2, 4), (3, 1, 2, 2), (2,) * 5]


@pytest.mark.parametrize("slots", [(), (1,), (3,)])
@pytest.mark.parametrize("batch", [(), (1,), (4,), (2, 3)])
@pytest.mark.parametrize("actions", SHAPES)
def test_agrees_with_loops(actions, batch, slots):
    rng = np.random.default_rng([len(actions), len(batch), len(slots)])
    payoffs, strategies = draw(rng, actions, batch, slots)
    expected = expected_payoffs(payoffs, strategies)
    assert expected.shape == (*batch, *slots, len(actions))
    for player, payoff in enumerate(payoffs):
        each = action_payoffs(payoff, strategies, player)
        assert each.shape == (*batch, *slots, actions[player])
        for index in np.ndindex(*batch, *slots):
            mixes = [strategy[index] for strategy in strategies]
            plain = by_loops(payoff[index[: len(batch)]], mixes, player)
            # Sums of at most 64 products of numbers of order 1, each off by a few units roundoff.
            np.testing.assert_allclose(each[index], plain, rtol=0, atol=1e-13)
            assert expected[index][player] == pytest.approx(plain @ mixes[player], abs=1e-13)


@pytest.mark.parametrize("actions", [(2, 3), (2, 3, 4), (2, 3, 2, 4)])
def test_pure_profiles_pick_entries(actions):
    payoffs = [
        np.arange(np.prod(actions), dtype=float).reshape(actions) * (i + 1) for i in range(5)
    ]
    payoffs = payoffs[: len(actions)]
    for profile in np.ndindex(*actions):
        pure = [np.eye(k)[action] for k, action in zip(actions, profile, strict=True)]
        expected = [payoff[profile] for payoff in payoffs]
        assert expected_payoffs(payoffs, pure).tolist() == expected


def test_unused_slots_stay_nan():
    payoffs, strategies = draw(np.random.default_rng(0), (2, 3), (4,), (2,))
    for strategy in strategies:
        strategy[1, 1] = np.nan
    found = expected_payoffs(payoffs, strategies)
    unused = np.zeros((4, 2), dtype=bool)
    unused[1, 1] = True
    np.testing.assert_array_equal(np.isnan(found), unused[..., None].repeat(2, axis=-1))


@given(st.permutations(range(3)), st.integers(0, 100))
def test_players_may_be_renumbered(order, seed):
    payoffs, strategies = draw(np.random.default_rng(seed), (2, 3, 4), (2,), ())
    moved = [np.moveaxis(payoffs[i], [1 + j for j in order], [1, 2, 3]) for i in order]
    found = expected_payoffs(moved, [strategies[i] for i in order])
    expected = expected_payoffs(payoffs, strategies)[:, list(order)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
