"""Judgement of a fit: at rest, smooth and curved, or why nothing may be inferred from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan, sqrt

import numpy as np
from numpy.typing import NDArray

from ...errors import pluralize, quote
from ...model import Model, evaluate_intercept
from ...perceptron import read_activation
from ...training import describe_separation, join_words
from .curvature import Curvature
from .likelihood import Likelihood
from .requirements import RESAMPLING
from .weak_directions import describe_directions

Vector = NDArray[np.float64]

# Largest distance from the optimum at which a fit is at rest, in standard errors.
AT_REST = 0.05
# Residual degrees of freedom that the estimate of a variance needs, but for rounding error.
_FEWEST = 1.0 - 1e-6
# Share of the sum of squares of the response that is rounding error.
_ROUNDING = 1e-24


@dataclass(frozen=True)
class Judgement:
    """What may be inferred from a fit.

    Attributes
    ----------
    distance : float
        From the optimum, in standard errors: ``sqrt(g' H^-1 g / dispersion)``, g the gradient and H
        the Hessian of the penalized loss. nan where H is not positive definite, or not computed.
    condition : float
        Ratio of the largest to the smallest eigenvalue of H in standardized coordinates; inf where
        one is not positive, nan where H is not computed.
    negative, flat : int
        Number of eigenvalues below 0, and of those that are 0 but for rounding though none was
        expected; 0 where H is not computed.
    undetermined : int
        Number of directions that are known to change no prediction; 0 where H is not computed.
    reasons : tuple of str
        Why nothing may be inferred, with the remedy, in sentences; empty where it may.
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

    def require(self, what: str, hint: str = "") -> None:
        """Raise ValueError with the reasons if nothing may be inferred, and a hint after them."""
        if self.reasons:
            raise ValueError(f"{what} cannot be given. {' '.join(self.reasons)}{hint}")


def refuse(obstacle: str) -> Judgement:
    """Refuse all fits of a model, whose curvature is not computed."""
    return Judgement(nan, nan, 0, 0, 0, (obstacle,))


def judge(model: Model, theta: Vector, curvature: Curvature, likelihood: Likelihood) -> Judgement:
    """Judge whether the curvature at theta describes the uncertainty of the fit."""
    values, axes = curvature.eigen
    threshold = curvature.find_threshold(values)
    negative = int((values < -threshold).sum())
    flat = int((np.abs(values) <= threshold).sum())
    curved = not (negative or flat)
    condition = float(values[-1] / values[0]) if curved else inf
    distance = _measure_distance(curvature, likelihood) if curved else nan
    reasons = []
    if kinks := _name_kinks(model):
        reasons.append(
            f"{kinks}, where the loss has no second derivatives, and weights come to rest at "
            f"kinks. {RESAMPLING} Or take another activation, such as 'tanh' or 'softplus'."
        )
    elif exact := _explain_exact_fit(model, theta, likelihood):
        reasons.append(exact)
    elif not curved:
        weak = axes[:, values <= threshold]
        away = bool(model.penalty) and _is_away(curvature, likelihood)
        reasons.append(_explain_directions(model, theta, weak, negative, away))
    elif not distance <= AT_REST:
        reasons.append(
            f"The weights are {distance:.2g} standard errors from the optimum, and at most "
            f"{AT_REST} are allowed: train on with train(optimizer='newton')."
        )
    undetermined = curvature.undetermined.shape[1]
    return Judgement(distance, condition, negative, flat, undetermined, tuple(reasons))


def _measure_distance(curvature: Curvature, likelihood: Likelihood) -> float:
    gradient, scale = curvature.gradient, curvature.scaling.loss_scale
    squared = float(gradient @ curvature.inverse @ gradient) * scale
    if squared <= 0.0:
        return 0.0
    return sqrt(squared / likelihood.dispersion) if likelihood.dispersion > 0.0 else nan


def _is_away(curvature: Curvature, likelihood: Likelihood) -> bool:
    """Whether the gradient is far from 0, measured by the Fisher information and the penalty.

    Where the Hessian is not positive definite this is the distance that can still be measured.
    """
    gradient, A = curvature.gradient, curvature.fisher + curvature.penalty
    squared = float(gradient @ np.linalg.lstsq(A, gradient, rcond=None)[0])
    dispersion = likelihood.dispersion if likelihood.dispersion > 0.0 else 1.0
    return squared * curvature.scaling.loss_scale > AT_REST**2 * dispersion


def _name_kinks(model: Model) -> str:
    found = map(read_activation, model.perceptron.activations)
    names = [*dict.fromkeys(quote(each.name) for each in found if each.kinked)]
    if len(names) == 1:
        return f"Activation {names[0]} has a kink"
    return f"Activations {join_words(names, 'and')} have kinks" if names else ""


def _explain_exact_fit(model: Model, theta: Vector, likelihood: Likelihood) -> str:
    """Explain why a likelihood has no maximum, or a variance no estimate; '' where they have."""
    if likelihood.has_dispersion:
        if likelihood.df_resid < _FEWEST:
            return (
                "The residual variance needs at least 1 degree of freedom, and "
                f"{likelihood.nobs:g} rows leave {max(likelihood.df_resid, 0.0):.2f} to "
                f"{likelihood.edf:.1f} effective parameters. Take fewer columns or hidden units, "
                "or more decay."
            )
        at_zero = evaluate_intercept(model.perceptron, model.batch, np.zeros(1))
        if likelihood.deviance <= _ROUNDING * 2.0 * at_zero:
            return (
                "The fit is the response in every row but for rounding error, so that there is no "
                "residual variance to estimate. Leave out the columns that the response is "
                "computed from."
            )
        return ""
    if fits_all_classes(model, theta):
        return (
            "Every training row is classified right without a penalty, so that the likelihood has "
            "no maximum but increases with the size of the weights. decay='evidence' finds a decay "
            "that determines them."
        )
    return describe_separation(model, theta)


def fits_all_classes(model: Model, theta: Vector) -> bool:
    """True if all training rows are classified right by scores whose weights have no penalty.

    Larger weights of the last matrix then always increase the likelihood.
    """
    if not (model.labels.classes and model.perceptron.unflatten(model.free)[-1].all()):
        return False
    # An offset does not grow with the weights.
    sums = model.evaluate(theta, model.batch._replace(offset=None))
    return sums.correct == sums.weight


def _explain_directions(
    model: Model, theta: Vector, axes: NDArray[np.float64], negative: int, away: bool
) -> str:
    """Explain directions of weights along which the penalized loss has no minimum.

    ``away``: the weights are not at rest, so that more training may end elsewhere.
    """
    loss = "penalized loss" if model.penalty else "loss"
    falls = "falls or is flat" if negative else "is flat"
    count = pluralize(axes.shape[1], "direction")
    which = describe_directions(model, theta, axes)
    if away:
        return (
            f"The weights are not at an optimum, and the {loss} {falls} there along {count} of "
            f"them{which}: train on with train(optimizer='newton')."
        )
    return (
        f"The {loss} {falls} along {count} of the weights{which}, which the data do not determine. "
        f"{_find_remedy(model)}"
    )


def _find_remedy(model: Model) -> str:
    decay = "decay='evidence' finds a decay that determines them"
    activations = model.perceptron.activations
    if not activations:
        return f"{decay}; or leave out columns that nearly depend on others."
    if any(read_activation(each).is_linear for each in activations):
        return (
            "Identity units alone make a linear model, whatever their number: use hidden=0, or "
            "another activation."
        )
    return f"{decay}; fewer hidden units, or train(optimizer='newton', restarts=10), may help too."
