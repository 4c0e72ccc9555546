"""The exact Hessian of a layered network, from second derivatives by its weighted sums.

Pure arithmetic on the arrays of one forward and backward pass; knows no family and no data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pass", "assemble_hessian"]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# To write a number down takes as long as so many multiplications in a product of matrices.
_WRITING = 4


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
        H[parts[layer], parts[layer]] = _fold(_multiply_pairs(made.inputs[layer], S))
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


def _carry_back(made: Pass, layer: int, by_next: Floats) -> Floats:
    """Derivatives by the sums of a hidden layer from those by the next, (units, ..., n)."""
    W, slope = made.W[layer], made.slopes[layer]
    by_hidden = (W @ by_next.reshape(len(by_next), -1)).reshape(len(W), -1, slope.shape[1])
    by_hidden *= slope[:, None]
    return by_hidden


def _square_back(made: Pass, layer: int, across: Floats) -> Floats:
    """Second derivatives by two sums of a hidden layer, from those by one and one of the next."""
    S = np.matmul(made.W[layer], across)
    S *= made.slopes[layer]
    each = np.arange(len(S))
    S[each, each] += made.bends[layer]
    return S


def _add_moved(made: Pass, before: int, layer: int, block: Floats) -> None:
    """Add to a block that its earlier weights move what the later ones are given.

    Hidden units come in below the bias, and the columns that skip below them.
    """
    given, delta, last = made.inputs[before], made.deltas[layer - 1], layer - 1
    units = len(made.slopes[last])
    if before == last:
        each = np.arange(units)
        moved = made.slopes[last][:, None] * delta
        block[:, 1 + each, each] += _sum_products(given, moved)
        return
    # d h of the last hidden layer by the sums of the earlier one.
    steps = np.zeros((units, units, delta.shape[1]))
    steps[np.arange(units), np.arange(units)] = made.slopes[last]
    for between in reversed(range(before, last)):
        steps = _carry_back(made, between, steps)
    moved = steps[:, :, None] * delta
    block[:, 1 : 1 + units] += _sum_products(given, moved).transpose(0, 2, 1, 3)


def _multiply(A: Floats, B: Floats, S: Floats) -> Floats:
    """Sum ``A[a] * B[b] * S[c, d]`` over the rows, (a, b, c, d)."""
    shape = (len(A), len(B), *S.shape[:-1])
    S = S.reshape(-1, S.shape[-1])
    if len(B) * len(S) < len(A) * len(B) + len(S):
        return _sum_products(A, B[:, None] * S).reshape(shape)
    return (_flat(A[:, None] * B) @ S.T).reshape(shape)


def _multiply_pairs(A: Floats, S: Floats) -> Floats:
    """Sum ``A[a] * A[b] * S[c, d]`` over the rows, S being symmetric in c and d, (a, b, c, d)."""
    first, second, places = _list_pairs(len(S))
    halved = S[first, second]
    i, j, pairs = _list_pairs(len(A))
    a, c = len(i), len(first)
    if _WRITING * (a + c) + a * c < (_WRITING + len(A)) * len(A) * c:
        products = ((A[i] * A[j]) @ halved.T)[pairs]
    else:
        products = _sum_products(A, A[:, None] * halved)
        products = 0.5 * (products + products.swapaxes(0, 1))
    return products[:, :, places]


def _sum_products(A: Floats, B: Floats) -> Floats:
    """Sum over the rows of all products, (axis of A, axes of B)."""
    return (A @ _flat(B).T).reshape(len(A), *B.shape[:-1])


def _flat(B: Floats) -> Floats:
    return B.reshape(-1, B.shape[-1])


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
