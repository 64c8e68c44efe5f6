"""The engine: the same results whatever the threads, in block order, in bounded memory."""

import _thread
import dataclasses
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interrupts import interrupted
from summitgames import GameError
from summitgames.blocks import _BLOCKS_AHEAD, Block, map_apart, map_blocks, reduce_blocks

THREADS = [None, 1, 2, 5]


class BrokenError(Exception):
    """Raised by work."""


def bounds(block):
    return block.index, block.start, block.stop


@given(st.integers(0, 200), st.integers(1, 50), st.sampled_from(THREADS))
def test_blocks_tile_the_stream_in_order(size, block, threads):
    starts = range(0, size, block)
    expected = [(i, start, min(start + block, size)) for i, start in enumerate(starts)]
    assert map_blocks(bounds, size, block=block, threads=threads) == expected


@pytest.mark.parametrize("threads", THREADS)
def test_results_depend_on_neither_block_size_nor_threads(threads):
    x = np.linspace(0, 1, 1000)
    expected = np.sqrt(x) * 3
    for block in (1, 7, 500, 999, 1000, 5000):
        parts = map_blocks(
            lambda b: np.sqrt(x[b.start : b.stop]) * 3, x.size, block=block, threads=threads
        )
        np.testing.assert_array_equal(np.concatenate(parts), expected)


@pytest.mark.parametrize("threads", THREADS)
def test_results_are_combined_in_block_order_whoever_is_first(threads):
    def work(block):
        time.sleep(0.002 if block.index % 3 == 0 else 0)
        return block.index

    order = reduce_blocks(work, lambda seen, i: [*seen, i], [], 40, block=1, threads=threads)
    assert order == list(range(40))


def test_random_numbers_are_keyed_by_seed_and_block():
    def draw(block, seed=7):
        return block.rng(seed).uniform(size=block.size)

    one = np.concatenate(map_blocks(draw, 1000, block=64, threads=1))
    two = np.concatenate(map_blocks(draw, 1000, block=64, threads=3))
    np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(draw(Block(3, 192, 256)), one[192:256])
    assert not np.array_equal(draw(Block(3, 192, 256), seed=8), one[192:256])
    assert np.unique(one).size == 1000  # no block repeats another's


def test_an_empty_stream():
    def never(_):
        raise BrokenError

    assert map_blocks(never, 0) == []
    assert reduce_blocks(never, lambda total, _: total, "initial", 0) == "initial"


def test_several_threads_work_at_once():
    meeting = threading.Barrier(2)
    # Each of two blocks waits for the other: one thread would wait in vain.
    assert map_blocks(lambda _: meeting.wait(timeout=10), 2, block=1, threads=2)


@pytest.mark.parametrize("most", [0, 1])
def test_where_the_system_has_no_more_threads_fewer_do(most, monkeypatch):
    start, started = _thread.start_new_thread, []

    def refuse(*arguments):
        if len(started) == most:
            raise RuntimeError("can't start new thread")
        started.append(arguments)
        return start(*arguments)

    monkeypatch.setattr(_thread, "start_new_thread", refuse)
    assert map_blocks(lambda b: b.index, 100, block=1, threads=4) == list(range(100))
    assert len(started) == most


def test_a_short_stream_stays_on_the_calling_thread():
    assert map_blocks(lambda _: threading.get_ident(), 10) == [threading.get_ident()]
    found = map_blocks(lambda _: threading.get_ident(), 4, block=1)
    assert set(found) == {threading.get_ident()}


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True])
@pytest.mark.parametrize("size", [0, 1, 100])
def test_threads_are_checked(threads, size):
    with pytest.raises(GameError, match=r"threads: .*; expected a positive whole number or None"):
        map_blocks(bounds, size, block=10, threads=threads)
    with pytest.raises(GameError, match="threads"):
        reduce_blocks(bounds, lambda total, _: total, None, size, block=10, threads=threads)


@pytest.mark.parametrize("threads", THREADS)
@pytest.mark.parametrize("size", [1, 60])
def test_what_the_first_failing_block_raised(threads, size):
    def work(block):
        if block.index >= size // 2:
            time.sleep(0.005 if block.index == size // 2 else 0)  # a later failure comes earlier
            raise BrokenError(block.index)

    with pytest.raises(BrokenError) as caught:
        map_blocks(work, size, block=1, threads=threads)
    assert caught.value.args == (size // 2,)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_no_block_is_started_after_a_failure(threads):
    started = []

    def work(block):
        started.append(block.index)
        raise BrokenError

    with pytest.raises(BrokenError):
        map_blocks(work, 10_000, block=1, threads=threads)
    assert len(started) <= threads


@pytest.mark.parametrize("threads", [1, 2, 4])
@pytest.mark.parametrize("kind", [BrokenError, KeyboardInterrupt])
def test_what_combine_raises_ends_the_stream(threads, kind):
    def combine(total, index):
        if index == 5:
            raise kind
        return total + 1

    done = []

    def work(block):
        done.append(block.index)
        return block.index

    with pytest.raises(kind):
        reduce_blocks(work, combine, 0, 10_000, block=1, threads=threads)
    assert len(done) <= 6 + _BLOCKS_AHEAD * threads


@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_in_work_ends_the_stream(threads):
    def work(block):
        if block.index == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        map_blocks(work, 10_000, block=1, threads=threads)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("kept", [True, False])
def test_an_interrupt_at_any_moment_neither_hangs_nor_leaves_threads_behind(threads, kept):
    def work(block):
        time.sleep(0.0002)
        return block.index

    def call():
        if kept:
            return map_blocks(work, 9, block=1, threads=threads)
        return reduce_blocks(work, lambda seen, i: [*seen, i], [], 14, block=1, threads=threads)

    before = _thread._count()
    for place in interrupted(call, "summitgames/blocks.py", "/threading.py", "/thread.py"):
        for _ in range(2000):
            if _thread._count() <= before:
                break
            time.sleep(0.001)
        else:
            pytest.fail(f"a thread is left after an interrupt in {place}")
    assert call() == list(range(9 if kept else 14))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_reduction_keeps_few_results(threads):
    alive, most, lock = 0, 0, threading.Lock()

    class Result:
        def __init__(self):
            nonlocal alive, most
            with lock:
                alive += 1
                most = max(most, alive)

        def __del__(self):
            nonlocal alive
            with lock:
                alive -= 1

    def work(block):
        if block.index == 0:
            time.sleep(0.05)  # the others could run through the whole stream meanwhile
        return Result()

    count = reduce_blocks(work, lambda n, _: n + 1, 0, 2000, block=1, threads=threads)
    assert count == 2000
    assert most <= _BLOCKS_AHEAD * threads + threads + 1  # and one in every thread's hands


def test_nobody_waits_for_a_slow_block_where_results_are_kept():
    others = threading.Semaphore(0)

    def work(block):
        if block.index > 0:
            others.release()
            return True
        return all(others.acquire(timeout=5) for _ in range(99))

    assert all(map_blocks(work, 100, block=1, threads=2))


@given(
    st.integers(0, 300),
    st.integers(1, 8),
    st.sampled_from([1, 2, 4]),
    st.sampled_from(THREADS),
)
def test_blocks_apart_tile_the_stream_in_order(size, least, times, threads):
    most = least * times
    found = map_apart(bounds, size, least=least, most=most, threads=threads)
    assert all(bounds(block) == result for block, result in found)
    assert [block.index for block, _ in found] == list(range(len(found)))
    numbers = [i for block, _ in found for i in range(block.start, block.stop)]
    assert numbers == list(range(size))
    assert all(block.size % least == 0 and block.size <= most for block, _ in found[:-1])
    if threads == 1 and size > 0:
        assert len(found) == -(-size // most)
    if threads == 2 and size > least:
        assert len(found) > 1


def test_threads_start_apart():
    started = []
    barrier = threading.Barrier(2, timeout=5)

    def work(block):
        if block.start in (0, 50):
            barrier.wait()
        started.append(block.index)

    map_apart(work, 100, least=1, most=1, threads=2)
    assert sorted(started) == list(range(100))


def test_threads_of_blocks_apart_are_checked():
    with pytest.raises(GameError, match="threads"):
        map_apart(bounds, 10, least=1, most=4, threads=0)


def test_blocks_are_frozen():
    block = Block(2, 16, 24)
    assert block.size == 8
    with pytest.raises(dataclasses.FrozenInstanceError):
        block.stop = 25
