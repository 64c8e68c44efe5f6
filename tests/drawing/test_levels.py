"""Maps of a quantity: bands that can be read off a key, and gray where it means nothing."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgba

from summitgames.drawing.levels import draw_levels
from summitgames.errors import GameError

Readable = Callable[[Axes], None]
X, Y = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0])
VALUES = np.array([[0.1, 0.5, np.inf], [0.9, 0.5, np.nan]])
TEXTS = {"xlabel": "legitimacy", "ylabel": "turnover", "label": "critical discount"}


def shown(ax: Axes) -> np.ndarray:
    (mesh,) = (artist for artist in ax.collections if isinstance(artist, QuadMesh))
    return np.asarray(mesh.to_rgba(mesh.get_array())).reshape(2, 3, 4)


def test_bands_and_gray(assert_readable: Readable) -> None:
    ax = draw_levels(X, Y, VALUES, **TEXTS, empty="none below 1", marks=[(1.0, 1.0, "here")])
    assert_readable(ax)
    colors = shown(ax)
    assert (colors[0, 1] == colors[1, 1]).all()
    assert colors[0, 0, :3].sum() > colors[0, 1, :3].sum() > colors[1, 0, :3].sum()  # darker
    assert (colors[:, 2, 3] == 0).all()  # nothing there but the gray below
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["none below 1"]
    assert legend.get_patches()[0].get_facecolor() == to_rgba(ax.get_facecolor())


def test_no_key_to_gray_where_there_is_none(assert_readable: Readable) -> None:
    ax = draw_levels(X, Y, 1.0, **TEXTS)
    assert_readable(ax)
    assert ax.get_legend() is None


def test_colors_turn_at_the_middle(assert_readable: Readable) -> None:
    ax = draw_levels(X, Y, [[-20, -0.5, 0.5], [-20, 3, 10]], **TEXTS, middle=0)
    assert_readable(ax)
    colors = shown(ax)
    for place, red in (((0, 0), False), ((0, 1), False), ((0, 2), True), ((1, 2), True)):
        assert (colors[place][0] > colors[place][2]) == red, place


def test_on_axes_that_are_given() -> None:
    _, ax = plt.subplots()
    assert draw_levels(X, Y, VALUES, **TEXTS, ax=ax) is ax


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((3, 2)), "values: shape (3, 2); expected (2, 3)"),
        (np.inf, "values: none is finite; expected a finite number somewhere"),
    ],
)
def test_what_does_not_fit(values: np.ndarray, message: str) -> None:
    with pytest.raises(GameError) as caught:
        draw_levels(X, Y, values, **TEXTS)
    assert str(caught.value) == message
    with pytest.raises(GameError, match=r"marks\[0\] \('far'\)"):
        draw_levels(X, Y, VALUES, **TEXTS, marks=[(9, 9, "far")])
