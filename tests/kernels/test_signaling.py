"""The closed form of 2 x 2 x 2 signaling games, against the games' own conditions."""

import numpy as np

from summitgames.kernels import signaling


def solve(prior, payoffs, replies):
    games = len(prior)
    codes = np.empty(games, dtype=np.int16)
    left = signaling.classify(prior, payoffs, replies, 0, codes)
    counts = np.empty(games, dtype=np.int64)
    most = signaling.count(codes, counts)
    sender, receiver = (np.full((games, most, 2, 2), 7.0) for _ in range(2))
    survives = np.ones((2, games, most), dtype=np.bool_)
    signaling.fill(prior, payoffs, replies, 0, codes, sender, receiver, survives)
    return left, codes, counts, sender, receiver, survives


def drawn(games):
    rng = np.random.default_rng(5)
    first = rng.random(games)
    return np.stack([first, 1 - first], axis=-1), *rng.normal(size=(2, games, 2, 2, 2))


def test_what_is_written_is_an_equilibrium():
    prior, payoffs, replies = drawn(300)
    left, codes, counts, sender, receiver, survives = solve(prior, payoffs, replies)
    assert left == 0
    assert (counts >= 1).all()
    seen = 0
    for game in range(len(prior)):
        seen |= int(codes[game])
        used = slice(counts[game])
        assert np.isnan(sender[game, counts[game] :]).all()
        assert np.isnan(receiver[game, counts[game] :]).all()
        assert not survives[:, game, counts[game] :].any()
        for own, answer in zip(sender[game, used], receiver[game, used], strict=True):
            np.testing.assert_allclose([own.sum(axis=-1), answer.sum(axis=-1)], 1, rtol=1e-14)
            each = (payoffs[game] * answer).sum(axis=-1)
            assert (each.max(axis=-1) - (each * own).sum(axis=-1)).max() < 1e-12
            for m in range(2):
                weights = prior[game] * own[:, m]
                if weights.any():
                    worth = weights @ replies[game, :, m]
                    assert worth.max() - worth @ answer[m] < 1e-12
                else:  # best for some belief: for one of these, as gains are linear in it
                    gains = replies[game, :, m, 0] - replies[game, :, m, 1]
                    assert gains.max() >= 0 or answer[m, 0] == 0
                    assert gains.min() <= 0 or answer[m, 1] == 0
    assert seen & 511 == 511  # all nine kinds occur


def test_types_messages_and_responses_may_change_places():
    prior, payoffs, replies = drawn(300)
    counts = solve(prior, payoffs, replies)[2]
    turned = solve(
        np.ascontiguousarray(prior[:, ::-1]),
        np.ascontiguousarray(payoffs[:, ::-1, ::-1, ::-1]),
        np.ascontiguousarray(replies[:, ::-1, ::-1, ::-1]),
    )[2]
    np.testing.assert_array_equal(turned, counts)


def test_ties_and_extreme_sizes_are_left_open():
    prior, payoffs, replies = drawn(8)
    codes = solve(prior, payoffs, replies)[1]
    assert not (codes & signaling.OPEN).any()
    prior[0] = 0, 1
    payoffs[1, 0, 1, 1] = payoffs[1, 0, 0, 0]
    replies[2, 1, 0, 1] = replies[2, 1, 0, 0]
    payoffs[3] *= 1e160
    replies[4] *= 1e-120
    prior[5] = 0.25, 0.75
    replies[5, :, 0, 0] = replies[5, :, 0, 1] + [3, -1]  # the prior's gain is 0
    # Both types are indifferent at the same reply to the second message.
    payoffs[6] = [[[3, 1], [2, 4]], [[6, 1], [5, 7]]]
    left, codes, *_ = solve(prior, payoffs, replies)
    assert left == 7
    assert (codes[:7] == signaling.OPEN).all()
    assert codes[7] < signaling.OPEN


def test_beliefs():
    prior, payoffs, replies = drawn(200)
    _, _, counts, sender, receiver, _ = solve(prior, payoffs, replies)
    beliefs, off_path = np.zeros_like(sender), np.zeros_like(sender)
    signaling.fill_beliefs(prior, replies, 0, sender, receiver, beliefs, off_path)
    for game in range(len(prior)):
        assert np.isnan(beliefs[game, counts[game] :]).all()
        assert np.isnan(off_path[game, counts[game] :]).all()
        for slot in range(counts[game]):
            for m in range(2):
                weights = prior[game] * sender[game, slot, :, m]
                low, high = off_path[game, slot, m]
                gains = replies[game, :, m, 0] - replies[game, :, m, 1]
                reply = receiver[game, slot, m, 0]
                if weights.any():
                    expected = weights / weights.sum()
                    assert np.isnan([low, high]).all()
                    np.testing.assert_allclose(beliefs[game, slot, m], expected, rtol=1e-14)
                    continue
                assert 0 <= low <= high <= 1
                np.testing.assert_allclose(beliefs[game, slot, m, 0], (low + high) / 2)
                for belief in np.linspace(0, 1, 41):
                    gain = belief * gains[0] + (1 - belief) * gains[1]
                    best = (gain >= 0 or reply == 0) and (gain <= 0 or reply == 1)
                    assert best == (low <= belief <= high)
