"""The two exceptions of the library, and refusals that many functions share."""

from __future__ import annotations

import difflib
import operator
from collections.abc import Collection, Iterable

__all__ = [
    "GameError",
    "SolverError",
    "UnknownKeyError",
    "require_known",
    "unknown_key",
    "unknown_name",
    "whole_number",
]


class GameError(ValueError):
    """Input that does not describe a valid game, premise or parameter.

    The message says in one line which argument is wrong, where (index in the batch, node, profile),
    what was found and what is expected. Raised before any solving.
    """

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.splitlines()))  # arrays print over several lines


class SolverError(RuntimeError):
    """A solver does not apply to a valid game, or gave up; the message says why."""


class UnknownKeyError(GameError, KeyError):
    """A key that a mapping lacks: a `GameError` that Python's mappings understand as well.

    `get`, `in` and `except KeyError` work as with a dictionary.
    """

    def __str__(self) -> str:
        return ValueError.__str__(self)  # that of a KeyError puts the message in quotes


def unknown_name(kind: str, name: object, valid: Iterable[str]) -> GameError:
    """Error for a name that is not among the valid ones, with the nearest valid name.

    Parameters
    ----------
    kind
        What the name should have been, such as ``"parameter"``.
    name
        What was given.
    valid
        The names that exist.

    Returns
    -------
    GameError
        To be raised by the caller.
    """
    names = sorted(valid)
    if not names:
        return GameError(f"unknown {kind} {name!r}: there is none here")
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.0)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(names)}"
    return GameError(f"unknown {kind} {name!r}; {hint}")


def unknown_key(kind: str, name: object, valid: Iterable[str]) -> UnknownKeyError:
    """Error of `unknown_name` for the key of a mapping."""
    return UnknownKeyError(str(unknown_name(kind, name, valid)))


def require_known(kind: str, name: object, valid: Collection[str]) -> None:
    """Refuse what is not among the valid names, whatever it is.

    Parameters
    ----------
    kind
        What the name should be, such as ``"parameter"``.
    name
        What was given: text, or by mistake anything else.
    valid
        The names that exist.

    Raises
    ------
    GameError
        If it is none of them; the message has the nearest one.
    """
    if not isinstance(name, str) or name not in valid:
        raise unknown_name(kind, name, valid)


def whole_number(given: object, what: str, *, least: int = 1, expected: str = "") -> int:
    """A whole number of Python's or NumPy's, of at least so much.

    Parameters
    ----------
    given
        What was given; truth values are none.
    what
        Name of the argument, for an error.
    least
        The smallest number that is allowed.
    expected
        What is expected, for an error.

    Raises
    ------
    GameError
        If it is none, or too small.
    """
    try:
        number = operator.index(given)  # type: ignore[arg-type]  # refused below
    except TypeError:
        number = least - 1
    if isinstance(given, bool) or number < least:
        expected = expected or f"a whole number of {least} or more"
        raise GameError(f"{what}: {given!r}; expected {expected}")
    return number
