"""Every malformed tree is refused while it is read, by a message that says what, where, found."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.flattening import Flattener
from summitgames.games.nodes import Chance, Decision, Outcome

X = sympy.Symbol("x")


def end(a=0, b=0, **more):
    return Outcome("end", {"a": a, "b": b}, **more)


def below(node):
    """A node two moves down, so that messages have a way to name."""
    return Decision("a", {"go": Decision("b", {"on": node, "stop": end()}), "stop": end()})


def refused(root, *, players=("a", "b"), parameters=("x",)):
    with pytest.raises(sg.GameError) as caught:
        ExtensiveForm(root, players=players, parameters=parameters)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_cycle():
    actions = {"stop": end()}
    loop = Decision("a", actions)
    actions["again"] = Decision("b", {"back": loop, "out": end()})
    assert refused(loop) == (
        "node 'again > back': a cycle: it is also the root; "
        "expected a tree, each node an object of its own"
    )


def test_a_node_that_is_its_own_child():
    branches = {}
    loop = Chance(branches)
    branches["c"] = (1, loop)
    assert refused(below(loop)).startswith("node 'go > on > c': a cycle: it is also 'go > on'")


@pytest.mark.parametrize("shared", [end(), Decision("a", {"l": end()}), Chance({"c": (1, end())})])
def test_a_node_used_twice(shared):
    root = Decision("a", {"l": shared, "r": Decision("b", {"x": shared})})
    assert refused(root) == (
        "node 'r > x': a node used twice: it is also 'l'; "
        "expected a tree, each node an object of its own"
    )


@pytest.mark.parametrize("player", ["ukrain", "Ukraine", None, ["ukraine"]])
def test_an_unknown_player(player):
    ends = [Outcome("end", {"russia": 0, "ukraine": 0}) for _ in range(2)]
    root = Decision("russia", {"l": ends[0], "r": Decision(player, {"x": ends[1]})})
    message = refused(root, players=("russia", "ukraine"))
    assert message.startswith(f"node 'r': unknown player {player!r}; did you mean '")
    if player == "ukrain":
        assert message.endswith("'ukraine'?")


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (Decision("a", {}), "actions at node 'go > on': empty; expected at least one"),
        (Chance({}), "branches at node 'go > on': empty; expected at least one"),
        (
            Decision("a", [end()]),
            "actions at node 'go > on': list; expected a mapping from labels to nodes",
        ),
        (Chance(None), "branches at node 'go > on': NoneType; expected a mapping"),
        (
            Chance({"c": end()}),
            "branch 'c' at chance node 'go > on': Outcome; expected a pair (probability, node)",
        ),
        (Chance({"c": (1, end(), 2)}), "expected a pair (probability, node)"),
        (
            None,
            "node 'go > on': NoneType None; expected a Decision, Chance or Outcome",
        ),
        ("end", "node 'go > on': str 'end'; expected a Decision, Chance or Outcome"),
        (Decision("a", {"l": None}), "node 'go > on > l': NoneType None; expected"),
        (Chance({"c": (1, None)}), "node 'go > on > c': NoneType None; expected"),
        (Decision("a", {"": end()}), "actions at node 'go > on': label ''; expected a non-empty"),
        (Decision("a", {1: end()}), "actions at node 'go > on': label 1; expected a non-empty"),
        (Decision("a", {"l > r": end()}), "label 'l > r'; expected a non-empty string without"),
        (Decision("a", {"l >": end()}), "that does not end in ' >'"),
        (Chance({"x > y": (1, end())}), "branches at node 'go > on': label 'x > y'; expected"),
        (
            Decision("a", {"l": end()}, infoset=3),
            "infoset at node 'go > on': 3; expected a string or None",
        ),
        (
            Decision("a", {f"a{i}": end() for i in range(2**15 + 1)}),
            "actions at node 'go > on': 32769 of them; expected at most 32768",
        ),
    ],
)
def test_malformed_nodes(node, message):
    assert message in refused(below(node))


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (
            Outcome("o", {"a": 1}),
            "payoffs of outcome 'o' at node 'go > on': none for player 'b'; expected one each",
        ),
        (
            Outcome("o", {"a": 1, "b": 2, "c": 3}),
            "payoffs of outcome 'o' at node 'go > on': unknown player 'c'; did you mean",
        ),
        (
            Outcome("o", [1, 2]),
            "payoffs of outcome 'o' at node 'go > on': expected a mapping from players to payoffs",
        ),
        (Outcome(7, {"a": 1, "b": 1}), "label of outcome 7 at node 'go > on': expected a string"),
        (end(tags="summit"), "tags of outcome 'end' at node 'go > on': 'summit'; expected a"),
        (end(tags=[1]), "tags of outcome 'end' at node 'go > on': [1]; expected a sequence of"),
        (end(tags=None), "tags of outcome 'end' at node 'go > on': None; expected a sequence"),
        (end("1"), "payoff of 'a' in outcome 'end' at node 'go > on': '1'; expected a number"),
        (end(None), "payoff of 'a' in outcome 'end' at node 'go > on': None; expected a number"),
        (end(b=True), "payoff of 'b' in outcome 'end' at node 'go > on': True; expected"),
        (end(1j), "1j; expected a number or an array of numbers"),
        (
            end(float("nan")),
            "payoff of 'a' in outcome 'end' at node 'go > on': not finite: nan; expected finite",
        ),
        (end(-np.inf), "not finite: -inf; expected finite numbers"),
        (
            end(b=np.array([[0, 1], [np.inf, 2]])),
            "in outcome 'end' at node 'go > on': not finite at batch index (1, 0): inf; expected",
        ),
        (end(10**400), "beyond float64; expected a number within its range"),
        (end(sympy.Integer(10) ** 400), "beyond float64; expected a number within its range"),
        (end(sympy.oo), "not finite: oo; expected finite numbers"),
        (end(X + sympy.zoo), "not finite: x + zoo; expected finite numbers"),
        (end(sympy.I), "I; expected a real number or expression"),
        (end(sympy.true), "True; expected a real number or expression"),
        (end(X > 0), "x > 0; expected a real number or expression"),
        (end(sympy.Matrix([X])), "Matrix([[x]]); expected a real number or expression"),
        (
            end(sympy.Symbol("prise") + X),
            "end' at node 'go > on': unknown parameter 'prise'; did you mean 'prize'?",
        ),
    ],
)
def test_malformed_outcomes(node, message):
    assert message in refused(below(node), parameters=("x", "prize"))


@pytest.mark.parametrize(
    ("probability", "message"),
    [
        ("1", "probability of 'c' at chance node 'go > on': '1'; expected a number"),
        (float("nan"), "probability of 'c' at chance node 'go > on': not finite: nan"),
        ([0.5, np.nan], "probability of 'c' at chance node 'go > on': not finite at batch index"),
        (
            sympy.Symbol("y"),
            "probability of 'c' at chance node 'go > on': unknown parameter 'y'; did you mean 'x'?",
        ),
    ],
)
def test_malformed_probabilities(probability, message):
    assert message in refused(below(Chance({"c": (probability, end())})))


def test_shapes_that_do_not_broadcast():
    root = Decision("a", {"l": end(np.zeros(2)), "m": end(np.zeros((4, 1))), "r": end(np.zeros(3))})
    assert refused(root) == (
        "payoff of 'a' in outcome 'end' at node 'r': shape (3,) does not broadcast with (4, 2), "
        "the shape of payoff of 'a' in outcome 'end' at node 'm'; expected shapes that broadcast "
        "as in NumPy"
    )


def test_nodes_of_one_information_set_with_different_actions():
    def node(*labels):
        return Decision("b", {label: end() for label in labels}, infoset="i")

    for labels in (("u", "w"), ("u",), ("v", "u")):
        root = Decision("a", {"l": node("u", "v"), "r": node(*labels)})
        assert refused(root) == (
            f"actions at node 'r': {list(labels)}, but ['u', 'v'] elsewhere in infoset 'i' of "
            "player 'b'; expected the same labels in the same order"
        )


def test_unlabelled_nodes_are_information_sets_of_their_own():
    def node():
        return Decision("b", {"u": end(), "v": end()}, infoset="i")

    game = ExtensiveForm(Decision("a", {"l": node(), "r": node()}), players=["a", "b"])
    assert game.infosets[1].nodes == (1, 4)


def test_the_same_label_of_two_players_on_one_path():
    root = Decision("a", {"l": Decision("b", {"x": end()}, infoset="i")}, infoset="i")
    assert len(ExtensiveForm(root, players=["a", "b"]).infosets) == 2


def test_any_mapping_declares_a_node():
    root = Decision("a", MappingProxyType({"l": Outcome("o", MappingProxyType({"a": 1}))}))
    assert ExtensiveForm(root, players=["a"]).tree.labels == ("", "l")


def test_equal_numbers_are_one_quantity_and_arrays_go_by_identity():
    flat = Flattener(("a", "b"), ("x",))
    same = np.array([1.0, 2.0])
    ends = [end(1, 1.0), end(sympy.Integer(1), X), end(X, same), end(same, same.copy())]
    flat.walk(Decision("a", {f"o{i}": node for i, node in enumerate(ends)}))
    assert flat.payoffs == [[0, 0], [0, 1], [1, 2], [2, 3]]
    assert len(flat.quantities) == 4


class Made(Mapping):
    """Payoffs made anew whenever they are asked for."""

    def __init__(self, start):
        self.start = start

    def __getitem__(self, player):
        return np.arange(self.start, self.start + 2.0) + (player == "b")

    def __iter__(self):
        return iter("ab")

    def __len__(self):
        return 2


def test_arrays_that_nobody_else_keeps_are_told_apart():
    ends = {f"a{i}": Outcome("end", Made(10 * i)) for i in range(20)}
    flat = Flattener(("a", "b"), ())
    flat.walk(Decision("a", ends))
    found = [flat.quantities[number].tolist() for pair in flat.payoffs for number in pair]
    assert found == [[10 * i + j, 10 * i + j + 1] for i in range(20) for j in range(2)]


@pytest.mark.parametrize(
    ("payoff", "binary"),
    [(1, False), (sympy.Rational(1, 3), False), (0.5, True), (sympy.Float(0.5), True), ([1], True)],
)
def test_whether_some_number_was_binary(payoff, binary):
    flat = Flattener(("a", "b"), ())
    flat.walk(end(payoff))
    assert flat.binary is binary
