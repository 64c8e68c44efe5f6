"""Certificates survive a round trip, and refuse what is not theirs."""

import json
from fractions import Fraction

import pytest

import summitgames as sg
from summitgames.certificates.rational import Certificate, _checksum, certify

MODEL = sg.model("composite")
IRRATIONAL = sg.NormalForm(  # its only equilibrium has probabilities with the square root of 601
    [
        [[[3, 1], [0, 0]], [[0, 0], [1, 2]]],
        [[[0, 0], [2, 1]], [[1, 3], [0, 0]]],
        [[[2, 0], [0, 0]], [[0, 0], [0, 3]]],
    ]
)
NEAR = [[p, 1 - p] for p in (0.6192325794725538, 0.4798042226776052, 0.3788253360656313)]


def tree():
    ends = {"l": sg.Outcome("l", {"a": 3}), "r": sg.Outcome("r", {"a": 1})}
    game = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"])
    return game, certify(game, {"": [1, 0]}), certify(game, {"": [0, 1]})


def table():
    """Of which the proved strategies and the deviation are those of the tree."""
    game = sg.NormalForm([[3, 1]], players=["a"], actions=[["l", "r"]])
    return game, certify(game, [[1, 0]]), certify(game, [[0, 1]])


@pytest.fixture(scope="module", params=[tree, table], ids=["tree", "table"])
def small(request):
    return request.param()


def changed(certificate, **entries):
    content = json.loads(certificate.to_json())
    content.update(entries)
    return json.dumps(content)


def signed(certificate, **entries):
    """Changed by hand, with a checksum that fits."""
    content = json.loads(certificate.to_json())
    content.pop("checksum")
    content.update(entries)
    return json.dumps({**content, "checksum": _checksum(content)})


def test_round_trip(small):
    game, proved, refuted = small
    assert (proved.verdict, refuted.verdict) == ("proved", "refuted")
    for certificate in (proved, refuted):
        again = Certificate.from_json(certificate.to_json())
        assert again == certificate
        assert again.check(game)


@pytest.mark.parametrize("perspective", ["article", "rebuttal", "guarantees"])
def test_round_trip_of_a_model(perspective):
    game, equilibrium = MODEL.game(perspective), MODEL.solve(perspective).equilibrium
    again = Certificate.from_json(certify(game, equilibrium).to_json())
    assert again.check(game)
    other = MODEL.game("article", trust=Fraction(11, 100))
    with pytest.raises(sg.GameError, match="another game"):
        again.check(other)
    with pytest.raises(sg.GameError, match="another game"):
        again.check(sg.model("preconditions").game())


def test_round_trip_of_floats_and_of_a_radius():
    chicken = sg.NormalForm.symmetric([[0, 7], [2, 6]])
    certificate = certify(chicken, [[0.3333333333, 0.6666666667]] * 2)
    assert 0 < certificate.distance < 1e-10
    assert Certificate.from_json(certificate.to_json()) == certificate
    certificate = certify(IRRATIONAL, NEAR)
    assert certificate.radius > 0
    again = Certificate.from_json(certificate.to_json())
    assert again == certificate
    assert again.check(IRRATIONAL)


def test_rationals_of_any_length_survive():
    """Python converts no text of more than 4,300 digits to a number."""
    long = Fraction(1, 3) + Fraction(1, 3**10_000)
    game = sg.NormalForm([[0, Fraction(1, 7)]])
    certificate = certify(game, [[long, 1 - long]])
    assert certificate.deviation is not None
    assert certificate.deviation.gain == long / 7
    assert str(certificate.deviation) == "player '1' gains 0.047619 by '2'"
    assert Certificate.from_json(certificate.to_json()) == certificate


def test_another_game_is_refused(small):
    game, proved, _ = small
    if isinstance(game, sg.NormalForm):
        others = [
            sg.NormalForm([[3, 1]]),  # other labels
            sg.NormalForm([[3, 2]], players=["a"], actions=[["l", "r"]]),
            tree()[0],
        ]
    else:
        others = [table()[0]]
    for other in others:
        with pytest.raises(sg.GameError, match="another game"):
            proved.check(other)


def test_a_certificate_of_another_concept_is_refused(small):
    game, proved, _ = small
    others = {"subgame-perfect equilibrium", "perfect Bayesian equilibrium"} - {proved.concept}
    for concept in others:
        forged = Certificate.from_json(signed(proved, concept=concept))
        with pytest.raises(sg.GameError, match="another game"):
            forged.check(game)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"version": 2}, "version 2"),
        ({"concept": "truth"}, "of 'truth'"),
        ({"format": "x"}, "no summitgames certificate"),
        ({"verdict": "refuted"}, "was changed"),
        ({"strategies": [["0", "1"]]}, "was changed"),
        ({"distance": 0.5}, "was changed"),
        ({"more": 1}, "missing or unknown entries: more"),
    ],
)
def test_edited_json_is_refused(small, edit, reason):
    _, proved, _ = small
    with pytest.raises(sg.GameError, match=reason):
        Certificate.from_json(changed(proved, **edit))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        ({"verdict": "certain"}, "verdict is 'certain'"),
        ({"verdict": "refuted"}, "a deviation goes with"),
        ({"exact_input": "yes"}, "exact_input"),
        ({"strategies": "__import__('os')"}, "no lists"),
        ({"strategies": [["1/0", "0"]]}, "no rational"),
        ({"strategies": [["1e9", "0"]]}, "no rational"),
        ({"strategies": [["__import__('os').getcwd()", "0"]]}, "no rational"),
        ({"strategies": [[1, 0]]}, "no rational"),
        ({"strategies": [["1" * 1_000_001, "0"]]}, "no rational"),
        ({"deviation": {"infoset": ""}}, "incomplete"),
        ({"deviation": {"infoset": 1, "player": "a", "action": "l", "gain": "1"}}, "no text"),
        ({"deviation": {"infoset": "", "player": 1, "action": "l", "gain": "1"}}, "no text"),
        ({"game": 5}, "no text"),
        ({"distance": -1.0}, "distance"),
        ({"distance": float("inf")}, "distance"),
        ({"distance": float("nan")}, "distance"),
        ({"distance": "0"}, "distance"),
        ({"radius": "-1"}, "radius"),
        ({"radius": 0.5}, "no rational"),
    ],
)
def test_forged_json_is_refused_or_refuted(small, edit, reason):
    _, proved, _ = small
    with pytest.raises(sg.GameError, match=reason):
        Certificate.from_json(signed(proved, **edit))


def test_forged_verdict_does_not_survive_the_check(small):
    game, proved, refuted = small
    forged = Certificate.from_json(signed(refuted, verdict="proved", deviation=None))
    with pytest.raises(sg.GameError, match="exact arithmetic gives"):
        forged.check(game)
    deviation = {"infoset": "", "player": "a", "action": "l", "gain": "5"}
    forged = Certificate.from_json(signed(refuted, deviation=deviation))
    with pytest.raises(sg.GameError, match="another deviation"):
        forged.check(game)
    forged = Certificate.from_json(signed(proved, strategies=[["1", "1"]]))
    with pytest.raises(sg.GameError, match="sum to exactly 1"):
        forged.check(game)
    forged = Certificate.from_json(signed(proved, strategies=[["1"]]))
    with pytest.raises(sg.GameError, match="expected"):
        forged.check(game)
    forged = Certificate.from_json(signed(refuted, verdict="proved", deviation=None, radius="1"))
    with pytest.raises(sg.GameError, match="does not find it so"):
        forged.check(game)


def test_only_what_is_proved_has_a_radius(small):
    _, _, refuted = small
    assert Certificate.from_json(signed(refuted, radius="0")) == refuted
    undecided = certify(IRRATIONAL, NEAR, exact=False)
    for certificate in (refuted, undecided):
        with pytest.raises(sg.GameError, match="a radius goes with the verdict 'proved'"):
            Certificate.from_json(signed(certificate, radius="1/2"))


def test_forged_radius_does_not_survive_the_check():
    certificate = certify(IRRATIONAL, NEAR)
    forged = Certificate.from_json(signed(certificate, radius="0"))
    with pytest.raises(sg.GameError, match="exact arithmetic gives refuted"):
        forged.check(IRRATIONAL)
    for radius in ("1/" + "1" + "0" * 80, "1/2"):  # no room for the equilibrium; too much room
        forged = Certificate.from_json(signed(certificate, radius=radius))
        with pytest.raises(sg.GameError, match="does not find it so"):
            forged.check(IRRATIONAL)
    elsewhere = [["1/2", "1/2"]] * 3
    forged = Certificate.from_json(signed(certificate, strategies=elsewhere))
    with pytest.raises(sg.GameError, match="does not find it so"):
        forged.check(IRRATIONAL)


def test_every_truncation_is_refused(small):
    _, proved, _ = small
    text = proved.to_json()
    for length in range(len(text)):
        with pytest.raises(sg.GameError, match="certificate refused"):
            Certificate.from_json(text[:length])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "nonsense", "[" * 100_000, "9" * 10_000, None, b"{}"],
    ids=lambda t: str(t)[:9],
)
def test_nonsense_is_refused(text):
    with pytest.raises(sg.GameError, match="certificate refused"):
        Certificate.from_json(text)


def test_json_is_strict_and_numbers_are_text(small):
    _, proved, refuted = small
    for certificate in (proved, refuted):
        json.loads(certificate.to_json(), parse_constant=pytest.fail)
    assert json.loads(refuted.to_json())["deviation"]["gain"] == "2"


def test_not_decided_decides_nothing(small):
    game, _, _ = small
    given = [[1, 0]] if isinstance(game, sg.NormalForm) else {"": [1, 0]}
    certificate = certify(game, given, exact=False)
    assert certificate.verdict == "not decided"
    with pytest.raises(sg.GameError, match="decides nothing"):
        certificate.check(game)


def test_repr(small):
    _, proved, refuted = small
    assert repr(proved) == f"<Certificate: {proved.concept} proved>"
    assert repr(refuted) == f"<Certificate: {refuted.concept} refuted: {refuted.deviation}>"


def test_other_things_are_no_games():
    with pytest.raises(sg.GameError, match="game: int; expected a NormalForm"):
        certify(5, [])
