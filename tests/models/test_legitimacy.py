"""M3: the reference numbers, closed forms, thresholds against plain Python, ties, and waiting."""

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.models.legitimacy import MODEL, PUNISHMENTS, SIGNATORIES
from summitgames.testing import assert_markov_perfect, perspectives

SIDES = ("russia", "ukraine")
BOTH = ("comply/comply", "violate/violate")
INF = np.inf
#: Of an independent brute-force program: for every signatory critical discounts (Russia, Ukraine)
#: under state and leader-specific punishment, whether compliance is sustained, values, and
#: Markov-perfect profiles in the state `signed`; then the value of waiting, and signing now.
REFERENCE = {
    "article": (
        {
            "incumbent": ((INF, 0.681818), (INF, 0.75), False, (0, 0), BOTH[1:]),
            "elected": ((0.363636, 0.394737), (0.363636, 0.75), True, (6.586207, 3.448276), BOTH),
            "acting": ((0.4, 0.416667), (0.4, 0.75), True, (4.789474, 2.631579), BOTH),
        },
        (4.23399, False),
    ),
    "rebuttal": (
        {
            "incumbent": (
                (0.36062, 0.366233), (0.380807, 0.450958), True, (6.11351, 4.796422), BOTH
            ),
            "elected": ((0.355682, 0.36245), (0.375516, 0.450958), True, (6.48323, 5.063497), BOTH),
            "acting": ((0.40568, 0.3996), (0.429185, 0.450958), True, (4.143167, 3.373102), BOTH),
        },
        (4.167791, True),
    ),
    "guarantees": (
        {
            "incumbent": (
                (0.385401, 0.37172), (0.402334, 0.48391), True, (5.028807, 4.204768), BOTH
            ),
            "elected": ((0.351506, 0.348626), (0.366502, 0.48391), True, (7.248213, 5.8609), BOTH),
            "acting": ((0.367674, 0.359803), (0.383583, 0.48391), True, (5.955928, 4.89659), BOTH),
        },
        (4.659566, True),
    ),
}  # fmt: skip


def profiles(equilibria):
    """What is played after signing, in each equilibrium."""
    return tuple("/".join(policy["signed"].values()) for policy in equilibria.labels())


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    signatories, (waiting, now) = REFERENCE[perspective]
    solution = MODEL.solve(perspective)
    assert tuple(signatories) == SIGNATORIES
    for who, (state, leader, sustained, values, listed) in signatories.items():
        for place, i in enumerate(SIDES):
            found = [solution[f"critical_discount_{kind}_{i}_{who}"] for kind in PUNISHMENTS]
            assert found == pytest.approx([state[place], leader[place]], abs=5e-7)
            assert solution[f"value_{i}_{who}"] == pytest.approx(values[place], abs=5e-7)
        assert solution[f"sustained_{who}"] is sustained
        assert profiles(solution.equilibrium[who]) == listed
        assert profiles(sg.markov_perfect(MODEL.game(perspective, who=who))) == listed
    assert solution["waiting_russia"] == pytest.approx(waiting, abs=5e-7)
    assert solution["signs_now"] is now


def test_reference_numbers_as_one_family():
    readings = [sg.perspective(name) for name in REFERENCE]
    family = MODEL.solve({n: [p[n] for p in readings] for n in MODEL.parameter_names})
    for place, name in enumerate(REFERENCE):
        alone = MODEL.solve(name)
        for field in MODEL.fields:
            assert family[field][place] == pytest.approx(alone[field], abs=1e-14)


def test_what_it_is():
    assert {"C23", "R09"} <= set(MODEL.claims)
    assert any("McGillivray & Smith (2000)" in reference for reference in MODEL.references)
    game = MODEL.game("article")
    assert game.states == (
        "signed", "betrayed_russia", "betrayed_ukraine", "betrayed_both", "broken"
    )  # fmt: skip
    assert game.actions[0] == (("comply", "violate"),) * 2
    assert game.available[1:].tolist() == [[1, 1]] * 4
    assert game.payoffs[0][0].tolist() == [[1, -0.5], [1.5, 0]]
    assert game.payoffs[1][0].tolist() == [[0.5, 0.8], [-0.5, 0]]
    assert game.exact.transitions[0, 0, 0].tolist()[:2] == [Fraction(55, 100), Fraction(45, 100)]
    both = MODEL.game("rebuttal").transitions[0, 0, 0]
    np.testing.assert_allclose(both, [0.931, 0.019, 0.049, 0.001, 0], rtol=0, atol=1e-15)
    assert pickle.loads(pickle.dumps(MODEL)) is MODEL  # noqa: S301
    assert len(MODEL.fields) == 12 + 6 + 3 + 2


def test_leader_specific_punishment_as_a_game():
    game = MODEL.game("rebuttal", who="acting", punishment="leader")
    assert game.states[4:] == ("punished_russia", "punished_ukraine", "broken")
    signed, punished = game.state("signed"), game.state("punished_ukraine")
    row = game.transitions[signed, 0, 1]  # Ukraine alone violates
    np.testing.assert_array_equal(row, game.transitions[punished, 0, 0])
    kept = 1 - 0.1 * 0.5
    expected = {"signed": kept * 0.2 * 0.5, "punished_ukraine": kept * 0.8}
    for state, probability in expected.items():
        assert row[game.state(state)] == pytest.approx(probability, abs=1e-15)
    assert game.transitions[signed, 1, 1].tolist() == [0] * 6 + [1]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"who": "elect"}, "unknown signatory 'elect'; did you mean 'elected'?"),
        ({"punishment": "leaders"}, "unknown punishment 'leaders'; did you mean 'leader'?"),
    ],
)
def test_what_there_is_no_game_of(bad, message):
    with pytest.raises(sg.GameError) as caught:
        MODEL.game("article", **bad)
    assert str(caught.value) == message


def test_closed_forms_agree_with_the_game():
    assert MODEL.verify(draws=300) <= 1e-12
    named = {"critical_discount_leader_ukraine_acting", "signs_now", "critical_legitimacy_russia"}
    assert named <= set(MODEL.closed_forms)
    assert set(MODEL.fields) <= set(MODEL.closed_forms)


def test_fields_are_the_closed_forms():
    rng = np.random.default_rng(5)
    values = {r.name: rng.uniform(r.lower, min(r.upper, 2), 300) for r in MODEL.parameters}
    solution, solved = MODEL.solve(values), MODEL.solved_forms(values)
    for name in MODEL.fields:
        np.testing.assert_allclose(
            solution[name].astype(float), solved[name], rtol=0, atol=1e-12, err_msg=name
        )


# Against plain Python


def summed(values, who, discount, deviator=None, punishment="state"):
    """Discounted sum of both sides' flows by the year, if all comply but one who violates once."""
    e = [
        values["turnover_year_russia"] * (1 - values["legitimacy_russia"]),
        values["turnover_year_ukraine"] * (1 - values[f"legitimacy_{who}"]),
    ]
    hazards = [values[f"turnover_year_{i}"] for i in SIDES]
    honour = [values["legitimacy_russia"], values[f"legitimacy_{who}"]]
    losses = [values[f"betrayal_loss_{i}"] for i in SIDES]
    total, weight = [0.0, 0.0], 1.0
    alive, suspended, exposed = 1.0, 0.0, [0.0, 0.0]
    for year in range(2000):
        flows = [alive * values[f"compliance_flow_{i}"] - exposed[p] * losses[p]
                 for p, i in enumerate(SIDES)]  # fmt: skip
        if year == 0 and deviator is not None:
            flows = [-values["sucker_loss"]] * 2
            flows[deviator] = values[f"temptation_{SIDES[deviator]}"]
            alive, suspended = 0.0, 1.0 if punishment == "leader" else 0.0
        total = [t + weight * flow for t, flow in zip(total, flows, strict=True)]
        exposed = [alive * e[1], alive * e[0]]
        back = stays = 0.0
        if deviator is not None:
            kept = suspended * (1 - e[1 - deviator])
            back = kept * hazards[deviator] * honour[deviator]
            stays = kept * (1 - hazards[deviator])
        alive, suspended = alive * (1 - e[0]) * (1 - e[1]) + back, stays
        weight *= discount
        if weight < 1e-18:
            break
    return total


@given(
    perspectives(model="legitimacy"),
    st.sampled_from(SIGNATORIES),
    st.sampled_from(PUNISHMENTS),
    st.sampled_from([0, 1]),
)
@settings(max_examples=60, deadline=None)
def test_thresholds_are_where_violating_once_stops_to_pay(values, who, punishment, place):
    critical = MODEL.solve(values)[f"critical_discount_{punishment}_{SIDES[place]}_{who}"]

    def gain(discount):
        comply = summed(values, who, discount)[place]
        return summed(values, who, discount, place, punishment)[place] - comply

    trials = [0.0, 0.3, 0.6, 0.9, 0.97]
    size = 1 + max(abs(v) for v in values.values())
    for discount in trials:
        if discount >= critical:
            assert gain(discount) <= 1e-9 * size / (1 - discount)
    if 0 < critical < 0.97:
        assert gain(critical) == pytest.approx(0, abs=1e-9 * size / (1 - critical))
        assert gain(critical / 2) >= -1e-9 * size
    tempted = values[f"temptation_{SIDES[place]}"] > values[f"compliance_flow_{SIDES[place]}"]
    if critical == INF and tempted:  # no discount below 1 is enough
        assert min(gain(discount) for discount in trials) >= -1e-9 * size


@pytest.mark.parametrize("perspective", REFERENCE)
@pytest.mark.parametrize("who", SIGNATORIES)
def test_values_are_plain_sums(perspective, who):
    values = dict(sg.perspective(perspective))
    solution = MODEL.solve(values)
    if solution[f"sustained_{who}"]:
        total = summed(values, who, values["discount_year"])
        assert [solution[f"value_{i}_{who}"] for i in SIDES] == pytest.approx(total, abs=1e-12)


def test_own_legitimacy_drops_out_under_leader_specific_punishment():
    rng = np.random.default_rng(3)
    values = {r.name: rng.uniform(r.lower, min(r.upper, 2), 1000) for r in MODEL.parameters}
    solution = MODEL.solve(values)
    thresholds = [solution[f"critical_discount_leader_ukraine_{who}"] for who in SIGNATORIES]
    np.testing.assert_array_equal(thresholds[0], thresholds[1])
    np.testing.assert_array_equal(thresholds[0], thresholds[2])
    other = MODEL.solve({**values, "legitimacy_russia": rng.uniform(0, 1, 1000)})
    name = "critical_discount_leader_russia_elected"
    np.testing.assert_array_equal(solution[name], other[name])
    russia = [solution[f"critical_discount_leader_russia_{who}"] for who in SIGNATORIES]
    assert (russia[0] != russia[1]).any()  # the other side's does not


@given(perspectives(model="legitimacy"))
@settings(max_examples=100, deadline=None)
def test_leader_specific_punishment_is_the_weaker_threat(values):
    solution = MODEL.solve(values)
    for who in SIGNATORIES:
        for i in SIDES:
            state, leader = (solution[f"critical_discount_{k}_{i}_{who}"] for k in PUNISHMENTS)
            assert state <= leader * (1 + 1e-12)


@given(perspectives(model="legitimacy"))
@settings(max_examples=60, deadline=None)
def test_markov_perfect_equilibria(values):
    solution = MODEL.solve(values)
    for who in SIGNATORIES:
        game, found = MODEL.game(values, who=who), solution.equilibrium[who]
        assert_markov_perfect(game, found)
        listed = profiles(found)
        assert BOTH[1] in listed
        if BOTH[0] in listed:  # exact; the field takes what is within 1e-12 as a tie
            assert solution[f"sustained_{who}"]


# Corners and ties


SAFE = {"legitimacy_incumbent": 1, "legitimacy_russia": 1}


def test_where_complying_pays_by_itself():
    solution = MODEL.solve(
        "article",
        **{**SAFE, "turnover_year_russia": 0.5, "legitimacy_russia": 0.5},
        temptation_ukraine=[0.3, 0.3, 0.5, 0.5, 0.6],
        compliance_flow_ukraine=0.5,
        betrayal_loss_ukraine=[0.5, 3, 0.5, 3, 0.5],
    )
    # Shadow 0.3 * 0.75 - 0.25 * 0.5 = 0.1 at least -0.2; 0.225 - 0.75 = -0.525 not.
    found = solution["critical_discount_state_ukraine_incumbent"]
    assert found[:4].tolist() == [0, INF, 0, INF]
    assert found[4] == pytest.approx(0.1 / (0.6 * 0.75 - 0.125), abs=1e-15)


@pytest.mark.parametrize("given", [float, Decimal])
def test_ties_comply_alone_and_in_families(given):
    tied = {"discount_year": given("0.9"), "compliance_flow_ukraine": given("0.1")}
    tied["temptation_ukraine"] = given("1")  # 0.1 / (1 - 0.9), which floats miss
    for change in ({}, {"arrival": [0.1, 0.2]}):
        assert np.all(MODEL.solve("article", **SAFE, **tied, **change)["sustained_incumbent"])
        more = {**tied, "temptation_ukraine": given("1.000001")}
        assert not np.any(MODEL.solve("article", **SAFE, **more, **change)["sustained_incumbent"])


def test_no_threshold_where_only_endless_patience_would_do():
    # Temptation 1, flow 0.7, successors repudiate with probability 0.7: shadow 0.3 = 1 - 0.7.
    change = {"turnover_year_ukraine": 1, "legitimacy_incumbent": Decimal("0.3")}
    change |= {"temptation_ukraine": 1, "compliance_flow_ukraine": Decimal("0.7")}
    assert MODEL.solve("article", **change)["critical_discount_state_ukraine_incumbent"] == INF
    family = MODEL.solve("article", **change, arrival=[0.2])
    assert family["critical_discount_state_ukraine_incumbent"].tolist() == [INF]


def test_russia_signs_at_once_where_nothing_is_worth_anything():
    solution = MODEL.solve("article", compliance_flow_russia=0)
    assert solution["waiting_russia"] == solution["value_russia_incumbent"] == 0
    assert solution["signs_now"] is True
    never = MODEL.solve("article", arrival=[0, 1])
    assert never["signs_now"].tolist() == [True, False]
    assert never["waiting_russia"][1] == pytest.approx(0.9 * never["value_russia_elected"][1])


def test_without_patience():
    solution = MODEL.solve("guarantees", discount_year=0)
    assert solution["value_russia_elected"] == 0  # 1 a year, against a temptation of 1.5
    assert MODEL.solve("guarantees", discount_year=0, temptation_russia=1, temptation_ukraine=0.8)[
        "value_russia_elected"
    ] == 1  # fmt: skip


def test_values_beyond_float64():
    huge = {"compliance_flow_russia": 1.7e308, "discount_year": 0.99}
    with pytest.raises(sg.GameError, match="value of a signature beyond float64; expected"):
        MODEL.solve("guarantees", **huge)
    with pytest.raises(sg.GameError, match=r"beyond float64 at batch index \(1,\); expected"):
        MODEL.solve("guarantees", discount_year=0.99, compliance_flow_russia=[1, 1.7e308])


QUARTERS = st.integers(0, 8).map(lambda n: n / 4)
SHARES = st.integers(0, 4).map(lambda n: n / 4)


def lattice():
    """Values on which ties of every kind are common."""
    names = {r.name: SHARES if r.upper == 1 else QUARTERS for r in MODEL.parameters}
    return st.fixed_dictionaries({**names, "discount_year": st.sampled_from([0, 0.25, 0.5, 0.75])})


@given(st.lists(lattice(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_a_family_is_its_games_one_by_one(games):
    alone = [MODEL.solve(values) for values in games]
    family = MODEL.solve({n: [values[n] for values in games] for n in MODEL.parameter_names})
    for name in MODEL.fields:
        assert family[name].tolist() == [one[name] for one in alone]
    for who in SIGNATORIES:
        listed = family.equilibrium[who]
        assert listed.counts.tolist() == [len(one.equilibrium[who]) for one in alone]


@given(lattice())
@settings(max_examples=60, deadline=None)
def test_what_is_sustained_is_an_equilibrium_ties_included(values):
    solution = MODEL.solve(values)
    for who in SIGNATORIES:
        assert (BOTH[0] in profiles(solution.equilibrium[who])) == solution[f"sustained_{who}"]


def test_threads_and_shapes():
    values = {"legitimacy_incumbent": np.linspace(0, 1, 30_000), "arrival": [[0.1], [0.5]]}
    one, two = (MODEL.solve("article", threads=t, **values) for t in (1, 2))
    for name in MODEL.fields:
        assert one[name].shape == (2, 30_000)
        np.testing.assert_array_equal(one[name], two[name])
