"""Polygons: what is drawn is what was given, also where it is a line, a point or nothing."""

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import summitgames as sg
from summitgames.drawing.polygons import draw_polygons

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1]]


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_a_polygon_over_the_hull_of_points() -> None:
    padded = [*SQUARE, [np.nan, np.nan]]
    points = [[-1, -1], [2, -1], [2, 2], [-1, 2], [0.5, 0.5], [0.5, -1]]
    ax = draw_polygons(
        [("set", padded)],
        xlabel="first",
        ylabel="second",
        points=points,
        points_name="stage",
        marks=[(0.5, 0.5, "here")],
    )
    behind, polygon = ax.patches
    assert sorted(behind.get_path().vertices[:-1].tolist()) == sorted(points[:4])
    assert polygon.get_path().vertices[:-1].tolist() == SQUARE
    assert legend(ax) == ["stage", "set"]
    assert [text.get_text() for text in ax.texts] == ["here"]
    plt.close("all")


def test_factors_of_large_numbers_stand_beside_the_labels() -> None:
    """Above the axes they would cover the legend."""
    large = [[3e6 * x, y - 2e-7] for x, y in [(0, 0), (1, 2e-7), (1, 1e-7)]]
    ax = draw_polygons([("set", large)], xlabel="first", ylabel="second")
    assert (ax.get_xlabel(), ax.get_ylabel()) == (
        "first (\N{MULTIPLICATION SIGN} 1e6)",
        "second (\N{MULTIPLICATION SIGN} 1e\N{MINUS SIGN}7)",
    )
    ax.figure.canvas.draw()
    for axis in (ax.xaxis, ax.yaxis):
        assert not axis.get_offset_text().get_visible()
    assert {"2.0", "3.0"} <= {label.get_text() for label in ax.get_xticklabels()}  # millions
    plt.close("all")


def test_a_segment_a_point_and_nothing() -> None:
    ax = draw_polygons(
        [("line", SQUARE[:2]), ("dot", SQUARE[:1]), ("void", [])], xlabel="x", ylabel="y"
    )
    assert not ax.patches
    lengths = [len(line.get_xdata()) for line in ax.lines]
    assert lengths == [2, 1, 0]
    assert legend(ax) == ["line", "dot", "void (none)"]
    plt.close("all")


def test_points_on_a_line_have_no_hull_to_fill() -> None:
    ax = draw_polygons([], xlabel="x", ylabel="y", points=[[0, 0], [1, 1], [2, 2], [1, 1]])
    (behind,) = ax.patches
    assert len(np.unique(behind.get_path().vertices, axis=0)) == 2
    plt.close("all")


def test_payoff_sets_draw_themselves() -> None:
    stage = sg.NormalForm.symmetric([[9, 1], [10, 3]], players=["$host$", "guest"])
    game = sg.RepeatedGame(stage, (0.9, 0.75))
    ax = sg.payoff_set(game).plot()
    assert legend(ax) == ["stage payoffs and their hull", "subgame perfect"]
    assert ax.get_xlabel() == "payoff of $host$"
    rough = sg.payoff_set(game, directions=8).plot()
    assert legend(rough) == ["stage payoffs and their hull", "not excluded", "proved"]
    _, given = plt.subplots(figsize=(2, 2))
    assert sg.payoff_set(game).plot(given) is given
    plt.close("all")


def test_bad_input() -> None:
    with pytest.raises(sg.GameError, match="ax: int"):
        draw_polygons([], xlabel="x", ylabel="y", ax=3)  # type: ignore[arg-type]
    with pytest.raises(sg.GameError, match=r"polygon 'set': shape \(3,\)"):
        draw_polygons([("set", [1, 2, 3])], xlabel="x", ylabel="y")
    with pytest.raises(sg.GameError, match="polygons: 7; expected at most 6"):
        draw_polygons([("set", SQUARE)] * 7, xlabel="x", ylabel="y")
