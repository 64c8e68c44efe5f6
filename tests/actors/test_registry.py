"""Actors by name."""

import pytest

import summitgames as sg
from summitgames.actors.registry import actors

FIVE = ("russia", "ukraine", "united_states", "europe", "verkhovna_rada")


def test_there_are_five_actors() -> None:
    assert actors() == FIVE
    assert [sg.actor(name).name for name in FIVE] == list(FIVE)


@pytest.mark.parametrize("name", ["rusia", "Russia", "", None, 3, ["russia"]])
def test_unknown_actors_are_refused(name: object) -> None:
    with pytest.raises(sg.GameError, match=r"unknown actor .*; did you mean '\w+'\?"):
        sg.actor(name)  # type: ignore[arg-type]


def test_the_nearest_name_is_given() -> None:
    with pytest.raises(sg.GameError, match="'untied_states'; did you mean 'united_states'"):
        sg.actor("untied_states")
