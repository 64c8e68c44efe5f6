"""M11, the composite: sponsorship, coalition, order of moves, security, delivery and signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy
from sympy import Symbol

from summitgames.games.extensive_form import Chance, Decision, Node, Outcome
from summitgames.models.tree_model import TreeModel, outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.batches import Value

__all__ = ["MODEL", "Composite"]

PLAYERS = ("united_states", "europe", "ukraine", "russia")

TRUST = Symbol("trust")
TURNOVER = Symbol("turnover")
REELECTION = Symbol("reelection")
DELAY = Symbol("election_delay_factor")

#: What has happened on the way to an end: attributes of the actors' payoff terms.
Events = Mapping[str, Any]

SIGNATORIES = {"incumbent": "incumbent", "elected": "elections", "acting": "resign"}
BRANCHES = (("sponsor", "back"), ("sponsor", "press"), ("offload", "back"), ("offload", "press"))

#: Labels of the ends, by the first of these events that happened.
_LABELS = {
    "settlement": "settlement",
    "repudiated": "repudiated",
    "resisted": "deal resisted",
    "empty_summit": "empty summit",
    "incident": "incident",
    "pocketed": "conditions pocketed",
    "delegations_raised": "delegations raised",
}


def security(*, sponsored: bool) -> sympy.Expr:
    """Probability that a meeting passes without incident."""
    gain = Symbol("sponsor_security_gain") if sponsored else 0
    return sympy.Min(1, Symbol("security_success") + gain)


def durability(signatory: str) -> sympy.Expr:
    """Probability that what a signatory signs is honoured to the end."""
    return 1 - TURNOVER * (1 - Symbol(f"legitimacy_{signatory}"))


def root() -> Node:
    """The tree, from the choice of the United States on."""
    return Decision(
        "united_states",
        {
            "bilateral": bilateral(),
            "sponsor": coalition(sponsored=True),
            "offload": coalition(sponsored=False),
        },
    )


def bilateral() -> Node:
    """A deal between Washington and Moscow, which Kyiv may resist."""
    holds = Symbol("bilateral_durability")
    bypassed = {"bypassed": 1, "conditions_met": 1}
    acquiesce = Chance(
        {
            "honoured": (holds, end({**bypassed, "settlement": 1})),
            "repudiated": (1 - holds, end({**bypassed, "repudiated": 1})),
        }
    )
    resist = end({"resisted": 1, "sponsored_in_vain": 1})
    answer = Decision("ukraine", {"acquiesce": acquiesce, "resist": resist})
    return Decision("russia", {"accept": answer, "decline": end({})})


def coalition(*, sponsored: bool) -> Node:
    """Europe backs Kyiv or presses it."""
    events: dict[str, Any] = {} if sponsored else {"offloaded": 1}
    return Decision(
        "europe",
        {
            "back": order_of_moves({**events, "backed": 1}, sponsored=sponsored),
            "press": order_of_moves(events, sponsored=sponsored),
        },
    )


def order_of_moves(events: Events, *, sponsored: bool) -> Node:
    """Kyiv meets the conditions first, asks for the summit first, or holds."""

    def stop(**more: Any) -> Outcome:
        """An end without a summit."""
        return end({**events, **more}, in_vain=sponsored)

    def meet(summit: Node, **more: Any) -> Node:
        safe = security(sponsored=sponsored)
        return Chance({"safe": (safe, summit), "incident": (1 - safe, stop(incident=1, **more))})

    met = {"conditions_met": 1}
    held = {**events, "summit": 1, **({"sponsored_summit": 1} if sponsored else {})}
    unsigned = {**met, "pocketed": 1}
    proposed = {**held, "proposed": 1}
    empty = {**proposed, "empty_summit": 1}
    follow_up = Chance(
        {
            "feasible": (
                TRUST,
                Decision(
                    "ukraine",
                    {"deliver": signature({**proposed, **met}), "stall": end(empty)},
                ),
            ),
            "infeasible": (1 - TRUST, end(empty)),
        }
    )
    return Decision(
        "ukraine",
        {
            "conditions_first": Decision(
                "russia",
                {
                    "meet": meet(signature({**held, **met}), **unsigned),
                    "pocket": stop(**unsigned),
                },
            ),
            "summit_first": Decision(
                "russia",
                {
                    "meet": meet(follow_up, proposed=1),
                    "raise_delegation": stop(proposed=1, delegations_raised=1),
                    "refuse": stop(proposed=1),
                },
            ),
            "hold": stop(),
        },
    )


def signature(events: Events) -> Node:
    """Kyiv picks the signatory, Russia signs or withholds, and the word holds or not."""

    def honoured(signatory: str, before: Events) -> Node:
        holds = durability(signatory)
        return Chance(
            {
                "honoured": (holds, end({**before, "settlement": 1})),
                "repudiated": (1 - holds, end({**before, "repudiated": 1})),
            }
        )

    def withheld(before: Events) -> Outcome:
        return end({**before, "pocketed": 1})

    resigned = leaving(events)
    choices = {
        "incumbent": {"sign": honoured("incumbent", events), "withhold": withheld(events)},
        "elections": {
            "sign": after_elections(events),
            "withhold": Chance(
                {
                    "stays": (REELECTION, withheld(events)),
                    "leaves": (1 - REELECTION, withheld(resigned)),
                }
            ),
        },
        "resign": {"sign": honoured("acting", resigned), "withhold": withheld(resigned)},
    }
    return Decision(
        "ukraine", {label: Decision("russia", replies) for label, replies in choices.items()}
    )


def after_elections(events: Events) -> Node:
    """Whether the incumbent stays and whether the elected one's word holds, independently."""
    holds = durability("elected")
    office = {"stays": (REELECTION, events), "leaves": (1 - REELECTION, leaving(events))}
    word = {"honoured": (holds, "settlement"), "repudiated": (1 - holds, "repudiated")}
    return Chance(
        {
            f"{who}_{what}": (p * q, end({**before, event: DELAY}))
            for who, (p, before) in office.items()
            for what, (q, event) in word.items()
        }
    )


def leaving(events: Events) -> Events:
    """The same with the incumbent out of office."""
    return {**events, "leaves_office": 1}


def end(events: Events, *, in_vain: bool = False) -> Outcome:
    """An end of the game: what happened, completed by what follows from it."""
    happened = dict(events)
    if in_vain:
        happened["sponsored_in_vain"] = 1
    if "backed" in happened:
        if "conditions_met" not in happened:
            happened["supported"] = 1
        if "summit" in happened:
            happened["voice"] = 1
    label = next((name for event, name in _LABELS.items() if event in happened), "status quo")
    return outcome(label, PLAYERS, happened, ("summit", "settlement"))


def closed_forms() -> dict[str, sympy.Basic]:
    """Closed forms of the composite; see `Composite.closed_forms`."""
    v_r, v_u, pocket, loss, rents, conditions, prize = sympy.symbols(
        "settlement_value_russia peace_value_ukraine pocket_value_russia betrayal_loss_russia "
        "office_rents_ukraine conditions_cost_ukraine summit_prize_ukraine"
    )
    forms: dict[str, sympy.Basic] = {}
    kyiv, moscow = [], []
    for who, leaves in (("incumbent", 0), ("elected", 1 - REELECTION), ("acting", 1)):
        holds = durability(who)
        delay = DELAY if who == "elected" else 1
        net = delay * (holds * v_r - (1 - holds) * loss)
        forms[f"signs_{who}"] = sympy.Ge(net, pocket)
        signs = Symbol(f"signs_{who}")
        kyiv.append(signs * delay * holds * v_u - leaves * rents)
        moscow.append(signs * net + (1 - signs) * pocket)
    forms["ukraine_signing"] = sympy.Max(*kyiv) - conditions + prize
    forms["russia_signing"] = sympy.Piecewise(
        (moscow[0], sympy.And(kyiv[0] >= kyiv[1], kyiv[0] >= kyiv[2])),
        (moscow[1], kyiv[1] >= kyiv[2]),
        (moscow[2], True),
    )
    forms["acquiesces"] = sympy.Ge(
        Symbol("bilateral_durability") * v_u - conditions - Symbol("bypass_loss_ukraine"),
        -Symbol("resistance_cost_ukraine"),
    )
    for sponsor, backing in BRANCHES:
        forms |= _branch_forms(sponsor, backing)
    return forms


def _branch_forms(sponsor: str, backing: str) -> dict[str, sympy.Basic]:
    """Closed forms once Washington and Europe have chosen."""
    branch = f"{sponsor}_{backing}"
    safe = security(sponsored=sponsor == "sponsor")
    support = Symbol("support_value_ukraine") if backing == "back" else sympy.Integer(0)
    pocket, empty, exposed, raised = sympy.symbols(
        "pocket_value_russia empty_summit_cost_russia exposure_loss_russia delegation_value_russia"
    )
    conditions, prize, exposure, proposal = sympy.symbols(
        "conditions_cost_ukraine summit_prize_ukraine exposure_loss_ukraine proposal_value_ukraine"
    )
    kyiv, moscow = sympy.symbols("ukraine_signing russia_signing")
    meets_met, delivers, meets, first, second = sympy.symbols(
        f"meets_conditions_met_{branch} delivers_{branch} meets_{branch} "
        f"ukraine_conditions_first_{branch} ukraine_summit_first_{branch}"
    )
    # What Kyiv gets at the end of an empty summit, and what either side expects of delivery.
    empty_kyiv = prize + support
    delivery_kyiv = delivers * kyiv + (1 - delivers) * empty_kyiv
    delivery_moscow = delivers * moscow - (1 - delivers) * empty
    return {
        str(meets_met): safe * moscow + (1 - safe) * (pocket - exposed) >= pocket,
        str(delivers): kyiv >= empty_kyiv,
        str(meets): safe * (TRUST * delivery_moscow - (1 - TRUST) * empty) - (1 - safe) * exposed
        >= sympy.Max(raised, 0),
        str(first): meets_met * (safe * kyiv + (1 - safe) * (-conditions - exposure))
        - (1 - meets_met) * conditions,
        str(second): proposal
        + meets * safe * (TRUST * delivery_kyiv + (1 - TRUST) * empty_kyiv)
        + meets * (1 - safe) * (support - exposure)
        + (1 - meets) * support,
        f"summit_{branch}": sympy.Piecewise(
            (meets_met * safe, sympy.And(first >= second, first >= support)),
            (meets * safe, second >= support),
            (0, True),
        ),
    }


class Composite(TreeModel):
    """The decision as a whole: 132 ends, from the choice of the United States to a kept word.

    The United States deals bilaterally, sponsors a summit or offloads the process; Europe backs
    Kyiv or presses it; Kyiv meets Russia's conditions first, asks for the summit first or holds;
    Russia answers; a meeting is safe or not; what was to follow it is feasible or not and delivered
    or not; Kyiv picks who signs; Russia signs or withholds; and the word is honoured or not.

    Notes
    -----
    `fields`: ``path``; ``summit`` and ``settlement`` (probabilities that a summit is held, and that
    a signed settlement holds, bilateral deals included); ``payoff_united_states``,
    ``payoff_europe``, ``payoff_ukraine``, ``payoff_russia``; ``unique``.
    """

    name = "composite"
    title = "sponsorship, order of moves, security, delivery and signature"
    players = PLAYERS
    tags = ("summit", "settlement")
    fields = (
        "path",
        "summit",
        "settlement",
        "payoff_united_states",
        "payoff_europe",
        "payoff_ukraine",
        "payoff_russia",
        "unique",
    )
    references = (
        "Fearon (1995), Rationalist explanations for war, International Organization 49(3)",
        "Putnam (1988), Diplomacy and domestic politics, International Organization 42(3)",
        "Kydd (2005), Trust and Mistrust in International Relations",
    )

    def root(self) -> Node:
        """The choice of the United States."""
        return root()

    @property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """What Russia and Kyiv do and get once Washington and Europe have chosen.

        A form may use the names of the forms before it; a condition counts as 1 or 0.
        ``signs_<who>``: Russia signs with that signatory. ``ukraine_signing``, ``russia_signing``:
        payoffs once the summit is held and the conditions are met. ``acquiesces``: Kyiv accepts a
        bilateral deal. Then, for each choice of sponsor | offload and back | press:
        ``meets_conditions_met_*`` and ``meets_*``: Russia meets with the conditions met, or before;
        ``delivers_*``; ``ukraine_conditions_first_*`` and ``ukraine_summit_first_*``: Kyiv's payoff
        of either order;
        ``summit_*``: probability that a summit is held.
        """
        return closed_forms()

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The same from the equilibrium's behavior, off the path where need be."""
        equilibrium = self.equilibrium(values)
        ukraine, russia = PLAYERS.index("ukraine"), PLAYERS.index("russia")
        signing = "sponsor > back > conditions_first > meet > safe"
        solved = {
            f"signs_{who}": self.takes(equilibrium, f"{signing} > {choice}", "sign")
            for who, choice in SIGNATORIES.items()
        }
        at_signing = equilibrium.expected_payoffs(given=signing)
        solved["ukraine_signing"] = at_signing[..., ukraine]
        solved["russia_signing"] = at_signing[..., russia]
        solved["acquiesces"] = self.takes(equilibrium, "bilateral > accept", "acquiesce")
        for sponsor, backing in BRANCHES:
            start, branch = f"{sponsor} > {backing}", f"{sponsor}_{backing}"
            for order, name, node, action in (
                ("conditions_first", "meets_conditions_met", "", "meet"),
                ("summit_first", "meets", "", "meet"),
                ("summit_first", "delivers", " > meet > safe > feasible", "deliver"),
            ):
                solved[f"{name}_{branch}"] = self.takes(
                    equilibrium, f"{start} > {order}{node}", action
                )
            for order in ("conditions_first", "summit_first"):
                payoffs = equilibrium.expected_payoffs(given=f"{start} > {order}")
                solved[f"ukraine_{order}_{branch}"] = payoffs[..., ukraine]
            solved[f"summit_{branch}"] = np.asarray(equilibrium.probability("summit", given=start))
        return solved


MODEL = Composite()
