"""Trees in Gambit's format: read exactly, written exactly, as pygambit reads them, and refused."""

import io
import re
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.cases import Case, load
from reference.trees import kuhn
from summitgames import (
    Chance,
    Decision,
    ExtensiveForm,
    GameError,
    Outcome,
    read_game,
    subgame_perfect,
    write_game,
)
from summitgames.testing import extensive_forms

HEADER = 'EFG 2 R "Title" { "a" "b" }\n'
CASES = load("efg")


def payoffs(game: ExtensiveForm) -> list[list[Fraction]]:
    return [list(amounts.values()) for amounts in game.exact_payoffs()]


def described(game: ExtensiveForm) -> Any:
    """Everything that a file holds of a game."""
    exact = game.exact_quantities()
    return (
        game.players,
        game.tree.parent.tolist(),
        game.tree.mover.tolist(),
        game.tree.labels,
        [(i.player, i.actions, i.nodes) for i in game.infosets],
        [exact[number] for number in game.probability_numbers],
        payoffs(game),
        [outcome.label for outcome in game.outcomes],
    )


# Reading


@pytest.mark.parametrize("case", CASES, ids=str)
def test_published_files(case: Case) -> None:
    game, answer = read_game(case.input["text"]), case.answer
    assert game.players == tuple(answer["players"])
    assert (game.tree.size, len(game.outcomes)) == (answer["n_nodes"], answer["n_terminal"])
    assert payoffs(game) == answer["terminal_payoffs_in_file_order"]
    for player, infosets in zip(game.players, answer["infosets"], strict=True):
        own = [infoset for infoset in game.infosets if infoset.player == player]
        assert [list(infoset.actions) for infoset in own] == list(infosets.values())
    assert game.has_perfect_recall == answer["perfect_recall"]
    assert (game.absent_minded_infoset is not None) == answer["absent_minded"]


def test_labels_of_information_sets() -> None:
    (case,) = (case for case in CASES if case.id == "visited-twice")
    game = read_game(case.input["text"])
    assert [infoset.label for infoset in game.infosets] == ["crossing", "second", "third"]
    assert game.absent_minded_infoset is game.infosets[0]
    (case,) = (case for case in CASES if case.id == "one-card-poker")
    keys = [infoset.key for infoset in read_game(case.input["text"]).infosets]
    assert keys == [("A", "1"), ("B", "1"), "2"]


def test_labels_that_are_blank_repeated_or_numbers_of_others() -> None:
    text = HEADER + "".join(
        f'p "" 1 {number} "{label}" {{ "go" }} 0\n'
        for number, label in [(1, ""), (2, "x"), (3, "x"), (4, "1"), (5, "5")]
    )
    labels = [infoset.label for infoset in read_game(text + 't "" 0\n').infosets]
    assert labels == ["1'", "2", "3", "1", "5"]


def test_payoffs_at_inner_nodes_are_added_up() -> None:
    text = HEADER + (
        'p "" 1 1 "" { "l" "r" } 1 "toll" { -1, 1/2 }\n'
        'c "" 1 "" { "x" 1/3 "y" 2/3 } 2 "" { 0.1 0 }\n'
        't "" 3 "win" { 5, 5 }\nt "" 0\n'
        'p "" 2 1 "" { "u" } 1\nt "end" 2\n'
    )
    game = read_game(text)
    tenth, half = Fraction(1, 10), Fraction(1, 2)
    assert payoffs(game) == [[4 + tenth, 5 + half], [-1 + tenth, half], [-2 + tenth, 1]]
    assert [outcome.label for outcome in game.outcomes] == ["win", "", "end"]


@pytest.mark.parametrize("comment", ["", '""', '"A \\"comment\\", { 1 2 }\nof two lines"'])
@pytest.mark.parametrize("gap", [" ", "\n", "\r\n", "\t \v"])
def test_every_way_to_write_a_tree(comment: str, gap: str) -> None:
    parts = ["EFG", "2", "D", '"T"', '{"p" "q"}', comment]
    parts += ["p", '"root"', "1", "7", '{"x""y"}', "0", "p", '""', "2", "01", '"i"', '{ "u" }', "0"]
    parts += ["t", '""', "1", '""', "{1,2}", "p", '""', "2", "1", '"i"', "0"]
    for last in ('t "z" 1', 't "z" 01 "" { +1. , 2e0 , }', 't "z" 5 { 1 2 }'):
        game = read_game(gap.join([*parts, *last.split(" "), "\n"]))
        assert payoffs(game) == [[1, 2], [1, 2]]
        assert [infoset.nodes for infoset in game.infosets] == [(0,), (1, 3)]


def test_moves_without_a_label_or_with_one_that_others_have() -> None:
    text = HEADER + 'p "" 1 1 "" { "" "x" "x" "a > b" "say \\"no\\"" ">" } 0\n' + 't "" 0\n' * 6
    labels = read_game(text).infosets[0].actions
    assert labels == ("1", "x_1", "x_2", "a \u203a b", 'say "no"', ">")


def test_files_by_name(tmp_path: Path) -> None:
    path = tmp_path / "game.efg"
    path.write_bytes(('EFG 2 R "" { "Zo\xeb" }\nt "" 1 "fin" { 2 }\n').encode("latin-1"))
    assert read_game(path).players == ("Zo\xeb",)
    path.write_text(HEADER + "t 1", encoding="utf-8")
    with pytest.raises(GameError) as caught:
        read_game(path)
    expected = f"{path}: line 2, column 3: found '1'; expected the node's label in quotes"
    assert str(caught.value) == expected


def test_chains_of_100_000_moves() -> None:
    levels = 10**5
    text = HEADER + "".join(
        f'p "" {level % 2 + 1} {level} "" {{ "go" "stop" }} 0\n' for level in range(levels)
    )
    game = read_game(text + 't "" 1 "" { 1 2 }\n' + 't "" 0\n' * levels)
    assert game.tree.size == 2 * levels + 1
    assert payoffs(game)[0] == [1, 2]


def test_large_files_take_time_in_proportion() -> None:
    count = 2**13
    lines = [
        f'c "" 1 "" {{ "x" 0.5 "y" 0.5 }} 0\nt "" {number + 1} "" {{ {number} 1 }}'
        for number in range(count)
    ]
    start = time.process_time()
    game = read_game(HEADER + "\n".join([*lines, 't "" 0\n']))
    assert len(game.outcomes) == count + 1
    assert time.process_time() - start < 5  # a fifth of a second, where it is not quadratic


# Writing


@given(extensive_forms(information="any"))
def test_written_trees_read_back_the_same(tmp_path_factory: Any, game: ExtensiveForm) -> None:
    path = tmp_path_factory.getbasetemp() / "tree.efg"
    write_game(game, path)
    assert described(read_game(path)) == described(game)
    given_labels = [i.given_label for i in game.infosets]
    if None not in given_labels:
        assert [i.given_label for i in read_game(path).infosets] == given_labels


@given(extensive_forms(payoffs="floats"))
def test_floats_are_written_as_the_numbers_that_they_are(
    tmp_path_factory: Any, game: ExtensiveForm
) -> None:
    path = tmp_path_factory.getbasetemp() / "floats.efg"
    write_game(game, path)
    assert described(read_game(path)) == described(game)


LABELS = st.text(st.characters(codec="utf-8"), min_size=1).filter(
    lambda text: not text.endswith("\\") and " > " not in f"{text} "
)


@given(st.lists(LABELS, min_size=2, max_size=4, unique=True), LABELS, LABELS)
def test_any_label(tmp_path_factory: Any, moves: list[str], player: str, infoset: str) -> None:
    ends = {move: Outcome(move, {player: 1}) for move in moves}
    game = ExtensiveForm(Decision(player, ends, infoset=infoset), players=[player])
    path = tmp_path_factory.getbasetemp() / "labels.efg"
    write_game(game, path)
    assert described(read_game(path)) == described(game)


def test_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "game.efg"
    root = Chance({"l": (Fraction(1, 3), end("x", 0.5)), "r": (Fraction(2, 3), end("y", 2))})
    write_game(ExtensiveForm(Decision("a", {"go": root}), players=["a"]), path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        'EFG 2 R "" { "a" }',
        '""',
        "",
        'p "" 1 1 "" { "go" } 0',
        'c "" 1 "" { "l" 1/3 "r" 2/3 } 0',
        't "" 1 "x" { 1/2 }',
        't "" 2 "y" { 2 }',
    ]


def end(label: str, payoff: Any) -> Outcome:
    return Outcome(label, {"a": payoff})


@pytest.mark.parametrize(
    ("root", "message"),
    [
        (end("x", np.array([1.0, 2.0])), r"^game: batch shape \(2,\); expected a single game"),
        (end("x\\", 1), r"^outcome: 'x\\\\'; expected a label that"),
        (end("x", Fraction(1, 10**5000)), "^game: a number has too many digits"),
        (Decision("a", {"l": end("x", 1)}, infoset="\ud800"), "^infoset: .* valid Unicode"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(root: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(GameError, match=message):
        write_game(ExtensiveForm(root, players=["a"]), tmp_path / "game.efg")
    assert not list(tmp_path.iterdir())


# Agreement with Gambit


def by_pygambit(text: str) -> Any:
    """Who moves, number of children, own information set and payoffs along the way, in preorder."""
    gambit = pytest.importorskip("pygambit")
    game = gambit.read_efg(io.StringIO(text))
    found, stack = [], [(game.root, (0,) * len(game.players))]
    while stack:
        node, above = stack.pop()
        gained = above
        if node.outcome:
            gained = tuple(
                a + Fraction(node.outcome[p]) for a, p in zip(above, game.players, strict=True)
            )
        if node.is_terminal:
            found.append(gained)
            continue
        labels = [action.label for action in node.infoset.actions]
        if node.player.is_chance:
            found.append((labels, [Fraction(a.prob) for a in node.infoset.actions]))
        else:
            found.append((labels, node.player.label, node.infoset.number))
        stack += [(child, gained) for child in reversed(list(node.children))]
    return found


def by_us(game: ExtensiveForm) -> Any:
    tree, exact, found = game.tree, game.exact_quantities(), []
    chance = dict(game.chance_probabilities())
    own: dict[str, list[int]] = {}
    for number, infoset in enumerate(game.infosets):
        own.setdefault(infoset.player, []).append(number)
    for node in range(tree.size):
        number = int(tree.number[node])
        labels = [tree.labels[child] for child in tree.child_lists[node]]
        if tree.mover[node] == tree.TERMINAL:
            found.append(tuple(payoffs(game)[number]))
        elif tree.mover[node] == tree.CHANCE:
            found.append((labels, [exact[quantity] for quantity in chance[node]]))
        else:
            player = game.infosets[number].player
            found.append((labels, player, own[player].index(number)))
    return found


@pytest.mark.parametrize("case", CASES, ids=str)
def test_published_files_as_pygambit_reads_them(case: Case) -> None:
    assert by_us(read_game(case.input["text"])) == by_pygambit(case.input["text"])


@given(extensive_forms(information="any"))
def test_pygambit_reads_what_is_written(tmp_path_factory: Any, game: ExtensiveForm) -> None:
    path = tmp_path_factory.getbasetemp() / "for_pygambit.efg"
    write_game(game, path)
    assert by_us(read_game(path)) == by_pygambit(path.read_text(encoding="utf-8"))


# Refusals

P = 'p "" 1 1 "" { "l" "r" } 0\n'
T = 't "" 1 "" { 1, 2 }\n'


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("EFG 1 R", 1, 5, "'1'", "2"),
        ("EFG 2 X", 1, 7, "'X'", "R or D"),
        ("EFG 2 R {", 1, 9, "'{'", "the title"),
        ('EFG 2 R "" { }', 1, 14, "'}'", "a player's label"),
        (HEADER, 2, 1, "the end of the text", "a node: c, p or t (1 in preorder)"),
        (HEADER + "x", 2, 1, "'x'", "a node: c, p or t (1 in preorder)"),
        (HEADER + P + T, 4, 1, "the end of the text", "a node: c, p or t (3 in preorder)"),
        (HEADER + P + T + T + T, 5, 1, "'t'", "the end of the text, after 3 nodes"),
        (HEADER + 't "" 2\n', 3, 1, "the end of the text", "the label and payoffs"),
        (HEADER + P + T + 't "" 1', 4, 7, "the end of the text", "a line break"),
        (HEADER + P + T + 't "" 1 ', 4, 8, "the end of the text", "a line break"),
        (HEADER + 't "" 1 "" { 1 }', 2, 15, "'}'", "the outcome's payoff to player 2 of 2"),
        (HEADER + 't "" 1 "" { 1 2 3 }', 2, 17, "'3'", "'}', after the outcome's 2 payoffs"),
        (HEADER + 't "" 1 "" { 1,,2 }', 2, 15, "','", "the outcome's payoff to player 2 of 2"),
        (HEADER + 't "" 1 "" { ,1 2 }', 2, 13, "','", "the outcome's payoff to player 1 of 2"),
        (HEADER + 't "" 1 "" { 1/0 2 }', 2, 13, "'1/0'", "the outcome's payoff to player 1 of 2"),
        (HEADER + 't "" 1 "" { 1 nan }', 2, 15, "'nan'", "the outcome's payoff to player 2"),
        (HEADER + 't "" 1 "" { 1 1e999 }', 2, 15, "'1e999'", "the outcome's payoff to player 2"),
        (HEADER + 't "" 1 ""', 2, 10, "the end of the text", "'{', with which"),
        (HEADER + 't "" 0 "" { 1 2 }', 2, 6, "outcome 0", "no payoffs for outcome 0"),
        (HEADER + 't "" -1 "" { 1 2 }', 2, 6, "'-1'", "the number of an outcome"),
        (HEADER + 't "" 1.5 "" { 1 2 }', 2, 6, "'1.5'", "the number of an outcome"),
        (HEADER + f't "" {"9" * 30} "" {{ 1 2 }}', 2, 6, f"'{'9' * 30}'", "the number of an outc"),
        (HEADER + P + T + 't "" 1 "" { 1 3 }\n', 4, 6, "outcome 1", "the payoffs that it has"),
        (HEADER + 't "x', 2, 3, "a label without a closing quote", "the node's label"),
        (HEADER + "t", 2, 2, "the end of the text", "the node's label"),
        (HEADER + 'p "" 3 1 "" { "l" } 0', 2, 6, "'3'", "the number of a player, from 1 to 2"),
        (HEADER + 'p "" 0 1 "" { "l" } 0', 2, 6, "'0'", "the number of a player, from 1 to 2"),
        (HEADER + 'p "" x 1 "" { "l" } 0', 2, 6, "'x'", "the number of a player"),
        (HEADER + 'p "" 1 1 0\n' + T, 2, 10, "'0'", "'{' and the moves of an information set"),
        (HEADER + 'p "" 1 1 "" { } 0\n' + T, 2, 15, "'}'", "the label of a move in quotes"),
        (HEADER + P + 'p "" 1 1 { "l" } 0\n', 3, 8, "['l']", "the moves ['l', 'r'], as elsewhere"),
        (HEADER + 'c "" 1 0\n', 2, 8, "'0'", "'{' and the moves of an information set"),
        (
            HEADER + 'c "" 1 "" { "x" 1/2 "y" 1/3 } 0\n',
            2,
            6,
            "probabilities that sum to 5/6",
            "prob",
        ),
        (HEADER + 'c "" 1 "" { "x" 2 "y" -1 } 0\n', 2, 23, "'-1'", "a probability that is not neg"),
        (HEADER + 'c "" 1 "" { "x" 1 "y" } 0\n', 2, 23, "'}'", "the probability of the move"),
        (HEADER + 'c "" 1 "" { "x" 1/0 } 0\n', 2, 17, "'1/0'", "the probability of the move"),
        (
            HEADER + 'c "" 1 "" { "x" 1 } 0\nc "" 1 "" { "y" 1 } 0\n',
            3,
            6,
            "others",
            "the branches and probabilities of chance infoset 1",
        ),
    ],
)
def test_errors_say_where(text: str, line: int, column: int, found: str, expected: str) -> None:
    with pytest.raises(GameError) as caught:
        read_game(text)
    begins = f"line {line}, column {column}: found {found}; expected {expected}"
    assert str(caught.value).startswith(begins)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_truncated_published_file_is_refused(case: Case) -> None:
    refuse_every_cut(case.input["text"])


def refuse_every_cut(text: str) -> None:
    for cut in range(len(text.rstrip())):
        with pytest.raises(GameError):
            read_game(text[:cut], format="efg")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Trees in which outcomes are defined at one node and named by number at others."""
    lines = [HEADER.strip()]
    waiting, defined = 1, 0
    while waiting and len(lines) < 25:
        waiting -= 1
        kind = draw(st.sampled_from("ptt")) if waiting < 12 else "t"
        number = draw(st.integers(0, defined + 1))
        outcome = str(number)
        if number > defined:
            defined = number
            outcome += f' "o{number}" {{ {number}, {number}/3 }}'
        elif number and draw(st.booleans()):
            outcome += f' "o{number}" {{ {number} {number}/3 }}'
        if kind == "p":
            lines.append(f'p "" {len(lines) % 2 + 1} {len(lines)} "" {{ "l" "r" }} {outcome}')
            waiting += 2
        else:
            lines.append(f't "" {outcome}')
    lines += ['t "" 0'] * waiting
    return "\n".join(lines) + "\n"


@given(texts())
def test_every_truncated_file_is_refused(text: str) -> None:
    assert len(read_game(text).outcomes) > 0
    refuse_every_cut(text if not text.endswith(" 0\n") else text[:-1])


@given(extensive_forms(information="any", max_nodes=8), st.data())
def test_damaged_files_are_refused_or_read(
    tmp_path_factory: Any, game: ExtensiveForm, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.efg"
    write_game(game, path)
    text = path.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text) - 1))
    char = data.draw(st.sampled_from('{}",0123456789/.-e ptc\n\\x'))
    damaged = data.draw(
        st.sampled_from([text[:at] + char + text[at + 1 :], text[:at] + text[at + 1 :]])
    )
    try:
        read = read_game(damaged, format="efg")
    except GameError:
        return
    exact = read.exact_quantities()
    for _, numbers in read.chance_probabilities():
        assert abs(sum(exact[number] for number in numbers) - 1) <= Fraction(1, 10**9)
    write_game(read, path)
    assert described(read_game(path)) == described(read)


@pytest.mark.parametrize(
    "text",
    [
        f'EFG 2 R "" {{ {chr(34) * 2 * 10**6} }}\n',
        HEADER + f'p "" 1 1 "" {{ {chr(34) * 2 * 10**5} }} 0\n',
        HEADER + 't "" 1 "" { ' + "9" * 10**5 + " 1 }\n",
        HEADER + 't "" 1 "" { 1e' + "9" * 10**5 + " 1 }\n",
        HEADER + 't "' + "x" * 10**6,
        HEADER + 'p "" 1 ' + "1" * 10**6 + ' "" { "l" } 0\n',
        HEADER + '"' + '\\"' * 10**6,
    ],
    ids=["players", "moves", "number", "exponent", "label", "infoset", "quotes"],
)
def test_gigantic_files_are_refused_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(GameError, match=r"line \d, column \d+: found "):
        read_game(text)
    assert time.process_time() - start < 2


def test_formats() -> None:
    with pytest.raises(GameError, match="line 1, column 1: found 'EFG'; expected NFG"):
        read_game(HEADER, format="nfg")
    with pytest.raises(GameError, match="line 1, column 1: found 'a'; expected EFG"):
        read_game("a\nb", format="efg")


def test_what_is_read_is_a_game_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "kuhn.efg"
    write_game(kuhn(), path)
    assert read_game(path).to_normal_form().n_actions == (27, 64)
    text = HEADER + 'p "" 1 1 "" { "x" "y" } 0\nt "" 1 "one" { 1 0 }\nt "" 2 "two" { 2 0 }\n'
    game = read_game(text)
    assert subgame_perfect(game).path == "y"
    assert re.match("<ExtensiveForm: a, b", repr(game))
