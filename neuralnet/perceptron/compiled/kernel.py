"""Compiled forward pass and backpropagation, over blocks of rows.

Arrays are (units, rows) of few rows, so that a processor's first-level cache holds a pass. The
formulas are those of the activations and families, compiled. Only softmax is written out, as its
outputs depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..blocks import MIN_BLOCK_ROWS
from .elementary import compile_as, compile_formula, exp
from .layout import NUMERIC, RECORDS, Options

Floats = NDArray[np.float64]

# The compiler may reorder sums over rows, to the same order in each run.
summing: Any = njit(error_model="numpy", fastmath={"contract", "reassoc", "nsz"}, nogil=True)


def choose_loop(name: str, loops: Sequence[Any]) -> Any:
    """Compile a function that calls one of up to eight loops, by its code."""
    a, b, c, d, e, f, g, h = (*loops, *[loops[-1]] * (8 - len(loops)))

    def choose(code, *arrays):  # type: ignore[no-untyped-def]
        if code == 0:
            return a(*arrays)
        if code == 1:
            return b(*arrays)
        if code == 2:
            return c(*arrays)
        if code == 3:
            return d(*arrays)
        if code == 4:
            return e(*arrays)
        if code == 5:
            return f(*arrays)
        if code == 6:
            return g(*arrays)
        return h(*arrays)

    return compile_as(f"choose_{name}", choose)


def _loop_value(record: Any) -> Any:
    value = compile_formula(record.value)

    def loop(options, m, z, h):  # type: ignore[no-untyped-def]
        for j in range(z.shape[0]):
            for r in range(m):
                h[j, r] = value(options, z[j, r])

    return compile_as(f"value_of_{record.__name__}", loop)


def _loop_slope(record: Any) -> Any:
    slope = compile_formula(record.slope)

    def loop(options, m, z, h, dh):  # type: ignore[no-untyped-def]
        for j in range(z.shape[0]):
            for r in range(m):
                dh[j, r] *= slope(options, z[j, r], h[j, r])

    return compile_as(f"slope_of_{record.__name__}", loop)


def _loop_family(family: Any) -> Any:
    compare = compile_formula(family.unit_loss_and_mean)

    def loop(eta, y, w, delta):  # type: ignore[no-untyped-def]
        loss = 0.0
        for r in range(w.size):
            unit_loss, mu = compare(0, eta[r], y[r])
            loss += w[r] * unit_loss
            delta[r] = w[r] * (mu - y[r])
        return loss

    return compile_as(f"losses_of_{family.__name__}", loop, summing)


_values = choose_loop("value", [_loop_value(record) for record in RECORDS])
slopes: Any = choose_loop("slope", [_loop_slope(record) for record in RECORDS])
_losses = choose_loop("losses", [_loop_family(family) for family in NUMERIC])


@summing
def copy_row(a, m, out):  # type: ignore[no-untyped-def]
    """Copy m numbers; for a slice numba would also compile the texts of its errors, for seconds."""
    for r in range(m):
        out[r] = a[r]


@summing
def combine(W, A, m, z):  # type: ignore[no-untyped-def]
    """Matrix product ``z = W.T @ A``, four rows of A at a time, for m columns."""
    last = A.shape[0] - 1
    for j in range(z.shape[0]):
        out = z[j]
        for i in range(0, A.shape[0], 4):
            k, n, o = min(i + 1, last), min(i + 2, last), min(i + 3, last)
            a, b, c, d = A[i], A[k], A[n], A[o]
            p, q = W[i, j], W[k, j] if i + 1 <= last else 0.0
            s, t = W[n, j] if i + 2 <= last else 0.0, W[o, j] if i + 3 <= last else 0.0
            if i:
                for r in range(m):
                    out[r] += (p * a[r] + q * b[r]) + (s * c[r] + t * d[r])
            else:
                for r in range(m):
                    out[r] = (p * a[r] + q * b[r]) + (s * c[r] + t * d[r])


@summing
def add_dots(a, B, m, out):  # type: ignore[no-untyped-def]
    """Add the dot products of a with each row of B to ``out``, over m columns."""
    j = 0
    while j + 4 <= B.shape[0]:
        b, c, d, e = B[j], B[j + 1], B[j + 2], B[j + 3]
        p = q = s = t = 0.0
        for r in range(m):
            p += a[r] * b[r]
            q += a[r] * c[r]
            s += a[r] * d[r]
            t += a[r] * e[r]
        out[j] += p
        out[j + 1] += q
        out[j + 2] += s
        out[j + 3] += t
        j += 4
    while j < B.shape[0]:
        b, p = B[j], 0.0
        for r in range(m):
            p += a[r] * b[r]
        out[j] += p
        j += 1


@summing
def _softmax(eta, codes, w, delta):  # type: ignore[no-untyped-def]
    """Softmax loss and delta of m rows; see ``Softmax.loss_and_delta``."""
    K, m = eta.shape[0], w.size
    top, total = eta[0, :m].copy(), np.zeros(m)
    for k in range(1, K):
        for r in range(m):
            top[r] = top[r] if top[r] >= eta[k, r] or top[r] != top[r] else eta[k, r]
    for k in range(K):
        for r in range(m):
            p = exp(eta[k, r] - top[r])
            delta[k, r] = p
            total[r] += p
    loss = 0.0
    for r in range(m):
        loss += w[r] * (math.log(total[r]) - (eta[codes[r], r] - top[r]))
        total[r] = w[r] / total[r]
    for k in range(K):
        for r in range(m):
            delta[k, r] *= total[r]
    for r in range(m):
        delta[codes[r], r] -= w[r]
    return loss


@summing
def weigh_output(w, network, k):  # type: ignore[no-untyped-def]
    """Weights of the rows for output k."""
    return w * network.output_weights[k] if network.output_weights.size else w


@summing
def add_loss(rows, network, a, m, eta, delta):  # type: ignore[no-untyped-def]
    """Loss of the m rows from row a on; delta is filled with d loss / d eta."""
    w = np.ones(m)
    if rows.weights.size:
        copy_row(rows.weights[a : a + m], m, w)
    if network.family < 0:
        return _softmax(eta, rows.codes[a : a + m], w, delta)
    loss = 0.0
    for k in range(eta.shape[0]):
        y = rows.targets[k, a : a + m]
        loss += _losses(network.family, eta[k], y, weigh_output(w, network, k), delta[k])
    return loss


@summing
def view_matrix(theta, network, layer):  # type: ignore[no-untyped-def]
    """View the weight matrix of a layer, counted from 0."""
    part = theta[network.starts[layer] : network.starts[layer + 1]]
    return part.reshape(part.size // network.sizes[layer + 1], network.sizes[layer + 1])


@summing
def allocate(network):  # type: ignore[no-untyped-def]
    """Allocate the inputs of all layers, with ones for the biases, and all sums."""
    all_inputs = np.empty((network.inputs[-1], MIN_BLOCK_ROWS))
    for layer in range(1, network.activations.size + 1):
        all_inputs[network.inputs[layer]] = 1.0
    return all_inputs, np.empty((network.sums[-1], MIN_BLOCK_ROWS))


@summing
def forward(theta, rows, network, a, m, all_inputs, z):  # type: ignore[no-untyped-def]
    """Forward pass: fill the inputs of each layer and z for the m rows from row a on."""
    last = network.activations.size
    for r in range(m):
        for column in range(network.sizes[0]):
            all_inputs[column, r] = rows.X[a + r, column]
    for layer in range(last + 1):
        out = z[network.sums[layer] : network.sums[layer + 1]]
        inputs = all_inputs[network.inputs[layer] : network.inputs[layer + 1]]
        if layer == last > 0:
            past = network.sizes[layer] + 1
            for i in range(network.skip.size):
                copy_row(all_inputs[network.skip[i]], m, inputs[past + i])
        combine(view_matrix(theta, network, layer), inputs, m, out)
        if layer < last:
            option = Options(network.options[layer], network.options[layer])
            first = network.inputs[layer + 1] + 1
            h = all_inputs[first : first + network.sizes[layer + 1]]
            _values(network.activations[layer], option, m, out, h)
    for k in range(rows.offset.shape[1]):
        for r in range(m):
            z[network.sums[last] + k, r] += rows.offset[a + r, k]


@summing
def _backpropagate(theta, network, m, all_inputs, z, d, gradient):  # type: ignore[no-untyped-def]
    """Backpropagation: add the gradient of m rows, from d loss / d eta in the last rows of d."""
    for layer in range(network.activations.size, -1, -1):
        delta = d[network.sums[layer] : network.sums[layer + 1]]
        inputs = all_inputs[network.inputs[layer] : network.inputs[layer + 1]]
        dW = view_matrix(gradient, network, layer)
        for i in range(inputs.shape[0]):
            add_dots(inputs[i], delta, m, dW[i])
        if layer:
            units = network.sizes[layer]
            hidden_weights = view_matrix(theta, network, layer)[1 : 1 + units]
            below = slice(network.sums[layer - 1], network.sums[layer])
            combine(hidden_weights.T, delta, m, d[below])
            option = Options(network.options[layer - 1], network.options[layer - 1])
            h = inputs[1 : 1 + units]
            slopes(network.activations[layer - 1], option, m, z[below], h, d[below])


@summing
def sum_loss(theta, rows, network, gradient):  # type: ignore[no-untyped-def]
    """Sum the loss over all rows; the gradient is filled."""
    all_inputs, z = allocate(network)
    d, scores = np.empty_like(z), network.sums[-2]
    gradient[:] = 0.0
    loss, n = 0.0, rows.X.shape[0]
    for a in range(0, n, MIN_BLOCK_ROWS):
        m = min(MIN_BLOCK_ROWS, n - a)
        forward(theta, rows, network, a, m, all_inputs, z)
        loss += add_loss(rows, network, a, m, z[scores:], d[scores:])
        _backpropagate(theta, network, m, all_inputs, z, d, gradient)
    return loss
