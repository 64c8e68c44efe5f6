"""Numbers are read exactly, and refused where they are out of range."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from summitgames import GameError
from summitgames.case.records import parameters
from summitgames.case.values import check_value, check_values, exact_number


@pytest.mark.parametrize(
    ("given_number", "exact"),
    [
        (3, Fraction(3)),
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.1"), Fraction(1, 10)),
        (0.1, Fraction(0.1)),
        (np.float32(0.1), Fraction(float(np.float32(0.1)))),
        (np.int8(-3), Fraction(-3)),
        (np.array(0.25), Fraction(1, 4)),
        (sympy.Rational(2, 7), Fraction(2, 7)),
        (sympy.Integer(5), Fraction(5)),
        (sympy.Float(0.5), Fraction(1, 2)),
    ],
    ids=repr,
)
def test_numbers_are_read_exactly(given_number: Any, exact: Fraction) -> None:
    assert exact_number(given_number, "trust") == exact


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_the_binary_number_that_it_is(number: float) -> None:
    assert float(exact_number(number, "x")) == number
    assert exact_number(number, "x") == Fraction(number)


@pytest.mark.parametrize(
    "bad",
    [
        True,
        np.False_,
        None,
        "0.4",
        b"1",
        1 + 2j,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("-Infinity"),
        sympy.nan,
        sympy.oo,
        sympy.pi,
        sympy.Symbol("x"),
        object(),
        {"x": 1},
        10**400,
        Decimal("1e999999999"),
        Decimal("1e-999999999"),
    ],
    ids=lambda bad: repr(bad)[:30],
)
def test_what_is_no_finite_number_is_refused(bad: Any) -> None:
    with pytest.raises(GameError, match=r"^here: .*; expected a number"):
        exact_number(bad, "here")


def test_an_array_is_refused_where_one_number_is_wanted() -> None:
    with pytest.raises(
        GameError, match=r"trust: an array of shape \(2,\); expected one number .*solve"
    ):
        exact_number([0.1, 0.2], "trust")


@pytest.mark.parametrize("name", parameters())
def test_every_parameter_is_checked(name: str) -> None:
    record = parameters()[name]
    upper = record.upper if np.isfinite(record.upper) else 7.0
    check_value(record, (record.lower + upper) / 2)
    check_value(record, np.linspace(0.01, 0.99, 5) * upper)
    for bad in (-0.25, float("nan"), float("inf"), True, "a"):
        with pytest.raises(GameError) as caught:
            check_value(record, bad)
        assert repr(name) in str(caught.value)
        assert record.range in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("trust", 1.5, "parameter 'trust': 1.5; expected a number in [0, 1]"),
        ("trust", Fraction(3, 2), "parameter 'trust': 3/2; expected a number in [0, 1]"),
        ("trust", np.array([[0, 1], [2.5, -1]]), "2.5 at batch index (1, 0); expected"),
        ("trust", [0.1, np.nan], "nan at batch index (1,); expected a number in [0, 1]"),
        ("office_rents_ukraine", [0.1, np.inf], "inf at batch index (1,); expected"),
        ("office_rents_ukraine", [np.nan, -1], "nan at batch index (0,); expected"),
        ("rada_strictness", 0, "'rada_strictness': 0; expected a number in (0, 1]"),
        ("rada_strictness", [1, 0.0], "0.0 at batch index (1,); expected a number in (0, 1]"),
        ("discount_year", [0, 1], "1.0 at batch index (1,); expected a number in [0, 1)"),
        ("trust", [True, False], "an array of bool; expected a number in [0, 1]"),
        ("trust", ["a"], "expected a number in [0, 1]"),
        ("trust", [1j], "an array of complex128; expected a number in [0, 1]"),
        ("trust", [], "an empty array; expected a number in [0, 1]"),
        ("trust", [[1], [1, 2]], "expected a number in [0, 1]"),
    ],
)
def test_messages_name_parameter_value_place_and_range(name: str, value: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        check_values({name: value})
    assert message in str(caught.value)
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_end_that_does_not_belong_is_refused_also_where_only_rounding_reaches_it() -> None:
    nearly_one = 1 - Fraction(1, 10**30)
    assert parameters()["discount_year"].contains(nearly_one)
    with pytest.raises(GameError, match="discount_year"):
        check_values({"discount_year": nearly_one})


def test_unknown_names_get_the_nearest_one() -> None:
    with pytest.raises(GameError, match=r"unknown parameter 'trsut'; did you mean 'trust'\?"):
        check_values({"trsut": 0.5})


def test_only_the_names_asked_for_are_checked() -> None:
    check_values({"trust": 0.5, "turnover": 7}, ["trust"])
    with pytest.raises(GameError, match="turnover"):
        check_values({"trust": 0.5, "turnover": 7}, ["turnover"])
    with pytest.raises(GameError, match="parameter 'arrival': no value"):
        check_values({"trust": 0.5}, ["arrival"])


def test_hazards_are_ordered() -> None:
    check_values({"hazard_none": 0.1, "hazard_conditions": 0.1})
    check_values({"hazard_none": 0.9})
    with pytest.raises(
        GameError, match=r"'hazard_none': 0\.2; expected at most hazard_conditions, 0\.1"
    ):
        check_values({"hazard_none": 0.2, "hazard_conditions": 0.1})


def test_hazards_are_ordered_at_every_draw() -> None:
    none, conditions = np.array([[0.1], [0.3]]), np.array([0.3, 0.2])
    with pytest.raises(GameError, match=r"0.3 at batch index \(1, 1\); expected at most hazard_c"):
        check_values({"hazard_none": none, "hazard_conditions": conditions})
    check_values({"hazard_none": none, "hazard_conditions": 0.3})
    with pytest.raises(GameError, match=r"shape \(3,\) does not broadcast with \(2,\)"):
        check_values({"hazard_none": np.zeros(3), "hazard_conditions": conditions})
