"""Switching points: where, along a straight line through the parameters, the path of play changes.

On the line from one perspective to another every payoff is piecewise polynomial in t. A program is
run on polynomials with exact rational coefficients: comparisons are decided at one point, and each
records the polynomial whose sign decided it. The next switch cannot come before the next root of a
recorded polynomial; roots are isolated with certified error bounds. So no switch is missed, however
narrow, down to the resolution.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from flint import fmpq, fmpq_poly

from summitgames.errors import SolverError
from summitgames.kernels import programs as op

if TYPE_CHECKING:
    from summitgames.games.programs import Program

__all__ = ["RESOLUTION", "Line"]

#: Switches nearer to each other than this count as one.
RESOLUTION = Fraction(1, 10**12)


@dataclass
class Line:
    """A program along the line ``start + t * (end - start)``, t in [0, 1].

    Parameters
    ----------
    program
        Straight-line program of rational operations with one float64 result.
    start, end
        Exact values of its inputs at t = 0 and t = 1.
    """

    program: Program
    start: Mapping[str, Fraction]
    end: Mapping[str, Fraction]
    _inputs: list[fmpq_poly] = field(init=False)
    _roots: dict[tuple[str, ...], list[tuple[fmpq, fmpq]]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._inputs = [
            fmpq_poly([_exact(self.start[name]), _exact(self.end[name] - self.start[name])])
            for name in self.program.inputs
        ]

    def switches(self) -> list[tuple[float, int, int]]:
        """Points at which the result changes.

        Returns
        -------
        list of (t, before, after)
            `before` and `after` are the (whole-number) results on either side; at t = 0 `before`,
            at t = 1 `after` is the result at the end point itself.

        Raises
        ------
        SolverError
            If the program divides by what varies, or uses a function that is no polynomial.
        """
        found = []
        here = fmpq(0)
        result, _ = self._run(here)
        while here < 1:
            # The pieces that hold just after `here`, and the first point at which one may end.
            sample = min(here + _exact(RESOLUTION), fmpq(1))
            after, deciders = self._run(sample)
            if after != result:
                found.append((float(Fraction(int(here.p), int(here.q))), result, after))
                result = after
            here = self._next_root(deciders, sample)
        last, _ = self._run(fmpq(1))
        if last != result:
            found.append((1.0, result, last))
        return found

    def _run(self, point: fmpq) -> tuple[int, list[fmpq_poly]]:
        """Result at a point, and the polynomials whose signs there decided it."""
        deciders: list[fmpq_poly] = []

        def at_least(a: fmpq_poly, b: fmpq_poly) -> bool:
            difference = a - b
            if difference.degree() > 0:
                deciders.append(difference)
            return bool(difference(point) >= 0)

        registers = [fmpq_poly([_exact(value)]) for value in self.program.exact_constants]
        registers += [_ZERO] * (self.program.n_registers - len(registers))
        result = _ZERO
        for operation, target, a, b, c, d in self.program.code.tolist():
            x = registers
            if operation == op.LOAD:
                registers[target] = self._inputs[a]
            elif operation == op.STORE:
                result = x[b]
            elif operation in _COMPARISONS:
                registers[target] = _COMPARISONS[operation](at_least, x[a], x[b], x[c])
            elif operation in _POLYNOMIAL:
                registers[target] = _POLYNOMIAL[operation](x[a], x[b], x[c], x[d])
            elif operation != op.CHECK:
                registers[target] = _power(operation, x[a], x[b])
        return int(result(fmpq(0)).p), deciders

    def _next_root(self, deciders: list[fmpq_poly], point: fmpq) -> fmpq:
        """Upper end of the first root's interval after a point, at most 1."""
        first = fmpq(1)
        for polynomial in deciders:
            key = tuple(map(str, polynomial.coeffs()))
            if key not in self._roots:
                self._roots[key] = _real_roots(polynomial)
            for _, high in self._roots[key]:
                if high > point:  # also one around the point: its root may come after it
                    first = min(first, high)
                    break
        return first


def _exact(number: Fraction) -> fmpq:
    return fmpq(number.numerator, number.denominator)


_ZERO, _ONE = fmpq_poly([0]), fmpq_poly([1])

_AtLeast: TypeAlias = Callable[[fmpq_poly, fmpq_poly], bool]

_COMPARISONS: dict[int, Callable[[_AtLeast, fmpq_poly, fmpq_poly, fmpq_poly], fmpq_poly]] = {
    op.SELECT: lambda _, a, b, c: b if c != _ZERO else a,
    op.EXCEEDS: lambda at_least, a, b, c: _ZERO if at_least(a + c, b) else _ONE,
    op.AT_LEAST: lambda at_least, a, b, _: _ONE if at_least(a, b) else _ZERO,
    op.MINIMUM: lambda at_least, a, b, _: b if at_least(a, b) else a,
    op.MAXIMUM: lambda at_least, a, b, _: a if at_least(a, b) else b,
    op.ABSOLUTE: lambda at_least, a, _b, _c: a if at_least(a, _ZERO) else -a,
}

_POLYNOMIAL: dict[int, Callable[[fmpq_poly, fmpq_poly, fmpq_poly, fmpq_poly], fmpq_poly]] = {
    op.ADD: lambda a, b, _c, _d: a + b,
    op.SUBTRACT: lambda a, b, _c, _d: a - b,
    op.MULTIPLY: lambda a, b, _c, _d: a * b,
    op.MIX: lambda a, b, c, d: a * b + c * d,
}


def _power(operation: int, a: fmpq_poly, b: fmpq_poly) -> fmpq_poly:
    """Quotient by a constant, or power to a whole number."""
    if b.degree() <= 0:
        constant = b(fmpq(0))
        if operation == op.DIVIDE and constant != 0:
            return a / constant
        if operation == op.POWER and constant.q == 1 and constant >= 0:
            return a ** int(constant.p)
    message = "payoffs are not piecewise polynomial along the line: its switches are not isolated"
    raise SolverError(message)


def _real_roots(polynomial: fmpq_poly) -> list[tuple[fmpq, fmpq]]:
    """Intervals shorter than the resolution around the real roots, in order."""
    intervals = []
    roots: Any = polynomial.numer().complex_roots()  # pairs (ball, multiplicity)
    for root, _ in roots:
        if root.imag == 0:
            middle, radius = (
                _exact(_fraction(part)) for part in (root.real.mid(), root.real.rad())
            )
            intervals.append((middle - radius, middle + radius))
    return sorted(intervals)


def _fraction(ball: object) -> Fraction:
    """Exact value of an arb without radius."""
    mantissa, exponent = ball.man_exp()  # type: ignore[attr-defined]
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
