"""Pure best responses."""

import numpy as np

from summitgames.kernels.best_responses import keep_best_responses


def test_keeps_the_largest_along_the_own_axis_and_what_was_cleared() -> None:
    payoffs = np.array([3.0, 1.0, 3.0, 2.0, 0.0, 2.0]).reshape(1, 1, 3, 2)
    kept = np.ones(payoffs.shape, dtype=np.bool_)
    kept[0, 0, 0, 0] = False
    keep_best_responses(payoffs, np.empty(2), kept)
    assert kept[0, 0].tolist() == [[False, False], [True, True], [False, True]]
