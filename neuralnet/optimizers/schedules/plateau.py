"""Reduction of the learning rate on a plateau of the loss."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ...errors import check_number, check_whole, set_checked
from .schedule import SMALLEST, check_least


@dataclass(frozen=True, slots=True)
class PlateauState:
    """The state between two updates of `ReduceOnPlateau`.

    Attributes
    ----------
    learn_rate : float
        Of the next update.
    best : float
        The last loss that counted as an improvement.
    waited : int
        The number of updates since then, or since the last reduction of the rate.
    """

    learn_rate: float
    best: float
    waited: int


@dataclass(frozen=True, slots=True)
class ReduceOnPlateau:
    """Reduce the rate by a factor when the loss has stopped improving.

    The monitored loss is that of the validation rows if there are any, else the penalized loss.

    Parameters
    ----------
    learn_rate : float
        The initial rate.
    factor : float
        Above 0 and at most 1.
    patience : int
        The number of consecutive updates without improvement after which the rate is reduced.
    threshold : float
        An improvement is a loss below ``(1 - threshold) * best``; at least 0 and below 1.
    least : float
        The lower bound of the rate; at most learn_rate.

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
            least=check_least(self.least, learn_rate),
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
        reduced = max(SMALLEST, self.least, self.factor * state.learn_rate)
        return PlateauState(reduced, state.best, 0)
