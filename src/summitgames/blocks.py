"""The engine: work on a long stream of draws, block by block, on one or more threads.

Blocks have a fixed size and are numbered; random numbers come from a counter-based generator keyed
by the block's number, and results are combined in block order. So nothing depends on the number of
threads or on who finishes first, and memory grows with what is kept, not with the stream: where
results are not kept, no thread runs far ahead of the block whose result is combined next.
(`map_apart` alone cuts as suits the threads, for work in which no draw's result depends on that.)

The calling thread works, too: with `threads=2` one more is started, and none outlives the call.
"""

from __future__ import annotations

import _thread
import os
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final, Generic, TypeVar

import numpy as np

from summitgames.errors import whole_number
from summitgames.games.batches import BLOCK

__all__ = ["Block", "map_apart", "map_blocks", "reduce_blocks", "require_threads"]

T = TypeVar("T")
A = TypeVar("A")

#: Fewer blocks than this a thread, and a thread costs more than it brings.
_BLOCKS_A_THREAD = 8

#: Blocks a thread that may be under way or done before the one that is combined next.
_BLOCKS_AHEAD = 4

#: Seconds between two looks at whether a lock will ever be released.
_PATIENCE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Block:
    """Draws `start` to `stop` of a stream.

    Attributes
    ----------
    index
        Number of the block.
    start, stop
        Its first draw, and the one after its last.
    """

    index: int
    start: int
    stop: int

    @property
    def size(self) -> int:
        """Number of draws."""
        return self.stop - self.start

    def rng(self, seed: int) -> np.random.Generator:
        """Generator of this block (Philox, keyed by seed and block number)."""
        return np.random.Generator(np.random.Philox(key=[seed, self.index]))


def map_blocks(
    work: Callable[[Block], T], size: int, *, block: int = BLOCK, threads: int | None = None
) -> list[T]:
    """Results of `work` on every block, in block order.

    Parameters
    ----------
    work
        Function of a `Block`; called from several threads, so it should release the GIL.
    size
        Length of the stream.
    block
        Draws a block.
    threads
        None: the machine's cores for a long stream, one for a short one.

    Returns
    -------
    list
        One result a block.

    Raises
    ------
    GameError
        If `threads` is not a positive whole number.
    Exception
        What `work` raised on the first block on which it failed.
    """
    if size <= block:  # a single game should not pay for the machinery
        _workers(threads, 1)
        return [work(Block(0, 0, size))] if size else []
    results: list[T] = []
    count = -(-size // block)
    # All results are kept, so no thread has to wait for a slow block.
    _reduce(work, lambda _, result: results.append(result), None, size, block, threads, ahead=count)
    return results


def reduce_blocks(
    work: Callable[[Block], T],
    combine: Callable[[A, T], A],
    initial: A,
    size: int,
    *,
    block: int = BLOCK,
    threads: int | None = None,
) -> A:
    """Combine the results of `work` on every block, in block order, keeping none of them.

    Parameters
    ----------
    work, size, block, threads
        As for `map_blocks`.
    combine
        Function of what was combined so far and the next result.
    initial
        What to start from.

    Returns
    -------
    object
        The last value of `combine`, or `initial` if the stream is empty.

    Examples
    --------
    >>> reduce_blocks(lambda b: b.size, lambda total, n: total + n, 0, 5000, block=2048)
    5000
    """
    return _reduce(work, combine, initial, size, block, threads, ahead=None)


def _reduce(
    work: Callable[[Block], T],
    combine: Callable[[A, T], A],
    initial: A,
    size: int,
    block: int,
    threads: int | None,
    ahead: int | None,
) -> A:
    """`reduce_blocks`, with at most so many blocks done or under way before one is combined."""
    count = -(-size // block)
    workers = _workers(threads, count)
    limit = _BLOCKS_AHEAD * workers if ahead is None else ahead
    state = _Reduction(work, combine, initial, size, block, count, limit)
    started = 0
    try:
        # Not `threading.Thread`, which takes locks to start: an interrupt in between loses threads.
        for _ in range(workers - 1):
            try:
                _thread.start_new_thread(state.serve, ())
            except RuntimeError:  # the system has no more, or Python is about to end: fewer will do
                break
            started += 1
        state.run()  # this thread need not be woken
    except BaseException:  # Ctrl-C in the main thread: let the others end their blocks
        state.stop()
        raise
    finally:
        for _ in range(started):
            state.left.get()
    if state.broken is not None:
        raise state.broken
    if state.failures:
        raise state.failures[min(state.failures)]
    return state.total


def map_apart(
    work: Callable[[Block], T], size: int, *, least: int, most: int, threads: int | None = None
) -> list[tuple[Block, T]]:
    """Every block with the result of `work` on it, threads working far from one another.

    For work that writes large results side by side: two threads that are the first to write to a
    page of memory both wait for the system to clear it.

    Parameters
    ----------
    work, size, threads
        As for `map_blocks`.
    least, most
        Draws a block. As many threads are used as with blocks of `least`, each for several blocks
        of up to `most`; with one thread, blocks have `most`. Blocks have a multiple of `least`, if
        `most` is one. They depend on `threads`, so results of draws may not depend on them: no
        `Block.rng`.

    Returns
    -------
    list
        In block order.

    Raises
    ------
    GameError
        If `threads` is not a positive whole number.
    Exception
        What `work` raised on a block.
    """
    workers = _workers(threads, -(-size // least))
    share = size // (_BLOCKS_A_THREAD * workers) // least * least
    block = most if workers == 1 else max(least, min(most, share))
    count = -(-size // block)
    part = -(-count // workers)
    order = [i for first in range(part) for i in range(first, count, part)]
    blocks = [Block(i, i * block, min((i + 1) * block, size)) for i in order]
    found = map_blocks(lambda one: work(blocks[one.start]), count, block=1, threads=workers)
    return sorted(zip(blocks, found, strict=True), key=lambda pair: pair[0].index)


def require_threads(threads: object) -> None:
    """Refuse a nonsensical number of threads, before work that may use none.

    Raises
    ------
    GameError
        If `threads` is neither None nor a positive whole number.
    """
    _workers(threads, 1)


def _workers(threads: object, blocks: int) -> int:
    """Number of threads to use, one at least."""
    if threads is None:
        return max(1, min(_cores(), blocks // _BLOCKS_A_THREAD))
    number = whole_number(threads, "threads", expected="a positive whole number or None")
    return max(1, min(number, blocks))


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Reduction(Generic[A, T]):
    """What the threads of a reduction share: the next block, and results that wait for their turn.

    Blocks are handed out in order, so when one fails all earlier ones are under way, and which
    block was the first to fail is known at the end.

    Ctrl-C comes between any two steps of the main thread, which may hold the lock and be unable to
    release it. So threads wait for one another by queues, whose methods nothing can interrupt half
    way, and for the lock only until the work is stopped, for which no lock is needed.
    """

    def __init__(
        self,
        work: Callable[[Block], T],
        combine: Callable[[A, T], A],
        initial: A,
        size: int,
        block: int,
        count: int,
        ahead: int,
    ) -> None:
        self.work, self.combine, self.total = work, combine, initial
        self.size, self.block, self.count = size, block, count
        self.next = 0
        self.combined = 0
        self.waiting: dict[int, T] = {}
        self.failures: dict[int, Exception] = {}
        self.stopped = False
        self.broken: BaseException | None = None
        self.lock = _thread.allocate_lock()
        self.left: SimpleQueue[None] = SimpleQueue()
        #: One entry for each block that may be begun; None if all may.
        self.room: SimpleQueue[None] | None = None
        if ahead < count:
            self.room = SimpleQueue()
            for _ in range(ahead):
                self.room.put(None)

    def stop(self) -> None:
        """Hand out no more blocks."""
        self.stopped = True
        self._make_room()

    def serve(self) -> None:
        """`run` of a thread that the caller waits for."""
        try:
            self.run()
        except BaseException as error:  # noqa: BLE001  (raised again by the caller's thread)
            self.broken = error
        finally:
            self.left.put(None)

    def run(self) -> None:
        """Take the next block until none is left, or one has failed."""
        try:
            while (index := self._take()) is not None and self._do(index):
                pass
        except BaseException:  # of `combine`, or Ctrl-C: nobody is to wait for this thread's block
            self.stop()
            raise
        self._make_room()  # for the next to see that there is nothing left

    def _take(self) -> int | None:
        """Number of the next block, once it is not too far ahead; None where there is none."""
        if self.room is not None:
            self.room.get()
        if not self._locked():
            return None
        try:
            if self.stopped or self.failures or self.next >= self.count:
                return None
            self.next += 1
            return self.next - 1
        finally:
            self.lock.release()

    def _do(self, index: int) -> bool:
        """Work on a block, and combine what is ready; whether to go on."""
        start = index * self.block
        try:
            result = self.work(Block(index, start, min(start + self.block, self.size)))
        except Exception as error:  # noqa: BLE001  (raised again by the caller's thread)
            self.failures[index] = error
            return False
        if not self._locked():
            return False
        try:
            self.waiting[index] = result
            while self.combined in self.waiting:
                self.total = self.combine(self.total, self.waiting.pop(self.combined))
                self.combined += 1
                self._make_room()
        finally:
            self.lock.release()
        return True

    def _locked(self) -> bool:
        """Take the lock; False if all is stopped instead."""
        while not self.lock.acquire(timeout=_PATIENCE):
            if self.stopped:
                return False
        return True

    def _make_room(self) -> None:
        """Let one more block be begun, or a thread that waits for one see that it need not."""
        if self.room is not None:
            self.room.put(None)
