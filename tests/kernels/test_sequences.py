"""The kernel of the sequence form on a game small enough for plain Python."""

import numpy as np

from summitgames.kernels import sequences


def matching(payoffs: list[float], limit: int = 100, allowed: float = 1e-12):
    """Matching pennies in which matching heads pays the first player more."""
    sizes, counts = np.array([3, 3]), np.array([1, 1])
    infosets = np.array([[[0, 1, 2]], [[0, 1, 2]]])
    pairs = np.array([[1, 1], [1, 2], [2, 1], [2, 2]])
    amounts = np.array([[x, -1, 0, 0, 0, 0, 1, -1] for x in payoffs], dtype=np.float64).T.copy()
    output, flags = np.empty((4, len(payoffs))), np.empty(len(payoffs), dtype=np.uint8)
    sequences.follow_sequences(
        sizes, counts, infosets, pairs, amounts, np.ones((2, 3)), limit, sequences.TIE, allowed,
        sequences.workspace(3, 3), output, flags,
    )  # fmt: skip
    return output, flags


def test_games_of_a_block() -> None:
    output, flags = matching([1.0, 3.0, 0.25])
    assert flags.tolist() == [sequences.DONE] * 3
    np.testing.assert_allclose(output[:2], 0.5, atol=1e-15)
    np.testing.assert_allclose(output[2], [1 / 2, 1 / 4, 4 / 5], atol=1e-15)
    np.testing.assert_allclose(output[3], [1 / 2, 3 / 4, 1 / 5], atol=1e-15)


def test_what_is_not_solved_says_so() -> None:
    for options, flag in [
        ({"limit": 1}, sequences.ENDLESS),
        ({"allowed": -1.0}, sequences.ASTRAY),
    ]:
        output, flags = matching([1.0], **options)
        assert flags.tolist() == [flag]
        assert np.isnan(output).all()
    output, flags = matching([1e200])
    assert flags.tolist() == [sequences.ASTRAY]
