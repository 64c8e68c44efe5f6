"""Sequential equilibria of one tree, in exact arithmetic: the search through profiles of supports.

Information sets are assigned the actions that they may take, one after another, those that follow
others first. As soon as all is known that bears on one, supports are dropped that no beliefs and no
mixes make best there. What is left is solved profile by profile (`Component`).
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING, Final

from flint import fmpq

from summitgames.equilibria.exact_classes import Condition, Numbers, Sum, SupportedTree, depends
from summitgames.equilibria.exact_patterns import Component, Piece, class_odds
from summitgames.equilibria.exact_polytopes import Work
from summitgames.equilibria.exact_profiles import Entry, Profile

if TYPE_CHECKING:
    from summitgames.games.extensive_form import ExtensiveForm

__all__ = ["SequentialSearch"]

_ZERO = fmpq(0)
#: Units of work for every information set of an equilibrium that is listed: about so long it takes.
_LISTED: Final = 40


class SequentialSearch:
    """The sequential equilibria of a single game of perfect recall.

    Parameters
    ----------
    game
        The game.
    limit
        Units of work: values looked at, entries of tableaux rewritten, vertices and pairs of them.

    Attributes
    ----------
    undecided
        Information sets where beliefs were not decided.
    unsolved
        Information sets not all mixes of which were looked at.
    cut
        Whether more information sets than allowed may mix.

    Raises
    ------
    SolverError
        If chance never takes some branch.
    """

    def __init__(self, game: ExtensiveForm, limit: int) -> None:
        self.work = Work(limit)
        self.tree = SupportedTree(game, self.work)
        self._infosets = game.infosets
        self.order = self._ordered()
        self.due = self._due()
        self.undecided: dict[int, None] = {}
        self.unsolved: dict[int, None] = {}
        self.cut = False

    # The order in which information sets are assigned their actions

    def _ordered(self) -> list[int]:
        """Information sets, those that follow others first wherever that is possible."""
        sets = self._infosets
        before: list[set[int]] = [set() for _ in sets]
        left = [0] * len(sets)
        for node, actions in self.tree.after.items():
            number = self.tree.numbers[node]
            for _, below in (pair for pairs in actions for pair in pairs):
                if self.tree.movers[below] >= 0 and number not in before[self.tree.numbers[below]]:
                    before[self.tree.numbers[below]].add(number)
                    left[number] += 1
        ready = [(-sets[n].nodes[0], n) for n in range(len(sets)) if not left[n]]
        heapq.heapify(ready)
        waiting = sorted(range(len(sets)), key=lambda n: sets[n].nodes[0])
        order: list[int] = []
        placed = [False] * len(sets)
        while len(order) < len(sets):
            if ready:
                number = heapq.heappop(ready)[1]
            else:  # two information sets, each of which follows the other
                while placed[waiting[-1]]:
                    waiting.pop()
                number = waiting[-1]
            if placed[number]:
                continue
            placed[number] = True
            order.append(number)
            for other in before[number]:
                left[other] -= 1
                if not left[other] and not placed[other]:
                    heapq.heappush(ready, (-sets[other].nodes[0], other))
        return order

    def _due(self) -> list[list[int]]:
        """For every place in the order the information sets of which all is known by then."""
        place = [0] * len(self.order)
        for at, number in enumerate(self.order):
            place[number] = at
        size = self.tree.tree.size
        latest = [-1] * size
        parents = self.tree.tree.parent.tolist()
        for node in range(size - 1, -1, -1):
            if self.tree.movers[node] >= 0:
                latest[node] = max(latest[node], place[self.tree.numbers[node]])
            if node:
                latest[parents[node]] = max(latest[parents[node]], latest[node])
        due: list[list[int]] = [[] for _ in self.order]
        for number, infoset in enumerate(self._infosets):
            when = max(latest[node] for node in infoset.nodes)
            for moves, _ in self.tree.legs.get(number, ()):
                when = max(when, *(place[other] for other, _ in moves), 0)
            due[when].append(number)
        return due

    # Profiles of supports

    def pure(self) -> Iterator[Entry]:
        """The equilibria in which nobody mixes, in no particular order.

        Raises
        ------
        TooMuchWork
            Where the limit is reached.
        """
        for _ in self._profiles(0):
            yield from self._solve()

    def mixed(self, mixing: int) -> Iterator[Entry]:
        """Equilibria in which somebody mixes, at no more than `mixing` information sets.

        Raises
        ------
        TooMuchWork
            Where the limit is reached.
        """
        for _ in self._profiles(mixing):
            if any(len(support) > 1 for support in self.tree.supports):
                yield from self._solve()

    def _profiles(self, mixing: int) -> Iterator[None]:
        """Set the supports to one profile after another that no single condition rules out."""
        if not self.order:
            yield
            return
        mixes = [0] * (len(self.order) + 1)  # how many of those before mix
        trail = [self._options(0, mixing, 0)]
        while trail:
            at = len(trail) - 1
            number = self.order[at]
            support = next(trail[-1], None)
            self.tree.supports[number] = support or ()
            if support is None:
                trail.pop()
                continue
            self.tree.assign(number, support)
            if not all(self._possible(other) for other in self.due[at]):
                continue
            if len(trail) == len(self.order):
                self.work.spend(len(self.order))
                yield
            else:
                mixes[at + 1] = mixes[at] + (len(support) > 1)
                trail.append(self._options(at + 1, mixing, mixes[at + 1]))

    def _options(self, at: int, mixing: int, taken: int) -> Iterator[Numbers]:
        """Supports for the information set at some place of the order, single actions first."""
        number = self.order[at]
        actions = list(range(self.tree.counts[number]))
        if not mixing:
            yield from ((action,) for action in actions)
            return
        now = number in self.due[at]
        if now:
            actions = [a for a in actions if self._allows(number, (a,))]
        yield from ((action,) for action in actions)
        if len(actions) < 2:
            return
        if taken >= mixing:
            pairs = combinations(actions, 2)
            self.cut = self.cut or not now or any(self._allows(number, pair) for pair in pairs)
            return
        for size in range(2, len(actions) + 1):
            yield from combinations(actions, size)

    def _allows(self, number: int, support: Numbers) -> bool:
        """Whether a support is possible at an information set of which all else is known."""
        self.tree.assign(number, support)
        return self._possible(number)

    def _possible(self, number: int) -> bool:
        """Whether some beliefs and mixes make the support of an information set best."""
        if self.tree.counts[number] == 1:
            return True
        classes = self.tree.classes(number)
        each = [self.tree.gains(number, nodes) for nodes in classes]
        if depends(each):
            return all(self._may_be(conditions) for conditions in zip(*each, strict=True))
        if len(classes) == 1:
            return all(
                gain.get((), _ZERO) == 0 if equal else gain.get((), _ZERO) >= 0
                for gain, equal in each[0]
            )
        return class_odds(each, tuple(range(len(classes))), self.work) is not None

    def _may_be(self, conditions: Sequence[Condition]) -> bool:
        """Whether a condition, stated class by class, can hold: a bound."""
        equal = conditions[0][1]
        ends = [self._ends(gain) for gain, _ in conditions]
        single = len(ends) == 1
        least, most = min(low for low, _ in ends), max(high for _, high in ends)
        if not equal:
            return bool(most >= 0)
        if single and (least == 0 or most == 0):  # only where all mixes are positive
            return bool(least == most)
        return bool(least <= 0 <= most)

    def _ends(self, gain: Sum) -> tuple[fmpq, fmpq]:
        """The least and the largest value of a sum, which are where nothing is mixed."""
        owners = sorted({self.tree.owner_of[unknown] for key in gain for unknown in key})
        supports = [self.tree.supports[owner] for owner in owners]
        self.work.spend(math.prod(map(len, supports)) * max(1, len(gain)))
        values = []
        for chosen in product(*supports):
            actions = {self.tree.first[n] + a for n, a in zip(owners, chosen, strict=True)}
            values.append(sum((v for key, v in gain.items() if actions.issuperset(key)), _ZERO))
        return min(values), max(values)

    # One profile of supports

    def _solve(self) -> Iterator[Entry]:
        """The equilibria with the present supports."""
        profile = Profile(self.tree)
        components, groups = [], []
        for sets, mixing in profile.components():
            component = Component(profile, sets, mixing)
            pieces = component.pieces()
            if not (pieces or component.undecided or component.unsolved):
                return  # ruled out, whatever is left open elsewhere
            components.append(component)
            groups.append(pieces)
        for component in components:
            self.undecided |= component.undecided
            self.unsolved |= component.unsolved
        if not all(groups):
            return
        for chosen in product(*map(_by_mixes, groups)):
            self.work.spend(_LISTED * len(self.order))
            yield profile.entry(chosen)


def _by_mixes(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces by the mixes in them: the others differ in beliefs alone."""
    found: dict[object, list[Piece]] = {}
    for piece in pieces:
        key = frozenset(
            (
                tuple(part),
                frozenset(zip(*(map(tuple, rows) for rows in part.values()), strict=True)),
            )
            for part in piece.mix_sets
        )
        found.setdefault(key, []).append(piece)
    return list(found.values())
