"""Commitments as new games: what changes, what is kept, and what is refused."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.testing import extensive_forms

F = Fraction
COST, PRIZE = sympy.symbols("cost prize")


def end(label, *payoffs, players=("a", "b"), tags=()):
    return sg.Outcome(label, dict(zip(players, payoffs, strict=True)), tags)


def entry(**options):
    """Entry deterrence: the incumbent b would share."""
    fight = options.get("fight", 0)
    return sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                "enter": sg.Decision(
                    "b",
                    {"share": end("duopoly", 1, 1, tags=["entry"]), "fight": end("war", -1, fight)},
                ),
                "out": end("monopoly", 0, 2),
            },
        ),
        players=["a", "b"],
        parameters=options.get("parameters", ()),
    )


def sequential():
    """Bagwell's example: a leads, b follows without seeing; each stays low (s) or high (c)."""
    payoffs = {"ss": (5, 2), "sc": (3, 1), "cs": (6, 3), "cc": (4, 4)}
    return sg.ExtensiveForm(
        sg.Decision(
            "a",
            {
                first: sg.Decision(
                    "b", {reply: end(first + reply, *payoffs[first + reply]) for reply in "sc"}, "b"
                )
                for first in "sc"
            },
        ),
        players=["a", "b"],
    )


def numbers(game):
    return [tuple(payoff[p] for p in game.players) for payoff in game.exact_payoffs()]


def same(first, second):
    """Whether two single games are the same, information sets by key."""
    return (
        numbers(first) == numbers(second)
        and [i.key for i in first.infosets] == [i.key for i in second.infosets]
        and [i.nodes for i in first.infosets] == [i.nodes for i in second.infosets]
        and [(o.label, o.tags) for o in first.outcomes]
        == [(o.label, o.tags) for o in second.outcomes]
        and first.tree.labels == second.tree.labels
    )


# tied_hands and sunk_cost


def test_tied_hands_charge_every_other_action():
    bound = sg.tied_hands(entry(), "b", "enter", "fight", F(1, 3))
    assert numbers(bound) == [(1, F(2, 3)), (-1, 0), (0, 2)]
    assert bound.outcomes[0].payoffs["b"] == F(2, 3)
    assert bound.outcomes[0].tags == ("entry",)
    assert not bound.has_binary_numbers
    assert sg.tied_hands(entry(), "b", "enter", "fight", 0.5).has_binary_numbers
    free = entry(parameters=["cost"])
    assert sg.tied_hands(free, "b", "enter", "fight", 0.5 * COST).has_binary_numbers
    assert not sg.tied_hands(free, "b", "enter", "fight", COST / 2).has_binary_numbers


def test_sunk_costs_charge_the_actions_listed():
    assert numbers(sg.sunk_cost(entry(), "a", "", ["enter"], 2)) == [(-1, 1), (-3, 0), (0, 2)]
    both = sg.sunk_cost(entry(), "a", "", ["out", "enter"], 2)
    assert numbers(both) == [(-1, 1), (-3, 0), (-2, 2)]


def test_entry_is_deterred_from_the_temptation_on():
    # Selten (1978), Dixit (1980): the temptation to share is 1; at a tie the first listed is taken.
    bound = sg.tied_hands(entry(), "b", "enter", "fight", [0, 0.5, 1, 1.5])
    found = sg.subgame_perfect(bound)
    assert found.path.tolist() == ["enter > share"] * 3 + ["out"]
    assert found.payoffs[:, 1].tolist() == [1, 0.5, 0, 2]


def test_hold_up_is_solved_by_a_bound_buyer():
    # The seller invests 1 for a surplus of 3; the buyer may take all of it.
    game = sg.ExtensiveForm(
        sg.Decision(
            "seller",
            {
                "invest": sg.Decision(
                    "buyer",
                    {
                        "take": sg.Outcome("held up", {"seller": -1, "buyer": 3}),
                        "split": sg.Outcome("trade", {"seller": F(1, 2), "buyer": F(3, 2)}),
                    },
                ),
                "wait": sg.Outcome("none", {"seller": 0, "buyer": 0}),
            },
        ),
        players=["seller", "buyer"],
    )
    assert sg.subgame_perfect(game).path == "wait"
    bound = sg.tied_hands(game, "buyer", "invest", "split", 2)
    assert sg.subgame_perfect(bound).path == "invest > split"
    assert sg.subgame_perfect(bound).payoffs.tolist() == [0.5, 1.5]


def test_costs_as_expressions_and_arrays():
    free = entry(fight=PRIZE, parameters=["prize", "cost"])
    bound = sg.tied_hands(free, "b", "enter", "share", COST)
    assert bound.parameters == ("prize", "cost")
    assert not bound.is_bound
    assert bound.bind(prize=3, cost=1).exact_payoffs()[1]["b"] == 2
    # An expression cancels to an exact number.
    assert sg.sunk_cost(free, "b", "enter", ["fight"], PRIZE).outcomes[1].payoffs["b"] == 0
    # An array with a payoff that is an expression: a new parameter, once for all payoffs.
    family = sg.tied_hands(free.bind(prize=[[1], [2]], cost=0), "b", "enter", "share", [1, 2, 3])
    assert family.parameters == ("prize", "cost", "cost_2")
    assert family.batch_shape == (2, 3)
    payoffs = family.quantity_values(0, 6)[family.payoff_numbers[1, 1]]
    assert payoffs.tolist() == [0, -1, -2, 1, 0, -1]
    # An array payoff with an expression.
    arrays = entry(fight=np.array([5.0, 6.0]), parameters=["c"]).bind(c=2)
    less = sg.sunk_cost(arrays, "b", "enter", ["fight"], sympy.Symbol("c"))
    assert less.parameters == ("c", "payoff")
    assert less.quantity_values(0, 2)[less.payoff_numbers[1, 1]].tolist() == [3, 4]


def test_a_later_change_of_the_given_array_does_not_matter():
    cost = np.array([1.0, 2.0])
    bound = sg.tied_hands(entry(), "b", "enter", "fight", cost)
    cost[:] = 9
    assert bound.quantity_values(0, 2)[bound.payoff_numbers[0, 1]].tolist() == [0, -1]


def test_labels_that_two_players_use():
    def second(label):
        return sg.Decision("b", {"l": end(label, 0, 1), "r": end(label, 0, 0)}, "here")

    game = sg.ExtensiveForm(
        sg.Decision("a", {"l": second("x"), "r": second("y")}, "here"), players=["a", "b"]
    )
    assert numbers(sg.sunk_cost(game, "b", "here", ["l"], 1)) == [(0, 0)] * 4
    assert numbers(sg.sunk_cost(game, "a", ("a", "here"), ["l"], 1))[0] == (-1, 1)
    with pytest.raises(sg.GameError, match=r"of player 'b'; expected one of 'a'"):
        sg.sunk_cost(game, "a", ("b", "here"), ["l"], 1)


@given(extensive_forms(information="any", batch_shape=()), st.data())
def test_a_cost_of_zero_changes_nothing(game, data):
    infoset = data.draw(st.sampled_from(game.infosets)) if game.infosets else None
    if infoset is None:
        return
    key, action = infoset.key, infoset.actions[0]
    assert same(sg.tied_hands(game, infoset.player, key, action, 0), game)
    assert same(sg.sunk_cost(game, infoset.player, key, list(infoset.actions), 0), game)


@given(extensive_forms(), st.data())
def test_a_promise_is_kept_where_it_costs_more_to_break_than_the_temptation(game, data):
    if not game.infosets:
        return
    infoset = data.draw(st.sampled_from(game.infosets))
    action = data.draw(st.sampled_from(infoset.actions))
    chosen = infoset.actions.index(action)
    worth = sg.subgame_perfect(game).action_payoffs(infoset.key)
    temptation = max(float(worth.max() - worth[chosen]), 0)
    for cost, kept in ((temptation + 1, True), (temptation / 2, temptation == 0)):
        bound = sg.tied_hands(game, infoset.player, infoset.key, action, cost)
        behavior = sg.subgame_perfect(bound).behavior[infoset.key]
        if kept and cost > temptation:
            assert behavior[chosen] == 1
        elif not kept:
            assert behavior[chosen] == 0


@given(extensive_forms(), st.data())
def test_all_actions_at_a_cost_are_chosen_as_before(game, data):
    if not game.infosets:
        return
    infoset = data.draw(st.sampled_from(game.infosets))
    charged = sg.sunk_cost(game, infoset.player, infoset.key, infoset.actions, 1)
    before, after = sg.subgame_perfect(game), sg.subgame_perfect(charged)
    assert (after.behavior[infoset.key] == before.behavior[infoset.key]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda _: sg.tied_hands(3, "b", "enter", "fight", 1), "game: int; expected an Ext"),
        (lambda g: sg.tied_hands(g, "c", "enter", "fight", 1), "unknown player 'c'; did you mean"),
        (
            lambda g: sg.tied_hands(g, "b", "entr", "fight", 1),
            "infoset 'entr'; did you mean 'enter'",
        ),
        (
            lambda g: sg.tied_hands(g, "b", "enter", "figt", 1),
            "action 'figt'; did you mean 'fight'",
        ),
        (
            lambda g: sg.tied_hands(g, "a", "enter", "fight", 1),
            "of player 'b'; expected one of 'a'",
        ),
        (
            lambda g: sg.tied_hands(g, "b", "enter", "fight", -1),
            "cost: -1; expected a number at le",
        ),
        (
            lambda g: sg.tied_hands(g, "b", "enter", "fight", [1, -2]),
            r"cost: -2 at batch index \(1,",
        ),
        (lambda g: sg.tied_hands(g, "b", "enter", "fight", np.nan), "cost: not finite"),
        (lambda g: sg.tied_hands(g, "b", "enter", "fight", sympy.oo), "cost: not finite"),
        (lambda g: sg.tied_hands(g, "b", "enter", "fight", COST), "cost: unknown parameter 'cost'"),
        (lambda g: sg.tied_hands(g, "b", "enter", "fight", "1"), "cost: '1'; expected a number"),
        (lambda g: sg.sunk_cost(g, "b", "enter", "fight", 1), "actions: 'fight'; expected a sequ"),
        (lambda g: sg.sunk_cost(g, "b", "enter", [], 1), "actions: empty; expected at least one"),
        (lambda g: sg.sunk_cost(g, "b", "enter", ["fight"] * 2, 1), "'fight' more than once"),
        (lambda g: sg.verification(g, "entr"), "unknown infoset 'entr'; did you mean 'enter'"),
        (lambda g: sg.leader_commits(g, "c"), "unknown player 'c'; did you mean"),
        (lambda g: sg.leader_commits(g, np.array(["a", "b"])), "unknown player array"),
        (lambda g: sg.tied_hands(g, np.array(["a", "b"]), "", "out", 1), "unknown player array"),
        (
            lambda g: sg.tied_hands(g, "b", "enter", np.array(["share", "fight"]), 1),
            "unknown action array",
        ),
        (lambda g: sg.leader_commits(g, "a", max_nodes=0), "max_nodes: 0; expected a positive"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(sg.GameError, match=message):
        call(entry())


def test_signs_of_expressions_are_checked_where_values_are_known():
    free = entry(parameters=["cost"])
    with pytest.raises(sg.GameError, match=r"cost: -1 at batch index \(1,\)"):
        sg.tied_hands(free.bind(cost=[1, -1]), "b", "enter", "fight", COST)
    later = sg.tied_hands(free, "b", "enter", "fight", COST)
    assert later.parameters == ("cost",)
    assert later.bind(cost=-1).batch_shape == ()  # not checked any more, as documented
    with pytest.raises(sg.GameError, match="a negative number"):
        sg.tied_hands(free, "b", "enter", "fight", -sympy.pi)
    mixed = entry(fight=PRIZE, parameters=["prize"])
    with pytest.raises(sg.GameError, match="an array and an expression would meet"):
        sg.tied_hands(mixed, "b", "enter", "share", [1, 2])
    with pytest.raises(sg.GameError, match=r"cost: shape \(3,\) does not broadcast with \(2,\)"):
        sg.tied_hands(mixed.bind(prize=[1, 2]), "b", "enter", "fight", [1, 2, 3])


# verification


def test_a_seen_leader_gains_and_a_nearly_seen_one_does_not():
    # Bagwell (1995), Games and Economic Behavior 8(2): with any noise the only pure equilibrium is
    # the one without observation.
    game = sequential()
    seen = sg.verification(game, "b")
    assert [i.label for i in seen.infosets] == ["", "b | s", "b | c"]
    assert sg.subgame_perfect(seen).path == "s > s"
    noisy = sg.verification(game, "b", F(99, 100))
    assert noisy.tree.labels[1:5] == ("s", "s", "s", "c")
    assert [(i.label, len(i.nodes)) for i in noisy.infosets] == [
        ("", 1),
        ("b | s", 2),
        ("b | c", 2),
    ]
    form = noisy.to_normal_form()
    pure = [tuple(map(int, cell)) for cell in np.argwhere(sg.pure_nash(form))]
    assert [(form.actions[0][i], form.actions[1][j]) for i, j in pure] == [("c", "c, c")]
    assert sorted(set(noisy.exact_quantities())) == [F(1, 100), F(99, 100), 1, 2, 3, 4, 5, 6]


def test_a_player_remembers_what_it_was_shown():
    def later(x):
        second = sg.Decision("b", {"u": end(f"{x}u", 0, 0), "d": end(f"{x}d", 0, 1)}, "later")
        reply = sg.Decision("a", {"go": second, "end": end(f"{x}e", 1, 0)})
        return sg.Decision("b", {"on": reply, "off": end(f"{x}o", 0, 0)}, "now")

    root = sg.Chance({"x": (F(1, 2), later("x")), "y": (F(1, 2), later("y"))})
    game = sg.ExtensiveForm(root, players=["a", "b"])
    split = sg.verification(game, "now")
    assert split.has_perfect_recall
    assert [i.label for i in split.infosets] == [
        "now | x",
        "x > on",
        "later | x",
        "now | y",
        "y > on",
        "later | y",
    ]
    noisy = sg.verification(game, "now", 0.75)
    assert noisy.has_perfect_recall
    assert {(i.label, len(i.nodes)) for i in noisy.infosets} == {
        ("now | x", 2),
        ("now | y", 2),
        ("x > on", 2),  # the other player does not hear what was told
        ("y > on", 2),
        ("later | x", 2),
        ("later | y", 2),
    }
    again = pickle.loads(pickle.dumps(noisy))  # noqa: S301  (our own bytes)
    assert same(again, noisy)


@pytest.mark.parametrize("accuracy", [F(1, 2), 0.75, 1])
def test_a_single_node_needs_no_verification(accuracy):
    game = sequential()
    if accuracy != 1:
        with pytest.raises(sg.GameError, match="accuracy"):
            sg.verification(game, "", accuracy)
    else:
        assert sg.verification(game, "") is game


def test_a_third_in_binary_is_a_third():
    replies = {x: sg.Decision("b", {"u": end(x, 0, 1)}, "b") for x in "lmr"}
    game = sg.ExtensiveForm(sg.Decision("a", replies), players=["a", "b"])
    assert F(1, 3) > 1 / 3
    for accuracy in (1 / 3, F(1, 3), [1 / 3, 0.5], sympy.Rational(1, 3)):
        assert len(sg.verification(game, "b", accuracy).infosets[1].nodes) == 3
    with pytest.raises(sg.GameError, match=r"accuracy: 0.333333; expected a number from 1/3 to 1"):
        sg.verification(game, "b", np.nextafter(1 / 3, 0))


def test_expressions_as_accuracies():
    share = sympy.Symbol("share")
    free = sg.ExtensiveForm(
        sg.Decision("a", {x: sg.Decision("b", {"u": end(x, share, 1)}, "b") for x in "lr"}),
        players=["a", "b"],
        parameters=["share"],
    )
    noisy = sg.verification(free, "b", share)
    assert not noisy.is_bound
    assert noisy.bind(share=F(3, 4)).exact_quantities()[0] == F(3, 4)
    with pytest.raises(sg.GameError, match=r"probability of .* is 1.5"):
        noisy.bind(share=1.5)
    with pytest.raises(
        sg.GameError, match=r"accuracy: 0.4 at batch index \(1,\); expected numbers"
    ):
        sg.verification(free.bind(share=[0.6, 0.4]), "b", share)


@pytest.mark.parametrize("accuracy", [1, F(3, 4)])
def test_labels_that_are_taken(accuracy):
    def reply(x):
        return sg.Decision("b", {"u": end(x, 0, 1), "d": end(x, 0, 0)}, "b")

    def taken(player):
        other = sg.Decision(player, {"u": end("o", 0, 1), "d": end("o", 0, 0)}, "b | l")
        root = sg.Decision("a", {"l": reply("l"), "r": reply("r"), "o": other})
        return sg.ExtensiveForm(root, players=["a", "b"])

    message = r"infoset 'b' of player 'b': would become 'b \| l', which another one is called"
    with pytest.raises(sg.GameError, match=message):
        sg.verification(taken("b"), "b", accuracy)
    with pytest.raises(sg.GameError, match=message):
        sg.leader_commits(taken("b"), "a")
    verified = sg.verification(taken("a"), "b", accuracy)  # of another player it does not matter
    assert ("b", "b | l") in [infoset.key for infoset in verified.infosets]


def test_accuracies_out_of_range_and_families():
    for accuracy in (0.4, 1.2, [0.6, 1.1]):
        with pytest.raises(sg.GameError, match=r"accuracy: .*expected .*from 1/2 to 1"):
            sg.verification(sequential(), "b", accuracy)
    family = sg.verification(sequential(), "b", [0.5, 0.9, 1])
    assert family.batch_shape == (3,)
    assert family.has_binary_numbers


def test_a_signal_that_tells_nothing_is_worth_nothing():
    # At accuracy 1/m whatever the follower does with the signal it does at random: the payoffs of
    # the follower's best reply to any mix of the leader are those without a signal.
    game = sequential()
    noisy = sg.verification(game, "b", F(1, 2))
    plain, told = game.to_normal_form(), noisy.to_normal_form()
    for p in np.linspace(0, 1, 5):
        mix = np.array([p, 1 - p])
        assert (mix @ plain.payoffs[1]).max() == pytest.approx((mix @ told.payoffs[1]).max())


# leader_commits


def test_plans_that_are_announced():
    game = entry()
    led = sg.leader_commits(game, "b")
    assert led.infosets[0].actions == ("share", "fight")
    assert sg.subgame_perfect(led).path == "fight > out"
    assert led.outcomes[0].tags == ("entry",)
    first = sg.leader_commits(game, "a")
    assert [first.path_to(i) for i in range(len(first.outcomes))] == [
        "enter > share",
        "enter > fight",
        "out",
    ]


def test_followers_who_do_not_see_the_move_hear_the_plan():
    led = sg.leader_commits(sequential(), "a")
    assert [i.label for i in led.infosets] == ["", "b | s", "b | c"]
    assert led.has_perfect_information
    assert sg.subgame_perfect(led).path == "s > s"


def test_free_parameters_and_chance_are_kept():
    share = sympy.Symbol("share")
    root = sg.Chance(
        {
            "l": (share, sg.Decision("a", {"u": end("lu", PRIZE, 0), "d": end("ld", 0, 1)})),
            "r": (1 - share, sg.Decision("a", {"u": end("ru", 0, 1), "d": end("rd", 1, 0)})),
        }
    )
    game = sg.ExtensiveForm(root, players=["a", "b"], parameters=["share", "prize"])
    led = sg.leader_commits(game, "a")
    assert led.infosets[0].actions == ("u, u", "u, d", "d, u", "d, d")
    bound = led.bind(share=F(1, 4), prize=[1, 2])
    found = sg.subgame_perfect(bound)
    assert found.payoffs[:, 0].tolist() == [1, 1.25]


def test_too_many_plans_are_counted_and_refused():
    game = sg.model("composite").game()
    with pytest.raises(
        sg.SolverError, match=r"plans of 'russia', up to \d+ nodes; expected at most"
    ):
        sg.leader_commits(game, "russia")
    with pytest.raises(sg.SolverError, match="expected at most 10 nodes"):
        sg.leader_commits(entry(), "b", max_nodes=10)
    alone = sg.ExtensiveForm(sg.Decision("a", {"x": end("x", 1, 1)}), players=["a", "b"])
    with pytest.raises(sg.GameError, match="player 'b': has no move"):
        sg.leader_commits(alone, "b")


def test_imperfect_recall_is_refused():
    again = sg.Decision("a", {"l": end("ll", 1, 0), "r": end("lr", 0, 0)}, "x")
    game = sg.ExtensiveForm(
        sg.Decision("a", {"l": again, "r": end("r", 0, 0)}, "x"), players=["a", "b"]
    )
    for transform in (sg.verification, sg.leader_commits):
        with pytest.raises(sg.SolverError, match="perfect recall"):
            transform(game, "x" if transform is sg.verification else "a")
    # A cost is paid each time.
    assert numbers(sg.sunk_cost(game, "a", "x", ["l"], 1)) == [(-1, 0), (-1, 0), (0, 0)]
