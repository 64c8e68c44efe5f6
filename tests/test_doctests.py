"""The examples of every docstring, and those of the README, run and print what they say."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import summitgames

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
README = Path(__file__).parents[1] / "README.md"
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(summitgames.__path__, "summitgames.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert results.failed == 0, f"{results.failed} of {results.attempted} examples (see the output)"


def test_some_examples_exist() -> None:
    finder = doctest.DocTestFinder()
    tests = [test for name in MODULES for test in finder.find(importlib.import_module(name))]
    assert sum(len(test.examples) for test in tests) >= 10


def test_readme_examples() -> None:
    fence = re.compile(r"^```(?:pycon|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    blocks = fence.findall(README.read_text(encoding="utf-8"))
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "README", str(README), 0)
    results = doctest.DocTestRunner(optionflags=FLAGS).run(examples)
    assert results.attempted > 0
    assert results.failed == 0
