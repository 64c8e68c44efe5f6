"""Models that are games of perfect information on one tree."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.actors.registry import actor
from summitgames.equilibria.subgame_perfect import (
    BadDraw,
    Induction,
    SubgamePerfectEquilibrium,
    backward_induction,
    path_labels,
)
from summitgames.games.batches import LARGEST_FLOAT
from summitgames.games.extensive_form import ExtensiveForm, Node, Outcome
from summitgames.models.summit_model import Solution, SummitModel

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from summitgames.games.batches import Value

__all__ = ["TreeModel", "outcome"]


def outcome(
    label: str, players: tuple[str, ...], events: Mapping[str, Any], tags: tuple[str, ...]
) -> Outcome:
    """Terminal node whose payoffs are the actors' terms at what has happened.

    Parameters
    ----------
    label
        Label of the outcome.
    players
        Actors, in the game's order.
    events
        Attributes of the actors' payoff terms; what is not named did not happen.
    tags
        Tags to give where the event of that name happened.
    """
    payoffs = {player: actor(player).payoff(events) for player in players}
    return Outcome(label, payoffs, tuple(tag for tag in tags if tag in events))


class TreeModel(SummitModel):
    """A model whose game is in extensive form with perfect information.

    Attributes
    ----------
    players
        Actors, in the game's order.
    tags
        Tags whose probabilities are fields.
    """

    players: tuple[str, ...]
    tags: tuple[str, ...] = ()

    @abstractmethod
    def root(self) -> Node:
        """Root of the tree, with symbols for the parameters."""

    @cached_property
    def form(self) -> ExtensiveForm:
        """The tree with free parameters."""
        return ExtensiveForm(self.root(), players=self.players, parameters=self.parameter_names)

    @cached_property
    def _ranges(self) -> tuple[tuple[str, Fraction, Fraction], ...]:
        """Least and greatest float64 value of every parameter."""
        ranges = []
        for record in self.parameters:
            low, high = record.lower, record.upper
            low = low if record.includes_lower else float(np.nextafter(low, np.inf))
            high = high if record.includes_upper else float(np.nextafter(high, -np.inf))
            ranges.append((record.name, Fraction(low), Fraction(min(high, float(LARGEST_FLOAT)))))
        return tuple(ranges)

    def game(
        self, perspective: str | Mapping[str, Any] = "article", /, **overrides: ArrayLike
    ) -> ExtensiveForm:
        """The game at a perspective's values.

        Parameters
        ----------
        perspective
            Name of a perspective, path of a perspective's file, or a mapping with a value for every
            parameter of the model.
        **overrides
            Parameters to change: numbers, or arrays that broadcast to the batch.

        Returns
        -------
        ExtensiveForm
            With values for all parameters.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range.
        """
        return self.form.bind(**self.values(perspective, overrides))

    def solve(
        self,
        perspective: str | Mapping[str, Any] = "article",
        /,
        *,
        threads: int | None = None,
        **overrides: ArrayLike,
    ) -> Solution:
        """Subgame-perfect equilibrium at a perspective's values.

        Parameters
        ----------
        perspective, **overrides
            As for `game`.
        threads
            Threads; None: the machine's cores for large batches, one for small ones.

        Returns
        -------
        Solution
            With the fields of the model.

        Raises
        ------
        GameError
            If a name is unknown, a value missing or out of its range.
        """
        values = self.values(perspective, overrides, checked=False)
        batch = self.form.batch_for(values)
        induction = Induction(
            self.form, payoffs=True, tags=self.tags, path=True, ranges=self._ranges, checked=True
        )
        try:
            run = induction.run(batch, threads=threads)
        except BadDraw as bad:
            self.values(perspective, overrides)  # finds what is out of its range, as it was given
            self.form.explain_fault(batch, bad.draw)
        known: dict[str, Any] = {"path_outcome": run.path.reshape(batch.shape)}
        for player, payoff in zip(self.players, run.payoffs, strict=True):
            known[f"payoff_{player}"] = payoff.reshape(batch.shape)
        for tag, probability in zip(self.tags, run.tags, strict=True):
            known[tag] = probability.reshape(batch.shape)
        return Solution(self, values, known, threads)

    def late_field(self, name: str, solution: Solution) -> Any:
        """The path's labels, and whether play is unique."""
        if name == "path":
            return path_labels(self.form, solution.known["path_outcome"])
        if name == "unique":
            batch = self.form.batch_for(solution.parameters)
            run = Induction(self.form, unique=True).run(batch, threads=solution.threads)
            return run.unique.reshape(batch.shape)
        return super().late_field(name, solution)

    def equilibrium(
        self, values: Mapping[str, Value], threads: int | None = None
    ) -> SubgamePerfectEquilibrium:
        """Subgame-perfect equilibrium with behavior at every node."""
        return backward_induction(self.form.bind(**values), threads=threads)

    def takes(
        self, equilibrium: SubgamePerfectEquilibrium, infoset: str, action: str
    ) -> NDArray[np.float64]:
        """Probability of an action at an information set, ``(*batch,)``."""
        position = self.form.infoset(infoset).actions.index(action)
        return equilibrium.behavior[infoset][..., position]
