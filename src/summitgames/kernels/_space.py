"""Space for kernels to work in."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VECTOR", "aligned", "aligned_zeros"]

#: Numbers a cache line, and a vector of the widest processors.
VECTOR: Final = 8


def aligned(*shape: int) -> NDArray[np.float64]:
    """Numbers that are not set, the first at the start of a cache line.

    NumPy's arrays start anywhere, and what the processor reads or writes across two cache lines
    takes twice as long: vectors as wide as a line always would.

    Parameters
    ----------
    shape
        Of the array: each row starts a line, too, where the last length is a multiple of `VECTOR`.
    """
    size = prod(shape)
    room = np.empty(size + VECTOR)
    start = -room.__array_interface__["data"][0] // room.itemsize % VECTOR
    return room[start : start + size].reshape(shape)


def aligned_zeros(*shape: int) -> NDArray[np.float64]:
    """The same, all 0."""
    space = aligned(*shape)
    space.fill(0.0)
    return space
