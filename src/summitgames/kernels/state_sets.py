"""Payoff sets of many two-player stochastic games, state by state.

Payoffs are normalised over all states before they come here, as in `payoff_sets`, and payoffs of
play are averages. A profile a in state s pays g(s, a) and is followed by w, a sum of points of the
sets of the states to which it leads, weighted with the probabilities q(t | s, a). It is *played* if
w leaves nobody a gain: w >= line(s, a).

Let players share a discount d, and in a direction l let M(s, a) be the most that l w can be for
such w. Equilibria reach no further than the solution h of

    h(s) = max over a of (1 - d) l g(s, a) + d min(sum over t of q(t | s, a) h(t), M(s, a)),

a decision problem whose solution is unique, and is found by improving policies. It is a number for
every state that cuts that state's set. Directions are chosen until the cuts show every corner of
the solution. Sets that no direction cuts any more generate themselves. Where discounts differ, sets
are replaced by what is generated from them, again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit, log, tick
from summitgames.kernels.payoff_sets import (
    _ADDS_UP,
    _CLOSE,
    _LOOK,
    _LOOSE,
    _NEAR,
    _OUTWARDS,
    CLOSED,
    EMPTY,
    LIMIT,
    STRICT,
    TIE,
    _above,
    _allowed,
    _change,
    _coarsen,
    _excess,
    _hull,
    _least,
    _tidy,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = [
    "common_discount_by_state",
    "hulls_by_state",
    "own_discounts_by_state",
    "workspace_by_state",
]

#: By how much constraints are tightened for a proof, at least; what is tried.
_TIGHTER: Final = (2.0**-36, 2.0**-38)
#: Where discounts differ.
_TIGHTER_OWN: Final = (2.0**-36, 2.0**-33, 2.0**-30)
#: Where more is needed nothing is proved.
_TIGHTEST: Final = 2.0**-29
#: Steps in which a proof has to succeed.
_PROOF_STEPS: Final = 200
#: Sets that are cut by less stand still; more if players are patient. Four times all roundings.
_STILL: Final = 2.0**-46
#: More than all roundings of a step.
_ROUNDING: Final = 2.0**-47
#: By how much worst payoffs and needs are rounded down, for every state and besides.
_ULP: Final = 2.0**-53
_SOME: Final = 8
#: Rounds in which policies of a decision problem are improved.
_ROUNDS: Final = 40
#: Levels that differ by less are the same.
_TINY: Final = 2.0**-49
#: A corner nearer to another one gets no edge, a direction nearer to another one is the same.
_SHORT: Final = 2.0**-42
_SAME: Final = 2.0**-46
#: Rounds in which worst payoffs are raised.
_RAISES: Final = 10_000


def workspace_by_state(states: int, first: int, second: int, edges: int) -> tuple[Any, ...]:
    """Arrays that `common_discount_by_state` works with, for games of a shape.

    Parameters
    ----------
    states, first, second
        Numbers of states and actions.
    edges
        About as many as a polygon may have.

    Returns
    -------
    tuple
        The sets, their sizes, worst payoffs and profiles in use; what begins with each profile;
        policies; directions with what is found in them; polygons; and sets that are kept.
    """
    profiles = first * second
    room = edges + 4
    width = states * room + 16
    directions = 4 * room
    points = 2 * states * profiles * width
    return (
        (
            np.empty((states, 2, room)),
            np.empty(states, dtype=np.int64),
            np.empty((states, 2)),
            np.empty((states, profiles), dtype=np.bool_),
        ),
        (
            np.empty((states, 2, profiles)),
            np.empty((states, profiles), dtype=np.bool_),
            np.empty((states, profiles), dtype=np.int64),
            np.empty((states, profiles), dtype=np.int64),
            np.empty((2, points)),
            np.empty(states, dtype=np.int64),
            np.empty((states, 2)),
            np.empty((2, width)),
            np.empty((2, 2, 2 * width)),
        ),
        (
            np.empty((states, profiles)),
            np.empty((states, profiles), dtype=np.int64),
            np.empty(states, dtype=np.int64),
            np.empty(states, dtype=np.int64),
            np.empty(states),
            np.empty((states, states + 2)),
        ),
        (
            np.empty((2, directions)),
            np.empty(directions, dtype=np.int64),
            np.empty((directions, states, 2)),
            np.empty((directions, states)),
        ),
        (
            np.empty((2, 2, room)),
            np.empty(points + room, dtype=np.int64),
            np.empty((2, points + room + 1)),
        ),
        (np.empty((states, 2, room)), np.empty(states, dtype=np.int64)),
    )


@inline
def _sum(
    game: int, s: int, i: int, j: int, moves: Array, sets: Array, sizes: Array, at: Array,
    edge: Array, result: Array,
) -> int:  # fmt: skip
    """Write what may follow a profile: the sum (of Minkowski) of shares of the sets; its size.

    The edges of all sets, in the order of their directions. As `_hull` leaves polygons, edges to
    the right come first, those to the left follow, and floats tell exactly which.
    """
    states = len(sizes)
    for t in range(states):
        at[t] = 0
    k = 0
    while True:
        tick()
        x, y, first, far = 0.0, 0.0, -1, False
        for t in range(states):
            chance = moves[game, s, i, j, t]
            if chance > 0.0:
                n = sizes[t]
                here, end = at[t], at[t] + 1
                if here < n and n > 1:  # a point has no edges
                    end = end if end < n else 0
                    dx = sets[t, 0, end] - sets[t, 0, here]
                    dy = sets[t, 1, end] - sets[t, 1, here]
                    edge[t, 0], edge[t, 1] = dx, dy
                    back = dx < 0.0 or (dx == 0.0 and dy < 0.0)
                    before = first < 0 or (far and not back)
                    if first >= 0 and far == back:
                        before = dx * edge[first, 1] - dy * edge[first, 0] > 0.0
                    if before:
                        first, far = t, back
                else:
                    here = 0
                x += chance * sets[t, 0, here]
                y += chance * sets[t, 1, here]
        result[0, k], result[1, k] = x, y
        if first < 0:
            return k if k > 0 else 1
        k += 1
        at[first] += 1


@inline
def _punish(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, e: float,
    sizes: Array, worst: Array, used: Array,
) -> None:  # fmt: skip
    """Raise the worst payoffs to what the profiles in use let a player secure, rounded down.

    Worst payoffs that are too low are too harsh as threats, which leaves outer sets too large; too
    high they would deny equilibria. Let none be too high. Of S states, what is ahead is wrong by
    S 2^-53 at most, as payoffs and worst payoffs lie between 0 and 1; so is what is secured, by
    another 4 * 2^-53 for two products, a difference and a sum. So nothing that is less by that is
    too high either, and nothing adds up from round to round: it stays below the truth, by the
    discounted sum of what was taken off at most, which is less than sets are cut too little.

    For proofs nothing has to be rounded: they begin with worst payoffs that their sets have, and
    higher ones are milder threats than the sets allow.
    """
    states, columns = first.shape[1], first.shape[3]
    down = (states + _SOME) * _ULP
    for _ in range(_RAISES):
        most = 0.0
        for s in range(states):
            if sizes[s] == 0:
                continue
            rows, cols = available[s, 0], available[s, 1]
            for player in range(2):
                least, discount = np.inf, d if player == 0 else e
                for b in range(cols if player == 0 else rows):
                    best, any_used = -np.inf, False
                    for a in range(rows if player == 0 else cols):
                        i, j = (a, b) if player == 0 else (b, a)
                        any_used |= used[s, i * columns + j]
                        ahead = 0.0
                        for t in range(states):
                            ahead += moves[game, s, i, j, t] * worst[t, player]
                        pay = first[game, s, i, j] if player == 0 else second[game, s, i, j]
                        best = max(best, (1.0 - discount) * pay + discount * ahead)
                    if any_used:
                        least = min(least, best)
                if least < np.inf and least - down > worst[s, player]:
                    most = max(most, least - down - worst[s, player])
                    worst[s, player] = least - down
        if most <= _TINY:
            break


@inline
def _line(
    game: int, s: int, i: int, j: int, player: int, pays: Array, moves: Array, count: int,
    threats: Array, columns: int, d: float, margin: float,
) -> float:  # fmt: skip
    """The least continuation payoff with which leaving a profile does not pay.

    Gains are differences of payoffs as they were before these began at 0: so they lose no more than
    a share of their own in rounding, and impatience, which divides them, magnifies nothing. What
    pays no more now and leads where the profile leads need not be looked at: nothing that follows
    is worse than the worst.
    """
    own = i * columns + j
    pay = pays[game, s, i, j]
    tie = TIE if margin == 0.0 else 0.0
    best = -np.inf
    for b in range(count):
        k, m = (b, j) if player == 0 else (i, b)
        other = k * columns + m
        if other == own:
            continue
        gain = pays[game, s, k, m] - pay
        if gain <= 0.0:
            same = True
            for t in range(moves.shape[4]):
                same &= moves[game, s, k, m, t] == moves[game, s, i, j, t]
            if same:
                continue
        if d == 0.0:
            if gain > tie:
                return np.inf
            continue
        best = max(best, (1.0 - d) * gain / d + threats[s, player, other])
    # A line of no tightened constraint may be too low only: what is more than 1 nothing reaches.
    return best + margin if margin > 0.0 else best - (moves.shape[4] + _SOME) * _ULP


@inline
def _follow(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, e: float,
    margin: float, state: tuple[Array, ...], work: tuple[Array, ...],
) -> int:  # fmt: skip
    """Write what begins with each profile: all extreme points; profiles for which there are none.

    The number of profiles that went out of use. Sets of states that may lead to a state without
    any, or in which no profile is left, become empty.
    """
    sets, sizes, worst, used = state
    threats, free, begin, end, points, at, edge, ahead, parts, one, two = work
    states, columns = first.shape[1], first.shape[3]
    tie = TIE if margin == 0.0 else 0.0
    gone, m = 0, 0
    for s in range(states):
        if sizes[s] == 0:
            continue
        for i in range(available[s, 0]):
            for j in range(available[s, 1]):
                ahead_x, ahead_y = 0.0, 0.0
                for t in range(states):
                    chance = moves[game, s, i, j, t]
                    if chance > 0.0:
                        ahead_x += chance * worst[t, 0]
                        ahead_y += chance * worst[t, 1]
                a = i * columns + j
                threats[s, 0, a], threats[s, 1, a] = ahead_x, ahead_y
        left, size, last, other = 0, 1, -1, 0
        for i in range(available[s, 0]):
            for j in range(available[s, 1]):
                a = i * columns + j
                begin[s, a] = end[s, a] = m
                if not used[s, a]:
                    continue
                line_x = _line(
                    game, s, i, j, 0, one, moves, available[s, 0], threats, columns, d, margin
                )
                line_y = _line(
                    game, s, i, j, 1, two, moves, available[s, 1], threats, columns, e, margin
                )
                known = last >= 0  # what is chosen may not change where play goes
                for t in range(states if known else 0):
                    known &= moves[game, s, i, j, t] == moves[game, s, last, other, t]
                if not known:
                    size = _sum(game, s, i, j, moves, sets, sizes, at, edge, ahead)
                    last, other = i, j
                low_x, low_y = np.inf, np.inf
                for k in range(size):
                    low_x, low_y = min(low_x, ahead[0, k]), min(low_y, ahead[1, k])
                free[s, a] = low_x >= line_x and low_y >= line_y
                now_x = (1.0 - d) * first[game, s, i, j]
                now_y = (1.0 - e) * second[game, s, i, j]
                if free[s, a]:
                    n = size
                    for k in range(n):
                        points[0, m] = now_x + d * ahead[0, k]
                        points[1, m] = now_y + e * ahead[1, k]
                        m += 1
                else:
                    n = _above(ahead, size, 0, line_x, tie, parts[0])
                    if n > 0:
                        n = _above(parts[0], n, 1, line_y, tie, parts[1])
                    for k in range(n):
                        points[0, m] = now_x + d * parts[1, 0, k]
                        points[1, m] = now_y + e * parts[1, 1, k]
                        m += 1
                end[s, a] = m
                if n > 0:
                    left += 1
                else:
                    used[s, a] = False
                    gone += 1
        if left == 0:
            sizes[s] = 0
    return gone


@inline
def _spread_ruin(game: int, moves: Array, available: Array, sizes: Array) -> None:
    """Empty the sets of states from which play may come to an empty one."""
    states = len(sizes)
    changed = True
    while changed:
        changed = False
        for s in range(states):
            if sizes[s] == 0:
                continue
            for i in range(available[s, 0]):
                for j in range(available[s, 1]):
                    for t in range(states):
                        if moves[game, s, i, j, t] > 0.0 and sizes[t] == 0:
                            sizes[s] = 0
                            changed = True


@inline
def _ready(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, e: float,
    margin: float, state: tuple[Array, ...], work: tuple[Array, ...],
) -> bool:  # fmt: skip
    """Write what begins with each profile, until all are of use; whether any state is left."""
    sizes, worst, used = state[1], state[2], state[3]
    while True:
        tick()
        gone = _follow(game, first, second, moves, available, d, e, margin, state, work)
        _spread_ruin(game, moves, available, sizes)
        left = 0
        for s in range(len(sizes)):
            left += sizes[s]
        if left == 0:
            return False
        if gone == 0:
            return True
        _punish(game, first, second, moves, available, d, e, sizes, worst, used)


@inline
def _onward(
    game: int, s: int, a: int, way_x: float, way_y: float, first: Array, second: Array,
    moves: Array, d: float, high: Array,
) -> float:  # fmt: skip
    """The level of a profile that is followed by what reaches highest."""
    i, j = a // first.shape[3], a % first.shape[3]
    ahead = 0.0
    for t in range(len(high)):
        ahead += moves[game, s, i, j, t] * high[t]
    now = way_x * first[game, s, i, j] + way_y * second[game, s, i, j]
    return float((1.0 - d) * now + d * ahead)


@inline
def _reach(
    game: int, way_x: float, way_y: float, first: Array, second: Array, moves: Array,
    available: Array, d: float, state: tuple[Array, ...], work: tuple[Array, ...],
    plan: tuple[Array, ...], k: int, values: Array, levels: Array,
) -> None:  # fmt: skip
    """Solve the decision problem in a direction: levels, and the payoffs that attain them."""
    sizes, used = state[1], state[3]
    free, begin, end, points = work[1], work[2], work[3], work[4]
    stop, stop_at, act, mode, high, matrix = plan
    states, columns = first.shape[1], first.shape[3]
    for s in range(states):
        if sizes[s] == 0:
            continue
        for i in range(available[s, 0]):
            for j in range(available[s, 1]):
                a = i * columns + j
                if used[s, a] and not free[s, a]:
                    best, at = -np.inf, 0
                    for p in range(begin[s, a], end[s, a]):
                        level = way_x * points[0, p] + way_y * points[1, p]
                        if level > best:
                            best, at = level, p
                    stop[s, a], stop_at[s, a] = best, at
    settled = False
    for _ in range(_ROUNDS):
        tick()
        for s in range(states):
            for t in range(states + 2):
                matrix[s, t] = 0.0
            matrix[s, s] = 1.0
            if sizes[s] == 0:
                continue
            a = act[s]
            if mode[s] == 1:
                matrix[s, states] = points[0, stop_at[s, a]]
                matrix[s, states + 1] = points[1, stop_at[s, a]]
            else:
                i, j = a // columns, a % columns
                for t in range(states):
                    matrix[s, t] -= d * moves[game, s, i, j, t]
                matrix[s, states] = (1.0 - d) * first[game, s, i, j]
                matrix[s, states + 1] = (1.0 - d) * second[game, s, i, j]
        for s in range(states):  # diagonally dominant: no exchange of rows
            pivot = 1.0 / matrix[s, s]
            for t in range(s + 1, states + 2):
                matrix[s, t] *= pivot
            for r in range(s + 1, states):
                factor = matrix[r, s]
                if factor != 0.0:
                    for t in range(s + 1, states + 2):
                        matrix[r, t] -= factor * matrix[s, t]
        for s in range(states - 1, -1, -1):
            x, y = matrix[s, states], matrix[s, states + 1]
            for t in range(s + 1, states):
                x -= matrix[s, t] * matrix[t, states]
                y -= matrix[s, t] * matrix[t, states + 1]
            matrix[s, states], matrix[s, states + 1] = x, y
            high[s] = way_x * x + way_y * y
        settled = True
        for s in range(states):  # first what is left of the chosen profiles
            if sizes[s] == 0 or free[s, act[s]]:
                continue
            level = _onward(game, s, act[s], way_x, way_y, first, second, moves, d, high)
            stops = 1 if stop[s, act[s]] < level else 0
            if stops != mode[s] and abs(stop[s, act[s]] - level) > _TINY:
                mode[s] = stops
                settled = False
        if not settled:
            continue
        for s in range(states):  # then better profiles
            if sizes[s] == 0:
                continue
            best, which, how = high[s] + _TINY, -1, 0
            for i in range(available[s, 0]):
                for j in range(available[s, 1]):
                    a = i * columns + j
                    if not used[s, a]:
                        continue
                    level = _onward(game, s, a, way_x, way_y, first, second, moves, d, high)
                    stops = 0
                    if not free[s, a] and stop[s, a] < level:
                        level, stops = stop[s, a], 1
                    if level > best:
                        best, which, how = level, a, stops
            if which >= 0:
                act[s], mode[s] = which, how
                settled = False
        if settled:
            break
    for s in range(states):
        values[k, s, 0], values[k, s, 1] = matrix[s, states], matrix[s, states + 1]
        levels[k, s] = high[s] if settled else np.inf


@inline
def _cut(
    polygon: Array, n: int, way_x: float, way_y: float, level: float, part: Array
) -> int:  # fmt: skip
    """Write the part of a polygon below a level in a direction; its number of points."""
    m, last = 0, n - 1
    before = (way_x * polygon[0, last] + way_y * polygon[1, last]) - level
    for i in range(n):
        after = (way_x * polygon[0, i] + way_y * polygon[1, i]) - level
        if (before > 0.0) != (after > 0.0):
            share = min(max(before / (before - after), 0.0), 1.0)
            for axis in range(2):
                part[axis, m] = polygon[axis, last] + share * (
                    polygon[axis, i] - polygon[axis, last]
                )
            m += 1
        if after <= 0.0:
            part[0, m], part[1, m] = polygon[0, i], polygon[1, i]
            m += 1
        last, before = i, after
    return m


@inline
def _sharpen(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, margin: float,
    near: float, thorough: bool, state: tuple[Array, ...], work: tuple[Array, ...],
    plan: tuple[Array, ...], ways: tuple[Array, ...], room: tuple[Array, ...],
) -> float:  # fmt: skip
    """Cut the sets by what the solutions of the decision problems allow; how deep cuts went."""
    sets, sizes, worst, used = state
    act, mode = plan[2], plan[3]
    axes, after, values, levels = ways
    parts, order, hull = room
    states, columns = first.shape[1], first.shape[3]
    if not _ready(game, first, second, moves, available, d, d, margin, state, work):
        return np.inf
    for s in range(states):
        mode[s] = 0
        for i in range(available[s, 0]):
            for j in range(available[s, 1]):
                if used[s, i * columns + j]:
                    act[s] = i * columns + j
    for k in range(4):
        axes[0, k] = 1.0 if k == 0 else -1.0 if k == 2 else 0.0
        axes[1, k] = 1.0 if k == 1 else -1.0 if k == 3 else 0.0
        after[k] = k + 1 if k < 3 else 0
        _reach(
            game, axes[0, k], axes[1, k], first, second, moves, available, d, state, work, plan, k,
            values, levels,
        )  # fmt: skip
    count = 4
    if thorough:
        begin, ends, points = work[2], work[3], work[4]
        for s in range(states):
            if sizes[s] == 0:
                continue
            low, up = begin[s, 0], ends[s, (available[s, 0] - 1) * columns + available[s, 1] - 1]
            n = _hull(points[:, low:up], up - low, order, hull)
            last = n - 1
            for i in range(n if n > 1 else 0):
                dx, dy = hull[0, i] - hull[0, last], hull[1, i] - hull[1, last]
                last = i
                length = np.hypot(dx, dy)
                if not length > _SHORT or count == axes.shape[1]:
                    continue
                way_x, way_y = dy / length, -dx / length
                k = 0
                while True:
                    end = after[k]
                    one = axes[0, k] * way_y - axes[1, k] * way_x
                    other = way_x * axes[1, end] - way_y * axes[0, end]
                    if one > _SAME and other > _SAME:
                        axes[0, count], axes[1, count] = way_x, way_y
                        after[count], after[k] = end, count
                        _reach(
                            game, way_x, way_y, first, second, moves, available, d, state, work,
                            plan, count, values, levels,
                        )  # fmt: skip
                        count += 1
                        break
                    k = end
                    if k == 0:
                        break
    k = 0
    while True:
        tick()
        end = after[k]
        found = False
        for s in range(states):
            if sizes[s] == 0 or count == axes.shape[1]:
                continue
            dx = values[end, s, 0] - values[k, s, 0]
            dy = values[end, s, 1] - values[k, s, 1]
            length = np.hypot(dx, dy)
            if not length > _SHORT:
                continue
            way_x, way_y = dy / length, -dx / length
            one = axes[0, k] * way_y - axes[1, k] * way_x
            other = way_x * axes[1, end] - way_y * axes[0, end]
            if one < 0.0 and other < 0.0:
                way_x, way_y, one, other = -way_x, -way_y, -one, -other
            if one <= _SAME or other <= _SAME:
                continue
            axes[0, count], axes[1, count] = way_x, way_y
            after[count], after[k] = end, count
            _reach(
                game, way_x, way_y, first, second, moves, available, d, state, work, plan, count,
                values, levels,
            )  # fmt: skip
            count += 1
            found = True
            break
        if not found:
            k = end
            if k == 0:
                break
    deepest, slack = 0.0, 0.25 * near
    for s in range(states):
        if sizes[s] == 0:
            continue
        n, at, cut = sizes[s], 0, False
        for i in range(n):
            parts[0, 0, i], parts[0, 1, i] = sets[s, 0, i], sets[s, 1, i]
        k = 0
        while True:
            level = levels[k, s]
            if k == 2:
                level = min(level, -worst[s, 0])
            elif k == 3:
                level = min(level, -worst[s, 1])
            most, least = -np.inf, np.inf
            for i in range(n):
                here = axes[0, k] * parts[at, 0, i] + axes[1, k] * parts[at, 1, i]
                most, least = max(most, here), min(least, here)
            if n + 2 > parts.shape[2]:  # no room for another vertex
                break
            if most - level > near:
                deepest, cut = max(deepest, most - level), True
                if least - level > TIE:
                    n = 0
                    break
                n = _cut(
                    parts[at],
                    n,
                    axes[0, k],
                    axes[1, k],
                    max(level + slack, least + _TINY),
                    parts[1 - at],
                )
                at = 1 - at
            k = after[k]
            if k == 0:
                break
        if cut:
            if n > 0:
                n = _hull(parts[at], n, order, hull)
                for i in range(n):
                    sets[s, 0, i], sets[s, 1, i] = hull[0, i], hull[1, i]
                worst[s, 0] = max(worst[s, 0], _least(hull, n, 0))
                worst[s, 1] = max(worst[s, 1], _least(hull, n, 1))
            sizes[s] = n
    _spread_ruin(game, moves, available, sizes)
    return deepest


@inline
def _wanting(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, e: float,
    margin: float, state: tuple[Array, ...], work: tuple[Array, ...], room: tuple[Array, ...],
) -> float:  # fmt: skip
    """How far the sets reach beyond what is generated from them alone."""
    sets, sizes, worst = state[0], state[1], state[2]
    begin, end, points = work[2], work[3], work[4]
    order, hull = room[1], room[2]
    states, columns = first.shape[1], first.shape[3]
    before = 0
    for s in range(states):
        if sizes[s] > 0:
            before += 1
            worst[s, 0], worst[s, 1] = _least(sets[s], sizes[s], 0), _least(sets[s], sizes[s], 1)
    _follow(game, first, second, moves, available, d, e, margin, state, work)
    most = 0.0
    for s in range(states):
        n = sizes[s]
        if n == 0:
            continue
        before -= 1
        low, high = begin[s, 0], end[s, (available[s, 0] - 1) * columns + available[s, 1] - 1]
        k = _hull(points[:, low:high], high - low, order, hull)
        most = max(most, _excess(sets[s], n, hull, k))
    return most if before == 0 else np.inf


@inline
def _restart(
    available: Array, columns: int, kept: tuple[Array, ...], state: tuple[Array, ...]
) -> None:
    """Go back to sets that were kept, with all profiles in use."""
    sets, sizes, worst, used = state
    for s in range(len(sizes)):
        n = kept[1][s]
        sizes[s] = n
        for axis in range(2):
            for k in range(n):
                sets[s, axis, k] = kept[0][s, axis, k]
            if n > 0:
                worst[s, axis] = _least(sets[s], n, axis)
        for i in range(available[s, 0]):
            for j in range(available[s, 1]):
                used[s, i * columns + j] = True


@inline
def _box(
    game: int, first: Array, second: Array, available: Array, kept: tuple[Array, ...], used: Array
) -> None:
    """Keep the box of payoffs for every state; no profile is in use yet."""
    high_x, high_y = 0.0, 0.0
    for s in range(first.shape[1]):
        for a in range(used.shape[1]):
            used[s, a] = False
        for i in range(available[s, 0]):
            for j in range(available[s, 1]):
                high_x = max(high_x, first[game, s, i, j])
                high_y = max(high_y, second[game, s, i, j])
    for s in range(first.shape[1]):
        kept[1][s] = 4
        for k in range(4):
            kept[0][s, 0, k] = 0.0 if k in (0, 3) else high_x
            kept[0][s, 1, k] = 0.0 if k < 2 else high_y
        if high_x == 0.0 or high_y == 0.0:
            kept[1][s] = 1 if high_x == high_y else 2
            kept[0][s, 0, 1], kept[0][s, 1, 1] = high_x, high_y


@inline
def _keep(state: tuple[Array, ...], kept: tuple[Array, ...]) -> bool:
    """Keep sets; whether all are empty."""
    empty = True
    for s in range(len(state[1])):
        n = state[1][s]
        empty &= n == 0
        kept[1][s] = n
        for axis in range(2):
            for i in range(n):
                kept[0][s, axis, i] = state[0][s, axis, i]
    return empty


@inline
def _gap(state: tuple[Array, ...], kept: tuple[Array, ...]) -> float:
    """The farthest that a kept set reaches beyond one that is proved."""
    most = 0.0
    for s in range(len(state[1])):
        if kept[1][s] > 0:
            most = max(most, _excess(kept[0][s], kept[1][s], state[0][s], state[1][s]))
    return most


@inline
def _write(
    game: int, flag: int, gap: float, available: Array, columns: int, state: tuple[Array, ...],
    kept: tuple[Array, ...], outer: Array, inner: Array, counts: Array,
) -> float:  # fmt: skip
    """Write the kept sets as outer ones, and those that are proved, if any, as inner; the gap."""
    if flag == CLOSED:  # the outer set itself
        gap = 0.0
        _restart(available, columns, kept, state)
    for s in range(len(state[1])):
        n = _tidy(kept[0][s], kept[1][s], _NEAR) if kept[1][s] > 0 else 0
        m = state[1][s] if gap < np.inf and n > 0 else 0
        m = _tidy(state[0][s], m, _NEAR) if m > 0 else 0
        for axis in range(2):
            for i in range(n):
                outer[game, s, i, axis] = kept[0][s, axis, i]
            for i in range(m):
                inner[game, s, i, axis] = state[0][s, axis, i]
        counts[game, s, 0], counts[game, s, 1] = n, m
    return gap


@inline
def _prove(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, margin: float,
    near: float, still: float, state: tuple[Array, ...], work: tuple[Array, ...],
    plan: tuple[Array, ...], ways: tuple[Array, ...], room: tuple[Array, ...],
) -> bool:  # fmt: skip
    """Sharpen sets with tightened constraints, until that proves them; whether it does.

    Let every point of the sets be generated from them to within e, with constraints tightened by
    2 e / (1 - d). Whoever then plays as if that were exact gets payoffs within e / (1 - d) of these
    points, after every history, and a deviation gains nothing: these are equilibrium payoffs.
    """
    thorough = False
    for _ in range(_PROOF_STEPS):
        tick()
        depth = _sharpen(
            game, first, second, moves, available, d, margin, near, thorough, state, work, plan,
            ways, room,
        )  # fmt: skip
        if depth == np.inf:
            return False
        if depth > 0.0:
            thorough = False
            continue
        error = _wanting(game, first, second, moves, available, d, d, margin, state, work, room)
        if 2.0 * (error + _ROUNDING) <= (1.0 - d) * (margin - _ROUNDING):
            return True
        if thorough:
            near /= 8.0
        if near < still:
            return False
        thorough = True
    return False


@jit(interpret=FEW)
def common_discount_by_state(
    first: Array, second: Array, one: Array, two: Array, moves: Array, available: Array,
    discounts: Array, limit: int,
    workspace: tuple[Any, ...], outer: Array, inner: Array, counts: Array, gaps: Array,
    flags: Array,
) -> None:  # fmt: skip
    """Payoff sets of stochastic games with a discount that both players share, one a state.

    Parameters
    ----------
    first, second
        ``(games, S, k_1, k_2)``, payoffs, normalised over all states.
    one, two
        ``(games, S, k_1, k_2)``, payoffs of the players in the same units from wherever they begin,
        without rounding.
    moves
        ``(games, S, k_1, k_2, S)``, transition probabilities.
    available
        ``(S, 2)``, numbers of actions in each state.
    discounts
        ``(games,)``.
    limit
        Iterations a game, at most.
    workspace
        From `workspace_by_state`.
    outer, inner
        ``(games, S, V, 2)``, to be written: vertices of averages, V being at least the edges of the
        workspace and four.
    counts
        ``(games, S, 2)``, to be written: their numbers.
    gaps
        ``(games,)``, to be written: the farthest that a vertex of an outer lies from the inner set
        of its state; inf where there is no inner one.
    flags
        ``(games,)``, to be written: STRICT, CLOSED, EMPTY (in all states) or LIMIT.
    """
    state, work, plan, ways, room, kept = workspace
    work = (*work, one, two)
    sizes, worst, used = state[1], state[2], state[3]
    columns = first.shape[3]
    for game in range(first.shape[0]):
        d = discounts[game]
        still = _STILL + _STILL / (1.0 - d)
        _box(game, first, second, available, kept, used)
        _restart(available, columns, kept, state)
        _punish(game, first, second, moves, available, d, d, sizes, worst, used)
        flag, thorough = LIMIT, False
        for _ in range(limit):
            tick()
            depth = _sharpen(
                game, first, second, moves, available, d, 0.0, still, thorough, state, work, plan,
                ways, room,
            )  # fmt: skip
            if depth == np.inf or (depth == 0.0 and thorough):
                flag = CLOSED
                break
            thorough = depth == 0.0
        empty, gap = _keep(state, kept), np.inf
        if empty:
            flag, gap = EMPTY, 0.0
        elif flag == CLOSED:
            lacking = _wanting(game, first, second, moves, available, d, d, 0.0, state, work, room)
            # What is lacking in every step adds up, and the patient are told little by one step.
            if lacking > min(max(TIE, 4.0 * still), 0.5 * (1.0 - d) * _CLOSE):
                flag = LIMIT
            for share in _TIGHTER:
                if flag == STRICT:
                    break
                margin = max(share, share / _TIGHTER[0] * 32.0 * still / (1.0 - d))
                if margin > _TIGHTEST:
                    continue
                _restart(available, columns, kept, state)
                proved = _prove(
                    game, first, second, moves, available, d, margin, (1.0 - d) * margin / 16.0,
                    still, state, work, plan, ways, room,
                )  # fmt: skip
                gap = _gap(state, kept) if proved else np.inf
                if gap <= _CLOSE:
                    flag = STRICT
        gaps[game] = _write(game, flag, gap, available, columns, state, kept, outer, inner, counts)
        flags[game] = flag


@inline
def _generate(
    game: int, first: Array, second: Array, moves: Array, available: Array, d: float, e: float,
    margin: float, near: float, edges: int, step: int, state: tuple[Array, ...],
    work: tuple[Array, ...], room: tuple[Array, ...],
) -> tuple[float, float]:  # fmt: skip
    """Replace the sets by what is generated from them, with few edges.

    How far they moved, of which only some steps take note, and how far they grew for the sake of
    few edges; inf if nothing is left.
    """
    sets, sizes, worst = state[0], state[1], state[2]
    begin, end, points = work[2], work[3], work[4]
    parts, order, hull = room
    columns = first.shape[3]
    if not _ready(game, first, second, moves, available, d, e, margin, state, work):
        return np.inf, np.inf
    change, moved = 0.0, 0.0
    for s in range(len(sizes)):
        if sizes[s] == 0:
            continue
        low, high = begin[s, 0], end[s, (available[s, 0] - 1) * columns + available[s, 1] - 1]
        n = _hull(points[:, low:high], high - low, order, hull)
        n, cut = _coarsen(hull, n, edges, _OUTWARDS, near)
        moved = max(moved, cut)
        for axis in range(2):
            for i in range(n):
                parts[0, axis, i] = hull[axis, i]
        n = _hull(parts[0], n, order, hull)
        if step % _LOOK == 0:
            change = max(change, _change(sets[s], sizes[s], hull, n))
        sizes[s] = n
        for axis in range(2):
            for i in range(n):
                sets[s, axis, i] = hull[axis, i]
            worst[s, axis] = max(worst[s, axis], _least(hull, n, axis))
    return change, moved


@jit(interpret=FEW)
def own_discounts_by_state(
    first: Array, second: Array, one: Array, two: Array, moves: Array, available: Array,
    discounts: Array, edges: int,
    limit: int, workspace: tuple[Any, ...], outer: Array, inner: Array, counts: Array, gaps: Array,
    flags: Array,
) -> None:  # fmt: skip
    """Payoff sets of stochastic games in which each player has a discount of its own.

    By the operator of Abreu, Pearce and Stacchetti on polygons of at most so many edges.

    Parameters
    ----------
    first, second, one, two, moves, available
        As for `common_discount_by_state`.
    discounts
        ``(games, 2)``.
    edges
        The most that a polygon keeps, 4 or more.
    limit
        Iterations a game, at most.
    workspace
        From `workspace_by_state`, with as many edges.
    outer, inner, counts, gaps, flags
        As for `common_discount_by_state`.
    """
    state, work, _plan, _ways, room, kept = workspace
    work = (*work, one, two)
    sizes, worst, used = state[1], state[2], state[3]
    columns = first.shape[3]
    for game in range(first.shape[0]):
        d, e = discounts[game, 0], discounts[game, 1]
        patience = max(d, e)
        slow = log(TIE) / log(patience) if patience > 0.0 else 0.0
        _box(game, first, second, available, kept, used)
        _restart(available, columns, kept, state)
        _punish(game, first, second, moves, available, d, e, sizes, worst, used)
        flag, gap, change, moved, near = LIMIT, np.inf, np.inf, 0.0, np.inf
        for step in range(limit):
            tick()
            near = _allowed(change, patience)
            found, moved = _generate(
                game, first, second, moves, available, d, e, 0.0, near, edges, step, state, work,
                room,
            )  # fmt: skip
            change = found if step % _LOOK == 0 or found == np.inf else change
            if change == np.inf and moved == np.inf:
                break
            # Cut edges never let it stand still; all else is over after so many steps.
            if max(change, near) <= _STILL or (step > slow and max(change, near) <= moved):
                break
        empty, some = _keep(state, kept), False
        for s in range(first.shape[1]):
            some |= kept[1][s] == 0
        if some and (1.0 - patience) * TIE < 2.0 * _ADDS_UP:
            # Or what is left was lost in rounding.
            _box(game, first, second, available, kept, used)
        elif empty:
            flag, gap = EMPTY, 0.0
        elif max(change, near) <= max(_LOOSE, moved):
            if max(change, moved, near) <= min(TIE, 0.5 * (1.0 - patience) * _CLOSE):
                flag = CLOSED
            for margin in _TIGHTER_OWN:
                enough = (1.0 - patience) * margin / 2.0
                for step in range(_PROOF_STEPS):
                    tick()
                    found, moved = _generate(
                        game, first, second, moves, available, d, e, margin, enough / 8.0, edges,
                        1, state, work, room,
                    )  # fmt: skip
                    if found == np.inf or moved > enough:
                        break
                    if step % _LOOK > 0:
                        continue
                    error = _wanting(
                        game, first, second, moves, available, d, e, margin, state, work, room
                    )
                    if 2.0 * (error + _ROUNDING) <= (1.0 - patience) * (margin - _ROUNDING):
                        gap = _gap(state, kept)
                        break
                if gap < np.inf or found == np.inf:
                    break
            if gap <= _CLOSE:
                flag = STRICT
        gaps[game] = _write(game, flag, gap, available, columns, state, kept, outer, inner, counts)
        flags[game] = flag


@jit(interpret=FEW, allocates=True)
def hulls_by_state(
    points: Array, numbers: Array, outer: Array, counts: Array, inner: Array, sizes: Array,
    gaps: Array,
) -> None:  # fmt: skip
    """Hulls of known payoffs, state by state, and how far outer sets reach beyond them.

    Parameters
    ----------
    points
        ``(games, S, E, 2)``, of which the first so many count.
    numbers
        ``(games,)``.
    outer
        ``(games, S, V, 2)``.
    counts
        ``(games, S)``, numbers of vertices of the outer sets.
    inner
        ``(games, S, E + 1, 2)``, to be written: vertices.
    sizes
        ``(games, S)``, to be written: their numbers.
    gaps
        ``(games,)``, to be written; inf where nothing is known.
    """
    room = points.shape[2]
    some, order = np.empty((2, room)), np.empty(room, dtype=np.int64)
    hull, beyond = np.empty((2, room + 1)), np.empty((2, outer.shape[2]))
    for game in range(points.shape[0]):
        gaps[game] = 0.0 if numbers[game] > 0 else np.inf
        for s in range(points.shape[1]):
            for axis in range(2):
                for i in range(numbers[game]):
                    some[axis, i] = points[game, s, i, axis]
                for i in range(counts[game, s]):
                    beyond[axis, i] = outer[game, s, i, axis]
            n = _hull(some, numbers[game], order, hull) if numbers[game] > 0 else 0
            sizes[game, s] = n
            for i in range(n):
                inner[game, s, i, 0], inner[game, s, i, 1] = hull[0, i], hull[1, i]
            if n > 0:
                gaps[game] = max(gaps[game], _excess(beyond, counts[game, s], hull, n))
