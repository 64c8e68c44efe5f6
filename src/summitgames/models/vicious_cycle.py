"""M4, vicious cycle: no talks without elections, no elections in war, no peace without talks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy
from sympy import Symbol

from summitgames.actors.registry import actor
from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.markov_perfect import markov_perfect
from summitgames.equilibria.policies import absorption_time, chain_times, policy_values
from summitgames.games.batches import Batch, Value
from summitgames.models.composite import durability
from summitgames.models.stochastic_model import IDLE, Rules, Stage, StochasticModel
from summitgames.models.summit_model import Solution
from summitgames.results import MarkovEquilibria

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from summitgames.games.stochastic import StochasticGame

__all__ = ["MODEL", "CycleEquilibria", "ViciousCycle"]

PLAYERS: Final = ("ukraine", "europe", "russia")
WAR: Final = (("hold", "withdraw", "resign"), ("arm", "stop"), ("press", "pause"))
ACTIONS: Final = {
    "war": WAR,
    "lifted": (("call", "delay"), IDLE, IDLE),
    "elected": (IDLE, IDLE, ("sign", "wait")),
    "acting": (IDLE, IDLE, ("sign", "wait")),
    "peace": (IDLE, IDLE, IDLE),
}
#: Ways out of war: what is done there, and the state that this may lead to.
WAYS: Final = {
    "resignation": (("resign", "arm", "press"), "acting"),
    "withdrawal": (("withdraw", "stop", "press"), "lifted"),
    "ceasefire": (("hold", "arm", "pause"), "lifted"),
}
#: Games in a block: their transition probabilities stay in the second-level cache.
_BLOCK: Final = 512

DISCOUNT: Final = Symbol("discount_quarter")
RELAPSE: Final = Symbol("relapse")
LIFTS: Final = Symbol("ceasefire_lifts")


def fighting(profile: tuple[str, str, str]) -> Stage:
    """What a quarter of war leads to."""
    ukraine, europe, russia = profile
    withdraws, stops, pauses = (
        int(done) for done in (ukraine == "withdraw", europe == "stop", russia == "pause")
    )
    front = (1 - withdraws) * stops * (1 - pauses)
    unguarded = (1 - withdraws) * Symbol("front_loss_europe")
    payoffs = {
        "ukraine": actor("ukraine").payoff({"leaves_office": int(ukraine == "resign")})
        - withdraws * Symbol("withdrawal_cost_ukraine")
        - front * Symbol("front_loss_ukraine"),
        "europe": stops * (Symbol("arms_cost_europe") - unguarded),
        "russia": actor("russia").payoff({"pocketed": withdraws * (1 - stops)})
        + front * Symbol("front_gain_russia")
        - pauses * Symbol("pause_cost_russia"),
    }
    moves: dict[str, sympy.Expr] = {"war": sympy.Integer(1)}
    if ukraine == "resign":
        moves = {"acting": sympy.Integer(1)}
    elif withdraws and stops:
        moves = {"lifted": sympy.Integer(1)}
    elif pauses:
        moves = {"lifted": LIFTS, "war": 1 - LIFTS}
    return Stage(tuple(payoffs[who] for who in PLAYERS), moves)


def relief(who: str) -> sympy.Symbol:
    """What a quarter without war is worth."""
    return Symbol(f"war_cost_{who}")


def signed(who: str, signatory: str) -> sympy.Expr:
    """What a signature is worth to a side, before what comes if it does not last."""
    lasts = durability(signatory)
    events = {"settlement": lasts, "repudiated": 1 - lasts, "conditions_met": 1, "summit": 1}
    return actor(who).payoff(events)


def calling() -> sympy.Expr:
    """What calling elections costs Ukraine's incumbent."""
    return -actor("ukraine").payoff({"leaves_office": 1 - Symbol("reelection")})


@dataclass(frozen=True, eq=False, repr=False)
class CycleEquilibria(MarkovEquilibria):
    """Pure stationary Markov-perfect equilibria of the vicious cycle, with times to peace."""

    @cached_property
    def chains(self) -> NDArray[np.float64]:
        """Probabilities of the next state under each equilibrium, ``(*batch, E, S, S)``."""
        game = self.game
        choices = [np.argmax(mix, axis=-1) for mix in self.strategies]
        profiles = np.ravel_multi_index(tuple(choices), game.n_actions)
        moves = game.transitions.reshape(*game.batch_shape, 1, game.n_states, -1, game.n_states)
        where = profiles[..., np.newaxis, np.newaxis]
        return np.take_along_axis(moves, where, axis=-2)[..., 0, :]

    @cached_property
    def quarters(self) -> NDArray[np.float64]:
        """Expected quarters until peace from every state, ``(*batch, E, S)``.

        Infinite where peace is not certain, NaN in unused slots.
        """
        chains, states = self.chains, self.game.n_states
        times = chain_times(chains.reshape(-1, states, states), self.game.state("peace"))
        return np.where(self.exists[..., np.newaxis], times.reshape(chains.shape[:-1]), np.nan)

    def records(self) -> list[dict[str, Any]]:
        """The equilibria of a single game in words and numbers.

        Returns
        -------
        list of dict
            ``policy`` (state to player to action), ``values`` (state to player to value) and
            ``quarters`` (state to expected quarters until peace).
        """
        states, found = self.game.states, self.labels()
        return [
            {
                "policy": {state: chosen for state, chosen in policy.items() if chosen},
                "values": {
                    state: dict(zip(self.game.players, row, strict=True))
                    for state, row in zip(states, self.values[slot].tolist(), strict=True)
                },
                "quarters": dict(zip(states, self.quarters[slot].tolist(), strict=True)),
            }
            for slot, policy in enumerate(found)
        ]


class ViciousCycle(StochasticModel):
    """War, the lifting of martial law, elections, and who can sign a peace, quarter by quarter.

    In war Ukraine, Europe and Russia act at once. Martial law is lifted if Ukraine withdraws and
    Europe stops arming it, or, with some probability, after a quarter in which Russia pauses; once
    it is lifted Ukraine's incumbent may call elections, and with whoever is elected Russia may
    sign. Or else the incumbent resigns in war, and Russia may sign with the acting president.

    Notes
    -----
    What a signature is worth, a settlement that is pocketed and office lost are the actors' terms;
    what a quarter brings or costs are parameters of this model alone.

    Fields: ``n_equilibria`` (pure stationary Markov-perfect ones: policies for all states, those
    never reached included); ``deadlock`` (in one of them war leads to war with probability 1);
    ``deadlock_only`` (in each, and there is one); ``quarters_min``, ``quarters_max`` (over them,
    expected quarters from war to peace: inf where peace is not certain, nan where there is none).

    Best replies may tie, and a policy that ties is part of an equilibrium as well: exactly, for the
    numbers that a game holds. Those are the numbers given where all are single numbers, and floats
    in families.

    `equilibrium` is a `CycleEquilibria`: policies, values, and quarters to peace from each state.
    """

    name = "vicious_cycle"
    title = "war, elections and peace, each of which waits for another"
    players = PLAYERS
    discount = "discount_quarter"
    fields = ("n_equilibria", "deadlock", "deadlock_only", "quarters_min", "quarters_max")
    references = (
        (
            "Maskin & Tirole (2001), Markov perfect equilibrium I: observable actions, Journal of "
            "Economic Theory 100(2)"
        ),
        (
            "Acemoglu & Robinson (2006), Economic Origins of Dictatorship and Democracy, Cambridge "
            "University Press"
        ),
        "Hirshleifer (1983), From weakest-link to best-shot, Public Choice 41(3)",
    )

    def rules(self, variant: str = "") -> Rules:  # noqa: ARG002  (there is one game)
        """The game in symbols."""
        zero = (sympy.Integer(0),) * 3
        relieved = tuple(relief(who) for who in PLAYERS)
        rest = {"war": RELAPSE}
        stages: dict[tuple[str, ...], Stage] = {
            ("war", *profile): fighting(profile) for profile in product(*WAR)
        }
        stages["lifted", "call", *IDLE, *IDLE] = Stage(
            (relieved[0] - calling(), *relieved[1:]), {"elected": sympy.Integer(1)}
        )
        stages["lifted", "delay", *IDLE, *IDLE] = Stage(relieved, {"lifted": 1 - RELAPSE, **rest})
        for signatory, flows in (("elected", relieved), ("acting", zero)):
            lasts = durability(signatory)
            stages[signatory, *IDLE, *IDLE, "sign"] = Stage(
                tuple(
                    signed(who, signatory) + flow for who, flow in zip(PLAYERS, flows, strict=True)
                ),
                {"peace": lasts, "war": 1 - lasts},
            )
            stages[signatory, *IDLE, *IDLE, "wait"] = Stage(flows, {signatory: 1 - RELAPSE, **rest})
        stages["peace", *IDLE, *IDLE, *IDLE] = Stage(zero, {"peace": sympy.Integer(1)})
        return Rules(ACTIONS, stages)

    def game(
        self, perspective: str | Mapping[str, Any] = "article", /, **overrides: ArrayLike
    ) -> StochasticGame:
        """The game at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for every model.

        Returns
        -------
        StochasticGame
            States war, lifted, elected, acting and peace; with exact numbers where all values are
            single numbers.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, or a payoff beyond float64.

        Examples
        --------
        >>> import summitgames as sg
        >>> sg.model("vicious_cycle").game("article").states
        ('war', 'lifted', 'elected', 'acting', 'peace')
        """
        return self.bind(self.values(perspective, overrides))

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> Solution:
        """All pure stationary Markov-perfect equilibria, and how long they take to bring peace.

        Parameters
        ----------
        perspective, **overrides
            As for every model.
        threads
            Threads; None: the machine's cores for large batches, one for small ones.

        Returns
        -------
        Solution
            With the fields of the model.

        Raises
        ------
        GameError
            As for `game`.

        Examples
        --------
        >>> import summitgames as sg
        >>> solution = sg.model("vicious_cycle").solve("guarantees")
        >>> solution["n_equilibria"], round(solution["quarters_max"], 3)
        (2, 4.124)
        """
        values = self.values(perspective, overrides)
        batch = Batch(values)
        if batch.shape:

            def work(block: Block) -> dict[str, NDArray[Any]]:
                game = self.part(batch, block.start, block.stop)
                return _told(_equilibria(game, threads=1))

            parts = map_blocks(work, batch.size, block=_BLOCK, threads=threads)
            known: dict[str, Any] = {
                name: np.concatenate([part[name] for part in parts]).reshape(batch.shape)
                for name in self.fields
            }
        else:
            known = _told(self.equilibrium(values, threads))
        return Solution(self, values, known, threads)

    def equilibrium(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> CycleEquilibria:
        """Pure stationary Markov-perfect equilibria."""
        return _equilibria(self.bind(values), threads)

    @cached_property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Signatures, deadlock, and the ways out of war: when they are equilibria, and how fast.

        A form may use the names of the forms before it. ``durability_<who>`` and
        ``signed_<i>_<who>``: of what an elected or acting president signs; ``deadlock_armed``: some
        equilibrium has hold, arm, press in war. For each way out, resignation (resign, arm, press;
        then sign), withdrawal (withdraw, stop, press; then call and sign) and ceasefire (hold, arm,
        pause; then call and sign): ``breaks_<way>``: some equilibrium has these actions;
        ``rate_<way>``: the inverse of the expected quarters to peace by them;
        ``average_<way>_<i>``: their value in war times 1 - discount, which is a payoff a quarter.
        """
        forms: dict[str, sympy.Basic] = {}
        for signatory in ("elected", "acting"):
            forms[f"durability_{signatory}"] = durability(signatory)
            for who in PLAYERS:
                forms[f"signed_{who}_{signatory}"] = signed(who, signatory)
        forms["deadlock_armed"] = _deadlock()
        elected, acting = Symbol("durability_elected"), Symbol("durability_acting")
        forms["rate_resignation"] = acting / 2
        forms["rate_withdrawal"] = elected / 3
        forms["rate_ceasefire"] = elected * LIFTS / (1 + 2 * LIFTS)
        for way in WAYS:
            forms |= _averages(way)
            forms[f"breaks_{way}"] = _breaks(way)
        return forms

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The same from the game: its rules, values and times of policies, all equilibria."""
        game = self.bind(values)
        found = self.equilibrium(values)
        solved: dict[str, NDArray[np.float64]] = {}
        for signatory in ("elected", "acting"):
            place = game.state(signatory)
            moves = game.transitions[..., place, 0, 0, 0, game.state("peace")]
            solved[f"durability_{signatory}"] = moves
            for number, who in enumerate(PLAYERS):
                paid = game.payoffs[number][..., place, 0, 0, 0]
                flow = game.payoffs[number][..., place, 0, 0, 1]
                solved[f"signed_{who}_{signatory}"] = paid - flow
        at_war = {"war": ("hold", "arm", "press")}
        solved["deadlock_armed"] = _listed(found, at_war)
        for way, (profile, through) in WAYS.items():
            play = {"war": profile, **_after(through)}
            policies = _policies(play)
            averages = policy_values(game, policies)[..., game.state("war"), :]
            for number, who in enumerate(PLAYERS):
                patience = 1 - game.discounts[number]
                solved[f"average_{way}_{who}"] = averages[..., number] * patience
            solved[f"rate_{way}"] = 1 / absorption_time(game, policies, "peace")[..., 0]
            solved[f"breaks_{way}"] = _listed(found, play)
        return solved


def _equilibria(game: StochasticGame, threads: int | None = None) -> CycleEquilibria:
    result = markov_perfect(game, threads=threads)
    return CycleEquilibria(**{part.name: getattr(result, part.name) for part in fields(result)})


def _told(found: CycleEquilibria) -> dict[str, NDArray[Any]]:
    """The model's fields from the equilibria."""
    war = found.game.state("war")
    leaves = np.delete(found.chains[..., war, :], war, axis=-1)
    stuck = found.exists & ~(leaves > 0).any(axis=-1)
    quarters = found.quarters[..., war]
    return {
        "n_equilibria": found.counts,
        "deadlock": stuck.any(axis=-1),
        "deadlock_only": (stuck == found.exists).all(axis=-1) & found.exists.any(axis=-1),
        "quarters_min": np.fmin.reduce(quarters, axis=-1, initial=np.nan),
        "quarters_max": np.fmax.reduce(quarters, axis=-1, initial=np.nan),
    }


def _after(through: str) -> dict[str, tuple[str, ...]]:
    """What is played after a way out, up to the signature."""
    if through == "acting":
        return {"acting": (*IDLE, *IDLE, "sign")}
    return {"lifted": ("call", *IDLE, *IDLE), "elected": (*IDLE, *IDLE, "sign")}


def _policies(play: Mapping[str, tuple[str, ...]]) -> list[NDArray[np.float64]]:
    """Strategies with some actions, and the first one in the other states."""
    strategies = [np.zeros((len(ACTIONS), len(labels))) for labels in WAR]
    for s, (state, actions) in enumerate(ACTIONS.items()):
        for i, labels in enumerate(actions):
            chosen = play[state][i] if state in play else labels[0]
            strategies[i][s, labels.index(chosen)] = 1
    return strategies


def _listed(found: CycleEquilibria, play: Mapping[str, tuple[str, ...]]) -> NDArray[np.float64]:
    """Whether some equilibrium has these actions, as 0 or 1."""
    alike = found.exists
    for state, profile in play.items():
        place = found.game.state(state)
        for mix, action, labels in zip(found.strategies, profile, ACTIONS[state], strict=True):
            alike = alike & (mix[..., place, labels.index(action)] == 1)
    return np.asarray(alike.any(axis=-1), dtype=np.float64)


def _waiting(flow: sympy.Expr, war: sympy.Expr) -> sympy.Expr:
    """Value of staying in a state without war until it relapses, given the value of war."""
    return (flow + DISCOUNT * RELAPSE * war) / (1 - DISCOUNT * (1 - RELAPSE))


def _signing(who: str, signatory: str, war: sympy.Expr) -> sympy.Expr:
    """Value of the state in which Russia signs with somebody, given the value of war."""
    flow = relief(who) if signatory == "elected" else 0
    fails = 1 - Symbol(f"durability_{signatory}")
    return Symbol(f"signed_{who}_{signatory}") + flow + DISCOUNT * fails * war


def _russia_signs(signatory: str, war: sympy.Expr) -> sympy.Basic:
    """Whether Russia signs rather than waits, given its value of war."""
    flow = relief("russia") if signatory == "elected" else sympy.Integer(0)
    return _signing("russia", signatory, war) >= _waiting(flow, war)


def _acting_value(war: Mapping[str, sympy.Expr]) -> sympy.Expr:
    """Ukraine's value of an acting president, given the values of war."""
    return sympy.Piecewise(
        (_signing("ukraine", "acting", war["ukraine"]), _russia_signs("acting", war["russia"])),
        (_waiting(sympy.Integer(0), war["ukraine"]), True),
    )


def _armed() -> sympy.Basic:
    """Whether arming Ukraine is worth it where Ukraine does not withdraw."""
    return Symbol("front_loss_europe") >= Symbol("arms_cost_europe")


def _deadlock() -> sympy.Basic:
    """Whether hold, arm, press is part of an equilibrium: war is worth 0 to all then."""
    war = dict.fromkeys(PLAYERS, sympy.Integer(0))
    signs = _russia_signs("elected", war["russia"])
    elected = {
        who: sympy.Piecewise(
            (_signing(who, "elected", war[who]), signs), (_waiting(relief(who), war[who]), True)
        )
        for who in ("ukraine", "russia")
    }
    delayed = {who: _waiting(relief(who), war[who]) for who in ("ukraine", "russia")}
    called = {who: relief(who) + DISCOUNT * elected[who] for who in ("ukraine", "russia")}
    lifted = sympy.Piecewise(
        (called["russia"], called["ukraine"] - calling() >= delayed["ukraine"]),
        (delayed["russia"], True),
    )
    rents = Symbol("office_rents_ukraine")
    return sympy.And(
        _armed(),
        rents >= DISCOUNT * _acting_value(war),
        Symbol("pause_cost_russia") >= DISCOUNT * LIFTS * lifted,
    )


def _averages(way: str) -> dict[str, sympy.Basic]:
    """What a quarter is worth to each side along a way out, from war on."""
    profile, through = WAYS[way]
    stage = fighting(profile)
    lasts = Symbol("durability_acting" if through == "acting" else "durability_elected")
    forms: dict[str, sympy.Basic] = {}
    for who, flow in zip(PLAYERS, stage.payoffs, strict=True):
        if through == "acting":
            total = flow + DISCOUNT * Symbol(f"signed_{who}_acting")
            back = DISCOUNT**2 * (1 - lasts)
        else:
            leaves = sympy.sympify(stage.moves["lifted"])
            cost = calling() if who == "ukraine" else 0
            total = flow + DISCOUNT * leaves * (
                relief(who) - cost + DISCOUNT * (relief(who) + Symbol(f"signed_{who}_elected"))
            )
            back = DISCOUNT * (1 - leaves) + DISCOUNT**3 * leaves * (1 - lasts)
        forms[f"average_{way}_{who}"] = (1 - DISCOUNT) * total / (1 - back)
    return forms


def _breaks(way: str) -> sympy.Basic:
    """Whether a way out is part of an equilibrium: no single deviation gains, anywhere."""
    if way == "resignation":
        return sympy.And(
            DISCOUNT * Symbol("signed_ukraine_acting") >= Symbol("office_rents_ukraine"),
            _armed(),
            Symbol("signed_russia_acting") >= 0,
        )
    war = {who: Symbol(f"average_{way}_{who}") / (1 - DISCOUNT) for who in PLAYERS}
    elected = _signing("ukraine", "elected", war["ukraine"])
    called = relief("ukraine") - calling() + DISCOUNT * elected
    conditions = [
        called >= _waiting(relief("ukraine"), war["ukraine"]),
        _russia_signs("elected", war["russia"]),
    ]
    rents, acting = Symbol("office_rents_ukraine"), _acting_value(war)
    if way == "ceasefire":
        return sympy.And(
            *conditions,
            _armed(),
            war["russia"] >= 0,
            war["ukraine"] >= DISCOUNT * acting - rents,
        )
    front = Symbol("front_loss_ukraine")
    return sympy.And(
        *conditions,
        war["europe"] >= 0,
        war["ukraine"] >= DISCOUNT * war["ukraine"] - front,
        war["ukraine"] >= DISCOUNT * acting - rents - front,
    )


MODEL = ViciousCycle()
