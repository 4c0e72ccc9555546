"""The right side of a formula as a matrix: patsy's codings of terms, in R's order of columns.

What depends on the training rows is fitted once, to the complete rows; building a matrix is then
pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, product
from typing import Any

import numpy as np
import patsy
from numpy.typing import NDArray
from patsy import EvalEnvironment
from patsy.design_info import DesignInfo, SubtermInfo

from ..errors import CACHE_NUMBERS, visible
from ..formula import (
    Expression,
    Factor,
    Formula,
    Indicator,
    evaluate_factor,
    translate_errors,
)
from .complete_columns import CompleteColumns, Unseen
from .factor_columns import MISSING, UNSEEN, find_level_codes, read_numbers

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of a formula with their codings.

    Attributes
    ----------
    formula : Formula
    info : patsy.DesignInfo
        Codings of the factors and the state of their transforms.
    """

    formula: Formula
    info: DesignInfo

    @classmethod
    def fit(
        cls,
        formula: Formula,
        states: Mapping[Factor, Mapping[str, Any]],
        sample: CompleteColumns,
        blocks: Callable[[], Iterator[CompleteColumns]],
    ) -> Terms:
        """Find the codings of terms from the fitted states of factors.

        A sample of one row shows the kind of most factors; others need all blocks of rows.
        """
        try:
            with translate_errors(formula.text):
                infos = patsy.design_matrix_builders(
                    [list(formula.terms)],
                    lambda: chain([sample], blocks()),
                    EvalEnvironment([states]),
                )
        except ValueError as fault:
            contrast = str(fault).removeprefix("Mismatched contrast matrix for factor ")
            if contrast == str(fault):
                raise
            raise ValueError(
                f"{visible(contrast)} has a matrix with another number of rows than there are "
                "levels: write one row for each level"
            ) from None
        return cls(formula, infos[0])

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in R's order: by degree of the terms, then by appearance."""
        names = self.info.column_names
        slices = (self.info.term_slices[term] for term in self.formula.terms)
        return tuple(name for columns in slices for name in names[columns])

    @property
    def intercept(self) -> int | None:
        """The position of the intercept among the columns, if there is one."""
        return None if self.formula.terms[0].factors else 0

    @property
    def is_numeric(self) -> NDArray[np.bool_]:
        """Mask of the columns with a numeric factor."""
        return self._find("numerical")

    @property
    def is_categorical(self) -> NDArray[np.bool_]:
        """Mask of the columns with a categorical factor."""
        return self._find("categorical")

    def _find(self, kind: str) -> NDArray[np.bool_]:
        infos = self.info.factor_infos
        # An indicator is as the columns of levels are: of 0 and 1, and perhaps without a row of 1.
        kinds = {
            factor: "categorical" if isinstance(factor, Indicator) else info.type
            for factor, info in infos.items()
        }
        terms = [any(kinds[each] == kind for each in term.factors) for term in self.formula.terms]
        return np.repeat(terms, self.widths)

    @cached_property
    def indicators(self) -> list[Indicator]:
        """The factors that indicate missing values."""
        factors = (factor for term in self.formula.terms for factor in term.factors)
        return [factor for factor in factors if isinstance(factor, Indicator)]

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The number of columns of each term."""
        slices = (self.info.term_slices[term] for term in self.formula.terms)
        return tuple(columns.stop - columns.start for columns in slices)

    @cached_property
    def term_names(self) -> tuple[str, ...]:
        """Names of the terms; the intercept's is ``Intercept``."""
        return tuple(term.name() for term in self.formula.terms)

    def build(
        self,
        columns: CompleteColumns,
        complete: NDArray[np.bool_],
        unseen: Unseen | None = None,
    ) -> tuple[Floats, dict[str, Mask], Mask]:
        """The matrix (n, D), in new memory, from the columns of the complete rows.

        Other rows are nan. Levels that training never saw are an error; with ``unseen`` they are
        collected there, and their rows are nan.

        Returns
        -------
        X
        missing : dict
            By the name of an expression: the mask of the rows that it gives no level, as ``cut``
            does outside of its breaks. They are nan too.
        strange : mask
            The rows with a level that training never saw, in an expression.
        """
        places = np.flatnonzero(complete)
        n, D = len(places), len(self.names)
        X = np.empty((len(complete), D))
        if n < len(X):
            X[~complete] = np.nan
        # Splines fail without rows.
        if not n:
            return X, {}, np.zeros(len(complete), dtype=bool)
        factors = {
            factor: self.evaluate(factor, columns, n, unseen) for factor in self.info.factor_infos
        }
        blank, missing = self._take_missing(factors, n)
        # In blocks that fit into the cache: filled column by column, all of X would be fetched from
        # memory once for each column.
        step = max(1, CACHE_NUMBERS // max(1, D))
        for start in range(0, n, step):
            some = {factor: values[start : start + step] for factor, values in factors.items()}
            rows = places[start : start + step]
            blocks = [_subterm_columns(subterm, some, len(rows)) for subterm in self._subterms]
            X[rows] = np.concatenate(blocks, axis=1)
        X[places[blank != 0]] = np.nan
        strange = blank == UNSEEN
        if unseen is not None:
            unseen.rows += int(strange.sum())
        missing = {
            name: _spread(mask & ~strange, places, len(complete)) for name, mask in missing.items()
        }
        return X, missing, _spread(strange, places, len(complete))

    def _take_missing(
        self, factors: dict[Factor, NDArray[Any]], n: int
    ) -> tuple[NDArray[Any], dict[str, Mask]]:
        """Give rows without a level the first one, and return which rows and factors these are.

        Returns
        -------
        blank : (n,) array
            0 where each factor has a level, else the reason.
        missing : dict
            Of `build`, for the complete rows.
        """
        blank, missing = np.zeros(n, dtype=np.int8), {}
        for factor, info in self.info.factor_infos.items():
            codes = factors[factor]
            if info.categories is None or codes.min() >= 0:
                continue
            blank = np.minimum(blank, np.minimum(codes, 0)).astype(np.int8)
            if (mask := codes == MISSING).any():
                missing[factor.name()] = mask
            factors[factor] = np.maximum(codes, 0)
        return blank, missing

    def evaluate(
        self, factor: Factor, columns: CompleteColumns, n: int, unseen: Unseen | None = None
    ) -> NDArray[Any]:
        """Level codes (n,) of a factor, negative without a level, or its numbers (n, c)."""
        info, text = self.info.factor_infos[factor], self.formula.text
        value = evaluate_factor(factor, info.state, columns, text)
        with translate_errors(text):
            if info.categories is None:
                return read_numbers(factor, value, n, info.num_columns)
            return find_level_codes(factor, value, info.categories, unseen)

    def find_unseen(
        self, columns: CompleteColumns, n: int, unseen: Unseen
    ) -> dict[Factor, NDArray[np.bool_]]:
        """For expressions, masks of the n complete rows whose level training never saw.

        The levels are collected.
        """
        codes = {
            factor: self.evaluate(factor, columns, n, unseen)
            for factor, info in self.info.factor_infos.items()
            if info.categories is not None and isinstance(factor, Expression)
        }
        strange = {factor: each == UNSEEN for factor, each in codes.items()}
        return {factor: mask for factor, mask in strange.items() if mask.any()}

    @cached_property
    def _subterms(self) -> list[SubtermInfo]:
        codings = self.info.term_codings
        return [subterm for term in self.formula.terms for subterm in codings[term]]


def _spread(mask: Mask, places: NDArray[np.intp], n: int) -> Mask:
    """A mask of some rows, at these places, as one of all n rows."""
    spread = np.zeros(n, dtype=bool)
    spread[places] = mask
    return spread


def _subterm_columns(
    subterm: SubtermInfo, factors: Mapping[Factor, NDArray[Any]], n: int
) -> Floats:
    """Products of the factors' columns; as in R the first factor's run fastest."""
    blocks = [
        subterm.contrast_matrices[factor].matrix[factors[factor]]
        if factor in subterm.contrast_matrices
        else factors[factor]
        for factor in subterm.factors
    ]
    if len(blocks) == 1:
        return blocks[0]
    X = np.ones((n, subterm.num_columns))
    choices = product(*(range(block.shape[1]) for block in reversed(blocks)))
    # A product that overflows makes its row undefined, which is reported later.
    with np.errstate(over="ignore", invalid="ignore"):
        for column, choice in enumerate(choices):
            for block, place in zip(blocks, reversed(choice), strict=True):
                X[:, column] *= block[:, place]
    return X
