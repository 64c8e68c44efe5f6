"""Models by name, each loaded when it is asked for."""

import subprocess
import sys

import pytest

import summitgames as sg


def test_names():
    assert {"preconditions", "composite"} <= set(sg.models())
    assert len(set(sg.models())) == len(sg.models())


@pytest.mark.parametrize("name", sg.models())
def test_every_model_says_what_it_is(name):
    model = sg.model(name)
    assert isinstance(model, sg.SummitModel)
    assert model.name == name
    assert model.title
    assert model.fields
    assert model.references
    assert model.claims
    assert sg.model(name) is model
    assert repr(model) == f"<SummitModel {name!r}: {model.title}>"
    known = {premise.id for premise in (*sg.claims(), *sg.rival_premises())}
    assert set(model.claims) <= known


@pytest.mark.parametrize(
    ("name", "nearest"), [("composit", "composite"), ("precondition", "preconditions")]
)
def test_unknown_names(name, nearest):
    with pytest.raises(sg.GameError) as caught:
        sg.model(name)
    assert str(caught.value) == f"unknown model {name!r}; did you mean {nearest!r}?"


@pytest.mark.parametrize("name", [None, 3, ["composite"], {}, float("nan")])
def test_names_are_text(name):
    with pytest.raises(sg.GameError, match=r"unknown model "):
        sg.model(name)


def test_a_model_is_loaded_only_when_asked_for():
    script = (
        "import sys, summitgames as sg; sg.model('preconditions'); "
        "assert 'summitgames.models.composite' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
