"""Sequential equilibria by explicit trembles, slowly, and trees on which to try them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from summitgames import Chance, Decision, ExtensiveForm, Outcome


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


def hidden_tree(rng: random.Random, *, depth: int = 3, chance: float = 0.2) -> ExtensiveForm:
    """A random tree of three players with perfect recall, most of whose moves are hidden."""
    labels: dict[Any, list[str]] = {}
    players = ("a", "b", "c")
    most = rng.choice([1, 3, 9])

    def node(level: int, own: dict[str, tuple[Any, ...]]) -> Any:
        if level == depth or (level and rng.random() < 0.2):
            return Outcome("", {player: rng.randint(-most, most) for player in players})
        if rng.random() < chance:
            weight = Fraction(rng.randint(1, 3), 4)
            return Chance(
                {"x": (weight, node(level + 1, own)), "y": (1 - weight, node(level + 1, own))}
            )
        player, actions = rng.choice(players), rng.choice([2, 2, 2, 3])
        known = labels.setdefault((player, actions, own.get(player, ())), [])
        if known and rng.random() < 0.8:
            label = rng.choice(known)
        else:
            label = f"{player}{sum(map(len, labels.values()))}"
            known.append(label)
        below = {
            f"m{i}": node(level + 1, {**own, player: (*own.get(player, ()), (label, i))})
            for i in range(actions)
        }
        return Decision(player, below, infoset=label)

    return ExtensiveForm(node(0, {}), players=players)


def declared(case: Any) -> ExtensiveForm:
    """Game of a published tree."""
    players = case.input["players"]

    def node(given: Any) -> Any:
        if "payoffs" in given:
            return Outcome("end", dict(zip(players, given["payoffs"], strict=True)))
        below = {action: node(child) for action, child in given["actions"].items()}
        return Decision(players[given["player"]], below, infoset=given["infoset"])

    return ExtensiveForm(node(case.input["root"]), players=players)


def horse() -> ExtensiveForm:
    """Selten's horse (Selten 1975, figure 1)."""

    def third(left: Any, right: Any) -> Decision:
        ends = {"l": left, "r": right}
        outcomes = {
            name: Outcome("end", dict(zip("123", end, strict=True))) for name, end in ends.items()
        }
        return Decision("3", outcomes, infoset="third")

    second = Decision(
        "2",
        {
            "across": Outcome("end", {"1": 1, "2": 1, "3": 1}),
            "down": third((4, 4, 0), (0, 0, 1)),
        },
        infoset="second",
    )
    root = Decision("1", {"across": second, "down": third((3, 3, 2), (0, 0, 0))}, infoset="first")
    return ExtensiveForm(root, players=["1", "2", "3"])


def observed_trembles(lows: Sequence[Any], highs: Sequence[Any]) -> ExtensiveForm:
    """Two who may slip, l or r, and three who see that: the first, the second, or both together.

    Observers say "yes" where the odds of l to r (of both l to both r) lie between two numbers, and
    else that they are too low or too high. Both are quits with a move that pays more than slips.
    """
    players = ["a", "b", "o"]

    def observer(which: int, slip: str) -> Decision:
        left = slip == "l"
        pays = {
            "yes": Fraction(0),
            "low": Fraction(-1) if left else Fraction(lows[which]),
            "high": Fraction(1) if left else -Fraction(highs[which]),
        }
        ends = {say: Outcome("seen", {"a": 0, "b": 0, "o": pay}) for say, pay in pays.items()}
        return Decision("o", ends, infoset=f"sees {which}")

    def end(a: int, b: int) -> Outcome:
        return Outcome("end", {"a": a, "b": b, "o": 0})

    def second(first: str) -> Decision:
        below = {s: observer(2, s) if s == first else end(0, 0) for s in "lr"}
        return Decision("b", {**below, "quit": end(0, 1)}, infoset="b")

    def first(*, third: bool) -> Decision:
        below = {s: second(s) if third else observer(0, s) for s in "lr"}
        return Decision("a", {**below, "quit": end(1, 0)}, infoset="a")

    alone = Decision("b", {**{s: observer(1, s) for s in "lr"}, "quit": end(0, 1)}, infoset="b")
    even = Fraction(1, 3)
    scenes = {
        "a": (even, first(third=False)),
        "b": (even, alone),
        "both": (even, first(third=True)),
    }
    return ExtensiveForm(Chance(scenes), players=players)
