"""Compiled exact Hessian of the loss with respect to all weights, over blocks of rows.

The same sums as in `neuralnet.perceptron.hessian`: products of two inputs and of S, the second
derivatives of a row's loss by two weighted sums.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...families import Binomial, GroupedBinomial
from ..blocks import MIN_BLOCK_ROWS
from .elementary import compile_as, compile_cached, compile_formula, exp
from .kernel import (
    add_dots,
    add_loss,
    allocate,
    choose_loop,
    combine,
    copy_row,
    forward,
    slopes,
    summing,
    view_matrix,
    weigh_output,
)
from .layout import NUMERIC, RECORDS, Options


def _loop_curvature(record: Any) -> Any:
    curvature = compile_formula(record.curvature)

    def loop(options, m, z, h, activation_curvature):  # type: ignore[no-untyped-def]
        for j in range(z.shape[0]):
            for r in range(m):
                activation_curvature[j, r] *= curvature(options, z[j, r], h[j, r])

    return compile_as(f"curvature_of_{record.__name__}", loop)


def _loop_variance(family: Any) -> Any:
    # The numbers of trials are factors of the weights.
    plain = Binomial if family is GroupedBinomial else family
    mean, product = compile_formula(plain.mean), compile_formula(plain.variance_product)

    def loop(eta, w, variance):  # type: ignore[no-untyped-def]
        for r in range(w.size):
            variance[r] = product(0, mean(0, eta[r]), w[r], 0.0)

    return compile_as(f"variance_of_{family.__name__}", loop)


_curvatures = choose_loop("curvature", [_loop_curvature(record) for record in RECORDS])
_variances = choose_loop("variance", [_loop_variance(family) for family in NUMERIC])


@summing
def _fill_output_hessian(network, eta, w, S):  # type: ignore[no-untyped-def]
    """Fill S with the second derivatives of each row's loss by its scores, (K, K, rows)."""
    K, m = eta.shape[0], w.size
    S[:] = 0.0
    if network.family >= 0:
        for k in range(K):
            _variances(network.family, eta[k], weigh_output(w, network, k), S[k, k])
        return
    mu, total, top = np.empty((K, m)), np.zeros(m), eta[0, :m].copy()
    for k in range(1, K):
        for r in range(m):
            top[r] = max(top[r], eta[k, r])
    for k in range(K):
        for r in range(m):
            mu[k, r] = exp(eta[k, r] - top[r])
            total[r] += mu[k, r]
    for k in range(K):
        for r in range(m):
            mu[k, r] /= total[r]
    for k in range(K):
        for j in range(K):
            for r in range(m):
                S[k, j, r] = -w[r] * mu[k, r] * mu[j, r]
        for r in range(m):
            S[k, k, r] += w[r] * mu[k, r]


@summing
def _add_block(H, row, column, A, B, S, m, square):  # type: ignore[no-untyped-def]
    """Add ``A[a] * B[c] * S[b, d]`` to H at the weights (a, b) and (c, d)."""
    units, others = S.shape[0], S.shape[1]
    p = np.empty(m)
    for a in range(A.shape[0]):
        for c in range(a if square else 0, B.shape[0]):
            for r in range(m):
                p[r] = A[a, r] * B[c, r]
            start = column + c * others
            for b in range(units):
                add_dots(p, S[b], m, H[row + a * units + b, start : start + others])


@summing
def _add_weights_of_inputs(H, row, column, A, steps, delta, m):  # type: ignore[no-untyped-def]
    """Add delta times the derivatives of the later layer's hidden inputs by earlier weights.

    ``steps`` are the derivatives of these units by the earlier sums, (sums, units, rows).
    """
    units, others = steps.shape[0], delta.shape[0]
    p = np.empty(m)
    for a in range(A.shape[0]):
        for b in range(units):
            for j in range(steps.shape[1]):
                for r in range(m):
                    p[r] = A[a, r] * steps[b, j, r]
                start = column + (1 + j) * others
                add_dots(p, delta, m, H[row + a * units + b, start : start + others])


@summing
def _backpropagate(W, slope, by_next, m, out):  # type: ignore[no-untyped-def]
    """Chain rule: from derivatives by the next sums (first axis) to those by a hidden layer."""
    for d in range(by_next.shape[1]):
        for i in range(W.shape[0]):
            target = out[i, d]
            target[:] = 0.0
            for k in range(W.shape[1]):
                for r in range(m):
                    target[r] += W[i, k] * by_next[k, d, r]
            for r in range(m):
                target[r] *= slope[i, r]


@summing
def _backpropagate_square(W, slope, curvature, across, m, S):  # type: ignore[no-untyped-def]
    """Second derivatives by two sums of a hidden layer, from those by one and one of the next."""
    for i in range(W.shape[0]):
        for j in range(W.shape[0]):
            target = S[i, j]
            target[:] = 0.0
            for k in range(W.shape[1]):
                for r in range(m):
                    target[r] += W[j, k] * across[i, k, r]
            for r in range(m):
                target[r] *= slope[j, r]
        for r in range(m):
            S[i, i, r] += curvature[i, r]


@summing
def _find_deltas(theta, network, m, all_inputs, z, d, slope, curvature):  # type: ignore[no-untyped-def]
    """Fill deltas, slopes and curvatures of hidden layers from d loss / d eta, the last of d."""
    for layer in range(network.activations.size, 0, -1):
        units, activation = network.sizes[layer], network.activations[layer - 1]
        below = slice(network.sums[layer - 1], network.sums[layer])
        h = all_inputs[network.inputs[layer] + 1 : network.inputs[layer] + 1 + units]
        option = Options(network.options[layer - 1], network.options[layer - 1])
        hidden_weights = view_matrix(theta, network, layer)[1 : 1 + units]
        combine(hidden_weights.T, d[network.sums[layer] : network.sums[layer + 1]], m, d[below])
        slope[below] = 1.0
        for i in range(network.sums[layer - 1], network.sums[layer]):
            copy_row(d[i], m, curvature[i])
        _curvatures(activation, option, m, z[below], h, curvature[below])
        slopes(activation, option, m, z[below], h, slope[below])
        for i in range(network.sums[layer - 1], network.sums[layer]):
            for r in range(m):
                d[i, r] *= slope[i, r]


@summing
def _add_rows(H, theta, network, m, all_inputs, d, slope, curvature, S):  # type: ignore[no-untyped-def]
    """Add the Hessian of m rows, whose second derivatives by the scores are S."""
    starts, sums, sizes = network.starts, network.sums, network.sizes
    for layer in range(network.activations.size, -1, -1):
        inputs = all_inputs[network.inputs[layer] : network.inputs[layer + 1]]
        delta = d[sums[layer] : sums[layer + 1]]
        _add_block(H, starts[layer], starts[layer], inputs, inputs, S, m, True)
        across, below = S, S
        steps = np.empty((0, 0, 0))
        for before in range(layer - 1, -1, -1):
            units, part = sizes[before + 1], slice(sums[before], sums[before + 1])
            earlier = all_inputs[network.inputs[before] : network.inputs[before + 1]]
            W = view_matrix(theta, network, before + 1)[1 : 1 + units]
            carried = np.empty((units, sizes[layer + 1], m))
            _backpropagate(W, slope[part], across, m, carried)
            across = carried
            _add_block(H, starts[before], starts[layer], earlier, inputs, across, m, False)
            moved = np.zeros((units, sizes[layer], m))
            if before == layer - 1:
                for i in range(units):
                    copy_row(slope[sums[before] + i], m, moved[i, i])
                below = np.empty((units, units, m))
                _backpropagate_square(W, slope[part], curvature[part], across, m, below)
            else:
                _backpropagate(W, slope[part], steps, m, moved)
            steps = moved
            _add_weights_of_inputs(H, starts[before], starts[layer], earlier, steps, delta, m)
        S = below


def make_hessian(digest: str) -> Any:
    """Make the compiled loop; the digest of its sources is in the name that the disk cache uses."""

    def hessian(theta, rows, network, H):  # type: ignore[no-untyped-def]
        all_inputs, z = allocate(network)
        d, slope, curvature = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
        scores, n, K = network.sums[-2], rows.X.shape[0], network.sizes[-1]
        H[:] = 0.0
        for a in range(0, n, MIN_BLOCK_ROWS):
            m = min(MIN_BLOCK_ROWS, n - a)
            forward(theta, rows, network, a, m, all_inputs, z)
            add_loss(rows, network, a, m, z[scores:], d[scores:])
            _find_deltas(theta, network, m, all_inputs, z, d, slope, curvature)
            S = np.empty((K, K, m))
            w = np.ones(m)
            if rows.weights.size:
                copy_row(rows.weights[a : a + m], m, w)
            _fill_output_hessian(network, z[scores:], w, S)
            _add_rows(H, theta, network, m, all_inputs, d, slope, curvature, S)
        for i in range(theta.size):
            for j in range(i):
                H[i, j] = H[j, i]

    return compile_cached(f"hessian_{digest}", hessian)
