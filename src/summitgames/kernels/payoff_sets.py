"""Subgame-perfect payoff sets of many repeated two-player games, by operators on convex polygons.

Payoffs are normalised before they come here, each player's to begin at 0 and to spread over 1/2 to
1 (or nothing): what counts as equal needs no unit. Payoffs of play are averages, weighted by the
discount. A *profile* a is a pair of actions, numbered row by row; it pays g(a), and a player gains
h(a) at most by deviating from it once. Where the worst payoffs that can follow are u, play of a may
be followed by w only if w >= u + n(a), with the *need* n(a) = (1 - d) / d h(a).

A *polygon* is an array ``(2, size)`` of which the first n columns are vertices, counterclockwise
from the leftmost one, of them the lowest; a point and a segment are polygons of one and two
vertices. Decisions allow for rounding (`TIE`), positions do not: no polygon grows from step to step
but by rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit, tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = [
    "CLOSED",
    "EMPTY",
    "LIMIT",
    "STRICT",
    "TIE",
    "common_discount",
    "workspace",
]

#: What became of a game: the set is known and its inner approximation proved; known to within
#: `TIE`; there is none; the limit of iterations was reached first.
STRICT: Final = 0
CLOSED: Final = 1
EMPTY: Final = 2
LIMIT: Final = 3

#: By how much a continuation payoff may fall short of what is needed and still do.
TIE: Final = 2.0**-40
#: What rounding adds up to, in the end, times 1 - d, where steps do not round outwards: no set is
#: proved empty by less than twice as much.
_ADDS_UP: Final = 2.0**-51
#: A set that moves by less in a step stands still.
_STILL: Final = 2.0**-46
#: One that moves by more does so plainly.
_PLAIN: Final = 2.0**-36
#: By how much everything has to hold in a proof: more than all roundings of a step.
_MARGIN: Final = 2.0**-48
#: By how much the outer set is shrunk to start the proof, as a share of its size; what is tried.
_SHRINK: Final = (2.0**-29, 2.0**-33)
#: Steps after which it is looked whether a polygon of many edges moved.
_LOOK: Final = 8
#: Distance from the outer set up to which an inner one counts.
_CLOSE: Final = 2.0**-26
#: Steps in which a shrunk set has to begin to grow.
_PROOF_STEPS: Final = 64
#: In these steps constraints are tightened by less and less, again and again: so do vertices move
#: outwards whose place nothing else decides.
_LOOSE: Final = 2.0**-38
_FALL: Final = 0.7
_CYCLE: Final = 16
#: Steps by which the hull of stage equilibria is grown where nothing better is known.
_GROWTH_STEPS: Final = 1000
#: Ways in which a polygon loses vertices.
_OUTWARDS: Final[Any] = np.int64(0)
_INWARDS: Final[Any] = np.int64(1)
#: Vertices nearer to each other, or to the line between their neighbours, are one.
_NEAR: Final = 2.0**-38


def workspace(first: int, second: int) -> tuple[Any, ...]:
    """Arrays that `common_discount` works with, for games of a shape.

    Parameters
    ----------
    first, second
        Numbers of actions.

    Returns
    -------
    tuple
        Payoffs and needs of the profiles, profiles in use, generated points with the profiles that
        generate them, an order of these, and four polygons.
    """
    profiles = first * second
    points = 8 * profiles + 4
    return (
        np.empty((2, profiles)),
        np.empty((2, profiles)),
        np.empty(profiles, dtype=np.int64),
        np.empty((2, points)),
        np.empty(points, dtype=np.int64),
        np.empty(points, dtype=np.int64),
        np.empty((4, 2, points + 1)),
    )


@inline
def _sort(points: Array, count: int, order: Array) -> None:
    """Order of points from left to right, those above each other upwards (Shell's sort)."""
    for i in range(count):
        order[i] = i
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            k = order[i]
            x, y = points[0, k], points[1, k]
            j = i
            while j >= gap:
                other = order[j - gap]
                if points[0, other] < x or (points[0, other] == x and points[1, other] <= y):
                    break
                order[j] = other
                j -= gap
            order[j] = k
        gap //= 3


@inline(allocates=True)
def _hull(points: Array, count: int, order: Array, polygon: Array) -> int:
    """Write the convex hull of points (Andrew's monotone chain); its number of vertices.

    `order` is left with the points that are the vertices. A point on an edge is none, as far as
    floats can tell.
    """
    _sort(points, count, order)
    n, base = 0, 1
    kept = np.empty(count + 1, dtype=np.int64)
    for t in range(2 * count - 1):
        k = order[t] if t < count else order[2 * count - 2 - t]
        x, y = points[0, k], points[1, k]
        if t == count:
            base = n
        if n > 0 and polygon[0, n - 1] == x and polygon[1, n - 1] == y:
            continue
        while n > base:
            ax, ay = polygon[0, n - 2], polygon[1, n - 2]
            bx, by = polygon[0, n - 1], polygon[1, n - 1]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0.0:
                break
            n -= 1
        polygon[0, n], polygon[1, n], kept[n] = x, y, k
        n += 1
    if n > 1:  # back at the first point
        n -= 1
    for i in range(n):
        order[i] = kept[i]
    return n


@inline
def _suffices(payoff: float, worst: float, need: float, margin: float) -> bool:
    """Whether a payoff is as good as what is needed; with a margin, beyond doubt."""
    if margin == 0.0:
        return payoff >= worst + need - TIE
    return payoff >= worst + need + margin or (need == 0.0 and payoff >= worst)


@inline
def _generate(
    discount: float, pay: Array, need: Array, used: Array, count: int, polygon: Array, n: int,
    worst_x: float, worst_y: float, margin: float, points: Array, made: Array,
) -> tuple[int, int]:  # fmt: skip
    """Points of Abreu and Sannikov's operator R, and profiles that are still of use.

    A profile whose payoff satisfies its own constraints gives that payoff. Any other gives what
    starts with it and goes on with the extreme points of the continuations on the lines where one
    of its constraints binds; where there are none, it is of no use any more. With a margin,
    constraints are tightened by it and nothing is allowed for rounding. `made` is the profile, or
    ~profile where the point is not its own payoff.
    """
    tie = TIE if margin == 0.0 else 0.0
    low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
    for i in range(n):
        low_x, high_x = min(low_x, polygon[0, i]), max(high_x, polygon[0, i])
        low_y, high_y = min(low_y, polygon[1, i]), max(high_y, polygon[1, i])
    m, kept = 0, 0
    for t in range(count):
        a = used[t]
        x, y = pay[0, a], pay[1, a]
        if _suffices(x, worst_x, need[0, a], margin) and _suffices(y, worst_y, need[1, a], margin):
            points[0, m], points[1, m], made[m] = x, y, a
            m += 1
            used[kept] = a
            kept += 1
            continue
        line_x, line_y = worst_x + need[0, a] + margin, worst_y + need[1, a] + margin
        if not (line_x <= high_x + tie and line_y <= high_y + tie):
            continue
        bottom, top, left, right = np.inf, -np.inf, np.inf, -np.inf
        px, py = polygon[0, n - 1], polygon[1, n - 1]
        for i in range(n):
            qx, qy = polygon[0, i], polygon[1, i]
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
        start = m
        if top >= line_y - tie:
            at = min(max(line_x, low_x), high_x)
            for end in (top, max(bottom, min(line_y, top))):
                points[0, m] = (1.0 - discount) * x + discount * at
                points[1, m] = (1.0 - discount) * y + discount * end
                m += 1
        if right >= line_x - tie:
            at = min(max(line_y, low_y), high_y)
            for end in (right, max(left, min(line_x, right))):
                points[0, m] = (1.0 - discount) * x + discount * end
                points[1, m] = (1.0 - discount) * y + discount * at
                m += 1
        if m > start:
            for i in range(start, m):
                made[i] = ~a
            used[kept] = a
            kept += 1
    return m, kept


@inline
def _depth(x: float, y: float, polygon: Array, n: int) -> float:
    """How deep a point lies within a polygon: its distance from the nearest edge's line.

    Negative outside; of a point or a segment, never positive.
    """
    least = np.inf if n > 2 else 0.0
    px, py = polygon[0, n - 1], polygon[1, n - 1]
    for i in range(n):
        qx, qy = polygon[0, i], polygon[1, i]
        length = np.hypot(qx - px, qy - py)
        if length > 0.0:
            side = ((qx - px) * (y - py) - (qy - py) * (x - px)) / length
            least = min(least, side)
        px, py = qx, qy
    return least


@inline
def _distance(x: float, y: float, polygon: Array, n: int) -> float:
    """Distance of a point from a polygon, 0 within."""
    if n > 2 and _depth(x, y, polygon, n) >= 0.0:
        return 0.0
    least = np.inf
    px, py = polygon[0, n - 1], polygon[1, n - 1]
    for i in range(n):
        qx, qy = polygon[0, i], polygon[1, i]
        dx, dy = qx - px, qy - py
        square = dx * dx + dy * dy
        share = ((x - px) * dx + (y - py) * dy) / square if square > 0.0 else 0.0
        share = min(max(share, 0.0), 1.0)
        least = min(least, np.hypot(x - px - share * dx, y - py - share * dy))
        px, py = qx, qy
    return least


@inline
def _excess(outer: Array, n: int, inner: Array, k: int) -> float:
    """The farthest that a vertex of one polygon lies from another one."""
    most = 0.0
    for i in range(n):
        most = max(most, _distance(outer[0, i], outer[1, i], inner, k))
    return most


@inline
def _change(one: Array, n: int, other: Array, k: int) -> float:
    """How far a polygon lies from the next one; where its box moved plainly, how far that did."""
    if n == k:
        most = 0.0
        for i in range(n):
            most = max(most, abs(one[0, i] - other[0, i]), abs(one[1, i] - other[1, i]))
        if most <= _STILL:
            return most
    most = 0.0
    for axis in range(2):  # a look at the box first: all distances take longer
        low, high, next_low, next_high = np.inf, -np.inf, np.inf, -np.inf
        for i in range(n):
            low, high = min(low, one[axis, i]), max(high, one[axis, i])
        for i in range(k):
            next_low, next_high = min(next_low, other[axis, i]), max(next_high, other[axis, i])
        most = max(most, next_low - low, high - next_high)
    return most if most > _PLAIN else _excess(one, n, other, k)


@inline
def _least(polygon: Array, n: int, axis: int) -> float:
    """The least coordinate of a polygon."""
    low = np.inf
    for i in range(n):
        low = min(low, polygon[axis, i])
    return low


@inline
def _tidy(polygon: Array, n: int, near: float) -> int:
    """Drop vertices that are near the line between their neighbours; the number of those left.

    The first is again the leftmost, and of those the lowest.
    """
    changed = True
    while changed and n > 1:
        changed = False
        for i in range(n):
            before, after = i - 1 if i > 0 else n - 1, i + 1 if i + 1 < n else 0
            px, py = polygon[0, before], polygon[1, before]
            dx, dy = polygon[0, after] - px, polygon[1, after] - py
            x, y = polygon[0, i] - px, polygon[1, i] - py
            square = dx * dx + dy * dy
            share = (x * dx + y * dy) / square if square > 0.0 else 0.0
            share = min(max(share, 0.0), 1.0)
            if np.hypot(x - share * dx, y - share * dy) <= near:
                for j in range(i, n - 1):
                    polygon[0, j], polygon[1, j] = polygon[0, j + 1], polygon[1, j + 1]
                n -= 1
                changed = True
                break
    first = 0
    for i in range(1, n):
        beside = abs(polygon[0, i] - polygon[0, first]) <= _NEAR
        lower = polygon[1, i] < polygon[1, first]
        if lower if beside else polygon[0, i] < polygon[0, first]:
            first = i
    for _ in range(first):
        x, y = polygon[0, 0], polygon[1, 0]
        for j in range(n - 1):
            polygon[0, j], polygon[1, j] = polygon[0, j + 1], polygon[1, j + 1]
        polygon[0, n - 1], polygon[1, n - 1] = x, y
    return n


@inline
def _load(
    discount: float, other: float, first: Array, second: Array, one: Array, two: Array, game: int,
    pay: Array, need: Array,
) -> tuple[float, float]:  # fmt: skip
    """Write payoffs and needs of the profiles; the least that each player can be held to.

    Gains are differences of payoffs as they were before these began at 0: so they lose no more
    than a share of their own in rounding, and impatience, which divides them, magnifies nothing.
    """
    rows, columns = first.shape[1], first.shape[2]
    factor = (1.0 - discount) / discount
    worst_x, worst_y = np.inf, np.inf
    for j in range(columns):
        best, most = -np.inf, -np.inf
        for i in range(rows):
            best, most = max(best, first[game, i, j]), max(most, one[game, i, j])
        worst_x = min(worst_x, best)
        for i in range(rows):
            gain = most - one[game, i, j]
            pay[0, i * columns + j] = first[game, i, j]
            need[0, i * columns + j] = factor * gain if gain > 0.0 else 0.0
    factor = (1.0 - other) / other
    for i in range(rows):
        best, most = -np.inf, -np.inf
        for j in range(columns):
            best, most = max(best, second[game, i, j]), max(most, two[game, i, j])
        worst_y = min(worst_y, best)
        for j in range(columns):
            gain = most - two[game, i, j]
            pay[1, i * columns + j] = second[game, i, j]
            need[1, i * columns + j] = factor * gain if gain > 0.0 else 0.0
    return worst_x, worst_y


@inline
def _stays(
    pay: Array, need: Array, used: Array, count: int, outer: Array, n: int, points: Array,
    order: Array, inner: Array,
) -> int:  # fmt: skip
    """Write the hull of payoffs of profiles that may be repeated for ever; its size.

    0 where that is less than the outer set, or not beyond doubt.
    """
    worst_x, worst_y, m = _least(outer, n, 0), _least(outer, n, 1), 0
    for t in range(count):
        a = used[t]
        x, y = pay[0, a], pay[1, a]
        if _suffices(x, worst_x, need[0, a], TIE) and _suffices(y, worst_y, need[1, a], TIE):
            points[0, m], points[1, m] = x, y
            m += 1
    k = _hull(points, m, order, inner) if m > 0 else 0
    if k == 0 or _excess(outer, n, inner, k) > _CLOSE / 16.0:
        return 0
    # Their own worst payoffs may be higher by less than TIE, half of which is left.
    if _least(inner, k, 0) > worst_x + TIE / 2 or _least(inner, k, 1) > worst_y + TIE / 2:
        return 0
    return k


@inline
def _grows(
    one: Array, n: int, other: Array, k: int, made: Array, order: Array
) -> bool:  # fmt: skip
    """Whether a polygon lies within the one made from it, beyond doubt.

    A vertex that both share has to be the payoff of a profile, which is no result of arithmetic.
    """
    for i in range(n):
        x, y = one[0, i], one[1, i]
        shared = False
        for j in range(k):
            if other[0, j] == x and other[1, j] == y and made[order[j]] >= 0:
                shared = True
        if not shared and _depth(x, y, other, k) < _MARGIN:
            return False
    return True


@inline
def _prove(
    discount: float, pay: Array, need: Array, used: Array, count: int, outer: Array, n: int,
    shrink: float, points: Array, made: Array, order: Array, spare: Array, inner: Array,
) -> int:  # fmt: skip
    """Write a set within the outer one that generates itself, beyond doubt; its size, 0: none.

    The outer set, shrunk, but with all payoffs of profiles that can be repeated for ever in it, is
    mapped until it grows. If P lies within R(P), then R(P) generates
    itself: its points are payoffs of profiles that may be repeated for ever, as none of them is
    outside, or begin with a profile and go on within P, where nobody's worst payoff is lower than
    in R(P).
    """
    center_x, center_y = 0.0, 0.0
    for i in range(n):
        center_x += outer[0, i] / n
        center_y += outer[1, i] / n
    for i in range(n):
        points[0, i] = outer[0, i] + shrink * (center_x - outer[0, i])
        points[1, i] = outer[1, i] + shrink * (center_y - outer[1, i])
    worst_x, worst_y, m = _least(outer, n, 0), _least(outer, n, 1), n
    for t in range(count):
        a = used[t]
        x, y = pay[0, a], pay[1, a]
        if _suffices(x, worst_x, need[0, a], shrink) and _suffices(y, worst_y, need[1, a], shrink):
            points[0, m], points[1, m] = x, y
            m += 1
    k = _hull(points, m, order, spare)
    margin = _MARGIN
    for step in range(_PROOF_STEPS):
        tick()
        margin = _LOOSE if step % _CYCLE == 0 else _FALL * margin
        worst_x, worst_y = _least(spare, k, 0), _least(spare, k, 1)
        m, count = _generate(
            discount, pay, need, used, count, spare, k, worst_x, worst_y, margin, points, made
        )  # fmt: skip
        if m == 0:
            return 0
        found = _hull(points, m, order, inner)
        if _grows(spare, k, inner, found, made, order):
            return found
        for i in range(found):
            spare[0, i], spare[1, i] = inner[0, i], inner[1, i]
        k = _tidy(spare, found, shrink / 4.0)
    return 0


@inline
def _prove_segment(
    discount: float, pay: Array, need: Array, used: Array, count: int, outer: Array, shrink: float,
    inner: Array,
) -> int:  # fmt: skip
    """Write a segment within the outer one that generates itself, beyond doubt; 2, or 0: none.

    Of one end that is the payoff c of a profile which may be repeated for ever, and another one at
    c + T (g(a) - c), begun with a profile a: everything happens on one line, where a polygon has no
    inside, but places on it are numbers.
    """
    worst_x, worst_y = _least(outer, 2, 0), _least(outer, 2, 1)
    for i in range(count):
        stay = used[i]
        x, y = pay[0, stay], pay[1, stay]
        end = 0 if abs(outer[0, 0] - x) + abs(outer[1, 0] - y) <= _NEAR else 1
        if abs(outer[0, end] - x) + abs(outer[1, end] - y) > _NEAR:
            continue
        if not (_suffices(x, worst_x, need[0, stay], shrink)
                and _suffices(y, worst_y, need[1, stay], shrink)):  # fmt: skip
            continue
        for j in range(count):
            a = used[j]
            dx, dy = pay[0, a] - x, pay[1, a] - y
            square = dx * dx + dy * dy
            ex, ey = outer[0, 1 - end] - x, outer[1, 1 - end] - y
            if square == 0.0 or abs(dx * ey - dy * ex) > _NEAR * np.sqrt(square):
                continue
            last = (1.0 - shrink) * (dx * ex + dy * ey) / square
            after = (last - (1.0 - discount)) / discount
            fits = last > 0.0 and after >= _MARGIN
            for axis in range(2):
                step = dx if axis == 0 else dy
                worst = min(step * last, 0.0)
                fits &= step * after >= worst + need[axis, a] + _MARGIN or (
                    step >= 0.0 and need[axis, a] == 0.0
                )
            if fits:
                inner[0, 0], inner[1, 0] = x, y
                inner[0, 1], inner[1, 1] = x + last * dx, y + last * dy
                return 2
    return 0


@inline
def _grow(
    discount: float, pay: Array, need: Array, used: Array, points: Array, made: Array,
    order: Array, spare: Array, inner: Array,
) -> int:  # fmt: skip
    """Write the hull of the pure stage equilibria, grown by what it supports; its size."""
    profiles = pay.shape[1]
    m = 0
    for a in range(profiles):
        if need[0, a] == 0.0 and need[1, a] == 0.0:
            points[0, m], points[1, m] = pay[0, a], pay[1, a]
            m += 1
    if m == 0:
        return 0
    n = _hull(points, m, order, inner)
    for _ in range(_GROWTH_STEPS):
        tick()
        worst_x, worst_y = _least(inner, n, 0), _least(inner, n, 1)
        for a in range(profiles):
            used[a] = a
        m, _count = _generate(
            discount, pay, need, used, profiles, inner, n, worst_x, worst_y, _MARGIN, points, made
        )  # fmt: skip
        if m + n > points.shape[1]:
            break
        for i in range(n):
            points[0, m + i], points[1, m + i] = inner[0, i], inner[1, i]
            spare[0, i], spare[1, i] = inner[0, i], inner[1, i]
        k = n
        n = _hull(points, m + n, order, inner)
        if _excess(inner, n, spare, k) <= _STILL:
            break
    return n


@jit(interpret=FEW // 4)
def common_discount(
    first: Array, second: Array, one: Array, two: Array, discount: Array, limit: int,
    work: tuple[Array, ...], outer: Array, inner: Array, counts: Array, gaps: Array, flags: Array,
) -> None:  # fmt: skip
    """Payoff sets of games with a discount that both players share.

    Parameters
    ----------
    first, second
        ``(games, k_1, k_2)``, normalised payoffs.
    one, two
        ``(games, k_1, k_2)``, payoffs of the players in the same units from wherever they begin,
        without rounding.
    discount
        ``(games,)``.
    limit
        Iterations a game, at most.
    work
        From `workspace`.
    outer, inner
        ``(games, V, 2)``, to be written: vertices of the outer and the inner approximation, V being
        at least 4 k_1 k_2.
    counts
        ``(games, 2)``, to be written: their numbers.
    gaps
        ``(games,)``, to be written: the farthest that a vertex of the outer lies from the inner
        approximation; inf where there is no inner one.
    flags
        ``(games,)``, to be written: STRICT, CLOSED, EMPTY or LIMIT.
    """
    pay, need, used, points, made, order, polygons = work
    profiles = first.shape[1] * first.shape[2]
    for game in range(first.shape[0]):
        d = discount[game]
        worst_x, worst_y = _load(d, d, first, second, one, two, game, pay, need)
        for a in range(profiles):
            used[a], points[0, a], points[1, a] = a, pay[0, a], pay[1, a]
        now, then = polygons[0], polygons[1]
        n, count = _hull(points, profiles, order, now), profiles
        flag, change = LIMIT, np.inf
        for _ in range(limit):
            tick()
            m, count = _generate(
                d, pay, need, used, count, now, n, worst_x, worst_y, 0.0, points, made
            )  # fmt: skip
            if m == 0:
                flag = EMPTY
                break
            k = _hull(points, m, order, then)
            low_x, low_y = _least(then, k, 0), _least(then, k, 1)
            change = np.inf
            if low_x - worst_x <= _STILL and low_y - worst_y <= _STILL:
                change = _change(now, n, then, k)
            worst_x, worst_y = max(worst_x, low_x), max(worst_y, low_y)
            now, then, n = then, now, k
            if change <= _STILL:
                break
        if flag != EMPTY and change <= TIE:
            flag = CLOSED
        k, gap = 0, np.inf
        n = 0 if flag == EMPTY else _tidy(now, n, _NEAR)
        if flag == EMPTY:
            gap = 0.0
        elif flag == LIMIT:
            k = _grow(d, pay, need, used, points, made, order, polygons[2], polygons[3])
            if k > 0:
                gap = _excess(now, n, polygons[3], k)
            flag = STRICT if gap <= _CLOSE else LIMIT
        else:
            k = _stays(pay, need, used, count, now, n, points, order, polygons[3])
            for shrink in _SHRINK:
                if k == 0 and n == 2:
                    k = _prove_segment(d, pay, need, used, count, now, shrink, polygons[3])
                elif k == 0:
                    k = _prove(
                        d, pay, need, used, count, now, n, shrink, points, made, order,
                        polygons[2], polygons[3],
                    )  # fmt: skip
            if k > 0:
                gap = _excess(now, n, polygons[3], k)
            flag = STRICT if gap <= _CLOSE else CLOSED
        if flag == CLOSED:  # the outer set itself
            k, gap = n, 0.0
            for i in range(n):
                polygons[3, 0, i], polygons[3, 1, i] = now[0, i], now[1, i]
        k = _tidy(polygons[3], k, _NEAR)
        for i in range(n):
            outer[game, i, 0], outer[game, i, 1] = now[0, i], now[1, i]
        for i in range(k):
            inner[game, i, 0], inner[game, i, 1] = polygons[3, 0, i], polygons[3, 1, i]
        counts[game, 0], counts[game, 1], gaps[game], flags[game] = n, k, gap, flag


@inline
def _above(polygon: Array, n: int, axis: int, line: float, tie: float, part: Array) -> int:
    """Write the part of a polygon at and above a line; its number of vertices."""
    m = 0
    last = n - 1
    for i in range(n):
        before, after = polygon[axis, last] - line, polygon[axis, i] - line
        if (before < -tie) != (after < -tie):
            share = min(max(before / (before - after), 0.0), 1.0)
            for k in range(2):
                part[k, m] = polygon[k, last] + share * (polygon[k, i] - polygon[k, last])
            m += 1
        if after >= -tie:
            part[0, m], part[1, m] = polygon[0, i], polygon[1, i]
            m += 1
        last = i
    return m


@inline
def _allowed(change: float, patience: float) -> float:
    """By how much edges may be cut in a step that moves a polygon so far.

    Less than what the next steps take away; in the end less than what counts.
    """
    return max(min(change, 2.0**-6) * (1.0 - patience) / 4.0, _STILL / 4.0)


@inline
def _coarsen(polygon: Array, n: int, most: int, way: int, near: float) -> tuple[int, float]:
    """Leave a polygon at most so many vertices; their number, and how far it moved for that.

    Outwards, edges give way to the corner in which their neighbours meet; inwards, vertices give
    way to the chord. What moves the polygon by at most `near` goes in any case, and then what moves
    it least.
    """
    given, moved = near, 0.0
    cx = cy = 0.0  # the corner
    while True:
        tick()
        target = 4 if near <= given else most
        if n <= target:
            break
        kept, skip, first = 0, False, n
        for i in range(n):
            if skip:  # what is beside a change waits for the next round
                skip = False
                polygon[0, kept], polygon[1, kept] = polygon[0, i], polygon[1, i]
                kept += 1
                continue
            # Vertices before this one have moved to the left by as many as have gone.
            gone = i - kept
            if way == _OUTWARDS:
                cost = np.inf
                if 0 < i < n - 2 and n - gone > target:
                    px, py = polygon[0, kept - 1], polygon[1, kept - 1]
                    ax, ay = polygon[0, i] - px, polygon[1, i] - py
                    bx = polygon[0, i + 2] - polygon[0, i + 1]
                    by = polygon[1, i + 2] - polygon[1, i + 1]
                    ex = polygon[0, i + 1] - polygon[0, i]
                    ey = polygon[1, i + 1] - polygon[1, i]
                    turn = ax * by - ay * bx
                    share = (ex * by - ey * bx) / turn if turn > 0.0 else -1.0
                    if share >= 0.0:
                        cost = share * np.hypot(ax, ay)
                        cx = polygon[0, i] + share * ax
                        cy = polygon[1, i] + share * ay
                if cost <= near:
                    moved = max(moved, cost if near > given else 0.0)
                    polygon[0, i + 1], polygon[1, i + 1] = cx, cy
                    skip = True
                    continue
            elif 0 < i < n - 1 and n - gone > target:
                px, py = polygon[0, kept - 1], polygon[1, kept - 1]
                dx, dy = polygon[0, i + 1] - px, polygon[1, i + 1] - py
                x, y = polygon[0, i] - px, polygon[1, i] - py
                square = dx * dx + dy * dy
                share = (x * dx + y * dy) / square if square > 0.0 else 0.0
                share = min(max(share, 0.0), 1.0)
                cost = np.hypot(x - share * dx, y - share * dy)
                if cost <= near:
                    moved = max(moved, cost if near > given else 0.0)
                    skip = True
                    continue
            polygon[0, kept], polygon[1, kept] = polygon[0, i], polygon[1, i]
            kept += 1
        n = kept
        if n == first and near <= given and n <= most:
            break
        if n == first:
            near = max(4.0 * near, _NEAR)
        if near > 4.0:  # no corner is near: the box
            x, y, moved = _least(polygon, n, 0), _least(polygon, n, 1), np.inf
            right, top = x, y
            for i in range(n):
                right, top = max(right, polygon[0, i]), max(top, polygon[1, i])
            n = 4
            for i in range(n):
                polygon[0, i] = x if i in (0, 3) else right
                polygon[1, i] = y if i < 2 else top
    return n, moved


@inline
def _equilibria(pay: Array, need: Array, points: Array, order: Array, polygon: Array) -> int:
    """Write the hull of the pure stage equilibria's payoffs; its size."""
    m: Any = np.int64(0)
    for a in range(pay.shape[1]):
        if need[0, a] == 0.0 and need[1, a] == 0.0:
            points[0, m], points[1, m] = pay[0, a], pay[1, a]
            m += 1
    return _hull(points, m, order, polygon) if m > 0 else 0
