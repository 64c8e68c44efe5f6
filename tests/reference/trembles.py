"""Sequential equilibria by explicit trembles: slow, and written without the library's own solvers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from summitgames import ExtensiveForm


class Tremor:
    """A tree of perfect recall as nested tuples of what a brute force needs."""

    def __init__(self, game: ExtensiveForm) -> None:
        self.game = game
        numbers = game.exact_quantities()
        tree = game.tree
        self.chance = {
            node: [numbers[q] for q in quantities]
            for node, quantities in game.chance_probabilities()
        }
        self.payoffs = {
            int(node): [numbers[q] for q in row]
            for node, row in zip(tree.terminals, game.payoff_numbers.tolist(), strict=True)
        }
        self.children = tree.child_lists
        self.sets = [infoset.nodes for infoset in game.infosets]
        self.set_of = {node: h for h, nodes in enumerate(self.sets) for node in nodes}
        self.counts = [len(infoset.actions) for infoset in game.infosets]
        self.owners = [game.players.index(infoset.player) for infoset in game.infosets]

    def profiles(self) -> Iterator[tuple[int, ...]]:
        """All pure profiles."""
        return product(*(range(count) for count in self.counts))

    def value(self, node: int, strategies: Sequence[Sequence[Fraction]], player: int) -> Fraction:
        """What a player gets from a node on."""
        if node in self.payoffs:
            return self.payoffs[node][player]
        moves = self.chance.get(node) or strategies[self.set_of[node]]
        return sum(
            (
                p * self.value(child, strategies, player)
                for p, child in zip(moves, self.children[node], strict=True)
                if p
            ),
            Fraction(0),
        )

    def gain(
        self, strategies: Sequence[Sequence[Fraction]], beliefs: Sequence[Sequence[Fraction]]
    ) -> Fraction:
        """The most that a player gains by one action at one information set."""
        most = Fraction(0)
        for h, nodes in enumerate(self.sets):
            player = self.owners[h]
            each = [
                sum(
                    (
                        belief * self.value(self.children[node][a], strategies, player)
                        for belief, node in zip(beliefs[h], nodes, strict=True)
                    ),
                    Fraction(0),
                )
                for a in range(self.counts[h])
            ]
            here = sum((p * v for p, v in zip(strategies[h], each, strict=True)), Fraction(0))
            most = max(most, max(each) - here)
        return most

    def reach(self, strategies: Sequence[Sequence[Any]]) -> list[Any]:
        """How likely every node is."""
        likely: list[Any] = [1] * (max(max(c, default=0) for c in self.children) + 1)
        for node, children in enumerate(self.children):
            if not children:
                continue
            moves = self.chance.get(node) or strategies[self.set_of[node]]
            for p, child in zip(moves, children, strict=True):
                likely[child] = likely[node] * p
        return likely

    def limit(
        self, profile: Sequence[int], powers: Sequence[Sequence[int]], weights: Sequence[Any]
    ) -> list[list[Fraction]]:
        """Beliefs to which those of trembles ``weights * t**powers`` tend as t falls to 0."""
        orders: list[int] = [0] * len(self.children)
        likely: list[Fraction] = [Fraction(1)] * len(self.children)
        for node, children in enumerate(self.children):
            for a, child in enumerate(children):
                orders[child], likely[child] = orders[node], likely[node]
                if node in self.chance:
                    likely[child] *= self.chance[node][a]
                elif profile[self.set_of[node]] != a:
                    orders[child] += powers[self.set_of[node]][a]
                    likely[child] *= weights[self.set_of[node]][a]
        beliefs = []
        for nodes in self.sets:
            least = min(orders[node] for node in nodes)
            shares = [likely[n] if orders[n] == least else Fraction(0) for n in nodes]
            beliefs.append([share / sum(shares) for share in shares])
        return beliefs

    def pure_found(self, tries: int, seed: int) -> set[tuple[int, ...]]:
        """Pure profiles that some of the trembles tried make sequential equilibria."""
        rng = random.Random(seed)
        found = set()
        sizes = [Fraction(1, 9), Fraction(1, 2), Fraction(1), Fraction(2), Fraction(9)]
        for profile in self.profiles():
            strategies = [
                [Fraction(a == choice) for a in range(count)]
                for choice, count in zip(profile, self.counts, strict=True)
            ]
            for _ in range(tries):
                powers = [[rng.randint(1, 3) for _ in range(count)] for count in self.counts]
                weights = [[rng.choice(sizes) for _ in range(count)] for count in self.counts]
                if self.gain(strategies, self.limit(profile, powers, weights)) == 0:
                    found.add(profile)
                    break
        return found
