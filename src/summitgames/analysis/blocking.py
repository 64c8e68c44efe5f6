"""What blocks the meeting: the smallest sets of premises whose change brings an outcome about."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.analysis.readings import Reading, check_outcome
from summitgames.blocks import Block, map_blocks
from summitgames.errors import GameError, SolverError, require_known, whole_number
from summitgames.models import registry

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from summitgames.models.summit_model import Solution, SummitModel

__all__ = ["GROUPS", "Blocking", "blocking"]

#: Premise groups of the question; the other parameters of a model are the group `other`.
GROUPS: dict[str, tuple[str, ...]] = {
    "conditions": (
        "trust",
        "conditions_cost_ukraine",
        "summit_prize_ukraine",
        "empty_summit_cost_russia",
        "peace_value_ukraine",
        "support_value_ukraine",
        "pocket_value_russia",
    ),
    "legitimacy": (
        "legitimacy_incumbent",
        "legitimacy_elected",
        "legitimacy_acting",
        "turnover",
        "office_rents_ukraine",
        "betrayal_loss_russia",
        "reelection",
    ),
    "security": (
        "security_success",
        "sponsor_security_gain",
        "exposure_loss_russia",
        "exposure_loss_ukraine",
    ),
}

#: All subsets are searched while at most this many names differ.
_MOST_NAMES = 20
_SUBSETS_A_BLOCK = 8192

Outcome: TypeAlias = "str | Callable[[Solution], Any]"


def blocking(
    model: str = "composite",
    *,
    perspective: str | Mapping[str, Any] = "article",
    rival: str | Mapping[str, Any] = "guarantees",
    by: str = "groups",
    outcome: Outcome = "summit",
    max_size: int = 6,
    threads: int | None = None,
) -> Blocking:
    """Every smallest set of changes from one perspective to another that unlocks an outcome.

    A set of names *unlocks* if the outcome is positive once the premises in the set have the
    rival's values and all others the perspective's. It is *minimal* if no proper subset unlocks.
    Unlocking is not monotone: a set that contains one that unlocks may block again.

    Parameters
    ----------
    model
        Name of a model.
    perspective, rival
        Names of perspectives, paths of perspective files, or mappings with a value for every
        parameter of the model.
    by
        "groups": the premise groups conditions, legitimacy, security and, where parameters outside
        them differ, other. "premises": single premises.
    outcome
        A numeric or bool field of the model, or a function of a `Solution` that returns numbers of
        its batch shape. What is above 0 counts as brought about.
    max_size
        Size up to which sets are searched where more than 20 names differ.
    threads
        Threads; None: the machine's cores for many subsets, one for few.

    Returns
    -------
    Blocking

    Raises
    ------
    GameError
        If a name is unknown, `max_size` is no positive whole number, or the outcome no number.

    References
    ----------
    Shapley (1953), A value for n-person games, Contributions to the Theory of Games II.

    Examples
    --------
    >>> import summitgames as sg
    >>> blocking = sg.blocking(perspective="article", rival="guarantees")
    >>> blocking.minimal_unlocking_sets
    [('conditions', 'legitimacy', 'security')]
    """
    solver = registry.model(model)
    require_known("value of by", by, ("groups", "premises"))
    max_size = whole_number(max_size, "max_size", expected="a positive whole number")
    if not callable(outcome):
        check_outcome(solver, outcome)
    start, end = Reading.of(solver, perspective), Reading.of(solver, rival)
    differ = start.differing(end)
    members = {name: (name,) for name in differ} if by == "premises" else _groups(differ)
    search = _Search(solver, start, end, tuple(members.values()), outcome, threads)
    names = tuple(members)
    if len(names) <= _MOST_NAMES:
        masks = np.arange(1 << len(names), dtype=np.uint64)
    else:
        masks = np.fromiter(_masks_up_to(len(names), max_size), dtype=np.uint64)
    return Blocking(
        model=solver.name,
        perspective=start.name,
        rival=end.name,
        by=by,
        outcome=outcome if isinstance(outcome, str) else getattr(outcome, "__name__", "outcome"),
        names=names,
        members=members,
        max_size=None if len(names) <= _MOST_NAMES else max_size,
        masks=masks,
        values=search.values(masks),
        start=start.exact,
        end=end.exact,
    )


def _groups(differ: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Groups that have a differing premise, each with its differing premises."""
    grouped = {name for group in GROUPS.values() for name in group}
    every = {**GROUPS, "other": tuple(name for name in differ if name not in grouped)}
    cut = {label: tuple(name for name in differ if name in group) for label, group in every.items()}
    return {label: group for label, group in cut.items() if group}


def _masks_up_to(names: int, size: int) -> Iterator[int]:
    """Bit masks of all sets of at most `size` names, smaller sets first."""
    for count in range(min(size, names) + 1):
        for chosen in combinations(range(names), count):
            yield sum(1 << bit for bit in chosen)


@dataclass(frozen=True)
class _Search:
    """Solves subsets of changes: bit i of a mask moves the i-th name's premises to the rival's."""

    model: SummitModel
    start: Reading
    end: Reading
    members: tuple[tuple[str, ...], ...]
    outcome: Outcome
    threads: int | None

    def values(self, masks: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Outcome of every subset, ``(subsets,)``."""

        def work(block: Block) -> NDArray[np.float64]:
            part = masks[block.start : block.stop]
            moved = {
                name: np.where(part >> np.uint64(bit) & np.uint64(1), self._float(name, 1), old)
                for bit, names in enumerate(self.members)
                for name in names
                for old in [self._float(name, 0)]
            }
            solution = self.model.solve(self.start.exact, threads=1, **moved)
            return self._outcome(solution, part.size)

        parts = map_blocks(work, masks.size, block=_SUBSETS_A_BLOCK, threads=self.threads)
        return np.concatenate(parts)

    def _float(self, name: str, which: int) -> float:
        return float((self.start, self.end)[which].exact[name])

    def _outcome(self, solution: Solution, size: int) -> NDArray[np.float64]:
        found = self.outcome(solution) if callable(self.outcome) else solution[self.outcome]
        try:
            array = np.broadcast_to(np.asarray(found, dtype=np.float64), (size,))
        except (TypeError, ValueError):
            raise GameError(
                f"outcome: {type(found).__name__} of shape {np.shape(found)}; expected numbers of "
                f"the solution's batch shape ({size},)"
            ) from None
        if np.isnan(array).any():
            raise GameError("outcome: nan for some set of changes; expected numbers")
        return array


@dataclass(frozen=True, eq=False, repr=False)
class Blocking:
    """What blocks an outcome between two perspectives.

    Attributes
    ----------
    model, perspective, rival, by, outcome
        What was asked.
    names
        The n names (groups or premises) that differ, in the model's order.
    members
        The premises that each name moves.
    max_size
        None where all subsets were searched, else the size up to which they were.
    masks, values
        The sets searched (bit i: the i-th name is moved) and the outcome of each.
    start, end
        Exact values of the model's parameters at the two perspectives.

    Examples
    --------
    >>> import summitgames as sg
    >>> found = sg.blocking()
    >>> found.minimal_unlocking_sets, round(sum(found.shapley.values()), 6)
    ([('conditions', 'legitimacy', 'security')], 0.95)
    """

    model: str
    perspective: str
    rival: str
    by: str
    outcome: str
    names: tuple[str, ...]
    members: Mapping[str, tuple[str, ...]]
    max_size: int | None
    masks: NDArray[np.uint64] = field(repr=False)
    values: NDArray[np.float64] = field(repr=False)
    start: Mapping[str, Fraction] = field(repr=False)
    end: Mapping[str, Fraction] = field(repr=False)

    def __repr__(self) -> str:
        found = len(self.minimal_unlocking_sets)
        return (
            f"<Blocking of {self.outcome!r} in {self.model}: {self.perspective} -> {self.rival}, "
            f"{len(self.names)} {self.by} differ, {found} minimal unlocking sets>"
        )

    def _repr_markdown_(self) -> str:
        return self.to_markdown()

    @property
    def exhaustive(self) -> bool:
        """Whether all subsets of the names were searched."""
        return self.max_size is None

    @property
    def unlocked(self) -> NDArray[np.bool_]:
        """Which of the searched sets unlock, ``(sets,)``."""
        return self.values > 0

    @cached_property
    def minimal_unlocking_sets(self) -> list[tuple[str, ...]]:
        """All inclusion-minimal sets that unlock, smallest first; ``[()]``: nothing was blocked."""
        found = self._minimal_masks() if self.exhaustive else self._minimal_among_small()
        sets = [self._set(mask) for mask in found]
        order = {name: position for position, name in enumerate(self.names)}
        return sorted(sets, key=lambda names: (len(names), [order[name] for name in names]))

    def _minimal_masks(self) -> list[int]:
        """Minimal sets among all subsets, by closing the unlocked ones upwards bit by bit."""
        above = self.unlocked.copy()  # contains a set that unlocks
        for bit in range(len(self.names)):
            halves = above.reshape(-1, 2, 1 << bit)
            halves[:, 1] |= halves[:, 0]
        proper = np.zeros_like(above)  # has a proper subset that unlocks
        for bit in range(len(self.names)):
            proper.reshape(-1, 2, 1 << bit)[:, 1] |= above.reshape(-1, 2, 1 << bit)[:, 0]
        minimal = self.unlocked & ~proper
        return [int(mask) for mask in np.flatnonzero(minimal)]

    def _minimal_among_small(self) -> list[int]:
        """Minimal sets where only small ones were searched; they come smallest first."""
        minimal: list[int] = []
        for mask in self.masks[self.unlocked].tolist():
            if not any(mask & smaller == smaller for smaller in minimal):
                minimal.append(mask)
        return minimal

    def _set(self, mask: int) -> tuple[str, ...]:
        return tuple(name for bit, name in enumerate(self.names) if mask >> bit & 1)

    @cached_property
    def blocks_again(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Unlocked sets, each with the names whose addition to it blocks again.

        Unlocked sets that no addition blocks are left out. Where not all sets were searched, both
        the sets and the additions are those within the searched ones.
        """
        again: dict[int, list[str]] = {}
        for mask, name in self._blocking_steps():
            again.setdefault(mask, []).append(name)
        return {self._set(mask): tuple(names) for mask, names in sorted(again.items())}

    def _blocking_steps(self) -> Iterator[tuple[int, str]]:
        """Pairs of an unlocked set and a name that, added to it, blocks again."""
        if self.exhaustive:
            for bit, name in enumerate(self.names):
                halves = self.unlocked.reshape(-1, 2, 1 << bit)
                high, low = np.nonzero(halves[:, 0] & ~halves[:, 1])
                for mask in ((high << (bit + 1)) + low).tolist():
                    yield mask, name
            return
        known = dict(zip(self.masks.tolist(), self.unlocked.tolist(), strict=True))
        for mask in self.masks[self.unlocked].tolist():
            for bit, name in enumerate(self.names):
                if not mask >> bit & 1 and known.get(mask | 1 << bit) is False:
                    yield mask, name

    @cached_property
    def shapley(self) -> dict[str, float]:
        """Shapley amount of every name: its share in outcome(rival) - outcome(perspective).

        The average, over all orders in which the names are moved, of what moving it changes; the
        amounts sum to the whole change. Empty where not all subsets were searched: it needs them.
        """
        if not self.exhaustive:
            return {}
        n = len(self.names)
        sizes = np.bitwise_count(self.masks)
        weight = np.array([1 / (n * math.comb(n - 1, size)) for size in range(n)])
        amounts = {}
        for bit, name in enumerate(self.names):
            halves = self.values.reshape(-1, 2, 1 << bit)
            before = sizes.reshape(-1, 2, 1 << bit)[:, 0]
            gains = weight[before] * (halves[:, 1] - halves[:, 0])
            amounts[name] = math.fsum(gains.ravel().tolist()) if gains.any() else 0.0
        return amounts

    @cached_property
    def switch_points(self) -> list[tuple[float, str, str]]:
        """Where the path of play changes on the straight line from the perspective to the rival.

        Returns
        -------
        list of (t, path before, path after)
            t in [0, 1] in order, isolated to 1e-12; all parameters move together.

        Raises
        ------
        SolverError
            If the model's game is no tree, or its payoffs are not piecewise polynomial on the line.
        """
        from summitgames.analysis.switching import Line
        from summitgames.equilibria.subgame_perfect import Induction
        from summitgames.models.tree_model import TreeModel

        model = registry.model(self.model)
        if not isinstance(model, TreeModel):
            raise SolverError(f"switch_points: the game of {self.model} is no tree")
        program = Induction(model.form, path=True, tie=Fraction(0)).program
        return [
            (t, model.form.path_to(before), model.form.path_to(after))
            for t, before, after in Line(program, self.start, self.end).switches()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Results as strict JSON; where the game is no tree, None in place of switch points."""
        from summitgames.models.tree_model import TreeModel

        is_tree = isinstance(registry.model(self.model), TreeModel)
        points = [list(point) for point in self.switch_points] if is_tree else None
        return {
            "model": self.model,
            "perspective": self.perspective,
            "rival": self.rival,
            "by": self.by,
            "outcome": self.outcome,
            "names": list(self.names),
            "exhaustive": self.exhaustive,
            "minimal_unlocking_sets": [list(names) for names in self.minimal_unlocking_sets],
            "answer": self.answer,
            "blocks_again": [[list(s), list(names)] for s, names in self.blocks_again.items()],
            "shapley": self.shapley,
            "switch_points": points,
        }

    def to_markdown(self) -> str:
        """Results in words and tables."""
        question = (
            f"**What blocks `{self.outcome}` in the {self.model} model, from {self.perspective} "
            f"towards {self.rival}, by {self.by}?**"
        )
        lines = [question, "", self.answer, ""]
        if self.minimal_unlocking_sets not in ([], [()]):
            lines += ["| minimal unlocking set | size |", "|-|-|"]
            lines += [f"| {', '.join(s)} | {len(s)} |" for s in self.minimal_unlocking_sets]
            lines += [""]
        if self.shapley:
            lines += ["| name | Shapley amount |", "|-|-|"]
            lines += [f"| {name} | {amount:.6g} |" for name, amount in self.shapley.items()]
        return "\n".join(lines).rstrip() + "\n"

    @property
    def answer(self) -> str:
        """The result in a few sentences."""
        sets = self.minimal_unlocking_sets
        if not self.names:
            state = "is brought about" if self.values[0] > 0 else "is blocked"
            return (
                f"The two readings have the same value of every parameter of the model: nothing "
                f"can be moved, and `{self.outcome}` {state} under both."
            )
        if sets == [()]:
            blocked = int(np.count_nonzero(~self.unlocked))
            return (
                f"{self._searched} Nothing is blocked: `{self.outcome}` is brought about without "
                f"any change. {f'{blocked:,}' if blocked else 'None'} of the sets of changes would "
                "block it."
            )
        pairs = sum(len(names) for names in self.blocks_again.values())
        again = (
            f" Unlocking is not monotone: in {pairs:,} cases one more change to an unlocked set "
            "blocks it again."
            if pairs
            else ""
        )
        return f"{self._searched} {self._found}{again}"

    @property
    def _searched(self) -> str:
        """What was solved, in a sentence."""
        if len(self.names) == 1:
            return f"One {self.by.removesuffix('s')} differs; it was solved with and without it."
        if self.exhaustive:
            return (
                f"All {self.masks.size:,} subsets of the {len(self.names)} {self.by} that differ "
                "were solved."
            )
        return (
            f"{len(self.names)} {self.by} differ: only the {self.masks.size:,} sets of at most "
            f"{self.max_size} were solved; larger minimal sets may exist, and the Shapley amounts, "
            "which need all subsets, are left out."
        )

    @property
    def _found(self) -> str:
        """What unlocks the outcome where it is blocked, in a sentence."""
        sizes = [len(names) for names in self.minimal_unlocking_sets]
        if not sizes:
            return "No set of changes that was searched unlocks it."
        least = f"{sizes[0]} {'name' if sizes[0] == 1 else 'names'}"
        if len(sizes) == 1:
            return f"One minimal set unlocks it; it has {least}."
        verb = "has" if sizes.count(sizes[0]) == 1 else "have"
        return f"{len(sizes)} minimal sets unlock it; the smallest {verb} {least}."

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw which sets unlock, with the Shapley amounts.

        Up to five names: the lattice of all their subsets. More: the minimal unlocking sets.

        Parameters
        ----------
        ax
            Axes to draw on; None: new ones of a size that fits.

        Returns
        -------
        matplotlib Axes
        """
        from summitgames.drawing import lattices

        names, about = self.names, (self.shapley, self.outcome, ax)
        if self.exhaustive and len(names) <= lattices.MOST_NAMES:
            return lattices.draw_lattice(names, self.values, *about)
        return lattices.draw_sets(names, self.minimal_unlocking_sets, *about)

    def plot_line(self, ax: Axes | None = None) -> Axes:
        """Draw payoffs on the straight line from the perspective to the rival.

        Every parameter moves in proportion; upright lines mark where the path of play switches.

        Parameters
        ----------
        ax
            Axes to draw on; None: new ones.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        SolverError
            As for `switch_points`.
        """
        from summitgames.drawing.lines import draw_line

        switches = self.switch_points
        grid = np.linspace(0, 1, 401)
        # At a switch itself payoffs tie, and the curves are broken there: points on either side.
        sides = [at + side for at, _, _ in switches for side in (-1e-9, 1e-9)]
        t = np.unique(np.clip([*grid[~np.isin(grid, [at for at, _, _ in switches])], *sides], 0, 1))
        moved: dict[str, Any] = {
            name: float(start) + t * float(self.end[name] - start)
            for name, start in self.start.items()
            if start != self.end[name]
        }
        solution = registry.model(self.model).solve(self.start, **moved)
        payoffs = {
            name.removeprefix("payoff_"): np.broadcast_to(solution[name], t.shape)
            for name in solution.fields
            if name.startswith("payoff_")
        }
        first = switches[0][1] if switches else np.ravel(solution["path"])[0]
        return draw_line(
            t,
            payoffs,
            switches,
            first,
            ends=(self.perspective, self.rival),
            ylabel="payoff (a settlement, to Russia = 1)",
            ax=ax,
        )
