"""One-shot deviations from automata: published thresholds, exact signs, another way to compute."""

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reference.cases import Case, load
from summitgames import (
    Automaton,
    GameError,
    NormalForm,
    RepeatedGame,
    SolverError,
    critical_discount,
    is_subgame_perfect,
    pure_nash,
    vertex_enumeration,
)
from summitgames.testing import normal_forms, repeated_games

RNG = np.random.default_rng(20_250_304)
TWO = (2, 2)
THIRD = Fraction(1, 3)


def dilemma(t: Any = 5, r: Any = 3, p: Any = 1, s: Any = 0) -> NormalForm:
    labels = [["comply", "violate"]] * 2
    return NormalForm.symmetric([[r, s], [t, p]], players=["host", "guest"], actions=labels)


def grim(n_actions: tuple[int, ...] = TWO, profile: Any = (0, 0), punishment: Any = (1, 1)) -> Any:
    players = range(len(n_actions))
    return [Automaton.grim_trigger(i, profile, punishment, n_actions) for i in players]


def each(rule: Any, *arguments: Any) -> list[Automaton]:
    return [rule(player, *arguments) for player in range(2)]


def holds(stage: NormalForm, discount: Any, automata: Sequence[Automaton]) -> Any:
    return is_subgame_perfect(RepeatedGame(stage, discount), automata).holds


def largest_gain(game: RepeatedGame, automata: Sequence[Automaton]) -> float:
    """By linear equations for all joint states at once, restricted to those within reach."""
    shape = [automaton.n_states for automaton in automata]
    states = list(itertools.product(*map(range, shape)))
    number = {state: i for i, state in enumerate(states)}
    profiles = list(itertools.product(*map(range, game.n_actions)))

    def follow(state: tuple[int, ...], profile: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(
            int(a.transitions[(s, *profile)]) for a, s in zip(automata, state, strict=True)
        )

    due = {s: tuple(int(a.outputs[x]) for a, x in zip(automata, s, strict=True)) for s in states}
    reached = {tuple(a.start for a in automata)}
    while more := {follow(s, p) for s in reached for p in profiles} - reached:
        reached |= more
    best = -math.inf
    for i, payoff in enumerate(game.stage.payoffs):
        d = float(game.discounts[i])
        moves = np.zeros((len(states), len(states)))
        for state in states:
            moves[number[state], number[follow(state, due[state])]] = 1
        now = np.array([payoff[due[state]] for state in states])
        value = np.linalg.solve(np.eye(len(states)) - d * moves, (1 - d) * now)
        for state in reached:
            for action in set(range(game.n_actions[i])) - {due[state][i]}:
                taken = (*due[state][:i], action, *due[state][i + 1 :])
                later = value[number[follow(state, taken)]]
                best = max(best, (1 - d) * payoff[taken] + d * later - value[number[state]])
    return best


@pytest.mark.parametrize("case", [c for c in load("repeated") if "automata" in c.input], ids=str)
@pytest.mark.parametrize("exact", [False, True])
def test_published_verdicts(case: Case, exact: bool) -> None:
    stage = NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    for check in case.answer["checks"]:
        game = RepeatedGame(stage, check["discount"])
        assert is_subgame_perfect(game, grim(), exact=exact).holds is check["grim"]
        copying = is_subgame_perfect(game, each(Automaton.tit_for_tat), exact=exact)
        assert copying.holds is check["tit_for_tat"]


def test_grim_trigger_from_the_textbook_threshold_on() -> None:
    for t, r, p in [(5, 3, 1), (4, 3, 1), (10, 9, 3), (7, 4, 3)]:
        threshold = Fraction(t - r, t - p)
        tiny = Fraction(1, 10**20)
        stage = dilemma(t, r, p, p - 1)
        found = is_subgame_perfect(RepeatedGame(stage, threshold), grim(), exact=True)
        assert found.holds
        assert found.gain == 0
        assert (found.player, found.state, found.action) == (0, (0, 0), 1)
        assert holds(stage, threshold + tiny, grim())
        assert not holds(stage, threshold - tiny, grim())


def test_what_floats_leave_open_is_settled_by_rationals() -> None:
    # (4 - 3) / (4 - 1): floats next to 1/3 are no third, and the verdict is that of the number.
    stage = dilemma(4, 3, 1, 0)
    below = float(THIRD)
    assert Fraction(below) < THIRD < Fraction(np.nextafter(below, 1))
    assert not holds(stage, below, grim())
    assert holds(stage, np.nextafter(below, 1), grim())
    assert holds(stage, THIRD, grim())
    assert holds(stage, [below, np.nextafter(below, 1)], grim()).tolist() == [False, True]


def test_exact_payoffs_decide() -> None:
    stage = dilemma(Fraction(3) + Fraction(2, 10), 3, Fraction(28, 10), 0)  # threshold 1/2
    assert holds(stage, 0.5, grim())
    assert not holds(
        dilemma(Fraction(32, 10) + Fraction(1, 10**30), 3, 2.75, 0), Fraction(4, 9), grim()
    )


def test_tit_for_tat_is_subgame_perfect_at_no_discount_in_general() -> None:
    assert not holds(dilemma(), np.linspace(0, 0.99, 100), each(Automaton.tit_for_tat)).any()
    # Unless T + S = R + P: then all four conditions meet at one discount.
    linear = dilemma(t=4, r=3, p=1, s=0)
    found = is_subgame_perfect(RepeatedGame(linear, THIRD), each(Automaton.tit_for_tat))
    assert found.holds
    assert not holds(linear, [float(THIRD), 0.32, 0.34], each(Automaton.tit_for_tat)).any()


def test_win_stay_lose_shift_threshold() -> None:
    """Defecting once gains T - R and costs R - P a period later: (T - R)/(R - P)."""
    stage = dilemma(t=4, r=3, p=1, s=0)
    pavlov = each(Automaton.win_stay_lose_shift)
    assert holds(stage, [0.49, 0.5, 0.51, 0.9], pavlov).tolist() == [False, True, True, True]
    # T - R > R - P: never.
    assert not holds(dilemma(), np.linspace(0, 0.99, 100), pavlov).any()


def test_carrot_and_stick() -> None:
    """Abreu's two conditions: T - R <= d (R - P'), and bearing the stick beats putting it off."""
    # Third action: a price war that hurts both.
    first = [[3, 0, -4], [5, 1, -4], [0, -1, -5]]
    stage = NormalForm.symmetric(first)
    plan = each(Automaton.carrot_and_stick, (0, 0), (2, 2), (3, 3))
    # Carrot: 5 - 3 <= d (3 + 5); stick: best reply -4 against -5, so 1 <= d (3 + 5).
    assert holds(stage, [0.24, 0.25, 0.26], plan).tolist() == [False, True, True]
    # It is worse than the stage's equilibrium for ever, so it sustains what grim play cannot.
    assert critical_discount(stage, (0, 0)) == 0.5


def test_leaders_who_may_be_replaced() -> None:
    """Violating once gains 2 and costs 3 in the next period, in which the leader has to go."""
    first = [[3, 0, 0], [5, 1, 1], [0, 0, 0]]  # comply, violate, replace
    stage = NormalForm.symmetric(first)
    counts = (3, 3)
    for_ever = each(Automaton.leader_punishment, (0, 0), [(1, 1)] * 2, (None, None), counts)
    assert np.array_equal(
        holds(stage, np.linspace(0, 0.99, 34), for_ever),
        holds(stage, np.linspace(0, 0.99, 34), grim(counts)),
    )
    once = each(Automaton.leader_punishment, (0, 0), [(2, 1), (1, 2)], (2, 2), counts)
    # 5 (1 - d) + 3 d^2 <= 3, and replacing him beats putting it off: d >= 1/3.
    tiny = Fraction(1, 10**20)
    assert holds(stage, [2 * THIRD - tiny, 2 * THIRD, 0.9], once).tolist() == [False, True, True]


@given(normal_forms(actions=(2, 3), players=(1, 3)), st.data())
def test_gains_are_those_of_linear_equations(stage: NormalForm, data: Any) -> None:
    counts = stage.n_actions
    automata = []
    for k in counts:
        states = data.draw(st.integers(1, 3))
        size = states * math.prod(counts)
        outputs = data.draw(st.lists(st.integers(0, k - 1), min_size=states, max_size=states))
        entries = data.draw(st.lists(st.integers(0, states - 1), min_size=size, max_size=size))
        start = data.draw(st.integers(0, states - 1))
        automata.append(Automaton(outputs, np.reshape(entries, (states, *counts)), start))
    discount = data.draw(st.sampled_from([0, 0.25, 0.5, 0.7, 0.9]))
    game = RepeatedGame(stage, discount)
    found = is_subgame_perfect(game, automata)
    exactly = is_subgame_perfect(game, automata, exact=True)
    assert found.gain == pytest.approx(largest_gain(game, automata), abs=1e-12)
    assert found.holds is exactly.holds is bool(exactly.gain <= 0)
    assert isinstance(exactly.gain, Fraction)
    assert found.gain == pytest.approx(float(exactly.gain), abs=1e-12)
    assert found.payoffs == pytest.approx(exactly.payoffs.astype(float), abs=1e-12)
    assert np.all(found.states[0] == [a.start for a in automata])
    assert any(np.array_equal(state, found.state) for state in found.states)


@given(normal_forms(actions=(2, 3)), st.data())
def test_critical_discounts_are_where_grim_trigger_turns(stage: NormalForm, data: Any) -> None:
    """Where each deviator's worst equilibrium is pure, so that automata can carry it out."""
    profile = tuple(data.draw(st.integers(0, k - 1)) for k in stage.n_actions)
    payoffs = vertex_enumeration(stage).payoffs
    pure = [tuple(map(int, place)) for place in np.argwhere(pure_nash(stage))]
    assume(pure)
    worst = [min(pure, key=lambda p, a=array: a[p]) for array in stage.payoffs]
    threats = [float(array[p]) for array, p in zip(stage.payoffs, worst, strict=True)]
    assume(all(threat <= low for threat, low in zip(threats, payoffs.min(axis=0), strict=True)))
    automata = grim(stage.n_actions, profile, worst)
    threshold = critical_discount(stage, profile)
    if math.isinf(threshold):
        assert not holds(stage, np.linspace(0, 0.999, 50), automata).any()
        return
    assert holds(stage, threshold * (1 + 1e-9), automata)
    if threshold > 0:
        assert not holds(stage, threshold * (1 - 1e-9), automata)
    if all(r >= w for r, w in zip((a[profile] for a in stage.payoffs), threats, strict=True)):
        assert holds(stage, 0.5 * (1 + threshold), automata)


@given(repeated_games(stages=normal_forms(actions=2, batch_shape=(2,)), common=False), st.data())
def test_verdicts_are_exact_and_payoffs_scale_and_shift(game: RepeatedGame, data: Any) -> None:
    rules = [
        lambda i: Automaton.grim_trigger(i, (0, 0), (1, 1), TWO),
        Automaton.tit_for_tat,
        Automaton.win_stay_lose_shift,
        lambda i: Automaton.carrot_and_stick(i, (0, 0), (1, 1), TWO),
    ]
    automata = [data.draw(st.sampled_from(rules))(player) for player in range(2)]
    found = is_subgame_perfect(game, automata)
    exactly = is_subgame_perfect(game, automata, exact=True)
    assert found.holds.tolist() == exactly.holds.tolist()
    assert found.gain == pytest.approx(exactly.gain.astype(float), abs=1e-13)
    moved = NormalForm([4 * game.stage.payoffs[0] + 1, 0.5 * game.stage.payoffs[1] - 3])
    again = is_subgame_perfect(RepeatedGame(moved, game.exact_discounts), automata)
    assert again.holds.tolist() == found.holds.tolist()
    assert again.payoffs == pytest.approx(found.payoffs * [4, 0.5] + [1, -3], abs=1e-12)


def test_each_player_has_its_own_discount() -> None:
    game = RepeatedGame(dilemma(), (0.9, 0.4))
    found = is_subgame_perfect(game, grim())
    assert not found.holds
    assert found.player == 1
    assert found.gain == pytest.approx(0.6 * 2 - 0.4 * 2)


def test_states_that_no_history_leads_to_do_not_count() -> None:
    # A third state that would be a mistake, and that nothing leads to.
    transitions = np.zeros((2, 2, 2), dtype=int)
    always = [Automaton([1, 0], transitions), Automaton([1, 0], transitions)]
    found = is_subgame_perfect(RepeatedGame(dilemma(), 0.5), always)
    assert found.holds
    assert found.states.tolist() == [[0, 0]]
    started = [Automaton([1, 0], transitions, start=1)] * 2
    assert not is_subgame_perfect(RepeatedGame(dilemma(), 0.5), started).holds


def test_states_after_several_have_deviated_count() -> None:
    # State 1, in which both comply although nothing is at stake, follows joint violation only.
    transitions = np.zeros((2, 2, 2), dtype=int)
    transitions[0, 0, 0] = 1
    transitions[1] = 1
    automata = [Automaton([1, 0], transitions)] * 2
    found = is_subgame_perfect(RepeatedGame(dilemma(), 0.1), automata)
    assert not found.holds
    assert found.state == (1, 1)


def test_values_of_long_cycles() -> None:
    """A cycle of 40 profiles, against the geometric sum."""
    outputs = RNG.integers(0, 2, size=40)
    turn = np.broadcast_to(((np.arange(40) + 1) % 40)[:, None, None], (40, 2, 2))
    stage = dilemma()
    automata = [Automaton(outputs, turn), Automaton(1 - outputs, turn)]
    found = is_subgame_perfect(RepeatedGame(stage, 0.9), automata)
    now = np.array([stage.payoffs[0][a, 1 - a] for a in outputs])
    expected = 0.1 * (now * 0.9 ** np.arange(40)).sum() / (1 - 0.9**40)
    assert found.payoffs[0] == pytest.approx(expected, rel=1e-13)


def test_a_batch_is_its_games_one_by_one() -> None:
    best = RNG.integers(4, 6, size=(5, 4))
    stage = NormalForm.symmetric(
        np.moveaxis(np.array([[3 + 0 * best, 0 * best], [best, 1 + 0 * best]]), (0, 1), (-2, -1))
    )
    game = RepeatedGame(stage, (RNG.choice([0.25, 0.5, 0.75], size=4), 0.5))
    together = is_subgame_perfect(game, grim())
    assert together.state.shape == together.payoffs.shape == (5, 4, 2)
    assert 0 < together.holds.sum() < 20
    for index in np.ndindex(5, 4):
        alone = is_subgame_perfect(game[index], grim())
        assert isinstance(alone.holds, bool)
        assert together.holds[index] == alone.holds
        assert together.gain[index] == alone.gain
        assert (together.player[index], together.action[index]) == (alone.player, alone.action)
        assert tuple(together.state[index]) == alone.state
        assert together.payoffs[index].tolist() == alone.payoffs.tolist()


def test_blocks_and_threads_change_nothing() -> None:
    game = RepeatedGame(NormalForm(RNG.normal(size=(2, 100_000, 2, 2))), 0.6)
    one, two = (is_subgame_perfect(game, grim(), threads=threads) for threads in (1, 2))
    assert np.array_equal(one.gain, two.gain)
    picked = RNG.integers(0, game.size, size=20)
    assert one.gain[picked].tolist() == [
        is_subgame_perfect(game[int(i)], grim()).gain for i in picked
    ]


def test_nobody_has_a_choice() -> None:
    game = RepeatedGame(NormalForm([[[1]], [[2]]]), 0.5)
    found = is_subgame_perfect(game, [Automaton([0], [[[0]]])] * 2)
    assert found.holds
    assert (found.player, found.action, found.state) == (-1, -1, (-1, -1))
    assert found.gain == -math.inf
    assert repr(found) == "<OneShotCheck: holds; nobody has a choice>"


def test_tiny_numbers_are_not_lost() -> None:
    # Products of these vanish in floats, and there is something to gain all the same.
    stage = NormalForm.symmetric([[1e-200, 0], [1e-200, 1e-200]])
    transitions = np.zeros((2, 2, 2), dtype=int)
    transitions[0, 1, 0] = 1
    transitions[1] = 1
    automata = [Automaton([0, 1], transitions)] * 2
    first = [[0.0, 0], [0, 1e-200]]
    game = RepeatedGame(NormalForm.from_bimatrix(first, [[0.0, 0], [0, 0]]), 1e-200)
    assert not is_subgame_perfect(game, automata).holds
    assert (
        holds(stage, 0.5, automata)
        is is_subgame_perfect(RepeatedGame(stage, 0.5), automata, exact=True).holds
    )


def test_repr() -> None:
    game = RepeatedGame(dilemma(), [0.4, 0.6])
    assert repr(is_subgame_perfect(game, grim())) == (
        "<OneShotCheck: holds in 1 of 2 games; batch shape (2,)>"
    )
    assert repr(is_subgame_perfect(game[0], grim())) == (
        "<OneShotCheck: fails; player 'host' gains 0.4 by action 'violate' in state (0, 0)>"
    )


@pytest.mark.parametrize(
    ("automata", "message"),
    [
        (Automaton([0], [[[0, 0], [0, 0]]]), "^automata: <Automaton.*; expected 2 automata"),
        (grim()[:1], "^automata: 1; expected 2, one for each player$"),
        ([grim()[0], "grim"], r"^automata\[1\] \(player 'guest'\): str; expected an Automaton$"),
        (
            [Automaton([0], np.zeros((1, 2, 3), dtype=int))] * 2,
            r"^automata\[0\] \(player 'host'\): transitions after \(2, 3\) actions; .* \(2, 2\)",
        ),
    ],
)
def test_automata_that_do_not_fit_are_refused(automata: Any, message: str) -> None:
    with pytest.raises(GameError, match=message):
        is_subgame_perfect(RepeatedGame(dilemma(), 0.5), automata)


def test_actions_beyond_the_players_are_refused() -> None:
    stage = NormalForm(RNG.normal(size=(2, 2, 3)))
    automata = [Automaton([0, 2], np.zeros((2, 2, 3), dtype=int))] * 2
    with pytest.raises(GameError, match=r"^automata\[0\] \(player '1'\): action 2 in state 1"):
        is_subgame_perfect(RepeatedGame(stage, 0.5), automata)


def test_too_many_joint_states_to_number() -> None:
    n = 9
    counts = (2,) * n
    stage = NormalForm(np.zeros((n, *counts)))
    automata = [Automaton(np.zeros(128, dtype=int), np.zeros((128, *counts), dtype=int))] * n
    with pytest.raises(SolverError, match="too many joint states"):
        is_subgame_perfect(RepeatedGame(stage, 0.5), automata)


def test_work_is_bounded() -> None:
    states = 50
    turn = np.broadcast_to(((np.arange(states) + 1) % states)[:, None, None], (states, 2, 2))
    automata = [Automaton(np.zeros(states, dtype=int), turn)] * 2
    game = RepeatedGame(dilemma(), 0.5)
    with pytest.raises(SolverError, match=r"more than 100 transitions \(max_work\)"):
        is_subgame_perfect(game, automata, max_work=100)
    with pytest.raises(GameError, match=r"^max_work: 0"):
        is_subgame_perfect(game, automata, max_work=0)
    with pytest.raises(GameError, match=r"^repeated_game: NormalForm; expected a RepeatedGame"):
        is_subgame_perfect(dilemma(), automata)  # type: ignore[arg-type]
