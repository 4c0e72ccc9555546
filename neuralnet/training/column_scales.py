"""Column scales: columns of X, and responses, too unequal, too far from 0 or too large to train.

Only reads a model; the remedy is left to the caller.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import cut
from ..model import Model, choose_units
from ..perceptron import Unscaled, measure_moments
from .phrases import MOST_NAMES
from .symptoms import Symptoms

Vector = NDArray[np.float64]

# Columns whose standard deviations are further apart than this train badly as they are.
WIDE = 1_000.0
# Responses whose standard deviations are further apart do not share one loss well.
UNEQUAL = 30.0


def compare_spreads(model: Model) -> str:
    """Describe columns of X that are too unequal or too far from 0 to train well; '' for none."""
    X = model.rows.X
    if not is_raw(model) or not X.size:
        return ""
    means, spreads = measure_moments(X, None)
    names = [*map(cut, model.design.x_names)]
    return "; ".join(
        filter(None, [_describe_unequal(names, spreads), _describe_far(names, means, spreads)])
    )


def compare_responses(model: Model) -> str:
    """Describe responses of which one has almost all of the loss, and the remedy; '' for none.

    Without hidden units each response has weights of its own.
    """
    perceptron, spreads = model.perceptron, np.array(model.response_spreads or [], dtype=float)
    if perceptron.spreads is not None or not perceptron.activations or not spreads.all():
        return ""
    if not spreads.max(initial=0.0) > UNEQUAL * spreads.min(initial=np.inf):
        return ""
    names = [*map(cut, model.labels.outputs)]
    scalable = choose_units(perceptron, model.response_spreads).spreads is not None
    remedy = (
        "Pass scale=True, which counts each in units of its own standard deviation"
        if scalable
        else "Bring them to one scale, as in cbind(a / 1000, b), or fit one network each"
    )
    return (
        "the responses differ in spread by a factor of "
        f"{_format_ratio(spreads.max() / spreads.min())}, and their squares add up to one loss: "
        f"{names[spreads.argmax()]} will be fitted, {names[spreads.argmin()]} hardly. {remedy}."
    )


def describe_large_columns(symptoms: Symptoms) -> str:
    """Describe columns so large that a rate fit for them is far too low for all other weights."""
    model, rows = symptoms.model, symptoms.run.rows
    if not is_raw(model) or not rows.X.size:
        return ""
    ratio = model.estimate_lipschitz(rows) / symptoms.scaled_lipschitz
    if not ratio > WIDE:
        return ""
    sizes = np.hypot(*measure_moments(rows.X, None))
    largest = np.flatnonzero(sizes > 0.1 * sizes.max())[:MOST_NAMES]
    named = ", ".join(cut(model.design.x_names[each]) for each in largest)
    return (
        f"values as large as those of {named} (root mean square up to {sizes.max():.3g}) make the "
        f"loss {_format_ratio(ratio)} times as steep as standardized columns do"
    )


def _describe_far(names: Sequence[str], means: Vector, spreads: Vector) -> str:
    """Describe the column whose mean is furthest above its spread, if that is too far."""
    moving = np.flatnonzero(spreads > 0)
    with np.errstate(over="ignore"):
        ratios = np.abs(means[moving]) / spreads[moving]
    if not ratios.max(initial=0.0) > WIDE:
        return ""
    far = moving[ratios.argmax()]
    return (
        f"the mean of {names[far]}, {means[far]:.6g}, is {_format_ratio(ratios.max())} times its "
        f"standard deviation, {spreads[far]:.3g}"
    )


def _describe_unequal(names: Sequence[str], spreads: Vector) -> str:
    """Describe the widest and the narrowest column, if they are too far apart."""
    moving = np.flatnonzero(spreads > 0)
    if len(moving) < 2:
        return ""
    widest = moving[spreads[moving].argmax()]
    narrowest = moving[spreads[moving].argmin()]
    with np.errstate(over="ignore"):
        ratio = spreads[widest] / spreads[narrowest]
    if ratio <= WIDE:
        return ""
    return (
        f"the columns of X differ in spread by a factor of {_format_ratio(ratio)}: "
        f"{names[widest]} has a standard deviation of {spreads[widest]:.3g}, {names[narrowest]} "
        f"one of {spreads[narrowest]:.3g}"
    )


def _format_ratio(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio < 1e12 else f"{ratio:.1g}"


def is_raw(model: Model) -> bool:
    """True if columns are used as they are, without ``scale=True``."""
    return isinstance(model.scaling, Unscaled)


def find_largest_spread(model: Model) -> float:
    """The largest standard deviation of a column of X."""
    return float(measure_moments(model.rows.X, None)[1].max(initial=0.0))
