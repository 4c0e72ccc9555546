"""Covariance of the weights: from the Hessian, and sandwich estimates from the rows' scores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...errors import check_memory, cut, pluralize
from ...model import Model
from ...perceptron import Batch, split_jacobian
from ..fit.curvature import Curvature, find_variances

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]

# The kinds of covariance, and whether each is a sandwich.
CovarianceKind = Literal["hessian", "sandwich", "HC0", "HC1", "HC3", "cluster"]
KINDS: dict[CovarianceKind, bool] = {
    "hessian": False,
    "sandwich": True,
    "HC0": True,
    "HC1": True,
    "HC3": True,
    "cluster": True,
}
# Shares of the rows, and of a leverage of 1, that are rounding error.
ROUNDING = 1e-8


def read_observations(model: Model) -> Batch:
    """Training rows with their weights as numbers of equal rows.

    Weights of proportions are numbers of trials instead, and become part of the response.
    """
    batch, move = model.batch, getattr(model.perceptron.family, "move_trials", None)
    if move is None or batch.w is None:
        return batch
    Y, w = move(batch.Y, batch.w)
    return batch._replace(Y=Y, w=w)


def sandwich(
    model: Model,
    theta: Vector,
    curvature: Curvature,
    kind: str,
    groups: Codes | None = None,
    correction: bool = True,
) -> Floats:
    """Sandwich covariance (P, P) of phi: ``H^-1 M H^-1``, M a sum of squares of the rows' scores.

    Parameters
    ----------
    model : Model
    theta : (P,) array
    curvature : Curvature
    kind : str
        ``"sandwich"`` or ``"HC0"``: White's. ``"HC1"``: times ``n / (n - edf)``. ``"HC3"``:
        each row's score over 1 - leverage, with several scores the matrix of it. ``"cluster"``:
        scores are summed over groups first.
    groups : (n,) array of codes, optional
    correction : bool
        With ``"cluster"``: times ``G / (G - 1) * (n - 1) / (n - edf)`` for G groups.

    Raises
    ------
    ValueError
        If a leverage is 1, or no degree of freedom is left, where a kind divides by it.

    Notes
    -----
    A case weight of w counts a row w times: its score enters M w times. In R's sandwich package
    weights are prior weights, which enter M squared.

    Source: MacKinnon and White (1985), Journal of Econometrics 29; Cameron and Miller (2015),
    Journal of Human Resources 50, for clusters. The infinitesimal jackknife is the same matrix.
    """
    batch, inverse = read_observations(model), curvature.inverse
    factor = _find_factor(kind, batch.weight, curvature.effective_parameters, groups, correction)
    # Each row's change of the weights, not M: its rounding errors along weak directions are large.
    if groups is not None:
        moves = _sum_by_group(model, theta, curvature, groups) @ inverse
        return np.asarray(factor * moves.T @ moves)
    V = np.zeros((theta.size, theta.size))
    for rows, S in split_row_scores(model, theta, curvature, leave_out=kind == "HC3"):
        _check_determined(model, S, rows)
        moves = S @ inverse
        V += moves.T @ (moves if batch.w is None else moves * batch.w[rows, None])
    return factor * V


def split_row_scores(
    model: Model, theta: Vector, curvature: Curvature, *, leave_out: bool = False
) -> Iterator[tuple[slice, Floats]]:
    """Yield blocks of rows with the gradients (m, P) of their losses by phi.

    At weight 1, without the penalty. ``leave_out``: those at the weights of a fit without the row,
    after one step; for one score this is the gradient over 1 - leverage. They are nan in a row
    without which some weights are not determined.
    """
    family, batch, scaling = model.perceptron.family, read_observations(model), curvature.scaling
    for rows, eta, J in split_jacobian(model.perceptron, theta, batch.X, batch.offset):
        some = batch.pick(rows)
        _, delta = family.loss_and_delta(eta, some.Y, None)
        if leave_out:
            G, _ = _find_leverages(model, curvature, eta, J, some)
            if some.w is not None:
                G[some.w == 0.0] = 0.0
            alone = _find_alone(G)
            G[alone] = 0.0
            left: Floats = np.eye(G.shape[1]) - G
            delta = np.asarray(np.linalg.solve(left, delta[:, :, None])[:, :, 0], np.float64)
            delta[alone] = np.nan
        S = np.einsum("nk,nkp->np", delta, J)
        yield rows, scaling.gradient_to_scaled(S) / scaling.loss_scale


def compute_row_scores(model: Model, theta: Vector, curvature: Curvature) -> Floats:
    """Gradient of each row's loss by phi, (n, P), at weight 1, without the penalty."""
    n, P = len(model.batch.X), theta.size
    what = f"scores of {pluralize(n, 'row')} by {pluralize(P, 'weight')}"
    check_memory(what, n * P, "Take fewer hidden units")
    return np.concatenate([S for _, S in split_row_scores(model, theta, curvature)])


def compute_leverage(model: Model, theta: Vector, curvature: Curvature) -> Vector:
    """Leverage of each row (n,), at weight 1: ``trace(V J (F + penalty)^-1 J')``.

    By the Fisher information, so that it is within 0 and 1 for whole weights and a single score.
    """
    parts = [np.einsum("nkk->n", G) for G, _ in _split_leverages(model, theta, curvature)]
    return np.concatenate(parts)


def compute_output_leverages(model: Model, theta: Vector, curvature: Curvature) -> Floats:
    """Share of the variance of each output that the fit takes up in each row, (n, K), at weight 1.

    The diagonal of ``V J (F + penalty)^-1 J' V`` over that of V: for one score the leverage.
    """
    parts = []
    for G, V in _split_leverages(model, theta, curvature):
        taken, all_of_it = np.einsum("nkl,nlk->nk", G, V), np.einsum("nkk->nk", V)
        parts.append(np.divide(taken, all_of_it, np.zeros_like(taken), where=all_of_it > 0.0))
    return np.concatenate(parts)


def _split_leverages(
    model: Model, theta: Vector, curvature: Curvature
) -> Iterator[tuple[Floats, Floats]]:
    """Yield leverages and variances of the scores of blocks of rows, see `_find_leverages`."""
    batch = read_observations(model)
    for rows, eta, J in split_jacobian(model.perceptron, theta, batch.X, batch.offset):
        yield _find_leverages(model, curvature, eta, J, batch.pick(rows))


def _find_leverages(
    model: Model, curvature: Curvature, eta: Floats, J: Floats, batch: Batch
) -> tuple[Floats, Floats]:
    """Leverages and variances V of the scores of some rows, (m, K, K) each, at weight 1.

    The leverage of each score on each other is ``V J (F + penalty)^-1 J'``.
    """
    J = curvature.scaling.gradient_to_scaled(J)
    V = find_variances(model.perceptron.family, eta, batch._replace(w=None))
    G: Floats = V @ (J @ curvature.expected_inverse @ J.swapaxes(1, 2))
    return G / curvature.scaling.loss_scale, V


def _find_alone(G: Floats) -> NDArray[np.bool_]:
    """Mask of the rows that are fitted by themselves alone, whatever their response."""
    # The trace is no less than the largest eigenvalue.
    alone: NDArray[np.bool_] = np.einsum("nkk->n", G) > 1.0 - ROUNDING
    for each in np.flatnonzero(alone):
        alone[each] = np.linalg.eigvals(G[each]).real.max() > 1.0 - ROUNDING
    return alone


def _check_determined(model: Model, S: Floats, rows: slice) -> None:
    """Raise ValueError where the scores of a row without it are not determined."""
    alone = np.flatnonzero(np.isnan(S).any(axis=1))
    if alone.size:
        row = cut(model.rows.labels.index[rows.start + alone[0]])
        raise ValueError(
            f"kind='HC3' leaves out one row at a time, and without row {row} some weights are "
            "not determined (its leverage is 1 or more): take kind='HC1'"
        )


def to_raw_covariance(curvature: Curvature, V: Floats) -> Floats:
    """Covariance (P, P) of theta from that of phi."""
    to_raw: Any = curvature.scaling.direction_to_raw
    return np.asarray(to_raw(to_raw(V).T))


def _find_factor(kind: str, n: float, edf: float, groups: Codes | None, correction: bool) -> float:
    """Correction for small samples."""
    if kind != "HC1" and (groups is None or not correction):
        return 1.0
    if not n - edf > ROUNDING * n:
        instead = "kind='HC0'" if groups is None else "correction=False"
        raise ValueError(
            f"kind={kind!r} divides by the residual degrees of freedom, and {n:g} rows leave none "
            f"to {edf:.1f} effective parameters: take {instead}, fewer units or more decay"
        )
    if groups is None:
        return n / (n - edf)
    G = int(groups.max()) + 1
    return G / (G - 1.0) * (n - 1.0) / (n - edf)


def _sum_by_group(model: Model, theta: Vector, curvature: Curvature, groups: Codes) -> Floats:
    """Sums of the weighted scores of each group, (G, P)."""
    w, G = read_observations(model).w, int(groups.max()) + 1
    what = f"scores of {pluralize(G, 'group')} by {pluralize(theta.size, 'weight')}"
    check_memory(what, G * theta.size, "Take fewer hidden units")
    totals = np.zeros((G, theta.size))
    for rows, S in split_row_scores(model, theta, curvature):
        np.add.at(totals, groups[rows], S if w is None else S * w[rows, None])
    return totals
