"""M3, legitimacy: what a signature is worth when the signatory may be replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy
from sympy import Symbol

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.markov_perfect import markov_perfect
from summitgames.equilibria.policies import policy_values
from summitgames.errors import GameError, require_known
from summitgames.games.batches import Batch, Value, batch_index
from summitgames.games.stochastic import StochasticGame
from summitgames.models.stochastic_model import CLOSE, IDLE, Rules, Stage, StochasticModel
from summitgames.models.summit_model import Solution

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from summitgames.results import MarkovEquilibria

__all__ = ["MODEL", "PUNISHMENTS", "SIGNATORIES", "Legitimacy"]

PLAYERS: Final = ("russia", "ukraine")
SIGNATORIES: Final = ("incumbent", "elected", "acting")
PUNISHMENTS: Final = ("state", "leader")
COMPLY, VIOLATE = "comply", "violate"

#: In the rules, the legitimacy of whoever signs for Ukraine.
LEGITIMACY: Final = "legitimacy"
DISCOUNT: Final = Symbol("discount_year")
SUCKER: Final = Symbol("sucker_loss")


def other(who: str) -> str:
    """The other side."""
    return PLAYERS[1 - PLAYERS.index(who)]


def replaced(who: str) -> sympy.Symbol:
    """Probability that a side's leader is replaced within a year."""
    return Symbol(f"turnover_year_{who}")


def honours(who: str, signatory: str = "") -> sympy.Symbol:
    """Probability that a side's successor honours the settlement; of Ukraine by its signatory."""
    if who == "russia":
        return Symbol("legitimacy_russia")
    return Symbol(f"legitimacy_{signatory}" if signatory else LEGITIMACY)


def repudiates(who: str, signatory: str = "") -> sympy.Expr:
    """Probability that a successor comes within a year and repudiates."""
    return replaced(who) * (1 - honours(who, signatory))


class Legitimacy(StochasticModel):
    """After signing, each side complies or violates every year, and leaders may be replaced.

    A repeated game that ends when a successor repudiates what was signed. The fewer successors
    honour a signature, the shorter the shadow of the future over both sides.

    Notes
    -----
    `game` takes `who`, the signatory for Ukraine: "incumbent", "elected" or "acting"; and
    `punishment`, what follows a violation: "state" (the settlement ends for ever) or "leader" (it
    is suspended while the violator's leader stays, and resumed if a successor comes who honours
    it). Amounts are those of this model alone: flows by the year, not the actors' terms, which
    weigh how the whole process ends; only Russia's betrayal loss is one of them.

    Fields, for `who` and i = russia, ukraine: ``critical_discount_state_<i>_<who>`` and
    ``critical_discount_leader_<i>_<who>`` (the least discount in [0, 1) from which on i complies;
    inf where there is none); ``value_<i>_<who>`` (expected discounted sum from signing on, not
    normalised; 0 where compliance is not sustained); ``sustained_<who>`` (bool: both comply, under
    state punishment, at `discount_year`); ``waiting_russia`` (what waiting for an elected signatory
    is worth); ``signs_now`` (bool: the incumbent's signature is worth at least that).

    `equilibrium` maps each signatory to the pure Markov-perfect equilibria under state punishment.
    """

    name = "legitimacy"
    title = "what a signature is worth when its author may be replaced"
    players = PLAYERS
    discount = "discount_year"
    fields = (
        *(
            f"critical_discount_{punishment}_{i}_{who}"
            for who in SIGNATORIES
            for punishment in PUNISHMENTS
            for i in PLAYERS
        ),
        *(f"value_{i}_{who}" for who in SIGNATORIES for i in PLAYERS),
        *(f"sustained_{who}" for who in SIGNATORIES),
        "waiting_russia",
        "signs_now",
    )
    references = (
        (
            "McGillivray & Smith (2000), Trust and cooperation through agent-specific punishments, "
            "International Organization 54(4)"
        ),
        (
            "Fearon (1998), Bargaining, enforcement, and international cooperation, International "
            "Organization 52(2)"
        ),
        (
            "Abreu, Pearce & Stacchetti (1990), Toward a theory of discounted repeated games with "
            "imperfect monitoring, Econometrica 58(5)"
        ),
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        """The parameters, and the legitimacy of the signatory."""
        return (*self.parameter_names, LEGITIMACY)

    def rules(self, variant: str = "state") -> Rules:
        """The game under a punishment."""
        zero = (sympy.Integer(0),) * 2
        punished = PLAYERS if variant == "leader" else ()
        rest = [f"betrayed_{name}" for name in (*PLAYERS, "both")]
        rest += [f"punished_{name}" for name in punished]
        actions = {
            "signed": ((COMPLY, VIOLATE),) * 2,
            **dict.fromkeys((*rest, "broken"), (IDLE, IDLE)),
        }
        over = {"broken": sympy.Integer(1)}
        idle = (*IDLE, *IDLE)
        stages: dict[tuple[str, ...], Stage] = {
            ("signed", *profile): Stage(_year(profile), _next_year(profile, punished))
            for profile in product((COMPLY, VIOLATE), repeat=2)
        }
        for betrayed in (*PLAYERS, "both"):
            losses = tuple(
                -Symbol(f"betrayal_loss_{i}") if betrayed in (i, "both") else sympy.Integer(0)
                for i in PLAYERS
            )
            stages[f"betrayed_{betrayed}", *idle] = Stage(losses, over)
        for i in punished:
            stages[f"punished_{i}", *idle] = Stage(zero, _suspended(i))
        stages["broken", *idle] = Stage(zero, over)
        return Rules(actions, stages)

    def game(  # type: ignore[override]  # no parameter has the name of an option
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        who: str = "incumbent",
        punishment: str = "state",
        **overrides: ArrayLike,
    ) -> StochasticGame:
        """The game after signing, at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for every model.
        who
            Signatory for Ukraine: "incumbent", "elected" or "acting".
        punishment
            What follows a violation: "state" or "leader".

        Returns
        -------
        StochasticGame
            States signed, where both choose; betrayed_russia, betrayed_ukraine, betrayed_both, the
            year in which a loss is borne; with leader-specific punishment punished_russia,
            punished_ukraine; and broken. With exact numbers where all values are.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, or there is no such signatory
            or punishment.

        Examples
        --------
        >>> import summitgames as sg
        >>> game = sg.model("legitimacy").game("guarantees", who="elected")
        >>> [policy["signed"] for policy in sg.markov_perfect(game).labels()]
        [{'russia': 'comply', 'ukraine': 'comply'}, {'russia': 'violate', 'ukraine': 'violate'}]
        """
        require_known("signatory", who, SIGNATORIES)
        require_known("punishment", punishment, PUNISHMENTS)
        return self._game(self.values(perspective, overrides), who, punishment)

    def _game(
        self, values: Mapping[str, Value], who: str, punishment: str = "state"
    ) -> StochasticGame:
        return self.bind({**values, LEGITIMACY: values[f"legitimacy_{who}"]}, punishment)

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> Solution:
        """Thresholds and values of compliance at a perspective's values.

        Where a side's loss by complying is at most 1e-12 of the largest amount, it complies.

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
            If a name is unknown, a value missing or out of its range, or a value beyond float64.

        Examples
        --------
        >>> import summitgames as sg
        >>> solution = sg.model("legitimacy").solve("article", legitimacy_incumbent=[0.1, 0.9])
        >>> solution["sustained_incumbent"]
        array([False,  True])
        """
        values = self.values(perspective, overrides)
        batch = Batch(values)

        def work(block: Block) -> dict[str, NDArray[Any]]:
            given = batch.block(block.start, block.stop)
            solved = _solved(given)
            found = {name: np.broadcast_to(array, block.size) for name, array in solved.items()}
            finite = np.logical_and.reduce(
                [np.isfinite(found[name]) for name in self.fields if name.startswith("value")]
            )
            if not finite.all():
                index = batch_index(block.start + int(np.argmin(finite)), batch.shape)
                where = f" at batch index {index}" if index else ""
                raise GameError(
                    f"value of a signature beyond float64{where}; expected smaller amounts"
                )
            return found

        parts = map_blocks(work, batch.size, threads=threads)
        known = {
            name: np.concatenate([part[name] for part in parts]).reshape(batch.shape)
            for name in self.fields
        }
        return Solution(self, values, known, threads)

    def equilibrium(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> dict[str, MarkovEquilibria]:
        """Pure Markov-perfect equilibria after each signatory's signing, under state punishment."""
        return {
            who: markov_perfect(self._game(values, who), threads=threads) for who in SIGNATORIES
        }

    @cached_property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Probabilities of repudiation, values, thresholds and whether signing beats waiting.

        A form may use the names of the forms before it. ``repudiation_<i>``: within a year, by a
        successor; ``signing_<i>_<who>``: what signing is worth if both comply from then on;
        ``sustained_leader_<who>``: both comply under leader-specific punishment;
        ``critical_legitimacy_<i>``: the least legitimacy of Ukraine's signatory with which i
        complies under state punishment at `discount_year`, inf where there is none up to 1.
        """
        forms: dict[str, sympy.Basic] = {"repudiation_russia": repudiates("russia")}
        for who in SIGNATORIES:
            forms[f"repudiation_ukraine_{who}"] = repudiates("ukraine", who)
        for who in SIGNATORIES:
            forms |= _forms(who)
        waiting = DISCOUNT * Symbol("arrival") / (1 - DISCOUNT * (1 - Symbol("arrival")))
        forms["waiting_russia"] = waiting * Symbol("value_russia_elected")
        forms["signs_now"] = Symbol("value_russia_incumbent") >= Symbol("waiting_russia")
        kept = 1 - Symbol("repudiation_russia")  # of what Russia signs
        for i, loss, steady in (
            ("russia", Symbol("betrayal_loss_russia"), 0),
            ("ukraine", 0, Symbol("repudiation_russia") * Symbol("betrayal_loss_ukraine")),
        ):
            gain, flow = Symbol(f"temptation_{i}"), Symbol(f"compliance_flow_{i}")
            # What complying is worth more than violating is linear in Ukraine's repudiation.
            safe = flow - gain + DISCOUNT * (gain * kept - steady)
            slope = DISCOUNT * (gain * kept + loss)
            turnover = replaced("ukraine")
            forms[f"critical_legitimacy_{i}"] = sympy.Piecewise(
                (sympy.oo, safe < 0),
                (0, safe - slope * turnover >= 0),
                (1 - safe / (slope * turnover), True),
            )
        return forms

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The same from the game: values of policies, its equilibria, and bisection."""
        draws = Batch(values).shape
        solved: dict[str, NDArray[np.float64]] = {}
        for who in SIGNATORIES:
            game = self._game(values, who)
            shifts = game.transitions[..., 0, 0, 0, :]
            by = {state: shifts[..., game.state(state)] for state in game.states}
            both = by["betrayed_both"]
            solved[f"repudiation_ukraine_{who}"] = by["betrayed_russia"] + both
            solved["repudiation_russia"] = by["betrayed_ukraine"] + both
            signing = _comply(game)[..., 0, :]
            for punishment in PUNISHMENTS:
                listed = markov_perfect(self._game(values, who, punishment))
                first = [mix[..., 0, 0] == 1 for mix in listed.strategies]
                found = (first[0] & first[1]).any(axis=-1)
                name = f"sustained_{who}" if punishment == "state" else f"sustained_leader_{who}"
                solved[name] = found.astype(np.float64)
            for place, i in enumerate(PLAYERS):
                solved[f"signing_{i}_{who}"] = signing[..., place]
                solved[f"value_{i}_{who}"] = signing[..., place] * solved[f"sustained_{who}"]
            for punishment, (place, i) in product(PUNISHMENTS, enumerate(PLAYERS)):

                def holds(
                    x: NDArray[np.float64], who: str = who, kind: str = punishment, i: int = place
                ) -> NDArray[np.bool_]:
                    return _complies(self._game({**values, "discount_year": x}, who, kind), i)

                solved[f"critical_discount_{punishment}_{i}_{who}"] = _least(
                    holds, draws, 1 - 2.0**-40
                )
        for place, i in enumerate(PLAYERS):

            def complies(x: NDArray[np.float64], i: int = place) -> NDArray[np.bool_]:
                return _complies(self.bind({**values, LEGITIMACY: x}, "state"), i)

            solved[f"critical_legitimacy_{i}"] = _least(complies, draws, 1.0)
        solved["waiting_russia"] = _waited(values, solved["value_russia_elected"])
        solved["signs_now"] = np.asarray(
            solved["value_russia_incumbent"] >= solved["waiting_russia"], dtype=np.float64
        )
        return solved


def _year(profile: tuple[str, ...]) -> tuple[sympy.Expr, ...]:
    """What a year is worth to both sides."""
    if profile == (COMPLY, COMPLY):
        return tuple(Symbol(f"compliance_flow_{i}") for i in PLAYERS)
    if profile == (VIOLATE, VIOLATE):
        return (sympy.Integer(0),) * 2
    return tuple(
        Symbol(f"temptation_{i}") if action == VIOLATE else -SUCKER
        for i, action in zip(PLAYERS, profile, strict=True)
    )


def _next_year(profile: tuple[str, ...], punished: tuple[str, ...]) -> dict[str, sympy.Expr]:
    """What comes after a year."""
    if profile == (COMPLY, COMPLY):
        russia, ukraine = (repudiates(i) for i in PLAYERS)
        return {
            "signed": (1 - russia) * (1 - ukraine),
            "betrayed_russia": (1 - russia) * ukraine,
            "betrayed_ukraine": russia * (1 - ukraine),
            "betrayed_both": russia * ukraine,
        }
    if profile != (VIOLATE, VIOLATE):
        violator = PLAYERS[profile.index(VIOLATE)]
        if violator in punished:
            return _suspended(violator)
    return {"broken": sympy.Integer(1)}


def _suspended(violator: str) -> dict[str, sympy.Expr]:
    """What comes after a year for which the violator's leader has to answer."""
    betrayed = repudiates(other(violator))
    return {
        f"punished_{violator}": (1 - betrayed) * (1 - replaced(violator)),
        "signed": (1 - betrayed) * replaced(violator) * honours(violator),
        "broken": betrayed + (1 - betrayed) * repudiates(violator),  # rounded, still not negative
    }


def _solved(given: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    """All fields of some draws."""
    discount, arrival = given["discount_year"], given["arrival"]
    flow, gain, loss, turnover = (
        {i: given[f"{what}_{i}"] for i in PLAYERS}
        for what in ("compliance_flow", "temptation", "betrayal_loss", "turnover_year")
    )
    amounts = (*flow.values(), *gain.values(), *loss.values(), given["sucker_loss"])
    tie = CLOSE * np.maximum.reduce(np.broadcast_arrays(*amounts))
    found: dict[str, NDArray[Any]] = {}
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float64: refused by the caller
        for who in SIGNATORIES:
            broken = {
                "russia": turnover["russia"] * (1 - given["legitimacy_russia"]),
                "ukraine": turnover["ukraine"] * (1 - given[f"legitimacy_{who}"]),
            }
            kept = (1 - broken["russia"]) * (1 - broken["ukraine"])
            signing, complies = {}, []
            for i in PLAYERS:
                by_other = broken[other(i)]
                signing[i] = (flow[i] - discount * by_other * loss[i]) / (1 - discount * kept)
                complies.append(signing[i] >= gain[i] - tie)
                for punishment, lasts in (
                    ("state", kept),
                    ("leader", (1 - by_other) * (1 - turnover[i])),
                ):
                    found[f"critical_discount_{punishment}_{i}_{who}"] = _critical(
                        gain[i] - flow[i], gain[i] * lasts - by_other * loss[i], tie
                    )
            sustained = complies[0] & complies[1]
            found[f"sustained_{who}"] = sustained
            for i in PLAYERS:
                found[f"value_{i}_{who}"] = np.where(sustained, signing[i], 0.0)
        share = discount * arrival / (1 - discount * (1 - arrival))
        found["waiting_russia"] = share * found["value_russia_elected"]
        found["signs_now"] = found["value_russia_incumbent"] >= found["waiting_russia"] - tie
    return found


def _critical(
    more: NDArray[np.float64],
    shadow: NDArray[np.float64],
    tie: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Least discount from which on ``discount * shadow >= more``; inf where none is below 1."""
    tempted = more > 0
    margin = shadow - more
    reached = np.where(tempted, margin > tie, margin >= -tie)
    ratio = np.divide(more, shadow, out=np.zeros(reached.shape), where=tempted & reached)
    return np.where(reached, ratio, np.inf)


def _comply(game: StochasticGame) -> NDArray[np.float64]:
    """Values if both always comply, ``(*batch, S, 2)``."""
    first = np.zeros((game.n_states, 2))
    first[:, 0] = 1
    return policy_values(game, [first, first])


def _complies(game: StochasticGame, place: int) -> NDArray[np.bool_]:
    """Whether a player does not gain by violating once where both always comply."""
    values = _comply(game)[..., place]
    profile = (1, 0) if place == 0 else (0, 1)
    ahead = (game.transitions[..., 0, *profile, :] * values).sum(axis=-1)
    once = game.payoffs[place][..., 0, *profile] + game.discounts[place] * ahead
    return np.asarray(values[..., 0] >= once)


def _least(
    holds: Callable[[NDArray[np.float64]], NDArray[np.bool_]], shape: tuple[int, ...], top: float
) -> NDArray[np.float64]:
    """By bisection the number in [0, top] from which on something holds; inf where it does not."""
    low, high = np.zeros(shape), np.full(shape, top)
    always, ever = holds(low), holds(high)
    for _ in range(55):
        middle = (low + high) / 2
        there = holds(middle)
        low, high = np.where(there, low, middle), np.where(there, middle, high)
    return np.where(ever, np.where(always, 0.0, high), np.inf)


def _waited(values: Mapping[str, Value], elected: NDArray[np.float64]) -> NDArray[np.float64]:
    """What waiting is worth, from a game of one who waits for an arrival worth so much."""
    arrival = np.broadcast_to(np.asarray(values["arrival"], dtype=np.float64), elected.shape)
    payoffs = np.zeros((*elected.shape, 3, 1))
    payoffs[..., 1, 0] = elected
    moves = np.zeros((*elected.shape, 3, 1, 3))
    moves[..., 0, 0, 0], moves[..., 0, 0, 1] = 1 - arrival, arrival
    moves[..., 1:, 0, 2] = 1
    discount = np.asarray(values["discount_year"], dtype=np.float64)
    game = StochasticGame([payoffs], moves, discount, states=["waiting", "elected", "signed"])
    return policy_values(game, [np.ones((3, 1))])[..., 0, 0]


def _forms(who: str) -> dict[str, sympy.Basic]:
    """Closed forms of one signatory."""
    forms: dict[str, sympy.Basic] = {}
    broken = {
        "russia": Symbol("repudiation_russia"),
        "ukraine": Symbol(f"repudiation_ukraine_{who}"),
    }
    kept = (1 - broken["russia"]) * (1 - broken["ukraine"])
    state, leader = [], []
    for i in PLAYERS:
        gain, flow = Symbol(f"temptation_{i}"), Symbol(f"compliance_flow_{i}")
        by_other, loss = broken[other(i)], Symbol(f"betrayal_loss_{i}")
        signing = Symbol(f"signing_{i}_{who}")
        forms[f"signing_{i}_{who}"] = (flow - DISCOUNT * by_other * loss) / (1 - DISCOUNT * kept)
        state.append(signing >= gain)
        stays = (1 - by_other) * (1 - replaced(i))
        resumed = DISCOUNT * (1 - by_other) * replaced(i) * honours(i, who)
        leader.append(signing * (1 - resumed / (1 - DISCOUNT * stays)) >= gain)
        for punishment, shadow in (
            ("state", gain * kept - by_other * loss),
            ("leader", gain * stays - by_other * loss),
        ):
            more = gain - flow
            forms[f"critical_discount_{punishment}_{i}_{who}"] = sympy.Piecewise(
                (more / shadow, sympy.And(more > 0, shadow > more)),
                (0, sympy.And(more <= 0, shadow >= more)),
                (sympy.oo, True),
            )
    forms[f"sustained_{who}"] = sympy.And(*state)
    forms[f"sustained_leader_{who}"] = sympy.And(*leader)
    for i in PLAYERS:
        forms[f"value_{i}_{who}"] = sympy.Piecewise(
            (Symbol(f"signing_{i}_{who}"), sympy.And(*state)), (0, True)
        )
    return forms


MODEL = Legitimacy()
