"""Standardization: fit the scaling that gives columns and a response mean 0 and deviation 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .moments import measure_moments
from .scaling import LayerScaling, Scaled

Vector = NDArray[np.float64]


def fit_scaling(
    shapes: tuple[tuple[int, int], ...],
    X: NDArray[np.float64],
    targets: NDArray[np.float64] | None,
    columns: NDArray[np.bool_],
    intercept: int | None,
    w: Vector | None,
    skip: tuple[int, ...] = (),
    y_spreads: Vector | None = None,
) -> Scaled:
    """Fit the scaling of columns of X and of a numeric response to mean 0 and deviation 1.

    ``targets`` is the (n, K) array of a numeric response, or None; ``y_spreads`` are the units
    (K,) in which the loss counts several responses, or None. See `fit_layer_scalings` for the other
    parameters.

    Raises
    ------
    ValueError
        If the square of a response's standard deviation overflows or underflows.
    """
    layers = fit_layer_scalings(shapes, X, columns, intercept, w, skip)
    y_center, y_spread = np.zeros(shapes[-1][1]), 1.0
    if targets is not None:
        y_center, spreads = measure_moments(targets, w)
        if y_spreads is None:
            y_spread = _pool_spreads(spreads) or 1.0
        else:
            for spread in y_spreads:
                _check_spread(spread)
    y_bias = intercept if len(shapes) == 1 else 0
    return Scaled(shapes, layers, y_bias, y_center, y_spread, y_spreads)


def fit_layer_scalings(
    shapes: tuple[tuple[int, int], ...],
    X: NDArray[np.float64],
    columns: NDArray[np.bool_],
    intercept: int | None,
    w: Vector | None,
    skip: tuple[int, ...] = (),
) -> tuple[LayerScaling, ...]:
    """Fit the scaling of the layers that read columns of X, to mean 0 and deviation 1.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the weight matrices.
    X : (n, D) array
    columns : (D,) mask
        Columns of X to standardize; constant columns are left as they are.
    intercept : int or None
        Index of the intercept in X.
    w : (n,) case weights or None
    skip : tuple of int
        Columns of X that the last matrix multiplies by its last rows.
    """
    center, spread = measure_moments(X, w)
    scaled = columns & (spread > 0)
    center, spread = np.where(scaled, center, 0.0), np.where(scaled, spread, 1.0)
    # Without an intercept the first layer has no row for the shift, and columns are not centered.
    shifts = center if intercept is not None else np.zeros_like(center)
    first = LayerScaling(0, shapes[0], shifts, spread, intercept)
    if not skip:
        return (first,)
    rows, outputs = shapes[-1]
    before = rows - len(skip)
    start = sum(r * c for r, c in shapes[:-1])
    center = np.concatenate([np.zeros(before), center[list(skip)]])
    spread = np.concatenate([np.ones(before), spread[list(skip)]])
    return first, LayerScaling(start, (rows, outputs), center, spread, 0)


def allow_for_penalty(scaling: Scaled, curvatures: Sequence[Vector], weight: float) -> Scaled:
    """Adapt a scaling to a penalty on raw weights, so that the Hessian stays well conditioned.

    Let the rows weigh n in all, and let a and k be the second derivatives of the penalty by an
    intercept and a slope. Intercept and slope are then uncorrelated in the Hessian if the column is
    centered at ``center n / (n + a)``, and both second derivatives are about n if it is divided by
    ``sqrt(spread**2 + k / n + center**2 a / (n + a))``.

    Parameters
    ----------
    scaling : Scaled
    curvatures : sequence of (rows,) arrays
        Second derivatives of the penalty by the rows of each matrix in ``scaling.layers``.
    weight : float
        Sum of the case weights.
    """
    layers = []
    for layer, curvature in zip(scaling.layers, curvatures, strict=True):
        center, spread, bias = layer.center, layer.spread, layer.bias
        a = 0.0 if bias is None else curvature[bias]
        share = a / (weight + a)
        shift = center if bias is not None else np.zeros_like(center)
        scaled = (center != 0.0) | (spread != 1.0)
        with np.errstate(over="ignore"):
            squares = spread**2 + curvature / weight + share * shift**2
        adapted = np.where(scaled & np.isfinite(squares), np.sqrt(squares), spread)
        layers.append(replace(layer, center=center * (1.0 - share), spread=adapted))
    return replace(scaling, layers=tuple(layers))


def _pool_spreads(spreads: Vector) -> float:
    """Root mean square of the standard deviations of all outputs."""
    if spreads.any():
        _check_spread(float(spreads.max()))
    return float(np.sqrt((spreads**2).mean()))


def _check_spread(spread: float) -> None:
    if not 1e-153 < spread < 1e153:
        raise ValueError(
            f"the response has a standard deviation of {spread:.3g}, whose square is beyond what "
            "floats hold: bring it to units in which it is nearer to 1"
        )
