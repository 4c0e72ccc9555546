"""What an optimizer is given and what it answers: the terms on which all of them work.

An objective is any callable ``theta -> (value, gradient)``. Nothing here knows a network, a
table, a training loop or a method of optimization.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "BLINK",
    "Differentiable",
    "Optimizer",
    "Stop",
    "TwiceDifferentiable",
    "settle",
    "shrink",
    "slide",
    "stop_at_zero",
    "try_point",
    "unwarned",
]

Vector = NDArray[np.float64]

P = ParamSpec("P")
T = TypeVar("T")

# Seconds that may be lost where training is broken off: what looks at nothing takes no longer.
BLINK = 0.05

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


class Differentiable(Protocol):
    """A function to minimize, with its gradient.

    What else an objective may have tells optimizers more; each is looked for before it is used.

    Attributes
    ----------
    absolute : float or (P,) array
        The weight of ``abs(theta)`` in the value, of which the gradient says nothing.
    reference : float or None
        A value beside which a decrease can be called small.
    precision : float
        The relative rounding of what the value is made of.
    floor : float
        No value lies below.
    outputs : slice
        Parameters in which the value is convex.
    hidden : bool
        Whether the others act through units that may be saturated.
    curved : bool
        Whether it has second derivatives.
    squares : callable or None
        Gives A (m, P) and b (m,) at a theta, where the Hessian is ``A' A`` and the gradient
        ``A' b``, or None.
    """

    def __call__(self, theta: Vector, /) -> tuple[float, Vector]:
        """Value and gradient (P,) at theta (P,), from one pass."""
        ...


class TwiceDifferentiable(Differentiable, Protocol):
    """A function to minimize, with its gradient and its second derivatives."""

    def hessian(self, theta: Vector, /) -> NDArray[np.float64]:
        """Second derivatives at theta, (P, P), symmetric."""
        ...

    def hessian_vector(self, theta: Vector, v: Vector, /) -> Vector:
        """Multiply that matrix by ``v``, (P,), without forming it."""
        ...


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an optimizer asks to end the training.

    Attributes
    ----------
    converged : bool
        Whether its stopping rule is met; False means that it cannot go on.
    message : str
        The reason, as a sentence for the user.
    """

    converged: bool
    message: str


class Optimizer(Protocol):
    """A frozen record of options, with no memory of its own.

    All that one step hands to the next is in ``state``, a frozen record of plain numbers and
    arrays. Nothing is changed in place, so an interrupted step leaves the last state whole, and
    training may be broken off anywhere and taken up again with the same bits.

    Attributes
    ----------
    needs_curvature : bool
        Whether it asks for second derivatives.
    takes_batches : bool
        Whether a step may see another part of the rows than the last one; may be left out for no.
    takes_absolute : bool
        Whether it minimizes ``absolute`` too; may be left out for no.
    conditions : bool
        Whether it is to see standardized columns, whatever ``scale`` says; may be left out for
        no.
    follows_gradient : bool
        Whether a step is as long as the gradient, so that good rates depend on the number of
        rows; may be left out for no.
    """

    needs_curvature: ClassVar[bool]

    def init(self, theta: Vector) -> Any:
        """Make the state before the first step from theta (P,)."""
        ...

    def step(
        self, objective: TwiceDifferentiable, theta: Vector, state: Any
    ) -> tuple[Vector, Any, float]:
        """One step: the new theta, the new state, and the value at the *old* theta."""
        ...

    def verdict(self, state: Any, value: float) -> Stop | None:
        """Whether to stop, after the step that gave ``state`` and ``value``; None: go on."""
        ...


def settle(record: object, **options: float) -> None:
    """Put options that were checked back into a frozen record, from its ``__post_init__``.

    So ``2``, ``np.float32(2)`` and ``2.0`` make equal records, which hold plain numbers.
    """
    for name, value in options.items():
        object.__setattr__(record, name, value)


def shrink(objective: Differentiable, theta: Vector, rate: float | Vector) -> Vector:
    """The proximal step of an L1 penalty, if there is one.

    Draws each parameter towards 0 by ``rate * absolute``, and stops there:
    ``sign(theta) * max(abs(theta) - rate * absolute, 0)``.
    """
    absolute = _find_absolute(objective)
    return theta if absolute is None else _draw_to_zero(theta, rate * absolute)


def slide(objective: Differentiable, theta: Vector, gradient: Vector) -> Vector:
    """The gradient with that of an L1 penalty, if there is one.

    Where a parameter is 0, the slope of the way down that is steeper; 0 where both go up.
    """
    absolute = _find_absolute(objective)
    if absolute is None:
        return gradient
    at_zero = _draw_to_zero(gradient, absolute)
    return np.where(theta == 0.0, at_zero, gradient + absolute * np.sign(theta))


def stop_at_zero(objective: Differentiable, theta: Vector, moved: Vector) -> Vector:
    """What ``slide`` said of the way from theta ends at 0, if there is an L1 penalty."""
    if _find_absolute(objective) is None:
        return moved
    return np.where(np.sign(moved) * np.sign(theta) < 0.0, 0.0, moved)


def _find_absolute(objective: Differentiable) -> float | Vector | None:
    absolute: float | Vector = getattr(objective, "absolute", 0.0)
    return None if isinstance(absolute, float) and absolute == 0.0 else absolute


def _draw_to_zero(values: Vector, by: float | Vector) -> Vector:
    drawn: Vector = np.sign(values) * np.maximum(np.abs(values) - by, 0.0)
    return drawn


def try_point(objective: Differentiable, theta: Vector) -> tuple[float, Vector]:
    """Value and gradient at a trial point; the value is inf where either is not finite.

    A trial may go too far, and a loss that overflows there is an answer, not an accident: NumPy
    is not asked to warn of it.
    """
    with np.errstate(all="ignore"):
        value, gradient = objective(theta)
    if not (np.isfinite(value) and np.isfinite(gradient).all()):
        return np.inf, gradient
    return float(value), gradient
