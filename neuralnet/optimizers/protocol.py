"""Protocols of objectives and optimizers.

An objective is a callable ``theta -> (value, gradient)``. Nothing here knows a network, a table, a
training loop or an algorithm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Differentiable(Protocol):
    """A differentiable objective: a function to minimize, with its gradient.

    An objective may have these attributes besides. Optimizers use those that are present.

    Attributes
    ----------
    l1_weight : float or (P,) array
        The factor of ``abs(theta)`` in the value; the gradient leaves this term out.
    reference : float or None
        A value relative to which a decrease can be called negligible.
    precision : float
        The relative rounding error of the value.
    floor : float
        A lower bound of the value.
    outputs : slice
        Parameters in which the value is convex.
    hidden : bool
        Whether the other parameters belong to hidden units, which can be saturated.
    curved : bool
        Whether the objective has second derivatives.
    squares : callable or None
        Returns A (m, P) and b (m,) at a theta where the Hessian is ``A' A`` and the gradient is
        ``A' b``, or None.
    """

    def __call__(self, theta: Vector, /) -> tuple[float, Vector]:
        """Return value and gradient (P,) at theta (P,), from one pass."""
        ...


class TwiceDifferentiable(Differentiable, Protocol):
    """A twice differentiable objective: a function with its gradient and its Hessian."""

    def hessian(self, theta: Vector, /) -> NDArray[np.float64]:
        """Return the Hessian at theta, (P, P), symmetric."""
        ...

    def hessian_vector(self, theta: Vector, v: Vector, /) -> Vector:
        """Return the product of the Hessian with ``v``, (P,), without forming the Hessian."""
        ...


@dataclass(frozen=True, slots=True)
class Stop:
    """The reason why training ended.

    Attributes
    ----------
    converged : bool
        Whether the convergence criterion is satisfied; False: no further progress is possible.
    message : str
        The reason, as a sentence for the user.
    """

    converged: bool
    message: str


class Optimizer(Protocol):
    """An optimizer: a frozen record of options, without mutable state.

    Everything that one step passes to the next is in ``state``, a frozen record of plain numbers
    and arrays. Nothing is changed in place: an interrupted step leaves the last state intact, and
    training that is interrupted and resumed gives the same bits. Optional attributes, with their
    defaults, are those of `Capabilities`.

    Attributes
    ----------
    needs_curvature : bool
        Whether it uses the Hessian.
    """

    needs_curvature: ClassVar[bool]

    def init(self, theta: Vector) -> Any:
        """Make the state before the first step from theta (P,)."""
        ...

    def step(
        self, objective: TwiceDifferentiable, theta: Vector, state: Any
    ) -> tuple[Vector, Any, float]:
        """Take one step: return the new theta, the new state and the value at the *old* theta."""
        ...

    def check_convergence(self, state: Any, value: float) -> Stop | None:
        """Return a `Stop` to end training after the step that gave ``state`` and ``value``."""
        ...
