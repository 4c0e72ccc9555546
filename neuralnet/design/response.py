"""The left side of a formula: its classes in their fixed order, or numbers, one or several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, listing
from ..formula import (
    Column,
    Factor,
    Integers,
    Inverse,
    evaluate_factor,
    invert_expression,
    join_names,
    unbox,
)
from .columns import make_nullable, read_column
from .complete_columns import ColumnReader, CompleteColumns, read_complete
from .formula_checks import find_listed
from .frames import pick_column
from .levels import match_levels
from .variable import Variable, is_boolean

Floats = NDArray[np.float64]
_NEW_CLASS = (
    ". No prediction of another class can be correct: leave such rows out (unseen= is about "
    "predictors)"
)


@dataclass(frozen=True, eq=False)
class Response:
    """A left side of one factor, as fitted to the training rows.

    Attributes
    ----------
    factor : Factor
    variables : dict of str to Variable
        The columns that it uses.
    state : dict
        The state of its stateful transforms.
    dtype : object
        The dtype of the training data.
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

    @property
    def name(self) -> str:
        """As in the formula; a plain column without backticks."""
        return self.factor.column if isinstance(self.factor, Column) else self.factor.name()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the responses: here of one."""
        return (self.name,)

    @property
    def parts(self) -> tuple[Response, ...]:
        """All responses: here itself."""
        return (self,)

    @cached_property
    def inverse(self) -> Inverse | None:
        """The map from values of an expression to those of its column; None for a plain column.

        Raises
        ------
        ValueError
            If the expression is not invertible, or its inverse is not known.
        """
        if isinstance(self.factor, Column):
            return None
        try:
            return invert_expression(self.factor, self.state)
        except ValueError as fault:
            raise ValueError(
                f"the response {cut(self.name)} cannot be converted back to a column: {fault}. "
                "type='response' predicts it as it is."
            ) from None

    def read(self, frame: pd.DataFrame, columns: CompleteColumns | None = None) -> pd.Series:
        """The response of each row as the data holds it, or as the expression gives it.

        Where no row of the frame misses a value, ``columns`` may be its columns, already read.
        """
        if isinstance(self.factor, Column):
            return pick_column(frame, self.factor.column)
        complete = np.ones(len(frame), dtype=bool)
        if columns is None:
            columns, complete = read_complete(
                self.variables,
                ColumnReader(frame),
                listed=find_listed(self.variables, [self.factor]),
            )
        values = unpack(evaluate_factor(self.factor, self.state, columns, self.name))
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            # As among predictors: a logarithm of 0 is missing.
            values = np.where(np.isinf(values), np.nan, values)
        # A copy: values may be in the memory of the user's data.
        series = pd.Series(values, frame.index[complete], name=self.name, copy=True)
        series = series.infer_objects()
        return series if complete.all() else _spread(series, complete, frame.index)

    def encode(self, labels: pd.Series, columns: CompleteColumns | None = None) -> NDArray[Any]:
        """Class codes or numbers (n,) of what `read` gives, with the same ``columns``."""
        if not isinstance(self.factor, Column):
            values = read_column(self.name, labels)
        elif columns is None:
            values = read_column(self.name, labels, self.variables[self.name])
        else:
            values = columns[self.name]
        if self.classes:
            return match_levels(values, self.classes, f"the response {cut(self.name)}", _NEW_CLASS)
        if not isinstance(values, pd.Categorical):
            # A copy: columns may be in the memory of the user's data.
            return np.array(values, dtype=np.float64)
        if is_boolean(values):
            return np.where(values.codes < 0, np.nan, values.codes)
        raise refuse_classes(self.name, values.categories)


@dataclass(frozen=True, eq=False)
class MultiResponse:
    """A left side that joins several responses of numbers, as in ``cbind(y1, y2)``.

    Attributes
    ----------
    parts : tuple of Response
    """

    parts: tuple[Response, ...]
    dtype: ClassVar[None] = None
    classes: ClassVar[tuple[Any, ...]] = ()
    ordered: ClassVar[bool] = False

    @property
    def name(self) -> str:
        """As in the formula."""
        return join_names([part.factor for part in self.parts])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the responses."""
        return tuple(part.name for part in self.parts)

    @property
    def variables(self) -> dict[str, Variable]:
        """The columns that it uses."""
        return {name: each for part in self.parts for name, each in part.variables.items()}

    def read(self, frame: pd.DataFrame, columns: CompleteColumns | None = None) -> pd.DataFrame:
        """The responses of each row as the data holds them, (n, m); see `Response.read`."""
        return pd.concat([part.read(frame, columns) for part in self.parts], axis=1)

    def encode(self, labels: pd.DataFrame, columns: CompleteColumns | None = None) -> Floats:
        """The numbers (n, m) of what `read` gives."""
        parts = enumerate(self.parts)
        return np.column_stack([part.encode(labels.iloc[:, k], columns) for k, part in parts])


def unpack(value: Any) -> Any:
    """The value of a factor as pandas can take it without rounding."""
    value = unbox(value)
    return value.exact() if isinstance(value, Integers) else value


def refuse_classes(name: str, classes: Iterable[Any]) -> TypeError:
    """The error of a response that holds classes where numbers are needed."""
    return TypeError(
        f"the response {cut(name)} must be numbers for this family and in cbind(...); it holds "
        f"classes: {listing(classes)}. family='softmax' takes classes, of one response."
    )


def _spread(series: pd.Series, complete: NDArray[np.bool_], index: pd.Index) -> pd.Series:
    """Values of the complete rows at their places among all rows; the others are missing."""
    places = np.where(complete, np.cumsum(complete) - 1, -1)
    values = make_nullable(series).array
    return pd.Series(values.take(places, allow_fill=True), index=index, name=series.name)
