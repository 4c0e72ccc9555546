"""Standard errors of predictions, on the scale on which their intervals are symmetric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...design import ModelMatrices
from ...model import Model
from ..effects.contrasts import Contrast
from ..effects.effect_rows import Inputs
from ..effects.estimands import Effects, Fit, compute_effects, find_variances, split_gradients
from ..effects.uncertainty import Uncertainty
from .scales import Scale

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]


class Measured(NamedTuple):
    """Predictions of rows on a scale, with standard errors.

    Attributes
    ----------
    center, errors : (n, L) arrays
    df : float
        Degrees of freedom of t statistics; infinite for normal ones.
    """

    center: Floats
    errors: Floats
    df: float


@dataclass(frozen=True, eq=False)
class RowPredictions:
    """The predictions of complete rows on a scale, as a function of the weights."""

    model: Model
    rows: ModelMatrices
    scale: Scale

    @property
    def _contrast(self) -> Contrast:
        inputs = Inputs(self.rows.X, self.rows.offset)
        return Contrast("", "", inputs, None, None, self.rows.complete)

    def measure(self, theta: Vector) -> Effects:
        """Return the values (n, L) at theta; no variance is added to them."""
        link = compute_effects(self.model, self._contrast, theta, link=True)
        values = self.scale.transform(link)
        return Effects(values, np.zeros_like(values))

    def propagate(self, fit: Fit) -> Floats:
        """Return the variances (n, L) that follow from those of the weights: the delta method."""
        link = compute_effects(self.model, self._contrast, fit.theta, link=True)
        found = np.empty(self.scale.transform(link).shape)
        for some, G in split_gradients(self.model, self._contrast, fit.theta, link=True):
            found[some] = find_variances(fit, self.scale.transform_gradients(link[some], G))
        return found


def measure_errors(
    predictions: RowPredictions, center: Floats, uncertainty: Uncertainty
) -> Measured:
    """Measure standard errors of predictions, given as reported on the scale.

    Their square is the variance, and the square of the distance of its center from what is
    reported, as between the average over several optima and the prediction of one of them.
    """
    values, variances = uncertainty.estimate(predictions)
    errors = np.sqrt(variances + (values - center) ** 2)
    return Measured(center, errors, uncertainty.df)
