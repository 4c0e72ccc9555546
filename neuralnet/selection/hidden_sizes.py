"""A table of networks of several sizes: by the evidence of each, and by cross-validation."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ..errors import check_hidden, quote
from ..inference import Inference
from .cross_validation_result import CrossValidation

_FLOATS = ("edf", "decay", "log_evidence", "deviance", "std_error")


class SizeTrial(NamedTuple):
    """A network of some hidden layers, with a decay by evidence.

    Attributes
    ----------
    hidden : int or tuple of int
    weights : int
    edf : float
        Effective degrees of freedom.
    decay, log_evidence : float
        Of the fixed point.
    deviance, std_error : float
        Deviance per row held out, and its standard error; nan without cross-validation.
    """

    hidden: int | tuple[int, ...]
    weights: int
    edf: float
    decay: float
    log_evidence: float
    deviance: float
    std_error: float


def read_sizes(hidden: Any) -> list[int | tuple[int, ...]]:
    """Read a list of hidden layers, each as the constructor takes it; equal ones once.

    Raises
    ------
    TypeError, ValueError
        For anything else.
    """
    if not isinstance(hidden, list | tuple | range | np.ndarray) or not len(hidden):
        raise TypeError(
            "hidden must be a list of the sizes to compare, such as [0, 2, 5], or "
            f"[0, 5, [8, 4]] with two layers; not {quote(hidden)}"
        )
    sizes = [check_hidden(each) for each in hidden]
    return [*dict.fromkeys(each if len(each) > 1 else sum(each) for each in sizes)]


def measure_size(
    hidden: int | tuple[int, ...], record: Inference, folds: CrossValidation | None
) -> SizeTrial:
    """Measure a trained network of a size, and its cross-validation."""
    return SizeTrial(
        hidden,
        record.model.perceptron.n_parameters,
        record.edf,
        float(np.max(record.model.used.decays)),
        record.log_evidence,
        nan if folds is None else folds.deviance,
        nan if folds is None else folds.deviance_std_error,
    )


def tabulate_sizes(trials: Sequence[SizeTrial]) -> pd.DataFrame:
    """Tabulate networks of several sizes, and mark the best by evidence and by cross-validation."""
    table = pd.DataFrame(list(trials), columns=list(SizeTrial._fields))
    table = table.astype(dict.fromkeys(_FLOATS, float))
    table["best_evidence"] = table["log_evidence"] == table["log_evidence"].max()
    if table["deviance"].isna().all():
        return table.drop(columns=["deviance", "std_error"])
    table["best_deviance"] = table["deviance"] == table["deviance"].min()
    return table
