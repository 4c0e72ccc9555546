"""The binomial family for counts of successes and failures, or for proportions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import exp, expm1, log, log1p, maximum, where
from numpy.typing import NDArray

from ..errors import listing
from .family import (
    Contrast,
    Family,
    NumericResponse,
    check_rows,
    list_contrasts,
    log_factorial,
    scale_rows,
    sum_losses,
    weighted_mean,
)
from .logit import logistic, logit
from .normal_scores import check_counts, draw_normal_scores, find_binomial_tails

Array = NDArray[Any]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupedBinomial(NumericResponse):
    """Binomial family for counts or proportions: one score, mu is the probability of a success.

    Y is (n, 2): the proportion of successes, and the number of trials, which is 1 where a
    proportion is given. The loss is half the deviance,
    ``trials * (y log(y / mu) + (1 - y) log((1 - y) / (1 - mu)))`` in each row (McCullagh and
    Nelder, 1989, Generalized linear models, section 4.4).

    Examples
    --------
    >>> GroupedBinomial().encode(np.array([[1, 3], [0, 2]]))
    array([[0.25, 4.  ],
           [0.  , 2.  ]])
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
        """Return the mask of rows with a trial; for proportions, the trials are ``w``."""
        if response.ndim == 2:
            return np.asarray((response != 0).any(axis=1))
        return np.ones(len(response), dtype=bool) if w is None else w > 0

    def trials(self, Y: Array) -> Floats:
        """Return the number of trials of each row, (n,)."""
        trials: Floats = Y[:, 1]
        return trials

    def find_fractions(self, response: Array, w: Floats | None) -> tuple[NDArray[np.bool_], str]:
        """Return the mask of proportions that are of no whole successes, by R's tolerance."""
        successes = response if w is None or response.ndim > 1 else w * response
        return abs(successes - np.rint(successes)) > 1e-3, (
            "times its trials is no whole number of successes {where}. weights= gives the trials "
            "of each row, else 1: of fractions family 'binomial' gives means, by "
            "quasi-likelihood, but no likelihood"
        )

    def encode(self, response: Array, index: Any = None) -> Array:
        counts = response.astype(float)
        if counts.ndim == 1:
            wanted = (
                "family 'binomial' takes two classes, cbind of counts, or proportions in [0, 1]"
            )
            check_rows((counts < 0) | (counts > 1), index, wanted, counts)
            return np.column_stack([counts, np.ones(len(counts))])
        wanted = (
            "cbind(successes, failures) needs whole numbers of 0 or more (for others give the "
            "proportion as the response, and weights= the trials)"
        )
        bad = ((counts < 0) | (counts != np.rint(counts))).any(axis=1)
        check_rows(bad, index, wanted, counts)
        trials = counts.sum(axis=1)
        if len(trials) and not trials.any():
            raise ValueError(
                "cbind(successes, failures) is 0 and 0 in every row: there are no trials"
            )
        return np.column_stack([counts[:, 0] / maximum(trials, 1.0), trials])

    def mean(self, eta: Floats) -> Floats:
        return logistic(eta, exp(-abs(eta)))

    def unit_loss_and_mean(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return the loss of one trial and the mean of each score."""
        return unit_loss_of_shares(eta, y), logistic(eta, exp(-abs(eta)))

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        y, trials = Y[:, :1], Y[:, 1:]
        losses, mu = self.unit_loss_and_mean(eta, y)
        return sum_losses(trials * losses, w), scale_rows(trials * (mu - y), w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return Y[:, 1:] * mu * (1.0 - mu) * v

    def mean_product(self, mu: Floats, v: Floats) -> Floats:
        """Return the derivative of the means along v (..., n, K)."""
        return mu * (1.0 - mu) * v

    def move_trials(self, Y: Array, w: Floats) -> tuple[Array, Floats | None]:
        """Return Y and w with the trials of proportions, which are given as weights, in Y."""
        y, trials = Y.T
        if ((trials == 1.0) & (y > 0.0) & (y < 1.0)).any():
            return np.column_stack([y, trials * w]), None
        return Y, w

    def log_likelihood(self, loss: float, Y: Array, w: Floats) -> float:
        """Return the log-likelihood, with the binomial coefficients."""
        y, trials = Y.T
        k = trials * y
        ways = log_factorial(trials) - log_factorial(k) - log_factorial(trials - k)
        share = where((y > 0.0) & (y < 1.0), y, 0.5)
        saturated = where(share == y, k * log(share) + (trials - k) * log1p(-share), 0.0)
        return float(w @ (ways + saturated)) - loss

    def observed_means(self, Y: Array, K: int) -> Floats:
        return Y[:, :1]

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        trials = Y[:, 1]
        return weighted_mean(Y[:, :1], trials if w is None else trials * w)

    def link(self, mu: Floats) -> Floats:
        return logit(mu)

    def scalable_response(self, Y: Array) -> None:
        return None

    def quantile_residuals(
        self, mu: Floats, Y: Array, dispersion: float, generator: np.random.Generator
    ) -> Floats:
        """Return quantile residuals (n, 1), at random between the limits of each count.

        Raises
        ------
        ValueError
            If trials or successes are no whole numbers.
        """
        trials = Y[:, 1:]
        successes = trials * Y[:, :1]
        check_counts(successes, trials)
        tails = find_binomial_tails(np.rint(successes), np.rint(trials), mu)
        return draw_normal_scores(*tails, generator)

    def draw(
        self,
        mu: Floats,
        response: Array,
        w: Floats | None,
        spread: None,
        generator: np.random.Generator,
    ) -> Floats:
        """Draw successes and failures (n, 2), or proportions (n, 1) of w trials, by default 1.

        Raises
        ------
        ValueError
            If w are no whole numbers where they are the trials.
        """
        if response.ndim == 2:
            successes = generator.binomial(response.sum(axis=1).astype(np.int64), mu[:, 0])
            return np.column_stack([successes, response.sum(axis=1) - successes])
        trials = np.ones(len(mu)) if w is None else w
        if (trials != np.rint(trials)).any():
            raise ValueError(
                "proportions are drawn as shares of weights= trials, which must be whole numbers"
            )
        successes = generator.binomial(trials.astype(np.int64), mu[:, 0])
        return np.asarray(successes / maximum(trials, 1.0))[:, None]

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        y, trials = Y[:, :1], Y[:, 1:]
        return list_contrasts(mu, y, where(trials > 0.0, (y == 1.0) - 1.0 * (y == 0.0), np.nan))


def unit_loss_of_shares(eta: Floats, y: Floats) -> Floats:
    """Half the unit deviance of a proportion y from scores, exactly 0 where mu is y.

    ``y log(y / mu) + (1 - y) log((1 - y) / (1 - mu))``. With ``d = eta - logit(y)``, and p = y
    where d < 0, else 1 - y, this is ``log1p(p expm1(-abs(d))) + p abs(d)``. Far from y this form
    loses digits where p is almost 1; there the definition is accurate and is used instead.
    """
    inside = (y > 0.0) & (y < 1.0)
    share = where(inside, y, 0.5)
    logs = log(share), log1p(-share)
    d = eta - (logs[0] - logs[1])
    p, t = where(d < 0, share, 1.0 - share), abs(d)
    fall = p * expm1(-t)
    near = log1p(maximum(fall, -0.5)) + p * t
    tail = log1p(exp(-abs(eta)))
    wrong = maximum(eta, 0.0) + tail, maximum(-eta, 0.0) + tail  # -log(1 - mu), -log(mu)
    far = (1.0 - share) * (logs[1] + wrong[0]) + share * (logs[0] + wrong[1])
    losses = maximum(where(fall > -0.5, near, far), 0.0)
    compared: Floats = where(inside, losses, where(y == 0.0, wrong[0], wrong[1]))
    return compared
