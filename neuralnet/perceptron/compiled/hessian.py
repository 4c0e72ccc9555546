"""Second derivatives of the loss by all weights, as loops of machine code.

The same sums as in `curvature`: of two inputs, and of S, the second derivatives of a row's loss by
two weighted sums. Here each is a product of two numbers after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...families import Binomial, GroupedBinomial
from .elementary import compile_as, compile_cached, compile_formula, exp
from .kernel import (
    ROWS,
    add_dots,
    add_loss,
    choose_loop,
    combine,
    forward,
    lay_out,
    slopes,
    summing,
    view_matrix,
)
from .layout import NUMERIC, RECORDS, Options


def _loop_curvature(record: Any) -> Any:
    curvature = compile_formula(record.curvature)

    def loop(options, m, z, h, bends):  # type: ignore[no-untyped-def]
        for j in range(z.shape[0]):
            for r in range(m):
                bends[j, r] *= curvature(options, z[j, r], h[j, r])

    return compile_as(f"curvature_of_{record.__name__}", loop)


def _loop_variance(family: Any) -> Any:
    # Trials are among the weights already.
    plain = Binomial if family is GroupedBinomial else family
    mean, product = compile_formula(plain.mean), compile_formula(plain.variance_product)

    def loop(eta, w, variance):  # type: ignore[no-untyped-def]
        for r in range(w.size):
            variance[r] = product(0, mean(0, eta[r]), w[r], 0.0)

    return compile_as(f"variance_of_{family.__name__}", loop)


_curvatures = choose_loop("curvature", [_loop_curvature(record) for record in RECORDS])
_variances = choose_loop("variance", [_loop_variance(family) for family in NUMERIC])


@summing
def _vary(family, eta, w, S):  # type: ignore[no-untyped-def]
    """Second derivatives of the loss of each row by its scores, (K, K, rows)."""
    K, m = eta.shape[0], w.size
    S[:] = 0.0
    if family >= 0:
        for k in range(K):
            _variances(family, eta[k], w, S[k, k])
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
def _add_moved(H, row, column, A, steps, delta, m):  # type: ignore[no-untyped-def]
    """Add that earlier weights move the hidden units which later ones are given.

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
def _carry_back(W, slope, by_next, m, out):  # type: ignore[no-untyped-def]
    """Derivatives by the sums of a hidden layer from those by the next, along the first axis."""
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
def _square_back(W, slope, bend, across, m, S):  # type: ignore[no-untyped-def]
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
            S[i, i, r] += bend[i, r]


@summing
def _find_deltas(theta, network, m, given, z, d, slope, bend):  # type: ignore[no-untyped-def]
    """From d loss / d eta, in the last rows of d, all deltas, slopes and bends."""
    for layer in range(network.kinds.size, 0, -1):
        units, kind = network.sizes[layer], network.kinds[layer - 1]
        below = slice(network.places[layer - 1], network.places[layer])
        h = given[network.inputs[layer] + 1 : network.inputs[layer] + 1 + units]
        option = Options(network.options[layer - 1], network.options[layer - 1])
        behind = view_matrix(theta, network, layer)[1 : 1 + units]
        combine(behind.T, d[network.places[layer] : network.places[layer + 1]], m, d[below])
        bend[below], slope[below] = d[below], 1.0
        _curvatures(kind, option, m, z[below], h, bend[below])
        slopes(kind, option, m, z[below], h, slope[below])
        d[below] *= slope[below]


@summing
def _add_rows(H, theta, network, m, given, d, slope, bend, S):  # type: ignore[no-untyped-def]
    """Add what m rows have, whose second derivatives by the scores are S."""
    starts, places, sizes = network.starts, network.places, network.sizes
    for layer in range(network.kinds.size, -1, -1):
        inputs = given[network.inputs[layer] : network.inputs[layer + 1]]
        delta = d[places[layer] : places[layer + 1]]
        _add_block(H, starts[layer], starts[layer], inputs, inputs, S, m, True)
        across, below = S, S
        steps = np.empty((0, 0, 0))
        for before in range(layer - 1, -1, -1):
            units, part = sizes[before + 1], slice(places[before], places[before + 1])
            earlier = given[network.inputs[before] : network.inputs[before + 1]]
            W = view_matrix(theta, network, before + 1)[1 : 1 + units]
            carried = np.empty((units, sizes[layer + 1], m))
            _carry_back(W, slope[part], across, m, carried)
            across = carried
            _add_block(H, starts[before], starts[layer], earlier, inputs, across, m, False)
            moved = np.zeros((units, sizes[layer], m))
            if before == layer - 1:
                for i in range(units):
                    moved[i, i] = slope[places[before] + i, :m]
                below = np.empty((units, units, m))
                _square_back(W, slope[part], bend[part], across, m, below)
            else:
                _carry_back(W, slope[part], steps, m, moved)
            steps = moved
            _add_moved(H, starts[before], starts[layer], earlier, steps, delta, m)
        S = below


def make_hessian(digest: str) -> Any:
    """The loop, by whose name the cache on disk tells it from those made of other sources."""

    def hessian(theta, rows, network, H):  # type: ignore[no-untyped-def]
        given, z = lay_out(network)
        d, slope, bend = np.zeros_like(z), np.zeros_like(z), np.zeros_like(z)
        scores, n, K = network.places[-2], rows.X.shape[0], network.sizes[-1]
        H[:] = 0.0
        for a in range(0, n, ROWS):
            m = min(ROWS, n - a)
            forward(theta, rows, network, a, m, given, z)
            add_loss(rows, network, a, m, z[scores:], d[scores:])
            _find_deltas(theta, network, m, given, z, d, slope, bend)
            S = np.empty((K, K, m))
            w = np.ones(m)
            if rows.weights.size:
                w[:] = rows.weights[a : a + m]
            _vary(network.family, z[scores:], w, S)
            _add_rows(H, theta, network, m, given, d, slope, bend, S)
        for i in range(theta.size):
            for j in range(i):
                H[i, j] = H[j, i]

    return compile_cached(f"hessian_{digest}", hessian)
