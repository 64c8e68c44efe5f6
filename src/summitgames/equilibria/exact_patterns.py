"""The solutions of information sets that hang together, for one profile of supports.

The unknowns are the probabilities of mixed actions and, for every information set of several
classes, the *odds* of its classes: the likelihood of the trembles on the way, up to a factor. For
every choice of the likeliest classes (the *pattern*) for which orders of likelihood exist,
sequential rationality is linear in the odds where actions are pure; and odds are consistent if
products of their ratios with whole powers, those of the left kernel of the incidence of trembles,
are 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from flint import fmpq

from summitgames.certificates.consistency import Row, difference, labelling
from summitgames.equilibria.exact_classes import Condition, Numbers, Sum, depends
from summitgames.equilibria.exact_mixes import System, Tie
from summitgames.equilibria.exact_polytopes import Form, Polytope, Work, cuts, simplices

if TYPE_CHECKING:
    from summitgames.equilibria.exact_profiles import Profile

__all__ = ["Component", "Piece", "class_odds"]

_ZERO, _ONE = fmpq(0), fmpq(1)


@dataclass(frozen=True)
class Piece:
    """A set of solutions of some information sets, with one pattern.

    Attributes
    ----------
    pattern
        Information set of several classes to the classes that are likeliest.
    orders
        Order of likelihood of every tremble that matters here.
    odds, odds_vertices
        Of every information set of several classes: positive numbers on its pattern, and the
        vertices of the set in which they lie.
    mixes
        Of every information set that mixes, the probabilities of its actions.
    mix_sets
        The set in which these lie: a product over groups of information sets, of each group the
        vertices, set by set, in the same order.
    is_product
        Whether every combination of points within the hulls of all odds and of all mixes is a
        solution.
    dimension
        Of the set of solutions.
    is_range
        Whether `mix_sets` are all mixes of this pattern.
    """

    pattern: Mapping[int, Numbers]
    orders: Mapping[int, fmpq]
    odds: Mapping[int, list[fmpq]]
    odds_vertices: Mapping[int, list[list[fmpq]]]
    mixes: Mapping[int, list[fmpq]]
    mix_sets: list[dict[int, list[list[fmpq]]]]
    is_product: bool
    dimension: int
    is_range: bool


def class_odds(
    each: Sequence[Sequence[Condition]], pattern: Numbers, work: Work
) -> Polytope | None:
    """Odds of some classes for which conditions hold that depend on nothing else; None if none.

    Parameters
    ----------
    each
        The conditions, stated class by class.
    pattern
        These classes.
    work
        Units of work are counted here.
    """
    forms: list[tuple[Form, bool]] = []
    for conditions in zip(*(each[c] for c in pattern), strict=True):
        form = {at: total.get((), _ZERO) for at, (total, _) in enumerate(conditions)}
        forms.append(((form, _ZERO), conditions[0][1]))
    start = simplices((tuple(range(len(pattern))),), len(pattern))
    return cuts(start, forms, work)


class Component:
    """The solutions of a part of a profile that hangs together.

    Unknowns are numbered: mixed actions by their numbers, and odds from the number of actions on.

    Parameters
    ----------
    profile
        Classes and conditions of all information sets.
    sets
        The information sets with conditions.
    mixing
        Those that mix.

    Attributes
    ----------
    undecided
        Information sets where it was not decided whether some beliefs are consistent.
    unsolved
        Information sets that mix, not all solutions of which were looked at.
    """

    def __init__(self, profile: Profile, sets: Sequence[int], mixing: Sequence[int]) -> None:
        self.profile, self.tree, self.work = profile, profile.tree, profile.tree.work
        self.sets, self.mixing = list(sets), list(mixing)
        self.undecided: dict[int, None] = {}
        self.unsolved: dict[int, None] = {}
        self.hidden = [number for number in sets if profile.several(number)]
        start = self.tree.first[-1]
        self.start: dict[int, int] = {}
        for number in self.hidden:
            self.start[number] = start
            start += len(profile.classes[number])
        self.numeric = {number for number in sets if not depends(profile.gains[number])}
        self._polytopes: dict[tuple[int, Numbers], Polytope | None] = {}

    def pieces(self) -> list[Piece]:
        """Sets of solutions, the largest first; none within a product of polytopes."""
        found: list[Piece] = []
        for pattern, orders in self._patterns():
            if any(piece.is_product and _within(pattern, piece.pattern) for piece in found):
                continue
            piece = self._piece(pattern, orders)
            if piece is not None:
                found.append(piece)
        kept = [
            piece
            for piece in found
            if not any(
                other is not piece
                and other.is_product
                and other.pattern != piece.pattern
                and _within(piece.pattern, other.pattern)
                for other in found
            )
        ]
        return sorted(kept, key=lambda piece: -piece.dimension)

    def _patterns(self) -> Iterator[tuple[dict[int, Numbers], dict[int, fmpq]]]:
        """Classes that may be likeliest together, with orders for which they are."""
        if not self.hidden:
            yield {}, {}
            return
        options = [self._supports(number) for number in self.hidden]
        trail = [iter(options[0])]
        chosen: list[tuple[Numbers, list[Row], list[Row], dict[int, fmpq]]] = []
        while trail:
            at = len(trail) - 1
            del chosen[at:]
            support = next(trail[-1], None)
            if support is None:
                trail.pop()
                continue
            equal, above = self._likeliest(self.hidden[at], support)
            all_equal = [row for _, rows, _, _ in chosen for row in rows] + equal
            all_above = [row for _, _, rows, _ in chosen for row in rows] + above
            self.work.spend(len(all_equal) + len(all_above))
            orders = labelling(all_equal, all_above, self.work.spend)
            if orders is None:
                continue
            chosen.append((support, equal, above, orders))
            if len(chosen) == len(options):
                yield dict(zip(self.hidden, (c[0] for c in chosen), strict=True)), orders
            else:
                trail.append(iter(options[len(trail)]))

    def _supports(self, number: int) -> list[Numbers]:
        """Sets of classes of an information set that some odds on all of them make right."""
        count = len(self.profile.classes[number])
        self.work.spend(count << count)
        sets = [c for size in range(count, 0, -1) for c in combinations(range(count), size)]
        if number not in self.numeric:
            return sets
        return [support for support in sets if self._polytope(number, support) is not None]

    def _polytope(self, number: int, support: Numbers) -> Polytope | None:
        """Odds on a set of classes where rationality does not depend on mixes."""
        key = number, support
        if key not in self._polytopes:
            found = class_odds(self.profile.gains[number], support, self.work)
            positive = found is not None and found.reaches(range(len(support)))
            self._polytopes[key] = found if positive else None
        return self._polytopes[key]

    def _likeliest(self, number: int, support: Numbers) -> tuple[list[Row], list[Row]]:
        """Sums of orders that are 0, and that are positive, if some classes are likeliest."""
        classes = self.profile.classes[number]
        base = classes[support[0]].trembles
        rows = [difference(nodes.trembles, base) for nodes in classes]
        inside = set(support)
        equal = [rows[c] for c in support[1:]]
        return equal, [row for c, row in enumerate(rows) if c not in inside]

    def _piece(self, pattern: Mapping[int, Numbers], orders: Mapping[int, fmpq]) -> Piece | None:
        """The solutions with a pattern, or None: there are none, or none was found."""
        system = self._system(pattern)
        solved = system.solve()
        if system.opened:
            self.unsolved |= dict.fromkeys(self.mixing)
        if not solved:
            return None
        owners, ties = self._ties(pattern)
        found = system.tied_point(ties)
        if found is None:
            self.undecided |= dict.fromkeys(owners[at] for at in system.open_ties)
            return None
        point, tied = found
        mix_sets, apart = self._mix_sets(system)
        return Piece(
            pattern,
            orders,
            odds={number: self._spread(number, pattern[number], point) for number in self.hidden},
            odds_vertices={
                number: _distinct(
                    self._spread(number, pattern[number], corner)
                    for corner in (system.vertices(number) if number in system.blocks else [{}])
                )
                for number in self.hidden
            },
            mixes={number: self._mix(number, point) for number in self.mixing},
            mix_sets=mix_sets,
            is_product=system.is_product and not tied,
            dimension=max(0, system.dimension - tied),
            is_range=not system.opened and (apart or not tied),
        )

    def _system(self, pattern: Mapping[int, Numbers]) -> System:
        """The conditions with a pattern.

        Blocks: the odds of an information set, by its number n, and the mix of one, by -1 - n.
        """
        system = System(self.work)
        for number in self.mixing:
            own = [self.tree.first[number] + a for a in self.profile.supports[number]]
            system.add(-1 - number, own)
        for number in self.sets:
            support = pattern.get(number, (0,))
            numeric = number in self.numeric
            if len(support) > 1:
                inner = self._polytope(number, support) if numeric else None
                system.add(number, [self.start[number] + c for c in support], inner)
            if numeric:
                continue
            gains = self.profile.gains[number]
            for conditions in zip(*(gains[c] for c in support), strict=True):
                total: Sum = {}
                for c, (gain, _) in zip(support, conditions, strict=True):
                    odds = (self.start[number] + c,) if len(support) > 1 else ()
                    total |= {(*key, *odds): amount for key, amount in gain.items()}
                system.require(total, equal=conditions[0][1])
        return system

    def _ties(self, pattern: Mapping[int, Numbers]) -> tuple[list[int], list[Tie]]:
        """Ratios of the odds of likeliest classes, by what trembles they differ, and where."""
        owners, ties = [], []
        for number, support in pattern.items():
            classes, start = self.profile.classes[number], self.start[number]
            base = support[0]
            for c in support[1:]:
                row = difference(classes[c].trembles, classes[base].trembles)
                owners.append(number)
                ties.append(Tie(row, start + base, start + c))
        return owners, ties

    def _mix_sets(self, system: System) -> tuple[list[dict[int, list[list[fmpq]]]], bool]:
        """Vertices of the mixes, group by group, and whether there are odds in none of these."""
        found, apart = [], True
        for group in system.groups:
            inside = [n for n in self.mixing if system.blocks[-1 - n][0] in group.unknowns]
            if not inside:
                continue
            apart = apart and len(group.unknowns) == sum(len(system.blocks[-1 - n]) for n in inside)
            points = [dict(zip(group.unknowns, p, strict=True)) for p in group.polytope.points]
            rows = [tuple(tuple(self._mix(n, point)) for n in inside) for point in points]
            columns = zip(*dict.fromkeys(rows), strict=True)
            found.append(
                {n: [list(row) for row in c] for n, c in zip(inside, columns, strict=True)}
            )
        return found, apart

    def _spread(self, number: int, support: Numbers, point: Mapping[int, fmpq]) -> list[fmpq]:
        """Odds of all classes of an information set."""
        odds = [_ZERO] * len(self.profile.classes[number])
        for c in support:
            odds[c] = point[self.start[number] + c] if len(support) > 1 else _ONE
        return odds

    def _mix(self, number: int, point: Mapping[int, fmpq]) -> list[fmpq]:
        """Probabilities of all actions of an information set."""
        own = range(self.tree.first[number], self.tree.first[number + 1])
        return [point.get(action, _ZERO) for action in own]


def _within(one: Mapping[int, Numbers], other: Mapping[int, Numbers]) -> bool:
    """Whether a pattern's classes are among those of another."""
    return all(set(classes) <= set(other[number]) for number, classes in one.items())


def _distinct(rows: Iterable[list[fmpq]]) -> list[list[fmpq]]:
    """Rows, each once."""
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]
