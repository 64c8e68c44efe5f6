"""Exact equilibria of trees: no player gains at all."""

from fractions import Fraction

from hypothesis import given

from reference.trees import kuhn
from summitgames import ExtensiveForm
from summitgames.equilibria.exact_sequences import exact_equilibrium
from summitgames.equilibria.sequence_form import SequenceForm
from summitgames.testing import extensive_forms


def solved(game: ExtensiveForm) -> tuple[SequenceForm, list[Fraction], list[Fraction]]:
    form = SequenceForm(game)
    amounts = form.program(game).exact({})[0]
    found = exact_equilibrium(form, amounts, 10_000)
    assert found is not None
    return form, amounts, found


def plan(form: SequenceForm, player: int, shares: list[Fraction]) -> list[Fraction]:
    """Realization plan of behavior strategies."""
    weights = [Fraction(1)] * int(form.sizes[player])
    for before, first, actions in form.infosets[player, : form.counts[player]].tolist():
        for action in range(first, first + actions):
            weights[action] = weights[before] * shares[action - 1]
    return weights


def test_kuhn_poker_exactly() -> None:
    form, amounts, shares = solved(kuhn())
    first = int(form.sizes[0]) - 1
    plans = plan(form, 0, shares[:first]), plan(form, 1, shares[first:])
    value = sum(
        amounts[2 * place] * plans[0][s] * plans[1][r]
        for place, (s, r) in enumerate(form.pairs.tolist())
    )
    assert value == Fraction(-1, 18)


@given(extensive_forms(information="recall", max_nodes=24))
def test_nothing_is_gained(game: ExtensiveForm) -> None:
    form, amounts, shares = solved(game)
    first = int(form.sizes[0]) - 1
    plans = plan(form, 0, shares[:first]), plan(form, 1, shares[first:])
    for player in range(2):
        values = [Fraction(0)] * int(form.sizes[player])
        for place, pair in enumerate(form.pairs.tolist()):
            weight = plans[1 - player][pair[1 - player]]
            values[pair[player]] += amounts[2 * place + player] * weight
        given = sum(v * p for v, p in zip(values, plans[player], strict=True))
        for before, start, actions in form.infosets[player, : form.counts[player]].tolist()[::-1]:
            values[before] += max(values[start : start + actions])
            assert sum(shares[first * player + start - 1 :][:actions]) == 1
        assert given == values[0]


def test_a_search_that_is_given_up() -> None:
    game = kuhn()
    form = SequenceForm(game)
    assert exact_equilibrium(form, form.program(game).exact({})[0], 3) is None
