"""Rationals of python-flint, and rationals as text."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final

import numpy as np
from flint import fmpq, fmpz

from summitgames.games.batches import exact_number

__all__ = ["exactly", "given_number", "is_float", "rational", "text_of", "to_fraction"]

_RATIONAL: Final = re.compile(r"(-?\d+)(?:/(\d+))?", re.ASCII)


def exactly(number: Fraction) -> fmpq:
    """A rational for python-flint."""
    return fmpq(number.numerator, number.denominator)


def to_fraction(number: fmpq) -> Fraction:
    """A rational from python-flint."""
    return Fraction(int(number.p), int(number.q))


def text_of(number: Fraction) -> str:
    """A rational as text such as "-3/4"; unlike `str`, of any length."""
    return str(exactly(number))


def rational(text: str) -> Fraction | None:
    """The rational that a text such as "-3/4" is, of any length; None: it is none."""
    parts = _RATIONAL.fullmatch(text)
    if parts is None:
        return None
    above, below = parts.groups("1")
    denominator = int(fmpz(below))
    return Fraction(int(fmpz(above)), denominator) if denominator else None


def given_number(given: Any) -> Fraction | None:
    """The rational that a number, or a text such as "1/3" or "0.25", stands for; None: none."""
    if not isinstance(given, str):
        return exact_number(given)
    text = given.strip()
    try:
        return rational(text) if "/" in text else exact_number(Decimal(text))
    except InvalidOperation:
        return None


def is_float(given: Any) -> bool:
    """Whether a number is a float, be it sympy's, which may have been rounded."""
    return isinstance(given, (float, np.floating)) or bool(getattr(given, "is_Float", False))
