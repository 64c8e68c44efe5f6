"""The two exceptions, and the wording of every refusal of an unknown name."""

import pickle

import pytest

import summitgames as sg
from summitgames.errors import GameError, SolverError, unknown_name


def test_what_users_can_catch():
    assert sg.GameError is GameError
    assert sg.SolverError is SolverError
    assert issubclass(GameError, ValueError)
    assert issubclass(SolverError, RuntimeError)
    assert not issubclass(GameError, SolverError)


@pytest.mark.parametrize("kind", [GameError, SolverError])
def test_travels_between_processes(kind):
    error = pickle.loads(pickle.dumps(kind("players: empty")))  # noqa: S301
    assert type(error) is kind
    assert str(error) == "players: empty"


@pytest.mark.parametrize(
    ("given", "nearest"), [("turst", "trust"), ("turnover_", "turnover"), ("Prize", "prize")]
)
def test_nearest_name(given, nearest):
    error = unknown_name("parameter", given, ["prize", "trust", "turnover"])
    assert isinstance(error, GameError)
    assert str(error) == f"unknown parameter {given!r}; did you mean {nearest!r}?"


def test_even_a_remote_name_is_a_hint():
    assert "did you mean 'trust'?" in str(unknown_name("parameter", "xyzt", {"trust": 1}))


@pytest.mark.parametrize("given", [None, 3, ("a", "b"), ""])
def test_names_that_are_no_text(given):
    message = str(unknown_name("model", given, ["composite"]))
    assert message.startswith(f"unknown model {given!r}; did you mean 'composite'?")


def test_where_nothing_has_a_name():
    assert str(unknown_name("tag", "summit", [])) == "unknown tag 'summit': there is none here"


def test_names_are_read_once():
    assert "'b'" in str(unknown_name("tag", "bb", (name for name in "abc")))
