"""Proper subgames of a tree, cut out when they are asked for."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from summitgames.games.extensive_form import ExtensiveForm, Tree, check_labels, information_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Subgames", "subgame_roots"]


def subgame_roots(game: ExtensiveForm) -> list[int]:
    """Nodes, not terminal, below which every information set lies whole or not at all.

    Returns
    -------
    list of int
        From the smallest subgame to the whole game, whose root comes last; of equally large ones
        in preorder.
    """
    tree = game.tree
    parents, numbers, movers = tree.parent.tolist(), tree.number.tolist(), tree.mover.tolist()
    # First and last node of the information sets at and below every node.
    first, last = list(range(tree.size)), list(range(tree.size))
    for node in range(tree.size - 1, -1, -1):
        if movers[node] >= 0:
            nodes = game.infosets[numbers[node]].nodes
            first[node] = min(first[node], nodes[0])
            last[node] = max(last[node], nodes[-1])
        if node:
            before = parents[node]
            first[before] = min(first[before], first[node])
            last[before] = max(last[before], last[node])
    ends = tree.ends
    roots = [
        node
        for node in range(tree.size)
        if movers[node] != Tree.TERMINAL and first[node] >= node and last[node] < ends[node]
    ]
    return sorted(roots, key=lambda node: (ends[node] - node, node))


class Subgames(Sequence[ExtensiveForm]):
    """Proper subgames of a game, the smallest first, of equally large ones in preorder.

    A subgame begins at a node that is not terminal, where its player (or chance) moves, and has
    every information set that it meets whole; the whole game is not a proper one. Each is cut out
    when it is asked for: a long chain has as many subgames as nodes.

    Parameters
    ----------
    game
        The game. Parameters without values are allowed.

    Attributes
    ----------
    roots
        Numbers of the nodes at which the subgames begin.
    names
        The labels that lead there, joined by " > ".

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, Outcome
    >>> entry = Decision("entrant", {
    ...     "enter": Decision("incumbent", {
    ...         "fight": Outcome("war", {"entrant": -1, "incumbent": 0}),
    ...         "share": Outcome("duopoly", {"entrant": 1, "incumbent": 1}),
    ...     }),
    ...     "stay out": Outcome("monopoly", {"entrant": 0, "incumbent": 2}),
    ... })
    >>> subgames = ExtensiveForm(entry, players=["entrant", "incumbent"]).subgames
    >>> subgames.names
    ('enter',)
    >>> subgames[0]
    <ExtensiveForm: entrant, incumbent; 1 decision nodes, 0 chance nodes, 2 outcomes>
    """

    def __init__(self, game: ExtensiveForm) -> None:
        self.game = game
        self.roots = tuple(node for node in subgame_roots(game) if node)

    @property
    def names(self) -> tuple[str, ...]:
        """Labels that lead to the roots."""
        return tuple(self.game.tree.name(root) for root in self.roots)

    def __len__(self) -> int:
        return len(self.roots)

    @overload
    def __getitem__(self, index: int) -> ExtensiveForm: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[ExtensiveForm, ...]: ...

    def __getitem__(self, index: Any) -> ExtensiveForm | tuple[ExtensiveForm, ...]:
        """A subgame: unlabelled information sets in it are named by the way from its root on.

        Raises
        ------
        GameError
            If such a name is the label of another information set of the subgame.
        """
        if isinstance(index, slice):
            return tuple(_cut(self.game, root) for root in self.roots[index])
        return _cut(self.game, self.roots[operator.index(index)])

    def __repr__(self) -> str:
        return f"<Subgames: {len(self)} of {self.game!r}>"


def _cut(game: ExtensiveForm, root: int) -> ExtensiveForm:
    """The subgame at a node."""
    tree = game.tree
    stop = tree.ends[root]
    part = slice(root, stop)
    mover = tree.mover[part]
    numbers = tree.number[part].copy()
    ends, decisions = mover == Tree.TERMINAL, mover >= 0
    inside = np.unique(numbers[decisions], return_index=True)
    kept = inside[0][np.argsort(inside[1], kind="stable")]  # in the order of their first nodes
    renumbered = np.empty(len(game.infosets), dtype=np.int32)
    renumbered[kept] = np.arange(kept.size)
    numbers[decisions] = renumbered[numbers[decisions]]
    outcomes = numbers[ends].tolist()
    numbers[ends] = np.arange(len(outcomes))
    numbers[mover == Tree.CHANCE] = np.arange(int((mover == Tree.CHANCE).sum()))
    parent = tree.parent[part] - np.int32(root)
    parent[0] = -1
    below = Tree.of(mover, parent, numbers, ("", *tree.labels[root + 1 : stop]))
    sets = [game.infosets[number] for number in kept.tolist()]
    infosets = information_sets(
        [(infoset.player, infoset.given_label) for infoset in sets],
        [infoset.actions for infoset in sets],
        [[node - root for node in infoset.nodes] for infoset in sets],
        below,
    )
    check_labels(infosets, below)
    return ExtensiveForm.of_parts(
        players=game.players,
        parameters=game.parameters,
        tree=below,
        infosets=infosets,
        outcomes=tuple(game.outcomes[number] for number in outcomes),
        quantities=game.quantities,
        payoff_numbers=game.payoff_numbers[outcomes],
        probability_numbers=_branches(game, root, stop),
        has_binary_numbers=game.has_binary_numbers,
        bindings=game.bindings,
    )


def _branches(game: ExtensiveForm, root: int, stop: int) -> NDArray[np.int32]:
    """Quantities of the chance branches in a part of the tree."""
    tree = game.tree
    chance = tree.mover == Tree.CHANCE
    widths = np.where(chance, np.diff(tree.first_child), 0)
    start = int(widths[:root].sum())
    return game.probability_numbers[start : start + int(widths[root:stop].sum())]
