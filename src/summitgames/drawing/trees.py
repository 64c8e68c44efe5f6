"""Game trees: whole where they are small, else the path of play with what is off it folded."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.drawing.canvas import (
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

__all__ = ["CHANCE", "END", "draw_tree"]

#: Values of `mover` at chance nodes and where play ends.
CHANCE: Final = -1
END: Final = -2

#: Trees with more ends are folded off the path of play.
_MOST_ENDS: Final = 16
#: Rows at most; a node is folded where its moves would need more.
_MOST_ROWS: Final = 32
#: Moves of one node; where there are more, some stand for the others.
_MOST_MOVES: Final = 9
#: Nodes further to the right (in inches) are folded.
_WIDEST: Final = 6.0
_NARROWEST: Final = 4.2
#: Players whose payoffs fit into columns.
_MOST_COLUMNS: Final = 6

_SIZE: Final = 7.0
_ROW: Final = 0.3
_GAP: Final = 0.08
#: Between the lines of information sets side by side, and from the last of them to the nodes.
_LANE: Final = 0.075
_TO_NODE: Final = 0.1

_SHAPES: Final = ("o", "h", "p")
_CHANCE_MARKER: Final = Marker("white", INK, "D", 5.5)
_END_MARKER: Final = Marker(INK, INK, "s", 3.2)
_FAINT_END_MARKER: Final = Marker(FAINT, FAINT, "s", 3.2)
_FOLDED: Final = Marker("#d9d9d9", FAINT, "<", 7.5)
_PATH: Final = Marker(INK, INK, edge_width=2.6, dashes="-")
_INFOSET: Final = Marker(INK, INK, edge_width=1.2, dashes=(0, (2.5, 1.5)))


def draw_tree(
    parent: ArrayLike,
    mover: ArrayLike,
    labels: Sequence[str],
    *,
    players: Sequence[str],
    infosets: ArrayLike | None = None,
    ends: Sequence[str] | None = None,
    payoffs: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
    path: int | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a game tree from left to right.

    A tree of more than 16 ends is folded: off the path of play (without one: beyond the first
    moves) a triangle stands for what follows, with the number of its ends. Paths that are too long
    for a page are cut; what is not drawn is stated below the tree. Nothing recurses.

    Parameters
    ----------
    parent
        ``(nodes,)``: the node before each node, -1 at the root; parents come before their children.
    mover
        ``(nodes,)``: the number of the player who moves, `CHANCE` or `END`.
    labels
        The action or chance label that leads to each node; the root's is not used.
    players
        Labels of the players.
    infosets
        ``(nodes,)``: decision nodes with the same number are in one information set, and are
        linked by a dashed line in the mover's color, with a dot where it meets the way to a node.
        None: every node is an information set of its own.
    ends
        Text at each node where play ends; that of other nodes is not used.
    payoffs
        ``(nodes, players)``: payoffs where play ends; those of other nodes are not used.
    probabilities
        ``(nodes,)``: probabilities of the chance moves that lead to nodes; NaN after decisions.
    path
        The node to which the path of play leads; None: no path is marked.
    ax
        Axes to draw on; None: new ones of a size that fits.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    GameError
        If the arrays do not describe one tree, or `ax` is no Axes.

    Examples
    --------
    >>> from matplotlib import pyplot as plt
    >>> ax = draw_tree([-1, 0, 0], [0, END, END], ["", "go", "stay"], players=["host"], path=1)
    >>> [text.get_text() for text in ax.texts if text.get_text() in ("go", "stay")]
    ['go', 'stay']
    >>> plt.close(ax.get_figure())
    """
    check_axes(ax)
    tree = _Tree.checked(parent, mover, labels, players, infosets, ends, payoffs, probabilities)
    picture = _Picture(tree, tree.way(path))
    picture.choose()
    picture.place()
    return picture.draw(ax)


@dataclass(frozen=True)
class _Tree:
    """The arrays, checked."""

    parent: NDArray[np.intp]
    mover: NDArray[np.intp]
    labels: Sequence[str]
    players: Sequence[str]
    infosets: NDArray[np.intp] | None
    ends: Sequence[str] | None
    payoffs: NDArray[np.float64] | None
    probabilities: NDArray[np.float64] | None

    @classmethod
    def checked(
        cls,
        parent: ArrayLike,
        mover: ArrayLike,
        labels: Sequence[str],
        players: Sequence[str],
        infosets: ArrayLike | None,
        ends: Sequence[str] | None,
        payoffs: ArrayLike | None,
        probabilities: ArrayLike | None,
    ) -> _Tree:
        parents = np.asarray(parent, dtype=np.intp)
        if parents.ndim != 1 or not parents.size or parents[0] != -1:
            raise GameError("parent: no root; expected (nodes,) numbers of which the first is -1")
        n = parents.size
        late = np.flatnonzero((parents[1:] < 0) | (parents[1:] >= np.arange(1, n)))
        if late.size:
            raise GameError(
                f"parent: {parents[late[0] + 1]} at node {late[0] + 1}; expected a node before it"
            )
        movers = _shaped("mover", mover, np.intp, (n,))
        inner = np.bincount(parents[1:], minlength=n) > 0
        unknown = (movers < END) | (movers >= len(players))
        wrong = np.flatnonzero(unknown | ((movers == END) == inner))
        if wrong.size:
            raise GameError(
                f"mover: {movers[wrong[0]]} at node {wrong[0]}; expected {END} where play ends, "
                f"elsewhere {CHANCE} or the number of a player"
            )
        for what, texts in (("labels", labels), ("ends", ends)):
            if texts is not None and len(texts) != n:
                raise GameError(f"{what}: {len(texts)} of them; expected one for each of {n} nodes")
        return cls(
            parent=parents,
            mover=movers,
            labels=labels,
            players=players,
            infosets=None if infosets is None else _shaped("infosets", infosets, np.intp, (n,)),
            ends=ends,
            payoffs=None
            if payoffs is None
            else _shaped("payoffs", payoffs, np.float64, (n, len(players))),
            probabilities=None
            if probabilities is None
            else _shaped("probabilities", probabilities, np.float64, (n,)),
        )

    def way(self, node: int | None) -> list[int]:
        """Nodes from the root to a node; none of them for None."""
        if node is None:
            return []
        if not 0 <= node < self.parent.size:
            raise GameError(f"path: node {node}; expected a node below {self.parent.size}")
        way = [int(node)]
        while way[-1]:
            way.append(int(self.parent[way[-1]]))
        return way[::-1]

    def below(self) -> list[int]:
        """Number of ends at or below every node."""
        counts: list[int] = (self.mover == END).astype(np.intp).tolist()
        parents = self.parent.tolist()
        for node in range(len(counts) - 1, 0, -1):
            counts[parents[node]] += counts[node]
        return counts

    def text(self, node: int) -> str:
        """Label of the move to a node."""
        return shorten(str(self.labels[node]), 26)

    def chance(self, node: int) -> str:
        """Probability of the chance move to a node; nothing after a decision."""
        if self.probabilities is None or np.isnan(self.probabilities[node]):
            return ""
        return number_text(self.probabilities[node])


def _shaped(what: str, given: ArrayLike, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.asarray(given, dtype=dtype)
    if array.shape != shape:
        raise GameError(f"{what}: shape {array.shape}; expected {shape}")
    return array


@dataclass
class _Spot:
    """A node that is drawn, or several moves of one node that one spot stands for."""

    node: int  # -1: several moves
    parent: int  # a spot
    depth: int
    label: str
    chance: str = ""  # its probability
    x: float = _GAP
    y: float = 0.0
    below: list[int] = field(default_factory=list)
    hidden: int = 0  # ends that the spot stands for


@dataclass
class _Picture:
    """What is drawn of a tree, and where."""

    tree: _Tree
    way: list[int]
    spots: list[_Spot] = field(init=False)
    on_path: frozenset[int] = field(init=False)
    ends_below: list[int] = field(init=False)
    rows: int = field(init=False, default=0)
    columns: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.on_path = frozenset(self.way)
        self.ends_below = self.tree.below()

    def choose(self) -> None:
        """Choose the nodes to draw: along the path first, then level by level."""
        tree, on_path = self.tree, self.on_path
        order = np.argsort(tree.parent[1:], kind="stable") + 1
        starts = np.searchsorted(tree.parent[order], np.arange(tree.parent.size + 1))
        fold = bool(on_path) and self.ends_below[0] > _MOST_ENDS
        self.spots = [_Spot(0, -1, 0, "")]
        rows, queue = 1, deque([0])
        while queue:
            number = queue.popleft()
            spot = self.spots[number]
            children = order[starts[spot.node] : starts[spot.node + 1]].tolist()
            if not children:
                continue
            new = self._moves(number, children)
            too_many = rows + len(new) - 1 > _MOST_ROWS or spot.x > _WIDEST
            if too_many or (fold and spot.node not in on_path):
                spot.hidden = self.ends_below[spot.node]
                continue
            rows += len(new) - 1
            for child in new:
                spot.below.append(len(self.spots))
                if child.node in on_path:
                    queue.appendleft(len(self.spots))
                elif child.node >= 0:
                    queue.append(len(self.spots))
                self.spots.append(child)

    def _moves(self, number: int, children: list[int]) -> list[_Spot]:
        """Spots of a node's moves: all of them, or the first ones and one for the others."""
        spot, kept = self.spots[number], children
        if len(children) > _MOST_MOVES:
            played = [child for child in children if child in self.on_path]
            first = [child for child in children if child not in self.on_path]
            kept = sorted(first[: _MOST_MOVES - 1 - len(played)] + played)
        texts = [(child, self.tree.text(child), self.tree.chance(child), 0) for child in kept]
        if len(kept) < len(children):
            others = set(children).difference(kept)
            ends = sum(self.ends_below[child] for child in others)
            texts.append((-1, f"{len(others):,} more moves", "", ends))
        new = [
            _Spot(node, number, spot.depth + 1, text, chance, hidden=hidden)
            for node, text, chance, hidden in texts
        ]
        for child in new:
            child.x = spot.x + self._step(child)
        return new

    def _step(self, spot: _Spot) -> float:
        """Length of the line on which a move's label stands."""
        label = text_width(spot.label, _SIZE, bold=spot.node in self.on_path)
        return max(0.3, _GAP + 0.04 + max(label, text_width(spot.chance, _SIZE)))

    def place(self) -> None:
        """Give every leaf a row, other nodes the middle of what follows; align where it fits."""
        stack, preorder = [0], []
        while stack:
            spot = self.spots[stack.pop()]
            preorder.append(spot)
            if not spot.below:
                spot.y = self.rows * _ROW
                self.rows += 1
            stack += spot.below[::-1]
        for spot in reversed(preorder):
            if spot.below:
                spot.y = (self.spots[spot.below[0]].y + self.spots[spot.below[-1]].y) / 2
        self._align()

    @cached_property
    def _sets(self) -> list[list[_Spot]]:
        """Information sets of which several nodes are drawn, each from top to bottom."""
        if self.tree.infosets is None:
            return []
        drawn = [s for s in self.spots if s.node >= 0 and self.tree.mover[s.node] >= 0]
        found: dict[tuple[int, int], list[_Spot]] = {}
        for spot in sorted(drawn, key=lambda spot: spot.y):
            key = int(self.tree.mover[spot.node]), int(self.tree.infosets[spot.node])
            found.setdefault(key, []).append(spot)
        return [spots for spots in found.values() if len(spots) > 1]

    @cached_property
    def _lanes(self) -> list[int | None]:
        """Of every information set which line left of its column it is; None: nodes in several.

        Two that stand side by side in one column get different lines.
        """
        taken: dict[int, list[float]] = {}  # of every column, down to where each line goes
        lanes: list[int | None] = []
        for spots in self._sets:
            if len({spot.depth for spot in spots}) > 1:
                lanes.append(None)
                continue
            ends = taken.setdefault(spots[0].depth, [])
            free = (lane for lane, end in enumerate(ends) if end < spots[0].y)
            lane = next(free, len(ends))
            ends[lane : lane + 1] = [spots[-1].y]
            lanes.append(lane)
        return lanes

    def _align(self) -> None:
        """Columns by depth, unless they would make the tree wider than a page."""
        steps = [0.0] * (1 + max(spot.depth for spot in self.spots))
        for spot in self.spots[1:]:
            steps[spot.depth] = max(steps[spot.depth], self._step(spot))
        rooms = [0.0] * len(steps)
        for spots, lane in zip(self._sets, self._lanes, strict=True):
            depth = spots[0].depth
            if lane is not None:
                rooms[depth] = max(rooms[depth], _TO_NODE - 0.04 + _LANE * (lane + 0.5))
        steps = [step + room for step, room in zip(steps, rooms, strict=True)]
        columns = (_GAP + np.cumsum(steps)).tolist()
        before = [spot.x for spot in self.spots]
        for spot in self.spots:
            spot.x = columns[spot.depth]
        self.columns = self._width() <= PAGE
        if not self.columns:
            for spot, x in zip(self.spots, before, strict=True):
                spot.x = x

    def _note(self, spot: _Spot) -> str:
        """Text to the right of a spot after which nothing is drawn."""
        if spot.hidden:
            return f"{spot.hidden:,} end{'s' if spot.hidden > 1 else ''}"
        ends = self.tree.ends
        return "" if ends is None else shorten(ends[spot.node], 26)

    def _note_width(self, spot: _Spot) -> float:
        played = spot.node in self.on_path
        left = 0.24 if spot.hidden else 0.1
        return left + 0.1 + text_width(self._note(spot), _SIZE, bold=played)

    @cached_property
    def _payoff_texts(self) -> dict[int, list[str]]:
        """Payoffs at the ends that are drawn; none where there are too many players."""
        payoffs = self.tree.payoffs
        if payoffs is None or len(self.tree.players) > _MOST_COLUMNS:
            return {}
        return {
            spot.node: [number_text(payoff) for payoff in payoffs[spot.node].tolist()]
            for spot in self.spots
            if not spot.below and not spot.hidden
        }

    @cached_property
    def _column(self) -> float:
        """Width of a column of payoffs; 0 where none are drawn."""
        texts = [text for row in self._payoff_texts.values() for text in row]
        return 0.07 + max(text_width(text, _SIZE, bold=True) for text in texts) if texts else 0.0

    def _width(self) -> float:
        """Width of the whole picture with the nodes where they are now."""
        notes = [spot.x + self._note_width(spot) for spot in self.spots if not spot.below]
        return max(notes) + self._column * len(self.tree.players) + 0.1

    # Drawing

    def draw(self, ax: Axes | None) -> Axes:
        """Draw the legend, the tree, payoffs and what is hidden, from top to bottom."""
        width = max(self._width(), _NARROWEST)
        entries = self._legend()
        head = Sheet.keys_height([label for label, _ in entries], width) + 0.26
        head += 0.16 if self._payoff_texts else 0.0
        remarks = [line for remark in self._remarks() for line in _wrap(remark, width - 0.12)]
        foot = head + (self.rows - 1) * _ROW + 0.24
        sheet = Sheet.open(width, foot + 0.16 * len(remarks) + 0.04, ax)
        sheet.keys(entries, 0.02)
        for spot in self.spots:
            spot.y += head
        self._draw_links(sheet)
        for spot in self.spots:
            self._draw_spot(sheet, spot)
        self._draw_payoffs(sheet, width)
        for number, remark in enumerate(remarks):
            sheet.write(0.06, foot + 0.16 * (number + 0.5), remark, _SIZE - 0.5, color=MUTED)
        return sheet.ax

    def _legend(self) -> list[tuple[str, Marker]]:
        drawn = [spot for spot in self.spots if spot.node >= 0]
        movers = {int(self.tree.mover[spot.node]) for spot in drawn}
        with_payoffs = bool(self._payoff_texts)
        entries = [
            (shorten(player, 26), _player_marker(number))
            for number, player in enumerate(self.tree.players)
            if number in movers or with_payoffs
        ]
        optional = (
            ("chance", _CHANCE_MARKER, CHANCE in movers),
            ("path of play", _PATH, len(self.way) > 1),
            ("information set", _INFOSET, bool(self._sets)),
            ("folded: ends not drawn", _FOLDED, any(spot.hidden for spot in self.spots)),
        )
        return entries + [(label, marker) for label, marker, is_there in optional if is_there]

    def _remarks(self) -> list[str]:
        """What is not drawn, in words."""
        total, hidden = self.ends_below[0], sum(spot.hidden for spot in self.spots)
        remarks = []
        if hidden:
            verb = "is" if hidden == 1 else "are"
            remarks.append(f"{hidden:,} of {total:,} ends {verb} hidden in the triangles.")
        shown = {spot.node for spot in self.spots}
        beyond = sum(node not in shown for node in self.way)
        if beyond:
            moves = f"{beyond:,} more move{'s' if beyond > 1 else ''}"
            remarks.append(f"The path of play is cut: it goes on for {moves}.")
        if self.tree.payoffs is not None and len(self.tree.players) > _MOST_COLUMNS:
            remarks.append(f"Payoffs of {len(self.tree.players)} players are left out.")
        return remarks

    def _marker(self, spot: _Spot) -> Marker:
        mover = int(self.tree.mover[spot.node]) if spot.node >= 0 else END
        if mover == END:
            return _END_MARKER
        return _CHANCE_MARKER if mover == CHANCE else _player_marker(mover)

    def _look(self, spot: _Spot) -> dict[str, Any]:
        """Of texts: the path of play stands out from the rest."""
        if spot.node in self.on_path:
            return {"weight": "bold", "color": INK}
        return {"weight": "normal", "color": MUTED if self.way else INK}

    def _draw_spot(self, sheet: Sheet, spot: _Spot) -> None:
        """A node, the move to it, and its note."""
        if spot.parent >= 0:
            self._draw_move(sheet, spot)
        if spot.node >= 0:
            faint = bool(self.way) and spot.node not in self.on_path
            marker = self._marker(spot)
            if faint and marker is _END_MARKER:
                marker = _FAINT_END_MARKER
            sheet.marker(spot.x, spot.y, marker, size=0.85 if faint else 1.15)
        if spot.hidden:
            self._draw_triangle(sheet, spot)
        if not spot.below:
            left = spot.x + (0.24 if spot.hidden else 0.1)
            sheet.write(left, spot.y, self._note(spot), _SIZE, **self._look(spot))

    def _draw_move(self, sheet: Sheet, spot: _Spot) -> None:
        """The line to a node, its label above it and its probability below it."""
        before, played = self.spots[spot.parent], spot.node in self.on_path
        sheet.line(
            [before.x, before.x, spot.x],
            [before.y, spot.y, spot.y],
            2.6 if played else 0.9,
            color=self._marker(before).edge if played else FAINT,
            solid_joinstyle="round",
            zorder=3 if played else 1,
        )
        at, look = before.x + _GAP, {**self._look(spot), **self._halo}
        sheet.write(at, spot.y - 0.035, spot.label, _SIZE, va="bottom", **look)
        plain = {**look, "weight": "normal"}
        sheet.write(at, spot.y + 0.085, spot.chance, _SIZE - 0.5, **plain)

    @staticmethod
    def _draw_triangle(sheet: Sheet, spot: _Spot) -> None:
        from matplotlib.patches import Polygon

        x, y = spot.x, spot.y
        corners = [(x, y), (x + 0.2, y - 0.085), (x + 0.2, y + 0.085)]
        sheet.ax.add_patch(
            Polygon(
                corners,
                facecolor=_FOLDED.face,
                edgecolor=_FOLDED.edge,
                linewidth=0.8 * sheet.scale,
                zorder=2,
            )
        )

    @cached_property
    def _halo(self) -> dict[str, Any]:
        """Of labels that a curve may cross."""
        if self.columns and None not in self._lanes:
            return {}
        from matplotlib.patheffects import withStroke

        return {"path_effects": [withStroke(linewidth=2.0, foreground="white")]}

    def _draw_links(self, sheet: Sheet) -> None:
        """Information sets: a line left of a column of nodes, else curves from node to node."""
        for spots, lane in zip(self._sets, self._lanes, strict=True):
            if lane is not None and self.columns:
                x = spots[0].x - _TO_NODE - _LANE * lane
                self._draw_link(sheet, [(x, spots[0].y), (x, spots[-1].y)], spots[0])
                color = self._marker(spots[0]).edge
                dot = Marker(color, color, size=2.6)
                for spot in spots:
                    sheet.marker(x, spot.y, dot)
                continue
            for first, second in pairwise(spots):
                curve = [
                    (first.x, first.y),
                    (first.x - 0.11, first.y + 0.05),
                    (second.x - 0.11, second.y - 0.05),
                    (second.x, second.y),
                ]
                self._draw_link(sheet, curve, first)

    def _draw_link(self, sheet: Sheet, points: list[tuple[float, float]], spot: _Spot) -> None:
        """A dashed line between two points, or a curve of four, in the color of who moves."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        step = Path.LINETO if len(points) == 2 else Path.CURVE4
        path = Path(points, [Path.MOVETO, *[step] * (len(points) - 1)])
        look = {"edgecolor": self._marker(spot).edge, "linestyle": _INFOSET.dashes}
        width = _INFOSET.edge_width * sheet.scale
        sheet.ax.add_patch(PathPatch(path, fill=False, linewidth=width, zorder=2, **look))

    def _draw_payoffs(self, sheet: Sheet, width: float) -> None:
        """A column of payoffs for every player, under the player's marker."""
        texts = self._payoff_texts
        if not texts:
            return
        n = len(self.tree.players)
        right = [width - 0.08 - self._column * (n - 1 - number) for number in range(n)]
        top = min(spot.y for spot in self.spots) - 0.24
        left = right[0] - max(self._column - 0.02, 0.2)  # clear of the first marker
        sheet.write(left, top, "payoffs", _SIZE, ha="right")
        for number, x in enumerate(right):
            sheet.marker(x - 0.05, top, _player_marker(number), size=0.85)
        for spot in self.spots:
            if spot.node not in texts:
                continue
            for x, text in zip(right, texts[spot.node], strict=True):
                sheet.write(x, spot.y, text, _SIZE, ha="right", **self._look(spot))
            left, stop = spot.x + self._note_width(spot), right[0] - self._column + 0.06
            if stop - left > 0.2:
                dots = {"linestyle": (0, (1, 3)), "color": "#c4c4c4", "zorder": 0}
                sheet.line([left, stop], [spot.y, spot.y], 0.8, **dots)


def _player_marker(number: int) -> Marker:
    color = COLORS[number % len(COLORS)]
    return Marker(color, color, _SHAPES[number // len(COLORS) % len(_SHAPES)])


def _wrap(text: str, width: float) -> list[str]:
    """Lines of a remark that are no wider than the sheet."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, _SIZE) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
