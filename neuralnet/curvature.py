"""The exact Hessian of a layered network, from the Jacobians of its weighted sums.

Pure arithmetic on the arrays of one forward and backward pass; knows no family and no data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pass", "assemble_hessian"]

Floats = NDArray[np.float64]


class Pass(NamedTuple):
    """What a forward and a backward pass leave, one entry a layer.

    Attributes
    ----------
    W : matrices of weights
    inputs : (n, fan_in) arrays
        Without the ones of the bias: X, then hidden units, with the columns that skip.
    slopes, curvatures : (n, units) arrays
        Of the hidden layers.
    deltas : (n, units) arrays
        d loss / d z, the last for the outputs.
    dh : (n, units) arrays
        d loss / d h of the hidden layers.
    """

    W: Sequence[Floats]
    inputs: Sequence[Floats]
    slopes: Sequence[Floats]
    curvatures: Sequence[Floats]
    deltas: Sequence[Floats]
    dh: Sequence[Floats]


def assemble_hessian(made: Pass, vary: Callable[[Floats], Floats]) -> Floats:
    """Second derivatives of the loss by all weights, (P, P).

    Parameters
    ----------
    made : Pass
    vary : callable
        Derivatives of the outputs' delta along directions of eta, (m, n, K) to (m, n, K).

    Notes
    -----
    With J the Jacobian of the scores and V their variance it is ``J' V J`` (Gauss and Newton's
    part), and for every operation of the forward pass its own second derivatives, weighted by
    how the loss depends on what it gives, and carried back by the Jacobian of what it takes:
    ``Jz' diag(dh * curvature) Jz`` for the activations, and for the products of hidden units
    with later weights one term for each pair of a unit and a weight, on both sides.

    Source: the second-order chain rule, as in Bishop (1992), Exact calculation of the Hessian
    matrix for the multilayer perceptron, Neural Computation 4.
    """
    ends = list(accumulate(W.size for W in made.W))
    H = np.zeros((ends[-1], ends[-1]))
    if made.slopes:
        jacobian = _pass_first_layer(made, H)
    else:
        jacobian = _own_part(made.inputs[0], made.W[0].shape[1], bias=False)
    for layer in range(1, len(made.slopes)):
        bent = made.curvatures[layer] * made.dh[layer]
        H[: ends[layer], : ends[layer]] += _multiply(jacobian, jacobian * bent)
        jacobian *= made.slopes[layer]
        # A hidden unit meets the weights of its own row, below the bias, in the next matrix.
        delta = made.deltas[layer + 1]
        mixed = np.matmul(jacobian.swapaxes(1, 2), delta).reshape(ends[layer], -1)
        _add_mixed(H, mixed, ends[layer] + made.W[layer + 1].shape[1])
        jacobian = _step(made, layer + 1, jacobian @ _from_hidden(made, layer + 1))
    H += _multiply(jacobian, vary(jacobian))
    return 0.5 * (H + H.T)


def _pass_first_layer(made: Pass, H: Floats) -> Floats:
    """What the first hidden layer adds to H, and the Jacobian of the sums behind it.

    As in the loop, but for the zeros: a sum of the first layer knows its own weights only.
    """
    X, slope = made.inputs[0], made.slopes[0]
    (n, D), units = X.shape, slope.shape[1]
    bent = made.curvatures[0] * made.dh[0]
    each = np.arange(units)
    blocks = np.matmul(X.T * bent.T[:, None, :], X)
    H[: D * units, : D * units].reshape(D, units, D, units)[:, each, :, each] += blocks
    delta = made.deltas[1]
    mixed = np.zeros((D, units, units, delta.shape[1]))
    mixed[:, each, each] = np.matmul(X.T * slope.T[:, None, :], delta).swapaxes(0, 1)
    _add_mixed(H, mixed.reshape(D * units, -1), D * units + made.W[1].shape[1])
    behind = slope[:, :, None] * _from_hidden(made, 1)
    carried = X.T[:, None, :, None] * behind.swapaxes(0, 1)[None]
    return _step(made, 1, carried.reshape(D * units, n, -1))


def _step(made: Pass, layer: int, carried: Floats) -> Floats:
    """The Jacobian by earlier weights, and that by the layer's own."""
    own = _own_part(made.inputs[layer], made.W[layer].shape[1], bias=True)
    return np.concatenate([carried, own])


def _from_hidden(made: Pass, layer: int) -> Floats:
    """The rows of a matrix that meet hidden units: no bias, no columns of X."""
    return made.W[layer][1 : 1 + made.slopes[layer - 1].shape[1]]


def _add_mixed(H: Floats, mixed: Floats, start: int) -> None:
    """Second derivatives by earlier weights and by some of the next, on both sides."""
    end, stop = len(mixed), start + mixed.shape[1]
    H[:end, start:stop] += mixed
    H[start:stop, :end] += mixed.T


def _own_part(inputs: Floats, units: int, *, bias: bool) -> Floats:
    """The Jacobian of weighted sums by their own weights, (rows * units, n, units)."""
    n, fan_in = inputs.shape
    rows = fan_in + bias
    own = np.zeros((rows, units, n, units))
    for unit in range(units):
        own[bias:, unit, :, unit] = inputs.T
        if bias:
            own[0, unit, :, unit] = 1.0
    return own.reshape(rows * units, n, units)


def _multiply(a: Floats, b: Floats) -> Floats:
    """Sum over rows and units of the products of all pairs of directions."""
    return a.reshape(len(a), -1) @ b.reshape(len(b), -1).T
