"""What a commitment is worth: equilibrium payoffs with it, less those without."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from summitgames.equilibria.subgame_perfect import (
    SubgamePerfectEquilibria,
    SubgamePerfectEquilibrium,
    require_tree,
    subgame_perfect,
)
from summitgames.errors import GameError, SolverError, unknown_key
from summitgames.results import Status

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.games.extensive_form import ExtensiveForm

__all__ = ["CommitmentValue", "value_of_commitment"]

_FIRST_LISTED: Final = "of equally good actions the first listed"
_ALL: Final = "all equilibria: they have the same payoffs"
#: Share of the largest payoff by which payoffs of equilibria may differ and be the same.
_SAME: Final = 1e-12


@dataclass(frozen=True, eq=False, repr=False)
class CommitmentValue(Mapping[str, "NDArray[np.float64] | float"]):
    """What a commitment is worth to each player: a mapping from players to amounts.

    Like other results it equals itself only; compare `amounts` to compare values.

    Attributes
    ----------
    players
        Labels of the N players.
    amounts
        ``(*batch, N)``: payoffs with the commitment, less those without.
    before, after
        The equilibria without it and with it.
    solver
        The solver that both are from.
    selection
        Which equilibrium is taken, without the commitment and with it.

    Examples
    --------
    >>> import summitgames as sg
    >>> game = sg.model("preconditions").game("article")
    >>> value = sg.value_of_commitment(game, sg.leader_commits(game, "ukraine"))
    >>> value["ukraine"], value.get("europe", 0.0)
    (0.0, 0.0)
    >>> value.solver
    'subgame_perfect'
    """

    players: tuple[str, ...]
    amounts: NDArray[np.float64]
    before: SubgamePerfectEquilibrium | SubgamePerfectEquilibria
    after: SubgamePerfectEquilibrium | SubgamePerfectEquilibria
    solver: str
    selection: tuple[str, str]

    # Those of a mapping would ask whether an array is true.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __getitem__(self, player: str) -> NDArray[np.float64] | float:
        """Amounts of a player, ``(*batch,)``.

        Raises
        ------
        GameError
            If there is no such player; it is a KeyError as well.
        """
        if player not in self:
            raise unknown_key("player", player, self.players)
        found = self.amounts[..., self.players.index(player)]
        return found if found.ndim else float(found)

    def __contains__(self, player: object) -> bool:
        return isinstance(player, str) and player in self.players

    def __iter__(self) -> Iterator[str]:
        return iter(self.players)

    def __len__(self) -> int:
        return len(self.players)

    def __repr__(self) -> str:
        if self.amounts.ndim > 1:
            what = f"batch shape {self.amounts.shape[:-1]}"
        else:
            pairs = zip(self.players, self.amounts.tolist(), strict=True)
            what = ", ".join(f"{player} {value:+.6g}" for player, value in pairs)
        return f"<CommitmentValue: {what}; {self.solver}>"

    def _repr_html_(self) -> str:
        return f"<code>{html.escape(repr(self))}</code>"


def value_of_commitment(
    game: ExtensiveForm, transformed: ExtensiveForm, *, threads: int | None = None
) -> CommitmentValue:
    """What a commitment is worth to each player, by subgame-perfect equilibrium.

    Parameters
    ----------
    game
        The game without the commitment, with values for all parameters.
    transformed
        The game with it, as of `tied_hands`, `sunk_cost`, `verification`, `leader_commits`, or any
        other game of the same players. The batch shapes broadcast.
    threads
        As of `subgame_perfect`.

    Returns
    -------
    CommitmentValue
        Per player the payoff with the commitment less that without. The solver is
        `subgame_perfect`; of several equilibria under perfect information the one in which ties go
        to the action listed first is taken. Without perfect information all equilibria have to
        have the same payoffs.

    Raises
    ------
    GameError
        If one is no `ExtensiveForm`, a parameter has no value, the players differ, or the batch
        shapes do not broadcast.
    SolverError
        If a game is not of perfect information and is a family, is of imperfect recall, or its
        equilibria are not all known, or differ in payoffs, so that no number is the value.

    Notes
    -----
    Under perfect information `leader_commits` is never worth less than nothing to the leader (up
    to what counts as a tie): it may announce what it does in equilibrium, and the others' best
    answers to that are the same. Nor is it worth less than `tied_hands` or `sunk_cost` of the same
    player. All else can be worth less than nothing to the one who does it.

    References
    ----------
    Schelling (1960), The Strategy of Conflict. Dixit (1980), The role of investment in
    entry-deterrence, Economic Journal 90. Of mixed plans, which `leader_commits` leaves out: von
    Stengel & Zamir (2010), Leadership games with convex strategy sets, Games and Economic Behavior
    69(2).

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
    >>> value = sg.value_of_commitment(entry, sg.leader_commits(entry, "incumbent"))
    >>> value
    <CommitmentValue: entrant -1, incumbent +1; subgame_perfect>
    >>> value["incumbent"]
    1.0
    """
    for name, given in (("game", game), ("transformed", transformed)):
        with _named(name):
            require_tree(given)
            given.require_bound()
    if game.players != transformed.players:
        raise GameError(
            f"transformed: players {', '.join(transformed.players)}; "
            f"expected {', '.join(game.players)}, in this order"
        )
    try:
        np.broadcast_shapes(game.batch_shape, transformed.batch_shape)
    except ValueError:
        raise GameError(
            f"transformed: batch shape {transformed.batch_shape} does not broadcast with "
            f"{game.batch_shape}, that of game; expected shapes that broadcast as in NumPy"
        ) from None
    before, without, first = _solved(game, "game", threads)
    after, with_it, second = _solved(transformed, "transformed", threads)
    return CommitmentValue(
        game.players, with_it - without, before, after, "subgame_perfect", (first, second)
    )


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Errors name the argument that this is."""
    try:
        yield
    except (GameError, SolverError) as error:
        raise type(error)(re.sub(r"^game\b", name, str(error))) from None


def _solved(
    game: ExtensiveForm, name: str, threads: int | None
) -> tuple[SubgamePerfectEquilibrium | SubgamePerfectEquilibria, NDArray[np.float64], str]:
    """Equilibria, their payoffs ``(*batch, N)`` and which of them that is."""
    with _named(name):
        found = subgame_perfect(game, threads=threads)
    if isinstance(found, SubgamePerfectEquilibrium):
        return found, found.payoffs, _FIRST_LISTED
    if found.status != Status.COMPLETE:
        raise SolverError(
            f"{name}: not all subgame-perfect equilibria are known ({found.message}), so that no "
            "number is known to be the value; expected a game of which all are found"
        )
    payoffs = found.payoffs
    scale = max(float(np.abs(payoffs).max()), 1e-300)
    spread = np.ptp(payoffs, axis=0)
    if (spread > _SAME * scale).any():
        player = game.players[int(np.argmax(spread))]
        raise SolverError(
            f"{name}: {len(found)} subgame-perfect equilibria, in which {player!r} gets from "
            f"{payoffs[:, game.players.index(player)].min():g} to "
            f"{payoffs[:, game.players.index(player)].max():g}; a value needs one that is selected"
        )
    return found, payoffs[0], _ALL
