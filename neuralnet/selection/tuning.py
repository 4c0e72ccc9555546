"""Record of the decays that were tried and of the one chosen, as ``net.tuning`` shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import pandas as pd

from ..model import CHOSEN, EVIDENCE, Model


class Trial(NamedTuple):
    """Cross-validation of one decay.

    Attributes
    ----------
    decay : float
    deviance : float
        Deviance per row held out: the mean over folds, each weighted by its rows.
    std_error : float
        Standard error of this mean, from the spread over the folds.
    seconds : float
        Total duration of its fits.
    chosen : bool
    """

    decay: float
    deviance: float
    std_error: float
    seconds: float
    chosen: bool

    def describe(self) -> str:
        """Describe the trial for a progress bar."""
        return f"decay {self.decay:g}, deviance {self.deviance:.3g}"


@dataclass(frozen=True)
class Tuning:
    """Result of the choice of a decay.

    Attributes
    ----------
    trials : tuple of Trial
        In ascending order of the decays; empty where none was tried.
    summary : str
        Which decay was chosen, and why.
    complete : bool
        False where the search was interrupted before its end.
    intercept : float
        Deviance per row held out of an intercept alone, comparable with that of the trials.
    """

    trials: tuple[Trial, ...] = ()
    summary: str = ""
    complete: bool = True
    intercept: float = nan

    @property
    def chosen(self) -> Trial | None:
        """The trial whose decay is used; None where none was tried."""
        return next((trial for trial in self.trials if trial.chosen), None)


def find_decay_source(model: Model, tuning: Tuning | None) -> str:
    """Say how the decay of a network was chosen.

    Returns
    -------
    {"given", "default", "cross-validation", "evidence"}
        ``"default"``: 0 in manual training, or a small number for a table of too few rows.
    """
    if model.given.decay == EVIDENCE:
        return "evidence"
    if model.given.decay not in (None, CHOSEN):
        return "given"
    return "cross-validation" if tuning is not None and tuning.trials else "default"


# The records that a network's file may hold.
RECORDS = (Trial, Tuning)


def tabulate_trials(trials: Sequence[Trial]) -> pd.DataFrame:
    """Tabulate trials, one row for each decay."""
    types = {"decay": float, "deviance": float, "std_error": float, "seconds": float}
    table = pd.DataFrame(list(trials), columns=list(Trial._fields))
    return table.astype({**types, "chosen": bool})
