"""M5, security: both leaders come, or neither does, or a third country protects them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy
from sympy import Symbol

from summitgames.actors.registry import actor
from summitgames.equilibria.pure_nash import pure_nash
from summitgames.errors import GameError
from summitgames.games.batches import Batch, Value, as_value
from summitgames.models.normal_form_model import (
    CLOSE,
    BoundGame,
    NormalFormModel,
    NormalFormSolution,
    Table,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from summitgames.games.normal_form import NormalForm
    from summitgames.models.normal_form_model import Payoffs
    from summitgames.models.summit_model import Solution

__all__ = ["MODEL", "Security"]

PLAYERS: Final = ("russia", "ukraine")
ACTIONS: Final = ("cooperate", "refuse", "delegate")
COOPERATE, REFUSE, DELEGATE = range(3)

SPONSORED = Symbol("sponsored")
LONE = Symbol("lone_delegation_loss")


def stakes() -> dict[str, sympy.Expr]:
    """What a meeting that passes without incident is worth to each side."""
    russia, ukraine = actor("russia"), actor("ukraine")
    delivered = {"summit": 1, "settlement": 1, "conditions_met": 1}
    return {
        "russia": russia.payoff(delivered),
        # What is to follow the meeting is Kyiv's choice: it delivers where that pays.
        "ukraine": sympy.Max(ukraine.payoff(delivered), ukraine.payoff({"summit": 1})),
    }


def meeting(who: str, success: sympy.Expr) -> sympy.Expr:
    """What a meeting is worth that passes without incident with some probability."""
    return success * stakes()[who] + (1 - success) * exposed(who)


def exposed(who: str) -> sympy.Expr:
    """What an incident, or having exposed its leader alone, is worth to a side."""
    return actor(who).payoff({"incident": 1})


def security() -> sympy.Expr:
    """Probability that a meeting under the two sides' own protection passes without incident."""
    return sympy.Min(1, Symbol("security_success") + SPONSORED * Symbol("sponsor_security_gain"))


def gain(who: str) -> sympy.Expr:
    """What a side gets where both cooperate."""
    return meeting(who, security())


def delegation_gain(who: str) -> sympy.Expr:
    """What a side gets where both ask a third country for protection."""
    return meeting(who, Symbol("third_country_success")) - Symbol(f"delegation_cost_{who}")


class Security(NormalFormModel):
    """Each side cooperates on a meeting's security, refuses, or delegates it to a third country.

    A stag hunt with two stags. Cooperation exposes a leader who is left alone with it; a third
    country's protection has a price; refusal is safe.

    Notes
    -----
    `game`, `solve` and `cutoffs` take `sponsored`, a bool or an array of them: whether a sponsor
    adds `sponsor_security_gain` to the probability that a meeting passes without incident.

    Stakes and losses are the actors' terms: Russia's settlement; Ukraine's summit prize and, where
    it is worth the conditions, its settlement; either side's loss at an incident, which is also the
    loss of having exposed its leader alone. What delegating costs is no term of theirs: it is the
    price of a way to protect a leader, not of anything that has happened by the end.

    Fields: ``gain_<i>`` and ``delegation_gain_<i>`` (what a side gets where both cooperate, or both
    delegate); ``n_equilibria`` (pure and mixed; in a degenerate game, which may have a continuum of
    equilibria, the number of extreme ones); ``pure`` (pure equilibria, Russia's action first, weak
    ones included); ``cooperate_risk_dominant``, ``delegate_risk_dominant`` (over mutual refusal, by
    the product of deviation losses; False where the profile is no strict equilibrium);
    ``belief_needed_<i>`` (probability of the other's cooperating from which cooperating is at least
    as good as refusing; inf where none is enough).
    """

    name = "security"
    title = "whether the leaders' safety is provided for, and by whom"
    players = PLAYERS
    actions = ACTIONS
    fields = (
        "gain_russia",
        "gain_ukraine",
        "delegation_gain_russia",
        "delegation_gain_ukraine",
        "n_equilibria",
        "pure",
        "cooperate_risk_dominant",
        "delegate_risk_dominant",
        "belief_needed_russia",
        "belief_needed_ukraine",
    )
    references = (
        "Harsanyi & Selten (1988), A General Theory of Equilibrium Selection in Games",
        "Carlsson & van Damme (1993), Global games and equilibrium selection, Econometrica 61(5)",
        "Jervis (1978), Cooperation under the security dilemma, World Politics 30(2)",
    )

    def tables(self) -> tuple[Table, Table]:
        """Payoffs; what a side does alone is the same whatever else the other does."""
        first, second = (
            (
                (gain(who), exposed(who), exposed(who)),
                (sympy.Integer(0),) * 3,
                (-LONE, -LONE, delegation_gain(who)),
            )
            for who in PLAYERS
        )
        return first, tuple(zip(*second, strict=True))

    def scales(self) -> tuple[sympy.Expr, sympy.Expr]:
        """Sum of the amounts in a side's payoffs, whatever their signs."""
        first, second = (
            sum(
                Symbol(name)
                for name in (*amounts, f"exposure_loss_{who}", f"delegation_cost_{who}", str(LONE))
            )
            for who, amounts in (
                ("russia", ("settlement_value_russia",)),
                (
                    "ukraine",
                    ("peace_value_ukraine", "conditions_cost_ukraine", "summit_prize_ukraine"),
                ),
            )
        )
        return first, second

    def is_close(self, payoffs: Payoffs, scales: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether a gain is close to 0, or two products of gains or losses to each other."""
        amounts = _Amounts(payoffs)
        gains, losses, delegated, lone = (
            np.stack(pair) for pair in (amounts.gain, amounts.loss, amounts.delegated, amounts.lone)
        )
        with np.errstate(over="ignore", invalid="ignore"):  # nan, as beyond float64, is close
            clear = (abs(gains) > CLOSE * scales) & (abs(delegated) > CLOSE * scales)
            clear &= abs(gains * delegated - lone * losses) > CLOSE * scales**2
            both = CLOSE * scales[0] * scales[1]
            dominance = abs(gains[0] * gains[1] - losses[0] * losses[1]) > both
            dominance |= (gains < 0).any(axis=0)
            other = abs(delegated[0] * delegated[1] - lone[0] * lone[1]) > both
            other |= (delegated < 0).any(axis=0)
        found: NDArray[np.bool_] = ~(clear.all(axis=0) & dominance & other)
        return found

    @property
    def inputs(self) -> tuple[str, ...]:
        """The parameters, and `sponsored`."""
        return (*self.parameter_names, str(SPONSORED))

    def game(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        sponsored: ArrayLike = False,
        **overrides: ArrayLike,
    ) -> NormalForm:
        """The game at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for every model.
        sponsored
            Whether there is a sponsor: a bool, or an array of bools that broadcasts to the batch.

        Returns
        -------
        NormalForm
            With exact payoffs where all values are numbers, with floats where some are arrays.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, or `sponsored` no bool.

        Examples
        --------
        >>> import summitgames as sg
        >>> sg.model("security").game("guarantees", sponsored=True)
        <NormalForm: russia, ukraine; 3 x 3 actions>
        """
        return self.bind(self._values(perspective, sponsored, overrides)).game

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        sponsored: ArrayLike = False,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> NormalFormSolution:
        """Equilibria at a perspective's values, and which of them are risk dominant.

        Parameters
        ----------
        perspective, sponsored, **overrides
            As for `game`.
        threads
            Threads; None: the machine's cores for large batches, one for small ones.

        Returns
        -------
        NormalFormSolution
            With the fields of the model.

        Raises
        ------
        GameError
            As for `game`.

        Examples
        --------
        >>> import summitgames as sg
        >>> solution = sg.model("security").solve("guarantees", sponsored=[False, True])
        >>> solution["cooperate_risk_dominant"]
        array([False,  True])
        """
        return self.solve_values(self._values(perspective, sponsored, overrides), threads)

    def cutoffs(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        noise: ArrayLike = 0.1,
        sponsored: ArrayLike = False,
        **overrides: ArrayLike,
    ) -> NDArray[np.float64]:
        """Signals from which each side cooperates in the global game on cooperate | refuse.

        Cooperating is worth t more to both sides than in the game, refusing 0. Neither knows t, on
        which it has a flat prior; each observes t with an error of its own, uniform on
        [-noise, noise], and cooperates at signals from its cut-off on. There is exactly one such
        pair of cut-offs, and these strategies are the only ones, up to what is done at the cut-offs
        themselves, that survive the iterated elimination of dominated strategies. They solve one
        equation in the cut-offs' difference, piecewise quadratic and strictly monotone, in closed
        form. Cooperation at t = 0 needs cut-offs below 0.

        Parameters
        ----------
        perspective, sponsored, **overrides
            As for ``game``.
        noise
            Largest error of a signal, 0 or more, in units of payoff: a number, or an array that
            broadcasts to the batch. 0: the limit as the noise vanishes; where the cut-offs agree
            there, it is the t above which cooperation is risk dominant.

        Returns
        -------
        (*batch, 2)
            Cut-offs of Russia and of Ukraine.

        Raises
        ------
        GameError
            As for ``game``, or if `noise` is negative, no number or not finite.

        References
        ----------
        Carlsson & van Damme (1993), Global games and equilibrium selection, Econometrica 61(5).

        Examples
        --------
        >>> import summitgames as sg
        >>> sg.model("security").cutoffs("rebuttal", noise=[0.1, 0.05, 0]).round(6)
        array([[0.037219, 0.066816],
               [0.046321, 0.061962],
               [0.056522, 0.056522]])
        """
        width = as_value(noise, "noise")
        below = np.asarray(width, dtype=np.float64) < 0
        if below.any():
            first = tuple(int(i) for i in np.argwhere(below)[0])
            where = f" at batch index {first}" if first else ""
            value = np.asarray(width)[first]
            raise GameError(f"noise: {float(value):g}{where}; expected a number in [0, inf)")
        values = self._values(perspective, sponsored, overrides)
        shape = Batch({**values, "noise": width}).shape
        amounts = _Amounts(self.bind(values).game.payoffs)
        broadcast = [
            np.broadcast_to(np.asarray(amount, dtype=np.float64), shape)
            for amount in (*amounts.gain, *amounts.loss, width)
        ]
        return np.stack(_cutoffs(*broadcast), axis=-1)

    def _values(
        self,
        perspective: str | Mapping[str, Any],
        sponsored: ArrayLike,
        overrides: Mapping[str, ArrayLike],
    ) -> dict[str, Value]:
        """Values of the inputs, checked."""
        given = _truths(sponsored)
        values = self.values(perspective, overrides)
        return {**values, str(SPONSORED): as_value(given.astype(np.float64), "sponsored")}

    def bind(self, values: Mapping[str, Value], threads: int | None = None) -> BoundGame:
        """The game at values that are checked; without `sponsored` among them there is none."""
        return super().bind({str(SPONSORED): as_value(0, "sponsored"), **values}, threads)

    def solve_values(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> NormalFormSolution:
        """The same for values that are checked."""
        solution = super().solve_values(values, threads)
        amounts = _Amounts(solution.game.payoffs)
        for place, who in enumerate(PLAYERS):
            gains, losses = amounts.gain[place], amounts.loss[place]
            solution.known[f"gain_{who}"] = gains
            solution.known[f"delegation_gain_{who}"] = amounts.delegated[place]
            solution.known[f"belief_needed_{who}"] = _belief(gains, losses)
        for name, profile in (("cooperate", COOPERATE), ("delegate", DELEGATE)):
            solution.known[f"{name}_risk_dominant"] = solution.bound.decide(
                partial(_risk_dominant, profile=profile)
            )
        return solution

    def late_field(self, name: str, solution: Solution) -> Any:
        """The labels of the pure equilibria, and what every model in normal form has."""
        if name != "pure":
            return super().late_field(name, solution)
        assert isinstance(solution, NormalFormSolution)
        # Payoffs that tie do so as floats too: in the games that are close they are rounded once.
        found = pure_nash(solution.game).reshape(*solution.batch_shape, -1)
        return _LABELS[found @ (1 << np.arange(found.shape[-1]))]

    @cached_property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Stakes, gains, numbers of equilibria, risk dominance, beliefs, limits of cut-offs.

        A form may use the names of the forms before it. Forms that end in ``_sponsored`` hold with
        a sponsor, the others without one. ``n_equilibria`` is that of games without ties.
        """
        forms: dict[str, sympy.Basic] = {}
        for who, stake in stakes().items():
            forms[f"stake_{who}"] = stake
        third, lone = Symbol("third_country_success"), LONE
        delegated = sympy.symbols("delegation_gain_russia delegation_gain_ukraine")
        losses = sympy.symbols("exposure_loss_russia exposure_loss_ukraine")
        for who, loss in zip(PLAYERS, losses, strict=True):
            forms[f"delegation_gain_{who}"] = (
                third * Symbol(f"stake_{who}") - (1 - third) * loss
                - Symbol(f"delegation_cost_{who}")
            )  # fmt: skip
        both_delegate = sympy.And(*(amount > 0 for amount in delegated))
        forms["delegate_risk_dominant"] = sympy.And(
            both_delegate, delegated[0] * delegated[1] > lone**2
        )
        for suffix, sponsored in (("", 0), ("_sponsored", 1)):
            safe = Symbol(f"security{suffix}")
            forms[str(safe)] = security().subs(SPONSORED, sponsored)
            gains = [Symbol(f"gain_{who}{suffix}") for who in PLAYERS]
            for who, amount, loss in zip(PLAYERS, gains, losses, strict=True):
                forms[str(amount)] = safe * Symbol(f"stake_{who}") - (1 - safe) * loss
            both = sympy.And(*(amount > 0 for amount in gains))
            apart = [
                amount * other > lone * loss
                for amount, other, loss in zip(gains, delegated, losses, strict=True)
            ]
            forms[f"n_equilibria{suffix}"] = (
                1
                + sympy.Piecewise((2, both), (0, True))
                + sympy.Piecewise((2, both_delegate), (0, True))
                + sympy.Piecewise((2, sympy.And(both, both_delegate, *apart)), (0, True))
            )
            forms[f"cooperate_risk_dominant{suffix}"] = sympy.And(
                both, gains[0] * gains[1] > losses[0] * losses[1]
            )
            for who, amount, loss in zip(PLAYERS, gains, losses, strict=True):
                forms[f"belief_needed_{who}{suffix}"] = sympy.Piecewise(
                    (loss / (amount + loss), amount >= 0), (sympy.oo, True)
                )
            common = (losses[0] * losses[1] - gains[0] * gains[1]) / sum((*gains, *losses))
            alone = [gains[0] + losses[1] < 0, gains[1] + losses[0] < 0]
            for place, who in enumerate(PLAYERS):
                forms[f"cutoff_limit_{who}{suffix}"] = sympy.Piecewise(
                    (-gains[place], alone[place]), (losses[place], alone[1 - place]), (common, True)
                )
        return forms

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The same from the game's tables, its equilibria and the global game without noise."""
        solved: dict[str, NDArray[np.float64]] = {}
        certain = self.solve({**values, "security_success": 1.0})
        for who in PLAYERS:
            solved[f"stake_{who}"] = np.asarray(certain[f"gain_{who}"])
        for suffix, sponsored in (("", False), ("_sponsored", True)):
            solution = self.solve(values, sponsored=sponsored)
            for name in self.fields:
                if name != "pure":
                    label = name if name.startswith("delegat") else f"{name}{suffix}"
                    solved[label] = np.asarray(solution[name], dtype=np.float64)
            limits = self.cutoffs(values, noise=0, sponsored=sponsored)
            for place, who in enumerate(PLAYERS):
                solved[f"cutoff_limit_{who}{suffix}"] = limits[..., place]
            loss = np.asarray(values["exposure_loss_russia"], dtype=np.float64)
            # A gain is on the way from -loss to the stake by the probability of safety.
            solved[f"security{suffix}"] = (solution["gain_russia"] + loss) / (
                solved["stake_russia"] + loss
            )
        return solved


class _Amounts:
    """What the tables say of either player, in the order of the players; losses positive."""

    def __init__(self, payoffs: Payoffs) -> None:
        own = [payoffs[0], np.swapaxes(payoffs[1], -1, -2)]  # own action first
        self.gain = [table[..., COOPERATE, COOPERATE] for table in own]
        self.loss = [-table[..., COOPERATE, REFUSE] for table in own]
        self.delegated = [table[..., DELEGATE, DELEGATE] for table in own]
        self.lone = [-table[..., DELEGATE, REFUSE] for table in own]


def _truths(sponsored: ArrayLike) -> NDArray[np.bool_]:
    """The same as an array of bools."""
    expected = "expected True, False or an array of them"
    try:
        given: NDArray[Any] = np.asarray(sponsored)
    except ValueError:
        raise GameError(f"sponsored: a ragged sequence; {expected}") from None
    if given.dtype != np.bool_ or not given.size:
        found = repr(sponsored)
        if given.ndim:
            found = f"an array of {given.dtype}" if given.size else "an empty array"
        raise GameError(f"sponsored: {found}; {expected}")
    return given


def _risk_dominant(game: NormalForm, profile: int) -> Any:
    """Whether both doing the same is strict and has a larger product of losses than refusal."""
    amounts = _Amounts(game.payoffs if game.exact is None else game.exact)
    gains, losses = (
        (amounts.gain, amounts.loss) if profile == COOPERATE else (amounts.delegated, amounts.lone)
    )
    # Each in units of its player's larger amount, so that no product leaves float64.
    units = [np.maximum(abs(g), abs(m)) for g, m in zip(gains, losses, strict=True)]
    units = [np.where(unit > 0, unit, 1) for unit in units]
    gains = [g / unit for g, unit in zip(gains, units, strict=True)]
    losses = [m / unit for m, unit in zip(losses, units, strict=True)]
    strict = (gains[0] > 0) & (gains[1] > 0)
    return np.asarray(strict & (gains[0] * gains[1] > losses[0] * losses[1]), dtype=np.bool_)


def _belief(gains: NDArray[np.float64], losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability from which cooperating is at least as good as refusing."""
    unit = np.maximum(abs(gains), losses)
    unit = np.where(unit > 0, unit, 1)
    total = np.where((gains >= 0) & (losses > 0), gains / unit + losses / unit, 1)
    return np.where(gains < 0, np.inf, losses / unit / total)


def _cutoffs(
    gain_1: NDArray[np.float64],
    gain_2: NDArray[np.float64],
    loss_1: NDArray[np.float64],
    loss_2: NDArray[np.float64],
    noise: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut-offs of both players; see the theory page for the equation and its solution."""
    unit = np.maximum.reduce([abs(gain_1), abs(gain_2), loss_1, loss_2, noise])
    unit = np.where(unit > 0, unit, 1)
    g_1, g_2, l_1, l_2, wide = (a / unit for a in (gain_1, gain_2, loss_1, loss_2, 2 * noise))
    first_lower = g_1 - l_1 >= g_2 - l_2
    # The player with the lower cut-off is sure that the other refuses where `room` is 0.
    room = np.maximum(wide + np.where(first_lower, l_1 + g_2, l_2 + g_1), 0)
    total = g_1 + l_1 + g_2 + l_2
    below = wide + np.sqrt(wide**2 + 2 * total * room)
    share = np.minimum(2 * room / np.where(below > 0, below, 1), 1)
    believed = share**2 / 2
    first = np.where(first_lower, believed, 1 - believed)
    return (
        (l_1 - (g_1 + l_1) * first) * unit,
        (l_2 - (g_2 + l_2) * (1 - first)) * unit,
    )


def _labels() -> NDArray[np.object_]:
    """Labels of every set of pure profiles, by the bits of a number."""
    profiles = [f"{first}/{second}" for first in ACTIONS for second in ACTIONS]
    return np.array(
        [
            " ".join(profile for bit, profile in enumerate(profiles) if number >> bit & 1)
            for number in range(1 << len(profiles))
        ],
        dtype=object,
    )


_LABELS: Final = _labels()

MODEL = Security()
