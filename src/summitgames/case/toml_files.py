"""TOML read exactly, with errors that say where in the file they are."""

from __future__ import annotations

import codecs
import re
import tomllib
from decimal import Decimal
from typing import Any, Final

from summitgames.errors import GameError

__all__ = ["parse_toml"]

#: How `tomllib` ends its messages; it gives no other access to the position.
_PLACE: Final = re.compile(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)",
    re.DOTALL,
)
_GIVEN_TWICE: Final = "Cannot overwrite a value"


def parse_toml(content: bytes, where: str) -> dict[str, Any]:
    r"""Content of a TOML file; numbers with a point or an exponent are `Decimal`, hence exact.

    Parameters
    ----------
    content
        The file's bytes: UTF-8, with or without a byte-order mark.
    where
        Name of the file, for errors.

    Raises
    ------
    GameError
        If the bytes are not UTF-8, or not TOML, or give a key twice; with line and column.

    Examples
    --------
    >>> parse_toml(b"trust = 0.1", "mine.toml")
    {'trust': Decimal('0.1')}
    >>> parse_toml(b"trust = 0.1\ntrust = 0.2", "mine.toml")
    Traceback (most recent call last):
        ...
    summitgames.errors.GameError: mine.toml: line 2, column 12: key 'trust' is given twice; ...
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        text = content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line, column = _end(content[: error.start].decode())
        raise GameError(
            f"{where}: line {line}, column {column}: byte {content[error.start]:#04x} is not "
            f"UTF-8; expected a TOML file in UTF-8"
        ) from None
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        raise GameError(f"{where}: values nested too deeply; expected plain values") from None
    except ArithmeticError:
        raise GameError(f"{where}: an exponent too large; expected plain values") from None
    except ValueError as error:
        raise GameError(f"{where}: {_explain(str(error), text)}") from None


def _explain(message: str, text: str) -> str:
    """Line, column, and what is wrong there."""
    match = _PLACE.fullmatch(message)
    if match is None:  # numbers that Python itself refuses to read, such as integers too long
        return f"{message}; expected a TOML file"
    line, column = _end(text)
    if match["line"] is not None:
        line, column = int(match["line"]), int(match["column"])
    what = match["what"]
    if what == _GIVEN_TWICE:
        key = text.split("\n")[line - 1].partition("=")[0].strip()
        return f"line {line}, column {column}: key {key!r} is given twice; expected it once"
    return f"line {line}, column {column}: {what[:1].lower()}{what[1:]}; expected a TOML file"


def _end(text: str) -> tuple[int, int]:
    """Line and column, from 1, of what follows a text."""
    return text.count("\n") + 1, len(text) - text.rfind("\n")
