"""Sequential equilibria of one tree, in exact arithmetic.

Once it is fixed which actions every information set may take, what matters of a node is which
actions on the way there are not taken, the *trembles*. Nodes of an information set that have the
same are a *class*: their relative likelihood follows from Bayes' rule whatever the trembles. The
unknowns are the probabilities of mixed actions and, for every information set of several classes,
the *odds* of its classes: the likelihood of the trembles on the way, up to a factor. For every
choice of the likeliest classes (the *pattern*) for which orders of likelihood exist, sequential
rationality is linear in the odds where actions are pure; and odds are consistent if products of
their ratios with whole powers, those of the left kernel of the incidence of trembles, are 1.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from flint import fmpq, fmpq_mat

from summitgames.certificates.consistency import (
    Row,
    difference,
    first_actions,
    kernel,
    labelling,
    require_positive_chance,
    tree_numbers,
)
from summitgames.certificates.rationals import to_fraction
from summitgames.equilibria.exact_odds import (
    Bounds,
    connected,
    elementary,
    may_hold,
    rational_ratios,
)
from summitgames.equilibria.exact_polytopes import (
    Form,
    Polytope,
    Work,
    cut,
    cuts,
    simplices,
)
from summitgames.games.extensive_form import Tree

if TYPE_CHECKING:
    from summitgames.games.extensive_form import ExtensiveForm

__all__ = ["Entry", "Piece", "SequentialSearch"]

_Set: TypeAlias = tuple[int, ...]
#: Sum of products: numbers of unknowns, each once, to the coefficient.
_Sum: TypeAlias = dict[_Set, fmpq]

_ZERO, _ONE = fmpq(0), fmpq(1)
#: Units of work for every information set of an equilibrium that is listed: about so long it takes.
_LISTED: Final = 40
#: Ratios of odds that are tried, where they are tied, before it is left open whether there are any.
_TRIES: Final = 200


class _Class(NamedTuple):
    """Nodes of an information set to which the same trembles lead.

    Attributes
    ----------
    trembles
        These actions.
    nodes
        Places of the nodes in the information set.
    weights
        Of each the probability of the chance moves since the ways to the information set part.
    mixed
        Of each the actions on the way since then that are taken with a probability below 1.
    """

    trembles: frozenset[int]
    nodes: _Set
    weights: tuple[fmpq, ...]
    mixed: tuple[_Set, ...]


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

    pattern: Mapping[int, _Set]
    orders: Mapping[int, fmpq]
    odds: Mapping[int, list[fmpq]]
    odds_vertices: Mapping[int, list[list[fmpq]]]
    mixes: Mapping[int, list[fmpq]]
    mix_sets: list[dict[int, list[list[fmpq]]]]
    is_product: bool
    dimension: int
    is_range: bool


@dataclass(frozen=True)
class Entry:
    """A sequential equilibrium with the beliefs that support it; rows by information set.

    Attributes
    ----------
    strategies, beliefs
        Probabilities of actions and of nodes.
    orders
        Whole numbers, 0 of actions that are taken, least sums of which are likeliest.
    mix_sets
        The strategies on this support with which there is an equilibrium: a product over groups of
        information sets, of each group the vertices, set by set, in the same order.
    pieces
        Group by group of information sets, the sets of beliefs there: information set to vertices,
        and whether all combinations of points within them are consistent.
    is_range
        Whether `mix_sets` are known to be all.
    """

    strategies: tuple[tuple[Fraction, ...], ...]
    beliefs: tuple[tuple[Fraction, ...], ...]
    orders: tuple[tuple[int, ...], ...]
    mix_sets: tuple[Mapping[int, list[tuple[Fraction, ...]]], ...]
    pieces: tuple[tuple[tuple[Mapping[int, list[tuple[Fraction, ...]]], bool], ...], ...]
    is_range: bool


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
        Labels of information sets where beliefs were not decided, to how often.
    unsolved
        The same of mixes.
    cut
        Whether more information sets than allowed may mix.

    Raises
    ------
    SolverError
        If chance never takes some branch.
    """

    def __init__(self, game: ExtensiveForm, limit: int) -> None:
        self.game, self.tree = game, game.tree
        self.work = Work(limit)
        numbers = tree_numbers(game)
        require_positive_chance(game, numbers)
        self.chance = {
            node: [numbers[quantity] for quantity in quantities]
            for node, quantities in game.chance_probabilities()
        }
        ends = [[numbers[q] for q in row] for row in game.payoff_numbers.tolist()]
        self.first = first_actions(game)
        self.counts = [len(infoset.actions) for infoset in game.infosets]
        #: Information set of every action.
        self.owner_of = [n for n, count in enumerate(self.counts) for _ in range(count)]
        self.owners = [game.players.index(infoset.player) for infoset in game.infosets]
        self._movers, self._numbers = game.tree.mover.tolist(), game.tree.number.tolist()
        #: Payoffs at ends; at decision nodes what follows pays, where this is known.
        self._values: list[list[fmpq] | None] = [None] * game.tree.size
        for node in game.tree.terminals.tolist():
            self._values[node] = ends[self._numbers[node]]
        #: What follows every action of a node: probabilities, and ends or decision nodes.
        self._after = {
            node: [self._followers(child) for child in game.tree.child_lists[node]]
            for node, mover in enumerate(self._movers)
            if mover >= 0
        }
        self.order = self._ordered()
        self.legs = {
            number: self._legs(infoset.nodes)
            for number, infoset in enumerate(game.infosets)
            if len(infoset.nodes) > 1
        }
        self.due = self._due()
        self.supports: list[_Set] = [()] * len(game.infosets)
        self.undecided: dict[str, int] = {}
        self.unsolved: dict[str, int] = {}
        self.cut = False

    # The order in which information sets are assigned their actions

    def _followers(self, child: int) -> list[tuple[fmpq, int]]:
        """Ends and decision nodes that chance leads to from a node."""
        if self._movers[child] != Tree.CHANCE:
            return [(_ONE, child)]
        found, stack = [], [(_ONE, child)]
        while stack:
            weight, node = stack.pop()
            if self._movers[node] == Tree.CHANCE:
                pairs = zip(self.chance[node], self.tree.child_lists[node], strict=True)
                stack += [(weight * p, below) for p, below in pairs]
            else:
                found.append((weight, node))
        return found

    def _ordered(self) -> list[int]:
        """Information sets, those that follow others first wherever that is possible."""
        sets = self.game.infosets
        before: list[set[int]] = [set() for _ in sets]
        left = [0] * len(sets)
        for node, actions in self._after.items():
            number = self._numbers[node]
            for _, below in (pair for pairs in actions for pair in pairs):
                if self._movers[below] >= 0 and number not in before[self._numbers[below]]:
                    before[self._numbers[below]].add(number)
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

    def _legs(self, nodes: Sequence[int]) -> list[tuple[list[tuple[int, int]], fmpq]]:
        """To each of some nodes the moves since their ways part, and the probability of chance."""
        ways = [self.tree.way(node) for node in nodes]
        self.work.spend(sum(map(len, ways)))
        shared = 0
        while all(len(way) > shared and way[shared] == ways[0][shared] for way in ways):
            shared += 1
        legs = []
        for way in ways:
            moves, weight = [], _ONE
            for node in way[shared:]:
                before, action = int(self.tree.parent[node]), int(self.tree.position[node])
                if self._movers[before] == Tree.CHANCE:
                    weight *= self.chance[before][action]
                else:
                    moves.append((self._numbers[before], action))
            legs.append((moves, weight))
        return legs

    def _due(self) -> list[list[int]]:
        """For every place in the order the information sets of which all is known by then."""
        place = [0] * len(self.order)
        for at, number in enumerate(self.order):
            place[number] = at
        latest = [-1] * self.tree.size
        parents = self.tree.parent.tolist()
        for node in range(self.tree.size - 1, -1, -1):
            if self._movers[node] >= 0:
                latest[node] = max(latest[node], place[self._numbers[node]])
            if node:
                latest[parents[node]] = max(latest[parents[node]], latest[node])
        due: list[list[int]] = [[] for _ in self.order]
        for number, infoset in enumerate(self.game.infosets):
            when = max(latest[node] for node in infoset.nodes)
            for moves, _ in self.legs.get(number, ()):
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
            if any(len(support) > 1 for support in self.supports):
                yield from self._solve()

    def _profiles(self, mixing: int) -> Iterator[None]:
        """Set `supports` to one profile after another that no single condition rules out."""
        if not self.order:
            yield
            return
        mixes = [0] * (len(self.order) + 1)  # how many of those before mix
        trail = [self._options(0, mixing, 0)]
        while trail:
            at = len(trail) - 1
            number = self.order[at]
            support = next(trail[-1], None)
            self.supports[number] = support or ()
            if support is None:
                trail.pop()
                continue
            self._assign(number, support)
            if not all(self._possible(other) for other in self.due[at]):
                continue
            if len(trail) == len(self.order):
                self.work.spend(len(self.order))
                yield
            else:
                mixes[at + 1] = mixes[at] + (len(support) > 1)
                trail.append(self._options(at + 1, mixing, mixes[at + 1]))

    def _options(self, at: int, mixing: int, taken: int) -> Iterator[_Set]:
        """Supports for the information set at some place of the order, single actions first."""
        number = self.order[at]
        actions = list(range(self.counts[number]))
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

    def _allows(self, number: int, support: _Set) -> bool:
        """Whether a support is possible at an information set of which all else is known."""
        self._assign(number, support)
        return self._possible(number)

    def _assign(self, number: int, support: _Set) -> None:
        self.supports[number] = support
        for node in self.game.infosets[number].nodes:
            self._values[node] = (
                None if len(support) > 1 else self._settled(self._after[node][support[0]])
            )

    def _settled(self, moves: Sequence[tuple[fmpq, int]]) -> list[fmpq] | None:
        """What follows pays, if nothing there is mixed or open."""
        self.work.spend(len(moves))
        total = None
        for weight, node in moves:
            value = self._values[node]
            if self._movers[node] >= 0 and not self.supports[self._numbers[node]]:
                return None
            if value is None:
                return None
            if len(moves) == 1:
                return value
            part = [weight * amount for amount in value]
            total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
        return total

    # Classes, and what actions are worth

    def _classes(self, number: int) -> list[_Class]:
        """Classes that may be likeliest."""
        legs = self.legs.get(number)
        if legs is None:
            return [_Class(frozenset(), (0,), (_ONE,), ((),))]
        groups: dict[frozenset[int], list[tuple[int, fmpq, _Set]]] = {}
        for at, (moves, weight) in enumerate(legs):
            trembles, mixed = [], []
            for other, action in moves:
                support = self.supports[other]
                if action not in support:
                    trembles.append(self.first[other] + action)
                elif len(support) > 1:
                    mixed.append(self.first[other] + action)
            self.work.spend(len(moves) + 1)
            groups.setdefault(frozenset(trembles), []).append((at, weight, tuple(sorted(mixed))))
        return [
            _Class(trembles, *(tuple(column) for column in zip(*group, strict=True)))
            for trembles, group in groups.items()
            if not any(other < trembles for other in groups)
        ]

    def _worth(self, number: int, nodes: _Class, action: int) -> _Sum:
        """What an action is worth at the nodes of a class, weighed by how likely they are."""
        player = self.owners[number]
        infoset = self.game.infosets[number]
        total: _Sum = {}
        for at, weight, mixed in zip(nodes.nodes, nodes.weights, nodes.mixed, strict=True):
            stack = [
                (weight * p, mixed, node) for p, node in self._after[infoset.nodes[at]][action]
            ]
            while stack:
                share, unknowns, node = stack.pop()
                self.work.spend(1)
                value = self._values[node]
                if value is not None:
                    key = tuple(sorted(unknowns))
                    total[key] = total.get(key, _ZERO) + share * value[player]
                    continue
                other = self._numbers[node]
                support = self.supports[other]
                for a in support:
                    more = (self.first[other] + a,) if len(support) > 1 else ()
                    stack += [
                        (share * p, (*unknowns, *more), below) for p, below in self._after[node][a]
                    ]
        return total

    def _gains(self, number: int, nodes: _Class) -> list[tuple[_Sum, bool]]:
        """What the first action of the support is worth less another, which must not be negative.

        For every other action, with whether it must be 0.
        """
        support = self.supports[number]
        base = self._worth(number, nodes, support[0])
        gains = []
        for action in range(self.counts[number]):
            if action != support[0]:
                gain = dict(base)
                for key, amount in self._worth(number, nodes, action).items():
                    gain[key] = gain.get(key, _ZERO) - amount
                gains.append(({k: v for k, v in gain.items() if v != 0}, action in support))
        return gains

    def _possible(self, number: int) -> bool:
        """Whether some beliefs and mixes make the support of an information set best."""
        if self.counts[number] == 1:
            return True
        classes = self._classes(number)
        each = [self._gains(number, nodes) for nodes in classes]
        if any(key for gains in each for gain, _ in gains for key in gain):
            return all(self._may_be(conditions) for conditions in zip(*each, strict=True))
        if len(classes) == 1:
            return all(
                gain.get((), _ZERO) == 0 if equal else gain.get((), _ZERO) >= 0
                for gain, equal in each[0]
            )
        return self._odds(each, tuple(range(len(classes)))) is not None

    def _may_be(self, conditions: Sequence[tuple[_Sum, bool]]) -> bool:
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

    def _ends(self, gain: _Sum) -> tuple[fmpq, fmpq]:
        """The least and the largest value of a sum, which are where nothing is mixed."""
        owners = sorted({self.owner_of[unknown] for key in gain for unknown in key})
        values = []
        for chosen in product(*(self.supports[owner] for owner in owners)):
            actions = {self.first[n] + a for n, a in zip(owners, chosen, strict=True)}
            values.append(sum((v for key, v in gain.items() if actions.issuperset(key)), _ZERO))
        self.work.spend(len(values) * max(1, len(gain)))
        return min(values), max(values)

    def _odds(self, each: Sequence[Sequence[tuple[_Sum, bool]]], pattern: _Set) -> Polytope | None:
        """Odds of some classes that make a support best; None if there are none."""
        forms: list[tuple[Form, bool]] = []
        for conditions in zip(*(each[c] for c in pattern), strict=True):
            form = {at: gain.get((), _ZERO) for at, (gain, _) in enumerate(conditions)}
            forms.append(((form, _ZERO), conditions[0][1]))
        start = simplices((tuple(range(len(pattern))),), len(pattern))
        return cuts(start, forms, self.work)

    # One profile of supports

    def _solve(self) -> Iterator[Entry]:
        """The equilibria with the present supports."""
        profile = _Profile(self)
        groups = []
        start = dict(self.undecided), dict(self.unsolved)
        for component in profile.components():
            before = dict(self.undecided), dict(self.unsolved)
            groups.append(_Component(profile, *component).pieces())
            if not groups[-1] and before == (self.undecided, self.unsolved):
                # Ruled out, whatever was left open before.
                self.undecided, self.unsolved = start
                return
        if not all(groups):
            return
        for chosen in product(*map(_by_mixes, groups)):
            self.work.spend(_LISTED * len(self.order))
            yield profile.entry(chosen)

    def note(self, which: dict[str, int], numbers: Sequence[int]) -> None:
        """Count that something was left open at some information sets."""
        for number in numbers:
            label = self.game.infosets[number].label
            which[label] = which.get(label, 0) + 1


class _Profile:
    """Classes and conditions of all information sets, for one profile of supports.

    Attributes
    ----------
    classes
        Of every information set of several nodes.
    gains
        Conditions of information sets of several classes, and of those that depend on mixes, class
        by class.
    mixing
        Information sets that mix.
    """

    def __init__(self, search: SequentialSearch) -> None:
        self.search = search
        self.supports = list(search.supports)
        self.classes = {number: search._classes(number) for number in search.legs}
        self.mixing = [n for n, support in enumerate(self.supports) if len(support) > 1]
        self.gains: dict[int, list[list[tuple[_Sum, bool]]]] = {}
        numbers = range(len(self.supports)) if self.mixing else list(self.classes)
        for number in numbers:
            classes = self.classes.get(number) or search._classes(number)
            each = [search._gains(number, nodes) for nodes in classes]
            mixes = any(key for gains in each for gain, _ in gains for key in gain)
            if len(classes) > 1 or mixes:
                self.gains[number] = each

    def several(self, number: int) -> bool:
        """Whether an information set has several classes."""
        return len(self.classes.get(number, ())) > 1

    def components(self) -> list[tuple[list[int], list[int]]]:
        """Parts that share no unknowns and no trembles: sets with conditions, and sets that mix."""
        # Unknowns are actions that are mixed; trembles actions that are not taken.
        parts: list[tuple[set[int], list[int], list[int]]] = []
        marks: list[tuple[set[int], list[int], list[int]]] = []
        for number, each in self.gains.items():
            used = {
                self.search.owner_of[unknown]
                for gains in each
                for gain, _ in gains
                for key in gain
                for unknown in key
            }
            keys = {-1 - owner for owner in used}
            if self.several(number):
                trembles = [nodes.trembles for nodes in self.classes[number]]
                keys |= frozenset.union(*trembles) - frozenset.intersection(*trembles)
            marks.append((keys, [number], []))
        marks += [({-1 - number}, [], [number]) for number in self.mixing]
        for keys, sets, mixing in marks:
            touched = [part for part in parts if part[0] & keys]
            parts = [part for part in parts if not part[0] & keys]
            merged = keys.union(*(part[0] for part in touched))
            all_sets = [n for part in touched for n in part[1]] + sets
            parts.append((merged, all_sets, [n for p in touched for n in p[2]] + mixing))
        return [(sorted(sets), sorted(mixing)) for _, sets, mixing in parts]

    def entry(self, chosen: Sequence[Sequence[Piece]]) -> Entry:
        """An equilibrium of the first of the pieces of every component."""
        search = self.search
        leading = [pieces[0] for pieces in chosen]
        mixes = {n: mix for piece in leading for n, mix in piece.mixes.items()}
        odds = {n: shares for piece in leading for n, shares in piece.odds.items()}
        orders = {action: k for piece in leading for action, k in piece.orders.items()}
        whole = math.lcm(*(int(k.q) for k in orders.values()))
        free = {
            number: points
            for piece in leading
            if piece.is_product
            for number, points in piece.odds_vertices.items()
        }
        strategies, beliefs, ranks = [], [], []
        for number, support in enumerate(self.supports):
            mix = mixes.get(number)
            if mix is None:
                mix = [_ONE if a in support else _ZERO for a in range(search.counts[number])]
            strategies.append(tuple(map(to_fraction, mix)))
            own = range(search.first[number], search.first[number + 1])
            ranks.append(
                tuple(
                    0 if share != 0 else int((orders.get(action, _ONE) * whole).p)
                    for action, share in zip(own, mix, strict=True)
                )
            )
            points = free.get(number, [odds.get(number, [_ONE])])
            corners = [self._belief(number, point, mixes) for point in points]
            beliefs.append(corners[0] if len(corners) == 1 else _average(corners))
        pieces = tuple(
            tuple(
                (
                    {
                        number: [self._belief(number, point, mixes) for point in points]
                        for number, points in piece.odds_vertices.items()
                    },
                    piece.is_product,
                )
                for piece in group
            )
            for group in chosen
            if group[0].odds
        )
        sets = tuple(
            {n: [tuple(map(to_fraction, point)) for point in points] for n, points in part.items()}
            for piece in leading
            for part in piece.mix_sets
        )
        return Entry(
            tuple(strategies),
            tuple(beliefs),
            tuple(ranks),
            sets,
            pieces,
            all(piece.is_range for piece in leading),
        )

    def _belief(
        self, number: int, odds: Sequence[fmpq], mixes: Mapping[int, Sequence[fmpq]]
    ) -> tuple[Fraction, ...]:
        """Beliefs at an information set, of the odds of its classes."""
        search = self.search
        classes = self.classes.get(number)
        if classes is None:
            return (Fraction(1),)
        shares = [_ZERO] * len(search.game.infosets[number].nodes)
        for nodes, share in zip(classes, odds, strict=True):
            for at, weight, mixed in zip(nodes.nodes, nodes.weights, nodes.mixed, strict=True):
                shares[at] = share * weight
                for unknown in mixed:
                    owner = search.owner_of[unknown]
                    shares[at] *= mixes[owner][unknown - search.first[owner]]
        total = sum(shares, _ZERO)
        return tuple(to_fraction(share / total) for share in shares)


@dataclass
class _Group:
    """Unknowns whose conditions hang together.

    Attributes
    ----------
    unknowns
        Their numbers, in the order of the polytope's coordinates.
    polytope
        Where they lie.
    """

    unknowns: list[int]
    polytope: Polytope


class _Component:
    """The solutions of a part of a profile that hangs together.

    Unknowns are numbered: mixed actions by their numbers, and odds from the number of actions on.
    """

    def __init__(self, profile: _Profile, sets: Sequence[int], mixing: Sequence[int]) -> None:
        self.profile, self.search = profile, profile.search
        self.work = profile.search.work
        self.mixing = list(mixing)
        self.sets = list(sets)
        self.hidden = [number for number in sets if profile.several(number)]
        start = self.search.first[-1]
        self.start: dict[int, int] = {}
        for number in self.hidden:
            self.start[number] = start
            start += len(profile.classes[number])
        self.numeric = {
            number
            for number in sets
            if not any(key for gains in profile.gains[number] for gain, _ in gains for key in gain)
        }
        self._polytopes: dict[tuple[int, _Set], Polytope | None] = {}

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

    def _patterns(self) -> Iterator[tuple[dict[int, _Set], dict[int, fmpq]]]:
        """Classes that may be likeliest together, with orders for which they are."""
        if not self.hidden:
            yield {}, {}
            return
        options = [self._supports(number) for number in self.hidden]
        trail = [iter(options[0])]
        chosen: list[tuple[_Set, list[Row], list[Row], dict[int, fmpq]]] = []
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

    def _supports(self, number: int) -> list[_Set]:
        """Sets of classes of an information set that some odds on all of them make right."""
        count = len(self.profile.classes[number])
        sets = [c for size in range(count, 0, -1) for c in combinations(range(count), size)]
        self.work.spend(len(sets))
        if number not in self.numeric:
            return sets
        return [support for support in sets if self._polytope(number, support) is not None]

    def _polytope(self, number: int, support: _Set) -> Polytope | None:
        """Odds on a set of classes where rationality does not depend on mixes."""
        key = number, support
        if key not in self._polytopes:
            found = self.search._odds(self.profile.gains[number], support)
            positive = found is not None and found.reaches(range(len(support)))
            self._polytopes[key] = found if positive else None
        return self._polytopes[key]

    def _likeliest(self, number: int, support: _Set) -> tuple[list[Row], list[Row]]:
        """Sums of orders that are 0, and that are positive, if some classes are likeliest."""
        classes = self.profile.classes[number]
        base = classes[support[0]].trembles
        rows = [difference(nodes.trembles, base) for nodes in classes]
        inside = set(support)
        equal = [rows[c] for c in support[1:]]
        return equal, [row for c, row in enumerate(rows) if c not in inside]

    def _piece(self, pattern: Mapping[int, _Set], orders: Mapping[int, fmpq]) -> Piece | None:
        """The solutions with a pattern, or None: there are none, or none was found."""
        system = _System(self, pattern)
        if not system.solve():
            if system.opened:
                self.search.note(self.search.unsolved, self.mixing)
            return None
        tied = system.tie()
        if tied is None:
            return None
        if system.opened:
            self.search.note(self.search.unsolved, self.mixing)
        points = system.point()
        whole = system.vertices()
        odds = {number: self._spread(number, pattern[number], points) for number in self.hidden}
        odds_vertices = {
            number: _distinct(
                self._spread(number, pattern[number], point) for point in whole[number]
            )
            for number in self.hidden
        }
        mixes = {number: self._mix(number, points) for number in self.mixing}
        groups, apart = system.mix_groups()
        mix_sets = []
        for numbers, vertices in groups:
            rows = [tuple(tuple(self._mix(n, point)) for n in numbers) for point in vertices]
            columns = zip(*dict.fromkeys(rows), strict=True)
            mix_sets.append(
                {n: [list(row) for row in c] for n, c in zip(numbers, columns, strict=True)}
            )
        return Piece(
            pattern,
            orders,
            odds,
            odds_vertices,
            mixes,
            mix_sets,
            is_product=system.is_product and not tied,
            dimension=max(0, system.dimension - tied),
            is_range=not system.opened and (apart or not tied),
        )

    def _spread(self, number: int, support: _Set, point: Mapping[int, fmpq]) -> list[fmpq]:
        """Odds of all classes of an information set."""
        odds = [_ZERO] * len(self.profile.classes[number])
        for c in support:
            odds[c] = point[self.start[number] + c] if len(support) > 1 else _ONE
        return odds

    def _mix(self, number: int, point: Mapping[int, fmpq]) -> list[fmpq]:
        """Probabilities of all actions of an information set."""
        first = self.search.first[number]
        support = set(self.profile.supports[number])
        return [
            point[first + a] if a in support else _ZERO for a in range(self.search.counts[number])
        ]


class _System:
    """The conditions of a component with one pattern.

    Attributes
    ----------
    groups
        The unknowns, in groups.
    blocks
        Unknowns that sum to 1: the odds of an information set, by its number n, and the mix of one,
        by -1 - n.
    opened
        Whether some unknowns were given values in order to go on, so that solutions may be missed.
    """

    def __init__(self, component: _Component, pattern: Mapping[int, _Set]) -> None:
        self.component, self.pattern = component, pattern
        self.work = component.work
        self.opened = False
        self._whole: list[_Group] = []  # the groups before the odds are tied
        self.blocks: dict[int, list[int]] = {}
        self.groups: list[_Group] = []
        self.pending: list[tuple[_Sum, bool]] = []
        search, profile = component.search, component.profile
        for number in component.mixing:
            unknowns = [search.first[number] + a for a in profile.supports[number]]
            self._add(-1 - number, unknowns, None)
        for number in component.sets:
            support = pattern.get(number, (0,))
            start = component.start.get(number, 0)
            if len(support) > 1:
                inner = (
                    component._polytope(number, support) if number in component.numeric else None
                )
                self._add(number, [start + c for c in support], inner)
            if number in component.numeric:
                continue
            for conditions in zip(*(profile.gains[number][c] for c in support), strict=True):
                total: _Sum = {}
                for c, (gain, _) in zip(support, conditions, strict=True):
                    own = (start + c,) if len(support) > 1 else ()
                    total |= {(*key, *own): amount for key, amount in gain.items()}
                self.pending.append((total, conditions[0][1]))

    def _add(self, block: int, unknowns: list[int], polytope: Polytope | None) -> None:
        if polytope is None:
            polytope = simplices((tuple(range(len(unknowns))),), len(unknowns))
        self.blocks[block] = unknowns
        self.groups.append(_Group(unknowns, polytope))

    def solve(self) -> bool:
        """Cut the groups by the conditions, the linear ones first; whether anything is left."""
        while self.pending:
            self._substitute()
            linear = [c for c in self.pending if all(len(key) < 2 for key in c[0])]
            if not linear:
                self._open()
                continue
            self.pending = [c for c in self.pending if not all(len(key) < 2 for key in c[0])]
            for total, equal in linear:
                if not self._cut(total, equal=equal):
                    return False
        return all(group.polytope.reaches(range(len(group.unknowns))) for group in self.groups)

    def _substitute(self) -> None:
        """Put in the values of unknowns that have only one."""
        known = {
            unknown: group.polytope.points[0][at]
            for group in self.groups
            if len(group.polytope.points) == 1
            for at, unknown in enumerate(group.unknowns)
        }
        if not known:
            return
        pending = []
        for total, equal in self.pending:
            less: _Sum = {}
            for key, amount in total.items():
                value = amount
                for unknown in key:
                    value *= known.get(unknown, _ONE)
                left = tuple(unknown for unknown in key if unknown not in known)
                less[left] = less.get(left, _ZERO) + value
            pending.append(({k: v for k, v in less.items() if v != 0}, equal))
        self.pending = pending

    def _open(self) -> None:
        """Give the unknowns of one group values, so that conditions become linear."""
        used = {unknown for total, _ in self.pending for key in total for unknown in key}
        groups = [group for group in self.groups if used.intersection(group.unknowns)]
        group = min(groups, key=lambda group: len(group.polytope.points))
        self.opened = True
        group.polytope = Polytope((tuple(group.polytope.average()),), (0,), 0)

    def _cut(self, total: _Sum, *, equal: bool) -> bool:
        """Cut by a linear condition; whether anything is left."""
        constant = total.get((), _ZERO)
        unknowns = {key[0]: amount for key, amount in total.items() if key}
        if not unknowns:
            return bool(constant == 0 if equal else constant >= 0)
        touched = [g for g in self.groups if any(u in unknowns for u in g.unknowns)]
        group = touched[0]
        for other in touched[1:]:
            group = self._joined(group, other)
        places = {unknown: at for at, unknown in enumerate(group.unknowns)}
        form = {places[unknown]: amount for unknown, amount in unknowns.items()}
        found = cut(group.polytope, (form, constant), self.work, equal=equal)
        if found is None:
            return False
        group.polytope = found
        return True

    def _joined(self, one: _Group, other: _Group) -> _Group:
        """Two groups as one, in place of them."""
        a, b = one.polytope, other.polytope
        self.work.spend(len(a.points) * len(b.points))
        joined = _Group(
            [*one.unknowns, *other.unknowns],
            Polytope(
                tuple((*p, *q) for p in a.points for q in b.points),
                tuple(s | t << a.bits for s in a.tight for t in b.tight),
                a.bits + b.bits,
            ),
        )
        self.groups = [g for g in self.groups if g is not one and g is not other]
        self.groups.append(joined)
        return joined

    @property
    def is_product(self) -> bool:
        """Whether every group is one information set's."""
        return len(self.groups) == len(self.blocks) and not self.opened

    @property
    def dimension(self) -> int:
        """Of the set of solutions, before the odds are tied."""
        total = 0
        for group in self._whole:
            first, *others = group.polytope.points
            if others:
                rows = [[a - b for a, b in zip(p, first, strict=True)] for p in others]
                total += int(fmpq_mat(rows).rank())
        return total

    def vertices(self) -> dict[int, list[dict[int, fmpq]]]:
        """Vertices of the odds; of an information set with one likeliest class no unknowns."""
        found = {}
        for number in self.component.hidden:
            unknowns = set(self.blocks.get(number, ()))
            group = next((g for g in self._whole if unknowns.intersection(g.unknowns)), None)
            found[number] = (
                [{}]
                if group is None
                else [
                    {u: x for u, x in zip(group.unknowns, point, strict=True) if u in unknowns}
                    for point in group.polytope.points
                ]
            )
        return found

    def mix_groups(self) -> tuple[list[tuple[list[int], list[dict[int, fmpq]]]], bool]:
        """Groups of information sets that mix, with vertices, and whether odds are in none."""
        found, apart = [], True
        for group in self._whole:
            inside = [n for n in self.component.mixing if self.blocks[-1 - n][0] in group.unknowns]
            if not inside:
                continue
            count = sum(len(self.blocks[-1 - n]) for n in inside)
            apart = apart and count == len(group.unknowns)
            points = [dict(zip(group.unknowns, p, strict=True)) for p in group.polytope.points]
            found.append((inside, points))
        return found, apart

    def point(self) -> dict[int, fmpq]:
        """A point of the relative interior."""
        return {
            unknown: share
            for group in self.groups
            for unknown, share in zip(group.unknowns, group.polytope.average(), strict=True)
        }

    def tie(self) -> int | None:
        """Restrict the odds to what trembles can bring about.

        Returns
        -------
        int or None
            By how much that lowers the dimension; None: nothing is left, or nothing was found.
        """
        self._whole = self._copied()
        classes = self.component.profile.classes
        rows: list[Row] = []
        places: list[tuple[int, int, int]] = []  # information set, base, other
        for number, support in self.pattern.items():
            base = classes[number][support[0]].trembles
            for c in support[1:]:
                rows.append(difference(classes[number][c].trembles, base))
                start = self.component.start[number]
                places.append((number, start + support[0], start + c))
        basis = kernel(rows)
        for part in connected(basis):
            used = [at for at in range(len(rows)) if any(vector[at] for vector in part)]
            numbers = list(dict.fromkeys(places[at][0] for at in used))
            relations = [[vector[at] for at in used] for vector in part]
            settled = self._tie_part(relations, [places[at] for at in used])
            if settled is not True:
                if settled is None:
                    self.component.search.note(self.component.search.undecided, numbers)
                return None
        return len(basis)

    def _tie_part(
        self, relations: Sequence[Sequence[int]], places: Sequence[tuple[int, int, int]]
    ) -> bool | None:
        """Fix odds that have to do with each other; False: impossible, None: not decided."""
        circuits = elementary(relations, self.work)
        bounds = [self._bounds(base, other) for _, base, other in places]
        if not may_hold(circuits, bounds):
            # Where unknowns were given values, others might do.
            return None if self.opened else False
        trail = [(self._copied(), rational_ratios(circuits, bounds, 0))]
        for _ in range(_TRIES):
            at = len(trail) - 1
            groups, ratios = trail[-1]
            self.groups = [_Group(g.unknowns, g.polytope) for g in groups]
            ratio = next(ratios, None)
            if ratio is None:
                trail.pop()
                if not trail:
                    break
                continue
            _, base, other = places[at]
            if not self._cut({(other,): _ONE, (base,): -ratio}, equal=True):
                continue
            if at + 1 == len(places):
                if all(g.polytope.reaches(range(len(g.unknowns))) for g in self.groups):
                    return True
                continue
            bounds = [self._bounds(b, o) for _, b, o in places]
            self.work.spend((len(circuits) + 1) * len(places))
            if may_hold(circuits, bounds):
                trail.append((self._copied(), rational_ratios(circuits, bounds, at + 1)))
        return None

    def _copied(self) -> list[_Group]:
        return [_Group(group.unknowns, group.polytope) for group in self.groups]

    def _bounds(self, base: int, other: int) -> Bounds:
        """Bounds of the ratio of two unknowns."""
        group = next(group for group in self.groups if base in group.unknowns)
        b, o = group.unknowns.index(base), group.unknowns.index(other)
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


def _average(corners: Sequence[tuple[Fraction, ...]]) -> tuple[Fraction, ...]:
    """The point in the middle of some points."""
    return tuple(sum(column) / Fraction(len(corners)) for column in zip(*corners, strict=True))


def _within(one: Mapping[int, _Set], other: Mapping[int, _Set]) -> bool:
    """Whether a pattern's classes are among those of another."""
    return all(set(classes) <= set(other[number]) for number, classes in one.items())


def _distinct(rows: Iterator[list[fmpq]]) -> list[list[fmpq]]:
    """Rows, each once."""
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]
