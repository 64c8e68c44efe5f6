"""Proofs that strategies and beliefs are, or are not, a perfect Bayesian equilibrium."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from flint import fmpq

from summitgames.certificates.assessments import assessment_gaps, read_assessments
from summitgames.certificates.findings import Deviation, Refutation, Strategies, WrongBelief
from summitgames.certificates.nearby import Nearby, distance
from summitgames.certificates.projections import Row, cuts, nearest, product, scaled_mix
from summitgames.certificates.provers import (
    NEAR,
    ROUNDING,
    Given,
    Part,
    Prover,
    for_flint,
    listed,
    one_of,
    size_of,
)
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.errors import GameError
from summitgames.games.signaling import PLAYERS

if TYPE_CHECKING:
    from summitgames.games.signaling import SignalingGame

__all__ = ["PERFECT_BAYESIAN", "SignalingProver"]

PERFECT_BAYESIAN: Final = "perfect Bayesian equilibrium"

#: A distribution for each type or message.
_T = TypeVar("_T")
_Mixes: TypeAlias = Sequence[Sequence[fmpq]]
#: A form, row and column to coefficient; whether it is 0, or at most 0.
_Condition: TypeAlias = tuple[dict[tuple[int, int], fmpq], bool]


class _Gain(NamedTuple):
    """What is gained at a type (by the sender, player 0) or a message (by the receiver)."""

    amount: fmpq
    player: int
    place: int
    action: int


class SignalingProver(Prover):
    """Proofs about one signaling game, without any solver.

    Strategies are the mixes of messages type by type, those of responses message by message, and
    the beliefs about the types, message by message.

    Raises
    ------
    GameError
        If `game` is a family of games.
    """

    def __init__(self, game: SignalingGame, concept: str) -> None:
        self.concept = concept
        self.game = game
        if game.batch_shape:
            raise GameError(
                f"game: batch shape {game.batch_shape}; expected a single game: index it first"
            )
        self.types, self.messages, self.responses = game.counts
        convert = np.frompyfunc(exactly, 1, 1)
        self.prior, self.sender, self.receiver = (
            convert(array).tolist() for array in game.exact_numbers()
        )

    @property
    def exact_input(self) -> bool:
        """Whether every number of the game was given exactly."""
        return not self.game.has_binary_numbers

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the labels and the exact numbers."""
        game, digest = self.game, hashlib.sha256()
        numbers = [[str(n) for n in array.ravel()] for array in game.exact_numbers()]
        for part in ("signaling", game.types, game.messages, game.responses, numbers):
            digest.update(json.dumps(part).encode())
        return digest.hexdigest()

    @property
    def parts(self) -> list[Part]:
        """Messages of every type; responses to, and beliefs after every message."""
        game = self.game
        rows = (
            ("sender", game.types, self.messages),
            ("receiver", game.messages, self.responses),
            ("beliefs", game.messages, self.types),
        )
        return [
            Part(partial(".{}[{!r}]".format, what, name), count)
            for what, names, count in rows
            for name in names
        ]

    def rows(self, equilibrium: Any) -> Sequence[Any]:
        """The rows of sender, receiver and beliefs, from these or a result that has them."""
        names = (*PLAYERS, "beliefs")
        given = equilibrium
        if hasattr(equilibrium, "sender"):
            given = [getattr(equilibrium, name) for name in names]
        arrays = listed(given)
        if arrays is None or len(arrays) != len(names):
            raise GameError(
                f"equilibrium: {size_of(given)}; expected a result with .sender, .receiver and "
                ".beliefs, or these three arrays"
            )
        used = getattr(equilibrium, "exists", None)
        if used is not None:
            slot = one_of(used)
            arrays = [array[slot] for array in arrays]
        rows = []
        counts = (self.types, self.messages, self.messages)
        for array, name, count in zip(arrays, names, counts, strict=True):
            found = listed(array)
            if found is None or len(found) != count:
                raise GameError(f"equilibrium.{name}: {size_of(array)}; expected {count} rows")
            rows += found
        return rows

    def distributions(self, given: Given) -> Strategies:
        """Each divided by its sum, but beliefs that are Bayes' rule up to rounding made just so."""
        mixes = for_flint(given.distributions)
        sender, _, beliefs = self._split(mixes)
        for m, bayes in self._bayes(sender):
            pairs = zip(beliefs[m], bayes, strict=True)
            if all(abs(believed - expected) <= exactly(NEAR) for believed, expected in pairs):
                mixes[self.types + self.messages + m] = bayes
        return tuple(tuple(map(to_fraction, mix)) for mix in mixes)

    def deviation(self, strategies: Strategies) -> Refutation | None:
        """The belief that is off Bayes' rule by most, else the most profitable deviation, or None.

        Of equal ones the first.
        """
        sender, receiver, beliefs = self._split(for_flint(strategies))
        game = self.game
        wrong: tuple[fmpq, WrongBelief] | None = None
        for m, bayes in self._bayes(sender):
            for t, (given, expected) in enumerate(zip(beliefs[m], bayes, strict=True)):
                off = abs(given - expected)
                if off > (0 if wrong is None else wrong[0]):
                    pair = to_fraction(given), to_fraction(expected)
                    wrong = off, WrongBelief(game.messages[m], PLAYERS[1], game.types[t], *pair)
        if wrong is not None:
            return wrong[1]
        best = max(self._gains(sender, receiver, beliefs), key=_order)
        if best.amount <= 0:
            return None
        places, actions = (
            (game.messages, game.responses) if best.player else (game.types, game.messages)
        )
        return Deviation(
            places[best.place], PLAYERS[best.player], actions[best.action], to_fraction(best.amount)
        )

    def _split(
        self, mixes: Sequence[Sequence[_T]]
    ) -> tuple[Sequence[Sequence[_T]], Sequence[Sequence[_T]], Sequence[Sequence[_T]]]:
        """Messages by type, responses by message, beliefs by message."""
        first, second = self.types, self.types + self.messages
        return mixes[:first], mixes[first:second], mixes[second:]

    def _bayes(self, sender: _Mixes) -> Iterator[tuple[int, list[fmpq]]]:
        """Messages that are sent, and what Bayes' rule says after them."""
        for m in range(self.messages):
            weights = [p * mix[m] for p, mix in zip(self.prior, sender, strict=True)]
            total = sum(weights, fmpq(0))
            if total > 0:
                yield m, [weight / total for weight in weights]

    def _gains(self, sender: _Mixes, receiver: _Mixes, beliefs: _Mixes) -> Iterator[_Gain]:
        """What every type gains by every message, and the receiver by every response."""
        for t, mix in enumerate(sender):
            each = [product(self.sender[t][m], receiver[m]) for m in range(self.messages)]
            own = product(each, mix)
            yield from (_Gain(value - own, 0, t, m) for m, value in enumerate(each))
        for m, mix in enumerate(receiver):
            each = [
                product([self.receiver[t][m][r] for t in range(self.types)], beliefs[m])
                for r in range(self.responses)
            ]
            own = product(each, mix)
            yield from (_Gain(value - own, 1, m, r) for r, value in enumerate(each))

    def holds_within(self, strategies: Strategies, radius: Fraction) -> bool:
        """Never: what is proved of a signaling game is proved of the strategies themselves."""
        del strategies, radius
        return False

    def rounding_explains(self, strategies: Strategies) -> bool:
        """Whether gains are so small that there may be an equilibrium within rounding.

        If every probability is off by up to e from those of an equilibrium, no type or receiver
        gains more than e times the number of all types, messages and responses times the spread of
        the payoffs, and no belief is off Bayes' rule by more than 5 e over the probability of the
        message.
        """
        sender, receiver, beliefs = self._split(for_flint(strategies))
        share = exactly(ROUNDING)
        for m, bayes in self._bayes(sender):
            sent = sum((p * mix[m] for p, mix in zip(self.prior, sender, strict=True)), fmpq(0))
            pairs = zip(beliefs[m], bayes, strict=True)
            if any(abs(given - expected) * sent > 5 * share for given, expected in pairs):
                return False
        stakes = []
        for table in (self.sender, self.receiver):
            payoffs = [payoff for rows in table for row in rows for payoff in row]
            stakes.append(sum(self.game.counts) * (max(payoffs) - min(payoffs)))
        return all(
            gain.amount <= share * stakes[gain.player]
            for gain in self._gains(sender, receiver, beliefs)
        )

    def regret(self, strategies: Sequence[Sequence[float]]) -> tuple[float, float]:
        """What is gained or wrongly believed, in floats, and the largest absolute payoff."""
        arrays = [np.array(part) for part in self._split(strategies)]
        gaps = assessment_gaps(self.game, read_assessments(self.game, arrays))
        off = float(np.nan_to_num(np.abs(arrays[2] - gaps.bayes)).max())
        scale = max(float(np.abs(a).max()) for a in (self.game.sender, self.game.receiver))
        return max(float(gaps.sender.max()), float(gaps.receiver.max()), off * scale), scale

    def near(self, given: _Mixes, within: Fraction) -> Nearby | None:
        """An exact equilibrium near floats, proved."""
        for cut in cuts(given, within):
            supports = [[a for a, p in enumerate(mix) if p > cut] for mix in given]
            found = self._on_supports(given, supports)
            if found is not None and distance(found, given) <= within:
                return found
        return None

    def _on_supports(self, given: _Mixes, supports: Sequence[Sequence[int]]) -> Nearby | None:
        """The nearest solution of the linear equations that supports make, if all is exact there.

        The receiver's conditions are linear in the sender's strategy (after messages that are sent)
        and in the beliefs (after others), those of the sender in the receiver's strategy.
        """
        sender = self._sender(given, supports)
        receiver = self._receiver(given, supports)
        if sender is None or receiver is None:
            return None
        bayes = dict(self._bayes(sender))
        beliefs = []
        for m in range(self.messages):
            belief = bayes.get(m) or self._belief(given, supports, m)
            if belief is None:
                return None
            beliefs.append(belief)
        if any(gain.amount > 0 for gain in self._gains(sender, receiver, beliefs)):
            return None
        return Nearby([*sender, *receiver, *beliefs], Fraction(0))

    def _sender(self, given: _Mixes, supports: Sequence[Sequence[int]]) -> list[list[fmpq]] | None:
        """Mixes of messages to which the replies are best."""
        mine, replies, _ = self._split(supports)
        conditions: list[_Condition] = []
        for m in range(self.messages):
            if any(p > 0 and m in support for p, support in zip(self.prior, mine, strict=True)):
                for form, equal in self._best_replies(m, replies[m]):
                    weighed = {(t, m): self.prior[t] * gain for t, gain in enumerate(form)}
                    conditions.append((weighed, equal))
        return _solved(self._split(given)[0], mine, conditions)

    def _receiver(
        self, given: _Mixes, supports: Sequence[Sequence[int]]
    ) -> list[list[fmpq]] | None:
        """Replies that keep every type to its messages."""
        mine, replies, _ = self._split(supports)
        conditions: list[_Condition] = []
        for t, (first, *_) in enumerate(mine):
            for m in range(self.messages):
                if m != first:
                    form = {(m, r): payoff for r, payoff in enumerate(self.sender[t][m])}
                    form |= {(first, r): -pay for r, pay in enumerate(self.sender[t][first])}
                    conditions.append((form, m in mine[t]))
        return _solved(self._split(given)[1], replies, conditions)

    def _belief(
        self, given: _Mixes, supports: Sequence[Sequence[int]], m: int
    ) -> list[fmpq] | None:
        """A belief after a message that nobody sends for which the reply is best."""
        _, replies, types = self._split(supports)
        conditions = [
            ({(0, t): gain for t, gain in enumerate(form)}, equal)
            for form, equal in self._best_replies(m, replies[m])
        ]
        found = _solved([self._split(given)[2][m]], [types[m]], conditions)
        return None if found is None else found[0]

    def _best_replies(self, m: int, replies: Sequence[int]) -> Iterator[tuple[list[fmpq], bool]]:
        """Type by type, what other responses gain over the first of those that should be best.

        Each with whether it should be best as well.
        """
        best = replies[0]
        for r in range(self.responses):
            if r != best:
                payoffs = (self.receiver[t][m] for t in range(self.types))
                yield [payoff[r] - payoff[best] for payoff in payoffs], r in replies


def _order(gain: _Gain) -> tuple[fmpq, int, int, int]:
    """Larger for the deviation that is named."""
    return gain.amount, -gain.player, -gain.place, -gain.action


def _solved(
    given: _Mixes,
    supports: Sequence[Sequence[int]],
    conditions: Sequence[_Condition],
) -> list[list[fmpq]] | None:
    """The distributions on supports, nearest to given ones, that meet conditions.

    Parameters
    ----------
    given, supports
        Row by row.
    conditions
        On rows of probabilities.
    """
    places = [(row, a) for row, support in enumerate(supports) for a in support]
    start = [scaled_mix(mix, support) for mix, support in zip(given, supports, strict=True)]
    target = [start[row][a] for row, a in places]
    equal: list[Row] = [
        ([fmpq(row == here) for row, _ in places], fmpq(1)) for here in range(len(given))
    ]
    at_most = []
    for form, is_equal in conditions:
        coefficients = [form.get(place, fmpq(0)) for place in places]
        if is_equal:
            equal.append((coefficients, fmpq(0)))
        else:
            at_most.append(coefficients)
    signs = [[fmpq(-(i == at)) for i in range(len(places))] for at in range(len(places))]
    found = nearest(equal, at_most, signs, target)
    if found is None:
        return None
    mixes = [[fmpq(0)] * len(mix) for mix in given]
    for (row, a), probability in zip(places, found, strict=True):
        mixes[row][a] = probability
    return mixes
