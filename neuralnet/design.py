"""From formula and data frame to matrices: names, levels, missing rows, the response.

A design learns everything that depends on the training rows once; reading a table with it is
then pure. Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .expressions import Factor
from .formula import Formula, parse
from .messages import listing, warn
from .responses import Response
from .terms import Terms
from .variables import (
    Variable,
    as_frame,
    find_missing,
    pick_column,
    read_column,
    read_complete,
)

__all__ = ["Design", "Rows", "read_weights"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rows:
    """A table as the network reads it, row for row.

    Attributes
    ----------
    X : (n, D) array
        nan in the rows that miss a predictor, or for which a term is not a finite number.
    response : (n,) array
        Class codes (-1 where it or a predictor is missing) or numbers (nan there); of size 0
        where it was not asked for.
    labels : Series
        The response as the user knows it; of size 0 where it was not asked for.
    index : Index
        Of the data.
    undefined : (n,) array of bool
        Rows that miss nothing, but for which a term is not a finite number.
    """

    X: Floats
    response: NDArray[Any]
    labels: pd.Series
    index: pd.Index
    undefined: NDArray[np.bool_]

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Mask of the rows that miss nothing."""
        missing = np.isnan(self.X).any(axis=1)
        if self.response.size:
            codes = self.response.dtype.kind == "i"
            missing |= self.response < 0 if codes else np.isnan(self.response)
        return np.asarray(~missing)

    def pick(self, keep: NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(
            self.X[keep],
            self.response[keep],
            self.labels[keep],
            self.index[keep],
            self.undefined[keep],
        )


@dataclass(frozen=True, eq=False)
class Design:
    """A formula together with what the training rows taught it.

    Attributes
    ----------
    formula : Formula
    response : Response
    variables : dict of str to Variable
        The predictors' columns.
    terms : Terms
    """

    formula: Formula
    response: Response
    variables: Mapping[str, Variable]
    terms: Terms

    @classmethod
    def learn(
        cls,
        formula: str,
        data: Any,
        *,
        env: Mapping[str, Any] | None = None,
        wants_classes: bool | None = None,
    ) -> Design:
        """Learn levels, names and the state of transforms from the rows that miss nothing.

        Parameters
        ----------
        formula : str
        data : DataFrame or dict of columns
        env : mapping, optional
            Functions and values that the formula may name.
        wants_classes : bool, optional
            Whether the response is to be a class; None leaves it to its type.

        Raises
        ------
        TypeError, ValueError
            For a formula or data that make no sense, naming the column or the term.
        """
        frame = as_frame(data)
        parsed = parse(formula, _column_names(frame), env)
        response = _check_sides(parsed)
        names = dict.fromkeys((*response.columns, *parsed.columns))
        columns = {name: pick_column(frame, name) for name in names}
        variables = _learn_variables(columns, len(frame))
        left = {name: variables[name] for name in response.columns}
        right = {name: variables[name] for name in parsed.columns}
        for name, variable in right.items():
            if len(variable.levels) == 1:
                warn(
                    f"column {name!r} is {variable.typical!r} in every row: it tells nothing apart"
                )
        ready, _ = read_complete(variables, frame)
        return cls(
            parsed,
            Response.learn(response, left, ready, wants_classes),
            right,
            Terms.learn(parsed, ready),
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
        # Splines cannot take no rows.
        if complete.any():
            X[complete] = self.terms.build(ready, int(complete.sum()))
        X[np.isinf(X)] = np.nan
        undefined = complete & np.isnan(X).any(axis=1)
        if not response:
            return Rows(X, np.empty(0), pd.Series(dtype=object), frame.index, undefined)
        labels = self.response.read(frame)
        found = self.response.encode(labels.where(complete))
        return Rows(X, found, labels, frame.index, undefined)

    def read_training(
        self, frame: pd.DataFrame, w: Floats | None = None, total: int | None = None
    ) -> tuple[Rows, Floats | None, pd.DataFrame]:
        """The complete rows, their case weights and their columns; tells of dropped rows.

        ``w`` are the case weights of the frame, none of them missing; ``total`` is the number of
        rows that the user gave, if not all are in the frame.

        Raises
        ------
        ValueError
            Where a term is not a finite number in a row that misses nothing.
        """
        rows = self.read(frame)
        if rows.undefined.any():
            row = int(rows.undefined.argmax())
            term = self.terms.names[int(np.isnan(rows.X[row]).argmax())]
            raise ValueError(
                f"{term} is not a finite number in {rows.undefined.sum()} rows, first in row "
                f"{listing(rows.index[[row]])}: change the formula, or leave these rows out"
            )
        keep = rows.complete
        total = len(frame) if total is None else total
        dropped = total - keep.sum()
        if dropped:
            warn(f"{dropped} of {total} rows dropped: they have missing values")
        used = frame[[*self.response.variables, *self.variables]]
        # Picking copies: what the user does to the data later must not reach the network.
        return rows.pick(keep), None if w is None else w[keep], used[keep]


def read_weights(weights: Any, frame: pd.DataFrame) -> Floats | None:
    """Case weights (n,) from a column's name or one number for each row; nan where missing.

    Raises
    ------
    TypeError, ValueError
        Where they are not numbers of at least 0, one for each row, with a positive sum.
    """
    if weights is None:
        return None
    name = weights if isinstance(weights, str) else "weights"
    column = pick_column(frame, weights) if isinstance(weights, str) else pd.Series(weights)
    if len(column) != len(frame):
        raise ValueError(f"weights must be one for each of {len(frame)} rows, not {len(column)}")
    w = read_column(name, column.reset_index(drop=True))
    if isinstance(w, pd.Categorical):
        raise TypeError(f"weights must be numbers, not {listing(w.categories)}")
    bad = np.flatnonzero(w < 0)
    if bad.size:
        row = listing(frame.index[bad[:1]])
        raise ValueError(f"weights must be 0 or more; row {row} has {w[bad[0]]}")
    if not np.nansum(w) > 0:
        raise ValueError("weights must not all be 0")
    return w


def _column_names(frame: pd.DataFrame) -> list[str]:
    for name in frame.columns:
        if not isinstance(name, str):
            raise TypeError(f"column names must be strings, not {name!r}: rename the columns")
    return list(frame.columns)


def _check_sides(parsed: Formula) -> Factor:
    if parsed.response is None:
        raise ValueError(
            f"{parsed.text!r} has no response: name it left of '~', as in 'response ~ predictors'"
        )
    if not parsed.terms:
        raise ValueError(f"{parsed.text!r} has no predictors: name at least one, or write '~ 1'")
    if any(parsed.response in term.factors for term in parsed.terms):
        raise ValueError(
            f"the response {parsed.response.name()} is also a predictor in {parsed.text!r}: "
            "take it off the right side"
        )
    return parsed.response


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
