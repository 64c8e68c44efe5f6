"""How patient players must be for a profile of the stage game to be kept up for ever."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.minmax import largest_payoffs, minmax_rooms, square_threats
from summitgames.equilibria.optimal_threats import optimal_thresholds
from summitgames.equilibria.pure_nash import pure_nash
from summitgames.equilibria.vertex_enumeration import vertex_enumeration
from summitgames.errors import GameError, SolverError, require_known, unknown_name
from summitgames.games.batches import BLOCK, Batch, as_value, batch_index
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.thresholds import compliance, least_discounts, square_minmax, square_nash

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import ArrayLike, NDArray

    _Floats: TypeAlias = NDArray[np.float64]
    _Threats: TypeAlias = tuple[_Floats, _Floats]

__all__ = ["critical_discount"]

#: Mixed payoffs of games above 2 x 2 are this close to the true ones, relative to the largest.
_ROUNDING: Final = 2.0**-44


def critical_discount(
    stage: NormalForm | nashpy.Game,
    profile: Sequence[str | int | ArrayLike],
    *,
    punishment: str = "nash",
    turnover: ArrayLike | tuple[ArrayLike, ...] = 0.0,
    legitimacy: ArrayLike | tuple[ArrayLike, ...] = 1.0,
    threads: int | None = None,
    max_work: int | None = None,
) -> NDArray[np.float64] | float:
    """The least discount at which a pure profile of the stage game is kept up.

    The players comply with the profile in every period. Once player i alone has chosen another
    action, i gets its threat payoff w_i in every later period. In a period of compliance player j's
    leader is replaced with probability h_j (`turnover`), and the successor honours what was agreed
    with probability l_j (`legitimacy`), independently of all others; if one does not, every player
    i gets w_i from the next period on. So compliance goes on with probability
    ``s = prod_j (1 - h_j (1 - l_j))``. (Where no single path of play gives all of them their
    threats at once, what follows such an end is taken to be worse than it need be, and so the
    result is no less than what is needed.) With R_i the payoff of the profile and T_i that of i's
    best other action, i complies at discount d iff ``(R_i - w_i) / (1 - d s) >= T_i - w_i``; that
    is, ``d s (T_i - w_i) >= T_i - R_i``.

    Parameters
    ----------
    stage
        The stage game, N players, batch shape ``(*batch,)``.
    profile
        An action for each player: a label, an index, or an array of indices that broadcasts with
        the batch.
    punishment
        The threat w_i.

        ``"nash"``: i's worst payoff over all equilibria of the stage game, pure and mixed. Playing
        that equilibrium for ever is itself an equilibrium, so the threat is credible, and the
        result is the least discount at which reverting to it deters. It is found among the extreme
        equilibria, because a payoff is bilinear on each maximal Nash subset and so least at one of
        its vertices. With three or more players only pure equilibria are looked at: another threat
        may be worse, and the result is an upper bound.

        ``"minmax"``: what the others can hold i down to (see `minmax`; with three or more players
        the lower bound). No threat is worse, so without turnover the result is a necessary bound:
        below it no strategies keep up the profile. It is not credible in general: those who punish
        may gain by not doing so.

        ``"optimal"``: for two players, i's worst payoff over all subgame-perfect equilibria in pure
        strategies with public randomisation, at the same discount for both (see `payoff_set`). So
        it is credible, and no other threat in such strategies is worse. (One in mixed strategies,
        as ``"nash"`` may be, can be.) The worst payoff falls as the discount grows, so the
        threshold is found by halving the interval in which it lies: to about 1e-9, and to rounding
        where the threat stays the same near it. Infinity where no discount up to ``1 - 2**-10``
        will do.
    turnover, legitimacy
        h and l, in [0, 1]: a number or an array that broadcasts with the batch, or a tuple of N of
        them: one a player.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        A bound on the search for equilibria, as for `vertex_enumeration`, on linear programs, as
        for `minmax`, or on iterations, as for `payoff_set`.

    Returns
    -------
    (*batch,), or float for a single game
        In [0, 1), or infinity where no discount below 1 will do. All larger discounts sustain the
        profile as well, unless a player gets less by complying than under its own threat. A mixed
        threat that differs from R_i by rounding alone counts as R_i: it does not deter.

    Raises
    ------
    GameError
        If `stage` is no game in normal form, the profile is none of it, `turnover` or
        `legitimacy` is not in [0, 1], shapes do not broadcast, or an option is none of its values.
    SolverError
        If there are three or more players and a game has no pure equilibrium (``"nash"``),
        there are other than two (``"optimal"``), or `max_work` ended a search.

    References
    ----------
    Friedman (1971), A non-cooperative equilibrium for supergames, Review of Economic Studies 38;
    Abreu (1988), On the theory of infinitely repeated games with discounting, Econometrica 56;
    McGillivray & Smith (2000), Trust and cooperation through agent-specific punishments,
    International Organization 54.

    Examples
    --------
    >>> from summitgames import NormalForm, critical_discount
    >>> dilemma = NormalForm.symmetric([[3, 0], [5, 1]], actions=[["comply", "violate"]] * 2)
    >>> critical_discount(dilemma, ["comply", "comply"])
    0.5
    >>> critical_discount(dilemma, [0, 0], turnover=(0.5, 0.0), legitimacy=[1.0, 0.5, 0.0])
    array([0.5       , 0.66666667,        inf])
    """
    form = as_normal_form(stage, name="stage")
    require_known("punishment", punishment, [*_THREATS, "optimal"])
    chosen = _profile(profile, form)
    survival = _survival(turnover, legitimacy, form.players)
    parts = {"stage": np.broadcast_to(0.0, form.batch_shape)}
    parts |= {f"profile[{i}]": np.asarray(index, np.float64) for i, index in enumerate(chosen)}
    played = Batch(parts).shape
    parts = {"stage and profile": np.broadcast_to(0.0, played), "turnover, legitimacy": survival}
    batch = Batch(parts).shape
    if punishment == "optimal" and form.n_players != 2:
        raise SolverError(
            f'punishment "optimal": {form.n_players} players; expected 2, as payoff_set takes'
        )
    if 0 in batch:  # a part of a family that holds no game
        return np.empty(batch)
    flat = _flat(survival, batch)
    square = form.n_actions == (2, 2) and form.exact is None
    if punishment == "optimal":
        tables = _temptations(form.broadcast_to(played), chosen, threads)
        found = _optimal(form, tables, flat, batch, threads, max_work)
    elif square and batch == form.batch_shape:
        found = _in_one_pass(form, _SQUARE[punishment], chosen, flat, threads)
    else:
        every = (
            *_temptations(form.broadcast_to(played), chosen, threads),
            *_THREATS[punishment](form, threads, max_work),
        )
        found = _table_by_table(
            [_flat(table, batch, form.n_players) for table in every], flat, batch, threads
        )
    return found.reshape(batch) if batch else float(found[0])


def _in_one_pass(
    form: NormalForm,
    threat: Callable[..., None],
    chosen: Sequence[NDArray[np.int64]],
    survival: _Floats,
    threads: int | None,
) -> _Floats:
    """Thresholds of 2 x 2 games, with nothing in between that is larger than a block."""
    found = np.empty(form.size)
    places = [_places(form, chosen, i) for i in range(2)]

    def work(block: Block) -> None:
        part = slice(block.start, block.stop)
        payoffs = form.block(block.start, block.stop)
        rewards, gains, threats, rooms = np.empty((4, block.size, 2))
        threat(*payoffs, threats, rooms)
        for i, array in enumerate(payoffs):
            _tempt(form, i, array, places[i], part, rewards[:, i], gains[:, i])
        s = survival if len(survival) == 1 else survival[part]
        least_discounts(rewards, gains, threats, rooms, s, found[part])

    map_blocks(work, form.size, block=BLOCK, threads=threads)
    return found


def _optimal(
    form: NormalForm,
    tables: tuple[_Floats, _Floats],
    survival: _Floats,
    batch: tuple[int, ...],
    threads: int | None,
    max_work: int | None,
) -> _Floats:
    """Thresholds of two-player games under the worst subgame-perfect threats."""
    size = math.prod(batch)
    wide = form.broadcast_to(batch).payoffs
    stage = NormalForm([array.reshape(size, *form.n_actions) for array in wide], check=False)
    rewards, gains = (
        np.ascontiguousarray(np.broadcast_to(_flat(table, batch, 2), (size, 2))) for table in tables
    )
    s = np.array(np.broadcast_to(survival, size))
    return optimal_thresholds(stage, rewards, gains, s, threads, max_work)


def _table_by_table(
    tables: Sequence[_Floats], survival: _Floats, batch: tuple[int, ...], threads: int | None
) -> _Floats:
    """Thresholds from rewards, gains, threats and rooms."""
    found = np.empty(math.prod(batch))

    def work(block: Block) -> None:
        part = slice(block.start, block.stop)
        every = (*tables, survival)
        r, g, w, room, s = (array if len(array) == 1 else array[part] for array in every)
        least_discounts(r, g, w, room, s, found[part])

    map_blocks(work, found.size, block=BLOCK, threads=threads)
    return found


def _profile(profile: Any, form: NormalForm) -> list[NDArray[np.int64]]:
    """Action indices of each player."""
    n = form.n_players
    if isinstance(profile, (str, bytes, Mapping)) or not np.iterable(profile):
        raise GameError(f"profile: {profile!r}; expected {n} actions, one for each player")
    listed = list(profile)
    if len(listed) != n:
        raise GameError(f"profile: {len(listed)} actions; expected {n}, one for each player")
    return [_action(given, i, form) for i, given in enumerate(listed)]


def _action(given: Any, i: int, form: NormalForm) -> NDArray[np.int64]:
    labels, name = form.actions[i], f"profile[{i}] (player {form.players[i]!r})"
    if isinstance(given, str):
        if given not in labels:
            raise unknown_name(f"action of player {form.players[i]!r}", given, labels)
        return np.array(labels.index(given))
    try:
        array = np.asarray(given)
    except ValueError:
        array = np.empty(0)
    expected = f"a label, or indices from 0 to {len(labels) - 1}"
    if array.dtype.kind not in "iu" or array.size == 0:
        raise GameError(f"{name}: {given!r}; expected {expected}")
    wrong = (array < 0) | (array >= len(labels))
    if wrong.any():
        index = batch_index(int(np.argmax(wrong)), array.shape)
        where = f" at batch index {index}" if index else ""
        raise GameError(f"{name}: {array[index]}{where}; expected {expected}")
    return array.astype(np.int64)


def _survival(turnover: Any, legitimacy: Any, players: Sequence[str]) -> NDArray[np.float64]:
    """Probability that compliance goes on."""
    hazards = _shares(turnover, "turnover", players)
    honours = _shares(legitimacy, "legitimacy", players)
    shape = Batch({**hazards, **honours}).shape
    pairs = list(zip(_each(hazards, players), _each(honours, players), strict=True))
    if len(hazards) == len(honours) == 1:  # one factor, as often as there are players
        pairs = pairs[:1]
    factors = [1.0 - hazard * (1.0 - honour) for hazard, honour in pairs]
    survival = np.ones(shape)
    for i in range(len(players)):
        survival *= factors[i % len(factors)]
    return survival


def _shares(given: Any, what: str, players: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Numbers in [0, 1], one for all players or one for each, by name."""
    names = [what]
    if isinstance(given, tuple):
        if len(given) != len(players):
            raise GameError(
                f"{what}: a tuple of {len(given)}; expected {len(players)}, one for each player"
            )
        names = [f"{what}[{i}] (player {player!r})" for i, player in enumerate(players)]
    values = given if isinstance(given, tuple) else (given,)
    shares = {}
    for name, value in zip(names, values, strict=True):
        shares[name] = np.asarray(as_value(value, name), dtype=np.float64)
        if shares[name].min() < 0 or shares[name].max() > 1:
            wrong = (shares[name] < 0) | (shares[name] > 1)
            index = batch_index(int(np.argmax(wrong)), wrong.shape)
            where = f" at batch index {index}" if index else ""
            raise GameError(f"{name}: {shares[name][index]}{where}; expected a number in [0, 1]")
    return shares


def _each(
    shares: Mapping[str, NDArray[np.float64]], players: Sequence[str]
) -> list[NDArray[np.float64]]:
    arrays = list(shares.values())
    return arrays if len(arrays) == len(players) else arrays * len(players)


def _flat(array: NDArray[np.float64], batch: tuple[int, ...], *tail: int) -> NDArray[np.float64]:
    """One row a game, or a single one where all games have the same."""
    if array.size == math.prod(tail):
        return array.reshape(1, *tail)
    return np.broadcast_to(array, (*batch, *tail)).reshape(-1, *tail)


def _temptations(
    form: NormalForm, chosen: Sequence[NDArray[np.int64]], threads: int | None
) -> tuple[_Floats, _Floats]:
    """What each player gets at the profile, and gains by its best other action."""
    n, batch = form.n_players, form.batch_shape
    places = [_places(form, chosen, i) for i in range(n)]
    rewards, gains = np.empty((form.size, n)), np.empty((form.size, n))
    if form.exact is not None:
        for i, array in enumerate(form.exact):
            rewards[:, i], gains[:, i] = _exact_temptation(array, form, i, places[i])
    else:

        def work(block: Block) -> None:
            part = slice(block.start, block.stop)
            for i, array in enumerate(form.block(block.start, block.stop)):
                _tempt(form, i, array, places[i], part, rewards[part, i], gains[part, i])

        map_blocks(work, form.size, block=BLOCK, threads=threads)
    return rewards.reshape(*batch, n), gains.reshape(*batch, n)


def _tempt(
    form: NormalForm,
    i: int,
    payoffs: _Floats,
    places: Sequence[NDArray[np.int64]],
    part: slice,
    rewards: _Floats,
    gains: _Floats,
) -> None:
    """Write what a player gets, and gains by its best other action, in the games of a block."""
    before, own, after = (place if len(place) == 1 else place[part] for place in places)
    compliance(_along(payoffs, form, i), before, own, after, rewards, gains)


def _along(array: NDArray[Any], form: NormalForm, i: int) -> NDArray[Any]:
    """Payoffs ``(games, before, k, after)``."""
    counts = form.n_actions
    return array.reshape(-1, math.prod(counts[:i]), counts[i], math.prod(counts[i + 1 :]))


def _places(
    form: NormalForm, chosen: Sequence[NDArray[np.int64]], i: int
) -> list[NDArray[np.int64]]:
    """The profile's numbers along these axes, ``(games,)`` or ``(1,)`` each."""
    counts = form.n_actions
    numbers = []
    for part in (range(i), range(i, i + 1), range(i + 1, form.n_players)):
        number = np.zeros((), dtype=np.int64)
        for j in part:
            number = number * counts[j] + chosen[j]
        same = number.size == 1
        numbers.append(
            number.reshape(1) if same else np.broadcast_to(number, form.batch_shape).reshape(-1)
        )
    return numbers


def _exact_temptation(
    array: NDArray[np.object_], form: NormalForm, i: int, places: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[Any], NDArray[Any]]:
    games = np.arange(form.size)
    before, own, after = (np.broadcast_to(place, form.size) for place in places)
    rows = _along(array, form, i)[games, before, :, after]
    reward = rows[games, own]
    rows[games, own] = -math.inf
    return reward, rows.max(axis=-1) - reward


def _nash(form: NormalForm, threads: int | None, max_work: int | None) -> _Threats:
    if form.n_players != 2:
        return _pure_nash(form, threads)
    if form.n_actions == (2, 2) and form.exact is None:
        return square_threats(square_nash, form, threads)
    found = vertex_enumeration(form, threads=threads, max_work=max_work)
    if found.message:
        raise SolverError(f"the worst equilibrium of the stage game: {found.message}")
    worst = np.nanargmin(found.payoffs, axis=-2)
    pure = np.logical_and.reduce([np.max(s, axis=-1) == 1 for s in found.strategies])
    threats = np.take_along_axis(found.payoffs, worst[..., None, :], axis=-2)[..., 0, :]
    mixed = ~np.take_along_axis(pure, worst, axis=-1)
    largest = np.stack([largest_payoffs(array, 2) for array in form.payoffs], axis=-1)
    return threats, np.where(mixed, _ROUNDING * largest, 0.0)


def _pure_nash(form: NormalForm, threads: int | None) -> _Threats:
    """Worst pure equilibria of games of any number of players."""
    where = pure_nash(form, threads=threads)
    axes = tuple(range(-form.n_players, 0))
    none = ~where.any(axis=axes)
    if none.any():
        index = batch_index(int(np.argmax(none)), form.batch_shape)
        found = f"{int(none.sum())} of {form.size} games, the first at batch index {index}, have"
        raise SolverError(
            f"{found if index else 'the stage game has'} no pure equilibrium; with "
            f'{form.n_players} players punishment "nash" looks at no others'
        )
    worst = [np.where(where, array, np.inf).min(axis=axes) for array in form.payoffs]
    threats = np.stack(worst, axis=-1)
    return threats, np.zeros_like(threats)


def _minmax(form: NormalForm, threads: int | None, max_work: int | None) -> _Threats:
    return minmax_rooms(form, "lower", threads, max_work)


_SQUARE: Final[Mapping[str, Callable[..., None]]] = {"nash": square_nash, "minmax": square_minmax}
_THREATS: Final[Mapping[str, Callable[[NormalForm, int | None, int | None], _Threats]]] = {
    "nash": _nash,
    "minmax": _minmax,
}
