"""Shares of the space between two readings: against volumes known in closed form."""

import math

import numpy as np
import pytest

import summitgames as sg
from summitgames.analysis.space import Share, share_with
from summitgames.blocks import Block
from summitgames.games.batches import BLOCK

DRAWS = 20_000


def test_an_edge_of_the_box_against_its_closed_form():
    """With one premise in play, the share is the part of the edge past the switching point."""
    guarantees = sg.perspective("guarantees")
    start = {**guarantees.exact, "security_success": 0}
    found = share_with("composite", start, guarantees, draws=DRAWS)
    assert found.names == ("security_success",)
    switches = sg.blocking(perspective=start, rival=guarantees, by="premises").switch_points
    with_summit = [t for t, _, after in switches if "meet > safe" in after]
    assert len(with_summit) == 1
    share = 1 - with_summit[0]
    assert 0 < share < 1
    assert abs(found.share - share) <= 5 * math.sqrt(share * (1 - share) / DRAWS)


def test_equals_a_plain_count_of_the_same_draws():
    start, end = sg.perspective("rebuttal"), sg.perspective("guarantees")
    model = sg.model("composite")
    names = [n for n in model.parameter_names if start.exact[n] != end.exact[n]]
    rng = Block(0, 0, 50).rng(7)
    columns = {n: start[n] + rng.random(50) * (end[n] - start[n]) for n in names}
    single = [
        model.solve("rebuttal", **{n: float(columns[n][i]) for n in names})["summit"]
        for i in range(50)
    ]
    found = share_with("composite", start, end, draws=50, seed=7)
    assert found.names == tuple(names)
    assert found.count == np.count_nonzero(single)
    assert 0 < found.count < 50


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_on_any_number_of_threads(threads):
    draws = 2 * BLOCK + 17
    alone = share_with("composite", "rebuttal", "guarantees", draws=draws)
    found = share_with("composite", "rebuttal", "guarantees", draws=draws, threads=threads)
    assert found == alone


def test_more_draws_keep_the_blocks_before():
    first = share_with("composite", "rebuttal", "guarantees", draws=BLOCK)
    both = share_with("composite", "rebuttal", "guarantees", draws=2 * BLOCK)
    assert first.count <= both.count <= first.count + BLOCK


def test_the_seed_matters():
    counts = {
        share_with("composite", "rebuttal", "guarantees", draws=DRAWS, seed=s).count
        for s in range(3)
    }
    assert len(counts) > 1


@pytest.mark.parametrize(("name", "share"), [("article", 0), ("guarantees", 1)])
def test_nothing_differs(name, share):
    found = share_with("composite", name, name, draws=100)
    assert found == Share(100 * share, 100, ())
    assert found.share == share
    assert found.standard_error == 0


def test_draws_stay_within_the_parameters_ranges():
    """From one end of trust's range to the other, both of which belong to it."""
    end = {**sg.perspective("guarantees").exact, "trust": 1, "security_success": 1}
    start = {**end, "trust": 0, "security_success": 0}
    assert 0 < share_with("composite", start, end, draws=DRAWS).share < 1


def test_other_models_and_outcomes():
    found = share_with("preconditions", "rebuttal", "guarantees", outcome="summit", draws=DRAWS)
    assert 0 < found.share < 1


def test_standard_error():
    assert Share(25, 100, ("trust",)).standard_error == pytest.approx(math.sqrt(0.25 * 0.75 / 100))


@pytest.mark.parametrize("draws", [0, -1, 1.5, "many", True])
def test_draws_are_checked(draws):
    with pytest.raises(sg.GameError, match=r"draws: .* expected a positive whole number"):
        share_with("composite", "article", "rebuttal", draws=draws)


def test_an_outcome_of_labels_is_refused():
    with pytest.raises(sg.GameError, match="'path' is of type str; expected a field of numbers"):
        share_with("composite", "article", "rebuttal", outcome="path", draws=10)


def test_unknown_names_are_refused():
    with pytest.raises(sg.GameError, match="did you mean 'composite'"):
        share_with("compsite", "article", "rebuttal")
    with pytest.raises(sg.GameError, match="did you mean 'summit'"):
        share_with("composite", "article", "rebuttal", outcome="sumit")
