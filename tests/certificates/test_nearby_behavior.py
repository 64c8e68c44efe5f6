"""Exact equilibria of trees near floats: found where they are, and nothing else passed off."""

from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import load
from reference.trees import kuhn, kuhn_strategies
from summitgames.certificates.exact_trees import ExactTree
from summitgames.certificates.nearby_behavior import behavior_near, behavior_within
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.testing import extensive_forms

NEAR = Fraction(1, 10**9)
#: Probabilities of the first actions, to within rounding.
IRRATIONAL = 0.6192325794725538, 0.4798042226776052, 0.3788253360656313


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


# Three players who mix


def agents():
    """A published table whose only equilibrium is irrational, moved one after the other unseen."""
    (case,) = load("normal_form")
    tables = [np.array(table, dtype=object) for table in case.input["payoffs"]]

    def node(profile):
        if len(profile) == 3:
            return end(*(table[profile] for table in tables))
        player = "abc"[len(profile)]
        below = {str(action): node((*profile, action)) for action in range(2)}
        return sg.Decision(player, below, infoset=player)

    return node(())


MIXES = {p: [q, 1 - q] for p, q in zip("abc", IRRATIONAL, strict=True)}


def exactly_given(game, strategies):
    return [[exactly(Fraction(float(p))) for p in strategies[i.key]] for i in game.infosets]


@pytest.mark.parametrize("stay", [-50, 50])
def test_an_irrational_equilibrium_of_a_subgame(stay):
    """Reached or not; of a Nash equilibrium it matters only where it is reached."""
    root = sg.Decision("a", {"in": agents(), "out": end(stay, 0, 0)}, infoset="enter")
    game = sg.ExtensiveForm(root, players=["a", "b", "c"])
    given_ = exactly_given(game, {"enter": [stay < 0, stay > 0], **MIXES})
    tree = ExactTree(game, subgames=True)
    found = behavior_near(tree, given_, NEAR)
    assert 0 < found.radius < Fraction(1, 10**40)
    assert behavior_within(tree, found.mixes, found.radius)
    assert not behavior_within(tree, found.mixes, Fraction(1, 2))
    assert not behavior_within(tree, found.mixes, found.radius / 2**64)
    # No proof where entering is wrong, or pays as much as staying out.
    wrong = exactly_given(game, {"enter": [stay > 0, stay < 0], **MIXES})
    assert behavior_near(tree, wrong, NEAR) is None
    nash = behavior_near(ExactTree(game, subgames=False), given_, NEAR)
    assert (nash.radius > 0) == (stay < 0)


def test_information_sets_that_are_not_reached_may_do_anything_that_deters():
    """b may leave before, for less; then c, who cannot tell, decides about a punishment."""
    late = {
        move: sg.Decision("c", {"mild": end(0, -1, 0), "harsh": end(0, -9, 0)}, infoset="late")
        for move in ("leave", "flee")
    }
    root = sg.Decision("b", {"stay": agents(), **late}, infoset="first")
    game = sg.ExtensiveForm(root, players=["a", "b", "c"])
    strategies = {"first": [1, 0, 0], "late": [0.5, 0.5], **MIXES}
    found = behavior_near(ExactTree(game, subgames=True), exactly_given(game, strategies), NEAR)
    assert found.radius > 0
    tempted = sg.Decision("b", {"stay": agents(), "leave": end(0, 9, 0)}, infoset="first")
    game = sg.ExtensiveForm(tempted, players=["a", "b", "c"])
    given_ = exactly_given(game, {"first": [1, 0], **MIXES})
    assert behavior_near(ExactTree(game, subgames=True), given_, NEAR) is None


def test_agents_indifferent_among_what_they_play_alone_are_no_proof():
    """The table of those who mix knows nothing of a third action that pays more."""

    def more(bonus):
        def node(profile):
            if len(profile) == 3:
                inside = tuple(min(move, 1) for move in profile)
                pays = [table[inside] for table in tables]
                pays[0] += bonus * (profile[0] == 2)
                return end(*pays)
            player = "abc"[len(profile)]
            count = 3 if not profile else 2
            below = {str(action): node((*profile, action)) for action in range(count)}
            return sg.Decision(player, below, infoset=player)

        return sg.ExtensiveForm(node(()), players=["a", "b", "c"])

    (case,) = load("normal_form")
    tables = [np.array(table, dtype=object) for table in case.input["payoffs"]]
    mixes = {**MIXES, "a": [*MIXES["a"], 0.0]}
    for bonus, holds in ((-1, True), (0, False), (1, False)):
        game = more(bonus)
        found = behavior_near(ExactTree(game, subgames=True), exactly_given(game, mixes), NEAR)
        assert (found is not None) == holds


def test_too_large_a_table_is_not_made():
    def node(profile):
        if len(profile) == 11:
            pays = {}
            for i, player in enumerate(names):
                partner = profile[i ^ 1] if i < 10 else 0
                pays[player] = (1000 + 337 * profile[i]) * (1 if partner == i % 2 else -1)
            return sg.Outcome("end", pays)
        below = {str(action): node((*profile, action)) for action in range(2)}
        player = names[len(profile)]
        return sg.Decision(player, below, infoset=player)

    names = [f"p{i}" for i in range(11)]
    game = sg.ExtensiveForm(node(()), players=names)
    half = [[fmpq(1, 2)] * 2 for _ in game.infosets]
    assert not behavior_within(ExactTree(game, subgames=True), half, Fraction(1, 10))


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
