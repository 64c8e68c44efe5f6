"""Perfect Bayesian equilibria, against linear programs for every pattern, and published games."""

import pickle
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

import summitgames as sg
from reference.cases import Case, load
from summitgames.results import Status
from summitgames.testing import assert_sequentially_rational, signaling_games

#: A margin above this is one; those of small whole numbers are far larger.
MARGIN = 1e-7


def subsets(count: int) -> list[tuple[int, ...]]:
    return [s for n in range(1, count + 1) for s in combinations(range(count), n)]


def has_margin(supports: Any, width: int, equal: list[Any], least: list[Any]) -> bool:
    """Whether distributions exist, positive on supports, with forms equal to 0 and at least 0."""
    size = len(supports) * width
    bounds = [(0, 1) if k in support else (0, 0) for support in supports for k in range(width)]
    inside = [i * width + k for i, support in enumerate(supports) for k in support]
    rows = [[float(i // width == row) for i in range(size)] for row in range(len(supports))]
    found = linprog(
        [0.0] * size + [-1.0],
        A_ub=[[-x for x in form] + [0.0] for form in least]
        + [[-float(i == k) for i in range(size)] + [1.0] for k in inside],
        b_ub=[0.0] * (len(least) + len(inside)),
        A_eq=[[*row, 0.0] for row in rows + [list(form) for form in equal]],
        b_eq=[1.0] * len(rows) + [0.0] * len(equal),
        bounds=[*bounds, (0, 1)],
    )
    return bool(found.status == 0 and -found.fun > MARGIN)


def patterns(game: sg.SignalingGame) -> Iterator[tuple[Any, Any]]:
    """Messages of every type and responses to every message (None: not sent) in equilibrium."""
    T, M, R = game.counts
    prior, U, V = game.prior, game.sender, game.receiver
    for sends in product(subsets(M), repeat=T):
        used = [any(m in sends[t] and prior[t] > 0 for t in range(T)) for m in range(M)]
        found = set()
        for replies in product(subsets(R), repeat=M):
            key = tuple(r if used[m] else None for m, r in enumerate(replies))
            if key in found:
                continue
            equal, least = [], []
            supported = True
            for m, best in enumerate(replies):
                gains = [V[:, m, best[0]] - V[:, m, r] for r in range(R)]
                if not used[m]:
                    supported = supported and has_margin_of_belief(gains, best)
                for r in range(R):
                    form = np.zeros((T, M))
                    form[:, m] = prior * gains[r]
                    if used[m]:
                        (equal if r in best else least).append(form.ravel())
            if not supported or not has_margin(sends, M, equal, least):
                continue
            equal, least = [], []
            for t, sent in enumerate(sends):
                for m in range(M):
                    form = np.zeros((M, R))
                    form[sent[0]] += U[t, sent[0]]
                    form[m] -= U[t, m]
                    (equal if m in sent else least).append(form.ravel())
            if has_margin(replies, R, equal, least):
                found.add(key)
                yield sends, key


def has_margin_of_belief(gains: list[Any], best: tuple[int, ...]) -> bool:
    """Whether responses are best for some belief."""
    found = linprog(
        [0.0] * len(gains[0]),
        A_ub=[-gains[r] for r in range(len(gains)) if r not in best] or None,
        b_ub=[0.0] * (len(gains) - len(best)) or None,
        A_eq=[[1.0] * len(gains[0])] + [gains[r] for r in best],
        b_eq=[1.0] + [0.0] * len(best),
    )
    return bool(found.status == 0)


def found_patterns(result: Any, index: Any = ()) -> list[Any]:
    """The same of what the solver lists."""
    listed = []
    for slot in range(int(result.exists[index].sum())):
        sends = tuple(tuple(map(int, np.flatnonzero(row))) for row in result.sender[index][slot])
        listed.append(
            (
                sends,
                tuple(
                    tuple(map(int, np.flatnonzero(row))) if used else None
                    for row, used in zip(
                        result.receiver[index][slot], result.used[index][slot], strict=True
                    )
                ),
            )
        )
    return listed


@given(signaling_games(payoffs="integers"))
@settings(max_examples=40, deadline=None)
def test_every_pattern_with_ties(game):
    check_all_patterns(game)


@given(signaling_games(payoffs="fractions", ties=True))
@settings(max_examples=20, deadline=None)
def test_every_pattern_of_exact_games(game):
    check_all_patterns(game)


@given(signaling_games(types=(1, 3), messages=(1, 2), responses=(1, 2)))
@settings(max_examples=20, deadline=None)
def test_every_pattern_of_other_sizes(game):
    check_all_patterns(game)


@pytest.mark.parametrize("counts", [(2, 3, 2), (2, 2, 3)])
def test_every_pattern_of_a_larger_game(counts):
    rng = np.random.default_rng(7)
    for _ in range(2):
        tables = rng.integers(-5, 6, (2, *counts))
        check_all_patterns(sg.SignalingGame([0.25, 0.75], *tables))


def check_all_patterns(game):
    result = sg.perfect_bayesian(game)
    listed = found_patterns(result)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(patterns(game))
    assert result.status == Status.COMPLETE
    assert listed
    assert_sequentially_rational(game, result)
    assert_beliefs_lie_within(result)


def assert_beliefs_lie_within(result):
    """Beliefs after messages that are not sent support the reply, and so do the ends."""
    game = result.game
    if game.counts[0] != 2:
        return
    off = result.exists[..., np.newaxis] & ~result.used
    assert np.isnan(result.off_path[~off]).all()
    low, high = result.off_path[off].T
    belief = result.beliefs[off][:, 0]
    assert ((low >= 0) & (low <= belief) & (belief <= high) & (high <= 1)).all()
    for end in (0, 1):
        beliefs = np.array(result.beliefs)
        beliefs[off, 0], beliefs[off, 1] = (ends := result.off_path[off])[:, end], 1 - ends[:, end]
        filled = [np.nan_to_num(a, nan=0.5) for a in (result.sender, result.receiver, beliefs)]
        if not game.batch_shape and result.exists.all():
            for slot in range(len(result)):
                assert_sequentially_rational(game, tuple(array[slot] for array in filled))


@given(signaling_games(payoffs="floats", batch_shape=(4,)))
@settings(max_examples=60, deadline=None)
def test_a_family_is_its_games_one_by_one(game):
    result = sg.perfect_bayesian(game)
    assert_sequentially_rational(game, result)
    assert_beliefs_lie_within(result)
    for index, single in enumerate(game):
        alone = sg.perfect_bayesian(single)
        assert alone.counts == result.counts[index]
        slots = slice(int(alone.counts))
        for name in ("sender", "receiver", "beliefs", "off_path", "payoffs", "type_payoffs"):
            np.testing.assert_allclose(
                getattr(alone, name), getattr(result, name)[index][slots], rtol=1e-12, atol=1e-12
            )
        assert alone.kinds.tolist() == result.kinds[index][slots].tolist()
        for refinement in ("intuitive", "d1"):
            expected = result.survives(refinement)[index][slots]
            assert alone.survives(refinement).tolist() == expected.tolist()


@given(signaling_games(payoffs="floats"))
@settings(max_examples=60, deadline=None)
def test_closed_form_and_exact_arithmetic_agree(game):
    exact = sg.SignalingGame(*map(np.vectorize(Fraction, otypes=[object]), game.exact_numbers()))
    assert exact.exact is not None
    one, two = sg.perfect_bayesian(game), sg.perfect_bayesian(exact)
    assert found_patterns(one) == found_patterns(two)
    for name in ("sender", "receiver", "beliefs", "off_path"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), rtol=0, atol=1e-9)
    for refinement in ("intuitive", "d1"):
        assert one.survives(refinement).tolist() == two.survives(refinement).tolist()


def test_random_families_are_solved_in_closed_form_alone():
    rng = np.random.default_rng(0)
    first = rng.random(20_000)
    tables = rng.normal(size=(2, 20_000, 2, 2, 2))
    game = sg.SignalingGame(np.stack([first, 1 - first], axis=-1), *tables)
    result = sg.perfect_bayesian(game, threads=2)
    assert (result.status == Status.COMPLETE).all()
    assert_sequentially_rational(game, result)
    assert float(np.nanmax(result.regret)) < 1e-12
    # Almost every game has a stable equilibrium outcome, and that survives D1.
    assert result.survives("d1").any(axis=-1).all()
    # Each player's payoffs are scaled and moved, types, messages and responses change places.
    other = sg.SignalingGame(
        game.prior[:, ::-1],
        (3 * tables[0] - 2 + rng.normal(size=(20_000, 2, 1, 1)))[:, ::-1, ::-1, ::-1],
        (0.5 * tables[1] + rng.normal(size=(20_000, 2, 2, 1)))[:, ::-1, ::-1, ::-1],
    )
    turned = sg.perfect_bayesian(other)
    np.testing.assert_array_equal(turned.counts, result.counts)
    for refinement in ("intuitive", "d1"):
        np.testing.assert_array_equal(
            turned.survives(refinement).sum(axis=-1), result.survives(refinement).sum(axis=-1)
        )
    for kind in ("pooling", "separating", "semi-separating"):
        np.testing.assert_array_equal(
            (turned.kinds == kind).sum(axis=-1), (result.kinds == kind).sum(axis=-1)
        )


# --- refinements -------------------------------------------------------------


def refined(game: sg.SignalingGame, result: Any, slot: int, rule: str) -> bool:
    """Two types, two responses: sets of replies by their corners and where gains change sign."""
    numbers = game.exact_numbers()
    payoffs, gains = numbers.sender, numbers.receiver[..., 0] - numbers.receiver[..., 1]
    value = [
        sum(
            Fraction(p) * (Fraction(x) * payoffs[t, m, 0] + (1 - Fraction(x)) * payoffs[t, m, 1])
            for m, (p, x) in enumerate(
                zip(result.sender[slot, t], result.receiver[slot, :, 0], strict=True)
            )
        )
        for t in range(2)
    ]
    for m in np.flatnonzero(~result.used[slot]).tolist():

        def gain(t, x, m=m):
            return x * payoffs[t, m, 0] + (1 - x) * payoffs[t, m, 1] - value[t]

        def best(types, m=m):
            some = [gains[t, m] for t in types]
            points = ([1] if max(some) >= 0 else []) + ([0] if min(some) <= 0 else [])
            if min(some) <= 0 <= max(some):
                roots = {
                    -gain(t, 0) / (gain(t, 1) - gain(t, 0))
                    for t in range(2)
                    if gain(t, 0) * gain(t, 1) < 0
                }
                ends = sorted({Fraction(0), Fraction(1), *roots})
                points = ends + [(a + b) / 2 for a, b in pairwise(ends)]
            return points

        replies = best((0, 1))
        struck = set()
        for t in range(2):
            if rule == "intuitive" and all(gain(t, x) < 0 for x in replies):
                struck.add(t)
            other = 1 - t
            if (
                rule == "d1"
                and any(gain(other, x) > 0 for x in replies)
                and all(gain(other, x) > 0 for x in replies if gain(t, x) >= 0)
            ):
                struck.add(t)
        left = [t for t in range(2) if t not in struck] or [0, 1]
        if not any(gain(0, x) <= 0 and gain(1, x) <= 0 for x in best(left)):
            return False
    return True


@given(signaling_games(payoffs="integers"))
@settings(max_examples=150, deadline=None)
def test_refinements(game):
    result = sg.perfect_bayesian(game)
    for slot in range(len(result)):
        # Payoffs are whole numbers; only mixes on the path may make a payoff no float.
        if not set(np.unique(result.receiver[slot][result.used[slot]])) <= {0, 0.5, 1}:
            continue
        for rule in ("intuitive", "d1"):
            assert result.survives(rule)[slot] == refined(game, result, slot, rule)


@given(signaling_games(payoffs="floats", ties=True))
@settings(max_examples=100, deadline=None)
def test_d1_asks_for_more_than_the_intuitive_criterion(game):
    result = sg.perfect_bayesian(game)
    assert (result.survives("intuitive") | ~result.survives("d1")).all()


# --- published games ---------------------------------------------------------


def ranges(entry: Any, side: str) -> set[Any]:
    return {tuple(map(Fraction, vertex)) for vertex in entry[f"{side}_vertices"]}


@pytest.mark.parametrize("case", load("signaling"), ids=str)
def test_published_case(case: Case) -> None:
    """One slot for all entries that differ in the reply to a message that nobody sends alone."""
    game = sg.SignalingGame(**case.input)
    result = sg.perfect_bayesian(game)
    merged: dict[Any, list[Any]] = {}
    for entry in case.answer["equilibria"]:
        status = entry["status_sender"]
        sent = ["1" in status or "m" in status, "0" in status or "m" in status]
        replies = "".join(
            mark if used else "*" for mark, used in zip(entry["status_receiver"], sent, strict=True)
        )
        merged.setdefault((status, replies), []).append(entry)
    assert len(result) == len(merged)
    marks = {(0.0,): "0", (1.0,): "1"}
    for slot in range(len(result)):
        status = "".join(marks.get((x,), "m") for x in result.sender[slot, :, 0].tolist())
        replies = "".join(
            marks.get((x,), "m") if used else "*"
            for x, used in zip(
                result.receiver[slot, :, 0].tolist(), result.used[slot].tolist(), strict=True
            )
        )
        entries = merged.pop((status, replies))
        sender, receiver = result.vertices(slot)
        assert as_set(sender) == {tuple(map(float, v)) for v in ranges(entries[0], "sender")}
        widest = max((ranges(entry, "receiver") for entry in entries), key=len)
        assert as_set(receiver) == {tuple(map(float, v)) for v in widest}
        for entry in entries:
            for text, interval in entry.get("off_path_beliefs", {}).items():
                message = int(text.split()[1].rstrip(":"))
                low, high = result.off_path[slot, message]
                pure = result.receiver[slot, message, 0] in (0, 1)
                if pure == (interval[0] != interval[1]):
                    assert (low, high) == tuple(map(float, interval))
    assert not merged


def as_set(vertices: Any) -> set[Any]:
    return {tuple(vertex[:, 0].tolist()) for vertex in vertices}


def breakfast(strong: float) -> sg.SignalingGame:
    """Cho & Kreps (1987), figure I: the strong type prefers beer; nobody likes a fight."""
    return sg.SignalingGame(
        [strong, 1 - strong],
        [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
        types=["strong", "weak"],
        messages=["beer", "quiche"],
        responses=["fight", "leave"],
    )


def test_equilibria_are_given_one_by_one():
    result = sg.perfect_bayesian(breakfast(0.9))
    listed = list(result)
    assert len(listed) == 2
    for slot, (sender, receiver, beliefs) in enumerate(listed):
        np.testing.assert_array_equal(sender, result.sender[slot])
        np.testing.assert_array_equal(receiver, result.receiver[slot])
        np.testing.assert_array_equal(beliefs, result.beliefs[slot])
        assert sg.regret(result.game, (sender, receiver, beliefs)) == 0
    family = sg.SignalingGame([[0.5, 0.5]], result.game.sender, result.game.receiver)
    with pytest.raises(TypeError, match="equilibria of a family"):
        list(sg.perfect_bayesian(family))


def test_beer_and_quiche():
    result = sg.perfect_bayesian(breakfast(0.9))
    assert result.kinds.tolist() == ["pooling", "pooling"]
    beer, quiche = range(2)
    assert result.sender.tolist() == [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]
    assert result.receiver.tolist() == [[[0, 1], [1, 0]], [[1, 0], [0, 1]]]
    assert result.off_path[beer, quiche].tolist() == [0, 0.5]
    assert result.off_path[quiche, beer].tolist() == [0, 0.5]
    assert result.survives("intuitive").tolist() == [True, False]
    assert result.survives("d1").tolist() == [True, False]
    assert result.type_payoffs.tolist() == [[3, 2], [2, 3]]
    np.testing.assert_allclose(result.payoffs, [[2.9, 0.9], [2.1, 0.9]], rtol=1e-15)
    # By a grid over beliefs: pure strategies, and after the other meal every belief in steps of 1%.
    game = breakfast(0.9)
    found = set()
    for meals, replies in product(product(range(2), repeat=2), product(range(2), repeat=2)):
        for belief in np.linspace(0, 1, 101):
            beliefs = np.full((2, 2), 0.0)
            sender, receiver = np.eye(2)[list(meals)], np.eye(2)[list(replies)]
            for m in range(2):
                weights = game.prior * sender[:, m]
                beliefs[m] = weights / weights.sum() if weights.any() else [belief, 1 - belief]
            if sg.regret(game, (sender, receiver, beliefs)) <= 0:
                found.add((meals, replies))
    assert found == {((0, 0), (1, 0)), ((1, 1), (0, 1))}


def spence(education: Any, share: Any) -> sg.SignalingGame:
    """Spence (1973): productivity 1 or 2, a year of education costs the former twice as much.

    The employer loses the square of what it pays beyond or below productivity; wages are 1, the
    average at the given share of the able, and 2.
    """
    wages = [Fraction(1), 1 + Fraction(share), Fraction(2)]
    costs = [[0, Fraction(education)], [0, Fraction(education) / 2]]
    return sg.SignalingGame(
        [1 - Fraction(share), Fraction(share)],
        [[[wage - cost for wage in wages] for cost in row] for row in costs],
        [[[-((wage - able) ** 2) for wage in wages]] * 2 for able in (1, 2)],
        types=["less able", "able"],
        messages=["none", "educated"],
    )


@pytest.mark.parametrize("education", ["1/2", "1", "3/2", "2", "5/2"])
def test_spence(education):
    """The able alone are educated iff it takes between 1 and 2 units, Spence's condition."""
    game = spence(education, "1/4")
    result = sg.perfect_bayesian(game)
    assert result.status == Status.COMPLETE
    assert_sequentially_rational(game, result)
    listed = found_patterns(result)
    separating = (((0,), (1,)), ((0,), (2,)))
    assert (separating in listed) == (1 <= Fraction(education) <= 2)
    # Nobody is educated: always, with the belief that education says nothing good.
    pooling = (((0,), (0,)), ((1,), None))
    assert pooling in listed
    assert (((1,), (0,)), ((2,), (0,))) not in listed
    # By a grid over beliefs, among pure strategies.
    found = set()
    for sends, replies in product(product(range(2), repeat=2), product(range(3), repeat=2)):
        sender, receiver = np.eye(2)[list(sends)], np.eye(3)[list(replies)]
        for belief in np.linspace(0, 1, 33):
            beliefs = np.empty((2, 2))
            for m in range(2):
                weights = game.prior * sender[:, m]
                beliefs[m] = weights / weights.sum() if weights.any() else [belief, 1 - belief]
            if sg.regret(game, (sender, receiver, beliefs)) <= 1e-12:
                key = tuple((r,) if m in sends else None for m, r in enumerate(replies))
                found.add((tuple((m,) for m in sends), key))
    pure = {
        (sends, replies)
        for sends, replies in listed
        if all(len(s) == 1 for s in (*sends, *(r for r in replies if r is not None)))
    }
    assert found == pure


def test_only_the_separating_outcome_survives_d1_in_spence():
    result = sg.perfect_bayesian(spence("3/2", "1/8"))
    separating = result.kinds == "separating"
    assert result.survives("d1")[separating].all()
    pooling = (result.kinds == "pooling") & (result.sender[:, 1, 0] == 1)
    assert pooling.sum() == 1
    # At wage 2 education pays the able, who has 9/8 without and 5/4 with it, and them alone.
    assert not result.survives("intuitive")[pooling].any()


# --- what it promises --------------------------------------------------------


def test_a_belief_polytope_of_three_types():
    """The sender is better off silent; speaking is met by the reply to a belief in a triangle."""
    game = sg.SignalingGame(
        [0.5, 0.25, 0.25],
        [[[1, 1], [2, 0]]] * 3,
        [[[0, 0], [1, 0]], [[0, 0], [-1, 0]], [[0, 0], [-3, 0]]],
        messages=["silent", "speaks"],
        responses=["trusts", "doubts"],
    )
    result = sg.perfect_bayesian(game)
    silent = (result.sender[..., 0] == 1).all(axis=-1)
    slot = int(np.flatnonzero(silent)[0])
    assert result.off_path.shape[1:] == (2, 4, 3)
    polytope = result.off_path[slot, 1]
    assert np.isnan(result.off_path[slot, 0]).all()
    corners = {tuple(v) for v in polytope[~np.isnan(polytope).any(axis=-1)].tolist()}
    assert corners == {(0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (0.75, 0, 0.25)}
    np.testing.assert_allclose(result.beliefs[slot, 1], [1.25 / 4, 1.5 / 4, 1.25 / 4])


def test_types_that_do_not_occur():
    """Their strategy is best as well, and does not count as a use of a message."""
    result = sg.perfect_bayesian(breakfast(1.0))
    assert set(result.kinds.tolist()) == {"pooling"}
    assert_sequentially_rational(result.game, result)
    assert_beliefs_lie_within(result)


def test_max_work_ends_the_search():
    rng = np.random.default_rng(2)
    game = sg.SignalingGame([0.25] * 4, *rng.normal(size=(2, 4, 4, 4)))
    result = sg.perfect_bayesian(game, max_work=30_000)
    assert result.status == Status.PARTIAL
    assert len(result) > 0
    assert "max_work, 30000" in result.message
    assert_sequentially_rational(game, result)
    none = sg.perfect_bayesian(game, max_work=10)
    assert none.status == Status.FAILED
    assert len(none) == 0
    family = sg.SignalingGame([[0.5, 0.5]], *rng.integers(0, 2, (2, 3, 2, 2, 2)))
    assert "in 3 of 3 games" in sg.perfect_bayesian(family, max_work=1).message


def test_bad_options_and_questions():
    game = breakfast(0.9)
    with pytest.raises(sg.GameError, match="expected a SignalingGame"):
        sg.perfect_bayesian([game])
    with pytest.raises(sg.GameError, match="max_work: 0"):
        sg.perfect_bayesian(game, max_work=0)
    with pytest.raises(sg.GameError, match="threads: 0"):
        sg.perfect_bayesian(game, threads=0)
    with pytest.raises(sg.SolverError, match="more than 10 types"):
        sg.perfect_bayesian(sg.SignalingGame([1 / 11] * 11, [[[1]]] * 11, [[[1]]] * 11))
    result = sg.perfect_bayesian(game)
    with pytest.raises(sg.GameError, match="did you mean 'intuitive'"):
        result.survives("intuition")
    with pytest.raises(sg.GameError, match="slot: 2; expected a number below 2"):
        result.vertices(2)
    with pytest.raises(TypeError, match="index the game"):
        len(sg.perfect_bayesian(sg.SignalingGame([[0.5, 0.5]], game.sender, game.receiver)))


def test_the_result_pickles():
    result = sg.perfect_bayesian(breakfast(0.9))
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301  (our own)
    assert repr(copy) == repr(result) == "<PerfectBayesianEquilibria: 2, COMPLETE>"
    np.testing.assert_array_equal(copy.beliefs, result.beliefs)


def test_as_a_dataset():
    data = sg.perfect_bayesian(breakfast(0.9)).to_xarray()
    beer = data.sel(message="beer")
    assert beer.sender.sel(type="weak").values.tolist() == [1, 0]
    assert beer.belief.sel(type="strong").values.tolist() == [0.9, 0.25]
    assert data.kind.values.tolist() == ["pooling", "pooling"]
    assert data.d1.values.tolist() == [True, False]
    family = sg.SignalingGame([[0.9, 0.1], [0.1, 0.9]], *breakfast(0.9).exact_numbers()[1:])
    assert sg.perfect_bayesian(family).to_xarray().sizes["batch_0"] == 2
