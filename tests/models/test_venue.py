"""M6: the reference numbers, closed forms, mixed equilibria, and Nash bargaining over hosts."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import summitgames as sg
from summitgames.models.venue import MODEL, SUPPORTS
from summitgames.testing import assert_nash, perspectives

SIDES = ("russia", "ukraine")
HOSTS = ("switzerland", "austria", "turkey")
#: Reference numbers of an independent brute-force program: shares of the agenda, values of the
#: hosts to either side, bargaining and the product of payoffs there; then both sides' mixes,
#: payoffs and the probability of a meeting in every equilibrium that is not pure.
REFERENCE = {
    "article": (
        (0.689655, 0.310345),
        ((0.544828, 0.844828, 1.344828), (1.155172, 1.055172, 0.755172)),
        (0, 0.086207, 0.913793),
        1.016691,
        (
            ((0.477379, 0.522621, 0), (0.60794, 0.39206, 0), (0.331223, 0.551455), 0.495117),
            ((0.395307, 0, 0.604693), (0.711679, 0, 0.288321), (0.387742, 0.456648), 0.455677),
            ((0, 0.417143, 0.582857), (0, 0.614173, 0.385827), (0.51887, 0.440158), 0.48108),
            (
                (0.275904, 0.302052, 0.422045),
                (0.487799, 0.31458, 0.197621),
                (0.265766, 0.318716),
                0.31301,
            ),
        ),
    ),
    "rebuttal": (
        (0.526316, 0.473684),
        ((0.363158, 0.563158, 1.263158), (1.236842, 1.136842, 1.036842)),
        (0, 0, 1),
        1.309695,
        (
            ((0.478936, 0.521064, 0), (0.607955, 0.392045, 0), (0.220783, 0.592368), 0.495452),
            ((0.456019, 0, 0.543981), (0.776699, 0, 0.223301), (0.282064, 0.564023), 0.475661),
            ((0, 0.476998, 0.523002), (0, 0.691643, 0.308357), (0.389504, 0.542271), 0.491184),
            (
                (0.304798, 0.331609, 0.363592),
                (0.517502, 0.333716, 0.148782),
                (0.187935, 0.376988),
                0.322493,
            ),
        ),
    ),
    "guarantees": (
        (0.526316, 0.473684),
        ((0.763158, 0.963158, 1.263158), (1.236842, 1.136842, 0.836842)),
        (0, 0.710526, 0.289474),
        1.1025,
        (
            ((0.478936, 0.521064, 0), (0.557927, 0.442073, 0), (0.425786, 0.592368), 0.49756),
            ((0.403553, 0, 0.596447), (0.623377, 0, 0.376623), (0.475735, 0.499132), 0.476201),
            ((0, 0.424, 0.576), (0, 0.567376, 0.432624), (0.546473, 0.482021), 0.489759),
            (
                (0.28043, 0.305098, 0.414472),
                (0.417272, 0.330626, 0.252102),
                (0.318445, 0.346848),
                0.322378,
            ),
        ),
    ),
}


def near(expected):
    return pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    shares, worths, bargaining, product, mixed = REFERENCE[perspective]
    solution = MODEL.solve(perspective)
    for place, who in enumerate(SIDES):
        assert solution[f"agenda_share_{who}"] == near(shares[place])
        np.testing.assert_allclose(
            np.diagonal(solution.game.payoffs[place]), worths[place], rtol=0, atol=5e-7
        )
    lottery = [solution[f"bargaining_{host}"] for host in HOSTS]
    assert lottery == near(bargaining)
    assert np.prod([np.dot(lottery, worth) for worth in worths]) == pytest.approx(product, abs=2e-6)
    assert solution["n_equilibria"] == 7
    assert solution["meet_min"] == near(min(row[3] for row in mixed))
    assert solution["meet_max"] == 1
    found = solution.equilibrium
    for slot in range(3):
        assert [strategy[slot].tolist() for strategy in found.strategies] == [
            np.eye(3)[slot].tolist()
        ] * 2
    for slot, (first, second, payoffs, meet) in enumerate(mixed, 3):
        assert found.strategies[0][slot] == near(first)
        assert found.strategies[1][slot] == near(second)
        assert found.payoffs[slot] == near(payoffs)
        assert found.strategies[0][slot] @ found.strategies[1][slot] == near(meet)


def test_reference_numbers_as_one_family():
    readings = [sg.perspective(name) for name in REFERENCE]
    solution = MODEL.solve({n: [p[n] for p in readings] for n in MODEL.parameter_names})
    for place, host in enumerate(HOSTS):
        expected = [row[2][place] for row in REFERENCE.values()]
        np.testing.assert_allclose(solution[f"bargaining_{host}"], expected, rtol=0, atol=5e-7)
    assert solution["n_equilibria"].tolist() == [7, 7, 7]


def test_what_it_is():
    assert {"C05", "C06"} <= set(MODEL.claims)
    assert any("Rubinstein (1982)" in reference for reference in MODEL.references)
    assert MODEL.game().actions == (HOSTS, HOSTS)


def test_closed_forms_agree_with_the_solver():
    # The weight in a lottery is a ratio of differences: it loses digits where hosts are alike.
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=2000) <= 1e-11
    assert {"agenda_share_russia", "meet_min", "bargaining_turkey"} <= set(MODEL.closed_forms)


@given(perspectives(model="venue"))
@settings(max_examples=40, deadline=None)
def test_seven_equilibria_wherever_all_hosts_are_worth_something(values):
    for host in HOSTS:
        for who in SIDES:
            values[f"host_{host}_{who}"] += 0.01
    solution = MODEL.solve(values)
    game = MODEL.game(values)
    assert_nash(game, solution.equilibrium)
    assert solution["n_equilibria"] == 7
    worth = [np.diagonal(payoffs) for payoffs in game.payoffs]
    for slot, support in enumerate(SUPPORTS):
        for player in (0, 1):
            inverse = np.zeros(3)
            inverse[list(support)] = 1 / worth[1 - player][list(support)]
            np.testing.assert_allclose(
                solution.equilibrium.strategies[player][slot],
                inverse / inverse.sum(),
                rtol=0,
                atol=1e-14,
            )
    assert 0 < solution["meet_min"] < solution["meet_max"] == 1


# The agenda


def test_the_agenda_is_split_as_in_alternating_offers():
    solution = MODEL.solve("article", discount_round_russia=0.5, discount_round_ukraine=0.8)
    first = solution["agenda_share_russia"]
    answer = 1 - 0.5 * first  # what Ukraine keeps for itself when it is its turn
    assert first == pytest.approx(1 - 0.8 * answer, abs=1e-15)
    assert solution["agenda_share_ukraine"] == pytest.approx(1 - first, abs=1e-15)


def test_offers_by_backward_induction_over_many_rounds():
    russia, ukraine = 0.9, 0.8
    own = 1.0  # of the last proposer
    for turn in range(399):  # an even number of rounds before the first, Russia's
        own = 1 - (ukraine if turn % 2 else russia) * own
    solution = MODEL.solve("article", discount_round_russia=0.9, discount_round_ukraine=0.8)
    assert solution["agenda_share_russia"] == pytest.approx(1 - ukraine * own, abs=1e-13)


def test_who_does_not_wait_gets_nothing():
    solution = MODEL.solve("article", discount_round_ukraine=0)
    assert solution["agenda_share_russia"] == 1
    assert solution["agenda_share_ukraine"] == 0
    impatient = MODEL.solve("article", discount_round_russia=0)
    assert impatient["agenda_share_ukraine"] == pytest.approx(0.9, abs=1e-15)


# Bargaining


def worths(**values):
    """Values of the model at which the agenda is worth nothing, hosts from (russia, ukraine)."""
    chosen = dict.fromkeys(MODEL.parameter_names, 0)
    for host, pair in values.items():
        for who, worth in zip(SIDES, pair, strict=True):
            chosen[f"host_{host}_{who}"] = worth
    return chosen


def lottery(solution):
    return np.stack([solution[f"bargaining_{host}"] for host in HOSTS], axis=-1)


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (((1, 0), (0, 0), (0, 1)), (0.5, 0, 0.5)),
        (((2, 0), (0.5, 0.5), (0, 2)), (0.5, 0, 0.5)),
        (((2, 0), (1.5, 1.5), (0, 2)), (0, 1, 0)),
        (((1, 1), (1, 1), (1, 1)), (1, 0, 0)),
        (((2, 0), (1, 1), (0, 2)), (0, 1, 0)),  # on the line: the fewest hosts
        (((3, 0), (2, 1), (0, 3)), (0.5, 0, 0.5)),  # or 3/4 Austria: the pair listed first
        (((1, 1), (2, 2), (3, 3)), (0, 0, 1)),
        (((4, 0), (2, 1), (0, 1)), (0, 1, 0)),
        (((0, 0), (0, 3), (4, 0)), (0, 0.5, 0.5)),
    ],
)
def test_lotteries_by_hand(hosts, expected):
    for scale in (1, 1e-9, 1e150):
        values = worths(**{h: (a * scale, b) for h, (a, b) in zip(HOSTS, hosts, strict=True)})
        found = lottery(MODEL.solve(values))
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    "hosts", [((0, 0), (0, 0), (0, 0)), ((1, 0), (2, 0), (3, 0)), ((0, 1), (0, 2), (0, 0))]
)
def test_where_no_lottery_is_worth_anything_to_both(hosts):
    values = worths(**dict(zip(HOSTS, hosts, strict=True)))
    solution = MODEL.solve(values)
    assert np.isnan(lottery(solution)).all()
    assert solution.to_dict()["bargaining_turkey"] is None
    both = {name: [value, 1] for name, value in values.items() if name.startswith("host_")}
    family = lottery(MODEL.solve({**values, **both}))
    assert np.isnan(family[0]).all()
    assert family[1].tolist() == [1, 0, 0]


@given(perspectives(model="venue"))
@settings(max_examples=60, deadline=None)
def test_bargaining_is_pareto_optimal_and_no_lottery_has_a_larger_product(values):
    for host in HOSTS:
        for who in SIDES:
            values[f"host_{host}_{who}"] += 0.01
    solution = MODEL.solve(values)
    worth = [np.diagonal(payoffs) for payoffs in solution.game.payoffs]
    found = lottery(solution)
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1, abs=1e-15)
    assert np.count_nonzero(found) <= 2
    payoffs = [float(found @ own) for own in worth]
    steps = np.linspace(0, 1, 41)
    for x, y in combinations(range(3), 2):
        a, b = (own[x] + steps * (own[y] - own[x]) for own in worth)
        # The product differs from the largest by the excess over the first-order condition.
        assert (a * b).max() <= payoffs[0] * payoffs[1] * (1 + 2e-12)
        above = np.minimum(a - payoffs[0], b - payoffs[1]).max()
        assert above <= 2e-12 * max(payoffs)


@pytest.mark.parametrize("seed", range(8))
def test_bargaining_agrees_with_a_numerical_optimiser(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.random((2, 3)) + 0.05
    found = lottery(MODEL.solve(worths(**dict(zip(HOSTS, zip(a, b, strict=True), strict=True)))))
    result = minimize(
        lambda p: -np.log(p @ a) - np.log(p @ b),
        np.full(3, 1 / 3),
        bounds=[(0, 1)] * 3,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    # At an optimum the product is flat: an error of 1e-7 in it is one of some 1e-4 in the lottery.
    assert np.log(found @ a) + np.log(found @ b) >= -result.fun - 1e-12
    np.testing.assert_allclose(found, result.x, rtol=0, atol=2e-4)


# Hosts that are worth nothing to a side


def test_degenerate_games_are_counted_by_extreme_equilibria():
    solution = MODEL.solve(worths(switzerland=(1, 1), austria=(1, 1), turkey=(0, 1)))
    found = solution.equilibrium
    assert found.degenerate
    assert found.status.item() == sg.Status.COMPLETE
    assert solution["n_equilibria"] == len(found)
    nothing = MODEL.solve(worths())
    assert nothing["n_equilibria"] == 9
    assert (nothing["meet_min"], nothing["meet_max"]) == (0, 1)


@given(st.lists(st.lists(st.integers(0, 2), min_size=9, max_size=9), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_family_is_its_games_one_by_one(rows):
    names = MODEL.parameter_names
    games = [
        {n: x / 4 if n.startswith("discount") else x for n, x in zip(names, row, strict=True)}
        for row in rows
    ]
    alone = [MODEL.solve(values) for values in games]
    family = MODEL.solve({n: [values[n] for values in games] for n in names})
    for field in MODEL.fields:
        np.testing.assert_allclose(
            family[field], [one[field] for one in alone], rtol=0, atol=1e-15, equal_nan=True
        )
