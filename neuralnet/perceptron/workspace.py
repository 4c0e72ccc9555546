"""Workspace: preallocated arrays for one forward and backward pass over a block of rows.

Arrays are (units, n): operations over rows read memory in order. A workspace serves one thread at a
time. Knows shapes alone, no activation and no family.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


class Workspace:
    """The arrays of one forward and backward pass.

    Parameters
    ----------
    sizes : sequence of int
        Columns of X, units of each hidden layer, outputs.
    shapes : sequence of (rows, columns)
        Of the weight matrices.
    n : int
        Number of rows.
    dtype : dtype
        Of all arrays.

    Attributes
    ----------
    theta, gradient : (P,) arrays
    W, dW : tuples of matrices
        Views of ``theta`` and ``gradient``.
    transposed : list of matrices
        Views of W, transposed.
    hidden_weights : list of (units, units of the next layer) matrices
        Views of the rows of W that multiply hidden units, for each hidden layer.
    z : list of (units, n) arrays
        Weighted sums; the last are the scores.
    h : list of (units, n) arrays
        Hidden units: views of ``inputs``.
    inputs : list of (rows of W, n) arrays
        Inputs of each layer after the first: a row of ones for the bias, hidden units, and in the
        last layer the columns of X that skip.
    dh : list of (units, n) arrays
        d loss / d h, then d loss / d z, of each hidden layer.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        shapes: Sequence[tuple[int, int]],
        n: int,
        dtype: Any = np.float64,
    ) -> None:
        P = sum(rows * columns for rows, columns in shapes)
        self.n: int = n
        self.dtype: Any = dtype
        self.shapes: Sequence[tuple[int, int]] = shapes
        self.theta: Floats = np.empty(P, dtype)
        self.W: tuple[Floats, ...] = view_matrices(self.theta, shapes)
        self.transposed: list[Floats] = [W.T for W in self.W]
        hidden = sizes[1:-1]
        self.z: list[Floats] = [np.empty((units, n), dtype) for units in sizes[1:]]
        self.inputs: list[Floats] = [np.empty((len(W), n), dtype) for W in self.W[1:]]
        for rows in self.inputs:
            rows[0] = 1.0
        pairs = zip(self.inputs, hidden, strict=True)
        self.h: list[Floats] = [a[1 : 1 + units] for a, units in pairs]

    # A forward pass alone does not need the rest.

    @cached_property
    def gradient(self) -> Floats:
        return np.empty_like(self.theta)

    @cached_property
    def dW(self) -> tuple[Floats, ...]:
        return view_matrices(self.gradient, self.shapes)

    @cached_property
    def hidden_weights(self) -> list[Floats]:
        return [W[1 : 1 + len(h)] for W, h in zip(self.W[1:], self.h, strict=True)]

    @cached_property
    def dh(self) -> list[Floats]:
        return [np.empty(h.shape, self.dtype) for h in self.h]


def view_matrices(theta: Floats, shapes: Sequence[tuple[int, int]]) -> tuple[Floats, ...]:
    """View a flat array (..., P) as matrices (..., rows, columns), one after the other."""
    matrices, start = [], 0
    for rows, columns in shapes:
        stop = start + rows * columns
        matrices.append(theta[..., start:stop].reshape(*theta.shape[:-1], rows, columns))
        start = stop
    return tuple(matrices)
