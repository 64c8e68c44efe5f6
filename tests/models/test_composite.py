"""M11: the reference numbers, the tree, the closed forms, and payoffs counted end by end."""

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings

import summitgames as sg
from summitgames.models.composite import MODEL
from summitgames.testing import assert_subgame_perfect, perspectives

ACTORS = ("united_states", "europe", "ukraine", "russia")
RAISED = "offload > press > summit_first > raise_delegation"
HELD = (
    "sponsor > back > summit_first > meet > safe > feasible > deliver > incumbent > sign > honoured"
)
#: Reference numbers of an independent brute-force program: path, summit, settlement, payoffs.
REFERENCE = {
    "article": (RAISED, 0, 0, (0.2, 0, 0.05, 0.1)),
    "rebuttal": (RAISED, 0, 0, (0.2, 0, 0.05, 0.1)),
    "guarantees": (HELD, 0.95, 0.5187, (1.0737, 0.02065, 0.51596, 0.34392)),
}


@pytest.fixture(scope="module")
def outcomes():
    """Way to every end, split into labels, with its outcome."""
    game = MODEL.game()
    return {tuple(game.path_to(i).split(" > ")): outcome for i, outcome in enumerate(game.outcomes)}


@pytest.mark.parametrize("perspective", REFERENCE)
def test_reference_numbers(perspective):
    path, summit, settlement, payoffs = REFERENCE[perspective]
    solution = MODEL.solve(perspective)
    assert solution["path"] == path
    assert solution["summit"] == pytest.approx(summit, abs=5e-7)
    assert solution["settlement"] == pytest.approx(settlement, abs=5e-7)
    for actor, payoff in zip(ACTORS, payoffs, strict=True):
        assert solution[f"payoff_{actor}"] == pytest.approx(payoff, abs=5e-7)
    assert solution["unique"] is True


def test_reference_numbers_as_one_family():
    both = [sg.perspective(name) for name in REFERENCE]
    solution = MODEL.solve({n: [p[n] for p in both] for n in MODEL.parameter_names})
    assert solution["path"].tolist() == [row[0] for row in REFERENCE.values()]
    for place, actor in enumerate(ACTORS):
        expected = [row[3][place] for row in REFERENCE.values()]
        np.testing.assert_allclose(solution[f"payoff_{actor}"], expected, atol=5e-7)


def test_the_solvers_own_result_tells_the_same():
    for perspective in REFERENCE:
        solution = MODEL.solve(perspective)
        found = solution.equilibrium
        assert found.path == solution["path"]
        assert found.probability("summit") == pytest.approx(solution["summit"], abs=1e-15)
        assert found.probability("settlement") == pytest.approx(solution["settlement"], abs=1e-15)
        assert found.unique is solution["unique"]
        assert found.ties  # off the path: Russia's accept and decline in `article`, at least
        assert sg.certify(MODEL.game(perspective), found).verdict == "proved"


def test_size_of_the_tree(outcomes):
    game = MODEL.game()
    assert len(outcomes) == 132
    assert game.players == ACTORS
    assert game.has_perfect_information
    assert set(game.tags) == {"summit", "settlement"}


def test_tags_say_what_happened(outcomes):
    for way, outcome in outcomes.items():
        held = "safe" in way
        kept = way[-1].endswith("honoured")
        assert ("summit" in outcome.tags) == held
        assert ("settlement" in outcome.tags) == kept


def events(way):
    """What happened on the way to an end, read off its labels."""
    first, backing = way[0], way[1] == "back"
    bypassed = "acquiesce" in way
    met = bypassed or "conditions_first" in way or "deliver" in way
    signed = bypassed or "sign" in way
    kept = way[-1].endswith("honoured")
    held = "safe" in way
    delayed = "elections" in way and "sign" in way
    away = ("elections" in way and way[-1].startswith("leaves")) or "resign" in way
    return {
        "kept": (Fraction(1) if kept else 0, delayed),
        "broken": (Fraction(1) if signed and not kept else 0, delayed),
        "held": held,
        "met": met,
        "pocketed": met and not signed,
        "empty": held and not met,
        "incident": "incident" in way,
        "raised": "raise_delegation" in way,
        "away": away,
        "bypassed": bypassed,
        "resisted": "resist" in way,
        "proposed": "summit_first" in way,
        "backed": backing,
        "supported": backing and not met,
        "sponsored": first == "sponsor",
        "offloaded": first == "offload",
    }


def counted(way, v):
    """Payoffs at an end, the terms of the table counted one by one."""
    e = events(way)

    def signed(what):
        share, delayed = e[what]
        return share * (v["election_delay_factor"] if delayed else 1)

    kept = signed("kept")
    return {
        "united_states": v["peace_value_us"] * kept
        + v["sponsor_credit_us"] * (e["sponsored"] and e["held"])
        - v["failure_cost_us"] * (e["resisted"] or (e["sponsored"] and not e["held"]))
        + v["burden_relief_us"] * e["offloaded"],
        "europe": (v["peace_value_europe"] - v["russian_terms_loss_europe"]) * kept
        + v["voice_value_europe"] * (e["held"] and e["backed"])
        - v["support_cost_europe"] * e["backed"],
        "ukraine": v["peace_value_ukraine"] * kept
        - v["conditions_cost_ukraine"] * e["met"]
        + v["summit_prize_ukraine"] * e["held"]
        - v["office_rents_ukraine"] * e["away"]
        - v["bypass_loss_ukraine"] * e["bypassed"]
        - v["resistance_cost_ukraine"] * e["resisted"]
        - v["exposure_loss_ukraine"] * e["incident"]
        + v["proposal_value_ukraine"] * e["proposed"]
        + v["support_value_ukraine"] * e["supported"],
        "russia": v["settlement_value_russia"] * kept
        + v["pocket_value_russia"] * e["pocketed"]
        - v["empty_summit_cost_russia"] * e["empty"]
        - v["betrayal_loss_russia"] * signed("broken")
        - v["exposure_loss_russia"] * e["incident"]
        + v["delegation_value_russia"] * e["raised"],
    }


@pytest.mark.parametrize("perspective", REFERENCE)
def test_payoffs_at_every_end(perspective, outcomes):
    values = sg.perspective(perspective).exact
    exact = MODEL.game(perspective).exact_payoffs()
    for way, payoffs in zip(outcomes, exact, strict=True):
        assert payoffs == counted(way, values), way


def test_chance_moves_are_those_of_the_parameters():
    v = sg.perspective("guarantees").exact
    game = MODEL.game("guarantees")
    numbers = game.exact_quantities()
    found = {
        game.tree.name(node): dict(
            zip(
                (game.tree.labels[child] for child in game.tree.child_lists[node]),
                (numbers[quantity] for quantity in quantities),
                strict=True,
            )
        )
        for node, quantities in game.chance_probabilities()
    }
    start = "sponsor > back > summit_first > meet"
    held = f"{start} > safe > feasible > deliver"
    word = {
        who: 1 - v["turnover"] * (1 - v[f"legitimacy_{who}"])
        for who in ("incumbent", "elected", "acting")
    }
    stays = v["reelection"]
    assert found[start] == {"safe": Fraction(95, 100), "incident": Fraction(5, 100)}
    assert found["offload > press > summit_first > meet"]["safe"] == v["security_success"]
    assert found[f"{start} > safe"] == {"feasible": v["trust"], "infeasible": 1 - v["trust"]}
    assert found["bilateral > accept > acquiesce"]["honoured"] == v["bilateral_durability"]
    assert found[f"{held} > incumbent > sign"]["honoured"] == word["incumbent"]
    assert found[f"{held} > resign > sign"]["honoured"] == word["acting"]
    assert found[f"{held} > elections > withhold"] == {"stays": stays, "leaves": 1 - stays}
    assert found[f"{held} > elections > sign"] == {
        "stays_honoured": stays * word["elected"],
        "stays_repudiated": stays * (1 - word["elected"]),
        "leaves_honoured": (1 - stays) * word["elected"],
        "leaves_repudiated": (1 - stays) * (1 - word["elected"]),
    }


def test_a_sponsor_adds_to_security_up_to_certainty():
    game = MODEL.game("article", security_success=0.9, sponsor_security_gain=0.5)
    solved = sg.subgame_perfect(game)
    start = "conditions_first > meet"
    assert solved.probability("summit", given=f"sponsor > press > {start}") == 1.0
    assert solved.probability("summit", given=f"offload > press > {start}") == 0.9


def test_closed_forms_agree_with_the_solver():
    assert MODEL.verify() <= 1e-12
    assert MODEL.verify(np.random.default_rng(1), draws=2000) <= 1e-12
    assert {"signs_incumbent", "acquiesces", "summit_offload_press"} <= set(MODEL.closed_forms)


@given(perspectives(model="composite"))
@settings(max_examples=25)
def test_at_the_equilibrium_nobody_deviates(values):
    equilibrium = MODEL.solve(values).equilibrium
    assert_subgame_perfect(MODEL.game(values), dict(equilibrium.behavior))


def test_the_model_is_pickled_by_name():
    assert pickle.loads(pickle.dumps(MODEL)) is MODEL  # noqa: S301
