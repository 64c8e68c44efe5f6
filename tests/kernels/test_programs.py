"""Instructions over lanes: each against Python's floats, at the edges of blocks of lanes too."""

import math

import numpy as np
import pytest

from summitgames.kernels import programs as op

COUNTS = [1, op.LANES - 1, op.LANES, op.LANES + 1, 2 * op.LANES + 3]
NAN, INF = math.nan, math.inf
SPECIAL = [0.0, -0.0, 1.0, -2.5, 0.5, 5e-324, 1e308, -1e308, INF, -INF, NAN]


def instructions(*rows):
    return np.array([(*row, 0, 0, 0, 0, 0)[:6] for row in rows], dtype=np.uint32).reshape(-1, 6)


def run(rows, inputs, *, values=1, choices=0, constants=(), count=None, registers=8):
    """Float64 results, int16 results, and the first bad draw."""
    arrays = [np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in inputs]
    count = max((x.size for x in arrays), default=1) if count is None else count
    block = np.empty((len(arrays), count))
    for row, array in zip(block, arrays, strict=True):
        row[: array.size] = array
    varying = np.array([array.size > 1 for array in arrays], dtype=np.bool_)
    found = np.full((values, count), NAN)
    chosen = np.full((choices, count), -7, dtype=np.int16)
    with np.errstate(all="ignore"):  # as plain Python, NumPy's scalars warn
        bad = op.run(
            instructions(*rows),
            np.array(constants, dtype=np.float64),
            registers,
            block,
            varying,
            found,
            chosen,
            count,
        )
    return found, chosen, bad


def smaller(a, b):
    return NAN if math.isnan(a) or math.isnan(b) else min(a, b)


def larger(a, b):
    return NAN if math.isnan(a) or math.isnan(b) else max(a, b)


def quotient(a, b):
    with np.errstate(all="ignore"):
        return float(np.float64(a) / np.float64(b))


BINARY = {
    op.ADD: lambda a, b: a + b,
    op.SUBTRACT: lambda a, b: a - b,
    op.MULTIPLY: lambda a, b: a * b,
    op.DIVIDE: quotient,
    op.MINIMUM: smaller,
    op.MAXIMUM: larger,
    op.AT_LEAST: lambda a, b: float(a >= b),
}
PAIRS = [(a, b) for a in SPECIAL for b in SPECIAL]


@pytest.mark.parametrize("operation", BINARY)
def test_two_operands(operation):
    first, second = zip(*PAIRS, strict=True)
    rows = [(op.LOAD, 0, 0), (op.LOAD, 1, 1), (operation, 2, 0, 1), (op.STORE, 0, 0, 2)]
    found, _, bad = run(rows, [first, second])
    np.testing.assert_array_equal(found[0], [BINARY[operation](a, b) for a, b in PAIRS])
    assert bad == -1


UNARY = {
    op.ABSOLUTE: (SPECIAL, abs),
    op.EXP: ([0.0, 1.0, -2.5, 800.0, -INF, NAN], np.exp),
    op.LOG: ([1.0, 0.5, 1e308, 0.0, -1.0, INF], np.log),
}


@pytest.mark.parametrize("operation", UNARY)
def test_one_operand(operation):
    numbers, plain = UNARY[operation]
    rows = [(op.LOAD, 0, 0), (operation, 1, 0), (op.STORE, 0, 0, 1)]
    found, _, _ = run(rows, [numbers])
    with np.errstate(all="ignore"):
        expected = plain(np.array(numbers))
    # A compiled function may round the last place in another way than NumPy's own.
    np.testing.assert_allclose(found[0], expected, rtol=4e-16)


def test_powers():
    bases, exponents = [2.0, 9.0, 0.0, 0.0, -2.0, -1.0], [3.0, 0.5, 0.0, -1.0, 3.0, 0.5]
    rows = [(op.LOAD, 0, 0), (op.LOAD, 1, 1), (op.POWER, 2, 0, 1), (op.STORE, 0, 0, 2)]
    found, _, _ = run(rows, [bases, exponents])
    np.testing.assert_allclose(found[0], [8, 3, 1, INF, -8, NAN], rtol=4e-16)


def test_mix_is_two_products_and_a_sum():
    p, a, b = [0.25, 0.0, 1.0], [4.0, 5.0, 6.0], [8.0, 7.0, NAN]
    rows = [
        *((op.LOAD, register, register) for register in range(4)),
        (op.MIX, 4, 0, 1, 2, 3),
        (op.STORE, 0, 0, 4),
    ]
    found, _, _ = run(rows, [p, a, [0.75, 1.0, 0.0], b])
    np.testing.assert_array_equal(found[0], [7.0, 7.0, NAN])


def test_selection_reads_what_is_taken_only():
    condition = [0.0, 1.0, -3.0, -0.0]
    rows = [
        *((op.LOAD, register, register) for register in range(3)),
        (op.SELECT, 3, 0, 1, 2),
        (op.STORE, 0, 0, 3),
    ]
    found, _, _ = run(rows, [[1, NAN, INF, 4], [NAN, 2, 3, NAN], condition])
    np.testing.assert_array_equal(found[0], [1, 2, 3, 4])


def test_exceeds_by_more_than():
    rows = [
        *((op.LOAD, register, register) for register in range(3)),
        (op.EXCEEDS, 3, 0, 1, 2),
        (op.STORE, 0, 0, 3),
    ]
    found, _, _ = run(rows, [[1, 1, 1, NAN], [1.5, 1.5, 1, 2], [0.5, 0.25, 0, 0]])
    np.testing.assert_array_equal(found[0], [0, 1, 0, 0])


def test_largest_loses_neither_nan_nor_infinity():
    for third in SPECIAL:
        first, second = zip(*PAIRS, strict=True)
        rows = [
            *((op.LOAD, register, register) for register in range(3)),
            (op.LARGEST, 3, 0, 1, 2),
            (op.STORE, 0, 0, 3),
        ]
        found, _, _ = run(rows, [first, second, [third]], count=len(PAIRS))
        expected = np.abs(np.array([first, second, np.full(len(PAIRS), third)])).max(axis=0)
        np.testing.assert_array_equal(found[0], expected)


@pytest.mark.parametrize("count", COUNTS)
def test_every_draw_is_computed_and_none_besides(count):
    x = np.arange(count, dtype=np.float64)
    rows = [
        (op.LOAD, 1, 0),
        (op.LOAD, 2, 1),
        (op.MULTIPLY, 3, 1, 0),
        (op.ADD, 4, 3, 2),
        (op.STORE, 0, 1, 4),
        (op.CHOOSE, 0, 0, 1),
    ]
    found, chosen, bad = run(rows, [x, [100.0]], values=2, choices=1, constants=[3.0], count=count)
    np.testing.assert_array_equal(found[1], 3 * x + 100)
    assert np.isnan(found[0]).all()  # nothing is stored there
    np.testing.assert_array_equal(chosen[0], x)
    assert chosen.dtype == np.int16
    assert bad == -1


@pytest.mark.parametrize("count", COUNTS)
def test_the_first_bad_draw_is_named(count):
    rows = [(op.LOAD, 2, 0), (op.CHECK, 0, 2, 0, 1)]
    x = np.full(count, 0.5)
    assert run(rows, [x], values=0, constants=[0.0, 1.0])[2] == -1
    for first in {0, count // 2, count - 1}:
        for wrong in (-0.1, 1.1, NAN, INF, -INF):
            x[:] = 0.5
            x[first:] = wrong
            assert run(rows, [x], values=0, constants=[0.0, 1.0])[2] == first


def test_bounds_of_a_check_belong_to_it():
    rows = [(op.LOAD, 2, 0), (op.CHECK, 0, 2, 0, 1)]
    assert run(rows, [[0.0, 1.0]], values=0, constants=[0.0, 1.0])[2] == -1
    assert run(rows, [[0.0, np.nextafter(1, 2)]], values=0, constants=[0.0, 1.0])[2] == 1


def test_a_program_of_nothing():
    found, chosen, bad = run([], [], values=0, count=3)
    assert (found.shape, chosen.shape, bad) == ((0, 3), (0, 3), -1)


def test_registers_are_used_again():
    rows = [
        (op.LOAD, 0, 0),
        (op.ADD, 1, 0, 0),
        (op.ADD, 0, 1, 1),
        (op.ADD, 1, 0, 0),
        (op.STORE, 0, 0, 1),
    ]
    found, _, _ = run(rows, [[1.0, 2.0]], registers=2)
    np.testing.assert_array_equal(found[0], [8, 16])
