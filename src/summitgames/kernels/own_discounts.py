"""Payoff sets of many repeated two-player games in which each player has a discount of its own.

Payoffs are normalised, and profiles, needs and polygons are meant, as in `payoff_sets`. With d the
pair of discounts, and d w, d l products player by player, a profile a and a continuation w give
(1 - d) g(a) + d w; where w leaves nobody a gain, w >= u + n(a). In a direction l that reaches
(1 - d) l g(a) + (d l) w: what is best in l goes on with what is best in d l, which is nearer to the
axis of the more patient player. So equilibria reach no further than the solution h of

    h(l) = max over a of (1 - d) l g(a) + min(h(d l), M(a, d l)),

M(a, m) being the most that m w can be for w >= u + n(a) in a set known to contain all equilibria.
From the axes of the patient player outwards, one direction after another, it is solved in a sweep.

A set is kept as a list of *ways*, unit vectors counterclockwise from the first axis, with the
*level* that it reaches in each, and the *corner* in which each way's line meets the next one's. The
axes are always among the ways. What is generated to reach a level is a *point* on the line. Where a
corner is far from the hull of all points, a way is added, at a right angle to the line between the
points beside it: so ways come to be those of the edges of the set, of which there may be infinitely
many, but few that matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import inline, jit
from summitgames.kernels.payoff_sets import (
    _ADDS_UP,
    _CLOSE,
    _INWARDS,
    _NEAR,
    _OUTWARDS,
    CLOSED,
    EMPTY,
    LIMIT,
    STRICT,
    TIE,
    _coarsen,
    _equilibria,
    _excess,
    _hull,
    _load,
    _stays,
    _tidy,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["own_discounts", "own_workspace"]

#: Numbers as variables have them: for literals numba compiles what they are handed to anew.
_NONE: Final[Any] = np.int64(0)
_EIGHT: Final[Any] = np.int64(8)
#: How far a corner may be from all points: at first, and by what factor that falls.
_COARSE: Final = 2.0**-8
_FINER: Final = 2.0**-4
#: In the end, times 1 - d; of simple sets, and where nothing is proved, to see whether a set
#: generates itself to within rounding.
_FINEST: Final = 2.0**-29
_ROUND: Final = 2.0**-43
#: By how much constraints are tightened for a proof; 0: given up.
_MARGINS: Final = (2.0**-29, 2.0**-31, 2.0**-33, 2.0**-36, 0.0)
#: Steps in which a proof has to succeed, by 1 - d, and at most.
_PROOF_STEPS: Final = 40
_MOST_PROOF_STEPS: Final = 2**15
#: More than all roundings of a step; levels are raised by less, so that a point is a polygon.
_ROUNDING: Final = 2.0**-47
_PAD: Final = 2.0**-49
#: Polygons of so few vertices lose those near the line between their neighbours.
_SIMPLE: Final = 16
#: Of others, which may be many, those on it.
_FLAT: Final = 2.0**-42
#: Sets of so few ways are made as sharp as floats allow.
_FEW: Final = 64
#: Ways that are added together at most, besides the one that is needed.
_CHAIN: Final = 16
#: Ways nearer to each other are the same.
_SAME: Final = 2.0**-40
#: A line that a corner is so near to has no edge: where it is, no float could tell.
_GRAZE: Final = 2.0**-51
#: By more than this no rounding makes corners disagree with lines.
_DISORDER: Final = 2.0**-43
#: Lengths below are none.
_TINY: Final = 2.0**-46
#: By how much lines are moved outwards where they would leave nothing.
_PADS: Final = (0.0, 2.0**-45, 2.0**-40)


def own_workspace(first: int, second: int, edges: int) -> tuple[Any, ...]:
    """Arrays that `own_discounts` works with, for games of a shape and sets of some edges.

    Parameters
    ----------
    first, second
        Numbers of actions.
    edges
        The most that a set has.

    Returns
    -------
    tuple
        Of profiles: payoffs, needs, the best that a deviation gains, which are in use and which
        without constraints, lines and the points of the set on them; ways, levels, corners, points,
        and others of each; and room for polygons.
    """
    profiles = first * second
    room = edges + 8
    size = max(room, profiles) + 8
    return (
        (
            np.empty((2, profiles)),
            np.empty((2, profiles)),
            np.empty((2, profiles)),
            np.empty(profiles, dtype=np.int64),
            np.empty(profiles, dtype=np.bool_),
            np.empty((2, profiles)),
            np.empty((profiles, 2, 4)),
            np.empty(profiles, dtype=np.int64),
        ),
        (
            np.empty((2, room)),
            np.empty(room),
            np.empty((2, room)),
            np.empty((2, room)),
            np.empty(room),
            np.empty(5, dtype=np.int64),
        ),
        (
            np.empty((2, room)),
            np.empty(room),
            np.empty((2, room)),
            np.empty(room, dtype=np.int64),
            np.empty((2, room)),
        ),
        (np.empty((2, room)), np.empty(room)),
        (np.empty((2, size)), np.empty(size, dtype=np.int64), np.empty((3, 2, size))),
    )


@inline
def _touch(corner: Array, n: int, line_x: float, line_y: float, tie: float, touch: Array) -> int:
    """Write the ends of a set's parts on two lines that satisfy the other line's constraint.

    Their number; -1 where no corner violates a constraint.
    """
    low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
    for i in range(n):
        low_x, high_x = min(low_x, corner[0, i]), max(high_x, corner[0, i])
        low_y, high_y = min(low_y, corner[1, i]), max(high_y, corner[1, i])
    if low_x >= line_x and low_y >= line_y:
        return -1
    if not (line_x <= high_x + tie and line_y <= high_y + tie):
        return 0
    bottom, top, left, right = np.inf, -np.inf, np.inf, -np.inf
    px, py = corner[0, n - 1], corner[1, n - 1]
    for i in range(n):
        qx, qy = corner[0, i], corner[1, i]
        before, after = px - line_x, qx - line_x
        if abs(after) <= tie:
            bottom, top = min(bottom, qy), max(top, qy)
        elif (before < 0.0) != (after < 0.0) and abs(before) > tie:
            at = py + (qy - py) * (before / (before - after))
            bottom, top = min(bottom, at), max(top, at)
        before, after = py - line_y, qy - line_y
        if abs(after) <= tie:
            left, right = min(left, qx), max(right, qx)
        elif (before < 0.0) != (after < 0.0) and abs(before) > tie:
            at = px + (qx - px) * (before / (before - after))
            left, right = min(left, at), max(right, at)
        px, py = qx, qy
    m = 0
    if top >= line_y - tie:
        at = min(max(line_x, low_x), high_x)
        for end in (top, max(bottom, min(line_y, top))):
            touch[0, m], touch[1, m] = at, end
            m += 1
    if right >= line_x - tie:
        at = min(max(line_y, low_y), high_y)
        for end in (right, max(left, min(line_x, right))):
            touch[0, m], touch[1, m] = end, at
            m += 1
    return m


@inline
def _ready(
    count: int, n: int, margin: float, games: tuple[Array, ...], state: tuple[Array, ...]
) -> int:
    """Write lines and what is on them; the number of profiles in use, from `count` on downwards.

    Where nobody gains by leaving a profile, whatever follows will do: no constraint.
    """
    _pay, need, _best, used, free, line, touch, touches = games
    _way, level, corner, _point, _fresh, axis = state
    tie = TIE if margin == 0.0 else 0.0
    kept = 0
    for t in range(count):
        a = used[t]
        for i in range(2):
            line[i, a] = -np.inf
            if need[i, a] > 0.0:
                line[i, a] = need[i, a] - level[axis[2 + i]] + margin
        m = _touch(corner, n, line[0, a], line[1, a], tie, touch[a])
        free[a], touches[a] = m < 0, m
        if m != 0:
            used[kept] = a
            kept += 1
    return kept


@inline
def _try(
    way_x: float, way_y: float, d: float, e: float, count: int, here_x: float, here_y: float,
    onward: float, own: float, margin: float, games: tuple[Array, ...], found: Array,
) -> float:  # fmt: skip
    """How far the profiles in use reach in a direction, and the point that does: into `found`.

    What goes on best reaches `onward`, and besides `own` times what is sought; it is at a corner.
    """
    pay, _need, _best, used, free, line, touch, touches = games
    tie = TIE if margin == 0.0 else 0.0
    now_x, now_y, then_x, then_y = (1.0 - d) * way_x, (1.0 - e) * way_y, d * way_x, e * way_y
    most, chosen, how = -np.inf, -1, -1
    for t in range(count):
        a = used[t]
        now = now_x * pay[0, a] + now_y * pay[1, a]
        reach, at = (now + onward) / (1.0 - own), -1
        if reach <= most:
            continue
        if not (free[a] or (here_x >= line[0, a] - tie and here_y >= line[1, a] - tie)):
            stop = -np.inf
            for i in range(touches[a]):
                value = then_x * touch[a, 0, i] + then_y * touch[a, 1, i]
                if value > stop:
                    stop, at = value, i
            reach = min(reach, now + stop)
        if reach > most:
            most, chosen, how = reach, a, at
    after_x = here_x if how < 0 else touch[chosen, 0, how]
    after_y = here_y if how < 0 else touch[chosen, 1, how]
    found[0] = (1.0 - d) * pay[0, chosen] + d * after_x
    found[1] = (1.0 - e) * pay[1, chosen] + e * after_y
    return most


@inline
def _on_axis(
    k: int, side: int, d: float, e: float, count: int, n: int, margin: float,
    games: tuple[Array, ...], state: tuple[Array, ...], found: Array,
) -> float:  # fmt: skip
    """As `_try`, for an axis: what is best there goes on with what is best there."""
    pay, need, best, used, free, line, touch, touches = games
    level, corner = state[1], state[2]
    player = side % 2
    discount = d if player == 0 else e
    sign = 1.0 if side < 2 else -1.0
    tie = TIE if margin == 0.0 else 0.0
    before = k - 1 if k > 0 else n - 1
    most, chosen, after_x, after_y = -np.inf, -1, 0.0, 0.0
    for t in range(count):
        a = used[t]
        x, y, stop = corner[0, k], corner[1, k], level[k]
        if not free[a]:
            if not (x >= line[0, a] - tie and y >= line[1, a] - tie):
                x, y = corner[0, before], corner[1, before]
            if not (x >= line[0, a] - tie and y >= line[1, a] - tie):
                stop = -np.inf
                for i in range(touches[a]):
                    value = sign * touch[a, player, i]
                    if value > stop:
                        stop, x, y = value, touch[a, 0, i], touch[a, 1, i]
        now = sign * pay[player, a]
        reach = min(now, (1.0 - discount) * now + discount * stop)
        if side >= 2 and need[player, a] > 0.0:
            reach = min(reach, -best[player, a] - margin * discount / (1.0 - discount))
        if reach > most:
            most, chosen, after_x, after_y = reach, a, x, y
    found[0] = (1.0 - d) * pay[0, chosen] + d * after_x
    found[1] = (1.0 - e) * pay[1, chosen] + e * after_y
    return most


@inline
def _sweep(
    d: float, e: float, count: int, n: int, margin: float, games: tuple[Array, ...],
    state: tuple[Array, ...], found: Array,
) -> None:  # fmt: skip
    """Solve for how far all ways reach, given the corners: into `fresh`, with points."""
    way, level, corner, point, fresh, axis = state
    for side in range(4):
        k = axis[side]
        reach = _on_axis(k, side, d, e, count, n, margin, games, state, found)
        fresh[k] = min(reach, level[k])
        point[0, k], point[1, k] = found[0], found[1]
    patient = 0 if d >= e else 1
    for side in range(4):
        low, high = axis[side], axis[side + 1]
        up = side % 2 == patient
        j = low if up else high - 1
        for t in range(high - low - 1):
            k = low + 1 + t if up else high - 1 - t
            then_x, then_y = d * way[0, k], e * way[1, k]
            if up:
                while j + 1 < k and way[0, j + 1] * then_y - way[1, j + 1] * then_x > 0.0:
                    j += 1
            else:
                while j > k and then_x * way[1, j] - then_y * way[0, j] > 0.0:
                    j -= 1
            nxt = j + 1 if j + 1 < n else 0
            turn = way[0, j] * way[1, nxt] - way[1, j] * way[0, nxt]
            # By one share and what is left: nearly parallel ways leave digits for one alone.
            other = max(way[0, j] * then_y - way[1, j] * then_x, 0.0) / turn
            one = then_x * way[0, j] + then_y * way[1, j]
            one -= other * (way[0, j] * way[0, nxt] + way[1, j] * way[1, nxt])
            own, onward = 0.0, 0.0
            if j == k:
                own = one
            else:
                onward += one * fresh[j]
            if nxt == k:
                own = other
            else:
                onward += other * fresh[nxt]
            reach = _try(
                way[0, k], way[1, k], d, e, count, corner[0, j], corner[1, j], onward, own,
                margin, games, found,
            )  # fmt: skip
            fresh[k] = min(reach, level[k])
            point[0, k], point[1, k] = found[0], found[1]


@inline
def _look(
    d: float, e: float, count: int, n: int, margin: float, games: tuple[Array, ...],
    state: tuple[Array, ...], found: Array,
) -> None:  # fmt: skip
    """Write the points that are generated from the set as it is, in all ways."""
    way, _level, _corner, point, _fresh, axis = state
    for side in range(4):
        k = axis[side]
        _on_axis(k, side, d, e, count, n, margin, games, state, found)
        point[0, k], point[1, k] = found[0], found[1]
    for side in range(4):
        for k in range(axis[side] + 1, axis[side + 1]):
            _in_way(way[0, k], way[1, k], d, e, count, margin, games, state, found)
            point[0, k], point[1, k] = found[0], found[1]


@inline
def _in_way(
    way_x: float, way_y: float, d: float, e: float, count: int, margin: float,
    games: tuple[Array, ...], state: tuple[Array, ...], found: Array,
) -> float:  # fmt: skip
    """As `_try`, for a direction that is no axis, going on from the set as it is."""
    way, _level, corner, _point, _fresh, axis = state
    then_x, then_y = d * way_x, e * way_y
    side = (0 if way_y > 0.0 else 3) if way_x > 0.0 else (1 if way_y > 0.0 else 2)
    low, high = axis[side], axis[side + 1]
    while high - low > 1:
        middle = (low + high) // 2
        if way[0, middle] * then_y - way[1, middle] * then_x > 0.0:
            low = middle
        else:
            high = middle
    x, y = corner[0, low], corner[1, low]
    return _try(way_x, way_y, d, e, count, x, y, then_x * x + then_y * y, 0.0, margin, games, found)


@inline
def _bound(n: int, pad: float, state: tuple[Array, ...], spare: tuple[Array, ...]) -> bool:
    """Write the corners of the set that lines bound, and the levels that it reaches.

    False where lines leave nothing; then nothing is changed.
    """
    way, level, corner = state[0], state[1], state[2]
    meet, stack = spare[2], spare[3]
    first, last = 0, -1
    for k in range(n):
        x, y, high = way[0, k], way[1, k], level[k] + pad
        while last > first and x * meet[0, last - 1] + y * meet[1, last - 1] > high - _GRAZE:
            last -= 1
        while last > first and x * meet[0, first] + y * meet[1, first] > high - _GRAZE:
            first += 1
        if last >= first:
            i = stack[last]
            turn = way[0, i] * y - way[1, i] * x
            if turn <= 0.0:
                return False
            base = level[i] + pad
            t = (high - base * (way[0, i] * x + way[1, i] * y)) / turn
            meet[0, last] = base * way[0, i] - t * way[1, i]
            meet[1, last] = base * way[1, i] + t * way[0, i]
        last += 1
        stack[last] = k
    while last - first > 1:
        k = stack[first]
        over = way[0, k] * meet[0, last - 1] + way[1, k] * meet[1, last - 1]
        over -= level[k] + pad - _GRAZE
        if over <= 0.0:
            break
        last -= 1
    while last - first > 1:
        k = stack[last]
        over = way[0, k] * meet[0, first] + way[1, k] * meet[1, first]
        over -= level[k] + pad - _GRAZE
        if over <= 0.0:
            break
        first += 1
    if last - first < 2:
        return False
    i, k = stack[last], stack[first]
    x, y, high = way[0, k], way[1, k], level[k] + pad
    turn = way[0, i] * y - way[1, i] * x
    if turn <= 0.0:
        return False
    base = level[i] + pad
    t = (high - base * (way[0, i] * x + way[1, i] * y)) / turn
    meet[0, last] = base * way[0, i] - t * way[1, i]
    meet[1, last] = base * way[1, i] + t * way[0, i]
    before = last
    for s in range(first, last + 1):  # no edge may lead backwards
        k = stack[s]
        ahead = (meet[1, s] - meet[1, before]) * way[0, k]
        ahead -= (meet[0, s] - meet[0, before]) * way[1, k]
        if ahead < 0.0:
            i, j = stack[before], stack[s + 1 if s < last else first]
            turn = abs(way[0, i] * way[1, k] - way[1, i] * way[0, k])
            turn = min(turn, abs(way[0, j] * way[1, k] - way[1, j] * way[0, k]))
            if -ahead * turn > _DISORDER:
                return False
        before = s
    s = last
    for k in range(n):
        nxt = s + 1 if s < last else first
        if stack[nxt] == k:
            s = nxt
            level[k] += pad
        else:
            reach = way[0, k] * meet[0, s] + way[1, k] * meet[1, s]
            if reach > level[k] + pad + _DISORDER:
                return False
            level[k] = min(reach, level[k] + pad)
        corner[0, k], corner[1, k] = meet[0, s], meet[1, s]
    return True


@inline
def _apart(x: float, y: float, px: float, py: float, qx: float, qy: float) -> float:
    """Distance of a point from a segment."""
    dx, dy = qx - px, qy - py
    square = dx * dx + dy * dy
    share = ((x - px) * dx + (y - py) * dy) / square if square > 0.0 else 0.0
    share = min(max(share, 0.0), 1.0)
    return float(np.hypot(x - px - share * dx, y - py - share * dy))


@inline
def _top(way_x: float, way_y: float, polygon: Array, k: int, at: int) -> int:
    """The vertex of a polygon that reaches farthest in a direction, from another one onwards."""
    high = way_x * polygon[0, at] + way_y * polygon[1, at]
    best = at
    for _ in range(k):
        at = at + 1 if at + 1 < k else 0
        here = way_x * polygon[0, at] + way_y * polygon[1, at]
        if here < high:
            break
        high, best = here, at
    return best


@inline
def _beside(x: float, y: float, polygon: Array, k: int, at: int) -> float:
    """Distance of a point outside from a polygon, looked for around a vertex; never too little."""
    least = np.inf
    for way in (1, -1):
        j = at if way == 1 else at - 1
        if j < 0:
            j = k - 1
        nearest = np.inf
        for _ in range(k):
            nxt = j + 1 if j + 1 < k else 0
            far = _apart(x, y, polygon[0, j], polygon[1, j], polygon[0, nxt], polygon[1, nxt])
            nearest = min(nearest, far)
            if far > 2.0 * nearest + _TINY:
                break
            j += way
            if j == k:
                j = 0
            elif j < 0:
                j = k - 1
        least = min(least, nearest)
    return least


@inline
def _add(
    d: float, e: float, count: int, n: int, most: int, near: float, margin: float,
    games: tuple[Array, ...], state: tuple[Array, ...], spare: tuple[Array, ...],
    room: tuple[Array, ...], found: Array,
) -> tuple[int, float]:  # fmt: skip
    """Add ways where corners are farther than `near` from all points.

    The number of ways, and the farthest that a corner was from points, those of new ways included.
    """
    way, level, corner, point, _fresh, _axis = state
    ways, levels, points = spare[0], spare[1], spare[4]
    order, hull = room[1], room[2][2]
    size = _hull(point, n, order, hull)
    at = _NONE
    for k in range(size):
        at = k if hull[0, k] > hull[0, at] else at
    m, worst, added = _NONE, 0.0, False
    for k in range(n):
        ways[0, m], ways[1, m], levels[m] = way[0, k], way[1, k], level[k]
        points[0, m], points[1, m] = point[0, k], point[1, k]
        m += 1
        nxt = k + 1 if k + 1 < n else 0
        x, y = corner[0, k], corner[1, k]
        if k == 0 or x != corner[0, k - 1] or y != corner[1, k - 1]:
            added = False
        at = _top(way[0, k], way[1, k], hull, size, at)
        away = _beside(x, y, hull, size, at)
        if away <= near:
            worst = max(worst, away)
            continue
        turn = way[0, k] * way[1, nxt] - way[1, k] * way[0, nxt]
        if added or turn <= 2.0 * _SAME:  # one way a corner at a time
            worst = max(worst, away)
            continue
        dx, dy = point[0, nxt] - point[0, k], point[1, nxt] - point[1, k]
        length = np.hypot(dx, dy)
        mx, my = 0.0, 0.0
        if length > _TINY:
            mx, my = dy / length, -dx / length
        if not (way[0, k] * my - way[1, k] * mx > _SAME
                and mx * way[1, nxt] - my * way[0, nxt] > _SAME):  # fmt: skip
            if x == corner[0, nxt] and y == corner[1, nxt]:
                worst = max(worst, away)
                continue
            mx, my = way[0, k] + way[0, nxt], way[1, k] + way[1, nxt]
            length = np.hypot(mx, my)
            mx, my = mx / length, my / length
        reach = _in_way(mx, my, d, e, count, margin, games, state, found)
        worst = max(worst, min(away, np.hypot(x - found[0], y - found[1])))
        if m + n - k < most:
            cut = max(mx * x + my * y - reach, 0.0)
            # Edges come in chains, l being followed by what d takes to l: a stretch of it at once.
            side = (0 if my > 0.0 else 3) if mx > 0.0 else (1 if my > 0.0 else 2)
            up = side % 2 == (0 if d >= e else 1)
            links, last_x, last_y = 0, mx, my
            while links < _CHAIN and m + 1 + links + n - k < most:
                share = (min(d, e) / max(d, e)) ** (links + 1)
                lx, ly = (mx * share, my) if d >= e else (mx, my * share)
                length = np.hypot(lx, ly)
                lx, ly = lx / length, ly / length
                if up and lx * way[1, nxt] - ly * way[0, nxt] <= _SAME:
                    break
                if not up and way[0, k] * ly - way[1, k] * lx <= _SAME:
                    break
                if away * min(d, e) ** (links + 1) <= near:
                    break
                if abs(last_x * ly - last_y * lx) <= _SAME:  # discounts that are nearly equal
                    break
                last_x, last_y = lx, ly
                links += 1
            for t in range(links + 1):
                i = t if up else links - t
                share = (min(d, e) / max(d, e)) ** i
                lx, ly = (mx * share, my) if d >= e else (mx, my * share)
                length = np.hypot(lx, ly) if i > 0 else 1.0
                ways[0, m], ways[1, m] = lx / length, ly / length
                levels[m] = ways[0, m] * x + ways[1, m] * y - (cut if i == 0 else 0.0)
                points[0, m], points[1, m] = found[0], found[1]
                m += 1
            added = True
    if m > n:
        for k in range(m):
            way[0, k], way[1, k], level[k] = ways[0, k], ways[1, k], levels[k]
            point[0, k], point[1, k] = points[0, k], points[1, k]
        _find_axes(m, state)
    return m, worst


@inline
def _find_axes(n: int, state: tuple[Array, ...]) -> None:
    """Write where among the ways the axes are."""
    way, axis = state[0], state[5]
    for k in range(n):
        if way[1, k] == 0.0:
            axis[0 if way[0, k] > 0.0 else 2] = k
        elif way[0, k] == 0.0:
            axis[1 if way[1, k] > 0.0 else 3] = k
    axis[4] = n


@inline
def _start(games: tuple[Array, ...], state: tuple[Array, ...], spare: tuple[Array, ...]) -> int:
    """Write the box of payoffs, with ways between its sides; the number of ways."""
    pay, way, level = games[0], state[0], state[1]
    half = np.sqrt(0.5)
    high_x, high_y = 0.0, 0.0
    for a in range(pay.shape[1]):
        high_x, high_y = max(high_x, pay[0, a]), max(high_y, pay[1, a])
    for k in range(_EIGHT):
        x = 0.0 if k % 4 == 2 else 1.0 if k in (0, 1, 7) else -1.0
        y = 0.0 if k % 4 == 0 else 1.0 if k < 4 else -1.0
        size = 1.0 if k % 2 == 0 else half
        way[0, k], way[1, k] = size * x, size * y
        level[k] = size * (max(x, 0.0) * high_x + max(y, 0.0) * high_y) + _PAD
    _find_axes(_EIGHT, state)
    _bound(_EIGHT, 0.0, state, spare)
    return int(_EIGHT)


@inline
def _step(
    d: float, e: float, count: int, n: int, margin: float, games: tuple[Array, ...],
    state: tuple[Array, ...], spare: tuple[Array, ...], found: Array,
) -> tuple[int, float]:  # fmt: skip
    """Cut the set by what can be generated in all ways; profiles in use, and how far it moved.

    No profiles where nothing is left.
    """
    level, fresh = state[1], state[4]
    count = _ready(count, n, margin, games, state)
    if count == 0:
        return _NONE, 0.0
    _sweep(d, e, count, n, margin, games, state, found)
    for k in range(n):
        level[k], fresh[k] = min(fresh[k] + _PAD, level[k]), level[k]
    bounded = False
    for pad in _PADS:
        bounded = _bound(n, pad, state, spare)
        if bounded:
            break
    if not bounded:
        return _NONE, 0.0
    change = 0.0
    for k in range(n):
        change = max(change, fresh[k] - level[k])
    return count, change


@inline
def _thin(n: int, near: float, state: tuple[Array, ...], spare: tuple[Array, ...]) -> int:
    """Drop ways that hardly cut anything off, of two neighbours one; the number of those left."""
    way, level, _corner, point, _fresh, axis = state
    m, side, waits = _NONE, 0, True
    for k in range(n):
        drops = False
        if side < 4 and axis[side] == k:
            side += 1
        else:
            i, j = m - 1, k + 1 if k + 1 < n else 0
            turn = way[0, i] * way[1, j] - way[1, i] * way[0, j]
            if turn > 0.0:
                t = (level[j] - level[i] * (way[0, i] * way[0, j] + way[1, i] * way[1, j])) / turn
                x, y = level[i] * way[0, i] - t * way[1, i], level[i] * way[1, i] + t * way[0, i]
                depth = way[0, k] * x + way[1, k] * y - level[k]
                drops = depth <= (_GRAZE if waits else near)
                waits = drops and depth > _GRAZE
        if not drops:
            waits = False
            way[0, m], way[1, m], level[m] = way[0, k], way[1, k], level[k]
            point[0, m], point[1, m] = point[0, k], point[1, k]
            m += 1
    if m < n:
        _find_axes(m, state)
        _bound(m, 0.0, state, spare)
    return int(m)


@inline
def _farthest(outer: Array, n: int, inner: Array, k: int) -> float:
    """As `_excess`, for polygons of many edges that lie close to each other; never too little."""
    if n < 3 or k < 3:
        return _excess(outer, n, inner, k)
    most, at = 0.0, _NONE
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        way_x, way_y = outer[1, j] - outer[1, i], outer[0, i] - outer[0, j]
        if i == 0:
            for t in range(k):
                here = way_x * inner[0, t] + way_y * inner[1, t]
                at = t if here > way_x * inner[0, at] + way_y * inner[1, at] else at
        at = _top(way_x, way_y, inner, k, at)
        most = max(most, _beside(outer[0, i], outer[1, i], inner, k, at))
    return most


@inline
def _shape(
    n: int, edges: int, way: int, state: tuple[Array, ...], room: tuple[Array, ...], polygon: Array
) -> int:  # fmt: skip
    """Write a set as a polygon, with no more edges than it needs; its number of vertices."""
    points, order = room[0], room[1]
    for i in range(n):
        points[0, i], points[1, i] = state[2][0, i], state[2][1, i]
    size = _hull(points, n, order, polygon)
    if size > _SIMPLE:
        size = _tidy(polygon, size, _NEAR if way == _INWARDS else _FLAT)
        size, _moved = _coarsen(polygon, size, edges, way, _NEAR)
    return _tidy(polygon, size, _NEAR if size <= _SIMPLE or way == _INWARDS else _FLAT)


@inline
def _restart(
    n: int, games: tuple[Array, ...], state: tuple[Array, ...], spare: tuple[Array, ...],
    kept: tuple[Array, ...],
) -> None:  # fmt: skip
    """Go back to a set that was kept, with all profiles in use."""
    used, way, level = games[3], state[0], state[1]
    for i in range(n):
        way[0, i], way[1, i], level[i] = kept[0][0, i], kept[0][1, i], kept[1][i]
    _find_axes(n, state)
    _bound(n, 0.0, state, spare)
    for a in range(len(used)):
        used[a] = a


@inline
def _close(
    d: float, e: float, count: int, n: int, edges: int, last: float, limit: int, steps: int,
    games: tuple[Array, ...], state: tuple[Array, ...], spare: tuple[Array, ...],
    room: tuple[Array, ...], found: Array,
) -> tuple[int, int, int]:  # fmt: skip
    """Cut a set until it stands still, with ways as fine as `last`.

    Profiles in use, 0 where nothing is left; the number of ways; and steps, `limit` where that
    ended it.
    """
    patience = max(d, e)
    near, full = _COARSE if n == 8 else (1.0 - patience) * _FINEST, False
    while steps < limit:
        steps += 1
        count, change = _step(d, e, count, n, 0.0, games, state, spare, found)
        if count == 0:
            return 0, n, steps
        if change > ((1.0 - patience) * near if full else near):
            continue
        m, _error = _add(d, e, count, n, edges, near, 0.0, games, state, spare, room, found)
        if m > n:
            n, full = m, False
            _bound(n, 0.0, state, spare)
        elif near > last:
            near = max(near * _FINER, last)
            n = _thin(n, near / 8.0, state, spare)
        elif full or change <= (1.0 - patience) * near:
            return count, _thin(n, near / 8.0, state, spare), steps
        else:
            full = True
    return count, n, limit + 1


@inline
def _prove(
    d: float, e: float, n: int, edges: int, margin: float, games: tuple[Array, ...],
    state: tuple[Array, ...], spare: tuple[Array, ...], room: tuple[Array, ...], found: Array,
) -> int:  # fmt: skip
    """Cut a set, with constraints tightened, until what is left consists of equilibrium payoffs.

    Let every point of the set be generated from it to within `error`, constraints being tightened
    by 2 error / (1 - d). Whoever then plays as if that were exact gets payoffs within error / (1 -
    d) of these points, after every history, and a deviation gains nothing: these are equilibrium
    payoffs. As they are a convex set, so is all that lies as deep within the set. The number of its
    ways; 0 where that is not reached.
    """
    count, patience, full = len(games[3]), max(d, e), False
    level = state[1]
    enough = (1.0 - patience) * margin / 2.0
    for _ in range(int(min(_PROOF_STEPS / (1.0 - patience), _MOST_PROOF_STEPS))):
        count, change = _step(d, e, count, n, margin, games, state, spare, found)
        if count == 0:
            return 0
        if change > (enough / 8.0 if full else enough):
            continue
        count = _ready(count, n, margin, games, state)
        if count == 0:
            return 0
        _look(d, e, count, n, margin, games, state, found)
        m, error = _add(
            d, e, count, n, edges, 0.75 * enough, margin, games, state, spare, room, found
        )  # fmt: skip
        least = 2.0 * (error + _ROUNDING)
        if m == n and least <= (1.0 - patience) * (margin - _ROUNDING):
            away = np.hypot(error / (1.0 - d), error / (1.0 - e))
            for i in range(n):
                level[i] -= away + _ROUNDING
            return n if _bound(n, 0.0, state, spare) else 0
        if m == n and full and m + 1 >= edges:  # no room
            return 0
        full = m == n
        n = m
        _bound(n, 0.0, state, spare)
    return 0


@jit(allocates=True)
def own_discounts(
    first: Array, second: Array, one: Array, two: Array, discounts: Array, edges: int, limit: int,
    work: tuple[Any, ...], outer: Array, inner: Array, counts: Array, gaps: Array, flags: Array,
) -> None:  # fmt: skip
    """Payoff sets of games in which each player has a discount of its own.

    Parameters
    ----------
    first, second
        ``(games, k_1, k_2)``, normalised payoffs.
    one, two
        As for `common_discount`.
    discounts
        ``(games, 2)``.
    edges
        The most that a set has, 8 or more.
    limit
        Iterations a game, at most.
    work
        From `own_workspace`.
    outer, inner, counts, gaps, flags
        As for `common_discount`, V being at least `edges`. With LIMIT, the gap may be all that is
        wanting.
    """
    games, state, spare, kept, room = work
    pay, need, best, used = games[0], games[1], games[2], games[3]
    way, level = state[0], state[1]
    points, order, polygons = room
    profiles = first.shape[1] * first.shape[2]
    found = np.empty(2)
    for game in range(first.shape[0]):
        d, e = discounts[game, 0], discounts[game, 1]
        patience = max(d, e)
        _load(d, e, first, second, one, two, game, pay, need)
        for a in range(profiles):
            used[a] = a
            for i in range(2):
                discount = d if i == 0 else e
                gain = need[i, a] * (discount / (1.0 - discount)) if discount > 0.0 else 0.0
                best[i, a] = pay[i, a] + gain
        n, count, steps, start = _start(games, state, spare), profiles, _NONE, _NONE
        flag, k, gap, size = LIMIT, _NONE, np.inf, _NONE
        for stage in range(3):  # rough; sharp where that is simple, and the proof; sharp without
            if stage != 1 or n <= _FEW:
                last = (1.0 - patience) * (_FINEST if stage == 0 else _ROUND)
                count, n, steps = _close(
                    d, e, count, n, edges, last, limit, steps, games, state, spare, room, found
                )  # fmt: skip
            if count == 0:
                if k == 0 and (1.0 - patience) * TIE >= 2.0 * _ADDS_UP:
                    flag, gap, size = EMPTY, 0.0, _NONE
                elif k == 0:  # or all that is left was lost in rounding
                    n = _start(games, state, spare)
                    size = _shape(n, edges, _OUTWARDS, state, room, polygons[0])
                break
            if stage == 0 and steps <= limit:
                continue
            size = _shape(n, edges, _OUTWARDS, state, room, polygons[0])
            if steps > limit:
                break
            if stage == 2:
                count = _ready(count, n, 0.0, games, state)
                _look(d, e, count, n, 0.0, games, state, found)
                _m, error = _add(
                    d, e, count, n, _NONE, 0.0, 0.0, games, state, spare, room, found
                )  # fmt: skip
                least = 2.0 * (error + _ROUNDING)
                # What is lacking in every step adds up.
                enough = max((1.0 - patience) * TIE, 4.0 * _ROUNDING)
                if least <= min(enough, (1.0 - patience) * _CLOSE):
                    flag, k, gap = CLOSED, size, 0.0
                    for i in range(size):
                        polygons[1, 0, i], polygons[1, 1, i] = polygons[0, 0, i], polygons[0, 1, i]
                break
            start = n
            for i in range(n):
                kept[0][0, i], kept[0][1, i], kept[1][i] = way[0, i], way[1, i], level[i]
                points[0, i], points[1, i] = state[2][0, i], state[2][1, i]
            n = _hull(points, n, order, polygons[2])
            k = _stays(pay, need, used, count, polygons[2], n, points, order, polygons[1])
            if k > 0:
                gap = _excess(polygons[0], size, polygons[1], k)
            for margin in _MARGINS:
                if gap <= _CLOSE:
                    flag = STRICT
                    break
                _restart(start, games, state, spare, kept)
                if margin == 0.0:
                    break
                n = _prove(d, e, start, edges, margin, games, state, spare, room, found)
                if n > 0:
                    k = _shape(n, edges, _INWARDS, state, room, polygons[1])
                    gap = _farthest(polygons[0], size, polygons[1], k)
            if flag == STRICT:
                break
            n, count = start, profiles
        if flag == LIMIT:
            if k == 0:
                k = _equilibria(pay, need, points, order, polygons[1])
                k = _tidy(polygons[1], k, _NEAR) if k > 0 else k
            gap = _farthest(polygons[0], size, polygons[1], k) if k > 0 else np.inf
            flag = STRICT if gap <= _CLOSE else LIMIT
        for i in range(size):
            outer[game, i, 0], outer[game, i, 1] = polygons[0, 0, i], polygons[0, 1, i]
        for i in range(k):
            inner[game, i, 0], inner[game, i, 1] = polygons[1, 0, i], polygons[1, 1, i]
        counts[game, 0], counts[game, 1], gaps[game], flags[game] = size, k, gap, flag
