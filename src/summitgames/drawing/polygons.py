"""Convex sets in the plane, drawn over the hull of points that are feasible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.drawing.canvas import (
    COLORS,
    FAINT,
    INK,
    axes_inches,
    check_axes,
    name_axes,
    new_figure,
    text_width,
)
from summitgames.errors import GameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["draw_polygons"]

#: Polygons that a figure may have: colors are not repeated.
_MOST: Final = len(COLORS)
_SIZE: Final = 8.0
_SIDE: Final = 4.4  # inches
_FOOT: Final = 0.55
_LEFT: Final = 0.75


def draw_polygons(
    polygons: Sequence[tuple[str, ArrayLike]],
    *,
    xlabel: str,
    ylabel: str,
    points: ArrayLike = (),
    points_name: str = "feasible",
    marks: Sequence[tuple[float, float, str]] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw convex polygons over the hull of some points, with a legend.

    Parameters
    ----------
    polygons
        Pairs of a name and vertices ``(V, 2)`` in order; rows of NaN are left out. A segment is
        drawn as a thick line, a point as a dot, an empty polygon only in the legend.
    xlabel, ylabel
        What the axes show, with units.
    points
        ``(P, 2)``: drawn as small dots, with their hull behind everything.
    points_name
        What the legend calls them.
    marks
        Points to mark: (x, y, name).
    ax
        Axes to draw on; None: new ones.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If there are too many polygons, a shape does not fit, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> ax = draw_polygons([("set", [[0, 0], [1, 0], [0, 1]])], xlabel="x", ylabel="y")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['set']
    >>> plt.close(ax.get_figure())
    """
    check_axes(ax)
    if len(polygons) > _MOST:
        raise GameError(f"polygons: {len(polygons)}; expected at most {_MOST}")
    shapes = [(name, _vertices(f"polygon {name!r}", given)) for name, given in polygons]
    feasible = _vertices("points", points)
    if ax is None:
        names = [*(name for name, _ in shapes), *([points_name] if len(feasible) else [])]
        wide = max((text_width(name, _SIZE) for name in names), default=0.0) + 0.6
        rows = -(-len(names) // max(1, int(_SIDE / wide)))
        head = 0.15 + 0.17 * rows
        width, height = _LEFT + _SIDE + 0.15, _FOOT + _SIDE + head
        figure = new_figure(width, height)
        ax = figure.add_axes((_LEFT / width, _FOOT / height, _SIDE / width, _SIDE / height))
    if len(feasible):
        _draw_feasible(ax, feasible, points_name)
    for (name, vertices), color in zip(shapes, COLORS, strict=False):
        _draw_polygon(ax, vertices, name, color)
    for x, y, name in marks:
        ax.plot([x], [y], "o", markersize=6, color=INK, markeredgecolor="white", zorder=6)
        ax.annotate(
            name,
            (x, y),
            xytext=(6, 6),
            textcoords="offset points",
            fontsize=_SIZE,
            parse_math=False,
            zorder=6,
        )
    across, _ = axes_inches(ax)
    ax.tick_params(labelsize=_SIZE)
    ax.margins(0.06)
    name_axes(ax, xlabel, ylabel, 9)
    labels = ax.get_legend_handles_labels()[1]
    widest = max((text_width(label, _SIZE) for label in labels), default=0.0) + 0.6
    legend = ax.legend(
        fontsize=_SIZE,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=max(1, int(across / widest)),
        borderaxespad=0.2,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return ax


def _vertices(what: str, given: ArrayLike) -> NDArray[np.float64]:
    """Points without padding."""
    array = np.asarray(given, dtype=np.float64)
    if array.size == 0:
        return np.empty((0, 2))
    if array.ndim != 2 or array.shape[1] != 2:
        raise GameError(f"{what}: shape {array.shape}; expected (points, 2)")
    return np.asarray(array[~np.isnan(array).any(axis=1)])


def _draw_feasible(ax: Axes, points: NDArray[np.float64], name: str) -> None:
    """The points, and their hull behind everything."""
    hull = _hull(points)
    ax.fill(hull[:, 0], hull[:, 1], facecolor="#efefef", edgecolor=FAINT, linewidth=0.8, zorder=1)
    ax.plot(
        points[:, 0], points[:, 1], "o", markersize=3.5, color=FAINT, zorder=4, label=name
    )  # fmt: skip


def _draw_polygon(ax: Axes, vertices: NDArray[np.float64], name: str, color: str) -> None:
    if len(vertices) > 2:
        ax.fill(
            vertices[:, 0],
            vertices[:, 1],
            facecolor=(color, 0.35),
            edgecolor=color,
            linewidth=1.6,
            zorder=3,
            label=name,
        )
        return
    ax.plot(
        vertices[:, 0],
        vertices[:, 1],
        color=color,
        linewidth=3,
        marker="o" if len(vertices) < 2 else "",
        markersize=7,
        zorder=3,
        solid_capstyle="round",
        label=name if len(vertices) else f"{name} (none)",
    )


def _hull(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convex hull by Andrew's monotone chain; a closed path of few points is drawn as a line."""
    ordered = sorted(set(map(tuple, points.tolist())))
    if len(ordered) < 3:
        return np.array(ordered)
    hull: list[tuple[float, float]] = []
    for chain in (ordered, ordered[::-1]):
        base = len(hull)
        for x, y in chain:
            while len(hull) > base + 1:
                (ax, ay), (bx, by) = hull[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                hull.pop()
            hull.append((x, y))
        hull.pop()
    return np.array(hull)
