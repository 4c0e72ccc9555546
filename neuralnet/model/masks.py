"""Masks of weights: which are trained, and which are fixed at their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import listing, quote, suggest
from .assignments import order_frame
from .description import name_weights
from .model import Model

Mask = NDArray[np.bool_]

_WANTED = "True for each weight to train and False for each to fix"


def read_mask(model: Model, mask: Any) -> Mask | None:
    """Read which weights are to be trained, (P,); None where all are.

    Parameters
    ----------
    model : Model
    mask : (P,) array of bool, dict of str to array or frame of bool, or None
        True: trained. A dict has matrices by name; all weights of others are trained.

    Raises
    ------
    TypeError
        For anything but True and False.
    ValueError
        For another shape, other labels or names, and a mask that fixes every weight.
    """
    if mask is None:
        return None
    P = model.perceptron.n_parameters
    if isinstance(mask, Mapping):
        found = np.concatenate([part.ravel() for part in _read_matrices(model, mask)])
    else:
        found = _read_bools("mask", _check_order(mask), (P,))
    if not found.any():
        raise ValueError("mask= fixes every weight: True must be there for a weight to train")
    found.flags.writeable = False
    return None if found.all() else found


def _read_matrices(model: Model, masks: Mapping[Any, Any]) -> list[Mask]:
    """Read a mask for each weight matrix."""
    labels = {f"W{layer}": names for layer, names in enumerate(name_weights(model), start=1)}
    for name in masks:
        if name not in labels:
            hint = suggest(name, [*labels]) if isinstance(name, str) else ""
            raise ValueError(
                f"mask= has {quote(name)}, which is no weight matrix of this network; they are "
                f"{listing(labels)}.{hint}"
            )
    return [_read_matrix(name, masks.get(name, True), *names) for name, names in labels.items()]


def _read_matrix(name: str, mask: Any, rows: Sequence[Any], columns: Sequence[Any]) -> Mask:
    shape = len(rows), len(columns)
    if mask is True or mask is False:
        return np.full(shape, mask)
    return _read_bools(f"mask of {name}", order_frame(name, mask, rows, columns), shape)


def _check_order(mask: Any) -> Any:
    """Raise where a vector has labels, which theta has not."""
    if isinstance(mask, pd.DataFrame):
        raise TypeError(
            "mask= takes a frame for a matrix by its name, as in mask={'W1': frame}, or a vector "
            "in the order of theta"
        )
    if isinstance(mask, pd.Series) and not mask.index.equals(pd.RangeIndex(len(mask))):
        raise ValueError(
            f"mask goes by the order of theta, and the Series given has labels, "
            f"{listing(mask.index[:3])}, ...: pass series.to_numpy(), or matrices by their names"
        )
    return mask


def _read_bools(name: str, values: Any, shape: tuple[int, ...]) -> Mask:
    """Copy booleans of this shape; numbers are none."""
    try:
        given = np.array(values)
    except (TypeError, ValueError, OverflowError):  # such as rows of unequal length
        given = np.empty(0, dtype=object)
    if given.dtype != np.bool_:
        # Frames with columns of several types, and nullable ones, become arrays of objects.
        cells = given.ravel().tolist() if given.dtype == object else [None]
        if not cells or not all(isinstance(cell, bool) for cell in cells):
            numbers = f"numbers, of dtype {given.dtype}: write array != 0 if 0 means fixed"
            what = numbers if given.dtype.kind in "iufc" else quote(values)
            also = ", or a dict of matrices such as {'W1': ...}" if len(shape) == 1 else ""
            raise TypeError(f"{name} must be {_WANTED}, of shape {shape}{also}, not {what}")
        given = given.astype(np.bool_)
    if given.shape != shape:
        raise ValueError(
            f"{name} must have shape {shape}, {_WANTED}; the one given has shape {given.shape}"
        )
    return given
