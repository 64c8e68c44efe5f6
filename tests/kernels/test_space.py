"""Space to work in that starts a cache line."""

import pytest

from summitgames.kernels._space import VECTOR, aligned, aligned_zeros


@pytest.mark.parametrize("shape", [(1,), (7,), (8,), (3, 16), (2, 3, 8), (100_000,)])
def test_space_starts_a_cache_line(shape: tuple[int, ...]) -> None:
    zeros = [aligned_zeros(*shape) for _ in range(20)]
    assert not any(space.any() for space in zeros)
    for space in [*zeros, *(aligned(*shape) for _ in range(20))]:
        assert space.shape == shape
        assert space.flags.c_contiguous
        assert space.flags.writeable
        assert space.__array_interface__["data"][0] % (8 * VECTOR) == 0
