"""Checks of the arrays that measures are computed from: labels, probabilities, scores, weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..errors import is_rounded, listing, pluralize, quote

Floats = NDArray[np.float64]
Labels = Sequence[Any] | NDArray[Any] | pd.Series | pd.Index | pd.Categorical


def check_classes(classes: Labels) -> pd.Index:
    """Return the classes, each once and none of them missing."""
    if not isinstance(classes, Iterable):
        raise TypeError(f"classes must be a list of labels, not {quote(classes)}")
    names: pd.Index = pd.Index(list(classes))
    if names.empty or names.hasnans or not names.is_unique:
        raise ValueError(
            f"classes are [{listing(names)}]; give each class once, and no missing value"
        )
    return names


def find_codes(given: Labels, classes: pd.Index, name: str) -> NDArray[np.intp]:
    """Return the positions of labels among the classes, (n,); ``name`` is the name for errors."""
    if np.ndim(given) != 1:
        raise ValueError(f"{name} has {np.ndim(given)} dimensions; give one label a row")
    values = pd.Index(given)
    missing = np.count_nonzero(values.isna())
    if missing:
        raise ValueError(
            f"{missing} of {pluralize(len(values), 'label')} in {name} "
            f"{'is' if missing == 1 else 'are'} missing; leave those rows out of truth and of the "
            "predictions"
        )
    # Index.get_indexer would compare integers of different types as floats.
    places, different = pd.factorize(values)
    known = {label: place for place, label in enumerate(classes.tolist())}
    labels = different.tolist()
    rounded = [one for one in labels if one in known and is_rounded(one, classes[known[one]])]
    if rounded:
        raise ValueError(
            f"{name} holds floats such as {rounded[0]!r}, which cannot tell whole numbers apart: "
            "give integers, as the classes are"
        )
    codes = np.array([known.get(label, -1) for label in labels], dtype=np.intp)[places]
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise ValueError(
            f"label {quote(values[row])} in {name} (row {row}) is not among the classes "
            f"[{listing(classes)}]"
        )
    return codes


def check_weights(weights: ArrayLike | None, n: int) -> Floats:
    """Return case weights (n,); None: 1 for each row."""
    if weights is None:
        return np.ones(n)
    try:
        checked = np.asarray(weights, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"weights must be one number a row, not {quote(weights)}") from None
    if checked.shape != (n,):
        raise ValueError(f"weights have the shape {checked.shape}; give one number a row, ({n},)")
    bad = ~(np.isfinite(checked) & (checked >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(
            f"the weight of row {row} is {checked[row]}; weights are finite, 0 or above"
        )
    return checked


def check_truth(truth: ArrayLike) -> NDArray[np.bool_]:
    """Return the rows of the positive class as a mask (n,)."""
    values = np.asarray(truth)
    if values.ndim != 1:
        raise ValueError(f"truth has {values.ndim} dimensions; give one True or False a row")
    if values.dtype == bool:
        return values
    if missing := np.count_nonzero(pd.isna(values)):
        raise ValueError(
            f"truth is missing in {missing} of {pluralize(len(values), 'row')}: leave them out of "
            "the scores too"
        )
    numeric = values.dtype.kind in "iuf" or values.dtype == object
    if not (numeric and np.isin(values, (0, 1)).all()):
        raise ValueError(
            "truth must be True where a row is of the positive class and False elsewhere, such as "
            "y == 'yes'; it holds other values"
        )
    return values.astype(bool)


def check_numbers(name: str, values: ArrayLike, n: int) -> Floats:
    """Return one number for each row, (n,); infinite ones are allowed, missing ones are not."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be one number for each row") from None
    if numbers.shape != (n,):
        raise ValueError(f"{name} has the shape {numbers.shape}; give one number a row, ({n},)")
    return _refuse_missing(name, numbers)


def check_probabilities(probabilities: Any, classes: pd.Index, n: int) -> Floats:
    """Return the probabilities of all classes, (n, K).

    Parameters
    ----------
    probabilities : (n, K) numbers, or (n,) for two classes
        A column for each class; those of a DataFrame are matched by their names. One column alone
        is the probability of the second of two classes.
    classes : (K,) labels
    n : int
    """
    K = len(classes)
    if isinstance(probabilities, pd.DataFrame):
        columns = list(probabilities.columns)
        if len(columns) != K or set(columns) != set(classes):
            raise ValueError(
                f"probabilities has the columns [{listing(columns)}]; the classes are "
                f"[{listing(classes)}]"
            )
        probabilities = probabilities[list(classes)]
    try:
        numbers = np.asarray(probabilities, dtype=float)
    except (TypeError, ValueError):
        raise TypeError("probabilities must be numbers, one for each row and class") from None
    if K == 2 and numbers.shape == (n,):
        numbers = np.column_stack([1.0 - numbers, numbers])
    if numbers.shape != (n, K):
        raise ValueError(
            f"probabilities has the shape {numbers.shape}; give one for each row and class, "
            f"({n}, {K})"
        )
    _refuse_missing("probabilities", numbers)
    if ((numbers < 0.0) | (numbers > 1.0)).any():
        row = int(np.argmax(((numbers < 0.0) | (numbers > 1.0)).any(axis=1)))
        raise ValueError(
            f"probabilities must be from 0 to 1; row {row} has [{listing(numbers[row])}]"
        )
    return numbers


def _refuse_missing(name: str, numbers: Floats) -> Floats:
    missing = np.asarray(np.isnan(numbers).any(axis=tuple(range(1, numbers.ndim))))
    if missing.any():
        raise ValueError(
            f"{name} is missing in {np.count_nonzero(missing)} of "
            f"{pluralize(len(numbers), 'row')}: leave them out of truth too"
        )
    return numbers
