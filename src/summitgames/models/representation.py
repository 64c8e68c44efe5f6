"""M7, representation: how high the talks go, rung by rung."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.games.extensive_form import Decision, Node, Outcome
from summitgames.models.tree_model import TreeModel, outcome

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from summitgames.games.batches import Value
    from summitgames.models.summit_model import Solution

__all__ = ["MODEL", "RUNGS", "Representation"]

#: Who leads the talks, from the lowest rung up.
RUNGS = ("aide", "minister", "two_plus_two", "presidents")

_BROKEN_OFF = "broken off"


class Representation(TreeModel):
    """Russia raises the level of the talks or leaves it; Ukraine may hold out for the presidents.

    A ladder that ends where Russia stays. After Ukraine has held out Russia concedes a meeting of
    the presidents, or the talks break off.

    Notes
    -----
    Fields: ``path``; ``rung``, where the talks end (presidents after a concession, aide after a
    break); ``payoff_russia``, ``payoff_ukraine``; ``unique``.
    """

    name = "representation"
    title = "how high a delegation: a ladder from an aide to the presidents"
    players = ("russia", "ukraine")
    fields = ("path", "rung", "payoff_russia", "payoff_ukraine", "unique")
    references = (
        "Rosenthal (1981), Games of perfect information, Journal of Economic Theory 25(1)",
        "Schelling (1960), The Strategy of Conflict",
    )

    def root(self) -> Node:
        """Russia's choice at the lowest rung."""
        higher: Node = Decision(
            "russia", {"raise": self._end("presidents"), "stay": self._end("two_plus_two")}
        )
        for rung in ("minister", "aide"):
            held_out = Decision(
                "russia",
                {
                    "concede": self._end("presidents"),
                    "break": Outcome(_BROKEN_OFF, dict.fromkeys(self.players, 0)),
                },
            )
            answer = Decision("ukraine", {"accept": higher, "hold_out": held_out})
            higher = Decision("russia", {"raise": answer, "stay": self._end(rung)})
        return higher

    def _end(self, rung: str) -> Outcome:
        """Talks that end at a rung: a share of a settlement, less what the rung costs Russia."""
        import sympy

        if rung == "aide":
            return outcome(rung, self.players, {}, ())
        events: dict[str, Any] = {"settlement": sympy.Symbol(f"progress_{rung}")}
        if rung == "presidents":
            events["summit"] = 1
        payoffs = dict(outcome(rung, self.players, events, ()).payoffs)
        payoffs["russia"] -= sympy.Symbol(f"prestige_{rung}")
        return Outcome(rung, payoffs)

    def late_field(self, name: str, solution: Solution) -> Any:
        """The rung, and what every model on a tree has."""
        if name != "rung":
            return super().late_field(name, solution)
        labels = (end.label for end in self.form.outcomes)
        rungs = ["aide" if label == _BROKEN_OFF else label for label in labels]
        reached = np.array(rungs, dtype=object)[solution.known["path_outcome"]]
        return reached if solution.batch_shape else str(reached)

    @property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """The rung reached, where holding out pays, and both payoffs.

        A form may use names of the forms before it; a condition counts as 1 or 0. ``rung`` is a
        number, 0 for an aide to 3 for the presidents. ``holds_out_minister`` and
        ``holds_out_aide``: Ukraine holds out once Russia has raised there, on the path or off it.
        """
        import sympy

        ends = {rung: self._end(rung).payoffs for rung in RUNGS[1:]}
        (a_1, b_1), (a_2, b_2), (a_3, b_3) = (
            (end["russia"], end["ukraine"]) for end in ends.values()
        )
        concedes = a_3 >= 0
        stays = sympy.And(a_2 > a_3, b_2 >= b_3)  # at two_plus_two, which Ukraine accepts
        best = sympy.Piecewise((a_2, stays), (a_3, True))
        minister = a_1 > best  # the minister is as high as Russia goes of its own will
        rung = sympy.Symbol("rung")
        return {
            "rung": sympy.Piecewise(
                (0, sympy.And(a_3 < 0, a_1 < 0, a_2 < 0)),
                (1, sympy.And(a_3 < 0, a_1 > a_2)),
                (2, a_3 < 0),
                (1, sympy.And(minister, b_1 >= b_3)),
                (2, sympy.And(sympy.Not(minister), stays)),
                (3, True),
            ),
            "holds_out_minister": sympy.And(concedes, a_2 > a_3, b_2 < b_3),
            "holds_out_aide": sympy.And(concedes, minister, b_1 < b_3),
            **{
                f"payoff_{player}": sympy.Piecewise(
                    (0, sympy.Eq(rung, 0)),
                    *((end[player], sympy.Eq(rung, at)) for at, end in enumerate(ends.values(), 1)),
                    (0, True),
                )
                for player in self.players
            },
        }

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The fields of the same names, and behavior at Ukraine's nodes."""
        solution, equilibrium = self.solve(values), self.equilibrium(values)
        reached = np.asarray(solution["rung"], dtype=object)
        numbers = np.select([reached == rung for rung in RUNGS], range(len(RUNGS)))
        solved = {"rung": numbers.astype(np.float64)}
        for rung, node in (("aide", "raise"), ("minister", "raise > accept > raise")):
            solved[f"holds_out_{rung}"] = self.takes(equilibrium, node, "hold_out")
        for player in self.players:
            solved[f"payoff_{player}"] = np.asarray(solution[f"payoff_{player}"])
        return solved


MODEL = Representation()
