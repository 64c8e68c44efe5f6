"""Switching points: each verified on both sides, none missed, kinks and narrow windows included."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
import sympy

import summitgames as sg
from summitgames.analysis.switching import Line
from summitgames.equilibria.subgame_perfect import Induction

MODEL = sg.model("composite")
PAIRS = [(a, b) for a in sg.perspectives() for b in sg.perspectives() if a != b]


def path_at(model, start, end, t):
    t = Fraction(t)
    return model.solve({name: start[name] + t * (end[name] - start[name]) for name in start})[
        "path"
    ]


@pytest.mark.parametrize(("perspective", "rival"), PAIRS)
@pytest.mark.parametrize("name", ["composite", "preconditions"])
def test_both_sides_of_every_switch(name, perspective, rival):
    found = sg.blocking(name, perspective=perspective, rival=rival)
    points = found.switch_points
    for t, before, after in points:
        assert before != after
        for step, path in ((-1e-9, before), (1e-9, after)):
            if 0 <= t + step <= 1:
                assert path_at(sg.model(name), found.start, found.end, t + step) == path
    assert [t for t, _, _ in points] == sorted(t for t, _, _ in points)
    for (_, _, after), (_, before, _) in itertools.pairwise(points):
        assert after == before


@pytest.mark.parametrize(("perspective", "rival"), PAIRS)
def test_agrees_with_a_dense_grid(perspective, rival):
    found = sg.blocking(perspective=perspective, rival=rival)
    grid = np.linspace(0, 1, 2001)
    values = {
        name: float(found.start[name]) + grid * float(found.end[name] - found.start[name])
        for name in found.start
    }
    paths = MODEL.solve(values)["path"]
    ends = [0.0, *(t for t, _, _ in found.switch_points), 1.0]
    labels = [after for _, _, after in found.switch_points]
    labels = [paths[0] if not labels else found.switch_points[0][1], *labels]
    for low, high, label in zip(ends, ends[1:], labels, strict=False):
        inside = (grid > low + 1e-9) & (grid < high - 1e-9)
        assert set(paths[inside]) <= {label}


def line(root, players, start, end):
    game = sg.ExtensiveForm(root, players=players, parameters=list(start))
    program = Induction(game, path=True, tie=Fraction(0)).program
    exact = [{k: Fraction(v) for k, v in ends.items()} for ends in (start, end)]
    return game, Line(program, *exact)


def choice(first, second):
    return sg.Decision(
        "a", {"l": sg.Outcome("l", {"a": first}), "r": sg.Outcome("r", {"a": second})}
    )


def test_irrational_root_is_isolated():
    x = sympy.Symbol("x")
    _, found = line(choice(x**2, sympy.Rational(1, 2)), ["a"], {"x": 0}, {"x": 1})
    [(t, before, after)] = found.switches()
    assert abs(t - 0.5**0.5) < 1e-12
    assert (before, after) == (1, 0)


def test_a_window_of_a_billionth_is_found():
    x = sympy.Symbol("x")
    low, high = sympy.Rational(1, 3), sympy.Rational(1, 3) + sympy.Rational(1, 10**9)
    _, found = line(choice(0, -(x - low) * (x - high)), ["a"], {"x": 0}, {"x": 1})
    points = found.switches()
    assert [p[1:] for p in points] == [(0, 1), (1, 0)]
    assert points[0][0] == pytest.approx(1 / 3, abs=1e-12)
    assert points[1][0] - points[0][0] == pytest.approx(1e-9, abs=2e-12)


def test_a_touching_root_is_no_switch():
    x = sympy.Symbol("x")
    _, found = line(choice(0, -((x - sympy.Rational(1, 2)) ** 2)), ["a"], {"x": 0}, {"x": 1})
    assert found.switches() == []


def test_kinks_of_min_and_max_are_followed():
    x = sympy.Symbol("x")
    tent = sympy.Min(2 * x, 2 - 2 * x)
    _, found = line(choice(sympy.Rational(3, 5), tent), ["a"], {"x": 0}, {"x": 1})
    assert [round(t, 12) for t, _, _ in found.switches()] == [0.3, 0.7]


def test_tie_at_an_end_point():
    x = sympy.Symbol("x")
    _, found = line(choice(x, 0), ["a"], {"x": 0}, {"x": -1})
    assert found.switches() == [(0.0, 0, 1)]  # a tie at t = 0 goes to the first action
    _, back = line(choice(x, 0), ["a"], {"x": -1}, {"x": 0})
    assert back.switches() == [(1.0, 1, 0)]


def test_division_by_what_varies_is_refused():
    x = sympy.Symbol("x")
    _, found = line(choice(1 / (1 + x), sympy.Rational(3, 4)), ["a"], {"x": 0}, {"x": 1})
    with pytest.raises(sg.SolverError, match="piecewise polynomial"):
        found.switches()
