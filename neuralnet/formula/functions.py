"""The table of functions that a formula may call, with the arguments that each takes.

A call of anything else is refused, except for user-defined functions. The bounds on arguments limit
the memory and the time of a call, and exclude what the called code cannot handle.
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
from .elementwise import (
    choose,
    clip,
    parallel_maximum,
    parallel_minimum,
    round_off,
    take_logarithm,
)
from .factor_functions import FACTOR_FUNCTIONS
from .integers import COMPARISONS
from .lists import LIST_FUNCTIONS
from .signatures import (
    BASE,
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
    VALUES,
    VALUES_OR_NONE,
    VALUES_OR_TEXT,
    WIDTH,
    ColumnValue,
    Function,
    Kind,
    UserValue,
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
# 10**308 is the largest power of ten that is a float.
_DECIMALS = whole(-308, 308)


def _by_row(run: Callable[..., Any], variadic: bool = False) -> Callable[[Mapping[str, Any]], Any]:
    """Make the inference of an elementwise function, which computes the value of plain numbers."""

    def infer(arguments: Mapping[str, Any]) -> Any:
        values = list(arguments.values())
        if any(isinstance(each, ColumnValue | UserValue) for each in values):
            return ColumnValue.combine(values)
        by_position = isinstance(run, np.ufunc) or variadic
        with np.errstate(all="ignore"):
            value = run(*values) if by_position else run(**arguments)
        # An array without dimensions becomes a NumPy scalar; I returns its argument unchanged.
        return value[()] if isinstance(value, np.ndarray) else value

    return infer


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


def _ufuncs(n: int, names: str, kind: Kind) -> dict[str, Function]:
    """Make the signatures of NumPy's ufuncs of n arguments.

    ``newer=older`` gives the function of the older name also the name that it has in NumPy 2.
    """
    functions = {}
    for name in names.split():
        newer, _, older = name.partition("=")
        run = getattr(np, older or newer)
        arguments = {f"x{place}": kind for place in range(1, n + 1)}
        functions[newer] = Function(run, arguments, _by_row(run), required=n)
    return functions


_NUMPY: dict[str, Function] = {
    **_ufuncs(
        1,
        "abs=absolute absolute arccos acos=arccos arccosh acosh=arccosh arcsin asin=arcsin "
        "arcsinh asinh=arcsinh arctan atan=arctan arctanh atanh=arctanh bitwise_invert=invert "
        "bitwise_not=invert cbrt ceil cos cosh deg2rad degrees exp exp2 expm1 fabs floor invert "
        "isfinite isinf isnan log log10 log1p log2 logical_not negative positive rad2deg "
        "radians reciprocal rint sign signbit sin sinh spacing sqrt square tan tanh trunc",
        VALUES,
    ),
    **_ufuncs(
        2,
        "add arctan2 atan2=arctan2 bitwise_and bitwise_or bitwise_xor copysign divide float_power "
        "floor_divide fmax fmin fmod heaviside hypot logaddexp logaddexp2 logical_and "
        "logical_or logical_xor maximum minimum mod multiply nextafter pow=power power remainder "
        "subtract true_divide",
        VALUES,
    ),
    **_ufuncs(2, " ".join(ufunc.__name__ for ufunc in COMPARISONS), VALUES_OR_TEXT),
    # Columns are floats, which NumPy's ldexp does not take as exponents.
    "ldexp": Function(
        np.ldexp, {"x1": VALUES, "x2": whole(-(2**31), 2**31 - 1)}, _by_row(np.ldexp), required=2
    ),
    "clip": Function(
        clip,
        {
            "a": VALUES,
            "a_min": VALUES_OR_NONE,
            "a_max": VALUES_OR_NONE,
            "min": VALUES_OR_NONE,
            "max": VALUES_OR_NONE,
        },
        _by_row(clip),
        positional=3,
    ),
    "round": Function(
        round_off,
        {"a": VALUES, "decimals": _DECIMALS},
        _by_row(round_off),
    ),
    "where": Function(
        choose,
        {"condition": VALUES, "x": VALUES_OR_TEXT, "y": VALUES_OR_TEXT},
        _by_row(choose),
        required=3,
    ),
}
_CONSTANTS: dict[str, float] = {
    name: getattr(np, name) for name in ("e", "euler_gamma", "inf", "nan", "pi")
}
# Functions without the prefix np; all are R's, but for ceil, maximum and minimum.
_MATHEMATICS = (
    *("abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "cos", "cosh"),
    *("exp", "expm1", "floor", "log10", "log1p", "log2", "maximum", "minimum", "sign", "sin"),
    *("sinh", "sqrt", "tan", "tanh", "trunc"),
)


def _parallel(run: Callable[..., Any]) -> Function:
    return Function(run, {}, _by_row(run, variadic=True), 0, 0, variadic=VALUES)


# R's functions whose names or arguments are others in NumPy.
_AS_IN_R: dict[str, Function] = {
    "ceiling": _NUMPY["ceil"],
    "ifelse": _NUMPY["where"],
    "log": Function(take_logarithm, {"x": VALUES, "base": BASE}, _by_row(take_logarithm)),
    "pmin": _parallel(parallel_minimum),
    "pmax": _parallel(parallel_maximum),
    "round": Function(
        round_off,
        {"a": VALUES, "decimals": _DECIMALS, "digits": _DECIMALS},
        _by_row(round_off),
        positional=2,
    ),
}


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
    **{name: _NUMPY[name] for name in _MATHEMATICS},
    **{f"np.{name}": function for name, function in _NUMPY.items()},
    **_CONTRASTS,
    **_AS_IN_R,
    "I": Function(patsy.builtins.I, {"x": VALUES}, _by_row(patsy.builtins.I)),
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
    "np": SimpleNamespace(**{name: each.run for name, each in _NUMPY.items()}, **_CONSTANTS),
}
