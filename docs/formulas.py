"""Tables and formulas for the pages, from the records and expressions that the code solves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy
from IPython.display import Markdown, Math, display

import summitgames as sg

__all__ = [
    "closed_forms",
    "formula",
    "moves",
    "outcomes",
    "parameters",
    "payoff_changes",
    "payoff_table",
    "premises",
    "references",
    "stages",
]


def formula(
    model: sg.SummitModel, expression: object, short: Mapping[str, str] | None = None
) -> str:
    """An expression as LaTeX: symbols of parameters, short ones given, other names as they are."""
    symbols = {record.name: record.symbol for record in model.parameters} | dict(short or {})
    expression = sympy.sympify(expression)
    names = {
        symbol: symbols.get(str(symbol), _code(str(symbol))) for symbol in expression.free_symbols
    }
    return str(sympy.latex(expression, symbol_names=names, mul_symbol=r" \, ", order="none"))


def _code(name: str) -> str:
    return rf"\texttt{{{name}}}".replace("_", r"\_")


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Markdown:
    """A table in Markdown."""
    cells = [list(map(str, row)) for row in (header, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in cells]
    lines.insert(1, f"|{'-|' * len(cells[0])}")
    return Markdown("\n".join(lines))


def parameters(model: sg.SummitModel) -> Markdown:
    """Records of a model's parameters, with their values in every perspective."""
    readings = [sg.perspective(name) for name in sg.perspectives()]
    header = ["", "parameter", "range", *sg.perspectives(), "premises"]
    return table(
        header,
        (
            [
                f"${record.symbol}$",
                f"`{record.name}`<br>{record.meaning}",
                record.range.replace(" ", "\N{NO-BREAK SPACE}"),
                *(f"{reading[record.name]:g}" for reading in readings),
                ", ".join(record.claims) or "none",
            ]
            for record in model.parameters
        ),
    )


def moves(model: sg.SummitModel) -> Markdown:
    """Who moves, in the order of the tree; alike nodes in one row."""
    tree, form = model.form.tree, model.form
    chance = dict(form.chance_probabilities())
    counts: dict[tuple[str, str], int] = {}
    for node, children in enumerate(tree.child_lists):
        if not children:
            continue
        labels = [tree.labels[child] for child in children]
        if node in chance:
            quantities = (form.quantities[number] for number in chance[node])
            parts = [
                f"{label} (${formula(model, quantity)}$)"
                for label, quantity in zip(labels, quantities, strict=True)
            ]
            key = "chance", ", ".join(parts)
        else:
            key = f"**{form.players[tree.mover[node]]}**", ", ".join(f"`{x}`" for x in labels)
        counts[key] = counts.get(key, 0) + 1
    return table(
        ["who moves", "choices, or branches with their probabilities", "nodes"],
        ((who, what, count) for (who, what), count in counts.items()),
    )


def _ends(model: sg.SummitModel, below: str) -> dict[str, sg.Outcome]:
    """Outcomes below a node, by the labels that lead on to them."""
    start = f"{below} > " if below else ""
    named = {model.form.path_to(n): end for n, end in enumerate(model.form.outcomes)}
    return {path[len(start) :]: end for path, end in named.items() if path.startswith(start)}


def outcomes(model: sg.SummitModel, below: str = "") -> Markdown:
    """Payoffs of every end below a node."""
    header = ["way to the end", "outcome", *model.form.players]
    return table(
        header,
        (
            [path, end.label, *(f"${formula(model, end.payoffs[p])}$" for p in model.form.players)]
            for path, end in _ends(model, below).items()
        ),
    )


def payoff_changes(model: sg.SummitModel, here: str, there: str) -> Markdown:
    """How payoffs at the ends below one node differ from those at the same ends below another."""
    ends, others = _ends(model, here), _ends(model, there)
    changes: dict[tuple[str, ...], list[str]] = {}
    for path, end in ends.items():
        difference = tuple(
            formula(model, sympy.expand(others[path].payoffs[player] - end.payoffs[player]))
            for player in model.form.players
        )
        changes.setdefault(difference, []).append(path)
    header = ["number of ends", "the first of them", *model.form.players]
    rows = (
        [len(paths), paths[0], *(f"${change}$" for change in difference)]
        for difference, paths in changes.items()
    )
    return table(header, rows)


def payoff_table(model: sg.SummitModel, names: Mapping[str, object]) -> None:
    """Display payoffs of a model in normal form, with names for some of them, and what these are.

    Parameters
    ----------
    model
        The model.
    names
        LaTeX to the expression that it stands for.
    """
    short = {sympy.sympify(expression): name for name, expression in names.items()}
    first, second = (
        [[short.get(entry) or formula(model, entry) for entry in row] for row in player]
        for player in model.tables()
    )
    rows = (
        [f"`{action}`", *(f"${a}$, ${b}$" for a, b in zip(*pair, strict=True))]
        for action, *pair in zip(model.actions, first, second, strict=True)
    )
    header = [" \\ ".join(model.players), *(f"`{action}`" for action in model.actions)]
    display(table(header, rows))
    for name, expression in names.items():
        display(Math(f"{name} = {formula(model, expression)}"))


def stages(
    model: sg.SummitModel,
    variant: str = "",
    *,
    skip: Iterable[str] = (),
    short: Mapping[str, str] | None = None,
) -> Markdown:
    """Payoffs and next states of a stochastic game, alike profiles of a state in one row.

    Parameters
    ----------
    model
        The model.
    variant
        Which of its games.
    skip
        States that are left out.
    short
        Names of symbols to LaTeX that stands for them.
    """
    rules = model.rules(variant)
    rows: dict[tuple[object, ...], list[str]] = {}
    for (state, *profile), stage in rules.stages.items():
        if state not in skip:
            moves = [(to, chance) for to, chance in stage.moves.items() if chance != 0]
            key = (state, tuple(stage.payoffs), tuple(moves))
            acting = [
                action
                for action, labels in zip(profile, rules.actions[state], strict=True)
                if len(labels) > 1
            ]
            rows.setdefault(key, []).append("/".join(f"`{action}`" for action in acting))
    return table(
        ["state", "actions", *model.players, "next state, with its probability"],
        (
            [
                state,
                "<br>".join(profiles),
                *(f"${formula(model, payoff, short)}$" for payoff in payoffs),
                "<br>".join(
                    to if chance == 1 else f"{to}: ${formula(model, chance, short)}$"
                    for to, chance in moves
                ),
            ]
            for (state, payoffs, moves), profiles in rows.items()
        ),
    )


def closed_forms(
    model: sg.SummitModel,
    *starts: str,
    unless: str | None = None,
    short: Mapping[str, str] | None = None,
) -> None:
    """Display the closed forms whose names start with one of the texts given, or all.

    Parameters
    ----------
    model
        The model.
    *starts
        The texts.
    unless
        Names that end with it are left out.
    short
        Names of forms to LaTeX that stands for them in other forms.
    """
    for name, form in model.closed_forms.items():
        if (starts and not name.startswith(starts)) or (unless and name.endswith(unless)):
            continue
        condition = isinstance(form, sympy.logic.boolalg.Boolean) and not form.is_symbol
        symbol = f" = {short[name]}" if short and name in short else ""
        relation = r"\iff" if condition else "="
        display(Math(f"{_code(name)}{symbol} {relation} {formula(model, form, short)}"))


def premises(model: sg.SummitModel) -> Markdown:
    """The premises that a model encodes, and by what."""
    encoded = [p for p in (*sg.claims(), *sg.rival_premises()) if model.name in p.maps_to]
    return table(
        ["id", "premise", "encoded by"],
        ([p.id, p.text, ", ".join(f"`{name}`" for name in p.maps_to[model.name])] for p in encoded),
    )


def references(model: sg.SummitModel) -> Markdown:
    """A model's literature."""
    return Markdown("\n".join(f"- {reference}." for reference in model.references))
