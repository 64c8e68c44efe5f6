"""Sympy expressions as rows of a program.

Supported: numbers, symbols, sums, products, powers, ``Min``, ``Max``, ``Abs``, ``exp``, ``log``,
and ``Piecewise`` over comparisons joined by ``And``, ``Or`` and ``Not``. Nothing recurses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import sympy

from summitgames.errors import GameError, unknown_name
from summitgames.games.programs import Builder, Row

__all__ = ["emit", "exact_rational", "read_expression"]


def exact_rational(number: sympy.Expr) -> Fraction | None:
    """The rational that a sympy number is (a Float is the binary number it stands for), or None."""
    if isinstance(number, sympy.Rational):
        return Fraction(int(number.p), int(number.q))
    if isinstance(number, sympy.Float):
        nearest = float(number)
        return Fraction(nearest) if math.isfinite(nearest) else None
    return None


def read_expression(given: Any, what: object, parameters: Collection[str]) -> Fraction | sympy.Expr:
    """An exact number, or an expression in a game's parameters, from what a user gave in sympy.

    Parameters
    ----------
    given
        Any object of sympy.
    what
        Name of the argument, put into words (by `str`) only where there is an error.
    parameters
        Names that the expression may use.

    Raises
    ------
    GameError
        If it is not real or not finite, beyond float64, or uses another name.
    """
    exact = exact_rational(given)
    if exact is not None:
        return exact
    for symbol in getattr(given, "free_symbols", ()):
        if symbol.name not in parameters:
            raise GameError(f"{what}: {unknown_name('parameter', symbol.name, parameters)}")
    if not isinstance(given, sympy.Expr) or given.is_extended_real is False:
        raise GameError(f"{what}: {given}; expected a real number or expression")
    if given.is_finite is False or given.has(sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        raise GameError(f"{what}: not finite: {given}; expected finite numbers")
    return given


def emit(builder: Builder, expression: sympy.Basic, inputs: Mapping[str, Row]) -> Row:
    """Row that holds an expression.

    Parameters
    ----------
    builder
        Program under construction.
    expression
        Sympy expression (or condition) in the parameters.
    inputs
        Parameter names to rows.

    Raises
    ------
    GameError
        If a parameter is unknown or a function is not supported.
    """
    rows: dict[sympy.Basic, Row] = {}
    stack = [expression]
    while stack:
        node = stack[-1]
        parts = [part for part in _operands(node) if part not in rows]
        if parts:
            stack.extend(parts)
            continue
        stack.pop()
        if node not in rows:
            rows[node] = _row(builder, node, rows, inputs)
    return rows[expression]


def _operands(node: sympy.Basic) -> list[sympy.Basic]:
    """The expressions whose rows a node needs."""
    if isinstance(node, sympy.Add):
        return [term for _, term in _terms(node)]
    if isinstance(node, sympy.Mul):
        return [base for part in _factors(node) for base in part]
    if isinstance(node, sympy.Pow) and node.exp == -1:
        return [node.base]
    if isinstance(node, sympy.Piecewise):
        return [part for pair in node.args for part in pair.args]
    return list(node.args) if not node.is_Atom else []


def _terms(node: sympy.Add) -> list[tuple[bool, sympy.Basic]]:
    """Terms of a sum in a fixed order, each with whether it is subtracted; an added one first."""
    terms = []
    for term in node.args:
        negative = bool(term.as_coeff_Mul()[0].is_negative)
        terms.append((negative, -term if negative else term))
    return sorted(terms, key=lambda pair: pair[0])


def _factors(node: sympy.Mul) -> tuple[list[sympy.Basic], list[sympy.Basic]]:
    """Factors of a product: those above the line and those below it."""
    above: list[sympy.Basic] = []
    below: list[sympy.Basic] = []
    for factor in node.args:
        if isinstance(factor, sympy.Pow) and factor.exp.as_coeff_Mul()[0].is_negative:
            below.append(1 / factor)
        else:
            above.append(factor)
    return above, below


def _row(
    builder: Builder,
    node: sympy.Basic,
    rows: Mapping[sympy.Basic, Row],
    inputs: Mapping[str, Row],
) -> Row:
    """Row of a node whose operands have theirs."""
    if node.is_Atom:
        return _atom(builder, node, inputs)
    if isinstance(node, sympy.Add):
        return _sum(builder, node, rows)
    if isinstance(node, sympy.Mul):
        above, below = ([rows[part] for part in side] for side in _factors(node))
        top = reduce(builder.multiply, above) if above else builder.constant(1)
        return builder.divide(top, reduce(builder.multiply, below)) if below else top
    if isinstance(node, sympy.Pow) and node.exp == -1:
        return builder.divide(builder.constant(1), rows[node.base])
    if isinstance(node, sympy.Piecewise):
        return _piecewise(builder, node, rows)
    operands = [rows[part] for part in node.args]
    for kind, operation in _OPERATIONS.items():
        if isinstance(node, kind):
            return operation(builder, operands)
    raise GameError(
        f"expression has {node.func.__name__!r}, which is not supported; expected sums, products, "
        "powers, Min, Max, Abs, exp, log, Piecewise"
    )


def _atom(builder: Builder, node: sympy.Basic, inputs: Mapping[str, Row]) -> Row:
    """Row of a symbol, a number or a truth value."""
    if isinstance(node, sympy.Symbol):
        if node.name not in inputs:
            raise unknown_name("parameter", node.name, inputs)
        return inputs[node.name]
    if node in (sympy.true, sympy.false):
        return builder.constant(int(bool(node)))
    return builder.constant(_number(node))


def _number(node: sympy.Basic) -> Fraction:
    """The rational, or the float nearest to an irrational constant."""
    exact = exact_rational(node)
    if exact is not None:
        return exact
    if not (node.is_number and node.is_real and node.is_finite):
        raise GameError(f"expression has the number {node}; expected finite real numbers")
    nearest = float(node)
    if not math.isfinite(nearest):
        raise GameError(f"expression has the number {node}; expected numbers within float64")
    return Fraction(nearest)


def _sum(builder: Builder, node: sympy.Add, rows: Mapping[sympy.Basic, Row]) -> Row:
    total: Row | None = None
    for negative, term in _terms(node):
        if total is None:
            total = (
                rows[term] if not negative else builder.subtract(builder.constant(0), rows[term])
            )
        elif negative:
            total = builder.subtract(total, rows[term])
        else:
            total = builder.add(total, rows[term])
    assert total is not None  # a sum has terms
    return total


def _piecewise(builder: Builder, node: sympy.Piecewise, rows: Mapping[sympy.Basic, Row]) -> Row:
    *earlier, (last, condition) = node.args
    if condition != sympy.true:
        raise GameError(f"expression {node} leaves cases undefined; expected a last case `True`")
    result = rows[last]
    for value, holds in reversed(earlier):
        result = builder.select(result, rows[value], rows[holds])
    return result


def _fold(
    operation: Callable[[Builder, Row, Row], Row],
) -> Callable[[Builder, Sequence[Row]], Row]:
    return lambda builder, rows: reduce(lambda a, b: operation(builder, a, b), rows)


_OPERATIONS: dict[Any, Callable[[Builder, Sequence[Row]], Row]] = {
    sympy.Pow: lambda builder, rows: builder.power(rows[0], rows[1]),
    sympy.Min: _fold(Builder.minimum),
    sympy.Max: _fold(Builder.maximum),
    sympy.Abs: lambda builder, rows: builder.absolute(rows[0]),
    sympy.exp: lambda builder, rows: builder.exp(rows[0]),
    sympy.log: lambda builder, rows: builder.log(rows[0]),
    sympy.And: lambda builder, rows: builder.all_of(rows),
    sympy.Or: lambda builder, rows: builder.any_of(rows),
    sympy.Not: lambda builder, rows: builder.negate(rows[0]),
    sympy.GreaterThan: lambda builder, rows: builder.at_least(rows[0], rows[1]),
    sympy.LessThan: lambda builder, rows: builder.at_least(rows[1], rows[0]),
    sympy.StrictGreaterThan: lambda builder, rows: builder.negate(
        builder.at_least(rows[1], rows[0])
    ),
    sympy.StrictLessThan: lambda builder, rows: builder.negate(builder.at_least(rows[0], rows[1])),
}
