"""Diagnostics of a training that has ended: messages on failures, with remedies.

Reads a model, a run and its last step; changes nothing.
"""

from __future__ import annotations

from math import isfinite, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import cut
from ..model import Model
from ..optimizers import read_capabilities
from .causes import find_cause
from .history import History
from .intercept_comparison import Shortfall, compare_with_intercept
from .options import TrainingRun
from .phrases import MOST_NAMES, join_columns
from .separation_messages import describe_separation
from .state import StepResult
from .symptoms import Symptoms


class Diagnosis(NamedTuple):
    """Diagnosis of a training that has ended.

    Attributes
    ----------
    message : str
        Sentences, or '' where all is well.
    serious : bool
        Whether it deserves a warning.
    may_be_optimum : bool
        Whether the weights may be an optimum: also where a penalty holds them near 0.
    unbounded : bool
        Whether weights grow without end, so that there is no optimum.
    note : str
        On collinear columns, which a warning before training has named.
    """

    message: str
    serious: bool
    may_be_optimum: bool
    unbounded: bool
    note: str


def diagnose(
    model: Model, run: TrainingRun, last: StepResult, judged: bool, history: History
) -> Diagnosis:
    """Diagnose training that ended with a step.

    ``judged``: whether a failure to learn, or to have an optimum, deserves a warning.
    """
    final = judged and not last.diverged
    symptoms = _gather(model, run, last, history)
    short = Shortfall(_check_tolerance(model, run, last), serious=True)
    if not short.message:
        short = compare_with_intercept(symptoms, final)
    separation = describe_separation(
        model,
        last.state.theta,
        kept_rows=run.kept_rows,
        mask=run.options.mask,
        search=final,
    )
    stop = run.options.optimizer.check_convergence(last.state.optimizer_state, nan)
    failed = bool(separation or last.diverged)
    cause = ""
    if (failed or (stop is not None and not stop.converged)) and not short.has_cause:
        cause = find_cause(symptoms, learned_nothing=False)
    parts = short.message, separation, f"Likely cause: {cause}." if cause else ""
    return Diagnosis(
        message=" ".join(filter(None, parts)),
        serious=short.serious or failed,
        may_be_optimum=not failed and (short.is_optimum or not short.serious),
        unbounded=bool(separation),
        note=describe_collinear_columns(model, run.options.mask),
    )


def _gather(model: Model, run: TrainingRun, last: StepResult, history: History) -> Symptoms:
    rate: float | None = last.learn_rate
    if run.options.schedule is None:
        rate = read_capabilities(run.options.optimizer).learn_rate
    known = rate if isinstance(rate, float) and isfinite(rate) else None
    return Symptoms(model, run, last.state.theta, history.losses(last.state.iteration), known)


def _check_tolerance(model: Model, run: TrainingRun, last: StepResult) -> str:
    """Describe a tolerance above the loss of an intercept alone; '' for none."""
    tolerance = run.options.rules.tolerance
    if not last.updated or not tolerance or not 0.0 < model.baseline < tolerance:
        return ""
    return (
        f"The tolerance is above the loss of an intercept alone, {model.baseline:.3g}, so that it "
        "ends training before anything is learned. Pass tolerance=0."
    )


def describe_collinear_columns(model: Model, mask: NDArray[np.bool_] | None = None) -> str:
    """Describe exactly collinear columns, where that leaves weights undetermined; '' for none.

    ``mask`` (P,): the weights that are not fixed.
    """
    parts, found = [], model.dependencies
    if mask is not None and found:
        # Fixed weights of one of the columns, or of the intercept, determine the others.
        fixed = np.flatnonzero(~np.all(model.perceptron.unflatten(mask)[0], axis=1)).tolist()
        if model.design.terms.intercept in fixed:
            return ""
        found = tuple(each for each in found if not {each.column, *each.others} & {*fixed})
    for column, others in found[:MOST_NAMES]:
        what = "0 in all rows"
        if others:
            what = f"a linear combination of {join_columns(model, others)}"
        parts.append(f"{cut(model.design.x_names[column])} is {what}")
    if not parts:
        return ""
    left = len(found) - len(parts)
    more = f"; and {left} more" if left > 0 else ""
    return (
        f"Exactly collinear columns: {'; '.join(parts)}{more}. Their weights are not unique. The "
        "fitted values are, and predictions for new rows in which the columns depend on each other "
        "in the same way: leave columns out, or use some decay."
    )
