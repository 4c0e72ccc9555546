"""Fitting the left side of a formula: its classes, or that it is numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, pluralize, quote
from ..formula import Column, Factor, find_distinct, find_levels, is_boxed, unbox
from .columns import find_missing, read_column
from .pooled_levels import add_stand_ins
from .response import MultiResponse, Response, refuse_classes, unpack
from .summaries import ColumnSummary, warn_of_levels
from .transform_fit import TransformFit
from .variable import Variable

# Decides whether a response is categorical: called with the distinct values of a numeric response,
# or with None for text and categories. If it rejects categories it is not called for numbers.
# None: only text and categories are classes.
WantsClasses = Callable[[NDArray[np.float64] | None], bool] | None


class ResponseFit:
    """A response while it is fitted.

    Parameters
    ----------
    factor : Factor
    variables : dict of str to Variable
        The columns that it uses.
    wants_classes : callable or None
        See `WantsClasses`.

    Attributes
    ----------
    transform_fit : TransformFit
        Processes the blocks of complete rows.
    variable : Variable
        Kind, levels and range of its values, once all blocks were processed.
    """

    def __init__(
        self, factor: Factor, variables: Mapping[str, Variable], wants_classes: WantsClasses
    ) -> None:
        self._factor, self._variables = factor, variables
        self._wants_classes = wants_classes
        self._wants_numbers = wants_classes is not None and wants_classes(None)
        # A column is known already; the values of an expression are summarized like a column.
        self._column = variables[factor.column] if isinstance(factor, Column) else None
        self._summary = ColumnSummary(factor.name())
        self._boxed = False
        self._undefined = 0
        self._numbers: list[Any] = []
        known = self._column is not None and not (
            self._column.kind == "number" and self._wants_numbers
        )
        self.transform_fit: TransformFit = TransformFit(
            factor, factor.name(), None if known else self._watch
        )

    def _watch(self, value: Any) -> None:
        """Summarize the values of one block."""
        if np.ndim(unbox(value)) > 1:
            raise ValueError(
                f"the response {cut(self._factor.name())} gives {np.shape(value)[1]} columns; a "
                "response is one, and several are joined as in cbind(a, b)"
            )
        series = pd.Series(unpack(value)).infer_objects()
        self._boxed = is_boxed(value)
        # A row without a level has a missing response; a number that is none is an error.
        if not isinstance(series.dtype, pd.CategoricalDtype):
            self._undefined += int(series.isna().sum())
        if self._undefined:
            return
        values = read_column(self._factor.name(), series)
        self._summary.add(series, values, ~find_missing(values))
        if not isinstance(values, pd.Categorical) and (self._wants_numbers or self._boxed):
            self._numbers.append(find_distinct(values))

    @cached_property
    def variable(self) -> Variable:
        if self._column is not None:
            return self._column
        variable = self._summary.to_variable()
        warn_of_levels([self._summary])
        return variable

    def finish(self) -> Response:
        """The fitted response, once all blocks were processed; see `join_responses`."""
        name = self._factor.name()
        if self._undefined:
            raise ValueError(
                f"the response {cut(name)} is not a number in {pluralize(self._undefined, 'row')} "
                "without missing values: change the formula, or leave these rows out"
            )
        variable = self.variable
        plain = variable.kind == "number" and not self._boxed
        wanted = self._wants_numbers or (self._wants_classes is None and not plain)
        if plain and wanted and self._wants_classes is not None:
            distinct = np.concatenate([np.empty(0), *map(np.asarray, self._numbers)])
            wanted = self._wants_classes(np.unique(distinct))
        levels = variable.levels
        if variable.kind == "number" and (wanted or not plain):
            levels = tuple(find_levels(self._numbers, f"the response {name} holds "))
        # A family of numbers takes booleans as 0 and 1.
        if not (wanted or plain or variable.kind == "boolean"):
            raise refuse_classes(name, levels)
        classes = levels if wanted else ()
        if len(classes) == 1:
            raise ValueError(
                f"the response {cut(name)} has one class, {quote(classes[0])}, in the complete "
                "rows: there is nothing to tell apart"
            )
        state = self.transform_fit.state
        dtype, ordered = variable.dtype, variable.ordered
        variables = add_stand_ins(self._variables, {self._factor: state})
        return Response(self._factor, variables, state, dtype, classes, ordered)


def start_response_fits(
    factors: Sequence[Factor], variables: Mapping[str, Variable], wants_classes: WantsClasses
) -> list[ResponseFit]:
    """Start to fit the left side; several factors are numbers, whatever ``wants_classes``."""
    decide = wants_classes if len(factors) == 1 else lambda numbers: False
    return [
        ResponseFit(factor, {name: variables[name] for name in factor.columns}, decide)
        for factor in factors
    ]


def join_responses(fits: Sequence[ResponseFit]) -> Response | MultiResponse:
    """The fitted left side.

    Raises
    ------
    TypeError, ValueError
        Where it has one class only, or classes where numbers are wanted, as among several.
    """
    parts = tuple(fit.finish() for fit in fits)
    return parts[0] if len(parts) == 1 else MultiResponse(parts)
