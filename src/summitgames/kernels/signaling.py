"""All perfect Bayesian equilibria of many 2 x 2 x 2 signaling games at once, in closed form.

Let D_m(t) be what the first response to message m gives the receiver beyond the second one at type
t, G_m = p_0 D_m(0) + p_1 D_m(1), and F_t(i, j) what the first message gives type t beyond the
second one where the first is answered by i and the second by j. Which equilibria there are is a
matter of the signs of these 4 + 2 + 8 numbers, and of determinants

    E = F_0(x) F_1(y) - F_0(y) F_1(x)

for x, y the two answers to one message, that to the other being given: of two types that are both
indifferent somewhere between x and y, E says which one sooner. If none of these signs is 0 where it
matters, there is at most one equilibrium (up to replies to messages that nobody sends) for each of
the nine supports of the sender's strategy.

A difference of two floats has the sign that it should. G and E are compared with a bound on their
rounding errors. Games in which a sign is open, or a type has no probability, are left to exact
arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["D1", "INTUITIVE", "OPEN", "SLOTS", "classify", "count", "fill", "fill_beliefs"]

#: Supports of the sender, bits of a game's code: both types send the first message; the first type
#: sends the first message and the other the second one; the reverse; both send the second one; the
#: second type mixes, the first sends the first or the second one; the first mixes, the second sends
#: the first or the second one; both mix.
SLOTS = 9
#: Bits that say whether pooling on the first message survives; on the second, one bit further.
INTUITIVE, D1 = 1 << 9, 1 << 11
#: A sign is open.
OPEN = 1 << 13

#: Bound on the relative error of a sum of two products of differences, some four roundings.
_ERROR = 8.0 * 2.0**-53
#: Sizes whose products neither overflow nor lose digits.
_LEAST, _MOST = 1e-100, 1e100


@inline
def _edge(message: int, reply: int, other: int) -> int:
    """Place in F of answers: `reply` to a message and `other` to the other message."""
    if message == 0:
        return 2 * reply + other
    return 2 * other + reply


@inline
def _load(game: int, payoffs: Array, replies: Array, d: Array, f: Array) -> bool:
    """Fill D ``(2, 2)``, message first, and F ``(2, 4)``; whether all have a size to work with."""
    fine = True
    for t in range(2):
        for m in range(2):
            d[m, t] = replies[game, t, m, 0] - replies[game, t, m, 1]
            fine = fine and _LEAST < abs(d[m, t]) < _MOST
        for i in range(2):
            for j in range(2):
                f[t, 2 * i + j] = payoffs[game, t, 0, i] - payoffs[game, t, 1, j]
                fine = fine and _LEAST < abs(f[t, 2 * i + j]) < _MOST
    return fine


@inline
def _determinant(f: Array, message: int, reply: int) -> float:
    """E where one message is answered by a given reply."""
    x, y = _edge(message, reply, 0), _edge(message, reply, 1)
    determinant: float = f[0, x] * f[1, y] - f[0, y] * f[1, x]
    return determinant


@inline
def _is_open(f: Array, message: int, reply: int) -> bool:
    """Whether both types are indifferent somewhere, and it is not clear which sooner."""
    x, y = _edge(message, reply, 0), _edge(message, reply, 1)
    one, two = f[0, x] * f[1, y], f[0, y] * f[1, x]
    crossing = (f[0, x] > 0.0) != (f[0, y] > 0.0) and (f[1, x] > 0.0) != (f[1, y] > 0.0)
    return crossing and not abs(one - two) > _ERROR * (abs(one) + abs(two))


@inline
def _reply_to_pool(d: Array, g: Array, f: Array, m: int) -> float:
    """Probability of the first response to the message not sent; nan where pooling fails.

    Pure where a pure reply deters both types, the first one if both do.
    """
    reply = 0 if g[m] > 0.0 else 1
    sign = 1.0 - 2.0 * m
    first, second = d[1 - m, 0] > 0.0, d[1 - m, 1] > 0.0
    x, y = _edge(m, reply, 0), _edge(m, reply, 1)
    # Gains of both types from staying with m, where the other message meets each response.
    a_0, a_1, b_0, b_1 = sign * f[0, x], sign * f[0, y], sign * f[1, x], sign * f[1, y]
    if (first or second) and a_0 > 0.0 and b_0 > 0.0:
        return 1.0
    if not (first and second) and a_1 > 0.0 and b_1 > 0.0:
        return 0.0
    if first == second or (a_0 > 0.0) == (a_1 > 0.0) or (b_0 > 0.0) == (b_1 > 0.0):
        return np.nan
    determinant = a_0 * b_1 - a_1 * b_0
    if (determinant > 0.0) != (a_0 > 0.0):
        return np.nan
    root_a, root_b = abs(a_1) / (abs(a_0) + abs(a_1)), abs(b_1) / (abs(b_0) + abs(b_1))
    middle: float = 0.5 * (root_a + root_b)
    return middle


@inline
def _pool_survives(d: Array, g: Array, f: Array, m: int) -> int:
    """Code of what pooling on a message survives, given that it is an equilibrium."""
    reply = 0 if g[m] > 0.0 else 1
    sign = 1.0 - 2.0 * m
    first, second = d[1 - m, 0] > 0.0, d[1 - m, 1] > 0.0
    x, y = _edge(m, reply, 0), _edge(m, reply, 1)
    a_0, a_1, b_0, b_1 = sign * f[0, x], sign * f[0, y], sign * f[1, x], sign * f[1, y]
    both = INTUITIVE | D1
    if first == second:  # one reply is best whatever is believed, and deters both types
        return both
    a_loses, b_loses = a_0 > 0.0 and a_1 > 0.0, b_0 > 0.0 and b_1 > 0.0
    if a_loses and b_loses:
        return both
    # What is believed once the first, or the second, type is struck off.
    x_only, y_only = (0 if second else 1), (0 if first else 1)
    without_a = (a_0 > 0.0 and b_0 > 0.0) if x_only == 0 else (a_1 > 0.0 and b_1 > 0.0)
    without_b = (a_0 > 0.0 and b_0 > 0.0) if y_only == 0 else (a_1 > 0.0 and b_1 > 0.0)
    if a_loses:
        return both if without_a else 0
    if b_loses:
        return both if without_b else 0
    if (a_0 > 0.0) != (b_0 > 0.0):  # each gains where the other does not
        return both
    determinant = a_0 * b_1 - a_1 * b_0
    a_struck = (determinant > 0.0) == (a_0 < 0.0)
    return both if (without_a if a_struck else without_b) else INTUITIVE


@inline
def _mixes(d: Array, g: Array, f: Array, t: int, m: int) -> bool:
    """Whether there is an equilibrium where a type mixes and the other sends a message for sure."""
    other = 1 - t
    if (d[m, t] > 0.0) == (d[m, other] > 0.0) or (g[m] > 0.0) != (d[m, t] > 0.0):
        return False
    reply = 0 if d[1 - m, t] > 0.0 else 1
    x, y = _edge(1 - m, reply, 0), _edge(1 - m, reply, 1)
    if (f[t, x] > 0.0) == (f[t, y] > 0.0):
        return False
    if (f[other, x] > 0.0) == (f[other, y] > 0.0):
        stays = f[other, x] > 0.0
    else:
        determinant = _determinant(f, 1 - m, reply)
        stays = ((determinant > 0.0) == (f[t, x] > 0.0)) == (t == 0)
    found: bool = stays == (m == 0)
    return found


@inline
def _crossings(f: Array, points: Array) -> int:
    """Where the second type is indifferent on the sides of the square of replies.

    Written for each of them: probabilities of the first response to both messages, of the second
    one likewise, and what the first type gains there by the first message. Returns their number.
    """
    found = 0
    for m in range(2):
        for reply in range(2):
            x, y = _edge(m, reply, 0), _edge(m, reply, 1)
            if (f[1, x] > 0.0) != (f[1, y] > 0.0) and found < 2:
                whole = abs(f[1, x]) + abs(f[1, y])
                points[found, m] = 1.0 - reply
                points[found, 2 + m] = reply
                points[found, 1 - m] = abs(f[1, y]) / whole
                points[found, 3 - m] = abs(f[1, x]) / whole
                gain = _determinant(f, m, reply) / whole
                points[found, 4] = gain if f[1, y] > 0.0 else -gain
                found += 1
    return found


@inline
def _both_mix(d: Array, g: Array, f: Array, points: Array) -> bool:
    """Whether there is an equilibrium where both types mix."""
    if (d[0, 0] > 0.0) == (d[0, 1] > 0.0) or (d[1, 0] > 0.0) == (d[1, 1] > 0.0):
        return False
    if ((g[0] > 0.0) == (d[0, 0] > 0.0)) == ((g[1] > 0.0) == (d[1, 0] > 0.0)):
        return False
    if _crossings(f, points) < 2:
        return False
    one, two = points[0, 4] > 0.0, points[1, 4] > 0.0
    found: bool = one != two
    return found


@inline
def _gains(prior: Array, game: int, d: Array, g: Array) -> bool:
    """Fill G; whether its signs are clear, and types have probabilities to work with."""
    fine = True
    for t in range(2):
        fine = fine and prior[game, t] > _LEAST
    for m in range(2):
        one, two = prior[game, 0] * d[m, 0], prior[game, 1] * d[m, 1]
        g[m] = one + two
        fine = fine and abs(g[m]) > _ERROR * (abs(one) + abs(two))
    return fine


@jit(interpret=FEW, allocates=True)
def classify(prior: Array, payoffs: Array, replies: Array, base: int, codes: Array) -> int:
    """Which supports of the sender have an equilibrium, and what it survives.

    Parameters
    ----------
    prior
        ``(games, 2)``.
    payoffs, replies
        ``(games, 2, 2, 2)``, the sender's and the receiver's.
    base
        Place of the first game in `codes`.
    codes
        Written: ``(all games,)`` of int16.

    Returns
    -------
    int
        Number of games that are OPEN.
    """
    d, f, g, points = np.empty((2, 2)), np.empty((2, 4)), np.empty(2), np.empty((2, 5))
    left = 0
    for game in range(prior.shape[0]):
        fine = _load(game, payoffs, replies, d, f)
        fine = _gains(prior, game, d, g) and fine
        for m in range(2):
            for reply in range(2):
                fine = fine and not _is_open(f, m, reply)
        if not fine:
            codes[base + game] = OPEN
            left += 1
            continue
        code = 0
        for m in range(2):
            if not np.isnan(_reply_to_pool(d, g, f, m)):
                code |= (1 << 3 * m) | (_pool_survives(d, g, f, m) << m)
            # The first type sends m, the second one the other message.
            one, two = (0 if d[m, 0] > 0.0 else 1), (0 if d[1 - m, 1] > 0.0 else 1)
            place = _edge(m, one, two)
            if (f[0, place] > 0.0) == (m == 0) and (f[1, place] > 0.0) == (m == 1):
                code |= 2 << m
            if _mixes(d, g, f, 1, m):
                code |= 16 << m
            if _mixes(d, g, f, 0, m):
                code |= 64 << m
        if _both_mix(d, g, f, points):
            code |= 256
        codes[base + game] = code
    return left


@jit(interpret=FEW)
def count(codes: Array, counts: Array) -> int:
    """Write how many equilibria each code has; return the largest number."""
    most = 0
    for game in range(codes.shape[0]):
        found = 0
        for place in range(SLOTS):
            found += (codes[game] >> place) & 1
        counts[game] = found
        most = max(most, found)
    return most


@inline
def _set(row: Array, place: int, first: float, second: float) -> None:
    row[place, 0] = first
    row[place, 1] = second


@inline
def _write_mixing(
    prior: Array, game: int, d: Array, g: Array, f: Array, t: int, m: int, own: Array, answer: Array
) -> None:
    """One type mixes, the other sends m for sure."""
    weight = prior[game, t] * abs(d[m, t])
    share, rest = prior[game, 1 - t] * abs(d[m, 1 - t]) / weight, abs(g[m]) / weight
    _set(own, 1 - t, 1.0 - m, 1.0 * m)
    if m == 0:
        _set(own, t, share, rest)
    else:
        _set(own, t, rest, share)
    reply = 0 if d[1 - m, t] > 0.0 else 1
    x, y = _edge(1 - m, reply, 0), _edge(1 - m, reply, 1)
    whole = abs(f[t, x]) + abs(f[t, y])
    _set(answer, m, abs(f[t, y]) / whole, abs(f[t, x]) / whole)
    _set(answer, 1 - m, 1.0 - reply, 1.0 * reply)


@inline
def _write_full(
    prior: Array, game: int, d: Array, g: Array, points: Array, own: Array, answer: Array
) -> None:
    """Both types mix."""
    one, two = abs(g[0] / d[0, 0]), abs(g[1] / d[1, 0])
    _set(own, 1, two / (one + two), one / (one + two))
    odds = prior[game, 1] / prior[game, 0]
    _set(
        own,
        0,
        abs(d[0, 1] / d[0, 0]) * odds * own[1, 0],
        abs(d[1, 1] / d[1, 0]) * odds * own[1, 1],
    )
    near, far = abs(points[1, 4]), abs(points[0, 4])
    for m in range(2):
        first = (near * points[0, m] + far * points[1, m]) / (near + far)
        second = (near * points[0, 2 + m] + far * points[1, 2 + m]) / (near + far)
        _set(answer, m, first, second)


@jit(interpret=FEW, allocates=True)
def fill(
    prior: Array,
    payoffs: Array,
    replies: Array,
    base: int,
    codes: Array,
    sender: Array,
    receiver: Array,
    survives: Array,
) -> None:
    """Write the equilibria that codes say there are.

    Parameters
    ----------
    prior, payoffs, replies, base, codes
        As for `classify`; games that are OPEN are passed over.
    sender, receiver
        Written: ``(all games, E, 2, 2)``, in the order of the codes' bits; NaN where not used.
    survives
        Written: ``(2, all games, E)`` bool, the intuitive criterion and D1; False where not used.
    """
    d, f, g, points = np.empty((2, 2)), np.empty((2, 4)), np.empty(2), np.empty((2, 5))
    for game in range(prior.shape[0]):
        here = base + game
        code = codes[here]
        if code & OPEN:
            continue
        _load(game, payoffs, replies, d, f)
        _gains(prior, game, d, g)
        slot = 0
        for place in range(SLOTS):
            if not (code >> place) & 1:
                continue
            own, answer = sender[here, slot], receiver[here, slot]
            survives[0, here, slot] = True
            survives[1, here, slot] = True
            if place in (0, 3):
                m = place // 3
                _set(own, 0, 1.0 - m, 1.0 * m)
                _set(own, 1, 1.0 - m, 1.0 * m)
                reply = 0.0 if g[m] > 0.0 else 1.0
                off = _reply_to_pool(d, g, f, m)
                _set(answer, m, 1.0 - reply, reply)
                _set(answer, 1 - m, off, 1.0 - off)
                survives[0, here, slot] = code & (INTUITIVE << m) != 0
                survives[1, here, slot] = code & (D1 << m) != 0
            elif place < 3:
                m = place - 1
                _set(own, 0, 1.0 - m, 1.0 * m)
                _set(own, 1, 1.0 * m, 1.0 - m)
                one = 0.0 if d[m, 0] > 0.0 else 1.0
                two = 0.0 if d[1 - m, 1] > 0.0 else 1.0
                _set(answer, m, 1.0 - one, one)
                _set(answer, 1 - m, 1.0 - two, two)
            elif place < 8:
                t, m = (1 if place < 6 else 0), place % 2
                _write_mixing(prior, game, d, g, f, t, m, own, answer)
            else:
                _crossings(f, points)
                _write_full(prior, game, d, g, points, own, answer)
            slot += 1
        for rest in range(slot, sender.shape[1]):
            sender[here, rest] = np.nan
            receiver[here, rest] = np.nan
            survives[0, here, rest] = False
            survives[1, here, rest] = False


@jit(interpret=FEW)
def fill_beliefs(
    prior: Array,
    replies: Array,
    base: int,
    sender: Array,
    receiver: Array,
    beliefs: Array,
    off_path: Array,
) -> None:
    """Write beliefs that go with equilibria, and where they may lie after messages not sent.

    Parameters
    ----------
    prior, replies, base
        As for `classify`.
    sender, receiver
        ``(all games, E, 2, 2)``; NaN where not used.
    beliefs
        Written: ``(all games, E, 2, 2)``, message first: of Bayes, or the middle of what may be.
    off_path
        Written: ``(all games, E, 2, 2)``, message first: least and largest probability of the first
        type that supports the reply; NaN after messages that are sent. NaN where not used.
    """
    for game in range(prior.shape[0]):
        here = base + game
        for slot in range(sender.shape[1]):
            for m in range(2):
                _set(off_path[here, slot], m, np.nan, np.nan)
                first = prior[game, 0] * sender[here, slot, 0, m]
                second = prior[game, 1] * sender[here, slot, 1, m]
                if first + second != 0.0:  # sent, or NaN
                    whole = first + second
                    _set(beliefs[here, slot], m, first / whole, second / whole)
                    continue
                one = replies[game, 0, m, 0] - replies[game, 0, m, 1]
                two = replies[game, 1, m, 0] - replies[game, 1, m, 1]
                reply = receiver[here, slot, m, 0]
                least, most = 0.0, 1.0
                # The first response is best where belief * one + (1 - belief) * two >= 0.
                if (two < 0.0 and reply > 0.0) or (two > 0.0 and reply < 1.0):
                    least = 1.0 / (1.0 - one / two)
                if (one < 0.0 and reply > 0.0) or (one > 0.0 and reply < 1.0):
                    most = 1.0 / (1.0 - one / two)
                _set(off_path[here, slot], m, least, most)
                middle = 0.5 * (least + most)
                _set(beliefs[here, slot], m, middle, 1.0 - middle)
