"""The plot methods of games, equilibria and blocking: what they draw is what was computed."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import sympy
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import summitgames as sg

Readable = Callable[[Axes], None]
Texts = Callable[[Axes], list[str]]


@pytest.mark.parametrize("perspective", ["article", "rebuttal", "guarantees"])
def test_composite_fits_a_page(perspective: str, assert_readable: Readable, texts: Texts) -> None:
    equilibrium = sg.subgame_perfect(sg.model("composite").game(perspective))
    ax = equilibrium.plot()
    assert_readable(ax)
    figure = ax.get_figure(root=True)
    assert figure is not None
    assert figure.get_size_inches()[0] <= 8.5
    bold = [text.get_text() for text in ax.texts if text.get_fontweight() == "bold"]
    assert isinstance(equilibrium.path, str)
    assert set(equilibrium.path.split(" > ")) <= set(bold)
    (hidden,) = (text for text in texts(ax) if "hidden" in text)
    triangles = [text.split()[0] for text in texts(ax) if text.endswith(" ends")]
    assert hidden == f"{sum(map(int, triangles))} of 132 ends are hidden in the triangles."
    assert set(equilibrium.game.players) <= set(texts(ax))


def test_small_equilibrium_is_drawn_whole(assert_readable: Readable, texts: Texts) -> None:
    game = sg.model("preconditions").game("article")
    ax = sg.subgame_perfect(game).plot()
    assert_readable(ax)
    labels = {label for label in game.tree.labels if label}
    assert labels <= set(texts(ax))
    assert {outcome.label for outcome in game.outcomes} <= set(texts(ax))


def test_game_without_values_is_drawn_without_payoffs(texts: Texts) -> None:
    game = sg.model("preconditions").game("article")
    free = sg.ExtensiveForm(
        sg.Decision("host", {"go": sg.Outcome("end", {"host": sympy.Symbol("prize")})}),
        players=["host"],
        parameters=["prize"],
    )
    assert "payoffs" not in texts(free.plot())
    assert "payoffs" not in texts(free.bind(prize=[1.0, 2.0]).plot())
    assert "2.5" in texts(free.bind(prize=2.5).plot())
    assert "payoffs" in texts(game.plot())


def test_families_and_unknown_outcomes_are_refused() -> None:
    family = sg.model("preconditions").game("article", conditions_cost_ukraine=[0.1, 0.9])
    with pytest.raises(sg.GameError, match=r"plot: .*batch shape \(2,\)"):
        sg.subgame_perfect(family).plot()
    with pytest.raises(sg.GameError, match="outcome: 6; expected a number below 6"):
        family.plot(outcome=6)
    assert not plt.get_fignums()


@pytest.mark.parametrize("rival", ["guarantees", "rebuttal"])
def test_blocking_by_groups_and_by_premises(
    rival: str, assert_readable: Readable, texts: Texts
) -> None:
    groups = sg.blocking(rival=rival)
    ax = groups.plot()
    assert_readable(ax)
    assert set(groups.names) <= set(texts(ax))
    premises = sg.blocking(rival=rival, by="premises")
    ax = premises.plot()
    assert_readable(ax)
    assert set(premises.names) <= set(texts(ax))
    count = len(premises.minimal_unlocking_sets)
    assert f"{count} minimal sets unlock summit." in texts(ax)


def test_blocking_of_many_names_draws_the_sets_that_were_searched(
    assert_readable: Readable, texts: Texts
) -> None:
    article = sg.perspective("article").exact
    names = sg.model("composite").parameter_names
    moved = {name: article[name] / 2 + Fraction(1, 50) for name in names}
    blocking = sg.blocking(rival=moved, by="premises", max_size=1)
    assert not blocking.exhaustive
    ax = blocking.plot()
    assert_readable(ax)
    assert set(blocking.names) <= set(texts(ax))
    assert "Shapley amounts" not in texts(ax)


def test_blocking_between_equal_readings(assert_readable: Readable, texts: Texts) -> None:
    ax = sg.blocking(perspective="article", rival="article").plot()
    assert_readable(ax)
    assert "none moved" in texts(ax)


def test_line_lists_the_paths_of_the_switches(assert_readable: Readable, texts: Texts) -> None:
    blocking = sg.blocking(perspective="article", rival="guarantees")
    ax = blocking.plot_line()
    assert_readable(ax)
    switches = blocking.switch_points
    uprights = [line.get_xdata()[0] for line in ax.lines if list(line.get_ydata()) == [0, 1]]
    assert uprights == [t for t, _, _ in switches]
    listed = [text.split(maxsplit=1)[-1] for text in texts(ax) if " > " in text]
    assert listed == [switches[0][1], *(after for _, _, after in switches)]
    article = sg.model("composite").solve("article")
    drawn = {line.get_label(): line.get_ydata()[0] for line in ax.lines[:4]}
    for actor, payoff in drawn.items():
        assert payoff == pytest.approx(article[f"payoff_{actor}"])


def test_line_between_equal_readings(assert_readable: Readable) -> None:
    same = sg.blocking(perspective="article", rival="article")
    ax = same.plot_line()
    assert_readable(ax)
    assert ax.get_xlabel() == "share of the way from article to article"
