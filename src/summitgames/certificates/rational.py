"""Certificates: exact proofs that strategies are an equilibrium, or the deviation that refutes.

A certificate holds the strategies as rationals and a digest of the game. Checking it repeats the
proof in exact arithmetic; no solver takes part, and nothing in a certificate is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from summitgames.certificates.consistency import SEQUENTIAL, AssessmentProver
from summitgames.certificates.findings import (
    NOT_DECIDED,
    PROVED,
    REFUTED,
    Deviation,
    Refutation,
    Strategies,
    WrongBelief,
)
from summitgames.certificates.normal_forms import NormalFormProver
from summitgames.certificates.rationals import rational, text_of
from summitgames.certificates.signaling import PERFECT_BAYESIAN, SignalingProver
from summitgames.certificates.trees import NASH, SUBGAME_PERFECT, TreeProver
from summitgames.errors import GameError, require_known
from summitgames.games.batches import truth_value
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.signaling import SignalingGame

if TYPE_CHECKING:
    import nashpy

    from summitgames.certificates.provers import Prover
    from summitgames.games.normal_form import NormalForm

#: A game of which there are certificates.
Game: TypeAlias = "ExtensiveForm | NormalForm | SignalingGame | nashpy.Game"

__all__ = ["Certificate", "certify"]

_FORMAT: Final = "summitgames certificate"
_VERSION: Final = 3
_VERDICTS: Final = (PROVED, REFUTED, NOT_DECIDED)
#: Who proves what, by kind of game and concept; the first one is what strategies are proved to be.
_ON_TREES: Final[Mapping[str, Callable[[Any, str], Prover]]] = {
    SUBGAME_PERFECT: TreeProver,
    NASH: TreeProver,
    SEQUENTIAL: AssessmentProver,
}
_IN_NORMAL_FORM: Final = {NASH: NormalFormProver}
_OF_SIGNALING: Final = {PERFECT_BAYESIAN: SignalingProver}
_CONCEPTS: Final = tuple({**_ON_TREES, **_IN_NORMAL_FORM, **_OF_SIGNALING})
_LARGEST_TEXT: Final = 200_000_000  # characters of JSON that are read at all
_LARGEST_NUMBER: Final = 1_000_000  # characters of one rational


@dataclass(frozen=True, repr=False)
class Certificate:
    """What was proved of strategies in a single game.

    Attributes
    ----------
    verdict
        "proved": it is an equilibrium: no player gains by deviating, and beliefs follow from Bayes'
        rule. "refuted": `deviation` shows that it is none. "not decided": exact arithmetic does not
        apply or does not decide, or was not asked for and floats do not decide.
    deviation
        Of a refuted certificate the most profitable `Deviation`, or the `WrongBelief` that is off
        by most; else None.
    exact_input
        Whether every number of the game was given exactly; False: floats were taken as the binary
        numbers that they are.
    game_digest
        SHA-256 of the game and its exact numbers.
    strategies
        Exact probabilities, of which the verdict speaks: of the actions of every player; on a tree
        of the actions at every information set in the game's order; in a signaling game of the
        messages type by type, then of the responses and then of the types believed in, both message
        by message.
    concept
        "Nash equilibrium", "subgame-perfect equilibrium", "sequential equilibrium" or "perfect
        Bayesian equilibrium".
    distance
        Largest distance of a probability that was given from the exact one, rounded up.
    radius
        0, or where a proved equilibrium may be irrational, a bound on the distance of its
        probabilities from `strategies`.
    message
        Why a certificate is not decided, or what else there is to say.

    Examples
    --------
    >>> from summitgames import Decision, ExtensiveForm, NormalForm, Outcome, certify
    >>> choice = Decision("a", {"l": Outcome("l", {"a": 3}), "r": Outcome("r", {"a": 1})})
    >>> game = ExtensiveForm(choice, players=["a"])
    >>> certify(game, {"": [1, 0]}).verdict
    'proved'
    >>> print(certify(game, {"": [0, 1]}).deviation)
    player 'a' gains 2 (2) by 'l' at 'the root'
    >>> chicken = NormalForm.symmetric([[0, 7], [2, 6]])
    >>> print(*certify(chicken, [[1 / 3, 2 / 3], [1 / 3, 2 / 3]]).strategies[0])
    1/3 2/3
    """

    verdict: str
    deviation: Refutation | None
    exact_input: bool
    game_digest: str
    strategies: Strategies
    message: str = ""
    concept: str = SUBGAME_PERFECT
    distance: float = 0.0
    radius: Fraction = Fraction(0)

    def __repr__(self) -> str:
        said = str(self.deviation) if self.deviation is not None else self.message
        return f"<Certificate: {self.concept} {self.verdict}{': ' if said else ''}{said}>"

    def to_json(self) -> str:
        """The certificate as JSON, rationals as text; `from_json` reads it back."""
        content = self._content()
        return json.dumps({**content, "checksum": _checksum(content)}, indent=1)

    def _content(self) -> dict[str, Any]:
        found = self.deviation
        return {
            "format": _FORMAT,
            "version": _VERSION,
            "concept": self.concept,
            "verdict": self.verdict,
            "deviation": None
            if found is None
            else {
                name: text_of(value) if isinstance(value, Fraction) else value
                for name, value in vars(found).items()
            },
            "exact_input": self.exact_input,
            "game": self.game_digest,
            "strategies": [list(map(text_of, probabilities)) for probabilities in self.strategies],
            "distance": self.distance,
            "radius": text_of(self.radius),
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
            concept=content["concept"],
            distance=content["distance"],
            radius=_rational(content["radius"]),
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
        distance: object = self.distance
        if not isinstance(distance, float) or not 0 <= distance < math.inf or self.radius < 0:
            raise _refusal("its distance or radius is no number of 0 or more")
        if self.radius and self.verdict != PROVED:
            raise _refusal("a radius goes with the verdict 'proved', and with no other")
        if (self.deviation is not None) != (self.verdict == REFUTED):
            raise _refusal("a deviation goes with the verdict 'refuted', and with no other")

    def check(self, game: Game) -> bool:
        """Prove the certificate again for a game, without any solver.

        What is proved is the verdict on ``strategies`` and ``radius``. How far these are from what
        was given (``distance``) only the one who has that can check.

        Parameters
        ----------
        game
            The single game of which the certificate speaks.

        Returns
        -------
        bool
            True: exact arithmetic gives the verdict and deviation stated.

        Raises
        ------
        GameError
            If the certificate is of another game, or states what exact arithmetic does not give.
        """
        provers = _provers(game)
        prover = provers[self.concept](game, self.concept) if self.concept in provers else None
        if prover is None or prover.digest != self.game_digest:
            raise _refusal("it is of another game (the games or their numbers differ)")
        if self.verdict == NOT_DECIDED:
            raise _refusal("it decides nothing")
        prover.require_strategies(self.strategies)
        if self.radius and self.verdict == PROVED:
            if not prover.holds_within(self.strategies, self.radius):
                raise _refusal("it says 'proved', but exact arithmetic does not find it so")
            return True
        found = prover.deviation(self.strategies)
        if (found is None) != (self.verdict == PROVED):
            truth = "a proof" if found is None else f"refuted: {found}"
            raise _refusal(f"it says {self.verdict!r}, but exact arithmetic gives {truth}")
        if found != self.deviation:
            raise _refusal(f"it states another deviation than the most profitable one: {found}")
        return True


def certify(
    game: Game, equilibrium: Any, *, concept: str | None = None, exact: bool = True
) -> Certificate:
    """Prove or refute that strategies are an equilibrium of a single game, in exact arithmetic.

    In normal form: a Nash equilibrium.

    On a tree of perfect recall: a subgame-perfect equilibrium, if nothing else is asked for. In the
    whole game and in every subgame no player gains by another strategy, found by backward induction
    over the player's information sets, each weighed by how chance and the others reach it. With
    perfect information every decision node, reached or not, begins a subgame, and no action there
    gains anything (one-shot deviation principle); without proper subgames it is the same as a Nash
    equilibrium. Of a Nash equilibrium, which is what `sequence_form` finds, nothing is asked off
    the path of play.

    With beliefs, a sequential equilibrium: beliefs are limits of those that follow by Bayes' rule
    when everybody trembles, and given them nobody gains by another action at any information set.

    In a signaling game: a perfect Bayesian equilibrium. No type gains by another message, the
    receiver by no other response to any message, sent or not, given the beliefs; these follow from
    Bayes' rule after messages that are sent.

    Probabilities that are all given exactly (whole numbers, Fraction, Decimal, sympy's rationals,
    texts such as "1/3") are judged as they stand. Where some are floats, which cannot hold most
    mixes, the verdict is

    - "proved" if an exact equilibrium on the support of the floats is found of which no probability
      is farther than 1e-9 from the float (probabilities up to 1e-9 may also be taken as 0). It is
      in the certificate, with its distance;
    - "refuted" if none is found, and the floats divided by their sum allow a deviation whose gain
      rounding does not explain: more than 2^-44 of the payoffs at stake for the player for each
      action of all players, so that there is no equilibrium within 2^-44 of them (with beliefs:
      none that gives probability 0 to the same actions and nodes);
    - "not decided" else: where payoffs tie but for their rounding, or nearly so.

    Numbers of the game that are floats are taken as the binary numbers that they are. Probabilities
    of chance on a tree are divided by their sum, which is 1 only nearly for floats such as 0.1, 0.2
    and 0.7.

    Where all but two players play one action (on a tree: in every subgame for itself, down to the
    subgames in it), the exact equilibrium solves linear equations, and where these leave a range of
    mixes, it is the one nearest to the floats. With three players or more who mix, equilibria may
    be irrational: besides simple rationals, a point is tried around which the Newton-Kantorovich
    theorem, in rationals, proves that there is exactly one equilibrium on the support, within the
    certificate's `radius`. It does not apply where actions tie that are not played, or to trees on
    which the actions of all who mix have more than 2^20 profiles, times ends. On a tree with three
    players who mix, gains are taken to be explained by up to 1e-9 instead of 2^-44.

    Parameters
    ----------
    game
        A single game: a `NormalForm` (or ``nashpy.Game``), a tree of perfect recall with values for
        all parameters, or a `SignalingGame`.
    equilibrium
        Normal form: one mixed strategy a player, as iteration over `Equilibria` gives them, or a
        result with ``.strategies`` that holds one equilibrium. Tree: a result with ``.behavior``,
        or a mapping from every information set's key to probabilities of its actions; with beliefs,
        a result with ``.beliefs`` as well, or the pair of both mappings. Signaling
        game: sender ``(T, M)``, receiver ``(M, R)`` and beliefs ``(M, T)``, as iteration over
        `PerfectBayesianEquilibria` gives them, or a result that holds one equilibrium.
    concept
        What is to be proved, one of the names that ``concept`` of a `Certificate` may have. None:
        on a tree what a result says that it is (that of `sequence_form` a Nash equilibrium), a
        sequential equilibrium where there are beliefs, and a subgame-perfect one else.
    exact
        False: floats only; the verdict is "refuted" where regret exceeds 1e-9 of the game's largest
        absolute payoff, else "not decided".

    Returns
    -------
    Certificate

    Raises
    ------
    GameError
        If `game` is a family of games, the strategies are no distributions, a result holds other
        than one equilibrium, or there is no such concept for this kind of game.
    SolverError
        If a tree is not of perfect recall; the information set is named.

    References
    ----------
    Osborne & Rubinstein (1994), A Course in Game Theory, lemma 98.2; Koller, Megiddo & von Stengel
    (1996), Games and Economic Behavior 14; Fudenberg & Tirole (1991), Journal of Economic Theory
    53(2); Ortega (1968), The Newton-Kantorovich theorem, American Mathematical Monthly 75.

    Examples
    --------
    >>> from summitgames import NormalForm, certify, support_enumeration
    >>> game = NormalForm.from_bimatrix([[3, 3], [2, 5], [0, 6]], [[3, 2], [2, 6], [3, 1]])
    >>> [certify(game, found).verdict for found in support_enumeration(game)]
    ['proved', 'proved', 'proved']
    >>> print(certify(game, ([1, 0, 0], ["1/2", "1/2"])).deviation)
    player '1' gains 1/2 (0.5) by '2'

    A threat that nobody would carry out, in a Nash equilibrium that is not subgame perfect:

    >>> from summitgames import Decision, ExtensiveForm, Outcome
    >>> entry = ExtensiveForm(
    ...     Decision("a", {
    ...         "out": Outcome("nothing", {"a": 0, "b": 2}),
    ...         "in": Decision("b", {
    ...             "fight": Outcome("war", {"a": -1, "b": -1}),
    ...             "share": Outcome("peace", {"a": 1, "b": 1}),
    ...         }),
    ...     }),
    ...     players=["a", "b"],
    ... )
    >>> threat = {"": [1, 0], "in": [1, 0]}
    >>> certify(entry, threat, concept="Nash equilibrium").verdict
    'proved'
    >>> print(certify(entry, threat).deviation)
    player 'b' gains 2 (2) by 'share' at 'in'
    """
    provers = _provers(game)
    _require_no_branch(equilibrium)
    if concept is None:
        concept = _concept_of(game, equilibrium)
    require_known("concept", concept, provers)
    prover = provers[concept](game, concept)
    found = prover.find(equilibrium, exact=truth_value(exact, "exact"))
    return Certificate(
        verdict=found.verdict,
        deviation=found.deviation,
        exact_input=prover.exact_input,
        game_digest=prover.digest,
        strategies=found.strategies,
        message=found.message,
        concept=prover.concept,
        distance=found.distance,
        radius=found.radius,
    )


def _provers(game: object) -> Mapping[str, Callable[[Any, str], Prover]]:
    """Concepts of a kind of game, and who proves them."""
    if isinstance(game, ExtensiveForm):
        return _ON_TREES
    return _OF_SIGNALING if isinstance(game, SignalingGame) else _IN_NORMAL_FORM


def _require_no_branch(equilibrium: object) -> None:
    """Refuse what `logit_path` gives as a whole: strategies at many points, one of them the end."""
    if hasattr(equilibrium, "precisions"):
        end = "(path.limit, path.beliefs)" if hasattr(equilibrium, "beliefs") else "path.limit"
        raise GameError(
            f"equilibrium: {type(equilibrium).__name__}, a whole branch; expected one equilibrium, "
            f"such as its end: {end}"
        )


def _concept_of(game: object, equilibrium: object) -> str:
    """What is given as an equilibrium of a game by default."""
    stated = getattr(equilibrium, "concept", None)
    if hasattr(equilibrium, "beliefs") or isinstance(equilibrium, tuple):
        stated = SEQUENTIAL
    provers = _provers(game)
    return stated if isinstance(stated, str) and stated in provers else next(iter(provers))


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
    except ValueError:  # a number of thousands of digits
        raise _refusal("it has a number that is too long") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise _refusal(f"no {_FORMAT}")
    if content.get("version") != _VERSION or content.get("concept") not in _CONCEPTS:
        raise _refusal(
            f"version {content.get('version')!r} of {content.get('concept')!r}; "
            f"expected version {_VERSION} of {' or '.join(map(repr, _CONCEPTS))}"
        )
    checksum = content.pop("checksum", None)
    empty = Certificate(PROVED, None, exact_input=True, game_digest="", strategies=())
    names = empty._content().keys()
    if content.keys() != names:
        wrong = sorted(content.keys() ^ names)
        raise _refusal(f"missing or unknown entries: {', '.join(wrong)}")
    if checksum != _checksum(content):
        raise _refusal("its content was changed (the checksum does not fit)")
    return content


def _read_deviation(content: Any) -> Refutation | None:
    if content is None:
        return None
    kinds = (Deviation, WrongBelief)
    names = [[field.name for field in fields(kind)] for kind in kinds]
    if not isinstance(content, dict) or set(content) not in [set(each) for each in names]:
        raise _refusal("its deviation is incomplete")
    texts = {name: content[name] for name in ("player", "action", "state") if name in content}
    if content["infoset"] is not None or "state" in content:
        texts["infoset"] = content["infoset"]
    if not all(isinstance(text, str) for text in texts.values()):
        raise _refusal("its deviation has labels that are no text")
    numbers = {name: _rational(content[name]) for name in content.keys() - texts - {"infoset"}}
    kind = WrongBelief if "state" in content else Deviation
    return kind(**{"infoset": None, **texts, **numbers})


def _rational(text: Any) -> Fraction:
    """A rational from text such as "-3/4"."""
    short = isinstance(text, str) and len(text) <= _LARGEST_NUMBER
    found = rational(text) if short else None
    if found is None:
        raise _refusal(f"{str(text)[:40]!r} is no rational such as '3/4'")
    return found
