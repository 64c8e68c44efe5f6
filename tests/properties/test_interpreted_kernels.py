"""Kernels give the same bits in Python as compiled, so that first and later calls agree.

Each front door solves games in which every call of a kernel is made twice, on copies of the same
arrays. Payoffs are uniform, full of ties, and in units of the players' own from 1e-100 to 1e100.
"""

import math
import sys
from functools import wraps
from types import FunctionType

import numba
import numpy as np
import pytest

import summitgames as sg
from summitgames.equilibria import (
    correlated,
    critical_discount,
    dominance,
    lemke_howson,
    logit,
    logit_trees,
    markov_perfect,
    minmax,
    optimal_threats,
    payoff_set,
    perfect_bayesian,
    policies,
    pure_nash,
    sequence_form,
    support_enumeration,
    vertex_enumeration,
    zero_sum,
)
from summitgames.kernels import _jit, programs

#: Named here so that they are imported, and their kernels known.
FRONT_DOORS = (
    correlated, critical_discount, dominance, lemke_howson, logit, logit_trees, markov_perfect,
    minmax, optimal_threats, payoff_set, perfect_bayesian, policies, pure_nash, sequence_form,
    support_enumeration, vertex_enumeration, zero_sum,
)  # fmt: skip

pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")


def copied(value):
    if isinstance(value, np.ndarray):
        copy = np.empty_like(value)  # in the same order in memory
        copy[...] = value
        return copy
    if isinstance(value, tuple):
        parts = [copied(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def assert_same(one, other):
    """To the bit, but that any NaN is as good as another."""
    if isinstance(one, tuple):
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif one is not None:
        a, b = np.asarray(one), np.asarray(other)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
        if a.dtype.kind == "f":
            there = ~np.isnan(a)
            np.testing.assert_array_equal(np.signbit(a[there]), np.signbit(b[there]))


def kernel_name(kernel):
    return f"{kernel.__module__.rpartition('.')[2]}.{kernel.__name__}"


def is_interpreted(value):
    return isinstance(value, FunctionType) and getattr(value, "interpret", 0) > 0


def all_kernels():
    """Kernels interpreted at first, and where modules hold them: dictionaries and keys."""
    held = {}
    modules = [vars(m) for name, m in sys.modules.items() if name.startswith("summitgames.")]
    tables = [value for names in modules for value in names.values() if type(value) is dict]
    for table in modules + tables:
        for name, value in table.items():
            if is_interpreted(value):
                held.setdefault(value, []).append((table, name))
    return held


@pytest.fixture
def compared(monkeypatch):
    """Names of the kernels that were called, in both ways with the same results."""
    seen = set()

    def comparing(kernel):
        @wraps(kernel)
        def both(*arguments):
            given = copied(arguments)
            found = _jit._for_compiler(kernel)(*arguments)
            with np.errstate(all="ignore"):
                again = _jit._plain(kernel.__wrapped__(*given))
            assert_same(found, again)
            assert_same(arguments, given)
            seen.add(kernel_name(kernel))
            return found

        return both

    for kernel, places in all_kernels().items():
        for table, name in places:
            monkeypatch.setitem(table, name, comparing(kernel))
    return seen


UNITS = [1e-100, 1e-12, 1.0, 1.0, 1e12, 1e100]


def payoff_tables(rng, shape, players=2):
    """Payoffs of each player: of every kind that there is."""
    uniform = [rng.random(shape) for _ in range(players)]
    tied = [rng.integers(0, 3, shape) + 0.0 for _ in range(players)]
    units = rng.choice(UNITS, players)
    yield uniform
    yield tied
    yield [rng.choice([-0.0, 0.0, 1.0], shape) for _ in range(players)]
    yield [np.zeros(shape)] * players
    yield [array * unit for array, unit in zip(uniform, units, strict=True)]
    yield [array * unit for array, unit in zip(tied, units[::-1], strict=True)]
    yield [rng.integers(0, 2, shape) + 1e-14 * array for array in uniform]


def normal_forms(seed, *sizes, batch=(3,), players=2):
    rng = np.random.default_rng(seed)
    for size in sizes:
        for tables in payoff_tables(rng, (*batch, *size), players):
            yield sg.NormalForm(tables)


def trees(seed):
    rng = np.random.default_rng(seed)
    for first, second in payoff_tables(rng, (6,)):

        def outcome(name, n, first=first, second=second):
            return sg.Outcome(name, {"a": first[n], "b": second[n]})

        def deal(n, outcome=outcome):
            reply = sg.Decision(
                "b",
                {"meet": outcome(f"met{n}", n), "pass": outcome(f"won{n}", n + 1)},
                infoset="reply",
            )
            return sg.Decision("a", {"bet": reply, "fold": outcome(f"lost{n}", n + 2)})

        chance = sg.Chance({"high": (0.25, deal(0)), "low": (0.75, deal(3))})
        yield sg.ExtensiveForm(chance, players=["a", "b"])


def stochastic_games(seed, discounts=(0.6, 0.6), states=2):
    rng = np.random.default_rng(seed)
    moves = rng.dirichlet(np.ones(states), size=(states, 2, 2))
    for tables in payoff_tables(rng, (states, 2, 2)):
        yield sg.StochasticGame(tables, moves, discounts)


def supports():
    for game in normal_forms(0, (2, 2), (2, 3), (3, 3), (4, 4)):
        sg.support_enumeration(game)
    for game in normal_forms(1, (2, 2), (3, 3), batch=(65,)):
        sg.support_enumeration(game)


def lemke_howson_of_all_labels():
    for game in normal_forms(2, (1, 3), (2, 2), (3, 4), (9, 9)):
        sg.lemke_howson(game, initial_label="all")


def linear_programs():
    for game in normal_forms(3, (2, 2), (3, 4), (9, 9)):
        sg.zero_sum_value(sg.NormalForm.zero_sum(game.payoffs[0]))
        sg.correlated_equilibrium(game)
        sg.correlated_equilibrium(game, coarse=True)
        sg.eliminate_dominated(game)
        sg.eliminate_dominated(game, strict=False)
    for game in normal_forms(4, (3, 3), batch=(70,)):
        sg.zero_sum_value(sg.NormalForm.zero_sum(game.payoffs[0]))


def logit_branches():
    for game in [
        *normal_forms(5, (2, 2), (3, 3)),
        *normal_forms(6, (2, 2, 2), batch=(), players=3),
        *trees(7),
    ]:
        sg.logit_path(game)
        spread = max(map(np.ptp, getattr(game, "payoffs", [np.ones(1)])))
        if 0 < spread < 1e50:
            sg.logit_qre(game, 2.0 / spread)


def markov_games():
    here = [[[1, 0], [0.5, 0.5]], [[0, 1], [1, 0]]]
    for game in stochastic_games(8):
        sg.markov_perfect(game)
        sg.policy_values(game, here)
        sg.long_run(game, here)
        sg.absorption_time(game, here, game.states[1])
    for game in stochastic_games(9):
        try:
            sg.markov_perfect(game, method="logit")
        except sg.SolverError:  # a branch that cannot be followed
            continue


def payoff_sets():
    for game in normal_forms(10, (2, 2), batch=()):
        for discounts in (0.6, (0.5, 0.7)):
            sg.payoff_set(sg.RepeatedGame(game, discounts))
    for discounts in ((0.6, 0.6), (0.5, 0.6)):
        for game in stochastic_games(11, discounts):
            sg.payoff_set(game, max_work=40)


def thresholds():
    for game in normal_forms(12, (2, 2), (2, 3)):
        sg.minmax(game)
    for game in normal_forms(13, (2, 2)):
        for threat in ("nash", "minmax", "optimal"):
            sg.critical_discount(game, [0, 0], punishment=threat)


def pure():
    for game in normal_forms(14, (2, 3)):
        sg.pure_nash(game)
    for game in normal_forms(15, (2, 3, 2), players=3):
        sg.pure_nash(game)


def sequences():
    for game in trees(16):
        sg.sequence_form(game)


def signaling():
    rng = np.random.default_rng(17)
    for tables in payoff_tables(rng, (3, 2, 2, 2)):
        found = sg.perfect_bayesian(sg.SignalingGame([0.25, 0.75], *tables))
        assert found.beliefs is not None


SPECIAL = [0.0, -0.0, 1.0, -2.5, 0.5, 3.0, 5e-324, 1e308, -1e308, 800.0, np.inf, -np.inf, np.nan]


def straight_line_programs():
    rng = np.random.default_rng(18)
    pairs = np.array([(a, b) for a in SPECIAL for b in SPECIAL] + [*rng.normal(size=(200, 2))])
    three = [
        programs.ADD, programs.SUBTRACT, programs.MULTIPLY, programs.DIVIDE, programs.MINIMUM,
        programs.MAXIMUM, programs.POWER, programs.EXP, programs.LOG, programs.ABSOLUTE,
        programs.AT_LEAST, programs.EXCEEDS, programs.SELECT, programs.LARGEST,
    ]  # fmt: skip
    for operation in three:
        code = [(programs.LOAD, 0, 0), (programs.LOAD, 1, 1), (operation, 2, 0, 1, 1)]
        code.append((programs.STORE, 0, 0, 2))
        code = np.array([(*row, 0, 0, 0)[:6] for row in code], dtype=np.uint32)
        values = np.empty((1, len(pairs)))
        programs.run(
            code, np.empty(0), 3, pairs.T.copy(), np.ones(2, dtype=np.bool_), values,
            np.empty((0, len(pairs)), dtype=np.int16), len(pairs),
        )  # fmt: skip
    sg.model("composite").solve("article")


#: What calls kernels, and which.
DOORS = {
    supports: "bimatrix.search bimatrix.match_words two_by_two.search",
    lemke_howson_of_all_labels: "pivoting.follow_paths pivoting.distinct_ends",
    linear_programs: "linear_programs.maximize linear_programs.maximize_in_lanes "
    "linear_programs.fill_games linear_programs.check_games linear_programs.constant_sum "
    "linear_programs.fill_correlated linear_programs.check_correlated "
    "linear_programs.undominated linear_programs.fill_gains",
    logit_branches: "quantal.trace quantal.polish",
    markov_games: "markov.policy_values markov.enumerate_policies markov.settle "
    "markov.absorption_times markov.long_run_shares markov_logit.follow",
    payoff_sets: "payoff_sets.common_discount "
    "state_sets.common_discount_by_state state_sets.own_discounts_by_state "
    "state_sets.hulls_by_state",
    thresholds: "thresholds.square_minmax thresholds.square_nash thresholds.compliance "
    "thresholds.least_discounts",
    pure: "best_responses.keep_best_responses",
    sequences: "sequences.follow_sequences",
    signaling: "signaling.classify signaling.count signaling.fill signaling.fill_beliefs",
    straight_line_programs: "programs.run",
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_same_bits(compared, door):
    door()
    assert set(DOORS[door].split()) <= compared


def test_all_kernels_are_compared():
    names = {kernel_name(kernel) for kernel in all_kernels()}
    assert names == set(" ".join(DOORS.values()).split())


def test_comparison_tells_signs_of_zero_and_types_apart():
    with pytest.raises(AssertionError):
        assert_same((0.0,), (-0.0,))
    with pytest.raises(AssertionError):
        assert_same(1, 1.0)
    assert_same(math.nan, -math.nan)
