"""The decorator: IEEE 754 to the letter, no GIL, a cache if one can be written, first in Python."""

import inspect
import math
import os
import pickle
import pydoc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pytest

from summitgames.kernels import _jit
from summitgames.kernels._jit import FEW, exp, inline, jit, log, splice, tick
from summitgames.kernels.best_responses import keep_best_responses

COMPILED = not numba.config.DISABLE_JIT


def ratio(a, b):
    return a / b


@inline
def twice(x):
    return 2 * x


@splice
def thrice(x):
    return 3 * x


def combined(x):
    return twice(thrice(x))


def double(numbers):
    """Double the numbers; the first and the last one."""
    for i in range(numbers.size):
        numbers[i] = twice(numbers[i])
    return numbers[0], numbers[-1]


def count_for_ever(numbers):
    while True:
        tick()
        numbers[0] += 1


def exponentials(x, out):
    for i in range(x.size):
        out[i] = exp(x[i])


def logarithms(x, out):
    for i in range(x.size):
        out[i] = log(x[i])


@pytest.fixture
def compiled(monkeypatch):
    """Kernels that were to be compiled; what stands for the compiled one says "compiled"."""
    asked = []

    def stand_in(kernel):
        asked.append(kernel)
        return lambda *_: "compiled"

    monkeypatch.setattr(_jit, "_for_compiler", stand_in)
    monkeypatch.setattr(_jit, "SECONDS", 1000.0)
    return asked


def test_division_by_zero_is_as_in_numpy():
    divide = jit(ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert divide(np.float64(-1), np.float64(0)) == -np.inf
        assert np.isnan(divide(np.float64(0), np.float64(0)))


@pytest.mark.skipif(not COMPILED, reason="looks at the compiled function's options")
def test_options():
    options = _jit._for_compiler(jit(ratio)).targetoptions
    assert options["nogil"]
    assert options["error_model"] == "numpy"
    assert not options["fastmath"]
    assert _jit._for_compiler(twice).targetoptions["no_cpython_wrapper"]
    assert _jit._for_compiler(thrice).targetoptions["inline"] == "always"


def test_compiles_without_a_cache_where_none_can_be_written(monkeypatch):
    asked = []
    compile_ = numba.njit

    def without_cache(*, cache=False, **options):
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return compile_(**options)

    monkeypatch.setattr(numba, "njit", without_cache)
    assert jit(ratio)(3.0, 2.0) == 1.5
    assert asked == ([True, False] if COMPILED else [])


def test_parts_are_called_by_kernels():
    assert twice(1.5) == 3.0  # as they were written
    assert jit(combined)(1.5) == 9.0


def test_kernels_are_functions_with_names():
    assert inspect.signature(keep_best_responses).parameters.keys() == {
        "payoffs", "largest", "kept",
    }  # fmt: skip
    assert "Clear the profiles" in pydoc.render_doc(keep_best_responses)
    assert keep_best_responses.interpret == FEW
    assert pickle.loads(pickle.dumps(keep_best_responses)) is keep_best_responses  # noqa: S301


def test_few_numbers_are_interpreted_until_there_are_many(compiled):
    kernel = jit(interpret=4)(double)
    few, many = np.ones(4), np.ones(5)
    first, last = kernel(few)
    assert (first, last) == (2.0, 2.0)
    assert type(first) is float  # as a compiled kernel returns it
    assert few.tolist() == [2.0] * 4
    assert compiled == []
    assert kernel(many) == "compiled"
    assert kernel(few) == "compiled"  # from then on
    assert compiled == [kernel]


def test_arrays_in_tuples_count(compiled):
    kernel = jit(interpret=4)(len)
    assert kernel((np.ones(2), 1.0, (np.ones(2),))) == 3
    assert kernel((np.ones(2), 1.0, (np.ones(3),))) == "compiled"
    assert compiled == [kernel]


def test_without_a_limit_nothing_is_interpreted(compiled):
    kernel = jit(ratio)
    assert kernel(1.0, 2.0) == "compiled"
    assert compiled == [kernel]


def test_interpreted_until_the_time_is_up(compiled, monkeypatch):
    monkeypatch.setattr(_jit, "SECONDS", 10.0)
    clock = iter([0.0, 9.0, 20.0, 21.0])
    monkeypatch.setattr(_jit, "thread_time", lambda: next(clock))
    kernel = jit(interpret=FEW)(double)
    assert kernel(np.ones(1)) == (2.0, 2.0)
    assert kernel(np.ones(1)) == (2.0, 2.0)
    assert compiled == []
    assert kernel(np.ones(1)) == "compiled"


@pytest.mark.usefixtures("compiled")
def test_seconds_of_zero_compile_at_once(monkeypatch):
    monkeypatch.setattr(_jit, "SECONDS", 0.0)
    assert jit(interpret=FEW)(double)(np.ones(1)) == "compiled"


@pytest.mark.usefixtures("compiled")
def test_a_call_that_takes_too_long_is_begun_again(monkeypatch):
    monkeypatch.setattr(_jit, "SECONDS", 0.01)
    kernel = jit(interpret=FEW)(count_for_ever)
    numbers = np.arange(3.0)
    assert kernel(numbers) == "compiled"
    assert numbers.tolist() == [0.0, 1.0, 2.0]
    tick()  # and time is not up for what comes after


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, ValueError])
def test_where_python_fails_compiled_code_begins_anew(error):
    def fail(numbers, fixed):
        numbers[0] = fixed[0]
        raise error

    numbers, fixed = np.zeros(2), np.ones(2)
    fixed.flags.writeable = False
    assert jit(interpret=FEW)(fail)(numbers, fixed) == "compiled"
    assert numbers.tolist() == [0.0, 0.0]


@pytest.mark.usefixtures("compiled")
@pytest.mark.filterwarnings("error")
def test_python_does_not_warn():
    assert math.isnan(jit(interpret=FEW)(ratio)(np.float64(0), np.float64(0)))


@pytest.mark.parametrize("few", [True, False])
def test_threads_may_call_first_together(monkeypatch, few):
    monkeypatch.setattr(_jit, "SECONDS", 0.001)
    kernel = jit(interpret=FEW if few else 0)(double)
    arrays = [np.full(64, float(i)) for i in range(64)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(kernel, arrays))
    assert found == [(2.0 * i, 2.0 * i) for i in range(64)]


@pytest.mark.skipif(not COMPILED, reason="about compiled kernels")
def test_a_numba_that_always_counts_references_will_do(monkeypatch):
    from numba.core.cpu import CPUTargetOptions

    assert CPUTargetOptions._nrt.flag_name == "nrt"  # as long as it is there, we use it
    monkeypatch.delattr(
        next(kind for kind in CPUTargetOptions.__mro__ if "_nrt" in vars(kind)), "_nrt"
    )
    monkeypatch.setattr(_jit, "_compiled", {exp: np.exp, log: np.log})  # compile parts anew
    assert jit(combined)(7) == 42


@pytest.mark.skipif(not COMPILED, reason="about compiled kernels")
def test_a_kernel_that_makes_arrays_has_to_say_so():
    def makes(count):
        return np.zeros(count).sum()

    with pytest.raises(numba.TypingError):
        jit(makes)(3)
    assert jit(allocates=True)(makes)(3) == 0.0


EDGES = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-310, 709.0, 710.0, 1e308, np.inf, -np.inf, np.nan, -745.5]


@pytest.mark.parametrize(("python", "kernel"), [(exponentials, 50.0), (logarithms, 1.0)])
def test_exp_and_log_agree_with_compiled_ones(python, kernel):
    rng = np.random.default_rng(0)
    x = np.concatenate([EDGES, rng.normal(size=20_000) * kernel, np.exp(rng.normal(size=20_000))])
    one, other = np.empty_like(x), np.empty_like(x)
    with np.errstate(all="ignore"):
        python(x, one)
        jit(python)(x, other)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(np.signbit(one[one == 0]), np.signbit(other[other == 0]))


def run_python(code, seconds):
    environment = {**os.environ, "SUMMITGAMES_INTERPRET_SECONDS": seconds}
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.split()


def test_a_first_call_does_not_import_numba():
    code = (
        "import sys, summitgames as sg; game = sg.NormalForm.symmetric([[0, 7], [2, 6]]);"
        "print(len(list(sg.support_enumeration(game))), 'numba' in sys.modules)"
    )
    assert run_python(code, "100") == ["3", "False"]
    assert run_python(code, "0") == ["3", "True"]
