"""The record of an explanation: importance and shape of a fit, made from its weights and rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import pluralize
from ..model import Model, check_unseen
from .effects.effect_rows import read_effect_rows
from .frozen_record import FrozenRecord
from .importance.importance_methods import ImportanceMethods
from .profiles.profile_methods import ProfileMethods

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(FrozenRecord, ImportanceMethods, ProfileMethods):
    """What a network uses, and how its predictions change with each column.

    `NeuralNetwork.explain` makes it. It needs no standard errors, and so no optimum: any trained
    network has one. All methods return tidy tables.

    Attributes
    ----------
    theta : (P,) array
        The weights of the fit.
    rows : EffectRows
        The rows on which it is explained, with their case weights.
    """

    _made_by = "explain()"
    _kept_as = "importance()"

    def __repr__(self) -> str:
        return (
            f"<Explanation: {pluralize(len(self.rows.w), 'row')}; importance(), olden(), garson(), "
            "partial_dependence(), accumulated_local_effects(), lek_profile()>"
        )


def explain(
    model: Model, theta: Floats, trained: bool, data: Any = None, unseen: str = "error"
) -> Explanation:
    """Make the record of an explanation on the rows of a table; None: the training rows.

    ``unseen``: as in `NeuralNetwork.accuracy`.

    Raises
    ------
    ValueError
        Without training, without rows, and where no row has a case weight.
    """
    check_unseen(unseen)
    if not trained:
        raise ValueError(
            "this network was not trained, so that there is nothing to explain: call train() first"
        )
    if data is None and model.training is None:
        raise ValueError(
            "this network was loaded without its training rows: give rows to explain it on, as in "
            "explain(data)"
        )
    rows = read_effect_rows(model, data, unseen)
    if not rows.w.sum() > 0.0:
        raise ValueError("no row has a case weight above 0: give rows that count")
    return Explanation(theta, rows)
