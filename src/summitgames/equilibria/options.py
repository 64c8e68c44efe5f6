"""Options that several solvers share."""

from __future__ import annotations

from typing import Final

from summitgames.errors import whole_number

__all__ = ["work_limit"]

#: What a compiled loop can count up to.
_MOST: Final = 2**63 - 1


def work_limit(max_work: object, default: int) -> int:
    """A solver's limit of work: `max_work`, or the default where it is None; below 2^63.

    Raises
    ------
    GameError
        If `max_work` is no positive whole number.
    """
    if max_work is None:
        return default
    return min(
        whole_number(max_work, "max_work", expected="a positive whole number or None"), _MOST
    )
