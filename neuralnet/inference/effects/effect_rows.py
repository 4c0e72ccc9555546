"""The rows at which effects are evaluated, and copies of them with one column changed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...design import Unseen, add_offsets, pick_column
from ...errors import DataWarning, closest, quote
from ...model import Model, read_complete_rows, read_table

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Inputs(NamedTuple):
    """Rows as the network reads them: X (n, D), and the offset (n, K) or None."""

    X: Floats
    offset: Floats | None

    def pick(self, keep: Mask) -> Inputs:
        """Some of the rows."""
        return Inputs(self.X[keep], None if self.offset is None else self.offset[keep])


class Groups(NamedTuple):
    """Groups of rows.

    Attributes
    ----------
    codes : (n,) array
        The group of each row, -1 for none.
    labels : Series or None
        Their values, under the name of their column; None for a single group of all rows.
    """

    codes: NDArray[np.intp]
    labels: pd.Series | None

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return 1 if self.labels is None else len(self.labels)


@dataclass(frozen=True, eq=False)
class EffectRows:
    """Complete rows of a table, with what belongs to each.

    Attributes
    ----------
    model : Model
    frame : DataFrame
        Of a table of pandas all columns, else those of the formula, weights and groups.
    inputs : Inputs
        The rows as they are.
    w : (n,) array
        Case weights, 1 where there are none.
    given_offset : (n, 1) or (n, K) array or None
        The offset that no column holds.
    """

    model: Model
    frame: pd.DataFrame
    inputs: Inputs
    w: Vector
    given_offset: Floats | None = None

    def change(self, name: str, values: Any) -> tuple[Inputs, Mask]:
        """Copy the rows with other values in a column; see `change_columns`."""
        return self.change_columns({name: values})

    def change_columns(self, columns: Mapping[str, Any]) -> tuple[Inputs, Mask]:
        """Copy the rows with other values in some columns.

        Returns
        -------
        inputs : Inputs
        known : (n,) array of bool
            The rows in which the formula gives numbers for these values.
        """
        design, family = self.model.design, self.model.perceptron.family
        changed = self.frame[list(design.variables)].copy()
        for name, values in columns.items():
            changed[name] = values
        with warnings.catch_warnings():
            # That values lie beyond those of training, are filled in, or were never seen, was said
            # of the rows.
            warnings.simplefilter("ignore", DataWarning)
            rows = design.read(changed, response=False, unseen=Unseen())
        shifts = [each for each in (rows.offset, self.given_offset) if each is not None]
        total = add_offsets(shifts, ["the offset of the formula", "offset="][: len(shifts)])
        K = self.model.perceptron.sizes[-1]
        offset = None if total is None else family.spread_offset(total, K)
        return Inputs(rows.X, offset), rows.complete

    def pick(self, keep: Mask) -> EffectRows:
        """Some of the rows."""
        given = None if self.given_offset is None else self.given_offset[keep]
        return EffectRows(self.model, self.frame[keep], self.inputs.pick(keep), self.w[keep], given)

    def fill(self, name: str, value: Any) -> Any:
        """A column with one value in all rows."""
        variable, n = self.model.design.variables[name], len(self.frame)
        if not variable.levels:
            return np.full(n, value)
        codes = np.full(n, variable.places[value])
        return pd.Categorical.from_codes(codes, dtype=variable.categories)

    def group(self, by: str | None) -> Groups:
        """Groups of rows with the same value in a column; None: all rows are one."""
        if by is None:
            return Groups(np.zeros(len(self.w), dtype=np.intp), None)
        if by not in self.frame.columns:
            raise ValueError(
                f"by={quote(by)} is no column of the rows: {closest(by, list(self.frame.columns))} "
                "Of the training rows those of the formula are stored; for another column give "
                "the table too, as data="
            )
        codes, labels = pd.factorize(pick_column(self.frame, by), sort=True)
        return Groups(codes.astype(np.intp), pd.Series(labels, name=by))


def read_effect_rows(
    model: Model, data: Any, unseen: str = "error", by: str | None = None
) -> EffectRows:
    """Read the complete rows of a table, with its case weights; None: the training rows.

    ``unseen="missing"``: levels that training never saw count as missing values. ``by``: a column
    that groups the rows.
    """
    if data is None:
        kept, w = model.model_frame, model.batch.w
        rows, frame, given = model.rows, kept.frame, kept.offset
    else:
        frame, given = read_table(model, data, also=() if by is None else (by,)), None
        rows, w, keep = read_complete_rows(model, frame, unseen, False, weighted=True)
        frame = frame[keep]
    w = np.ones(len(frame)) if w is None else w
    return EffectRows(model, frame, Inputs(rows.X, rows.offset), w, given)
