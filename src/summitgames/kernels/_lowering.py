"""What numba makes of the functions in `_instructions`; imported before it compiles a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from llvmlite import ir
from numba import types
from numba.extending import lower_builtin, type_callable

from summitgames.kernels._instructions import prefetch, sign_bits, trailing_zeros

__all__: list[str] = []

F = TypeVar("F", bound=Callable[..., Any])

#: The types of numba's own say less.
_compiled: Callable[..., Callable[[F], F]] = lower_builtin

_BIT: Final = ir.IntType(1)
_BYTE: Final = ir.IntType(8)
_INT: Final = ir.IntType(32)
_WORD: Final = ir.IntType(64)
_LANES: Final = ir.VectorType(_WORD, 8)


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
