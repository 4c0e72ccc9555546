"""Terms of a parsed formula, coded again without the training rows.

patsy codes them from stand-ins of one row: numbers by their number of columns, categories by
their levels and contrasts. No numeric expression is evaluated.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import pandas as pd
import patsy
from patsy import EvalEnvironment
from patsy.desc import Term
from patsy.design_info import DesignInfo, FactorInfo, SubtermInfo

from ..design import ColumnReader, Terms, Variable, read_complete
from ..errors import check_memory
from ..formula import Column, Expression, Factor, Formula
from .frames import check_levels

# The number of columns of a numeric expression, or the levels of a categorical one.
Size = int | tuple[Any, ...]
# Columns of the terms that are coded in any case; beyond, some for each input of the network.
_MANY, _PER_INPUT = 100_000, 10


def measure_sizes(terms: Terms) -> dict[Factor, Size]:
    """Return the size of each expression of the terms."""
    return {
        factor: info.num_columns if info.categories is None else info.categories
        for factor, info in terms.info.factor_infos.items()
        if isinstance(factor, Expression)
    }


def rebuild_terms(
    formula: Formula,
    variables: Mapping[str, Variable],
    states: Mapping[Factor, Mapping[str, Any]],
    sizes: Mapping[Factor, Size],
    inputs: int,
) -> Terms:
    """Code the terms of a formula.

    Parameters
    ----------
    formula : Formula
    variables : mapping of str to Variable
        The columns of the terms.
    states : mapping
        States of the transforms of each factor.
    sizes : mapping
        The size of each expression.
    inputs : int
        The number of columns of X, an upper limit for what is made of the levels.

    Raises
    ------
    ValueError, KeyError
        Where sizes and formula do not go together, or would fill the memory.
    """
    sample = _make_sample(variables)
    factors = dict.fromkeys(factor for term in formula.terms for factor in term.factors)
    stand_ins = {
        factor: _StandIn(factor, _make_value(factor, states.get(factor, {}), sizes, sample))
        for factor in factors
    }
    _check_widths(formula, stand_ins.values(), inputs)
    terms = [Term([stand_ins[factor] for factor in term.factors]) for term in formula.terms]
    (coded,) = patsy.design_matrix_builders([terms], lambda: iter([{}]), EvalEnvironment([]))
    return Terms(formula, _replace_factors(coded, states, sizes))


def _make_sample(variables: Mapping[str, Variable]) -> dict[str, Any]:
    """Return one row of values that training saw, read like any row."""
    row: dict[str, Any] = {}
    for name, variable in variables.items():
        row[name] = [variable.typical if variable.kind == "date" else variable.low]
        if variable.levels:
            codes = [variable.places[variable.typical]]
            row[name] = pd.Categorical.from_codes(codes, dtype=variable.categories)
    columns, complete = read_complete(variables, ColumnReader(pd.DataFrame(row, index=[0])))
    if not complete.all():
        raise ValueError("a column without a range")
    return dict(columns)


def _make_value(
    factor: Factor,
    state: Mapping[str, Any],
    sizes: Mapping[Factor, Size],
    sample: Mapping[str, Any],
) -> Any:
    """Return one row of a factor as patsy codes it."""
    if isinstance(factor, Column):
        return factor.eval({}, sample)
    size = sizes[factor]
    if isinstance(size, int):
        if size < 1:
            raise ValueError("an expression without columns")
        # It takes no memory: the number of columns is checked only after this.
        return np.broadcast_to(np.zeros(1), (1, size))
    check_levels(size)
    if not size or len(set(size)) < len(size):
        raise ValueError("invalid levels")
    contrast = getattr(factor.eval(dict(state), sample), "contrast", None)
    return patsy.builtins.C(pd.Categorical(size[:1], list(size)), contrast)


class _StandIn:
    """A factor in patsy's protocol with a constant value of one row."""

    origin = None

    def __init__(self, factor: Factor, value: Any) -> None:
        self.factor, self.value = factor, value

    def name(self) -> str:
        """Return the name of the factor itself."""
        return self.factor.name()

    def memorize_passes_needed(self, state: dict[str, Any], eval_env: Any) -> int:
        """Return 0: there is nothing to learn."""
        return 0

    def eval(self, state: dict[str, Any], data: Any) -> Any:
        """Return the value, whatever the data."""
        return self.value

    def bound_width(self) -> tuple[int, int]:
        """Return lower and upper bounds of the number of columns, at least 1 and 2 for levels."""
        contrast, levels = getattr(self.value, "contrast", None), self.count_levels()
        if isinstance(contrast, list | tuple | np.ndarray):
            columns = int(np.shape(contrast)[1])
            return columns, columns
        if levels:
            return max(1, levels - 1), max(2, levels)
        return int(np.size(self.value)), int(np.size(self.value))

    def count_levels(self) -> int:
        """Return the number of levels; 0 for numbers."""
        boxed = getattr(self.value, "data", None)
        if isinstance(boxed, pd.Categorical):
            return len(boxed.categories)
        return 2 if np.asarray(self.value).dtype == np.bool_ else 0


def _check_widths(formula: Formula, stand_ins: Collection[_StandIn], inputs: int) -> None:
    """Raise before patsy makes more columns or larger codings than a network has."""
    bounds = {each.factor: each.bound_width() for each in stand_ins}
    # patsy codes K levels by a matrix (K, K).
    codings = sum(each.count_levels() ** 2 for each in stand_ins)
    check_memory("codings of levels", codings, "Take fewer levels")
    # A term has fewer columns than the product of its levels where others hold its margins.
    widths = [[bounds[factor] for factor in term.factors] for term in formula.terms]
    total = sum(prod(least for least, _ in each) for each in widths)
    widest = max(prod(most for _, most in each) for each in widths)
    if max(total, widest) > _MANY + _PER_INPUT * inputs:
        raise ValueError("more columns than the network has inputs")


def _replace_factors(
    coded: DesignInfo,
    states: Mapping[Factor, Mapping[str, Any]],
    sizes: Mapping[Factor, Size],
) -> DesignInfo:
    """Put the factors themselves where their stand-ins are."""

    def unwrap(stand_ins: Sequence[_StandIn]) -> list[Factor]:
        return [each.factor for each in stand_ins]

    infos = {}
    for stand_in, info in coded.factor_infos.items():
        factor = stand_in.factor
        state, levels = states.get(factor, {}), info.categories
        if levels is not None:
            levels = sizes.get(factor, levels)
        infos[factor] = FactorInfo(factor, info.type, state, info.num_columns, levels)
    codings = OrderedDict(
        (
            Term(unwrap(term.factors)),
            [
                SubtermInfo(
                    unwrap(each.factors),
                    {stand_in.factor: c for stand_in, c in each.contrast_matrices.items()},
                    each.num_columns,
                )
                for each in subterms
            ],
        )
        for term, subterms in coded.term_codings.items()
    )
    return DesignInfo(coded.column_names, infos, codings)
