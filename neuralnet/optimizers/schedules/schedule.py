"""The protocol of learning rate schedules, and what they share.

A schedule is a frozen record without mutable state: everything that one update passes to the next
is in a state. The iterations, t, count from 1. Nothing here knows an optimizer or a network.
"""

from __future__ import annotations

import sys
from typing import Any, Protocol

from ...errors import check_number

# A rate is always positive: the value where a formula underflows to 0.
SMALLEST = sys.float_info.min


class Schedule(Protocol):
    """A frozen record that returns the learning rate of each update.

    States are plain numbers or frozen records of them.
    """

    def init(self) -> Any:
        """Make the state before the first update."""
        ...

    def rate(self, state: Any, /) -> float:
        """Return the learning rate of the next update, above 0."""
        ...

    def step(self, state: Any, loss: float, /) -> Any:
        """Return the state after an update; ``loss`` is the monitored loss before the update."""
        ...


class TimeSchedule:
    """The methods of schedules that depend on the iteration t alone, which is their state."""

    __slots__ = ()

    def init(self) -> int:
        return 1

    def step(self, t: int, loss: float, /) -> int:
        return t + 1


def check_least(value: float, learn_rate: float) -> float:
    """Return a lower bound of the rate, which must be at most ``learn_rate``."""
    least = check_number("least", value)
    if least > learn_rate:
        raise ValueError(f"least must be at most learn_rate, {learn_rate:g}, not {least:g}")
    return least
