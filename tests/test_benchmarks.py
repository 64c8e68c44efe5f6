"""Every table that the benchmarks print has one place on the page that quotes them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_table_has_its_place() -> None:
    script = (ROOT / "benchmarks" / "normal_form.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "how_to" / "performance.md").read_text(encoding="utf-8")
    parts = re.findall(r'^    "(\w+)": \1,$', script, re.MULTILINE)
    assert len(parts) >= 12
    places = re.findall(r"<!-- normal_form\.py (\w+) -->\n\n\|(?:(?!<!--).*\n)+<!-- end -->", page)
    assert sorted(places) == sorted(parts)
    assert all(page.count(f"`--only {part}`") == 1 for part in parts)
