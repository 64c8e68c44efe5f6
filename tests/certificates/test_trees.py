"""Trees: what is true is proved, and every planted deviation refuted."""

import json
import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference import plain_trees
from reference.cases import load
from reference.trees import behavior_of, declared, kuhn, kuhn_strategies
from summitgames.certificates.rational import Certificate, _checksum, certify
from summitgames.certificates.regret import best_reply_gain, subgame_gain
from summitgames.testing import extensive_forms

MODEL = sg.model("composite")
NASH, PERFECT = "Nash equilibrium", "subgame-perfect equilibrium"


def behavior(equilibrium):
    return {key: array.copy() for key, array in equilibrium.behavior.items()}


@pytest.fixture(scope="module", params=["article", "rebuttal", "guarantees"])
def solved(request):
    return MODEL.game(request.param), MODEL.solve(request.param).equilibrium


def test_proves_the_solvers_equilibrium(solved):
    game, equilibrium = solved
    certificate = certify(game, equilibrium)
    assert certificate.verdict == "proved"
    assert certificate.deviation is None
    assert certificate.exact_input
    assert certificate.check(game)


def test_refutes_every_planted_deviation(solved):
    game, equilibrium = solved
    strategies = behavior(equilibrium)
    planted = 0
    for key, probabilities in list(strategies.items()):
        payoffs = equilibrium.action_payoffs(key)
        for action in range(len(probabilities)):
            loss = payoffs.max() - payoffs[action]
            if loss < 1e-9:  # another best action: no deviation
                continue
            planted += 1
            changed = {**strategies, key: np.eye(len(probabilities))[action]}
            certificate = certify(game, changed)
            assert certificate.verdict == "refuted"
            assert certificate.deviation is not None
            assert certificate.deviation.gain >= Fraction(loss) - Fraction(1, 10**9)
            assert certificate.check(game)
    assert planted > 50


def test_deviation_is_exact():
    game = sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                "l": sg.Outcome("l", {"a": Fraction(1, 3)}),
                "r": sg.Outcome("r", {"a": Fraction(1, 3) - Fraction(1, 10**30)}),
            },
        ),
        players=["a"],
    )
    assert certify(game, {"": [1, 0]}).verdict == "proved"
    refuted = certify(game, {"": [0, 1]})
    assert refuted.deviation is not None
    assert refuted.deviation.gain == Fraction(1, 10**30)
    assert refuted.deviation.action == "l"
    mixed = certify(game, {"": [Fraction(1, 4), Fraction(3, 4)]})
    assert mixed.deviation is not None
    assert mixed.deviation.gain == Fraction(3, 4 * 10**30)


def test_floats_are_taken_as_binary_numbers():
    def root(last):
        ends = {"l": sg.Outcome("l", {"a": 0.1 + 0.2}), "r": sg.Outcome("r", {"a": last})}
        return sg.ExtensiveForm(sg.Decision("a", ends), players=["a"])

    assert not certify(root(0.3), {"": [1, 0]}).exact_input
    assert certify(root(0.3), {"": [0, 1]}).verdict == "refuted"
    assert certify(root(0.1 + 0.2), {"": [0, 1]}).verdict == "proved"


def test_off_path_deviations_count():
    game = sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                "in": sg.Decision(
                    "b",
                    {
                        "fight": sg.Outcome("f", {"a": -1, "b": -1}),
                        "share": sg.Outcome("s", {"a": 1, "b": 1}),
                    },
                ),
                "out": sg.Outcome("o", {"a": 0, "b": 2}),
            },
        ),
        players=["a", "b"],
    )
    threat = certify(game, {"": [0, 1], "in": [1, 0]})  # a Nash equilibrium with an empty threat
    assert threat.verdict == "refuted"
    assert str(threat.deviation) == "player 'b' gains 2 (2) by 'share' at 'in'"


@pytest.fixture(scope="module")
def small():
    ends = {"l": sg.Outcome("l", {"a": 3}), "r": sg.Outcome("r", {"a": 1})}
    game = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"])
    return game, certify(game, {"": [1, 0]}), certify(game, {"": [0, 1]})


def test_irrational_payoffs_are_not_decided():
    x = sympy.Symbol("x")
    ends = {"l": sg.Outcome("l", {"a": sympy.exp(x)}), "r": sg.Outcome("r", {"a": 1})}
    game = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"], parameters=["x"]).bind(x=1)
    certificate = certify(game, {"": [1, 0]})
    assert certificate.verdict == "not decided"
    assert "rational" in certificate.message
    assert certify(game, {"": [0, 1]}, exact=False).message == certificate.message
    with pytest.raises(sg.GameError, match="decides nothing"):
        certificate.check(game)


def test_floats_only(small):
    game, _, _ = small
    assert certify(game, {"": [1, 0]}, exact=False).verdict == "not decided"
    assert certify(game, {"": [0, 1]}, exact=False).verdict == "refuted"


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ({}, "missing"),
        ({"": [1]}, "list of 1; expected 2 probabilities"),
        ({"": [0.5, 0.6]}, "sum to 1 within 1e-09"),
        ({"": [Fraction(1, 2), Fraction(3, 5)]}, "sum to exactly 1"),
        ({"": [1, 0], "b": [1, 0]}, "unknown infoset 'b'"),
        ({"": [2, -1]}, "sum to exactly 1"),
        ({"": [np.nan, 1]}, "nan"),
        ([1, 0], "expected a mapping"),
    ],
)
def test_bad_strategies(small, strategies, message):
    game, _, _ = small
    with pytest.raises(sg.GameError, match=message):
        certify(game, strategies)


def test_families_and_forgetfulness_are_refused():
    with pytest.raises(sg.GameError, match="expected a single game"):
        certify(MODEL.game(trust=[0.1, 0.2]), {})
    ends = [sg.Outcome(str(i), {"a": i}) for i in range(4)]
    forgetful = sg.Decision(
        "a",
        {
            "l": sg.Decision("a", {"x": ends[0], "y": ends[1]}, infoset="h"),
            "r": sg.Decision("a", {"x": ends[2], "y": ends[3]}, infoset="h"),
        },
    )
    with pytest.raises(sg.SolverError, match="infoset 'h' of player 'a': something that"):
        certify(sg.ExtensiveForm(forgetful, players=["a"]), {})


# Hidden moves


TWO = [
    case
    for case in load("efg")
    if "extreme_equilibria" in case.answer and case.answer["perfect_recall"]
]


def end(*payoffs):
    return sg.Outcome("end", dict(zip("abc", payoffs, strict=False)))


def simultaneous(table):
    """Both choose at once: payoffs (a, b) of a's rows against b's columns."""
    rows = {
        f"r{i}": sg.Decision("b", {f"c{j}": end(*pays) for j, pays in enumerate(row)}, infoset="b")
        for i, row in enumerate(table)
    }
    return sg.Decision("a", rows, infoset="a")


def battle():
    """Kohlberg & Mertens (1986): a may stay out, for 3/2; in the battle it may get 2, 1 or 2/3."""
    inside = simultaneous([[(2, 1), (0, 0)], [(0, 0), (1, 2)]])
    root = sg.Decision("a", {"out": end(Fraction(3, 2), 3), "in": inside})
    return sg.ExtensiveForm(root, players=["a", "b"])


def horse():
    (case,) = (case for case in load("extensive") if case.id == "three-player-horse")
    return declared(case)


def in_floats(strategies):
    return {key: [float(p) for p in mix] for key, mix in strategies.items()}


@pytest.mark.parametrize("case", TWO, ids=str)
def test_published_equilibria_are_proved(case):
    game = sg.read_game(case.input["text"])
    plans = [[group[0] for group in case.answer["reduced_strategic_form"][f"{side}_plans"]]
             for side in ("row", "column")]  # fmt: skip
    for pair in case.answer["extreme_equilibria"]:
        strategies = {}
        for player, own, mix in zip(game.players, plans, (pair["x"], pair["y"]), strict=True):
            strategies |= behavior_of(game, player, own, [Fraction(p) for p in mix])
        certificate = certify(game, strategies, concept=NASH)
        assert certificate.verdict == "proved"
        assert certificate.exact_input
        assert certificate.check(game)
        rounded = certify(game, in_floats(strategies), concept=NASH)
        assert rounded.verdict == "proved"
        assert rounded.distance < 1e-15
        assert rounded.strategies == certificate.strategies


@pytest.mark.parametrize("case", load("extensive"), ids=str)
def test_published_pure_equilibria_are_proved_and_no_other_profile(case):
    game = declared(case)
    numbers = [game.players.index(infoset.player) + 1 for infoset in game.infosets]
    names = [f"{n}:{infoset.label}" for n, infoset in zip(numbers, game.infosets, strict=True)]

    def plans(which):
        found = [equilibrium["plan"] for equilibrium in case.answer[which]]
        return {tuple(plan[name] for name in names) for plan in found}

    for concept, which in ((NASH, "pure_nash"), (PERFECT, "pure_subgame_perfect")):
        # Without proper subgames every equilibrium is subgame perfect.
        expected = plans(which if which in case.answer else "pure_nash")
        for profile in product(*(infoset.actions for infoset in game.infosets)):
            strategies = {
                infoset.key: [int(action == chosen) for action in infoset.actions]
                for infoset, chosen in zip(game.infosets, profile, strict=True)
            }
            certificate = certify(game, strategies, concept=concept)
            assert certificate.verdict == ("proved" if profile in expected else "refuted")
            assert certificate.check(game)


@given(st.fractions(0, Fraction(1, 3)))
@settings(max_examples=20)
def test_kuhns_family_is_proved(bluff):
    game = kuhn()
    for concept in (NASH, PERFECT):
        certificate = certify(game, kuhn_strategies(bluff), concept=concept)
        assert certificate.verdict == "proved"
        assert certificate.exact_input
    near = certify(game, in_floats(kuhn_strategies(bluff)))
    assert near.verdict == "proved"
    assert near.distance < 1e-15


@given(st.fractions(Fraction(1, 3) + Fraction(1, 10**12), 1))
@settings(max_examples=20)
def test_outside_kuhns_family_is_refuted(bluff):
    strategies = kuhn_strategies(bluff)
    strategies["K"], strategies["Q check bet"] = [1, 0], [Fraction(2, 3), Fraction(1, 3)]
    certificate = certify(kuhn(), strategies)
    assert certificate.verdict == "refuted"
    assert str(certificate.deviation).startswith("player 'b' gains ")
    assert certificate.check(kuhn())


def test_floats_of_kuhns_ends_are_the_ends():
    for bluff in (Fraction(0), Fraction(1, 3)):
        strategies = kuhn_strategies(bluff)
        found = certify(kuhn(), in_floats(strategies)).strategies
        assert found == tuple(tuple(map(Fraction, strategies[i.key])) for i in kuhn().infosets)
    # The solver's own end of the segment.
    certificate = certify(kuhn(), sg.sequence_form(kuhn()))
    assert certificate.concept == NASH
    assert certificate.verdict == "proved"
    assert all(p.denominator in (1, 3) for mix in certificate.strategies for p in mix)


@pytest.mark.parametrize("concept", [None, "Nash equilibrium"])
def test_both_segments_of_the_horse_are_proved_and_nothing_beside(concept):
    game = horse()
    for a, b, c in [
        *((1, 1, Fraction(up, 60)) for up in range(61)),
        *((0, Fraction(down, 60), 1) for down in range(61)),
    ]:
        strategies = {key: [p, 1 - p] for key, p in zip("123", (a, b, c), strict=True)}
        holds = c <= Fraction(1, 4) if a else b >= Fraction(1, 3)
        for form in (strategies, in_floats(strategies)):
            certificate = certify(game, form, concept=concept)
            assert certificate.verdict == ("proved" if holds else "refuted")
            assert certificate.check(game)


def test_subgames_make_the_difference():
    """Out, with a battle inside that a would enter for 2, but plays to lose."""
    game, threat = battle(), {"": [1, 0], "a": [1, 0], "b": [0, 1]}
    nash = certify(game, threat, concept=NASH)
    assert nash.verdict == "proved"
    perfect = certify(game, threat)
    assert perfect.concept == PERFECT
    assert perfect.verdict == "refuted"
    assert str(perfect.deviation) == "player 'a' gains 1 (1) by 'r1' at 'a'"
    assert nash.check(game)
    assert perfect.check(game)
    assert nash.game_digest == perfect.game_digest


def test_what_was_proved_as_nash_does_not_pass_for_subgame_perfect():
    game, threat = battle(), {"": [1, 0], "a": [1, 0], "b": [0, 1]}
    content = json.loads(certify(game, threat, concept=NASH).to_json())
    content.pop("checksum")
    content["concept"] = PERFECT
    text = json.dumps({**content, "checksum": _checksum(content)})
    with pytest.raises(sg.GameError, match="exact arithmetic gives refuted: player 'a' gains 1"):
        Certificate.from_json(text).check(game)
    with pytest.raises(sg.GameError, match="content was changed"):
        Certificate.from_json(json.dumps({**json.loads(text), "verdict": "refuted"}))


def test_every_subgame_perfect_equilibrium_of_the_battle_is_proved():
    game = battle()
    for found in sg.subgame_perfect(game):
        certificate = certify(game, found)
        assert (certificate.concept, certificate.verdict) == (PERFECT, "proved")
        assert certificate.check(game)
    mixed = {"": [1, 0], "a": [2 / 3, 1 / 3], "b": [0.3333333334, 0.6666666666]}
    third = Fraction(1, 3)
    certificate = certify(game, mixed)
    assert certificate.strategies == ((1, 0), (2 * third, third), (third, 2 * third))
    assert 6e-11 < certificate.distance < 7e-11
    mixed["b"] = [0.33334, 0.66666]
    refuted = certify(game, mixed)
    assert refuted.verdict == "refuted"
    assert refuted.deviation.infoset == "a"
    assert refuted.message == "no exact equilibrium was found on this support within 1e-09"


def test_a_result_with_one_equilibrium_is_taken_and_others_are_not():
    game = sg.ExtensiveForm(
        simultaneous([[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]]), players=["a", "b"]
    )
    found = sg.subgame_perfect(game)
    assert certify(game, found).verdict == "proved"
    with pytest.raises(sg.GameError, match="a result with 3 equilibria"):
        certify(battle(), sg.subgame_perfect(battle()))


def test_a_departure_may_need_two_moves():
    """a passes for 1; betting, and then not what its strategy says, pays 2."""
    again = {
        f"b{i}": sg.Decision("a", {"x": end(2 * i, 0), "y": end(0, 0)}, infoset="later")
        for i in range(2)
    }
    root = sg.Decision("a", {"pass": end(1, 0), "bet": sg.Decision("b", again)})
    game = sg.ExtensiveForm(root, players=["a", "b"])
    certificate = certify(game, {"": [1, 0], "bet": [0, 1], "later": [0, 1]}, concept=NASH)
    assert str(certificate.deviation) == "player 'a' gains 1 (1) by 'bet' at 'the root'"
    # Where the way is right and its end wrong, the end is what is named.
    certificate = certify(game, {"": [0, 1], "bet": [0, 1], "later": [0, 1]}, concept=NASH)
    assert str(certificate.deviation) == "player 'a' gains 2 (2) by 'x' at 'later'"


def agents(values):
    """Three players who choose at once, each a player of a published table."""
    players = ["a", "b", "c"]

    def node(profile):
        if len(profile) == 3:
            return end(*(values[i][profile] for i in range(3)))
        below = {str(action): node((*profile, action)) for action in range(2)}
        player = players[len(profile)]
        return sg.Decision(player, below, infoset=player)

    return sg.ExtensiveForm(node(()), players=players)


def test_an_irrational_equilibrium_of_three_players_is_proved_to_lie_near():
    (case,) = load("normal_form")
    game = agents([np.array(table, dtype=object) for table in case.input["payoffs"]])
    mixes = sg.logit_path(game.to_normal_form()).limit
    certificate = certify(game, dict(zip("abc", mixes, strict=True)))
    assert certificate.verdict == "proved"
    assert 0 < certificate.radius < Fraction(1, 10**40)
    again = Certificate.from_json(certificate.to_json())
    assert again.check(game)


def test_forgotten_or_hidden_information_is_of_another_game():
    """Certificates tell the information sets apart, not the tree alone."""
    table = [[(2, 1), (0, 0)], [(0, 0), (1, 2)]]
    hidden = sg.ExtensiveForm(simultaneous(table), players=["a", "b"])
    rows = {
        f"r{i}": sg.Decision("b", {f"c{j}": end(*pays) for j, pays in enumerate(row)})
        for i, row in enumerate(table)
    }
    seen = sg.ExtensiveForm(sg.Decision("a", rows, infoset="a"), players=["a", "b"])
    certificate = certify(hidden, {"a": [1, 0], "b": [1, 0]})
    with pytest.raises(sg.GameError, match="another game"):
        certificate.check(seen)


def test_floats_only_with_hidden_moves():
    game = battle()
    threat = {"": [1, 0], "a": [1, 0], "b": [0, 1]}
    assert certify(game, threat, concept=NASH, exact=False).verdict == "not decided"
    refuted = certify(game, threat, exact=False)
    assert refuted.verdict == "refuted"
    assert refuted.deviation == certify(game, threat).deviation


def test_concepts_are_named():
    with pytest.raises(sg.GameError, match="unknown concept 'nash'; did you mean 'Nash equil"):
        certify(battle(), {}, concept="nash")
    with pytest.raises(sg.GameError, match=r"unknown concept \['nash'\]; did you mean"):
        certify(battle(), {}, concept=["nash"])
    with pytest.raises(sg.GameError, match="unknown concept 'subgame-perfect equilibrium'"):
        certify(sg.NormalForm([[1, 0]]), [[1, 0]], concept=PERFECT)


# Any tree


@given(extensive_forms(information="recall", max_nodes=40, max_depth=6))
@settings(max_examples=60)
def test_what_sequence_form_finds_is_proved(game):
    certificate = certify(game, sg.sequence_form(game))
    assert (certificate.concept, certificate.verdict) == (NASH, "proved")
    again = Certificate.from_json(certificate.to_json())
    assert again == certificate
    assert again.check(game)


@given(extensive_forms(information="recall", max_nodes=30, players=["a", "b", "c"]))
@settings(max_examples=60)
def test_what_subgame_perfect_finds_is_proved(game):
    found = sg.subgame_perfect(game)
    listed = [found] if isinstance(found, sg.SubgamePerfectEquilibrium) else list(found)
    for equilibrium in listed[:5]:
        certificate = certify(game, equilibrium)
        assert (certificate.concept, certificate.verdict) == (PERFECT, "proved")
        assert certificate.check(game)


@given(extensive_forms(information="recall", payoffs="floats", max_nodes=40))
@settings(max_examples=60)
def test_of_floats_only_what_nearly_ties_is_not_decided(game):
    certificate = certify(game, sg.sequence_form(game))
    if certificate.verdict != "proved":
        assert certificate.verdict == "not decided"
        assert "rounding may explain what is gained" in certificate.message


@given(extensive_forms(information="recall"), st.data())
@settings(max_examples=100)
def test_verdicts_are_those_of_regret(game, data):
    """Weights are small whole numbers, so that what is gained is 0 or more than rounding."""
    strategies = {}
    for infoset in game.infosets:
        count = len(infoset.actions)
        weights = data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count).filter(any))
        strategies[infoset.key] = [Fraction(weight, sum(weights)) for weight in weights]
    floats = in_floats(strategies)
    for concept, gained in ((NASH, best_reply_gain), (PERFECT, subgame_gain)):
        gain = gained(game, floats)
        certificate = certify(game, strategies, concept=concept)
        assert certificate.verdict == ("proved" if gain < 1e-9 else "refuted")
        assert certificate.check(game)
        if certificate.deviation is not None:
            assert 0 < certificate.deviation.gain <= gain + 1e-9
        # Floats stand for the same.
        assert certify(game, floats, concept=concept).verdict == certificate.verdict


@given(extensive_forms(information="recall", max_nodes=30), st.data())
@settings(max_examples=60)
def test_planted_mistakes_are_refuted(game, data):
    """An action that is worse, where the strategies lead."""
    found = sg.sequence_form(game)
    strategies = {infoset.key: found.behavior[infoset].tolist() for infoset in game.infosets}
    if not strategies:
        return
    infoset = data.draw(st.sampled_from(game.infosets))
    action = data.draw(st.integers(0, len(infoset.actions) - 1))
    planted = {**strategies, infoset.key: np.eye(len(infoset.actions))[action]}
    gain = best_reply_gain(game, planted)
    certificate = certify(game, planted, concept=NASH)
    if gain > 1e-9:
        assert certificate.verdict == "refuted"
        assert certificate.check(game)
    else:
        assert certificate.verdict == "proved"


# By plain enumeration


def candidates(rng, tree):
    """Pure strategies, mixes of small rationals, and what replies in turn lead to."""

    def mix(count):
        weights = [rng.choice([0, 0, 1, 1, 2]) for _ in range(count)]
        return [Fraction(w, sum(weights)) for w in weights] if any(weights) else mix(count)

    def pure(count):
        chosen = rng.randrange(count)
        return [Fraction(action == chosen) for action in range(count)]

    infosets = plain_trees.infosets(tree)
    for draw in (mix, pure, pure):
        yield {label: draw(count) for label, (_, count) in infosets.items()}
    strategies = {label: pure(count) for label, (_, count) in infosets.items()}
    roots = plain_trees.subgames(tree)
    for root in [*reversed(roots)] * 2:
        for label, (player, count) in plain_trees.infosets(root).items():
            each = []
            for action in range(count):
                strategies[label] = [Fraction(action == other) for other in range(count)]
                each.append(plain_trees.value(root, strategies)[player])
            best = [Fraction(pays == max(each)) for pays in each]
            strategies = {**strategies, label: [share / sum(best) for share in best]}
    yield strategies


@pytest.mark.parametrize("payoffs", [(0, 1), (0, 1, 2), (-3, 0, 10**12, Fraction(1, 10**12))])
def test_verdicts_are_those_of_plain_enumeration(payoffs):
    """All pure strategies of everybody, in every subgame; chance also with probability 0."""
    rng = random.Random(str(payoffs))
    seen = Counter()
    for _ in range(25):
        tree = plain_trees.random_tree(rng, payoffs, depth=rng.choice([3, 4]))
        players = range(plain_trees.n_players(tree))
        if max(sum(1 for _ in plain_trees.plans(tree, player)) for player in players) > 100:
            continue
        game = plain_trees.game_of(tree)
        roots = plain_trees.subgames(tree)
        for strategies in candidates(rng, tree):
            for concept, within in ((NASH, roots[:1]), (PERFECT, roots)):
                certificate = certify(game, strategies, concept=concept)
                gains = [plain_trees.gain(root, strategies) for root in within]
                holds = max(gains) <= 0
                seen[concept, holds] += 1
                assert certificate.verdict == ("proved" if holds else "refuted")
                assert Certificate.from_json(certificate.to_json()).check(game)
                if not holds:
                    assert 0 < certificate.deviation.gain <= max(gains)
                    stated = certificate.deviation
                    if not game.has_perfect_information:
                        action = int(stated.action)
                        inside = [r for r in within if stated.infoset in plain_trees.infosets(r)]
                        last = inside[-1]  # the subgame that begins last before
                        proper = [r for r in within if r in plain_trees.subgames(last)[1:]]
                        beyond = {name for r in proper for name in plain_trees.infosets(r)}
                        there = plain_trees.gain_there(
                            last, strategies, stated.infoset, action, beyond=beyond
                        )
                        assert stated.gain == there
                floats = {label: list(map(float, mix)) for label, mix in strategies.items()}
                rounded = certify(game, floats, concept=concept)
                assert not holds or rounded.verdict == "proved"
                if rounded.verdict == "proved" and not rounded.radius:
                    pairs = zip(game.infosets, rounded.strategies, strict=True)
                    exact = {infoset.label: mix for infoset, mix in pairs}
                    assert max(plain_trees.gain(root, exact) for root in within) <= 0
    assert min(seen[c, h] for c in (NASH, PERFECT) for h in (True, False)) > 10


def lottery(probabilities, *payoffs):
    """A choice between 'sure' and a chance node, with hidden moves after it or not."""
    first, second = payoffs
    branches = {
        str(n): (p, sg.Outcome("", {"a": second, "b": 0})) for n, p in enumerate(probabilities)
    }
    moves = {"sure": sg.Outcome("", {"a": first, "b": 0}), "lot": sg.Chance(branches)}
    return sg.ExtensiveForm(sg.Decision("a", moves), players=["a", "b"])


@pytest.mark.parametrize("probabilities", [(0.1, 0.2, 0.7), (0.5, 0.5 - 4e-10), (0.7, 0.3 + 9e-10)])
@pytest.mark.parametrize("level", [-(10**15), -1, 1, 10**12])
@pytest.mark.parametrize("exact", [True, False])
def test_chance_that_sums_to_1_only_nearly_makes_no_lottery_worse(probabilities, level, exact):
    """What all branches pay is what the lottery pays, for certain, however large it is."""
    assert sum(map(Fraction, probabilities)) != 1
    gain = Fraction(1, 10**5)
    number = Fraction if exact else float
    for extra, sure, lot in ((0, "proved", "proved"), (gain, "refuted", "proved"),
                             (-gain, "proved", "refuted")):  # fmt: skip
        game = lottery(probabilities, level, level + extra)
        for action, verdict in ((0, sure), (1, lot)):
            mix = [number(action == 0), number(action == 1)]
            for concept in (NASH, PERFECT):
                found = certify(game, {"": mix}, concept=concept)
                assert found.verdict == verdict
                assert found.check(game)
                if verdict == "refuted":
                    assert found.deviation.gain == gain
            assert certify(game, ({"": mix}, {})).verdict == verdict


def test_trunks_with_such_lotteries_are_solved():
    """What a subgame pays is what its ends do: matching pennies below, and a sure payoff beside."""
    level = 10**12
    for extra, expected in ((0, {(1, 0), (0, 1)}), (Fraction(1, 10**5), {(0, 1)})):

        def pennies(probability, value):
            rows = {
                row: sg.Decision(
                    "b",
                    {
                        column: sg.Outcome("", {"a": value, "b": int(row == column)})
                        for column in "ht"
                    },
                    infoset=f"b {probability}",
                )
                for row in "ht"
            }
            return probability, sg.Decision("a", rows, infoset=f"a {probability}")

        lot = {str(p): pennies(p, level + extra) for p in (0.1, 0.2, 0.7)}
        moves = {"sure": sg.Outcome("", {"a": level, "b": 0}), "lot": sg.Chance(lot)}
        game = sg.ExtensiveForm(sg.Decision("a", moves, infoset="top"), players=["a", "b"])
        found = sg.subgame_perfect(game)
        assert {tuple(map(float, one.behavior["top"])) for one in found} == expected
        for one in list(found)[:3]:
            assert certify(game, one).verdict == "proved"


def test_solvers_in_exact_numbers_see_such_ties():
    game = lottery((0.1, 0.2, 0.7), 10**12, 10**12)
    found = sg.sequential_equilibria(game)
    assert {tuple(map(float, one.behavior[""])) for one in found} >= {(1, 0), (0, 1)}
    better = lottery((0.1, 0.2, 0.7), 10**12, 10**12 + Fraction(1, 10**5))
    (only,) = sg.sequential_equilibria(better)
    assert tuple(map(float, only.behavior[""])) == (0, 1)


@pytest.mark.parametrize(
    ("value", "exact"),
    [(Fraction(1, 10), True), (3, True), (3.0, True), (Decimal("0.1"), True), (0.1, False),
     (np.float64(0.1), False), (np.array(0.1), False), (sympy.Float(0.1), False),
     (sympy.Rational(1, 3), True)],
)  # fmt: skip
def test_floats_for_parameters_are_told_as_those_in_outcomes_are(value, exact):
    x = sympy.Symbol("x")
    ends = {"l": sg.Outcome("l", {"a": x}), "r": sg.Outcome("r", {"a": 9})}
    form = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"], parameters=["x"])
    right = {"": [0, 1]}
    game = form.bind(x=value)
    assert certify(game, right).exact_input == exact
    assert certify(game.bind(x=Fraction(1, 3)), right).exact_input
    assert certify(form.bind(x=1), right).exact_input  # nothing stays behind


def test_floats_of_a_family_are_told_game_by_game():
    x = sympy.Symbol("x")
    ends = {"l": sg.Outcome("l", {"a": x}), "r": sg.Outcome("r", {"a": 9})}
    form = sg.ExtensiveForm(sg.Decision("a", ends), players=["a"], parameters=["x"])
    family = form.bind(x=[0.1, 2.0, 0.5])
    told = [certify(game, {"": [0, 1]}).exact_input for game in family]
    assert told == [False, True, False]
    assert not certify(family[1:][1], {"": [0, 1]}).exact_input
