"""What all figures share: colors that colorblind readers tell apart, and a sheet to draw on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from summitgames.errors import GameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ALARM",
    "COLORS",
    "FAINT",
    "INK",
    "MUTED",
    "PAGE",
    "Sheet",
    "axes_inches",
    "check_axes",
    "fitting_size",
    "name_axes",
    "new_figure",
    "number_text",
    "shorten",
    "text_width",
]

#: The palette of Okabe & Ito, without black and without yellow, which is faint on white.
COLORS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
INK: Final = "#1b1b1b"
MUTED: Final = "#4d4d4d"
FAINT: Final = "#8a8a8a"
#: What asks for attention; of the palette.
ALARM: Final = "#D55E00"
#: Width of a figure that fills a page, in inches.
PAGE: Final = 7.6

_POINTS: Final = 72.0  # an inch
#: Glyphs rounded to whole pixels set a text wider than its outlines by at most this factor.
_ROUNDING: Final = 1.04
#: Room that the last glyph takes beyond its outline, as a share of the size.
_BEARING: Final = 0.1


def check_axes(ax: Axes | None) -> None:
    """Refuse what is no matplotlib Axes of the plane."""
    from matplotlib.axes import Axes

    if ax is None:
        return
    if not isinstance(ax, Axes):
        raise GameError(f"ax: {type(ax).__name__}; expected matplotlib Axes or None")
    if ax.name != "rectilinear":
        raise GameError(f"ax: of projection {ax.name!r}; expected axes without a projection")


def new_figure(width: float, height: float) -> Figure:
    """New figure of a size in inches, shown where figures are shown by themselves."""
    from matplotlib import pyplot as plt

    return plt.figure(figsize=(width, height))


def axes_inches(ax: Axes) -> tuple[float, float]:
    """Width and height of axes in inches."""
    figure = ax.get_figure(root=True)
    dpi = figure.dpi if figure is not None else _POINTS
    return float(ax.bbox.width / dpi), float(ax.bbox.height / dpi)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Width in inches that a text needs, in the font in which it will be set."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    font = FontProperties(weight="bold" if bold else "normal")
    plain = text.replace("$", r"\$")  # no formula
    path = TextPath((0, 0), plain, size=size, prop=font, usetex=False)
    right = float(path.vertices[:, 0].max())  # control points reach as far as the outline
    return (right * _ROUNDING + _BEARING * size) / _POINTS


def fitting_size(text: str, size: float, room: float) -> float:
    """The size, or the smaller one at which a text is no wider than some inches."""
    return size * min(1.0, room / max(text_width(text, size), 1e-9))


def shorten(text: str, most: int) -> str:
    """The text on one line, with an ellipsis where it has more than `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def name_axes(ax: Axes, xlabel: str, ylabel: str, size: float) -> None:
    """Write what the axes measure, and beside it the factor of their numbers, if they have one.

    Matplotlib would write the factor above the axes, where the legend is.

    Parameters
    ----------
    ax
        The axes, with everything drawn on them.
    xlabel, ylabel
        What they measure.
    size
        Size of the labels, in points, or less where that is too wide.
    """
    width, height = axes_inches(ax)
    for axis, label, room in ((ax.xaxis, xlabel, width), (ax.yaxis, ylabel, height)):
        axis.get_major_formatter().set_locs(axis.get_majorticklocs().tolist())
        factor = axis.get_major_formatter().get_offset().replace("-", "\N{MINUS SIGN}")
        axis.get_offset_text().set_visible(False)
        sign = "× " if factor[:1].isdigit() else ""  # noqa: RUF001  (a factor, else a sum)
        text = f"{label} ({sign}{factor})" if factor else label
        axis.set_label_text(text, fontsize=fitting_size(text, size, room), parse_math=False)


def number_text(number: float) -> str:
    """A number with three digits, or whole below a million, and a minus sign that is one."""
    form = ".0f" if 999.5 <= abs(number) < 999_999.5 else ".3g"
    return f"{number + 0.0:{form}}".replace("-", "\N{MINUS SIGN}")


@dataclass(frozen=True)
class Sheet:
    """Axes without ticks, whose coordinates are inches from the upper left corner.

    On axes that are smaller than the sheet everything is drawn smaller, so that texts which do not
    overlap on the sheet do not overlap on the axes.

    Attributes
    ----------
    ax
        The axes.
    width, height
        Size of the sheet.
    scale
        Factor by which text and lines are smaller.
    """

    ax: Axes
    width: float
    height: float
    scale: float

    @classmethod
    def open(cls, width: float, height: float, ax: Axes | None) -> Sheet:
        """Sheet on the given axes, or on a new figure of its size."""
        check_axes(ax)
        if ax is None:
            ax = new_figure(width, height).add_axes((0, 0, 1, 1))
        inches = axes_inches(ax)
        ax.set_axis_off()
        ax.set_xlim(0, width)
        ax.set_ylim(height, 0)
        scale = min(1.0, inches[0] / width, inches[1] / height)
        return cls(ax, width, height, scale)

    def write(self, x: float, y: float, text: str, size: float, **style: Any) -> None:
        """Text at a point; by default left-aligned and centered upright."""
        if not text:
            return
        given = {"ha": "left", "va": "center", "color": INK, "parse_math": False, **style}
        self.ax.text(x, y, text, fontsize=size * self.scale, **given)

    def line(self, x: Sequence[float], y: Sequence[float], width: float, **style: Any) -> None:
        """Line through points."""
        self.ax.plot(x, y, linewidth=width * self.scale, **style)

    def box(
        self,
        corner: tuple[float, float],
        width: float,
        height: float,
        *,
        face: str,
        edge: str = "none",
        zorder: int = 3,
    ) -> None:
        """Filled rectangle, from its upper left corner."""
        from matplotlib.patches import Rectangle

        self.ax.add_patch(
            Rectangle(
                corner,
                width,
                height,
                facecolor=face,
                edgecolor=edge,
                linewidth=1.1 * self.scale,
                zorder=zorder,
            )
        )

    def marker(
        self, x: float, y: float, key: Marker, *, size: float = 1.0, zorder: int = 4
    ) -> None:
        """One marker."""
        self.ax.plot(
            [x],
            [y],
            linestyle="none",
            marker=key.shape,
            markersize=key.size * size * self.scale,
            markerfacecolor=key.face,
            markeredgecolor=key.edge,
            markeredgewidth=key.edge_width * self.scale,
            zorder=zorder,
        )

    def keys(self, entries: Sequence[tuple[str, Marker]], top: float, size: float = 7.5) -> float:
        """Legend from the left, in as many lines as it takes; returns where it ends."""
        x, y = _MARGIN, top + _KEY_ROW / 2
        for label, key in entries:
            wide = 0.2 + text_width(label, size) + 0.18
            if x > _MARGIN and x + wide > self.width:
                x, y = _MARGIN, y + _KEY_ROW
            if key.dashes is not None:
                style = {"color": key.edge, "linestyle": key.dashes}
                self.line([x - 0.02, x + 0.14], [y, y], key.edge_width, **style)
            else:
                self.marker(x + 0.06, y, key)
            self.write(x + 0.2, y, label, size)
            x += wide
        return y + _KEY_ROW / 2

    @staticmethod
    def keys_height(labels: Sequence[str], width: float, size: float = 7.5) -> float:
        """Height that `keys` takes on a sheet of some width."""
        x, rows = _MARGIN, 1
        for label in labels:
            wide = 0.2 + text_width(label, size) + 0.18
            if x > _MARGIN and x + wide > width:
                x, rows = _MARGIN, rows + 1
            x += wide
        return rows * _KEY_ROW


_MARGIN: Final = 0.06
_KEY_ROW: Final = 0.19


@dataclass(frozen=True)
class Marker:
    """How a kind of node is drawn; with `dashes`, a kind of line."""

    face: str
    edge: str
    shape: Any = "o"
    size: float = 7.0
    edge_width: float = 1.0
    dashes: Any = None
