"""The properties that first-order optimizers share."""

from __future__ import annotations

from typing import ClassVar

from .protocol import Stop


class FirstOrder:
    """An optimizer that uses only gradients and has no convergence criterion.

    The class attributes are described in `Capabilities`.
    """

    __slots__ = ()
    needs_curvature: ClassVar[bool] = False
    takes_batches: ClassVar[bool] = True
    takes_l1: ClassVar[bool] = True
    follows_gradient: ClassVar[bool] = False
    class_tolerance: ClassVar[float | None] = None

    def check_convergence(self, state: object, value: float) -> Stop | None:
        """Return None: never stop."""
        return None
