"""Maps over two parameters: which of several labels holds where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

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

__all__ = ["check_marks", "draw_marks", "draw_regions", "edges_of", "grid_of"]

#: Labels that a map may have: more cannot be told apart.
_MOST_LABELS: Final = 12

_SIZE: Final = 8.0
_PLOT: Final = 4.0  # inches
_FOOT: Final = 0.55
_KEY_ROW: Final = 0.19  # a row of the legend


def draw_regions(
    x: ArrayLike,
    y: ArrayLike,
    regions: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    marks: Sequence[tuple[float, float, str]] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw which label holds at every point of a grid, with a legend and marked points.

    Parameters
    ----------
    x, y
        ``(m,)`` and ``(n,)``, two numbers or more, or of a shape that ravels to it: the grid, each
        increasing.
    regions
        Labels, of a shape that broadcasts to ``(n, m)``; at most 12 different ones.
    xlabel, ylabel
        What the axes show, with units.
    marks
        Points to mark: (x, y, name). Names of marks at the same point are written together.
    ax
        Axes to draw on; None: new ones.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If the grid does not increase, the labels do not fit it or are too many, a mark lies outside
        of the map, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> marks = [(0.25, 0.25, "here")]
    >>> ax = draw_regions(
    ...     [0, 1], [0, 1], [["war", "war"], ["war", "peace"]], xlabel="x", ylabel="y", marks=marks
    ... )
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['peace', 'war']
    >>> plt.close(ax.get_figure())
    """
    from matplotlib.colors import ListedColormap

    check_axes(ax)
    across, up = grid_of("x", x), grid_of("y", y)
    names, numbers = _numbered(regions, (up.size, across.size))
    edges = edges_of(across), edges_of(up)
    check_marks(marks, *edges)
    if ax is None:
        head = 0.15 + _KEY_ROW * -(-len(names) // _columns(names))
        whole = head + 0.1 + _PLOT + _FOOT
        figure = new_figure(PAGE, whole)
        ax = figure.add_axes((0.1, _FOOT / whole, 0.88, _PLOT / whole))
    colors = [_tint(number) for number in range(len(names))]
    ax.pcolormesh(
        *edges,
        numbers,
        cmap=ListedColormap(colors),
        vmin=-0.5,
        vmax=len(names) - 0.5,
        rasterized=True,
    )
    name_axes(ax, xlabel, ylabel, 9)
    ax.tick_params(labelsize=_SIZE)
    _legend(ax, names, colors)
    draw_marks(ax, marks)
    return ax


def grid_of(what: str, given: ArrayLike) -> NDArray[np.float64]:
    """An axis of the grid, if it increases."""
    values = np.ravel(np.asarray(given, dtype=np.float64))
    if values.size < 2 or not (np.diff(values) > 0).all():
        raise GameError(f"{what}: {values.size} numbers; expected two or more, increasing")
    return values


def _numbered(regions: ArrayLike, shape: tuple[int, int]) -> tuple[list[str], NDArray[np.intp]]:
    """The labels in alphabetical order, and which of them holds where."""
    labels: NDArray[Any] = np.asarray(regions)
    try:
        grid = np.broadcast_to(labels, shape).astype(str)
    except ValueError:
        raise GameError(f"regions: shape {labels.shape}; expected {shape}") from None
    names, numbers = np.unique(grid, return_inverse=True)
    if names.size > _MOST_LABELS:
        raise GameError(f"regions: {names.size} labels; expected at most {_MOST_LABELS}")
    return names.tolist(), numbers.reshape(shape)


def edges_of(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of the cells around a grid's points; the outer ones are the outer points."""
    return np.concatenate([values[:1], (values[1:] + values[:-1]) / 2, values[-1:]])


def check_marks(
    marks: Sequence[tuple[float, float, str]],
    across: NDArray[np.float64],
    up: NDArray[np.float64],
) -> None:
    """Refuse marks outside of the map."""
    for number, (x, y, name) in enumerate(marks):
        if not (across[0] <= x <= across[-1] and up[0] <= y <= up[-1]):
            raise GameError(
                f"marks[{number}] ({name!r}): ({x:g}, {y:g}) is outside of the map; expected x in "
                f"[{across[0]:g}, {across[-1]:g}] and y in [{up[0]:g}, {up[-1]:g}]"
            )


def _tint(number: int) -> tuple[float, float, float]:
    """A color of the palette, light enough to write on; lighter still the second time around."""
    from matplotlib.colors import to_rgb

    strength = 0.6 if number < len(COLORS) else 0.25
    red, green, blue = (1 - strength * (1 - p) for p in to_rgb(COLORS[number % len(COLORS)]))
    return red, green, blue


def _columns(names: Sequence[str]) -> int:
    """Columns of the legend, all as wide as the widest label needs."""
    widest = max(text_width(shorten(name, 40), _SIZE) for name in names) + 0.55
    return max(1, min(len(names), int((PAGE - 1.0) / widest)))


def _legend(ax: Axes, names: Sequence[str], colors: Sequence[tuple[float, float, float]]) -> None:
    """Legend above the map, with as many columns as fit."""
    from matplotlib.patches import Patch

    handles = [
        Patch(
            facecolor=color,
            edgecolor=INK,
            linewidth=0.6,
            label=shorten(name, 40),
        )
        for name, color in zip(names, colors, strict=True)
    ]
    legend = ax.legend(
        handles=handles,
        fontsize=_SIZE,
        ncols=_columns(names),
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        borderaxespad=0.2,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def draw_marks(ax: Axes, marks: Sequence[tuple[float, float, str]]) -> None:
    """Points with their names beside them, on the side with more room and clear of each other."""
    joined: dict[tuple[float, float], list[str]] = {}
    for x, y, name in marks:
        joined.setdefault((float(x), float(y)), []).append(name)
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    height = axes_inches(ax)[1]
    written: list[tuple[float, float]] = []  # heights of names, in inches, by side
    for (x, y), names in sorted(joined.items(), key=lambda item: item[0][1]):
        ax.plot([x], [y], "o", markersize=7, color=INK, markeredgecolor="white", clip_on=False)
        on_left = x > (left + right) / 2
        at = (y - bottom) / (top - bottom) * height
        goal = min(max(at, 0.12), height - 0.12)
        while any(side == on_left and abs(goal - other) < 0.17 for side, other in written):
            goal += 0.02
        written.append((on_left, goal))
        ax.annotate(
            ", ".join(names),
            (x, y),
            xytext=(-8 if on_left else 8, (goal - at) * 72),
            textcoords="offset points",
            ha="right" if on_left else "left",
            va="center",
            fontsize=_SIZE,
            fontweight="bold",
            parse_math=False,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.2},
        )
