"""The table of functions that a formula may call, with the arguments that each takes.

What is not here is refused, but for functions of the caller's own. Bounds stand for what the code
behind a function can take, and for the memory and time that a call may cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from types import SimpleNamespace
from typing import Any

import numpy as np
import patsy

from .elementwise import COMPARISONS, choose, clip, round_off
from .signatures import (
    CODE,
    CODING,
    COLUMN,
    CONSTRAINTS,
    FACTOR,
    FLAG,
    LEVEL,
    LEVELS,
    MOST_CONSTRAINED,
    MOST_KNOTS,
    NUMBER,
    NUMBER_OR_NONE,
    NUMBERS,
    VALUES,
    VALUES_OR_NONE,
    VALUES_OR_TEXT,
    WIDTH,
    Function,
    Kind,
    Own,
    Rows,
    read_list,
    whole,
)
from .transforms.categories import Categories, Poly
from .transforms.center import Center
from .transforms.polynomials import Polynomials
from .transforms.scale import Scale
from .transforms.standardize import Standardize

# FITPACK, which evaluates B-splines, has room for no higher degree.
STEEPEST_SPLINE = 5
# 10**308 is the largest power of ten that is a float.
_MOST_DECIMALS = 308


def _by_row(run: Callable[..., Any]) -> Callable[[Mapping[str, Any]], Any]:
    """What a function gives that works row by row: of mere numbers its value."""

    def give(given: Mapping[str, Any]) -> Any:
        values = list(given.values())
        if any(isinstance(each, Rows | Own) for each in values):
            return Rows.join(values)
        with np.errstate(all="ignore"):
            value = run(*values) if isinstance(run, np.ufunc) else run(**given)
        # I gives back what it is given, and Python's numbers compute in another way.
        return value[()] if isinstance(value, np.ndarray) else value

    return give


def _count_spline(given: Mapping[str, Any]) -> Rows:
    """At most: what is asked for, else a column a knot and those of the ends."""
    knots = read_list(given.get("knots"))
    inner = 0 if knots is None else len(knots)
    return Rows(int(given.get("df") or inner + given.get("degree", 3) + 1), matrix=True)


def _count_levels(given: Mapping[str, Any]) -> Rows:
    """Those that are named, if any."""
    levels = read_list(given.get("levels"))
    return Rows(1 if levels is None else max(1, len(levels)), boxed=True)


def _count_product(given: Mapping[str, Any]) -> Rows:
    """The product of those of its splines, which constraints take the cube of."""
    width = prod(each.width for each in given.values() if isinstance(each, Rows))
    if given.get("constraints") is not None and width > MOST_CONSTRAINED:
        raise ValueError(
            f"constraints are made for up to {MOST_CONSTRAINED:,} columns, not {width:,}: lower df="
        )
    return Rows(width, matrix=True)


def _ufuncs(n: int, names: str, kind: Kind) -> dict[str, Function]:
    """NumPy's functions of n arguments, element by element; newer names are those of NumPy 2."""
    functions = {}
    for name in names.split():
        newer, _, older = name.partition("=")
        run = getattr(np, older or newer)
        arguments = {f"x{place}": kind for place in range(1, n + 1)}
        functions[newer] = Function(run, arguments, _by_row(run), needed=n)
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
    **_ufuncs(2, " ".join(COMPARISONS), VALUES_OR_TEXT),
    # Columns are floats, and NumPy takes none for an exponent.
    "ldexp": Function(
        np.ldexp, {"x1": VALUES, "x2": whole(-(2**31), 2**31 - 1)}, _by_row(np.ldexp), needed=2
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
        placed=3,
    ),
    "round": Function(
        round_off,
        {"a": VALUES, "decimals": whole(-_MOST_DECIMALS, _MOST_DECIMALS)},
        _by_row(round_off),
    ),
    "where": Function(
        choose,
        {"condition": VALUES, "x": VALUES_OR_TEXT, "y": VALUES_OR_TEXT},
        _by_row(choose),
        needed=3,
    ),
}
_CONSTANTS: dict[str, float] = {
    name: getattr(np, name) for name in ("e", "euler_gamma", "inf", "nan", "pi")
}
# Those of R, which are written without np.
_MATHEMATICS = (
    *("abs", "ceil", "cos", "cosh", "exp", "expm1", "floor", "log", "log10", "log1p", "log2"),
    *("maximum", "minimum", "round", "sign", "sin", "sinh", "sqrt", "tan", "tanh"),
)


def _code(run: Callable[..., Any], **arguments: Kind) -> Function:
    return Function(run, arguments, lambda given: CODING, needed=0, codes=True)


_CODINGS: dict[str, Function] = {
    "Treatment": _code(patsy.Treatment, reference=LEVEL),
    "Poly": _code(Poly, scores=NUMBERS),
    "Sum": _code(patsy.Sum, omit=LEVEL),
    "Helmert": _code(patsy.Helmert),
    "Diff": _code(patsy.Diff),
}
_CATEGORIES = Function(
    patsy.stateful_transform(Categories),
    {"data": FACTOR, "contrast": CODE, "levels": LEVELS},
    _count_levels,
)
_STANDARDIZE = Function(
    patsy.stateful_transform(Standardize),
    {"x": COLUMN, "center": FLAG, "rescale": FLAG, "ddof": NUMBER},
    lambda given: given["x"],
)
_SCALE = Function(
    patsy.stateful_transform(Scale),
    {"x": COLUMN, "center": NUMBER, "scale": NUMBER, "ddof": NUMBER, "rescale": FLAG},
    lambda given: given["x"],
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
    **_CODINGS,
    "ifelse": _NUMPY["where"],
    "I": Function(patsy.builtins.I, {"x": VALUES}, _by_row(patsy.builtins.I)),
    "C": _CATEGORIES,
    "factor": _CATEGORIES,
    "center": Function(patsy.stateful_transform(Center), {"x": COLUMN}, lambda given: given["x"]),
    "standardize": _STANDARDIZE,
    "scale": _SCALE,
    "poly": Function(
        patsy.stateful_transform(Polynomials),
        {"x": COLUMN, "degree": whole(1, MOST_KNOTS), "raw": FLAG},
        lambda given: Rows(int(given.get("degree", 1)), matrix=True),
        spreads=True,
    ),
    "bs": Function(
        patsy.bs,
        {
            "x": COLUMN,
            "df": WIDTH,
            "knots": NUMBERS,
            "degree": whole(0, STEEPEST_SPLINE),
            "include_intercept": FLAG,
            "lower_bound": NUMBER_OR_NONE,
            "upper_bound": NUMBER_OR_NONE,
        },
        _count_spline,
        spreads=True,
    ),
    "cr": Function(patsy.cr, _SPLINE, _count_spline, spreads=True),
    "cc": Function(patsy.cc, _SPLINE, _count_spline, spreads=True),
    "te": Function(
        patsy.te,
        {"constraints": CONSTRAINTS},
        _count_product,
        needed=0,
        placed=0,
        more=COLUMN,
        spreads=True,
    ),
}


# What names of a formula mean. All that stands behind np. is in the table.
FUNCTIONS: dict[str, Any] = {
    **{name: function.run for name, function in TABLE.items() if "." not in name},
    "pi": np.pi,
    "TRUE": True,
    "FALSE": False,
    "np": SimpleNamespace(**{name: each.run for name, each in _NUMPY.items()}, **_CONSTANTS),
}
