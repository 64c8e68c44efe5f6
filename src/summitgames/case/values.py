"""Numbers for parameters: read exactly, and refused where they are out of range."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.case.records import Parameter, parameters
from summitgames.errors import GameError, unknown_name
from summitgames.games.batches import Value, as_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["check_value", "check_values", "exact_number"]

_LARGEST: Final = Fraction(sys.float_info.max)


def exact_number(value: Any, what: str) -> Fraction:
    """The rational that a number is.

    Parameters
    ----------
    value
        An int, float (the binary number that it is), Fraction, Decimal, NumPy or sympy number.
    what
        Name of the argument, for the error.

    Raises
    ------
    GameError
        If it is no real number (bools and arrays are none), not finite, or beyond float64.

    Examples
    --------
    >>> from decimal import Decimal
    >>> exact_number(Decimal("0.1"), "trust"), exact_number(0.5, "trust")
    (Fraction(1, 10), Fraction(1, 2))
    """
    number = _number(value, what, "a number")
    if isinstance(number, Fraction):
        return number
    raise GameError(
        f"{what}: an array of shape {number.shape}; expected one number (arrays of values are for "
        f"a model's `solve` and `game`)"
    )


def _number(value: Any, what: str, expected: str) -> Value:
    """An exact number, or an array that may hold anything, with what was expected in the error."""
    if isinstance(value, Decimal) and not value.is_finite():
        value = math.nan if value.is_nan() else float(value)
    # As an integer ratio, a huge exponent would fill the memory.
    if isinstance(value, Decimal) and abs(value.adjusted()) > 400:
        raise GameError(f"{what}: {value}; expected {expected}, within the range of float64")
    try:
        number = as_value(value, what, finite=False)
    except GameError as error:
        found = str(error).rpartition("; expected")[0]
        raise GameError(f"{found}; expected {expected}") from None
    if isinstance(number, Fraction) and abs(number) > _LARGEST:
        raise GameError(f"{what}: beyond float64; expected {expected}, within that range")
    return number


def check_value(record: Parameter, value: Any) -> None:
    """Refuse a value, or an array of values, that is not in a parameter's range.

    Parameters
    ----------
    record
        The parameter.
    value
        A number or an array of any shape.

    Raises
    ------
    GameError
        Names the parameter, the value, its index in an array, and the range.

    Examples
    --------
    >>> check_value(parameters()["trust"], [0.2, 1.5])
    Traceback (most recent call last):
        ...
    summitgames.errors.GameError: parameter 'trust': 1.5 at batch index (1,); expected a number ...
    """
    what, expected = f"parameter {record.name!r}", f"a number in {record.range}"
    number = _number(value, what, expected)
    if isinstance(number, Fraction):
        # Computations use the nearest float64, which may lie on an end that does not belong.
        if not (record.contains(number) and record.contains(float(number))):
            raise GameError(f"{what}: {value}; expected {expected}")
        return
    # Extremes first, which take no memory; a NaN comes through them.
    if not (record.contains(float(number.min())) and record.contains(float(number.max()))):
        above = np.greater_equal if record.includes_lower else np.greater
        below = np.less_equal if record.includes_upper else np.less
        inside = above(number, record.lower) & below(number, record.upper)
        raise GameError(f"{what}: {_first(~inside, number)}; expected {expected}")


def _first(bad: NDArray[Any], array: NDArray[Any]) -> str:
    """The first entry that is bad, and where it is."""
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    return f"{array[index]} at batch index {index}"


def check_values(values: Mapping[str, Any], names: Iterable[str] | None = None) -> None:
    """Refuse values that are not in their parameters' ranges.

    Parameters
    ----------
    values
        Parameter to a number or an array; arrays broadcast.
    names
        Parameters to check; None: all that are in `values`.

    Raises
    ------
    GameError
        If a name is no parameter, a value is missing, no number, not finite or out of its range,
        or if `hazard_none` exceeds `hazard_conditions` somewhere.

    Examples
    --------
    >>> check_values({"trust": 0.5, "discount_year": 0.9})
    >>> check_values({"discount_year": 1})
    Traceback (most recent call last):
        ...
    summitgames.errors.GameError: parameter 'discount_year': 1; expected a number in [0, 1)
    """
    checked = tuple(values if names is None else names)
    for name in checked:
        if name not in parameters():
            raise unknown_name("parameter", name, parameters())
        if name not in values:
            raise GameError(f"parameter {name!r}: no value; expected a number or an array")
        check_value(parameters()[name], values[name])
    if {"hazard_none", "hazard_conditions"} <= set(checked):
        _check_hazards(values["hazard_none"], values["hazard_conditions"])


def _check_hazards(none: Any, conditions: Any) -> None:
    """Work on the conditions never makes a settlement less likely."""
    low, high = as_value(none, "hazard_none"), as_value(conditions, "hazard_conditions")
    expected = "expected at most hazard_conditions"
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        if low > high:
            raise GameError(f"parameter 'hazard_none': {none}; {expected}, {float(high)}")
        return
    lows, highs = (np.asarray(end, dtype=np.float64) for end in (low, high))
    try:
        lows, highs = np.broadcast_arrays(lows, highs)
    except ValueError:
        raise GameError(
            f"parameter 'hazard_none': shape {lows.shape} does not broadcast with {highs.shape}, "
            f"that of hazard_conditions; expected shapes that broadcast"
        ) from None
    if (lows > highs).any():
        raise GameError(f"parameter 'hazard_none': {_first(lows > highs, lows)}; {expected}")
