"""Signaling games: what is true is proved, wrong beliefs and deviations are refuted."""

import json
import pickle
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import load
from summitgames.certificates.rational import Certificate, _checksum, certify
from summitgames.testing import signaling_games

CONCEPT = "perfect Bayesian equilibrium"
HALF = Fraction(1, 2)


def breakfast(strong):
    """Cho & Kreps (1987): beer and quiche."""
    return sg.SignalingGame(
        prior=[strong, 1 - strong],
        sender=[[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        receiver=[[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
        types=["strong", "weak"],
        messages=["beer", "quiche"],
        responses=["fight", "leave"],
    )


FEW_WEAK = breakfast(Fraction(9, 10))
BEER = [[1, 0], [1, 0]]
DETERRED = [[0, 1], [1, 0]]
BELIEFS = [["9/10", "1/10"], [0, 1]]


@pytest.mark.parametrize("case", load("signaling"), ids=str)
def test_published_equilibria_are_proved(case):
    game = sg.SignalingGame(**case.input)
    for found in sg.perfect_bayesian(game):
        certificate = certify(game, found)
        assert (certificate.concept, certificate.verdict) == (CONCEPT, "proved")
        assert certificate.exact_input
        assert certificate.distance < 1e-15
        again = Certificate.from_json(certificate.to_json())
        assert again == certificate
        assert again.check(game)


@pytest.mark.parametrize("case", load("signaling"), ids=str)
def test_published_vertices_are_proved_with_their_beliefs(case):
    """Vertices of the closure are equilibria; beliefs off the path the middle of their range."""
    game = sg.SignalingGame(**case.input)
    prior = case.input["prior"]
    for entry in case.answer["equilibria"]:
        for sends in entry["sender_vertices"]:
            sender = [[Fraction(p), 1 - Fraction(p)] for p in sends]
            for replies in entry["receiver_vertices"]:
                receiver = [[Fraction(p), 1 - Fraction(p)] for p in replies]
                beliefs = []
                for m in range(2):
                    weights = [p * mix[m] for p, mix in zip(prior, sender, strict=True)]
                    if sum(weights):
                        beliefs.append([w / sum(weights) for w in weights])
                        continue
                    name = f"message {m}: probability of type 0 between"
                    low, high = entry.get("off_path_beliefs", {}).get(name, (0, 1))
                    middle = (Fraction(low) + Fraction(high)) / 2
                    beliefs.append([middle, 1 - middle])
                certificate = certify(game, (sender, receiver, beliefs))
                unsent = any(not any(mix[m] for mix in sender) for m in range(2))
                if unsent and "off_path_beliefs" not in entry:
                    continue  # a vertex at which a message is no longer sent, for some belief
                assert certificate.verdict == "proved"
                assert certificate.distance == 0


def test_pooling_on_beer():
    certificate = certify(FEW_WEAK, (BEER, DETERRED, BELIEFS))
    assert certificate.verdict == "proved"
    assert certificate.exact_input
    assert certificate.check(FEW_WEAK)
    # Quiche is left alone where it comes from the strong type in more than half of the cases.
    believed = [BELIEFS[0], [HALF, HALF]]
    assert certify(FEW_WEAK, (BEER, DETERRED, believed)).verdict == "proved"
    believed[1] = [HALF + Fraction(1, 10**20), HALF - Fraction(1, 10**20)]
    refuted = certify(FEW_WEAK, (BEER, DETERRED, believed))
    assert refuted.verdict == "refuted"
    assert refuted.deviation.gain == Fraction(2, 10**20)
    assert (refuted.deviation.player, refuted.deviation.infoset) == ("receiver", "quiche")
    assert refuted.check(FEW_WEAK)


def test_the_sender_deviates_type_by_type():
    refuted = certify(FEW_WEAK, (BEER, [[0, 1], [0, 1]], BELIEFS))
    assert str(refuted.deviation) == "player 'sender' gains 1 (1) by 'quiche' at 'weak'"
    separating = [[1, 0], [0, 1]], DETERRED, [[1, 0], [0, 1]]
    refuted = certify(FEW_WEAK, separating)  # the weak one would rather drink beer in peace
    assert str(refuted.deviation) == "player 'sender' gains 1 (1) by 'beer' at 'weak'"


def test_separation_is_proved_where_it_is_worth_it():
    """Spence (1973): a degree costs the able less."""
    game = sg.SignalingGame(
        prior=[Fraction(1, 3), Fraction(2, 3)],
        sender=[[[6, 0], [10, 4]], [[3, -3], [10, 4]]],
        receiver=[[[10, 4], [10, 4]], [[0, 4], [0, 4]]],
    )
    strategies = [[1, 0], [0, 1]], [[1, 0], [0, 1]], [[1, 0], [0, 1]]
    certificate = certify(game, strategies)
    assert certificate.verdict == "proved"
    assert certificate.check(game)


def test_beliefs_follow_from_bayes_rule():
    wrong = certify(FEW_WEAK, (BEER, DETERRED, [["4/5", "1/5"], [0, 1]]))
    assert wrong.verdict == "refuted"
    assert wrong.deviation == sg.WrongBelief(
        "beer", "receiver", "strong", Fraction(4, 5), Fraction(9, 10)
    )
    assert str(wrong.deviation) == (
        "player 'receiver' believes in 'strong' at 'beer' with 4/5 (0.8), by Bayes' rule 9/10 (0.9)"
    )
    again = Certificate.from_json(wrong.to_json())
    assert again == wrong
    assert again.check(FEW_WEAK)


def test_floats_stand_for_the_mixes_nearby():
    """With few strong types the weak mix 1 to 8, and beer is fought half of the time."""
    game = breakfast(Fraction(1, 10))
    (found,) = sg.perfect_bayesian(game)
    ninth = Fraction(1, 9)
    exact = (
        *((1, 0), (ninth, 1 - ninth)),
        *((HALF, HALF), (1, 0)),
        *((HALF, HALF), (0, 1)),
    )
    for off in (0, 1e-10):
        sender, receiver, beliefs = (array.copy() for array in found)
        sender[1] += off, -off
        receiver[0] -= off, -off
        beliefs[0] += off, -off
        certificate = certify(game, (sender, receiver, beliefs))
        assert certificate.strategies == exact
        assert off / 2 <= certificate.distance <= 1e-16 + off * 1.01
        assert certificate.check(game)
    sender[1] += 1e-4, -1e-4
    refuted = certify(game, (sender, receiver, beliefs))
    assert refuted.verdict == "refuted"
    assert isinstance(refuted.deviation, sg.WrongBelief)
    assert refuted.message == "no exact equilibrium was found on this support within 1e-09"
    assert refuted.check(game)


def test_what_rounding_may_explain_is_not_decided():
    """Responses tie but for the rounding of the prior."""
    game = breakfast(0.1)
    off = np.nextafter(1 / 9, 1)
    sender = [[1.0, 0.0], [off, 1 - off]]
    weights = np.array([0.1, 0.9 * off])
    beliefs = [weights / weights.sum(), [0.0, 1.0]]
    certificate = certify(game, (sender, [[0.5, 0.5], [1.0, 0.0]], beliefs))
    assert certificate.verdict == "proved"  # there is an exact one nearby
    assert not certificate.exact_input
    tied = sg.SignalingGame([0.5 + 2.0**-50, 0.5 - 2.0**-50], [[[0, 0]]] * 2, [[[0, 1]], [[1, 0]]])
    given = [[1.0], [1.0]], [[0.5, 0.5]], [tied.prior]
    certificate = certify(tied, given)
    assert certificate.verdict == "not decided"
    assert "rounding may explain what is gained: player 'receiver'" in certificate.message


def test_floats_only():
    right = BEER, DETERRED, [[0.9, 0.1], [0, 1]]
    assert certify(FEW_WEAK, right, exact=False).verdict == "not decided"
    wrong = BEER, DETERRED, [[0.8, 0.2], [0, 1]]
    refuted = certify(FEW_WEAK, wrong, exact=False)
    assert refuted.verdict == "refuted"
    assert isinstance(refuted.deviation, sg.WrongBelief)
    deviating = certify(FEW_WEAK, (BEER, [[0, 1], [0, 1]], right[2]), exact=False)
    assert isinstance(deviating.deviation, sg.Deviation)


@pytest.mark.parametrize(
    ("game", "exact"),
    [
        (FEW_WEAK, True),
        (breakfast(0.5), False),
        (breakfast(HALF), True),
        (sg.SignalingGame([1], [[[0, 1]]], [[[2, 3]]]), True),
        (sg.SignalingGame([Fraction(1)], [[[0.5, 1]]], [[[2, 3]]]), False),
        (sg.SignalingGame([[Fraction(1)]], [[[0.5, 1]]], [[[2, 3]]])[0], False),
    ],
)
def test_exact_input_is_told(game, exact):
    assert game.has_binary_numbers != exact
    assert pickle.loads(pickle.dumps(game)).has_binary_numbers != exact  # noqa: S301
    strategies = [[1.0 / len(game.messages)] * len(game.messages)] * len(game.types)
    replies = [[1.0 / len(game.responses)] * len(game.responses)] * len(game.messages)
    certificate = certify(game, (strategies, replies, [game.prior] * len(game.messages)))
    assert certificate.exact_input == exact


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, r"equilibrium: int; expected a result with \.sender"),
        ((BEER, DETERRED), "equilibrium: tuple of 2; expected"),
        ((BEER, DETERRED, [[1, 0]]), r"equilibrium\.beliefs: list of 1; expected 2 rows"),
        ((BEER, [[0, 1], [1]], BELIEFS), r"equilibrium\.receiver\['quiche'\]: list of 1; expected"),
        ((BEER, [[0, 1], [1, 1]], BELIEFS), r"\.receiver\['quiche'\]: 1, 1; .* sum to exactly 1"),
        ((BEER, DETERRED, [["x", 1], [0, 1]]), r"\.beliefs\['beer'\]: 'x' at action 0"),
        ((BEER, "leave", BELIEFS), r"equilibrium\.receiver: str; expected 2 rows"),
    ],
)
def test_bad_strategies(given, message):
    with pytest.raises(sg.GameError, match=message):
        certify(FEW_WEAK, given)


def test_one_equilibrium_of_one_game():
    found = sg.perfect_bayesian(FEW_WEAK)
    with pytest.raises(sg.GameError, match="a result with 2 equilibria in shape"):
        certify(FEW_WEAK, found)
    mostly_weak = breakfast(Fraction(1, 10))
    assert certify(mostly_weak, sg.perfect_bayesian(mostly_weak)).verdict == "proved"
    family = sg.SignalingGame([[0.2, 0.8], [0.4, 0.6]], FEW_WEAK.sender, FEW_WEAK.receiver)
    with pytest.raises(sg.GameError, match="expected a single game"):
        certify(family, (BEER, DETERRED, BELIEFS))
    with pytest.raises(sg.GameError, match="unknown concept"):
        certify(FEW_WEAK, (BEER, DETERRED, BELIEFS), concept="Nash equilibrium")


def test_tampering_is_refused():
    wrong = certify(FEW_WEAK, (BEER, DETERRED, [["4/5", "1/5"], [0, 1]]))
    proved = certify(FEW_WEAK, (BEER, DETERRED, BELIEFS))

    def forged(certificate, **entries):
        content = json.loads(certificate.to_json())
        content.pop("checksum")
        content.update(entries)
        return Certificate.from_json(json.dumps({**content, "checksum": _checksum(content)}))

    with pytest.raises(sg.GameError, match="exact arithmetic gives refuted"):
        forged(wrong, verdict="proved", deviation=None).check(FEW_WEAK)
    deviation = {**json.loads(wrong.to_json())["deviation"], "given": "3/5"}
    with pytest.raises(sg.GameError, match="another deviation"):
        forged(wrong, deviation=deviation).check(FEW_WEAK)
    with pytest.raises(sg.GameError, match="labels that are no text"):
        forged(wrong, deviation={**deviation, "infoset": None})
    with pytest.raises(sg.GameError, match="labels that are no text"):
        forged(wrong, deviation={**deviation, "state": 1})
    with pytest.raises(sg.GameError, match="no rational"):
        forged(wrong, deviation={**deviation, "expected": 0.9})
    with pytest.raises(sg.GameError, match="incomplete"):
        forged(wrong, deviation={**deviation, "gain": "1"})
    with pytest.raises(sg.GameError, match="does not find it so"):
        forged(proved, radius="1/1000").check(FEW_WEAK)
    with pytest.raises(sg.GameError, match="4 distributions; expected 6"):
        forged(proved, strategies=[["1", "0"]] * 4).check(FEW_WEAK)
    with pytest.raises(sg.GameError, match="another game"):
        proved.check(breakfast(Fraction(4, 5)))
    with pytest.raises(sg.GameError, match="another game"):
        proved.check(FEW_WEAK.to_extensive_form())


@pytest.mark.parametrize("payoffs", ["integers", "fractions", "floats"])
def test_what_perfect_bayesian_finds_is_proved(payoffs):
    @given(signaling_games(types=(1, 3), messages=(1, 3), responses=(1, 3), payoffs=payoffs))
    @settings(max_examples=40)
    def check(game):
        for found in list(sg.perfect_bayesian(game, max_work=20_000))[:5]:
            certificate = certify(game, found)
            assert certificate.verdict == "proved"
            assert certificate.check(game)

    check()


@given(signaling_games(payoffs="integers"), st.data())
@settings(max_examples=60)
def test_verdicts_are_those_of_regret(game, data):
    """Of small rationals, whatever is gained is 0 or more than rounding."""

    def mix(count):
        weights = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count).filter(any))
        return [Fraction(weight, sum(weights)) for weight in weights]

    sender, receiver = [mix(2) for _ in range(2)], [mix(2) for _ in range(2)]
    prior, beliefs = game.exact_numbers().prior, []
    for m in range(2):
        weights = [p * share[m] for p, share in zip(prior, sender, strict=True)]
        beliefs.append([w / sum(weights) for w in weights] if sum(weights) else mix(2))
    assessment = sender, receiver, beliefs
    gain = sg.regret(game, tuple(np.array(rows, dtype=np.float64) for rows in assessment))
    certificate = certify(game, assessment)
    assert certificate.verdict == ("proved" if gain < 1e-9 else "refuted")
    assert certificate.check(game)
    if certificate.deviation is not None:
        assert float(certificate.deviation.gain) == pytest.approx(gain, abs=1e-12)
    # What is believed wrongly where a message is sent is no equilibrium.
    sent = next(
        m for m in range(2) if any(p * share[m] for p, share in zip(prior, sender, strict=True))
    )
    if max(beliefs[sent]) < 1:
        beliefs[sent] = beliefs[sent][::-1] if beliefs[sent][0] != HALF else [1, 0]
        assert isinstance(certify(game, assessment).deviation, sg.WrongBelief)


def faults(game, sender, receiver, beliefs):
    """The farthest that a belief is off Bayes' rule and the largest gain, from the definition."""
    prior, pays, replies = game.exact_numbers()
    off = gain = Fraction(0)
    for m, (mix, belief) in enumerate(zip(receiver, beliefs, strict=True)):
        sent = sum(p * share[m] for p, share in zip(prior, sender, strict=True))
        for t, believed in enumerate(belief):
            if sent:
                off = max(off, abs(believed - prior[t] * sender[t][m] / sent))
        each = [sum(b * replies[t, m, r] for t, b in enumerate(belief)) for r in range(len(mix))]
        gain = max(gain, max(each) - sum(p * x for p, x in zip(mix, each, strict=True)))
    for t, mix in enumerate(sender):
        each = [sum(p * pays[t, m, r] for r, p in enumerate(receiver[m])) for m in range(len(mix))]
        gain = max(gain, max(each) - sum(p * x for p, x in zip(mix, each, strict=True)))
    return off, gain


@pytest.mark.parametrize("payoffs", [(0, 1), (0, 1, 2), (0, 10**12, Fraction(1, 10**12))])
def test_verdicts_are_those_of_the_definition(payoffs):
    """Types of probability 0, ties, pooling; as rationals, and as the floats nearest to them."""
    rng = random.Random(str(payoffs))
    seen = Counter()

    def mix(count):
        weights = [rng.choice([0, 0, 1, 1, 2]) for _ in range(count)]
        return [Fraction(w, sum(weights)) for w in weights] if any(weights) else mix(count)

    def table(types, messages, responses):
        return [[[rng.choice(payoffs) for _ in range(responses)] for _ in range(messages)]
                for _ in range(types)]  # fmt: skip

    for _ in range(300):
        counts = types, messages, responses = rng.choice([(2, 2, 2), (3, 2, 2), (2, 3, 2)])
        prior = mix(types)
        game = sg.SignalingGame(prior, table(*counts), table(*counts))
        sender = [mix(messages)] * types if rng.random() < 0.4 else [mix(messages) for _ in prior]
        receiver, beliefs = [], []
        for m in range(messages):
            weights = [p * share[m] for p, share in zip(prior, sender, strict=True)]
            total = sum(weights)
            beliefs.append([w / total for w in weights] if total else mix(types))
            reply = [
                sum(
                    b * row[m][r]
                    for b, row in zip(beliefs[m], game.exact_numbers()[2], strict=True)
                )
                for r in range(responses)
            ]
            best = [r for r in range(responses) if reply[r] == max(reply)]
            best = rng.choice([best, best[:1], best[-1:]])
            receiver.append([Fraction(r in best, len(best)) for r in range(responses)])
        if rng.random() < 0.3:
            beliefs[rng.randrange(messages)] = mix(types)
        off, gain = faults(game, sender, receiver, beliefs)
        certificate = certify(game, (sender, receiver, beliefs))
        holds = off == gain == 0
        seen[holds] += 1
        assert certificate.verdict == ("proved" if holds else "refuted")
        assert Certificate.from_json(certificate.to_json()).check(game)
        if isinstance(certificate.deviation, sg.WrongBelief):
            assert abs(certificate.deviation.given - certificate.deviation.expected) == off
        elif not holds:
            assert (off, gain) == (0, certificate.deviation.gain)
        floats = [[list(map(float, row)) for row in part] for part in (sender, receiver, beliefs)]
        rounded = certify(game, floats)
        assert not holds or rounded.verdict == "proved"
        if rounded.verdict == "proved":
            rows, first, second = rounded.strategies, types, types + messages
            assert faults(game, rows[:first], rows[first:second], rows[second:]) == (0, 0)
            assert rounded.check(game)
    assert min(seen[True], seen[False]) > 20
