"""Subgame-perfect equilibria under imperfect information: published games, and all pure ones."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings

import summitgames as sg
from reference.cases import Case, load
from reference.trees import kuhn
from summitgames import Chance, Decision, ExtensiveForm, Outcome, Status, subgame_perfect
from summitgames.equilibria.trunks import solve_subgames
from summitgames.games.plans import PlayerPlans
from summitgames.testing import extensive_forms

TWO = [
    case
    for case in load("efg")
    if "extreme_equilibria" in case.answer and case.answer["perfect_recall"]
]


def end(*payoffs, label="end"):
    return Outcome(label, dict(zip("abc", payoffs, strict=False)))


def simultaneous(table, infoset, **more):
    """Both choose at once: payoffs (a, b) of a's rows against b's columns."""
    rows = {
        f"r{i}": Decision("b", {f"c{j}": end(*pays) for j, pays in enumerate(row)}, infoset, **more)
        for i, row in enumerate(table)
    }
    return Decision("a", rows)


def two(root, **options):
    return ExtensiveForm(root, players=["a", "b"], **options)


BATTLE = [[(2, 1), (0, 0)], [(0, 0), (1, 2)]]
PENNIES = [[(1, -1), (-1, 1)], [(-1, 1), (1, -1)]]


# Games with known answers


def test_a_battle_after_an_outside_option():
    # Kohlberg & Mertens (1986): staying out pays a 3/2; in the battle a may get 2, 1 or 2/3.
    game = two(Decision("a", {"out": end(Fraction(3, 2), 3), "in": simultaneous(BATTLE, "b")}))
    found = subgame_perfect(game)
    assert len(found) == 3
    assert found.status == Status.COMPLETE
    assert found.message == ""
    assert found.payoffs.tolist() == [[2, 1], [1.5, 3], [1.5, 3]]
    assert found.path.tolist() == ["in > r0 > c0", "out", "out"]
    np.testing.assert_allclose(found.behavior["b"], [[1, 0], [0, 1], [1 / 3, 2 / 3]], atol=1e-15)
    np.testing.assert_allclose(found.behavior["in"], [[1, 0], [0, 1], [2 / 3, 1 / 3]], atol=1e-15)
    assert found.behavior[""].tolist() == [[0, 1], [1, 0], [1, 0]]
    np.testing.assert_allclose(found.regret, 0, atol=1e-15)
    assert found.ties
    assert not found.unique
    assert repr(found) == "<SubgamePerfectEquilibria: 3 equilibria, COMPLETE>"


def test_a_tie_between_a_mixture_and_a_sure_thing_is_exact():
    # The mixed equilibrium of the battle pays a exactly 2/3, which floats do not hold.
    game = two(Decision("a", {"out": end(Fraction(2, 3), 9), "in": simultaneous(BATTLE, "b")}))
    found = subgame_perfect(game)
    assert len(found) == 4
    assert found.status == Status.PARTIAL
    assert found.message == "actions tie at the whole game: mixtures of them are not listed"
    assert found.payoffs[2:].tolist() == pytest.approx(np.array([[2 / 3, 9], [2 / 3, 2 / 3]]))


def test_two_subgames_in_all_combinations():
    root = Chance(
        {
            "l": (Fraction(1, 4), simultaneous(BATTLE, "left")),
            "r": (Fraction(3, 4), simultaneous(BATTLE, "right")),
        }
    )
    found = subgame_perfect(two(root))
    assert len(found) == 9
    assert found.status == Status.COMPLETE
    values = {(2, 1), (1, 2), (Fraction(2, 3), Fraction(2, 3))}
    expected = sorted(
        [float(x + 3 * y) / 4, float(z + 3 * w) / 4] for (x, z), (y, w) in product(values, values)
    )
    np.testing.assert_allclose(sorted(found.payoffs.tolist()), expected, atol=1e-15)
    cut = subgame_perfect(two(root), max_work=2)
    assert cut.status == Status.PARTIAL
    assert len(cut) == 2
    assert cut.message == "lists were cut at 2 equilibria (max_work)"


def test_a_unique_equilibrium():
    tags = {"tags": ["won"]}
    pennies = two(
        Decision(
            "b",
            {
                "play": simultaneous(PENNIES, "i"),
                "pass": Outcome("passed", {"a": 1, "b": -1}, **tags),
            },
        )
    )
    found = subgame_perfect(pennies)
    assert found.unique
    assert not found.ties
    assert found.probability("won").tolist() == [0]
    assert found.probability("won", given="pass").tolist() == [1]
    np.testing.assert_allclose(found.outcome_probabilities, [[0.25] * 4 + [0]], atol=1e-15)
    (only,) = found
    assert isinstance(only, sg.TreeEquilibrium)
    assert sg.regret(pennies, only) == pytest.approx(0, abs=1e-15)
    with pytest.raises(sg.GameError, match="unknown tag 'lost'"):
        found.probability("lost")


def test_seltens_horse_has_no_proper_subgame():
    (case,) = (case for case in load("extensive") if case.id == "three-player-horse")
    third = {"infoset": "3"}

    def reply(up, low):
        return Decision("c", {"up": end(*up), "low": end(*low)}, **third)

    second = {"down": end(1, 1, 1), "across": reply((4, 4, 0), (0, 0, 1))}
    first = {"down": Decision("b", second), "across": reply((3, 2, 2), (0, 0, 0))}
    found = subgame_perfect(ExtensiveForm(Decision("a", first), players=list("abc")))
    assert found.status == Status.PARTIAL
    assert found.message == "the whole game has 3 players: mixed equilibria were not searched"
    expected = [equilibrium["payoffs"] for equilibrium in case.answer["pure_nash"]]
    assert sorted(found.payoffs.tolist()) == sorted(expected)


def test_three_players_without_a_pure_equilibrium():
    def third(pays):
        return Decision("c", {"x": end(*pays, 0), "y": end(*pays, 0)}, infoset="c")

    rows = [
        Decision("b", {f"c{j}": third(pays) for j, pays in enumerate(row)}, infoset="b")
        for row in PENNIES
    ]
    game = ExtensiveForm(Decision("a", dict(zip("hl", rows, strict=True))), players=["a", "b", "c"])
    found = subgame_perfect(game)
    assert len(found) == 0
    assert found.status == Status.FAILED
    assert found.message.endswith("not searched, and there is no pure one")
    assert found.payoffs.shape == (0, 3)
    assert found.behavior["b"].shape == (0, 2)
    assert not found.unique


@pytest.mark.parametrize("case", TWO, ids=str)
def test_games_without_proper_subgames_have_all_their_equilibria(case: Case):
    found = subgame_perfect(sg.read_game(case.input["text"]))
    expected = {tuple(map(float, e["payoffs"])) for e in case.answer["extreme_equilibria"]}
    rounded = {tuple(pays) for pays in found.payoffs.round(12).tolist()}
    assert rounded == {tuple(np.round(pays, 12).tolist()) for pays in expected}
    np.testing.assert_allclose(found.regret, 0, atol=1e-14)
    if not case.answer["degenerate"]:
        assert found.status == Status.COMPLETE
        assert len(found) == case.answer["n_extreme"]


def test_many_plans_are_left_to_the_sequence_form():
    game = two(Decision("b", {"play": kuhn_in(), "pass": end(0, 0)}))
    found = subgame_perfect(game)
    assert found.status == Status.PARTIAL
    assert found.message == "one equilibrium of subgame 'play' was found, more may exist"
    np.testing.assert_allclose(found.payoffs, [[-1 / 18, 1 / 18]], atol=1e-15)
    assert found.regret[0] == pytest.approx(0, abs=1e-15)


def kuhn_in():
    """Kuhn's poker, to be put below a node."""
    game = kuhn()
    tree, exact = game.tree, game.exact_quantities()
    chance = dict(game.chance_probabilities())

    def node(at):
        number, below = int(tree.number[at]), tree.child_lists[at]
        labels = [tree.labels[child] for child in below]
        if tree.mover[at] == tree.TERMINAL:
            amounts = [exact[quantity] for quantity in game.payoff_numbers[number]]
            return end(*amounts)
        if tree.mover[at] == tree.CHANCE:
            shares = [exact[n] for n in chance[at]]
            return Chance({x: (p, node(c)) for x, p, c in zip(labels, shares, below, strict=True)})
        infoset = game.infosets[number]
        after = {x: node(child) for x, child in zip(labels, below, strict=True)}
        return Decision(infoset.player, after, infoset=infoset.label)

    return node(0)


def test_one_player_who_does_not_see_chance():
    def bet(win):
        return Decision("a", {"x": end(win, 0), "y": end(1 - win, 0)}, infoset="bet")

    root = Chance({"l": (Fraction(1, 3), bet(1)), "r": (Fraction(2, 3), bet(0))})
    found = subgame_perfect(two(root))
    assert found.behavior["bet"].tolist() == [[0, 1]]
    assert found.status == Status.COMPLETE
    even = Chance({"l": (Fraction(1, 2), bet(1)), "r": (Fraction(1, 2), bet(0))})
    tied = subgame_perfect(two(even))
    assert tied.behavior["bet"].tolist() == [[1, 0], [0, 1]]
    assert tied.message == "plans tie in the whole game: mixtures of them are not listed"


def test_long_chains_with_a_hidden_move_at_the_end():
    node = simultaneous(BATTLE, "b")
    for level in range(3000):
        node = Decision("ab"[level % 2], {"on": node, "off": end(0, 0)})
    found = subgame_perfect(two(node))
    assert len(found) == 3
    assert sorted(found.payoffs[:, 0].tolist()) == pytest.approx([2 / 3, 1, 2])


def test_expressions_that_leave_the_rationals_are_taken_as_floats():
    import sympy

    root_two = sympy.sqrt(sympy.Integer(2))
    game = two(Decision("a", {"out": end(root_two, 0), "in": simultaneous(BATTLE, "b")}))
    found = subgame_perfect(game)
    assert found.payoffs[1:, 0].tolist() == pytest.approx([2**0.5] * 2)


def test_refusals():
    forgetful = Decision("a", {"x": end(1, 0), "y": end(0, 0)}, infoset="i")
    again = Decision("a", {"x": end(1, 0), "y": end(0, 0)}, infoset="i")
    game = two(Decision("a", {"l": forgetful, "r": again}))
    with pytest.raises(sg.SolverError, match="infoset 'i' of player 'a': something that"):
        subgame_perfect(game)
    with pytest.raises(sg.GameError, match="max_work: 0; expected"):
        subgame_perfect(two(simultaneous(BATTLE, "b")), max_work=0)
    free = two(simultaneous([[(sympy_x(), 0)], [(0, 0)]], "b"), parameters=["x"])
    with pytest.raises(sg.GameError, match="parameters x have no values"):
        subgame_perfect(free)


def sympy_x():
    import sympy

    return sympy.Symbol("x")


# Against all pure profiles


def pure_equilibria(game):
    """Payoffs of all pure subgame-perfect equilibria: every profile checked in every subgame."""
    counts = [len(infoset.actions) for infoset in game.infosets]
    at = {infoset.nodes[0]: number for number, infoset in enumerate(game.infosets)}
    parts = []
    for root, part in [(0, game), *zip(game.subgames.roots, game.subgames, strict=True)]:
        places = [at[infoset.nodes[0] + root] for infoset in part.infosets]
        own = [
            [places[number] for number in PlayerPlans(part, player, reduced=False).infosets]
            for player in range(part.n_players)
        ]
        parts.append((own, part.to_normal_form(reduced=False).exact_payoffs()))

    def plan(profile, numbers):
        """Place of the plan that a profile holds for some information sets among all of them."""
        chosen, sizes = [profile[n] for n in numbers], [counts[n] for n in numbers]
        return int(np.ravel_multi_index(chosen, sizes)) if numbers else 0

    found = set()
    for profile in product(*map(range, counts)):
        indices = [tuple(plan(profile, numbers) for numbers in own) for own, _ in parts]
        best = (
            table[index] == max(table[(*index[:player], slice(None), *index[player + 1 :])])
            for index, (_, tables) in zip(indices, parts, strict=True)
            for player, table in enumerate(tables)
        )
        if all(best):
            found.add(tuple(table[indices[0]] for table in parts[0][1]))
    return found


def as_result(game, found):
    """What was found of a game, of perfect information or not, as a result."""
    numbers = range(len(game.infosets))
    rows = [[float(p) for n in numbers for p in each[n]] for each in found.strategies]
    table = np.array(rows).reshape(len(rows), -1)
    return sg.SubgamePerfectEquilibria(game, table, np.array(found.status))


@given(extensive_forms(information="recall", max_nodes=14))
@settings(max_examples=60)
def test_all_pure_equilibria_are_among_them(game):
    found = solve_subgames(game, 10**4)
    assert found.status in (Status.COMPLETE, Status.PARTIAL)
    listed = as_result(game, found)
    np.testing.assert_allclose(listed.regret, 0, atol=1e-13)
    payoffs = {tuple(pays) for pays in listed.payoffs.round(9).tolist()}
    for pays in pure_equilibria(game):
        assert tuple(round(float(x), 9) for x in pays) in payoffs


@given(extensive_forms(information="recall", players=("a", "b", "c"), max_nodes=14))
@settings(max_examples=40)
def test_three_players_have_all_pure_ones(game):
    found = solve_subgames(game, 10**4)
    pure = pure_equilibria(game)
    if not found.strategies:
        assert not pure or found.status == Status.FAILED
        return
    listed = as_result(game, found)
    np.testing.assert_allclose(listed.regret, 0, atol=1e-13)
    payoffs = {tuple(pays) for pays in listed.payoffs.round(9).tolist()}
    assert {tuple(round(float(x), 9) for x in pays) for pays in pure} <= payoffs
