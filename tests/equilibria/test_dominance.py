"""Iterated dominance: against the definition in exact arithmetic, published games, own proofs."""

import pickle
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import summitgames as sg
from reference.cases import Case, load
from summitgames.equilibria import dominance
from summitgames.equilibria.dominance import Elimination
from summitgames.equilibria.exact_programs import least_bound, matrix_game
from summitgames.results import Status

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.sampled_from([(1,), (4,), (1, 3), (2, 2), (4, 3), (5, 5), (2, 3, 2), (2, 2, 2, 2)])
KINDS = [(strict, mixed) for strict in (True, False) for mixed in (True, False)]
CASES = [case for case in load("bimatrix") if "iterated_strict_mixed" in case.answer]


def uniform(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((len(shape), 2, *shape))


def tied(seed: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.random.default_rng(seed).integers(0, 4, (len(shape), 2, *shape)).astype(float)


def gains_over(
    payoffs: Sequence[NDArray[Any]], player: int, action: int, alive: Sequence[Sequence[int]]
) -> NDArray[Any]:
    """What the other actions of a player gain over one, by profiles of the others."""
    own = np.moveaxis(payoffs[player], player, 0)
    others = [left for j, left in enumerate(alive) if j != player]
    rivals = [rival for rival in alive[player] if rival != action]
    table = own[np.ix_([*rivals, action], *others)].reshape(len(rivals) + 1, -1)
    return np.asarray(table[:-1] - table[-1])


def is_dominated(gains: NDArray[Any], strict: bool, mixed: bool) -> bool:
    """The definition, for gains of whole numbers (int)."""
    if not len(gains):
        return False
    if not mixed:
        return any((row > 0).all() if strict else (row >= 0).all() and row.any() for row in gains)
    if strict:
        found = matrix_game(gains, 10_000)
    else:
        gains = np.concatenate([gains, np.zeros_like(gains[:1])])
        found = least_bound(gains.sum(axis=1), gains, 10_000)
    assert found is not None
    return found.value > 0


def plain(payoffs: Sequence[NDArray[Any]], strict: bool, mixed: bool) -> list[list[int]]:
    """Rounds in which actions go, by the definition in exact arithmetic."""
    whole = [
        np.array([[int(Fraction(x) * 2**60)] for x in u.ravel()], dtype=object) for u in payoffs
    ]
    exact = [w.reshape(u.shape) for w, u in zip(whole, payoffs, strict=True)]
    order = [[-1] * count for count in payoffs[0].shape]
    for number in range(sum(payoffs[0].shape)):
        alive = [[a for a, gone in enumerate(one) if gone < 0] for one in order]
        out = [
            (player, action)
            for player, left in enumerate(alive)
            for action in left
            if is_dominated(gains_over(exact, player, action, alive), strict, mixed)
        ]
        for player, action in out:
            order[player][action] = number
    return order


def assert_steps_prove(found: Elimination) -> None:
    """Each elimination by a mix of actions that survive its round, in exact arithmetic."""
    game = found.game
    exact = game.exact_payoffs()
    steps = found.steps
    assert len(steps) == sum(int((order >= 0).sum()) for order in found.order)
    for number, player, action, mix in steps:
        i = game.players.index(player)
        labels = game.actions[i]
        alive = [np.flatnonzero((o < 0) | (o >= number)).tolist() for o in found.order]
        rivals = [a for a in alive[i] if a != labels.index(action)]
        weights = np.array([mix.get(labels[a], Fraction(0)) for a in rivals])
        gains = weights @ gains_over(exact, i, labels.index(action), alive)
        assert sum(weights) == 1
        assert all(found.order[i][labels.index(a)] not in range(number + 1) for a in mix)
        if found.strict:
            assert (gains > 0).all()
        else:
            assert (gains >= 0).all()
            assert (gains > 0).any()
        if not found.mixed:
            assert list(mix.values()) == [1]


@pytest.mark.parametrize(("strict", "mixed"), KINDS)
@settings(max_examples=20)
@given(st.sampled_from([uniform, tied]), SEEDS, SHAPES)
def test_agrees_with_the_definition(
    strict: bool, mixed: bool, make: Any, seed: int, shape: tuple[int, ...]
) -> None:
    payoffs = make(seed, shape)
    found = sg.eliminate_dominated(sg.NormalForm(payoffs), strict=strict, mixed=mixed)
    assert (found.status == Status.COMPLETE).all()
    for place in range(2):
        expected = plain(payoffs[:, place], strict, mixed)
        assert [order[place].tolist() for order in found.order] == expected
        one = sg.eliminate_dominated(sg.NormalForm(payoffs[:, place]), strict=strict, mixed=mixed)
        assert [order.tolist() for order in one.order] == expected
        assert_steps_prove(one)
    for alive, order in zip(found.surviving, found.order, strict=True):
        assert np.array_equal(alive, order < 0)
        assert alive.any(axis=-1).all()


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("exact", [False, True])
def test_published_games(case: Case, exact: bool) -> None:
    matrices = [np.array(case.input[name], dtype=object) for name in "AB"]
    game = sg.NormalForm(matrices if exact else [matrix.astype(float) for matrix in matrices])
    for strict, mixed in KINDS:
        found = sg.eliminate_dominated(game, strict=strict, mixed=mixed)
        how, by = "strictly" if strict else "weakly", "mixtures" if mixed else "pure"
        first = case.answer[f"{how}_dominated_by_{by}"]
        for order, side in zip(found.order, ("rows", "columns"), strict=True):
            assert np.flatnonzero(order == 0).tolist() == first[side]
        if strict:
            left = case.answer["iterated_strict_mixed" if mixed else "iterated_strict_pure"]
            for alive, side in zip(found.surviving, ("rows", "columns"), strict=True):
                assert np.flatnonzero(alive).tolist() == left[side]
            assert max(order.max() for order in found.order) + 1 == len(left["rounds"])
        assert_steps_prove(found)


@pytest.mark.parametrize(("strict", "mixed"), KINDS)
def test_twins_do_not_dominate_each_other(strict: bool, mixed: bool) -> None:
    A = [[1, 4, 0], [1, 4, 0], [0, 1, 5]]
    found = sg.eliminate_dominated(
        sg.NormalForm.from_bimatrix(A, np.zeros((3, 3))), strict=strict, mixed=mixed
    )
    assert all(alive.all() for alive in found.surviving)
    twins = sg.NormalForm.from_bimatrix([[0, 1], [0, 1], [1, 1]], np.zeros((3, 2)))
    found = sg.eliminate_dominated(twins, strict=strict, mixed=mixed)
    assert found.surviving[0].tolist() == [strict, strict, True]


@pytest.mark.parametrize(
    ("third", "dominated"),
    [
        ([1.5 - 2.0**-52, 1.5 - 2.0**-52, -1], [True, True]),
        ([1.5, 1.5, -1], [False, True]),  # by the mean of the other two, and by no other mix
        ([1.5 + 2.0**-52, 1.5 - 2.0**-52, -1], [False, True]),
        ([1.5 + 2.0**-52, 1.5, -1], [False, False]),
        ([1.5, 1.5, 0], [False, False]),
    ],
)
def test_margins_below_rounding_are_decided(third: list[float], dominated: list[bool]) -> None:
    """Where the last bit of a payoff decides (floats from 1 to 2 are 2^-52 apart)."""
    A = np.array([[3.0, 0, 0], [0, 3.0, 0], third])
    for strict, expected in zip((True, False), dominated, strict=True):
        for rows in ([0, 1, 2], [2, 1, 0]):
            # The column player has no preferences, so that nothing but the row goes.
            game = sg.NormalForm.from_bimatrix(A[rows], np.zeros((3, 3)))
            found = sg.eliminate_dominated(game, strict=strict)
            assert found.surviving[0].tolist() == [row < 2 or not expected for row in rows]
            assert_steps_prove(found)


@given(SEEDS, st.sampled_from([2.0**-1000, 2.0**-40, 2.0**40]), st.booleans())
def test_units_do_not_matter(seed: int, unit: float, strict: bool) -> None:
    for make in (uniform, tied):
        payoffs = make(seed, (4, 3))
        scaled = [payoffs[0] * unit, payoffs[1] * 8]  # by powers of two: nothing is rounded
        plain_order = sg.eliminate_dominated(sg.NormalForm(payoffs), strict=strict).order
        found = sg.eliminate_dominated(sg.NormalForm(scaled), strict=strict).order
        assert all(np.array_equal(a, b) for a, b in zip(plain_order, found, strict=True))


@given(SEEDS, st.booleans())
def test_actions_and_players_permuted(seed: int, strict: bool) -> None:
    payoffs = tied(seed, (3, 4, 2))
    rng = np.random.default_rng(seed)
    columns = rng.permutation(4)
    plain_order = sg.eliminate_dominated(sg.NormalForm(payoffs), strict=strict).order
    permuted = sg.eliminate_dominated(sg.NormalForm(payoffs[:, :, :, columns]), strict=strict)
    assert np.array_equal(permuted.order[1], plain_order[1][:, columns])
    turned = sg.NormalForm([np.moveaxis(payoffs[i], 3, 1) for i in (2, 0, 1)])
    found = sg.eliminate_dominated(turned, strict=strict).order
    assert all(np.array_equal(found[i], plain_order[(2, 0, 1)[i]]) for i in range(3))


def test_equilibria_survive_strict_dominance() -> None:
    payoffs = np.random.default_rng(3).random((2, 200, 4, 4))
    game = sg.NormalForm(payoffs)
    found = sg.eliminate_dominated(game)
    equilibria = sg.support_enumeration(game)
    for strategies, alive in zip(equilibria.strategies, found.surviving, strict=True):
        played = np.nansum(strategies, axis=1) > 0
        assert not (played & ~alive).any()
    assert any((~alive).any() for alive in found.surviving)


def test_large_family_on_threads() -> None:
    payoffs = np.random.default_rng(5).integers(0, 9, (2, 6000, 3, 3)).astype(float)
    game = sg.NormalForm(payoffs)
    one = sg.eliminate_dominated(game, strict=False, threads=1)
    more = sg.eliminate_dominated(game, strict=False, threads=3)
    assert all(np.array_equal(a, b) for a, b in zip(one.order, more.order, strict=True))
    for place in range(0, 6000, 1234):
        alone = sg.eliminate_dominated(game[place], strict=False)
        assert all(np.array_equal(a[place], b) for a, b in zip(one.order, alone.order, strict=True))


def test_exact_payoffs_decide() -> None:
    """The floats nearest to these payoffs are those of one and the same game."""
    half, little = Fraction(3, 2), Fraction(1, 10**40)
    orders = []
    for third in ([half + little, half - little, -1], [half + little, half, -1]):
        A = np.array([[3, 0, 0], [0, 3, 0], third], dtype=object)
        game = sg.NormalForm.from_bimatrix(A, np.zeros((3, 3)))
        assert sg.eliminate_dominated(game).surviving[0].all()
        found = sg.eliminate_dominated(game, strict=False)
        orders.append(found.order[0].tolist())
        assert_steps_prove(found)
    assert orders == [[-1, -1, 0], [-1, -1, -1]]


def test_max_work_ends_the_search_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    tied_game = sg.NormalForm.from_bimatrix([[3, 0], [0, 3], [1.5, 1.5]], np.zeros((3, 2)))
    assert sg.eliminate_dominated(tied_game).status == Status.COMPLETE
    monkeypatch.setattr(dominance, "pivot_limit", lambda *_: 0)
    found = sg.eliminate_dominated(tied_game)
    assert found.status == Status.PARTIAL
    assert found.message == "game: not decided within 0 pivots (max_work)"
    assert found.surviving[0].all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strict": 1}, "strict: 1; expected True or False"),
        ({"mixed": "yes"}, "mixed: 'yes'; expected True or False"),
        ({"max_work": 0}, "max_work: 0"),
        ({"threads": False}, "threads: False"),
    ],
)
def test_refusals(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sg.GameError, match=message):
        sg.eliminate_dominated(sg.NormalForm(np.zeros((2, 2, 2))), **options)
    with pytest.raises(sg.GameError, match="expected a NormalForm"):
        sg.eliminate_dominated([[1, 2]])  # type: ignore[arg-type]


def test_result() -> None:
    dilemma = sg.NormalForm.symmetric([[2, 0], [3, 1]], actions=[["keep", "break"]] * 2)
    found = sg.eliminate_dominated(dilemma)
    assert repr(found) == "<Elimination: strictly dominated, 1 x 1 of 2 x 2 actions survive>"
    assert [step[1:] for step in found.steps] == [
        ("1", "keep", {"break": 1}),
        ("2", "keep", {"break": 1}),
    ]
    assert pickle.loads(pickle.dumps(found)).order[0].tolist() == [0, -1]  # noqa: S301
    family = sg.eliminate_dominated(sg.NormalForm(np.zeros((2, 3, 1, 2))), strict=False)
    assert repr(family) == "<Elimination: weakly dominated, batch shape (3,)>"
    with pytest.raises(TypeError, match="steps of a family"):
        _ = family.steps
