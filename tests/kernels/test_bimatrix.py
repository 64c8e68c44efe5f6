"""Sign words and the search, on games small enough to run as plain Python."""

import numpy as np
import pytest

from summitgames.equilibria.support_enumeration import Search, plan_for
from summitgames.games.normal_form import NormalForm
from summitgames.kernels import bimatrix

#: As plain Python, words wrap around with a warning.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")


def searched(first: object, second: object) -> Search:
    game = NormalForm([first, second])
    search = Search(game, plan_for(game.n_actions, None))
    search.run(1)
    return search


def test_counts_flags_and_slots() -> None:
    """Matching pennies (one mixed), chicken (three), and a game of ties (degenerate)."""
    first = np.array([[[1, -1], [-1, 1]], [[0, 7], [2, 6]], [[0, 0], [0, 0]]], dtype=float)
    second = np.array([[[-1, 1], [1, -1]], [[0, 2], [7, 6]], [[0, 0], [0, 0]]], dtype=float)
    search = searched(first, second)
    assert search.counts.tolist() == [1, 3, 4]
    assert search.flags.tolist() == [0, 0, bimatrix.DEGENERATE]
    assert search.first[:4, 0].tolist()[0] == [0.5, 0.5]
    assert np.isnan(search.first[1:4, 0]).all()
    np.testing.assert_allclose(search.first[2, 1], [1 / 3, 2 / 3], rtol=1e-15)


def test_a_sign_within_its_bound_is_settled_exactly() -> None:
    """0.1 + 0.2 is not 0.3 in floats: the tie is none, and is found not to be one."""
    second = [[1.0, 0.0], [1.0, 0.0]]
    search = searched([[0.1 + 0.2, 1.0], [0.3, 0.0]], second)
    assert search.counts.tolist() == [1]
    assert search.flags.tolist() == [0]
    tie = searched([[0.3, 1.0], [0.3, 0.0]], second)
    assert tie.counts.tolist() == [2]
    assert tie.flags.tolist() == [bimatrix.DEGENERATE]


def test_words_of_exact_signs() -> None:
    plan = plan_for((2, 2), None)
    minors = plan.minors[0].first[-1]
    words = np.zeros(2 * minors, dtype=np.uint64)
    words[0::2] = 1  # every minor positive in game 0, zero in game 1
    pairs, games = (np.empty(5, dtype=t) for t in (np.int64, np.uint64))
    signs, other = plan.supports.signs
    hits, degenerate = bimatrix.match_words(
        signs, other, plan.supports.sizes, words, words, 2, pairs, games
    )
    assert hits > 0
    assert all(int(word) & 1 for word in games[:hits])
    assert not int(degenerate) & 1


def test_more_equilibria_than_reserved_slots() -> None:
    """The slots grow, and every game is written again whole."""
    game = NormalForm.symmetric(np.broadcast_to(np.eye(3), (70, 3, 3)))
    search = Search(game, plan_for(game.n_actions, None))
    search.first, search.second = search.first[:2], search.second[:2]
    search.run(1)
    assert search.counts.tolist() == [7] * 70
    assert not np.isnan(search.first[:7]).any()
    assert set(map(tuple, search.first[:3, 69].tolist())) == set(map(tuple, np.eye(3).tolist()))
