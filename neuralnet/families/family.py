"""Output layers as GLM families: from scores eta to means mu, loss and d loss / d eta.

All have their canonical link, so d loss / d eta = mu - y. The loss is half the weighted
deviance, computed from scores alone: it stays finite where a probability rounds to 0 or 1.
``compare`` works number by number, and `compiled` makes machine code of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy import exp, expm1, log, log1p, maximum, minimum, where
from numpy.typing import NDArray

from ..errors.messages import cut, listing
from ..optimizers.protocol import unwarned

__all__ = [
    "FAMILIES",
    "Binomial",
    "Contrast",
    "Family",
    "Gaussian",
    "GroupedBinomial",
    "Poisson",
    "Softmax",
]

Floats = NDArray[np.float64]
Array = NDArray[Any]

# Up to here adding zeros up takes less time than picking numbers by their place.
_FEW_CLASSES = 16


class Contrast(NamedTuple):
    """A direction of the scores, and what a move along it does to some rows.

    Attributes
    ----------
    rows : (m,) positions
    along : (K,) array
    away : (m,) array
        How far means are from the limit that they have along the direction, towards which the loss
        falls for ever; inf where it has a minimum instead.
    gains, loses : int
        The outputs whose means grow and fall; -1 for none.
    """

    rows: NDArray[np.intp]
    along: Floats
    away: Floats
    gains: int = -1
    loses: int = -1


class Family(Protocol):
    """What the kernel and the network ask of an output layer.

    ``n`` rows, ``K`` outputs; ``eta`` and ``mu`` are (n, K), ``Y`` is what ``encode`` made and
    ``w`` are (n,) case weights or None.
    """

    @property
    def name(self) -> str: ...
    def wants_classes(self, numbers: Floats | None) -> bool:
        """Whether the response is to be a class: these numbers, or (None) text or categories."""
        ...

    def suit(self, classes: Sequence[Any]) -> Family:
        """The record for a response of such classes, or of numbers where there are none."""
        ...

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        """Names of the K outputs; raises ValueError where the left side does not suit.

        ``responses`` are the names of what it joins, most often one.
        """
        ...

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        """An offset of one or K columns as (n, K); raises ValueError for another number."""
        ...

    def encode(self, response: Array, index: Any = None) -> Array:
        """Class codes (n,), or numbers (n,) or (n, m), to Y.

        A family whose response counts trials may have ``find_tried(response, w)`` besides: a mask
        of the rows with a trial at least.

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
        """The loss, a sum over rows, and d loss / d eta (n, K), both weighted by w.

        A family may have ``unfold(Y, K)`` besides: another form of Y that this reads sooner, worth
        making for rows that are met again and again.
        """
        ...

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        """The derivative of delta along ``v``, a direction of eta, before weights: variance * v."""
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
        """The class codes (n,) that Y was made of; None where there are no classes.

        A family may have ``contrasts(mu, Y)`` besides: the `Contrast` of every direction of the
        scores in which a loss may have no minimum. By these `separation` knows weights that grow
        without end.
        """
        ...


def _list_sides(mu: Floats, Y: Floats, sides: Floats) -> Iterator[Contrast]:
    """Contrasts of outputs that know nothing of each other.

    ``sides`` (n, K): 1 and -1 where the loss falls for ever as the score rises and falls, 0 where
    it has a minimum, nan where a row counts for nothing.
    """
    for k, along in enumerate(np.eye(mu.shape[1])):
        for side in (-1.0, 0.0, 1.0):
            rows = np.flatnonzero(sides[:, k] == side)
            away = abs(mu[rows, k] - Y[rows, k]) if side else np.full(len(rows), np.inf)
            yield Contrast(rows, along * (side or 1.0), away)


def _weighted_sum(rows: Floats, w: Floats | None) -> float:
    if w is None:
        return float(np.add.reduce(rows, dtype=np.float64))
    return float(np.dot(w, rows.astype(np.float64)))


def _sum_losses(losses: Floats, w: Floats | None) -> float:
    """Of the losses (n, K) of all outputs."""
    rows = losses[:, 0] if losses.shape[1] == 1 else np.add.reduce(losses, axis=1)
    return _weighted_sum(rows, w)


def _scale_rows(delta: Floats, w: Floats | None) -> Floats:
    return delta if w is None else delta * w[:, None]


def _mean_rows(values: Floats, w: Floats | None) -> Floats:
    # Where no row counts, any mean will do.
    mean: Floats = np.average(values, axis=0, weights=w if w is None or w.any() else None)
    return mean


def _spread(offset: Floats, K: int) -> Floats:
    """One column serves every output."""
    columns = offset.shape[1]
    if columns not in (1, K):
        raise ValueError(
            f"the offset has {columns} columns and the network {K} output{'s' * (K != 1)}: give "
            "one column for each output, or one for all of them"
        )
    return offset if columns == K else np.repeat(offset, K, axis=1)


def _refuse_rows(bad: Array, index: Any, complaint: str, values: Floats) -> None:
    """Raise where any row is bad, naming the first and what it holds."""
    places = np.flatnonzero(bad)
    if places.size:
        first = places[0]
        row = first if index is None else index[first]
        held = ", ".join(f"{value:g}" for value in np.atleast_1d(values[first]))
        raise ValueError(f"{complaint}; row {cut(row)} has {held}")


@dataclass(frozen=True, slots=True)
class Softmax:
    """Multinomial logit: K classes, K scores, ``mu = exp(eta) / sum(exp(eta))`` in each row.

    The loss is minus the log-likelihood, ``log(sum(exp(eta))) - eta[y]`` in each row.
    """

    name: str = "softmax"

    def wants_classes(self, numbers: Floats | None) -> bool:
        return True

    def suit(self, classes: Sequence[Any]) -> Family:
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
        return _spread(offset, K)

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
        # The score of the row's own class: the same number either way.
        if Y.ndim == 2:
            delta -= Y
            shifted *= Y
            own = np.add.reduce(shifted, axis=1)
        else:
            rows = np.arange(len(eta))
            delta[rows, Y] -= 1.0
            own = shifted[rows, Y]
        return _weighted_sum(log(total[:, 0]) - own, w), _scale_rows(delta, w)

    def unfold(self, Y: Array, K: int) -> Array:
        """The codes as an indicator (n, K), where that is small: it is added up sooner than met."""
        return self.indicator(Y, K) if K <= _FEW_CLASSES else Y

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        # What is added to all scores of a row changes nothing: taken off, it leaves no rounding.
        v = v - v.min(axis=-1, keepdims=True)
        product: Floats = mu * (v - (mu * v).sum(axis=-1, keepdims=True))
        return product

    def indicator(self, Y: Array, K: int) -> Floats:
        # Features by rows, as scores come: mixed orders take several times as long.
        return np.asarray(np.arange(K)[:, None] == Y, dtype=float).T

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        counts = np.bincount(Y, weights=w, minlength=K)
        return np.asarray(counts / counts.sum())

    def link(self, mu: Floats) -> Floats:
        return log(maximum(mu, np.finfo(float).tiny))

    def targets(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return np.asarray(eta.argmax(axis=1))

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        """Of each row's own class with every other."""
        units = np.eye(mu.shape[1])
        for own, unit in enumerate(units):
            rows = np.flatnonzero(own == Y)
            for k, other in enumerate(units):
                if k != own and len(rows):
                    yield Contrast(rows, unit - other, mu[rows, k], own, k)


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

    def suit(self, classes: Sequence[Any]) -> Family:
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
        return _spread(offset, K)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float)[:, None]

    def mean(self, eta: Floats) -> Floats:
        return _logistic(eta, exp(-abs(eta)))

    def compare(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses, one for each score, and means."""
        small = exp(-abs(eta))
        return maximum(eta, 0.0) - y * eta + log1p(small), _logistic(eta, small)

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        losses, mu = self.compare(eta, Y)
        return _sum_losses(losses, w), _scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return mu * (1.0 - mu) * v

    def indicator(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return _mean_rows(Y, w)

    def link(self, mu: Floats) -> Floats:
        tiny = np.finfo(float).tiny
        return log(maximum(mu, tiny)) - log(maximum(1.0 - mu, tiny))

    def targets(self, Y: Array) -> None:
        return None

    def classify(self, eta: Floats) -> NDArray[np.intp]:
        return (eta[:, 0] > 0).astype(np.intp)

    def probabilities(self, mu: Floats) -> Floats:
        return np.hstack([1.0 - mu, mu])

    def codes(self, Y: Array) -> NDArray[np.intp]:
        return Y[:, 0].astype(np.intp)

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        return _list_sides(mu, Y, 2.0 * Y - 1.0)


def _logistic(eta: Floats, small: Floats) -> Floats:
    """``1 / (1 + exp(-eta))``, to the last digit on both sides; ``small`` is ``exp(-abs(eta))``."""
    mean: Floats = exp(minimum(eta, 0.0)) / (1.0 + small)
    return mean


class Numbers:
    """What families of numeric responses have in common: no classes, and one offset for all."""

    __slots__ = ()

    def wants_classes(self, numbers: Floats | None) -> bool:
        return False

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        return _spread(offset, K)

    def classify(self, eta: Floats) -> None:
        return None

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> None:
        return None


@dataclass(frozen=True, slots=True)
class GroupedBinomial(Numbers):
    """Logistic regression of proportions: one score, ``mu`` the chance of a success.

    Y is (n, 2): the share of successes and the number of trials, 1 where a proportion is given.
    The loss is half the deviance, ``trials * (y log(y / mu) + (1 - y) log((1 - y) / (1 - mu)))``
    in each row.
    """

    name: str = "binomial"

    def suit(self, classes: Sequence[Any]) -> Family:
        return self

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        if len(responses) > 2:
            raise ValueError(
                "family 'binomial' takes two columns, cbind(successes, failures); cbind joins "
                f"{len(responses)}: {listing(responses)}"
            )
        return [responses[0]]

    def find_tried(self, response: Array, w: Floats | None) -> NDArray[np.bool_]:
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
            _refuse_rows((counts < 0) | (counts > 1), index, wanted, counts)
            return np.column_stack([counts, np.ones(len(counts))])
        wanted = (
            "cbind(successes, failures) needs whole numbers of 0 or more (for others give the "
            "proportion as the response, and weights= the trials)"
        )
        bad = ((counts < 0) | (counts != np.rint(counts))).any(axis=1)
        _refuse_rows(bad, index, wanted, counts)
        trials = counts.sum(axis=1)
        if len(trials) and not trials.any():
            raise ValueError("cbind(successes, failures) is 0 and 0 in every row: nobody tried")
        return np.column_stack([counts[:, 0] / maximum(trials, 1.0), trials])

    def mean(self, eta: Floats) -> Floats:
        return _logistic(eta, exp(-abs(eta)))

    def compare(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses of one trial, one for each score, and means."""
        return _compare_shares(eta, y), _logistic(eta, exp(-abs(eta)))

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        y, trials = Y[:, :1], Y[:, 1:]
        losses, mu = self.compare(eta, y)
        return _sum_losses(trials * losses, w), _scale_rows(trials * (mu - y), w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return Y[:, 1:] * mu * (1.0 - mu) * v

    def indicator(self, Y: Array, K: int) -> Floats:
        return Y[:, :1]

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        trials = Y[:, 1]
        return _mean_rows(Y[:, :1], trials if w is None else trials * w)

    def link(self, mu: Floats) -> Floats:
        return Binomial().link(mu)

    def targets(self, Y: Array) -> None:
        return None

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        y, trials = Y[:, :1], Y[:, 1:]
        return _list_sides(mu, y, where(trials > 0.0, (y == 1.0) - 1.0 * (y == 0.0), np.nan))


def _compare_shares(eta: Floats, y: Floats) -> Floats:
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


@dataclass(frozen=True, slots=True)
class Gaussian(Numbers):
    """Least squares: ``mu = eta``, and the loss is half the weighted sum of squares.

    R's nnet takes the whole sum of squares, so that its ``decay`` weighs half as much as here.
    """

    name: str = "gaussian"

    def suit(self, classes: Sequence[Any]) -> Family:
        return self

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        return list(responses)

    def encode(self, response: Array, index: Any = None) -> Array:
        return response.astype(float).reshape(len(response), -1)

    def mean(self, eta: Floats) -> Floats:
        return eta

    def compare(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses, one for each score, and means."""
        away = eta - y
        return 0.5 * away * away, eta

    @unwarned
    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        losses, mu = self.compare(eta, Y)
        return _sum_losses(losses, w), _scale_rows(mu - Y, w)

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return v

    def indicator(self, Y: Array, K: int) -> Floats:
        return Y

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        return _mean_rows(Y, w)

    def link(self, mu: Floats) -> Floats:
        return mu

    def targets(self, Y: Array) -> Floats | None:
        return Y


@dataclass(frozen=True, slots=True)
class Poisson(Gaussian):
    """Counts: ``mu = exp(eta)``, and the loss is ``y log(y / mu) - (y - mu)`` in each row."""

    name: str = "poisson"

    def encode(self, response: Array, index: Any = None) -> Array:
        Y = Gaussian.encode(self, response)
        wanted = "family 'poisson' needs counts of 0 or more"
        least: Floats = Y.min(axis=1)
        _refuse_rows(least < 0, index, wanted, least)
        return Y

    # A mean may be infinite: whoever asked sees it, and NumPy need not warn.
    @unwarned
    def mean(self, eta: Floats) -> Floats:
        mu: Floats = exp(eta)
        return mu

    @unwarned
    def compare(self, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Losses, one for each score, and means."""
        # With d = log(mu / y) this is y (exp(d) - 1 - d), which never falls below 0 by rounding.
        base, mu = where(y > 0.0, y, 1.0), exp(eta)
        d = eta - log(base)
        return where(y > 0.0, base * (expm1(d) - d), mu), mu

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        return mu * v

    def link(self, mu: Floats) -> Floats:
        return log(maximum(mu, np.finfo(float).tiny))

    def targets(self, Y: Array) -> None:
        return None

    def contrasts(self, mu: Floats, Y: Array) -> Iterator[Contrast]:
        return _list_sides(mu, Y, where(Y == 0.0, -1.0, 0.0))


FAMILIES: dict[str, Family] = {f.name: f for f in (Softmax(), Binomial(), Gaussian(), Poisson())}
