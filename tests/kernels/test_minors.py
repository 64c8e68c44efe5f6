"""Tables of bordered minors, against determinants in exact arithmetic."""

from fractions import Fraction
from itertools import combinations, permutations

import numpy as np
import pytest

from summitgames.kernels.minors import minor_table, n_minors, support_table

SHAPES = [(1, 1), (1, 3), (2, 2), (3, 2), (2, 4), (3, 3), (4, 4)]


def determinant(rows: list[list[int]]) -> int:
    """By Leibniz' formula."""
    total = 0
    for order in permutations(range(len(rows))):
        swaps = sum(order[i] > order[j] for i, j in combinations(range(len(rows)), 2))
        product = (-1) ** swaps
        for row, column in enumerate(order):
            product *= rows[row][column]
        total += product
    return total


@pytest.mark.parametrize("shape", SHAPES)
def test_numbers_are_counted(shape: tuple[int, int]) -> None:
    rows, columns = shape
    table = minor_table(rows, columns, min(shape))
    assert len(table.number) == table.first[-1] == n_minors(rows, columns, min(shape))
    assert sorted(table.number.values()) == list(range(len(table.number)))


@pytest.mark.parametrize("shape", SHAPES)
def test_recursion_gives_determinants_up_to_a_sign_for_each_size(shape: tuple[int, int]) -> None:
    rows, columns = shape
    matrix = np.random.default_rng(1).integers(-9, 10, shape).tolist()
    table = minor_table(rows, columns, min(shape))
    values = {(chosen, ()): 1 for chosen, columns_ in table.number if not columns_}
    term = 0
    signs: dict[int, set[int]] = {}
    for chosen, subset in table.number:
        size = len(subset)
        if size == 1:
            values[chosen, subset] = matrix[chosen[1]][subset[0]] - matrix[chosen[0]][subset[0]]
        if size > 1:
            names = {number: name for name, number in table.number.items()}
            pairs = table.terms[term : term + size].tolist()
            values[chosen, subset] = sum(
                (-1) ** t * values[names[a]] * values[names[b]] for t, (a, b) in enumerate(pairs)
            )
            term += size
        bordered = [[matrix[i][j] for j in subset] + [1] for i in chosen]
        expected = determinant(bordered)
        if expected:
            assert abs(values[chosen, subset]) == abs(expected)
            signs.setdefault(size, set()).add(values[chosen, subset] * expected > 0)
    assert all(len(found) == 1 for found in signs.values())


def test_a_limit_leaves_larger_minors_and_supports_out() -> None:
    table = minor_table(4, 4, 2)
    assert max(len(columns) for _, columns in table.number) == 2
    supports = support_table(4, 4, 2)
    assert supports.sizes.tolist() == [1] * 16 + [2] * 36


def test_signs_ask_for_the_mix_and_the_best_responses() -> None:
    """For one pair of supports, against the mix solved from its equations."""
    supports = support_table(3, 3, 3)
    numbers = minor_table(3, 3, 3).number
    names = {number: name for name, number in numbers.items()}
    matrix = [[4, 0, 0], [0, 3, 0], [1, 1, 5]]  # rows 0 and 1 on columns 0 and 1: y = (3, 4) / 7
    pair = next(
        n
        for n in range(len(supports.sizes))
        if supports.sizes[n] == 2
        and supports.actions[0][n, :2].tolist() == [0, 1]
        and supports.actions[1][n, :2].tolist() == [0, 1]
    )
    asked = supports.signs[0][pair]
    sizes = []
    for sign in asked:
        chosen, columns = names[sign >> 1]
        bordered = [[matrix[i][j] for j in columns] + [1] for i in chosen]
        sizes.append(abs(determinant(bordered)))
    assert Fraction(sizes[0], sizes[0] + sizes[1]) == Fraction(3, 7)
    # Row 2 gets 1 where rows 0 and 1 get 12/7: its excess times the sum of the mix is -5.
    assert sizes[2] == 5
