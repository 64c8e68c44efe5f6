"""Blocks and indices of families; what else is read here is tested through the games."""

from fractions import Fraction

import numpy as np
import pytest

from summitgames.errors import GameError
from summitgames.games.tables import as_fractions, block_of, picked, read_floats, read_only


def test_blocks_are_views_where_they_can_be() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    assert np.shares_memory(block_of(array, (2, 3), 1, 3), array)
    assert block_of(array, (2, 3), 2, 5).tolist() == array.reshape(6, 4)[2:5].tolist()
    wide = np.broadcast_to(array[:, :1], (2, 3, 4))
    assert block_of(wide, (2, 3), 2, 4).tolist() == [wide[0, 2].tolist(), wide[1, 0].tolist()]
    turned = np.asfortranarray(array[0])
    assert block_of(turned, (), 0, 1).tolist() == [array[0].tolist()]


def test_views_cannot_be_changed() -> None:
    array = np.zeros(2)
    for view in (read_only(array), block_of(array, (2,), 0, 1)):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 1
    array[0] = 1


def test_indices_outside_are_refused() -> None:
    assert picked((0, ...), (2, 3)) == (0, ...)
    with pytest.raises(GameError, match=r"index: .*; the batch shape is \(2, 3\)"):
        picked((2, 0), (2, 3))
    with pytest.raises(IndexError):
        picked(2, (2, 3))


def test_fractions_of_floats_are_exact() -> None:
    assert as_fractions(np.array([0.1])).tolist() == [Fraction(3602879701896397, 2**55)]


def test_floats_are_read_exactly_or_not_at_all() -> None:
    assert read_floats([Fraction(1, 2), 1], "points").tolist() == [0.5, 1.0]
    assert np.isnan(read_floats([np.nan, 1], "points")[0])
    assert read_floats(np.empty((0, 2)), "points").shape == (0, 2)
    for wrong in ([True], ["1"], [None], [10**400], [], [[1], [1, 2]], [1j], None):
        with pytest.raises(GameError, match=r"^points: "):
            read_floats(wrong, "points")
