"""Threats in games of two players with two actions each, and the discounts from which they deter.

Rows of the arrays are games; what is the same for all of them may have a single row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit

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
def _least(
    a: float, one: bool, b: float, two: bool, c: float, three: bool, d: float, four: bool
) -> float:
    """The least of the numbers that count."""
    first = min(a if one else np.inf, b if two else np.inf)
    return min(first, c if three else np.inf, d if four else np.inf)


@inline
def _value(a: float, b: float, c: float, d: float) -> tuple[float, float]:
    """Value of the zero-sum game whose maximiser has the rows (a, b) and (c, d), and its room."""
    lower = max(min(a, b), min(c, d))
    upper = min(max(a, c), max(b, d))
    if lower >= upper:
        return lower, 0.0
    return _mixed(a, b, c, d), _room(a, b, c, d)


@jit(interpret=FEW)
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


@jit(interpret=FEW)
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
        # Chosen without branches, of which random games would mispredict most.
        first_column, second_column = int(a >= c) - int(c >= a), int(b >= d) - int(d >= b)
        first_row, second_row = int(e >= f) - int(f >= e), int(g >= h) - int(h >= g)
        one = (first_column >= 0) & (first_row >= 0)
        two = (second_column >= 0) & (first_row <= 0)
        three = (first_column <= 0) & (second_row >= 0)
        four = (second_column <= 0) & (second_row <= 0)
        low = _least(a, one, b, two, c, three, d, four)
        other = _least(e, one, f, two, g, three, h, four)
        column_mix = first_column * second_column < 0
        row_mix = first_row * second_row < 0
        # A player mixes where the other does, or against a pure action to which both are best.
        low = min(low, a if row_mix & (first_column == 0) else np.inf)
        low = min(low, b if row_mix & (second_column == 0) else np.inf)
        other = min(other, e if column_mix & (first_row == 0) else np.inf)
        other = min(other, g if column_mix & (second_row == 0) else np.inf)
        mixed, room = np.inf, 0.0
        if column_mix & (row_mix | (first_row == 0) | (second_row == 0)):
            mixed, room = _mixed(a, b, c, d), _room(a, b, c, d)
        other_mixed, other_room = np.inf, 0.0
        if row_mix & (column_mix | (first_column == 0) | (second_column == 0)):
            other_mixed, other_room = _mixed(e, g, f, h), _room(e, f, g, h)
        room = room if mixed < low else 0.0
        other_room = other_room if other_mixed < other else 0.0
        low, other = min(low, mixed), min(other, other_mixed)
        threats[game, 0], threats[game, 1] = low, other
        rooms[game, 0], rooms[game, 1] = room, other_room


@jit(interpret=FEW)
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


@jit(interpret=FEW)
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
