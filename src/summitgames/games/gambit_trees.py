"""Games in extensive form in Gambit's text format, `.efg`.

A file lists the nodes in preorder. Every node is one match of a regular expression, and what often
comes again (lists of moves, payoffs) is read once, so that a large file takes little time. Where a
node matches none, the same grammar is gone through piece by piece for the error that says where.

References
----------
The Gambit Project, "Game representation formats", in the manual of Gambit 16: the extensive game
file format.
"""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, NoReturn

import numpy as np

from summitgames.errors import GameError
from summitgames.games.extensive_form import (
    PROBABILITY_TOLERANCE,
    ExtensiveForm,
    Outcome,
    Tree,
    check_labels,
    information_sets,
)
from summitgames.games.flattening import MOST_ACTIONS
from summitgames.games.gambit_files import Tokens, distinct, quoted, quoted_all, written
from summitgames.games.nodes import SEPARATOR

__all__ = ["read_tree", "tree_text"]

#: Players: an outcome has a payoff for each.
_MOST_PLAYERS: Final = 1000

_LABEL: Final = r'"(?:\\"|[^"])*+"'
_COUNT: Final = r'[0-9]{1,18}+(?![^\s{},"])'
_OUTCOME: Final = rf"""
    \s*+ (?P<outcome>{_COUNT})
    (?: (?: \s*+ (?P<name>{_LABEL}) )?+ \s*+ \{{ (?P<payoffs>[^{{}}"]*+) \}} )?+
"""
_TERMINAL: Final = re.compile(rf'\s*+ t (?=[\s"]) \s*+ (?P<node>{_LABEL}) {_OUTCOME}', re.VERBOSE)
_DECISION: Final = re.compile(
    rf"""\s*+ p (?=[\s"]) \s*+ {_LABEL} \s*+ (?P<player>{_COUNT}) \s*+ (?P<infoset>{_COUNT})
    (?: \s*+ (?P<label>{_LABEL}) )?+
    (?: \s*+ \{{ (?P<moves>(?:\s*+ {_LABEL})++) \s*+ \}} )?+ {_OUTCOME}""",
    re.VERBOSE,
)
_CHANCE: Final = re.compile(
    rf"""\s*+ c (?=[\s"]) \s*+ {_LABEL} \s*+ (?P<infoset>{_COUNT})
    (?: \s*+ (?P<label>{_LABEL}) )?+
    (?: \s*+ \{{ (?P<moves>(?:\s*+ {_LABEL} \s*+ [^\s{{}},"]++)++) \s*+ \}} )?+ {_OUTCOME}""",
    re.VERBOSE,
)
_LABELS: Final = re.compile(_LABEL)
_BRANCHES: Final = re.compile(rf'({_LABEL})\s*+([^\s{{}},"]++)')
#: A number in a list, with a comma after it or none.
_ITEM: Final = r"\s*+ ([^\s,]++) \s*+ ,?+"
_DECIMAL: Final = re.compile(r"([+-]?[0-9]{1,17})(?:\.([0-9]{1,17}))?", re.ASCII)

_NODE: Final = "a node: c, p or t"


def read_tree(tokens: Tokens) -> ExtensiveForm:
    """The game in an `.efg` text."""
    tokens.word("EFG")
    tokens.word("2")
    tokens.word("R", "D")
    tokens.label("the title, a label in quotes")
    players = tokens.labels("a player's label in quotes", most=_MOST_PLAYERS)
    if tokens.peek().kind == "label":
        tokens.take()  # the comment
    with _without_collection():
        return _Reader(tokens, distinct(players)).read()


@contextmanager
def _without_collection() -> Iterator[None]:
    """No garbage collection meanwhile.

    All that is made is kept, and looking through it again and again takes longer than making it.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Reader:
    """Reads the nodes of a file one after the other, in preorder.

    Attributes
    ----------
    quantities, known
        The distinct numbers, and the number of each.
    """

    def __init__(self, tokens: Tokens, players: tuple[str, ...]) -> None:
        self.tokens, self.players = tokens, players
        self.text = tokens.text
        self.mover: list[int] = []
        self.parent: list[int] = []
        self.number: list[int] = []
        self.labels: list[str] = []
        self.quantities: list[Fraction] = []
        self.known: dict[tuple[int, int], int] = {}
        self.list = re.compile(_ITEM * len(players) + r"\s*+", re.VERBOSE)
        self.outcomes: list[Outcome] = []
        self.payoffs: list[tuple[int, ...]] = []
        self.probabilities: list[int] = []
        self.chance_nodes = 0
        # By the numbers in the file.
        self.infosets: dict[tuple[int, str], int] = {}
        self.chances: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {}
        self.defined: dict[str, tuple[str, tuple[int, ...]]] = {}
        # Information sets as they are met.
        self.infoset_names: list[tuple[int, str, str]] = []
        self.infoset_actions: list[tuple[str, ...]] = []
        self.infoset_nodes: list[list[int]] = []
        # What was read before.
        self.moves: dict[str, tuple[str, ...]] = {}
        self.branches: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {}
        self.lists: dict[str, tuple[int, ...]] = {}
        self.numbers: dict[str, int] = {}
        self.made: dict[tuple[str, tuple[int, ...]], Outcome] = {}
        self.ends_in_number = False

    def read(self) -> ExtensiveForm:
        """Read all nodes, and make the game of them."""
        position = self.tokens.peek().start
        # Moves that are still to be followed: labels, last one first, and the node they leave.
        waiting: list[tuple[list[str], int, tuple[Fraction, ...] | None]] = [([""], -1, None)]
        while waiting:
            labels, parent, above = waiting[-1]
            self.parent.append(parent)
            self.labels.append(labels.pop())
            if not labels:
                waiting.pop()
            node = len(self.mover)
            position, moves, gained = self._node(position, node, above)
            if moves:
                waiting.append((list(moves[::-1]), node, gained))
        self._finish(position)
        return self._game()

    def _node(
        self, start: int, node: int, above: tuple[Fraction, ...] | None
    ) -> tuple[int, tuple[str, ...], tuple[Fraction, ...] | None]:
        """Read one node: where it ends, its moves, and what was paid on the way so far."""
        text = self.text
        match = _TERMINAL.match(text, start)
        if match is not None:
            at, number, name, payoffs = match.group("node", "outcome", "name", "payoffs")
            label, amounts = self._outcome(start, number, name, payoffs)
            if above is not None:
                listed = self.quantities
                total = [a + listed[n] for a, n in zip(above, amounts, strict=True)]
                amounts = tuple(map(self._quantity, total))
            self.mover.append(Tree.TERMINAL)
            self.number.append(len(self.outcomes))
            self.payoffs.append(amounts)
            self.outcomes.append(self._made(label or _text_of(at), amounts))
            self.ends_in_number = payoffs is None and number.strip("0") != ""
            return match.end(), (), None
        match = _DECISION.match(text, start)
        if match is not None:
            moves = self._decision(start, node, match)
        else:
            match = _CHANCE.match(text, start)
            if match is None:
                self._explain(start)
            moves = self._chance(start, match)
        number, name, payoffs = match.group("outcome", "name", "payoffs")
        if number.strip("0") or payoffs is not None:
            _, amounts = self._outcome(start, number, name, payoffs)
            gained = [self.quantities[n] for n in amounts]
            above = tuple(
                gained if above is None else (a + b for a, b in zip(above, gained, strict=True))
            )
        return match.end(), moves, above

    def _decision(self, start: int, node: int, match: re.Match[str]) -> tuple[str, ...]:
        """Who moves, and the labels of the moves."""
        whose, number, label, listed = match.group("player", "infoset", "label", "moves")
        player, number = int(whose) - 1, _plain(number)
        if not 0 <= player < len(self.players):
            n = len(self.players)
            self._refuse(start, 2, f"the number of a player, from 1 to {n}")
        moves = None if listed is None else self.moves.get(listed)
        if listed is not None and moves is None:
            moves = self.moves[listed] = self._labels(start, _LABELS.findall(listed))
        at = self.infosets.get((player, number))
        if at is None:
            if moves is None:
                self._explain_missing(start, 3)
            at = self.infosets[player, number] = len(self.infoset_nodes)
            self.infoset_names.append((player, number, _text_of(label or "")))
            self.infoset_actions.append(moves)
            self.infoset_nodes.append([])
        elif moves is not None and moves != self.infoset_actions[at]:
            expected = f"the moves {list(self.infoset_actions[at])}, as elsewhere in infoset"
            self._refuse(start, 3, f"{expected} {number} of player {whose}", f"{list(moves)}")
        self.mover.append(player)
        self.number.append(at)
        self.infoset_nodes[at].append(node)
        return self.infoset_actions[at]

    def _chance(self, start: int, match: re.Match[str]) -> tuple[str, ...]:
        """Read a chance node: the labels of its branches."""
        number, listed = _plain(match["infoset"]), match["moves"]
        before = self.chances.get(number)
        if listed is None:
            if before is None:
                self._explain_missing(start, 2)
        else:
            branches = self.branches.get(listed)
            if branches is None:
                branches = self.branches[listed] = self._branches_of(start, listed)
            if before is not None and before != branches:
                expected = f"the branches and probabilities of chance infoset {number} before"
                self._refuse(start, 2, expected, "others")
            before = self.chances[number] = branches
        self.mover.append(Tree.CHANCE)
        self.number.append(self.chance_nodes)
        self.chance_nodes += 1
        self.probabilities += before[1]
        return before[0]

    def _branches_of(self, start: int, listed: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        pairs = _BRANCHES.findall(listed)
        labels = self._labels(start, [label for label, _ in pairs])
        numbers = []
        for place, (_, text) in enumerate(pairs):
            number = self._number(text)
            if number is None or self.quantities[number] < 0:
                self._explain(start, place)
            numbers.append(number)
        total = sum((self.quantities[number] for number in numbers), Fraction(0))
        if abs(total - 1) > PROBABILITY_TOLERANCE:
            self._refuse(
                start, 2, "probabilities that sum to 1", f"probabilities that sum to {total}"
            )
        return labels, tuple(numbers)

    def _labels(self, start: int, quoted: Sequence[str]) -> tuple[str, ...]:
        """Labels of moves: all different, none blank, none that joins others."""
        if len(quoted) > MOST_ACTIONS:
            found = f"{len(quoted)} moves"
            self._refuse(start, 0, f"at most {MOST_ACTIONS} moves at a node", found)
        return distinct([_joined(_text_of(label)) for label in quoted])

    def _outcome(
        self, start: int, number: str, name: str | None, payoffs: str | None
    ) -> tuple[str, tuple[int, ...]]:
        """Label and payoffs of an outcome, defined here or before."""
        number = number.lstrip("0")
        found = self.defined.get(number)
        if payoffs is None:
            if not number:
                zero = self._quantity(Fraction(0))
                return "", (zero,) * len(self.players)
            if found is None:
                expected = "the label and payoffs of an outcome that no node before has"
                self._explain_end(start, expected)
            return found
        amounts = self.lists.get(payoffs)
        if amounts is None:
            amounts = self._amounts(start, payoffs)
        if not number:
            self._refuse(start, -1, "no payoffs for outcome 0, which is none", "outcome 0")
        if found is None:
            found = self.defined[number] = (_text_of(name or ""), amounts)
        elif found[1] != amounts:
            self._refuse(start, -1, "the payoffs that it has at a node before", f"outcome {number}")
        return found

    def _amounts(self, start: int, listed: str) -> tuple[int, ...]:
        """Payoffs in braces, one a player."""
        match = self.list.fullmatch(listed)
        amounts = []
        for text in match.groups() if match is not None else ():
            number = self.numbers.get(text)
            if number is None:
                number = self._number(text)
            amounts.append(number)
        if match is None or None in amounts:
            self._explain(start)
        found: tuple[Any, ...] = tuple(amounts)
        self.lists[listed] = found
        return found

    def _number(self, text: str) -> int | None:
        """Number of a quantity given as text; None: it is none."""
        known = self.numbers.get(text)
        if known is not None:
            return known
        match = _DECIMAL.fullmatch(text)
        if match is not None:
            whole, decimals = match.groups("")
            value = Fraction(int(whole + decimals), 10 ** len(decimals))
        else:
            try:
                value = Tokens(text).number("")
            except GameError:
                return None
        known = self.numbers[text] = self._quantity(value)
        return known

    def _quantity(self, value: Fraction) -> int:
        # Fractions themselves would be slow to look up.
        key = value.numerator, value.denominator
        number = self.known.get(key)
        if number is None:
            number = self.known[key] = len(self.quantities)
            self.quantities.append(value)
        return number

    def _made(self, label: str, amounts: tuple[int, ...]) -> Outcome:
        """Outcome; nodes with the same share it."""
        outcome = self.made.get((label, amounts))
        if outcome is None:
            values = [self.quantities[number] for number in amounts]
            payoffs = MappingProxyType(dict(zip(self.players, values, strict=True)))
            outcome = self.made[label, amounts] = Outcome(label, payoffs)
        return outcome

    def _finish(self, position: int) -> None:
        """Refuse what follows the last node, and a number in which the text may have been cut."""
        tokens = self.tokens
        tokens.jump(position)
        end = tokens.peek()
        if end.kind != "end":
            tokens.refuse(end, f"the end of the text, after {len(self.mover)} nodes")
        rest = self.text[position:]
        if self.ends_in_number and "\n" not in rest and "\r" not in rest:
            tokens.refuse(
                end,
                "a line break after the last number, without which the text may have been cut off",
            )

    def _game(self) -> ExtensiveForm:
        tree = Tree.of(self.mover, self.parent, self.number, self.labels)
        names = _infoset_labels(self.infoset_names)
        infosets = information_sets(
            [
                (self.players[player], label)
                for (player, _, _), label in zip(self.infoset_names, names, strict=True)
            ],
            self.infoset_actions,
            self.infoset_nodes,
            tree,
        )
        check_labels(infosets, tree)
        n = len(self.players)
        return ExtensiveForm.of_parts(
            players=self.players,
            parameters=(),
            tree=tree,
            infosets=infosets,
            outcomes=tuple(self.outcomes),
            quantities=tuple(self.quantities),
            payoff_numbers=np.array(self.payoffs, dtype=np.int32).reshape(-1, n),
            probability_numbers=np.array(self.probabilities, dtype=np.int32),
            has_binary_numbers=False,
            bindings=MappingProxyType({}),
        )

    # Errors: the grammar once more, piece by piece

    def _refuse(self, start: int, skip: int, expected: str, found: str | None = None) -> NoReturn:
        """Refuse a node that can be read: at its token with a number, -1: that of its outcome."""
        tokens = self.tokens
        tokens.jump(start)
        if skip < 0:
            self._skip_to_outcome()
        else:
            for _ in range(skip):
                tokens.take()
        tokens.refuse(tokens.peek(), expected, found)

    def _skip_to_outcome(self) -> None:
        """Pass a node up to the number of its outcome."""
        tokens = self.tokens
        kind = tokens.take().text
        for _ in range({"t": 1, "c": 2, "p": 3}[kind]):
            tokens.take()
        if tokens.peek().kind == "label":
            tokens.take()
        if tokens.at("{"):
            while not tokens.at("}"):
                tokens.take()
            tokens.take()

    def _explain_end(self, start: int, expected: str) -> NoReturn:
        """Refuse what comes after the number of an outcome."""
        self.tokens.jump(start)
        self._skip_to_outcome()
        self.tokens.take()
        after = self.tokens.peek()
        if after.kind == "label" or self.tokens.at("{"):
            self._explain(start)
        self.tokens.refuse(after, expected)

    def _explain_missing(self, start: int, skip: int) -> NoReturn:
        """Refuse an information set without moves that was not met before."""
        tokens = self.tokens
        tokens.jump(start)
        for _ in range(skip + 1):
            tokens.take()
        if tokens.peek().kind == "label":
            tokens.take()
        tokens.refuse(
            tokens.peek(), "'{' and the moves of an information set that no node before is in"
        )

    def _explain(self, start: int, branch: int | None = None) -> NoReturn:
        """Say where a node that cannot be read goes wrong."""
        tokens = self.tokens
        tokens.jump(start)
        kind = tokens.take()
        if kind.kind != "word" or kind.text not in ("c", "p", "t"):
            tokens.refuse(kind, f"{_NODE} ({len(self.mover) + 1} in preorder)")
        tokens.label("the node's label in quotes")
        most = 10**18 - 1
        if kind.text == "p":
            tokens.count(0, most, "the number of a player")
        if kind.text in "cp":
            tokens.count(0, most, "the number of an information set, of at most 18 digits")
            if tokens.peek().kind == "label":
                tokens.take()
            if tokens.at("{"):
                self._explain_moves(with_numbers=kind.text == "c", branch=branch)
        tokens.count(0, most, "the number of an outcome, of at most 18 digits")
        if tokens.peek().kind == "label":
            tokens.take()
            if not tokens.at("{"):
                tokens.refuse(tokens.peek(), "'{', with which the outcome's payoffs begin")
        if tokens.at("{"):
            n = len(self.players)
            tokens.mark("{")
            for player in range(n):
                tokens.number(f"the outcome's payoff to player {player + 1} of {n}")
                if tokens.at(","):
                    tokens.take()
            tokens.mark("}", f"'}}', after the outcome's {n} payoffs")
        raise AssertionError(f"a node that can be read: {self.text[start : start + 200]!r}")

    def _explain_moves(self, *, with_numbers: bool, branch: int | None) -> None:
        tokens = self.tokens
        tokens.mark("{")
        place = 0
        while place == 0 or not tokens.at("}"):
            tokens.label("the label of a move in quotes")
            if with_numbers:
                where = tokens.peek()
                number = tokens.number("the probability of the move")
                if number < 0:
                    tokens.refuse(where, "a probability that is not negative")
                if branch == place:
                    tokens.refuse(where, "a probability")
            place += 1
        tokens.mark("}")


def _text_of(quoted: str) -> str:
    """A label without its quotes."""
    return quoted[1:-1].replace('\\"', '"') if "\\" in quoted else quoted[1:-1]


def _plain(number: str) -> str:
    """A whole number without zeros before it."""
    return number.lstrip("0") or "0"


def _joined(label: str) -> str:
    """A label that can be joined with others: what joins them is replaced in it."""
    while SEPARATOR in f"{label} ":
        label = f"{label} ".replace(SEPARATOR, " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ")
        label = label.removesuffix(" ")
    return label


def _infoset_labels(names: Sequence[tuple[int, str, str]]) -> list[str]:
    """Labels of information sets, different for each player: the file's, else its numbers."""
    often = Counter((player, label) for player, _, label in names)
    taken = {key for key, count in often.items() if count == 1 and key[1]}
    labels = []
    for player, number, label in names:
        if (player, label) in taken:
            labels.append(label)
            continue
        new = number
        while (player, new) in taken:
            new += "'"
        labels.append(new)
    return labels


def tree_text(game: ExtensiveForm) -> str:
    """A single game in extensive form as the text of an `.efg` file."""
    exact = list(map(written, game.exact_quantities()))
    tree = game.tree
    movers, numbers = tree.mover.tolist(), tree.number.tolist()
    chance = dict(game.chance_probabilities())
    payoffs = game.payoff_numbers.tolist()
    own: dict[str, int] = {}
    heads = []  # of the nodes of each information set
    for infoset in game.infosets:
        own[infoset.player] = own.get(infoset.player, 0) + 1
        player = game.players.index(infoset.player) + 1
        label = quoted(infoset.given_label or "", "infoset", blank=True)
        moves = quoted_all(infoset.actions, "actions")
        heads.append(f'p "" {player} {own[infoset.player]} {label} {moves} 0')
    lines = [f'EFG 2 R "" {quoted_all(game.players, "players")}', '""', ""]
    for node in range(tree.size):
        number = numbers[node]
        if movers[node] == Tree.TERMINAL:
            label = quoted(game.outcomes[number].label, "outcome", blank=True)
            amounts = ", ".join(exact[quantity] for quantity in payoffs[number])
            lines.append(f't "" {number + 1} {label} {{ {amounts} }}')
        elif movers[node] == Tree.CHANCE:
            pairs = zip(tree.child_lists[node], chance[node], strict=True)
            branches = " ".join(
                f"{quoted(tree.labels[child], 'branches')} {exact[quantity]}"
                for child, quantity in pairs
            )
            lines.append(f'c "" {number + 1} "" {{ {branches} }} 0')
        else:
            lines.append(heads[number])
    return "\n".join([*lines, ""])
