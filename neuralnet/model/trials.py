"""Responses that count trials: rows of 0 trials, and indicators in the place of counts.

A family that counts trials has a method ``has_trials``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..design import ModelFrame, ModelMatrices
from ..errors import DataWarning, cut, pluralize, warn
from ..families import Family


def find_tried(
    family: Family, response: NDArray[Any], w: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """Return a mask of the rows to keep: all but those of 0 trials, which have no information.

    All of them if no row has a trial, which `Family.encode` refuses.
    """
    find = getattr(family, "has_trials", None)
    tried = np.ones(len(response), dtype=bool) if find is None else find(response, w)
    return tried if tried.any() else ~tried


def drop_untried(
    family: Family, rows: ModelMatrices, model_frame: ModelFrame
) -> tuple[ModelMatrices, ModelFrame]:
    """Drop training rows of 0 trials, with a warning that counts them."""
    tried = find_tried(family, rows.response, model_frame.w)
    if tried.all():
        return rows, model_frame
    warn(f"{count_untried(tried, model_frame.n_selected)} dropped: they have 0 trials", DataWarning)
    return rows.pick(tried), model_frame.pick(tried)


def count_untried(tried: NDArray[np.bool_], n: int) -> str:
    """Return the number of rows of 0 trials in words."""
    return f"{np.count_nonzero(~tried)} of {pluralize(n, 'row')}"


def warn_of_indicators(family: Family, response: NDArray[Any], names: Sequence[str]) -> None:
    """Warn of successes and failures that are only 0 and 1, unless each row is one trial.

    ``cbind(won, 1 - won)`` is one trial in each row, and equivalent to ``won``.
    """
    if not hasattr(family, "has_trials") or response.ndim == 1:
        return
    trials = response.sum(axis=1)
    if not np.isin(response, (0, 1)).all() or (trials == 1).all() or not trials.any():
        return
    first, second = map(cut, names)
    counts = {"1 and 1, two trials": int((trials == 2).sum())}
    counts["0 and 0, no trial"] = int((trials == 0).sum())
    found = ", and ".join(
        f"{count} {'is' if count == 1 else 'are'} {what}" for what, count in counts.items() if count
    )
    warn(
        f"cbind({first}, {second}) means {first} successes and {second} failures of one response, "
        f"and both columns hold 0 and 1 alone: of {pluralize(len(trials), 'row')} {found}. If "
        "they are two "
        f"responses, make one network for {first} and another for {second}",
        DataWarning,
    )
