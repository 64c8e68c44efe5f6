"""Memory that is used again, and never while somebody can see it."""

import errno
import gc
import mmap
import sys
import threading
import weakref

import numpy as np
import pytest

from interrupts import interrupted
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


def test_a_large_page_counts_as_a_whole() -> None:
    arrays = [buffers.empty((COUNT // 2,)) for _ in range(buffers.KEPT // (COUNT * 8) + 3)]
    for array in arrays:
        buffers.written(array, 0)
    del array, arrays
    gc.collect()
    assert len(buffers._free) == buffers.KEPT // (COUNT * 8)


def test_more_is_counted_where_memory_is_used_again_for_more() -> None:
    array = buffers.empty((4 * COUNT,))
    buffers.written(array, COUNT)
    del array
    assert kept() == COUNT * 8
    array = buffers.empty((3 * COUNT,))
    del array
    assert kept() == 3 * COUNT * 8


def test_what_an_interrupt_leaves_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, pieces = buffers._fresh, []

    def note(length: int) -> mmap.mmap:
        memory = fresh(length)
        pieces.append(weakref.ref(memory))
        return memory

    monkeypatch.setattr(buffers, "_fresh", note)
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # pytest's keeps what it is given

    def call() -> None:
        array = buffers.empty((COUNT,))
        buffers.written(array, COUNT)
        del array

    call()
    for place in interrupted(call, "summitgames/buffers.py", may_be_lost=True):
        gc.collect()
        assert sum(piece() is not None for piece in pieces) <= 1, place
    call()
    assert len(buffers._free) == 1
    view = buffers.empty((COUNT,))
    view[:] = 1.0
    other = buffers.empty((COUNT,))
    assert not np.shares_memory(view, other)


def test_systems_without_large_pages_or_private_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    class Memory(buffers._Memory):
        madvise = refuse

    monkeypatch.setattr(buffers, "_Memory", Memory)
    buffers.empty((COUNT,))[:] = 1.0
    monkeypatch.delattr(mmap, "MAP_PRIVATE", raising=False)
    monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    monkeypatch.setattr(buffers, "_free", [])
    array = buffers.empty((3 * COUNT,))
    array[:] = 2.0
    buffers.written(array, COUNT)
    del array
    assert kept() == 3 * COUNT * 8  # set aside when it was taken


def test_living_arrays_of_several_threads_share_nothing() -> None:
    wrong = []

    def work(number: int) -> None:
        rng = np.random.default_rng(number)
        held: list[tuple[np.ndarray, float]] = []
        for step in range(300):
            array = buffers.empty((COUNT // 2 * int(rng.integers(1, 4)),))
            mark = number * 1e6 + step
            array[::512] = mark
            buffers.written(array, int(rng.integers(array.size)))
            held.append((array[5:], mark))
            if len(held) > 3:
                view, expected = held.pop(int(rng.integers(4)))
                wrong.append((view[507::512] != expected).any())
        assert len(wrong) > 0

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 4 * 297
    assert not any(wrong)
    gc.collect()
    assert kept() <= buffers.KEPT


def test_small_arrays_do_not_take_what_is_kept_for_large_ones() -> None:
    kept = buffers.empty((8 * COUNT,))
    del kept
    gc.collect()
    small = buffers.empty((COUNT,))
    assert len(buffers._free) == 1
    assert buffers.empty((3,)).base is None
    assert small.size == COUNT
