"""The table of functions that a formula may call, with the arguments that each takes.

Parts of it are in files named ``*_functions.py`` and in `lists`. A call of anything else is
refused, except for user-defined functions. The bounds on arguments limit the memory and the time of
a call, and exclude what the called code cannot handle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import prod
from types import SimpleNamespace
from typing import Any

import numpy as np
import patsy

from .date_parts import hour, month, weekday, year
from .elementwise_functions import ELEMENTWISE_FUNCTIONS, NUMPY_CONSTANTS, NUMPY_FUNCTIONS
from .factor_functions import FACTOR_FUNCTIONS
from .lists import LIST_FUNCTIONS
from .signatures import (
    COLUMN,
    CONSTRAINTS,
    CONTRAST,
    CONTRAST_OR_NONE,
    DATES,
    FACTOR,
    FLAG,
    LABELS,
    LEVEL,
    LEVELS,
    MOST_CONSTRAINED,
    MOST_KNOTS,
    NUMBER,
    NUMBER_OR_NONE,
    NUMBERS,
    SPLINE,
    WIDTH,
    ColumnValue,
    Function,
    Kind,
    read_list,
    whole,
)
from .transforms.categories import Categories, Poly
from .transforms.center import Center
from .transforms.days import Days
from .transforms.natural_splines import NaturalSplines
from .transforms.polynomials import Polynomials
from .transforms.scale import Scale
from .transforms.standardize import Standardize

# FITPACK, which evaluates B-splines, supports no higher degree.
MAX_SPLINE_DEGREE = 5


def _keep_width(arguments: Mapping[str, Any]) -> Any:
    """Infer a result with the columns of the argument x."""
    x = arguments["x"]
    return replace(x, is_plain=False) if isinstance(x, ColumnValue) else x


def _of_dates(run: Callable[..., Any]) -> Function:
    """Make the signature of a function of a column of dates, which gives a number in each row."""
    return Function(run, {"d": DATES}, lambda arguments: ColumnValue())


def _count_spline(arguments: Mapping[str, Any]) -> ColumnValue:
    """Bound the columns of a spline: df, or one column for each knot plus the boundary columns."""
    knots = read_list(arguments.get("knots"))
    inner = 0 if knots is None else len(knots)
    return ColumnValue(
        int(arguments.get("df") or inner + arguments.get("degree", 3) + 1), matrix=True
    )


def _count_levels(arguments: Mapping[str, Any]) -> ColumnValue:
    """Bound the columns of C by its given levels."""
    levels = read_list(arguments.get("levels"))
    return ColumnValue(1 if levels is None else max(1, len(levels)), categorical=True)


def _count_product(arguments: Mapping[str, Any]) -> ColumnValue:
    """Bound the columns of a tensor product, and those of a constrained one more strictly."""
    width = prod(each.width for each in arguments.values() if isinstance(each, ColumnValue))
    if arguments.get("constraints") is not None and width > MOST_CONSTRAINED:
        raise ValueError(
            f"constraints are made for up to {MOST_CONSTRAINED:,} columns, not {width:,}: lower df="
        )
    return ColumnValue(width, matrix=True)


def _contrast(run: Callable[..., Any], **arguments: Kind) -> Function:
    return Function(run, arguments, lambda arguments: CONTRAST, required=0, is_contrast=True)


_CONTRASTS: dict[str, Function] = {
    "Treatment": _contrast(patsy.Treatment, reference=LEVEL),
    "Poly": _contrast(Poly, scores=NUMBERS),
    "Sum": _contrast(patsy.Sum, omit=LEVEL),
    "Helmert": _contrast(patsy.Helmert),
    "Diff": _contrast(patsy.Diff),
}
_CATEGORIES = Function(
    patsy.stateful_transform(Categories),
    {
        "data": FACTOR,
        "contrast": CONTRAST_OR_NONE,
        "levels": LEVELS,
        "labels": LABELS,
        "ordered": FLAG,
    },
    _count_levels,
)
_STANDARDIZE = Function(
    patsy.stateful_transform(Standardize),
    {"x": COLUMN, "center": FLAG, "rescale": FLAG, "ddof": NUMBER},
    _keep_width,
)
_SCALE = Function(
    patsy.stateful_transform(Scale),
    {"x": COLUMN, "center": NUMBER, "scale": NUMBER, "ddof": NUMBER, "rescale": FLAG},
    _keep_width,
)
_SPLINE = {
    "x": COLUMN,
    "df": WIDTH,
    "knots": NUMBERS,
    "lower_bound": NUMBER_OR_NONE,
    "upper_bound": NUMBER_OR_NONE,
    "constraints": CONSTRAINTS,
}
TABLE: dict[str, Function] = {
    **ELEMENTWISE_FUNCTIONS,
    **{f"np.{name}": function for name, function in NUMPY_FUNCTIONS.items()},
    **_CONTRASTS,
    "C": _CATEGORIES,
    "factor": _CATEGORIES,
    **FACTOR_FUNCTIONS,
    **LIST_FUNCTIONS,
    **{run.__name__: _of_dates(run) for run in (year, month, weekday, hour)},
    "days": _of_dates(patsy.stateful_transform(Days)),
    "center": Function(patsy.stateful_transform(Center), {"x": COLUMN}, _keep_width),
    "standardize": _STANDARDIZE,
    "scale": _SCALE,
    "poly": Function(
        patsy.stateful_transform(Polynomials),
        {"x": COLUMN, "degree": whole(1, MOST_KNOTS), "raw": FLAG},
        lambda arguments: ColumnValue(int(arguments.get("degree", 1)), matrix=True),
        multicolumn=True,
    ),
    "ns": Function(
        patsy.stateful_transform(NaturalSplines),
        {
            "x": COLUMN,
            "df": WIDTH,
            "knots": NUMBERS,
            "intercept": FLAG,
            "boundary_knots": NUMBERS,
        },
        _count_spline,
        multicolumn=True,
    ),
    "bs": Function(
        patsy.bs,
        {
            "x": COLUMN,
            "df": WIDTH,
            "knots": NUMBERS,
            "degree": whole(0, MAX_SPLINE_DEGREE),
            "include_intercept": FLAG,
            "lower_bound": NUMBER_OR_NONE,
            "upper_bound": NUMBER_OR_NONE,
        },
        _count_spline,
        multicolumn=True,
    ),
    "cr": Function(patsy.cr, _SPLINE, _count_spline, multicolumn=True, extrapolates=True),
    "cc": Function(patsy.cc, _SPLINE, _count_spline, multicolumn=True),
    "te": Function(
        patsy.te,
        {"constraints": CONSTRAINTS},
        _count_product,
        required=0,
        positional=0,
        variadic=SPLINE,
        multicolumn=True,
    ),
}


# The values of names in a formula. Every function of np is in the table.
FUNCTIONS: dict[str, Any] = {
    **{name: function.run for name, function in TABLE.items() if "." not in name},
    "pi": np.pi,
    "TRUE": True,
    "FALSE": False,
    "Inf": np.inf,
    "np": SimpleNamespace(
        **{name: each.run for name, each in NUMPY_FUNCTIONS.items()}, **NUMPY_CONSTANTS
    ),
}
