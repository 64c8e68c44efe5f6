"""Proofs that mixed strategies are, or are not, a Nash equilibrium of a game in normal form."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.certificates.exact_tables import ExactTable
from summitgames.certificates.findings import (
    NOT_DECIDED,
    PROVED,
    REFUTED,
    Deviation,
    Finding,
    Strategies,
)
from summitgames.certificates.nearby import equilibrium_near, holds_within
from summitgames.certificates.rationals import (
    exactly,
    given_number,
    is_float,
    text_of,
    to_fraction,
)
from summitgames.certificates.regret import regret
from summitgames.errors import GameError
from summitgames.games.normal_form import as_normal_form

if TYPE_CHECKING:
    import nashpy
    from flint import fmpq

    from summitgames.games.normal_form import NormalForm

__all__ = ["NormalFormProver"]

#: Floats stand for an exact equilibrium within this distance, and sum to 1 within it.
_NEAR: Final = Fraction(1, 10**9)
#: What rounding explains: so much a probability, times the payoffs at stake.
_ROUNDING: Final = Fraction(1, 2**44)
#: Share of the largest absolute payoff that floats tell from 0.
_FLOAT_GAIN: Final = 1e-9


@dataclass(frozen=True)
class _Profile:
    """Mixed strategies as they were given.

    Attributes
    ----------
    strategies
        The numbers.
    exact
        Whether none of them was a float.
    """

    strategies: Strategies
    exact: bool

    @property
    def distributions(self) -> Strategies:
        """The numbers of every player divided by their sum."""
        sums = [sum(mix) for mix in self.strategies]
        return tuple(
            tuple(p / total for p in mix) for mix, total in zip(self.strategies, sums, strict=True)
        )


class NormalFormProver:
    """Proofs about one game, without any solver.

    Raises
    ------
    GameError
        If `game` is no single game in normal form.
    """

    concept: Final = "Nash equilibrium"

    def __init__(self, game: NormalForm | nashpy.Game) -> None:
        self.game = as_normal_form(game)
        if self.game.batch_shape:
            raise GameError(
                f"game: batch shape {self.game.batch_shape}; expected a single game: index it first"
            )

    @cached_property
    def table(self) -> ExactTable:
        """The payoffs."""
        return ExactTable(self.game)

    @property
    def exact_input(self) -> bool:
        """Whether no payoff was given as a float."""
        return not self.game.has_binary_numbers

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the labels and the exact payoffs."""
        game, digest = self.game, hashlib.sha256()
        payoffs = [[str(number) for number in array.ravel()] for array in self.table.payoffs]
        for part in ("normal form", game.players, game.actions, payoffs):
            digest.update(json.dumps(part).encode())
        return digest.hexdigest()

    def find(self, equilibrium: Any, *, exact: bool) -> Finding:
        """Verdict on strategies that a user or a solver gave."""
        given = _read_profile(self.game, equilibrium)
        if not exact:
            return self._find_in_floats(given)
        if given.exact:
            deviation = self.deviation(given.strategies)
            verdict = PROVED if deviation is None else REFUTED
            return Finding(verdict, given.strategies, deviation)
        return self._find_near(given)

    def _find_near(self, given: _Profile) -> Finding:
        """Verdict on floats: on the exact equilibrium nearby that they stand for, if any."""
        numbers = _for_flint(given.strategies)
        if self.table.is_equilibrium(numbers) and all(sum(p) == 1 for p in given.strategies):
            return Finding(PROVED, given.strategies)
        near = equilibrium_near(self.table, numbers, _NEAR)
        if near is not None:
            strategies = tuple(tuple(map(to_fraction, mix)) for mix in near.mixes)
            distance = _distance(strategies, given.strategies, near.radius)
            message = f"an exact equilibrium lies within {distance:.2g} of the probabilities given"
            if near.radius:
                message += f", and within {float(near.radius):.2g} of the strategies stored"
            return Finding(PROVED, strategies, None, message, distance, near.radius)
        strategies = given.distributions
        distance = _distance(strategies, given.strategies)
        deviation = self.deviation(strategies)
        if deviation is None:
            return Finding(PROVED, strategies, distance=distance)
        missing = f"no exact equilibrium was found on this support within {float(_NEAR):g}"
        if self._rounding_explains(strategies):
            message = f"{missing}, but rounding may explain what is gained: {deviation}"
            return Finding(NOT_DECIDED, strategies, None, message, distance)
        return Finding(REFUTED, strategies, deviation, missing, distance)

    def _rounding_explains(self, strategies: Strategies) -> bool:
        """Whether gains are so small that there may be an equilibrium within rounding.

        If every probability is off by up to e from those of an equilibrium, no action gains more
        than e times the number of all players' actions times the most that a change of the own
        action changes the player's payoff.
        """
        share = exactly(_ROUNDING) * sum(self.game.n_actions)
        gains = self.table.gains(_for_flint(strategies))
        return all(
            max(each) <= share * stake for each, stake in zip(gains, self.table.stakes, strict=True)
        )

    def _find_in_floats(self, given: _Profile) -> Finding:
        """Verdict that floats can give."""
        strategies = given.distributions
        distance = _distance(strategies, given.strategies)
        floats = [np.array([float(p) for p in mix]) for mix in strategies]
        found = regret(self.game, floats)
        scale = max(float(np.abs(payoff).max()) for payoff in self.game.payoffs)
        if found > _FLOAT_GAIN * scale:
            return Finding(REFUTED, strategies, self.deviation(strategies), distance=distance)
        message = f"regret is {found:.3g} in floats, which is no proof"
        return Finding(NOT_DECIDED, strategies, None, message, distance)

    def deviation(self, strategies: Strategies) -> Deviation | None:
        """The most profitable deviation (the first of equal ones), or None."""
        gains = self.table.gains(_for_flint(strategies))
        each = [(gain, i, a) for i, found in enumerate(gains) for a, gain in enumerate(found)]
        gain, player, action = max(each, key=lambda found: (found[0], -found[1], -found[2]))
        if gain <= 0:
            return None
        game = self.game
        return Deviation(
            None, game.players[player], game.actions[player][action], to_fraction(gain)
        )

    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Whether it is proved that an exact equilibrium lies within a radius."""
        return holds_within(self.table, _for_flint(strategies), radius)

    def require_strategies(self, strategies: Strategies) -> None:
        """Refuse what is no profile of mixed strategies in exact numbers."""
        counts = tuple(len(mix) for mix in strategies)
        if counts != self.game.n_actions:
            raise GameError(
                f"strategies: of {counts} actions; expected {self.game.n_actions}, one mixed "
                "strategy a player"
            )
        for player, mix in enumerate(strategies):
            _require_distribution(mix, _named(self.game, "strategies", player), exact=True)


def _for_flint(strategies: Strategies) -> list[list[fmpq]]:
    return [[exactly(p) for p in mix] for mix in strategies]


def _distance(found: Strategies, given: Strategies, radius: Fraction = Fraction(0)) -> float:
    """The largest distance of a probability, rounded up."""
    largest = radius + max(
        abs(p - q)
        for mix, other in zip(found, given, strict=True)
        for p, q in zip(mix, other, strict=True)
    )
    nearest = float(largest)
    return nearest if Fraction(nearest) >= largest else math.nextafter(nearest, math.inf)


def _read_profile(game: NormalForm, equilibrium: Any) -> _Profile:
    """One mixed strategy a player, from strategies or a result that has them."""
    given = getattr(equilibrium, "strategies", equilibrium)
    used = getattr(equilibrium, "exists", None)
    mixes = _listed(given)
    if mixes is None or len(mixes) != game.n_players:
        raise GameError(
            f"equilibrium: {_size(given)}; expected {game.n_players} mixed strategies, one a "
            "player, or a result with .strategies"
        )
    if used is not None:
        slots = np.flatnonzero(used)
        if np.ndim(used) != 1 or len(slots) != 1:
            raise GameError(
                f"equilibrium: a result with {len(slots)} equilibria in shape {np.shape(used)}; "
                "expected one: pick one, such as list(result)[0]"
            )
        mixes = [mix[slots[0]] for mix in mixes]
    entries = [
        _entries(mix, _named(game, "equilibrium", player), game.n_actions[player])
        for player, mix in enumerate(mixes)
    ]
    exact = not any(is_float(entry) for mix in entries for entry in mix)
    strategies = tuple(
        _numbers(mix, _named(game, "equilibrium", player), exact=exact)
        for player, mix in enumerate(entries)
    )
    return _Profile(strategies, exact)


def _size(given: Any) -> str:
    kind, items = type(given).__name__, _listed(given)
    return kind if items is None else f"{kind} of {len(items)}"


def _named(game: NormalForm, what: str, player: int) -> str:
    return f"{what}[{player}] (player {game.players[player]!r})"


def _entries(mix: Any, what: str, count: int) -> list[Any]:
    """A player's probabilities as they were given."""
    entries = _listed(mix)
    if entries is None or len(entries) != count:
        raise GameError(f"{what}: {_size(mix)}; expected {count} probabilities")
    return entries


def _listed(given: Any) -> list[Any] | None:
    """The items of a sequence or an array; None: it is neither."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        return None
    return None if getattr(given, "ndim", 1) == 0 else list(given)


def _numbers(entries: list[Any], what: str, *, exact: bool) -> tuple[Fraction, ...]:
    """A player's probabilities as rationals, checked."""
    numbers = []
    for action, entry in enumerate(entries):
        number = given_number(entry)
        if number is None:
            raise GameError(f"{what}: {entry!r} at action {action}; expected a rational number")
        numbers.append(number)
    _require_distribution(numbers, what, exact=exact)
    return tuple(numbers)


def _require_distribution(mix: Iterable[Fraction], what: str, *, exact: bool) -> None:
    listed = list(mix)
    off = abs(sum(listed, Fraction(0)) - 1)
    if min(listed) < 0 or off > (Fraction(0) if exact else _NEAR):
        shown = ", ".join(text_of(p) if exact else f"{float(p):.6g}" for p in listed)
        total = "exactly 1" if exact else f"1 within {float(_NEAR):g}"
        raise GameError(f"{what}: {shown}; expected numbers >= 0 that sum to {total}")
