"""``ns(x, df)``: natural cubic splines of a column, as in R.

Knows nothing of formulas, apart from patsy's protocol of stateful transforms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .numeric_columns import read_numbers

Floats = NDArray[np.float64]

_ORDER = 4  # of cubic B-splines


class NaturalSplines:
    """``ns(x, df)``: natural cubic splines, straight lines beyond the boundary knots.

    Without ``knots`` there are df - 1 of them between the boundary knots, or df - 2 with an
    intercept, at the quantiles of equal probabilities of the training rows. The boundary knots
    are the range of the training rows.

    Notes
    -----
    The columns are those of R's ``splines::ns``. B-splines of order 4 (de Boor 1978, *A Practical
    Guide to Splines*, chapter X) satisfy two linear constraints, that the second derivatives are 0
    at the boundary; a basis of those that do are the columns from the third on of Q, in the QR
    decomposition of the constraints by Householder's reflections. Values are computed row by row,
    so that they do not depend on the other rows.

    Examples
    --------
    >>> spline = NaturalSplines()
    >>> x = np.array([0.0, 1.0, 2.0, 3.0, 5.0])
    >>> spline.memorize_chunk(x, df=2)
    >>> spline.memorize_finish()
    >>> spline.transform(np.array([0.0, 6.0, 7.0]), df=2).round(4).tolist()
    [[0.0, 0.0], [0.1449, 1.2845], [-0.0283, 1.7677]]
    """

    def __init__(self) -> None:
        self._chunks: list[Floats] = []
        self._df: int | None = None
        self._inner: Sequence[float] | None = None
        self._bounds: Sequence[float] | None = None
        self._intercept = False
        # The boundary knots, with those between them.
        self._all_knots = np.empty(0)

    def memorize_chunk(
        self,
        x: Any,
        df: Any = None,
        knots: Any = None,
        intercept: Any = False,
        boundary_knots: Any = None,
    ) -> None:
        """Store a block of the training rows."""
        self._df, self._inner, self._bounds = df, knots, boundary_knots
        self._intercept = bool(intercept)
        self._chunks.append(read_numbers("ns", x))

    def memorize_finish(self) -> None:
        """Compute the knots from the stored rows, and drop them."""
        x = np.concatenate(self._chunks)
        self._chunks = []
        if bad := np.count_nonzero(~np.isfinite(x)):
            raise ValueError(f"the splines need finite numbers, and {bad} rows have none")
        low, high = _read_boundary(x, self._bounds)
        inner = self._read_knots() if self._inner is not None else None
        if inner is None:
            inner = self._place_knots(x[(low <= x) & (x <= high)])
        self._all_knots = np.array([low, *inner, high])
        if (np.diff(self._all_knots) <= 0).any():
            raise ValueError(self._explain_knots())
        self._df = self._inner = self._bounds = None

    def _read_knots(self) -> Floats:
        inner = np.sort(np.asarray(self._inner, dtype=np.float64))
        width = len(inner) + 1 + self._intercept
        if self._df not in (None, width):
            raise ValueError(
                f"{len(inner)} knots make {width} columns, not df={self._df}: give one of the two"
            )
        return inner

    def _place_knots(self, x: Floats) -> Floats:
        """Return the quantiles of equal probabilities between 0 and 1."""
        least = 1 + self._intercept
        df = least if self._df is None else int(self._df)
        if df < least:
            raise ValueError(f"with an intercept there are at least {least} columns, not df={df}")
        if not len(x):
            raise ValueError("no value of the column is between its boundary knots")
        return np.quantile(x, np.linspace(0, 1, df - least + 2)[1:-1])

    def _explain_knots(self) -> str:
        """Return the error of knots that are not distinct and in order."""
        knots = self._all_knots
        if self._inner is None:
            (twice, *_) = knots[1:][np.diff(knots) <= 0]
            return (
                f"the knots must be distinct, and quantiles of the column coincide at {twice:g}, "
                "which many rows have: lower df=, or give knots="
            )
        return (
            f"the knots must be distinct numbers between the boundary knots, {knots[0]:g} and "
            f"{knots[-1]:g}"
        )

    def transform(
        self,
        x: Any,
        df: Any = None,
        knots: Any = None,
        intercept: Any = False,
        boundary_knots: Any = None,
    ) -> Floats:
        """Return the columns (n, df) of any rows; nan where x is not a finite number."""
        x = read_numbers("ns", x)
        finite = np.isfinite(x)
        low, width = self._all_knots[0], self._all_knots[-1] - self._all_knots[0]
        # The basis does not depend on the unit of x.
        z, knots = (x - low) / width, (self._all_knots - low) / width
        t = np.concatenate([np.zeros(3), knots, np.ones(3)])
        basis = _evaluate_linearly_outside(t, np.where(finite, z, 0.0))
        constraints = np.stack([_differentiate(t, end, 2) for end in (0.0, 1.0)])
        if not self._intercept:
            basis, constraints = basis[:, 1:], constraints[:, 1:]
        basis = _reflect(basis, constraints)
        basis[~finite] = np.nan
        return basis


def _read_boundary(x: Floats, bounds: Sequence[float] | None) -> tuple[float, float]:
    """Return the boundary knots: those given, in any order, or the range of the rows."""
    if bounds is not None and len(bounds) != 2:
        raise ValueError(f"there are two boundary knots, a lower and an upper; not {len(bounds)}")
    ends = x if bounds is None else np.asarray(bounds, dtype=np.float64)
    low, high = float(ends.min()), float(ends.max())
    if low == high:
        raise ValueError(f"the splines need two distinct values; all of them are {low:g}")
    if not np.isfinite(high - low):
        raise ValueError(f"the range from {low:g} to {high:g} is too wide for floats")
    return low, high


def _find_intervals(t: Floats, x: Floats) -> NDArray[np.intp]:
    """Return the last index i < len(t) - 4 with ``t[i] <= x``, for x between the boundary knots."""
    found = np.searchsorted(t, x, side="right") - 1
    return np.clip(found, _ORDER - 1, len(t) - _ORDER - 1)


def _evaluate(t: Floats, x: Floats, order: int) -> list[Floats]:
    """Compute the ``order`` B-splines of that order that are not 0 at each x, by recurrence."""
    i = _find_intervals(t, x)
    values = [np.ones_like(x)]
    for k in range(1, order):
        saved, raised = np.zeros_like(x), []
        for r, value in enumerate(values):
            above, below = t[i + r + 1] - x, x - t[i + 1 - k + r]
            share = value / (above + below)
            raised.append(saved + above * share)
            saved = below * share
        values = [*raised, saved]
    return values


def _scatter(t: Floats, x: Floats, order: int) -> Floats:
    """Compute all B-splines of an order at each x, (n, len(t) - order)."""
    i, rows = _find_intervals(t, x), np.arange(len(x))
    basis = np.zeros((len(x), len(t) - order))
    for r, value in enumerate(_evaluate(t, x, order)):
        basis[rows, i - order + 1 + r] = value
    return basis


def _differentiate(t: Floats, x: float, times: int) -> Floats:
    """Compute derivatives of the cubic B-splines at a number x, (len(t) - 4,)."""
    derivatives: Floats = _scatter(t, np.array([x]), _ORDER - times)[0]
    for k in range(_ORDER - times, _ORDER):
        spans = t[k:] - t[:-k]
        ratios = np.divide(derivatives, spans, out=np.zeros_like(derivatives), where=spans > 0)
        derivatives = k * (ratios[:-1] - ratios[1:])
    return derivatives


def _evaluate_linearly_outside(t: Floats, x: Floats) -> Floats:
    """Compute the cubic B-splines, (n, len(t) - 4), by their tangents below 0 and above 1."""
    inside = np.clip(x, 0.0, 1.0)
    basis = _scatter(t, inside, _ORDER)
    for end in (0.0, 1.0):
        outside = (inside == end) & (x != end)
        if outside.any():
            tangent = _differentiate(t, end, 1)
            basis[outside] += (x[outside] - end)[:, None] * tangent
    return basis


def _reflect(basis: Floats, constraints: Floats) -> Floats:
    """Return the columns from the third on of ``basis @ Q``, with Q R = constraints'.

    The reflections change few columns: constraints are 0 but for the first and the last ones.
    """
    basis, left = basis.copy(), constraints.copy()
    for k in range(len(constraints)):
        v = left[k].copy()
        v[:k] = 0.0
        v[k] += np.copysign(np.sqrt(np.sum(v * v)), v[k])
        scale = 2.0 / np.sum(v * v)
        for rows in (basis, left):
            along = sum(rows[:, j] * v[j] for j in np.flatnonzero(v)) * scale
            for j in np.flatnonzero(v):
                rows[:, j] -= along * v[j]
    return np.ascontiguousarray(basis[:, len(constraints) :])
