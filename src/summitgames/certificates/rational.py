"""Certificates: exact proofs that strategies are an equilibrium, or the deviation that refutes.

A certificate of a game in extensive form holds the strategies as rationals and a digest of the
game. Checking it walks the tree once in exact arithmetic; no solver takes part, and nothing in a
certificate is ever executed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.certificates.regret import regret
from summitgames.errors import GameError, SolverError
from summitgames.games.batches import as_value
from summitgames.games.extensive_form import ExtensiveForm, Tree

if TYPE_CHECKING:
    from flint import fmpq

__all__ = ["Certificate", "Deviation", "certify"]

_FORMAT = "summitgames certificate"
_VERSION = 1
_CONCEPT = "subgame-perfect equilibrium"
_VERDICTS = ("proved", "refuted", "not decided")
_LARGEST_TEXT = 200_000_000  # characters of JSON that are read at all
_LARGEST_NUMBER = 10_000  # characters of one rational


@dataclass(frozen=True)
class Deviation:
    """A profitable one-shot deviation.

    Attributes
    ----------
    infoset
        Labels that lead to the decision node, joined by " > ".
    player
        Who deviates.
    action
        To which action.
    gain
        Exact gain in payoff.
    """

    infoset: str
    player: str
    action: str
    gain: Fraction

    def __str__(self) -> str:
        return (
            f"player {self.player!r} gains {self.gain} ({float(self.gain):.6g}) by {self.action!r} "
            f"at {self.infoset or 'the root'!r}"
        )


@dataclass(frozen=True)
class Certificate:
    """What was proved of strategies in a single game.

    Attributes
    ----------
    verdict
        "proved": no player gains by deviating once, at any decision node, reached or not.
        "refuted": `deviation` is profitable. "not decided": exact arithmetic does not apply, or was
        not asked for and floats do not decide.
    deviation
        The most profitable one-shot deviation of a refuted certificate, else None.
    exact_input
        Whether every number of the game was given exactly; False: floats were taken as the binary
        numbers that they are.
    game_digest
        SHA-256 of the game's tree and exact numbers.
    strategies
        Probabilities of the actions at every information set, in the game's order, as rationals.
    message
        Why a certificate is not decided, else "".

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, Outcome, certify
    >>> choice = Decision("a", {"l": Outcome("l", {"a": 3}), "r": Outcome("r", {"a": 1})})
    >>> game = ExtensiveForm(choice, players=["a"])
    >>> certify(game, {"": [1, 0]}).verdict
    'proved'
    >>> print(certify(game, {"": [0, 1]}).deviation)
    player 'a' gains 2 (2) by 'l' at 'the root'
    """

    verdict: str
    deviation: Deviation | None
    exact_input: bool
    game_digest: str
    strategies: tuple[tuple[Fraction, ...], ...]
    message: str = ""

    def to_json(self) -> str:
        """The certificate as JSON, rationals as text; `from_json` reads it back."""
        content = self._content()
        return json.dumps({**content, "checksum": _checksum(content)}, indent=1)

    def _content(self) -> dict[str, Any]:
        found = self.deviation
        return {
            "format": _FORMAT,
            "version": _VERSION,
            "concept": _CONCEPT,
            "verdict": self.verdict,
            "deviation": None
            if found is None
            else {
                "infoset": found.infoset,
                "player": found.player,
                "action": found.action,
                "gain": str(found.gain),
            },
            "exact_input": self.exact_input,
            "game": self.game_digest,
            "strategies": [[str(p) for p in probabilities] for probabilities in self.strategies],
            "message": self.message,
        }

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Read a certificate.

        Parameters
        ----------
        text
            What `to_json` wrote.

        Raises
        ------
        GameError
            If the text is no JSON, no certificate, of another version, incomplete or changed.
        """
        content = _read(text)
        strategies = content["strategies"]
        if not isinstance(strategies, list) or not all(isinstance(p, list) for p in strategies):
            raise _refusal("its strategies are no lists of rationals")
        certificate = cls(
            verdict=content["verdict"],
            deviation=_read_deviation(content["deviation"]),
            exact_input=content["exact_input"],
            game_digest=content["game"],
            strategies=tuple(tuple(_rational(p) for p in found) for found in strategies),
            message=content["message"],
        )
        certificate._check_types()
        return certificate

    def _check_types(self) -> None:
        if self.verdict not in _VERDICTS:
            raise _refusal(f"its verdict is {self.verdict!r}; expected {', '.join(_VERDICTS)}")
        flag: object = self.exact_input
        if not isinstance(flag, bool):
            raise _refusal("its exact_input is neither true nor false")
        texts: tuple[object, ...] = (self.game_digest, self.message)
        if not all(isinstance(text, str) for text in texts):
            raise _refusal("its game or message is no text")
        if (self.deviation is not None) != (self.verdict == "refuted"):
            raise _refusal("a deviation goes with the verdict 'refuted', and with no other")

    def check(self, game: ExtensiveForm) -> bool:
        """Prove the certificate again for a game, without any solver.

        Parameters
        ----------
        game
            The single game of which the certificate speaks.

        Returns
        -------
        bool
            True: the exact walk through the tree gives the verdict and deviation stated.

        Raises
        ------
        GameError
            If the certificate is of another game, or states what the walk does not give.
        """
        _require_single(game)
        if _digest(game) != self.game_digest:
            raise _refusal("it is of another game (the trees or their numbers differ)")
        if self.verdict == "not decided":
            raise _refusal("it decides nothing")
        _check_strategies(game, self.strategies)
        found = _exact_deviation(game, self.strategies)
        if (found is None) != (self.verdict == "proved"):
            truth = "a proof" if found is None else f"refuted: {found}"
            raise _refusal(f"it says {self.verdict!r}, but exact arithmetic gives {truth}")
        if found != self.deviation:
            raise _refusal(f"it states another deviation than the most profitable one: {found}")
        return True


def certify(game: ExtensiveForm, equilibrium: Any, *, exact: bool = True) -> Certificate:
    """Prove or refute that strategies are a subgame-perfect equilibrium of a single game.

    The one-shot deviation principle in exact rational arithmetic: at every decision node, reached
    or not, no action gives its player more than the strategies do.

    Parameters
    ----------
    game
        A single game of perfect information with values for all parameters.
    equilibrium
        A result with ``.behavior``, or a mapping from every information set's key to probabilities
        of its actions (floats are taken as binary numbers; each set must sum to exactly 1).
    exact
        False: floats only; the verdict is "refuted" where regret exceeds 1e-9 of the game's largest
        absolute payoff, else "not decided".

    Returns
    -------
    Certificate

    Raises
    ------
    GameError
        If `game` is a family of games, or the strategies are no distributions.
    SolverError
        If the game is not of perfect information.

    References
    ----------
    Osborne & Rubinstein (1994), A Course in Game Theory, lemma 98.2.
    """
    _require_single(game)
    strategies = _exact_strategies(game, getattr(equilibrium, "behavior", equilibrium))
    exact_input = not game.has_binary_numbers and not any(
        isinstance(value, np.ndarray) for value in (game.bindings or {}).values()
    )
    digest = _digest(game)
    if not exact:
        return _certify_in_floats(game, strategies, exact_input, digest)
    try:
        deviation = _exact_deviation(game, strategies)
    except SolverError as error:
        return Certificate("not decided", None, exact_input, digest, strategies, str(error))
    verdict = "proved" if deviation is None else "refuted"
    return Certificate(verdict, deviation, exact_input, digest, strategies)


def _certify_in_floats(
    game: ExtensiveForm,
    strategies: tuple[tuple[Fraction, ...], ...],
    exact_input: bool,
    digest: str,
) -> Certificate:
    """Certificate that floats can give."""
    behavior = {
        infoset.key: [float(p) for p in probabilities]
        for infoset, probabilities in zip(game.infosets, strategies, strict=True)
    }
    found = float(regret(game, behavior))
    scale = float(np.abs(game.quantity_values(0, 1)[np.unique(game.payoff_numbers)]).max())
    if found > 1e-9 * scale:
        deviation = _exact_deviation(game, strategies)
        return Certificate("refuted", deviation, exact_input, digest, strategies)
    message = f"regret is {found:.3g} in floats, which is no proof"
    return Certificate("not decided", None, exact_input, digest, strategies, message)


def _require_single(game: object) -> None:
    if not isinstance(game, ExtensiveForm):
        raise GameError(f"game: {type(game).__name__}; expected an ExtensiveForm")
    game.require_bound()
    if game.batch_shape:
        raise GameError(f"game: batch shape {game.batch_shape}; expected a single game")
    if not game.has_perfect_information:
        raise SolverError("game: not of perfect information; one-shot deviations need beliefs")


def _exact_strategies(game: ExtensiveForm, behavior: Any) -> tuple[tuple[Fraction, ...], ...]:
    """Strategies as rationals, information set by information set."""
    if not isinstance(behavior, Mapping):
        raise GameError(
            f"equilibrium: {type(behavior).__name__}; expected a mapping from information sets to "
            "probabilities, or a result with .behavior"
        )
    strategies = []
    for infoset in game.infosets:
        what = f"equilibrium[{infoset.key!r}]"
        if infoset.key not in behavior:
            raise GameError(f"{what}: missing; expected probabilities of its actions")
        given = behavior[infoset.key]
        found = []
        for probability in given:
            value = as_value(probability, what)
            if not isinstance(value, Fraction):
                raise GameError(f"{what}: {given!r}; expected one number for each action")
            found.append(value)
        strategies.append(tuple(found))
    _check_strategies(game, tuple(strategies))
    return tuple(strategies)


def _check_strategies(game: ExtensiveForm, strategies: tuple[tuple[Fraction, ...], ...]) -> None:
    """Refuse what is no distribution over the actions of every information set."""
    if len(strategies) != len(game.infosets):
        raise GameError(
            f"strategies: of {len(strategies)} information sets; expected {len(game.infosets)}"
        )
    for infoset, probabilities in zip(game.infosets, strategies, strict=True):
        what = f"strategies at infoset {infoset.label!r}"
        if len(probabilities) != len(infoset.actions):
            raise GameError(
                f"{what}: {len(probabilities)} probabilities; expected {len(infoset.actions)}"
            )
        if min(probabilities) < 0 or sum(probabilities) != 1:
            listed = ", ".join(map(str, probabilities))
            raise GameError(f"{what}: {listed}; expected rationals >= 0 that sum to exactly 1")


def _exact_deviation(
    game: ExtensiveForm, strategies: tuple[tuple[Fraction, ...], ...]
) -> Deviation | None:
    """The most profitable one-shot deviation (the first in preorder of equal ones), or None."""
    from flint import fmpq

    def exactly(number: Fraction) -> fmpq:
        return fmpq(number.numerator, number.denominator)

    tree = game.tree
    quantities = [exactly(number) for number in game.exact_quantities()]
    chance = dict(game.chance_probabilities())
    payoffs = game.payoff_numbers.tolist()
    movers, numbers = tree.mover.tolist(), tree.number.tolist()
    values: dict[int, list[fmpq]] = {}
    best: tuple[fmpq, int, int] | None = None  # gain, node, action
    for node in range(tree.size - 1, -1, -1):
        mover, number = movers[node], numbers[node]
        if mover == Tree.TERMINAL:
            values[node] = [quantities[quantity] for quantity in payoffs[number]]
            continue
        below = [values.pop(child) for child in tree.child_lists[node]]
        if mover == Tree.CHANCE:
            moves = [quantities[quantity] for quantity in chance[node]]
        else:
            moves = [exactly(probability) for probability in strategies[number]]
        here = [
            sum((move * branch[player] for move, branch in zip(moves, below, strict=True)), fmpq(0))
            for player in range(game.n_players)
        ]
        values[node] = here
        if mover >= 0:
            for action, branch in enumerate(below):
                gain = branch[mover] - here[mover]
                if gain > 0 and (
                    best is None or (gain, -node, -action) > (best[0], -best[1], -best[2])
                ):
                    best = gain, node, action
    if best is None:
        return None
    gain, node, action = best
    return Deviation(
        infoset=tree.name(node),
        player=game.players[movers[node]],
        action=tree.labels[tree.child_lists[node][action]],
        gain=Fraction(int(gain.p), int(gain.q)),
    )


def _digest(game: ExtensiveForm) -> str:
    """SHA-256 of the tree, its labels and its exact numbers."""
    try:
        numbers = [str(number) for number in game.exact_quantities()]
    except SolverError:  # an expression leaves the rationals
        numbers = [number.hex() for number in game.quantity_values(0, 1)[:, 0].tolist()]
    digest = hashlib.sha256()
    tree = game.tree
    for part in (
        game.players,
        tree.mover.tolist(),
        tree.parent.tolist(),
        tree.labels,
        [[numbers[quantity] for quantity in payoffs] for payoffs in game.payoff_numbers.tolist()],
        [numbers[quantity] for quantity in game.probability_numbers.tolist()],
    ):
        digest.update(json.dumps(part).encode())
    return digest.hexdigest()


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _refusal(reason: str) -> GameError:
    return GameError(f"certificate refused: {reason}")


def _read(text: object) -> dict[str, Any]:
    """Content of a certificate's JSON, its frame checked."""
    if not isinstance(text, str):
        raise _refusal(f"{type(text).__name__}; expected JSON text")
    if len(text) > _LARGEST_TEXT:
        raise _refusal(f"it has {len(text)} characters; expected at most {_LARGEST_TEXT}")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refusal(
            f"no JSON at line {error.lineno}, column {error.colno}: {error.msg} (truncated?)"
        ) from None
    except RecursionError:
        raise _refusal("it is nested too deeply") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise _refusal(f"no {_FORMAT}")
    if content.get("version") != _VERSION or content.get("concept") != _CONCEPT:
        raise _refusal(
            f"version {content.get('version')!r} of {content.get('concept')!r}; "
            f"expected version {_VERSION} of {_CONCEPT!r}"
        )
    checksum = content.pop("checksum", None)
    empty = Certificate("proved", None, exact_input=True, game_digest="", strategies=())
    names = empty._content().keys()
    if content.keys() != names:
        wrong = sorted(content.keys() ^ names)
        raise _refusal(f"missing or unknown entries: {', '.join(wrong)}")
    if checksum != _checksum(content):
        raise _refusal("its content was changed (the checksum does not fit)")
    return content


def _read_deviation(content: Any) -> Deviation | None:
    if content is None:
        return None
    if not isinstance(content, dict) or content.keys() != {"infoset", "player", "action", "gain"}:
        raise _refusal("its deviation is incomplete")
    labels = {name: label for name, label in content.items() if name != "gain"}
    if not all(isinstance(label, str) for label in labels.values()):
        raise _refusal("its deviation has labels that are no text")
    return Deviation(**labels, gain=_rational(content["gain"]))


def _rational(text: Any) -> Fraction:
    """A rational from text such as "-3/4"."""
    digits = text.removeprefix("-").replace("/", "", 1) if isinstance(text, str) else ""
    if not digits.isascii() or not digits.isdigit() or len(digits) > _LARGEST_NUMBER:
        raise _refusal(f"{str(text)[:40]!r} is no rational such as '3/4'")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise _refusal(f"{text[:40]!r} is no rational such as '3/4'") from None
