"""Responses that should be counts, or shares of counts, and are no whole numbers.

A family of counts has a method ``find_fractions``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..design import ModelMatrices
from ..errors import DataWarning, cut, warn
from ..families import Family


def warn_of_fractions(
    family: Family, rows: ModelMatrices, w: NDArray[np.float64] | None, names: Sequence[str]
) -> None:
    """Warn of a response of counts that holds fractions, as R's glm does; it is fitted as it is."""
    find = getattr(family, "find_fractions", None)
    if find is None:
        return
    fractions, words = find(rows.response, w)
    if not fractions.any():
        return
    n = len(rows.response)
    columns, found = rows.response.reshape(n, -1), fractions.reshape(n, -1)
    row, column = np.argwhere(found)[0]
    where = (
        f"in {found.any(axis=1).sum():,} of {n:,} rows, such as {columns[row, column]:g} in row "
        f"{cut(rows.index[row])}"
    )
    warn(f"the response {cut(names[column])} {words.format(where=where)}", DataWarning)
