"""Linear changes of coordinates: theta as the user reads it, phi as the optimizer sees it.

With ``scale=True`` phi are the weights of a network on standardised columns (and a standardised
numeric response). Both describe the same function of the raw data, so nothing but the
optimizer, the initial weights and the penalty needs to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Scaling(Protocol):
    """``theta = offset + C phi``, with the units in which the optimizer counts the loss."""

    @property
    def loss_scale(self) -> float:
        """The optimizer's loss is the raw loss over this."""
        ...

    def to_raw(self, phi: Vector) -> Vector:
        """Theta (P,) of phi."""
        ...

    def from_raw(self, theta: Vector) -> Vector:
        """Phi (P,) of theta: the inverse of ``to_raw``."""
        ...

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        """``C' g``: a gradient (or rows of a matrix) in theta becomes one in phi."""
        ...

    def gradient_to_raw(self, gradient: Vector) -> Vector:
        """The inverse of ``gradient_to_scaled``."""
        ...

    def direction_to_raw(self, direction: Vector) -> Vector:
        """``C v``: a direction in phi becomes one in theta."""
        ...


@dataclass(frozen=True, slots=True)
class Unscaled:
    """No change: phi is theta."""

    loss_scale: float = 1.0
    arrays: ClassVar[tuple[Vector, ...]] = ()

    def to_raw(self, phi: Vector) -> Vector:
        return phi

    def from_raw(self, theta: Vector) -> Vector:
        return theta

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        return gradient

    def gradient_to_raw(self, gradient: Vector) -> Vector:
        return gradient

    def direction_to_raw(self, direction: Vector) -> Vector:
        return direction


@dataclass(frozen=True, eq=False)
class LayerScaling:
    """How one weight matrix reads columns that are to be standardised.

    Attributes
    ----------
    start : int
        Where the matrix begins in theta.
    shape : (rows, columns)
    center, spread : (rows,) arrays
        Of what each row multiplies; 0 and 1 where it is left alone.
    bias : int or None
        The row that takes the shift up; without one nothing is centered.
    """

    start: int
    shape: tuple[int, int]
    center: Vector
    spread: Vector
    bias: int | None

    def view(self, theta: Vector) -> Vector:
        """The matrix in theta, (..., rows, columns)."""
        rows, columns = self.shape
        stop = self.start + rows * columns
        return theta[..., self.start : stop].reshape(*theta.shape[:-1], rows, columns)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Weights for columns ``(x - center) / spread`` and outputs ``(y - y_center) / y_spread``.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the weight matrices.
    layers : tuple of LayerScaling
        The matrices that meet columns of X: the first, and the last where X skips to it.
    y_bias : int or None
        The row of the last matrix that takes up ``y_center``.
    y_center : (K,) array
        Of the outputs; ignored where there is no such row.
    y_spread : float
        One number for all outputs, so that the loss only changes its unit.
    """

    shapes: tuple[tuple[int, int], ...]
    layers: tuple[LayerScaling, ...]
    y_bias: int | None
    y_center: Vector
    y_spread: float

    @property
    def loss_scale(self) -> float:
        return self.y_spread**2

    @property
    def arrays(self) -> tuple[Vector, ...]:
        """Of which it is made."""
        parts = ((reading.center, reading.spread) for reading in self.layers)
        return (*chain.from_iterable(parts), self.y_center)

    def to_raw(self, phi: Vector) -> Vector:
        return self.direction_to_raw(phi) + self._shift

    def from_raw(self, theta: Vector) -> Vector:
        phi = theta - self._shift
        phi[self._last] /= self.y_spread
        for reading in self.layers:
            W = reading.view(phi)
            if reading.bias is not None:
                W[reading.bias] += reading.center @ W
            W *= reading.spread[:, None]
        return phi

    def direction_to_raw(self, direction: Vector) -> Vector:
        theta = direction.copy()
        for reading in self.layers:
            W = reading.view(theta)
            W /= reading.spread[:, None]
            if reading.bias is not None:
                W[..., reading.bias, :] -= reading.center @ W
        theta[..., self._last] *= self.y_spread
        return theta

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        pulled = gradient.copy()
        pulled[..., self._last] *= self.y_spread
        for reading in self.layers:
            W = reading.view(pulled)
            if reading.bias is not None:
                W -= reading.center[:, None] * W[..., [reading.bias], :]
            W /= reading.spread[:, None]
        return pulled

    def gradient_to_raw(self, gradient: Vector) -> Vector:
        pushed = gradient.copy()
        for reading in self.layers:
            W = reading.view(pushed)
            W *= reading.spread[:, None]
            if reading.bias is not None:
                W += reading.center[:, None] * W[..., [reading.bias], :]
        pushed[..., self._last] /= self.y_spread
        return pushed

    @property
    def _last(self) -> slice:
        rows, columns = self.shapes[-1]
        return slice(-rows * columns, None)

    @cached_property
    def _shift(self) -> Vector:
        """What ``y_center`` adds to theta: nothing without a hidden layer and an intercept."""
        shift = np.zeros(sum(rows * columns for rows, columns in self.shapes))
        if self.y_bias is not None:
            shift[self._last].reshape(self.shapes[-1])[self.y_bias] = self.y_center
        shift.flags.writeable = False
        return shift


def allow_for_penalty(scaling: Scaled, curvatures: Sequence[Vector], weight: float) -> Scaled:
    """The same for columns on whose raw weights a penalty lies besides.

    Beside rows of weight n, second derivatives a and k of the penalty on intercept and slope leave
    these two apart where the column is counted from ``center n / (n + a)``. Both curvatures are
    about n where it is then measured in ``sqrt(spread**2 + k / n + center**2 a / (n + a))``.

    Parameters
    ----------
    scaling : Scaled
    curvatures : sequence of (rows,) arrays
        Of the penalty on the rows of each matrix that reads columns.
    weight : float
        Of all rows.
    """
    layers = []
    for reading, curvature in zip(scaling.layers, curvatures, strict=True):
        center, spread, bias = reading.center, reading.spread, reading.bias
        a = 0.0 if bias is None else curvature[bias]
        share = a / (weight + a)
        shift = center if bias is not None else np.zeros_like(center)
        moving = (center != 0.0) | (spread != 1.0)
        with np.errstate(over="ignore"):
            squares = spread**2 + curvature / weight + share * shift**2
        damped = np.where(moving & np.isfinite(squares), np.sqrt(squares), spread)
        layers.append(replace(reading, center=center * (1.0 - share), spread=damped))
    return replace(scaling, layers=tuple(layers))


def fit_scaling(
    shapes: tuple[tuple[int, int], ...],
    X: NDArray[np.float64],
    targets: NDArray[np.float64] | None,
    columns: NDArray[np.bool_],
    intercept: int | None,
    w: Vector | None,
    skip: tuple[int, ...] = (),
) -> Scaled:
    """Coordinates in which columns of X and a numeric response have mean 0 and deviation 1.

    ``targets`` is an (n, K) array of a numeric response, or None; all else is as
    `fit_layer_scalings` takes it.
    """
    layers = fit_layer_scalings(shapes, X, columns, intercept, w, skip)
    y_center, y_spread = np.zeros(shapes[-1][1]), 1.0
    if targets is not None:
        y_center, spreads = measure_moments(targets, w)
        y_spread = _join_spreads(spreads) or 1.0
    y_bias = intercept if len(shapes) == 1 else 0
    return Scaled(shapes, layers, y_bias, y_center, y_spread)


def fit_layer_scalings(
    shapes: tuple[tuple[int, int], ...],
    X: NDArray[np.float64],
    columns: NDArray[np.bool_],
    intercept: int | None,
    w: Vector | None,
    skip: tuple[int, ...] = (),
) -> tuple[LayerScaling, ...]:
    """How the matrices that read X read it where some columns have mean 0 and deviation 1.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the weight matrices.
    X : (n, D) array
    columns : (D,) mask
        Columns of X to standardise; constant ones are left alone.
    intercept : int or None
        The intercept's column in X.
    w : (n,) case weights or None
    skip : tuple of int
        Columns of X that the last matrix reads in its last rows.
    """
    center, spread = measure_moments(X, w)
    moving = columns & (spread > 0)
    center, spread = np.where(moving, center, 0.0), np.where(moving, spread, 1.0)
    # Without a row to take up the shift, columns keep their center.
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


def _join_spreads(spreads: Vector) -> float:
    """The root of their mean square, which is the unit of a loss of squares."""
    largest = float(spreads.max())
    if largest and not 1e-153 < largest < 1e153:
        raise ValueError(
            f"the response has a standard deviation of {largest:.3g}, whose square is beyond what "
            "floats hold: bring it to units in which it is nearer to 1"
        )
    return float(np.sqrt((spreads**2).mean()))


def measure_moments(values: NDArray[np.float64], w: Vector | None) -> tuple[Vector, Vector]:
    """Weighted mean and standard deviation (dividing by n) of each column.

    Neither overflows nor vanishes where squares of the values would.
    """
    # Powers of two bring the squares into range and round nothing.
    exponent = np.clip(np.frexp(np.abs(values).max(axis=0, initial=0.0))[1], -1000, 1000)
    values = values * np.ldexp(1.0, -exponent)
    # Counted from a row that has weight, a constant column has a spread of 0 without rounding.
    origin = values[0 if w is None else np.argmax(w > 0)]
    shift = np.average(values - origin, axis=0, weights=w)
    spread = np.sqrt(np.average((values - origin - shift) ** 2, axis=0, weights=w))
    unit = np.ldexp(1.0, exponent)
    return (origin + shift) * unit, spread * unit


def join_moments(counts: Vector, moments: Sequence[tuple[Vector, Vector]]) -> tuple[Vector, Vector]:
    """Mean and standard deviation of all rows from those of the blocks (Chan et al. 1979)."""
    centers, spreads = (np.array(part) for part in zip(*moments, strict=True))
    center = np.average(centers, axis=0, weights=counts)
    deviations = np.hypot(spreads, centers - center)
    largest = deviations.max(axis=0)
    unit = np.where(largest > 0, largest, 1.0)  # so that no square overflows or vanishes
    return center, unit * np.sqrt(np.average((deviations / unit) ** 2, axis=0, weights=counts))
