"""Schedules from a function of the iteration, and the argument ``learn_rate``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, SupportsFloat

from ...errors import check_methods, check_number, check_signature, quote
from .schedule import Schedule, TimeSchedule


@dataclass(frozen=True, slots=True)
class FunctionSchedule(TimeSchedule):
    """A user-defined schedule: a function of the iteration t = 1, 2, ...

    Parameters
    ----------
    function : callable
        ``function(t)`` returns the learning rate, a finite number above 0. Anything else is an
        error at that iteration: TypeError if it is no number, else ValueError.

    Examples
    --------
    >>> schedule = FunctionSchedule(lambda t: 0.1 if t <= 2 else 0.2 / t)
    >>> [schedule.rate(t) for t in range(1, 6)]
    [0.1, 0.1, 0.06666666666666667, 0.05, 0.04]
    """

    function: Callable[[int], SupportsFloat]

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(
                "a user-defined schedule must be a function of the iteration, such as "
                f"lambda t: 0.1 / t; not {quote(self.function)}"
            )
        check_signature("learn_rate", self.function, "iteration")

    def rate(self, t: int, /) -> float:
        return check_number(f"the learn_rate of iteration {t}", self.function(t), above=True)


_METHODS = ("init", "rate", "step")


def find_schedule(learn_rate: Any) -> Schedule | None:
    """Return the schedule that the argument ``learn_rate`` is or, as a function, defines.

    None for a number or None.
    """
    if learn_rate is None or isinstance(learn_rate, Real):
        return None
    if not isinstance(learn_rate, type):
        if all(hasattr(learn_rate, method) for method in _METHODS):
            schedule: Schedule = learn_rate
            check_methods(f"learn_rate {type(schedule).__name__}", schedule, Schedule)
            return schedule
        if callable(learn_rate):
            return FunctionSchedule(learn_rate)
    raise TypeError(
        "learn_rate must be a number above 0, a schedule such as "
        "schedules.CosineDecay(0.01, iterations=1000), or a function of the iteration; not "
        f"{quote(learn_rate)}"
    )
