"""Which classes may be likeliest, and the sets of solutions with each."""

import pytest
from flint import fmpq

from reference.trembles import horse, observed_trembles
from summitgames.equilibria.exact_classes import SupportedTree
from summitgames.equilibria.exact_patterns import Component, class_odds
from summitgames.equilibria.exact_polytopes import TooMuchWork, Work
from summitgames.equilibria.exact_profiles import Profile


def profile(game, **actions):
    """Supports by label of information sets, the first action of others."""
    tree = SupportedTree(game, Work(10**6))
    for number in reversed(range(len(game.infosets))):
        infoset = game.infosets[number]
        chosen = actions.get(infoset.given_label, infoset.actions[:1])
        tree.assign(number, tuple(sorted(map(infoset.actions.index, chosen))))
    return Profile(tree)


def components(found):
    return [Component(found, *part) for part in found.components()]


def conditions(*gains, equal=False):
    """One condition for every class, a number."""
    return [[({(): fmpq(gain)}, equal)] for gain in gains]


def test_odds_for_which_conditions_hold():
    found = class_odds(conditions(1, -2), (0, 1), Work(100))
    assert set(found.points) == {(1, 0), (fmpq(2, 3), fmpq(1, 3))}
    (point,) = class_odds(conditions(1, -2, equal=True), (0, 1), Work(100)).points
    assert point == (fmpq(2, 3), fmpq(1, 3))
    assert class_odds(conditions(1, -2), (1,), Work(100)) is None
    assert class_odds(conditions(-1, -2), (0, 1), Work(100)) is None


def test_horse_is_one_part_with_one_piece():
    # Nobody goes down, and the third moves right: the second's slip is two thirds or more.
    (part,) = components(profile(horse(), first=["across"], second=["across"], third=["r"]))
    (piece,) = part.pieces()
    assert len(piece.pattern[part.hidden[0]]) == 2
    assert piece.is_product
    assert piece.dimension == 1
    assert not part.undecided
    assert not part.unsolved
    assert len(piece.odds_vertices[part.hidden[0]]) == 2


def test_tied_sets_are_one_part_and_no_product():
    game = observed_trembles((2, 3, 0), (9, 9, 6))
    (part,) = components(profile(game, a=["quit"], b=["quit"]))
    assert len(part.hidden) == 3
    pieces = part.pieces()
    assert pieces
    assert not any(piece.is_product for piece in pieces)
    for piece in pieces:
        first, second, both = (
            odds[0] / odds[1] for odds in sorted(piece.odds.values(), key=lambda o: o[0] / o[1])
        )
        assert first * second == both
    apart = observed_trembles((2, 3, 0), (9, 9, 5))
    (part,) = components(profile(apart, a=["quit"], b=["quit"]))
    assert part.pieces() == []
    assert not part.undecided


def test_sets_with_one_class_are_in_no_part():
    # The first moves l for sure: whoever sees that slip alone has nothing to wonder about.
    game = observed_trembles((0, 0, 0), (9, 9, 9))
    found = profile(game, a=["l"], b=["quit"])
    ((sets, mixing),) = found.components()
    assert [game.infosets[n].given_label for n in sets] == ["sees 1", "sees 2"]
    assert mixing == []


def test_mixes_and_beliefs_are_parts_that_do_not_touch():
    found = profile(horse(), first=["across"], second=["across"], third=["l", "r"])
    third = next(n for n, i in enumerate(found.tree.game.infosets) if i.given_label == "third")
    replies, belief = sorted(found.components(), key=lambda part: third in part[0])
    assert replies[1] == [third]
    assert belief == ([third], [])
    (piece,) = Component(found, *replies).pieces()
    (part,) = piece.mix_sets
    assert sorted(corner[0] for corner in part[third]) == [0, fmpq(1, 4)]
    assert piece.is_range
    # Indifferent: the node after the second's slip is twice as likely.
    (piece,) = Component(found, *belief).pieces()
    assert piece.odds_vertices[third] == [[fmpq(2, 3), fmpq(1, 3)]]


def test_work_is_counted():
    game = observed_trembles((2, 3, 0), (9, 9, 6))
    found = profile(game, a=["quit"], b=["quit"])
    found.tree.work.limit = found.tree.work.spent + 5
    (part,) = components(found)
    with pytest.raises(TooMuchWork):
        part.pieces()


def test_supports_are_paid_for_before_they_are_listed():
    (part,) = components(profile(horse(), first=["across"], second=["across"], third=["r"]))
    (number,) = part.hidden
    part.numeric.clear()
    before = part.work.spent
    assert len(part._supports(number)) == 3
    assert part.work.spent - before == 2 * 2**2
