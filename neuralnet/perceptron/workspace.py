"""Scratch arrays for one pass over a block of rows, made once and filled again and again.

Features by rows: a layer is (units, n), so that what runs over rows runs through memory in order.
Knows shapes alone, no activation and no family. One thread at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]

# Numbers that one block holds at a time: what stays in a processor's second cache.
_NUMBERS_AT_ONCE = 65_536
_FEWEST_ROWS, MAX_BLOCK_ROWS = 256, 8_192


class Workspace:
    """The arrays of one forward and backward pass.

    Parameters
    ----------
    sizes : sequence of int
        Columns of X, units of each hidden layer, outputs.
    shapes : sequence of (rows, columns)
        Of the weight matrices.
    n : int
        Rows.
    dtype : dtype
        Of all arrays.

    Attributes
    ----------
    theta, gradient : (P,) arrays
    W, dW : tuples of matrices
        Views of these two.
    transposed, behind : lists of matrices
        Views of W: each one transposed, and of the later ones the rows that meet hidden units.
    z : list of (units, n) arrays
        Weighted sums; the last are the scores.
    h : list of (units, n) arrays
        Hidden units: views of ``inputs``.
    inputs : list of (rows of W, n) arrays
        What each later matrix multiplies: a row of ones for the bias, hidden units, and the columns
        of X that skip.
    dh : list of (units, n) arrays
    """

    def __init__(
        self,
        sizes: Sequence[int],
        shapes: Sequence[tuple[int, int]],
        n: int,
        dtype: Any = np.float64,
    ) -> None:
        P = sum(rows * columns for rows, columns in shapes)
        self.n, self.dtype, self.shapes = n, dtype, shapes
        self.theta = np.empty(P, dtype)
        self.W = view_matrices(self.theta, shapes)
        self.transposed = [W.T for W in self.W]
        hidden = sizes[1:-1]
        self.z = [np.empty((units, n), dtype) for units in sizes[1:]]
        self.inputs = [np.empty((len(W), n), dtype) for W in self.W[1:]]
        for rows in self.inputs:
            rows[0] = 1.0
        self.h = [a[1 : 1 + units] for a, units in zip(self.inputs, hidden, strict=True)]

    # What the forward pass alone has no use for.

    @cached_property
    def gradient(self) -> Floats:
        return np.empty_like(self.theta)

    @cached_property
    def dW(self) -> tuple[Floats, ...]:
        return view_matrices(self.gradient, self.shapes)

    @cached_property
    def behind(self) -> list[Floats]:
        return [W[1 : 1 + len(h)] for W, h in zip(self.W[1:], self.h, strict=True)]

    @cached_property
    def dh(self) -> list[Floats]:
        return [np.empty(h.shape, self.dtype) for h in self.h]


def view_matrices(theta: Floats, shapes: Sequence[tuple[int, int]]) -> tuple[Floats, ...]:
    """Views of a flat array as matrices, one after the other; leading axes are kept."""
    matrices, start = [], 0
    for rows, columns in shapes:
        stop = start + rows * columns
        matrices.append(theta[..., start:stop].reshape(*theta.shape[:-1], rows, columns))
        start = stop
    return tuple(matrices)


def choose_block_rows(sizes: Sequence[int]) -> int:
    """Rows of a block that a cache holds with all that a pass makes of them."""
    return min(MAX_BLOCK_ROWS, max(_FEWEST_ROWS, _NUMBERS_AT_ONCE // max(sizes)))


def split_rows(n: int, step: int) -> list[slice]:
    """All rows in blocks of so many; one block of none where there are none.

    Examples
    --------
    >>> split_rows(2_500, choose_block_rows((21, 64, 5)))
    [slice(0, 1024, None), slice(1024, 2048, None), slice(2048, 2500, None)]
    """
    return [slice(start, min(n, start + step)) for start in range(0, max(n, 1), step)]
