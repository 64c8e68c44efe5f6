"""What proofs about strategies have in common, whatever the form of the game."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.certificates.findings import (
    NOT_DECIDED,
    PROVED,
    REFUTED,
    Finding,
    Refutation,
    Strategies,
)
from summitgames.certificates.rationals import (
    exactly,
    given_number,
    is_float,
    text_of,
    to_fraction,
)
from summitgames.errors import GameError, SolverError

if TYPE_CHECKING:
    from flint import fmpq

    from summitgames.certificates.nearby import Nearby

__all__ = [
    "NEAR",
    "ROUNDING",
    "Given",
    "Part",
    "Prover",
    "for_flint",
    "listed",
    "one_of",
    "size_of",
]

#: Floats stand for an exact equilibrium within this distance, and sum to 1 within it.
NEAR: Final = Fraction(1, 10**9)
#: What rounding explains: so much a probability, times the payoffs at stake.
ROUNDING: Final = Fraction(1, 2**44)
#: Share of the largest absolute payoff that floats tell from 0.
_FLOAT_GAIN: Final = 1e-9


@dataclass(frozen=True)
class Part:
    """One of the distributions that strategies consist of.

    Attributes
    ----------
    named
        Gives what it is, for errors (names of nodes deep in a tree are long).
    count
        Number of its probabilities.
    """

    named: Callable[[], str]
    count: int


@dataclass(frozen=True)
class Given:
    """Strategies as they were given.

    Attributes
    ----------
    strategies
        The numbers.
    exact
        Whether none of them was a float.
    """

    strategies: Strategies
    exact: bool

    @classmethod
    def read(cls, rows: Sequence[Any], parts: Sequence[Part]) -> Given:
        """Read probabilities.

        Parameters
        ----------
        rows
            What was given for each of the distributions.
        parts
            What they should be.

        Raises
        ------
        GameError
            If one is no distribution: exact numbers sum to 1, floats do so within 1e-9.
        """
        if len(rows) != len(parts):
            raise GameError(f"equilibrium: {len(rows)} distributions; expected {len(parts)}")
        entries = []
        for row, part in zip(rows, parts, strict=True):
            found = listed(row)
            if found is None or len(found) != part.count:
                raise GameError(
                    f"equilibrium{part.named()}: {size_of(row)}; expected {part.count} "
                    "probabilities"
                )
            entries.append(found)
        exact = not any(is_float(entry) for row in entries for entry in row)
        return cls(
            tuple(
                _numbers(row, part, exact=exact) for row, part in zip(entries, parts, strict=True)
            ),
            exact,
        )

    @property
    def distributions(self) -> Strategies:
        """The numbers of every distribution divided by their sum."""
        sums = [sum(mix) for mix in self.strategies]
        return tuple(
            tuple(p / total for p in mix) for mix, total in zip(self.strategies, sums, strict=True)
        )


class Prover(ABC):
    """Proofs about one game, without any solver.

    Attributes
    ----------
    concept
        What strategies are proved to be.
    """

    concept: str

    @property
    @abstractmethod
    def exact_input(self) -> bool:
        """Whether every number of the game was given exactly."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """SHA-256 of the game and its exact numbers."""

    @property
    @abstractmethod
    def parts(self) -> list[Part]:
        """The distributions that strategies consist of."""

    @abstractmethod
    def rows(self, equilibrium: Any) -> Sequence[Any]:
        """What was given for each of these.

        Raises
        ------
        GameError
            If something is missing, or there are several equilibria.
        """

    def distributions(self, given: Given) -> Strategies:
        """Exact distributions of which given ones are the rounding: each divided by its sum."""
        return given.distributions

    @abstractmethod
    def deviation(self, strategies: Strategies) -> Refutation | None:
        """What refutes strategies: the most profitable deviation (the first of equal ones)."""

    @abstractmethod
    def near(self, given: Sequence[Sequence[fmpq]], within: Fraction) -> Nearby | None:
        """An exact equilibrium near floats, proved."""

    @abstractmethod
    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Whether it is proved that an exact equilibrium lies within a radius."""

    @abstractmethod
    def rounding_explains(self, strategies: Strategies) -> bool:
        """Whether gains are so small that there may be an equilibrium within rounding."""

    @abstractmethod
    def regret(self, strategies: Sequence[Sequence[float]]) -> tuple[float, float]:
        """What is gained, in floats, and the largest absolute payoff."""

    def find(self, equilibrium: Any, *, exact: bool) -> Finding:
        """Verdict on strategies that a user or a solver gave."""
        given = Given.read(self.rows(equilibrium), self.parts)
        try:
            return self._find_exactly(given) if exact else self._find_in_floats(given)
        except SolverError as error:  # an expression leaves the rationals
            strategies = self.distributions(given)
            return Finding(
                NOT_DECIDED, strategies, None, str(error), _distance(strategies, given.strategies)
            )

    def _find_exactly(self, given: Given) -> Finding:
        """Verdict on exact numbers, or on the exact equilibrium that floats stand for, if any."""
        if given.exact or all(sum(p) == 1 for p in given.strategies):
            deviation = self.deviation(given.strategies)
            if given.exact or deviation is None:
                verdict = PROVED if deviation is None else REFUTED
                return Finding(verdict, given.strategies, deviation)
        near = self.near(for_flint(given.strategies), NEAR)
        if near is not None:
            strategies = tuple(tuple(map(to_fraction, mix)) for mix in near.mixes)
            distance = _distance(strategies, given.strategies, near.radius)
            message = f"an exact equilibrium lies within {distance:.2g} of the probabilities given"
            if near.radius:
                message += f", and within {float(near.radius):.2g} of the strategies stored"
            return Finding(PROVED, strategies, None, message, distance, near.radius)
        strategies = self.distributions(given)
        distance = _distance(strategies, given.strategies)
        deviation = self.deviation(strategies)
        if deviation is None:
            return Finding(PROVED, strategies, distance=distance)
        missing = f"no exact equilibrium was found on this support within {float(NEAR):g}"
        if self.rounding_explains(strategies):
            message = f"{missing}, but rounding may explain what is gained: {deviation}"
            return Finding(NOT_DECIDED, strategies, None, message, distance)
        return Finding(REFUTED, strategies, deviation, missing, distance)

    def _find_in_floats(self, given: Given) -> Finding:
        """Verdict that floats can give."""
        strategies = self.distributions(given)
        distance = _distance(strategies, given.strategies)
        found, scale = self.regret([[float(p) for p in mix] for mix in strategies])
        if found > _FLOAT_GAIN * scale:
            deviation = self.deviation(strategies)
            if deviation is not None:
                return Finding(REFUTED, strategies, deviation, distance=distance)
        message = f"regret is {found:.3g} in floats, which is no proof"
        return Finding(NOT_DECIDED, strategies, None, message, distance)

    def require_strategies(self, strategies: Strategies) -> None:
        """Refuse what is no distributions of the game in exact numbers."""
        parts = self.parts
        if len(strategies) != len(parts):
            raise GameError(f"strategies: {len(strategies)} distributions; expected {len(parts)}")
        for mix, part in zip(strategies, parts, strict=True):
            if len(mix) != part.count:
                raise GameError(
                    f"strategies{part.named()}: {len(mix)} probabilities; expected {part.count}"
                )
            _require_distribution(mix, "strategies", part, exact=True)


def for_flint(strategies: Strategies) -> list[list[fmpq]]:
    """Strategies in rationals of python-flint."""
    return [[exactly(p) for p in mix] for mix in strategies]


def listed(given: Any) -> list[Any] | None:
    """The items of a sequence or an array; None: it is neither."""
    if isinstance(given, (str, bytes, Mapping)) or not np.iterable(given):
        return None
    return list(given)


def size_of(given: Any) -> str:
    """What was given, in words."""
    kind, items = type(given).__name__, listed(given)
    return kind if items is None else f"{kind} of {len(items)}"


def one_of(used: Any) -> int:
    """The slot that holds the one equilibrium of a result.

    Raises
    ------
    GameError
        If the result holds another number of equilibria, or those of a family.
    """
    slots = np.flatnonzero(used)
    if np.ndim(used) != 1 or len(slots) != 1:
        raise GameError(
            f"equilibrium: a result with {len(slots)} equilibria in shape {np.shape(used)}; "
            "expected one: pick one, such as list(result)[0]"
        )
    return int(slots[0])


def _distance(found: Strategies, given: Strategies, radius: Fraction = Fraction(0)) -> float:
    """The largest distance of a probability, rounded up."""
    distances = (
        abs(p - q)
        for mix, other in zip(found, given, strict=True)
        for p, q in zip(mix, other, strict=True)
    )
    largest = radius + max(distances, default=Fraction(0))
    nearest = float(largest)
    return nearest if Fraction(nearest) >= largest else math.nextafter(nearest, math.inf)


def _numbers(entries: list[Any], part: Part, *, exact: bool) -> tuple[Fraction, ...]:
    """Probabilities as rationals, checked."""
    numbers = []
    for place, entry in enumerate(entries):
        number = given_number(entry)
        if number is None:
            raise GameError(
                f"equilibrium{part.named()}: {entry!r} at action {place}; expected a rational "
                "number"
            )
        numbers.append(number)
    _require_distribution(numbers, "equilibrium", part, exact=exact)
    return tuple(numbers)


def _require_distribution(mix: Sequence[Fraction], what: str, part: Part, *, exact: bool) -> None:
    off = abs(sum(mix, Fraction(0)) - 1)
    if min(mix) < 0 or off > (Fraction(0) if exact else NEAR):
        shown = ", ".join(text_of(p) if exact else f"{float(p):.6g}" for p in mix)
        total = "exactly 1" if exact else f"1 within {float(NEAR):g}"
        raise GameError(f"{what}{part.named()}: {shown}; expected numbers >= 0 that sum to {total}")
