"""One profile of supports: its conditions, in parts, and its equilibria put together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from flint import fmpq

from summitgames.certificates.rationals import to_fraction
from summitgames.equilibria.exact_classes import Condition, SupportedTree, depends
from summitgames.equilibria.exact_odds import overlapping

if TYPE_CHECKING:
    from summitgames.equilibria.exact_patterns import Piece

__all__ = ["Entry", "Profile"]

_ZERO, _ONE = fmpq(0), fmpq(1)


@dataclass(frozen=True)
class Entry:
    """A sequential equilibrium with the beliefs that support it; rows by information set.

    Attributes
    ----------
    strategies, beliefs
        Probabilities of actions and of nodes.
    orders
        Whole numbers, 0 of actions that are taken, least sums of which are likeliest.
    mix_sets
        The strategies on this support with which there is an equilibrium: a product over groups of
        information sets, of each group the vertices, set by set, in the same order.
    pieces
        Group by group of information sets, the sets of beliefs there: information set to vertices,
        and whether all combinations of points within them are consistent.
    is_range
        Whether `mix_sets` are known to be all.
    """

    strategies: tuple[tuple[Fraction, ...], ...]
    beliefs: tuple[tuple[Fraction, ...], ...]
    orders: tuple[tuple[int, ...], ...]
    mix_sets: tuple[Mapping[int, list[tuple[Fraction, ...]]], ...]
    pieces: tuple[tuple[tuple[Mapping[int, list[tuple[Fraction, ...]]], bool], ...], ...]
    is_range: bool


class Profile:
    """Classes and conditions of all information sets, for the present supports of a tree.

    Attributes
    ----------
    tree
        The tree.
    supports
        Of every information set.
    classes
        Of every information set of several nodes.
    gains
        Conditions of information sets of several classes, and of those that depend on mixes, class
        by class.
    mixing
        Information sets that mix.
    """

    def __init__(self, tree: SupportedTree) -> None:
        self.tree = tree
        self.supports = list(tree.supports)
        self.classes = {number: tree.classes(number) for number in tree.legs}
        self.mixing = [n for n, support in enumerate(self.supports) if len(support) > 1]
        self.gains: dict[int, list[list[Condition]]] = {}
        for number in range(len(self.supports)) if self.mixing else self.classes:
            classes = self.classes.get(number) or tree.classes(number)
            each = [tree.gains(number, nodes) for nodes in classes]
            if len(classes) > 1 or depends(each):
                self.gains[number] = each

    def several(self, number: int) -> bool:
        """Whether an information set has several classes."""
        return len(self.classes.get(number, ())) > 1

    def components(self) -> list[tuple[list[int], list[int]]]:
        """Parts that share no unknowns and no trembles: sets with conditions, and sets that mix."""
        # Unknowns are actions that are mixed; trembles actions that are not taken.
        keys: list[set[int]] = []
        for number, each in self.gains.items():
            used = {u for gains in each for gain, _ in gains for key in gain for u in key}
            own = {-1 - self.tree.owner_of[unknown] for unknown in used}
            if self.several(number):
                trembles = [nodes.trembles for nodes in self.classes[number]]
                own |= frozenset.union(*trembles) - frozenset.intersection(*trembles)
            keys.append(own)
        keys += [{-1 - number} for number in self.mixing]
        numbers = [*self.gains, *self.mixing]
        parts = overlapping(keys)
        first = len(self.gains)  # of those that mix
        return [
            (
                sorted(numbers[at] for at in part if at < first),
                sorted(numbers[at] for at in part if at >= first),
            )
            for part in parts
        ]

    def entry(self, chosen: Sequence[Sequence[Piece]]) -> Entry:
        """An equilibrium of the first of the pieces of every component."""
        tree = self.tree
        leading = [pieces[0] for pieces in chosen]
        mixes = {n: mix for piece in leading for n, mix in piece.mixes.items()}
        odds = {n: shares for piece in leading for n, shares in piece.odds.items()}
        orders = {action: k for piece in leading for action, k in piece.orders.items()}
        whole = math.lcm(*(int(k.q) for k in orders.values()))
        free = {
            number: points
            for piece in leading
            if piece.is_product
            for number, points in piece.odds_vertices.items()
        }
        strategies, beliefs, ranks = [], [], []
        for number, support in enumerate(self.supports):
            mix = mixes.get(number)
            if mix is None:
                mix = [_ONE if a in support else _ZERO for a in range(tree.counts[number])]
            strategies.append(tuple(map(to_fraction, mix)))
            own = range(tree.first[number], tree.first[number + 1])
            ranks.append(
                tuple(
                    0 if share != 0 else int((orders.get(action, _ONE) * whole).p)
                    for action, share in zip(own, mix, strict=True)
                )
            )
            points = free.get(number, [odds.get(number, [_ONE])])
            corners = [self._belief(number, point, mixes) for point in points]
            beliefs.append(corners[0] if len(corners) == 1 else _average(corners))
        pieces = tuple(
            tuple(
                (
                    {
                        number: [self._belief(number, point, mixes) for point in points]
                        for number, points in piece.odds_vertices.items()
                    },
                    piece.is_product,
                )
                for piece in group
            )
            for group in chosen
            if group[0].odds
        )
        sets = tuple(
            {n: [tuple(map(to_fraction, point)) for point in points] for n, points in part.items()}
            for piece in leading
            for part in piece.mix_sets
        )
        return Entry(
            tuple(strategies),
            tuple(beliefs),
            tuple(ranks),
            sets,
            pieces,
            all(piece.is_range for piece in leading),
        )

    def _belief(
        self, number: int, odds: Sequence[fmpq], mixes: Mapping[int, Sequence[fmpq]]
    ) -> tuple[Fraction, ...]:
        """Beliefs at an information set, of the odds of its classes."""
        tree = self.tree
        classes = self.classes.get(number)
        if classes is None:
            return (Fraction(1),)
        shares = [_ZERO] * len(tree.game.infosets[number].nodes)
        for nodes, share in zip(classes, odds, strict=True):
            for at, weight, mixed in zip(nodes.nodes, nodes.weights, nodes.mixed, strict=True):
                shares[at] = share * weight
                for unknown in mixed:
                    owner = tree.owner_of[unknown]
                    shares[at] *= mixes[owner][unknown - tree.first[owner]]
        total = sum(shares, _ZERO)
        return tuple(to_fraction(share / total) for share in shares)


def _average(corners: Sequence[tuple[Fraction, ...]]) -> tuple[Fraction, ...]:
    """The point in the middle of some points."""
    return tuple(sum(column) / Fraction(len(corners)) for column in zip(*corners, strict=True))
