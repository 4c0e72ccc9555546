"""The training history: an append-only table with one row for each iteration."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("loss", "accuracy", "validation_loss", "learn_rate")
# Columns that every history shows, whether requested or not.
ALWAYS = ("loss", "accuracy")


class History:
    """Columns of numbers that grow.

    The caller passes the number of valid rows: later ones are left from an unfinished iteration,
    and will be overwritten.
    """

    def __init__(self) -> None:
        self._rows: NDArray[np.float64] = np.empty((256, len(COLUMNS)))

    def extend(self, row: int, columns: NDArray[np.float64], accuracy: float) -> None:
        """Set the rows from ``row`` on; only the accuracy of the last one is known."""
        end = row + len(columns)
        while end > len(self._rows):
            self._rows = np.vstack([self._rows, np.empty_like(self._rows)])
        block = self._rows[row:end]
        block[:, 0], block[:, 1], block[:, 2:] = columns[:, 0], np.nan, columns[:, 1:]
        block[-1, 1] = accuracy

    def frame(self, n: int) -> pd.DataFrame:
        """Copy the first n rows to a DataFrame, without columns that were not requested."""
        table = pd.DataFrame(self._rows[:n].copy(), columns=list(COLUMNS))
        table.insert(0, "iteration", np.arange(1, n + 1))
        unused = [name for name in COLUMNS if name not in ALWAYS and table[name].isna().all()]
        return table.drop(columns=unused)

    def losses(self, n: int) -> NDArray[np.float64]:
        """The first n losses, as a view that is not to be written to."""
        return self._rows[:n, COLUMNS.index("loss")]

    def columns(self, n: int) -> dict[str, NDArray[np.float64]]:
        """Copy the first n rows of each column to arrays."""
        return dict(zip(COLUMNS, np.ascontiguousarray(self._rows[:n].T), strict=True))

    @classmethod
    def of_columns(cls, n: int, columns: Mapping[str, NDArray[np.float64]]) -> History:
        """Make a history of n rows; missing columns hold nan.

        Raises
        ------
        ValueError
            For a column of another name or length.
        """
        if any(values.shape != (n,) for values in columns.values()) or not set(ALWAYS) <= {
            *columns
        }:
            raise ValueError(f"a history of other columns, or not of {n} rows")
        history = cls()
        history._rows = np.full((max(n, len(history._rows)), len(COLUMNS)), np.nan)
        for name, values in columns.items():
            history._rows[:n, COLUMNS.index(name)] = values
        return history

    def copy(self) -> History:
        """A deep copy."""
        twin = History()
        twin._rows = self._rows.copy()
        return twin
