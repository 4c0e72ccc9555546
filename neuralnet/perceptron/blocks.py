"""Blocks of rows: the number of rows that a pass takes at a time, so that a cache holds its arrays.

Blocks are cut by sizes alone, never by the number of threads: sums over rows have the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import CACHE_NUMBERS

# Below, calls of NumPy cost more than the cache saves. Compiled loops take no more rows at a time:
# their arrays then fit into the first-level cache.
MIN_BLOCK_ROWS = 256
# More rows make no pass faster, and smaller blocks can be spread over threads.
MAX_BLOCK_ROWS = 8_192


def choose_block_rows(sizes: Sequence[int]) -> int:
    """Number of rows in a block of a network with these numbers of units in its layers."""
    return min(MAX_BLOCK_ROWS, max(MIN_BLOCK_ROWS, CACHE_NUMBERS // max(sizes)))


def split_rows(n: int, step: int) -> list[slice]:
    """Split n rows into blocks of ``step`` rows; 0 rows are one empty block.

    Examples
    --------
    >>> split_rows(2_500, choose_block_rows((21, 64, 5)))
    [slice(0, 1024, None), slice(1024, 2048, None), slice(2048, 2500, None)]
    """
    return [slice(start, min(n, start + step)) for start in range(0, max(n, 1), step)]
