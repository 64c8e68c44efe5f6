"""Instructions of the processor that loops over words of games use, and Python has no name for.

Each is a plain function, which stands for one or a few instructions where a kernel is compiled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["prefetch", "sign_bits", "trailing_zeros"]

F = TypeVar("F", bound=Callable[..., Any])

#: The types of numba's own say less.
_compiled: Callable[..., Callable[[F], F]] = lower_builtin

_BIT: Final = ir.IntType(1)
_BYTE: Final = ir.IntType(8)
_INT: Final = ir.IntType(32)
_WORD: Final = ir.IntType(64)
_LANES: Final = ir.VectorType(_WORD, 8)


def trailing_zeros(word: np.uint64) -> np.uint64:
    """Number of zeros below the lowest bit of a word that is not 0."""
    return np.uint64((int(word) & -int(word)).bit_length() - 1)


def sign_bits(bits: NDArray[np.int64], start: int | np.uint64) -> np.uint64:
    """Signs of eight entries from `start` on, one bit each: those of floats, seen as integers."""
    here = int(start)
    return np.uint64(sum(int(bits[here + lane] < 0) << lane for lane in range(8)))


def prefetch(array: NDArray[Any], index: int | np.uint64) -> None:
    """Ask for the cache line of an entry that is to be read soon; nothing happens in Python."""


@type_callable(trailing_zeros)
def _trailing_zeros_type(_: Any) -> Any:
    return lambda _: types.uint64


@_compiled(trailing_zeros, types.Integer)
def _trailing_zeros(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
    return builder.cttz(arguments[0], ir.Constant(_BIT, 1))


@type_callable(sign_bits)
def _sign_bits_type(_: Any) -> Any:
    return lambda _, __: types.uint64


@_compiled(sign_bits, types.Array, types.Integer)
def _sign_bits(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    at = _pointer(context, builder, signature, arguments)
    lanes = builder.load(builder.bitcast(at, _LANES.as_pointer()), align=8)
    negative = builder.icmp_signed("<", lanes, ir.Constant(_LANES, [0] * 8))
    return builder.zext(builder.bitcast(negative, _BYTE), _WORD)


@type_callable(prefetch)
def _prefetch_type(_: Any) -> Any:
    return lambda _, __: types.none


@_compiled(prefetch, types.Array, types.Integer)
def _prefetch(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    at = builder.bitcast(_pointer(context, builder, signature, arguments), _BYTE.as_pointer())
    kind = ir.FunctionType(ir.VoidType(), [at.type, _INT, _INT, _INT])
    instruction = builder.module.declare_intrinsic("llvm.prefetch", [at.type], kind)
    # To be read; into the second-level cache; data.
    builder.call(instruction, [at, _INT(0), _INT(2), _INT(1)])
    return context.get_dummy_value()


def _pointer(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Where an entry of a contiguous array of one axis lies."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])
