"""Standardization of a model: the scaling of its columns and of a numeric response."""

from __future__ import annotations

from ..design import Terms
from ..perceptron import Batch, LayerScaling, Perceptron, Scaled, fit_layer_scalings, fit_scaling
from .response_spreads import read_targets


def standardize(perceptron: Perceptron, terms: Terms, batch: Batch) -> Scaled:
    """Fit the scaling of the columns of X, and of a numeric response less its offset."""
    scaling = fit_scaling(
        perceptron.shapes,
        batch.X,
        read_targets(perceptron, batch),
        terms.is_numeric,
        terms.intercept,
        batch.w,
        perceptron.skip,
        perceptron.spreads,
    )
    # Read-only arrays may be shared by copies of the network.
    for array in scaling.arrays:
        array.flags.writeable = False
    return scaling


def standardize_columns(
    perceptron: Perceptron, terms: Terms, batch: Batch
) -> tuple[LayerScaling, ...]:
    """Fit the scaling of the columns of X alone."""
    return fit_layer_scalings(
        perceptron.shapes,
        batch.X,
        terms.is_numeric,
        terms.intercept,
        batch.w,
        perceptron.skip,
    )
