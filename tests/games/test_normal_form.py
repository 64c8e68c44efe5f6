"""Games in normal form: shapes, exact payoffs, other packages' games, tables, every refusal."""

import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import nashpy
import numpy as np
import pytest
import sympy

import summitgames as sg
from reference.cases import Case, load
from summitgames import GameError, NormalForm
from summitgames.games.normal_form import as_normal_form
from summitgames.testing import assert_nash, assert_sequentially_rational

RNG = np.random.default_rng(20_250_101)
A = [[3, 0], [5, 1]]
B = [[3, 5], [0, 1]]
TENTH = Fraction(1, 10)


def family() -> NormalForm:
    """Six games of 2 x 3 actions, in a batch of shape (2, 3)."""
    return NormalForm(RNG.normal(size=(2, 2, 3, 2, 3)), players=["row", "column"])


def test_shapes_and_default_labels() -> None:
    game = NormalForm(RNG.normal(size=(3, 5, 2, 3, 4)))
    assert game.n_players == 3
    assert game.n_actions == (2, 3, 4)
    assert game.batch_shape == (5,)
    assert (game.size, len(game)) == (5, 5)
    assert game.players == ("1", "2", "3")
    assert game.actions == (("1", "2"), ("1", "2", "3"), ("1", "2", "3", "4"))
    assert {array.dtype for array in game.payoffs} == {np.dtype(np.float64)}
    assert repr(game) == "<NormalForm: 3 players; 2 x 3 x 4 actions; batch shape (5,)>"


def test_one_player_and_one_action_are_games() -> None:
    assert repr(NormalForm([[1, 2, 3]])) == "<NormalForm: 1 player; 3 actions>"
    assert NormalForm([[[1]], [[2]]]).n_actions == (1, 1)


def test_every_players_own_action_is_on_the_own_axis() -> None:
    game = NormalForm.from_bimatrix(A, B)
    assert game.payoffs[1][0, 1] == 5
    assert [axis for axis, _ in game.own_axes()] == [-2, -1]


def test_batch_shapes_broadcast_between_players() -> None:
    rows, columns = RNG.normal(size=(4, 1, 2, 2)), RNG.normal(size=(3, 2, 2))
    game = NormalForm([rows, columns])
    assert game.batch_shape == (4, 3)
    assert game.payoffs[0][2, 1].tolist() == rows[2, 0].tolist()
    assert game.payoffs[1][2, 1].tolist() == columns[1].tolist()


def test_float64_is_taken_not_copied_and_cannot_be_changed_through_the_game() -> None:
    rows = RNG.normal(size=(2, 2))
    game = NormalForm([rows, rows])
    assert np.shares_memory(game.payoffs[0], rows)
    with pytest.raises(ValueError, match="read-only"):
        game.payoffs[0][0, 0] = 1
    with pytest.raises(AttributeError):
        game.players = ("x", "y")  # frozen


@pytest.mark.parametrize(
    "tenth", [TENTH, Decimal("0.1"), sympy.Rational(1, 10)], ids=["Fraction", "Decimal", "sympy"]
)
def test_exact_numbers_are_kept_beside_the_nearest_floats(tenth: Any) -> None:
    game = NormalForm.from_bimatrix([[tenth, 1], [0, 2]], A)
    assert game.payoffs[0][0, 0] == 0.1
    assert game.exact is not None
    assert game.exact[0][0, 0] == game.exact_payoffs()[0][0, 0] == TENTH
    assert game.exact[1].tolist() == A


def test_floats_are_the_binary_numbers_that_they_are() -> None:
    game = NormalForm.from_bimatrix([[0.1, 1], [0, 2]], A)
    assert game.exact is None
    assert game.exact_payoffs()[0][0, 0] == Fraction(0.1) != TENTH


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (2**53, False),
        (2**53 + 1, True),
        (2**64 - 1, True),
        (np.longdouble(1) / 3, np.finfo(np.longdouble).nmant > 52),
    ],
)
def test_numbers_longer_than_float64_are_kept(number: Any, kept: bool) -> None:
    game = NormalForm([np.array([number, number])])
    assert (game.exact is not None) == kept
    assert game.exact_payoffs()[0][0] == Fraction(*number.as_integer_ratio())
    assert game.payoffs[0][0] == float(number)


def test_zero_sum_sums_to_zero_exactly() -> None:
    least = np.array([[-128, 127]], dtype=np.int8)  # -(-128) is -128 in int8
    large = np.array([[2**64 - 1]], dtype=np.uint64)
    for given in (A, [[TENTH]], least, large, [[-(2**63)]]):
        rows, columns = NormalForm.zero_sum(given).exact_payoffs()
        assert not np.any(rows + columns)
        assert rows.tolist() == np.asarray(given).astype(object).tolist()


def test_symmetric_swaps_the_players() -> None:
    batch = RNG.normal(size=(3, 2, 2))
    game = NormalForm.symmetric(batch, actions=[["x", "y"]] * 2)
    assert game.payoffs[1][2, 0, 1] == batch[2, 1, 0]
    assert game.actions[1] == ("x", "y")


def test_indexing_picks_from_the_batch() -> None:
    game = family()
    assert game[1].batch_shape == (3,)
    assert game[1, 2].batch_shape == ()
    assert game[..., 0].batch_shape == (2,)
    assert game[:, [2, 0]].payoffs[0][1, 0].tolist() == game.payoffs[0][1, 2].tolist()
    assert game[1, 2].payoffs[1].tolist() == game.payoffs[1][1, 2].tolist()
    assert game[1, 2].players == game.players
    assert [part.batch_shape for part in game] == [(3,), (3,)]


def test_indexing_keeps_exact_payoffs() -> None:
    game = NormalForm.zero_sum([[[TENTH, 0]], [[Fraction(1, 3), 1]]])
    exact = game[1].exact
    assert exact is not None
    assert exact[0].tolist() == [[Fraction(1, 3), 1]]
    assert exact[1].tolist() == [[Fraction(-1, 3), -1]]


def test_indices_outside_the_batch_are_refused() -> None:
    game = family()
    for index in ((2, 0), (0, 0, 0)):
        with pytest.raises(GameError, match=r"index: .*; the batch shape is \(2, 3\)"):
            game[index]
    with pytest.raises(GameError, match=r"the batch shape is \(\)"):
        game[0, 0][0]
    with pytest.raises(IndexError):  # the protocol of sequences
        game[2]
    with pytest.raises(TypeError, match="a single game has no length"):
        len(game[0, 0])


def test_blocks_are_the_games_in_c_order() -> None:
    game = family()
    turned = NormalForm([np.asfortranarray(array) for array in game.payoffs])
    spread = NormalForm([game.payoffs[0], game.payoffs[1][0, 0]])
    for some in (game, turned, spread):
        rows, columns = some.block(2, 5)
        assert rows.flags.c_contiguous
        assert rows.tolist() == game.payoffs[0].reshape(6, 2, 3)[2:5].tolist()
        assert columns.tolist() == some.payoffs[1].reshape(6, 2, 3)[2:5].tolist()
    single = NormalForm([np.asfortranarray(array) for array in game[1, 1].payoffs])
    assert single.block(0, 1)[0].tolist() == [game.payoffs[0][1, 1].tolist()]


def test_blocks_are_views_where_they_can_be() -> None:
    game = family()
    assert np.shares_memory(game.block(0, 6)[0], game.payoffs[0])


@pytest.mark.parametrize("exact", [False, True])
def test_pickled_games_are_the_same(exact: bool) -> None:
    game = NormalForm.zero_sum([[TENTH, 0]]) if exact else family()[1]
    copy = pickle.loads(pickle.dumps(game))  # noqa: S301
    for mine, its in zip(game.exact_payoffs(), copy.exact_payoffs(), strict=True):
        assert mine.tolist() == its.tolist()
    assert (copy.players, copy.actions) == (game.players, game.actions)
    assert (copy.exact is None) == (game.exact is None)


def test_nashpy_there_and_back() -> None:
    game = NormalForm.from_bimatrix(A, B)
    theirs = game.to_nashpy()
    assert [matrix.tolist() for matrix in theirs.payoff_matrices] == [A, B]
    assert [a.tolist() for a in as_normal_form(theirs).payoffs] == [A, B]
    zero_sum = as_normal_form(nashpy.Game(np.array(A)))
    assert zero_sum.payoffs[1].tolist() == [[-3, 0], [-5, -1]]


def test_nashpy_takes_single_games_of_two_players() -> None:
    for game in (family(), NormalForm([[1, 2]])):
        with pytest.raises(GameError, match="no single two-player game"):
            game.to_nashpy()


def test_quantecon_there_and_back() -> None:
    pytest.importorskip("quantecon")
    game = NormalForm(RNG.normal(size=(3, 2, 3, 4)))
    theirs = game.to_quantecon()
    profile = (1, 2, 3)
    assert theirs[profile].tolist() == [array[profile] for array in game.payoffs]
    back = as_normal_form(theirs)
    for mine, its in zip(game.payoffs, back.payoffs, strict=True):
        assert mine.tolist() == its.tolist()
    with pytest.raises(GameError, match="quantecon takes single games"):
        family().to_quantecon()


def test_as_normal_form_says_what_it_wants() -> None:
    game = family()
    assert as_normal_form(game, players=2) is game
    with pytest.raises(GameError, match="game: 2 players; expected 3"):
        as_normal_form(game, players=3)
    with pytest.raises(GameError, match="game: list; expected a NormalForm"):
        as_normal_form([A, B])


def test_html_escapes_labels_and_shows_fractions() -> None:
    game = NormalForm.zero_sum(
        [[TENTH, 0.5]], players=["<b>", "&"], actions=[["<script>"], ["l", "r"]]
    )
    page = game._repr_html_()
    assert "<script>" not in page
    assert "<th>&lt;script&gt;</th><td>1/10, -1/10</td><td>1/2, -1/2</td>" in page
    assert "&lt;b&gt; \\ &amp;" in page


def test_html_of_a_family_is_its_first_game_cut_to_a_table() -> None:
    page = NormalForm(np.zeros((2, 3, 40, 2)))._repr_html_()
    assert "game (0,) of a family of shape (3,)" in page
    assert page.count("<tr>") == 1 + 12
    assert "<th>…</th>" in page
    assert "<th>40</th>" in page


def test_a_table_for_each_profile_of_the_third_player() -> None:
    game = NormalForm(np.arange(24).reshape(3, 2, 2, 2), players=["a", "b", "c"])
    page = game._repr_html_()
    assert page.count("<table>") == 2
    assert "<caption>c: 2</caption>" in page
    assert "<td>1, 9, 17</td>" in page  # the profile (0, 0, 1)


def test_all_tables_are_written_and_what_html_leaves_out_is_counted() -> None:
    game = NormalForm(np.zeros((5, 2, 2, 2, 2, 2)))
    assert game.to_latex().count("begin{tabular}") == 8
    assert game._repr_html_().count("<table>") == 8
    larger = NormalForm(np.zeros((4, 2, 2, 3, 5)))
    assert larger.to_latex().count("begin{tabular}") == 15
    assert larger._repr_html_().count("<table>") == 12
    assert larger._repr_html_().endswith("<p>tables not shown: 3</p>")


def test_latex_escapes_labels() -> None:
    game = NormalForm.from_bimatrix([[1, 2]], [[3, 4]], actions=[["50% & $_x"], ["a\\", "b"]])
    assert game.to_latex() == (
        "\\begin{tabular}{l|cc}\n"
        "1 \\textbackslash{} 2 & a\\textbackslash{} & b \\\\ \\hline\n"
        "50\\% \\& \\$\\_x & 1, 3 & 2, 4 \\\\\n"
        "\\end{tabular}"
    )
    with pytest.raises(GameError, match="index it first"):
        family().to_latex()


def test_latex_captions_and_single_players() -> None:
    game = NormalForm(np.zeros((3, 1, 1, 2)), players=["a", "b", "c_d"])
    assert "\\multicolumn{2}{l}{c\\_d: 2} \\\\" in game.to_latex()
    assert "1 & payoff \\\\ \\hline\n1 & 0 \\\\" in NormalForm([[0]]).to_latex()


def test_check_false_trusts_the_entries_only() -> None:
    game = NormalForm([[np.nan, 1.0]], check=False)
    assert np.isnan(game.payoffs[0][0])
    with pytest.raises(GameError, match="ragged"):
        NormalForm([[[1, 2], [3]]], check=False)


def test_a_sum_that_overflows_is_no_infinity() -> None:
    largest = np.finfo(np.float64).max
    assert NormalForm([[largest, largest]]).payoffs[0].tolist() == [largest, largest]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([[1, np.nan], [0, 0]], "not finite at profile (0, 1): nan; expected finite numbers"),
        ([[1, 0], [-np.inf, 0]], "not finite at profile (1, 0): -inf; expected finite numbers"),
        ([[np.inf, -np.inf], [0, 0]], "not finite at profile (0, 0): inf;"),
        ([[TENTH, np.nan], [0, 0]], "not finite at profile (0, 1): nan;"),
        (np.array([A, [[0, 0], [np.nan, 0]]]), "not finite at batch index (1,), profile (1, 0):"),
        ([[1, 10**400], [0, 0]], "a number beyond float64 at (0, 1); expected finite numbers"),
        ([[1, 0], [0, Fraction(10**400, 7)]], "a number beyond float64 at (1, 1);"),
        (5, "shape (); expected (*batch, k_1, ..., k_2), an axis for each of the 2 players"),
        ([1, 2], "shape (2,); expected (*batch, k_1, ..., k_2)"),
        ([[1, 2, 3], [4, 5, 6]], "(2, 3) actions; expected (2, 2), as in payoffs[0]"),
    ],
)
def test_payoffs_refused_by_name_and_index(wrong: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        NormalForm([A, wrong], players=["host", "guest"])
    assert str(caught.value).startswith(f"payoffs[1] (player 'guest'): {message}")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([[1, 2], [3]], "ragged; expected an array, all rows of one length"),
        ([], "shape (0,) has no entry; expected at least one"),
        (np.zeros((0, 2, 2)), "shape (0, 2, 2) has no entry"),
        ([["1", "2"], ["3", "4"]], "an array of <U1; expected numbers"),
        ([[1, 1j], [0, 0]], "an array of complex128; expected numbers"),
        ([[True, False], [True, True]], "an array of bool; expected numbers"),
        (np.array(["2025-01-01"], dtype="datetime64[D]"), "an array of datetime64[D];"),
        ([[1, None], [0, 0]], "None at (0, 1); expected a number"),
        ([[TENTH, True], [0, 0]], "True at (0, 1); expected a number"),
        ([[1, 0], [Decimal("NaN"), 0]], "Decimal('NaN') at (1, 0); expected a number"),
        ([[1, 0], [Decimal("sNaN"), 0]], "Decimal('sNaN') at (1, 0); expected a number"),
        ([[Decimal("1e99999"), 0], [0, 0]], "Decimal('1E+99999') at (0, 0); expected a number"),
        ([[sympy.Symbol("x"), 0], [0, 0]], "x at (0, 0); expected a number"),
        ([[sympy.sqrt(2), 0], [0, 0]], "sqrt(2) at (0, 0); expected a number"),
        ({"cooperate": 1}, "{'cooperate': 1}; expected a number"),
        (None, "None; expected a number"),
        (np.ma.array(A, mask=[[0, 1], [0, 0]]), "a masked array with entries left out;"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(GameError) as caught:
        NormalForm([A, wrong])
    assert str(caught.value).startswith(f"payoffs[1]: {message}")


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ([], "none"),
        (None, "NoneType"),
        ("AB", "str"),
        (5, "int"),
        ({"host": A}, "dict"),
        (NormalForm([A, A]), "NormalForm"),
    ],
)
def test_payoffs_are_one_array_a_player(wrong: Any, found: str) -> None:
    with pytest.raises(GameError, match=f"^payoffs: {found}; expected one array for each player$"):
        NormalForm(wrong)


def test_batch_shapes_that_do_not_broadcast_are_refused() -> None:
    with pytest.raises(GameError) as caught:
        NormalForm([np.zeros((3, 2, 2)), np.zeros((4, 2, 2))])
    assert str(caught.value).startswith(
        "payoffs[1] (player '2'): batch shape (4,) does not broadcast with (3,); expected"
    )


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"players": ["a"]}, "players: 1 labels; expected 2, one for each player"),
        ({"players": ["a", "a"]}, "players: 'a' twice; expected labels that differ"),
        ({"players": "ab"}, "players: 'ab'; expected a sequence of 2 labels"),
        ({"players": ["a", 2]}, "players: 2; expected labels that are text"),
        ({"players": 5}, "players: 5; expected a sequence of 2 labels"),
        ({"actions": [["x", "y"]]}, "actions: 1 sequences of labels; expected 2, one for each"),
        ({"actions": "xy"}, "actions: 'xy'; expected 2 sequences of labels"),
        ({"actions": 3}, "actions: 3; expected 2 sequences of labels"),
        (
            {"actions": [["x", "y"], ["x"]]},
            "actions[1] (player '2'): 1 labels; expected 2, one for each action",
        ),
        (
            {"actions": [["x", "x"], ["x", "y"]]},
            "actions[0] (player '1'): 'x' twice; expected labels that differ",
        ),
        ({"actions": [["x", "y"], [0, "y"]]}, "actions[1] (player '2'): 0; expected labels"),
        ({"actions": [["x", "y"], "xy"]}, "actions[1] (player '2'): 'xy'; expected a sequence"),
    ],
)
def test_labels_are_refused_by_name(labels: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError) as caught:
        NormalForm([A, B], **labels)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("wrong", [[[1, 2]], [1, 2], 3])
def test_symmetric_games_need_a_square_matrix(wrong: Any) -> None:
    with pytest.raises(GameError, match=r"^A: shape .*; expected \(\*batch, k, k\)$"):
        NormalForm.symmetric(wrong)


def test_zero_sum_names_its_argument() -> None:
    with pytest.raises(GameError, match=r"^A: ragged"):
        NormalForm.zero_sum([[1], [2, 3]])


@pytest.mark.parametrize("case", load("bimatrix"), ids=str)
def test_published_games_are_held_exactly(case: Case) -> None:
    game = NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    rows, columns = game.exact_payoffs()
    assert rows.tolist() == case.input["A"]
    assert columns.tolist() == case.input["B"]


def test_a_family_broadcasts_to_a_larger_batch_without_a_copy() -> None:
    game = NormalForm.from_bimatrix([[[TENTH]], [[1]]], [[2]], players=["row", "column"])
    wide = game.broadcast_to((3, 2))
    assert wide.batch_shape == (3, 2)
    assert wide.players == game.players
    assert np.shares_memory(wide.payoffs[0], game.payoffs[0])
    assert wide.exact_payoffs()[0][2, 0, 0, 0] == TENTH
    assert wide[1].payoffs[0].tolist() == game.payoffs[0].tolist()
    assert game.broadcast_to((2,)) is game
    with pytest.raises(ValueError, match="broadcast"):
        game.broadcast_to((3,))


@pytest.mark.parametrize(
    ("payoffs", "binary"),
    [
        ([[1, 2]], False),
        ([[1.0, -2.0]], False),
        ([[0.5, 2.0]], True),
        ([[1e300, 2.0]], True),  # whole, but its neighbours are not held
        ([[Fraction(1, 2), 2]], False),
        ([[Fraction(1, 2), 2.0]], False),
        ([[Fraction(1, 2), 0.5]], True),
        ([[[Fraction(1, 2)], [1]], np.array([[0.5], [1]])], True),
    ],
)
def test_binary_numbers_are_remembered(payoffs, binary):
    game = NormalForm(payoffs)
    assert game.has_binary_numbers == binary
    assert pickle.loads(pickle.dumps(game)).has_binary_numbers == binary  # noqa: S301
    family = NormalForm([np.array([array, array], dtype=object) for array in payoffs])
    assert family[1].has_binary_numbers == binary


def test_plain_arrays_by_the_short_way_as_by_the_long_one() -> None:
    tables = np.random.default_rng(5).random((2, 4, 2, 3))
    short, long = NormalForm(list(tables)), NormalForm(list(tables), players=["1", "2"])
    assert (short.players, short.actions, short.exact) == (long.players, long.actions, None)
    for one, other, given in zip(short.payoffs, long.payoffs, tables, strict=True):
        np.testing.assert_array_equal(one, other)
        assert np.shares_memory(one, given)
        assert not one.flags.writeable
    tables[1, 3, 0, 2] = np.nan
    with pytest.raises(GameError, match=r"payoffs\[1\].*batch index \(3,\), profile \(0, 2\): nan"):
        NormalForm(list(tables))
    assert np.isnan(NormalForm(list(tables), check=False).payoffs[1]).sum() == 1
    with pytest.raises(GameError, match="axis for each"):
        NormalForm([np.ones(2), np.ones(2)])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (sg.logit_path, "a NormalForm, a nashpy.Game or an ExtensiveForm"),
        (lambda game: sg.logit_qre(game, 1), "a NormalForm, a nashpy.Game or an ExtensiveForm"),
        (
            lambda game: sg.certify(game, ()),
            "a NormalForm, a nashpy.Game, an ExtensiveForm or a SignalingGame",
        ),
        (
            lambda game: sg.regret(game, ()),
            "a NormalForm, a nashpy.Game, an ExtensiveForm, a StochasticGame or a SignalingGame",
        ),
        (
            lambda game: assert_nash(game, ()),
            "a NormalForm, a nashpy.Game or an ExtensiveForm",
        ),
        (
            lambda game: assert_sequentially_rational(game, ()),
            "a SignalingGame or an ExtensiveForm",
        ),
    ],
)
def test_what_is_no_game_is_told_all_that_would_do(call: Any, expected: str) -> None:
    with pytest.raises(sg.GameError) as caught:
        call(None)
    assert str(caught.value) == f"game: NoneType; expected {expected}"


def test_matrices_one_by_one_are_those_of_a_list() -> None:
    for given in ((A, B), (np.array(A, float), np.array(B, float)), ([[TENTH]], [[1]])):
        game = NormalForm(*given, players=["row", "column"])
        listed = NormalForm(list(given), players=["row", "column"])
        assert all(map(np.array_equal, game.payoffs, listed.payoffs))
        assert (game.exact is None) == (listed.exact is None)
    cube = RNG.normal(size=(3, 2, 2, 2))
    assert NormalForm(*cube).n_players == 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((A,), r"NormalForm\.zero_sum\(A\)"),
        ((A, None), r"payoffs\[1\]: "),
        ((A, ["row", "column"]), r"payoffs\[1\]: an array of <U6; expected numbers"),
        ((A, [[1, 2, 3]] * 2), r"payoffs\[1\] \(player '2'\): \(2, 3\) actions"),
    ],
)
def test_matrices_one_by_one_are_checked(given: Any, message: str) -> None:
    with pytest.raises(GameError, match=message):
        NormalForm(*given)
