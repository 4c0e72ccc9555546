"""Spreads of several numeric responses: the units in which a loss may count each of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..perceptron import Batch, Perceptron, measure_moments


def read_targets(perceptron: Perceptron, batch: Batch) -> NDArray[np.float64] | None:
    """Return a numeric response (n, K) less its offset, if it may be standardized."""
    targets = perceptron.family.scalable_response(batch.Y)
    if targets is None or batch.offset is None:
        return targets
    return np.asarray(targets - batch.offset)


def measure_responses(perceptron: Perceptron, batch: Batch) -> tuple[float, ...] | None:
    """Measure the weighted standard deviations of several numeric responses; None for others."""
    if perceptron.sizes[-1] == 1 or (targets := read_targets(perceptron, batch)) is None:
        return None
    return tuple(measure_moments(targets, batch.w)[1].tolist())


def choose_units(perceptron: Perceptron, spreads: tuple[float, ...] | None) -> Perceptron:
    """Return the perceptron whose loss counts each response in units of its standard deviation.

    ``spreads=None``: the one whose loss counts all of them as they are.
    """
    bare = perceptron.for_scaled_response
    for_spreads = getattr(bare.family, "for_spreads", None)
    if spreads is None or for_spreads is None or (family := for_spreads(spreads)) is None:
        return bare
    return replace(bare, family=family)
