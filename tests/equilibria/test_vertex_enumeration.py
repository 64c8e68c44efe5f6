"""Extreme equilibria and maximal Nash subsets, of degenerate games above all."""

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import Case, load
from summitgames.results import Status


def games(rng: np.random.Generator, shape: tuple[int, ...]) -> sg.NormalForm:
    return sg.NormalForm(rng.integers(0, 3, (2, *shape)).astype(float))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from([(2, 2), (3, 3), (2, 4), (4, 3)]))
def test_every_profile_of_a_component_is_an_equilibrium(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    family = games(rng, (4, *shape))
    result = sg.vertex_enumeration(family)
    assert (result.status == Status.COMPLETE).all()
    assert np.nanmax(result.regret) < 1e-12
    for game, components in zip(family, result.components, strict=True):
        assert components
        for subset in components:
            mixes = [rng.dirichlet(np.ones(len(points)), 5) @ points for points in subset.vertices]
            for row, column in zip(*mixes, strict=True):
                strategies = row / row.sum(), column / column.sum()
                assert sg.regret(game, strategies) < 1e-12


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_contains_the_equilibria_on_supports_of_equal_size(seed: int) -> None:
    """Which are extreme, as each solves a regular system of the game's equations."""
    family = games(np.random.default_rng(seed), (5, 3, 3))
    every, some = sg.vertex_enumeration(family), sg.support_enumeration(family)
    for game in range(5):
        listed = {
            tuple(np.concatenate([s[game, slot] for s in every.strategies]).round(9))
            for slot in np.flatnonzero(every.exists[game])
        }
        for slot in np.flatnonzero(some.exists[game]):
            profile = np.concatenate([s[game, slot] for s in some.strategies])
            assert tuple(profile.round(9)) in listed


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_finds_what_random_search_over_the_mixes_finds(seed: int) -> None:
    """Every pure equilibrium lies in a component, though not all are isolated."""
    family = games(np.random.default_rng(seed), (5, 3, 3))
    for game in family:
        first, second = game.payoffs
        best = (first == first.max(axis=0)) & (second == second.max(axis=1, keepdims=True))
        result = sg.vertex_enumeration(game)
        listed = {(tuple(x.tolist()), tuple(y.tolist())) for x, y in result}
        for i, j in zip(*np.nonzero(best), strict=True):
            assert (tuple(np.eye(3)[i].tolist()), tuple(np.eye(3)[j].tolist())) in listed


def test_nondegenerate_games_have_isolated_equilibria() -> None:
    rng = np.random.default_rng(0)
    game = sg.NormalForm(rng.random((2, 3, 3)))
    result, same = sg.vertex_enumeration(game), sg.support_enumeration(game)
    np.testing.assert_array_equal(result.strategies[0], same.strategies[0])
    assert len(result.components) == len(result)
    assert all(subset.is_point for subset in result.components)


def test_a_family_of_both_kinds() -> None:
    first = np.array([[[1, 1], [2, 0]], [[0, 7], [2, 6]]], dtype=float)
    second = np.array([[[2, 2], [1, 0]], [[0, 2], [7, 6]]], dtype=float)
    result = sg.vertex_enumeration(sg.NormalForm([first, second]))
    assert result.counts.tolist() == [3, 3]
    assert result.degenerate is not None
    assert result.degenerate.tolist() == [True, False]
    assert [len(found) for found in result.components] == [2, 3]


def test_all_ties() -> None:
    result = sg.vertex_enumeration(sg.NormalForm.zero_sum(np.zeros((3, 3))))
    assert len(result) == 9
    (subset,) = result.components
    assert [len(points) for points in subset.vertices] == [3, 3]


def test_a_limit_of_work_is_told() -> None:
    result = sg.vertex_enumeration(sg.NormalForm.symmetric(np.eye(5)), max_work=200)
    assert result.status == Status.PARTIAL
    assert result.message


def test_nonsense_is_refused() -> None:
    with pytest.raises(sg.GameError, match="expected 2"):
        sg.vertex_enumeration(sg.NormalForm(np.zeros((3, 2, 2, 2))))


@pytest.mark.parametrize("case", load("bimatrix"), ids=str)
@pytest.mark.parametrize("exactly", [True, False])
def test_published_cases(case: Case, exactly: bool) -> None:
    """Exactly the extreme equilibria, once each, and the maximal Nash subsets."""
    matrices = [np.array(case.input[name], dtype=object) for name in "AB"]
    if not exactly:
        matrices = [matrix.astype(float) for matrix in matrices]
    result = sg.vertex_enumeration(sg.NormalForm(matrices))
    assert result.status == Status.COMPLETE
    assert sorted(map(profile, *zip(*result, strict=True))) == sorted(
        profile(found["x"], found["y"]) for found in case.answer["extreme_equilibria"]
    )
    if "maximal_nash_subsets" in case.answer:
        found = {tuple(map(points, subset.vertices)) for subset in result.components}
        expected = {
            (points(subset["x_vertices"]), points(subset["y_vertices"]))
            for subset in case.answer["maximal_nash_subsets"]
        }
        assert found == expected


@pytest.mark.parametrize(
    "case",
    [case for case in load("nfg") if "extreme_equilibria" in case.answer],
    ids=str,
)
def test_published_files(case: Case) -> None:
    result = sg.vertex_enumeration(sg.read_game(case.input["text"]))
    assert sorted(map(profile, *zip(*result, strict=True))) == sorted(
        profile(found["x"], found["y"]) for found in case.answer["extreme_equilibria"]
    )
    assert result.status == Status.COMPLETE
    assert result.degenerate == case.answer["degenerate"]


def profile(row: Iterable[object], column: Iterable[object]) -> tuple[float, ...]:
    return tuple(round(float(p), 9) for p in (*row, *column))


def points(listed: Iterable[Iterable[object]]) -> tuple[tuple[float, ...], ...]:
    return tuple(sorted(tuple(round(float(p), 9) for p in point) for point in listed))
