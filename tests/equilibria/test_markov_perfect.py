"""All pure Markov-perfect equilibria, against exact plain Python and published games."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import summitgames as sg
from reference.cases import FOLDER, read
from summitgames.kernels import markov
from summitgames.results import MarkovEquilibria, Status
from summitgames.testing import assert_markov_perfect, normal_forms, stochastic_games

GAMES = stochastic_games(players=(1, 3))
KINDS = ["integers", "fractions", "floats"]


def solve(rows: list[list[Fraction]], side: list[Fraction]) -> list[Fraction]:
    """Solve linear equations by Gauss-Jordan elimination."""
    size = len(side)
    table = [[*row, b] for row, b in zip(rows, side, strict=True)]
    for k in range(size):
        pivot = next(r for r in range(k, size) if table[r][k])
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [x / table[k][k] for x in table[k]]
        for r in range(size):
            if r != k:
                table[r] = [x - table[r][k] * y for x, y in zip(table[r], table[k], strict=True)]
    return [row[-1] for row in table]


def brute_force(game: sg.StochasticGame) -> Iterator[tuple[Any, list[list[Fraction]]]]:
    """Every pure equilibrium of a single game: profiles by state, and values by player."""
    numbers = game.exact_numbers()
    states = range(game.n_states)
    choices = [list(product(*map(range, game.available[s].tolist()))) for s in states]
    for policy in product(*choices):
        values = []
        for i, discount in enumerate(numbers.discounts):
            d = Fraction(discount.item())
            rows = [
                [(s == t) - d * Fraction(numbers.transitions[(s, *policy[s], t)]) for t in states]
                for s in states
            ]
            side = [Fraction(numbers.payoffs[i][(s, *policy[s])]) for s in states]
            values.append(solve(rows, side))
            if any(
                numbers.payoffs[i][(s, *other)]
                + d * sum(numbers.transitions[(s, *other, t)] * values[i][t] for t in states)
                > values[i][s]
                for s in states
                for action in range(int(game.available[s, i]))
                for other in [(*policy[s][:i], action, *policy[s][i + 1 :])]
            ):
                break
        else:
            yield policy, values


def policies(result: MarkovEquilibria) -> list[Any]:
    """The profiles by state of every equilibrium of a single game."""
    assert all(set(np.unique(mix)) <= {0, 1} for mix in result.strategies)
    states = range(result.game.n_states)
    return [tuple(tuple(int(mix[s].argmax()) for mix in mixes) for s in states) for mixes in result]


def assert_is_brute_force(game: sg.StochasticGame, result: MarkovEquilibria) -> None:
    expected = list(brute_force(game))
    assert policies(result) == [policy for policy, _ in expected]
    assert result.status == (Status.COMPLETE if expected else Status.NONE)
    for slot, (_, values) in enumerate(expected):
        sizes = [
            max(map(abs, payoff.ravel().tolist())) / (1 - float(discount))
            for payoff, discount in zip(game.payoffs, game.discounts, strict=True)
        ]
        for i, size in enumerate(sizes):
            # Backward error of the elimination, times the condition of the equations.
            tol = 1e-13 * size / (1 - float(game.discounts[i]))
            exact = np.array(values[i], dtype=float)
            np.testing.assert_allclose(result.values[slot, :, i], exact, atol=tol, rtol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_plain_python_agrees(kind: str) -> None:
    @settings(max_examples=60)
    @given(stochastic_games(players=(1, 3), payoffs=kind))
    def test(game: sg.StochasticGame) -> None:
        assert_is_brute_force(game, sg.markov_perfect(game))

    test()


@settings(max_examples=30)
@given(stochastic_games(actions=(1, 3), payoffs="integers"), st.integers(1, 5000))
def test_games_looked_at_one_by_one_are_pruned_without_loss(
    game: sg.StochasticGame, limit: int
) -> None:
    """A limit below the number of policies makes the solver throw out profiles first."""
    result = sg.markov_perfect(game, max_work=limit)
    if result.status in (Status.COMPLETE, Status.NONE):
        assert_is_brute_force(game, result)
    else:
        every = [policy for policy, _ in brute_force(game)]
        found = policies(result)
        assert result.message
        assert (result.status == Status.PARTIAL) or not found
        assert [policy for policy in every if policy in found] == found


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(game=stochastic_games(players=(1, 3), payoffs="integers"))
def test_parts_of_large_games_agree_with_plain_python(
    monkeypatch: pytest.MonkeyPatch, game: sg.StochasticGame
) -> None:
    monkeypatch.setattr("summitgames.equilibria.markov_perfect._SMALL", 4)
    assert_is_brute_force(game, sg.markov_perfect(game))


@pytest.mark.parametrize("kind", KINDS)
def test_a_family_is_its_games_one_by_one(kind: str) -> None:
    @settings(max_examples=20)
    @given(stochastic_games(payoffs=kind, batch_shape=(2, 3)))
    def test(game: sg.StochasticGame) -> None:
        result = sg.markov_perfect(game)
        for index in np.ndindex(2, 3):
            single = sg.markov_perfect(game[index])
            count = len(single)
            assert result.counts[index] == count
            assert result.status[index] == single.status
            for mix, own in zip(result.strategies, single.strategies, strict=True):
                assert mix[index][:count].tolist() == own.tolist()
                assert np.isnan(mix[index][count:]).all()
            np.testing.assert_allclose(result.values[index][:count], single.values, rtol=1e-9)

    test()


def test_more_games_than_lanes_on_two_threads() -> None:
    rng = np.random.default_rng(7)
    count = 4 * markov.LANES + 5
    payoffs = rng.integers(0, 3, (2, count, 2, 2, 2)).astype(float)
    moves = rng.dirichlet(np.ones(2), size=(count, 2, 2, 2))
    game = sg.StochasticGame(payoffs, moves, (0.7, rng.uniform(0, 0.9, count)))
    one, two = sg.markov_perfect(game, threads=1), sg.markov_perfect(game, threads=2)
    assert one.values.tobytes() == two.values.tobytes()
    for number in range(0, count, 17):
        assert one.counts[number] == len(list(brute_force(game[number])))


@settings(max_examples=40)
@given(normal_forms(players=(1, 3), actions=(1, 3)), st.sampled_from([0, 0.5, Fraction(9, 10)]))
def test_with_one_state_equilibria_are_those_of_the_stage_game(
    stage: sg.NormalForm, discount: Any
) -> None:
    """The future is the same whatever is played, so only the present counts."""
    payoffs = [array[np.newaxis] for array in stage.exact_payoffs()]
    game = sg.StochasticGame(payoffs, np.ones((1, *stage.n_actions, 1)), discount)
    found = [policy[0] for policy in policies(sg.markov_perfect(game))]
    assert found == [tuple(profile) for profile in np.argwhere(sg.pure_nash(stage)).tolist()]


@settings(max_examples=30)
@given(stochastic_games(all_available=True), st.randoms(use_true_random=False))
def test_permuting_states_and_players_permutes_equilibria(game: Any, random: Any) -> None:
    states, players = list(range(game.n_states)), list(range(game.n_players))
    random.shuffle(states)
    random.shuffle(players)
    numbers = game.exact_numbers()
    axes = [0, *(1 + p for p in players)]
    turned = sg.StochasticGame(
        [numbers.payoffs[p].transpose(axes)[states] for p in players],
        numbers.transitions.transpose([*axes, -1])[states][..., states],
        tuple(numbers.discounts[p].item() for p in players),
    )
    expected = {
        tuple(tuple(policy[s][p] for p in players) for s in states)
        for policy in policies(sg.markov_perfect(game))
    }
    assert set(policies(sg.markov_perfect(turned))) == expected


@settings(max_examples=30)
@given(GAMES, st.fractions(Fraction(1, 5), 5), st.fractions(-4, 4))
def test_units_and_origins_of_payoffs_change_nothing(
    game: sg.StochasticGame, unit: Fraction, origin: Fraction
) -> None:
    numbers = game.exact_numbers()
    first, *rest = numbers.payoffs
    moved = sg.StochasticGame(
        [first * unit + origin, *rest],
        numbers.transitions,
        tuple(discount.item() for discount in numbers.discounts),
        available=game.available,
    )
    assert policies(sg.markov_perfect(moved)) == policies(sg.markov_perfect(game))


@settings(max_examples=30)
@given(stochastic_games(players=(1, 3), payoffs="floats", batch_shape=(3,)))
def test_no_deviation_gains(game: sg.StochasticGame) -> None:
    result = sg.markov_perfect(game)
    assert_markov_perfect(game, result)
    assert result.regret.shape == result.exists.shape
    assert np.isnan(result.regret[~result.exists]).all()


def two_states(first: Any, second: Any, discount: Any) -> sg.StochasticGame:
    """One player: what staying pays, and what moving on does, to a state that pays nothing."""
    return sg.StochasticGame(
        [[[first, second], [0, 0]]], [[[1, 0], [0, 1]], [[0, 1], [0, 1]]], discount,
        available=[[2], [1]],
    )  # fmt: skip


def test_ties_are_ties_of_the_numbers_given() -> None:
    """Staying pays x / (1 - d) = 10 x; floats of 1/10 and 9/10 make it a little more or less."""
    tenth = Fraction(1, 10)
    assert len(sg.markov_perfect(two_states(tenth, 1, 1 - tenth))) == 2
    exactly = 0.1 / (1 - Fraction(0.9))
    floats = sg.markov_perfect(two_states(0.1, 1.0, 0.9))
    assert policies(floats) == [((int(exactly < 1),), (0,))]
    least = sg.markov_perfect(two_states(tenth, 1 + Fraction(1, 10**40), 1 - tenth))
    assert policies(least) == [((1,), (0,))]


@pytest.mark.parametrize("unit", [Fraction(1, 10**300), 1, 10**280, Fraction(1, 10**320)])
def test_units_beyond_what_floats_bear(unit: Any) -> None:
    discount = 1 - Fraction(1, 10**9)
    for more, expected in ((-1, [0]), (0, [0, 1]), (1, [1])):
        bonus = unit * (10**9 + more * Fraction(1, 10**6))
        found = policies(sg.markov_perfect(two_states(unit, bonus, discount)))
        assert [policy[0][0] for policy in found] == expected


def test_actions_that_are_the_same_tie_in_floats_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeated rows and values that are 0 are decided without exact arithmetic."""
    monkeypatch.setattr(
        "summitgames.equilibria.exact_policies.ExactPolicies.equilibrium_values", None
    )
    rng = np.random.default_rng(3)
    payoffs = rng.random((2, 100, 2, 2, 1)).repeat(2, axis=4)
    moves = rng.dirichlet(np.ones(2), size=(100, 2, 2, 1)).repeat(2, axis=3)
    result = sg.markov_perfect(sg.StochasticGame(payoffs, moves, 0.9))
    assert (result.counts % 4 == 0).all()
    assert result.counts.max() >= 4
    nothing = sg.StochasticGame(np.zeros((2, 3, 2, 2)), rng.dirichlet(np.ones(3), (3, 2, 2)), 0.9)
    assert len(sg.markov_perfect(nothing)) == 64


def test_limit_of_work() -> None:
    rng = np.random.default_rng(5)
    moves = rng.dirichlet(np.ones(6), size=(6, 2, 2))
    game = sg.StochasticGame(rng.random((2, 3, 6, 2, 2)), moves, 0.99)
    result = sg.markov_perfect(game, max_work=1000)
    assert (result.status == Status.FAILED).all()
    assert not result.exists.any()
    assert result.message == "more policy profiles than max_work, 1000 in 3 of 3 games"
    whole = sg.markov_perfect(game)
    assert set(whole.status.tolist()) <= {Status.COMPLETE, Status.NONE}
    eighths = rng.multinomial(8, [0.2] * 5, size=(5, 2)) / 8
    tied = sg.StochasticGame([np.full((5, 2), 0.1)], eighths, 0.9)
    few = sg.markov_perfect(tied, max_work=3000)
    assert few.status == Status.PARTIAL
    assert 0 < len(few) < 32
    assert "ties that take more exact arithmetic than max_work, 3000" in few.message


def test_dominated_actions_cost_no_work() -> None:
    """4^12 policies, of which one is left after the thought that no future makes up for a loss."""
    rng = np.random.default_rng(6)
    payoffs = np.zeros((2, 12, 2, 2))
    payoffs[0, :, 1] = payoffs[1, :, :, 1] = 10
    game = sg.StochasticGame(
        payoffs + rng.random(payoffs.shape), rng.dirichlet(np.ones(12), (12, 2, 2)), 0.5
    )
    result = sg.markov_perfect(game, max_work=1)
    assert policies(result) == [((1, 1),) * 12]
    assert result.status == Status.COMPLETE


@pytest.mark.parametrize("available", [[[4, 5], [4, 5], [4, 5]], [[3, 5], [4, 4], [4, 5]]])
def test_policies_of_large_games_fill_the_lanes(available: list[list[int]]) -> None:
    """More than 4096 policies, all compared with NumPy on whole arrays."""
    rng = np.random.default_rng(11)
    # One action as good as another: next to nothing can be thrown out.
    payoffs, moves = rng.random((2, 3, 4, 5)), rng.dirichlet(np.full(3, 0.2), size=(3, 4, 5))
    game = sg.StochasticGame(payoffs, moves, (0.99, 0.95), available=available)
    choices = [list(product(*map(range, counts))) for counts in available]
    chosen = np.array(list(product(*choices)))  # (policies, states, players)
    assert len(chosen) > 4096
    here, (first, second) = np.arange(3), np.moveaxis(chosen, -1, 0)
    holds = np.ones(len(chosen), dtype=bool)
    for i, d in enumerate((0.99, 0.95)):
        rows, pays = moves[here, first, second], payoffs[i][here, first, second]
        values = np.linalg.solve(np.eye(3) - d * rows, pays[..., np.newaxis])[..., 0]
        every = payoffs[i] + d * np.einsum("sabt,pt->psab", moves, values)
        for s in range(3):
            for action in range(available[s][i]):
                own = (action, second[:, s]) if i == 0 else (first[:, s], action)
                other = every[np.arange(len(chosen)), s, own[0], own[1]]
                holds &= other <= values[:, s] + 1e-10
    expected = [tuple(map(tuple, policy)) for policy in chosen[holds].tolist()]
    assert policies(sg.markov_perfect(game)) == expected
    tied = sg.StochasticGame(0 * payoffs, moves, 0.9, available=available)
    assert policies(sg.markov_perfect(tied)) == [tuple(map(tuple, p)) for p in chosen.tolist()]


def test_a_game_without_pure_equilibria() -> None:
    pennies = np.array([[[1, -1], [-1, 1]]])
    result = sg.markov_perfect(sg.StochasticGame([pennies, -pennies], np.ones((1, 2, 2, 1)), 0.5))
    assert result.status == Status.NONE
    assert result.values.shape == (0, 1, 2)
    assert repr(result) == "<MarkovEquilibria: 0 by pure, NONE>"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mixed"}, "unknown method 'mixed'; did you mean 'pure'?"),
        ({"max_work": 0}, "max_work: 0; expected a positive whole number or None"),
        ({"threads": -1}, "threads: -1; expected a positive whole number or None"),
    ],
)
def test_options_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(sg.GameError) as caught:
        sg.markov_perfect(two_states(1, 1, 0.5), **options)
    assert str(caught.value).startswith(message)
    with pytest.raises(sg.GameError, match="game: NormalForm; expected a StochasticGame"):
        sg.markov_perfect(sg.NormalForm([[1]]))  # type: ignore[arg-type]


def test_result_travels_and_speaks() -> None:
    game = two_states(1, 1, 0.5)[...]
    result = sg.markov_perfect(game)
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301
    assert copy.values.tolist() == result.values.tolist() == [[[2.0], [0.0]]]
    assert result.labels() == [{"1": {"1": "1"}, "2": {}}]
    data = result.to_xarray()
    assert data["strategy_1"].dims == ("equilibrium", "state", "action_1")
    assert data["value"].sel(state="1", player="1").item() == 2
    half = replace(result, strategies=(np.array([[[0.5, 0.5], [1, 0]]]),))
    with pytest.raises(sg.GameError, match="equilibrium 0: mixed in state '1'"):
        half.labels()
    family = sg.markov_perfect(two_states(1, 1, [0.5, 0.6]))
    for use in (len, list):
        with pytest.raises(TypeError, match=r"equilibria of a family of shape \(2,\)"):
            use(family)


def test_corridor_is_walked() -> None:
    """Values of a one-player game whose goal alone pays."""
    case = read(FOLDER / "corridor.json")
    given_, answer = case.input, case.answer["values"]
    states, actions = given_["states"], given_["actions"]
    moves = [
        [[given_["transitions"][s][a].get(t, 0) for t in states] for a in actions] for s in states
    ]
    payoffs = [[given_["payoffs"][s] for s in states]]
    game = sg.StochasticGame(payoffs, moves, given_["discount"], states=states, actions=[actions])
    result = sg.markov_perfect(game)
    for labels in result.labels():
        assert labels["start"] == labels["middle"] == {"1": "advance"}
    assert len(result) == 4  # what is done in the goal and when all is over does not matter
    for state, value in answer.items():
        number = game.state(state)
        np.testing.assert_allclose(result.values[:, number, 0], float(value), rtol=1e-15)


ACTIONS = {
    "war": [["hold", "withdraw", "resign"], ["arm", "stop"], ["press", "pause"]],
    "lifted": [["call", "delay"], ["-"], ["-"]],
    "elected": [["-"], ["-"], ["sign", "wait"]],
    "acting": [["-"], ["-"], ["sign", "wait"]],
    "peace": [["-"], ["-"], ["-"]],
}


def vicious_cycle(name: str) -> sg.StochasticGame:
    """A front that holds nobody back alone: five states, three players, two idle ones in most."""
    p = sg.perspective(name)
    states = list(ACTIONS)
    payoffs, moves = np.zeros((3, 5, 3, 2, 2)), np.zeros((5, 3, 2, 2, 5))
    relief = [p[f"war_cost_{actor}"] for actor in ("ukraine", "europe", "russia")]
    for u, e, r in product(range(3), range(2), range(2)):
        withdraw, resign, stop, press = u == 1, u == 2, e == 1, r == 0
        front = not withdraw and stop and press
        payoffs[:, 0, u, e, r] = [
            -p["withdrawal_cost_ukraine"] * withdraw
            - p["office_rents_ukraine"] * resign
            - p["front_loss_ukraine"] * front,
            stop * (p["arms_cost_europe"] - p["front_loss_europe"] * (not withdraw)),
            p["front_gain_russia"] * front
            - p["pause_cost_russia"] * (not press)
            + p["pocket_value_russia"] * (withdraw and not stop),
        ]
        lifts = 0.0 if press else p["ceasefire_lifts"]
        row = [1 - lifts, lifts, 0, 0, 0]
        if withdraw and stop:
            row = [0, 1, 0, 0, 0]
        moves[0, u, e, r] = [0, 0, 0, 1, 0] if resign else row
    payoffs[:, 1] = np.reshape(relief, (3, 1, 1, 1))
    payoffs[0, 1, 0] -= (1 - p["reelection"]) * p["office_rents_ukraine"]
    moves[1, 0, ..., 2] = 1
    moves[1, 1, ..., :2] = [p["relapse"], 1 - p["relapse"]]
    for s, who in ((2, "elected"), (3, "acting")):
        d = 1 - p["turnover"] * (1 - p[f"legitimacy_{who}"])
        signed = [
            d * p["peace_value_ukraine"] - p["conditions_cost_ukraine"] + p["summit_prize_ukraine"],
            d * (p["peace_value_europe"] - p["russian_terms_loss_europe"]),
            d * p["settlement_value_russia"] - (1 - d) * p["betrayal_loss_russia"],
        ]
        if who == "elected":
            payoffs[:, s] = np.reshape(relief, (3, 1, 1, 1))
        payoffs[:, s, ..., 0] += np.reshape(signed, (3, 1, 1))
        moves[s, ..., 0, :] = [1 - d, 0, 0, 0, d]
        moves[s, ..., 1, 0] = p["relapse"]
        moves[s, ..., 1, s] = 1 - p["relapse"]
    moves[4, ..., 4] = 1
    return sg.StochasticGame(
        payoffs, moves, p["discount_quarter"], players=["u", "e", "r"], states=states,
        actions=ACTIONS,
    )  # fmt: skip


HELD = {"u": "hold", "e": "arm", "r": "press"}


@pytest.mark.parametrize(
    ("name", "wars", "calls", "war", "lifted", "quarters"),
    [
        ("article", [HELD], "delay", [[0, 0, 0]], [[0.07874, 0.03937, 0.07874]], [[np.inf] * 4]),
        ("rebuttal", [HELD], "delay", [[0, 0, 0]], [[0.07874, 0.03937, 0.15748]], [[np.inf] * 4]),
        (
            "guarantees",
            [{**HELD, "r": "pause"}, {**HELD, "u": "resign"}],
            "call",
            [[0.414482, -0.445615, 0.712978], [0.249527, -0.483177, 0.929345]],
            [[0.44012, -0.473178, 0.963265], [0.435463, -0.474239, 0.969373]],
            [[4.123711, 2.123711, 1.123711, 1.247423], [2.12766, 2.06383, 1.06383, 1.12766]],
        ),
    ],
)
def test_vicious_cycle(
    name: str, wars: Any, calls: str, war: Any, lifted: Any, quarters: Any
) -> None:
    """Values of an independent program, to the six digits that it prints."""
    game = vicious_cycle(name)
    result = sg.markov_perfect(game)
    assert result.status == Status.COMPLETE
    expected = [
        {"war": w, "lifted": {"u": calls}, "elected": {"r": "sign"}, "acting": {"r": "sign"},
         "peace": {}}
        for w in wars
    ]  # fmt: skip
    assert result.labels() == expected
    np.testing.assert_allclose(result.values[:, 0], war, atol=6e-7)
    np.testing.assert_allclose(result.values[:, 1], lifted, atol=6e-7)
    times = sg.absorption_time(game, result, "peace")
    np.testing.assert_allclose(times[:, :4], quarters, rtol=6e-7)
    assert_is_brute_force(game, result)
