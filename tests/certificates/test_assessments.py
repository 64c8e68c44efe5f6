"""Deviations from strategies and beliefs in signaling games, by plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.certificates.assessments import assessment_gaps, read_assessments
from summitgames.testing import signaling_games

WEIGHTS = st.lists(st.integers(0, 3), min_size=3, max_size=3)


def distributions(data, shape):
    """Random distributions over the last axis."""
    rows = np.array(
        [data.draw(WEIGHTS)[: shape[-1]] for _ in range(int(np.prod(shape[:-1])))], dtype=float
    )
    rows[rows.sum(axis=-1) == 0, 0] = 1
    return (rows / rows.sum(axis=-1, keepdims=True)).reshape(shape)


@given(
    signaling_games(types=(1, 3), messages=(1, 3), responses=(1, 3), payoffs="floats"), st.data()
)
@settings(max_examples=60, deadline=None)
def test_gains_by_plain_loops(game, data):
    T, M, R = game.counts
    sender = distributions(data, (T, M))
    receiver = distributions(data, (M, R))
    beliefs = distributions(data, (M, T))
    gaps = assessment_gaps(game, read_assessments(game, (sender, receiver, beliefs)))
    largest = []
    for t in range(T):
        each = [sum(receiver[m, r] * game.sender[t, m, r] for r in range(R)) for m in range(M)]
        value = sum(sender[t, m] * each[m] for m in range(M))
        np.testing.assert_allclose(gaps.sender[t], np.array(each) - value, atol=1e-10)
        largest.append(max(each) - value)
    for m in range(M):
        each = [sum(beliefs[m, t] * game.receiver[t, m, r] for t in range(T)) for r in range(R)]
        value = sum(receiver[m, r] * each[r] for r in range(R))
        np.testing.assert_allclose(gaps.receiver[m], np.array(each) - value, atol=1e-10)
        largest.append(max(each) - value)
        total = sum(game.prior[t] * sender[t, m] for t in range(T))
        for t in range(T):
            if total == 0:
                assert np.isnan(gaps.bayes[m, t])
            else:
                assert gaps.bayes[m, t] == pytest.approx(game.prior[t] * sender[t, m] / total)
    assert sg.regret(game, (sender, receiver, beliefs)) == pytest.approx(max(largest), abs=1e-10)


GAME = sg.SignalingGame(
    [[0.9, 0.1], [0.1, 0.9]],
    [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    types=["strong", "weak"],
    messages=["beer", "quiche"],
    responses=["fight", "leave"],
)
BEER, REPLIES = [[1, 0], [1, 0]], [[0, 1], [1, 0]]
BELIEFS = [[0.9, 0.1], [0, 1]]


def test_families_and_slots():
    # With few strong types, whoever is met by beer is fought.
    assert sg.regret(GAME, (BEER, REPLIES, [BELIEFS, [[0.1, 0.9], [0, 1]]])).tolist() == [0, 0.8]
    result = sg.perfect_bayesian(GAME)
    assert result.exists.tolist() == [[True, True], [True, False]]
    found = sg.regret(GAME, result)
    assert found.shape == (2, 2)
    assert np.isnan(found[1, 1])
    assert np.nanmax(found) < 1e-15
    np.testing.assert_array_equal(result.regret, found)


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        ((BEER, REPLIES), r"equilibria: tuple; expected a result with \.sender"),
        ((BEER, REPLIES, [[1, 0]] * 3), r"beliefs: shape \(3, 2\); expected \(2, 2, 2\)"),
        ((BEER, [[0, 1], [1, 1]], BELIEFS), r"receiver: \[1\. 1\.\] at index \(0, 1\); expected"),
        (([[1, 0], [2, -1]], REPLIES, BELIEFS), r"sender: \[ 2\. -1\.\] at index \(0, 1\)"),
        ((BEER, "leave", BELIEFS), "receiver: an array of <U5; expected numbers"),
    ],
)
def test_what_is_no_assessment_is_refused(given_, message):
    with pytest.raises(sg.GameError, match=message):
        sg.regret(GAME, given_)
