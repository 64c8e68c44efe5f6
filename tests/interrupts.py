"""Interrupts of the main thread at each of the moments at which Ctrl-C may come."""

from __future__ import annotations

import _thread
import dis
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from types import CodeType, FrameType
from typing import Any

#: Instructions after which the interpreter looks whether a signal has come.
_LOOKS = ("CALL", "RESUME", "JUMP_BACKWARD", "INSTRUMENTED")


@cache
def _moments(code: CodeType) -> frozenset[int]:
    """Places in a function's code just before which a signal may be served."""
    instructions = [one for one in dis.get_instructions(code) if one.opname != "CACHE"]
    return frozenset(
        after.offset for one, after in pairwise(instructions) if one.opname.startswith(_LOOKS)
    )


def interrupted(
    call: Callable[[], object], *files: str, may_be_lost: bool = False
) -> Iterator[str]:
    """Make a call again and again, interrupted at every moment of the code of some files in turn.

    Yields where, after each call with an interrupt, until a call has none. Anything else that the
    call raises is passed on. A call that hangs is an error, and one that is not ended by the
    interrupt, unless this may be lost: Python ignores what finalizers raise.
    """
    place, passed, target, hangs = "", 0, 0, False

    def give_up() -> None:
        nonlocal hangs
        hangs = True
        _thread.interrupt_main()

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal place, passed
        if not frame.f_code.co_filename.endswith(files):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode" and frame.f_lasti in _moments(frame.f_code):
            passed += 1
            if passed > target:
                place = f"{frame.f_code.co_qualname}, line {frame.f_lineno}"
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    while True:
        place, passed = "", 0
        guard = threading.Timer(10, give_up)
        guard.start()
        before = sys.gettrace()
        sys.settrace(trace)
        ended = False
        try:
            call()
        except KeyboardInterrupt:
            ended = True
        finally:
            sys.settrace(before)
            guard.cancel()
        assert not hangs, f"hangs after an interrupt in {place}"
        if not place:
            return
        assert ended or may_be_lost, f"an interrupt in {place} was lost"
        yield place  # when no traceback holds anything any more
        target += 1
