"""All equilibria on supports of equal size of many two-player games at once.

Blocks of up to 64 games are laid into lanes, their minors (see `minors`) computed lane by lane, and
the sign of each minor in all of them kept as the bits of two words. Pairs of supports are then
tested by bit operations on words: one instruction tests 64 games. Below, *a word of games* is such
a block, and `width` the number of its lanes.

A sign is *certain* where the minor is farther from 0 than rounding can have moved it, where it is a
difference of two payoffs, and where the payoffs are such whole numbers that nothing was rounded.
Certain signs alone decide; a game in which another could matter is flagged for exact arithmetic.
The bound on rounding is first taken for a word of games together; where it leaves a sign open, for
each game by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.kernels._jit import inline, jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[Any]

__all__ = ["DEGENERATE", "DOUBTFUL", "LANES", "OPEN", "match_words", "search"]

#: Games a word.
LANES = 64

#: Flags of a game: some mixed strategy has more best responses than its support has actions; some
#: sign that matters is not certain; some system of equations is ill-conditioned.
DEGENERATE = 1
OPEN = 2
DOUBTFUL = 4

#: Spreads of payoffs between which products of differences neither overflow nor underflow.
_SMALLEST = 1e-30
_LARGEST = 1e30

_ONES = np.uint64(0xFFFFFFFFFFFFFFFF)
_BIT = np.array([1 << i for i in range(64)], dtype=np.uint64)
#: De Bruijn sequence: the top six bits of its product with a power of two tell which one it is.
_DE_BRUIJN = np.uint64(0x022FDD63CC95386D)
_WHICH = np.zeros(64, dtype=np.int64)
for _i in range(64):
    _WHICH[((0x022FDD63CC95386D << _i) & 0xFFFFFFFFFFFFFFFF) >> 58] = _i


@inline
def _load(
    payoffs: Array, start: int, count: int, steps: tuple[Any, ...], lanes: Array, work: Array
) -> float:
    """Lay a word of games of ``(games, k_1, k_2)`` into lanes; the spread of their payoffs.

    Action i of the first and j of the second player go to ``lanes[i * steps[0] + j * steps[1]]``.
    The spread is over all of these games, inf where products of such numbers might over- or
    underflow. Lanes without a game repeat the first one. `work` is ``(4, width)``.
    """
    width = lanes.shape[1]
    rows, columns = payoffs.shape[1], payoffs.shape[2]
    work[0, :] = np.inf
    work[1, :] = -np.inf
    for i in range(rows):
        for j in range(columns):
            entry = i * steps[0] + j * steps[1]
            for lane in range(count):
                lanes[entry, lane] = payoffs[start + lane, i, j]
            for lane in range(count, width):
                lanes[entry, lane] = lanes[entry, 0]
            for lane in range(width):
                value = lanes[entry, lane]
                work[0, lane] = min(work[0, lane], value)
                work[1, lane] = max(work[1, lane], value)
    low = np.inf
    high = -np.inf
    for lane in range(width):
        low = min(low, work[0, lane])
        high = max(high, work[1, lane])
    spread = high - low
    return spread if _SMALLEST < spread < _LARGEST else np.inf


@inline
def _bounds(
    rows: int, columns: int, lanes: Array, largest_whole: float, bounds: Array, work: Array
) -> np.uint64:
    """Bounds of products of s differences, game by game and s, ``(sizes, width)``.

    Returns the word of the games in which nothing is rounded; all their bounds are 0. `work` is
    ``(4, width)``.
    """
    width = lanes.shape[1]
    low, high, most, parts = work[0], work[1], work[2], work[3]
    most[:] = 0.0
    for j in range(columns):
        low[:] = np.inf
        high[:] = -np.inf
        for i in range(rows):
            for lane in range(width):
                low[lane] = min(low[lane], lanes[i * columns + j, lane])
                high[lane] = max(high[lane], lanes[i * columns + j, lane])
        for lane in range(width):
            spread = high[lane] - low[lane]
            fits = (spread == 0.0) | ((spread > _SMALLEST) & (spread < _LARGEST))
            most[lane] = max(most[lane], spread if fits else np.inf)
    ones = low  # how far entries are from whole numbers, and from 64ths
    ones[:] = 0.0
    parts[:] = 0.0
    for entry in range(rows * columns):
        for lane in range(width):
            value = lanes[entry, lane]
            ones[lane] += abs(value - np.rint(value))
            parts[lane] += abs(64.0 * value - np.rint(64.0 * value))
    exact = np.uint64(0)
    for lane in range(width):
        fits = (ones[lane] == 0.0) & (most[lane] <= largest_whole)
        fits |= (parts[lane] == 0.0) & (64.0 * most[lane] <= largest_whole)
        most[lane] = 0.0 if fits else most[lane]
        exact |= np.uint64(fits) << np.uint64(lane)
    bounds[0, :] = 1.0
    for size in range(1, bounds.shape[0]):
        for lane in range(width):
            bounds[size, lane] = bounds[size - 1, lane] * most[lane]
    return exact


@inline
def _minors(
    columns: int, lanes: Array, first: Array, differences: Array, terms: Array, minors: Array
) -> None:
    """All minors of a word of matrices, ``(minors, width)``."""
    width = lanes.shape[1]
    minors[: first[1], :] = 1.0
    for n in range(differences.shape[0]):
        low = differences[n, 0] * columns + differences[n, 2]
        high = differences[n, 1] * columns + differences[n, 2]
        for lane in range(width):
            minors[first[1] + n, lane] = lanes[high, lane] - lanes[low, lane]
    term = 0
    for size in range(2, first.size - 1):
        for minor in range(first[size], first[size + 1]):
            a, b = terms[term, 0], terms[term, 1]
            c, d = terms[term + 1, 0], terms[term + 1, 1]
            for lane in range(width):
                minors[minor, lane] = (
                    minors[a, lane] * minors[b, lane] - minors[c, lane] * minors[d, lane]
                )
            for t in range(2, size):
                a, b = terms[term + t, 0], terms[term + t, 1]
                if t % 2 == 0:
                    for lane in range(width):
                        minors[minor, lane] += minors[a, lane] * minors[b, lane]
                else:
                    for lane in range(width):
                        minors[minor, lane] -= minors[a, lane] * minors[b, lane]
            term += size


@inline
def _signs(first: Array, minors: Array, factors: Array, spread: float, words: Array) -> np.uint64:
    """Words of the signs of all minors, by one bound for each size; returns the games left open."""
    width = minors.shape[1]
    left = np.uint64(0)
    bound = 0.0
    for size in range(1, first.size - 1):
        if size > 1:
            bound = factors[size] * spread**size
        for minor in range(first[size], first[size + 1]):
            positive = np.uint64(0)
            negative = np.uint64(0)
            for lane in range(width):
                value = minors[minor, lane]
                positive |= np.uint64(value > bound) << np.uint64(lane)
                negative |= np.uint64(value < -bound) << np.uint64(lane)
            words[2 * minor] = positive
            words[2 * minor + 1] = negative
            left |= ~(positive | negative)
    return left


@inline
def _signs_apart(first: Array, minors: Array, factors: Array, bounds: Array, words: Array) -> None:
    """Words of the signs of the minors of sizes above 1, by a bound for each game."""
    width = minors.shape[1]
    for size in range(2, first.size - 1):
        factor = factors[size]
        for minor in range(first[size], first[size + 1]):
            positive = np.uint64(0)
            negative = np.uint64(0)
            for lane in range(width):
                value = minors[minor, lane]
                bound = factor * bounds[size, lane]
                positive |= np.uint64(value > bound) << np.uint64(lane)
                negative |= np.uint64(value < -bound) << np.uint64(lane)
            words[2 * minor] = positive
            words[2 * minor + 1] = negative


@inline
def _careful(
    signs: Array, pair: int, size: int, words: Array, exact: np.uint64, end: int
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """The same where signs may be 0 or open: three words.

    The mix is surely positive on its support and no action surely pays more; the same, and some
    action outside pays as much; the signs that are certain do not rule it out. Signs before `end`
    are certain in all games, later ones in those of `exact`.
    """
    sure = np.uint64(0)
    tied = np.uint64(0)
    possible = np.uint64(0)
    for reverse in range(2):
        positive = _ONES
        may_be_positive = _ONES
        weak = _ONES
        strict = _ONES
        may_be_weak = _ONES
        for n in range(signs.shape[1]):
            sign = signs[pair, n] ^ reverse
            asked = words[sign]
            other = words[sign ^ 1]
            neither = ~(asked | other)
            certain = _ONES if sign < end else exact
            if n < size:
                positive &= asked
                may_be_positive &= asked | (neither & ~certain)
            else:
                strict &= asked
                weak &= asked | (neither & certain)
                may_be_weak &= ~other
        sure |= positive & weak
        tied |= positive & weak & ~strict
        possible |= may_be_positive & may_be_weak
    return sure, tied, possible


@inline
def _match(
    signs_a: Array,
    signs_b: Array,
    sizes: Array,
    words_a: Array,
    words_b: Array,
    valid: np.uint64,
    pairs: Array,
    games: Array,
) -> int:
    """Equilibria of a word of games with no 0 and no open sign: pairs of supports, words."""
    hits = 0
    for pair in range(sizes.size):
        plain = _ONES
        reverse = _ONES
        for n in range(signs_a.shape[1]):
            plain &= words_a[signs_a[pair, n]]
            reverse &= words_a[signs_a[pair, n] ^ 1]
        word = (plain | reverse) & valid
        if word != np.uint64(0):
            plain = _ONES
            reverse = _ONES
            for n in range(signs_b.shape[1]):
                plain &= words_b[signs_b[pair, n]]
                reverse &= words_b[signs_b[pair, n] ^ 1]
            word &= plain | reverse
            if word != np.uint64(0):
                pairs[hits] = pair
                games[hits] = word
                hits += 1
    return hits


@inline
def _match_careful(
    signs_a: Array,
    signs_b: Array,
    sizes: Array,
    words_a: Array,
    words_b: Array,
    exact_a: np.uint64,
    exact_b: np.uint64,
    ends: tuple[Any, ...],
    valid: np.uint64,
    pairs: Array,
    games: Array,
) -> tuple[int, np.uint64, np.uint64]:
    """The same of any games, the words of the degenerate ones and of those left open besides."""
    hits = 0
    degenerate = np.uint64(0)
    left = np.uint64(0)
    for pair in range(sizes.size):
        size = sizes[pair]
        sure_a, tied_a, possible_a = _careful(signs_a, pair, size, words_a, exact_a, ends[0])
        sure_b, tied_b, possible_b = _careful(signs_b, pair, size, words_b, exact_b, ends[1])
        degenerate |= tied_a | tied_b
        left |= (possible_a & ~sure_a) | (possible_b & ~sure_b)
        word = sure_a & sure_b & valid
        if word != np.uint64(0):
            pairs[hits] = pair
            games[hits] = word
            hits += 1
    return hits, degenerate & valid & ~left, left & valid


@inline
def _mark(word: np.uint64, start: int, flag: np.uint8, flags: Array) -> None:
    """Set a flag of the games in a word."""
    while word != np.uint64(0):
        bit = word & (~word + np.uint64(1))
        flags[start + _WHICH[(bit * _DE_BRUIJN) >> np.uint64(58)]] |= flag
        word ^= bit


#: Where cancellation leaves less than this share of a product of spreads, the mix is left to exact
#: arithmetic.
_SMALLEST_SHARE = 1e-6


@inline
def _write(
    signs_a: Array,
    signs_b: Array,
    actions_a: Array,
    actions_b: Array,
    sizes: Array,
    minors_a: Array,
    minors_b: Array,
    spread_a: float,
    spread_b: float,
    pairs: Array,
    games: Array,
    hits: int,
    start: int,
    base: int,
    block: int,
    used: int,
    first: Array,
    second: Array,
    counts: Array,
    flags: Array,
) -> int:
    """Write the equilibria found in a word of games to ``first[slot, game]`` and ``second``.

    Mixes are read off the opponent's minors. A slot is filled with NaN for all
    games of the block when one first needs it; returns the number of slots filled.
    """
    # One loop without calls and without loops over a few entries: both cost more than a mix.
    k_1, k_2, slots = first.shape[2], second.shape[2], first.shape[0]
    end = base + block
    share = _SMALLEST_SHARE
    least_a = share * spread_a * spread_a
    least_b = share * spread_b * spread_b
    for hit in range(hits):
        pair = pairs[hit]
        size = sizes[pair]
        word = games[hit]
        while word != np.uint64(0):
            bit = word & (~word + np.uint64(1))
            word ^= bit
            lane = _WHICH[(bit * _DE_BRUIJN) >> np.uint64(58)]
            source = start + lane
            game = base + source
            slot = counts[game]
            counts[game] = slot + 1
            if slot >= slots:
                continue
            if slot >= used:
                first[slot, base:end] = np.nan
                second[slot, base:end] = np.nan
                used = slot + 1
            first[slot, game, 0] = 0.0
            if k_1 > 1:
                first[slot, game, 1] = 0.0
            if k_1 > 2:
                first[slot, game, 2] = 0.0
            if k_1 > 3:
                first[slot, game, 3] = 0.0
            for action in range(4, k_1):
                first[slot, game, action] = 0.0
            second[slot, game, 0] = 0.0
            if k_2 > 1:
                second[slot, game, 1] = 0.0
            if k_2 > 2:
                second[slot, game, 2] = 0.0
            if k_2 > 3:
                second[slot, game, 3] = 0.0
            for action in range(4, k_2):
                second[slot, game, action] = 0.0
            if size == 1:
                first[slot, game, actions_a[pair, 0]] = 1.0
                second[slot, game, actions_b[pair, 0]] = 1.0
            elif size == 2:
                one = abs(minors_b[signs_b[pair, 0] >> 1, lane])
                two = abs(minors_b[signs_b[pair, 1] >> 1, lane])
                scale = 1.0 / (one + two)
                first[slot, game, actions_a[pair, 0]] = one * scale
                first[slot, game, actions_a[pair, 1]] = two * scale
                one = abs(minors_a[signs_a[pair, 0] >> 1, lane])
                two = abs(minors_a[signs_a[pair, 1] >> 1, lane])
                scale = 1.0 / (one + two)
                second[slot, game, actions_b[pair, 0]] = one * scale
                second[slot, game, actions_b[pair, 1]] = two * scale
            elif size == 3:
                one = abs(minors_b[signs_b[pair, 0] >> 1, lane])
                two = abs(minors_b[signs_b[pair, 1] >> 1, lane])
                three = abs(minors_b[signs_b[pair, 2] >> 1, lane])
                total = one + two + three
                scale = 1.0 / total
                first[slot, game, actions_a[pair, 0]] = one * scale
                first[slot, game, actions_a[pair, 1]] = two * scale
                first[slot, game, actions_a[pair, 2]] = three * scale
                good = total > least_b
                one = abs(minors_a[signs_a[pair, 0] >> 1, lane])
                two = abs(minors_a[signs_a[pair, 1] >> 1, lane])
                three = abs(minors_a[signs_a[pair, 2] >> 1, lane])
                total = one + two + three
                scale = 1.0 / total
                second[slot, game, actions_b[pair, 0]] = one * scale
                second[slot, game, actions_b[pair, 1]] = two * scale
                second[slot, game, actions_b[pair, 2]] = three * scale
                if not (good and total > least_a):
                    flags[game] |= np.uint8(DOUBTFUL)
            else:
                s = size - 1
                for place in range(size):
                    first[slot, game, actions_a[pair, place]] = abs(
                        minors_b[signs_b[pair, place] >> 1, lane]
                    )
                    second[slot, game, actions_b[pair, place]] = abs(
                        minors_a[signs_a[pair, place] >> 1, lane]
                    )
                total = 0.0
                other_total = 0.0
                for action in range(k_1):
                    total += first[slot, game, action]
                for action in range(k_2):
                    other_total += second[slot, game, action]
                for action in range(k_1):
                    first[slot, game, action] /= total
                for action in range(k_2):
                    second[slot, game, action] /= other_total
                if not (total > share * spread_b**s and other_total > share * spread_a**s):
                    flags[game] |= np.uint8(DOUBTFUL)
    return used


@jit
def search(
    payoffs_a: Array,
    payoffs_b: Array,
    tables_a: tuple[Any, ...],
    tables_b: tuple[Any, ...],
    supports: tuple[Any, ...],
    spaces_a: tuple[Any, ...],
    spaces_b: tuple[Any, ...],
    hits: tuple[Any, ...],
    base: int,
    first: Array,
    second: Array,
    counts: Array,
    flags: Array,
) -> tuple[int, int, Any]:
    """Equilibria on supports of equal size of every game of a block.

    Parameters
    ----------
    payoffs_a, payoffs_b
        ``(games, k_1, k_2)``.
    tables_a, tables_b
        For each player's matrix ``first, differences, terms, factors, largest_whole``.
    supports
        ``signs_a, signs_b, sizes, actions_a, actions_b``.
    spaces_a, spaces_b
        Workspaces ``lanes, minors, bounds, work, words``.
    hits
        Workspaces ``pairs, games``.
    base
        Place of the block's first game in the arrays written.
    first, second
        Written: ``(slots, all games, k_1)`` and ``(slots, all games, k_2)``. Where a game has more
        equilibria than there are slots the first ones are written.
    counts, flags
        Written: ``(all games,)``, equilibria found and flags.

    Returns
    -------
    used
        Slots written for this block: NaN where not used. Later slots are left as they are.
    most
        The largest number of equilibria.
    found
        All flags together.
    """
    games = payoffs_a.shape[0]
    k_1, k_2 = payoffs_a.shape[1], payoffs_a.shape[2]
    first_a, differences_a, terms_a, factors_a, whole_a = tables_a
    first_b, differences_b, terms_b, factors_b, whole_b = tables_b
    signs_a, signs_b, sizes, actions_a, actions_b = supports
    lanes_a, minors_a, bounds_a, work_a, words_a = spaces_a
    lanes_b, minors_b, bounds_b, work_b, words_b = spaces_b
    pairs, pair_games = hits
    # Of minors of sizes 0 and 1 even a 0 is certain.
    ends = (2 * first_a[min(2, first_a.size - 1)], 2 * first_b[min(2, first_b.size - 1)])
    words_a[0 : 2 * first_a[1] : 2] = _ONES
    words_b[0 : 2 * first_b[1] : 2] = _ONES
    width = lanes_a.shape[1]
    used = games - games  # numbers of which numba does not make types
    most = used
    found = np.uint8(0)
    one = k_1 // k_1  # 1, but not a constant: numba would compile `_load` for each
    steps_a, steps_b = (k_2, one), (one, k_1)
    counts[base : base + games] = 0
    flags[base : base + games] = 0
    for start in range(0, games, width):
        count = min(width, games - start)
        valid = _ONES if count == LANES else _BIT[count] - np.uint64(1)
        spread_a = _load(payoffs_a, start, count, steps_a, lanes_a, work_a)
        spread_b = _load(payoffs_b, start, count, steps_b, lanes_b, work_b)
        _minors(k_2, lanes_a, first_a, differences_a, terms_a, minors_a)
        _minors(k_1, lanes_b, first_b, differences_b, terms_b, minors_b)
        left = _signs(first_a, minors_a, factors_a, spread_a, words_a)
        left |= _signs(first_b, minors_b, factors_b, spread_b, words_b)
        if left & valid == np.uint64(0):
            n = _match(signs_a, signs_b, sizes, words_a, words_b, valid, pairs, pair_games)
        else:
            exact_a = _bounds(k_1, k_2, lanes_a, whole_a, bounds_a, work_a)
            exact_b = _bounds(k_2, k_1, lanes_b, whole_b, bounds_b, work_b)
            _signs_apart(first_a, minors_a, factors_a, bounds_a, words_a)
            _signs_apart(first_b, minors_b, factors_b, bounds_b, words_b)
            n, degenerate, undecided = _match_careful(
                signs_a, signs_b, sizes, words_a, words_b, exact_a, exact_b, ends, valid,
                pairs, pair_games,
            )  # fmt: skip
            _mark(degenerate, base + start, np.uint8(DEGENERATE), flags)
            _mark(undecided, base + start, np.uint8(OPEN), flags)
        used = _write(
            signs_a, signs_b, actions_a, actions_b, sizes, minors_a, minors_b,
            spread_a, spread_b, pairs, pair_games, n, start, base, games, used, first, second,
            counts, flags,
        )  # fmt: skip
        for lane in range(count):
            most = max(most, counts[base + start + lane])
            found |= flags[base + start + lane]
    return used, most, found


@jit
def match_words(
    signs_a: Array,
    signs_b: Array,
    sizes: Array,
    words_a: Array,
    words_b: Array,
    count: int,
    pairs: Array,
    games: Array,
) -> tuple[int, np.uint64]:
    """Equilibria of up to 64 games all of whose signs are certain, zeros among them.

    Parameters
    ----------
    signs_a, signs_b, sizes
        Of the `SupportTable`.
    words_a, words_b
        ``(2 minors,)``: positive and negative signs by turns.
    count
        Number of games.
    pairs, games
        Written: pairs of supports and the word of the games in which each is an equilibrium.

    Returns
    -------
    hits, degenerate
        How many pairs were written, and the word of the degenerate games.
    """
    valid = _ONES if count == LANES else _BIT[count] - np.uint64(1)
    hits, degenerate, _ = _match_careful(
        signs_a, signs_b, sizes, words_a, words_b, _ONES, _ONES, (0, 0), valid, pairs, games
    )
    return hits, degenerate
