"""One equilibrium of each two-player game, whatever the ties and the units."""

import importlib
import pickle
from fractions import Fraction
from itertools import product

import nashpy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import summitgames as sg
from reference.cases import Case, load
from summitgames.equilibria import exact_paths
from summitgames.equilibria.exact_paths import exact_path
from summitgames.kernels import pivoting
from summitgames.results import Equilibria, Status

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from([(1, 1), (1, 3), (2, 2), (3, 3), (2, 5), (5, 2), (4, 6)])
#: von Stengel's game: its pure equilibrium and one of the mixed ones are at the ends of paths.
STAIRS = sg.NormalForm.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])


def uniform(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng(seed).random((2, *shape)))


def tied(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng(seed).integers(-1, 2, (2, *shape)).astype(float))


def nearly_tied(seed: int, shape: tuple[int, ...]) -> sg.NormalForm:
    """Ties broken within what floats can tell along a path: many games go to exact arithmetic."""
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 3, (2, *shape)) + 1e-13 * rng.random((2, *shape))
    return sg.NormalForm(payoffs)


def allowed(game: sg.NormalForm) -> NDArray[np.float64]:
    """What the docstring promises, with the rounding of mixes and of regret itself."""
    k = max(game.n_actions)
    axes = (-2, -1)
    spread = np.max([np.ptp(array, axis=axes) for array in game.payoffs], axis=0)
    size = np.max([np.abs(array).max(axis=axes) for array in game.payoffs], axis=0)
    return 2.0**-48 * (k + 8) * spread + 4 * (k + 2) * 2.0**-53 * size


def assert_equilibria(game: sg.NormalForm, result: Equilibria) -> None:
    assert (result.status == Status.PARTIAL).all()
    assert result.exists[..., 0].all()
    worst = np.nanmax(result.regret, axis=-1)
    assert (worst <= allowed(game)).all(), worst.max()


@pytest.mark.parametrize("make", [uniform, tied, nearly_tied])
@settings(max_examples=15)
@given(SEEDS, SHAPES, st.data())
def test_no_player_gains(make, seed: int, shape: tuple[int, int], data: st.DataObject) -> None:
    game = make(seed, (20, *shape))
    label = data.draw(st.integers(0, sum(shape) - 1))
    assert_equilibria(game, sg.lemke_howson(game, initial_label=label))


@pytest.mark.parametrize("size", [20, 50])
def test_larger_games(size: int) -> None:
    for game in (uniform(size, (10, size, size)), tied(size, (10, size, size - 7))):
        assert_equilibria(game, sg.lemke_howson(game, initial_label=size))


@settings(max_examples=15)
@given(SEEDS, st.sampled_from([(3, 3), (2, 4), (5, 3)]))
def test_paths_of_tied_games_are_the_exact_ones(seed: int, shape: tuple[int, int]) -> None:
    """Where ties are exact, floats see them, and the lexicographic rule chooses the same row."""
    game = tied(seed, (5, *shape))
    for label in range(sum(shape)):
        result = sg.lemke_howson(game, initial_label=label)
        for number, single in enumerate(game):
            found = exact_path((single.payoffs[0], single.payoffs[1]), label, 1000)
            assert found is not None
            for mix, exact in zip(result.strategies, found, strict=True):
                np.testing.assert_allclose(mix[number, 0], np.array(exact, float), atol=1e-12)


@settings(max_examples=15)
@given(SEEDS, SHAPES)
def test_ends_are_extreme_equilibria(seed: int, shape: tuple[int, int]) -> None:
    """Those of all paths, each once, in the order in which all extreme equilibria are listed."""
    game = tied(seed, shape)
    result = sg.lemke_howson(game, initial_label="all")
    every = [rounded(*pair) for pair in sg.vertex_enumeration(game)]
    found = [rounded(*pair) for pair in result]
    assert found
    assert [pair for pair in every if pair in found] == found
    ends = {
        rounded(*next(iter(sg.lemke_howson(game, initial_label=label))))
        for label in range(sum(shape))
    }
    assert ends == set(found)


@settings(max_examples=20)
@given(SEEDS, st.sampled_from([(2, 2), (3, 3), (4, 2), (5, 5)]))
def test_same_ends_as_quantecon(seed: int, shape: tuple[int, int]) -> None:
    """In a nondegenerate game a label determines the path; here each end, and those of all."""
    peer = pytest.importorskip("quantecon.game_theory")
    game = uniform(seed, shape)
    theirs = game.to_quantecon()
    ends = []
    for label in range(sum(shape)):
        ours = next(iter(sg.lemke_howson(game, initial_label=label)))
        expected = peer.lemke_howson(theirs, init_pivot=label)
        for mix, other in zip(ours, expected, strict=True):
            np.testing.assert_allclose(mix, other, atol=1e-9)
        ends.append(rounded(*expected))
    every = sg.lemke_howson(game, initial_label="all")
    assert sorted(rounded(*pair) for pair in every) == sorted(set(ends))


@settings(max_examples=10)
@given(SEEDS)
def test_same_end_as_nashpy(seed: int) -> None:
    game = uniform(seed, (3, 3))
    for label in range(6):
        theirs = game.to_nashpy().lemke_howson(initial_dropped_label=label)
        ours = next(iter(sg.lemke_howson(game, initial_label=label)))
        for mix, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(mix, other, atol=1e-9)


@settings(max_examples=25)
@given(SEEDS, st.integers(-40, 40), st.integers(-40, 40), st.booleans())
def test_units_do_not_matter(seed: int, power: int, other: int, ties: bool) -> None:
    """Powers of two and shifts of a column that floats hold exactly: the very same mixes."""
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, 3 if ties else 2**10, (2, 8, 3, 4)).astype(float)
    shifts = rng.integers(-100, 100, (2, 8, 4)).astype(float)
    first = (payoffs[0] + shifts[0][:, None, :]) * 2.0**power
    second = (payoffs[1] + shifts[1][:, :3, None]) * 2.0**other
    result = sg.lemke_howson(sg.NormalForm(payoffs), initial_label=2)
    moved = sg.lemke_howson(sg.NormalForm([first, second]), initial_label=2)
    for mix, again in zip(result.strategies, moved.strategies, strict=True):
        np.testing.assert_array_equal(mix, again)


@pytest.mark.parametrize(("scale", "other"), [(1e-12, 1e12), (1e12, 1e12), (1e-12, 1e-12)])
@pytest.mark.parametrize("make", [uniform, tied])
def test_extreme_units(scale: float, other: float, make) -> None:
    game = make(3, (200, 4, 3))
    scaled = sg.NormalForm([game.payoffs[0] * scale, game.payoffs[1] * other])
    result, same = sg.lemke_howson(scaled), sg.lemke_howson(game)
    worst = [sg.regret(zero_except(scaled, player), result) for player in range(2)]
    for regret, array in zip(worst, scaled.payoffs, strict=True):
        assert (np.asarray(regret)[:, 0] <= 1e-12 * np.ptp(array, axis=(1, 2))).all()
    for mix, again in zip(result.strategies, same.strategies, strict=True):
        np.testing.assert_allclose(mix, again, atol=1e-9)


def zero_except(game: sg.NormalForm, player: int) -> sg.NormalForm:
    return sg.NormalForm(
        [array if i == player else 0 * array for i, array in enumerate(game.payoffs)]
    )


def test_payoffs_near_the_ends_of_the_range() -> None:
    """A spread that overflows, and one of subnormal numbers, by exact arithmetic."""
    pennies = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for scale, other in product([1.7e308, 5e-324, 1.0], repeat=2):
        game = sg.NormalForm([pennies * scale, -pennies * other])
        ((row, column),) = sg.lemke_howson(game)
        np.testing.assert_allclose([row, column], 0.5, rtol=2.0**-51)
        if (scale, other) != (1.0, 1.0):
            assert row.tolist() == column.tolist() == [0.5, 0.5]


@settings(max_examples=20)
@given(SEEDS, st.integers(0, 6))
def test_permuted_actions_permute_the_end(seed: int, label: int) -> None:
    """And so does exchanging the players."""
    rng = np.random.default_rng(seed)
    game = uniform(seed, (3, 4))
    rows, columns = rng.permutation(3), rng.permutation(4)
    turned = sg.NormalForm([array[np.ix_(rows, columns)] for array in game.payoffs])
    exchanged = sg.NormalForm([game.payoffs[1].T, game.payoffs[0].T])
    row, column = next(iter(sg.lemke_howson(game, initial_label=label)))
    moved = int(np.argsort(rows)[label]) if label < 3 else 3 + int(np.argsort(columns)[label - 3])
    other_row, other_column = next(iter(sg.lemke_howson(turned, initial_label=moved)))
    np.testing.assert_allclose(other_row, row[rows], atol=1e-9)
    np.testing.assert_allclose(other_column, column[columns], atol=1e-9)
    back = next(iter(sg.lemke_howson(exchanged, initial_label=(label + 4) % 7)))
    np.testing.assert_allclose(back[0], column, atol=1e-9)
    np.testing.assert_allclose(back[1], row, atol=1e-9)


@pytest.mark.parametrize("initial_label", [3, "all"])
@pytest.mark.parametrize("make", [uniform, tied, nearly_tied])
def test_a_batch_is_its_games_one_by_one(make, initial_label: int | str) -> None:
    game = make(7, (6, 5, 3, 4))
    result = sg.lemke_howson(game, initial_label=initial_label)
    for index in np.ndindex(6, 5):
        single = sg.lemke_howson(game[index], initial_label=initial_label)
        count = len(single)
        assert result.counts[index] == count
        for mix, alone in zip(result.strategies, single.strategies, strict=True):
            np.testing.assert_array_equal(mix[index][:count], alone)
            assert np.isnan(mix[index][count:]).all()


@pytest.mark.parametrize("initial_label", [1, "all"])
def test_threads_and_memory_layout_do_not_matter(initial_label: int | str) -> None:
    game = tied(1, (9000, 2, 3))
    result = sg.lemke_howson(game, initial_label=initial_label, threads=1)
    reverse = sg.NormalForm([array[::-1] for array in game.payoffs])
    back = sg.lemke_howson(reverse, initial_label=initial_label)
    threaded = sg.lemke_howson(game, initial_label=initial_label, threads=3)
    for one, two, three in zip(
        result.strategies, threaded.strategies, back.strategies, strict=True
    ):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_array_equal(one, three[::-1])


def test_a_broadcast_player() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.random((3, 3)), rng.random((4, 1, 3, 3))
    game = sg.NormalForm([first, np.broadcast_to(second, (4, 2, 3, 3))])
    assert_equilibria(game, sg.lemke_howson(game))


def test_games_in_which_floats_lose_the_way_are_solved_exactly(monkeypatch) -> None:
    calls = []
    monkeypatch.setattr(
        "summitgames.equilibria.lemke_howson.exact_path",
        lambda *given: calls.append(given) or exact_path(*given),
    )
    game = nearly_tied(0, (50, 4, 4))
    result = sg.lemke_howson(game)
    assert 0 < len(calls) < 50
    assert_equilibria(game, result)


def test_ends_too_near_to_tell_apart_are_compared_exactly(monkeypatch) -> None:
    """Two ends that rounding might have parted count as one where they are one, and not else."""
    game = sg.NormalForm.symmetric([[0, 7], [2, 6]])
    expected = sg.lemke_howson(game, initial_label="all")

    def in_doubt(*arrays: NDArray[np.int64]) -> None:
        arrays[-1][:] = -1

    monkeypatch.setattr(pivoting, "distinct_ends", in_doubt)
    again = sg.lemke_howson(game, initial_label="all")
    assert len(again) == len(expected) == 2
    for mix, exact in zip(expected.strategies, again.strategies, strict=True):
        np.testing.assert_array_equal(mix, exact)


@pytest.mark.parametrize("better", [0, 1])
def test_payoffs_that_floats_do_not_hold(better: int) -> None:
    """1/3 and 1/3 + 2^-60 tie in floats, and not as they are given."""
    first = [[Fraction(1, 3)], [Fraction(1, 3)]]
    first[better][0] += Fraction(1, 2**60)
    game = sg.NormalForm.from_bimatrix(first, [[0], [0]])
    for label in (0, 1, 2, "all"):
        ((row, column),) = sg.lemke_howson(game, initial_label=label)
        assert row[better] == column[0] == 1


@settings(max_examples=25)
@given(SEEDS, st.sampled_from([(2, 3), (4, 2), (3, 3)]))
def test_exact_payoffs_lead_to_the_same_list(seed: int, shape: tuple[int, int]) -> None:
    game = tied(seed, shape)
    exact = [array.astype(int).astype(object) * Fraction(1, 3) for array in game.payoffs]
    result = sg.lemke_howson(sg.NormalForm(exact), initial_label="all")
    expected = sg.lemke_howson(game, initial_label="all")
    assert [rounded(*pair) for pair in result] == [rounded(*pair) for pair in expected]


def test_exact_mixes_are_rounded_once() -> None:
    third = Fraction(1, 3)
    game = sg.NormalForm.from_bimatrix([[third, 0], [0, 2 * third]], [[0, third], [2 * third, 0]])
    ((row, column),) = sg.lemke_howson(game)
    assert row.tolist() == column.tolist() == [2 / 3, 1 / 3]


@pytest.mark.parametrize("make", [uniform, tied, nearly_tied])
def test_a_single_game_by_the_short_way_as_by_the_long_one(make) -> None:
    for seed, shape in product(range(10), [(1, 1), (2, 2), (3, 4), (4, 3), (40, 40)]):
        game, label = make(seed, shape), seed % sum(shape)
        short = sg.lemke_howson(game, initial_label=label)
        long = sg.lemke_howson(game, initial_label=label, threads=1)
        for one, other in zip(short.strategies, long.strategies, strict=True):
            np.testing.assert_array_equal(one, other)
        for name in ("exists", "status"):
            one, other = getattr(short, name), getattr(long, name)
            assert (one.dtype, one.shape) == (other.dtype, other.shape)
            np.testing.assert_array_equal(one, other)
        assert short.message == long.message


def test_results_of_single_games_share_no_memory() -> None:
    one = sg.lemke_howson(STAIRS)
    for array in (*one.strategies, one.exists, one.status):
        array[...] = 0
    assert_equilibria(STAIRS, sg.lemke_howson(STAIRS))


def test_a_single_path_that_is_broken_off_leaves_nothing_behind(monkeypatch) -> None:
    lemke = importlib.import_module("summitgames.equilibria.lemke_howson")
    expected = sg.lemke_howson(STAIRS, initial_label=1)
    with monkeypatch.context() as short:
        short.setattr(lemke, "_SLICE_OF_FEW", 1)
        broken = sg.lemke_howson(STAIRS, initial_label=1)
    others = sg.lemke_howson(STAIRS), sg.lemke_howson(STAIRS, initial_label=1)
    for found in (broken, others[1]):
        np.testing.assert_array_equal(found.strategies[0], expected.strategies[0])
    np.testing.assert_array_equal(others[0].strategies[0], [[1, 0, 0]])


def test_spare_workspaces_are_few(monkeypatch) -> None:
    lemke = importlib.import_module("summitgames.equilibria.lemke_howson")
    monkeypatch.setattr(lemke, "_SPARE", {})
    for columns in range(1, 40):
        sg.lemke_howson(uniform(columns, (2, columns)))
        assert 1 <= len(lemke._SPARE) <= 16
    for shape in ((64, 64), (2, 2)):
        sg.lemke_howson(uniform(0, shape))
    assert (64, 64) not in lemke._SPARE


def test_all_labels() -> None:
    result = sg.lemke_howson(STAIRS, initial_label="all")
    assert [rounded(*pair) for pair in result] == [
        ((1.0, 0.0, 0.0), (1.0, 0.0)),
        ((0.0, round(1 / 3, 9), round(2 / 3, 9)), (round(1 / 3, 9), round(2 / 3, 9))),
    ]
    assert "every label" in result.message


def test_a_limit_of_work_is_told() -> None:
    result = sg.lemke_howson(STAIRS, initial_label=1, max_work=3)
    assert result.status == Status.FAILED
    assert len(result) == 0
    assert np.isnan(result.strategies[0]).all()
    assert result.strategies[0].shape == (1, 3)
    assert "after 3 pivots (max_work)" in result.message
    assert sg.lemke_howson(STAIRS, initial_label=1, max_work=4).status == Status.PARTIAL


def test_a_limit_of_work_on_paths_from_all_labels() -> None:
    some = sg.lemke_howson(STAIRS, initial_label="all", max_work=2)
    assert some.status == Status.PARTIAL
    assert len(some) == 1
    assert "given up" in some.message
    none = sg.lemke_howson(STAIRS, initial_label="all", max_work=1)
    assert none.status == Status.FAILED
    assert none.strategies[1].shape == (0, 2)


def test_a_limit_of_work_in_exact_arithmetic() -> None:
    first, second = (array.astype(int).astype(object) * Fraction(1, 3) for array in STAIRS.payoffs)
    game = sg.NormalForm([np.stack([first, 0 * first]), np.stack([second, 0 * second])])
    result = sg.lemke_howson(game, initial_label=1, max_work=3)
    assert result.status.tolist() == [Status.FAILED, Status.PARTIAL]
    assert "in 1 of 2 games a path was given up" in result.message


def test_a_long_path() -> None:
    """Slices of pivots after which the kernel returns make no difference to a path."""
    game = uniform(12, (4, 30, 30))
    whole = sg.lemke_howson(game)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("summitgames.equilibria.lemke_howson._SLICE", 5000)
        sliced = sg.lemke_howson(game)
    for one, other in zip(whole.strategies, sliced.strategies, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", load("bimatrix"), ids=str)
@pytest.mark.parametrize("exactly", [True, False])
def test_published_cases(case: Case, exactly: bool) -> None:
    """From every label, one of the extreme equilibria."""
    matrices = [np.array(case.input[name], dtype=object) for name in "AB"]
    if not exactly:
        matrices = [matrix.astype(float) for matrix in matrices]
    game = sg.NormalForm(matrices)
    listed = {rounded(found["x"], found["y"]) for found in case.answer["extreme_equilibria"]}
    for label in range(sum(game.n_actions)):
        result = sg.lemke_howson(game, initial_label=label)
        assert result.status == Status.PARTIAL
        ((row, column),) = result
        assert rounded(row, column) in listed
    every = [rounded(*pair) for pair in sg.lemke_howson(game, initial_label="all")]
    assert len(set(every)) == len(every)
    assert set(every) <= listed
    if case.id == "inaccessible-3x3":
        assert len(every) == 1


def rounded(row, column) -> tuple[tuple[float, ...], tuple[float, ...]]:
    # 0.0 instead of -0.0; no published probability is within 1e-11 of the middle between two
    return tuple(round(float(p), 9) for p in row), tuple(round(float(p), 9) for p in column)


@settings(max_examples=20)
@given(SEEDS, st.sampled_from([(1, 1), (3, 4), (6, 6)]))
@example(0, (6, 6))
def test_exact_paths_end_in_equilibria_without_regret(seed: int, shape: tuple[int, int]) -> None:
    game = tied(seed, shape)
    first, second = game.exact_payoffs()
    for label in range(sum(shape)):
        found = exact_path((first, second), label, 10**4)
        assert found is not None
        row, column = (np.array(mix, dtype=object) for mix in found)
        assert sum(row) == sum(column) == 1
        assert min(row) >= 0
        assert min(column) >= 0
        assert max(first @ column) == row @ first @ column
        assert max(row @ second) == row @ second @ column


def test_exact_limit() -> None:
    assert exact_paths.exact_path((STAIRS.payoffs[0], STAIRS.payoffs[1]), 1, 3) is None


def test_other_packages_games_and_pickles() -> None:
    theirs = nashpy.Game([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    result = sg.lemke_howson(theirs, initial_label=np.int64(1))
    assert repr(result) == "<Equilibria: 1 by lemke_howson, PARTIAL>"
    again = pickle.loads(pickle.dumps(result))  # noqa: S301  (our own)
    np.testing.assert_array_equal(again.strategies[0], result.strategies[0])


@pytest.mark.parametrize(
    "label", [True, np.True_, -1, 5, 1.0, None, "every", "0", [0], np.array([0, 1])]
)
def test_labels_out_of_range_or_of_another_type(label: object) -> None:
    with pytest.raises(sg.GameError, match=r'initial_label: .*whole number from 0 to 4, or "all"'):
        sg.lemke_howson(STAIRS, initial_label=label)


@pytest.mark.parametrize("number", [0, -3, True, 2.5, "many"])
def test_nonsense_in_other_options(number: object) -> None:
    with pytest.raises(sg.GameError, match="max_work"):
        sg.lemke_howson(STAIRS, max_work=number)
    for initial_label in (0, "all"):
        with pytest.raises(sg.GameError, match="threads"):
            sg.lemke_howson(STAIRS, initial_label=initial_label, threads=number)


def test_games_of_other_numbers_of_players() -> None:
    with pytest.raises(sg.GameError, match="expected 2"):
        sg.lemke_howson(sg.NormalForm(np.zeros((3, 2, 2, 2))))
    with pytest.raises(sg.GameError, match="expected a NormalForm"):
        sg.lemke_howson([[1, 2], [3, 4]])
