"""Exact equilibria near mixed strategies in floats.

Floats are no exact mixes: a probability of 1/3 is none of them. What a solver in floats means is
an exact equilibrium nearby, on the support that the floats show. Where all but two players play
one action, those two players' mixes solve linear equations. Elsewhere the equations are of higher
degree and their solution may be irrational; then a rational point is found around which Newton's
method proves that there is one.

Nothing here is trusted: what is found is proved by `ExactTable.is_equilibrium` or `holds_within`.

References
----------
Rump (2010), Verification methods: rigorous results using floating-point arithmetic, Acta Numerica
19; Neumaier (1990), Interval Methods for Systems of Equations, chapter 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from flint import fmpq, fmpq_mat

from summitgames.certificates.exact_tables import ExactTable, Mixes, support
from summitgames.certificates.projections import Row, cuts, nearest, product, simple_mix
from summitgames.certificates.rationals import exactly, to_fraction

__all__ = ["Nearby", "distance", "equilibrium_near", "holds_within", "regular"]

#: Newton's method rounds to this power of two. From 1e-9 it gets there in six steps.
_GRID: Final = 2**192
_STEPS: Final = 8


class Nearby(NamedTuple):
    """An exact equilibrium: the mixes, or where `radius` is positive, one within it of them."""

    mixes: list[list[fmpq]]
    radius: Fraction


def equilibrium_near(table: ExactTable, given: Mixes, within: Fraction) -> Nearby | None:
    """An exact equilibrium near given mixes, on their support.

    Parameters
    ----------
    table
        The game.
    given
        Nonnegative numbers that sum to about 1, for each player.
    within
        Largest distance of any probability from the given one.

    Returns
    -------
    Nearby or None
        None: none was found.
    """
    for cut in cuts(given, within):
        supports = [[a for a, p in enumerate(mix) if p > cut] for mix in given]
        if not all(supports):
            return None
        found = _on_supports(table, given, supports)
        if found is not None and distance(found, given) <= within:
            return found
    return None


def distance(found: Nearby, given: Mixes) -> Fraction:
    """The largest distance of a probability of what was found from the given one."""
    pairs = (
        (p, q)
        for mix, other in zip(found.mixes, given, strict=True)
        for p, q in zip(mix, other, strict=True)
    )
    return to_fraction(max((abs(p - q) for p, q in pairs), default=fmpq(0))) + found.radius


def _on_supports(
    table: ExactTable, given: Mixes, supports: Sequence[Sequence[int]]
) -> Nearby | None:
    mixing = [player for player, actions in enumerate(supports) if len(actions) > 1]
    if len(mixing) > 2:
        return _simple(table, given, supports) or regular(table, given, supports)
    mixes = [[fmpq(a == actions[0]) for a in range(k)]
             for k, actions in zip(table.counts, supports, strict=True)]  # fmt: skip
    for player in mixing:
        mix = _linear_mix(table, given, supports, player)
        if mix is None:
            return None
        mixes[player] = mix
    return Nearby(mixes, Fraction(0)) if table.is_equilibrium(mixes) else None


def _linear_mix(
    table: ExactTable, given: Mixes, supports: Sequence[Sequence[int]], player: int
) -> list[fmpq] | None:
    """The mix nearest to the given one that makes the others' supports best responses.

    Only of those others is it asked who meet no other mix than this one; for them, the conditions
    are linear.
    """
    own = supports[player]
    equal: list[Row] = [([fmpq(1)] * len(own), fmpq(1))]
    at_most: list[list[fmpq]] = []
    for other, played in enumerate(supports):
        rest = [s for i, s in enumerate(supports) if i not in {player, other}]
        if other == player or any(len(actions) > 1 for actions in rest):
            continue
        mixes = [[fmpq(a == actions[0]) for a in range(k)]
                 for k, actions in zip(table.counts, supports, strict=True)]  # fmt: skip
        payoffs = table.expected(other, mixes, player, other)
        if player > other:
            payoffs = payoffs.T
        payoffs = payoffs[list(own)]
        for action in range(table.counts[other]):
            gain = (payoffs[:, action] - payoffs[:, played[0]]).tolist()
            if action not in played:
                at_most.append(gain)
            elif action != played[0]:
                equal.append((gain, fmpq(0)))
    target = [given[player][action] for action in own]
    signs = [[fmpq(-(i == place)) for i in range(len(own))] for place in range(len(own))]
    found = nearest(equal, at_most, signs, target)
    if found is None:
        return None
    mix = [fmpq(0)] * table.counts[player]
    for action, probability in zip(own, found, strict=True):
        mix[action] = probability
    return mix


def _simple(table: ExactTable, given: Mixes, supports: Sequence[Sequence[int]]) -> Nearby | None:
    """The mixes of the simplest rationals, if they are an equilibrium."""
    mixes = []
    for mix, actions in zip(given, supports, strict=True):
        simple = simple_mix(mix, actions)
        if simple is None:
            return None
        mixes.append(simple)
    return Nearby(mixes, Fraction(0)) if table.is_equilibrium(mixes) else None


def regular(table: ExactTable, given: Mixes, supports: Sequence[Sequence[int]]) -> Nearby | None:
    """A point near the given one, and a radius within which there is an equilibrium."""
    mixes = [[p if a in actions else fmpq(0) for a, p in enumerate(mix)]
             for mix, actions in zip(given, supports, strict=True)]  # fmt: skip
    mixes = [[p / sum(mix, fmpq(0)) for p in mix] for mix in mixes]
    for _ in range(_STEPS):
        newton = _Newton.at(table, mixes)
        if newton is None:
            return None
        if newton.largest_step == 0 and table.is_equilibrium(mixes):
            return Nearby(mixes, Fraction(0))
        radius = _power_of_two(2 * newton.largest_step * newton.most)
        if radius * _GRID <= 2**16 and holds_within(table, mixes, radius):
            return Nearby(mixes, radius)
        mixes = newton.next_mixes(mixes)
        if any(mix[a] <= 0 for mix, actions in zip(mixes, supports, strict=True) for a in actions):
            return None  # on the support there is none
    return None


def _power_of_two(number: fmpq) -> Fraction:
    """The least power of two that is larger, but not below half the grid."""
    found = to_fraction(number)
    exponent = found.numerator.bit_length() - found.denominator.bit_length() + 1
    return max(Fraction(2) ** exponent, Fraction(1, 2 * _GRID))


class _Newton(NamedTuple):
    """One step of Newton's method for the indifference equations on a support.

    The unknowns are the probabilities of all actions played but each player's first most likely
    one, whose probability is what is left.

    Attributes
    ----------
    unknowns
        Player and action.
    references
        For each player the action left out.
    freedom
        For each player the number of unknowns.
    inverse
        Of the Jacobian matrix.
    step
        What to subtract.
    """

    unknowns: list[tuple[int, int]]
    references: list[int]
    freedom: list[int]
    inverse: list[list[fmpq]]
    step: list[fmpq]

    @classmethod
    def at(cls, table: ExactTable, mixes: Mixes) -> _Newton | None:
        """The step from a point; None where the equations are singular."""
        supports = [support(mix) for mix in mixes]
        references = [max(s, key=lambda a: mix[a]) for s, mix in zip(supports, mixes, strict=True)]
        unknowns = [(i, a) for i, s in enumerate(supports) for a in s if a != references[i]]
        size = len(unknowns)
        values, jacobian = [], fmpq_mat(size, size)
        each = [table.expected(i, mixes, i).tolist() for i in range(len(mixes))]
        pairs = {}
        for row, (i, a) in enumerate(unknowns):
            first = references[i]
            values.append(each[i][a] - each[i][first])
            for column, (j, b) in enumerate(unknowns):
                if i == j:
                    continue
                if (i, j) not in pairs:
                    pair = table.expected(i, mixes, i, j)
                    pairs[i, j] = pair if i < j else pair.T
                pair, second = pairs[i, j], references[j]
                entry = pair[a, b] - pair[first, b] - pair[a, second] + pair[first, second]
                jacobian[row, column] = entry
        try:
            inverse = jacobian.inv()
        except ZeroDivisionError:
            return None
        step = inverse * fmpq_mat(size, 1, values)
        freedom = [len(s) - 1 for s in supports]
        return cls(unknowns, references, freedom, inverse.table(), list(step.entries()))

    @property
    def largest_step(self) -> fmpq:
        """Of all unknowns."""
        return max(map(abs, self.step))

    @property
    def most(self) -> int:
        """Unknowns of one player, at most."""
        return max(self.freedom)

    def next_mixes(self, mixes: Mixes) -> list[list[fmpq]]:
        """Where the step leads, on the grid."""
        moved = [list(mix) for mix in mixes]
        for (player, action), step in zip(self.unknowns, self.step, strict=True):
            number = (mixes[player][action] - step) * _GRID
            moved[player][action] = fmpq(number.p // number.q, 1) / _GRID
        for mix, reference in zip(moved, self.references, strict=True):
            mix[reference] = 1 - (sum(mix, fmpq(0)) - mix[reference])
        return moved


def holds_within(table: ExactTable, mixes: Mixes, radius: Fraction) -> bool:
    """Whether it is proved that an exact equilibrium lies within a radius of mixes.

    The Newton-Kantorovich theorem for the map T(z) = z - Y F(z), where F are the gains of the
    actions played over each player's most likely one, z the probabilities of the former and Y the
    inverse of the Jacobian matrix at the mixes, m. F is multilinear, and along a box of half-width
    r around m, where a player's mix moves by up to 2 d r in sum, d being the player's number of
    unknowns, rows of the Jacobian matrix change in sum by at most 4 s r (sum over j of d_j (D - d_i
    - d_j)), s being the most that a change of the own action changes a payoff, and D the sum of d.
    Let ``q r`` bound the sum of |Y| times that over every row. If |Y F(m)| + q r^2 <= r and q r <
    1, T maps the box to itself and contracts: it has exactly one zero of F. There, probabilities
    are positive, and no other action gains, if this holds at m by the margin that moving as far
    leaves.

    Parameters
    ----------
    table
        The game.
    mixes
        Distributions.
    radius
        For every probability.
    """
    newton = _Newton.at(table, mixes)
    if newton is None or not newton.unknowns:
        return False
    freedom, stakes = newton.freedom, table.stakes
    total = sum(freedom)
    r = exactly(radius) / newton.most
    changes = [
        4 * stakes[i] * sum(d * (total - freedom[i] - d) for j, d in enumerate(freedom) if j != i)
        for i, _ in newton.unknowns
    ]
    growth = max(product([abs(entry) for entry in row], changes) for row in newton.inverse)
    if newton.largest_step + growth * r * r > r or growth * r >= 1:
        return False
    for player, mix in enumerate(mixes):
        if any(p <= freedom[player] * r for p in mix if p > 0):
            return False
        each = table.expected(player, mixes, player).tolist()
        margin = 2 * stakes[player] * (total - freedom[player]) * r
        best = each[newton.references[player]]
        if any(value - best + margin > 0 for value, p in zip(each, mix, strict=True) if p == 0):
            return False
    return True
