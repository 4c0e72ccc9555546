"""The conclusion of a training: its message, and whether it ended at an optimum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import pluralize
from ..optimizers import Stop
from .diagnostics import Diagnosis, diagnose
from .engine_advice import recommend_engine
from .fit import Fit
from .options import TrainingRun
from .state import StepResult


def conclude(
    fit: Fit,
    last: StepResult,
    training_run: TrainingRun,
    judged: bool,
    iterations: int,
    chosen: str = "",
) -> Diagnosis:
    """Diagnose a training, and commit its message.

    Parameters
    ----------
    fit : Fit
    last : StepResult
    training_run : TrainingRun
    judged : bool
        Whether the fit is expected to be better than an intercept alone.
    iterations : int
        Of all starts together.
    chosen : str
        A sentence on what automatic training chose.
    """
    assert fit.stop is not None
    found = diagnose(fit.model, training_run, last, judged, fit.history)
    faster = recommend_engine(fit.model, training_run, iterations)
    fixed = describe_mask(training_run.options.mask)
    if found.message or found.note or chosen or fixed or faster:
        # Neither weights that learned nothing nor those that grow without end are an optimum.
        converged = fit.stop.converged and found.may_be_optimum
        # Where weights grow without end, the optimizer's reason to stop is beside the point.
        ending = (
            "" if found.unbounded and not (last.by_request or last.diverged) else fit.stop.message
        )
        parts = filter(None, (chosen, ending, fixed, found.message, faster, found.note))
        fit.commit(stop=Stop(converged, " ".join(parts)))
    return found


def describe_mask(mask: NDArray[np.bool_] | None) -> str:
    """Say how many weights a mask fixed; '' for none."""
    if mask is None:
        return ""
    fixed = mask.size - np.count_nonzero(mask)
    were = "was" if fixed == 1 else "were"
    return f"{fixed:,} of {pluralize(mask.size, 'weight')} {were} fixed by mask=."
