"""Models whose game is stochastic: rules as expressions, bound to exact numbers or arrays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import Batch, Value, batch_index
from summitgames.games.expressions import emit
from summitgames.games.programs import Builder, Program
from summitgames.games.stochastic import StochasticGame
from summitgames.models.summit_model import SummitModel

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

__all__ = ["CLOSE", "IDLE", "Rules", "Stage", "StochasticModel"]

#: The one action of a player who has nothing to decide in a state.
IDLE: Final = ("none",)

#: Amounts that differ by at most this share of the largest one are a tie.
CLOSE: Final = 1e-12


@dataclass(frozen=True)
class Stage:
    """What a profile of actions leads to in a state.

    Attributes
    ----------
    payoffs
        One expression a player.
    moves
        State to the probability that it comes next; states that are not named do not.
    """

    payoffs: tuple[sympy.Expr, ...]
    moves: Mapping[str, sympy.Expr]


@dataclass(frozen=True)
class Rules:
    """A stochastic game in symbols.

    Attributes
    ----------
    actions
        State to one tuple of labels a player.
    stages
        (state, first player's action, second player's action, ...) to what they lead to.
    """

    actions: Mapping[str, tuple[tuple[str, ...], ...]]
    stages: Mapping[tuple[str, ...], Stage]

    @property
    def states(self) -> tuple[str, ...]:
        """Labels of the states."""
        return tuple(self.actions)

    @property
    def shape(self) -> tuple[int, ...]:
        """(S, k_1, ..., k_N)."""
        return len(self.actions), *(
            max(map(len, labels)) for labels in zip(*self.actions.values(), strict=True)
        )

    def cells(self) -> Iterator[tuple[int, Stage]]:
        """Every profile in every state: its place in an array of the shape, and its stage."""
        for s, (state, actions) in enumerate(self.actions.items()):
            for profile in product(*(range(len(labels)) for labels in actions)):
                labels = (own[a] for own, a in zip(actions, profile, strict=True))
                place = np.ravel_multi_index((s, *profile), self.shape)
                yield int(place), self.stages[state, *labels]


class _Layout:
    """Rules as a program, and where its results belong."""

    def __init__(self, rules: Rules, inputs: tuple[str, ...], discount: str) -> None:
        import sympy

        builder = Builder()
        rows = {name: builder.input(name) for name in inputs}
        results: dict[sympy.Expr, int] = {}

        def row(expression: sympy.Expr) -> int:
            if expression not in results:
                results[expression] = builder.store(emit(builder, expression, rows))
            return results[expression]

        self.rules = rules
        self.payoffs: list[list[tuple[int, int]]] = [[] for _ in rules.shape[1:]]
        self.moves: list[tuple[int, int]] = []
        for place, stage in rules.cells():
            for cells, payoff in zip(self.payoffs, stage.payoffs, strict=True):
                cells.append((place, row(sympy.sympify(payoff))))
            for state, probability in stage.moves.items():
                target = place * len(rules.states) + rules.states.index(state)
                self.moves.append((target, row(sympy.sympify(probability))))
        self.discount = row(sympy.Symbol(discount))
        self.program: Program = builder.build()

    def game(self, flat: NDArray[Any], shape: tuple[int, ...], names: tuple[str, ...]) -> Any:
        """The game, or family of some shape, from the program's results ``(rows, draws)``."""
        rules = self.rules
        tables = [
            _scattered(cells, flat, (*shape, *rules.shape), rules.shape) for cells in self.payoffs
        ]
        own = (*rules.shape, len(rules.states))
        return StochasticGame(
            tables,
            _scattered(self.moves, flat, (*shape, *own), own),
            flat[self.discount].reshape(shape) if shape else flat[self.discount, 0],
            players=names,
            actions=rules.actions,
        )


def _scattered(
    cells: list[tuple[int, int]],
    flat: NDArray[Any],
    shape: tuple[int, ...],
    own: tuple[int, ...],
) -> NDArray[Any]:
    """An array of a shape, its last axes `own`, with results at some places and 0 elsewhere."""
    places, rows = np.array(cells).T
    array = np.zeros((flat.shape[1], int(np.prod(own))), dtype=flat.dtype)
    array[:, places] = flat[rows].T
    return array.reshape(shape)


class StochasticModel(SummitModel):
    """A model whose game is stochastic.

    Attributes
    ----------
    players
        Actors, in the game's order.
    discount
        Name of the parameter that is the discount of all players.
    """

    players: tuple[str, ...]
    discount: str

    @abstractmethod
    def rules(self, variant: str = "") -> Rules:
        """The game in symbols; of models with several games one of them."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the symbols in the rules."""
        return self.parameter_names

    @cached_property
    def _layouts(self) -> dict[str, _Layout]:
        return {}

    def _layout(self, variant: str) -> _Layout:
        if variant not in self._layouts:
            self._layouts[variant] = _Layout(self.rules(variant), self.inputs, self.discount)
        return self._layouts[variant]

    def bind(self, values: Mapping[str, Value], variant: str = "") -> StochasticGame:
        """The game at values that are checked, a number or an array for each of the inputs.

        With exact numbers where all values are, else with floats.
        """
        batch = Batch({name: values[name] for name in self.inputs})
        if any(isinstance(value, np.ndarray) for value in batch.values.values()):
            return self.part(batch, 0, batch.size, variant, batch.shape)
        layout = self._layout(variant)
        exact = {name: value for name, value in batch.values.items() if isinstance(value, Fraction)}
        column = np.array(layout.program.exact(exact)[0], dtype=object)[:, np.newaxis]
        game: StochasticGame = layout.game(column, (), self.players)
        return game

    def part(
        self,
        batch: Batch,
        start: int,
        stop: int,
        variant: str = "",
        shape: tuple[int, ...] | None = None,
    ) -> StochasticGame:
        """Games start to stop of a batch in floats, as a family of some shape."""
        layout = self._layout(variant)
        count = stop - start
        flat = np.empty((layout.program.n_values, count))
        layout.program.run(batch.block(start, stop), flat, np.empty((0, 0), dtype=np.int16))
        finite = np.isfinite(flat).all(axis=0)
        if not finite.all():
            index = batch_index(start + int(np.argmin(finite)), batch.shape)
            raise GameError(
                f"payoffs of {self.name}: beyond float64 at batch index {index}; expected sums of "
                "parameters within its range"
            )
        game: StochasticGame = layout.game(flat, (count,) if shape is None else shape, self.players)
        return game
