"""What the strategies draw: games within the limits asked for, that shrink, and values in range."""

import builtins
import importlib
import math
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

import summitgames as sg
from summitgames.case.premises import parameters
from summitgames.testing import extensive_forms, perspectives


def depth(tree):
    return max(len(tree.way(node)) for node in tree.terminals.tolist())


def branches(tree):
    return max(len(below) for below in tree.child_lists)


LIMITS = st.tuples(st.integers(0, 5), st.integers(1, 40), st.integers(1, 4))


@given(st.data(), LIMITS)
@settings(max_examples=60)
def test_limits_are_kept(data, limits):
    most_depth, most_nodes, most_branches = limits
    game = data.draw(
        extensive_forms(max_depth=most_depth, max_nodes=most_nodes, max_branches=most_branches)
    )
    assert game.tree.size <= most_nodes
    assert depth(game.tree) <= most_depth
    assert branches(game.tree) <= most_branches
    assert game.has_perfect_information
    assert game.is_bound
    assert game.batch_shape == ()
    if most_depth > 0 and most_nodes > 1:
        assert game.tree.size > 1


@given(extensive_forms(players=["host", "guest", "third"], chance=False, tags=["t", "u"]))
@settings(max_examples=30)
def test_labels(game):
    assert game.players == ("host", "guest", "third")
    assert set(game.tags) <= {"t", "u"}
    assert [o.label for o in game.outcomes] == [f"o{i}" for i in range(len(game.outcomes))]
    assert (game.tree.mover != game.tree.CHANCE).all()
    for below in game.tree.child_lists:
        assert [game.tree.labels[child] for child in below] == [f"a{i}" for i in range(len(below))]


@given(extensive_forms())
@settings(max_examples=50)
def test_whole_numbers_are_exact(game):
    assert not game.has_binary_numbers
    for payoffs in game.exact_payoffs():
        assert all(x.denominator == 1 and -3 <= x <= 3 for x in payoffs.values())


@given(extensive_forms(payoffs="floats"))
@settings(max_examples=30)
def test_floats(game):
    payoffs = game.quantity_values(0, 1)[np.unique(game.payoff_numbers)]
    assert (np.abs(payoffs) <= 100).all()


@given(st.data(), st.sampled_from([(2,), (1,), (3, 2), (1, 4)]))
@settings(max_examples=40)
def test_families(data, shape):
    game = data.draw(extensive_forms(batch_shape=shape, payoffs="floats"))
    assert game.batch_shape == shape
    assert sg.subgame_perfect(game).payoffs.shape == (*shape, 2)


def has_chance_of_zero(game):
    found = game.exact_quantities()
    return any(found[i] == 0 for _, numbers in game.chance_probabilities() for i in numbers)


@pytest.mark.parametrize(
    "wanted",
    [
        has_chance_of_zero,
        lambda game: sg.subgame_perfect(game).ties,
        lambda game: not sg.subgame_perfect(game).unique,
        lambda game: depth(game.tree) == 4,
        lambda game: branches(game.tree) == 3,
        lambda game: any(len(below) == 1 for below in game.tree.child_lists),
        lambda game: {i.player for i in game.infosets} == {"a", "b"},
    ],
)
def test_what_is_drawn_sooner_or_later(wanted):
    assert wanted(find(extensive_forms(), wanted, settings=settings(max_examples=500)))


def test_games_shrink_to_readable_ones():
    game = find(extensive_forms(), lambda game: sg.subgame_perfect(game).ties)
    assert game.tree.size == 3  # one decision between two ends
    assert {x for payoffs in game.exact_payoffs() for x in payoffs.values()} == {Fraction(0)}


@given(extensive_forms(information="recall"))
@settings(max_examples=50)
def test_nothing_is_forgotten(game):
    assert game.has_perfect_recall


def test_information_that_is_drawn_sooner_or_later():
    games = {kind: extensive_forms(information=kind, max_nodes=12) for kind in ("recall", "any")}
    for strategy in games.values():
        find(strategy, lambda game: not game.has_perfect_information)
    find(games["any"], lambda game: game.absent_minded_infoset is not None)
    find(games["any"], lambda game: not game.has_perfect_recall and not game.absent_minded_infoset)


def test_without_chance_there_is_none():
    with pytest.raises(NoSuchExample):
        find(
            extensive_forms(chance=False),
            lambda game: bool((game.tree.mover == game.tree.CHANCE).any()),
            settings=settings(max_examples=50),
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_depth": -1}, "max_depth: -1; expected a whole number of 0 or more"),
        ({"max_depth": 1.5}, "max_depth: 1.5; expected a whole number of 0 or more"),
        ({"max_nodes": 0}, "max_nodes: 0; expected a whole number of 1 or more"),
        ({"max_branches": True}, "max_branches: True; expected a whole number of 1 or more"),
        ({"batch_shape": (2, 0)}, "batch_shape: 0; expected a whole number of 1 or more"),
        ({"payoffs": "decimals"}, "payoffs: 'decimals'; expected one of integers, floats"),
        ({"information": "all"}, "information: 'all'; expected one of perfect, recall, any"),
        ({"players": "ab"}, "players: 'ab'; expected a sequence of labels"),
        ({"players": []}, "players: []; expected a sequence of labels"),
    ],
)
def test_options_are_checked(options, message):
    with pytest.raises(sg.GameError) as caught:
        extensive_forms(**options)
    assert str(caught.value) == message


@given(perspectives())
@settings(max_examples=30)
def test_a_value_in_its_range_for_every_parameter(values):
    assert values.keys() == parameters().keys()
    for name, value in values.items():
        assert isinstance(value, float)
        assert parameters()[name].contains(value)
        if math.isinf(parameters()[name].upper):
            assert value <= 2
    assert values["hazard_none"] <= values["hazard_conditions"]


@given(perspectives(model="composite", largest=0.5))
@settings(max_examples=30)
def test_the_parameters_of_one_model(values):
    model = sg.model("composite")
    assert set(values) == set(model.parameter_names)
    assert values["peace_value_us"] <= 0.5
    assert np.isfinite(model.solve(values)["payoff_russia"])


@given(perspectives(between=("article", "guarantees")))
@settings(max_examples=30)
def test_values_between_two_perspectives(values):
    first, second = sg.perspective("article"), sg.perspective("guarantees")
    for name, value in values.items():
        low, high = sorted((first[name], second[name]))
        assert low <= value <= high


def test_values_shrink_to_the_first_perspective():
    strategy = perspectives(model="preconditions", between=("guarantees", "article"))
    shrunk = find(strategy, lambda values: True)  # noqa: ARG005
    guarantees = sg.perspective("guarantees")
    assert shrunk == {name: guarantees[name] for name in shrunk}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "composit"}, "unknown model 'composit'; did you mean 'composite'?"),
        ({"between": ("article", "rebutal")}, "perspective 'rebutal': neither a bundled"),
        ({"largest": 0}, "largest: 0; expected a positive finite number"),
        ({"largest": math.inf}, "largest: inf; expected a positive finite number"),
    ],
)
def test_options_of_perspectives_are_checked(options, message):
    with pytest.raises(sg.GameError) as caught:
        perspectives(**options)
    assert str(caught.value).startswith(message)


def test_without_hypothesis_the_error_says_what_to_install(monkeypatch):
    real_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == "hypothesis":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "summitgames.testing.strategies")
    with pytest.raises(ImportError, match=r"pip install 'summitgames\[testing\]'"):
        importlib.import_module("summitgames.testing.strategies")
