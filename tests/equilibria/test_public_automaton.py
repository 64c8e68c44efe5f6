"""Automata that attain the vertices of payoff sets, judged from their strategies alone."""

import numpy as np
import pytest

import summitgames as sg
from summitgames.equilibria.public_automaton import attaining
from summitgames.results import Status

DILEMMA = sg.NormalForm.from_bimatrix([[9, 1], [10, 3]], [[9, 10], [1, 3]])


@pytest.mark.parametrize("discount", [0.0, 0.3, 0.75, (0.4, 0.7)])
@pytest.mark.parametrize("size", [(2, 2), (3, 3)])
def test_every_vertex_is_attained_in_equilibrium(size, discount) -> None:
    stage = sg.NormalForm(np.random.default_rng(0).random((2, 5, *size)))
    found = sg.payoff_set(sg.RepeatedGame(stage, discount))
    assert found.exists.any()
    for number in np.flatnonzero(found.status == Status.COMPLETE):
        one = found[number]
        automaton = one.automaton(0)
        count = int(one.n_vertices)
        np.testing.assert_allclose(automaton.lotteries.sum(axis=1), 1.0, rtol=1e-12)
        # What rounding loses in a state is passed on for 1 / (1 - 0.75) periods and more.
        np.testing.assert_allclose(automaton.payoffs, one.vertices[:count], atol=1e-7)
        assert automaton.gain <= 1e-7


def test_a_pure_one_agrees_with_the_check_by_one_shot_deviations() -> None:
    """Where both cooperate and nothing is left to a lottery, grim trigger does the same."""
    game = sg.RepeatedGame(DILEMMA, 0.75)
    found = sg.payoff_set(game)
    automaton = found.automaton(2)
    np.testing.assert_allclose(automaton.payoffs[automaton.start], [9, 9])
    assert automaton.outputs[2].tolist() == [0, 0]
    assert automaton.lotteries[2].tolist() == [0, 0, 1, 0]
    grim = [sg.Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
    assert sg.is_subgame_perfect(game, grim).holds
    assert automaton.gain <= 1e-12
    assert repr(automaton) == "<PublicAutomaton: 4 states, start 2>"


def test_what_is_no_equilibrium_gains() -> None:
    game = sg.RepeatedGame(DILEMMA, 0.1)
    both = np.zeros((1, 2), dtype=np.int64)
    naive = sg.PublicAutomaton(game, both, np.ones((1, 1)), np.zeros(2, dtype=np.int64), 0)
    np.testing.assert_allclose(naive.payoffs, [[9, 9]])
    np.testing.assert_allclose(naive.gain, 0.9)


def test_bad_input() -> None:
    family = sg.payoff_set(sg.RepeatedGame(DILEMMA, [0.1, 0.75]))
    with pytest.raises(sg.GameError, match="of a single game"):
        family.automaton(0)
    with pytest.raises(sg.GameError, match="vertex: 4; expected a whole number from 0 to 3"):
        family[1].automaton(4)
    game = sg.RepeatedGame(DILEMMA, (0.8, 0.95))
    rough = sg.payoff_set(game, directions=8)
    assert rough.status == Status.PARTIAL
    with pytest.raises(sg.SolverError, match="automaton: PARTIAL"):
        rough.automaton(0)
    with pytest.raises(sg.SolverError, match="starts with no profile"):
        attaining(sg.RepeatedGame(DILEMMA, 0.1), np.array([[3.0, 3.0], [9.0, 9.0]]), 0)
