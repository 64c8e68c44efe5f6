"""What a model is: parameters with a meaning, a game, named results, and closed forms to check."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.case.premises import (
    Parameter,
    Perspective,
    check_values,
    claims,
    parameters,
    perspective,
    rival_premises,
)
from summitgames.errors import GameError, unknown_key, unknown_name, whole_number
from summitgames.games.batches import Batch, Value, as_value

if TYPE_CHECKING:
    import sympy
    import xarray
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Solution", "SummitModel"]

#: `verify` draws amounts and weights, which have no upper bound, from 0 to this.
_LARGEST_AMOUNT = 2.0


class SummitModel(ABC):
    """A game of the summit decision with named parameters, results and closed forms.

    Attributes
    ----------
    name
        Name, as in `models`.
    title
        What the model is about, in a few words.
    fields
        Names of the results that `solve` gives.
    references
        Literature.

    Examples
    --------
    >>> import summitgames as sg
    >>> model = sg.model("preconditions")
    >>> model.parameter_names[:2], model.fields[:2]
    (('settlement_value_russia', 'pocket_value_russia'), ('path', 'summit'))
    >>> model.game("article", summit_prize_ukraine=[0.0, 0.6]).batch_shape
    (2,)
    """

    name: str
    title: str
    fields: tuple[str, ...]
    references: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<SummitModel {self.name!r}: {self.title}>"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        from summitgames.models.registry import model

        return model, (self.name,)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Records of the parameters: name, symbol, meaning, unit, range and claims."""
        return tuple(record for record in parameters().values() if self.name in record.models)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(record.name for record in self.parameters)

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """IDs of the claims and rival premises that the model encodes."""
        return tuple(
            premise.id for premise in (*claims(), *rival_premises()) if self.name in premise.models
        )

    @abstractmethod
    def game(
        self, perspective: str | Mapping[str, Any] = "article", /, **overrides: ArrayLike
    ) -> Any:
        """The game at a perspective's values, or a family of games where overrides are arrays."""

    @abstractmethod
    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> Solution:
        """Results at a perspective's values, of one game or of a family."""

    @abstractmethod
    def equilibrium(self, values: Mapping[str, Value], threads: int | None = None) -> Any:
        """The solver's own result."""

    @property
    @abstractmethod
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Name to a sympy expression or condition in the parameters and in the forms before it."""

    @abstractmethod
    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """What the solver finds for every closed form, by name; conditions as 0 and 1."""

    def late_field(self, name: str, solution: Solution) -> Any:  # noqa: ARG002
        """A field that is worked out only when asked for, as an array of the batch shape."""
        raise unknown_name("field", name, self.fields)

    def values(
        self, given: str | Mapping[str, Any], overrides: Mapping[str, Any], *, checked: bool = True
    ) -> dict[str, Value]:
        """A value for every parameter of the model.

        Parameters
        ----------
        given
            Name of a perspective, path of a perspective's file, or a mapping with a value for every
            parameter of the model; other models' parameters in it are ignored.
        overrides
            Parameters to change: numbers or arrays.
        checked
            Whether ranges are checked here.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range.
        """
        names = self.parameter_names
        for name in overrides:
            if name not in names:
                raise _not_a_parameter(name, self)
        base = given if isinstance(given, Mapping) else perspective(given)
        for name in base:
            if name not in parameters():
                raise unknown_name("parameter", name, names)
        merged = {**(base.exact if isinstance(base, Perspective) else base), **overrides}
        missing = [name for name in names if name not in merged]
        if missing:
            raise GameError(
                f"perspective: no value for {', '.join(missing)}; expected one for every parameter "
                f"of {self.name}"
            )
        chosen = {name: merged[name] for name in names}
        if checked:
            check_values(chosen)
        try:
            return {name: as_value(value, name, finite=False) for name, value in chosen.items()}
        except GameError:
            check_values(chosen)  # which names the range as well
            raise

    def random_values(self, rng: np.random.Generator, draws: int) -> dict[str, Value]:
        """Each parameter uniform on its range, or from 0 to 2 where that has no upper end.

        Parameters
        ----------
        rng
            Generator.
        draws
            Number of draws.

        Returns
        -------
        dict
            Parameter to ``(draws,)``.

        Raises
        ------
        GameError
            If `rng` is no generator, or `draws` no positive whole number.
        """
        if not isinstance(rng, np.random.Generator):
            raise GameError(f"rng: {rng!r}; expected a NumPy Generator")
        draws = whole_number(draws, "draws", expected="a positive whole number")
        return {
            record.name: rng.uniform(record.lower, min(record.upper, _LARGEST_AMOUNT), draws)
            for record in self.parameters
        }

    def verify(self, rng: np.random.Generator | None = None, draws: int = 1000) -> float:
        """Compare every closed form with the solver on random draws.

        Parameters
        ----------
        rng
            Generator; None: a fixed seed.
        draws
            Number of draws, of `random_values`.

        Returns
        -------
        float
            Largest gap; a condition that differs counts as 1, and an infinity or nan that the other
            side lacks as infinite.

        Raises
        ------
        GameError
            If `rng` is no generator, or `draws` no positive whole number.

        Examples
        --------
        >>> import summitgames as sg
        >>> sg.model("venue").verify(draws=100) < 1e-12
        True
        """
        import sympy

        rng = np.random.default_rng(0) if rng is None else rng
        if not isinstance(rng, np.random.Generator):
            raise GameError(f"rng: {rng!r}; expected a NumPy Generator or None")
        draws = whole_number(draws, "draws", expected="a positive whole number")
        values = self.random_values(rng, draws)
        solved = self.solved_forms(values)
        known: dict[str, Any] = dict(values)
        gaps = []
        for name, form in self.closed_forms.items():
            symbols = sorted(form.free_symbols, key=str)
            function = sympy.lambdify(symbols, form, "numpy")
            found = np.asarray(function(*(known[str(symbol)] for symbol in symbols)))
            known[name] = np.broadcast_to(found.astype(np.float64), (draws,))
            gaps.append(_gap(known[name], solved[name]))
        return max(gaps)


def _gap(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Largest difference; none between infinities of one sign, or between nan and nan."""
    same = (first == second) | (np.isnan(first) & np.isnan(second))
    gaps = np.abs(np.subtract(first, second, out=np.zeros(same.shape), where=~same))
    return float(np.max(np.where(np.isnan(gaps), np.inf, gaps)))


def _not_a_parameter(name: str, model: SummitModel) -> GameError:
    """Error for an override that the model lacks: another model's parameter, or no parameter."""
    error = unknown_name("parameter", name, model.parameter_names)
    if name not in parameters():
        return error
    return GameError(
        f"parameter {name!r} is not one of {model.name}; it belongs to "
        f"{', '.join(parameters()[name].models)}"
    )


@dataclass(frozen=True, eq=False, repr=False)
class Solution(Mapping[str, Any]):
    """Named results of a model, for one game or for a family of games.

    A mapping from fields to results: ``solution["field"]`` gives a Python number, bool or label for
    one game, an array of the batch shape for a family; so do ``get``, ``items()``, ``values()`` and
    ``dict(solution)``. Like other results it equals itself only; compare ``dict(solution)`` of one
    game. `equilibrium` is the solver's own result.

    Attributes
    ----------
    model
        The model.
    parameters
        The values of its parameters: exact numbers and arrays.
    known
        Fields worked out so far, arrays of the batch shape.

    Examples
    --------
    >>> import summitgames as sg
    >>> solution = sg.model("preconditions").solve("article", summit_prize_ukraine=[0.0, 0.6])
    >>> solution["summit"]
    array([False,  True])
    >>> "sumit" in solution, solution.get("sumit"), solution.parameters["peace_value_ukraine"]
    (False, None, Fraction(1, 2))
    >>> sorted(solution.to_dict()) == sorted(solution.fields)
    True
    """

    model: SummitModel
    parameters: Mapping[str, Value]
    known: dict[str, Any] = field(repr=False)
    threads: int | None = None

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for one game."""
        return Batch(self.parameters).shape

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the results."""
        return self.model.fields

    @cached_property
    def equilibrium(self) -> Any:
        """The solver's own result."""
        return self.model.equilibrium(self.parameters, self.threads)

    # Those of a mapping would ask whether an array is true.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.fields

    def __getitem__(self, name: str) -> Any:
        """Result of a field.

        Raises
        ------
        GameError
            If there is no such field; it is a KeyError as well.
        """
        if name not in self:
            raise unknown_key(f"field of {self.model.name}", name, self.fields)
        if name not in self.known:
            self.known[name] = self.model.late_field(name, self)
        value = np.asarray(self.known[name])
        return value if value.ndim else value.item()

    def __repr__(self) -> str:
        shape = f", batch shape {self.batch_shape}" if self.batch_shape else ""
        return f"<Solution of {self.model.name!r}{shape}: {', '.join(self.fields)}>"

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def to_dict(self) -> dict[str, Any]:
        """Fields as strict JSON: nan becomes None, infinity "inf", arrays nested lists."""
        return {name: _strict(self[name]) for name in self.fields}

    def to_xarray(self) -> xarray.Dataset:
        """Fields as an xarray Dataset; batch axes are ``batch_0``, ``batch_1``, ..."""
        import xarray

        axes = [f"batch_{axis}" for axis in range(len(self.batch_shape))]
        data = {}
        for name in self.fields:
            array = np.asarray(self[name])
            more = [f"{name}_{axis}" for axis in range(array.ndim - len(axes))]
            data[name] = ([*axes, *more], array)
        return xarray.Dataset(data, attrs={"model": self.model.name})

    def to_markdown(self) -> str:
        """Fields as a table; of a family ranges and means, shares that hold, commonest labels."""
        rows = ["| field | value |", "|-|-|"]
        rows += [f"| {name} | {_summary(self[name])} |" for name in self.fields]
        return "\n".join(rows)


def _strict(value: Any) -> Any:
    """Value as strict JSON."""
    if isinstance(value, np.ndarray):
        return [_strict(item) for item in value.tolist()] if value.ndim else _strict(value.item())
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _summary(value: Any) -> str:
    """One cell of a table."""
    if not isinstance(value, np.ndarray):
        return f"{value:.6g}" if isinstance(value, float) else str(value)
    if value.dtype == np.bool_:
        return f"true in {value.mean():.1%}"
    if value.dtype == object:
        labels, counts = np.unique(value.astype(str), return_counts=True)
        order = np.argsort(-counts)[:3]
        shares = ", ".join(f"{labels[i]} ({counts[i] / value.size:.1%})" for i in order)
        return shares + (", …" if len(labels) > len(order) else "")
    return f"{np.nanmin(value):.6g} to {np.nanmax(value):.6g}, mean {np.nanmean(value):.6g}"
