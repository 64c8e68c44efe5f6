"""The package as a whole: what its import costs, its names, and what its files may hold."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import summitgames as sg

ROOT = Path(__file__).parents[1]
HEAVY = ["flint", "matplotlib", "nashpy", "numba", "pandas", "rich", "scipy", "sympy", "xarray"]
WINDOW = 8  # words
SET_UP = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt "
COMMANDS = [
    SET_UP + ". && .venv/bin/summitgames brief",
    SET_UP + "'.[test]' && .venv/bin/python -m pytest -q",
]
#: Written in pieces, so that this file may be looked at as well.
UNWANTED = [
    r"pypi\." + r"(org|python\.org)",
    "python" + r"hosted\.org",
    r"(--|_|\b)index" + r"[-_]url\b",
    "/wo" + "rk/",
    r"\.\./" + "shared",
    r"/ho" + r"me/\w",
    r"/tm" + r"p/\w",
    r"\bissues? " + r"#?\d",
]


def text_files() -> Iterator[Path]:
    """Files of the repository that hold text, whether or not git is at hand."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if (name == ".ci" or not name.startswith("."))
            and name not in {"__pycache__", "_build", "build", "dist", "generated", "htmlcov"}
            and not name.endswith(".egg-info")
            and not Path(folder, name, "pyvenv.cfg").exists()
        ]
        for name in files:
            path = Path(folder, name)
            if b"\0" not in path.read_bytes():
                yield path


def windows(text: str) -> set[str]:
    """Hashes of all runs of eight words, without case and punctuation."""
    words = re.findall(r"\w+", text.lower())
    runs = (" ".join(words[start : start + WINDOW]) for start in range(len(words) - WINDOW + 1))
    return {hashlib.sha256(run.encode()).hexdigest()[:12] for run in runs}


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, summitgames; print([name for name in {HEAVY} if name in sys.modules])"
    assert fresh(code) == "[]"


def test_case_and_errors_load_nothing_heavy() -> None:
    code = (
        "import sys, summitgames as sg; sg.GameError; sg.perspective('article');"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert fresh(code) == "[]"


@pytest.mark.parametrize("name", sg.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(sg, name).__name__ == name
    assert name in dir(sg)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="equilibrium_of_everything"):
        _ = sg.equilibrium_of_everything  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "import summitgames.models",
        "import summitgames.models.registry",
        "from summitgames.models import registry",
        "from summitgames.models.summit_model import SummitModel",
        "sg.models(); import summitgames.models.registry",
        "sg.model('preconditions')",
    ],
)
def test_models_is_the_function_whatever_was_imported_before(before: str) -> None:
    code = (
        f"import summitgames as sg\n{before}\nprint('composite' in sg.models(), sg.models.__name__)"
    )
    assert fresh(code) == "True models"


def test_the_sub_package_models_stays_within_reach() -> None:
    names: tuple[str, ...] = sg.models()  # as mypy sees it, too
    from summitgames.models import registry

    assert registry.models() == names
    assert registry.models is sg.models


def test_versions_agree() -> None:
    assert metadata.version("summitgames") == sg.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.findall(r"^version: (.+)$", citation, re.MULTILINE) == [sg.__version__]


def test_python_dash_m_is_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "summitgames", "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "brief" in done.stdout


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> list[str]:
    return (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_constraints_are_names_and_versions_only() -> None:
    pin = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?==[A-Za-z0-9.!+_-]+")
    assert [line for line in constraints() if not pin.fullmatch(line)] == []
    names = [canonical(line.partition("==")[0]) for line in constraints()]
    assert len(names) == len(set(names))
    assert "hatchling" in names


def test_constraints_pin_every_requirement() -> None:
    pinned = {canonical(line.partition("==")[0]) for line in constraints()}
    requirements = metadata.requires("summitgames") or []
    in_ci = [line for line in requirements if not re.search(r"extra == .(interop|scale)", line)]
    names = {canonical(re.split(r"[^\w.-]", line)[0]) for line in in_ci}
    assert {"numpy", "hypothesis", "sphinx"} <= names
    assert names - pinned == set()


def test_readme_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)\n```$", readme, re.MULTILINE | re.DOTALL)
    assert blocks[:2] == COMMANDS


@pytest.mark.parametrize("pattern", UNWANTED)
def test_no_file_mentions(pattern: str) -> None:
    unwanted = re.compile(pattern, re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unwanted.search(line)
    ]
    assert found == []


def test_no_run_of_eight_words_is_the_articles() -> None:
    record = (ROOT / "tests/reference/article_windows.txt").read_text(encoding="utf-8")
    article = {line for line in record.splitlines() if not line.startswith("#")}
    assert len(article) > 800
    found = {
        str(path.relative_to(ROOT)): len(shared)
        for path in text_files()
        if (shared := windows(path.read_text(encoding="utf-8")) & article)
    }
    assert found == {}


def test_windows_see_through_line_breaks_and_punctuation() -> None:
    source = windows("One, two; three four (five) six's seven: eight nine.")
    assert windows('x = "one two three "\n    "FOUR five six s — seven eight"') & source
    assert not windows("two one three four five six s seven eight") & source


def test_text_files_hold_the_product() -> None:
    found = {str(path.relative_to(ROOT)) for path in text_files()}
    assert {"README.md", ".ci/run", "src/summitgames/errors.py", "tests/test_package.py"} <= found
    assert not any(".venv" in name or "__pycache__" in name for name in found)


def test_the_page_of_solvers_names_every_concept_and_links_every_theory_once() -> None:
    page = (ROOT / "docs" / "reference" / "solvers.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\((\.\./theory/\w+\.md)\)", page)
    assert links
    assert len(links) == len(set(links))
    for concept in (
        "Nash equilibrium",
        "subgame-perfect equilibrium",
        "sequential equilibrium",
        "perfect Bayesian equilibrium",
    ):
        assert f'`"{concept}"`' in page
