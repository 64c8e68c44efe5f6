"""One stationary equilibrium of a stochastic game, at the end of a branch of logit equilibria.

Unknowns are log-probabilities b of all actions in all states, values V and the precision m. With
Q_i(s, a) what player i's action a pays in state s, V ahead, the branch solves for every s and i

    sum over a of exp(b_a) = 1,   b_a - b_0 = m (Q_a - Q_0),   V_i(s) = sum over a of exp(b_a) Q_a

and begins at m = 0, where all mix uniformly. It is followed in arc length: a step along the
tangent, then Newton's method at right angles to it; steps whose correction is large or whose
tangent turns by much are taken again, and shorter. So folds in m are nothing special. Far out an
equilibrium is sought nearby: the actions that are still played are made to pay the same.

Eibelshaeuser, Klockmann, Poensgen & von Schenk (2023); Herings & Peeters (2004).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, exp, inline, jit, log, tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["DONE", "FIRST_SEARCH", "LOST", "START", "UNDERWAY", "follow", "workspace"]

#: Stages of a game.
START: Final = 0
UNDERWAY: Final = 1
DONE: Final = 2
LOST: Final = 3

#: First step, and the smallest.
_FIRST_STEP = 0.02
_SMALLEST_STEP = 1e-10
#: Largest correction of a step, as a share of its length and at most, and what ends corrections.
_LARGEST_SHARE = 0.3
_LARGEST_CORRECTION = 0.5
_TOLERANCE = 1e-9
#: Rounding for each unit of precision.
_NOISE = 1e-12
#: Largest turn of the tangent in a step: 1 less its cosine.
_LARGEST_TURN = 0.1
_CORRECTIONS = 6
#: Precision at which an equilibrium is sought first, by which factor later, and at which the end of
#: the branch is taken for one.
FIRST_SEARCH: Final = 1e4
_NEXT_SEARCH = 4.0
_END = 1e9
_SEARCH_STEPS = 30
#: Gain that is none, in units in which payoffs and values lie between 0 and 1.
_NO_GAIN = 1e-12
_NO_GAIN_AT_END = 5e-8


def workspace(states: int, actions: int, players: int) -> tuple[Array, ...]:
    """Room for `follow`; `actions` is the number of all actions of all players in all states."""
    size = actions + states * players
    return (
        np.zeros((size + 1, size + 1)),  # matrix
        np.zeros((size + 1,)),  # right side
        np.zeros((size + 1,)),  # next point
        np.zeros((size + 1,)),  # its tangent
        np.zeros(actions),  # probabilities
        np.zeros(actions),  # what actions pay
        np.zeros((actions, actions)),  # its derivatives in probabilities
        np.zeros((actions, states)),  # and in the own values
        np.zeros(actions, dtype=np.bool_),  # support
    )


@jit(interpret=FEW // 8)
def follow(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    first: Array,
    care: float,
    steps: int,
    limit: int,
    points: Array,
    tangents: Array,
    lengths: Array,
    searches: Array,
    taken: Array,
    stages: Array,
    work: tuple[Array, ...],
) -> None:
    """Go on along the branches of all games that are under way, some steps each.

    Parameters
    ----------
    payoffs, moves, discounts
        ``(N, games, S, A)`` such that values lie between 0 and 1, ``(games, S, A, S)`` and
        ``(games, N)``.
    available, strides
        ``(S, N)`` numbers of actions; ``(N + 1,)`` what one action more adds to a profile's number.
    first
        ``(S, N)``: number of a player's first action in a state among all.
    care
        By how much corrections and turns of a step are to be smaller than usual.
    steps, limit
        Steps of each game in this call, and in all, at most.
    points, tangents
        ``(games, actions + S N + 1)``: log-probabilities (once DONE probabilities), values by state
        and player, precision; and the tangent there.
    lengths, searches, taken, stages
        ``(games,)``: length of the next step, precision of the next search, steps taken, stage.
    work
        Of `workspace`.
    """
    matrix, side, point, tangent, mixes, pays, slopes, ahead, support = work
    for game in range(len(moves)):
        for _ in range(steps):
            if stages[game] > UNDERWAY or taken[game] >= limit:
                break
            taken[game] += 1
            if stages[game] == START:
                _begin(available, first, points[game], tangents[game])
            reached = _step(
                payoffs[:, game], moves[game], discounts[game], available, strides, first,
                points[game], tangents[game], lengths[game] if stages[game] > START else 0.0, care,
                matrix, side, point, tangent, mixes, pays, slopes, ahead,
            )  # fmt: skip
            if not reached:
                lengths[game] *= 0.5
                if lengths[game] < _SMALLEST_STEP or stages[game] == START:
                    stages[game] = LOST
                continue
            for k in range(len(point)):
                points[game, k] = point[k]
                tangents[game, k] = tangent[k]
            if stages[game] == START:
                stages[game] = UNDERWAY
                lengths[game] = _FIRST_STEP
                continue
            lengths[game] *= 1.5
            precision = point[len(point) - 1]
            if precision >= searches[game]:
                if _search(
                    payoffs[:, game], moves[game], discounts[game], available, strides, first,
                    precision, matrix, side, point, mixes, pays, slopes, ahead, support,
                ):  # fmt: skip
                    stages[game] = DONE
                    for k in range(len(mixes)):
                        points[game, k] = mixes[k]
                elif precision >= _END:
                    stages[game] = LOST
                searches[game] = precision * _NEXT_SEARCH


@inline
def _begin(available: Array, first: Array, point: Array, tangent: Array) -> None:
    """All actions equally likely; values to be corrected at precision 0."""
    states, players = available.shape
    for s in range(states):
        for i in range(players):
            for a in range(available[s, i]):
                point[first[s, i] + a] = -log(available[s, i])
    for k in range(len(point) - states * players - 1, len(point) - 1):
        point[k] = 0.5
    point[len(point) - 1] = 0.0
    for k in range(len(point)):
        tangent[k] = 0.0
    tangent[len(point) - 1] = 1.0


@inline
def _step(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    first: Array,
    start: Array,
    along: Array,
    length: float,
    care: float,
    matrix: Array,
    side: Array,
    point: Array,
    tangent: Array,
    mixes: Array,
    pays: Array,
    slopes: Array,
    ahead: Array,
) -> bool:
    """The next point on the branch and its tangent, if a step of that length leads there."""
    size = len(start)
    for k in range(size):
        point[k] = start[k] + length * along[k]
    before = np.inf
    converged = False
    for _ in range(_CORRECTIONS):
        tick()
        _equations(
            payoffs, moves, discounts, available, strides, first, point, along, matrix, side,
            mixes, pays, slopes, ahead,
        )  # fmt: skip
        if not _solve(matrix, side):
            return False
        change = 0.0
        for k in range(size):
            point[k] -= side[k]
            change = max(change, abs(side[k]))
        if not np.isfinite(change) or change > 0.5 * before:
            return False
        if length > 0.0 and change > min(_LARGEST_SHARE * length, _LARGEST_CORRECTION / care):
            return False
        before = change
        if change <= _TOLERANCE + _NOISE * abs(point[size - 1]):
            converged = True
            break
    if not converged or point[size - 1] < 0.0:  # the branch never comes back to precision 0
        return False
    _equations(
        payoffs, moves, discounts, available, strides, first, point, along, matrix, side, mixes,
        pays, slopes, ahead,
    )  # fmt: skip
    for k in range(size):
        tangent[k] = 0.0
    tangent[size - 1] = 1.0
    if not _solve(matrix, tangent):
        return False
    norm = 0.0
    for k in range(size):
        norm += tangent[k] * tangent[k]
    norm = np.sqrt(norm)
    turn = 0.0
    for k in range(size):
        tangent[k] /= norm
        turn += tangent[k] * along[k]
    return length == 0.0 or 1.0 - turn <= _LARGEST_TURN / care


@inline
def _respond(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    first: Array,
    values: Array,
    mixes: Array,
    pays: Array,
    slopes: Array,
    ahead: Array,
) -> None:
    """What all actions pay, with derivatives in all probabilities and in the own values.

    `values` are ``(S * N,)``.
    """
    states, players = available.shape
    profiles = payoffs.shape[2]
    for k in range(len(pays)):
        pays[k] = 0.0
        for j in range(len(pays)):
            slopes[k, j] = 0.0
        for t in range(states):
            ahead[k, t] = 0.0
    for s in range(states):
        for profile in range(profiles):
            there = True
            for i in range(players):
                own = profile // strides[i + 1] % (strides[i] // strides[i + 1])
                there &= own < available[s, i]
            if not there:
                continue
            for i in range(players):
                pay = payoffs[i, s, profile]
                for t in range(states):
                    pay += discounts[i] * moves[s, profile, t] * values[t * players + i]
                mine = first[s, i] + profile // strides[i + 1] % (strides[i] // strides[i + 1])
                weight = 1.0
                for j in range(players):
                    if j == i:
                        continue
                    other = first[s, j] + profile // strides[j + 1] % (strides[j] // strides[j + 1])
                    weight *= mixes[other]
                    rest = 1.0
                    for m in range(players):
                        if m not in (i, j):
                            third = profile // strides[m + 1] % (strides[m] // strides[m + 1])
                            rest *= mixes[first[s, m] + third]
                    slopes[mine, other] += rest * pay
                pays[mine] += weight * pay
                for t in range(states):
                    ahead[mine, t] += weight * discounts[i] * moves[s, profile, t]


@inline
def _equations(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    first: Array,
    point: Array,
    along: Array,
    matrix: Array,
    side: Array,
    mixes: Array,
    pays: Array,
    slopes: Array,
    ahead: Array,
) -> None:
    """The branch's equations at a point (right side) and their derivatives; last, `along`."""
    states, players = available.shape
    actions, size = len(mixes), len(point)
    precision = point[size - 1]
    for k in range(actions):
        mixes[k] = exp(min(point[k], 1.0))
    _respond(
        payoffs, moves, discounts, available, strides, first, point[actions:], mixes, pays, slopes,
        ahead,
    )  # fmt: skip
    for k in range(size):
        side[k] = 0.0
        for m in range(size):
            matrix[k, m] = 0.0
    for s in range(states):
        for i in range(players):
            base = first[s, i]
            value = actions + s * players + i
            side[base] = -1.0
            side[value] = point[value]
            matrix[value, value] += 1.0
            for a in range(available[s, i]):
                k = base + a
                side[base] += mixes[k]
                matrix[base, k] = mixes[k]
                side[value] -= mixes[k] * pays[k]
                matrix[value, k] -= mixes[k] * pays[k]
                for m in range(actions):
                    matrix[value, m] -= mixes[k] * slopes[k, m] * mixes[m]
                for t in range(states):
                    matrix[value, actions + t * players + i] -= mixes[k] * ahead[k, t]
                if a == 0:
                    continue
                side[k] = point[k] - point[base] - precision * (pays[k] - pays[base])
                matrix[k, k] += 1.0
                matrix[k, base] -= 1.0
                matrix[k, size - 1] = pays[base] - pays[k]
                for m in range(actions):
                    matrix[k, m] -= precision * (slopes[k, m] - slopes[base, m]) * mixes[m]
                for t in range(states):
                    matrix[k, actions + t * players + i] -= precision * (
                        ahead[k, t] - ahead[base, t]
                    )
    for k in range(size):
        matrix[size - 1, k] = along[k]


@inline
def _search(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    first: Array,
    precision: float,
    matrix: Array,
    side: Array,
    point: Array,
    mixes: Array,
    pays: Array,
    slopes: Array,
    ahead: Array,
    support: Array,
) -> bool:
    """Whether an equilibrium is near; `mixes` holds it then."""
    states, players = available.shape
    actions, size = len(mixes), len(point) - 1
    for k in range(actions):
        support[k] = mixes[k] * precision > 10.0
    for s in range(states):  # what is left out is 0, and the rest a distribution
        for i in range(players):
            total = 0.0
            for a in range(available[s, i]):
                if support[first[s, i] + a]:
                    total += mixes[first[s, i] + a]
                else:
                    mixes[first[s, i] + a] = 0.0
            for a in range(available[s, i]):
                mixes[first[s, i] + a] /= total
    for _ in range(_SEARCH_STEPS):
        tick()
        _respond(
            payoffs, moves, discounts, available, strides, first, point[actions:], mixes, pays,
            slopes, ahead,
        )  # fmt: skip
        for k in range(size + 1):
            side[k] = 0.0
            for m in range(size + 1):
                matrix[k, m] = 0.0
        matrix[size, size] = 1.0
        for s in range(states):
            for i in range(players):
                value = actions + s * players + i
                side[value] = -1.0
                for a in range(available[s, i]):
                    k = first[s, i] + a
                    side[value] += mixes[k]
                    matrix[value, k] = 1.0
                    if not support[k]:
                        matrix[k, k] = 1.0
                        continue
                    side[k] = pays[k] - point[value]
                    for m in range(actions):
                        matrix[k, m] += slopes[k, m]
                    for t in range(states):
                        matrix[k, actions + t * players + i] += ahead[k, t]
                    matrix[k, value] -= 1.0
        if not _solve(matrix, side):
            break
        change = 0.0
        for k in range(size):
            change = max(change, abs(side[k]))
        if not change < 1.0:
            break
        for k in range(actions):
            mixes[k] -= side[k]
        for k in range(actions, size):
            point[k] -= side[k]
        if change < 1e-15:
            break
    if _is_equilibrium(
        payoffs, moves, discounts, available, strides, first, point, mixes, pays, slopes, ahead,
        matrix, side, _NO_GAIN,
    ):  # fmt: skip
        return True
    if precision < _END:
        return False
    for k in range(actions):
        mixes[k] = exp(point[k])
    return _is_equilibrium(
        payoffs, moves, discounts, available, strides, first, point, mixes, pays, slopes, ahead,
        matrix, side, _NO_GAIN_AT_END,
    )  # fmt: skip


@inline
def _is_equilibrium(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    first: Array,
    point: Array,
    mixes: Array,
    pays: Array,
    slopes: Array,
    ahead: Array,
    matrix: Array,
    side: Array,
    none: float,
) -> bool:
    """Whether mixes are distributions (made so exactly) and no action gains more than that."""
    states, players = available.shape
    actions, size = len(mixes), len(point)
    for s in range(states):
        for i in range(players):
            total = 0.0
            for a in range(available[s, i]):
                k = first[s, i] + a
                if not -1e-14 <= mixes[k] <= 2.0:
                    return False
                mixes[k] = max(mixes[k], 0.0)
                total += mixes[k]
            if not abs(total - 1.0) < 1e-6:
                return False
            for a in range(available[s, i]):
                mixes[first[s, i] + a] /= total
    # Values of exactly these strategies: what they pay is linear in the values.
    values = point[actions:]
    for k in range(actions, size):
        point[k] = 0.0
    _respond(
        payoffs, moves, discounts, available, strides, first, values, mixes, pays, slopes, ahead
    )
    for k in range(size):
        side[k] = 0.0
        for m in range(size):
            matrix[k, m] = 1.0 if k == m else 0.0
    for s in range(states):
        for i in range(players):
            row = actions + s * players + i
            for a in range(available[s, i]):
                k = first[s, i] + a
                side[row] += mixes[k] * pays[k]
                for t in range(states):
                    matrix[row, actions + t * players + i] -= mixes[k] * ahead[k, t]
    if not _solve(matrix, side):
        return False
    for k in range(actions, size - 1):
        point[k] = side[k]
    _respond(
        payoffs, moves, discounts, available, strides, first, values, mixes, pays, slopes, ahead
    )
    for s in range(states):
        for i in range(players):
            for a in range(available[s, i]):
                if not pays[first[s, i] + a] - values[s * players + i] <= none:
                    return False
    return True


@inline
def _solve(matrix: Array, side: Array) -> bool:
    """Solve by elimination with partial pivoting; the right side is replaced. False if singular."""
    size = len(side)
    for k in range(size):
        pivot = k
        for r in range(k + 1, size):
            if abs(matrix[r, k]) > abs(matrix[pivot, k]):
                pivot = r
        if not abs(matrix[pivot, k]) > 0.0:
            return False
        if pivot != k:
            for c in range(k, size):
                matrix[k, c], matrix[pivot, c] = matrix[pivot, c], matrix[k, c]
            side[k], side[pivot] = side[pivot], side[k]
        for r in range(k + 1, size):
            if matrix[r, k] == 0.0:
                continue
            factor = matrix[r, k] / matrix[k, k]
            for c in range(k + 1, size):
                matrix[r, c] -= factor * matrix[k, c]
            side[r] -= factor * side[k]
    for k in range(size - 1, -1, -1):
        for c in range(k + 1, size):
            side[k] -= matrix[k, c] * side[c]
        side[k] /= matrix[k, k]
    return True
