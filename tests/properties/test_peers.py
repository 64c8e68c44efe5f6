"""Input that some solver once took for a game: refused by all, by name, at once, without work.

The inputs are of the kinds that packages in the field have met with wrong answers, endless loops,
filled memory or errors from deep inside; here each ends in one line that names the argument.
"""

import re
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import nashpy
import numpy as np
import pytest

import summitgames as sg

NAN, INF = float("nan"), float("inf")
PENNIES = np.array([[1.0, -1.0], [-1.0, 1.0]])
HEADER = 'NFG 1 R "Short" { "host" "guest" } '
#: Peak memory and time of a refusal, in which modules that name the offender may be loaded.
MOST_BYTES, MOST_SECONDS = 2**21, 0.5

ANY = {
    "pure_nash": sg.pure_nash,
    "correlated_equilibrium": sg.correlated_equilibrium,
    "eliminate_dominated": sg.eliminate_dominated,
    "logit_path": sg.logit_path,
    "logit_qre": lambda game, **options: sg.logit_qre(game, 1.0, **options),
}
TWO_PLAYERS = {
    "support_enumeration": sg.support_enumeration,
    "vertex_enumeration": sg.vertex_enumeration,
    "lemke_howson": sg.lemke_howson,
    "lemke_howson, all": lambda game, **o: sg.lemke_howson(game, initial_label="all", **o),
    "zero_sum_value": sg.zero_sum_value,
}
SOLVERS = ANY | TWO_PLAYERS

#: What is made of the nonsense, and how the refusal begins.
NONSENSE: dict[str, tuple[Callable[[], Any], str]] = {
    "nan": (
        lambda: sg.NormalForm([[[0, 1], [NAN, 1]], PENNIES]),
        r"payoffs\[0\] \(player '1'\): not finite at profile \(1, 0\): nan; expected finite",
    ),
    "infinite": (
        lambda: sg.NormalForm([PENNIES, np.array([PENNIES, [[1, 2], [3, -INF]]])]),
        r"payoffs\[1\] .*: not finite at batch index \(1,\), profile \(1, 1\): -inf; expected",
    ),
    "beyond float64": (
        lambda: sg.NormalForm([PENNIES, [[10**400, 0], [0, 0]]]),
        r"payoffs\[1\] .*: a number beyond float64 at \(0, 0\); expected finite numbers",
    ),
    "ragged": (
        lambda: sg.NormalForm.from_bimatrix([[1, 2], [3]], PENNIES),
        r"payoffs\[0\]: ragged; expected an array, all rows of one length",
    ),
    "empty": (
        lambda: sg.NormalForm([np.zeros((2, 0)), np.zeros((2, 0))]),
        r"payoffs\[0\]: shape \(2, 0\) has no entry; expected at least one",
    ),
    "no players": (lambda: sg.NormalForm([]), "payoffs: none; expected one array for each player"),
    "complex": (
        lambda: sg.NormalForm([PENNIES, PENNIES + 0j]),
        r"payoffs\[1\]: an array of complex128; expected numbers",
    ),
    "text": (
        lambda: sg.NormalForm.zero_sum([["1", "2"], ["3", "4"]]),
        "A: an array of <U1; expected numbers",
    ),
    "masked": (
        lambda: sg.NormalForm.zero_sum(np.ma.array(PENNIES, mask=[[0, 0], [0, 1]])),
        "A: a masked array with entries left out; expected all of them",
    ),
    "no number": (
        lambda: sg.NormalForm([[[0, Decimal("NaN")], [Fraction(1, 3), 0]], PENNIES]),
        r"payoffs\[0\]: Decimal\('NaN'\) at \(0, 1\); expected a number",
    ),
    "numbers of actions differ": (
        lambda: sg.NormalForm.from_bimatrix(np.zeros((2, 3)), np.zeros((3, 2))),
        r"payoffs\[1\] .*: \(3, 2\) actions; expected \(2, 3\), as in payoffs\[0\]",
    ),
    "too few axes": (
        lambda: sg.NormalForm(np.zeros((3, 2, 2))),
        r"payoffs\[0\] .*: shape \(2, 2\); expected .* an axis for each of the 3 players",
    ),
    "batches that do not broadcast": (
        lambda: sg.NormalForm([np.zeros((3, 2, 2)), np.zeros((4, 2, 2))]),
        r"payoffs\[1\] .*: batch shape \(4,\) does not broadcast with \(3,\); expected",
    ),
    "symmetric, not square": (
        lambda: sg.NormalForm.symmetric(np.zeros((2, 3))),
        r"A: shape \(2, 3\); expected \(\*batch, k, k\)",
    ),
    "labels": (
        lambda: sg.NormalForm.zero_sum(PENNIES, players=["host", "host"]),
        "players: 'host' twice; expected labels that differ",
    ),
    "another game's labels": (
        lambda: sg.NormalForm.zero_sum(PENNIES, actions=[["a", "b", "c"], ["d", "e"]]),
        r"actions\[0\] \(player '1'\): 3 labels; expected 2, one for each action",
    ),
    "file, malformed": (
        lambda: sg.read_game(HEADER + "{ 2 2 }\n1 -1 -1 1 -1 one 1 -1"),
        "line 2, column 14: found 'one'; expected payoff 6 of 8",
    ),
    "file, truncated": (
        lambda: sg.read_game(HEADER + "{ 2 2 }\n1 -1 -1 1 -1 1"),
        "line 2, column 15: found the end of the text; expected payoff 7 of 8",
    ),
    "file, announced larger than memory": (
        lambda: sg.read_game(HEADER + "{ 3000000000 3000000000 }\n1 -1"),
        "line 1, column 38: found '3000000000'; expected the number of actions .* no more profiles",
    ),
    "nashpy, nan": (
        lambda: nashpy.Game([[0, 1], [NAN, 1]], PENNIES),
        r"payoffs\[0\] \(player '1'\): not finite at profile \(1, 0\): nan; expected finite",
    ),
    "nashpy, infinite": (
        lambda: nashpy.Game(PENNIES, [[0, INF], [0, 1]]),
        r"payoffs\[1\] \(player '2'\): not finite at profile \(0, 1\): inf; expected finite",
    ),
    "nashpy, complex": (
        lambda: nashpy.Game(PENNIES + 0j, PENNIES),
        r"payoffs\[0\]: an array of complex128; expected numbers",
    ),
    "no game": (lambda: PENNIES, "game: ndarray; expected a NormalForm(,| or) a nashpy.Game"),
    "nothing": (lambda: None, "game: NoneType; expected a NormalForm(,| or) a nashpy.Game"),
}


def refused(run: Callable[[], object], message: str) -> None:
    """Assert that it ends in one line that begins so, soon and with little memory."""
    with suppress(sg.GameError, sg.SolverError):  # a first call may import modules
        run()
    tracemalloc.start()
    start = time.process_time()
    try:
        with pytest.raises((sg.GameError, sg.SolverError), match=rf"\A{message}") as caught:
            run()
        seconds, peak = time.process_time() - start, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert seconds < MOST_SECONDS
    assert peak < MOST_BYTES


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", NONSENSE)
def test_no_solver_takes_nonsense(kind: str, solver: str) -> None:
    make, message = NONSENSE[kind]
    refused(lambda: SOLVERS[solver](make()), message)


@pytest.mark.parametrize("solver", SOLVERS)
def test_no_solver_takes_nonsense_from_quantecon(solver: str) -> None:
    peer = pytest.importorskip("quantecon.game_theory")
    game = peer.NormalFormGame((peer.Player([[1.0, NAN], [0, 1]]), peer.Player(PENNIES)))
    refused(lambda: SOLVERS[solver](game), r"payoffs\[0\] .*: not finite at profile \(0, 1\): nan")


@pytest.mark.parametrize("players", [1, 3])
@pytest.mark.parametrize("solver", TWO_PLAYERS)
def test_other_numbers_of_players(solver: str, players: int) -> None:
    game = sg.NormalForm(np.zeros((players, *(2,) * players)))
    refused(lambda: TWO_PLAYERS[solver](game), f"game: {players} players; expected 2")


@pytest.mark.parametrize(
    "game",
    [
        sg.NormalForm.zero_sum(PENNIES),
        sg.NormalForm.zero_sum([[Fraction(1, 3), 0], [0, 1]]),  # which float64 does not hold
        sg.NormalForm.zero_sum(np.zeros((4, 2, 2))),
        sg.NormalForm.zero_sum(np.zeros((4, 2, 2)))[:0],
    ],
    ids=["single", "exact", "family", "empty family"],
)
@pytest.mark.parametrize("solver", SOLVERS)
def test_options_of_every_solver(solver: str, game: sg.NormalForm) -> None:
    for name in ("threads", "max_work"):
        for wrong in (0, -1, True, 2.5, NAN, "many", 1 + 0j):
            expected = re.escape(f"{name}: {wrong!r}; expected a positive whole number or None")
            options = {name: wrong}
            refused(lambda o=options: SOLVERS[solver](game, **o), expected)


@pytest.mark.parametrize(
    ("precision", "message"),
    [
        (-1, "precision: -1; expected nonnegative numbers"),
        ([0, 1, -1e-300], r"precision: -1e-300 at index \(2,\); expected nonnegative numbers"),
        (NAN, "precision: not finite: nan; expected finite numbers"),
        ([1, INF], r"precision: not finite at batch index \(1,\): inf; expected finite numbers"),
        ([1, [2]], "precision: "),
        ([], "precision: an empty array; expected at least one number"),
        (2j, "precision: 2j; expected a number"),
        ("1", "precision: '1'; expected a number"),
        (np.ma.array([1.0, 2.0], mask=[0, 1]), "precision: a masked array with entries left out"),
        (np.ones((3, 1)), r"precision: shape \(3, 1\); expected one that broadcasts"),
    ],
)
def test_precisions(precision: Any, message: str) -> None:
    family = sg.NormalForm.zero_sum(np.zeros((2, 2, 2, 2)))
    refused(lambda: sg.logit_qre(family, precision), message)


@pytest.mark.parametrize("label", [-1, 4, 10**30, 1.0, NAN, "first", None, True, [0], 1j])
def test_start_labels(label: Any) -> None:
    game = sg.NormalForm.zero_sum(PENNIES)
    expected = 'initial_label: .*; expected a whole number from 0 to 3, or "all"'
    refused(lambda: sg.lemke_howson(game, initial_label=label), expected)


@pytest.mark.parametrize(
    "objective",
    [
        "welfares",
        None,
        [[1, 2], [3]],
        [["1", "2"], ["3", "4"]],
        PENNIES + 0j,
        np.ma.array(PENNIES, mask=[[0, 1], [0, 0]]),
        [[0, NAN], [0, 0]],
        np.zeros((3, 3)),
        [1, 2],
        {"1": 1},
    ],
    ids=str,
)
def test_objectives(objective: Any) -> None:
    game = sg.NormalForm.zero_sum(PENNIES)
    refused(
        lambda: sg.correlated_equilibrium(game, objective=objective),
        "(unknown objective 'welfares'; did you mean 'welfare'|objective: .*; expected )",
    )


def test_payoffs_that_sum_to_nothing_constant() -> None:
    game = sg.NormalForm.symmetric([[0, 7], [2, 6]])
    refused(lambda: sg.zero_sum_value(game), r"game: payoffs sum to 9\.0 at profile \(0, 1\)")


@pytest.mark.parametrize(
    ("mix", "found"),
    [
        ([0.5, 0.6], r"\[0\.5 0\.6\]; expected probabilities that sum to 1"),
        ([-0.5, 1.5], r"\[-0\.5  1\.5\]; expected probabilities that sum to 1"),
        ([NAN, 0.5], r"\[nan 0\.5\]; expected probabilities that sum to 1"),
        ([1, 0, 0], r"shape \(3,\); expected \(2,\)"),
        ([[1], [1, 0]], "ragged; expected an array, all rows of one length"),
        (["0.5", "0.5"], "an array of <U3; expected numbers"),
        (np.array([0.5 + 1j, 0.5]), "an array of complex128; expected numbers"),
        (np.ma.array([0.5, 0.5], mask=[0, 1]), "a masked array with entries left out; expected"),
    ],
)
def test_strategies(mix: Any, found: str) -> None:
    game = sg.NormalForm.zero_sum(PENNIES)
    message = rf"strategies\[1\] \(player '2'\): {found}"
    refused(lambda: sg.regret(game, ([0.5, 0.5], mix)), message)


def test_a_program_beyond_memory() -> None:
    game = sg.NormalForm([np.broadcast_to(0.0, (200, 200))] * 2)
    refused(lambda: sg.correlated_equilibrium(game), "game: 40000 profiles and 79601 constraints")


@pytest.mark.parametrize("solver", SOLVERS)
def test_no_games_give_no_answers(solver: str) -> None:
    """A family may be cut down to nothing; whatever is asked of it has that shape."""
    found = SOLVERS[solver](sg.NormalForm.zero_sum(np.zeros((4, 3, 2, 2)))[:0])
    assert repr(found)
    for name in ("status", "value", "exists", "degenerate", "bifurcation", "lengths"):
        if hasattr(found, name) and getattr(found, name) is not None:
            assert getattr(found, name).shape[:2] == (0, 3)
    arrays = found if isinstance(found, tuple) else getattr(found, "strategies", [])
    for player in arrays:
        assert player.shape[:2] == (0, 3)
        assert player.shape[-1] == 2
