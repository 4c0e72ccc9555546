"""``poly(x, degree)``: orthogonal polynomials of a column, as in R.

Knows nothing of formulas, apart from patsy's protocol of stateful transforms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import pluralize
from .numeric_columns import read_numbers

Floats = NDArray[np.float64]


class Polynomials:
    """``poly(x, degree)``: columns of degree 1, 2, ..., orthonormal in the training rows.

    ``poly(x, degree, raw=True)`` gives the powers of x themselves.

    Notes
    -----
    With the training rows' ``alpha_k = sum(x p_k^2) / sum(p_k^2)`` and
    ``beta_k = sum(p_k^2) / sum(p_(k-1)^2)`` the recurrence
    ``p_(k+1) = (x - alpha_k) p_k - beta_k p_(k-1)`` gives polynomials that are orthogonal there
    (Kennedy & Gentle 1980, *Statistical Computing*, pages 343-344, as R's manual names them); each
    is divided by its norm. New rows pass through the same recurrence.
    """

    def __init__(self) -> None:
        self._chunks: list[Floats] = []
        self._degree = 0
        self._raw = False
        self.alpha: Floats = np.empty(0)
        self.beta: Floats = np.empty(0)
        self.norm: Floats = np.empty(0)

    def memorize_chunk(self, x: Any, degree: Any = 1, raw: Any = False) -> None:
        """Store a block of the training rows."""
        self._degree, self._raw = int(degree), bool(raw)
        self._chunks.append(read_numbers("poly", x))

    def memorize_finish(self) -> None:
        """Compute the recurrence from the stored rows, and drop them."""
        x = np.concatenate(self._chunks)
        self._chunks = []
        if self._raw:
            return
        if bad := np.count_nonzero(~np.isfinite(x)):
            raise ValueError(
                f"the polynomials need finite numbers, and "
                f"{pluralize(bad, 'row')} {'has' if bad == 1 else 'have'} none"
            )
        distinct = len(np.unique(x))
        if distinct <= self._degree:
            raise ValueError(
                f"polynomials of degree {self._degree} need more than {self._degree} distinct "
                f"values; there are {distinct}"
            )
        before, now = np.zeros_like(x), np.ones_like(x)
        alpha, beta, squares = [], [], [float(len(x))]
        for degree in range(self._degree):
            alpha.append(np.sum(x * now**2) / squares[-1])
            beta.append(squares[-1] / squares[-2] if degree else 0.0)
            before, now = now, (x - alpha[-1]) * now - beta[-1] * before
            squares.append(float(np.sum(now**2)))
        self.alpha, self.beta = np.array(alpha), np.array(beta)
        self.norm = np.sqrt(squares[1:])

    def transform(self, x: Any, degree: Any = 1, raw: Any = False) -> Floats:
        """Return the columns (n, degree) of any rows."""
        x = read_numbers("poly", x)
        if self._raw:
            return np.asarray(x[:, None] ** np.arange(1, self._degree + 1))
        columns = []
        before, now = np.zeros_like(x), np.ones_like(x)
        for alpha, beta in zip(self.alpha, self.beta, strict=True):
            before, now = now, (x - alpha) * now - beta * before
            columns.append(now)
        return np.column_stack(columns) / self.norm
