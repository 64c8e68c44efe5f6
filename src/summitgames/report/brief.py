"""The brief: one reading of the summit decision, solved, explained and set beside its rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from summitgames.analysis.blocking import Blocking, blocking
from summitgames.analysis.space import Share, share_with
from summitgames.case import premises
from summitgames.games.extensive_form import Tree
from summitgames.models import registry

if TYPE_CHECKING:
    from summitgames.case.premises import Perspective
    from summitgames.equilibria.subgame_perfect import SubgamePerfectEquilibrium
    from summitgames.games.extensive_form import ExtensiveForm
    from summitgames.models.summit_model import Solution

__all__ = ["Brief", "Decision", "brief"]

MODEL: Final = "composite"

#: Premise space: uniform draws (the caveats name their number), with this key of the generator.
DRAWS: Final = 100_000
SEED: Final = 20_260

_CAVEATS: Final = """
The premises are those of the readings named; that they hold is not claimed here.

The numbers are this project's calibration, not the source's; a premise gives at most a direction.

What is true in equilibrium follows from the premises for players who know them and look ahead; it
is no forecast. That a summit is never held in equilibrium is not to say that it is improbable: the
one speaks of a game, the other would speak of the world.

The share of the premise space counts 100,000 uniform draws between two readings. Nobody has drawn
the premises at random: it tells how far the answer depends on them, not how likely it is.

The model leaves out private information, repetition and turnover over time; other models of the
library take these up as they are built.
"""

#: What the analysis does not say.
CAVEATS: Final = tuple(" ".join(text.split()) for text in _CAVEATS.split("\n\n"))


def brief(
    perspective: str | Perspective = "article",
    *,
    rival: str | Perspective | None = None,
    **overrides: float,
) -> Brief:
    """Solve the composite model under one reading, and say what follows and what it rests on.

    Parameters
    ----------
    perspective
        Name of a perspective, path of a perspective's file, or a `Perspective`.
    rival
        The reading towards which the question of what blocks is asked; None: guarantees, or article
        where the perspective is guarantees.
    **overrides
        Parameters to change, one number each.

    Returns
    -------
    Brief

    Raises
    ------
    GameError
        If a name is unknown, or a value no single number or out of its range.

    Examples
    --------
    >>> import summitgames as sg
    >>> brief = sg.brief("article")
    >>> brief.solution["path"]
    'offload > press > summit_first > raise_delegation'
    >>> [(decision.player, decision.action) for decision in brief.stops]
    [('russia', 'raise_delegation')]
    """
    perspective, rival = _by_name(perspective), _by_name(rival)
    model = registry.model(MODEL)
    own = premises.perspective(perspective, **overrides)
    model.values("article", overrides)  # refuses other models' parameters
    if rival is None:
        rival = "article" if perspective == "guarantees" else "guarantees"
    opposite = premises.perspective(rival)
    bundled = premises.perspectives()
    others = {name: premises.perspective(name) for name in bundled if name != perspective}
    name = opposite.label
    if rival != perspective or overrides:
        others[name] = opposite
    solution = model.solve(own)
    return Brief(
        perspective=own,
        overrides=tuple(dict.fromkeys([*overrides, *own.changed])),
        solution=solution,
        decisions=tuple(_decisions(solution.equilibrium, own)),
        rival=name,
        blocking=blocking(MODEL, perspective=own, rival=opposite),
        by_premise=blocking(MODEL, perspective=own, rival=opposite, by="premises"),
        rivals={name: model.solve(reading) for name, reading in others.items()},
        premise_space={
            name: share_with(MODEL, own, reading, draws=DRAWS, seed=SEED)
            for name, reading in others.items()
        },
    )


def _by_name(given: Any) -> Any:
    """The name of a bundled perspective that is given as a whole; anything else as it is."""
    bundled = isinstance(given, premises.Perspective) and given.is_bundled
    return given.name if bundled else given


@dataclass(frozen=True)
class Decision:
    """A decision on the path of play, and what decides it.

    Attributes
    ----------
    player, action
        Who chooses what.
    payoff
        What it gives the player, with everybody's strategies followed afterwards.
    alternatives
        The same for every other action.
    summit
        Probability of a summit after each action.
    claims
        IDs of the premises on which these payoffs rest.
    calibrated
        Parameters in them whose value no premise gives a direction.
    """

    player: str
    action: str
    payoff: float
    alternatives: Mapping[str, float]
    summit: Mapping[str, float]
    claims: tuple[str, ...]
    calibrated: tuple[str, ...]

    @property
    def stops(self) -> bool:
        """Whether it forgoes the summit for good: another action would have led to one."""
        others = [chance for action, chance in self.summit.items() if action != self.action]
        return self.summit[self.action] == 0 and max(others, default=0.0) > 0

    def to_dict(self) -> dict[str, Any]:
        """The decision as strict JSON."""
        return {
            "player": self.player,
            "action": self.action,
            "payoff": self.payoff,
            "alternatives": dict(self.alternatives),
            "claims": list(self.claims),
        }


@dataclass(frozen=True, eq=False, repr=False)
class Brief:
    """The summit decision under one reading, with what it rests on and how rivals answer.

    Attributes
    ----------
    perspective
        The reading.
    overrides
        Parameters changed from it.
    solution
        The composite model's results.
    decisions
        The decisions on the path of play.
    rival
        The reading towards which `blocking` (by groups) and `by_premise` look.
    blocking, by_premise
        What blocks the summit.
    rivals
        Results of the other readings, by name.
    premise_space
        For each of them the share of the space between in which a summit takes place.

    Examples
    --------
    >>> import summitgames as sg
    >>> brief = sg.brief("article")
    >>> sorted(brief.to_dict())[:3]
    ['blocking', 'calibrated', 'caveats']
    """

    perspective: Perspective
    overrides: tuple[str, ...]
    solution: Solution
    decisions: tuple[Decision, ...]
    rival: str
    blocking: Blocking
    by_premise: Blocking
    rivals: Mapping[str, Solution] = field(repr=False)
    premise_space: Mapping[str, Share] = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"<Brief under {self.perspective.name!r}: P(summit) {self.solution['summit']:.6g}, "
            f"path {self.solution['path']!r}>"
        )

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        from summitgames.report.page import to_fragment

        return to_fragment(self)

    @property
    def stops(self) -> tuple[Decision, ...]:
        """Decisions on the path at which the summit is given up, though it could have been had."""
        return tuple(decision for decision in self.decisions if decision.stops)

    @cached_property
    def claims(self) -> tuple[str, ...]:
        """IDs of all premises on which the model's numbers rest under the reading."""
        return _ids(self.perspective, self.solution.model.parameter_names)

    @cached_property
    def calibrated(self) -> tuple[str, ...]:
        """Parameters of the model whose value no premise gives a direction."""
        names = self.solution.model.parameter_names
        return tuple(name for name in names if name in self.perspective.calibrated)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What was changed in the reading, if anything, and what the analysis does not say."""
        return (*filter(None, [self.changes]), *CAVEATS)

    @property
    def changes(self) -> str:
        """The parameters changed from the reading, in a sentence; empty where there is none."""
        values = ", ".join(f"{name} = {self.perspective[name]:g}" for name in self.overrides)
        return f"Changed from the reading {self.perspective.name!r}: {values}." if values else ""

    @property
    def payoffs(self) -> dict[str, float]:
        """Payoff of every actor, in units of Russia's value of a settlement that holds."""
        return payoffs(self.solution)

    def to_dict(self) -> dict[str, Any]:
        """Everything as strict JSON."""
        sets = self.blocking.minimal_unlocking_sets
        return {
            "perspective": self.perspective.name,
            "summit": self.solution["summit"],
            "settlement": self.solution["settlement"],
            "payoffs": self.payoffs,
            "path": self.solution["path"].split(" > "),
            "decisions": [decision.to_dict() for decision in self.decisions],
            "blocking": {
                "rival": self.rival,
                "minimal_unlocking_sets": [list(names) for names in sets],
                "shapley": self.blocking.shapley,
                "premises": {
                    "exhaustive": self.by_premise.exhaustive,
                    "minimal_unlocking_sets": [
                        list(names) for names in self.by_premise.minimal_unlocking_sets
                    ],
                    "shapley": self.by_premise.shapley,
                },
            },
            "rivals": {
                name: {
                    "summit": solution["summit"],
                    "settlement": solution["settlement"],
                    "payoffs": payoffs(solution),
                    "path": solution["path"].split(" > "),
                }
                for name, solution in self.rivals.items()
            },
            "premise_space": {name: share.share for name, share in self.premise_space.items()},
            "claims": list(self.claims),
            "calibrated": list(self.calibrated),
            "caveats": list(self.caveats),
        }

    def to_text(self) -> str:
        """The brief as plain text."""
        from summitgames.report.rendering import to_text

        return to_text(self)

    def to_markdown(self) -> str:
        """The brief as Markdown."""
        from summitgames.report.rendering import to_markdown

        return to_markdown(self)

    def to_html(self) -> str:
        """The brief as one HTML page that needs no network."""
        from summitgames.report.page import to_html

        return to_html(self)


def payoffs(solution: Solution) -> dict[str, float]:
    """Payoff of every actor."""
    prefix = "payoff_"
    names = [name for name in solution.fields if name.startswith(prefix)]
    return {name.removeprefix(prefix): solution[name] for name in names}


def _ids(perspective: Perspective, names: Sequence[str]) -> tuple[str, ...]:
    """Premise IDs on which parameters rest, in the register's order."""
    register = [premise.id for premise in (*premises.claims(), *premises.rival_premises())]
    found = {identity for name in names for identity in perspective.basis[name]}
    return tuple(identity for identity in register if identity in found)


def _decisions(equilibrium: SubgamePerfectEquilibrium, perspective: Perspective) -> list[Decision]:
    """The decisions on the path of play."""
    game = equilibrium.game
    tree = game.tree
    end = int(tree.terminals[int(equilibrium.path_outcome)])
    decisions = []
    for child in tree.way(end):
        node = int(tree.parent[child])
        if tree.mover[node] < 0:
            continue
        infoset = game.infosets[int(tree.number[node])]
        children = tree.child_lists[node]
        action = infoset.actions[children.index(child)]
        payoff = dict(
            zip(infoset.actions, equilibrium.action_payoffs(infoset).tolist(), strict=True)
        )
        summit = {
            label: float(equilibrium.probability("summit", given=tree.name(below)))
            for label, below in zip(infoset.actions, children, strict=True)
        }
        rests_on = _parameters_behind(equilibrium, node)
        decisions.append(
            Decision(
                player=infoset.player,
                action=action,
                payoff=payoff.pop(action),
                alternatives=payoff,
                summit=summit,
                claims=_ids(perspective, rests_on),
                calibrated=tuple(n for n in rests_on if n in perspective.calibrated),
            )
        )
    return decisions


def _parameters_behind(equilibrium: SubgamePerfectEquilibrium, node: int) -> list[str]:
    """Parameters in what the mover at a node compares: its payoffs and the chances on the way."""
    game = equilibrium.game
    tree = game.tree
    player = int(tree.mover[node])
    probabilities = dict(game.chance_probabilities())
    values = game.quantity_values(0, 1)[:, 0]
    found: set[str] = set()
    stack = list(tree.child_lists[node])
    while stack:
        here = stack.pop()
        mover, number = int(tree.mover[here]), int(tree.number[here])
        if mover == Tree.TERMINAL:
            found |= _symbols(game, int(game.payoff_numbers[number, player]))
            continue
        if mover == Tree.CHANCE:
            found |= {s for quantity in probabilities[here] for s in _symbols(game, quantity)}
            moves = values[probabilities[here]]
        else:
            moves = equilibrium.behavior.block(number, 0, 1)[:, 0]
        children = tree.child_lists[here]
        stack += [child for child, move in zip(children, moves, strict=True) if move > 0]
    return [name for name in game.parameters if name in found]


def _symbols(game: ExtensiveForm, quantity: int) -> set[str]:
    """Names of the parameters in a payoff or probability."""
    symbols = getattr(game.quantities[quantity], "free_symbols", ())
    return {str(symbol) for symbol in symbols}
