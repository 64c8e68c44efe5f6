"""The one way in which this library compiles kernels and the parts that they share.

Nothing is compiled, and numba not imported, before a kernel needs it. First calls on few numbers
do not wait for the compiler: a kernel that allows it runs as the plain Python function that it is
written as, until it is given many numbers, or has taken about as long as reading a compiled kernel
from the cache would. Both give the same results to the last bit; the tests compare them.

So what modules name are Python functions: parts as they were written, kernels in a wrapper that
chooses. To compile one, a copy of it is made that finds compiled parts under these names.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial, wraps
from importlib import import_module
from time import thread_time
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FEW", "compile_at_once", "exp", "inline", "jit", "known_from", "log", "splice", "tick"]

#: Without `_nrt` numba does not count who refers to an array. It would whenever a part is handed
#: one, by an instruction that waits for memory: up to 40 % of the time of kernels of many parts.
_OPTIONS: Final[dict[str, Any]] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
    "_nrt": False,
}
_PART: Final[dict[str, Any]] = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

#: Seconds of processor time for which each kernel may be interpreted in a process: about what
#: importing numba and reading the kernel from the cache take. With 0 all are compiled at once.
SECONDS = float(os.environ.get("SUMMITGAMES_INTERPRET_SECONDS", "0.5"))

#: Entries of arrays for which Python takes some hundredths of a second, at a microsecond each.
FEW: Final = 2**14

F = TypeVar("F", bound=Callable[..., Any])

#: What numba is to make of functions that modules name, and what it has made of them.
_to_compile: dict[Any, Callable[[], Any]] = {}
_compiled: dict[Any, Any] = {}
_lock = threading.RLock()

#: Of each thread: when, by its own clock, the call that is interpreted has taken too long.
_local = threading.local()


@overload
def jit(function: F) -> F: ...
@overload
def jit(*, interpret: int = 0, allocates: bool = False) -> Callable[[F], F]: ...
def jit(
    function: F | None = None, *, interpret: int = 0, allocates: bool = False
) -> F | Callable[[F], F]:
    """Compile a kernel that releases the GIL, follows IEEE 754 to the letter and is cached on disk.

    Divisions by zero give infinities as in NumPy, and no reassociation is allowed (results do not
    depend on how a loop is vectorised). Where no cache folder can be written (a read-only
    installation without a writable home), the kernel is compiled anew in each process.

    Parameters
    ----------
    function
        The kernel.
    interpret
        First calls whose arrays have at most so many entries together, workspaces included, run in
        Python. Allowed where Python gives the same bits (see `exp`; write products for powers), and
        where this number bounds the time, to a tenth of a second or so, at least from one `tick` to
        the next. It is less than what a block has of a family that is cut into blocks: where Python
        fails, arrays become again what they were, which no other thread may write to meanwhile.
    allocates
        Whether the kernel itself makes arrays. Then it counts who refers to them, which takes time
        wherever it hands arrays on.
    """
    if function is None:
        return partial(jit, interpret=interpret, allocates=allocates)
    kernel = _choosing(function, interpret)
    options = {**_OPTIONS, "_nrt": allocates}
    _to_compile[kernel] = partial(_compile_kernel, function, options)
    return cast("F", kernel)


@overload
def inline(function: F) -> F: ...
@overload
def inline(*, allocates: bool = False) -> Callable[[F], F]: ...
def inline(function: F | None = None, *, allocates: bool = False) -> F | Callable[[F], F]:
    """Compile a part of kernels of the same file, for their use alone.

    It becomes code within each kernel that calls it, so it needs no entry of its own from Python
    (which numba would compile, too: a tenth to a third of the time of a small function).

    Parameters
    ----------
    function
        The part.
    allocates
        As for `jit`.
    """
    if function is None:
        return partial(inline, allocates=allocates)
    _to_compile[function] = partial(_compile, function, {**_PART, "_nrt": allocates})
    return function


def splice(function: F) -> F:
    """Compile a part of kernels of the same file that is called for every small game.

    Its code is put in place of each call before anything is compiled. So no arrays are handed over,
    which for games of a few actions takes longer than the work on them; called in several places,
    it is compiled as often.
    """
    _to_compile[function] = partial(_compile, function, {**_PART, "inline": "always"})
    return function


def known_from(module: str) -> Callable[[F], F]:
    """A function of which numba is told by a module, imported before a kernel that calls it."""

    def note(function: F) -> F:
        def told() -> F:
            import_module(module)
            return function

        _to_compile[function] = told
        return function

    return note


def compile_at_once() -> None:
    """Compile every kernel that is called from here on: for benchmarks, which warm up on little."""
    global SECONDS  # noqa: PLW0603
    SECONDS = 0.0


def exp(x: float) -> float:
    """The exponential of a number, for kernels: the C library's, compiled or not.

    NumPy's own, in Python, differs from it in the last digit.
    """
    try:
        return np.float64(math.exp(x))
    except OverflowError:
        return np.float64(math.inf)


def log(x: float) -> float:
    """The logarithm of a number, for kernels: the C library's, compiled or not."""
    if x > 0.0:
        return np.float64(math.log(x))
    return np.float64(-math.inf if x == 0.0 else math.nan)


def tick() -> None:
    """Where kernels that may take long on few numbers can be left for compiled ones."""
    if thread_time() > getattr(_local, "until", math.inf):
        raise _OverdueError


def _nothing() -> None:
    """What `tick` is in a compiled kernel."""


class _OverdueError(Exception):
    """The time for Python is up."""


def _choosing(function: Callable[..., Any], interpret: int) -> Callable[..., Any]:
    """The function under its name and docstring, interpreted or compiled as told above."""
    compiled: Callable[..., Any] | None = None
    spent = 0.0 if interpret > 0 else math.inf

    @wraps(function)
    def kernel(*arguments: Any) -> Any:
        nonlocal compiled, spent
        if compiled is None:
            arrays = list(_arrays(arguments))
            if spent < SECONDS and sum(array.size for array in arrays) <= interpret:
                start = thread_time()
                before = [(array, array.copy()) for array in arrays if array.flags.writeable]
                _local.until = start + SECONDS - spent
                try:
                    with np.errstate(all="ignore"):
                        return _plain(function(*arguments))
                except (_OverdueError, ArithmeticError, ValueError):  # Python raises, where
                    for array, copy in before:  # compiled code would go on with NaN
                        array[...] = copy
                finally:
                    _local.until = math.inf
                    spent += thread_time() - start
            compiled = _for_compiler(kernel)
        return compiled(*arguments)

    vars(kernel)["interpret"] = interpret  # for tests, and for the curious
    return kernel


def _arrays(arguments: tuple[Any, ...]) -> Iterator[NDArray[Any]]:
    """The arrays among arguments, and in tuples of them."""
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            yield argument
        elif isinstance(argument, tuple):
            yield from _arrays(argument)


def _plain(result: Any) -> Any:
    """What a compiled kernel returns: Python's numbers for NumPy's."""
    if isinstance(result, tuple):
        return tuple(map(_plain, result))
    return result.item() if isinstance(result, np.generic) else result


def _for_compiler(named: Any) -> Any:
    """What numba makes of a kernel or a part, and anything else as it is."""
    if not isinstance(named, FunctionType):
        return named
    with _lock:
        if named not in _compiled and named in _to_compile:
            _compiled[named] = _to_compile[named]()
        return _compiled.get(named, named)


def _compile_kernel(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    try:
        return _compile(function, {"cache": True, **options})
    except RuntimeError:  # numba found no place to cache in
        return _compile(function, options)


def _compile(function: Callable[..., Any], options: dict[str, Any]) -> Any:
    """A function as numba's, which compiles it for the types that it is called with."""
    import numba  # here, since that takes longer than first calls do

    if getattr(numba.config, "DISABLE_JIT", 0):
        return function
    code, names = function.__code__, function.__globals__
    seen = {name: _for_compiler(names[name]) for name in code.co_names if name in names}
    copy = FunctionType(
        code, {**names, **seen}, function.__name__, function.__defaults__, function.__closure__
    )
    made = numba.njit(**options)(copy)
    if not hasattr(made.targetdescr.options, "_nrt"):  # it is not documented
        del made.targetoptions["_nrt"]
    return made


_compiled.update({exp: np.exp, log: np.log})
_to_compile[tick] = _to_compile[splice(_nothing)]
