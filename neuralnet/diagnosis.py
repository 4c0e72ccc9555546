"""Why training may have gone wrong, in words: what the data and the weights give away.

Only looks; knows no optimizer's insides and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .coordinates import Raw, measure_moments
from .messages import cut
from .model import Model
from .optimality import examine
from .plans import Course
from .protocols import slide, unwarned
from .states import Step
from .workspace import count_rows, cut_rows

__all__ = ["Finding", "assess", "compare_spreads", "diagnose", "find_causes", "is_separated"]

Vector = NDArray[np.float64]

# Columns whose standard deviations are further apart than this train badly as they are.
WIDE = 1_000.0
# A unit whose slope stays below this share of the steepest one hardly learns.
FLAT = 1e-3
# A decrease of no more than this share of an intercept's loss is next to nothing.
AT_REST = 1e-3
# Second derivatives of more weights take too long to be looked at in passing.
MOST_WEIGHTS = 500

SEPARATED = (
    "The classes can be told apart without error, so that the weights grow without end: some "
    "decay, such as decay=1e-3, keeps them finite."
)
# Arguments that help where training does not get off the ground.
OTHERS = ("init='glorot'", "scale=True")


class Finding(NamedTuple):
    """What there is to say of a training that has ended.

    Attributes
    ----------
    words : str
        Sentences, or '' where all is well.
    grave : bool
        Whether it deserves a warning.
    """

    words: str
    grave: bool


def diagnose(model: Model, course: Course, last: Step, judged: bool) -> Finding:
    """Look for what went wrong in training that ended with a step.

    ``judged``: whether it deserves a warning that nothing was learned.
    """
    state = last.state
    advice, wrong = _judge_tolerance(model, course, last), True
    if not advice:
        advice, wrong = _compare_with_intercept(model, course, last, judged)
    separated = is_separated(model, state.theta)
    verdict = course.plan.optimizer.verdict(state.optimizer_state, nan)
    stuck = verdict is not None and not verdict.converged
    grave = bool((advice and wrong) or separated or last.failed)
    causes = find_causes(model, state.theta) if grave or stuck else []
    likely = f"Likely causes: {'; '.join(causes)}." if causes else ""
    apart = SEPARATED if separated else ""
    return Finding(" ".join(filter(None, [advice, apart, likely])), grave)


@unwarned
def _compare_with_intercept(model: Model, course: Course, last: Step, judged: bool) -> Finding:
    """What to say of weights that are hardly better than an intercept alone."""
    if model.design.x_names == ("Intercept",):
        return Finding("", False)
    # Of all rows, held out or not, as the baseline is.
    batch = model.weigh(model.batch)
    loss = model.evaluate(last.state.theta, batch).loss
    told = tell_shortfall(loss, model.baseline)
    if not told:
        return Finding("", False)
    if last.failed or not judged:
        # Wherever training is cut in two, this is the same.
        return Finding(f"{told}.", False)
    if _is_optimum(model, course, last.state.theta):
        return Finding(f"{told}: without hidden layers there is hardly a lower one.", False)
    start = model.evaluate(course.state.theta, batch).loss
    rated = hasattr(course.plan.optimizer, "learn_rate")
    tried = {OTHERS[0]: isinstance(model.used.init, str), OTHERS[1]: not is_raw(model)}
    others = [each for each in OTHERS if not tried[each]]
    return Finding(assess(loss, start, model.baseline, rated, others), True)


def _is_optimum(model: Model, course: Course, theta: Vector) -> bool:
    """Whether a step of Newton's method promises next to nothing, and no valley lies elsewhere."""
    if model.perceptron.activations or theta.size > MOST_WEIGHTS:
        return False
    objective = course.objective
    phi = objective.coordinates.from_raw(theta)
    gradient = slide(objective, phi, objective(phi)[1])
    # An L1 penalty holds the others at 0.
    free = (phi != 0.0) | (gradient != 0.0)
    gradient, H = gradient[free], objective.hessian(phi)[np.ix_(free, free)]
    enough = AT_REST * model.baseline / objective.coordinates.unit
    promise, _ = examine(H, lambda v: np.asarray(H @ v), gradient, 1.0, enough)
    return promise <= enough


def _judge_tolerance(model: Model, course: Course, last: Step) -> str:
    """What to say of a tolerance that even an intercept alone would meet; else ''."""
    tolerance = course.plan.rules.tolerance
    if not last.updated or not tolerance or not 0.0 < model.baseline < tolerance:
        return ""
    return (
        f"The tolerance is above the loss of an intercept alone, {model.baseline:.3g}, so that it "
        "ends training before anything is learned. Pass tolerance=0."
    )


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


def find_causes(model: Model, theta: Vector) -> list[str]:
    """What is likely to keep training from its goal, each with what to do about it."""
    found = []
    if unequal := compare_spreads(model):
        found.append(f"{unequal} (pass scale=True)")
    flat, units = _count_flat_units(model, theta)
    if 2 * flat > units:
        found.append(
            f"{flat} of {units} hidden units are saturated or dead, with no slope in any row "
            "(smaller initial weights such as init='glorot', or scale=True)"
        )
    n, P = model.rows.X.shape[0], model.perceptron.n_parameters
    free = P - np.count_nonzero(np.broadcast_to(model.penalty.decay, P))
    if n < free:
        which = "weights" if free == P else "weights without a penalty"
        found.append(f"{free} {which} for {n} rows (some decay, or fewer hidden units)")
    return found


def is_separated(model: Model, theta: Vector) -> bool:
    """Whether weights without a penalty tell all training rows apart, in no hidden layer."""
    if model.perceptron.activations or not model.labels.classes:
        return False
    if model.penalty:
        phi = model.coordinates.from_raw(theta)
        theta = model.coordinates.to_raw(np.where(model.penalty.decay, 0.0, phi))
    sums = model.evaluate(theta, model.batch)
    return sums.correct == sums.weight and sums.loss < 1e-3 * model.baseline


def assess(
    loss: float, start: float, baseline: float, rated: bool, others: Sequence[str] = OTHERS
) -> str:
    """What to say of a loss that is hardly better than that of an intercept alone; else ''.

    ``rated``: whether the optimizer has a learn_rate to choose; ``others``: arguments to try.
    """
    told = tell_shortfall(loss, baseline)
    if not told:
        return ""
    if loss > start or loss > 2.0 * baseline:
        how = f"it rose, from {start:.5g}" if loss > start else "it is far above"
        first = "a smaller learn_rate" if rated else "another optimizer"
        remedies = [first, *(each for each in others if each.startswith("scale"))]
        return f"{told}: {how}. Start again with {_join(remedies)}."
    remedies = ["another learn_rate"] * rated + ["more iterations", "another seed", *others]
    return f"{told}: the network has hardly learned anything yet. Try {_join(remedies)}."


def tell_shortfall(loss: float, baseline: float) -> str:
    """The beginning of a sentence on a loss hardly below an intercept's; '' for one that is."""
    # Where an intercept alone makes no error there is nothing to learn.
    if loss < 0.99 * baseline or baseline == 0.0 or not isfinite(loss):
        return ""
    return (
        f"Training ended at loss {loss:.5g}, not 1 % below the {baseline:.5g} that an intercept "
        "alone reaches"
    )


def _join(remedies: Sequence[str]) -> str:
    """``a, b or c``."""
    *most, last = remedies
    return f"{', '.join(most)} or {last}" if most else last


def _count_flat_units(model: Model, theta: Vector) -> tuple[int, int]:
    """Hidden units that hardly react in any row, and all of them."""
    perceptron, X = model.perceptron, model.batch.X
    # The largest slope of each unit; no array of all rows is made, as they may be many.
    slopes = [np.zeros(units) for units in perceptron.sizes[1:-1]]
    for rows in cut_rows(len(X), count_rows(perceptron.sizes)):
        sums, inputs = perceptron.forward(theta, X[rows])
        for layer, activation in enumerate(perceptron.activations):
            z, h = sums[layer], inputs[layer + 1][:, : perceptron.sizes[layer + 1]]
            largest = np.abs(activation.slope(z, h)).max(axis=0)
            slopes[layer] = np.maximum(slopes[layer], largest)
    flat, origin = 0, np.zeros(1)
    for activation, each in zip(perceptron.activations, slopes, strict=True):
        at_origin = np.abs(activation.slope(origin, activation.value(origin)))
        steepest = max(float(each.max()), float(at_origin[0]))
        # No less: all units may be dead, where the activation has no slope at 0 either.
        flat += int((each <= FLAT * steepest).sum())
    return flat, sum(perceptron.sizes[1:-1])
