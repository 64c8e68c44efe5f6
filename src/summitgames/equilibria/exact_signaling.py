"""Perfect Bayesian equilibria of one signaling game, in exact arithmetic.

Once it is fixed which messages each type sends and which responses follow each message, the
receiver's conditions are linear in the sender's strategy (Bayes' rule multiplied out) and the
sender's are linear in the receiver's. So the equilibria with given supports are the product of two
polytopes, cut down here vertex by vertex (double description).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from flint import fmpq

from summitgames.equilibria.exact_polytopes import Form, Polytope, Work, cuts, simplices

if TYPE_CHECKING:
    from summitgames.games.signaling import SignalingArrays

__all__ = ["Entry", "ExactSignaling"]

_Set: TypeAlias = tuple[int, ...]

_ZERO, _ONE = fmpq(0), fmpq(1)


@dataclass(frozen=True)
class Entry:
    """All equilibria with one set of messages for each type and of responses to each message sent.

    Attributes
    ----------
    sender, receiver
        One of them, ``[T][M]`` and ``[M][R]``.
    beliefs
        ``[M][T]``: Bayes' rule, and a belief from within `off_path` after messages not sent.
    off_path
        For each message None, or, if it is not sent, the vertices of the beliefs that support the
        reply to it.
    sender_vertices, receiver_vertices
        Vertices of the closure, flattened points.
    intuitive, d1
        Whether it survives.
    """

    sender: list[list[fmpq]]
    receiver: list[list[fmpq]]
    beliefs: list[list[fmpq]]
    off_path: list[tuple[tuple[fmpq, ...], ...] | None]
    sender_vertices: tuple[tuple[fmpq, ...], ...]
    receiver_vertices: tuple[tuple[fmpq, ...], ...]
    intuitive: bool
    d1: bool


class ExactSignaling:
    """All equilibria of a single game.

    Parameters
    ----------
    numbers
        Exact prior ``(T,)`` and payoffs ``(T, M, R)``.
    limit
        Vertices that may be looked at.
    """

    def __init__(self, numbers: SignalingArrays, limit: int) -> None:
        self.prior, self.sender, self.receiver = (_rationals(array) for array in numbers)
        self.types, self.messages, self.responses = numbers.sender.shape
        self._work = Work(limit)
        self.all_types = tuple(range(self.types))
        self.replies = list(_subsets(self.responses))
        self._beliefs: dict[tuple[int, _Set, _Set], Polytope | None] = {}

    def entries(self) -> Iterator[Entry]:
        """The equilibria, by the sizes of the sender's supports, then supports in order.

        Raises
        ------
        TooMuchWork
            Where the limit is reached.
        """
        sets = list(_subsets(self.messages))
        by_size = [[s for s in sets if len(s) == n] for n in range(1, self.messages + 1)]
        for total in range(self.types, self.types * self.messages + 1):
            for supports in _supports(by_size, self.types, total):
                yield from self._with(supports)

    def _with(self, supports: Sequence[_Set]) -> Iterator[Entry]:
        """The equilibria with some supports of the sender."""
        senders: list[_Set] = [
            tuple(t for t in self.all_types if m in supports[t] and self.prior[t] != 0)
            for m in range(self.messages)
        ]
        used = [m for m in range(self.messages) if senders[m]]
        options = [
            [r for r in self.replies if self._belief(m, r, senders[m], everywhere=True)]
            for m in used
        ]
        if not all(options):
            return
        mine = [t * self.messages + m for t, support in enumerate(supports) for m in support]
        start = simplices(tuple(supports), self.messages)
        for replies in sorted(product(*options), key=lambda r: (sum(map(len, r)), r)):
            on_path = dict(zip(used, replies, strict=True))
            mixes: Polytope | None = start
            for m, support in on_path.items():
                mixes = self._cuts(mixes, self._rational(m, support))
                if mixes is None or not mixes.reaches(mine):
                    break
            else:
                assert mixes is not None
                answers = self._answers(supports, on_path)
                if answers is not None:
                    yield self._entry(mixes, on_path, *answers)

    def _rational(self, m: int, support: _Set) -> Iterator[tuple[Form, bool]]:
        """What makes some responses best after a message, as forms in the sender's strategy."""
        best = support[0]
        for r in range(self.responses):
            if r != best:
                form = {
                    t * self.messages + m: self.prior[t]
                    * (self.receiver[t][m][best] - self.receiver[t][m][r])
                    for t in self.all_types
                }
                yield (form, _ZERO), r in support

    def _belief(self, m: int, support: _Set, types: _Set, *, everywhere: bool) -> Polytope | None:
        """Beliefs over some types (over all of them: `everywhere`) that make responses best."""
        key = m, support, types
        if key not in self._beliefs:
            best = support[0]
            forms = []
            for r in range(self.responses):
                if r != best:
                    gains = {
                        t: self.receiver[t][m][best] - self.receiver[t][m][r]
                        for t in self.all_types
                    }
                    forms.append(((gains, _ZERO), r in support))
            whole = simplices((types,), self.types)
            self._beliefs[key] = self._cuts(whole, forms)
        found = self._beliefs[key]
        if found is None or (everywhere and not found.reaches(types)):
            return None
        return found

    def _worth(self, t: int, m: int, sign: int) -> dict[int, fmpq]:
        """A message's payoff to a type as a form in the receiver's strategy."""
        return {m * self.responses + r: payoff * sign for r, payoff in enumerate(self.sender[t][m])}

    def _incentives(
        self, supports: Sequence[_Set], messages: Mapping[int, _Set]
    ) -> Iterator[tuple[Form, bool]]:
        """What keeps every type to its messages, among messages whose replies are chosen."""
        for t, support in enumerate(supports):
            # A type of probability 0 may send a message that nobody is seen to send.
            first = next((m for m in support if m in messages), None)
            if first is None:
                continue
            for m in messages:
                if m != first:
                    form = {**self._worth(t, first, 1), **self._worth(t, m, -1)}
                    yield (form, _ZERO), m in support

    def _answers(
        self, supports: Sequence[_Set], on_path: Mapping[int, _Set]
    ) -> tuple[Polytope, Polytope, Mapping[int, _Set]] | None:
        """Receiver strategies: those listed, all of them, and the supports of the former."""
        unused = [m for m in range(self.messages) if m not in on_path]
        mine = [m * self.responses + r for m, support in on_path.items() for r in support]
        found = self._replies(supports, on_path, mine)
        if found is None:
            return None
        choices = {m: self._rational_replies(m, self.all_types) for m in unused}
        chosen = self._deterring(supports, on_path, choices, mine)
        if chosen is None:
            return None
        whole = found
        if unused:
            answers = self._replies(supports, chosen, mine)
            assert answers is not None
            found = whole = answers
        if self.responses == 2 and unused:  # the union over replies is a polytope
            widest = {m: max(choice, key=len) for m, choice in choices.items()}
            answers = self._replies(supports, {**on_path, **widest}, mine)
            assert answers is not None
            whole = answers
        return found, whole, chosen

    def _deterring(
        self,
        supports: Sequence[_Set],
        on_path: Mapping[int, _Set],
        choices: Mapping[int, Sequence[_Set]],
        mine: Sequence[int],
    ) -> Mapping[int, _Set] | None:
        """The first replies to messages that nobody sends that keep every type from sending them.

        Searched message by message, going back where replies to earlier ones leave none.
        """
        unused = list(choices)
        trail = [iter(choices[m]) for m in unused[:1]]
        chosen = dict(on_path)
        while trail:
            m = unused[len(trail) - 1]
            chosen = {k: chosen[k] for k in (*on_path, *unused[: len(trail) - 1])}
            reply = next(trail[-1], None)
            if reply is None:
                trail.pop()
                continue
            chosen[m] = reply
            if self._replies(supports, chosen, mine) is None:
                continue
            if len(trail) == len(unused):
                return chosen
            trail.append(iter(choices[unused[len(trail)]]))
        return None if unused else chosen

    def _replies(
        self, supports: Sequence[_Set], chosen: Mapping[int, _Set], mine: Sequence[int]
    ) -> Polytope | None:
        """Receiver strategies on supports, of messages that are chosen, that no type leaves."""
        whole = tuple(chosen.get(m, (0,)) for m in range(self.messages))
        start = simplices(whole, self.responses)
        found = self._cuts(start, self._incentives(supports, chosen))
        return found if found is not None and found.reaches(mine) else None

    def _entry(
        self,
        mixes: Polytope,
        on_path: Mapping[int, _Set],
        answers: Polytope,
        whole: Polytope,
        chosen: Mapping[int, _Set],
    ) -> Entry:
        sender = _rows(mixes.average(), self.messages)
        receiver = _rows(answers.average(), self.responses)
        beliefs: list[list[fmpq]] = []
        off_path: list[tuple[tuple[fmpq, ...], ...] | None] = []
        for m in range(self.messages):
            if m in on_path:
                weights = [self.prior[t] * sender[t][m] for t in self.all_types]
                total = sum(weights, _ZERO)
                beliefs.append([weight / total for weight in weights])
                off_path.append(None)
            else:
                # A reply may have a smaller support on average than the one that was allowed.
                support = tuple(r for r in chosen[m] if receiver[m][r] != 0)
                found = self._belief(m, support, self.all_types, everywhere=False)
                assert found is not None
                beliefs.append(found.average())
                off_path.append(found.points)
        values = [
            sum(
                (
                    chance * sum((a * b for a, b in zip(row, reply, strict=True)), _ZERO)
                    for chance, row, reply in zip(sender[t], self.sender[t], receiver, strict=True)
                ),
                _ZERO,
            )
            for t in self.all_types
        ]
        unused = [m for m in range(self.messages) if m not in on_path]
        return Entry(
            sender,
            receiver,
            beliefs,
            off_path,
            mixes.points,
            whole.points,
            all(self._deters(m, values, self._dominated(m, values)) for m in unused),
            all(self._deters(m, values, self._struck_by_d1(m, values)) for m in unused),
        )

    def _rational_replies(self, m: int, types: _Set) -> list[_Set]:
        """Supports of the replies to a message that are best for some belief over types."""
        return [r for r in self.replies if self._belief(m, r, types, everywhere=False)]

    def _dominated(self, m: int, values: Sequence[fmpq]) -> set[int]:
        """Types that lose by a message whatever the best reply."""
        replies = {r for support in self._rational_replies(m, self.all_types) for r in support}
        return {t for t in self.all_types if all(self.sender[t][m][r] < values[t] for r in replies)}

    def _struck_by_d1(self, m: int, values: Sequence[fmpq]) -> set[int]:
        """Types for which another type gains wherever they do not lose."""
        supports = self._rational_replies(m, self.all_types)
        replies = {r for support in supports for r in support}
        struck = set()
        for t in self.all_types:
            for other in self.all_types:
                if other == t or all(self.sender[other][m][r] <= values[other] for r in replies):
                    continue
                if not any(
                    self._cuts(
                        simplices((support,), self.responses),
                        [
                            ((dict(enumerate(self.sender[t][m])), -values[t]), False),
                            ((_negative(self.sender[other][m]), values[other]), False),
                        ],
                    )
                    for support in supports
                ):
                    struck.add(t)
                    break
        return struck

    def _deters(self, m: int, values: Sequence[fmpq], struck: set[int]) -> bool:
        """Whether a reply that is best for a belief over the other types makes nobody gain."""
        left = tuple(t for t in self.all_types if t not in struck) or self.all_types
        forms = [((_negative(self.sender[t][m]), values[t]), False) for t in self.all_types]
        return any(
            self._cuts(simplices((support,), self.responses), forms)
            for support in self._rational_replies(m, left)
        )

    def _cuts(
        self, polytope: Polytope | None, forms: Iterable[tuple[Form, bool]]
    ) -> Polytope | None:
        return cuts(polytope, forms, self._work)


def _negative(row: Sequence[fmpq]) -> dict[int, fmpq]:
    return {i: -number for i, number in enumerate(row)}


def _rows(flat: Sequence[fmpq], width: int) -> list[list[fmpq]]:
    return [list(flat[i : i + width]) for i in range(0, len(flat), width)]


def _rationals(array: Any) -> Any:
    """Nested lists of fmpq."""
    to_fmpq = np.frompyfunc(_rational, 1, 1)
    return np.asarray(to_fmpq(array), dtype=object).tolist()


def _rational(number: Fraction) -> fmpq:
    return fmpq(number.numerator, number.denominator)


def _subsets(count: int) -> Iterator[_Set]:
    """Subsets that are not empty, by size, then lexicographically."""
    for size in range(1, count + 1):
        yield from combinations(range(count), size)


def _supports(
    by_size: Sequence[Sequence[_Set]], players: int, total: int
) -> Iterator[tuple[_Set, ...]]:
    """Tuples of sets with sizes that add up, smaller sets first."""
    sizes = range(1, len(by_size) + 1)
    for each in product(sizes, repeat=players):
        if sum(each) == total:
            yield from product(*(by_size[size - 1] for size in each))
