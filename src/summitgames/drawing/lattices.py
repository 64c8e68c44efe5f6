"""Sets of changes: the unlocking lattice of a few names, the minimal sets of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.drawing.canvas import (
    ALARM,
    COLORS,
    FAINT,
    INK,
    MUTED,
    PAGE,
    Marker,
    Sheet,
    check_axes,
    number_text,
    shorten,
    text_width,
)
from summitgames.errors import GameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

__all__ = ["MOST_NAMES", "draw_lattice", "draw_sets"]

#: Names of which the whole lattice is drawn.
MOST_NAMES: Final = 5
#: Sets that `draw_sets` draws.
_MOST_SETS: Final = 24

_SIZE: Final = 7.5
_MINIMAL: Final = COLORS[0]
_UNLOCKED: Final = "#cfe5f2"  # a tint of the blue
_KEYS: Final = (
    ("blocked", Marker("white", FAINT, "s", 8)),
    ("unlocked", Marker(_UNLOCKED, _MINIMAL, "s", 8)),
    ("minimal unlocking set", Marker(_MINIMAL, _MINIMAL, "s", 8)),
    ("one more change blocks again", Marker(ALARM, ALARM, edge_width=1.8, dashes=(0, (3, 1.5)))),
)
_BAR_WIDTH: Final = 2.1


def draw_lattice(
    names: Sequence[str],
    values: ArrayLike,
    shapley: Mapping[str, float] | None = None,
    outcome: str = "outcome",
    ax: Axes | None = None,
) -> Axes:
    """Draw all subsets of names by size, from none at the bottom to all on top.

    Each set with the outcome once the names in it are moved. Lines lead upwards by one name, dashed
    where adding it blocks again. With more than three names letters stand for them.

    Parameters
    ----------
    names
        The n names, at most 5.
    values
        ``(2^n,)``: the outcome where the names whose bits are set are moved; above 0 is unlocked.
    shapley
        Amount of each name, drawn as bars; None or empty: no bars.
    outcome
        What the outcome is called.
    ax
        Axes to draw on; None: new ones of a size that fits.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If there are more than 5 names, or not one value a subset, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> ax = draw_lattice(["lock", "key"], [0, 0, 0, 1], {"lock": 0.5, "key": 0.5})
    >>> plt.close(ax.get_figure())
    """
    check_axes(ax)
    n = len(names)
    if n > MOST_NAMES:
        raise GameError(f"names: {n} of them; expected at most {MOST_NAMES}")
    amounts = _amounts(names, shapley)
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (1 << n,):
        raise GameError(f"values: shape {array.shape}; expected ({1 << n},), one a subset")
    shown = [shorten(name, 30) for name in names]
    letters = [chr(ord("A") + bit) for bit in range(n)] if n > 3 else shown
    bars = bool(amounts) or n > 3
    room = PAGE - (_BAR_WIDTH + 0.25 if bars else 0.0)
    entries = [(f"number: {outcome}", Marker("none", "none")), *_KEYS]
    head = Sheet.keys_height([label for label, _ in entries], PAGE) + 0.15
    tall = 0.19 * (1 if n > 3 else max(n, 1)) + 0.3
    step = tall + (0.5 if n > 3 else 0.42)
    sheet = Sheet.open(PAGE, head + (n + 1) * step - (step - tall) + 0.1, ax)
    sheet.keys([(shorten(entries[0][0], 40), entries[0][1]), *entries[1:]], 0.02)
    places = _places(n, room, head + tall / 2, step)
    _draw_lattice_lines(sheet, places, array > 0)
    for mask, place in places.items():
        chosen = [letters[bit] for bit in range(n) if mask >> bit & 1]
        lines = ["".join(chosen)] if n > 3 and chosen else chosen or ["none moved"]
        _draw_set(sheet, place, lines, float(array[mask]), _kind(mask, array > 0))
    if bars:
        keyed = [f"{letters[bit]}  {shown[bit]}" for bit in range(n)] if n > 3 else shown
        top = max(head + 0.2, sheet.height / 2 - 0.21 * n)
        title = "Shapley amounts" if amounts else "names"
        sheet.write(room + 0.25, top - 0.17, title, _SIZE, weight="bold")
        _draw_bars(sheet, room + 0.25, top + 0.1, keyed, amounts)
    return sheet.ax


def _amounts(names: Sequence[str], shapley: Mapping[str, float] | None) -> list[float]:
    """Amounts in the order of the names; empty where there are none."""
    if not shapley:
        return []
    missing = [name for name in names if name not in shapley]
    if missing:
        raise GameError(f"shapley: no amount of {missing[0]!r}; expected one for each name")
    return [float(shapley[name]) for name in names]


def _places(n: int, width: float, top: float, step: float) -> dict[int, tuple[float, float]]:
    """Where each subset goes: its size upwards, side by side within a size."""
    places = {}
    for size in range(n + 1):
        masks = [mask for mask in range(1 << n) if mask.bit_count() == size]
        for position, mask in enumerate(masks):
            places[mask] = ((position + 0.5) / len(masks) * width, top + (n - size) * step)
    return places


def _kind(mask: int, unlocked: NDArray[np.bool_]) -> str:
    """Whether a set is blocked, unlocked, or minimal among the unlocked ones."""
    if not unlocked[mask]:
        return "blocked"
    smaller = (part for part in range(mask) if part & mask == part)
    return "unlocked" if any(unlocked[part] for part in smaller) else "minimal"


def _draw_lattice_lines(
    sheet: Sheet, places: Mapping[int, tuple[float, float]], unlocked: NDArray[np.bool_]
) -> None:
    for mask, (x, y) in places.items():
        above = [mask | 1 << bit for bit in range(MOST_NAMES) if not mask >> bit & 1]
        for more in above:
            if more not in places:
                continue
            again = bool(unlocked[mask] and not unlocked[more])
            look = {"color": ALARM, "linestyle": (0, (3, 1.5))} if again else {"color": "#c0c0c0"}
            right, up = places[more]
            sheet.line([x, right], [y, up], 1.8 if again else 0.9, zorder=1 + again, **look)


def _draw_set(
    sheet: Sheet, place: tuple[float, float], lines: Sequence[str], value: float, kind: str
) -> None:
    """A box with the names of a set and its outcome."""
    face = {"blocked": "white", "unlocked": _UNLOCKED, "minimal": _MINIMAL}[kind]
    ink = "white" if kind == "minimal" else INK
    edge = FAINT if kind == "blocked" else _MINIMAL
    texts = [*lines, number_text(value)]
    wide = max(text_width(text, _SIZE, bold=True) for text in texts) + 0.16
    tall = 0.15 * len(texts) + 0.08
    x, y = place
    corner = (x - wide / 2, y - tall / 2)
    sheet.box(corner, wide, tall, face=face, edge=edge)
    for number, text in enumerate(texts):
        weight = "bold" if kind == "minimal" or number == len(texts) - 1 else "normal"
        at = corner[1] + 0.04 + 0.15 * (number + 0.5)
        sheet.write(x, at, text, _SIZE, ha="center", weight=weight, color=ink, zorder=4)


def _draw_bars(
    sheet: Sheet, left: float, top: float, names: Sequence[str], amounts: Sequence[float]
) -> None:
    """For every name a line of text and, below it, a bar with its amount."""
    scale = _BarScale(left, _BAR_WIDTH, amounts)
    for number, name in enumerate(names):
        y = top + 0.42 * number
        sheet.write(left, y, name, _SIZE)
        if amounts:
            scale.draw(sheet, y + 0.17, amounts[number])


class _BarScale:
    """Bars of amounts from a common zero, each with its number behind it."""

    def __init__(self, left: float, width: float, amounts: Sequence[float]) -> None:
        numbers = max((text_width(number_text(a), _SIZE) for a in amounts), default=0.0) + 0.1
        low = min((a for a in amounts if a < 0), default=0.0)
        high = max((a for a in amounts if a > 0), default=0.0)
        self.unit = (width - numbers) / ((high - low) or 1.0)
        self.zero = left - low * self.unit

    def draw(self, sheet: Sheet, y: float, amount: float) -> None:
        """One bar, upright around `y`."""
        length = amount * self.unit
        face = ALARM if amount < 0 else _MINIMAL
        sheet.box((self.zero, y - 0.05), length, 0.1, face=face, zorder=2)
        sheet.line([self.zero, self.zero], [y - 0.09, y + 0.09], 0.8, color=INK, zorder=3)
        sheet.write(self.zero + max(length, 0.0) + 0.06, y, number_text(amount), _SIZE)


def draw_sets(
    names: Sequence[str],
    sets: Sequence[Sequence[str]],
    shapley: Mapping[str, float] | None = None,
    outcome: str = "outcome",
    ax: Axes | None = None,
) -> Axes:
    """Draw minimal unlocking sets as columns of dots, one row a name.

    Parameters
    ----------
    names
        All names.
    sets
        Sets of them; of more than 24 the first 24 are drawn, and the others are counted below.
    shapley
        Amount of each name, drawn as bars, by which the rows are then ordered; None or empty: no
        bars.
    outcome
        What the outcome is called.
    ax
        Axes to draw on; None: new ones of a size that fits.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If a set has a name that is not among the names, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> ax = draw_sets(["lock", "key", "door"], [("lock", "key"), ("door",)])
    >>> plt.close(ax.get_figure())
    """
    check_axes(ax)
    unknown = {name for chosen in sets for name in chosen}.difference(names)
    if unknown:
        raise GameError(f"sets: {min(unknown)!r} is not among the names")
    amounts = dict(zip(names, _amounts(names, shapley), strict=False))
    rows = sorted(names, key=lambda name: -amounts[name]) if amounts else list(names)
    left = max((text_width(shorten(name, 34), _SIZE) for name in rows), default=0.5) + 0.2
    bars = left + (_BAR_WIDTH + 0.3 if amounts else 0.0)
    shown = [set(chosen) for chosen in sets[:_MOST_SETS]]
    spacing = min(0.24, (PAGE - bars - 0.2) / max(len(shown), 1))
    remarks = _remarks(sets, outcome)
    head, row = 0.42, 0.22
    foot = head + row * len(rows) + 0.12
    sheet = Sheet.open(PAGE, foot + 0.17 * len(remarks) + 0.05, ax)
    if amounts:
        sheet.write(left, 0.16, "Shapley amounts", _SIZE, weight="bold")
        scale = _BarScale(left, _BAR_WIDTH, list(amounts.values()))
    if shown:
        title = "minimal unlocking sets, each a column"
        sheet.write(bars, 0.16, title, _SIZE, weight="bold")
    columns = [bars + spacing * (number + 0.5) for number in range(len(shown))]
    for number, name in enumerate(rows):
        y = head + row * (number + 0.5)
        if number % 2 == 0:
            band = (0.04, y - row / 2)
            sheet.box(band, PAGE - 0.08, row, face="#f4f4f4", zorder=0)
        sheet.write(left - 0.12, y, shorten(name, 34), _SIZE, ha="right")
        if amounts:
            scale.draw(sheet, y, amounts[name])
        for x, chosen in zip(columns, shown, strict=True):
            key = Marker(_MINIMAL, _MINIMAL) if name in chosen else Marker("#d4d4d4", "none")
            here = name in chosen
            sheet.marker(x, y, key, size=1.0 if here else 0.55, zorder=4 if here else 1)
    for x, chosen in zip(columns, shown, strict=True):
        ys = [head + row * (number + 0.5) for number, name in enumerate(rows) if name in chosen]
        if ys:
            sheet.line([x, x], [min(ys), max(ys)], 1.6, color=_MINIMAL, zorder=2)
    for number, remark in enumerate(remarks):
        sheet.write(0.06, foot + 0.17 * (number + 0.5), remark, _SIZE - 0.5, color=MUTED)
    return sheet.ax


def _remarks(sets: Sequence[Sequence[str]], outcome: str) -> list[str]:
    """What the columns are, and what is not drawn, in words."""
    about = shorten(outcome, 40)
    if not sets:
        return [f"No set that was searched unlocks {about}."]
    if not sets[0]:
        return [f"Nothing has to be moved: {about} is not blocked."]
    if len(sets) > _MOST_SETS:
        return [f"The first {_MOST_SETS} of {len(sets):,} minimal sets that unlock {about}."]
    plural = "s" if len(sets) > 1 else ""
    return [f"{len(sets)} minimal set{plural} unlock{'' if plural else 's'} {about}."]
