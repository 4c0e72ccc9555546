"""The left side of a formula: its classes in their fixed order, or numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .expressions import Column, Factor
from .messages import listing
from .terms import is_boxed, translate_errors, unbox
from .variables import (
    Variable,
    is_boolean,
    match_levels,
    pick_column,
    read_column,
    read_complete,
)

__all__ = ["Response"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Response:
    """What training learned of the left side.

    Attributes
    ----------
    factor : Factor
    variables : dict of str to Variable
        The columns that it uses.
    state : dict
        What its stateful transforms, if any, remember.
    dtype : object
        How the training data stored it.
    classes : tuple
        Labels in their fixed order: that of the category dtype, else sorted; empty for numbers.
    ordered : bool
        Whether the category dtype is ordered.
    """

    factor: Factor
    variables: Mapping[str, Variable]
    state: Mapping[str, Any]
    dtype: Any
    classes: tuple[Any, ...]
    ordered: bool

    @classmethod
    def learn(
        cls,
        factor: Factor,
        variables: Mapping[str, Variable],
        ready: Mapping[str, Any],
        wants_classes: bool | None,
    ) -> Response:
        """From complete columns by name; see ``Design.learn``."""
        state: dict[str, Any] = {}
        with translate_errors(factor.name()):
            factor.memorize(state, ready)
            value = factor.eval(state, ready)
        series = pd.Series(unbox(value)).infer_objects()
        if undefined := int(series.isna().sum()):
            raise ValueError(
                f"the response {factor.name()} is not a number in {undefined} rows that miss "
                "nothing: change the formula, or leave these rows out"
            )
        read = read_column(factor.name(), series)
        classes: tuple[Any, ...] = ()
        ordered = False
        if isinstance(read, pd.Categorical):
            # A family of numbers takes booleans as 0 and 1; `read` refuses other classes.
            classes = () if wants_classes is False else tuple(read.categories)
            ordered = bool(read.ordered)
        elif wants_classes or is_boxed(value):
            classes = _distinct_numbers(read)
        if len(classes) == 1:
            raise ValueError(
                f"the response {factor.name()} has one class, {classes[0]!r}, in the complete "
                "rows: there is nothing to tell apart"
            )
        plain = isinstance(factor, Column)
        dtype = variables[factor.columns[0]].dtype if plain else series.dtype
        response = cls(factor, variables, state, dtype, classes, ordered)
        response.encode(series)
        return response

    @property
    def name(self) -> str:
        """As in the formula; a plain column without backticks."""
        return self.factor.column if isinstance(self.factor, Column) else self.factor.name()

    def read(self, frame: pd.DataFrame) -> pd.Series:
        """The response of each row as the user knows it."""
        if isinstance(self.factor, Column):
            return pick_column(frame, self.factor.column)
        ready, complete = read_complete(self.variables, frame)
        with translate_errors(self.name):
            found = unbox(self.factor.eval(dict(self.state), ready))
        series = pd.Series(found, index=frame.index[complete], name=self.name).infer_objects()
        return series if complete.all() else _spread(series, complete, frame.index)

    def encode(self, values: pd.Series) -> NDArray[Any]:
        """Class codes or numbers of what the left side gives."""
        read = read_column(self.name, values)
        if self.classes:
            return match_levels(read, self.classes, f"the response {self.name}")
        if not isinstance(read, pd.Categorical):
            return read
        if is_boolean(read):
            return np.where(read.codes < 0, np.nan, read.codes)
        raise TypeError(
            f"the response {self.name} must be numbers for this family; it holds classes: "
            f"{listing(read.categories)}. family='softmax' takes classes."
        )


def _spread(series: pd.Series, complete: NDArray[np.bool_], index: pd.Index) -> pd.Series:
    """Values of the complete rows back among all rows, missing elsewhere."""
    places = np.where(complete, np.cumsum(complete) - 1, -1)
    return pd.Series(series.array.take(places, allow_fill=True), index=index, name=series.name)


def _distinct_numbers(values: Floats) -> tuple[Any, ...]:
    """In order; whole numbers as ints."""
    levels = np.unique(values)
    return tuple((levels.astype(int) if (levels == np.rint(levels)).all() else levels).tolist())
