"""Programs: floats against exact rationals on random operations, and what is left out or shared."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from summitgames.errors import SolverError
from summitgames.games.programs import Builder
from summitgames.kernels import programs as op

BINARY = ("add", "subtract", "multiply", "minimum", "maximum", "at_least")


def run(program, **inputs):
    arrays = {name: np.atleast_1d(np.asarray(x, dtype=np.float64)) for name, x in inputs.items()}
    count = max((x.size for x in arrays.values()), default=1)
    values = np.empty((program.n_values, count))
    choices = np.empty((program.n_choices, count), dtype=np.int16)
    bad = program.run(arrays, values, choices)
    return values, choices, bad


@st.composite
def programs(draw):
    """A program over small whole numbers, all of whose steps floats carry out exactly."""
    builder = Builder()
    rows = [builder.input("x"), builder.input("y"), *(builder.constant(n) for n in (-1, 0, 1, 2))]
    row = st.deferred(lambda: st.sampled_from(rows))
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from((*BINARY, "select", "exceeds", "mix", "largest", "absolute")))
        if kind in BINARY:
            rows.append(getattr(builder, kind)(draw(row), draw(row)))
        elif kind == "select":
            rows.append(builder.select(draw(row), draw(row), draw(row)))
        elif kind == "exceeds":
            by = builder.constant(draw(st.integers(0, 2)))
            rows.append(builder.exceeds(draw(row), draw(row), by))
        elif kind == "mix":
            # Smaller factors: twelve squarings of 3 would leave the whole numbers of float64.
            small = st.sampled_from(rows[:6])
            rows.append(builder.mix(draw(small), draw(row), draw(small), draw(row)))
        elif kind == "largest":
            rows.append(builder.largest(draw(st.lists(row, max_size=4))))
        else:
            rows.append(builder.absolute(draw(row)))
    for stored in rows[-3:]:
        builder.store(stored)
    return builder.build()


@given(programs(), st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=1))
def test_floats_and_rationals_agree(program, draws):
    exact = [program.exact({"x": Fraction(x), "y": Fraction(y)})[0] for x, y in draws]
    x, y = zip(*draws, strict=True)
    values, _, bad = run(program, x=x, y=y)
    assert bad == -1
    for column, numbers in zip(values.T, exact, strict=True):
        if max(map(abs, numbers)) < 2**53:
            assert column.tolist() == [float(number) for number in numbers]


@given(programs())
def test_a_target_is_never_an_operand(program):
    columns = {op.MIX: 4, op.SELECT: 3, op.EXCEEDS: 3, op.LARGEST: 3, op.ABSOLUTE: 1, op.LOAD: 0}
    constants = len(program.exact_constants)
    for operation, target, *operands in program.code.tolist():
        if operation != op.STORE:
            assert target not in operands[: columns.get(operation, 2)]
            assert constants <= target < program.n_registers


def test_the_same_operation_is_the_same_row():
    builder = Builder()
    x, y = builder.input("x"), builder.input("y")
    assert builder.add(x, y) == builder.add(y, x)
    assert builder.minimum(x, y) == builder.minimum(y, x)
    assert builder.subtract(x, y) != builder.subtract(y, x)
    assert builder.input("x") == x
    assert builder.constant(Fraction(1, 2)) == builder.constant(Fraction(2, 4))


def test_what_is_known_is_not_computed():
    builder = Builder()
    x, zero, one, two = builder.input("x"), *(builder.constant(n) for n in (0, 1, 2))
    assert builder.add(x, zero) == builder.add(zero, x) == x
    assert builder.subtract(x, zero) == x
    assert builder.multiply(x, one) == builder.multiply(one, x) == x
    assert builder.divide(x, one) == builder.power(x, one) == x
    assert builder.minimum(x, x) == builder.maximum(x, x) == builder.select(x, x, two) == x
    assert builder.value_of(builder.add(one, two)) == 3
    assert builder.value_of(builder.subtract(one, two)) == -1
    assert builder.value_of(builder.multiply(two, two)) == 4
    assert builder.value_of(builder.at_least(two, one)) == 1
    assert builder.value_of(builder.at_least(one, two)) == 0
    assert builder.value_of(builder.at_least(x, x)) == 1
    assert builder.value_of(builder.exceeds(x, x, one)) == 0
    assert builder.select(x, two, one) == two
    assert builder.select(x, two, zero) == x
    assert builder.value_of(builder.all_of([])) == 1
    assert builder.value_of(builder.any_of([])) == 0
    assert builder.value_of(builder.mix(zero, x, one, two)) == 2


def test_what_no_result_needs_is_left_out():
    builder = Builder()
    x, y = builder.input("x"), builder.input("y")
    builder.multiply(builder.add(x, y), builder.constant(7))
    builder.store(builder.subtract(x, y))
    program = builder.build()
    assert program.code[:, 0].tolist() == [op.LOAD, op.LOAD, op.SUBTRACT, op.STORE]
    assert program.exact_constants == ()


def test_registers_are_given_back():
    builder = Builder()
    row = builder.input("x")
    for _ in range(100):
        row = builder.absolute(builder.subtract(row, builder.constant(1)))
    builder.store(row)
    program = builder.build()
    assert program.n_registers <= 3
    assert run(program, x=[0.25])[0].tolist() == [[0.25]]


def test_results_are_kept_in_the_order_asked_for():
    builder = Builder()
    x = builder.input("x")
    double = builder.add(x, x)
    assert [builder.store(double), builder.store(x), builder.store(double)] == [0, 1, 2]
    assert [builder.choose(x), builder.choose(double)] == [0, 1]
    program = builder.build()
    values, choices, _ = run(program, x=[1, 2])
    assert values.tolist() == [[2, 4], [1, 2], [2, 4]]
    assert choices.tolist() == [[1, 2], [2, 4]]
    assert program.exact({"x": Fraction(5)}) == ([10, 5, 10], [5, 10])


def test_conditions():
    builder = Builder()
    x = builder.input("x")
    one, two = builder.constant(1), builder.constant(2)
    inside = builder.all_of([builder.at_least(x, one), builder.at_least(two, x)])
    builder.store(inside)
    builder.store(builder.negate(inside))
    builder.store(builder.any_of([builder.exceeds(one, x, one), builder.at_least(x, two)]))
    values, _, _ = run(builder.build(), x=[-1, 0.5, 1, 1.5, 2, 3])
    assert values.tolist() == [[0, 0, 1, 1, 1, 0], [1, 1, 0, 0, 0, 1], [1, 0, 0, 0, 1, 1]]


def test_a_check_that_cannot_fail_costs_nothing():
    builder = Builder()
    builder.check(builder.constant(1), 0, 1)
    assert builder.build().code.shape == (0, 6)
    builder.check(builder.constant(2), 0, 1)
    assert run(builder.build())[2] == 0


@pytest.mark.parametrize(("x", "bad"), [([0, 1], -1), ([0.5, 1.5, 2], 1), ([np.nan], 0)])
def test_checks_name_the_first_bad_draw(x, bad):
    builder = Builder()
    builder.check(builder.input("x"), 0, 1)
    assert run(builder.build(), x=x)[2] == bad


def test_exact_arithmetic_passes_over_checks():
    builder = Builder()
    x = builder.input("x")
    builder.check(x, 0, 1)
    builder.store(builder.power(x, builder.constant(-2)))
    program = builder.build()
    assert program.exact({"x": Fraction(-3)})[0] == [Fraction(1, 9)]
    with pytest.raises(SolverError, match="divides by zero"):
        program.exact({"x": Fraction(0)})


@pytest.mark.parametrize("operation", ["exp", "log"])
def test_exact_arithmetic_ends_at_the_rationals(operation):
    builder = Builder()
    builder.store(getattr(builder, operation)(builder.input("x")))
    with pytest.raises(SolverError, match="leaves the rational numbers"):
        builder.build().exact({"x": Fraction(1)})


def test_constants_beyond_float64_are_infinite_in_floats_and_exact_in_rationals():
    builder = Builder()
    huge = builder.constant(10**400)
    builder.store(builder.multiply(builder.input("x"), huge))
    builder.store(builder.constant(-(10**400)))
    program = builder.build()
    assert run(program, x=[1.0])[0].tolist() == [[np.inf], [-np.inf]]
    assert program.exact({"x": Fraction(1)})[0][0] == 10**400
