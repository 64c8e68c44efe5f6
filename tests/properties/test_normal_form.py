"""What holds of equilibria whichever solver finds them: across solvers, units, orders, batches.

Payoffs are whole numbers full of ties, fractions that floats do not hold, and floats, in units of
the players' own from 1e-12 to 1e12. Regret is taken in exact rationals, for each player as a share
of the spread of the own payoffs, so that neither units nor a common offset hide anything.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.results import Status
from summitgames.testing import normal_forms

#: Shares of the spread of payoffs. Of mixes whose equations are solved in floats, and of a logit
#: branch that comes to its limit too slowly to be followed there.
SOLVED, SLOW = 1e-9, 5e-8
TWO_PLAYERS: dict[str, Callable[..., Any]] = {
    "support_enumeration": sg.support_enumeration,
    "vertex_enumeration": sg.vertex_enumeration,
    "lemke_howson": sg.lemke_howson,
    "lemke_howson, all": lambda game, **o: sg.lemke_howson(game, initial_label="all", **o),
}
SHIFTS = st.integers(-50, 50)
UNITS = st.sampled_from([Fraction(1, 10**12), Fraction(1, 3), Fraction(1), Fraction(10**12)])


def games(**options: Any) -> st.SearchStrategy[sg.NormalForm]:
    """Games of all kinds of payoffs."""
    kinds = [("integers", False), ("integers", True), ("fractions", True), ("floats", False)]
    return st.one_of(
        normal_forms(payoffs=payoffs, ties=ties, extreme_units=units, **options)
        for payoffs, ties in kinds
        for units in (False, True)
        if not (units and ties)
    )


def fractions(array: Any) -> np.ndarray:
    return np.asarray(np.frompyfunc(Fraction, 1, 1)(np.asarray(array)), dtype=object)


def profiles(found: Any) -> Iterator[tuple[np.ndarray, ...]]:
    """Equilibria of a single game."""
    for slot in np.flatnonzero(found.exists):
        yield tuple(mix[slot] for mix in found.strategies)


def regrets(game: sg.NormalForm, mixes: Iterable[np.ndarray]) -> list[float]:
    """Each player's exact regret as a share of the spread of the own payoffs."""
    exact = [fractions(mix) for mix in mixes]
    exact = [mix / sum(mix) for mix in exact]
    shares = []
    for player, payoffs in enumerate(game.exact_payoffs()):
        each = np.moveaxis(payoffs, player, 0)
        for other in reversed([mix for i, mix in enumerate(exact) if i != player]):
            each = each @ other
        spread = payoffs.max() - payoffs.min()
        shares.append(float((max(each) - each @ exact[player]) / (spread or 1)))
    return shares


def listed(found: Any) -> set[tuple[float, ...]]:
    """Equilibria of a single game as numbers that can be compared.

    Different mixes of small games of small numbers lie further apart than eight decimals. A third
    of the last one is added, as mixes such as 1/512 lie in the middle between two roundings.
    """
    return {
        tuple(round(float(p) + 1e-8 / 3, 8) for p in np.concatenate(mixes))
        for mixes in profiles(found)
    }


# What is listed is an equilibrium


@pytest.mark.parametrize("solver", TWO_PLAYERS)
@given(games(batch_shape=(2,)))
def test_no_player_gains(solver: str, game: sg.NormalForm) -> None:
    found = TWO_PLAYERS[solver](game)
    for place, single in enumerate(game):
        mixes = [s[place] for s in found.strategies]
        for slot in np.flatnonzero(found.exists[place]):
            profile = [mix[slot] for mix in mixes]
            assert max(regrets(single, profile)) <= SOLVED
            assert all(abs(mix.sum() - 1) <= 2.0**-50 for mix in profile)
            assert all((mix >= 0).all() for mix in profile)


@given(games(players=(1, 3), actions=(1, 3)))
def test_no_player_gains_at_the_limit_of_the_logit_branch(game: sg.NormalForm) -> None:
    path = sg.logit_path(game)
    spreads = [float(np.ptp(payoffs)) for payoffs in game.payoffs]
    least = min((spread for spread in spreads if spread > 0), default=1.0)
    if path.status == Status.FAILED:  # payoffs so far apart that their squares underflow
        assert least < 1e-100 * max(spreads)
        assert "could not be followed" in path.message or "max_work" in path.message
        return
    slow = "left before its limit" in path.message
    assert max(regrets(game, path.limit)) <= (SLOW if slow else SOLVED)


@given(games(players=(1, 3)), st.booleans(), st.sampled_from(["welfare", "egalitarian", "1"]))
def test_nobody_disobeys(game: sg.NormalForm, coarse: bool, objective: str) -> None:
    found = sg.correlated_equilibrium(game, coarse=coarse, objective=objective)
    assert found.status == Status.COMPLETE
    p = fractions(found.distribution)
    p = p / p.sum()
    for player, payoffs in enumerate(game.exact_payoffs()):
        own, told = (
            np.moveaxis(array, player, 0).reshape(game.n_actions[player], -1)
            for array in (payoffs, p)
        )
        gains = [
            [((other - row) * q).sum() for other in own] for row, q in zip(own, told, strict=True)
        ]
        always = [sum(column) for column in zip(*gains, strict=True)]
        worst = max(always) if coarse else max(map(max, gains))
        assert float(worst) <= 1e-11 * float(payoffs.max() - payoffs.min())


# Solvers agree


@given(games())
def test_lists_agree(game: sg.NormalForm) -> None:
    every, same_size = sg.vertex_enumeration(game), sg.support_enumeration(game)
    assert every.status == Status.COMPLETE
    assert len(every) >= 1  # Nash's theorem
    if same_size.status == Status.COMPLETE:
        assert len(same_size) % 2 == 1
        assert [np.concatenate(p).tolist() for p in profiles(every)] == [
            np.concatenate(p).tolist() for p in profiles(same_size)
        ]
    else:
        assert same_size.degenerate
        assert "degenerate" in same_size.message
    pure = {
        tuple(int(mix.argmax()) for mix in profile)
        for profile in profiles(every)
        if all((mix > 0).sum() == 1 for mix in profile)
    }
    assert set(zip(*np.nonzero(sg.pure_nash(game)), strict=True)) == pure


@given(normal_forms(payoffs="fractions", extreme_units=True), st.booleans())
def test_every_list_is_a_part_of_the_list_of_extreme_equilibria(
    game: sg.NormalForm, in_floats: bool
) -> None:
    """Where payoffs differ by no tiny shares, so that what is nearly an equilibrium is one."""
    if in_floats:
        game = sg.NormalForm(game.payoffs)
    every = listed(sg.vertex_enumeration(game))
    assert listed(sg.support_enumeration(game)) <= every
    from_all = listed(sg.lemke_howson(game, initial_label="all"))
    assert from_all <= every
    for label in range(sum(game.n_actions)):
        assert listed(sg.lemke_howson(game, initial_label=label)) <= from_all


@given(games(zero_sum=True))
def test_zero_sum_games_have_a_value(game: sg.NormalForm) -> None:
    """It is what every equilibrium of any kind pays, and optimal strategies are interchangeable."""
    solution = sg.zero_sum_value(game)
    room = 1e-10 * float(np.ptp(game.payoffs[0]))
    every = sg.vertex_enumeration(game)
    assert np.abs(every.payoffs[:, 0] - solution.value).max() <= room + rounding(game)
    ((row, column),) = profiles(sg.lemke_howson(game))
    for x, y in [(row, column), (row, solution.strategies[1]), (solution.strategies[0], column)]:
        assert abs(x @ game.payoffs[0] @ y - solution.value) <= room + rounding(game)
        assert max(regrets(game, (x, y))) <= SOLVED
    for coarse in (False, True):
        for player, sign in (("1", 1), ("2", -1)):
            told = sg.correlated_equilibrium(game, objective=player, coarse=coarse)
            assert abs(sign * told.value - solution.value) <= room + rounding(game)
    # All equilibria form one product of the two sets of optimal strategies.
    (subset,) = every.components
    assert len(every) == len(subset.vertices[0]) * len(subset.vertices[1])


def rounding(game: sg.NormalForm) -> float:
    """Of sums of products of probabilities and payoffs far from zero."""
    return 2.0**-48 * max(float(np.abs(payoffs).max()) for payoffs in game.payoffs)


@given(games(), st.integers(0, 2**32 - 1))
def test_no_equilibrium_beats_the_best_correlated_one(game: sg.NormalForm, seed: int) -> None:
    weights = np.random.default_rng(seed).normal(size=game.n_actions)
    weights *= max(float(np.ptp(payoffs)) for payoffs in game.payoffs)
    every = sg.vertex_enumeration(game)
    room = 1e-10 * max(float(np.ptp(payoffs)) for payoffs in game.payoffs) + rounding(game)
    x, y = every.strategies
    expected = {
        "welfare": every.payoffs.sum(axis=-1),
        "egalitarian": every.payoffs.min(axis=-1),
        "1": every.payoffs[:, 0],
        "2": every.payoffs[:, 1],
    }
    for objective, values in [*expected.items(), (weights, ((x @ weights) * y).sum(axis=-1))]:
        told = sg.correlated_equilibrium(game, objective=objective)
        coarse = sg.correlated_equilibrium(game, objective=objective, coarse=True)
        assert values.max() <= told.value + room
        assert told.value <= coarse.value + room


@given(games())
def test_strictly_dominated_actions_are_never_played(game: sg.NormalForm) -> None:
    """Nor told; what is left has the same equilibria."""
    left = sg.eliminate_dominated(game).surviving
    assume(not all(alive.all() for alive in left))
    every = sg.vertex_enumeration(game)
    for mixes, alive in zip(every.strategies, left, strict=True):
        assert (mixes[:, ~alive] == 0).all()
    rows, columns = map(np.flatnonzero, left)
    cut = [payoffs[np.ix_(rows, columns)] for payoffs in game.exact_payoffs()]
    again = sg.vertex_enumeration(sg.NormalForm(cut))
    assert len(again) == len(every)
    for mixes, fewer, alive in zip(every.strategies, again.strategies, left, strict=True):
        np.testing.assert_allclose(mixes[:, alive], fewer, rtol=1e-9)


@given(normal_forms(payoffs="fractions", extreme_units=True))
def test_strictly_dominated_actions_are_not_told_nor_approached(game: sg.NormalForm) -> None:
    """Where margins are no tiny shares of the payoffs."""
    left = sg.eliminate_dominated(game).surviving
    assume(not all(alive.all() for alive in left))
    told = sg.correlated_equilibrium(game, objective="1").distribution
    assert told[~left[0]].sum() + told[:, ~left[1]].sum() <= 1e-6
    for mix, alive in zip(sg.logit_path(game).limit, left, strict=True):
        assert (mix[~alive] <= 1e-6).all()


@given(games(), st.booleans())
def test_equilibria_of_what_weak_dominance_leaves_are_equilibria(
    game: sg.NormalForm, mixed: bool
) -> None:
    left = sg.eliminate_dominated(game, strict=False, mixed=mixed).surviving
    rows, columns = map(np.flatnonzero, left)
    cut = [payoffs[np.ix_(rows, columns)] for payoffs in game.exact_payoffs()]
    for x, y in profiles(sg.vertex_enumeration(sg.NormalForm(cut))):
        whole = [np.zeros(count) for count in game.n_actions]
        whole[0][rows], whole[1][columns] = x, y
        assert max(regrets(game, whole)) <= SOLVED


@given(normal_forms(players=(1, 4), actions=(1, 3)))
def test_common_interests_have_a_pure_equilibrium_at_their_best(game: sg.NormalForm) -> None:
    common = game.payoffs[0]
    same = sg.NormalForm([common] * game.n_players)
    assert sg.pure_nash(same)[common == common.max()].all()
    best = sg.correlated_equilibrium(same, objective="1", coarse=True)
    assert best.value == pytest.approx(common.max(), abs=1e-10)


@given(games(symmetric=True))
def test_symmetric_games_have_symmetric_lists(game: sg.NormalForm) -> None:
    every = sg.vertex_enumeration(game)
    swapped = [(y.tolist(), x.tolist()) for x, y in profiles(every)]
    known = [(x.tolist(), y.tolist()) for x, y in profiles(every)]
    assert sorted(swapped) == sorted(known)
    np.testing.assert_array_equal(sg.pure_nash(game), sg.pure_nash(game).T)
    path = sg.logit_path(game)  # follows the symmetric branch to a symmetric equilibrium
    np.testing.assert_allclose(path.limit[0], path.limit[1], atol=1e-6)


# Units, zeros, orders, batches


@given(normal_forms(), UNITS, UNITS, st.lists(SHIFTS, min_size=6, max_size=6))
def test_units_and_zeros_of_whole_numbers(
    game: sg.NormalForm, unit: Fraction, other: Fraction, shifts: list[int]
) -> None:
    """Also payoffs that depend on what the others do alone, and floats beside fractions."""
    rows, columns = game.n_actions
    by_column, by_row = np.array(shifts[:columns]), np.array(shifts[3 : 3 + rows])
    first, second = game.exact_payoffs()
    moved = sg.NormalForm([(first + by_column) * unit, (second + by_row[:, None]) * other])
    for solve in TWO_PLAYERS.values():
        found, again = solve(game), solve(moved)
        assert listed(found) == listed(again)
        assert found.status == again.status
        np.testing.assert_array_equal(found.exists, again.exists)
        for mixes, same in zip(found.strategies, again.strategies, strict=True):
            np.testing.assert_allclose(mixes, same, rtol=1e-12)
    np.testing.assert_array_equal(sg.pure_nash(game), sg.pure_nash(moved))
    for strict in (True, False):
        found, again = (sg.eliminate_dominated(form, strict=strict) for form in (game, moved))
        for order, same in zip(found.order, again.order, strict=True):
            np.testing.assert_array_equal(order, same)


@given(normal_forms(payoffs="floats"), st.integers(0, 60), st.integers(0, 60))
def test_powers_of_two_change_no_bit(game: sg.NormalForm, power: int, other: int) -> None:
    """Upwards, where floats are never rounded."""
    moved = sg.NormalForm(
        [np.ldexp(payoffs, p) for payoffs, p in zip(game.payoffs, (power, other), strict=True)]
    )
    for solve in TWO_PLAYERS.values():
        for mixes, same in zip(solve(game).strategies, solve(moved).strategies, strict=True):
            np.testing.assert_array_equal(mixes, same)
    row = sg.NormalForm.zero_sum(game.payoffs[0])
    scaled = sg.NormalForm.zero_sum(np.ldexp(game.payoffs[0], power))
    one, two = sg.zero_sum_value(row), sg.zero_sum_value(scaled)
    assert np.ldexp(one.value, power) == two.value
    np.testing.assert_array_equal(one.strategies[0], two.strategies[0])
    both = sg.NormalForm([np.ldexp(payoffs, power) for payoffs in game.payoffs])
    told, same = sg.correlated_equilibrium(game), sg.correlated_equilibrium(both)
    np.testing.assert_array_equal(told.distribution, same.distribution)
    assert np.ldexp(told.value, power) == same.value


@given(games(), st.randoms(use_true_random=False))
def test_orders_of_actions_and_players(game: sg.NormalForm, random: Any) -> None:
    rows, columns = (random.sample(range(k), k) for k in game.n_actions)
    exact = game.exact_payoffs()
    turned = sg.NormalForm([payoffs[np.ix_(rows, columns)] for payoffs in exact])
    swapped = sg.NormalForm([exact[1].T, exact[0].T])
    for name in ("support_enumeration", "vertex_enumeration"):
        found = sorted(
            (np.concatenate([x[rows], y[columns]]).tolist(), np.concatenate([y, x]).tolist())
            for x, y in profiles(TWO_PLAYERS[name](game))
        )
        for number, other in enumerate((turned, swapped)):
            expected = sorted(pair[number] for pair in found)
            again = sorted(np.concatenate(p).tolist() for p in profiles(TWO_PLAYERS[name](other)))
            assert len(again) == len(expected)
            if again:
                np.testing.assert_allclose(again, expected, rtol=1e-9, atol=1e-15)
    pure = sg.pure_nash(game)
    np.testing.assert_array_equal(sg.pure_nash(turned), pure[np.ix_(rows, columns)])
    np.testing.assert_array_equal(sg.pure_nash(swapped), pure.T)
    order = sg.eliminate_dominated(game, strict=False).order
    for found, expected in [
        (sg.eliminate_dominated(turned, strict=False).order, (order[0][rows], order[1][columns])),
        (sg.eliminate_dominated(swapped, strict=False).order, order[::-1]),
    ]:
        assert [part.tolist() for part in found] == [part.tolist() for part in expected]


@given(games(batch_shape=(2, 2)))
def test_a_family_is_its_games_one_by_one(game: sg.NormalForm) -> None:
    together = {name: solve(game) for name, solve in TWO_PLAYERS.items()}
    pure, order = sg.pure_nash(game), sg.eliminate_dominated(game).order
    path = sg.logit_path(game)
    for index in np.ndindex(2, 2):
        single = game[index]
        for name, solve in TWO_PLAYERS.items():
            alone, found = solve(single), together[name]
            assert found.status[index] == alone.status
            assert found.counts[index] == len(alone)
            for mixes, same in zip(found.strategies, alone.strategies, strict=True):
                np.testing.assert_allclose(mixes[index][: len(alone)], same, rtol=1e-12)
                assert np.isnan(mixes[index][len(alone) :]).all()
        np.testing.assert_array_equal(pure[index], sg.pure_nash(single))
        for rounds, same in zip(order, sg.eliminate_dominated(single).order, strict=True):
            np.testing.assert_array_equal(rounds[index], same)
        for mix, same in zip(path.limit, sg.logit_path(single).limit, strict=True):
            np.testing.assert_array_equal(mix[index], same)


@settings(max_examples=3)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_threads_change_nothing(seed: int, ties: bool) -> None:
    """Bit by bit, in families of several blocks."""
    rng = np.random.default_rng(seed)
    draw = rng.integers(0, 4, (2, 9000, 3, 3)) + 0.0 if ties else rng.random((2, 9000, 3, 3))
    game = sg.NormalForm(draw)
    solvers = {
        **TWO_PLAYERS,
        "correlated_equilibrium": lambda g, **o: sg.correlated_equilibrium(g[:2500], **o),
        "logit_path": lambda g, **o: sg.logit_path(g[:1500], **o),
    }
    for name, solve in solvers.items():
        one, three = solve(game, threads=1), solve(game, threads=3)
        for field in ("exists", "status", "distribution", "value"):
            if hasattr(one, field):
                np.testing.assert_array_equal(getattr(one, field), getattr(three, field), name)
        for mixes, same in zip(
            getattr(one, "strategies", []), getattr(three, "strategies", []), strict=True
        ):
            np.testing.assert_array_equal(mixes, same, name)
