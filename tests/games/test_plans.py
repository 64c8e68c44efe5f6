"""Normal forms of trees: which plans there are, what they pay, and when there are too many."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given

import summitgames as sg
from reference.cases import Case, load
from reference.trees import kuhn
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.games.plans import PlayerPlans
from summitgames.testing import extensive_forms

TABLES = [
    case
    for kind in ("extensive", "efg")
    for case in load(kind)
    if "reduced_strategic_form" in case.answer
]


def end(a=0, b=0, label="end"):
    return Outcome(label, {"a": a, "b": b})


def published(case: Case) -> ExtensiveForm:
    if case.kind == "efg":
        return sg.read_game(case.input["text"])
    players = case.input["players"]

    def node(given):
        if "payoffs" in given:
            return Outcome("", dict(zip(players, given["payoffs"], strict=True)))
        actions = {label: node(below) for label, below in given["actions"].items()}
        return Decision(players[given["player"]], actions, infoset=given["infoset"])

    return ExtensiveForm(node(case.input["root"]), players=players)


def by_hand(game, choices):
    """Payoffs where every player's choices are a mapping from information sets to actions."""
    tree, exact = game.tree, game.exact_quantities()
    chance = dict(game.chance_probabilities())
    totals = [Fraction(0)] * game.n_players
    stack = [(0, Fraction(1))]
    while stack:
        node, weight = stack.pop()
        children, number = tree.child_lists[node], int(tree.number[node])
        if tree.mover[node] == tree.TERMINAL:
            for player, quantity in enumerate(game.payoff_numbers[number]):
                totals[player] += weight * exact[quantity]
        elif tree.mover[node] == tree.CHANCE:
            stack += [
                (child, weight * exact[quantity])
                for child, quantity in zip(children, chance[node], strict=True)
            ]
        else:
            stack.append((children[choices[number]], weight))
    return totals


@pytest.mark.parametrize("case", TABLES, ids=str)
def test_published_tables(case: Case) -> None:
    form = published(case).to_normal_form()
    table = np.stack(form.exact_payoffs())
    expected = np.stack([np.array(case.answer["reduced_strategic_form"][which]) for which in "AB"])
    # The published tables merge plans that pay the same throughout, too.
    assert distinct(distinct(table, 1), 2).tolist() == expected.tolist()


PURE = [case for kind in ("extensive", "efg") for case in load(kind) if "pure_nash" in case.answer]


@pytest.mark.parametrize("case", PURE, ids=str)
def test_published_pure_equilibria(case: Case) -> None:
    game = published(case)
    form = game.to_normal_form(reduced=False)
    plans = [PlayerPlans(game, player, reduced=False) for player in range(game.n_players)]
    numbers = {f"{i.player}:{i.label}": n for n, i in enumerate(game.infosets)}
    listed = [player.listed(10**6).tolist() for player in plans]
    found = []
    for profile in np.argwhere(sg.pure_nash(form)).tolist():
        chosen = {}
        for player, made, at in zip(plans, listed, profile, strict=True):
            chosen |= dict(zip(player.infosets, made[at], strict=True))
        plan = {
            f"{game.players.index(i.player) + 1}:{i.label}": i.actions[chosen[numbers[key]]]
            for key, i in zip(numbers, game.infosets, strict=True)
        }
        payoffs = [table[tuple(profile)] for table in form.exact_payoffs()]
        found.append((sorted(plan.items()), payoffs))
    expected = [(sorted(e["plan"].items()), e["payoffs"]) for e in case.answer["pure_nash"]]
    assert sorted(found) == sorted(expected)


def test_all_equilibria_of_a_game_with_something_forgotten() -> None:
    (case,) = (case for case in TABLES if case.id == "forgotten-choice")
    found = sg.vertex_enumeration(published(case).to_normal_form())
    pairs = {tuple(np.concatenate(pair).round(12).tolist()) for pair in found}
    answers = case.answer["extreme_equilibria"]
    assert pairs == {tuple(round(float(p), 12) for p in [*e["x"], *e["y"]]) for e in answers}
    assert len(found.components) == case.answer["n_components"]


def distinct(table, axis):
    """The table without the rows (axis 1) or columns that repeat an earlier one."""
    lines = np.moveaxis(table, axis, 0).tolist()
    return np.take(table, [i for i, line in enumerate(lines) if line not in lines[:i]], axis)


def test_plans_say_nothing_of_what_they_rule_out():
    inner = Decision("a", {"x": end(1), "y": end(2), "z": end(3)})
    root = Decision("a", {"in": Decision("b", {"l": inner, "r": end(4)}), "out": end(5)})
    game = ExtensiveForm(root, players=["a", "b"])
    form = game.to_normal_form()
    assert form.actions == (("in, x", "in, y", "in, z", "out"), ("l", "r"))
    assert form.payoffs[0].tolist() == [[1, 4], [2, 4], [3, 4], [5, 5]]
    whole = game.to_normal_form(reduced=False)
    assert whole.actions[0][3:] == ("out, x", "out, y", "out, z")
    assert whole.payoffs[0][3:].tolist() == [[5, 5]] * 3
    agents = game.to_normal_form(agents=True)
    assert agents.players == ("a", "b: in", "a: in > l")
    assert agents.n_actions == (2, 2, 3)
    assert agents.payoffs[0][0, 0].tolist() == agents.payoffs[2][0, 0].tolist() == [1, 2, 3]


def test_kuhn_poker_has_27_and_64_plans():
    game = kuhn()
    form = game.to_normal_form()
    assert form.n_actions == (27, 64)
    assert sg.zero_sum_value(form).value == pytest.approx(-1 / 18, abs=1e-14)
    assert form.exact is not None  # sixths
    assert game.to_normal_form(reduced=False).n_actions == (64, 64)


def test_a_player_without_moves_has_one_plan():
    game = ExtensiveForm(Decision("a", {"x": end(1), "y": end(2)}), players=["a", "b"])
    assert game.to_normal_form().actions == (("x", "y"), ("-",))
    nothing = ExtensiveForm(end(3, 4), players=["a", "b"])
    assert nothing.to_normal_form().payoffs[1].tolist() == [[4]]
    with pytest.raises(sg.GameError, match="no information set"):
        nothing.to_normal_form(agents=True)


def test_exact_numbers_are_kept_where_floats_round():
    def game(p):
        return ExtensiveForm(Chance({"l": (p, end(1)), "r": (1 - p, end(0))}), players=["a", "b"])

    assert game(Fraction(1, 3)).to_normal_form().exact_payoffs()[0].item() == Fraction(1, 3)
    assert game(Fraction(1, 4)).to_normal_form().exact is None


def test_families_of_games():
    payoff, p = np.array([[1.0], [2.0]]), np.array([0.25, 0.5, 1.0])
    node = Decision("a", {"x": end(payoff), "y": end(0, 1)})
    game = ExtensiveForm(Chance({"l": (p, node), "r": (1 - p, end(8))}), players=["a", "b"])
    form = game.to_normal_form()
    assert form.batch_shape == (2, 3)
    np.testing.assert_allclose(form.payoffs[0][..., 0, 0], p * payoff + (1 - p) * 8)
    np.testing.assert_allclose(form.payoffs[1][..., 1, 0], np.broadcast_to(p, (2, 3)))


def test_labels_with_commas_are_told_apart():
    def second():
        return Decision("a", {"b, c": end(1), "c": end(2), "d": end(3)}, infoset="2")

    game = ExtensiveForm(Decision("a", {"a": second(), "a, b": second()}), players=["a", "b"])
    labels = game.to_normal_form().actions[0]
    assert labels == tuple(
        f"{name} ({i + 1})"
        for i, name in enumerate(["a, b, c", "a, c", "a, d", "a, b, b, c", "a, b, c", "a, b, d"])
    )


def test_gigantic_forms_are_refused_at_once():
    node = end()
    for level in range(200):
        node = Chance({"l": (0.5, Decision("a", {"x": end(), "y": end()})), "r": (0.5, node)})
        assert level < 200
    game = ExtensiveForm(node, players=["a", "b"])
    with pytest.raises(sg.SolverError, match=r"about 10\^60 profiles of plans \(16069\d+ of 'a'"):
        game.to_normal_form()
    with pytest.raises(
        sg.SolverError, match=r"about 10\^60 profiles of plans \(200 agents\)|most 63"
    ):
        game.to_normal_form(agents=True)
    with pytest.raises(sg.SolverError, match=r"has 1728 profiles .*; expected at most 1000 \(max_"):
        kuhn().to_normal_form(max_plans=1000)
    for wrong in (0, True, 1.5):
        with pytest.raises(sg.GameError, match=r"max_plans: .*; expected a positive whole number"):
            kuhn().to_normal_form(max_plans=wrong)


def test_long_chains_are_counted_before_they_are_listed():
    node = end()
    for level in range(10**5):
        node = Decision("ab"[level % 2], {"go": node, "stop": end()})
    game = ExtensiveForm(node, players=["a", "b"])
    with pytest.raises(sg.SolverError, match="has 2500100001 profiles of plans"):
        game.to_normal_form()
    alone = Decision("a", {"go": end()})
    for _ in range(20_000):
        alone = Decision("a", {"go": alone, "stop": end()})
    with pytest.raises(sg.SolverError, match="each with up to 20001 choices"):
        ExtensiveForm(alone, players=["a", "b"]).to_normal_form()


def test_unbound_games_are_refused():
    game = ExtensiveForm(end(0), players=["a", "b"], parameters=["x"])
    with pytest.raises(sg.GameError, match="have no values"):
        game.to_normal_form()


@given(extensive_forms(information="any", max_nodes=16))
def test_payoffs_and_merging_by_definition(game):
    form, whole = game.to_normal_form(), game.to_normal_form(reduced=False)
    players = [PlayerPlans(game, player) for player in range(2)]
    listed = [player.listed(10**6) for player in players]
    assert [player.count for player in players] <= [len(plans) for plans in listed]
    if game.has_perfect_recall:
        assert [player.count for player in players] == [len(plans) for plans in listed]
    for profile in product(*map(range, form.n_actions)):
        choices = {}
        for player, plans, at in zip(players, listed, profile, strict=True):
            chosen = np.maximum(plans[at], 0).tolist()  # any action where the plan says nothing
            choices |= dict(zip(player.infosets, chosen, strict=True))
        expected = by_hand(game, choices)
        assert [table[profile] for table in form.exact_payoffs()] == expected
    for player in range(2):
        every = PlayerPlans(game, player, reduced=False)
        plans = every.listed(10**6)
        reach = {tuple(mask) for mask in np.transpose(every.reaching(plans)).tolist()}
        assert len(reach) == form.n_actions[player]  # no two of them come to the same ends
        assert len(plans) == whole.n_actions[player]


@given(extensive_forms(information="any", max_nodes=12, players=("a", "b", "c")))
def test_agents_by_definition(game):
    if not game.infosets:
        return
    form = game.to_normal_form(agents=True)
    for profile in product(*map(range, form.n_actions)):
        totals = by_hand(game, dict(enumerate(profile)))
        expected = [totals[game.players.index(i.player)] for i in game.infosets]
        assert [table[profile] for table in form.exact_payoffs()] == expected
