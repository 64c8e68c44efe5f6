"""Trees of perfect recall in exact arithmetic: what strategies pay, and what deviations gain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from flint import fmpq

from summitgames.certificates.findings import Deviation
from summitgames.certificates.rationals import exactly, to_fraction
from summitgames.games.extensive_form import Tree, exact_chances
from summitgames.games.subgames import subgame_roots

if TYPE_CHECKING:
    from fractions import Fraction

    from summitgames.games.extensive_form import ExtensiveForm

__all__ = ["Behaviors", "End", "ExactTree", "Gain", "Moves", "Trunk", "Values"]

#: Probabilities of the actions at every information set, in the game's order.
Behaviors: TypeAlias = Sequence[Sequence[fmpq]]
#: Payoffs of all players at ends of trunks, by node.
Values: TypeAlias = dict[int, Sequence[fmpq]]


class Moves(NamedTuple):
    """An information set among its player's sequences.

    Attributes
    ----------
    infoset
        Number of the information set.
    before
        The sequence that leads there.
    after
        The sequences that its actions make.
    """

    infoset: int
    before: int
    after: range


class End(NamedTuple):
    """Where a trunk ends: at an outcome, or at the root of a subgame.

    Attributes
    ----------
    node
        Number of the node.
    chance
        Probability of the chance moves that lead there from the trunk's root.
    sequences
        For every player the sequence that leads there.
    """

    node: int
    chance: fmpq
    sequences: tuple[int, ...]

    def weight(self, plans: Sequence[Sequence[fmpq]], *without: int) -> fmpq:
        """Probability of getting there, as far as chance and all but some players go."""
        weight = self.chance
        for player, (plan, sequence) in enumerate(zip(plans, self.sequences, strict=True)):
            if player not in without:
                weight *= plan[sequence]
        return weight


class Trunk:
    """A subgame down to the roots of the subgames in it, in sequence form.

    A sequence of a player is an information set of the trunk and an action there; number 0 is the
    empty one.

    Attributes
    ----------
    root
        Number of the node at which the subgame begins.
    moves
        For every player the information sets, in the game's order.
    ends
        Ends in preorder.
    """

    def __init__(self, root: int, players: int) -> None:
        self.root = root
        self.moves: list[list[Moves]] = [[] for _ in range(players)]
        self.ends: list[End] = []

    def size(self, player: int) -> int:
        """Number of a player's sequences."""
        own = self.moves[player]
        return own[-1].after.stop if own else 1

    def plan(self, player: int, behaviors: Behaviors) -> list[fmpq]:
        """Probability that a player's own moves allow each of the sequences."""
        weights = [fmpq(1)] * self.size(player)
        for infoset, before, after in self.moves[player]:
            for sequence, probability in zip(after, behaviors[infoset], strict=True):
                weights[sequence] = weights[before] * probability
        return weights

    def plans(self, behaviors: Behaviors) -> list[list[fmpq]]:
        """The same for all players."""
        return [self.plan(player, behaviors) for player in range(len(self.moves))]

    def payoffs(self, player: int, plans: Sequence[Sequence[fmpq]], values: Values) -> list[fmpq]:
        """What each of a player's sequences pays by itself against the others' plans."""
        pays = [fmpq(0)] * self.size(player)
        for end in self.ends:
            weight = end.weight(plans, player)
            if weight != 0:
                pays[end.sequences[player]] += weight * values[end.node][player]
        return pays

    def expected(self, plans: Sequence[Sequence[fmpq]], values: Values) -> list[fmpq]:
        """What all players get in the subgame."""
        totals = [fmpq(0)] * len(plans)
        for end in self.ends:
            weight = end.weight(plans)
            if weight != 0:
                for player, value in enumerate(values[end.node]):
                    totals[player] += weight * value
        return totals


class Gain(NamedTuple):
    """What a player gains by leaving the strategies at one information set.

    Attributes
    ----------
    amount
        In payoff expected at the root of the subgame, if the player takes the action there and the
        best ones at own information sets after it, up to the next subgames.
    player, infoset, action
        Who, where and what.
    """

    amount: fmpq
    player: int
    infoset: int
    action: int


class ExactTree:
    """One game of perfect recall in rationals of python-flint.

    Parameters
    ----------
    game
        The game, with values for all parameters.
    subgames
        Whether players may deviate in any subgame, or from the root of the game on only.
    quantities
        The game's distinct payoffs and probabilities; None: those of the single game that it is.

    Attributes
    ----------
    trunks
        One for every subgame, the whole game included, in preorder of the roots; one if not
        `subgames`.

    Raises
    ------
    SolverError
        If an expression leaves the rationals, or somebody forgets something.
    """

    def __init__(
        self,
        game: ExtensiveForm,
        *,
        subgames: bool,
        quantities: Sequence[Fraction] | None = None,
    ) -> None:
        game.require_perfect_recall()
        self.game = game
        given = game.exact_quantities() if quantities is None else quantities
        numbers = [exactly(number) for number in given]
        ends = zip(game.tree.terminals.tolist(), game.payoff_numbers.tolist(), strict=True)
        self.outcomes: Values = {node: [numbers[n] for n in payoffs] for node, payoffs in ends}
        self.counts = [len(infoset.actions) for infoset in game.infosets]
        self._chance = exact_chances(game, numbers)
        roots = subgame_roots(game)
        self.trunks = self._cut(set(roots if subgames else roots[-1:]))

    def _cut(self, roots: set[int]) -> list[Trunk]:
        tree, n = self.game.tree, self.game.n_players
        movers, numbers = tree.mover.tolist(), tree.number.tolist()
        parents, positions = tree.parent.tolist(), tree.position.tolist()
        trunks: list[Trunk] = []
        owner: list[Trunk] = []  # of every node, terminal ones with their parents
        reached: list[tuple[fmpq, tuple[int, ...]]] = []
        first: dict[int, int] = {}  # of every information set the first sequence
        start = fmpq(1), (0,) * n
        for node in range(tree.size):
            here = start
            if node:
                before = parents[node]
                weight, sequences = reached[before]
                mover = movers[before]
                if mover == Tree.CHANCE:
                    here = weight * self._chance[before][positions[node]], sequences
                else:
                    own = first[numbers[before]] + positions[node]
                    here = weight, (*sequences[:mover], own, *sequences[mover + 1 :])
                if node in roots or movers[node] == Tree.TERMINAL:
                    owner[before].ends.append(End(node, *here))
            if node in roots:
                trunks.append(Trunk(node, n))
                owner.append(trunks[-1])
                here = start
            elif node:
                owner.append(owner[parents[node]])
            reached.append(here)
            mover, number = movers[node], numbers[node]
            if mover >= 0 and number not in first:
                trunk = owner[node]
                first[number] = stop = trunk.size(mover)
                after = range(stop, stop + self.counts[number])
                trunk.moves[mover].append(Moves(number, here[1][mover], after))
        return trunks

    @cached_property
    def stakes(self) -> list[fmpq]:
        """For each player the difference between the largest payoff and the least."""
        columns = zip(*self.outcomes.values(), strict=True)
        return [max(column) - min(column) for column in columns]

    def values(self, behaviors: Behaviors) -> Values:
        """Payoffs of all players at the ends and the roots of trunks."""
        values = dict(self.outcomes)
        for trunk in reversed(self.trunks):
            values[trunk.root] = trunk.expected(trunk.plans(behaviors), values)
        return values

    def reached(self, behaviors: Behaviors) -> set[int]:
        """Information sets to which strategies and chance lead from the roots of their trunks."""
        found: set[int] = set()
        for trunk in self.trunks:
            plans = trunk.plans(behaviors)
            for player, own in enumerate(trunk.moves):
                before = {s: moves for moves in own for s in moves.after}
                ways = {end.sequences[player] for end in trunk.ends if end.weight(plans) > 0}
                while ways:
                    moves = [before[sequence] for sequence in ways if sequence]
                    found.update(move.infoset for move in moves)
                    ways = {move.before for move in moves}
        return found

    def gains(self, behaviors: Behaviors) -> Iterator[Gain]:
        """What every departure from strategies gains that are followed elsewhere.

        No strategy gains anything, in any of the subgames looked at, iff none of these is positive:
        a player who gains by another plan has a first information set, led to by the own moves of
        both, at which they part and what follows is worth more.
        """
        values = self.values(behaviors)
        for trunk in self.trunks:
            plans = trunk.plans(behaviors)
            for player, own in enumerate(trunk.moves):
                if own:
                    best = trunk.payoffs(player, plans, values)
                    now = list(best)
                    for infoset, before, after in reversed(own):
                        moves = behaviors[infoset]
                        here = sum((p * now[s] for p, s in zip(moves, after, strict=True)), fmpq(0))
                        for action, s in enumerate(after):
                            if moves[action] != 1:
                                amount = plans[player][before] * (best[s] - here)
                                yield Gain(amount, player, infoset, action)
                        now[before] += here
                        best[before] += max(best[s] for s in after)

    def deviation(self, behaviors: Behaviors) -> Deviation | None:
        """The most profitable departure (of equal ones at the first information set), or None."""
        best = max(self.gains(behaviors), key=_order, default=None)
        if best is None or best.amount <= 0:
            return None
        game, infoset = self.game, self.game.infosets[best.infoset]
        where = infoset.label
        if game.has_perfect_information:
            where = game.tree.name(infoset.nodes[0])
        gained = to_fraction(best.amount)
        return Deviation(where, infoset.player, infoset.actions[best.action], gained)

    def is_equilibrium(self, behaviors: Behaviors) -> bool:
        """Whether nobody gains."""
        return all(gain.amount <= 0 for gain in self.gains(behaviors))


def _order(gain: Gain) -> tuple[fmpq, int, int]:
    """Larger for the departure that is named."""
    return gain.amount, -gain.infoset, -gain.action
