"""Critical discounts against brute force, closed forms and published thresholds."""

import math
from fractions import Fraction
from typing import Any

import nashpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.cases import Case, load
from summitgames import (
    GameError,
    NormalForm,
    SolverError,
    critical_discount,
    minmax,
    vertex_enumeration,
)
from summitgames.testing import normal_forms

RNG = np.random.default_rng(20_250_303)
NEVER = math.inf


def dilemma(t: Any = 5, r: Any = 3, p: Any = 1, s: Any = 0) -> NormalForm:
    labels = [["comply", "violate"]] * 2
    return NormalForm.symmetric([[r, s], [t, p]], players=["host", "guest"], actions=labels)


def by_definition(
    stage: NormalForm, profile: tuple[int, ...], threats: Any, survival: float = 1.0
) -> float:
    """Every inequality of every player and other action, solved one by one."""
    least, most = 0.0, NEVER
    for i, payoff in enumerate(stage.payoffs):
        reward, threat = float(payoff[profile]), float(threats[i])
        for action in range(stage.n_actions[i]):
            if action == profile[i]:
                continue
            gain = float(payoff[(*profile[:i], action, *profile[i + 1 :])]) - reward
            weight = survival * (reward + gain - threat)
            if gain > 0:
                least = max(least, gain / weight if weight > gain else NEVER)
            elif weight < gain:
                most = min(most, gain / weight)
    return least if least < 1 and least <= most else NEVER


def worst_equilibrium(stage: NormalForm) -> Any:
    return np.nanmin(vertex_enumeration(stage).payoffs, axis=0)


def as_ratios(payoffs: Any) -> list[float]:
    """Mixed payoffs of games whose payoffs are small whole numbers, without their rounding."""
    return [float(Fraction(float(w)).limit_denominator(10_000)) for w in payoffs]


@pytest.mark.parametrize("case", [c for c in load("repeated") if "automata" in c.input], ids=str)
def test_published_threshold_of_grim_play(case: Case) -> None:
    stage = NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    expected = float(case.answer["grim_subgame_perfect_iff_discount_at_least"])
    assert critical_discount(stage, (0, 0)) == expected


@given(st.lists(st.integers(-20, 20), min_size=4, max_size=4, unique=True).map(sorted))
def test_dilemmas_have_the_textbook_threshold(payoffs: list[int]) -> None:
    s, p, r, t = payoffs
    stage = dilemma(t, r, p, s)
    expected = (t - r) / (t - p)
    assert critical_discount(stage, ["comply", "comply"]) == expected
    # Nash reversion holds players down to their minmax payoffs here.
    assert critical_discount(stage, ["comply", "comply"], punishment="minmax") == expected


def test_equilibria_of_the_stage_need_no_patience() -> None:
    assert critical_discount(dilemma(), (1, 1)) == 0
    assert critical_discount(nashpy.Game([[3, 0], [5, 1]], [[3, 5], [0, 1]]), ["2", "2"]) == 0


def test_what_gives_no_more_than_the_threat_is_never_kept_up() -> None:
    assert critical_discount(dilemma(r=1), (0, 0)) == NEVER
    assert critical_discount(dilemma(), (0, 1)) == NEVER


def test_each_deviator_has_its_own_worst_equilibrium_as_threat() -> None:
    # Chicken: whoever deviates from (0, 0) is punished by the equilibrium that is bad for it.
    stage = NormalForm.from_bimatrix([[6, 2], [7, 0]], [[6, 7], [2, 0]])
    assert critical_discount(stage, (0, 0)) == (7 - 6) / (7 - 2)


def test_a_mixed_equilibrium_may_be_the_threat() -> None:
    # Coordination with a third action: the mixed equilibrium is worse than both pure ones.
    stage = NormalForm.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    assert critical_discount(stage, (0, 1)) == NEVER
    wide = NormalForm.symmetric([[4, 0, 0], [5, 3, 0], [0, 0, 3]])
    # The mixed equilibrium of the last two actions gives 3/2 to each.
    assert critical_discount(wide, (0, 0)) == pytest.approx((5 - 4) / (5 - 1.5), rel=1e-15)


def test_a_mixed_threat_equal_to_the_reward_does_not_deter() -> None:
    # The mixed equilibrium gives 2/3 to each, and so does (0, 1).
    r = Fraction(2, 3)
    exact = NormalForm.from_bimatrix([[2, r], [0, 1]], [[1, r], [0, 2]])
    floats = NormalForm.from_bimatrix([[2, 2 / 3], [0, 1]], [[1, 2 / 3], [0, 2]])
    for stage in (exact, floats):
        assert critical_discount(stage, (0, 1)) == NEVER


@given(normal_forms(actions=2, payoffs="integers"))
def test_two_by_two_games_against_all_extreme_equilibria(stage: NormalForm) -> None:
    threats = worst_equilibrium(stage)
    for profile in np.ndindex(2, 2):
        found = critical_discount(stage, profile)
        assert found == pytest.approx(by_definition(stage, profile, threats), rel=2.0**-45)


@given(normal_forms(actions=(1, 3), payoffs="integers"), st.data())
def test_larger_games_against_all_extreme_equilibria(stage: NormalForm, data: Any) -> None:
    profile = tuple(data.draw(st.integers(0, k - 1)) for k in stage.n_actions)
    found = critical_discount(stage, profile)
    threats = as_ratios(worst_equilibrium(stage))
    assert found == pytest.approx(by_definition(stage, profile, threats), rel=2.0**-40)
    bound = critical_discount(stage, profile, punishment="minmax")
    expected = by_definition(stage, profile, as_ratios(minmax(stage)))
    assert bound == pytest.approx(expected, rel=2.0**-40)


@given(normal_forms(actions=(2, 3), payoffs="integers", batch_shape=(3,)))
def test_minmax_is_a_lower_bound(stage: NormalForm) -> None:
    profile = (0, 1)
    nash = np.asarray(critical_discount(stage, profile))
    bound = np.asarray(critical_discount(stage, profile, punishment="minmax"))
    where = np.isfinite(nash)
    assert np.all(bound[where] <= nash[where] * (1 + 2.0**-40))


def test_three_players_by_pure_equilibria() -> None:
    # A public good: each unit given costs 1 and is worth 2/3 to everybody.
    given_by = np.indices((2, 2, 2))
    payoffs = [2 / 3 * given_by.sum(axis=0) - own for own in given_by]
    stage = NormalForm(payoffs)
    expected = (1 / 3) / (4 / 3)
    assert critical_discount(stage, (1, 1, 1)) == pytest.approx(expected, rel=2.0**-50)
    bound = critical_discount(stage, (1, 1, 1), punishment="minmax")
    assert bound == pytest.approx(expected, rel=2.0**-40)


def test_three_players_without_a_pure_equilibrium_are_an_error() -> None:
    pennies = np.array([[1.0, -1], [-1, 1]])[..., None]
    stage = NormalForm([pennies, -pennies, 0 * pennies])
    with pytest.raises(SolverError, match=r"^the stage game has no pure equilibrium; with 3"):
        critical_discount(stage, (0, 0, 0))
    family = NormalForm([np.stack([0 * pennies, pennies]), -pennies, 0 * pennies])
    with pytest.raises(SolverError, match=r"^1 of 2 games, the first at batch index \(1,\)"):
        critical_discount(family, (0, 0, 0))


def test_one_player_keeps_up_what_is_best() -> None:
    alone = NormalForm([[1, 3, 3]])
    assert [critical_discount(alone, (a,)) for a in range(3)] == [NEVER, 0, 0]


def test_turnover_and_legitimacy() -> None:
    # Compliance goes on with s = (1 - 0.5 * 0.2)(1 - 0.1 * 0.7).
    options: dict[str, Any] = {"turnover": (0.5, 0.1), "legitimacy": (0.8, 0.3)}
    s = (1 - 0.5 * (1 - 0.8)) * (1 - 0.1 * (1 - 0.3))
    found = critical_discount(dilemma(), (0, 0), **options)
    assert found == pytest.approx((5 - 3) / (s * (5 - 1)), rel=1e-15)
    value = (3 - 1) / (1 - found * s)
    assert value == pytest.approx(5 - 1, rel=1e-14)


def test_a_leader_who_is_never_replaced_or_always_honoured_costs_nothing() -> None:
    for options in ({"turnover": 0.7}, {"legitimacy": 0.0}, {"turnover": 1.0, "legitimacy": 1.0}):
        assert critical_discount(dilemma(), (0, 0), **options) == 0.5
    assert critical_discount(dilemma(), (0, 0), turnover=1.0, legitimacy=0.0) == NEVER


def test_state_punishment_without_losses_of_the_legitimacy_model() -> None:
    # With payoff 0 after a violation: (T - R) / (T s).
    stage = dilemma(t=1.5, r=1, p=0, s=-0.5)
    hazard, honour = 0.5, np.linspace(0, 1, 6)
    found = critical_discount(stage, (0, 0), turnover=(hazard, 0.0), legitimacy=honour)
    s = 1 - hazard * (1 - honour)
    expected = np.where(1.5 * s > 0.5, 0.5 / (1.5 * s), np.inf)
    assert found == pytest.approx(expected, rel=1e-15)
    assert np.all(np.diff(found) < 0)


def test_only_the_impatient_comply_when_the_threat_is_better_than_the_reward() -> None:
    # The row player, who would leave (0, 0) for nothing, gets 4 for ever by leaving it.
    first = [[3, 0], [1, 4]]
    second = [[3, 5], [0, 2]]
    stage = NormalForm.from_bimatrix(first, second)
    threats = worst_equilibrium(stage)
    assert threats.tolist() == [4, 2]
    # The column player needs (5 - 3) / (5 - 2) = 2/3, the row player (3 - 1) / (4 - 1) at most.
    assert critical_discount(stage, (0, 0)) == pytest.approx(2 / 3)
    patient = NormalForm.from_bimatrix([[3, 0], [2, 4]], second)
    assert critical_discount(patient, (0, 0)) == NEVER


def test_exact_payoffs_decide_ties() -> None:
    tiny = Fraction(1, 10**30)
    stage = NormalForm.from_bimatrix([[1, 0], [1 + tiny, 0]], [[1, 0], [1, 0]])
    assert critical_discount(stage, (0, 0)) == NEVER  # 1 + tiny is better, and costs nothing
    assert critical_discount(NormalForm([stage.payoffs[0], stage.payoffs[1]]), (0, 0)) == 0


def test_scale_and_shift_of_payoffs_change_nothing() -> None:
    stage = NormalForm(RNG.integers(-8, 9, size=(2, 200, 3, 3)))
    moved = NormalForm([4 * stage.payoffs[0] + 3, 0.5 * stage.payoffs[1] - 7])
    for punishment in ("nash", "minmax"):
        first = critical_discount(stage, (0, 1), punishment=punishment)
        assert critical_discount(moved, (0, 1), punishment=punishment) == pytest.approx(
            first, rel=2.0**-36
        )


@pytest.mark.parametrize("punishment", ["nash", "minmax"])
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (2, 2, 2)])
def test_a_batch_is_its_games_one_by_one(shape: tuple[int, ...], punishment: str) -> None:
    n = len(shape)
    payoffs = RNG.integers(-5, 6, size=(n, 30, *shape)).astype(float)
    for payoff in payoffs:
        payoff[(slice(None), *(-1,) * n)] = 9  # so that there is a pure equilibrium
    stage = NormalForm(list(payoffs))
    profile = [0, RNG.integers(0, 2, size=(4, 1)), 1][:n]
    turnover = (RNG.random(30), *(0.1,) * (n - 1))
    together = critical_discount(
        stage, profile, punishment=punishment, turnover=turnover, legitimacy=0.5
    )
    assert isinstance(together, np.ndarray)
    assert together.shape == (4, 30)
    for row, game in np.ndindex(4, 30):
        alone = critical_discount(
            stage[game],
            [int(profile[1][row, 0]) if i == 1 else profile[i] for i in range(n)],
            punishment=punishment,
            turnover=(float(turnover[0][game]), *(0.1,) * (n - 1)),
            legitimacy=0.5,
        )
        assert isinstance(alone, float)
        assert together[row, game] == pytest.approx(alone, rel=2.0**-40)


def test_threads_change_nothing() -> None:
    stage = NormalForm(RNG.normal(size=(2, 20_000, 2, 2)))
    one, two = (critical_discount(stage, (0, 0), threads=threads) for threads in (1, 2))
    assert np.array_equal(one, two)


@pytest.mark.parametrize(
    ("profile", "options", "message"),
    [
        ("comply", {}, r"^profile: 'comply'; expected 2 actions, one for each player$"),
        ((0,), {}, "^profile: 1 actions; expected 2, one for each player$"),
        (("comply", "complie"), {}, "^unknown action of player 'guest' 'complie'; did you mean"),
        ((0, 2), {}, r"^profile\[1\] \(player 'guest'\): 2; expected a label, or indices from 0"),
        ((0, [0, -1]), {}, r"^profile\[1\] \(player 'guest'\): -1 at batch index \(1,\)"),
        ((0, 0.5), {}, r"^profile\[1\] \(player 'guest'\): 0.5; expected a label"),
        ((0, [[0], [0, 1]]), {}, r"^profile\[1\] \(player 'guest'\): \[\[0\], \[0, 1\]\]"),
        ((True, 0), {}, r"^profile\[0\] \(player 'host'\): True"),
        ((0, 0), {"punishment": "nahs"}, "^unknown punishment 'nahs'; did you mean 'nash'"),
        ((0, 0), {"turnover": 1.5}, r"^turnover: 1.5; expected a number in \[0, 1\]$"),
        ((0, 0), {"turnover": (0.1,)}, "^turnover: a tuple of 1; expected 2"),
        (
            (0, 0),
            {"legitimacy": (0.1, [0.5, -1])},
            r"^legitimacy\[1\] \(player 'guest'\): -1.0 at batch index \(1,\); expected",
        ),
        ((0, [0, 1]), {"turnover": [0.1, 0.2, 0.3]}, "does not broadcast"),
        ((0, 0), {"legitimacy": math.nan}, "^legitimacy: not finite"),
    ],
)
def test_what_is_no_profile_hazard_or_option_is_refused(
    profile: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(GameError, match=message):
        critical_discount(dilemma(), profile, **options)


def test_a_search_that_ended_early_is_an_error() -> None:
    stage = NormalForm(RNG.normal(size=(2, 4, 4)))
    with pytest.raises(SolverError, match=r"^the worst equilibrium of the stage game: only"):
        critical_discount(stage, (0, 0), max_work=10)


def test_optimal_punishment_takes_two_players() -> None:
    with pytest.raises(SolverError, match=r"^punishment \"optimal\": 3 players; expected 2"):
        critical_discount(NormalForm(np.zeros((3, 2, 2, 2))), (0, 0, 0), punishment="optimal")
