"""The principal branch of logit quantal response equilibria, followed game by game.

Coordinates. For every player a reference action b, the likeliest one, and for every other action a
of the player the logit z_a = log p_a - log p_b; beside them m, the precision in units of the
payoffs given. With D_a(p) what a pays beyond b at p, the branch is the curve from (0, 0) of

    F_a(z, m) = z_a - m D_a(p(z)) = 0.

With q_ac what a pays against action c of another player (everybody else as in p), the derivative of
F_a in z_c is -m p_c (q_ac - q_bc - D_a); within a player's own actions there is the unit matrix.

Steps. From a point of the curve one coordinate k, the one that changes fastest, is moved by a step;
the others are predicted to second order from the last two tangents and corrected by Newton's method
with k held. So folds in m are nothing special. The matrix B_k of the systems solved has the column
of m in the place of column k. A step is taken again, and shorter, until

- the determinant's sign fits the tangent's: on a regular curve that of B_k times that of the
  tangent's component k is constant (negated where k is a logit);
- B_k does not change by as much as itself: the spectral radius of B_k(end)^-1 B_k(start) - 1, bound
  by norms of its powers, is below 1, so that no matrix on the line between them is singular.

A step that passes neither however short it is passes a bifurcation (where the number of directions
in which the curve goes on is even, the determinant alone does not show it). There the curve is
followed straight on, which in a symmetric game is the symmetric branch.

The end. Near a strict equilibrium the map of best responses with logit errors is a contraction of a
box into itself at this and all higher precisions (`_is_strict`): the limit is known. Where the
tangent shows which logits settle and which fall in proportion to m, one step of the kind above goes
to a precision at which the equations are those of the limit but for rounding (`_may_leap`). Where
neither happens m rises to a bound at which the regret, at most log(k) / m, is next to nothing, and
an equilibrium is sought nearby (`polish`).

Trees. Every information set is a player of its own, and D_a what a pays beyond b once the
information set is reached: given beliefs, in which logarithms of what its nodes are reached with
are sums of logarithms of probabilities, so that beliefs are known where these are too small for a
float. One sweep gives what nodes are worth; a sweep below each action the derivatives by what moves
behind it, and the steps on the way to each node those by what moves before (`_tree_slopes`). So a
logit matters however small its probability is, by way of beliefs; beside probabilities, beliefs may
not change by much in a step, nor bend, and corrections count as far as they move them. For the same
reason there is no leap: the limit is read off the tangent at a precision where beliefs are not yet
lost in rounding (`_ends_at`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from summitgames.kernels._jit import FEW, exp, inline, jit, log, tick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]
    Int: TypeAlias = int | np.signedinteger[Any]

__all__ = [
    "BELIEF_ROWS", "BIFURCATION", "FAILED", "SLOW", "WORK",
    "Structure", "Written", "polish", "trace", "workspace",
]  # fmt: skip

#: Flags of a game: the trace did not end; it passed a bifurcation; it ended at the highest
#: precision without a proof of the limit; it took more work than allowed.
FAILED = 1
BIFURCATION = 2
SLOW = 4
WORK = 8

# Rows of the workspace `x` of vectors over actions; the last column belongs to the precision. They
# are NumPy's integers: of Python's numba would compile every function for each value.
#: Where the curve stands: point, tangent, probabilities; point and tangent before that.
_X, _G, _P, _XB, _GB = (np.int64(row) for row in range(5))
#: The next point, its tangent and probabilities; room for what a function needs.
_Y, _H, _PY, _V = (np.int64(row) for row in range(5, 9))
#: Over players: spreads of payoffs; behind them, in the last column, how much shorter steps are.
_SPREAD = np.int64(9)
#: Of trees: what actions pay; logarithms of probabilities or their changes; whether an action is as
#: good as any in the limit.
_PAID, _LOG, _TIED = (np.int64(row) for row in range(10, 13))
_ROWS = 13

# Rows of the workspace `w` of whole numbers.
#: Number of players, and of the game under work (with that, or the above, as arguments of their own
#: a tenth of the speed is lost); over players: first action (and one behind the last), stride of
#: profiles, reference; over actions: owner; actions that are no reference.
_COUNT, _FIRST, _STRIDE, _REFERENCE, _OWNER, _FREE = range(6)
_WHOLE_ROWS = 6

# Rows of the arrays of a tree: over nodes, over information sets and over places.
_PARENT, _STOP, _MOVE, _END_NUMBER, _CHILD, _CHILDREN = range(6)
_MOVER, _ABOVE, _PLACE = range(3)
_NODE, _STEP = range(2)

# Rows of the room for beliefs, over places: logarithms of how chance leads there; and of how play
# does, and beliefs, at rows P and PY; room for what a function needs.
_CHANCE, _LX, _LY, _BX, _BY, _V0, _V1 = (np.int64(row) for row in range(7))
BELIEF_ROWS = 7

# The workspace `m` holds matrices of systems of equations; `q` what actions pay against each other,
# at the point under work in its left half (`_slopes`) and at row X in the right.
_NOTHING, _ONE, _TWO = np.int64(0), np.int64(1), np.int64(2)

#: Outcomes of a step.
_NONE, _POINT, _BRANCH, _TARGET = (np.int64(outcome) for outcome in range(4))

#: Logits below this are of no account for others.
_GONE = -25.0
#: Largest change of a probability in a step.
_LARGEST_MOVE = 0.35
#: First correction that the step size aims at, and the largest that is accepted.
_AIM = 0.1
_LARGEST_CORRECTION = 0.7
#: Largest distance between a step and what the tangents at its ends make of it.
_LARGEST_BEND = 0.03
#: Size of a last correction: what is left is of the order of its square.
_TOLERANCE = 1e-8
#: Rounding of a logit for each unit of precision, and at most.
_NOISE = 8e-15
_MOST_NOISE = 1e-3
#: Steps in units of the coordinate held: the first and the largest; at most this where something
#: singular is a bifurcation, and the next one; at most this where the curve touches the target; and
#: the smallest.
_FIRST_STEP = 0.25
_LARGEST_STEP = 10.0
_BIFURCATION_STEP = 1e-5
_STEP_BEHIND = 1e-3
_TOUCH = 1e-7
_SMALLEST_STEP = 1e-9
#: Precision, times spread of payoffs, up to which singular matrices can be told from rounding; and
#: where beliefs round as logits do that fall.
_CLEAR = 1e7
_CLEAR_BELIEFS = 1e5
#: Precision from which on an equilibrium is sought nearby if the curve cannot be followed further.
_FAR = 1e4
#: Precision, times spread of payoffs, at which the trace ends, and how much further a leap goes.
_END = 1e8
_LEAP = 1e7
#: Precision at which a leap may be tried first.
_LEAP_AT = 4.0
#: On a tree the limit is sought from this share of that precision on, and taken for it if no gain,
#: as a share of the spread of payoffs, is larger than this.
_NEAR = 1e-2
_SETTLED = 1e-12
#: Gain, as a share of the spread of payoffs, at which the equations of an equilibrium are solved.
_SOLVED = 1e-13
#: What counts as nearby: the largest change of a probability.
_NEARBY = 1e-3


class Structure(NamedTuple):
    """A tree of perfect recall, and the games on it; every information set is a player of its own.

    Nodes are in preorder, information sets in that of their first nodes, and actions in the order
    of their information sets. A *place* is a decision node, counted information set by information
    set.

    Attributes
    ----------
    nodes
        ``(6, nodes)``: the node before, -1 at the root; the first node behind those below; the
        action that leads to the node, -1 where none does; number of a terminal node, -1 for others;
        where its children begin in the last row; and there, children of all nodes.
    infosets
        ``(3, infosets + 1)``: the player who moves; the last node on the way to all nodes of the
        information set; its first place. Behind the last, only the number of places counts.
    places
        ``(2, places + 1)``: the node; where its steps begin. Behind the last, only that counts.
    steps
        ``(steps,)``: actions on the way to each place that are not on the way to all nodes of the
        information set.
    moves
        ``(games, nodes)``: probability of the chance move that leads to a node, 1 where none does.
    values
        ``(players + 1, nodes)``: room for what nodes are worth, and how they are reached.
    beliefs
        ``(BELIEF_ROWS, places)``: room for beliefs.
    """

    nodes: Array
    infosets: Array
    places: Array
    steps: Array
    moves: Array
    values: Array
    beliefs: Array


class Written(NamedTuple):
    """What is found of trees beside what is found of games in normal form.

    Attributes
    ----------
    ends
        ``(games, places)``: beliefs where curves end.
    along
        ``(games, T, places)``: beliefs along curves.
    gains
        ``(games,)``: the largest gain at the limit by another action at an information set, given
        beliefs, as a share of the player's spread of payoffs; else 0.
    """

    ends: Array
    along: Array
    gains: Array


@inline
def _believe(tree: Structure, x: Array, w: Array, z: Int, p: Int) -> None:
    """Beliefs at all places from logits (row z) and their probabilities (row p).

    By way of logarithms, so that beliefs are those of the curve where probabilities are too small
    for a float.
    """
    b = tree.beliefs
    reach, belief = (_LX, _BX) if p == _P else (_LY, _BY)
    for i in range(w[_COUNT, 0]):
        start, stop = w[_FIRST, i], w[_FIRST, i + 1]
        top = x[z, start]
        for a in range(start + 1, stop):
            top = max(top, x[z, a])
        total = 0.0
        for a in range(start, stop):
            total += exp(x[z, a] - top)
        for a in range(start, stop):
            x[_LOG, a] = x[z, a] - top - log(total)
    for h in range(tree.infosets.shape[1] - 1):
        start, stop = tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]
        top = -np.inf
        for k in range(start, stop):
            here = b[_CHANCE, k]
            for step in range(tree.places[_STEP, k], tree.places[_STEP, k + 1]):
                here += x[_LOG, tree.steps[step]]
            b[reach, k] = here
            top = max(top, here)
        total = 0.0
        for k in range(start, stop):
            b[belief, k] = exp(b[reach, k] - top)
            total += b[belief, k]
        for k in range(start, stop):
            b[belief, k] /= total


@inline
def _believed(tree: Structure, h: int, belief: Int) -> int:
    """The likeliest place of an information set."""
    best: int = tree.infosets[_PLACE, h]
    for k in range(best + 1, tree.infosets[_PLACE, h + 1]):
        if tree.beliefs[belief, k] > tree.beliefs[belief, best]:
            best = k
    return best


@inline
def _speeds(tree: Structure, x: Array, w: Array, tangent: Int, p: Int, out: Int) -> None:
    """How fast the logarithms of what places are reached with change along a tangent."""
    for i in range(w[_COUNT, 0]):
        mean = 0.0
        for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
            mean += x[p, a] * x[tangent, a]
        for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
            x[_LOG, a] = x[tangent, a] - mean
    for k in range(tree.beliefs.shape[1]):
        speed = 0.0
        for step in range(tree.places[_STEP, k], tree.places[_STEP, k + 1]):
            speed += x[_LOG, tree.steps[step]]
        tree.beliefs[out, k] = speed


@inline
def _pay(tree: Structure, pay: Array, x: Array, w: Array, g: int, p: Int, belief: Int) -> None:
    """What nodes are worth, and what actions pay (row _PAID) given beliefs."""
    v = tree.values
    players, nodes = pay.shape[1], v.shape[1]
    for node in range(nodes):
        for i in range(players):
            v[i, node] = (
                pay[g, i, tree.nodes[_END_NUMBER, node]]
                if tree.nodes[_END_NUMBER, node] >= 0
                else 0.0
            )
    for node in range(nodes - 1, 0, -1):
        a = tree.nodes[_MOVE, node]
        weight = x[p, a] if a >= 0 else tree.moves[g, node]
        for i in range(players):
            v[i, tree.nodes[_PARENT, node]] += weight * v[i, node]
    for h in range(tree.infosets.shape[1] - 1):
        start = w[_FIRST, h]
        for a in range(start, w[_FIRST, h + 1]):
            paid = 0.0
            for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
                child = tree.nodes[_CHILDREN, tree.nodes[_CHILD, tree.places[_NODE, k]] + a - start]
                paid += tree.beliefs[belief, k] * v[tree.infosets[_MOVER, h], child]
            x[_PAID, a] = paid


@inline
def _tree_slopes(tree: Structure, pay: Array, x: Array, q: Array, w: Array, g: int, p: Int) -> None:
    """Derivatives of what actions pay by logits, and on the diagonal what they pay, at row p."""
    belief = _BX if p == _P else _BY
    _pay(tree, pay, x, w, g, p, belief)
    v = tree.values
    weights = tree.values[pay.shape[1]]
    actions = q.shape[0]
    for a in range(actions):
        for c in range(actions):
            q[a, c] = 0.0
    for h in range(tree.infosets.shape[1] - 1):
        i = tree.infosets[_MOVER, h]
        start, stop = w[_FIRST, h], w[_FIRST, h + 1]
        if stop - start == 1:
            continue  # nobody asks
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            here = tree.beliefs[belief, k]
            if here == 0.0:
                continue
            for a in range(start, stop):
                child = tree.nodes[_CHILDREN, tree.nodes[_CHILD, tree.places[_NODE, k]] + a - start]
                # What moves before change: the belief.
                tilt = here * (v[i, child] - x[_PAID, a])
                for step in range(tree.places[_STEP, k], tree.places[_STEP, k + 1]):
                    q[a, tree.steps[step]] += tilt
                # What moves after change.
                weights[child] = here
                for node in range(child + 1, tree.nodes[_STOP, child]):
                    c = tree.nodes[_MOVE, node]
                    move = x[p, c] if c >= 0 else tree.moves[g, node]
                    weights[node] = weights[tree.nodes[_PARENT, node]] * move
                    if c >= 0:
                        q[a, c] += weights[node] * v[i, node]
    # So far by logarithms of probabilities one by one; a logit moves all of its information set.
    for a in range(actions):
        for h in range(tree.infosets.shape[1] - 1):
            total = 0.0
            for c in range(w[_FIRST, h], w[_FIRST, h + 1]):
                total += q[a, c]
            if total != 0.0:
                for c in range(w[_FIRST, h], w[_FIRST, h + 1]):
                    q[a, c] -= x[p, c] * total
        q[a, a] = x[_PAID, a]


@inline
def _respond(tree: Structure | None, x: Array, w: Array, z: Int, p: Int) -> None:
    """Probabilities (row p) of logits (row z), and beliefs."""
    for i in range(w[_COUNT, 0]):
        start, stop = w[_FIRST, i], w[_FIRST, i + 1]
        top = x[z, start]
        for a in range(start + 1, stop):
            top = max(top, x[z, a])
        total = 0.0
        for a in range(start, stop):
            x[p, a] = exp(x[z, a] - top)
            total += x[p, a]
        for a in range(start, stop):
            x[p, a] /= total
    if tree is not None:
        _believe(tree, x, w, z, p)


@inline
def _slopes(
    tree: Structure | None, pay: Array, x: Array, q: Array, w: Array, g: int, p: Int
) -> None:
    """What each action pays against each action of another player, everybody else as in row p.

    With two players that does not depend on p, and is left as it is.
    """
    if tree is not None:
        _tree_slopes(tree, pay, x, q, w, g, p)
        return
    players = w[_COUNT, 0]
    if players == 2:
        return
    for a in range(q.shape[0]):
        for c in range(q.shape[0]):
            q[a, c] = 0.0
    for profile in range(pay.shape[2]):
        for i in range(players):
            own = w[_FIRST, i] + profile // w[_STRIDE, i] % (w[_FIRST, i + 1] - w[_FIRST, i])
            for j in range(players):
                if j == i:
                    continue
                weight = pay[g, i, profile]
                for other in range(players):
                    if other != i and other != j:  # noqa: PLR1714  (numba builds a set for `in`)
                        count = w[_FIRST, other + 1] - w[_FIRST, other]
                        weight *= x[p, w[_FIRST, other] + profile // w[_STRIDE, other] % count]
                q[
                    own, w[_FIRST, j] + profile // w[_STRIDE, j] % (w[_FIRST, j + 1] - w[_FIRST, j])
                ] += weight


@inline
def _gain(
    tree: Structure | None, x: Array, q: Array, w: Array, p: Int, half: Int, a: int, b: int
) -> float:
    """What action a pays its player beyond b."""
    if tree is not None:
        beyond: float = q[a, half + a] - q[b, half + b]
        return beyond
    other = 1 if w[_OWNER, a] == 0 else 0
    gain = 0.0
    for c in range(w[_FIRST, other], w[_FIRST, other + 1]):
        gain += x[p, c] * (q[a, half + c] - q[b, half + c])
    return gain


@inline
def _eliminate(m: Array, n: int, right: Int) -> float:
    """Solve n equations for `right` right-hand sides in place; sign of the determinant, 0 if none.

    The right-hand sides are the columns from n on, and so are the solutions.
    """
    sign = 1.0
    for c in range(n):
        best = c
        for r in range(c + 1, n):
            if abs(m[r, c]) > abs(m[best, c]):
                best = r
        pivot = m[best, c]
        if not abs(pivot) > 0.0:  # NaN as well
            return 0.0
        if best != c:
            sign = -sign
            for j in range(c, n + right):
                m[c, j], m[best, j] = m[best, j], m[c, j]
        if pivot < 0.0:
            sign = -sign
        inverse = 1.0 / pivot
        for r in range(c + 1, n):
            factor = m[r, c] * inverse
            if factor != 0.0:
                for j in range(c + 1, n + right):
                    m[r, j] -= factor * m[c, j]
    for c in range(n - 1, -1, -1):
        for s in range(c + 1, n):
            factor = m[c, s]
            for j in range(n, n + right):
                m[c, j] -= factor * m[s, j]
        inverse = 1.0 / m[c, c]
        for j in range(n, n + right):
            m[c, j] *= inverse
    return sign


@inline
def _fit(m: Array, n: int, rows: int) -> bool:
    """Solve equations by damped least squares, as they may have no solution, or many.

    They are in the columns of `m` behind the first n + 1, right-hand sides last; the solution goes
    to column n. Returns whether there is one.
    """
    for r in range(n):
        for s in range(n + 1):
            total = 1e-12 if r == s else 0.0
            for t in range(rows):
                total += m[t, n + 1 + r] * m[t, n + 1 + s]
            m[r, s] = total
    return _eliminate(m, n, _ONE) != 0.0


@inline
def _differentiate(
    tree: Structure | None,
    x: Array,
    m: Array,
    q: Array,
    w: Array,
    n: int,
    k: int,
    z: Int,
    p: Int,
    half: Int,
    at: Int,
) -> float:
    """The matrix B_k at row z to the n columns of `m` from `at` on, column k and -F behind them.

    Rows are scaled, and so is the precision, by 1 and its value at row Y. Returns the largest sum
    of what the entries of a row are off the diagonal (for k the precision).
    """
    mu = x[z, x.shape[1] - 1]
    level = x[_Y, x.shape[1] - 1]
    largest = 0.0
    for r in range(n):
        a = w[_FREE, r]
        i = w[_OWNER, a]
        b = w[_REFERENCE, i]
        gain = _gain(tree, x, q, w, p, half, a, b)
        scale = 1.0 / (1.0 + level * x[_SPREAD, i])
        slope = scale * mu
        total = 0.0
        for s in range(n):
            c = w[_FREE, s]
            entry = 0.0
            if w[_OWNER, c] != i:
                if tree is None:
                    entry = slope * x[p, c] * (gain + q[b, half + c] - q[a, half + c])
                else:
                    entry = slope * (q[b, half + c] - q[a, half + c])
            m[r, at + s] = entry
            total += abs(entry)
        largest = max(largest, total / scale)
        m[r, at + r] = scale
        m[r, at + n] = -scale * gain * (1.0 + level)
        m[r, at + n + 1] = slope * gain - scale * x[z, a]
        if k < n:
            m[r, at + k], m[r, at + n] = m[r, at + n], m[r, at + k]
    return largest


@inline
def _passes(tree: Structure | None, x: Array, m: Array, q: Array, w: Array, n: int, k: int) -> bool:
    """Whether it is clear that no matrix on the line from B_k at row X to that at Y is singular."""
    end = _differentiate(tree, x, m, q, w, n, k, _Y, _PY, _NOTHING, _NOTHING)
    start = _differentiate(tree, x, m, q, w, n, k, _X, _P, x.shape[1] - 1, n)
    if k == n and max(start, end) < 1.0:
        return True
    for r in range(n):
        for s in range(n):
            m[r, n + s] -= m[r, s]
    if _eliminate(m, n, n) == 0.0:
        return False
    # Norms of powers 1, 2, 4, 8 and 16. Twice before the second, rows and columns are balanced,
    # which leaves the spectrum as it is and brings norms nearer to it.
    here: Int = n
    there: Int = _NOTHING
    for power in range(7):
        largest = 0.0
        for r in range(n):
            total = 0.0
            for s in range(n):
                total += abs(m[r, here + s])
            largest = max(largest, total)
        if largest < 1.0:
            return True
        if power < 2:
            for r in range(n):
                row = 0.0
                column = 0.0
                for s in range(n):
                    if s != r:
                        row += abs(m[r, n + s])
                        column += abs(m[s, n + r])
                factor = np.sqrt(column / row) if row > 0.0 else 1.0
                inverse = 1.0 / factor if factor > 0.0 and row > 0.0 else 0.0
                for s in range(n):
                    if s != r:
                        m[r, n + s] *= factor
                        m[s, n + r] *= inverse
        elif power < 6:
            for r in range(n):
                for s in range(n):
                    m[r, there + s] = 0.0
                for t in range(n):
                    factor = m[r, here + t]
                    for s in range(n):
                        m[r, there + s] += factor * m[t, here + s]
            here, there = there, here
    return False


@inline
def _tilt(tree: Structure, unit: float) -> float:
    """The largest change of logits of beliefs, from row _V0 on, as far as it matters to others."""
    b = tree.beliefs
    largest = 0.0
    for h in range(tree.infosets.shape[1] - 1):
        best = _believed(tree, h, _BY)
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            if b[_CHANCE, k] > -np.inf:
                change = b[_LY, k] - b[_V0, k] - b[_LY, best] + b[_V0, best]
                largest = max(largest, abs(change) * min(1.0, 4.0 * b[_BY, k] * unit))
    return largest


@inline
def _correct(
    tree: Structure | None,
    pay: Array,
    x: Array,
    m: Array,
    q: Array,
    w: Array,
    n: int,
    k: int,
    noise: float,
) -> tuple[float, float, int]:
    """Newton's method from row Y (and PY) with coordinate k held; the tangent goes to row H.

    Corrections that do not become small are rounding if not above `noise` times the precision.

    Returns
    -------
    first
        Size of the first correction; -1 if it does not converge.
    sign
        Sign of the determinant, negated where k is a logit.
    rounds
        Systems solved.
    """
    actions = x.shape[1] - 1
    first = 0.0
    before = 0.0
    for a in range(actions):
        x[_H, a] = 0.0
    for rounds in range(1, 9):
        _slopes(tree, pay, x, q, w, w[_COUNT, 1], _PY)
        unit = 1.0 + x[_Y, actions]
        _differentiate(tree, x, m, q, w, n, k, _Y, _PY, _NOTHING, _NOTHING)
        sign = _eliminate(m, n, _TWO)
        if sign == 0.0:
            return -1.0, 0.0, rounds
        size = 0.0
        x[_H, actions] = unit
        for r in range(n):
            a = w[_FREE, r]
            if r == k:  # where the precision stands
                size = max(size, abs(m[r, n + 1]))
                x[_Y, actions] += m[r, n + 1] * unit
                x[_H, actions] = -m[r, n] * unit
                x[_H, a] = 1.0
            else:  # a logit counts by what it matters to others
                size = max(size, abs(m[r, n + 1]) * min(1.0, 4.0 * x[_PY, a] * unit))
                x[_Y, a] += m[r, n + 1]
                x[_H, a] = -m[r, n]
        if tree is not None:
            for place in range(tree.beliefs.shape[1]):
                tree.beliefs[_V0, place] = tree.beliefs[_LY, place]
        _respond(tree, x, w, _Y, _PY)
        if tree is not None:
            size = max(size, _tilt(tree, unit))
        if rounds == 1:
            first = size
        rounding = min(noise * unit, _MOST_NOISE)
        if size <= _TOLERANCE or (rounds > 2 and size <= rounding):
            return first, sign if k == n else -sign, rounds
        limit = _LARGEST_CORRECTION if rounds == 1 else max(0.5 * before, rounding)
        if not size <= limit or x[_Y, actions] < 0.0:
            return -1.0, 0.0, rounds
        before = size
    return -1.0, 0.0, 8


@inline
def _is_strict(pay: Array, x: Array, w: Array, g: int) -> bool:
    """Whether the curve is proved to end in the pure profile of the references.

    Let g_i be the least that a deviation from the profile costs player i, s_i the spread of i's
    payoffs, and e the largest (k_i - 1) exp(-m g_i / 2). Where no player leaves the profile with
    more than e, gains differ from those at the profile by at most 2 (N - 1) e s_i. If that is at
    most g_i / 2, responses leave with at most e again; and if 2 (N - 1) m e s_i < 1, responses
    contract the box. Both then hold at all higher precisions, with e falling to 0.
    """
    players = w[_COUNT, 0]
    mu = x[_X, x.shape[1] - 1]
    base = 0
    for i in range(players):
        if x[_P, w[_REFERENCE, i]] < 0.9:
            return False
        base += (w[_REFERENCE, i] - w[_FIRST, i]) * w[_STRIDE, i]
    largest = 0.0
    for i in range(players):
        x[_V, i] = np.inf
        if w[_FIRST, i + 1] - w[_FIRST, i] == 1:
            continue
        least = np.inf
        for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
            if a != w[_REFERENCE, i]:
                other = base + (a - w[_REFERENCE, i]) * w[_STRIDE, i]
                least = min(least, pay[g, i, base] - pay[g, i, other])
        if not least > 0.0:
            return False
        x[_V, i] = least
        largest = max(largest, (w[_FIRST, i + 1] - w[_FIRST, i] - 1) * exp(-0.5 * mu * least))
    for i in range(players):
        apart = 2.0 * (players - 1) * largest * x[_SPREAD, i]
        if not (2.0 * apart <= x[_V, i] and apart * mu < 1.0):
            return False
        if 1.0 - x[_P, w[_REFERENCE, i]] > largest and w[_FIRST, i + 1] - w[_FIRST, i] > 1:
            return False
    return True


@inline
def _refer(x: Array, w: Array) -> int:
    """Take every player's likeliest action for the reference; the number of other actions."""
    n = 0
    for i in range(w[_COUNT, 0]):
        best = w[_REFERENCE, i]
        for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
            if x[_X, a] > x[_X, best] + 1e-3:
                best = a
        if best != w[_REFERENCE, i]:
            for row in (_X, _G, _XB, _GB):
                shift = x[row, best]
                for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
                    x[row, a] -= shift
            w[_REFERENCE, i] = best
        for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
            if a != best:
                w[_FREE, n] = a
                n += 1
    return n


@inline
def _move(tree: Structure | None, x: Array) -> float:
    """Largest difference of probabilities, and of beliefs, between rows P and PY."""
    move = 0.0
    for a in range(x.shape[1] - 1):
        move = max(move, abs(x[_PY, a] - x[_P, a]))
    if tree is not None:
        for k in range(tree.beliefs.shape[1]):
            move = max(move, abs(tree.beliefs[_BY, k] - tree.beliefs[_BX, k]))
    return move


@inline
def _predict(x: Array, held: int, step: float, smooth: bool) -> bool:
    """Move coordinate `held` by a step, and the others along the curve, to row Y.

    Returns whether that is not too far.

    Second order where the last two tangents tell the curvature (`smooth`). A logit from far below
    comes back by halves, so that it is seen before it matters.
    """
    actions = x.shape[1] - 1
    bend = 0.0
    if smooth and abs(x[_GB, held]) > 1e-3 * abs(x[_G, held]):
        bend = 0.5 * step * step / (x[_X, held] - x[_XB, held])
    near = True
    for a in range(actions + 1):
        speed = x[_G, a] / x[_G, held]
        x[_Y, a] = x[_X, a] + step * speed
        if bend != 0.0:
            x[_Y, a] += bend * (speed - x[_GB, a] / x[_GB, held])
        if a < actions and x[_X, a] < _GONE and x[_Y, a] > 0.5 * x[_X, a]:
            near = False
    x[_Y, held] = x[_X, held] + step
    return near and x[_Y, actions] >= 0.0


@inline
def _beliefs_bend(tree: Structure, x: Array, w: Array, held: int) -> float:
    """The same for logits of beliefs."""
    b = tree.beliefs
    half = 0.5 * (x[_Y, held] - x[_X, held])
    _speeds(tree, x, w, _G, _P, _V0)
    _speeds(tree, x, w, _H, _PY, _V1)
    largest = 0.0
    for h in range(tree.infosets.shape[1] - 1):
        best = _believed(tree, h, _BX)
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            if b[_CHANCE, k] > -np.inf:
                way = b[_LY, k] - b[_LX, k] - b[_LY, best] + b[_LX, best]
                way -= half * (b[_V0, k] - b[_V0, best]) / x[_G, held]
                way -= half * (b[_V1, k] - b[_V1, best]) / x[_H, held]
                largest = max(largest, abs(way) * max(b[_BX, k], b[_BY, k]))
    return largest


@inline
def _bends(tree: Structure | None, x: Array, w: Array, held: int) -> float:
    """How far the way from row X to Y is from what the tangents at both ends make of it.

    By the trapezoidal rule, in logits that count as far as their actions are played. Of the third
    order in a step along a smooth curve; not small if the step has left it for another.
    """
    actions = x.shape[1] - 1
    half = 0.5 * (x[_Y, held] - x[_X, held])
    largest = 0.0
    for a in range(actions + 1):
        gap = abs(x[_Y, a] - x[_X, a] - half * (x[_G, a] / x[_G, held] + x[_H, a] / x[_H, held]))
        if a < actions:
            gap *= max(x[_P, a], x[_PY, a])
        else:
            gap /= 1.0 + x[_X, a]
        largest = max(largest, gap)
    if tree is not None:
        largest = max(largest, _beliefs_bend(tree, x, w, held))
    return largest


@inline
def _may_hide(x: Array, held: int, target: float) -> bool:
    """Whether the precision may reach a target between rows X and Y and turn.

    It does not turn if it rises at both ends, and by so much that a cubic is monotone. If it may,
    it is concave before, so that the tangent at X is an upper bound.
    """
    actions = x.shape[1] - 1
    step = x[_Y, held] - x[_X, held]
    first = step * x[_G, actions] / x[_G, held]
    last = step * x[_H, actions] / x[_H, held]
    gain = x[_Y, actions] - x[_X, actions]
    if first <= 0.0 or (last > 0.0 and first + last <= 3.0 * gain):
        return False
    most: float = x[_X, actions] + max(first, gain)
    return most >= target


@inline
def _may_leap(x: Array, w: Array, n: int) -> bool:
    """Whether the tangent tells which logits settle (row V is 1) as the precision rises.

    The others fall in proportion to it, and some do settle.
    """
    actions = x.shape[1] - 1
    if not x[_G, actions] > 0.0:
        return False
    some = False
    for r in range(n):
        a = w[_FREE, r]
        rate = x[_X, actions] * x[_G, a] / x[_G, actions]
        x[_V, a] = 0.0
        if abs(rate) <= 0.35:
            x[_V, a] = 1.0
            some = True
        elif not (x[_X, a] < -6.0 and rate < 0.5 * x[_X, a]):
            return False
    return some


@inline
def _fastest(x: Array, w: Array, n: int) -> tuple[int, float]:
    """The coordinate that changes fastest, and the unit of its steps."""
    actions = x.shape[1] - 1
    k = n
    unit = 1.0 + x[_X, actions]
    fastest = 1.5 * abs(x[_G, actions]) / unit
    for r in range(n):
        a = w[_FREE, r]
        speed = abs(x[_G, a])
        own = 1.0
        if x[_X, a] < _GONE:  # on the way back, or away: in shares of what it is away
            own = x[_X, a] / _GONE if x[_G, a] > 0.0 else -0.5 * x[_X, a]
            speed /= own if x[_G, a] > 0.0 else 2.0 * own
        if speed > fastest:
            k, unit, fastest = r, own, speed
    return k, unit


@inline
def _even_out(
    tree: Structure, pay: Array, x: Array, m: Array, q: Array, w: Array, g: int, n: int
) -> bool:
    """Bring actions that are tied closer to equal payoffs at row PY; whether they are not yet.

    Unknown are changes of logits: those within supports change probabilities, and all change the
    beliefs that are not 0.
    """
    b = tree.beliefs
    _tree_slopes(tree, pay, x, q, w, g, _PY)
    rows = 0
    largest = 0.0
    for h in range(tree.infosets.shape[1] - 1):
        best = w[_FIRST, h]
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            if x[_PY, a] > x[_PY, best]:
                best = a
        scale = 1.0 / x[_SPREAD, h] if x[_SPREAD, h] > 0.0 else 0.0
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            if a == best or x[_TIED, a] == 0.0:
                continue
            for s in range(n):
                c = w[_FREE, s]
                m[rows, n + 1 + s] = scale * (q[a, c] - q[best, c]) if w[_OWNER, c] != h else 0.0
            m[rows, 2 * n + 1] = -scale * (q[a, a] - q[best, best])
            largest = max(largest, abs(m[rows, 2 * n + 1]))
            rows += 1
    if largest <= _SOLVED or not _fit(m, n, rows):
        return False
    for h in range(tree.infosets.shape[1] - 1):
        x[_V, w[_REFERENCE, h]] = 0.0
    for s in range(n):
        x[_V, w[_FREE, s]] = max(-1.0, min(1.0, m[s, n]))
    _speeds(tree, x, w, _V, _PY, _V0)
    for h in range(tree.infosets.shape[1] - 1):
        total = 0.0
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            x[_PY, a] *= exp(x[_V, a])
            total += x[_PY, a]
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            x[_PY, a] /= total
        total = 0.0
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            b[_BY, k] *= exp(b[_V0, k])
            total += b[_BY, k]
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            b[_BY, k] /= total
    return True


@inline
def _ends_at(
    tree: Structure,
    pay: Array,
    x: Array,
    m: Array,
    q: Array,
    w: Array,
    g: int,
    n: int,
) -> float:
    """The limit that the tangent at row X points to, in row PY, with its beliefs.

    Logits, and those of beliefs, that settle do so in proportion to 1/m, but for terms that fall
    faster; others fall in proportion to m. What does neither is taken to fall, more slowly than m
    rises, so that the action is a best reply; row _TIED has 1 in its last column then. What is left
    is small, and removed by Newton's method.

    Returns the largest gain by another action, as a share of the spread; inf if that is far away.
    """
    b = tree.beliefs
    pace = x[_X, x.shape[1] - 1] / x[_G, x.shape[1] - 1]
    x[_TIED, x.shape[1] - 1] = 0.0
    for h in range(tree.infosets.shape[1] - 1):
        total = 0.0
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            rate = pace * x[_G, a]
            x[_TIED, a] = 1.0
            if abs(rate) <= 0.35:
                x[_PY, a] = exp(x[_X, a] + rate)
            elif x[_X, a] < -6.0 and rate < 0.5 * x[_X, a]:
                x[_PY, a] = 0.0
                x[_TIED, a] = 0.0
            else:
                x[_PY, a] = exp(x[_X, a]) if x[_X, a] > -6.0 else 0.0
                x[_TIED, x.shape[1] - 1] = 1.0
            total += x[_PY, a]
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            x[_PY, a] /= total
    _speeds(tree, x, w, _G, _P, _V0)
    for h in range(tree.infosets.shape[1] - 1):
        best = _believed(tree, h, _BX)
        total = 0.0
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            away = b[_LX, k] - b[_LX, best]
            rate = pace * (b[_V0, k] - b[_V0, best])
            if away == -np.inf:
                b[_BY, k] = 0.0
            elif abs(rate) <= 0.35:
                b[_BY, k] = exp(away + rate)
            else:
                b[_BY, k] = exp(away) if away > -6.0 else 0.0
                if away > -6.0 or rate >= 0.5 * away:
                    x[_TIED, x.shape[1] - 1] = 1.0
            total += b[_BY, k]
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            b[_BY, k] /= total
    for _ in range(6):
        if not _even_out(tree, pay, x, m, q, w, g, n):
            break
    return _most_gained(tree, pay, x, w, g) if _move(tree, x) < _NEARBY else np.inf


@inline
def _most_gained(tree: Structure, pay: Array, x: Array, w: Array, g: int) -> float:
    """The largest gain by another action at row PY, given beliefs, as a share of the spread."""
    _pay(tree, pay, x, w, g, _PY, _BY)
    largest = 0.0
    for h in range(tree.infosets.shape[1] - 1):
        given = 0.0
        most = -np.inf
        for a in range(w[_FIRST, h], w[_FIRST, h + 1]):
            given += x[_PY, a] * x[_PAID, a]
            most = max(most, x[_PAID, a])
        if x[_SPREAD, h] > 0.0:
            largest = max(largest, (most - given) / x[_SPREAD, h])
    return largest


@inline
def _step(
    tree: Structure | None,
    pay: Array,
    x: Array,
    m: Array,
    q: Array,
    w: Array,
    n: int,
    h: float,
    orientation: float,
    smooth: bool,
    target: float,
    most: int,
    reach: float,
) -> tuple[Int, float, float, float, int]:
    """Take a step from row X, as long as `h` allows, to row Y (tangent H, probabilities PY).

    If `reach` is not 0, try to leap to that precision first.

    Returns
    -------
    outcome
        What was reached: nothing, a point, one past a bifurcation, or the target.
    h
        The step that was short enough.
    first
        Size of the first correction.
    orientation
        The sign that is constant from here on.
    work
        Systems solved.
    """  # fmt: skip
    actions = x.shape[1] - 1
    care = x[_SPREAD, actions]
    fastest, unit = _fastest(x, w, n)
    clear = x[_X, actions] < _CLEAR
    if tree is not None:
        clear = x[_X, actions] < _CLEAR_BELIEFS
    leap = reach > 0.0 and _may_leap(x, w, n)
    if not leap:
        reach = 0.0
    work = 0
    while h > _SMALLEST_STEP and work < most:
        tick()
        k = n if reach > 0.0 else fastest
        held = actions if k == n else w[_FREE, k]
        ahead = 1.0 if x[_G, held] > 0.0 else -1.0
        step = reach - x[_X, held] if reach > 0.0 else ahead * h * unit
        near = _predict(x, held, step, smooth and not leap)
        if leap:
            for r in range(n):
                a = w[_FREE, r]
                if x[_V, a] == 1.0:
                    x[_Y, a] = x[_X, a]
        _respond(tree, x, w, _Y, _PY)
        shrink = 0.5
        good = near and care * _move(tree, x) <= _LARGEST_MOVE
        first, sign = 0.0, 0.0
        if good:
            noise = 0.0 if reach > 0.0 else _NOISE
            first, sign, rounds = _correct(tree, pay, x, m, q, w, n, k, noise)
            work += rounds
            good = first >= 0.0 and _move(tree, x) <= 2.0 * _LARGEST_MOVE
            good = good and (leap or care * _bends(tree, x, w, held) <= _LARGEST_BEND)
            shrink = 0.4
        singular = False
        if good:
            singular = sign * orientation != ahead
            singular = singular or (clear and not _passes(tree, x, m, q, w, n, k))
            if singular and (h > _BIFURCATION_STEP or reach > 0.0):
                good = False
                shrink = 0.3
        if leap:  # if not, the ordinary step
            if good:
                return _TARGET, h, first, orientation, work
            leap = False
            reach = 0.0
            continue
        if good and reach > 0.0:
            return _TARGET, h, first, orientation, work
        if good and reach == 0.0 and h > _TOUCH and target < np.inf:
            good = not _may_hide(x, held, target)
        if good and x[_Y, actions] >= target:
            if h < _TOUCH:
                return _TARGET, h, first, orientation, work
            reach = target
            continue
        reach = 0.0
        if good and ahead < 0.0:
            for a in range(actions + 1):
                x[_H, a] = -x[_H, a]
        if not good:
            h *= shrink
            continue
        if singular:
            return _BRANCH if clear else _POINT, h, first, sign * ahead, work
        return _POINT, h, first, orientation, work
    return _NONE, h, 0.0, orientation, work


def workspace(counts: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
    """Arrays `x`, `m`, `q` and `w` for games with these numbers of actions."""
    players, actions = len(counts), sum(counts)
    w = np.zeros((_WHOLE_ROWS, max(2, actions + 1)), dtype=np.int64)
    w[_COUNT, 0] = players
    w[_FIRST, : players + 1] = np.cumsum((0, *counts))
    w[_STRIDE, :players] = np.cumprod((1, *counts[:0:-1]))[::-1]
    w[_OWNER, :actions] = np.repeat(np.arange(players), counts)
    x = np.zeros((_ROWS, actions + 1))
    m = np.zeros((actions, 2 * actions + 2))
    return x, m, np.zeros((actions, 2 * actions)), w


@inline
def _deal(tree: Structure, g: int) -> None:
    """Logarithms of how chance leads to places, from where ways to an information set part."""
    for h in range(tree.infosets.shape[1] - 1):
        for k in range(tree.infosets[_PLACE, h], tree.infosets[_PLACE, h + 1]):
            tree.beliefs[_CHANCE, k] = 0.0
            node = tree.places[_NODE, k]
            while node != tree.infosets[_ABOVE, h]:
                tree.beliefs[_CHANCE, k] += log(tree.moves[g, node])
                node = tree.nodes[_PARENT, node]


@inline
def _load(tree: Structure | None, pay: Array, x: Array, q: Array, w: Array, g: int) -> float:
    """Make the arrays those of a game, at the centroid; the least spread that is not 0, or inf."""
    actions = x.shape[1] - 1
    w[_COUNT, 1] = g
    players = w[_COUNT, 0]
    for row in range(x.shape[0]):
        for a in range(x.shape[1]):
            x[row, a] = 0.0
    least = np.inf
    for i in range(players):
        w[_REFERENCE, i] = w[_FIRST, i]
        for a in range(w[_FIRST, i], w[_FIRST, i + 1]):
            x[_P, a] = 1.0 / (w[_FIRST, i + 1] - w[_FIRST, i])
            x[_PY, a] = x[_P, a]
        x[_SPREAD, i] = 0.0
        player = i
        if tree is not None:
            player = tree.infosets[_MOVER, i]
        for profile in range(pay.shape[2]):
            x[_SPREAD, i] = max(x[_SPREAD, i], pay[g, player, profile])
        if x[_SPREAD, i] > 0.0:
            least = min(least, x[_SPREAD, i])
    if tree is not None:
        _deal(tree, g)
        _respond(tree, x, w, _X, _P)
        _respond(tree, x, w, _Y, _PY)
        return least
    if players == 2:
        for a in range(w[_FIRST, 1]):
            for b in range(w[_FIRST, 1], w[_FIRST, 2]):
                profile = a * w[_STRIDE, 0] + b - w[_FIRST, 1]
                q[a, b] = pay[g, 0, profile]
                q[b, a] = pay[g, 1, profile]
                q[a, actions + b] = q[a, b]
                q[b, actions + a] = q[b, a]
    return least


@jit(interpret=FEW // 4)
def trace(
    pay: Array,
    x: Array,
    m: Array,
    q: Array,
    w: Array,
    targets: Array,
    caution: Array,
    max_work: int,
    ends: Array,
    precisions: Array,
    points: Array,
    lengths: Array,
    flags: Array,
    tree: Structure | None,
    written: Written | None,
) -> int:
    """Follow the principal branch of every game of a block.

    Parameters
    ----------
    pay
        ``(games, N, profiles)``, N at least 2: payoffs, every player's least 0 and the largest
        about 1, the first player's actions slowest. On a tree ``(games, N, terminals)``.
    x, m, q, w
        Of `workspace`.
    targets
        ``(games,)``: the precision asked for, or inf for the limit.
    caution
        ``(games,)``: 1, or more for shorter steps.
    max_work
        Systems of equations solved for a game, at most.
    ends
        Written: ``(games, actions)``, the players' strategies behind one another where the curve
        first meets the target, or their limit; for SLOW games where the curve was left, NaN for
        FAILED ones.
    precisions, points
        Written: ``(games, T)`` and ``(games, T, actions)``, the first T points of the curve, NaN
        where there are fewer.
    lengths, flags
        Written: ``(games,)``, numbers of points, and flags.
    tree, written
        None for games in normal form, for which the kernel is then compiled.

    Returns
    -------
    int
        Systems solved.
    """
    actions = x.shape[1] - 1
    out: Any = written
    room = precisions.shape[1]
    all_work = 0
    for g in range(pay.shape[0]):
        least = _load(tree, pay, x, q, w, g)
        target = targets[g]
        care = caution[g]
        x[_SPREAD, actions] = care
        end = _END / least  # 0 if nothing is at stake
        _slopes(tree, pay, x, q, w, g, _P)
        x[_H, actions] = 1.0
        for a in range(actions):
            x[_H, a] = _gain(tree, x, q, w, _P, _NOTHING, a, w[_REFERENCE, w[_OWNER, a]])
        for t in range(room):
            precisions[g, t] = np.nan
            for a in range(actions):
                points[g, t, a] = np.nan
            if tree is not None:
                for k in range(tree.beliefs.shape[1]):
                    out.along[g, t, k] = np.nan
        gained = 0.0
        flags[g] = 0
        length = 0
        work = 0
        h = _FIRST_STEP / care
        orientation = 1.0
        outcome: Int = _POINT
        leap_at = _LEAP_AT
        while True:
            tick()
            smooth = outcome == _POINT and length > 0
            for a in range(actions + 1):
                x[_XB, a] = x[_X, a]
                x[_GB, a] = x[_G, a]
                x[_X, a] = x[_Y, a]
                x[_G, a] = x[_H, a]
                x[_P, a] = x[_PY, a]
            if tree is not None:
                for k in range(tree.beliefs.shape[1]):
                    tree.beliefs[_LX, k] = tree.beliefs[_LY, k]
                    tree.beliefs[_BX, k] = tree.beliefs[_BY, k]
            changing = w[_COUNT, 0] > 2
            if tree is not None:
                changing = True
            if changing:
                for a in range(actions):
                    for c in range(actions):
                        q[a, actions + c] = q[a, c]
            n = _refer(x, w)
            if x[_X, actions] <= end:
                if length < room:
                    precisions[g, length] = x[_X, actions]
                    for a in range(actions):
                        points[g, length, a] = x[_P, a]
                    if tree is not None:
                        for k in range(tree.beliefs.shape[1]):
                            out.along[g, length, k] = tree.beliefs[_BX, k]
                length += 1
            if end == 0.0 or target == 0.0:
                break
            if tree is None:
                if target == np.inf and x[_G, actions] > 0.0 and _is_strict(pay, x, w, g):
                    for a in range(actions):
                        x[_PY, a] = 1.0 if w[_REFERENCE, w[_OWNER, a]] == a else 0.0
                    break
            elif target == np.inf and x[_X, actions] >= _NEAR * end and x[_G, actions] > 0.0:
                gained = _ends_at(tree, pay, x, m, q, w, g, n)
                if gained <= _SETTLED:
                    if x[_TIED, actions] > 0.0:
                        flags[g] |= np.uint8(SLOW)
                    break
            outcome = _NONE
            first = 0.0
            may_leap = x[_X, actions] >= leap_at and target == np.inf
            if tree is not None:
                may_leap = (
                    False  # on logits that fall beliefs depend; it would leave them to rounding
                )
            if target < np.inf or x[_X, actions] < end:
                outcome, h, first, orientation, rounds = _step(
                    tree, pay, x, m, q, w, n, h, orientation, smooth, target,
                    max_work - work, _LEAP * end if may_leap else 0.0,
                )  # fmt: skip
                work += rounds
            if outcome == _TARGET:
                break
            if may_leap:
                leap_at = 1.5 * x[_X, actions]
            if outcome == _NONE:
                slow = target == np.inf and x[_X, actions] >= _FAR
                flags[g] |= np.uint8(SLOW if slow else FAILED)
                if work >= max_work:
                    flags[g] |= np.uint8(WORK)
                if tree is not None:
                    gained = np.inf
                    if slow and x[_G, actions] > 0.0:
                        gained = _ends_at(tree, pay, x, m, q, w, g, n)
                    if gained <= _SETTLED:
                        break
                    for k in range(tree.beliefs.shape[1]):
                        tree.beliefs[_BY, k] = tree.beliefs[_BX, k] if slow else np.nan
                for a in range(actions):
                    x[_PY, a] = x[_P, a] if slow else np.nan
                if tree is not None:
                    gained = _most_gained(tree, pay, x, w, g)
                break
            h *= min(3.0, max(0.4, (_AIM / care / (first + 1e-9)) ** (1.0 / 3.0)))
            h = min(h, _LARGEST_STEP / care)
            if outcome == _BRANCH:
                flags[g] |= np.uint8(BIFURCATION)
                h = _STEP_BEHIND
        for a in range(actions):
            ends[g, a] = x[_PY, a]
        if tree is not None:
            out.gains[g] = gained
            for k in range(tree.beliefs.shape[1]):
                out.ends[g, k] = tree.beliefs[_BY, k]
        lengths[g] = length
        all_work += work
    return all_work


@inline
def _limit_system(x: Array, m: Array, q: Array, w: Array, n: int, at: int) -> tuple[float, int]:
    """Derivatives of gains within the support (where row V is 1) at row PY, and their negatives.

    They go to the columns of `m` from `at` on, the gains behind them; all as shares of spreads.
    Actions out of the support have a row if they gain. Returns the largest gain and the number of
    rows.
    """
    largest = 0.0
    row = 0
    for r in range(n):
        a = w[_FREE, r]
        i = w[_OWNER, a]
        b = w[_REFERENCE, i]
        gain = _gain(None, x, q, w, _PY, _NOTHING, a, b)
        scale = 1.0 / x[_SPREAD, i] if x[_SPREAD, i] > 0.0 else 0.0
        if x[_V, a] == 0.0 and gain <= 0.0:
            continue
        largest = max(largest, abs(scale * gain))
        column = at
        for s in range(n):
            c = w[_FREE, s]
            if x[_V, c] != 0.0:
                m[row, column] = 0.0
                if w[_OWNER, c] != i:
                    m[row, column] = scale * x[_PY, c] * (q[a, c] - q[b, c] - gain)
                column += 1
        m[row, column] = -scale * gain
        row += 1
    return largest, row


@inline
def _least_squares(
    pay: Array, x: Array, m: Array, q: Array, w: Array, g: int, n: int, cut: float
) -> float:
    """Solve the equations of an equilibrium on the actions likelier than `cut`, from row P, for PY.

    By damped least squares, as they may have no solution, or many. Returns the largest gain.
    """
    inside = n - n  # not a constant, for which numba would compile `_fit` again
    for a in range(x.shape[1] - 1):
        x[_V, a] = 1.0 if x[_P, a] > cut else 0.0
        x[_Y, a] = log(x[_P, a]) if x[_P, a] > cut else -np.inf
    for r in range(n):
        if x[_V, w[_FREE, r]] != 0.0:
            inside += 1
    largest = np.inf
    for _ in range(12):
        tick()
        _respond(None, x, w, _Y, _PY)
        _slopes(None, pay, x, q, w, g, _PY)
        largest, rows = _limit_system(x, m, q, w, n, inside + 1)
        if largest <= _SOLVED:
            break
        if not _fit(m, inside, rows):
            break
        row = 0
        for r in range(n):
            if x[_V, w[_FREE, r]] != 0.0:
                x[_Y, w[_FREE, r]] += max(-1.0, min(1.0, m[row, inside]))
                row += 1
    return largest


@jit(interpret=FEW // 4)
def polish(pay: Array, x: Array, m: Array, q: Array, w: Array, ends: Array) -> None:
    """Exchange strategies that are nearly an equilibrium for one, where one is found nearby.

    Parameters
    ----------
    pay, x, m, q, w
        As for `trace`.
    ends
        ``(games, actions)``: the strategies. Actions that nearly vanish are left out, and the
        others brought to equal payoffs; where that fails, strategies stay as they are.
    """
    actions = x.shape[1] - 1
    for g in range(pay.shape[0]):
        _load(None, pay, x, q, w, g)
        for a in range(actions):
            x[_P, a] = ends[g, a]
            x[_X, a] = log(x[_P, a]) if x[_P, a] > 0.0 else -np.inf
        n = _refer(x, w)
        for cut in (3e-4, 1e-6, 1e-9):
            largest = _least_squares(pay, x, m, q, w, g, n, cut)
            if largest <= 10.0 * _SOLVED and _move(None, x) < _NEARBY:
                for a in range(actions):
                    ends[g, a] = x[_PY, a]
                break
