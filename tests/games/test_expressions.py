"""Sympy expressions as programs: against sympy's own numbers, in floats and in rationals."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from summitgames.errors import GameError, SolverError
from summitgames.games.expressions import emit, exact_rational
from summitgames.games.programs import Builder

X, Y = sympy.symbols("x y")


def program_of(expression):
    builder = Builder()
    inputs = {name: builder.input(name) for name in ("x", "y")}
    builder.store(emit(builder, expression, inputs))
    return builder.build()


def evaluate(expression, x, y):
    program = program_of(expression)
    values = np.empty((1, np.size(x)))
    inputs = {"x": np.atleast_1d(np.float64(x)), "y": np.atleast_1d(np.float64(y))}
    program.run(inputs, values, np.empty((0, 0), dtype=np.int16))
    return values[0]


EXPRESSIONS = [
    X,
    sympy.Integer(3),
    sympy.Rational(1, 3),
    sympy.pi,
    X + Y - 1,
    -X,
    -X - Y,
    1 - X * (1 - Y),
    3 * X * Y / 2,
    X / Y,
    1 / Y,
    X / (Y * (1 + X)),
    X**2 * Y**-3,
    sympy.sqrt(Y),
    Y ** sympy.Rational(3, 2),
    Y**X,
    sympy.Min(X, Y, 1),
    sympy.Max(0, X - Y),
    sympy.Abs(X - Y),
    sympy.exp(-X),
    sympy.log(Y),
    sympy.Piecewise((X, X > Y), (Y, True)),
    sympy.Piecewise((1, X >= Y), (2, X < Y - 1), (3, True)),
    sympy.Piecewise((1, sympy.And(X <= Y, X > 0)), (2, sympy.Or(X < -1, Y > 2)), (3, True)),
    sympy.Piecewise((X, sympy.Not(sympy.And(X > 0, Y > 1))), (Y, True)),
    sympy.Float("0.1") * X,
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_agrees_with_sympy(expression):
    x = np.array([-2.0, -0.5, 0.0, 0.25, 1.0, 3.0])
    y = np.array([1.0, 0.5, 2.0, 0.25, 4.0, 1.5])
    expected = [float(expression.subs({X: a, Y: b})) for a, b in zip(x, y, strict=True)]
    # A handful of operations, each correctly rounded but for powers, exp and log.
    np.testing.assert_allclose(evaluate(expression, x, y), expected, rtol=1e-14, atol=1e-15)


ROOTS = (sympy.sqrt(Y), Y ** sympy.Rational(3, 2))
RATIONAL = [
    e
    for e in EXPRESSIONS
    if e not in ROOTS and not e.has(sympy.pi, sympy.exp, sympy.log, sympy.Float)
]


@given(
    st.sampled_from(RATIONAL),
    st.integers(0, 4),
    st.fractions(min_value=Fraction(1, 10), max_value=3, max_denominator=10),
)
def test_rationals_stay_exact(expression, x, y):
    values, _ = program_of(expression).exact({"x": Fraction(x), "y": y})
    exact = expression.subs({X: x, Y: sympy.Rational(y.numerator, y.denominator)})
    assert values == [Fraction(int(exact.p), int(exact.q))]


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (sympy.sqrt(Y), "leaves the rational numbers"),
        (sympy.exp(X), "leaves the rational numbers"),
        (sympy.log(Y), "leaves the rational numbers"),
        (1 / X, "divides by zero"),
        (X**-2, "divides by zero"),
    ],
)
def test_exact_arithmetic_says_where_it_does_not_apply(expression, reason):
    with pytest.raises(SolverError, match=reason):
        program_of(expression).exact({"x": Fraction(0), "y": Fraction(2)})


def test_a_case_that_does_not_hold_does_no_harm():
    guarded = sympy.Piecewise((1 / X, X > 0), (0, True))
    np.testing.assert_array_equal(evaluate(guarded, [0.0, 4.0], [0.0, 0.0]), [0, 0.25])


def test_common_parts_are_computed_once():
    whole = program_of((X + Y) ** 2 + sympy.Abs((X + Y) ** 2 - 1))
    apart = program_of((X + Y) ** 2)
    assert len(whole.code) == len(apart.code) + 3  # difference, magnitude, sum


def test_ten_thousand_levels_do_not_recurse():
    deep = X
    for _ in range(10**4):
        deep = sympy.Abs(deep + Y, evaluate=False)
    assert evaluate(deep, 1.0, 1.0).tolist() == [10**4 + 1]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (sympy.Symbol("yy"), "unknown parameter 'yy'; did you mean 'y'?"),
        (sympy.gamma(X), "expression has 'gamma', which is not supported; expected sums"),
        (sympy.Eq(X, Y), "expression has 'Equality', which is not supported"),
        (sympy.Piecewise((X, X > 0)), "leaves cases undefined; expected a last case `True`"),
        (X + sympy.I, "expected finite real numbers"),
        (sympy.oo, "expected finite real numbers"),
    ],
)
def test_refusals(expression, message):
    with pytest.raises(GameError) as caught:
        program_of(expression)
    assert message in str(caught.value)


def test_rational_of_a_number():
    assert exact_rational(sympy.Integer(-2)) == -2
    assert exact_rational(sympy.Rational(1, 3)) == Fraction(1, 3)
    assert exact_rational(sympy.Float(0.1)) == Fraction(0.1)
    for number in (sympy.pi, sympy.sqrt(2), sympy.oo, sympy.nan, sympy.Float("1e400"), X):
        assert exact_rational(number) is None


def test_irrational_constants_are_the_nearest_floats():
    assert evaluate(sympy.pi, 0, 0).tolist() == [math.pi]
    with pytest.raises(GameError, match="expected numbers within float64"):
        program_of(X * sympy.Float("1e400"))
