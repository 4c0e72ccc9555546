"""Output layers as GLM families: from scores eta to means mu, loss and d loss / d eta.

All have their canonical link, so d loss / d eta = mu - y. The loss is half the weighted
deviance, computed from scores alone: it stays finite where a probability rounds to 0 or 1.
``unit_loss_and_mean`` works number by number, and `compiled` makes machine code of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import cut

Floats = NDArray[np.float64]
Array = NDArray[Any]


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

    def for_classes(self, classes: Sequence[Any]) -> Family:
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

        A family whose response counts trials may have ``has_trials(response, w)`` besides: a mask
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

        A family may have ``prepare_response(Y, K)`` besides: Y in a form that this function reads
        faster, for batches that are used many times.
        """
        ...

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        """The derivative of delta along ``v``, a direction of eta, before weights: variance * v."""
        ...

    def observed_means(self, Y: Array, K: int) -> Floats:
        """The response on the scale of mu, (n, K): 0 and 1 for classes."""
        ...

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        """Weighted mean of the response on the scale of mu, (K,)."""
        ...

    def link(self, mu: Floats) -> Floats:
        """Scores whose mean is ``mu``."""
        ...

    def scalable_response(self, Y: Array) -> Floats | None:
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


def list_sides(mu: Floats, Y: Floats, sides: Floats) -> Iterator[Contrast]:
    """Contrasts of outputs that know nothing of each other.

    ``sides`` (n, K): 1 and -1 where the loss falls for ever as the score rises and falls, 0 where
    it has a minimum, nan where a row counts for nothing.
    """
    for k, along in enumerate(np.eye(mu.shape[1])):
        for side in (-1.0, 0.0, 1.0):
            rows = np.flatnonzero(sides[:, k] == side)
            away = abs(mu[rows, k] - Y[rows, k]) if side else np.full(len(rows), np.inf)
            yield Contrast(rows, along * (side or 1.0), away)


def weighted_sum(rows: Floats, w: Floats | None) -> float:
    """Sum of rows (n,), each times its weight."""
    if w is None:
        return float(np.add.reduce(rows, dtype=np.float64))
    return float(np.dot(w, rows.astype(np.float64)))


def sum_losses(losses: Floats, w: Floats | None) -> float:
    """Weighted sum of the losses (n, K) of all outputs."""
    rows = losses[:, 0] if losses.shape[1] == 1 else np.add.reduce(losses, axis=1)
    return weighted_sum(rows, w)


def scale_rows(delta: Floats, w: Floats | None) -> Floats:
    """Derivatives (n, K), each row times its weight."""
    return delta if w is None else delta * w[:, None]


def mean_rows(values: Floats, w: Floats | None) -> Floats:
    """Weighted mean of each column (K,)."""
    # Where no row counts, any mean will do.
    mean: Floats = np.average(values, axis=0, weights=w if w is None or w.any() else None)
    return mean


def spread(offset: Floats, K: int) -> Floats:
    """One column serves every output."""
    columns = offset.shape[1]
    if columns not in (1, K):
        raise ValueError(
            f"the offset has {columns} columns and the network {K} output{'s' * (K != 1)}: give "
            "one column for each output, or one for all of them"
        )
    return offset if columns == K else np.repeat(offset, K, axis=1)


def refuse_rows(bad: Array, index: Any, complaint: str, values: Floats) -> None:
    """Raise where any row is bad, naming the first and what it holds."""
    places = np.flatnonzero(bad)
    if places.size:
        first = places[0]
        row = first if index is None else index[first]
        held = ", ".join(f"{value:g}" for value in np.atleast_1d(values[first]))
        raise ValueError(f"{complaint}; row {cut(row)} has {held}")
