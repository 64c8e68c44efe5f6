"""Assessments: what is true is proved; beliefs that do not fit and planted deviations refuted."""

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.trembles import Tremor, hidden_tree, horse, observed_trembles
from summitgames.certificates.consistency import AssessmentProver, kernel, labelling
from summitgames.testing import assert_sequentially_rational

HALF = Fraction(1, 2)


def two_observers():
    """One player goes left or right, or quits; two others in turn do not see which it was.

    After the second says "on", the third knows no more than the second: their beliefs must be the
    same (an example in the manner of Kreps & Wilson 1982, figure 5).
    """

    def end(**pays):
        return sg.Outcome("", {"1": 0, "2": 0, "3": 0, **pays})

    def third(side):
        left = side == "L"
        ends = {"l": end(**{"3": int(left)}), "r": end(**{"3": int(not left)})}
        return sg.Decision("3", ends, infoset="third")

    def second(side):
        left = side == "L"
        pay = {"2": 1 if left else -1}
        return sg.Decision("2", {"on": third(side), "stop": end(**pay)}, infoset="second")

    moves = {"L": second("L"), "R": second("R"), "quit": end(**{"1": 1})}
    return sg.ExtensiveForm(sg.Decision("1", moves, infoset="first"), players=["1", "2", "3"])


def assessment(second, third, *, says="on", last="l"):
    behavior = {
        "first": [0, 0, 1],
        "second": [says == "on", says == "stop"],
        "third": [last == "l", last == "r"],
    }
    behavior = {key: [int(p) for p in row] for key, row in behavior.items()}
    return behavior, {"second": [second, 1 - second], "third": [third, 1 - third]}


def test_beliefs_of_those_who_know_the_same_are_the_same():
    prover = AssessmentProver(two_observers())
    # Rational at each information set by itself: 2 goes on as it believes in R, 3 chooses l as it
    # believes in L, and neither set is reached.
    found = prover.find(assessment(Fraction(1, 4), Fraction(3, 4)), exact=True)
    assert found.verdict == "refuted"
    assert prover.irrationality(found.strategies) is None
    assert found.deviation.action == ""
    assert str(found.deviation) == (
        "beliefs at 'second, third' are no limit of beliefs by Bayes' rule"
    )
    same = prover.find(assessment(Fraction(1, 4), Fraction(1, 4), last="r"), exact=True)
    assert same.verdict == "proved"
    # Once 2 stops, going on is a slip as well, but the same one after L and R.
    found = prover.find(assessment(Fraction(3, 4), Fraction(1, 4), says="stop"), exact=True)
    assert found.verdict == "refuted"
    assert found.deviation.action == ""
    sure = prover.find(assessment(Fraction(1), Fraction(0), says="stop", last="r"), exact=True)
    assert sure.verdict == "refuted"
    assert sure.deviation.infoset == "second, third"


def test_the_solver_lists_no_profile_that_rests_on_them():
    found = sg.sequential_equilibria(two_observers(), mixing=0)
    assert found.status == sg.Status.COMPLETE
    assert len(found) == 4
    for equilibrium in found:
        goes_on, left = equilibrium.behavior["second"][0], equilibrium.behavior["third"][0]
        if goes_on == left:  # one side asks for L as likely as R at least, the other at most
            assert equilibrium.beliefs["second"].tolist() == [0.5, 0.5]
        assert equilibrium.beliefs["second"].tolist() == equilibrium.beliefs["third"].tolist()
        assert not equilibrium.is_product


def test_a_slip_more_is_less_likely():
    # Selten's horse: 'across' is taken by both, so each node of the third set is one slip away;
    # but if the first goes down, the node behind the second's slip is beyond two.
    prover = AssessmentProver(horse())
    behavior = {"first": [0, 1], "second": [0, 1], "third": [1, 0]}
    wrong = prover.find((behavior, {"third": [HALF, HALF]}), exact=True)
    assert wrong.deviation.action == ""
    assert wrong.deviation.player == "3"
    right = prover.find((behavior, {"third": [0, 1]}), exact=True)
    assert right.verdict == "refuted"
    assert str(right.deviation) == "player '1' gains 1 (1) by 'across' at 'first'"


def test_the_nash_equilibrium_that_is_not_sequential_is_refuted():
    game = horse()
    prover = AssessmentProver(game)
    behavior = {"first": [0, 1], "second": [1, 0], "third": [1, 0]}
    assert sg.regret(game, behavior) == 0
    found = prover.find((behavior, {"third": [0, 1]}), exact=True)
    assert str(found.deviation) == "player '2' gains 3 (3) by 'down' at 'second'"
    found = prover.find((behavior, {"third": [1, 0]}), exact=True)
    assert found.deviation.action == ""  # Bayes' rule


def test_products_of_odds_are_exact():
    game = observed_trembles((2, 3, 6), (2, 3, 6))
    (equilibrium,) = [
        e
        for e in sg.sequential_equilibria(game, mixing=0)
        if all(e.behavior[f"sees {i}"][0] == 1 for i in range(3))
    ]
    prover = AssessmentProver(game)
    rows = (*equilibrium.exact_behavior, *equilibrium.exact_beliefs)
    assert prover.deviation(rows) is None
    last = len(game.infosets) + game.infosets.index(game.infoset("sees 2"))
    tiny = Fraction(1, 10**15)
    off = tuple(
        (row[0] + tiny, row[1] - tiny) if at == last else row for at, row in enumerate(rows)
    )
    assert prover.inconsistency(off).infoset == "sees 0, sees 1, sees 2"
    assert prover.find(equilibrium, exact=True).verdict == "proved"


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_beliefs_from_trembles_are_proved_and_others_refuted(seed):
    rng = random.Random(seed)
    game = hidden_tree(rng)
    tremor, prover = Tremor(game), AssessmentProver(game)
    profile = [rng.randrange(count) for count in tremor.counts]
    behavior = [
        tuple(Fraction(a == chosen) for a in range(count))
        for chosen, count in zip(profile, tremor.counts, strict=True)
    ]
    powers = [[rng.randint(1, 3) for _ in range(count)] for count in tremor.counts]
    weights = [[Fraction(rng.randint(1, 5)) for _ in range(count)] for count in tremor.counts]
    beliefs = tremor.limit(profile, powers, weights)
    rows = (*behavior, *map(tuple, beliefs))
    prover.require_strategies(rows)
    assert prover.inconsistency(rows) is None
    gain = tremor.gain(behavior, beliefs)
    found = prover.deviation(rows)
    assert (found.gain if found else 0) == gain
    # Where a set is reached with certainty by some of its nodes, no other belief will do.
    likely = tremor.reach(behavior)
    for h, nodes in enumerate(tremor.sets):
        if len(nodes) > 1 and any(likely[node] for node in nodes):
            at = next(at for at, p in enumerate(beliefs[h]) if p)
            moved = [p / 2 for p in beliefs[h]]
            moved[at - 1] += HALF
            if moved != beliefs[h]:
                planted = [*beliefs]
                planted[h] = moved
                wrong = prover.inconsistency((*behavior, *map(tuple, planted)))
                assert wrong is not None
                assert game.infosets[h].label in wrong.infoset


def test_orders_of_likelihood():
    assert labelling([], []) == {}
    assert labelling([{0: 1, 1: -1}], [{2: 1, 0: -1}]) == {0: 1, 1: 1, 2: 2}
    assert labelling([], [{0: 1, 1: -1}, {1: 1, 0: -1}]) is None  # each likelier than the other
    assert labelling([], [{}]) is None  # less likely than itself
    assert labelling([{0: 1}], []) is None  # as likely as if nobody slipped
    found = labelling([{0: 1, 1: 1, 2: -1}], [{3: 1, 2: -1}])
    assert found[0] + found[1] == found[2] < found[3]


def test_the_tableau_is_paid_for_before_it_is_built():
    spent = []
    assert labelling([{0: 1, 1: -1}], [{2: 1, 0: -1}], spent.append) == {0: 1, 1: 1, 2: 2}
    assert spent[0] == 2 * (3 + 1 + 1)  # rows, by actions, a slack and the right-hand side
    assert set(spent) == {spent[0]}
    spent.clear()
    assert labelling([{0: 1, 1: -1}], [], spent.append) == {0: 1, 1: 1}  # no step is taken
    assert spent == [3]


def test_kernel():
    assert kernel([]) == []
    assert kernel([{0: 1}, {1: 1}]) == []
    assert kernel([{}]) == [[1]]
    (vector,) = kernel([{0: 1, 1: -1}, {1: 1, 2: -1}, {0: 1, 2: -1}])
    assert vector in ([1, 1, -1], [-1, -1, 1])


# Input


def test_reads_mappings_and_results():
    prover = AssessmentProver(horse())
    found = sg.sequential_equilibria(horse(), mixing=3)
    for equilibrium in found:
        assert prover.find(equilibrium, exact=True).verdict == "proved"
    rounded = (found[0].behavior, {"third": [1.0, 0.0]})
    assert prover.find(rounded, exact=True).verdict == "proved"
    assert prover.find(rounded, exact=False).verdict == "not decided"
    bad = ({"first": [0, 1], "second": [1, 0], "third": [1, 0]}, {"third": [0, 1]})
    assert prover.find(bad, exact=False).verdict == "refuted"
    assert prover.exact_input
    assert not prover.holds_within(prover.find(rounded, exact=True).strategies, Fraction(1))
    assert len(prover.digest) == 64
    assert prover.digest == AssessmentProver(horse()).digest
    assert prover.digest != AssessmentProver(two_observers()).digest


GOOD = {"first": [1, 0], "second": [1, 0], "third": [0, 1]}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "equilibrium: int; expected a result with .behavior and .beliefs, or these two"),
        ((GOOD, 3), "beliefs: int; expected a mapping from information sets to probabilities"),
        ((GOOD, {}), "equilibrium.beliefs['third']: missing; expected probabilities of its nodes"),
        (({}, {}), "equilibrium.behavior['first']: missing; expected probabilities of its actions"),
        (
            (GOOD, {"third": [1]}),
            "equilibrium.beliefs['third']: list of 1; expected 2",
        ),
        ((GOOD, {"third": [2, -1]}), "equilibrium.beliefs['third']: 2, -1; expected numbers >= 0"),
        (
            (GOOD, {"third": [[1], [0]]}),
            "equilibrium.beliefs['third']: [1] at action 0; ",
        ),
    ],
)
def test_refuses_what_is_no_assessment(given, message):
    with pytest.raises(sg.GameError) as caught:
        AssessmentProver(horse()).find(given, exact=True)
    assert str(caught.value).startswith(message)


def test_refuses_other_games():
    with pytest.raises(sg.GameError, match="expected a single game"):
        AssessmentProver(
            sg.ExtensiveForm(
                sg.Decision("a", {"x": sg.Outcome("", {"a": np.array([1.0, 2])})}, infoset="i"),
                players=["a"],
            )
        )
    with pytest.raises(sg.GameError, match=r"^strategies: 4 distributions; expected 6"):
        AssessmentProver(horse()).require_strategies(((Fraction(1),),) * 4)


def test_irrational_numbers_are_not_decided():
    ends = {"x": sg.Outcome("", {"a": sympy.sqrt(2)}), "y": sg.Outcome("", {"a": 1})}
    game = sg.ExtensiveForm(sg.Decision("a", ends, infoset="i"), players=["a"])
    found = AssessmentProver(game).find(({"i": [1, 0]}, {}), exact=True)
    assert found.verdict == "not decided"
    assert sg.sequential_equilibria(game)[0].behavior["i"].tolist() == [1, 0]


def test_gains_beyond_floats_are_infinite():
    ends = {"x": sg.Outcome("", {"a": 1.7e308}), "y": sg.Outcome("", {"a": -1.7e308})}
    game = sg.ExtensiveForm(sg.Decision("a", ends, infoset="i"), players=["a"])
    assert AssessmentProver(game).regret([[0.0, 1.0], [1.0]]) == (np.inf, 1.7e308)
    certificate = sg.certify(game, ({"i": [0.0, 1.0]}, {}), exact=False)
    assert certificate.verdict == "refuted"
    assert certificate.deviation.gain == 2 * Fraction(1.7e308)


# Certificates


def test_certificates_of_assessments():
    game = horse()
    for equilibrium in sg.sequential_equilibria(game, mixing=3):
        certificate = sg.certify(game, equilibrium)
        assert (certificate.verdict, certificate.concept) == ("proved", "sequential equilibrium")
        assert certificate.exact_input
        read = sg.Certificate.from_json(certificate.to_json())
        assert read == certificate
        assert read.check(game)
    with pytest.raises(sg.GameError, match="it is of another game"):
        certificate.check(two_observers())


def test_a_nash_equilibrium_that_is_not_sequential_is_refuted():
    """Selten's horse: the threat is best for nobody who believes anything at all."""
    game = horse()
    threat = {"first": [0, 1], "second": [1, 0], "third": [1, 0]}
    assert sg.certify(game, threat, concept="Nash equilibrium").verdict == "proved"
    certificate = sg.certify(game, (threat, {"third": [0, 1]}))
    assert certificate.verdict == "refuted"
    assert certificate.deviation.infoset == "second"
    assert sg.Certificate.from_json(certificate.to_json()).check(game)


def test_inconsistent_beliefs_are_refuted():
    game = two_observers()
    refuted = sg.certify(game, assessment(Fraction(1, 4), Fraction(3, 4)))
    assert refuted.verdict == "refuted"
    assert refuted.deviation.action == ""
    assert sg.Certificate.from_json(refuted.to_json()).check(game)


def test_floats_stand_for_exact_assessments():
    """Beliefs by Bayes' rule from strategies nearby; the exact ones are in the certificate."""
    prior = Fraction(1, 3)
    replies = {
        kind: sg.Decision(
            "b", {m: sg.Outcome(m, {"a": 0, "b": int(m == kind)}) for m in "xy"}, infoset="reply"
        )
        for kind in "xy"
    }
    root = sg.Chance({"x": (prior, replies["x"]), "y": (1 - prior, replies["y"])})
    game = sg.ExtensiveForm(root, players=["a", "b"])
    certificate = sg.certify(game, ({"reply": [0.0, 1.0]}, {"reply": [1 / 3, 2 / 3]}))
    assert certificate.verdict == "proved"
    assert certificate.strategies[1] == (prior, 1 - prior)
    assert 0 < certificate.distance < 1e-16
    assert sg.certify(game, ({"reply": [0, 1]}, {"reply": [0.34, 0.66]})).verdict == "refuted"


def test_mistakes_in_what_is_given_are_named():
    game = horse()
    several = sg.sequential_equilibria(game, mixing=3)
    with pytest.raises(sg.GameError, match="a result with 2 equilibria"):
        sg.certify(game, several)
    end = sg.Outcome("", {"a": 1})
    other = sg.ExtensiveForm(sg.Decision("a", {"x": end}), players=["a"])
    with pytest.raises(sg.GameError, match=r"equilibrium.behavior\[''\]: missing; expected"):
        sg.certify(other, several[0])
    with pytest.raises(sg.GameError, match="threads"):
        sg.sequential_equilibria(game, threads=0)
    for wrong in ([0], "first", None):
        with pytest.raises(TypeError):
            several[wrong]
    assert len(sg.certify(game, sg.sequential_equilibria(game, mixing=0)).strategies) == 6


def test_results_of_another_game_are_read_by_name():
    """As many distributions, of as many numbers: what belongs where is told by keys alone."""

    def choice(first, second):
        ends = {move: sg.Outcome("", {"a": int(move == "x")}) for move in "xy"}
        moves = {"go": sg.Decision("a", ends, infoset=second), "stop": sg.Outcome("", {"a": 0})}
        return sg.ExtensiveForm(sg.Decision("a", moves, infoset=first), players=["a"])

    found = sg.sequential_equilibria(choice("one", "two"))[0]
    assert sg.certify(choice("one", "two"), found).verdict == "proved"
    for check in (sg.certify, assert_sequentially_rational):
        with pytest.raises(sg.GameError, match=r"equilibrium.behavior\['three'\]: missing"):
            check(choice("three", "four"), found)


def test_information_sets_that_there_are_not_are_refused():
    for wrong in (({**GOOD, "fourth": [1]}, {"third": [0, 1]}), (GOOD, {"third": [0, 1], "4": []})):
        with pytest.raises(sg.GameError, match="unknown infoset"):
            sg.certify(horse(), wrong)


def test_without_decisions_nonsense_is_still_refused():
    game = sg.ExtensiveForm(sg.Outcome("end", {"a": 1}), players=["a"])
    assert sg.certify(game, ({}, {})).verdict == "proved"
    for wrong, message in (((1, {}), "behavior: int"), (({}, None), "beliefs: NoneType")):
        with pytest.raises(sg.GameError, match=f"^{message}; expected a mapping"):
            sg.certify(game, wrong)


def test_a_result_without_beliefs_is_no_assessment():
    found = sg.subgame_perfect(horse())[0]
    message = "equilibrium: TreeEquilibrium; expected a result with .behavior and .beliefs"
    with pytest.raises(sg.GameError, match=message):
        sg.certify(horse(), found, concept="sequential equilibrium")


def test_a_branch_is_not_taken_for_an_equilibrium():
    path = sg.logit_path(horse())
    message = "LogitTreePath, a whole branch; expected one .*: .path.limit, path.beliefs.$"
    with pytest.raises(sg.GameError, match=message):
        sg.certify(horse(), path)
    assert sg.certify(horse(), (path.limit, path.beliefs)).verdict == "proved"
    form = sg.NormalForm.symmetric([[9, 0], [8, 7]])
    with pytest.raises(sg.GameError, match=r"LogitPath, a whole branch; .* its end: path.limit$"):
        sg.certify(form, sg.logit_path(form))


def test_rounded_beliefs_do_not_hide_what_is_gained():
    """A logit equilibrium has the beliefs of Bayes' rule, and is none of any other kind."""
    certificate = sg.certify(horse(), sg.logit_qre(horse(), 3.0))
    assert certificate.verdict == "refuted"
    assert certificate.deviation.action
    assert certificate.deviation.gain > 0


def outside(first, second):
    """One stays out, or goes in to where the other does not see by which of two ways."""

    def late():
        ends = {"u": sg.Outcome("", {"a": 0, "b": 1}), "d": sg.Outcome("", {"a": 0, "b": 0})}
        return sg.Decision("b", ends, infoset="late")

    inside = {"x": (first, late()), "y": (second, late())}
    moves = {"out": sg.Outcome("", {"a": 0, "b": 0}), "l": late(), "r": late()}
    by_choice = sg.ExtensiveForm(sg.Decision("a", moves, infoset="top"), players=["a", "b"])
    moves = {"out": sg.Outcome("", {"a": 1, "b": 0}), "in": sg.Chance(inside)}
    by_chance = sg.ExtensiveForm(sg.Decision("a", moves, infoset="top"), players=["a", "b"])
    return by_choice, by_chance


@pytest.mark.parametrize(("small", "verdict"), [(1e-14, "proved"), (9e-10, "proved"),
                                                (2e-9, "refuted")])  # fmt: skip
def test_a_small_probability_may_be_a_zero_also_where_it_does_not_matter_to_payoffs(small, verdict):
    """Taken as meant, it makes the nodes reached, and other beliefs of it by Bayes' rule."""
    game, _ = outside(HALF, HALF)
    behavior = {"top": [1 - small, small, 0.0], "late": [1.0, 0.0]}
    certificate = sg.certify(game, (behavior, {"late": [0.5, 0.5]}))
    assert certificate.verdict == verdict
    meant = sg.certify(game, (behavior, {"late": [1.0, 0.0]}))
    assert meant.verdict == "proved"
    if verdict == "proved":
        assert certificate.strategies[0] == (1, 0, 0)
        assert certificate.check(game)


@pytest.mark.parametrize("rare", [10**5, 10**8, 10**12])
def test_rounding_of_small_beliefs_is_no_refutation(rare):
    """Where a belief is small, it is off by a larger share for being off by as much."""
    share = Fraction(1, rare)
    _, game = outside(share, 1 - share)
    behavior = {"top": [1, 0], "late": [1, 0]}
    rounded = float(1 - share)
    certificate = sg.certify(game, (behavior, {"late": [1 - rounded, rounded]}))
    assert certificate.verdict == "not decided"
    assert "rounding may explain" in certificate.message
    assert sg.certify(game, (behavior, {"late": [share, 1 - share]})).verdict == "proved"
    for off in (2 * share, 100 * share):
        beliefs = [float(share + off), float(1 - share - off)]
        if off > Fraction(1, 10**11):
            assert sg.certify(game, (behavior, {"late": beliefs})).verdict == "refuted"
