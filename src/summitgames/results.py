"""What solvers return: strategies with what they lead to, and what the list of them promises."""

from __future__ import annotations

import operator
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.profiles import expected_payoffs
from summitgames.errors import GameError, UnknownKeyError
from summitgames.games.nodes import SEPARATOR, InformationSet, Tree

if TYPE_CHECKING:
    import xarray
    from numpy.typing import NDArray

    from summitgames.games.extensive_form import ExtensiveForm
    from summitgames.games.normal_form import NormalForm
    from summitgames.games.stochastic import StochasticGame

__all__ = [
    "Behavior",
    "Equilibria",
    "InfosetNumbers",
    "MarkovEquilibria",
    "MixedBehavior",
    "PureBehavior",
    "Status",
    "TreeEquilibria",
    "TreeEquilibrium",
    "ending",
]


class Status(IntEnum):
    """What a list of equilibria promises, game by game.

    COMPLETE: proved that the list is all there is. PARTIAL: what is listed is right, more may
    exist. NONE: proved that none exists. FAILED: the solver gave up.

    Examples
    --------
    >>> from summitgames import NormalForm, Status, solve
    >>> found = solve(NormalForm.symmetric([[3, 0], [5, 1]]))
    >>> Status(found.status).name
    'COMPLETE'
    """

    COMPLETE = 0
    PARTIAL = 1
    NONE = 2
    FAILED = 3


def ending(result: Any) -> str:
    """How the text of a result ends: what it promises, if it holds a game, and its batch shape."""
    words = [Status(number).name for number in np.unique(result.status).tolist()]
    if result.game.batch_shape:
        words.append(f"batch shape {result.game.batch_shape}")
    return "".join(f", {word}" for word in words)


class Behavior(Mapping[Hashable, "NDArray[np.float64]"]):
    """Behavior strategies of all players: information set to a distribution over its actions.

    A mapping from an information set's key (its label; for a node of its own the labels that lead
    to it, joined by " > ") to ``(*batch, actions)`` probabilities. An `InformationSet` of the game
    is accepted as a key as well.
    """

    def __init__(self, game: ExtensiveForm) -> None:
        self.game = game

    def __getitem__(self, key: Any) -> NDArray[np.float64]:
        infoset = self._resolve(key)
        number = int(self.game.tree.number[infoset.nodes[0]])
        size = self.game.batch.size
        flat = self.block(number, 0, size)
        return flat.T.reshape(*self.game.batch_shape, len(infoset.actions))

    def __iter__(self) -> Iterator[Hashable]:
        return (infoset.key for infoset in self.game.infosets)

    def __len__(self) -> int:
        return len(self.game.infosets)

    def __contains__(self, key: object) -> bool:
        try:
            self._resolve(key)
        except KeyError:
            return False
        return True

    # Those of a mapping would ask whether an array is true.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        shape = f", batch shape {self.game.batch_shape}" if self.game.batch_shape else ""
        return f"<{type(self).__name__}: {len(self)} information sets{shape}>"

    def _resolve(self, key: object) -> InformationSet:
        if isinstance(key, InformationSet):
            if key.tree is not self.game.tree:
                raise UnknownKeyError(
                    f"infoset {key!r}: of another game; expected one of this game"
                )
            return key
        try:
            return self.game.infoset(key)
        except GameError as error:
            raise UnknownKeyError(str(error)) from None

    def block(self, number: int, start: int, stop: int) -> NDArray[np.float64]:
        """Distribution at an information set, by its number, for draws start to stop.

        Returns
        -------
        (actions, stop - start)
        """
        raise NotImplementedError


class PureBehavior(Behavior):
    """Behavior strategies that choose one action at every information set.

    Parameters
    ----------
    game
        The game.
    choices
        ``(information sets, draws)`` action indices.
    """

    def __init__(self, game: ExtensiveForm, choices: NDArray[np.int16]) -> None:
        super().__init__(game)
        self.choices = choices

    def block(self, number: int, start: int, stop: int) -> NDArray[np.float64]:
        """Distribution at an information set, by its number, for draws start to stop."""
        actions = np.arange(len(self.game.infosets[number].actions))
        chosen: NDArray[np.bool_] = self.choices[number, start:stop] == actions[:, None]
        return chosen.astype(np.float64)


class MixedBehavior(Behavior):
    """Behavior strategies held as probabilities of all actions, one information set after another.

    Parameters
    ----------
    game
        The game.
    probabilities
        ``(actions, draws)``: those of the first information set, then of the second, ...
    """

    def __init__(self, game: ExtensiveForm, probabilities: NDArray[np.float64]) -> None:
        super().__init__(game)
        self.probabilities = probabilities
        counts = [len(infoset.actions) for infoset in game.infosets]
        self._starts = np.cumsum([0, *counts]).tolist()

    def block(self, number: int, start: int, stop: int) -> NDArray[np.float64]:
        """Distribution at an information set, by its number, for draws start to stop."""
        return self.probabilities[self._starts[number] : self._starts[number + 1], start:stop]


class InfosetNumbers(Behavior):
    """Numbers at information sets: a mapping from their keys to ``(*batch, [T,] n)``.

    Parameters
    ----------
    game
        The game.
    numbers
        ``(games, [T,] total)``: those of the first information set, then of the second, ...
    counts
        How many there are at each information set.
    """

    def __init__(
        self, game: ExtensiveForm, numbers: NDArray[np.float64], counts: tuple[int, ...]
    ) -> None:
        super().__init__(game)
        self.numbers = numbers
        self._starts = np.cumsum([0, *counts]).tolist()

    def __getitem__(self, key: Any) -> NDArray[np.float64]:
        infoset = self._resolve(key)
        number = int(self.game.tree.number[infoset.nodes[0]])
        own = self.numbers[..., self._starts[number] : self._starts[number + 1]]
        return own.reshape(*self.game.batch_shape, *own.shape[1:])

    def block(self, number: int, start: int, stop: int) -> NDArray[np.float64]:
        """Refused: these are not the strategies of one equilibrium."""
        del number, start, stop
        raise GameError(
            f"strategies: {type(self).__name__}; expected behavior at one point, "
            "such as .limit, or of one equilibrium, such as the first, [0]"
        )


@dataclass(frozen=True, eq=False)
class TreeEquilibrium:
    """An equilibrium of every game of a family in extensive form.

    Attributes
    ----------
    game
        The game that was solved.
    behavior
        Behavior strategies: information set to ``(*batch, actions)``.
    status
        ``(*batch,)`` int8 of `Status`.

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> equilibrium = sg.subgame_perfect(game)
    >>> equilibrium.behavior["conditions_first"]
    array([1., 0.])
    >>> equilibrium.probability("summit"), equilibrium.expected_payoffs(given="hold").tolist()
    (1.0, [0.0, 0.0])
    """

    game: ExtensiveForm
    behavior: Behavior
    status: NDArray[np.int8]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.game!r}>"

    @cached_property
    def outcome_probabilities(self) -> NDArray[np.float64]:
        """Probability of every outcome, ``(*batch, outcomes)``."""
        parts = map_blocks(self._reach, self.game.batch.size)
        flat = np.concatenate([part.T for part in parts])
        return flat.reshape(*self.game.batch_shape, len(self.game.outcomes))

    def probability(self, tag: str, *, given: str = "") -> NDArray[np.float64] | float:
        """Probability that play ends in an outcome with a tag.

        Parameters
        ----------
        tag
            A tag of the game.
        given
            Labels, joined by " > ", that lead to a node: probability once play has come there,
            whether it does or not; "" for the root.

        Returns
        -------
        (*batch,) or float
            A Python float for a single game.

        Raises
        ------
        GameError
            If no outcome has the tag, or the labels lead nowhere.
        """
        which = self.game.tagged(tag)
        start = self._node(given)
        parts = map_blocks(
            lambda block: self._reach(block, start)[which].sum(axis=0), self.game.batch.size
        )
        flat = np.concatenate(parts)
        return flat.reshape(self.game.batch_shape) if self.game.batch_shape else float(flat[0])

    def expected_payoffs(self, *, given: str = "") -> NDArray[np.float64]:
        """Payoffs of all players once play has come to a node.

        Parameters
        ----------
        given
            Labels, joined by " > ", that lead to the node; "" for the root.

        Returns
        -------
        (*batch, N)

        Raises
        ------
        GameError
            If the labels lead nowhere.
        """
        start = self._node(given)

        def work(block: Block) -> NDArray[np.float64]:
            quantities = self.game.quantity_values(block.start, block.stop)
            amounts = quantities[self.game.payoff_numbers]
            expected: NDArray[np.float64] = np.einsum(
                "od,opd->dp", self._reach(block, start), amounts
            )
            return expected

        flat = np.concatenate(map_blocks(work, self.game.batch.size))
        return flat.reshape(*self.game.batch_shape, self.game.n_players)

    def action_payoffs(self, key: Any) -> NDArray[np.float64]:
        """Payoff of the player who moves at an information set, action by action.

        Expected from there on, given everybody's strategies afterwards; for information sets of
        one node.

        Parameters
        ----------
        key
            Key of the information set, or the information set.

        Returns
        -------
        (*batch, actions)

        Raises
        ------
        GameError
            If there is no such information set, or it has several nodes.
        """
        infoset = key if isinstance(key, InformationSet) else self.game.infoset(key)
        if len(infoset.nodes) > 1:
            raise GameError(
                f"infoset {infoset.label!r}: {len(infoset.nodes)} nodes; expected one node"
            )
        player = self.game.players.index(infoset.player)
        before = [self.game.tree.name(infoset.nodes[0])] if infoset.nodes[0] else []
        return np.stack(
            [
                self.expected_payoffs(given=SEPARATOR.join([*before, action]))[..., player]
                for action in infoset.actions
            ],
            axis=-1,
        )

    def to_xarray(self) -> xarray.Dataset:
        """Strategies, payoffs, outcomes and status as an xarray Dataset.

        Returns
        -------
        xarray.Dataset
            Variables ``behavior``, ``payoff``, ``outcome_probability`` and ``status``, where the
            result has them also ``belief`` and ``path``; dimensions ``batch_0``, ..., ``move``
            (with the levels ``infoset`` and ``action``, and the player as ``mover``), ``player``,
            ``outcome`` (the labels that lead there) and ``place`` (with the levels
            ``belief_infoset`` and ``node``). Information sets whose label two players use are
            named "player: label". ``reset_index(["move", "place"])``, without what is not there,
            gives what can be written to a file.

        Examples
        --------
        >>> import summitgames as sg
        >>> game = sg.model("preconditions").game("article", summit_prize_ukraine=[0.5, 1.5])
        >>> found = sg.subgame_perfect(game).to_xarray()
        >>> dict(found.sizes)
        {'batch_0': 2, 'player': 2, 'outcome': 6, 'move': 9}
        >>> found.behavior.sel(infoset="conditions_first", action="meet").values
        array([1., 1.])
        """
        axes = [f"batch_{axis}" for axis in range(len(self.game.batch_shape))]
        return _tree_dataset(self, axes, axes, self.expected_payoffs())

    def _node(self, given: Any) -> int:
        """Node to which labels lead."""
        node = self.game.tree.find(given) if isinstance(given, str) else None
        if node is None:
            raise GameError(f"given: {given!r} leads to no node; expected labels from the root on")
        return node

    def _reach(self, block: Block, start: int = 0) -> NDArray[np.float64]:
        """Probabilities of the outcomes from a node on, ``(outcomes, draws)``."""
        game, tree = self.game, self.game.tree
        quantities = game.quantity_values(block.start, block.stop)
        chance = dict(game.chance_probabilities())
        result = np.zeros((len(game.outcomes), block.size))
        stack = [(start, np.ones(block.size))]
        while stack:
            node, here = stack.pop()
            mover, number = int(tree.mover[node]), int(tree.number[node])
            if mover == Tree.TERMINAL:
                result[number] = here
                continue
            if mover == Tree.CHANCE:
                moves = quantities[chance[node]]
            else:
                moves = self.behavior.block(number, block.start, block.stop)
            for child, move in zip(tree.child_lists[node], moves, strict=True):
                reached = here * move
                if reached.any():
                    stack.append((child, reached))
        return result


@dataclass(frozen=True, eq=False, repr=False)
class TreeEquilibria:
    """Equilibria of a single game in extensive form, E of them.

    Iteration gives them one by one, each a `TreeEquilibrium`.

    Attributes
    ----------
    game
        The game.
    probabilities
        ``(E, actions)``: probabilities of the actions at all information sets, one after another.
    status
        () int8 of `Status`.
    message
        Why the status is not COMPLETE.

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> found = sg.sequential_equilibria(game)
    >>> len(found), found.behavior["conditions_first"].shape
    (1, (1, 2))
    >>> [equilibrium.probability("summit") for equilibrium in found]
    [1.0]
    """

    game: ExtensiveForm
    probabilities: NDArray[np.float64]
    status: NDArray[np.int8]
    message: str = ""

    def __repr__(self) -> str:
        count = f"{len(self)} equilibri{'um' if len(self) == 1 else 'a'}"
        return f"<{type(self).__name__}: {count}, {Status(int(self.status)).name}>"

    def __len__(self) -> int:
        return len(self.probabilities)

    @overload
    def __getitem__(self, index: int) -> TreeEquilibrium: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[TreeEquilibrium, ...]: ...

    def __getitem__(self, index: Any) -> TreeEquilibrium | tuple[TreeEquilibrium, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._one(operator.index(index))

    def _one(self, index: int) -> TreeEquilibrium:
        """One of the equilibria, by its number."""
        behavior = MixedBehavior(self.game, self.probabilities[index][:, np.newaxis])
        return TreeEquilibrium(self.game, behavior, self.status)

    def __iter__(self) -> Iterator[TreeEquilibrium]:
        return (self._one(index) for index in range(len(self)))

    @cached_property
    def behavior(self) -> InfosetNumbers:
        """Behavior strategies: key of every information set to ``(E, actions)``."""
        counts = tuple(len(infoset.actions) for infoset in self.game.infosets)
        return InfosetNumbers(self.game, self.probabilities[np.newaxis], counts)

    @cached_property
    def outcome_probabilities(self) -> NDArray[np.float64]:
        """Probability of every outcome, ``(E, outcomes)``."""
        found = [equilibrium.outcome_probabilities for equilibrium in self]
        return np.array(found).reshape(-1, len(self.game.outcomes))

    def probability(self, tag: str, *, given: str = "") -> NDArray[np.float64]:
        """Probability that play ends in an outcome with a tag, ``(E,)``; as of `TreeEquilibrium`.

        Raises
        ------
        GameError
            If no outcome has the tag, or the labels lead nowhere.
        """
        self.game.tagged(tag)
        return np.array([equilibrium.probability(tag, given=given) for equilibrium in self])

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Expected payoffs, ``(E, N)``."""
        found = [equilibrium.expected_payoffs() for equilibrium in self]
        return np.array(found).reshape(-1, self.game.n_players)

    def to_xarray(self) -> xarray.Dataset:
        """Strategies, payoffs, outcomes and status as an xarray Dataset.

        Returns
        -------
        xarray.Dataset
            As that of a `TreeEquilibrium`, with the dimension ``equilibrium``.
        """
        return _tree_dataset(self, ["equilibrium"], [], self.payoffs)

    @cached_property
    def path(self) -> NDArray[np.object_]:
        """Likeliest path of play of each, ``(E,)``: labels joined by " > "."""
        return np.array([self._path(row) for row in range(len(self))], dtype=object)

    def _path(self, index: int) -> str:
        """The way that takes the likeliest move everywhere, of equally likely ones the first."""
        game, tree = self.game, self.game.tree
        values = game.quantity_values(0, 1)[:, 0]
        chance = dict(game.chance_probabilities())
        behavior = self[index].behavior
        node = 0
        while tree.mover[node] != Tree.TERMINAL:
            number = int(tree.number[node])
            moves = values[chance[node]] if tree.mover[node] < 0 else behavior.block(number, 0, 1)
            node = tree.child_lists[node][int(np.argmax(moves))]
        return tree.name(node)


def _tree_dataset(
    found: TreeEquilibrium | TreeEquilibria,
    axes: list[str],
    status_axes: list[str],
    payoffs: NDArray[np.float64],
) -> xarray.Dataset:
    """Equilibria of trees, with leading axes of some names."""
    import xarray

    game, sets = found.game, found.game.infosets
    keys = [f"{i.player}: {i.label}" if i.shared else i.label for i in sets]

    def joined(numbers: Mapping[Hashable, NDArray[np.float64]]) -> NDArray[np.float64]:
        return np.concatenate([numbers[infoset.key] for infoset in sets], axis=-1)

    data: dict[str, Any] = {
        "payoff": ([*axes, "player"], payoffs),
        "outcome_probability": ([*axes, "outcome"], found.outcome_probabilities),
        "status": (status_axes, found.status),
    }
    coordinates: dict[str, Any] = {
        "player": list(game.players),
        "outcome": [game.path_to(number) for number in range(len(game.outcomes))],
    }
    if hasattr(found, "path"):
        data["path"] = (axes, found.path)
    levels = {}
    if sets:
        data["behavior"] = ([*axes, "move"], joined(found.behavior))
        moves = [(k, a, i.player) for k, i in zip(keys, sets, strict=True) for a in i.actions]
        for name, labels in zip(
            ("infoset", "action", "mover"), zip(*moves, strict=True), strict=True
        ):
            coordinates[name] = ("move", list(labels))
        levels["move"] = ["infoset", "action"]
    if sets and hasattr(found, "beliefs"):
        data["belief"] = ([*axes, "place"], joined(found.beliefs))
        places = [(k, game.tree.name(n)) for k, i in zip(keys, sets, strict=True) for n in i.nodes]
        for name, labels in zip(("belief_infoset", "node"), zip(*places, strict=True), strict=True):
            coordinates[name] = ("place", list(labels))
        levels["place"] = ["belief_infoset", "node"]
    attributes = {"method": found.method} if hasattr(found, "method") else {}
    return xarray.Dataset(data, coords=coordinates, attrs=attributes).set_index(levels)


class _Slots:
    """What lists of equilibria in slots have in common."""

    game: NormalForm | StochasticGame
    strategies: tuple[NDArray[np.float64], ...]
    exists: NDArray[np.bool_]
    status: NDArray[np.int8]
    method: str

    def __repr__(self) -> str:
        count = int(self.exists.sum())
        return f"<{type(self).__name__}: {count} by {self.method}{ending(self)}>"

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of equilibria listed, ``(*batch,)``."""
        return np.asarray(self.exists.sum(axis=-1))

    @cached_property
    def regret(self) -> NDArray[np.float64]:
        """The most that a player gains by deviating, ``(*batch, E)``; NaN in unused slots.

        In units of payoff; of a stochastic game by one deviation in some state, in discounted sums.
        """
        from summitgames.certificates.regret import regret

        return np.asarray(regret(self.game, self))

    def __len__(self) -> int:
        self._require_single()
        return int(self.exists.sum())

    @overload
    def __getitem__(self, index: int) -> tuple[NDArray[np.float64], ...]: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[tuple[NDArray[np.float64], ...], ...]: ...

    def __getitem__(self, index: Any) -> Any:
        """One equilibrium of a single game as iteration gives it; of a slice a tuple of them."""
        return tuple(self)[index]

    def __iter__(self) -> Iterator[tuple[NDArray[np.float64], ...]]:
        """The equilibria of a single game, each a tuple of one player's strategy each."""
        self._require_single()
        return (tuple(s[slot] for s in self.strategies) for slot in np.flatnonzero(self.exists))

    def _require_single(self) -> None:
        if self.game.batch_shape:
            raise TypeError(
                f"equilibria of a family of shape {self.game.batch_shape}: index the game, or use "
                ".strategies and .exists"
            )


@dataclass(frozen=True, eq=False, repr=False)
class Equilibria(_Slots):
    """Equilibria of every game of a family in normal form, in slots.

    E is the largest number of equilibria listed for a game of the family; games with fewer leave
    slots unused, which hold NaN.

    Attributes
    ----------
    game
        The family.
    strategies
        N arrays ``(*batch, E, k_i)``.
    exists
        ``(*batch, E)`` bool: which slots are used; the first ones are.
    status
        ``(*batch,)`` int8 of `Status`.
    method
        The solver.
    degenerate
        ``(*batch,)`` bool: whether some mixed strategy has more pure best responses than its
        support has actions; None where the solver does not tell.
    message
        What there is to say about games that are not COMPLETE.

    Examples
    --------
    >>> from summitgames import NormalForm, support_enumeration
    >>> found = support_enumeration(NormalForm.symmetric([[0, 7], [2, 6]]))
    >>> len(found), found.strategies[0].shape
    (3, (3, 2))
    >>> found[-1][0].round(6)
    array([0.333333, 0.666667])
    >>> for row, column in found:
    ...     print(row.round(6), column.round(6))
    [1. 0.] [0. 1.]
    [0. 1.] [1. 0.]
    [0.333333 0.666667] [0.333333 0.666667]
    >>> found.to_xarray().payoff.sel(player="1").values.round(6).tolist()
    [7.0, 2.0, 4.666667]
    """

    game: NormalForm
    strategies: tuple[NDArray[np.float64], ...]
    exists: NDArray[np.bool_]
    status: NDArray[np.int8]
    method: str
    degenerate: NDArray[np.bool_] | None = None
    message: str = ""

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Payoffs, ``(*batch, E, N)``; NaN in unused slots."""
        return expected_payoffs(self.game.payoffs, self.strategies)

    def to_xarray(self) -> xarray.Dataset:
        """Strategies, payoffs and status as an xarray Dataset.

        Returns
        -------
        xarray.Dataset
            Variables ``strategy_<player>``, ``payoff``, ``exists`` and ``status``; dimensions
            ``batch_0``, ..., ``equilibrium``, ``action_<player>`` and ``player``.
        """
        import xarray

        game = self.game
        axes = [f"batch_{axis}" for axis in range(len(game.batch_shape))]
        slots = [*axes, "equilibrium"]
        data: dict[str, Any] = {
            f"strategy_{player}": ([*slots, f"action_{player}"], strategy)
            for player, strategy in zip(game.players, self.strategies, strict=True)
        }
        data["payoff"] = ([*slots, "player"], self.payoffs)
        data["exists"] = (slots, self.exists)
        data["status"] = (axes, self.status)
        coordinates = {
            f"action_{player}": list(labels)
            for player, labels in zip(game.players, game.actions, strict=True)
        }
        coordinates["player"] = list(game.players)
        return xarray.Dataset(data, coords=coordinates, attrs={"method": self.method})


@dataclass(frozen=True, eq=False, repr=False)
class MarkovEquilibria(_Slots):
    """Stationary Markov-perfect equilibria of every game of a family of stochastic games, in slots.

    E is the largest number of equilibria listed for a game of the family; games with fewer leave
    slots unused, which hold NaN.

    Attributes
    ----------
    game
        The family.
    strategies
        N arrays ``(*batch, E, S, k_i)``: probabilities of player i's actions in every state, those
        never reached included; 0 for actions that the player does not have there.
    values
        ``(*batch, E, S, N)``: expected discounted sums of payoffs from every state on, as
        `policy_values` counts them (not normalised).
    exists
        ``(*batch, E)`` bool: which slots are used; the first ones are.
    status
        ``(*batch,)`` int8 of `Status`.
    method
        The method.
    message
        What there is to say about games that are not COMPLETE.

    Examples
    --------
    >>> import summitgames as sg
    >>> found = sg.markov_perfect(sg.model("vicious_cycle").game("guarantees"))
    >>> found
    <MarkovEquilibria: 2 by pure, COMPLETE>
    >>> found.strategies[0].shape, found.values.shape
    ((2, 5, 3), (2, 5, 3))
    """

    game: StochasticGame
    strategies: tuple[NDArray[np.float64], ...]
    values: NDArray[np.float64]
    exists: NDArray[np.bool_]
    status: NDArray[np.int8]
    method: str
    message: str = ""

    def labels(self) -> list[dict[str, dict[str, str]]]:
        """The pure equilibria of a single game in words.

        Returns
        -------
        list of dict
            For each equilibrium: state to player to action, of players with a choice there.

        Raises
        ------
        GameError
            If a strategy is mixed.
        """
        game, listed = self.game, []
        for number, mixes in enumerate(self):
            words: dict[str, dict[str, str]] = {}
            for s, state in enumerate(game.states):
                words[state] = {}
                for i, player in enumerate(game.players):
                    if mixes[i][s].max() < 1:
                        raise GameError(f"equilibrium {number}: mixed in state {state!r}")
                    if game.available[s, i] > 1:
                        words[state][player] = game.actions[s][i][int(mixes[i][s].argmax())]
            listed.append(words)
        return listed

    def to_xarray(self) -> xarray.Dataset:
        """Strategies, values and status as an xarray Dataset.

        Returns
        -------
        xarray.Dataset
            Variables ``strategy_<player>``, ``value``, ``exists`` and ``status``; dimensions
            ``batch_0``, ..., ``equilibrium``, ``state``, ``action_<player>`` and ``player``.
        """
        import xarray

        game = self.game
        axes = [f"batch_{axis}" for axis in range(len(game.batch_shape))]
        slots = [*axes, "equilibrium"]
        data: dict[str, Any] = {
            f"strategy_{player}": ([*slots, "state", f"action_{player}"], strategy)
            for player, strategy in zip(game.players, self.strategies, strict=True)
        }
        data["value"] = ([*slots, "state", "player"], self.values)
        data["exists"] = (slots, self.exists)
        data["status"] = (axes, self.status)
        coordinates = {"state": list(game.states), "player": list(game.players)}
        return xarray.Dataset(data, coords=coordinates, attrs={"method": self.method})
