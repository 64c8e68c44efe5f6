"""Pure stationary policies in exact arithmetic, for what floats leave open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import fmpq, fmpq_mat

if TYPE_CHECKING:
    from summitgames.games.stochastic import ExactNumbers, StochasticGame

__all__ = ["ExactPolicies"]


class ExactPolicies:
    """The policies of one game.

    Parameters
    ----------
    game
        A single game; its exact numbers are taken, or the binary numbers that its floats are.
    """

    def __init__(self, game: StochasticGame) -> None:
        self.game = game
        self.strides = np.cumprod([1, *reversed(game.n_actions[1:])])[::-1].tolist()

    @cached_property
    def _numbers(self) -> tuple[Any, Any, list[fmpq]]:
        """Payoffs ``[i][s][a]``, transition probabilities ``[s][a][t]`` and discounts."""
        game, states = self.game, self.game.n_states
        numbers: StochasticGame | ExactNumbers = game if game.exact is None else game.exact
        payoffs = [_rationals(table.reshape(states, -1)) for table in numbers.payoffs]
        moves = _rationals(numbers.transitions.reshape(states, -1, states))
        return payoffs, moves, [_rational(discount.item()) for discount in numbers.discounts]

    def equilibrium_values(self, policy: Sequence[int]) -> list[list[float]] | None:
        """Values ``[s][i]`` of a policy, each rounded once, or None if some deviation gains.

        Parameters
        ----------
        policy
            For each state the number of a pure profile, in C order.
        """
        payoffs, moves, discounts = self._numbers
        game, states = self.game, range(self.game.n_states)
        values: list[list[fmpq]] = []
        matrix = fmpq_mat(0, 0)
        for i, discount in enumerate(discounts):
            if i == 0 or discount != discounts[i - 1]:
                rows = [
                    [(s == t) - discount * moves[s][policy[s]][t] for t in states] for s in states
                ]
                matrix = fmpq_mat(rows)
            side = fmpq_mat([[payoffs[i][s][policy[s]]] for s in states])
            values.append(matrix.solve(side).entries())
            for s in states:
                own = policy[s] // self.strides[i] % game.n_actions[i]
                for action in range(int(game.available[s, i])):
                    other = policy[s] + (action - own) * self.strides[i]
                    ahead = zip(moves[s][other], values[i], strict=True)
                    value = payoffs[i][s][other] + discount * sum(p * v for p, v in ahead)
                    if action != own and value > values[i][s]:
                        return None
        return [[_rounded(column[s]) for column in values] for s in states]


def _rational(number: Any) -> fmpq:
    return fmpq(*number.as_integer_ratio())


def _rationals(array: Any) -> Any:
    """Nested lists of rationals."""
    return np.frompyfunc(_rational, 1, 1)(array).tolist()


def _rounded(number: fmpq) -> float:
    return int(number.p) / int(number.q)
