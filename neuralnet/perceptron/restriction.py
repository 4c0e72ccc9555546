"""Restriction: the objective as a function of some weights, while all others are fixed.

An optimizer sees the free weights alone, so that no step, history or convergence criterion has an
entry for a fixed one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .batch import Sums
from .objective import Objective, Squares
from .scaling import LayerScaling, Scaled, Scaling

Vector = NDArray[np.float64]

# The whole Hessian is computed for up to this number of weights for each free one.
MOST_WHOLE = 2


class Dependence(NamedTuple):
    """Fixed biases of one matrix, whose scaled weights depend on free ones.

    Attributes
    ----------
    layer : LayerScaling
    bias : int
        The row of the biases.
    columns : (m,) array of int
        Columns of the matrix whose bias is fixed.
    slopes : (rows,) array
        Of the scaled bias by the scaled weights of its column: ``center / spread``.
    level : (m,) array
        The scaled bias where these weights are 0.
    """

    layer: LayerScaling
    bias: int
    columns: NDArray[np.intp]
    slopes: Vector
    level: Vector


@dataclass(frozen=True, eq=False)
class Restriction:
    """The affine map from free scaled weights (F,) to all raw weights (P,): a `Scaling`.

    Scaled weights of columns that are centered shift the bias of their output. Where this bias is
    fixed, its scaled weight depends on the others, ``u_b = theta_b + sum(center / spread * u)``:
    its column of the matrix is then only divided by its spread, and not centered.

    Parameters
    ----------
    scaling : Scaling
        Between all raw and all scaled weights.
    mask : (P,) array of bool
        True: free.
    theta : (P,) array
        Raw weights, of which the fixed ones count.
    """

    scaling: Scaling
    mask: NDArray[np.bool_]
    theta: Vector

    @property
    def loss_scale(self) -> float:
        """The raw loss divided by the optimizer's loss."""
        return self.scaling.loss_scale

    def to_raw(self, phi: Vector) -> Vector:
        """Compute theta (P,) from phi (F,), with the fixed weights to the bit."""
        whole = self._origin.copy()
        whole[self.mask] = phi
        return np.where(self.mask, self.scaling.to_raw(whole), self.theta)

    def from_raw(self, theta: Vector) -> Vector:
        """Compute phi (F,) from theta (P,)."""
        return self.scaling.from_raw(theta)[self.mask]

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        """From a gradient (..., P) by theta to the gradient (..., F) by phi."""
        free = np.where(self.mask, gradient, 0.0)
        return self.scaling.gradient_to_scaled(free)[..., self.mask]

    def gradient_to_raw(self, gradient: Vector) -> Vector:
        """From a gradient (..., F) by phi to that by theta (..., P), 0 for fixed weights."""
        return np.where(self.mask, self.scaling.gradient_to_raw(self.scatter(gradient)), 0.0)

    def direction_to_raw(self, direction: Vector) -> Vector:
        """From a direction (..., F) in phi to the direction (..., P) in theta."""
        return np.where(self.mask, self.scaling.direction_to_raw(self.scatter(direction)), 0.0)

    def scatter(self, free: Vector) -> Vector:
        """Put an array (..., F) in one of all weights (..., P), with 0 for fixed ones."""
        whole = np.zeros((*free.shape[:-1], self.mask.size))
        whole[..., self.mask] = free
        return whole

    def embed(self, phi: Vector) -> Vector:
        """Compute all scaled weights (P,) from the free ones (F,)."""
        whole = self._origin.copy()
        whole[self.mask] = phi
        for layer, bias, columns, slopes, level in self._dependent:
            W = layer.view(whole)
            W[bias, columns] = level + slopes @ W[:, columns]
        return whole

    def embed_direction(self, direction: Vector) -> Vector:
        """From a direction (F,) in the free scaled weights to that in all of them (P,)."""
        whole = self.scatter(direction)
        for layer, bias, columns, slopes, _ in self._dependent:
            W = layer.view(whole)
            W[bias, columns] = slopes @ W[:, columns]
        return whole

    def pull(self, gradient: Vector) -> Vector:
        """From a gradient (..., P) by all scaled weights to that by the free ones (..., F)."""
        whole = gradient.copy() if self._dependent else gradient
        for layer, bias, columns, slopes, _ in self._dependent:
            W = layer.view(whole)
            W[..., columns] += slopes[:, None] * W[..., None, bias, columns]
        return whole[..., self.mask]

    @property
    def dependent_biases(self) -> NDArray[np.bool_]:
        """Mask (P,) of the fixed biases whose scaled weight depends on free ones."""
        found = np.zeros(self.mask.size, dtype=bool)
        for layer, bias, columns, *_ in self._dependent:
            found[layer.start + bias * layer.shape[1] + columns] = True
        return found

    @cached_property
    def _origin(self) -> Vector:
        return self.scaling.from_raw(self.theta)

    @cached_property
    def _dependent(self) -> tuple[Dependence, ...]:
        layers = self.scaling.layers if isinstance(self.scaling, Scaled) else ()
        found = ((layer, bias) for layer in layers if (bias := layer.bias) is not None)
        return tuple(filter(None, (self._find_dependence(*each) for each in found)))

    def _find_dependence(self, layer: LayerScaling, bias: int) -> Dependence | None:
        free = self.mask[layer.start :][: layer.shape[0] * layer.shape[1]].reshape(layer.shape)
        columns, slopes = np.flatnonzero(~free[bias]), layer.center / layer.spread
        slopes[bias] = 0.0
        if not (columns.size and slopes.any()):
            return None
        alone = self.theta.copy()
        W = layer.view(alone)
        W[np.arange(len(W)) != bias] = 0.0
        level = layer.view(self.scaling.from_raw(alone))[bias, columns]
        return Dependence(layer, bias, columns, slopes, level)


@dataclass(frozen=True, eq=False)
class FreeGradient(Restriction):
    """A restriction for gradients (..., F) by free raw weights, which have no entry for others."""

    def gradient_to_scaled(self, gradient: Vector) -> Vector:
        """From a gradient (..., F) by free raw weights to that by free scaled weights."""
        return super().gradient_to_scaled(self.scatter(gradient))


@dataclass(frozen=True)
class RestrictedObjective(Objective):
    """An objective as a function of the free weights alone.

    Parameters
    ----------
    whole : Objective
        Of all weights; all other fields but ``observe`` are its own.
    restriction : Restriction
        Also the ``scaling`` of this objective.
    """

    whole: Objective = None  # type: ignore[assignment]
    restriction: Restriction = None  # type: ignore[assignment]

    def __call__(self, phi: Vector) -> tuple[float, Vector]:
        """Evaluate the value, and its gradient (F,) without the L1 part, in one pass."""
        value, gradient = self.whole(self.restriction.embed(phi))
        gradient = self.restriction.pull(gradient)
        if self.observe is not None:
            self.observe(phi, gradient)
        return value, gradient

    def run_steps(self, *args: Any, **options: Any) -> None:
        """Return None: engines run several steps of all weights only."""

    @cached_property
    def l1_weight(self) -> float | Vector:
        """The L1 factor of each free absolute weight."""
        weight = self.whole.l1_weight
        return weight[self.restriction.mask] if isinstance(weight, np.ndarray) else weight

    @property
    def outputs(self) -> slice | None:  # type: ignore[override]
        """The free weights of the output layer; None where there are none."""
        free = np.count_nonzero(self.restriction.mask[self.whole.outputs])
        return slice(-free, None) if free else None

    def _find_squares(self, phi: Vector) -> Squares | None:
        squares = self.whole._find_squares(self.restriction.embed(phi))
        return None if squares is None else (self.restriction.pull(squares[0]), squares[1])

    def loss(self, value: float, phi: Vector) -> float:
        """Recover the raw loss from the value at phi."""
        return self.whole.loss(value, self.restriction.embed(phi))

    def evaluate(self, phi: Vector) -> Sums:
        """Raw loss without penalty, and weight of the rows classified right."""
        return self.whole.evaluate(self.restriction.embed(phi))

    def penalty_in_raw_units(self, theta: Vector) -> float:
        """Penalty of all weights at theta, in the units of the raw loss."""
        return self.whole.penalty_in_raw_units(theta)

    def hessian(self, phi: Vector) -> NDArray[np.float64]:
        """Hessian of the value without the L1 part, (F, F).

        Of few among many weights it is computed column by column, as the whole one (P, P) may be
        too large for the memory.
        """
        F, pull = len(phi), self.restriction.pull
        if self.restriction.mask.size > MOST_WHOLE * F:
            H = np.array([self.hessian_vector(phi, v) for v in np.eye(F)])
            return np.asarray(0.5 * (H + H.T))
        return pull(pull(self.whole.hessian(self.restriction.embed(phi))).T)

    def hessian_vector(self, phi: Vector, v: Vector) -> Vector:
        """Product of the Hessian with a vector v (F,)."""
        fixed = self.restriction
        return fixed.pull(self.whole.hessian_vector(fixed.embed(phi), fixed.embed_direction(v)))

    def split_minibatches(self, order: NDArray[np.intp], size: int) -> Iterator[Objective]:
        """Split the rows, in this order, into mini-batches of ``size`` rows, each an objective."""
        for part in self.whole.split_minibatches(order, size):
            yield replace(self, batches=part.batches, share=part.share, whole=part)


def restrict(objective: Objective, mask: NDArray[np.bool_], theta: Vector) -> RestrictedObjective:
    """Express an objective as a function of the weights where the mask is True.

    Parameters
    ----------
    objective : Objective
    mask : (P,) array of bool
    theta : (P,) array
        Raw weights, of which those outside the mask are fixed.
    """
    restriction = Restriction(objective.scaling, mask, theta)
    own = {each.name: getattr(objective, each.name) for each in fields(Objective)}
    own["scaling"] = restriction
    return RestrictedObjective(**own, whole=objective, restriction=restriction)
