"""Standard errors of predictions, on the scale on which their intervals are symmetric."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...design import ModelMatrices
from ...model import Model
from ..effects.contrasts import Contrast
from ..effects.effect_rows import Inputs
from ..effects.effects import Fit, find_variances, split_effects
from .averages import compute_link
from .scales import Scale, to_contrasts

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


def transform_link(model: Model, theta: Vector, rows: ModelMatrices, scale: Scale) -> Floats:
    """Numbers (n, L) of complete rows on a scale, of one fit."""
    return scale.transform(to_contrasts(model, compute_link(model, [theta], rows)))


def measure_errors(
    model: Model,
    rows: ModelMatrices,
    scale: Scale,
    center: Floats,
    fits: Sequence[Fit],
    thetas: Sequence[Vector],
) -> Floats:
    """Standard errors (n, L) of predictions ``center``, from one optimum or several.

    The square is the average variance within the fits, by the delta method, and the average squared
    distance of the predictions of ``thetas`` from those reported: the variance between the optima
    where their average is reported. One optimum has no distance from itself.
    """
    contrast = Contrast("", "", Inputs(rows.X, rows.offset), None, None, rows.complete)
    total = np.zeros(center.shape)
    for fit in fits:
        for some, link, G in split_effects(model, contrast, fit.theta, link=True):
            total[some] += find_variances(fit, scale.transform_gradients(link, G))
    total /= len(fits)
    if len(thetas) > 1:
        for theta in thetas:
            total += (transform_link(model, theta, rows, scale) - center) ** 2 / len(thetas)
    return np.sqrt(total)


def measure_spread(
    model: Model, rows: ModelMatrices, scale: Scale, thetas: Sequence[Vector]
) -> Floats:
    """Standard deviations (n, L) of the predictions of resamples."""
    mean = squares = np.zeros(1)
    for number, theta in enumerate(thetas, start=1):
        # Welford's (1962) update, as predictions of all resamples may be large.
        values = transform_link(model, theta, rows, scale)
        change = values - mean
        mean = mean + change / number
        squares = squares + change * (values - mean)
    return np.sqrt(squares / (len(thetas) - 1))
