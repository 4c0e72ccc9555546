"""From scores to what the user asked for: classes, probabilities, means or scores, with names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .arguments import check_choice
from .families import Family
from .messages import cut
from .variables import make_categories, make_nullable

__all__ = ["Labels", "label_predictions"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """How outputs are called.

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
        """Class labels in the dtype of the response; missing where a code is below 0."""
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
        """A Series for one column, a DataFrame for several."""
        if len(columns) == 1:
            return pd.Series(values[:, 0], index=index, name=columns[0])
        return pd.DataFrame(values, index=index, columns=list(columns))


def label_predictions(
    kind: str | None, family: Family, labels: Labels, eta: Floats, index: pd.Index
) -> pd.Series | pd.DataFrame:
    """Predictions of a kind from scores; rows of nan stay missing.

    Parameters
    ----------
    kind : str or None
        ``"class"``, ``"probs"``, ``"response"``, ``"link"``; None: ``"class"`` for classes, else
        ``"response"``.
    eta : (n, K) array

    Raises
    ------
    ValueError
        For another kind, and for classes of a numeric response.
    """
    if kind is None:
        kind = "class" if labels.classes else "response"
    check_choice("type", kind, dict.fromkeys(("class", "probs", "response", "link")))
    if kind in ("class", "probs") and not labels.classes:
        raise ValueError(
            f"type={kind!r} needs a response of classes; {cut(labels.response)} holds numbers "
            "in this network. Use type='response', or write C(...) around the response in the "
            "formula."
        )
    if kind == "class":
        codes = family.classify(eta)
        assert codes is not None
        return labels.classify(np.where(np.isnan(eta).any(axis=1), -1, codes), index)
    if kind == "link":
        return labels.tabulate(eta, labels.outputs, index)
    mu = family.mean(eta)
    if kind == "probs":
        return pd.DataFrame(family.probabilities(mu), index=index, columns=list(labels.classes))
    return labels.tabulate(mu, labels.outputs, index)
