"""Weights as parameters that are reported: in a canonical order, classes against the first.

The same function of the data has many weights: hidden units may change places, odd ones their
signs, and softmax scores may be shifted. Reported parameters are the same for all of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...model import Model, name_weights
from ...perceptron import Scaled, read_activation, read_family

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Parameters:
    """The linear map from theta (P,) to the reported parameters (Q,).

    Attributes
    ----------
    order : tuple of (units,) arrays
        Positions of the hidden units of each layer, in canonical order.
    signs : tuple of (units,) arrays
        1 or -1, for these units in this order.
    is_contrast : bool
        Whether weights into each output but the first are minus those into the first.
    labels : Index
        One for each reported parameter.
    """

    model: Model
    order: tuple[NDArray[np.intp], ...]
    signs: tuple[Vector, ...]
    is_contrast: bool
    labels: pd.Index

    def transform(self, theta: Floats) -> Floats:
        """Map weights, or directions of weights, (..., P) to parameters (..., Q)."""
        matrices = self.arrange(theta)
        if self.is_contrast:
            matrices[-1] = matrices[-1][..., 1:] - matrices[-1][..., :1]
        lead = theta.shape[:-1]
        return np.concatenate([each.reshape(*lead, -1) for each in matrices], axis=-1)

    def arrange(self, theta: Floats) -> list[Floats]:
        """Weight matrices with the hidden units in canonical order and sign."""
        matrices = [*self.model.perceptron.unflatten(theta)]
        for layer, (order, sign) in enumerate(zip(self.order, self.signs, strict=True)):
            matrices[layer] = matrices[layer][..., order] * sign
            below = matrices[layer + 1].copy()
            units = slice(1, 1 + len(order))
            below[..., units, :] = below[..., units, :][..., order, :] * sign[:, None]
            matrices[layer + 1] = below
        return matrices

    def find_changed(self, directions: Floats, scaling: Scaled) -> NDArray[np.bool_]:
        """Mask (Q,) of the parameters that change along some directions (P, m) of scaled weights.

        Where these change no prediction, the data do not determine such a parameter.
        """
        if not directions.size:
            return np.zeros(len(self.labels), dtype=bool)
        raw = scaling.direction_to_raw(directions.T.copy())
        changes = np.abs(self.transform(raw))
        sizes = np.abs(raw).max(axis=1, keepdims=True)
        return np.asarray((changes > 1e-8 * sizes).any(axis=0))

    def invert(self, values: Vector) -> Vector:
        """Map parameters (Q,) to weights (P,) that give them; those into the first class are 0."""
        perceptron = self.model.perceptron
        shapes = [*perceptron.shapes]
        rows, columns = shapes[-1]
        shapes[-1] = rows, columns - self.is_contrast
        ends = np.cumsum([n * m for n, m in shapes])
        parts = np.split(np.array(values), ends[:-1])
        matrices = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        if self.is_contrast:
            matrices[-1] = np.insert(matrices[-1], 0, 0.0, axis=1)
        for layer, (order, sign) in enumerate(zip(self.order, self.signs, strict=True)):
            back, units = np.argsort(order), slice(1, 1 + len(order))
            matrices[layer] = (matrices[layer] * sign)[:, back]
            matrices[layer + 1][units] = (matrices[layer + 1][units] * sign[:, None])[back]
        return perceptron.flatten(tuple(matrices))

    def covariance(self, V: Floats) -> Floats:
        """Covariance (Q, Q) of the parameters from that of theta (P, P)."""
        return self.transform(self.transform(V).T)


def find_parameters(model: Model, theta: Vector, scaling: Scaled) -> Parameters:
    """Find the reported parameters of a fit: hidden units with the largest outgoing weights first.

    By the norm of their outgoing weights in standardized coordinates. The signs of odd units, such
    as tanh, are those that make the largest outgoing weight positive, as it is reported.
    """
    perceptron = model.perceptron
    is_contrast = read_family(perceptron.family).is_shift_invariant
    matrices = [each.copy() for each in perceptron.unflatten(scaling.from_raw(theta))]
    if is_contrast:
        # No change to a shift of all scores.
        matrices[-1] -= matrices[-1].mean(axis=1, keepdims=True)
    order: list[NDArray[np.intp]] = []
    signs: list[Vector] = []
    # From the last layer down: the sign of a unit is one of the weights that go into it.
    for layer in range(len(perceptron.activations) - 1, -1, -1):
        outgoing = matrices[layer + 1][1 : 1 + perceptron.sizes[layer + 1]]
        places = np.argsort(-np.linalg.norm(outgoing, axis=1), kind="stable")
        sign = np.ones(len(places))
        if read_activation(perceptron.activations[layer]).is_odd:
            is_last = layer == len(perceptron.activations) - 1
            shown = outgoing[:, 1:] - outgoing[:, :1] if is_contrast and is_last else outgoing
            largest = np.abs(shown).argmax(axis=1)
            sign[shown[np.arange(len(shown)), largest] < 0.0] = -1.0
            matrices[layer] *= sign
        order.insert(0, places)
        signs.insert(0, sign[places])
    labels = _label(model, order, signs, is_contrast)
    return Parameters(model, tuple(order), tuple(signs), is_contrast, labels)


def _label(
    model: Model, order: list[NDArray[np.intp]], signs: list[Vector], is_contrast: bool
) -> pd.Index:
    """Names of the parameters; a unit with changed signs has a minus before its name."""
    names = name_weights(model)
    hidden = [
        [("-" if flip < 0 else "") + units[place] for place, flip in zip(places, sign, strict=True)]
        for (_, units), places, sign in zip(names[:-1], order, signs, strict=True)
    ]
    outputs = names[-1][1][is_contrast:]
    rows: list[list[Any]] = [names[0][0]]
    for (labels, _), units in zip(names[1:], hidden, strict=True):
        rows.append([labels[0], *units, *labels[1 + len(units) :]])
    index: pd.Index
    if hidden:
        triples = [
            (f"W{layer}", row, column)
            for layer, (inputs, columns) in enumerate(zip(rows, [*hidden, outputs], strict=True), 1)
            for row in inputs
            for column in columns
        ]
        index = pd.MultiIndex.from_tuples(triples, names=["matrix", "from", "to"])
    elif len(outputs) == 1 and not is_contrast:
        index = pd.Index(rows[0], name="term")
    else:
        pairs = [(output, row) for row in rows[0] for output in outputs]
        index = pd.MultiIndex.from_tuples(pairs, names=["output", "term"])
    return index
