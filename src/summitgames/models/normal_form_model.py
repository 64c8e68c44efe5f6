"""Models whose game is in normal form: tables of expressions, bound to exact numbers or arrays."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.blocks import map_blocks
from summitgames.equilibria.vertex_enumeration import ExtremeEquilibria, vertex_enumeration
from summitgames.games.batches import Batch, Value
from summitgames.games.normal_form import NormalForm
from summitgames.models.evaluation import Expressions
from summitgames.models.summit_model import Solution, SummitModel

if TYPE_CHECKING:
    import sympy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CLOSE", "BoundGame", "NormalFormModel", "NormalFormSolution", "Table"]

#: Payoff of one player at every pure profile: rows of the first player's actions.
Table: TypeAlias = "Sequence[Sequence[sympy.Expr]]"
Payoffs: TypeAlias = "Sequence[NDArray[Any]]"

#: A decision this close to a tie, relative to what is compared, is made in exact arithmetic:
#: rounding moves it by some 1e-15.
CLOSE: Final = 1e-12


@dataclass(frozen=True, eq=False)
class BoundGame:
    """A game or family of games, and the games of the family whose ties floats cannot tell.

    Attributes
    ----------
    game
        The game, with exact payoffs where all values are exact numbers; of a family floats, rounded
        once in the games that are `close`.
    close
        Places in the flattened batch of games in which some decision is close to a tie.
    exactly
        These games with exact payoffs; None where there is none.
    """

    game: NormalForm
    close: NDArray[np.intp]
    exactly: NormalForm | None

    def decide(self, rule: Callable[[NormalForm], Any]) -> NDArray[Any]:
        """What a rule says of every game, ``(*batch,)``; of close ones by their exact payoffs."""
        found = np.array(rule(self.game))
        if self.exactly is not None:
            found.reshape(-1)[self.close] = rule(self.exactly)
        return found


@dataclass(frozen=True, eq=False, repr=False)
class NormalFormSolution(Solution):
    """Named results of a model in normal form.

    Attributes
    ----------
    bound
        The game that was solved.
    """

    bound: BoundGame = field(kw_only=True)

    @property
    def game(self) -> NormalForm:
        """The game that was solved."""
        return self.bound.game

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for one game."""
        return self.game.batch_shape

    @cached_property
    def equilibrium(self) -> ExtremeEquilibria:
        """All extreme equilibria."""
        return vertex_enumeration(self.game, threads=self.threads)


class NormalFormModel(SummitModel):
    """A model whose game is in normal form, with two players.

    Attributes
    ----------
    players
        Actors, in the game's order.
    actions
        Labels of the actions of either player.
    """

    players: tuple[str, str]
    actions: tuple[str, ...]

    @abstractmethod
    def tables(self) -> tuple[Table, Table]:
        """Payoffs of both players at every pure profile, with symbols for the parameters."""

    def scales(self) -> tuple[sympy.Expr, sympy.Expr]:
        """For each player a bound on all amounts from which its payoffs are added up."""
        import sympy

        return sympy.Integer(0), sympy.Integer(0)

    def is_close(
        self,
        payoffs: Payoffs,  # noqa: ARG002
        scales: NDArray[np.float64],
    ) -> NDArray[np.bool_]:
        """Which games of a family have a decision within `CLOSE` of a tie.

        Parameters
        ----------
        payoffs
            For each player an array ``(*batch, k_1, k_2)``.
        scales
            ``(2, *batch)``.

        Returns
        -------
        (*batch,)
        """
        return np.zeros(scales.shape[1:], dtype=np.bool_)

    @cached_property
    def _expressions(self) -> Expressions:
        """The tables, row by row, and then the scales."""
        tables = [entry for table in self.tables() for row in table for entry in row]
        return Expressions(self.inputs, [*tables, *self.scales()])

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the symbols in the tables."""
        return self.parameter_names

    def game(
        self, perspective: str | Mapping[str, Any] = "article", /, **overrides: ArrayLike
    ) -> NormalForm:
        """The game at a perspective's values.

        Parameters
        ----------
        perspective
            Name of a perspective, path of a perspective's file, or a mapping with a value for every
            parameter of the model.
        **overrides
            Parameters to change: numbers, or arrays that broadcast to the batch.

        Returns
        -------
        NormalForm
            With exact payoffs where all values are numbers, with floats where some are arrays.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, or a payoff beyond float64.
        """
        return self.bind(self.values(perspective, overrides)).game

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> NormalFormSolution:
        """Equilibria at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for `game`.
        threads
            Threads; None: the machine's cores for large batches, one for small ones.

        Returns
        -------
        NormalFormSolution
            With the fields of the model.

        Raises
        ------
        GameError
            As for `game`.
        """
        return self.solve_values(self.values(perspective, overrides), threads)

    def solve_values(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> NormalFormSolution:
        """The same for values that are checked."""
        bound = self.bind(values, threads)
        own = {name: values[name] for name in self.parameter_names}
        return NormalFormSolution(self, own, {}, threads, bound=bound)

    def bind(self, values: Mapping[str, Value], threads: int | None = None) -> BoundGame:
        """The game at values that are checked: a number or an array for each of the inputs."""
        batch = Batch({name: values[name] for name in self.inputs})
        if not any(isinstance(value, np.ndarray) for value in batch.values.values()):
            (exact,) = map_blocks(lambda _: self._expressions.exactly(batch), 1, threads=threads)
            payoffs = self._shaped(exact)
            game = self._normal_form([array[0] for array in payoffs])
            return BoundGame(game, np.empty(0, dtype=np.intp), None)
        flat = self._expressions.floats(batch, threads)
        payoffs = self._shaped(flat)
        close = np.flatnonzero(self.is_close(payoffs, flat[-2:]))
        exactly = None
        if close.size:
            exact = self._expressions.exactly(batch, close.tolist())
            exactly = self._normal_form(self._shaped(exact))
        if exactly is not None:
            for array, rounded in zip(payoffs, exactly.payoffs, strict=True):
                array[close] = rounded
        size = len(self.actions)
        shaped = [array.reshape(*batch.shape, size, size) for array in payoffs]
        return BoundGame(self._normal_form(shaped), close, exactly)

    def _shaped(self, flat: NDArray[Any]) -> list[NDArray[Any]]:
        """Payoffs ``(size, k, k)`` of each player from what the program gives for all draws."""
        size = len(self.actions)
        return [
            np.ascontiguousarray(rows.T).reshape(-1, size, size)
            for rows in (flat[: size**2], flat[size**2 : 2 * size**2])
        ]

    def _normal_form(self, payoffs: Payoffs) -> NormalForm:
        return NormalForm(payoffs, players=self.players, actions=[self.actions, self.actions])

    def equilibrium(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> ExtremeEquilibria:
        """All extreme equilibria."""
        return self.solve_values(values, threads).equilibrium

    def late_field(self, name: str, solution: Solution) -> Any:
        """The number of extreme equilibria."""
        assert isinstance(solution, NormalFormSolution)
        if name == "n_equilibria":
            solved, threads = solution.equilibrium, solution.threads
            return solution.bound.decide(
                lambda game: (
                    (
                        solved
                        if game is solution.game
                        else vertex_enumeration(game, threads=threads)
                    ).counts
                )
            )
        return super().late_field(name, solution)
