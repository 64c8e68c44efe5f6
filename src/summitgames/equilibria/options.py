"""Options that several solvers share."""

from __future__ import annotations

from typing import Final

from summitgames.errors import GameError

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
    if isinstance(max_work, bool) or not isinstance(max_work, int) or max_work < 1:
        raise GameError(f"max_work: {max_work!r}; expected a positive whole number or None")
    return min(max_work, _MOST)
