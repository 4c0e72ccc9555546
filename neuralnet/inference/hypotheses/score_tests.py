"""The score test of columns beside a fitted network: Rao's test, with the weights estimated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...perceptron import read_family, split_jacobian
from ..distributions import chi2_tail, f_tail
from ..fit.curvature import find_variances
from .refits import Specification

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Share of the largest singular value below which a direction is rounding error.
RANK_TOLERANCE = 1e-7


class HypothesisTest(NamedTuple):
    """A test.

    Attributes
    ----------
    statistic : float
        F, or chi-squared where the dispersion is known.
    df : int
        Degrees of freedom: the rank of what is tested.
    df_resid : float
        Those of the denominator of F; infinite for chi-squared.
    p_value : float
        nan where nothing is left to test, or no residual degree of freedom.
    """

    statistic: float
    df: int
    df_resid: float
    p_value: float


def find_contrasts(specification: Specification) -> NDArray[np.intp]:
    """Return the outputs that a column may enter: all, or all but the first where one is free."""
    perceptron = specification.perceptron
    first = int(read_family(perceptron.family).is_shift_invariant)
    return np.arange(first, perceptron.sizes[-1])


def run_score_test(specification: Specification, theta: Vector, Z: Floats) -> HypothesisTest:
    """Test whether columns Z (n, M), added to the scores of a fitted network, would be 0.

    Parameters
    ----------
    specification : Specification
        Of the smaller network.
    theta : (P,) array
        Its weights at the optimum.
    Z : (n, M) array
        Each column may enter each score; with softmax all scores but the first.

    Notes
    -----
    Let J (n K, P) be the Jacobian of the scores, V the variance of the response. With ``Z* = Z - J
    (J' V J)^+ J' V Z``, what of Z the network cannot imitate by a small change of its weights, the
    statistic is ``U' (Z*' V Z*)^+ U`` with ``U = Z*' (y - mu)``, chi-squared with ``rank(Z*)``
    degrees of freedom. For a gaussian response this is the sum of squares that Z explains of the
    residuals beside J, and its F statistic is that of a regression on both. By U, instead of ``Z'
    (y - mu)``, a penalty does not bias the test: it leaves a gradient along J. Ranks are those of
    a triangular matrix, from columns of equal length, so that no weight has to be identified.

    Source: Rao (1948), Proceedings of the Cambridge Philosophical Society 44; Neyman (1959),
    C(alpha) tests; White (1989) for hidden units. Size and power for networks: the benchmark
    ``tests/benchmarks/sizes.py``.
    """
    R, S, squares = _accumulate(specification, theta, Z)
    explained, statistic, ranks = _project(R, S, int(specification.free.sum()))
    if not read_family(specification.perceptron.family).has_dispersion:
        return make_chi2_test(statistic, ranks[1])
    df_resid = specification.batch.weight - ranks[0] - ranks[1]
    return make_f_test(statistic, ranks[1], squares - explained - statistic, df_resid)


def make_chi2_test(statistic: float, df: int) -> HypothesisTest:
    """Return the chi-squared test of a statistic."""
    if not df:
        return HypothesisTest(np.nan, 0, np.inf, np.nan)
    return HypothesisTest(statistic, df, np.inf, chi2_tail(statistic, df))


def make_f_test(explained: float, df: int, residual: float, df_resid: float) -> HypothesisTest:
    """Return the F test of an explained sum of squares against a residual one."""
    if not df or df_resid <= 0.0:
        return HypothesisTest(np.nan, df, max(df_resid, 0.0), np.nan)
    if residual <= 0.0:
        return HypothesisTest(np.inf, df, df_resid, 0.0)
    F = (explained / df) / (residual / df_resid)
    return HypothesisTest(F, df, df_resid, f_tail(F, df, df_resid))


def _accumulate(
    specification: Specification, theta: Vector, Z: Floats
) -> tuple[Floats, Vector, float]:
    """Sum over blocks of rows.

    Returns
    -------
    R : array
        Triangular, with ``R' R = A' V A`` for ``A = [J, Z]``.
    S : array
        ``A' (y - mu)``.
    squares : float
        ``sum(w (y - mu)**2)``.
    """
    perceptron, batch = specification.perceptron, specification.batch
    outputs = find_contrasts(specification)
    K, P, M = perceptron.sizes[-1], int(specification.free.sum()), Z.shape[1]
    q = P + M * len(outputs)
    R, S, squares = np.zeros((0, q)), np.zeros(q), 0.0
    for rows, eta, J in _split(specification, theta):
        A = np.zeros((len(eta), K, q))
        A[:, :, :P] = J
        for place, k in enumerate(outputs):
            A[:, k, P + place * M : P + (place + 1) * M] = Z[rows]
        some = batch.pick(rows)
        V = find_variances(perceptron.family, eta, some)
        _, delta = perceptron.family.loss_and_delta(eta, some.Y, some.w)
        stacked = np.concatenate([R, (take_root(V) @ A).reshape(-1, q)])
        R = np.asarray(np.linalg.qr(stacked, mode="r"), dtype=np.float64)
        S -= np.einsum("nk,nkq->q", delta, A)
        w = 1.0 if some.w is None else np.where(some.w > 0.0, some.w, 1.0)[:, None]
        squares += float((delta**2 / w).sum())
    return R, S, squares


def _split(specification: Specification, theta: Vector) -> Iterator[tuple[slice, Floats, Floats]]:
    """Yield blocks of rows with scores and Jacobian, in standardized coordinates.

    A network without weights is one block.
    """
    perceptron, batch = specification.perceptron, specification.batch
    if perceptron.n_parameters:
        scaling = specification.standard
        for rows, eta, J in split_jacobian(perceptron, theta, batch.X, batch.offset):
            yield rows, eta, scaling.gradient_to_scaled(J)[..., specification.free]
    else:
        n, K = len(batch.X), perceptron.sizes[-1]
        eta = np.zeros((n, K)) if batch.offset is None else batch.offset
        yield slice(0, n), eta, np.zeros((n, K, 0))


def take_root(V: Floats) -> Floats:
    """Return symmetric square roots of variance matrices (n, K, K)."""
    if V.shape[1] == 1:
        return np.sqrt(V)
    values, axes = np.linalg.eigh(V)
    # The root of a rounding error would be no rounding error.
    roots = np.sqrt(np.where(values > 1e-13 * values[:, -1:], values, 0.0))
    return np.asarray((axes * roots[:, None, :]) @ np.swapaxes(axes, 1, 2))


def _project(R: Floats, S: Vector, P: int) -> tuple[float, float, tuple[int, int]]:
    """Squared scores along the first P columns, and along the others beside them, with ranks."""
    sizes = np.linalg.norm(R, axis=0)
    # A saturated unit moves no score: what is left of its derivatives is rounding error.
    for part in (slice(P), slice(P, None)):
        sizes[part][sizes[part] <= RANK_TOLERANCE * sizes[part].max(initial=0.0)] = np.inf
    R, S = R / sizes, S / sizes
    U, s, along = np.linalg.svd(R[:, :P], full_matrices=False)
    clear = s > RANK_TOLERANCE * s.max(initial=0.0)
    U, first = U[:, clear], (along[clear] @ S[:P]) / s[clear]
    C = U.T @ R[:, P:]
    rest = R[:, P:] - U @ C
    rest -= U @ (U.T @ rest)
    _, s, along = np.linalg.svd(rest, full_matrices=False)
    # Columns had length 1 before the projection.
    clear_rest = s > RANK_TOLERANCE
    second = (along[clear_rest] @ (S[P:] - C.T @ first)) / s[clear_rest]
    return float(first @ first), float(second @ second), (int(clear.sum()), int(clear_rest.sum()))
