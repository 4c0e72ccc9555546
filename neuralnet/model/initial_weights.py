"""Initial weights: random, but 0 for levels without a training row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..perceptron import MAX_BLOCK_ROWS, Perceptron, Scaling, draw_weights, split_rows

Matrix = NDArray[np.float64]


def draw_start(
    perceptron: Perceptron,
    scaling: Scaling,
    init: Any,
    intercept: int | None,
    empty_columns: NDArray[np.intp],
    generator: np.random.Generator,
) -> Matrix:
    """Draw raw weights (P,) in the coordinates of the optimizer.

    The gradient by the weights of ``empty_columns`` is 0. They start at 0, so that such a level is
    predicted like the reference level, and not at random.
    """
    drawn = draw_weights(init, perceptron.shapes, intercept, generator)
    theta = scaling.to_raw(perceptron.flatten(drawn))
    first, *later = perceptron.unflatten(theta)
    first[empty_columns] = 0.0
    for last in later[-1:]:
        direct = last[len(last) - len(perceptron.skip) :]
        direct[np.isin(perceptron.skip, empty_columns)] = 0.0
    return theta


def find_empty_columns(X: Matrix, is_categorical: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Find the categorical columns of X without a row other than 0."""
    columns = np.flatnonzero(is_categorical)
    for rows in split_rows(len(X), MAX_BLOCK_ROWS):
        # Most columns have a row among the first ones.
        columns = columns[~X[rows, columns].any(axis=0)]
        if not columns.size:
            break
    return columns
