"""Maps over two parameters: how large a quantity is where, in bands, and where it means nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.drawing.canvas import (
    INK,
    PAGE,
    axes_inches,
    check_axes,
    fitting_size,
    name_axes,
    new_figure,
    number_text,
    shorten,
)
from summitgames.drawing.regions import check_marks, draw_marks, edges_of, grid_of
from summitgames.errors import GameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["draw_levels"]

_SIZE: Final = 8.0
_PLOT: Final = 4.0  # inches
_FOOT: Final = 0.55
_HEAD: Final = 0.35
_MOST_BANDS: Final = 10
_EMPTY: Final = "#d9d9d9"


def draw_levels(
    x: ArrayLike,
    y: ArrayLike,
    values: ArrayLike,
    *,
    xlabel: str,
    ylabel: str,
    label: str,
    empty: str = "none",
    middle: float | None = None,
    marks: Sequence[tuple[float, float, str]] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw a quantity at every point of a grid in bands of color, with a key and marked points.

    Parameters
    ----------
    x, y
        ``(m,)`` and ``(n,)``, two numbers or more, or of a shape that ravels to it: the grid, each
        increasing.
    values
        Numbers, of a shape that broadcasts to ``(n, m)``; where one is nan or infinite the map is
        gray.
    xlabel, ylabel, label
        What the axes and the colors show, with units.
    empty
        What gray means.
    middle
        Number at which colors turn from one hue to another; None: one scale from light to dark.
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
        If the grid does not increase, the values do not fit it or none of them is finite, a mark
        lies outside of the map, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> ax = draw_levels(
    ...     [0, 1], [0, 1], [[0, 1], [2, float("inf")]], xlabel="x", ylabel="y", label="months"
    ... )
    >>> ax.get_xlabel()
    'x'
    >>> plt.close(ax.get_figure())
    """
    from matplotlib.colors import BoundaryNorm

    check_axes(ax)
    across, up = grid_of("x", x), grid_of("y", y)
    numbers = _numbers(values, (up.size, across.size))
    edges = edges_of(across), edges_of(up)
    check_marks(marks, *edges)
    key = None
    if ax is None:
        whole = _HEAD + _PLOT + _FOOT
        figure = new_figure(PAGE, whole)
        ax = figure.add_axes((0.1, _FOOT / whole, 0.73, _PLOT / whole))
        key = figure.add_axes((0.85, _FOOT / whole, 0.025, _PLOT / whole))
    bands = _bands(numbers[np.isfinite(numbers)], middle)
    colors = _colors(len(bands) - 1, None if middle is None else int((bands < middle).sum()))
    mesh = ax.pcolormesh(
        *edges,
        np.ma.masked_invalid(numbers),
        cmap=colors,
        norm=BoundaryNorm(bands, len(bands) - 1),
        rasterized=True,
    )
    ax.set_facecolor(_EMPTY)
    name_axes(ax, xlabel, ylabel, 9)
    ax.tick_params(labelsize=_SIZE)
    bar = ax.figure.colorbar(mesh, ticks=bands, spacing="uniform", cax=key, ax=ax)
    bar.ax.set_yticklabels([number_text(band) for band in bands], fontsize=_SIZE)
    bar.set_label(label, fontsize=fitting_size(label, 9, axes_inches(ax)[1]), parse_math=False)
    if not np.isfinite(numbers).all():
        _explain(ax, empty)
    draw_marks(ax, marks)
    return ax


def _numbers(given: ArrayLike, shape: tuple[int, int]) -> NDArray[np.float64]:
    array = np.asarray(given, dtype=np.float64)
    try:
        numbers = np.broadcast_to(array, shape)
    except ValueError:
        raise GameError(f"values: shape {array.shape}; expected {shape}") from None
    if not np.isfinite(numbers).any():
        raise GameError("values: none is finite; expected a finite number somewhere")
    return numbers


def _bands(numbers: NDArray[np.float64], middle: float | None) -> NDArray[np.float64]:
    """Ends of bands at round numbers, the middle among them."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(numbers.min()), float(numbers.max())
    if middle is not None:
        low, high = min(low, middle), max(high, middle)
    if low == high:
        low, high = low - 0.5, high + 0.5
    shift = middle or 0.0
    bands = MaxNLocator(_MOST_BANDS, steps=[1, 2, 5, 10]).tick_values(low - shift, high - shift)
    return np.asarray(bands, dtype=np.float64) + shift


def _colors(bands: int, turn: int | None) -> Any:
    """Colors from light to dark; with a turn, dark to light in one hue and back in another."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    if turn is None:
        return ListedColormap(colormaps["Blues"](np.linspace(0.12, 0.9, bands)))
    shades = colormaps["RdBu_r"]  # red above, and blue is told from it by the colorblind
    longer = max(turn, bands - turn)
    below = 0.5 - 0.42 * (np.arange(turn, 0, -1) - 0.5) / longer
    above = 0.5 + 0.42 * (np.arange(bands - turn) + 0.5) / longer
    return ListedColormap(shades(np.concatenate([below, above])))


def _explain(ax: Axes, empty: str) -> None:
    """A key to gray, above the map."""
    from matplotlib.patches import Patch

    legend = ax.legend(
        handles=[Patch(facecolor=_EMPTY, edgecolor=INK, linewidth=0.6, label=shorten(empty, 80))],
        fontsize=_SIZE,
        loc="lower left",
        bbox_to_anchor=(0, 1.01),
        borderaxespad=0.2,
        frameon=False,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
