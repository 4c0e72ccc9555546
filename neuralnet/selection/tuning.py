"""What was tried before training, and what was chosen: the record that ``net.tuning`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import NamedTuple

import pandas as pd


class Trial(NamedTuple):
    """A decay that was tried.

    Attributes
    ----------
    decay : float
    deviance : float
        On rows held out, by their weight: the mean over folds.
    std_error : float
        Of that mean, from its spread over the folds.
    seconds : float
        That all its fits took.
    chosen : bool
    """

    decay: float
    deviance: float
    std_error: float
    seconds: float
    chosen: bool


@dataclass(frozen=True)
class Tuning:
    """What training chose for the user.

    Attributes
    ----------
    trials : tuple of Trial
        In the order of their decays; empty where none was tried.
    words : str
        What was chosen and why.
    complete : bool
        Whether all was tried that was to be; not where that was interrupted.
    intercept : float
        The deviance of an intercept alone on the rows held out, as that of the trials.
    """

    trials: tuple[Trial, ...] = ()
    words: str = ""
    complete: bool = True
    intercept: float = nan

    @property
    def chosen(self) -> Trial | None:
        """The trial whose decay is used; None where none was tried."""
        return next((trial for trial in self.trials if trial.chosen), None)


# The records that a network's file may hold.
RECORDS = (Trial, Tuning)


def tabulate_trials(trials: Sequence[Trial]) -> pd.DataFrame:
    """A row for each decay."""
    types = {"decay": float, "deviance": float, "std_error": float, "seconds": float}
    table = pd.DataFrame(list(trials), columns=list(Trial._fields))
    return table.astype({**types, "chosen": bool})
