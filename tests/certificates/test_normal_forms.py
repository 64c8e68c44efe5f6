"""Normal form: equilibria are proved, planted deviations refuted, and bad strategies refused."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import Case, load
from summitgames.testing import normal_forms

CHICKEN = sg.NormalForm.symmetric([[0, 7], [2, 6]])
PENNIES = sg.NormalForm.zero_sum([[1, -1], [-1, 1]])
THIRD = (Fraction(1, 3), Fraction(2, 3))
KINDS = [
    {"actions": (1, 4)},
    {"actions": (1, 4), "ties": True},
    {"payoffs": "fractions", "ties": True, "extreme_units": True},
    {"actions": (1, 5), "zero_sum": True},
    {"actions": (1, 4), "symmetric": True, "extreme_units": True},
]


def require_proof(game, equilibrium):
    certificate = sg.certify(game, equilibrium)
    assert certificate.verdict == "proved", certificate
    assert certificate.distance < 1e-12
    assert certificate.check(game)
    return certificate


@pytest.mark.parametrize("case", load("bimatrix"), ids=str)
def test_published_extreme_equilibria_are_proved(case: Case):
    game = sg.NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    published = [(e["x"], e["y"]) for e in case.answer["extreme_equilibria"]]
    for mixes in published:
        certificate = sg.certify(game, mixes)
        assert (certificate.verdict, certificate.exact_input) == ("proved", True)
        assert certificate.strategies == tuple(map(tuple, mixes))
        assert certificate.distance == 0
        rounded = [np.array(mix, dtype=np.float64) for mix in mixes]
        assert require_proof(game, rounded).distance < 1e-16
    for equilibrium in sg.vertex_enumeration(game):
        require_proof(game, equilibrium)


def test_published_irrational_equilibrium():
    """Proved to exist nearby, and not passed off as rational."""
    (case,) = load("normal_form")
    game = sg.NormalForm(case.input["payoffs"])
    floats = [[float(p), 1 - float(p)] for p in case.answer["floats"]]
    certificate = require_proof(game, floats)
    assert 0 < certificate.radius < Fraction(1, 10**50)
    assert "an exact equilibrium lies within" in certificate.message
    assert "of the strategies stored" in certificate.message
    exactly = [[Fraction(p), 1 - Fraction(p)] for p in case.answer["floats"]]
    assert sg.certify(game, exactly).verdict == "refuted"


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_solvers_find_is_proved(kind):
    @given(normal_forms(**kind))
    def check(game):
        for result in (
            sg.support_enumeration(game),
            sg.vertex_enumeration(game),
            sg.lemke_howson(game, initial_label="all"),
        ):
            for equilibrium in result:
                require_proof(game, equilibrium)

    check()


@given(normal_forms(payoffs="floats", ties=True, actions=(1, 4)))
def test_games_of_floats_are_proved_as_what_they_are(game):
    for equilibrium in sg.support_enumeration(game):
        certificate = require_proof(game, equilibrium)
        assert certificate.exact_input == (not game.has_binary_numbers)


@given(normal_forms(payoffs="fractions", players=(1, 4)), st.data())
def test_pure_profiles_are_decided(game, data):
    """As `pure_nash` says; and the deviation stated is the most profitable one."""
    pure = sg.pure_nash(game)
    profile = tuple(data.draw(st.integers(0, count - 1)) for count in game.n_actions)
    mixes = [[int(a == action) for a in range(k)]
             for k, action in zip(game.n_actions, profile, strict=True)]  # fmt: skip
    certificate = sg.certify(game, mixes)
    assert (certificate.verdict == "proved") == bool(pure[profile])
    assert certificate.check(game)
    gains = {
        payoff[(*profile[:i], a, *profile[i + 1 :])] - payoff[profile]: (i, a)
        for i, payoff in reversed(list(enumerate(game.exact_payoffs())))
        for a in reversed(range(game.n_actions[i]))
    }
    if certificate.verdict == "refuted":
        player, action = gains[max(gains)]
        found = certificate.deviation
        assert found.infoset is None
        assert found.gain == max(gains)
        assert found.player == game.players[player]
        assert found.action == game.actions[player][action]


@given(normal_forms(actions=(2, 3)), st.data())
def test_planted_deviations_are_refuted(game, data):
    """An equilibrium with one player's mix changed: refuted exactly where regret says so."""
    equilibria = list(sg.vertex_enumeration(game))
    mixes = [mix.copy() for mix in data.draw(st.sampled_from(equilibria))]
    player = data.draw(st.integers(0, 1))
    weights = data.draw(st.lists(st.integers(0, 5), min_size=len(mixes[player]),
                                 max_size=len(mixes[player])).filter(any))  # fmt: skip
    mixes[player] = np.array(weights) / sum(weights)
    certificate = sg.certify(game, mixes)
    regret = sg.regret(game, mixes)
    if regret > 1e-9:
        assert certificate.verdict == "refuted"
        assert float(certificate.deviation.gain) == pytest.approx(regret, rel=1e-9)
    else:
        assert certificate.verdict == "proved"
    assert certificate.check(game)


def test_nashpy_games():
    nashpy = pytest.importorskip("nashpy")
    game = nashpy.Game([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    for equilibrium in game.support_enumeration():
        require_proof(game, equilibrium)
    assert sg.certify(game, ([1, 0], [1, 0])).verdict == "refuted"


@pytest.mark.parametrize(
    "given",
    [
        [THIRD, THIRD],
        [["1/3", "2/3"], ("1/3", "2/3")],
        [np.array(THIRD, dtype=object), list(THIRD)],
        [[sympy.Rational(1, 3), sympy.Rational(2, 3)], THIRD],
    ],
)
def test_exact_numbers_are_judged_as_they_stand(given):
    certificate = sg.certify(CHICKEN, given)
    assert certificate.verdict == "proved"
    assert certificate.strategies == (THIRD, THIRD)
    assert (certificate.distance, certificate.message) == (0, "")


def test_exact_numbers_that_are_off_by_little_are_refuted():
    little = Fraction(1, 10**40)
    off = (THIRD[0] + little, THIRD[1] - little)
    certificate = sg.certify(CHICKEN, [off, THIRD])
    assert certificate.verdict == "refuted"
    assert 0 < certificate.deviation.gain < 10 * little
    close = [[Decimal("0.5") + Decimal("1e-20"), Decimal("0.5") - Decimal("1e-20")], ["0.5"] * 2]
    assert sg.certify(PENNIES, close).verdict == "refuted"


def test_floats_stand_for_an_equilibrium_nearby():
    certificate = sg.certify(CHICKEN, [[1 / 3, 2 / 3], [0.3333333333, 0.6666666667]])
    assert certificate.verdict == "proved"
    assert certificate.strategies == (THIRD, THIRD)
    largest = max(THIRD[0] - Fraction(0.3333333333), Fraction(0.6666666667) - THIRD[1])
    assert 0 <= Fraction(certificate.distance) / largest - 1 < Fraction(1, 2**52)
    assert "lies within 3.3e-11" in certificate.message


def test_distances_are_rounded_up():
    for off in np.random.default_rng(0).random(20) * 1e-10:
        certificate = sg.certify(CHICKEN, [[1 / 3, 2 / 3], [1 / 3 - off, 2 / 3 + off]])
        exact = max(
            abs(Fraction(float(p)) - q)
            for p, q in zip((1 / 3 - off, 2 / 3 + off), THIRD, strict=True)
        )
        assert 0 <= Fraction(certificate.distance) - exact < exact / 2**52


def test_floats_far_from_every_equilibrium_are_refuted():
    certificate = sg.certify(CHICKEN, [[0.333333, 0.666667], [1 / 3, 2 / 3]])
    assert certificate.verdict == "refuted"
    assert certificate.message == "no exact equilibrium was found on this support within 1e-09"
    assert all(sum(mix) == 1 for mix in certificate.strategies)


def test_what_rounding_explains_is_not_decided():
    """The last digit of a payoff makes the other action better; floats may stand for a mix."""
    game = sg.NormalForm([[1.0, 1.0 + 2.0**-52, 0.0]])
    certificate = sg.certify(game, [[1.0, 0.0, 0.0]])
    assert certificate.verdict == "not decided"
    assert "rounding may explain what is gained: player '1' gains" in certificate.message
    assert sg.certify(game, [[1, 0, 0]]).verdict == "refuted"
    assert sg.certify(game, [[0.0, 1.0, 0.0]]).verdict == "proved"
    more = sg.NormalForm([[1.0, 1.0 + 2.0**-40, 0.0]])
    assert sg.certify(more, [[1.0, 0.0, 0.0]]).verdict == "refuted"


def test_degenerate_games_of_three_players():
    """Of a range of mixes, what the floats divided by their sum are is proved, or nothing is."""
    flat = np.zeros((3, 2, 2, 2))
    mixes = [[1 / np.pi, 1 - 1 / np.pi], [0.1, 0.9 + 1e-12], [1 / 3, 2 / 3]]
    assert require_proof(sg.NormalForm(flat), mixes).distance > 1e-13
    flat[0, 1, 0, 0] = 2.0**-80  # all that is at stake, however small, and never lost
    assert sg.certify(sg.NormalForm(flat), mixes).verdict == "refuted"


def test_exact_input():
    def exact(*payoffs):
        game = sg.NormalForm(list(payoffs))
        return sg.certify(game, [[1, 0]] * len(payoffs)).exact_input

    assert exact([1, 2])
    assert exact([1.0, 2.0])  # whole numbers are what they are
    assert not exact([0.1, 2.0])
    assert exact([Fraction(1, 10), 2])
    assert not exact([Fraction(1, 10), 0.2])
    assert not exact([[Fraction(1, 10), 2], [0, 1]], np.array([[0.1, 2], [0, 1]]))
    assert exact([[Fraction(1, 10), 2], [0, 1]], np.array([[1.0, 2], [0, 1]]))
    family = sg.NormalForm([np.array([[Fraction(1, 10), 0.2], [1, 1]], dtype=object)])
    assert not sg.certify(family[0], [[1, 0]]).exact_input


def test_results_that_hold_one_equilibrium():
    dilemma = sg.NormalForm.symmetric([[3, 0], [5, 1]])
    assert require_proof(dilemma, sg.support_enumeration(dilemma)).strategies[0] == (0, 1)
    assert require_proof(PENNIES, sg.zero_sum_value(PENNIES)).strategies[0] == (Fraction(1, 2),) * 2
    assert require_proof(CHICKEN, sg.lemke_howson(CHICKEN))


def test_results_that_hold_several_are_refused():
    with pytest.raises(sg.GameError, match=r"a result with 3 equilibria .* pick one"):
        sg.certify(CHICKEN, sg.support_enumeration(CHICKEN))
    family = sg.NormalForm(np.zeros((2, 5, 2, 2)))
    with pytest.raises(sg.GameError, match="pick one"):
        sg.certify(CHICKEN, sg.lemke_howson(family))


def test_families_are_refused():
    family = sg.NormalForm(np.zeros((2, 5, 2, 2)))
    with pytest.raises(sg.GameError, match=r"batch shape \(5,\); expected a single game: index"):
        sg.certify(family, [[1, 0], [1, 0]])
    assert sg.certify(family[2], [[1, 0], [1, 0]]).verdict == "proved"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "NoneType; expected 2 mixed strategies"),
        ([[1, 0]], "list of 1; expected 2 mixed strategies"),
        ("ab", "str; expected 2 mixed"),
        ({"a": 1, "b": 2}, "dict; expected 2 mixed"),
        ([[1, 0], [1, 0, 0]], r"equilibrium\[1\] \(player '2'\): list of 3; expected 2 prob"),
        ([[1, 0], 1], "int; expected 2 prob"),
        ([[1, 0], "10"], "str; expected 2 prob"),
        ([[1, 0], [[1], [0, 1]]], r"equilibrium\[1\] .*: \[1\] at action 0"),
        ([[1, 0], np.array(1)], "ndarray; expected 2 prob"),
        (np.array(1), "ndarray; expected 2 mixed"),
        ([[0.5, 0.6], [1, 0]], r"equilibrium\[0\] .*0.5, 0.6; expected .* sum to 1 within 1e-09"),
        ([["1/2", "1/3"], [1, 0]], "1/2, 1/3; expected .* sum to exactly 1"),
        ([[1.5, -0.5], [1, 0]], "numbers >= 0"),
        ([[np.nan, 1], [1, 0]], "nan at action 0; expected a rational number"),
        ([["x", 1], [1, 0]], "'x' at action 0"),
        ([[None, 1], [1, 0]], "None at action 0"),
    ],
)
def test_bad_strategies_are_refused(given, message):
    with pytest.raises(sg.GameError, match=message):
        sg.certify(CHICKEN, given)


def test_floats_only():
    proved = sg.certify(CHICKEN, [[1 / 3, 2 / 3]] * 2, exact=False)
    assert proved.verdict == "not decided"
    assert "which is no proof" in proved.message
    refuted = sg.certify(CHICKEN, [[0.5, 0.5]] * 2, exact=False)
    assert refuted.verdict == "refuted"
    assert refuted.check(CHICKEN)


def test_a_game_with_many_actions():
    rng = np.random.default_rng(0)
    game = sg.NormalForm(rng.random((2, 60, 60)))
    (equilibrium,) = sg.lemke_howson(game)
    require_proof(game, equilibrium)
