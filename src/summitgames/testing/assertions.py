"""Assertions about equilibria, whose message shows the deviation that refutes them.

Floats decide where their rounding leaves no doubt; what is left is decided in exact rationals.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.assessments import assessment_gaps, read_assessments
from summitgames.certificates.consistency import AssessmentProver
from summitgames.certificates.exact_trees import ExactTree
from summitgames.certificates.policies import one_shot_deviations, read_policies
from summitgames.certificates.profiles import action_payoffs
from summitgames.certificates.provers import NEAR, Given
from summitgames.certificates.rationals import exactly
from summitgames.certificates.regret import best_reply_gain, regret, subgame_gain
from summitgames.equilibria.subgame_perfect import TIE, SubgamePerfectEquilibria, require_tree
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import batch_index
from summitgames.games.extensive_form import ExtensiveForm, Tree
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.games.signaling import SignalingGame
from summitgames.games.stochastic import StochasticGame, as_stochastic_game
from summitgames.results import TreeEquilibria

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

    from summitgames.certificates.findings import Deviation

__all__ = [
    "assert_markov_perfect",
    "assert_nash",
    "assert_sequentially_rational",
    "assert_subgame_perfect",
]

#: Share of the payoffs that counts as no gain with hidden moves.
_GAIN: Final = 1e-9


def assert_subgame_perfect(game: ExtensiveForm, equilibrium: Any) -> None:
    """Assert that strategies are a subgame-perfect equilibrium of every game of a family.

    With perfect information, no player may gain by deviating once, at any decision node, reached or
    not. A gain of at most 1e-12 of the game's largest absolute payoff is none: payoffs that near
    each other tie. With hidden moves, no player may gain more than 1e-9 of it by another strategy
    in the game or in a subgame.

    Parameters
    ----------
    game
        Game of perfect recall with values for all parameters, batch shape ``(*batch,)``.
    equilibrium
        A result with ``.behavior``, or a mapping from every information set's key to probabilities
        of its actions that broadcast to ``(*batch, actions)``; or `SubgamePerfectEquilibria`, of
        which all are looked at.

    Raises
    ------
    AssertionError
        With the most profitable deviation: player, action, information set, gain, and the index in
        the batch.
    GameError
        If `game` has unbound parameters, or a strategy is missing or no distribution.
    SolverError
        If the game is not of perfect recall.

    Notes
    -----
    With perfect information, an expected payoff is a sum of at most k products at each of at most D
    levels, k the largest number of branches and D the depth of the tree. With unit roundoff u it is
    off by at most k D u of the largest absolute payoff to first order, and a gain, the difference
    of two, by 2 k D u and the rounding of the difference. Regret that is below the tie by twice
    that (for terms of higher order, and probabilities whose sum is 1 within 1e-9 only) is no gain;
    any other is computed again in exact rationals.

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, Outcome
    >>> choice = Decision("a", {"l": Outcome("l", {"a": 3}), "r": Outcome("r", {"a": 1})})
    >>> game = ExtensiveForm(choice, players=["a"])
    >>> assert_subgame_perfect(game, {"": [1, 0]})
    >>> assert_subgame_perfect(game, {"": [0, 1]})
    Traceback (most recent call last):
        ...
    AssertionError: not subgame perfect: player 'a' gains 2 by 'l' at the root
    """
    require_tree(game)
    if not game.has_perfect_information:
        several = isinstance(equilibrium, SubgamePerfectEquilibria)
        for one in equilibrium if several else (equilibrium,):
            _require_no_gain(game, one, subgame_gain(game, one), _GAIN, subgames=True)
        return
    gains = np.atleast_1d(regret(game, equilibrium)).reshape(-1)
    scales = _scales(game)
    doubtful = np.flatnonzero(~(gains <= (float(TIE) - _doubt(game.tree)) * scales))
    # The largest share of its game's payoffs first: where anything is wrong, it is that one.
    shares = gains[doubtful] / np.maximum(scales[doubtful], np.finfo(np.float64).tiny)
    for draw in doubtful[np.argsort(-shares, kind="stable")].tolist():
        numbers = _exact_numbers(game, draw)
        scale = max(abs(numbers[number]) for number in game.payoff_numbers.flat)
        found = _best_deviation(game, equilibrium, draw, subgames=True)
        if found is not None and found.gain > TIE * scale:
            index = batch_index(draw, game.batch_shape)
            raise AssertionError(f"not subgame perfect: {_named(found)}{_of_batch(index)}")


def assert_nash(
    game: NormalForm | ExtensiveForm | nashpy.Game, equilibria: Any, *, tol: float = 1e-9
) -> None:
    """Assert that strategies are Nash equilibria of every game of a family.

    Parameters
    ----------
    game
        A `NormalForm` (or ``nashpy.Game``), or a tree of perfect recall with values for all
        parameters; batch shape ``(*batch,)``.
    equilibria
        Normal form: N arrays that broadcast to ``(*batch, k_i)``, or a result with ``.strategies``,
        of which the slots that exist are looked at. Tree: a result with ``.behavior``, or a mapping
        from every information set's key to probabilities of its actions that broadcast to
        ``(*batch, actions)``.
    tol
        Largest gain that counts as none: what rounding of the probabilities may bring about. As a
        share of the spread of the player's payoffs in the game; on a tree of the game's largest
        absolute payoff.

    Raises
    ------
    AssertionError
        With the most profitable deviation: player, action, on a tree the information set, gain, and
        the index in the batch.
    GameError
        If a strategy is missing or no distribution, or a tree has unbound parameters.
    SolverError
        If a tree is not of perfect recall.

    Examples
    --------
    >>> from summitgames import NormalForm
    >>> pennies = NormalForm.zero_sum([[1, -1], [-1, 1]])
    >>> assert_nash(pennies, ([0.5, 0.5], [0.5, 0.5]))
    >>> assert_nash(pennies, ([1, 0], [0.5, 0.5]))
    Traceback (most recent call last):
        ...
    AssertionError: not a Nash equilibrium: player '2' gains 1 by '2'
    """
    if isinstance(game, ExtensiveForm):
        gained = best_reply_gain(game, equilibria)
        _require_no_gain(game, equilibria, gained, tol, subgames=False)
        return
    form = as_normal_form(game, others=["an ExtensiveForm"])
    regret(form, equilibria)  # refuses what is no profile
    used = getattr(equilibria, "exists", None)
    slots = () if used is None else np.shape(used)[-1:]
    given = getattr(equilibria, "strategies", equilibria)
    mixes = [
        np.broadcast_to(np.asarray(mix, dtype=np.float64), (*form.batch_shape, *slots, count))
        for mix, count in zip(given, form.n_actions, strict=True)
    ]
    worst: tuple[float, str] = (tol, "")
    for player, payoffs in enumerate(form.payoffs):
        profiles = tuple(range(-form.n_players, 0))
        spread = payoffs.max(axis=profiles) - payoffs.min(axis=profiles)
        each = action_payoffs(payoffs, mixes, player)
        gains = each - (each * mixes[player]).sum(axis=-1, keepdims=True)
        gains = np.nan_to_num(gains, nan=0.0)  # of slots that are not used
        scale = spread.reshape(*form.batch_shape, *(1,) * (len(slots) + 1))
        shares = np.divide(gains, scale, out=np.zeros_like(gains), where=scale > 0)
        if shares.size and float(shares.max()) > worst[0]:
            index = batch_index(int(np.argmax(shares)), shares.shape)
            where = f", at index {index[:-1]} of the strategies" if index[:-1] else ""
            action = form.actions[player][index[-1]]
            worst = (
                float(shares[index]),
                f"player {form.players[player]!r} gains {gains[index]:.9g} by {action!r}{where}",
            )
    if worst[1]:
        raise AssertionError(f"not a Nash equilibrium: {worst[1]}")


def assert_markov_perfect(game: StochasticGame, equilibria: Any, *, tol: float = 1e-9) -> None:
    """Assert that strategies are stationary Markov-perfect equilibria of every game of a family.

    No player may gain by deviating once, in any state, reached or not.

    Parameters
    ----------
    game
        A stochastic game, batch shape ``(*batch,)``.
    equilibria
        N arrays that broadcast to ``(*batch, [E,] S, k_i)``, or a result with ``.strategies``, of
        which the slots that exist are looked at.
    tol
        Largest gain that counts as none, as a share of the player's largest absolute payoff divided
        by 1 - discount (a bound of all values): what rounding may bring about.

    Raises
    ------
    AssertionError
        With the most profitable deviation of the worst game: player, action, state, gain in
        discounted sums, and the index in the strategies.
    GameError
        If `game` is no stochastic game, or a strategy is missing or no distribution.

    Examples
    --------
    >>> from summitgames import StochasticGame
    >>> game = StochasticGame(
    ...     [[[-1, -1], [0, 0]]], [[[1, 0], [0.5, 0.5]], [[0, 1], [0, 1]]], 0.5,
    ...     players=["host"], actions={"war": [["wait", "talk"]], "peace": [["rest"]]},
    ... )
    >>> assert_markov_perfect(game, [[[0, 1], [1, 0]]])
    >>> assert_markov_perfect(game, [[[1, 0], [1, 0]]])
    Traceback (most recent call last):
        ...
    AssertionError: not Markov perfect: player 'host' gains 0.5 by 'talk' in state 'war'
    """
    policies = read_policies(as_stochastic_game(game), equilibria)
    gain, player, state, action = one_shot_deviations(policies)
    own = tuple(range(-1 - game.n_players, 0))
    bounds = np.stack(
        [
            np.abs(payoff).max(axis=own) / (1 - discount)
            for payoff, discount in zip(game.payoffs, game.discounts, strict=True)
        ],
        axis=-1,
    )
    if policies.in_slots:
        bounds = bounds[..., np.newaxis, :]
    wide = np.broadcast_to(bounds, (*gain.shape, game.n_players))
    scale = np.take_along_axis(wide, player[..., np.newaxis], axis=-1)[..., 0]
    shares = np.divide(gain, scale, out=np.zeros_like(gain), where=(scale > 0) & (gain > 0))
    if not shares.size or float(shares.max()) <= tol:
        return
    index = batch_index(int(np.argmax(shares)), shares.shape)
    i, s, a = (int(array[index]) for array in (player, state, action))
    where = f", at index {index} of the strategies" if index else ""
    raise AssertionError(
        f"not Markov perfect: player {game.players[i]!r} gains {gain[index]:.9g} by "
        f"{game.actions[s][i][a]!r} in state {game.states[s]!r}{where}"
    )


def assert_sequentially_rational(
    game: SignalingGame | ExtensiveForm, equilibria: Any, *, tol: float = 1e-9
) -> None:
    """Assert that strategies and beliefs are perfect Bayesian, or sequential, equilibria.

    Signaling games: no type may gain by another message, the receiver may not gain by another
    response to any message given its beliefs, and after messages that are sent these follow from
    Bayes' rule. Trees: no player may gain at any information set by another action, given the
    beliefs there, and the beliefs must be consistent.

    Parameters
    ----------
    game
        A signaling game, batch shape ``(*batch,)``; or a single tree of perfect recall.
    equilibria
        Signaling games: a result with ``.sender``, ``.receiver`` and ``.beliefs``, of which the
        slots that exist are looked at; or these three arrays, which broadcast to ``(*batch, T,
        M)``, ``(*batch, M, R)`` and ``(*batch, M, T)``. Trees: what `sequential_equilibria` gives,
        or one of the equilibria in it, both looked at in their exact numbers; or a pair of mappings
        from information sets to probabilities of actions and of nodes (floats are taken as binary
        numbers, and divided by their sum).
    tol
        Largest gain that counts as none, as a share of the spread of the player's payoffs in the
        game, and in signaling games largest difference of a belief from Bayes' rule: what rounding
        may bring about. Consistency on trees is decided exactly.

    Raises
    ------
    AssertionError
        With the most profitable deviation, or else the belief furthest from Bayes' rule (on trees:
        the information sets whose beliefs are inconsistent), and the index in the strategies.
    GameError
        If `game` is no such game, or a strategy or belief is missing or no distribution.
    SolverError
        If a tree is not of perfect recall, or chance never takes some branch.

    Examples
    --------
    >>> from summitgames import SignalingGame
    >>> game = SignalingGame(
    ...     [0.9, 0.1],
    ...     [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    ...     [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    ...     types=["strong", "weak"], messages=["beer", "quiche"], responses=["fight", "leave"],
    ... )
    >>> beer, replies = [[1, 0], [1, 0]], [[0, 1], [1, 0]]
    >>> assert_sequentially_rational(game, (beer, replies, [[0.9, 0.1], [0, 1]]))
    >>> assert_sequentially_rational(game, (beer, [[0, 1], [0, 1]], [[0.9, 0.1], [1, 0]]))
    Traceback (most recent call last):
        ...
    AssertionError: not sequentially rational: type 'weak' gains 1 by message 'quiche'
    >>> assert_sequentially_rational(game, (beer, replies, [[0.5, 0.5], [0, 1]]))
    Traceback (most recent call last):
        ...
    AssertionError: belief in type 'strong' after message 'beer': 0.5; Bayes' rule gives 0.9
    """
    if isinstance(game, ExtensiveForm):
        _assert_sequential(game, equilibria, tol)
        return
    if not isinstance(game, SignalingGame):
        raise GameError(
            f"game: {type(game).__name__}; expected a SignalingGame or an ExtensiveForm"
        )
    family = game
    assessments = read_assessments(family, equilibria)
    gaps = assessment_gaps(family, assessments)
    slots = (1,) if assessments.in_slots else ()
    worst: tuple[float, str] = (tol, "")
    for who, gains, payoffs in (
        ("sender", gaps.sender, family.sender),
        ("receiver", gaps.receiver, family.receiver),
    ):
        spread = payoffs.max(axis=(-3, -2, -1)) - payoffs.min(axis=(-3, -2, -1))
        scale = spread.reshape(*family.batch_shape, *slots, 1, 1)
        known = np.nan_to_num(gains, nan=0.0)  # of slots that are not used
        shares = np.divide(known, scale, out=np.zeros_like(known), where=scale > 0)
        if not shares.size or float(shares.max()) <= worst[0]:
            continue
        index = batch_index(int(np.argmax(shares)), shares.shape)
        gain = f"gains {gains[index]:.9g}"
        if who == "sender":
            kind, message = family.types[index[-2]], family.messages[index[-1]]
            text = f"type {kind!r} {gain} by message {message!r}"
        else:
            message, response = family.messages[index[-2]], family.responses[index[-1]]
            text = f"the receiver {gain} by response {response!r} after message {message!r}"
        worst = float(shares[index]), text + _of_strategies(index[:-2])
    if worst[1]:
        raise AssertionError(f"not sequentially rational: {worst[1]}")
    gaps_of_beliefs = np.nan_to_num(np.abs(assessments.beliefs - gaps.bayes), nan=0.0)
    if gaps_of_beliefs.size and float(gaps_of_beliefs.max()) > tol:
        index = batch_index(int(np.argmax(gaps_of_beliefs)), gaps_of_beliefs.shape)
        message, kind = family.messages[index[-2]], family.types[index[-1]]
        raise AssertionError(
            f"belief in type {kind!r} after message {message!r}: "
            f"{assessments.beliefs[index]:.9g}; Bayes' rule gives {gaps.bayes[index]:.9g}"
            f"{_of_strategies(index[:-2])}"
        )


def _assert_sequential(game: ExtensiveForm, equilibria: Any, tol: float) -> None:
    """Assert that assessments of a tree are sequential equilibria."""
    prover = AssessmentProver(game)
    several = isinstance(equilibria, TreeEquilibria)
    for index, equilibrium in enumerate(equilibria if several else [equilibria]):
        rows = Given.read(prover.rows(equilibrium), prover.parts).distributions
        where = _of_strategies((index,)) if several else ""
        wrong = prover.inconsistency(rows, within=NEAR)
        if wrong is not None:
            raise AssertionError(f"{wrong}{where}")
        found = prover.irrationality(rows)
        if found is None:
            continue
        player = game.players.index(found.player)
        payoffs = game.quantity_values(0, 1)[game.payoff_numbers[:, player], 0]
        if found.gain > tol * np.ptp(payoffs):
            raise AssertionError(
                f"not sequentially rational: player {found.player!r} gains {float(found.gain):.9g} "
                f"by {found.action!r} at {found.infoset!r}{where}"
            )


def _of_strategies(index: tuple[int, ...]) -> str:
    return f", at index {index} of the strategies" if index else ""


def _named(found: Deviation) -> str:
    """A deviation in words."""
    where = repr(found.infoset) if found.infoset else "the root"
    return f"player {found.player!r} gains {float(found.gain):.9g} by {found.action!r} at {where}"


def _require_no_gain(
    game: ExtensiveForm,
    equilibrium: Any,
    gains: NDArray[np.float64] | float,
    tol: float,
    *,
    subgames: bool,
) -> None:
    """Raise an AssertionError with the deviation, if more is gained than a share of payoffs."""
    flat, scales = np.atleast_1d(gains).reshape(-1), _scales(game)
    shares = flat / np.maximum(scales, np.finfo(np.float64).tiny)
    draw = int(np.argmax(shares))
    if shares[draw] > tol:
        found = _best_deviation(game, equilibrium, draw, subgames=subgames)
        what = "subgame perfect" if subgames else "a Nash equilibrium"
        index = batch_index(draw, game.batch_shape)
        said = f"a best reply gains {flat[draw]:.9g}" if found is None else _named(found)
        raise AssertionError(f"not {what}: {said}{_of_batch(index)}")


def _of_batch(index: tuple[int, ...]) -> str:
    return f", batch index {index}" if index else ""


def _scales(game: ExtensiveForm) -> NDArray[np.float64]:
    """Largest absolute payoff of every game, ``(draws,)``."""
    used = np.unique(game.payoff_numbers)

    def work(block: Block) -> NDArray[np.float64]:
        largest: NDArray[np.float64] = np.abs(
            game.quantity_values(block.start, block.stop)[used]
        ).max(axis=0)
        return largest

    return np.concatenate(map_blocks(work, game.batch.size))


def _doubt(tree: Tree) -> float:
    """Share of the largest absolute payoff by which rounding may change a gain."""
    depths = np.zeros(tree.size, dtype=np.intp)
    for node, parent in enumerate(tree.parent.tolist()):
        depths[node] = depths[parent] + 1 if parent >= 0 else 0
    branches = int(np.diff(tree.first_child).max())
    unit = float(np.finfo(np.float64).eps) / 2
    return 2 * (2 * branches * int(depths.max()) + 1) * unit


def _exact_numbers(game: ExtensiveForm, draw: int) -> list[Fraction]:
    """Payoffs and probabilities of one draw: exact, or the floats nearest to them."""
    if not game.batch_shape:
        try:
            return game.exact_quantities()
        except SolverError:  # an expression leaves the rationals
            pass
    return [Fraction(number) for number in game.quantity_values(draw, draw + 1)[:, 0].tolist()]


def _exact_behavior(game: ExtensiveForm, behavior: Any, draw: int) -> list[list[Fraction]]:
    """Strategies of one draw at every information set; floats as the binary numbers they are."""
    found = []
    for infoset in game.infosets:
        array = np.asarray(behavior[infoset.key], dtype=np.float64)
        flat = np.broadcast_to(array, (*game.batch_shape, len(infoset.actions)))
        row = flat[batch_index(draw, game.batch_shape)]
        found.append([Fraction(probability) for probability in row.tolist()])
    return found


def _best_deviation(
    game: ExtensiveForm, equilibrium: Any, draw: int, *, subgames: bool
) -> Deviation | None:
    """The most profitable deviation in one draw, or None."""
    tree = ExactTree(game, subgames=subgames, quantities=_exact_numbers(game, draw))
    behavior = _exact_behavior(game, getattr(equilibrium, "behavior", equilibrium), draw)
    return tree.deviation([[exactly(p) for p in mix] for mix in behavior])
