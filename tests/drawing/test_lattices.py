"""Lattices and columns of sets show which sets unlock, which are minimal, and what blocks again."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from summitgames.drawing.canvas import ALARM, COLORS
from summitgames.drawing.lattices import MOST_NAMES, draw_lattice, draw_sets
from summitgames.errors import GameError

Readable = Callable[[Axes], None]
Texts = Callable[[Axes], list[str]]


def dashed(ax: Axes) -> int:
    """Lines between two sets on which one more change blocks again."""
    return sum(
        to_rgb(line.get_color()) == to_rgb(ALARM)
        for line in ax.lines
        if line.get_ydata()[0] != line.get_ydata()[-1]  # not the one of the legend
    )


def faces(ax: Axes) -> list[tuple[float, float, float]]:
    return [to_rgb(patch.get_facecolor()) for patch in ax.patches if isinstance(patch, Rectangle)]


def test_lattice_of_three(assert_readable: Readable, texts: Texts) -> None:
    names = ["conditions", "legitimacy", "security"]
    # Unlocked by {conditions}, {conditions, security} and {legitimacy, security}.
    values = np.zeros(8)
    values[[0b001, 0b101, 0b110]] = 0.25, 0.5, 0.75
    shapley = {"conditions": 0.2, "legitimacy": -0.3, "security": 0.1}
    ax = draw_lattice(names, values, shapley, "summit")
    assert_readable(ax)
    written = texts(ax)
    assert {"0.25", "0.5", "0.75", "none moved", "number: summit"} <= set(written)
    assert {"Shapley amounts", "0.2", "\N{MINUS SIGN}0.3", "0.1"} <= set(written)
    assert written.count("conditions") == 4 + 1  # in four sets, and beside its bar
    assert dashed(ax) == 3  # legitimacy added to two sets, conditions to one
    minimal = [face for face in faces(ax)[:8] if face == to_rgb(COLORS[0])]
    assert len(minimal) == 2
    blocked = [face for face in faces(ax)[:8] if face == to_rgb("white")]
    assert len(blocked) == 5


def test_bars_are_as_long_as_amounts() -> None:
    ax = draw_lattice(["a", "b"], [0, 1, 0, 1], {"a": 0.8, "b": -0.2})
    first, second = (patch for patch in ax.patches[4:] if isinstance(patch, Rectangle))
    assert second.get_width() / first.get_width() == pytest.approx(-0.25)
    assert first.get_x() == pytest.approx(second.get_x())  # both from zero
    assert to_rgb(second.get_facecolor()) == to_rgb(ALARM)


@pytest.mark.parametrize("n", range(MOST_NAMES + 1))
@pytest.mark.parametrize("bars", [True, False])
def test_every_size_can_be_read(n: int, bars: bool, assert_readable: Readable) -> None:
    names = [f"rather_long_premise_name_{number}" for number in range(n)]
    values = np.random.default_rng(n).integers(-1, 2, 1 << n) * 0.123456
    shapley = {name: 0.05 - 0.02 * number for number, name in enumerate(names)} if bars else None
    ax = draw_lattice(names, values, shapley, "an outcome with a name that goes on and on and on")
    assert_readable(ax)
    assert len(faces(ax)) == (1 << n) + (n if bars else 0)


def test_letters_stand_for_many_names(texts: Texts) -> None:
    names = ["north", "east", "south", "west"]
    ax = draw_lattice(names, np.zeros(16))
    assert {"A  north", "D  west", "AC", "ABCD"} <= set(texts(ax))


def test_lattice_of_nothing_unlocked_has_no_minimal_set() -> None:
    ax = draw_lattice(["a", "b"], np.zeros(4))
    assert set(faces(ax)) == {to_rgb("white")}
    assert dashed(ax) == 0


@pytest.mark.parametrize(
    ("names", "values", "shapley", "message"),
    [
        (list("abcdef"), np.zeros(64), None, "names: 6 of them; expected at most 5"),
        (["a"], [0, 1, 2], None, r"values: shape \(3,\); expected \(2,\)"),
        (["a", "b"], np.zeros(4), {"a": 1.0}, "shapley: no amount of 'b'"),
    ],
)
def test_lattice_refuses(names: list[str], values: object, shapley: object, message: str) -> None:
    with pytest.raises(GameError, match=message):
        draw_lattice(names, values, shapley)  # type: ignore[arg-type]
    with pytest.raises(GameError, match="ax: int; expected matplotlib Axes or None"):
        draw_lattice(["a"], [0, 1], ax=3)  # type: ignore[arg-type]
    assert not plt.get_fignums()


def dots(ax: Axes) -> int:
    """Dots of names that are in a set."""
    return sum(
        line.get_marker() == "o" and to_rgb(line.get_markerfacecolor()) == to_rgb(COLORS[0])
        for line in ax.lines
    )


def test_sets_are_columns_of_dots(assert_readable: Readable, texts: Texts) -> None:
    names = [f"premise_{number}" for number in range(8)]
    sets = [("premise_1", "premise_6"), ("premise_0", "premise_1", "premise_7")]
    shapley = {name: 0.1 * number - 0.3 for number, name in enumerate(names)}
    ax = draw_sets(names, sets, shapley, "summit")
    assert_readable(ax)
    assert dots(ax) == 5
    written = texts(ax)
    assert "2 minimal sets unlock summit." in written
    rows = [text for text in written if text.startswith("premise_")]
    assert rows == names[::-1]  # the largest amount on top
    assert len(ax.patches) == 4 + 8  # bands and bars
    assert rows != [text for text in texts(draw_sets(names, sets)) if text in names]


@pytest.mark.parametrize(
    ("sets", "said", "marks"),
    [
        ([], "No set that was searched unlocks summit.", 0),
        ([()], "Nothing has to be moved: summit is not blocked.", 0),
        ([("name 1",)], "1 minimal set unlocks summit.", 1),
        (
            [(f"name {n}",) for n in range(30)],
            "The first 24 of 30 minimal sets that unlock summit.",
            24,
        ),
    ],
)
def test_what_the_columns_are_is_said(
    sets: list[tuple[str, ...]],
    said: str,
    marks: int,
    assert_readable: Readable,
    texts: Texts,
) -> None:
    ax = draw_sets([f"name {number}" for number in range(30)], sets, outcome="summit")
    assert_readable(ax)
    assert said in texts(ax)
    assert dots(ax) == marks


def test_sets_refuse_unknown_names() -> None:
    with pytest.raises(GameError, match="sets: 'c' is not among the names"):
        draw_sets(["a", "b"], [("a", "c")])
    with pytest.raises(GameError, match="ax: str"):
        draw_sets(["a"], [("a",)], ax="axes")  # type: ignore[arg-type]
    assert not plt.get_fignums()


def test_given_axes_are_used(assert_readable: Readable) -> None:
    figure, (first, second) = plt.subplots(1, 2, figsize=(10, 5))
    assert draw_lattice(["a", "b"], np.zeros(4), ax=first) is first
    assert draw_sets(["a", "b"], [("a",)], ax=second) is second
    assert plt.get_fignums() == [figure.number]
    assert not first.axison
    assert not second.axison
    assert_readable(first)
