"""Limits of memory, of a processor's cache, and of integers that a float represents exactly."""

from __future__ import annotations

from typing import Any

# Bytes that the arrays of one computation may take: 4 GiB.
MEMORY_LIMIT = 2**32
# Numbers of one array in a block of rows: 512 KiB of floats, which the second-level cache of a
# processor holds. A constant, not the size of this machine's cache: sums over blocks then have the
# same bits on every machine.
CACHE_NUMBERS = 65_536


def check_memory(what: str, numbers: int, remedy: str) -> None:
    """Raise where an array of n float64 numbers would take more than 4 GiB.

    Parameters
    ----------
    what : str
        Names the numbers, in the plural.
    numbers : int
        The count n.
    remedy : str
        An imperative sentence without its full stop.

    Raises
    ------
    ValueError
        With the size in GiB.

    Examples
    --------
    >>> check_memory("a few numbers", 1000, "")
    >>> check_memory("1e+09 numbers", 10**9, "Take fewer")
    Traceback (most recent call last):
        ...
    ValueError: 1e+09 numbers would take 7.5 GiB, and no more than 4 GiB are ...
    """
    needed = 8 * numbers
    if needed > MEMORY_LIMIT:
        size = f"{needed / 2**30:,.1f}" if needed < 2**60 else f"{needed / 2**30:.1e}"
        raise ValueError(
            f"{what} would take {size} GiB, and no more than {MEMORY_LIMIT // 2**30} GiB are "
            f"allocated at once. {remedy}."
        )


# Beyond this size not every integer is a float; a float of this size may be a rounded integer.
MAX_EXACT_INTEGER = 2.0**53


def is_rounded(value: Any, level: Any) -> bool:
    """Return whether a float that equals a level may be the rounding of another integer."""
    return (
        isinstance(value, float)
        and abs(value) >= MAX_EXACT_INTEGER
        and not isinstance(level, float)
    )
