"""The solver that fits a game and a concept."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import numpy as np

from summitgames.equilibria.correlated import CorrelatedEquilibrium, correlated_equilibrium
from summitgames.equilibria.dominance import eliminate_dominated
from summitgames.equilibria.lemke_howson import lemke_howson
from summitgames.equilibria.logit import logit_path
from summitgames.equilibria.markov_perfect import markov_perfect
from summitgames.equilibria.options import work_limit
from summitgames.equilibria.payoff_set import payoff_set
from summitgames.equilibria.perfect_bayesian import perfect_bayesian
from summitgames.equilibria.pure_nash import pure_nash
from summitgames.equilibria.sequence_form import sequence_form
from summitgames.equilibria.sequential_equilibria import sequential_equilibria
from summitgames.equilibria.subgame_perfect import subgame_perfect
from summitgames.equilibria.support_enumeration import largest_support, support_enumeration
from summitgames.equilibria.vertex_enumeration import vertex_enumeration
from summitgames.equilibria.zero_sum import zero_sum_value
from summitgames.errors import GameError, require_known, unknown_name
from summitgames.games.extensive_form import ExtensiveForm
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.games.repeated import RepeatedGame
from summitgames.games.signaling import SignalingGame
from summitgames.games.stochastic import StochasticGame
from summitgames.kernels.minors import n_minors
from summitgames.results import Equilibria, MarkovEquilibria, Status

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

__all__ = ["solve"]

_Result = TypeVar("_Result", bound=Equilibria)
#: Concepts by name; the first is what `solve` looks for unless told otherwise.
_Concepts: TypeAlias = Mapping[str, Callable[..., Any]]

#: Minors a player, up to which supports are enumerated: some seconds for games of 10 x 10 actions.
_MOST_MINORS: Final = 200_000
#: Minors and pairs of supports of all games: one to three minutes on one core.
_MOST_SUPPORTS: Final = 10**11
#: Microseconds of exact arithmetic on degenerate games, half a minute; each game takes about so
#: much, and so much for each minor and pair of supports.
_MOST_EXACT: Final = 30e6
_EXACT_GAME: Final = 400.0
_EXACT_MINOR: Final = 1.0
#: Up to so many entries of all tableaux, Lemke-Howson paths from every label are followed.
_ALL_LABELS: Final = 20_000
#: Entries of tableaux that a Lemke-Howson path changes, and operations along a logit path.
_MOST_PIVOTING: Final = 3 * 10**10
_MOST_TRACING: Final = 3 * 10**10
_TRACING_PROFILE: Final = 50  # operations a profile and pair of players
#: Comparisons up to which dominance is looked at, to see whether a pure equilibrium is all.
_MOST_COMPARISONS: Final = 2**24


def solve(
    game: NormalForm | nashpy.Game | ExtensiveForm | SignalingGame | RepeatedGame | StochasticGame,
    concept: str | None = None,
    **options: Any,
) -> Any:
    """What a concept says of every game of a family, by the solver that fits it.

    The work is estimated from the size of the game before a solver is chosen, so that none starts
    on what it is not likely to finish: in seconds for a single game, in minutes for a large family.
    The result's `method` says which solver it was, and for Nash equilibria `message` says why, and
    what may be missing where `status` is not COMPLETE.

    Parameters
    ----------
    game
        A `NormalForm` (or ``nashpy.Game``), a tree of perfect recall, a `RepeatedGame` or a
        `StochasticGame`.
    concept
        None: the first of those that the game has.

        In normal form:

        - "nash": all equilibria. Two players: `support_enumeration`; where it meets degenerate
          games, `vertex_enumeration`, which lists all extreme equilibria, with the sets that they
          span; where there are too many supports (beyond 10 x 10 actions, or what `max_work`
          allows), the ends of `lemke_howson` paths (PARTIAL). Any other number of players: the
          equilibria of `pure_nash`, and in games that have none, the limit of `logit_path`;
          PARTIAL, but for games in which iterated strict dominance leaves one profile.
        - "one nash": one equilibrium. Two players: `lemke_howson`; others: the limit of
          `logit_path`.
        - "pure nash": all pure equilibria, by `pure_nash`; PARTIAL, since mixed ones may exist.
        - "zero-sum": `zero_sum_value`.
        - "correlated", "coarse correlated": `correlated_equilibrium`.
        - "dominance": `eliminate_dominated`.
        - "logit": `logit_path`.

        For trees: "subgame perfect", by `subgame_perfect`; "sequential" (a single tree), by
        `sequential_equilibria`; "one nash" (two players), by `sequence_form`; "logit", by
        `logit_path`. For signaling games: "perfect bayesian", by `perfect_bayesian`. For repeated
        games: "payoff set", by `payoff_set`. For stochastic games: "markov perfect" (all pure
        stationary equilibria) and "mixed markov perfect" (one, by the logit branch), both by
        `markov_perfect`, and "payoff set" (two players, by state).
    **options
        Keywords of the solver; `threads` and `max_work` are keywords of all.

    Returns
    -------
    Equilibria, or the solver's own result
        With `method`, `status` and `message`.

    Raises
    ------
    GameError
        If `game` is no such game, there is no such concept for it, or the solver has no such
        option; and what the solver refuses.
    SolverError
        If no solver applies: a tree is not of perfect recall, or a family without perfect
        information.

    Examples
    --------
    >>> from summitgames import NormalForm, solve
    >>> solve(NormalForm.symmetric([[0, 7], [2, 6]]))
    <Equilibria: 3 by support_enumeration, COMPLETE>
    >>> threat = solve(NormalForm.from_bimatrix([[1, 1], [2, 0]], [[2, 2], [1, 0]]))
    >>> threat.method, threat.message
    ('vertex_enumeration', 'degenerate: all extreme equilibria; .components are the sets they span')
    >>> solve(NormalForm.zero_sum([[3, -1], [-2, 1]]), "zero-sum")
    <ZeroSumSolution: value 0.142857, COMPLETE>
    """
    kind, form, concepts = _concepts(game)
    if concept is None:
        concept = next(iter(concepts))
    try:
        require_known("concept", concept, concepts)
    except GameError as refusal:
        raise GameError(f"{refusal}; those of {kind} are {', '.join(concepts)}") from None
    solver = concepts[concept]
    known = [
        name
        for name, parameter in inspect.signature(solver).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]
    for name in options:
        if name not in known:
            error = unknown_name(f"option for {concept!r}", name, known)
            raise GameError(f"{error}; its options are {', '.join(known)}")
    return solver(form, **options)


def _concepts(game: object) -> tuple[str, Any, _Concepts]:
    """What a game is in words, the game, and the concepts that it has."""
    for kind, name, concepts in (
        (ExtensiveForm, "a tree", _TREE),
        (SignalingGame, "a signaling game", _SIGNALING),
        (RepeatedGame, "a repeated game", _REPEATED),
        (StochasticGame, "a stochastic game", _STOCHASTIC),
    ):
        if isinstance(game, kind):
            return name, game, concepts
    try:
        return "a game in normal form", as_normal_form(game), _NORMAL_FORM
    except GameError:
        raise GameError(
            f"game: {type(game).__name__}; expected a NormalForm, a nashpy.Game, an ExtensiveForm, "
            "a SignalingGame, a RepeatedGame or a StochasticGame"
        ) from None


def _nash(
    form: NormalForm, *, threads: int | None = None, max_work: int | None = None
) -> Equilibria:
    """All equilibria, or what can be had of them."""
    if form.n_players == 2:
        return _two_players(form, threads, max_work)
    return _several_players(form, threads, max_work)


def _two_players(form: NormalForm, threads: int | None, max_work: int | None) -> Equilibria:
    limit = work_limit(max_work, _MOST_MINORS)
    first, second = form.n_actions
    whole = largest_support(first, second, limit) == min(first, second)
    size = _supports(first, second) if whole else 0
    if not whole or form.size * size > _MOST_SUPPORTS:
        what = f"{first} x {second} actions"
        many = f"{form.size} games of {what}" if form.batch_shape else what
        why = f"{many} have too many supports to search"
        if max_work is not None:
            why += f" with max_work {max_work}"
        return _lemke_howson(form, threads, max_work, why)
    found = support_enumeration(form, threads=threads, max_work=limit)
    degenerate = 0 if found.degenerate is None else int(found.degenerate.sum())
    if not degenerate:
        return _because(found, "nondegenerate: these are all equilibria")
    which = f"{degenerate} of {form.size} games degenerate" if form.batch_shape else "degenerate"
    if degenerate * (_EXACT_GAME + _EXACT_MINOR * size) > _MOST_EXACT:
        why = f"{which}, too many for vertex_enumeration at once; more equilibria may exist there"
        return _because(found, why)
    found = vertex_enumeration(form, threads=threads, max_work=limit)
    return _because(found, f"{which}: all extreme equilibria; .components are the sets they span")


def _supports(first: int, second: int) -> int:
    """Minors and pairs of supports of a game."""
    most = min(first, second)
    pairs = sum(math.comb(first, s) * math.comb(second, s) for s in range(1, most + 1))
    return n_minors(first, second, most) + n_minors(second, first, most) + pairs


def _lemke_howson(
    form: NormalForm, threads: int | None, max_work: int | None, why: str
) -> Equilibria:
    """Ends of paths, from every label where these are few."""
    rows, columns = form.n_actions
    few = form.size * (rows + columns) * rows * columns <= _ALL_LABELS
    limit = work_limit(max_work, _limit(_MOST_PIVOTING, rows * columns, 10**6))
    label = "all" if few else 0
    found = lemke_howson(form, initial_label=label, threads=threads, max_work=limit)
    return _because(found, f"{why}; {found.message}" if why else found.message)


def _limit(budget: int, cost: int, most: int) -> int:
    """Steps of some cost that a budget pays."""
    return max(1, min(most, budget // cost))


def _because(found: _Result, message: str) -> _Result:
    return dataclasses.replace(found, message=message)


def _several_players(form: NormalForm, threads: int | None, max_work: int | None) -> Equilibria:
    """Pure equilibria, and where there is none, the limit of the logit path."""
    work_limit(max_work, 1)  # refused in every game, even where it is not used
    pure = pure_nash(form, threads=threads).reshape(form.size, -1)
    counts = pure.sum(axis=1)
    status = np.full(form.size, Status.PARTIAL, dtype=np.int8)
    status[_solved_by_dominance(form, counts == 1, threads)] = Status.COMPLETE
    slots = max(1, int(counts.max(initial=0)))
    strategies = _pure_strategies(form, pure, slots)
    exists = np.arange(slots) < counts[:, np.newaxis]
    message = "all pure equilibria; mixed ones may exist"
    none = np.flatnonzero(counts == 0)
    if none.size:
        limits, failed = _logit_limits(_picked(form, none), threads, max_work)
        for strategy, limit in zip(strategies, limits, strict=True):
            strategy[none, 0] = limit
        exists[none, 0] = ~failed
        status[none[failed]] = Status.FAILED
        given = "the limit of the logit path; more may exist"
        if form.batch_shape:
            message += f"; in {none.size} of {form.size} games there is none: {given}"
        else:
            message = f"no pure equilibrium: {given}"
        if failed.any():
            message += f"; {int(failed.sum())} of these paths came to no limit (max_work)"
    elif (status == Status.COMPLETE).all():
        message = "all: iterated strict dominance leaves one profile"
    only = none.size == form.size
    return _slots(form, strategies, exists, status, "logit_path" if only else "pure_nash", message)


def _solved_by_dominance(
    form: NormalForm, candidates: NDArray[np.bool_], threads: int | None
) -> NDArray[np.bool_]:
    """Games, of some, in which iterated strict dominance leaves one action to each player."""
    solved = np.zeros(form.size, dtype=np.bool_)
    games = np.flatnonzero(candidates)
    comparisons = len(games) * math.prod(form.n_actions) * max(form.n_actions) ** 2
    if games.size and comparisons <= _MOST_COMPARISONS:
        left = eliminate_dominated(_picked(form, games), threads=threads).surviving
        solved[games] = np.all([alive.sum(axis=-1) == 1 for alive in left], axis=0)
    return solved


def _picked(form: NormalForm, games: NDArray[np.int64]) -> NormalForm:
    """Games by their places in the flattened batch, in a family of one axis."""
    where = np.unravel_index(games, form.batch_shape) if form.batch_shape else (np.newaxis,)
    return form[where]


def _logit_limits(
    form: NormalForm, threads: int | None, max_work: int | None
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.bool_]]:
    """Limits of logit paths, ``(games, k_i)``, and which of them there are not."""
    profiles, actions = math.prod(form.n_actions), sum(form.n_actions)
    cost = _TRACING_PROFILE * form.n_players**2 * profiles + actions**3
    limit = work_limit(max_work, _limit(_MOST_TRACING, cost, 20_000))
    path = logit_path(form, threads=threads, max_work=limit)
    return path.limit, np.asarray(path.status == Status.FAILED)


def _pure_strategies(
    form: NormalForm, pure: NDArray[np.bool_], slots: int
) -> list[NDArray[np.float64]]:
    """Pure profiles in slots: N arrays ``(games, slots, k_i)``."""
    games, profiles = np.nonzero(pure)
    places = np.arange(len(games)) - np.searchsorted(games, games)
    found = []
    for count, action in zip(
        form.n_actions, np.unravel_index(profiles, form.n_actions), strict=True
    ):
        strategies = np.full((form.size, slots, count), np.nan)
        strategies[games, places] = action[:, np.newaxis] == np.arange(count)
        found.append(strategies)
    return found


def _slots(
    form: NormalForm,
    strategies: list[NDArray[np.float64]],
    exists: NDArray[np.bool_],
    status: NDArray[np.int8],
    method: str,
    message: str,
) -> Equilibria:
    batch = form.batch_shape
    return Equilibria(
        form,
        tuple(array.reshape(*batch, *array.shape[1:]) for array in strategies),
        exists.reshape(*batch, -1),
        status.reshape(batch),
        method,
        message=message,
    )


def _one_nash(
    form: NormalForm, *, threads: int | None = None, max_work: int | None = None
) -> Equilibria:
    """One equilibrium."""
    if form.n_players == 2:
        limit = work_limit(max_work, _limit(_MOST_PIVOTING, math.prod(form.n_actions), 10**6))
        return lemke_howson(form, threads=threads, max_work=limit)
    limits, failed = _logit_limits(_picked(form, np.arange(form.size)), threads, max_work)
    status = np.where(failed, Status.FAILED, Status.PARTIAL).astype(np.int8)
    message = "one equilibrium, the limit of the logit path; more may exist"
    if failed.any():
        message += f"; {int(failed.sum())} paths came to no limit (max_work)"
    strategies = [limit[:, np.newaxis] for limit in limits]
    return _slots(form, strategies, ~failed[:, np.newaxis], status, "logit_path", message)


def _pure_nash(
    form: NormalForm, *, threads: int | None = None, max_work: int | None = None
) -> Equilibria:
    """All pure equilibria."""
    work_limit(max_work, 1)  # refused in every game, even where it is not used
    pure = pure_nash(form, threads=threads).reshape(form.size, -1)
    counts = pure.sum(axis=1)
    slots = int(counts.max(initial=0))
    exists = np.arange(slots) < counts[:, np.newaxis]
    status = np.full(form.size, Status.PARTIAL, dtype=np.int8)
    message = "all pure equilibria; mixed ones may exist"
    return _slots(form, _pure_strategies(form, pure, slots), exists, status, "pure_nash", message)


def _coarse_correlated(
    form: NormalForm,
    *,
    objective: str | ArrayLike = "welfare",
    threads: int | None = None,
    max_work: int | None = None,
) -> CorrelatedEquilibrium:
    return correlated_equilibrium(
        form, objective=objective, coarse=True, threads=threads, max_work=max_work
    )


def _correlated(
    form: NormalForm,
    *,
    objective: str | ArrayLike = "welfare",
    threads: int | None = None,
    max_work: int | None = None,
) -> CorrelatedEquilibrium:
    return correlated_equilibrium(form, objective=objective, threads=threads, max_work=max_work)


def _markov_perfect(
    game: StochasticGame, *, threads: int | None = None, max_work: int | None = None
) -> MarkovEquilibria:
    return markov_perfect(game, threads=threads, max_work=max_work)


def _mixed_markov_perfect(
    game: StochasticGame, *, threads: int | None = None, max_work: int | None = None
) -> MarkovEquilibria:
    return markov_perfect(game, method="logit", threads=threads, max_work=max_work)


_NORMAL_FORM: Final[_Concepts] = {
    "nash": _nash,
    "one nash": _one_nash,
    "pure nash": _pure_nash,
    "zero-sum": zero_sum_value,
    "correlated": _correlated,
    "coarse correlated": _coarse_correlated,
    "dominance": eliminate_dominated,
    "logit": logit_path,
}
_TREE: Final[_Concepts] = {
    "subgame perfect": subgame_perfect,
    "sequential": sequential_equilibria,
    "one nash": sequence_form,
    "logit": logit_path,
}
_SIGNALING: Final[_Concepts] = {"perfect bayesian": perfect_bayesian}
_REPEATED: Final[_Concepts] = {"payoff set": payoff_set}
_STOCHASTIC: Final[_Concepts] = {
    "markov perfect": _markov_perfect,
    "mixed markov perfect": _mixed_markov_perfect,
    "payoff set": payoff_set,
}
