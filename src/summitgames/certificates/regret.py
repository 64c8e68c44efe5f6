"""Regret: the most that a player gains by deviating from given strategies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.assessments import assessment_gaps, read_assessments
from summitgames.certificates.policies import one_shot_deviations, read_policies
from summitgames.certificates.profiles import action_payoffs
from summitgames.errors import GameError
from summitgames.games.batches import batch_index
from summitgames.games.extensive_form import ExtensiveForm, InformationSet, Tree
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.games.signaling import SignalingGame
from summitgames.games.stochastic import StochasticGame
from summitgames.games.tables import read_floats

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["best_reply_gain", "regret", "subgame_gain"]

_TOLERANCE = 1e-9


def regret(
    game: ExtensiveForm | NormalForm | SignalingGame | StochasticGame | nashpy.Game,
    strategies: Any,
) -> NDArray[np.float64] | float:
    """The most that any player gains by deviating, independent of every solver.

    In normal form: the largest difference, over players and pure actions, between what an action
    gives against the others' mixed strategies and what the own strategy gives; 0 exactly at a Nash
    equilibrium.

    On trees of perfect information: one-shot-deviation regret. At every decision node, reached or
    not, the player's best payoff from one action there, with everybody's strategies followed
    afterwards, is compared with what the strategies give. The largest gain is 0 exactly if the
    strategies are a subgame-perfect equilibrium (one-shot deviation principle for finite games).

    On other trees of perfect recall: what a player gains by a best reply to the others' strategies,
    found by backward induction over the player's information sets, each weighed by how chance and
    the others reach it. It is 0 exactly at a Nash equilibrium, in which off the path of play
    anything may be done.

    In stochastic games, for stationary strategies: the same in every state, reached or not, in
    discounted sums of payoffs. It is 0 exactly at a Markov-perfect equilibrium.

    In signaling games: what a type gains by another message, or the receiver by another response to
    a message, sent or not, given its beliefs. It is 0 exactly where the strategies are sequentially
    rational; whether the beliefs follow from Bayes' rule is not looked at here.

    Parameters
    ----------
    game
        A `NormalForm` (or ``nashpy.Game``), `StochasticGame` or `SignalingGame` with batch shape
        ``(*batch,)``, or a tree of perfect recall with values for all parameters.
    strategies
        Normal form: N arrays that broadcast to ``(*batch, k_i)``, or a result with ``.strategies``
        (``(*batch, E, k_i)`` where it has ``.exists``). Stochastic game: the same with states,
        ``(*batch, [E,] S, k_i)``. Signaling game: a result with ``.sender``, ``.receiver`` and
        ``.beliefs``, or these three arrays. Tree: a result with ``.behavior``, or a mapping from
        every information set's key to probabilities of its actions that broadcast to
        ``(*batch, actions)``.

    Returns
    -------
    (*batch,) or float
        In units of payoff; a float for a single game. Not negative but for rounding. For results in
        slots ``(*batch, E)``, NaN in unused ones.

    Raises
    ------
    GameError
        If a strategy is missing or no distribution (nonnegative, sum 1 within 1e-9), shapes do not
        fit, or `game` has unbound parameters.
    SolverError
        If a tree is not of perfect recall.

    References
    ----------
    Osborne & Rubinstein (1994), A Course in Game Theory, lemma 98.2.

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, Outcome, regret
    >>> choice = Decision("a", {"l": Outcome("l", {"a": 3}), "r": Outcome("r", {"a": 1})})
    >>> regret(ExtensiveForm(choice, players=["a"]), {"": [0.25, 0.75]})
    1.5
    >>> from summitgames import NormalForm
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> regret(pennies, ([0.5, 0.5], [0.25, 0.75]))
    0.5
    """
    if isinstance(game, StochasticGame):
        gain = one_shot_deviations(read_policies(game, strategies)).gain
        return gain if gain.ndim else float(gain)
    if isinstance(game, SignalingGame):
        gaps = assessment_gaps(game, read_assessments(game, strategies))
        largest = np.maximum(gaps.sender.max(axis=(-2, -1)), gaps.receiver.max(axis=(-2, -1)))
        return largest if largest.ndim else float(largest)
    if not isinstance(game, ExtensiveForm):
        others = ["an ExtensiveForm", "a StochasticGame", "a SignalingGame"]
        return _normal_form_regret(as_normal_form(game, others=others), strategies)
    game.require_bound()
    if game.has_perfect_information:
        return _over_blocks(game, strategies, _block_regret)
    return best_reply_gain(game, strategies)


def best_reply_gain(game: ExtensiveForm, strategies: Any) -> NDArray[np.float64] | float:
    """The most that a player of a tree gains by another strategy from the root on.

    0 exactly at a Nash equilibrium, also in trees of perfect information, where `regret` asks for
    more.

    Parameters
    ----------
    game, strategies
        As for `regret`, a tree of perfect recall.

    Returns
    -------
    (*batch,) or float

    Raises
    ------
    GameError, SolverError
        As of `regret`.
    """
    game.require_bound()
    game.require_perfect_recall()
    return _over_blocks(game, strategies, _block_gains)


def subgame_gain(game: ExtensiveForm, strategies: Any) -> NDArray[np.float64] | float:
    """The most that a player of a tree gains by another strategy in the game or in a subgame of it.

    0 exactly at a subgame-perfect equilibrium. In trees of perfect information, where `regret` is 0
    there as well, every decision begins a subgame, and the whole gain in one may be larger than
    that of a single deviation.

    Parameters
    ----------
    game, strategies
        As for `regret`, a tree of perfect recall.

    Returns
    -------
    (*batch,) or float

    Raises
    ------
    GameError, SolverError
        As of `regret`.
    """
    largest = np.asarray(best_reply_gain(game, strategies))
    source = _Behavior(game, getattr(strategies, "behavior", strategies))
    whole = Block(0, 0, game.batch.size)
    places = {infoset.nodes[0]: number for number, infoset in enumerate(game.infosets)}
    for root, subgame in zip(game.subgames.roots, game.subgames, strict=True):
        inside = {}
        for infoset in subgame.infosets:
            rows = source.block(places[infoset.nodes[0] + root], whole)
            inside[infoset.key] = rows.T.reshape(*game.batch_shape, len(infoset.actions))
        largest = np.maximum(largest, best_reply_gain(subgame, inside))
    return largest if game.batch_shape else float(largest)


def _over_blocks(
    game: ExtensiveForm,
    strategies: Any,
    gains: Callable[[ExtensiveForm, _Behavior, Block], NDArray[np.float64]],
) -> NDArray[np.float64] | float:
    source = _Behavior(game, getattr(strategies, "behavior", strategies))
    parts = map_blocks(lambda block: gains(game, source, block), game.batch.size)
    flat = np.concatenate(parts)
    return flat.reshape(game.batch_shape) if game.batch_shape else float(flat[0])


def _normal_form_regret(game: NormalForm, strategies: Any) -> NDArray[np.float64] | float:
    """Regret in normal form."""
    used = getattr(strategies, "exists", None)
    mixes = _mixes(game, getattr(strategies, "strategies", strategies), used)
    gains = []
    for player, payoff in enumerate(game.payoffs):
        each = action_payoffs(payoff, mixes, player)
        gains.append(each.max(axis=-1) - (each * mixes[player]).sum(axis=-1))
    largest: NDArray[np.float64] = np.max(gains, axis=0)
    return largest if largest.ndim else float(largest)


def _mixes(game: NormalForm, strategies: Any, used: Any) -> list[NDArray[np.float64]]:
    """One array of mixed strategies a player, checked, ``(*batch, [E,] k_i)``."""
    if isinstance(strategies, np.ndarray) and strategies.ndim:
        strategies = list(strategies)
    if not isinstance(strategies, Sequence) or len(strategies) != game.n_players:
        raise GameError(
            f"strategies: {type(strategies).__name__}; expected {game.n_players} arrays of "
            "probabilities, one a player, or a result with .strategies"
        )
    slots = () if used is None else np.shape(used)[-1:]
    mixes = []
    for player, count in enumerate(game.n_actions):
        what = f"strategies[{player}] (player {game.players[player]!r})"
        expected = (*game.batch_shape, *slots, count)
        given = read_floats(strategies[player], what)
        try:
            array = np.broadcast_to(given, expected)
        except ValueError:
            raise GameError(f"{what}: shape {given.shape}; expected {expected}") from None
        _require_distributions(array, what, used)
        mixes.append(array)
    return mixes


def _require_distributions(array: NDArray[np.float64], what: str, used: Any = None) -> None:
    """Refuse what is no distribution over the last axis; unused slots may hold anything."""
    wrong = ~((array >= 0).all(axis=-1) & (np.abs(array.sum(axis=-1) - 1) <= _TOLERANCE))
    if used is not None:
        wrong &= used
    if wrong.any():
        index = batch_index(int(np.argmax(wrong)), wrong.shape)
        where = f" at batch index {index}" if index else ""
        raise GameError(f"{what}: {array[index]}{where}; expected probabilities that sum to 1")


class _Behavior:
    """Checked access to strategies, block by block."""

    def __init__(self, game: ExtensiveForm, strategies: Any) -> None:
        self.given = strategies
        mapping = isinstance(strategies, Mapping)  # games have blocks as well
        self.blockwise = getattr(strategies, "block", None) if mapping else None
        if self.blockwise is not None:
            other = strategies.game
            if other.tree is not game.tree or other.batch_shape != game.batch_shape:
                raise GameError("strategies: of another game; expected strategies of `game`")
            return
        if not mapping:
            raise GameError(
                f"strategies: {type(strategies).__name__}; expected a mapping from information "
                "sets to probabilities, or a result with .behavior"
            )
        self.arrays = [_distribution(game, infoset, strategies) for infoset in game.infosets]
        for key in strategies:
            game.infoset(key)

    def block(self, number: int, block: Block) -> NDArray[np.float64]:
        """Probabilities ``(actions, draws)`` at an information set."""
        if self.blockwise is not None:
            result: NDArray[np.float64] = self.blockwise(number, block.start, block.stop)
            return result
        array = self.arrays[number]
        if array.ndim == 1:
            return np.broadcast_to(array[:, None], (array.size, block.size))
        return array.reshape(-1, array.shape[-1])[block.start : block.stop].T


def _distribution(
    game: ExtensiveForm, infoset: InformationSet, strategies: Mapping[Any, Any]
) -> NDArray[np.float64]:
    """Strategy at one information set: ``(actions,)`` or ``(*batch, actions)``."""
    what = f"strategies[{infoset.key!r}]"
    if infoset.key not in strategies:
        raise GameError(f"{what}: missing; expected probabilities of {', '.join(infoset.actions)}")
    array = read_floats(strategies[infoset.key], what)
    actions = len(infoset.actions)
    if array.shape[-1:] != (actions,):
        raise GameError(f"{what}: shape {array.shape}; expected (*batch, {actions})")
    if array.ndim > 1:
        try:
            array = np.broadcast_to(array, (*game.batch_shape, actions))
        except ValueError:
            expected = (*game.batch_shape, actions)
            raise GameError(f"{what}: shape {array.shape}; expected {expected}") from None
    _require_distributions(array, what)
    return array


def _block_regret(game: ExtensiveForm, source: _Behavior, block: Block) -> NDArray[np.float64]:
    """Largest one-shot gain over all decision nodes, ``(draws,)``."""
    tree = game.tree
    quantities = game.quantity_values(block.start, block.stop)
    chance = dict(game.chance_probabilities())
    largest = np.zeros(block.size)
    values: dict[int, NDArray[np.float64]] = {}  # node to (N, draws)
    movers, numbers = tree.mover.tolist(), tree.number.tolist()
    for node in range(tree.size - 1, -1, -1):
        mover, number = movers[node], numbers[node]
        if mover == Tree.TERMINAL:
            values[node] = quantities[game.payoff_numbers[number]]
            continue
        below = [values.pop(child) for child in tree.child_lists[node]]
        moves = quantities[chance[node]] if mover == Tree.CHANCE else source.block(number, block)
        value = sum(move * branch for move, branch in zip(moves, below, strict=True))
        values[node] = np.asarray(value)
        if mover >= 0:
            best = np.max([branch[mover] for branch in below], axis=0)
            np.maximum(largest, best - values[node][mover], out=largest)
    return largest


def _block_gains(game: ExtensiveForm, source: _Behavior, block: Block) -> NDArray[np.float64]:
    """Largest gain of a player by a best reply, ``(draws,)``.

    A best reply takes, at each information set, the action after which most is to be had: what the
    ends that follow it directly pay, weighed by how chance and the others reach them, and what the
    own information sets that come next are worth.
    """
    tree = game.tree
    quantities = game.quantity_values(block.start, block.stop)
    chance = dict(game.chance_probabilities())
    movers, numbers = tree.mover.tolist(), tree.number.tolist()
    n = game.n_players
    given = [np.zeros(block.size) for _ in range(n)]  # what the strategies pay
    # By the player's last move, an information set and an action; None: before any move.
    pays: list[dict[tuple[int, int] | None, NDArray[np.float64]]]
    pays = [{None: np.zeros(block.size)} for _ in range(n)]
    before: dict[int, tuple[int, int] | None] = {}
    for number, infoset in enumerate(game.infosets):
        player = game.players.index(infoset.player)
        pays[player] |= {(number, a): np.zeros(block.size) for a in range(len(infoset.actions))}
    # How play reaches a node: by everybody, and without each player's own moves.
    start: tuple[list[NDArray[np.float64]], list[tuple[int, int] | None]]
    start = [np.ones(block.size)] * (n + 1), [None] * n
    stack = [(0, start)]
    while stack:
        node, (reach, last) = stack.pop()
        mover, number = movers[node], numbers[node]
        if mover == Tree.TERMINAL:
            for player, amount in enumerate(quantities[game.payoff_numbers[number]]):
                given[player] += reach[n] * amount
                pays[player][last[player]] += reach[player] * amount
            continue
        if mover == Tree.CHANCE:
            moves = quantities[chance[node]]
        else:
            moves = source.block(number, block)
            before[number] = last[mover]
        for action, child in enumerate(tree.child_lists[node]):
            after = [
                way if player == mover else way * moves[action] for player, way in enumerate(reach)
            ]
            own = [*last]
            if mover >= 0:
                own[mover] = number, action
            stack.append((child, (after, own)))
    largest = np.zeros(block.size)
    for number in range(len(game.infosets) - 1, -1, -1):
        infoset = game.infosets[number]
        player = game.players.index(infoset.player)
        best = np.max([pays[player][number, a] for a in range(len(infoset.actions))], axis=0)
        pays[player][before[number]] += best
    for player in range(n):
        np.maximum(largest, pays[player][None] - given[player], out=largest)
    return largest
