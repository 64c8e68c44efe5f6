"""Straight-line programs over lanes: the arithmetic of a family of games, many draws at a time.

A program is a list of instructions on registers; a register holds `LANES` float64 numbers, one a
draw. Every instruction runs over all lanes before the next one is looked at, so that what it costs
to decode an instruction is shared by the lanes, and the loop over lanes becomes vector code. There
is no branch: decisions are comparisons that give 1.0 or 0.0 and selections that read them.

Instructions are rows of an unsigned array ``(n, 6)``: operation, target, operands a, b, c, d.
Unused operands are 0. A target is never one of its instruction's operands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.kernels._jit import FEW, exp, jit, log, tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LANES", "run"]

LANES: Final = 64

LOAD: Final = 0  # target = input a
ADD: Final = 1  # a + b
SUBTRACT: Final = 2  # a - b
MULTIPLY: Final = 3  # a * b
DIVIDE: Final = 4  # a / b
MINIMUM: Final = 5
MAXIMUM: Final = 6
MIX: Final = 7  # a * b + c * d
SELECT: Final = 8  # b where c is not 0, else a
EXCEEDS: Final = 9  # 1.0 where b > a + c, else 0.0
LARGEST: Final = 10  # max(|a|, |b|, |c|); not finite as soon as one of them is not
CHECK: Final = 11  # mark the draw as bad unless b <= a <= c; no target
STORE: Final = 12  # values[a] = b; no target
CHOOSE: Final = 13  # choices[a] = b; no target
POWER: Final = 14  # a ** b
EXP: Final = 15
LOG: Final = 16
ABSOLUTE: Final = 17
AT_LEAST: Final = 18  # 1.0 where a >= b, else 0.0

_MAGNITUDE: Final = 0x7FFF_FFFF_FFFF_FFFF


@jit(interpret=FEW, allocates=True)
def run(
    code: NDArray[np.uint32],
    constants: NDArray[np.float64],
    n_registers: int,
    inputs: NDArray[np.float64],
    varying: NDArray[np.bool_],
    values: NDArray[np.float64],
    choices: NDArray[np.int16],
    count: int,
) -> int:
    """Run a program for `count` draws.

    Parameters
    ----------
    code
        ``(n, 6)`` instructions.
    constants
        ``(k,)``: the first k registers hold these throughout.
    n_registers
        Registers in all.
    inputs
        ``(m, count)``; of an input that does not vary only the first column is read.
    varying
        ``(m,)``.
    values, choices
        Written: ``(v, count)`` and ``(w, count)``.
    count
        Draws.

    Returns
    -------
    int
        Index of the first draw that a CHECK marked as bad, or -1. Later draws may be left undone.
    """
    registers = np.empty((n_registers, LANES))
    bits = registers.view(np.int64)
    bad = np.zeros(LANES, np.bool_)
    for row in range(constants.size):
        for lane in range(LANES):
            registers[row, lane] = constants[row]
    for start in range(0, count, LANES):
        tick()
        live = min(LANES, count - start)
        for pointer in range(code.shape[0]):
            operation = code[pointer, 0]
            target = code[pointer, 1]
            a = code[pointer, 2]
            b = code[pointer, 3]
            c = code[pointer, 4]
            if operation == LOAD:
                if not varying[a]:
                    for lane in range(LANES):
                        registers[target, lane] = inputs[a, 0]
                elif live == LANES:
                    for lane in range(LANES):
                        registers[target, lane] = inputs[a, start + lane]
                else:
                    for lane in range(LANES):
                        registers[target, lane] = inputs[a, start + min(lane, live - 1)]
            elif operation == ADD:
                for lane in range(LANES):
                    registers[target, lane] = registers[a, lane] + registers[b, lane]
            elif operation == SUBTRACT:
                for lane in range(LANES):
                    registers[target, lane] = registers[a, lane] - registers[b, lane]
            elif operation == MULTIPLY:
                for lane in range(LANES):
                    registers[target, lane] = registers[a, lane] * registers[b, lane]
            elif operation == MIX:
                d = code[pointer, 5]
                for lane in range(LANES):
                    registers[target, lane] = (
                        registers[a, lane] * registers[b, lane]
                        + registers[c, lane] * registers[d, lane]
                    )
            elif operation == SELECT:
                for lane in range(LANES):
                    taken = registers[c, lane] != 0.0
                    registers[target, lane] = registers[b, lane] if taken else registers[a, lane]
            elif operation == EXCEEDS:
                for lane in range(LANES):
                    more = registers[b, lane] > registers[a, lane] + registers[c, lane]
                    registers[target, lane] = 1.0 if more else 0.0
            elif operation == AT_LEAST:
                for lane in range(LANES):
                    reached = registers[a, lane] >= registers[b, lane]
                    registers[target, lane] = 1.0 if reached else 0.0
            elif operation == LARGEST:
                # Magnitudes are compared as integers: their order is that of the numbers, with
                # infinity and then nan above all, so that neither is lost on the way.
                for lane in range(LANES):
                    largest = max(bits[a, lane] & _MAGNITUDE, bits[b, lane] & _MAGNITUDE)
                    bits[target, lane] = max(largest, bits[c, lane] & _MAGNITUDE)
            elif operation == MINIMUM:
                for lane in range(LANES):
                    first = registers[a, lane]
                    second = registers[b, lane]
                    registers[target, lane] = (
                        second if second < first or second != second else first
                    )
            elif operation == MAXIMUM:
                for lane in range(LANES):
                    first = registers[a, lane]
                    second = registers[b, lane]
                    registers[target, lane] = (
                        second if second > first or second != second else first
                    )
            elif operation == CHECK:
                for lane in range(LANES):
                    number = registers[a, lane]
                    good = (registers[b, lane] <= number) & (number <= registers[c, lane])
                    bad[lane] |= not good
            elif operation == STORE:
                for lane in range(live):
                    values[a, start + lane] = registers[b, lane]
            elif operation == CHOOSE:
                for lane in range(live):
                    choices[a, start + lane] = np.int16(registers[b, lane])
            elif operation == DIVIDE:
                for lane in range(LANES):
                    registers[target, lane] = registers[a, lane] / registers[b, lane]
            elif operation == ABSOLUTE:
                for lane in range(LANES):
                    registers[target, lane] = abs(registers[a, lane])
            elif operation == POWER:
                for lane in range(LANES):
                    registers[target, lane] = registers[a, lane] ** registers[b, lane]
            elif operation == EXP:
                for lane in range(LANES):
                    registers[target, lane] = exp(registers[a, lane])
            elif operation == LOG:
                for lane in range(LANES):
                    registers[target, lane] = log(registers[a, lane])
        for lane in range(live):
            if bad[lane]:
                return start + lane
        # lanes past the last draw repeat it, so they are bad only where it is
    return -1
