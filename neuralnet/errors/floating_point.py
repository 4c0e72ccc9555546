"""Floating-point warnings: code in which NumPy does not warn of overflow."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")


def ignore_overflow() -> np.errstate:
    """Return a context in which overflow and invalid operations raise no NumPy warning.

    A training that diverges overflows; it is reported in words, from the value of the loss.
    """
    return np.errstate(over="ignore", invalid="ignore")


def overflows(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function whose result is right where it overflows: NumPy does not warn."""

    @wraps(function)
    def quiet(*args: P.args, **options: P.kwargs) -> T:
        with ignore_overflow():
            return function(*args, **options)

    return quiet
