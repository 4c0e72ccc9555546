"""When training ends of itself: rules on the loss, its change, its gradient, and on held-out rows.

A frozen record of rules, and a frozen record of what they remember from one iteration to the
next. Optimizers may have an end of their own besides. Knows no network and no loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from ..optimizers import Stop

Vector = NDArray[np.float64]

# One small change may be the turning point of a swing; so many in a row are not.
QUIET = 10


@dataclass(frozen=True, eq=False)
class Watch:
    """What the rules remember.

    Attributes
    ----------
    value : float
        The penalized loss before the latest update.
    quiet : int
        Updates in a row that hardly changed it.
    near : float
        By which relative tolerance those were counted.
    holdout : str
        A digest of the rows held out; empty for none.
    weights : tuple of float
        Of the rows trained on and of the rows held out, the last time that any were, to compare
        losses; nan where none ever were.
    best : float
        The lowest loss on the rows held out.
    best_theta : (P,) array or None
        The weights that gave it.
    best_iteration : int
        The updates behind those weights.
    since : int
        Updates since then.
    ahead : (P,) array or None
        Where training stands, while the best weights stand in its place.
    """

    value: float = nan
    quiet: int = 0
    near: float = nan
    holdout: str = ""
    weights: tuple[float, float] = (nan, nan)
    best: float = inf
    best_theta: Vector | None = None
    best_iteration: int = 0
    since: int = 0
    ahead: Vector | None = None


@dataclass(frozen=True)
class Rules:
    """What ends training, besides the optimizer's own rule; None switches a rule off.

    Parameters
    ----------
    tolerance : float, optional
        Ends it where the loss before the update, without penalty, was below; so does 0 never.
    relative_tolerance : float, optional
        Ends it where ten updates in a row changed the penalized loss by no more than this share.
    gradient_tolerance : float, optional
        Ends it where max abs gradient <= gradient_tolerance * baseline.
    baseline : float
        What gradients are small beside: the loss of an intercept alone, in the same unit.
    patience : int, optional
        Ends it where the loss on held-out rows has not fallen for so many updates.
    """

    tolerance: float | None = None
    relative_tolerance: float | None = None
    gradient_tolerance: float | None = None
    baseline: float = 1.0
    patience: int | None = None

    @property
    def remember(self) -> bool:
        """Whether one of them needs to know what was before."""
        return self.relative_tolerance is not None or self.patience is not None

    def observe(
        self, watch: Watch, value: float, held: float, theta: Vector, iteration: int
    ) -> Watch:
        """Remember an update: penalized loss and loss on held-out rows, both of theta before it."""
        if self.relative_tolerance is not None:
            near = self.relative_tolerance
            still = abs(watch.value - value) <= near * abs(value)
            before = watch.quiet if watch.near == near else 0
            watch = replace(watch, value=value, quiet=before + 1 if still else 0, near=near)
        if self.patience is None:
            return watch
        if held < watch.best:
            return replace(watch, best=held, best_theta=theta, best_iteration=iteration, since=0)
        return replace(watch, since=watch.since + 1)

    def judge(self, loss: float, gradient: Vector | None) -> Stop | None:
        """Whether to stop after an update, by what was before it; None: go on."""
        if self.tolerance is not None and loss < self.tolerance and self.tolerance > 0.0:
            return Stop(True, f"The loss, {loss:.3g}, is below the tolerance, {self.tolerance:g}.")
        if self.gradient_tolerance is None or gradient is None:
            return None
        largest, bound = np.abs(gradient).max(), self.gradient_tolerance * self.baseline
        if not largest <= bound:
            return None
        return Stop(True, f"The largest gradient, {largest:.2g}, is within {bound:.2g} of zero.")

    def recall(self, watch: Watch) -> Stop | None:
        """Whether to stop by what is remembered; None: go on."""
        if watch.near == self.relative_tolerance and watch.quiet >= QUIET:
            return Stop(
                True,
                f"The loss changed by no more than {watch.near:g} of itself in each of {QUIET} "
                "iterations.",
            )
        if self.patience is not None and watch.since >= self.patience:
            return Stop(False, f"The validation loss has not fallen for {watch.since} iterations.")
        return None
