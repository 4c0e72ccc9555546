"""What an optimizer is given and what it answers: the terms on which all of them work.

An objective is any callable ``theta -> (value, gradient)``. Nothing here knows a network, a
table, a training loop or a method of optimization.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


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
        The optional attributes, and their defaults, are those of `Capabilities`.
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

    def check_convergence(self, state: Any, value: float) -> Stop | None:
        """Whether to stop, after the step that gave ``state`` and ``value``; None: go on."""
        ...
