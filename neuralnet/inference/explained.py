"""A fit with the rows on which it is explained, which need no standard errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import closest, listing
from ..model import Model
from .effects.effect_rows import EffectRows

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Explained:
    """A fit and rows.

    Attributes
    ----------
    theta : (P,) array
        The weights of the fit.
    rows : EffectRows
        Complete rows with their case weights, and the model.
    """

    theta: Floats
    rows: EffectRows

    @property
    def model(self) -> Model:
        """The network without its weights."""
        return self.rows.model


def check_predictor(
    model: Model, what: str, name: str, others: Iterable[str] = (), kind: str = "predictor"
) -> None:
    """Raise ValueError, with the reason, for the name of anything but a predictor.

    ``what`` is the argument as it was written; ``others`` are names that are allowed too, and
    ``kind`` is what all of them are.
    """
    design = model.design
    known = [*dict.fromkeys((*others, *design.formula.columns))]
    if name in known:
        return
    if name in design.variables:
        raise ValueError(
            f"{what}: the column is only in the offset, which is added to the scores as it is: "
            f"nothing was learned from it. The predictors are [{listing(design.formula.columns)}]"
        )
    if name in design.response.variables:
        raise ValueError(
            f"{what} is the response: give one of the predictors, "
            f"[{listing(design.formula.columns)}]"
        )
    raise ValueError(f"{what} is no {kind} of the formula: {closest(name, known)}")
