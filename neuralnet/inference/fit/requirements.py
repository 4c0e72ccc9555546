"""Requirements of inference: what a model must have for anything to follow from its fit."""

from __future__ import annotations

import numpy as np

from ...errors import listing, quote
from ...model import Model
from ...perceptron import read_activation, read_family

# Networks of more weights would need minutes and gigabytes.
MOST_WEIGHTS = 3_000
# What is left where the curvature says nothing.
RESAMPLING = (
    "Only refits give intervals: inference().bootstrap(), and predict(interval='prediction')."
)


def check_requirements(model: Model) -> None:
    """Raise ValueError where nothing follows from any fit of a model; see `find_obstacle`."""
    if obstacle := find_obstacle(model):
        raise ValueError(obstacle)


def meets_requirements(model: Model) -> bool:
    """Return whether anything could be inferred from a fit of a model."""
    return model.training is not None and not find_obstacle(model)


def find_obstacle(model: Model) -> str:
    """Say why no standard errors follow from any fit of a model, with the remedy; '' where they do.

    That is the case with an L1 penalty, an activation without second derivatives, in single
    precision, with class weights, several gaussian responses, too many weights, a family without a
    likelihood, or without a row that has a weight.
    """
    return _find_missing_derivatives(model) or find_missing_likelihood(model)


def _find_missing_derivatives(model: Model) -> str:
    """Say why the penalized loss has no second derivatives, or none that could be used."""
    perceptron, P = model.perceptron, model.perceptron.n_parameters
    if np.any(model.penalty.l1_weight):
        return (
            "An L1 penalty (mixture above 0) has no second derivatives where a weight is 0, and "
            f"weights come to rest there. {RESAMPLING} Or make the network with mixture=0."
        )
    found = map(read_activation, perceptron.activations)
    if lacking := [each.name for each in found if not each.has_curvature]:
        return (
            f"Activation {quote(lacking[0])} has no second derivatives: give it the method "
            "curvature(z, h), as neuralnet.activations.Activation describes it, or take another, "
            "such as 'tanh'."
        )
    if P > MOST_WEIGHTS:
        return (
            f"Standard errors need several matrices of all pairs of weights, and this network has "
            f"{P:,} weights: a matrix alone takes {8e-6 * P * P:,.0f} MB. At most "
            f"{MOST_WEIGHTS:,} are allowed: take fewer hidden units."
        )
    if model.dtype != "float64":
        return (
            "In single precision a fit does not come near enough to its optimum for standard "
            "errors: make the network with dtype='float64'."
        )
    return ""


def find_missing_likelihood(model: Model) -> str:
    """Say why the loss is no likelihood, with the remedy; '' where it is one."""
    K, family = model.perceptron.sizes[-1], model.perceptron.family
    if model.class_weights is not None:
        return (
            "Class weights (class_weight=) change the loss so that it is no likelihood, and no "
            "standard errors follow from it: make the network without them. To count single rows "
            "several times, use weights=."
        )
    if K > 1 and read_family(family).has_dispersion:
        return (
            f"Each of {K} gaussian responses has a variance of its own, and the loss adds them up "
            "as if it were one: make a network for each response."
        )
    if not read_family(family).has_likelihood:
        return (
            f"Family {quote(family.name)} has no likelihood: give it the methods log_likelihood "
            "and mean_product, as neuralnet.families.Family describes them."
        )
    if not model.batch.weight > 0.0:
        return "No training row has a weight above 0, so that there is nothing to infer from."
    return ""


def explain_refusal(model: Model) -> str:
    """Say why ``decay="evidence"`` does not apply to a model, with the remedy; '' where it does."""
    given, family, P = model.given, model.perceptron.family, model.perceptron.n_parameters
    K, has = model.perceptron.sizes[-1], read_family(family)
    found = map(read_activation, model.perceptron.activations)
    kinked = [each.name for each in found if not each.is_smooth]
    reasons = {
        "takes one prior for weights of all columns, and so standardizes them: leave scale=False "
        "out": given.scale is False,
        "penalizes biases too: leave penalize_bias=False out": given.penalize_bias is False,
        "needs a penalty in squares, as from a normal prior: leave mixture= out": model.mixture > 0,
        "needs a prior of every weight: give no penalty_factor of 0": (
            model.penalty_factor is not None and not np.all(model.penalty_factor)
        ),
        f"needs activations with second derivatives, which {listing(kinked)} has not: take "
        "another, such as 'tanh' or 'softplus'": bool(kinked),
        "needs second derivatives in double precision: make the network with dtype='float64'": (
            model.dtype != "float64"
        ),
        "needs a likelihood, which class_weight= changes: leave it out. To count rows several "
        "times, use weights=": model.class_weights is not None,
        f"needs several matrices of all pairs of weights: at most {MOST_WEIGHTS:,} weights are "
        f"allowed, and this network has {P:,}. Take fewer hidden units": P > MOST_WEIGHTS,
        f"needs one residual variance, and {K} gaussian responses have one each: make a network "
        "for each response": K > 1 and has.has_dispersion,
        f"needs a likelihood, which family {quote(family.name)} has not: give it the methods "
        "log_likelihood and mean_product": not has.has_likelihood,
    }
    reason = next((text for text, refused in reasons.items() if refused), "")
    return f"decay='evidence' {reason}; or give a number as decay, or 'cv'" if reason else ""
