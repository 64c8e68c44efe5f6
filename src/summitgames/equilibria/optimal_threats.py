"""Critical discounts under the worst threats that are themselves equilibria."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.equilibria.minmax import minmax
from summitgames.equilibria.payoff_set import payoff_set
from summitgames.errors import SolverError
from summitgames.games.repeated import RepeatedGame
from summitgames.kernels.thresholds import least_discounts
from summitgames.results import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.normal_form import NormalForm

__all__ = ["LARGEST_DISCOUNT", "optimal_thresholds"]

#: No larger discounts are looked at.
LARGEST_DISCOUNT: Final = 1 - 2.0**-10
#: Halvings of the interval in which a threshold lies.
_HALVINGS: Final = 32
#: Payoffs of a set are so close to the true ones, relative to the largest payoff.
_ROUNDING: Final = 2.0**-40
#: Thresholds are so close to the true ones.
_CLOSE: Final = 2.0**-24


@dataclass(frozen=True, eq=False)
class _Search:
    """Games whose thresholds are looked for."""

    stage: NormalForm
    rewards: NDArray[np.float64]
    gains: NDArray[np.float64]
    survival: NDArray[np.float64]
    threads: int | None
    max_work: int | None

    def against(self, threats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Least discounts at which fixed threats deter."""
        found = np.empty(self.stage.size)
        largest = [np.abs(array).max(axis=(-2, -1)) for array in self.stage.payoffs]
        rooms = _ROUNDING * np.stack(largest, axis=-1)
        least_discounts(self.rewards, self.gains, threats, rooms, self.survival, found)
        return found

    def at(self, discount: NDArray[np.float64]) -> NDArray[np.float64]:
        """Least discounts at which the worst equilibria at some discount deter."""
        game = RepeatedGame(self.stage, discount)
        sets = payoff_set(game, threads=self.threads, max_work=self.max_work)
        if np.any(sets.status == Status.PARTIAL):
            raise SolverError(f"the worst equilibria of the repeated game: {sets.message}")
        found = self.against(np.ascontiguousarray(sets.worst))
        return np.where(sets.exists, found, np.inf)

    def only(self, which: NDArray[np.bool_]) -> _Search:
        """Some of the games."""
        return _Search(
            self.stage[which],
            self.rewards[which],
            self.gains[which],
            self.survival[which],
            self.threads,
            self.max_work,
        )


def optimal_thresholds(
    stage: NormalForm,
    rewards: NDArray[np.float64],
    gains: NDArray[np.float64],
    survival: NDArray[np.float64],
    threads: int | None,
    max_work: int | None,
) -> NDArray[np.float64]:
    """Least discounts at which the worst subgame-perfect payoffs deter.

    Parameters
    ----------
    stage
        Two players, batch shape ``(games,)``.
    rewards, gains
        ``(games, 2)``: what compliance gives, and what the best other action gives more.
    survival
        ``(games,)``: probability that compliance goes on.
    threads, max_work
        As for `payoff_set`.

    Returns
    -------
    (games,)

    Raises
    ------
    SolverError
        If `max_work` ended the search for a set.
    """
    search = _Search(stage, rewards, gains, survival, threads, max_work)
    found = search.against(minmax(stage, mixed=False))  # where it is infinite, nothing deters
    unsettled = (found > 0) & (found < LARGEST_DISCOUNT)
    found[~unsettled & (found > 0)] = np.inf
    if unsettled.any():
        found[unsettled] = _bisected(search.only(unsettled), found[unsettled])
    return found


def _bisected(search: _Search, low: NDArray[np.float64]) -> NDArray[np.float64]:
    """Thresholds, none of which is below `low`."""
    high = np.full_like(low, LARGEST_DISCOUNT)
    threshold = search.at(high)
    some = threshold <= high
    if not some.all():
        found = np.full_like(low, np.inf)
        if some.any():
            found[some] = _bisected(search.only(some), low[some])
        return found
    fixed = search.at(low)
    done = fixed <= low
    high, threshold = np.where(done, low, high), np.where(done, fixed, threshold)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        there = search.at(middle)
        deters = there <= middle
        high, low = np.where(deters, middle, high), np.where(deters, low, middle)
        threshold = np.where(deters, there, threshold)
    # The threats that deter just above may deter from a number on that is known in closed form.
    return np.where(threshold >= low - _CLOSE, threshold, high)
