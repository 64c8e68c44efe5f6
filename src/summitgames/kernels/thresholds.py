"""Threats in games of two players with two actions each, and the discounts from which they deter.

Rows of the arrays are games; what is the same for all of them may have a single row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import inline, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["ROUNDING", "compliance", "least_discounts", "square_minmax", "square_nash"]

#: A mixed payoff of a 2 x 2 game is this close to the true one, relative to the largest payoff.
ROUNDING: Final = 2.0**-50


@inline
def _mixed(a: float, b: float, c: float, d: float) -> float:
    """Payoff of rows (a, b) and (c, d) alike, against the mix of columns that makes them alike.

    For (a - c)(b - d) < 0, so that no sum cancels; columns are weighted by shares below 1.
    """
    first, second = abs(a - c), abs(b - d)
    return a * (second / (first + second)) + b * (first / (first + second))


@inline
def _room(a: float, b: float, c: float, d: float) -> float:
    """How near a mixed payoff is to the true one, at least."""
    return ROUNDING * max(abs(a), abs(b), abs(c), abs(d))


@inline
def _value(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Value of the zero-sum game whose maximiser has the rows (a, b) and (c, d), and its room."""
    lower = max(min(a, b), min(c, d))
    upper = min(max(a, c), max(b, d))
    if lower >= upper:
        return lower, 0.0
    return _mixed(a, b, c, d), _room(a, b, c, d)


@jit
def square_minmax(first: Array, second: Array, threats: Array, rooms: Array) -> None:
    """Minmax payoffs, in mixed strategies, of 2 x 2 games.

    Parameters
    ----------
    first, second
        Payoffs ``(games, 2, 2)``.
    threats, rooms
        Written: ``(games, 2)``, the payoffs and how near they are to the true ones, at least.
    """
    for game in range(first.shape[0]):
        threats[game, 0], rooms[game, 0] = _value(
            first[game, 0, 0], first[game, 0, 1], first[game, 1, 0], first[game, 1, 1]
        )
        threats[game, 1], rooms[game, 1] = _value(
            second[game, 0, 0], second[game, 1, 0], second[game, 0, 1], second[game, 1, 1]
        )


@jit
def square_nash(first: Array, second: Array, threats: Array, rooms: Array) -> None:
    """Each player's worst payoff over all Nash equilibria of 2 x 2 games, degenerate or not.

    A player's strategy in an extreme equilibrium is pure, or the mix that makes the other player
    indifferent (where the other's preference depends on it). So signs of differences of payoffs,
    which floats have right, decide which of the nine pairs of such strategies are equilibria.

    Parameters
    ----------
    first, second
        Payoffs ``(games, 2, 2)``.
    threats, rooms
        Written: ``(games, 2)``, the payoffs and how near they are to the true ones, at least.
    """
    for game in range(first.shape[0]):
        a, b = first[game, 0, 0], first[game, 0, 1]
        c, d = first[game, 1, 0], first[game, 1, 1]
        e, f = second[game, 0, 0], second[game, 0, 1]
        g, h = second[game, 1, 0], second[game, 1, 1]
        low, other = np.inf, np.inf
        if a >= c and e >= f:
            low, other = min(low, a), min(other, e)
        if b >= d and f >= e:
            low, other = min(low, b), min(other, f)
        if c >= a and g >= h:
            low, other = min(low, c), min(other, g)
        if d >= b and h >= g:
            low, other = min(low, d), min(other, h)
        column_mix = (a > c and b < d) or (a < c and b > d)
        row_mix = (e > f and g < h) or (e < f and g > h)
        # The row player mixes against a column to which both rows are best replies.
        if row_mix and a == c:
            low = min(low, a)
        if row_mix and b == d:
            low = min(low, b)
        if column_mix and e == f:
            other = min(other, e)
        if column_mix and g == h:
            other = min(other, g)
        room, other_room = 0.0, 0.0
        if column_mix and (row_mix or e == f or g == h):
            mixed = _mixed(a, b, c, d)
            if mixed < low:
                low, room = mixed, _room(a, b, c, d)
        if row_mix and (column_mix or a == c or b == d):
            mixed = _mixed(e, g, f, h)
            if mixed < other:
                other, other_room = mixed, _room(e, f, g, h)
        threats[game, 0], threats[game, 1] = low, other
        rooms[game, 0], rooms[game, 1] = room, other_room


@jit
def compliance(
    payoffs: Array, before: Array, own: Array, after: Array, rewards: Array, gains: Array
) -> None:
    """What a player gets at a pure profile, and at best by another action.

    Parameters
    ----------
    payoffs
        The player's, ``(games, before, k, after)``: the profiles of the players listed before, the
        own actions, the profiles of those listed after.
    before, own, after
        The profile: ``(games,)`` or ``(1,)`` numbers along these axes.
    rewards, gains
        Written: ``(games,)``, what the player gets, and what the best other action gives more (-inf
        where there is none).
    """
    step_b, step_o, step_a = min(1, before.size - 1), min(1, own.size - 1), min(1, after.size - 1)
    for game in range(payoffs.shape[0]):
        first, action, last = before[game * step_b], own[game * step_o], after[game * step_a]
        most = -np.inf
        for other in range(payoffs.shape[2]):
            if other != action:
                most = max(most, payoffs[game, first, other, last])
        rewards[game] = payoffs[game, first, action, last]
        gains[game] = most - rewards[game]


@jit
def least_discounts(
    rewards: Array, gains: Array, threats: Array, rooms: Array, survival: Array, found: Array
) -> None:
    """The least discount at which no player leaves a profile, or infinity.

    With R the reward of compliance, R + g the best payoff of another action, w the threat and s the
    probability that compliance goes on, a player complies at d iff ``d s (R + g - w) >= g``.

    Parameters
    ----------
    rewards, gains, threats
        ``(games, N)`` or ``(1, N)``: R, g and w.
    rooms
        As these: threats so near to the reward count as the same.
    survival
        ``(games,)`` or ``(1,)``: s.
    found
        Written: ``(games,)``.
    """
    step_r, step_g = min(1, rewards.shape[0] - 1), min(1, gains.shape[0] - 1)
    step_w, step_m = min(1, threats.shape[0] - 1), min(1, rooms.shape[0] - 1)
    step_s = min(1, survival.size - 1)
    for game in range(found.size):
        least, most = 0.0, np.inf
        s = survival[game * step_s]
        for i in range(rewards.shape[1]):
            gain, room = gains[game * step_g, i], rooms[game * step_m, i]
            punishment = rewards[game * step_r, i] - threats[game * step_w, i]
            weight = s * (gain + punishment)
            if gain > 0.0:
                deters = punishment > room and gain < weight
                least = max(least, gain / weight) if deters else np.inf
            elif punishment < -room and weight < gain:
                # Being punished is better than complying: only the impatient comply.
                most = min(most, gain / weight)
        found[game] = least if least < 1.0 and least <= most else np.inf
