"""M4: the reference numbers, all equilibria against exact plain Python, ways out of the circle."""

import math
import pickle
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.models.vicious_cycle import MODEL, CycleEquilibria
from summitgames.testing import assert_markov_perfect, perspectives

INF = math.inf
#: Of an independent brute-force program: for each equilibrium war (Ukraine, Europe, Russia),
#: lifted, elected, acting; values of war and of lifted; quarters to peace from the four states.
LOCKED = ("hold/arm/press", "delay", "sign", "sign")
REFERENCE = {
    "article": [(LOCKED, (0, 0, 0), (0.07874, 0.03937, 0.07874), (INF,) * 4)],
    "rebuttal": [(LOCKED, (0, 0, 0), (0.07874, 0.03937, 0.15748), (INF,) * 4)],
    "guarantees": [
        (
            ("hold/arm/pause", "call", "sign", "sign"),
            (0.414482, -0.445615, 0.712978),
            (0.44012, -0.473178, 0.963265),
            (4.123711, 2.123711, 1.123711, 1.247423),
        ),
        (
            ("resign/arm/press", "call", "sign", "sign"),
            (0.249527, -0.483177, 0.929345),
            (0.435463, -0.474239, 0.969373),
            (2.12766, 2.06383, 1.06383, 1.12766),
        ),
    ],
}


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    solution = MODEL.solve(perspective)
    records = solution.equilibrium.records()
    assert len(records) == len(REFERENCE[perspective]) == solution["n_equilibria"]
    for record, (policy, war, lifted, quarters) in zip(
        records, REFERENCE[perspective], strict=True
    ):
        assert tuple("/".join(chosen.values()) for chosen in record["policy"].values()) == policy
        for state, values in (("war", war), ("lifted", lifted)):
            assert list(record["values"][state].values()) == pytest.approx(values, abs=5e-7)
        assert list(record["quarters"].values())[:4] == pytest.approx(quarters, abs=5e-7)
        assert record["quarters"]["peace"] == 0
    locked = perspective != "guarantees"
    assert solution["deadlock"] is solution["deadlock_only"] is locked
    times = [quarters[0] for _, _, _, quarters in REFERENCE[perspective]]
    assert solution["quarters_min"] == pytest.approx(min(times), abs=5e-7)
    assert solution["quarters_max"] == pytest.approx(max(times), abs=5e-7)


def test_reference_numbers_as_one_family():
    readings = [sg.perspective(name) for name in REFERENCE]
    family = MODEL.solve({n: [p[n] for p in readings] for n in MODEL.parameter_names})
    alone = [MODEL.solve(name) for name in REFERENCE]
    for field in MODEL.fields:
        assert family[field].tolist() == pytest.approx([one[field] for one in alone], abs=1e-14)
    assert family.equilibrium.quarters.shape == (3, 2, 5)
    assert np.isnan(family.equilibrium.quarters[:2, 1]).all()


def test_what_it_is():
    assert {"C24", "C25", "C26", "C27", "C28", "R05"} <= set(MODEL.claims)
    assert any("Maskin & Tirole (2001)" in reference for reference in MODEL.references)
    game = MODEL.game("guarantees")
    assert game.players == ("ukraine", "europe", "russia")
    assert game.states == ("war", "lifted", "elected", "acting", "peace")
    assert game.available.tolist() == [[3, 2, 2], [2, 1, 1], [1, 1, 2], [1, 1, 2], [1, 1, 1]]
    assert game.exact is not None
    assert isinstance(MODEL.solve("article").equilibrium, CycleEquilibria)
    assert pickle.loads(pickle.dumps(MODEL)) is MODEL  # noqa: S301


def test_the_front_gives_way_where_nobody_spares_it():
    ukraine, europe, russia = (payoffs[0] for payoffs in MODEL.game("article").payoffs)
    # hold | withdraw | resign; arm, stop; press, pause.
    assert ukraine.tolist() == [
        [[0, 0], [-0.3, 0]],
        [[-0.3, -0.3], [-0.3, -0.3]],
        [[-0.8, -0.8], [-1.1, -0.8]],
    ]
    np.testing.assert_allclose(
        europe, [[[0, 0], [-0.1, -0.1]], [[0, 0], [0.1, 0.1]], [[0, 0], [-0.1, -0.1]]],
        rtol=0, atol=1e-16,
    )  # fmt: skip
    assert russia.tolist() == [
        [[0, -0.2], [0.3, -0.2]],
        [[0.4, 0.2], [0, -0.2]],
        [[0, -0.2], [0.3, -0.2]],
    ]


def test_closed_forms_agree_with_the_solver():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=3000) <= 1e-12
    assert {"breaks_resignation", "rate_ceasefire", "deadlock_armed"} <= set(MODEL.closed_forms)


# All equilibria, in plain Python


ORDER = ("war", "lifted", "elected", "acting")


def quarter(v, state, chosen):
    """Payoffs (Ukraine, Europe, Russia) and next states of a quarter."""
    lasts = {who: 1 - v["turnover"] * (1 - v[f"legitimacy_{who}"]) for who in ("elected", "acting")}
    relief = [v["war_cost_ukraine"], v["war_cost_europe"], v["war_cost_russia"]]
    if state == "lifted":
        if chosen == "delay":
            return relief, {"lifted": 1 - v["relapse"], "war": v["relapse"]}
        relief[0] -= (1 - v["reelection"]) * v["office_rents_ukraine"]
        return relief, {"elected": 1}
    if state != "war":
        pay = relief if state == "elected" else [0, 0, 0]
        if chosen == "wait":
            return pay, {state: 1 - v["relapse"], "war": v["relapse"]}
        d = lasts[state]
        gains = (
            d * v["peace_value_ukraine"] - v["conditions_cost_ukraine"] + v["summit_prize_ukraine"],
            d * (v["peace_value_europe"] - v["russian_terms_loss_europe"]),
            d * v["settlement_value_russia"] - (1 - d) * v["betrayal_loss_russia"],
        )
        return [a + b for a, b in zip(pay, gains, strict=True)], {"peace": d, "war": 1 - d}
    ukraine, europe, russia = chosen
    front = ukraine != "withdraw" and europe == "stop" and russia == "press"
    pay = [0, 0, 0]
    pay[0] -= v["withdrawal_cost_ukraine"] * (ukraine == "withdraw")
    pay[0] -= v["office_rents_ukraine"] * (ukraine == "resign") + v["front_loss_ukraine"] * front
    if europe == "stop":
        pay[1] += v["arms_cost_europe"] - v["front_loss_europe"] * (ukraine != "withdraw")
    pay[2] += v["front_gain_russia"] * front - v["pause_cost_russia"] * (russia == "pause")
    pay[2] += v["pocket_value_russia"] * (ukraine == "withdraw" and europe == "arm")
    if ukraine == "resign":
        return pay, {"acting": 1}
    if ukraine == "withdraw" and europe == "stop":
        return pay, {"lifted": 1}
    lifts = v["ceasefire_lifts"] if russia == "pause" else 0
    return pay, {"lifted": lifts, "war": 1 - lifts}


def solved(matrix, side):
    """Gauss–Jordan in exact rationals, one row a pivot."""
    rows = [[*row, right] for row, right in zip(matrix, side, strict=True)]
    size = len(rows)
    for k in range(size):
        pivot = next(r for r in range(k, size) if rows[r][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for r in range(size):
            if r != k and rows[r][k]:
                rows[r] = [x - rows[r][k] * y for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[-1] for row in rows]


def deviations(state, chosen):
    """(player, choice) of every other action of one player."""
    if state == "lifted":
        return [(0, c) for c in ("call", "delay") if c != chosen]
    if state != "war":
        return [(2, c) for c in ("sign", "wait") if c != chosen]
    labels = (("hold", "withdraw", "resign"), ("arm", "stop"), ("press", "pause"))
    return [
        (i, (*chosen[:i], action, *chosen[i + 1 :]))
        for i, own in enumerate(labels)
        for action in own
        if action != chosen[i]
    ]


def enumerated(values):
    """All pure stationary Markov-perfect equilibria: policies, war moves, values of war."""
    v = {name: Fraction(value) for name, value in values.items()}
    delta = v["discount_quarter"]
    found = []
    wars = list(product(("hold", "withdraw", "resign"), ("arm", "stop"), ("press", "pause")))
    for policy in product(wars, ("call", "delay"), ("sign", "wait"), ("sign", "wait")):
        play = dict(zip(ORDER, policy, strict=True))
        stages = {state: quarter(v, state, play[state]) for state in ORDER}
        matrix = [
            [Fraction(int(s == t)) - delta * Fraction(stages[s][1].get(t, 0)) for t in ORDER]
            for s in ORDER
        ]
        worth = [
            dict(
                zip(ORDER, solved(matrix, [Fraction(stages[s][0][i]) for s in ORDER]), strict=True)
            )
            for i in range(3)
        ]
        gains = False
        for state in ORDER:
            for i, other in deviations(state, play[state]):
                pay, moves = quarter(v, state, other)
                ahead = sum(Fraction(p) * worth[i].get(t, 0) for t, p in moves.items())
                gains |= pay[i] + delta * ahead > worth[i][state]
        if not gains:
            moves = {s: {t: p for t, p in stages[s][1].items() if p} for s in ORDER}
            found.append((policy, moves, [float(worth[i]["war"]) for i in range(3)]))
    return found


def expected_quarters(moves):
    """Expected quarters from war to peace under a policy; inf where it is not certain."""
    reached, stack = {"war"}, ["war"]
    while stack:
        for t in moves.get(stack.pop(), {}):
            if t not in reached:
                reached.add(t)
                stack.append(t)
    safe = {"peace"}
    for _ in ORDER:
        safe |= {s for s in ORDER if safe & set(moves[s])}
    if not reached <= safe:
        return INF
    states = [s for s in ORDER if s in reached]
    matrix = [
        [Fraction(int(s == t)) - Fraction(moves[s].get(t, 0)) for t in states] for s in states
    ]
    return float(solved(matrix, [Fraction(1)] * len(states))[0])


QUARTERS = st.integers(0, 6).map(lambda n: n / 4)
SHARES = st.sampled_from([0, 0.25, 0.5, 1])


def lattice():
    """Values on which ties of every kind are common, and floats are exact."""
    names = {r.name: SHARES if r.upper == 1 else QUARTERS for r in MODEL.parameters}
    return st.fixed_dictionaries({**names, "discount_quarter": st.sampled_from([0, 0.5, 0.75])})


def check(values):
    """Compare fields and equilibria with the enumeration."""
    expected, solution = enumerated(values), MODEL.solve(values)
    assert solution["n_equilibria"] == len(expected)
    stuck = [set(moves["war"]) == {"war"} for _, moves, _ in expected]
    assert solution["deadlock"] is any(stuck)
    assert solution["deadlock_only"] is (all(stuck) and bool(stuck))
    times = [expected_quarters(moves) for _, moves, _ in expected] or [math.nan]
    fields = [solution["quarters_min"], solution["quarters_max"]]
    assert fields == pytest.approx([min(times), max(times)], rel=1e-12, nan_ok=True)
    for record, (policy, _, worth) in zip(solution.equilibrium.records(), expected, strict=True):
        chosen = [tuple(record["policy"][state].values()) for state in ORDER]
        assert chosen == [policy[0], *((action,) for action in policy[1:])]
        assert list(record["values"]["war"].values()) == pytest.approx(worth, rel=1e-12, abs=1e-13)


@given(lattice())
@settings(max_examples=20, deadline=None)
def test_all_equilibria_ties_included(values):
    check(values)


@given(perspectives(model="vicious_cycle"))
@settings(max_examples=12, deadline=None)
def test_all_equilibria(values):
    check(values)


@pytest.mark.parametrize("perspective", REFERENCE)
def test_all_equilibria_of_the_perspectives(perspective):
    check(sg.perspective(perspective).exact)


def test_without_anything_at_stake_every_policy_is_an_equilibrium():
    solution = MODEL.solve(dict.fromkeys(MODEL.parameter_names, 0))
    assert solution["n_equilibria"] == 12 * 2 * 2 * 2
    assert solution["deadlock"]
    assert not solution["deadlock_only"]
    assert (solution["quarters_min"], solution["quarters_max"]) == (2, INF)


def test_where_there_is_no_pure_equilibrium():
    rng = np.random.default_rng(1)
    values = {r.name: rng.uniform(r.lower, min(r.upper, 2), 3000) for r in MODEL.parameters}
    family = MODEL.solve(values)
    places = np.flatnonzero(family["n_equilibria"] == 0)
    assert places.size
    assert np.isnan(family["quarters_min"][places]).all()
    assert np.isnan(family["quarters_max"][places]).all()
    assert not family["deadlock"][places].any()
    assert not family["deadlock_only"][places].any()
    one = {name: array[places[0]] for name, array in values.items()}
    assert not enumerated(one)
    assert MODEL.solve(one).equilibrium.status == sg.Status.NONE
    assert MODEL.solve(one).equilibrium.records() == []


# The circle


@given(perspectives(model="vicious_cycle"))
@settings(max_examples=60, deadline=None)
def test_without_a_ceasefire_nobody_leaves_war_for_lifted_alone(values):
    game = MODEL.game({**values, "ceasefire_lifts": 0})
    leaves = game.transitions[0, ..., game.state("lifted")] > 0
    assert leaves[1, 1].all()  # withdraw and stop, whatever Russia does
    assert leaves.sum() == 2
    # From neither, no change by one player gets there.
    for europe, russia in product((0, 1), repeat=2):
        if europe == 0:
            assert not leaves[:, europe, russia].any()
    assert not leaves[0].any()
    assert not leaves[2].any()


@given(perspectives(model="vicious_cycle"))
@settings(max_examples=60, deadline=None)
def test_resignation_breaks_the_circle_iff_peace_is_worth_the_rents(values):
    d = 1 - values["turnover"] * (1 - values["legitimacy_acting"])
    gain = d * values["peace_value_ukraine"] - values["conditions_cost_ukraine"]
    gain += values["summit_prize_ukraine"]
    margins = (
        values["discount_quarter"] * gain - values["office_rents_ukraine"],
        values["front_loss_europe"] - values["arms_cost_europe"],
        d * values["settlement_value_russia"] - (1 - d) * values["betrayal_loss_russia"],
    )
    if min(map(abs, margins)) < 1e-9:
        return
    records = MODEL.solve(values).equilibrium.records()
    resigns = [
        r for r in records
        if tuple(r["policy"]["war"].values()) == ("resign", "arm", "press")
        and r["policy"]["acting"]["russia"] == "sign"
    ]  # fmt: skip
    assert bool(resigns) == (min(margins) > 0)
    for record in resigns:
        assert record["quarters"]["war"] == pytest.approx(2 / d if d else INF, rel=1e-12)


@given(perspectives(model="vicious_cycle"))
@settings(max_examples=40, deadline=None)
def test_equilibria_are_markov_perfect(values):
    solution = MODEL.solve(values)
    found = solution.equilibrium
    assert_markov_perfect(MODEL.game(values), found)
    times = sg.absorption_time(found.game, found, "peace")
    np.testing.assert_array_equal(found.quarters, times)


@given(st.lists(lattice(), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_family_is_its_games_one_by_one(games):
    alone = [MODEL.solve(values) for values in games]
    family = MODEL.solve({n: [values[n] for values in games] for n in MODEL.parameter_names})
    for name in MODEL.fields:
        np.testing.assert_array_equal(family[name], [one[name] for one in alone])
    assert family.equilibrium.counts.tolist() == [one["n_equilibria"] for one in alone]


def test_threads_blocks_and_shapes():
    values = {"ceasefire_lifts": np.linspace(0, 1, 1500), "relapse": [[0.1], [0.3]]}
    one, two = (MODEL.solve("guarantees", threads=t, **values) for t in (1, 2))
    for name in MODEL.fields:
        assert one[name].shape == (2, 1500)
        np.testing.assert_array_equal(one[name], two[name])
    found = one.equilibrium.quarters[..., 0]
    np.testing.assert_array_equal(one["quarters_min"], np.fmin.reduce(found, axis=-1))


def test_payoffs_beyond_float64():
    huge = {"peace_value_ukraine": 1.7e308, "summit_prize_ukraine": 1.7e308, "turnover": 0}
    with pytest.raises(sg.GameError, match="beyond float64"):
        MODEL.solve("article", **huge)
    places = np.zeros(1000)
    places[700] = 1.7e308
    with pytest.raises(sg.GameError, match=r"beyond float64 at batch index \(700,\); expected"):
        MODEL.solve("article", peace_value_ukraine=places, summit_prize_ukraine=places, turnover=0)
