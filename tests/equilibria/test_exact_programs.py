"""Exact linear programs: optimal by their own multipliers, and never cycling."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.equilibria.exact_programs import (
    exact_limit,
    least_bound,
    matrix_game,
    pivot_limit,
    whole_array,
)

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=50)
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.integers(1, 5))
def test_multipliers_prove_the_bound(seed: int, rows: int, columns: int, largest: int) -> None:
    rng = np.random.default_rng(seed)
    constant = rng.integers(-largest, largest + 1, rows).astype(object)
    slopes = rng.integers(-largest, largest + 1, (rows, columns)).astype(object)
    shares = sorted(rng.permutation(columns)[: columns // 2].tolist())
    # A row that any point z of the cone leaves where it is keeps the bound from falling for ever.
    constant = np.append(constant, -10)
    slopes = np.concatenate([slopes, np.zeros((1, columns), dtype=object)])
    found = least_bound(constant, slopes, 1000, shares=shares)
    assert found is not None
    z, p = np.array(found.variables), np.array(found.multipliers)
    assert (z >= 0).all()
    assert sum(z[shares]) <= 1
    assert (constant + slopes @ z).max() == found.value
    assert (p >= 0).all()
    assert sum(p) == 1
    # Any z has a bound of at least p . (constant + slopes z), by weights of z that are not negative
    # but for those with a common limit of 1.
    weights = p @ slopes
    free = [j for j in range(columns) if j not in shares]
    assert all(weights[j] >= 0 for j in free)
    limited = min([Fraction(0), *(weights[j] for j in shares)])
    assert p @ constant + limited == found.value


def test_matrix_game_with_all_payoffs_equal_or_one_action() -> None:
    found = matrix_game(np.full((3, 2), 5, dtype=object), 10)
    assert found is not None
    assert found.value == 5
    found = matrix_game(np.array([[3, 1, 2]], dtype=object), 10)
    assert found is not None
    assert (found.value, found.multipliers, found.variables) == (1, [1], [0, 1, 0])


def test_stops_after_so_many_pivots() -> None:
    matrix = np.array([[3, -1], [-2, 1]], dtype=object)
    assert matrix_game(matrix, 0) is None
    assert matrix_game(matrix, 1) is not None


def test_whole_numbers() -> None:
    numbers = np.array([[0, Fraction(1, 3)], [Fraction(-5, 2), 1]], dtype=object)
    whole, unit = whole_array(numbers)
    assert whole.tolist() == [[0, 2], [-15, 6]]
    assert unit == Fraction(1, 6)
    whole, unit = whole_array(np.zeros(2))
    assert whole.tolist() == [0, 0]
    assert (whole_array(np.array([0.1]))[0] * whole_array(np.array([0.1]))[1])[0] == Fraction(0.1)


def test_limit() -> None:
    assert pivot_limit(None, 2, 3) == 500
    assert pivot_limit(7, 2, 3) == 7
    assert exact_limit(500, 2, 3) == 500
    assert exact_limit(500, 1024, 1024) == 2
    with pytest.raises(sg.GameError, match="max_work: -1; expected a positive whole number"):
        pivot_limit(-1, 2, 3)
