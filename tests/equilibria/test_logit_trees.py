"""Logit equilibria of trees: closed forms, Bayes' rule, limits, peers, families and refusals."""

import io
import pickle
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, softmax

import summitgames as sg
from reference.cases import Case, load
from reference.trees import kuhn
from summitgames import Chance, Decision, ExtensiveForm, Outcome, Status
from summitgames.games.extensive_form import Tree
from summitgames.games.gambit_trees import tree_text
from summitgames.testing import extensive_forms

PRECISIONS = [0, 0.1, 0.5, 2, 10, 100]
HIDDEN = extensive_forms(players=["a", "b", "c"], information="recall", max_nodes=30)


def end(*payoffs: float, players: str = "abc") -> Outcome:
    return Outcome("end", dict(zip(players, payoffs, strict=False)))


def horse() -> ExtensiveForm:
    """Selten's horse (Selten 1975, figure 1), moves as in that figure: the left ones end early."""

    def third(left: Outcome, right: Outcome) -> Decision:
        return Decision("c", {"L": left, "R": right}, infoset="c")

    second = Decision("b", {"L": third(end(4, 4, 0), end(0, 0, 1)), "R": end(1, 1, 1)})
    first = Decision("a", {"L": third(end(3, 3, 2), end(0, 0, 0)), "R": second})
    return ExtensiveForm(first, players=["a", "b", "c"])


def breakfast(strong: object = 0.9) -> ExtensiveForm:
    """Beer and quiche (Cho & Kreps 1987)."""

    def reply(kind: str, meal: str) -> Decision:
        liked = int((meal == "beer") == (kind == "strong"))
        ends = {
            "fight": end(liked, int(kind == "weak")),
            "spare": end(2 + liked, int(kind == "strong")),
        }
        return Decision("b", ends, infoset=meal)

    types = {
        kind: (chance, Decision("a", {m: reply(kind, m) for m in ("beer", "quiche")}, infoset=kind))
        for kind, chance in (("strong", strong), ("weak", 1 - strong))  # type: ignore[operator]
    }
    names = [strong] if isinstance(strong, sympy.Symbol) else []
    return ExtensiveForm(Chance(types), players=["a", "b"], parameters=names)


def centipede() -> ExtensiveForm:
    """The four moves of McKelvey & Palfrey (1992), in dollars."""
    node: sg.Decision | Outcome = end(6.4, 1.6)
    for mover, payoffs in (
        ("b", (0.8, 3.2)),
        ("a", (1.6, 0.4)),
        ("b", (0.2, 0.8)),
        ("a", (0.4, 0.1)),
    ):
        node = Decision(mover, {"take": end(*payoffs), "pass": node})
    return ExtensiveForm(node, players=["a", "b"])


# An independent reading of behavior


def moves_at(game: ExtensiveForm, behavior: dict, node: int) -> NDArray:
    if game.tree.mover[node] == Tree.CHANCE:
        values = game.quantity_values(0, 1)[:, 0]
        return values[dict(game.chance_probabilities())[node]]
    return np.asarray(behavior[game.infosets[game.tree.number[node]].key])


def worth(game: ExtensiveForm, behavior: dict, node: int) -> NDArray:
    """Payoffs of all players from a node on."""
    tree = game.tree
    if tree.mover[node] == Tree.TERMINAL:
        return game.quantity_values(0, 1)[game.payoff_numbers[tree.number[node]], 0]
    moves = moves_at(game, behavior, node)
    return sum(
        p * worth(game, behavior, c) for p, c in zip(moves, tree.child_lists[node], strict=True)
    )


def reached(game: ExtensiveForm, behavior: dict, node: int) -> float:
    parent = int(game.tree.parent[node])
    if parent < 0:
        return 1.0
    move = moves_at(game, behavior, parent)[game.tree.position[node]]
    return float(reached(game, behavior, parent) * move)


def bayes(game: ExtensiveForm, behavior: dict) -> dict:
    beliefs = {}
    for infoset in game.infosets:
        ways = np.array([reached(game, behavior, node) for node in infoset.nodes])
        one = len(ways) == 1
        beliefs[infoset.key] = np.ones(1) if one else ways / ways.sum()
    return beliefs


def expected(game: ExtensiveForm, behavior: dict, beliefs: dict) -> dict:
    """What actions pay at every information set."""
    found = {}
    for infoset in game.infosets:
        player = game.players.index(infoset.player)
        found[infoset.key] = sum(
            belief
            * np.array([worth(game, behavior, c)[player] for c in game.tree.child_lists[node]])
            for belief, node in zip(beliefs[infoset.key], infoset.nodes, strict=True)
        )
    return found


def gap(game: ExtensiveForm, precision: float, behavior: dict, beliefs: dict) -> float:
    """How far behavior is from the responses to itself."""
    paid = expected(game, behavior, beliefs)
    return max((np.abs(softmax(precision * paid[k]) - behavior[k]).max() for k in paid), default=0)


def gain(game: ExtensiveForm, behavior: dict, beliefs: dict) -> float:
    """The most that an action gains at an information set, given beliefs."""
    paid = expected(game, behavior, beliefs)
    return max((float(paid[k].max() - paid[k] @ behavior[k]) for k in paid), default=0)


def spread(game: ExtensiveForm) -> float:
    return float(np.ptp(game.quantity_values(0, 1)[game.payoff_numbers, 0], axis=0).max())


def at(mapping, *index) -> dict:
    return {key: mapping[key][index] for key in mapping}


# Closed forms


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6), st.floats(0, 20))
@settings(max_examples=30)
def test_one_decision_is_a_softmax(payoffs: list[float], precision: float) -> None:
    ends = {f"x{i}": end(payoff) for i, payoff in enumerate(payoffs)}
    game = ExtensiveForm(Decision("a", ends), players=["a"])
    found = sg.logit_qre(game, precision)
    assert found.behavior[""] == pytest.approx(softmax(precision * np.array(payoffs)), abs=1e-12)
    assert found.beliefs[""].tolist() == [1]


@given(extensive_forms(players=["a", "b", "c"], max_nodes=40), st.sampled_from(PRECISIONS))
def test_perfect_information_is_solved_backwards(game: ExtensiveForm, precision: float) -> None:
    """Each node's choice is a softmax of what the choices behind it give."""
    behavior: dict = {}
    for infoset in game.infosets[::-1]:  # in preorder, so what follows comes first
        (node,) = infoset.nodes
        player = game.players.index(infoset.player)
        paid = [worth(game, behavior, child)[player] for child in game.tree.child_lists[node]]
        behavior[infoset.key] = softmax(precision * np.array(paid))
    found = sg.logit_qre(game, precision)
    for key, mix in behavior.items():
        assert found.behavior[key] == pytest.approx(mix, abs=1e-9)


@pytest.mark.parametrize("precision", PRECISIONS[1:])
def test_simultaneous_moves_are_those_of_the_normal_form(precision: float) -> None:
    payoffs = np.random.default_rng(3).random((3, 2, 3, 2))

    def below(profile: tuple[int, ...]) -> Decision | Outcome:
        player = len(profile)
        if player == 3:
            return end(*payoffs[(slice(None), *profile)])
        actions = {f"x{a}": below((*profile, a)) for a in range(payoffs.shape[player + 1])}
        return Decision("abc"[player], actions, infoset="abc"[player])

    tree = ExtensiveForm(below(()), players=["a", "b", "c"])
    form = sg.NormalForm(payoffs)
    found = sg.logit_qre(tree, precision).behavior
    for key, mix in zip("abc", sg.logit_qre(form, precision), strict=True):
        assert found[key] == pytest.approx(mix, abs=1e-9)
    for key, mix in zip("abc", sg.logit_path(form).limit, strict=True):
        assert sg.logit_path(tree).limit[key] == pytest.approx(mix, abs=1e-9)


def test_centipede() -> None:
    """In the limit everybody takes at once; at low precision passing is common."""
    game = centipede()
    path = sg.logit_path(game)
    assert {key: mix.tolist() for key, mix in at(path.limit).items()} == {
        key: [1, 0] for key in ("", "pass", "pass > pass", "pass > pass > pass")
    }
    last = sg.logit_qre(game, 2.0).behavior["pass > pass > pass"]
    assert last[0] == pytest.approx(expit(2.0 * (3.2 - 1.6)), abs=1e-12)
    assert sg.logit_qre(game, 1.0).behavior[""][1] > 0.5


@pytest.mark.parametrize("precision", [0.3, 1, 3, 10])
def test_a_game_in_one_unknown(precision: float) -> None:
    """An uninformed reply: b sees only that a did not stop, and its belief is a's choice."""

    def reply(left: float, right: float) -> Decision:
        return Decision("b", {"l": end(left, right), "r": end(1, 0)}, infoset="b")

    root = Decision("a", {"x": reply(3, 2), "y": reply(0, -1), "stop": end(1.4, 0)})
    game = ExtensiveForm(root, players=["a", "b"])

    def response(q: float) -> tuple[NDArray, float]:
        mix = softmax(precision * np.array([3 * q + 1 - q, 1 - q, 1.4]))
        belief = mix[0] / (mix[0] + mix[1])
        return mix, belief

    def error(q: float) -> float:
        belief = response(q)[1]
        return float(expit(precision * (2 * belief - (1 - belief))) - q)

    grid = np.linspace(0, 1, 2001)
    signs = np.sign([error(q) for q in grid])
    (place,) = np.flatnonzero(signs[:-1] != signs[1:])  # only one equilibrium
    q = brentq(error, grid[place], grid[place + 1], xtol=1e-15)
    found = sg.logit_qre(game, precision)
    mix, belief = response(q)
    assert found.behavior["b"][0] == pytest.approx(q, abs=1e-10)
    assert found.behavior[""] == pytest.approx(mix, abs=1e-10)
    assert found.beliefs["b"][0] == pytest.approx(belief, abs=1e-10)


# Any tree


@given(HIDDEN, st.sampled_from(PRECISIONS))
def test_behavior_responds_to_itself(game: ExtensiveForm, precision: float) -> None:
    """Up to precision 10 no probability is lost: payoffs differ by 6 at most, on ways of 4."""
    if unreachable(game):
        return
    found = sg.logit_qre(game, precision)
    behavior, beliefs = at(found.behavior), at(found.beliefs)
    assert gap(game, precision, behavior, beliefs) <= 1e-9
    if precision <= 10:
        for key, belief in bayes(game, behavior).items():
            assert beliefs[key] == pytest.approx(belief, abs=1e-9)


def unreachable(game: ExtensiveForm) -> bool:
    """Whether chance leads to no node of an information set of several; then that is said."""
    even = {i.key: np.full(len(i.actions), 1 / len(i.actions)) for i in game.infosets}
    several = [i for i in game.infosets if len(i.nodes) > 1]
    if all(any(reached(game, even, node) for node in i.nodes) for i in several):
        return False
    try:  # behind a branch of probability 0 beliefs may be told from there on
        sg.logit_path(game)
    except sg.SolverError:
        return True
    return False


@given(HIDDEN)
def test_branches_and_limits(game: ExtensiveForm) -> None:
    if unreachable(game):
        return
    path = sg.logit_path(game)
    if path.status == Status.FAILED:
        assert "could not be followed" in path.message
        return
    behavior, beliefs = at(path.limit), at(path.beliefs)
    allowed = 5e-8 if "degenerate" in path.message else 1e-12
    assert gain(game, behavior, beliefs) <= allowed * spread(game)
    for infoset in game.infosets:
        assert behavior[infoset.key].sum() == pytest.approx(1, abs=1e-12)
        assert beliefs[infoset.key].sum() == pytest.approx(1, abs=1e-12)
    ways = {
        i.key: np.array([reached(game, behavior, node) for node in i.nodes]) for i in game.infosets
    }
    for key, way in ways.items():
        if way.sum() > 1e-3:
            assert beliefs[key] == pytest.approx(way / way.sum(), abs=1e-9)
    for t in np.flatnonzero(path.precisions * spread(game) < 30).tolist():
        assert gap(game, path.precisions[t], at(path.behavior, t), at(path.beliefs_along, t)) < 1e-9


@given(extensive_forms(players=["a", "b", "c"], max_nodes=40, payoffs="floats"))
def test_limits_are_subgame_perfect(game: ExtensiveForm) -> None:
    path, other = sg.logit_path(game), sg.subgame_perfect(game)
    spreads = np.ptp(game.quantity_values(0, 1)[game.payoff_numbers, 0], axis=0)
    if path.status == Status.FAILED:  # where players' units are too far apart, and nowhere else
        assert max(spreads) > 1e6 * min(spreads[spreads > 0])
        assert np.isnan(path.limit.probabilities).all()
        return
    assert path.status == Status.PARTIAL
    if not other.ties and "degenerate" not in path.message:
        for infoset in game.infosets:
            assert path.limit[infoset] == pytest.approx(other.behavior[infoset], abs=1e-9)


@given(HIDDEN, st.sampled_from([Fraction(1, 8), 4, 1024]), st.integers(-7, 7))
@settings(max_examples=20)
def test_units_and_origins_do_not_matter(game: ExtensiveForm, unit, origin: int) -> None:
    """Payoffs are small whole numbers, units powers of 2: nothing rounds but the added origin."""
    if unreachable(game):
        return

    def changed(nodes: list[int]) -> Decision | Chance | Outcome:
        (node,) = nodes
        tree = game.tree
        number, below = int(tree.number[node]), tree.child_lists[node]
        names = [tree.labels[child] for child in below]
        if tree.mover[node] == Tree.TERMINAL:
            quantities = [game.quantities[n] for n in game.payoff_numbers[number]]
            return Outcome(
                "", dict(zip("abc", (unit * q + origin for q in quantities), strict=True))
            )
        children = [changed([child]) for child in below]
        if tree.mover[node] == Tree.CHANCE:
            chances = [game.quantities[n] for n in dict(game.chance_probabilities())[node]]
            return Chance(dict(zip(names, zip(chances, children, strict=True), strict=True)))
        infoset = game.infosets[number]
        return Decision(infoset.player, dict(zip(names, children, strict=True)), f"h{number}")

    other = ExtensiveForm(changed([0]), players=["a", "b", "c"])
    one, two = sg.logit_qre(game, 2), sg.logit_qre(other, 2 / unit)
    for number, infoset in enumerate(game.infosets):
        assert two.behavior[f"h{number}"] == pytest.approx(one.behavior[infoset], abs=1e-8)


# Published games


def test_selten_horse() -> None:
    """In the perfect equilibria a and b move right, and c left with at most 1/4 (Selten 1975).

    Here c's probability vanishes, but so slowly that c is left indifferent: a's mistake costs
    1 - 3p, b's 1 - 4p, and a's has to be half as likely, so that p falls as 1 over the precision.
    """
    path = sg.logit_path(horse())
    assert [mix.tolist() for mix in at(path.limit).values()] == [[0, 1]] * 3
    assert path.beliefs["c"] == pytest.approx([1 / 3, 2 / 3], abs=1e-12)
    assert "left before its limit" in path.message
    precision = 1e4
    left = sg.logit_qre(horse(), precision).behavior["c"][0]
    assert precision * left == pytest.approx(np.log(2), rel=0.01)


def test_beer_and_quiche() -> None:
    """Of the two pooling equilibria the intuitive one; quiche makes b think of a weak type."""
    path = sg.logit_path(breakfast())
    assert path.limit["strong"].tolist() == path.limit["weak"].tolist() == [1, 0]
    assert path.beliefs["beer"] == pytest.approx([0.9, 0.1], abs=1e-12)
    assert path.beliefs["quiche"][1] >= 0.5 - 1e-12
    assert path.limit["beer"].tolist() == [0, 1]
    few = sg.logit_path(breakfast(Fraction(1, 10)))
    assert few.limit["strong"] == pytest.approx([1, 0], abs=1e-12)
    assert few.limit["weak"] == pytest.approx([1 / 9, 8 / 9], abs=1e-12)
    assert few.limit["beer"] == pytest.approx([1 / 2, 1 / 2], abs=1e-12)


def test_kuhn_poker() -> None:
    path = sg.logit_path(kuhn())
    assert path.equilibrium.expected_payoffs() == pytest.approx([-1 / 18, 1 / 18], abs=1e-10)
    assert path.limit["J check"] == pytest.approx([1 / 3, 2 / 3], abs=1e-10)
    assert path.limit["Q bet"] == pytest.approx([1 / 3, 2 / 3], abs=1e-10)
    bluff = path.limit["J"][0]
    # A segment, along which Newton's method does not move: what is left is 1 / precision^2.
    assert path.limit["K"][0] == pytest.approx(3 * bluff, abs=1e-9)


EFG = [case for case in load("efg") if case.answer["perfect_recall"]]


@pytest.mark.parametrize("case", EFG, ids=str)
def test_published_files(case: Case) -> None:
    game = sg.read_game(case.input["text"])
    path = sg.logit_path(game)
    assert path.status == Status.PARTIAL
    assert gain(game, at(path.limit), at(path.beliefs)) <= 5e-8 * spread(game)
    assert path.regret <= 5e-8 * spread(game) * len(game.infosets)


TREES = [case for case in load("extensive") if "root" in case.input]


@pytest.mark.parametrize("case", TREES, ids=str)
def test_published_trees(case: Case) -> None:
    def declared(node: dict) -> Decision | Chance | Outcome:
        if "payoffs" in node:
            return Outcome("", dict(zip(case.input["players"], node["payoffs"], strict=True)))
        if "actions" in node:
            below = {action: declared(child) for action, child in node["actions"].items()}
            return Decision(case.input["players"][node["player"]], below, node["infoset"])
        moves = {k: (v["probability"], declared(v["node"])) for k, v in node["chance"].items()}
        return Chance(moves)

    game = ExtensiveForm(declared(case.input["root"]), players=case.input["players"])
    path = sg.logit_path(game)
    assert path.status == Status.PARTIAL
    assert gain(game, at(path.limit), at(path.beliefs)) <= 5e-8 * spread(game)


@pytest.mark.parametrize("make", [breakfast, kuhn, horse, centipede])
def test_pygambit_agrees(make) -> None:
    gambit = pytest.importorskip("pygambit")
    qre = pytest.importorskip("pygambit.qre")
    game = make()
    peer = gambit.read_efg(io.StringIO(tree_text(game)))
    infosets = [
        (own, theirs)
        for name, player in zip(game.players, peer.players, strict=True)
        for own, theirs in zip(
            [infoset for infoset in game.infosets if infoset.player == name],
            player.infosets,
            strict=True,
        )
    ]
    (profile,) = gambit.nash.logit_solve(peer, maxregret=1e-7).equilibria
    limit = sg.logit_path(game).limit
    for own, other in infosets:
        mix = [float(profile[action]) for action in other.actions]
        assert limit[own] == pytest.approx(mix, abs=0.01)  # the regret of theirs is 1e-7
    for point in qre.logit_solve_lambda(peer, [0.5, 2.0, 8.0]):
        behavior = sg.logit_qre(game, point.lam).behavior
        mine = np.concatenate([behavior[own] for own, _ in infosets])
        assert mine == pytest.approx([point[i] for i in range(len(point))], abs=1e-6)


# Where play does not come


@pytest.mark.parametrize("precision", [1, 30, 1e3, 1e5, 1e7])
def test_beliefs_where_probabilities_are_too_small_for_a_float(precision: float) -> None:
    """Two mistakes, of which one costs a bit more: their odds are told from its logarithm."""

    def reply(payoff: float) -> Decision:
        return Decision("b", {"l": end(payoff, 1), "r": end(payoff, 0)}, infoset="b")

    odds = 1.5
    root = Decision("a", {"x": end(0, 0), "y": reply(-1), "z": reply(-1 - odds / precision)})
    found = sg.logit_qre(ExtensiveForm(root, players=["a", "b"]), precision)
    # The difference of payoffs near 1 rounds by 2^-53, times the precision.
    allowed = 1e-10 + 4 * 2.0**-53 * precision
    assert found.beliefs["b"][0] == pytest.approx(expit(odds), abs=allowed)


def test_mistakes_that_cost_less_are_believed() -> None:
    def reply(payoff: float) -> Decision:
        return Decision("b", {"l": end(payoff, 1), "r": end(payoff, 0)}, infoset="b")

    root = Decision("a", {"x": end(0, 0), "y": reply(-2), "z": reply(-1)})
    path = sg.logit_path(ExtensiveForm(root, players=["a", "b"]))
    assert path.beliefs["b"].tolist() == [0, 1]
    assert path.limit[""].tolist() == [1, 0, 0]
    assert path.limit["b"].tolist() == [1, 0]


# Chance moves of probability 0


def hidden_deal(first: object, second: object) -> ExtensiveForm:
    def reply(payoff: float) -> Decision:
        return Decision("b", {"l": end(0, payoff), "r": end(0, 0)}, infoset="b")

    rest = 1 - first - second  # type: ignore[operator]
    deals = {"x": (first, reply(1)), "y": (second, reply(-2)), "z": (rest, end(0, 0))}
    return ExtensiveForm(Chance(deals), players=["a", "b"])


def test_nodes_that_chance_rules_out_are_not_believed_in() -> None:
    found = sg.logit_qre(hidden_deal(Fraction(1, 2), 0), 3)
    assert found.beliefs["b"].tolist() == [1, 0]
    assert found.behavior["b"][0] == pytest.approx(expit(3), abs=1e-12)
    assert sg.logit_path(hidden_deal(Fraction(1, 2), 0)).limit["b"].tolist() == [1, 0]


def test_information_sets_that_chance_rules_out_are_named() -> None:
    for solve in (sg.logit_path, lambda game: sg.logit_qre(game, 1)):
        with pytest.raises(sg.SolverError, match="infoset 'b' of player 'b': chance leads to none"):
            solve(hidden_deal(0, 0))
        with pytest.raises(sg.SolverError, match=r"none of its nodes at batch index \(2,\)"):
            solve(hidden_deal(np.array([0.5, 0.1, 0]), 0))


def test_what_follows_a_move_that_chance_rules_out_is_solved_from_there() -> None:
    """Single nodes, and information sets whose nodes part behind that move."""
    second = {m: Decision("b", {"l": end(0, v), "r": end(0, 1)}, infoset="b") for m, v in
              (("x", 3), ("y", 0))}  # fmt: skip
    never = Decision("a", second, infoset="a")
    game = ExtensiveForm(
        Chance({"never": (0, never), "always": (1, end(0, 0))}), players=["a", "b"]
    )
    found = sg.logit_qre(game, 2)
    assert found.behavior["a"] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert found.beliefs["b"] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert found.behavior["b"][0] == pytest.approx(expit(2 * 0.5), abs=1e-12)


# Families


def test_a_batch_is_its_games_one_by_one() -> None:
    prior = np.array([[0.1, 0.3, 0.5], [0.6, 0.85, 0.99]])
    family = breakfast(sympy.Symbol("strong")).bind(strong=prior)
    path, found = sg.logit_path(family), sg.logit_qre(family, 3)
    assert path.precisions.shape == (2, 3, path.lengths.max())
    assert path.exists.sum() == path.lengths.sum()
    for index in product(range(2), range(3)):
        game = breakfast(sympy.Symbol("strong")).bind(strong=prior[index])
        one, same = sg.logit_path(game), sg.logit_qre(game, 3)
        assert one.lengths == path.lengths[index]
        assert (path.precisions[index][: one.lengths] == one.precisions).all()
        assert np.isnan(path.precisions[index][one.lengths :]).all()
        for key in game.infosets:
            assert (path.limit[key.key][index] == one.limit[key]).all()
            assert (path.beliefs[key.key][index] == one.beliefs[key]).all()
            assert (path.behavior[key.key][index][: one.lengths] == one.behavior[key]).all()
            along = path.beliefs_along[key.key][index][: one.lengths]
            assert (along == one.beliefs_along[key]).all()
            assert (found.behavior[key.key][index] == same.behavior[key]).all()
        assert (found.payoffs[index] == same.payoffs).all()


@given(
    extensive_forms(
        players=["a", "b", "c"],
        information="recall",
        max_nodes=20,
        batch_shape=(2, 1),
        chance=False,
    )
)
@settings(max_examples=10)
def test_precisions_broadcast_with_the_batch(games: ExtensiveForm) -> None:
    grid = np.array([0, 1, 2.5])
    found = sg.logit_qre(games, grid)
    each = [sg.logit_qre(games, precision) for precision in grid]
    assert found.precision.shape == found.status.shape == (2, 3)
    for infoset in games.infosets:
        assert found.behavior[infoset].shape == (2, 3, len(infoset.actions))
        for column, one in enumerate(each):
            mix = np.broadcast_to(one.behavior[infoset], (2, 1, len(infoset.actions)))
            assert (found.behavior[infoset][:, column] == mix[:, 0]).all()
    first = np.full(len(games.infosets[0].actions), 1.0) if games.infosets else np.ones(1)
    if games.infosets:
        assert found.behavior[games.infosets[0]][0, 0] == pytest.approx(first / first.sum())


def test_single_games_over_many_precisions() -> None:
    for game in (kuhn(), breakfast(sympy.Symbol("strong")).bind(strong=Fraction(1, 3))):
        found = sg.logit_qre(game, [[0.0], [1.0], [4.0]])
        assert found.payoffs.shape == (3, 1, 2)
        for row, precision in enumerate((0, 1, 4)):
            one = sg.logit_qre(game, precision)
            assert found.payoffs[row, 0] == pytest.approx(one.payoffs, abs=1e-15)
            for key in game.infosets:
                assert (found.behavior[key][row, 0] == one.behavior[key]).all()


def test_threads_change_nothing() -> None:
    prior = np.random.default_rng(0).uniform(0.05, 0.95, 2000)
    family = breakfast(sympy.Symbol("strong")).bind(strong=prior)
    one, two = sg.logit_path(family, threads=1), sg.logit_path(family, threads=2)
    assert (one.regret <= 1e-12).all()
    for key in one.limit:
        assert np.array_equal(one.limit[key], two.limit[key])
        assert np.array_equal(one.behavior[key], two.behavior[key], equal_nan=True)


# Promises


def test_cautious_steps_lead_to_the_same_limits() -> None:
    """A step that is too long may leave the branch for another."""
    payoffs = np.random.default_rng(4).normal(size=(2, 2, 2, 2, 300))

    def reply(t: int, m: int) -> Decision:
        ends = {f"r{r}": end(*payoffs[:, t, m, r]) for r in range(2)}
        return Decision("b", ends, infoset=f"m{m}")

    types = {
        f"t{t}": (Fraction(1, 2), Decision("a", {f"m{m}": reply(t, m) for m in range(2)}, f"t{t}"))
        for t in range(2)
    }
    path = sg.logit_path(ExtensiveForm(Chance(types), players=["a", "b"]))
    assert (path.status == Status.PARTIAL).all()
    path._tracer.caution[:] = 20.0
    careful = path._tracer.run()
    # Off the path there are continua of equilibria, in which limits are extrapolated.
    np.testing.assert_allclose(careful, path.limit.probabilities.T, atol=1e-6)


def test_symmetric_branches_are_followed_straight_on() -> None:
    def second(first: str) -> Decision:
        return Decision("b", {m: end(int(m == first), int(m == first)) for m in "xy"}, infoset="b")

    game = ExtensiveForm(Decision("a", {m: second(m) for m in "xy"}), players=["a", "b"])
    path = sg.logit_path(game)
    assert path.bifurcation
    assert "bifurcates" in path.message
    assert path.limit["b"] == pytest.approx([0.5, 0.5], abs=1e-12)
    assert not sg.logit_path(kuhn()).bifurcation


def test_the_first_point_of_a_precision_on_a_branch_that_turns() -> None:
    """The tree of a game whose branch rises to a precision of 0.94, and falls to 0.24."""
    payoffs = np.array([[[2, 12], [20, 13]], [[0, 27], [29, 29]]])

    def second(a: int) -> Decision:
        return Decision("b", {f"y{b}": end(*payoffs[:, a, b]) for b in range(2)}, infoset="b")

    game = ExtensiveForm(Decision("a", {f"x{a}": second(a) for a in range(2)}), players=["a", "b"])
    path = sg.logit_path(game)
    assert (np.diff(path.precisions) < 0).any()
    rising = int(np.argmax(np.diff(path.precisions) < 0))
    for precision in (0.3, 0.6, 0.9):
        found = sg.logit_qre(game, precision).behavior["b"][0]
        first = path.behavior["b"][: rising + 1, 0]
        below = np.searchsorted(path.precisions[: rising + 1], precision)
        low, high = sorted((first[below - 1], first[min(below, rising)]))
        assert low - 1e-3 <= found <= high + 1e-3
        assert found == pytest.approx(
            sg.logit_qre(sg.NormalForm(payoffs.astype(float)), precision)[1][0], abs=1e-9
        )


def test_work_is_bounded() -> None:
    path = sg.logit_path(kuhn(), max_work=5)
    assert path.status == Status.FAILED
    assert "max_work" in path.message
    assert all(np.isnan(mix).all() for mix in at(path.limit).values())
    assert all(np.isnan(mix).all() for mix in at(path.beliefs).values())
    assert np.isnan(path.regret)
    with pytest.raises(sg.SolverError, match="could not be followed to precision 9: max_work"):
        sg.logit_qre(kuhn(), 9, max_work=5)


def test_what_is_no_equilibrium_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("summitgames.equilibria.logit_trees.TOLERANCE", -1.0)
    path = sg.logit_path(horse())
    assert path.status == Status.FAILED
    assert np.isnan(path.limit["c"]).all()


def test_units_too_far_apart_for_a_limit_are_told() -> None:
    """Weights of precision times payoff overflow: no limit, and never NaN without a word."""
    small = 2.7e-225
    end = Outcome("end", {"a": small, "b": 1.0})
    draw = Chance({"none": (0, Outcome("none", {"a": 0.0, "b": 0.0})), "end": (1, end)})
    game = ExtensiveForm(Decision("a", {"go": draw}), players=["a", "b"])
    path = sg.logit_path(game)
    values = path.limit.probabilities
    assert (path.status == Status.FAILED) == bool(np.isnan(values).any())
    assert path.status == Status.FAILED or values.tolist() == [[1.0]]


def test_nothing_at_stake_and_no_decision() -> None:
    still = ExtensiveForm(Decision("a", {"x": end(1, 2), "y": end(1, 2)}), players=["a", "b"])
    path = sg.logit_path(still)
    assert path.precisions.tolist() == [0]
    assert path.limit[""].tolist() == [0.5, 0.5]
    for root in (end(1, 2), Chance({"x": (0.5, end(1, 2)), "y": (0.5, end(3, 4))})):
        empty = ExtensiveForm(root, players=["a", "b"])
        path = sg.logit_path(empty)
        assert path.status == Status.PARTIAL
        assert dict(path.limit) == {}
        assert sg.logit_qre(empty, 2).payoffs.shape == (2,)
    only = ExtensiveForm(Decision("a", {"x": end(1)}), players=["a"])
    assert sg.logit_path(only).limit[""].tolist() == [1]


def test_large_precisions_give_the_limit() -> None:
    limit = sg.logit_path(kuhn()).limit
    for precision in (1e8, 1e9, 1e16, np.finfo(float).max):
        found = sg.logit_qre(kuhn(), precision)
        for key, mix in at(found.behavior).items():
            assert mix == pytest.approx(limit[key], abs=1e-6)


def test_results_are_mappings_and_can_be_pickled() -> None:
    game = horse()
    path, found = sg.logit_path(game), sg.logit_qre(game, 2)
    assert repr(path).startswith("<LogitTreePath: up to")
    assert path.method == "logit_path"
    copy, other = pickle.loads(pickle.dumps((path, found)))  # noqa: S301
    assert (copy.precisions == path.precisions).all()
    assert (copy.limit["c"] == path.limit["c"]).all()
    assert (other.behavior["c"] == found.behavior["c"]).all()
    assert list(path.behavior) == list(path.beliefs_along) == ["", "c", "R"]
    assert len(path.behavior) == 3
    assert "c" in path.behavior
    assert "d" not in path.behavior
    assert path.behavior[game.infosets[0]].shape == (int(path.lengths), 2)
    assert found.outcome_probabilities.sum() == pytest.approx(1)
    assert found.method == "logit_qre"
    with pytest.raises(sg.GameError, match=r"BehaviorPath; expected behavior at one point"):
        sg.regret(game, path)


def test_solve_takes_trees() -> None:
    assert sg.solve(horse(), "logit").limit[""].tolist() == [0, 1]


@pytest.mark.parametrize("precision", [-1, np.nan, np.inf, "much", [1, -2]])
def test_bad_precisions(precision: object) -> None:
    with pytest.raises(sg.GameError, match="precision: "):
        sg.logit_qre(horse(), precision)


def test_trees_that_are_refused() -> None:
    free = breakfast(sympy.Symbol("strong"))
    with pytest.raises(sg.GameError, match="no values"):
        sg.logit_path(free)
    with pytest.raises(sg.GameError, match=r"precision: shape \(2,\).*batch shape \(3,\)"):
        sg.logit_qre(free.bind(strong=np.full(3, 0.5)), [1, 2])
    inner = Decision("a", {"on": end(0), "off": end(1)}, infoset="exit")
    root = Decision("a", {"on": inner, "off": end(2)}, infoset="exit")
    with pytest.raises(sg.SolverError, match="infoset 'exit' of player 'a': absent-minded"):
        sg.logit_path(ExtensiveForm(root, players=["a"]))
    wide = Decision("a", {f"x{i}": end(i) for i in range(1001)})
    with pytest.raises(sg.SolverError, match="1001 actions"):
        sg.logit_qre(ExtensiveForm(wide, players=["a"]), 1)


def test_long_chains() -> None:
    node: Decision | Outcome = end(1, 0)
    for step in range(150):
        node = Decision("ab"[step % 2], {"go": node, "stop": end(0, 0)})
    path = sg.logit_path(ExtensiveForm(node, players=["a", "b"]))
    assert path.status == Status.PARTIAL
