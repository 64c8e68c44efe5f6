"""What the Verkhovna Rada wants: a share of the settlement that is at least what it demands.

Ratifying an offer gives it the share offered less its demand; rejecting gives 0. Its demand is not
known to those who bargain: it is uniform from 0 to `rada_strictness`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from summitgames.actors.payoff_model import PayoffModel
from summitgames.actors.terms import Term
from summitgames.case.premises import Parameter, parameters

if TYPE_CHECKING:
    import sympy

__all__ = ["VERKHOVNA_RADA", "ratification_probability"]

_STRICTNESS: Final = parameters()["rada_strictness"]

_OFFER: Final = Parameter(
    name="offer",
    symbol="y",
    meaning="share of a settlement that is offered to Ukraine",
    unit="share",
    range="[0, 1]",
    models=_STRICTNESS.models,
    claims=_STRICTNESS.claims,
    lower=0.0,
    upper=1.0,
    includes_lower=True,
    includes_upper=True,
)

_DEMAND: Final = Parameter(
    name="demand",
    symbol="d",
    meaning="share that the Rada demands, uniform from 0 to rada_strictness",
    unit="share",
    range="[0, rada_strictness]",
    models=_STRICTNESS.models,
    claims=_STRICTNESS.claims,
    lower=0.0,
    upper=_STRICTNESS.upper,
    includes_lower=True,
    includes_upper=True,
)

VERKHOVNA_RADA: Final = PayoffModel(
    name="verkhovna_rada",
    title="Verkhovna Rada",
    terms=(Term(_OFFER, +1, "ratified"), Term(_DEMAND, -1, "ratified")),
)


def ratification_probability() -> sympy.Expr:
    """Probability that the Rada ratifies, before its demand is known.

    Returns
    -------
    sympy.Expr
        ``Min(1, offer / rada_strictness)``, the distribution function of the demand at the share
        offered: the Rada ratifies where ``offer - demand >= 0``.

    References
    ----------
    Putnam (1988), Diplomacy and domestic politics, International Organization 42(3).
    Iida (1993), When and how do domestic constraints matter?, Journal of Conflict Resolution 37(3).

    Examples
    --------
    >>> ratification_probability().subs({"offer": 0.3, "rada_strictness": 0.6})
    0.500000000000000
    """
    import sympy

    return sympy.Min(1, sympy.Symbol("offer") / sympy.Symbol("rada_strictness"))
