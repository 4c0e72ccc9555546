"""Comparison with a model of an intercept alone: whether training learned anything, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import NamedTuple

import numpy as np

from ..model import Model
from ..optimizers import l1_subgradient, predict_decrease, read_capabilities
from ..perceptron import Objective, Penalty
from .causes import describe_decay, find_cause
from .column_scales import is_raw
from .phrases import join_words
from .symptoms import Symptoms, Vector

# A decrease of no more than this share of an intercept's loss is negligible.
NEGLIGIBLE = 1e-3
# Second derivatives of more weights take longer than a diagnosis may.
MOST_WEIGHTS = 500
# Arguments that help where training does not begin to learn.
ARGUMENTS = ("init='glorot'", "scale=True")


class Shortfall(NamedTuple):
    """Diagnosis of weights that are hardly better than an intercept alone.

    Attributes
    ----------
    message : str
        Sentences, or '' where they are better.
    serious, has_cause : bool
        Whether it deserves a warning, and whether the message names a cause.
    is_optimum : bool
        Whether the penalized loss has its minimum there.
    """

    message: str = ""
    serious: bool = False
    has_cause: bool = False
    is_optimum: bool = False


def compare_with_intercept(symptoms: Symptoms, final: bool) -> Shortfall:
    """Diagnose weights that are hardly better than an intercept alone.

    ``final``: whether training is expected to have learned something by now.
    """
    model, run, theta = symptoms.model, symptoms.run, symptoms.theta
    # With fixed weights the intercept alone may be out of reach.
    if model.design.x_names == ("Intercept",) or run.options.mask is not None:
        return Shortfall()
    # On all rows, held out or not, as the baseline is.
    loss = model.evaluate(theta, model.apply_class_weights(model.batch)).loss
    text = describe_shortfall(loss, model.baseline)
    if not text:
        return Shortfall()
    if not final:
        # The same wherever training is divided into calls.
        return Shortfall(f"{text}.")
    if _is_optimum(model, run.objective, theta):
        unpenalized = replace(run.objective, penalty=Penalty())
        if model.penalty and not _is_optimum(model, unpenalized, theta):
            cause = describe_decay(model)
            return Shortfall(f"{text}. Likely cause: {cause}.", True, True, is_optimum=True)
        return Shortfall(f"{text}: without hidden layers there is hardly a lower one.")
    if cause := find_cause(symptoms, learned_nothing=True):
        return Shortfall(f"{text}. Likely cause: {cause}.", True, True)
    start = symptoms.losses[0] if len(symptoms.losses) else loss
    has_rate = read_capabilities(run.options.optimizer).learn_rate is not None
    tried = (isinstance(model.used.init, str), not is_raw(model))
    untried = [each for each, used in zip(ARGUMENTS, tried, strict=True) if not used]
    return Shortfall(assess(loss, start, model.baseline, has_rate, untried), True)


def assess(
    loss: float, start: float, baseline: float, has_rate: bool, arguments: Sequence[str] = ARGUMENTS
) -> str:
    """Describe a loss that is hardly better than that of an intercept alone; '' for others.

    ``has_rate``: whether the optimizer has a learn_rate to choose; ``arguments``: more to try.
    """
    text = describe_shortfall(loss, baseline)
    if not text:
        return ""
    if loss > start or loss > 2.0 * baseline:
        how = f"it rose, from {start:.5g}" if loss > start else "it is far above"
        first = "a smaller learn_rate" if has_rate else "another optimizer"
        remedies = [first, *(each for each in arguments if each.startswith("scale"))]
        return f"{text}: {how}. Start again with {join_words(remedies, 'or')}."
    remedies = ["another learn_rate"] * has_rate + ["more iterations", "another seed", *arguments]
    return f"{text}: the network has hardly learned anything yet. Try {join_words(remedies, 'or')}."


def describe_shortfall(loss: float, baseline: float) -> str:
    """The beginning of a sentence on a loss hardly below an intercept's; '' for others."""
    # Where an intercept alone makes no error there is nothing to learn.
    if loss < 0.99 * baseline or baseline == 0.0 or not isfinite(loss):
        return ""
    return (
        f"Training ended at loss {loss:.5g}, not 1 % below the {baseline:.5g} that an intercept "
        "alone reaches"
    )


def _is_optimum(model: Model, objective: Objective, theta: Vector) -> bool:
    """True if a step of Newton's method promises a negligible decrease, and the loss is convex."""
    if model.perceptron.activations or theta.size > MOST_WEIGHTS:
        return False
    phi = objective.scaling.from_raw(theta)
    gradient = l1_subgradient(objective, phi, objective(phi)[1])
    # An L1 penalty holds the others at 0.
    free = (phi != 0.0) | (gradient != 0.0)
    gradient, H = gradient[free], objective.hessian(phi)[np.ix_(free, free)]
    enough = NEGLIGIBLE * model.baseline / objective.scaling.loss_scale
    promise, _ = predict_decrease(H, lambda v: np.asarray(H @ v), gradient, 1.0, enough)
    return promise <= enough
