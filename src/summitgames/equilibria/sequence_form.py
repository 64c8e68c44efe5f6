"""One equilibrium of each two-player tree of perfect recall, by way of its sequence form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.certificates.regret import best_reply_gain
from summitgames.equilibria.exact_sequences import exact_equilibrium
from summitgames.equilibria.options import work_limit
from summitgames.errors import GameError
from summitgames.games.extensive_form import ExtensiveForm, Tree
from summitgames.games.plans import emit_amounts
from summitgames.kernels import sequences
from summitgames.results import MixedBehavior, Status, TreeEquilibrium

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.programs import Builder, Program

__all__ = ["SequenceForm", "SequenceFormEquilibrium", "sequence_form"]

#: Pivots of a path.
_MAX_WORK: Final = 10**5
#: Pivots in exact arithmetic rewrite no more entries than this: up to about half a minute.
_LARGEST_EXACT_WORK: Final = 2**23
#: Payoffs of a block.
_BLOCK_AMOUNTS: Final = 2**17
#: Paths that are tried in floats after the first.
_STARTS: Final = 3
#: A best reply may gain so much of the largest payoff times chance, for each sequence.
_ALLOWED: Final = 2.0**-44


def sequence_form(
    game: ExtensiveForm, *, threads: int | None = None, max_work: int | None = None
) -> SequenceFormEquilibrium:
    """One Nash equilibrium of every game of a family of two-player trees with perfect recall.

    Lemke's algorithm on the sequence form, whose size is that of the tree and not that of its
    normal form. The path begins where both players face the uniform strategy of the other, and
    follows equilibria of the games in which they face a mixture of it and the strategy itself. In
    zero-sum and constant-sum games the problem is a linear program with its dual, and the path that
    of the self-dual simplex method: the strategies are optimal. Ties are broken by the
    lexicographic rule. The end is checked in the game; where floats lose the way, other paths are
    tried, which begin at uneven strategies, and then the first one in exact arithmetic.

    Parameters
    ----------
    game
        Two players, perfect recall, values for all parameters; batch shape ``(*batch,)``. Chance
        moves of probability 0 are allowed.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Largest number of pivots a game; None: 100,000. A path may be exponentially long.

    Returns
    -------
    SequenceFormEquilibrium
        A Nash equilibrium: no strategy gains more than ``2**-44 (s + 2)`` of the largest payoff
        (times the probability of chance there), s being the number of actions at all information
        sets. Off the path of play it need not be sequentially rational; at information sets that
        the player's own moves rule out it takes a best reply. `status` is PARTIAL (there may be
        more equilibria), or FAILED where the search was given up.

    Raises
    ------
    GameError
        If `game` is no `ExtensiveForm`, has not two players, or a parameter has no value; if an
        option is out of range.
    SolverError
        If a player forgets something, be it by absent-mindedness; the information set is named.

    References
    ----------
    Koller, Megiddo & von Stengel (1996), Efficient computation of equilibria for extensive
    two-person games, Games and Economic Behavior 14; von Stengel, van den Elzen & Talman (2002),
    Computing normal form perfect equilibria for extensive two-person games, Econometrica 70; Lemke
    (1965), Bimatrix equilibrium points and mathematical programming, Management Science 11.

    Examples
    --------
    >>> from summitgames import Chance, Decision, ExtensiveForm, Outcome, sequence_form
    >>> def deal(stake):
    ...     reply = Decision("b", {
    ...         "meet": Outcome("shown", {"a": stake, "b": -stake}),
    ...         "pass": Outcome("won", {"a": 1, "b": -1}),
    ...     }, infoset="reply")
    ...     return Decision("a", {"bet": reply, "fold": Outcome("lost", {"a": -1, "b": 1})})
    >>> poker = ExtensiveForm(
    ...     Chance({"high": (0.5, deal(2)), "low": (0.5, deal(-2))}), players=["a", "b"]
    ... )
    >>> found = sequence_form(poker)
    >>> found.payoffs.round(6)
    array([ 0.333333, -0.333333])
    >>> found.behavior["low"].round(6)
    array([0.333333, 0.666667])
    """
    if not isinstance(game, ExtensiveForm):
        raise GameError(f"game: {type(game).__name__}; expected an ExtensiveForm")
    if game.n_players != 2:
        raise GameError(f"game: {game.n_players} players; expected two")
    game.require_bound()
    game.require_perfect_recall()
    limit = work_limit(max_work, _MAX_WORK)
    form = game.once("sequences", lambda: SequenceForm(game))
    return _Solver(game, form, limit).solve(threads)


@dataclass(frozen=True, eq=False, repr=False)
class SequenceFormEquilibrium(TreeEquilibrium):
    """A Nash equilibrium of every game of a family of two-player trees.

    Attributes
    ----------
    game, behavior, status
        As of every `TreeEquilibrium`; the status is PARTIAL, or FAILED with behavior NaN.
    message
        What there is to say about the status.
    method
        The solver.
    concept
        What it is an equilibrium of: "Nash equilibrium", for `certify`.

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> found = sg.sequence_form(game)
    >>> found.payoffs.round(6).tolist(), found.message
    ([1.0, 0.2], 'one equilibrium; more may exist')
    """

    message: str = ""
    method: ClassVar[str] = "sequence_form"
    concept: ClassVar[str] = "Nash equilibrium"

    @cached_property
    def payoffs(self) -> NDArray[np.float64]:
        """Expected payoffs, ``(*batch, 2)``."""
        return self.expected_payoffs()

    @cached_property
    def regret(self) -> NDArray[np.float64] | float:
        """The most that a player gains by another strategy from the root on, ``(*batch,)``.

        0 but for rounding; of perfect information, `regret` asks for more: that nothing is gained
        off the path either.
        """
        return best_reply_gain(self.game, self)


class SequenceForm:
    """Sequences of both players of a tree with perfect recall, and what pairs of them pay.

    A sequence of a player is an own information set and an action there; number 0 is the empty one.
    They are numbered information set by information set, in the order of the game's.

    Parameters
    ----------
    game
        Two players, perfect recall; its bindings do not matter, and it is not kept.

    Attributes
    ----------
    order
        ``(actions,)``: places of the actions of the game's information sets, one after another,
        among those of the first player and then of the second.
    sizes, counts, infosets, pairs
        As for `kernels.sequences.follow_sequences`.
    """

    def __init__(self, game: ExtensiveForm) -> None:
        tree, second = game.tree, game.players[1]
        own: list[list[int]] = [[], []]
        first = [0] * len(game.infosets)
        self.sizes = np.ones(2, dtype=np.int64)
        for number, infoset in enumerate(game.infosets):
            player = game.players.index(infoset.player)
            own[player].append(number)
            first[number] = int(self.sizes[player])
            self.sizes[player] += len(infoset.actions)
        self.counts = np.array([len(numbers) for numbers in own], dtype=np.int64)
        self.infosets = np.zeros((2, max(1, int(self.counts.max())), 3), dtype=np.int64)
        places = {n: at for numbers in own for at, n in enumerate(numbers)}
        self.order = np.array(
            [
                first[number] - 1 + action + (int(self.sizes[0]) - 1) * (infoset.player == second)
                for number, infoset in enumerate(game.infosets)
                for action in range(len(infoset.actions))
            ],
            dtype=np.int64,
        )
        movers, numbers = tree.mover.tolist(), tree.number.tolist()
        parents, positions = tree.parent.tolist(), tree.position.tolist()
        at: list[tuple[int, int]] = []  # at every node both players' sequences
        self._ends: dict[tuple[int, int], list[int]] = {}  # outcomes of each pair
        for node in range(tree.size):
            before = parents[node]
            here = at[before] if node else (0, 0)
            if node and movers[before] >= 0:
                taken = first[numbers[before]] + positions[node]
                here = (taken, here[1]) if movers[before] == 0 else (here[0], taken)
            at.append(here)
            mover, number = movers[node], numbers[node]
            if mover >= 0:
                actions = len(game.infosets[number].actions)
                self.infosets[mover, places[number]] = here[mover], first[number], actions
            elif mover == Tree.TERMINAL:
                self._ends.setdefault(here, []).append(number)
        self.pairs = np.array(list(self._ends), dtype=np.int64).reshape(-1, 2)

    def program(self, game: ExtensiveForm) -> Program:
        """Payoffs times chance of every pair, of the first player and the second in turns."""
        return game.program("sequence form", partial(self._emit, game))

    def _emit(self, game: ExtensiveForm, builder: Builder) -> None:
        amounts = emit_amounts(game, builder)
        for outcomes in self._ends.values():
            for player in range(2):
                total = builder.constant(0)
                for outcome in outcomes:
                    total = builder.add(total, amounts[outcome][player])
                builder.store(total)


@lru_cache(maxsize=64)
def _starts(sequences: int) -> tuple[NDArray[np.float64], ...]:
    """Weights of the strategies at which paths begin: even ones, then others."""
    uneven = np.random.Generator(np.random.Philox(0)).uniform(0.5, 1.5, (_STARTS, 2, sequences))
    return np.ones((2, sequences)), *uneven


class _Solver:
    """The games of a family, each of up to `limit` pivots."""

    def __init__(self, game: ExtensiveForm, form: SequenceForm, limit: int) -> None:
        self.game, self.form, self.limit = game, form, limit
        self.size = self.game.batch.size
        self.actions = np.empty((int(form.sizes.sum()) - 2, self.size))
        self.failed = np.zeros(self.size, dtype=np.bool_)
        self.allowed = _ALLOWED * float(form.sizes.sum())
        self.starts = _starts(int(form.sizes.max()))

    def solve(self, threads: int | None) -> SequenceFormEquilibrium:
        """Solve all games."""
        block = max(1, _BLOCK_AMOUNTS // max(1, 2 * len(self.form.pairs)))
        map_blocks(self._work, self.size, block=block, threads=threads)
        batch = self.game.batch_shape
        status = np.where(self.failed, Status.FAILED, Status.PARTIAL).astype(np.int8)
        message = "one equilibrium; more may exist"
        failures = int(self.failed.sum())
        if failures:
            which = f"in {failures} of {self.size} games " if batch else ""
            message += f"; {which}the search was given up after {self.limit} pivots (max_work), or "
            message += "sooner in exact arithmetic"
        behavior = MixedBehavior(self.game, self.actions[self.form.order])
        return SequenceFormEquilibrium(self.game, behavior, status.reshape(batch), message)

    def _work(self, block: Block) -> None:
        form = self.form
        amounts = np.empty((2 * len(form.pairs), block.size))
        nothing = np.empty((0, 0), dtype=np.int16)
        form.program(self.game).run(
            self.game.batch.block(block.start, block.stop), amounts, nothing
        )
        found, flags = self._follow(amounts, self.starts[0])
        for weights in self.starts[1:]:
            lost = np.flatnonzero(flags == sequences.ASTRAY)
            if lost.size:
                found[:, lost], flags[lost] = self._follow(amounts[:, lost], weights)
        for place in np.flatnonzero(flags == sequences.ASTRAY).tolist():
            exact = self._exactly(amounts[:, place].tolist())
            if exact is None:
                flags[place] = sequences.ENDLESS
            else:
                found[:, place] = [float(share) for share in exact]
        self.actions[:, block.start : block.stop] = found
        self.failed[block.start : block.stop] = flags == sequences.ENDLESS

    def _follow(
        self, amounts: NDArray[np.float64], weights: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """Follow paths in floats: probabilities of the actions, and what became of each game."""
        form = self.form
        flags = np.empty(amounts.shape[1], dtype=np.uint8)
        found = np.empty((self.actions.shape[0], amounts.shape[1]))
        work = sequences.workspace(*form.sizes.tolist())
        sequences.follow_sequences(
            form.sizes, form.counts, form.infosets, form.pairs, np.ascontiguousarray(amounts),
            weights, self.limit, sequences.TIE, self.allowed, work, found, flags,
        )  # fmt: skip
        return found, flags

    def _exactly(self, amounts: Sequence[float]) -> list[Fraction] | None:
        """Probabilities of the actions of a game, in exact arithmetic."""
        rows = int(self.form.sizes.sum()) - 1
        limit = min(self.limit, max(1, _LARGEST_EXACT_WORK // rows**2))
        return exact_equilibrium(self.form, [Fraction(amount) for amount in amounts], limit)
