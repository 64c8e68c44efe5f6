"""Equilibria put together of the solutions of the parts of a profile."""

from fractions import Fraction
from itertools import product

from reference.trembles import horse
from summitgames.certificates.consistency import AssessmentProver
from summitgames.equilibria.exact_classes import SupportedTree
from summitgames.equilibria.exact_patterns import Component
from summitgames.equilibria.exact_polytopes import Work
from summitgames.equilibria.exact_profiles import Profile


def entries(game, supports):
    tree = SupportedTree(game, Work(10**6))
    for number in reversed(range(len(supports))):
        tree.assign(number, supports[number])
    profile = Profile(tree)
    groups = [Component(profile, *part).pieces() for part in profile.components()]
    return [profile.entry([[piece] for piece in chosen]) for chosen in product(*groups)]


def test_every_combination_of_pieces_is_an_equilibrium():
    game = horse()
    prover = AssessmentProver(game)
    assert [infoset.given_label for infoset in game.infosets] == ["first", "second", "third"]
    mixed = entries(game, [(0,), (0,), (0, 1)])
    assert mixed
    for entry in mixed:
        assert prover.deviation((*entry.strategies, *entry.beliefs)) is None
        assert entry.strategies[2] == (Fraction(1, 8), Fraction(7, 8))  # of 0 to 1/4
        assert entry.is_range


def test_beliefs_and_orders_of_a_pure_profile():
    (entry,) = entries(horse(), [(0,), (0,), (1,)])
    assert entry.strategies == ((1, 0), (1, 0), (0, 1))
    assert entry.mix_sets == ()
    (((vertices, is_product),),) = entry.pieces
    assert is_product
    assert sorted(vertices[2]) == [(Fraction(2, 3), Fraction(1, 3)), (1, 0)]
    assert entry.beliefs[2] == (Fraction(5, 6), Fraction(1, 6))  # in the middle
    assert [order[0] for order in entry.orders] == [0, 0, 1]
    assert entry.orders[0][1] == entry.orders[1][1] > 0  # both slips are as likely
