"""What is no name, no list and no number is refused in one line wherever a user can give it."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import summitgames as sg

DILEMMA = sg.NormalForm.symmetric([[3, 0], [5, 1]])
REPEATED = sg.RepeatedGame(DILEMMA, 0.8)
GRIM = [sg.Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
CHAIN = sg.StochasticGame([[[1.0]]], [[[1.0]]], 0.5)
NONSENSE: list[Any] = [np.arange(3), np.eye(2), np.array("russia"), object(), [], {"a": 1}, -1, 2.5]


def tree() -> sg.ExtensiveForm:
    """One move."""
    ends = {"left": sg.Outcome("l", {"a": 1}, tags=["end"]), "right": sg.Outcome("r", {"a": 0})}
    return sg.ExtensiveForm(sg.Decision("a", ends), players=["a"])


def leaf(**changes: Any) -> sg.ExtensiveForm:
    """A game that is over at once."""
    parts: dict[str, Any] = {"players": ["a"], "parameters": (), "tags": (), **changes}
    root = sg.Outcome("end", {"a": 1}, tags=parts.pop("tags"))
    return sg.ExtensiveForm(root, **parts)


REFUSALS: dict[str, Callable[[Any], Any]] = {
    "actor": sg.actor,
    "model": sg.model,
    "perspective": sg.perspective,
    "payoff": lambda given: sg.actor("russia").payoff([given]),  # type: ignore[arg-type]
    "blocking": sg.blocking,
    "by": lambda given: sg.blocking("preconditions", by=given),
    "outcome": lambda given: sg.blocking("preconditions", outcome=given),
    "field": lambda given: sg.model("preconditions").solve()[given],
    "verify rng": lambda given: sg.model("preconditions").verify(given),
    "concept": lambda given: sg.solve(DILEMMA, given),
    "certified concept": lambda given: sg.certify(tree(), {"": [1, 0]}, concept=given),
    "punishment": lambda given: sg.critical_discount(DILEMMA, (0, 0), punishment=given),
    "profile": lambda given: sg.critical_discount(DILEMMA, given),
    "bound": lambda given: sg.minmax(DILEMMA, bound=given),
    "method": lambda given: sg.markov_perfect(sg.model("vicious_cycle").game(), method=given),
    "refinement": lambda given: sg.perfect_bayesian(sg.model("distrust").game()).survives(given),
    "threads": lambda given: sg.perfect_bayesian(sg.model("distrust").game(), threads=given),
    "threads of a model": lambda given: sg.model("prolongation").solve(threads=given),
    "max_work": lambda given: sg.subgame_perfect(tree(), max_work=given),
    "tag": lambda given: tree().tagged(given),
    "given": lambda given: sg.subgame_perfect(tree()).expected_payoffs(given=given),
    "automata": lambda given: sg.is_subgame_perfect(sg.RepeatedGame(DILEMMA, 0.5), given),
    "format": lambda given: sg.read_game("NFG", given),
    "check": lambda given: sg.NormalForm(DILEMMA.payoffs, check=given),
    "exact": lambda given: sg.certify(DILEMMA, ([0, 1], [0, 1]), exact=given),
    "exact automata": lambda given: sg.is_subgame_perfect(REPEATED, GRIM, exact=given),
    "mixed": lambda given: sg.minmax(DILEMMA, mixed=given),
    "strict": lambda given: sg.eliminate_dominated(DILEMMA, strict=given),
    "coarse": lambda given: sg.correlated_equilibrium(DILEMMA, coarse=given),
    "reduced": lambda given: tree().to_normal_form(reduced=given),
    "agents": lambda given: tree().to_normal_form(agents=given),
    "max_work where it is not needed": lambda given: sg.minmax(DILEMMA, max_work=given),
    "max_work of chains": lambda given: sg.long_run(CHAIN, [[[1.0]]], max_work=given),
    "outcome of a path": lambda given: leaf().path_to([given]),
    "slot": lambda given: sg.perfect_bayesian(sg.model("distrust").game()).vertices(given),
    "shape": DILEMMA.broadcast_to,
    "rng": lambda given: sg.model("venue").random_values(given, 2),
    "draws": lambda given: sg.model("venue").random_values(np.random.default_rng(), given),
    "strategies": lambda given: sg.regret(tree(), given),
    "mover": lambda given: sg.ExtensiveForm(
        sg.Decision(given, {"left": sg.Outcome("l", {"a": 1})}), players=["a"]
    ),
}


@pytest.mark.parametrize("given", NONSENSE, ids=lambda given: type(given).__name__)
@pytest.mark.parametrize("name", REFUSALS)
def test_nonsense_is_refused_in_one_line(name: str, given: Any) -> None:
    with pytest.raises(sg.GameError) as caught:
        REFUSALS[name](given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "refusal",
    [
        lambda: sg.NormalForm(DILEMMA.payoffs, players=np.array("ab")),  # type: ignore[arg-type]
        lambda: sg.NormalForm(DILEMMA.payoffs, actions=np.array("ab")),  # type: ignore[arg-type]
        lambda: leaf(players=np.array("a")),
        lambda: leaf(players=b"a"),
        lambda: leaf(parameters=np.array("x")),
        lambda: leaf(parameters=[1, 2]),
        lambda: leaf(tags=np.array("end")),
        lambda: sg.Automaton(np.array(0), [[[0]]]),
        lambda: sg.model("preconditions").verify(draws=2.5),  # type: ignore[arg-type]
        lambda: sg.model("preconditions").verify(draws=0),
    ],
)
def test_what_has_no_items_is_no_list(refusal: Callable[[], Any]) -> None:
    with pytest.raises(sg.GameError, match="expected"):
        refusal()


def test_parts_of_a_family_that_hold_no_game_have_no_answers() -> None:
    family = sg.NormalForm(np.arange(60.0).reshape(2, 5, 2, 3) % 7)[:0]
    assert sg.minmax(family).shape == (0, 2)
    assert np.shape(sg.critical_discount(family, (0, 0))) == (0,)
    assert np.shape(sg.critical_discount(family, (0, 0), turnover=[[0.5], [0.25]])) == (2, 0)
    assert repr(sg.lemke_howson(family)) == "<Equilibria: 0 by lemke_howson, batch shape (0,)>"


#: What NumPy makes numbers of, or fails at in its own words.
NO_PROBABILITIES: list[Any] = [
    [True, False],
    ["1", "0"],
    np.array(["1", 0], dtype=object),
    [None, 1],
    [1, 10**400],
    [object(), 0],
    [[1, 0], [1]],
    np.ma.masked_array([1.0, 0.0], [False, True]),
    np.array(["1970-01-02", "1970-01-01"], dtype="datetime64[D]"),
    [1 + 0j, 0],
    {"left": 1},
    DILEMMA,
]
TWO_STATES = sg.StochasticGame(
    [np.ones((2, 2, 2))] * 2, np.full((2, 2, 2, 2), 0.5), 0.5, players=["a", "b"]
)
SIGNALS = sg.SignalingGame([0.5, 0.5], np.ones((2, 2, 2)), np.ones((2, 2, 2)))
READERS: dict[str, Callable[[Any], Any]] = {
    "normal form": lambda given: sg.regret(DILEMMA, [given, [1, 0]]),
    "tree": lambda given: sg.regret(tree(), {"": given}),
    "policies": lambda given: sg.policy_values(TWO_STATES, [given, [1, 0]]),
    "long run": lambda given: sg.long_run(TWO_STATES, [[1, 0], given]),
    "signals": lambda given: sg.regret(SIGNALS, (given, [[1, 0]] * 2, [[1, 0]] * 2)),
    "certificate": lambda given: sg.certify(DILEMMA, [given, [1, 0]], exact=False),
    "points": lambda given: sg.payoff_set(REPEATED).contains(given),
}


@pytest.mark.parametrize("given", NO_PROBABILITIES, ids=range(len(NO_PROBABILITIES)))
@pytest.mark.parametrize("name", READERS)
def test_only_numbers_are_probabilities(name: str, given: Any) -> None:
    if name == "certificate" and isinstance(given, (list, np.ndarray)) and "1" in list(given):
        pytest.skip("certificates read rationals as text")
    with pytest.raises(sg.GameError) as caught:
        READERS[name](given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        sg.NormalForm.zero_sum,
        lambda rows: sg.NormalForm([rows, rows]),
        lambda rows: sg.regret(TWO_STATES, [rows, rows]),
        lambda rows: sg.SignalingGame([0.5, 0.5], [rows, rows], [rows, rows]),
        lambda rows: sg.correlated_equilibrium(DILEMMA, objective=rows),
    ],
)
def test_masks_of_arrays_in_lists_are_not_dropped(call: Callable[[Any], Any]) -> None:
    rows = [np.array([0.5, 0.5]), np.ma.masked_array([0.5, 0.5], [False, True])]
    with pytest.raises(sg.GameError):
        call(rows)
    itself: list[Any] = []
    itself.append(itself)
    with pytest.raises(sg.GameError):
        call(itself)


def test_strategies_may_be_exact_or_one_array() -> None:
    assert sg.regret(DILEMMA, [[Fraction(0), 1], [0, Decimal(1)]]) == 0
    assert sg.policy_values(TWO_STATES, np.full((2, 2, 2), 0.5)).tolist() == [[2, 2], [2, 2]]


def test_numbers_beyond_an_index_are_told_as_such() -> None:
    for outputs, transitions in (([10**400], [[[0]]]), ([0], [[[-(10**400)]]])):
        with pytest.raises(sg.GameError, match=r"beyond int64 at .*; expected the number of"):
            sg.Automaton(outputs, transitions)
    family = sg.NormalForm(np.zeros((2, 3, 2, 2)))
    for index in ([[0, 1], [2]], "a", 1.5):
        with pytest.raises(sg.GameError, match=r"^index: .*; the batch shape is \(3,\)"):
            family[index]


def test_behavior_equals_itself_only() -> None:
    behavior, other = (sg.subgame_perfect(tree()).behavior for _ in range(2))
    assert behavior == behavior
    assert behavior != other
    assert len({behavior, other}) == 2
