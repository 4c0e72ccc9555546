"""Standardized weights: each weight times the standard deviation of its input.

They make inputs in different units comparable, and hidden units of different spread. The network
of these weights on standardized inputs is the same function.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..perceptron import Perceptron, choose_block_rows, join_moments, measure_moments, split_rows

Floats = NDArray[np.float64]
Moments = tuple[Floats, Floats]


def standardize_weights(
    perceptron: Perceptron, theta: Floats, X: Floats, w: Floats | None, intercept: int | None
) -> tuple[Floats, ...]:
    """Compute weight matrices for inputs and hidden units of mean 0 and standard deviation 1.

    Parameters
    ----------
    perceptron : Perceptron
    theta : (P,) array
    X : (n, D) array
        The rows over which means and standard deviations are taken.
    w : (n,) case weights or None
    intercept : int or None
        The intercept's column in X. Without one the first matrix has no bias that could absorb the
        means: its inputs are scaled, and not centered.

    Returns
    -------
    tuple of matrices
        With the shapes of the weights; biases are those of centered inputs.
    """
    matrices = []
    biases = [intercept, *[0] * (len(perceptron.shapes) - 1)]
    moments = _measure_inputs(perceptron, theta, X, w)
    for W, bias, (center, spread) in zip(perceptron.unflatten(theta), biases, moments, strict=True):
        standard = W * spread[:, None]
        if bias is not None:
            others = np.arange(len(W)) != bias
            standard[bias] = W[bias] + center[others] @ W[others]
        matrices.append(standard)
    return tuple(matrices)


def _measure_inputs(
    perceptron: Perceptron, theta: Floats, X: Floats, w: Floats | None
) -> list[Moments]:
    """Compute mean and standard deviation of the inputs of each layer, in blocks of rows."""
    counts, blocks = [], []
    for rows in split_rows(len(X), choose_block_rows(perceptron.sizes)):
        some = np.asarray(X[rows], dtype=np.float64)
        weights = np.ones(len(some)) if w is None else w[rows]
        if weights.any():
            _, inputs = perceptron.forward(theta, some)
            biased = [inputs[0], *(np.insert(each, 0, 1.0, axis=1) for each in inputs[1:])]
            counts.append(weights.sum())
            blocks.append([measure_moments(each, weights) for each in biased])
    return [join_moments(np.array(counts), layer) for layer in zip(*blocks, strict=True)]
