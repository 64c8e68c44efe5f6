"""Values for a family of games: numbers and arrays that broadcast, read block by block.

Numbers are kept as the exact rationals that they are; arrays are float64. A batch has the shape to
which the arrays broadcast; draws are counted in C order of that shape.
"""

from __future__ import annotations

import math
import numbers
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from summitgames.errors import GameError

__all__ = [
    "BLOCK",
    "LARGEST_FLOAT",
    "Batch",
    "Value",
    "as_value",
    "batch_index",
    "exact_number",
    "holds_masked",
    "kept",
    "nearest_float",
    "truth_value",
]

#: Draws a block: their inputs and results stay in the second-level cache.
BLOCK = 8192

LARGEST_FLOAT = Fraction(sys.float_info.max)

#: Decimals beyond this power of ten, far from every float64, are no numbers here.
_LARGEST_EXPONENT = 400

Value: TypeAlias = Fraction | NDArray[np.float64]


def as_value(given: Any, what: object, *, finite: bool = True) -> Value:
    """An exact number, or a float64 array, from what a user gave.

    Parameters
    ----------
    given
        A real number (int, float, Fraction, Decimal, NumPy or sympy number) or an array-like of
        numbers. A float is the binary number that it is.
    what
        Name of the argument, put into words (by `str`) only where there is an error.
    finite
        Whether the entries of an array are looked at here (False where they are checked later).

    Raises
    ------
    GameError
        If it is no number or array of numbers, not finite, or beyond float64.
    """
    exact = exact_number(given)
    if exact is not None:
        if abs(exact) > LARGEST_FLOAT:
            raise GameError(f"{what}: beyond float64; expected a number within its range")
        return exact
    if isinstance(given, (str, bytes, bool, np.bool_)) or given is None:
        raise GameError(f"{what}: {given!r}; expected a number or an array of numbers")
    if holds_masked(given):
        raise GameError(f"{what}: a masked array with entries left out; expected all of them")
    try:
        array = np.asarray(given)
    except ValueError:
        raise GameError(f"{what}: ragged; expected a number or an array of numbers") from None
    if array.dtype == object and all(exact_number(item) is not None for item in array.flat):
        try:
            array = array.astype(np.float64)
        except OverflowError:
            raise GameError(f"{what}: beyond float64; expected numbers within its range") from None
    if array.dtype.kind not in "iuf":
        found = f"an array of {array.dtype}" if array.ndim else repr(given)
        raise GameError(f"{what}: {found}; expected a number or an array of numbers")
    array = np.asarray(array, dtype=np.float64)
    if (finite or array.ndim == 0) and not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        where = f" at batch index {index}" if array.ndim else ""
        raise GameError(f"{what}: not finite{where}: {array[index]}; expected finite numbers")
    if array.size == 0:
        raise GameError(f"{what}: an empty array; expected at least one number")
    return Fraction(float(array)) if array.ndim == 0 else array


def holds_masked(given: Any) -> bool:
    """Whether entries are left out of an array, or of one in a list: NumPy would put them back."""
    left, seen = [given], set()
    while left:
        item = left.pop()
        if isinstance(item, np.ma.MaskedArray):
            if np.ma.is_masked(item):
                return True
        elif isinstance(item, (list, tuple)) and len(item) and id(item) not in seen:
            seen.add(id(item))  # a list may hold itself
            if isinstance(item[0], (list, tuple, np.ndarray)):  # a row of numbers holds no array
                left += item
    return False


def truth_value(given: Any, what: str) -> bool:
    """True or False, Python's or NumPy's.

    Raises
    ------
    GameError
        If it is anything else, such as a number or a text, which Python would take for one.
    """
    if not isinstance(given, (bool, np.bool_)):
        raise GameError(f"{what}: {given!r}; expected True or False")
    return bool(given)


def nearest_float(value: Fraction) -> float:
    """Float nearest to a rational; beyond the largest, infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def kept(value: Value) -> Value:
    """The same for a game to keep: a read-only copy of an array, which its owner may change."""
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.setflags(write=False)
    return value


def exact_number(given: Any) -> Fraction | None:
    """The rational that a real number is, or None: no number, not finite, or irrational."""
    if isinstance(given, (bool, np.bool_)):
        return None
    if isinstance(given, numbers.Rational):  # int, Fraction, NumPy integers
        return Fraction(int(given.numerator), int(given.denominator))
    if isinstance(given, Decimal):  # a larger one would fill the memory as an integer ratio
        small = given.is_finite() and abs(given.adjusted()) <= _LARGEST_EXPONENT
        return Fraction(given) if small else None
    if isinstance(given, (float, np.floating)):  # longer than float64 too, so not through float()
        return Fraction(*given.as_integer_ratio()) if np.isfinite(given) else None
    if type(given).__module__.partition(".")[0] == "sympy":
        return _exact_sympy(given)
    return None


def _exact_sympy(given: Any) -> Fraction | None:
    from summitgames.games.expressions import exact_rational

    return exact_rational(given)


def batch_index(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Index in a batch of the draw with a given number."""
    return tuple(int(i) for i in np.unravel_index(flat, shape)) if shape else ()


@dataclass(frozen=True, eq=False)
class Batch:
    """Named values and the shape to which they broadcast.

    Raises
    ------
    GameError
        If the arrays do not broadcast; the message names two that conflict.
    """

    values: Mapping[str, Value]

    def __post_init__(self) -> None:
        self.shape  # noqa: B018  (an error belongs here, not where the shape is first read)

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for a single game."""
        shape: tuple[int, ...] = ()
        seen: list[str] = []
        for name, value in self.values.items():
            if isinstance(value, np.ndarray):
                try:
                    shape = np.broadcast_shapes(shape, value.shape)
                except ValueError:
                    raise GameError(
                        f"{name}: shape {value.shape} does not broadcast with {shape}, the shape "
                        f"of {', '.join(seen)}; expected shapes that broadcast as in NumPy"
                    ) from None
                seen.append(str(name))
        return shape

    @property
    def size(self) -> int:
        """Number of draws."""
        return math.prod(self.shape)

    @cached_property
    def _flat(self) -> dict[str, NDArray[np.float64] | np.flatiter[Any]]:
        """One-dimensional views; of what is broadcast along some axes only, an iterator."""
        flat: dict[str, Any] = {}
        for name, value in self.values.items():
            if isinstance(value, Fraction):
                flat[name] = np.array([float(value)])
            elif value.size == 1:
                flat[name] = value.reshape(1)
            elif value.shape == self.shape:
                flat[name] = value.reshape(-1)
            else:
                flat[name] = np.broadcast_to(value, self.shape).flat
        return flat

    def block(self, start: int, stop: int) -> dict[str, NDArray[np.float64]]:
        """Values of draws start to stop: arrays ``(stop - start,)``, or ``(1,)`` where constant."""
        return {
            name: value if isinstance(value, np.ndarray) and value.size == 1 else value[start:stop]
            for name, value in self._flat.items()
        }

    def at(self, flat: int) -> dict[str, float]:
        """Values of one draw."""
        return {name: float(value[0]) for name, value in self.block(flat, flat + 1).items()}
