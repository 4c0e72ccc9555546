"""Floating-point warnings: functions that may overflow without NumPy warning of it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")


T = TypeVar("T")


# Whether NumPy is quiet already: to ask costs a tenth of asking it again.
_QUIET = ContextVar("_QUIET", default=False)


def unwarned(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function overflow without NumPy's warnings.

    Training that goes astray does; whoever trains sees it in the value, and says so in words.
    """

    @wraps(function)
    def quiet(*args: P.args, **options: P.kwargs) -> T:
        if _QUIET.get():
            return function(*args, **options)
        before = _QUIET.set(True)
        try:
            # An errstate of its own in each call: before NumPy 2, threads cannot share one.
            with np.errstate(over="ignore", invalid="ignore"):
                return function(*args, **options)
        finally:
            _QUIET.reset(before)

    return quiet
