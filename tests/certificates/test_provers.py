"""Given strategies: what counts as exact, and what is refused by name."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.certificates.provers import Given, Part, listed, one_of, size_of

PARTS = [Part(lambda: "[0]", 2), Part(lambda: "[1]", 3)]


def test_exact_numbers_and_floats_are_told_apart():
    rows = [["1/3", "2/3"], [Decimal("0.5"), sympy.Rational(1, 2), Fraction(0)]]
    exact = Given.read(rows, PARTS)
    assert exact.exact
    assert exact.strategies == (
        (Fraction(1, 3), Fraction(2, 3)),
        (Fraction(1, 2), Fraction(1, 2), 0),
    )
    mixed = Given.read([["1/3", "2/3"], np.array([0.25, 0.5, 0.25])], PARTS)
    assert not mixed.exact
    blurred = Given.read([[0.3333333333, 0.6666666666], [1, 0, 0]], PARTS)
    assert sum(blurred.strategies[0]) != 1
    assert sum(blurred.distributions[0]) == 1


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 0], [1, 0]], r"equilibrium\[1\]: list of 2; expected 3 probabilities"),
        ([5, [1, 0, 0]], r"equilibrium\[0\]: int; expected 2 probabilities"),
        (["10", [1, 0, 0]], r"equilibrium\[0\]: str; expected 2 probabilities"),
        ([[1, None], [1, 0, 0]], r"equilibrium\[0\]: None at action 1; expected a rational"),
        ([[1, "1/2"], [1, 0, 0]], r"equilibrium\[0\]: 1, 1/2; .* sum to exactly 1"),
        ([["1/2", 0.6], [1, 0, 0]], r"equilibrium\[0\]: 0\.5, 0\.6; .* sum to 1 within 1e-09"),
        ([[2, -1], [1, 0, 0]], r"equilibrium\[0\]: 2, -1; expected numbers >= 0"),
    ],
)
def test_no_distributions(rows, message):
    with pytest.raises(sg.GameError, match=message):
        Given.read(rows, PARTS)


def test_what_is_a_list():
    assert listed(np.array([1, 2])) == [1, 2]
    assert listed(np.array(1)) is None
    assert listed({"a": 1}) is None
    assert size_of((1, 2)) == "tuple of 2"
    assert size_of(3) == "int"


def test_the_slot_of_one_equilibrium():
    assert one_of(np.array([False, True, False])) == 1
    for used in (np.array([True, True]), np.array([False]), np.array([[True]])):
        with pytest.raises(sg.GameError, match="expected one: pick one"):
            one_of(used)


def test_floats_refute_nothing_that_exact_numbers_do_not():
    least = 5e-324  # halves of it are rounded to 0
    form = sg.NormalForm([[[least, least], [2 * least, 0]], [[0, 0], [0, 0]]])
    certificate = sg.certify(form, [[1, 0], [0.5, 0.5]], exact=False)
    assert certificate.verdict == "not decided"
    assert certificate.deviation is None
    assert sg.certify(form, [[1, 0], [0.5, 0.5]]).verdict == "proved"
