"""``days(d)``: days since the earliest date of the training rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Days:
    """``days(d)``: days since the earliest date of the training rows, with fractions.

    Rows before it, which only new data can have, are negative.

    Attributes
    ----------
    earliest : int or None
        In microseconds since 1970.

    Examples
    --------
    >>> days = Days()
    >>> days.memorize_chunk(np.array(["2024-02-28T12", "2024-03-31"], dtype="datetime64[us]"))
    >>> days.transform(np.array(["2024-03-01", "2024-02-28"], dtype="datetime64[us]")).tolist()
    [1.5, -0.5]
    """

    def __init__(self) -> None:
        self.earliest: int | None = None

    def memorize_chunk(self, d: Any) -> None:
        """Add a block of the training rows."""
        least = int(d.astype("datetime64[us]").astype(np.int64).min())
        self.earliest = least if self.earliest is None else min(least, self.earliest)

    def memorize_finish(self) -> None:
        """Do nothing: the earliest date is known."""

    def transform(self, d: Any) -> NDArray[np.float64]:
        """Return the days of any rows."""
        earliest = np.datetime64(self.earliest, "us")
        since: NDArray[np.float64] = (d - earliest) / np.timedelta64(1, "D")
        return since
