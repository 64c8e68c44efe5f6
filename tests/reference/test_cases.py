"""The published cases are complete, and are read exactly."""

import json
from collections import Counter
from fractions import Fraction

import pytest

from reference.cases import FOLDER, exact, load, read

KINDS = {
    "bimatrix": 19,
    "coalitional": 5,
    "efg": 8,
    "extensive": 4,
    "nfg": 5,
    "normal_form": 1,
    "repeated": 5,
    "signaling": 3,
    "stochastic": 2,
}


def test_every_case_is_there() -> None:
    cases = [read(path) for path in FOLDER.glob("*.json")]
    assert Counter(case.kind for case in cases) == KINDS
    for case in cases:
        assert (FOLDER / f"{case.id}.json").exists()
        assert case.source
        assert case.check


def test_numbers_are_exact() -> None:
    (case,) = (case for case in load("bimatrix") if case.id == "eight-decimals-4x4")
    text = json.loads((FOLDER / "eight-decimals-4x4.json").read_text(encoding="utf-8"))
    assert text["input"]["A"][0][0] == "52.46337363"
    assert case.input["A"][0][0] == Fraction(5246337363, 10**8)
    assert str(case) == "eight-decimals-4x4"


def test_labels_and_patterns_stay_text() -> None:
    given = {"infoset": "1", "status": "110", "status_sender": "10", "p": ["1", "1/2"], "n": 3}
    assert exact(given) == {**given, "p": [1, Fraction(1, 2)]}


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(LookupError, match="'bimatrices'"):
        load("bimatrices")
