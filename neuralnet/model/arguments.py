"""The arguments that a network was made with, kept or recovered, and networks made of them anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..design import list_names
from ..errors import check_formula
from ..formula import FUNCTIONS, Expression, update_formula
from .model import Model
from .penalty_factors import name_penalty_factor

# Containers that the caller may change later.
_MUTABLE = (list, dict, np.ndarray, pd.Series, pd.Index)


def keep_arguments(given: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the arguments of a constructor, without what later changes by the caller would reach.

    The data are kept as a shallow copy of the table: no value is copied, and columns that the
    caller adds or replaces later are not in it. A random generator, which advances, is not kept.
    None where the data can be read once only, as a RecordBatchReader.
    """
    if isinstance(given["data"], Iterator):
        return None
    kept = {name: _copy(value) for name, value in given.items() if name != "data"}
    data = given["data"]
    kept["data"] = data.copy(deep=False) if isinstance(data, pd.DataFrame) else _copy(data)
    if isinstance(kept["seed"], np.random.Generator):
        kept["seed"] = None
    return kept


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, _MUTABLE) else value


def recover_arguments(model: Model, rows: bool) -> dict[str, Any]:
    """Return arguments that make such a model, for a network whose own were not kept.

    With ``rows`` the data are the training rows, if there are any, with numbers for weights and
    offset; without, there are only arguments that apply to other rows too.
    """
    design, perceptron, options = model.design, model.perceptron, model.row_options
    decay, classes = model.given.decay, model.labels.classes
    named = design.offsets[len(design.formula.offsets) :]
    offset = [name for each in named for factor in each.factors for name in factor.columns]
    arguments = {
        "formula": design.formula.text,
        "data": None,
        "hidden": list(perceptron.sizes[1:-1]) or 0,
        "family": perceptron.family,
        "activation": list(perceptron.activations) or "sigmoid",
        "skip": bool(perceptron.skip),
        "decay": list(decay) if isinstance(decay, tuple) else decay,
        "mixture": model.mixture,
        "penalize_bias": model.given.penalize_bias,
        "penalty_factor": name_penalty_factor(model.penalty_factor, design.terms) or None,
        "weights": options.weights,
        "class_weight": None,
        "offset": offset or None,
        "subset": options.subset,
        "scale": model.given.scale,
        "init": model.given.init,
        "seed": None,
        "env": _find_user_defined(model),
        "na_action": options.na_action,
        "engine": model.engine,
        "dtype": model.dtype,
    }
    if model.class_weights is not None:
        weights = model.class_weights.tolist()
        arguments["class_weight"] = dict(zip(classes, weights, strict=True))
    if rows and model.training is not None:
        frame = model.model_frame
        arguments |= {"data": frame.frame, "weights": frame.w, "subset": None}
        if frame.offset is not None:
            arguments["offset"] = frame.offset
    return arguments


def _find_user_defined(model: Model) -> dict[str, Any]:
    """Return the names of the caller's ``env`` that the expressions of the formula use."""
    return {
        name: value
        for factor in model.design.states
        if isinstance(factor, Expression)
        for name, value in factor.names.items()
        if name not in FUNCTIONS
    }


def change_arguments(
    model: Model, arguments: Mapping[str, Any], formula: Any, data: Any, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments of a network that is to differ from another one.

    Raises
    ------
    TypeError, ValueError
        Where nothing is to differ, where there are no rows, and for arrays of the old rows with
        new data.
    """
    if formula is None and data is None and not changes:
        raise ValueError(
            "update() needs what is to differ: a formula such as '. ~ . - x', data=, or an "
            "argument of NeuralNetwork such as hidden= or seed=. A copy with its weights is clone()"
        )
    changed = {**arguments, **changes}
    if data is not None:
        _check_arrays(model, changes)
        changed["data"] = data
    if changed["data"] is None:
        raise ValueError(
            "this network was loaded without its training rows, and a new one needs rows: give "
            "data="
        )
    if formula is not None:
        columns = list_names(changed["data"])
        old = model.design.formula
        changed["formula"] = update_formula(old, check_formula(formula), columns, changed["env"])
    return changed


def _check_arrays(model: Model, changes: Mapping[str, Any]) -> None:
    """Raise for arrays with a value for each of the old rows, which do not fit new data."""
    stale = [f"{name}=" for name in model.row_options.arrays if name not in changes]
    if stale:
        raise ValueError(
            f"{' and '.join(stale)} had values for the rows of the old data: with new data give "
            "them again, or None"
        )
