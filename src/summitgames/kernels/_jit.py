"""The one way in which this library compiles kernels and the parts that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba

__all__ = ["inline", "jit", "splice"]

_OPTIONS: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "fastmath": False}

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Compile a kernel that releases the GIL, follows IEEE 754 to the letter and is cached on disk.

    Divisions by zero give infinities as in NumPy, and no reassociation is allowed (results do not
    depend on how a loop is vectorised). Where no cache folder can be written (a read-only
    installation without a writable home), the kernel is compiled anew in each process.
    """
    try:
        return cast("F", numba.njit(cache=True, **_OPTIONS)(function))
    except RuntimeError:  # numba found no place to cache in
        return cast("F", numba.njit(**_OPTIONS)(function))


def inline(function: F) -> F:
    """Compile a part of kernels of the same file, for their use alone.

    It becomes code within each kernel that calls it, so it needs no entry of its own from Python
    (which numba would compile, too: a tenth to a third of the time of a small function).
    """
    if getattr(numba.config, "DISABLE_JIT", 0):
        return function
    options = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast("F", numba.njit(**options)(function))


def splice(function: F) -> F:
    """Compile a part of kernels of the same file that is called for every small game.

    Its code is put in place of each call before anything is compiled. So no arrays are handed over,
    which for games of a few actions takes longer than the work on them; called in several places,
    it is compiled as often.
    """
    if getattr(numba.config, "DISABLE_JIT", 0):
        return function
    options = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return cast("F", numba.njit(inline="always", **options)(function))
