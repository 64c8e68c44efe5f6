"""Games in extensive form: trees declared node by node, with symbols where numbers may vary.

A tree is flattened once, without recursion, into integer arrays in preorder. Payoffs and
probabilities are kept as *quantities*: the distinct numbers, arrays and sympy expressions of the
game. `ExtensiveForm.bind` gives the parameters values, and the game becomes a family of games.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import numpy as np

from summitgames.errors import GameError, SolverError, require_known, unknown_name, whole_number
from summitgames.games.batches import (
    BLOCK,
    LARGEST_FLOAT,
    Batch,
    Value,
    as_value,
    batch_index,
    kept,
    truth_value,
)
from summitgames.games.flattening import Flattener
from summitgames.games.nodes import Chance, Decision, InformationSet, Node, Outcome, Tree
from summitgames.games.tables import picked

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from summitgames.games.normal_form import NormalForm
    from summitgames.games.programs import Builder, Program, Row
    from summitgames.games.subgames import Subgames

__all__ = ["Chance", "Decision", "ExtensiveForm", "InformationSet", "Node", "Outcome", "Tree"]

T = TypeVar("T")

#: Chance probabilities sum to 1 within this.
PROBABILITY_TOLERANCE = Fraction(1, 10**9)


@dataclass(frozen=True, eq=False, init=False, repr=False)
class ExtensiveForm:
    """Game in extensive form, or a family of games on one tree.

    Parameters
    ----------
    root
        Root node: a `Decision`, a `Chance` or an `Outcome`. The nodes are read once, here.
    players
        Labels of the N players.
    parameters
        Names of the parameters that payoffs and probabilities may use (strings or sympy symbols).

    Attributes
    ----------
    players
        Labels of the players.
    parameters
        Names of the parameters.
    tree
        Topology, nodes numbered in preorder.
    infosets
        Information sets, in the preorder of their first nodes.
    outcomes
        Terminal nodes in preorder.

    Raises
    ------
    GameError
        If the tree is malformed: a cycle, a node used twice, an unknown player or parameter, an
        empty or unnamed action, a payoff that is missing or not finite, probabilities that are
        negative or do not sum to 1 within 1e-9, an information set whose nodes have different
        actions.

    Notes
    -----
    Numbers are kept as the exact rationals that they are (a float is a binary number). A game whose
    payoffs or probabilities are arrays, or whose parameters are bound to arrays, is a family of
    games: the arrays broadcast to its batch shape.

    Examples
    --------
    >>> import sympy
    >>> prize = sympy.Symbol("prize")
    >>> game = ExtensiveForm(
    ...     Decision("host", {
    ...         "invite": Decision("guest", {
    ...             "come": Outcome("meeting", {"host": prize, "guest": 1}, tags=["meeting"]),
    ...             "decline": Outcome("alone", {"host": -1, "guest": 0}),
    ...         }),
    ...         "wait": Outcome("nothing", {"host": 0, "guest": 0}),
    ...     }),
    ...     players=["host", "guest"],
    ...     parameters=["prize"],
    ... )
    >>> game
    <ExtensiveForm: host, guest; 2 decision nodes, 0 chance nodes, 3 outcomes; free: prize>
    >>> game.bind(prize=[1, 2, 3]).batch_shape
    (3,)
    """

    players: tuple[str, ...]
    parameters: tuple[str, ...]
    tree: Tree
    infosets: tuple[InformationSet, ...]
    outcomes: tuple[Outcome, ...]
    quantities: tuple[Any, ...]
    payoff_numbers: NDArray[np.int32]
    probability_numbers: NDArray[np.int32]
    has_binary_numbers: bool
    bindings: Mapping[str, Value] | None
    if TYPE_CHECKING:
        _programs: dict[Hashable, Any]  # shared by every binding, left behind by a pickle

    def __init__(
        self, root: Node, *, players: Sequence[str], parameters: Sequence[Any] = ()
    ) -> None:
        labels = _names(players, "players")
        if not labels:
            raise GameError("players: empty; expected at least one label")
        names = _names(parameters, "parameters", read=_symbol_name)
        flat = Flattener(labels, names)
        flat.walk(root)
        tree = Tree.of(flat.mover, flat.parent, flat.number, flat.labels)
        infosets = information_sets(
            flat.infoset_labels, flat.infoset_actions, flat.infoset_nodes, tree
        )
        check_labels(infosets, tree)
        self._set(
            players=labels,
            parameters=names,
            tree=tree,
            infosets=infosets,
            outcomes=tuple(flat.outcomes),
            quantities=tuple(flat.quantities),
            payoff_numbers=np.array(flat.payoffs, dtype=np.int32).reshape(-1, len(labels)),
            probability_numbers=np.array(flat.probabilities, dtype=np.int32),
            has_binary_numbers=flat.binary,
            bindings=None if names else MappingProxyType({}),
            _programs={},
        )
        if not names:
            self._validate()

    @classmethod
    def of_parts(cls, **fields: Any) -> ExtensiveForm:
        """Game of parts that are known to make one: nothing is checked."""
        game = object.__new__(cls)
        game._set(**fields, _programs={})
        return game

    def _set(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __getstate__(self) -> dict[str, Any]:
        state = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.bindings is not None:
            state["bindings"] = dict(self.bindings)
        state["outcomes"] = [(o.label, dict(o.payoffs), tuple(o.tags)) for o in self.outcomes]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        bindings = state.pop("bindings")
        outcomes = tuple(
            Outcome(label, MappingProxyType(payoffs), tags)
            for label, payoffs, tags in state.pop("outcomes")
        )
        self._set(
            **state,
            outcomes=outcomes,
            bindings=None if bindings is None else MappingProxyType(bindings),
            _programs={},
        )

    def __repr__(self) -> str:
        movers = self.tree.mover
        counts = [
            f"{int((movers >= 0).sum())} decision nodes",
            f"{int((movers == Tree.CHANCE).sum())} chance nodes",
            f"{len(self.outcomes)} outcomes",
        ]
        state = ""
        if self.bindings is None:
            state = f"; free: {', '.join(self.parameters)}"
        elif self.batch_shape:
            state = f"; batch shape {self.batch_shape}"
        return f"<ExtensiveForm: {', '.join(self.players)}; {', '.join(counts)}{state}>"

    def _repr_html_(self) -> str:
        return f"<code>{html.escape(repr(self))}</code>"

    # What is fixed by the tree

    @property
    def n_players(self) -> int:
        """Number of players."""
        return len(self.players)

    @cached_property
    def has_perfect_information(self) -> bool:
        """Whether every information set is a single node."""
        return all(len(infoset.nodes) == 1 for infoset in self.infosets)

    @cached_property
    def has_perfect_recall(self) -> bool:
        """Whether no player forgets what they knew or did.

        That is: all nodes of an information set follow the same sequence of the player's own
        information sets and actions.
        """
        return self.forgetful_infoset is None

    def require_perfect_recall(self) -> None:
        """Raise a SolverError that names an information set at which something is forgotten.

        Raises
        ------
        SolverError
            If the game is not of perfect recall.
        """
        found = self.forgetful_infoset
        if found is None:
            return
        absent = self.absent_minded_infoset
        how = "something that its player knew or did before is forgotten"
        if absent is not None:
            found, how = absent, "absent-minded: one of its nodes follows another"
        raise SolverError(
            f"game: infoset {found.label!r} of player {found.player!r}: {how}; "
            "expected a game of perfect recall"
        )

    @cached_property
    def absent_minded_infoset(self) -> InformationSet | None:
        """An information set that a path may meet twice, or None."""
        ends = self.tree.ends
        for infoset in self.infosets:  # of nodes in preorder, neighbors suffice
            if any(after < ends[before] for before, after in pairwise(infoset.nodes)):
                return infoset
        return None

    @cached_property
    def forgetful_infoset(self) -> InformationSet | None:
        """An information set at which its player has forgotten something, or None."""
        if self.has_perfect_information:
            return None
        sequences: dict[tuple[int, int, int], int] = {}
        own: list[dict[int, int]] = []  # at every node: player to the number of their sequence
        last: dict[int, int] = {}  # information set to that number
        mover, parent = self.tree.mover.tolist(), self.tree.parent.tolist()
        number, position = self.tree.number.tolist(), self.tree.position.tolist()
        for node in range(self.tree.size):
            before = parent[node]
            current = own[before] if before >= 0 else {}
            if before >= 0 and mover[before] >= 0:
                player = mover[before]
                step = (current.get(player, -1), number[before], position[node])
                current = {**current, player: sequences.setdefault(step, len(sequences))}
            own.append(current)
            if mover[node] >= 0:
                sequence = current.get(mover[node], -1)
                if last.setdefault(number[node], sequence) != sequence:
                    infoset: InformationSet = self.infosets[number[node]]
                    return infoset
        return None

    @cached_property
    def subgames(self) -> Subgames:
        """Proper subgames, the smallest first, each cut out when it is asked for."""
        from summitgames.games.subgames import Subgames

        return Subgames(self)

    def to_normal_form(
        self, *, reduced: bool = True, agents: bool = False, max_plans: int | None = None
    ) -> NormalForm:
        """Normal form of the game: one player's plans, or one information set's actions, an axis.

        Parameters
        ----------
        reduced
            Whether plans of a player that agree wherever they can both come are one plan (a plan
            says nothing of information sets that its own choices rule out). False: a plan has an
            action at every information set. Payoffs play no part in it: two plans of the reduced
            form may still pay the same against everything.
        agents
            Whether every information set is a player of its own, with the payoffs of its owner
            (the agent normal form; `reduced` does not matter then).
        max_plans
            Largest number of profiles of plans; None: 1,000,000.

        Returns
        -------
        NormalForm
            With the batch shape of the game. Plans are in lexicographic order of their choices and
            are labelled by them, joined by ", "; "-" stands for none. Agents are labelled "player:
            information set", at an unlabelled root by the player alone. Payoffs of a single game
            are exact where it is: of fractions the exact numbers are kept beside the floats.

        Raises
        ------
        GameError
            If a parameter has no value, a plan's axis would have no player (no decision in the tree
            and `agents`), or `max_plans` is no positive whole number.
        SolverError
            If there would be more than `max_plans` profiles: said before any is made, with their
            number.

        References
        ----------
        Kuhn (1953), Extensive games and the problem of information, Contributions to the Theory of
        Games II; on the agent normal form Selten (1975), International Journal of Game Theory 4(1).

        Examples
        --------
        >>> entry = ExtensiveForm(
        ...     Decision("a", {
        ...         "in": Decision("b", {
        ...             "fight": Outcome("war", {"a": -1, "b": 0}),
        ...             "share": Decision("a", {
        ...                 "trust": Outcome("peace", {"a": 2, "b": 1}),
        ...                 "arm": Outcome("race", {"a": 1, "b": 0}),
        ...             }),
        ...         }),
        ...         "out": Outcome("none", {"a": 0, "b": 2}),
        ...     }),
        ...     players=["a", "b"],
        ... )
        >>> form = entry.to_normal_form()
        >>> form.actions
        (('in, trust', 'in, arm', 'out'), ('fight', 'share'))
        >>> form.payoffs[0]
        array([[-1.,  2.],
               [-1.,  1.],
               [ 0.,  0.]])
        """
        from summitgames.games.plans import agent_form, plan_form

        self.require_bound()
        reduced = truth_value(reduced, "reduced")
        if truth_value(agents, "agents"):
            return agent_form(self, max_plans)
        return plan_form(self, max_plans, reduced=reduced)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Tags of the outcomes, each once, in preorder."""
        return tuple(dict.fromkeys(tag for outcome in self.outcomes for tag in outcome.tags))

    def tagged(self, tag: str) -> NDArray[np.bool_]:
        """Which outcomes have a tag.

        Returns
        -------
        (outcomes,) bool

        Raises
        ------
        GameError
            If no outcome has it.
        """
        require_known("tag", tag, self.tags)
        return np.array([tag in outcome.tags for outcome in self.outcomes])

    def path_to(self, outcome: int) -> str:
        """Action and chance labels that lead to an outcome, by its number, joined by " > ".

        Raises
        ------
        GameError
            If `outcome` is no number of an outcome.
        """
        count = len(self.outcomes)
        number = whole_number(
            outcome, "outcome", least=-count, expected=f"the number of one of {count} outcomes"
        )
        if number >= count:
            raise GameError(f"outcome: {number}; expected the number of one of {count} outcomes")
        return self.tree.name(int(self.tree.terminals[number]))

    def plot(self, ax: Axes | None = None, *, outcome: int | None = None) -> Axes:
        """Draw the tree, folded off the path of play where it has more than 16 ends.

        Of more than nine moves at a node the first ones, and those of the path, are drawn.

        Parameters
        ----------
        ax
            Axes to draw on; None: new ones of a size that fits.
        outcome
            Number of the outcome to which the path to mark leads; None: no path is marked.

        Returns
        -------
        matplotlib Axes
            With payoffs and probabilities where the game is a single one with all parameters bound.

        Raises
        ------
        GameError
            If there is no such outcome.
        """
        from summitgames.drawing.trees import draw_tree

        if outcome is not None:
            count = len(self.outcomes)
            below = f"a number below {count}"
            if whole_number(outcome, "outcome", least=0, expected=below) >= count:
                raise GameError(f"outcome: {outcome}; expected {below}")
        tree, ends = self.tree, self.tree.terminals.tolist()
        labels = [""] * tree.size
        for end, at in zip(ends, self.outcomes, strict=True):
            labels[end] = at.label
        payoffs = probabilities = None
        if self.is_bound and not self.batch_shape:
            values = self.quantity_values(0, 1)[:, 0]
            payoffs = np.full((tree.size, self.n_players), np.nan)
            payoffs[ends] = values[self.payoff_numbers]
            probabilities = np.full(tree.size, np.nan)
            for node, numbers in self.chance_probabilities():
                probabilities[tree.child_lists[node]] = values[numbers]
        return draw_tree(
            tree.parent,
            tree.mover,
            tree.labels,
            players=self.players,
            infosets=tree.number,
            ends=labels,
            payoffs=payoffs,
            probabilities=probabilities,
            path=None if outcome is None else ends[outcome],
            ax=ax,
        )

    def infoset(self, key: Any) -> InformationSet:
        """Information set of a key: its label, or (player, label) where two players share it.

        Raises
        ------
        GameError
            If there is none, or the label is shared and the player not named.
        """
        found = self._labelled.get(key) if isinstance(key, Hashable) else None
        if found is not None:
            return found
        if isinstance(key, str):
            node = self.tree.find(key)
            if node is not None and self.tree.mover[node] >= 0:
                infoset: InformationSet = self.infosets[self.tree.number[node]]
                if infoset.given_label is None:
                    return infoset
            owners = [i.player for i in self.infosets if i.given_label == key and i.shared]
            if owners:
                raise GameError(
                    f"infoset {key!r}: a label of players {', '.join(owners)}; "
                    "expected (player, label)"
                )
        if len(self.infosets) > 1000:
            raise GameError(f"unknown infoset {key!r}; expected a label of this game")
        raise unknown_name("infoset", key, (str(infoset.key) for infoset in self.infosets))

    @cached_property
    def _labelled(self) -> dict[Hashable, InformationSet]:
        return {i.key: i for i in self.infosets if i.given_label is not None}

    # What the parameters fix

    def bind(self, /, **parameters: Any) -> ExtensiveForm:
        """Game with a value for every parameter.

        Parameters
        ----------
        **parameters
            A number or an array each; arrays broadcast to the batch. Numbers are kept exactly.

        Returns
        -------
        ExtensiveForm
            With `batch_shape` as the arrays broadcast.

        Raises
        ------
        GameError
            If a parameter is missing or unknown, a value is not finite, shapes do not broadcast,
            or at some draw a payoff is not finite or probabilities are negative or do not sum
            to 1.
        """
        bindings = {n: kept(value) for n, value in self.check_bindings(parameters).items()}
        game = object.__new__(ExtensiveForm)
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        declared = self.once("binary numbers", lambda: self.has_binary_numbers)
        binary = declared or any(map(_is_inexact, parameters.values()))
        changed = {"bindings": MappingProxyType(bindings), "has_binary_numbers": binary}
        game._set(**{**fields, **changed}, _programs=self._programs)
        game._validate()
        return game

    def __getitem__(self, index: Any) -> ExtensiveForm:
        """The games at an index of the batch, as NumPy takes it; the tree is the same.

        Raises
        ------
        GameError
            If a parameter has no value, or the index lies outside the batch or picks no game.
        IndexError
            If a whole number lies outside, so that iteration over a family ends.

        Examples
        --------
        >>> import summitgames as sg
        >>> family = sg.model("preconditions").game("article", summit_prize_ukraine=[0.0, 0.6])
        >>> family[1]
        <ExtensiveForm: russia, ukraine; 4 decision nodes, 0 chance nodes, 6 outcomes>
        >>> [sg.subgame_perfect(game).path for game in family]
        ['summit_first > refuse', 'conditions_first > meet']
        """
        self.require_bound()
        batch = self.batch_shape
        where = picked(index, batch)
        shape = np.broadcast_to(0, batch)[where].shape
        if 0 in shape or (shape and not batch):
            raise GameError(f"index: {index!r} picks shape {shape} of {batch}; expected games")

        def part(value: Any) -> Any:
            if not isinstance(value, np.ndarray):
                return value
            cut = np.broadcast_to(value, batch)[where]
            return kept(cut) if shape else Fraction(float(cut))

        before = dict(self.bindings or {})
        bindings = {name: part(value) for name, value in before.items()}
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        fields["bindings"] = MappingProxyType(bindings)
        fields["has_binary_numbers"] |= not shape and any(
            isinstance(value, np.ndarray) and bindings[name].denominator > 1
            for name, value in before.items()
        )
        fields["quantities"] = tuple(map(part, self.quantities))
        return ExtensiveForm.of_parts(**fields)

    def check_bindings(self, parameters: Mapping[str, Any]) -> dict[str, Value]:
        """Values for the parameters in their order, each an exact number or a float64 array."""
        for name in parameters:
            require_known("parameter", name, self.parameters)
        missing = [name for name in self.parameters if name not in parameters]
        if missing:
            raise GameError(f"no value for parameter {', '.join(missing)}; expected one for each")
        return {name: as_value(parameters[name], name) for name in self.parameters}

    @property
    def is_bound(self) -> bool:
        """Whether every parameter has a value."""
        return self.bindings is not None

    def require_bound(self) -> None:
        """Raise a GameError unless every parameter has a value."""
        if self.bindings is None:
            raise GameError(
                f"game: parameters {', '.join(self.parameters)} have no values; "
                "expected a game after bind(...)"
            )

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the family of games; () for a single game."""
        return self.batch.shape

    @cached_property
    def batch(self) -> Batch:
        """Values of parameters (by name) and of quantities given as arrays (by number)."""
        return self.batch_for(self.bindings or {})

    def batch_for(self, bindings: Mapping[str, Value]) -> Batch:
        """Batch that the game would have with these values of its parameters."""
        arrays = {
            f"#{number}": quantity
            for number, quantity in enumerate(self.quantities)
            if isinstance(quantity, np.ndarray)
        }
        return Batch({**bindings, **arrays})

    def emit_quantities(self, builder: Builder) -> list[Row]:
        """Rows of the distinct payoffs and probabilities, in the order of `quantities`."""
        inputs = {name: builder.input(name) for name in self.parameters}
        rows = []
        for number, quantity in enumerate(self.quantities):
            if isinstance(quantity, Fraction):
                rows.append(builder.constant(quantity))
            elif isinstance(quantity, np.ndarray):
                rows.append(builder.input(f"#{number}"))
            else:
                from summitgames.games.expressions import emit

                rows.append(emit(builder, quantity, inputs))
        return rows

    def emit_scale(self, builder: Builder, rows: Sequence[Row]) -> Row:
        """Row of the game's largest absolute payoff."""
        used = np.unique(self.payoff_numbers).tolist()
        return builder.largest([rows[number] for number in used])

    def emit_checks(self, builder: Builder, rows: Sequence[Row]) -> None:
        """Checks that payoffs are finite, probabilities not negative and sums 1."""
        builder.check(self.emit_scale(builder, rows), 0, LARGEST_FLOAT)
        one = 1 + PROBABILITY_TOLERANCE
        for numbers in dict.fromkeys(tuple(numbers) for _, numbers in self.chance_probabilities()):
            total = builder.constant(0)
            for number in numbers:
                builder.check(rows[number], 0, one)
                total = builder.add(total, rows[number])
            builder.check(total, 1 - PROBABILITY_TOLERANCE, one)

    def chance_probabilities(self) -> Iterator[tuple[int, list[int]]]:
        """Chance nodes in preorder, each with the numbers of its branches' probabilities."""
        numbers = self.probability_numbers.tolist()
        start = 0
        for node in np.flatnonzero(self.tree.mover == Tree.CHANCE).tolist():
            stop = start + len(self.tree.child_lists[node])
            yield node, numbers[start:stop]
            start = stop

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, asked once a tree for every key, whatever the bindings."""
        made: T | None = self._programs.get(key)
        if made is None:
            made = self._programs[key] = make()
        return made

    def program(self, key: Hashable, emit: Callable[[Builder], None]) -> Program:
        """Program that `emit` writes, built once a tree for every key, whatever the bindings."""

        def build() -> Program:
            from summitgames.games.programs import Builder

            builder = Builder()
            emit(builder)
            return builder.build()

        return self.once(key, build)

    def _emit_checks(self, builder: Builder) -> None:
        self.emit_checks(builder, self.emit_quantities(builder))

    def _emit_stores(self, builder: Builder) -> None:
        for row in self.emit_quantities(builder):
            builder.store(row)

    def _validate(self) -> None:
        """Raise a GameError at the first draw whose payoffs or probabilities are no game's."""
        batch = self.batch
        checks = self.program("checks", self._emit_checks)
        nothing = np.empty((0, 0), dtype=np.int16)
        for start in range(0, batch.size, BLOCK):
            stop = min(start + BLOCK, batch.size)
            bad = checks.run(batch.block(start, stop), np.empty((0, stop - start)), nothing)
            if bad >= 0:
                self.explain_fault(batch, start + bad)

    def explain_fault(self, batch: Batch, draw: int) -> NoReturn:
        """Raise the GameError that says what is wrong with one draw of a batch."""
        where = f" at batch index {batch_index(draw, batch.shape)}" if batch.shape else ""
        values = self.quantity_values(draw, draw + 1, batch)[:, 0]
        for outcome, numbers in enumerate(self.payoff_numbers):
            for player, number in zip(self.players, numbers, strict=True):
                if not np.isfinite(values[number]):
                    raise GameError(
                        f"payoff of {player!r} in outcome {self.outcomes[outcome].label!r} at node "
                        f"{self.path_to(outcome)!r}: not finite{where}: {values[number]}; "
                        "expected finite numbers"
                    )
        for node, numbers in self.chance_probabilities():
            found = values[numbers]
            name = (
                f"chance node {self.tree.name(node)!r}" if node else "the chance node at the root"
            )
            for child, probability in zip(self.tree.child_lists[node], found, strict=True):
                if not 0 <= probability <= 1 + PROBABILITY_TOLERANCE:
                    raise GameError(
                        f"probability of {self.tree.labels[child]!r} at {name} is "
                        f"{probability:.12g}{where}; expected a number in [0, 1]"
                    )
            if abs(found.sum() - 1) > PROBABILITY_TOLERANCE:
                raise GameError(
                    f"probabilities at {name} sum to {found.sum():.12g}{where}; "
                    "expected 1 within 1e-9"
                )
        raise GameError(  # added up in another order, they are on this side of the limit
            f"probabilities at a chance node are off 1 by 1e-9{where}; expected 1 within 1e-9"
        )

    def quantity_values(
        self, start: int, stop: int, batch: Batch | None = None
    ) -> NDArray[np.float64]:
        """Distinct payoffs and probabilities of draws start to stop of the batch.

        Returns
        -------
        (quantities, stop - start)
        """
        if batch is None:
            self.require_bound()
            batch = self.batch
        values = np.empty((len(self.quantities), stop - start))
        program = self.program("quantities", self._emit_stores)
        program.run(batch.block(start, stop), values, np.empty((0, 0), dtype=np.int16))
        return values

    def exact_quantities(self) -> list[Fraction]:
        """Distinct payoffs and probabilities of a single game as exact rationals.

        Raises
        ------
        GameError
            If the game is not a single one with all parameters bound.
        SolverError
            If an expression leaves the rationals.
        """
        self.require_bound()
        if self.batch_shape:
            raise GameError(f"game: batch shape {self.batch_shape}; expected a single game")
        inputs = {
            name: value if isinstance(value, Fraction) else Fraction(value.item())
            for name, value in self.batch.values.items()
        }
        return self.program("quantities", self._emit_stores).exact(inputs)[0]

    def exact_payoffs(self) -> list[dict[str, Fraction]]:
        """Payoffs of a single game at every outcome, in preorder, as exact rationals."""
        exact = self.exact_quantities()
        return [
            {player: exact[number] for player, number in zip(self.players, numbers, strict=True)}
            for numbers in self.payoff_numbers
        ]


def _is_inexact(given: Any) -> bool:
    """Whether a single number was given as a float, be it sympy's, that is no whole number."""
    if np.ndim(given):
        return False
    if isinstance(given, np.ndarray):
        given = given.item()
    if isinstance(given, (float, np.floating)):
        return not given.is_integer()
    return bool(getattr(given, "is_Float", False))


def exact_chances(game: ExtensiveForm, numbers: Sequence[T]) -> dict[int, list[T]]:
    """Of every chance node the probabilities of its branches, in exact numbers that sum to 1.

    Floats such as 0.1, 0.2 and 0.7 do so only nearly. They are divided by their sum: else a payoff
    for certain is better than a lottery of which every branch pays the same.

    Parameters
    ----------
    game
        A single game.
    numbers
        Its distinct payoffs and probabilities, as `Fraction` or as rationals of python-flint.
    """
    chances: dict[int, list[T]] = {}
    for node, branches in game.chance_probabilities():
        given: list[Any] = [numbers[branch] for branch in branches]
        total = sum(given[1:], given[0])
        chances[node] = given if total == 1 else [p / total for p in given]
    return chances


def _symbol_name(given: Any) -> Any:
    """The name of a sympy symbol; anything else as it is."""
    return getattr(given, "name", given)


def _names(
    given: Any, what: str, read: Callable[[Any], Any] = lambda label: label
) -> tuple[str, ...]:
    """Labels as a tuple, checked to be distinct non-empty strings."""
    if isinstance(given, (str, bytes)) or not np.iterable(given):
        found = f"the string {given!r}" if isinstance(given, str) else repr(given)
        raise GameError(f"{what}: {found}; expected a sequence of labels")
    names = tuple(map(read, given))
    for name in names:
        if not isinstance(name, str) or not name:
            raise GameError(f"{what}: {name!r}; expected non-empty strings")
        if names.count(name) > 1:
            raise GameError(f"{what}: {name!r} more than once; expected distinct labels")
    return names


def information_sets(
    labels: Sequence[tuple[str, str | None]],
    actions: Sequence[tuple[str, ...]],
    nodes: Sequence[Sequence[int]],
    tree: Tree,
) -> tuple[InformationSet, ...]:
    """Information sets of (player, label) pairs, their actions and their nodes."""
    used = Counter(label for _, label in labels)
    del used[None]
    return tuple(
        InformationSet(player, moves, tuple(at), label, used[label] > 1, tree)
        for (player, label), moves, at in zip(labels, actions, nodes, strict=True)
    )


def check_labels(infosets: Sequence[InformationSet], tree: Tree) -> None:
    """Refuse a label that is also the name of an information set without one."""
    if all(infoset.given_label is not None for infoset in infosets):
        return
    for infoset in infosets:
        if infoset.given_label is None:
            continue
        node = tree.find(infoset.given_label)
        if node is None or tree.mover[node] < 0:
            continue
        if infosets[tree.number[node]].given_label is None:
            raise GameError(
                f"infoset {infoset.given_label!r} of player {infoset.player!r}: that is the name "
                "of the unlabelled one to which these actions lead; expected another label"
            )
