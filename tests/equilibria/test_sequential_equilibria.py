"""Sequential equilibria: published trees, tied beliefs, a brute force, signaling games."""

import math
import pickle
import random
from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import load
from reference.trembles import Tremor, declared, hidden_tree, horse, observed_trembles
from summitgames.certificates.consistency import AssessmentProver
from summitgames.testing import extensive_forms, signaling_games

END = {"a": 0, "b": 0}
PERFECT = [case for case in load("extensive") if declared(case).has_perfect_information]
FILES = [case for case in load("efg") if case.answer["perfect_recall"]]


def choices(equilibrium):
    """Actions of a pure equilibrium."""
    return tuple(row.index(1) for row in equilibrium.exact_behavior)


def prove(found):
    """Every equilibrium is proved, by the prover and by hand."""
    prover, tremor = AssessmentProver(found.game), Tremor(found.game)
    for equilibrium in found:
        rows = (*equilibrium.exact_behavior, *equilibrium.exact_beliefs)
        assert prover.deviation(rows) is None
        assert tremor.gain(equilibrium.exact_behavior, equilibrium.exact_beliefs) == 0
        assert equilibrium.regret == 0


# Published trees


def test_horse():
    found = sg.sequential_equilibria(horse(), mixing=3)
    assert found.status == found.pure_status == sg.Status.COMPLETE
    assert found.message == ""
    assert found.behavior["first"].tolist() == [[1, 0], [1, 0]]
    assert found.behavior["second"].tolist() == [[1, 0], [1, 0]]
    assert found.behavior["third"].tolist() == [[0, 1], [0.125, 0.875]]
    pure, mixed = found
    assert pure.is_pure
    assert not mixed.is_pure
    assert found.is_pure.tolist() == [True, False]
    # In preorder, the node after the second player's move is first: believed in with 2/3 or more.
    third = 1 / 3
    assert pure.belief_vertices["third"] == pytest.approx(np.array([[1, 0], [1 - third, third]]))
    assert mixed.beliefs["third"] == pytest.approx([1 - third, third])
    assert mixed.strategy_vertices["third"].tolist() == [[0, 1], [0.25, 0.75]]
    assert pure.is_product
    assert found.payoffs.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert found.path.tolist() == ["across > across"] * 2
    assert found.regret.tolist() == [0, 0]
    prove(found)


def test_three_player_horse_of_the_catalogue():
    (case,) = (case for case in load("extensive") if case.id == "three-player-horse")
    answer = case.answer["sequential"]
    game = declared(case)
    found = sg.sequential_equilibria(game, mixing=3)
    assert found.status == sg.Status.COMPLETE
    pure, mixed = found
    for equilibrium in found:
        assert equilibrium.behavior["1"].tolist() == [1, 0]
        assert equilibrium.behavior["2"].tolist() == [1, 0]
    up = mixed.strategy_vertices["3"][:, 0]
    assert up.max() == float(answer["third_up_at_most"])
    assert up.min() == 0
    across = game.infoset("3").nodes.index(game.tree.find("across"))
    at_most = float(answer["belief_after_across_if_low_for_sure_at_most"])
    assert pure.belief_vertices["3"][:, across].max() == pytest.approx(at_most)
    assert pure.belief_vertices["3"][:, across].min() == 0
    assert mixed.exact_beliefs[2][across] == answer["belief_after_across_if_mixing"]
    prove(found)


@pytest.mark.parametrize("case", PERFECT, ids=str)
def test_published_trees_of_perfect_information(case):
    game = declared(case)
    found = sg.sequential_equilibria(game, mixing=0)
    assert found.status == found.pure_status == sg.Status.COMPLETE
    plans = [
        {
            f"{game.players.index(i.player) + 1}:{i.given_label}": i.actions[a]
            for i, a in zip(game.infosets, choices(equilibrium), strict=True)
        }
        for equilibrium in found
    ]
    listed = [entry["plan"] for entry in case.answer["pure_subgame_perfect"]]
    assert sorted(map(str, map(sorted, (plan.items() for plan in plans)))) == sorted(
        map(str, map(sorted, (plan.items() for plan in listed)))
    )


@pytest.mark.parametrize("case", FILES, ids=str)
def test_published_files(case):
    game = sg.read_game(case.input["text"])
    if case.id == "impossible-branches":
        with pytest.raises(sg.SolverError, match="probability of 'y' at chance node the root is 0"):
            sg.sequential_equilibria(game)
        return
    found = sg.sequential_equilibria(game, mixing=3)
    prove(found)
    nash = [[*map(float, entry["payoffs"])] for entry in case.answer["extreme_equilibria"]]
    if case.id == "inner-and-missing-outcomes":  # mixes at five information sets
        assert found.status == sg.Status.FAILED
        assert found.pure_status == sg.Status.NONE
        assert "more than 3 information sets" in found.message
        return
    # In these games all Nash equilibria are isolated and reach every information set.
    assert found.status == sg.Status.COMPLETE
    assert np.array(sorted(found.payoffs.tolist())) == pytest.approx(np.array(sorted(nash)))
    assert len(found) == case.answer["n_extreme"]


def test_all_files_of_perfect_recall_are_looked_at():
    assert len(FILES) == 6


@pytest.mark.parametrize(
    "case", [c for c in load("efg") if not c.answer["perfect_recall"]], ids=str
)
def test_imperfect_recall_is_refused(case):
    with pytest.raises(sg.SolverError, match="expected a game of perfect recall"):
        sg.sequential_equilibria(sg.read_game(case.input["text"]))


@pytest.mark.parametrize("case", load("signaling"), ids=str)
def test_published_signaling_games(case):
    fields = case.input
    game = sg.SignalingGame(**fields)
    tree = game.to_extensive_form()
    found = sg.sequential_equilibria(tree, mixing=4)
    prove(found)
    assert found.status == sg.Status.COMPLETE
    # Of two types, messages and responses: patterns of 0, 1 and m, and the vertices of the sets.
    own, theirs = places(tree, "sender", game.types), places(tree, "receiver", game.messages)

    def status(equilibrium, numbers):
        shares = [equilibrium.exact_behavior[number][0] for number in numbers]
        return "".join("m" if 0 < share < 1 else str(share) for share in shares)

    def vertices(equilibrium, numbers):
        """Probabilities of the first action, corner by corner."""
        parts = [
            [dict(zip(part, rows, strict=True)) for rows in zip(*part.values(), strict=True)]
            for part in equilibrium.entry.mix_sets
        ]
        corners = set()
        for chosen in product(*parts):
            mixes = dict(enumerate(equilibrium.exact_behavior))
            for part in chosen:
                mixes |= part
            corners.add(tuple(mixes[number][0] for number in numbers))
        return corners

    solved = {
        (status(e, own), status(e, theirs)): (vertices(e, own), vertices(e, theirs)) for e in found
    }
    assert len(solved) == len(found)
    assert solved == {
        (entry["status_sender"], entry["status_receiver"]): (
            set(map(tuple, entry["sender_vertices"])),
            set(map(tuple, entry["receiver_vertices"])),
        )
        for entry in case.answer["equilibria"]
    }


# Textbook games


def beer_quiche(strong):
    return sg.SignalingGame(
        prior=[strong, 1 - strong],
        sender=[[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        receiver=[[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
        types=["strong", "weak"],
        messages=["beer", "quiche"],
        responses=["fight", "leave"],
    )


def test_beer_and_quiche_pools_where_the_strong_are_many():
    game = beer_quiche(Fraction(9, 10))
    found = sg.sequential_equilibria(game.to_extensive_form(), mixing=4)
    assert found.status == sg.Status.COMPLETE
    pure = [e for e in found if e.is_pure]
    assert [e.behavior["strong"].tolist() for e in pure] == [[1, 0], [0, 1]]
    assert [e.behavior["weak"].tolist() for e in pure] == [[1, 0], [0, 1]]
    assert pure[0].belief_vertices["quiche"].tolist() == [[0, 1], [0.5, 0.5]]
    assert pure[0].beliefs["beer"] == pytest.approx([0.9, 0.1])
    # Off the path the reply may mix, as long as it deters.
    assert [sorted(e.strategy_vertices) for e in found if not e.is_pure] == [["quiche"], ["beer"]]


def test_beer_and_quiche_mixes_where_the_weak_are_many():
    found = sg.sequential_equilibria(beer_quiche(Fraction(1, 10)).to_extensive_form(), mixing=4)
    (equilibrium,) = found
    assert found.status == sg.Status.COMPLETE
    assert found.pure_status == sg.Status.NONE
    assert equilibrium.behavior["weak"].tolist() == pytest.approx([1 / 9, 8 / 9])
    assert equilibrium.behavior["beer"].tolist() == [0.5, 0.5]
    assert equilibrium.beliefs["beer"].tolist() == [0.5, 0.5]


def entry(fight, knows):
    """An entrant prepared or not, whom the incumbent sees enter without knowing which."""

    def reply(prepared):
        pay = 1 if prepared else 0
        ends = {
            "fight": sg.Outcome("war", {"a": pay - 2, "b": fight}),
            "share": sg.Outcome("peace", {"a": pay + 1, "b": 1}),
        }
        return sg.Decision("b", ends, infoset=f"reply {prepared}" if knows else "reply")

    moves = {
        "out": sg.Outcome("out", {"a": 0, "b": 3}),
        "prepared": reply(True),  # noqa: FBT003
        "bare": reply(False),  # noqa: FBT003
    }
    return sg.ExtensiveForm(sg.Decision("a", moves, infoset="entry"), players=["a", "b"])


def test_entry_is_not_deterred_by_threats_no_belief_supports():
    game = entry(fight=0, knows=False)  # sharing is better whatever is believed
    found = sg.sequential_equilibria(game)
    (equilibrium,) = found
    assert found.status == sg.Status.COMPLETE
    assert equilibrium.behavior["entry"].tolist() == [0, 1, 0]
    # The threat is a Nash equilibrium, and the game has no proper subgame.
    threat = {"entry": [1, 0, 0], "reply": [1, 0]}
    assert sg.regret(game, threat) == 0
    assert len(game.subgames) == 0


def centipede(length):
    node = sg.Outcome("end", {"a": length + 1, "b": length + 1})
    for step in range(length, 0, -1):
        player = "ab"[(step - 1) % 2]
        other = "ba"[(step - 1) % 2]
        stop = sg.Outcome("stop", {player: step + 2, other: step - 1})
        node = sg.Decision(player, {"stop": stop, "go on": node})
    return sg.ExtensiveForm(node, players=["a", "b"])


def test_centipede_stops_at_once():
    for length in (6, 2000):
        found = sg.sequential_equilibria(centipede(length))
        assert found.status == sg.Status.COMPLETE
        assert [set(e.exact_behavior) for e in found] == [{(Fraction(1), Fraction(0))}]


# Beliefs that are tied


def says_yes(game):
    found = sg.sequential_equilibria(game, mixing=0)
    assert found.status == sg.Status.COMPLETE
    prove(found)
    return [e for e in found if all(e.behavior[f"sees {i}"][0] == 1 for i in range(3))]


TINY = Fraction(1, 10**12)


@pytest.mark.parametrize(
    ("lows", "highs", "exists"),
    [
        ((2, 3, 0), (9, 9, 5), False),  # the product of odds is 6 at least
        ((2, 3, 0), (9, 9, 6), True),
        ((2, 3, 0), (9, 9, 6 - TINY), False),
        ((2, 3, 7), (9, 9, 8), True),
        ((2, 3, 6), (2, 3, 6), True),
        ((2, 3, 6 + TINY), (2, 3, 7), False),
        ((1, 1, 81 + TINY), (9, 9, 100), False),
        ((1, 1, 81), (9, 9, 100), True),
    ],
)
def test_odds_of_two_slips_are_the_product_of_those_of_each(lows, highs, exists):
    found = says_yes(observed_trembles(lows, highs))
    assert len(found) == exists
    for equilibrium in found:
        assert not equilibrium.is_product
        odds = [row[0] / row[1] for row in equilibrium.exact_beliefs if len(row) == 2][1:]
        assert odds[0] * odds[1] == odds[2]
        assert all(low <= t <= high for low, t, high in zip(lows, odds, highs, strict=True))


@pytest.mark.parametrize(
    ("least", "most", "exists"),
    [
        (Fraction(1), 10, True),
        (Fraction(8), 10, True),  # only with less than the middle of what y may be
        (Fraction(9), 10, True),  # y is as likely as x and z nine times: a single point
        (Fraction(9), 9, False),
    ],
)
def test_odds_that_share_a_set_of_three_classes(least, most, exists):
    # Slips x, y, z of a. Who sees one of them says yes if y and z together are at most `most` times
    # as likely as x; who sees x or y, if y is once to nine times; x or z, if z is `least` to nine.
    game = three_slips(least, most)
    found = sg.sequential_equilibria(game, mixing=0)
    prove(found)
    assert found.status == sg.Status.COMPLETE
    assert Tremor(game).pure_found(20, 0) <= {choices(e) for e in found}
    listed = [e for e in found if all(e.behavior[k][0] == 1 for k in ("any", "xy", "xz"))]
    assert len(listed) == exists
    for equilibrium in listed:
        x, y, z = equilibrium.beliefs["any"]
        assert x <= y * (1 + 1e-9)
        assert float(least) * x <= z * (1 + 1e-9)
        assert y + z <= most * x * (1 + 1e-9)
        assert equilibrium.beliefs["xy"][1] == pytest.approx(y / (x + y))
        assert equilibrium.beliefs["xz"][1] == pytest.approx(z / (x + z))


def three_slips(least, most):
    def end(a=0, o=0):
        return sg.Outcome("", {"a": a, "o": o})

    def say(label, **pays):
        ends = {"yes": end(), **{name: end(o=Fraction(pay)) for name, pay in pays.items()}}
        return sg.Decision("o", ends, infoset=label)

    def slip(name, seen):
        left = name == "x"
        if seen == "any":
            return say("any", no=-most if left else 1)
        if name not in seen:
            return end()
        low = 1 if seen == "xy" else least
        return say(seen, low=low if left else -1, high=-9 if left else 1)

    scenes = {}
    for seen in ("any", "xy", "xz"):
        below = {**{name: slip(name, seen) for name in "xyz"}, "quit": end(a=1)}
        scenes[seen] = (Fraction(1, 3), sg.Decision("a", below, infoset="a"))
    return sg.ExtensiveForm(sg.Chance(scenes), players=["a", "o"])


@pytest.mark.parametrize(("two", "decided"), [(2, False), (Fraction(9, 4), True)])
def test_irrational_beliefs_are_not_decided(two, decided):
    found = sg.sequential_equilibria(square_root(two), mixing=0)
    right = [e for e in found if all(e.behavior[k][0] == 1 for k in ("one", "two", "three"))]
    assert len(right) == decided
    if decided:
        assert found.status == sg.Status.COMPLETE
        assert right[0].beliefs["three"] == pytest.approx([0.6, 0.4])  # odds 3/2
    else:
        assert found.status == sg.Status.PARTIAL
        assert found.message == (
            "whether some beliefs at infoset 'b', infoset 'two', infoset 'one', infoset 'three' "
            "are consistent was not decided (pure strategies)"
        )


def square_root(two):
    """Odds of the slips of a and b: their ratio is 1, their product `two`, so a's are the root."""

    def end(a=0, b=0, o=0):
        return sg.Outcome("", {"a": a, "b": b, "o": o})

    def say(label, low, high, *, left):
        pays = {"yes": 0, "low": -1 if left else low, "high": 1 if left else -high}
        return sg.Decision("o", {s: end(o=Fraction(p)) for s, p in pays.items()}, infoset=label)

    def second(first, *, same):
        below = {
            s: say("two" if same else "one", *[two if same else 1] * 2, left=first == "l")
            if (s == first) == same
            else end()
            for s in "lr"
        }
        return sg.Decision("b", {**below, "quit": end(b=1)}, infoset="b")

    branches = {
        "same": {s: second(s, same=True) for s in "lr"},
        "other": {s: second(s, same=False) for s in "lr"},
        "alone": {s: say("three", 1, 2, left=s == "l") for s in "lr"},
    }
    scenes = {
        name: (Fraction(1, 3), sg.Decision("a", {**below, "quit": end(a=1)}, infoset="a"))
        for name, below in branches.items()
    }
    return sg.ExtensiveForm(sg.Chance(scenes), players=["a", "b", "o"])


@pytest.mark.parametrize(
    ("least", "exists", "status"),
    [
        (Fraction(1, 5), True, sg.Status.COMPLETE),
        (Fraction(1, 4), True, sg.Status.PARTIAL),  # at one point only, where all are as likely
        (Fraction(1, 3), False, sg.Status.PARTIAL),
        (Fraction(1, 2), False, sg.Status.COMPLETE),
    ],
)
def test_four_kinds_of_nodes(least, exists, status):
    # Beliefs in two slips by each of two players are a matrix of rank one; "yes" asks that both
    # entries on its diagonal are large. Four classes: found, left open, or ruled out by orders.
    found = sg.sequential_equilibria(slips_of_both(least), mixing=0)
    prove(found)
    listed = [e for e in found if e.behavior["sees"][0] == 1]
    if least != Fraction(1, 4):  # a single point need not be met
        assert bool(listed) == exists
        assert found.status == status
    if found.status == sg.Status.PARTIAL:
        assert found.message.startswith("whether some beliefs at infoset 'sees'")


def slips_of_both(least):
    def end(a=0, b=0, o=0):
        return sg.Outcome("", {"a": a, "b": b, "o": o})

    def observer(both):
        pays = {"yes": 0}
        for diagonal in ("ll", "rr"):  # says that one of them is too unlikely
            pays[diagonal] = least - 1 if both == diagonal else least
        return sg.Decision("o", {s: end(o=Fraction(p)) for s, p in pays.items()}, infoset="sees")

    def second(slip):
        below = {s: observer(slip + s) for s in "lr"}
        return sg.Decision("b", {**below, "quit": end(b=1)}, infoset="b")

    moves = {**{s: second(s) for s in "lr"}, "quit": end(a=1)}
    scenes = {
        "both": (Fraction(1, 2), sg.Decision("a", moves, infoset="a")),
        "b": (
            Fraction(1, 2),
            sg.Decision("b", {"l": end(), "r": end(), "quit": end(b=1)}, infoset="b"),
        ),
    }
    return sg.ExtensiveForm(sg.Chance(scenes), players=["a", "b", "o"])


# Brute force


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_agrees_with_trembles_that_are_tried_out(seed):
    game = hidden_tree(random.Random(seed))
    found = sg.sequential_equilibria(game, mixing=2)
    prove(found)
    tremor = Tremor(game)
    assume(math.prod(tremor.counts) <= 200)
    listed = {choices(e) for e in found if e.is_pure}
    assert len(listed) == found.is_pure.sum()
    # Whatever some trembles make an equilibrium is listed; of what is listed the orders are proof.
    assert tremor.pure_found(25, seed) <= listed
    for equilibrium in found:
        assert_orders_lead_to_beliefs(tremor, equilibrium)


def assert_orders_lead_to_beliefs(tremor, equilibrium):
    """Trembles with the orders of an equilibrium come near its beliefs."""
    game = equilibrium.game
    orders = equilibrium.entry.orders
    # Weights of trembles: logarithms that fit the odds between the nodes believed in.
    names = [(h, a) for h, row in enumerate(orders) for a, order in enumerate(row) if order]
    rows, logs = [], []
    for h, infoset in enumerate(game.infosets):
        beliefs = equilibrium.exact_beliefs[h]
        base = next(at for at, p in enumerate(beliefs) if p)
        for at, belief in enumerate(beliefs):
            if belief and at != base:
                difference, ratio = dict.fromkeys(names, 0), float(belief / beliefs[base])
                for node, sign in ((infoset.nodes[at], 1), (infoset.nodes[base], -1)):
                    for step in game.tree.way(node):
                        before, action = int(game.tree.parent[step]), int(game.tree.position[step])
                        if before in tremor.chance:
                            ratio /= float(tremor.chance[before][action]) ** sign
                        elif (number := tremor.set_of[before], action) in difference:
                            difference[number, action] += sign
                        else:
                            ratio /= float(equilibrium.exact_behavior[number][action]) ** sign
                rows.append([*difference.values()])
                logs.append(math.log(ratio))
    weights = dict.fromkeys(names, 1.0)
    if rows and names:
        fit = np.linalg.lstsq(np.array(rows, dtype=float), np.array(logs), rcond=None)[0]
        weights = dict(zip(names, np.exp(fit).tolist(), strict=True))
    slip = Fraction(1, 10**8)
    mixes = []
    for h, row in enumerate(orders):
        shares = [
            Fraction(weights[h, a]) * slip**order if order else equilibrium.exact_behavior[h][a]
            for a, order in enumerate(row)
        ]
        mixes.append([share / sum(shares) for share in shares])
    likely = tremor.reach(mixes)
    for h, nodes in enumerate(tremor.sets):
        total = sum(likely[node] for node in nodes)
        near = [float(likely[node] / total) for node in nodes]
        assert near == pytest.approx([*map(float, equilibrium.exact_beliefs[h])], abs=1e-5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(extensive_forms(information="recall", players=("a", "b"), max_depth=3, max_nodes=12))
def test_lists_what_is_proved_and_all_that_is_pure(game):
    assume(all(min(numbers) > 0 for numbers in Tremor(game).chance.values()))
    found = sg.sequential_equilibria(game)
    prove(found)
    assert Tremor(game).pure_found(15, 0) <= {choices(e) for e in found if e.is_pure}


@settings(max_examples=60, deadline=None)
@given(extensive_forms(chance=False, max_depth=4, max_nodes=14))
def test_perfect_information_is_backward_induction(game):
    found = sg.sequential_equilibria(game)
    single = sg.subgame_perfect(game)
    assert found.pure_status == sg.Status.COMPLETE
    first = [found[0].behavior[key] for key in single.behavior]
    if single.status == sg.Status.COMPLETE:
        assert len(found) == 1
        assert all(
            (a == single.behavior[k]).all() for k, a in zip(single.behavior, first, strict=True)
        )
    else:
        assert len(found) > 1
    for equilibrium in found:
        assert sg.regret(game, equilibrium) == pytest.approx(0, abs=1e-12)


# Signaling games


@settings(max_examples=40, deadline=None)
@given(signaling_games(types=2, messages=2, responses=2))
def test_pure_ones_of_signaling_games_are_perfect_bayesian(game):
    assume(all(p > 0 for p in game.exact_numbers().prior.tolist()))
    tree = game.to_extensive_form()
    found = sg.sequential_equilibria(tree, mixing=0)
    assert found.status in (sg.Status.COMPLETE, sg.Status.NONE)
    own = places(tree, "sender", game.types)
    theirs = places(tree, "receiver", game.messages)
    listed = {tuple(choices(e)[place] for place in (*own, *theirs)) for e in found}
    assert listed == set(pure_perfect_bayesian(game))


def places(tree, player, labels):
    """Numbers of a player's information sets, in the order of the labels."""
    known = {i.given_label: at for at, i in enumerate(tree.infosets) if i.player == player}
    return [known[label] for label in labels]


def pure_perfect_bayesian(game):
    """Pure profiles of two types: any belief will do after a message that nobody sends."""
    prior, sender, receiver = (array.tolist() for array in game.exact_numbers())
    messages, responses = range(2), range(2)
    for sent in product(messages, repeat=2):
        for reply in product(responses, repeat=2):
            gains = [
                sender[t][m][reply[m]] - sender[t][sent[t]][reply[sent[t]]]
                for t in (0, 1)
                for m in messages
            ]
            if max(gains) > 0:
                continue
            good = True
            for m in messages:
                gain = [receiver[t][m][reply[m]] - receiver[t][m][1 - reply[m]] for t in (0, 1)]
                senders = [t for t in (0, 1) if sent[t] == m]
                if senders:
                    good &= sum(prior[t] * gain[t] for t in senders) >= 0
                else:
                    good &= max(gain) >= 0
            if good:
                yield (*sent, *reply)


def test_mixed_ones_of_signaling_games_are_perfect_bayesian():
    rng = np.random.default_rng(8)
    kinds = set()
    for _ in range(25):
        weights = rng.integers(1, 9, 2)
        prior = [Fraction(int(w), int(weights.sum())) for w in weights]
        payoffs = rng.integers(-99, 100, (2, 2, 2, 2)).tolist()  # no ties
        game = sg.SignalingGame(prior, *payoffs)
        tree = game.to_extensive_form()
        found = sg.sequential_equilibria(tree, mixing=4)
        assert found.status == sg.Status.COMPLETE
        known = sg.perfect_bayesian(game)
        kinds |= set(known.kinds.tolist())
        senders = strategies(found, "sender", game.types)
        receivers = strategies(found, "receiver", game.messages)
        assert on_path(senders, receivers) == on_path(known.sender, known.receiver)
    assert {"separating", "pooling"} < kinds


def strategies(found, player, labels):
    """Strategies of sender or receiver, ``(E, information sets, actions)``."""
    sets = found.game.infosets
    chosen = [sets[place].key for place in places(found.game, player, labels)]
    return np.stack([found.behavior[key] for key in chosen], axis=1)


def on_path(senders, receivers):
    """Strategies, without replies to messages that nobody sends."""
    listed = set()
    for sender, receiver in zip(senders, receivers, strict=True):
        sent = sender.max(axis=0) > 0
        rows = [*sender.ravel(), *np.where(sent[:, np.newaxis], receiver, -1).ravel()]
        listed.add(tuple(round(float(x), 9) + 0.0 for x in rows))
    return listed


@pytest.mark.parametrize(
    ("shape", "games", "most"), [((2, 2, 2), 40, 2), ((3, 2, 2), 10, 3), ((2, 3, 2), 10, 2)]
)
def test_the_same_supports_as_perfect_bayesian_where_payoffs_tie(shape, games, most):
    rng = np.random.default_rng(5)
    types, messages, _ = shape
    for _ in range(games):
        weights = rng.integers(1, 4, types)
        prior = [Fraction(int(w), int(weights.sum())) for w in weights]
        whole = rng.integers(-most, most + 1, (2, *shape)).tolist()
        payoffs = [[[[Fraction(x) for x in r] for r in m] for m in side] for side in whole]
        game = sg.SignalingGame(prior, *payoffs)
        found = sg.sequential_equilibria(game.to_extensive_form(), mixing=types + messages)
        prove(found)
        assert found.status == sg.Status.COMPLETE
        senders = strategies(found, "sender", game.types) > 0
        receivers = strategies(found, "receiver", game.messages) > 0
        known = sg.perfect_bayesian(game)
        assert on_path(senders, receivers) == on_path(known.sender > 0, known.receiver > 0)
        listed = {s.tobytes() + r.tobytes() for s, r in zip(senders, receivers, strict=True)}
        for s, r in zip(known.sender > 0, known.receiver > 0, strict=True):
            assert s.tobytes() + r.tobytes() in listed


# Results


def test_pickles_and_repr():
    found = sg.sequential_equilibria(horse(), mixing=3)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert repr(again) == repr(found) == "<SequentialEquilibria: 2 equilibria, COMPLETE>"
    assert again.entries == found.entries
    assert repr(found[1]).startswith("<SequentialEquilibrium: mixed, of <ExtensiveForm: 1, 2, 3;")
    assert found.beliefs["third"].shape == (2, 2)
    assert found.beliefs["first"].tolist() == [[1], [1]]
    assert found[0].orders["third"].tolist() == [1, 0]
    assert found[0].orders["first"][1] >= found[0].orders["second"][1]
    assert found.method == "sequential_equilibria"


def test_no_decision():
    game = sg.ExtensiveForm(sg.Outcome("end", {"a": 1}), players=["a"])
    found = sg.sequential_equilibria(game)
    assert found.status == sg.Status.COMPLETE
    assert found.payoffs.tolist() == [[1]]


def test_only_pure_ones_and_there_is_none():
    cells = {(x, y): 1 if x == y else -1 for x in "HT" for y in "HT"}
    root = sg.Decision(
        "a",
        {
            x: sg.Decision(
                "b",
                {y: sg.Outcome("", {"a": cells[x, y], "b": -cells[x, y]}) for y in "HT"},
                infoset="b",
            )
            for x in "HT"
        },
    )
    game = sg.ExtensiveForm(root, players=["a", "b"])
    none = sg.sequential_equilibria(game, mixing=0)
    assert none.status == none.pure_status == sg.Status.NONE
    assert len(none) == 0
    assert none.payoffs.shape == (0, 2)
    one = sg.sequential_equilibria(game, mixing=1)
    assert one.status == sg.Status.FAILED
    assert one.message == "mixes at more than 1 information set at once were not searched (mixing)"
    both = sg.sequential_equilibria(game)
    assert both.status == sg.Status.COMPLETE
    assert both.behavior["b"].tolist() == [[0.5, 0.5]]


def test_work_is_bounded():
    game = observed_trembles((2, 3, 0), (9, 9, 6))
    found = sg.sequential_equilibria(game, max_work=50)
    assert found.status == found.pure_status == sg.Status.FAILED
    assert "the search for pure equilibria ended at max_work, 50" in found.message
    some = sg.sequential_equilibria(game, max_work=4000)
    assert some.status == sg.Status.PARTIAL
    prove(some)


def test_many_classes_are_too_much_work_at_once():
    def seen(pay):
        ends = {"yes": pay, "no": -pay}
        return sg.Decision(
            "o",
            {name: sg.Outcome("", {"a": 0, "o": o}) for name, o in ends.items()},
            infoset="o",
        )

    slips = {f"slip {i}": seen(i - 20) for i in range(40)}  # 2**40 sets of classes
    game = sg.ExtensiveForm(
        sg.Decision("a", {**slips, "quit": sg.Outcome("", {"a": 1, "o": 0})}), players=["a", "o"]
    )
    found = sg.sequential_equilibria(game)
    assert found.status == sg.Status.FAILED
    assert "ended at max_work" in found.message


def test_floats_are_binary_numbers():
    tree = beer_quiche(0.9).to_extensive_form()
    (beer, quiche) = sg.sequential_equilibria(tree, mixing=0)
    assert beer.exact_beliefs[1][0] != Fraction(9, 10)
    assert beer.beliefs["beer"] == pytest.approx([0.9, 0.1], rel=1e-15)
    assert quiche.regret == 0


@pytest.mark.parametrize("mixing", [-1, True, 1.0, None, "2"])
def test_refuses_other_mixing(mixing):
    with pytest.raises(sg.GameError, match=r"^mixing: .*; expected a whole number of 0 or more"):
        sg.sequential_equilibria(horse(), mixing=mixing)


def test_refuses_what_is_no_single_tree():
    with pytest.raises(sg.GameError, match=r"^game: int; expected an ExtensiveForm"):
        sg.sequential_equilibria(3)
    family = sg.ExtensiveForm(
        sg.Decision("a", {"x": sg.Outcome("", {"a": np.array([1.0, 2])})}), players=["a"]
    )
    with pytest.raises(sg.GameError, match=r"^game: a family of batch shape \(2,\)"):
        sg.sequential_equilibria(family)
    with pytest.raises(sg.GameError, match="max_work"):
        sg.sequential_equilibria(horse(), max_work=0)


def test_chance_of_probability_0_is_refused_by_name():
    below = sg.Chance({"up": (0, sg.Outcome("", {"a": 1})), "on": (1, sg.Outcome("", {"a": 0}))})
    game = sg.ExtensiveForm(sg.Decision("a", {"go": below}), players=["a"])
    with pytest.raises(sg.SolverError) as caught:
        sg.sequential_equilibria(game)
    assert str(caught.value) == (
        "game: probability of 'up' at chance node 'go' is 0; expected positive probabilities, "
        "without which beliefs are not defined"
    )


def test_two_information_sets_may_each_follow_the_other():
    def first(*, then):
        below = second(then=False) if then else sg.Outcome("", {"a": 1, "b": 2})
        return sg.Decision("a", {"x": below, "y": sg.Outcome("", {"a": 0, "b": 0})}, infoset="A")

    def second(*, then):
        below = first(then=False) if then else sg.Outcome("", {"a": 2, "b": 1})
        return sg.Decision("b", {"x": below, "y": sg.Outcome("", {"a": 0, "b": 0})}, infoset="B")

    half = Fraction(1, 2)
    root = sg.Chance({"a": (half, first(then=True)), "b": (half, second(then=True))})
    game = sg.ExtensiveForm(root, players=["a", "b"])
    found = sg.sequential_equilibria(game)
    prove(found)
    assert {choices(e) for e in found if e.is_pure} == Tremor(game).pure_found(50, 0)
    assert found.pure_status == sg.Status.COMPLETE


def test_regret_beyond_floats_is_infinite():
    ends = {"x": sg.Outcome("", {"a": 1.7e308}), "y": sg.Outcome("", {"a": -1.7e308})}
    game = sg.ExtensiveForm(sg.Decision("a", ends, infoset="i"), players=["a"])
    (found,) = sg.sequential_equilibria(game)
    assert found.regret == 0
    wrong = replace(found.entry, strategies=((Fraction(0), Fraction(1)),))
    assert replace(found, entry=wrong).regret == math.inf
