"""Responses that count trials: rows without a trial, and columns that hardly are counts.

A family that counts trials has ``has_trials``. Knows no network.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, cut, warn
from ..families import Family


def find_tried(
    family: Family, response: NDArray[Any], w: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    """Mask of the rows to keep: all but those of 0 trials, which tell nothing.

    All of them where none has a trial, which `Family.encode` refuses.
    """
    find = getattr(family, "has_trials", None)
    tried = np.ones(len(response), dtype=bool) if find is None else find(response, w)
    return tried if tried.any() else ~tried


def warn_of_indicators(family: Family, response: NDArray[Any], names: Sequence[str]) -> None:
    """Warn of successes and failures that are 0 and 1 alone, and not one trial in each row.

    ``cbind(won, 1 - won)`` is one trial in each row, and as good as ``won``.
    """
    if not hasattr(family, "has_trials") or response.ndim == 1:
        return
    trials = response.sum(axis=1)
    if not np.isin(response, (0, 1)).all() or (trials == 1).all() or not trials.any():
        return
    first, second = map(cut, names)
    counts = {"1 and 1, two trials": int((trials == 2).sum())}
    counts["0 and 0, no trial"] = int((trials == 0).sum())
    found = ", and ".join(f"{count} are {what}" for what, count in counts.items() if count)
    warn(
        f"cbind({first}, {second}) means {first} successes and {second} failures of one response, "
        f"and both columns hold 0 and 1 alone: of {len(trials)} rows {found}. If they are two "
        f"responses, make one network for {first} and another for {second}",
        DataWarning,
    )
