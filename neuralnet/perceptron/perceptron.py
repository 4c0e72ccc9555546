"""The network as mathematics: shapes, one flat theta, the forward and the backward pass.

Pure functions of (theta, batch). Knows no penalty, no data frame, no optimizer and no state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..activations import Activation
from ..errors import check_memory, unwarned
from ..families import Family
from .batch import Batch, Sums
from .hessian import Pass, assemble_hessian, count_numbers
from .workspace import Workspace, choose_block_rows, split_rows, view_matrices

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# The Hessian is summed over blocks of rows; this bounds the numbers of one array at a time, so that
# it fits into a cache. As adding up large matrices costs time too, they get as much room as they
# take themselves, from so many weights on.
_NUMBERS_AT_ONCE = 100_000
_MANY_WEIGHTS = 300


class Layer(NamedTuple):
    """The arrays of one layer in one forward and backward pass.

    Attributes
    ----------
    z : (n, units)
        Weighted sums that come in; for the last layer the scores eta.
    h : (n, units)
        What goes out: the activation of z; for the last layer the means mu.
    delta : (n, units) or None
        d loss / d z. None where the data had no response.
    dW : (rows of W, units) or None
        d loss / d W, shaped like this layer's weights; the penalty is not in it.
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
        The output layer.
    skip : tuple of int
        Columns of X that also go straight to the outputs, past the hidden layers.

    Notes
    -----
    The first matrix is (D, H1): X brings its own intercept column, if any. Each later matrix is
    (fan_in + 1, fan_out) with the biases in row 0; the last one has a row more for each column
    that skips. ``theta`` holds them row by row, layer after layer.
    """

    sizes: tuple[int, ...]
    activations: tuple[Activation, ...]
    family: Family
    skip: tuple[int, ...] = ()

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape of each weight matrix."""
        # The first matrix has no bias row: X brings its own.
        last = len(self.sizes) - 2
        return tuple(
            (rows + (layer > 0) + len(self.skip) * (layer == last), columns)
            for layer, (rows, columns) in enumerate(pairwise(self.sizes))
        )

    @cached_property
    def n_parameters(self) -> int:
        """P, the length of theta."""
        return sum(rows * columns for rows, columns in self.shapes)

    def describe(self) -> str:
        """Such as ``5 inputs - 5 sigmoid - 3 softmax outputs``."""
        hidden = (
            f"{size} {_describe_activation(activation)}"
            for size, activation in zip(self.sizes[1:-1], self.activations, strict=True)
        )
        inputs, outputs = self.sizes[0], self.sizes[-1]
        return " - ".join(
            [
                f"{inputs} input{'s' * (inputs != 1)}",
                *hidden,
                f"{outputs} {self.family.name} output{'s' * (outputs != 1)}",
            ]
        ) + (", inputs straight to outputs too" if self.skip else "")

    def unflatten(self, theta: NDArray[Any]) -> tuple[NDArray[Any], ...]:
        """Views of theta as matrices; a leading axis of directions is kept."""
        return view_matrices(theta, self.shapes)

    def flatten(self, matrices: tuple[Floats, ...]) -> Vector:
        """One flat copy of matrices shaped like the weights, with any leading axis kept."""
        lead = matrices[0].shape[:-2]
        return np.concatenate([m.reshape(*lead, -1) for m in matrices], axis=-1, dtype=np.float64)

    def workspace(self, n: int, dtype: Any = np.float64) -> Workspace:
        """Scratch arrays for passes over n rows."""
        return Workspace(self.sizes, self.shapes, n, dtype)

    @unwarned
    def forward(
        self, theta: Vector, X: Floats, offset: Floats | None = None
    ) -> tuple[list[Floats], list[Floats]]:
        """Every z, and every input of a layer: X, then the hidden units.

        Returns
        -------
        sums, inputs : lists with one (n, units) array a layer
            ``sums[-1]`` is eta, the offset included; ``inputs[-1]`` ends with the columns of X
            that skip.
        """
        made = self.workspace(len(X))
        self._forward(made, theta, X, offset)
        return [z.T for z in made.z], [X, *(rows[1:].T for rows in made.inputs)]

    def scores(self, theta: Vector, X: Floats, offset: Floats | None = None) -> Floats:
        """Eta, (n, K); raises ValueError where that is too large to hold."""
        return self.map_scores(lambda eta: eta, theta, X, offset)

    def mean(self, theta: Vector, X: Floats, offset: Floats | None = None) -> Floats:
        """Mu, (n, K)."""
        return self.map_scores(self.family.mean, theta, X, offset)

    @unwarned
    def map_scores(
        self,
        function: Callable[[Floats], NDArray[Any]],
        theta: Vector,
        X: Floats,
        offset: Floats | None = None,
    ) -> NDArray[Any]:
        """``function(eta)``, (n,) or (n, m), which treats each row apart: in blocks of rows.

        No array of all rows is made but the result; ValueError where that is too large to hold.
        """
        n, found = len(X), np.empty(0)
        for rows in split_rows(n, choose_block_rows(self.sizes)):
            some = None if offset is None else offset[rows]
            eta = self._forward(self.workspace(len(X[rows])), theta, X[rows], some)
            # Row by row in memory: in the other order sums over outputs round in another way.
            part = function(np.ascontiguousarray(eta))
            if not rows.start:
                width = int(np.prod(part.shape[1:]))
                what = f"scores of {n:,} rows for {width:,} outputs"
                check_memory(what, n * width, "Ask for fewer rows")
                found = np.empty((n, *part.shape[1:]), part.dtype)
            found[rows] = part
        return found

    # A loss that overflows is an answer: whoever asked looks at it.
    @unwarned
    def evaluate(self, theta: Vector, batch: Batch, workspace: Workspace | None = None) -> Sums:
        """Loss and rows classified right, by a forward pass alone."""
        made = workspace or self.workspace(len(batch.X))
        eta = self._forward(made, theta, batch.X, batch.offset)
        loss, _ = self.family.loss_and_delta(eta, batch.Y, batch.w)
        return Sums(loss, np.empty(0), batch.weight, self._correct(eta, batch))

    def loss_and_gradient(
        self,
        theta: Vector,
        batch: Batch,
        workspace: Workspace | None = None,
        *,
        count_correct: bool = True,
    ) -> Sums:
        """Loss and gradient in one pass: the kernel that training runs through.

        Training has no use for the rows classified right, and leaves them out. What overflows is
        in the sums; whoever trains tells NumPy not to warn.
        """
        made = workspace or self.workspace(len(batch.X))
        eta = self._forward(made, theta, batch.X, batch.offset)
        loss, delta = self.family.loss_and_delta(eta, batch.Y, batch.w)
        self._backward(made, batch.X, delta)
        correct = self._correct(eta, batch) if count_correct else np.nan
        return Sums(loss, made.gradient.astype(np.float64), batch.weight, correct)

    @unwarned
    def layers(self, theta: Vector, batch: Batch, *, known: bool = True) -> tuple[Layer, ...]:
        """Every array of one pass; without deltas where the response is not ``known``."""
        n, units = len(batch.X), sum(self.sizes[1:])
        what = f"the arrays of {n:,} rows for {units:,} units"
        check_memory(what, 3 * n * units, "Ask for fewer rows")
        made = self.workspace(len(batch.X))
        eta = self._forward(made, theta, batch.X, batch.offset)
        sums, outputs = [z.T for z in made.z], [*(h.T for h in made.h), self.family.mean(eta)]
        if not known:
            return tuple(Layer(z, h, None, None) for z, h in zip(sums, outputs, strict=True))
        _, delta = self.family.loss_and_delta(eta, batch.Y, batch.w)
        deltas = self._backward(made, batch.X, delta)
        return tuple(map(Layer, sums, outputs, deltas, made.dW))

    def _forward(self, made: Workspace, theta: Vector, X: Floats, offset: Floats | None) -> Floats:
        """Fill z and h; returns eta, (n, K), a view of the last z."""
        made.theta[:] = theta
        np.dot(made.transposed[0], X.T, out=made.z[0])
        for layer, activation in enumerate(self.activations):
            made.h[layer][:] = activation.value(made.z[layer])
            if self.skip and layer == len(self.activations) - 1:
                made.inputs[layer][1 + len(made.h[layer]) :] = X[:, self.skip].T
            np.dot(made.transposed[layer + 1], made.inputs[layer], out=made.z[layer + 1])
        eta: Floats = made.z[-1].T
        if offset is not None:
            eta += offset
        return eta

    def _backward(self, made: Workspace, X: Floats, delta: Floats) -> list[Floats]:
        """Fill the gradient from d loss / d eta; returns d loss / d z of every layer."""
        deltas = [delta]
        for layer in range(len(made.dh) - 1, -1, -1):
            np.dot(made.inputs[layer], delta, out=made.dW[layer + 1])
            back = np.dot(made.behind[layer], delta.T, out=made.dh[layer])
            back *= self.activations[layer].slope(made.z[layer], made.h[layer])
            delta = back.T
            deltas.append(delta)
        np.dot(X.T, delta, out=made.dW[0])
        return deltas[::-1]

    def hessian(self, theta: Vector, batch: Batch) -> NDArray[np.float64]:
        """The exact matrix of second derivatives of the loss, (P, P)."""
        n, P = len(batch.X), self.n_parameters
        room = _NUMBERS_AT_ONCE * max(1.0, (P / _MANY_WEIGHTS) ** 2)
        step = max(1, int(room / count_numbers(self.shapes)))
        if n <= step:
            return self._hessian_of_few(theta, batch)
        H = np.zeros((P, P))
        for start in range(0, n, step):
            H += self._hessian_of_few(theta, batch.pick(slice(start, start + step)))
        return H

    def _hessian_of_few(self, theta: Vector, batch: Batch) -> NDArray[np.float64]:
        """That of so few rows that what is made of all pairs of inputs fits into memory."""
        made = self.workspace(len(batch.X))
        eta = self._forward(made, theta, batch.X, batch.offset)
        _, delta = self.family.loss_and_delta(eta, batch.Y, batch.w)
        deltas = [np.ascontiguousarray(delta.T)]
        slopes: list[Floats] = []
        bends: list[Floats] = []
        layers = [*zip(self.activations, made.z, made.h, made.behind, strict=False)]
        for activation, z, h, behind in reversed(layers):
            dh = behind @ deltas[0]
            slopes.insert(0, activation.slope(z, h))
            bends.insert(0, activation.curvature(z, h) * dh)  # type: ignore[attr-defined]
            deltas.insert(0, slopes[0] * dh)
        variance = self._vary(eta, batch)
        inputs = [np.ascontiguousarray(batch.X.T, dtype=np.float64), *made.inputs]
        return assemble_hessian(Pass(inputs, made.behind, slopes, bends, deltas[1:], variance))

    def _vary(self, eta: Floats, batch: Batch) -> Floats:
        """Second derivatives of each row's loss by its scores, (K, K, n)."""
        n, K = eta.shape
        along = np.zeros((K, K, n))
        along.reshape(K * K, n)[:: K + 1] = 1.0
        mu = self.family.mean(eta)
        varied = self.family.variance_product(mu, along.swapaxes(1, 2), batch.Y).swapaxes(1, 2)
        return np.ascontiguousarray(varied if batch.w is None else varied * batch.w)

    def hessian_vector(
        self, theta: Vector, v: NDArray[np.float64], batch: Batch
    ) -> NDArray[np.float64]:
        """Products of the Hessian with one direction (P,) or with several, (m, P).

        The R-operator: every quantity of the forward and the backward pass is differentiated
        along ``v``; here an ``R`` before a name marks its derivative. Cost: about two passes for
        each direction.

        Source: Pearlmutter (1994), Fast exact multiplication by the Hessian, Neural Computation 6.
        """
        W, V = self.unflatten(theta), self.unflatten(v)
        sums, inputs = self.forward(theta, batch.X, batch.offset)
        Rz, Rinputs = batch.X @ V[0], []
        Rsums = [Rz]
        for layer, activation in enumerate(self.activations, start=1):
            h = inputs[layer][:, : self.sizes[layer]]
            Rh = activation.slope(sums[layer - 1], h) * Rz
            Rz = V[layer][..., :1, :] + inputs[layer] @ V[layer][..., 1:, :]
            Rz += Rh @ self._from_hidden(W, layer)
            Rinputs.append(Rh)
            Rsums.append(Rz)

        _, delta = self.family.loss_and_delta(sums[-1], batch.Y, batch.w)
        Rdelta = self.family.variance_product(self.family.mean(sums[-1]), Rz, batch.Y)
        if batch.w is not None:
            Rdelta = Rdelta * batch.w[:, None]
        products = []
        for layer in range(len(W) - 1, 0, -1):
            units = self.sizes[layer]
            h, Rh, z = inputs[layer][:, :units], Rinputs[layer - 1], sums[layer - 1]
            activation = self.activations[layer - 1]
            product = inputs[layer].T @ Rdelta
            product[..., :units, :] += _transpose(Rh) @ delta
            bias = Rdelta.sum(axis=-2, keepdims=True)
            products.append(np.concatenate([bias, product], axis=-2))
            dh = delta @ self._from_hidden(W, layer).T
            Rdh = Rdelta @ self._from_hidden(W, layer).T
            Rdh += delta @ _transpose(self._from_hidden(V, layer))
            slope = activation.slope(z, h)
            curvature = activation.curvature(z, h)  # type: ignore[attr-defined]
            delta = slope * dh
            Rdelta = slope * Rdh + (curvature * dh) * Rsums[layer - 1]
        products.append(batch.X.T @ Rdelta)
        return self.flatten(tuple(products[::-1]))

    def _from_hidden(self, matrices: tuple[Floats, ...], layer: int) -> Floats:
        """The rows of a later matrix that meet hidden units: no bias, no columns of X."""
        return matrices[layer][..., 1 : 1 + self.sizes[layer], :]

    def _correct(self, eta: Floats, batch: Batch) -> float:
        predicted, truth = self.family.classify(eta), self.family.codes(batch.Y)
        if predicted is None or truth is None:
            return np.nan
        right = predicted == truth
        return float(right.sum() if batch.w is None else batch.w[right].sum())


def _transpose(stack: Floats) -> Floats:
    return stack.swapaxes(-1, -2)


def _describe_activation(activation: Activation) -> str:
    """Its name, with what else than usual it has: ``leaky_relu(leak=0.3)``."""
    name: str = getattr(activation, "name", type(activation).__name__)
    if not is_dataclass(activation):
        return name
    values = {each: getattr(activation, each.name) for each in fields(activation)}
    unusual = [f"{each.name}={value!r}" for each, value in values.items() if value != each.default]
    unusual = [told for told in unusual if not told.startswith("name=")]
    return f"{name}({', '.join(unusual)})" if unusual else name
