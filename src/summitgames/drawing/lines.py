"""Payoffs along a straight line through the parameters, and the path of play on each stretch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.drawing.canvas import (
    COLORS,
    INK,
    PAGE,
    axes_inches,
    check_axes,
    name_axes,
    new_figure,
    shorten,
    text_width,
)
from summitgames.errors import GameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["draw_line"]

#: Stretches whose paths are listed.
_MOST_PATHS: Final = 12

_SIZE: Final = 8.0
_LINE: Final = 0.17  # inches, of the list
_STYLES: Final = ("-", "--", "-.", ":")
_PLOT: Final = 3.1  # inches
_WIDTH: Final = 6.7  # of the plot, where the figure is new
_LEVEL: Final = 0.16  # of the numbers above the plot
_MOST_LEVELS: Final = 3
_KEY: Final = 0.18  # a line of the legend
_LABEL: Final = 0.58  # ticks and label of the lower axis


def draw_line(
    t: ArrayLike,
    payoffs: Mapping[str, ArrayLike],
    switches: Sequence[tuple[float, str, str]] = (),
    first: str = "",
    *,
    ends: tuple[str, str] = ("start", "end"),
    ylabel: str = "payoff",
    ax: Axes | None = None,
) -> Axes:
    """Draw payoffs on the way from one reading to another, and where the path of play switches.

    Stretches between switches are numbered above the plot; their paths are listed below it.

    Parameters
    ----------
    t
        ``(m,)``: shares of the way, in [0, 1] and increasing.
    payoffs
        Actor to ``(m,)`` payoffs. Curves are broken at the switches, where payoffs may jump.
    switches
        (t, path before, path after) where the path of play changes, in order.
    first
        Path of play at t = 0.
    ends
        Names of the two readings.
    ylabel
        What the payoffs are, with their unit.
    ax
        Axes to draw on, with room below for the list; None: new ones.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If shapes differ, a switch lies outside of [0, 1], or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> ax = draw_line([0, 0.4, 0.6, 1], {"host": [0, 0, 2, 3]}, [(0.5, "wait", "go")], "wait")
    >>> ax.get_xlabel()
    'share of the way from start to end'
    >>> plt.close(ax.get_figure())
    """
    check_axes(ax)
    along = np.asarray(t, dtype=np.float64)
    series = {actor: np.asarray(values, dtype=np.float64) for actor, values in payoffs.items()}
    points = [float(at) for at, _, _ in switches]
    _check(along, series, points)
    lines = _path_lines([first, *(after for _, _, after in switches)])
    edges = [0.0, *points, 1.0]
    levels = _levels(edges)
    above = 0.08 + _LEVEL * (1 + max(level or 0 for level in levels))
    names = [shorten(actor, 40) for actor in series]
    widest = max((text_width(name, _SIZE) for name in names), default=0.0) + 0.75
    columns = max(1, min(len(names), int(_WIDTH / widest)))
    if ax is None:
        rows = -(-len(names) // columns)
        below = _LABEL + _LINE * len(lines) + 0.08
        whole = below + _PLOT + above + _KEY * rows + 0.08
        figure = new_figure(PAGE, whole)
        left = (PAGE - _WIDTH - 0.18) / PAGE
        ax = figure.add_axes((left, below / whole, _WIDTH / PAGE, _PLOT / whole))
    breaks = np.searchsorted(along, points)
    for number, (name, values) in enumerate(zip(names, series.values(), strict=True)):
        ax.plot(
            np.insert(along, breaks, points),
            np.insert(values, breaks, np.nan),
            color=COLORS[number % len(COLORS)],
            linestyle=_STYLES[number % len(_STYLES)],
            linewidth=2.0,
            label=name,
        )
    for at in points:
        ax.axvline(at, color=INK, linewidth=1.0, linestyle=(0, (1.5, 1.5)), zorder=1)
    _number_stretches(ax, edges, levels)
    ax.set_xlim(0, 1)
    xlabel = f"share of the way from {ends[0]} to {ends[1]}"
    name_axes(ax, xlabel, ylabel, 9)
    ax.tick_params(labelsize=_SIZE)
    ax.grid(axis="y", color="#e3e3e3", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    if names:
        _legend(ax, columns, above)
    for number, line in enumerate(lines):
        ax.annotate(
            line,
            (0, 0),
            xycoords="axes fraction",
            xytext=(-0.55 * 72, -(_LABEL + _LINE * (number + 0.5)) * 72),
            textcoords="offset points",
            fontsize=_SIZE,
            fontweight="bold" if number == 0 else "normal",
            va="center",
            annotation_clip=False,
            parse_math=False,
        )
    return ax


def _check(
    along: NDArray[np.float64], series: Mapping[str, NDArray[np.float64]], points: Sequence[float]
) -> None:
    if along.ndim != 1 or not along.size or (np.diff(along) < 0).any():
        raise GameError(f"t: shape {along.shape}; expected (m,) increasing numbers")
    for actor, values in series.items():
        if values.shape != along.shape:
            raise GameError(f"payoffs of {actor!r}: shape {values.shape}; expected {along.shape}")
    for number, at in enumerate(points):
        if not 0 <= at <= 1:
            raise GameError(f"switches[{number}]: t = {at}; expected a number in [0, 1]")


def _path_lines(paths: Sequence[str]) -> list[str]:
    """Lines of the list: numbered paths, broken between moves where they are wider than a page."""
    lines = ["path of play"]
    for number, path in enumerate(paths[:_MOST_PATHS], 1):
        line = f"{number}   "
        for place, move in enumerate(path.split(" > ")):
            more = f"{line} > {move}" if place else f"{line}{move}"
            if place and text_width(more, _SIZE) > PAGE - 0.35:
                lines.append(line)
                more = f"      > {move}"
            line = more
        lines.append(line)
    if len(paths) > _MOST_PATHS:
        lines.append(f"and {len(paths) - _MOST_PATHS} more")
    return lines


def _levels(edges: Sequence[float]) -> list[int | None]:
    """Level above the plot of each stretch's number, so that none touch; None: no level is free."""
    levels: list[int | None] = []
    free = [0.0] * _MOST_LEVELS  # where the last number on each level ends
    for number, (left, right) in enumerate(pairwise(edges), 1):
        half = (text_width(str(number), _SIZE, bold=True) / 2 + 0.04) / _WIDTH
        middle = (left + right) / 2
        fitting = (level for level in range(_MOST_LEVELS) if free[level] <= middle - half)
        level = next(fitting, None) if number <= _MOST_PATHS else None
        if level is not None:
            free[level] = middle + half
        levels.append(level)
    return levels


def _number_stretches(ax: Axes, edges: Sequence[float], levels: Sequence[int | None]) -> None:
    """Number of each stretch, above its middle."""
    for number, ((left, right), level) in enumerate(zip(pairwise(edges), levels, strict=True), 1):
        if level is None:
            continue
        ax.annotate(
            str(number),
            ((left + right) / 2, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 72 * (0.05 + _LEVEL * level)),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=_SIZE,
            fontweight="bold",
            color=INK,
            annotation_clip=False,
        )


def _legend(ax: Axes, columns: int, height: float) -> None:
    """Legend of the curves, some inches above the plot."""
    legend = ax.legend(
        fontsize=_SIZE,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0, 1 + height / axes_inches(ax)[1]),
        borderaxespad=0,
        handlelength=2.6,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
