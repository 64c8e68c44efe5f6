"""`solve` takes the solver that fits, says which and why, and refuses what it does not know."""

import numpy as np
import pytest
from hypothesis import given

import summitgames as sg
from reference.cases import load
from summitgames.equilibria import choose
from summitgames.equilibria.support_enumeration import plan_for
from summitgames.testing import assert_nash, normal_forms

PENNIES = sg.NormalForm.zero_sum([[1, -1], [-1, 1]])
THREAT = sg.NormalForm.from_bimatrix([[1, 1], [2, 0]], [[2, 2], [1, 0]])
IRRATIONAL = sg.NormalForm(load("normal_form")[0].input["payoffs"])


def same(one, other):
    """The same equilibria in the same slots."""
    assert one.exists.tolist() == other.exists.tolist()
    for mine, theirs in zip(one.strategies, other.strategies, strict=True):
        np.testing.assert_array_equal(mine, theirs)


@given(normal_forms(actions=(1, 4)))
def test_all_equilibria_of_two_players_are_complete(game):
    found = sg.solve(game)
    assert found.status == sg.Status.COMPLETE
    complete = sg.vertex_enumeration(game)
    same(found, complete)
    degenerate = bool(complete.degenerate)
    assert found.method == ("vertex_enumeration" if degenerate else "support_enumeration")
    assert ("degenerate: all extreme" in found.message) == degenerate
    assert isinstance(found, sg.ExtremeEquilibria) == degenerate


def test_one_degenerate_game_makes_the_family_a_matter_of_vertices():
    rng = np.random.default_rng(0)
    payoffs = rng.random((2, 4, 3, 3))
    assert sg.solve(sg.NormalForm(payoffs)).method == "support_enumeration"
    payoffs[:, 2] = 0
    found = sg.solve(sg.NormalForm(payoffs))
    assert found.method == "vertex_enumeration"
    assert (found.status == sg.Status.COMPLETE).all()
    assert found.message.startswith("1 of 4 games degenerate")
    assert found.counts[2] == 9


def test_too_many_degenerate_games_stay_partial(monkeypatch):
    monkeypatch.setattr(choose, "_MOST_EXACT", 1.0)
    found = sg.solve(THREAT)
    assert (found.method, found.status) == ("support_enumeration", sg.Status.PARTIAL)
    assert "too many for vertex_enumeration" in found.message
    assert "more equilibria may exist" in found.message


def test_too_many_supports_lead_to_paths():
    rng = np.random.default_rng(0)
    large = sg.NormalForm(rng.random((2, 10, 11)))
    found = sg.solve(large)
    assert (found.method, found.status) == ("lemke_howson", sg.Status.PARTIAL)
    assert found.message.startswith("10 x 11 actions have too many supports to search; the ends")
    same(found, sg.lemke_howson(large, initial_label="all"))
    larger = sg.NormalForm(rng.random((2, 60, 60)))
    found = sg.solve(larger)
    assert "one equilibrium; more may exist" in found.message
    same(found, sg.lemke_howson(larger))


def test_too_many_games_lead_to_paths(monkeypatch):
    monkeypatch.setattr(choose, "_MOST_SUPPORTS", 1000)
    family = sg.NormalForm(np.random.default_rng(0).random((2, 9, 4, 4)))
    found = sg.solve(family)
    assert found.method == "lemke_howson"
    assert found.message.startswith("9 games of 4 x 4 actions have too many supports")


def test_the_size_is_that_of_the_tables():
    for shape in ((1, 1), (2, 3), (5, 4), (6, 6)):
        plan = plan_for(shape, 10**6)
        minors = sum(int(table.first[-1]) for table in plan.minors)
        assert choose._supports(*shape) == minors + plan.supports.sizes.size


@pytest.mark.parametrize(("shape", "fits"), [((10, 10), True), ((10, 11), False)])
def test_how_far_enumeration_goes(monkeypatch, shape, fits):
    """What would be called, without the seconds that it takes."""
    called = []
    for name in ("support_enumeration", "lemke_howson"):

        def solver(form, *, called=called, name=name, **_):
            called.append(name)
            return sg.support_enumeration(form, max_work=1)

        monkeypatch.setattr(choose, name, solver)
    sg.solve(sg.NormalForm(np.random.default_rng(0).random((2, *shape))), threads=1)
    assert called == ["support_enumeration" if fits else "lemke_howson"]


def test_max_work_passes_through():
    game = sg.NormalForm(np.random.default_rng(0).random((2, 4, 4)))
    found = sg.solve(game, max_work=10)
    assert found.method == "lemke_howson"
    assert "with max_work 10" in found.message
    failed = sg.solve(game, "one nash", max_work=1)
    assert failed.status == sg.Status.FAILED
    assert "after 1 pivots" in failed.message
    failed = sg.solve(IRRATIONAL, max_work=1)
    assert (len(failed), failed.status) == (0, sg.Status.FAILED)
    assert "came to no limit (max_work)" in failed.message
    assert sg.solve(IRRATIONAL, "one nash", max_work=1).status == sg.Status.FAILED


@pytest.mark.parametrize("concept", choose._NORMAL_FORM)
@pytest.mark.parametrize("max_work", [0, True, 1.5])
def test_bad_max_work(concept, max_work):
    games = [PENNIES] if concept == "zero-sum" else [PENNIES, IRRATIONAL, sg.NormalForm([[1, 2]])]
    for game in games:
        with pytest.raises(sg.GameError, match=f"max_work: {max_work}; expected a positive whole"):
            sg.solve(game, concept, max_work=max_work)


def test_a_large_game_gets_less_work(monkeypatch):
    """So that it ends; what a user gives goes before."""
    seen = []

    def path(form, *, threads, max_work):
        seen.append(max_work)
        return sg.logit_path(form, threads=threads, max_work=max_work)

    monkeypatch.setattr(choose, "logit_path", path)
    sg.solve(IRRATIONAL, "one nash")
    sg.solve(IRRATIONAL, "one nash", max_work=77)
    monkeypatch.setattr(choose, "_MOST_TRACING", 200_000)
    sg.solve(IRRATIONAL, "one nash")
    cost = choose._TRACING_PROFILE * 9 * 8 + 6**3
    assert seen == [20_000, 77, 200_000 // cost]


@given(normal_forms(players=(1, 4), actions=(1, 3)))
def test_other_numbers_of_players(game):
    found = sg.solve(game)
    pure = sg.pure_nash(game)
    if game.n_players == 2:
        return
    if pure.any():
        assert found.method == "pure_nash"
        assert len(found) == pure.sum()
        profiles = [tuple(int(mix.argmax()) for mix in mixes) for mixes in found]
        assert profiles == list(map(tuple, np.argwhere(pure).tolist()))
        assert np.nanmax(found.regret) == 0
    else:
        assert found.method == "logit_path"
        assert found.status == sg.Status.PARTIAL
        assert "the limit of the logit path" in found.message
    left = sg.eliminate_dominated(game).surviving
    alone = all(alive.sum() == 1 for alive in left)
    assert found.status == (sg.Status.COMPLETE if alone else sg.Status.PARTIAL)
    assert ("iterated strict dominance leaves one profile" in found.message) == alone


def test_a_family_of_three_players():
    rng = np.random.default_rng(0)
    payoffs = rng.random((3, 5, 4, 2, 2, 2))
    payoffs[:, 1, 2] = np.array(IRRATIONAL.payoffs)
    family = sg.NormalForm(payoffs)
    found = sg.solve(family)
    assert found.exists.shape[:2] == (5, 4)
    assert_nash(family, found)
    for index in np.ndindex(5, 4):
        single = sg.solve(family[index])
        count = len(single)
        assert count == found.counts[index]
        assert single.status == found.status[index]
        for mine, theirs in zip(single.strategies, found.strategies, strict=True):
            np.testing.assert_allclose(mine[:count], theirs[index][:count], atol=1e-12)
            assert np.isnan(theirs[index][count:]).all()
    assert found.method == "pure_nash"
    assert "games there is none: the limit of the logit path" in found.message


def test_dominance_is_left_out_of_large_families(monkeypatch):
    game = sg.NormalForm([[1, 2]])
    assert sg.solve(game).status == sg.Status.COMPLETE
    monkeypatch.setattr(choose, "_MOST_COMPARISONS", 1)
    assert sg.solve(game).status == sg.Status.PARTIAL


def test_concepts_by_name():
    three = sg.NormalForm(np.random.default_rng(3).random((3, 2, 2, 2)))
    found = sg.solve(PENNIES, "one nash")
    assert (found.method, len(found), found.status) == ("lemke_howson", 1, sg.Status.PARTIAL)
    found = sg.solve(IRRATIONAL, "one nash")
    assert (found.method, len(found), found.status) == ("logit_path", 1, sg.Status.PARTIAL)
    found = sg.solve(PENNIES, "pure nash")
    assert (found.method, len(found), found.status) == ("pure_nash", 0, sg.Status.PARTIAL)
    assert sg.solve(three, "pure nash").counts == sg.pure_nash(three).sum()
    found = sg.solve(PENNIES, "zero-sum")
    assert (found.method, found.value) == ("zero_sum_value", 0)
    found = sg.solve(IRRATIONAL, "correlated", objective="egalitarian")
    assert (found.method, found.coarse) == ("correlated_equilibrium", False)
    coarse = sg.solve(IRRATIONAL, "coarse correlated", objective="egalitarian")
    assert coarse.coarse
    assert coarse.value >= found.value
    found = sg.solve(THREAT, "dominance", strict=False)
    assert (found.method, found.strict) == ("eliminate_dominated", False)
    found = sg.solve(IRRATIONAL, "logit")
    assert (found.method, found.status) == ("logit_path", sg.Status.PARTIAL)


def test_trees():
    game = sg.model("composite").game()
    found = sg.solve(game)
    assert found.method == "subgame_perfect"
    assert found.path == sg.subgame_perfect(game).path
    assert sg.solve(game, "subgame perfect", threads=1).path == found.path
    ends = [sg.Outcome(str(i), {"a": i, "b": i}) for i in range(4)]
    moves = [sg.Decision("b", {"x": ends[i], "y": ends[i + 1]}, infoset="h") for i in (0, 2)]
    hidden = sg.ExtensiveForm(
        sg.Decision("a", dict(zip("lr", moves, strict=True))), players=["a", "b"]
    )
    found = sg.solve(hidden)
    assert (found.method, found.status) == ("subgame_perfect", sg.Status.COMPLETE)
    assert found.path.tolist() == ["r > y"]
    one = sg.solve(hidden, "one nash", max_work=10)
    assert (one.method, one.status) == ("sequence_form", sg.Status.PARTIAL)
    assert one.payoffs.tolist() == [3, 3]
    both = sg.solve(hidden, "sequential", mixing=0)
    assert (both.method, both.status) == ("sequential_equilibria", sg.Status.COMPLETE)
    assert both.payoffs.tolist() == [[3, 3]]


def test_games_of_other_packages():
    nashpy = pytest.importorskip("nashpy")
    found = sg.solve(nashpy.Game([[0, 7], [2, 6]], [[0, 2], [7, 6]]))
    assert len(found) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((5,), "game: int; expected a NormalForm, a nashpy.Game, an ExtensiveForm, a S"),
        ((PENNIES, "Nash"), r"unknown concept 'Nash'; did you mean 'nash'\?; those of a game in"),
        ((PENNIES, "subgame perfect"), "those of a game in normal form are nash, one nash, "),
        ((sg.model("composite").game(), "nash"), "those of a tree are subgame perfect"),
        ((IRRATIONAL, "zero-sum"), "3 players; expected 2"),
        ((PENNIES, ["nash"]), "unknown concept"),
    ],
)
def test_what_is_not_there(arguments, message):
    with pytest.raises(sg.GameError, match=message):
        sg.solve(*arguments)


def test_options_are_those_of_the_solver():
    with pytest.raises(sg.GameError, match=r"unknown option for 'nash' 'thread'; did you mean 't"):
        sg.solve(PENNIES, thread=1)
    with pytest.raises(sg.GameError, match="its options are strict, mixed, threads, max_work"):
        sg.solve(PENNIES, "dominance", objective="welfare")
    assert (sg.solve(PENNIES, threads=1).counts == 1).all()


def test_docstring_names_every_concept():
    text = " ".join(sg.solve.__doc__.split())
    over_time = choose._SIGNALING, choose._REPEATED, choose._STOCHASTIC
    for concepts in (choose._NORMAL_FORM, choose._TREE, *over_time):
        for concept in concepts:
            assert f'"{concept}"' in text


def test_games_over_time():
    dilemma = sg.NormalForm.symmetric([[9, 1], [10, 3]])
    repeated = sg.RepeatedGame(dilemma, 0.75)
    assert sg.solve(repeated).method == "payoff_set"
    np.testing.assert_array_equal(
        sg.solve(repeated).vertices, sg.payoff_set(repeated, threads=1).vertices
    )
    states = np.stack([dilemma.payoffs[0]] * 2), np.stack([dilemma.payoffs[1]] * 2)
    game = sg.StochasticGame(states, np.full((2, 2, 2, 2), 0.5), 0.75)
    assert sg.solve(game).counts == 1  # both defect, in both states
    assert sg.solve(game, "mixed markov perfect").method == "logit"
    assert isinstance(sg.solve(game, "payoff set"), sg.PayoffSet)
    with pytest.raises(sg.GameError, match="those of a stochastic game are markov perfect, mixed"):
        sg.solve(game, "nash")


def test_signaling_games():
    sender = [[[2, 0], [3, 1]], [[3, 1], [2, 0]]]  # beer and quiche, of Cho and Kreps
    receiver = [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]
    game = sg.SignalingGame([0.1, 0.9], sender, receiver)
    found = sg.solve(game)
    assert found.method == "perfect_bayesian"
    assert found.counts == sg.perfect_bayesian(game).counts


@pytest.mark.parametrize("case", load("bimatrix"), ids=str)
def test_published_games(case):
    """All extreme equilibria, whatever solver was chosen."""
    game = sg.NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    found = sg.solve(game)
    assert found.status == sg.Status.COMPLETE
    assert len(found) == len(case.answer["extreme_equilibria"])
