"""Duan's smearing estimate: the mean of a response whose transformation was modelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# Nodes of a quadrature rule. Measured, the mean of exp(e) over 100,000 residuals, normal or of a t
# distribution with 3 degrees of freedom, has a relative error of at most 2e-14, even where they
# span 115. The midpoints of 1,000 quantiles leave 3e-3 for normal residuals of variance 1.
MOST_NODES = 32


@dataclass(frozen=True, eq=False)
class Smearing:
    """The residuals of each output, summarized by a quadrature rule.

    Attributes
    ----------
    nodes, weights : tuple with an array for each output
        The mean of a smooth function of the residuals is its weighted mean over the nodes.
    """

    nodes: tuple[Vector, ...]
    weights: tuple[Vector, ...]

    @classmethod
    def fit(cls, residuals: Vector, w: Vector | None) -> Smearing:
        """Summarize the residuals (n, K) of rows with these case weights."""
        w = np.ones(len(residuals)) if w is None else w
        counts = w > 0
        rules = [make_quadrature(e[counts], w[counts]) for e in residuals.T]
        nodes, weights = zip(*rules, strict=True)
        return cls(nodes, weights)

    def average(self, function: Any, mu: Vector, output: int) -> Vector:
        """Average ``function(mu + residual)`` over the residuals of an output, for each mu (m,)."""
        values: Vector = function(mu[:, None] + self.nodes[output])
        with np.errstate(all="ignore"):
            return values @ self.weights[output]

    def check(self, K: int) -> None:
        """Raise ValueError if these are no rules for K outputs."""
        pairs = list(zip(self.nodes, self.weights, strict=True))
        if len(pairs) != K or any(x.ndim != 1 or x.shape != w.shape for x, w in pairs):
            raise ValueError("residuals of other outputs")
        if not all(0 < len(x) <= MOST_NODES and np.isfinite(x).all() for x, _ in pairs):
            raise ValueError("invalid residuals")
        if not all((w >= 0).all() and abs(w.sum() - 1.0) < 1e-6 for _, w in pairs):
            raise ValueError("residuals with invalid weights")


def make_quadrature(values: Vector, w: Vector) -> tuple[Vector, Vector]:
    """Make the Gauss quadrature rule of a weighted sample (Golub & Welsch, 1969).

    With m nodes, the means of polynomials up to degree 2 m - 1 are those of the sample. The three
    terms of the recurrence are found by Lanczos' method; a sample of few distinct values is its
    own rule.

    Parameters
    ----------
    values, w : (n,) arrays
        Finite values, and weights above 0.

    Returns
    -------
    nodes, weights : (m,) arrays
        Within the range of the values; the weights are positive and sum to 1.

    References
    ----------
    G. H. Golub, J. H. Welsch (1969). Calculation of Gauss quadrature rules. Mathematics of
    Computation 23, 221-230.

    Examples
    --------
    >>> nodes, weights = make_quadrature(np.array([-1.0, 1.0, 1.0]), np.ones(3))
    >>> nodes.round(6), weights.round(6)
    (array([-1.,  1.]), array([0.333333, 0.666667]))
    """
    w = w / w.sum()
    center = w @ values
    spread = np.abs(values - center).max()
    if not spread > 0:
        return np.array([center]), np.ones(1)
    x, v, before = (values - center) / spread, np.sqrt(w), np.zeros(len(values))
    alphas, betas = [], [0.0]
    for _ in range(min(MOST_NODES, len(values))):
        u = x * v
        alphas.append(u @ v)
        u -= alphas[-1] * v + betas[-1] * before
        betas.append(float(np.sqrt(u @ u)))
        # The values are exhausted: what is left is rounding.
        if betas[-1] < 1e-13:
            break
        before, v = v, u / betas[-1]
    off = betas[1 : len(alphas)]
    nodes, vectors = np.linalg.eigh(np.diag(alphas) + np.diag(off, 1) + np.diag(off, -1))
    weights = vectors[0] ** 2
    return center + spread * nodes, weights / weights.sum()
