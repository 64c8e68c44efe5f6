"""Values of commitments: who gains from one, and when there is no such number."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.testing import extensive_forms

PLAYERS = st.sampled_from([("a", "b"), ("a", "b", "c")])


def end(label, first, second):
    return sg.Outcome(label, {"a": first, "b": second})


def coordination(second):
    def reply(first):
        payoffs = {"ll": (3, 1), "rr": (1, second)}
        return sg.Decision(
            "b", {x: end(first + x, *payoffs.get(first + x, (0, 0))) for x in "lr"}, "b"
        )

    root = sg.Decision("a", {"l": reply("l"), "r": reply("r")})
    return sg.ExtensiveForm(root, players=["a", "b"])


@given(PLAYERS.flatmap(lambda players: extensive_forms(players=players, max_nodes=20)), st.data())
def test_a_leader_is_never_worse_off_under_perfect_information(game, data):
    player = data.draw(st.sampled_from(game.players))
    assume(any(infoset.player == player for infoset in game.infosets))
    value = sg.value_of_commitment(game, sg.leader_commits(game, player))
    assert value[player] >= -1e-9  # payoffs are whole numbers up to 3


@given(PLAYERS.flatmap(lambda players: extensive_forms(players=players, max_nodes=20)), st.data())
def test_a_plan_is_worth_no_less_than_costs(game, data):
    # Whatever a player does where some of its actions cost it, it may announce without the cost.
    assume(game.infosets)
    infoset = data.draw(st.sampled_from(game.infosets))
    player, cost = infoset.player, data.draw(st.sampled_from([Fraction(1, 2), 2, 100]))
    action = data.draw(st.sampled_from(infoset.actions))
    plan = sg.value_of_commitment(game, sg.leader_commits(game, player))
    tied = sg.tied_hands(game, player, infoset.key, action, cost)
    sunk = sg.sunk_cost(game, player, infoset.key, [action], cost)
    for charged in (tied, sunk):
        assert sg.value_of_commitment(game, charged)[player] <= plan[player] + 1e-9


@given(extensive_forms(), st.data())
def test_a_broken_promise_of_who_moves_once_costs_what_it_costs(game, data):
    # With no earlier move of the same player nobody's choice depends on what the promise costs.
    tree, own = game.tree, [infoset.nodes[0] for infoset in game.infosets]
    first = [
        infoset
        for infoset, node in zip(game.infosets, own, strict=True)
        if all(
            tree.mover[step] != tree.mover[node] for step in [0, *tree.way(node)] if step != node
        )
    ]
    assume(first)
    infoset = data.draw(st.sampled_from(first))
    action = data.draw(st.sampled_from(infoset.actions))
    solved = sg.subgame_perfect(game)
    worth = solved.action_payoffs(infoset.key)
    temptation = float(worth.max() - worth[infoset.actions.index(action)])
    assume(temptation > 0.01)
    bound = sg.tied_hands(game, infoset.player, infoset.key, action, temptation / 2)
    value = sg.value_of_commitment(game, bound)
    below = np.array([path_meets(game, end, infoset) for end in range(len(game.outcomes))])
    reached = float(solved.outcome_probabilities[below].sum())
    for player in game.players:
        expected = -temptation / 2 * reached if player == infoset.player else 0
        assert value[player] == pytest.approx(expected, abs=1e-9)


def path_meets(game, end, infoset):
    """Whether the way to an outcome leads through an information set."""
    return bool({0, *game.tree.way(int(game.tree.terminals[end]))} & set(infoset.nodes))


def test_a_pure_plan_may_harm_where_moves_are_hidden():
    # Matching pennies: whoever is seen first loses.
    signs = {"ll": 1, "lr": -1, "rl": -1, "rr": 1}
    pennies = sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                x: sg.Decision("b", {y: end(x + y, signs[x + y], -signs[x + y]) for y in "lr"}, "b")
                for x in "lr"
            },
        ),
        players=["a", "b"],
    )
    value = sg.value_of_commitment(pennies, sg.leader_commits(pennies, "a"))
    assert dict(value) == pytest.approx({"a": -1, "b": 1})


def test_values_can_be_stored():
    game = sg.model("preconditions").game("article", summit_prize_ukraine=[0, 1])
    value = sg.value_of_commitment(game, sg.leader_commits(game, "russia"))
    again = pickle.loads(pickle.dumps(value))  # noqa: S301  (our own bytes)
    assert (again.amounts == value.amounts).all()
    assert again.selection == value.selection
    assert again.after.path.tolist() == value.after.path.tolist()


@pytest.mark.parametrize("prize", [0, [0, 1]])
def test_values_equal_themselves_only(prize):
    game = sg.model("preconditions").game("article", summit_prize_ukraine=prize)
    value, other = (sg.value_of_commitment(game, game) for _ in range(2))
    assert value == value
    assert value != other
    assert value in [other, value]
    assert len({value, other}) == 2


def test_only_names_are_players_of_a_value():
    game = coordination(-1)
    value = sg.value_of_commitment(game, sg.leader_commits(game, "a"))
    names = np.array(["a", "b"])
    assert names not in value
    assert value.get("z") is None
    assert value.get(names, 7) == 7
    assert value.get(value.players[0], 7) is not None
    assert [] not in value
    for kind in (sg.GameError, KeyError):
        with pytest.raises(kind, match=r"^unknown player array"):
            value[names]


@given(extensive_forms(), st.data())
def test_a_promise_that_is_kept_anyway_is_worth_nothing(game, data):
    assume(game.infosets)
    infoset = data.draw(st.sampled_from(game.infosets))
    chosen = int(sg.subgame_perfect(game).behavior[infoset.key].argmax())
    bound = sg.tied_hands(game, infoset.player, infoset.key, infoset.actions[chosen], 2)
    value = sg.value_of_commitment(game, bound)
    np.testing.assert_allclose(value.amounts, 0, atol=1e-12)


def test_families_broadcast():
    game = sg.model("preconditions").game("article", conditions_cost_ukraine=[[0.5], [0.9]])
    bound = sg.tied_hands(game, "russia", "summit_first", "meet", [0.0, 0.4, 1.0])
    value = sg.value_of_commitment(game, bound)
    assert value.amounts.shape == (2, 3, 2)
    assert value["ukraine"].shape == (2, 3)
    assert dict(value).keys() == {"russia", "ukraine"}
    assert value.solver == "subgame_perfect"
    assert value.selection == ("of equally good actions the first listed",) * 2
    # Kyiv's own temptation to let the meeting pass turns Russia's promise against Russia.
    assert value["russia"][1].tolist() == [0, 0, -1.5]
    np.testing.assert_allclose(value["ukraine"][1], [0, 0, 0.4], atol=1e-15)


def test_a_commitment_may_harm_who_makes_it():
    game = sg.ExtensiveForm(
        sg.Decision("a", {"x": end("x", 2, 0), "y": end("y", 1, 0)}), players=["a", "b"]
    )
    value = sg.value_of_commitment(game, sg.tied_hands(game, "a", "", "y", 2))
    assert dict(value) == {"a": -1.0, "b": 0.0}
    assert repr(value) == "<CommitmentValue: a -1, b +0; subgame_perfect>"
    assert value._repr_html_().startswith("<code>&lt;CommitmentValue")
    assert len(value) == 2
    assert "a" in value
    assert "c" not in value
    with pytest.raises(sg.GameError, match="unknown player 'c'"):
        value["c"]


def test_without_perfect_information_payoffs_must_be_settled():
    # Schelling (1960): who is seen to move first in a game of coordination picks the equilibrium.
    game = coordination(3)
    led = sg.leader_commits(game, "a")
    assert sg.subgame_perfect(led).path == "l > l"
    with pytest.raises(
        sg.SolverError, match=r"game: 3 subgame-perfect equilibria, in which '.' gets"
    ):
        sg.value_of_commitment(game, led)
    settled = coordination(-1)
    value = sg.value_of_commitment(settled, sg.verification(settled, "b"))
    assert value.selection[0] == "all equilibria: they have the same payoffs"
    assert dict(value) == {"a": 0.0, "b": 0.0}


def test_bad_input():
    game = coordination(3)
    other = sg.ExtensiveForm(sg.Decision("a", {"x": sg.Outcome("x", {"a": 1})}), players=["a"])
    with pytest.raises(sg.GameError, match="transformed: players a; expected a, b"):
        sg.value_of_commitment(game, other)
    with pytest.raises(sg.GameError, match="transformed: int; expected an ExtensiveForm"):
        sg.value_of_commitment(game, 3)
    with pytest.raises(sg.GameError, match="game: int; expected an ExtensiveForm"):
        sg.value_of_commitment(3, game)
    free = sg.model("preconditions").form
    with pytest.raises(sg.GameError, match=r"^game: parameters .* have no values"):
        sg.value_of_commitment(free, game)
    with pytest.raises(sg.GameError, match=r"^transformed: parameters .* have no values"):
        sg.value_of_commitment(game, free)
    family = sg.verification(coordination(-1), "b", [0.6, 0.7])
    with pytest.raises(sg.SolverError, match=r"^transformed: a family of batch shape \(2,\)"):
        sg.value_of_commitment(coordination(-1), family)
    single = sg.model("preconditions").game("article")
    first = sg.model("preconditions").game("article", summit_prize_ukraine=[0, 1])
    second = sg.model("preconditions").game("article", summit_prize_ukraine=[0, 1, 2])
    with pytest.raises(sg.GameError, match=r"batch shape \(3,\) does not broadcast with \(2,\)"):
        sg.value_of_commitment(first, second)
    assert sg.value_of_commitment(single, first).amounts.shape == (2, 2)


def test_exact_games_stay_exact():
    game = sg.model("composite").game("article")
    bound = sg.tied_hands(game, "russia", "offload > press > summit_first", "meet", Fraction(1, 3))
    certificate = sg.certify(bound, sg.subgame_perfect(bound))
    assert certificate.verdict == "proved"
    assert certificate.exact_input
    rounded = sg.tied_hands(game, "russia", "offload > press > summit_first", "meet", 1 / 3)
    assert not sg.certify(rounded, sg.subgame_perfect(rounded)).exact_input
