"""The logit, the link of both binomial families, and its inverse, the logistic function."""

from __future__ import annotations

import numpy as np
from numpy import exp, log, maximum, minimum
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def logit(mu: Floats) -> Floats:
    """Return the scores of means; finite at 0 and 1, for rounded means."""
    tiny = np.finfo(float).tiny
    scores: Floats = log(maximum(mu, tiny)) - log(maximum(1.0 - mu, tiny))
    return scores


def logistic(eta: Floats, tail: Floats) -> Floats:
    """Logistic function, accurate in both tails; ``tail`` is ``exp(-abs(eta))``."""
    mean: Floats = exp(minimum(eta, 0.0)) / (1.0 + tail)
    return mean
