"""Exactly collinear columns: which columns of a matrix are linear combinations of earlier ones.

Only what rounding alone can explain counts: columns that are nearly collinear have weights of their
own. Knows arrays, no model and no words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..perceptron import MAX_BLOCK_ROWS, measure_moments, split_rows

Floats = NDArray[np.float64]

# Multiplications and columns beyond which a look would take longer than a training may.
MOST_PRODUCTS, MOST_COLUMNS = 1e9, 500
# Roundings, each of a column's own size, that a dependent column may be off by.
ROUNDINGS = 100.0
# The smallest eigenvalue of squares beside the largest: above this share no column depends on
# others, as rounding alone leaves some 1e-16.
CONDITIONED = 1e-9
# A share of the largest coefficient below which a column takes no part.
NIL = 1e-6


class Dependency(NamedTuple):
    """A column that is a linear combination of others.

    Attributes
    ----------
    column : int
    others : tuple of int
        Earlier columns, none of which depends on the rest, without the intercept; empty for a
        column of zeros.
    """

    column: int
    others: tuple[int, ...]


def find_dependencies(
    X: Floats, intercept: int | None, some: NDArray[np.intp]
) -> tuple[Dependency, ...]:
    """Which of some columns depend on earlier ones; none where a look would take too long.

    A QR decomposition of standardized columns that are nearly dependent, in blocks of rows: a
    diagonal of R is what a column has beyond those before it. Beside an intercept all are centered,
    so that it is part of none, and constant columns are left out.

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
    # Without an intercept nothing is centered, and a column's root mean square is its size.
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
        # Most tables are told by their squares alone, which take a tenth of the time.
        values = np.linalg.eigvalsh(squares)
        if values.size and values[0] <= CONDITIONED * values[-1]:
            for Z in _standardize(X, used, center, size):
                R = np.asarray(np.linalg.qr(np.concatenate([R, Z]), mode="r"), dtype=np.float64)
    zeros = some[(means[some] == 0.0) & (spreads[some] == 0.0)]
    rounding = ROUNDINGS * D * np.finfo(float).eps * (1.0 + ratio)
    found = _read(R, used, rounding * np.sqrt(n)) if len(R) else []
    return (*(Dependency(int(each), ()) for each in zeros), *found)


def _standardize(
    X: Floats, used: NDArray[np.intp], center: Floats, size: Floats
) -> Iterator[Floats]:
    """Blocks of rows of some columns, centered and of one size."""
    for rows in split_rows(len(X), MAX_BLOCK_ROWS):
        yield (X[rows][:, used] - center[used]) / size[used]


def _read(R: Floats, used: NDArray[np.intp], rounding: Floats) -> list[Dependency]:
    """The dependencies that a triangular matrix shows, by the modified Gram-Schmidt process.

    ``rounding`` is what each column may be off by, and with it those that depend on it.
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
    """The free columns of which one is a combination, as nearly as may be."""
    size = np.abs(np.linalg.lstsq(R[:, free], R[:, place], rcond=None)[0])
    return [free[each] for each in np.flatnonzero(size > NIL * size.max(initial=0.0))]
