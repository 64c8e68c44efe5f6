"""M1, preconditions: who moves first when a summit is made to depend on conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from summitgames.equilibria.subgame_perfect import TIE
from summitgames.games.extensive_form import Decision, Node, Outcome
from summitgames.models.tree_model import TreeModel, outcome

if TYPE_CHECKING:
    import sympy
    from numpy.typing import NDArray

    from summitgames.games.batches import Value
    from summitgames.models.summit_model import Solution

__all__ = ["MODEL", "REGIONS", "Preconditions"]

REGIONS = (
    "either_order",
    "conditions_first_only",
    "summit_first_only",
    "too_costly",
    "pocketing",
)


class Preconditions(TreeModel):
    """Ukraine meets the conditions first, asks for the summit first, or holds; Russia answers.

    A hold-up problem twice over. Where the conditions come first, Russia may pocket them and not
    meet; where the summit comes first, Ukraine may let it pass and not deliver.

    Notes
    -----
    Fields: ``path``; ``summit`` (bool: whether one takes place in equilibrium);
    ``payoff_russia``, ``payoff_ukraine``; ``unique``; ``region``, by the two conditions
    *conditions first works* (v_U - k + p >= 0 and v_R >= pi) and *summit first works* (v_U >= k),
    not by the path.
    """

    name = "preconditions"
    title = "conditions before the summit, or after it"
    players = ("russia", "ukraine")
    tags = ("summit",)
    fields = ("path", "summit", "payoff_russia", "payoff_ukraine", "unique", "region")
    references = (
        "Fearon (1995), Rationalist explanations for war, International Organization 49(3)",
        "Powell (2006), War as a commitment problem, International Organization 60(1)",
    )

    def root(self) -> Node:
        """Ukraine's choice of the order."""

        def end(label: str, **events: int) -> Outcome:
            return outcome(label, self.players, events, self.tags)

        met = {"conditions_met": 1}
        done = {**met, "summit": 1, "settlement": 1}
        return Decision(
            "ukraine",
            {
                "conditions_first": Decision(
                    "russia",
                    {
                        "meet": end("settlement", **done),
                        "pocket": end("pocketed", **met, pocketed=1),
                    },
                ),
                "summit_first": Decision(
                    "russia",
                    {
                        "meet": Decision(
                            "ukraine",
                            {
                                "deliver": end("settlement", **done),
                                "stall": end("empty summit", summit=1, empty_summit=1),
                            },
                        ),
                        "refuse": end("status quo"),
                    },
                ),
                "hold": end("status quo"),
            },
        )

    def solve(self, perspective: Any = "article", /, **options: Any) -> Solution:
        """Subgame-perfect equilibrium; see `TreeModel.solve`."""
        solution = super().solve(perspective, **options)
        solution.known["summit"] = solution.known["summit"] > 0
        return solution

    def late_field(self, name: str, solution: Solution) -> Any:
        """The region, and what every model on a tree has."""
        if name != "region":
            return super().late_field(name, solution)
        value = {name: np.asarray(v, dtype=np.float64) for name, v in solution.parameters.items()}
        margin_first = value["peace_value_ukraine"] - value["conditions_cost_ukraine"]
        margin = margin_first + value["summit_prize_ukraine"]
        honour = value["settlement_value_russia"] - value["pocket_value_russia"]
        # What ties for the solver holds here too, so that decimals are not decided by rounding.
        amounts = np.broadcast_arrays(*value.values(), abs(margin))
        tie = -float(TIE) * np.maximum.reduce(amounts)
        conditions_first = (margin >= tie) & (honour >= tie)
        summit_first = margin_first >= tie
        chosen = np.select(
            [conditions_first & summit_first, conditions_first, summit_first, margin < tie],
            [0, 1, 2, 3],
            default=4,
        )
        return np.broadcast_to(np.array(REGIONS, dtype=object)[chosen], solution.batch_shape)

    @property
    def closed_forms(self) -> dict[str, sympy.Basic]:
        """Whether a summit takes place (at an empty-summit cost above 0) and both payoffs."""
        import sympy

        v_r, v_u, k, p, pi = sympy.symbols(
            "settlement_value_russia peace_value_ukraine conditions_cost_ukraine "
            "summit_prize_ukraine pocket_value_russia"
        )
        works = v_u - k + p
        first = sympy.Piecewise((works, v_r >= pi), (-k, True))
        second = sympy.Piecewise((works, v_u >= k), (0, True))
        # Where nothing is at stake for Ukraine its orders tie, and it takes the one listed first.
        idle = sympy.And(sympy.Eq(v_u, 0), sympy.Eq(k, 0), sympy.Eq(p, 0), v_r < pi)
        summit = sympy.And(sympy.Or(v_u >= k, sympy.And(works >= 0, v_r >= pi)), sympy.Not(idle))
        return {
            "summit": summit,
            "payoff_ukraine": sympy.Max(first, second, 0),
            "payoff_russia": sympy.Piecewise((pi, idle), (v_r, summit), (0, True)),
        }

    def solved_forms(self, values: Mapping[str, Value]) -> dict[str, NDArray[np.float64]]:
        """The fields of the same names."""
        solution = self.solve(values)
        return {name: np.asarray(solution[name], dtype=np.float64) for name in self.closed_forms}


MODEL = Preconditions()
