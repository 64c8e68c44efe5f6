"""The command line: what it prints, and how it refuses."""

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import summitgames as sg
from reference.cases import load
from reference.trembles import horse
from summitgames import cli


@pytest.fixture
def run(capsys):
    """Runs the command line in this process: exit code, stdout, stderr."""

    def call(*arguments):
        code = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def refused(run):
    """Runs a command that has to be refused; its one line on stderr."""

    def call(*arguments):
        code, out, err = run(*arguments)
        assert code == 2
        assert out == ""
        assert err.endswith("\n")
        assert err.count("\n") == 1
        assert "Traceback" not in err
        return err

    return call


def test_brief_prints_the_brief(run):
    code, out, err = run("brief")
    assert (code, err) == (0, "")
    assert out == sg.brief().to_text()
    assert "\x1b" not in out


def test_brief_as_json_and_markdown(run):
    code, out, _ = run("brief", "--perspective", "rebuttal", "--rival", "article", "--json")
    assert code == 0
    assert json.loads(out) == sg.brief("rebuttal", rival="article").to_dict()
    code, out, _ = run("brief", "--perspective", "guarantees", "--markdown")
    assert code == 0
    assert out == sg.brief("guarantees").to_markdown()


def test_brief_in_a_terminal(monkeypatch):
    """Escape codes where a terminal reads them, and the same words."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli.main(["brief"]) == 0
    shown = screen.getvalue()
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert re.sub(r"\s+", " ", plain) == re.sub(r"\s+", " ", sg.brief().to_text())


def test_brief_as_a_page(run, tmp_path):
    file = tmp_path / "brief.html"
    file.write_text("an older page", encoding="utf-8")
    code, out, err = run("brief", "--html", file)
    assert (code, out, err) == (0, f"wrote {file}\n", "")
    assert file.read_text(encoding="utf-8") == sg.brief().to_html()
    assert list(tmp_path.iterdir()) == [file]


def test_a_page_that_cannot_be_written_leaves_the_old_one(refused, tmp_path, monkeypatch):
    file = tmp_path / "brief.html"
    file.write_text("an older page", encoding="utf-8")

    def fail(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", fail)
    monkeypatch.setattr("summitgames.report.page.to_html", lambda _: "a new page")
    assert "Permission denied" in refused("brief", "--html", file)
    assert file.read_text(encoding="utf-8") == "an older page"
    assert list(tmp_path.iterdir()) == [file]


def test_pages_go_to_files_only(refused, tmp_path):
    missing = tmp_path / "missing"
    assert "no directory" in refused("brief", "--html", missing / "brief.html")
    assert not missing.exists()
    assert "is a directory" in refused("brief", "--html", tmp_path)
    assert "is no regular file" in refused("brief", "--html", os.devnull)


def test_set_reads_decimals_and_ratios_exactly(run):
    solution = sg.model("composite").solve("guarantees", trust=0.9)
    for value in ("0.9", "9/10", "9e-1"):
        code, out, _ = run(
            *("solve", "composite", "--perspective", "guarantees", "--set", f"trust={value}"),
            "--json",
        )
        assert code == 0
        assert json.loads(out) == solution.to_dict()
    given = cli._overrides(["trust=0.1", "turnover=1/3"])
    perspective = sg.perspective("article", **given)
    assert str(perspective.exact["trust"]) == "1/10"
    assert str(perspective.exact["turnover"]) == "1/3"


def test_set_takes_several_values_and_may_be_repeated(run):
    changes = {"trust": 0.4, "turnover": 0.2, "reelection": 0.3}
    listed = [f"{name}={value}" for name, value in changes.items()]
    code, out, _ = run("brief", "--set", *listed[:2], "--set", listed[2], "--json")
    assert code == 0
    assert json.loads(out) == sg.brief(**changes).to_dict()


def test_a_perspective_of_a_file(run, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("base = 'guarantees'\ntrust = 0.9\n", encoding="utf-8")
    code, out, _ = run("brief", "--perspective", file, "--rival", file, "--json")
    assert code == 0
    content = json.loads(out)
    assert content["perspective"] == "mine"
    assert content["settlement"] == pytest.approx(0.95 * 0.9 * 0.91)


def test_claims(run):
    premises = (*sg.claims(), *sg.rival_premises())
    code, out, err = run("claims")
    assert (code, err) == (0, "")
    assert re.findall(r"^[CR]\d\d", out, re.MULTILINE) == [p.id for p in premises]
    code, out, _ = run("claims", "--json")
    assert code == 0
    listed = [record for records in json.loads(out).values() for record in records]
    assert [(r["id"], r["text"]) for r in listed] == [(p.id, p.text) for p in premises]


def test_models(run):
    code, out, err = run("models")
    assert (code, err) == (0, "")
    assert all(re.search(rf"^{name} ", out, re.MULTILINE) for name in sg.models())
    code, out, _ = run("models", "--json")
    assert code == 0
    content = json.loads(out)
    assert tuple(content) == sg.models()
    assert content["composite"]["parameters"] == list(sg.model("composite").parameter_names)


@pytest.mark.parametrize("name", sg.models())
def test_solve(run, name):
    solution = sg.model(name).solve("rebuttal")
    code, out, err = run("solve", name, "--perspective", "rebuttal")
    assert (code, err) == (0, "")
    assert all(re.search(rf"^{field} ", out, re.MULTILINE) for field in solution.fields)
    code, out, _ = run("solve", name, "--perspective", "rebuttal", "--json")
    assert code == 0
    assert json.loads(out) == solution.to_dict()


GAME = """NFG 1 R "Meeting" { "host" "guest" }
{ { "meet" "stay away" } { "meet" "stay away" } }
3 2  0 -1  -1 0  0 0
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "meeting.nfg"
    path.write_text(GAME, encoding="utf-8")
    return path


def test_solve_a_file(run, file):
    code, out, err = run("solve", file)
    assert (code, err) == (0, "")
    title, header, _, *rows = out.splitlines()
    assert title == "nash by support_enumeration, COMPLETE: nondegenerate: these are all equilibria"
    assert header.split() == ["host", "guest", "payoffs"]
    cells = [re.split(r"\s{2,}", row.strip()) for row in rows[:3]]
    assert cells == [
        ["1", "meet", "meet", "3, 2"],
        ["2", "stay away", "stay away", "0, 0"],
        ["3", "meet 0.333333, stay away 0.666667", "meet 0.25, stay away 0.75", "0, 0"],
    ]
    assert run("solve", GAME)[1] == out  # the text itself


def test_solve_a_file_with_proofs(run, file):
    code, out, _ = run("solve", file, "--certify")
    assert code == 0
    assert "meet 1/3, stay away 2/3   meet 1/4, stay away 3/4" in out
    assert len(re.findall(r"proved", out)) == 3


def test_solve_a_file_as_json(run, file):
    game = sg.read_game(file)
    found = sg.solve(game)
    code, out, err = run("solve", file, "--json", "--certify")
    assert (code, err) == (0, "")
    content = json.loads(out, parse_constant=pytest.fail)
    records = content.pop("equilibria")
    assert content == {
        "concept": "nash",
        "players": ["host", "guest"],
        "actions": {"host": ["meet", "stay away"], "guest": ["meet", "stay away"]},
        "method": "support_enumeration",
        "status": "COMPLETE",
        "message": found.message,
    }
    assert len(records) == 3
    for mixes, payoffs, record in zip(found, found.payoffs, records, strict=True):
        for player, mix, labels in zip(game.players, mixes, game.actions, strict=True):
            assert record["strategies"][player] == dict(zip(labels, mix, strict=True))
        assert record["payoffs"] == dict(zip(game.players, payoffs, strict=True))
        certificate = sg.Certificate.from_json(json.dumps(record["certificate"]))
        assert certificate.verdict == "proved"
        assert certificate.check(game)


@pytest.mark.parametrize(
    ("concept", "method", "count"),
    [
        ("nash", "support_enumeration", 3),
        ("one nash", "lemke_howson", 1),
        ("pure nash", "pure_nash", 2),
    ],
)
def test_concepts_of_a_file(run, file, concept, method, count):
    code, out, _ = run("solve", file, "--concept", concept, "--json")
    assert code == 0
    content = json.loads(out)
    assert (content["concept"], content["method"]) == (concept, method)
    assert len(content["equilibria"]) == count
    assert "certificate" not in content["equilibria"][0]


TREE = """EFG 2 R "Entry" { "a" "b" }
p "" 1 1 "enter" { "in" "out" } 0
p "" 1 2 "place" { "A" "B" } 0
p "" 2 1 "other" { "A" "B" } 0
t "" 1 "" { 2 1 }
t "" 0
p "" 2 1 "other" 0
t "" 0
t "" 2 "" { 1 2 }
t "" 3 "" { 3/2 3 }
"""


def test_solve_a_tree(run, tmp_path):
    path = tmp_path / "entry.efg"
    path.write_text(TREE, encoding="utf-8")
    code, out, err = run("solve", path, "--concept", "subgame perfect")
    assert (code, err) == (0, "")
    title, header, _, *rows = out.splitlines()
    assert title == "subgame perfect by subgame_perfect, COMPLETE"
    assert re.split(r"\s{2,}", header.strip()) == ["a: enter", "a: place", "b: other", "payoffs"]
    assert [re.split(r"\s{2,}", row.strip()) for row in rows[:2]] == [
        ["1", "in", "A", "A", "2, 1"],
        ["2", "out", "B", "B", "1.5, 3"],
    ]
    code, out, _ = run("solve", path, "--concept", "subgame perfect", "--json")
    content = json.loads(out)
    assert (content["status"], len(content["equilibria"])) == ("COMPLETE", 3)
    assert content["equilibria"][0]["behavior"]["b: other"] == {"A": 1.0, "B": 0.0}
    code, out, _ = run("solve", path, "--certify")
    assert code == 0
    assert "in, A" in out  # plans


def test_solve_a_tree_with_hidden_moves_with_proofs(run):
    """One card: the low one is bet on in one case of three, and met in two."""
    (case,) = (case for case in load("efg") if case.id == "one-card-poker")
    arguments = "solve", case.input["text"], "--concept", "subgame perfect", "--certify"
    code, out, _ = run(*arguments)
    assert code == 0
    assert "bet 1/3, fold 2/3" in out
    assert "meet 2/3, pass 1/3" in out
    assert "proved" in out
    code, out, _ = run(*arguments, "--json")
    (record,) = json.loads(out)["equilibria"]
    certificate = sg.Certificate.from_json(json.dumps(record["certificate"]))
    assert certificate.concept == "subgame-perfect equilibrium"
    assert certificate.check(sg.read_game(case.input["text"]))


def test_solve_a_tree_with_beliefs(run, refused, file, tmp_path):
    """Selten's horse: the threat is gone; the beliefs that remain are printed, and proved."""
    path = tmp_path / "horse.efg"
    sg.write_game(horse(), path)
    arguments = "solve", path, "--concept", "sequential"
    code, out, _ = run(*arguments, "--certify")
    assert code == 0
    assert out.startswith("sequential by sequential_equilibria, PARTIAL: mixes at more than 2")
    assert "belief, 3: third" in out
    assert "across > down 5/6" in out.replace("\n", " ")
    assert out.count("proved") == 2
    assert "refuted" not in out
    code, out, _ = run(*arguments, "--json")
    assert code == 0
    for record in json.loads(out)["equilibria"]:
        assert record["behavior"]["1: first"] == {"across": 1, "down": 0}
        assert sum(record["beliefs"]["3: third"].values()) == pytest.approx(1, abs=1e-15)
        assert record["beliefs"]["2: second"] == {"across": 1}
    assert "goes with an .efg file" in refused("solve", file, "--concept", "sequential")


def test_the_version(run):
    assert run("--version") == (0, f"summitgames {sg.__version__}\n", "")


def test_solve_by_the_end_of_the_logit_branch(run, tmp_path):
    """Of trees with the beliefs in which the branch ends; of games in normal form as well."""
    path = tmp_path / "horse.efg"
    sg.write_game(horse(), path)
    code, out, err = run("solve", path, "--concept", "logit", "--certify")
    assert (code, err) == (0, "")
    assert out.startswith("logit by logit_path, PARTIAL: one equilibrium, more may exist")
    assert "belief, 3: third" in out
    assert out.count("proved") == 1
    branch = sg.logit_path(sg.read_game(path))
    code, out, _ = run("solve", path, "--concept", "logit", "--json")
    content = json.loads(out)
    (record,) = content["equilibria"]
    assert (code, content["message"]) == (0, branch.message)
    assert list(record["behavior"]["3: third"].values()) == branch.limit["third"].tolist()
    assert list(record["beliefs"]["3: third"].values()) == branch.beliefs["third"].tolist()
    three = sg.NormalForm(np.arange(24).reshape(3, 2, 2, 2) % 7)
    path = tmp_path / "three.nfg"
    sg.write_game(three, path)
    code, out, _ = run("solve", path, "--concept", "logit", "--json")
    content = json.loads(out)
    (record,) = content["equilibria"]
    assert (code, content["method"], content["status"]) == (0, "logit_path", "PARTIAL")
    limits = [list(mix.values()) for mix in record["strategies"].values()]
    assert limits == [mix.tolist() for mix in sg.logit_path(three).limit]


def test_a_branch_that_comes_to_no_end_gives_an_empty_table():
    tree = sg.logit_path(horse(), max_work=1)
    assert cli._listed_of(tree) == ([], tree.message)
    found = cli._limit_of(sg.logit_path(sg.NormalForm.symmetric([[0, 7], [2, 6]]), max_work=1))
    assert len(found) == 0
    assert sg.Status(int(found.status)) is sg.Status.FAILED


def test_solve_a_tree_of_perfect_information_with_proofs(run, refused, file):
    text = 'EFG 2 R "" { "a" }\np "" 1 1 "" { "x" "y" } 0\nt "" 1 "" { 1 }\nt "" 1\n'
    code, out, _ = run("solve", text, "--concept", "subgame perfect", "--certify")
    assert code == 0
    assert "PARTIAL: actions tie: the first listed is taken" in out
    assert "proved" in out
    assert "goes with an .efg file" in refused("solve", file, "--concept", "subgame perfect")


def test_a_file_without_pure_equilibria_gives_an_empty_table(run):
    text = 'NFG 1 R "Pennies" { "1" "2" } { 2 2 } 1 -1 -1 1 -1 1 1 -1'
    code, out, _ = run("solve", text, "--concept", "pure nash", "--certify")
    assert code == 0
    assert "pure nash by pure_nash, PARTIAL" in out
    code, out, _ = run("solve", text, "--concept", "pure nash", "--json")
    assert json.loads(out)["equilibria"] == []


def test_an_irrational_equilibrium_is_printed_in_floats(run):
    text = (
        'NFG 1 R "Three" { "1" "2" "3" } { 2 2 2 } '
        "3 0 2  0 1 0  0 2 0  1 0 0  1 0 0  0 3 0  0 1 0  2 0 3"
    )
    code, out, _ = run("solve", text, "--certify")
    assert code == 0
    for number in ("0.619233", "0.380767", "0.479804", "0.520196", "0.378825", "0.621175"):
        assert number in out
    assert "proved" in out


def test_a_refuted_certificate_is_an_exit_code(run, file, monkeypatch):
    """A solver that errs is found out."""

    def wrong(game, _):
        found = sg.support_enumeration(game)
        swapped = found.strategies[0][:, ::-1], found.strategies[1]
        return sg.Equilibria(game, swapped, found.exists, found.status, "guess")

    monkeypatch.setattr("summitgames.equilibria.choose.solve", wrong)
    code, out, _ = run("solve", file, "--certify")
    assert code == 1
    assert "refuted" in out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "NFG or EFG"),
        ("not a game\n", "NFG or EFG"),
        (GAME[:60], "meeting.nfg"),
        (GAME.replace("3 2", "3 x"), "line 3"),
        ('EFG 2 R "Tree" { "1" }\n', "line 2, column 1"),
    ],
)
def test_bad_game_files(refused, file, content, said):
    file.write_text(content, encoding="utf-8")
    assert said in refused("solve", file)
    assert said in refused("solve", file, "--json")


def test_a_file_is_named_as_it_was_typed(refused, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.nfg").mkdir()
    (tmp_path / "short.nfg").write_text("NFG 1", encoding="utf-8")
    for name in ("missing.nfg", "./missing", "nowhere/../missing.efg", "./folder.nfg", ""):
        said = refused("solve", name)
        assert said.startswith(f"summitgames: game file {name!r}: ")
        assert "path_or_text" not in said
    assert refused("solve", "NFG 1").startswith("summitgames: MODEL|FILE: line 1, column 6: ")
    assert refused("solve", "./short.nfg").startswith("summitgames: ./short.nfg: line 1, column 6")
    for option in ("--perspective", "--rival"):
        said = refused("brief", option, "./folder.nfg/")
        assert said.startswith("summitgames: perspective file './folder.nfg/': a directory")
        assert "perspective file '': " in refused("brief", option, "")
        assert "perspective './no.toml': " in refused("brief", option, "./no.toml")


def test_files_and_models_have_options_of_their_own(refused, file, tmp_path):
    assert "--set: goes with a model" in refused("solve", file, "--set", "trust=1")
    assert "--perspective: goes with a model" in refused("solve", file, "--perspective", "article")
    assert "--certify: goes with a file" in refused("solve", "composite", "--certify")
    assert "--concept: goes with a file" in refused("solve", "composite", "--concept", "nash")
    assert "invalid choice: 'all'" in refused("solve", file, "--concept", "all")
    assert "No such file" in refused("solve", tmp_path / "missing.nfg")
    assert "No such file" in refused("solve", tmp_path / "missing")
    assert "directory" in refused("solve", tmp_path)
    assert "did you mean" in refused("solve", "a" * 5000)


@pytest.mark.parametrize("command", ["brief", "solve composite"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--perspective artcle", "did you mean 'article'"),
        ("--set turst=0.4", "did you mean 'trust'"),
        ("--set trust", "'trust'; expected NAME=VALUE"),
        ("--set =0.4", "'=0.4'; expected NAME=VALUE"),
        ("--set trust=", "'trust='; expected a number"),
        ("--set trust=high", "'trust=high'; expected a number"),
        ("--set trust=0,4", "expected a number"),
        ("--set trust=1/0", "expected a number"),
        ("--set trust=nan", "expected a finite number"),
        ("--set trust=-inf", "expected a finite number"),
        ("--set trust=1.5", "parameter 'trust': 1.5; expected a number in [0, 1]"),
        ("--set trust=1e-999999999", "'trust'"),
        ("--set trust=1e999999999", "'trust'"),
        ("--set trust=0.1 trust=0.1", "twice"),
        ("--set national_weight=0.5", "is not one of composite"),
        ("--perspective", "expected one argument"),
        ("--set", "expected at least one argument"),
        ("--unknown", "unrecognized arguments: --unknown"),
    ],
)
def test_bad_usage_is_told_in_one_line(refused, command, arguments, said):
    name, *rest = command.split()
    assert said in refused(name, *rest, *arguments.split())


def test_unknown_names_of_one_command(refused):
    assert "did you mean 'rebuttal'" in refused("brief", "--rival", "rebutal")
    assert "did you mean 'composite'" in refused("solve", "compsite")
    assert "'brief'" in refused("breif")
    assert "COMMAND" in refused()
    assert "not allowed with" in refused("brief", "--json", "--markdown")


def test_line_breaks_of_the_user_stay_on_the_line(refused):
    refused("brief", "--set", "a\nb=1")
    refused("brief", "--set", "trust=\n1\n2")
    refused("solve", "com\nposite")
    refused("brief", "--un\nknown")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"base = 'article'\ntrust = = 2\n", "line 2, column 9"),
        (b"base = 'article'\ntrust = 0.1\ntrust = 0.2\n", "line 3, column 12"),
        (b"base = 'article'\n# caf\xe9\n", "line 2, column 6"),
        (b"base = 'article'\ntrust = 2\n", "expected a number in [0, 1]"),
        (b"base = 'articl'\n", "did you mean 'article'"),
        (b"trust = 0.1\n", "no value for"),
    ],
)
def test_bad_files(refused, tmp_path, content, said):
    file = tmp_path / "mine.toml"
    file.write_bytes(content)
    assert said in refused("brief", "--perspective", file)
    assert said in refused("brief", "--rival", file)


def test_a_directory_as_file(refused, tmp_path):
    for option in ("--perspective", "--rival"):
        assert "a directory; expected a TOML file" in refused("brief", option, tmp_path)


def test_help_of_every_command(run):
    code, out, _ = run("--help")
    assert code == 0
    commands = ["brief", "claims", "models", "solve"]
    assert re.findall(r"^    (\w+) ", out, re.MULTILINE) == commands
    for command in commands:
        code, out, err = run(command, "--help")
        assert (code, err) == (0, "")
        assert out.startswith(f"usage: summitgames {command}")


def command(*arguments, **options):
    """The command line in a process of its own."""
    line = [sys.executable, "-m", "summitgames", *arguments]
    return subprocess.run(line, capture_output=True, check=False, **options)


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from summitgames.cli import main; main(['--help']);"
        "print([n for n in ('numpy', 'sympy', 'rich', 'matplotlib', 'numba') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_console_that_lacks_characters():
    done = command("solve", "preconditions", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()
    assert b"conditions_first" in done.stdout


def test_a_reader_that_has_seen_enough():
    """As under `head`: the pipe's other end is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        line = [sys.executable, "-m", "summitgames", "claims"]
        done = subprocess.run(line, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_exit_code_of_the_process():
    done = command("solve", "compsite")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
