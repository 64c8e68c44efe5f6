"""The payoff as a formula, as numbers and as tables is one and the same sum of terms."""

import pickle
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames import GameError
from summitgames.actors.payoff_model import PayoffModel
from summitgames.actors.registry import actors
from summitgames.actors.terms import ATTRIBUTES

MODELS = [sg.actor(name) for name in actors()]
ARTICLE = sg.perspective("article")
EVERY = pytest.mark.parametrize("model", MODELS, ids=actors())


def weights_of(model: PayoffModel) -> dict[str, float]:
    """Weights of the article's reading; of the Rada, an offer and a demand."""
    known = {**ARTICLE, "offer": 0.5, "demand": 0.25}
    return {name: known[name] for name in model.weights}


@EVERY
def test_repr_is_one_short_line(model: PayoffModel) -> None:
    assert repr(model) == f"<PayoffModel {model.name!r}: {len(model.terms)} terms>"


@EVERY
@given(data=st.data())
def test_the_expression_equals_the_numbers(model: PayoffModel, data: st.DataObject) -> None:
    number = st.floats(0, 1, allow_subnormal=False)
    values = {name: data.draw(number, label=name) for name in (*model.weights, *model.attributes)}
    symbolic = sympy.lambdify(list(values), model.expression)(*values.values())
    scale = sum(values[t.name] * values[t.attribute] for t in model.terms)
    rounding = 2 * len(model.terms) * np.finfo(float).eps * scale
    assert abs(model.evaluate(**values) - symbolic) <= rounding


@EVERY
def test_arrays_broadcast_and_equal_their_entries_one_by_one(model: PayoffModel) -> None:
    rng = np.random.default_rng(1)
    values: dict[str, Any] = {name: rng.random(3) for name in model.weights}
    values |= {name: rng.random((2, 1)) for name in model.attributes}
    payoffs = model.evaluate(**values)
    assert isinstance(payoffs, np.ndarray)
    assert payoffs.shape == (2, 3)
    for row, column in np.ndindex(2, 3):
        one = {n: v[column] for n, v in values.items() if n in model.weights}
        one |= {n: v[row, 0] for n, v in values.items() if n in model.attributes}
        assert payoffs[row, column] == model.evaluate(**one)


@EVERY
def test_where_nothing_happens_the_payoff_is_zero(model: PayoffModel) -> None:
    assert model.evaluate(**weights_of(model)) == 0.0
    assert isinstance(model.evaluate(**weights_of(model)), float)
    assert model.payoff({}) == 0


@EVERY
def test_each_term_enters_with_its_sign(model: PayoffModel) -> None:
    for term in model.terms:
        at = sympy.Symbol(term.name) * sympy.Symbol(term.attribute)
        assert model.expression.coeff(at) == term.sign
    assert len(model.expression.args) == len(model.terms)


@EVERY
def test_payoff_substitutes_the_attributes(model: PayoffModel) -> None:
    amount = sympy.Symbol("share")
    events = {name: amount if i % 2 else 1 for i, name in enumerate(ATTRIBUTES)}
    expected = model.expression.subs(events)
    assert sympy.expand(model.payoff(events) - expected) == 0


@EVERY
def test_tables_hold_every_term(model: PayoffModel) -> None:
    markdown, latex, page = model.to_markdown(), model.to_latex(), model._repr_html_()
    assert len(markdown.splitlines()) == len(model.terms) + 2
    assert {line.count("|") for line in markdown.splitlines()} == {8}
    formula, table = latex.split(r"\begin{tabular}{lllllll}")
    assert formula == rf"\[ {model.formula} \]" + "\n"
    assert table.count(r" \\") == len(model.terms) + 1
    assert table.count(" & ") == 6 * (len(model.terms) + 1)
    assert page.count("<tr>") == len(model.terms) + 1
    for term in model.terms:
        row = next(line for line in markdown.splitlines() if f"`{term.name}`" in line)
        assert row.startswith("| + |" if term.sign > 0 else "| \N{MINUS SIGN} |")
        for text in (f"${term.symbol}$", term.meaning, term.range, term.event, *term.claims):
            assert text in row
        assert term.name.replace("_", r"\_") in latex
        assert f"${term.symbol}$" in latex
        sign = "+" if term.sign > 0 else "-"
        piece = rf"{term.symbol}\,\text{{{term.attribute.replace('_', ' ')}}}"
        assert f"{sign} {piece}" in f"+ {model.formula.partition(' &= ')[2]}"
        assert f"<td>{term.name}</td>" in page


@EVERY
def test_formula_has_one_operand_a_term_and_three_a_line(model: PayoffModel) -> None:
    body = model.formula.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}")
    assert body.count(r"\,\text{") == len(model.terms)
    lines = body.split(r" \\ &\quad ")
    assert [line.count(r"\,\text{") for line in lines[:-1]] == [3] * (len(lines) - 1)


def test_latex_has_no_bare_underscore_outside_formulas() -> None:
    for model in MODELS:
        for line in model.to_latex().splitlines()[1:]:
            outside = "".join(line.split("$")[::2])
            assert "_" not in outside.replace(r"\_", "")


@EVERY
def test_models_can_be_pickled(model: PayoffModel) -> None:
    assert model.expression is not None
    cloned = pickle.loads(pickle.dumps(model))  # noqa: S301  (what was pickled here)
    assert cloned == model
    assert cloned.expression == model.expression


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sumit": 1}, "unknown attribute or weight 'sumit'; did you mean 'summit'?"),
        (
            {"trust": 1},
            "europe: no value for peace_value_europe, russian_terms_loss_europe, voice_",
        ),
        (
            {**ARTICLE, "peace_value_europe": -1},
            "'peace_value_europe': -1; expected a number in [0,",
        ),
        ({**ARTICLE, "voice": float("nan")}, "voice: not finite: nan; expected"),
        ({**ARTICLE, "voice": [0, float("inf")]}, "voice: not finite at batch index (1,): inf"),
        ({**ARTICLE, "voice": "yes"}, "voice: 'yes'; expected a number"),
        ({**ARTICLE, "voice": True}, "voice: True; expected a number"),
        ({**ARTICLE, "voice": [0, 1], "settlement": [0, 1, 0]}, "does not broadcast"),
    ],
)
def test_bad_values_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(GameError) as caught:
        sg.actor("europe").evaluate(**values)
    assert message in str(caught.value)


def test_events_that_do_not_exist_are_refused() -> None:
    with pytest.raises(GameError, match="unknown attribute 'setlement'; did you mean 'settlement'"):
        sg.actor("russia").payoff({"setlement": 1})
    with pytest.raises(GameError, match="unknown attribute 'trust'"):
        sg.actor("russia").payoff({"trust": 1})


@pytest.mark.parametrize(
    "amount", ["1", "__import__('os').getpid()", float("nan"), None, [1], True]
)
def test_what_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(sg.GameError, match=r"settlement: .*; expected a finite number or a sympy"):
        sg.actor("russia").payoff({"settlement": amount})
