"""All equilibria of two-player games, against enumeration in exact arithmetic and peers."""

from fractions import Fraction
from itertools import combinations

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from interrupts import interrupted
from summitgames import buffers
from summitgames.equilibria.support_enumeration import _spaces, plan_for
from summitgames.results import Status

Matrix = list[list[Fraction]]


def solve(matrix: Matrix, own: tuple[int, ...], other: tuple[int, ...]) -> list[Fraction] | None:
    """The mix on `other` that makes the rows `own` indifferent, by Gauss and Jordan."""
    size = len(own)
    rows = [[matrix[i][j] - matrix[own[0]][j] for j in other] + [Fraction(0)] for i in own[1:]]
    rows.append([Fraction(1)] * (size + 1))
    for step in range(size):
        pivot = next((row for row in range(step, size) if rows[row][step] != 0), None)
        if pivot is None:
            return None
        rows[step], rows[pivot] = rows[pivot], rows[step]
        for row in range(size):
            if row != step:
                factor = rows[row][step] / rows[step][step]
                rows[row] = [x - factor * y for x, y in zip(rows[row], rows[step], strict=True)]
    return [rows[row][size] / rows[row][row] for row in range(size)]


def excess(matrix: Matrix, own: tuple[int, ...], other: tuple[int, ...]) -> Fraction | None:
    """The most that a row outside `own` pays beyond it at the mix; None: no such mix."""
    mix = solve(matrix, own, other)
    if mix is None or min(mix) <= 0:
        return None
    paid = [sum(row[j] * p for j, p in zip(other, mix, strict=True)) for row in matrix]
    outside = [paid[i] - paid[own[0]] for i in range(len(matrix)) if i not in own]
    return max(outside, default=Fraction(-1))


def enumerated(first: np.ndarray, second: np.ndarray) -> tuple[list[tuple[object, ...]], bool]:
    """Equilibria on supports of equal size, as supports and mixes, and whether degenerate."""
    a = [[Fraction(x) for x in row] for row in first.tolist()]
    b = [[Fraction(x) for x in column] for column in second.T.tolist()]
    found, degenerate = [], False
    for size in range(1, min(first.shape) + 1):
        for own in combinations(range(len(a)), size):
            for other in combinations(range(len(b)), size):
                here, there = excess(a, own, other), excess(b, other, own)
                degenerate |= here == 0 or there == 0
                if here is not None and there is not None and max(here, there) <= 0:
                    found.append((own, other, solve(b, other, own), solve(a, own, other)))
    return found, degenerate


def draw(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    if kind == "uniform":
        return rng.random(shape)
    if kind == "ties":
        return rng.integers(0, 3, shape).astype(float)
    if kind == "decimal ties":
        return rng.integers(0, 4, shape) / 10
    if kind == "tiny":
        return rng.random(shape) * 1e-12
    if kind == "huge":
        return rng.random(shape) * 1e300
    if kind == "shifted":
        return rng.integers(-1, 2, shape) * 0.1 + rng.integers(0, 2, shape) * 1e9
    return rng.integers(0, 5, shape) * 1e-200


@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (2, 2), (2, 3), (3, 3), (4, 2), (4, 4)])
@pytest.mark.parametrize(
    "kinds",
    [
        ("uniform", "uniform"),
        ("ties", "ties"),
        ("decimal ties", "decimal ties"),
        ("tiny", "huge"),
        ("shifted", "ties"),
        ("denormal", "uniform"),
    ],
)
def test_equals_enumeration_in_rationals(shape: tuple[int, int], kinds: tuple[str, str]) -> None:
    rng = np.random.default_rng([shape[0], shape[1], len(kinds[0])])
    first, second = (draw(kind, (20, *shape), rng) for kind in kinds)
    result = sg.support_enumeration(sg.NormalForm([first, second]))
    for game in range(20):
        expected, degenerate = enumerated(first[game], second[game])
        slots = np.flatnonzero(result.exists[game])
        assert slots.tolist() == list(range(len(expected)))
        assert result.degenerate is not None
        assert result.degenerate[game] == degenerate
        assert result.status[game] == (Status.PARTIAL if degenerate else Status.COMPLETE)
        for slot, (own, other, x, y) in zip(slots, expected, strict=True):
            for player, support, mix in ((0, own, x), (1, other, y)):
                strategy = result.strategies[player][game, slot]
                assert np.flatnonzero(strategy).tolist() == list(support)
                np.testing.assert_allclose(
                    strategy[list(support)], [float(p) for p in mix], rtol=1e-9
                )


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(2, 2), (3, 3), (3, 4), (5, 5)]))
def test_nondegenerate_games_have_an_odd_number_and_no_regret(
    seed: int, shape: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    game = sg.NormalForm([rng.normal(size=(10, *shape)), rng.normal(size=(10, *shape))])
    result = sg.support_enumeration(game)
    assert (result.status == Status.COMPLETE).all()
    assert (result.counts % 2 == 1).all()
    assert np.nanmax(result.regret) < 1e-9
    assert np.isnan(result.strategies[0][~result.exists]).all()


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-12, 1e12, 3.0]))
def test_units_permutations_and_batches(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 5, (2, 6, 3, 3)).astype(float)
    plain = sg.support_enumeration(sg.NormalForm([first, second]))
    # A power of two near the unit: the scaled floats are the scaled numbers.
    scale = 2.0 ** round(np.log2(unit))
    scaled = sg.support_enumeration(sg.NormalForm([first * scale, second * 3.0 + 7.0]))
    np.testing.assert_allclose(scaled.strategies[0], plain.strategies[0], rtol=1e-9)
    np.testing.assert_array_equal(scaled.status, plain.status)
    order = rng.permutation(3)
    moved = sg.support_enumeration(sg.NormalForm([first[:, order], second[:, order]]))
    for game in range(6):
        alone = sg.support_enumeration(sg.NormalForm([first[game], second[game]]))
        assert len(alone) == plain.counts[game] == moved.counts[game]
        for slot, (row, column) in enumerate(alone):
            np.testing.assert_allclose(row, plain.strategies[0][game, slot], rtol=1e-12)
            np.testing.assert_allclose(column, plain.strategies[1][game, slot], rtol=1e-12)
        rows = {tuple(row[order].round(9)) for row, _ in alone}
        there = moved.strategies[0][game][moved.exists[game]]
        assert {tuple(row.round(9)) for row in there} == rows


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_nothing(threads: int) -> None:
    rng = np.random.default_rng(7)
    game = sg.NormalForm(rng.random((2, 9000, 3, 3)))
    result = sg.support_enumeration(game, threads=threads)
    one = sg.support_enumeration(game[4000:4100])
    most = one.exists.shape[-1]
    np.testing.assert_array_equal(result.exists[4000:4100, :most], one.exists)
    np.testing.assert_allclose(result.strategies[1][4000:4100, :most], one.strategies[1], 1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_games_with_more_equilibria_than_the_first_ones(threads: int) -> None:
    """Slots are counted on the first games; others may need many more, or fewer."""
    rng = np.random.default_rng(3)
    payoffs = rng.random((2, 9000, 4, 4))
    payoffs[:, :2000, 0] += 1.0  # the row player's first action dominates: one equilibrium
    payoffs[1, :2000, 0] -= 1.0
    payoffs[:, 7000] = np.eye(4)  # as many as there are supports
    family = sg.NormalForm(payoffs)
    found = sg.support_enumeration(family, threads=threads)
    assert found.exists[7000].sum() == 15
    assert found.exists.shape == (9000, 15)
    assert (found.exists[:2000].sum(axis=-1) == 1).all()
    for mixes in found.strategies:
        assert (np.isnan(mixes).all(axis=-1) == ~found.exists).all()
        assert not (np.isnan(mixes).any(axis=-1) & found.exists).any()
    for game in (0, 1999, 2000, 5000, 6999, 7000, 7001, 8999):
        alone = sg.support_enumeration(family[game])
        for mixes, mix in zip(found.strategies, alone.strategies, strict=True):
            assert np.array_equal(mixes[game][found.exists[game]], mix)


def test_agrees_with_nashpy() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        game = nashpy.Game(rng.random((3, 3)), rng.random((3, 3)))
        ours = [np.concatenate(pair) for pair in sg.support_enumeration(game)]
        theirs = [np.concatenate(pair) for pair in game.support_enumeration()]
        np.testing.assert_allclose(sorted(map(tuple, ours)), sorted(map(tuple, theirs)), atol=1e-9)


def test_exact_payoffs_decide_where_their_floats_tie() -> None:
    third = Fraction(1, 3)
    more = third + Fraction(1, 10**30)
    assert float(third) == float(more)
    game = sg.NormalForm([[[third], [more]], [[0], [0]]])
    result = sg.support_enumeration(game)
    assert [row.tolist() for row, _ in result] == [[0.0, 1.0]]
    assert result.status == Status.COMPLETE


def test_published_games() -> None:
    """Three equilibria of the game of von Stengel, Algorithmic Game Theory (2007), chapter 3."""
    game = sg.NormalForm.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    found = [(row.tolist(), column.tolist()) for row, column in sg.support_enumeration(game)]
    assert found[0] == ([1.0, 0.0, 0.0], [1.0, 0.0])
    np.testing.assert_allclose(found[1][0], [4 / 5, 1 / 5, 0], rtol=1e-12)
    np.testing.assert_allclose(found[1][1], [2 / 3, 1 / 3], rtol=1e-12)
    np.testing.assert_allclose(found[2][0], [0, 1 / 3, 2 / 3], rtol=1e-12)
    np.testing.assert_allclose(found[2][1], [1 / 3, 2 / 3], rtol=1e-12)
    assert len(found) == 3


def test_identity_has_all_supports() -> None:
    result = sg.support_enumeration(sg.NormalForm.symmetric(np.eye(4)))
    assert len(result) == 15
    assert [int((row > 0).sum()) for row, _ in result] == [1] * 4 + [2] * 6 + [3] * 4 + [4]


def test_a_limit_of_work_is_told() -> None:
    result = sg.support_enumeration(sg.NormalForm.symmetric(np.eye(5)), max_work=200)
    assert result.status == Status.PARTIAL
    assert "only supports of up to" in result.message
    assert len(result) >= 5


def test_degenerate_games_are_told() -> None:
    result = sg.support_enumeration(sg.NormalForm.zero_sum(np.zeros((2, 2))))
    assert result.status == Status.PARTIAL
    assert "degenerate" in result.message
    assert len(result) == 4


def test_family_shapes() -> None:
    rng = np.random.default_rng(5)
    game = sg.NormalForm([rng.random((4, 1, 2, 3)), rng.random((5, 2, 3))])
    result = sg.support_enumeration(game)
    most = result.exists.shape[-1]
    assert result.strategies[0].shape == (4, 5, most, 2)
    assert result.strategies[1].shape == (4, 5, most, 3)
    assert result.payoffs.shape == (4, 5, most, 2)
    single = sg.support_enumeration(game[2, 3])
    assert len(single) == result.counts[2, 3]
    data = result.to_xarray()
    assert data["status"].shape == (4, 5)


def test_an_empty_family() -> None:
    result = sg.support_enumeration(sg.NormalForm(np.ones((2, 3, 2, 2)))[:0])
    assert result.status.shape == (0,)


@pytest.mark.parametrize(
    ("game", "options", "message"),
    [
        (sg.NormalForm(np.zeros((3, 2, 2, 2))), {}, "game: 3 players; expected 2"),
        ([[1]], {}, "game: list; expected a NormalForm"),
        (sg.NormalForm.zero_sum([[1]]), {"max_work": 0}, "max_work: 0; expected a positive"),
        (sg.NormalForm.zero_sum([[1]]), {"max_work": True}, "max_work: True"),
        (sg.NormalForm.zero_sum([[1]]), {"threads": 0}, "threads: 0; expected a positive"),
        (sg.NormalForm.zero_sum([[1]]), {"threads": 1.5}, "threads: 1.5"),
    ],
)
def test_nonsense_is_refused(game: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(sg.GameError, match=message):
        sg.support_enumeration(game, **options)


@pytest.mark.parametrize("highest", [2, 3, 10, 1000])
def test_a_single_game_by_the_short_way_as_by_the_long_one(highest: int) -> None:
    rng = np.random.default_rng(highest)
    for _ in range(30):
        game = sg.NormalForm(rng.integers(0, highest, (2, 3, 4)) / 3.0)
        short, long = sg.support_enumeration(game), sg.support_enumeration(game, threads=1)
        for one, other in zip(short.strategies, long.strategies, strict=True):
            np.testing.assert_array_equal(one, other)
        for name in ("exists", "status", "degenerate"):
            np.testing.assert_array_equal(getattr(short, name), getattr(long, name))
        assert short.message == long.message
        assert short.status.shape == short.degenerate.shape == ()
    few = sg.support_enumeration(sg.NormalForm(rng.random((2, 4, 4))), max_work=20)
    assert few.status == Status.PARTIAL
    assert "max_work" in few.message


@pytest.mark.parametrize("unit", [1e308, 1e-308, 5e-324], ids=["huge", "tiny", "least"])
@pytest.mark.parametrize("count", [1, 70])
def test_mixes_of_payoffs_at_the_ends_of_the_range(unit: float, count: int) -> None:
    pennies = np.array([[unit, -unit], [-unit, unit]])
    for first, second in (
        (pennies, -pennies),
        (np.vstack([pennies, [[-unit, -unit]]]), np.vstack([-pennies, [[-2.0, -2.0]]])),
    ):
        family = sg.NormalForm([np.tile(table, (count, 1, 1)) for table in (first, second)])
        for single in (family[0], family):
            found = sg.support_enumeration(single)
            for mixes, half in zip(found.strategies, ([0.5, 0.5, 0.0], [0.5, 0.5]), strict=True):
                expected = np.broadcast_to(half[: mixes.shape[-1]], mixes.shape)
                np.testing.assert_array_equal(mixes, expected)
            assert found.exists.all()


def test_workspaces_fit_after_an_interrupt_at_any_moment() -> None:
    small, large = plan_for((2, 2), None), plan_for((5, 5), None)
    sizes = {
        (id(plan), width): (plan.spaces[0] * width, plan.spaces[1])
        for plan in (small, large)
        for width in (8, 64)
    }
    order = [(small, 8), (large, 64), (large, 8), (small, 64)]
    for (plan, width), (other, lanes) in zip(order, order[1:] + order[:1], strict=True):

        def call(plan: object = plan, width: int = width) -> object:
            return _spaces(plan, width)

        _spaces(other, lanes)
        for place in interrupted(call, "equilibria/support_enumeration.py"):
            for some, many in ((other, lanes), (plan, width), (other, lanes)):
                found = tuple(space.size for space in _spaces(some, many))
                assert found == sizes[id(some), many], place


def test_memory_of_all_slots_written_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "_free", [])
    count = 2**18
    payoffs = np.random.default_rng(0).random((2, count, 2, 2))
    payoffs[:, :, 0, :] += 2.0
    payoffs[:, :, :, 0] += 2.0  # one equilibrium a game; the closed form writes three slots
    found = sg.support_enumeration(sg.NormalForm(payoffs))
    assert found.exists.shape == (count, 1)
    del found
    assert sum(memory.touched for memory in buffers._free) == 2 * 3 * count * 2 * 8


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("where", [0, 700, 2700, 6000, -1])
def test_slots_that_a_later_game_needs_are_empty_for_all_others(threads: int, where: int) -> None:
    rng = np.random.default_rng(0)
    payoffs = rng.random((2, 6001, 5, 5))
    payoffs[0, :, 0] += 2.0  # one equilibrium a game
    payoffs[:, where] = np.eye(5)  # 31
    arrays = [buffers.empty((2**n,)) for n in range(17, 23) for _ in range(2)]
    for array in arrays:
        array[:] = 7.0
        buffers.written(array, min(array.size, 2**18))
    del array, arrays
    found = sg.support_enumeration(sg.NormalForm(payoffs), threads=threads)
    assert found.exists.shape == (6001, 31)
    assert found.exists.sum() == 6000 + 31
    for mixes in found.strategies:
        assert np.isnan(mixes[~found.exists]).all()
        np.testing.assert_allclose(mixes[found.exists].sum(axis=-1), 1.0, rtol=1e-15)
