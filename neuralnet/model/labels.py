"""Labels of outputs and classes, and predictions with these labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..design import make_categories, make_nullable
from ..errors import check_number, check_word, cut, listing
from ..families import Family

Floats = NDArray[np.float64]
PredictionType = Literal["class", "probs", "response", "link", "original"]


@dataclass(frozen=True)
class Labels:
    """Names of the response, the outputs and the classes.

    Attributes
    ----------
    response : str
        Name of the left side.
    outputs : tuple
        Names of the K outputs.
    classes : tuple
        In their fixed order; empty for a numeric response.
    dtype : object
        Of the response in the training data.
    ordered : bool
        Whether its categories are ordered.
    """

    response: str
    outputs: tuple[Any, ...]
    classes: tuple[Any, ...]
    dtype: Any
    ordered: bool

    def classify(self, codes: NDArray[np.intp], index: pd.Index) -> pd.Series:
        """Return class labels in the dtype of the response; missing for a code below 0."""
        if isinstance(self.dtype, pd.CategoricalDtype):
            values = make_categories(codes, self.classes, self.ordered)
            return pd.Series(values, index=index, name=self.response)
        spelled = self._spelled
        if missing := bool((codes < 0).any()):
            spelled = make_nullable(spelled)
        found = spelled.array.take(codes, allow_fill=missing)
        named: pd.Series = pd.Series(found, index, dtype=spelled.dtype, name=self.response)
        return named

    @cached_property
    def _spelled(self) -> pd.Series:
        """The classes in the dtype of the response."""
        spelled: pd.Series = pd.Series(list(self.classes), dtype=self.dtype)
        return spelled

    def tabulate(
        self, values: Floats, columns: Sequence[Any], index: pd.Index
    ) -> pd.Series | pd.DataFrame:
        """Return a Series for one column, a DataFrame for several."""
        if len(columns) == 1:
            return pd.Series(values[:, 0], index=index, name=columns[0])
        # The array is not used elsewhere; without this pandas 3 would copy it.
        return pd.DataFrame(values, index=index, columns=list(columns), copy=False)


def name_hidden_units(sizes: Sequence[int]) -> list[list[str]]:
    """Name the hidden units, layer by layer: h1, h2, ... or, with several layers, h2.1.

    Examples
    --------
    >>> name_hidden_units([3]), name_hidden_units([2, 1])
    ([['h1', 'h2', 'h3']], [['h1.1', 'h1.2'], ['h2.1']])
    """
    return [
        [f"h{unit}" if len(sizes) == 1 else f"h{layer}.{unit}" for unit in range(1, size + 1)]
        for layer, size in enumerate(sizes, start=1)
    ]


def choose_kind(kind: PredictionType | None, labels: Labels) -> PredictionType:
    """Check the type of predictions; None: ``"class"`` for classes, else ``"response"``.

    Raises
    ------
    ValueError
        For another type, for classes of a numeric response, and for the original scale of classes.
    """
    if kind is None:
        kind = "class" if labels.classes else "response"
    check_word("type", kind, get_args(PredictionType))
    if kind == "original" and labels.classes:
        raise ValueError(
            f"type='original' needs a response of numbers; {cut(labels.response)} holds classes "
            "in this network. Use type='class', 'probs', 'response' or 'link'."
        )
    if kind in ("class", "probs") and not labels.classes:
        raise ValueError(
            f"type={kind!r} needs a response of classes; {cut(labels.response)} holds numbers "
            "in this network. Use type='response', or write C(...) around the response in the "
            "formula."
        )
    return kind


def check_threshold(threshold: Any, labels: Labels) -> float | None:
    """Return the probability above which the second of two classes is predicted; None stays None.

    Raises
    ------
    TypeError
        For a value that is no number.
    ValueError
        For a number that is not between 0 and 1, and for another response than two classes.
    """
    if threshold is None:
        return None
    if (K := len(labels.classes)) != 2:
        holds = f"has {K}: [{listing(labels.classes)}]" if K else "holds numbers"
        raise ValueError(
            "threshold= is the probability above which the second of two classes is predicted, "
            f"and {cut(labels.response)} {holds}. Leave it out."
        )
    return check_number("threshold", threshold, most=1.0, above=True, below=True)


def from_scores(
    kind: str, family: Family, threshold: float | None = None
) -> Callable[[Floats], NDArray[Any]]:
    """Return the function from scores (n, K) to the numbers of a type of prediction.

    ``threshold``: the probability above which the second of two classes is predicted.
    """

    def classify(eta: Floats) -> NDArray[np.intp]:
        if threshold is None:
            codes = family.classify(eta)
            assert codes is not None
        else:
            codes = (family.probabilities(family.mean(eta))[:, 1] > threshold).astype(np.intp)
        return np.where(np.isnan(eta).any(axis=1), -1, codes)

    return {
        "class": classify,
        "probs": lambda eta: family.probabilities(family.mean(eta)),
        "response": family.mean,
        "link": lambda eta: eta,
    }[kind]


def label_predictions(
    kind: str, labels: Labels, values: NDArray[Any], index: pd.Index
) -> pd.Series | pd.DataFrame:
    """Label predictions that a function of `from_scores` computed."""
    if kind == "class":
        return labels.classify(values, index)
    columns = labels.classes if kind == "probs" else labels.outputs
    if kind == "probs":
        return pd.DataFrame(values, index=index, columns=list(columns), copy=False)
    return labels.tabulate(values, columns, index)
