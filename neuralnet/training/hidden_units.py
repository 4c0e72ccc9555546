"""What hidden units do in the rows: how many hardly react, and how far the sums into them spread.

Knows a perceptron and rows; no causes and no words.
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

# A unit whose slope stays below this share of the steepest one hardly learns.
FLAT = 0.05


class Units(NamedTuple):
    """What hidden units do in all rows.

    Attributes
    ----------
    flat, total : int
        How many hardly react, in rows of positive and in rows of negative sums, and how many there
        are.
    spread : float
        The widest standard deviation of sums into a unit, in the layer where that is least.
    """

    flat: int
    total: int
    spread: float


def measure_units(perceptron: Perceptron, theta: Vector, batch: Batch) -> Units:
    """What the hidden units do in all rows, which no array is made of, as they may be many."""
    X = batch.X
    tallies = [_Tally.empty(units) for units in perceptron.sizes[1:-1]]
    for block in split_rows(len(X), choose_block_rows(perceptron.sizes)):
        sums, inputs = perceptron.forward(theta, X[block])
        for layer, activation in enumerate(perceptron.activations):
            z, h = sums[layer], inputs[layer + 1][:, : perceptron.sizes[layer + 1]]
            tallies[layer].add(z, np.abs(activation.slope(z, h)))
    flat, origin = 0, np.zeros(1)
    for activation, tally in zip(perceptron.activations, tallies, strict=True):
        at_origin = np.abs(activation.slope(origin, activation.value(origin)))
        # No less: all units may be dead, where the activation has no slope at 0 either.
        steepest = max(float(tally.largest), float(at_origin[0]))
        flat += int((tally.mean_slopes <= FLAT * steepest).sum())
    narrowest = min((tally.spread for tally in tallies), default=0.0)
    return Units(flat, sum(perceptron.sizes[1:-1]), narrowest)


@dataclass
class _Tally:
    """Sums over rows of the slopes of a layer, apart for negative and for positive z, and moments.

    ``moments`` are the means and standard deviations of z, block by block.
    """

    counts: Any
    slopes: Any
    moments: list[tuple[Vector, Vector]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    largest: float = 0.0

    @classmethod
    def empty(cls, units: int) -> _Tally:
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
        """Of the side on which a unit reacts more."""
        largest: Vector = (self.slopes / np.maximum(self.counts, 1.0)).max(axis=0)
        return largest

    @property
    def spread(self) -> float:
        """The widest standard deviation of the sums into a unit."""
        return float(join_moments(np.array(self.rows), self.moments)[1].max(initial=0.0))
