"""The protocol of families: output layers as generalized linear models.

A family maps scores eta to means mu, the loss and delta = d loss / d eta. All families have their
canonical link, so ``delta = mu - y`` (McCullagh and Nelder, 1989, Generalized linear models,
section 2.2). The loss is half the weighted deviance, computed from the scores: it stays finite
where a probability rounds to 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import lgamma
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import cut, pluralize

Floats = NDArray[np.float64]
Array = NDArray[Any]


class Contrast(NamedTuple):
    """A direction of the scores, and its effect on some rows.

    Attributes
    ----------
    rows : (m,) positions
    along : (K,) array
        The direction.
    away : (m,) array
        The distance of the means from their limit along the direction, where the loss has no
        minimum but decreases forever; inf where the loss has a minimum.
    gains, loses : int
        The outputs whose means increase and decrease; -1 for none.
    """

    rows: NDArray[np.intp]
    along: Floats
    away: Floats
    gains: int = -1
    loses: int = -1


class Family(Protocol):
    """An output layer: a response distribution with its link.

    There are ``n`` rows and ``K`` outputs; ``eta`` and ``mu`` are (n, K), ``Y`` is the response as
    `encode` returns it, and ``w`` are (n,) case weights or None.

    Some methods are optional. ``prepare_response(Y, K)`` returns Y in a form that `loss_and_delta`
    reads faster, for batches that are used many times. For a response of counts of trials,
    ``has_trials(response, w)`` returns the mask of the rows with at least one trial, and
    ``trials(Y)`` the number of trials of each row; ``move_trials(Y, w)`` returns Y and w, or None,
    with trials in Y that were given as weights. ``find_fractions(response, w)`` returns the mask of
    the numbers of a response that should be counts, or shares of w trials, and are not, and the
    words of a warning, as R's glm has one. ``contrasts(mu, Y)`` yields a `Contrast` for each
    direction of the scores along which a loss may have no minimum, to detect separation (Albert and
    Anderson, 1984). ``draw(mu, response, w, spread, generator)`` returns a random response with the
    means mu: class codes (n,), or numbers (n, m), with counts of the trials in ``response`` where
    there are any. ``measure_spread(mu, Y, w, n_parameters)`` returns ``spread``, the standard
    deviations (K,) at weight 1, where the mean does not imply it. ``for_spreads(spreads)`` returns
    the family whose loss counts each of several responses in units of its standard deviation, or
    None; that family has these ``spreads``, and ``for_scaled_response``, the family of the
    responses divided by them.

    ``unit_loss_and_mean(eta, y)`` returns the loss and the mean of each score, where outputs are
    independent; the compiled engine uses it for the families of this package, and measures of
    several responses for the deviance of each. ``row_losses(eta, Y)`` returns the loss (n,) of each
    row, where they are not. Inference needs ``mean_product(mu, v)``, the
    derivative of the means along v, which is the variance of a single trial times v, and
    ``log_likelihood(loss, Y, w)``, with all constants, from the sum of losses and the weights w
    (n,) of the rows; a weight of 2 is a row twice. ``quantile_residuals(mu, Y, dispersion,
    generator)`` returns the normal quantiles, (n, K), or (n, 1) of classes, of the distribution
    function at the response; of a discrete one at random between its limits there.
    ``has_dispersion`` is True where the variance is an unknown multiple of the variance function,
    ``is_count`` where responses are counts with the mean as their variance, and
    ``is_shift_invariant`` where a number added to all scores of a row changes no mean. Prediction
    intervals by conformal inference need ``stabilize(mu)``, which maps means and responses to a
    scale on which residuals have a constant variance, and ``destabilize``, its inverse.
    """

    @property
    def name(self) -> str: ...
    def wants_classes(self, numbers: Floats | None) -> bool:
        """Return whether to treat the response as classes.

        ``numbers`` are the distinct values of a numeric response; None for text or categories.
        """
        ...

    def for_classes(self, classes: Sequence[Any]) -> Family:
        """Return the family for a response with these classes; with none, for a numeric one."""
        ...

    def output_names(self, responses: Sequence[str], classes: Sequence[Any]) -> list[Any]:
        """Return the names of the K outputs.

        ``responses`` are the names of the response variables, in most cases one.

        Raises
        ------
        ValueError
            If the family does not fit the response.
        """
        ...

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        """Return an offset of 1 or K columns as (n, K); raise ValueError for another number."""
        ...

    def encode(self, response: Array, index: Any = None) -> Array:
        """Encode class codes (n,), or numbers (n,) or (n, m), as Y.

        Raises
        ------
        ValueError
            Naming the first invalid row, by its label if ``index`` is given.
        """
        ...

    def mean(self, eta: Floats) -> Floats:
        """Return the means of scores, (n, K): the inverse link."""
        ...

    def loss_and_delta(self, eta: Floats, Y: Array, w: Floats | None) -> tuple[float, Floats]:
        """Return the loss, summed over rows, and d loss / d eta (n, K), both weighted by w."""
        ...

    def variance_product(self, mu: Floats, v: Floats, Y: Array) -> Floats:
        """Return the derivative of delta along ``v`` (n, K), unweighted: the variance times v."""
        ...

    def observed_means(self, Y: Array, K: int) -> Floats:
        """Return the response on the scale of mu, (n, K): an indicator matrix for classes."""
        ...

    def mean_response(self, Y: Array, w: Floats | None, K: int) -> Floats:
        """Return the weighted mean of the response on the scale of mu, (K,)."""
        ...

    def link(self, mu: Floats) -> Floats:
        """Return the scores of means: the link function."""
        ...

    def scalable_response(self, Y: Array) -> Floats | None:
        """Return the response (n, K) if it may be standardized: only if the mean is the score."""
        ...

    def classify(self, eta: Floats) -> NDArray[np.intp] | None:
        """Return class codes (n,), ties to the first class; None without classes."""
        ...

    def probabilities(self, mu: Floats) -> Floats:
        """Return a column for each class, (n, number of classes); without classes, mu."""
        ...

    def codes(self, Y: Array) -> NDArray[np.intp] | None:
        """Return the class codes (n,) that Y encodes; None without classes."""
        ...


class NumericResponse:
    """Methods shared by families of a numeric response, which has no classes."""

    __slots__ = ()

    def wants_classes(self, numbers: Floats | None) -> bool:
        return False

    def spread_offset(self, offset: Floats, K: int) -> Floats:
        return spread_columns(offset, K)

    def classify(self, eta: Floats) -> None:
        return None

    def probabilities(self, mu: Floats) -> Floats:
        return mu

    def codes(self, Y: Array) -> None:
        return None


def log_factorial(numbers: Floats) -> Floats:
    """Return the logarithm of the factorial of each number of 0 or more; fractions too."""
    flat = [lgamma(each + 1.0) for each in np.ravel(numbers).tolist()]
    return np.array(flat).reshape(np.shape(numbers))


def draw_classes(probabilities: Floats, generator: np.random.Generator) -> NDArray[np.intp]:
    """Draw a class code for each row of probabilities (n, K), by inversion."""
    steps = probabilities.cumsum(axis=1)
    # The last step is 1 but for rounding.
    uniform = generator.random((len(steps), 1)) * steps[:, -1:]
    return np.asarray((uniform >= steps).sum(axis=1), dtype=np.intp)


def list_contrasts(mu: Floats, Y: Floats, signs: Floats) -> Iterator[Contrast]:
    """Yield the contrasts of independent outputs.

    ``signs`` (n, K): 1 or -1 where the loss decreases forever as the score increases or decreases,
    0 where it has a minimum, nan where a row has no weight.
    """
    for k, along in enumerate(np.eye(mu.shape[1])):
        for sign in (-1.0, 0.0, 1.0):
            rows = np.flatnonzero(signs[:, k] == sign)
            away = abs(mu[rows, k] - Y[rows, k]) if sign else np.full(len(rows), np.inf)
            yield Contrast(rows, along * (sign or 1.0), away)


def weighted_sum(losses: Floats, w: Floats | None) -> float:
    """Return the weighted sum of the losses (n,) of all rows."""
    if w is None:
        return float(np.add.reduce(losses, dtype=np.float64))
    return float(np.dot(w, losses.astype(np.float64)))


def sum_losses(losses: Floats, w: Floats | None) -> float:
    """Return the weighted sum of the losses (n, K) of all rows and outputs."""
    rows = losses[:, 0] if losses.shape[1] == 1 else np.add.reduce(losses, axis=1)
    return weighted_sum(rows, w)


def scale_rows(delta: Floats, w: Floats | None) -> Floats:
    """Return delta (n, K) with each row multiplied by its weight."""
    return delta if w is None else delta * w[:, None]


def weighted_mean(values: Floats, w: Floats | None) -> Floats:
    """Return the weighted mean of each column (K,); unweighted if all weights are 0."""
    mean: Floats = np.average(values, axis=0, weights=w if w is None or w.any() else None)
    return mean


def spread_columns(offset: Floats, K: int) -> Floats:
    """Return an offset as (n, K): a single column is repeated for every output."""
    columns = offset.shape[1]
    if columns not in (1, K):
        raise ValueError(
            f"the offset has {pluralize(columns, 'column')} and the network "
            f"{pluralize(K, 'output')}: give "
            "one column for each output, or one for all of them"
        )
    return offset if columns == K else np.repeat(offset, K, axis=1)


def check_rows(bad: Array, index: Any, complaint: str, values: Floats) -> None:
    """Raise ValueError if any row is bad, naming the first one and its values."""
    places = np.flatnonzero(bad)
    if places.size:
        first = places[0]
        row = first if index is None else index[first]
        held = ", ".join(f"{value:g}" for value in np.atleast_1d(values[first]))
        raise ValueError(f"{complaint}; row {cut(row)} has {held}")
