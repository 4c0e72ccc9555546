"""Second derivatives of the loss by all weights, as loops of machine code.

The same sums as in `curvature`: of two inputs, and of S, the second derivatives of a row's loss by
two weighted sums. Here each is a product of two numbers after the other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..families import Binomial, GroupedBinomial
from .kernel import (
    NUMERIC,
    RECORDS,
    ROWS,
    Options,
    choose_loop,
    combine,
    forward,
    losses,
    slopes,
    softmax,
    summing,
)
from .scalars import cached, compile_as, compile_formula, exp

__all__ = ["make_hessian"]


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
def _dot(p, B, m, out):  # type: ignore[no-untyped-def]
    """Add the products of p with each row of B to ``out``."""
    j = 0
    while j + 4 <= B.shape[0]:
        b, c, d, e = B[j], B[j + 1], B[j + 2], B[j + 3]
        q = s = t = u = 0.0
        for r in range(m):
            q += p[r] * b[r]
            s += p[r] * c[r]
            t += p[r] * d[r]
            u += p[r] * e[r]
        out[j] += q
        out[j + 1] += s
        out[j + 2] += t
        out[j + 3] += u
        j += 4
    while j < B.shape[0]:
        b, q = B[j], 0.0
        for r in range(m):
            q += p[r] * b[r]
        out[j] += q
        j += 1


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
                _dot(p, S[b], m, H[row + a * units + b, start : start + others])


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
                _dot(p, delta, m, H[row + a * units + b, start : start + others])


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
def _find_deltas(theta, network, starts, places, m, z, h, d, slope, bend):  # type: ignore[no-untyped-def]
    """From d loss / d eta, in the last rows of d, all deltas, slopes and bends."""
    sizes, kinds, options = network[0], network[1], network[2]
    for layer in range(sizes.size - 2, 0, -1):
        units, below = sizes[layer + 1], slice(places[layer - 1], places[layer])
        W = _view(theta, starts, sizes, layer)[1 : 1 + sizes[layer]]
        delta = d[places[layer] : places[layer] + units]
        option = Options(options[layer - 1], options[layer - 1])
        d[below] = 0.0
        combine(W.T, 0, units, delta, m, d[below])
        bend[below] = d[below]
        _curvatures(kinds[layer - 1], option, m, z[below], h[below], bend[below])
        slope[below] = 1.0
        slopes(kinds[layer - 1], option, m, z[below], h[below], slope[below])
        slopes(kinds[layer - 1], option, m, z[below], h[below], d[below])


@summing
def _view(theta, starts, sizes, layer):  # type: ignore[no-untyped-def]
    """The matrix of a layer, the first being 0."""
    units = sizes[layer + 1]
    part = theta[starts[layer] : starts[layer + 1]]
    return part.reshape(part.size // units, units)


@summing
def _add_rows(H, theta, network, starts, places, given, m, slope, bend, d, S):  # type: ignore[no-untyped-def]
    """Add what some rows have, whose S by the scores is given."""
    sizes = network[0]
    for layer in range(sizes.size - 2, -1, -1):
        inputs = given[layer]
        _add_block(H, starts[layer], starts[layer], inputs, inputs, S, m, True)
        across, before_S = S, S
        steps = np.empty((0, 0, 0))
        delta = d[places[layer] : places[layer] + sizes[layer + 1]]
        for before in range(layer - 1, -1, -1):
            units, part = sizes[before + 1], slice(places[before], places[before + 1])
            W = _view(theta, starts, sizes, before + 1)[1 : 1 + units]
            carried = np.empty((units, sizes[layer + 1], m))
            _carry_back(W, slope[part], across, m, carried)
            across = carried
            _add_block(H, starts[before], starts[layer], given[before], inputs, across, m, False)
            moved = np.zeros((units, sizes[layer], m))
            if before == layer - 1:
                for i in range(units):
                    moved[i, i] = slope[part][i, :m]
                before_S = np.empty((units, units, m))
                _square_back(W, slope[part], bend[part], across, m, before_S)
            else:
                _carry_back(W, slope[part], steps, m, moved)
            steps = moved
            _add_moved(H, starts[before], starts[layer], given[before], steps, delta, m)
        S = before_S


def make_hessian(digest: str) -> Any:
    """The loop; a cache of machine code knows it by the digest of all that it is made of."""

    @cached
    def hessian(theta, rows, network, H):  # type: ignore[no-untyped-def]
        assert digest
        X, codes, targets, weights, offset = rows
        sizes, family, skip = network[0], network[3], network[4]
        (n, D), layers = X.shape, sizes.size - 1
        total, K = sizes[1:].sum(), sizes[-1]
        starts, places = np.zeros(layers + 1, np.int64), np.zeros(layers + 1, np.int64)
        for layer in range(layers):
            extra = skip.size if layer == layers - 1 and layer else 0
            fan_in = sizes[layer] + int(layer > 0) + extra
            starts[layer + 1] = starts[layer] + fan_in * sizes[layer + 1]
            places[layer + 1] = places[layer] + sizes[layer + 1]
        A, z, h = np.empty((D, ROWS)), np.empty((total, ROWS)), np.empty((total, ROWS))
        d, slope, bend = np.empty_like(z), np.empty_like(z), np.empty_like(z)
        ones = np.ones((1, ROWS))
        H[:] = 0.0
        for a in range(0, n, ROWS):
            b = min(n, a + ROWS)
            m = b - a
            forward(theta, X[a:b], offset[a:b], network, A, z, h)
            w = weights[a:b] if weights.size else ones[0, :m]
            eta, delta = z[total - K :], d[total - K :]
            if family < 0:
                softmax(eta, codes[a:b], w, delta)
            else:
                for k in range(K):
                    losses(family, eta[k], targets[k, a:b], w, delta[k])
            _find_deltas(theta, network, starts, places, m, z, h, d, slope, bend)
            given = [A[:, :m].copy()]
            for layer in range(1, layers):
                hidden = h[places[layer - 1] : places[layer], :m]
                extra = skip.size if layer == layers - 1 else 0
                inputs = np.empty((1 + sizes[layer] + extra, m))
                inputs[0] = 1.0
                inputs[1 : 1 + sizes[layer]] = hidden
                for i in range(extra):
                    inputs[1 + sizes[layer] + i] = A[skip[i], :m]
                given.append(inputs)
            S = np.empty((K, K, m))
            _vary(family, eta, w, S)
            _add_rows(H, theta, network, starts, places, given, m, slope, bend, d, S)
        for i in range(theta.size):
            for j in range(i):
                H[i, j] = H[j, i]

    return hessian
