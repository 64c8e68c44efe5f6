"""Instructions of the processor that loops over words of games use, and Python has no name for.

Each is a plain function, which stands for one or a few instructions where a kernel is compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.kernels._jit import known_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["prefetch", "sign_bits", "trailing_zeros"]


@known_from("summitgames.kernels._lowering")
def trailing_zeros(word: np.uint64) -> np.uint64:
    """Number of zeros below the lowest bit of a word that is not 0."""
    return np.uint64((int(word) & -int(word)).bit_length() - 1)


@known_from("summitgames.kernels._lowering")
def sign_bits(bits: NDArray[np.int64], start: int | np.uint64) -> np.uint64:
    """Signs of eight entries from `start` on, one bit each: those of floats, seen as integers."""
    here = int(start)
    return np.uint64(sum(int(bits[here + lane] < 0) << lane for lane in range(8)))


@known_from("summitgames.kernels._lowering")
def prefetch(array: NDArray[Any], index: int | np.uint64) -> None:
    """Ask for the cache line of an entry that is to be read soon; nothing happens in Python."""
