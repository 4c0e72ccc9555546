"""Separation and quasi-separation: weights of a GLM that grow without end.

Where some direction of the weights lowers the loss of some rows for ever and touches no other row,
the likelihood has no maximum (Albert and Anderson 1984, Biometrika 71). Such a direction is a
proof: it is looked for among what training has fitted without error, and then held against every
row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..families import Contrast
from ..model import Model
from ..perceptron import Batch, Standardized, count_rows, cut_rows, measure_moments

Floats = NDArray[np.float64]

# Multiplications and weights beyond which a look would take longer than a training may.
MOST_PRODUCTS, MOST_WEIGHTS = 1e9, 500
# A mean that is so near to its limit may be one that goes on to it.
NEAR = 1e-3
# A share of all rows' information below which a direction has none.
NOTHING = 1e-10
# A move of a score that is nil, where the mean square of all moves is 1.
STILL = 1e-4
# A share of the largest weight below which a column takes no part.
NIL = 1e-6
# Each look takes in rows that spoke against the direction before.
MOST_LOOKS = 20


class Recession(NamedTuple):
    """A direction along which the loss falls for ever.

    Attributes
    ----------
    columns : tuple of int
        Of X, whose weights grow.
    rows : (n,) mask
        Rows whose loss falls; no other row is touched.
    classes : tuple of int
        Outputs that have to do with each of these rows: the class that is told apart, or that
        never occurs.
    own : bool
        Whether these rows are of that class.
    """

    columns: tuple[int, ...]
    rows: NDArray[np.bool_]
    classes: tuple[int, ...]
    own: bool


def is_separated(model: Model, theta: Floats) -> bool:
    """Whether weights without a penalty tell all training rows apart, in no hidden layer."""
    if model.perceptron.activations or not model.labels.classes:
        return False
    if model.penalty:
        phi = model.coordinates.from_raw(theta)
        theta = model.coordinates.to_raw(np.where(model.free, phi, 0.0))
    sums = model.evaluate(theta, model.batch)
    return sums.correct == sums.weight and sums.loss < 1e-3 * model.baseline


def find_recession(model: Model, theta: Floats, batch: Batch) -> Recession | None:
    """A direction of the unpenalized weights that lowers the loss for ever; None where none shows.

    Parameters
    ----------
    model : Model
        Without hidden layers; else there is nothing to say.
    theta : (P,) array
        Where training ended.
    batch : Batch
        The rows trained on.
    """
    if model.perceptron.activations or not hasattr(model.perceptron.family, "contrasts"):
        return None
    look = _Look(model, theta, batch)
    P = len(look.free) * model.perceptron.sizes[-1]
    if not P or P > MOST_WEIGHTS or len(batch.X) * P**2 > MOST_PRODUCTS:
        return None
    if not look.is_near_a_limit():
        return None
    directions: list[Floats] = []
    for _ in range(MOST_LOOKS):
        whole, held = look.gather(directions)
        if directions and look.found is not None:
            return look.found
        direction = _aim(whole, held, look.weights, look.count)
        if direction is None:
            return None
        directions.append(direction.reshape(look.weights.shape))
    return None


def _aim(whole: Floats, held: Floats, weights: Floats, count: int) -> Floats | None:
    """What of the weights touches no row that is held; None for nothing.

    Parameters
    ----------
    whole, held : (P, P) arrays
        Sums of squares of all moves of scores, and of those of rows that are held.
    weights : array of P numbers
    count : int
        Moves that are summed, whose mean square is to be 1.
    """
    values, axes = np.linalg.eigh(whole)
    told = values > NOTHING * values.max(initial=0.0)
    root = np.sqrt(values[told])
    inside = axes[:, told] / root
    shares, turns = np.linalg.eigh(inside.T @ held @ inside)
    free = turns[:, shares < NOTHING]
    part = free.T @ (root * (axes[:, told].T @ weights.ravel()))
    length = float(np.linalg.norm(part))
    if not length:
        return None
    return np.asarray(inside @ (free @ part) * (np.sqrt(count) / length))


class _Look:
    """Passes over the rows of a GLM, in blocks."""

    def __init__(self, model: Model, theta: Floats, batch: Batch) -> None:
        perceptron = model.perceptron
        self.model, self.theta, self.batch = model, theta, batch
        D, K = perceptron.shapes[0]
        self.free = model.free_columns
        standard, intercept = model.standard, model.design.terms.intercept
        reading, moved = standard.readings[0], isinstance(model.coordinates, Standardized)
        centered = moved or intercept in self.free
        self.center, self.spread, phi = reading.center, reading.spread, standard.from_raw(theta)
        if not centered:
            # A column's root mean square stands in for its spread.
            self.spread = np.hypot(*measure_moments(batch.X, batch.w))
            self.spread[self.spread == 0.0] = 1.0
            self.center, phi = np.zeros(D), theta * np.repeat(self.spread, K)
        self.center, self.spread = self.center[self.free], self.spread[self.free]
        self.weights = phi.reshape(D, K)[self.free]
        self.count = 0
        self.found: Recession | None = None

    def gather(self, directions: list[Floats]) -> tuple[Floats, Floats]:
        """Sums of squares of the moves of all rows, and of those that are held.

        Held are rows whose loss has a minimum in their scores or is far from its limit, and those
        that one of the directions would worsen. Where the last of them touches none of these and
        worsens none, it is ``found``.
        """
        D = len(self.free)
        squares: dict[tuple[float, ...], Floats] = {}
        rows, pairs, touched = np.zeros(len(self.batch.X), dtype=bool), set(), not directions
        self.count = 0
        for start, Z, contrast in self._walk():
            moves = [Z @ (each @ contrast.along) for each in directions]
            against = np.any([move < -STILL for move in moves], axis=0) | (contrast.away > NEAR)
            sums = squares.setdefault(tuple(contrast.along), np.zeros((2, D, D)))
            sums += Z.T @ Z, Z[against].T @ Z[against]
            self.count += len(Z)
            if directions:
                last = moves[-1]
                touched |= bool((np.abs(last[against]) > STILL).any())
                if (gaining := last > STILL).any():
                    rows[start + contrast.rows[gaining]] = True
                    pairs.add((contrast.gains, contrast.loses))
        if not touched and rows.any():
            self.found = self._describe(directions[-1], rows, pairs)
        P = self.weights.size
        whole, held = np.zeros((P, P)), np.zeros((P, P))
        for along, (of_all, of_held) in squares.items():
            tensor = np.outer(along, along)
            whole += np.kron(of_all, tensor)
            held += np.kron(of_held, tensor)
        return whole, held

    def is_near_a_limit(self) -> bool:
        """Whether the mean of any row is, as it must be where a loss falls for ever."""
        return any((contrast.away <= NEAR).any() for _, _, contrast in self._walk())

    def _walk(self) -> Iterator[tuple[int, Floats, Contrast]]:
        """Standardized rows with what moves of their scores do, block by block."""
        model = self.model
        for block in cut_rows(len(self.batch.X), count_rows(model.perceptron.sizes)):
            some = self.batch.pick(block)
            w = model.apply_class_weights(some).w
            heard = np.ones(len(some.X), dtype=bool) if w is None else w > 0.0
            eta = model.perceptron.scores(self.theta, some.X, some.offset)
            Z = (some.X[:, self.free] - self.center) / self.spread
            mu = model.perceptron.family.mean(eta)
            for each in model.perceptron.family.contrasts(mu, some.Y):  # type: ignore[attr-defined]
                keep = heard[each.rows]
                contrast = each._replace(rows=each.rows[keep], away=each.away[keep])
                if len(contrast.rows):
                    yield block.start, Z[contrast.rows], contrast

    def _describe(
        self, direction: Floats, rows: NDArray[np.bool_], pairs: set[tuple[int, int]]
    ) -> Recession:
        size = np.abs(direction).max(axis=1)
        columns = self.free[size > NIL * size.max()]
        common = set.intersection(*({*pair} for pair in pairs))
        gains = {gained for gained, _ in pairs}
        known = tuple(sorted(common - {-1})) if len(common) == 1 else ()
        return Recession(tuple(map(int, columns)), rows, known, gains == set(known))
