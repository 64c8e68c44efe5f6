"""Curves have a legend, and gaps where a quantity means nothing."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from summitgames.drawing.curves import draw_curves
from summitgames.errors import GameError

Readable = Callable[[Axes], None]
X = np.array([0.0, 1.0, 2.0, 4.0])
AXES = {"xlabel": "hazard (a quarter)", "ylabel": "quarters to peace"}


def test_curves_break_where_they_mean_nothing(assert_readable: Readable) -> None:
    curves = {"one $way$ out": [1, np.inf, 3, np.nan], "another": [2, 2, 2, 2]}
    ax = draw_curves(X, curves, **AXES, marks=[0.5])
    assert_readable(ax)
    first, dots = ax.lines[:2]
    np.testing.assert_array_equal(first.get_ydata(), [1, np.nan, 3, np.nan])
    assert dots.get_xdata().tolist() == [0, 2]  # which no line would show
    assert ax.lines[3].get_xdata().size == 0
    assert ax.lines[4].get_xdata() == [0.5, 0.5]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == list(curves)
    assert ax.get_xlim() == (0, 4)
    assert (ax.get_xlabel(), ax.get_ylabel()) == tuple(AXES.values())


def test_many_curves_with_long_names_can_be_told_apart(assert_readable: Readable) -> None:
    curves = {f"a curve with a long name, number {n}": X + n for n in range(8)}
    ax = draw_curves(X, curves, **AXES)
    assert_readable(ax)
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.lines[::2]}
    assert len(looks) == 8


def test_on_axes_that_are_given() -> None:
    _, ax = plt.subplots()
    assert draw_curves(X, {"one": X}, **AXES, ax=ax) is ax


@pytest.mark.parametrize(
    ("x", "curves", "message"),
    [
        ([0], {"one": [0]}, "x: 1 numbers; expected two or more, increasing"),
        ([0, 1], {"one": [0]}, "curve 'one': shape (1,); expected (2,)"),
    ],
)
def test_what_does_not_fit(x: list[float], curves: dict[str, list[float]], message: str) -> None:
    with pytest.raises(GameError) as caught:
        draw_curves(x, curves, **AXES)
    assert str(caught.value) == message
    with pytest.raises(GameError, match="ax: str; expected matplotlib Axes"):
        draw_curves(X, {}, **AXES, ax="here")  # type: ignore[arg-type]
