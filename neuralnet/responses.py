"""The left side of a formula: its classes in their fixed order, or numbers, one or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .expressions import Column, Factor, join_names
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

__all__ = ["Join", "Response", "learn_response"]

Floats = NDArray[np.float64]
# Whether numbers, or (given None) text and categories, are to be classes; None: categories are.
Judge = Callable[[Floats | None], bool] | None


@dataclass(frozen=True, eq=False)
class Response:
    """What training learned of a left side of one factor.

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
        wants_classes: Judge,
    ) -> Response:
        """From complete columns by name; see `learn_response`."""
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
        numbers = None if isinstance(read, pd.Categorical) or is_boxed(value) else read
        wanted = numbers is None if wants_classes is None else wants_classes(numbers)
        classes: tuple[Any, ...] = ()
        ordered = False
        if isinstance(read, pd.Categorical):
            # A family of numbers takes booleans as 0 and 1; `encode` refuses other classes.
            classes, ordered = tuple(read.categories) if wanted else (), bool(read.ordered)
        elif wanted:
            classes = _distinct_numbers(read)
        elif numbers is None:
            raise _refuse_classes(factor.name(), _distinct_numbers(read))
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

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all that it joins: here of one."""
        return (self.name,)

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
        """Class codes or numbers (n,) of what the left side gives."""
        read = read_column(self.name, values)
        if self.classes:
            return match_levels(read, self.classes, f"the response {self.name}")
        if not isinstance(read, pd.Categorical):
            return read
        if is_boolean(read):
            return np.where(read.codes < 0, np.nan, read.codes)
        raise _refuse_classes(self.name, read.categories)


@dataclass(frozen=True, eq=False)
class Join:
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
        return {name: found for part in self.parts for name, found in part.variables.items()}

    def read(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The responses of each row as the user knows them, (n, m)."""
        return pd.concat([part.read(frame) for part in self.parts], axis=1)

    def encode(self, values: pd.DataFrame) -> Floats:
        """Their numbers (n, m)."""
        columns = (part.encode(values.iloc[:, place]) for place, part in enumerate(self.parts))
        return np.column_stack(list(columns))


def learn_response(
    factors: Sequence[Factor],
    variables: Mapping[str, Variable],
    ready: Mapping[str, Any],
    wants_classes: Judge,
) -> Response | Join:
    """Learn the left side, of one factor or of several, from complete columns by name.

    Raises
    ------
    TypeError, ValueError
        Where it has one class only, or classes where numbers are wanted, as among several.
    """

    def learn(factor: Factor, wants: Judge) -> Response:
        return Response.learn(factor, {c: variables[c] for c in factor.columns}, ready, wants)

    if len(factors) == 1:
        return learn(factors[0], wants_classes)
    return Join(tuple(learn(factor, lambda numbers: False) for factor in factors))


def _refuse_classes(name: str, classes: Iterable[Any]) -> TypeError:
    return TypeError(
        f"the response {name} must be numbers for this family and in cbind(...); it holds classes: "
        f"{listing(classes)}. family='softmax' takes classes, of one response."
    )


def _spread(series: pd.Series, complete: NDArray[np.bool_], index: pd.Index) -> pd.Series:
    """Values of the complete rows back among all rows, missing elsewhere."""
    places = np.where(complete, np.cumsum(complete) - 1, -1)
    return pd.Series(series.array.take(places, allow_fill=True), index=index, name=series.name)


def _distinct_numbers(values: Floats) -> tuple[Any, ...]:
    """In order; whole numbers as ints."""
    levels = np.unique(values)
    return tuple((levels.astype(int) if (levels == np.rint(levels)).all() else levels).tolist())
