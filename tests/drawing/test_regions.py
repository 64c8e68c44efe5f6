"""Maps show the label of every point of the grid, a legend, and marked points."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgba

from summitgames.drawing.regions import draw_regions
from summitgames.errors import GameError

Readable = Callable[[Axes], None]
Texts = Callable[[Axes], list[str]]
X, Y = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0])
LABELS = np.array([["war", "war", "peace"], ["truce", "war", "peace"]], dtype=object)
AXES = {"xlabel": "cost (in settlements)", "ylabel": "trust (probability)"}


def colors_of(ax: Axes) -> dict[str, tuple[float, ...]]:
    legend = ax.get_legend()
    assert legend is not None
    return {
        text.get_text(): to_rgba(patch.get_facecolor())
        for text, patch in zip(legend.get_texts(), legend.get_patches(), strict=True)
    }


def test_every_point_has_the_color_of_its_label(assert_readable: Readable) -> None:
    ax = draw_regions(X, Y, LABELS, **AXES)
    assert_readable(ax)
    (mesh,) = (artist for artist in ax.collections if isinstance(artist, QuadMesh))
    shown = mesh.to_rgba(mesh.get_array()).reshape(2, 3, 4)
    colors = colors_of(ax)
    assert set(colors) == {"war", "peace", "truce"}
    assert len(set(colors.values())) == 3
    for row, column in np.ndindex(2, 3):
        assert shown[row, column] == pytest.approx(colors[LABELS[row, column]])
    assert ax.get_xlabel() == AXES["xlabel"]
    assert ax.get_ylabel() == AXES["ylabel"]
    assert ax.get_xlim() == (0, 3)
    assert ax.get_ylim() == (0, 2)


def test_cells_meet_half_way_between_points() -> None:
    ax = draw_regions(X, Y[:, None], LABELS, **AXES)
    (mesh,) = (artist for artist in ax.collections if isinstance(artist, QuadMesh))
    corners = mesh.get_coordinates()
    assert corners[0, :, 0].tolist() == [0, 0.5, 2, 3]
    assert corners[:, 0, 1].tolist() == [0, 1, 2]


def test_marks(assert_readable: Readable, texts: Texts) -> None:
    marks = [
        (1.0, 1.0, "article"),
        (1.0, 1.0, "rebuttal"),
        (1.05, 1.01, "guarantees"),
        (3.0, 0.0, "corner"),
        (0.0, 2.0, "other corner"),
    ]
    ax = draw_regions(X, Y, LABELS, **AXES, marks=marks)
    assert_readable(ax)
    assert set(texts(ax)) == {"article, rebuttal", "guarantees", "corner", "other corner"}
    drawn = {(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines}
    assert drawn == {(x, y) for x, y, _ in marks}


def test_twelve_labels_can_be_told_apart(assert_readable: Readable) -> None:
    labels = np.array([f"a label with a long name {number}" for number in range(12)])
    ax = draw_regions(np.arange(4), np.arange(3), labels.reshape(3, 4), **AXES)
    assert_readable(ax)
    assert len(set(colors_of(ax).values())) == 12


def test_long_axis_labels_stay_within_the_figure(assert_readable: Readable) -> None:
    long = "a label that goes on, with all its units, for longer than the axis of a figure"
    ax = draw_regions(X, Y, LABELS, xlabel=long, ylabel=long)
    assert_readable(ax)


def test_labels_broadcast_and_need_not_be_text() -> None:
    ax = draw_regions(X, Y, np.array([True, False, True]), **AXES)
    assert set(colors_of(ax)) == {"True", "False"}


def test_given_axes_are_used() -> None:
    figure, ax = plt.subplots()
    assert draw_regions(X, Y, LABELS, **AXES, ax=ax) is ax
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": [0.0]}, "x: 1 numbers; expected two or more"),
        ({"y": [1.0, 1.0]}, "y: 2 numbers; expected two or more, increasing"),
        ({"y": [1.0, np.nan]}, "y: 2 numbers"),
        ({"regions": LABELS.T}, r"regions: shape \(3, 2\); expected \(2, 3\)"),
        ({"marks": [(1, 1, "in"), (1, 2.5, "out")]}, r"marks\[1\] \('out'\): \(1, 2.5\)"),
        ({"marks": [(np.nan, 1, "nowhere")]}, r"marks\[0\] \('nowhere'\)"),
        ({"ax": []}, "ax: list"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {"x": X, "y": Y, "regions": LABELS, **AXES}
    with pytest.raises(GameError, match=message):
        draw_regions(**{**given, **change})  # type: ignore[arg-type]
    assert not plt.get_fignums()


def test_too_many_labels_are_refused() -> None:
    with pytest.raises(GameError, match="regions: 13 labels; expected at most 12"):
        draw_regions(np.arange(13), [0, 1], np.arange(13), **AXES)


def test_the_legend_of_uneven_labels_is_whole() -> None:
    """Columns are as wide as the widest label: five labels take more rows than their widths say."""
    names = ["a", "b", "c", "d", "a label of as many letters as there is"]
    ax = draw_regions([0, 1], [0, 1, 2, 3, 4], [[n] for n in names], xlabel="x", ylabel="y")
    figure = ax.get_figure()
    assert figure is not None
    figure.canvas.draw()
    legend = ax.get_legend()
    assert legend is not None
    box = legend.get_window_extent()
    assert box.y1 <= figure.bbox.y1
    assert box.x1 <= figure.bbox.x1
    plt.close(figure)
