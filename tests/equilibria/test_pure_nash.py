"""Pure equilibria, against a plain look at every deviation."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg


def looked_up(payoffs: list[np.ndarray]) -> np.ndarray:
    shape = payoffs[0].shape
    found = np.zeros(shape, dtype=bool)
    for profile in product(*map(range, shape)):
        found[profile] = all(
            payoffs[i][profile] >= payoffs[i][(*profile[:i], action, *profile[i + 1 :])]
            for i in range(len(shape))
            for action in range(shape[i])
        )
    return found


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
    st.sampled_from([2, 5, 1000]),
)
def test_equals_a_look_at_every_deviation(counts: list[int], seed: int, values: int) -> None:
    rng = np.random.default_rng(seed)
    payoffs = rng.integers(0, values, (len(counts), 3, *counts)).astype(float)
    result = sg.pure_nash(sg.NormalForm(list(payoffs)))
    assert result.shape == (3, *counts)
    for game in range(3):
        np.testing.assert_array_equal(result[game], looked_up(list(payoffs[:, game])))


def test_threads_and_broadcasting_change_nothing() -> None:
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 4, (400, 1, 3, 3)) + 0.0, rng.integers(0, 4, (50, 3, 3)) + 0.0
    game = sg.NormalForm([first, second])
    one, two = (sg.pure_nash(game, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(one[17, 4], looked_up([first[17, 0], second[4]]))


def test_exact_payoffs_decide_where_their_floats_tie() -> None:
    more = Fraction(1, 3) + Fraction(1, 10**30)
    game = sg.NormalForm([[[Fraction(1, 3)], [more]], [[0], [0]]])
    assert sg.pure_nash(game).tolist() == [[False], [True]]


def test_three_by_three_of_ties_has_nine() -> None:
    assert sg.pure_nash(sg.NormalForm.zero_sum(np.zeros((3, 3)))).sum() == 9


def test_nonsense_is_refused() -> None:
    with pytest.raises(sg.GameError, match="game: int; expected a NormalForm"):
        sg.pure_nash(3)
