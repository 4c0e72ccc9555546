"""States of transforms: their attributes and types, and a check of states from files.

The code of splines and polynomials does not validate its state, so sizes, orders and degrees are
checked here before it runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from patsy.mgcv_cubic_splines import CC, CR, TE
from patsy.splines import BS
from patsy.state import Center as PatsyCenter
from patsy.state import Standardize as PatsyStandardize

from ..functions import MAX_SPLINE_DEGREE
from ..signatures import MOST_COLUMNS, MOST_CONSTRAINED, MOST_CONSTRAINTS, MOST_KNOTS
from .categories import Categories
from .center import Center
from .cut import Cut
from .days import Days
from .interaction import Interaction
from .natural_splines import NaturalSplines
from .ntile import Ntile
from .polynomials import Polynomials
from .pool import Pool
from .relevel import Relevel
from .scale import Scale
from .standardize import Standardize

_Numbers = NDArray[np.float64] | np.floating[Any] | float
_SUM: dict[str, Any] = {"_sum": _Numbers | NDArray[np.generic], "_count": int}
_MOMENTS: dict[str, Any] = {"n": int, "first": _Numbers, "mean": _Numbers, "squares": _Numbers}
# The attributes of each transform's state, with their types.
TRANSFORM_STATES: dict[type, dict[str, Any]] = {
    Center: _SUM,
    PatsyCenter: _SUM,
    Days: {"earliest": int},
    Standardize: _MOMENTS,
    Scale: _MOMENTS,
    PatsyStandardize: {"current_n": int, "current_mean": _Numbers, "current_M2": _Numbers},
    Categories: {"levels": list[Any] | None},
    Relevel: {"levels": list[Any]},
    Cut: {"breaks": NDArray[np.float64], "labels": list[Any], "learned": bool},
    Ntile: {"bounds": NDArray[np.float64]},
    Interaction: {"parts": list[Any], "levels": list[Any]},
    Pool: {"kept": list[Any], "pooled": list[Any], "other": str | None},
    Polynomials: {
        **{"_degree": int, "_raw": bool},
        **{name: NDArray[np.float64] for name in ("alpha", "beta", "norm")},
    },
    NaturalSplines: {"_all_knots": NDArray[np.float64], "_intercept": bool},
    BS: {"_degree": int | float, "_all_knots": NDArray[np.generic]},
    CR: {"_all_knots": NDArray[np.generic], "_constraints": NDArray[np.generic] | None},
    CC: {"_all_knots": NDArray[np.generic], "_constraints": NDArray[np.generic] | None},
    TE: {"_constraints": NDArray[np.generic] | None},
}


def check_transform_state(
    transform: type, parts: Mapping[str, Any], width: int = MOST_COLUMNS
) -> None:
    """Check that a state is one that a transform can have after training.

    Parameters
    ----------
    transform : type
        A key of `TRANSFORM_STATES`.
    parts : mapping
        The attributes of the state, of the types of `TRANSFORM_STATES`.
    width : int
        An upper bound on the number of columns that the transform makes.

    Raises
    ------
    ValueError
    """
    _CHECKS[transform](parts, width)


def _expect(valid: Any, fault: str) -> None:
    if not valid:
        raise ValueError(fault)


def _is_real(part: Any, width: int) -> bool:
    """Return whether a part is a finite number for each of at most ``width`` columns."""
    array = np.asarray(part)
    flat = array.ndim <= 1 and 0 < array.size <= width and array.dtype.kind in "biuf"
    return flat and bool(np.isfinite(array).all())


def _check_mean(total: str, count: str) -> Callable[[Mapping[str, Any], int], None]:
    def check(parts: Mapping[str, Any], width: int) -> None:
        _expect(parts[count] >= 1, "a mean of no rows")
        _expect(_is_real(parts[total], width), "an invalid mean")

    return check


def _check_spread(mean: str, squares: str, count: str) -> Callable[[Mapping[str, Any], int], None]:
    check_mean = _check_mean(mean, count)

    def check(parts: Mapping[str, Any], width: int) -> None:
        check_mean(parts, width)
        spread = np.asarray(parts[squares])
        # Squares of large numbers may be infinite.
        _expect(spread.shape == np.shape(parts[mean]), "a spread of another shape")
        _expect((spread >= 0).all(), "an invalid spread")

    return check


def _check_standardize(parts: Mapping[str, Any], width: int) -> None:
    _check_spread("mean", "squares", "n")(parts, width)
    _expect(_is_real(parts["first"], width), "an invalid first row")


def _check_earliest(parts: Mapping[str, Any], width: int) -> None:
    # Microseconds from the year -9999 to 9999: differences of two dates are within 64 bits.
    _expect(abs(parts["earliest"]) < 4 * 10**17, "an invalid date")


def _check_levels(parts: Mapping[str, Any], width: int) -> None:
    if parts["levels"] is not None:
        _check_list(parts["levels"])


def _check_list(levels: list[Any], kind: Any = str | int | float) -> None:
    _expect(all(isinstance(each, kind) for each in levels), "levels that are no text or numbers")
    _expect(len(set(levels)) == len(levels), "a duplicate level")


def _check_cut(parts: Mapping[str, Any], width: int) -> None:
    breaks, labels = parts["breaks"], parts["labels"]
    _expect(breaks.ndim == 1 and 2 <= len(breaks) <= MOST_KNOTS + 1, "breaks of another number")
    # Breaks that are given may be infinite; the comparison is false for nan.
    _expect((np.diff(breaks) > 0).all(), "breaks out of order")
    _expect(len(labels) == len(breaks) - 1, "labels of other intervals")
    _expect(all(isinstance(each, str) for each in labels), "labels that are no text")


def _check_ntile(parts: Mapping[str, Any], width: int) -> None:
    bounds = parts["bounds"]
    _expect(bounds.ndim == 1 and 1 <= len(bounds) < MOST_KNOTS, "groups of another number")
    _expect((bounds[1:] >= bounds[:-1]).all() and not np.isnan(bounds).any(), "bounds out of order")


def _check_interaction(parts: Mapping[str, Any], width: int) -> None:
    _expect(parts["parts"], "a combination of no factors")
    for levels in parts["parts"]:
        _expect(isinstance(levels, list), "levels that are no list")
        _check_list(levels)
    _check_list(parts["levels"], str)


def _check_pool(parts: Mapping[str, Any], width: int) -> None:
    _check_list([*parts["kept"], *parts["pooled"]])
    _expect(parts["kept"], "no level that is not rare")
    _expect((parts["other"] is None) == (not parts["pooled"]), "rare levels without a name")


def _check_polynomials(parts: Mapping[str, Any], width: int) -> None:
    degree = parts["_degree"]
    _expect(1 <= degree <= width, "an invalid degree")
    wanted = (0,) if parts["_raw"] else (degree,)
    alpha, beta, norm = (parts[name] for name in ("alpha", "beta", "norm"))
    _expect(alpha.shape == beta.shape == norm.shape == wanted, "polynomials of another degree")
    _expect(np.isfinite(alpha).all() and np.isfinite(beta).all(), "polynomials that are not finite")
    _expect((norm > 0).all(), "polynomials without a norm")


def _check_knots(knots: NDArray[Any], least: int, most: int) -> None:
    _expect(knots.ndim == 1 and knots.dtype.kind in "iuf", "invalid knots")
    _expect(least <= len(knots) <= most, "knots of another number")
    _expect(np.isfinite(knots).all() and (np.diff(knots) >= 0).all(), "knots out of order")


def _check_b_spline(parts: Mapping[str, Any], width: int) -> None:
    degree, knots = parts["_degree"], parts["_all_knots"]
    _expect(degree in range(MAX_SPLINE_DEGREE + 1), "an invalid degree")
    ends = 2 * (int(degree) + 1)
    # A spline without an intercept has one column less.
    _check_knots(knots, ends, width + 1 + ends // 2)


def _check_natural_spline(parts: Mapping[str, Any], width: int) -> None:
    knots = parts["_all_knots"]
    _check_knots(knots, 2, width + 1 - parts["_intercept"])
    _expect(np.isfinite(knots[-1] - knots[0]), "knots too far apart")
    _expect((np.diff(knots) > 0).all(), "duplicate knots")


def _check_cubic_spline(parts: Mapping[str, Any], width: int, cyclic: bool) -> None:
    knots, constraints = parts["_all_knots"], parts["_constraints"]
    rows = 0 if constraints is None else len(np.atleast_1d(constraints))
    # Patsy's natural splines need a knot between the ends.
    _check_knots(knots, 2 if cyclic else 3, width + rows + cyclic)
    _expect((np.diff(knots) > 0).all(), "duplicate knots")
    _check_constraints(constraints, len(knots) - cyclic)


def _check_constraints(
    constraints: NDArray[Any] | None, columns: int | None = None, most: int = MOST_COLUMNS
) -> None:
    if constraints is None:
        return
    flat = constraints.ndim == 2 and constraints.dtype.kind in "biuf"
    _expect(flat and np.isfinite(constraints).all(), "invalid constraints")
    rows, wide = constraints.shape
    _expect(wide == (wide if columns is None else columns), "constraints of other columns")
    _expect(0 < rows <= MOST_CONSTRAINTS and wide <= most, "too many constraints")


_CHECKS: dict[type, Callable[[Mapping[str, Any], int], None]] = {
    Center: _check_mean("_sum", "_count"),
    PatsyCenter: _check_mean("_sum", "_count"),
    Days: _check_earliest,
    Standardize: _check_standardize,
    Scale: _check_standardize,
    PatsyStandardize: _check_spread("current_mean", "current_M2", "current_n"),
    Categories: _check_levels,
    Relevel: _check_levels,
    Cut: _check_cut,
    Ntile: _check_ntile,
    Interaction: _check_interaction,
    Pool: _check_pool,
    Polynomials: _check_polynomials,
    NaturalSplines: _check_natural_spline,
    BS: _check_b_spline,
    CR: lambda parts, width: _check_cubic_spline(parts, width, cyclic=False),
    CC: lambda parts, width: _check_cubic_spline(parts, width, cyclic=True),
    TE: lambda parts, width: _check_constraints(parts["_constraints"], most=MOST_CONSTRAINED),
}
