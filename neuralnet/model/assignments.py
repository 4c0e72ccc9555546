"""Assignment of weights: arrays by position, data frames by their labels.

A frame with the labels of the weights in another order is reordered; a frame with other labels is
an error. A default index, 0, 1, 2, ..., counts as no label: such a frame goes by position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..design import as_frame, is_table
from ..errors import listing, quote

Floats = NDArray[np.float64]


def read_vector(name: str, values: ArrayLike | pd.Series, size: int) -> Floats:
    """Copy all weights to a finite array (size,).

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        For another shape, nan, infinite numbers, and a Series with labels.
    """
    if isinstance(values, pd.Series) and not values.index.equals(pd.RangeIndex(len(values))):
        raise ValueError(
            f"{name} goes by position, and the Series given has labels, "
            f"{listing(values.index[:3])}, ...: bring it into the order of {name}, and pass "
            "series.to_numpy()"
        )
    return _read_array(name, values, (size,))


def read_matrix(name: str, values: Any, rows: Sequence[Any], columns: Sequence[Any]) -> Floats:
    """Copy a weight matrix, with rows and columns of these names, to a finite array.

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        For another shape, other labels, nan and infinite numbers.

    Examples
    --------
    >>> frame = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=["b", "a"], columns=["h1", "h2"])
    >>> read_matrix("W1", frame, ["a", "b"], ["h1", "h2"])
    array([[3., 4.],
           [1., 2.]])
    """
    return _read_array(name, order_frame(name, values, rows, columns), (len(rows), len(columns)))


def order_frame(name: str, values: Any, rows: Sequence[Any], columns: Sequence[Any]) -> Any:
    """Bring a frame into the order of these labels, as an array; return anything else as it is.

    Raises
    ------
    ValueError
        For other labels.
    """
    # Tables of other libraries have column names, but no row labels.
    if is_table(values) and not isinstance(values, Mapping):
        values = as_frame(values)
    if not isinstance(values, pd.DataFrame):
        return values
    # The wrong shape is reported before wrong labels.
    if values.shape == (len(rows), len(columns)):
        places = (
            _place(name, "row", values.index, rows),
            _place(name, "column", values.columns, columns),
        )
        values = values.iloc[places]
    return values.to_numpy()


def _place(name: str, axis: str, given: pd.Index, wanted: Sequence[Any]) -> NDArray[np.intp]:
    """Return the positions of the wanted labels among those given."""
    labels = list(given)
    if labels == list(wanted) or given.equals(pd.RangeIndex(len(given))):
        return np.arange(len(wanted))
    places = {label: place for place, label in enumerate(labels)}
    others = [label for label in labels if label not in set(wanted)]
    missing = [label for label in wanted if label not in places]
    if others or missing or len(places) < len(labels):
        wrong = [f"{listing(others)} where there is no such {axis}"] if others else []
        wrong += [f"no {axis} {listing(missing)}"] if missing else []
        wrong = wrong or [f"{axis}s of one name, {listing(given[given.duplicated()])}, in disorder"]
        raise ValueError(
            f"{name} goes by the labels of a frame, and the one given has {' and '.join(wrong)}: "
            f"label it as coef()[{name!r}] is, or pass frame.to_numpy() to go by position"
        )
    return np.array([places[label] for label in wanted])


def read_numbers(name: str, values: ArrayLike) -> Floats:
    """Read an array of numbers, of any shape."""
    if values is None:
        raise TypeError(f"{name} must be an array of numbers, not None")
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"{name} must be an array of numbers, not {quote(values)}") from None


def _read_array(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Floats:
    try:
        given = np.array(values)
        array = given.astype(np.float64, casting="unsafe" if given.dtype == object else "same_kind")
    except (TypeError, ValueError, OverflowError):
        raise TypeError(
            f"{name} must be an array of numbers of shape {shape}, not {quote(values)}"
        ) from None
    if array.shape != shape:
        raise ValueError(f"{name} has shape {shape}; the array given has shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; the array given holds nan or infinite numbers")
    return array
