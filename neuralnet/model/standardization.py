"""Standardization of a model: the scaling of its columns and of a numeric response."""

from __future__ import annotations

from ..design import Terms
from ..perceptron import Batch, LayerScaling, Perceptron, Scaled, fit_layer_scalings, fit_scaling


def standardize(perceptron: Perceptron, terms: Terms, batch: Batch) -> Scaled:
    """Fit the scaling of the columns of X, and of a numeric response less its offset."""
    targets = perceptron.family.scalable_response(batch.Y)
    if targets is not None and batch.offset is not None:
        targets = targets - batch.offset
    scaling = fit_scaling(
        perceptron.shapes,
        batch.X,
        targets,
        terms.is_numeric,
        terms.intercept,
        batch.w,
        perceptron.skip,
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
