"""The forward and the backward pass as loops of machine code.

Features by rows, a few rows at a time, so that all of a pass stays in a processor's first caches.
The formulas of activations and families are the package's own, compiled; softmax alone is written
out, as its outputs depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from ..activations import ACTIVATIONS
from ..families import FAMILIES, GroupedBinomial, Softmax
from .scalars import cached, compile_formula, compiled, exp

__all__ = ["FAMILY_CODES", "KINDS", "find_option", "make_kernel", "sum_up"]

# Sums over rows may be added up in any order, the same one each time.
summing: Any = njit(error_model="numpy", fastmath={"contract", "reassoc", "nsz"}, nogil=True)

# Rows at a time.
ROWS = 128

_RECORDS = [type(record) for record in ACTIVATIONS.values()]
_OPTIONS = [
    [field.name for field in fields(record) if field.name != "name"]  # type: ignore[arg-type]
    for record in _RECORDS
]
KINDS = {record: kind for kind, record in enumerate(_RECORDS)}


class _Options(NamedTuple):
    """Stands for any activation: each finds its own option in it, if it has one."""

    alpha: float
    leak: float


_NUMERIC = [type(family) for family in FAMILIES.values() if type(family) is not Softmax]
_NUMERIC.append(GroupedBinomial)
FAMILY_CODES = {Softmax: -1, **{family: code for code, family in enumerate(_NUMERIC)}}


def find_option(activation: Any) -> float:
    """The number that an activation is told, if any."""
    names = _OPTIONS[KINDS[type(activation)]]
    return float(getattr(activation, names[0])) if names else 0.0


def _choose(loops: Sequence[Any]) -> Any:
    """One of up to eight loops, by its number."""
    a, b, c, d, e, f, g, h = (*loops, *[loops[-1]] * (8 - len(loops)))

    @compiled
    def choose(kind, *arrays):  # type: ignore[no-untyped-def]
        if kind == 0:
            return a(*arrays)
        if kind == 1:
            return b(*arrays)
        if kind == 2:
            return c(*arrays)
        if kind == 3:
            return d(*arrays)
        if kind == 4:
            return e(*arrays)
        if kind == 5:
            return f(*arrays)
        if kind == 6:
            return g(*arrays)
        return h(*arrays)

    return choose


def _loop_value(record: Any) -> Any:
    value = compile_formula(record.value)

    @compiled
    def loop(options, m, z, h):  # type: ignore[no-untyped-def]
        for j in range(z.shape[0]):
            for r in range(m):
                h[j, r] = value(options, z[j, r])

    return loop


def _loop_slope(record: Any) -> Any:
    slope = compile_formula(record.slope)

    @compiled
    def loop(options, m, z, h, dh):  # type: ignore[no-untyped-def]
        for j in range(z.shape[0]):
            for r in range(m):
                dh[j, r] *= slope(options, z[j, r], h[j, r])

    return loop


def _loop_family(family: Any) -> Any:
    losses, mean = compile_formula(family.losses), compile_formula(family.mean)

    @summing
    def loop(eta, y, w, delta):  # type: ignore[no-untyped-def]
        loss = 0.0
        for r in range(w.size):
            loss += w[r] * losses(0, eta[r], y[r])
        for r in range(w.size):
            delta[r] = w[r] * (mean(0, eta[r]) - y[r])
        return loss

    return loop


_values = _choose([_loop_value(record) for record in _RECORDS])
_slopes = _choose([_loop_slope(record) for record in _RECORDS])
_losses = _choose([_loop_family(family) for family in _NUMERIC])


@summing
def _combine(W, first, count, A, m, z):  # type: ignore[no-untyped-def]
    """Add ``W[first : first + count].T @ A`` to z."""
    for j in range(z.shape[0]):
        out, i = z[j], 0
        while i + 4 <= count:
            a, b, c, d = A[i], A[i + 1], A[i + 2], A[i + 3]
            p, q = W[first + i, j], W[first + i + 1, j]
            s, t = W[first + i + 2, j], W[first + i + 3, j]
            for r in range(m):
                out[r] += (p * a[r] + q * b[r]) + (s * c[r] + t * d[r])
            i += 4
        while i < count:
            a, p = A[i], W[first + i, j]
            for r in range(m):
                out[r] += p * a[r]
            i += 1


@summing
def _correlate(A, D, m, dW, first):  # type: ignore[no-untyped-def]
    """Add ``A @ D.T`` to the rows of dW from ``first`` on."""
    for i in range(A.shape[0]):
        a, out, j = A[i], dW[first + i], 0
        while j + 4 <= D.shape[0]:
            b, c, d, e = D[j], D[j + 1], D[j + 2], D[j + 3]
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
        while j < D.shape[0]:
            b, p = D[j], 0.0
            for r in range(m):
                p += a[r] * b[r]
            out[j] += p
            j += 1


@summing
def _softmax(eta, codes, w, delta):  # type: ignore[no-untyped-def]
    """The loss of some rows of classes, and delta; see ``Softmax.loss_and_delta``."""
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
def _forward(theta, X, offset, network, A, z, h):  # type: ignore[no-untyped-def]
    """Fill z and h, one layer below the other, for the rows of X, which A gets by columns."""
    sizes, kinds, options, _, skip = network
    m, D = X.shape
    for r in range(m):
        for d in range(D):
            A[d, r] = X[r, d]
    inputs, place, start = A[:D], 0, 0
    for layer in range(1, sizes.size):
        units, bias = sizes[layer], min(layer, 2) - 1 if layer < 2 else 1
        extra = skip.size if layer == sizes.size - 1 else 0
        rows = inputs.shape[0] + bias + extra
        W = theta[start : start + rows * units].reshape(rows, units)
        out = z[place : place + units]
        for j in range(units):
            first = W[0, j] if bias else 0.0
            for r in range(m):
                out[j, r] = first
        _combine(W, bias, inputs.shape[0], inputs, m, out)
        for i in range(extra):
            _combine(W, bias + inputs.shape[0] + i, 1, A[skip[i] : skip[i] + 1], m, out)
        if layer < sizes.size - 1:
            option = _Options(options[layer - 1], options[layer - 1])
            _values(kinds[layer - 1], option, m, out, h[place : place + units])
            inputs = h[place : place + units]
        place += units
        start += rows * units
    eta = z[place - units : place]
    for k in range(offset.shape[1]):
        for r in range(m):
            eta[k, r] += offset[r, k]


@summing
def _backward(theta, network, A, m, z, h, d, gradient):  # type: ignore[no-untyped-def]
    """Add to the gradient what the rows say, given d loss / d eta in the last rows of d."""
    sizes, kinds, options, _, skip = network
    place, start = d.shape[0], theta.size
    for layer in range(sizes.size - 1, 0, -1):
        units, fan_in = sizes[layer], sizes[layer - 1]
        bias, extra = int(layer > 1), skip.size if layer == sizes.size - 1 else 0
        rows = fan_in + bias + extra
        start -= rows * units
        place -= units
        W = theta[start : start + rows * units].reshape(rows, units)
        dW = gradient[start : start + rows * units].reshape(rows, units)
        delta = d[place : place + units]
        if layer == 1:
            _correlate(A, delta, m, dW, 0)
            break
        for j in range(units):
            total = 0.0
            for r in range(m):
                total += delta[j, r]
            dW[0, j] += total
        below = slice(place - fan_in, place)
        _correlate(h[below], delta, m, dW, 1)
        for i in range(extra):
            _correlate(A[skip[i] : skip[i] + 1], delta, m, dW, 1 + fan_in + i)
        back = d[below]
        for j in range(fan_in):
            for r in range(m):
                back[j, r] = 0.0
        _combine(W[1 : 1 + fan_in].T, 0, units, delta, m, back)
        option = _Options(options[layer - 2], options[layer - 2])
        _slopes(kinds[layer - 2], option, m, z[below], h[below], back)


@summing
def sum_up(theta, rows, network, gradient):  # type: ignore[no-untyped-def]
    """The loss; the gradient is filled."""
    X, codes, targets, weights, offset = rows
    sizes, family = network[0], network[3]
    n, D = X.shape
    total, K = sizes[1:].sum(), sizes[-1]
    A = np.empty((D, ROWS))
    z, h, d = np.empty((total, ROWS)), np.empty((total, ROWS)), np.empty((total, ROWS))
    ones = np.ones(ROWS)
    gradient[:] = 0.0
    loss = 0.0
    for a in range(0, n, ROWS):
        b = min(n, a + ROWS)
        m = b - a
        _forward(theta, X[a:b], offset[a:b], network, A, z, h)
        w = weights[a:b] if weights.size else ones[:m]
        eta, delta = z[total - K :], d[total - K :]
        if family < 0:
            loss += _softmax(eta, codes[a:b], w, delta)
        else:
            for k in range(K):
                loss += _losses(family, eta[k], targets[k, a:b], w, delta[k])
        _backward(theta, network, A, m, z, h, d, gradient)
    return loss


def make_kernel(digest: str) -> Any:
    """The kernel; a cache of machine code knows it by the digest of all that it is made of."""

    @cached
    def kernel(theta, rows, network, gradient):  # type: ignore[no-untyped-def]
        assert digest
        return sum_up(theta, rows, network, gradient)

    return kernel
