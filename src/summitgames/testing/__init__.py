"""For property tests: Hypothesis strategies that draw games and perspectives, and assertions."""

from summitgames.testing.assertions import (
    assert_markov_perfect,
    assert_nash,
    assert_subgame_perfect,
)
from summitgames.testing.strategies import (
    extensive_forms,
    normal_forms,
    perspectives,
    repeated_games,
    stochastic_games,
)

__all__ = [
    "assert_markov_perfect",
    "assert_nash",
    "assert_subgame_perfect",
    "extensive_forms",
    "normal_forms",
    "perspectives",
    "repeated_games",
    "stochastic_games",
]
