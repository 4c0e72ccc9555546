"""Penalized loss: the objective that an optimizer minimizes, as a function of phi.

Sums the loss over all batches, adds the penalty once, and translates between raw weights theta and
scaled weights phi. Knows no optimizer and no history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, partial, reduce
from operator import add, iadd
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from .batch import Batch, Sums
from .engine import FusedSteps, NumpyEngine
from .penalty import Penalty
from .perceptron import Perceptron
from .properties import read_activation
from .scaling import Scaling, Unscaled
from .second_derivatives import compute_hessian_vector

Vector = NDArray[np.float64]


# A (m, P) and b (m,) of a least-squares problem.
Squares = tuple[NDArray[np.float64], Vector]


class QuadraticPenalty(Protocol):
    """The interface of a penalty with second derivatives: see `Penalty`."""

    @property
    def curvature(self) -> float | Vector: ...
    @property
    def l1_weight(self) -> float | Vector: ...
    def __bool__(self) -> bool: ...
    def value(self, phi: Vector) -> float: ...
    def gradient(self, phi: Vector) -> Vector: ...
    def add_curvature(self, H: NDArray[np.float64], share: float) -> None: ...
    def hessian_vector(self, v: Vector) -> Vector: ...


@dataclass(frozen=True)
class Objective:
    """Penalized loss of scaled weights.

    ``value(phi) = loss(theta) / loss_scale + share * penalty(phi)`` with the raw weights ``theta =
    scaling.to_raw(phi)``. The L1 part of a penalty has no gradient where a weight is 0:
    it is in the value, and the optimizer reads its weight from ``l1_weight``.

    Parameters
    ----------
    perceptron : Perceptron
    batches : iterable of Batch
        The rows. A tuple of one batch where they are all in memory; else any collection that each
        pass can iterate over again, such as one that reads chunks from disk.
    penalty : Penalty
    scaling : Scaling
        Between theta and phi.
    share : float
        The share of the total weight that the batches hold, and of the penalty that they pay.
    engine : NumpyEngine, optional
        Evaluates the perceptron; objectives of parts of the rows share it.
    standardized : bool
        Whether the batches hold scaled columns and a scaled response already, so that the engine
        takes phi instead of theta.
    reference : float, optional
        The loss of an intercept alone, in the units of the value: an optimizer compares the
        decrease of the value with it.
    observe : callable, optional
        ``observe(phi, gradient)`` is called at each evaluation, to save a caller a second pass.
    """

    perceptron: Perceptron
    batches: Iterable[Batch]
    penalty: QuadraticPenalty = field(default_factory=Penalty)
    scaling: Scaling = field(default_factory=Unscaled)
    share: float = 1.0
    engine: NumpyEngine = None  # type: ignore[assignment]
    standardized: bool = False
    reference: float | None = None
    observe: Callable[[Vector, Vector], None] | None = None
    # Half a deviance and a penalty are never negative.
    floor: ClassVar[float] = 0.0

    def __post_init__(self) -> None:
        """Use NumPy where no engine is given."""
        if self.engine is None:
            object.__setattr__(self, "engine", NumpyEngine(self.perceptron))

    # No warning of overflow: the training loop checks the value and reports it.
    def __call__(self, phi: Vector) -> tuple[float, Vector]:
        """Evaluate the value, and its gradient (P,) without the L1 part, in one pass."""
        if self.standardized:
            sums = self._sum(self.engine.loss_and_gradient, phi)
            value, gradient = sums.loss, sums.gradient
        else:
            sums = self._sum(self.engine.loss_and_gradient, self.scaling.to_raw(phi))
            gradient = self.scaling.gradient_to_scaled(sums.gradient)
            loss_scale = self.scaling.loss_scale
            if loss_scale != 1.0:
                gradient = gradient / loss_scale
            value = sums.loss / loss_scale
        if self.penalty:
            gradient = gradient + self.share * self.penalty.gradient(phi)
            value += self.share * self.penalty.value(phi)
        if self.observe is not None:
            self.observe(phi, gradient)
        return value, gradient

    def with_observer(self, observe: Callable[[Vector, Vector], None]) -> Objective:
        """Return the objective with a function that is called at each evaluation."""
        return replace(self, observe=observe)

    def run_steps(
        self, optimizer: Any, phi: Vector, state: Any, updates: int, tolerance: float | None
    ) -> FusedSteps | None:
        """Run up to ``updates`` steps of an optimizer in one call of the engine.

        They end early at a loss below the tolerance. None where steps must be made one by one.
        """
        if not self.in_memory or not isinstance(self.scaling, Unscaled):
            return None
        if np.any(self.l1_weight):
            return None
        return self.engine.run_steps(
            optimizer,
            phi,
            state,
            self.batch,
            updates=updates,
            curvature=self.share * self.penalty.curvature,
            tolerance=tolerance,
        )

    @cached_property
    def l1_weight(self) -> float | Vector:
        """The L1 factor of each absolute weight."""
        return self.share * self.penalty.l1_weight

    @property
    def outputs(self) -> slice:
        """The weights of the output layer, in which the value is convex."""
        rows, columns = self.perceptron.shapes[-1]
        return slice(-rows * columns, None)

    @property
    def hidden(self) -> bool:
        """True if there are hidden units, and weights of theirs."""
        return bool(self.perceptron.activations)

    @property
    def precision(self) -> float:
        """The machine epsilon of the engine's precision."""
        return float(np.finfo(self.engine.dtype).eps)

    @property
    def curved(self) -> bool:
        """True if all activations have second derivatives."""
        return all(read_activation(each).has_curvature for each in self.perceptron.activations)

    @property
    def squares(self) -> Callable[[Vector], Squares | None] | None:
        """Least-squares form of a Newton step (IRLS) at phi, as a function; or None.

        For one output without hidden units and penalty. The function returns A (m, P) and b (m,)
        with ``A' A`` the Hessian and ``A' b`` the gradient: rows ``sqrt(w v) x`` and ``w (mu - y)
        / sqrt(w v)``, v the variance; or None where the variance of a row is rounded to 0.
        """
        plain = not (self.penalty or self.perceptron.activations)
        one = self.standardized and self.perceptron.sizes[-1] == 1
        return self._find_squares if plain and one else None

    def _find_squares(self, phi: Vector) -> Squares | None:
        batch, family = self.batch, self.perceptron.family
        eta = self.perceptron.scores(phi, batch.X, batch.offset)
        _, delta = family.loss_and_delta(eta, batch.Y, batch.w)
        variance = family.variance_product(family.mean(eta), np.ones_like(eta), batch.Y)[:, 0]
        if batch.w is not None:
            variance = variance * batch.w
        counted = (variance > 0.0) | (delta[:, 0] != 0.0)
        root = np.sqrt(variance[counted])
        if not (root.size and root.all()):
            return None
        A, b = root[:, None] * batch.X[counted], delta[counted, 0] / root
        return (A, b) if np.isfinite(A).all() and np.isfinite(b).all() else None

    def loss(self, value: float, phi: Vector) -> float:
        """Recover the raw loss from the value at phi."""
        if not self.penalty:
            return value * self.scaling.loss_scale
        loss = value - self.share * self.penalty.value(phi)
        if loss < 1e-6 * value:
            # The difference from so large a penalty would be mostly rounding.
            return self.evaluate(phi).loss
        return loss * self.scaling.loss_scale

    def evaluate(self, phi: Vector) -> Sums:
        """Raw loss without penalty, and weight of the rows classified right, by a forward pass."""
        if not self.standardized:
            return self._sum(self.engine.evaluate, self.scaling.to_raw(phi))
        sums = self._sum(self.engine.evaluate, phi)
        return replace(sums, loss=sums.loss * self.scaling.loss_scale)

    def penalty_in_raw_units(self, theta: Vector) -> float:
        """Penalty at theta, in the units of the raw loss."""
        phi = self.scaling.from_raw(theta)
        return self.share * self.penalty.value(phi) * self.scaling.loss_scale

    def in_raw_units(self, theta: Vector) -> tuple[float, Vector]:
        """Value and gradient (P,) with respect to theta, in the units of the raw loss.

        With an L1 penalty it is the subgradient that is 0 for a weight of 0.
        """
        scaling = self.scaling
        phi = scaling.from_raw(theta)
        value, gradient = self(phi)
        gradient = gradient + self.l1_weight * np.sign(phi)
        return value * scaling.loss_scale, scaling.gradient_to_raw(gradient) * scaling.loss_scale

    def hessian_in_raw_units(self, theta: Vector) -> NDArray[np.float64]:
        """Hessian (P, P) with respect to theta, in the units of the raw loss.

        Raises
        ------
        ValueError
            If it overflows.
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
        """Hessian of the value without the L1 part, (P, P)."""
        theta = phi if self.standardized else self.scaling.to_raw(phi)
        H = reduce(iadd, (self.engine.hessian(theta, batch) for batch in self.batches))
        if not self.standardized:
            H = self.scaling.gradient_to_scaled(self.scaling.gradient_to_scaled(H).T)
            H /= self.scaling.loss_scale
        self.penalty.add_curvature(H, self.share)
        return H

    def hessian_vector(self, phi: Vector, v: Vector) -> Vector:
        """Product of the Hessian with a vector v (P,)."""
        theta, direction = phi, v
        if not self.standardized:
            theta, direction = self.scaling.to_raw(phi), self.scaling.direction_to_raw(v)
        multiply = partial(compute_hessian_vector, self.perceptron, theta, direction)
        product = reduce(add, map(multiply, self.batches))
        if not self.standardized:
            product = self.scaling.gradient_to_scaled(product) / self.scaling.loss_scale
        return product + self.share * self.penalty.hessian_vector(v)

    @property
    def in_memory(self) -> bool:
        """True if all rows are one batch in memory."""
        return isinstance(self.batches, tuple)

    @property
    def batch(self) -> Batch:
        """The rows in memory; ValueError where there are several batches."""
        (batch,) = self.batches
        return batch

    @property
    def n_rows(self) -> int:
        """Number of rows in memory."""
        return len(self.batch.X)

    def pick(self, rows: NDArray[np.generic], share: float = 1.0) -> Objective:
        """Restrict the objective to some rows in memory, with a share of the penalty."""
        return replace(self, batches=(self.batch.pick(rows),), share=share)

    def split_minibatches(self, order: NDArray[np.intp], size: int) -> Iterator[Objective]:
        """Split the rows, in this order, into mini-batches of ``size`` rows, each an objective.

        Each has the share of the penalty that its rows have of the total weight.
        """
        batch, total = self.batch, self.batch.weight
        for start in range(0, len(order), size):
            part = batch.pick(order[start : start + size])
            yield replace(self, batches=(part,), share=part.weight / total)

    def _sum(self, kernel: Callable[[Vector, Batch], Sums], theta: Vector) -> Sums:
        if self.in_memory:  # saves a microsecond in each iteration
            return kernel(theta, self.batch)
        return reduce(iadd, (kernel(theta, batch) for batch in self.batches))
