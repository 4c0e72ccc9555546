"""The left side of a formula: its classes in their fixed order, or numbers, one or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import cut, listing, quote
from ..formula import Column, Factor, Integers, find_distinct, join_names, spell_levels
from .chunks import TransformFit
from .columns import Variable, find_missing, is_boolean, make_nullable, read_column, read_complete
from .frames import pick_column
from .levels import match_levels
from .matrix import is_boxed, translate_errors, unbox
from .summaries import ColumnSummary, warn_of_levels

Floats = NDArray[np.float64]
# Whether numbers, of which it gets the different ones, or (given None) text and categories, are to
# be classes; one that takes no categories takes no numbers either. None: categories are.
WantsClasses = Callable[[Floats | None], bool] | None


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

    @property
    def name(self) -> str:
        """As in the formula; a plain column without backticks."""
        return self.factor.column if isinstance(self.factor, Column) else self.factor.name()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all that it joins: here of one."""
        return (self.name,)

    @property
    def parts(self) -> tuple[Response, ...]:
        """All that it joins: here itself."""
        return (self,)

    def read(self, frame: pd.DataFrame) -> pd.Series:
        """The response of each row as the user knows it."""
        if isinstance(self.factor, Column):
            return pick_column(frame, self.factor.column)
        complete_columns, complete = read_complete(self.variables, frame)
        with translate_errors(self.name):
            found = _unpack(self.factor.eval(dict(self.state), complete_columns))
        series = pd.Series(found, index=frame.index[complete], name=self.name).infer_objects()
        return series if complete.all() else _spread(series, complete, frame.index)

    def encode(self, values: pd.Series) -> NDArray[Any]:
        """Class codes or numbers (n,) of what the left side gives."""
        alone = isinstance(self.factor, Column)
        read = read_column(self.name, values, self.variables[self.name] if alone else None)
        if self.classes:
            return match_levels(read, self.classes, f"the response {cut(self.name)}")
        if not isinstance(read, pd.Categorical):
            return np.asarray(read)
        if is_boolean(read):
            return np.where(read.codes < 0, np.nan, read.codes)
        raise _refuse_classes(self.name, read.categories)


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
        return {name: found for part in self.parts for name, found in part.variables.items()}

    def read(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The responses of each row as the user knows them, (n, m)."""
        return pd.concat([part.read(frame) for part in self.parts], axis=1)

    def encode(self, values: pd.DataFrame) -> Floats:
        """Their numbers (n, m)."""
        columns = (part.encode(values.iloc[:, place]) for place, part in enumerate(self.parts))
        return np.column_stack(list(columns))


class ResponseFit:
    """A response that is being learned.

    Attributes
    ----------
    transform_fit : TransformFit
        Learns from blocks of complete rows.
    found : Variable
        What was learned of its values; for after that.
    """

    def __init__(
        self, factor: Factor, variables: Mapping[str, Variable], wants_classes: WantsClasses
    ) -> None:
        self._factor, self._variables = factor, variables
        self._wants_classes = wants_classes
        self._wants_numbers = wants_classes is not None and wants_classes(None)
        # A column is known already; what an expression gives is gathered like a column.
        self._known = variables[factor.column] if isinstance(factor, Column) else None
        self._summary = ColumnSummary(factor.name())
        self._boxed = False
        self._undefined = 0
        self._numbers: list[Any] = []
        told = self._known is not None and not (
            self._known.kind == "number" and self._wants_numbers
        )
        self.transform_fit = TransformFit(factor, factor.name(), None if told else self._watch)

    def _watch(self, value: Any) -> None:
        """Take the values of one block."""
        if np.ndim(unbox(value)) > 1:
            raise ValueError(
                f"the response {cut(self._factor.name())} gives {np.shape(value)[1]} columns; "
                "a "
                "response is one, and several are joined as in cbind(a, b)"
            )
        series = pd.Series(_unpack(value)).infer_objects()
        self._boxed = is_boxed(value)
        self._undefined += int(series.isna().sum())
        if self._undefined:
            return
        read = read_column(self._factor.name(), series)
        self._summary.add(series, read, ~find_missing(read))
        if not isinstance(read, pd.Categorical) and (self._wants_numbers or self._boxed):
            self._numbers.append(find_distinct(read))

    @cached_property
    def found(self) -> Variable:
        if self._known is not None:
            return self._known
        learned = self._summary.to_variable()
        warn_of_levels([self._summary])
        return learned

    def finish(self) -> Response:
        """The response, when all blocks have gone by; see `join_responses`."""
        name = self._factor.name()
        if self._undefined:
            raise ValueError(
                f"the response {cut(name)} is not a number in {self._undefined} rows that miss "
                "nothing: change the formula, or leave these rows out"
            )
        found = self.found
        plain = found.kind == "number" and not self._boxed
        wanted = self._wants_numbers or (self._wants_classes is None and not plain)
        if plain and wanted and self._wants_classes is not None:
            different = np.concatenate([np.empty(0), *map(np.asarray, self._numbers)])
            wanted = self._wants_classes(np.unique(different))
        held = found.levels
        if found.kind == "number" and (wanted or not plain):
            held = tuple(spell_levels(self._numbers, f"the response {name} holds "))
        # A family of numbers takes booleans as 0 and 1.
        if not (wanted or plain or found.kind == "boolean"):
            raise _refuse_classes(name, held)
        classes = held if wanted else ()
        if len(classes) == 1:
            raise ValueError(
                f"the response {cut(name)} has one class, {quote(classes[0])}, in the complete "
                "rows: there "
                "is nothing to tell apart"
            )
        return Response(
            self._factor,
            self._variables,
            self.transform_fit.state,
            found.dtype,
            classes,
            found.ordered,
        )


def begin_response_fits(
    factors: Sequence[Factor], variables: Mapping[str, Variable], wants_classes: WantsClasses
) -> list[ResponseFit]:
    """Begin to learn the left side, of one factor or of several, which are numbers then."""
    judge = wants_classes if len(factors) == 1 else lambda numbers: False
    return [
        ResponseFit(factor, {name: variables[name] for name in factor.columns}, judge)
        for factor in factors
    ]


def join_responses(response_fits: Sequence[ResponseFit]) -> Response | MultiResponse:
    """The left side, when it has learned.

    Raises
    ------
    TypeError, ValueError
        Where it has one class only, or classes where numbers are wanted, as among several.
    """
    parts = tuple(fit.finish() for fit in response_fits)
    return parts[0] if len(parts) == 1 else MultiResponse(parts)


def _refuse_classes(name: str, classes: Iterable[Any]) -> TypeError:
    return TypeError(
        f"the response {cut(name)} must be numbers for this family and in cbind(...); it holds "
        "classes: "
        f"{listing(classes)}. family='softmax' takes classes, of one response."
    )


def _spread(series: pd.Series, complete: NDArray[np.bool_], index: pd.Index) -> pd.Series:
    """Values of the complete rows back among all rows, missing elsewhere."""
    places = np.where(complete, np.cumsum(complete) - 1, -1)
    held = make_nullable(series).array
    return pd.Series(held.take(places, allow_fill=True), index=index, name=series.name)


def _unpack(value: Any) -> Any:
    """What pandas can take without rounding."""
    value = unbox(value)
    return value.exact() if isinstance(value, Integers) else value
