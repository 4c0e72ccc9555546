"""Refits on arrays: a network of some columns of X, or its GLM, fitted by Newton's method.

Tests fit smaller networks and new responses many times. Here a network is its arrays and options
alone, without formula, table and history.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...model import Model, evaluate_intercept
from ...optimizers import Newton, minimize
from ...perceptron import (
    Batch,
    Objective,
    Penalty,
    Perceptron,
    Scaled,
    Unscaled,
    draw_weights,
    expand_decay,
    fit_scaling,
    standardize_objective,
)

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Newton's method converges in far fewer steps, or not at all.
_MOST_STEPS = 200
# Share of a column's size that may be rounding error.
_ROUNDING = 1e-8


class Refit(NamedTuple):
    """The lowest of several fits.

    Attributes
    ----------
    theta : (P,) array
        Raw weights.
    value : float
        Penalized loss, in the units of the raw loss.
    loss : float
        Loss without the penalty.
    """

    theta: Vector
    value: float
    loss: float

    @property
    def deviance(self) -> float:
        """Twice the loss."""
        return 2.0 * self.loss


@dataclass(frozen=True, eq=False)
class Specification:
    """A network to fit: its layers, its rows and its penalty.

    Attributes
    ----------
    perceptron : Perceptron
    batch : Batch
    intercept : int or None
        Position of the intercept among the columns of X.
    is_numeric : (D,) mask
        Columns that are standardized.
    decays : float or tuple
        One decay for all weights, or one for each matrix.
    factor : (D,) array or None
        Factors of the decay of each column.
    scale : bool
        Whether the penalty is on the weights of standardized columns.
    penalize_bias : bool
        Whether the intercept and the biases are penalized too.
    penalize_skip : bool
        Whether the weights from columns straight to the outputs are, and the outputs' biases.
    """

    perceptron: Perceptron
    batch: Batch
    intercept: int | None
    is_numeric: NDArray[np.bool_]
    decays: float | tuple[float, ...] = 0.0
    factor: Vector | None = None
    scale: bool = True
    penalize_bias: bool = True
    penalize_skip: bool = True

    @property
    def is_glm(self) -> bool:
        """True without a hidden layer and without a penalty."""
        return not (self.perceptron.activations or self.penalty)

    @cached_property
    def standard(self) -> Scaled:
        """Coordinates of standardized columns and a standardized numeric response."""
        perceptron, batch = self.perceptron, self.batch
        targets = perceptron.family.scalable_response(batch.Y)
        if targets is not None and batch.offset is not None:
            targets = targets - batch.offset
        return fit_scaling(
            perceptron.shapes,
            batch.X,
            targets,
            self.is_numeric,
            self.intercept,
            batch.w,
            perceptron.skip,
        )

    @cached_property
    def penalty(self) -> Penalty:
        """The penalty on weights."""
        perceptron = self.perceptron
        decay = expand_decay(
            self.decays,
            perceptron.shapes,
            unpenalized=[] if self.penalize_bias else self._biases,
            factor=self.factor,
            skip=perceptron.skip,
        )
        if not self.penalize_skip:
            decay = np.array(np.broadcast_to(decay, perceptron.n_parameters))
            last = perceptron.unflatten(decay)[-1]
            last[0] = last[len(last) - len(perceptron.skip) :] = 0.0
        return Penalty(decay)

    @property
    def free(self) -> NDArray[np.bool_]:
        """Mask of the weights (P,) that are fitted; others are 0."""
        return np.ones(self.perceptron.n_parameters, dtype=bool)

    @property
    def _biases(self) -> list[int | None]:
        return [self.intercept, *[0] * (len(self.perceptron.shapes) - 1)]

    @cached_property
    def objective(self) -> Objective:
        """The penalized loss, in standardized columns."""
        scaling = self.standard if self.scale else Unscaled()
        objective = Objective(self.perceptron, (self.batch,), self.penalty, scaling)
        family, batch, K = self.perceptron.family, self.batch, self.perceptron.sizes[-1]
        eta = family.link(family.mean_response(batch.Y, batch.w, K))
        reference = evaluate_intercept(self.perceptron, batch, eta)
        return standardize_objective(objective, self.standard, batch, reference or None)

    def without(self, columns: NDArray[np.intp], keep_constant: bool = True) -> Specification:
        """Return the same network without some columns of X.

        With ``keep_constant`` a constant that only these columns gave is added. A network with no
        other column than a constant has no hidden layer and no penalty.
        """
        perceptron, X = self.perceptron, self.batch.X
        kept = np.setdiff1d(np.arange(X.shape[1]), columns)
        intercept = None if self.intercept is None else int(np.searchsorted(kept, self.intercept))
        X, is_numeric, factor = X[:, kept], self.is_numeric[kept], self.factor
        factor = None if factor is None else factor[kept]
        if keep_constant and spans_constant(self.batch) and not spans_constant(self.batch, kept):
            X = np.insert(X, 0, 1.0, axis=1)
            is_numeric, intercept = np.insert(is_numeric, 0, False), 0
            factor = None if factor is None else np.insert(factor, 0, 1.0)
        skip = [place for place in range(X.shape[1]) if place != intercept]
        smaller = replace(
            self,
            perceptron=replace(
                perceptron,
                sizes=(X.shape[1], *perceptron.sizes[1:]),
                skip=tuple(skip) if perceptron.skip else (),
            ),
            batch=self.batch._replace(X=np.ascontiguousarray(X)),
            intercept=intercept,
            is_numeric=is_numeric,
            factor=factor,
        )
        is_constant = X.shape[1] == (intercept is not None)
        return smaller.as_glm() if is_constant and perceptron.activations else smaller

    def as_glm(self) -> Specification:
        """Return the GLM of the same columns, without a penalty.

        Its constant is the intercept, or that of the hidden layer's network, which has biases.
        """
        perceptron, batch = self.perceptron, self.batch
        intercept, is_numeric = self.intercept, self.is_numeric
        if perceptron.activations and not spans_constant(batch):
            batch = batch._replace(X=np.insert(batch.X, 0, 1.0, axis=1))
            is_numeric, intercept = np.insert(is_numeric, 0, False), 0
        sizes = (batch.X.shape[1], perceptron.sizes[-1])
        bare = Perceptron(sizes, (), perceptron.family)
        return Specification(bare, batch, intercept, is_numeric)

    def with_skip(self) -> Specification:
        """Return the network with columns straight to the outputs, which have no penalty there."""
        columns = np.arange(self.perceptron.sizes[0])
        skip = tuple(int(each) for each in columns[columns != self.intercept])
        perceptron = replace(self.perceptron, skip=skip)
        return replace(self, perceptron=perceptron, penalize_skip=False)

    def with_response(self, Y: NDArray[Any]) -> Specification:
        """Return the same network for another response."""
        return replace(self, batch=self.batch._replace(Y=Y))

    def fit(self, starts: int, generator: np.random.Generator) -> Refit:
        """Fit from random starts, and return the fit of the lowest penalized loss.

        Starts are Glorot's (`draw_weights`) in standardized coordinates. A loss that is convex
        needs one start, at weights of 0.
        """
        P, shapes = self.perceptron.n_parameters, self.perceptron.shapes
        if not P:
            return self._evaluate_offset()
        objective, best = self.objective, (inf, np.zeros(0))
        for _ in range(starts if self.perceptron.activations else 1):
            phi = np.zeros(int(self.free.sum()))
            if self.perceptron.activations:
                drawn = draw_weights("glorot", shapes, self.intercept, generator)
                # A level without a row is predicted as the reference level.
                drawn[0][~self.batch.X.any(axis=0)] = 0.0
                phi = self.perceptron.flatten(drawn)[self.free]
            phi, *_ = minimize(objective, phi, Newton(), _MOST_STEPS)
            value, _ = objective(phi)
            if value < best[0] or not best[1].size:
                best = value, phi
        value, phi = best
        theta = objective.scaling.to_raw(phi)
        return Refit(theta, value * objective.scaling.loss_scale, objective.evaluate(phi).loss)

    def _evaluate_offset(self) -> Refit:
        """The fit of a model without weights: its scores are the offset alone."""
        batch = self.batch
        eta = np.zeros((len(batch.X), self.perceptron.sizes[-1]))
        eta = eta if batch.offset is None else batch.offset
        loss, _ = self.perceptron.family.loss_and_delta(eta, batch.Y, batch.w)
        return Refit(np.zeros(0), loss, loss)


def specify(model: Model) -> Specification:
    """Return the specification of a model."""
    used, terms = model.used, model.design.terms
    return Specification(
        model.perceptron,
        model.batch,
        terms.intercept,
        terms.is_numeric,
        used.decays,
        model.penalty_factor,
        bool(used.scale),
        used.penalize_bias is not False,
    )


def spans_constant(batch: Batch, columns: NDArray[np.intp] | None = None) -> bool:
    """True if a constant is a linear combination of some columns of X."""
    return spans(batch, np.ones((len(batch.X), 1)), columns)


def spans(batch: Batch, Z: Floats, columns: NDArray[np.intp] | None = None) -> bool:
    """True if all columns of Z are linear combinations of some columns of X, up to rounding."""
    rows = slice(None) if batch.w is None else batch.w > 0.0
    X, Z = batch.X[rows], Z[rows]
    X = X if columns is None else X[:, columns]
    if not X.shape[1]:
        return not Z.any()
    X = X / (np.linalg.norm(X, axis=0) + (X == 0.0).all(axis=0))
    rest = Z - X @ np.linalg.lstsq(X, Z, rcond=None)[0]
    return bool((np.linalg.norm(rest, axis=0) <= _ROUNDING * np.linalg.norm(Z, axis=0)).all())
