"""Covariance of the weights: from the Hessian, and sandwich estimates from the rows' scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from ..perceptron import split_jacobian
from .curvature import Curvature, find_variances

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# The kinds of covariance, and whether each is a sandwich.
KINDS = {"hessian": False, "HC0": True, "HC1": True, "HC3": True, "cluster": True}


def sandwich(
    model: Model,
    theta: Vector,
    curvature: Curvature,
    kind: str,
    groups: NDArray[np.integer[Any]] | None = None,
    correction: bool = True,
) -> Floats:
    """Sandwich covariance (P, P) of phi: ``H^-1 M H^-1``, M a sum of squares of the rows' scores.

    Parameters
    ----------
    model : Model
    theta : (P,) array
    curvature : Curvature
    kind : str
        ``"HC0"``: White's. ``"HC1"``: times ``n / (n - edf)``. ``"HC3"``: each row's score over
        1 - leverage. ``"cluster"``: scores are summed over groups first.
    groups : (n,) array of codes, optional
    correction : bool
        With ``"cluster"``: times ``G / (G - 1) * (n - 1) / (n - edf)`` for G groups.

    Notes
    -----
    A case weight of w counts a row w times: its score enters M w times. In R's sandwich package
    weights are prior weights, which enter M squared.

    Source: MacKinnon and White (1985), Journal of Econometrics 29; Cameron and Miller (2015),
    Journal of Human Resources 50, for clusters. The infinitesimal jackknife is the same matrix.
    """
    n, edf = model.batch.weight, curvature.effective_parameters
    S, w = compute_row_scores(model, theta, curvature), model.batch.w
    if kind == "cluster":
        assert groups is not None
        G = int(groups.max()) + 1
        totals = np.zeros((G, theta.size))
        np.add.at(totals, groups, S if w is None else S * w[:, None])
        M = totals.T @ totals
        factor = G / (G - 1.0) * (n - 1.0) / (n - edf) if correction else 1.0
    else:
        if kind == "HC3":
            S = S / (1.0 - compute_leverage(model, theta, curvature))[:, None]
        M = S.T @ (S if w is None else S * w[:, None])
        factor = n / (n - edf) if kind == "HC1" else 1.0
    return np.asarray(factor * curvature.inverse @ M @ curvature.inverse)


def compute_row_scores(model: Model, theta: Vector, curvature: Curvature) -> Floats:
    """Gradient of each row's loss by phi, (n, P), at weight 1, without the penalty."""
    perceptron, batch, scaling = model.perceptron, model.batch, curvature.scaling
    S = np.empty((len(batch.X), theta.size))
    for rows, eta, J in split_jacobian(perceptron, theta, batch.X, batch.offset):
        _, delta = perceptron.family.loss_and_delta(eta, batch.Y[rows], None)
        S[rows] = np.einsum("nk,nkp->np", delta, J)
    return scaling.gradient_to_scaled(S) / scaling.loss_scale


def compute_leverage(model: Model, theta: Vector, curvature: Curvature) -> Vector:
    """Leverage of each row (n,), at weight 1: ``trace(V J (F + penalty)^-1 J')``.

    By the Fisher information, so that it is within 0 and 1 for a single trial.
    """
    perceptron, batch, scaling = model.perceptron, model.batch._replace(w=None), curvature.scaling
    h = np.empty(len(batch.X))
    for rows, eta, J in split_jacobian(perceptron, theta, batch.X, batch.offset):
        J = scaling.gradient_to_scaled(J)
        V = find_variances(perceptron.family, eta, batch.pick(rows))
        h[rows] = np.einsum("nkp,nkp->n", V @ J, J @ curvature.expected_inverse)
    return h / scaling.loss_scale


def to_raw_covariance(curvature: Curvature, V: Floats) -> Floats:
    """Covariance (P, P) of theta from that of phi."""
    to_raw: Any = curvature.scaling.direction_to_raw
    return np.asarray(to_raw(to_raw(V).T))
