"""Limits of work."""

import pytest

import summitgames as sg
from summitgames import GameError
from summitgames.equilibria.options import work_limit


def test_the_default_and_what_is_given() -> None:
    assert work_limit(None, 7) == 7
    assert work_limit(3, 7) == 3


def test_no_limit_is_too_large_for_a_compiled_loop() -> None:
    assert work_limit(10**30, 7) == 2**63 - 1
    hunt = sg.NormalForm.symmetric([[9, 0], [8, 7]])
    assert sg.lemke_howson(hunt, max_work=10**30).exists.sum() == 1


@pytest.mark.parametrize("nonsense", [0, -1, 1.0, True, "3"])
def test_nonsense_is_refused(nonsense: object) -> None:
    with pytest.raises(GameError, match=r"max_work: .*; expected a positive whole number or None"):
        work_limit(nonsense, 7)
