"""Columns of the data in a form that other packages vary: numbers, booleans, or levels as text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...design import ColumnReader, Variable, find_coded
from ...errors import quote
from ...model import Model
from .contrasts import read_numbers


@dataclass(frozen=True)
class RawColumn:
    """A column, and how its values are written.

    Attributes
    ----------
    variable : Variable
    levels : tuple
        Its levels, the reference first; empty for numbers, booleans and dates.
    """

    variable: Variable
    levels: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        """``"number"``, ``"boolean"``, ``"date"`` or ``"levels"``."""
        return "levels" if self.levels else self.variable.kind

    @property
    def names(self) -> list[str]:
        """The levels as text.

        Raises
        ------
        ValueError
            If two of them are the same text.
        """
        names = [
            str(int(each)) if isinstance(each, float) and each.is_integer() else str(each)
            for each in self.levels
        ]
        if len({*names}) < len(names):
            raise ValueError(
                f"column {quote(self.variable.name)} has different levels that are the same text, "
                "and only text can be handed over: rename one of them"
            )
        return names

    def write(self, frame: pd.DataFrame) -> list[Any]:
        """Values of the column as Python numbers, booleans or text, None where missing."""
        name, variable = self.variable.name, self.variable
        if self.kind == "date":
            return [None if pd.isna(each) else str(each) for each in frame[name]]
        if self.kind == "number":
            numbers = read_numbers(frame, variable).tolist()
            return [None if np.isnan(each) else each for each in numbers]
        values = variable.match(ColumnReader(frame).read(name, variable), frame[name].dtype)
        found = [None if pd.isna(each) else each for each in np.asarray(values, object).tolist()]
        if self.kind == "boolean":
            return found
        spelled = dict(zip(self.levels, self.names, strict=True))
        return [None if each is None else spelled[each] for each in found]

    def read(self, values: Iterable[Any]) -> Any:
        """The values that `write` wrote, as a column of the data."""
        values = list(values)
        if self.kind == "number":
            return np.array([np.nan if each is None else float(each) for each in values])
        if self.kind != "levels":
            return np.array(values, dtype=object)
        places = {name: place for place, name in enumerate(self.names)}
        codes = [-1 if each is None else places[str(each)] for each in values]
        if not self.variable.levels:
            return np.array([*self.levels, np.nan], dtype=float)[codes]
        return pd.Categorical.from_codes(codes, dtype=self.variable.categories)


def describe_columns(model: Model) -> dict[str, RawColumn]:
    """The columns of response, predictors and offsets; of numbers that are coded, as levels."""
    coded, found = find_coded(model.design.formula), {}
    for name, variable in model.design.all_variables.items():
        levels = variable.levels if variable.kind == "category" else ()
        if variable.kind == "number" and name in coded:
            values = model.model_frame.frame[name].dropna().unique().tolist()
            levels = tuple(sorted(float(each) for each in values))
        found[name] = RawColumn(variable, levels)
    return found
