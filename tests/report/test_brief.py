"""The brief: against the reference results, as strict JSON, and as pages that are safe to open."""

import html
import json
import re
from fractions import Fraction
from html.parser import HTMLParser

import numpy as np
import pytest

import summitgames as sg
from summitgames.report import page
from summitgames.report.brief import CAVEATS, DRAWS
from summitgames.report.rendering import sections

#: Reference results, six digits, of a program that shares nothing with the library.
STOPPED = "offload > press > summit_first > raise_delegation"
HELD = (
    "sponsor > back > summit_first > meet > safe > feasible > deliver > incumbent > sign > honoured"
)
NOTHING = {"united_states": 0.2, "europe": 0, "ukraine": 0.05, "russia": 0.1}
DEAL = {"united_states": 1.0737, "europe": 0.02065, "ukraine": 0.51596, "russia": 0.34392}
REFERENCE = {
    "article": (0, 0, STOPPED, NOTHING),
    "rebuttal": (0, 0, STOPPED, NOTHING),
    "guarantees": (0.95, 0.5187, HELD, DEAL),
}
KEYS = [
    *("perspective", "summit", "settlement", "payoffs", "path", "decisions", "blocking"),
    *("rivals", "premise_space", "claims", "calibrated", "caveats"),
]
HALF_A_DIGIT = 5e-7
HOSTILE = "<script>alert('x')</script>|`*_[a](b) $x_$ --> &"


@pytest.fixture(scope="module")
def briefs():
    return {name: sg.brief(name) for name in sg.perspectives()}


@pytest.fixture(scope="module")
def article(briefs):
    return briefs["article"]


@pytest.fixture(scope="module")
def pages(briefs):
    """Pages take longest, for their figures."""
    return {name: brief.to_html() for name, brief in briefs.items()}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A brief whose perspective and rival have names that no page should take as markup."""
    folder = tmp_path_factory.mktemp("perspectives")
    files = []
    for name in (HOSTILE, "<b>&amp;</b>"):
        files.append(folder / f"{len(files)}.toml")
        text = f"name = {json.dumps(name)}\nbase = 'article'\ntrust = 0.{len(files)}\n"
        files[-1].write_text(text, encoding="utf-8")
    return sg.brief(str(files[0]), rival=str(files[1]))


@pytest.mark.parametrize("name", REFERENCE)
def test_equals_the_reference(briefs, name):
    summit, settlement, path, payoffs = REFERENCE[name]
    found = briefs[name].to_dict()
    assert found["perspective"] == name
    assert found["summit"] == pytest.approx(summit, abs=HALF_A_DIGIT)
    assert found["settlement"] == pytest.approx(settlement, abs=HALF_A_DIGIT)
    assert found["path"] == path.split(" > ")
    assert found["payoffs"] == pytest.approx(payoffs, abs=HALF_A_DIGIT)


@pytest.mark.parametrize("name", REFERENCE)
def test_rivals_are_the_other_readings(briefs, name):
    rivals = briefs[name].to_dict()["rivals"]
    assert set(rivals) == set(REFERENCE) - {name}
    for rival, found in rivals.items():
        summit, settlement, path, payoffs = REFERENCE[rival]
        assert found["summit"] == pytest.approx(summit, abs=HALF_A_DIGIT)
        assert found["settlement"] == pytest.approx(settlement, abs=HALF_A_DIGIT)
        assert found["path"] == path.split(" > ")
        assert found["payoffs"] == pytest.approx(payoffs, abs=HALF_A_DIGIT)


@pytest.mark.parametrize("name", REFERENCE)
def test_json_is_strict_and_has_the_keys(briefs, name):
    content = briefs[name].to_dict()
    assert list(content) == KEYS
    assert json.loads(json.dumps(content, allow_nan=False)) == content


def test_blocking_towards_guarantees(article):
    found = article.to_dict()["blocking"]
    assert found["rival"] == "guarantees"
    assert found["minimal_unlocking_sets"] == [["conditions", "legitimacy", "security"]]
    third = 0.95 / 3
    groups = dict.fromkeys(("conditions", "legitimacy", "security"), third)
    assert found["shapley"] == pytest.approx(groups, abs=1e-12)
    sizes = [len(names) for names in found["premises"]["minimal_unlocking_sets"]]
    assert (len(sizes), sizes.count(5), min(sizes)) == (18, 5, 5)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_default_rival(briefs, name):
    assert briefs[name].rival == ("article" if name == "guarantees" else "guarantees")


@pytest.mark.parametrize("name", REFERENCE)
def test_decisions_are_best_and_those_of_the_path(briefs, name):
    brief = briefs[name]
    path = iter(brief.solution["path"].split(" > "))
    for decision in brief.decisions:
        assert decision.action in path  # in this order
        assert all(decision.payoff >= other for other in decision.alternatives.values())
        assert decision.action not in decision.alternatives
        assert set(decision.summit) == {decision.action, *decision.alternatives}


def test_alternatives_are_what_a_player_gets_by_taking_them(article):
    """Payoffs of the closed-form kind: those of ends that follow at once, from the parameters."""
    values = article.perspective
    russia = article.decisions[-1]
    assert russia.player == "russia"
    assert russia.payoff == values["delegation_value_russia"]
    assert russia.alternatives["refuse"] == 0
    safe, exposure = values["security_success"], values["exposure_loss_russia"]
    empty = values["empty_summit_cost_russia"]
    # Whatever Ukraine does after a meeting, under distrust it ends with an empty summit.
    assert russia.alternatives["meet"] == pytest.approx(-safe * empty - (1 - safe) * exposure)
    assert russia.summit == pytest.approx({"meet": safe, "raise_delegation": 0, "refuse": 0})


def test_who_stops_it(briefs):
    stops = {name: [(s.player, s.action) for s in b.stops] for name, b in briefs.items()}
    assert stops["article"] == [("russia", "raise_delegation")]
    assert stops["rebuttal"] == [("ukraine", "summit_first"), ("russia", "raise_delegation")]
    assert stops["guarantees"] == []
    assert "Russia stops it by 'raise_delegation'" in briefs["article"].to_text()


def test_premises_behind_a_decision_are_those_of_what_it_compares(article):
    us, europe, ukraine, russia = article.decisions
    assert us.claims == ("C14",)
    assert us.calibrated == ("failure_cost_us",)
    assert europe.claims == ()
    assert europe.calibrated == ("support_cost_europe",)
    assert {"C04", "C20"} <= set(ukraine.claims)
    assert {"C16", "C22", "C30"} == set(russia.claims)


def test_claims_and_calibration_cover_every_parameter(article):
    model = sg.model("composite")
    for name in model.parameter_names:
        basis = set(article.perspective.basis[name])
        assert (name in article.calibrated) != (basis <= set(article.claims))
    known = {premise.id for premise in (*sg.claims(), *sg.rival_premises())}
    assert set(article.claims) <= known


def test_overrides_are_used_and_told():
    brief = sg.brief("guarantees", trust=Fraction(9, 10))
    assert brief.perspective.exact["trust"] == Fraction(9, 10)
    assert brief.solution["settlement"] == pytest.approx(0.95 * 0.9 * 0.91)
    assert "trust = 0.9" in brief.to_dict()["caveats"][0]
    assert "trust = 0.9" in brief.to_text()
    assert "trust" not in brief.calibrated
    assert tuple(sg.brief("guarantees").to_dict()["caveats"]) == CAVEATS


def test_values_of_the_user_are_told(hostile):
    assert "Given by the user, without a premise: trust." in hostile.to_text()
    assert "Given by the user" not in sg.brief().to_text()


def test_a_reading_without_a_single_premise(tmp_path):
    """Every value is the user's: no claim, no calibration, and a brief all the same."""
    values = sg.perspective("article").exact
    lines = "\n".join(f"{name} = {float(value)!r}" for name, value in values.items())
    file = tmp_path / "all.toml"
    file.write_text(lines, encoding="utf-8")
    brief = sg.brief(str(file))
    assert brief.claims == brief.calibrated == ()
    assert brief.solution["path"] == STOPPED
    assert "calibration alone: none." in " ".join(brief.to_text().split())


def test_the_rival_may_be_the_reading_before_the_change():
    brief = sg.brief("article", rival="article", trust=0.4)
    assert brief.rival == "article"
    assert set(brief.rivals) == set(REFERENCE)
    assert brief.blocking.names == ("conditions",)


def test_the_reading_itself_as_rival():
    brief = sg.brief("article", rival="article")
    assert set(brief.rivals) == {"rebuttal", "guarantees"}
    content = brief.to_dict()["blocking"]
    assert content["minimal_unlocking_sets"] == []
    assert content["shapley"] == {}
    assert "nothing can be moved" in brief.to_text()
    assert Page(brief.to_html()).tags.count("svg") == 1  # the tree alone


def test_a_changed_reading_is_not_shown_as_the_sources():
    changed = sg.perspective("article", trust=0.9)
    brief = sg.brief(changed)
    assert "the reading 'article' with changes" in brief.to_text()
    assert brief.overrides == ("trust",)
    made = sg.Perspective("article", changed.exact, dict.fromkeys(changed, ("user",)))
    assert "the reading 'article' with changes" in sg.brief(made).to_text()
    for mine in (changed, made):
        assert (mine.label, mine.is_bundled) == ("article (changed)", False)
        assert sg.blocking(perspective=mine).perspective == "article (changed)"
        assert sg.blocking(rival=mine).rival == "article (changed)"
    article = sg.perspective("article")
    assert (article.label, article.is_bundled, article.changed) == ("article", True, ())


def test_a_file_as_rival_does_not_take_a_bundled_name(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("name = 'rebuttal'\nbase = 'article'\ntrust = 0.2\n", encoding="utf-8")
    with pytest.raises(sg.GameError, match="is the name of a perspective of the library"):
        sg.brief("article", rival=str(file))
    file.write_text("base = 'article'\ntrust = 0.2\n", encoding="utf-8")
    brief = sg.brief("article", rival=str(file))
    assert set(brief.rivals) == {"rebuttal", "guarantees", "mine"}
    assert brief.to_dict()["blocking"]["rival"] == "mine"
    assert brief.blocking.start["trust"] == Fraction(1, 10)
    assert brief.blocking.end["trust"] == Fraction(1, 5)


@pytest.mark.parametrize(
    ("arguments", "overrides", "said"),
    [
        (("artcle",), {}, "did you mean 'article'"),
        (("article",), {"turst": 0.4}, "did you mean 'trust'"),
        (("article",), {"trust": 2}, r"expected a number in \[0, 1\]"),
        (("article",), {"trust": [0.1, 0.2]}, r"an array of shape \(2,\); expected one number"),
        (("article",), {"trust": [[0.1], 0.2]}, "trust"),
        (("article",), {"trust": np.linspace(0, 1, 3)}, r"an array of shape \(3,\); expected one"),
        (("article",), {"trust": "high"}, "'trust'"),
        (("article",), {"national_weight": 0.5}, "'national_weight' is not one of composite"),
    ],
)
def test_bad_input_is_refused(arguments, overrides, said):
    with pytest.raises(sg.GameError, match=said):
        sg.brief(*arguments, **overrides)


def test_an_unknown_rival_is_refused():
    with pytest.raises(sg.GameError, match="did you mean 'rebuttal'"):
        sg.brief(rival="rebutal")


def test_premise_space(briefs):
    for name, brief in briefs.items():
        for rival, share in brief.premise_space.items():
            assert share.draws == DRAWS == 100_000
            other = briefs[rival].premise_space[name]
            # Both estimate the share of one box, by draws that differ.
            error = np.hypot(share.standard_error, other.standard_error)
            assert abs(share.share - other.share) <= 5 * error


def test_never_in_equilibrium_and_improbable_are_two_statements(article):
    text = " ".join(article.to_text().split())
    assert "never held in equilibrium" in text
    assert "not to say that it is improbable" in text
    assert not re.search(r"improbable|unlikely", text.partition("WHAT IT RESTS ON")[0])


def test_every_form_says_the_same(article, pages):
    """All paragraphs of the content stand in the text, the Markdown and the page."""
    text = re.sub(r"\s+", " ", article.to_text())
    markdown = re.sub(r"\\(.)", r"\1", article.to_markdown())
    plain = html.unescape(re.sub(r"<[^>]*>", "", pages["article"]))
    for section in sections(article):
        assert section.title.upper() in text
        assert f"## {section.title}" in markdown
        assert section.title in plain
        for part in section.parts:
            if isinstance(part, str):
                assert part in text
                assert part in markdown
                assert part in plain


def test_premise_shares_are_printed_with_their_errors(article):
    text = article.to_text()
    assert "100,000" in text
    share = article.premise_space["guarantees"]
    assert f"{share.share:.2%}" in text
    assert f"{share.standard_error:.2%}" in text
    assert article.premise_space["rebuttal"].count == 0
    assert "below 3e-05 at 95 %" in text


def test_text_is_at_most_a_hundred_columns_wide(briefs, hostile):
    for brief in (*briefs.values(), hostile):
        assert max(map(len, brief.to_text().splitlines())) <= 100


class Page(HTMLParser):
    """Tags, attributes and the ids of a page; refuses tags that are not closed in order."""

    VOID = frozenset({"meta", "br", "img", "hr", "use", "path", "rect"})

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def values(self, name):
        return [value for key, value in self.attributes if key == name]


@pytest.mark.parametrize("name", REFERENCE)
def test_page_is_well_formed_and_needs_no_network(pages, name):
    text = pages[name]
    assert text.startswith("<!DOCTYPE html>")
    assert "http" not in text
    assert "//" not in text
    assert "@media print" in text
    assert "prefers-color-scheme: dark" in text
    found = Page(text)
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert "viewport" in found.values("name")
    assert not any(key.startswith("on") for key, _ in found.attributes)
    # Every reference is to an id of the page itself, and no id is there twice.
    ids = found.values("id")
    assert len(ids) == len(set(ids))
    hrefs = [*found.values("href"), *found.values("xlink:href")]
    assert {h.removeprefix("#") for h in hrefs} <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= set(ids)


def test_page_has_its_figures(pages):
    found = Page(pages["article"])
    assert found.tags.count("svg") == found.tags.count("figure") == 4
    assert found.values("role").count("img") == 4
    assert all(found.values("aria-label"))


def test_figure_is_closed_and_named_even_when_saving_fails(monkeypatch):
    from matplotlib import pyplot as plt
    from matplotlib.figure import Figure

    def fail(*_args, **_kwargs):
        raise OSError("no room")

    monkeypatch.setattr(Figure, "savefig", fail)
    before = plt.get_fignums()
    with pytest.raises(OSError, match="no room"):
        page._figure(lambda: plt.subplots()[1], "a caption", "x-")
    assert plt.get_fignums() == before


def test_hostile_names_are_text(hostile):
    text = hostile.to_html()
    found = Page(text)
    assert not {"script", "b", "a"} & set(found.tags)
    assert html.escape(HOSTILE) in text
    fragment = Page(hostile._repr_html_())
    assert not {"script", "b", "a"} & set(fragment.tags)
    markdown = hostile.to_markdown()
    assert "<script" not in markdown.replace("\\<", "")
    assert HOSTILE in hostile.to_text().splitlines()[0]
    assert json.loads(json.dumps(hostile.to_dict()))["perspective"] == HOSTILE


def test_rows_of_markdown_tables_have_as_many_cells_as_the_header(hostile):
    tables = re.findall(r"(?:^\|.*\|\n)+", hostile.to_markdown(), re.MULTILINE)
    assert len(tables) == 5
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1


def test_the_same_whenever_it_is_asked(article, pages):
    from matplotlib import pyplot as plt

    before = plt.get_fignums()
    again = sg.brief("article")
    assert again.to_dict() == article.to_dict()
    assert again.to_text() == article.to_text()
    assert again.to_html() == pages["article"]
    assert plt.get_fignums() == before


def test_reprs(article):
    assert repr(article) == f"<Brief under 'article': P(summit) 0, path {STOPPED!r}>"
    assert article._repr_markdown_() == article.to_markdown()
    assert article._repr_html_().startswith("<h1>")
    assert "<style" not in article._repr_html_()


def test_a_perspective_as_a_whole_is_as_good_as_its_name():
    whole = sg.brief(sg.perspective("guarantees"), rival=sg.perspective("rebuttal"))
    assert whole.to_dict() == sg.brief("guarantees", rival="rebuttal").to_dict()
    changed = sg.perspective("article", trust=0.9)
    found = sg.brief(changed).to_dict()
    assert found["summit"] == sg.brief("article", trust=0.9).to_dict()["summit"]
    rivals = sg.brief("article", rival=sg.perspective("guarantees", trust=0.9)).to_dict()["rivals"]
    assert list(rivals) == ["rebuttal", "guarantees", "guarantees (changed)"]
    with pytest.raises(sg.GameError, match="expected a name or the path of a file"):
        sg.brief({"trust": 1})
