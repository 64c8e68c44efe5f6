"""The brief's content as sections of paragraphs and tables, and these as text and as Markdown."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from summitgames.actors.registry import actor
from summitgames.case import premises
from summitgames.report.brief import CAVEATS, payoffs

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

    from summitgames.analysis.blocking import Blocking
    from summitgames.analysis.space import Share
    from summitgames.models.summit_model import Solution
    from summitgames.report.brief import Brief, Decision

__all__ = ["Bullets", "Section", "Table", "print_brief", "sections", "to_markdown", "to_text"]

_WIDTH: Final = 100
#: Minimal sets by single premises that are listed.
_LISTED: Final = 5
#: Where none of n draws has a property, its share is below 3 / n with 95 % confidence.
_RULE_OF_THREE: Final = 3


@dataclass(frozen=True)
class Table:
    """A table of text; columns after the first `left` are numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


Part: TypeAlias = "str | Table | Bullets"


@dataclass(frozen=True)
class Section:
    """A title and what stands below it."""

    title: str
    parts: tuple[Part, ...]


def sections(brief: Brief) -> list[Section]:
    """Everything that the brief says."""
    return [
        Section("The answer", (_answer(brief), *filter(None, [brief.changes]))),
        Section("The path of play", _path(brief)),
        Section("Rival readings side by side", (_readings(brief),)),
        Section("The space between the readings", _space(brief)),
        Section(f"What blocks the meeting, from here to {brief.rival}", _blocks(brief)),
        Section("What it rests on", _basis(brief)),
        Section("What this does not say", (Bullets(CAVEATS),)),
    ]


def title(brief: Brief) -> str:
    """Heading of the brief."""
    return f"The summit decision under {_name(brief)}"


def _name(brief: Brief) -> str:
    reading = brief.perspective
    changed = " with changes" if brief.overrides or reading.label != reading.name else ""
    return f"the reading {reading.name!r}{changed}"


def _answer(brief: Brief) -> str:
    summit, settlement = brief.solution["summit"], brief.solution["settlement"]
    if summit == 0:
        held = "A summit is never held in equilibrium (its probability on the path of play is 0)."
    elif summit == 1:
        held = "A summit is held in equilibrium, with probability 1."
    else:
        held = (
            f"A summit is held in equilibrium with probability {_number(summit)}; "
            "with what remains it is agreed and fails on the way."
        )
    signed = f"A settlement is signed and honoured with probability {_number(settlement)}."
    unique = (
        "Every equilibrium leads to these outcomes."
        if brief.solution["unique"]
        else "That no other equilibrium leads elsewhere is not proved: payoffs tie."
    )
    return f"Under {_name(brief)}: {held} {signed} {unique}"


def _path(brief: Brief) -> tuple[Part, ...]:
    rows = []
    for decision in brief.decisions:
        others = ", ".join(f"{a} {_number(p)}" for a, p in decision.alternatives.items())
        premises_ = ", ".join(decision.claims) or "none"
        who = actor(decision.player).title
        rows.append((who, decision.action, _number(decision.payoff), others, premises_))
    table = Table(("who", "chooses", "gets", "instead of", "premises"), tuple(rows), left=5)
    why = _stops(brief) + _ends(brief)
    return (brief.solution["path"], table, *why)


def _stops(brief: Brief) -> tuple[str, ...]:
    return tuple(_stop(decision) for decision in brief.stops)


def _stop(decision: Decision) -> str:
    ways = [a for a, chance in decision.summit.items() if chance > 0 and a != decision.action]
    compared = "; ".join(
        f"'{way}' would lead to a summit with probability {_number(decision.summit[way])} "
        f"and give it {_number(decision.alternatives[way])}"
        for way in ways
    )
    return (
        f"{actor(decision.player).title} stops it by '{decision.action}', which gives it "
        f"{_number(decision.payoff)}: {compared}."
    )


def _ends(brief: Brief) -> tuple[str, ...]:
    if brief.solution["summit"] > 0 or brief.stops:
        return ()
    nobody = "Nobody on the path forgoes a summit that another action of its own would have led to"
    return (f"{nobody}: each way to one is stopped further on.",)


def _readings(brief: Brief) -> Table:
    every = {f"{brief.perspective.name} (here)": brief.solution, **brief.rivals}
    rows = (
        ("P(summit)", *(_number(s["summit"]) for s in every.values())),
        ("P(settlement)", *(_number(s["settlement"]) for s in every.values())),
        *(
            (f"payoff of {actor(who).title}", *(_number(payoffs(s)[who]) for s in every.values()))
            for who in brief.payoffs
        ),
        ("path", *(_folded(s) for s in every.values())),
    )
    return Table(("", *every), rows, left=len(every) + 1)


def _folded(solution: Solution) -> str:
    return str(solution["path"])


def _space(brief: Brief) -> tuple[Part, ...]:
    rows = tuple(_share_row(name, share) for name, share in brief.premise_space.items())
    draws = next(iter(brief.premise_space.values())).draws
    question = (
        "Every premise that differs is drawn by itself, uniformly between the two readings' "
        f"values, {draws:,} times. In which share of the draws does a summit take place in "
        "equilibrium?"
    )
    return question, Table(("between here and", "share with a summit", "standard error"), rows)


def _share_row(name: str, share: Share) -> tuple[str, str, str]:
    if not share.names:
        return name, f"{share.share:.0%} (nothing differs)", "0"
    if share.count == 0:
        return name, "0 (in no draw)", f"below {_RULE_OF_THREE / share.draws:.1g} at 95 %"
    if share.count == share.draws:
        return name, "1 (in every draw)", f"above 1 - {_RULE_OF_THREE / share.draws:.1g} at 95 %"
    return name, f"{share.share:.2%}", f"{share.standard_error:.2%}"


def _blocks(brief: Brief) -> tuple[Part, ...]:
    parts: list[Part] = [f"By groups of premises. {brief.blocking.answer}"]
    if not brief.blocking.names:
        return (brief.blocking.answer,)
    parts += _sets(brief.blocking, len(brief.blocking.minimal_unlocking_sets))
    if brief.blocking.shapley:
        rows = tuple((name, _number(amount)) for name, amount in brief.blocking.shapley.items())
        parts.append(Table(("group", "Shapley amount"), rows))
    parts.append(f"By single premises. {brief.by_premise.answer}")
    parts += _sets(brief.by_premise, _LISTED)
    return tuple(parts)


def _sets(blocking: Blocking, most: int) -> list[Part]:
    sets = blocking.minimal_unlocking_sets
    if sets in ([], [()]):
        return []
    items = [", ".join(names) for names in sets[:most]]
    if len(sets) > most:
        items.append(f"… and {len(sets) - most} more")
    return [Bullets(tuple(items))]


def _basis(brief: Brief) -> tuple[Part, ...]:
    texts = {p.id: p.text for p in (*premises.claims(), *premises.rival_premises())}
    on_path = {identity for decision in brief.decisions for identity in decision.claims}
    cited = tuple((i, texts[i]) for i in brief.claims if i in on_path)
    others = ", ".join(i for i in brief.claims if i not in on_path) or "none"
    names = brief.solution.model.parameter_names
    calibrated = (
        f"Of the model's {len(names)} numbers {len(brief.calibrated)} rest on no premise, but on "
        f"this project's calibration alone: {', '.join(brief.calibrated) or 'none'}."
    )
    basis = brief.perspective.basis
    given = [n for n in names if basis[n] in {(premises.USER,), (premises.OVERRIDE,)}]
    user = (f"Given by the user, without a premise: {', '.join(given)}.",) if given else ()
    return (
        "Premises that give a direction to the numbers compared on the path:",
        Table(("premise", "what it says, in this project's words"), cited, left=2),
        f"Premises behind the model's other numbers: {others}.",
        "Parameters in the numbers compared on the path that rest on calibration alone:",
        Bullets(tuple(_calibrated(decision) for decision in brief.decisions)),
        calibrated,
        *user,
    )


def _calibrated(decision: Decision) -> str:
    names = ", ".join(decision.calibrated) or "none"
    return f"{actor(decision.player).title}, {decision.action}: {names}"


def _number(value: float) -> str:
    """A number of at most four digits after the point."""
    rounded = round(value, 4)
    return f"{rounded + 0.0:g}"


def to_text(brief: Brief) -> str:
    """The brief as plain text."""
    from rich.console import Console

    file = io.StringIO()
    console = Console(file=file, width=_WIDTH, color_system=None, legacy_windows=False)
    print_brief(brief, console)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def print_brief(brief: Brief, console: Console) -> None:
    """Print the brief on a rich console."""
    from rich.padding import Padding
    from rich.text import Text

    console.print(Text(title(brief), style="bold"))
    for section in sections(brief):
        console.print()
        console.print(Text(section.title.upper(), style="bold cyan"))
        for part in section.parts:
            if isinstance(part, str):
                console.print(Text(part), highlight=False)
            elif isinstance(part, Bullets):
                console.print(_rich_bullets(part), highlight=False)
            else:
                console.print(Padding(_rich_table(part), (0, 0, 0, 2)))


def _rich_bullets(bullets: Bullets) -> RichTable:
    from rich.table import Table
    from rich.text import Text

    shown = Table.grid(padding=(0, 1))
    for item in bullets.items:
        shown.add_row(Text("  -"), Text(item))
    return shown


def _rich_table(part: Table) -> RichTable:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for position, name in enumerate(part.header):
        shown.add_column(Text(name), justify="left" if position < part.left else "right")
    for row in part.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown


def to_markdown(brief: Brief) -> str:
    """The brief as Markdown."""
    lines = [f"# {_escaped(title(brief))}", ""]
    for section in sections(brief):
        lines += [f"## {_escaped(section.title)}", ""]
        for part in section.parts:
            if isinstance(part, str):
                lines += [_escaped(part), ""]
            elif isinstance(part, Bullets):
                lines += [*(f"- {_escaped(item)}" for item in part.items), ""]
            else:
                lines += [_row(part.header), _row(_rule(part)), *map(_row, part.rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rule(table: Table) -> tuple[str, ...]:
    return tuple("-" if n < table.left else "-:" for n in range(len(table.header)))


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


#: Characters of text that Markdown would read as markup, or HTML as a tag.
_MARKUP: Final = {ord(c): f"\\{c}" for c in "\\`*_[]<|"}


def _escaped(text: str) -> str:
    return text.translate(_MARKUP)
