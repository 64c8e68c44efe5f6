"""A thousand games full of ties, against plain enumeration in exact rationals."""

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

import summitgames as sg
from reference.enumeration import (
    Profile,
    Vertex,
    equilibria,
    is_degenerate,
    maximal_subsets,
    vertices,
)
from summitgames.results import Status

GAMES, SIZE = 1000, 3


def nearest(mix: np.ndarray, known: Iterator[tuple[Fraction, ...]]) -> tuple[Fraction, ...]:
    """The exact mix whose floats these are."""
    (match,) = (exact for exact in known if np.abs(mix - np.array(exact, float)).max() < 1e-12)
    return match


@pytest.fixture(scope="module")
def games() -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng(20).integers(0, 3, (2, GAMES, SIZE, SIZE)) + 0.0)


@pytest.fixture(scope="module")
def expected(games: sg.NormalForm) -> list[dict[Profile, tuple[Vertex, Vertex]]]:
    return [equilibria(*game.payoffs) for game in games]


def test_vertices_of_a_known_polytope() -> None:
    """The enumeration itself: both pennies, and a row that no mix makes a best response alone."""
    half = Fraction(1, 2)
    assert vertices(((1, 0), (0, 1))) == [
        ((0, 1), {1}),
        ((half, half), {0, 1}),
        ((1, 0), {0}),
    ]
    assert vertices(((0, 0),)) == [((0, 1), {0}), ((1, 0), {0})]


def test_all_extreme_equilibria(games, expected) -> None:
    found = sg.vertex_enumeration(games)
    assert (found.status == Status.COMPLETE).all()
    for game in range(GAMES):
        known = expected[game]
        listed = [
            tuple(
                nearest(mixes[game, slot], {profile[side] for profile in known})
                for side, mixes in enumerate(found.strategies)
            )
            for slot in np.flatnonzero(found.exists[game])
        ]
        assert len(listed) == len(set(listed))
        assert set(listed) == set(known)
        for side, mixes in enumerate(found.strategies):
            exact = np.array([profile[side] for profile in listed], dtype=float)
            np.testing.assert_allclose(mixes[game, : len(listed)], exact, rtol=2.0**-50)
    assert max(map(len, expected)) == 10


def test_maximal_nash_subsets(games, expected) -> None:
    found = sg.vertex_enumeration(games)
    for game, subsets in enumerate(found.components):
        known = expected[game]
        sides = [{profile[side] for profile in known} for side in (0, 1)]
        listed = [
            tuple(
                frozenset(nearest(mix, side) for mix in points)
                for points, side in zip(subset.vertices, sides, strict=True)
            )
            for subset in subsets
        ]
        assert len(listed) == len(set(listed))
        assert set(listed) == maximal_subsets(known)


def test_support_enumeration_is_complete_or_says_so(games, expected) -> None:
    found = sg.support_enumeration(games)
    assert found.degenerate is not None
    complete = found.status == Status.COMPLETE
    assert set(np.unique(found.status)) == {Status.COMPLETE, Status.PARTIAL}
    np.testing.assert_array_equal(complete, ~found.degenerate)
    np.testing.assert_array_equal(
        found.degenerate, [is_degenerate(*game.payoffs) for game in games]
    )
    less = 0
    for game in range(GAMES):
        known = expected[game]
        listed = {
            tuple(
                nearest(mixes[game, slot], {profile[side] for profile in known})
                for side, mixes in enumerate(found.strategies)
            )
            for slot in np.flatnonzero(found.exists[game])
        }
        assert listed <= set(known)
        if complete[game]:
            assert listed == set(known)
            assert len(listed) % 2 == 1
        less += len(listed) < len(known)
    assert f"degenerate ({int((~complete).sum())} of {GAMES} games)" in found.message
    assert less > 100  # so that what PARTIAL says is no empty caution


def test_one_equilibrium_from_every_label(games, expected) -> None:
    for label in range(2 * SIZE):
        found = sg.lemke_howson(games, initial_label=label)
        assert (found.status == Status.PARTIAL).all()
        for game in range(GAMES):
            known = expected[game]
            profile = tuple(
                nearest(mixes[game, 0], {profile[side] for profile in known})
                for side, mixes in enumerate(found.strategies)
            )
            assert profile in known


def test_pure_equilibria(games, expected) -> None:
    found = sg.pure_nash(games)
    for game in range(GAMES):
        pure = {
            tuple(mix.index(1) for mix in profile)
            for profile in expected[game]
            if all(1 in mix for mix in profile)
        }
        assert set(zip(*np.nonzero(found[game]), strict=True)) == pure


def test_limits_of_logit_paths_lie_in_a_maximal_subset(games, expected) -> None:
    """They need not be extreme: each mix weighs the vertices of its factor."""
    some = games[:200]
    path = sg.logit_path(some)
    assert (path.status == Status.PARTIAL).all()
    for game in range(len(some)):
        x, y = (mix[game] for mix in path.limit)
        assert any(in_hull(x, xs) and in_hull(y, ys) for xs, ys in maximal_subsets(expected[game]))


def in_hull(mix: np.ndarray, points: frozenset[tuple[Fraction, ...]]) -> bool:
    """Whether a point is in a convex hull, within 1e-6, by nonnegative least squares."""
    from scipy.optimize import nnls

    corners = np.array(sorted(points), dtype=float)
    system = np.vstack([corners.T, np.ones(len(corners))])
    return nnls(system, np.append(mix, 1.0))[1] < 1e-6
