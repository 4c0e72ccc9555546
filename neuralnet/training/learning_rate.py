"""Learning rates that the Lipschitz constant of the gradient allows."""

from __future__ import annotations

import numpy as np

from ..optimizers import Optimizer


def max_stable_learn_rate(optimizer: Optimizer, lipschitz: float) -> float | None:
    """The learning rate ``1 / (2 L)``, L the Lipschitz constant of the gradient.

    Half of ``1 / L`` because weights grow; with momentum that times ``1 - momentum``, as past
    gradients add up. None where the optimizer's steps are not proportional to the gradient.
    """
    if not getattr(optimizer, "follows_gradient", False):
        return None
    momentum: float = getattr(optimizer, "momentum", 0.0)
    return (1.0 - momentum) / (2.0 * lipschitz)


def limit_learn_rate(optimizer: Optimizer, lipschitz: float) -> float | None:
    """The optimizer's default learning rate, or the maximal stable one where that is lower."""
    most = max_stable_learn_rate(optimizer, lipschitz)
    default: float = getattr(optimizer, "learn_rate", np.inf)
    return None if most is None else min(default, most)
