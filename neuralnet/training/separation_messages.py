"""Messages on separation: which rows make which weights grow without end, and the remedy.

Names levels, classes and columns; the search for separation is in `separation`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import ColumnReader, read_complete
from ..errors import cut, pluralize
from ..model import Model
from .phrases import MOST_NAMES, join_columns, join_words, show_value
from .separation import Floats, Recession, find_recession, is_separated

Mask = NDArray[np.bool_]

_SEPARATED = (
    "The classes can be separated without error, so that the weights grow without end: some "
    "decay, such as decay=1e-3, keeps them finite."
)
_REMEDY = "some decay, such as decay=1e-3,"


def describe_separation(
    model: Model,
    theta: Floats,
    *,
    kept_rows: Mask | None = None,
    mask: Mask | None = None,
    search: bool = True,
) -> str:
    """Describe weights that grow without end; '' for none.

    Parameters
    ----------
    model : Model
    theta : (P,) array
        The final weights.
    kept_rows : (n,) mask, optional
        The rows trained on, where others were held out.
    mask : (P,) mask, optional
        The weights that are not fixed.
    search : bool
        Whether to search for quasi-separation too.
    """
    # Fixed weights may separate the classes, and do not grow.
    if mask is None and is_separated(model, theta):
        return _SEPARATED
    if not search:
        return ""
    batch = model.batch if kept_rows is None else model.batch.pick(kept_rows)
    recession = find_recession(model, theta, batch, mask)
    return "" if recession is None else _describe_recession(model, kept_rows, recession)


def _describe_recession(model: Model, kept_rows: Mask | None, recession: Recession) -> str:
    rows, labels = recession.rows, _get_labels(model, kept_rows)
    response = _describe_response(model, labels[rows], recession)
    if rows.all() and response:
        return _describe_constant_response(recession, response)
    intercept = model.design.terms.intercept
    columns = [each for each in recession.columns if each != intercept] or recession.columns
    names = join_columns(model, columns)
    if found := _find_levels(model, kept_rows, recession):
        variable, levels = found
        each = ", in each of these levels all rows"
        which = f" all {pluralize(rows.sum(), 'row')} " if len(levels) == 1 else f"{each} "
        verb, _, rest = (response or "have the same response").partition(" ")
        if rows.sum() == 1:
            which, verb = " the only row ", {"have": "has", "are": "is"}[verb]
        what = f"with {variable} = {join_words([*map(show_value, levels)], 'or')}{which}"
        what += f"{verb} {rest}"
        remedy = f"merge levels, or leave these rows out; or {_REMEDY}"
        return _join_parts(what, f"the weights of {names}", remedy)
    what = _describe_rows(model, recession, names, len(columns) == 1, response)
    return _join_parts(what, "its weights" if len(columns) == 1 else "their weights", _REMEDY)


def _join_parts(what: str, growing: str, remedy: str) -> str:
    return (
        f"Quasi-separation: {what}, so that {growing} grow without end: {remedy} keeps them finite."
    )


def _describe_constant_response(recession: Recession, response: str) -> str:
    """Describe a response that is the same in all rows, or a class that never occurs."""
    if not recession.classes or recession.rows_in_class:
        value = response.split(" ", 1)[1]
        return f"The response is the same in every row ({value}): there is nothing to learn."
    what = f"all {pluralize(len(recession.rows), 'row')} {response}"
    return _join_parts(what, "the weights of this class", _REMEDY)


def _describe_rows(
    model: Model, recession: Recession, names: str, single: bool, response: str
) -> str:
    """Describe which rows some columns separate; ``single``: whether it is one column."""
    rows, s = f"{recession.rows.sum()} of {pluralize(len(recession.rows), 'row')}", "s" * single
    if not model.labels.classes:
        reason = f", as these {response}" if response else ""
        return f"{names} fit{s} {rows} the better the larger the weights{reason}"
    outputs = [show_value(model.labels.outputs[each]) for each in recession.classes]
    return f"{names} separate{s} {join_words(outputs, 'or') or rows} without error"


def _get_labels(model: Model, kept_rows: Mask | None) -> pd.Series | pd.DataFrame:
    """The response of the rows trained on."""
    labels = model.rows.labels
    return labels if kept_rows is None else labels[kept_rows]


def _describe_response(
    model: Model, labels: pd.Series | pd.DataFrame, recession: Recession | None = None
) -> str:
    """Describe what some rows have in common in the response; '' for nothing."""
    if labels.ndim == 2:
        limits = zip(labels.to_numpy().T, ("have no success", "have no failure"), strict=False)
        return next((words for counts, words in limits if not counts.any()), "")
    values = labels.drop_duplicates()
    outputs = model.labels.outputs
    classes = [outputs[each] for each in recession.classes] if recession else []
    if classes and not values.isin(classes).any():
        return f"are never {join_words([*map(show_value, classes)], 'or')}"
    if len(values) != 1:
        return ""
    (value,) = values
    if classes:
        return f"are {show_value(value)}"
    return f"have {cut(model.labels.response)} = {show_value(value)}"


def _find_levels(
    model: Model, kept_rows: Mask | None, recession: Recession
) -> tuple[str, list[object]] | None:
    """Find a variable with levels that make up exactly these rows, each with one response."""
    rows, labels = recession.rows, _get_labels(model, kept_rows)
    frame = model.model_frame.frame
    if kept_rows is not None:
        frame = frame[kept_rows]
    alike = bool(_describe_response(model, labels[rows], recession))
    variables = model.design.variables
    categories = {name: each for name, each in variables.items() if each.levels}
    # Read by the design, as levels may be imputed.
    columns, _ = read_complete(categories, ColumnReader(frame))
    for name in [] if rows.all() else categories:
        level = np.asarray(columns[name], dtype=object)
        inside = pd.unique(level[rows])
        if len(inside) > MOST_NAMES or pd.Series(level).isin(inside).sum() != rows.sum():
            continue
        if alike or all(_describe_response(model, labels[level == each]) for each in inside):
            return cut(name), [*inside]
    return None
