"""Other training rows for a model: levels, transforms and scales stay as they were fitted."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ..design import ModelFrame, RowOptions
from .model import Model
from .trials import drop_untried


def replace_rows(model: Model, model_frame: ModelFrame, options: RowOptions) -> Model:
    """Return the model with other training rows; weights, columns and scaling keep their meaning.

    Raises
    ------
    TypeError, ValueError
        For a missing column, or a level or a type that the model does not know.
    """
    rows, model_frame = model.design.read_complete_rows(model_frame, options.na_action)
    rows, model_frame = drop_untried(model.perceptron.family, rows, model_frame)
    return replace(model, row_options=options).with_rows(rows, model_frame)


def hide_unseen(model: Model, frame: pd.DataFrame) -> pd.DataFrame:
    """Make levels that the model does not know missing, in the columns that it would fill in."""
    known = {
        name: frame[name].where(frame[name].isin(variable.levels))
        for name, variable in model.design.variables.items()
        if variable.levels and variable.fill is not None and name in frame
    }
    return frame.assign(**known)
