"""Floating-point warnings: code in which NumPy does not warn of overflow."""

from __future__ import annotations

import numpy as np


def ignore_overflow() -> np.errstate:
    """Return a context in which overflow and invalid operations raise no NumPy warning.

    A training that diverges overflows; it is reported in words, from the value of the loss.
    """
    return np.errstate(over="ignore", invalid="ignore")
