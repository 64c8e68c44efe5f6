"""From declared nodes to flat arrays: one walk in preorder, without recursion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from summitgames.errors import GameError, require_known, unknown_name
from summitgames.games.batches import as_value, kept
from summitgames.games.nodes import SEPARATOR, Chance, Decision, Node, Outcome, Tree

__all__ = ["MOST_ACTIONS", "Flattener"]

#: In place of a node: all below the node of which the identity follows has been visited.
_LEAVE: Final = object()

#: Solvers keep the number of the chosen action as int16.
MOST_ACTIONS: Final = 2**15


@dataclass(frozen=True)
class _Place:
    """Something at a node, put into words only where an error needs them.

    The name of a node is as long as the way to it: written for every node of a chain, names alone
    would take time that grows with the square of its length.
    """

    what: str
    flattener: Flattener
    node: int

    def __str__(self) -> str:
        return f"{self.what} {self.flattener.name(self.node)}"


class Flattener:
    """Walks a declared tree once, in preorder, and checks it on the way.

    Parameters
    ----------
    players
        Labels of the players.
    parameters
        Names that expressions may use.
    """

    def __init__(self, players: tuple[str, ...], parameters: tuple[str, ...]) -> None:
        self.players = players
        self.parameters = frozenset(parameters)
        self.mover: list[int] = []
        self.parent: list[int] = []
        self.labels: list[str] = []
        self.number: list[int] = []
        self.quantities: list[Any] = []  # Fraction, float64 array or sympy expression
        self.quantity_numbers: dict[Any, int] = {}
        self.arrays: list[Any] = []  # kept until the end: they are told apart by their id
        self.shape: tuple[int, ...] = ()  # to which the arrays so far broadcast
        self.shaped_by: object = ""  # the last array that changed it
        self.binary = False  # whether some number was given as a float
        self.probabilities: list[int] = []  # quantity of every chance branch
        self.payoffs: list[list[int]] = []
        self.outcomes: list[Outcome] = []
        self.chance_nodes: list[int] = []
        self.infoset_numbers: dict[tuple[str, str], int] = {}
        self.infoset_nodes: list[list[int]] = []
        self.infoset_actions: list[tuple[str, ...]] = []
        self.infoset_labels: list[tuple[str, str | None]] = []

    def name(self, node: int) -> str:
        """What errors call a node: the labels that lead to it."""
        labels = []
        while node > 0:
            labels.append(self.labels[node])
            node = self.parent[node]
        return repr(SEPARATOR.join(reversed(labels))) if labels else "the root"

    def walk(self, root: Node) -> None:
        """Visit every node; raise a GameError at the first that is malformed."""
        seen: dict[int, int] = {}
        stack: list[tuple[Any, int, str]] = [(root, -1, "")]
        open_nodes: set[int] = set()
        while stack:
            node, parent, label = stack.pop()
            if node is _LEAVE:
                open_nodes.discard(parent)
                continue
            index = self._enter(parent, label)
            if id(node) in seen:
                kind = "a cycle" if id(node) in open_nodes else "a node used twice"
                raise GameError(
                    f"node {self.name(index)}: {kind}: it is also {self.name(seen[id(node)])}; "
                    "expected a tree, each node an object of its own"
                )
            seen[id(node)] = index
            below = self._visit(node, index)
            if below:
                open_nodes.add(id(node))
                stack.append((_LEAVE, id(node), ""))
            stack.extend((child, index, name) for name, child in reversed(below))

    def _enter(self, parent: int, label: str) -> int:
        index = len(self.mover)
        self.mover.append(Tree.TERMINAL)
        self.parent.append(parent)
        self.labels.append(label)
        self.number.append(0)
        return index

    def _visit(self, node: Any, index: int) -> list[tuple[str, Any]]:
        match node:
            case Decision():
                return self._visit_decision(node, index)
            case Chance():
                return self._visit_chance(node, index)
            case Outcome():
                self._visit_outcome(node, index)
                return []
        raise GameError(
            f"node {self.name(index)}: {type(node).__name__} {node!r:.60}; "
            "expected a Decision, Chance or Outcome"
        )

    def _children(self, children: Any, what: str, index: int) -> list[tuple[str, Any]]:
        if not isinstance(children, Mapping):
            raise GameError(
                f"{what} at node {self.name(index)}: {type(children).__name__}; "
                "expected a mapping from labels to nodes"
            )
        if not children:
            raise GameError(f"{what} at node {self.name(index)}: empty; expected at least one")
        for label in children:
            # With a space after it: "a >" before "b" would read as "a" before "> b".
            if not isinstance(label, str) or not label or SEPARATOR in f"{label} ":
                raise GameError(
                    f"{what} at node {self.name(index)}: label {label!r}; expected a non-empty "
                    f"string without {SEPARATOR!r} that does not end in {SEPARATOR[:-1]!r}"
                )
        return list(children.items())

    def _visit_decision(self, node: Decision, index: int) -> list[tuple[str, Any]]:
        try:
            require_known("player", node.player, self.players)
        except GameError as error:
            raise GameError(f"node {self.name(index)}: {error}") from None
        self.mover[index] = self.players.index(node.player)
        below = self._children(node.actions, "actions", index)
        actions = tuple(label for label, _ in below)
        if len(actions) > MOST_ACTIONS:
            raise GameError(
                f"actions at node {self.name(index)}: {len(actions)} of them; "
                f"expected at most {MOST_ACTIONS}"
            )
        if node.infoset is None:
            self.number[index] = len(self.infoset_nodes)
        elif not isinstance(node.infoset, str):
            raise GameError(
                f"infoset at node {self.name(index)}: {node.infoset!r}; expected a string or None"
            )
        else:
            key = (node.player, node.infoset)
            self.number[index] = self.infoset_numbers.setdefault(key, len(self.infoset_nodes))
        number = self.number[index]
        if number == len(self.infoset_nodes):
            self.infoset_nodes.append([])
            self.infoset_actions.append(actions)
            self.infoset_labels.append((node.player, node.infoset))
        elif self.infoset_actions[number] != actions:
            raise GameError(
                f"actions at node {self.name(index)}: {list(actions)}, but "
                f"{list(self.infoset_actions[number])} elsewhere in infoset {node.infoset!r} of "
                f"player {node.player!r}; expected the same labels in the same order"
            )
        self.infoset_nodes[number].append(index)
        return below

    def _visit_chance(self, node: Chance, index: int) -> list[tuple[str, Any]]:
        self.mover[index] = Tree.CHANCE
        self.number[index] = len(self.chance_nodes)
        self.chance_nodes.append(index)
        below = []
        for label, branch in self._children(node.branches, "branches", index):
            if not isinstance(branch, tuple) or len(branch) != 2:
                raise GameError(
                    f"branch {label!r} at chance node {self.name(index)}: "
                    f"{type(branch).__name__}; expected a pair (probability, node)"
                )
            what = _Place(f"probability of {label!r} at chance node", self, index)
            self.probabilities.append(self._quantity(branch[0], what))
            below.append((label, branch[1]))
        return below

    def _visit_outcome(self, node: Outcome, index: int) -> None:
        where = _Place(f"outcome {node.label!r} at node", self, index)
        if not isinstance(node.label, str):
            raise GameError(f"label of {where}: expected a string")
        if not isinstance(node.payoffs, Mapping):
            raise GameError(f"payoffs of {where}: expected a mapping from players to payoffs")
        for player in node.payoffs:
            if player not in self.players:
                raise GameError(
                    f"payoffs of {where}: {unknown_name('player', player, self.players)}"
                )
        missing = [player for player in self.players if player not in node.payoffs]
        if missing:
            raise GameError(
                f"payoffs of {where}: none for player {missing[0]!r}; expected one each"
            )
        tags: Any = node.tags
        if (
            isinstance(tags, str)
            or not np.iterable(tags)
            or not all(isinstance(tag, str) for tag in tags)
        ):
            raise GameError(f"tags of {where}: {node.tags!r}; expected a sequence of strings")
        self.number[index] = len(self.outcomes)
        self.outcomes.append(
            Outcome(node.label, MappingProxyType(dict(node.payoffs)), tuple(node.tags))
        )
        self.payoffs.append(
            [
                self._quantity(
                    node.payoffs[player],
                    _Place(f"payoff of {player!r} in {where.what}", self, index),
                )
                for player in self.players
            ]
        )

    def _quantity(self, given: Any, what: _Place) -> int:
        """Number of a payoff or probability among the distinct ones of the game."""
        key: Any
        if type(given).__module__.partition(".")[0] == "sympy":
            value = key = self._expression(given, what)
        else:
            self.binary |= isinstance(given, (float, np.floating))
            value = key = as_value(given, what)
            if isinstance(value, np.ndarray):
                self.binary = True
                self._broadcast(value.shape, what)
                self.arrays.append(given)
                value, key = kept(value), ("array", id(given))
        number = self.quantity_numbers.get(key)
        if number is None:
            number = self.quantity_numbers[key] = len(self.quantities)
            self.quantities.append(value)
        return number

    def _broadcast(self, shape: tuple[int, ...], what: _Place) -> None:
        """Refuse an array whose shape does not fit those before it."""
        try:
            together = np.broadcast_shapes(self.shape, shape)
        except ValueError:
            raise GameError(
                f"{what}: shape {shape} does not broadcast with {self.shape}, the shape of "
                f"{self.shaped_by}; expected shapes that broadcast as in NumPy"
            ) from None
        if together != self.shape:
            self.shape, self.shaped_by = together, what

    def _expression(self, given: Any, what: _Place) -> Any:
        import sympy

        from summitgames.games.expressions import read_expression

        value = read_expression(given, what, self.parameters)
        self.binary |= given.has(sympy.Float)
        return as_value(value, what) if isinstance(value, Fraction) else value
