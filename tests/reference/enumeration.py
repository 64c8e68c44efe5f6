"""Plain enumeration of equilibria in exact rationals, to hold solvers against.

Nothing is shared with the library: a strategy is a vertex of its player's best-response polytope if
the actions that it does not use and the opponent's best responses to it determine it, which is
looked for among all supports and all sets of as many responses.
"""

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from itertools import combinations
from typing import Any, NamedTuple


class Vertex(NamedTuple):
    """A mix that is a vertex, and the opponent's best responses to it."""

    mix: tuple[Fraction, ...]
    responses: frozenset[int]

    @property
    def support(self) -> frozenset[int]:
        return frozenset(action for action, p in enumerate(self.mix) if p)


Matrix = Iterable[Iterable[Any]]
Profile = tuple[tuple[Fraction, ...], tuple[Fraction, ...]]


def indifferent(rows: list[list[Fraction]], size: int) -> list[Fraction] | None:
    """The only p with sum 1 and the same p . row for all rows, as many as p has entries."""
    system = [[Fraction(a - b) for a, b in zip(row, rows[0], strict=True)] for row in rows[1:]]
    system = [[Fraction(1)] * size, *system]
    right = [Fraction(1), *[Fraction(0)] * (size - 1)]
    for step in range(size):
        pivot = next((row for row in range(step, size) if system[row][step]), None)
        if pivot is None:
            return None
        for array in (system, right):
            array[step], array[pivot] = array[pivot], array[step]
        for row in range(size):
            if row != step and system[row][step]:
                factor = system[row][step] / system[step][step]
                system[row] = [
                    a - factor * b for a, b in zip(system[row], system[step], strict=True)
                ]
                right[row] -= factor * right[step]
    return [right[step] / system[step][step] for step in range(size)]


@cache
def vertices(payoffs: tuple[tuple[Fraction, ...], ...]) -> list[Vertex]:
    """Vertices of the mixes over the columns; a row holds what a response of the other pays."""
    count = len(payoffs[0])
    found = set()
    for size in range(1, count + 1):
        for support in combinations(range(count), size):
            for responses in combinations(range(len(payoffs)), size):
                rows = [[payoffs[response][action] for action in support] for response in responses]
                mix = indifferent(rows, size)
                if mix is None or min(mix) < 0:
                    continue
                whole = [Fraction(0)] * count
                for action, p in zip(support, mix, strict=True):
                    whole[action] = p
                paid = [sum(p * x for p, x in zip(whole, row, strict=True)) for row in payoffs]
                if paid[responses[0]] == max(paid):
                    best = frozenset(i for i, x in enumerate(paid) if x == max(paid))
                    found.add(Vertex(tuple(whole), best))
    return sorted(found)


def table(matrix: Matrix) -> tuple[tuple[Fraction, ...], ...]:
    """Payoffs as exact rationals."""
    return tuple(tuple(map(Fraction, row)) for row in matrix)


def equilibria(first: Matrix, second: Matrix) -> dict[Profile, tuple[Vertex, Vertex]]:
    """All extreme equilibria."""
    columns, rows = vertices(table(first)), vertices(table(zip(*second, strict=True)))
    return {
        (x.mix, y.mix): (x, y)
        for x in rows
        for y in columns
        if x.support <= y.responses and y.support <= x.responses
    }


def is_degenerate(first: Matrix, second: Matrix) -> bool:
    """Whether some mix has more best responses than actions; if so, some vertex has."""
    tables = table(first), table(zip(*second, strict=True))
    return any(len(v.responses) > len(v.support) for side in tables for v in vertices(side))


def maximal_subsets(found: dict[Profile, tuple[Vertex, Vertex]]) -> set[tuple[frozenset[Any], ...]]:
    """Maximal products of sets of vertices all of whose pairs are equilibria."""
    xs, ys = ({profile[side] for profile in found} for side in (0, 1))
    products = set()
    for size in range(1, len(xs) + 1):
        for chosen in combinations(sorted(xs), size):
            fitting = frozenset(y for y in ys if all((x, y) in found for x in chosen))
            if fitting:
                closed = frozenset(x for x in xs if all((x, y) in found for y in fitting))
                products.add((closed, fitting))
    return products
