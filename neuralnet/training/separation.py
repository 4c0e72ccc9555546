"""Separation and quasi-separation: weights of a GLM that grow without end.

Where some direction of the weights lowers the loss of some rows for ever and changes that of no
other row, the likelihood has no maximum (Albert and Anderson 1984, Biometrika 71). Such a direction
is a proof: it is searched for among rows fitted without error, and then checked against every row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..families import Contrast
from ..model import Model
from ..perceptron import Batch, Scaled, choose_block_rows, measure_moments, split_rows

Floats = NDArray[np.float64]

# Multiplications and weights beyond which a search would take longer than training.
MOST_PRODUCTS, MOST_WEIGHTS = 1e9, 500
# A mean within this distance of its limit may converge to the limit.
NEAR = 1e-3
# A share of all rows' information below which a direction has none.
NOTHING = 1e-10
# A change of a score that counts as none, where the mean square of all changes is 1.
NO_CHANGE = 1e-4
# A share of the largest weight below which a column is not involved.
NOT_INVOLVED = 1e-6
# Each pass adds the rows that the direction before would have worsened.
MOST_PASSES = 20


class Recession(NamedTuple):
    """Direction of recession: along it the loss falls for ever.

    Attributes
    ----------
    columns : tuple of int
        Columns of X whose weights grow.
    rows : (n,) mask
        Rows whose loss falls; that of all others stays the same.
    classes : tuple of int
        Outputs that are involved in each of these rows: the class that is separated, or that
        never occurs.
    rows_in_class : bool
        Whether these rows are of that class.
    """

    columns: tuple[int, ...]
    rows: NDArray[np.bool_]
    classes: tuple[int, ...]
    rows_in_class: bool


def is_separated(model: Model, theta: Floats) -> bool:
    """True if the unpenalized weights of a GLM separate the classes in all training rows."""
    if model.perceptron.activations or not model.labels.classes:
        return False
    if model.penalty:
        phi = model.scaling.from_raw(theta)
        theta = model.scaling.to_raw(np.where(model.free, phi, 0.0))
    sums = model.evaluate(theta, model.batch)
    return sums.correct == sums.weight and sums.loss < 1e-3 * model.baseline


def find_recession(
    model: Model, theta: Floats, batch: Batch, mask: NDArray[np.bool_] | None = None
) -> Recession | None:
    """Search for a direction of recession of the unpenalized weights; None where none is found.

    Parameters
    ----------
    model : Model
        Without hidden layers; None is returned for others.
    theta : (P,) array
        The final weights.
    batch : Batch
        The rows trained on.
    mask : (P,) array of bool, optional
        The weights that are not fixed.
    """
    if model.perceptron.activations or not hasattr(model.perceptron.family, "contrasts"):
        return None
    search = _Search(model, theta, batch, mask)
    P = int(np.count_nonzero(search.moving))
    if not P or P > MOST_WEIGHTS or len(batch.X) * P**2 > MOST_PRODUCTS:
        return None
    if not search.is_near_a_limit():
        return None
    directions: list[Floats] = []
    for _ in range(MOST_PASSES):
        whole, fixed = search.gather(directions)
        if directions and search.found is not None:
            return search.found
        moving = search.moving
        pairs = np.ix_(moving.ravel(), moving.ravel())
        part = _project(whole[pairs], fixed[pairs], search.weights[moving], search.count)
        if part is None:
            return None
        directions.append(np.zeros(moving.shape))
        directions[-1][moving] = part
    return None


def _project(whole: Floats, fixed: Floats, weights: Floats, count: int) -> Floats | None:
    """Project the weights on the directions that change no fixed row; None where nothing is left.

    Parameters
    ----------
    whole, fixed : (P, P) arrays
        Sums of squares of all changes of scores, and of those of fixed rows.
    weights : array of P numbers
    count : int
        Number of changes summed; their mean square will be 1.
    """
    values, axes = np.linalg.eigh(whole)
    known = values > NOTHING * values.max(initial=0.0)
    root = np.sqrt(values[known])
    inside = axes[:, known] / root
    shares, rotations = np.linalg.eigh(inside.T @ fixed @ inside)
    free = rotations[:, shares < NOTHING]
    part = free.T @ (root * (axes[:, known].T @ weights.ravel()))
    length = float(np.linalg.norm(part))
    if not length:
        return None
    return np.asarray(inside @ (free @ part) * (np.sqrt(count) / length))


class _Search:
    """Search for a direction of recession: passes over the rows of a GLM, in blocks."""

    def __init__(
        self, model: Model, theta: Floats, batch: Batch, mask: NDArray[np.bool_] | None
    ) -> None:
        perceptron = model.perceptron
        self.model, self.theta, self.batch = model, theta, batch
        D, K = perceptron.shapes[0]
        trained = np.ones((D, K), dtype=bool) if mask is None else mask.reshape(D, K)
        self.free = np.intersect1d(model.free_columns, np.flatnonzero(trained.any(axis=1)))
        self.moving = trained[self.free]
        standard, intercept = model.standard, model.design.terms.intercept
        reading, scaled = standard.layers[0], isinstance(model.scaling, Scaled)
        centered = scaled or intercept in self.free
        # The intercept must be able to take up the centers.
        centered = centered and (intercept is None or bool(trained[intercept].all()))
        self.center, self.spread, phi = reading.center, reading.spread, standard.from_raw(theta)
        if not centered:
            # A column's root mean square replaces its spread.
            self.spread = np.hypot(*measure_moments(batch.X, batch.w))
            self.spread[self.spread == 0.0] = 1.0
            self.center, phi = np.zeros(D), theta * np.repeat(self.spread, K)
        self.center, self.spread = self.center[self.free], self.spread[self.free]
        self.weights = phi.reshape(D, K)[self.free]
        self.count = 0
        self.found: Recession | None = None

    def gather(self, directions: list[Floats]) -> tuple[Floats, Floats]:
        """Sum squares of the changes of scores over all rows, and over fixed rows.

        Fixed are rows whose loss has a minimum in their scores or is far from its limit, and those
        that one of the directions would worsen. If the last direction changes none of these and
        worsens none, it is ``found``.
        """
        D = len(self.free)
        squares: dict[tuple[float, ...], Floats] = {}
        rows, pairs, invalid = np.zeros(len(self.batch.X), dtype=bool), set(), not directions
        self.count = 0
        for start, Z, contrast in self._walk():
            changes = [Z @ (each @ contrast.along) for each in directions]
            worsened = np.any([change < -NO_CHANGE for change in changes], axis=0)
            against = worsened | (contrast.away > NEAR)
            sums = squares.setdefault(tuple(contrast.along), np.zeros((2, D, D)))
            sums += Z.T @ Z, Z[against].T @ Z[against]
            self.count += len(Z)
            if directions:
                last = changes[-1]
                invalid |= bool((np.abs(last[against]) > NO_CHANGE).any())
                if (gaining := last > NO_CHANGE).any():
                    rows[start + contrast.rows[gaining]] = True
                    pairs.add((contrast.gains, contrast.loses))
        if not invalid and rows.any():
            self.found = self._describe(directions[-1], rows, pairs)
        P = self.weights.size
        whole, fixed = np.zeros((P, P)), np.zeros((P, P))
        for along, (of_all, of_fixed) in squares.items():
            tensor = np.outer(along, along)
            whole += np.kron(of_all, tensor)
            fixed += np.kron(of_fixed, tensor)
        return whole, fixed

    def is_near_a_limit(self) -> bool:
        """True if the mean of any row is near its limit, which recession implies."""
        return any((contrast.away <= NEAR).any() for _, _, contrast in self._walk())

    def _walk(self) -> Iterator[tuple[int, Floats, Contrast]]:
        """Yield standardized rows with the effect of changes of their scores, block by block."""
        model = self.model
        for block in split_rows(len(self.batch.X), choose_block_rows(model.perceptron.sizes)):
            some = self.batch.pick(block)
            w = model.apply_class_weights(some).w
            weighted = np.ones(len(some.X), dtype=bool) if w is None else w > 0.0
            eta = model.perceptron.scores(self.theta, some.X, some.offset)
            Z = (some.X[:, self.free] - self.center) / self.spread
            mu = model.perceptron.family.mean(eta)
            for each in model.perceptron.family.contrasts(mu, some.Y):  # type: ignore[attr-defined]
                keep = weighted[each.rows]
                contrast = each._replace(rows=each.rows[keep], away=each.away[keep])
                if len(contrast.rows):
                    yield block.start, Z[contrast.rows], contrast

    def _describe(
        self, direction: Floats, rows: NDArray[np.bool_], pairs: set[tuple[int, int]]
    ) -> Recession:
        size = np.abs(direction).max(axis=1)
        columns = self.free[size > NOT_INVOLVED * size.max()]
        common = set.intersection(*({*pair} for pair in pairs))
        gains = {gained for gained, _ in pairs}
        known = tuple(sorted(common - {-1})) if len(common) == 1 else ()
        return Recession(tuple(map(int, columns)), rows, known, gains == set(known))
