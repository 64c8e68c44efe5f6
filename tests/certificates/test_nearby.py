"""Exact equilibria near floats: found where they are, and nothing else passed off as one."""

from fractions import Fraction

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

import summitgames as sg
from summitgames.certificates.exact_tables import ExactTable
from summitgames.certificates.nearby import equilibrium_near, holds_within
from summitgames.certificates.rationals import exactly, to_fraction

NEAR = Fraction(1, 10**9)


def near(game, *mixes):
    """Exact mixes near floats, as Fraction, and the radius."""
    given = [[exactly(Fraction(float(p))) for p in mix] for mix in mixes]
    found = equilibrium_near(ExactTable.of(game), given, NEAR)
    if found is None:
        return None
    return [[to_fraction(p) for p in mix] for mix in found.mixes], found.radius


def test_a_unique_mix_is_that_of_the_equations():
    chicken = sg.NormalForm.symmetric([[0, 7], [2, 6]])
    third = [Fraction(1, 3), Fraction(2, 3)]
    assert near(chicken, [1 / 3, 2 / 3], [1 / 3, 2 / 3]) == ([third, third], 0)
    assert near(chicken, [0.3333333335, 0.6666666665], [1 / 3, 2 / 3]) == ([third, third], 0)
    assert near(chicken, [0.333333, 0.666667], [1 / 3, 2 / 3]) is None


def test_small_probabilities_may_be_zeros_or_meant():
    pennies = sg.NormalForm.zero_sum([[1, -1, -2], [-1, 1, -2]])
    noisy = [0.5, 0.5], [1e-17, 1e-18, 1.0]
    mixes, _ = near(pennies, *noisy)
    assert mixes[1] == [0, 0, 1]
    tiny = Fraction(1, 10**12)
    game = sg.NormalForm.from_bimatrix([[1, 0], [0, 1]], [[1, 0], [0, 10**12 - 1]])
    mixes, _ = near(game, [1 - 1e-12, 1e-12], [0.5, 0.5])
    assert mixes[0] == [1 - tiny, tiny]


def test_of_a_range_the_nearest_mix_is_taken():
    threat = sg.NormalForm.from_bimatrix([[1, 1], [2, 0]], [[2, 2], [1, 0]])
    for p in (0.3, 0.1234567):
        mixes, radius = near(threat, [1, 0], [p, 1 - p])
        assert radius == 0
        assert sum(mixes[1]) == 1
        assert abs(mixes[1][0] - Fraction(p)) < Fraction(1, 2**52)


def test_an_end_of_a_range_is_met_exactly():
    """Its floats may lie on either side of it."""
    third = Fraction(1, 3)
    game = sg.NormalForm.from_bimatrix([[1, 1], [2, 2 - 1 / third / 2]], [[0, 0], [0, 0]])
    # Against (q, 1 - q) the second action gives 2 - 1.5 (1 - q): no more than 1 up to q = 1/3.
    for off in (-1e-10, -1e-16, 0, 1e-16, 1e-10):
        mixes, _ = near(game, [1, 0], [1 / 3 + off, 2 / 3 - off])
        assert max(mixes[1][0] - third, 0) == 0
        assert abs(mixes[1][0] - third) < NEAR
    mixes, _ = near(game, [1, 0], [1 / 3, 2 / 3])
    assert mixes[1] == [third, 1 - third]


@pytest.mark.parametrize("end", [Fraction(2, 3), Fraction(1, 7), Fraction(5, 11), Fraction(3, 13)])
def test_floats_of_an_end_are_that_end(end):
    """On whichever side of it they lie."""
    # Against (q, 1 - q) the second action gains q - end over the first.
    game = sg.NormalForm.from_bimatrix([[0, 0], [1 - end, -end]], [[0, 0], [0, 0]])
    mixes, _ = near(game, [1, 0], [float(end), float(1 - end)])
    assert mixes[1] == [end, 1 - end]


def test_what_is_nearly_tied_need_not_be():
    """Two actions are worse by so little that floats cannot tell, and never tie at once."""
    little = Fraction(1, 10**14)
    low, high = Fraction(3, 10) - little, Fraction(3, 10) + little
    # Against (q, 1 - q) the second action gains q - high, the third low - q.
    rows = [[0, 0], [1 - high, -high], [low - 1, low]]
    game = sg.NormalForm.from_bimatrix(rows, [[0, 0]] * 3)
    mixes, radius = near(game, [1, 0, 0], [0.3, 0.7])
    assert radius == 0
    assert low < mixes[1][0] < high


def test_others_who_play_one_action():
    """A third player, whose action decides what the first two play."""
    pennies = np.array([[1, -1], [-1, 1]])
    chicken = np.array([[0, 7], [2, 6]])
    first = np.stack([pennies, chicken], axis=-1)
    second = np.stack([-pennies, chicken.T], axis=-1)
    third = np.zeros((2, 2, 2))
    third[..., 1] = 1
    game = sg.NormalForm([first, second, third])
    mixes, radius = near(game, [1 / 3, 2 / 3], [1 / 3, 2 / 3], [0, 1])
    assert radius == 0
    assert mixes[0] == mixes[1] == [Fraction(1, 3), Fraction(2, 3)]
    assert near(game, [0.5, 0.5], [0.5, 0.5], [1, 0]) is None


def test_three_who_mix_simply():
    """Each wins by being the odd one out."""
    odd = np.zeros((3, 2, 2, 2))
    for profile in np.ndindex(2, 2, 2):
        for player in range(3):
            others = [profile[i] for i in range(3) if i != player]
            odd[(player, *profile)] = others[0] == others[1] != profile[player]
    mixes, radius = near(sg.NormalForm(odd), *[[0.5 + 1e-12, 0.5 - 1e-12]] * 3)
    assert (mixes, radius) == ([[Fraction(1, 2)] * 2] * 3, 0)


IRRATIONAL = sg.NormalForm(
    [
        [[[3, 1], [0, 0]], [[0, 0], [1, 2]]],
        [[[0, 0], [2, 1]], [[1, 3], [0, 0]]],
        [[[2, 0], [0, 0]], [[0, 0], [0, 3]]],
    ]
)


def irrational():
    root = Fraction(601).limit_denominator(1)
    low, high = Fraction(24), Fraction(25)
    for _ in range(400):  # the square root of 601 between two rationals
        middle = (low + high) / 2
        low, high = (middle, high) if middle**2 <= root else (low, middle)
    return [(53 - low) / 46, (low - 13) / 24, (low - 23) / 4]


@pytest.mark.parametrize("off", [0, 1e-12, -5e-10])
def test_an_irrational_equilibrium_lies_within_the_radius(off):
    exact = irrational()
    given = [[float(p) + off, 1 - float(p) - off] for p in exact]
    mixes, radius = near(IRRATIONAL, *given)
    assert 0 < radius < Fraction(1, 10**50)
    assert all(sum(mix) == 1 for mix in mixes)
    assert all(abs(mix[0] - p) <= radius for mix, p in zip(mixes, exact, strict=True))


@pytest.mark.parametrize("shift", [Fraction(1, 50), Fraction(1, 200), Fraction(1, 10**12)])
def test_no_radius_is_claimed_that_does_not_reach(shift):
    """In this direction Newton's step is shorter than the way to the equilibrium, by curvature."""
    table = ExactTable.of(IRRATIONAL)
    off = (-1, -1, 0)
    mixes = [
        [exactly(p + sign * shift), exactly(1 - p - sign * shift)]
        for p, sign in zip(irrational(), off, strict=True)
    ]
    for j in range(1, 100):
        assert not holds_within(table, mixes, shift * (1 - shift * j / 100))
    assert holds_within(table, mixes, shift * 2) == (shift < Fraction(1, 100))


def test_a_solution_with_a_negative_probability_is_no_equilibrium():
    """Each player's gain is another's probability less a number, which may be out of reach."""

    def game(value):
        own = np.arange(2)
        payoffs = []
        for player, number in enumerate([Fraction(1, 2), Fraction(1, 2), value]):
            payoff = np.zeros((2, 2, 2), dtype=object)
            for profile in np.ndindex(2, 2, 2):
                other = own[profile[(player + 1) % 3]]
                payoff[profile] = profile[player] * (int(other) - number)
            payoffs.append(payoff)
        return ExactTable.of(sg.NormalForm(payoffs))

    little = Fraction(1, 10**6)
    mixes = [[exactly(1 - p), exactly(p)] for p in (little, Fraction(1, 2), Fraction(1, 2))]
    assert holds_within(game(little / 2), mixes, little * 3 / 4)
    assert not holds_within(game(-little), mixes, 3 * little)


def test_degenerate_games_of_three_players_are_not_proved():
    """All is an equilibrium, but no equation tells one from the others."""
    flat = sg.NormalForm(np.zeros((3, 2, 2, 2)))
    mixes = [[exactly(Fraction(0.3)), exactly(1 - Fraction(0.3))]] * 3
    assert not holds_within(ExactTable.of(flat), mixes, Fraction(1, 1000))
    assert not holds_within(ExactTable.of(flat), [[fmpq(1), fmpq(0)]] * 3, Fraction(1, 1000))


def test_margins_of_other_actions_are_kept():
    """With an action as good as those that the equilibrium mixes, nothing is proved."""
    payoffs = [np.array(payoff) for payoff in IRRATIONAL.payoffs]
    for extra, proved in ((0, False), (-1, True)):
        more = [np.concatenate([p, p[:1]]) for p in payoffs]
        more[0][2] += extra
        found = near(sg.NormalForm(more), *([*map(float, (p, 1 - p)), 0][: 3 - (i > 0)]
                     for i, p in enumerate(irrational())))  # fmt: skip
        assert (found is not None) == proved


@given(st.data())
def test_what_is_found_is_an_equilibrium(data):
    """Of random games and random floats."""
    from summitgames.testing import normal_forms

    game = data.draw(normal_forms(players=(2, 3), actions=(1, 3), ties=True))
    mixes = []
    for count in game.n_actions:
        weights = data.draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
        weights[0] += not any(weights)
        mixes.append([w / sum(weights) for w in weights])
    given_mixes = [[exactly(Fraction(p)) for p in mix] for mix in mixes]
    table = ExactTable.of(game)
    found = equilibrium_near(table, given_mixes, NEAR)
    gains = max(float(g) for each in table.gains(given_mixes) for g in each)
    if found is None:
        assert game.n_players > 2 or gains > 1e-14
    elif found.radius == 0:
        assert table.is_equilibrium(found.mixes)
        assert gains < 1e-7
    else:
        assert holds_within(table, found.mixes, found.radius)


def test_newtons_method_that_leaves_the_support_finds_nothing():
    """A step leads to where everybody plays one action, with no unknown left."""
    payoffs = (
        [[[1, 1], [1, 0]], [[2, 1], [2, 0]]],
        [[[0, 1], [2, 1]], [[2, 2], [2, 0]]],
        [[[2, 1], [1, 1]], [[2, 0], [1, 0]]],
    )
    mixes = [[0.1, 0.9], [0.5, 0.5], [2 / 3, 1 / 3]]
    found = sg.certify(sg.NormalForm(*map(np.array, payoffs)), mixes)
    assert found.verdict == "refuted"
    players = "abc"

    def node(profile):
        if len(profile) == 3:
            pays = [int(np.array(table)[profile]) for table in payoffs]
            return sg.Outcome("", dict(zip(players, pays, strict=True)))
        player = players[len(profile)]
        moves = {str(action): node((*profile, action)) for action in range(2)}
        return sg.Decision(player, moves, infoset=player)

    tree = sg.ExtensiveForm(node(()), players=list(players))
    assert sg.certify(tree, dict(zip(players, mixes, strict=True))).verdict == "refuted"


def test_no_mixes_make_the_search_fall_over():
    rng = np.random.default_rng(3)
    for _ in range(400):
        game = sg.NormalForm(*rng.integers(0, 3, (3, 2, 2, 2)))
        shares = rng.choice([0.1, 0.25, 1 / 3, 0.5, 2 / 3], 3)
        found = sg.certify(game, [[share, 1 - share] for share in shares])
        gain = sg.regret(game, [np.array([share, 1 - share]) for share in shares])
        assert found.verdict == ("proved" if gain < 1e-12 else "refuted")
