"""M2, distrust: a step ahead of the summit as a signal of whether Kyiv would deliver after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy
from sympy import Symbol

from summitgames.actors.registry import actor
from summitgames.blocks import map_blocks
from summitgames.equilibria.perfect_bayesian import (
    CloseGames,
    PerfectBayesianEquilibria,
    solve_family,
)
from summitgames.games.batches import Batch, Value
from summitgames.games.signaling import SignalingGame
from summitgames.models.evaluation import Expressions
from summitgames.models.summit_model import Solution, SummitModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CLASSES", "MODEL", "Distrust", "DistrustSolution", "class_numbers"]

TYPES: Final = ("sincere", "opportunist")
MESSAGES: Final = ("step", "none")
RESPONSES: Final = ("meet", "refuse")

#: Classes of equilibria; those after the seventh occur only where payoffs or beliefs tie.
CLASSES: Final = (
    "pooling_none_meet",
    "pooling_none_refuse",
    "pooling_step_meet",
    "pooling_step_refuse",
    "separating",
    "semi_separating_low",
    "semi_separating_high",
    "pooling_none_mixed",
    "pooling_step_mixed",
    "separating_reversed",
    "hybrid",
)
#: A decision this close to a tie, relative to what is compared, is made in exact arithmetic:
#: rounding moves it by some 1e-15.
CLOSE: Final = 1e-12

TRUST = Symbol("trust")


def stakes() -> dict[str, sympy.Expr]:
    """What a meeting is worth to each type, before the step's cost."""
    prize = actor("ukraine").payoff({"summit": 1})
    return {"sincere": prize + Symbol("delivery_gain_sincere"), "opportunist": prize}


def cost(kind: str) -> sympy.Expr:
    """What the step costs a type."""
    return Symbol(f"step_cost_{kind}")


def meeting(kind: str) -> sympy.Expr:
    """What a meeting with a type is worth to Russia."""
    delivered = {"summit": 1, "settlement": 1, "conditions_met": 1}
    stalled = {"summit": 1, "empty_summit": 1}
    return actor("russia").payoff(delivered if kind == "sincere" else stalled)


@dataclass(frozen=True, eq=False, repr=False)
class DistrustSolution(Solution):
    """Named results of the model.

    Attributes
    ----------
    game
        The game that was solved.
    close
        Those of its games whose ties floats cannot tell, with exact numbers.
    """

    game: SignalingGame = field(kw_only=True)
    close: CloseGames | None = field(kw_only=True)

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for one game."""
        return self.game.batch_shape

    @cached_property
    def equilibrium(self) -> PerfectBayesianEquilibria:
        """All perfect Bayesian equilibria."""
        return solve_family(self.game, self.close, self.threads)


class Distrust(SummitModel):
    """Kyiv may take a costly step ahead of the summit; Russia, who sees it, meets or refuses.

    Kyiv is sincere, and would deliver after a meeting, with the probability that Russia trusts it;
    otherwise it is an opportunist that wants the meeting alone. A promise costs both the same,
    nothing; a step may cost them differently, and so say which of them takes it.

    Notes
    -----
    Fields: ``classes`` (which classes of perfect Bayesian equilibria there are, sorted labels
    joined by " "; see `CLASSES`); ``n_equilibria`` (how many: one for all that differ only in
    Russia's reply to what nobody does); ``summit_min``, ``summit_max`` (smallest and largest
    probability of a meeting over all of them, `summit_d1_min`, `summit_d1_max` over those that
    survive D1); ``critical_belief`` (the least probability of sincerity at which Russia is ready
    to meet; nan where nothing is at stake for it).

    Where Russia is sure of the type, one type does not occur, and equilibria that differ in what it
    would do alone count as one.

    At ties a class may hold a continuum of equilibria with different probabilities of a meeting:
    then the extremes are those of its closure, whose points are equilibria, too.
    """

    name = "distrust"
    title = "whether a step ahead of the summit can tell who would deliver after it"
    fields = (
        "classes",
        "n_equilibria",
        "summit_min",
        "summit_max",
        "summit_d1_min",
        "summit_d1_max",
        "critical_belief",
    )
    references = (
        "Spence (1973), Job market signaling, QJE 87(3)",
        "Cho & Kreps (1987), Signaling games and stable equilibria, QJE 102(2)",
        "Banks & Sobel (1987), Equilibrium selection in signaling games, Econometrica 55(3)",
        "Kydd (2005), Trust and Mistrust in International Relations",
    )

    def tables(self) -> dict[str, Any]:
        """Prior of the types, and payoffs by type, message and response; symbols for parameters."""
        zero = sympy.Integer(0)
        sender = [
            [[stakes()[kind] - cost(kind), -cost(kind)], [stakes()[kind], zero]] for kind in TYPES
        ]
        receiver = [[[meeting(kind), zero]] * 2 for kind in TYPES]
        return {"prior": [TRUST, 1 - TRUST], "sender": sender, "receiver": receiver}

    @cached_property
    def _expressions(self) -> Expressions:
        """The tables, one after the other."""
        tables = [np.array(table, dtype=object).ravel() for table in self.tables().values()]
        return Expressions(self.parameter_names, np.concatenate(tables).tolist())

    def game(
        self, perspective: str | Mapping[str, Any] = "article", /, **overrides: ArrayLike
    ) -> SignalingGame:
        """The game at a perspective's values.

        Parameters
        ----------
        perspective
            Name of a perspective, path of a perspective's file, or a mapping with a value for every
            parameter of the model.
        **overrides
            Parameters to change: numbers, or arrays that broadcast to the batch.

        Returns
        -------
        SignalingGame
            With exact numbers where all values are numbers, with floats where some are arrays.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range, or a payoff beyond float64.

        Examples
        --------
        >>> import summitgames as sg
        >>> print(*str(sg.model("distrust").game("article")).split("; "), sep="; ")
        <SignalingGame: types sincere, opportunist; messages step, none; responses meet, refuse>
        """
        return self._bind(self.values(perspective, overrides), None)[0]

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> DistrustSolution:
        """All perfect Bayesian equilibria at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for `game`.
        threads
            Threads; None: the machine's cores for large batches, one for small ones.

        Returns
        -------
        DistrustSolution
            With the fields of the model.

        Raises
        ------
        GameError
            As for `game`.

        Examples
        --------
        >>> import summitgames as sg
        >>> solution = sg.model("distrust").solve("article")
        >>> solution["classes"], round(solution["summit_max"], 6)
        ('pooling_none_refuse semi_separating_low', 0.15)
        """
        values = self.values(perspective, overrides)
        game, close = self._bind(values, threads)
        return DistrustSolution(self, values, {}, threads, game=game, close=close)

    def equilibrium(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> PerfectBayesianEquilibria:
        """All perfect Bayesian equilibria."""
        return solve_family(*self._bind(values, threads), threads)

    def _bind(
        self, values: Mapping[str, Value], threads: int | None
    ) -> tuple[SignalingGame, CloseGames | None]:
        """The game at values that are checked, and of a family the games close to a tie."""
        batch = Batch({name: values[name] for name in self.parameter_names})
        if not any(isinstance(value, np.ndarray) for value in batch.values.values()):
            (exact,) = map_blocks(lambda _: self._expressions.exactly(batch), 1, threads=threads)
            return _signaling_game(exact, ()), None
        game = _signaling_game(self._expressions.floats(batch, threads), batch.shape)
        close = map_blocks(
            lambda block: np.broadcast_to(
                _is_close(batch.block(block.start, block.stop)), block.size
            ),
            batch.size,
            threads=threads,
        )
        places = np.flatnonzero(np.concatenate(close))
        if not places.size:
            return game, None
        exact = self._expressions.exactly(batch, places.tolist())
        return game, CloseGames(places, _signaling_game(exact, (len(places),)))

    def late_field(self, name: str, solution: Solution) -> Any:
        """Every field."""
        assert isinstance(solution, DistrustSolution)
        if name == "classes":
            return _class_labels(solution.equilibrium)
        if name == "n_equilibria":
            return _count(solution.equilibrium)
        if name == "critical_belief":
            c, v = (
                np.asarray(solution.parameters[name], dtype=np.float64)
                for name in ("empty_summit_cost_russia", "settlement_value_russia")
            )
            with np.errstate(invalid="ignore"):
                share = c / (c + v)
            return np.broadcast_to(share, solution.batch_shape)
        _, *rule, side = name.split("_")
        if name in self.fields:
            found = solution.equilibrium
            return _extreme(found, side, found.survives("d1") if rule else found.exists)
        return super().late_field(name, solution)

    @cached_property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """When each class exists and survives D1, probabilities of a meeting, and their extremes.

        A form may use the names of the forms before it. They hold where nothing ties, and a
        probability is nan where its class does not exist.
        """
        v, c, mu = sympy.symbols("settlement_value_russia empty_summit_cost_russia trust")
        stake_s, stake_o = stakes()["sincere"], stakes()["opportunist"]
        cost_s, cost_o = cost("sincere"), cost("opportunist")
        critical = Symbol("critical_belief")
        low, high = sympy.symbols("summit_semi_separating_low summit_semi_separating_high")
        trusted = mu >= critical
        # Products, for what is compared is a ratio of a cost and a stake, which may be 0.
        sorts = cost_s * stake_o <= cost_o * stake_s
        pays = sympy.And(cost_s <= stake_s, cost_o <= stake_o)
        separates = sympy.And(cost_s <= stake_s, cost_o >= stake_o)
        exists_low = sympy.And(mu < critical, cost_o < stake_o, sorts)
        exists_high = sympy.And(mu > critical, cost_s < stake_s, sorts)
        refuse = sympy.And(mu < critical, sympy.Or(sympy.Not(sorts), cost_s >= stake_s))
        # One of these exists wherever nothing ties; what may exist besides cannot beat 0, or 1.
        pooling = sympy.Piecewise((1, trusted), (0, True))

        def apart(otherwise: int) -> tuple[sympy.Basic, ...]:
            """A meeting's probability in the equilibria that do not pool, where they exist."""
            return tuple(
                sympy.Piecewise((chance, when), (otherwise, True))
                for chance, when in ((mu, separates), (low, exists_low), (high, exists_high))
            )

        return {
            "critical_belief": c / (c + v),
            "pooling_none_meet": trusted,
            "pooling_none_refuse": mu < critical,
            "pooling_step_meet": sympy.And(trusted, pays),
            "separating": separates,
            "semi_separating_low": exists_low,
            "semi_separating_high": exists_high,
            "summit_semi_separating_low": sympy.Piecewise(
                (mu / critical * cost_o / stake_o, exists_low), (sympy.nan, True)
            ),
            "summit_semi_separating_high": sympy.Piecewise(
                (1 - cost_s / stake_s * (1 - mu) / (1 - critical), exists_high), (sympy.nan, True)
            ),
            "none_refuse_survives_d1": refuse,
            "step_meet_survives_d1": sympy.And(trusted, pays, sorts),
            "summit_min": sympy.Min(pooling, *apart(1)),
            "summit_max": sympy.Max(pooling, *apart(0)),
            "summit_d1_min": sympy.Min(sympy.Piecewise((0, refuse), (1, True)), *apart(1)),
            "summit_d1_max": sympy.Max(pooling, *apart(0)),
        }

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """Fields of the same names, and classes and probabilities read off the equilibria."""
        solution = self.solve(values)
        found = solution.equilibrium
        numbers, summit = class_numbers(found), _summit(found)
        survives = found.survives("d1")
        solved = {}
        for name in self.closed_forms:
            label = name.removeprefix("summit_").removesuffix("_survives_d1")
            if name in self.fields:
                value = np.asarray(solution[name], dtype=np.float64)
            elif name.endswith("_survives_d1"):
                here = numbers == CLASSES.index(f"pooling_{label}")
                value = (here & survives).any(axis=-1).astype(np.float64)
            elif name.startswith("summit_"):
                here = numbers == CLASSES.index(label)
                value = np.where(here, summit, -np.inf).max(axis=-1)
                value = np.where(here.any(axis=-1), value, np.nan)
            else:
                value = (numbers == CLASSES.index(name)).any(axis=-1).astype(np.float64)
            solved[name] = value
        return solved


def _is_close(inputs: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Which games have a decision within `CLOSE` of a tie, payoffs 0 included."""
    prize, mu = inputs["summit_prize_ukraine"], inputs["trust"]
    v, c = inputs["settlement_value_russia"], inputs["empty_summit_cost_russia"]
    stake = prize + inputs["delivery_gain_sincere"]
    cost_s, cost_o = inputs["step_cost_sincere"], inputs["step_cost_opportunist"]
    with np.errstate(over="ignore", invalid="ignore"):  # nan, as beyond float64, is close
        scale_s, scale_o = stake + cost_s, prize + cost_o
        clear = (abs(stake - cost_s) > CLOSE * scale_s) & (cost_s > CLOSE * scale_s)
        clear = clear & (abs(prize - cost_o) > CLOSE * scale_o) & (cost_o > CLOSE * scale_o)
        clear = clear & (abs(cost_o * stake - cost_s * prize) > CLOSE * scale_s * scale_o)
        clear = clear & (abs(mu * v - (1 - mu) * c) > CLOSE * (mu * v + (1 - mu) * c))
    return np.asarray(~clear)


def _signaling_game(flat: NDArray[Any], batch: tuple[int, ...]) -> SignalingGame:
    """The game or family from what the program gives for all draws, ``(18, draws)``."""
    rows = np.ascontiguousarray(flat.T)
    return SignalingGame(
        rows[:, :2].reshape(*batch, 2),
        rows[:, 2:10].reshape(*batch, 2, 2, 2),
        rows[:, 10:].reshape(*batch, 2, 2, 2),
        types=TYPES,
        messages=MESSAGES,
        responses=RESPONSES,
    )


def class_numbers(found: PerfectBayesianEquilibria) -> NDArray[np.int64]:
    """Number of the class of every equilibrium, ``(*batch, E)``; -1 in unused slots."""
    sincere, opportunist = found.sender[..., 0, 0], found.sender[..., 1, 0]
    # A type that does not occur adds nothing to what happens.
    prior = found.game.prior[..., np.newaxis, :]
    sincere = np.where(prior[..., 0] > 0, sincere, opportunist)
    opportunist = np.where(prior[..., 1] > 0, opportunist, sincere)
    after_step, after_none = found.receiver[..., 0, 0], found.receiver[..., 1, 0]
    none, step = (sincere == 0) & (opportunist == 0), (sincere == 1) & (opportunist == 1)
    mixes = (opportunist > 0) & (opportunist < 1), (sincere > 0) & (sincere < 1)
    conditions = {
        "pooling_none_meet": none & (after_none == 1),
        "pooling_none_refuse": none & (after_none == 0),
        "pooling_none_mixed": none,
        "pooling_step_meet": step & (after_step == 1),
        "pooling_step_refuse": step & (after_step == 0),
        "pooling_step_mixed": step,
        "separating": (sincere == 1) & (opportunist == 0),
        "separating_reversed": (sincere == 0) & (opportunist == 1),
        "semi_separating_low": (sincere == 1) & mixes[0],
        "semi_separating_high": mixes[1] & (opportunist == 0),
        "hybrid": found.exists,
    }
    places = [CLASSES.index(name) for name in conditions]
    return np.asarray(np.select(list(conditions.values()), places, default=-1), dtype=np.int64)


def _class_sets(found: PerfectBayesianEquilibria) -> NDArray[np.int64]:
    """The classes that occur in every game, as the bits of a number, ``(*batch, 1)``."""
    numbers = class_numbers(found)
    bits = np.where(numbers >= 0, 1 << np.maximum(numbers, 0), 0)
    return np.asarray(np.bitwise_or.reduce(bits, axis=-1, keepdims=True))


def _class_labels(found: PerfectBayesianEquilibria) -> NDArray[np.object_]:
    """The classes that occur, as one text a game."""
    together = _class_sets(found)
    sets, which = np.unique(together.ravel(), return_inverse=True)
    texts = [
        " ".join(sorted(name for number, name in enumerate(CLASSES) if bit >> number & 1))
        for bit in sets.tolist()
    ]
    return np.array(texts, dtype=object)[which].reshape(together.shape[:-1])


def _count(found: PerfectBayesianEquilibria) -> NDArray[np.int64]:
    """Number of equilibria; where one type does not occur, of those that differ in what happens."""
    alone = (found.game.prior == 0).any(axis=-1)
    return np.where(alone, np.bitwise_count(_class_sets(found))[..., 0], found.counts)


def _summit(found: PerfectBayesianEquilibria) -> NDArray[np.float64]:
    """Probability of a meeting in every equilibrium, ``(*batch, E)``."""
    meets = (found.sender * found.receiver[..., np.newaxis, :, 0]).sum(axis=-1)
    summit: NDArray[np.float64] = (found.game.prior[..., np.newaxis, :] * meets).sum(axis=-1)
    return summit


def _extreme(
    found: PerfectBayesianEquilibria, side: str, which: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Smallest or largest probability of a meeting over some equilibria; nan if there is none."""
    sign = 1.0 if side == "min" else -1.0
    summit = sign * _summit(found)
    for *index, slot in np.argwhere(found.has_range).tolist():
        sender, receiver = found.vertices(slot, tuple(index))
        prior = found.game.prior[tuple(index)]
        # Bilinear in both players' strategies: the extremes lie at vertices.
        each = sign * np.einsum("t,vtm,wm->vw", prior, sender, receiver[..., 0])
        summit[(*index, slot)] = each.min()
    least = np.where(which, summit, np.inf).min(axis=-1)
    return np.where(np.isinf(least), np.nan, sign * least)


MODEL = Distrust()
