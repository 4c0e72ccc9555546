"""Likely causes of a high loss: a table of causes, each with its symptom and its remedy.

The first cause with its symptom is named: those further down are often its effects, or show once
it is removed. Only reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, prod, sqrt
from numbers import Real

import numpy as np

from ..errors import pluralize
from ..model import Model
from .column_scales import compare_spreads, describe_large_columns, find_largest_spread, is_raw
from .symptoms import Symptoms

# A share of an intercept's loss below which training has learned something.
LEARNED = 0.99
# Sums into hidden units that spread by less than this leave the units almost constant.
NARROW = 0.1
# The last updates that are examined, and the share of them that may raise the loss.
LAST, SHARE = 100, 0.1
# Rises of the loss, as shares of an intercept's, that are more than rounding, and more than
# mini-batches of different rows explain.
RISE, LARGE_RISE = 1e-9, 0.1
# Shares of a good rate below which training learns nothing, and learns slowly.
HOPELESS, SLOW = 1e-2, 1.0 / 3.0
# A growth by this factor makes weights near 0 large enough to matter.
SUFFICIENT_GROWTH = exp(10.0)


def find_cause(symptoms: Symptoms, *, learned_nothing: bool) -> str:
    """Find the first cause whose symptom is present, with its remedy; '' for none.

    ``learned_nothing``: whether the learning rate and the start may be causes too, besides
    columns and saturated units.
    """
    for check in CAUSES if learned_nothing else LASTING_CAUSES:
        if cause := check(symptoms):
            return cause
    return ""


def _check_decay(symptoms: Symptoms) -> str:
    """Check for a penalty that shrinks weights faster than the loss makes them grow."""
    model, perceptron = symptoms.model, symptoms.model.perceptron
    if not model.penalty or not perceptron.activations:
        return ""
    decay = np.broadcast_to(model.penalty.decay, perceptron.n_parameters)
    biases = [model.design.terms.intercept, *[0] * (len(perceptron.shapes) - 1)]
    penalties = [
        np.delete(matrix, [] if bias is None else bias, axis=0).min(initial=np.inf)
        for matrix, bias in zip(perceptron.unflatten(decay), biases, strict=True)
    ]
    z = np.array([-1.0, 0.0, 1.0])
    slopes = (float(np.abs(f.slope(z, f.value(z))).max()) for f in perceptron.activations)
    if 2.0 * min(penalties) < prod(slopes) * symptoms.correlation:
        return ""
    return describe_decay(model)


def describe_decay(model: Model) -> str:
    """Describe a decay that is too high, with the remedy."""
    return (
        f"decay={max(np.ravel(model.used.decays)):g} is so high that it holds the weights near 0 "
        "(pass decay='cv'; or a smaller decay)"
    )


def _check_columns(symptoms: Symptoms) -> str:
    """Check for columns that train badly without standardization."""
    # Without hidden units, an optimizer that standardizes columns itself is not affected.
    model = symptoms.model
    if symptoms.run.objective.standardized and not model.perceptron.activations:
        return ""
    cause = compare_spreads(model) or describe_large_columns(symptoms)
    if not cause:
        return ""
    # A rate that suits large columns is far too low for standardized ones.
    low = symptoms.rate is not None and symptoms.rate < SLOW * symptoms.scaled_rate
    rate = f" and learn_rate={symptoms.scaled_rate:g}" if low else ""
    return f"{cause} (pass scale=True{rate})"


def _check_high_rate(symptoms: Symptoms) -> str:
    """Check for a loss that rises in many of the last updates, or rose far in earlier ones."""
    losses, rate = symptoms.losses, symptoms.rate
    if rate is None or len(losses) < 2 or rate <= symptoms.good_rate:
        return ""
    batches = symptoms.run.options.batch_size is not None
    rises = np.diff(losses[-LAST - 1 :]) > (LARGE_RISE if batches else RISE) * symptoms.baseline
    start = max(losses[0], symptoms.baseline)
    rose_far = losses.max() > (1.0 + LARGE_RISE) * start and rate > 10.0 * symptoms.good_rate
    if rises.mean() < SHARE and not rose_far:
        return ""
    how = f"in {rises.sum()} of the last {pluralize(len(rises), 'update')} the loss rose"
    if rises.mean() < SHARE:
        how = f"the loss rose from {losses[0]:.3g} to {losses.max():.3g} on the way"
    return f"learn_rate={rate:g} is too high, as {how} (pass learn_rate={symptoms.good_rate:g})"


def _check_much_too_low_rate(symptoms: Symptoms) -> str:
    return _describe_low_rate(symptoms, HOPELESS)


def _check_saturation(symptoms: Symptoms) -> str:
    """Check for more than half of the hidden units saturated or dead."""
    flat, total, _ = symptoms.units
    if 2 * flat <= total:
        return ""
    what = f"{flat} of {pluralize(total, 'hidden unit')}"
    one, several = "is {}: it hardly reacts", "are {}: they hardly react"
    words = f"{what} {(one if flat == 1 else several).format('saturated or dead')} in any row"
    again = "pass restarts=10 to train(), or another seed"
    if symptoms.losses.min(initial=np.inf) < LEARNED * symptoms.baseline:
        return f"a local optimum, as {words} ({again})"
    init, remedies = symptoms.model.used.init, []
    inputs, units = symptoms.model.perceptron.sizes[:2]
    if is_raw(symptoms.model) and find_largest_spread(symptoms.model) > 10.0:
        remedies.append("scale=True")
    # Weights drawn smaller than Glorot's saturated by training, or were assigned.
    small = isinstance(init, Real) and init <= sqrt(2.0 / (inputs + units))
    if not (small or isinstance(init, str)):
        remedies.append("init='glorot'")
    return f"{words} ({'pass ' + ' and '.join(remedies) if remedies else again})"


def _check_small_start(symptoms: Symptoms) -> str:
    """Check for weights too small to make the hidden units differ between rows."""
    model = symptoms.model
    if not model.perceptron.activations or symptoms.units.spread > NARROW:
        return ""
    slow = symptoms.rate is not None and symptoms.rate < SLOW * symptoms.good_rate
    if slow and symptoms.growth > SUFFICIENT_GROWTH:
        return ""
    remedies = [] if isinstance(model.used.init, str) else ["init='glorot'"]
    if is_raw(model) and find_largest_spread(model) < NARROW:
        remedies.append("scale=True")
    if not remedies:
        return ""
    return (
        "the weights are so small that the hidden units hardly differ from row to row "
        f"(pass {' and '.join(remedies)}; if that changes nothing, the columns may carry no "
        "information on the response)"
    )


def _check_low_rate(symptoms: Symptoms) -> str:
    return _describe_low_rate(symptoms, SLOW)


CAUSES: Sequence[Callable[[Symptoms], str]] = (
    _check_decay,
    _check_columns,
    _check_high_rate,
    _check_much_too_low_rate,
    _check_saturation,
    _check_small_start,
    _check_low_rate,
)
# Causes that also affect a training that has learned something, or has diverged.
LASTING_CAUSES = (_check_columns, _check_saturation)


def _describe_low_rate(symptoms: Symptoms, share: float) -> str:
    rate = symptoms.rate
    if rate is None or rate >= share * symptoms.good_rate:
        return ""
    return f"learn_rate={rate:g} is too low (pass learn_rate={symptoms.good_rate:g})"
