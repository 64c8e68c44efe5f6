"""Arrays and labels of games as users give them: checked, read exactly, cut into blocks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from summitgames.errors import GameError
from summitgames.games.batches import batch_index, exact_number, holds_masked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "action_labels",
    "as_floats",
    "as_fractions",
    "block_of",
    "broadcast",
    "exact_arrays",
    "first_not_finite",
    "holds_floats",
    "is_fractional",
    "is_rounded",
    "labels_of",
    "numbered",
    "picked",
    "read_array",
    "read_only",
    "read_payoffs",
]

T = TypeVar("T", bound=np.generic)

#: Whole numbers up to this are the same number as float64.
LARGEST_WHOLE: Final = 2**53
#: Entries that are looked at one by one sooner than NumPy begins.
_FEW: Final = 64


def broadcast(array: NDArray[T], shape: tuple[int, ...]) -> NDArray[T]:
    """The array over a shape to which it broadcasts."""
    return array if array.shape == shape else np.broadcast_to(array, shape)


def read_only(array: NDArray[T]) -> NDArray[T]:
    """A view through which nothing can be changed."""
    view = array.view()
    view.setflags(write=False)
    return view


def read_payoffs(payoffs: Any) -> list[NDArray[Any]]:
    """One array of payoffs a player.

    Raises
    ------
    GameError
        If it is no sequence of arrays of numbers, or an empty one.
    """
    if isinstance(payoffs, (str, bytes, Mapping, Set)) or not isinstance(payoffs, Iterable):
        raise GameError(f"payoffs: {type(payoffs).__name__}; expected one array for each player")
    try:
        entries = list(payoffs)
    except TypeError:  # such as a single game, which has no length
        raise GameError(
            f"payoffs: {type(payoffs).__name__}; expected one array for each player"
        ) from None
    given = [read_array(array, f"payoffs[{i}]") for i, array in enumerate(entries)]
    if not given:
        raise GameError("payoffs: none; expected one array for each player")
    return given


def read_array(given: Any, what: str) -> NDArray[Any]:
    """An array of real numbers or of objects that are.

    Raises
    ------
    GameError
        If it is ragged, masked, empty, or holds anything else.
    """
    if holds_masked(given):
        raise GameError(f"{what}: a masked array with entries left out; expected all of them")
    try:
        array = np.asarray(given)
    except ValueError:
        raise GameError(f"{what}: ragged; expected an array, all rows of one length") from None
    if array.dtype.kind not in "iufO":
        raise GameError(f"{what}: an array of {array.dtype}; expected numbers")
    if array.size == 0:
        raise GameError(f"{what}: shape {array.shape} has no entry; expected at least one")
    if array.dtype == object:
        for flat, item in enumerate(array.ravel().tolist()):
            if exact_number(item) is None and not isinstance(item, (float, np.floating)):
                where = f" at {batch_index(flat, array.shape)}" if array.shape else ""
                raise GameError(f"{what}: {item!r}{where}; expected a number")
    return array


def read_floats(given: Any, what: str) -> NDArray[np.float64]:
    """Strategies, beliefs or points as a user gives them, as float64; they may be NaN.

    Raises
    ------
    GameError
        If they are ragged, masked or beyond float64, or anything but numbers: truth values, dates
        and texts, of which NumPy would make some, among them.
    """
    if isinstance(given, np.ndarray) and given.size == 0 and given.dtype.kind == "f":
        return given.astype(np.float64, copy=False)  # of a family without games
    return as_floats(read_array(given, what), what)


def as_floats(array: NDArray[Any], what: str) -> NDArray[np.float64]:
    """The nearest floats, not copied if it holds floats.

    Raises
    ------
    GameError
        If a number is beyond float64.
    """
    if array.dtype == np.float64:
        return array
    try:
        with np.errstate(over="ignore"):  # what overflows becomes infinite, and is refused as such
            return array.astype(np.float64, copy=False)
    except OverflowError:  # of a whole number or a Fraction
        raise GameError(
            f"{what}: a number beyond float64 at {_first_beyond(array)}; expected finite numbers"
        ) from None


def _first_beyond(array: NDArray[np.object_]) -> tuple[int, ...]:
    """Index of the first number that float64 cannot hold."""
    flat = next(flat for flat, item in enumerate(array.ravel().tolist()) if _is_beyond(item))
    return batch_index(flat, array.shape)


def _is_beyond(number: Any) -> bool:
    try:
        float(number)
    except OverflowError:
        return True
    return False


def first_not_finite(array: NDArray[np.float64]) -> tuple[int, ...] | None:
    """Index of the first entry that is infinite or nan, if there is one."""
    if array.size <= _FEW:
        if all(map(math.isfinite, array.ravel().tolist())):
            return None
    else:
        # A sum is finite only if all terms are; it may overflow, then every entry is looked at.
        with np.errstate(over="ignore", invalid="ignore"):
            if math.isfinite(np.add.reduce(array, axis=None)):
                return None
    wrong = ~np.isfinite(array)
    return batch_index(int(np.argmax(wrong)), array.shape) if wrong.any() else None


def exact_arrays(
    given: Sequence[NDArray[Any]], shape: tuple[int, ...]
) -> tuple[NDArray[np.object_], ...] | None:
    """Arrays of Fraction broadcast to a shape, where floats do not hold the numbers given."""
    if not any(is_rounded(array) for array in given):
        return None
    return tuple(np.broadcast_to(as_fractions(array), shape) for array in given)


def as_fractions(array: NDArray[Any]) -> NDArray[np.object_]:
    """The rationals that an array's numbers are."""
    return np.asarray(np.frompyfunc(exact_number, 1, 1)(array), dtype=object)


def is_rounded(array: NDArray[Any]) -> bool:
    """Whether float64 does not hold the numbers (or they are no NumPy numbers, which may)."""
    if array.dtype == np.float64:
        return False
    if array.dtype.kind in "iu":
        return bool((array > LARGEST_WHOLE).any() or (array < -LARGEST_WHOLE).any())
    return array.dtype == object or array.dtype.itemsize > np.dtype(np.float64).itemsize


def holds_floats(array: NDArray[Any]) -> bool:
    """Whether an array holds floats that are no whole numbers."""
    if array.dtype != object:
        return array.dtype.kind == "f" and is_fractional(array)
    floats = [item for item in array.ravel().tolist() if isinstance(item, (float, np.floating))]
    return is_fractional(np.array(floats, dtype=np.float64))


def is_fractional(array: NDArray[Any]) -> bool:
    """Whether some float is no whole number, or so large that the numbers near it are not held."""
    return bool(((array != np.floor(array)) | (np.abs(array) > LARGEST_WHOLE)).any())


@lru_cache(maxsize=256)
def numbered(count: int) -> tuple[str, ...]:
    """The labels "1", "2", ..."""
    return tuple(str(i + 1) for i in range(count))


def labels_of(given: Any, count: int, what: str, kind: str) -> tuple[str, ...]:
    """Labels, checked: as many as there are, all different; by default numbers.

    Raises
    ------
    GameError
        If they are too few, too many, repeated, or no text.
    """
    if given is None:
        return numbered(count)
    if isinstance(given, (str, bytes)) or not np.iterable(given):
        raise GameError(f"{what}: {given!r}; expected a sequence of {count} labels")
    labels = tuple(given)
    if len(labels) != count:
        raise GameError(f"{what}: {len(labels)} labels; expected {count}, one for each {kind}")
    for label in labels:
        if not isinstance(label, str):
            raise GameError(f"{what}: {label!r}; expected labels that are text")
    if len(set(labels)) < count:
        twice = next(label for label in labels if labels.count(label) > 1)
        raise GameError(f"{what}: {twice!r} twice; expected labels that differ")
    return labels


def action_labels(
    given: Any, counts: tuple[int, ...], players: tuple[str, ...]
) -> tuple[tuple[str, ...], ...]:
    """Labels of every player's actions, checked.

    Raises
    ------
    GameError
        If there is not one sequence of good labels for each player.
    """
    if given is None:
        return tuple(numbered(count) for count in counts)
    lists = tuple(given) if np.iterable(given) else given
    if not isinstance(lists, tuple) or isinstance(given, (str, bytes)):
        raise GameError(f"actions: {given!r}; expected {len(counts)} sequences of labels")
    if len(lists) != len(counts):
        raise GameError(
            f"actions: {len(lists)} sequences of labels; expected {len(counts)}, one for each "
            "player"
        )
    return tuple(
        labels_of(labels, count, f"actions[{i}] (player {players[i]!r})", "action")
        for i, (labels, count) in enumerate(zip(lists, counts, strict=True))
    )


def picked(index: Any, batch: tuple[int, ...]) -> tuple[Any, ...]:
    """An index of a family's batch, as a tuple.

    Raises
    ------
    GameError
        If it lies outside the batch.
    IndexError
        If a whole number does, so that iteration over a family ends.
    """
    where = index if isinstance(index, tuple) else (index,)
    try:
        np.broadcast_to(0, batch)[where]
    except (IndexError, ValueError) as error:  # ValueError: a ragged list
        if isinstance(error, IndexError) and isinstance(index, int) and batch:
            raise
        raise GameError(f"index: {error}; the batch shape is {batch}") from None
    return where


def block_of(
    array: NDArray[np.float64], batch: tuple[int, ...], start: int, stop: int
) -> NDArray[np.float64]:
    """Entries of games start to stop, counted in C order of the batch.

    Returns
    -------
    read-only C-contiguous array ``(stop - start, ...)``
        A view of the array where it lies in memory like that, else a copy of this part.
    """
    flags = array.flags
    if not batch and flags.c_contiguous and not flags.writeable and start == 0:
        return array[np.newaxis]
    own = array.shape[len(batch) :]
    if flags.c_contiguous and not flags.writeable:  # and so are views
        return array.reshape(-1, *own)[start:stop]
    if array.flags.c_contiguous:
        return read_only(array.reshape(-1, *own)[start:stop])
    if not batch:
        return read_only(np.ascontiguousarray(array[np.newaxis])[start:stop])
    where = np.unravel_index(np.arange(start, stop), batch)
    return read_only(np.ascontiguousarray(array[where]))
