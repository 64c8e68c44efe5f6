"""Payoff sets of repeated games: published, by hand, by other algorithms; what must hold."""

import pickle
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

import summitgames as sg
from reference.cases import Case, load
from summitgames.results import Status

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from([(1, 1), (1, 3), (2, 2), (3, 3), (2, 4), (4, 3)])
DISCOUNTS = st.sampled_from([0.0, 0.2, 0.3, 0.5, 0.6, 0.75, 0.9])
DIRECTIONS = np.stack(
    [np.cos(np.arange(32) * np.pi / 16), np.sin(np.arange(32) * np.pi / 16)], axis=-1
)

Points = NDArray[np.float64]
#: The example of Abreu and Sannikov (2014), discount 0.3.
SANNIKOV = sg.NormalForm.from_bimatrix(
    [[16, 3, 0], [21, 10, -1], [9, 5, -5]], [[9, 13, 3], [1, 4, 0], [0, -4, -15]]
)
DILEMMA = sg.NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])


def uniform(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng(seed).random((2, *shape)))


def tied(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng(seed).integers(-1, 3, (2, *shape)).astype(float))


def solve(stage: sg.NormalForm, discount: ArrayLike) -> sg.PayoffSet:
    return sg.payoff_set(sg.RepeatedGame(stage, discount))


def assert_same_set(found: sg.PayoffSet, expected: ArrayLike, tol: float = 1e-10) -> None:
    """Vertices in the same order, which begins with the leftmost."""
    vertices = found.vertices[: int(found.n_vertices)]
    np.testing.assert_allclose(vertices, np.reshape(expected, (-1, 2)), atol=tol, rtol=0)


# Published, and by hand


def test_the_example_of_abreu_and_sannikov() -> None:
    expected = [
        [1.12568240, 2.8],
        [7.33770472, 0.0],
        [7.86308964, 0.0],
        [19.7917977, 2.8],
        [15.5630896, 9.1],
        [7.33770472, 10.9826253],
    ]
    found = solve(SANNIKOV, 0.3)
    assert_same_set(found, expected, tol=5e-8)  # the digits given
    assert found.status == Status.COMPLETE
    assert found.proved
    # (2.8 = 0.7 * 4, as the bottom starts with an action that gives 4 and then the worst, 0.)
    np.testing.assert_allclose(found.vertices[:, 1][[0, 1, 2, 3, 4]], [2.8, 0, 0, 2.8, 9.1])


@pytest.mark.parametrize("discount", [0.3, 0.5])
def test_quantecon_agrees(discount: float) -> None:
    theory = pytest.importorskip("quantecon.game_theory")
    peer = theory.RepeatedGame(SANNIKOV.to_quantecon(), discount).equilibrium_payoffs()
    expected = peer.points[peer.vertices]
    found = solve(SANNIKOV, discount)
    assert len(expected) == found.n_vertices
    start = np.lexsort(expected.T[::-1])[0]
    assert_same_set(found, np.roll(expected, -start, axis=0), tol=1e-8)


@pytest.mark.parametrize("case", [c for c in load("repeated") if "vertices" in c.answer], ids=str)
def test_reference_cases(case: Case) -> None:
    stage = sg.NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    found = solve(stage, case.input["discount"])
    assert bool(found.exists) is not case.answer["empty"]
    expected = np.array(case.answer["vertices"], dtype=float)
    start = np.lexsort(expected.T[::-1])[0]
    assert_same_set(found, np.roll(expected, -start, axis=0))
    assert min(int(found.n_vertices) - 1, 2) == case.answer["dimension"]
    np.testing.assert_array_less(np.array(case.answer["pure_minmax"]) - 1e-12, found.worst)


def test_dilemmas_by_hand() -> None:
    """From the discount (T - R) / (T - P) = 1/7 on both can cooperate for ever, with T = 10, R = 9.

    In the end everything is attained that is feasible and gives both at least P = 3.
    """
    alone = [[3, 3]]
    square = [[3, 3], [9.75, 3], [9, 9], [3, 9.75]]
    assert_same_set(solve(DILEMMA, 0.1), alone)
    assert_same_set(solve(DILEMMA, 1 / 7 - 1e-6), alone)
    assert solve(DILEMMA, 1 / 7 + 1e-6).contains([9, 9])
    assert not solve(DILEMMA, 1 / 7 + 1e-6).contains([3, 9.7])
    assert_same_set(solve(DILEMMA, 0.75), square)


def test_a_discount_of_zero_leaves_the_hull_of_stage_equilibria() -> None:
    hunt = sg.NormalForm.symmetric([[9, 0], [8, 7]])
    assert_same_set(solve(hunt, 0), [[7, 7], [9, 9]])
    assert_same_set(solve(DILEMMA, 0), [[3, 3]])
    pennies = solve(sg.NormalForm.zero_sum([[1, -1], [-1, 1]]), 0)
    assert pennies.status == Status.NONE


def test_no_pure_equilibrium() -> None:
    found = solve(sg.NormalForm.zero_sum([[1, -1], [-1, 1]]), 0.9)
    assert found.status == Status.NONE
    assert not found.exists
    assert found.n_vertices == 0
    assert found.area == 0
    assert np.isnan(found.worst).all()
    assert np.isnan(found.best).all()
    assert found.support([1, 1]) == -np.inf
    assert not found.contains([0, 0])
    assert found.message == "no equilibrium in pure strategies"


def test_at_a_critical_discount_the_set_is_closed() -> None:
    """At 1/2 the lone violator gains exactly what it loses: the answer says so."""
    stage = sg.NormalForm.symmetric([[3, 0], [5, 1]])
    found = solve(stage, 0.5)
    assert found.contains([3, 3])
    assert not found.proved
    assert "can just be met, or nearly" in found.message
    assert solve(stage, 0.5 + 1e-9).proved
    assert not solve(stage, 0.5 - 1e-9).contains([3, 3])


# Other algorithms


def clipped(polygon: list[Points], axis: int, low: float) -> list[Points]:
    """The part of a polygon at and above a line (Sutherland and Hodgman)."""
    kept: list[Points] = []
    for p, q in zip(polygon[-1:] + polygon[:-1], polygon, strict=True):
        if (p[axis] >= low) != (q[axis] >= low):
            kept.append(p + (low - p[axis]) / (q[axis] - p[axis]) * (q - p))
        if q[axis] >= low:
            kept.append(q)
    return kept


def hull(points: list[Points]) -> list[Points]:
    ordered = sorted(map(tuple, points))
    chains = []
    for chain in (ordered, ordered[::-1]):
        kept: list[tuple[float, ...]] = []
        for x, y in chain:
            while len(kept) > 1:
                (ax, ay), (bx, by) = kept[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                kept.pop()
            kept.append((x, y))
        chains += kept[:-1]
    return [np.array(p) for p in dict.fromkeys(chains or ordered)]


def iterated(stage: sg.NormalForm, discount: ArrayLike, steps: int) -> list[Points]:
    """The operator B of Abreu, Pearce and Stacchetti, from the box of stage payoffs."""
    patience = np.broadcast_to(discount, 2)
    first, second = stage.payoffs
    gains = first.max(axis=0) - first, second.max(axis=1, keepdims=True) - second
    payoffs = np.stack([first, second], axis=-1)
    corners = product(*((array.min(), array.max()) for array in stage.payoffs))
    polygon = hull([np.array(corner) for corner in corners])
    for _ in range(steps):
        worst = np.min(polygon, axis=0)
        found: list[Points] = []
        for a in product(*map(range, stage.n_actions)):
            after = polygon
            for axis in (0, 1):
                low = worst[axis] + (1 / patience[axis] - 1) * gains[axis][a]
                after = clipped(after, axis, low - 1e-12) if after else after
            found += [(1 - patience) * payoffs[a] + patience * w for w in after]
        if not found:
            return []
        polygon = hull(found)
    return polygon


@pytest.mark.parametrize(("make", "discount"), [*product([uniform, tied], [0.3, 0.6, 0.8])])
def test_it_is_the_limit_of_the_operator_of_abreu_pearce_and_stacchetti(
    make, discount: float
) -> None:
    games = make(int(discount * 10), (10, 3, 3))
    found = solve(games, discount)
    steps = int(np.log(1e-12) / np.log(discount))
    for number, stage in enumerate(games):
        polygon = iterated(stage, discount, steps)
        assert bool(found.exists[number]) is bool(polygon)
        if polygon:
            expected = (np.array(polygon) @ DIRECTIONS.T).max(axis=0)
            # What is left of the start is about 1e-12 times the number of steps.
            np.testing.assert_allclose(found[number].support(DIRECTIONS), expected, atol=1e-7)


@pytest.mark.parametrize("discount", [0.3, 0.7])
def test_linear_programs_find_the_same_set_generated(discount: float) -> None:
    """In every direction, the best pair of actions and continuation is no better, and no worse."""
    for stage in uniform(3, (6, 3, 3)):
        found = solve(stage, discount)
        if not found.exists:
            continue
        vertices = found.vertices
        gains = [np.max(a, axis=i, keepdims=True) - a for i, a in enumerate(stage.payoffs)]
        for way in DIRECTIONS[::4]:
            best = -np.inf
            for a in product(range(3), range(3)):
                pay = np.array([array[a] for array in stage.payoffs])
                need = [(1 - discount) / discount * gain[a] for gain in gains]
                program = linprog(
                    -vertices @ way,
                    A_ub=-vertices.T,
                    b_ub=-(found.worst + need) + 1e-9,
                    A_eq=np.ones((1, len(vertices))),
                    b_eq=[1.0],
                )
                if program.success:
                    value = (1 - discount) * pay @ way - discount * program.fun
                    best = max(best, value)
            np.testing.assert_allclose(found.support(way), best, atol=1e-7)


# A discount for each player


@pytest.mark.parametrize(("make", "discounts"), [(uniform, (0.3, 0.6)), (tied, (0.7, 0.4))])
def test_with_own_discounts_it_is_the_same_limit(make, discounts: tuple[float, float]) -> None:
    games = make(5, (10, 2, 3))
    found = solve(games, discounts)
    assert (found.status != Status.PARTIAL).all()
    for number, stage in enumerate(games):
        polygon = iterated(stage, discounts, int(np.log(1e-12) / np.log(max(discounts))))
        assert bool(found.exists[number]) is bool(polygon)
        if polygon:
            expected = (np.array(polygon) @ DIRECTIONS.T).max(axis=0)
            np.testing.assert_allclose(found[number].support(DIRECTIONS), expected, atol=1e-7)


def test_unequal_patience_reaches_beyond_the_hull() -> None:
    """The impatient player is paid first (Lehrer & Pauzner): both get more than any lottery gives.

    To (9, 9) and (10, 1) a line of slope -8 belongs: 8 x + y is at most 81 in the hull.
    """
    found = solve(DILEMMA, (0.9, 0.75))
    assert found.status == Status.COMPLETE
    assert found.proved
    assert found.support([8, 1]) > 81.1
    inner = found.inner @ [8, 1]
    assert np.nanmax(inner) > 81.1
    patient = solve(DILEMMA, 0.9)
    np.testing.assert_allclose(patient.support([8, 1]), 81)
    np.testing.assert_allclose(found.worst, [3, 3])


@pytest.mark.parametrize("discounts", [(0.5, 0.9), (0.95, 0.9)])
def test_random_games_with_own_discounts_are_decided_and_proved(
    discounts: tuple[float, float],
) -> None:
    found = solve(uniform(11, (40, 2, 2)), discounts)
    assert np.isin(found.status, [Status.COMPLETE, Status.NONE]).all()
    assert found.proved.all()
    assert (found.gap <= 2.0**-26).all()
    for number in np.flatnonzero(found.exists):
        one = found[number]
        inner = one.inner[~np.isnan(one.inner[:, 0])]
        assert one.contains(inner, tol=2.0**-36).all()
        reach = (inner @ DIRECTIONS.T).max(axis=0)
        assert (one.support(DIRECTIONS) <= reach + 2.0**-26).all()


@pytest.mark.parametrize("discounts", [(0.3, 0.6), (0.8, 0.7), (0.9, 0.95)])
def test_sets_with_own_discounts_are_what_they_enforce(discounts: tuple[float, float]) -> None:
    """A fixed point, by linear programs: outer sets are no smaller, inner ones no larger."""
    patience = np.array(discounts)
    for stage in uniform(4, (4, 2, 2)):
        found = solve(stage, discounts)
        if not found.exists:
            continue
        gains = [np.max(a, axis=i, keepdims=True) - a for i, a in enumerate(stage.payoffs)]
        for vertices, sign in ((found.outer, 1.0), (found.inner, -1.0)):
            kept = vertices[~np.isnan(vertices[:, 0])]
            for way in DIRECTIONS[::4]:
                best = -np.inf
                for a in product(range(2), range(2)):
                    pay = np.array([array[a] for array in stage.payoffs])
                    need = (1 - patience) / patience * [gain[a] for gain in gains]
                    program = linprog(
                        -kept @ (patience * way),
                        A_ub=-kept.T,
                        b_ub=-(kept.min(axis=0) + need) + 1e-9,
                        A_eq=np.ones((1, len(kept))),
                        b_eq=[1.0],
                    )
                    if program.success:
                        best = max(best, (1 - patience) * pay @ way - program.fun)
                # Inner sets are a little smaller than what generates itself (the error).
                assert sign * (best - (kept @ way).max()) <= 1e-7


def test_units_names_and_order_do_not_matter_with_own_discounts() -> None:
    stage = uniform(9, (12, 2, 3))
    found = solve(stage, (0.6, 0.8))
    expected = found.support(DIRECTIONS[:, np.newaxis])
    scaled = solve(sg.NormalForm([7 * stage.payoffs[0] - 3, stage.payoffs[1] / 5]), (0.6, 0.8))
    np.testing.assert_array_equal(scaled.status, found.status)
    scales = np.array([7, 1 / 5])
    shift = (DIRECTIONS / scales * [-3, 0]).sum(axis=-1)[:, np.newaxis]
    actual = scaled.support(DIRECTIONS[:, np.newaxis] / scales) - shift
    np.testing.assert_allclose(actual, expected, atol=1e-8)
    swapped = solve(sg.NormalForm([np.swapaxes(a, 1, 2) for a in stage.payoffs[::-1]]), (0.8, 0.6))
    np.testing.assert_allclose(
        swapped.support(DIRECTIONS[:, np.newaxis, ::-1]), expected, atol=1e-8
    )


def test_nearly_equal_discounts_agree_with_equal_ones() -> None:
    stage = uniform(8, (30, 3, 3))
    one = solve(stage, 0.6)
    other = solve(stage, (0.6, np.nextafter(0.6, 1)))
    np.testing.assert_array_equal(one.status, other.status)
    np.testing.assert_allclose(
        one.support(DIRECTIONS[:, np.newaxis]),
        other.support(DIRECTIONS[:, np.newaxis]),
        atol=1e-8,
    )


def test_few_directions_leave_a_gap_around_the_truth() -> None:
    stage = uniform(2, (20, 2, 2))
    rough = sg.payoff_set(sg.RepeatedGame(stage, (0.8, 0.9)), directions=8)
    fine = solve(stage, (0.8, 0.9))
    partial = rough.status == Status.PARTIAL
    assert partial.any()
    assert "directions 8" in rough.message
    for number in np.flatnonzero(partial & (fine.status == Status.COMPLETE)):
        most = np.nanmax(rough.outer[number] @ DIRECTIONS.T, axis=0)
        assert (fine[number].support(DIRECTIONS) <= most + 1e-9).all()
        inner = rough[number].inner[~np.isnan(rough[number].inner[:, 0])]
        assert fine[number].contains(inner, tol=1e-9).all()


def test_families_may_mix_equal_and_unequal_discounts() -> None:
    both = solve(DILEMMA, ([0.75, 0.9, 0.1], [0.75, 0.75, 0.1]))
    for number, discount in enumerate([0.75, (0.9, 0.75), 0.1]):
        single = solve(DILEMMA, discount)
        count = int(single.n_vertices)
        assert both.n_vertices[number] == count
        np.testing.assert_array_equal(both.vertices[number, :count], single.vertices)


# What must hold


@pytest.mark.parametrize("make", [uniform, tied])
@settings(max_examples=25)
@given(SEEDS, SHAPES, DISCOUNTS)
def test_promises(make, seed: int, shape: tuple[int, int], discount: float) -> None:
    stage = make(seed, (12, *shape))
    found = solve(stage, discount)
    assert np.isin(found.status, [Status.COMPLETE, Status.NONE]).all()
    assert (found.gap <= 2.0**-26).all()
    known = found.status == Status.COMPLETE
    np.testing.assert_array_equal(known, found.exists)
    np.testing.assert_array_equal(
        np.isfinite(found.vertices).all(axis=-1).sum(-1), found.n_vertices
    )
    spread = np.maximum(found.best - found.worst, 1.0)
    for number in np.flatnonzero(known):
        one = found[number]
        # Every vertex of the inner set lies in the outer one, and almost the other way round.
        inner = one.inner[~np.isnan(one.inner[:, 0])]
        assert one.contains(inner, tol=2.0**-36).all()
        # Pure stage equilibria are equilibria of the repeated game.
        pure = np.argwhere(sg.pure_nash(stage[number]))
        payoffs = np.array([[array[tuple(a)] for array in stage[number].payoffs] for a in pure])
        if len(payoffs):
            assert one.contains(payoffs).all()
        # Nobody can be held below the pure minmax payoff.
        first, second = stage[number].payoffs
        least = np.array([first.max(axis=0).min(), second.max(axis=1).min()])
        assert (one.worst >= least - 1e-9 * spread[number]).all()
        # Convex, counterclockwise, from the leftmost vertex.
        vertices = one.vertices[: int(one.n_vertices)]
        assert vertices[0, 0] <= vertices[:, 0].min() + 1e-11
        if len(vertices) > 2:
            edges = np.roll(vertices, -1, axis=0) - vertices
            after = np.roll(edges, -1, axis=0)
            assert (edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0] > 0).all()
            assert one.area > 0


@settings(max_examples=25)
@given(SEEDS, SHAPES, DISCOUNTS, st.data())
def test_units_and_names_do_not_matter(
    seed: int, shape: tuple[int, int], discount: float, data: st.DataObject
) -> None:
    stage = uniform(seed, (6, *shape))
    found = solve(stage, discount)
    scales = np.array([data.draw(st.sampled_from([1e-3, 1.0, 7.0, 1e6])) for _ in range(2)])
    shifts = np.array([data.draw(st.sampled_from([-5.0, 0.0, 3.0])) for _ in range(2)]) * scales
    first, second = (a * s + t for a, s, t in zip(stage.payoffs, scales, shifts, strict=True))
    moved = solve(sg.NormalForm([first, second]), discount)
    np.testing.assert_array_equal(moved.status, found.status)
    expected = found.support(DIRECTIONS[:, np.newaxis])
    actual = moved.support(DIRECTIONS[:, np.newaxis] / scales)
    shift = (DIRECTIONS / scales * shifts).sum(axis=-1)[:, np.newaxis]
    np.testing.assert_allclose(actual - shift, expected, atol=1e-8)
    swapped = solve(sg.NormalForm([np.swapaxes(a, 1, 2) for a in stage.payoffs[::-1]]), discount)
    actual = swapped.support(DIRECTIONS[:, np.newaxis, ::-1])
    np.testing.assert_allclose(actual, expected, atol=1e-9)
    orders = [np.random.default_rng(seed).permutation(count) for count in shape]
    renamed = [a[:, orders[0]][:, :, orders[1]] for a in stage.payoffs]
    actual = solve(sg.NormalForm(renamed), discount).support(DIRECTIONS[:, np.newaxis])
    np.testing.assert_allclose(actual, expected, atol=1e-9)


@settings(max_examples=15)
@given(SEEDS, SHAPES)
def test_stage_equilibria_as_threats_make_patience_pay(seed: int, shape: tuple[int, int]) -> None:
    """With public randomisation the set grows with the discount (Abreu, Pearce & Stacchetti)."""
    stage = uniform(seed, (*shape,))
    found = solve(stage, np.array([0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.97]))
    supports = found.support(DIRECTIONS[:, np.newaxis])
    assert (supports[:, 1:] >= np.nextafter(supports[:, :-1], -np.inf) - 1e-9).all()


def test_a_batch_is_its_games_one_by_one() -> None:
    stage = uniform(1, (3, 40, 2, 3))
    discounts = np.linspace(0.1, 0.95, 40)
    found = sg.payoff_set(sg.RepeatedGame(stage, discounts), threads=2)
    assert found.vertices.shape[:2] == (3, 40)
    for index in [(0, 0), (1, 20), (2, 39)]:
        single = solve(stage[index], discounts[index[1]])
        count = int(single.n_vertices)
        assert count == found.n_vertices[index]
        np.testing.assert_array_equal(found[index].vertices[:count], single.vertices)
        np.testing.assert_array_equal(found[index].area, single.area)
        np.testing.assert_array_equal(found.area[index], single.area)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301
    np.testing.assert_array_equal(again.vertices, found.vertices)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_payoffs_near_the_ends_of_the_range(scale: float) -> None:
    first, second = (array * scale for array in DILEMMA.payoffs)
    found = solve(sg.NormalForm([first, second]), 0.75)
    np.testing.assert_allclose(found.vertices / scale, solve(DILEMMA, 0.75).vertices, rtol=1e-13)


def test_past_the_limit_of_work_the_set_lies_between_two() -> None:
    stage = uniform(0, (200, 3, 3))
    rough = sg.payoff_set(sg.RepeatedGame(stage, 0.9), max_work=4)
    fine = solve(stage, 0.9)
    partial = rough.status == Status.PARTIAL
    assert partial.any()
    assert "max_work 4" in rough.message
    for number in np.flatnonzero(partial):
        lowest = rough[number].inner[~np.isnan(rough[number].inner[:, 0])]
        if len(lowest):
            assert fine[number].contains(lowest, tol=1e-9).all()
        if fine.exists[number]:
            high = rough.outer[number] @ DIRECTIONS.T
            most = np.nanmax(high, axis=0)
            assert (fine[number].support(DIRECTIONS) <= most + 1e-9).all()
    np.testing.assert_array_equal(rough.n_vertices[partial] > 0, rough.exists[partial])


def test_membership_and_support() -> None:
    found = solve(DILEMMA, 0.75)
    assert found.contains([[3, 3], [9, 9], [6, 3], [5, 5]]).all()
    assert not found.contains([[2.99, 3], [9.1, 9.1], [6, 2.99], [20, 3]]).any()
    assert found.contains([9.01, 9.01], tol=0.01)
    np.testing.assert_allclose(found.support([[1, 0], [0, -1], [1, 1]]), [9.75, -3, 18])
    np.testing.assert_allclose(found.worst, [3, 3])
    np.testing.assert_allclose(found.best, [9.75, 9.75])
    np.testing.assert_allclose(found.area, 6 * 6.75)
    point = solve(DILEMMA, 0.1)
    assert point.contains([3, 3])
    assert not point.contains([3.1, 3])
    family = solve(DILEMMA, [0.1, 0.75])
    np.testing.assert_array_equal(family.contains([5, 5]), [False, True])
    assert family.contains(np.full((7, 1, 2), 5.0)).shape == (7, 2)
    assert repr(family) == "<PayoffSet: up to 4 vertices, COMPLETE, batch shape (2,)>"
    assert repr(point) == "<PayoffSet: 1 vertices, COMPLETE>"


def test_bad_input() -> None:
    three = sg.NormalForm(np.zeros((3, 2, 2, 2)))
    with pytest.raises(sg.GameError, match="3 players; expected 2"):
        sg.payoff_set(sg.RepeatedGame(three, 0.5))
    with pytest.raises(sg.GameError, match="NormalForm; expected a RepeatedGame or a Stoch"):
        sg.payoff_set(DILEMMA)  # type: ignore[arg-type]
    game = sg.RepeatedGame(DILEMMA, 0.5)
    with pytest.raises(sg.GameError, match="max_work: 0"):
        sg.payoff_set(game, max_work=0)
    with pytest.raises(sg.GameError, match="directions: 7"):
        sg.payoff_set(game, directions=7)
    with pytest.raises(sg.GameError, match=r"directions: 10{30}; expected .* 8 to 65536"):
        sg.payoff_set(game, directions=10**30)
    with pytest.raises(sg.GameError, match=r"directions: 8\.5"):
        sg.payoff_set(game, directions=8.5)  # type: ignore[arg-type]
    with pytest.raises(sg.GameError, match="threads: 0"):
        sg.payoff_set(game, threads=0)
    found = sg.payoff_set(game)
    with pytest.raises(sg.GameError, match=r"points: shape \(3,\)"):
        found.contains([1, 2, 3])
    with pytest.raises(sg.GameError, match="directions: an array of <U2"):
        found.support("up")
    with pytest.raises(sg.GameError, match=r"directions: not finite at \(1, 0\): nan"):
        found.support([[0, 1], [np.nan, 1]])
    with pytest.raises(sg.GameError, match="tol: -1"):
        found.contains([1, 2], tol=-1)
    family = solve(DILEMMA, [0.1, 0.2])
    with pytest.raises(sg.GameError, match=r"points: shape \(3, 2\)"):
        family.contains(np.zeros((3, 2)))
    with pytest.raises(sg.GameError, match="a figure shows a single game"):
        family.plot()


@pytest.mark.parametrize("discount", [0.1, 0.75])  # a point and a polygon
def test_what_is_not_finite_lies_in_no_set(discount: float) -> None:
    found = sg.payoff_set(sg.RepeatedGame(DILEMMA, discount))
    inside = found.vertices[0]
    nowhere = [[x, y] for x in (np.nan, np.inf, inside[0]) for y in (np.nan, -np.inf)]
    held = found.contains([inside, *nowhere])
    assert held.tolist() == [True] + [False] * len(nowhere)


@pytest.mark.parametrize("discounts", [0.0, 0.5, 1e-9, (0.5, 0.25)])
def test_payoffs_that_nearly_tie_prove_nothing(discounts: float | tuple[float, float]) -> None:
    # The first player takes the second action for ever, so that (2e-17, 1) is all there is.
    first, second = [[1e-17], [2e-17], [-1.0]], [[0.0], [1.0], [0.0]]
    stage = sg.NormalForm.from_bimatrix(first, second)
    near = sg.payoff_set(sg.RepeatedGame(stage, discounts))
    # A little gain is one, unless it is less than what a payoff in future may fall short.
    assert near.proved == (discounts in (0.0, 1e-9))
    assert not near.proved or near.n_vertices == 1
    assert near.contains([2e-17, 1.0])
    apart = sg.NormalForm.from_bimatrix(np.multiply(first, [[1], [1], [0]]), second)
    found = sg.payoff_set(sg.RepeatedGame(apart, discounts))
    assert found.proved
    assert found.n_vertices == 1


@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_impatience_magnifies_no_rounding(ratio: float) -> None:
    """A gain of a few units in the last place, where the future counts for about as little.

    Complying pays x, leaving it x + gain now and 0.1 afterwards, instead of x: it is worth it iff
    (1 - d) gain <= d (x - 0.1). What else one gets now is moved by as much as floats are apart when
    payoffs are moved to begin at 0.
    """
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        reward, low = rng.uniform(0.5, 0.9), -rng.random()
        most = reward
        for _ in range(int(rng.integers(1, 9))):
            most = float(np.nextafter(most, 2.0))
        gain, loss = Fraction(most) - Fraction(reward), Fraction(reward) - Fraction(0.1)
        first = np.array([[reward, low], [most, 0.1]])
        stage = sg.NormalForm.from_bimatrix(first, first.T)
        for share in (0.999, 1.001):
            discount = float(gain / (gain + loss)) * share
            complies = (1 - Fraction(discount)) * gain <= Fraction(discount) * loss
            other = discount if ratio == 1.0 else 0.5
            found = sg.payoff_set(sg.RepeatedGame(stage, (discount, other)))
            assert found.status == Status.COMPLETE
            assert found.contains([reward, reward], tol=1e-6) == complies
            held += complies
    assert held == 200


@pytest.mark.parametrize("halvings", [14, 26, 40, 50])
def test_patience_hides_no_stage_equilibrium(halvings: int) -> None:
    stage = sg.NormalForm(np.random.default_rng(0).random((2, 40, 2, 2)))
    known = sg.pure_nash(stage).reshape(40, -1).any(axis=-1)
    discounts = 1 - 2.0**-halvings, 1 - 2.0 * 2.0**-halvings
    found = sg.payoff_set(sg.RepeatedGame(stage, discounts), max_work=100)
    assert known.any()
    assert found.exists[known].all()
    assert not (known & (found.status == Status.NONE)).any()


@pytest.mark.parametrize("discounts", [0.5, (0.5, 0.9)])
def test_an_empty_family_of_games(discounts: float | tuple[float, float]) -> None:
    stage = sg.NormalForm(np.zeros((2, 3, 2, 2)))[:0]
    found = sg.payoff_set(sg.RepeatedGame(stage, discounts))
    assert found.vertices.shape == (0, 0, 2)
    assert found.worst.shape == (0, 2)
    assert found.contains([0.0, 0.0]).shape == found.area.shape == (0,)
    assert repr(found) == "<PayoffSet: up to 0 vertices, batch shape (0,)>"
