"""Trees with parameters: what is checked when, families of games, recall, exactness, copies."""

import dataclasses
import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Outcome
from summitgames.games.flattening import Flattener

P, X = sympy.symbols("p x")


def end(a=0, b=0, label="end", **more):
    return Outcome(label, {"a": a, "b": b}, **more)


def gamble():
    """A choice between a sure payoff x and a chance of 1 with probability p."""
    return ExtensiveForm(
        Decision(
            "a",
            {
                "sure": end(X, tags=["sure"]),
                "gamble": Chance(
                    {
                        "won": (P, end(1, 2, "won", tags=["won", "over"])),
                        "lost": (1 - P, end(0, 1, "lost", tags=["over"])),
                    }
                ),
            },
        ),
        players=["a", "b"],
        parameters=[P, "x"],
    )


def hidden(first="b", second="b", infoset="i", actions=("u", "v")):
    """Two nodes of one information set behind a choice of player a."""

    def node(player):
        return Decision(player, {action: end() for action in actions}, infoset=infoset)

    return Decision("a", {"l": node(first), "r": node(second)})


# What is declared


def test_players_and_parameters_are_names():
    game = gamble()
    assert (game.players, game.parameters, game.n_players) == (("a", "b"), ("p", "x"), 2)
    assert [outcome.label for outcome in game.outcomes] == ["end", "won", "lost"]
    assert game.tags == ("sure", "won", "over")
    assert game.tagged("over").tolist() == [False, True, True]
    assert [game.path_to(number) for number in range(3)] == [
        "sure",
        "gamble > won",
        "gamble > lost",
    ]


@pytest.mark.parametrize(
    ("players", "message"),
    [
        ([], "players: empty; expected at least one label"),
        ("ab", "players: the string 'ab'; expected a sequence of labels"),
        (["a", ""], "players: ''; expected non-empty strings"),
        (["a", 2], "players: 2; expected non-empty strings"),
        (["a", "b", "a"], "players: 'a' more than once; expected distinct labels"),
        (None, "players: None; expected a sequence of labels"),
    ],
)
def test_players_are_checked(players, message):
    with pytest.raises(sg.GameError) as caught:
        ExtensiveForm(end(), players=players)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("p", "parameters: the string 'p'; expected a sequence of labels"),
        ([X, "x"], "parameters: 'x' more than once; expected distinct labels"),
        ([""], "parameters: ''; expected non-empty strings"),
        (3, "parameters: 3; expected a sequence of labels"),
    ],
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(sg.GameError) as caught:
        ExtensiveForm(end(), players=["a", "b"], parameters=parameters)
    assert str(caught.value) == message


def test_unknown_tag():
    with pytest.raises(sg.GameError, match="unknown tag 'one'; did you mean 'won'"):
        gamble().tagged("one")


def test_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        gamble().players = ("c",)
    with pytest.raises(TypeError):
        gamble().outcomes[0].payoffs["a"] = 3


def test_declared_nodes_are_read_once():
    actions = {"l": end(1), "r": end(2)}
    game = ExtensiveForm(Decision("a", actions), players=["a", "b"])
    actions["l"] = end(7)
    assert sg.subgame_perfect(game).payoffs[0] == 2


def test_arrays_are_copied():
    payoff, value = np.array([1.0, 2.0]), np.array([[0.5], [0.25]])
    game = ExtensiveForm(end(payoff, X), players=["a", "b"], parameters=["x"]).bind(x=value)
    payoff[:] = np.nan
    value[:] = np.inf
    expected = [[[1, 0.5], [2, 0.5]], [[1, 0.25], [2, 0.25]]]
    assert sg.subgame_perfect(game).payoffs.tolist() == expected


def test_repr():
    game = gamble()
    counts = "a, b; 1 decision nodes, 1 chance nodes, 3 outcomes"
    assert repr(game) == f"<ExtensiveForm: {counts}; free: p, x>"
    assert repr(game.bind(p=0.5, x=1)) == f"<ExtensiveForm: {counts}>"
    assert repr(game.bind(p=[0.5, 1], x=1)) == f"<ExtensiveForm: {counts}; batch shape (2,)>"


def test_labels_of_users_are_escaped():
    player = "<script>alert('&')</script>"
    shown = ExtensiveForm(Outcome("o", {player: 0}), players=[player])._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;" in shown


# Information


def test_perfect_information_and_recall():
    game = gamble()
    assert game.has_perfect_information
    assert game.has_perfect_recall
    imperfect = ExtensiveForm(hidden(), players=["a", "b"])
    assert not imperfect.has_perfect_information
    assert imperfect.has_perfect_recall


def test_imperfect_recall_of_an_own_action():
    game = ExtensiveForm(hidden("a", "a"), players=["a", "b"])
    assert not game.has_perfect_recall
    assert game.forgetful_infoset is game.infosets[1]


def test_imperfect_recall_of_what_was_known():
    def ask(infoset):
        later = Decision("b", {"u": end(), "v": end()}, infoset="later")
        return Decision("b", {"ask": later, "stop": end()}, infoset=infoset)

    def game(first, second):
        return ExtensiveForm(Decision("a", {"l": ask(first), "r": ask(second)}), players=["a", "b"])

    assert game("same", "same").has_perfect_recall
    assert not game("left", "right").has_perfect_recall
    assert game("left", "right").forgetful_infoset.label == "later"


def test_absent_mindedness_is_no_perfect_recall():
    inner = Decision("a", {"on": end(), "off": end()}, infoset="exit")
    root = Decision("a", {"on": Decision("b", {"go": inner}), "off": end()}, infoset="exit")
    game = ExtensiveForm(root, players=["a", "b"])
    assert game.infosets[0].nodes == (0, 2)
    assert game.absent_minded_infoset is game.infosets[0]
    assert not game.has_perfect_recall
    with pytest.raises(sg.SolverError) as caught:
        game.require_perfect_recall()
    assert str(caught.value) == (
        "game: infoset 'exit' of player 'a': absent-minded: one of its nodes follows another; "
        "expected a game of perfect recall"
    )


def test_what_is_forgotten_is_named():
    game = ExtensiveForm(hidden("a", "a"), players=["a", "b"])
    assert game.absent_minded_infoset is None
    with pytest.raises(sg.SolverError) as caught:
        game.require_perfect_recall()
    assert str(caught.value) == (
        "game: infoset 'i' of player 'a': something that its player knew or did before is "
        "forgotten; expected a game of perfect recall"
    )
    ExtensiveForm(hidden(), players=["a", "b"]).require_perfect_recall()


def test_chance_and_other_players_need_not_be_remembered():
    def node():
        return Decision("b", {"u": end(), "v": end()}, infoset="i")

    root = Chance({"c": (0.5, Decision("a", {"l": node(), "r": node()})), "d": (0.5, node())})
    assert ExtensiveForm(root, players=["a", "b"]).has_perfect_recall


def test_infosets_by_key():
    game = ExtensiveForm(hidden("a", "b"), players=["a", "b"])
    assert game.infoset("") is game.infosets[0]
    assert game.infoset(("b", "i")) is game.infosets[2]
    with pytest.raises(sg.GameError, match=r"a label of players a, b; expected \(player, label\)"):
        game.infoset("i")
    named = ExtensiveForm(hidden(), players=["a", "b"])
    assert named.infoset("i") is named.infosets[1]
    for key in ("l", "l > u", "j", 3, ["i"], ("a", "i"), named.infosets[1]):
        with pytest.raises(sg.GameError, match="unknown infoset"):
            named.infoset(key)


def test_large_games_do_not_look_for_the_nearest_label():
    with pytest.raises(sg.GameError, match="unknown infoset 'i'; expected a label of this game"):
        chain(1500, 1).infoset("i")


def test_a_label_may_not_be_the_name_of_another():
    root = Decision(
        "a",
        {
            "l": Decision("b", {"u": end(), "v": end()}),
            "r": Decision("b", {"u": end(), "v": end()}, infoset="l"),
        },
    )
    with pytest.raises(sg.GameError) as caught:
        ExtensiveForm(root, players=["a", "b"])
    assert str(caught.value) == (
        "infoset 'l' of player 'b': that is the name of the unlabelled one to which these actions "
        "lead; expected another label"
    )


def test_a_label_may_be_its_own_nodes_way_or_lead_to_no_decision():
    for label in ("l", "l > u", "r"):
        node = Decision("b", {"u": end(), "v": end()}, infoset=label)
        game = ExtensiveForm(Decision("a", {"l": node, "r": end()}), players=["a", "b"])
        assert game.infoset(label) is game.infosets[1]


# Parameters


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "no value for parameter p, x; expected one for each"),
        ({"p": 0.5}, "no value for parameter x; expected one for each"),
        ({"p": 0.5, "x": 1, "xx": 2}, "unknown parameter 'xx'; did you mean 'x'?"),
        ({"p": "0.5", "x": 1}, "p: '0.5'; expected a number or an array of numbers"),
        ({"p": 0.5, "x": np.nan}, "x: not finite: nan; expected finite numbers"),
        ({"p": 0.5, "x": [1, 2, np.inf]}, "x: not finite at batch index (2,): inf; expected"),
        (
            {"p": [0.1, 0.2], "x": [1, 2, 3]},
            "x: shape (3,) does not broadcast with (2,), the shape of p; expected shapes",
        ),
        ({"p": 1.25, "x": 0}, "probability of 'won' at chance node 'gamble' is 1.25; expected a"),
        (
            {"p": [[0.5, 0.5], [-0.25, 2]], "x": 0},
            "probability of 'won' at chance node 'gamble' is -0.25 at batch index (1, 0); expected",
        ),
        ({"p": 0.5, "x": 10**400}, "x: beyond float64; expected a number within its range"),
    ],
)
def test_bindings_are_checked(values, message):
    with pytest.raises(sg.GameError) as caught:
        gamble().bind(**values)
    assert str(caught.value).startswith(message)


def chance(first, second, parameters=()):
    return ExtensiveForm(
        Decision("a", {"l": Chance({"c": (first, end()), "d": (second, end())}), "r": end()}),
        players=["a", "b"],
        parameters=parameters,
    )


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (0.5, 0.6, "probabilities at chance node 'l' sum to 1.1; expected 1 within 1e-9"),
        (0.5, Fraction(1, 3), "probabilities at chance node 'l' sum to 0.833333333333; expected"),
        (-0.5, 1.5, "probability of 'c' at chance node 'l' is -0.5; expected a number in [0, 1]"),
        (0.5, [0.5, 0.5, 0.25], "sum to 0.75 at batch index (2,); expected 1 within 1e-9"),
        ([1, 1], [[0, 0], [0, 1e-6]], "sum to 1.000001 at batch index (1, 1); expected"),
        (
            [0.5, 1.5],
            [0.5, -0.5],
            "probability of 'c' at chance node 'l' is 1.5 at batch index (1,)",
        ),
        (np.full(9000, 0.5), np.append(np.full(8999, 0.5), 0), "sum to 0.5 at batch index (8999,)"),
    ],
)
def test_probabilities_of_numbers_are_checked_at_once(first, second, message):
    with pytest.raises(sg.GameError) as caught:
        chance(first, second)
    assert message in str(caught.value)


def test_probabilities_may_be_off_by_rounding_and_no_more():
    assert chance([0.1, 0.3], [0.9, 0.7]).batch_shape == (2,)
    assert chance(Fraction(1, 2) + Fraction(1, 10**9), 0.5).tree.size == 5
    with pytest.raises(sg.GameError, match="expected 1 within 1e-9"):
        chance(Fraction(1, 2) + Fraction(2, 10**9), 0.5)


def test_a_draw_at_the_very_limit_is_refused_too():
    # What the check found is an error even where another order of adding up would not show it.
    game = chance([0.5, 0.25], [0.5, 0.75])
    with pytest.raises(sg.GameError, match=r"off 1 by 1e-9 at batch index \(1,\); expected 1"):
        game.explain_fault(game.batch, 1)


def test_a_chance_move_at_the_root_is_named():
    with pytest.raises(sg.GameError, match="probabilities at the chance node at the root sum to 0"):
        ExtensiveForm(Chance({"c": (0, end())}), players=["a", "b"])


@pytest.mark.parametrize(
    ("payoff", "values", "message"),
    [
        (1 / X, [1, 0], "not finite at batch index (1,): inf"),
        (sympy.log(X), [[1], [-1]], "not finite at batch index (1, 0): nan"),
        (sympy.exp(X), 1000, "not finite: inf"),
        (X * 10**400, 1, "not finite: inf"),
        (10**308 * X, [1, 10], "not finite at batch index (1,): inf"),
    ],
)
def test_payoffs_that_leave_the_numbers(payoff, values, message):
    game = ExtensiveForm(
        Decision("a", {"l": end(), "r": end(b=payoff, label="there")}),
        players=["a", "b"],
        parameters=["x"],
    )
    with pytest.raises(sg.GameError) as caught:
        game.bind(x=values)
    assert str(caught.value) == (
        f"payoff of 'b' in outcome 'there' at node 'r': {message}; expected finite numbers"
    )


def test_unsupported_expressions_are_refused_before_solving():
    game = ExtensiveForm(end(sympy.gamma(X)), players=["a", "b"], parameters=["x"])
    with pytest.raises(sg.GameError, match="expression has 'gamma', which is not supported"):
        game.bind(x=1)


def test_unbound_games_say_so():
    game = gamble()
    assert not game.is_bound
    for use in (game.require_bound, game.exact_payoffs, lambda: game.quantity_values(0, 1)):
        with pytest.raises(sg.GameError, match="parameters p, x have no values; expected a game"):
            use()
    assert game.bind(p=0.5, x=1).is_bound
    assert ExtensiveForm(end(), players=["a", "b"]).is_bound


def test_parameters_may_have_any_name():
    game = ExtensiveForm(
        end(sympy.Symbol("self") + sympy.Symbol("lambda")),
        players=["a", "b"],
        parameters=["self", "lambda"],
    )
    assert game.bind(**{"self": 1, "lambda": 2}).exact_payoffs()[0]["a"] == 3


def test_symbols_go_by_name_whatever_is_assumed_of_them():
    positive = sympy.Symbol("x", positive=True)
    game = ExtensiveForm(end(positive, X), players=["a", "b"], parameters=["x"])
    assert game.bind(x=2).exact_payoffs() == [{"a": 2, "b": 2}]


def test_binding_leaves_the_game_as_it_was():
    game = gamble()
    first, second = game.bind(p=0.5, x=1), game.bind(p=[0.25, 0.75, 1], x=0)
    assert (game.bindings, first.batch_shape, second.batch_shape) == (None, (), (3,))
    assert first.tree is game.tree
    assert first.bind(p=1, x=3).exact_payoffs()[0]["a"] == 3  # a bound game may be bound anew


def test_arrays_of_parameters_and_payoffs_broadcast_together():
    game = ExtensiveForm(
        end(np.zeros((4, 1, 1)), X + P), players=["a", "b"], parameters=["p", "x"]
    ).bind(p=np.arange(3.0)[:, None], x=[10, 20])
    assert game.batch_shape == (4, 3, 2)
    payoffs = sg.subgame_perfect(game).payoffs
    expected = np.broadcast_to(np.arange(3.0)[:, None] + [10, 20], (4, 3, 2))
    np.testing.assert_array_equal(payoffs[..., 1], expected)


def test_quantities_in_floats_and_exactly():
    game = gamble().bind(p=Fraction(1, 3), x=Fraction(1, 7))
    exact = game.exact_quantities()
    assert {Fraction(1, 3), Fraction(2, 3), Fraction(1, 7)} <= set(exact)
    np.testing.assert_allclose(game.quantity_values(0, 1)[:, 0], [float(q) for q in exact])
    assert game.exact_payoffs()[1] == {"a": Fraction(1), "b": Fraction(2)}
    assert dict(game.chance_probabilities()).keys() == {2}


def test_exact_numbers_are_those_of_single_games():
    with pytest.raises(sg.GameError, match=r"batch shape \(2,\); expected a single game"):
        gamble().bind(p=[0, 1], x=0).exact_quantities()
    irrational = ExtensiveForm(end(sympy.sqrt(X)), players=["a", "b"], parameters=["x"])
    with pytest.raises(sg.SolverError, match="leaves the rational numbers"):
        irrational.bind(x=2).exact_payoffs()


def test_which_games_have_binary_numbers():
    assert not gamble().has_binary_numbers
    assert chance(0.5, 0.5).has_binary_numbers
    assert not chance(Fraction(1, 2), sympy.Rational(1, 2)).has_binary_numbers


# Copies


@pytest.mark.parametrize("bound", [False, True])
def test_pickling(bound):
    game = gamble().bind(p=[0.25, 0.75], x=Fraction(1, 2)) if bound else gamble()
    again = pickle.loads(pickle.dumps(game))  # noqa: S301
    assert repr(again) == repr(game)
    assert again.tree.labels == game.tree.labels
    assert [o.tags for o in again.outcomes] == [tuple(o.tags) for o in game.outcomes]
    if not bound:
        again = again.bind(p=[0.25, 0.75], x=Fraction(1, 2))
        game = game.bind(p=[0.25, 0.75], x=Fraction(1, 2))
    assert again.bindings["x"] == Fraction(1, 2)
    np.testing.assert_array_equal(
        sg.subgame_perfect(again).payoffs, sg.subgame_perfect(game).payoffs
    )
    with pytest.raises(TypeError):
        again.bindings["x"] = 2


def test_a_pickle_leaves_compiled_programs_behind():
    game = gamble().bind(p=0.5, x=1)
    before = len(pickle.dumps(game))
    sg.subgame_perfect(game)
    assert len(pickle.dumps(game)) == before


# Size


def chain(levels, every, labelled=False):
    """Moves one after the other; at each `every`-th one may stop for constants, the end pays x."""
    node = end(X, X)
    for level in range(levels):
        infoset = f"i{level}" if labelled else None
        stop = {"stop": end(level % 3, level % 5)} if level % every == 0 else {}
        node = Decision("ab"[level // every % 2], {**stop, "go": node}, infoset=infoset)
    return ExtensiveForm(node, players=["a", "b"], parameters=["x"])


@pytest.mark.parametrize(("levels", "every"), [(10**5, 50), (2000, 1)])
def test_long_chains(levels, every):
    game = chain(levels, every)
    assert game.has_perfect_recall
    bound = game.bind(x=[2, 10])
    equilibrium = sg.subgame_perfect(bound)
    assert equilibrium.payoffs[1].tolist() == [10, 10]  # everybody goes on to the end
    assert equilibrium.path[1].count(" > ") == levels - 1
    values = [2, 2]  # of the first game, from the end backwards
    for level in range(0, levels, every):
        stop = [level % 3, level % 5]
        mover = level // every % 2
        values = stop if stop[mover] >= values[mover] else values
    assert equilibrium.payoffs[0].tolist() == values
    assert sg.regret(bound, equilibrium).tolist() == [0, 0]


def test_reading_a_tree_puts_no_names_together(monkeypatch):
    # Names are as long as the way: one a node, and a chain's time would grow with its square.
    def name(_, node):
        raise AssertionError(f"the name of node {node} was put together")

    monkeypatch.setattr(Flattener, "name", name)
    assert chain(100, 2, labelled=True).tree.size == 151
    assert chance(np.array([0.5, 1]), np.array([0.5, 0])).tree.size == 5


def test_the_error_at_the_end_of_a_chain_names_the_whole_way():
    node = end(np.nan)
    for _ in range(10**4):
        node = Decision("a", {"go": node})
    with pytest.raises(sg.GameError) as caught:
        ExtensiveForm(node, players=["a", "b"])
    assert str(caught.value).count("go") == 10**4


def arrays():
    """Probabilities and payoffs of three games, given as arrays."""
    lottery = Chance(
        {
            "up": ([0.25, 0.5, 1.0], Outcome("x", {"a": 1, "b": [1, 2, 3]})),
            "down": ([0.75, 0.5, 0.0], Outcome("y", {"a": [0, 5, 9], "b": 1})),
        }
    )
    moves = {"left": lottery, "right": Outcome("z", {"a": [2, 1, 3], "b": 0})}
    return ExtensiveForm(Decision("a", moves), players=["a", "b"])


@pytest.mark.parametrize(
    "family",
    [
        arrays(),
        sg.model("preconditions").game(
            "article", summit_prize_ukraine=[[0.0], [0.6]], settlement_value_russia=[0.25, 1.0, 2.0]
        ),
    ],
    ids=["arrays", "parameters"],
)
def test_a_part_of_a_family_has_the_same_games(family):
    found = sg.subgame_perfect(family)
    mask = np.arange(family.batch_shape[0]) != 1
    for index in (0, -1, np.int64(1), slice(None, None, 2), [1, 0], mask, None, (None, 1), ...):
        part = family[index]
        again = sg.subgame_perfect(part)
        assert part.batch_shape == np.empty(family.batch_shape)[index].shape
        assert part.tree is family.tree
        rows = index if isinstance(index, tuple) else (index,)
        np.testing.assert_array_equal(again.payoffs, found.payoffs[rows])
        np.testing.assert_array_equal(sg.regret(part, again), 0)
        assert pickle.loads(pickle.dumps(part)).batch_shape == part.batch_shape  # noqa: S301
    assert len(list(family)) == family.batch_shape[0]
    single = family[(1,) * len(family.batch_shape)]
    assert single.batch_shape == ()
    assert sg.certify(single, sg.subgame_perfect(single)).verdict == "proved"


def test_games_of_a_part_are_those_of_its_numbers():
    part = arrays()[1]
    lottery = Chance(
        {
            "up": (0.5, Outcome("x", {"a": 1, "b": 2})),
            "down": (0.5, Outcome("y", {"a": 5, "b": 1})),
        }
    )
    moves = {"left": lottery, "right": Outcome("z", {"a": 1, "b": 0})}
    alone = ExtensiveForm(Decision("a", moves), players=["a", "b"])
    assert part.exact_payoffs() == alone.exact_payoffs()
    certificate = sg.certify(alone, sg.subgame_perfect(alone))
    assert certificate.check(part)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("a", "index: only integers"),
        ((0, 0), "index: too many indices"),
        (slice(0, 0), r"index: slice\(0, 0, None\) picks shape \(0,\) of \(3,\); expected games"),
        (np.zeros(3, dtype=bool), "expected games"),
    ],
)
def test_a_part_that_is_none_is_refused(index, message):
    with pytest.raises(sg.GameError, match=message):
        arrays()[index]


def test_what_is_no_family_has_no_parts():
    single = sg.model("preconditions").game()
    for index in (0, None):
        with pytest.raises(sg.GameError, match="index: "):
            single[index]
    with pytest.raises(IndexError):
        arrays()[3]
    free = ExtensiveForm(Outcome("x", {"a": sympy.Symbol("x")}), players=["a"], parameters=["x"])
    with pytest.raises(sg.GameError, match="parameters x have no values"):
        free[0]
