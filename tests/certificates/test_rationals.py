"""Rationals as text, and the numbers that users give."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy

from summitgames.certificates.rationals import (
    exactly,
    given_number,
    is_float,
    rational,
    text_of,
    to_fraction,
)

LONG = Fraction(-(3**20_000), 7**20_000)


@pytest.mark.parametrize("number", [Fraction(0), Fraction(5), Fraction(-2, 3), LONG])
def test_there_and_back(number):
    assert to_fraction(exactly(number)) == number
    assert rational(text_of(number)) == number


@pytest.mark.parametrize("text", ["", "1/0", "1/-2", "1e3", "0.5", " 1", "1/2/3", "--1", "x", "²"])
def test_texts_that_are_no_rationals(text):
    assert rational(text) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1, 1),
        ("1/3", Fraction(1, 3)),
        (" 0.1 ", Fraction(1, 10)),
        ("1e-3", Fraction(1, 1000)),
        (Decimal("0.1"), Fraction(1, 10)),
        (sympy.Rational(1, 3), Fraction(1, 3)),
        (0.1, Fraction(0.1)),
        (np.float64(0.1), Fraction(0.1)),
        (np.int64(3), 3),
        ("x", None),
        ("1/0", None),
        ("nan", None),
        ("1e999999999", None),
        (float("nan"), None),
        (sympy.sqrt(2), None),
        (None, None),
        (True, None),
    ],
)
def test_given_numbers(given, expected):
    assert given_number(given) == expected


def test_floats_are_known():
    assert all(is_float(x) for x in (0.5, np.float32(0.5), np.float64(1), sympy.Float(0.5)))
    assert not any(is_float(x) for x in (1, np.int64(1), Fraction(1, 2), Decimal(1), "0.5"))
    assert not is_float(sympy.Rational(1, 2))
