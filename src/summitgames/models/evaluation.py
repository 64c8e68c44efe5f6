"""Expressions in a model's inputs, evaluated for whole families of values, and exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.games.expressions import emit
from summitgames.games.programs import Builder, Program

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from summitgames.games.batches import Batch

__all__ = ["Expressions"]


class Expressions:
    """Expressions as one program, in which what they have in common is computed once.

    Parameters
    ----------
    inputs
        Names of the symbols.
    expressions
        Numbers and sympy expressions.
    """

    def __init__(self, inputs: Sequence[str], expressions: Sequence[sympy.Expr]) -> None:
        import sympy

        builder = Builder()
        rows = {name: builder.input(name) for name in inputs}
        for expression in expressions:
            builder.store(emit(builder, sympy.sympify(expression), rows))
        self._program: Program = builder.build()

    def floats(self, batch: Batch, threads: int | None = None) -> NDArray[np.float64]:
        """Values of all expressions for every draw of a batch, ``(expressions, draws)``."""
        values = np.empty((self._program.n_values, batch.size))

        def work(block: Block) -> None:
            part = np.empty((len(values), block.size))
            inputs = batch.block(block.start, block.stop)
            self._program.run(inputs, part, np.empty((0, 0), dtype=np.int16))
            values[:, block.start : block.stop] = part

        map_blocks(work, batch.size, threads=threads)
        return values

    def exactly(self, batch: Batch, places: Sequence[int] = (0,)) -> NDArray[np.object_]:
        """Values of all expressions at some places of a batch, ``(expressions, places)``.

        Floats count as the binary numbers that they are.
        """
        columns: list[Any] = []
        for place in places:
            numbers = batch.at(place)
            inputs = {
                name: value if isinstance(value, Fraction) else Fraction(numbers[name])
                for name, value in batch.values.items()
            }
            columns.append(self._program.exact(inputs)[0])
        return np.array(columns, dtype=object).T
