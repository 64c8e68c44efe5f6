"""M8, prolongation: whether a summit makes Kyiv work less on the conditions for peace."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy
from sympy import Symbol

from summitgames.actors.registry import actor
from summitgames.blocks import require_threads
from summitgames.equilibria.markov_perfect import markov_perfect
from summitgames.equilibria.policies import absorption_time, policy_values
from summitgames.errors import GameError
from summitgames.games.batches import Batch, Value, batch_index, truth_value
from summitgames.models.stochastic_model import CLOSE, IDLE, Rules, Stage, StochasticModel
from summitgames.models.summit_model import Solution

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from summitgames.games.stochastic import StochasticGame
    from summitgames.results import MarkovEquilibria

__all__ = ["MODEL", "Prolongation"]

TIMES: Final = ("before", "after")
CHOICES: Final = ("conditions", "none")

DISCOUNT: Final = Symbol("discount_month")
COST: Final = Symbol("conditions_monthly_cost")


def hazard(choice: str, time: str) -> sympy.Expr:
    """Probability that a settlement comes in a month in which Kyiv makes a choice."""
    alone = Symbol(f"hazard_{choice}")
    return alone if time == "before" else sympy.Min(1, alone + Symbol("contact_gain"))


def war_cost(time: str) -> sympy.Expr:
    """What a month of war costs Ukraine's incumbent."""
    relief = Symbol("pressure_relief") if time == "after" else 0
    return Symbol("war_monthly_cost") - relief


def settled(time: str) -> sympy.Expr:
    """What a settlement is worth to Ukraine, with the summit if that is still to come."""
    return actor("ukraine").payoff({"settlement": 1, "summit": int(time == "before")})


class Prolongation(StochasticModel):
    """Each month of war Kyiv works on the conditions for a settlement, or does not.

    To work on them costs something each month and makes a settlement likelier. A summit that has
    been held takes its prize off what is still to be had, lightens the pressure of war, and brings
    contact, which makes a settlement likelier whatever Kyiv does.

    Notes
    -----
    `game` takes `after_summit`, a bool. `conditions_monthly_cost` is this model's: a month's work,
    where `conditions_cost_ukraine` of other models is the price of conditions that are met.

    Fields: ``conditions_before``, ``conditions_after`` (bool: whether Kyiv works on the conditions,
    before a summit and after one); ``months_before``, ``months_after`` (expected months to a
    settlement then, inf where none comes); ``prolongs`` (bool: the latter are more);
    ``critical_cost_before``, ``critical_cost_after`` (the monthly cost up to which it works on
    them; below 0 where no cost is low enough). Where that is a tie, to within 1e-12 of the largest
    amount, it works on them; months that differ by no more than that share are the same.

    `equilibrium` maps "before" and "after" to the optimal stationary policies.
    """

    name = "prolongation"
    title = "whether a summit prolongs the war"
    players = ("ukraine",)
    discount = "discount_month"
    fields = (
        "conditions_before",
        "conditions_after",
        "months_before",
        "months_after",
        "prolongs",
        "critical_cost_before",
        "critical_cost_after",
    )
    references = (
        (
            "Filson & Werner (2002), A bargaining model of war and peace, American Journal of "
            "Political Science 46(4)"
        ),
        "Fearon (2004), Why do some civil wars last so much longer than others?, JPR 41(3)",
        "Puterman (1994), Markov Decision Processes, chapter 6",
    )

    def rules(self, variant: str = "before") -> Rules:
        """The game before or after a summit."""
        zero, over = sympy.Integer(0), {"peace": sympy.Integer(1)}
        stages: dict[tuple[str, ...], Stage] = {}
        for choice, cost in zip(CHOICES, (COST, zero), strict=True):
            comes = hazard(choice, variant)
            moves = {"settlement": comes, "war": 1 - comes}
            stages["war", choice] = Stage((-war_cost(variant) - cost,), moves)
        stages["settlement", *IDLE] = Stage((settled(variant),), over)
        stages["peace", *IDLE] = Stage((zero,), over)
        return Rules({"war": (CHOICES,), "settlement": (IDLE,), "peace": (IDLE,)}, stages)

    def game(  # type: ignore[override]  # no parameter has the name of an option
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        after_summit: bool = False,
        **overrides: ArrayLike,
    ) -> StochasticGame:
        """Kyiv's choice month by month, at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for every model.
        after_summit
            Whether the summit has been held.

        Returns
        -------
        StochasticGame
            Of one player; states war, settlement (what it is worth is paid there, once) and peace.
            With exact numbers where all values are single numbers.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, `after_summit` no bool, or a
            payoff beyond float64.

        Examples
        --------
        >>> import summitgames as sg
        >>> game = sg.model("prolongation").game("article", after_summit=True)
        >>> sg.markov_perfect(game).labels()[0]["war"]
        {'ukraine': 'none'}
        """
        time = TIMES[int(truth_value(after_summit, "after_summit"))]
        return self.bind(self.values(perspective, overrides), time)

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> Solution:
        """Kyiv's choice before and after a summit, and how long the war lasts then.

        Parameters
        ----------
        perspective, **overrides
            As for every model.
        threads
            Kept for the equilibria, which are worked out when asked for.

        Returns
        -------
        Solution
            With the fields of the model.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, or a cost beyond float64.

        Examples
        --------
        >>> import summitgames as sg
        >>> solution = sg.model("prolongation").solve("article", contact_gain=[0, 0.05, 0.1])
        >>> solution["prolongs"]
        array([ True,  True, False])
        """
        require_threads(threads)
        values = self.values(perspective, overrides)
        shape = Batch(values).shape
        floats = {name: np.asarray(value, dtype=np.float64) for name, value in values.items()}
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = _solved(floats)
        known = {name: np.broadcast_to(found[name], shape) for name in self.fields}
        finite = np.logical_and.reduce([np.isfinite(known[f"critical_cost_{t}"]) for t in TIMES])
        if not finite.all():
            index = batch_index(int(np.argmin(finite)), shape)
            where = f" at batch index {index}" if index else ""
            raise GameError(f"critical cost beyond float64{where}; expected smaller amounts")
        return Solution(self, values, known, threads)

    def equilibrium(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> dict[str, MarkovEquilibria]:
        """Optimal stationary policies before and after a summit."""
        return {time: markov_perfect(self.bind(values, time), threads=threads) for time in TIMES}

    @cached_property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Hazards, critical costs, choices, what a month is worth, durations, and prolongation.

        A form may use the names of the forms before it. ``chosen_<time>``: the hazard of Kyiv's
        choice; ``average_<time>``: its value in war times 1 - discount, which is a payoff a month.
        """
        forms: dict[str, sympy.Basic] = {}
        for time in TIMES:
            for choice in CHOICES:
                forms[f"hazard_{choice}_{time}"] = hazard(choice, time)
        for time in TIMES:
            working, idle = (Symbol(f"hazard_{choice}_{time}") for choice in CHOICES)
            works, chosen = Symbol(f"conditions_{time}"), Symbol(f"chosen_{time}")
            critical = (
                DISCOUNT
                * (working - idle)
                * ((1 - DISCOUNT) * settled(time) + war_cost(time))
                / (1 - DISCOUNT * (1 - idle))
            )
            forms[f"critical_cost_{time}"] = critical
            forms[f"conditions_{time}"] = Symbol(f"critical_cost_{time}") >= COST
            forms[f"chosen_{time}"] = sympy.Piecewise((working, works > 0), (idle, True))
            cost = sympy.Piecewise((COST, works > 0), (0, True))
            forms[f"average_{time}"] = (
                (1 - DISCOUNT)
                * (DISCOUNT * chosen * settled(time) - war_cost(time) - cost)
                / (1 - DISCOUNT * (1 - chosen))
            )
            forms[f"months_{time}"] = 1 / chosen
        forms["prolongs"] = sympy.And(
            Symbol("conditions_before") > 0,
            Symbol("conditions_after") < 1,
            Symbol("hazard_none_after") < Symbol("hazard_conditions_before"),
        )
        return forms

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The same from the games: their rules, optimal policies, and what deviating once gains."""
        solved: dict[str, NDArray[np.float64]] = {}
        for time, found in self.equilibrium(values).items():
            game = found.game
            war, end = game.state("war"), game.state("settlement")
            for place, choice in enumerate(CHOICES):
                solved[f"hazard_{choice}_{time}"] = game.transitions[..., war, place, end]
            policy = found.strategies[0][..., 0, :, :]  # the first, where both are optimal
            works = policy[..., war, 0]
            solved[f"conditions_{time}"] = works
            chosen = solved[f"hazard_conditions_{time}"], solved[f"hazard_none_{time}"]
            solved[f"chosen_{time}"] = np.where(works == 1, *chosen)
            patience = 1 - game.discounts[0]
            solved[f"average_{time}"] = found.values[..., 0, war, 0] * patience
            solved[f"months_{time}"] = absorption_time(game, [policy], end)[..., war]
            idle = policy_values(game, [[[0, 1], [1, 0], [1, 0]]])[..., 0]
            ahead = (game.transitions[..., war, 0, :] * idle).sum(axis=-1)
            once = game.payoffs[0][..., war, 0] + game.discounts[0] * ahead
            cost = np.asarray(values["conditions_monthly_cost"], dtype=np.float64)
            solved[f"critical_cost_{time}"] = once + cost - idle[..., war]
        longer = solved["months_after"] > solved["months_before"]
        solved["prolongs"] = longer.astype(np.float64)
        return solved

    def random_values(self, rng: np.random.Generator, draws: int) -> dict[str, Value]:
        """As for every model, but with hazards in order: what is done makes no peace unlikelier."""
        values = super().random_values(rng, draws)
        hazards = [np.asarray(values[f"hazard_{choice}"]) for choice in CHOICES]
        values["hazard_none"] = np.minimum(*hazards)
        values["hazard_conditions"] = np.maximum(*hazards)
        return values


def _solved(given: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    """All fields, of some draws."""
    discount, cost = given["discount_month"], given["conditions_monthly_cost"]
    found: dict[str, NDArray[Any]] = {}
    chosen = {}
    for time in TIMES:
        gain, relief, prize = (
            (0.0, 0.0, given["summit_prize_ukraine"])
            if time == "before"
            else (given["contact_gain"], given["pressure_relief"], 0.0)
        )
        working, idle = (np.minimum(1, given[f"hazard_{choice}"] + gain) for choice in CHOICES)
        settlement = given["peace_value_ukraine"] + prize
        war = given["war_monthly_cost"] - relief
        critical = (
            discount * (working - idle) * ((1 - discount) * settlement + war)
            / (1 - discount * (1 - idle))
        )  # fmt: skip
        largest = np.maximum(np.maximum(cost, settlement), given["war_monthly_cost"])
        works = critical >= cost - CLOSE * np.maximum(largest, relief)
        chosen[time] = np.where(works, working, idle)
        found[f"critical_cost_{time}"] = critical
        found[f"conditions_{time}"] = works
        found[f"months_{time}"] = 1 / chosen[time]
    found["prolongs"] = chosen["after"] < chosen["before"] * (1 - CLOSE)
    return found


MODEL = Prolongation()
