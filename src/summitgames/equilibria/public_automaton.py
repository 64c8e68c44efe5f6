"""Strategies that attain extreme payoffs of repeated games: automata that use a public lottery."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.errors import SolverError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.repeated import RepeatedGame

__all__ = ["PublicAutomaton", "attaining"]

#: Distances, as shares of the players' spreads of stage payoffs, that are rounding here.
_NEAR: Final = 2.0**-24


@dataclass(frozen=True, eq=False, repr=False)
class PublicAutomaton:
    """Both players' strategies in a two-player repeated game, with states that a lottery chooses.

    Attributes
    ----------
    game
        The game, a single one.
    outputs
        ``(S, 2)``: the action of each player in each state.
    lotteries
        ``(S, S)``: the distribution of the next state if nobody leaves the profile of the state, or
        both do.
    punishments
        ``(2,)``: the next state after player i alone has left it.
    start
        The first state.
    """

    game: RepeatedGame
    outputs: NDArray[np.int64]
    lotteries: NDArray[np.float64]
    punishments: NDArray[np.int64]
    start: int

    def __repr__(self) -> str:
        return f"<PublicAutomaton: {len(self.outputs)} states, start {self.start}>"

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Average payoffs from each state on, ``(S, 2)``."""
        values = []
        for discount, payoff in zip(self.game.discounts, self.game.stage.payoffs, strict=True):
            now = (1 - discount) * payoff[tuple(self.outputs.T)]
            system = np.eye(len(now)) - discount * self.lotteries
            values.append(np.linalg.solve(system, now))
        return np.stack(values, axis=-1)

    @cached_property
    def gain(self) -> float:
        """The most that a player gains, in any state, by leaving its profile once.

        In average payoffs, in units of the stage game. By the one-shot deviation principle the
        strategies are a subgame-perfect equilibrium iff this is not positive; it is computed in
        floats, from the automaton alone.
        """
        most = -np.inf
        for player in range(2):
            discount = self.game.discounts[player]
            payoff = np.moveaxis(self.game.stage.payoffs[player], player, 0)
            after = self.payoffs[self.punishments[player], player]
            for state, profile in enumerate(self.outputs):
                others = np.delete(payoff[:, profile[1 - player]], profile[player])
                if others.size:
                    left = (1 - discount) * others.max() + discount * after
                    most = max(most, float(left - self.payoffs[state, player]))
        return most


def attaining(game: RepeatedGame, vertices: NDArray[np.float64], start: int) -> PublicAutomaton:
    """The automaton of which each state attains a vertex of the payoff set.

    Parameters
    ----------
    game
        A single game.
    vertices
        ``(S, 2)``: the vertices of its payoff set, counterclockwise.
    start
        The vertex at which to start.

    Raises
    ------
    SolverError
        If a vertex is not that of a profile and continuation payoffs in the set, to rounding.
    """
    spreads = np.array([max(float(np.ptp(array)), 1e-300) for array in game.stage.payoffs])
    patience = np.array([float(discount) for discount in game.discounts])
    pay = np.stack(game.stage.payoffs, axis=-1)
    gains = np.stack(
        [a.max(axis=i, keepdims=True) - a for i, a in enumerate(game.stage.payoffs)], -1
    )
    worst = vertices.min(axis=0)
    outputs, lotteries = [], []
    for vertex in vertices:
        best, chosen = -np.inf, None
        for profile in np.ndindex(*game.n_actions):
            after = _continuation(vertex, pay[profile], patience, spreads)
            if not np.isfinite(after).all():
                continue
            weights, miss = _weights(after / spreads, vertices / spreads)
            # What is short, in payoffs of today's average: needs are not divided by the discount.
            short = patience * (after - worst) - (1 - patience) * gains[profile]
            slack = min(float((short / spreads).min()), -float(patience.max()) * miss)
            if slack > best:
                best, chosen = slack, (profile, weights)
        if chosen is None or best < -_NEAR:
            raise SolverError(f"automaton: vertex {vertex} starts with no profile, to rounding")
        outputs.append(chosen[0])
        lotteries.append(chosen[1])
    return PublicAutomaton(
        game,
        np.array(outputs, dtype=np.int64),
        np.array(lotteries),
        vertices.argmin(axis=0),
        start,
    )


def _continuation(
    vertex: NDArray[np.float64],
    pay: NDArray[np.float64],
    patience: NDArray[np.float64],
    spreads: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Payoffs that make a vertex of a profile's; the vertex itself where the profile pays it."""
    if (abs(vertex - pay) <= 2.0**-36 * spreads).all():
        return vertex
    with np.errstate(divide="ignore"):
        return np.where(
            patience > 0,
            (vertex - (1 - patience) * pay) / np.where(patience > 0, patience, 1.0),
            np.where(vertex == pay, vertex, np.inf),
        )


def _weights(
    point: NDArray[np.float64], vertices: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Weights of at most three vertices that give a point, or the nearest found, and the miss."""
    count = len(vertices)
    best, nearest = np.zeros(count), np.inf
    at_vertex = np.hypot(*(vertices - point).T)
    corners = [[int(at_vertex.argmin())]]
    corners += [[i, (i + 1) % count] for i in range(count) if count > 1]
    corners += [[0, i, i + 1] for i in range(1, count - 1)]
    for chosen in corners:
        edges = (vertices[chosen[1:]] - vertices[chosen[0]]).T
        shares = np.linalg.lstsq(edges, point - vertices[chosen[0]])[0] if len(chosen) > 1 else []
        weights = np.clip([1.0 - float(np.sum(shares)), *shares], 0.0, None)
        weights = weights / weights.sum()
        miss = float(np.hypot(*(weights @ vertices[chosen] - point)))
        if miss < nearest - 2.0**-44:
            nearest, best = miss, np.zeros(count)
            best[chosen] = weights
    return best, nearest
