"""The softmax family: multinomial logistic regression of K classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy import exp, log, maximum
from numpy.typing import NDArray

from ..errors import listing
from .family import Contrast, Family, draw_classes, scale_rows, spread_columns, weighted_sum
from .normal_scores import draw_normal_scores, find_class_tails

Array = NDArray[Any]
Floats = NDArray[np.float64]

# Up to this number of classes a product with an indicator matrix is faster than indexing.
_FEW_CLASSES = 16


@dataclass(frozen=True, slots=True)
class Softmax:
    """Multinomial family with the softmax: K classes, K scores.

    ``mu = exp(eta) / sum(exp(eta))`` in each row. The loss is the negative log-likelihood,
    ``log(sum(exp(eta))) - eta[y]`` in each row, computed from scores shifted by their maximum.

    Examples
    --------
    >>> eta = np.log([[1.0, 2.0, 1.0]])
    >>> Softmax().mean(eta).round(12).tolist()
    [[0.25, 0.5, 0.25]]
    >>> loss, delta = Softmax().loss_and_delta(eta, np.array([1]), None)
    >>> round(loss, 4), delta.round(12).tolist()
    (0.6931, [[0.25, -0.5, 0.25]])
    """

    name: str = "softmax"
    is_shift_invariant: ClassVar[bool] = True

    def wants_classes(self, numbers: Floats | None) -> bool:
        return True

    def for_classes(self, classes: Sequence[Any]) -> Family:
        return self

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        if not classes:
            raise ValueError(
                f"family 'softmax' needs one response of classes; cbind joins {len(responses)} of "
                f"numbers, {listing(responses)}. Name a column of classes, or use 'gaussian' or "
                "'poisson', or 'binomial' for cbind(successes, failures)."
            )
        return list(classes)

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        if offset.shape[1] == 1:
            raise ValueError(
                "an offset of one column adds the same to the score of every class, and cancels "
                f"out: give a column for each of the {K} classes, offset(cbind(a, b, ...)) in the "
                "formula or offset=['a', 'b', ...]"
            )
        return spread_columns(offset, K)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(np.intp)

    def mean(self, eta: Floats) -> Floats:
        mu: Floats = exp(eta - eta.max(axis=1, keepdims=True))
        mu /= mu.sum(axis=1, keepdims=True)
        return mu

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        shifted = eta - np.maximum.reduce(eta, axis=1, keepdims=True)
        delta: Floats = exp(shifted)
        total = np.add.reduce(delta, axis=1, keepdims=True)
        delta /= total
        # Both branches give the same score of the row's own class.
        if Y.ndim == 2:
            delta -= Y
            shifted *= Y
            own = np.add.reduce(shifted, axis=1)
        else:
            rows = np.arange(len(eta))
            delta[rows, Y] -= 1.0
            own = shifted[rows, Y]
        return weighted_sum(log(total[:, 0]) - own, w), scale_rows(delta, w)

    def row_losses(self, eta: Floats, Y: Array) -> Floats:
        """Return the loss (n,) of each row, of class codes Y."""
        shifted = eta - eta.max(axis=1, keepdims=True)
        losses: Floats = log(exp(shifted).sum(axis=1)) - shifted[np.arange(len(eta)), Y]
        return losses

    def prepare_response(self, Y: Array, K: int) -> Array:
        """Return an indicator matrix (n, K) instead of the codes if there are few classes."""
        return self.observed_means(Y, K) if K <= _FEW_CLASSES else Y

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        # The product is invariant to a shift of v in each row; subtracting it reduces rounding.
        v = v - v.min(axis=-1, keepdims=True)
        product: Floats = mu * (v - (mu * v).sum(axis=-1, keepdims=True))
        return product

    def mean_product(self, mu: Floats, v: Floats) -> Floats:
        """Return the derivative of the means along v (..., n, K)."""
        return self.variance_product(mu, v, mu)

    def log_likelihood(self, loss: float, Y: Array, w: Floats) -> float:
        """Return the log-likelihood, minus the loss."""
        return -loss

    def observed_means(self, Y: Array, K: int) -> Floats:
        # The memory order of the scores; mixed orders are several times slower.
        return np.asarray(np.arange(K)[:, None] == Y, dtype=float).T

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        counts = np.bincount(Y, weights=w, minlength=K)
        return np.asarray(counts / counts.sum())

    def link(self, mu: Floats) -> Floats:
        return log(maximum(mu, np.finfo(float).tiny))

    def scalable_response(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return np.asarray(eta.argmax(axis=1))

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y

    def quantile_residuals(
        self, mu: Floats, Y: Array, dispersion: float, generator: np.random.Generator
    ) -> Floats:
        """Return quantile residuals (n, 1), by the probabilities up to each class in their order.

        As those of an ordinal response (Dunn and Smyth, 1996).
        """
        return draw_normal_scores(*find_class_tails(mu, Y), generator)

    def draw(
        self,
        mu: Floats,
        response: Array,
        w: Floats | None,
        spread: None,
        generator: np.random.Generator,
    ) -> NDArray[np.intp]:
        """Draw class codes (n,)."""
        return draw_classes(mu, generator)

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        """Yield the contrasts of the class of each row with every other class."""
        units = np.eye(mu.shape[1])
        for own, unit in enumerate(units):
            rows = np.flatnonzero(own == Y)
            for k, other in enumerate(units):
                if k != own and len(rows):
                    yield Contrast(rows, unit - other, mu[rows, k], own, k)
