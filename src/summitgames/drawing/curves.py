"""Curves over one parameter, broken where a quantity is infinite or means nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.drawing.canvas import (
    COLORS,
    INK,
    PAGE,
    check_axes,
    name_axes,
    new_figure,
    shorten,
    text_width,
)
from summitgames.drawing.regions import grid_of
from summitgames.errors import GameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["draw_curves"]

_SIZE: Final = 8.0
_PLOT: Final = 3.1  # inches
_WIDTH: Final = 6.7
_FOOT: Final = 0.55
_KEY: Final = 0.18  # a line of the legend
_STYLES: Final = ("-", "--", "-.", ":")


def draw_curves(
    x: ArrayLike,
    curves: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    marks: Sequence[float] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw quantities over one parameter, with a legend.

    Parameters
    ----------
    x
        ``(m,)``: the parameter, two increasing numbers or more.
    curves
        Name to ``(m,)`` numbers. A curve is broken where one is nan or infinite, and a point with
        such neighbors is drawn as a dot.
    xlabel, ylabel
        What the axes show, with units.
    marks
        Values of the parameter at which to draw an upright line.
    ax
        Axes to draw on; None: new ones.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If the parameter does not increase, a curve does not fit it, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> curves = {"one way out": [float("inf"), 4, 3], "another": [2, 2, 2]}
    >>> ax = draw_curves([0, 1, 2], curves, xlabel="hazard", ylabel="quarters")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['one way out', 'another']
    >>> plt.close(ax.get_figure())
    """
    check_axes(ax)
    along = grid_of("x", x)
    series = {name: _curve(name, values, along.size) for name, values in curves.items()}
    names = [shorten(name, 60) for name in series]
    widest = max((text_width(name, _SIZE) for name in names), default=0.0) + 0.75
    columns = max(1, min(len(names), int(_WIDTH / widest)))
    if ax is None:
        head = 0.12 + _KEY * -(-len(names) // columns)
        whole = head + _PLOT + _FOOT
        figure = new_figure(PAGE, whole)
        left = (PAGE - _WIDTH - 0.18) / PAGE
        ax = figure.add_axes((left, _FOOT / whole, _WIDTH / PAGE, _PLOT / whole))
    for number, (name, values) in enumerate(zip(names, series.values(), strict=True)):
        color = COLORS[number % len(COLORS)]
        style = _STYLES[number // len(COLORS) % len(_STYLES)]
        ax.plot(along, values, style, color=color, linewidth=2.0, label=name)
        gaps = np.isnan(np.concatenate([[np.nan], values, [np.nan]]))
        alone = ~gaps[1:-1] & gaps[:-2] & gaps[2:]
        ax.plot(along[alone], values[alone], "o", color=color, markersize=4)
    for at in marks:
        ax.axvline(at, color=INK, linewidth=1.0, linestyle=(0, (1.5, 1.5)), zorder=1)
    ax.set_xlim(along[0], along[-1])
    name_axes(ax, xlabel, ylabel, 9)
    ax.tick_params(labelsize=_SIZE)
    ax.grid(axis="y", color="#e3e3e3", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    legend = ax.legend(
        fontsize=_SIZE,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        borderaxespad=0,
        handlelength=2.6,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    return ax


def _curve(name: str, given: ArrayLike, size: int) -> NDArray[np.float64]:
    """Numbers of a curve, with nan where it is broken."""
    values = np.asarray(given, dtype=np.float64)
    if values.shape != (size,):
        raise GameError(f"curve {name!r}: shape {values.shape}; expected ({size},)")
    return np.where(np.isfinite(values), values, np.nan)
