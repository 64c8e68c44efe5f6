"""Polytopes that are cut down vertex by vertex."""

import pytest
from flint import fmpq

from summitgames.equilibria.exact_polytopes import TooMuchWork, Work, cut, simplices


def test_every_vertex_is_charged_for_every_pair():
    start = simplices((tuple(range(6)),), 6)
    form = {at: fmpq(1 if at < 3 else -1) for at in range(6)}, fmpq(0)
    needed = 6 + 3 * 3 * 6  # the form's values, and vertices looked at for pairs
    work = Work(needed)
    found = cut(start, form, work, equal=True)
    assert len(found.points) == 3 * 3
    assert work.spent == needed
    with pytest.raises(TooMuchWork):
        cut(start, form, Work(needed - 1), equal=True)
