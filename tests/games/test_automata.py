"""Automata: what they hold, what is refused, and how those of the catalogue play."""

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from summitgames import Automaton, GameError

TWO = (2, 2)


def play(automata: Sequence[Automaton], moves: dict[int, tuple[int, int]], periods: int) -> list:
    """Profiles taken; in some periods a player takes another action than its automaton's."""
    states = [automaton.start for automaton in automata]
    path = []
    for period in range(periods):
        actions = [int(a.outputs[s]) for a, s in zip(automata, states, strict=True)]
        if period in moves:
            player, action = moves[period]
            actions[player] = action
        path.append(tuple(actions))
        states = [int(a.transitions[(s, *actions)]) for a, s in zip(automata, states, strict=True)]
    return path


def both(rule: Any, *arguments: Any) -> list[Automaton]:
    return [rule(player, *arguments) for player in range(2)]


def test_an_automaton_holds_its_own_read_only_copy() -> None:
    outputs, transitions = np.array([0, 1]), np.zeros((2, 2, 3), dtype=int)
    automaton = Automaton(outputs, transitions, start=1)
    outputs[0] = transitions[0, 0, 0] = 1
    assert automaton.outputs.tolist() == [0, 1]
    assert automaton.transitions[0, 0, 0] == 0
    assert (automaton.n_states, automaton.n_actions, automaton.start) == (2, (2, 3), 1)
    with pytest.raises(ValueError, match="read-only"):
        automaton.outputs[0] = 1
    again = pickle.loads(pickle.dumps(automaton))  # noqa: S301
    assert np.array_equal(again.transitions, automaton.transitions)
    assert repr(again) == "<Automaton: 2 states, start 1; 2 x 3 actions>"


def test_whole_numbers_of_any_kind_are_read() -> None:
    transitions = np.array([[[0, 0]]], dtype=object)
    assert Automaton(np.array([1], dtype=np.uint8), transitions).transitions.dtype == np.int64


def test_grim_trigger_never_forgives() -> None:
    grim = both(Automaton.grim_trigger, (0, 0), (1, 1), TWO)
    assert play(grim, {}, 3) == [(0, 0)] * 3
    assert play(grim, {1: (0, 1)}, 4) == [(0, 0), (1, 0), (1, 1), (1, 1)]
    assert play(grim, {1: (0, 1), 3: (0, 0)}, 5)[3:] == [(0, 1), (1, 1)]


def test_grim_trigger_punishes_the_first_who_left() -> None:
    punishments = [(1, 0), (0, 1)]
    grim = both(Automaton.grim_trigger, (0, 0), punishments, TWO)
    assert play(grim, {0: (0, 1)}, 3) == [(1, 0), (1, 0), (1, 0)]
    assert play(grim, {0: (1, 1)}, 3) == [(0, 1), (0, 1), (0, 1)]
    assert [a.transitions[0, 1, 1] for a in grim] == [1, 1]


def test_tit_for_tat_copies() -> None:
    copy = both(Automaton.tit_for_tat)
    assert play(copy, {1: (0, 1)}, 5) == [(0, 0), (1, 0), (0, 1), (1, 0), (0, 1)]
    assert Automaton.tit_for_tat(1, (3, 3), first=2).start == 2
    assert Automaton.tit_for_tat(1, (3, 3)).transitions[0, 2, 1] == 2


def test_win_stay_lose_shift_repairs_in_two_periods() -> None:
    pavlov = both(Automaton.win_stay_lose_shift)
    assert play(pavlov, {1: (0, 1)}, 5) == [(0, 0), (1, 0), (1, 1), (0, 0), (0, 0)]


def test_carrot_and_stick_punishes_for_one_period() -> None:
    stick = both(Automaton.carrot_and_stick, (0, 0), (1, 1), TWO)
    assert play(stick, {1: (0, 1)}, 4) == [(0, 0), (1, 0), (1, 1), (0, 0)]
    assert play(stick, {1: (0, 1), 2: (0, 0)}, 5)[2:] == [(0, 1), (1, 1), (0, 0)]


def test_leaders_are_punished_until_they_are_replaced() -> None:
    counts = (3, 3)  # comply, violate, replace the own leader
    trust = both(Automaton.leader_punishment, (0, 0), [(1, 1), (1, 1)], (2, 2), counts)
    assert play(trust, {0: (1, 1)}, 3) == [(0, 1), (1, 1), (1, 1)]
    # The victim's new leader changes nothing; the violator's does.
    assert play(trust, {0: (1, 1), 1: (0, 2)}, 3)[2] == (1, 1)
    assert play(trust, {0: (1, 1), 1: (1, 2)}, 3)[2] == (0, 0)
    for_ever = both(Automaton.leader_punishment, (0, 0), [(1, 1), (1, 1)], (None, 2), counts)
    assert play(for_ever, {0: (0, 1), 1: (0, 2)}, 3)[2] == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], [[[0]]]), r"^outputs: shape \(0,\); expected \(S,\)"),
        (([[0]], [[[0]]]), r"^outputs: shape \(1, 1\); expected"),
        (([0, 1], [[[0, 1], [1, 1]]]), r"^transitions: shape \(1, 2, 2\); .* S = 2"),
        (([0], [0]), r"^transitions: shape \(1,\)"),
        (([0, 1], [[[0, 1], [1]], [[1, 1], [1, 1]]]), "^transitions: ragged"),
        (([0, 1], [[[0, 1], [1, None]], [[1, 1], [1, 1]]]), r"^transitions: None at \(0, 1, 1\)"),
        (([0, 1], [[[0, 1], [1, 2]], [[1, 1], [1, 1]]]), r"^transitions: 2 at \(0, 1, 1\); .* 1$"),
        (([0, 1], [[[0, 1], [1, -1]], [[1, 1], [1, 1]]]), r"^transitions: -1 at \(0, 1, 1\)"),
        (([0, 1], [[[0, 1], [1, np.nan]], [[1, 1], [1, 1]]]), r"^transitions: \S+ at"),
        (([0, 2], [[[0, 1], [1, 1]], [[1, 1], [1, 1]]]), r"^outputs: 2 at \(1,\); expected an a"),
        (([0.5], [[[0]]]), r"^outputs: 0.5 at \(0,\)"),
        ((["x"], [[[0]]]), "^outputs: an array of <U1"),
        (([True], [[[0]]]), "^outputs: an array of bool"),
        (([0], [[[0]]], 1), "^start: 1; expected a whole number from 0 to 0$"),
        (([0], [[[0]]], "0"), "^start: '0'"),
    ],
)
def test_what_is_no_automaton_is_refused(arguments: Any, message: str) -> None:
    with pytest.raises(GameError, match=message):
        Automaton(*arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Automaton.grim_trigger(2, (0, 0), (1, 1), TWO), "^player: 2; expected"),
        (lambda: Automaton.grim_trigger(0, (0,), (1, 1), TWO), "^profile: 1 actions; expected 2"),
        (lambda: Automaton.grim_trigger(0, (0, 2), (1, 1), TWO), r"^profile\[1\]: 2; expected"),
        (lambda: Automaton.grim_trigger(0, (0, 0), (), TWO), "^punishment: empty"),
        (lambda: Automaton.grim_trigger(0, (0, 0), [(1, 1)], TWO), "^punishment: 1 profiles"),
        (
            lambda: Automaton.grim_trigger(0, (0, 0), [(1, 1), (1, 2)], TWO),
            r"^punishment\[1\]\[1\]: 2; expected",
        ),
        (lambda: Automaton.grim_trigger(0, "00", (1, 1), TWO), "^profile: '00'; expected"),
        (lambda: Automaton.grim_trigger(0, (0, 0), (1, 1), (2, 0)), r"^n_actions\[1\]: 0"),
        (lambda: Automaton.tit_for_tat(0, (2, 3)), r"^n_actions: \(2, 3\); expected two players"),
        (lambda: Automaton.tit_for_tat(0, first=2), "^first: 2"),
        (lambda: Automaton.win_stay_lose_shift(0, (2, 2, 2)), r"^n_actions: \(2, 2, 2\)"),
        (lambda: Automaton.win_stay_lose_shift(0, defect=True), "^defect: True"),
        (lambda: Automaton.carrot_and_stick(0, (0, 0), (1, 5), TWO), r"^stick\[1\]: 5"),
        (
            lambda: Automaton.leader_punishment(0, (0, 0), [(1, 1)] * 2, (1,), TWO),
            "^replacements: 1; expected 2",
        ),
        (
            lambda: Automaton.leader_punishment(0, (0, 0), [(1, 1)] * 2, (1, 2), TWO),
            r"^replacements\[1\]: 2",
        ),
    ],
)
def test_arguments_of_the_catalogue_are_checked(call: Any, message: str) -> None:
    with pytest.raises(GameError, match=message):
        call()
