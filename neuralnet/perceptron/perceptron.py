"""Multi-layer perceptron: shapes, one flat theta, the forward pass and backpropagation.

Pure functions of (theta, batch). Knows no penalty, no data frame, no optimizer and no state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..activations import Activation
from ..errors import check_memory, pluralize, shorten
from ..families import Family
from .batch import Batch, Sums
from .blocks import choose_block_rows, split_rows
from .properties import read_activation
from .workspace import Workspace, view_matrices

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


class Layer(NamedTuple):
    """The arrays of one layer in one forward and backward pass.

    Attributes
    ----------
    z : (n, units)
        Weighted sums of the layer's inputs; for the last layer the scores eta.
    h : (n, units)
        Outputs of the layer: the activation of z; for the last layer the means mu.
    delta : (n, units) or None
        d loss / d z. None where the data have no response.
    dW : (rows of W, units) or None
        d loss / d W, shaped like this layer's weights, without the penalty. None as ``delta``.
    """

    z: Floats
    h: Floats
    delta: Floats | None
    dW: Floats | None


@dataclass(frozen=True)
class Perceptron:
    """A multi-layer perceptron with a GLM family for its output layer.

    Parameters
    ----------
    sizes : tuple of int
        Columns of X, units of each hidden layer, outputs: ``(D, H1, ..., K)``.
    activations : tuple of Activation
        One for each hidden layer.
    family : Family
        GLM family of the output layer.
    skip : tuple of int
        Columns of X with skip-layer connections: they are inputs of the output layer too.

    Notes
    -----
    The first matrix is (D, H1): the intercept, if any, is a column of X. Each later matrix is
    (fan_in + 1, fan_out) with the biases in row 0; the last one has one more row for each column
    that skips. ``theta`` holds the matrices row by row, layer after layer.
    """

    sizes: tuple[int, ...]
    activations: tuple[Activation, ...]
    family: Family
    skip: tuple[int, ...] = ()

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape of each weight matrix."""
        # The first matrix has no bias row: the intercept is a column of X.
        last = len(self.sizes) - 2
        return tuple(
            (rows + (layer > 0) + len(self.skip) * (layer == last), columns)
            for layer, (rows, columns) in enumerate(pairwise(self.sizes))
        )

    @cached_property
    def n_parameters(self) -> int:
        """P, the length of theta."""
        return sum(rows * columns for rows, columns in self.shapes)

    @cached_property
    def spreads(self) -> Vector | None:
        """The units (K,) in which the loss counts each of several responses; None: their own."""
        spreads = getattr(self.family, "spreads", None)
        return None if spreads is None else np.array(spreads, dtype=np.float64)

    @cached_property
    def for_scaled_response(self) -> Perceptron:
        """The perceptron for a response that is divided by these units."""
        family = getattr(self.family, "for_scaled_response", self.family)
        return self if family is self.family else replace(self, family=family)

    def describe(self) -> str:
        """Describe the layers, as in ``5 inputs - 5 sigmoid - 3 softmax outputs``."""
        hidden = (
            f"{size} {_describe_activation(activation)}"
            for size, activation in zip(self.sizes[1:-1], self.activations, strict=True)
        )
        inputs, outputs = self.sizes[0], self.sizes[-1]
        return " - ".join(
            [
                pluralize(inputs, "input"),
                *hidden,
                pluralize(outputs, f"{self.family.name} output"),
            ]
        ) + (", inputs straight to outputs too" if self.skip else "")

    def unflatten(self, theta: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """View theta (..., P) as matrices (..., rows, columns)."""
        return view_matrices(theta, self.shapes)

    def flatten(self, matrices: tuple[Floats, ...]) -> Vector:
        """Copy matrices (..., rows, columns) into one flat array (..., P)."""
        lead = matrices[0].shape[:-2]
        return np.concatenate([m.reshape(*lead, -1) for m in matrices], axis=-1, dtype=np.float64)

    def workspace(self, n: int, dtype: Any = np.float64) -> Workspace:
        """Allocate the arrays of a pass over n rows."""
        return Workspace(self.sizes, self.shapes, n, dtype)

    def forward(
        self, theta: Vector, X: Floats, offset: Floats | None = None
    ) -> tuple[list[Floats], list[Floats]]:
        """Forward pass: the weighted sums z and the inputs of every layer.

        Returns
        -------
        sums, inputs : lists with one (n, units) array a layer
            ``sums[-1]`` is eta with the offset; ``inputs[0]`` is X, and ``inputs[-1]`` ends with
            the columns of X that skip. Constant inputs of the biases are left out.
        """
        scratch = self.workspace(len(X))
        self.propagate(scratch, theta, X, offset)
        return [z.T for z in scratch.z], [X, *(rows[1:].T for rows in scratch.inputs)]

    def scores(self, theta: Vector, X: Floats, offset: Floats | None = None) -> Floats:
        """Scores eta, (n, K); ValueError where they are too large for memory."""
        return self.map_scores(lambda eta: eta, theta, X, offset)

    def mean(self, theta: Vector, X: Floats, offset: Floats | None = None) -> Floats:
        """Means mu, (n, K)."""
        return self.map_scores(self.family.mean, theta, X, offset)

    def map_scores(
        self,
        function: Callable[[Floats], NDArray[Any]],
        theta: Vector,
        X: Floats,
        offset: Floats | None = None,
    ) -> NDArray[Any]:
        """Apply a function to the scores in blocks of rows; returns (n,) or (n, m).

        ``function`` must treat rows independently. The only array with all rows is the result;
        ValueError where it is too large for memory.
        """
        n, result = len(X), np.empty(0)
        for rows in split_rows(n, choose_block_rows(self.sizes)):
            block_offset = None if offset is None else offset[rows]
            eta = self.propagate(self.workspace(len(X[rows])), theta, X[rows], block_offset)
            # The memory order decides how sums over outputs are rounded: always row by row.
            part = function(np.ascontiguousarray(eta))
            if not rows.start:
                width = int(np.prod(part.shape[1:]))
                what = f"scores of {pluralize(n, 'row')} for {pluralize(width, 'output')}"
                check_memory(what, n * width, "Ask for fewer rows")
                result = np.empty((n, *part.shape[1:]), part.dtype)
            result[rows] = part
        return result

    # No warning of overflow: the caller checks the loss.
    def evaluate(self, theta: Vector, batch: Batch, workspace: Workspace | None = None) -> Sums:
        """Evaluate the loss and count the rows classified right, by a forward pass."""
        scratch = workspace or self.workspace(len(batch.X))
        eta = self.propagate(scratch, theta, batch.X, batch.offset)
        loss, _ = self.family.loss_and_delta(eta, batch.Y, batch.w)
        return Sums(loss, np.empty(0), batch.weight, self._count_correct(eta, batch))

    def loss_and_gradient(
        self,
        theta: Vector,
        batch: Batch,
        workspace: Workspace | None = None,
        *,
        count_correct: bool = True,
    ) -> Sums:
        """Loss and gradient by backpropagation: the kernel of training.

        Training skips the rows classified right by ``count_correct=False``. Overflow gives
        infinite sums; the caller turns NumPy's warnings off.
        """
        scratch = workspace or self.workspace(len(batch.X))
        eta = self.propagate(scratch, theta, batch.X, batch.offset)
        loss, delta = self.family.loss_and_delta(eta, batch.Y, batch.w)
        self._backpropagate(scratch, batch.X, delta)
        correct = self._count_correct(eta, batch) if count_correct else np.nan
        return Sums(loss, scratch.gradient.astype(np.float64), batch.weight, correct)

    def layers(self, theta: Vector, batch: Batch, *, known: bool = True) -> tuple[Layer, ...]:
        """All arrays of one pass, layer by layer; no deltas where the response is not ``known``."""
        n, units = len(batch.X), sum(self.sizes[1:])
        what = f"the arrays of {pluralize(n, 'row')} for {pluralize(units, 'unit')}"
        check_memory(what, 3 * n * units, "Ask for fewer rows")
        scratch = self.workspace(len(batch.X))
        eta = self.propagate(scratch, theta, batch.X, batch.offset)
        sums, outputs = [z.T for z in scratch.z], [*(h.T for h in scratch.h), self.family.mean(eta)]
        if not known:
            return tuple(Layer(z, h, None, None) for z, h in zip(sums, outputs, strict=True))
        _, delta = self.family.loss_and_delta(eta, batch.Y, batch.w)
        deltas = self._backpropagate(scratch, batch.X, delta)
        return tuple(map(Layer, sums, outputs, deltas, scratch.dW))

    def propagate(
        self, scratch: Workspace, theta: Vector, X: Floats, offset: Floats | None
    ) -> Floats:
        """Forward pass: fill z and h of a workspace; returns eta, (n, K), a view of the last z."""
        scratch.theta[:] = theta
        np.dot(scratch.transposed[0], X.T, out=scratch.z[0])
        for layer, activation in enumerate(self.activations):
            scratch.h[layer][:] = activation.value(scratch.z[layer])
            if self.skip and layer == len(self.activations) - 1:
                scratch.inputs[layer][1 + len(scratch.h[layer]) :] = X[:, self.skip].T
            np.dot(scratch.transposed[layer + 1], scratch.inputs[layer], out=scratch.z[layer + 1])
        eta: Floats = scratch.z[-1].T
        if offset is not None:
            eta += offset
        return eta

    def _backpropagate(self, scratch: Workspace, X: Floats, delta: Floats) -> list[Floats]:
        """Fill the gradient from d loss / d eta; returns d loss / d z of every layer."""
        deltas = [delta]
        for layer in range(len(scratch.dh) - 1, -1, -1):
            np.dot(scratch.inputs[layer], delta, out=scratch.dW[layer + 1])
            back = np.dot(scratch.hidden_weights[layer], delta.T, out=scratch.dh[layer])
            back *= self.activations[layer].slope(scratch.z[layer], scratch.h[layer])
            delta = back.T
            deltas.append(delta)
        np.dot(X.T, delta, out=scratch.dW[0])
        return deltas[::-1]

    def _count_correct(self, eta: Floats, batch: Batch) -> float:
        """Weight of the rows classified right; nan where there are no classes."""
        predicted, truth = self.family.classify(eta), self.family.codes(batch.Y)
        if predicted is None or truth is None:
            return np.nan
        right = predicted == truth
        return float(right.sum() if batch.w is None else batch.w[right].sum())


def _describe_activation(activation: Activation) -> str:
    """Name of an activation with the options that are not the default: ``leaky_relu(leak=0.3)``."""
    name = read_activation(activation).name
    if not is_dataclass(activation):
        return name
    values = {each: getattr(activation, each.name) for each in fields(activation)}
    options = [
        f"{each.name}={shorten(value)}"
        for each, value in values.items()
        if value != each.default and each.name != "name"
    ]
    return f"{name}({', '.join(options)})" if options else name
