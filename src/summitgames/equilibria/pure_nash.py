"""Pure-strategy Nash equilibria."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from summitgames.blocks import Block, map_blocks
from summitgames.equilibria.options import work_limit
from summitgames.games.normal_form import NormalForm, as_normal_form
from summitgames.kernels.best_responses import keep_best_responses

if TYPE_CHECKING:
    import nashpy
    from numpy.typing import NDArray

__all__ = ["pure_nash"]

#: Payoffs of a player a block.
_BLOCK_PAYOFFS = 2**16


def pure_nash(
    game: NormalForm | nashpy.Game,
    *,
    threads: int | None = None,
    max_work: int | None = None,
) -> NDArray[np.bool_]:
    """Pure-strategy Nash equilibria of every game of a family.

    Parameters
    ----------
    game
        N players, player i with k_i actions, batch shape ``(*batch,)``.
    threads
        None: the machine's cores for a large batch, one for a small one.
    max_work
        Not used, but checked as by every solver: the work is linear in the size of the payoffs.

    Returns
    -------
    (*batch, k_1, ..., k_N) bool
        True where the pure profile is an equilibrium. Payoffs are compared as the numbers that they
        are: ties count as best responses, and a difference in the last place does not.

    Raises
    ------
    GameError
        If `game` is no game in normal form, or an option is out of range.

    References
    ----------
    Nash (1950), Equilibrium points in n-person games, PNAS 36(1).

    Examples
    --------
    >>> from summitgames import NormalForm, pure_nash
    >>> coordination = NormalForm.from_bimatrix([[2, 0], [0, 1]], [[1, 0], [0, 2]])
    >>> pure_nash(coordination)
    array([[ True, False],
           [False,  True]])
    """
    form = as_normal_form(game)
    work_limit(max_work, 1)
    counts = form.n_actions
    kept = np.ones((form.size, *counts), dtype=np.bool_)
    exact = [array.reshape(form.size, *counts) for array in form.exact or ()]

    def work(block: Block) -> None:
        part = kept[block.start : block.stop]
        for axis, numbers in enumerate(exact, start=1):
            own = numbers[block.start : block.stop]
            part &= own == own.max(axis=axis, keepdims=True)
        if exact:
            return
        for player, payoffs in enumerate(form.block(block.start, block.stop)):
            after = math.prod(counts[player + 1 :])
            shape = (block.size, math.prod(counts[:player]), counts[player], after)
            part = kept[block.start : block.stop].reshape(shape)
            keep_best_responses(payoffs.reshape(shape), np.empty(after), part)

    size = max(1, _BLOCK_PAYOFFS // math.prod(counts))
    map_blocks(work, form.size, block=size, threads=threads)
    return kept.reshape(*form.batch_shape, *counts)
