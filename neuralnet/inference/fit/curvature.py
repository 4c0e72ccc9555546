"""Curvature of the penalized loss at a fit, in standardized coordinates.

The exact Hessian, the Fisher information, and the directions along which nothing is determined.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ...families import Family
from ...model import Model, find_dependencies
from ...perceptron import MAX_BLOCK_ROWS, Batch, Scaled, read_family, split_jacobian, split_rows
from ...training import condition_objective

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Share of the largest eigenvalue below which a direction counts as flat.
FLAT = 1e-8
# Share of the largest second derivative of a penalty that is rounding error.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Curvature:
    """Second-order expansion of the penalized loss.

    All arrays are in the coordinates phi of standardized columns and a standardized numeric
    response, and in the unit of the loss there, so that none depends on the units of the data.

    Attributes
    ----------
    scaling : Scaled
        Between theta and phi.
    gradient : (P,) array
        Of the penalized loss.
    hessian : (P, P) array
        Exact, of the penalized loss.
    penalty : (P, P) array
        Hessian of the penalty alone.
    fisher : (P, P) array
        Fisher information of the loss, without the penalty: the expectation of its Hessian.
    undetermined : (P, m) array
        Orthonormal directions that change no prediction and no penalty.
    null_information : float
        Fisher information of the intercept of a fit of an intercept alone. Where the fit has far
        less, the means have reached their limits.
    """

    scaling: Scaled
    gradient: Vector
    hessian: Floats
    penalty: Floats
    fisher: Floats
    undetermined: Floats
    null_information: float

    @cached_property
    def eigen(self) -> tuple[Vector, Floats]:
        """Eigenvalues in ascending order, and eigenvectors, on the determined directions."""
        return self._decompose(self.hessian)

    @cached_property
    def inverse(self) -> Floats:
        """Inverse of the Hessian, (P, P), 0 along undetermined directions."""
        return self._invert(*self.eigen)

    @cached_property
    def expected_inverse(self) -> Floats:
        """Inverse of the penalized Fisher information, (P, P), 0 along undetermined directions."""
        return self._invert(*self._decompose(self.fisher + self.penalty))

    @cached_property
    def effective_parameters(self) -> float:
        """Effective degrees of freedom, trace of ``(F + penalty)^-1 F``: within 0 and P."""
        return float(np.einsum("pq,qp->", self.expected_inverse, self.fisher))

    @cached_property
    def log_determinant(self) -> float:
        """Logarithm of the determinant of the Hessian on the determined directions."""
        return float(np.log(self.eigen[0]).sum())

    def decompose(self) -> None:
        """Compute all decompositions, which are stored."""
        _ = self.inverse, self.effective_parameters

    def _decompose(self, H: Floats) -> tuple[Vector, Floats]:
        """Eigenvalues and eigenvectors of a matrix on the determined directions."""
        N = self.undetermined
        if not (m := N.shape[1]):
            return np.linalg.eigh(H)
        left = H - N @ (N.T @ H)
        left -= (left @ N) @ N.T
        # The undetermined directions come last, with an eigenvalue above all others.
        values, axes = np.linalg.eigh(left + (1.0 + 2.0 * np.linalg.norm(H)) * (N @ N.T))
        return values[:-m], axes[:, :-m]

    def find_threshold(self, values: Vector) -> float:
        """Eigenvalue up to which a direction counts as flat."""
        return FLAT * float(np.abs(values).max(initial=self.null_information))

    def _invert(self, values: Vector, axes: Floats) -> Floats:
        clear = values > self.find_threshold(values)
        return np.asarray((axes[:, clear] / values[clear]) @ axes[:, clear].T)


def find_scaling(model: Model) -> Scaled:
    """Find the coordinates of standardized columns and a standardized numeric response."""
    scaling = condition_objective(model, model.objective, model.batch).scaling
    assert isinstance(scaling, Scaled)
    return scaling


def measure_curvature(model: Model, theta: Vector) -> Curvature:
    """Measure the curvature of the penalized loss of the training rows at theta."""
    objective = condition_objective(model, model.objective, model.batch)
    scaling = objective.scaling
    assert isinstance(scaling, Scaled)
    phi, P = scaling.from_raw(theta), theta.size
    penalty = np.zeros((P, P))
    objective.penalty.add_curvature(penalty, objective.share)
    curvature = Curvature(
        scaling,
        objective(phi)[1],
        objective.hessian(phi),
        penalty,
        sum_fisher(model, theta, model.batch, scaling),
        find_undetermined(model, scaling, penalty),
        _measure_null_information(model, scaling),
    )
    # Here, as the caller has limited the threads of BLAS.
    curvature.decompose()
    return curvature


def sum_fisher(model: Model, theta: Vector, batch: Batch, scaling: Scaled) -> Floats:
    """Fisher information (P, P) of phi: the sum of ``w J' V J``, V the variance of the response."""
    perceptron, P = model.perceptron, theta.size
    F = np.zeros((P, P))
    for rows, eta, J in split_jacobian(perceptron, theta, batch.X, batch.offset):
        J, some = scaling.gradient_to_scaled(J), batch.pick(rows)
        V = find_variances(model.perceptron.family, eta, some)
        F += J.reshape(-1, P).T @ (V @ J).reshape(-1, P)
    return F / scaling.loss_scale


def find_variances(family: Family, eta: Floats, batch: Batch) -> Floats:
    """Variance matrices of the response in each row times its weight, (n, K, K), at weight 1.

    The second derivatives of the loss by the scores.
    """
    n, K = eta.shape
    units = np.broadcast_to(np.eye(K)[:, None, :], (K, n, K))
    V = np.moveaxis(family.variance_product(family.mean(eta), units, batch.Y), 0, 1)
    return V if batch.w is None else V * batch.w[:, None, None]


def _measure_null_information(model: Model, scaling: Scaled) -> float:
    """Fisher information of the intercept of a fit of an intercept alone; the largest of K."""
    batch, total = model.batch, np.zeros(model.perceptron.sizes[-1])
    for rows in split_rows(len(batch.X), MAX_BLOCK_ROWS):
        some = batch.pick(rows)
        eta = np.broadcast_to(model.intercept, (len(some.X), len(total)))
        eta = eta if some.offset is None else eta + some.offset
        total += np.einsum("nkk->k", find_variances(model.perceptron.family, eta, some))
    return float((total * scaling.response_unit**2).max() / scaling.loss_scale)


def find_undetermined(model: Model, scaling: Scaled, penalty: Floats) -> Floats:
    """Orthonormal directions (P, m) of phi that are known to change no score and no penalty.

    Those of linearly dependent columns of X; and, where scores may all be shifted by the same
    amount as with softmax, one for each row of the last matrix. ``penalty`` is its Hessian, (P, P).
    """
    perceptron, directions = model.perceptron, []
    for column, unit in product(find_null_columns(model), range(perceptron.shapes[0][1])):
        directions.append(_place_column(model, column, unit, layer=0))
    if perceptron.skip:
        for column, unit in product(find_null_columns(model), range(perceptron.sizes[-1])):
            directions.append(_place_column(model, column, unit, layer=-1))
    if read_family(perceptron.family).is_shift_invariant:
        for row in range(perceptron.shapes[-1][0]):
            matrices = [np.zeros(shape) for shape in perceptron.shapes]
            matrices[-1][row] = 1.0
            directions.append(perceptron.flatten(tuple(matrices)))
    if not directions:
        return np.zeros((perceptron.n_parameters, 0))
    origin = scaling.from_raw(np.zeros(perceptron.n_parameters))
    scaled = np.array([scaling.from_raw(each) - origin for each in directions])
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
    U, sizes, _ = np.linalg.svd(scaled.T, full_matrices=False)
    U = U[:, sizes > FLAT * sizes[0]]
    values, axes = np.linalg.eigh(U.T @ penalty @ U)
    return np.asarray(U @ axes[:, values <= _ROUNDING * penalty.max(initial=0.0)])


def find_null_columns(model: Model) -> list[Vector]:
    """Vectors v (D,) with ``X v = 0``, one for each column that depends on earlier ones."""
    terms, batch = model.design.terms, model.batch
    X = batch.X if batch.w is None else batch.X[batch.w > 0.0]
    found, intercept = [], terms.intercept
    for column, others in find_dependencies(X, intercept, np.arange(X.shape[1])):
        v = np.zeros(X.shape[1])
        v[column] = 1.0
        if others:
            read = [*others] if intercept is None else [intercept, *others]
            sizes = np.abs(X[:, read]).max(axis=0)
            v[read] = -np.linalg.lstsq(X[:, read] / sizes, X[:, column], rcond=None)[0] / sizes
        found.append(v)
    return found


def _place_column(model: Model, column: Vector, unit: int, layer: int) -> Vector:
    """The direction of theta that adds a combination of columns of X to the sums of a unit."""
    perceptron = model.perceptron
    matrices = [np.zeros(shape) for shape in perceptron.shapes]
    if layer == 0:
        matrices[0][:, unit] = column
    else:
        intercept, skip = model.design.terms.intercept, list(perceptron.skip)
        matrices[-1][-len(skip) :, unit] = column[skip]
        if intercept is not None:
            matrices[-1][0, unit] = column[intercept]
    return perceptron.flatten(tuple(matrices))
