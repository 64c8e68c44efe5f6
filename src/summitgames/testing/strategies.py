"""Hypothesis strategies that draw games and perspectives, and shrink to readable ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.case.premises import Parameter, parameters, perspective
from summitgames.errors import GameError, whole_number
from summitgames.games.extensive_form import Chance, Decision, ExtensiveForm, Node, Outcome
from summitgames.games.normal_form import NormalForm
from summitgames.games.repeated import RepeatedGame
from summitgames.games.signaling import SignalingGame
from summitgames.games.stochastic import StochasticGame
from summitgames.models.registry import model as find_model

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "summitgames.testing draws games with Hypothesis, which is not installed: "
        "pip install 'summitgames[testing]'"
    ) from error

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy
    from numpy.typing import NDArray

__all__ = [
    "extensive_forms",
    "normal_forms",
    "perspectives",
    "repeated_games",
    "signaling_games",
    "stochastic_games",
]

_PAYOFFS: Final = ("integers", "floats")
_INFORMATION: Final = ("perfect", "recall", "any")
_TABLE_PAYOFFS: Final = ("integers", "fractions", "floats")
_LARGEST_DENOMINATOR: Final = 6
#: Power of ten of the largest and smallest unit of payoff.
_LARGEST_UNIT: Final = 12
#: Different payoffs of a player of games made for ties, at most.
_TIED_VALUES: Final = 3
_DISCOUNT_KINDS: Final = ("fractions", "floats")
_LARGEST_DISCOUNT: Final = 0.99
_LARGEST_WEIGHT: Final = 3
_LARGEST_INTEGER: Final = 3
_LARGEST_FLOAT: Final = 100.0
_DISCOUNTS: Final = tuple(Fraction(text) for text in ("0", "1/2", "2/3", "9/10", "99/100"))


def extensive_forms(
    *,
    players: Sequence[str] = ("a", "b"),
    max_depth: int = 4,
    max_nodes: int = 30,
    max_branches: int = 3,
    chance: bool = True,
    payoffs: str = "integers",
    batch_shape: tuple[int, ...] = (),
    tags: Sequence[str] = (),
    information: str = "perfect",
) -> SearchStrategy[ExtensiveForm]:
    """Random games in extensive form.

    Parameters
    ----------
    players
        Labels of the players.
    max_depth
        Moves from the root to an outcome, at most; from 1 on there is at least one.
    max_nodes
        Nodes, at most.
    max_branches
        Actions of a decision node and branches of a chance node, at most; a node with one is drawn
        too.
    chance
        Whether chance moves are drawn. Their probabilities are ratios of small whole numbers, often
        0.
    payoffs
        ``"integers"``: whole numbers from -3 to 3, so that ties abound and numbers are exact;
        ``"floats"``: finite floats from -100 to 100.
    batch_shape
        Shape of the family; ``()`` for single games. Some payoffs and probabilities are arrays that
        broadcast to it, others are numbers.
    tags
        Tags of which every outcome draws some.
    information
        ``"perfect"``: every information set is one node; ``"recall"``: nodes that follow the same
        own moves may share one, so that recall is perfect; ``"any"``: nodes with equally many
        actions may, be it on one path.

    Returns
    -------
    SearchStrategy of ExtensiveForm
        Games shrink to fewer nodes and to zeros. Actions are ``a0``, ``a1``, ..., chance labels
        ``c0``, ``c1``, ..., outcomes ``o0``, ``o1``, ... in preorder.

    Raises
    ------
    GameError
        If an option is no such number, label or name.

    Examples
    --------
    >>> from hypothesis import given
    >>> from summitgames import subgame_perfect
    >>> from summitgames.testing import assert_subgame_perfect
    >>> @given(extensive_forms(players=["host", "guest"], max_depth=3, batch_shape=(2,)))
    ... def test_backward_induction(game):
    ...     assert game.batch_shape == (2,)
    ...     assert_subgame_perfect(game, subgame_perfect(game))
    >>> test_backward_induction()
    """
    whole_number(max_depth, "max_depth", least=0)
    whole_number(max_nodes, "max_nodes", least=1)
    whole_number(max_branches, "max_branches", least=1)
    for size in batch_shape:
        whole_number(size, "batch_shape", least=1)
    if payoffs not in _PAYOFFS:
        raise GameError(f"payoffs: {payoffs!r}; expected one of {', '.join(_PAYOFFS)}")
    if information not in _INFORMATION:
        raise GameError(f"information: {information!r}; expected one of {', '.join(_INFORMATION)}")
    if isinstance(players, str) or not players:
        raise GameError(f"players: {players!r}; expected a sequence of labels")
    options = _Options(
        tuple(players),
        max_depth,
        max_branches,
        chance,
        payoffs == "integers",
        batch_shape,
        information,
    )
    return _extensive_forms(options, max_nodes, tuple(tags))


@dataclass(frozen=True)
class _Options:
    players: tuple[str, ...]
    max_depth: int
    max_branches: int
    chance: bool
    integers: bool
    batch_shape: tuple[int, ...]
    information: str

    @property
    def numbers(self) -> SearchStrategy[Any]:
        """A payoff."""
        if self.integers:
            return st.integers(-_LARGEST_INTEGER, _LARGEST_INTEGER)
        return st.floats(-_LARGEST_FLOAT, _LARGEST_FLOAT)

    def payoffs(self, draw: DrawFn, *, full: bool) -> Any:
        """A payoff: a number, or (always if `full`) an array of the family's shape."""
        if not self.batch_shape or not (full or draw(st.booleans())):
            return draw(self.numbers)
        shape = self.batch_shape if full else draw(self._shapes())
        size = math.prod(shape)
        drawn = draw(st.lists(self.numbers, min_size=size, max_size=size))
        return np.array(drawn, dtype=np.float64).reshape(shape)

    def probabilities(self, draw: DrawFn, branches: int) -> list[Any]:
        """Probabilities of a chance node: numbers, or arrays of one shape."""
        if not self.batch_shape or not draw(st.booleans()):
            weights = self._weights(draw, branches)
            exact = [Fraction(weight, sum(weights)) for weight in weights]
            return list(exact if self.integers else map(float, exact))
        shape = draw(self._shapes())
        rows = [self._weights(draw, branches) for _ in range(math.prod(shape))]
        table = np.array(rows, dtype=np.float64)
        shares = table / table.sum(axis=1, keepdims=True)
        return [shares[:, branch].reshape(shape) for branch in range(branches)]

    def _weights(self, draw: DrawFn, branches: int) -> list[int]:
        """Weights, of which one at least is not 0."""
        weight = st.integers(0, _LARGEST_WEIGHT)
        weights = draw(st.lists(weight, min_size=branches, max_size=branches))
        return weights if any(weights) else [1, *weights[1:]]

    def _shapes(self) -> SearchStrategy[tuple[int, ...]]:
        """Shapes that broadcast to the family's: trailing axes, each whole or of length 1."""
        whole = self.batch_shape
        axes = st.tuples(*(st.sampled_from(sorted({1, size})) for size in whole))
        return st.builds(lambda shape, cut: shape[cut:], axes, st.integers(0, len(whole) - 1))


@st.composite
def _extensive_forms(
    draw: DrawFn, options: _Options, max_nodes: int, tags: tuple[str, ...]
) -> ExtensiveForm:
    nodes_left = max_nodes - 1
    outcomes = 0
    kinds = ["decision", "decision", *(["chance"] if options.chance else [])]

    def outcome() -> Outcome:
        nonlocal outcomes
        label, first = f"o{outcomes}", outcomes == 0
        outcomes += 1
        payoffs = {
            player: options.payoffs(draw, full=first and place == 0)
            for place, player in enumerate(options.players)
        }
        return Outcome(label, payoffs, [tag for tag in tags if draw(st.booleans())])

    # By who moves, how many actions there are and (with recall) what the player did before.
    alike: dict[tuple[Any, ...], list[str]] = {}

    def infoset(player: str, branches: int, own: tuple[tuple[str, int], ...]) -> str | None:
        if options.information == "perfect":
            return None
        key = (player, branches, own if options.information == "recall" else ())
        known = alike.setdefault(key, [])
        number = draw(st.integers(0, len(known)))
        if number == len(known):
            known.append(f"i{sum(map(len, alike.values()))}")
        return known[number]

    def node(depth: int, moves: Mapping[str, tuple[tuple[str, int], ...]]) -> Node:
        nonlocal nodes_left
        most = min(options.max_branches, nodes_left)
        goes_on = depth < options.max_depth and most > 0
        choices = kinds if depth == 0 else ["outcome", *kinds]
        kind = draw(st.sampled_from(choices)) if goes_on else "outcome"
        if kind == "outcome":
            return outcome()
        branches = draw(st.integers(1, most))
        nodes_left -= branches
        if kind == "chance":
            probabilities = options.probabilities(draw, branches)
            return Chance(
                {f"c{i}": (p, node(depth + 1, moves)) for i, p in enumerate(probabilities)}
            )
        player = draw(st.sampled_from(options.players))
        own = moves.get(player, ())
        label = infoset(player, branches, own)
        after = (
            node(depth + 1, {**moves, player: (*own, (str(label), i))}) for i in range(branches)
        )
        return Decision(player, {f"a{i}": child for i, child in enumerate(after)}, infoset=label)

    return ExtensiveForm(node(0, {}), players=options.players)


def normal_forms(
    *,
    players: int | tuple[int, int] = 2,
    actions: int | tuple[int, int] = (1, 3),
    payoffs: str = "integers",
    ties: bool = False,
    symmetric: bool = False,
    zero_sum: bool = False,
    extreme_units: bool = False,
    batch_shape: tuple[int, ...] = (),
) -> SearchStrategy[NormalForm]:
    """Random games in normal form.

    Parameters
    ----------
    players
        Number of players, or the least and the largest.
    actions
        Number of actions of every player, or the least and the largest.
    payoffs
        ``"integers"``: whole numbers from -3 to 3, so that ties abound; ``"fractions"``: ratios
        with denominators up to 6 in that range, kept exactly; ``"floats"``: finite floats from -100
        to 100.
    ties
        Whether a player's payoffs take three values at most, so that most games are degenerate
        whatever kind their payoffs are of.
    symmetric
        Whether the two players may be swapped.
    zero_sum
        Whether the two players' payoffs sum to zero, exactly.
    extreme_units
        Whether payoffs are multiplied by powers of ten from 1e-12 to 1e12, drawn for each player
        (if neither `symmetric` nor `zero_sum`) and each game. Equilibria stay what they are; whole
        numbers and fractions stay exact.
    batch_shape
        Shape of the family; ``()`` for single games. Payoffs of players after the first are at
        times the same in all games of the family.

    Returns
    -------
    SearchStrategy of NormalForm
        Games shrink to fewer players, fewer actions, zeros and a unit of 1. Hypothesis shows them
        as the call that makes them, with nested lists of payoffs.

    Raises
    ------
    GameError
        If an option is no such number or name, or `symmetric` or `zero_sum` is asked for with
        other than two players.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(normal_forms(actions=2, zero_sum=True, batch_shape=(3,)))
    ... def test_values_agree(game):
    ...     assert (game.batch_shape, game.n_actions) == ((3,), (2, 2))
    ...     row, column = game.payoffs
    ...     assert (row == -column).all()
    >>> test_values_agree()
    """
    if payoffs not in _TABLE_PAYOFFS:
        raise GameError(f"payoffs: {payoffs!r}; expected one of {', '.join(_TABLE_PAYOFFS)}")
    for size in batch_shape:
        whole_number(size, "batch_shape", least=1)
    number = _least_and_most("players", players)
    if (symmetric or zero_sum) and number != (2, 2):
        kind = "symmetric" if symmetric else "zero_sum"
        raise GameError(f"players: {players!r}; expected 2, as {kind} games have")
    return _normal_forms(
        number,
        _Tables(
            _least_and_most("actions", actions),
            payoffs,
            ties,
            symmetric,
            zero_sum,
            extreme_units,
            batch_shape,
        ),
    )


def _least_and_most(name: str, given: int | tuple[int, int]) -> tuple[int, int]:
    """A range of whole numbers from a number or the two ends."""
    ends = given if isinstance(given, tuple) else (given, given)
    if len(ends) != 2:
        raise GameError(f"{name}: {given!r}; expected a number, or the least and the largest")
    least, most = ends
    whole_number(least, name, least=1)
    whole_number(most, name, least=least)
    return least, most


@dataclass(frozen=True)
class _Tables:
    """How the payoffs of games in normal form are drawn; arrays hold objects till the end."""

    actions: tuple[int, int]
    payoffs: str
    ties: bool
    symmetric: bool
    zero_sum: bool
    extreme_units: bool
    batch_shape: tuple[int, ...]

    @property
    def numbers(self) -> SearchStrategy[Any]:
        """A payoff in its own unit."""
        if self.payoffs == "integers":
            return st.integers(-_LARGEST_INTEGER, _LARGEST_INTEGER)
        if self.payoffs == "fractions":
            bound = _LARGEST_INTEGER
            return st.fractions(-bound, bound, max_denominator=_LARGEST_DENOMINATOR)
        return st.floats(-_LARGEST_FLOAT, _LARGEST_FLOAT)

    def counts(self, draw: DrawFn, players: int) -> tuple[int, ...]:
        """Numbers of actions."""
        number = st.integers(*self.actions)
        if self.symmetric:
            return (draw(number),) * 2
        return tuple(draw(number) for _ in range(players))

    def table(
        self, draw: DrawFn, batch: tuple[int, ...], counts: tuple[int, ...]
    ) -> NDArray[np.object_]:
        """Payoffs of one player, ``(*batch, k_1, ..., k_N)``."""
        numbers = self.numbers
        if self.ties:
            numbers = st.sampled_from(draw(st.lists(numbers, min_size=1, max_size=_TIED_VALUES)))
        size = math.prod((*batch, *counts))
        drawn = draw(st.lists(numbers, min_size=size, max_size=size))
        return _objects(drawn).reshape(*batch, *counts)

    def tables(self, draw: DrawFn, counts: tuple[int, ...]) -> list[NDArray[np.object_]]:
        """Payoffs of all players."""
        first = self.table(draw, self.batch_shape, counts)
        if self.symmetric and self.zero_sum:
            first = first - np.swapaxes(first, -1, -2)
        first = first * self.units(draw, self.batch_shape, counts)
        if self.zero_sum:
            return [first, -first]
        if self.symmetric:
            return [first, np.swapaxes(first, -1, -2)]
        tables = [first]
        for _ in counts[1:]:
            batch = self.batch_shape if draw(st.booleans()) else ()
            tables.append(self.table(draw, batch, counts) * self.units(draw, batch, counts))
        return tables

    def units(
        self, draw: DrawFn, batch: tuple[int, ...], counts: tuple[int, ...]
    ) -> NDArray[np.object_]:
        """A player's unit of payoff in every game, with an axis of length 1 for each player."""
        shape = (*batch, *(1 for _ in counts))
        if not self.extreme_units:
            return _objects([1]).reshape((1,) * len(shape))
        power = st.integers(-_LARGEST_UNIT, _LARGEST_UNIT)
        size = math.prod(batch)
        powers = draw(st.lists(power, min_size=size, max_size=size))
        return _objects([self._unit(power) for power in powers]).reshape(shape)

    def _unit(self, power: int) -> int | float | Fraction:
        if power >= 0:
            return int(10**power)
        return 10.0**power if self.payoffs == "floats" else Fraction(1, 10**-power)


def _objects(numbers: Sequence[Any]) -> NDArray[np.object_]:
    return np.array(numbers, dtype=object)


@st.composite
def _normal_forms(draw: DrawFn, players: tuple[int, int], options: _Tables) -> NormalForm:
    counts = options.counts(draw, draw(st.integers(*players)))
    tables = [table.tolist() for table in options.tables(draw, counts)]
    # Drawn, not called, so that Hypothesis shows the call.
    return draw(st.builds(NormalForm, st.just(tables)))


def repeated_games(
    *,
    stages: SearchStrategy[NormalForm] | None = None,
    discounts: str = "fractions",
    common: bool = True,
) -> SearchStrategy[RepeatedGame]:
    """Random repeated games.

    Parameters
    ----------
    stages
        Draws the stage games; None: `normal_forms` as it is, small games full of ties. Options such
        as ``normal_forms(ties=True, payoffs="floats")`` or a batch shape are given there.
    discounts
        ``"fractions"``: ratios from 0 to 5/6 with denominators up to 6, kept exactly, at which
        incentives often bind; ``"floats"``: floats from 0 to 0.99.
    common
        Whether all players have the same discount; else each has its own, at times the same.

    Returns
    -------
    SearchStrategy of RepeatedGame
        With families of stage games discounts are at times an array of their batch shape. Games
        shrink to stage games as `normal_forms` does, and to a discount of 0.

    Raises
    ------
    GameError
        If `discounts` is no such name.

    Examples
    --------
    >>> from hypothesis import given
    >>> from summitgames import minmax
    >>> @given(repeated_games(stages=normal_forms(actions=2, batch_shape=(3,))))
    ... def test_minmax_is_at_most_the_pure_one(game):
    ...     assert game.batch_shape == (3,)
    ...     assert (minmax(game.stage) <= minmax(game.stage, mixed=False) + 1e-12).all()
    >>> test_minmax_is_at_most_the_pure_one()
    """
    if discounts not in _DISCOUNT_KINDS:
        raise GameError(f"discounts: {discounts!r}; expected one of {', '.join(_DISCOUNT_KINDS)}")
    number: SearchStrategy[Any] = st.floats(0, _LARGEST_DISCOUNT)
    if discounts == "fractions":
        largest = Fraction(_LARGEST_DENOMINATOR - 1, _LARGEST_DENOMINATOR)
        number = st.fractions(0, largest, max_denominator=_LARGEST_DENOMINATOR)
    return _repeated_games(normal_forms() if stages is None else stages, number, common)


@st.composite
def _repeated_games(
    draw: DrawFn,
    stages: SearchStrategy[NormalForm],
    number: SearchStrategy[Any],
    common: bool,
) -> RepeatedGame:
    stage = draw(stages)

    def discount() -> Any:
        varied: bool = draw(st.booleans()) if stage.batch_shape else False
        if not varied:
            return draw(number)
        drawn = draw(st.lists(number, min_size=stage.size, max_size=stage.size))
        return _objects(drawn).reshape(stage.batch_shape).tolist()

    chosen = discount() if common else tuple(discount() for _ in stage.players)
    # Drawn, not called, so that Hypothesis shows the call.
    return draw(st.builds(RepeatedGame, st.just(stage), st.just(chosen)))


def perspectives(
    *,
    model: str | None = None,
    between: tuple[str, str] | None = None,
    largest: float = 2.0,
) -> SearchStrategy[dict[str, float]]:
    """Mappings with a value for every parameter, each in its range.

    Parameters
    ----------
    model
        Name of a model: its parameters only; None: the parameters of all models.
    between
        Two perspectives, by name or path: each value lies between theirs. They shrink to the first.
    largest
        Largest value of parameters whose range has no upper end (amounts and weights).

    Returns
    -------
    SearchStrategy of dict
        Parameter to float. `hazard_none` is at most `hazard_conditions`.

    Raises
    ------
    GameError
        If there is no such model or perspective, or `largest` is no positive finite number.

    Examples
    --------
    >>> from hypothesis import given
    >>> import summitgames as sg
    >>> @given(perspectives(model="preconditions", between=("article", "rebuttal")))
    ... def test_prize_lies_between(values):
    ...     assert 0.3 <= values["summit_prize_ukraine"] <= 0.6
    ...     assert sg.model("preconditions").solve(values)["payoff_russia"] in (0, 1)
    >>> test_prize_lies_between()
    """
    if not (math.isfinite(largest) and largest > 0):
        raise GameError(f"largest: {largest!r}; expected a positive finite number")
    records = parameters().values() if model is None else find_model(model).parameters
    if between is None:
        drawn = {record.name: _in_range(record, largest) for record in records}
    else:
        first, second = (perspective(name) for name in between)
        drawn = {r.name: _on_line(first[r.name], second[r.name]) for r in records}
    return st.fixed_dictionaries(drawn).map(_with_hazards_in_order)


def _in_range(record: Parameter, largest: float) -> SearchStrategy[float]:
    """A number in a parameter's range."""
    bounded = math.isfinite(record.upper)
    return st.floats(
        record.lower,
        record.upper if bounded else max(record.lower, largest),
        exclude_min=not record.includes_lower,
        exclude_max=bounded and not record.includes_upper,
    )


def _on_line(start: float, end: float) -> SearchStrategy[float]:
    """A number between two."""
    low, high = sorted((start, end))
    share = st.floats(0, 1)
    return share.map(lambda t: min(max(start + t * (end - start), low), high))


def _with_hazards_in_order(values: dict[str, float]) -> dict[str, float]:
    """The same with work on the conditions never making a settlement less likely.

    The lower end of `hazard_none` is nowhere above that of `hazard_conditions`, so the smaller of
    the two is in both ranges.
    """
    if {"hazard_none", "hazard_conditions"} <= values.keys():
        smaller = min(values["hazard_none"], values["hazard_conditions"])
        return {**values, "hazard_none": smaller}
    return values


def stochastic_games(
    *,
    players: int | tuple[int, int] = 2,
    states: int | tuple[int, int] = (1, 3),
    actions: int | tuple[int, int] = (1, 2),
    payoffs: str = "integers",
    common_discount: bool = False,
    all_available: bool = False,
    batch_shape: tuple[int, ...] = (),
) -> SearchStrategy[StochasticGame]:
    """Random stochastic games.

    Parameters
    ----------
    players, states, actions
        Numbers of players, of states and of actions of every player, or the least and the largest.
    payoffs
        ``"integers"``: whole numbers from -3 to 3, so that ties abound; ``"fractions"``: ratios
        with denominators up to 6 in that range; ``"floats"``: finite floats from -100 to 100. For
        the first two transition probabilities are ratios of small whole numbers, often 0, and
        discounts 0, 1/2, 2/3, 9/10 or 99/100, all kept exactly; else floats, discounts up to 0.95.
    common_discount
        Whether all players have the same discount.
    all_available
        Whether every player has all actions in every state.
    batch_shape
        Shape of the family; ``()`` for single games. Transitions are at times the same in all games
        of the family.

    Returns
    -------
    SearchStrategy of StochasticGame
        Games shrink to fewer players, states and actions, zeros, staying in the first state, and a
        discount of 0.

    Raises
    ------
    GameError
        If an option is no such number or name.

    Examples
    --------
    >>> from hypothesis import given
    >>> import summitgames as sg
    >>> from summitgames.testing import assert_markov_perfect
    >>> @given(stochastic_games(players=(1, 2), batch_shape=(2,)))
    ... def test_what_is_listed_is_an_equilibrium(game):
    ...     assert_markov_perfect(game, sg.markov_perfect(game))
    >>> test_what_is_listed_is_an_equilibrium()
    """
    if payoffs not in _TABLE_PAYOFFS:
        raise GameError(f"payoffs: {payoffs!r}; expected one of {', '.join(_TABLE_PAYOFFS)}")
    for size in batch_shape:
        whole_number(size, "batch_shape", least=1)
    tables = _Tables(
        _least_and_most("actions", actions),
        payoffs,
        ties=False,
        symmetric=False,
        zero_sum=False,
        extreme_units=False,
        batch_shape=batch_shape,
    )
    return _stochastic_games(
        _least_and_most("players", players),
        _least_and_most("states", states),
        tables,
        common_discount,
        all_available,
    )


@st.composite
def _stochastic_games(
    draw: DrawFn,
    players: tuple[int, int],
    states: tuple[int, int],
    options: _Tables,
    common_discount: bool,
    all_available: bool,
) -> StochasticGame:
    n, size = draw(st.integers(*players)), draw(st.integers(*states))
    counts = options.counts(draw, n)
    batch = options.batch_shape
    tables = [options.table(draw, batch, (size, *counts)).tolist() for _ in range(n)]
    moves = _moves(draw, batch if draw(st.booleans()) else (), (size, *counts), options.payoffs)
    if options.payoffs == "floats":
        discount: SearchStrategy[Any] = st.floats(0, _LARGEST_DISCOUNT)
    else:
        discount = st.sampled_from(_DISCOUNTS)
    discounts = draw(discount if common_discount else st.tuples(*[discount] * n))
    available = None
    if not all_available:
        available = [[draw(st.integers(1, k)) for k in counts] for _ in range(size)]
    # Drawn, not called, so that Hypothesis shows the call.
    given = [st.just(value) for value in (tables, moves, discounts)]
    return draw(st.builds(StochasticGame, *given, available=st.just(available)))


def _moves(draw: DrawFn, batch: tuple[int, ...], shape: tuple[int, ...], kind: str) -> Any:
    """Nested lists of transition probabilities, ``(*batch, S, k_1, ..., k_N, S)``."""
    return _distributions(draw, (*batch, *shape), shape[0], kind)


def _distributions(draw: DrawFn, shape: tuple[int, ...], count: int, kind: str) -> Any:
    """Nested lists of probabilities that are ratios of small whole numbers, ``(*shape, count)``."""
    rows = []
    for _ in range(math.prod(shape)):
        weights = [draw(st.integers(0, _LARGEST_WEIGHT)) for _ in range(count)]
        total = sum(weights)
        if total == 0:
            weights, total = [1, *weights[1:]], 1
        rows += [w / total if kind == "floats" else Fraction(w, total) for w in weights]
    array = np.array(rows, dtype=np.float64 if kind == "floats" else object)
    return array.reshape(*shape, count).tolist()


def signaling_games(
    *,
    types: int | tuple[int, int] = 2,
    messages: int | tuple[int, int] = 2,
    responses: int | tuple[int, int] = 2,
    payoffs: str = "integers",
    ties: bool = False,
    batch_shape: tuple[int, ...] = (),
) -> SearchStrategy[SignalingGame]:
    """Random signaling games.

    Parameters
    ----------
    types, messages, responses
        Their numbers, or the least and the largest.
    payoffs
        ``"integers"``: whole numbers from -3 to 3, so that ties abound; ``"fractions"``: ratios
        with denominators up to 6 in that range, kept exactly; ``"floats"``: finite floats from -100
        to 100.
    ties
        Whether a player's payoffs take three values at most, so that most games are degenerate
        whatever kind their payoffs are of.
    batch_shape
        Shape of the family; ``()`` for single games. The prior is at times the same in all games of
        the family.

    Returns
    -------
    SearchStrategy of SignalingGame
        Prior probabilities are ratios of whole numbers up to 3, often 0; floats, unless payoffs are
        ``"fractions"``. Hypothesis shows games as the call that makes them.

    Raises
    ------
    GameError
        If an option is no such number or name.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from summitgames import perfect_bayesian
    >>> from summitgames.testing import assert_sequentially_rational
    >>> @given(signaling_games(payoffs="floats", batch_shape=(2,)))
    ... @settings(max_examples=10)
    ... def test_perfect_bayesian(game):
    ...     assert_sequentially_rational(game, perfect_bayesian(game))
    >>> test_perfect_bayesian()
    """
    if payoffs not in _TABLE_PAYOFFS:
        raise GameError(f"payoffs: {payoffs!r}; expected one of {', '.join(_TABLE_PAYOFFS)}")
    for size in batch_shape:
        whole_number(size, "batch_shape", least=1)
    counts = (
        _least_and_most("types", types),
        _least_and_most("messages", messages),
        _least_and_most("responses", responses),
    )
    options = _Tables(
        (1, 1),
        payoffs,
        ties,
        symmetric=False,
        zero_sum=False,
        extreme_units=False,
        batch_shape=batch_shape,
    )
    return _signaling_games(counts, options)


@st.composite
def _signaling_games(
    draw: DrawFn, counts: tuple[tuple[int, int], ...], options: _Tables
) -> SignalingGame:
    shape = tuple(draw(st.integers(*ends)) for ends in counts)
    batch = options.batch_shape if draw(st.booleans()) else ()
    kind = "fractions" if options.payoffs == "fractions" else "floats"
    prior = _distributions(draw, batch, shape[0], kind)
    tables = [options.table(draw, options.batch_shape, shape).tolist() for _ in range(2)]
    # Drawn, not called, so that Hypothesis shows the call.
    return draw(st.builds(SignalingGame, st.just(prior), *map(st.just, tables)))
