"""Trees in exact arithmetic: payoffs and gains, against the arithmetic of floats."""

from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.trees import kuhn, kuhn_strategies
from summitgames.certificates.exact_trees import ExactTree
from summitgames.certificates.rationals import exactly
from summitgames.certificates.regret import best_reply_gain, subgame_gain
from summitgames.testing import extensive_forms


def end(*payoffs):
    return sg.Outcome("end", dict(zip("ab", payoffs, strict=False)))


def behaviors(game, strategies):
    return [[exactly(Fraction(p)) for p in strategies[i.key]] for i in game.infosets]


def test_kuhns_game_pays_minus_one_in_eighteen():
    game = kuhn()
    (trunk,) = ExactTree(game, subgames=False).trunks
    mixes = behaviors(game, kuhn_strategies(Fraction(1, 5)))
    values = ExactTree(game, subgames=False).outcomes
    assert trunk.expected(trunk.plans(mixes), values) == [fmpq(-1, 18), fmpq(1, 18)]
    assert trunk.size(0) == trunk.size(1) == 13
    # A best reply to an equilibrium strategy pays what the equilibrium does.
    pays = trunk.payoffs(0, trunk.plans(mixes), values)
    for _, before, after in reversed(trunk.moves[0]):
        pays[before] += max(pays[sequence] for sequence in after)
    assert pays[0] == fmpq(-1, 18)


def test_trunks_end_where_subgames_begin():
    inner = sg.Decision("b", {"x": end(1, 0), "y": end(2, 0)})
    root = sg.Decision(
        "a",
        {
            "l": inner,
            "r": sg.Chance({"c": (Fraction(1, 3), end(3, 0)), "d": (Fraction(2, 3), end(0, 0))}),
        },
    )
    game = sg.ExtensiveForm(root, players=["a", "b"])
    tree = ExactTree(game, subgames=True)
    assert [trunk.root for trunk in tree.trunks] == [0, 1, 4]
    assert [[end.node for end in trunk.ends] for trunk in tree.trunks] == [[1, 4], [2, 3], [5, 6]]
    assert [end.chance for end in tree.trunks[2].ends] == [fmpq(1, 3), fmpq(2, 3)]
    (whole,) = ExactTree(game, subgames=False).trunks
    assert [end.node for end in whole.ends] == [2, 3, 5, 6]
    assert tree.reached([[1, 0], [0, 1]]) == {0, 1}
    assert tree.stakes == [3, 0]


def test_what_is_reached_is_told_subgame_by_subgame():
    late = {move: sg.Decision("b", {"x": end(0, 0)}, infoset="late") for move in "lm"}
    after = sg.Decision("b", {"go": sg.Decision("a", {"y": end(1, 1)}), "no": end(0, 0)})
    game = sg.ExtensiveForm(sg.Decision("a", {**late, "r": after}), players=["a", "b"])
    names = [infoset.label for infoset in game.infosets]
    assert names == ["", "late", "r", "r > go"]
    mixes = [[fmpq(0), fmpq(0), fmpq(1)], [fmpq(1)], [fmpq(0), fmpq(1)], [fmpq(1)]]
    assert ExactTree(game, subgames=False).reached(mixes) == {0, 2}
    assert ExactTree(game, subgames=True).reached(mixes) == {0, 2, 3}


def test_a_game_that_ends_at_once_has_no_trunk():
    game = sg.ExtensiveForm(end(1, 2), players=["a", "b"])
    for subgames in (False, True):
        tree = ExactTree(game, subgames=subgames)
        assert tree.trunks == []
        assert tree.is_equilibrium([])
    assert sg.certify(game, {}).verdict == "proved"


def test_long_chains_do_not_recurse():
    node = end(0, 0)
    for move in range(3000):
        node = sg.Decision("ab"[move % 2], {"on": node, "stop": end(move % 7, 1)})
    game = sg.ExtensiveForm(node, players=["a", "b"])
    certificate = sg.certify(game, sg.subgame_perfect(game))
    assert certificate.verdict == "proved"


@given(extensive_forms(information="recall", payoffs="integers"), st.data())
@settings(max_examples=80)
def test_gains_are_those_of_best_replies(game, data):
    strategies = {}
    for infoset in game.infosets:
        count = len(infoset.actions)
        weights = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count).filter(any))
        strategies[infoset.key] = [Fraction(weight, sum(weights)) for weight in weights]
    floats = {key: np.array(mix, dtype=np.float64) for key, mix in strategies.items()}
    mixes = behaviors(game, strategies)
    for subgames, gain in ((False, best_reply_gain), (True, subgame_gain)):
        tree = ExactTree(game, subgames=subgames)
        largest = max((float(g.amount.p) / float(g.amount.q) for g in tree.gains(mixes)), default=0)
        total = gain(game, floats)
        # One departure gains no more than the best of all plans, and something if that does.
        assert largest <= total + 1e-12
        assert (largest > 1e-12) == (total > 1e-12)
        assert tree.is_equilibrium(mixes) == (total < 1e-12)


def test_forgetfulness_is_refused():
    again = {m: sg.Decision("a", {"u": end(0), "v": end(1)}, infoset="i") for m in "lr"}
    game = sg.ExtensiveForm(sg.Decision("a", again), players=["a"])
    with pytest.raises(sg.SolverError, match="infoset 'i'"):
        ExactTree(game, subgames=False)
