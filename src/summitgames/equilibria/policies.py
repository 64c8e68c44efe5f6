"""What stationary strategies of a stochastic game lead to: values, times, long-run shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.policies import Policies, read_policies
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError
from summitgames.games.stochastic import StochasticGame, as_stochastic_game
from summitgames.kernels import markov

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["absorption_time", "chain_times", "long_run", "policy_values"]


def policy_values(
    game: StochasticGame,
    strategies: Any,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> NDArray[np.float64]:
    """Discounted sums of payoffs from every state on, if all follow given stationary strategies.

    Parameters
    ----------
    game
        N players, S states, batch shape ``(*batch,)``.
    strategies
        N arrays that broadcast to ``(*batch, S, k_i)``: probabilities of player i's actions in
        every state; with an axis of slots before the states to ``(*batch, E, S, k_i)``. Or a result
        with ``.strategies``.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Not used: the work is bounded by the size of the game. Accepted as by every solver.

    Returns
    -------
    (*batch, [E,] S, N)
        ``v_i(s)``, the expected plain sum of ``discount_i**t`` times the payoff in period t, t = 0,
        1, ..., starting in state s; to compare it with a payoff a period multiply by
        ``1 - discount_i``. NaN in unused slots.

    Raises
    ------
    GameError
        If `game` is no stochastic game, a strategy is missing or no distribution over the actions
        that the player has, or shapes do not fit.

    References
    ----------
    Puterman (1994), Markov Decision Processes, section 6.1.

    Examples
    --------
    Every period of war costs 1 and ends with probability 1/2 if the host talks.

    >>> from summitgames import StochasticGame, policy_values
    >>> game = StochasticGame(
    ...     [[[-1, -1], [0, 0]]], [[[1, 0], [0.5, 0.5]], [[0, 1], [0, 1]]], 0.5
    ... )
    >>> policy_values(game, [[[1, 0], [1, 0]]]).tolist()  # always the first action
    [[-2.0], [0.0]]
    >>> policy_values(game, [[[0, 1], [1, 0]]]).round(3).tolist()
    [[-1.333], [0.0]]
    """
    policies = read_policies(as_stochastic_game(game), strategies)
    work_limit(max_work, 1)

    def work(block: Block) -> NDArray[np.float64]:
        numbers = policies.game.block(block.start, block.stop)
        mixes = policies.block(block.start, block.stop)
        payoffs = policies.expected_payoffs(numbers, mixes)
        moves = policies.expected_moves(numbers, mixes)
        discounts = np.broadcast_to(numbers.discounts[:, np.newaxis], payoffs[:, :, 0].shape)
        _require_contraction(moves, discounts)
        games, slots, states, players = payoffs.shape
        markov.policy_values(
            moves.reshape(-1, states, states),
            payoffs.reshape(-1, states, players),
            np.ascontiguousarray(discounts).reshape(-1, players),
            np.empty((states, states)),
        )
        return payoffs.reshape(games, slots, states, players)

    parts = map_blocks(work, policies.game.size, block=policies.block_size, threads=threads)
    shape = (*policies.shape, policies.game.n_states, policies.game.n_players)
    return np.concatenate(parts).reshape(shape)


def absorption_time(
    game: StochasticGame,
    strategies: Any,
    state: int | str,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> NDArray[np.float64]:
    """Expected number of periods until a state is reached, from every state.

    Where the state is not reached with probability 1 the expectation is infinite; that is told by
    which moves have positive probability, not by how small the probabilities are.

    Parameters
    ----------
    game
        S states, batch shape ``(*batch,)``.
    strategies
        As for `policy_values`.
    state
        Label or number of the state.
    threads, max_work
        As for `policy_values`.

    Returns
    -------
    (*batch, [E,] S)
        Periods; 0 in the state itself, inf where it is not reached for sure, NaN in unused slots.
        A state is left with the sum of the probabilities of moves to others, whatever rounding
        leaves to staying.

    Raises
    ------
    GameError
        As for `policy_values`, or if there is no such state.

    References
    ----------
    Kemeny & Snell (1960), Finite Markov Chains, chapter 3; Grassmann, Taksar & Heyman (1985),
    Regenerative analysis and steady state distributions, Operations Research 33.

    Examples
    --------
    >>> from summitgames import StochasticGame, absorption_time
    >>> game = StochasticGame(
    ...     [[[-1, -1], [0, 0]]], [[[1, 0], [0.5, 0.5]], [[0, 1], [0, 1]]], 0.5
    ... )
    >>> absorption_time(game, [[[0, 1], [1, 0]]], "2").tolist()
    [2.0, 0.0]
    >>> absorption_time(game, [[[1, 0], [1, 0]]], "2").tolist()
    [inf, 0.0]
    """
    target = as_stochastic_game(game).state(state)

    def work(moves: NDArray[np.float64]) -> NDArray[np.float64]:
        return chain_times(moves, target)

    work_limit(max_work, 1)
    return _of_chains(read_policies(game, strategies), work, threads)


def chain_times(moves: NDArray[np.float64], target: int) -> NDArray[np.float64]:
    """Expected steps until a state is reached, of Markov chains; as for `absorption_time`.

    Parameters
    ----------
    moves
        ``(rows, S, S)``: transition probabilities.
    target
        Number of the state.

    Returns
    -------
    (rows, S)
    """
    onward = moves > 0
    onward[:, target] = False  # what happens after it does not matter
    leads = _leads(onward)
    lost = ~leads[:, :, target]
    sure = np.logical_not((leads & lost[:, np.newaxis]).any(axis=-1))
    times = np.empty(moves.shape[:2])
    markov.absorption_times(moves, sure, target, times)
    return times


def long_run(
    game: StochasticGame,
    strategies: Any,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> NDArray[np.float64]:
    """Long-run shares of time that play spends in every state, from every state on.

    The limit of averages over periods; it exists whether or not play is periodic. Which states
    recur is told by which moves have positive probability.

    Parameters
    ----------
    game
        S states, batch shape ``(*batch,)``.
    strategies
        As for `policy_values`.
    threads, max_work
        As for `policy_values`.

    Returns
    -------
    (*batch, [E,] S, S)
        Start on the axis before the last; every row sums to 1. With several sets of states that
        play does not leave, the probabilities of ending in each weigh their shares. NaN in unused
        slots.

    Raises
    ------
    GameError
        As for `policy_values`.

    References
    ----------
    Kemeny & Snell (1960), Finite Markov Chains, chapters 3 and 5; Grassmann, Taksar & Heyman
    (1985), Operations Research 33.

    Examples
    --------
    >>> from summitgames import StochasticGame, long_run
    >>> game = StochasticGame(
    ...     [[[-1, -1], [0, 0]]], [[[1, 0], [0.5, 0.5]], [[0.25, 0.75], [0, 1]]], 0.5
    ... )
    >>> long_run(game, [[[0, 1], [1, 0]]]).round(3).tolist()
    [[0.333, 0.667], [0.333, 0.667]]
    """

    def work(moves: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = np.empty_like(moves)
        markov.long_run_shares(moves, _leads(moves > 0), shares)
        return shares

    work_limit(max_work, 1)
    return _of_chains(read_policies(as_stochastic_game(game), strategies), work, threads)


def _of_chains(
    policies: Policies,
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    threads: int | None,
) -> NDArray[np.float64]:
    """A function of transition probabilities ``(rows, S, S)``, for every game and slot."""

    def work(block: Block) -> NDArray[np.float64]:
        numbers = policies.game.block(block.start, block.stop)
        moves = policies.expected_moves(numbers, policies.block(block.start, block.stop))
        return function(moves.reshape(-1, *moves.shape[2:]))

    parts = map_blocks(work, policies.game.size, block=policies.block_size, threads=threads)
    whole = np.concatenate(parts)
    whole = whole.reshape(*policies.shape, *whole.shape[1:])
    if policies.used is not None:
        whole[~policies.used] = np.nan
    return whole


def _leads(moves: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether one state may come after another some time, or is it: ``(rows, S, S)``."""
    states = moves.shape[-1]
    leads = moves | np.eye(states, dtype=np.bool_)
    steps = 1
    while steps < states - 1:
        counts = leads.astype(np.float32)  # whose products are fast, and exact up to 2^24 states
        leads = np.matmul(counts, counts) > 0
        steps *= 2
    return leads


def _require_contraction(moves: NDArray[np.float64], discounts: NDArray[np.float64]) -> None:
    """Refuse what would have no value, of probabilities that sum to more than 1."""
    sums = moves.sum(axis=-1).max(axis=-1) * discounts.max(axis=-1)
    if (sums >= 1).any():
        raise GameError(
            "strategies: probabilities sum to so much more than 1 somewhere that the discount "
            f"times the sum is {sums.max()}; expected less than 1"
        )
