"""What an optimizer minimises: the loss over all rows plus the penalty, as a function of phi.

Adds the penalty once, however the rows come, and translates between theta and the optimizer's
coordinates. Knows no optimizer and no history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from .batches import Batch, Sums
from .coordinates import Coordinates, Raw
from .perceptron import Perceptron

__all__ = ["InMemory", "Objective"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class InMemory:
    """All rows as one batch."""

    batch: Batch

    def __call__(self) -> Iterator[Batch]:
        return iter((self.batch,))


@dataclass(frozen=True)
class Objective:
    """Penalised loss in the optimizer's coordinates.

    ``value(phi) = loss(theta) / unit + share * decay * sum(phi**2)`` with ``theta`` the raw
    weights that ``coordinates`` make of ``phi``.

    Parameters
    ----------
    perceptron : Perceptron
    batches : callable
        Gives a fresh iterator over the rows each time.
    decay : float
        As in R's nnet; biases are in.
    coordinates : Coordinates
        Between theta and phi.
    share : float
        The share of the total weight that the batches hold: that much of the penalty is theirs.
    """

    perceptron: Perceptron
    batches: Callable[[], Iterator[Batch]]
    decay: float = 0.0
    coordinates: Coordinates = field(default_factory=Raw)
    share: float = 1.0

    def __call__(self, phi: Vector) -> tuple[float, Vector]:
        """Value and gradient (P,) at phi, in one pass over the rows."""
        theta = self.coordinates.to_raw(phi)
        # Overflow is no surprise here: whoever trains looks at the value and says so in words.
        with np.errstate(over="ignore", invalid="ignore"):
            sums = self._sum(
                lambda batch: self.perceptron.loss_and_gradient(theta, batch, count_correct=False)
            )
            gradient = self.coordinates.pull(sums.gradient)
        unit = self.coordinates.unit
        if unit != 1.0:
            gradient = gradient / unit
        if self.decay:
            gradient = gradient + (2.0 * self.share * self.decay) * phi
        return sums.loss / unit + self.penalty(phi), gradient

    def penalty(self, phi: Vector) -> float:
        """The penalty alone, in the units of the value."""
        return self.share * self.decay * float(phi @ phi) if self.decay else 0.0

    def loss(self, value: float, phi: Vector) -> float:
        """The raw loss in a value that was met at phi."""
        loss = value - self.penalty(phi)
        if self.decay and loss < 1e-6 * value:
            # Beside so large a penalty the difference is mostly rounding.
            return self.evaluate(phi).loss
        return loss * self.coordinates.unit

    def evaluate(self, phi: Vector) -> Sums:
        """Raw loss and rows classified right, without penalty, by a forward pass."""
        theta = self.coordinates.to_raw(phi)
        return self._sum(lambda batch: self.perceptron.evaluate(theta, batch))

    def penalty_in_raw_units(self, theta: Vector) -> float:
        """The penalty alone, in the units of the loss."""
        return self.penalty(self.coordinates.from_raw(theta)) * self.coordinates.unit

    def in_raw_units(self, theta: Vector) -> tuple[float, Vector]:
        """Value and gradient (P,) by theta, in the units of the loss."""
        coordinates = self.coordinates
        value, gradient = self(coordinates.from_raw(theta))
        return value * coordinates.unit, coordinates.push(gradient) * coordinates.unit

    def hessian_in_raw_units(self, theta: Vector) -> NDArray[np.float64]:
        """Second derivatives by theta, (P, P), in the units of the loss."""
        coordinates = self.coordinates
        with np.errstate(over="ignore", invalid="ignore"):
            H = self.hessian(coordinates.from_raw(theta))
        return coordinates.push(coordinates.push(H).T) * coordinates.unit

    def hessian(self, phi: Vector) -> NDArray[np.float64]:
        """Second derivatives of the value, (P, P)."""
        theta = self.coordinates.to_raw(phi)
        H = reduce(add, (self.perceptron.hessian(theta, batch) for batch in self.batches()))
        H = self.coordinates.pull(self.coordinates.pull(H).T) / self.coordinates.unit
        H[np.diag_indices_from(H)] += 2.0 * self.share * self.decay
        return H

    def hessian_vector(self, phi: Vector, v: Vector) -> Vector:
        """The product of the Hessian with a direction (P,)."""
        theta, direction = self.coordinates.to_raw(phi), self.coordinates.carry(v)
        products = (
            self.perceptron.hessian_vector(theta, direction, batch) for batch in self.batches()
        )
        product = self.coordinates.pull(reduce(add, products)) / self.coordinates.unit
        return product + (2.0 * self.share * self.decay) * v

    def _sum(self, kernel: Callable[[Batch], Sums]) -> Sums:
        return reduce(add, map(kernel, self.batches()))
