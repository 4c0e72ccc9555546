"""The binomial family for two classes: logistic regression."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import exp, log1p, maximum
from numpy.typing import NDArray

from ..errors import listing
from .family import (
    Contrast,
    Family,
    draw_classes,
    list_contrasts,
    scale_rows,
    spread_columns,
    sum_losses,
    weighted_mean,
)
from .grouped_binomial import GroupedBinomial
from .logit import logistic, logit
from .normal_scores import draw_normal_scores, find_class_tails

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Binomial:
    """Binomial family with the logit link: two classes, one score, mu is P(second class).

    The loss is the negative log-likelihood, ``log(1 + exp(eta)) - y * eta`` in each row.

    Examples
    --------
    >>> eta, Y = np.array([[0.0], [0.0]]), np.array([[0.0], [1.0]])
    >>> loss, delta = Binomial().loss_and_delta(eta, Y, None)
    >>> round(loss, 4), delta.ravel().tolist()
    (1.3863, [0.5, -0.5])
    """

    name: str = "binomial"

    def wants_classes(self, numbers: Floats | None) -> bool:
        """Treat numbers as classes unless they can only be proportions."""
        if numbers is None or bool((numbers == np.rint(numbers)).all()):
            return True
        shares = (numbers > 0) & (numbers < 1)
        return len(np.unique(numbers)) <= 2 and not shares.any()

    def for_classes(self, classes: Sequence[Any]) -> Family:
        return self if classes else GroupedBinomial()

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        if len(classes) != 2:
            raise ValueError(
                f"family 'binomial' needs a response of two classes; {responses[0]} has "
                f"{len(classes)}: {listing(classes)}. Write cbind(successes, failures) for counts, "
                "or give proportions in [0, 1] with weights= the trials. Use family='softmax' for "
                "more classes, or 'gaussian' or 'poisson' for numbers."
            )
        return [classes[1]]

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        return spread_columns(offset, K)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float)[:, None]

    def mean(self, eta: Floats) -> Floats:
        return logistic(eta, exp(-abs(eta)))

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the loss and the mean of each score."""
        tail = exp(-abs(eta))
        return maximum(eta, 0.0) - y * eta + log1p(tail), logistic(eta, tail)

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        losses, mu = self.unit_loss_and_mean(eta, Y)
        return sum_losses(losses, w), scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return mu * (1.0 - mu) * v

    def mean_product(self, mu: Floats, v: Floats) -> Floats:
        """Return the derivative of the means along v (..., n, K)."""
        return mu * (1.0 - mu) * v

    def log_likelihood(self, loss: float, Y: Array, w: Floats) -> float:
        """Return the log-likelihood, minus the loss."""
        return -loss

    def observed_means(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return weighted_mean(Y, w)

    def link(self, mu: Floats) -> Floats:
        return logit(mu)

    def scalable_response(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return (eta[:, 0] > 0).astype(np.intp)

    def probabilities(self, mu: Floats) -> Floats:
        return np.hstack([1.0 - mu, mu])

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y[:, 0].astype(np.intp)

    def quantile_residuals(
        self, mu: Floats, Y: Array, dispersion: float, generator: np.random.Generator
    ) -> Floats:
        """Return quantile residuals (n, 1), at random between the limits of each class."""
        tails = find_class_tails(self.probabilities(mu), self.codes(Y))
        return draw_normal_scores(*tails, generator)

    def draw(
        self,
        mu: Floats,
        response: Array,
        w: Floats | None,
        spread: None,
        generator: np.random.Generator,
    ) -> NDArray[np.intp]:
        """Draw class codes (n,)."""
        return draw_classes(self.probabilities(mu), generator)

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        return list_contrasts(mu, Y, 2.0 * Y - 1.0)
