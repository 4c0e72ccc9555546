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
from .evidence import Evidence

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


def find_cause(evidence: Evidence, *, learned_nothing: bool) -> str:
    """Find the first cause whose symptom is present, with its remedy; '' for none.

    ``learned_nothing``: whether the learning rate and the start may be causes too, besides
    columns and saturated units.
    """
    for check in CAUSES if learned_nothing else LASTING_CAUSES:
        if cause := check(evidence):
            return cause
    return ""


def _check_decay(evidence: Evidence) -> str:
    """Check for a penalty that shrinks weights faster than the loss makes them grow."""
    model, perceptron = evidence.model, evidence.model.perceptron
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
    if 2.0 * min(penalties) < prod(slopes) * evidence.correlation:
        return ""
    return describe_decay(model)


def describe_decay(model: Model) -> str:
    """Describe a decay that is too high, with the remedy."""
    return (
        f"decay={max(np.ravel(model.used.decays)):g} is so high that it holds the weights near 0 "
        "(pass decay='cv'; or a smaller decay)"
    )


def _check_columns(evidence: Evidence) -> str:
    """Check for columns that train badly without standardization."""
    # Without hidden units, an optimizer that standardizes columns itself is not affected.
    model = evidence.model
    if evidence.run.objective.standardized and not model.perceptron.activations:
        return ""
    cause = compare_spreads(model) or describe_large_columns(evidence)
    if not cause:
        return ""
    # A rate that suits large columns is far too low for standardized ones.
    low = evidence.rate is not None and evidence.rate < SLOW * evidence.scaled_rate
    rate = f" and learn_rate={evidence.scaled_rate:g}" if low else ""
    return f"{cause} (pass scale=True{rate})"


def _check_high_rate(evidence: Evidence) -> str:
    """Check for a loss that rises in many of the last updates, or rose far in earlier ones."""
    losses, rate = evidence.losses, evidence.rate
    if rate is None or len(losses) < 2 or rate <= evidence.good_rate:
        return ""
    batches = evidence.run.options.batch_size is not None
    rises = np.diff(losses[-LAST - 1 :]) > (LARGE_RISE if batches else RISE) * evidence.baseline
    start = max(losses[0], evidence.baseline)
    rose_far = losses.max() > (1.0 + LARGE_RISE) * start and rate > 10.0 * evidence.good_rate
    if rises.mean() < SHARE and not rose_far:
        return ""
    how = f"in {rises.sum()} of the last {pluralize(len(rises), 'update')} the loss rose"
    if rises.mean() < SHARE:
        how = f"the loss rose from {losses[0]:.3g} to {losses.max():.3g} on the way"
    return f"learn_rate={rate:g} is too high, as {how} (pass learn_rate={evidence.good_rate:g})"


def _check_much_too_low_rate(evidence: Evidence) -> str:
    return _describe_low_rate(evidence, HOPELESS)


def _check_saturation(evidence: Evidence) -> str:
    """Check for more than half of the hidden units saturated or dead."""
    flat, total, _ = evidence.units
    if 2 * flat <= total:
        return ""
    what = f"{flat} of {pluralize(total, 'hidden unit')}"
    one, several = "is {}: it hardly reacts", "are {}: they hardly react"
    words = f"{what} {(one if flat == 1 else several).format('saturated or dead')} in any row"
    again = "pass restarts=10 to train(), or another seed"
    if evidence.losses.min(initial=np.inf) < LEARNED * evidence.baseline:
        return f"a local optimum, as {words} ({again})"
    init, remedies = evidence.model.used.init, []
    inputs, units = evidence.model.perceptron.sizes[:2]
    if is_raw(evidence.model) and find_largest_spread(evidence.model) > 10.0:
        remedies.append("scale=True")
    # Weights drawn smaller than Glorot's saturated by training, or were assigned.
    small = isinstance(init, Real) and init <= sqrt(2.0 / (inputs + units))
    if not (small or isinstance(init, str)):
        remedies.append("init='glorot'")
    return f"{words} ({'pass ' + ' and '.join(remedies) if remedies else again})"


def _check_small_start(evidence: Evidence) -> str:
    """Check for weights too small to make the hidden units differ between rows."""
    model = evidence.model
    if not model.perceptron.activations or evidence.units.spread > NARROW:
        return ""
    slow = evidence.rate is not None and evidence.rate < SLOW * evidence.good_rate
    if slow and evidence.growth > SUFFICIENT_GROWTH:
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


def _check_low_rate(evidence: Evidence) -> str:
    return _describe_low_rate(evidence, SLOW)


CAUSES: Sequence[Callable[[Evidence], str]] = (
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


def _describe_low_rate(evidence: Evidence, share: float) -> str:
    rate = evidence.rate
    if rate is None or rate >= share * evidence.good_rate:
        return ""
    return f"learn_rate={rate:g} is too low (pass learn_rate={evidence.good_rate:g})"
