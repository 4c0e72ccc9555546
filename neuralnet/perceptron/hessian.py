"""The exact Hessian of a layered network, from second derivatives by its weighted sums.

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

# To write a number down takes as long as so many multiplications in a product of matrices.
_WRITING = 12


class Pass(NamedTuple):
    """What a forward and a backward pass leave; the rows of data come last.

    Attributes
    ----------
    inputs : list of (fan_in, n) arrays
        Of each layer, with the ones of a bias.
    W : list of (units, units of the next layer) matrices
        What leads from each hidden layer to the next sums.
    slopes, bends : lists of (units, n) arrays
        Of each hidden layer; the bends are curvature * d loss / d h.
    deltas : list of (units, n) arrays
        d loss / d z of all layers but the first.
    variance : (K, K, n) array
        Second derivatives of the loss by the outputs' sums.
    """

    inputs: Sequence[Floats]
    W: Sequence[Floats]
    slopes: Sequence[Floats]
    bends: Sequence[Floats]
    deltas: Sequence[Floats]
    variance: Floats


def assemble_hessian(made: Pass) -> Floats:
    """Second derivatives of the loss by all weights, (P, P).

    Notes
    -----
    A weight adds to a sum z[b] what it is given, input[a]. So two weights have
    ``sum(input[a] * input[c] * S[b, d])`` over the rows, S being the second derivatives of a
    row's loss by two sums: one product of matrices, of the pairs of inputs and the pairs of sums.
    Where the first lies before the second, it moves what that is given, and
    ``sum(input[a] * d input[c] / d z[b] * delta[d])`` comes on top.

    Source: the second-order chain rule, as in Bishop (1992), Exact calculation of the Hessian
    matrix for the multilayer perceptron, Neural Computation 4.
    """
    units = [*map(len, made.slopes), len(made.variance)]
    ends = accumulate((len(A) * u for A, u in zip(made.inputs, units, strict=True)), initial=0)
    parts = [slice(*part) for part in pairwise(ends)]
    H = np.empty((parts[-1].stop, parts[-1].stop))
    S = made.variance
    for layer in reversed(range(len(units))):
        H[parts[layer], parts[layer]] = _square(made.inputs[layer], S)
        across = S
        for before in reversed(range(layer)):
            across = _carry_back(made, before, across)
            block = _multiply(made.inputs[before], made.inputs[layer], across)
            _add_moved(made, before, layer, block)
            H[parts[before], parts[layer]] = folded = _fold(block)
            H[parts[layer], parts[before]] = folded.T
            if before == layer - 1:
                S = _square_back(made, before, across)
    return H


def count_numbers(sizes: Sequence[tuple[int, int]]) -> int:
    """The most numbers a row of data that `assemble_hessian` has in one array.

    ``sizes`` are the (fan_in, units) of each layer.
    """
    pairs = combinations_with_replacement(sizes, 2)
    return max(min(a * b, b * c * d) + c * d for (a, c), (b, d) in pairs)


def _carry_back(made: Pass, layer: int, by_next: Floats) -> Floats:
    """Derivatives by the sums of a hidden layer from those by the next, (units, ..., n)."""
    W, slope = made.W[layer], made.slopes[layer]
    units, *axes = by_next.shape
    by_hidden: Floats = (W @ by_next.reshape(units, prod(axes))).reshape(len(W), *axes)
    by_hidden *= slope[:, None]
    return by_hidden


def _square_back(made: Pass, layer: int, across: Floats) -> Floats:
    """Second derivatives by two sums of a hidden layer, from those by one and one of the next."""
    S: Floats = np.matmul(made.W[layer], across)
    S *= made.slopes[layer]
    _flat(S)[:: len(S) + 1] += made.bends[layer]
    return S


def _add_moved(made: Pass, before: int, layer: int, block: Floats) -> None:
    """Add to a block that its earlier weights move what the later ones are given.

    Hidden units come in below the bias, and the columns that skip below them.
    """
    last, given, delta = layer - 1, made.inputs[before], made.deltas[layer - 1]
    slope, hidden = made.slopes[last], slice(1, 1 + len(made.slopes[last]))
    if before == last:
        diagonal = np.einsum("abbc->abc", block[:, hidden])  # a view
        diagonal += _sum_products(given, slope[:, None] * delta)
        return
    # d h of the last hidden layer by the sums of the earlier one.
    steps = np.eye(len(slope))[:, :, None] * slope
    for between in reversed(range(before, last)):
        steps = _carry_back(made, between, steps)
    block[:, hidden] += _multiply(given, delta, steps).transpose(0, 3, 2, 1)


def _multiply(A: Floats, B: Floats, S: Floats) -> Floats:
    """Sum ``A[a] * B[b] * S[c, d]`` over the rows, (a, b, c, d)."""
    shape, S = (len(A), len(B), *S.shape[:-1]), _flat(S)
    if len(B) * len(S) < len(A) * len(B) + len(S):
        return _sum_products(A, B[:, None] * S).reshape(shape)
    return (_flat(A[:, None] * B) @ S.T).reshape(shape)


def _square(A: Floats, S: Floats) -> Floats:
    """Sum ``A[a] * A[b] * S[c, d]`` over the rows: by the weights (a, c) and (b, d).

    S is symmetric in c and d.
    """
    rows, units = len(A), len(S)
    c, d, _ = _list_pairs(units)
    S = _flat(S).take(c * units + d, axis=0)
    a, b, _ = _list_pairs(rows)
    if _WRITING * (len(a) + len(c)) + len(a) * len(c) < (_WRITING + rows) * rows * len(c):
        pairs = A.take(a, axis=0)
        pairs *= A.take(b, axis=0)
        return (pairs @ S.T).take(_find_pairs(rows, units))
    products = _sum_products(A, A[:, None] * S)[:, :, _list_pairs(units)[2]]
    folded = _fold(products)
    return 0.5 * (folded + folded.T)


def _sum_products(A: Floats, B: Floats) -> Floats:
    """Sum over the rows of all products, (axis of A, axes of B)."""
    return (A @ _flat(B).T).reshape(len(A), *B.shape[:-1])


def _flat(B: Floats) -> Floats:
    *axes, n = B.shape
    # Not -1, which has no meaning where there are no rows.
    return B.reshape(prod(axes), n)


def _fold(block: Floats) -> Floats:
    """A block (a, b, c, d) as a part of H: by the weights (a, c) and (b, d)."""
    a, b, c, d = block.shape
    return block.transpose(0, 2, 1, 3).reshape(a * c, b * d)


@lru_cache(maxsize=64)
def _list_pairs(size: int) -> tuple[Indices, Indices, Indices]:
    """Pairs i <= j, and the place among them of each of all pairs, (size, size)."""
    i, j = np.triu_indices(size)
    places = np.empty((size, size), dtype=np.intp)
    places[i, j] = places[j, i] = np.arange(len(i))
    return i, j, places


# No more than a network or two needs: one is as large as its part of H.
@lru_cache(maxsize=4)
def _find_pairs(rows: int, units: int) -> Indices:
    """Where the entries of a part of H stand among the products of all pairs of either kind."""
    of_rows, of_units = _list_pairs(rows)[2], _list_pairs(units)[2]
    places = of_rows[:, None, :, None] * (units * (units + 1) // 2) + of_units[:, None]
    return places.reshape(rows * units, rows * units)
