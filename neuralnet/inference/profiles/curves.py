"""Predictions of changed rows, and tables of them over a grid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import DataWarning, pluralize, warn
from ...model import Model
from ..effects.effect_rows import Inputs
from ..effects.effects import label_outputs
from ..effects.estimands import count_effects

Floats = NDArray[np.float64]


def predict(model: Model, theta: Floats, inputs: Inputs, link: bool) -> Floats:
    """Predict the means (n, L) of rows, or their scores, for classes minus that of the first."""
    function = model.perceptron.family.mean
    if link:
        contrast = count_effects(model, link) < model.perceptron.sizes[-1]
        function = _subtract_first if contrast else _keep
    return np.asarray(model.map_scores(function, theta, inputs.X, inputs.offset))


def _keep(eta: Floats) -> Floats:
    return eta


def _subtract_first(eta: Floats) -> Floats:
    return eta[:, 1:] - eta[:, :1]


def warn_of_undefined(counts: Any, n: int) -> None:
    """Warn of rows in which the formula has no number for some values; ``counts`` for each."""
    most = int(np.max(counts, initial=0))
    if most:
        warn(
            f"the formula has no number in up to {most} of {pluralize(n, 'row')} for some values: "
            "they are left out there",
            DataWarning,
        )


def tabulate_curves(
    model: Model,
    link: bool,
    terms: Mapping[str, str],
    axes: Mapping[str, tuple[int, Any]],
    values: Floats,
) -> pd.DataFrame:
    """Tabulate estimates (L, ...), output by output.

    Parameters
    ----------
    model : Model
    link : bool
    terms : dict
        Columns of the table with a single value.
    axes : dict
        Columns of the table, each with an axis of ``values``, counted after that of the outputs,
        and the labels along it.
    values : (L, ...) array
    """
    places = np.indices(values.shape).reshape(values.ndim, -1)
    table: dict[str, Any] = dict(terms)
    for name, (axis, labels) in axes.items():
        table[name] = pd.Series(labels).take(places[1 + axis]).array
    groups = label_outputs(model, places[0], link)
    if groups is not None:
        table["group"] = groups.array
    return pd.DataFrame({**table, "estimate": values.ravel()})
