"""Logit equilibria of trees: every information set a player of its own, with beliefs by Bayes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.regret import regret
from summitgames.equilibria.logit import (
    TOLERANCE,
    Branch,
    Games,
    Results,
    Tracer,
    batch_with,
    message_of,
    require_found,
    statuses,
)
from summitgames.errors import SolverError
from summitgames.games.batches import batch_index
from summitgames.games.extensive_form import ExtensiveForm, InformationSet, Tree
from summitgames.kernels import quantal
from summitgames.results import InfosetNumbers, MixedBehavior, Status, TreeEquilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LogitEquilibrium", "LogitTreePath", "tree_path", "tree_qre"]

#: Numbers of a block: a block takes some hundredths of a second.
_BLOCK_NUMBERS: Final = 2**12
#: What is tried until it succeeds: step sizes divided by more, and a precision (times the least
#: spread of payoffs) from which on the limit is given: beliefs depend on logits that fall in
#: proportion to the precision, and are lost in rounding where it is larger.
_ATTEMPTS: Final = ((1.0, 1e9), (8.0, 1e9), (1.0, 1e7))
#: Actions of all information sets: matrices are as large as the square of that.
_MOST_ACTIONS: Final = 1000


class BehaviorPath(InfosetNumbers):
    """Behavior along a branch: information set to ``(*batch, T, actions)``."""


class Beliefs(InfosetNumbers):
    """Beliefs: information set to probabilities of its nodes, ``(*batch, [T,] nodes)``.

    The nodes are those of the information set's `nodes`, in preorder.
    """


@dataclass(frozen=True, eq=False, repr=False)
class LogitEquilibrium(TreeEquilibrium):
    """The logit equilibrium of every game of a family of trees, at a given precision.

    Attributes
    ----------
    game, behavior, status
        As of every `TreeEquilibrium`; the batch is that of the game and of the precision together,
        the status PARTIAL: other logit equilibria may exist.
    precision
        ``(*batch,)``.
    beliefs
        Information set to probabilities of its nodes, ``(*batch, nodes)``.
    method
        The solver, "logit_qre".

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> found = sg.logit_qre(game, [0.0, 1.0, 100.0])
    >>> found.probability("summit").round(3)
    array([0.333, 0.387, 1.   ])
    >>> found.behavior["conditions_first"].shape
    (3, 2)
    """

    precision: NDArray[np.float64]
    beliefs: Beliefs
    method: ClassVar[str] = "logit_qre"

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Expected payoffs, ``(*batch, N)``."""
        return self.expected_payoffs()


@dataclass(frozen=True, eq=False, repr=False)
class LogitTreePath(Branch):
    """The principal branch of logit equilibria of every game of a family of trees.

    Attributes
    ----------
    game
        The family.
    limit
        Behavior in which the branch ends as the precision grows, information set to ``(*batch,
        actions)``; NaN where `status` is FAILED.
    beliefs
        The beliefs in which the branch ends, information set to ``(*batch, nodes)``. Limits of
        logit equilibria are sequential equilibria, and that nobody gains given these beliefs is
        checked, in floats. That the branch does nothing beyond where its end is read off is not
        proved; `certify` decides whether ``(limit, beliefs)`` is a sequential equilibrium.
    status
        ``(*batch,)`` int8 of `Status`: PARTIAL (an equilibrium, others may exist) or FAILED.
    bifurcation
        ``(*batch,)`` bool: whether the branch passes a point where others cross it. It is followed
        straight on there.
    lengths
        ``(*batch,)`` numbers of points along the branch.
    message
        What there is to say.
    method
        The solver, "logit_path".

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> branch = sg.logit_path(game)
    >>> branch.limit["conditions_first"]
    array([1., 0.])
    >>> branch.equilibrium.probability("summit"), branch.message
    (1.0, 'one equilibrium, more may exist')
    """

    method: ClassVar[str] = "logit_path"
    game: ExtensiveForm
    limit: MixedBehavior
    beliefs: Beliefs
    status: NDArray[np.int8]
    bifurcation: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    message: str
    _tracer: Tracer = field(repr=False)

    @cached_property
    def behavior(self) -> BehaviorPath:
        """Behavior at every point of the branch: information set to ``(*batch, T, actions)``."""
        return BehaviorPath(self.game, self._points[1], _action_counts(self.game))

    @cached_property
    def beliefs_along(self) -> Beliefs:
        """Beliefs at every point of the branch: information set to ``(*batch, T, nodes)``."""
        return Beliefs(self.game, self._points[2], _node_counts(self.game))

    @cached_property
    def equilibrium(self) -> TreeEquilibrium:
        """The limit with what it leads to: payoffs and probabilities of outcomes."""
        return TreeEquilibrium(self.game, self.limit, self.status)

    @cached_property
    def regret(self) -> NDArray[np.float64] | float:
        """The most that a player gains by deviating from the limit, as `summitgames.regret`.

        ``(*batch,)``, NaN where there is none.
        """
        counts = _action_counts(self.game)
        even = np.repeat(1 / np.array(counts, dtype=np.float64), counts)[:, np.newaxis]
        lost = self.status == Status.FAILED
        behavior = np.where(lost.reshape(-1), even, self.limit.probabilities)
        found = np.where(lost, np.nan, regret(self.game, MixedBehavior(self.game, behavior)))
        return found if found.ndim else float(found)


def tree_qre(
    game: ExtensiveForm, targets: NDArray[np.float64], limit: int, threads: int | None
) -> LogitEquilibrium:
    """`logit_qre` of trees, at checked precisions, with a limit of work."""
    _require_solvable(game, "logit_qre")
    batch = batch_with(targets, game.batch_shape)
    family = _spread_over(game, batch)
    _require_beliefs(family, "logit_qre")
    precisions = np.broadcast_to(targets, batch)
    tracer = _TreeTracer(family, limit, threads, precisions.reshape(-1))
    ends = tracer.run()
    require_found(tracer, batch)
    return LogitEquilibrium(
        family,
        MixedBehavior(family, np.ascontiguousarray(ends.T)),
        statuses(tracer.flags).reshape(batch),
        precisions,
        Beliefs(family, tracer.beliefs, _node_counts(family)),
    )


def tree_path(game: ExtensiveForm, limit: int, threads: int | None) -> LogitTreePath:
    """`logit_path` of trees, with a limit of work."""
    _require_solvable(game, "logit_path")
    _require_beliefs(game, "logit_path")
    tracer = _TreeTracer(game, limit, threads)
    ends = tracer.run()
    batch, flags = game.batch_shape, tracer.flags
    return LogitTreePath(
        game,
        MixedBehavior(game, np.ascontiguousarray(ends.T)),
        Beliefs(game, tracer.beliefs, _node_counts(game)),
        statuses(flags).reshape(batch),
        (flags & quantal.BIFURCATION > 0).reshape(batch),
        tracer.lengths.reshape(batch),
        message_of(flags, single=not batch),
        tracer,
    )


def _action_counts(game: ExtensiveForm) -> tuple[int, ...]:
    return tuple(len(infoset.actions) for infoset in game.infosets)


def _node_counts(game: ExtensiveForm) -> tuple[int, ...]:
    return tuple(len(infoset.nodes) for infoset in game.infosets)


def _require_solvable(game: ExtensiveForm, solver: str) -> None:
    """Refuse trees that the solver does not apply to, or that are too large for it."""
    game.require_bound()
    game.require_perfect_recall()
    actions = sum(_action_counts(game))
    if actions > _MOST_ACTIONS:
        raise SolverError(
            f"{solver}: {actions} actions at {len(game.infosets)} information sets; expected at "
            f"most {_MOST_ACTIONS} (matrices are as large as the square of that)"
        )


def _require_beliefs(game: ExtensiveForm, solver: str) -> None:
    """Refuse a game in which chance leads to no node of an information set of several."""
    above = _shape(game).infosets[1]
    hidden = [h for h, infoset in enumerate(game.infosets) if len(infoset.nodes) > 1]
    if not hidden or not (game.tree.mover == Tree.CHANCE).any():
        return

    def work(block: Block) -> tuple[int, int]:
        moves = _moves(game, block, game.quantity_values(block.start, block.stop))
        if moves.min(initial=1.0) > 0.0:
            return -1, -1
        for h in hidden:
            reached = np.zeros(block.size, dtype=np.bool_)
            for node in game.infosets[h].nodes:
                way = list(_way(game.tree, node, int(above[h])))
                reached |= (moves[:, way] > 0.0).all(axis=1)
            if not reached.all():
                return h, block.start + int(np.argmin(reached))
        return -1, -1

    for h, draw in map_blocks(work, game.batch.size, threads=1):
        if h >= 0:
            infoset = game.infosets[h]
            batch = game.batch_shape
            where = f" at batch index {batch_index(draw, batch)}" if batch else ""
            raise SolverError(
                f"{solver}: infoset {infoset.label!r} of player {infoset.player!r}: chance leads "
                f"to none of its nodes{where}, so that there are no beliefs; expected a positive "
                "probability of one"
            )


def _spread_over(game: ExtensiveForm, batch: tuple[int, ...]) -> ExtensiveForm:
    """The same games in a family of a larger shape."""
    if batch == game.batch_shape:
        return game
    bindings = game.bindings or {}
    for name, value in bindings.items():
        array = value if isinstance(value, np.ndarray) else float(value)
        return game.bind(**{**bindings, name: np.broadcast_to(array, batch)})
    fields = {name: getattr(game, name) for name in game.__dataclass_fields__}
    first, *others = game.quantities
    spread = np.broadcast_to(first if isinstance(first, np.ndarray) else float(first), batch)
    return ExtensiveForm.of_parts(**{**fields, "quantities": (spread, *others)})


@dataclass(frozen=True)
class _Shape:
    """What the kernel needs to know of a tree, whatever the numbers; see `quantal.Structure`."""

    nodes: NDArray[np.int64]
    infosets: NDArray[np.int64]
    places: NDArray[np.int64]
    steps: NDArray[np.int64]


def _shape(game: ExtensiveForm) -> _Shape:
    """The shape of a game's tree, found once."""
    return game.once("logit shape", lambda: _find_shape(game))


def _find_shape(game: ExtensiveForm) -> _Shape:
    tree = game.tree
    counts = _action_counts(game)
    starts = np.cumsum([0, *counts])
    action = np.full(tree.size, -1, dtype=np.int64)
    if tree.size > 1:
        before = tree.parent[1:]
        moves = starts[np.minimum(tree.number[before], len(counts))] + tree.position[1:]
        action[1:] = np.where(tree.mover[before] >= 0, moves, -1)
    outcome = np.where(tree.mover == Tree.TERMINAL, tree.number, -1)
    owner = [game.players.index(infoset.player) for infoset in game.infosets]
    above, first_step, steps = [], [0], []
    for infoset in game.infosets:
        last, ways = _apart(tree, infoset)
        above.append(last)
        own = [[int(action[node]) for node in way if action[node] >= 0] for way in ways]
        shared = set(own[0]).intersection(*own[1:])
        for way in own:
            steps += [a for a in way if a not in shared]
            first_step.append(len(steps))
    places = [node for infoset in game.infosets for node in infoset.nodes]
    first_place = np.cumsum([0, *_node_counts(game)])
    children = [*tree.children.tolist(), 0]
    nodes = (tree.parent, tree.ends, action, outcome, tree.first_child[:-1], children)
    return _Shape(
        np.array(nodes, dtype=np.int64),
        np.array([[*owner, 0], [*above, 0], first_place], dtype=np.int64),
        np.array([[*places, 0], first_step], dtype=np.int64),
        np.array(steps, dtype=np.int64),
    )


def _apart(tree: Tree, infoset: InformationSet) -> tuple[int, list[list[int]]]:
    """The last node on the way to all nodes of an information set, and the ways from there on."""
    if len(infoset.nodes) == 1:
        return infoset.nodes[0], [[]]
    ways = [tree.way(node) for node in infoset.nodes]
    together = 0
    while len({way[together] for way in ways}) == 1:  # nodes differ, and none follows another
        together += 1
    above = ways[0][together - 1] if together else 0
    return above, [way[together:] for way in ways]


def _way(tree: Tree, node: int, above: int) -> Iterator[int]:
    """Nodes on the way to a node, back to one above it."""
    while node != above:
        yield node
        node = int(tree.parent[node])


def _moves(
    game: ExtensiveForm, block: Block, quantities: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probabilities of the chance moves that lead to nodes, ``(games, nodes)``, 1 for others."""
    moves = np.ones((block.size, game.tree.size))
    for node, numbers in game.chance_probabilities():
        moves[:, game.tree.child_lists[node]] = quantities[numbers].T
    return moves


class _TreeTracer(Tracer):
    """Traces of a family of trees."""

    attempts = _ATTEMPTS

    def __init__(
        self,
        game: ExtensiveForm,
        max_work: int,
        threads: int | None,
        targets: NDArray[np.float64] | None = None,
    ) -> None:
        self.game = game
        counts = _action_counts(game)
        size = game.tree.size * game.n_players + sum(counts) ** 2
        super().__init__(
            game.batch.size,
            counts,
            sum(_node_counts(game)),
            max(1, _BLOCK_NUMBERS // size),
            max_work,
            threads,
            targets,
        )

    def load(self, block: Block) -> Games:
        """The games of a block."""
        game = self.game
        quantities = game.quantity_values(block.start, block.stop)
        pay = np.ascontiguousarray(quantities[game.payoff_numbers].transpose(2, 1, 0))
        return Games.of(pay, _moves(game, block, quantities))

    def structure(self, games: Games) -> quantal.Structure:
        """The tree, its chance moves, and room."""
        tree = self.game.tree
        shape = _shape(self.game)
        return quantal.Structure(
            shape.nodes,
            shape.infosets,
            shape.places,
            shape.steps,
            games.moves,
            np.empty((self.game.n_players + 1, tree.size)),
            np.empty((quantal.BELIEF_ROWS, self.places)),
        )

    def check(self, games: Games, results: Results) -> NDArray[np.bool_]:
        """Which of the ends are no sequential equilibria."""
        del games
        wrong: NDArray[np.bool_] = ~(results.gains <= TOLERANCE)
        return wrong
