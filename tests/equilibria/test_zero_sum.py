"""Values of zero-sum games: against published ones, other solvers, and what strategies prove."""

import pickle
from fractions import Fraction
from typing import Any

import nashpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import summitgames as sg
from reference.cases import Case, load
from summitgames.equilibria import zero_sum
from summitgames.equilibria.zero_sum import ZeroSumSolution
from summitgames.kernels.linear_programs import tolerance
from summitgames.results import Status

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from([(1, 1), (1, 4), (4, 1), (2, 2), (3, 5), (6, 3), (7, 7)])
CASES = [
    case for case in load("bimatrix") if {"zero_sum", "constant_sum_value_row"} & case.answer.keys()
]


def uniform(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=shape)


def tied(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.random.default_rng(seed).integers(-1, 2, shape).astype(float)


def nearly_tied(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 3, shape) + 1e-13 * rng.random(shape)


MATRICES = st.sampled_from([uniform, tied, nearly_tied])


def guaranteed(A: NDArray[Any], found: ZeroSumSolution) -> tuple[Any, Any]:
    """What the row player's strategy gains, and the column player's concedes, at worst."""
    x, y = found.strategies
    return (x[..., None] * A).sum(axis=-2).min(axis=-1), (A * y[..., None, :]).sum(-1).max(-1)


def allowed(A: NDArray[Any]) -> Any:
    """What the docstring promises, with the rounding of the sums here."""
    k = sum(A.shape[-2:])
    return tolerance(*A.shape[-2:]) * np.ptp(A, axis=(-2, -1)) + k * 2.0**-52 * np.abs(A).max()


def solved(A: NDArray[Any], **options: Any) -> ZeroSumSolution:
    found = sg.zero_sum_value(sg.NormalForm.zero_sum(A), **options)
    assert (found.status == Status.COMPLETE).all()
    assert found.message == ""
    for strategy in found.strategies:
        assert (strategy >= 0).all()
        assert np.abs(strategy.sum(axis=-1) - 1).max() <= 2.0**-48
    return found


@given(MATRICES, SEEDS, SHAPES)
def test_strategies_prove_the_value(make: Any, seed: int, shape: tuple[int, int]) -> None:
    A = make(seed, (3, 2, *shape))
    found = solved(A)
    lower, upper = guaranteed(A, found)
    room = allowed(A)
    assert (upper - lower <= room).all()
    assert (np.abs(found.value - (lower + upper) / 2) <= room).all()
    assert (np.abs(found.gap) <= room).all()
    assert (sg.regret(found.game, found) <= 2 * room).all()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_published_games(case: Case) -> None:
    A, B = (np.array(case.input[name], dtype=object) for name in "AB")
    answer = case.answer.get("zero_sum", {"value": case.answer.get("constant_sum_value_row")})
    floats = A.astype(float)
    for game in (sg.NormalForm.from_bimatrix(A, B), sg.NormalForm.zero_sum(floats)):
        found = sg.zero_sum_value(game)
        assert found.value == pytest.approx(float(answer["value"]), abs=allowed(floats))
    for strategy, side in zip(found.strategies, ("row", "column"), strict=True):
        vertices = answer.get(f"optimal_{side}_vertices", [])
        if len(vertices) == 1:
            expected = [float(p) for p in vertices[0]]
            assert strategy == pytest.approx(expected, abs=1e-9)


@settings(max_examples=20)
@given(MATRICES, SEEDS)
def test_agrees_with_exact_arithmetic(make: Any, seed: int) -> None:
    A = make(seed, (4, 4))
    whole, unit = zero_sum.whole_array(A)
    optimum = zero_sum.matrix_game(whole, 1000)
    assert optimum is not None
    x, y = np.array(optimum.multipliers), np.array(optimum.variables)
    assert min(x @ whole) == max(whole @ y) == optimum.value  # so it is the value, proved
    assert solved(A).value == pytest.approx(float(optimum.value * unit), abs=allowed(A))


def test_agrees_with_other_packages() -> None:
    minmax = pytest.importorskip("quantecon.optimize").minmax
    A = uniform(1, (5, 6, 4))
    found = solved(A)
    for game, value in zip(A, found.value, strict=True):
        assert value == pytest.approx(minmax(game)[0], abs=1e-12)
        x, y = nashpy.Game(game).linear_program()
        assert value == pytest.approx(x @ game @ y, abs=1e-8)


@given(MATRICES, SEEDS, SHAPES, st.sampled_from([1e-12, 1e-3, 1e12]), st.sampled_from([0, -3, 1e3]))
def test_value_moves_with_unit_and_zero(
    make: Any, seed: int, shape: tuple[int, int], unit: float, zero: float
) -> None:
    A = make(seed, (4, *shape))
    moved = A * unit + zero * unit
    plain, other = solved(A), solved(moved)
    rounding = 2.0**-51 * (np.abs(A).max() + abs(zero))
    assert (np.abs(other.value / unit - zero - plain.value) <= 2 * allowed(A) + rounding).all()


@given(MATRICES, SEEDS, SHAPES)
def test_roles_exchanged_and_actions_permuted(make: Any, seed: int, shape: tuple[int, int]) -> None:
    A = make(seed, (3, *shape))
    plain = solved(A)
    assert solved(-np.swapaxes(A, 1, 2)).value == pytest.approx(-plain.value, abs=allowed(A).max())
    rng = np.random.default_rng(seed)
    rows, columns = (rng.permutation(k) for k in shape)
    permuted = solved(A[:, rows][:, :, columns])
    assert permuted.value == pytest.approx(plain.value, abs=allowed(A).max())


@pytest.mark.parametrize("count", [3, 300])  # one by one, and side by side in lanes
@pytest.mark.parametrize("make", [uniform, tied])
def test_family_is_its_games_one_by_one(make: Any, count: int) -> None:
    A = make(5, (count, 4, 3))
    family = solved(A)
    for place in range(0, count, 7):
        one = solved(A[place])
        assert isinstance(one.value, float)
        assert family.value[place] == pytest.approx(one.value, abs=allowed(A[place]))
        lower, upper = guaranteed(A[place], one)
        assert upper - lower <= allowed(A[place])


def test_threads_and_broadcast_payoffs_change_nothing() -> None:
    A = uniform(6, (9000, 3, 2))
    plain = solved(A, threads=1)
    threaded = solved(A, threads=3)
    assert np.array_equal(plain.value, threaded.value)
    assert np.array_equal(plain.strategies[0], threaded.strategies[0])
    same = sg.NormalForm([np.broadcast_to(A[0], (5, 3, 2)), -A[0]])
    assert (sg.zero_sum_value(same).value == plain.value[0]).all()


def test_constant_sum_with_rounded_payoffs() -> None:
    A = uniform(7, (50, 3, 4))
    total = np.linspace(-2, 7, 50)[:, None, None]
    found = sg.zero_sum_value(sg.NormalForm.from_bimatrix(A, total - A))
    assert found.value == pytest.approx(solved(A).value, abs=1e-12)


def test_payoffs_that_are_never_met_cost_no_accuracy() -> None:
    A = np.array([[3, -1, 1e14], [-2, 1, 1e14], [-1e14, -1e14, 0]])
    found = solved(A)
    assert found.value == pytest.approx(1 / 7, abs=2.0**-44)
    assert found.strategies[1] == pytest.approx([2 / 7, 5 / 7, 0], abs=1e-12)


def test_floats_that_fail_are_settled_exactly() -> None:
    diagonal = 10.0 ** np.arange(-8, 8)
    found = solved(np.diag(diagonal))
    exact = 1 / sum(1 / Fraction(number) for number in diagonal)
    assert found.value == float(exact)
    assert found.gap == 0


def test_extreme_floats() -> None:
    found = solved(np.array([[3, -1], [-2, 1]]) * 2.0**-1070)
    assert found.value == pytest.approx(2.0**-1070 / 7, abs=2.0**-1074)
    found = solved(np.array([[1.7e308, -1.7e308], [-1.7e308, 1.7e308]]))
    assert found.value == 0
    assert found.strategies[0].tolist() == [0.5, 0.5]


def test_exact_payoffs() -> None:
    A = [[Fraction(1, 3), Fraction(-1, 7)], [Fraction(-2, 3), Fraction(1, 9)]]
    found = sg.zero_sum_value(sg.NormalForm.zero_sum(np.array(A, dtype=object)))
    (a, b), (c, d) = A
    assert found.value == pytest.approx(float((a * d - b * c) / (a + d - b - c)), abs=1e-15)
    other = np.array([[1 - a, 1 - b], [1 - c, 1 - d + Fraction(1, 10**30)]], dtype=object)
    with pytest.raises(sg.GameError, match=r"sum to .* at profile \(1, 1\) and to 1 elsewhere"):
        sg.zero_sum_value(sg.NormalForm.from_bimatrix(np.array(A, dtype=object), other))


def test_max_work_ends_the_search_and_says_so() -> None:
    A = uniform(8, (40, 5, 5))
    found = sg.zero_sum_value(sg.NormalForm.zero_sum(A), max_work=1)
    failed = found.status == Status.FAILED
    assert 0 < failed.sum() < 40
    assert np.isnan(found.value[failed]).all()
    assert np.isnan(found.strategies[0][failed]).all()
    assert found.value[~failed] == pytest.approx(solved(A).value[~failed], abs=1e-12)
    assert found.message == f"{failed.sum()} of 40 games: not solved within 1 pivots (max_work)"


def test_refusals() -> None:
    A = uniform(9, (3, 2, 2))
    wrong = -A
    wrong[1, 1, 0] += 1e-9
    game = sg.NormalForm.from_bimatrix(A, wrong)
    with pytest.raises(sg.GameError, match=r"at batch index \(1,\), profile \(1, 0\) and to 0\.0 "):
        sg.zero_sum_value(game)
    with pytest.raises(sg.GameError, match="3 players; expected 2"):
        sg.zero_sum_value(sg.NormalForm([np.zeros((2, 2, 2))] * 3))
    game = sg.NormalForm.zero_sum(A)
    for wrong_work in (0, True, 1.5, "many"):
        with pytest.raises(sg.GameError, match="max_work"):
            sg.zero_sum_value(game, max_work=wrong_work)  # type: ignore[arg-type]
    with pytest.raises(sg.GameError, match="threads"):
        sg.zero_sum_value(game, threads=0)


def test_result() -> None:
    found = solved(np.array([[3.0, -1], [-2, 1]]))
    assert repr(found) == "<ZeroSumSolution: value 0.142857, COMPLETE>"
    assert pickle.loads(pickle.dumps(found)).value == found.value  # noqa: S301
    assert repr(solved(np.zeros((2, 3, 1, 1)))) == "<ZeroSumSolution: batch shape (2, 3)>"
    assert sg.zero_sum_value(nashpy.Game(np.array([[1, 2], [3, 4]]))).value == 3


def test_a_workspace_that_is_kept_serves_any_shape_and_size() -> None:
    rng = np.random.default_rng(5)
    for shape, size in [((3, 4), 5), ((3, 4), 200), ((3, 4), 1), ((6, 2), 70), ((3, 4), 90)]:
        games = rng.integers(0, 4, (size, *shape))
        found = sg.zero_sum_value(sg.NormalForm.zero_sum(games), threads=1)
        value = np.einsum("gi,gij,gj->g", found.strategies[0], games, found.strategies[1])
        np.testing.assert_allclose(value, found.value, atol=1e-12)
        secured = np.einsum("gi,gij->gj", found.strategies[0], games).min(axis=1)
        np.testing.assert_allclose(secured, found.value, atol=1e-12)
        assert (found.status == Status.COMPLETE).all()


def test_a_workspace_for_huge_games_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zero_sum, "_BLOCK_PAYOFFS", 100)
    sg.zero_sum_value(sg.NormalForm.zero_sum(np.eye(11)))
    assert zero_sum._LOCAL.kept is None
    sg.zero_sum_value(sg.NormalForm.zero_sum(np.eye(10)))
    assert zero_sum._LOCAL.kept[0] == (10, 10)
