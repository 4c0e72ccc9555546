"""Saturation of hidden units, and the spread of the sums into them, over the rows.

Knows a perceptron and rows; no causes and no messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..perceptron import (
    Batch,
    Perceptron,
    choose_block_rows,
    join_moments,
    measure_moments,
    split_rows,
)

Vector = NDArray[np.float64]

# A unit whose slope is below this share of the steepest one hardly learns.
FLAT = 0.05


class Units(NamedTuple):
    """Saturation and spread of the hidden units of all layers.

    Attributes
    ----------
    flat, total : int
        Number of units that are saturated or dead, both in rows of positive and in rows of
        negative sums; and of all units.
    spread : float
        The largest standard deviation of sums into a unit, in the layer where that is smallest.
    """

    flat: int
    total: int
    spread: float


def measure_units(perceptron: Perceptron, theta: Vector, batch: Batch) -> Units:
    """Measure the hidden units over all rows, block by block, as there may be many rows."""
    X = batch.X
    layers = [_LayerSums.empty(units) for units in perceptron.sizes[1:-1]]
    for block in split_rows(len(X), choose_block_rows(perceptron.sizes)):
        sums, inputs = perceptron.forward(theta, X[block])
        for number, activation in enumerate(perceptron.activations):
            z, h = sums[number], inputs[number + 1][:, : perceptron.sizes[number + 1]]
            layers[number].add(z, np.abs(activation.slope(z, h)))
    flat, origin = 0, np.zeros(1)
    for activation, layer in zip(perceptron.activations, layers, strict=True):
        at_origin = np.abs(activation.slope(origin, activation.value(origin)))
        # At least the slope at 0: all units may be dead.
        steepest = max(float(layer.largest), float(at_origin[0]))
        flat += int((layer.mean_slopes <= FLAT * steepest).sum())
    narrowest = min((layer.spread for layer in layers), default=0.0)
    return Units(flat, sum(perceptron.sizes[1:-1]), narrowest)


@dataclass
class _LayerSums:
    """Running sums of the slopes of a layer, for negative and for positive z, and moments of z.

    ``moments`` are means and standard deviations, block by block.
    """

    counts: Any
    slopes: Any
    moments: list[tuple[Vector, Vector]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    largest: float = 0.0

    @classmethod
    def empty(cls, units: int) -> _LayerSums:
        return cls(*np.zeros((2, 2, units)))

    def add(self, z: Vector, slopes: Vector) -> None:
        for side, rows in enumerate((z <= 0.0, z > 0.0)):
            self.counts[side] += rows.sum(axis=0)
            self.slopes[side] += (slopes * rows).sum(axis=0)
        self.moments.append(measure_moments(z, None))
        self.rows.append(len(z))
        self.largest = max(self.largest, float(slopes.max(initial=0.0)))

    @property
    def mean_slopes(self) -> Vector:
        """Mean slope of each unit on the side on which it is steeper."""
        largest: Vector = (self.slopes / np.maximum(self.counts, 1.0)).max(axis=0)
        return largest

    @property
    def spread(self) -> float:
        """The largest standard deviation of the sums into a unit."""
        return float(join_moments(np.array(self.rows), self.moments)[1].max(initial=0.0))
