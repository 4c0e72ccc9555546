"""The best decay so far, as each way of choosing one yields it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..model import Model
from ..training import RestartResult
from .tuning import Tuning

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class DecayChoice:
    """The best decay so far.

    Attributes
    ----------
    model : Model
        With this decay.
    theta : (P,) array or None
        Weights fitted with it to the rows on which decays are tried; None where there is no such
        fit.
    tuning : Tuning
    ends : tuple of RestartResult
        Where evidence chooses: how each start ended.
    warning : str
        Why the choice is not to be relied on, as a sentence; '' where it is.
    """

    model: Model
    theta: Vector | None
    tuning: Tuning
    ends: tuple[RestartResult, ...] = ()
    warning: str = ""

    def train_on(self, theta: Vector) -> DecayChoice:
        """Return the choice with the weights that training from those of the choice ended with."""
        ends = tuple(
            each._replace(theta=theta) if each.theta is self.theta else each for each in self.ends
        )
        return replace(self, theta=theta, ends=ends)
