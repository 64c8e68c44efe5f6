"""Values of a family: exact numbers, arrays that broadcast, blocks in C order, clear refusals."""

import dataclasses
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from summitgames.errors import GameError
from summitgames.games.batches import (
    Batch,
    as_value,
    batch_index,
    exact_number,
    holds_masked,
    kept,
    truth_value,
)


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        (3, Fraction(3)),
        (0.1, Fraction(3602879701896397, 36028797018963968)),  # the binary number that it is
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.1"), Fraction(1, 10)),
        (np.float32(0.5), Fraction(1, 2)),
        (np.int16(-7), Fraction(-7)),
        (np.array(0.25), Fraction(1, 4)),
        (sympy.Rational(2, 3), Fraction(2, 3)),
        (sympy.Float("0.5"), Fraction(1, 2)),
        (-0.0, Fraction(0)),
        (5e-324, Fraction(5e-324)),
        (Fraction(1, 10**400), Fraction(1, 10**400)),
    ],
)
def test_numbers_are_kept_exactly(given, exact):
    value = as_value(given, "x")
    assert isinstance(value, Fraction)
    assert value == exact


@pytest.mark.parametrize(
    "given",
    [
        [1, 2],
        (0.5, 1.5),
        np.array([1, 2], dtype=np.uint8),
        [Fraction(1, 2), 1],
        [Decimal("0.1"), 2],
    ],
)
def test_arrays_become_float64(given):
    value = as_value(given, "x")
    assert isinstance(value, np.ndarray)
    assert value.dtype == np.float64
    assert value.tolist() == [float(item) for item in given]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "x: None; expected a number or an array of numbers"),
        ("1", "x: '1'; expected a number or an array of numbers"),
        (True, "x: True; expected"),
        (np.True_, "expected a number"),
        (1j, "x: 1j; expected"),
        ({"a": 1}, "expected a number"),
        ([True, False], "x: an array of bool; expected a number or an array of numbers"),
        (["1", "2"], "x: an array of <U1; expected"),
        ([1, None], "x: an array of object; expected"),
        ([[1, 2], [3]], "expected a number or an array of numbers"),
        ([], "x: an empty array; expected at least one number"),
        (np.zeros((3, 0)), "x: an empty array"),
        (float("nan"), "x: not finite: nan; expected finite numbers"),
        (-np.inf, "x: not finite: -inf"),
        (np.array([[0, 1], [np.inf, np.nan]]), r"x: not finite at batch index \(1, 0\): inf;"),
        (10**400, "x: beyond float64; expected a number within its range"),
        (Fraction(-(10**400), 3), "x: beyond float64"),
        ([10**400, 1], "x: beyond float64; expected numbers within its range"),
        (sympy.Symbol("y"), "expected a number"),
        (sympy.sqrt(2), "expected a number"),
        (sympy.oo, "expected a number"),
    ],
)
def test_what_is_no_number_is_refused(given, message):
    with pytest.raises(GameError, match=message):
        as_value(given, "x")


def test_finiteness_may_be_looked_at_later():
    assert np.isnan(as_value([1, np.nan], "x", finite=False)[1])
    with pytest.raises(GameError, match="x: not finite: nan"):  # a number is looked at in any case
        as_value(np.nan, "x", finite=False)


def test_no_exact_number():
    for item in (True, "1", None, np.inf, np.nan, Decimal("NaN"), sympy.pi, 1j, [1]):
        assert exact_number(item) is None


def test_kept_arrays_are_read_only_copies():
    mine = np.array([1.0, 2.0])
    value = kept(mine)
    mine[0] = 5
    assert value.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        value[0] = 5
    assert kept(Fraction(1, 3)) == Fraction(1, 3)


def test_shape_and_size():
    assert Batch({}).shape == ()
    assert Batch({"x": Fraction(1)}).size == 1
    batch = Batch({"x": np.ones((3, 1)), "y": Fraction(1), "z": np.ones((2, 1, 4))})
    assert batch.shape == (2, 3, 4)
    assert batch.size == 24


def test_conflict_names_both_sides():
    arrays = {"trust": np.ones(3), "prize": Fraction(1), "turnover": np.ones((2, 4))}
    with pytest.raises(GameError) as caught:
        Batch(arrays)
    assert str(caught.value) == (
        "turnover: shape (2, 4) does not broadcast with (3,), the shape of trust; "
        "expected shapes that broadcast as in NumPy"
    )


@st.composite
def batches(draw):
    shape = tuple(draw(st.lists(st.integers(1, 4), max_size=3)))
    values = {"constant": Fraction(draw(st.integers(-5, 5)), 3)}
    for name in "xyz":
        axes = [size if draw(st.booleans()) else 1 for size in shape]
        own = tuple(axes[draw(st.integers(0, len(shape))) :])
        if own:
            values[name] = np.arange(np.prod(own), dtype=np.float64).reshape(own)
    if shape:
        values["whole"] = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
        if draw(st.booleans()):
            values["whole"] = np.asfortranarray(values["whole"])
    return Batch(values), shape


@given(batches(), st.data())
def test_blocks_are_slices_of_the_broadcast_values(drawn, data):
    batch, shape = drawn
    assert batch.shape == shape
    start = data.draw(st.integers(0, batch.size - 1))
    stop = data.draw(st.integers(start + 1, batch.size))
    block = batch.block(start, stop)
    assert block.keys() == batch.values.keys()
    for name, value in batch.values.items():
        number = float(value) if isinstance(value, Fraction) else value
        plain = np.broadcast_to(number, shape).reshape(-1)[start:stop]
        assert block[name].shape in {(1,), (stop - start,)}
        np.testing.assert_array_equal(np.broadcast_to(block[name], plain.shape), plain)
        assert batch.at(start)[name] == plain[0]


@given(st.lists(st.integers(1, 5), max_size=3))
def test_draws_are_counted_in_c_order(sizes):
    shape = tuple(sizes)
    assert [batch_index(flat, shape) for flat in range(int(np.prod(shape)))] == list(
        np.ndindex(shape)
    )


def test_frozen_and_picklable():
    batch = Batch({"x": np.arange(3.0), "y": Fraction(1, 3)})
    with pytest.raises(dataclasses.FrozenInstanceError):
        batch.values = {}
    again = pickle.loads(pickle.dumps(batch))  # noqa: S301
    assert again.shape == (3,)
    assert again.values["y"] == Fraction(1, 3)
    np.testing.assert_array_equal(again.block(1, 3)["x"], [1, 2])


def test_truth_values_are_pythons_and_numpys():
    assert truth_value(np.True_, "exact") is True
    assert truth_value(np.False_, "exact") is False
    for wrong in (1, 0.0, "False", None, [], np.array([True])):
        with pytest.raises(GameError, match=r"^exact: .*; expected True or False$"):
            truth_value(wrong, "exact")


def test_masks_are_seen_in_lists_of_any_depth():
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    for given_ in (masked, [masked], [[np.zeros(2), masked]], ([[0, 0]], [masked])):
        assert holds_masked(given_)
    whole = np.ma.masked_array([1.0, 2.0])
    for given_ in (whole, [whole, [1, 2]], [], [[]], [1, 2], "text", None, 3):
        assert not holds_masked(given_)
