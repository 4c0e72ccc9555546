"""Residuals of the training rows: what a fit leaves of each response, on several scales.

All are those of one row, whatever its case weight. Weights of proportions are trials, as in
``cbind(successes, failures)``, and part of the response.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import quote
from ...families import Family
from ...model import Model, compute_scores
from ...perceptron import choose_block_rows, read_family, split_rows
from ..weights.covariance import read_observations

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]
Residuals = Callable[[Family, Floats, NDArray[Any]], Floats]


def compute_response(family: Family, eta: Floats, Y: NDArray[Any]) -> Floats:
    """Response minus mean, (n, K)."""
    return family.observed_means(Y, eta.shape[1]) - family.mean(eta)


def compute_working(family: Family, eta: Floats, Y: NDArray[Any]) -> Floats:
    """Response minus mean over the derivative of the mean by the score, (n, K).

    Raises
    ------
    ValueError
        For several classes, whose scores have no such derivatives of their own.
    """
    if read_family(family).is_shift_invariant:
        raise ValueError(
            f"working residuals are those of one score, and family {quote(family.name)} has one "
            "for each class, up to a number added to all of them: take kind='response' or "
            "'pearson', or family='binomial' for two classes"
        )
    return _divide(compute_response(family, eta, Y), _compute_slopes(family, eta))


def compute_pearson(family: Family, eta: Floats, Y: NDArray[Any]) -> Floats:
    """Response minus mean over its standard deviation, at a dispersion of 1, (n, K)."""
    variances = _compute_slopes(family, eta)
    if (trials := getattr(family, "trials", None)) is not None:
        variances = variances / trials(Y)[:, None]
    return _divide(compute_response(family, eta, Y), np.sqrt(variances))


def compute_deviance(family: Family, eta: Floats, Y: NDArray[Any]) -> Floats:
    """Roots of the deviance of each row, with the sign of the response minus the mean.

    They are (n, K) where outputs are independent; of several classes (n, 1), without a sign.
    """
    losses = np.maximum(_compute_losses(family, eta, Y), 0.0)
    if losses.shape != eta.shape:
        return np.sqrt(2.0 * losses)
    return np.copysign(np.sqrt(2.0 * losses), compute_response(family, eta, Y))


def compute_quantile(
    model: Model, theta: Vector, dispersion: float, generator: np.random.Generator
) -> Floats:
    """Quantile residuals, (n, K), or (n, 1) of classes.

    Raises
    ------
    ValueError
        If the family has none, or the response is none of its distribution.
    """
    family, (eta, _) = model.perceptron.family, compute_scores(model, theta, None)
    find = getattr(family, "quantile_residuals", None)
    if find is None:
        raise ValueError(
            f"family {quote(family.name)} has no quantile residuals: give it the method "
            "quantile_residuals, as neuralnet.families.Family describes it"
        )
    found: Floats = find(family.mean(eta), read_observations(model).Y, dispersion, generator)
    return found


ResidualKind = Literal["response", "pearson", "deviance", "working", "quantile"]

KINDS: dict[ResidualKind, Residuals | None] = {
    "response": compute_response,
    "pearson": compute_pearson,
    "deviance": compute_deviance,
    "working": compute_working,
    "quantile": None,
}
"""The kinds of residuals; those with a function are one of scores and response, row by row."""


def compute_in_blocks(model: Model, theta: Vector, function: Residuals) -> Floats:
    """Compute residuals of the training rows, in blocks of rows."""
    family, Y = model.perceptron.family, read_observations(model).Y
    eta, _ = compute_scores(model, theta, None)
    blocks = split_rows(len(eta), choose_block_rows(model.perceptron.sizes))
    return np.concatenate([function(family, eta[rows], Y[rows]) for rows in blocks])


def _compute_slopes(family: Family, eta: Floats) -> Floats:
    """Derivative of each mean by its own score, (n, K): the variance of one trial."""
    find = getattr(family, "mean_product", None)
    if find is None:
        raise ValueError(
            f"family {quote(family.name)} has no derivative of the mean: give it the method "
            "mean_product, as neuralnet.families.Family describes it"
        )
    mu = family.mean(eta)
    columns = [find(mu, np.broadcast_to(unit, eta.shape)) for unit in np.eye(eta.shape[1])]
    return np.column_stack([column[:, k] for k, column in enumerate(columns)])


def _compute_losses(family: Family, eta: Floats, Y: NDArray[Any]) -> Floats:
    """Loss of each row at weight 1: (n, K) of several independent outputs, else (n, 1)."""
    losses: Floats
    if (split := getattr(family, "unit_loss_and_mean", None)) is not None:
        losses = split(eta, family.observed_means(Y, eta.shape[1]))[0]
        trials = getattr(family, "trials", None)
        return losses if trials is None else losses * trials(Y)[:, None]
    if (find := getattr(family, "row_losses", None)) is not None:
        losses = find(eta, Y)[:, None]
        return losses
    # The sum over one row, as no user-defined family has to give more.
    rows = range(len(eta))
    return np.array([[family.loss_and_delta(eta[i : i + 1], Y[i : i + 1], None)[0]] for i in rows])


def _divide(residuals: Floats, scales: Floats) -> Floats:
    """Divide, with 0 where the residual is 0: a mean has come to its limit."""
    zeros = np.zeros_like(residuals)
    return np.divide(residuals, scales, out=zeros, where=residuals != 0.0)
