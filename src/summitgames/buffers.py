"""Memory for large results, used again once a result has been let go.

The first write to fresh memory costs more than solving small games does: the system has to find and
clear every page. Studies solve one batch after another and keep little of each, so what is no
longer referred to is kept for the next batch, up to a fixed amount.
"""

from __future__ import annotations

import mmap
import weakref
from contextlib import suppress
from math import prod
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["KEPT", "empty", "written"]

#: Bytes that are kept for later at most: of those that were written to.
KEPT: Final = 64 * 2**20
#: Below this many bytes fresh memory costs little.
_LEAST: Final = 2**20
#: Memory is taken in units of this many bytes (the size of a large page).
_UNIT: Final = 2 * 2**20


class _Memory(mmap.mmap):
    """A piece of memory: its pages cost memory once they have been written to."""

    touched = 0
    in_use = 0


#: What nobody refers to.
_free: list[_Memory] = []


def empty(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """A C-contiguous array of float64 whose entries are not set, as `numpy.empty` gives.

    Parameters
    ----------
    shape
        Its shape.

    Returns
    -------
    ndarray
        Its memory is taken again only after the array and all views of it are gone.
    """
    count = prod(shape)
    if count * 8 < _LEAST:
        return np.empty(shape)
    memory = _take(count * 8)
    owner = np.frombuffer(memory, dtype=np.float64)
    # Views refer to `owner`, not to the memory: when it goes, nobody can see the memory any more.
    weakref.finalize(owner, _give_back, memory).atexit = False
    return owner[:count].reshape(shape)


def written(array: NDArray[np.float64], count: int) -> None:
    """Tell that of an array of `empty` only the first entries were or will be written to.

    Parameters
    ----------
    array
        The array, from its first entry on.
    count
        How many entries.
    """
    base: object = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview) and isinstance(base.obj, _Memory):
        base.obj.in_use = count * 8


def _take(size: int) -> _Memory:
    """Memory of at least that many bytes: the oldest kept that is not far too large, or fresh."""
    for memory in tuple(_free):
        if size <= len(memory) <= 4 * size:
            try:
                _free.remove(memory)
            except ValueError:  # another thread was faster
                continue
            memory.in_use = size
            return memory
    memory = _fresh(-(-size // _UNIT) * _UNIT)
    memory.in_use = size
    return memory


def _fresh(length: int) -> _Memory:
    """Memory from the system, in large pages where it has them."""
    if not hasattr(mmap, "MAP_PRIVATE"):  # Windows, which sets all of it aside at once
        memory = _Memory(-1, length)
        memory.touched = length
        return memory
    memory = _Memory(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a system that was built without them
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory


def _give_back(memory: _Memory) -> None:
    """Keep memory for later; what was kept longest goes where that is too much."""
    # A large page as a whole, and one at least: so there are not ever more pieces to look through.
    touched = max(-(-memory.in_use // _UNIT), 1) * _UNIT
    memory.touched = max(memory.touched, touched)
    if memory.touched > KEPT:
        return
    _free.append(memory)
    while sum(kept.touched for kept in tuple(_free)) > KEPT:
        try:
            del _free[0]
        except IndexError:  # another thread was faster
            return
