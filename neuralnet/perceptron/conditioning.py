"""Conditioning: an objective over standardized columns, for second-order optimizers.

The columns themselves are standardized, so that derivatives lose no digits where a mean is much
larger than a standard deviation. The penalty stays a function of the weights that it was given for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import check_memory
from .batch import Batch
from .objective import Objective
from .penalty import Penalty
from .scaling import Scaled

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RawPenalty:
    """Penalty on raw weights, as a function of phi: ``penalty(theta(phi)) / loss_scale``.

    Parameters
    ----------
    penalty : Penalty
        On theta, without an L1 part.
    scaling : Scaled
        Between theta and phi.
    """

    penalty: Penalty
    scaling: Scaled
    l1_weight: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.penalty)

    def value(self, phi: Vector) -> float:
        """Evaluate the penalty at phi (P,)."""
        return self.penalty.value(self.scaling.to_raw(phi)) / self.scaling.loss_scale

    def gradient(self, phi: Vector) -> Vector:
        """Gradient (P,) with respect to phi."""
        gradient = self.penalty.gradient(self.scaling.to_raw(phi))
        return self.scaling.gradient_to_scaled(gradient) / self.scaling.loss_scale

    @cached_property
    def curvature(self) -> NDArray[np.float64]:
        """Hessian with respect to phi, (P, P)."""
        P = sum(rows * columns for rows, columns in self.scaling.shapes)
        H = np.zeros((P, P))
        np.einsum("ii->i", H)[:] = self.penalty.curvature
        to_scaled = self.scaling.gradient_to_scaled
        return to_scaled(to_scaled(H).T) / self.scaling.loss_scale

    def add_curvature(self, H: NDArray[np.float64], share: float) -> None:
        """Add a share of the penalty's Hessian to H (P, P), in place."""
        H += share * self.curvature

    def hessian_vector(self, v: Vector) -> Vector:
        """Product of the penalty's Hessian with a vector v (P,)."""
        product = self.penalty.hessian_vector(self.scaling.direction_to_raw(v))
        return self.scaling.gradient_to_scaled(product) / self.scaling.loss_scale


def standardize_objective(
    objective: Objective, scaling: Scaled, batch: Batch, reference: float | None
) -> Objective:
    """Express an objective in standardized columns.

    Parameters
    ----------
    objective : Objective
        Over rows in memory; of raw weights, or with ``scaling`` already.
    scaling : Scaled
    batch : Batch
        Its rows in double precision.
    reference : float or None
        The loss of an intercept alone on these rows, in raw units; None: unknown.

    Raises
    ------
    ValueError
        If the standardized columns take too much memory.
    """
    penalty = objective.penalty
    if objective.scaling is not scaling:
        assert isinstance(penalty, Penalty)
        penalty = RawPenalty(penalty, scaling)
    rows = _standardize_rows(batch, scaling)
    scaled = replace(
        objective,
        scaling=scaling,
        penalty=penalty,
        reference=None if reference is None else reference / scaling.loss_scale,
    )
    if rows is None:
        return scaled
    perceptron, engine = objective.perceptron.for_scaled_response, objective.engine
    if perceptron is not objective.perceptron:
        engine = engine.copy(perceptron)
    return replace(
        scaled,
        perceptron=perceptron,
        engine=engine,
        batches=(rows.cast(engine.dtype),),
        standardized=True,
    )


def _standardize_rows(batch: Batch, scaling: Scaled) -> Batch | None:
    """Standardize the columns and the numeric response of a batch.

    None where two matrices scale the same columns differently: without an intercept, the first
    matrix does not center them, but the last, to which they skip, does.
    """
    first, *others = scaling.layers
    for other in others:
        scaled = other.spread != 1.0
        if not np.array_equal(other.center[scaled], first.center[first.spread != 1.0]):
            return None
    check_memory("standardized columns", batch.X.size, "Train with 'adam' and batch_size")
    X = batch.X - first.center
    X /= first.spread
    unit = scaling.response_unit
    if np.all(unit == 1.0) and not scaling.y_center.any():
        return batch._replace(X=X)
    Y = np.asarray(batch.Y, dtype=np.float64)
    if batch.offset is not None:
        Y = Y - batch.offset
    if scaling.y_bias is not None:
        Y = Y - scaling.y_center
    return batch._replace(X=X, Y=Y / unit, offset=None)
