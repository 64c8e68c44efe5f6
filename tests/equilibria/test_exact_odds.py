"""Positive numbers within bounds of which products are 1: against logarithms, and at the edges."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from summitgames.certificates.consistency import kernel
from summitgames.certificates.rationals import to_fraction
from summitgames.equilibria.exact_odds import (
    Bounds,
    connected,
    elementary,
    implied,
    may_hold,
    overlapping,
    rational_ratios,
)
from summitgames.equilibria.exact_polytopes import TooMuchWork, Work


def ratio(circuits, bounds, at):
    return next(rational_ratios(circuits, bounds, at), None)


FREE = Bounds(fmpq(0), None)


def between(low, high):
    ends = [None if end is None else fmpq(*Fraction(end).as_integer_ratio()) for end in (low, high)]
    return Bounds(*ends)


def test_parts_share_no_number():
    assert connected([]) == []
    assert connected([[1, 0, -1, 0], [0, 1, 0, 1]]) == [[[1, 0, -1, 0]], [[0, 1, 0, 1]]]
    (part,) = connected([[1, 0, -1], [0, 1, 1]])
    assert part == [[1, 0, -1], [0, 1, 1]]


def test_sets_that_overlap_are_one_part():
    assert overlapping([]) == []
    assert overlapping([{1}, {2}, set(), {1, 3}]) == [[1], [2], [0, 3]]
    assert overlapping([{1}, {2}, {1, 2}]) == [[0, 1, 2]]
    assert overlapping([{1}, {2}, {1}, {1, 2}]) == [[1, 0, 2, 3]]  # the part last added to is last


@given(st.lists(st.sets(st.integers(0, 12), max_size=3), max_size=12))
def test_parts_by_pairwise_comparison(sets):
    parts = []
    for at, own in enumerate(sets):
        touched = [part for part in parts if any(sets[place] & own for place in part)]
        parts = [part for part in parts if part not in touched]
        parts.append([*(place for part in touched for place in part), at])
    assert overlapping(sets) == parts


def test_no_set_is_compared_with_every_other():
    class Counted(set):
        compared = 0

        def __and__(self, other):
            Counted.compared += 1
            return set.__and__(self, other)

        __rand__ = __and__

    sets = [Counted({at}) for at in range(100)]
    assert overlapping(sets) == [[at] for at in range(100)]
    assert Counted.compared <= len(sets)


def test_elementary_vectors_have_least_supports():
    # Of x1 = x2 = x3: any two are equal.
    found = elementary([[1, -1, 0], [0, 1, -1]], Work(1000))
    assert sorted(found) == [[0, 1, -1], [1, -1, 0], [1, 0, -1]]
    assert elementary([[2, 1]], Work(1)) == [[2, 1]]
    with pytest.raises(TooMuchWork):
        elementary([[1, -1, 0], [0, 1, -1]], Work(2))


@pytest.mark.parametrize(
    ("bounds", "holds"),
    [
        ([FREE, FREE, FREE], True),
        ([between(0, 0), FREE, FREE], False),
        ([FREE, FREE, between(0, 0)], False),
        ([between(2, None), between(3, None), between(0, 6)], True),
        ([between(2, None), between(3, None), between(0, 5)], False),
        ([between(0, "1/2"), between(0, "1/3"), between("1/6", None)], True),
        ([between(0, "1/2"), between(0, "1/3"), between("1/5", None)], False),
    ],
)
def test_bounds_of_a_product(bounds, holds):
    assert may_hold([[1, 1, -1]], bounds) is holds


@pytest.mark.parametrize(
    ("powers", "bounds", "low", "high"),
    [
        ([1, 1, -1], [between(2, 3), between(5, 7), FREE], 10, 21),
        ([-1, -1, 1], [between(2, 3), between(5, 7), FREE], 10, 21),
        ([1, 1, 1], [between(2, 4), between(5, None), FREE], 0, "1/10"),
        ([2, 0, -1], [between(0, 3), between(5, 7), FREE], 0, 9),
        ([-2, 1, -1], [between(2, 4), between(16, 32), FREE], 1, 8),
        ([1, -1, 1], [between(0, 4), between(5, 7), FREE], "5/4", None),
    ],
)
def test_bounds_by_those_of_others(powers, bounds, low, high):
    assert implied(powers, bounds, 2) == between(low, high)


@given(
    st.lists(st.lists(st.integers(-1, 1), min_size=3, max_size=3), min_size=4, max_size=4),
    st.data(),
)
def test_agrees_with_a_linear_program_in_logarithms(rows, data):
    number = st.sampled_from([0.25, 0.5, 1.0, 3.0, 7.0])
    bounds = [between(*sorted(data.draw(st.tuples(number, number)))) for _ in rows]
    basis = kernel([{a: c for a, c in enumerate(row) if c} for row in rows])
    circuits = elementary(basis, Work(10**6))
    # Within a little of the edges either verdict of floats may be right.
    verdicts = []
    for slack in (-1e-6, 1e-6):
        ends = [[float(to_fraction(end)) for end in pair] for pair in bounds]
        limits = np.log(ends) + np.array([-slack, slack])
        matrix = np.array(rows, dtype=float)
        found = linprog(
            np.zeros(3),
            A_ub=np.vstack([matrix, -matrix]),
            b_ub=np.concatenate([limits[:, 1], -limits[:, 0]]),
            bounds=(None, None),
        )
        verdicts.append(found.status == 0)
    assert may_hold(circuits, bounds) in verdicts


def test_a_rational_is_found_within_the_range_that_is_left():
    bounds = [between(2, 9), between(3, 9), between(7, 8)]
    circuits = [[1, 1, -1]]
    fixed = [*bounds]
    for at in range(3):
        value = ratio(circuits, fixed, at)
        assert bounds[at].low <= value <= bounds[at].high
        fixed[at] = Bounds(value, value)
    assert fixed[0].low * fixed[1].low == fixed[2].low
    assert ratio([], [FREE], 0) == 1
    assert ratio([], [between(5, None)], 0) > 5
    assert ratio([], [between(0, "1/5")], 0) < fmpq(1, 5)


def test_an_irrational_is_not_found():
    two = between(2, 2)
    assert ratio([[1, -2]], [two, between(1, 3)], 1) is None
    four = between(4, 4)
    assert ratio([[1, -2]], [four, between(1, 3)], 1) == 2


def test_huge_numbers_do_not_overflow():
    huge = Bounds(fmpq(10) ** 5000, None)
    assert may_hold([[1, -1]], [huge, FREE])
    assert not may_hold([[1, -1]], [huge, between(0, 1)])
    assert ratio([[1, -1]], [huge, FREE], 1) is None  # beyond what floats hold


def test_all_corners():
    # x y = z w within boxes: by hand, the ranges of both products meet.
    for lows in product([1, 2], repeat=4):
        bounds = [between(low, low + 1) for low in lows]
        x, y, z, w = lows
        meets = x * y <= (z + 1) * (w + 1) and z * w <= (x + 1) * (y + 1)
        assert may_hold([[1, 1, -1, -1]], bounds) is meets
