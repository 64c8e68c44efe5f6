"""Declared nodes, and the flat tree's ways and names."""

import dataclasses
import pickle

import pytest

import summitgames as sg
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.nodes import SEPARATOR, Chance, Decision, Outcome


def game():
    """Nodes in preorder: root, l, x, y, r, u, v."""
    leaf = iter(range(10))

    def end():
        return Outcome(f"o{next(leaf)}", {"a": 0, "b": 0})

    return ExtensiveForm(
        Decision(
            "a",
            {
                "l": Chance({"x": (1, end()), "y": (0, end())}),
                "r": Decision("b", {"u": end(), "v": end()}, infoset="mine"),
            },
        ),
        players=["a", "b"],
    )


def test_reprs_show_what_was_declared():
    end = Outcome("peace <b>", {"a": 1}, tags=["t"])
    assert repr(end) == "Outcome('peace <b>', {'a': 1}, tags=['t'])"
    assert repr(Decision("a", {"l": end}, infoset="i")) == "Decision('a', ['l'], infoset='i')"
    assert repr(Chance({"x": (1, end)})) == "Chance(['x'])"
    assert repr(Chance([1])) == "Chance(?)"  # malformed nodes are shown in errors


@pytest.mark.parametrize(
    ("node", "name"),
    [
        (Decision("a", {}), "player"),
        (Chance({}), "branches"),
        (Outcome("o", {}), "payoffs"),
        (game().tree, "mover"),
        (game().infosets[0], "player"),
    ],
)
def test_frozen(node, name):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(node, name, None)


def test_topology_in_preorder():
    tree = game().tree
    assert tree.size == 7
    assert tree.mover.tolist() == [0, tree.CHANCE, tree.TERMINAL, tree.TERMINAL, 1, -2, -2]
    assert tree.parent.tolist() == [-1, 0, 1, 1, 0, 4, 4]
    assert tree.position.tolist() == [0, 0, 0, 1, 1, 0, 1]
    assert tree.child_lists == [[1, 4], [2, 3], [], [], [5, 6], [], []]
    assert tree.labels == ("", "l", "x", "y", "r", "u", "v")
    assert tree.terminals.tolist() == [2, 3, 5, 6]
    # outcomes 0 to 3, information sets 0 and 1, chance node 0
    assert tree.number.tolist() == [0, 0, 0, 1, 1, 2, 3]


def test_names_lead_back_to_their_nodes():
    tree = game().tree
    assert [tree.name(node) for node in range(4)] == ["", "l", "l > x", "l > y"]
    assert [tree.find(tree.name(node)) for node in range(tree.size)] == list(range(tree.size))
    assert tree.way(6) == [4, 6]
    for nowhere in ("m", "l > z", "l > x > y", "l >", " > l", "l > x > "):
        assert tree.find(nowhere) is None


def test_labels_with_odd_characters_lead_back_too():
    odd = ["> ", ">", " ", "a>b", "->", "<i>", "\n", "ü"]
    nodes = Outcome("end", {"a": 0})
    for label in odd:
        nodes = Decision("a", {"stop": Outcome("stop", {"a": 0}), label: nodes})
    tree = ExtensiveForm(nodes, players=["a"]).tree
    assert [tree.find(tree.name(node)) for node in range(tree.size)] == list(range(tree.size))
    assert tree.name(tree.size - 1) == SEPARATOR.join(reversed(odd))


def test_information_sets_are_named_by_label_or_by_the_way():
    first, second = game().infosets
    assert (first.player, first.actions, first.nodes, first.given_label) == (
        "a",
        ("l", "r"),
        (0,),
        None,
    )
    assert (first.label, first.key) == ("", "")
    assert (second.label, second.key, second.shared) == ("mine", "mine", False)


def test_a_label_of_two_players_needs_the_player():
    ends = [Outcome("o", {"a": 0, "b": 0}) for _ in range(4)]
    root = Decision(
        "a",
        {
            "l": Decision("b", {"u": ends[0], "v": ends[1]}, infoset="same"),
            "r": Decision("b", {"x": ends[2], "y": ends[3]}),
        },
        infoset="same",
    )
    infosets = ExtensiveForm(root, players=["a", "b"]).infosets
    assert [i.key for i in infosets] == [("a", "same"), ("b", "same"), "r"]


def test_an_empty_label_of_two_players_leaves_the_others_alone():
    ends = [Outcome("o", {"a": 0, "b": 0}) for _ in range(3)]
    root = Decision(
        "a",
        {
            "l": Decision("b", {"u": ends[0]}, infoset=""),
            "r": Decision("b", {"x": ends[1], "y": ends[2]}),
        },
        infoset="",
    )
    infosets = ExtensiveForm(root, players=["a", "b"]).infosets
    assert [i.key for i in infosets] == [("a", ""), ("b", ""), "r"]


def test_nodes_and_trees_are_pickled():
    tree = pickle.loads(pickle.dumps(game().tree))  # noqa: S301
    assert tree.labels == game().tree.labels
    assert tree.child_lists == game().tree.child_lists
    node = pickle.loads(pickle.dumps(Decision("a", {"l": Outcome("o", {"a": 1})})))  # noqa: S301
    assert isinstance(node, sg.Decision)
    assert node.actions["l"].payoffs == {"a": 1}
