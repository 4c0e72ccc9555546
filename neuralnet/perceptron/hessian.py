"""Exact Hessian of a layered network, from second derivatives with respect to weighted sums.

Pure arithmetic on the arrays of one forward and backward pass; knows no family and no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, combinations_with_replacement, pairwise
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Writing one number to memory takes as long as this many multiplications in a matrix product.
_WRITING = 12


class Pass(NamedTuple):
    """Arrays of a forward and a backward pass; their last axis are the n rows of data.

    Attributes
    ----------
    inputs : list of (fan_in, n) arrays
        Inputs of each layer, with ones for the bias.
    hidden_weights : list of (units, units of the next layer) matrices
        Weights of the hidden units of each layer in the sums of the next.
    slopes : list of (units, n) arrays
        d h / d z of each hidden layer.
    activation_curvature : list of (units, n) arrays
        d2 h / d z2 * d loss / d h of each hidden layer.
    deltas : list of (units, n) arrays
        d loss / d z of all layers but the first.
    output_hessian : (K, K, n) array
        Second derivatives of the loss with respect to the scores.
    """

    inputs: Sequence[Floats]
    hidden_weights: Sequence[Floats]
    slopes: Sequence[Floats]
    activation_curvature: Sequence[Floats]
    deltas: Sequence[Floats]
    output_hessian: Floats


def assemble_hessian(arrays: Pass) -> Floats:
    """Hessian (P, P) by the second-order chain rule.

    Notes
    -----
    The weight (a, b) multiplies ``input[a]`` in the sum ``z[b]``. The second derivative by two
    weights (a, b) and (c, d) is therefore ``sum(input[a] * input[c] * S[b, d])`` over the rows of
    data, S being the second derivatives of a row's loss by two sums: one matrix product, of the
    pairs of inputs and the pairs of sums. If the weight (a, b) is in an earlier layer, the input
    of the other depends on it, and ``sum(input[a] * d input[c] / d z[b] * delta[d])`` is added.

    Source: the second-order chain rule, as in Bishop (1992), Exact calculation of the Hessian
    matrix for the multilayer perceptron, Neural Computation 4.
    """
    units = [*map(len, arrays.slopes), len(arrays.output_hessian)]
    ends = accumulate((len(A) * u for A, u in zip(arrays.inputs, units, strict=True)), initial=0)
    parts = [slice(*part) for part in pairwise(ends)]
    H = np.empty((parts[-1].stop, parts[-1].stop))
    S = arrays.output_hessian
    for layer in reversed(range(len(units))):
        H[parts[layer], parts[layer]] = _square(arrays.inputs[layer], S)
        across = S
        for before in reversed(range(layer)):
            across = _backpropagate(arrays, before, across)
            block = _multiply(arrays.inputs[before], arrays.inputs[layer], across)
            _add_weights_of_inputs(arrays, before, layer, block)
            H[parts[before], parts[layer]] = folded = _fold(block)
            H[parts[layer], parts[before]] = folded.T
            if before == layer - 1:
                S = _backpropagate_square(arrays, before, across)
    return H


def count_numbers(sizes: Sequence[tuple[int, int]]) -> int:
    """Count the numbers per row of data in the largest array of `assemble_hessian`.

    ``sizes`` are the (fan_in, units) of each layer.
    """
    pairs = combinations_with_replacement(sizes, 2)
    return max(min(a * b, b * c * d) + c * d for (a, c), (b, d) in pairs)


def _backpropagate(arrays: Pass, layer: int, by_next: Floats) -> Floats:
    """Chain rule: from derivatives by the next sums to those by a hidden layer, (units, ..., n)."""
    W, slope = arrays.hidden_weights[layer], arrays.slopes[layer]
    units, *axes = by_next.shape
    by_hidden: Floats = (W @ by_next.reshape(units, prod(axes))).reshape(len(W), *axes)
    by_hidden *= slope[:, None]
    return by_hidden


def _backpropagate_square(arrays: Pass, layer: int, across: Floats) -> Floats:
    """Second derivatives by two sums of a hidden layer, from those by one and one of the next."""
    S: Floats = np.matmul(arrays.hidden_weights[layer], across)
    S *= arrays.slopes[layer]
    _flat(S)[:: len(S) + 1] += arrays.activation_curvature[layer]
    return S


def _add_weights_of_inputs(arrays: Pass, before: int, layer: int, block: Floats) -> None:
    """Add d loss / d z of the later layer times the derivatives of its inputs by earlier weights.

    Of its inputs these are the hidden units: the rows after the bias, before columns that skip.
    """
    last, inputs, delta = layer - 1, arrays.inputs[before], arrays.deltas[layer - 1]
    slope, hidden = arrays.slopes[last], slice(1, 1 + len(arrays.slopes[last]))
    if before == last:
        diagonal = np.einsum("abbc->abc", block[:, hidden])  # a view
        diagonal += _sum_products(inputs, slope[:, None] * delta)
        return
    # d h of the last hidden layer by the sums of the earlier one.
    steps = np.eye(len(slope))[:, :, None] * slope
    for between in reversed(range(before, last)):
        steps = _backpropagate(arrays, between, steps)
    block[:, hidden] += _multiply(inputs, delta, steps).transpose(0, 3, 2, 1)


def _multiply(A: Floats, B: Floats, S: Floats) -> Floats:
    """Sum ``A[a] * B[b] * S[c, d]`` over the rows of data, (a, b, c, d)."""
    shape, S = (len(A), len(B), *S.shape[:-1]), _flat(S)
    if len(B) * len(S) < len(A) * len(B) + len(S):
        return _sum_products(A, B[:, None] * S).reshape(shape)
    return (_flat(A[:, None] * B) @ S.T).reshape(shape)


def _square(A: Floats, S: Floats) -> Floats:
    """Sum ``A[a] * A[b] * S[c, d]`` over the rows of data: a block of H by (a, c) and (b, d).

    S is symmetric in c and d.
    """
    rows, units = len(A), len(S)
    c, d, _ = _list_pairs(units)
    S = _flat(S).take(c * units + d, axis=0)
    a, b, _ = _list_pairs(rows)
    if _WRITING * (len(a) + len(c)) + len(a) * len(c) < (_WRITING + rows) * rows * len(c):
        pairs = A.take(a, axis=0)
        pairs *= A.take(b, axis=0)
        return (pairs @ S.T).take(_index_pairs(rows, units))
    products = _sum_products(A, A[:, None] * S)[:, :, _list_pairs(units)[2]]
    folded = _fold(products)
    return 0.5 * (folded + folded.T)


def _sum_products(A: Floats, B: Floats) -> Floats:
    """Sum all products over the rows of data, (axis of A, axes of B)."""
    return (A @ _flat(B).T).reshape(len(A), *B.shape[:-1])


def _flat(B: Floats) -> Floats:
    """View (..., n) as a matrix with n columns."""
    *axes, n = B.shape
    # Not -1, which NumPy cannot resolve where n is 0.
    return B.reshape(prod(axes), n)


def _fold(block: Floats) -> Floats:
    """Reshape (a, b, c, d) to a block of H: rows are weights (a, c), columns weights (b, d)."""
    a, b, c, d = block.shape
    return block.transpose(0, 2, 1, 3).reshape(a * c, b * d)


@lru_cache(maxsize=64)
def _list_pairs(size: int) -> tuple[Indices, Indices, Indices]:
    """Pairs i <= j, and the index among them of every pair, (size, size)."""
    i, j = np.triu_indices(size)
    places = np.empty((size, size), dtype=np.intp)
    places[i, j] = places[j, i] = np.arange(len(i))
    return i, j, places


# Enough for two networks: an entry is as large as its block of H.
@lru_cache(maxsize=4)
def _index_pairs(rows: int, units: int) -> Indices:
    """Indices of the entries of a block of H among the products of all pairs of both kinds."""
    of_rows, of_units = _list_pairs(rows)[2], _list_pairs(units)[2]
    places = of_rows[:, None, :, None] * (units * (units + 1) // 2) + of_units[:, None]
    return places.reshape(rows * units, rows * units)
