"""Generalized linear models on arrays: rank, deviance and AIC of a refit without hidden units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...perceptron import read_family
from .refits import Specification

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GLMFit:
    """A fitted GLM.

    Attributes
    ----------
    theta : (P,) array
    deviance, llf : float
    nobs : float
        Number of rows, by case weight.
    rank : int
        Number of coefficients that are determined.
    has_dispersion : bool
    """

    theta: Vector
    deviance: float
    llf: float
    nobs: float
    rank: int
    has_dispersion: bool

    @property
    def df_resid(self) -> float:
        """Residual degrees of freedom."""
        return self.nobs - self.rank

    @property
    def dispersion(self) -> float:
        """Residual variance of a gaussian response; 1 for other families."""
        return self.deviance / self.df_resid if self.has_dispersion else 1.0

    @property
    def aic(self) -> float:
        """AIC; a dispersion counts as one parameter, as in R."""
        return 2.0 * (self.rank + self.has_dispersion) - 2.0 * self.llf


def fit_glm(specification: Specification) -> GLMFit:
    """Fit a GLM by Newton's method."""
    perceptron, batch = specification.perceptron, specification.batch
    assert not perceptron.activations
    fit = specification.fit(1, np.random.default_rng(0))
    family, w = perceptron.family, np.ones(len(batch.X)) if batch.w is None else batch.w
    llf = family.log_likelihood(fit.loss, batch.Y, w)  # type: ignore[attr-defined]
    has = read_family(family)
    rank = len(find_basis(batch.X, batch.w).T) * (perceptron.sizes[-1] - has.is_shift_invariant)
    return GLMFit(fit.theta, fit.deviance, llf, batch.weight, rank, has.has_dispersion)


def find_basis(X: Floats, w: Vector | None, beside: Floats | None = None) -> Floats:
    """Return a basis (n, r) of the columns of X, orthonormal by the weights of rows.

    With ``beside``, such a basis itself: of what the columns of X add to it.
    """
    root = np.ones((len(X), 1)) if w is None else np.sqrt(w)[:, None]
    A = root * X
    sizes = np.linalg.norm(A, axis=0)
    A = A[:, sizes > 0.0] / sizes[sizes > 0.0]
    if beside is not None:
        B = root * beside
        for _ in range(2):
            A = A - B @ (B.T @ A)
    U, s, _ = np.linalg.svd(A, full_matrices=False)
    # Columns had length 1; what is left of one that depends on others is rounding error.
    least = 1e-9 * (1.0 if beside is not None else s.max(initial=0.0))
    basis = U[:, s > least]
    return np.asarray(basis / np.where(root > 0.0, root, np.inf))
