"""Actors by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summitgames.actors.europe import EUROPE
from summitgames.actors.russia import RUSSIA
from summitgames.actors.ukraine import UKRAINE
from summitgames.actors.united_states import UNITED_STATES
from summitgames.actors.verkhovna_rada import VERKHOVNA_RADA
from summitgames.errors import require_known

if TYPE_CHECKING:
    from summitgames.actors.payoff_model import PayoffModel

__all__ = ["actor", "actors"]

_ACTORS: Final = {
    model.name: model for model in (RUSSIA, UKRAINE, UNITED_STATES, EUROPE, VERKHOVNA_RADA)
}


def actors() -> tuple[str, ...]:
    """Names of the actors.

    Examples
    --------
    >>> actors()
    ('russia', 'ukraine', 'united_states', 'europe', 'verkhovna_rada')
    """
    return tuple(_ACTORS)


def actor(name: str) -> PayoffModel:
    """The payoff model of an actor.

    Parameters
    ----------
    name
        ``"russia"``, ``"ukraine"``, ``"united_states"``, ``"europe"`` or ``"verkhovna_rada"``.

    Returns
    -------
    PayoffModel
        Its documented terms, their sum as a formula, and tables of them.

    Raises
    ------
    GameError
        If there is no such actor; the message has the nearest name.

    Examples
    --------
    >>> import summitgames as sg
    >>> print(sg.actor("russia").payoff({"settlement": 1}))
    settlement_value_russia
    """
    require_known("actor", name, _ACTORS)
    return _ACTORS[name]
