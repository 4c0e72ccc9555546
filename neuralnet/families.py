"""Output layers as GLM families: from scores eta to means mu, loss and d loss / d eta.

All have their canonical link, so d loss / d eta = mu - y. The loss is half the weighted
deviance, computed from scores alone: it stays finite where a probability rounds to 0 or 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .messages import listing

__all__ = ["FAMILIES", "Binomial", "Family", "Gaussian", "Poisson", "Softmax"]

Floats = NDArray[np.float64]
Array = NDArray[Any]


class Family(Protocol):
    """What the kernel and the network ask of an output layer.

    ``n`` rows, ``K`` outputs; ``eta`` and ``mu`` are (n, K), ``Y`` is what ``encode`` made and
    ``w`` are (n,) case weights or None.
    """

    @property
    def name(self) -> str: ...
    @property
    def wants_classes(self) -> bool:
        """Whether the response is a class; otherwise it is a number."""
        ...

    def output_names(self, response: str, classes: Sequence[Any]) -> list[Any]:
        """Names of the K outputs; raises ValueError where the classes do not suit."""
        ...

    def encode(self, response: Array, index: Any = None) -> Array:
        """Class codes or numbers (n,) to Y.

        Raises
        ------
        ValueError
            Naming the first bad row, by its label where ``index`` gives them.
        """
        ...

    def mean(self, eta: Floats) -> Floats:
        """Mu of scores, (n, K): the inverse link."""
        ...

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        """The loss, a sum over rows, and d loss / d eta (n, K), both weighted by w."""
        ...

    def variance_product(self, mu: Floats, v: Floats) -> Floats:
        """The derivative of mu along ``v``, a direction of eta: the variance times v."""
        ...

    def indicator(self, Y: Array, K: int) -> Floats:
        """The response on the scale of mu, (n, K): 0 and 1 for classes."""
        ...

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        """Weighted mean of the response on the scale of mu, (K,)."""
        ...

    def link(self, mu: Floats) -> Floats:
        """Scores whose mean is ``mu``."""
        ...

    def targets(self, Y: Array) -> Floats | None:
        """Numbers that may be standardized, (n, K): only where the mean is the score."""
        ...

    def classify(self, eta: Floats) -> NDArray[np.intp] | None:
        """Class codes (n,), ties to the first class; None where there are no classes."""
        ...

    def probabilities(self, mu: Floats) -> Floats:
        """One column a class, (n, number of classes); for a numeric response mu itself."""
        ...

    def codes(self, Y: Array) -> NDArray[np.intp] | None:
        """The class codes (n,) that Y was made of; None where there are no classes."""
        ...


def _weighted_sum(rows: Floats, w: Floats | None) -> float:
    return float(rows.sum(dtype=np.float64) if w is None else np.dot(w, rows.astype(np.float64)))


def _scale_rows(delta: Floats, w: Floats | None) -> Floats:
    return delta if w is None else delta * w[:, None]


def _mean_rows(values: Floats, w: Floats | None) -> Floats:
    mean: Floats = np.average(values, axis=0, weights=w)
    return mean


@dataclass(frozen=True, slots=True)
class Softmax:
    """Multinomial logit: K classes, K scores, ``mu = exp(eta) / sum(exp(eta))`` in each row.

    The loss is minus the log-likelihood, ``log(sum(exp(eta))) - eta[y]`` in each row.
    """

    name: str = "softmax"
    wants_classes: bool = True

    def output_names(self, response: str, classes: Sequence[Any]) -> list[Any]:
        return list(classes)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(np.intp)

    def mean(self, eta: Floats) -> Floats:
        mu: Floats = np.exp(eta - eta.max(axis=1, keepdims=True))
        mu /= mu.sum(axis=1, keepdims=True)
        return mu

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        rows = np.arange(len(eta))
        shifted = eta - eta.max(axis=1, keepdims=True)
        delta: Floats = np.exp(shifted)
        total = delta.sum(axis=1)
        losses = np.log(total) - shifted[rows, Y]
        delta /= total[:, None]
        delta[rows, Y] -= 1.0
        return _weighted_sum(losses, w), _scale_rows(delta, w)

    def variance_product(self, mu: Floats, v: Floats) -> Floats:
        product: Floats = mu * (v - (mu * v).sum(axis=-1, keepdims=True))
        return product

    def indicator(self, Y: Array, K: int) -> Floats:
        return np.asarray(np.arange(K) == Y[:, None], dtype=float)

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        counts = np.bincount(Y, weights=w, minlength=K)
        return np.asarray(counts / counts.sum())

    def link(self, mu: Floats) -> Floats:
        return np.log(np.maximum(mu, np.finfo(float).tiny))

    def targets(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return np.asarray(eta.argmax(axis=1))

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y


@dataclass(frozen=True, slots=True)
class Binomial:
    """Logistic regression: two classes, one score, ``mu`` the probability of the second.

    The loss is minus the log-likelihood, ``log(1 + exp(eta)) - y * eta`` in each row.
    """

    name: str = "binomial"
    wants_classes: bool = True

    def output_names(self, response: str, classes: Sequence[Any]) -> list[Any]:
        if len(classes) != 2:
            raise ValueError(
                f"family 'binomial' needs a response of two classes; {response} has "
                f"{len(classes)}: {listing(classes)}. Use family='softmax' for more classes, or "
                "'gaussian' or 'poisson' for numbers."
            )
        return [classes[1]]

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float)[:, None]

    def mean(self, eta: Floats) -> Floats:
        small = np.exp(-np.abs(eta))
        mean: Floats = np.where(eta >= 0, 1.0, small) / (1.0 + small)
        return mean

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        small = np.exp(-np.abs(eta))
        losses = np.maximum(eta, 0.0) - Y * eta + np.log1p(small)
        delta = np.where(eta >= 0, 1.0, small) / (1.0 + small) - Y
        return _weighted_sum(losses[:, 0], w), _scale_rows(delta, w)

    def variance_product(self, mu: Floats, v: Floats) -> Floats:
        return mu * (1.0 - mu) * v

    def indicator(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return _mean_rows(Y, w)

    def link(self, mu: Floats) -> Floats:
        tiny = np.finfo(float).tiny
        return np.log(np.maximum(mu, tiny)) - np.log(np.maximum(1.0 - mu, tiny))

    def targets(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return (eta[:, 0] > 0).astype(np.intp)

    def probabilities(self, mu: Floats) -> Floats:
        return np.hstack([1.0 - mu, mu])

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y[:, 0].astype(np.intp)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """Least squares: ``mu = eta``, and the loss is half the weighted sum of squares.

    R's nnet takes the whole sum of squares, so that its ``decay`` weighs half as much as here.
    """

    name: str = "gaussian"
    wants_classes: bool = False

    def output_names(self, response: str, classes: Sequence[Any]) -> list[Any]:
        return [response]

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float).reshape(len(response), -1)

    def mean(self, eta: Floats) -> Floats:
        return eta

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        delta = eta - Y
        return 0.5 * _weighted_sum((delta * delta).sum(axis=1), w), _scale_rows(delta, w)

    def variance_product(self, mu: Floats, v: Floats) -> Floats:
        return v

    def indicator(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return _mean_rows(Y, w)

    def link(self, mu: Floats) -> Floats:
        return mu

    def targets(self, Y: Array) -> Floats | None:
        return Y

    def classify(self, eta: Floats) -> None:
        return None

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Poisson(Gaussian):
    """Counts: ``mu = exp(eta)``, and the loss is ``y log(y / mu) - (y - mu)`` in each row."""

    name: str = "poisson"

    def encode(self, response: Array, index: Any = None) -> Array:
        Y = Gaussian.encode(self, response)
        bad = np.flatnonzero((Y < 0).any(axis=1))
        if bad.size:
            row = bad[0] if index is None else index[bad[0]]
            raise ValueError(
                f"family 'poisson' needs counts of 0 or more; row {row} has {Y[bad[0]].min():g}"
            )
        return Y

    # A mean may be infinite: whoever asked sees it, and NumPy need not warn.
    @np.errstate(over="ignore")
    def mean(self, eta: Floats) -> Floats:
        mu: Floats = np.exp(eta)
        return mu

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        mu = self.mean(eta)
        # With d = log(mu / y) this is y (exp(d) - 1 - d), which never falls below 0 by rounding.
        base = np.where(Y > 0, Y, 1.0)
        d = eta - np.log(base)
        with np.errstate(over="ignore", invalid="ignore"):
            losses = np.where(Y > 0, base * (np.expm1(d) - d), mu)
            return _weighted_sum(losses.sum(axis=1), w), _scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats) -> Floats:
        return mu * v

    def link(self, mu: Floats) -> Floats:
        return np.log(np.maximum(mu, np.finfo(float).tiny))

    def targets(self, Y: Array) -> None:
        return None


FAMILIES: dict[str, Family] = {f.name: f for f in (Softmax(), Binomial(), Gaussian(), Poisson())}
