"""Perspectives: exact values, what they rest on, the user's own files, and every refusal."""

import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy

import summitgames as sg
from summitgames import GameError
from summitgames.case import premises
from summitgames.case.premises import parameters

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "parameters.json").read_text(encoding="utf-8")
)
RESTS_ON = {
    "rebuttal": [1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 14, 15, 17, 19, 20, 21, 22],
    "guarantees": [5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19],
}
#: Values with no premise behind them, where they differ between perspectives.
CALIBRATED = {
    "rebuttal": {
        "host_switzerland_russia",
        "host_austria_russia",
        "host_turkey_ukraine",
        "discount_round_russia",
        "step_cost_opportunist",
        "bilateral_worth",
        "retention_summit",
        "gamble_success",
        "relevance_value",
    },
    "guarantees": {
        "host_switzerland_russia",
        "host_austria_russia",
        "discount_round_russia",
        "step_cost_opportunist",
        "direct_worth",
        "pressure_relief",
        "relevance_value",
        "pause_cost_russia",
        "delivery_gain_sincere",
    },
}
PREMISES = {premise.id: premise for premise in (*sg.claims(), *sg.rival_premises())}

Write = Callable[[str | bytes], Path]


def pickled(item: Any) -> Any:
    return pickle.loads(pickle.dumps(item))  # noqa: S301  (what was pickled here)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a perspective's file."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "mine.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def complete(**changes: str) -> str:
    """A file that gives every parameter."""
    values = {name: row[0] for name, row in REFERENCE["values"].items()} | changes
    return "".join(f"{name} = {value}\n" for name, value in values.items())


def test_the_bundled_perspectives() -> None:
    assert sg.perspectives() == ("article", "rebuttal", "guarantees")
    assert [sg.perspective(name).name for name in sg.perspectives()] == list(sg.perspectives())


@pytest.mark.parametrize("name", sg.perspectives())
def test_values_are_those_of_the_specification(name: str) -> None:
    column = REFERENCE["perspectives"].index(name)
    expected = {key: Fraction(row[column]) for key, row in REFERENCE["values"].items()}
    found = sg.perspective(name)
    assert dict(found.exact) == expected
    assert list(found) == list(parameters())
    assert {key: value.hex() for key, value in found.items()} == {
        key: float(exact).hex() for key, exact in expected.items()
    }


@pytest.mark.parametrize("name", sg.perspectives())
def test_every_value_has_a_basis_that_bears_on_it(name: str) -> None:
    found = sg.perspective(name)
    assert list(found.basis) == list(parameters())
    for parameter, ids in found.basis.items():
        if ids != ("calibration",):
            assert ids
            assert all(parameter in PREMISES[i].parameters for i in ids), (parameter, ids)


@pytest.mark.parametrize("name", sg.perspectives())
def test_calibrated_are_the_values_without_a_premise(name: str) -> None:
    found = sg.perspective(name)
    assert set(found.calibrated) == {p for p, ids in found.basis.items() if ids == ("calibration",)}
    assert "trust" not in found.calibrated
    assert "agenda_stake" in found.calibrated


def test_the_article_rests_on_all_claims_that_bear_on_a_value() -> None:
    article = sg.perspective("article")
    for parameter, ids in article.basis.items():
        bearing = tuple(c.id for c in sg.claims() if parameter in c.parameters)
        assert ids == (bearing or ("calibration",)), parameter


@pytest.mark.parametrize("name", RESTS_ON)
def test_rivals_rest_on_their_premises_where_they_differ(name: str) -> None:
    article, rival = sg.perspective("article"), sg.perspective(name)
    allowed = {f"R{number:02}" for number in RESTS_ON[name]}
    used: set[str] = set()
    calibrated = set()
    for parameter, ids in rival.basis.items():
        if rival.exact[parameter] == article.exact[parameter]:
            assert ids == article.basis[parameter], parameter
        elif ids == ("calibration",):
            calibrated.add(parameter)
        else:
            bearing = [i for i in sorted(allowed) if parameter in PREMISES[i].parameters]
            assert list(ids) == bearing, parameter
            used |= set(ids)
    assert calibrated == CALIBRATED[name]
    structural = {"R04"} & allowed  # bears on no number
    assert used == allowed - structural


@pytest.mark.parametrize("name", RESTS_ON)
def test_values_move_in_the_direction_of_their_premises(name: str) -> None:
    article, rival = sg.perspective("article"), sg.perspective(name)
    moved = 0
    for parameter, ids in rival.basis.items():
        directions = {PREMISES[i].directions[parameter] for i in ids if i.startswith("R")}
        if directions:
            moved += 1
            higher = rival.exact[parameter] > article.exact[parameter]
            assert directions <= ({"up", "high"} if higher else {"down", "low"}), parameter
    assert moved > 20


@pytest.mark.parametrize("name", sg.perspectives())
def test_the_prize_of_a_summit_is_the_one_that_domestic_politics_give(name: str) -> None:
    p = sg.perspective(name).exact
    gain = p["office_rents_ukraine"] * (p["retention_summit"] - p["reelection"])
    assert gain + p["relevance_value"] == p["summit_prize_ukraine"]


def test_a_perspective_is_a_mapping() -> None:
    article = sg.perspective("article")
    assert len(article) == len(REFERENCE["values"])
    assert article["trust"] == 0.1
    assert isinstance(article["settlement_value_russia"], float)
    assert "trust" in article
    assert "distrust" not in article
    assert article.get("distrust") is None
    assert article == dict(article)
    assert article != sg.perspective("rebuttal")
    for kind in (KeyError, GameError):
        with pytest.raises(kind, match=r"^unknown parameter 'trusst'; did you mean 'trust'"):
            article["trusst"]
    assert ["trust"] not in article
    with pytest.raises(GameError, match="unknown parameter"):
        article[["trust"]]  # type: ignore[index]


def test_a_perspective_is_read_only() -> None:
    article = sg.perspective("article")
    for mapping in (article.exact, article.basis):
        with pytest.raises(TypeError):
            mapping["trust"] = ()  # type: ignore[index]
    with pytest.raises(AttributeError):
        article.name = "mine"  # type: ignore[misc]


@pytest.mark.parametrize("clone", [copy.deepcopy, pickled])
def test_a_perspective_can_be_copied_and_pickled(clone: Callable[[Any], Any]) -> None:
    article = sg.perspective("article", trust=Fraction(1, 3))
    cloned = clone(article)
    assert cloned == article
    assert cloned.exact == article.exact
    assert cloned.basis == article.basis
    assert cloned.name == "article"


def test_overrides_are_exact_and_say_so() -> None:
    mine = sg.perspective("article", trust=sympy.Rational(1, 3), turnover=0.3, arrival=1)
    assert mine.exact["trust"] == Fraction(1, 3)
    assert mine.exact["turnover"] == Fraction(0.3) != Fraction(3, 10)
    assert mine.exact["arrival"] == 1
    for name in ("trust", "turnover", "arrival"):
        assert mine.basis[name] == ("override",)
    assert mine.basis["legitimacy_incumbent"] == ("C23",)
    assert sg.perspective("article")["trust"] == 0.1


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"trsut": 0.5}, "unknown parameter 'trsut'; did you mean 'trust'?"),
        ({"trust": 1.5}, "parameter 'trust': 1.5; expected a number in [0, 1]"),
        (
            {"trust": float("nan")},
            "parameter 'trust': not finite: nan; expected a number in [0, 1]",
        ),
        ({"trust": True}, "parameter 'trust': True; expected a number in [0, 1]"),
        ({"trust": "0.5"}, "parameter 'trust': '0.5'; expected a number in [0, 1]"),
        ({"trust": [0.1, 0.2]}, "parameter 'trust': an array of shape (2,); expected one number"),
        ({"hazard_none": 0.2}, "parameter 'hazard_none': 0.2; expected at most hazard_conditions"),
        ({"hazard_conditions": 0}, "expected at most hazard_conditions, 0.0"),
    ],
)
def test_bad_overrides_are_refused(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError) as caught:
        sg.perspective("article", **overrides)
    assert message in str(caught.value)


def test_a_users_file_on_a_base(write: Write) -> None:
    path = write(
        'name = "my reading"\nbase = "guarantees"\ntrust = 0.4\n'
        "turnover = 0.123456789012345678901\nreelection = 1\n"
        '[basis]\ntrust = ["R06", "R21"]\nreelection = ["calibration"]\n'
    )
    mine = sg.perspective(path)
    assert mine.name == "my reading"
    assert mine.exact["trust"] == Fraction(2, 5)
    assert mine.exact["turnover"] == Fraction("0.123456789012345678901")
    assert mine.basis["trust"] == ("R06", "R21")
    assert mine.basis["turnover"] == ("user",)
    assert mine.basis["reelection"] == ("calibration",)
    guarantees = sg.perspective("guarantees")
    rest = set(guarantees) - {"trust", "turnover", "reelection"}
    assert all(mine.exact[name] == guarantees.exact[name] for name in rest)
    assert all(mine.basis[name] == guarantees.basis[name] for name in rest)
    assert sg.perspective(str(path)) == mine
    assert sg.perspective(path, trust=1).basis["trust"] == ("override",)


def test_a_users_file_that_gives_every_parameter(write: Write) -> None:
    mine = sg.perspective(write(complete(trust="0.25")))
    assert mine.name == "mine"
    assert mine.exact["trust"] == Fraction(1, 4)
    assert set(mine.basis.values()) == {("user",)}
    assert list(mine) == list(parameters())


def test_a_bundled_file_reads_the_same_by_its_path() -> None:
    folder = Path(premises.__file__).parent / "perspectives"
    for name in sg.perspectives():
        found = sg.perspective(folder / f"{name}.toml")
        assert found == sg.perspective(name)
        assert found.basis == sg.perspective(name).basis


def test_a_bundled_name_comes_before_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "article").write_text('name = "mine"\nbase = "rebuttal"', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert sg.perspective("article")["trust"] == 0.1
    assert sg.perspective("./article")["trust"] == 0.7
    assert sg.perspective(Path("article"))["trust"] == 0.7


BASE = 'base = "article"\n'


#: The same name in full-width letters.
WIDE = "".join(chr(ord(letter) + 0xFEE0) for letter in "article")


@pytest.mark.parametrize("name", [*sg.perspectives(), "Article", " article ", WIDE])
def test_no_file_passes_itself_off_as_the_librarys(write: Write, tmp_path: Path, name: str) -> None:
    said = rf"name: {name!r} is the name of a perspective of the library.*; expected another"
    for content in (f'name = "{name}"\n{BASE}trust = 0.9\n', f'name = "{name}"\n{complete()}'):
        path = write(content)
        with pytest.raises(GameError, match=said) as caught:
            sg.perspective(path)
        assert str(caught.value).startswith(f"perspective file {str(path)!r}: ")
        with pytest.raises(GameError, match=said):
            sg.brief(path)
    called = tmp_path / f"{name}.toml"
    called.write_text(BASE + "trust = 0.9\n", encoding="utf-8")
    with pytest.raises(GameError, match=said):
        sg.perspective(called)
    called.write_text(f'name = "not {name}"\n' + BASE + "trust = 0.9\n", encoding="utf-8")
    assert sg.perspective(called).name == f"not {name}"


def test_what_is_the_librarys_keeps_its_name(write: Write) -> None:
    same = sg.perspective(write('name = "article"\n' + BASE))
    assert (same, same.name) == (sg.perspective("article"), "article")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BASE + "trust = 0.1\n\ntrust = 0.2\n", "line 4, column 12: key 'trust' is given twice"),
        (BASE + "trust 0.1\n", "line 2, column 7: expected '='"),
        (BASE + "trust = \n", "line 2, column 9: invalid value"),
        (BASE.encode() + b"trust = '\xff'", "line 2, column 10: byte 0xff is not UTF-8"),
        (BASE + "trsut = 0.1", "unknown parameter 'trsut'; did you mean 'trust'?"),
        (BASE + "trust = 1.5", "parameter 'trust': 1.5; expected a number in [0, 1]"),
        (BASE + "trust = -1e-9", "parameter 'trust': -1E-9; expected a number in [0, 1]"),
        (BASE + "trust = nan", "parameter 'trust': not finite: nan; expected a number in [0, 1]"),
        (BASE + "trust = -inf", "parameter 'trust': not finite: -inf; expected a number in [0, 1]"),
        (BASE + "trust = true", "parameter 'trust': True; expected a number"),
        (BASE + 'trust = "0.5"', "parameter 'trust': '0.5'; expected a number"),
        (BASE + "trust = [0.5]", "parameter 'trust': an array of shape (1,); expected one number"),
        (BASE + "trust = 2025-08-01", "parameter 'trust': datetime.date(2025, 8, 1); expected"),
        (BASE + "[trust]\nx = 1", "parameter 'trust': {'x': 1}; expected a number"),
        (BASE + "hazard_none = 0.5", "parameter 'hazard_none': 0.5; expected at most"),
        ("trust = 0.1", "no value for settlement_value_russia, pocket_value_russia, "),
        ("", "expected one for every parameter, or a `base` whose values the file changes"),
        ('base = "artical"', "base: unknown perspective 'artical'; did you mean 'article'?"),
        ("base = 1", "base: 1; expected one of article, rebuttal, guarantees"),
        (BASE + "name = 1", "name: 1; expected text"),
        (BASE + 'name = ""', "name: ''; expected text"),
        (BASE + 'name = "  "', "name: '  '; expected text"),
        (BASE + 'name = "two\\nlines"', "name: 'two\\nlines'; expected text on one line"),
        (BASE + "basis = 1", "basis: 1; expected a table of lists of premise IDs"),
        (BASE + "[basis]\ntrust = ['C22']", "basis of 'trust': the file gives it no value"),
        (BASE + "[basis]\ntrsut = ['C22']", "basis: unknown parameter 'trsut'; did you mean"),
        (
            BASE + "trust = 0\n[basis]\ntrust = ['C222']",
            "unknown premise 'C222'; did you mean 'C22'?",
        ),
        (BASE + "trust = 0\n[basis]\ntrust = 'C22'", "'C22'; expected a list of premise IDs"),
        (BASE + "trust = 0\n[basis]\ntrust = []", "[]; expected a list of premise IDs"),
        (BASE + "trust = 0\n[basis]\ntrust = [1]", "[1]; expected a list of premise IDs"),
        (
            BASE + "trust = 0\n[basis]\ntrust = ['C22', 'calibration']",
            "basis of 'trust': unknown premise 'calibration'",
        ),
    ],
)
def test_bad_files_are_refused(write: Write, content: str | bytes, message: str) -> None:
    path = write(content)
    with pytest.raises(GameError) as caught:
        sg.perspective(path)
    assert str(caught.value).startswith(f"perspective file {str(path)!r}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_all_missing_parameters_are_listed(write: Write) -> None:
    content = complete().replace("trust = 0.1\n", "").replace("defeat_cost = 0.2\n", "")
    with pytest.raises(GameError, match="no value for trust, defeat_cost; expected one for every"):
        sg.perspective(write(content))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "artcle",
            "perspective 'artcle': neither a bundled perspective nor a file; did you mean 'art",
        ),
        (
            "nowhere/rebutal.toml",
            "neither a bundled perspective nor a file; did you mean 'rebuttal'",
        ),
        ("", "perspective file '': a directory; expected a TOML file"),
        ("./a\0b", "perspective file './a"),
        (".", "a directory; expected a TOML file"),
        ("a\0b", "expected a TOML file"),
        ("x" * 5000, "expected a TOML file"),
        (3, "perspective: 3; expected a name or the path of a file"),
        (None, "perspective: None; expected a name or the path of a file"),
    ],
)
def test_what_is_no_perspective_is_refused(name: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        sg.perspective(name)
    assert message in str(caught.value)


def test_a_file_that_cannot_be_read_is_refused(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    path = write(BASE)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(GameError, match=r"mine\.toml': Permission denied; expected a TOML file"):
        sg.perspective(path)


def test_repr_says_how_much_is_calibrated_given_and_overridden(write: Write) -> None:
    article = sg.perspective("article")
    count = len(article.calibrated)
    assert repr(article) == f"<Perspective 'article': 96 parameters, {count} of them calibrated>"
    mine = sg.perspective(write(BASE + "trust = 0.4\nturnover = 0.1"), reelection=0.5)
    assert repr(mine) == (
        f"<Perspective 'mine': 96 parameters, {count - 1} of them calibrated, 2 given by the user, "
        f"1 overridden>"
    )


def test_html_is_escaped_and_complete(write: Write) -> None:
    shown = sg.perspective(write(BASE + 'name = "<b>&"'))._repr_html_()
    assert "&lt;b&gt;&amp;" in shown
    assert "<b>" not in shown
    assert shown.count("<tr>") == len(parameters()) + 1


def test_files_are_read_once_and_nothing_heavy_is_loaded() -> None:
    assert sg.perspective("article") is sg.perspective("article")
    assert sg.claims() is sg.claims()
    code = (
        "import sys, summitgames.case.premises as p;"
        "p.perspective('article', trust=0.5); p.parameters();"
        "print([m for m in ('sympy', 'numba', 'matplotlib', 'xarray', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
