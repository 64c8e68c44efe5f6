"""Commitments: what a player does ahead of a game to be bound, or believed, in it.

Each function takes a tree and gives a new one. Labels, tags, parameters with their values and exact
numbers are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from summitgames.errors import GameError, SolverError, unknown_name, whole_number
from summitgames.games.batches import Batch, as_value, batch_index, kept
from summitgames.games.extensive_form import (
    ExtensiveForm,
    InformationSet,
    check_labels,
    information_sets,
)
from summitgames.games.flattening import MOST_ACTIONS
from summitgames.games.nodes import Chance, Decision, Node, Outcome, Tree
from summitgames.games.plans import PlayerPlans

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["leader_commits", "sunk_cost", "tied_hands", "verification"]

#: Nodes of the tree in which a leader has announced a plan.
_MAX_NODES: Final = 200_000
#: Joins an information set's label with what its player, or everybody, has come to know.
_KNOWING: Final = " | "


def tied_hands(
    game: ExtensiveForm, player: str, infoset: Any, action: str, cost: Any
) -> ExtensiveForm:
    """Game in which any other choice than the promised one costs the player.

    Parameters
    ----------
    game
        The game. Parameters without values are allowed.
    player
        Who is bound.
    infoset
        An information set of that player: its label, or the labels that lead to it.
    action
        What is promised there.
    cost
        What breaking the promise costs the player, whatever follows: a number, an array that
        broadcasts with the batch, or a sympy expression in the game's parameters, not negative.

    Returns
    -------
    ExtensiveForm
        The same tree, with `cost` taken from the player's payoff at every end below another action.

    Raises
    ------
    GameError
        If a name is unknown (with the nearest that exists), the information set is another
        player's, or `cost` is negative, not finite, or does not fit the batch. The sign of an
        expression is checked if its parameters have values, and not where they get them later.

    Notes
    -----
    Where an array meets a payoff that is an expression (or an expression a payoff that is an
    array), the array becomes the value of a new parameter; this needs a game whose parameters have
    values.

    References
    ----------
    Schelling (1960), The Strategy of Conflict. Fearon (1997), Signaling foreign policy interests:
    tying hands versus sinking costs, Journal of Conflict Resolution 41(1).

    Examples
    --------
    >>> import summitgames as sg
    >>> entry = sg.ExtensiveForm(
    ...     sg.Decision("entrant", {
    ...         "enter": sg.Decision("incumbent", {
    ...             "share": sg.Outcome("duopoly", {"entrant": 1, "incumbent": 1}),
    ...             "fight": sg.Outcome("war", {"entrant": -1, "incumbent": 0}),
    ...         }),
    ...         "stay out": sg.Outcome("monopoly", {"entrant": 0, "incumbent": 2}),
    ...     }),
    ...     players=["entrant", "incumbent"],
    ... )
    >>> bound = sg.tied_hands(entry, "incumbent", "enter", "fight", cost=[0.5, 1.5])
    >>> sg.subgame_perfect(bound).path.tolist()
    ['enter > share', 'stay out']
    """
    own = _own_infoset(game, player, infoset)
    _require_action(own, action)
    others = [label for label in own.actions if label != action]
    return _charged(game, own, others, cost)


def sunk_cost(
    game: ExtensiveForm, player: str, infoset: Any, actions: Sequence[str], cost: Any
) -> ExtensiveForm:
    """Game in which some actions cost the player when they are chosen, whatever follows.

    Parameters
    ----------
    game, player, infoset, cost
        As of `tied_hands`.
    actions
        Labels of the actions that have the cost.

    Returns
    -------
    ExtensiveForm
        The same tree, with `cost` taken from the player's payoff at every end below these actions.

    Raises
    ------
    GameError
        As of `tied_hands`; also if `actions` is empty or names an action twice.

    References
    ----------
    Spence (1977), Entry, capacity, investment and oligopolistic pricing, Bell Journal of Economics
    8(2). Fearon (1997), Journal of Conflict Resolution 41(1).

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.ExtensiveForm(
    ...     sg.Decision("a", {
    ...         "build": sg.Outcome("bridge", {"a": 3}),
    ...         "wait": sg.Outcome("nothing", {"a": 1}),
    ...     }),
    ...     players=["a"],
    ... )
    >>> sg.subgame_perfect(sg.sunk_cost(game, "a", "", ["build"], cost=[1, 3])).path.tolist()
    ['build', 'wait']
    """
    own = _own_infoset(game, player, infoset)
    if isinstance(actions, str) or not np.iterable(actions):
        raise GameError(f"actions: {actions!r}; expected a sequence of labels")
    costly = list(actions)
    if not costly:
        raise GameError("actions: empty; expected at least one label")
    for label in costly:
        _require_action(own, label)
        if costly.count(label) > 1:
            raise GameError(f"actions: {label!r} more than once; expected distinct labels")
    return _charged(game, own, costly, cost)


def verification(game: ExtensiveForm, infoset: Any, accuracy: Any = 1) -> ExtensiveForm:
    """Game in which the player who moves at an information set learns where it is.

    Parameters
    ----------
    game
        The game, of perfect recall. Parameters without values are allowed.
    infoset
        An information set, of m nodes: its label, or (player, label).
    accuracy
        Probability that what the player is told is true, from 1/m to 1: a number, an array that
        broadcasts with the batch, or a sympy expression in the game's parameters. A signal of
        accuracy 1/m is the same wherever the player is, and tells nothing; below 1/m it would tell
        more again, by being wrong.

    Returns
    -------
    ExtensiveForm
        With accuracy 1, a number, the same tree: the information set is split into its nodes, and
        so are the later ones of the player, who does not forget. Else a chance move before each
        node tells the player, and nobody else, one of the m nodes: the true one with probability
        `accuracy`, the others with equal probabilities. Parts of an information set are labelled
        "label | what is told"; other players' unlabelled ones below keep their former name as their
        label. The game itself if the information set is a single node.

    Raises
    ------
    GameError
        If the information set is unknown, `accuracy` is out of its range or does not fit the
        batch, or a new label is taken. The range of an expression is checked where its parameters
        have values; where they have none, `bind` checks later that it is a probability, no more.
    SolverError
        If the game is of imperfect recall.

    References
    ----------
    Bagwell (1995), Commitment and observability in games, Games and Economic Behavior 8(2).

    Examples
    --------
    >>> import summitgames as sg
    >>> def reply(deed, trust):
    ...     return sg.Decision("b", {
    ...         "trust": sg.Outcome(deed, {"a": trust[0], "b": trust[1]}),
    ...         "refuse": sg.Outcome("none", {"a": 0, "b": 0}),
    ...     }, infoset="b")
    >>> root = sg.Decision("a", {"keep": reply("kept", (1, 1)), "cheat": reply("broken", (2, -1))})
    >>> game = sg.ExtensiveForm(root, players=["a", "b"])
    >>> sg.subgame_perfect(game).payoffs  # whatever is done is not believed
    array([[0., 0.],
           [0., 0.]])
    >>> verified = sg.verification(game, "b")
    >>> [infoset.label for infoset in verified.infosets]
    ['', 'b | keep', 'b | cheat']
    >>> sg.subgame_perfect(verified).payoffs
    array([1., 1.])
    """
    _require_tree(game)
    found = game.infoset(infoset)
    game.require_perfect_recall()
    count = len(found.nodes)
    amount = _amount(game, accuracy, "accuracy")
    _check_range(game, amount, "accuracy", Fraction(1, count), Fraction(1))
    if count == 1:
        return game
    told = _distinct(
        [", ".join(game.tree.labels[step] for step in game.tree.way(node)) for node in found.nodes]
    )
    if isinstance(amount, Fraction) and amount == 1:
        return _split(game, found, told)
    return _signaled(game, found, told, amount, binary=_is_binary(accuracy))


def leader_commits(
    game: ExtensiveForm, player: str, *, max_nodes: int | None = None
) -> ExtensiveForm:
    """Game in which a player first announces a full plan, and is bound by it (Stackelberg).

    Parameters
    ----------
    game
        The game, of perfect recall. Parameters without values are allowed.
    player
        Who leads.
    max_nodes
        Largest number of nodes of the new tree; None: 200,000.

    Returns
    -------
    ExtensiveForm
        At the root the leader chooses among its pure plans, labelled by their actions joined by
        ", " (without those at information sets that its own earlier choices rule out). Everybody
        hears the plan; then the others and chance play on, without the leader's moves. Other
        players' labelled information sets are one a plan, labelled "label | plan".

    Raises
    ------
    GameError
        If the player is unknown or has no move, `max_nodes` is no positive whole number, or a new
        label is taken.
    SolverError
        If the game is of imperfect recall, or the new tree could have more than `max_nodes` nodes
        or more than 32,768 plans: said before it is built, with the number.

    References
    ----------
    von Stackelberg (1934), Marktform und Gleichgewicht. Schelling (1960), The Strategy of Conflict.

    Examples
    --------
    >>> import summitgames as sg
    >>> entry = sg.ExtensiveForm(
    ...     sg.Decision("entrant", {
    ...         "enter": sg.Decision("incumbent", {
    ...             "share": sg.Outcome("duopoly", {"entrant": 1, "incumbent": 1}),
    ...             "fight": sg.Outcome("war", {"entrant": -1, "incumbent": 0}),
    ...         }),
    ...         "stay out": sg.Outcome("monopoly", {"entrant": 0, "incumbent": 2}),
    ...     }),
    ...     players=["entrant", "incumbent"],
    ... )
    >>> sg.subgame_perfect(sg.leader_commits(entry, "incumbent")).path
    'fight > stay out'
    """
    _require_tree(game)
    leader = _player_number(game, player)
    limit = _MAX_NODES
    if max_nodes is not None:
        limit = whole_number(max_nodes, "max_nodes", expected="a positive whole number or None")
    game.require_perfect_recall()
    plans = PlayerPlans(game, leader)
    if not plans.infosets:
        raise GameError(f"player {player!r}: has no move in this game; expected one who has")
    nodes = plans.count * game.tree.size + 1
    if nodes > limit or plans.count > MOST_ACTIONS:
        raise SolverError(
            f"game: {plans.count} plans of {player!r}, up to {nodes} nodes; expected at most "
            f"{limit} nodes (max_nodes) and {MOST_ACTIONS} plans"
        )
    listed = plans.listed(MOST_ACTIONS)
    place = {number: at for at, number in enumerate(plans.infosets)}
    labels = plans.labels(listed)
    names = _Names(game)
    below: dict[str, Node] = {}
    for label, plan in zip(labels, listed.tolist(), strict=True):
        chosen = {number: plan[at] for number, at in place.items()}
        below[label] = _led(game, leader, chosen, partial(names.knowing, known=label))
    return _declared(game, Decision(player, below))


def _led(
    game: ExtensiveForm,
    leader: int,
    chosen: dict[int, int],
    label: Callable[[InformationSet], str | None],
) -> Node:
    """The tree once the leader's plan is known, without the leader's moves."""
    tree = game.tree
    movers, numbers, parents = tree.mover.tolist(), tree.number.tolist(), tree.parent.tolist()
    positions = tree.position.tolist()
    reached = [True] * tree.size
    for node in range(1, tree.size):
        before = parents[node]
        follows = movers[before] != leader or chosen[numbers[before]] == positions[node]
        reached[node] = reached[before] and follows

    declare = _Declarer(game, label)
    built: dict[int, Node] = {}
    for node in range(tree.size - 1, -1, -1):
        if not reached[node]:
            continue
        if movers[node] == leader:
            built[node] = built.pop(tree.child_lists[node][chosen[numbers[node]]])
        else:
            built[node] = declare(node, built)
    return built[0]


class _Names:
    """Labels of information sets, told apart by what their players, or everybody, know.

    Parameters
    ----------
    game
        The game.
    """

    def __init__(self, game: ExtensiveForm) -> None:
        self._made: dict[tuple[str, str | None], tuple[tuple[int, ...], str]] = {
            (infoset.player, infoset.given_label): (infoset.nodes, "") for infoset in game.infosets
        }

    def knowing(self, infoset: InformationSet, known: str) -> str | None:
        """The label of an information set, or of a part, at which something is known.

        Raises
        ------
        GameError
            If another information set of the player has that label.
        """
        if infoset.given_label is None:
            return None
        label = f"{infoset.given_label}{_KNOWING}{known}"
        whose = (infoset.nodes, known)
        if self._made.setdefault((infoset.player, label), whose) != whose:
            raise GameError(
                f"infoset {infoset.label!r} of player {infoset.player!r}: would become {label!r}, "
                "which another one is called; expected other labels"
            )
        return label


class _Declarer:
    """Declares nodes of a tree anew, from the nodes below them.

    Parameters
    ----------
    game
        The game.
    label
        Label of an information set in the new tree.
    """

    def __init__(self, game: ExtensiveForm, label: Callable[[InformationSet], str | None]) -> None:
        self.game, self.label = game, label
        self._chance = dict(game.chance_probabilities())
        self._movers, self._numbers = game.tree.mover.tolist(), game.tree.number.tolist()
        self._payoffs = game.payoff_numbers.tolist()

    def __call__(self, node: int, built: dict[int, Node]) -> Node:
        """The node, with those of `built` below it, which are taken out there."""
        game, tree = self.game, self.game.tree
        mover, number = self._movers[node], self._numbers[node]
        if mover == Tree.TERMINAL:
            end = game.outcomes[number]
            amounts = (game.quantities[at] for at in self._payoffs[number])
            return Outcome(end.label, dict(zip(game.players, amounts, strict=True)), end.tags)
        children = tree.child_lists[node]
        below = {tree.labels[child]: built.pop(child) for child in children}
        if mover >= 0:
            infoset = game.infosets[number]
            return Decision(infoset.player, below, infoset=self.label(infoset))
        chances = (game.quantities[at] for at in self._chance[node])
        return Chance(
            {
                label: (chance, child)
                for chance, (label, child) in zip(chances, below.items(), strict=True)
            }
        )


def _declared(game: ExtensiveForm, root: Node, *, binary: bool = False) -> ExtensiveForm:
    """A game of declared nodes, with the players, parameters and values of another."""
    form = ExtensiveForm(root, players=game.players, parameters=game.parameters)
    # Numbers are handed on as the rationals that they are: how they were given is not seen in them.
    return _valued(game, form, has_binary_numbers=game.has_binary_numbers or binary)


def _valued(
    game: ExtensiveForm,
    form: ExtensiveForm,
    extra: dict[str, Any] | None = None,
    **changed: Any,
) -> ExtensiveForm:
    """A form with some parts changed, and the values that a game's parameters have."""
    fields = {name: getattr(form, name) for name in form.__dataclass_fields__}
    made = ExtensiveForm.of_parts(**{**fields, "bindings": None, **changed})
    return made if game.bindings is None else made.bind(**game.bindings, **(extra or {}))


def _charged(
    game: ExtensiveForm, infoset: InformationSet, actions: Sequence[str], cost: Any
) -> ExtensiveForm:
    """The game in which the player pays for some actions at an information set."""
    amount = _amount(game, cost, "cost")
    _check_range(game, amount, "cost", Fraction(0), None)
    if isinstance(amount, np.ndarray):
        _require_fit(game, amount, "cost")
    tree, player = game.tree, game.players.index(infoset.player)
    costly = {infoset.actions.index(action) for action in actions}
    parents, positions = tree.parent.tolist(), tree.position.tolist()
    nodes = set(infoset.nodes)
    times = [0] * tree.size  # an absent-minded player may pay more than once
    for node in range(1, tree.size):
        before = parents[node]
        times[node] = times[before] + (before in nodes and positions[node] in costly)
    difference = _Difference(game, amount)
    payoffs, outcomes = game.payoff_numbers.copy(), list(game.outcomes)
    for number, node in enumerate(tree.terminals.tolist()):
        if times[node]:
            at = difference(int(payoffs[number, player]), times[node])
            payoffs[number, player] = at
            end = outcomes[number]
            charged = {**end.payoffs, infoset.player: difference.quantities[at]}
            outcomes[number] = Outcome(end.label, MappingProxyType(charged), end.tags)
    return _valued(
        game,
        game,
        difference.extra,
        parameters=(*game.parameters, *difference.extra),
        quantities=tuple(difference.quantities),
        payoff_numbers=payoffs,
        outcomes=tuple(outcomes),
        has_binary_numbers=game.has_binary_numbers or _is_binary(cost),
    )


class _Difference:
    """Quantities of a game, to which payoffs less a cost are added.

    Attributes
    ----------
    quantities
        Those of the game, and the new ones.
    extra
        Values of new parameters, which stand for arrays within expressions.
    """

    def __init__(self, game: ExtensiveForm, cost: Any) -> None:
        self.game, self.cost = game, cost
        self.quantities = list(game.quantities)
        self.extra: dict[str, Any] = {}
        self._numbers: dict[tuple[int, int], int] = {}
        self._symbols: dict[int, Any] = {}

    def __call__(self, number: int, times: int) -> int:
        """Number of the quantity that is a payoff less so many times the cost."""
        key = (number, times)
        if key not in self._numbers:
            self._numbers[key] = len(self.quantities)
            self.quantities.append(self._less(self.quantities[number], times))
        return self._numbers[key]

    def _less(self, payoff: Any, times: int) -> Any:
        parts = payoff, self.cost
        if all(isinstance(part, Fraction) for part in parts):
            return payoff - times * self.cost
        if all(isinstance(part, (Fraction, np.ndarray)) for part in parts):
            payoff, cost = (p if isinstance(p, np.ndarray) else float(p) for p in parts)
            return kept(np.asarray(payoff - times * cost, dtype=np.float64))
        import sympy

        from summitgames.games.expressions import exact_rational

        payoff, cost = (self._symbolic(part) for part in parts)
        less = sympy.sympify(payoff - times * cost)
        exact = exact_rational(less)
        return less if exact is None else exact

    def _symbolic(self, part: Any) -> Any:
        import sympy

        if isinstance(part, Fraction):
            return sympy.Rational(part.numerator, part.denominator)
        if not isinstance(part, np.ndarray):
            return part
        if id(part) not in self._symbols:
            if self.game.bindings is None:
                raise GameError(
                    "cost: an array and an expression would meet in a game with free parameters; "
                    "expected both arrays, both expressions, or a game after bind(...)"
                )
            base = "cost" if part is self.cost else "payoff"
            taken = {*self.game.parameters, *self.extra}
            name, count = base, 1
            while name in taken:
                count += 1
                name = f"{base}_{count}"
            self.extra[name] = part
            self._symbols[id(part)] = sympy.Symbol(name)
        return self._symbols[id(part)]


def _split(game: ExtensiveForm, verified: InformationSet, told: Sequence[str]) -> ExtensiveForm:
    """The game in which an information set, and what follows it, is told apart by its nodes."""
    tree, ends = game.tree, game.tree.ends
    after = np.full(tree.size, -1)  # which node of the verified information set comes before
    for at, node in enumerate(verified.nodes):
        after[node : ends[node]] = at
    names = _Names(game)
    parts: list[tuple[tuple[str, str | None], tuple[str, ...], list[int]]] = []
    for infoset in game.infosets:
        groups: dict[int, list[int]] = {}
        for node in infoset.nodes:
            seen = int(after[node]) if infoset.player == verified.player else -1
            groups.setdefault(seen, []).append(node)
        for seen, nodes in groups.items():
            label = infoset.given_label
            if len(groups) > 1:
                label = names.knowing(infoset, told[seen])
            parts.append(((infoset.player, label), infoset.actions, nodes))
    parts.sort(key=lambda part: part[2][0])
    numbers = tree.number.copy()
    for number, (_, _, nodes) in enumerate(parts):
        numbers[nodes] = number
    below = Tree.of(tree.mover, tree.parent, numbers, tree.labels)
    whose, actions, places = zip(*parts, strict=True)
    infosets = information_sets(whose, actions, places, below)
    check_labels(infosets, below)
    return _valued(game, game, tree=below, infosets=infosets)


def _signaled(
    game: ExtensiveForm,
    verified: InformationSet,
    told: Sequence[str],
    accuracy: Any,
    *,
    binary: bool,
) -> ExtensiveForm:
    """The game in which chance tells a player, with some accuracy, where it is."""
    tree, ends = game.tree, game.tree.ends
    if isinstance(accuracy, np.ndarray):
        _require_fit(game, accuracy, "accuracy")
    others = (1 - accuracy) / (len(told) - 1)
    if isinstance(others, np.ndarray):
        others = kept(others)
    names = _Names(game)
    copies: list[dict[int, Node]] = []
    for signal in told:

        def label(infoset: InformationSet, signal: str = signal) -> str | None:
            if infoset.player != verified.player:
                return infoset.label  # they do not hear it
            return names.knowing(infoset, signal)

        declare = _Declarer(game, label)
        built: dict[int, Node] = {}
        for start in verified.nodes:
            for node in range(ends[start] - 1, start - 1, -1):
                built[node] = declare(node, built)
        copies.append(built)
    starts = {node: at for at, node in enumerate(verified.nodes)}
    inside = np.zeros(tree.size, dtype=np.bool_)
    for node in verified.nodes:
        inside[node : ends[node]] = True
    declare = _Declarer(game, lambda infoset: infoset.given_label)
    whole: dict[int, Node] = {}
    for node in range(tree.size - 1, -1, -1):
        if node in starts:
            whole[node] = Chance(
                {
                    signal: (accuracy if at == starts[node] else others, copy[node])
                    for at, (signal, copy) in enumerate(zip(told, copies, strict=True))
                }
            )
        elif not inside[node]:
            whole[node] = declare(node, whole)
    return _declared(game, whole[0], binary=binary)


def _require_tree(game: object) -> None:
    if not isinstance(game, ExtensiveForm):
        raise GameError(f"game: {type(game).__name__}; expected an ExtensiveForm")


def _player_number(game: ExtensiveForm, player: Any) -> int:
    if not isinstance(player, str) or player not in game.players:
        raise unknown_name("player", player, game.players)
    return game.players.index(player)


def _own_infoset(game: ExtensiveForm, player: str, key: Any) -> InformationSet:
    """Information set of a player, by its label alone too where another player uses it."""
    _require_tree(game)
    _player_number(game, player)
    shared = (infoset for infoset in game.infosets if infoset.shared)
    found = next((infoset for infoset in shared if infoset.key == (player, key)), None)
    found = game.infoset(key) if found is None else found
    if found.player != player:
        raise GameError(f"infoset {key!r}: of player {found.player!r}; expected one of {player!r}")
    return found


def _require_action(infoset: InformationSet, action: Any) -> None:
    if not isinstance(action, str) or action not in infoset.actions:
        raise unknown_name("action", action, infoset.actions)


def _distinct(labels: Sequence[str]) -> list[str]:
    """The labels, numbered where two of them are the same."""
    if len(set(labels)) == len(labels):
        return list(labels)
    return [f"{number}: {label}" for number, label in enumerate(labels, 1)]


def _is_sympy(given: Any) -> bool:
    return type(given).__module__.partition(".")[0] == "sympy"


def _is_binary(given: Any) -> bool:
    """Whether an amount was given in binary numbers."""
    if _is_sympy(given):
        import sympy

        return bool(given.has(sympy.Float))
    return isinstance(given, (float, np.floating)) or isinstance(as_value(given, ""), np.ndarray)


def _amount(game: ExtensiveForm, given: Any, what: str) -> Any:
    """A Fraction, an array or a sympy expression in the game's parameters."""
    if not _is_sympy(given):
        return kept(as_value(given, what))
    from summitgames.games.expressions import read_expression

    read = read_expression(given, what, game.parameters)
    return as_value(read, what) if isinstance(read, Fraction) else read


def _check_range(
    game: ExtensiveForm, amount: Any, what: str, low: Fraction, high: Fraction | None
) -> None:
    """Refuse an amount of which some value is out of its range, as far as values are known."""
    expected = f"at least {low}" if high is None else f"from {low} to {high}"
    if isinstance(amount, Fraction):
        low = min(low, Fraction(float(low)))  # a third in binary may be less than a third
        if amount < low or (high is not None and amount > high):
            raise GameError(f"{what}: {float(amount):g}; expected a number {expected}")
        return
    values: NDArray[np.float64]
    if isinstance(amount, np.ndarray):
        values = amount
    elif game.bindings is None:
        if amount.is_negative:
            raise GameError(f"{what}: {amount}, a negative number; expected numbers {expected}")
        return
    else:
        values = _values(game, amount)
    bad = ~(values >= float(low))  # nan is bad too
    if high is not None:
        bad |= values > float(high)
    if bad.any():
        flat = int(np.argmax(bad))
        index = batch_index(flat, values.shape)
        where = f" at batch index {index}" if values.shape else ""
        raise GameError(f"{what}: {values.reshape(-1)[flat]:g}{where}; expected numbers {expected}")


def _values(game: ExtensiveForm, expression: Any) -> NDArray[np.float64]:
    """Values of an expression at the game's bindings, ``(*batch,)``."""
    from summitgames.games.expressions import emit
    from summitgames.games.programs import Builder

    builder = Builder()
    inputs = {name: builder.input(name) for name in game.parameters}
    builder.store(emit(builder, expression, inputs))
    batch = Batch(dict(game.bindings or {}))
    values = np.empty((1, batch.size))
    program = builder.build()
    program.run(batch.block(0, batch.size), values, np.empty((0, 0), dtype=np.int16))
    return values.reshape(batch.shape)


def _require_fit(game: ExtensiveForm, array: NDArray[np.float64], what: str) -> None:
    """Refuse an array whose shape does not broadcast with those of the game."""
    shape = game.batch_for(game.bindings or {}).shape
    try:
        np.broadcast_shapes(shape, array.shape)
    except ValueError:
        raise GameError(
            f"{what}: shape {array.shape} does not broadcast with {shape}, the batch shape of the "
            "game; expected shapes that broadcast as in NumPy"
        ) from None
