"""The two exceptions, and the wording of every refusal of an unknown name."""

import pickle

import numpy as np
import pytest

import summitgames as sg
from summitgames.errors import (
    GameError,
    SolverError,
    UnknownKeyError,
    require_known,
    unknown_key,
    unknown_name,
    whole_number,
)


def test_what_users_can_catch():
    assert sg.GameError is GameError
    assert sg.SolverError is SolverError
    assert issubclass(GameError, ValueError)
    assert issubclass(SolverError, RuntimeError)
    assert not issubclass(GameError, SolverError)


def test_a_key_that_is_unknown_is_an_error_of_both_kinds():
    error = unknown_key("player", "rusia", ["russia", "ukraine"])
    assert isinstance(error, GameError)
    assert isinstance(error, KeyError)
    assert str(error) == "unknown player 'rusia'; did you mean 'russia'?"  # not in quotes


@pytest.mark.parametrize("kind", [GameError, SolverError, UnknownKeyError])
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


@pytest.mark.parametrize("given", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_whole_numbers_of_python_and_numpy(given):
    number = whole_number(given, "draws")
    assert (number, type(number)) == (3, int)


@pytest.mark.parametrize("given", [True, np.True_, 3.0, "3", None, [3], 1 + 0j, np.ones(2, int)])
def test_what_is_no_whole_number(given):
    with pytest.raises(GameError, match=r"^draws: .*; expected a whole number of 0 or more$"):
        whole_number(given, "draws", least=0)


def test_whole_numbers_that_are_too_small():
    assert whole_number(0, "draws", least=0) == 0
    with pytest.raises(GameError, match=r"^draws: 0; expected a positive whole number$"):
        whole_number(0, "draws", expected="a positive whole number")


def test_options_take_numpys_whole_numbers():
    game = sg.NormalForm.symmetric([[9, 0], [8, 7]])
    found = sg.lemke_howson(game, threads=np.int64(1), max_work=np.int32(100))
    assert found.exists.sum() == 1


@pytest.mark.parametrize(
    "given", [np.arange(3), np.eye(2), np.array("trust"), [], {}, None, 0, float("nan")]
)
def test_what_is_no_name_is_unknown_in_one_line(given):
    with pytest.raises(GameError, match=r"unknown parameter .*; did you mean") as caught:
        require_known("parameter", given, {"trust": 1, "prize": 2})
    assert "\n" not in str(caught.value)


def test_known_names_pass():
    require_known("parameter", "trust", ["trust"])
    require_known("parameter", np.str_("trust"), {"trust": 1})
