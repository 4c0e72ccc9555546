"""From formula and data frame to matrices: names, levels, missing rows, the response.

All that depends on the training rows is fitted once; reading a table with a design is then pure.
Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from ..formula import Column, Factor, Formula
from .columns import make_nullable
from .complete_columns import ColumnReader, CompleteColumns, Unseen, read_complete
from .empty_levels import warn_of_empty_classes, warn_of_empty_levels
from .formula_checks import (
    find_listed,
    list_factors,
)
from .formula_fit import fit_formula
from .frames import as_frame
from .imputation import (
    fill_unseen,
    find_fillable,
    relearn_fills,
    warn_of_imputed,
    warn_of_unmarked,
)
from .matrix import Terms
from .missing_rows import (
    MissingRows,
    check_defined,
    count_without_level,
    find_response_without_value,
    report_dropped,
)
from .model_frame import ModelFrame
from .model_matrices import ModelMatrices, build_matrices
from .offset import Offset, add_offsets
from .response import MultiResponse, Response
from .response_fit import WantsClasses
from .spline_extrapolation import Spline, find_splines, warn_of_extrapolation
from .variable import Variable


@dataclass(frozen=True, eq=False)
class Design:
    """A formula, fitted to the training rows.

    Attributes
    ----------
    formula : Formula
    response : Response or MultiResponse
    variables : dict of str to Variable
        The columns of predictors and offsets.
    terms : Terms
    offsets : tuple of Offset
        Those of the formula, then that of columns named apart from it.
    """

    formula: Formula
    response: Response | MultiResponse
    variables: Mapping[str, Variable]
    terms: Terms
    offsets: tuple[Offset, ...] = ()

    @classmethod
    def fit(
        cls,
        formula: str,
        data: Any,
        *,
        env: Mapping[str, Any] | None = None,
        wants_classes: WantsClasses = None,
        offset: Iterable[str] = (),
        impute: bool = False,
    ) -> Design:
        """Find levels, names and the state of transforms from the complete rows.

        Parameters
        ----------
        formula : str
        data : DataFrame or dict of columns, ColumnReader, or callable
            A callable gives an iterator of frames, afresh at each call: the rows in order, in
            pieces of any size. The design is that of all rows in one frame. A ColumnReader stores
            the columns, so that they need not be read again.
        env : mapping, optional
            Functions and values that the formula may name.
        wants_classes : callable, optional
            Whether the response is to be a class: called with its distinct numbers, or with None
            where it holds text or categories; without it, these are classes and numbers are not.
            If it rejects categories it is not called for numbers.
        offset : iterable of str
            Columns of one more offset: one for all outputs, or one for each.
        impute : bool
            Whether missing predictors are imputed.

        Raises
        ------
        TypeError, ValueError
            For a formula or data that make no sense, naming the column or the term, and the chunk,
            counted from 1.

        Notes
        -----
        Columns, and what is computed from them row by row, take one pass over the rows; a response
        that is an expression, each level of nested transforms, and imputation, one more. The result
        is the same to the last bit for any cut of the rows. A dot takes one more, which ends where
        no column is left that may be dates or differ in every row. Little of them is stored, but
        splines, ``poly`` and medians hold their whole column while they are fitted, for its
        quantiles and
        products.
        """
        return cls(
            *fit_formula(
                formula,
                data,
                env=env or {},
                wants_classes=wants_classes,
                offset=tuple(map(Column, offset)),
                impute=impute,
            )
        )

    @property
    def x_names(self) -> tuple[str, ...]:
        """Names of the columns of X."""
        return self.terms.names

    @property
    def all_variables(self) -> dict[str, Variable]:
        """The columns of the response, predictors and offsets."""
        return {**self.response.variables, **self.variables}

    @property
    def states(self) -> dict[Factor, Mapping[str, Any]]:
        """All factors of terms, response and offsets, with the states of their transforms."""
        infos = self.terms.info.factor_infos
        states = {factor: each.state for factor, each in infos.items()}
        states.update((part.factor, part.state) for part in self.response.parts)
        for offset in self.offsets:
            states.update(zip(offset.factors, offset.states, strict=True))
        return states

    @cached_property
    def is_rowwise(self) -> bool:
        """True if each row of the matrices is known to depend on that row and on levels alone."""
        rowwise = all(factor.is_rowwise(state) for factor, state in self.states.items())
        return rowwise and not self.terms.indicators

    @cached_property
    def fillable(self) -> frozenset[str]:
        """The predictors that imputation would fill in."""
        return find_fillable(self.formula, [offset.factors for offset in self.offsets])

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The columns whose levels are listed wherever predictors and offsets use them."""
        factors = [*list_factors(self.formula), *chain(*(each.factors for each in self.offsets))]
        return find_listed(self.variables, factors)

    @cached_property
    def _splines(self) -> tuple[Spline, ...]:
        return find_splines(self.formula, self.variables, self.states)

    def read(
        self, data: Any, *, response: bool = True, unseen: Unseen | None = None
    ) -> ModelMatrices:
        """Read a table row for row; rows with a missing value stay, with nan.

        Parameters
        ----------
        data : DataFrame, dict or Series
            Columns that the formula does not name are ignored.
        response : bool
            Whether the response is read; then its columns must be there.
        unseen : Unseen, optional
            Collects levels that training never saw; their rows then count as missing.

        Raises
        ------
        TypeError, ValueError
            For a missing column, or a level or a type that training never saw.
        """
        frame = as_frame(data, self.all_variables if response else self.variables)
        columns, complete = read_complete(self.variables, ColumnReader(frame), unseen, self._listed)
        columns = fill_unseen(self.terms, self.variables, columns, complete, unseen)
        filled = () if unseen is None else unseen.filled
        warn_of_unmarked(self.variables, self.terms.indicators, columns, filled)
        warn_of_extrapolation(self._splines, columns)
        matrices = build_matrices(self.terms, self.offsets, frame.index, columns, complete, unseen)
        if not response:
            return matrices
        labels: Any = self.response.read(frame)
        known = labels
        if not complete.all():
            mask = complete if labels.ndim == 1 else complete[:, None]
            exact = make_nullable(labels) if labels.ndim == 1 else labels
            known = exact.where(np.broadcast_to(mask, labels.shape))
        matrices = replace(matrices, response=self.response.encode(known), labels=labels)
        without_value = find_response_without_value(self.response, matrices, frame, complete)
        return replace(matrices, without_value={**matrices.without_value, **without_value})

    def read_complete_rows(
        self, model_frame: ModelFrame, na_action: str = "drop"
    ) -> tuple[ModelMatrices, ModelFrame]:
        """Read the rows without a missing value, and warn of the others and of imputed values.

        Returns
        -------
        matrices, model_frame
            Of these rows; the frame with the columns that the design uses.

        Raises
        ------
        ValueError
            Where a term or an offset is not a finite number in a row without a missing value, and
            with ``na_action="raise"`` where a row has a missing value.
        """
        variables = self.all_variables
        columns, complete = read_complete(variables, model_frame.reader)
        # Picking copies: changes that the user makes to the data later must not reach the network.
        kept = replace(model_frame, frame=model_frame.frame[list(variables)]).pick(complete)
        matrices = self.read_training_rows(kept, columns)
        without_level = count_without_level(matrices, self.response)
        if not (has_level := matrices.complete).all():
            matrices, kept = matrices.pick(has_level), kept.pick(has_level)
            columns = {name: values[has_level] for name, values in columns.items()}
        warn_of_empty_levels(self.terms, self.variables, columns, len(matrices.X))
        warn_of_empty_classes(self.response, matrices.response)
        missing = MissingRows(model_frame, variables, without_level, len(matrices.X))
        report_dropped(missing, na_action, self.fillable if na_action == "drop" else ())
        warn_of_imputed(self.variables, columns)
        return matrices, kept

    def refit_fills(self, model_frame: ModelFrame) -> Design:
        """The design with what missing predictors get learned from these training rows.

        Raises
        ------
        ValueError
            Naming the columns without any value in these rows.
        """
        fills = relearn_fills(self.variables, self.formula, model_frame.reader)
        return replace(self, variables=fills)

    def read_training_rows(
        self, model_frame: ModelFrame, columns: CompleteColumns | None = None
    ) -> ModelMatrices:
        """Read training rows, none of which has a missing value, with their offset.

        Parameters
        ----------
        model_frame : ModelFrame
        columns : mapping, optional
            Those of `all_variables` as `read_complete` gives them, if they are read already.

        Raises
        ------
        ValueError
            Where a term or an offset is not a finite number.
        """
        frame = model_frame.frame
        if columns is None:
            matrices = self.read(frame)
        else:
            everywhere = np.ones(len(frame), dtype=bool)
            matrices = build_matrices(self.terms, self.offsets, frame.index, columns, everywhere)
            labels: Any = self.response.read(frame, columns)
            response = self.response.encode(labels, columns)
            matrices = replace(matrices, response=response, labels=labels)
        check_defined(matrices, self.terms, self.offsets, self.variables)
        if model_frame.offset is None:
            return matrices
        offsets = {"the offset of the formula": matrices.offset, "offset=": model_frame.offset}
        given = {name: values for name, values in offsets.items() if values is not None}
        return replace(matrices, offset=add_offsets(list(given.values()), list(given)))
