"""Instructions give what their plain functions give, compiled or not."""

import numpy as np
import pytest

from summitgames.kernels._instructions import prefetch, sign_bits, trailing_zeros
from summitgames.kernels._jit import jit


@jit
def zeros_of(words: np.ndarray, found: np.ndarray) -> None:
    for i in range(words.size):
        found[i] = trailing_zeros(words[i])


@jit
def signs_of(bits: np.ndarray, found: np.ndarray) -> None:
    for i in range(found.size):
        found[i] = sign_bits(bits, np.uint64(i))


@jit
def sum_of(numbers: np.ndarray) -> float:
    total = 0.0
    for i in range(numbers.size):
        prefetch(numbers, min(i + 8, numbers.size - 1))
        total += numbers[i]
    return total


def test_trailing_zeros() -> None:
    rng = np.random.default_rng(5)
    words = rng.integers(1, 2**63, 200, dtype=np.uint64)
    words = np.concatenate(
        [words, words << np.uint64(40), np.uint64(1) << np.arange(64, dtype="u8")]
    )
    words = words[words > 0]
    found = np.empty_like(words)
    zeros_of(words, found)
    expected = [f"{word:b}"[::-1].index("1") for word in words.tolist()]
    assert found.tolist() == expected
    assert [int(trailing_zeros(word)) for word in words] == expected


def test_sign_bits() -> None:
    rng = np.random.default_rng(5)
    numbers = rng.normal(size=40)
    numbers[[3, 11, 17]] = 0.0, -0.0, -np.inf
    bits = numbers.view(np.int64)
    found = np.empty(33, dtype=np.uint64)
    signs_of(bits, found)
    expected = [
        sum(1 << lane for lane in range(8) if np.signbit(numbers[i + lane])) for i in range(33)
    ]
    assert found.tolist() == expected
    assert [int(sign_bits(bits, i)) for i in range(33)] == expected


@pytest.mark.parametrize("writable", [True, False])
def test_prefetching_changes_nothing(writable: bool) -> None:
    numbers = np.arange(100.0)
    numbers.flags.writeable = writable
    assert sum_of(numbers) == 4950.0
    assert numbers.tolist() == list(range(100))
