"""Model: a network without its weights: design, layers, labels of outputs and training rows.

A frozen record; its methods are pure functions of theta. A network from a file may have no training
rows; then everything works that does not need them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import prod
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..design import Design, ModelFrame, ModelMatrices, RowOptions
from ..errors import ignore_overflow
from ..perceptron import (
    SMALL_PRODUCT,
    Batch,
    NumpyEngine,
    Objective,
    Penalty,
    Perceptron,
    Scaled,
    Scaling,
    Sums,
    Unscaled,
    choose_block_rows,
    estimate_lipschitz,
    limit_blas_threads,
)
from .baseline import fit_intercept, measure_baseline
from .collinearity import Dependency, find_dependencies
from .engine import make_engine
from .initial_weights import draw_start, find_empty_columns
from .labels import Labels
from .penalty_factors import make_penalty
from .response_spreads import choose_units, measure_responses
from .settings import Settings
from .standardization import standardize
from .training_rows import TrainingRows, apply_class_weights, make_training_rows

Matrix = NDArray[np.float64]
T = TypeVar("T")

_NO_ROWS = (
    "this network was loaded without its training rows: NeuralNetwork.load(path, data=...) gives "
    "them back to it"
)


@dataclass(frozen=True, eq=False)
class Model:
    """A network without its weights.

    Attributes
    ----------
    design : Design
    perceptron : Perceptron
    labels : Labels
        Names of outputs and classes.
    given, used : Settings
        The user's settings, with None for those left open; and the settings in use.
    mixture : float
        The share of the L1 penalty.
    penalty_factor : (D,) array or None
        Factors of the decay for the weights of each column of X.
    scaling : Scaling
        The map from raw weights to those of the optimizer, the penalty and the initial weights.
    class_weights : (number of classes,) array or None
        Class weights.
    row_options : RowOptions
        How the training rows were selected and weighted.
    engine, dtype : str
        Name of the engine, and its precision.
    training : TrainingRows or None
        None if the network was loaded without its rows.
    trained_on : str
        The fingerprint of the training rows, if they are absent.
    response_spreads : tuple of float or None
        The standard deviation of each of several numeric responses in the first training rows that
        the model was given: folds have those of the whole table.
    """

    design: Design
    perceptron: Perceptron
    labels: Labels
    given: Settings
    used: Settings
    mixture: float
    penalty_factor: Matrix | None
    scaling: Scaling
    class_weights: Matrix | None
    row_options: RowOptions
    engine: str = "numpy"
    dtype: str = "float64"
    training: TrainingRows | None = None
    trained_on: str = ""
    response_spreads: tuple[float, ...] | None = None

    @property
    def fingerprint(self) -> str:
        """Digest that identifies the training rows."""
        return self.trained_on if self.training is None else self.training.fingerprint

    @property
    def rows(self) -> ModelMatrices:
        """X, the response, its labels and the index of the training rows."""
        return self._trained.rows

    @property
    def model_frame(self) -> ModelFrame:
        """The columns that the formula uses, in the training rows."""
        return self._trained.model_frame

    @property
    def batch(self) -> Batch:
        """The training rows as arrays for the perceptron."""
        return self._trained.batch

    @property
    def objective(self) -> Objective:
        """The penalized loss of the training rows."""
        return self._trained.objective

    @property
    def grain(self) -> int:
        """Rows of a block times weights: the size of one uninterrupted computation."""
        rows = min(len(self.batch.X), choose_block_rows(self.perceptron.sizes))
        return rows * self.perceptron.n_parameters

    def compute(self, work: Callable[[], T], n: int | None = None, hessian: bool = False) -> T:
        """Call ``work()``, a pass over n rows, with the fastest number of BLAS threads.

        NumPy does not warn of overflow in it, as all training and evaluation reports a loss that
        is not finite.

        ``n=None``: a pass over the training rows. ``hessian``: it may compute second derivatives
        too, whose matrix products are larger.
        """
        rows = min(len(self.batch.X) if n is None else n, choose_block_rows(self.perceptron.sizes))
        largest = rows * max(map(prod, self.perceptron.shapes))
        with ignore_overflow():
            return limit_blas_threads(max(largest, SMALL_PRODUCT) if hessian else largest, work)

    @property
    def _trained(self) -> TrainingRows:
        if self.training is None:
            raise ValueError(_NO_ROWS)
        return self.training

    def with_rows(self, rows: ModelMatrices, model_frame: ModelFrame) -> Model:
        """Return the model with other training rows, whose arrays it makes read-only."""
        engine = make_engine(self.engine, self.dtype, self.perceptron)
        objective = Objective(self.perceptron, (), self.penalty, self.scaling, engine=engine)
        training = make_training_rows(rows, model_frame, objective, self.class_weights)
        # As class weights, kept in folds: only so the losses of folds are in the same units.
        spreads = self.response_spreads or measure_responses(self.perceptron, training.batch)
        return replace(self, training=training, response_spreads=spreads)

    def configure(self, **changes: Any) -> Model:
        """Return the model with other `settings`; rows and engine are shared.

        Raises
        ------
        ValueError
            If columns are to be standardized and there are no rows.
        """
        used = replace(self.used, **changes)
        same = used.scale == self.used.scale
        perceptron, scaling = self.perceptron, self.scaling
        if not same:
            perceptron = choose_units(perceptron, self.response_spreads if used.scale else None)
            bare = self if perceptron is self.perceptron else replace(self, perceptron=perceptron)
            scaling = bare.standard if used.scale else Unscaled()
        model = replace(self, used=used, perceptron=perceptron, scaling=scaling)
        if self.training is not None:
            training = self.training.configure(perceptron, model.penalty, scaling)
            model = replace(model, training=training)
        # Values that depend on the rows alone are not computed again.
        of_scale = ["lipschitz"] if same else []
        of_loss = ["standard", "baseline"] if perceptron is self.perceptron else []
        kept = ["intercept", "empty_columns", *of_loss, *of_scale]
        vars(model).update({name: vars(self)[name] for name in kept if name in vars(self)})
        return model

    @cached_property
    def penalty(self) -> Penalty:
        """The penalty on the weights in the coordinates of the optimizer."""
        factor, intercept = self.penalty_factor, self.design.terms.intercept
        return make_penalty(self.used, self.perceptron, intercept, factor, self.mixture)

    def penalize(self, theta: Matrix) -> float:
        """Compute the penalty, in the units of the loss."""
        return self.penalty.value(self.scaling.from_raw(theta)) * self.scaling.loss_scale

    def draw(self, generator: np.random.Generator) -> Matrix:
        """Draw initial weights (P,); see `draw_start`."""
        intercept, init = self.design.terms.intercept, self.used.init
        return draw_start(
            self.perceptron, self.scaling, init, intercept, self.empty_columns, generator
        )

    @cached_property
    def empty_columns(self) -> NDArray[np.intp]:
        """Columns of X for levels, or combinations of levels, without a training row."""
        return find_empty_columns(self.rows.X, self.design.terms.is_categorical)

    def apply_class_weights(self, batch: Batch) -> Batch:
        """Multiply the case weights of rows by their class weights."""
        return apply_class_weights(batch, self.class_weights)

    def copy(self) -> Model:
        """Return a model with copies of the arrays and frames; frozen parts are shared."""
        if self.training is None:
            return self
        return replace(self, training=self.training.copy(self.class_weights))

    @cached_property
    def standard(self) -> Scaled:
        """Coordinates of standardized columns and a standardized numeric response."""
        if isinstance(self.scaling, Scaled):
            return self.scaling
        return standardize(self.perceptron, self.design.terms, self.batch)

    @cached_property
    def lipschitz(self) -> float | None:
        """Lipschitz constant of the gradient in standardized columns; None in raw ones."""
        if not isinstance(self.scaling, Scaled):
            return None
        return self.estimate_lipschitz(self.batch)

    def estimate_lipschitz(self, rows: Batch, centered: bool = True) -> float:
        """Estimate the Lipschitz constant for some rows, in the coordinates of the optimizer.

        ``centered=False``: where fixed intercepts keep columns from being centered.
        """
        center, spread = np.zeros(self.perceptron.sizes[0]), np.ones(self.perceptron.sizes[0])
        if isinstance(self.scaling, Scaled):
            reading = self.scaling.layers[0]
            center, spread = reading.center if centered else center, reading.spread
        rows, perceptron = self.apply_class_weights(rows), self.perceptron.for_scaled_response
        return estimate_lipschitz(perceptron, center, spread, rows)

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """Exactly collinear columns of X without a penalty; none with hidden layers."""
        if self.perceptron.activations:
            return ()
        # Columns without a row are no collinearity: their weights stay at 0.
        free = np.setdiff1d(self.free_columns, self.empty_columns)
        return find_dependencies(self.rows.X, self.design.terms.intercept, free)

    @property
    def free(self) -> NDArray[np.bool_]:
        """Mask of the weights (P,) without a penalty."""
        return np.broadcast_to(np.equal(self.penalty.decay, 0.0), self.perceptron.n_parameters)

    @property
    def free_columns(self) -> NDArray[np.intp]:
        """Columns of X whose weights in the first matrix have no penalty."""
        return np.flatnonzero(self.perceptron.unflatten(self.free)[0].all(axis=1))

    def share_baseline(self, rows: Batch) -> float:
        """Compute the share of the `baseline` of some rows, by weight.

        ``rows`` have class weights already.
        """
        return self.baseline * rows.weight / self.apply_class_weights(self.batch).weight

    @cached_property
    def baseline(self) -> float:
        """Loss of the best intercept alone on the training rows, see `measure_baseline`."""
        perceptron, batch = self.perceptron, self.apply_class_weights(self.batch)
        return measure_baseline(perceptron, batch, self.intercept)

    @cached_property
    def intercept(self) -> Matrix:
        """Scores (K,) of the best intercept alone for the training rows."""
        return fit_intercept(self.perceptron, self.apply_class_weights(self.batch))

    def evaluate(self, theta: Matrix, batch: Batch) -> Sums:
        """Compute the loss and the weight of correctly classified rows, in blocks of rows."""
        run = partial(NumpyEngine(self.perceptron).evaluate, theta, batch)
        return self.compute(run, len(batch.X))

    def map_scores(
        self, function: Any, theta: Matrix, X: Matrix, offset: Matrix | None = None
    ) -> NDArray[Any]:
        """Apply a function of the scores to rows of a design matrix, in blocks of rows."""
        run = partial(self.perceptron.map_scores, function, theta, X, offset)
        return self.compute(run, len(X))
