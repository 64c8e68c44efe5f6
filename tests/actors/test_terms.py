"""A term is a documented weight, a sign, and an attribute of the outcome."""

import pytest

from summitgames import GameError
from summitgames.actors.terms import ATTRIBUTES, Term, term
from summitgames.case.premises import parameters


@pytest.mark.parametrize("name", parameters())
def test_a_term_documents_its_weight(name: str) -> None:
    record, made = parameters()[name], term(-1, name, "summit")
    assert (made.name, made.symbol, made.meaning) == (name, record.symbol, record.meaning)
    assert (made.unit, made.range, made.claims) == (record.unit, record.range, record.claims)
    assert (made.sign, made.event) == (-1, "summit held")


@pytest.mark.parametrize("sign", [0, 2, -2, 0.5])
def test_a_sign_is_plus_or_minus_one(sign: int) -> None:
    with pytest.raises(GameError, match=r"sign of 'trust': .*; expected 1 or -1"):
        term(sign, "trust", "summit")


def test_an_attribute_has_to_exist() -> None:
    with pytest.raises(GameError, match="unknown attribute 'sumit'; did you mean 'summit'"):
        Term(parameters()["trust"], 1, "sumit")


def test_attributes_do_not_clash_with_parameters() -> None:
    assert not set(ATTRIBUTES) & set(parameters())
    assert len(set(ATTRIBUTES.values())) == len(ATTRIBUTES)
