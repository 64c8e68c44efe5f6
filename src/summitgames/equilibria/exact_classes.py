"""A single tree in exact numbers, with the actions that every information set may take.

Once these are fixed, what matters of a node is which actions on the way there are not taken, the
*trembles*. Nodes of an information set that have the same are a *class*: their relative likelihood
follows from Bayes' rule whatever the trembles. What actions are worth at a class is a sum of
products of the probabilities of mixed actions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flint import fmpq

from summitgames.certificates.consistency import (
    first_actions,
    moves_on,
    require_positive_chance,
    tree_numbers,
)
from summitgames.games.extensive_form import Tree, exact_chances

if TYPE_CHECKING:
    from summitgames.equilibria.exact_polytopes import Work
    from summitgames.games.extensive_form import ExtensiveForm

__all__ = ["Condition", "NodeClass", "Numbers", "Sum", "SupportedTree", "depends"]

Numbers: TypeAlias = tuple[int, ...]
#: Sum of products: numbers of unknowns, each once, to the coefficient.
Sum: TypeAlias = dict[Numbers, fmpq]
#: A sum that must not be negative, and whether it must be 0.
Condition: TypeAlias = tuple[Sum, bool]

_ZERO, _ONE = fmpq(0), fmpq(1)


class NodeClass(NamedTuple):
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
    nodes: Numbers
    weights: tuple[fmpq, ...]
    mixed: tuple[Numbers, ...]


class SupportedTree:
    """A single game of perfect recall, and the support of every information set.

    Parameters
    ----------
    game
        The game.
    work
        Units of work are counted here.

    Attributes
    ----------
    first
        Number of the first action of every information set, and of actions altogether.
    counts
        Actions of every information set.
    owner_of
        Information set of every action.
    after
        Of every decision node what follows each of its actions: the ends and decision nodes that
        chance leads to, with probabilities.
    legs
        Of every information set of several nodes, node by node: the moves since the ways to them
        part, and the probability of chance.
    supports
        Actions that every information set may take; none: not known yet.

    Raises
    ------
    SolverError
        If chance never takes some branch.
    """

    def __init__(self, game: ExtensiveForm, work: Work) -> None:
        self.game, self.tree, self.work = game, game.tree, work
        numbers = tree_numbers(game)
        require_positive_chance(game, numbers)
        self.chance = exact_chances(game, numbers)
        self.first = first_actions(game)
        self.counts = [len(infoset.actions) for infoset in game.infosets]
        self.owner_of = [n for n, count in enumerate(self.counts) for _ in range(count)]
        self._owners = [game.players.index(infoset.player) for infoset in game.infosets]
        self.movers, self.numbers = game.tree.mover.tolist(), game.tree.number.tolist()
        ends = [[numbers[q] for q in row] for row in game.payoff_numbers.tolist()]
        #: Payoffs at ends; at decision nodes what follows pays, where this is known.
        self._values: list[list[fmpq] | None] = [None] * game.tree.size
        for node in game.tree.terminals.tolist():
            self._values[node] = ends[self.numbers[node]]
        self.after = {
            node: [self._followers(child) for child in game.tree.child_lists[node]]
            for node, mover in enumerate(self.movers)
            if mover >= 0
        }
        self.legs = {
            number: self._legs(infoset.nodes)
            for number, infoset in enumerate(game.infosets)
            if len(infoset.nodes) > 1
        }
        self.supports: list[Numbers] = [()] * len(game.infosets)

    def _followers(self, child: int) -> list[tuple[fmpq, int]]:
        """Ends and decision nodes that chance leads to from a node."""
        if self.movers[child] != Tree.CHANCE:
            return [(_ONE, child)]
        found, stack = [], [(_ONE, child)]
        while stack:
            weight, node = stack.pop()
            if self.movers[node] == Tree.CHANCE:
                pairs = zip(self.chance[node], self.tree.child_lists[node], strict=True)
                stack += [(weight * p, below) for p, below in pairs]
            else:
                found.append((weight, node))
        return found

    def _legs(self, nodes: Sequence[int]) -> list[tuple[list[tuple[int, int]], fmpq]]:
        """To each of some nodes the moves since their ways part, and the probability of chance."""
        ways = [self.tree.way(node) for node in nodes]
        self.work.spend(sum(map(len, ways)))
        shared = 0
        while all(len(way) > shared and way[shared] == ways[0][shared] for way in ways):
            shared += 1
        return [moves_on(self.tree, way[shared:], self.chance) for way in ways]

    def assign(self, number: int, support: Numbers) -> None:
        """Set the support of an information set, the supports of those below being known."""
        self.supports[number] = support
        for node in self.game.infosets[number].nodes:
            self._values[node] = (
                None if len(support) > 1 else self._settled(self.after[node][support[0]])
            )

    def _settled(self, moves: Sequence[tuple[fmpq, int]]) -> list[fmpq] | None:
        """What follows pays, if nothing there is mixed or open."""
        self.work.spend(len(moves))
        total = None
        for weight, node in moves:
            value = self._values[node]
            if self.movers[node] >= 0 and not self.supports[self.numbers[node]]:
                return None
            if value is None:
                return None
            if len(moves) == 1:
                return value
            part = [weight * amount for amount in value]
            total = part if total is None else [a + b for a, b in zip(total, part, strict=True)]
        return total

    def classes(self, number: int) -> list[NodeClass]:
        """Classes that may be likeliest."""
        legs = self.legs.get(number)
        if legs is None:
            return [NodeClass(frozenset(), (0,), (_ONE,), ((),))]
        groups: dict[frozenset[int], list[tuple[int, fmpq, Numbers]]] = {}
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
            NodeClass(trembles, *(tuple(column) for column in zip(*group, strict=True)))
            for trembles, group in groups.items()
            if not any(other < trembles for other in groups)
        ]

    def _worth(self, number: int, nodes: NodeClass, action: int) -> Sum:
        """What an action is worth at the nodes of a class, weighed by how likely they are."""
        player = self._owners[number]
        infoset = self.game.infosets[number]
        total: Sum = {}
        for at, weight, mixed in zip(nodes.nodes, nodes.weights, nodes.mixed, strict=True):
            stack = [(weight * p, mixed, node) for p, node in self.after[infoset.nodes[at]][action]]
            while stack:
                share, unknowns, node = stack.pop()
                self.work.spend(1)
                value = self._values[node]
                if value is not None:
                    key = tuple(sorted(unknowns))
                    total[key] = total.get(key, _ZERO) + share * value[player]
                    continue
                other = self.numbers[node]
                support = self.supports[other]
                for a in support:
                    more = (self.first[other] + a,) if len(support) > 1 else ()
                    stack += [
                        (share * p, (*unknowns, *more), below) for p, below in self.after[node][a]
                    ]
        return total

    def gains(self, number: int, nodes: NodeClass) -> list[Condition]:
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


def depends(each: Sequence[Sequence[Condition]]) -> bool:
    """Whether any of some conditions depends on unknowns."""
    return any(key for conditions in each for total, _ in conditions for key in total)
