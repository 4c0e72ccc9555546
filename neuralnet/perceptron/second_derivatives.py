"""Second derivatives of the loss: the exact Hessian, and Hessian-vector products by the R-operator.

Functions of (perceptron, theta, batch); the penalty is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import CACHE_NUMBERS
from .batch import Batch
from .blocks import split_rows
from .hessian import Pass, assemble_hessian, count_numbers
from .perceptron import Perceptron

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def compute_hessian(perceptron: Perceptron, theta: Vector, batch: Batch) -> NDArray[np.float64]:
    """Exact Hessian of the loss, (P, P), summed over blocks of rows."""
    n, P = len(batch.X), perceptron.n_parameters
    step = choose_hessian_rows(perceptron.shapes)
    if n <= step:
        return _compute_block(perceptron, theta, batch)
    H = np.zeros((P, P))
    for rows in split_rows(n, step):
        H += _compute_block(perceptron, theta, batch.pick(rows))
    return H


def choose_hessian_rows(shapes: Sequence[tuple[int, int]]) -> int:
    """Number of rows in a block whose arrays hold no more numbers than two cache blocks, or H.

    Each block costs the addition of a matrix (P, P), so that larger blocks pay.
    """
    P = sum(rows * columns for rows, columns in shapes)
    return max(1, max(2 * CACHE_NUMBERS, P * P) // count_numbers(shapes))


def _compute_block(perceptron: Perceptron, theta: Vector, batch: Batch) -> NDArray[np.float64]:
    """Hessian of a block of rows, for which the products of all pairs of inputs fit into memory."""
    scratch, family = perceptron.workspace(len(batch.X)), perceptron.family
    eta = perceptron.propagate(scratch, theta, batch.X, batch.offset)
    _, delta = family.loss_and_delta(eta, batch.Y, batch.w)
    deltas = [np.ascontiguousarray(delta.T)]
    slopes: list[Floats] = []
    activation_curvature: list[Floats] = []
    layers = [
        *zip(perceptron.activations, scratch.z, scratch.h, scratch.hidden_weights, strict=False)
    ]
    for activation, z, h, W in reversed(layers):
        dh = W @ deltas[0]
        slopes.insert(0, activation.slope(z, h))
        curvature = activation.curvature(z, h)  # type: ignore[attr-defined]
        activation_curvature.insert(0, curvature * dh)
        deltas.insert(0, slopes[0] * dh)
    inputs = [np.ascontiguousarray(batch.X.T, dtype=np.float64), *scratch.inputs]
    return assemble_hessian(
        Pass(
            inputs,
            scratch.hidden_weights,
            slopes,
            activation_curvature,
            deltas[1:],
            _find_output_hessian(perceptron, eta, batch),
        )
    )


def _find_output_hessian(perceptron: Perceptron, eta: Floats, batch: Batch) -> Floats:
    """Second derivatives of each row's loss with respect to its scores, (K, K, n)."""
    n, K = eta.shape
    identity = np.zeros((K, K, n))
    identity.reshape(K * K, n)[:: K + 1] = 1.0
    mu, family = perceptron.family.mean(eta), perceptron.family
    S = family.variance_product(mu, identity.swapaxes(1, 2), batch.Y).swapaxes(1, 2)
    return np.ascontiguousarray(S if batch.w is None else S * batch.w)


def compute_hessian_vector(
    perceptron: Perceptron, theta: Vector, v: NDArray[np.float64], batch: Batch
) -> NDArray[np.float64]:
    """Hessian-vector products by the R-operator, for one direction (P,) or several, (m, P).

    Every quantity of the forward and the backward pass is differentiated along ``v``; an ``R``
    before a name marks its derivative. Cost: about two passes for each direction.

    Source: Pearlmutter (1994), Fast exact multiplication by the Hessian, Neural Computation 6.
    """
    sizes, family = perceptron.sizes, perceptron.family
    W, V = perceptron.unflatten(theta), perceptron.unflatten(v)
    sums, inputs = perceptron.forward(theta, batch.X, batch.offset)
    Rz, Rinputs = batch.X @ V[0], []
    Rsums = [Rz]
    for layer, activation in enumerate(perceptron.activations, start=1):
        h = inputs[layer][:, : sizes[layer]]
        Rh = activation.slope(sums[layer - 1], h) * Rz
        Rz = V[layer][..., :1, :] + inputs[layer] @ V[layer][..., 1:, :]
        Rz += Rh @ _hidden_weights(W[layer], sizes[layer])
        Rinputs.append(Rh)
        Rsums.append(Rz)

    _, delta = family.loss_and_delta(sums[-1], batch.Y, batch.w)
    Rdelta = family.variance_product(family.mean(sums[-1]), Rz, batch.Y)
    if batch.w is not None:
        Rdelta = Rdelta * batch.w[:, None]
    products = []
    for layer in range(len(W) - 1, 0, -1):
        units = sizes[layer]
        h, Rh, z = inputs[layer][:, :units], Rinputs[layer - 1], sums[layer - 1]
        activation = perceptron.activations[layer - 1]
        product = inputs[layer].T @ Rdelta
        product[..., :units, :] += _transpose(Rh) @ delta
        bias = Rdelta.sum(axis=-2, keepdims=True)
        products.append(np.concatenate([bias, product], axis=-2))
        dh = delta @ _hidden_weights(W[layer], units).T
        Rdh = Rdelta @ _hidden_weights(W[layer], units).T
        Rdh += delta @ _transpose(_hidden_weights(V[layer], units))
        slope = activation.slope(z, h)
        curvature = activation.curvature(z, h)  # type: ignore[attr-defined]
        delta = slope * dh
        Rdelta = slope * Rdh + (curvature * dh) * Rsums[layer - 1]
    products.append(batch.X.T @ Rdelta)
    return perceptron.flatten(tuple(products[::-1]))


def _hidden_weights(W: Floats, units: int) -> Floats:
    """View the rows of (..., rows, columns) that multiply hidden units: not the bias, not X."""
    return W[..., 1 : 1 + units, :]


def _transpose(stack: Floats) -> Floats:
    return stack.swapaxes(-1, -2)
