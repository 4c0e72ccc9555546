"""Conformal prediction intervals by cross-validation: CV+ of Barber and others.

Each row has an absolute residual from a fit to the other folds. The interval of a new row is made
of its predictions by these fits, less and plus the residuals of the rows that each left out.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from math import ceil, floor, inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import pluralize
from ...model import Model
from ...perceptron import split_rows
from ...training import StageReporter, WorkerPool
from ..resampling.resamples import Resamples, prepare
from ..resampling.row_draws import RowDraws
from ..weights.covariance import read_observations

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

N_FOLDS = 10
# Random starts of each fit, the lowest of which is kept.
N_STARTS = 4
_SEED = 1
# Numbers of a block of new rows by training rows.
_BLOCK = 1_000_000
# Rank that may be lost by the rounding of 1 - level.
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class FoldFits:
    """Fits that leave out one fold each, and the residuals of the rows that they left out.

    Attributes
    ----------
    model : Model
    thetas : list of (P,) arrays
        The weights of the fit without each fold.
    fold : (n,) array
        The fold of each training row.
    residuals : (n, K) array
        Absolute, on the scale on which the family has a constant variance.
    w : (n,) array
        Case weights: a weight of 2 counts a row twice.
    """

    model: Model
    thetas: list[Vector]
    fold: NDArray[np.intp]
    residuals: Floats
    w: Vector

    def predict(self, X: Floats, offset: Floats | None, rank: int) -> tuple[Floats, Floats]:
        """Lower and upper bounds (m, K) of the responses of new rows.

        The smallest but ``rank - 1`` of the differences ``prediction - residual`` of all n training
        rows, and the largest but ``rank - 1`` of the sums, each with the prediction by the fit that
        left the row of the residual out.
        """
        n, family = float(self.w.sum()), self.model.perceptron.family
        centers = [_stabilize_means(self.model, theta, X, offset) for theta in self.thetas]
        lower, upper = (np.empty_like(centers[0]) for _ in range(2))
        counted = self.w > 0.0
        fold, w = self.fold[counted], self.w[counted]
        for k, R in enumerate(self.residuals[counted].T):
            stacked = np.column_stack([each[:, k] for each in centers])
            for rows in split_rows(len(X), max(1, _BLOCK // len(R))):
                around = stacked[rows][:, fold]
                lower[rows, k] = _pick_rank(around - R, w, rank)
                upper[rows, k] = _pick_rank(around + R, w, n + 1.0 - rank)
        restore: Any = family.destabilize  # type: ignore[attr-defined]
        return restore(lower), restore(upper)


def find_rank(model: Model, level: float) -> int:
    """Find the rank ``floor((1 - level) (n + 1))`` of the bounds, for n training rows.

    Raises
    ------
    ValueError
        If there are too few rows for the level.
    """
    n = model.batch.weight
    rank = floor((1.0 - level) * (n + 1.0) + _ROUNDING)
    if rank < 1 or n < 2.0:
        least = max(2, ceil(1.0 / (1.0 - level) - 1.0 - _ROUNDING))
        raise ValueError(
            f"a conformal interval at level={level:g} needs at least {least} training rows, and "
            f"there are {n:g}: take a lower level, or method='delta'"
        )
    return rank


def _pick_rank(values: Floats, w: Vector, rank: float) -> Vector:
    """The number of each row of values (m, n) up to which weights sum to a rank."""
    if (w == 1.0).all():
        place = int(rank) - 1
        return np.partition(values, place, axis=1)[:, place]
    order = np.argsort(values, axis=1, kind="stable")
    sums = w[order].cumsum(axis=1)
    # A sum of weights that are fractions may be rounded down; the last reaches every rank.
    reached = sums >= rank * (1.0 - _ROUNDING)
    reached[:, -1] = True
    chosen = np.take_along_axis(order, reached.argmax(axis=1)[:, None], axis=1)
    return np.take_along_axis(values, chosen, axis=1)[:, 0]


def fit_folds(model: Model) -> FoldFits:
    """Fit a model without each of 10 folds, at the decay that is kept, each from 4 random starts.

    The columns of X and their standardization are those of all rows.

    Source: R. F. Barber, E. J. Candes, A. Ramdas, R. J. Tibshirani (2021). Predictive inference
    with the jackknife+. Annals of Statistics 49, 486-507, section 3.
    """
    batch, generator = read_observations(model), np.random.default_rng(_SEED)
    w = np.ones(len(batch.X)) if batch.w is None else batch.w
    folds = np.zeros(len(w), dtype=np.intp)
    counted = np.flatnonzero(w > 0.0)
    folds[generator.permutation(counted)] = np.arange(len(counted)) % N_FOLDS
    resamples = prepare(model, RowDraws(w), None)
    weights = [np.where(folds == number, 0.0, w) for number in range(folds.max() + 1)]
    thetas = _fit_without(resamples, weights)
    family: Any = model.perceptron.family
    y = family.stabilize(family.observed_means(model.batch.Y, model.perceptron.sizes[-1]))
    residuals = np.zeros(y.shape)
    for number, theta in enumerate(thetas):
        held = folds == number
        offset = None if batch.offset is None else batch.offset[held]
        residuals[held] = np.abs(y[held] - _stabilize_means(model, theta, batch.X[held], offset))
    return FoldFits(model, thetas, folds, residuals, w)


def _fit_without(resamples: Resamples, weights: list[Vector]) -> list[Vector]:
    """Fit to the rows with each of some case weights (n,)."""
    n, objective = len(weights), resamples.objective
    tasks = list(zip(weights, np.random.SeedSequence(_SEED).spawn(n), strict=True))
    grain, found = objective.n_rows * objective.perceptron.n_parameters, []
    with WorkerPool(resamples, alone=False) as pool, StageReporter(n, lines=False) as stages:
        stages.begin(f"Fitting without {pluralize(n, 'fold')}", n)
        with closing(pool.map(_fit_best, tasks, grain)) as results:
            for theta in results:
                found.append(theta)
                stages.advance(1)
    return found


def _fit_best(resamples: Resamples, task: tuple[Vector, np.random.SeedSequence]) -> Vector:
    """Fit to rows with some case weights from several starts; return the lowest."""
    objective, generator = resamples.weigh(task[0]), np.random.default_rng(task[1])
    found: list[tuple[float, int, Vector]] = []
    for number in range(N_STARTS if objective.perceptron.activations else 1):
        theta, _ = resamples.minimize(objective, resamples.draw_start(objective.batch, generator))
        value = objective(objective.scaling.from_raw(theta))[0]
        found.append((value if isfinite(value) else inf, number, theta))
    return min(found)[2]


def _stabilize_means(model: Model, theta: Vector, X: Floats, offset: Floats | None) -> Floats:
    family: Any = model.perceptron.family
    return np.asarray(family.stabilize(model.map_scores(family.mean, theta, X, offset)))
