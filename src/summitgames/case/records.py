"""Records of premises and parameters, read from the files that come with the package."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from summitgames.case.toml_files import parse_toml

__all__ = [
    "Parameter",
    "Premise",
    "Record",
    "bundled_toml",
    "claims",
    "parameters",
    "rival_premises",
]

_INTERVAL: Final = re.compile(r"([\[(])(\S+), (\S+)([\])])")


class Record:
    """Frozen dataclass whose mappings are read-only, and which can be pickled all the same."""

    def __post_init__(self) -> None:
        for entry in fields(self):  # type: ignore[arg-type]
            value = getattr(self, entry.name)
            if isinstance(value, Mapping):
                object.__setattr__(self, entry.name, MappingProxyType(dict(value)))

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        values = (getattr(self, entry.name) for entry in fields(self))  # type: ignore[arg-type]
        return type(self), tuple(dict(v) if isinstance(v, Mapping) else v for v in values)


@dataclass(frozen=True)
class Premise(Record):
    """A claim of the source, or a premise that answers it, in this project's words.

    Attributes
    ----------
    id
        ``"C01"`` and on for the source's claims, ``"R01"`` and on for those that answer them.
    text
        The premise.
    actors
        Actors that it is about.
    maps_to
        Model to the names of the parameters, actions or structures that encode the premise there.
        Models that are not built yet are among them.
    source
        Where a reader can check that the premise is held: part of the article, article of law,
        paper or book with its year; or that this project states it.
    directions
        Parameter to how the premise moves it against the source's reading (``"up"``, ``"down"``),
        or to its level (``"high"``).

    Examples
    --------
    >>> import summitgames as sg
    >>> distrust = next(claim for claim in sg.claims() if claim.id == "C22")
    >>> distrust.parameters, distrust.models
    (('trust',), ('distrust', 'composite'))
    """

    id: str
    text: str
    actors: tuple[str, ...]
    maps_to: Mapping[str, tuple[str, ...]] = field(hash=False)
    source: str
    directions: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in `maps_to` that are parameters, in the order of the list of parameters."""
        named = {name for names in self.maps_to.values() for name in names}
        return tuple(record["name"] for record in _parameter_table() if record["name"] in named)

    @property
    def models(self) -> tuple[str, ...]:
        """Models that encode the premise."""
        return tuple(self.maps_to)


@dataclass(frozen=True)
class Parameter:
    """A number that games are given: one name, one meaning, shared by all models.

    Attributes
    ----------
    name
        Name.
    symbol
        Symbol, as LaTeX.
    meaning
        What it is.
    unit
        Unit. Amounts are in units of Russia's value of a settlement that holds.
    range
        Interval of the values it may have, such as ``"[0, 1)"``.
    models
        Models that have the parameter.
    claims
        IDs of the claims and rival premises that map to it.
    lower, upper
        Ends of the interval.
    includes_lower, includes_upper
        Whether the ends belong to it.

    Examples
    --------
    >>> import summitgames as sg
    >>> record = sg.model("distrust").parameters[3]
    >>> record.name, record.lower, record.upper
    ('trust', 0.0, 1.0)
    """

    name: str
    symbol: str
    meaning: str
    unit: str
    range: str
    models: tuple[str, ...]
    claims: tuple[str, ...]
    lower: float
    upper: float
    includes_lower: bool
    includes_upper: bool

    def contains(self, number: Fraction | float) -> bool:
        """Whether a number is in the range; NaN is in none."""
        above = number >= self.lower if self.includes_lower else number > self.lower
        below = number <= self.upper if self.includes_upper else number < self.upper
        return above and below


@cache
def _parameter_table() -> tuple[Mapping[str, Any], ...]:
    """Entries of parameters.toml."""
    return tuple(bundled_toml("parameters.toml")["parameter"])


@cache
def parameters() -> Mapping[str, Parameter]:
    """The parameters of all models, by name.

    Returns
    -------
    Mapping
        Read-only; name to `Parameter`.

    Examples
    --------
    >>> parameters()["trust"].range
    '[0, 1]'
    """
    return MappingProxyType({entry["name"]: _parameter(entry) for entry in _parameter_table()})


def _parameter(entry: Mapping[str, Any]) -> Parameter:
    name, interval = entry["name"], _INTERVAL.fullmatch(entry["range"])
    assert interval is not None, name
    opening, lower, upper, closing = interval.groups()
    premises = (*claims(), *rival_premises())
    return Parameter(
        **{key: entry[key] for key in ("name", "symbol", "meaning", "unit", "range")},
        models=tuple(entry["models"]),
        claims=tuple(premise.id for premise in premises if name in premise.parameters),
        lower=float(lower),
        upper=float(upper),
        includes_lower=opening == "[",
        includes_upper=closing == "]",
    )


@cache
def claims() -> tuple[Premise, ...]:
    """The claims of the article: premises of that source, not findings of this project.

    Returns
    -------
    tuple of Premise
        In the order of their IDs.

    Examples
    --------
    >>> import summitgames as sg
    >>> claim = sg.claims()[18]
    >>> claim.id, claim.actors, dict(claim.maps_to)["preconditions"]
    ('C19', ('russia',), ('conditions_first',))
    """
    return _premises("claims.toml")


@cache
def rival_premises() -> tuple[Premise, ...]:
    """Premises that answer the article's: public positions, law and literature.

    Returns
    -------
    tuple of Premise
        In the order of their IDs.

    Examples
    --------
    >>> import summitgames as sg
    >>> rival = sg.rival_premises()[5]
    >>> rival.id, rival.source
    ('R06', 'Walter (2002), Committing to Peace; Fortna (2004), Peace Time')
    """
    return _premises("rival_premises.toml")


def _premises(name: str) -> tuple[Premise, ...]:
    """Premises of a bundled file."""
    return tuple(
        Premise(
            id=entry["id"],
            text=entry["text"],
            actors=tuple(entry["actors"]),
            maps_to=_maps_to(entry),
            source=entry["source"],
            directions=entry.get("directions", {}),
        )
        for entry in bundled_toml(name)["premise"]
    )


def _maps_to(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What a premise maps to; `parameters` alone stands for every model that has them."""
    if "maps_to" in entry:
        return {model: tuple(names) for model, names in entry["maps_to"].items()}
    named = entry["parameters"]
    table = [record for record in _parameter_table() if record["name"] in named]
    models = dict.fromkeys(model for record in table for model in record["models"])
    return {
        model: tuple(record["name"] for record in table if model in record["models"])
        for model in models
    }


def bundled_toml(*path: str) -> dict[str, Any]:
    """Content of a file that comes with the package."""
    source = files("summitgames.case").joinpath(*path)
    return parse_toml(source.read_bytes(), path[-1])
