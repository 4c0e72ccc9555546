"""Symptoms for a diagnosis: what a training left, and rates and units measured when needed.

Knows no causes and no words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import exp
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from ..model import Model, standardize_columns
from ..perceptron import Scaled, choose_block_rows, estimate_lipschitz, split_rows
from .hidden_units import Units, measure_units
from .learning_rate import max_stable_learn_rate
from .options import TrainingRun

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Symptoms:
    """Weights and losses that a training left, with lazy measurements.

    Attributes
    ----------
    model : Model
    run : TrainingRun
    theta : (P,) array
        The final weights.
    losses : (m,) array
        Before each update, without penalty, on the rows trained on.
    rate : float or None
        Learning rate of the last update; None where the optimizer has none.
    """

    model: Model
    run: TrainingRun
    theta: Vector
    losses: Vector
    rate: float | None

    @cached_property
    def baseline(self) -> float:
        """Loss of an intercept alone on the rows trained on."""
        return self.model.share_baseline(self.model.apply_class_weights(self.run.rows))

    @cached_property
    def units(self) -> Units:
        """Saturation and spread of the hidden units."""
        return measure_units(self.model.perceptron, self.theta, self.model.batch)

    @cached_property
    def good_rate(self) -> float:
        """Learning rate that the Lipschitz constant allows, rounded down; else the default."""
        return self._fit_rate(self.model.estimate_lipschitz(self.run.rows))

    @cached_property
    def scaled_rate(self) -> float:
        """Such a learning rate with ``scale=True``."""
        return self._fit_rate(self.scaled_lipschitz)

    @cached_property
    def scaled_lipschitz(self) -> float:
        """Lipschitz constant of the gradient in standardized columns."""
        model, scaling = self.model, self.model.scaling
        if isinstance(scaling, Scaled):
            layers = scaling.layers
        else:  # Defined also if a response is too large for floats, unlike `Model.standard`.
            layers = standardize_columns(model.perceptron, model.design.terms, model.batch)
        rows, perceptron = model.apply_class_weights(self.run.rows), model.perceptron
        center, spread = layers[0].center, layers[0].spread
        return estimate_lipschitz(perceptron.for_scaled_response, center, spread, rows)

    def _fit_rate(self, lipschitz: float) -> float:
        optimizer, batch_size = self.run.options.optimizer, self.run.options.batch_size
        if batch_size is not None:
            lipschitz *= min(1.0, batch_size / len(self.run.rows.X))
        rate = max_stable_learn_rate(optimizer, lipschitz)
        if rate is None:
            field = getattr(type(optimizer), "__dataclass_fields__", {}).get("learn_rate")
            default = getattr(field, "default", None)
            # For a user-defined optimizer without a default no better rate is known.
            current = optimizer.learn_rate  # type: ignore[attr-defined]
            return float(default if isinstance(default, Real) else current)
        return _round_down(rate)

    @cached_property
    def growth(self) -> float:
        """Factor by which weights near 0 would have grown at a good learning rate.

        Weights W1 into a hidden layer and W2 out of it move by ``slope * X' (y - mu) W2'`` and by
        its transpose: they grow along the largest singular value. With several hidden layers they
        do not grow.
        """
        perceptron, origin = self.model.perceptron, np.zeros(1)
        if len(perceptron.activations) != 1:
            return 1.0
        (activation,) = perceptron.activations
        slope = abs(float(activation.slope(origin, activation.value(origin))[0]))
        exponent = self.good_rate * slope * self.correlation * len(self.losses)
        return exp(min(exponent, 100.0))

    @cached_property
    def correlation(self) -> float:
        """Largest singular value of ``X' (mu - y)``."""
        return float(np.linalg.norm(_correlate(self.model, self.run, self.theta), 2))


def _round_down(value: float) -> float:
    """Round down to one significant digit."""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(f"{np.floor(value / unit * (1.0 + 1e-12)) * unit:.0e}")


def _correlate(model: Model, run: TrainingRun, theta: Vector) -> NDArray[np.float64]:
    """``X' (mu - y)``, (D, K), in the optimizer's coordinates."""
    perceptron, scaling, rows = model.perceptron, model.scaling, model.apply_class_weights(run.rows)
    total = np.zeros((perceptron.sizes[0], perceptron.sizes[-1]))
    for block in split_rows(len(rows.X), choose_block_rows(perceptron.sizes)):
        some = rows.pick(block)
        eta = perceptron.scores(theta, some.X, some.offset)
        total += some.X.T @ perceptron.family.loss_and_delta(eta, some.Y, some.w)[1]
    if isinstance(scaling, Scaled):
        reading = scaling.layers[0]
        if reading.bias is not None:
            total -= reading.center[:, None] * total[[reading.bias]]
        total /= reading.spread[:, None] * scaling.delta_unit
    return total
