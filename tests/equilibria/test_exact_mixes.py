"""Conditions on blocks of unknowns: linear ones, products, values put in, and tied ratios."""

import pytest
from flint import fmpq

from summitgames.equilibria.exact_mixes import System, Tie
from summitgames.equilibria.exact_polytopes import TooMuchWork, Work


def sums(**terms):
    """A sum: "1" the constant, "ab" the product of the unknowns a and b."""
    return {
        () if name == "one" else tuple(ord(letter) - ord("a") for letter in name): fmpq(amount)
        for name, amount in terms.items()
    }


def system(*sizes, work=10**6):
    """Blocks of some sizes; unknowns are a, b, ... in turn."""
    made, first = System(Work(work)), 0
    for block, size in enumerate(sizes):
        made.add(block, list(range(first, first + size)))
        first += size
    return made


def test_a_linear_condition_within_a_block():
    made = system(2)
    made.require(sums(a=1, b=-3), equal=True)
    assert made.solve()
    assert made.point() == {0: fmpq(3, 4), 1: fmpq(1, 4)}
    assert made.vertices(0) == [made.point()]
    assert made.is_product
    assert made.dimension == 0


def test_a_condition_of_two_blocks_joins_them():
    made = system(2, 2, 2)
    made.require(sums(a=1, c=-1), equal=True)
    assert made.solve()
    assert not made.is_product
    assert sorted(len(group.unknowns) for group in made.groups) == [2, 4]
    assert made.dimension == 2
    assert made.point()[0] == made.point()[2]


def test_unknowns_must_be_positive():
    made = system(2)
    made.require(sums(a=-1), equal=False)
    assert not made.solve()
    above = system(2)
    above.require(sums(a=1, one=-1), equal=False)
    assert not above.solve()
    nothing = system(2)
    nothing.require(sums(one=-1), equal=False)
    assert not nothing.solve()


def test_what_is_known_makes_products_linear():
    made = system(2, 2)
    made.require(sums(ac=1, one=fmpq(-1, 8)), equal=True)
    made.require(sums(a=1, b=-1), equal=True)
    assert made.solve()
    assert not made.opened
    assert made.point() == {0: fmpq(1, 2), 1: fmpq(1, 2), 2: fmpq(1, 4), 3: fmpq(3, 4)}


def test_products_of_which_nothing_is_known_are_opened():
    made = system(2, 2)
    made.require(sums(ac=1, one=fmpq(-1, 8)), equal=True)
    assert made.solve()
    assert made.opened
    assert not made.is_product
    point = made.point()
    assert point[0] * point[2] == fmpq(1, 8)


def test_work_is_counted():
    made = system(2, 2, work=3)
    made.require(sums(a=1, c=-1), equal=True)
    with pytest.raises(TooMuchWork):
        made.solve()


def tied(made, *ties):
    """A point with the same number for some ratios each, "ba" for b to a, and what is left open."""
    rows = [
        Tie({number: 1}, ord(ratio[1]) - ord("a"), ord(ratio[0]) - ord("a"))
        for number, ratios in enumerate(ties)
        for ratio in ratios
    ]
    found = made.tied_point(rows)
    return found, made.open_ties


def test_tied_ratios_are_equal():
    made = system(2, 2)
    made.require(sums(a=1, b=-2), equal=True)
    assert made.solve()
    before = made.groups
    (point, lower), left = tied(made, ["ba", "dc"])
    assert point[3] / point[2] == fmpq(1, 2)
    assert lower == 1
    assert left == []
    assert made.groups == before


def test_ratios_that_cannot_be_equal():
    made = system(2, 2)
    made.require(sums(a=1, b=-2), equal=True)
    made.require(sums(c=1, d=-1), equal=True)
    assert made.solve()
    assert tied(made, ["ba", "dc"]) == (None, [])


def test_what_is_fixed_for_one_tie_refutes_no_other():
    # b + c are at most 10 a; b to a is 1 at least, c to a is 8 at least: with b = 2 a, say, both.
    made = system(3, 2, 2)
    made.require(sums(a=10, b=-1, c=-1), equal=False)
    made.require(sums(e=1, d=-1), equal=False)
    made.require(sums(d=9, e=-1), equal=False)
    made.require(sums(g=1, f=-8), equal=False)
    made.require(sums(f=9, g=-1), equal=False)
    assert made.solve()
    (point, lower), left = tied(made, ["ba", "ed"], ["ca", "gf"])
    assert lower == 2
    assert left == []
    assert point[1] / point[0] == point[4] / point[3] >= 1
    assert point[2] / point[0] == point[6] / point[5] >= 8
    assert point[1] + point[2] <= 10 * point[0]


def test_ratios_that_cannot_hold_together():
    # As before, but c to a is more than 9, so that b to a would have to be below 1.
    made = system(3, 2, 2)
    made.require(sums(a=10, b=-1, c=-1), equal=False)
    made.require(sums(e=1, d=-1), equal=False)
    made.require(sums(g=1, f=fmpq(-91, 10)), equal=False)
    assert made.solve()
    assert tied(made, ["ba", "ed"], ["ca", "gf"]) == (None, [])
