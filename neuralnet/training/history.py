"""The record of training: one row an iteration, only ever appended to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = ("loss", "accuracy", "validation_loss", "learn_rate")
# Those that every history shows, asked for or not.
ALWAYS = ("loss", "accuracy")


class History:
    """Columns of numbers that grow.

    How many rows count is said by whoever reads: rows behind that number are left over from an
    iteration that was not finished, and are written over.
    """

    def __init__(self) -> None:
        self._rows: NDArray[np.float64] = np.empty((256, len(COLUMNS)))

    def extend(self, row: int, columns: NDArray[np.float64], accuracy: float) -> None:
        """Set rows from there on, those before being there; only the last accuracy is known."""
        end = row + len(columns)
        while end > len(self._rows):
            self._rows = np.vstack([self._rows, np.empty_like(self._rows)])
        block = self._rows[row:end]
        block[:, 0], block[:, 1], block[:, 2:] = columns[:, 0], np.nan, columns[:, 1:]
        block[-1, 1] = accuracy

    def frame(self, n: int) -> pd.DataFrame:
        """The first n rows as a DataFrame of their own, without columns nobody asked for."""
        table = pd.DataFrame(self._rows[:n].copy(), columns=list(COLUMNS))
        table.insert(0, "iteration", np.arange(1, n + 1))
        unused = [name for name in COLUMNS if name not in ALWAYS and table[name].isna().all()]
        return table.drop(columns=unused)

    def losses(self, n: int) -> NDArray[np.float64]:
        """The first n losses, as a view that is not to be written to."""
        return self._rows[:n, COLUMNS.index("loss")]

    def columns(self, n: int) -> dict[str, NDArray[np.float64]]:
        """The first n rows of each column, as arrays of their own."""
        return dict(zip(COLUMNS, np.ascontiguousarray(self._rows[:n].T), strict=True))

    @classmethod
    def of_columns(cls, n: int, columns: Mapping[str, NDArray[np.float64]]) -> History:
        """A record of n rows; a column that is not there holds nothing.

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
        """A record that shares nothing with this one."""
        twin = History()
        twin._rows = self._rows.copy()
        return twin
