"""Stationary policies of stochastic games: values, all pure equilibria, long-run behavior.

Values. Under a policy player i's values v solve (1 - d P) v = r, d the discount, P the transition
probabilities and r the payoffs under the policy. The matrix is strictly diagonally dominant by rows
with nonpositive entries off the diagonal, so elimination needs no pivoting: its rows stay such, and
(1 - d P)^-1 is nonnegative with row sums of 1 / (1 - d) at most.

All pure equilibria. A policy profile names a profile of actions for every state; it is an
equilibrium iff no player gains by another action once, in any state. Policies are run through like
the numbers of an odometer, the last state fastest, for some games at once (lanes, the last axis of
every workspace): when the digit of state s changes, rows s and later of the elimination are made
anew. A gain is told from 0 by a bound on its rounding error that holds for all policies of a game
(`bounds`); what lies within is looked at again, policy by policy, with a bound of its own
(`settle`), and what is still open is for exact arithmetic.

Bounds. With n states, u half a unit in the last place, c = 1 / (1 - d max row sum) and R the
largest payoff, |v| <= c R; elimination is backward stable with |L||U| of norm at most (2 n - 1) 2
(Higham, Accuracy and Stability, lemma 8.8), so v is off by less than 2 u (3 n + 8) 4 n c * c R,
and a gain by that much again twice and (n + 8) 3 u c R from its own evaluation.

For a single policy: with residual q = r - (1 - d P) v, every nonnegative e with (1 - d P) e >= |q|
bounds the error of v state by state, since the inverse is nonnegative; such an e is found by
solving, and verified. So values that are exactly 0, and actions that are the same, are seen to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, inline, jit, tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = [
    "FAILS",
    "HOLDS",
    "LANES",
    "OPEN",
    "absorption_times",
    "enumerate_policies",
    "long_run_shares",
    "policy_values",
    "settle",
    "workspace",
]

#: Games at once.
LANES: Final = 64

#: Verdicts on a policy profile.
FAILS: Final = 0
HOLDS: Final = 1
OPEN: Final = 2

_UNIT = 2.0**-53
#: Beyond what any product of the sizes looked at here may lose by underflow.
_TINY = 2.0**-1000
#: Values beyond this are left to exact arithmetic.
_LARGEST = 1e250
#: Rounds of `_prune`.
_ROUNDS = 20


@jit(interpret=FEW)
def policy_values(moves: Array, payoffs: Array, discounts: Array, matrix: Array) -> None:
    """Values of stationary policies.

    Parameters
    ----------
    moves
        ``(rows, S, S)``: transition probabilities under the policies.
    payoffs
        ``(rows, S, N)``: expected payoffs; replaced by the values.
    discounts
        ``(rows, N)``.
    matrix
        Workspace ``(S, S)``.
    """
    rows, states, players = payoffs.shape
    for row in range(rows):
        for player in range(players):
            discount = discounts[row, player]
            if player == 0 or discount != discounts[row, player - 1]:
                for s in range(states):
                    for t in range(states):
                        matrix[s, t] = -discount * moves[row, s, t]
                    matrix[s, s] += 1.0
                _eliminate(matrix)
            for s in range(states):
                for k in range(s):
                    payoffs[row, s, player] -= matrix[s, k] * payoffs[row, k, player]
            for s in range(states - 1, -1, -1):
                for t in range(s + 1, states):
                    payoffs[row, s, player] -= matrix[s, t] * payoffs[row, t, player]
                payoffs[row, s, player] /= matrix[s, s]


@inline
def _eliminate(matrix: Array) -> None:
    """Factors L (below the diagonal, ones on it) and U in the place of a matrix."""
    states = len(matrix)
    for s in range(states):
        for k in range(s):
            factor = matrix[s, k] / matrix[k, k]
            matrix[s, k] = factor
            for t in range(k + 1, states):
                matrix[s, t] -= factor * matrix[k, t]


@inline
def _solve(matrix: Array, x: Array) -> None:
    """Solve with the factors; the right side is replaced."""
    states = len(matrix)
    for s in range(states):
        for k in range(s):
            x[s] -= matrix[s, k] * x[k]
    for s in range(states - 1, -1, -1):
        for t in range(s + 1, states):
            x[s] -= matrix[s, t] * x[t]
        x[s] /= matrix[s, s]


def workspace(shape: tuple[int, ...], lanes: int) -> tuple[Array, ...]:
    """Room for `enumerate_policies`.

    Parameters
    ----------
    shape
        ``(N, S, A)``, A the number of pure profiles.
    lanes
        Games at once.
    """
    players, states, profiles = shape
    return (
        np.zeros((players, states, profiles, lanes)),  # payoffs
        np.zeros((states, profiles, states, lanes)),  # transition probabilities
        np.zeros((players, lanes)),  # discounts
        np.zeros((players, lanes)),  # bounds of errors
        np.zeros((players, lanes)),  # bounds of values
        np.zeros((players, states, states, lanes)),  # rows of the elimination
        np.zeros((players, states, lanes)),  # reciprocals of pivots
        np.zeros((players, states, lanes)),  # right sides
        np.zeros((players, states, lanes)),  # values
        np.zeros((players, states, lanes)),  # discounted values
        np.zeros((3, lanes)),  # gains; the largest, for certain and at most
        np.zeros((states, profiles), dtype=np.int64),  # profiles left in each state
        np.zeros(2 * states + 2, dtype=np.int64),  # digits, numbers of profiles left, cursor
    )


@inline
def _pack(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    first: int,
    count: int,
    rounded: float,
    pays: Array,
    shifts: Array,
    patience: Array,
    slack: Array,
    sizes: Array,
) -> bool:
    """Games into lanes, with bounds of errors; whether every game's players share a discount."""
    players, _, states, profiles = payoffs.shape
    lanes = slack.shape[1]
    common = True
    for lane in range(lanes):
        game = first + min(lane, count - 1)  # lanes to spare hold the last game again
        heaviest = 0.0
        for s in range(states):
            for a in range(profiles):
                total = 0.0
                for t in range(states):
                    shifts[s, a, t, lane] = moves[game, s, a, t]
                    total += moves[game, s, a, t]
                heaviest = max(heaviest, total)
        for i in range(players):
            largest = 0.0
            for s in range(states):
                for a in range(profiles):
                    pay = payoffs[i, game, s, a]
                    pays[i, s, a, lane] = pay
                    largest = max(largest, abs(pay))
            discount = discounts[game, i]
            patience[i, lane] = discount
            common &= discount == discounts[game, 0]
            margin = 1.0 - discount * heaviest - (states + 4) * _UNIT
            size = largest / margin
            bound = (3 * states + 8) * 4 * states / margin + (states + 8) * 3
            sizes[i, lane] = size
            slack[i, lane] = 4.0 * _UNIT * bound * size
            if largest > 0.0:
                slack[i, lane] += _TINY
            if not (margin > 0.0 and size < _LARGEST and rounded <= _UNIT):
                slack[i, lane] = np.inf
                sizes[i, lane] = np.inf
    return common


@jit(interpret=4 * FEW)
def enumerate_policies(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    rounded: float,
    sparing: bool,
    fixed: int,
    budget: int,
    limit: int,
    work: tuple[Array, ...],
    counts: Array,
    found: Array,
    policies: Array,
    verdicts: Array,
) -> int:
    """Go on with the run through all policies of all games; list those that no deviation refutes.

    Parameters
    ----------
    payoffs, moves, discounts
        ``(N, games, S, A)``, ``(games, S, A, S)`` and ``(games, N)``.
    available
        ``(S, N)``: numbers of actions.
    strides
        ``(N + 1,)``: what one action more adds to a profile's number; last, 1 more profile.
    rounded
        Relative error of the numbers given: 0 where they are the game's; above 2**-53 nothing is
        told from floats.
    sparing
        Whether profiles are thrown out first (`_prune`), which is worth it for large games alone.
    fixed
        How many states, the first ones, keep to profile 0.
    budget
        Policies (of all lanes) to look at in this call, about.
    limit
        Policies of a game above which it is given up.
    work
        Of `workspace`; all zeros before the first call, then left alone.
    counts
        ``(games,)`` float: filled with the numbers of policies to be looked at.
    found, policies, verdicts
        Where to list: game, ``(S,)`` profile numbers, HOLDS or OPEN. Room for `LANES` at least.

    Returns
    -------
    int
        How many are listed. The run has ended once ``work[-1][-1]`` is negative.
    """
    pays, shifts, patience, slack, sizes = work[:5]
    rows, pivots, sides, values, ahead, gains = work[5:11]
    left, cursor = work[11:]
    players, games, states, _ = payoffs.shape
    lanes = slack.shape[1]
    listed = 0
    group = cursor[2 * states]
    underway = cursor[2 * states + 1] > 0
    while group < games:
        count = min(lanes, games - group)
        # Packed anew when a run is taken up again: little, next to a budget.
        common = _pack(
            payoffs, moves, discounts, group, count, rounded, pays, shifts, patience, slack, sizes
        )
        kinds = 1 if common else players
        if not underway:
            _list_profiles(available, strides, fixed, left, cursor)
            if sparing:
                _prune(
                    pays, shifts, patience, slack, sizes, available, strides, values, ahead, left,
                    cursor,
                )  # fmt: skip
            total = 1.0
            for s in range(states):
                cursor[s] = 0
                total *= cursor[states + s]
            for lane in range(count):
                counts[group + lane] = total
            if total > limit or total == 0.0:
                group += count
                continue
        changed = 0
        while changed >= 0:
            tick()
            if budget <= 0 or listed + count > len(found):
                cursor[2 * states] = group
                cursor[2 * states + 1] = 1
                return listed
            budget -= count
            for s in range(changed, states):
                _reduce_row(
                    s, left[s, cursor[s]], kinds, pays, shifts, patience, rows, pivots, sides
                )
            _substitute(kinds, patience, rows, pivots, sides, values, ahead)
            if _gains(pays, shifts, slack, available, strides, values, ahead, gains, left, cursor):
                for lane in range(count):
                    if gains[1, lane] <= 0.0:
                        found[listed] = group + lane
                        for s in range(states):
                            policies[listed, s] = left[s, cursor[s]]
                        verdicts[listed] = HOLDS if gains[2, lane] <= 0.0 else OPEN
                        listed += 1
            changed = states - 1
            while changed >= 0:
                cursor[changed] += 1
                if cursor[changed] < cursor[states + changed]:
                    break
                cursor[changed] = 0
                changed -= 1
        underway = False
        group += count
    cursor[2 * states] = group
    cursor[2 * states + 1] = -1
    return listed


@inline
def _list_profiles(
    available: Array, strides: Array, fixed: int, left: Array, cursor: Array
) -> None:
    """All profiles of actions that players have, state by state."""
    states, players = available.shape
    profiles = left.shape[1]
    for s in range(states):
        number = 0
        for a in range(1 if s < fixed else profiles):
            there = True
            for i in range(players):
                there &= a // strides[i + 1] % (strides[i] // strides[i + 1]) < available[s, i]
            if there:
                left[s, number] = a
                number += 1
        cursor[states + s] = number


@inline
def _prune(
    pays: Array,
    shifts: Array,
    patience: Array,
    slack: Array,
    sizes: Array,
    available: Array,
    strides: Array,
    low: Array,
    high: Array,
    left: Array,
    cursor: Array,
) -> None:
    """Throw out profiles that are part of no equilibrium, whatever is played elsewhere.

    Equilibrium values lie between bounds that the profiles left imply: no more than the best of
    them gives with the upper bounds ahead, and no less than the own best reply to the worst of them
    with the lower ones. A profile goes where some other action gains with all values in between.
    """
    players, states, lanes = low.shape
    for i in range(players):
        for s in range(states):
            for lane in range(lanes):
                low[i, s, lane] = -sizes[i, lane]
                high[i, s, lane] = sizes[i, lane]
    for _ in range(_ROUNDS):
        moved = False
        for s in range(states):
            tick()
            for i in range(players):
                moved |= _narrow(
                    s, i, pays, shifts, patience, slack, available, strides, low, high, left, cursor
                )
            number = 0
            for place in range(cursor[states + s]):
                a = left[s, place]
                if _may_be_played(
                    s, a, pays, shifts, patience, slack, available, strides, low, high
                ):
                    left[s, number] = a
                    number += 1
            moved |= number < cursor[states + s]
            cursor[states + s] = number
            if number == 0:  # the game has no equilibrium, and bounds no meaning
                return
        if not moved:
            return


@inline
def _narrow(
    s: int,
    i: int,
    pays: Array,
    shifts: Array,
    patience: Array,
    slack: Array,
    available: Array,
    strides: Array,
    low: Array,
    high: Array,
    left: Array,
    cursor: Array,
) -> bool:
    """Narrow the bounds of a player's value in a state; whether by much."""
    _, states, lanes = low.shape
    moved = False
    for lane in range(lanes):
        upper, lower = -np.inf, np.inf
        for place in range(cursor[states + s]):
            a = left[s, place]
            own = a // strides[i + 1] % (strides[i] // strides[i + 1])
            best = -np.inf
            for action in range(available[s, i]):
                b = a + (action - own) * strides[i + 1]
                least, most = 0.0, 0.0
                for t in range(states):
                    least += shifts[s, b, t, lane] * low[i, t, lane]
                    most += shifts[s, b, t, lane] * high[i, t, lane]
                best = max(best, pays[i, s, b, lane] + patience[i, lane] * least)
                if action == own:
                    upper = max(upper, pays[i, s, b, lane] + patience[i, lane] * most)
            lower = min(lower, best)
        before = high[i, s, lane] - low[i, s, lane]
        high[i, s, lane] = min(high[i, s, lane], upper + slack[i, lane])
        low[i, s, lane] = max(low[i, s, lane], lower - slack[i, lane])
        moved |= high[i, s, lane] - low[i, s, lane] < 0.9 * before
    return moved


@inline
def _may_be_played(
    s: int,
    a: int,
    pays: Array,
    shifts: Array,
    patience: Array,
    slack: Array,
    available: Array,
    strides: Array,
    low: Array,
    high: Array,
) -> bool:
    """Whether in some lane a profile may be part of an equilibrium, for all that bounds tell."""
    players, states, lanes = low.shape
    for lane in range(lanes):
        possible = True
        for i in range(players):
            own = a // strides[i + 1] % (strides[i] // strides[i + 1])
            for action in range(available[s, i]):
                b = a + (action - own) * strides[i + 1]
                most = 0.0
                for t in range(states):
                    more = shifts[s, a, t, lane] - shifts[s, b, t, lane]
                    most += more * (high[i, t, lane] if more > 0.0 else low[i, t, lane])
                advantage = pays[i, s, a, lane] - pays[i, s, b, lane] + patience[i, lane] * most
                possible &= not advantage + 2.0 * slack[i, lane] < 0.0
        if possible:
            return True
    return False


@inline
def _reduce_row(
    s: int,
    a: int,
    kinds: int,
    pays: Array,
    shifts: Array,
    patience: Array,
    rows: Array,
    pivots: Array,
    sides: Array,
) -> None:
    """Row s of the equations for the values, with profile a there, after elimination."""
    players, states, lanes = sides.shape
    for i in range(players):
        for lane in range(lanes):
            sides[i, s, lane] = pays[i, s, a, lane]
    for d in range(kinds):
        for t in range(states):
            for lane in range(lanes):
                rows[d, s, t, lane] = -patience[d, lane] * shifts[s, a, t, lane]
        for lane in range(lanes):
            rows[d, s, s, lane] += 1.0
        for k in range(s):
            for lane in range(lanes):
                rows[d, s, k, lane] *= pivots[d, k, lane]
            for t in range(k + 1, states):
                for lane in range(lanes):
                    rows[d, s, t, lane] -= rows[d, s, k, lane] * rows[d, k, t, lane]
        for lane in range(lanes):
            pivots[d, s, lane] = 1.0 / rows[d, s, s, lane]
    for i in range(players):
        d = i if kinds > 1 else 0
        for k in range(s):
            for lane in range(lanes):
                sides[i, s, lane] -= rows[d, s, k, lane] * sides[i, k, lane]


@inline
def _substitute(
    kinds: int,
    patience: Array,
    rows: Array,
    pivots: Array,
    sides: Array,
    values: Array,
    ahead: Array,
) -> None:
    """Values from the eliminated rows."""
    players, states, lanes = sides.shape
    for i in range(players):
        d = i if kinds > 1 else 0
        for s in range(states - 1, -1, -1):
            for lane in range(lanes):
                values[i, s, lane] = sides[i, s, lane]
            for t in range(s + 1, states):
                for lane in range(lanes):
                    values[i, s, lane] -= rows[d, s, t, lane] * values[i, t, lane]
            for lane in range(lanes):
                values[i, s, lane] *= pivots[d, s, lane]
                ahead[i, s, lane] = patience[i, lane] * values[i, s, lane]


@inline
def _gains(
    pays: Array,
    shifts: Array,
    slack: Array,
    available: Array,
    strides: Array,
    values: Array,
    ahead: Array,
    gains: Array,
    left: Array,
    cursor: Array,
) -> bool:
    """Whether some lane's policy is not refuted.

    Row 1 of `gains` is then positive in lanes where some deviation gains for certain, row 2 where
    some gains or may.
    """
    players, states, lanes = values.shape
    for lane in range(lanes):
        gains[1, lane] = -np.inf
        gains[2, lane] = -np.inf
        for i in range(players):
            if slack[i, lane] == np.inf:  # whose gains may be no numbers
                gains[2, lane] = np.inf
    for s in range(states):
        a = left[s, cursor[s]]
        for i in range(players):
            own = a // strides[i + 1] % (strides[i] // strides[i + 1])
            for action in range(available[s, i]):
                if action == own:
                    continue
                b = a + (action - own) * strides[i + 1]
                for lane in range(lanes):
                    gains[0, lane] = pays[i, s, b, lane] - values[i, s, lane]
                for t in range(states):
                    for lane in range(lanes):
                        gains[0, lane] += shifts[s, b, t, lane] * ahead[i, t, lane]
                for lane in range(lanes):
                    surely = gains[0, lane] - slack[i, lane]
                    maybe = gains[0, lane] + slack[i, lane]
                    gains[1, lane] = max(gains[1, lane], surely)
                    gains[2, lane] = max(gains[2, lane], maybe)
        alive = 0
        for lane in range(lanes):
            alive += gains[1, lane] <= 0.0
        if alive == 0:
            return False
    return True


@jit(interpret=FEW)
def settle(
    payoffs: Array,
    moves: Array,
    discounts: Array,
    available: Array,
    strides: Array,
    rounded: float,
    games: Array,
    policies: Array,
    verdicts: Array,
    values: Array,
    work: Array,
) -> None:
    """Values of pure policies, and a verdict on those that are open.

    Parameters
    ----------
    payoffs, moves, discounts, available, strides, rounded
        As for `enumerate_policies`.
    games, policies, verdicts
        As `enumerate_policies` lists them; what is still OPEN after this is for exact arithmetic.
    values
        ``(policies, S, N)``: filled.
    work
        Workspace ``(S + 2, S)``.
    """
    players, _, states, _ = payoffs.shape
    matrix, value, error = work[:states], work[states], work[states + 1]
    rounding = (states + 12) * _UNIT + 4.0 * rounded
    for row in range(len(games)):
        game, worst = games[row], FAILS
        if verdicts[row] == OPEN:
            worst = HOLDS
        for i in range(players):
            tick()
            discount = discounts[game, i]
            for s in range(states):
                a = policies[row, s]
                value[s] = payoffs[i, game, s, a]
                for t in range(states):
                    matrix[s, t] = -discount * moves[game, s, a, t]
                matrix[s, s] += 1.0
            _eliminate(matrix)
            _solve(matrix, value)
            for s in range(states):
                values[row, s, i] = value[s]
            if worst == FAILS:
                continue
            proved = _bound_error(
                payoffs[i, game],
                moves[game],
                discount,
                policies[row],
                rounding,
                matrix,
                value,
                error,
            )
            for s in range(states):
                a = policies[row, s]
                own = a // strides[i + 1] % (strides[i] // strides[i + 1])
                for action in range(available[s, i]):
                    b = a + (action - own) * strides[i + 1]
                    if action == own or worst == FAILS:
                        continue
                    gain = payoffs[i, game, s, b] - payoffs[i, game, s, a]
                    size = abs(gain)
                    loose = abs(payoffs[i, game, s, b]) + abs(payoffs[i, game, s, a])
                    unsure = 0.0
                    for t in range(states):
                        more = moves[game, s, b, t] - moves[game, s, a, t]
                        both = moves[game, s, b, t] + moves[game, s, a, t]
                        gain += discount * more * value[t]
                        size += discount * abs(more * value[t])
                        loose += discount * both * abs(value[t])
                        unsure += discount * (abs(more) + 4.0 * rounded * both) * error[t]
                        if more != 0.0 and (value[t] != 0.0 or error[t] != 0.0):
                            unsure += _TINY
                    bound = 2.0 * unsure + rounding * size + 4.0 * rounded * loose
                    if proved and gain > bound:
                        worst = FAILS
                    elif not (proved and gain <= -bound):
                        worst = OPEN
        if verdicts[row] == OPEN:
            verdicts[row] = worst


@inline
def _bound_error(
    payoffs: Array,
    moves: Array,
    discount: float,
    policy: Array,
    rounding: float,
    matrix: Array,
    value: Array,
    error: Array,
) -> bool:
    """Bound the error of values state by state; whether the bound is proved.

    `matrix` holds the factors; afterwards its first row is the bound's right side.
    """
    states = len(value)
    for s in range(states):
        a = policy[s]
        residual, size = payoffs[s, a] - value[s], abs(payoffs[s, a]) + abs(value[s])
        tiny = 0.0
        for t in range(states):
            residual += discount * moves[s, a, t] * value[t]
            size += discount * moves[s, a, t] * abs(value[t])
            if moves[s, a, t] > 0.0 and value[t] != 0.0:
                tiny = _TINY
        error[s] = 2.0 * (abs(residual) + rounding * size + tiny)
    _solve(matrix, error)
    for s in range(states):
        a = policy[s]
        residual, size = payoffs[s, a] - value[s], abs(payoffs[s, a]) + abs(value[s])
        owed, paid = 0.0, 0.0
        tiny = 0.0
        for t in range(states):
            residual += discount * moves[s, a, t] * value[t]
            size += discount * moves[s, a, t] * abs(value[t])
            owed += discount * moves[s, a, t] * error[t]
            if moves[s, a, t] > 0.0 and (value[t] != 0.0 or error[t] != 0.0):
                tiny = _TINY
        paid = error[s] * (1.0 - rounding) - owed * (1.0 + rounding)
        # Not a number, of values beyond float64, proves nothing.
        if not (error[s] >= 0.0 and paid >= abs(residual) + rounding * size + tiny):
            return False
    return True


@inline
def _fold(size: int, inside: Array, exits: Array, periods: Array) -> None:
    """Where a chain leaves a set of states, and after how long.

    States are taken out one by one, the last first; what leads to one is led on to where it leads.
    Its own return counts through what is left of 1 alone, so nothing is subtracted and every result
    is accurate in itself (Grassmann, Taksar & Heyman).

    Parameters
    ----------
    size
        Number of states in the set.
    inside
        ``(size, size)``: probabilities of moves within the set; changed.
    exits
        ``(size, m)``: probabilities of moves to each of m places outside; replaced by those of
        ending there.
    periods
        ``(size,)``: replaced by the expected time to that.
    """
    places = exits.shape[1]
    for k in range(size):
        periods[k] = 1.0
    for k in range(size - 1, -1, -1):
        leave = 0.0
        for j in range(k):
            leave += inside[k, j]
        for m in range(places):
            leave += exits[k, m]
        for j in range(k):
            inside[k, j] /= leave
        for m in range(places):
            exits[k, m] /= leave
        periods[k] /= leave
        for i in range(k):
            share = inside[i, k]
            for j in range(k):
                inside[i, j] += share * inside[k, j]
            for m in range(places):
                exits[i, m] += share * exits[k, m]
            periods[i] += share * periods[k]
    for k in range(size):
        for j in range(k):
            for m in range(places):
                exits[k, m] += inside[k, j] * exits[j, m]
            periods[k] += inside[k, j] * periods[j]


@jit(interpret=FEW, allocates=True)
def absorption_times(moves: Array, sure: Array, target: int, times: Array) -> None:
    """Expected periods until a state is reached.

    Parameters
    ----------
    moves
        ``(rows, S, S)``: transition probabilities.
    sure
        ``(rows, S)`` bool: states from which the target is reached with probability 1.
    target
        Number of the state.
    times
        ``(rows, S)``: filled; infinite where not sure.
    """
    rows, states = times.shape
    inside, exits = np.empty((states, states)), np.empty((states, 1))
    periods, order = np.empty(states), np.empty(states, dtype=np.int64)
    for row in range(rows):
        size = 0
        for s in range(states):
            times[row, s] = np.inf
            if sure[row, s] and s != target:
                order[size] = s
                size += 1
        times[row, target] = 0.0
        for k in range(size):
            for j in range(size):
                inside[k, j] = moves[row, order[k], order[j]]
            exits[k, 0] = moves[row, order[k], target]
        _fold(size, inside, exits, periods)
        for k in range(size):
            times[row, order[k]] = periods[k]


@jit(interpret=FEW, allocates=True)
def long_run_shares(moves: Array, leads: Array, shares: Array) -> None:
    """Long-run shares of time in every state, from every state.

    Parameters
    ----------
    moves
        ``(rows, S, S)``: transition probabilities.
    leads
        ``(rows, S, S)`` bool: whether the second state may be reached from the first (from itself
        always).
    shares
        ``(rows, S, S)``: filled.
    """
    rows, states, _ = moves.shape
    inside, exits = np.empty((states, states)), np.empty((states, states))
    order, periods = np.empty(states, dtype=np.int64), np.empty(states)
    home = np.empty(states, dtype=np.int64)
    for row in range(rows):
        # A state is recurrent iff whatever it leads to leads back; its class goes by its first.
        for s in range(states):
            home[s] = -1
            for t in range(states - 1, -1, -1):
                if leads[row, s, t]:
                    if not leads[row, t, s]:
                        home[s] = -1
                        break
                    home[s] = t
        for s in range(states):
            for t in range(states):
                shares[row, s, t] = 0.0
        for first in range(states):
            if home[first] != first:
                continue
            size = 0
            for s in range(states):
                if home[s] == first:
                    order[size] = s
                    size += 1
            _stationary(row, size, order, moves, inside, periods)
            for k in range(size):
                for j in range(size):
                    shares[row, order[k], order[j]] = periods[j]
        size = 0
        for s in range(states):
            if home[s] < 0:
                order[size] = s
                size += 1
        for k in range(size):
            for t in range(states):
                exits[k, t] = 0.0
            for t in range(states):
                if home[t] >= 0:
                    exits[k, home[t]] += moves[row, order[k], t]
            for j in range(size):
                inside[k, j] = moves[row, order[k], order[j]]
        _fold(size, inside, exits, periods)
        for k in range(size):
            for first in range(states):
                if home[first] == first:
                    for t in range(states):
                        shares[row, order[k], t] += exits[k, first] * shares[row, first, t]


@inline
def _stationary(
    row: int, size: int, order: Array, moves: Array, inside: Array, shares: Array
) -> None:
    """Stationary distribution on a recurrent class, by taking out one state after the other."""
    for k in range(size):
        for j in range(size):
            inside[k, j] = moves[row, order[k], order[j]]
    for k in range(size - 1, 0, -1):
        leave = 0.0
        for j in range(k):
            leave += inside[k, j]
        for i in range(k):
            inside[i, k] /= leave
            for j in range(k):
                inside[i, j] += inside[i, k] * inside[k, j]
    shares[0] = 1.0
    total = 1.0
    for k in range(1, size):
        shares[k] = 0.0
        for i in range(k):
            shares[k] += shares[i] * inside[i, k]
        total += shares[k]
    for k in range(size):
        shares[k] /= total
