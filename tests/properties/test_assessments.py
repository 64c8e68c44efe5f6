"""Solvers of trees with hidden moves against each other: limits, assessments, certificates."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.trembles import hidden_tree

SEEDS = st.integers(0, 10**6)


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_the_logit_branch_ends_at_a_sequential_equilibrium(seed: int) -> None:
    game = hidden_tree(random.Random(seed))
    path = sg.logit_path(game)
    if path.status == sg.Status.FAILED:
        return
    certificate = sg.certify(game, (path.limit, path.beliefs))
    assert certificate.concept == "sequential equilibrium"
    assert certificate.verdict != "refuted"
    mixes = {key: np.asarray(mix) for key, mix in path.limit.items()}
    if all(np.isin(mix, (0, 1)).all() for mix in mixes.values()):
        pure = sg.sequential_equilibria(game, mixing=0)
        assert pure.status != sg.Status.COMPLETE or any(
            all(np.array_equal(found.behavior[key], mix) for key, mix in mixes.items())
            for found in pure
        )


@given(SEEDS)
@settings(max_examples=60, deadline=None)
def test_sequential_equilibria_are_subgame_perfect(seed: int) -> None:
    game = hidden_tree(random.Random(seed))
    for found in sg.sequential_equilibria(game, mixing=1):
        assert sg.certify(game, found).verdict == "proved"
        strategies = dict(found.behavior)
        certificate = sg.certify(game, strategies, concept="subgame-perfect equilibrium")
        assert certificate.verdict != "refuted"
        if all(np.isin(mix, (0, 1)).all() for mix in strategies.values()):
            assert certificate.verdict == "proved"
