"""From formula and data frame to matrices: names, levels, missing rows, the response.

A design learns everything that depends on the training rows once; reading a table with it is
then pure. Knows nothing of networks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..errors import DataWarning, cut, listing, quote, warn, warn_of_all
from ..formula import Column, Expression, Factor, Formula, parse
from .chunks import Chunks, TransformFit, fit_transforms, scan_columns
from .columns import Unseen, Variable, make_nullable, read_complete
from .data_checks import (
    check_classes,
    check_spreads,
    check_widths,
    warn_of_constants,
    warn_of_leaks,
    warn_of_rounding,
    warn_of_text,
)
from .frames import as_frame
from .matrix import Terms
from .model_frame import ModelFrame
from .offset import Offset, add_offsets
from .response import MultiResponse, Response, WantsClasses, begin_response_fits, join_responses

Floats = NDArray[np.float64]
_NO_LABELS = pd.Series(dtype=object)
_SCALED = re.compile(r"\b(standardize|scale)\(")


@dataclass(frozen=True, eq=False)
class ModelMatrices:
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

    def pick(self, keep: NDArray[np.bool_]) -> ModelMatrices:
        """Some of the rows."""
        read = len(self.response) > 0
        return ModelMatrices(
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
    ) -> Design:
        """Learn levels, names and the state of transforms from the rows that miss nothing.

        Parameters
        ----------
        formula : str
        data : DataFrame or dict of columns, or callable
            A callable gives an iterator of frames, afresh at each call: the rows in order, in
            pieces of any size. The design is that of all rows in one frame.
        env : mapping, optional
            Functions and values that the formula may name.
        wants_classes : callable, optional
            Whether the response is to be a class: asked with its different numbers, or with None
            where it holds text or categories; without it, these are classes and numbers are not.
            Who takes no categories for classes is not asked about numbers.
        offset : iterable of str
            Columns of one more offset: one for all outputs, or one for each.

        Raises
        ------
        TypeError, ValueError
            For a formula or data that make no sense, naming the column or the term, and the chunk,
            counted from 1.

        Notes
        -----
        Columns, and what is computed from them row by row, take one pass over the rows; a response
        that is an expression, and each level of nested transforms, one more. What is learned is
        the same to the last bit for any cut of the rows. Little of them is kept, but splines and
        ``poly`` hold their whole column while they learn, for their quantiles and products.
        """
        chunks = Chunks.open(data)
        frames = chunks.read()
        first = next(frames, None)
        if first is None:
            raise ValueError("the function gave no frames: there is nothing to learn from")
        parsed = parse(formula, list(first[1].columns), env)
        _check_sides(parsed)
        shifts = parsed.offsets
        if named := tuple(map(Column, offset)):
            shifts = (*shifts, named)
        left = dict.fromkeys(c for factor in parsed.responses for c in factor.columns)
        right = dict.fromkeys(
            (*parsed.columns, *(c for shift in shifts for factor in shift for c in factor.columns))
        )
        scan = scan_columns([*(left | right)], chain([first], frames), right)
        variables, blocks = scan.variables, chunks.blocks(scan)
        warn_of_constants(parsed, variables, scan.complete)
        warn_of_rounding(parsed, variables)
        factors = dict.fromkeys(factor for term in parsed.terms for factor in term.factors)
        check_spreads([*factors, *parsed.responses, *chain(*shifts)], scan.complete)
        terms = [TransformFit(factor, parsed.text) for factor in factors]
        added = [[TransformFit(factor, factor.name()) for factor in shift] for shift in shifts]
        response_fits = begin_response_fits(parsed.responses, variables, wants_classes)
        fit_transforms(
            [
                *(fit.transform_fit for fit in response_fits),
                *terms,
                *chain(*added),
            ],
            blocks,
        )
        states = {fit.factor: fit.state for fit in terms}
        check_widths(parsed, variables, states, scan.complete)
        response = join_responses(response_fits)
        warn_of_text(parsed, variables, response_fits)
        check_classes(response, scan.complete)
        warn_of_leaks(parsed, response_fits, scan, blocks)
        return cls(
            parsed,
            response,
            {name: variables[name] for name in right},
            Terms.fit(parsed, states, scan.sample, blocks),
            tuple(
                Offset(shift, tuple(fit.state for fit in transform_fits))
                for shift, transform_fits in zip(shifts, added, strict=True)
            ),
        )

    @property
    def x_names(self) -> tuple[str, ...]:
        """Names of the columns of X."""
        return self.terms.names

    @property
    def states(self) -> dict[Factor, Mapping[str, Any]]:
        """Every factor of terms, response and offsets, with what its transforms remember."""
        infos = self.terms.info.factor_infos
        states = {factor: each.state for factor, each in infos.items()}
        states.update((part.factor, part.state) for part in self.response.parts)
        for offset in self.offsets:
            states.update(zip(offset.factors, offset.states, strict=True))
        return states

    @cached_property
    def is_rowwise(self) -> bool:
        """Whether all that it makes of a row is known to depend on that row and levels alone."""
        return all(factor.is_rowwise(state) for factor, state in self.states.items())

    def read(
        self, data: Any, *, response: bool = True, unseen: Unseen | None = None
    ) -> ModelMatrices:
        """Read a table row for row; rows that miss something stay, with nan.

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
        frame = as_frame(data)
        complete_columns, complete = read_complete(self.variables, frame, unseen)
        self._warn_of_splines(complete_columns)
        return self._build(frame, complete_columns, complete, response=response, unseen=unseen)

    def _build(
        self,
        frame: pd.DataFrame,
        complete_columns: Mapping[str, Any],
        complete: NDArray[np.bool_],
        *,
        response: bool = True,
        unseen: Unseen | None = None,
    ) -> ModelMatrices:
        """Rows of a frame whose columns are read, where they miss nothing."""
        X = self.terms.build(complete_columns, complete, unseen)
        shifts = [np.full((len(frame), len(each.factors)), np.nan) for each in self.offsets]
        if complete.any():
            n = int(complete.sum())
            for shift, each in zip(shifts, self.offsets, strict=True):
                shift[complete] = each.build(complete_columns, n)
        X[np.isinf(X)] = np.nan
        total = add_offsets(shifts, [each.name for each in self.offsets])
        undefined = complete & np.isnan(X).any(axis=1)
        if total is not None:
            total[np.isinf(total)] = np.nan
            undefined |= complete & np.isnan(total).any(axis=1)
        if not response:
            return ModelMatrices(X, np.empty(0), _NO_LABELS, frame.index, undefined, total)
        labels: Any = self.response.read(frame)
        known = labels
        if not complete.all():
            mask = complete if labels.ndim == 1 else complete[:, None]
            exact = make_nullable(labels) if labels.ndim == 1 else labels
            known = exact.where(np.broadcast_to(mask, labels.shape))
        return ModelMatrices(X, self.response.encode(known), labels, frame.index, undefined, total)

    def read_complete_rows(
        self, model_frame: ModelFrame, na_action: str = "drop"
    ) -> tuple[ModelMatrices, ModelFrame]:
        """The rows that miss nothing, and their cases with the columns used; tells of the others.

        Raises
        ------
        ValueError
            Where a term or an offset is not a finite number in a row that misses nothing, and with
            ``na_action="raise"`` where a row misses something.
        """
        variables = {**self.response.variables, **self.variables}
        _, complete = read_complete(variables, model_frame.frame)
        # Picking copies: what the user does to the data later must not reach the network.
        kept = replace(model_frame, frame=model_frame.frame[list(variables)]).pick(complete)
        rows = self.read_training_rows(kept)
        dropped = model_frame.n_selected - len(rows.X)
        if dropped:
            missing = self._count_missing(model_frame)
            counted = f"{dropped} of {model_frame.n_selected} rows"
            if na_action == "raise":
                raise ValueError(
                    f"{counted} have missing values ({missing}), and "
                    "na_action='raise': fill them in, or leave these rows out"
                )
            warn(
                f"{counted} dropped: they have missing values ({missing})",
                DataWarning,
            )
        return rows, kept

    def read_training_rows(
        self, kept: ModelFrame, complete_columns: Mapping[str, Any] | None = None
    ) -> ModelMatrices:
        """Training rows of which none misses anything, with their offset.

        Parameters
        ----------
        kept : ModelFrame
        complete_columns : mapping, optional
            Their columns as `read_complete` gives them, where they are read already.

        Raises
        ------
        ValueError
            Where a term or an offset is not a finite number.
        """
        if complete_columns is None:
            rows = self.read(kept.frame)
        else:
            rows = self._build(kept.frame, complete_columns, np.ones(len(kept.frame), dtype=bool))
        if rows.undefined.any():
            row = int(rows.undefined.argmax())
            undefined = np.isnan(rows.X[row])
            shifts = " + ".join(each.name for each in self.offsets)
            term = self.terms.names[int(undefined.argmax())] if undefined.any() else shifts
            raise ValueError(
                f"{cut(term)} is not a finite number in {rows.undefined.sum()} rows, first in "
                "row "
                f"{listing(rows.index[[row]])}: change the formula, or leave these rows out"
                f"{self._find_constant(term)}"
            )
        if kept.offset is not None:
            named = {"the offset of the formula": rows.offset, "offset=": kept.offset}
            given = {name: values for name, values in named.items() if values is not None}
            rows = replace(rows, offset=add_offsets(list(given.values()), list(given)))
        return rows

    @cached_property
    def _splines(self) -> tuple[tuple[str, Variable], ...]:
        """Terms of splines that go on beyond their knots, and the numbers they are of."""
        found: list[tuple[str, Variable]] = []
        for factor in dict.fromkeys(
            factor for term in self.formula.terms for factor in term.factors
        ):
            if isinstance(factor, Expression) and factor.extrapolates:
                numbers = (self.variables[name] for name in factor.columns)
                found += [(factor.name(), each) for each in numbers if each.kind == "number"]
        return tuple(found)

    def _warn_of_splines(self, complete_columns: Mapping[str, Any]) -> None:
        found: dict[str, str] = {}
        for name, variable in self._splines:
            values = complete_columns[variable.name]
            outside = np.count_nonzero((values < variable.low) | (values > variable.high))
            if outside:
                found[cut(name)] = (
                    f"{quote(variable.name)} beyond those of training, {variable.low:g} to "
                    f"{variable.high:g}, in {outside} rows"
                )
        warn_of_all(
            found,
            "{name} is asked for values of {what}: there a spline may go anywhere. Its "
            "lower_bound= and upper_bound= say that it is meant to",
            "{n} splines are asked for values where they may go anywhere: {each}. Their "
            "lower_bound= and upper_bound= say that they are meant to",
            DataWarning,
        )

    def _count_missing(self, model_frame: ModelFrame) -> str:
        """How many values each column misses, as ``a 2, g 1``."""
        counts = {
            name: int(model_frame.frame[name].isna().sum())
            for name in dict.fromkeys((*self.response.variables, *self.variables))
        }
        counts["weights or offset"] = model_frame.n_selected - len(model_frame.frame)
        return ", ".join(f"{cut(name)} {count}" for name, count in counts.items() if count)

    def _find_constant(self, term: str) -> str:
        """Why standardizing failed, if a constant is to blame."""
        for name in self.formula.columns:
            if self.variables[name].is_constant and _SCALED.search(term):
                told = quote(name)
                return f". Column {told} is the same in every row: it has no spread to divide by"
        return ""


def _check_sides(parsed: Formula) -> None:
    if not parsed.responses:
        raise ValueError(
            f"{quote(parsed.text)} has no response: name it left of '~', as in 'response ~ "
            "predictors'"
        )
    if not parsed.terms:
        raise ValueError(
            f"{quote(parsed.text)} has no predictors: name at least one, or write '~ 1'"
        )
    for response in parsed.responses:
        alone = len(parsed.responses) == 1 and isinstance(response, Column)
        within = alone and set(response.columns) <= set(parsed.columns)
        if within or any(response in term.factors for term in parsed.terms):
            raise ValueError(
                f"the response {cut(response.name())} is also a predictor in {quote(parsed.text)}: "
                "take it off the right side"
            )
