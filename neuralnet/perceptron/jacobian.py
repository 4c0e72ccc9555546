"""Jacobian of the scores: derivatives of each row's eta by each weight, in blocks of rows.

Statistics of a fit are sums over it. Knows no family, no response and no penalty.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import CACHE_NUMBERS, check_memory, pluralize
from .blocks import split_rows
from .perceptron import Perceptron

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Numbers of the Jacobian in a block: large enough for efficient matrix products.
_BLOCK_NUMBERS = 16 * CACHE_NUMBERS


def compute_jacobian(
    perceptron: Perceptron, theta: Vector, X: Floats, offset: Floats | None = None
) -> tuple[Floats, Floats]:
    """Scores eta (n, K) of some rows, and their Jacobian d eta / d theta (n, K, P).

    By one forward pass, and one backward pass for each output, from a unit vector in place of
    d loss / d eta.

    Raises
    ------
    ValueError
        If the Jacobian is too large for memory.

    Examples
    --------
    Without a hidden layer the Jacobian is the design matrix:

    >>> from neuralnet.families import Gaussian
    >>> glm = Perceptron((2, 1), (), Gaussian())
    >>> X = np.array([[1.0, 3.0], [1.0, 5.0]])
    >>> eta, J = compute_jacobian(glm, np.array([0.5, 2.0]), X)
    >>> eta.ravel().tolist(), J[:, 0].tolist()
    ([6.5, 10.5], [[1.0, 3.0], [1.0, 5.0]])
    """
    n, K, P = len(X), perceptron.sizes[-1], perceptron.n_parameters
    what = f"derivatives of {pluralize(n, 'row')} by {pluralize(P, 'weight')}"
    check_memory(what, n * K * P, "Ask for fewer rows")
    W, sizes = perceptron.unflatten(theta), perceptron.sizes
    sums, inputs = perceptron.forward(theta, X, offset)
    J = np.zeros((n, K, P))
    ends = accumulate((rows * columns for rows, columns in perceptron.shapes), initial=0)
    parts = [J[:, :, start:stop] for start, stop in pairwise(ends)]
    # d eta / d z of the layer at hand, (n, K, units).
    delta = np.broadcast_to(np.eye(K), (n, K, K))
    for layer in range(len(W) - 1, -1, -1):
        read = inputs[layer] if layer == 0 else np.insert(inputs[layer], 0, 1.0, axis=1)
        part = read[:, None, :, None] * delta[:, :, None, :]
        parts[layer][...] = part.reshape(parts[layer].shape)
        if layer:
            units = sizes[layer]
            slope = perceptron.activations[layer - 1].slope(
                sums[layer - 1], inputs[layer][:, :units]
            )
            delta = (delta @ W[layer][1 : 1 + units].T) * slope[:, None, :]
    return sums[-1].copy(), J


def split_jacobian(
    perceptron: Perceptron, theta: Vector, X: Floats, offset: Floats | None = None
) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield blocks of rows with their scores eta (m, K) and Jacobian (m, K, P).

    Blocks are cut by sizes alone: sums over them have the same bits on every machine.
    """
    step = max(1, _BLOCK_NUMBERS // (perceptron.sizes[-1] * perceptron.n_parameters))
    for rows in split_rows(len(X), step):
        some = None if offset is None else offset[rows]
        yield rows, *compute_jacobian(perceptron, theta, X[rows], some)
