"""Critical discounts under the worst subgame-perfect threats."""

import math
from typing import Any

import numpy as np
import pytest

from reference.cases import Case, load
from summitgames import (
    Automaton,
    NormalForm,
    RepeatedGame,
    SolverError,
    critical_discount,
    is_subgame_perfect,
    minmax,
    payoff_set,
)

RNG = np.random.default_rng(20_250_305)
#: Thresholds are found by halving an interval to about this.
CLOSE = 1e-8


def optimal(stage: NormalForm, profile: Any = (0, 0), **options: Any) -> Any:
    return critical_discount(stage, profile, punishment="optimal", **options)


def kept_up(stage: NormalForm, profile: tuple[int, ...], discount: float, worst: Any) -> bool:
    """Whether nobody gains by leaving a profile once, given the worst equilibrium payoffs."""
    for i, payoff in enumerate(stage.payoffs):
        reward = payoff[profile]
        for action in range(stage.n_actions[i]):
            other = payoff[(*profile[:i], action, *profile[i + 1 :])]
            if action != profile[i] and not discount * (other - worst[i]) >= other - reward:
                return False
    return True


@pytest.mark.parametrize("case", [c for c in load("repeated") if "vertices" in c.answer], ids=str)
def test_profiles_that_published_sets_keep_up(case: Case) -> None:
    stage = NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    discount = case.input["discount"]
    vertices = np.array(case.answer["vertices"], dtype=object)
    worst = vertices.min(axis=0)
    for profile in np.ndindex(stage.n_actions):
        found = optimal(stage, profile) <= float(discount) + CLOSE
        assert found == kept_up(stage, profile, discount, worst)
        if found:  # to play it for ever is an equilibrium
            payoffs = [array[profile] for array in stage.payoffs]
            assert payoff_set(RepeatedGame(stage, discount)).contains(payoffs)


def test_dilemmas_have_no_worse_threat_than_their_equilibrium() -> None:
    dilemma = NormalForm.symmetric([[3, 0], [5, 1]])
    assert optimal(dilemma) == 0.5
    assert optimal(dilemma, (1, 1)) == 0
    assert optimal(dilemma, (0, 1)) == math.inf
    s = 1 - 0.4 * 0.5
    assert optimal(dilemma, turnover=(0.4, 0), legitimacy=0.5) == pytest.approx(0.5 / s, rel=1e-14)
    families = [optimal(dilemma, turnover=(np.array([0.4, 0]), 0), legitimacy=0.5)]
    assert families[0] == pytest.approx([0.5 / s, 0.5], rel=1e-14)


def test_a_stick_that_hurts_both_does_better_than_any_equilibrium_of_the_stage() -> None:
    stage = NormalForm.symmetric([[3, 0, -4], [5, 1, -4], [0, -1, -5]])
    found = optimal(stage)
    assert found == pytest.approx(2 / 9, rel=1e-12)  # down to the minmax payoff, -4
    stick = [Automaton.carrot_and_stick(i, (0, 0), (2, 2), (3, 3)) for i in range(2)]
    assert found < 0.25
    assert is_subgame_perfect(RepeatedGame(stage, 0.25), stick).holds


@pytest.mark.parametrize("shape", [(2, 2), (3, 3)])
def test_between_the_bounds_and_where_the_set_turns(shape: tuple[int, int]) -> None:
    stage = NormalForm(RNG.integers(-5, 6, size=(2, 40, *shape)))
    found = np.asarray(optimal(stage))
    pure = minmax(stage, mixed=False)
    assert np.isfinite(found).any()
    for game, threshold in zip(stage, found.tolist(), strict=True):
        single = optimal(game)
        assert single == threshold or single == pytest.approx(threshold, abs=CLOSE)
    assert np.all(
        found >= np.asarray(critical_discount(stage, (0, 0), punishment="minmax")) - CLOSE
    )
    some = np.isfinite(found) & (found > 0)
    rewards = np.stack([array[some, 0, 0] for array in stage.payoffs], axis=-1)
    assert np.all(rewards >= pure[some])
    above = np.minimum(found[some] + 1e-6, 1 - 1e-9)
    assert payoff_set(RepeatedGame(stage[some], above)).contains(rewards).all()
    below = found[some] - 1e-6
    worst = payoff_set(RepeatedGame(stage[some], below)).worst
    for game, discount, threats in zip(stage[some], below, worst, strict=True):
        assert not kept_up(game, (0, 0), discount, threats)


def test_a_search_that_ended_early_is_an_error() -> None:
    with pytest.raises(SolverError, match=r"^the worst equilibria of the repeated game: "):
        optimal(NormalForm(RNG.random((2, 50, 3, 3))), max_work=1)
