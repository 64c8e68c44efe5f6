"""Limits of work."""

import pytest

from summitgames import GameError
from summitgames.equilibria.options import work_limit


def test_the_default_and_what_is_given() -> None:
    assert work_limit(None, 7) == 7
    assert work_limit(3, 7) == 3


@pytest.mark.parametrize("nonsense", [0, -1, 1.0, True, "3"])
def test_nonsense_is_refused(nonsense: object) -> None:
    with pytest.raises(GameError, match=r"max_work: .*; expected a positive whole number or None"):
        work_limit(nonsense, 7)
