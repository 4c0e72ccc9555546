"""From formula and data frame to matrices: names, levels, missing rows, the response.

A design learns everything that depends on the training rows once; reading a table with it is
then pure. Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .cases import Cases
from .expressions import Column
from .formula import Formula, parse
from .messages import listing, warn
from .offsets import Offset, add_offsets
from .responses import Join, Judge, Response, learn_response
from .terms import Terms
from .variables import (
    Variable,
    as_frame,
    find_missing,
    pick_column,
    read_column,
    read_complete,
)

__all__ = ["Design", "Rows"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """A table as the network reads it, row for row.

    Attributes
    ----------
    X : (n, D) array
        nan in the rows that miss a predictor, or for which a term is not a finite number.
    response : (n,) or (n, m) array
        Class codes (-1 where it or a predictor is missing) or numbers (nan there); of size 0
        where it was not asked for.
    labels : Series or DataFrame
        The response as the user knows it; of size 0 where it was not asked for.
    index : Index
        Of the data.
    undefined : (n,) array of bool
        Rows that miss nothing, but for which a term or an offset is not a finite number.
    offset : (n, 1) or (n, K) array or None
        The sum of the offsets, nan as in X; None where there are none.
    """

    X: Floats
    response: NDArray[Any]
    labels: pd.Series | pd.DataFrame
    index: pd.Index
    undefined: NDArray[np.bool_]
    offset: Floats | None = None

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Mask of the rows that miss nothing."""
        missing = np.isnan(self.X).any(axis=1)
        if self.offset is not None:
            missing |= np.isnan(self.offset).any(axis=1)
        if self.response.size:
            codes = self.response.dtype.kind == "i"
            blank = self.response < 0 if codes else np.isnan(self.response)
            missing |= blank if blank.ndim == 1 else blank.any(axis=1)
        return np.asarray(~missing)

    def pick(self, keep: NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        read = len(self.response) > 0
        return Rows(
            self.X[keep],
            self.response[keep] if read else self.response,
            self.labels[keep] if read else self.labels,
            self.index[keep],
            self.undefined[keep],
            None if self.offset is None else self.offset[keep],
        )


@dataclass(frozen=True, eq=False)
class Design:
    """A formula together with what the training rows taught it.

    Attributes
    ----------
    formula : Formula
    response : Response or Join
    variables : dict of str to Variable
        The columns of predictors and offsets.
    terms : Terms
    offsets : tuple of Offset
        Those of the formula, then that of columns named apart from it.
    """

    formula: Formula
    response: Response | Join
    variables: Mapping[str, Variable]
    terms: Terms
    offsets: tuple[Offset, ...] = ()

    @classmethod
    def learn(
        cls,
        formula: str,
        data: Any,
        *,
        env: Mapping[str, Any] | None = None,
        wants_classes: Judge = None,
        offset: Iterable[str] = (),
    ) -> Design:
        """Learn levels, names and the state of transforms from the rows that miss nothing.

        Parameters
        ----------
        formula : str
        data : DataFrame or dict of columns
        env : mapping, optional
            Functions and values that the formula may name.
        wants_classes : callable, optional
            Whether the response is to be a class: asked with its numbers, or with None where it
            holds text or categories; without it, these are classes and numbers are not.
        offset : iterable of str
            Columns of one more offset: one for all outputs, or one for each.

        Raises
        ------
        TypeError, ValueError
            For a formula or data that make no sense, naming the column or the term.
        """
        frame = as_frame(data)
        parsed = parse(formula, _column_names(frame), env)
        _check_sides(parsed)
        shifts = parsed.offsets
        if named := tuple(map(Column, offset)):
            shifts = (*shifts, named)
        left = dict.fromkeys(c for factor in parsed.responses for c in factor.columns)
        right = dict.fromkeys(
            (*parsed.columns, *(c for shift in shifts for factor in shift for c in factor.columns))
        )
        columns = {name: pick_column(frame, name) for name in (left | right)}
        variables = _learn_variables(columns, len(frame))
        for name in parsed.columns:
            variable = variables[name]
            if len(variable.levels) == 1:
                warn(
                    f"column {name!r} is {variable.typical!r} in every row: it tells nothing apart"
                )
        ready, _ = read_complete(variables, frame)
        return cls(
            parsed,
            learn_response(parsed.responses, variables, ready, wants_classes),
            {name: variables[name] for name in right},
            Terms.learn(parsed, ready),
            tuple(Offset.learn(shift, ready) for shift in shifts),
        )

    @property
    def x_names(self) -> tuple[str, ...]:
        """Names of the columns of X."""
        return self.terms.names

    def read(self, data: Any, *, response: bool = True) -> Rows:
        """Read a table row for row; rows that miss something stay, with nan.

        Parameters
        ----------
        data : DataFrame, dict or Series
            Columns that the formula does not name are ignored.
        response : bool
            Whether the response is read; then its columns must be there.

        Raises
        ------
        TypeError, ValueError
            For a missing column, or a level or a type that training never saw.
        """
        frame = as_frame(data)
        ready, complete = read_complete(self.variables, frame)
        X = np.full((len(frame), len(self.terms.names)), np.nan)
        shifts = [np.full((len(frame), len(each.factors)), np.nan) for each in self.offsets]
        # Splines cannot take no rows.
        if complete.any():
            n = int(complete.sum())
            X[complete] = self.terms.build(ready, n)
            for shift, each in zip(shifts, self.offsets, strict=True):
                shift[complete] = each.build(ready, n)
        X[np.isinf(X)] = np.nan
        total = add_offsets(shifts, [each.name for each in self.offsets])
        undefined = complete & np.isnan(X).any(axis=1)
        if total is not None:
            total[np.isinf(total)] = np.nan
            undefined |= complete & np.isnan(total).any(axis=1)
        if not response:
            none = pd.Series(dtype=object)
            return Rows(X, np.empty(0), none, frame.index, undefined, total)
        labels: Any = self.response.read(frame)
        mask = complete if labels.ndim == 1 else complete[:, None]
        known = labels.where(np.broadcast_to(mask, labels.shape))
        return Rows(X, self.response.encode(known), labels, frame.index, undefined, total)

    def read_training(self, cases: Cases) -> tuple[Rows, Cases]:
        """The rows that miss nothing, and their cases with the columns used; tells of the others.

        Raises
        ------
        ValueError
            Where a term or an offset is not a finite number in a row that misses nothing.
        """
        rows = self.read(cases.frame)
        if rows.undefined.any():
            row = int(rows.undefined.argmax())
            undefined = np.isnan(rows.X[row])
            shifts = " + ".join(each.name for each in self.offsets)
            term = self.terms.names[int(undefined.argmax())] if undefined.any() else shifts
            raise ValueError(
                f"{term} is not a finite number in {rows.undefined.sum()} rows, first in row "
                f"{listing(rows.index[[row]])}: change the formula, or leave these rows out"
            )
        if cases.offset is not None:
            named = {"the offset of the formula": rows.offset, "offset=": cases.offset}
            given = {name: values for name, values in named.items() if values is not None}
            rows = replace(rows, offset=add_offsets(list(given.values()), list(given)))
        keep = rows.complete
        dropped = cases.wanted - keep.sum()
        if dropped:
            warn(f"{dropped} of {cases.wanted} rows dropped: they have missing values")
        used = cases.frame[list(dict.fromkeys((*self.response.variables, *self.variables)))]
        # Picking copies: what the user does to the data later must not reach the network.
        return rows.pick(keep), replace(cases, frame=used).pick(keep)


def _column_names(frame: pd.DataFrame) -> list[str]:
    for name in frame.columns:
        if not isinstance(name, str):
            raise TypeError(f"column names must be strings, not {name!r}: rename the columns")
    return list(frame.columns)


def _check_sides(parsed: Formula) -> None:
    if not parsed.responses:
        raise ValueError(
            f"{parsed.text!r} has no response: name it left of '~', as in 'response ~ predictors'"
        )
    if not parsed.terms:
        raise ValueError(f"{parsed.text!r} has no predictors: name at least one, or write '~ 1'")
    for response in parsed.responses:
        if any(response in term.factors for term in parsed.terms):
            raise ValueError(
                f"the response {response.name()} is also a predictor in {parsed.text!r}: "
                "take it off the right side"
            )


def _learn_variables(columns: Mapping[str, pd.Series], n: int) -> dict[str, Variable]:
    """What the rows teach that miss nothing in any of the columns."""
    if not n:
        raise ValueError("the data has no rows: there is nothing to learn from")
    values = {name: read_column(name, column) for name, column in columns.items()}
    missing = {name: find_missing(column) for name, column in values.items()}
    complete = ~np.logical_or.reduce(list(missing.values()))
    if not complete.any():
        counts = ", ".join(f"{name} {mask.sum()}" for name, mask in missing.items())
        raise ValueError(f"no row of {n} is complete; missing values: {counts}")
    return {
        name: Variable.learn(name, columns[name].dtype, column[complete])
        for name, column in values.items()
    }
