"""The decorator: IEEE 754 to the letter, no GIL, a cache where one can be written."""

import sys

import numba
import numpy as np
import pytest

from summitgames.kernels import _jit
from summitgames.kernels._jit import inline, jit

COMPILED = not numba.config.DISABLE_JIT


def ratio(a, b):
    return a / b


def twice(x):
    return 2 * x


def quadruple(x):
    return twice(twice(x))


def test_division_by_zero_is_as_in_numpy():
    divide = jit(ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert divide(np.float64(-1), np.float64(0)) == -np.inf
        assert np.isnan(divide(np.float64(0), np.float64(0)))


@pytest.mark.skipif(not COMPILED, reason="looks at the compiled function's options")
def test_options():
    options = jit(ratio).targetoptions
    assert options["nogil"]
    assert options["error_model"] == "numpy"
    assert not options["fastmath"]


def test_compiles_without_a_cache_where_none_can_be_written(monkeypatch):
    asked = []
    compile_ = numba.njit

    def without_cache(*, cache=False, **options):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_(**options)

    monkeypatch.setattr(_jit.numba, "njit", without_cache)
    assert jit(ratio)(3.0, 2.0) == 1.5
    assert asked == [True, False]


def test_inline_parts_are_called_by_kernels(monkeypatch):
    part = inline(twice)
    assert callable(part)
    if COMPILED:
        assert part.targetoptions["no_cpython_wrapper"]
    else:
        assert part is twice
    # A global function is what a kernel of the same file would see.
    monkeypatch.setattr(sys.modules[__name__], "twice", part)
    assert jit(quadruple)(1.5) == 6.0
