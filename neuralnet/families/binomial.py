"""Binomial: logistic regression of a class, or of successes and failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import exp, expm1, log, log1p, maximum, minimum, where
from numpy.typing import NDArray

from ..errors import listing
from .family import (
    Contrast,
    Family,
    list_sides,
    mean_rows,
    refuse_rows,
    scale_rows,
    spread,
    sum_losses,
)
from .gaussian import Numbers

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Binomial:
    """Logistic regression: two classes, one score, ``mu`` the probability of the second.

    The loss is minus the log-likelihood, ``log(1 + exp(eta)) - y * eta`` in each row.
    """

    name: str = "binomial"

    def wants_classes(self, numbers: Floats | None) -> bool:
        """Numbers are classes unless they can only be meant as proportions."""
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
        return spread(offset, K)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float)[:, None]

    def mean(self, eta: Floats) -> Floats:
        return logistic(eta, exp(-abs(eta)))

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses, one for each score, and means."""
        small = exp(-abs(eta))
        return maximum(eta, 0.0) - y * eta + log1p(small), logistic(eta, small)

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        losses, mu = self.unit_loss_and_mean(eta, Y)
        return sum_losses(losses, w), scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return mu * (1.0 - mu) * v

    def observed_means(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return mean_rows(Y, w)

    def link(self, mu: Floats) -> Floats:
        tiny = np.finfo(float).tiny
        return log(maximum(mu, tiny)) - log(maximum(1.0 - mu, tiny))

    def scalable_response(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return (eta[:, 0] > 0).astype(np.intp)

    def probabilities(self, mu: Floats) -> Floats:
        return np.hstack([1.0 - mu, mu])

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y[:, 0].astype(np.intp)

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        return list_sides(mu, Y, 2.0 * Y - 1.0)


def logistic(eta: Floats, small: Floats) -> Floats:
    """``1 / (1 + exp(-eta))``, to the last digit on both sides; ``small`` is ``exp(-abs(eta))``."""
    mean: Floats = exp(minimum(eta, 0.0)) / (1.0 + small)
    return mean


@dataclass(frozen=True, slots=True)
class GroupedBinomial(Numbers):
    """Logistic regression of proportions: one score, ``mu`` the chance of a success.

    Y is (n, 2): the share of successes and the number of trials, 1 where a proportion is given.
    The loss is half the deviance, ``trials * (y log(y / mu) + (1 - y) log((1 - y) / (1 - mu)))``
    in each row.
    """

    name: str = "binomial"

    def for_classes(self, classes: Sequence[Any]) -> Family:
        return self

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        if len(responses) > 2:
            raise ValueError(
                "family 'binomial' takes two columns, cbind(successes, failures); cbind joins "
                f"{len(responses)}: {listing(responses)}"
            )
        return [responses[0]]

    def has_trials(self, response: Array, w: Floats | None) -> NDArray[np.bool_]:
        """Rows of at least one trial, before `encode`; ``w`` are the trials of proportions."""
        if response.ndim == 2:
            return np.asarray((response != 0).any(axis=1))
        return np.ones(len(response), dtype=bool) if w is None else w > 0

    def encode(self, response: Array, index: Any = None) -> Array:
        counts = response.astype(float)
        if counts.ndim == 1:
            wanted = (
                "family 'binomial' takes two classes, cbind of counts, or proportions in [0, 1]"
            )
            refuse_rows((counts < 0) | (counts > 1), index, wanted, counts)
            return np.column_stack([counts, np.ones(len(counts))])
        wanted = (
            "cbind(successes, failures) needs whole numbers of 0 or more (for others give the "
            "proportion as the response, and weights= the trials)"
        )
        bad = ((counts < 0) | (counts != np.rint(counts))).any(axis=1)
        refuse_rows(bad, index, wanted, counts)
        trials = counts.sum(axis=1)
        if len(trials) and not trials.any():
            raise ValueError("cbind(successes, failures) is 0 and 0 in every row: nobody tried")
        return np.column_stack([counts[:, 0] / maximum(trials, 1.0), trials])

    def mean(self, eta: Floats) -> Floats:
        return logistic(eta, exp(-abs(eta)))

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses of one trial, one for each score, and means."""
        return compare_shares(eta, y), logistic(eta, exp(-abs(eta)))

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        y, trials = Y[:, :1], Y[:, 1:]
        losses, mu = self.unit_loss_and_mean(eta, y)
        return sum_losses(trials * losses, w), scale_rows(trials * (mu - y), w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return Y[:, 1:] * mu * (1.0 - mu) * v

    def observed_means(self, Y: Array, K: int) -> Floats:
        return Y[:, :1]

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        trials = Y[:, 1]
        return mean_rows(Y[:, :1], trials if w is None else trials * w)

    def link(self, mu: Floats) -> Floats:
        return Binomial().link(mu)

    def scalable_response(self, Y: Array) -> None:
        return None

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        y, trials = Y[:, :1], Y[:, 1:]
        return list_sides(mu, y, where(trials > 0.0, (y == 1.0) - 1.0 * (y == 0.0), np.nan))


def compare_shares(eta: Floats, y: Floats) -> Floats:
    """``y log(y / mu) + (1 - y) log((1 - y) / (1 - mu))`` from scores, 0 where mu is y.

    With ``d = eta - logit(y)``, and p the share of which mu leaves too little (y where d < 0, else
    1 - y), it is ``log1p(p expm1(-abs(d))) + p abs(d)``. Far from y that loses digits where p is
    almost 1, and what 0s and 1s would cost, less the least that they can, does not.
    """
    inside = (y > 0.0) & (y < 1.0)
    share = where(inside, y, 0.5)
    logs = log(share), log1p(-share)
    d = eta - (logs[0] - logs[1])
    p, t = where(d < 0, share, 1.0 - share), abs(d)
    fall = p * expm1(-t)
    near = log1p(maximum(fall, -0.5)) + p * t
    small = log1p(exp(-abs(eta)))
    wrong = maximum(eta, 0.0) + small, maximum(-eta, 0.0) + small  # -log(1 - mu), -log(mu)
    far = (1.0 - share) * (logs[1] + wrong[0]) + share * (logs[0] + wrong[1])
    losses = maximum(where(fall > -0.5, near, far), 0.0)
    compared: Floats = where(inside, losses, where(y == 0.0, wrong[0], wrong[1]))
    return compared
