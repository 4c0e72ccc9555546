"""Weighted mean and standard deviation of columns, of all rows or joined from blocks of rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


def measure_moments(values: NDArray[np.float64], w: Vector | None) -> tuple[Vector, Vector]:
    """Weighted mean and standard deviation of each column of (n, D), dividing by n.

    Squares of the values may overflow or underflow; the moments do not.
    """
    # A power of two brings the squares into range without rounding.
    exponent = np.clip(np.frexp(np.abs(values).max(axis=0, initial=0.0))[1], -1000, 1000)
    values = values * np.ldexp(1.0, -exponent)
    # Differences from a row with weight: a constant column then has a deviation of exactly 0.
    origin = values[0 if w is None else np.argmax(w > 0)]
    shift = np.average(values - origin, axis=0, weights=w)
    spread = np.sqrt(np.average((values - origin - shift) ** 2, axis=0, weights=w))
    factor = np.ldexp(1.0, exponent)
    return (origin + shift) * factor, spread * factor


def join_moments(counts: Vector, moments: Sequence[tuple[Vector, Vector]]) -> tuple[Vector, Vector]:
    """Mean and standard deviation of all rows from those of blocks (Chan et al. 1979).

    Parameters
    ----------
    counts : (blocks,) array
        Weight of each block.
    moments : sequence of pairs of (D,) arrays
        Mean and standard deviation in each block.
    """
    centers, spreads = (np.array(part) for part in zip(*moments, strict=True))
    center = np.average(centers, axis=0, weights=counts)
    deviations = np.hypot(spreads, centers - center)
    largest = deviations.max(axis=0)
    factor = np.where(largest > 0, largest, 1.0)  # so that no square overflows or underflows
    return center, factor * np.sqrt(np.average((deviations / factor) ** 2, axis=0, weights=counts))
