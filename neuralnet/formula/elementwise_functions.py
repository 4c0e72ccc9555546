"""Functions that compute row by row, as a part of the table of functions: NumPy's and R's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import patsy

from .elementwise import (
    choose,
    clip,
    parallel_maximum,
    parallel_minimum,
    round_off,
    take_logarithm,
)
from .integers import COMPARISONS
from .signatures import (
    BASE,
    VALUES,
    VALUES_OR_NONE,
    VALUES_OR_TEXT,
    ColumnValue,
    Function,
    Kind,
    UserValue,
    whole,
)

# 10**308 is the largest power of ten that is a float.
_DECIMALS = whole(-308, 308)


def _by_row(run: Callable[..., Any], variadic: bool = False) -> Callable[[Mapping[str, Any]], Any]:
    """Make the function that computes the value of an elementwise function of constants."""

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


def _parallel(run: Callable[..., Any]) -> Function:
    return Function(run, {}, _by_row(run, variadic=True), 0, 0, variadic=VALUES)


NUMPY_FUNCTIONS: dict[str, Function] = {
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
NUMPY_CONSTANTS: dict[str, float] = {
    name: getattr(np, name) for name in ("e", "euler_gamma", "inf", "nan", "pi")
}
# Functions without the prefix np; all are R's, but for ceil, maximum and minimum.
_MATHEMATICS = (
    *("abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "ceil", "cos", "cosh"),
    *("exp", "expm1", "floor", "log10", "log1p", "log2", "maximum", "minimum", "sign", "sin"),
    *("sinh", "sqrt", "tan", "tanh", "trunc"),
)
ELEMENTWISE_FUNCTIONS: dict[str, Function] = {
    **{name: NUMPY_FUNCTIONS[name] for name in _MATHEMATICS},
    # R's functions whose names or arguments are others in NumPy.
    "ceiling": NUMPY_FUNCTIONS["ceil"],
    "ifelse": NUMPY_FUNCTIONS["where"],
    "log": Function(take_logarithm, {"x": VALUES, "base": BASE}, _by_row(take_logarithm)),
    "pmin": _parallel(parallel_minimum),
    "pmax": _parallel(parallel_maximum),
    "round": Function(
        round_off,
        {"a": VALUES, "decimals": _DECIMALS, "digits": _DECIMALS},
        _by_row(round_off),
        positional=2,
    ),
    "I": Function(patsy.builtins.I, {"x": VALUES}, _by_row(patsy.builtins.I)),
}
