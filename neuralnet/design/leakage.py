"""Target leakage: predictors that equal the response in every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataWarning, cut, quote, warn_of_all
from ..formula import Column, Formula, evaluate_factor
from .chunks import Blocks
from .column_scan import ColumnScan
from .formula_checks import list_factors
from .response_fit import ResponseFit
from .variable import Variable

# In fewer rows than this two columns may be equal by chance.
_FEW = 20


def warn_of_leakage(
    formula: Formula, responses: Sequence[ResponseFit], scan: ColumnScan, blocks: Blocks
) -> None:
    """Warn of target leakage: plain predictors that equal a response in every row."""
    if scan.complete < _FEW:
        return
    plain = sorted(each.column for each in list_factors(formula) if isinstance(each, Column))
    leaks: dict[str, str] = {}
    for response in responses:
        # Another pass over the rows is made only for predictors with the response's range.
        equal = [name for name in plain if _may_equal(response.variable, scan.variables[name])]
        fit = response.transform_fit
        name = fit.factor.name()
        for columns in blocks() if equal else ():
            value = evaluate_factor(fit.factor, fit.state, columns, name)
            equal = [each for each in equal if _is_equal(value, columns[each])]
            if not equal:
                break
        leaks |= {quote(each): cut(name) for each in equal}
    warn_of_all(
        leaks,
        "column {name} equals the response {what} in every row (target leakage): leave it out of "
        "the predictors",
        "{n} columns equal a response in every row (target leakage): {each}. Leave them out of the "
        "predictors",
        DataWarning,
    )


def _may_equal(one: Variable, other: Variable) -> bool:
    """True if columns of these variables may be equal in every row."""
    if one.kind == other.kind == "number" and one.typical != other.typical:
        return False
    return bool(_find_range(one) == _find_range(other))


def _find_range(variable: Variable) -> Any:
    if variable.kind != "category":
        return variable.low, variable.high
    if variable.has_objects or not variable.has_numbers:
        return set(variable.levels)
    return min(variable.levels), max(variable.levels)


def _is_equal(one: Any, other: Any) -> bool:
    left: NDArray[Any] = np.asarray(one, dtype=object)
    return bool((left == np.asarray(other, dtype=object)).all())
