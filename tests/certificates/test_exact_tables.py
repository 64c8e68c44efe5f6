"""Expected payoffs in exact arithmetic are those of the definition."""

from fractions import Fraction
from itertools import product

import numpy as np
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.certificates.exact_tables import ExactTable, support
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.testing import normal_forms


@st.composite
def games_with_mixes(draw):
    game = draw(normal_forms(players=(1, 4), actions=(1, 3), payoffs="fractions"))
    mixes = []
    for count in game.n_actions:
        weights = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
        weights[0] += not any(weights)
        mixes.append([Fraction(w, sum(weights)) for w in weights])
    return game, mixes


@given(games_with_mixes())
def test_gains_are_those_of_the_definition(drawn):
    game, mixes = drawn
    table = ExactTable.of(game)
    gains = table.gains([[exactly(p) for p in mix] for mix in mixes])
    for player, payoff in enumerate(game.exact_payoffs()):
        each = [Fraction(0)] * game.n_actions[player]
        for profile in product(*map(range, game.n_actions)):
            others = [
                mix[a] for i, (mix, a) in enumerate(zip(mixes, profile, strict=True)) if i != player
            ]
            each[profile[player]] += payoff[profile] * np.prod(np.array([Fraction(1), *others]))
        own = sum(p * value for p, value in zip(mixes[player], each, strict=True))
        assert [to_fraction(gain) for gain in gains[player]] == [value - own for value in each]
        others = np.moveaxis(payoff, player, 0).reshape(len(each), -1)
        stake = max(max(column) - min(column) for column in others.T.tolist())
        assert to_fraction(table.stakes[player]) == stake


def test_payoffs_over_several_players_actions():
    rng = np.random.default_rng(0)
    game = sg.NormalForm(rng.integers(-5, 6, (3, 2, 3, 4)))
    half = [[fmpq(1, k)] * k for k in game.n_actions]
    found = ExactTable.of(game).expected(1, half, 0, 2)
    assert found.shape == (2, 4)
    exact = game.payoffs[1].astype(np.int64).sum(axis=1)
    assert (found * 3 == exact).all()


def test_equilibria_are_known_exactly():
    pennies = ExactTable.of(sg.NormalForm.zero_sum([[1, -1], [-1, 1]]))
    half, off = [fmpq(1, 2)] * 2, [fmpq(1, 2) + fmpq(1, 10**30), fmpq(1, 2) - fmpq(1, 10**30)]
    assert pennies.is_equilibrium([half, half])
    assert not pennies.is_equilibrium([off, half])
    assert support([fmpq(0), fmpq(1, 10**30), fmpq(1)]) == [1, 2]
