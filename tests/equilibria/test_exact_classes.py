"""Classes of nodes and worths of actions, for given supports."""

from fractions import Fraction

import pytest
from flint import fmpq

import summitgames as sg
from reference.trembles import horse, observed_trembles
from summitgames.equilibria.exact_classes import SupportedTree, depends
from summitgames.equilibria.exact_polytopes import TooMuchWork, Work


def supported(game, **supports):
    """The tree, with actions by label of the information sets that are named, and the first else.

    From the last information set to the first, as what follows has to be known.
    """
    tree = SupportedTree(game, Work(10**6))
    for number in reversed(range(len(game.infosets))):
        infoset = game.infosets[number]
        chosen = supports.get(infoset.given_label, infoset.actions[:1])
        tree.assign(number, tuple(sorted(map(infoset.actions.index, chosen))))
    return tree


def number(game, label):
    return next(n for n, infoset in enumerate(game.infosets) if infoset.given_label == label)


def test_nodes_with_the_same_trembles_are_a_class():
    game = observed_trembles((1, 1, 1), (2, 2, 2))
    tree = supported(game, a=["quit"], b=["quit"])
    both = number(game, "sees 2")
    assert [nodes.nodes for nodes in tree.classes(both)] == [(0,), (1,)]
    assert all(len(nodes.trembles) == 2 for nodes in tree.classes(both))
    assert [nodes.nodes for nodes in tree.classes(number(game, "a"))] == [(0, 1)]
    (chance,) = {nodes.weights for nodes in tree.classes(number(game, "a"))}
    assert chance == (fmpq(1, 3), fmpq(1, 3))


def test_classes_with_more_trembles_are_left_out():
    game = observed_trembles((1, 1, 1), (2, 2, 2))
    tree = supported(game, a=["l"], b=["l", "r"])
    both = tree.classes(number(game, "sees 2"))
    # The first slip is l: the other node needs that they tremble to r.
    assert [nodes.nodes for nodes in both] == [(0,)]
    assert both[0].trembles == frozenset()
    assert len(both[0].mixed[0]) == 1


def test_gains_are_sums_over_mixes():
    game = horse()
    tree = supported(game, first=["across"], second=["down", "across"], third=["l", "r"])
    first, second, third = (number(game, label) for label in ("first", "second", "third"))
    # Third: reached by down only; 0 of l there and 1 of r.
    (nodes,) = tree.classes(third)
    down = tree.first[second] + game.infosets[second].actions.index("down")
    ((gain, equal),) = tree.gains(third, nodes)
    assert equal
    assert gain == {(down,): fmpq(-1)}
    # Second: across 1, down 4 with l.
    (nodes,) = tree.classes(second)
    ((gain, equal),) = tree.gains(second, nodes)
    left = tree.first[third]
    assert equal
    assert gain == {(): fmpq(1), (left,): fmpq(-4)}
    assert depends([tree.gains(second, nodes)])
    # First: across is 1 with across, and 4 with down and l; down is 3 with l.
    (nodes,) = tree.classes(first)
    ((gain, equal),) = tree.gains(first, nodes)
    across = tree.first[second] + game.infosets[second].actions.index("across")
    assert not equal
    assert gain == {(across,): fmpq(1), (down, left): fmpq(4), (left,): fmpq(-3)}


def test_gains_are_numbers_where_nobody_mixes():
    game = horse()
    tree = supported(game, first=["across"], second=["across"], third=["r"])
    (nodes,) = tree.classes(number(game, "first"))
    each = [tree.gains(number(game, "first"), nodes)]
    assert each == [[({(): fmpq(1)}, False)]]
    assert not depends(each)


def test_chance_is_followed_to_decisions_and_ends():
    half = Fraction(1, 2)
    inner = sg.Chance(
        {"u": (half, sg.Outcome("", {"a": 4})), "d": (half, sg.Outcome("", {"a": 8}))}
    )
    outer = sg.Chance({"x": (half, inner), "y": (half, sg.Outcome("", {"a": 2}))})
    game = sg.ExtensiveForm(
        sg.Decision("a", {"go": outer, "stop": sg.Outcome("", {"a": 1})}), players=["a"]
    )
    tree = supported(game)
    assert sorted(weight for weight, _ in tree.after[0][0]) == [fmpq(1, 4), fmpq(1, 4), fmpq(1, 2)]
    (nodes,) = tree.classes(0)
    assert tree.gains(0, nodes) == [({(): fmpq(3)}, False)]  # 4/4 + 8/4 + 2/2 less 1


def test_work_is_counted():
    with pytest.raises(TooMuchWork):
        SupportedTree(horse(), Work(1))
