"""The nodes in which a tree is declared, and the flat tree that they become."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["SEPARATOR", "Chance", "Decision", "InformationSet", "Node", "Outcome", "Tree"]

#: Joins the labels that lead to a node.
SEPARATOR = " > "


@dataclass(frozen=True, eq=False)
class Decision:
    """A decision node.

    Parameters
    ----------
    player
        Label of the player who moves.
    actions
        Action label to the node that follows. The order matters: of equally good actions the
        first listed is taken.
    infoset
        Label of the information set; nodes of one player with the same label are in one
        information set and have the same actions. None: an information set of its own.

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, Outcome, subgame_perfect
    >>> move = Decision("a", {"go": Outcome("far", {"a": 1}), "stay": Outcome("here", {"a": 0})})
    >>> subgame_perfect(ExtensiveForm(move, players=["a"])).path
    'go'
    """

    player: str
    actions: Mapping[str, Node]
    infoset: str | None = None

    def __repr__(self) -> str:
        return f"Decision({self.player!r}, {_labels(self.actions)}, infoset={self.infoset!r})"


@dataclass(frozen=True, eq=False)
class Chance:
    """A chance node.

    Parameters
    ----------
    branches
        Label to a pair (probability, node that follows). A probability is a number, an array over
        the batch or a sympy expression, and may be 0.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from summitgames import Chance, ExtensiveForm, Outcome, subgame_perfect
    >>> won, lost = Outcome("won", {"a": 3}), Outcome("lost", {"a": 0})
    >>> lottery = Chance({"good": (Fraction(1, 3), won), "bad": (Fraction(2, 3), lost)})
    >>> subgame_perfect(ExtensiveForm(lottery, players=["a"])).payoffs
    array([1.])
    """

    branches: Mapping[str, tuple[Any, Node]]

    def __repr__(self) -> str:
        return f"Chance({_labels(self.branches)})"


@dataclass(frozen=True, eq=False)
class Outcome:
    """A terminal node.

    Parameters
    ----------
    label
        Label; outcomes may share one.
    payoffs
        Player to payoff: a number, an array over the batch or a sympy expression. Every player
        has one.
    tags
        Events that this end belongs to.

    Examples
    --------
    >>> from summitgames import ExtensiveForm, Outcome, subgame_perfect
    >>> over = Outcome("signed", {"a": 1, "b": 2}, tags=["treaty"])
    >>> subgame_perfect(ExtensiveForm(over, players=["a", "b"])).probability("treaty")
    1.0
    """

    label: str
    payoffs: Mapping[str, Any]
    tags: Iterable[str] = ()

    def __repr__(self) -> str:
        return f"Outcome({self.label!r}, {dict(self.payoffs)!r}, tags={self.tags!r})"


Node: TypeAlias = Decision | Chance | Outcome


def _labels(children: object) -> str:
    return f"[{', '.join(map(repr, children))}]" if isinstance(children, Mapping) else "?"


@dataclass(frozen=True, eq=False)
class Tree:
    """Topology of a game, nodes numbered in preorder.

    Attributes
    ----------
    mover
        ``(nodes,)``: the index of the player who moves, `CHANCE` or `TERMINAL`.
    parent
        ``(nodes,)``: the node before, -1 at the root.
    position
        ``(nodes,)``: which child of its parent a node is.
    first_child
        ``(nodes + 1,)``: children of node n are ``children[first_child[n]:first_child[n + 1]]``.
    children
        ``(nodes - 1,)``: numbers of the children in the order listed.
    number
        ``(nodes,)``: which outcome, information set or chance node (each counted in preorder, an
        information set by its first node) a node is.
    labels
        The action or chance label that leads to each node, "" at the root.
    """

    CHANCE = -1
    TERMINAL = -2

    mover: NDArray[np.int32]
    parent: NDArray[np.int32]
    position: NDArray[np.int32]
    first_child: NDArray[np.int32]
    children: NDArray[np.int32]
    number: NDArray[np.int32]
    labels: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, mover: ArrayLike, parent: ArrayLike, number: ArrayLike, labels: Any) -> Tree:
        """Tree of nodes in preorder, from who moves, the node before and the number of each."""
        before = np.array(parent, dtype=np.int32)
        size = before.size
        children = np.argsort(before[1:], kind="stable").astype(np.int32) + 1
        first = np.zeros(size + 1, dtype=np.int32)
        np.cumsum(np.bincount(before[1:], minlength=size), out=first[1:])
        position = np.zeros(size, dtype=np.int32)
        position[children] = np.arange(size - 1) - first[before[children]]
        return cls(
            mover=np.array(mover, dtype=np.int32),
            parent=before,
            position=position,
            first_child=first,
            children=children,
            number=np.array(number, dtype=np.int32),
            labels=tuple(labels),
        )

    @property
    def size(self) -> int:
        """Number of nodes."""
        return self.mover.size

    @cached_property
    def ends(self) -> list[int]:
        """At every node the first number beyond those of the nodes at and below it."""
        parents = self.parent.tolist()
        ends = list(range(1, self.size + 1))
        for node in range(self.size - 1, 0, -1):
            ends[parents[node]] = max(ends[parents[node]], ends[node])
        return ends

    @cached_property
    def child_lists(self) -> list[list[int]]:
        """Children of every node as plain lists."""
        ends = self.first_child.tolist()
        children = self.children.tolist()
        return [children[start:stop] for start, stop in pairwise(ends)]

    @cached_property
    def terminals(self) -> NDArray[np.intp]:
        """Numbers of the terminal nodes in preorder."""
        return np.flatnonzero(self.mover == self.TERMINAL)

    def way(self, node: int) -> list[int]:
        """Nodes from the first below the root to `node`."""
        nodes = []
        while node > 0:
            nodes.append(node)
            node = int(self.parent[node])
        return nodes[::-1]

    def name(self, node: int) -> str:
        """Labels that lead to a node, joined by " > "; "" at the root."""
        return SEPARATOR.join(self.labels[step] for step in self.way(node))

    def find(self, name: str) -> int | None:
        """Node to which labels joined by " > " lead, or None."""
        node = 0
        for label in name.split(SEPARATOR) if name else ():
            below = (child for child in self.child_lists[node] if self.labels[child] == label)
            node = next(below, -1)
            if node < 0:
                return None
        return node


@dataclass(frozen=True, eq=False)
class InformationSet:
    """Decision nodes that a player cannot tell apart.

    Attributes
    ----------
    player
        Whose it is.
    actions
        Action labels in order.
    nodes
        Numbers of its nodes, in preorder.
    given_label
        The user's label, None where there is none (one node, named by the way that leads to it).
    shared
        Whether another player uses the same label.

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> own = game.infoset("conditions_first")
    >>> own.player, own.actions, len(own.nodes)
    ('russia', ('meet', 'pocket'), 1)
    """

    player: str
    actions: tuple[str, ...]
    nodes: tuple[int, ...]
    given_label: str | None
    shared: bool
    tree: Tree = field(repr=False)

    @property
    def label(self) -> str:
        """The user's label, or the labels that lead to its node."""
        return self.tree.name(self.nodes[0]) if self.given_label is None else self.given_label

    @property
    def key(self) -> Hashable:
        """How results name it: its label, or (player, label) where two players use the label."""
        return (self.player, self.label) if self.shared else self.label
