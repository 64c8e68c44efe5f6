"""How fast repeated games are solved, with peers on the same games in the same run.

Prints Markdown tables. Rates are medians of interleaved repeats on one core of this machine; read
the ratios. Peer: quantecon (extra `interop`).

    python benchmarks/dynamic.py
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from statistics import median

import numpy as np

import summitgames as sg
from summitgames.kernels._jit import compile_at_once

compile_at_once()

REPEATS = 5


def seconds(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median time of each piece of work, repeats interleaved, after two warm-ups."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for repeat in range(REPEATS + 2):
        for name, run in work.items():
            start = time.perf_counter()
            run()
            if repeat > 1:
                taken[name].append(time.perf_counter() - start)
    return {name: median(times) for name, times in taken.items()}


def every_policy(payoffs: np.ndarray, moves: np.ndarray, discount: float) -> np.ndarray:
    """Which pure policies of games with 3 states and 2 x 2 actions no deviation refutes: NumPy."""
    games, states = moves.shape[:2]
    pays, rows = payoffs.reshape(2, games, states, 4), moves.reshape(games, states, 4, states)
    chosen = np.array(list(np.ndindex(4, 4, 4)))
    here = np.arange(states)
    transitions = rows[:, here, chosen]  # (games, 64, states, states)
    holds = np.ones((games, len(chosen)), dtype=bool)
    for player, flip in enumerate((2, 1)):
        values = np.linalg.solve(
            np.eye(states) - discount * transitions, pays[player][:, here, chosen][..., np.newaxis]
        )
        ahead = rows[:, here, chosen ^ flip] @ values
        other = pays[player][:, here, chosen ^ flip] + discount * ahead[..., 0]
        holds &= (other <= values[..., 0]).all(axis=-1)
    return holds


def markov_perfect(rng: np.random.Generator) -> None:
    """All pure equilibria, and one mixed; the limit: the arithmetic at the rate of a product."""
    count, few, discount = 50_000, 2_000, 0.9
    payoffs = rng.random((2, count, 3, 2, 2))
    moves = rng.dirichlet(np.ones(3), size=(count, 3, 2, 2))
    game = sg.StochasticGame(payoffs, moves, discount)
    tied = sg.StochasticGame(rng.integers(0, 3, payoffs.shape) + 0.0, moves, discount)
    counts = [[3, 2, 2], [2, 1, 1], [1, 1, 2], [1, 1, 2], [1, 1, 1]]
    wide = sg.StochasticGame(
        rng.random((3, 10_000, 5, 3, 2, 2)), rng.dirichlet(np.ones(5), (10_000, 5, 3, 2, 2)),
        discount, available=counts,
    )  # fmt: skip
    # Of a policy: the last row of the elimination, both players' values, and six deviations.
    operations = 64 * (19 + 24 + 66)
    matrix = rng.random((512, 512))
    peer = every_policy(payoffs[:, :few], moves[:few], discount)
    assert (peer.sum(axis=1) == sg.markov_perfect(game[:few]).counts).all()
    taken = seconds(
        {
            "ours": lambda: sg.markov_perfect(game, threads=1),
            "tied": lambda: sg.markov_perfect(tied, threads=1),
            "wide": lambda: sg.markov_perfect(wide, threads=1),
            "logit": lambda: sg.markov_perfect(game[:few], method="logit", threads=1),
            "peer": lambda: every_policy(payoffs[:, :few], moves[:few], discount),
            "limit": lambda: matrix @ matrix,
        }
    )
    limit = 2 * 512**3 / taken["limit"] / operations
    ours = count / taken["ours"]
    print("\n| Markov-perfect equilibria | games a second |")
    print("|-|-:|")
    print(f"| pure, 3 states, 2 x 2 actions, uniform | {ours:,.0f} |")
    print(f"| ... payoffs 0, 1 or 2 | {count / taken['tied']:,.0f} |")
    print(f"| pure, 5 states, 3 players, 96 policies | {10_000 / taken['wide']:,.0f} |")
    print(f"| one by the logit branch, 3 states, 2 x 2 actions | {few / taken['logit']:,.0f} |")
    print(f"| pure, 3 states, 2 x 2 actions, NumPy on whole arrays | {few / taken['peer']:,.0f} |")
    print(f"| limit: {operations:,} operations at the rate of a matrix product | {limit:,.0f} |")
    print(
        f"\nRatio to NumPy: {ours * taken['peer'] / few:,.0f}. Share of the limit reached: "
        f"{ours / limit:.1%}."
    )


def dilemmas(rng: np.random.Generator, count: int) -> sg.NormalForm:
    """Prisoners' dilemmas with random payoffs T > R > P > S."""
    most, reward, punishment, sucker = np.sort(rng.random((4, count)), axis=0)[::-1]
    first = np.stack([reward, sucker, most, punishment], axis=-1).reshape(count, 2, 2)
    return sg.NormalForm([first, first.swapaxes(1, 2)])


def payoff_sets(rng: np.random.Generator) -> None:
    """Ours: all games of the family; the peer: those of its games that it solves.

    In dilemmas the peer is given the pure minmax payoffs to start from, which shortens its way.
    With them it writes beyond its arrays in some larger games, which start as by default.
    """
    from quantecon.game_theory import RepeatedGame

    print("\n| payoff set | ours, games a second | peer: solved | games a second | ratio |")
    print("|-|-:|-:|-:|-:|")
    dilemma = [[9.0, 1.0], [10.0, 3.0]]
    same = np.broadcast_to(dilemma, (20_000, 2, 2))
    families = {
        "the dilemma 10, 9, 3, 1, discount 0.75": (
            sg.NormalForm([same, same.swapaxes(1, 2)]),
            0.75,
            300,
        ),
        "prisoners' dilemmas, discount 0.75": (dilemmas(rng, 20_000), 0.75, 300),
        "uniform 2 x 2, discount 0.9": (sg.NormalForm(rng.random((2, 10_000, 2, 2))), 0.9, 100),
        "uniform 4 x 4, discount 0.9": (sg.NormalForm(rng.random((2, 4_000, 4, 4))), 0.9, 40),
    }
    for name, (stage, discount, few) in families.items():
        threats = sg.minmax(stage, mixed=False)
        games = [
            functools.partial(
                RepeatedGame(stage[i].to_quantecon(), discount).equilibrium_payoffs,
                options={"u_init": threats[i]} if "dilemma" in name else {},
            )
            for i in range(few)
        ]
        solved = [solve for solve in games if _solves(solve)]
        repeated = sg.RepeatedGame(stage, discount)
        taken = seconds(
            {
                "ours": lambda repeated=repeated: sg.payoff_set(repeated, threads=1),
                "peer": lambda solved=solved: [solve() for solve in solved],
            }
        )
        ours, peer = stage.size / taken["ours"], len(solved) / taken["peer"]
        share = f"{len(solved)} of {few}"
        print(f"| {name} | {ours:,.0f} | {share} | {peer:,.0f} | {ours / peer:,.0f}x |")


def other_sets(rng: np.random.Generator) -> None:
    """Sets with a discount for each player, and by state: dilemmas with turnover, random games."""
    count = 200
    uniform = sg.NormalForm(rng.random((2, count, 2, 2)))
    payoffs = np.stack([dilemmas(rng, count).payoffs[0] for _ in range(2)], axis=1)
    payoffs = np.stack([payoffs, payoffs.swapaxes(-1, -2)])
    turnover = np.full((2, 2, 2, 2), [0.7, 0.3])
    many = 10 * count
    random, moves = rng.random((2, many, 2, 2, 2)), rng.dirichlet(np.ones(2), (many, 2, 2, 2))
    games: dict[str, sg.RepeatedGame | sg.StochasticGame] = {
        "uniform 2 x 2, discounts 0.5 and 0.9": sg.RepeatedGame(uniform, (0.5, 0.9)),
        "uniform 2 x 2, discounts 0.9 and 0.95": sg.RepeatedGame(uniform, (0.9, 0.95)),
        "uniform 4 x 4, discounts 0.9 and 0.95": sg.RepeatedGame(
            sg.NormalForm(np.random.default_rng(1).random((2, count // 2, 4, 4))), (0.9, 0.95)
        ),
        "2 states, dilemmas with turnover, discount 0.75": sg.StochasticGame(
            payoffs, turnover, 0.75
        ),
        "... discount 0.9": sg.StochasticGame(payoffs, turnover, 0.9),
        "... discounts 0.5 and 0.9": sg.StochasticGame(payoffs, turnover, (0.5, 0.9)),
        "2 states, uniform 2 x 2, discounts uniform up to 0.9": sg.StochasticGame(
            random, moves, rng.uniform(0.0, 0.9, many)
        ),
        "..., all at 0.9": sg.StochasticGame(random, moves, 0.9),
        "3 states, uniform 3 x 3, discount 0.75": sg.StochasticGame(
            rng.random((2, count, 3, 3, 3)), rng.dirichlet(np.ones(3), (count, 3, 3, 3)), 0.75
        ),
    }
    print("\n| payoff sets | milliseconds a game | decided | proved |")
    print("|-|-:|-:|-:|")
    for name, game in games.items():
        taken = seconds({"ours": lambda game=game: sg.payoff_set(game, threads=1)})
        found = sg.payoff_set(game)
        decided = np.isin(found.status, [sg.Status.COMPLETE, sg.Status.NONE])
        each, proved = taken["ours"] / game.size * 1e3, (decided & found.proved).mean()
        print(f"| {name} | {each:.2f} | {decided.mean():.2%} | {proved:.2%} |")


def _solves(solve: Callable[[], object]) -> bool:
    """Whether the peer ends without an error."""
    try:
        solve()
    except Exception:  # noqa: BLE001  (the hulls of scipy and its own)
        return False
    return True


def thresholds(rng: np.random.Generator) -> None:
    """Critical discounts and automata of uniform 2 x 2 games; the limit: copying the payoffs."""
    count = 500_000
    stage = sg.NormalForm(rng.random((2, count, 2, 2)))
    discount, hazard = rng.random((2, count))
    game = sg.RepeatedGame(stage, discount)
    grim = [sg.Automaton.grim_trigger(i, (0, 0), (1, 1), (2, 2)) for i in range(2)]
    critical = sg.critical_discount
    taken = seconds(
        {
            'critical_discount, "nash"': lambda: critical(stage, (0, 0), threads=1),
            'critical_discount, "minmax"': lambda: critical(
                stage, (0, 0), punishment="minmax", threads=1
            ),
            '"nash", turnover and legitimacy': lambda: critical(
                stage, (0, 0), turnover=hazard, legitimacy=discount, threads=1
            ),
            "is_subgame_perfect, grim trigger": lambda: sg.is_subgame_perfect(
                game, grim, threads=1
            ),
            "copy": lambda: [payoffs.copy() for payoffs in stage.payoffs],
        }
    )
    copy = taken.pop("copy")
    print("\n| thresholds, 2 x 2 | games a second | share of the rate of copying the payoffs |")
    print("|-|-:|-:|")
    for name, time_taken in taken.items():
        print(f"| {name} | {count / time_taken:,.0f} | {copy / time_taken:.1%} |")


def main() -> None:
    rng = np.random.default_rng(0)
    thresholds(rng)
    payoff_sets(rng)
    other_sets(rng)
    markov_perfect(rng)


if __name__ == "__main__":
    main()
