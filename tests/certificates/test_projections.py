"""Nearest solutions of equations and bounds."""

from fractions import Fraction

from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from summitgames.certificates.projections import cuts, nearest, product, scaled_mix, simple_mix
from summitgames.certificates.rationals import exactly

NONE = [fmpq(0)] * 2
SIGNS = [[fmpq(-1), fmpq(0)], [fmpq(0), fmpq(-1)]]
LINE = ([fmpq(1), fmpq(1)], fmpq(1))


def floats(*numbers):
    return [exactly(Fraction(number)) for number in numbers]


def test_a_point_is_moved_straight_onto_the_line():
    assert nearest([LINE], [], SIGNS, floats(1, 1)) == [fmpq(1, 2), fmpq(1, 2)]
    assert nearest([LINE], [], SIGNS, floats(0.25, 0.75)) == floats(0.25, 0.75)


def test_bounds_that_are_exceeded_become_equations():
    assert nearest([LINE], [], SIGNS, floats(2, 0)) == [1, 0]
    at_most = [[fmpq(1), fmpq(-2)]]  # x <= 2 y
    assert nearest([LINE], at_most, SIGNS, floats(0.75, 0.25)) == [fmpq(2, 3), fmpq(1, 3)]


def test_what_nearly_ties_is_made_to_tie():
    at_most = [[fmpq(1), fmpq(-2)]]
    for off in (-1e-14, 0, 1e-14):
        given_ = floats(2 / 3 + off, 1 / 3 - off)
        assert nearest([LINE], at_most, SIGNS, given_) == [fmpq(2, 3), fmpq(1, 3)]
    away = floats(0.6, 0.4)
    found = nearest([LINE], at_most, SIGNS, away)
    assert abs(found[0] - away[0]) < fmpq(1, 2**53)


def test_where_ties_contradict_each_other_they_are_not_made():
    ties = [[fmpq(1), fmpq(-1)], [fmpq(1), fmpq(-1) - fmpq(1, 10**14)]]
    assert nearest([LINE], ties, SIGNS, floats(0.5, 0.5)) == [fmpq(1, 2), fmpq(1, 2)]


def test_equations_without_a_solution():
    other = ([fmpq(1), fmpq(1)], fmpq(2))
    assert nearest([LINE, other], [], SIGNS, floats(1, 1)) is None
    assert nearest([LINE, ([fmpq(1), fmpq(0)], fmpq(2))], [], SIGNS, floats(1, 0)) is None


def test_cuts_go_up_to_the_largest_small_probability():
    mixes = [floats(0.5, 0.5), floats(1e-12, 1, 1e-17), floats(0, 1e-3)]
    assert cuts(mixes, Fraction(1, 10**9)) == [0, *floats(1e-17, 1e-12)]


def test_simple_mixes():
    assert simple_mix(floats(1 / 3, 2 / 3), [0, 1]) == [fmpq(1, 3), fmpq(2, 3)]
    assert simple_mix(floats(1 / 3, 2 / 3, 1e-12), [0, 1]) == [fmpq(1, 3), fmpq(2, 3), 0]
    assert simple_mix(floats(0.3, 0.3), [0, 1]) is None
    blurred = floats(0.3333333334, 0.6666666666)
    assert simple_mix(blurred, [0, 1]) == [fmpq(1, 3), fmpq(2, 3)]
    assert scaled_mix(blurred, [0, 1]) == [p / sum(blurred, fmpq(0)) for p in blurred]
    assert scaled_mix(floats(1 / 3, 2 / 3), [0, 1]) == [fmpq(1, 3), fmpq(2, 3)]
    assert scaled_mix(floats(0.5, 0.25, 0.25), [0, 1]) == [fmpq(2, 3), fmpq(1, 3), 0]
    # What is small is kept if it is in the support.
    tiny = scaled_mix(floats(1 - 2**-40, 2**-40), [0, 1])
    assert tiny == floats(1 - 2**-40, 2**-40)


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), st.integers(0, 8))
def test_solutions_solve(entries, share):
    """Of random systems of which the target is a solution, nothing is moved."""
    target = [fmpq(share, 8), fmpq(8 - share, 8)]
    rows = [[fmpq(a), fmpq(b)] for a, b in zip(entries[::2], entries[1::2], strict=True)]
    equal = [LINE, *((row, product(row, target)) for row in rows)]
    assert nearest(equal, [], SIGNS, target) == target
