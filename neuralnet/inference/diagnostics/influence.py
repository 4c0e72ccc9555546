"""Influence of single rows on a fit: Cook's distance, and residuals over their deviation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...model import Model
from ..fit.curvature import Curvature
from ..fit.likelihood import Likelihood
from ..weights.covariance import (
    ROUNDING,
    compute_leverage,
    compute_output_leverages,
    read_observations,
    split_row_scores,
)

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def sum_leverage(model: Model, theta: Vector, curvature: Curvature) -> Vector:
    """Leverage of each row (n,) times its weight; they sum to the effective parameters."""
    return _weigh(model, compute_leverage(model, theta, curvature))


def compute_cooks_distance(
    model: Model, theta: Vector, curvature: Curvature, likelihood: Likelihood
) -> Vector:
    """Cook's distance of each row (n,), times its weight; see `Inference.cooks_distance`."""
    parts, A = [], curvature.expected_inverse
    for _, S in split_row_scores(model, theta, curvature, leave_out=True):
        parts.append(np.einsum("np,np->n", S @ A, S))
    scale = curvature.scaling.loss_scale / (likelihood.dispersion * likelihood.edf)
    return _weigh(model, scale * np.concatenate(parts))


def standardize_residuals(
    model: Model, theta: Vector, curvature: Curvature, dispersion: float, residuals: Floats
) -> Floats:
    """Divide residuals (n, K) by ``sqrt(dispersion (1 - h))``; missing where h is 1."""
    left = 1.0 - compute_output_leverages(model, theta, curvature)
    return residuals / np.sqrt(dispersion * np.where(left > ROUNDING, left, np.nan))


def _weigh(model: Model, values: Vector) -> Vector:
    w = read_observations(model).w
    return values if w is None else w * values
