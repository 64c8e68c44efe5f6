"""Premises, parameters, and perspectives: the numbers, and what each of them rests on.

A *premise* is a claim of the source or of those who answer it, in this project's words. A
*parameter* is a number that games are given. A *perspective* is a value for every parameter, each
with its *basis*: the premises that give its direction, or ``"calibration"`` where none does. Values
are kept as the exact rationals that they are written as.
"""

from __future__ import annotations

import difflib
import html
import os
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

from summitgames.case.records import (
    Parameter,
    Premise,
    Record,
    bundled_toml,
    claims,
    parameters,
    rival_premises,
)
from summitgames.case.toml_files import parse_toml
from summitgames.case.values import check_value, check_values, exact_number
from summitgames.errors import GameError, unknown_key, unknown_name

__all__ = [
    "CALIBRATION",
    "OVERRIDE",
    "USER",
    "Parameter",
    "Perspective",
    "Premise",
    "check_value",
    "check_values",
    "claims",
    "exact_number",
    "parameters",
    "perspective",
    "perspectives",
    "rival_premises",
]

#: Bases of a value that no premise gives its direction.
CALIBRATION: Final = "calibration"
USER: Final = "user"
OVERRIDE: Final = "override"

_PERSPECTIVES: Final = ("article", "rebuttal", "guarantees")


@dataclass(frozen=True, eq=False, repr=False)
class Perspective(Record, Mapping[str, float]):
    """A value for every parameter, each with what it rests on.

    A mapping from parameter to float: ``perspective["trust"]``. Equal to a mapping with the same
    floats, whatever they rest on.

    Attributes
    ----------
    name
        Name.
    exact
        Parameter to the exact rational.
    basis
        Parameter to the IDs of the premises that give its value a direction, or to
        ``("calibration",)``, ``("user",)`` or ``("override",)``.

    Examples
    --------
    >>> import summitgames as sg
    >>> article = sg.perspective("article", conditions_cost_ukraine=0.5)
    >>> article["trust"], article.exact["trust"], article.basis["trust"]
    (0.1, Fraction(1, 10), ('C22',))
    >>> article.basis["conditions_cost_ukraine"]
    ('override',)
    """

    name: str
    exact: Mapping[str, Fraction]
    basis: Mapping[str, tuple[str, ...]]

    def __getitem__(self, name: str) -> float:
        if name not in self:
            raise unknown_key("parameter", name, self.exact)
        return float(self.exact[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.exact)

    def __len__(self) -> int:
        return len(self.exact)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self.exact

    @property
    def calibrated(self) -> tuple[str, ...]:
        """Parameters whose value no premise gives a direction."""
        return tuple(name for name, ids in self.basis.items() if ids == (CALIBRATION,))

    @property
    def changed(self) -> tuple[str, ...]:
        """Parameters whose value was changed after the reading was read."""
        return tuple(name for name, ids in self.basis.items() if ids == (OVERRIDE,))

    @property
    def is_bundled(self) -> bool:
        """Whether it is one of the library's as it comes: by its name, values and basis."""
        if self.name not in _PERSPECTIVES:
            return False
        own = _bundled(self.name)
        return self.exact == own.exact and self.basis == own.basis

    @property
    def label(self) -> str:
        """The name; of one of the library's that was changed with a word that says so."""
        changed = self.name in _PERSPECTIVES and not self.is_bundled
        return f"{self.name} (changed)" if changed else self.name

    def __repr__(self) -> str:
        counts = [f"{len(self)} parameters", f"{len(self.calibrated)} of them calibrated"]
        for basis, word in ((USER, "given by the user"), (OVERRIDE, "overridden")):
            if count := sum(ids == (basis,) for ids in self.basis.values()):
                counts.append(f"{count} {word}")
        return f"<Perspective {self.name!r}: {', '.join(counts)}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{value:g}</td>"
            f"<td>{html.escape(', '.join(self.basis[name]))}</td></tr>"
            for name, value in self.items()
        )
        return (
            f"<table><caption>Perspective {html.escape(self.name)}</caption>"
            f"<thead><tr><th>parameter</th><th>value</th><th>basis</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def perspectives() -> tuple[str, ...]:
    """Names of the perspectives that come with the library.

    Returns
    -------
    tuple of str
        ``article``, the source's reading; ``rebuttal``, the premises that answer it;
        ``guarantees``, third parties in trust's place.

    Examples
    --------
    >>> import summitgames as sg
    >>> sg.perspectives()
    ('article', 'rebuttal', 'guarantees')
    """
    return _PERSPECTIVES


def perspective(
    name_or_path: str | os.PathLike[str] | Perspective, /, **overrides: Any
) -> Perspective:
    """A perspective that comes with the library, or one from a user's TOML file.

    Parameters
    ----------
    name_or_path
        One of `perspectives`, or the path of a file: ``parameter = value`` lines; before them, if
        wanted, ``name`` and ``base`` (a perspective of the library whose values the file changes;
        without it every parameter is given); after them, if wanted, a table ``[basis]`` with
        ``parameter = [premise IDs]``. Decimals are read exactly. A file without ``name`` is called
        as the file is, and none may be called as one of the library's that has other values or
        another basis. Or a perspective, to be changed.
    **overrides
        Parameters to change, one number each.

    Returns
    -------
    Perspective
        With a value and its basis for every parameter.

    Raises
    ------
    GameError
        If there is no such perspective or file; if the file is not TOML or gives a key twice (with
        line and column); if a name or a premise's ID is unknown, a value is missing, no number or
        out of its range; if the file takes the name of a perspective of the library.

    Examples
    --------
    >>> import summitgames as sg
    >>> sg.perspective("rebuttal")["trust"]
    0.7
    >>> sg.perspective("article", trust=0.4)
    <Perspective 'article': 96 parameters, 71 of them calibrated, 1 overridden>
    """
    found = _find(name_or_path)
    if not overrides:
        return found
    for name in overrides:
        if name not in parameters():
            raise unknown_name("parameter", name, parameters())
    check_values({**found.exact, **overrides})
    exact = {n: exact_number(value, f"parameter {n!r}") for n, value in overrides.items()}
    basis = {**found.basis, **dict.fromkeys(exact, (OVERRIDE,))}
    return Perspective(found.name, {**found.exact, **exact}, basis)


def _find(name_or_path: str | os.PathLike[str] | Perspective) -> Perspective:
    """The bundled perspective of that name, or the one in that file."""
    if isinstance(name_or_path, Perspective):
        return name_or_path
    if isinstance(name_or_path, str) and name_or_path in _PERSPECTIVES:
        return _bundled(name_or_path)
    if not isinstance(name_or_path, (str, os.PathLike)):
        raise GameError(f"perspective: {name_or_path!r}; expected a name or the path of a file")
    path = Path(name_or_path)
    where = f"perspective file {os.fspath(name_or_path)!r}"  # as it was given
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        near = difflib.get_close_matches(path.stem, _PERSPECTIVES, n=1, cutoff=0.0)[0]
        raise GameError(
            f"perspective {os.fspath(name_or_path)!r}: neither a bundled perspective nor a file; "
            f"did you mean {near!r}?"
        ) from None
    except IsADirectoryError:
        raise GameError(f"{where}: a directory; expected a TOML file") from None
    except (OSError, ValueError) as error:  # no permission; a path that no system can have
        reason = getattr(error, "strerror", None) or error
        raise GameError(f"{where}: {reason}; expected a TOML file") from None
    found = _from_toml(parse_toml(content, where), path.stem, where)
    _refuse_borrowed_name(found, where)
    return found


def _refuse_borrowed_name(found: Perspective, where: str) -> None:
    """Refuse a user's perspective that would be taken for one of the library's.

    Letters are told apart as a reader does: case and width aside. What has the values of the
    library's and rests on the same is the library's, wherever it was read from.
    """
    likeness = unicodedata.normalize("NFKC", found.name).strip().casefold()
    if likeness not in _PERSPECTIVES or found.is_bundled:
        return
    raise GameError(
        f"{where}: name: {found.name!r} is the name of a perspective of the library, whose values "
        'or basis the file changes; expected another, by a line such as name = "mine"'
    )


@cache
def _bundled(name: str) -> Perspective:
    """A perspective that comes with the package."""
    table = bundled_toml("perspectives", f"{name}.toml")
    return _from_toml(table, name, f"{name}.toml")


def _from_toml(table: Mapping[str, Any], name: str, where: str) -> Perspective:
    """Perspective of a file's content."""
    values = dict(table)
    given_name, basis = values.pop("name", name), values.pop("basis", {})
    if not isinstance(given_name, str) or not given_name.strip() or not given_name.isprintable():
        raise GameError(f"{where}: name: {given_name!r}; expected text on one line")
    base = _base(values.pop("base", None), where)
    try:
        check_values({**(base.exact if base else {}), **values})
        exact = {n: exact_number(value, f"parameter {n!r}") for n, value in values.items()}
        rests_on = _read_basis(basis, values)
    except GameError as error:
        raise GameError(f"{where}: {error}") from None
    if base:
        exact, rests_on = {**base.exact, **exact}, {**base.basis, **rests_on}
    missing = [n for n in parameters() if n not in exact]
    if missing:
        raise GameError(
            f"{where}: no value for {', '.join(missing)}; expected one for every parameter, or a "
            f"`base` whose values the file changes"
        )
    order = tuple(parameters())
    return Perspective(given_name, {n: exact[n] for n in order}, {n: rests_on[n] for n in order})


def _base(name: Any, where: str) -> Perspective | None:
    """The bundled perspective whose values a file changes."""
    if name is None:
        return None
    if not isinstance(name, str):
        raise GameError(f"{where}: base: {name!r}; expected one of {', '.join(_PERSPECTIVES)}")
    if name not in _PERSPECTIVES:
        error = unknown_name("perspective", name, _PERSPECTIVES)
        raise GameError(f"{where}: base: {error}")
    return _bundled(name)


def _read_basis(table: Any, values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """What the values of a file rest on: the user, where it says nothing."""
    if not isinstance(table, dict):
        raise GameError(f"basis: {table!r}; expected a table of lists of premise IDs")
    known = {premise.id for premise in (*claims(), *rival_premises())}
    basis: dict[str, tuple[str, ...]] = dict.fromkeys(values, (USER,))
    for parameter, ids in table.items():
        what = f"basis of {parameter!r}"
        if parameter not in parameters():
            raise GameError(f"basis: {unknown_name('parameter', parameter, parameters())}")
        if parameter not in values:
            raise GameError(f"{what}: the file gives it no value; expected one")
        if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
            raise GameError(f"{what}: {ids!r}; expected a list of premise IDs")
        unknown = [premise for premise in ids if premise not in known]
        if unknown and ids not in ([CALIBRATION], [USER]):
            raise GameError(f"{what}: {unknown_name('premise', unknown[0], known)}")
        basis[parameter] = tuple(ids)
    return basis
