"""``ntile(x, n)``: the number of the group of equal size that a row falls into."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .numeric_columns import read_numbers

Floats = NDArray[np.float64]


class Ntile:
    """dplyr's ``ntile(x, n)``: the numbers 1 to n of groups of equal size, from low to high.

    The result is a number, and one column of X; ``factor(ntile(x, 4))`` makes a factor of it.

    Notes
    -----
    Of the sorted N training values the first ``N mod n`` groups hold ``N // n + 1``, and the others
    ``N // n``, as dplyr documents it. Learned is the largest value of each group but the last. The
    group of a row is one more than the number of these bounds below its value, so that new rows
    have a group too: below the lowest value the first, beyond the highest the last. Equal values
    are in one group, the lowest of those over which dplyr distributes them by their position in
    the table; of many equal values, groups may have no row. Rows are counted, whatever their case
    weights.

    Examples
    --------
    >>> import pandas as pd
    >>> from neuralnet import NeuralNetwork
    >>> table = pd.DataFrame({"y": [0.1, 0.4, 0.2, 0.3, 0.7], "x": [50, 10, 40, 20, 30]})
    >>> NeuralNetwork("y ~ ntile(x, 3)", table, 0).X[:, 1]
    array([3., 1., 2., 1., 2.])
    """

    is_rowwise = False

    def __init__(self) -> None:
        self.bounds: Floats = np.empty(0)
        self._chunks: list[Floats] = []
        self._n = 0

    def memorize_chunk(self, x: Any, n: Any) -> None:
        """Store a block of the training rows."""
        self._chunks.append(read_numbers("ntile", x))
        self._n = int(n)

    def memorize_finish(self) -> None:
        """Find the largest value of each group but the last, and drop the stored rows."""
        x = np.sort(np.concatenate(self._chunks))
        self._chunks = []
        if bad := np.count_nonzero(np.isnan(x)):
            raise ValueError(f"ntile needs numbers, and {bad} rows have none")
        size, n_larger = divmod(len(x), self._n)
        ends = np.cumsum([size + (group < n_larger) for group in range(self._n - 1)])
        # With fewer rows than groups, the last groups have none.
        self.bounds = x[ends - 1]

    def transform(self, x: Any, n: Any) -> Floats:
        """Return the groups (n,) of any rows; nan where a value is nan."""
        x = read_numbers("ntile", x)
        groups = 1.0 + np.searchsorted(self.bounds, x, side="left")
        return np.where(np.isnan(x), np.nan, groups)
