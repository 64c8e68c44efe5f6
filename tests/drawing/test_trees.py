"""Trees of every shape can be read, say what they leave out, and refuse what is no tree."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch, Polygon

from summitgames.drawing.canvas import COLORS, INK
from summitgames.drawing.trees import CHANCE, END, draw_tree
from summitgames.errors import GameError

Readable = Callable[[Axes], None]
Texts = Callable[[Axes], list[str]]


def chain(length: int) -> tuple[list[int], list[int], list[str]]:
    """A player stops or continues, `length` times: nodes 2k are decisions, 2k + 1 stop."""
    parent, mover, labels = [-1], [0], [""]
    for step in range(length):
        parent += [2 * step, 2 * step]
        mover += [END, 0]
        labels += ["stop", "continue"]
    mover[-1] = END
    return parent, mover, labels


def complete(moves: int, depth: int) -> tuple[list[int], list[int], list[str]]:
    """Every node before the last level has so many moves; two players alternate."""
    parent, level, levels = [-1], [0], [0]
    for number in range(depth):
        level = [len(parent) + n for n in range(moves * len(level))]
        parent += [(node - 1) // moves for node in level]
        levels += [number + 1] * len(level)
    mover = [END if at == depth else at % 2 for at in levels]
    return parent, mover, [f"move {(node - 1) % moves}" for node in range(len(parent))]


def test_small_tree_is_drawn_whole(assert_readable: Readable, texts: Texts) -> None:
    ax = draw_tree(
        [-1, 0, 1, 1, 0, 4, 4],
        [0, 1, END, END, CHANCE, END, END],
        ["", "invite", "come", "decline", "wait", "war", "peace"],
        players=["host", "guest"],
        ends=["", "", "meeting", "alone", "", "battle", "nothing"],
        payoffs=np.array([[np.nan] * 2] * 2 + [[3, 1], [-1, 0], [0, 0], [-2, -2.5], [0, 0]]),
        probabilities=[np.nan] * 5 + [0.25, 0.75],
        path=2,
    )
    assert_readable(ax)
    written = texts(ax)
    assert {"invite", "come", "decline", "wait", "war", "peace"} <= set(written)
    assert {"meeting", "alone", "battle", "nothing"} <= set(written)
    assert {"host", "guest", "chance", "path of play", "payoffs"} <= set(written)
    assert {"0.25", "0.75", "3", "\N{MINUS SIGN}2.5"} <= set(written)
    assert not any("hidden" in text for text in written)
    bold = {text.get_text() for text in ax.texts if text.get_fontweight() == "bold"}
    assert bold == {"invite", "come", "meeting", "3", "1"}


def test_moves_on_the_path_have_the_colors_of_who_makes_them() -> None:
    parent, mover, labels = [-1, 0, 1, 2, 0], [0, 1, CHANCE, END, END], list("-abcd")
    ax = draw_tree(parent, mover, labels, players=["host", "guest"], path=3)
    thickest = max(line.get_linewidth() for line in ax.lines if len(line.get_xdata()) == 3)
    heavy = [line for line in ax.lines if line.get_linewidth() == thickest]
    drawn = [to_rgb(line.get_color()) for line in heavy if len(line.get_xdata()) == 3]
    assert drawn == [to_rgb(color) for color in (COLORS[0], COLORS[1], INK)]


@pytest.mark.parametrize(("parent", "mover"), [([-1], [END]), ([-1, 0], [0, END])])
def test_smallest_trees(parent: list[int], mover: list[int], assert_readable: Readable) -> None:
    labels, ends = ["", "go"][: len(parent)], ["the end"] * len(parent)
    ax = draw_tree(parent, mover, labels, players=["host"], ends=ends, path=len(parent) - 1)
    assert_readable(ax)
    assert "the end" in [text.get_text() for text in ax.texts]


def test_large_tree_is_folded_off_the_path(assert_readable: Readable, texts: Texts) -> None:
    parent, mover, labels = complete(3, 4)
    path = len(parent) - 1
    ax = draw_tree(parent, mover, labels, players=["host", "guest"], path=path)
    assert_readable(ax)
    written = texts(ax)
    # Off the path two branches are folded at each of the first three levels: 2 (27 + 9 + 3) ends.
    assert "78 of 81 ends are hidden in the triangles." in written
    counts = sorted(text for text in written if text.endswith("ends"))
    assert counts == sorted(["27 ends", "9 ends", "3 ends"] * 2)
    triangles = [patch for patch in ax.patches if isinstance(patch, Polygon)]
    assert len(triangles) == 6


def test_without_a_path_the_first_moves_are_drawn(assert_readable: Readable, texts: Texts) -> None:
    parent, mover, labels = complete(2, 10)
    ax = draw_tree(parent, mover, labels, players=["host", "guest"])
    assert_readable(ax)
    folded = [text for text in texts(ax) if text.endswith(" ends")]
    assert folded == ["32 ends"] * 32
    assert "1,024 of 1,024 ends are hidden in the triangles." in texts(ax)


def test_many_moves_of_one_node(assert_readable: Readable, texts: Texts) -> None:
    parent, mover, labels = complete(100, 1)
    ax = draw_tree(parent, mover, labels, players=["host", "guest"], path=71)
    assert_readable(ax)
    written = texts(ax)
    assert {"move 0", "move 6", "move 70", "92 more moves", "92 ends"} <= set(written)
    assert "move 7" not in written
    assert "92 of 100 ends are hidden in the triangles." in written


def test_deep_chain_is_cut_and_says_so(assert_readable: Readable, texts: Texts) -> None:
    length = 50_000
    parent, mover, labels = chain(length)
    ax = draw_tree(parent, mover, labels, players=["host"], path=2 * length)
    assert_readable(ax)
    written = texts(ax)
    shown = written.count("continue")
    assert 5 <= shown < 50
    left = length - shown
    assert f"The path of play is cut: it goes on for {left:,} more moves." in written
    assert f"{left + 1:,} of {length + 1:,} ends are hidden in the triangles." in written


def test_information_sets_are_linked(assert_readable: Readable, texts: Texts) -> None:
    parent, mover, labels = complete(3, 2)
    numbers = [0, 1, 1, 1, *[-1] * 9]
    ax = draw_tree(parent, mover, labels, players=["row", "column"], infosets=numbers)
    assert_readable(ax)
    (link,) = links(ax)
    assert link.get_linestyle() != "solid"
    top, bottom = link.get_path().vertices
    assert top[0] == bottom[0]
    assert dots(ax, top[0]) == [top[1], (top[1] + bottom[1]) / 2, bottom[1]]
    assert "information set" in texts(ax)
    alone = draw_tree(parent, mover, labels, players=["row", "column"], infosets=range(13))
    assert not links(alone)
    assert "information set" not in texts(alone)


def links(ax: Axes) -> list[PathPatch]:
    return [patch for patch in ax.patches if isinstance(patch, PathPatch)]


def dots(ax: Axes, x: float) -> list[float]:
    """Heights of the markers at some distance from the left, from the top down."""
    alone = [line for line in ax.lines if len(line.get_xdata()) == 1]
    return sorted(float(line.get_ydata()[0]) for line in alone if line.get_xdata()[0] == x)


def test_information_sets_side_by_side_have_lines_of_their_own(assert_readable: Readable) -> None:
    parent, mover, labels = complete(4, 2)
    for numbers, lines in [((1, 2, 1, 2), 2), ((1, 1, 2, 2), 1), ((1, 2, 2, 1), 2)]:
        sets = [0, *numbers, *[-1] * 16]
        ax = draw_tree(parent, mover, labels, players=["row", "column"], infosets=sets)
        assert_readable(ax)
        assert len(links(ax)) == 2
        assert len({float(link.get_path().vertices[0, 0]) for link in links(ax)}) == lines
        ends = [ax.transData.transform(link.get_path().vertices)[:, 0] for link in links(ax)]
        label = next(text for text in ax.texts if text.get_text() == "move 0")
        assert min(map(min, ends)) > label.get_window_extent().x1


def test_information_sets_in_several_columns_are_linked_by_curves(
    assert_readable: Readable,
) -> None:
    # Selten's horse: the third player does not see whether the second one moved.
    ax = draw_tree(
        [-1, 0, 1, 1, 3, 3, 0, 6, 6],
        [0, 1, END, 2, END, END, 2, END, END],
        ["", "down", "down", "across", "up", "low", "across", "up", "low"],
        players=["a", "b", "c"],
        infosets=[0, 1, -1, 2, -1, -1, 2, -1, -1],
    )
    assert_readable(ax)
    (link,) = links(ax)
    assert len(link.get_path().vertices) == 4
    moves = [text for text in ax.texts if text.get_text() in ("up", "low", "down", "across")]
    assert all(text.get_path_effects() for text in moves)


def test_any_label_is_taken_literally(assert_readable: Readable, texts: Texts) -> None:
    labels = ["", "pays $5 or $6", "two\nlines", "x" * 200]
    ax = draw_tree([-1, 0, 0, 0], [0, END, END, END], labels, players=["host_$a$"], path=1)
    assert_readable(ax)
    written = texts(ax)
    assert {"pays $5 or $6", "two lines", "host_$a$"} <= set(written)
    (long,) = (text for text in written if "xxx" in text)
    assert long.endswith("…")


def test_many_players(assert_readable: Readable, texts: Texts) -> None:
    players = [f"player {number}" for number in range(20)]
    parent, mover = [*range(-1, 20)], [*range(20), END]
    payoffs = np.zeros((21, 20))
    ax = draw_tree(parent, mover, ["go"] * 21, players=players, payoffs=payoffs, path=20)
    assert_readable(ax)
    assert "Payoffs of 20 players are left out." in texts(ax)
    assert "payoffs" not in texts(ax)


def test_smaller_axes_get_smaller_text(assert_readable: Readable) -> None:
    parent, mover, labels = complete(3, 4)
    figure, axes = plt.subplots(1, 2, figsize=(9, 4))
    before = plt.get_fignums()
    returned = draw_tree(parent, mover, labels, players=["host", "guest"], path=80, ax=axes[0])
    assert returned is axes[0]
    assert plt.get_fignums() == before
    axes[1].set_axis_off()
    assert_readable(axes[0])
    alone = draw_tree(parent, mover, labels, players=["host", "guest"], path=80)
    assert axes[0].texts[0].get_fontsize() < alone.texts[0].get_fontsize()
    assert returned.get_figure() is figure


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parent": [0, 0, 0]}, "parent: no root"),
        ({"parent": []}, "parent: no root"),
        ({"parent": [-1, 2, 0]}, "parent: 2 at node 1"),
        ({"parent": [-1, -1, 0]}, "parent: -1 at node 1"),
        ({"mover": [END, END, END]}, f"mover: {END} at node 0"),
        ({"mover": [0, 0, END]}, "mover: 0 at node 1"),
        ({"mover": [1, END, END]}, "mover: 1 at node 0"),
        ({"mover": [0, END]}, r"mover: shape \(2,\)"),
        ({"labels": ["a"]}, "labels: 1 of them"),
        ({"ends": ["a"]}, "ends: 1 of them"),
        ({"payoffs": [[1.0]]}, r"payoffs: shape \(1, 1\); expected \(3, 1\)"),
        ({"probabilities": [1.0]}, r"probabilities: shape \(1,\)"),
        ({"infosets": [1]}, r"infosets: shape \(1,\)"),
        ({"path": 3}, "path: node 3"),
        ({"path": -1}, "path: node -1"),
        ({"ax": "axes"}, "ax: str"),
    ],
)
def test_bad_input_is_refused(change: dict[str, object], message: str) -> None:
    given: dict[str, object] = {
        "parent": [-1, 0, 0],
        "mover": [0, END, END],
        "labels": ["", "go", "stay"],
        "players": ["host"],
    }
    with pytest.raises(GameError, match=message):
        draw_tree(**{**given, **change})  # type: ignore[arg-type]
    assert not plt.get_fignums()
