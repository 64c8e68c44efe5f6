"""Published games with exact answers, from the files in `cases/`."""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("cases")
NUMBER = re.compile(r"[+-]?\d+(/\d+|\.\d+)?")
#: Texts under these keys are labels or patterns, even where they look like numbers.
LABELS = re.compile(r"infoset|status\w*")


@dataclass(frozen=True)
class Case:
    """A game, what is asked about it and the answer; every number exact."""

    id: str
    kind: str
    about: str
    source: str
    input: dict[str, Any]
    question: str
    answer: dict[str, Any]
    check: str

    def __str__(self) -> str:
        return self.id


def load(kind: str) -> list[Case]:
    """All cases of a kind, by name.

    Whole numbers are int, all others Fraction.

    Raises
    ------
    LookupError
        If there is none: a test parametrized by no case would pass unseen.
    """
    found = [case for case in map(read, sorted(FOLDER.glob("*.json"))) if case.kind == kind]
    if not found:
        raise LookupError(f"no case of kind {kind!r} in {FOLDER}")
    return found


def read(path: Path) -> Case:
    """The case in a file."""
    fields = json.loads(path.read_text(encoding="utf-8"), parse_float=Fraction)
    for name in ("input", "answer"):
        fields[name] = exact(fields[name])
    return Case(**fields)


def exact(value: Any) -> Any:
    """The same with texts that are numbers as Fraction."""
    if isinstance(value, dict):
        return {k: v if LABELS.fullmatch(k) else exact(v) for k, v in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Fraction(value)
    return value
