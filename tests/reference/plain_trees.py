"""Trees as nested tuples, what strategies pay in them, and best replies by plain enumeration.

Nothing is shared with the library but the game that is made of a tree.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from summitgames import Chance, Decision, ExtensiveForm, Outcome

#: ("end", payoffs), ("chance", [(probability, tree), ...]),
#: ("move", player, information set, [tree, ...])
Tree = tuple[Any, ...]
#: Of every information set the probabilities of its actions.
Strategies = Mapping[str, Sequence[Fraction]]

PLAYERS = ("a", "b", "c")


def random_tree(
    rng: random.Random, payoffs: Sequence[Any], *, depth: int = 4, chance: bool = True
) -> Tree:
    """A tree of perfect recall: who moves knows all own moves and one bit of the rest, if that.

    Branches of probability 0, information sets of one action and ties are frequent.
    """
    count = rng.choice([2, 2, 3])
    known: dict[Any, tuple[str, int]] = {}

    def node(left: int, own: tuple[Any, ...]) -> Tree:
        kind = rng.random() if left < depth else 1.0
        if left == 0 or kind < 0.12:
            return "end", tuple(Fraction(rng.choice(payoffs)) for _ in range(count))
        if chance and kind < 0.27:
            weights = [1, *(rng.randint(0, 3) for _ in range(rng.choice([1, 1, 2])))]
            shares = [Fraction(weight, sum(weights)) for weight in weights]
            return "chance", [(share, node(left - 1, own)) for share in shares]
        player = rng.randrange(count)
        what = player, own[player], rng.randrange(2)
        actions = rng.choice([1, 2, 2, 2, 2, 3])
        label, actions = known.setdefault(what, (f"{PLAYERS[player]}{len(known)}", actions))
        below = []
        for action in range(actions):
            after = *own[:player], (own[player], label, action), *own[player + 1 :]
            below.append(node(left - 1, after))
        return "move", player, label, below

    return node(depth, (None,) * count)


def n_players(tree: Tree) -> int:
    """Number of players."""
    return next(len(node[1]) for node in nodes(tree) if node[0] == "end")


def game_of(tree: Tree) -> ExtensiveForm:
    """The tree as a game."""
    players = PLAYERS[: n_players(tree)]

    def build(node: Tree) -> Any:
        if node[0] == "end":
            return Outcome("", dict(zip(players, node[1], strict=True)))
        if node[0] == "chance":
            return Chance({str(n): (p, build(below)) for n, (p, below) in enumerate(node[1])})
        moves = {str(n): build(below) for n, below in enumerate(node[3])}
        return Decision(players[node[1]], moves, infoset=node[2])

    return ExtensiveForm(build(tree), players=players)


def nodes(tree: Tree) -> Iterator[Tree]:
    """All nodes in preorder."""
    yield tree
    if tree[0] == "chance":
        for _, below in tree[1]:
            yield from nodes(below)
    elif tree[0] == "move":
        for below in tree[3]:
            yield from nodes(below)


def infosets(tree: Tree) -> dict[str, tuple[int, int]]:
    """Of every information set its player and number of actions."""
    return {node[2]: (node[1], len(node[3])) for node in nodes(tree) if node[0] == "move"}


def subgames(tree: Tree) -> list[Tree]:
    """The whole and all proper subgames."""
    moves = [node for node in nodes(tree) if node[0] == "move"]
    found = []
    for root in nodes(tree):
        inside = {id(node) for node in nodes(root)}
        met = infosets(root)
        if root[0] != "end" and all(id(m) in inside for m in moves if m[2] in met):
            found.append(root)
    return found


def value(tree: Tree, strategies: Strategies) -> list[Fraction]:
    """What all players get."""
    if tree[0] == "end":
        return list(tree[1])
    pairs = tree[1] if tree[0] == "chance" else zip(strategies[tree[2]], tree[3], strict=True)
    shares = [[p * pay for pay in value(below, strategies)] for p, below in pairs]
    return [sum(column, Fraction(0)) for column in zip(*shares, strict=True)]


def plans(tree: Tree, player: int) -> Iterator[dict[str, list[Fraction]]]:
    """All pure strategies of a player."""
    own = {label: count for label, (owner, count) in infosets(tree).items() if owner == player}
    for moves in product(*map(range, own.values())):
        yield {
            label: [Fraction(action == move) for action in range(count)]
            for (label, count), move in zip(own.items(), moves, strict=True)
        }


def gain(tree: Tree, strategies: Strategies) -> Fraction:
    """The most that a player gains by any pure strategy."""
    now = value(tree, strategies)
    return max(
        value(tree, {**strategies, **plan})[player] - now[player]
        for player in range(len(now))
        for plan in plans(tree, player)
    )


def gain_there(
    tree: Tree, strategies: Strategies, label: str, action: int, *, beyond: Iterable[str] = ()
) -> Fraction:
    """The most that its player gains by a pure strategy that takes an action at an infoset.

    All that the strategies do at information sets which that action does not lead to is kept, and
    at those `beyond`.
    """
    player = infosets(tree)[label][0]
    after = {
        below[2]
        for node in nodes(tree)
        if node[0] == "move" and node[2] == label
        for below in nodes(node[3][action])
        if below[0] == "move" and below[1] == player
    }
    after.difference_update(beyond)
    now = value(tree, strategies)[player]
    best = []
    for plan in plans(tree, player):
        if plan[label][action] == 1:
            changed = {name: mix for name, mix in plan.items() if name in after or name == label}
            best.append(value(tree, {**strategies, **changed})[player] - now)
    return max(best)
