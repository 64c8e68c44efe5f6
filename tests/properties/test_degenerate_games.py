"""A thousand games full of ties, against plain enumeration in exact rationals.

Nothing is shared with the library: a strategy is a vertex of its player's best-response polytope if
the actions that it does not use and the opponent's best responses to it determine it, which is
looked for among all supports and all sets of as many responses.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pytest

import summitgames as sg
from summitgames.results import Status

GAMES, SIZE = 1000, 3


class Vertex(NamedTuple):
    """A mix that is a vertex, and the opponent's best responses to it."""

    mix: tuple[Fraction, ...]
    responses: frozenset[int]

    @property
    def support(self) -> frozenset[int]:
        return frozenset(action for action, p in enumerate(self.mix) if p)


Profile = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


def indifferent(rows: list[list[int]], size: int) -> list[Fraction] | None:
    """The only p with sum 1 and the same p . row for all rows, as many as p has entries."""
    table = [[Fraction(a - b) for a, b in zip(row, rows[0], strict=True)] for row in rows[1:]]
    table = [[Fraction(1)] * size, *table]
    right = [Fraction(1), *[Fraction(0)] * (size - 1)]
    for step in range(size):
        pivot = next((row for row in range(step, size) if table[row][step]), None)
        if pivot is None:
            return None
        for array in (table, right):
            array[step], array[pivot] = array[pivot], array[step]
        for row in range(size):
            if row != step and table[row][step]:
                factor = table[row][step] / table[step][step]
                table[row] = [a - factor * b for a, b in zip(table[row], table[step], strict=True)]
                right[row] -= factor * right[step]
    return [right[step] / table[step][step] for step in range(size)]


@cache
def vertices(payoffs: tuple[tuple[int, ...], ...]) -> list[Vertex]:
    """Vertices of the mixes over the columns; a row holds what a response of the other pays."""
    count = len(payoffs[0])
    found = set()
    for size in range(1, count + 1):
        for support in combinations(range(count), size):
            for responses in combinations(range(len(payoffs)), size):
                rows = [[payoffs[response][action] for action in support] for response in responses]
                mix = indifferent(rows, size)
                if mix is None or min(mix) < 0:
                    continue
                whole = [Fraction(0)] * count
                for action, p in zip(support, mix, strict=True):
                    whole[action] = p
                paid = [sum(p * x for p, x in zip(whole, row, strict=True)) for row in payoffs]
                if paid[responses[0]] == max(paid):
                    best = frozenset(i for i, x in enumerate(paid) if x == max(paid))
                    found.add(Vertex(tuple(whole), best))
    return sorted(found)


def equilibria(first: np.ndarray, second: np.ndarray) -> dict[Profile, tuple[Vertex, Vertex]]:
    """All extreme equilibria of a game of whole numbers."""
    rows = vertices(tuple(map(tuple, second.T.astype(int).tolist())))
    columns = vertices(tuple(map(tuple, first.astype(int).tolist())))
    return {
        (x.mix, y.mix): (x, y)
        for x in rows
        for y in columns
        if x.support <= y.responses and y.support <= x.responses
    }


def is_degenerate(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether some mix has more best responses than actions; if so, some vertex has."""
    sides = (second.T, first)
    tables = [tuple(map(tuple, side.astype(int).tolist())) for side in sides]
    return any(len(v.responses) > len(v.support) for table in tables for v in vertices(table))


def maximal_subsets(found: dict[Profile, tuple[Vertex, Vertex]]) -> set[tuple[frozenset, ...]]:
    """Maximal products of sets of vertices all of whose pairs are equilibria."""
    xs, ys = ({profile[side] for profile in found} for side in (0, 1))
    products = set()
    for size in range(1, len(xs) + 1):
        for chosen in combinations(sorted(xs), size):
            fitting = frozenset(y for y in ys if all((x, y) in found for x in chosen))
            if fitting:
                closed = frozenset(x for x in xs if all((x, y) in found for y in fitting))
                products.add((closed, fitting))
    return products


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
