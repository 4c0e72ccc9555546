"""New data: rows of a table read by a model's design, for predictions and for evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import (
    ModelMatrices,
    Unseen,
    as_frame,
    count_without_value,
    make_native,
    read_weights,
)
from ..errors import DataWarning, check_choice, cut, listing, pluralize, quote, warn
from ..perceptron import Batch, Layer, choose_block_rows, split_rows
from .labels import from_scores
from .model import Model
from .trials import count_untried, find_tried

Matrix = NDArray[np.float64]

# Causes that a warning lists.
_MOST = 6
# How levels that training never saw are treated.
UnseenPolicy = Literal["error", "missing"]
_UNSEEN: dict[UnseenPolicy, bool] = {"error": False, "missing": True}


def check_unseen(unseen: Any) -> bool:
    """Return whether levels that training never saw are missing values; by default an error."""
    return check_choice("unseen", unseen, _UNSEEN)


def check_offset(model: Model) -> None:
    """Raise ValueError if the offset of new rows cannot be known."""
    if "offset" in model.row_options.arrays:
        raise ValueError(
            "the offset was given as numbers for the training rows, so that other rows have "
            "none: make the network with a column's name, offset='...', or with offset(...) in "
            "the formula"
        )


def read_table(
    model: Model, data: Any, response: bool = False, also: Iterable[str] = ()
) -> pd.DataFrame:
    """Read a table, of other libraries the columns of predictors, response and case weights.

    Raises
    ------
    ValueError
        Where such a table has no column of a predictor, of the response if that is needed, or of
        those of ``also``.
    """
    design, weights = model.design, model.row_options.weights
    needed = design.all_variables if response else design.variables
    optional = [*design.response.variables, *([] if weights is None else [weights])]
    return make_native(as_frame(data, [*needed, *also], optional))


def read_matrices(
    model: Model, data: Any, response: bool = False, unseen: str = "error"
) -> tuple[ModelMatrices, Unseen]:
    """Read new rows without a report, with an offset for each output if there is an offset.

    With ``unseen="missing"`` levels of predictors that training never saw are collected, and their
    rows count as missing.
    """
    found = Unseen()
    collect = found if check_unseen(unseen) else None
    check_offset(model)
    rows = model.design.read(data, response=response, unseen=collect)
    if rows.offset is None:
        return rows, found
    K = model.perceptron.sizes[-1]
    offset = model.perceptron.family.spread_offset(rows.offset, K)
    return replace(rows, offset=offset), found


def read_rows(model: Model, data: Any, unseen: str = "error") -> ModelMatrices:
    """Read new rows for prediction, one for each row of the data; no response is needed."""
    rows, found = read_matrices(model, data, False, unseen)
    n = len(rows.index)
    causes = _count_causes(model, rows, found)
    if causes:
        count = sum(causes.values())
        counted = f"{count} of {pluralize(n, 'row')} {'is' if count == 1 else 'are'}"
        warn(f"{counted} predicted as missing: {_name_causes(causes)}", DataWarning)
    _warn_of_filled(found, n)
    return rows


def _warn_of_filled(found: Unseen, n: int) -> None:
    """Warn of rows where levels that training never saw are imputed."""
    if found.filled:
        warn(f"{len(found.filled)} of {pluralize(n, 'row')} imputed, for {found}", DataWarning)


def read_complete_rows(
    model: Model,
    data: Any,
    unseen: str = "error",
    response: bool = True,
    weighted: bool | None = None,
) -> tuple[ModelMatrices, Matrix | None, NDArray[np.bool_]]:
    """Read the rows without a missing value, with a warning that counts the others.

    If the network's case weights came from a column, new data with this column have weights too,
    unless ``weighted`` is False, as by default without a response; else every new row counts once.

    Returns
    -------
    rows : ModelMatrices
    w : (n,) array or None
        Case weights.
    keep : mask
        The rows of the data that are complete.
    """
    frame = read_table(model, data, response)
    if not len(frame):
        raise ValueError("the data has no rows: give one row or more")
    rows, found = read_matrices(model, frame, response, unseen)
    weighted = response if weighted is None else weighted
    weights = model.row_options.weights if weighted else None
    w = read_weights(weights, frame) if weights in frame.columns else None
    keep = rows.complete if w is None else rows.complete & ~np.isnan(w)
    left, n = len(keep) - int(keep.sum()), len(keep)
    _warn_of_filled(found, n)
    counts = _count_causes(model, rows, found)
    causes = _name_causes({"missing values": left - sum(counts.values()), **counts})
    if left == n:
        what = ", response included" if response else ""
        raise ValueError(
            f"none of {pluralize(n, 'row')} is complete{what}{causes and f': {causes}'}"
        )
    if left:
        warn(f"{left} of {pluralize(n, 'row')} left out: {causes}", DataWarning)
        rows, w = rows.pick(keep), None if w is None else w[keep]
    tried = keep[keep]
    if response:
        tried = find_tried(model.perceptron.family, rows.response, w)
    if not tried.all():
        warn(f"{count_untried(tried, n)} left out: they have 0 trials", DataWarning)
        rows, w = rows.pick(tried), None if w is None else w[tried]
        keep[keep] = tried
    return rows, w, keep


def warn_of_no_weights(model: Model) -> None:
    """Warn of new data without the column of the case weights, if these came from one."""
    if model.row_options.weights is not None:
        warn(
            f"the data has no column {quote(model.row_options.weights)}, which holds the case "
            "weights: each row counts once",
            DataWarning,
        )


def _count_causes(model: Model, rows: ModelMatrices, found: Unseen) -> dict[str, int]:
    """Count the rows that are missing although no column is, by the cause; each row once."""
    without_value = count_without_value(rows, model.design.terms, model.design.offsets)
    causes = {f"no value of {cut(name)}": count for name, count in without_value.items()}
    return {**causes, str(found): found.rows} if found.rows else causes


def _name_causes(causes: Mapping[str, int]) -> str:
    """Describe why rows are missing, with a count for each of several causes."""
    parts = [(cause, count) for cause, count in causes.items() if count]
    if len(parts) == 1:
        return parts[0][0]
    more = ", ..." if len(parts) > _MOST else ""
    return ", ".join(f"{count} for {cause}" for cause, count in parts[:_MOST]) + more


def read_batch(model: Model, data: Any, unseen: str = "error") -> Batch:
    """Read complete rows with response and weights; None: the training rows."""
    check_unseen(unseen)
    if data is None:
        return model.batch
    rows, w, _ = read_complete_rows(model, data, unseen)
    if w is None:
        warn_of_no_weights(model)
    Y = model.perceptron.family.encode(rows.response, rows.index)
    return Batch(rows.X, Y, w, rows.offset)


def score_rows(
    model: Model,
    theta: Matrix,
    rows: ModelMatrices,
    kind: str = "link",
    threshold: float | None = None,
) -> NDArray[Any]:
    """Compute the numbers that predictions of rows are made of.

    They are scores (n, K) for ``kind="link"``, and class codes (n,) for ``"class"``. In a row with
    a missing value they are nan, or -1 for a class. ``threshold``: as in `from_scores`.
    """
    complete, function = rows.complete, from_scores(kind, model.perceptron.family, threshold)
    if complete.all():
        return model.map_scores(function, theta, rows.X, rows.offset)
    some = rows.pick(complete)
    known = model.map_scores(function, theta, some.X, some.offset)
    shape = (len(complete), *known.shape[1:])
    values = np.full(shape, -1 if kind == "class" else np.nan, known.dtype)
    values[complete] = known
    return values


def compute_scores(
    model: Model,
    theta: Matrix,
    data: Any,
    unseen: str = "error",
    kind: str = "link",
    threshold: float | None = None,
) -> tuple[NDArray[Any], pd.Index]:
    """Compute what `score_rows` does for new data, and the index; None: the training rows."""
    check_unseen(unseen)
    rows = model.rows if data is None else read_rows(model, data, unseen)
    return score_rows(model, theta, rows, kind, threshold), rows.index


def compute_means(model: Model, theta: Matrix, data: Any, unseen: str = "error") -> Matrix:
    """Compute means (n, K) for a design matrix or a data frame; None: the training rows."""
    check_unseen(unseen)
    mean = model.perceptron.family.mean
    if not isinstance(data, np.ndarray) or data.dtype.names:
        rows = model.rows if data is None else read_rows(model, data, unseen)
        return model.map_scores(mean, theta, rows.X, rows.offset)
    if model.design.offsets or "offset" in model.row_options.arrays:
        raise ValueError(
            "a design matrix holds no offset, and this network has one: give a DataFrame"
        )
    D = model.perceptron.sizes[0]
    if data.ndim != 2 or data.shape[1] != D:
        raise ValueError(
            f"a design matrix must have {pluralize(D, 'column')}, "
            f"[{listing(model.design.x_names)}]; this "
            f"array has shape {data.shape}. A DataFrame is read by the formula."
        )
    return model.map_scores(mean, theta, data.astype(np.float64))


def compute_layers(
    model: Model, theta: Matrix, data: Any, unseen: str = "error"
) -> tuple[Layer, ...]:
    """Compute all arrays of one forward and backward pass over complete rows.

    There is no backward pass if the data have no response.
    """
    response = model.design.response.variables
    data = None if data is None else read_table(model, data)
    if data is None or set(response) <= set(data.columns):
        batch = read_batch(model, data, unseen)
        if len(batch.X) <= choose_block_rows(model.perceptron.sizes):
            # The engine reads few rows in this layout, so that dW is its gradient to the last bit.
            batch = batch._replace(X=np.asfortranarray(batch.X))
        return model.compute(partial(model.perceptron.layers, theta, batch), len(batch.X))
    rows, _, _ = read_complete_rows(model, data, unseen, response=False)
    batch = Batch(rows.X, np.empty(len(rows.X)), None, rows.offset)
    run = partial(model.perceptron.layers, theta, batch, known=False)
    return model.compute(run, len(batch.X))


def compute_residuals(model: Model, theta: Matrix) -> pd.Series | pd.DataFrame:
    """Compute response minus mean of the training rows, on the scale of the means."""
    residuals, Y, family = compute_means(model, theta, None), model.batch.Y, model.perceptron.family
    for rows in split_rows(len(Y), choose_block_rows(model.perceptron.sizes)):
        mu = residuals[rows]
        residuals[rows] = family.observed_means(Y[rows], mu.shape[1]) - mu
    return model.labels.tabulate(residuals, model.labels.outputs, model.rows.index)
