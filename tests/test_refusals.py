"""What is no name, no list and no number is refused in one line wherever a user can give it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import summitgames as sg

DILEMMA = sg.NormalForm.symmetric([[3, 0], [5, 1]])
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


def test_behavior_equals_itself_only() -> None:
    behavior, other = (sg.subgame_perfect(tree()).behavior for _ in range(2))
    assert behavior == behavior
    assert behavior != other
    assert len({behavior, other}) == 2
