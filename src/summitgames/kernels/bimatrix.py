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

from math import factorial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from summitgames.kernels._instructions import prefetch, sign_bits, trailing_zeros
from summitgames.kernels._jit import FEW, inline, jit, splice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from summitgames.kernels.minors import MinorTable, SupportTable

    Array: TypeAlias = NDArray[Any]

__all__ = [
    "DEGENERATE",
    "DOUBTFUL",
    "LANES",
    "OPEN",
    "match_words",
    "packed_tables",
    "search",
    "workspace_sizes",
]

#: Games a word.
LANES = 64
#: Payoffs of a player a group of words: with its equilibria it fits in the second-level cache.
_GROUP = 2**14
#: Words ahead whose payoffs are fetched from memory, which takes longer than solving a word.
_AHEAD = 4

#: Flags of a game: some mixed strategy has more best responses than its support has actions; some
#: sign that matters is not certain; some system of equations is ill-conditioned.
DEGENERATE = 1
OPEN = 2
DOUBTFUL = 4

#: Largest differences of payoffs with which products neither overflow nor underflow.
_SMALLEST = 1e-30
_LARGEST = 1e30
#: All but the sign of a float's bits, which order as the absolute values do.
_ABSOLUTE = np.int64(0x7FFFFFFFFFFFFFFF)

_ROUNDING = 2.0**-53
#: Unsigned indices are taken as they are; signed ones might count from the end, which costs a test.
U = np.uint64
_ONES = U(0xFFFFFFFFFFFFFFFF)
_BIT = np.array([1 << i for i in range(64)], dtype=np.uint64)


@inline
def _load(flat: Array, start: int, count: int, lanes: Array) -> None:
    """Lay a word of games, whose payoffs lie one after another, into lanes ``(entries, width)``.

    Lanes without a game repeat the first one.
    """
    width, entries = U(lanes.shape[1]), U(lanes.shape[0])
    out = lanes.reshape(-1)
    at = U(start) * entries
    last = U(flat.size) - U(1)
    if count == lanes.shape[1]:  # eight games at a time: their reads do not wait in line
        for lane in range(U(0), width, U(8)):
            later = at + U(_AHEAD) * width * entries
            for entry in range(entries):
                # A line of eight numbers at a time: many at once would wait for one another.
                prefetch(flat, min(later + U(8) * entry, last))
                to = entry * width + lane
                out[to] = flat[at + entry]
                out[to + U(1)] = flat[at + entry + entries]
                out[to + U(2)] = flat[at + entry + U(2) * entries]
                out[to + U(3)] = flat[at + entry + U(3) * entries]
                out[to + U(4)] = flat[at + entry + U(4) * entries]
                out[to + U(5)] = flat[at + entry + U(5) * entries]
                out[to + U(6)] = flat[at + entry + U(6) * entries]
                out[to + U(7)] = flat[at + entry + U(7) * entries]
            at += U(8) * entries
    else:
        for lane in range(width):
            game = lane if lane < U(count) else U(0)
            for entry in range(entries):
                out[entry * width + lane] = flat[at + game * entries + entry]


@inline
def _bounds(
    steps: tuple[Any, ...],
    counts: tuple[Any, ...],
    lanes: Array,
    largest_whole: float,
    bounds: Array,
    work: Array,
) -> np.uint64:
    """Bounds of products of s differences, game by game and s, ``(sizes, width)``.

    Own action i and the opponent's j, of `counts` each, lie in lane ``i * steps[0] + j *
    steps[1]``. Returns the word of the games in which nothing is rounded; all their bounds are 0.
    `work` is ``(4, width)``.
    """
    width = lanes.shape[1]
    low, high, most, parts = work[0], work[1], work[2], work[3]
    most[:] = 0.0
    for j in range(counts[1]):
        low[:] = np.inf
        high[:] = -np.inf
        for i in range(counts[0]):
            entry = i * steps[0] + j * steps[1]
            for lane in range(width):
                low[lane] = min(low[lane], lanes[entry, lane])
                high[lane] = max(high[lane], lanes[entry, lane])
        for lane in range(width):
            spread = high[lane] - low[lane]
            fits = (spread == 0.0) | ((spread > _SMALLEST) & (spread < _LARGEST))
            most[lane] = max(most[lane], spread if fits else np.inf)
    ones = low  # how far entries are from whole numbers, and from 64ths
    ones[:] = 0.0
    parts[:] = 0.0
    for entry in range(lanes.shape[0]):
        for lane in range(width):
            value = lanes[entry, lane]
            ones[lane] += abs(value - np.rint(value))
            parts[lane] += abs(64.0 * value - np.rint(64.0 * value))
    exact = U(0)
    for lane in range(width):
        fits = (ones[lane] == 0.0) & (most[lane] <= largest_whole)
        fits |= (parts[lane] == 0.0) & (64.0 * most[lane] <= largest_whole)
        most[lane] = 0.0 if fits else most[lane]
        exact |= U(fits) << U(lane)
    bounds[0, :] = 1.0
    for size in range(1, bounds.shape[0]):
        for lane in range(width):
            bounds[size, lane] = bounds[size - 1, lane] * most[lane]
    return exact


@inline
def _minors(first: Array, differences: Array, terms: Array, lanes: Array, minors: Array) -> None:
    """All minors of a word of matrices, ``(minors, width)``."""
    width = lanes.shape[1]
    minors[: first[1], :] = 1.0
    for n in range(differences.shape[0]):
        low, high = U(differences[n, 0]), U(differences[n, 1])
        here = U(first[1] + n)
        for lane in range(width):
            minors[here, U(lane)] = lanes[high, U(lane)] - lanes[low, U(lane)]
    term = 0
    for size in range(2, first.size - 1):
        for minor in range(first[size], first[size + 1]):
            a, b = U(terms[term, 0]), U(terms[term, 1])
            c, d = U(terms[term + 1, 0]), U(terms[term + 1, 1])
            for lane in range(width):
                minors[U(minor), U(lane)] = (
                    minors[a, U(lane)] * minors[b, U(lane)]
                    - minors[c, U(lane)] * minors[d, U(lane)]
                )
            for t in range(2, size):
                a, b = U(terms[term + t, 0]), U(terms[term + t, 1])
                if t % 2 == 0:
                    for lane in range(width):
                        minors[U(minor), U(lane)] += minors[a, U(lane)] * minors[b, U(lane)]
                else:
                    for lane in range(width):
                        minors[U(minor), U(lane)] -= minors[a, U(lane)] * minors[b, U(lane)]
            term += size


@inline
def _signs(
    first: Array, minors: Array, factors: Array, limits: Array, words: Array
) -> tuple[float, bool]:
    """Words of the signs of all minors, if they are certain by one bound for each size.

    Returns the largest difference of payoffs, inf if products of such might over- or underflow, and
    whether all signs are certain; else those of minors of size 1 are the only ones written.
    """
    width = U(minors.shape[1])
    bits = minors.view(np.int64).reshape(-1)
    patterns = limits.view(np.int64)
    spread = np.inf
    certain = True
    product = 1.0
    for size in range(1, first.size - 1):
        least = _ABSOLUTE
        most = _ABSOLUTE ^ _ABSOLUTE
        for i in range(U(first[size]) * width, U(first[size + 1]) * width):
            value = bits[i] & _ABSOLUTE
            least = min(least, value)
            most = max(most, value)
        patterns[0], patterns[1] = least, most
        if size == 1:
            spread = limits[1] if _SMALLEST < limits[1] < _LARGEST else np.inf
            certain = limits[0] > 0.0 and spread < np.inf
            product = spread
        else:
            product *= spread
            certain = certain and limits[0] > factors[size] * product
    if certain:
        at = U(first[1]) * width
        for minor in range(U(first[1]), U(first[first.size - 1])):
            negative = U(0)
            for lane in range(U(0), width, U(8)):
                negative |= sign_bits(bits, at + lane) << lane
            at += width
            words[U(2) * minor] = ~negative
            words[U(2) * minor + U(1)] = negative
    else:
        for minor in range(first[1], first[min(2, first.size - 1)]):
            positive = U(0)
            negative = U(0)
            for lane in range(width):
                positive |= U(minors[U(minor), U(lane)] > 0.0) << U(lane)
                negative |= U(minors[U(minor), U(lane)] < 0.0) << U(lane)
            words[2 * minor] = positive
            words[2 * minor + 1] = negative
    return spread, certain


@inline
def _signs_apart(first: Array, minors: Array, factors: Array, bounds: Array, words: Array) -> None:
    """Words of the signs of the minors of sizes above 1, by a bound for each game."""
    width = minors.shape[1]
    for size in range(2, first.size - 1):
        factor = factors[size]
        for minor in range(first[size], first[size + 1]):
            positive = U(0)
            negative = U(0)
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
    sure = U(0)
    tied = U(0)
    possible = U(0)
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
    rows, columns = U(signs_a.shape[1]), U(signs_b.shape[1])
    for pair in range(U(sizes.size)):
        plain = _ONES
        reverse = _ONES
        for n in range(rows):
            sign = U(signs_a[pair, n])
            plain &= words_a[sign]
            reverse &= words_a[sign ^ U(1)]
        word = (plain | reverse) & valid
        if word != U(0):
            plain = _ONES
            reverse = _ONES
            for n in range(columns):
                sign = U(signs_b[pair, n])
                plain &= words_b[sign]
                reverse &= words_b[sign ^ U(1)]
            word &= plain | reverse
            if word != U(0):
                pairs[U(hits)] = pair
                games[U(hits)] = word
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
    degenerate = U(0)
    left = U(0)
    for pair in range(sizes.size):
        size = sizes[pair]
        sure_a, tied_a, possible_a = _careful(signs_a, pair, size, words_a, exact_a, ends[0])
        sure_b, tied_b, possible_b = _careful(signs_b, pair, size, words_b, exact_b, ends[1])
        degenerate |= tied_a | tied_b
        left |= (possible_a & ~sure_a) | (possible_b & ~sure_b)
        word = sure_a & sure_b & valid
        if word != U(0):
            pairs[hits] = pair
            games[hits] = word
            hits += 1
    return hits, degenerate & valid & ~left, left & valid


@inline
def _mark(word: np.uint64, start: int, flag: np.uint8, flags: Array) -> None:
    """Set a flag of the games in a word."""
    while word != U(0):
        flags[U(start) + trailing_zeros(word)] |= flag
        word &= word - U(1)


#: Numbers before the parts of a packed table.
_HEADER = 7

#: Where cancellation leaves less than this share of a product of spreads, the mix is left to exact
#: arithmetic.
_SMALLEST_SHARE = 1e-6
#: So is one whose minors add up to less: the inverse might be out of range.
_SMALLEST_TOTAL = 1e-300


@inline
def _write(
    weights_1: Array,
    weights_2: Array,
    sizes: Array,
    minors_a: Array,
    minors_b: Array,
    spread_a: float,
    spread_b: float,
    pairs: Array,
    games: Array,
    hits: int,
    start: int,
    begin: int,
    end: int,
    used: int,
    first: Array,
    second: Array,
    counts: Array,
    flags: Array,
) -> int:
    """Write the equilibria found in a word of games to ``first[slot, game]`` and ``second``.

    Mixes are read off the opponent's minors: each probability is a share of one of them, which is 1
    for pure actions and 0 for those outside the support, so all sizes of supports are written in
    the same way. A slot is filled with NaN for games `begin` to `end` when one of them first needs
    it; returns the number of slots filled.
    """
    # One loop without calls and without loops over a few entries: both cost more than a mix. So
    # do signed indices, which might count from the end.
    k_1, k_2, slots = U(first.shape[2]), U(second.shape[2]), first.shape[0]
    total = U(first.shape[1])
    flat, flat_2 = first.reshape(-1), second.reshape(-1)
    flat_a, flat_b, width = minors_a.reshape(-1), minors_b.reshape(-1), U(minors_a.shape[1])
    two_rows, three_rows, four_rows = k_1 > U(1), k_1 > U(2), k_1 > U(3)
    two_columns, three_columns, four_columns = k_2 > U(1), k_2 > U(2), k_2 > U(3)
    here = U(start)
    for hit in range(U(hits)):
        pair = U(pairs[hit])
        word = games[hit]
        least_a, least_b = _SMALLEST_TOTAL, _SMALLEST_TOTAL
        if sizes[pair] > 2:
            least_a, least_b = _SMALLEST_SHARE, _SMALLEST_SHARE
            for _ in range(1, sizes[pair]):
                least_a *= spread_a
                least_b *= spread_b
        # Read here, and not in the loop: what is written there might be a part of these arrays.
        at_1, to_1 = U(weights_1[pair, U(0)]) * width, U(weights_2[pair, U(0)]) * width
        at_2 = at_3 = at_4 = at_1
        to_2 = to_3 = to_4 = to_1
        if two_rows:
            at_2 = U(weights_1[pair, U(1)]) * width
        if three_rows:
            at_3 = U(weights_1[pair, U(2)]) * width
        if four_rows:
            at_4 = U(weights_1[pair, U(3)]) * width
        if two_columns:
            to_2 = U(weights_2[pair, U(1)]) * width
        if three_columns:
            to_3 = U(weights_2[pair, U(2)]) * width
        if four_columns:
            to_4 = U(weights_2[pair, U(3)]) * width
        while word != U(0):
            lane = trailing_zeros(word)
            word &= word - U(1)
            game = here + lane
            slot = counts[game]
            counts[game] = slot + 1
            if slot >= slots:
                continue
            if slot >= used:
                low = U(slot) * total + U(begin)  # plain loops, which become vector instructions
                high = U(slot) * total + U(end)
                for i in range(low * k_1, high * k_1):
                    flat[i] = np.nan
                for i in range(low * k_2, high * k_2):
                    flat_2[i] = np.nan
                used = slot + 1
            row = (U(slot) * total + game) * k_1
            column = (U(slot) * total + game) * k_2
            one = abs(flat_b[at_1 + lane])
            two = abs(flat_b[at_2 + lane]) if two_rows else 0.0
            three = abs(flat_b[at_3 + lane]) if three_rows else 0.0
            four = abs(flat_b[at_4 + lane]) if four_rows else 0.0
            total_b = one + two + three + four
            for action in range(U(4), k_1):
                total_b += abs(flat_b[U(weights_1[pair, action]) * width + lane])
            scale = 1.0 / total_b
            flat[row] = one * scale
            if two_rows:
                flat[row + U(1)] = two * scale
            if three_rows:
                flat[row + U(2)] = three * scale
            if four_rows:
                flat[row + U(3)] = four * scale
            for action in range(U(4), k_1):
                flat[row + action] = scale * abs(flat_b[U(weights_1[pair, action]) * width + lane])
            one = abs(flat_a[to_1 + lane])
            two = abs(flat_a[to_2 + lane]) if two_columns else 0.0
            three = abs(flat_a[to_3 + lane]) if three_columns else 0.0
            four = abs(flat_a[to_4 + lane]) if four_columns else 0.0
            total_a = one + two + three + four
            for action in range(U(4), k_2):
                total_a += abs(flat_a[U(weights_2[pair, action]) * width + lane])
            scale = 1.0 / total_a
            flat_2[column] = one * scale
            if two_columns:
                flat_2[column + U(1)] = two * scale
            if three_columns:
                flat_2[column + U(2)] = three * scale
            if four_columns:
                flat_2[column + U(3)] = four * scale
            for action in range(U(4), k_2):
                flat_2[column + action] = scale * abs(
                    flat_a[U(weights_2[pair, action]) * width + lane]
                )
            if not (least_b < total_b < np.inf and least_a < total_a < np.inf):
                flags[game] |= np.uint8(DOUBTFUL)
    return used


@splice
def _cut(array: Array, start: int, rows: int, columns: int) -> Array:
    """A part of a flat array, as a matrix."""
    return array[start : start + rows * columns].reshape(rows, columns)


def _weights(actions: Array, sizes: Array, signs: Array, opponents: MinorTable) -> Array:
    """Minors to which a player's probabilities are proportional, ``(pairs, k)``.

    They are of the opponent's matrix; a row of zeros after the last one stands for actions that
    are not in the support.
    """
    rows = np.full((sizes.size, opponents.columns), opponents.first[-1])
    for place in range(actions.shape[1]):
        some = np.flatnonzero(sizes > place)
        rows[some, actions[some, place]] = signs[some, place] >> 1
    return rows


def packed_tables(
    minors: tuple[MinorTable, MinorTable], supports: SupportTable
) -> tuple[Array, Array]:
    """Tables for `search`, each kind of number in one array: handing over many arrays takes time.

    A minor of size s is a sum of s! products of s differences of payoffs. Each difference, each
    product and each addition rounds once, by up to half a unit in the last place. Along the
    recursion a product of s differences meets at most s + (s - 1) + (2 + ... + s - 1) <= (s + 1)
    (s + 2)/2 of these; the factor of 2 left covers the rounding of the bound itself. Where all
    payoffs are whole numbers, or 64ths, with a spread of at most `largest_whole` of these units, no
    step exceeds 2^52 units to the power of s, and nothing is rounded.
    """
    table_a, table_b = minors
    pairs = supports.sizes.size
    sizes = (len(table_a.first), len(table_b.first))
    columns = table_a.columns
    places = [  # of an own action and the opponent's among the payoffs of a game
        (table_a.differences, columns, 1),
        (table_b.differences, 1, columns),
    ]
    differences = [
        np.stack([d[:, 0] * own + d[:, 2] * other, d[:, 1] * own + d[:, 2] * other], axis=1)
        for d, own, other in places
    ]
    terms = [table_a.terms, table_b.terms]
    header = [pairs, *sizes, *map(len, differences), *map(len, terms)]
    parts = [header, table_a.first, table_b.first, *differences, *terms, supports.sizes]
    weights = [
        _weights(supports.actions[0], supports.sizes, supports.signs[1], table_b),
        _weights(supports.actions[1], supports.sizes, supports.signs[0], table_a),
    ]
    parts += [*supports.signs, *weights]
    table = np.concatenate([np.asarray(part, dtype=np.int64).ravel() for part in parts])
    whole = [(2.0**52 / factorial(n - 2)) ** (1 / max(n - 2, 1)) for n in sizes]
    factors = [(s + 1) * (s + 2) * _ROUNDING * factorial(s) for s in range(max(sizes) - 1)]
    return table, np.array([*whole, *factors])


def workspace_sizes(minors: tuple[MinorTable, MinorTable], pairs: int) -> tuple[int, int]:
    """Numbers of floats a lane, and of words, that `search` needs to work in."""
    table_a, table_b = minors
    total = int(table_a.first[-1] + table_b.first[-1])
    entries = table_a.rows * table_a.columns
    return 2 * entries + total + len(table_a.first) + len(table_b.first) + 4, 2 * (total + pairs)


@jit(interpret=4 * FEW)
def search(
    payoffs_a: Array,
    payoffs_b: Array,
    table: Array,
    numbers: Array,
    space: Array,
    words: Array,
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
    table, numbers
        What `packed_tables` gives.
    space, words
        Workspaces, of the sizes that `workspace_sizes` gives.
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
    games, k_1, k_2 = payoffs_a.shape
    entries = k_1 * k_2
    none, one = games - games, k_1 // k_1  # numbers of which numba does not make types
    flat_a, flat_b = payoffs_a.reshape(-1), payoffs_b.reshape(-1)
    pairs, ends_a, ends_b = table[0], table[1], table[2]
    at = _HEADER
    first_a = table[at : at + ends_a]
    at += ends_a
    first_b = table[at : at + ends_b]
    at += ends_b
    differences_a = _cut(table, at, table[3], one + one)
    at += 2 * table[3]
    differences_b = _cut(table, at, table[4], one + one)
    at += 2 * table[4]
    terms_a = _cut(table, at, table[5], one + one)
    at += 2 * table[5]
    terms_b = _cut(table, at, table[6], one + one)
    at += 2 * table[6]
    sizes = table[at : at + pairs]
    at += pairs
    signs_a = _cut(table, at, pairs, k_1)
    at += pairs * k_1
    signs_b = _cut(table, at, pairs, k_2)
    at += pairs * k_2
    weights_1 = _cut(table, at, pairs, k_1)
    at += pairs * k_1
    weights_2 = _cut(table, at, pairs, k_2)
    whole_a, whole_b = numbers[0], numbers[1]
    factors = numbers[2:]

    n_a, n_b = first_a[ends_a - 1], first_b[ends_b - 1]
    words_a = words[: 2 * n_a]
    words_b = words[2 * n_a : 2 * (n_a + n_b)]
    pair_numbers = words[2 * (n_a + n_b) : 2 * (n_a + n_b) + pairs]
    pair_games = words[2 * (n_a + n_b) + pairs :]
    width = space.size // (2 * entries + n_a + n_b + ends_a + ends_b + 4)
    lanes_a = _cut(space, none, entries, width)
    lanes_b = _cut(space, entries * width, entries, width)
    at = 2 * entries * width
    minors_a = _cut(space, at, n_a + 1, width)
    at += (n_a + 1) * width
    minors_b = _cut(space, at, n_b + 1, width)
    at += (n_b + 1) * width
    minors_a[n_a, :] = 0.0
    minors_b[n_b, :] = 0.0
    bounds_a = _cut(space, at, ends_a - 1, width)
    at += (ends_a - 1) * width
    bounds_b = _cut(space, at, ends_b - 1, width)
    at += (ends_b - 1) * width
    work = _cut(space, at, 4 * one, width)

    # Of minors of sizes 0 and 1 even a 0 is certain.
    ends = (2 * first_a[min(2, ends_a - 1)], 2 * first_b[min(2, ends_b - 1)])
    words_a[0 : 2 * first_a[1] : 2] = _ONES
    words_b[0 : 2 * first_b[1] : 2] = _ONES
    used, most = none, none
    found = np.uint8(0)
    limits = work.reshape(-1)[:2]
    counts[base : base + games] = 0
    flags[base : base + games] = 0
    group = max(width, _GROUP // entries // width * width)
    for begin in range(0, games, group):
        end = min(begin + group, games)
        here = none
        for start in range(begin, end, width):
            count = min(width, end - start)
            valid = _ONES if count == LANES else _BIT[count] - U(1)
            _load(flat_a, start, count, lanes_a)
            _load(flat_b, start, count, lanes_b)
            _minors(first_a, differences_a, terms_a, lanes_a, minors_a)
            _minors(first_b, differences_b, terms_b, lanes_b, minors_b)
            spread_a, certain_a = _signs(first_a, minors_a, factors, limits, words_a)
            spread_b, certain_b = _signs(first_b, minors_b, factors, limits, words_b)
            if certain_a and certain_b:
                n = _match(
                    signs_a, signs_b, sizes, words_a, words_b, valid, pair_numbers, pair_games
                )
            else:
                exact_a = _bounds((k_2, one), (k_1, k_2), lanes_a, whole_a, bounds_a, work)
                exact_b = _bounds((one, k_2), (k_2, k_1), lanes_b, whole_b, bounds_b, work)
                _signs_apart(first_a, minors_a, factors, bounds_a, words_a)
                _signs_apart(first_b, minors_b, factors, bounds_b, words_b)
                n, degenerate, undecided = _match_careful(
                    signs_a, signs_b, sizes, words_a, words_b, exact_a, exact_b, ends, valid,
                    pair_numbers, pair_games,
                )  # fmt: skip
                _mark(degenerate, base + start, np.uint8(DEGENERATE), flags)
                _mark(undecided, base + start, np.uint8(OPEN), flags)
            here = _write(
                weights_1, weights_2, sizes, minors_a, minors_b, spread_a, spread_b,
                pair_numbers, pair_games, n, base + start, base + begin, base + end, here,
                first, second, counts, flags,
            )  # fmt: skip
        for slot in range(here, used):
            first[slot, base + begin : base + end] = np.nan
            second[slot, base + begin : base + end] = np.nan
        for slot in range(used, here):
            first[slot, base : base + begin] = np.nan
            second[slot, base : base + begin] = np.nan
        used = max(used, here)
    for game in range(base, base + games):
        most = max(most, counts[game])
    for game in range(base, base + games):
        found |= flags[game]
    return used, most, found


@jit(interpret=FEW)
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
    valid = _ONES if count == LANES else _BIT[count] - U(1)
    hits, degenerate, _ = _match_careful(
        signs_a, signs_b, sizes, words_a, words_b, _ONES, _ONES, (0, 0), valid, pairs, games
    )
    return hits, degenerate
