"""Games from the literature with all their equilibria.

What a publication says of a two-player game is proved here by plain enumeration in rationals before
any solver is asked; of three players, by the equations of the equilibrium.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy

import summitgames as sg
from reference.cases import Case, load
from reference.enumeration import equilibria, is_degenerate, maximal_subsets
from summitgames.results import Status

F = Fraction
Mixes = tuple[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True)
class Published:
    """A two-player game, where it was published, and its extreme equilibria.

    Attributes
    ----------
    subsets
        Numbers of extreme strategies of both players in every maximal Nash subset.
    left
        Actions that survive iterated strict dominance by mixtures.
    """

    source: str
    first: list[list[Any]]
    second: list[list[Any]]
    listed: list[Mixes]
    subsets: list[tuple[int, int]]
    left: tuple[list[int], list[int]]

    def __str__(self) -> str:
        return self.source.partition(":")[0]


def transposed(matrix: list[list[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*matrix, strict=True)]


def unit(count: int, action: int) -> tuple[int, ...]:
    return tuple(int(i == action) for i in range(count))


def pure(first: int, second: int, *profiles: tuple[int, int]) -> list[Mixes]:
    return [(unit(first, i), unit(second, j)) for i, j in profiles]


UNIFORM = (F(1, 3),) * 3
GAMES = [
    Published(
        "von Stengel (2007), Algorithmic Game Theory, chapter 3: nondegenerate",
        [[3, 3], [2, 5], [0, 6]],
        [[3, 2], [2, 6], [3, 1]],
        [
            ((1, 0, 0), (1, 0)),
            ((F(4, 5), F(1, 5), 0), (F(2, 3), F(1, 3))),
            ((0, F(1, 3), F(2, 3)), (F(1, 3), F(2, 3))),
        ],
        [(1, 1), (1, 1), (1, 1)],
        ([0, 1, 2], [0, 1]),
    ),
    Published(
        "von Stengel (2007), Algorithmic Game Theory, chapter 3, made degenerate: a segment",
        [[3, 3], [2, 5], [0, 6]],
        [[3, 3], [2, 6], [3, 1]],
        [
            ((1, 0, 0), (1, 0)),
            ((1, 0, 0), (F(2, 3), F(1, 3))),
            ((0, F(1, 3), F(2, 3)), (F(1, 3), F(2, 3))),
        ],
        [(1, 2), (1, 1)],
        ([0, 1, 2], [0, 1]),
    ),
    Published(
        "Shapley (1964), Some topics in two-person games: fictitious play goes in circles",
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[0, 1, 0], [0, 0, 1], [1, 0, 0]],
        [(UNIFORM, UNIFORM)],
        [(1, 1)],
        ([0, 1, 2], [0, 1, 2]),
    ),
    Published(
        "Shapley (1974), A note on the Lemke-Howson algorithm: two of three are not reached",
        [[0, 3, 0], [2, 2, 0], [3, 0, 1]],
        [[0, 2, 3], [3, 2, 0], [0, 0, 1]],
        [
            ((0, 0, 1), (0, 0, 1)),
            ((F(1, 3), F(2, 3), 0), (F(1, 3), F(2, 3), 0)),
            ((F(1, 6), F(1, 3), F(1, 2)), (F(1, 6), F(1, 3), F(1, 2))),
        ],
        [(1, 1)] * 3,
        ([0, 1, 2], [0, 1, 2]),
    ),
    Published(
        "Aumann (1974), Subjectivity and correlation in randomized strategies: chicken",
        [[6, 2], [7, 0]],
        [[6, 7], [2, 0]],
        [*pure(2, 2, (0, 1), (1, 0)), ((F(2, 3), F(1, 3)), (F(2, 3), F(1, 3)))],
        [(1, 1)] * 3,
        ([0, 1], [0, 1]),
    ),
    Published(
        "Luce & Raiffa (1957), Games and Decisions, 5.3: battle of the sexes",
        [[2, -1], [-1, 1]],
        [[1, -1], [-1, 2]],
        [*pure(2, 2, (0, 0), (1, 1)), ((F(3, 5), F(2, 5)), (F(2, 5), F(3, 5)))],
        [(1, 1)] * 3,
        ([0, 1], [0, 1]),
    ),
    Published(
        "Myerson (1978), Refinements of the Nash equilibrium concept: perfect, not proper",
        [[1, 0, -9], [0, 0, -7], [-9, -7, -7]],
        [[1, 0, -9], [0, 0, -7], [-9, -7, -7]],
        pure(3, 3, (0, 0), (1, 1), (2, 2)),
        [(1, 1)] * 3,
        ([0, 1, 2], [0, 1, 2]),
    ),
    Published(
        "Kohlberg & Mertens (1986), On the strategic stability of equilibria: an outside option",
        [[2, 2], [3, 0], [0, 1]],
        [[2, 2], [1, 0], [0, 3]],
        [((0, 1, 0), (1, 0)), ((1, 0, 0), (0, 1)), ((1, 0, 0), (F(2, 3), F(1, 3)))],
        [(1, 1), (1, 2)],
        ([0, 1], [0, 1]),
    ),
    Published(
        "Bernheim (1984), Rationalizable strategic behavior: three of four are rationalizable",
        [[0, 2, 7, 0], [5, 3, 5, 0], [7, 2, 0, 0], [0, 0, 0, 10]],
        [[7, 5, 0, 1], [2, 3, 2, 1], [0, 5, 7, 1], [0, -2, 0, -1]],
        pure(4, 4, (1, 1)),
        [(1, 1)],
        ([0, 1, 2], [0, 1, 2]),
    ),
    Published(
        "Moulin & Vial (1978), Strategically zero-sum games: the only equilibrium is improved on",
        [[3, 1, 4], [1, 5, 0], [1, 0, 2]],
        [[3, 1, 1], [4, 2, 0], [1, 0, 5]],
        pure(3, 3, (0, 0)),
        [(1, 1)],
        ([0], [0]),
    ),
    Published(
        "Goeree & Holt (2001), Ten little treasures of game theory: the own payoff does not matter",
        [[320, 40], [40, 80]],
        [[40, 80], [80, 40]],
        [((F(1, 2), F(1, 2)), (F(1, 8), F(7, 8)))],
        [(1, 1)],
        ([0, 1], [0, 1]),
    ),
    Published(
        "Chvatal (1983), Linear Programming, chapter 15: Morra with two coins",
        [[0, 2, -3, 0], [-2, 0, 0, 3], [3, 0, 0, -4], [0, -3, 4, 0]],
        [[0, -2, 3, 0], [2, 0, 0, -3], [-3, 0, 0, 4], [0, 3, -4, 0]],
        list(product([(0, F(3, 5), F(2, 5), 0), (0, F(4, 7), F(3, 7), 0)], repeat=2)),
        [(2, 2)],
        ([0, 1, 2, 3], [0, 1, 2, 3]),
    ),
]


def profile(mixes: Iterable[Iterable[Any]]) -> tuple[float, ...]:
    # A third of the last decimal more: none of the numbers lies in the middle of two roundings.
    return tuple(round(float(p) + 1e-11 / 3, 11) for mix in mixes for p in mix)


@pytest.mark.parametrize("game", GAMES, ids=str)
def test_the_publication(game: Published) -> None:
    """What is written above, proved without a solver."""
    found = equilibria(game.first, game.second)
    assert sorted(found) == sorted(game.listed)
    sizes = sorted(tuple(map(len, subset)) for subset in maximal_subsets(found))
    assert sizes == sorted(game.subsets)


@pytest.mark.parametrize("exactly", [True, False])
@pytest.mark.parametrize("game", GAMES, ids=str)
def test_every_solver(game: Published, exactly: bool) -> None:
    kind = object if exactly else float
    payoffs = [np.array(matrix, dtype=kind) for matrix in (game.first, game.second)]
    form = sg.NormalForm(payoffs)
    listed = sorted(map(profile, game.listed))

    every = sg.vertex_enumeration(form)
    assert every.status == Status.COMPLETE
    assert sorted(map(profile, every)) == listed
    sizes = sorted(tuple(map(len, subset.vertices)) for subset in every.components)
    assert sizes == sorted(game.subsets)

    some = sg.support_enumeration(form)
    degenerate = is_degenerate(game.first, game.second)
    assert some.degenerate == every.degenerate == degenerate
    assert some.status == (Status.PARTIAL if degenerate else Status.COMPLETE)
    assert set(map(profile, some)) <= set(listed)
    assert degenerate or len(some) == len(listed)

    ends = sg.lemke_howson(form, initial_label="all")
    assert set(map(profile, ends)) <= set(listed)
    if game.source.startswith("Shapley (1974)"):
        assert len(ends) == 1

    found = {(x.index(1), y.index(1)) for x, y in game.listed if 1 in x and 1 in y}
    assert set(zip(*np.nonzero(sg.pure_nash(form)), strict=True)) == found

    left = sg.eliminate_dominated(form).surviving
    assert [np.flatnonzero(alive).tolist() for alive in left] == list(game.left)

    path = sg.logit_path(form)
    assert path.status == Status.PARTIAL
    assert path.regret <= 5e-8 * max(float(np.ptp(array)) for array in form.payoffs)


def named(author: str) -> sg.NormalForm:
    (game,) = (game for game in GAMES if game.source.startswith(author))
    return sg.NormalForm.from_bimatrix(game.first, game.second)


def test_what_a_mediator_adds_to_chicken() -> None:
    """Aumann (1974): three profiles at 1/3 each pay 5 to both, outside the hull of equilibria."""
    game = named("Aumann")
    third = F(1, 3)
    told = np.array([[third, third], [third, 0]])
    row = game.exact_payoffs()[0]
    for own in range(2):  # the game is symmetric: what holds of the row player holds of both
        assert sum((row[own] - row[1 - own]) * told[own]) >= 0
    assert sum((row * told).ravel()) == 5
    every = sg.vertex_enumeration(game)
    # Equilibria pay (2, 7), (7, 2) and (14/3, 14/3): 5 + 5 exceeds what any mix of them sums to.
    assert every.payoffs.sum(axis=-1).max() == pytest.approx(28 / 3)
    best = sg.correlated_equilibrium(game)
    assert best.value == pytest.approx(21 / 2, abs=1e-12)
    assert best.distribution == pytest.approx(np.array([[0.5, 0.25], [0.25, 0]]), abs=1e-12)
    fair = sg.correlated_equilibrium(game, objective="egalitarian")
    assert fair.payoffs == pytest.approx([21 / 4, 21 / 4], abs=1e-12)


def test_what_committing_beforehand_adds() -> None:
    """Moulin & Vial (1978): where correlation cannot help, a coarse equilibrium pays both more."""
    game = named("Moulin")
    told = sg.correlated_equilibrium(game)
    assert told.distribution == pytest.approx(np.eye(3)[0][:, None] * np.eye(3)[0], abs=1e-12)
    assert told.payoffs == pytest.approx([3, 3], abs=1e-12)
    for player, payoffs in enumerate(game.exact_payoffs()):  # 1/3 on each profile of the diagonal
        follow = sum(payoffs[i, i] for i in range(3)) / F(3)
        assert follow == F(10, 3) > max(payoffs.sum(axis=1 - player)) / F(3)
    coarse = sg.correlated_equilibrium(game, objective="egalitarian", coarse=True)
    assert coarse.value >= 10 / 3 - 1e-12


def test_forward_induction_by_weak_dominance() -> None:
    """Kohlberg & Mertens (1986): after the dominated action its threat goes, then the option."""
    found = sg.eliminate_dominated(named("Kohlberg"), strict=False)
    assert [order.tolist() for order in found.order] == [[2, -1, 0], [-1, 1]]


def test_a_mixture_that_no_pure_action_replaces() -> None:
    """Bernheim (1984): the half of two columns dominates the fourth, then its row goes."""
    game = named("Bernheim")
    found = sg.eliminate_dominated(game)
    assert [order.tolist() for order in found.order] == [[-1, -1, -1, 1], [-1, -1, -1, 0]]
    assert found.steps[0][:3] == (0, "2", "4")
    assert all(alive.all() for alive in sg.eliminate_dominated(game, mixed=False).surviving)


def test_only_perfect_equilibria_survive_weak_dominance() -> None:
    """Myerson (1978): the third actions are weakly dominated, and then the second ones."""
    found = sg.eliminate_dominated(named("Myerson"), strict=False)
    assert [order.tolist() for order in found.order] == [[-1, 1, 0], [-1, 1, 0]]


@pytest.mark.parametrize("precision", [0.1, 1.0, 5.0])
def test_logit_equilibria_where_the_own_payoff_matters(precision: float) -> None:
    """McKelvey & Palfrey (1995) on 2 x 2 games with one equilibrium, for Goeree & Holt's payoffs.

    Both players' log odds are the precision times what the first action gains; the equilibrium's
    1/2 is left in the direction of the large payoff.
    """
    game = sg.NormalForm([payoffs / 80 for payoffs in named("Goeree").payoffs])
    (p, _), (q, _) = sg.logit_qre(game, precision)
    assert np.log(p / (1 - p)) == pytest.approx(precision * (4 * q - 0.5), abs=1e-9)
    assert np.log(q / (1 - q)) == pytest.approx(precision * (0.5 - p), abs=1e-9)
    assert p > 1 / 2 > q
    ((p, _), (q, _)) = sg.logit_path(game).limit
    assert (p, q) == pytest.approx((1 / 2, 1 / 8), abs=1e-9)


def test_values_of_published_zero_sum_games() -> None:
    """Morra is fair; the values of others as in their publications."""
    morra = sg.zero_sum_value(named("Chvatal"))
    assert morra.value == pytest.approx(0, abs=1e-15)
    for strategy in morra.strategies:
        assert strategy[[0, 3]].tolist() == [0, 0]
        assert 4 / 7 - 1e-12 <= strategy[1] <= 3 / 5 + 1e-12


def kuhn_poker() -> np.ndarray:
    """The first player's payoffs, times 6, by plans of both: Kuhn (1950), antes and bets of 1.

    A plan of the first player: with each of three cards to pass and fold (0), to pass and call (1)
    or to bet (2). Of the second: with each card whether to bet after a pass (2) and whether to call
    a bet (1).
    """
    plans = list(product(range(3), repeat=3)), list(product(range(4), repeat=3))
    payoffs = np.zeros((27, 64))
    for i, j in product(range(27), range(64)):
        for mine, yours in product(range(3), repeat=2):
            if mine == yours:
                continue
            won = 1 if mine > yours else -1
            move, reply = plans[0][i][mine], plans[1][j][yours]
            if move == 2:
                payoffs[i, j] += 2 * won if reply & 1 else 1
            elif reply & 2:
                payoffs[i, j] += 2 * won if move == 1 else -1
            else:
                payoffs[i, j] += won
    return payoffs


def test_kuhn_poker() -> None:
    """A simplified two-person poker, Kuhn (1950): the first player loses 1/18 a deal."""
    game = sg.NormalForm.zero_sum(kuhn_poker())
    found = sg.zero_sum_value(game)
    assert found.status == Status.COMPLETE
    assert found.value / 6 == pytest.approx(-1 / 18, abs=1e-12)
    ends = sg.lemke_howson(game, initial_label=3)
    assert ends.payoffs[0] == pytest.approx([-1 / 3, 1 / 3], abs=1e-12)
    # Nobody can be made to play the dominated: to fold the best card, or call with the worst.
    weak = sg.eliminate_dominated(game, strict=False, mixed=False).surviving
    assert [int(alive.sum()) for alive in weak] == [8, 4]


def test_travelers_dilemma() -> None:
    """Basu (1994): claims from 2 to 100, reward 2; the only equilibrium is the lowest claim."""
    claims = np.arange(2, 101)
    least = np.minimum.outer(claims, claims)
    game = sg.NormalForm.symmetric(least + 2 * np.sign(claims - claims[:, None]))
    pure_equilibria = np.argwhere(sg.pure_nash(game))
    assert pure_equilibria.tolist() == [[0, 0]]
    for label in (0, 99):
        ((row, column),) = sg.lemke_howson(game, initial_label=label)
        assert row[0] == column[0] == 1
    # From the highest claim the path grows threefold with every two claims more.
    endless = sg.lemke_howson(game, initial_label=98, max_work=10_000)
    assert endless.status == Status.FAILED
    assert "max_work" in endless.message
    weak = sg.eliminate_dominated(game, strict=False, mixed=False)
    assert [np.flatnonzero(alive).tolist() for alive in weak.surviving] == [[0], [0]]


def horse() -> sg.NormalForm:
    """Selten (1975), Reexamination of the perfectness concept: the horse, in normal form.

    First actions: the first player moves across, the second across, the third left.
    """
    payoffs = np.zeros((2, 2, 2, 3))
    payoffs[0, 0, :] = 1, 1, 1
    payoffs[0, 1, 0], payoffs[0, 1, 1] = (4, 4, 0), (0, 0, 1)
    payoffs[1, :, 0], payoffs[1, :, 1] = (3, 3, 2), (0, 0, 0)
    return sg.NormalForm(np.moveaxis(payoffs, -1, 0))


def test_selten_s_horse() -> None:
    """Two pure equilibria, of which one is perfect; the logit branch ends among equilibria."""
    game = horse()
    assert np.argwhere(sg.pure_nash(game)).tolist() == [[0, 0, 1], [1, 0, 0]]
    path = sg.logit_path(game)
    assert path.status == Status.PARTIAL
    assert path.regret <= 4 * 5e-8
    # (across, across) with the third player left of 1/4 at most is the perfect component.
    assert path.limit[0][0] == pytest.approx(1, abs=1e-6)
    assert path.limit[1][0] == pytest.approx(1, abs=1e-6)
    assert path.limit[2][0] <= 1 / 4 + 1e-6
    best = sg.correlated_equilibrium(game)
    assert best.value >= 8 - 1e-9  # (3, 3, 2) is an equilibrium


def three_player_cases() -> list[tuple[Case, sg.NormalForm]]:
    tables = [(case, sg.NormalForm(case.input["payoffs"])) for case in load("normal_form")]
    files = [
        (case, sg.read_game(case.input["text"]))
        for case in load("nfg")
        if "status_by_status" in case.answer
    ]
    return tables + files


@pytest.mark.parametrize(("case", "game"), three_player_cases(), ids=str)
def test_three_players(case: Case, game: sg.NormalForm) -> None:
    """The published equilibria are equilibria, exactly, and the only ones that solvers find."""
    patterns = case.answer["status_by_status"]
    listed = []
    for pattern in patterns:
        firsts = [sympy.sympify(str(p)) for p in pattern["p"]]
        assert_nobody_gains(game, [(p, 1 - p) for p in firsts])
        for letter, p in zip(pattern["status"], firsts, strict=True):
            assert {"1": p == 1, "0": p == 0, "m": 0 < p < 1}[letter]
        listed.append([float(p) for p in firsts])
    pure_profiles = [
        [int(letter == "0") for letter in pattern["status"]]
        for pattern in patterns
        if "m" not in pattern["status"]
    ]
    assert sorted(pure_profiles) == sorted(case.answer["pure_equilibria"])
    assert sorted(np.argwhere(sg.pure_nash(game)).tolist()) == sorted(pure_profiles)
    path = sg.logit_path(game)
    assert path.status == Status.PARTIAL
    limit = [mix[0] for mix in path.limit]
    assert min(np.abs(np.array(limit) - p).max() for p in listed) < 1e-9
    told = sg.correlated_equilibrium(game)
    for p in listed:
        mixes = [np.array([q, 1 - q]) for q in p]
        paid = sum(np.einsum("abc,a,b,c", payoffs, *mixes) for payoffs in game.payoffs)
        assert paid <= told.value + 1e-9


def assert_nobody_gains(game: sg.NormalForm, mixes: list[tuple[Any, Any]]) -> None:
    """By exact, if need be irrational, arithmetic."""
    for player, payoffs in enumerate(game.exact_payoffs()):
        others = [mix for i, mix in enumerate(mixes) if i != player]
        own = np.moveaxis(payoffs, player, 0)
        each = [
            sum(
                sympy.Rational(table[i, j].numerator, table[i, j].denominator)
                * others[0][i]
                * others[1][j]
                for i, j in product(range(2), repeat=2)
            )
            for table in own
        ]
        gains = [sympy.simplify(each[1 - a] - each[a]) for a in range(2)]
        for p, gain in zip(mixes[player], gains, strict=True):
            if p != 0:
                assert gain <= 0


@pytest.mark.parametrize(
    "case", [*load("bimatrix"), *(c for c in load("nfg") if "n_extreme" in c.answer)], ids=str
)
def test_counts_of_the_cases(case: Case) -> None:
    """Numbers of extreme equilibria and of components, and whether equilibria are finitely many."""
    if case.kind == "nfg":
        game = sg.read_game(case.input["text"])
    else:
        game = sg.NormalForm.from_bimatrix(case.input["A"], case.input["B"])
    found = sg.vertex_enumeration(game)
    assert len(found) == case.answer["n_extreme"]
    assert components(found.components) == case.answer["n_components"]
    if "finite" in case.answer:
        assert all(subset.is_point for subset in found.components) == case.answer["finite"]
    some = sg.support_enumeration(game)
    assert some.degenerate == case.answer["degenerate"]
    if case.id == "seventy-five-6x6":
        assert some.status == Status.COMPLETE
        assert len(some) == 75


def components(subsets: list[Any]) -> int:
    """Number of connected sets: subsets that share an extreme equilibrium are connected."""
    parts: list[set[tuple[float, ...]]] = []
    for subset in subsets:
        part = {profile(pair) for pair in product(*subset.vertices)}
        joined = [other for other in parts if other & part]
        parts = [other for other in parts if not other & part]
        parts.append(part.union(*joined))
    return len(parts)
