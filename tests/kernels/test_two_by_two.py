"""2 x 2 games in closed form, against the search for games of any size."""

import numpy as np
import pytest

from summitgames.equilibria.support_enumeration import Search, plan_for
from summitgames.games.normal_form import NormalForm
from summitgames.kernels import two_by_two

#: As plain Python, words wrap around with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")


def closed(game: NormalForm) -> tuple[int, bool, Search]:
    """What the closed form writes, where the search keeps it."""
    search = Search(game, plan_for((2, 2), None))
    space = np.empty(two_by_two.SPACE)
    arrays = search.first, search.second, search.counts, search.flags
    for array in arrays:
        array[:] = 7
    most, done = two_by_two.search(*game.block(0, game.size), space, 0, *arrays)
    return most, done, search


def test_every_order_of_payoffs() -> None:
    """All 16 patterns of signs, with differences of several sizes: as the general search has it."""
    rng = np.random.default_rng(3)
    signs = np.stack(np.meshgrid(*[[-1.0, 1.0]] * 4, indexing="ij"), axis=-1).reshape(16, 4)
    sizes = rng.uniform(0.1, 3.0, (4, 16, 4))
    d_1, d_2, e_1, e_2 = np.moveaxis(signs * sizes, -1, 0).reshape(4, 64)
    zero = np.zeros(64)
    first = np.stack([d_1, d_2, zero, zero], axis=-1).reshape(64, 2, 2)
    second = np.stack([e_1, zero, e_2, zero], axis=-1).reshape(64, 2, 2)
    game = NormalForm([first, second])
    most, done, found = closed(game)
    assert (most, done) == (3, True)
    general = Search(game, plan_for((2, 2), None))
    general.closed = False
    general.run(1)
    np.testing.assert_array_equal(found.counts, general.counts)
    assert not found.flags.any()
    for mine, theirs in ((found.first, general.first), (found.second, general.second)):
        np.testing.assert_allclose(mine[:3], theirs[:3], rtol=4e-16)


@pytest.mark.parametrize(
    "row",
    [[[0.0, 1.0], [0.0, 0.0]], [[1e301, 1.0], [0.0, 0.0]], [[-1e308, 1.0], [1e308, 0.0]]],
    ids=["a tie", "too large to add", "an infinite difference"],
)
def test_a_game_that_it_does_not_decide(row: list[list[float]]) -> None:
    payoffs = np.broadcast_to([[1.0, 4.0], [2.0, 1.0]], (3, 2, 2)).copy()
    other = payoffs.copy()
    other[1] = row
    with np.errstate(over="ignore", invalid="ignore"):
        assert not closed(NormalForm([other, payoffs]))[1]
        assert not closed(NormalForm([payoffs, np.swapaxes(other, 1, 2)]))[1]


def test_tiny_differences_keep_their_precision() -> None:
    tiny = np.full((1, 2, 2), 0.0)
    tiny[0] = [[5e-324, 0.0], [0.0, 1.0]]
    most, done, found = closed(NormalForm([tiny, tiny]))
    assert (most, done) == (3, True)
    assert found.first[2, 0].tolist() == [1.0, 5e-324]


def test_more_games_than_a_chunk() -> None:
    rng = np.random.default_rng(4)
    game = NormalForm(rng.random((2, two_by_two.CHUNK + 3, 2, 2)))
    _, done, found = closed(game)
    assert done
    regrets = []
    for slot in range(3):
        used = np.flatnonzero(found.counts > slot)
        x, y = found.first[slot, used], found.second[slot, used]
        for payoff, own, other in ((game.payoffs[0], x, y), (game.payoffs[1].swapaxes(1, 2), y, x)):
            each = np.einsum("gij,gj->gi", payoff[used], other)
            regrets.append(np.max(each.max(axis=1) - (each * own).sum(axis=1)))
    assert max(regrets) < 1e-15
