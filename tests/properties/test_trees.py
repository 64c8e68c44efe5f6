"""Backward induction on random trees, against plain recursions over nested tuples.

Payoffs are small whole numbers and probabilities quarters, so that ties abound and floats are
exact: whatever the solver finds has to be equal, not near.
"""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import summitgames as sg
from summitgames.testing import assert_subgame_perfect

PLAYERS = ("a", "b", "c")
QUARTERS = [Fraction(n, 4) for n in range(5)]


@st.composite
def plain_trees(draw, *, draws=1, max_depth=4, max_leaves=12):
    """Nested tuples ("end", payoffs), ("chance", branches) and (player, actions).

    Payoffs and probabilities are tuples with one number for each of `draws` games.
    """
    leaves = max_leaves

    def numbers(strategy):
        return tuple(draw(strategy) for _ in range(draws))

    def split(branches):
        """Quarters that sum to 1, often 0."""
        cuts = sorted(draw(st.integers(0, 4)) for _ in range(branches - 1))
        return [Fraction(b - a, 4) for a, b in itertools.pairwise([0, *cuts, 4])]

    def node(depth):
        nonlocal leaves
        most = min(3, leaves)
        kinds = ["end"] if depth == max_depth or most < 1 else ["end", "chance", *PLAYERS]
        kind = draw(st.sampled_from(kinds[1:] if depth == 0 and len(kinds) > 1 else kinds))
        if kind == "end":
            return "end", tuple(numbers(st.integers(-2, 2)) for _ in PLAYERS)
        branches = draw(st.integers(1, most))
        leaves -= branches - 1
        if kind == "chance":
            splits = [split(branches) for _ in range(draws)]
            shares = [tuple(column) for column in zip(*splits, strict=True)]
            return "chance", tuple((share, node(depth + 1)) for share in shares)
        return kind, tuple(node(depth + 1) for _ in range(branches))

    return node(0)


def declare(tree, number=lambda numbers: numbers[0], amount=lambda _, payoff: payoff):
    """The same as nodes of the library; `number` picks from a tuple, `amount` changes payoffs."""
    kind, below = tree
    if kind == "end":
        payoffs = {
            player: amount(player, number(numbers))
            for player, numbers in zip(PLAYERS, below, strict=True)
        }
        return sg.Outcome("end", payoffs)
    if kind == "chance":
        return sg.Chance(
            {
                f"c{i}": (number(share), declare(node, number, amount))
                for i, (share, node) in enumerate(below)
            }
        )
    actions = {f"a{i}": declare(node, number, amount) for i, node in enumerate(below)}
    return sg.Decision(kind, actions)


def game_of(tree, *options):
    return sg.ExtensiveForm(declare(tree, *options), players=PLAYERS)


def array(numbers):
    return np.array([float(number) for number in numbers])


def at(tree, index):
    """One game of a family."""
    kind, below = tree
    if kind == "end":
        return kind, tuple((numbers[index],) for numbers in below)
    if kind == "chance":
        return kind, tuple(((share[index],), at(node, index)) for share, node in below)
    return kind, tuple(at(node, index) for node in below)


def ends(tree):
    """Number of outcomes."""
    kind, below = tree
    if kind == "end":
        return 1
    return sum(ends(branch[1] if kind == "chance" else branch) for branch in below)


def blend(weights, parts):
    """Weighted sum of equally long tuples."""
    return tuple(
        sum((w * x for w, x in zip(weights, column, strict=True)), Fraction(0))
        for column in zip(*parts, strict=True)
    )


def padded(parts):
    """Distributions over each branch's outcomes as distributions over all of them."""
    sizes = [len(part) for part in parts]
    for i, part in enumerate(parts):
        yield (0,) * sum(sizes[:i]) + part + (0,) * sum(sizes[i + 1 :])


def solve(tree):
    """First-listed equilibrium: payoffs, distribution over outcomes, choices by way, any tie."""
    kind, below = tree
    if kind == "end":
        return tuple(Fraction(x) for (x,) in below), (Fraction(1),), {}, False
    nodes = [branch[1] for branch in below] if kind == "chance" else below
    solved = [solve(node) for node in nodes]
    prefix = "c" if kind == "chance" else "a"
    choices = {
        (f"{prefix}{i}", *way): choice
        for i, (_, _, found, _) in enumerate(solved)
        for way, choice in found.items()
    }
    tied = any(found[3] for found in solved)
    reached = list(padded([found[1] for found in solved]))
    if kind == "chance":
        weights = [share for (share,), _ in below]
        return blend(weights, [s[0] for s in solved]), blend(weights, reached), choices, tied
    own = [found[0][PLAYERS.index(kind)] for found in solved]
    choice = own.index(max(own))
    choices[()] = choice
    return solved[choice][0], reached[choice], choices, tied or own.count(max(own)) > 1


def all_equilibria(tree):
    """Payoffs and distributions over outcomes of every pure subgame-perfect equilibrium."""
    kind, below = tree
    if kind == "end":
        return {(tuple(Fraction(x) for (x,) in below), (Fraction(1),))}
    nodes = [branch[1] for branch in below] if kind == "chance" else below
    found = set()
    for solved in itertools.product(*map(all_equilibria, nodes)):
        reached = list(padded([distribution for _, distribution in solved]))
        payoffs = [payoff for payoff, _ in solved]
        if kind == "chance":
            weights = [share for (share,), _ in below]
            found.add((blend(weights, payoffs), blend(weights, reached)))
            continue
        own = [payoff[PLAYERS.index(kind)] for payoff in payoffs]
        best = (i for i, value in enumerate(own) if value == max(own))
        found |= {(payoffs[i], reached[i]) for i in best}
    return found


def intervals(tree):
    """Lower and upper ends of all values over tie-breaks, and whether play is proved unique."""
    kind, below = tree
    if kind == "end":
        values = tuple(Fraction(x) for (x,) in below)
        return values, values, True
    if kind == "chance":
        weights = [share for (share,), _ in below]
        lower, upper, settled = zip(*(intervals(node) for _, node in below), strict=True)
        proved = all(s for s, weight in zip(settled, weights, strict=True) if weight > 0)
        return blend(weights, lower), blend(weights, upper), proved
    mover = PLAYERS.index(kind)
    found = [intervals(node) for node in below]
    best_lower = max(lower[mover] for lower, _, _ in found)
    best_upper = max(upper[mover] for _, upper, _ in found)
    may = [branch for branch in found if branch[1][mover] >= best_lower]
    low = [min(branch[0][player] for branch in may) for player in range(len(PLAYERS))]
    high = [max(branch[1][player] for branch in may) for player in range(len(PLAYERS))]
    low[mover], high[mover] = best_lower, best_upper
    return tuple(low), tuple(high), len(may) == 1 and may[0][2]


def likeliest(tree):
    """Labels along the equilibrium path, at chance moves the first of the likeliest branches."""
    kind, below = tree
    if kind == "end":
        return []
    if kind == "chance":
        shares = [share for (share,), _ in below]
        branch = shares.index(max(shares))
        return [f"c{branch}", *likeliest(below[branch][1])]
    choice = solve(tree)[2][()]
    return [f"a{choice}", *likeliest(below[choice])]


@given(plain_trees())
@settings(max_examples=150)
def test_equals_a_plain_recursion(tree):
    game = game_of(tree)
    found = sg.subgame_perfect(game)
    payoffs, distribution, choices, tied = solve(tree)
    assert found.payoffs.tolist() == list(payoffs)
    assert found.expected_payoffs().tolist() == list(payoffs)
    assert found.outcome_probabilities.tolist() == list(distribution)
    assert found.path == " > ".join(likeliest(tree))
    assert found.ties is tied
    assert found.status == (sg.Status.PARTIAL if tied else sg.Status.COMPLETE)
    assert len(found.behavior) == len(choices)
    for way, choice in choices.items():
        probabilities = found.behavior[" > ".join(way)]
        assert probabilities.tolist() == [float(i == choice) for i in range(probabilities.size)]
    assert sg.regret(game, found) == 0
    assert_subgame_perfect(game, found)


@given(plain_trees(max_leaves=8))
@settings(max_examples=300)
def test_unique_against_every_way_of_breaking_ties(tree):
    found = sg.subgame_perfect(game_of(tree))
    equilibria = all_equilibria(tree)
    assert (tuple(found.payoffs), tuple(found.outcome_probabilities)) in equilibria
    assert found.unique is intervals(tree)[2]
    if found.unique:
        assert len({distribution for _, distribution in equilibria}) == 1
    if not found.ties:
        assert found.unique


@given(plain_trees(draws=3))
@settings(max_examples=60)
def test_a_batch_is_its_games_one_by_one(tree):
    batch = game_of(tree, array)
    found = sg.subgame_perfect(batch)
    shape = batch.batch_shape
    assert shape == (3,)
    for index in range(3):
        one = sg.subgame_perfect(game_of(at(tree, index)))
        assert found.payoffs[index].tolist() == one.payoffs.tolist()
        assert found.path[index] == one.path
        assert found.ties[index] == one.ties
        assert found.unique[index] == one.unique
        assert found.status[index] == one.status
        np.testing.assert_array_equal(found.outcome_probabilities[index], one.outcome_probabilities)
        for key, probabilities in one.behavior.items():
            assert found.behavior[key][index].tolist() == probabilities.tolist()
    assert sg.regret(batch, found).tolist() == [0, 0, 0]


SCALES = st.sampled_from([Fraction(1, 2), 1, 3, 1024])


@given(plain_trees(), st.tuples(SCALES, SCALES, SCALES), st.tuples(*[st.integers(-9, 9)] * 3))
@settings(max_examples=60)
def test_positive_affine_changes_of_payoffs_change_no_choice(tree, scales, shifts):
    scale, shift = (dict(zip(PLAYERS, by, strict=True)) for by in (scales, shifts))
    before = sg.subgame_perfect(game_of(tree))
    after = sg.subgame_perfect(
        game_of(tree, lambda numbers: numbers[0], lambda p, x: scale[p] * x + shift[p])
    )
    assert before.path == after.path
    assert (before.ties, before.unique) == (after.ties, after.unique)
    np.testing.assert_array_equal(before.behavior.choices, after.behavior.choices)
    expected = [
        scale[p] * Fraction(x) + shift[p] for p, x in zip(PLAYERS, before.payoffs, strict=True)
    ]
    assert after.payoffs.tolist() == [float(x) for x in expected]


def mirrored(tree):
    """The same with all actions and branches in the opposite order."""
    kind, below = tree
    if kind == "end":
        return tree
    if kind == "chance":
        return kind, tuple((share, mirrored(node)) for share, node in reversed(below))
    return kind, tuple(mirrored(node) for node in reversed(below))


@given(plain_trees())
@settings(max_examples=60)
def test_the_order_of_actions_decides_ties_only(tree):
    first, second = sg.subgame_perfect(game_of(tree)), sg.subgame_perfect(game_of(mirrored(tree)))
    assert first.unique is second.unique
    if first.unique:
        assert first.payoffs.tolist() == second.payoffs.tolist()
        assert first.outcome_probabilities.tolist() == second.outcome_probabilities[::-1].tolist()


@given(plain_trees(), st.data())
@settings(max_examples=100)
def test_regret_finds_every_planted_deviation(tree, data):
    game = game_of(tree)
    found = sg.subgame_perfect(game)
    losses = {
        (key, action): float(payoffs.max() - payoffs[action])
        for key in found.behavior
        for payoffs in [found.action_payoffs(key)]
        for action in range(payoffs.size)
        if payoffs[action] < payoffs.max()
    }
    assume(losses)
    key, action = data.draw(st.sampled_from(sorted(losses)))
    strategies = dict(found.behavior)
    strategies[key] = np.eye(strategies[key].size)[action]
    assert sg.regret(game, strategies) >= losses[key, action]
    with pytest.raises(AssertionError, match="not subgame perfect: player"):
        assert_subgame_perfect(game, strategies)


def one_shot_gain(tree, strategies, way=()):
    """Payoffs under strategies and the largest gain by one other action, over all nodes."""
    kind, below = tree
    if kind == "end":
        return tuple(Fraction(x) for (x,) in below), Fraction(0)
    prefix = "c" if kind == "chance" else "a"
    nodes = [branch[1] for branch in below] if kind == "chance" else below
    found = [one_shot_gain(n, strategies, (*way, f"{prefix}{i}")) for i, n in enumerate(nodes)]
    gain = max(g for _, g in found)
    if kind == "chance":
        return blend([share for (share,), _ in below], [v for v, _ in found]), gain
    values = blend(strategies[" > ".join(way)], [v for v, _ in found])
    mover = PLAYERS.index(kind)
    return values, max(gain, *(v[mover] - values[mover] for v, _ in found))


@given(plain_trees(max_depth=3), st.data())
@settings(max_examples=100)
def test_regret_of_mixed_strategies_equals_a_plain_recursion(tree, data):
    game = game_of(tree)
    strategies = {}
    for infoset in game.infosets:
        cuts = sorted(data.draw(st.integers(0, 4)) for _ in infoset.actions[1:])
        strategies[infoset.key] = [Fraction(b - a, 4) for a, b in itertools.pairwise([0, *cuts, 4])]
    floats = {key: [float(p) for p in mix] for key, mix in strategies.items()}
    assert sg.regret(game, floats) == one_shot_gain(tree, strategies)[1]
