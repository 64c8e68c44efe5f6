"""Building straight-line programs: what is computed once is named once.

A `Builder` collects operations in static single-assignment form. An operation on the same operands
is the same row, so common subexpressions are shared across everything that one program computes:
payoffs, probabilities, continuation values and the choices between them. `Builder.build` drops what
no result needs and assigns registers; the `Program` runs on float64 lanes or in exact rationals.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from summitgames.errors import SolverError
from summitgames.games.batches import nearest_float
from summitgames.kernels import programs as op

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Builder", "Program", "Row"]

#: A row: the number of an operation in its builder.
Row = int

_CONSTANT = -1
_COMMUTATIVE = frozenset({op.ADD, op.MULTIPLY, op.MINIMUM, op.MAXIMUM})
_EFFECTS = frozenset({op.CHECK, op.STORE, op.CHOOSE})
#: Which of the four operand columns are registers.
_OPERANDS: dict[int, slice] = {
    _CONSTANT: slice(0),
    op.LOAD: slice(0),
    op.STORE: slice(1, 2),
    op.CHOOSE: slice(1, 2),
    **dict.fromkeys((op.EXP, op.LOG, op.ABSOLUTE), slice(1)),
    **dict.fromkeys(
        (
            op.ADD,
            op.SUBTRACT,
            op.MULTIPLY,
            op.DIVIDE,
            op.MINIMUM,
            op.MAXIMUM,
            op.POWER,
            op.AT_LEAST,
        ),
        slice(2),
    ),
    **dict.fromkeys((op.SELECT, op.EXCEEDS, op.LARGEST, op.CHECK), slice(3)),
    op.MIX: slice(4),
}
_Instruction = tuple[int, int, int, int, int]


class Builder:
    """Collects the operations of one program; a row that exists is not made again."""

    def __init__(self) -> None:
        self._instructions: list[_Instruction] = []
        self._known: dict[_Instruction, Row] = {}
        self._constants: dict[Row, Fraction] = {}
        self._constant_rows: dict[Fraction, Row] = {}
        self._inputs: dict[str, int] = {}
        self._results: dict[int, int] = {op.STORE: 0, op.CHOOSE: 0}

    def _emit(self, operation: int, *operands: int) -> Row:
        if operation in _COMMUTATIVE and operands[0] > operands[1]:
            operands = operands[::-1]
        padded = (*operands, 0, 0, 0)
        instruction = (operation, padded[0], padded[1], padded[2], padded[3])
        row = self._known.get(instruction)
        if row is None:
            row = self._known[instruction] = len(self._instructions)
            self._instructions.append(instruction)
        return row

    def constant(self, value: Fraction | int) -> Row:
        """Row that holds an exact number."""
        value = Fraction(value)
        row = self._constant_rows.get(value)
        if row is None:
            row = self._emit(_CONSTANT, len(self._constant_rows))
            self._constant_rows[value] = row
            self._constants[row] = value
        return row

    def input(self, key: str) -> Row:
        """Row that holds the draw's value of an input."""
        return self._emit(op.LOAD, self._inputs.setdefault(key, len(self._inputs)))

    def value_of(self, row: Row) -> Fraction | None:
        """The number a row holds whatever the draw, or None."""
        return self._constants.get(row)

    def add(self, a: Row, b: Row) -> Row:
        """Sum of two rows."""
        first, second = self.value_of(a), self.value_of(b)
        if first is not None and second is not None:
            return self.constant(first + second)
        if first == 0:
            return b
        return a if second == 0 else self._emit(op.ADD, a, b)

    def subtract(self, a: Row, b: Row) -> Row:
        """Difference of two rows."""
        first, second = self.value_of(a), self.value_of(b)
        if first is not None and second is not None:
            return self.constant(first - second)
        return a if second == 0 else self._emit(op.SUBTRACT, a, b)

    def multiply(self, a: Row, b: Row) -> Row:
        """Product of two rows."""
        first, second = self.value_of(a), self.value_of(b)
        if first is not None and second is not None:
            return self.constant(first * second)
        if first == 1:
            return b
        return a if second == 1 else self._emit(op.MULTIPLY, a, b)

    def divide(self, a: Row, b: Row) -> Row:
        """Quotient of two rows."""
        return a if self.value_of(b) == 1 else self._emit(op.DIVIDE, a, b)

    def minimum(self, a: Row, b: Row) -> Row:
        """Smaller of two rows; nan where either is."""
        return a if a == b else self._emit(op.MINIMUM, a, b)

    def maximum(self, a: Row, b: Row) -> Row:
        """Larger of two rows; nan where either is."""
        return a if a == b else self._emit(op.MAXIMUM, a, b)

    def power(self, a: Row, b: Row) -> Row:
        """``a ** b``."""
        return a if self.value_of(b) == 1 else self._emit(op.POWER, a, b)

    def exp(self, a: Row) -> Row:
        """Exponential of a row."""
        return self._emit(op.EXP, a)

    def log(self, a: Row) -> Row:
        """Natural logarithm of a row."""
        return self._emit(op.LOG, a)

    def absolute(self, a: Row) -> Row:
        """Magnitude of a row."""
        return self._emit(op.ABSOLUTE, a)

    def at_least(self, a: Row, b: Row) -> Row:
        """1 where ``a >= b``, else 0."""
        first, second = self.value_of(a), self.value_of(b)
        if a == b or (first is not None and second is not None and first >= second):
            return self.constant(1)
        if first is not None and second is not None:
            return self.constant(0)
        return self._emit(op.AT_LEAST, a, b)

    def exceeds(self, b: Row, a: Row, by: Row) -> Row:
        """1 where ``b > a + by``, else 0 (`by` is not negative)."""
        return self.constant(0) if a == b else self._emit(op.EXCEEDS, a, b, by)

    def negate(self, condition: Row) -> Row:
        """1 where a condition row is 0, and 0 where it is 1."""
        return self.subtract(self.constant(1), condition)

    def all_of(self, conditions: Sequence[Row]) -> Row:
        """1 where every condition row is 1."""
        result = self.constant(1)
        for condition in conditions:
            result = self.multiply(result, condition)
        return result

    def any_of(self, conditions: Sequence[Row]) -> Row:
        """1 where some condition row is 1."""
        result = self.constant(0)
        for condition in conditions:
            result = self.maximum(result, condition)
        return result

    def select(self, a: Row, b: Row, condition: Row) -> Row:
        """`b` where the condition row is not 0, else `a`."""
        known = self.value_of(condition)
        if known is not None:
            return b if known else a
        return a if a == b else self._emit(op.SELECT, a, b, condition)

    def mix(self, p: Row, a: Row, q: Row, b: Row) -> Row:
        """``p * a + q * b``."""
        constants = [self.value_of(row) for row in (p, a, q, b)]
        if 0 in constants or 1 in constants or None not in constants:
            return self.add(self._product(p, a), self._product(q, b))
        return self._emit(op.MIX, p, a, q, b)

    def _product(self, probability: Row, value: Row) -> Row:
        """Product in which an exact 0 settles the matter: what it multiplies is finite."""
        if 0 in (self.value_of(probability), self.value_of(value)):
            return self.constant(0)
        return self.multiply(probability, value)

    def largest(self, rows: Sequence[Row]) -> Row:
        """Largest magnitude among rows; not finite as soon as one of them is not."""
        distinct = list(dict.fromkeys(rows))
        zero = self.constant(0)
        result = zero
        for first, second in zip(distinct[::2], [*distinct[1::2], zero], strict=False):
            result = self._emit(op.LARGEST, result, first, second)
        return result

    def check(self, row: Row, low: Fraction | int, high: Fraction | int) -> None:
        """Mark a draw as bad unless ``low <= row <= high``."""
        value = self.value_of(row)
        if value is None or not low <= value <= high:
            self._emit(op.CHECK, row, self.constant(low), self.constant(high))

    def store(self, row: Row) -> int:
        """Keep a row as a float64 result of the program and return its index among them."""
        return self._keep(op.STORE, row)

    def choose(self, row: Row) -> int:
        """Keep a row of small whole numbers as an int16 result and return its index among them."""
        return self._keep(op.CHOOSE, row)

    def _keep(self, operation: int, row: Row) -> int:
        index = self._results[operation]
        self._results[operation] += 1
        self._emit(operation, index, row)
        return index

    def build(self) -> Program:
        """Program of everything that a CHECK, STORE or CHOOSE needs."""
        needed = [False] * len(self._instructions)
        last_use = [-1] * len(self._instructions)
        for row in range(len(self._instructions) - 1, -1, -1):
            instruction = self._instructions[row]
            needed[row] = needed[row] or instruction[0] in _EFFECTS
            if needed[row]:
                for operand in list(instruction[1:])[_OPERANDS[instruction[0]]]:
                    needed[operand] = True
                    last_use[operand] = max(last_use[operand], row)
        constants = [row for row in self._constants if needed[row]]
        register = {row: index for index, row in enumerate(constants)}
        free: list[int] = []
        n_registers = len(constants)
        code = []
        for row, instruction in enumerate(self._instructions):
            operation, operands = instruction[0], list(instruction[1:])
            if not needed[row] or operation == _CONSTANT:
                continue
            columns = _OPERANDS[operation]
            reads = operands[columns]
            target = 0
            if operation not in _EFFECTS:
                if free:
                    target = heapq.heappop(free)
                else:
                    target, n_registers = n_registers, n_registers + 1
                register[row] = target
            operands[columns] = [register[operand] for operand in reads]
            code.append((operation, target, *operands))
            for operand in set(reads):
                if last_use[operand] == row and operand not in self._constants:
                    heapq.heappush(free, register[operand])
        return Program(
            code=np.array(code, dtype=np.uint32).reshape(-1, 6),
            exact_constants=tuple(self._constants[row] for row in constants),
            n_registers=n_registers,
            inputs=tuple(self._inputs),
            n_values=self._results[op.STORE],
            n_choices=self._results[op.CHOOSE],
        )


@dataclass(frozen=True, eq=False)
class Program:
    """A program that can be run, on float64 lanes or in exact rationals.

    Attributes
    ----------
    code
        ``(n, 6)`` instructions of `summitgames.kernels.programs`.
    exact_constants
        What the first registers hold throughout.
    n_registers
        Registers in all.
    inputs
        Keys of the inputs, in the order of the input rows.
    n_values, n_choices
        Numbers of float64 and of int16 results a draw.
    """

    code: NDArray[np.uint32]
    exact_constants: tuple[Fraction, ...]
    n_registers: int
    inputs: tuple[str, ...]
    n_values: int
    n_choices: int

    def run(
        self,
        inputs: Mapping[str, NDArray[np.float64]],
        values: NDArray[np.float64],
        choices: NDArray[np.int16],
    ) -> int:
        """Run one block of draws on the calling thread.

        Parameters
        ----------
        inputs
            For every key of the program an array ``(count,)``, or ``(1,)`` if the same for all.
        values, choices
            Written: ``(n_values, count)`` and ``(n_choices, count)``.

        Returns
        -------
        int
            Index of the first draw that a check marked as bad, or -1.
        """
        count = values.shape[1]
        arrays = [inputs[key] for key in self.inputs]
        varying = np.array([array.size > 1 for array in arrays], dtype=np.bool_)
        block = np.empty((len(arrays), count))
        for row, array in zip(block, arrays, strict=True):
            row[: array.size] = array
        constants = np.array([nearest_float(value) for value in self.exact_constants])
        return op.run(
            self.code, constants, self.n_registers, block, varying, values, choices, count
        )

    def exact(self, inputs: Mapping[str, Fraction]) -> tuple[list[Fraction], list[int]]:
        """Values and choices of one draw in exact rational arithmetic; checks are passed over.

        Raises
        ------
        SolverError
            If an expression leaves the rationals (roots, exponentials, logarithms), or divides by
            zero, be it in a case that does not hold.
        """
        registers = [*self.exact_constants]
        registers += [Fraction(0)] * (self.n_registers - len(registers))
        values = [Fraction(0)] * self.n_values
        choices = [0] * self.n_choices
        for operation, target, a, b, c, d in self.code.tolist():
            if operation == op.LOAD:
                registers[target] = inputs[self.inputs[a]]
            elif operation == op.STORE:
                values[a] = registers[b]
            elif operation == op.CHOOSE:
                choices[a] = int(registers[b])
            elif operation != op.CHECK:
                columns = _OPERANDS[operation]
                operands = [registers[index] for index in (a, b, c, d)[columns]]
                registers[target] = _exactly(operation, operands)
        return values, choices


def _exactly(operation: int, x: list[Fraction]) -> Fraction:
    """One operation in rationals."""
    exact = _EXACT.get(operation)
    try:
        if operation == op.POWER and x[1].denominator == 1:
            return Fraction(x[0] ** int(x[1]))
        if exact is not None:
            return Fraction(exact(*x))
    except ZeroDivisionError:
        raise SolverError(
            "an expression divides by zero: exact arithmetic does not apply to it"
        ) from None
    message = "an expression leaves the rational numbers: exact arithmetic does not apply to it"
    raise SolverError(message)


_EXACT: dict[int, Callable[..., Fraction | bool]] = {
    op.ADD: lambda a, b: a + b,
    op.SUBTRACT: lambda a, b: a - b,
    op.MULTIPLY: lambda a, b: a * b,
    op.DIVIDE: lambda a, b: a / b,
    op.MINIMUM: min,
    op.MAXIMUM: max,
    op.MIX: lambda a, b, c, d: a * b + c * d,
    op.SELECT: lambda a, b, condition: b if condition else a,
    op.EXCEEDS: lambda a, b, by: b > a + by,
    op.AT_LEAST: lambda a, b: a >= b,
    op.LARGEST: lambda a, b, c: max(abs(a), abs(b), abs(c)),
    op.ABSOLUTE: abs,
}
