"""An actor's payoff: a sum of documented terms, as formula, numbers and tables."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.actors.terms import ATTRIBUTES, Term
from summitgames.case.premises import check_value, parameters
from summitgames.errors import GameError, require_known
from summitgames.games.batches import Batch, as_value, exact_number

if TYPE_CHECKING:
    import sympy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["PayoffModel", "Term"]

_SIGNS = {1: "+", -1: "\N{MINUS SIGN}"}
_TERMS_A_LINE = 3
_HEADER = ("sign", "weight", "symbol", "meaning", "range", "enters when", "premises")


@dataclass(frozen=True)
class PayoffModel:
    """What an actor wants: the sum, over its terms, of sign times weight times attribute.

    Weights are parameters of the case; attributes say what happened. They are shared by all actors,
    so that one description of an outcome serves for each of them. Where nothing happens, the payoff
    is 0.

    Attributes
    ----------
    name
        Name of the actor.
    title
        The actor in words.
    terms
        The terms.

    Examples
    --------
    >>> import summitgames as sg
    >>> europe = sg.actor("europe")
    >>> print(europe.expression.coeff("settlement"))
    peace_value_europe - russian_terms_loss_europe
    >>> article = sg.perspective("article")
    >>> round(europe.evaluate(settlement=1, **article), 6)
    -0.5
    """

    name: str
    title: str
    terms: tuple[Term, ...]

    def __repr__(self) -> str:
        return f"<PayoffModel {self.name!r}: {len(self.terms)} terms>"

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes that the actor cares about, in the order of the terms."""
        return tuple(dict.fromkeys(term.attribute for term in self.terms))

    @cached_property
    def weights(self) -> tuple[str, ...]:
        """Names of the weights, in the order of the terms."""
        return tuple(term.name for term in self.terms)

    @cached_property
    def expression(self) -> sympy.Expr:
        """The payoff, with a symbol for each weight and each attribute."""
        import sympy

        return self._sum({name: sympy.Symbol(name) for name in self.attributes})

    def payoff(self, events: Mapping[str, Any]) -> sympy.Expr:
        """The payoff of an outcome, with a symbol for each weight.

        Parameters
        ----------
        events
            Attribute to a number or a sympy expression; attributes that are not named are 0. Those
            that only other actors care about may be named.

        Raises
        ------
        GameError
            If `events` is no mapping, a name is not an attribute, or an amount is neither a finite
            number nor a sympy expression.

        Examples
        --------
        >>> import summitgames as sg
        >>> sg.actor("russia").payoff({"summit": 1, "empty_summit": 1})
        -empty_summit_cost_russia
        """
        if not isinstance(events, Mapping):
            raise GameError(
                f"events: {type(events).__name__}; expected a mapping from attributes to amounts"
            )
        _check_names("attribute", events, ATTRIBUTES)
        for name, amount in events.items():
            _check_amount(name, amount)
        return self._sum(events)

    def _sum(self, attributes: Mapping[str, Any]) -> sympy.Expr:
        """Sum of the terms whose attribute is named."""
        import sympy

        return sympy.Add(
            *(
                term.sign * sympy.Symbol(term.name) * sympy.sympify(attributes[term.attribute])
                for term in self.terms
                if term.attribute in attributes
            )
        )

    def evaluate(self, **attributes_and_weights: ArrayLike) -> float | NDArray[np.float64]:
        """The payoff in numbers.

        Parameters
        ----------
        **attributes_and_weights
            Numbers, or arrays that broadcast as in NumPy. All of the actor's weights; attributes
            that are not named are 0. Other actors' parameters and attributes may be named, so that
            a whole perspective can be passed.

        Returns
        -------
        float or (*batch) float64
            The payoff.

        Raises
        ------
        GameError
            If a name is unknown, a weight is missing or out of its range, a value is no number or
            not finite, or arrays do not broadcast.

        Examples
        --------
        >>> import summitgames as sg
        >>> article = sg.perspective("article")
        >>> sg.actor("russia").evaluate(settlement=[0, 0.5, 1], **article)
        array([0. , 0.5, 1. ])
        """
        given = attributes_and_weights
        _check_names("attribute or weight", given, {*ATTRIBUTES, *self.weights, *parameters()})
        missing = [name for name in self.weights if name not in given]
        if missing:
            raise GameError(
                f"{self.name}: no value for {', '.join(missing)}; expected one for every weight"
            )
        for term in self.terms:
            check_value(term.weight, given[term.name])
        used = {
            name: as_value(given[name], name)
            for name in (*self.weights, *self.attributes)
            if name in given
        }
        shape = Batch(dict(used)).shape
        numbers = {n: float(v) if isinstance(v, Fraction) else v for n, v in used.items()}
        total = np.zeros(shape)
        for term in self.terms:
            if term.attribute in numbers:
                total = total + term.sign * numbers[term.name] * numbers[term.attribute]
        return total if shape else float(total)

    def _rows(self) -> list[tuple[str, ...]]:
        """Cells of the table, one row a term, aside from the symbol's markup."""
        return [
            (
                _SIGNS[term.sign],
                term.name,
                term.symbol,
                term.meaning,
                term.range,
                term.event,
                ", ".join(term.claims) or "none",
            )
            for term in self.terms
        ]

    def to_markdown(self) -> str:
        """Table of the terms, with symbols as formulas."""
        rows = [f"| {' | '.join(_HEADER)} |", f"|{'-|' * len(_HEADER)}"]
        for sign, name, symbol, *rest in self._rows():
            rows.append(f"| {' | '.join((sign, f'`{name}`', f'${symbol}$', *rest))} |")
        return "\n".join(rows)

    def to_latex(self) -> str:
        """The payoff as a formula (for ``amsmath``), and its terms as a plain ``tabular``."""
        rows = [
            " & ".join(
                (
                    "$+$" if term.sign > 0 else "$-$",
                    rf"\texttt{{{_escape(term.name)}}}",
                    f"${term.symbol}$",
                    *(_escape(text) for text in (term.meaning, term.range, term.event)),
                    ", ".join(term.claims) or "none",
                )
            )
            + r" \\"
            for term in self.terms
        ]
        return "\n".join(
            (
                rf"\[ {self.formula} \]",
                rf"\begin{{tabular}}{{{'l' * len(_HEADER)}}}",
                " & ".join(_HEADER) + r" \\ \hline",
                *rows,
                r"\end{tabular}",
            )
        )

    @property
    def formula(self) -> str:
        """The payoff as LaTeX, without delimiters: symbols of the weights, attributes in words.

        For ``amsmath``; a line holds three terms.
        """
        parts = [
            f"{'+' if term.sign > 0 else '-'} {term.symbol}\\,"
            rf"\text{{{term.attribute.replace('_', ' ')}}}"
            for term in self.terms
        ]
        lines = [
            " ".join(parts[i : i + _TERMS_A_LINE]) for i in range(0, len(parts), _TERMS_A_LINE)
        ]
        total = " \\\\ &\\quad ".join(lines).removeprefix("+ ")
        return rf"\begin{{aligned}} u_{{\text{{{self.title}}}}} &= {total} \end{{aligned}}"

    def _repr_html_(self) -> str:
        def cells(tag: str, texts: Iterable[str]) -> str:
            return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)

        rows = "".join(f"<tr>{cells('td', row)}</tr>" for row in self._rows())
        return (
            f"<table><caption>Payoff of {html.escape(self.title)}</caption>"
            f"<thead><tr>{cells('th', _HEADER)}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _check_names(kind: str, names: Iterable[str], valid: Iterable[str]) -> None:
    """Refuse a name that is not valid."""
    valid = set(valid)
    for name in names:
        require_known(kind, name, valid)


def _check_amount(name: str, amount: Any) -> None:
    """Refuse what is no amount; sympy itself would run text as code."""
    import sympy

    if isinstance(amount, sympy.Expr) or exact_number(amount) is not None:
        return
    raise GameError(f"{name}: {amount!r}; expected a finite number or a sympy expression")


def _escape(text: str) -> str:
    """Text as LaTeX."""
    return text.replace("_", r"\_").replace("&", r"\&").replace("%", r"\%")
