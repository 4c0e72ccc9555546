"""Exact collinearity: columns of a matrix that are linear combinations of earlier columns.

Exact means up to rounding error: nearly collinear columns have unique weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..perceptron import MAX_BLOCK_ROWS, measure_moments, split_rows

Floats = NDArray[np.float64]

# Limits of multiplications and columns, so that the check takes no longer than a short training.
MOST_PRODUCTS, MOST_COLUMNS = 1e9, 500
# Rounding errors, relative to a column's size, that a dependent column may have.
ROUNDINGS = 100.0
# No column depends on others if the smallest eigenvalue of the squares is a larger share of the
# largest: rounding error leaves about 1e-16.
CONDITIONED = 1e-9
# A column with a smaller share of the largest coefficient takes no part.
NEGLIGIBLE = 1e-6


class Dependency(NamedTuple):
    """A column that is a linear combination of others.

    Attributes
    ----------
    column : int
    others : tuple of int
        Earlier, linearly independent columns, without the intercept; empty for a column of zeros.
    """

    column: int
    others: tuple[int, ...]


def find_dependencies(
    X: Floats, intercept: int | None, some: NDArray[np.intp]
) -> tuple[Dependency, ...]:
    """Find the columns that depend on earlier ones; none if this would take too long.

    By a QR decomposition of the standardized columns, in blocks of rows: the diagonal of R is the
    part of a column that is orthogonal to the columns before it. With an intercept, columns are
    centered, so that it is part of none, and constant columns are left out.

    Examples
    --------
    >>> a, b = np.random.default_rng(1).normal(size=(2, 30))
    >>> X = np.stack([np.ones(30), a, b, 2 * a + 1], axis=1)
    >>> find_dependencies(X, 0, np.arange(4))
    (Dependency(column=3, others=(1,)),)
    """
    n, D = len(X), len(some)
    if not n or D < 2 or D > MOST_COLUMNS or n * D**2 > MOST_PRODUCTS:
        return ()
    means, spreads = measure_moments(X, None)
    # Without an intercept columns are not centered, and their size is the root mean square.
    center, size = np.zeros(len(means)), np.hypot(means, spreads)
    if intercept is not None and intercept in some:
        center = np.where(np.arange(len(means)) == intercept, 0.0, means)
        size = np.where(np.arange(len(means)) == intercept, size, spreads)
    used = some[size[some] > 0.0]
    R, squares = np.empty((0, len(used))), np.zeros((len(used), len(used)))
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = np.abs(center[used]) / size[used]
        for Z in _standardize(X, used, center, size):
            squares += Z.T @ Z
        if not np.isfinite(squares).all():
            return ()
        # For most tables the eigenvalues suffice, in a tenth of the time.
        values = np.linalg.eigvalsh(squares)
        if values.size and values[0] <= CONDITIONED * values[-1]:
            for Z in _standardize(X, used, center, size):
                R = np.asarray(np.linalg.qr(np.concatenate([R, Z]), mode="r"), dtype=np.float64)
    zeros = some[(means[some] == 0.0) & (spreads[some] == 0.0)]
    rounding = ROUNDINGS * D * np.finfo(float).eps * (1.0 + ratio)
    found = _read_dependencies(R, used, rounding * np.sqrt(n)) if len(R) else []
    return (*(Dependency(int(each), ()) for each in zeros), *found)


def _standardize(
    X: Floats, used: NDArray[np.intp], center: Floats, size: Floats
) -> Iterator[Floats]:
    """Yield blocks of rows of some columns, centered and scaled."""
    for rows in split_rows(len(X), MAX_BLOCK_ROWS):
        yield (X[rows][:, used] - center[used]) / size[used]


def _read_dependencies(R: Floats, used: NDArray[np.intp], rounding: Floats) -> list[Dependency]:
    """Find dependencies in a triangular matrix by the modified Gram-Schmidt process.

    ``rounding`` is the error that each column may have, and so the columns that depend on it.
    """
    found, kept = [], np.empty((len(R), 0))
    free: list[int] = []
    for place, column in enumerate(used):
        left = R[:, place] - kept @ (kept.T @ R[:, place])
        left -= kept @ (kept.T @ left)
        length = float(np.linalg.norm(left))
        parts = _find_parts(R, free, place) if length <= rounding.max() else []
        if length <= rounding[[place, *parts]].max():
            found.append(Dependency(int(column), tuple(int(used[each]) for each in parts)))
        else:
            kept = np.concatenate([kept, left[:, None] / length], axis=1)
            free.append(place)
    return found


def _find_parts(R: Floats, free: list[int], place: int) -> list[int]:
    """Find the independent columns of which a column is a combination, by least squares."""
    size = np.abs(np.linalg.lstsq(R[:, free], R[:, place], rcond=None)[0])
    return [free[each] for each in np.flatnonzero(size > NEGLIGIBLE * size.max(initial=0.0))]
