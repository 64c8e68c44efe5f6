"""Lines break where play switches, and name the path on each stretch."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from summitgames.drawing.lines import draw_line
from summitgames.errors import GameError

Readable = Callable[[Axes], None]
Texts = Callable[[Axes], list[str]]
T = np.linspace(0, 1, 11)
SWITCHES = [(0.25, "wait", "invite > come"), (0.65, "invite > come", "invite > decline")]


def uprights(ax: Axes) -> list[float]:
    """Where the lines across the whole height are."""
    return [line.get_xdata()[0] for line in ax.lines if list(line.get_ydata()) == [0, 1]]


def test_line(assert_readable: Readable, texts: Texts) -> None:
    payoffs = {"host": T, "guest": -T}
    ends = ("article", "rebuttal")
    ax = draw_line(T, payoffs, SWITCHES, "wait", ends=ends, ylabel="payoff (in settlements)")
    assert_readable(ax)
    assert uprights(ax) == [0.25, 0.65]
    assert ax.get_xlabel() == "share of the way from article to rebuttal"
    assert ax.get_ylabel() == "payoff (in settlements)"
    assert ax.get_xlim() == (0, 1)
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["host", "guest"]
    listed = [text.split(maxsplit=1) for text in texts(ax) if " " in text]
    assert listed == [
        ["path", "of play"],
        ["1", "wait"],
        ["2", "invite > come"],
        ["3", "invite > decline"],
    ]
    numbers = {text.get_text(): text.xy[0] for text in ax.texts if text.get_text().isdigit()}
    assert numbers == pytest.approx({"1": 0.125, "2": 0.45, "3": 0.825})


def test_curves_are_broken_at_the_switches() -> None:
    ax = draw_line(T, {"host": T**2}, SWITCHES, "wait")
    x, y = (np.asarray(data) for data in ax.lines[0].get_data())
    assert x[np.isnan(y)].tolist() == [0.25, 0.65]
    assert y[~np.isnan(y)] == pytest.approx(T**2)
    assert np.all(np.diff(x) >= 0)


def test_no_switch(assert_readable: Readable, texts: Texts) -> None:
    ax = draw_line(T, {"host": np.zeros(11)}, [], "stay")
    assert_readable(ax)
    assert uprights(ax) == []
    assert texts(ax)[-1].split() == ["1", "stay"]


def test_switches_close_together_and_many_actors(assert_readable: Readable, texts: Texts) -> None:
    points = [0.0, 0.001, 0.002, 0.3, *np.linspace(0.5, 0.6, 20).tolist(), 1.0]
    long = " > ".join(f"a move with a name {number}" for number in range(12))
    switches = [(at, "", long if number == 1 else f"p{number}") for number, at in enumerate(points)]
    payoffs = {f"actor number {number}": number * T for number in range(9)}
    ax = draw_line(T, payoffs, switches, "start")
    assert_readable(ax)
    written = texts(ax)
    assert f"and {len(points) + 1 - 12} more" in written
    continued = [text for text in written if text.startswith("      > ")]
    assert continued
    moves = [text for text in written if "a move" in text]
    assert " ".join(" ".join(moves).split()) == f"3 {long}"
    styles = {(line.get_color(), line.get_linestyle()) for line in ax.lines[:9]}
    assert len(styles) == 9


def test_long_names_stay_within_the_figure(assert_readable: Readable) -> None:
    long = "a-perspective-by-the-path-of-a-file-in-a-folder-in-a-folder-in-a-folder"
    ax = draw_line(T, {long: T}, SWITCHES, "wait", ends=(long, long), ylabel=long)
    assert_readable(ax)


def test_given_axes_are_used() -> None:
    figure, ax = plt.subplots(layout="constrained")
    assert draw_line(T, {"host": T}, SWITCHES, "wait", ax=ax) is ax
    assert plt.get_fignums() == [figure.number]


def test_paths_are_listed_below_each_other() -> None:
    ax = draw_line(T, {"host": T}, SWITCHES, "wait")
    heights = [text.xyann[1] for text in ax.texts if text.xy == (0, 0)]
    assert len(heights) == 4
    assert all(upper > lower for upper, lower in pairwise(heights))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"t": [[0, 1]]}, r"t: shape \(1, 2\)"),
        ({"t": [1.0, 0.0]}, "increasing"),
        ({"payoffs": {"host": [1.0]}}, r"payoffs of 'host': shape \(1,\); expected \(2,\)"),
        ({"switches": [(0.5, "", ""), (1.5, "", "")]}, r"switches\[1\]: t = 1.5"),
        ({"ax": 1}, "ax: int"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {"t": [0.0, 1.0], "payoffs": {"host": [1.0, 2.0]}}
    with pytest.raises(GameError, match=message):
        draw_line(**{**given, **change})  # type: ignore[arg-type]
    assert not plt.get_fignums()
