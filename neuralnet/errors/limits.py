"""Limits of memory, and of whole numbers in floats."""

from __future__ import annotations

from typing import Any

# Bytes that the arrays of one purpose may take: 4 GiB.
MEMORY_LIMIT = 2**32


def check_memory(what: str, numbers: int, remedy: str) -> None:
    """Refuse so many float64 numbers where they would take more than 4 GiB.

    Parameters
    ----------
    what : str
        What they are, as a subject in the plural.
    numbers : int
    remedy : str
        What to do instead, as a command.

    Raises
    ------
    ValueError
        With their size.

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


# From here on floats leave out whole numbers.
MAX_EXACT_INTEGER = 2.0**53


def is_rounded(value: Any, level: Any) -> bool:
    """Whether a value that equals a level may have been another whole number before."""
    return (
        isinstance(value, float)
        and abs(value) >= MAX_EXACT_INTEGER
        and not isinstance(level, float)
    )
