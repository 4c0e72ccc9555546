"""What there is to say of a training that has ended, in words: what went wrong, and what to do.

Only looks; knows no optimizer's insides and changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite, nan
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, shorten, unwarned
from ..model import Model
from ..optimizers import examine, slide
from ..perceptron import Objective, Penalty
from .causes import MOST_NAMES, Evidence, find_cause, is_raw, tell_decay
from .history import History
from .options import Course
from .separation import Recession, find_recession, is_separated
from .state import Step

Vector = NDArray[np.float64]

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
    optimum : bool
        Whether the weights may be an optimum: also where a penalty holds them near 0.
    endless : bool
        Whether weights grow without end, so that there is no optimum.
    note : str
        Of collinear columns, which a warning before training has named.
    """

    words: str
    grave: bool
    optimum: bool
    endless: bool
    note: str


class Shortfall(NamedTuple):
    """What there is to say of weights that are hardly better than an intercept alone.

    Attributes
    ----------
    words : str
        Sentences, or '' where they are better.
    grave, named : bool
        Whether it deserves a warning, and whether the words name a cause.
    optimum : bool
        Whether the penalized loss has its minimum there.
    """

    words: str = ""
    grave: bool = False
    named: bool = False
    optimum: bool = False


def diagnose(model: Model, course: Course, last: Step, judged: bool, history: History) -> Finding:
    """Look for what went wrong in training that ended with a step.

    ``judged``: whether it deserves a warning that nothing was learned, or has no optimum.
    """
    state = last.state
    short = Shortfall(_judge_tolerance(model, course, last), grave=True)
    if not short.words:
        short = _compare_with_intercept(model, course, last, judged, history)
    endless = _find_endless(model, course, state.theta, judged and not last.failed)
    verdict = course.plan.optimizer.verdict(state.optimizer_state, nan)
    stuck = verdict is not None and not verdict.converged
    lost = bool(endless or last.failed)
    cause = ""
    if (stuck or lost) and not short.named:
        cause = find_cause(_gather(model, course, last, history), rated=False)
    likely = f"Likely cause: {cause}." if cause else ""
    words = " ".join(filter(None, [short.words, endless, likely]))
    optimum = not lost and (short.optimum or not short.grave)
    return Finding(words, short.grave or lost, optimum, bool(endless), tell_dependencies(model))


def _gather(model: Model, course: Course, last: Step, history: History) -> Evidence:
    losses = history.columns(last.state.iteration)["loss"]
    rate = last.learn_rate
    if course.plan.schedule is None:
        rate = getattr(course.plan.optimizer, "learn_rate", nan)
    known = rate if isinstance(rate, float) and isfinite(rate) else None
    return Evidence(model, course, last.state.theta, losses, known)


@unwarned
def _compare_with_intercept(
    model: Model, course: Course, last: Step, judged: bool, history: History
) -> Shortfall:
    """What to say of weights that are hardly better than an intercept alone."""
    if model.design.x_names == ("Intercept",):
        return Shortfall()
    # Of all rows, held out or not, as the baseline is.
    batch = model.apply_class_weights(model.batch)
    loss = model.evaluate(last.state.theta, batch).loss
    told = tell_shortfall(loss, model.baseline)
    if not told:
        return Shortfall()
    if last.failed or not judged:
        # Wherever training is cut in two, this is the same.
        return Shortfall(f"{told}.")
    if _is_optimum(model, course.objective, last.state.theta):
        bare = replace(course.objective, penalty=Penalty())
        if model.penalty and not _is_optimum(model, bare, last.state.theta):
            return Shortfall(f"{told}. Likely cause: {tell_decay(model)}.", True, True, True)
        return Shortfall(f"{told}: without hidden layers there is hardly a lower one.")
    evidence = _gather(model, course, last, history)
    if cause := find_cause(evidence, rated=True):
        return Shortfall(f"{told}. Likely cause: {cause}.", True, True)
    start = evidence.losses[0] if len(evidence.losses) else loss
    rated = hasattr(course.plan.optimizer, "learn_rate")
    tried = {OTHERS[0]: isinstance(model.used.init, str), OTHERS[1]: not is_raw(model)}
    others = [each for each in OTHERS if not tried[each]]
    return Shortfall(assess(loss, start, model.baseline, rated, others), True)


def _is_optimum(model: Model, objective: Objective, theta: Vector) -> bool:
    """Whether a step of Newton's method promises next to nothing, and no valley lies elsewhere."""
    if model.perceptron.activations or theta.size > MOST_WEIGHTS:
        return False
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


def _find_endless(model: Model, course: Course, theta: Vector, judged: bool) -> str:
    """What to say of weights that grow without end; else ''."""
    if is_separated(model, theta):
        return SEPARATED
    recession = find_recession(model, theta, course.rows) if judged else None
    return "" if recession is None else _tell_recession(model, course, recession)


def _tell_recession(model: Model, course: Course, recession: Recession) -> str:
    """Which rows make which weights grow."""
    rows, labels = recession.rows, _get_labels(model, course)
    same = _tell_response(model, labels[rows], recession)
    remedy = "some decay, such as decay=1e-3,"
    if rows.all() and same:
        if not recession.classes or recession.own:
            value = same.split(" ", 1)[1]
            return f"The response is the same in every row ({value}): there is nothing to learn."
        return (
            f"Quasi-separation: all {len(rows)} rows {same}, so that the weights of this class "
            f"grow without end: {remedy} keeps them finite."
        )
    intercept = model.design.terms.intercept
    columns = [each for each in recession.columns if each != intercept] or recession.columns
    named = _join_columns(model, columns)
    growing = f"the weights of {named} grow"
    if found := _find_levels(model, course, recession):
        variable, levels = found
        each = ", in each of these levels all rows"
        which = f" all {rows.sum()} rows" if len(levels) == 1 else each
        what = f"with {variable} = {_join([*map(_show, levels)], 'or')}{which} "
        what += same or "have the same response"
        remedy = f"merge levels, or leave these rows out; or {remedy}"
    else:
        classes = _join([_show(model.labels.outputs[each]) for each in recession.classes], "or")
        some = f"{rows.sum()} of {len(rows)} rows"
        one = "s" * (len(columns) == 1)
        what = f"{named} tell{one} {classes or some} apart without error"
        if not model.labels.classes:
            reason = f", as these {same}" if same else ""
            what = f"{named} fit{one} {some} the better the larger the weights{reason}"
        growing = f"{'its' if one else 'their'} weights grow"
    return f"Quasi-separation: {what}, so that {growing} without end: {remedy} keeps them finite."


def _get_labels(model: Model, course: Course) -> pd.Series | pd.DataFrame:
    """The response of the rows trained on."""
    labels = model.rows.labels
    return labels if course.kept is None else labels[course.kept]


def _tell_response(
    model: Model, labels: pd.Series | pd.DataFrame, recession: Recession | None = None
) -> str:
    """What is true of the response in all of some rows; '' for nothing."""
    if labels.ndim == 2:
        limits = zip(labels.to_numpy().T, ("have no success", "have no failure"), strict=False)
        return next((words for counts, words in limits if not counts.any()), "")
    values = labels.drop_duplicates()
    known = [model.labels.outputs[each] for each in recession.classes] if recession else []
    if known and not values.isin(known).any():
        return f"are never {_join([*map(_show, known)], 'or')}"
    if len(values) == 1:
        (value,) = values
        own = f"have {cut(model.labels.response)} = {_show(value)}"
        return f"are {_show(value)}" if known else own
    return ""


def _find_levels(
    model: Model, course: Course, recession: Recession
) -> tuple[str, list[object]] | None:
    """A variable and some of its levels that make up just these rows, each with one response."""
    rows, labels = recession.rows, _get_labels(model, course)
    frame = model.model_frame.frame if course.kept is None else model.model_frame.frame[course.kept]
    alike = bool(_tell_response(model, labels[rows], recession))
    for name, variable in model.design.variables.items():
        if variable.kind == "number" or rows.all():
            continue
        level = frame[name].to_numpy()
        inside = pd.unique(level[rows])
        if len(inside) > MOST_NAMES or frame[name].isin(inside).sum() != rows.sum():
            continue
        if alike or all(_tell_response(model, labels[level == each]) for each in inside):
            return cut(name), [*inside]
    return None


def tell_dependencies(model: Model) -> str:
    """Which columns are exactly collinear, where that leaves weights open; else ''."""
    told = []
    for column, others in model.dependencies[:MOST_NAMES]:
        what = (
            f"a linear combination of {_join_columns(model, others)}" if others else "0 in all rows"
        )
        told.append(f"{cut(model.design.x_names[column])} is {what}")
    if not told:
        return ""
    left = len(model.dependencies) - len(told)
    more = f"; and {left} more" if left > 0 else ""
    return (
        f"Exactly collinear columns: {'; '.join(told)}{more}. Their weights are not unique. The "
        "fitted values are, and predictions for new rows in which the columns depend on each other "
        "in the same way: leave columns out, or use some decay."
    )


def _join_columns(model: Model, columns: Sequence[int]) -> str:
    names = [cut(model.design.x_names[each]) for each in columns]
    more = [f"{len(names) - MOST_NAMES} more columns"] if len(names) > MOST_NAMES else []
    return _join([*names[:MOST_NAMES], *more], "and")


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
        return f"{told}: {how}. Start again with {_join(remedies, 'or')}."
    remedies = ["another learn_rate"] * rated + ["more iterations", "another seed", *others]
    return f"{told}: the network has hardly learned anything yet. Try {_join(remedies, 'or')}."


def tell_shortfall(loss: float, baseline: float) -> str:
    """The beginning of a sentence on a loss hardly below an intercept's; '' for one that is."""
    # Where an intercept alone makes no error there is nothing to learn.
    if loss < 0.99 * baseline or baseline == 0.0 or not isfinite(loss):
        return ""
    return (
        f"Training ended at loss {loss:.5g}, not 1 % below the {baseline:.5g} that an intercept "
        "alone reaches"
    )


def _show(value: object) -> str:
    """A level or a class as it is typed."""
    return shorten(value.item() if isinstance(value, np.generic) else value)


def _join(parts: Sequence[str], word: str) -> str:
    """``a, b or c``."""
    *most, last = parts or [""]
    return f"{', '.join(most)} {word} {last}" if most else last
