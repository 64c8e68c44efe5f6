"""Blocking: against a plain enumeration, and the published list of minimal unlocking sets."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest

import summitgames as sg
from summitgames.analysis.blocking import GROUPS, Blocking, blocking

MODEL = sg.model("composite")

#: Reference: minimal unlocking sets of single premises from article to guarantees, by brute force.
TO_GUARANTEES = """
peace_value_ukraine, conditions_cost_ukraine, office_rents_ukraine, security_success, sponsor_security_gain
peace_value_ukraine, conditions_cost_ukraine, legitimacy_incumbent, security_success, sponsor_security_gain
peace_value_ukraine, support_value_ukraine, legitimacy_incumbent, security_success, sponsor_security_gain
conditions_cost_ukraine, support_value_ukraine, legitimacy_incumbent, security_success, sponsor_security_gain
conditions_cost_ukraine, turnover, legitimacy_incumbent, security_success, sponsor_security_gain
betrayal_loss_russia, peace_value_ukraine, conditions_cost_ukraine, turnover, security_success, sponsor_security_gain
betrayal_loss_russia, peace_value_ukraine, support_value_ukraine, turnover, security_success, sponsor_security_gain
betrayal_loss_russia, conditions_cost_ukraine, support_value_ukraine, turnover, security_success, sponsor_security_gain
exposure_loss_russia, peace_value_ukraine, conditions_cost_ukraine, support_value_ukraine, legitimacy_incumbent, security_success
exposure_loss_russia, peace_value_ukraine, conditions_cost_ukraine, turnover, security_success, sponsor_security_gain
exposure_loss_russia, peace_value_ukraine, support_value_ukraine, turnover, security_success, sponsor_security_gain
exposure_loss_russia, conditions_cost_ukraine, support_value_ukraine, turnover, security_success, sponsor_security_gain
peace_value_ukraine, conditions_cost_ukraine, support_value_ukraine, reelection, security_success, sponsor_security_gain
conditions_cost_ukraine, office_rents_ukraine, support_value_ukraine, reelection, security_success, sponsor_security_gain
exposure_loss_russia, peace_value_ukraine, conditions_cost_ukraine, exposure_loss_ukraine, support_value_ukraine, legitimacy_incumbent, sponsor_security_gain
betrayal_loss_russia, exposure_loss_russia, peace_value_ukraine, conditions_cost_ukraine, exposure_loss_ukraine, support_value_ukraine, turnover, security_success
exposure_loss_russia, peace_value_ukraine, conditions_cost_ukraine, office_rents_ukraine, exposure_loss_ukraine, support_value_ukraine, reelection, security_success
empty_summit_cost_russia, exposure_loss_russia, peace_value_ukraine, conditions_cost_ukraine, support_value_ukraine, trust, turnover, legitimacy_incumbent, sponsor_security_gain
"""  # noqa: E501
TO_REBUTTAL = """
peace_value_ukraine, exposure_loss_ukraine, legitimacy_incumbent, security_success, sponsor_security_gain
peace_value_ukraine, turnover, legitimacy_incumbent, security_success, sponsor_security_gain
"""  # noqa: E501


def listed(text):
    return {frozenset(line.split(", ")) for line in text.strip().splitlines()}


@pytest.fixture(scope="module")
def premises():
    return blocking(by="premises")


def plain_outcomes(names, members, start, end, outcome="summit"):
    """Outcome of every subset, each solved as a single game of its own."""
    values = {}
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(names, size):
            moved = {p: end[p] for name in chosen for p in members[name]}
            values[frozenset(chosen)] = float(MODEL.solve({**start, **moved})[outcome])
    return values


def test_groups_article_to_guarantees():
    found = blocking()
    assert found.minimal_unlocking_sets == [("conditions", "legitimacy", "security")]
    assert found.exhaustive
    assert found.blocks_again == {}
    assert found.shapley == pytest.approx(dict.fromkeys(GROUPS, 0.95 / 3), abs=1e-12)


def test_no_group_unlocks_towards_rebuttal_though_single_premises_do():
    assert blocking(rival="rebuttal").minimal_unlocking_sets == []
    found = blocking(rival="rebuttal", by="premises")
    assert {frozenset(s) for s in found.minimal_unlocking_sets} == listed(TO_REBUTTAL)
    assert found.values[-1] == 0  # all premises moved: blocked again


def test_premises_article_to_guarantees(premises):
    assert len(premises.names) == 15
    assert {frozenset(s) for s in premises.minimal_unlocking_sets} == listed(TO_GUARANTEES)
    sizes = [len(s) for s in premises.minimal_unlocking_sets]
    assert sizes == sorted(sizes)
    assert sizes.count(5) == 5
    assert len(set(premises.minimal_unlocking_sets)) == 18


def test_blocks_again_article_to_guarantees(premises):
    again = premises.blocks_again
    assert sum(len(names) for names in again.values()) == 1092
    assert {n for names in again.values() for n in names} == {"summit_prize_ukraine", "turnover"}
    start, end = premises.start, premises.end
    for chosen, names in list(again.items())[::97]:
        moved = {name: end[name] for name in chosen}
        assert MODEL.solve({**start, **moved})["summit"] > 0
        for name in names:
            assert MODEL.solve({**start, **moved, name: end[name]})["summit"] == 0


def test_equals_a_plain_enumeration_on_six_premises():
    names = (
        "conditions_cost_ukraine",
        "summit_prize_ukraine",
        "legitimacy_incumbent",
        "turnover",
        "security_success",
        "support_value_ukraine",
    )
    start = dict(sg.perspective("guarantees").exact)
    end = dict(start)
    article = sg.perspective("article").exact
    # Towards guarantees from a reading that shares all but these six with it.
    start.update({name: article[name] for name in names})
    found = blocking(perspective=start, rival=end, by="premises", outcome="settlement")
    assert set(found.names) == set(names)
    plain = plain_outcomes(found.names, {n: (n,) for n in names}, start, end, "settlement")
    for mask, value in zip(found.masks.tolist(), found.values, strict=True):
        chosen = frozenset(n for bit, n in enumerate(found.names) if mask >> bit & 1)
        assert value == pytest.approx(plain[chosen], abs=1e-14)
    minimal = {
        s for s, v in plain.items() if v > 0 and not any(plain[t] > 0 for t in plain if t < s)
    }
    assert {frozenset(s) for s in found.minimal_unlocking_sets} == minimal
    again = {
        (s, name)
        for s, v in plain.items()
        for name in names
        if v > 0 and name not in s and plain[s | {name}] <= 0
    }
    assert {(frozenset(s), n) for s, ns in found.blocks_again.items() for n in ns} == again
    orders = list(itertools.permutations(found.names))
    for name in names:
        gains = []
        for order in orders:
            before = frozenset(order[: order.index(name)])
            gains.append(plain[before | {name}] - plain[before])
        assert found.shapley[name] == pytest.approx(math.fsum(gains) / len(orders), abs=1e-12)


@pytest.mark.parametrize("rival", ["guarantees", "rebuttal"])
@pytest.mark.parametrize("by", ["groups", "premises"])
def test_shapley_amounts_sum_to_the_change(rival, by):
    found = blocking(rival=rival, by=by)
    change = MODEL.solve(rival)["summit"] - MODEL.solve("article")["summit"]
    assert math.fsum(found.shapley.values()) == pytest.approx(change, abs=1e-12)


def test_a_function_as_outcome():
    def russia_gains(solution):
        return solution["payoff_russia"] - 0.1

    found = blocking(outcome=russia_gains)
    assert found.outcome == "russia_gains"
    assert found.minimal_unlocking_sets == [("conditions", "legitimacy", "security")]


def test_bool_field_as_outcome_and_another_model():
    found = blocking("preconditions", rival="rebuttal", by="premises")
    assert found.minimal_unlocking_sets == [()]
    model, start, end = sg.model("preconditions"), found.start, found.end
    for name in found.names:
        blocked = not model.solve({**start, name: end[name]})["summit"]
        assert blocked == (name in found.blocks_again.get((), ()))


def test_nothing_differs():
    found = blocking(rival="article")
    assert found.names == ()
    assert found.minimal_unlocking_sets == []
    assert found.shapley == {}
    assert found.switch_points == []
    assert "nothing can be moved" in found.answer
    unlocked = blocking(perspective="guarantees", rival="guarantees")
    assert unlocked.minimal_unlocking_sets == [()]
    assert "brought about under both" in unlocked.answer


def test_more_than_twenty_names_searches_small_sets_and_says_so():
    start = dict(sg.perspective("article").exact)
    end = {name: value * Fraction(99, 100) for name, value in start.items()}
    end.update({n: sg.perspective("guarantees").exact[n] for n in GROUPS["security"]})
    end["conditions_cost_ukraine"] = Fraction(1, 10)
    found = blocking(perspective=start, rival=end, by="premises", max_size=3)
    assert len(found.names) > 20
    assert not found.exhaustive
    assert "at most 3" in found.answer
    assert found.shapley == {}
    assert len(found.masks) == sum(math.comb(len(found.names), k) for k in range(4))
    values = dict(zip(found.masks.tolist(), found.values.tolist(), strict=True))
    for chosen in found.minimal_unlocking_sets:
        bits = [found.names.index(name) for name in chosen]
        assert values[sum(1 << bit for bit in bits)] > 0
        for size in range(len(bits)):
            for part in itertools.combinations(bits, size):
                assert values[sum(1 << bit for bit in part)] == 0
    assert json.loads(json.dumps(found.to_dict()))["exhaustive"] is False


def test_small_search_agrees_with_the_whole_one(premises, monkeypatch):
    monkeypatch.setattr("summitgames.analysis.blocking._MOST_NAMES", 3)
    small = blocking(by="premises", max_size=6)
    whole = [s for s in premises.minimal_unlocking_sets if len(s) <= 6]
    assert small.minimal_unlocking_sets == whole
    for chosen, names in small.blocks_again.items():
        assert set(names) <= set(premises.blocks_again[chosen])


def test_threads_do_not_matter(premises):
    np.testing.assert_array_equal(blocking(by="premises", threads=2).values, premises.values)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rival": "guarante"}, "did you mean 'guarantees'"),
        ({"outcome": "sumit"}, "did you mean 'summit'"),
        ({"by": "premise"}, "did you mean 'premises'"),
        ({"model": "compsite"}, "did you mean 'composite'"),
        ({"max_size": 0}, "max_size: 0; expected"),
        ({"outcome": "path"}, "'path' is of type str; expected a field of numbers"),
        ({"outcome": lambda _: np.ones(3)}, "outcome: ndarray of shape"),
        ({"outcome": lambda _: "yes"}, "outcome: str"),
        ({"outcome": lambda s: s["summit"] * np.nan}, "nan"),
        ({"rival": {"trust": 0.5}}, "no value for"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(sg.GameError, match=message):
        blocking(**{"perspective": "article", **arguments})


def test_array_in_a_reading_is_refused():
    values = {**sg.perspective("article"), "trust": np.array([0.1, 0.2])}
    with pytest.raises(sg.GameError, match="trust: an array"):
        blocking(rival=values)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {},
            "subsets of the 3 groups that differ were solved. One minimal set unlocks it; it has 3",
        ),
        ({"rival": "rebuttal"}, "No set of changes that was searched unlocks it."),
        (
            {"rival": "rebuttal", "by": "premises"},
            "2 minimal sets unlock it; the smallest have 5 names.",
        ),
        (
            {"perspective": "rebuttal"},
            "One minimal set unlocks it; it has 1 name.",
        ),
        (
            {"perspective": {**sg.perspective("guarantees").exact, "trust": Fraction(1, 10)}},
            "One group differs; it was solved with and without it.",
        ),
    ],
)
def test_answers_in_singular_and_plural(arguments, said):
    assert said in blocking(**arguments).answer


def test_answer_where_nothing_is_blocked():
    """Sets that block are told as such, and not as sets that block again what was unlocked."""
    found = blocking(perspective="guarantees", rival="article")
    assert found.minimal_unlocking_sets == [()]
    assert np.count_nonzero(found.values == 0) == 7
    assert "Nothing is blocked: `summit` is brought about without any change." in found.answer
    assert found.answer.endswith(" 7 of the sets of changes would block it.")
    assert "monotone" not in found.to_markdown()


def test_answer_where_nothing_can_be_blocked():
    start = {**sg.perspective("guarantees"), "trust": 0.95}
    found = blocking(perspective=start)
    assert (found.values > 0).all()
    assert found.answer.endswith(" None of the sets of changes would block it.")


def test_the_same_reading_twice():
    found = blocking(rival="article")
    content = found.to_dict()
    assert content["answer"] == found.answer
    assert "nothing can be moved" in content["answer"]
    assert content["names"] == content["minimal_unlocking_sets"] == content["switch_points"] == []
    assert content["shapley"] == {}


def test_a_file_as_rival(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("name = 'my reading'\nbase = 'article'\ntrust = 0.9\n", encoding="utf-8")
    found = blocking(rival=str(path), by="premises")
    assert found.rival == "my reading"
    assert found.names == ("trust",)


def test_to_dict_and_markdown(premises):
    content = json.loads(json.dumps(premises.to_dict(), allow_nan=False))
    assert content["minimal_unlocking_sets"][0] == list(premises.minimal_unlocking_sets[0])
    assert sum(len(names) for _, names in content["blocks_again"]) == 1092
    assert len(content["switch_points"]) == len(premises.switch_points)
    text = premises.to_markdown()
    assert "18 minimal sets" in text
    assert "in 1,092 cases" in text
    assert isinstance(premises, Blocking)
