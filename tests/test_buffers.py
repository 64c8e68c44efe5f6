"""Memory that is used again, and never while somebody can see it."""

import gc

import numpy as np
import pytest

from summitgames import buffers

COUNT = 2**18  # 2 MiB


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "_free", [])


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def kept() -> int:
    return sum(memory.touched for memory in buffers._free)


def test_memory_comes_back_when_the_last_view_has_gone() -> None:
    array = buffers.empty((2, COUNT // 2))
    assert array.shape == (2, COUNT // 2)
    assert array.flags.c_contiguous
    array[:] = 1.0
    place = address(array)
    view = array[1, 5:]
    del array
    other = buffers.empty((COUNT,))
    assert address(other) != place
    other[:] = 2.0
    assert (view == 1.0).all()
    del view
    gc.collect()
    assert address(buffers.empty((COUNT,))) == place


def test_only_so_much_is_kept() -> None:
    arrays = [buffers.empty((COUNT,)) for _ in range(buffers.KEPT // (COUNT * 8) + 3)]
    del arrays
    gc.collect()
    assert kept() == buffers.KEPT
    assert buffers.empty((buffers.KEPT,)).size == buffers.KEPT  # 8 times as many bytes
    gc.collect()
    assert kept() == buffers.KEPT


def test_what_was_never_written_does_not_count() -> None:
    array = buffers.empty((2, buffers.KEPT))  # 16 times as many bytes as are kept
    place = address(array)
    buffers.written(array, COUNT)
    view = array[0, :COUNT]
    del array
    gc.collect()
    assert kept() == 0
    del view
    gc.collect()
    assert kept() == COUNT * 8
    array = buffers.empty((2, buffers.KEPT))
    assert address(array) == place
    buffers.written(array, 5)
    del array
    gc.collect()
    assert kept() == COUNT * 8  # its pages are still there
    array = buffers.empty((2, buffers.KEPT))
    del array
    gc.collect()
    assert kept() == 0


def test_small_arrays_do_not_take_what_is_kept_for_large_ones() -> None:
    kept = buffers.empty((8 * COUNT,))
    del kept
    gc.collect()
    small = buffers.empty((COUNT,))
    assert len(buffers._free) == 1
    assert buffers.empty((3,)).base is None
    assert small.size == COUNT


@pytest.mark.parametrize("count", [1, 7, 8, 1000, 100_000])
def test_aligned_space_starts_a_cache_line(count: int) -> None:
    spaces = [buffers.aligned(count) for _ in range(20)]
    assert all(space.shape == (count,) and space.flags.c_contiguous for space in spaces)
    assert {address(space) % 64 for space in spaces} == {0}
