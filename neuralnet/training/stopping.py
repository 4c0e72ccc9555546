"""Stopping rules: tolerance, relative change, gradient, and early stopping on held-out rows.

A frozen record of the rules, and a frozen record of what they need from earlier iterations.
An optimizer may have another rule. Knows no network and no loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from ..errors import pluralize
from ..optimizers import Stop

Vector = NDArray[np.float64]

# One small change may be the turning point of an oscillation; this many in a row are not.
MIN_SMALL_CHANGES = 10


@dataclass(frozen=True, eq=False)
class StoppingState:
    """State of the stopping rules between two iterations.

    Attributes
    ----------
    value : float
        The penalized loss before the latest update.
    n_small_changes : int
        Consecutive updates that changed it by no more than the relative tolerance.
    tolerance_used : float
        The relative tolerance by which those were counted.
    holdout : str
        A digest of the rows held out; empty for none.
    weights : tuple of float
        Total weights of the rows trained on and of the rows held out, the last time that any
        were, to compare losses; nan where none ever were.
    best : float
        The lowest loss on the rows held out.
    best_theta : (P,) array or None
        The weights that gave it.
    best_iteration : int
        The number of updates that led to those weights.
    n_since_best : int
        Updates since then.
    theta_to_resume : (P,) array or None
        The last weights, where the state holds the best ones instead; training by the same
        optimizer continues from them.
    """

    value: float = nan
    n_small_changes: int = 0
    tolerance_used: float = nan
    holdout: str = ""
    weights: tuple[float, float] = (nan, nan)
    best: float = inf
    best_theta: Vector | None = None
    best_iteration: int = 0
    n_since_best: int = 0
    theta_to_resume: Vector | None = None


@dataclass(frozen=True)
class StoppingRules:
    """Rules that stop training, besides the optimizer's own rule; None disables a rule.

    Parameters
    ----------
    tolerance : float, optional
        Stop where the loss before the update, without penalty, was below; 0 never stops.
    relative_tolerance : float, optional
        Stop where ten consecutive updates changed the penalized loss by no more than this share.
    gradient_tolerance : float, optional
        Stop where max abs gradient <= gradient_tolerance * baseline.
    baseline : float
        The scale of gradients: the loss of an intercept alone, in the same unit.
    patience : int, optional
        Early stopping: stop where the loss on held-out rows has not fallen for n updates.
    """

    tolerance: float | None = None
    relative_tolerance: float | None = None
    gradient_tolerance: float | None = None
    baseline: float = 1.0
    patience: int | None = None

    @property
    def needs_history(self) -> bool:
        """True if a rule depends on earlier iterations."""
        return self.relative_tolerance is not None or self.patience is not None

    def update(
        self, state: StoppingState, value: float, held: float, theta: Vector, iteration: int
    ) -> StoppingState:
        """Record the penalized loss and the held-out loss, both of theta before the update."""
        if self.relative_tolerance is not None:
            share = self.relative_tolerance
            small = abs(state.value - value) <= share * abs(value)
            before = state.n_small_changes if state.tolerance_used == share else 0
            count = before + 1 if small else 0
            state = replace(state, value=value, n_small_changes=count, tolerance_used=share)
        if self.patience is None:
            return state
        if held < state.best:
            state = replace(state, best=held, best_theta=theta, best_iteration=iteration)
            return replace(state, n_since_best=0)
        return replace(state, n_since_best=state.n_since_best + 1)

    def check_step(self, loss: float, gradient: Vector | None) -> Stop | None:
        """Stop by the loss or the gradient before the last update; None: continue."""
        if self.tolerance is not None and loss < self.tolerance and self.tolerance > 0.0:
            return Stop(True, f"The loss, {loss:.3g}, is below the tolerance, {self.tolerance:g}.")
        if self.gradient_tolerance is None or gradient is None:
            return None
        largest, bound = np.abs(gradient).max(), self.gradient_tolerance * self.baseline
        if not largest <= bound:
            return None
        return Stop(True, f"The largest gradient, {largest:.2g}, is within {bound:.2g} of zero.")

    def check_history(self, state: StoppingState) -> Stop | None:
        """Stop by what was recorded over several updates; None: continue."""
        share, count = state.tolerance_used, state.n_small_changes
        if share == self.relative_tolerance and count >= MIN_SMALL_CHANGES:
            return Stop(
                True,
                f"The loss changed by no more than {share:g} of itself in each of "
                f"{MIN_SMALL_CHANGES} iterations.",
            )
        count = state.n_since_best
        if self.patience is not None and count >= self.patience:
            return Stop(
                False, f"The validation loss has not fallen for {pluralize(count, 'iteration')}."
            )
        return None
