"""Games in Gambit's text formats: `.nfg`, games in normal form (trees: `gambit_trees`).

Numbers in a file are exact: 0.1 is 1/10. They are read as `Fraction`, never through a float, and
written so that they read back as the same rationals.

References
----------
The Gambit Project, "Game representation formats", in the manual of Gambit 16.
"""

from __future__ import annotations

import itertools
import math
import os
import re
import secrets
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, NoReturn, TypeAlias

import numpy as np

from summitgames.errors import GameError, require_known
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.normal_form import NormalForm, as_normal_form

__all__ = [
    "Token",
    "Tokens",
    "distinct",
    "quoted",
    "quoted_all",
    "read_game",
    "write_game",
    "written",
]

_FORMATS: Final = ("nfg", "efg")
#: How a text begins, unlike the name of a file.
_TEXT: Final = re.compile(r"\s*(?:NFG|EFG)(?:\s|$)|.*[\r\n]", re.DOTALL)
#: Counts from here on are not told exactly.
_MANY: Final = 10**18
#: NumPy's limit on the axes of an array, less one for a batch.
_MOST_PLAYERS: Final = 63

_TOKEN: Final = re.compile(
    r"""\s*+(?:
        (?P<label>"(?:\\"|[^"])*+")  # possessive: an escaped quote never closes a label
      | (?P<open>")
      | (?P<mark>[{},])
      | (?P<word>[^\s{},"]+)
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_NUMBER: Final = re.compile(
    r"[+-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?0*(?P<exponent>\d*))?)", re.ASCII
)
_COUNT: Final = re.compile(r"\d{1,18}", re.ASCII)
#: Powers of ten of more digits are refused, not computed; a float64 has none above 10**308.
_EXPONENT_DIGITS: Final = 3
_LINE_END: Final = re.compile(r"\r\n?|\n")
_QUOTED: Final = 40

_Kind: TypeAlias = Literal["label", "open", "mark", "word", "end"]


def read_game(
    path_or_text: str | os.PathLike[str],
    format: str | None = None,  # noqa: A002
) -> NormalForm | ExtensiveForm:
    r"""Game in a Gambit file, or in the text of one.

    Parameters
    ----------
    path_or_text
        A path; or a string that begins with ``NFG`` or ``EFG`` or has a line break: the text
        itself. Files are UTF-8, or Latin-1 where they are not valid UTF-8.
    format
        ``"nfg"`` or ``"efg"``; None: what the first word of the text says.

    Returns
    -------
    NormalForm or ExtensiveForm
        A single game with exact payoffs and probabilities. Of labels, which the formats allow to be
        blank or repeated, a blank one becomes the number of its player or action, and repeated ones
        get ``_1``, ``_2``, ... The title and the comment are not kept.

        In trees, payoffs of outcomes at inner nodes are added to those of all ends after them; a
        missing outcome pays 0. An end is labelled by its outcome, else by its node; names of other
        nodes are not kept. Information sets without a label, or with one that another of the player
        has, are labelled by their number. In moves, " > " becomes " › ".

    Raises
    ------
    GameError
        If there is no such file, or the text is not a complete game in that format, with line and
        column. An `.efg` text that ends in the number of an outcome needs a line break after it:
        without one, digits may have been cut off.

    References
    ----------
    The Gambit Project, "Game representation formats": payoff version and outcome version of the
    strategic form, and the extensive game file format.

    Examples
    --------
    >>> from summitgames import read_game
    >>> game = read_game('NFG 1 R "Meeting" { "host" "guest" } { 2 2 }  2 1  0 0  0 0  1 5/2')
    >>> game
    <NormalForm: host, guest; 2 x 2 actions>
    >>> game.exact_payoffs()[1][1, 1]
    Fraction(5, 2)
    """
    if format is not None:
        require_known("format", format, _FORMATS)
    text, source = _text(path_or_text)
    tokens = Tokens(text, source)
    if format is None:
        first = tokens.peek()
        if first.text not in {"NFG", "EFG"}:
            tokens.refuse(first, "NFG or EFG, with which a Gambit file begins")
        format = first.text.lower()  # noqa: A001
    if format == "efg":
        from summitgames.games.gambit_trees import read_tree

        return read_tree(tokens)
    return _normal_form(tokens)


def write_game(game: NormalForm | ExtensiveForm, path: str | os.PathLike[str]) -> None:
    r"""Write a game to a Gambit file, whole or not at all.

    A game in normal form becomes an `.nfg` file in its payoff version, a tree an `.efg` file, in
    which every end has an outcome of its own; tags are not kept, and information sets without a
    label get none, so that they read back labelled by their numbers. Every number is written
    exactly, as a whole number, a ratio (``2/3``) or, if it is a float of a game in normal form, all
    decimals of the binary number that it is: the file holds the same game, float by float and
    rational by rational. Gambit itself reads trees only if the probabilities of every chance move
    sum to 1 exactly, as floats such as 0.1 do not: give ratios.

    Parameters
    ----------
    game
        A single game.
    path
        The file; one of that name is replaced.

    Raises
    ------
    GameError
        If `game` is no such game or a family of games, a label or a number cannot be written in the
        format, or `path` is no path.
    SolverError
        If an expression in a tree leaves the rationals.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from summitgames import NormalForm, write_game
    >>> chicken = NormalForm.from_bimatrix([[0, 7], [2, 6]], [[0, 2], [7, 6]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_game(chicken, Path(folder, "chicken.nfg"))
    ...     print(Path(folder, "chicken.nfg").read_text(encoding="utf-8"))
    NFG 1 R "" { "1" "2" }
    <BLANKLINE>
    { { "1" "2" }
    { "1" "2" } }
    ""
    <BLANKLINE>
    0 0
    2 7
    7 2
    6 6
    """
    if not isinstance(path, (str, os.PathLike)):
        raise GameError(f"path: {type(path).__name__}; expected the path of a file")
    if isinstance(game, ExtensiveForm):
        from summitgames.games.gambit_trees import tree_text

        text = tree_text(game)
    else:
        text = _nfg_text(as_normal_form(game, others=["an ExtensiveForm"]))
    try:
        _replace(Path(path), text.encode())
    except OSError as error:  # of the file beside it, whose name nobody knows
        if error.filename is not None:
            error.filename, error.filename2 = os.fspath(path), None
        raise


class Token(NamedTuple):
    """A piece of a Gambit file: a label without its quotes, a mark, a word or the end."""

    kind: _Kind
    text: str
    start: int


class Tokens:
    """The tokens of a Gambit file one after another, and errors that say where they are.

    Parameters
    ----------
    text
        The file's text.
    source
        What errors begin with: its name and a colon, or nothing.
    """

    def __init__(self, text: str, source: str = "") -> None:
        self.text = text
        self._source = source
        self.jump(0)

    def jump(self, position: int) -> None:
        """Go on at a position."""
        self._next = self._scan(position)

    def peek(self) -> Token:
        """The token to come."""
        return self._next[0]

    def take(self) -> Token:
        """The token to come, which is thereby passed."""
        token, stop = self._next
        if token.kind != "end":
            self._next = self._scan(stop)
        return token

    @property
    def left(self) -> int:
        """Number of characters from the token to come to the end."""
        return len(self.text) - self.peek().start

    def _scan(self, position: int) -> tuple[Token, int]:
        match = _TOKEN.match(self.text, position)
        assert match is not None
        assert match.lastgroup is not None
        kind: Any = match.lastgroup
        text = match[kind]
        if kind == "label":
            text = text[1:-1].replace('\\"', '"')
        return Token(kind, text, match.start(kind)), match.end()

    def refuse(self, token: Token, expected: str, found: str | None = None) -> NoReturn:
        """Raise the error that names a token (or what else was found), its line and its column."""
        ends = [match.end() for match in _LINE_END.finditer(self.text, 0, token.start)]
        column = token.start - (ends[-1] if ends else 0) + 1
        text = token.text if len(token.text) <= _QUOTED else token.text[:_QUOTED] + "..."
        if found is None:
            found = {
                "label": f"the label {text!r}",
                "open": "a label without a closing quote",
                "end": "the end of the text",
            }.get(token.kind, repr(text))
        raise GameError(
            f"{self._source}line {len(ends) + 1}, column {column}: found {found}; "
            f"expected {expected}"
        )

    def at(self, mark: str) -> bool:
        """Whether a mark comes next."""
        return self.peek()[:2] == ("mark", mark)

    def mark(self, mark: str, expected: str | None = None) -> None:
        """Pass a mark."""
        if not self.at(mark):
            self.refuse(self.peek(), expected or repr(mark))
        self.take()

    def word(self, *words: str) -> None:
        """Pass one of some words."""
        token = self.take()
        if token.kind != "word" or token.text not in words:
            self.refuse(token, " or ".join(words))

    def label(self, expected: str) -> str:
        """Pass a label."""
        token = self.take()
        if token.kind != "label":
            self.refuse(token, expected)
        return token.text

    def labels(self, expected: str, most: float = math.inf) -> list[str]:
        """Pass labels in braces."""
        self.mark("{")
        found: list[str] = []
        while not self.at("}"):
            if len(found) >= most:
                self.refuse(self.peek(), f"'}}', after {most} labels at most")
            found.append(self.label(expected))
        if not found:
            self.refuse(self.peek(), expected)
        self.mark("}")
        return found

    def number(self, expected: str) -> Fraction:
        """Pass a number: whole, decimal (with or without an exponent) or a/b."""
        token = self.take()
        match = _NUMBER.fullmatch(token.text) if token.kind == "word" else None
        if match is None:
            self.refuse(token, expected)
        if len(match["exponent"] or "") > _EXPONENT_DIGITS:
            self.refuse(token, f"{expected}, its exponent of at most {_EXPONENT_DIGITS} digits")
        try:
            number = Fraction(token.text)
            float(number)
        except ZeroDivisionError:
            self.refuse(token, f"{expected}, its denominator not zero")
        except OverflowError:
            self.refuse(token, f"{expected} within the range of float64")
        except ValueError:  # more digits than int() takes
            self.refuse(token, f"{expected} of at most {sys.get_int_max_str_digits()} digits")
        return number

    def count(self, least: int, most: int, expected: str) -> int:
        """Pass a whole number, of digits only."""
        token = self.take()
        number = int(token.text) if _COUNT.fullmatch(token.text) else -1
        if token.kind != "word" or not least <= number <= most:
            self.refuse(token, expected)
        return number


def _text(path_or_text: Any) -> tuple[str, str]:
    """Text, and what errors in it begin with."""
    if isinstance(path_or_text, str):
        text = path_or_text.removeprefix("\ufeff")
        if _TEXT.match(text):
            return text, ""
    if not isinstance(path_or_text, (str, os.PathLike)):
        kind = type(path_or_text).__name__
        raise GameError(f"path_or_text: {kind}; expected a path or the text of a Gambit file")
    name = os.fspath(path_or_text)  # as it was given: a path would drop "./", and make "" "."
    try:
        content = Path(path_or_text).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) else error
        raise GameError(
            f"game file {name!r}: {reason}; expected a file that can be read, or a text that "
            "begins with NFG or EFG"
        ) from None
    try:
        return content.decode("utf-8-sig"), f"{name}: "
    except UnicodeDecodeError:
        return content.decode("latin-1"), f"{name}: "


def _normal_form(tokens: Tokens) -> NormalForm:
    tokens.word("NFG")
    tokens.word("1")
    tokens.word("R", "D")
    tokens.label("the title, a label in quotes")
    players = tokens.labels("a player's label in quotes")
    if len(players) > _MOST_PLAYERS:
        tokens.refuse(tokens.peek(), f"at most {_MOST_PLAYERS} players, not {len(players)}")
    counts, actions = _actions(tokens, players)
    if tokens.peek().kind == "label":
        tokens.take()  # the comment
    read = _outcome_table if tokens.at("{") else _payoff_table
    payoffs = read(tokens, counts)
    if tokens.peek().kind != "end":
        tokens.refuse(tokens.peek(), f"the end of the text, after {_sizes(counts)}")
    return NormalForm(
        # The first player's action varies fastest.
        [np.reshape(column, counts, order="F") for column in payoffs.T],
        players=distinct(players),
        actions=actions,
    )


def _actions(
    tokens: Tokens, players: Sequence[str]
) -> tuple[list[int], list[tuple[str, ...]] | None]:
    """Numbers of actions, with their labels if the file has them."""
    tokens.mark("{", "'{' and every player's number of actions or their labels")
    counts: list[int] = []
    actions: list[tuple[str, ...]] = []
    named = tokens.at("{")
    profiles = 1
    for player in players:
        whose = f"of player {player!r}"
        if named:
            actions.append(distinct(tokens.labels(f"a label of an action {whose}")))
            counts.append(len(actions[-1]))
        else:
            # A game larger than its text is refused before anything is made of its size.
            expected = (
                f"the number of actions {whose}, 1 or more, and no more profiles than the text has "
                f"characters left ({tokens.left})"
            )
            counts.append(tokens.count(1, tokens.left // profiles, expected))
        profiles *= counts[-1]
    tokens.mark("}", f"'}}', after the actions of {len(players)} players")
    return counts, actions if named else None


def _payoff_table(tokens: Tokens, counts: Sequence[int]) -> Any:
    """Payoffs ``(profiles, N)``, listed for every profile."""
    n = len(counts)
    total = math.prod(counts) * n
    _require_room(tokens, total, "payoffs", counts)
    sizes = f"of {total} ({_sizes(counts)}, {n} players)"
    numbers = [tokens.number(f"payoff {i + 1} {sizes}") for i in range(total)]
    return _array(numbers, n)


def _outcome_table(tokens: Tokens, counts: Sequence[int]) -> Any:
    """Payoffs ``(profiles, N)``, given by the number of each profile's outcome; 0: payoffs 0."""
    n = len(counts)
    outcomes = [[Fraction(0)] * n, *_outcomes(tokens, n)]
    total = math.prod(counts)
    most = len(outcomes) - 1
    _require_room(tokens, total, "numbers of outcomes", counts)
    numbers: list[Fraction] = []
    for i in range(total):
        expected = f"the outcome of profile {i + 1} of {total}, a number from 0 to {most}"
        numbers += outcomes[tokens.count(0, most, expected)]
    return _array(numbers, n)


def _outcomes(tokens: Tokens, n: int) -> Iterator[list[Fraction]]:
    """Payoffs of the outcomes that the file lists."""
    tokens.mark("{")
    while not tokens.at("}"):
        tokens.mark("{", "'{', with which an outcome begins, or '}'")
        tokens.label("the outcome's label in quotes")
        payoffs = []
        for i in range(n):
            payoffs.append(tokens.number(f"the outcome's payoff to player {i + 1} of {n}"))
            if tokens.at(","):  # which may also follow the last payoff
                tokens.take()
        tokens.mark("}", f"'}}', after the outcome's {n} payoffs")
        yield payoffs
    tokens.mark("}")


def _require_room(tokens: Tokens, count: int, what: str, counts: Sequence[int]) -> None:
    """Refuse at once a game larger than the text: every number takes a character."""
    if count > tokens.left:
        # Labels do not bound a product, whose digits may be more than can be written.
        number = str(count) if count < _MANY else f"more than {_MANY}"
        found = f"{tokens.left} more characters"
        tokens.refuse(tokens.peek(), f"{number} {what} ({_sizes(counts)})", found)


def _sizes(counts: Sequence[int]) -> str:
    return f"{' x '.join(map(str, counts))} profiles"


def _array(numbers: Sequence[Fraction], n: int) -> Any:
    return np.array(numbers, dtype=object).reshape(-1, n)


def distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels, blank ones numbered by position, repeated ones among themselves."""
    named = [label or str(i + 1) for i, label in enumerate(labels)]
    often = Counter(named)
    taken = set(named)
    suffixes = {label: itertools.count(1) for label in taken}
    found = []
    for label in named:
        new = label
        if often[label] > 1:
            new = next(x for k in suffixes[label] if (x := f"{label}_{k}") not in taken)
            taken.add(new)
        found.append(new)
    return tuple(found)


def _nfg_text(game: NormalForm) -> str:
    if game.batch_shape:
        raise GameError(f"game: {game!r} is a family; expected a single game: index it first")
    players = quoted_all(game.players, "players")
    lists = [quoted_all(a, f"actions[{i}]") for i, a in enumerate(game.actions)]
    listed = game.payoffs if game.exact is None else game.exact
    rows = zip(*(np.ravel(array, order="F").tolist() for array in listed), strict=True)
    body = (" ".join(map(written, row)) for row in rows)
    actions = "\n".join(lists)
    return "\n".join([f'NFG 1 R "" {players}\n\n{{ {actions} }}\n""\n', *body, ""])


def quoted_all(labels: Sequence[str], what: str) -> str:
    """Labels in braces."""
    return f"{{ {' '.join(quoted(label, what) for label in labels)} }}"


def quoted(label: str, what: str, *, blank: bool = False) -> str:
    """A label in quotes.

    Raises
    ------
    GameError
        If it cannot be written so.
    """
    try:
        label.encode()
    except UnicodeEncodeError:
        raise GameError(f"{what}: {label!r}; expected a label that is valid Unicode") from None
    if not (label or blank) or label.endswith("\\"):
        raise GameError(
            f"{what}: {label!r}; expected a label that is not blank and does not end in a "
            "backslash: the format cannot hold such ones"
        )
    return '"' + label.replace('"', '\\"') + '"'


def written(number: Fraction | float) -> str:
    """A number, exactly.

    Raises
    ------
    GameError
        If it has too many digits.
    """
    if isinstance(number, Fraction):
        try:
            return str(number)
        except ValueError:
            raise GameError("game: a number has too many digits to be written") from None
    return str(int(number)) if number.is_integer() else f"{Decimal(number):f}"


def _replace(path: Path, content: bytes) -> None:
    """Write a file beside the one to be replaced, then put it in its place."""
    target = path.resolve()
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        beside.write_bytes(content)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
