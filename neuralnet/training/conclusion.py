"""The conclusion of a training: its message, and whether it ended at an optimum."""

from __future__ import annotations

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
    if found.message or found.note or chosen or faster:
        # Neither weights that learned nothing nor those that grow without end are an optimum.
        converged = fit.stop.converged and found.may_be_optimum
        # Where weights grow without end, the optimizer's reason to stop is beside the point.
        ending = (
            "" if found.unbounded and not (last.by_request or last.diverged) else fit.stop.message
        )
        parts = filter(None, (chosen, ending, found.message, faster, found.note))
        fit.commit(stop=Stop(converged, " ".join(parts)))
    return found
