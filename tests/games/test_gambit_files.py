"""Gambit files: read exactly, written exactly, as pygambit reads them, and every refusal."""

import io
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.cases import Case, load
from summitgames import GameError, NormalForm, read_game, write_game

HEADER = 'NFG 1 R "Title" { "a" "b" } '
NFG = [case for case in load("nfg") if "error" not in case.answer]


def exact(game: NormalForm) -> list[Any]:
    return [array.tolist() for array in game.exact_payoffs()]


def written(game: NormalForm, folder: Path) -> str:
    path = folder / "game.nfg"
    write_game(game, path)
    return path.read_bytes().decode()


# Reading


@pytest.mark.parametrize("case", NFG, ids=str)
def test_published_files(case: Case) -> None:
    answer = case.answer
    game = read_game(case.input["text"])
    payoffs = answer.get("payoffs_own_action_on_own_axis") or [answer["A"], answer["B"]]
    assert exact(game) == payoffs
    assert game.exact is not None


def test_the_published_file_with_too_few_payoffs() -> None:
    (case,) = (case for case in load("nfg") if "error" in case.answer)
    total, found = case.answer["expected_numbers"], case.answer["found_numbers"]
    with pytest.raises(GameError) as caught:
        read_game(case.input["text"])
    assert str(caught.value) == (
        "line 4, column 1: found the end of the text; "
        f"expected payoff {found + 1} of {total} (2 x 2 profiles, 2 players)"
    )


def test_the_first_players_action_varies_fastest() -> None:
    game = read_game(HEADER + "{ 2 3 } " + " ".join(map(str, range(12))))
    assert exact(game) == [[[0, 4, 8], [2, 6, 10]], [[1, 5, 9], [3, 7, 11]]]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("2/3", Fraction(2, 3)),
        ("-4/6", Fraction(-2, 3)),
        ("0.1", Fraction(1, 10)),
        (".5", Fraction(1, 2)),
        ("-.25", Fraction(-1, 4)),
        ("5.", 5),
        ("1e2", 100),
        ("1.5E-3", Fraction(3, 2000)),
        ("1e+000002", 100),
        ("0.30000000000000000001", Fraction(30000000000000000001, 10**20)),
        ("1e-400", Fraction(1, 10**400)),  # 0 as a float
    ],
)
def test_numbers_are_exact(text: str, number: Fraction) -> None:
    game = read_game(HEADER + f"{{1 1}} {text} {text}")
    assert exact(game) == [[[number]], [[number]]]
    assert game.payoffs[0][0, 0] == float(number)


@pytest.mark.parametrize("kind", ["R", "D"])
@pytest.mark.parametrize("comment", ["", '""', '"A \\"comment\\", { 1 2 }\nof two lines"'])
@pytest.mark.parametrize("actions", ["{ 2 1 }", '{{"x""y"}{"z"}}', '{ { "x" "y" }\n{ "z" }\n}'])
@pytest.mark.parametrize("gap", [" ", "\n", "\r\n", "\t \v"])
def test_every_way_to_write_the_header(kind: str, comment: str, actions: str, gap: str) -> None:
    parts = ["NFG", "1", kind, '"T"', '{"p" "q"}', actions, comment, "1 2", "3 4"]
    for text in (gap.join(parts), f" \n{gap.join(parts)}\n\n", "\ufeff" + gap.join(parts)):
        game = read_game(text)
        assert exact(game) == [[[1], [3]], [[2], [4]]]
        assert game.players == ("p", "q")
        labels = (("x", "y"), ("z",)) if "x" in actions else (("1", "2"), ("1",))
        assert game.actions == labels


@pytest.mark.parametrize(
    "outcomes",
    [
        '{ "win" 1, -1 } { "lose" 1/2, 0.25 }',
        '{ "" 1 -1 } { "" 1/2 0.25 }',
        '{"same" 1,-1,}{"same" 1/2 , .25 ,}',
    ],
)
def test_outcomes_by_number(outcomes: str) -> None:
    game = read_game(HEADER + f'{{ 2 2 }} "comment" {{ {outcomes} }} 1 2 0 1')
    assert exact(game) == [[[1, 0], [Fraction(1, 2), 1]], [[-1, 0], [Fraction(1, 4), -1]]]


def test_no_outcome_means_payoffs_of_zero() -> None:
    game = read_game(HEADER + "{ 2 2 } { } 0 0 0 0")
    assert exact(game) == [[[0, 0], [0, 0]]] * 2


def test_escaped_quotes_and_other_backslashes() -> None:
    game = read_game(HEADER + r'{ { "say \"no\"" "back\slash" "\"" } { "{,}" } } 1 1 2 2 3 3')
    assert game.actions == (('say "no"', r"back\slash", '"'), ("{,}",))


def test_blank_and_repeated_labels_become_distinct() -> None:
    game = read_game('NFG 1 R "" { "" "" } {{"x" "x_1" "x" ""} {"2" ""}} ' + "0 " * 16)
    assert game.players == ("1", "2")
    assert game.actions == (("x_2", "x_1", "x_3", "4"), ("2_1", "2_2"))


def test_as_many_equal_labels_as_a_file_may_hold() -> None:
    many = 50_000  # so many that comparing each with each would not end
    game = read_game(f'NFG 1 R "" {{"a"}} {{{{{"" * many}{chr(34) * 2 * many}}}}}' + " 1" * many)
    assert game.actions[0][-1] == str(many)
    repeated = '"x" ' * many
    game = read_game(f'NFG 1 R "" {{"a"}} {{{{{repeated}}}}}' + " 1" * many)
    assert game.actions[0][-1] == f"x_{many}"


def test_the_most_players() -> None:
    def text(players: int) -> str:
        return f'NFG 1 R "" {{{chr(34) * 2 * players}}} {{{"1 " * players}}}' + " 1" * players

    assert read_game(text(63)).n_players == 63
    with pytest.raises(GameError, match="at most 63 players, not 64"):
        read_game(text(64))


@pytest.mark.parametrize("kind", [str, Path])
def test_files_by_name(kind: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "game.nfg"
    path.write_bytes(b"\xef\xbb\xbf" + 'NFG 1 R "é"\r\n{"ï"}{1}\r\n2'.encode())
    assert read_game(kind(path)).players == ("ï",)
    assert read_game(kind(path), format="nfg").players == ("ï",)


def test_files_of_older_programs_are_latin_1(tmp_path: Path) -> None:
    path = tmp_path / "game.nfg"
    path.write_bytes('NFG 1 R "" {"é"} {1} 2'.encode("latin-1"))
    assert read_game(path).players == ("é",)


# Writing


@st.composite
def games(draw: st.DrawFn) -> NormalForm:
    """Games with any labels and payoffs that the format holds."""
    label = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda x: x[-1] != "\\")
    number = st.one_of(
        st.fractions(-(10**300), 10**300),
        st.integers(-(10**300), 10**300),
        st.floats(allow_nan=False, allow_infinity=False),
    )
    counts = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    size = int(np.prod(counts))
    payoffs = []
    for _ in counts:
        column = np.empty(size, dtype=object)
        column[:] = draw(st.lists(number, min_size=size, max_size=size))
        payoffs.append(column.reshape(counts))
    return NormalForm(
        payoffs,
        players=draw(st.lists(label, unique=True, min_size=len(counts), max_size=len(counts))),
        actions=[draw(st.lists(label, unique=True, min_size=k, max_size=k)) for k in counts],
    )


@given(games())
def test_written_games_read_back_the_same(tmp_path_factory: Any, game: NormalForm) -> None:
    path = tmp_path_factory.mktemp("games") / "game.nfg"
    write_game(game, path)
    back = read_game(path)
    assert (back.players, back.actions) == (game.players, game.actions)
    assert exact(back) == exact(game)
    for mine, its in zip(game.payoffs, back.payoffs, strict=True):
        assert np.array_equal(mine, its)
    again = path.with_name("again.nfg")
    write_game(back, again)
    assert exact(read_game(again)) == exact(game)


@pytest.mark.parametrize("number", [0.1, 1e-300, 5e-324, -1.7976931348623157e308, 1e22, 123.5])
def test_floats_are_written_as_the_numbers_that_they_are(number: float, tmp_path: Path) -> None:
    text = written(NormalForm([[number]]), tmp_path)
    assert Fraction(text.split()[-1]) == Fraction(number)
    assert "e" not in text.split()[-1]
    back = read_game(text)
    assert back.payoffs[0][0] == number
    assert back.exact_payoffs()[0][0] == Fraction(number)


def test_exact_payoffs_are_written_exactly(tmp_path: Path) -> None:
    text = written(NormalForm([[Fraction(2, 3), Decimal("0.1"), 7, 0.5]]), tmp_path)
    assert text.split('""\n')[-1].split() == ["2/3", "1/10", "7", "1/2"]


def test_published_bimatrices_come_back(tmp_path: Path) -> None:
    for case in load("bimatrix"):
        game = NormalForm.from_bimatrix(case.input["A"], case.input["B"])
        assert exact(read_game(written(game, tmp_path))) == [case.input["A"], case.input["B"]]


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "game.nfg"
    path.write_text("old")
    with pytest.raises(GameError):
        write_game(NormalForm([np.zeros((2, 2))]), path)  # a family
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_game(NormalForm([[1]]), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    write_game(NormalForm([[1]]), path)
    assert read_game(path).payoffs[0].tolist() == [1]
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none.game\.nfg"):
        write_game(NormalForm([[1]]), tmp_path / "none" / "game.nfg")


@pytest.mark.parametrize(
    ("game", "message"),
    [
        (NormalForm([np.zeros((3, 2))]), "game: .* is a family; expected a single game"),
        (5, "game: int; expected a NormalForm"),
        (NormalForm([[1]], players=[""]), "players: ''; expected a label that is not blank"),
        (NormalForm([[1]], actions=[["a\\"]]), r"actions\[0\]: .*does not end in a backslash"),
        (NormalForm([[1]], players=["\ud800"]), "players: .* expected a label that is valid"),
        (NormalForm([[Fraction(1, 10**5000)]]), "game: a number has too many digits"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(game: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(GameError, match=f"^{message}"):
        write_game(game, tmp_path / "game.nfg")
    assert list(tmp_path.iterdir()) == []


def test_a_path_is_wanted() -> None:
    with pytest.raises(GameError, match=r"^path: int; expected the path of a file$"):
        write_game(NormalForm([[1]]), 1)


# Beside pygambit


def by_pygambit(text: str) -> tuple[Any, Any, list[Any]]:
    """Players, actions and payoffs."""
    pygambit = pytest.importorskip("pygambit")
    game = pygambit.read_nfg(io.StringIO(text))
    payoffs = [
        np.vectorize(Fraction, otypes=[object])(array).tolist()
        for array in game.to_arrays(dtype=pygambit.Rational)
    ]
    labels = tuple(tuple(s.label for s in player.strategies) for player in game.players)
    return tuple(player.label for player in game.players), labels, payoffs


@pytest.mark.parametrize("case", [c for c in NFG if c.id != "null-outcomes-2x2"], ids=str)
def test_published_files_as_pygambit_reads_them(case: Case) -> None:
    # Which lists no payoffs where there is no outcome, and numbers blank labels otherwise.
    assert by_pygambit(case.input["text"])[2] == exact(read_game(case.input["text"]))


@pytest.mark.parametrize("numbers", ["1/2 .5 -.5 5. 1e2 1E-2", "0.1 -1/3 00012 -0 1.25 2"])
def test_numbers_as_pygambit_reads_them(numbers: str) -> None:
    text = HEADER + f'{{ {{"x" "say \\"no\\""}} {{"u"}} }} "c" {numbers.rsplit(maxsplit=2)[0]}'
    game = read_game(text)
    assert by_pygambit(text) == (game.players, game.actions, exact(game))


def test_outcomes_as_pygambit_reads_them() -> None:
    text = HEADER + '{ 2 2 } { { "w" 1, -1 } { "" 1/2 0.25 } } 1 2 2 1'
    assert by_pygambit(text)[2] == exact(read_game(text))


def test_pygambit_reads_what_is_written(tmp_path: Path) -> None:
    payoffs = [Fraction(2, 3), 0.1, 1e-300, -7, 1e22, 2, 3, 4]
    for counts in ((2, 2, 2), (8, 1, 1), (1, 2, 4)):
        array = np.array(payoffs, dtype=object).reshape(counts)
        game = NormalForm([array, -array, 2 * array], players=['the "host"', "b", "c d"])
        assert by_pygambit(written(game, tmp_path)) == (game.players, game.actions, exact(game))


# Refusals


OUTCOME = '{ 2 2 } { { "" 1 2 } } '


@pytest.mark.parametrize(
    ("text", "line", "column", "found", "expected"),
    [
        ("\n", 2, 1, "the end of the text", "NFG or EFG"),
        ("a\nb", 1, 1, "'a'", "NFG or EFG"),
        ("nfg 1\n", 1, 1, "'nfg'", "NFG or EFG"),
        ("NFG", 1, 4, "the end of the text", "1"),
        ('NFG 2 R ""', 1, 5, "'2'", "1"),
        ('NFG 1 Q ""', 1, 7, "'Q'", "R or D"),
        ('NFG 1 "" {"a"} {1} 1', 1, 7, "the label ''", "R or D"),
        ('NFG 1 R {"a"} {1} 1', 1, 9, "'{'", "the title, a label in quotes"),
        ("NFG 1 R Title", 1, 9, "'Title'", "the title, a label in quotes"),
        ('NFG 1 R "Title', 1, 9, "a label without a closing quote", "the title"),
        ('NFG 1 R "Title\\"', 1, 9, "a label without a closing quote", "the title"),
        ('NFG 1 R ""\n{ }', 2, 3, "'}'", "a player's label in quotes"),
        ('NFG 1 R ""\r\n{ host }', 2, 3, "'host'", "a player's label in quotes"),
        ('NFG 1 R ""\r{ "a"', 2, 6, "the end of the text", "a player's label in quotes"),
        (HEADER, 1, 29, "the end of the text", "'{' and every player's number of actions"),
        (HEADER + "{ 0 2 }", 1, 31, "'0'", "the number of actions of player 'a', 1 or more"),
        (HEADER + "{ -1 2 }", 1, 31, "'-1'", "the number of actions of player 'a', 1 or more"),
        (HEADER + "{ 2 2.0 } 1", 1, 33, "'2.0'", "the number of actions of player 'b'"),
        (HEADER + "{ 2 1e0 } 1", 1, 33, "'1e0'", "the number of actions of player 'b'"),
        (HEADER + "{ 2 nan } 1", 1, 33, "'nan'", "the number of actions of player 'b'"),
        (HEADER + '{ 2 {"x"} } 1', 1, 33, "'{'", "the number of actions of player 'b'"),
        (HEADER + "{ 2 } 1 1 1 1", 1, 33, "'}'", "the number of actions of player 'b'"),
        (HEADER + "{ 1 1 1 } 1 1", 1, 35, "'1'", "'}', after the actions of 2 players"),
        (HEADER + '{ {"x"} {} } 1 1', 1, 38, "'}'", "a label of an action of player 'b'"),
        (HEADER + '{ {"x"} 2 } 1 1', 1, 37, "'2'", "'{'"),
        (HEADER + '{ {"x"} {"y" 1 1', 1, 42, "'1'", "a label of an action of player 'b'"),
        (HEADER + "{1 1} 1", 1, 35, "1 more characters", "2 payoffs (1 x 1 profiles)"),
        (HEADER + "{1 1} 1 ", 1, 37, "the end of the text", "payoff 2 of 2"),
        (HEADER + "{1 1} 1 2 3", 1, 39, "'3'", "the end of the text, after 1 x 1 profiles"),
        (HEADER + "{1 1} 1, 2", 1, 36, "','", "payoff 2 of 2"),
        (HEADER + "{1 1}\n\n 1\n nan", 4, 2, "'nan'", "payoff 2 of 2"),
        (HEADER + "{1 1} inf 1", 1, 35, "'inf'", "payoff 1 of 2"),
        (HEADER + "{1 1} -Infinity 1", 1, 35, "'-Infinity'", "payoff 1 of 2"),
        (HEADER + "{1 1} 1_0 1", 1, 35, "'1_0'", "payoff 1 of 2"),
        (HEADER + "{1 1} \u0663 1", 1, 35, "'\u0663'", "payoff 1 of 2"),
        (HEADER + "{1 1} 1/-2 1", 1, 35, "'1/-2'", "payoff 1 of 2"),
        (HEADER + "{1 1} 1.5/2 1", 1, 35, "'1.5/2'", "payoff 1 of 2"),
        (HEADER + "{1 1} - 1", 1, 35, "'-'", "payoff 1 of 2"),
        (HEADER + "{1 1} . 1", 1, 35, "'.'", "payoff 1 of 2"),
        (HEADER + '{1 1} "c" "d" 1', 1, 39, "the label 'd'", "payoff 1 of 2"),
        (HEADER + "{1 1} 1/0 1", 1, 35, "'1/0'", "payoff 1 of 2 (1 x 1 profiles, 2 players), its"),
        (HEADER + "{1 1} 1e309 1", 1, 35, "'1e309'", "payoff 1 of 2 (1 x 1 profiles, 2 players)"),
        (HEADER + "{1 1} 1 1e-999999999", 1, 37, "'1e-999999999'", "payoff 2 of 2"),
        (HEADER + "{1 1} 1 " + "7" * 5000, 1, 37, f"'{'7' * 40}...'", "payoff 2 of 2"),
        (HEADER + OUTCOME + "1 1 1", 1, 57, "the end of the text", "the outcome of profile 4 of 4"),
        (HEADER + OUTCOME + "1 1", 1, 52, "3 more characters", "4 numbers of outcomes"),
        (HEADER + OUTCOME + "1 1 1 2", 1, 58, "'2'", "the outcome of profile 4 of 4, a number"),
        (HEADER + OUTCOME + "1 1 -1 0", 1, 56, "'-1'", "the outcome of profile 3 of 4, a number"),
        (HEADER + OUTCOME + "1 1 1 1 1", 1, 60, "'1'", "the end of the text, after 2 x 2"),
        (HEADER + "{ 1 1 } { 1 2 } 1", 1, 39, "'1'", "'{', with which an outcome begins, or '}'"),
        (HEADER + "{ 1 1 } { { 1 2 } } 1", 1, 41, "'1'", "the outcome's label in quotes"),
        (HEADER + '{ 1 1 } { { "" 1 } } 1', 1, 46, "'}'", "the outcome's payoff to player 2 of 2"),
        (HEADER + '{ 1 1 } { { "" ,1 } } 1', 1, 44, "','", "the outcome's payoff to player 1 of 2"),
        (HEADER + '{ 1 1 } { { "" 1 2 3 } } 1', 1, 48, "'3'", "'}', after the outcome's 2 payoffs"),
        (HEADER + '{ 1 1 } { { "" 1 2 }', 1, 49, "the end of the text", "'{', with which"),
    ],
)
def test_errors_say_where(text: str, line: int, column: int, found: str, expected: str) -> None:
    with pytest.raises(GameError) as caught:
        read_game(text)
    begins = f"line {line}, column {column}: found {found}; expected {expected}"
    assert str(caught.value).startswith(begins)
    assert "\n" not in str(caught.value)


def test_every_truncated_file_is_refused() -> None:
    whole = HEADER + '{ {"x" "y"} {"u" "v"} } "c" { { "o" 1, 2 } } 1 0 1 0'
    assert exact(read_game(whole)) == [[[1, 1], [0, 0]], [[2, 2], [0, 0]]]
    for cut in range(len("NFG "), len(whole)):
        with pytest.raises(GameError, match=r"^line 1, column \d+: found .*; expected "):
            read_game(whole[:cut])


@pytest.mark.parametrize(
    "announced",
    [
        "{ 1000000000 1000000000 } 1 1",
        "{ " + "9" * 17 + " 1 } 1 1",
        "{ " + "9" * 5000 + " 1 } 1 1",
        "{ 60 60 } " + "1 " * 100,
        "{ 10 10 } " + "1 " * 99,
        "{ 10 11 } { } " + "0 " * 50,
    ],
)
def test_a_game_larger_than_its_file_is_refused_before_it_is_made(
    announced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_array(*_: Any, **__: Any) -> None:
        raise AssertionError("an array was made")

    monkeypatch.setattr(np, "array", no_array)
    monkeypatch.setattr(np, "reshape", no_array)
    with pytest.raises(GameError, match=r"^line 1, column \d+: found "):
        read_game(HEADER + announced)


def test_profiles_beyond_all_bounds_are_refused() -> None:
    labels = '{ "x" "y" }' * 62
    text = f'NFG 1 R "" {{{chr(34) * 2 * 62}}} {{ {labels} }} 1 1 1'
    with pytest.raises(GameError, match=r"found 5 more characters; expected more than 10+ payoffs"):
        read_game(text)
    with pytest.raises(GameError, match=r"line 1, column \d+: found '1000"):
        read_game(f'NFG 1 R "" {{{chr(34) * 2 * 62}}} {{{(" 1" + "0" * 300) * 62}}} 1 1 1')


def test_errors_in_a_file_begin_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "game.nfg"
    path.write_text(HEADER + "{ 1 1 }\n1\n", encoding="utf-8")
    with pytest.raises(GameError) as caught:
        read_game(path)
    assert str(caught.value).startswith(f"{path}: line 3, column 1: found the end of the text;")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    expected = "; expected a file that can be read, or a text that begins with NFG or EFG"
    for path, reason in [
        (str(tmp_path / "none.nfg"), "No such file or directory"),
        (str(tmp_path), "Is a directory"),
        ("a\0b", "embedded null byte"),
    ]:
        with pytest.raises(GameError) as caught:
            read_game(path)
        assert str(caught.value) == f"game file {path!r}: {reason}{expected}"


@pytest.mark.parametrize("wrong", [None, 5, b"NFG 1", [HEADER]])
def test_a_path_or_a_text_is_wanted(wrong: Any) -> None:
    kind = type(wrong).__name__
    with pytest.raises(GameError, match=f"^path_or_text: {kind}; expected a path or the text"):
        read_game(wrong)


def test_formats() -> None:
    with pytest.raises(GameError, match="unknown format 'gbt'; did you mean"):
        read_game(HEADER, format="gbt")
    with pytest.raises(GameError, match="line 1, column 1: found 'EFG'; expected NFG"):
        read_game('EFG 2 R ""', format="nfg")
