"""The assertion about assessments of trees: what it passes, what it shows, what it refuses."""

from fractions import Fraction

import numpy as np
import pytest

import summitgames as sg
from reference.trembles import horse
from summitgames.testing import assert_sequentially_rational

GOOD = {"first": [1, 0], "second": [1, 0], "third": [0, 1]}


def test_passes_what_the_solver_finds():
    found = sg.sequential_equilibria(horse(), mixing=3)
    assert_sequentially_rational(horse(), found)
    assert_sequentially_rational(horse(), found[1])
    assert_sequentially_rational(horse(), (GOOD, {"third": [1, 0]}))


@pytest.mark.parametrize(
    ("changes", "third", "message"),
    [
        ({}, [0, 1], "not sequentially rational: player '3' gains 2 by 'l' at 'third'"),
        (
            {"first": [0, 1]},
            [1, 0],
            "beliefs at 'third' are no limit of beliefs by Bayes' rule",
        ),
        (
            {"first": [0, 1], "third": [1, 0]},
            [0, 1],
            "not sequentially rational: player '2' gains 3 by 'down' at 'second'",
        ),
    ],
)
def test_shows_what_is_wrong(changes, third, message):
    with pytest.raises(AssertionError) as caught:
        assert_sequentially_rational(horse(), ({**GOOD, **changes}, {"third": third}))
    assert str(caught.value) == message


def test_names_the_equilibrium_of_a_list():
    found = sg.sequential_equilibria(horse(), mixing=3)
    entries = found.entries[0], found.entries[1]
    planted = type(entries[1])(
        entries[1].strategies,
        (*entries[1].beliefs[:2], (Fraction(1), Fraction(0))),
        entries[1].orders,
        (),
        (),
        is_range=True,
    )
    wrong = type(found)(
        found.game,
        found.probabilities,
        found.status,
        "",
        found.pure_status,
        (entries[0], planted),
    )
    with pytest.raises(AssertionError, match=r"'3' gains 0.125 by 'r' .*, at index \(1,\) of the"):
        assert_sequentially_rational(horse(), wrong)
    assert wrong.regret.tolist() == [0, 0.125]


def test_a_tolerance_is_a_share_of_the_spread():
    ends = {"x": sg.Outcome("", {"a": 0}), "y": sg.Outcome("", {"a": 1e-7})}
    more = sg.Outcome("", {"a": 100})
    game = sg.ExtensiveForm(
        sg.Chance({"l": (0.5, sg.Decision("a", ends, infoset="i")), "r": (0.5, more)}),
        players=["a"],
    )
    assert_sequentially_rational(game, ({"i": [1, 0]}, {}), tol=1e-8)
    with pytest.raises(AssertionError, match="gains 1e-07 by 'y' at 'i'"):
        assert_sequentially_rational(game, ({"i": [1, 0]}, {}), tol=1e-10)


def test_refuses_families_and_what_is_no_assessment():
    family = sg.ExtensiveForm(
        sg.Decision("a", {"x": sg.Outcome("", {"a": np.array([1.0, 2])})}), players=["a"]
    )
    with pytest.raises(sg.GameError, match="expected a single game"):
        assert_sequentially_rational(family, ({"": [1]}, {}))
    with pytest.raises(sg.GameError, match=r"beliefs\['third'\]: missing"):
        assert_sequentially_rational(horse(), (GOOD, {}))
