"""Premises and parameters, against copies typed from the specification."""

import copy
import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import summitgames as sg
from summitgames.case.records import Parameter, Premise, claims, parameters, rival_premises

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "parameters.json").read_text(encoding="utf-8")
)
PREMISES = (*claims(), *rival_premises())
ACTORS = {"russia", "ukraine", "united_states", "europe", "verkhovna_rada"}

#: Parameters that encode a claim, by model.
CLAIMS = {
    "C04": {"composite": ["proposal_value_ukraine"]},
    "C07": {"sponsor": ["bypass_loss_ukraine"], "composite": ["bypass_loss_ukraine"]},
    "C08": {"domestic": ["relevance_value"], "composite": ["summit_prize_ukraine"]},
    "C09": {
        "domestic": ["retention_summit"],
        "composite": ["summit_prize_ukraine", "proposal_value_ukraine"],
    },
    "C10": {"domestic": ["retention_summit"], "prolongation": ["summit_prize_ukraine"]},
    "C11": {"composite": ["voice_value_europe"]},
    "C12": {"composite": ["voice_value_europe"]},
    "C13": {"composite": ["russian_terms_loss_europe", "support_value_ukraine"]},
    "C14": {"sponsor": ["burden_relief_us"], "composite": ["burden_relief_us"]},
    "C15": {"sponsor": ["sponsor_credit_us"], "composite": ["sponsor_credit_us"]},
    "C16": {"composite": ["delegation_value_russia"]},
    "C20": {"preconditions": ["conditions_cost_ukraine"]},
    "C22": {"distrust": ["trust"], "composite": ["trust"]},
    "C23": {
        "legitimacy": ["legitimacy_incumbent", "turnover_year_ukraine", "betrayal_loss_russia"],
        "composite": ["legitimacy_incumbent", "turnover", "betrayal_loss_russia"],
    },
    "C24": {"composite": ["legitimacy_elected"]},
    "C27": {"vicious_cycle": ["legitimacy_acting"], "composite": ["legitimacy_acting"]},
    "C28": {
        "domestic": ["office_rents_ukraine"],
        "vicious_cycle": ["office_rents_ukraine"],
        "composite": ["office_rents_ukraine"],
    },
    "C30": {"security": ["exposure_loss_russia", "exposure_loss_ukraine", "security_success"]},
    "C31": {"security": ["delegation_cost_russia", "delegation_cost_ukraine"]},
}
#: Models that encode a claim by an action or a structure as well, or only so.
STRUCTURES = {
    "C01": ["composite"],
    "C02": ["prolongation"],
    "C03": ["sponsor", "composite"],
    "C05": ["venue"],
    "C06": ["venue"],
    "C11": ["sponsor", "composite"],
    "C12": ["sponsor", "composite"],
    "C13": ["sponsor", "composite"],
    "C16": ["representation", "composite"],
    "C17": ["representation"],
    "C18": ["representation", "composite"],
    "C19": ["preconditions", "composite"],
    "C21": ["distrust", "preconditions", "composite"],
    "C24": ["vicious_cycle", "composite"],
    "C25": ["vicious_cycle"],
    "C26": ["vicious_cycle"],
    "C29": ["security"],
    "C32": ["prolongation", "preconditions"],
    "R04": ["preconditions", "composite"],
}
#: Parameters that a rival premise moves, in every model that has them ...
RIVALS = {
    "R01": ["legitimacy_incumbent"],
    "R02": ["conditions_cost_ukraine", "conditions_monthly_cost", "withdrawal_cost_ukraine"],
    "R03": ["pocket_value_russia"],
    "R06": ["trust", "legitimacy_incumbent"],
    "R12": ["peace_value_ukraine", "compliance_flow_ukraine", "temptation_ukraine"],
    "R13": ["conditions_cost_ukraine", "conditions_monthly_cost", "withdrawal_cost_ukraine"],
    "R14": ["office_rents_ukraine", "summit_prize_ukraine", "national_weight"],
    "R15": [
        "reelection",
        "turnover",
        "turnover_year_ukraine",
        "retention_conditions",
        "legitimacy_elected",
    ],
    "R16": ["betrayal_loss_russia"],
    "R17": ["empty_summit_cost_russia", "prestige_presidents"],
    "R18": ["support_value_ukraine"],
    "R19": ["sponsor_security_gain"],
    "R20": ["legitimacy_acting"],
    "R21": ["trust", "delivery_gain_sincere", "step_cost_sincere"],
    "R22": ["betrayal_loss_russia"],
}
#: ... or in the models named.
RIVALS_IN_MODELS = {
    "R04": {},
    "R05": {"vicious_cycle": ["ceasefire_lifts"]},
    "R07": {
        "security": [
            "security_success",
            "third_country_success",
            "exposure_loss_russia",
            "exposure_loss_ukraine",
            "delegation_cost_russia",
            "delegation_cost_ukraine",
        ],
        "composite": ["security_success", "exposure_loss_russia", "exposure_loss_ukraine"],
    },
    "R08": {"domestic": ["rada_strictness", "defeat_cost"]},
    "R09": {"legitimacy": ["turnover_year_russia", "legitimacy_russia"]},
    "R10": {"prolongation": ["contact_gain"]},
    "R11": {"vicious_cycle": ["war_cost_russia", "pause_cost_russia"]},
}


def pickled(item: Any) -> Any:
    return pickle.loads(pickle.dumps(item))  # noqa: S301  (what was pickled here)


def triples(premise: Premise) -> set[tuple[str, str]]:
    """Pairs (model, parameter) of a premise."""
    return {
        (model, name)
        for model, names in premise.maps_to.items()
        for name in names
        if name in parameters()
    }


def pairs(mapping: dict[str, list[str]]) -> set[tuple[str, str]]:
    return {(model, name) for model, names in mapping.items() for name in names}


def test_parameters_are_those_of_the_specification() -> None:
    assert set(parameters()) == set(REFERENCE["values"])
    assert {n: p.range for n, p in parameters().items()} == REFERENCE["ranges"]


@pytest.mark.parametrize("model", REFERENCE["models"])
def test_models_have_the_parameters_that_their_specification_names(model: str) -> None:
    having = {name for name, record in parameters().items() if model in record.models}
    assert having == set(REFERENCE["models"][model])


def test_every_parameter_belongs_to_known_models_only() -> None:
    models = {model for record in parameters().values() for model in record.models}
    assert models == set(REFERENCE["models"])
    assert all(record.models for record in parameters().values())


@pytest.mark.parametrize("record", parameters().values(), ids=list(parameters()))
def test_records_are_complete(record: Parameter) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", record.name)
    assert record.symbol
    assert record.meaning
    assert not record.meaning.endswith(".")
    assert record.unit.split()[0] in {"amount", "probability", "factor", "share", "weight"}
    bounded = record.unit.split()[0] not in {"amount", "weight"}
    assert (record.upper == 1.0) is bounded
    assert record.lower == 0.0


def test_symbols_are_distinct() -> None:
    symbols = [record.symbol for record in parameters().values()]
    assert len(set(symbols)) == len(symbols)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("trust", [0, 0.5, 1], [-1e-9, 1.0000001, float("nan"), float("inf")]),
        ("discount_year", [0, 0.999], [1, -0.1]),
        ("rada_strictness", [1e-9, 1], [0, 1.1]),
        ("settlement_value_russia", [0, 1e300], [-1, float("inf"), float("nan")]),
    ],
)
def test_ranges(name: str, inside: list[float], outside: list[float]) -> None:
    record = parameters()[name]
    assert all(record.contains(number) for number in inside)
    assert not any(record.contains(number) for number in outside)


def test_parameters_are_in_the_order_of_their_file_and_read_only() -> None:
    assert next(iter(parameters())) == "settlement_value_russia"
    with pytest.raises(TypeError):
        parameters()["trust"] = parameters()["turnover"]  # type: ignore[index]


def test_claims_of_a_parameter_are_the_premises_that_map_to_it() -> None:
    assert parameters()["trust"].claims == ("C22", "R06", "R21")
    assert parameters()["agenda_stake"].claims == ()
    for record in parameters().values():
        expected = [premise.id for premise in PREMISES if record.name in premise.parameters]
        assert list(record.claims) == expected


def test_ids_are_consecutive() -> None:
    assert [claim.id for claim in sg.claims()] == [f"C{n:02}" for n in range(1, 33)]
    assert [rival.id for rival in sg.rival_premises()] == [f"R{n:02}" for n in range(1, 23)]


@pytest.mark.parametrize("premise", PREMISES, ids=lambda premise: premise.id)
def test_premises_are_complete_and_attributed(premise: Premise) -> None:
    whose = "The source " if premise.id.startswith("C") else "A rival reading holds that "
    assert premise.text.startswith(whose)
    assert premise.text.endswith(".")
    assert premise.actors
    assert set(premise.actors) <= ACTORS
    assert premise.maps_to
    assert all(premise.maps_to.values())
    assert premise.models == tuple(premise.maps_to)
    checkable = re.search(r"\b(19|20)\d\d\b|opinion article|stated by this project", premise.source)
    assert checkable, premise.source


@pytest.mark.parametrize("premise", PREMISES, ids=lambda premise: premise.id)
def test_every_triple_exists(premise: Premise) -> None:
    for model, name in triples(premise):
        assert model in parameters()[name].models, (premise.id, model, name)
    assert set(premise.models) <= set(REFERENCE["models"])


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.id)
def test_claims_map_to_the_parameters_of_the_register(claim: Premise) -> None:
    assert triples(claim) == pairs(CLAIMS.get(claim.id, {}))


@pytest.mark.parametrize("rival", rival_premises(), ids=lambda rival: rival.id)
def test_rival_premises_map_to_the_parameters_of_the_register(rival: Premise) -> None:
    expected = pairs(RIVALS_IN_MODELS.get(rival.id, {})) | {
        (model, name)
        for name in RIVALS.get(rival.id, [])
        for model in REFERENCE["models"]
        if name in REFERENCE["models"][model]
    }
    assert triples(rival) == expected
    assert (rival.id in RIVALS) is not (rival.id in RIVALS_IN_MODELS)


@pytest.mark.parametrize("premise", PREMISES, ids=lambda premise: premise.id)
def test_structures_are_in_the_models_of_the_register(premise: Premise) -> None:
    if premise.id in STRUCTURES:
        assert set(premise.models) == set(STRUCTURES[premise.id])
    else:
        assert set(premise.models) == {model for model, _ in triples(premise)}


@pytest.mark.parametrize("rival", rival_premises(), ids=lambda rival: rival.id)
def test_rival_premises_give_a_direction_to_each_of_their_parameters(rival: Premise) -> None:
    assert set(rival.directions) == set(rival.parameters)
    assert set(rival.directions.values()) <= {"up", "down", "high", "low"}


def test_parameters_of_a_premise_are_in_the_order_of_the_list() -> None:
    order = list(parameters())
    for premise in PREMISES:
        positions = [order.index(name) for name in premise.parameters]
        assert positions == sorted(set(positions))


@pytest.mark.parametrize("clone", [copy.deepcopy, pickled])
def test_records_can_be_copied_and_pickled(clone: Callable[[Any], Any]) -> None:
    for record in (*PREMISES, *parameters().values()):
        assert clone(record) == record


def test_premises_are_read_only() -> None:
    premise = rival_premises()[0]
    with pytest.raises(TypeError):
        premise.maps_to["composite"] = ()  # type: ignore[index]
    with pytest.raises(AttributeError):
        premise.text = ""  # type: ignore[misc]


def test_premises_are_members_of_sets():
    assert len({*sg.claims(), *sg.claims()}) == len(sg.claims())
