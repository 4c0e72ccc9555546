"""Learning rates that the Lipschitz constant of the gradient allows."""

from __future__ import annotations

from ..optimizers import Optimizer, read_capabilities


def max_stable_learn_rate(optimizer: Optimizer, lipschitz: float) -> float | None:
    """The learning rate ``1 / (2 L)``, L the Lipschitz constant of the gradient.

    Half of ``1 / L`` because weights grow; with momentum that times ``1 - momentum``, as past
    gradients add up. None where the optimizer's steps are not proportional to the gradient.
    """
    known = read_capabilities(optimizer)
    return (1.0 - known.momentum) / (2.0 * lipschitz) if known.follows_gradient else None


def limit_learn_rate(optimizer: Optimizer, lipschitz: float) -> float | None:
    """The optimizer's default learning rate, or the maximal stable one where that is lower."""
    most = max_stable_learn_rate(optimizer, lipschitz)
    default = read_capabilities(optimizer).learn_rate
    return most if most is None or default is None else min(default, most)
