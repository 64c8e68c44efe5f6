"""Games in normal form: payoff arrays over pure profiles, with leading batch axes."""

from __future__ import annotations

import html
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import batch_index, truth_value
from summitgames.games.tables import (
    action_labels,
    as_floats,
    as_fractions,
    block_of,
    broadcast,
    exact_arrays,
    first_not_finite,
    holds_floats,
    is_fractional,
    is_rounded,
    labels_of,
    numbered,
    picked,
    read_array,
    read_only,
    read_payoffs,
)

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["NormalForm", "as_normal_form"]

#: Actions of one player that a printed table shows.
_SHOWN: Final = 12
#: What arrays of float64 in the machine's own order have as their type.
_FLOAT: Final = np.dtype(np.float64)
#: Smaller denominators are printed as such.
_SHORT: Final = 1000


@dataclass(frozen=True, eq=False, repr=False, init=False)
class NormalForm:
    """A family of games in normal form with N players, player i with k_i actions.

    Parameters
    ----------
    payoffs
        N arrays ``(*batch, k_1, ..., k_N)``: player i's payoff at every pure profile, player j's
        action on the j-th of the last N axes in each of them (the second player's matrix is not
        transposed). Batch axes lead and broadcast. Arrays of float64 are taken as they are, not
        copied; Fraction, Decimal and sympy numbers are kept beside the floats nearest to them.
    *others
        The other players' arrays, where each is an argument of its own: ``NormalForm(A, B)`` is
        ``NormalForm([A, B])``.
    players
        Labels of the players; None: "1", "2", ...
    actions
        N sequences of labels of the actions; None: "1", "2", ... for every player.
    check
        Whether every entry is looked at; False takes it on trust that all are finite.

    Attributes
    ----------
    payoffs
        Tuple of N read-only float64 arrays ``(*batch, k_1, ..., k_N)``.
    players, actions
        The labels.
    exact
        None where the floats are the payoffs; else a tuple of N arrays of Fraction of the same
        shape.

    Raises
    ------
    GameError
        If there is no player, an array is ragged, empty or has no axis for some player, numbers of
        actions differ, batch shapes do not broadcast, a payoff is not finite, or labels are too
        few, too many or repeated.

    Examples
    --------
    >>> from summitgames import NormalForm
    >>> meeting = NormalForm([[[2, 0], [0, 1]], [[1, 0], [0, 2]]], players=["host", "guest"])
    >>> meeting
    <NormalForm: host, guest; 2 x 2 actions>
    >>> meeting.payoffs[1][1, 1]
    np.float64(2.0)
    """

    payoffs: tuple[NDArray[np.float64], ...]
    players: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    exact: tuple[NDArray[np.object_], ...] | None = field(default=None)
    _mixed: bool = field(default=False)  # whether some of the exact numbers were floats

    def __init__(
        self,
        payoffs: ArrayLike | Sequence[ArrayLike],
        *others: ArrayLike,
        players: Sequence[str] | None = None,
        actions: Sequence[Sequence[str]] | None = None,
        check: bool = True,
    ) -> None:
        truth_value(check, "check")
        if others:
            payoffs = [payoffs, *others]  # type: ignore[assignment]  # refused if it is no array
        plain = _plain(payoffs) if players is None and actions is None else None
        if plain is not None:
            _set_plain(self, plain, check=check)
            return
        given = read_payoffs(payoffs)
        n = len(given)
        names = labels_of(players, n, "players", "player")
        floats = [as_floats(array, _named(i, names)) for i, array in enumerate(given)]
        counts = _action_counts(floats, names)
        batch = _batch_shape(floats, names)
        if check:
            for i, array in enumerate(floats):
                _require_finite(array, i, names)
        _set(
            self,
            tuple(read_only(broadcast(array, (*batch, *counts))) for array in floats),
            names,
            action_labels(actions, counts, names),
            exact_arrays(given, (*batch, *counts)),
        )
        if self.exact is not None and any(map(holds_floats, given)):
            object.__setattr__(self, "_mixed", True)

    @classmethod
    def from_bimatrix(cls, A: ArrayLike, B: ArrayLike, **options: Any) -> NormalForm:
        """Two-player game of the payoff matrices of the row and the column player.

        Parameters
        ----------
        A, B
            ``(*batch, k_1, k_2)``; neither is transposed.
        **options
            `players`, `actions` and `check`.

        Raises
        ------
        GameError
            As for `NormalForm`.

        Examples
        --------
        >>> from summitgames import NormalForm
        >>> NormalForm.from_bimatrix([[3, 0], [5, 1]], [[3, 5], [0, 1]])
        <NormalForm: 2 players; 2 x 2 actions>
        """
        return cls([A, B], **options)

    @classmethod
    def zero_sum(cls, A: ArrayLike, **options: Any) -> NormalForm:
        """Two-player zero-sum game of the row player's payoff matrix ``(*batch, k_1, k_2)``."""
        array = read_array(A, "A")
        if array.dtype.kind in "iu":  # whose least number has no negative
            array = array.astype(object if is_rounded(array) else np.float64)
        return cls([array, -array], **options)

    @classmethod
    def symmetric(cls, A: ArrayLike, **options: Any) -> NormalForm:
        """Symmetric two-player game: the column player's matrix is the transposed of `A`.

        Parameters
        ----------
        A
            ``(*batch, k, k)``.
        **options
            `players`, `actions` and `check`.

        Raises
        ------
        GameError
            If `A` is not square.
        """
        array = read_array(A, "A")
        if array.ndim < 2 or array.shape[-1] != array.shape[-2]:
            raise GameError(f"A: shape {array.shape}; expected (*batch, k, k)")
        return cls([array, np.swapaxes(array, -1, -2)], **options)

    @property
    def n_players(self) -> int:
        """Number of players, N."""
        return len(self.payoffs)

    @property
    def n_actions(self) -> tuple[int, ...]:
        """Numbers of actions, (k_1, ..., k_N)."""
        return self.payoffs[0].shape[-self.n_players :]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family; () for a single game."""
        return self.payoffs[0].shape[: -self.n_players]

    @property
    def size(self) -> int:
        """Number of games."""
        return math.prod(self.batch_shape)

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError("a single game has no length; its family has")
        return self.batch_shape[0]

    def __getitem__(self, index: Any) -> NormalForm:
        """The games at an index of the batch."""
        cut = (*picked(index, self.batch_shape), *(slice(None),) * self.n_players)
        part = object.__new__(NormalForm)
        exact = None if self.exact is None else tuple(array[cut] for array in self.exact)
        payoffs = tuple(read_only(np.asarray(array[cut])) for array in self.payoffs)
        _set(part, payoffs, self.players, self.actions, exact, mixed=self._mixed)
        return part

    def __iter__(self) -> Iterator[NormalForm]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        plain = self.players == numbered(self.n_players)
        number = "1 player" if self.n_players == 1 else f"{self.n_players} players"
        who = number if plain else ", ".join(self.players)
        shape = f"; batch shape {self.batch_shape}" if self.batch_shape else ""
        return f"<NormalForm: {who}; {' x '.join(map(str, self.n_actions))} actions{shape}>"

    @property
    def has_binary_numbers(self) -> bool:
        """Whether some payoff was a float that is no whole number, taken as it is in binary."""
        if self.exact is not None:
            return self._mixed
        return any(is_fractional(array) for array in self.payoffs)

    def own_axes(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Each player's own axis (from the end, negative) with the player's payoffs."""
        return ((i - self.n_players, payoff) for i, payoff in enumerate(self.payoffs))

    def broadcast_to(self, shape: tuple[int, ...]) -> NormalForm:
        """The same games over a batch shape to which theirs broadcasts; nothing is copied.

        Raises
        ------
        GameError
            If `shape` is no tuple of whole numbers, or the games do not broadcast to it.
        """
        try:
            if not isinstance(shape, tuple):
                raise TypeError
            if shape == self.batch_shape:
                return self
            np.broadcast_to(np.empty(self.batch_shape, np.bool_), shape)
        except (TypeError, ValueError):
            raise GameError(
                f"shape: {shape!r}; expected one to which {self.batch_shape} broadcasts"
            ) from None
        wide = object.__new__(NormalForm)
        full = (*shape, *self.n_actions)
        exact = self.exact
        if exact is not None:
            exact = tuple(np.broadcast_to(array, full) for array in exact)
        payoffs = tuple(np.broadcast_to(array, full) for array in self.payoffs)
        _set(wide, payoffs, self.players, self.actions, exact, mixed=self._mixed)
        return wide

    def block(self, start: int, stop: int) -> tuple[NDArray[np.float64], ...]:
        """Payoffs of games start to stop, counted in C order of the batch.

        Returns
        -------
        tuple of N read-only C-contiguous arrays (stop - start, k_1, ..., k_N)
            Views of the payoffs where these lie in memory like that, else copies of this part.
        """
        batch = self.batch_shape
        return tuple([block_of(array, batch, start, stop) for array in self.payoffs])

    def exact_payoffs(self) -> tuple[NDArray[np.object_], ...]:
        """Payoffs as exact rationals: those given, or the binary numbers that the floats are.

        Returns
        -------
        tuple of N arrays of Fraction, (*batch, k_1, ..., k_N)
        """
        if self.exact is not None:
            return self.exact
        return tuple(map(as_fractions, self.payoffs))

    def to_nashpy(self) -> nashpy.Game:
        """The game for nashpy.

        Returns
        -------
        nashpy.Game

        Raises
        ------
        GameError
            If it is not a single two-player game.
        """
        import nashpy

        if self.batch_shape or self.n_players != 2:
            raise GameError(f"{self!r} is no single two-player game; nashpy takes no other")
        return nashpy.Game(*(np.array(array) for array in self.payoffs))

    def to_quantecon(self) -> Any:
        """The game for quantecon (extra `interop`).

        Returns
        -------
        quantecon.game_theory.NormalFormGame

        Raises
        ------
        GameError
            If it is a family of games.
        """
        from quantecon.game_theory import NormalFormGame, Player

        if self.batch_shape:
            raise GameError(f"{self!r} is a family; quantecon takes single games: index it first")
        order = list(range(self.n_players))
        turned = [np.transpose(a, order[i:] + order[:i]) for i, a in enumerate(self.payoffs)]
        return NormalFormGame([Player(np.array(array)) for array in turned])

    def to_latex(self) -> str:
        """Payoff table (for more than two players one for each profile of the others).

        Returns
        -------
        str
            LaTeX `tabular` environments. The first player's actions are the rows, the second
            player's the columns; user labels are escaped.

        Raises
        ------
        GameError
            If it is a family of games.
        """
        if self.batch_shape:
            raise GameError(f"{self!r} is a family; a table shows a single game: index it first")
        tables = []
        for caption, rows in self._tables(shown=math.prod(self.n_actions)):
            width = len(rows[0])
            lines = [f"\\begin{{tabular}}{{l|{'c' * (width - 1)}}}"]
            if caption:
                lines += [f"\\multicolumn{{{width}}}{{l}}{{{_latex(caption)}}} \\\\"]
            body = [" & ".join(map(_latex, row)) + r" \\" for row in rows]
            lines += [body[0] + r" \hline", *body[1:], r"\end{tabular}"]
            tables.append("\n".join(lines))
        return "\n\n".join(tables)

    def _repr_html_(self) -> str:
        game = self
        note = ""
        if self.batch_shape:
            first = (0,) * len(self.batch_shape)
            game = self[first]
            note = f"<p>game {first} of a family of shape {self.batch_shape}</p>"
        parts = [note]
        for caption, rows in game._tables(_SHOWN):
            title = f"<caption>{html.escape(caption)}</caption>" if caption else ""
            head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0])
            body = "".join(
                f"<tr><th>{html.escape(row[0])}</th>"
                + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
                + "</tr>"
                for row in rows[1:]
            )
            parts.append(f"<table>{title}<tr>{head}</tr>{body}</table>")
        left_out = math.prod(game.n_actions[2:]) - _SHOWN
        if left_out > 0:
            parts.append(f"<p>tables not shown: {left_out}</p>")
        return "".join(parts)

    def _tables(self, shown: int) -> Iterator[tuple[str, list[list[str]]]]:
        """Caption and cells of the table for every profile of the players after the second."""
        counts = self.n_actions
        rows = _cut(counts[0], shown)
        columns = _cut(counts[1], shown) if self.n_players > 1 else [0]
        for others in _first_profiles(counts[2:], shown):
            caption = ", ".join(
                f"{self.players[i + 2]}: {self.actions[i + 2][a]}" for i, a in enumerate(others)
            )
            corner = " \\ ".join(self.players[:2])
            head = ["payoff"]
            if self.n_players > 1:
                head = [self.actions[1][j] if j >= 0 else "…" for j in columns]
            table = [[corner, *head]]
            for i in rows:
                cells = [
                    self._cell((i, j, *others)[: self.n_players]) if min(i, j) >= 0 else "…"
                    for j in columns
                ]
                table.append([self.actions[0][i] if i >= 0 else "…", *cells])
            yield caption, table

    def _cell(self, profile: tuple[int, ...]) -> str:
        numbers = self.payoffs if self.exact is None else self.exact
        return ", ".join(_number(array[profile]) for array in numbers)


def as_normal_form(
    game: Any, *, players: int | None = None, name: str = "game", others: Sequence[str] = ()
) -> NormalForm:
    """A `NormalForm` from one, from a `nashpy.Game` or from a quantecon `NormalFormGame`.

    Parameters
    ----------
    game
        The game.
    players
        Number of players that the caller needs; None: any.
    name
        Name of the argument, for an error.
    others
        What else the caller takes, such as "an ExtensiveForm", for an error.

    Raises
    ------
    GameError
        If it is no such game, or has another number of players.
    """
    found = game if isinstance(game, NormalForm) else _from_neighbour(game)
    if found is None:
        *most, last = "a NormalForm", "a nashpy.Game", *others
        raise GameError(f"{name}: {type(game).__name__}; expected {', '.join(most)} or {last}")
    if players is not None and found.n_players != players:
        raise GameError(f"{name}: {found.n_players} players; expected {players}")
    return found


def _from_neighbour(game: Any) -> NormalForm | None:
    """A game of another package, recognised without importing it."""
    nashpy = sys.modules.get("nashpy")
    if nashpy is not None and isinstance(game, nashpy.Game):
        return NormalForm(list(game.payoff_matrices))
    quantecon = sys.modules.get("quantecon.game_theory")
    if quantecon is not None and isinstance(game, quantecon.NormalFormGame):
        order = list(range(game.N))
        turned = [
            np.transpose(player.payoff_array, np.argsort(order[i:] + order[:i]))
            for i, player in enumerate(game.players)
        ]
        return NormalForm(turned)
    return None


def _set(
    game: NormalForm,
    payoffs: tuple[NDArray[np.float64], ...],
    players: tuple[str, ...],
    actions: tuple[tuple[str, ...], ...],
    exact: tuple[NDArray[np.object_], ...] | None,
    *,
    mixed: bool = False,
) -> None:
    """Fill a frozen game."""
    vars(game).update(payoffs=payoffs, players=players, actions=actions, exact=exact, _mixed=mixed)


def _plain(payoffs: Any) -> Sequence[NDArray[np.float64]] | None:
    """The arrays, if there is nothing to convert: float64 of one shape, an axis for each player."""
    if type(payoffs) is not list and type(payoffs) is not tuple:
        return None
    n = len(payoffs)
    if n == 0 or type(payoffs[0]) is not np.ndarray:
        return None
    shape = payoffs[0].shape
    if len(shape) < n or 0 in shape:
        return None
    for array in payoffs:
        if type(array) is not np.ndarray or array.dtype is not _FLOAT or array.shape != shape:
            return None
    return payoffs


def _set_plain(game: NormalForm, payoffs: Sequence[NDArray[np.float64]], *, check: bool) -> None:
    """Fill a game of plain arrays: a single small one should not pay for what others need."""
    n = len(payoffs)
    names = numbered(n)
    if check:
        for i, array in enumerate(payoffs):
            _require_finite(array, i, names)
    labels = tuple([numbered(count) for count in payoffs[0].shape[-n:]])
    _set(game, tuple([read_only(array) for array in payoffs]), names, labels, None)


def _named(i: int, players: tuple[str, ...]) -> str:
    """The i-th payoff array, for an error."""
    return f"payoffs[{i}] (player {players[i]!r})"


def _action_counts(arrays: Sequence[NDArray[Any]], players: tuple[str, ...]) -> tuple[int, ...]:
    n = len(arrays)
    for i, array in enumerate(arrays):
        if array.ndim < n:
            what = f"{_named(i, players)}: shape {array.shape}"
            axes = f"an axis for each of the {n} players"
            if array.ndim == 1:  # rows of a matrix
                axes += "; one matrix alone is NormalForm.zero_sum(A) or NormalForm.symmetric(A)"
            raise GameError(f"{what}; expected (*batch, k_1, ..., k_{n}), {axes}")
    counts = arrays[0].shape[-n:]
    for i, array in enumerate(arrays):
        if array.shape[-n:] != counts:
            raise GameError(
                f"{_named(i, players)}: {array.shape[-n:]} actions; expected {counts}, as in "
                "payoffs[0]"
            )
    return counts


def _batch_shape(arrays: Sequence[NDArray[Any]], players: tuple[str, ...]) -> tuple[int, ...]:
    n = len(arrays)
    shape = arrays[0].shape[:-n]
    for i, array in enumerate(arrays):
        if array.shape[:-n] == shape:
            continue
        try:
            shape = np.broadcast_shapes(shape, array.shape[:-n])
        except ValueError:
            raise GameError(
                f"{_named(i, players)}: batch shape {array.shape[:-n]} does not broadcast with "
                f"{shape}; expected shapes that broadcast as in NumPy"
            ) from None
    return shape


def _require_finite(array: NDArray[np.float64], i: int, players: tuple[str, ...]) -> None:
    index = first_not_finite(array)
    if index is None:
        return
    batch, profile = index[: -len(players)], index[-len(players) :]
    where = f"batch index {batch}, profile {profile}" if batch else f"profile {profile}"
    raise GameError(
        f"{_named(i, players)}: not finite at {where}: {array[index]}; expected finite numbers"
    )


def _number(number: Fraction | np.float64) -> str:
    """A payoff as text, as a fraction where that is exact and short."""
    if isinstance(number, Fraction) and number.denominator < _SHORT:
        return str(number)
    return f"{float(number):.6g}"


def _cut(count: int, shown: int) -> list[int]:
    """Indices to show; -1 where some are left out."""
    if count <= shown:
        return list(range(count))
    return [*range(shown - 2), -1, count - 1]


def _first_profiles(counts: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """The first pure profiles of the other players."""
    for flat in range(min(math.prod(counts), most)):
        yield batch_index(flat, tuple(counts))


_LATEX: Final = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "…": r"\ldots{}",
    **{mark: "\\" + mark for mark in "&%$#_{}"},
}


def _latex(text: str) -> str:
    """Text with LaTeX's own characters escaped."""
    return "".join(_LATEX.get(character, character) for character in text)
