"""Why a loss stayed high: a table of causes, each with the sign it is seen by and its remedy.

The first one that is seen is named: those further down are often its effects, or show once it is
mended. Only looks, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, prod, sqrt
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from ..errors import cut
from ..model import Model
from ..perceptron import Raw, Standardized, count_rows, cut_rows, measure_moments, measure_steepness
from .hidden_units import Units, measure_units
from .options import Course

Vector = NDArray[np.float64]

# Columns whose standard deviations are further apart than this train badly as they are.
WIDE = 1_000.0
# A share of an intercept's loss below which training has learned something.
LEARNED = 0.99
# Sums into hidden units that spread by less than this leave the units almost constant.
NARROW = 0.1
# Columns that are named, and levels.
MOST_NAMES = 5
# So many last updates are looked at, and such a share of them may raise the loss.
LAST, SHARE = 100, 0.1
# Rises of the loss, as shares of an intercept's, that are more than rounding, and more than
# mini-batches of different rows explain.
RISE, LARGE_RISE = 1e-9, 0.1
# Shares of a good rate below which training learns nothing, and learns slowly.
HOPELESS, SLOW = 1e-2, 1.0 / 3.0
# A growth by this factor makes weights of almost nothing large enough to be felt.
FELT = exp(10.0)


@dataclass(frozen=True)
class Evidence:
    """What a training has left.

    Attributes
    ----------
    model : Model
    course : Course
    theta : (P,) array
        Where training ended.
    losses : (m,) array
        Before each update, on the rows trained on.
    rate : float or None
        Of the last update; None where the optimizer has none.
    """

    model: Model
    course: Course
    theta: Vector
    losses: Vector
    rate: float | None

    @cached_property
    def baseline(self) -> float:
        """The loss of an intercept alone on the rows trained on."""
        return self.model.share_baseline(self.model.apply_class_weights(self.course.rows))

    @cached_property
    def units(self) -> Units:
        """What the hidden units do in the rows."""
        return measure_units(self.model.perceptron, self.theta, self.model.batch)

    @cached_property
    def good_rate(self) -> float:
        """What the curvature of the loss allows, in round numbers; else the optimizer's default."""
        return self._fit_rate(self.model.measure_steepness(self.course.rows))

    @cached_property
    def scaled_rate(self) -> float:
        """The same with ``scale=True``."""
        return self._fit_rate(self.scaled_steepness)

    @cached_property
    def scaled_steepness(self) -> float:
        """How steep the loss is in standardized columns."""
        reading, rows = (
            self.model.standard_readings[0],
            self.model.apply_class_weights(self.course.rows),
        )
        return measure_steepness(self.model.perceptron, reading.center, reading.spread, rows)

    def _fit_rate(self, steepness: float) -> float:
        optimizer, batch_size = self.course.plan.optimizer, self.course.plan.batch_size
        if not getattr(optimizer, "follows_gradient", False):
            field = getattr(type(optimizer), "__dataclass_fields__", {}).get("learn_rate")
            default = getattr(field, "default", None)
            # Of a user-defined optimizer without a default nobody knows a better rate.
            own = optimizer.learn_rate  # type: ignore[attr-defined]
            return float(default if isinstance(default, Real) else own)
        if batch_size is not None:
            steepness *= min(1.0, batch_size / len(self.course.rows.X))
        kept: float = getattr(optimizer, "momentum", 0.0)
        return _round_down((1.0 - kept) / (2.0 * steepness))

    @cached_property
    def growth(self) -> float:
        """By what factor a good rate would have made weights grow that are almost 0.

        Weights W1 into a hidden layer and W2 out of it move by ``slope * X' (y - mu) W2'`` and by
        its transpose: they grow along the largest singular value. Behind several layers they do
        not.
        """
        perceptron, origin = self.model.perceptron, np.zeros(1)
        if len(perceptron.activations) != 1:
            return 1.0
        (activation,) = perceptron.activations
        slope = abs(float(activation.slope(origin, activation.value(origin))[0]))
        exponent = self.good_rate * slope * self.pull * len(self.losses)
        return exp(min(exponent, 100.0))

    @cached_property
    def pull(self) -> float:
        """The largest singular value of ``X' (mu - y)``."""
        return float(np.linalg.norm(_correlate(self.model, self.course, self.theta), 2))


def find_cause(evidence: Evidence, *, rated: bool) -> str:
    """The first cause that is seen, with its remedy; '' for none.

    ``rated``: whether it may be the learning rate or the start; else only what lies in the columns
    and in saturated units.
    """
    for see in CAUSES if rated else LASTING:
        if told := see(evidence):
            return told
    return ""


def _see_decay(evidence: Evidence) -> str:
    """A penalty that draws weights to 0 faster than the loss makes them grow."""
    model, perceptron = evidence.model, evidence.model.perceptron
    if not model.penalty or not perceptron.activations:
        return ""
    decay = np.broadcast_to(model.penalty.decay, perceptron.n_parameters)
    biases = [model.design.terms.intercept, *[0] * (len(perceptron.shapes) - 1)]
    held = [
        np.delete(matrix, [] if bias is None else bias, axis=0).min(initial=np.inf)
        for matrix, bias in zip(perceptron.unflatten(decay), biases, strict=True)
    ]
    z = np.array([-1.0, 0.0, 1.0])
    slopes = (float(np.abs(f.slope(z, f.value(z))).max()) for f in perceptron.activations)
    if 2.0 * min(held) < prod(slopes) * evidence.pull:
        return ""
    return tell_decay(model)


def tell_decay(model: Model) -> str:
    """That the decay is too high, with the remedy."""
    return (
        f"decay={max(np.ravel(model.used.decays)):g} is so high that it holds the weights near 0 "
        "(pass decay='cv'; or a smaller decay)"
    )


def _see_columns(evidence: Evidence) -> str:
    # Without hidden units an optimizer that standardizes columns itself is not misled.
    model = evidence.model
    if evidence.course.objective.standardized and not model.perceptron.activations:
        return ""
    told = compare_spreads(model) or _tell_large(evidence)
    if not told:
        return ""
    # A rate that suits large columns is far too low for standardized ones.
    low = evidence.rate is not None and evidence.rate < SLOW * evidence.scaled_rate
    rate = f" and learn_rate={evidence.scaled_rate:g}" if low else ""
    return f"{told} (pass scale=True{rate})"


def _see_high_rate(evidence: Evidence) -> str:
    losses, rate = evidence.losses, evidence.rate
    if rate is None or len(losses) < 2 or rate <= evidence.good_rate:
        return ""
    batches = evidence.course.plan.batch_size is not None
    rises = np.diff(losses[-LAST - 1 :]) > (LARGE_RISE if batches else RISE) * evidence.baseline
    start = max(losses[0], evidence.baseline)
    climbed = losses.max() > (1.0 + LARGE_RISE) * start and rate > 10.0 * evidence.good_rate
    if rises.mean() < SHARE and not climbed:
        return ""
    how = f"in {rises.sum()} of the last {len(rises)} updates the loss rose"
    if rises.mean() < SHARE:
        how = f"the loss rose from {losses[0]:.3g} to {losses.max():.3g} on the way"
    return f"learn_rate={rate:g} is too high, as {how} (pass learn_rate={evidence.good_rate:g})"


def _see_hopeless_rate(evidence: Evidence) -> str:
    return _tell_low_rate(evidence, HOPELESS)


def _see_saturation(evidence: Evidence) -> str:
    flat, total, _ = evidence.units
    if 2 * flat <= total:
        return ""
    words = f"{flat} of {total} hidden units are saturated or dead: they hardly react in any row"
    again = "pass restarts=10 to train(), or another seed"
    if evidence.losses.min(initial=np.inf) < LEARNED * evidence.baseline:
        return f"a local optimum, as {words} ({again})"
    init, remedies = evidence.model.used.init, []
    inputs, units = evidence.model.perceptron.sizes[:2]
    if is_raw(evidence.model) and _find_widest(evidence.model) > 10.0:
        remedies.append("scale=True")
    # Weights that were drawn smaller than Glorot's have come to this by training, or were assigned.
    small = isinstance(init, Real) and init <= sqrt(2.0 / (inputs + units))
    if not (small or isinstance(init, str)):
        remedies.append("init='glorot'")
    return f"{words} ({'pass ' + ' and '.join(remedies) if remedies else again})"


def _see_small_start(evidence: Evidence) -> str:
    model = evidence.model
    if not model.perceptron.activations or evidence.units.spread > NARROW:
        return ""
    slow = evidence.rate is not None and evidence.rate < SLOW * evidence.good_rate
    if slow and evidence.growth > FELT:
        return ""
    remedies = [] if isinstance(model.used.init, str) else ["init='glorot'"]
    if is_raw(model) and _find_widest(model) < NARROW:
        remedies.append("scale=True")
    if not remedies:
        return ""
    return (
        "the weights are so small that the hidden units hardly differ from row to row "
        f"(pass {' and '.join(remedies)}; if that changes nothing, the columns may tell nothing of "
        "the response)"
    )


def _see_low_rate(evidence: Evidence) -> str:
    return _tell_low_rate(evidence, SLOW)


CAUSES: Sequence[Callable[[Evidence], str]] = (
    _see_decay,
    _see_columns,
    _see_high_rate,
    _see_hopeless_rate,
    _see_saturation,
    _see_small_start,
    _see_low_rate,
)
# What may also keep a training from its goal that has learned something, or has diverged.
LASTING = (_see_columns, _see_saturation)


def _tell_low_rate(evidence: Evidence, share: float) -> str:
    rate = evidence.rate
    if rate is None or rate >= share * evidence.good_rate:
        return ""
    return f"learn_rate={rate:g} is too low (pass learn_rate={evidence.good_rate:g})"


def _round_down(value: float) -> float:
    """To one digit."""
    unit = 10.0 ** np.floor(np.log10(value))
    return float(f"{np.floor(value / unit * (1.0 + 1e-12)) * unit:.0e}")


def compare_spreads(model: Model) -> str:
    """Which columns of X are too unequal, or too far from 0, to train well as they are; else ''."""
    X = model.rows.X
    if not is_raw(model) or not X.size:
        return ""
    means, spreads = measure_moments(X, None)
    names = [*map(cut, model.design.x_names)]
    return "; ".join(
        filter(None, [_tell_unequal(names, spreads), _tell_far(names, means, spreads)])
    )


def _tell_large(evidence: Evidence) -> str:
    """Of columns so large that a rate fit for them is far too low for all other weights."""
    model, rows = evidence.model, evidence.course.rows
    if not is_raw(model) or not rows.X.size:
        return ""
    ratio = model.measure_steepness(rows) / evidence.scaled_steepness
    if not ratio > WIDE:
        return ""
    sizes = np.hypot(*measure_moments(rows.X, None))
    largest = np.flatnonzero(sizes > 0.1 * sizes.max())[:MOST_NAMES]
    named = ", ".join(cut(model.design.x_names[each]) for each in largest)
    return (
        f"values as large as those of {named} (root mean square up to {sizes.max():.3g}) make the "
        f"loss {_show(ratio)} times as steep as standardized columns do"
    )


def _tell_far(names: Sequence[str], means: Vector, spreads: Vector) -> str:
    """Of the column whose mean is furthest above its spread, if that is too far."""
    moving = np.flatnonzero(spreads > 0)
    with np.errstate(over="ignore"):
        ratios = np.abs(means[moving]) / spreads[moving]
    if not ratios.max(initial=0.0) > WIDE:
        return ""
    far = moving[ratios.argmax()]
    return (
        f"the mean of {names[far]}, {means[far]:.6g}, is {_show(ratios.max())} times its standard "
        f"deviation, {spreads[far]:.3g}"
    )


def _tell_unequal(names: Sequence[str], spreads: Vector) -> str:
    """Of the widest and the narrowest column, if they are too far apart."""
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
        f"the columns of X differ in spread by a factor of {_show(ratio)}: {names[widest]} has a "
        f"standard deviation of {spreads[widest]:.3g}, {names[narrowest]} one of "
        f"{spreads[narrowest]:.3g}"
    )


def _show(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio < 1e12 else f"{ratio:.1g}"


def is_raw(model: Model) -> bool:
    """Whether columns are used as they are, without ``scale=True``."""
    return isinstance(model.coordinates, Raw)


def _find_widest(model: Model) -> float:
    return float(measure_moments(model.rows.X, None)[1].max(initial=0.0))


def _correlate(model: Model, course: Course, theta: Vector) -> NDArray[np.float64]:
    """``X' (mu - y)``, (D, K), in the optimizer's coordinates."""
    perceptron, coordinates, rows = (
        model.perceptron,
        model.coordinates,
        model.apply_class_weights(course.rows),
    )
    total = np.zeros((perceptron.sizes[0], perceptron.sizes[-1]))
    for block in cut_rows(len(rows.X), count_rows(perceptron.sizes)):
        some = rows.pick(block)
        eta = perceptron.scores(theta, some.X, some.offset)
        total += some.X.T @ perceptron.family.loss_and_delta(eta, some.Y, some.w)[1]
    if isinstance(coordinates, Standardized):
        reading = coordinates.readings[0]
        if reading.bias is not None:
            total -= reading.center[:, None] * total[[reading.bias]]
        total /= reading.spread[:, None] * coordinates.y_spread
    return total
