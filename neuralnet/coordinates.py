"""Linear changes of coordinates: theta as the user reads it, phi as the optimizer sees it.

With ``scale=True`` phi are the weights of a network on standardised columns (and a standardised
numeric response). Both describe the same function of the raw data, so nothing but the
optimizer, the initial weights and the penalty needs to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Coordinates", "Raw", "Standardized", "standardize"]

Vector = NDArray[np.float64]


class Coordinates(Protocol):
    """``theta = offset + C phi``, with the units in which the optimizer counts the loss."""

    @property
    def unit(self) -> float:
        """The optimizer's loss is the raw loss over this."""
        ...

    def to_raw(self, phi: Vector) -> Vector:
        """Theta (P,) of phi."""
        ...

    def from_raw(self, theta: Vector) -> Vector:
        """Phi (P,) of theta: the inverse of ``to_raw``."""
        ...

    def pull(self, gradient: Vector) -> Vector:
        """``C' g``: a gradient (or rows of a matrix) in theta becomes one in phi."""
        ...

    def push(self, gradient: Vector) -> Vector:
        """The inverse of ``pull``."""
        ...

    def carry(self, direction: Vector) -> Vector:
        """``C v``: a direction in phi becomes one in theta."""
        ...


@dataclass(frozen=True, slots=True)
class Raw:
    """No change: phi is theta."""

    unit: float = 1.0

    def to_raw(self, phi: Vector) -> Vector:
        return phi

    def from_raw(self, theta: Vector) -> Vector:
        return theta

    def pull(self, gradient: Vector) -> Vector:
        return gradient

    def push(self, gradient: Vector) -> Vector:
        return gradient

    def carry(self, direction: Vector) -> Vector:
        return direction


@dataclass(frozen=True, eq=False)
class Standardized:
    """Weights for columns ``(x - center) / spread`` and outputs ``(y - y_center) / y_spread``.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the weight matrices.
    center, spread : (D,) arrays
        Of the columns of X; 0 and 1 for columns that are left alone.
    intercept : int or None
        The intercept's column in X, which takes the shift up. Without one nothing is centered.
    y_center : (K,) array
        Of the outputs; ignored where the last layer has no bias to take it up.
    y_spread : float
        One number for all outputs, so that the loss only changes its unit.
    """

    shapes: tuple[tuple[int, int], ...]
    center: Vector
    spread: Vector
    intercept: int | None
    y_center: Vector
    y_spread: float

    @property
    def unit(self) -> float:
        return self.y_spread**2

    def to_raw(self, phi: Vector) -> Vector:
        return self.carry(phi) + self._shift

    def from_raw(self, theta: Vector) -> Vector:
        phi = theta - self._shift
        phi[self._last] /= self.y_spread
        first = self._first(phi)
        if self.intercept is not None:
            first[self.intercept] += self.center @ first
        first *= self.spread[:, None]
        return phi

    def carry(self, direction: Vector) -> Vector:
        theta = direction.copy()
        first = self._first(theta)
        first /= self.spread[:, None]
        if self.intercept is not None:
            first[..., self.intercept, :] -= self.center @ first
        theta[..., self._last] *= self.y_spread
        return theta

    def pull(self, gradient: Vector) -> Vector:
        pulled = gradient.copy()
        pulled[..., self._last] *= self.y_spread
        first = self._first(pulled)
        if self.intercept is not None:
            first -= self.center[:, None] * first[..., [self.intercept], :]
        first /= self.spread[:, None]
        return pulled

    def push(self, gradient: Vector) -> Vector:
        pushed = gradient.copy()
        first = self._first(pushed)
        first *= self.spread[:, None]
        if self.intercept is not None:
            first += self.center[:, None] * first[..., [self.intercept], :]
        pushed[..., self._last] /= self.y_spread
        return pushed

    def _first(self, theta: Vector) -> Vector:
        """The first weight matrix as a view, (..., D, H1)."""
        rows, columns = self.shapes[0]
        return theta[..., : rows * columns].reshape(*theta.shape[:-1], rows, columns)

    @property
    def _last(self) -> slice:
        rows, columns = self.shapes[-1]
        return slice(-rows * columns, None)

    @cached_property
    def _shift(self) -> Vector:
        """What ``y_center`` adds to theta: nothing without a hidden layer and an intercept."""
        shift = np.zeros(sum(rows * columns for rows, columns in self.shapes))
        bias = self.intercept if len(self.shapes) == 1 else 0
        if bias is not None:
            shift[self._last].reshape(self.shapes[-1])[bias] = self.y_center
        return shift


def standardize(
    shapes: tuple[tuple[int, int], ...],
    X: NDArray[np.float64],
    targets: NDArray[np.float64] | None,
    columns: NDArray[np.bool_],
    intercept: int | None,
    w: Vector | None,
) -> Standardized:
    """Coordinates in which some columns of X have mean 0 and standard deviation 1.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the weight matrices.
    X : (n, D) array
    targets : (n, K) array or None
        A numeric response to be standardised too.
    columns : (D,) mask
        Columns of X to standardise; constant ones are left alone.
    intercept : int or None
        The intercept's column in X.
    w : (n,) case weights or None
    """
    center, spread = _moments(X, w)
    moving = columns & (spread > 0)
    center = np.where(moving & (intercept is not None), center, 0.0)
    spread = np.where(moving, spread, 1.0)
    y_center, y_spread = np.zeros(shapes[-1][1]), 1.0
    if targets is not None:
        y_center, spreads = _moments(targets, w)
        y_spread = float(np.sqrt((spreads**2).mean())) or 1.0
    return Standardized(shapes, center, spread, intercept, y_center, y_spread)


def _moments(values: NDArray[np.float64], w: Vector | None) -> tuple[Vector, Vector]:
    """Weighted mean and standard deviation (dividing by n) of each column."""
    # Counted from a row that has weight, a constant column has a spread of 0 without rounding.
    origin = values[0 if w is None else np.argmax(w > 0)]
    shift = np.average(values - origin, axis=0, weights=w)
    spread = np.sqrt(np.average((values - origin - shift) ** 2, axis=0, weights=w))
    return origin + shift, spread
