"""Subgame-perfect equilibrium: published trees, ties, likeliest paths, refusals, pickles."""

import dataclasses
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import summitgames as sg
from reference.cases import load
from reference.trees import declared
from summitgames.equilibria.subgame_perfect import BadDraw, Induction
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome

X = sympy.Symbol("x")


def end(a=0, b=0, **more):
    return Outcome("end", {"a": a, "b": b}, **more)


def game_of(root, **options):
    return ExtensiveForm(root, players=["a", "b"], **options)


PERFECT = [case for case in load("extensive") if declared(case).has_perfect_information]


def test_three_published_trees_are_of_perfect_information():
    assert {case.id for case in PERFECT} == {
        "empty-threat",
        "three-movers-tied",
        "unreached-answer",
    }


@pytest.mark.parametrize("case", PERFECT, ids=str)
def test_published_trees(case):
    game = declared(case)
    found = sg.subgame_perfect(game)
    chosen = {
        f"{game.players.index(i.player) + 1}:{i.given_label}": i.actions[
            int(found.behavior[i].argmax())
        ]
        for i in game.infosets
    }
    listed = case.answer["pure_subgame_perfect"]
    assert {"plan": chosen, "payoffs": found.payoffs.tolist()} in listed
    assert found.ties is (len(listed) > 1)
    assert found.unique is (len(listed) == 1)
    assert (found.status == sg.Status.COMPLETE) == (len(listed) == 1)
    assert sg.certify(game, found).verdict == "proved"


def test_families_under_imperfect_information_are_refused():
    nodes = [Decision("b", {"x": end(np.array([1, 2.0]), 0)}, infoset="i") for _ in range(2)]
    game = game_of(Decision("a", dict(zip("lr", nodes, strict=True))))
    with pytest.raises(sg.SolverError) as caught:
        sg.subgame_perfect(game)
    assert str(caught.value) == (
        "game: a family of batch shape (2,) without perfect information; expected a single game: "
        "bind every parameter to a number"
    )


@pytest.mark.parametrize("given", [None, [[1, 2], [3, 4]], end()])
def test_what_is_no_tree_is_refused(given):
    with pytest.raises(sg.GameError, match=r"game: .*; expected an ExtensiveForm"):
        sg.subgame_perfect(given)


def test_free_parameters_are_refused():
    with pytest.raises(sg.GameError, match="parameters x have no values"):
        sg.subgame_perfect(game_of(end(X), parameters=["x"]))


def test_centipede():
    # Rosenthal (1981): whoever moves takes at once, though both gain by passing on.
    node = end(8, 6)
    for round_ in reversed(range(6)):
        pots = (round_ + 2, round_)
        payoffs = pots if round_ % 2 == 0 else pots[::-1]
        node = Decision("ab"[round_ % 2], {"pass": node, "take": end(*payoffs)})
    found = sg.subgame_perfect(game_of(node))
    assert found.path == "take"
    assert found.unique


def test_ultimatum_with_indifference():
    # The responder is indifferent at an offer of 0: the first listed action decides.
    def answer(share, actions):
        ends = {"accept": end(3 - share, share), "reject": end()}
        return Decision("b", {action: ends[action] for action in actions})

    def offers(actions):
        return sg.subgame_perfect(
            game_of(Decision("a", {str(s): answer(s, actions) for s in range(4)}))
        )

    assert offers(["accept", "reject"]).path == "0 > accept"
    assert offers(["reject", "accept"]).path == "1 > accept"
    for found in (offers(["accept", "reject"]), offers(["reject", "accept"])):
        assert found.ties
        assert not found.unique


@pytest.mark.parametrize(
    ("first", "second", "scale", "path", "ties"),
    [
        (1, 1, 1, "l", True),
        (1, 1 + Fraction(1, 2 * 10**12), 1, "l", True),  # within 1e-12 of the largest payoff
        (1, 1 + Fraction(2, 10**12), 1, "r", False),
        (1, 1 + Fraction(2, 10**12), 1000, "l", True),
        (1 + Fraction(2, 10**12), 1, 1, "l", False),
        (0, 0, 0, "l", True),
        (0, Fraction(1, 10**300), 0, "r", False),
    ],
)
def test_ties_are_relative_to_the_largest_payoff_of_the_game(first, second, scale, path, ties):
    other = Decision("a", {"l": end(first), "r": end(second)})
    found = sg.subgame_perfect(game_of(Chance({"c": (1, other), "d": (0, end(0, -scale))})))
    assert found.path == f"c > {path}"
    assert found.ties is ties


def test_a_tie_off_the_path_leaves_the_outcome_unique():
    tied = Decision("b", {"l": end(-1, 2), "r": end(-2, 2)})
    found = sg.subgame_perfect(game_of(Decision("a", {"in": tied, "out": end(0, 1)})))
    assert (found.ties, found.unique) == (True, True)
    assert found.status == sg.Status.PARTIAL  # what b does is open
    behind_nothing = Chance({"c": (1, end(1)), "d": (0, Decision("b", {"l": end(), "r": end()}))})
    found = sg.subgame_perfect(game_of(behind_nothing))
    assert (found.ties, found.unique) == (True, True)


def test_a_tie_that_reaches_back_to_the_path():
    # However b breaks the tie decides whether a goes in.
    tied = Decision("b", {"l": end(1, 2), "r": end(-1, 2)})
    found = sg.subgame_perfect(game_of(Decision("a", {"in": tied, "out": end(0, 1)})))
    assert (found.path, found.ties, found.unique) == ("in > l", True, False)


def test_the_path_follows_likeliest_branches():
    def path(*shares):
        branches = {f"c{i}": (share, end()) for i, share in enumerate(shares)}
        return sg.subgame_perfect(game_of(Chance(branches))).path

    assert path(0.25, 0.5, 0.25) == "c1"
    assert path(0.4, 0.2, 0.4) == "c0"
    assert path(0, 0, 1) == "c2"
    third = Fraction(1, 3)
    assert (
        path(third, third + Fraction(1, 10**14), third) == "c0"
    )  # equally likely but for rounding


def test_paths_of_a_family():
    root = Decision("a", {"l": end(X), "r": Chance({"c": (X, end(1)), "d": (1 - X, end(-1))})})
    found = sg.subgame_perfect(game_of(root, parameters=["x"]).bind(x=[[0.1, 0.75], [1, 1]]))
    # The gamble is worth 2x - 1, never more than x.
    assert found.path.tolist() == [["l", "l"], ["l", "l"]]
    assert found.ties.tolist() == [[False, False], [True, True]]
    assert found.status.tolist() == [[0, 0], [1, 1]]
    assert found.status.dtype == np.int8
    assert found.payoffs.shape == (2, 2, 2)
    assert found.path_outcome.shape == (2, 2)


def test_a_tree_without_moves():
    found = sg.subgame_perfect(game_of(end(3, -2, tags=["t"])))
    assert (found.path, found.ties, found.unique) == ("", False, True)
    assert found.payoffs.tolist() == [3, -2]
    assert found.probability("t") == 1.0
    assert len(found.behavior) == 0


def test_the_most_actions_that_are_taken():
    actions = {f"a{i}": end(i) for i in range(2**15)}
    found = sg.subgame_perfect(game_of(Decision("a", actions)))
    assert found.path == "a32767"
    assert found.behavior[""].argmax() == 32767


def test_extreme_payoffs():
    largest = np.finfo(np.float64).max
    root = Decision("a", {"l": end(-largest), "r": Chance({c: (0.5, end(largest)) for c in "cd"})})
    found = sg.subgame_perfect(game_of(root))
    assert found.payoffs[0] == largest
    assert found.path == "r > c"


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_depend_neither_on_threads_nor_on_blocks(threads):
    x = np.linspace(-2, 2, 40_001)
    game = game_of(
        Decision("a", {"l": Decision("b", {"u": end(X, -X), "v": end(1, 0)}), "r": end(0.5, 0)}),
        parameters=["x"],
    ).bind(x=x)
    found = sg.subgame_perfect(game, threads=threads)
    up = -x >= 0  # at 0 b is indifferent, and u is listed first
    left = np.where(up, x, 1)
    np.testing.assert_array_equal(found.payoffs[:, 0], np.maximum(left, 0.5))
    np.testing.assert_array_equal(found.behavior["l"][:, 0], up)
    assert found.ties.sum() == 1
    with pytest.raises(sg.GameError, match="threads"):
        sg.subgame_perfect(game, threads=0)


def test_results_are_frozen_and_picklable():
    root = Decision("<a>", {"l": Outcome("end", {"<a>": X}), "r": Outcome("end", {"<a>": 1})})
    game = ExtensiveForm(root, players=["<a>"], parameters=["x"])
    found = sg.subgame_perfect(game.bind(x=[0, 1, 2]))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.payoffs = None
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert again.path.tolist() == found.path.tolist() == ["r", "l", "l"]
    assert again.unique.tolist() == [True, False, True]
    np.testing.assert_array_equal(again.behavior[""], found.behavior[""])
    assert sg.regret(again.game, again).tolist() == [0, 0, 0]
    assert repr(found).startswith("<SubgamePerfectEquilibrium of <ExtensiveForm: <a>; ")


def test_only_what_is_wanted_is_computed():
    game = game_of(Decision("a", {"l": end(X, tags=["t"]), "r": end(1)}), parameters=["x"])
    batch = game.batch_for({"x": np.array([0.0, 2.0])})
    run = Induction(game, tags=("t",)).run(batch)
    assert run.tags.tolist() == [[0, 1]]
    assert (run.payoffs.size, run.path.size, run.ties.size, run.choices.size) == (0, 0, 0, 0)
    everything = Induction(game, payoffs=True, path=True, ties=True, unique=True, choices=True)
    run = everything.run(batch)
    assert run.payoffs.tolist() == [[1, 2], [0, 0]]
    assert run.path.tolist() == [1, 0]
    assert run.choices.tolist() == [[1, 0]]
    assert run.unique.tolist() == [True, True]
    assert Induction(game, payoffs=True).program is Induction(game, payoffs=True).program


def test_checks_name_the_draw():
    game = game_of(end(1 / X), parameters=["x"])
    ranges = (("x", Fraction(0), Fraction(1)),)
    checked = Induction(game, payoffs=True, ranges=ranges, checked=True)
    for x, draw in (([0.5, 2, 0], 1), ([0.5, 1, 0], 2), ([np.nan, 1, 1], 0)):
        with pytest.raises(BadDraw) as caught:
            checked.run(game.batch_for({"x": np.array(x)}))
        assert caught.value.draw == draw
    many = np.full(30_000, 0.5)
    many[[20_000, 29_999]] = -1
    with pytest.raises(BadDraw) as caught:
        checked.run(game.batch_for({"x": many}), threads=3)
    assert caught.value.draw == 20_000
