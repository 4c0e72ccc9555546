"""An objective in standardized columns, for optimizers that go by curvature.

The columns themselves are brought to mean 0 and standard deviation 1, so that no derivative loses
digits where a mean is far above its spread. Only the coordinates change: a penalty stays one on
the weights that it was given for.
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
class CarriedPenalty:
    """A penalty on theta as a function of phi: ``penalty(theta(phi)) / unit``.

    Parameters
    ----------
    penalty : Penalty
        Of squares alone.
    scaling : Scaled
        Between theta and phi.
    """

    penalty: Penalty
    scaling: Scaled
    absolute: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.penalty)

    def value(self, phi: Vector) -> float:
        """The penalty on the weights that phi stands for."""
        return self.penalty.value(self.scaling.to_raw(phi)) / self.scaling.loss_scale

    def gradient(self, phi: Vector) -> Vector:
        """Gradient (P,) by phi."""
        gradient = self.penalty.gradient(self.scaling.to_raw(phi))
        return self.scaling.gradient_to_scaled(gradient) / self.scaling.loss_scale

    @cached_property
    def curvature(self) -> NDArray[np.float64]:
        """Second derivatives by phi, (P, P)."""
        P = sum(rows * columns for rows, columns in self.scaling.shapes)
        H = np.zeros((P, P))
        np.einsum("ii->i", H)[:] = self.penalty.curvature
        pull = self.scaling.gradient_to_scaled
        return pull(pull(H).T) / self.scaling.loss_scale

    def add_curvature(self, H: NDArray[np.float64], share: float) -> None:
        """Add a share of the second derivatives to a Hessian, in place."""
        H += share * self.curvature

    def hessian_vector(self, v: Vector) -> Vector:
        """The product of the second derivatives with a direction (P,)."""
        product = self.penalty.hessian_vector(self.scaling.direction_to_raw(v))
        return self.scaling.gradient_to_scaled(product) / self.scaling.loss_scale


def standardize_objective(
    objective: Objective, scaling: Scaled, batch: Batch, reference: float | None
) -> Objective:
    """The same objective, seen in standardized columns.

    Parameters
    ----------
    objective : Objective
        Over rows in memory; in raw coordinates, or in these already.
    scaling : Scaled
    batch : Batch
        Its rows in double precision.
    reference : float or None
        The loss of an intercept alone on these rows, in raw units; None: it is not known.

    Raises
    ------
    ValueError
        Where the standardized columns would take more memory than one call should.
    """
    penalty = objective.penalty
    if objective.scaling is not scaling:
        assert isinstance(penalty, Penalty)
        penalty = CarriedPenalty(penalty, scaling)
    rows = _standardize_rows(batch, scaling)
    seen = replace(
        objective,
        scaling=scaling,
        penalty=penalty,
        reference=None if reference is None else reference / scaling.loss_scale,
    )
    if rows is None:
        return seen
    return replace(seen, batches=(rows.cast(objective.engine.dtype),), standardized=True)


def _standardize_rows(batch: Batch, scaling: Scaled) -> Batch | None:
    """Rows whose columns and numeric response are standardized.

    None where two matrices read the columns in different ways: without an intercept, the first one
    leaves their means alone, and one that they skip to does not.
    """
    first, *others = scaling.layers
    for other in others:
        read = other.spread != 1.0
        if not np.array_equal(other.center[read], first.center[first.spread != 1.0]):
            return None
    check_memory("standardized columns", batch.X.size, "Train with 'adam' and batch_size")
    X = batch.X - first.center
    X /= first.spread
    if scaling.y_spread == 1.0 and not scaling.y_center.any():
        return batch._replace(X=X)
    Y = np.asarray(batch.Y, dtype=np.float64)
    if batch.offset is not None:
        Y = Y - batch.offset
    if scaling.y_bias is not None:
        Y = Y - scaling.y_center
    return batch._replace(X=X, Y=Y / scaling.y_spread, offset=None)
