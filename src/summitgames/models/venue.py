"""M6, venue: first the agenda is bargained over, then each side names a host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sympy
from sympy import Symbol

from summitgames.models.normal_form_model import NormalFormModel, NormalFormSolution, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.batches import Value
    from summitgames.models.summit_model import Solution

__all__ = ["MODEL", "Venue"]

PLAYERS: Final = ("russia", "ukraine")
HOSTS: Final = ("switzerland", "austria", "turkey")
PAIRS: Final = tuple(combinations(range(len(HOSTS)), 2))
#: Supports of the equilibria where every host is worth something to both, in the solver's order.
SUPPORTS: Final = (*((host,) for host in range(len(HOSTS))), *PAIRS, tuple(range(len(HOSTS))))

#: A lottery is best if no host would add more than this, relative to the product of payoffs.
_BEST: Final = 1e-12


def agenda_share(who: str) -> sympy.Expr:
    """Share of the agenda in alternating offers, in which Russia makes the first."""
    russia, ukraine = (Symbol(f"discount_round_{player}") for player in PLAYERS)
    rest = 1 - russia * ukraine
    return (1 - ukraine) / rest if who == "russia" else ukraine * (1 - russia) / rest


def value(host: str, who: str) -> sympy.Expr:
    """What a summit with a host is worth to a side, its share of the agenda included."""
    return Symbol(f"host_{host}_{who}") + Symbol("agenda_stake") * agenda_share(who)


class Venue(NormalFormModel):
    """Two sides, done with the agenda, each name a host; they meet if they name the same.

    A game of coordination with opposed rankings: either side would rather meet anywhere than not
    meet, and each has a host of its own that it likes best.

    Notes
    -----
    The worths of hosts and of the agenda are no terms of the actors' payoffs, which know of a
    summit but not of where it is held; they are parameters of this model alone.

    Fields: ``agenda_share_<i>``; ``n_equilibria`` (pure and mixed; where a host is worth nothing to
    a side the game is degenerate and may have a continuum of equilibria: then the number of extreme
    ones); ``meet_min`` and ``meet_max`` (least and greatest probability, over all equilibria, that
    both name the same host); ``bargaining_<host>`` (its probability in the lottery over hosts that
    maximises the product of both sides' payoffs, not to meet being worth 0; of several such
    lotteries the one over the fewest hosts, listed first; nan where no lottery is worth anything to
    both).
    """

    name = "venue"
    title = "which host, when each side names one"
    players = PLAYERS
    actions = HOSTS
    fields = (
        "agenda_share_russia",
        "agenda_share_ukraine",
        "n_equilibria",
        "meet_min",
        "meet_max",
        "bargaining_switzerland",
        "bargaining_austria",
        "bargaining_turkey",
    )
    references = (
        "Rubinstein (1982), Perfect equilibrium in a bargaining model, Econometrica 50(1)",
        "Nash (1950), The bargaining problem, Econometrica 18(2)",
        "Schelling (1960), The Strategy of Conflict",
    )

    def tables(self) -> tuple[Table, Table]:
        """Payoffs: what the host is worth if both name it, else 0."""
        first, second = (
            [
                [value(host, who) if host == other else sympy.Integer(0) for other in HOSTS]
                for host in HOSTS
            ]
            for who in PLAYERS
        )
        return first, second

    def solve_values(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> NormalFormSolution:
        """Solution at values that are checked."""
        solution = super().solve_values(values, threads)
        russia, ukraine = (
            np.asarray(values[f"discount_round_{who}"], dtype=np.float64) for who in PLAYERS
        )
        shape = solution.batch_shape
        shares = (1 - ukraine) / (1 - russia * ukraine)
        solution.known["agenda_share_russia"] = np.broadcast_to(shares, shape)
        solution.known["agenda_share_ukraine"] = np.broadcast_to(
            ukraine * (1 - russia) / (1 - russia * ukraine), shape
        )
        return solution

    def late_field(self, name: str, solution: Solution) -> Any:
        """What the equilibria and the bargaining solution say."""
        assert isinstance(solution, NormalFormSolution)
        if name.startswith("meet_"):
            first, second = solution.equilibrium.strategies
            meet = (first * second).sum(axis=-1)
            # Over a set of equilibria, a product of two polytopes, a bilinear form has its extremes
            # at pairs of vertices, which are the extreme equilibria.
            return np.nanmin(meet, axis=-1) if name == "meet_min" else np.nanmax(meet, axis=-1)
        if name.startswith("bargaining_"):
            lottery = _bargaining(*worths(solution))
            for place, host in enumerate(HOSTS):
                solution.known[f"bargaining_{host}"] = lottery[..., place]
            return solution.known[name]
        return super().late_field(name, solution)

    @cached_property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Shares, values, what equilibria lead to where all values are positive, and bargaining.

        A form may use the names of the forms before it. ``value_<host>_<i>``: what a summit there
        is worth; ``mix_<hosts>_<i>_<host>``: probability with which a side names a host in the
        equilibrium with that support; ``meet_<hosts>``, ``payoff_<hosts>_<i>``: probability of a
        meeting, and payoff there; ``weight_<x>_<y>`` and ``product_<x>_<y>``: probability of the
        second of two hosts in their best lottery, and the product of payoffs it gives.
        """
        forms: dict[str, sympy.Basic] = {
            f"agenda_share_{who}": agenda_share(who) for who in PLAYERS
        }
        for host in HOSTS:
            for who in PLAYERS:
                forms[f"value_{host}_{who}"] = Symbol(f"host_{host}_{who}") + Symbol(
                    "agenda_stake"
                ) * Symbol(f"agenda_share_{who}")
        forms["n_equilibria"] = sympy.Integer(len(SUPPORTS))
        worth = {who: [Symbol(f"value_{host}_{who}") for host in HOSTS] for who in PLAYERS}
        for support in SUPPORTS[len(HOSTS) :]:
            forms |= _mixed_forms(support, worth)
        meets = [Symbol(f"meet_{_named(support)}") for support in SUPPORTS[len(HOSTS) :]]
        forms["meet_min"], forms["meet_max"] = sympy.Min(*meets), sympy.Integer(1)
        for x, y in PAIRS:
            forms |= _edge_forms(x, y, worth)
        products = [Symbol(f"product_{_named(pair)}") for pair in PAIRS]
        for place, host in enumerate(HOSTS):
            cases = []
            for pair, product in zip(PAIRS, products, strict=True):
                weight = Symbol(f"weight_{_named(pair)}")
                share = sympy.Integer(0)
                if place in pair:
                    share = 1 - weight if place == pair[0] else weight
                others = [product >= other for other in products if other != product]
                cases.append((share, sympy.And(*others)))
            forms[f"bargaining_{host}"] = sympy.Piecewise(*cases[:-1], (cases[-1][0], True))
        return forms

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The same from the two equations of the bargaining, the equilibria and the lotteries."""
        solution = self.solve(values)
        worth = worths(solution)
        solved = {name: np.asarray(solution[name], dtype=np.float64) for name in self.fields}
        solved |= _offers(*(values[f"discount_round_{who}"] for who in PLAYERS))
        for place, host in enumerate(HOSTS):
            for player, who in enumerate(PLAYERS):
                solved[f"value_{host}_{who}"] = worth[player][..., place]
        strategies, payoffs = solution.equilibrium.strategies, solution.equilibrium.payoffs
        for slot, support in enumerate(SUPPORTS):
            if len(support) == 1:
                continue
            label = _named(support)
            mixes = [strategy[..., slot, :] for strategy in strategies]
            solved[f"meet_{label}"] = (mixes[0] * mixes[1]).sum(axis=-1)
            for player, who in enumerate(PLAYERS):
                solved[f"payoff_{label}_{who}"] = payoffs[..., slot, player]
                for place in support:
                    solved[f"mix_{label}_{who}_{HOSTS[place]}"] = mixes[player][..., place]
        for pair in PAIRS:
            alone = [np.where(np.isin(range(len(HOSTS)), pair), array, 0.0) for array in worth]
            lottery = _bargaining(*alone)
            solved[f"weight_{_named(pair)}"] = lottery[..., pair[1]]
            solved[f"product_{_named(pair)}"] = np.prod(
                [(lottery * array).sum(axis=-1) for array in worth], axis=0
            )
        return solved


def worths(solution: NormalFormSolution) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a summit with every host is worth to each side, ``(*batch, 3)`` each."""
    first, second = (np.diagonal(payoffs, axis1=-2, axis2=-1) for payoffs in solution.game.payoffs)
    return first, second


def _named(support: Sequence[int]) -> str:
    return "_".join(HOSTS[host] for host in support)


def _mixed_forms(
    support: Sequence[int], worth: Mapping[str, Sequence[sympy.Expr]]
) -> dict[str, sympy.Basic]:
    """Mixes, payoffs and probability of a meeting in the equilibrium with a support."""
    label = _named(support)
    forms: dict[str, sympy.Basic] = {}
    for who, other in (PLAYERS, PLAYERS[::-1]):
        total = sum(1 / worth[other][host] for host in support)
        for host in support:
            forms[f"mix_{label}_{who}_{HOSTS[host]}"] = 1 / (worth[other][host] * total)
        forms[f"payoff_{label}_{other}"] = 1 / total
    forms[f"meet_{label}"] = sympy.Add(
        *(
            sympy.Mul(*(Symbol(f"mix_{label}_{who}_{HOSTS[host]}") for who in PLAYERS))
            for host in support
        )
    )
    return forms


def _edge_forms(
    x: int, y: int, worth: Mapping[str, Sequence[sympy.Expr]]
) -> dict[str, sympy.Basic]:
    """Probability of the second of two hosts in their best lottery, and the product it gives."""
    a, b = (worth[who] for who in PLAYERS)
    more_a, more_b = a[y] - a[x], b[y] - b[x]
    label = _named((x, y))
    weight = Symbol(f"weight_{label}")
    leaving = more_a * b[x] + more_b * a[x]  # slope of the product at the first host
    arriving = more_a * b[y] + more_b * a[y]  # and at the second
    return {
        f"weight_{label}": sympy.Piecewise(
            (0, leaving <= 0), (1, arriving >= 0), (-leaving / (2 * more_a * more_b), True)
        ),
        f"product_{label}": (a[x] + weight * more_a) * (b[x] + weight * more_b),
    }


def _offers(russia: Value, ukraine: Value) -> dict[str, NDArray[np.float64]]:
    """Shares from the two equations of alternating offers: each leaves the other indifferent."""
    first, second = np.broadcast_arrays(
        np.asarray(russia, dtype=np.float64), np.asarray(ukraine, dtype=np.float64)
    )
    system = np.empty((*first.shape, 2, 2))
    system[..., 0, 0] = system[..., 1, 1] = 1
    system[..., 0, 1], system[..., 1, 0] = second, first
    own = np.linalg.solve(system, np.ones((*first.shape, 2, 1)))[..., 0]
    return {"agenda_share_russia": own[..., 0], "agenda_share_ukraine": 1 - own[..., 0]}


def _bargaining(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lottery over hosts with the largest product of payoffs, ``(*batch, hosts)``.

    It is a single host or a lottery over two. A lottery that gives u and v is best iff no host x
    has a_x v + b_x u > 2 u v.
    """
    a, b = (_in_units(array) for array in (a, b))
    hosts = a.shape[-1]
    lotteries = [np.broadcast_to(np.eye(hosts)[host], a.shape) for host in range(hosts)]
    lotteries += [_edge(a, b, x, y) for x, y in combinations(range(hosts), 2)]
    choices = np.stack(lotteries, axis=-2)
    u, v = ((choices * array[..., None, :]).sum(axis=-1) for array in (a, b))
    product = u * v
    best = (a[..., None, :] * v[..., None] + b[..., None, :] * u[..., None]).max(axis=-1)
    excess = np.divide(
        best - 2 * product, product, out=np.full(product.shape, np.inf), where=product > 0
    )
    fits = excess <= np.maximum(excess.min(axis=-1, keepdims=True), _BEST)
    chosen = np.argmax(fits, axis=-1)[..., None, None]
    lottery = np.take_along_axis(choices, chosen, axis=-2)[..., 0, :]
    return np.where(np.isfinite(excess).any(axis=-1, keepdims=True), lottery, np.nan)


def _in_units(array: NDArray[np.float64]) -> NDArray[np.float64]:
    """Payoffs in units of the largest, on which the solution does not depend."""
    largest = array.max(axis=-1, keepdims=True)
    return np.asarray(array / np.where(largest > 0, largest, 1))


def _edge(a: NDArray[np.float64], b: NDArray[np.float64], x: int, y: int) -> NDArray[np.float64]:
    """Best lottery over two hosts; where one of them alone is best, that one."""
    more_a, more_b = a[..., y] - a[..., x], b[..., y] - b[..., x]
    leaving = more_a * b[..., x] + more_b * a[..., x]
    arriving = more_a * b[..., y] + more_b * a[..., y]
    inside = (leaving > 0) & (arriving < 0)
    weight = np.where(leaving > 0, 1.0, 0.0)
    np.divide(-leaving, 2 * more_a * more_b, out=weight, where=inside)
    weight = np.clip(weight, 0, 1)
    lottery = np.zeros(a.shape)
    lottery[..., x], lottery[..., y] = 1 - weight, weight
    return lottery


MODEL = Venue()
