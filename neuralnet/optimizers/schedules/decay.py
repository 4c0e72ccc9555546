"""Schedules by a formula of the iteration: constant, step, exponential, inverse time, cosine."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import check_number, check_whole, set_checked
from .schedule import SMALLEST, TimeSchedule, check_least


@dataclass(frozen=True, slots=True)
class Constant(TimeSchedule):
    """A constant learning rate.

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
class StepDecay(TimeSchedule):
    """Step decay: ``learn_rate * factor ** ((t - 1) // every)``.

    Parameters
    ----------
    learn_rate : float
    every : int
        The number of updates between two reductions.
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
        return max(SMALLEST, self.learn_rate * self.factor ** ((t - 1) // self.every))


@dataclass(frozen=True, slots=True)
class ExponentialDecay(TimeSchedule):
    """Exponential decay: ``learn_rate * factor ** (t - 1)``.

    Parameters
    ----------
    learn_rate : float
    factor : float
        Above 0 and at most 1. The rate halves every ``log(0.5) / log(factor)`` updates, 693 for
        a factor of 0.999.

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
        return max(SMALLEST, self.learn_rate * self.factor ** (t - 1))


@dataclass(frozen=True, slots=True)
class InverseTimeDecay(TimeSchedule):
    """Inverse time decay: ``learn_rate / (1 + decay_rate * (t - 1))``.

    Parameters
    ----------
    learn_rate : float
    decay_rate : float
        At least 0. The rate is half of learn_rate after ``1 / decay_rate`` updates.

    Notes
    -----
    The sum of the rates diverges and that of their squares converges, which is a condition for
    convergence with noisy gradients, as from mini-batches. Source: Robbins and Monro (1951), A
    stochastic approximation method.

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
        return max(SMALLEST, self.learn_rate / (1.0 + self.decay_rate * (t - 1)))


@dataclass(frozen=True, slots=True)
class CosineDecay(TimeSchedule):
    """Linear warmup, then cosine decay.

    ``learn_rate * t / warmup`` up to t = warmup; from there
    ``least + (learn_rate - least) * (1 + cos(pi * share)) / 2``, where
    ``share = (t - 1 - warmup) / (iterations - warmup)`` is the completed share of the decay.

    Parameters
    ----------
    learn_rate : float
        The highest rate.
    iterations : int
        The number of updates, warmup included. The rate of the last one is still above ``least``;
        further updates have the same rate.
    warmup : int
        The number of updates with an increasing rate, below ``iterations``; 0 starts with the
        highest rate.
    least : float
        The limit of the decay, at most learn_rate.

    Notes
    -----
    Source: Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts,
    formula 5, without the restarts; the warmup is that of Goyal et al. (2017), Accurate, large
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
            least=check_least(self.least, learn_rate),
        )
        if self.warmup >= self.iterations:
            raise ValueError(
                f"warmup must be below iterations, {self.iterations}, not {self.warmup}"
            )

    def rate(self, t: int, /) -> float:
        if t <= self.warmup:
            return max(SMALLEST, self.learn_rate * (t / self.warmup))
        share = (min(t, self.iterations) - 1 - self.warmup) / (self.iterations - self.warmup)
        # (1 + cos(x)) / 2 = cos(x / 2)**2, which is more accurate near its end.
        height = math.cos(0.5 * math.pi * share) ** 2
        return max(SMALLEST, self.least + (self.learn_rate - self.least) * height)
