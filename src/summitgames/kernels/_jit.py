"""The one way in which this library compiles a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["jit"]

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Compile a kernel that releases the GIL, follows IEEE 754 to the letter and is cached on disk.

    Divisions by zero give infinities as in NumPy, and no reassociation is allowed (results do not
    depend on how a loop is vectorised). Where no cache folder can be written (a read-only
    installation without a writable home), the kernel is compiled anew in each process.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
    try:
        return cast("F", numba.njit(cache=True, **options)(function))
    except RuntimeError:  # numba found no place to cache in
        return cast("F", numba.njit(**options)(function))
