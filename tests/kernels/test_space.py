"""Space to work in that starts a cache line."""

import pytest

from summitgames.kernels._space import VECTOR, aligned


@pytest.mark.parametrize("shape", [(1,), (7,), (8,), (3, 16), (2, 3, 8), (100_000,)])
def test_space_starts_a_cache_line(shape: tuple[int, ...]) -> None:
    spaces = [aligned(*shape) for _ in range(20)]
    for space in spaces:
        assert space.shape == shape
        assert space.flags.c_contiguous
        assert space.flags.writeable
        assert not space.any()
        assert space.__array_interface__["data"][0] % (8 * VECTOR) == 0
