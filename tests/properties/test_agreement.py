"""Other packages' answers on random games; where a package is not installed, its test is skipped.

Games with ties are compared where the other package works in rationals or by comparisons; where it
works in floats and within tolerances, games are uniform.
"""

from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from typing import Any

import nashpy
import numpy as np
import pytest

import summitgames as sg
from summitgames.results import Status

SHAPES = [(1, 3), (2, 2), (2, 3), (3, 3), (4, 2), (4, 4)]


@pytest.fixture
def pygambit() -> Any:
    return pytest.importorskip("pygambit")


@pytest.fixture
def quantecon() -> Any:
    return pytest.importorskip("quantecon.game_theory")


def uniform(seed: int, shape: tuple[int, ...], count: int = 10) -> sg.NormalForm:
    return sg.NormalForm(np.random.default_rng([seed, *shape]).random((len(shape), count, *shape)))


def tied(seed: int, shape: tuple[int, ...], count: int = 30) -> sg.NormalForm:
    rng = np.random.default_rng([seed, *shape])
    return sg.NormalForm(rng.integers(0, 3, (len(shape), count, *shape)) + 0.0)


def to_pygambit(pygambit: Any, game: sg.NormalForm) -> Any:
    """With payoffs that are whole numbers, exactly."""
    exact = (
        [[int(x) for x in row] for row in payoffs.reshape(-1, payoffs.shape[-1])]
        for payoffs in game.payoffs
    )
    arrays = [np.array(rows).reshape(game.n_actions) for rows in exact]
    return pygambit.Game.from_arrays(*arrays)


def strategies(game: Any, profile: Any) -> list[list[Fraction]]:
    """Of a profile in pygambit, by player."""
    return [
        [Fraction(profile[strategy]) for strategy in player.strategies] for player in game.players
    ]


def in_order(found: Iterable[Iterable[Any]]) -> list[tuple[float, ...]]:
    """Equilibria of a single game as sorted lists of numbers."""
    return sorted(
        tuple(round(float(p) + 1e-10 / 3, 10) for mix in profile for p in mix) for profile in found
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_all_equilibria_of_uniform_games(quantecon: Any, shape: tuple[int, int]) -> None:
    for single in uniform(1, shape):
        ours = in_order(sg.support_enumeration(single))
        assert in_order(sg.vertex_enumeration(single)) == ours
        theirs = single.to_quantecon()
        peers = {
            "quantecon, support": quantecon.support_enumeration(theirs),
            "nashpy, support": single.to_nashpy().support_enumeration(),
        }
        if min(shape) > 1:  # quantecon and nashpy triangulate polytopes of two dimensions or more
            peers["quantecon, vertex"] = quantecon.vertex_enumeration(theirs)
            peers["nashpy, vertex"] = single.to_nashpy().vertex_enumeration()
        for name, found in peers.items():
            assert np.array(in_order(found)) == pytest.approx(np.array(ours), abs=1e-8), name


@pytest.mark.parametrize("shape", SHAPES)
def test_extreme_equilibria_of_games_with_ties(pygambit: Any, shape: tuple[int, int]) -> None:
    for single in tied(2, shape):
        theirs = to_pygambit(pygambit, single)
        found = pygambit.nash.enummixed_solve(theirs, rational=True).equilibria
        listed = {tuple(map(tuple, strategies(theirs, profile))) for profile in found}
        assert in_order(sg.vertex_enumeration(single)) == in_order(listed)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2)])
def test_one_equilibrium_of_games_with_ties(pygambit: Any, shape: tuple[int, int]) -> None:
    """What the other package finds is on the list, and no path of ours ends elsewhere."""
    for single in tied(3, shape):
        theirs = to_pygambit(pygambit, single)
        every = in_order(sg.vertex_enumeration(single))
        found = pygambit.nash.lcp_solve(theirs, rational=True).equilibria
        assert found
        assert set(in_order(strategies(theirs, profile) for profile in found)) <= set(every)
        assert set(in_order(sg.lemke_howson(single, initial_label="all"))) <= set(every)


@pytest.mark.parametrize("shape", [(4,), (3, 3), (2, 3, 2), (2, 2, 2, 2)])
def test_pure_equilibria(pygambit: Any, shape: tuple[int, ...]) -> None:
    family = tied(4, shape)
    for single, ours in zip(family, sg.pure_nash(family), strict=True):
        theirs = to_pygambit(pygambit, single)
        found = {
            tuple(mix.index(1) for mix in strategies(theirs, profile))
            for profile in pygambit.nash.enumpure_solve(theirs).equilibria
        }
        assert set(zip(*np.nonzero(ours), strict=True)) == found


@pytest.mark.parametrize("shape", [(3, 3), (2, 3, 2)])
def test_pure_equilibria_by_quantecon(quantecon: Any, shape: tuple[int, ...]) -> None:
    family = uniform(5, shape, 30)
    for single, ours in zip(family, sg.pure_nash(family), strict=True):
        found = set(quantecon.pure_nash_brute(single.to_quantecon()))
        assert set(zip(*np.nonzero(ours), strict=True)) == found


@pytest.mark.parametrize("shape", [(2, 2), (3, 5), (6, 6)])
def test_values_of_games_with_ties(pygambit: Any, shape: tuple[int, int]) -> None:
    A = tied(6, shape).payoffs[0]
    values = sg.zero_sum_value(sg.NormalForm.zero_sum(A)).value
    for matrix, value in zip(A, values, strict=True):
        theirs = to_pygambit(pygambit, sg.NormalForm.zero_sum(matrix))
        (profile,) = pygambit.nash.lp_solve(theirs, rational=True).equilibria
        x, y = (np.array(mix) for mix in strategies(theirs, profile))
        assert value == pytest.approx(float(x @ matrix.astype(int) @ y), abs=1e-12)


@pytest.mark.usefixtures("quantecon")
@pytest.mark.parametrize("shape", [(3, 3), (5, 2), (2, 3, 2)])
def test_strict_dominance_by_mixtures(shape: tuple[int, ...]) -> None:
    """One round, of uniform games: the other package compares within a tolerance."""
    family = uniform(7, shape, 40)
    order = sg.eliminate_dominated(family).order
    eliminated = 0
    for place, single in enumerate(family):
        for player, theirs in enumerate(single.to_quantecon().players):
            first = np.flatnonzero(order[player][place] == 0).tolist()
            assert sorted(theirs.dominated_actions()) == first
            eliminated += len(first)
    assert eliminated > 10


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 4), (2, 3, 2)])
def test_dominance_by_pure_actions(pygambit: Any, shape: tuple[int, ...], strict: bool) -> None:
    """Round by round, action by action.

    Not by its `undominated_strategies_solve`, which (16.7.0) leaves others than its `is_dominated`
    says, once one of four or more actions is dominated.
    """
    family = tied(8, shape)
    found = sg.eliminate_dominated(family, strict=strict, mixed=False)
    for place, single in enumerate(family):
        theirs = to_pygambit(pygambit, single)
        left = theirs.strategy_support_profile()
        rounds = max(int(order[place].max()) for order in found.order) + 1
        for number in range(rounds + 1):
            gone = [strategy for strategy in left if left.is_dominated(strategy, strict)]
            for strategy in gone:
                left = left.remove(strategy)
            for player, order in zip(theirs.players, found.order, strict=True):
                expected = np.flatnonzero(order[place] == number)
                actions = list(player.strategies)
                assert [i for i, action in enumerate(actions) if action in gone] == list(expected)


@pytest.mark.usefixtures("quantecon")
def test_games_there_and_back() -> None:
    """Solved alike as objects of the other packages."""
    for single, kind in product(uniform(9, (3, 2), 4), ("nashpy", "quantecon")):
        other = single.to_nashpy() if kind == "nashpy" else single.to_quantecon()
        assert in_order(sg.support_enumeration(other)) == in_order(sg.support_enumeration(single))
        assert sg.lemke_howson(other).status == Status.PARTIAL
        np.testing.assert_array_equal(sg.pure_nash(other), sg.pure_nash(single))
    three = uniform(9, (2, 3, 4), 1)[0]
    np.testing.assert_array_equal(sg.pure_nash(three.to_quantecon()), sg.pure_nash(three))
    with pytest.raises(sg.GameError, match="3 players; expected 2"):
        sg.support_enumeration(three.to_quantecon())


def test_zero_sum_games_of_nashpy() -> None:
    A = uniform(10, (4, 3), 1)[0].payoffs[0]
    game = nashpy.Game(A)
    x, y = game.linear_program()
    assert sg.zero_sum_value(game).value == pytest.approx(x @ A @ y, abs=1e-8)
