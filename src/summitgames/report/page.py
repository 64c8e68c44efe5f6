"""The brief as one HTML page: no network, no script, its figures drawn into it."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from summitgames.report.rendering import Bullets, Section, Table, sections, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from summitgames.report.brief import Brief

__all__ = ["to_fragment", "to_html"]

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --line: #c8c8c8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --paper: #16181a; --line: #4a4d50; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.92rem; margin: 0.5rem 0; }
th, td { padding: 0.3rem 0.8rem 0.3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; padding: 0.5rem; background: #ffffff; border: 1px solid var(--line); }
figure svg { display: block; width: 100%; height: auto; }
figcaption { color: #1b1b1b; font-size: 0.9rem; }
@media (max-width: 40rem) { figure { overflow-x: auto; } figure svg { min-width: 36rem; } }
@media print {
  :root { --ink: #000000; --paper: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  table, figure { break-inside: avoid; }
  .scroll { overflow: visible; }
}
"""


def to_html(brief: Brief) -> str:
    """The brief as an HTML page.

    Self-contained: style and figures are within it, nothing is fetched, no script runs. All text is
    escaped.
    """
    body = [f"<h1>{html.escape(title(brief))}</h1>"]
    figures = _figures(brief)
    body += [_section(part, figures.get(part.title, [])) for part in sections(brief)]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title(brief))}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def to_fragment(brief: Brief) -> str:
    """The brief as HTML within another page, such as a notebook: text and tables, no figures."""
    return "\n".join(
        [f"<h1>{html.escape(title(brief))}</h1>", *(_section(part, []) for part in sections(brief))]
    )


def _section(section: Section, figures: list[str]) -> str:
    parts = [f"<h2>{html.escape(section.title)}</h2>"]
    for part in section.parts:
        if isinstance(part, str):
            parts.append(f"<p>{html.escape(part)}</p>")
        elif isinstance(part, Bullets):
            items = "".join(f"<li>{html.escape(item)}</li>" for item in part.items)
            parts.append(f"<ul>{items}</ul>")
        else:
            parts.append(_table(part))
    return "<section>\n" + "\n".join([*parts, *figures]) + "\n</section>"


def _table(table: Table) -> str:
    def cell(tag: str, position: int, text: str) -> str:
        kind = ' class="number"' if position >= table.left else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{scope}{kind}>{html.escape(text)}</{tag}>"

    head = "".join(cell("th", n, text) for n, text in enumerate(table.header))
    rows = "".join(
        "<tr>" + "".join(cell("td", n, text) for n, text in enumerate(row)) + "</tr>\n"
        for row in table.rows
    )
    return (
        f'<div class="scroll" tabindex="0"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _figures(brief: Brief) -> dict[str, list[str]]:
    """Figures by the title of the section that they stand in."""
    titles = [section.title for section in sections(brief)]
    path, blocks = titles[1], titles[4]
    tree = "The game tree; the path of play is marked"
    plots = {path: [(brief.solution.equilibrium.plot, tree)], blocks: []}
    if brief.blocking.names:
        plots[blocks] = [
            (brief.blocking.plot, "Which groups of premises are moved, and what it does"),
            (
                brief.by_premise.plot,
                "Which single premises, moved together, unlock it, and what each contributes",
            ),
            (brief.blocking.plot_line, "On the straight line to the rival: payoffs and switches"),
        ]
    return {
        where: [
            _figure(plot, caption, f"{where[:1]}{n}-") for n, (plot, caption) in enumerate(some)
        ]
        for where, some in plots.items()
    }


def _figure(plot: Callable[[], Axes], caption: str, prefix: str) -> str:
    """A figure drawn by a plot method, as SVG within the page; `prefix` begins all its ids."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    # A user's names are no formulas, and the same figure is the same text.
    with mpl.rc_context(
        {"text.parse_math": False, "svg.hashsalt": "summitgames", "svg.fonttype": "path"}
    ):
        figure = plot().get_figure(root=True)
        assert figure is not None
        file = io.StringIO()
        try:
            metadata = {"Date": None, "Creator": None}
            figure.savefig(file, format="svg", bbox_inches="tight", metadata=metadata)
        finally:
            plt.close(figure)
    text = html.escape(caption)
    drawing = _inline(file.getvalue(), text, prefix)
    return f"<figure>{drawing}<figcaption>{text}</figcaption></figure>"


def _inline(svg: str, label: str, prefix: str) -> str:
    """The svg element alone, with a label for those who do not see it.

    Within HTML it needs no namespaces, and these would look like links.
    """
    element = svg[svg.index("<svg") :].strip()
    element = re.sub(r'\sxmlns(?::\w+)?="[^"]*"', "", element)
    element = re.sub(r"\s*<(metadata>.*?</metadata|!--.*?--)>", "", element, flags=re.DOTALL)
    element = re.sub(r'((?:\bid|href)="#?|url\(#)', rf"\g<1>{prefix}", element)
    return element.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
