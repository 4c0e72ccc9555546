"""What an optimizer minimises: the loss over all rows plus the penalty, as a function of phi.

Adds the penalty once, however the rows come, and translates between theta and the optimizer's
coordinates. Knows no optimizer and no history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import add, iadd
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import unwarned
from .batch import Batch, Sums
from .engine import FusedSteps, NumpyEngine
from .penalty import Penalty
from .perceptron import Perceptron
from .scaling import Scaling, Unscaled

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class InMemory:
    """All rows as one batch."""

    batch: Batch

    def __call__(self) -> Iterator[Batch]:
        return iter((self.batch,))

    def pick(self, rows: NDArray[np.generic]) -> InMemory:
        """Some of the rows, by positions or by a mask."""
        return InMemory(self.batch.pick(rows))


# A and b of a sum of squares, (m, P) and (m,).
Squares = tuple[NDArray[np.float64], Vector]


class QuadraticPenalty(Protocol):
    """What an objective asks of a penalty: see `Penalty`."""

    @property
    def curvature(self) -> float | Vector: ...
    @property
    def absolute(self) -> float | Vector: ...
    def __bool__(self) -> bool: ...
    def value(self, phi: Vector) -> float: ...
    def slope(self, phi: Vector) -> Vector: ...
    def add_curvature(self, H: NDArray[np.float64], share: float) -> None: ...
    def curve(self, v: Vector) -> Vector: ...


@dataclass(frozen=True)
class Objective:
    """Penalised loss in the optimizer's coordinates.

    ``value(phi) = loss(theta) / unit + share * penalty(phi)`` with ``theta`` the raw weights that
    ``coordinates`` make of ``phi``. What an L1 penalty adds has no gradient where a weight is 0:
    it is in the value, and the optimizer reads its weight from ``absolute``.

    Parameters
    ----------
    perceptron : Perceptron
    batches : callable
        Gives a fresh iterator over the rows each time.
    penalty : Penalty
    scaling : Scaling
        Between theta and phi.
    share : float
        The share of the total weight that the batches hold: that much of the penalty is theirs.
    engine : NumpyEngine, optional
        What runs the kernel; parts of the rows share it.
    standardized : bool
        Whether the batches hold columns and response in these coordinates already, so that the
        kernel takes phi itself.
    reference : float, optional
        The loss of an intercept alone, in the units of the value: beside it an optimizer judges
        whether a decrease still counts.
    """

    perceptron: Perceptron
    batches: Callable[[], Iterator[Batch]]
    penalty: QuadraticPenalty = field(default_factory=Penalty)
    scaling: Scaling = field(default_factory=Unscaled)
    share: float = 1.0
    engine: NumpyEngine = None  # type: ignore[assignment]
    standardized: bool = False
    reference: float | None = None
    # Half a deviance and a penalty: 0 is a perfect fit.
    floor: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        """Make an engine where none was given."""
        if self.engine is None:
            object.__setattr__(self, "engine", NumpyEngine(self.perceptron))

    # Overflow is no surprise here: whoever trains looks at the value and says so in words.
    @unwarned
    def __call__(self, phi: Vector) -> tuple[float, Vector]:
        """Value, and gradient (P,) of all but the L1 part, in one pass over the rows."""
        if self.standardized:
            sums = self._sum(self.engine.loss_and_gradient, phi)
            value, gradient = sums.loss, sums.gradient
        else:
            sums = self._sum(self.engine.loss_and_gradient, self.scaling.to_raw(phi))
            gradient = self.scaling.gradient_to_scaled(sums.gradient)
            unit = self.scaling.loss_scale
            if unit != 1.0:
                gradient = gradient / unit
            value = sums.loss / unit
        if not self.penalty:
            return value, gradient
        gradient = gradient + self.share * self.penalty.slope(phi)
        return value + self.share * self.penalty.value(phi), gradient

    def run_steps(
        self, optimizer: Any, phi: Vector, memory: Any, updates: int, tolerance: float | None
    ) -> FusedSteps | None:
        """Several steps of an optimizer in one go, to a loss below the tolerance at most.

        None where these must be taken one by one.
        """
        if not isinstance(self.batches, InMemory) or not isinstance(self.scaling, Unscaled):
            return None
        if np.any(self.absolute):
            return None
        return self.engine.run_steps(
            optimizer,
            phi,
            memory,
            self.batches.batch,
            updates=updates,
            curvature=self.share * self.penalty.curvature,
            tolerance=tolerance,
        )

    @cached_property
    def absolute(self) -> float | Vector:
        """What the absolute value of each weight is multiplied by."""
        return self.share * self.penalty.absolute

    @property
    def outputs(self) -> slice:
        """The last layer's weights, in which the value is convex."""
        rows, columns = self.perceptron.shapes[-1]
        return slice(-rows * columns, None)

    @property
    def hidden(self) -> bool:
        """Whether other weights act through hidden units."""
        return bool(self.perceptron.activations)

    @property
    def precision(self) -> float:
        """The relative rounding of what the kernel computes in."""
        return float(np.finfo(self.engine.dtype).eps)

    @property
    def curved(self) -> bool:
        """Whether there are second derivatives."""
        return all(hasattr(each, "curvature") for each in self.perceptron.activations)

    @property
    def squares(self) -> Callable[[Vector], Squares | None] | None:
        """A function of phi, for one output without hidden units and penalty; else None.

        It gives A (m, P) and b (m,) with ``A' A`` the Hessian and ``A' b`` the gradient: rows
        ``sqrt(w v) x`` and ``w (mu - y) / sqrt(w v)``, v the variance; or None where rounding
        leaves some row no variance.
        """
        plain = not (self.penalty or self.perceptron.activations)
        one = self.standardized and self.perceptron.sizes[-1] == 1
        return self._find_squares if plain and one else None

    def _find_squares(self, phi: Vector) -> Squares | None:
        (batch,), family = self.batches(), self.perceptron.family
        eta = self.perceptron.scores(phi, batch.X, batch.offset)
        _, delta = family.loss_and_delta(eta, batch.Y, batch.w)
        variance = family.variance_product(family.mean(eta), np.ones_like(eta), batch.Y)[:, 0]
        if batch.w is not None:
            variance = variance * batch.w
        heard = (variance > 0.0) | (delta[:, 0] != 0.0)
        root = np.sqrt(variance[heard])
        if not (root.size and root.all()):
            return None
        A, b = root[:, None] * batch.X[heard], delta[heard, 0] / root
        return (A, b) if np.isfinite(A).all() and np.isfinite(b).all() else None

    def loss(self, value: float, phi: Vector) -> float:
        """The raw loss in a value that was met at phi."""
        if not self.penalty:
            return value * self.scaling.loss_scale
        loss = value - self.share * self.penalty.value(phi)
        if loss < 1e-6 * value:
            # Beside so large a penalty the difference is mostly rounding.
            return self.evaluate(phi).loss
        return loss * self.scaling.loss_scale

    @unwarned
    def evaluate(self, phi: Vector) -> Sums:
        """Raw loss and rows classified right, without penalty, by a forward pass."""
        if not self.standardized:
            return self._sum(self.engine.evaluate, self.scaling.to_raw(phi))
        sums = self._sum(self.engine.evaluate, phi)
        return replace(sums, loss=sums.loss * self.scaling.loss_scale)

    @unwarned
    def penalty_in_raw_units(self, theta: Vector) -> float:
        """The penalty alone, in the units of the loss."""
        phi = self.scaling.from_raw(theta)
        return self.share * self.penalty.value(phi) * self.scaling.loss_scale

    @unwarned
    def in_raw_units(self, theta: Vector) -> tuple[float, Vector]:
        """Value and gradient (P,) by theta, in the units of the loss.

        With an L1 penalty a subgradient: what has no slope at 0 counts as 0 there.
        """
        scaling = self.scaling
        phi = scaling.from_raw(theta)
        value, gradient = self(phi)
        gradient = gradient + self.absolute * np.sign(phi)
        return value * scaling.loss_scale, scaling.gradient_to_raw(gradient) * scaling.loss_scale

    @unwarned
    def hessian_in_raw_units(self, theta: Vector) -> NDArray[np.float64]:
        """Second derivatives by theta, (P, P), in the units of the loss.

        Raises
        ------
        ValueError
            Where some of them are too large for a float.
        """
        scaling = self.scaling
        H = self.hessian(scaling.from_raw(theta))
        H = scaling.gradient_to_raw(scaling.gradient_to_raw(H).T) * scaling.loss_scale
        if not np.isfinite(H).all():
            raise ValueError(
                "the Hessian holds numbers that are too large for a float: bring the columns and "
                "the response to units in which they are nearer to 1"
            )
        return H

    def hessian(self, phi: Vector) -> NDArray[np.float64]:
        """Second derivatives of the value, (P, P)."""
        theta = phi if self.standardized else self.scaling.to_raw(phi)
        H = reduce(iadd, (self.engine.hessian(theta, batch) for batch in self.batches()))
        if not self.standardized:
            H = self.scaling.gradient_to_scaled(self.scaling.gradient_to_scaled(H).T)
            H /= self.scaling.loss_scale
        self.penalty.add_curvature(H, self.share)
        return H

    def hessian_vector(self, phi: Vector, v: Vector) -> Vector:
        """The product of the Hessian with a direction (P,)."""
        theta, direction = phi, v
        if not self.standardized:
            theta, direction = self.scaling.to_raw(phi), self.scaling.direction_to_raw(v)
        products = (
            self.perceptron.hessian_vector(theta, direction, batch) for batch in self.batches()
        )
        product = reduce(add, products)
        if not self.standardized:
            product = self.scaling.gradient_to_scaled(product) / self.scaling.loss_scale
        return product + self.share * self.penalty.curve(v)

    def pick(self, rows: NDArray[np.generic], share: float = 1.0) -> Objective:
        """The same of some rows in memory, with a share of the penalty."""
        assert isinstance(self.batches, InMemory)
        return replace(self, batches=self.batches.pick(rows), share=share)

    @property
    def n_rows(self) -> int:
        """Rows in memory."""
        assert isinstance(self.batches, InMemory)
        return len(self.batches.batch.X)

    def deal(self, order: NDArray[np.intp], size: int) -> Iterator[Objective]:
        """The rows in this order as objectives of so many rows, each with its share."""
        assert isinstance(self.batches, InMemory)
        total = self.batches.batch.weight
        for start in range(0, len(order), size):
            part = self.batches.pick(order[start : start + size])
            yield replace(self, batches=part, share=part.batch.weight / total)

    def _sum(self, kernel: Callable[[Vector, Batch], Sums], theta: Vector) -> Sums:
        if isinstance(self.batches, InMemory):
            return kernel(theta, self.batches.batch)
        return reduce(iadd, (kernel(theta, batch) for batch in self.batches()))
