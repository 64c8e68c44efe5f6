"""Correlated equilibria: obedience, optimality against another solver, published values."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import linprog

import summitgames as sg
from reference.cases import load
from summitgames.equilibria import correlated
from summitgames.equilibria.correlated import CorrelatedEquilibrium
from summitgames.results import Status

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from([(1, 1), (3,), (2, 2), (1, 3), (3, 4), (2, 2, 2), (2, 1, 3), (2, 2, 2, 2)])
CHICKEN = sg.NormalForm.symmetric([[0, 7], [2, 6]], players=["ann", "bob"])


def uniform(seed: int, shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    return list(np.random.default_rng(seed).random((len(shape), 2, *shape)))


def tied(seed: int, shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    return list(np.random.default_rng(seed).integers(0, 3, (len(shape), 2, *shape)).astype(float))


def deviations(payoffs: list[NDArray[Any]], coarse: bool) -> NDArray[Any]:
    """What each deviation gains at each profile of one game, by plain loops."""
    shape = payoffs[0].shape
    rows = []
    for i, payoff in enumerate(payoffs):
        for action in range(shape[i]):
            gains = np.take(payoff, [action], axis=i) - payoff
            told = np.indices(shape)[i]
            parts = [gains] if coarse else [gains * (told == own) for own in range(shape[i])]
            rows += [part.ravel() for part in parts]
    return np.array(rows)


def best(payoffs: list[NDArray[Any]], objectives: list[NDArray[Any]], coarse: bool) -> float:
    """The largest least value of some objectives, by scipy."""
    rows = deviations(payoffs, coarse)
    limits = np.array([-objective.ravel() for objective in objectives])
    found = linprog(
        [*np.zeros(payoffs[0].size), -1],
        A_ub=np.block([[rows, np.zeros((len(rows), 1))], [limits, np.ones((len(limits), 1))]]),
        b_ub=np.zeros(len(rows) + len(limits)),
        A_eq=[[*np.ones(payoffs[0].size), 0]],
        b_eq=[1],
        bounds=[*[(0, None)] * payoffs[0].size, (None, None)],
    )
    assert found.status == 0
    return float(-found.fun)


def assert_equilibria(found: CorrelatedEquilibrium, tolerance: float = 1e-12) -> None:
    """Probabilities, obedience and what the result says of both, game by game."""
    game = found.game
    assert (found.status == Status.COMPLETE).all()
    n = game.n_players
    for index in np.ndindex(game.batch_shape):
        p = found.distribution[index]
        assert (p >= 0).all()
        assert p.sum() == pytest.approx(1, abs=2.0**-48)
        payoffs = [payoff[index] for payoff in game.payoffs]
        spread = max(np.ptp(payoff) for payoff in payoffs)
        gain = (deviations(payoffs, found.coarse) @ p.ravel()).max()
        assert gain <= tolerance * spread
        assert np.asarray(found.regret)[index] == pytest.approx(max(gain, 0), abs=1e-14 * spread)
        expected = [(p * payoff).sum() for payoff in payoffs]
        assert found.payoffs[index] == pytest.approx(expected, abs=1e-13 * spread * n)


@settings(max_examples=40)
@given(st.sampled_from([uniform, tied]), SEEDS, SHAPES, st.booleans(), st.integers(0, 3))
def test_obedient_and_best(
    make: Any, seed: int, shape: tuple[int, ...], coarse: bool, which: int
) -> None:
    payoffs = make(seed, shape)
    weights = np.random.default_rng(seed).random(shape)
    objective = ["welfare", "egalitarian", str(len(shape)), weights][which]
    found = sg.correlated_equilibrium(sg.NormalForm(payoffs), objective=objective, coarse=coarse)
    assert_equilibria(found)
    for place in range(2):
        single = [payoff[place] for payoff in payoffs]
        aims = [[sum(single)], single, single[-1:], [weights]][which]
        # HiGHS meets constraints to 1e-7 at worst; payoffs are of order 1.
        assert np.asarray(found.value)[place] == pytest.approx(best(single, aims, coarse), abs=1e-6)


def test_chicken() -> None:
    """Aumann (1974): the mediator never sends both to the collision."""
    found = sg.correlated_equilibrium(CHICKEN)
    assert found.value == pytest.approx(21 / 2, abs=1e-12)
    assert found.distribution == pytest.approx(np.array([[0, 1 / 4], [1 / 4, 1 / 2]]), abs=1e-12)
    assert sg.correlated_equilibrium(CHICKEN, objective="egalitarian").value == pytest.approx(
        21 / 4
    )
    assert sg.correlated_equilibrium(CHICKEN, objective="bob").payoffs == pytest.approx([2, 7])
    least = sg.correlated_equilibrium(CHICKEN, objective=-CHICKEN.payoffs[0] - CHICKEN.payoffs[1])
    row, column = (np.array([1 / 3, 2 / 3]),) * 2  # the mixed equilibrium is worse than both others
    assert -least.value <= row @ (CHICKEN.payoffs[0] + CHICKEN.payoffs[1]) @ column + 1e-12


def test_coarse_equilibria_are_more() -> None:
    """Every correlated equilibrium is a coarse one, and in larger games not the other way round."""
    payoffs = np.random.default_rng(2).random((2, 200, 3, 3))
    told = sg.correlated_equilibrium(sg.NormalForm(payoffs))
    coarse = sg.correlated_equilibrium(sg.NormalForm(payoffs), coarse=True)
    more = coarse.value - told.value
    assert (more >= -1e-12).all()
    assert (more > 0.1).any()
    small = payoffs[..., :2, :2]  # with two actions each there is no difference
    told = sg.correlated_equilibrium(sg.NormalForm(small))
    coarse = sg.correlated_equilibrium(sg.NormalForm(small), coarse=True)
    assert coarse.value == pytest.approx(told.value, abs=1e-12)


def published() -> list[tuple[sg.NormalForm, Any]]:
    tables = [(case, sg.NormalForm(case.input["payoffs"])) for case in load("normal_form")]
    files = [
        (case, sg.read_game(case.input["text"]))
        for case in load("nfg")
        if "correlated" in case.answer
    ]
    return [(game, case.answer["correlated"]) for case, game in tables + files]


@pytest.mark.parametrize(("game", "answer"), published())
def test_published_games(game: sg.NormalForm, answer: Any) -> None:
    found = sg.correlated_equilibrium(game)
    assert_equilibria(found)
    assert found.value == pytest.approx(float(answer["largest_total_payoff"]), abs=1e-12)
    vertices = [
        np.array([float(vertex.get("".join(map(str, s)), 0)) for s in np.ndindex(*game.n_actions)])
        for vertex in answer["best_vertices"]
    ]
    assert min(np.abs(found.distribution.ravel() - vertex).max() for vertex in vertices) < 1e-12


@given(SEEDS, st.sampled_from([1e-12, 1e12]), st.booleans())
def test_units_and_zeros_of_the_players(seed: int, unit: float, coarse: bool) -> None:
    payoffs = uniform(seed, (3, 3))
    plain = sg.correlated_equilibrium(sg.NormalForm(payoffs), objective="1", coarse=coarse)
    moved = [payoffs[0] * 8 - 3, payoffs[1] * unit + 5 * unit]
    found = sg.correlated_equilibrium(sg.NormalForm(moved), objective="1", coarse=coarse)
    assert found.value == pytest.approx(8 * plain.value - 3, abs=1e-9)


@given(SEEDS)
def test_actions_and_players_permuted(seed: int) -> None:
    payoffs = uniform(seed, (2, 3, 2))
    rng = np.random.default_rng(seed)
    rows = rng.permutation(3)
    plain = sg.correlated_equilibrium(sg.NormalForm(payoffs))
    permuted = sg.correlated_equilibrium(sg.NormalForm([a[:, :, rows] for a in payoffs]))
    assert permuted.value == pytest.approx(plain.value, abs=1e-11)
    turned = [np.moveaxis(payoffs[i], 3, 1) for i in (2, 0, 1)]
    assert sg.correlated_equilibrium(sg.NormalForm(turned)).value == pytest.approx(
        plain.value, abs=1e-11
    )


@pytest.mark.parametrize("count", [5, 400])
def test_family_is_its_games_one_by_one(count: int) -> None:
    payoffs = np.random.default_rng(4).random((2, count, 2, 3))
    objective = np.random.default_rng(5).random((count, 2, 3))
    family = sg.correlated_equilibrium(sg.NormalForm(payoffs), objective=objective, threads=2)
    for place in range(0, count, 9):
        one = sg.correlated_equilibrium(
            sg.NormalForm(payoffs[:, place]), objective=objective[place]
        )
        assert isinstance(one.value, float)
        assert family.value[place] == pytest.approx(one.value, abs=1e-12)
        assert_equilibria(one)


@pytest.mark.parametrize(
    "objective", ["welfare", "egalitarian", "2", np.arange(12.0).reshape(3, 4)]
)
@pytest.mark.parametrize("coarse", [False, True])
def test_exact_arithmetic_agrees(
    objective: Any, coarse: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = sg.NormalForm(uniform(3, (3, 4)))
    floats = sg.correlated_equilibrium(game, objective=objective, coarse=coarse)
    monkeypatch.setattr(correlated, "tolerance", lambda *_: -1.0)  # none passes
    exact = sg.correlated_equilibrium(game, objective=objective, coarse=coarse)
    assert_equilibria(exact)
    assert exact.value == pytest.approx(floats.value, abs=1e-12)
    assert exact.payoffs == pytest.approx(floats.payoffs, abs=1e-12)


def test_degenerate_games_stay_in_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a zero-sum game all welfare is 0: every pivot is a tie, and rounding piles up."""
    A = np.random.default_rng(0).random((20, 8, 8))
    monkeypatch.setattr(correlated, "least_bound", None)  # exact arithmetic would take minutes
    game = sg.NormalForm.zero_sum(A)
    found = sg.correlated_equilibrium(game)
    assert (found.status == Status.COMPLETE).all()
    assert np.abs(found.value).max() == 0
    # Each of 7 other actions has up to the spread of 1 at stake.
    assert found.regret.max() <= 7 * 2.0**-44 * (64 + 113)
    least = sg.correlated_equilibrium(game, objective="1")
    assert least.value == pytest.approx(sg.zero_sum_value(game).value, abs=1e-11)


def test_exact_payoffs_and_huge_penalties() -> None:
    penalty = -(10**15)
    A = np.array([[penalty, 7], [2, 6]], dtype=object)
    found = sg.correlated_equilibrium(sg.NormalForm.symmetric(A))
    assert_equilibria(found)
    assert found.value == pytest.approx(12, abs=1e-9)
    halves = np.array([[Fraction(0), Fraction(7, 2)], [Fraction(1), Fraction(3)]], dtype=object)
    assert sg.correlated_equilibrium(sg.NormalForm.symmetric(halves)).value == pytest.approx(21 / 4)


def test_max_work_ends_the_search_and_says_so() -> None:
    game = sg.NormalForm(np.random.default_rng(8).random((2, 40, 4, 4)))
    found = sg.correlated_equilibrium(game, max_work=2)
    failed = found.status == Status.FAILED
    assert 0 < failed.sum() <= 40
    assert np.isnan(found.value[failed]).all()
    assert np.isnan(found.distribution[failed]).all()
    assert found.message == f"{failed.sum()} of 40 games: not solved within 2 pivots (max_work)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "bop"}, "unknown objective 'bop'; did you mean 'bob'"),
        ({"objective": [1, 2, 3]}, r"objective: shape \(3,\)"),
        ({"objective": np.zeros((3, 2))}, r"does not broadcast to \(2, 2\)"),
        ({"objective": [[0, np.nan], [0, 0]]}, r"objective: not finite at \(0, 1\): nan"),
        ({"objective": [["a", "b"]]}, "objective: .*expected 'welfare'"),
        ({"objective": None}, "objective: None"),
        ({"coarse": 1}, "coarse: 1; expected True or False"),
        ({"max_work": 0}, "max_work: 0"),
        ({"threads": -1}, "threads: -1"),
    ],
)
def test_refusals(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sg.GameError, match=message):
        sg.correlated_equilibrium(CHICKEN, **options)


def test_programs_too_large_are_refused() -> None:
    game = sg.NormalForm([np.broadcast_to(0.0, (100, 200))] * 2)
    with pytest.raises(sg.SolverError, match="20000 profiles and 49701 constraints"):
        sg.correlated_equilibrium(game)


def test_result() -> None:
    found = sg.correlated_equilibrium(CHICKEN, coarse=True)
    assert repr(found) == "<CorrelatedEquilibrium: coarse, value 10.5, COMPLETE>"
    assert pickle.loads(pickle.dumps(found)).value == found.value  # noqa: S301
    family = sg.correlated_equilibrium(sg.NormalForm(np.zeros((2, 3, 1, 1))))
    assert repr(family) == "<CorrelatedEquilibrium: batch shape (3,)>"
