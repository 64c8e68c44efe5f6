"""Sets of mixes and of odds that solve conditions, in exact arithmetic.

Unknowns come in blocks that sum to 1. Conditions are sums of products of unknowns of different
blocks: those that are linear cut the polytopes in which the unknowns lie, one after another, and
what has only one value then is put into the others. Ratios of unknowns of a block may be *tied*:
products of them with whole powers must be 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from flint import fmpq, fmpq_mat

from summitgames.certificates.consistency import Row, kernel
from summitgames.equilibria.exact_odds import (
    Bounds,
    connected,
    elementary,
    implied,
    may_hold,
    overlapping,
    rational_ratios,
)
from summitgames.equilibria.exact_polytopes import Polytope, Work, cut, simplices

if TYPE_CHECKING:
    from summitgames.equilibria.exact_classes import Condition, Sum

__all__ = ["Group", "System", "Tie"]

_ZERO, _ONE = fmpq(0), fmpq(1)
#: Ratios of odds that are tried, where they are tied, before it is left open whether there are any.
_TRIES: Final = 200
#: How often bounds of tied ratios are drawn from each other.
_ROUNDS: Final = 3


class Group(NamedTuple):
    """Unknowns whose conditions hang together.

    Attributes
    ----------
    unknowns
        Their numbers, in the order of the polytope's coordinates.
    polytope
        Where they lie.
    """

    unknowns: tuple[int, ...]
    polytope: Polytope


class Tie(NamedTuple):
    """That a ratio of unknowns is a product of powers of numbers that other ratios are made of.

    Attributes
    ----------
    row
        These numbers, each to its power.
    base, other
        The unknowns, of one block: the ratio is that of `other` to `base`.
    """

    row: Row
    base: int
    other: int


class System:
    """Blocks of positive unknowns, and conditions on them.

    Parameters
    ----------
    work
        Units of work are counted here.

    Attributes
    ----------
    blocks
        The unknowns of every block.
    groups
        All unknowns, in groups, with the closure of the set of solutions.
    opened
        Whether some unknowns were given values in order to go on, so that solutions may be missed.
    open_ties
        Places of ties of which it was not decided whether they can hold.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.opened = False
        self.open_ties: list[int] = []
        self.blocks: dict[int, list[int]] = {}
        self.groups: list[Group] = []
        self._pending: list[Condition] = []

    def add(self, block: int, unknowns: list[int], polytope: Polytope | None = None) -> None:
        """Add a block of unknowns, within a polytope if not the whole simplex."""
        if polytope is None:
            polytope = simplices((tuple(range(len(unknowns))),), len(unknowns))
        self.blocks[block] = unknowns
        self.groups.append(Group(tuple(unknowns), polytope))

    def require(self, total: Sum, *, equal: bool) -> None:
        """Add the condition that a sum is 0 (if `equal`) or at least 0."""
        self._pending.append((total, equal))

    def solve(self) -> bool:
        """Cut the groups by the conditions, the linear ones first; whether anything is left."""
        while self._pending:
            self._substitute()
            linear: list[Condition] = []
            others: list[Condition] = []
            for condition in self._pending:
                degree = max(map(len, condition[0]), default=0)
                (linear if degree < 2 else others).append(condition)
            if not linear:
                self._open()
                continue
            self._pending = others
            if not all(self._cut(total, equal=equal) for total, equal in linear):
                return False
        return self._is_positive()

    def _is_positive(self) -> bool:
        """Whether no unknown is 0 in all that is left."""
        return all(group.polytope.reaches(range(len(group.unknowns))) for group in self.groups)

    def _substitute(self) -> None:
        """Put in the values of unknowns that have only one."""
        known = {
            unknown: value
            for group in self.groups
            if len(group.polytope.points) == 1
            for unknown, value in zip(group.unknowns, group.polytope.points[0], strict=True)
        }
        if not known:
            return
        pending = []
        for total, equal in self._pending:
            less: Sum = {}
            for key, amount in total.items():
                value = amount
                for unknown in key:
                    value *= known.get(unknown, _ONE)
                left = tuple(unknown for unknown in key if unknown not in known)
                less[left] = less.get(left, _ZERO) + value
            pending.append(({k: v for k, v in less.items() if v != 0}, equal))
        self._pending = pending

    def _open(self) -> None:
        """Give the unknowns of one group values, so that conditions become linear."""
        used = {unknown for total, _ in self._pending for key in total for unknown in key}
        groups = [group for group in self.groups if used.intersection(group.unknowns)]
        group = min(groups, key=lambda group: len(group.polytope.points))
        self.opened = True
        self._replace(
            [group], group.unknowns, Polytope((tuple(group.polytope.average()),), (0,), 0)
        )

    def _replace(self, old: Sequence[Group], unknowns: Iterable[int], polytope: Polytope) -> None:
        """Put one group in place of others, which is the last one then, or of a single one."""
        new = Group(tuple(unknowns), polytope)
        if len(old) == 1:
            self.groups = [new if group is old[0] else group for group in self.groups]
        else:
            self.groups = [g for g in self.groups if all(g is not one for one in old)]
            self.groups.append(new)

    def _cut(self, total: Sum, *, equal: bool) -> bool:
        """Cut by a linear condition; whether anything is left."""
        constant = total.get((), _ZERO)
        unknowns = {key[0]: amount for key, amount in total.items() if key}
        if not unknowns:
            return bool(constant == 0 if equal else constant >= 0)
        touched = [g for g in self.groups if any(u in unknowns for u in g.unknowns)]
        joined = touched[0]
        for other in touched[1:]:
            joined = self._joined(joined, other)
        form = {at: unknowns[u] for at, u in enumerate(joined.unknowns) if u in unknowns}
        found = cut(joined.polytope, (form, constant), self.work, equal=equal)
        if found is None:
            return False
        self._replace(touched, joined.unknowns, found)
        return True

    def _joined(self, one: Group, other: Group) -> Group:
        """Two groups as one."""
        a, b = one.polytope, other.polytope
        self.work.spend(len(a.points) * len(b.points))
        return Group(
            one.unknowns + other.unknowns,
            Polytope(
                tuple((*p, *q) for p in a.points for q in b.points),
                tuple(s | t << a.bits for s in a.tight for t in b.tight),
                a.bits + b.bits,
            ),
        )

    # The set of solutions

    @property
    def is_product(self) -> bool:
        """Whether every group is one block, and its polytope known to be all."""
        return len(self.groups) == len(self.blocks) and not self.opened

    @property
    def dimension(self) -> int:
        """Of the set of solutions, but for ties."""
        total = 0
        for group in self.groups:
            first, *others = group.polytope.points
            if others:
                rows = [[a - b for a, b in zip(p, first, strict=True)] for p in others]
                total += int(fmpq_mat(rows).rank())
        return total

    def vertices(self, block: int) -> list[dict[int, fmpq]]:
        """Vertices of the group of a block, the unknowns of the block only."""
        unknowns = self.blocks[block]
        group = self._group_of(unknowns[0])
        places = [group.unknowns.index(unknown) for unknown in unknowns]
        return [
            {u: point[at] for u, at in zip(unknowns, places, strict=True)}
            for point in group.polytope.points
        ]

    def point(self) -> dict[int, fmpq]:
        """A point of the relative interior."""
        return {
            unknown: share
            for group in self.groups
            for unknown, share in zip(group.unknowns, group.polytope.average(), strict=True)
        }

    def _group_of(self, unknown: int) -> Group:
        return next(group for group in self.groups if unknown in group.unknowns)

    # Ties

    def tied_point(self, ties: Sequence[Tie]) -> tuple[dict[int, fmpq], int] | None:
        """A solution at which ratios are tied, and by how much ties lower the dimension.

        None: there is none, or, where `open_ties` names any, none was found.
        """
        before = self.groups
        basis = kernel([tie.row for tie in ties])
        # What is fixed for one relation bounds all that lies in the same group of unknowns.
        group_of = {u: at for at, group in enumerate(before) for u in group.unknowns}
        touched = [
            {group_of[tie.base] for tie, power in zip(ties, v, strict=True) if power} for v in basis
        ]
        try:
            for part in overlapping(touched):
                used = [at for at in range(len(ties)) if any(basis[i][at] for i in part)]
                relations = [[basis[i][at] for at in used] for i in part]
                found = self._tie(relations, [ties[at] for at in used])
                if not found:
                    if found is None:
                        self.open_ties = used
                    return None
            return self.point(), len(basis)
        finally:
            self.groups = before

    def _tie(self, relations: Sequence[Sequence[int]], ties: Sequence[Tie]) -> bool | None:
        """Fix ratios that have to do with each other; False: impossible, None: not decided."""
        parts = connected(relations)
        circuits = [c for part in parts for c in elementary(part, self.work)]
        bounds = [self._bounds(tie) for tie in ties]
        holds = may_hold(circuits, bounds)
        if holds and len(parts) > 1:  # they have to do with each other by way of polytopes alone
            holds = self._narrow(circuits, ties)
            bounds = [self._bounds(tie) for tie in ties] if holds else bounds
        if not holds:
            # Where unknowns were given values, others might do.
            return None if self.opened else False
        trail = [(self.groups, rational_ratios(circuits, bounds, 0))]
        for _ in range(_TRIES):
            at = len(trail) - 1
            self.groups, ratios = trail[-1]
            ratio = next(ratios, None)
            if ratio is None:
                trail.pop()
                if not trail:
                    break
                continue
            tie = ties[at]
            if not self._cut({(tie.other,): _ONE, (tie.base,): -ratio}, equal=True):
                continue
            if at + 1 == len(ties):
                if self._is_positive():
                    return True
                continue
            bounds = [self._bounds(tie) for tie in ties]
            self.work.spend((len(circuits) + 1) * len(ties))
            if may_hold(circuits, bounds):
                trail.append((self.groups, rational_ratios(circuits, bounds, at + 1)))
        return None

    def _narrow(self, circuits: Sequence[Sequence[int]], ties: Sequence[Tie]) -> bool:
        """Cut by what bounds of ratios say of each other; whether anything is left."""
        for _ in range(_ROUNDS):
            bounds = [self._bounds(tie) for tie in ties]
            if not may_hold(circuits, bounds):
                return False
            for powers in circuits:
                for at, (_, base, other) in enumerate(ties):
                    if abs(powers[at]) != 1:
                        continue
                    low, high = implied(powers, bounds, at)
                    cuts: list[Sum] = [{(other,): _ONE, (base,): -low}]
                    if high is not None:
                        cuts.append({(base,): high, (other,): -_ONE})
                    if not all(self._cut(total, equal=False) for total in cuts):
                        return False
            if not self._is_positive():
                return False
        return may_hold(circuits, [self._bounds(tie) for tie in ties])

    def _bounds(self, tie: Tie) -> Bounds:
        """Bounds of the ratio of two unknowns."""
        group = self._group_of(tie.base)
        b, o = group.unknowns.index(tie.base), group.unknowns.index(tie.other)
        low: fmpq | None = None
        high: fmpq | None = _ZERO
        for point in group.polytope.points:
            if point[b] == 0:
                if point[o] != 0:
                    high = None
                continue
            ratio = point[o] / point[b]
            low = ratio if low is None or ratio < low else low
            if high is not None and ratio > high:
                high = ratio
        return Bounds(_ZERO if low is None else low, high)
