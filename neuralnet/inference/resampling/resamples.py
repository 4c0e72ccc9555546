"""Refits to resamples: one penalized loss, minimized for other weights of its rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...design import find_coded
from ...errors import ignore_overflow
from ...model import Model
from ...optimizers import LBFGS, Newton, Rprop, minimize
from ...perceptron import (
    SMALL_PRODUCT,
    Batch,
    Objective,
    Scaled,
    draw_weights,
    limit_blas_threads,
    read_activation,
)
from ...training import condition_objective
from ..weights.covariance import read_observations
from .row_draws import RowDraws

Vector = NDArray[np.float64]
Optimizer = Newton | LBFGS | Rprop

# Weights up to which Newton's method is faster than L-BFGS.
_MOST_NEWTON = 200
# Steps of each optimizer in which it converges, or not at all.
_MOST_STEPS = {Newton: 200, LBFGS: 2_000, Rprop: 5_000}
# Share of the loss of an intercept alone that L-BFGS, which converges slowly, may leave: about a
# hundredth of a standard error.
_TOLERANCE = 1e-8
# At kinks a fit is at rest after so many steps in a row that change the penalized loss by no more
# than this share.
_SMALL_SHARE, _SMALL_STEPS = 1e-8, 10


class Resample(NamedTuple):
    """A refit to a resample.

    Attributes
    ----------
    theta : (P,) array
        Raw weights; nan where the refit has none.
    converged : bool
    lacks : bool
        Whether some class, or some level of a column, has no row in the resample.
    """

    theta: Vector
    converged: bool
    lacks: bool


@dataclass(frozen=True, eq=False)
class Resamples:
    """The refits of a network to rows that are drawn again.

    Attributes
    ----------
    draws : RowDraws
    objective : Objective
        The penalized loss of all rows, without their case weights.
    optimizer : Newton, LBFGS or Rprop
    is_smooth : bool
        Whether the penalized loss has no kinks.
    class_w : (n,) array or None
        The class weight of each row.
    codes : tuple of (n,) arrays
        Codes of the classes, and of the levels of each column that has levels.
    intercept : int or None
        Position of the intercept among the columns of X.
    start : (P,) array or None
        Raw weights that refits start from; None: from new random ones.
    """

    draws: RowDraws
    objective: Objective
    optimizer: Optimizer
    is_smooth: bool
    class_w: Vector | None
    codes: tuple[NDArray[np.integer[Any]], ...]
    intercept: int | None
    start: Vector | None

    def fit(self, seed: np.random.SeedSequence) -> Resample:
        """Draw a resample by a seed of its own, and fit it.

        A random start is Glorot's in standardized coordinates. Without hidden units, where the loss
        is convex, it is at weights of 0.
        """
        generator = np.random.default_rng(seed)
        w = self.draws.draw(generator)
        rows = w > 0.0
        if not rows.any():
            return Resample(np.full(self.objective.perceptron.n_parameters, np.nan), False, True)
        lacks = any(len(np.unique(each[rows])) < each.max() + 1 for each in self.codes)
        objective = self.weigh(w)
        start = self.draw_start(objective.batch, generator)
        theta, converged = self.minimize(objective, start)
        return Resample(theta, converged and bool(np.isfinite(theta).all()), lacks)

    def weigh(self, w: Vector) -> Objective:
        """Return the penalized loss of the rows with these weights (n,)."""
        rows = w > 0.0
        total = w if self.class_w is None else w * self.class_w
        # Contiguous, so that another process, in which arrays lie differently, has the same bits.
        parts = [
            None if each is None else np.ascontiguousarray(each[rows])
            for each in self.objective.batch._replace(w=total)
        ]
        return replace(self.objective, batches=(Batch(*parts),))  # type: ignore[arg-type]

    def minimize(self, objective: Objective, phi: Vector) -> tuple[Vector, bool]:
        """Minimize from phi; return raw weights, and whether the optimizer came to rest."""
        largest = max(SMALL_PRODUCT, objective.n_rows * max(map(prod, objective.perceptron.shapes)))
        with ignore_overflow():
            run = partial(self._minimize, objective, phi)
            phi, converged = limit_blas_threads(largest, run)
            return objective.scaling.to_raw(phi), converged

    def _minimize(self, objective: Objective, phi: Vector) -> tuple[Vector, bool]:
        if not self.is_smooth:
            return _descend(objective, phi, self.optimizer)
        most = _MOST_STEPS[type(self.optimizer)]
        phi, _, stop = minimize(objective, phi, self.optimizer, most)  # type: ignore[arg-type]
        return phi, stop is not None and stop.converged

    def draw_start(self, batch: Batch, generator: np.random.Generator) -> Vector:
        """Draw a start in the coordinates of the objective, for a resample; see `fit`."""
        perceptron = self.objective.perceptron
        if not perceptron.activations:
            return np.zeros(perceptron.n_parameters)
        if self.start is not None:
            return self.objective.scaling.from_raw(self.start)
        drawn = draw_weights("glorot", perceptron.shapes, self.intercept, generator)
        # A level without a row is predicted as the reference level.
        empty: NDArray[np.bool_] = np.logical_not(batch.X.any(axis=0))
        drawn[0][empty] = 0.0
        if perceptron.skip:
            drawn[-1][-len(perceptron.skip) :][empty[list(perceptron.skip)]] = 0.0
        return perceptron.flatten(drawn)


def _descend(objective: Objective, phi: Vector, optimizer: Any) -> tuple[Vector, bool]:
    """Minimize a loss with kinks, at which no criterion of convergence holds.

    It has converged once the loss hardly changes, or no step lowers it.
    """
    state, before, small = optimizer.init(phi), np.inf, 0
    for _ in range(_MOST_STEPS[type(optimizer)]):
        phi, state, value = optimizer.step(objective, phi, state)
        small = small + 1 if abs(before - value) <= _SMALL_SHARE * abs(value) else 0
        if small == _SMALL_STEPS or optimizer.check_convergence(state, value) is not None:
            return phi, True
        before = value
    return phi, False


def prepare(model: Model, draws: RowDraws, start: Vector | None) -> Resamples:
    """Prepare the refits of a model, from given weights, or from random ones where there are none.

    Columns, their standardization and the penalty are those of the fit.
    """
    observed = read_observations(model)
    # A row without weight is never drawn.
    objective = Objective(model.perceptron, (observed,), model.penalty, model.scaling)
    if isinstance(model.scaling, Scaled) or not np.any(model.penalty.l1_weight):
        objective = condition_objective(model, objective, observed)
    bare = objective.batch._replace(w=None)
    return Resamples(
        draws,
        replace(objective, batches=(bare,)),
        *_choose_optimizer(model),
        model.apply_class_weights(bare).w,
        tuple(_find_codes(model)),
        model.design.terms.intercept,
        start,
    )


def _choose_optimizer(model: Model) -> tuple[Optimizer, bool]:
    """Choose an optimizer, and say whether the penalized loss has no kinks."""
    if np.any(model.penalty.l1_weight):
        return Rprop(), False
    activations, P = model.perceptron.activations, model.perceptron.n_parameters
    smooth = not any(read_activation(each).kinked for each in activations)
    if smooth and P <= _MOST_NEWTON and all(hasattr(each, "curvature") for each in activations):
        return Newton(), True
    return LBFGS(tolerance=_TOLERANCE), smooth


def _find_codes(model: Model) -> list[NDArray[np.integer[Any]]]:
    """Codes of the classes, and of the levels of each column, that have rows."""
    frame, variables = model.model_frame.frame, model.design.variables
    coded = find_coded(model.design.formula)
    columns = [frame[name] for name, each in variables.items() if each.levels or name in coded]
    codes = [each.astype("category").cat.codes.to_numpy() for each in columns]
    if model.labels.classes:
        codes.append(model.batch.Y.reshape(len(frame), -1)[:, 0].astype(np.intp))
    counted = slice(None) if model.batch.w is None else model.batch.w > 0.0
    found: list[NDArray[np.integer[Any]]] = []
    for each in codes:
        present = np.unique(each[counted])
        found.append(np.minimum(np.searchsorted(present, each), len(present) - 1))
    return found
