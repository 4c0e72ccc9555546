"""Scaling: the linear map between raw weights theta and the scaled weights phi of an optimizer.

With ``scale=True`` phi are the weights of a network on standardized columns and a standardized
numeric response. Both describe the same function of the data. Only the optimizer, the initial
weights and the penalty depend on the scaling.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


class Scaling(Protocol):
    """An affine map ``theta = shift + C phi``, and the factor between the two losses."""

    @property
    def loss_scale(self) -> float:
        """The raw loss divided by the optimizer's loss."""
        ...

    def to_raw(self, phi: Vector) -> Vector:
        """Compute theta (P,) from phi (P,)."""
        ...

    def from_raw(self, theta: Vector) -> Vector:
        """Compute phi (P,) from theta (P,): the inverse of ``to_raw``."""
        ...

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        """Chain rule ``C' g``: from a gradient (..., P) by theta to the gradient by phi."""
        ...

    def gradient_to_raw(self, gradient: Vector) -> Vector:
        """From a gradient (..., P) by phi to the gradient by theta."""
        ...

    def direction_to_raw(self, direction: Vector) -> Vector:
        """``C v``: from a direction (..., P) in phi to the direction in theta."""
        ...


@dataclass(frozen=True, slots=True)
class Unscaled:
    """The identity: phi is theta."""

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
    """Scaling of the columns of X that one weight matrix multiplies.

    Attributes
    ----------
    start : int
        Index of the matrix's first weight in theta.
    shape : (rows, columns)
    center, spread : (rows,) arrays
        Of the column that each row multiplies; 0 and 1 where it is not scaled.
    bias : int or None
        The row of the biases, which absorbs the centers; None: columns are not centered.
    """

    start: int
    shape: tuple[int, int]
    center: Vector
    spread: Vector
    bias: int | None

    def view(self, theta: Vector) -> Vector:
        """View the matrix in theta (..., P) as (..., rows, columns)."""
        rows, columns = self.shape
        stop = self.start + rows * columns
        return theta[..., self.start : stop].reshape(*theta.shape[:-1], rows, columns)


@dataclass(frozen=True, eq=False)
class Scaled:
    """Weights of columns ``(x - center) / spread`` and of outputs ``(y - y_center) / y_spread``.

    Parameters
    ----------
    shapes : tuple of (rows, columns)
        Of the weight matrices.
    layers : tuple of LayerScaling
        The matrices that multiply columns of X: the first, and the last if columns of X skip to it.
    y_bias : int or None
        The row of the last matrix that absorbs ``y_center``.
    y_center : (K,) array
        Of the outputs; ignored if ``y_bias`` is None.
    y_spread : float
        One number for all outputs, so that the loss is only divided by its square.
    y_spreads : (K,) array or None
        One for each output, in place of ``y_spread``, which is then 1: the loss itself counts each
        output in this unit.
    """

    shapes: tuple[tuple[int, int], ...]
    layers: tuple[LayerScaling, ...]
    y_bias: int | None
    y_center: Vector
    y_spread: float
    y_spreads: Vector | None = None

    @property
    def loss_scale(self) -> float:
        return self.y_spread**2

    @property
    def arrays(self) -> tuple[Vector, ...]:
        """All arrays of the record."""
        parts = ((layer.center, layer.spread) for layer in self.layers)
        spreads = [] if self.y_spreads is None else [self.y_spreads]
        return (*chain.from_iterable(parts), self.y_center, *spreads)

    @property
    def response_unit(self) -> float | Vector:
        """The unit of each output."""
        return self.y_spread if self.y_spreads is None else self.y_spreads

    @property
    def delta_unit(self) -> float | Vector:
        """The unit of d loss / d eta: that of the raw loss in the unit of the response."""
        return self.y_spread if self.y_spreads is None else 1.0 / self.y_spreads

    def to_raw(self, phi: Vector) -> Vector:
        return self.direction_to_raw(phi) + self._shift

    def from_raw(self, theta: Vector) -> Vector:
        phi = theta - self._shift
        phi[self._last] /= self._last_unit
        for layer in self.layers:
            W = layer.view(phi)
            if layer.bias is not None:
                W[layer.bias] += layer.center @ W
            W *= layer.spread[:, None]
        return phi

    def direction_to_raw(self, direction: Vector) -> Vector:
        theta = direction.copy()
        for layer in self.layers:
            W = layer.view(theta)
            W /= layer.spread[:, None]
            if layer.bias is not None:
                W[..., layer.bias, :] -= layer.center @ W
        theta[..., self._last] *= self._last_unit
        return theta

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        scaled = gradient.copy()
        scaled[..., self._last] *= self._last_unit
        for layer in self.layers:
            W = layer.view(scaled)
            if layer.bias is not None:
                W -= layer.center[:, None] * W[..., [layer.bias], :]
            W /= layer.spread[:, None]
        return scaled

    def gradient_to_raw(self, gradient: Vector) -> Vector:
        raw = gradient.copy()
        for layer in self.layers:
            W = layer.view(raw)
            W *= layer.spread[:, None]
            if layer.bias is not None:
                W += layer.center[:, None] * W[..., [layer.bias], :]
        raw[..., self._last] /= self._last_unit
        return raw

    @property
    def _last(self) -> slice:
        rows, columns = self.shapes[-1]
        return slice(-rows * columns, None)

    @cached_property
    def _last_unit(self) -> float | Vector:
        """The unit of each weight of the last matrix."""
        rows, _ = self.shapes[-1]
        return self.y_spread if self.y_spreads is None else np.tile(self.y_spreads, rows)

    @cached_property
    def _shift(self) -> Vector:
        """Theta of phi = 0: ``y_center`` as biases of the outputs, 0 without such biases."""
        shift = np.zeros(sum(rows * columns for rows, columns in self.shapes))
        if self.y_bias is not None:
            shift[self._last].reshape(self.shapes[-1])[self.y_bias] = self.y_center
        shift.flags.writeable = False
        return shift
