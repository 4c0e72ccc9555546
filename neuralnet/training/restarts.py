"""Restarts: how each start ended, and which is the best."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan, nan
from typing import NamedTuple

import pandas as pd

from ..errors import visible
from ..optimizers import Stop
from .options import Course
from .state import Step


def explain_search(fault: BaseException, ended: int, starts: int, called: bool) -> Stop:
    """The same for a search in which some starts had ended."""
    where = f"in start {ended + 1} of {starts}; the best before it is kept."
    if ended == starts:
        where = f"after the last of {starts} starts; the best of them is kept."
    return Stop(False, f"{_name_fault(fault, called)} {where}")


class End(NamedTuple):
    """How training from one start ended: a row of the table of restarts."""

    start: int
    loss: float
    penalized_loss: float
    validation_loss: float
    iterations: int
    converged: bool
    message: str

    @property
    def rank(self) -> float:
        """The loss by which ends are compared; the lowest is the best."""
        loss = self.penalized_loss if isnan(self.validation_loss) else self.validation_loss
        return inf if isnan(loss) else loss


def measure_end(start: int, last: Step, course: Course) -> End:
    """Losses of the weights that training from a start left."""
    objective, validation = course.objective, course.plan.validation
    phi = objective.scaling.from_raw(last.state.theta)
    loss = objective.evaluate(phi).loss
    stop = last.stop or Stop(False, "")
    return End(
        start,
        loss,
        loss + objective.penalty_in_raw_units(last.state.theta),
        nan if validation is None else validation.evaluate(phi).loss,
        last.state.iteration - course.state.iteration,
        stop.converged,
        stop.message,
    )


def tabulate_ends(ends: Sequence[End]) -> pd.DataFrame:
    """A row for each start; the validation loss only where rows were held out."""
    # Words that may come from a file are printed with the table.
    shown = [end._replace(message=visible(end.message, most=2_000)) for end in ends]
    table = pd.DataFrame(shown, columns=list(End._fields)).set_index("start")
    held = table["validation_loss"].notna().any()
    return table if held else table.drop(columns="validation_loss")


def _name_fault(fault: BaseException, called: bool) -> str:
    if isinstance(fault, KeyboardInterrupt):
        return "Interrupted"
    if called:
        return f"The callback raised {type(fault).__name__}"
    if isinstance(fault, MemoryError):
        return "Ran out of memory"
    return f"{type(fault).__name__} ended training"
