"""Exact equilibria of trees near floats: found where they are, and nothing else passed off."""

from fractions import Fraction

import numpy as np
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.trees import kuhn, kuhn_strategies
from summitgames.certificates.exact_trees import ExactTree
from summitgames.certificates.nearby_behavior import agents_table, behavior_near
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.testing import extensive_forms

NEAR = Fraction(1, 10**9)


def near(game, strategies, *, subgames=True):
    """Exact probabilities near floats, as Fraction, by information set."""
    floats = [[exactly(Fraction(float(p))) for p in strategies[i.key]] for i in game.infosets]
    found = behavior_near(ExactTree(game, subgames=subgames), floats, NEAR)
    if found is None:
        return None
    assert found.radius == 0
    pairs = zip(game.infosets, found.mixes, strict=True)
    return {infoset.key: [to_fraction(p) for p in mix] for infoset, mix in pairs}


@given(st.fractions(0, Fraction(1, 3), max_denominator=500), st.integers(0, 100))
@settings(max_examples=8)
def test_blurred_equilibria_of_kuhns_family(bluff, seed):
    """Where they are farther off than rounding, an exact one as near is found."""
    rng = np.random.default_rng(seed)
    exact = kuhn_strategies(bluff)
    blurred = {}
    for key, mix in exact.items():
        off = 1e-10 * rng.uniform(-1, 1) * (0 < mix[0] < 1)
        blurred[key] = [float(mix[0]) + off, float(mix[1]) - off]
    found = near(kuhn(), blurred)
    assert found is not None
    # In the family, wherever in it.
    assert found == {k: list(map(Fraction, v)) for k, v in kuhn_strategies(found["J"][0]).items()}
    assert abs(found["J"][0] - bluff) < Fraction(2, 10**10)


def test_nothing_is_found_beside():
    strategies = {k: [*map(float, mix)] for k, mix in kuhn_strategies(Fraction(1, 4)).items()}
    strategies["K"] = [0.76, 0.24]
    assert near(kuhn(), strategies) is None


def test_small_probabilities_may_be_zeros():
    strategies = {k: [*map(float, mix)] for k, mix in kuhn_strategies(Fraction(1, 4)).items()}
    strategies["J bet"] = [1e-17, 1.0]
    strategies["K bet"] = [1.0, 1e-18]
    found = near(kuhn(), strategies)
    assert found == {k: list(map(Fraction, v)) for k, v in kuhn_strategies(Fraction(1, 4)).items()}


def end(*payoffs):
    return sg.Outcome("end", dict(zip("abc", payoffs, strict=False)))


def pennies(players, scale=1, rest=0):
    """The second player of two is to guess the first one's move."""
    first, second = players

    def pays(same):
        return {p: scale * (1 if (p == second) == same else -1) if p in players else rest
                for p in "abc"}  # fmt: skip

    rows = {
        move: sg.Decision(
            second,
            {guess: sg.Outcome("end", pays(guess == move)) for guess in "ht"},
            infoset=f"{second} guesses",
        )
        for move in "ht"
    }
    return sg.Decision(first, rows, infoset=f"{first} hides")


def test_of_many_players_only_two_may_mix_in_a_subgame():
    """Two pairs play one after the other, in subgames of their own."""
    root = sg.Decision("c", {"ab": pennies("ab"), "bc": pennies("bc")}, infoset="c")
    game = sg.ExtensiveForm(root, players=["a", "b", "c"])
    half = [0.5 + 1e-11, 0.5 - 1e-11]
    strategies = {infoset.key: half for infoset in game.infosets} | {"c": [0.0, 1.0]}
    found = near(game, strategies)
    assert found is not None
    assert all(p == Fraction(1, 2) for key, mix in found.items() if key != "c" for p in mix)


def test_a_table_of_agents_has_their_owners_payoffs():
    game = sg.ExtensiveForm(pennies("ab", 3), players=["a", "b", "c"])
    table = agents_table(ExactTree(game, subgames=False))
    assert table is not None
    assert table.counts == (2, 2)
    assert table.payoffs[1].tolist() == [[3, -3], [-3, 3]]
    assert (table.payoffs[0] + table.payoffs[1] == fmpq(0)).all()
    second = {m: sg.Decision("b", {str(i): end(0, 0) for i in range(70)}) for m in "xy"}
    large = sg.ExtensiveForm(sg.Decision("a", second), players=["a", "b"])
    assert agents_table(ExactTree(large, subgames=False)) is None


@given(extensive_forms(information="recall", players=["a", "b", "c"], max_nodes=25), st.data())
@settings(max_examples=60)
def test_what_is_found_is_an_equilibrium(game, data):
    """Whatever is given."""
    strategies = {}
    for infoset in game.infosets:
        count = len(infoset.actions)
        weights = data.draw(
            st.lists(st.floats(0, 1), min_size=count, max_size=count).filter(lambda w: sum(w) > 0.1)
        )
        strategies[infoset.key] = np.array(weights) / sum(weights)
    for subgames in (True, False):
        found = near(game, strategies, subgames=subgames)
        if found is not None:
            exact = [[exactly(p) for p in found[i.key]] for i in game.infosets]
            assert ExactTree(game, subgames=subgames).is_equilibrium(exact)


@given(extensive_forms(information="recall", players=["a", "b", "c"], max_nodes=20))
@settings(max_examples=40)
def test_the_table_is_that_of_the_agents_normal_form(game):
    if not game.infosets:
        assert agents_table(ExactTree(game, subgames=True)) is None
        return
    form = game.to_normal_form(agents=True)
    table = agents_table(ExactTree(game, subgames=True))
    for found, payoffs in zip(table.payoffs, form.exact_payoffs(), strict=True):
        assert np.vectorize(to_fraction, otypes=[object])(found).tolist() == payoffs.tolist()
