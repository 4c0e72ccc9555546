"""Judgement of a fit: at rest, smooth and curved, or why nothing may be inferred from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from ..errors import listing, pluralize
from ..model import Model
from .curvature import FLAT, Curvature
from .likelihood import Likelihood
from .weak_directions import describe_directions

Vector = NDArray[np.float64]

# Largest distance from the optimum at which a fit is at rest, in standard errors.
AT_REST = 0.05


@dataclass(frozen=True)
class Judgement:
    """What may be inferred from a fit.

    Attributes
    ----------
    distance : float
        From the optimum, in standard errors: ``sqrt(g' H^-1 g / dispersion)``, g the gradient and H
        the Hessian of the penalized loss. nan where H is not positive definite.
    condition : float
        Ratio of the largest to the smallest eigenvalue of H in standardized coordinates; inf where
        one is not positive.
    negative, flat : int
        Number of eigenvalues below 0, and of those that are 0 but for rounding though none was
        expected.
    undetermined : int
        Number of directions that are known to change no prediction.
    reasons : tuple of str
        Why nothing may be inferred, with the remedy; empty where it may.
    """

    distance: float
    condition: float
    negative: int
    flat: int
    undetermined: int
    reasons: tuple[str, ...]

    @property
    def allows(self) -> bool:
        """True where the fit is at rest, smooth and curved."""
        return not self.reasons

    def require(self, what: str) -> None:
        """Raise ValueError with the reasons if nothing may be inferred."""
        if self.reasons:
            raise ValueError(f"{what} cannot be given: {' '.join(self.reasons)}")


def judge(model: Model, theta: Vector, curvature: Curvature, likelihood: Likelihood) -> Judgement:
    """Judge whether the curvature at theta describes the uncertainty of the fit."""
    values, axes = curvature.eigen
    threshold = FLAT * float(np.abs(values).max(initial=0.0))
    negative = int((values < -threshold).sum())
    flat = int((np.abs(values) <= threshold).sum())
    curved = not (negative or flat)
    condition = float(values[-1] / values[0]) if curved else inf
    distance = _measure_distance(curvature, likelihood) if curved else nan
    reasons = []
    if kinks := _name_kinks(model):
        reasons.append(
            f"{kinks} has a kink, so that the loss has no second derivatives there and the fit no "
            "smooth optimum. Take another activation, such as 'tanh' or 'softplus'."
        )
    elif not curved:
        reasons.append(_explain_directions(model, theta, axes[:, values <= threshold], negative))
    elif not distance <= AT_REST and likelihood.df_resid > 0.0:
        reasons.append(
            f"the weights are {distance:.2g} standard errors from the optimum, and at most "
            f"{AT_REST} are allowed: train on with train(optimizer='newton')."
        )
    if likelihood.has_dispersion and not likelihood.df_resid > 0.0:
        reasons.append(
            f"{likelihood.nobs:g} rows leave no degree of freedom to {likelihood.edf:.1f} "
            "effective parameters, so that the residual variance is not known. Take fewer columns "
            "or units, or more decay."
        )
    undetermined = curvature.undetermined.shape[1]
    return Judgement(distance, condition, negative, flat, undetermined, tuple(reasons))


def _measure_distance(curvature: Curvature, likelihood: Likelihood) -> float:
    gradient, scale = curvature.gradient, curvature.scaling.loss_scale
    squared = float(gradient @ curvature.inverse @ gradient) * scale
    if squared <= 0.0:
        return 0.0
    return sqrt(squared / likelihood.dispersion) if likelihood.dispersion > 0.0 else inf


def _name_kinks(model: Model) -> str:
    kinked = [each for each in model.perceptron.activations if getattr(each, "kinked", False)]
    return listing(dict.fromkeys(f"activation {each.name!r}" for each in kinked))  # type: ignore


def _explain_directions(
    model: Model, theta: Vector, axes: NDArray[np.float64], negative: int
) -> str:
    """Explain directions of weights along which the penalized loss has no minimum."""
    count = axes.shape[1]
    kind = "decreases or is flat" if negative else "is flat"
    which = describe_directions(model, theta, axes)
    if not model.perceptron.activations:
        remedy = (
            "So it is where classes are separated. decay='evidence' finds a decay that determines "
            "them; fewer columns may help too."
        )
    else:
        remedy = (
            "decay='evidence' finds a decay that determines them; fewer hidden units, or "
            "train(optimizer='newton', restarts=10), may help too."
        )
    return (
        f"along {pluralize(count, 'direction')} of the weights the penalized loss {kind}, so that "
        f"they have no standard errors{which}. {remedy}"
    )
