"""Parts of dates: the year, month, weekday and hour of an array of local times (datetime64).

A date has the hour 0. Knows no time zones and nothing of formulas.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Times = NDArray[np.datetime64]


def year(d: Times) -> Floats:
    """Return the year.

    Examples
    --------
    >>> year(np.array(["2024-02-29T15:59", "1969-12-31"], dtype="datetime64[us]")).tolist()
    [2024.0, 1969.0]
    """
    return _count(d, "Y") + 1970.0


def month(d: Times) -> Floats:
    """Return the month, from 1 to 12.

    Examples
    --------
    >>> month(np.array(["2024-02-29T15:59", "1969-12-31"], dtype="datetime64[us]")).tolist()
    [2.0, 12.0]
    """
    return _count(d, "M") % 12.0 + 1.0


def weekday(d: Times) -> Floats:
    """Return the day of the week by ISO 8601, from 1 for Monday to 7 for Sunday.

    Examples
    --------
    >>> weekday(np.array(["2024-02-29T15:59", "1969-12-31"], dtype="datetime64[us]")).tolist()
    [4.0, 3.0]
    """
    # 1970-01-01 was a Thursday.
    return (_count(d, "D") + 3.0) % 7.0 + 1.0


def hour(d: Times) -> Floats:
    """Return the full hour of the day, from 0 to 23.

    Examples
    --------
    >>> hour(np.array(["2024-02-29T15:59", "1969-12-31"], dtype="datetime64[us]")).tolist()
    [15.0, 0.0]
    """
    return _count(d, "h") % 24.0


def _count(d: Times, unit: Any) -> Floats:
    """Return the number of whole units since 1970-01-01; nan where missing."""
    counts = d.astype(f"datetime64[{unit}]").astype(np.int64)
    return np.where(np.isnat(d), np.nan, counts)


def spell_date_functions(name: str) -> str:
    """Return the calls by which a column of dates enters a formula, for errors."""
    return f"days({name}), year({name}), month({name}), weekday({name}) or hour({name})"
