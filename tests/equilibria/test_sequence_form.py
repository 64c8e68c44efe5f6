"""Equilibria in sequence form: published games, every random tree, batches, and refusals."""

import io
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import Case, load
from reference.trees import kuhn, kuhn_strategies
from summitgames import Chance, Decision, ExtensiveForm, Outcome, Status, sequence_form
from summitgames.equilibria import sequence_form as module
from summitgames.games.gambit_trees import tree_text
from summitgames.testing import extensive_forms

EFG = [
    case
    for case in load("efg")
    if len(case.answer["players"]) == 2 and "extreme_equilibria" in case.answer
]


def end(a=0, b=0):
    return Outcome("end", {"a": a, "b": b})


def matching(payoff):
    """Matching pennies, in which matching heads pays a the more."""

    def second(first):
        pays = {move: 1 if move == first else 0 for move in "ht"}
        ends = {m: end(payoff * p if m == "h" else p, -p) for m, p in pays.items()}
        return Decision("b", ends, infoset="b")

    return ExtensiveForm(Decision("a", {"h": second("h"), "t": second("t")}), players=["a", "b"])


# Published games


def test_kuhn_poker() -> None:
    found = sequence_form(kuhn())
    np.testing.assert_allclose(found.payoffs, [-1 / 18, 1 / 18], atol=1e-15)
    assert found.regret == pytest.approx(0, abs=1e-15)
    assert found.status == Status.PARTIAL
    assert_of_kuhns_family(found.behavior)


def assert_of_kuhns_family(behavior) -> None:
    """Kuhn (1950): the first player's equilibria are a segment, the second's is one."""
    bluff = behavior["J"][0]
    assert 0 <= bluff <= 1 / 3 + 1e-12
    expected = {"Q": 0, "K": 3 * bluff, "Q check bet": 1 / 3 + bluff, "J check bet": 0}
    expected |= {"J bet": 0, "J check": 1 / 3, "Q bet": 1 / 3, "Q check": 0, "K bet": 1}
    expected |= {"K check": 1}
    if bluff < 1 / 3:  # or the king never checks
        expected["K check bet"] = 1
    for key, probability in expected.items():
        assert behavior[key][0] == pytest.approx(probability, abs=1e-12), key


@given(st.fractions(0, Fraction(1, 3)))
@settings(max_examples=20)
def test_the_family_of_kuhns_equilibria_has_no_regret(bluff: Fraction) -> None:
    strategies = {key: [*map(float, mix)] for key, mix in kuhn_strategies(bluff).items()}
    assert sg.regret(kuhn(), strategies) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("case", EFG, ids=str)
def test_published_files(case: Case) -> None:
    game = sg.read_game(case.input["text"])
    if not case.answer["perfect_recall"]:
        with pytest.raises(sg.SolverError, match=r"infoset '\w+' of player '\w+': something that"):
            sequence_form(game)
        return
    found = sequence_form(game)
    assert found.regret == pytest.approx(0, abs=1e-14)
    if "constant_sum" in case.answer:
        value = float(case.answer["constant_sum"]["value_player_1"])
        assert found.payoffs[0] == pytest.approx(value, abs=1e-14)
    elif not case.answer["degenerate"]:
        payoffs = [[float(x) for x in e["payoffs"]] for e in case.answer["extreme_equilibria"]]
        assert np.abs(np.array(payoffs) - found.payoffs).max(axis=1).min() < 1e-12


def test_absent_mindedness_is_named() -> None:
    inner = Decision("a", {"on": end(), "off": end()}, infoset="exit")
    root = Decision("a", {"on": inner, "off": end()}, infoset="exit")
    with pytest.raises(sg.SolverError, match="infoset 'exit' of player 'a': absent-minded"):
        sequence_form(ExtensiveForm(root, players=["a", "b"]))


# Any tree


@given(extensive_forms(information="recall", max_nodes=30))
def test_no_player_gains_and_exact_paths_end_alike(game: ExtensiveForm) -> None:
    found = sequence_form(game)
    assert found.status == Status.PARTIAL
    assert found.regret <= 1e-12
    for infoset in game.infosets:
        assert found.behavior[infoset].sum() == pytest.approx(1, abs=1e-12)


@given(extensive_forms(information="recall", payoffs="floats", batch_shape=(2, 3)))
def test_a_batch_is_its_games_one_by_one(game: ExtensiveForm) -> None:
    found = sequence_form(game, threads=2)
    assert found.behavior.game is game
    assert found.payoffs.shape == (2, 3, 2)
    scale = max(1.0, float(np.abs(game.quantity_values(0, 6)).max()))
    assert np.max(found.regret) <= 1e-11 * scale
    assert (found.status == Status.PARTIAL).all()


@given(extensive_forms(information="recall", max_nodes=16))
def test_zero_sum_values_are_those_of_the_normal_form(game: ExtensiveForm) -> None:
    parts = game.to_normal_form()
    form = sg.NormalForm.zero_sum(parts.payoffs[0])
    value = sg.zero_sum_value(form).value
    # The same tree with payoffs a, -a.
    text = tree_text(game)
    lines = [
        line.partition("{ ")[0] + f"{{ {pays}, {flipped(pays)} }}"
        for line, pays in (
            (line, line.rpartition("{ ")[2].partition(",")[0])
            for line in text.splitlines()
            if line.startswith("t")
        )
    ]
    rest = iter(lines)
    zero = "\n".join(next(rest) if x.startswith("t") else x for x in text.splitlines()) + "\n"
    assert sequence_form(sg.read_game(zero)).payoffs[0] == pytest.approx(value, abs=1e-12)


def flipped(number: str) -> str:
    return number[1:] if number.startswith("-") else f"-{number}"


def test_families() -> None:
    payoffs = np.linspace(1, 4, 6).reshape(3, 2)
    found = sequence_form(matching(payoffs))
    np.testing.assert_allclose(found.behavior["b"][..., 0], 1 / (1 + payoffs), atol=1e-14)
    np.testing.assert_allclose(found.behavior[""], 0.5, atol=1e-14)
    np.testing.assert_allclose(found.payoffs[..., 0], payoffs / (1 + payoffs), atol=1e-14)
    assert found.status.shape == (3, 2)


def random_tree(depth: int, seed: int, batch: tuple[int, ...] = ()) -> ExtensiveForm:
    """Players take turns, and see the other's moves but the last one."""
    rng = np.random.default_rng(seed)

    def node(moves: str) -> Decision | Outcome:
        if len(moves) == depth:
            amounts = rng.normal(size=(2, *batch)) if batch else rng.normal(size=2).tolist()
            return end(*amounts)
        turn = len(moves) % 2
        own, other = moves[turn::2], moves[1 - turn :: 2]
        infoset = f"{len(moves)}:{own}:{other[:-1]}"
        return Decision("ab"[turn], {m: node(moves + m) for m in "xy"}, infoset=infoset)

    return ExtensiveForm(node(""), players=["a", "b"])


def test_larger_games_in_batches() -> None:
    game = random_tree(6, 1, (200,))
    assert len(game.infosets) == 32
    found = sequence_form(game)
    assert (found.status == Status.PARTIAL).all()
    assert np.max(found.regret) < 1e-11


@pytest.mark.parametrize("seed", range(3))
def test_long_paths_do_not_gather_rounding(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("floats lost the way")

    monkeypatch.setattr(module, "exact_equilibrium", refuse)
    game = random_tree(8, seed)
    assert len(game.infosets) == 128
    assert sequence_form(game, max_work=96).status == Status.FAILED  # the tableau is made anew
    assert sequence_form(game).regret < 1e-12


def test_paths_that_floats_lose_are_followed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    game = random_tree(4, 3, (5,))
    plain = sequence_form(game)
    asked = []
    exactly = module.exact_equilibrium

    def counted(*arguments):
        asked.append(arguments)
        return exactly(*arguments)

    monkeypatch.setattr(module, "exact_equilibrium", counted)
    monkeypatch.setattr(module, "_ALLOWED", -1.0)  # no end is good enough
    exact = sequence_form(game)
    assert len(asked) == 5
    assert np.max(exact.regret) < 1e-14
    # The same paths; off those of play, ties may be broken otherwise.
    np.testing.assert_allclose(exact.payoffs, plain.payoffs, atol=1e-12)


def test_payoffs_far_from_one() -> None:
    for unit in (1e-200, 1e-30, 1e30, 1e200):
        found = sequence_form(scaled(unit))
        assert found.payoffs[0] == pytest.approx(0.75 * unit, rel=1e-12)


def scaled(unit: float) -> ExtensiveForm:
    def second(first: str) -> Decision:
        pays = {m: (3 * unit if m == "h" else unit) if m == first else 0.0 for m in "ht"}
        return Decision("b", {m: end(p, -p) for m, p in pays.items()}, infoset="b")

    return ExtensiveForm(Decision("a", {"h": second("h"), "t": second("t")}), players=["a", "b"])


# Options and refusals


def test_a_search_that_is_given_up() -> None:
    found = sequence_form(kuhn(), max_work=2)
    assert found.status == Status.FAILED
    assert np.isnan(found.payoffs).all()
    assert found.message.endswith(
        "the search was given up after 2 pivots (max_work), or sooner in exact arithmetic"
    )
    with pytest.raises(sg.GameError, match="max_work: 0; expected a positive whole number"):
        sequence_form(kuhn(), max_work=0)


def test_players_without_moves_and_trees_without_decisions() -> None:
    alone = ExtensiveForm(Decision("b", {"x": end(1, 2), "y": end(0, 3)}), players=["a", "b"])
    assert sequence_form(alone).payoffs.tolist() == [0, 3]
    nothing = ExtensiveForm(Chance({"l": (0.5, end(1)), "r": (0.5, end(3, 1))}), players=["a", "b"])
    assert sequence_form(nothing).payoffs.tolist() == [2, 0.5]


def test_what_is_no_two_player_tree_is_refused() -> None:
    with pytest.raises(sg.GameError, match=r"^game: NormalForm; expected an ExtensiveForm"):
        sequence_form(sg.NormalForm.zero_sum([[1]]))
    three = ExtensiveForm(Outcome("", dict.fromkeys("abc", 0)), players=list("abc"))
    with pytest.raises(sg.GameError, match=r"^game: 3 players; expected two"):
        sequence_form(three)
    free = ExtensiveForm(end(), players=["a", "b"], parameters=["x"])
    with pytest.raises(sg.GameError, match="have no values"):
        sequence_form(free)


def test_pygambit_agrees_on_values() -> None:
    gambit = pytest.importorskip("pygambit")
    for seed, depth in product(range(3), (3, 4)):
        game = random_tree(depth, seed)
        theirs = gambit.read_efg(io.StringIO(tree_text(game)))
        payoffs = [
            [float(profile.payoff(player)) for player in theirs.players]
            for profile in gambit.nash.enummixed_solve(theirs, rational=False).equilibria
        ]
        gaps = np.abs(np.array(payoffs) - sequence_form(game).payoffs).max(axis=1)
        assert gaps.min() < 1e-9
