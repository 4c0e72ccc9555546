"""How the learning rate changes while training goes on: schedules as frozen records.

A schedule has no memory of its own: all that one update leaves to the next is in a state, so
training may be broken off anywhere and taken up again. Nothing here knows an optimizer or a
network. The iterations, t below, count from 1.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Protocol, SupportsFloat

from ..errors import check_number, check_whole, set_checked

# What is left where a formula has come down to 0: a rate is always positive.
_SMALLEST = sys.float_info.min


class Schedule(Protocol):
    """A frozen record that gives each update its learning rate.

    States are plain numbers or frozen records of them.
    """

    def init(self) -> Any:
        """Make the state before the first update."""
        ...

    def rate(self, state: Any, /) -> float:
        """The learning rate of the next update, above 0."""
        ...

    def step(self, state: Any, loss: float, /) -> Any:
        """The state after an update; ``loss`` is what was watched before it."""
        ...


class Counted:
    """What schedules have in common that look at t alone, which is their state."""

    __slots__ = ()

    def init(self) -> int:
        return 1

    def step(self, t: int, loss: float, /) -> int:
        return t + 1


@dataclass(frozen=True, slots=True)
class Constant(Counted):
    """The same rate throughout.

    Parameters
    ----------
    learn_rate : float
    """

    learn_rate: float

    def __post_init__(self) -> None:
        set_checked(self, learn_rate=check_number("learn_rate", self.learn_rate, above=True))

    def rate(self, t: int, /) -> float:
        return self.learn_rate


@dataclass(frozen=True, slots=True)
class StepDecay(Counted):
    """Down by a factor every so many updates.

    ``learn_rate * factor ** ((t - 1) // every)``.

    Parameters
    ----------
    learn_rate : float
    every : int
        How many updates share a rate.
    factor : float
        Above 0 and at most 1.

    Examples
    --------
    >>> schedule = StepDecay(0.1, every=2)
    >>> [schedule.rate(t) for t in range(1, 7)]
    [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
    """

    learn_rate: float
    every: int
    factor: float = 0.5

    def __post_init__(self) -> None:
        set_checked(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            every=check_whole("every", self.every, least=1),
            factor=check_number("factor", self.factor, most=1.0, above=True),
        )

    def rate(self, t: int, /) -> float:
        return max(_SMALLEST, self.learn_rate * self.factor ** ((t - 1) // self.every))


@dataclass(frozen=True, slots=True)
class ExponentialDecay(Counted):
    """Down by the same factor at every update: ``learn_rate * factor ** (t - 1)``.

    Parameters
    ----------
    learn_rate : float
    factor : float
        Above 0 and at most 1. The rate halves every ``log(0.5) / log(factor)`` updates: 693 of
        them where it is 0.999.

    Examples
    --------
    >>> schedule = ExponentialDecay(0.1, factor=0.5)
    >>> [schedule.rate(t) for t in range(1, 5)]
    [0.1, 0.05, 0.025, 0.0125]
    """

    learn_rate: float
    factor: float

    def __post_init__(self) -> None:
        set_checked(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            factor=check_number("factor", self.factor, most=1.0, above=True),
        )

    def rate(self, t: int, /) -> float:
        return max(_SMALLEST, self.learn_rate * self.factor ** (t - 1))


@dataclass(frozen=True, slots=True)
class InverseTimeDecay(Counted):
    """Down as one over the time: ``learn_rate / (1 + decay_rate * (t - 1))``.

    Parameters
    ----------
    learn_rate : float
    decay_rate : float
        At least 0. The rate has halved after ``1 / decay_rate`` updates.

    Notes
    -----
    The rates add up to infinity but their squares do not: that is what lets noisy gradients, as
    those of mini-batches, set_checked. Source: Robbins and Monro (1951), A stochastic approximation
    method.

    Examples
    --------
    >>> schedule = InverseTimeDecay(0.1, decay_rate=1.0)
    >>> [schedule.rate(t) for t in (1, 2, 4, 5)]
    [0.1, 0.05, 0.025, 0.02]
    """

    learn_rate: float
    decay_rate: float

    def __post_init__(self) -> None:
        set_checked(
            self,
            learn_rate=check_number("learn_rate", self.learn_rate, above=True),
            decay_rate=check_number("decay_rate", self.decay_rate),
        )

    def rate(self, t: int, /) -> float:
        return max(_SMALLEST, self.learn_rate / (1.0 + self.decay_rate * (t - 1)))


@dataclass(frozen=True, slots=True)
class CosineDecay(Counted):
    """Up in a straight line, then down along half a wave of the cosine.

    ``learn_rate * t / warmup`` up to t = warmup; from there
    ``least + (learn_rate - least) * (1 + cos(pi * share)) / 2``, where
    ``share = (t - 1 - warmup) / (iterations - warmup)`` is how much of the way down lies behind.

    Parameters
    ----------
    learn_rate : float
        The highest rate.
    iterations : int
        Updates in all. The rate of the last one is still above ``least``, and stays on if
        training goes on.
    warmup : int
        Updates on the way up, fewer than ``iterations``; 0 begins with the highest rate.
    least : float
        What the rate comes down towards, at most learn_rate.

    Notes
    -----
    Source: Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts,
    formula 5, without the restarts; the way up is that of Goyal et al. (2017), Accurate, large
    minibatch SGD, section 2.2.

    Examples
    --------
    >>> schedule = CosineDecay(0.1, iterations=6, warmup=2)
    >>> [round(schedule.rate(t), 4) for t in range(1, 9)]
    [0.05, 0.1, 0.1, 0.0854, 0.05, 0.0146, 0.0146, 0.0146]
    """

    learn_rate: float
    iterations: int
    warmup: int = 0
    least: float = 0.0

    def __post_init__(self) -> None:
        learn_rate = check_number("learn_rate", self.learn_rate, above=True)
        set_checked(
            self,
            learn_rate=learn_rate,
            iterations=check_whole("iterations", self.iterations, least=1),
            warmup=check_whole("warmup", self.warmup),
            least=_check_least(self.least, learn_rate),
        )
        if self.warmup >= self.iterations:
            raise ValueError(
                f"warmup must be fewer updates than the {self.iterations} iterations, not "
                f"{self.warmup}"
            )

    def rate(self, t: int, /) -> float:
        if t <= self.warmup:
            return max(_SMALLEST, self.learn_rate * (t / self.warmup))
        share = (min(t, self.iterations) - 1 - self.warmup) / (self.iterations - self.warmup)
        # (1 + cos(x)) / 2 = cos(x / 2)**2, of which more is left near its end.
        height = math.cos(0.5 * math.pi * share) ** 2
        return max(_SMALLEST, self.least + (self.learn_rate - self.least) * height)


@dataclass(frozen=True, slots=True)
class PlateauState:
    """What an update under ``ReduceOnPlateau`` leaves to the next.

    Attributes
    ----------
    learn_rate : float
        Of the next update.
    best : float
        The last loss that counted as an improvement.
    waited : int
        Updates since, or since the rate was last reduced.
    """

    learn_rate: float
    best: float
    waited: int


@dataclass(frozen=True, slots=True)
class ReduceOnPlateau:
    """Down by a factor whenever the loss has not improved for a while.

    The loss that is watched is that of the validation rows where there are any, else the
    penalized loss.

    Parameters
    ----------
    learn_rate : float
        The rate at the start.
    factor : float
        Above 0 and at most 1.
    patience : int
        After so many updates in a row without improvement the rate is reduced.
    threshold : float
        An improvement is a loss below ``(1 - threshold) * best``; at least 0 and below 1.
    least : float
        The rate goes no lower; at most learn_rate.

    Examples
    --------
    >>> schedule = ReduceOnPlateau(0.1, patience=2)
    >>> state, rates = schedule.init(), []
    >>> for loss in [9.0, 5.0, 5.0, 5.0, 4.0, 4.0]:
    ...     rates.append(schedule.rate(state))
    ...     state = schedule.step(state, loss)
    >>> rates
    [0.1, 0.1, 0.1, 0.1, 0.05, 0.05]
    >>> state
    PlateauState(learn_rate=0.05, best=4.0, waited=1)
    """

    learn_rate: float
    factor: float = 0.5
    patience: int = 20
    threshold: float = 1e-4
    least: float = 0.0

    def __post_init__(self) -> None:
        learn_rate = check_number("learn_rate", self.learn_rate, above=True)
        set_checked(
            self,
            learn_rate=learn_rate,
            factor=check_number("factor", self.factor, most=1.0, above=True),
            patience=check_whole("patience", self.patience, least=1),
            threshold=check_number("threshold", self.threshold, most=1.0, below=True),
            least=_check_least(self.least, learn_rate),
        )

    def init(self) -> PlateauState:
        return PlateauState(self.learn_rate, math.inf, 0)

    def rate(self, state: PlateauState, /) -> float:
        return state.learn_rate

    def step(self, state: PlateauState, loss: float, /) -> PlateauState:
        if loss < (1.0 - self.threshold) * state.best:
            return replace(state, best=float(loss), waited=0)
        if state.waited + 1 < self.patience:
            return replace(state, waited=state.waited + 1)
        reduced = max(_SMALLEST, self.least, self.factor * state.learn_rate)
        return PlateauState(reduced, state.best, 0)


@dataclass(frozen=True, slots=True)
class OwnSchedule(Counted):
    """A rate of one's own: a function of the iteration t = 1, 2, ...

    Parameters
    ----------
    function : callable
        ``function(t)`` gives the learning rate, a finite number above 0. Anything else is an
        error at that iteration: TypeError where it is no number, else ValueError.

    Examples
    --------
    >>> schedule = OwnSchedule(lambda t: 0.1 if t <= 2 else 0.2 / t)
    >>> [schedule.rate(t) for t in range(1, 6)]
    [0.1, 0.1, 0.06666666666666667, 0.05, 0.04]
    """

    function: Callable[[int], SupportsFloat]

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TypeError(
                "a schedule of one's own must be a function of the iteration, such as "
                f"lambda t: 0.1 / t; not {self.function!r}"
            )

    def rate(self, t: int, /) -> float:
        return check_number(f"the learn_rate of iteration {t}", self.function(t), above=True)


def _check_least(value: float, learn_rate: float) -> float:
    least = check_number("least", value)
    if least > learn_rate:
        raise ValueError(f"least must be at most learn_rate, {learn_rate:g}, not {value!r}")
    return least


_SCHEDULE = ("init", "rate", "step")


def find_schedule(learn_rate: Any) -> Schedule | None:
    """A schedule from one, or from a function of the iteration; a number or None has none."""
    if learn_rate is None or isinstance(learn_rate, Real):
        return None
    if not isinstance(learn_rate, type):
        if all(hasattr(learn_rate, method) for method in _SCHEDULE):
            schedule: Schedule = learn_rate
            return schedule
        if callable(learn_rate):
            return OwnSchedule(learn_rate)
    raise TypeError(
        "learn_rate must be a number above 0, a schedule such as "
        "schedules.CosineDecay(0.01, iterations=1000), or a function of the iteration; not "
        f"{learn_rate!r}"
    )
