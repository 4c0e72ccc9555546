"""Matching of hidden units: which unit of one fit is which of another, by their activations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...model import Model
from ...perceptron import MAX_BLOCK_ROWS, Perceptron, read_activation, split_rows
from ..weights.parameters import Parameters

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]
Places = NDArray[np.intp]


class UnitMatching:
    """The hidden units of a fit, with which those of other fits are matched.

    Parameters
    ----------
    model : Model
    theta : (P,) array
        The weights of the fit.
    parameters : Parameters
        How they are reported.
    """

    def __init__(self, model: Model, theta: Vector, parameters: Parameters) -> None:
        self._model, self._theta, self._parameters = model, theta, parameters

    def transform(self, theta: Vector) -> Vector:
        """Map the weights (P,) of another fit to the parameters (Q,) of matched units.

        In each layer the units are matched so that the sum of squared differences of their
        activations over the training rows is smallest. An odd unit, such as tanh, may change its
        sign.
        """
        orders, signs = [], []
        activations = self._model.perceptron.activations
        products = self._sum_products(theta)
        rows = zip(
            products, activations, self._parameters.order, self._parameters.signs, strict=True
        )
        for G, activation, order, sign in rows:
            # The squares themselves have the same sum for all matchings.
            gains = np.abs(G) if read_activation(activation).is_odd else G
            places = assign(-gains)
            turned = np.where(G[np.arange(len(G)), places] < 0.0, -1.0, 1.0)
            is_odd = read_activation(activation).is_odd
            orders.append(places[order])
            signs.append(turned[order] * sign if is_odd else sign)
        matched = replace(self._parameters, order=tuple(orders), signs=tuple(signs))
        return matched.transform(theta)

    def _sum_products(self, theta: Vector) -> list[Floats]:
        """Sums of products of the activations of two fits over the rows, (units, units) a layer."""
        perceptron, batch = self._model.perceptron, self._model.batch
        sums = [np.zeros((units, units)) for units in perceptron.sizes[1:-1]]
        for rows in split_rows(len(batch.X), MAX_BLOCK_ROWS):
            some = batch.pick(rows)
            mine, others = (_activate(perceptron, each, some.X) for each in (self._theta, theta))
            for G, one, other in zip(sums, mine, others, strict=True):
                G += one.T @ (other if some.w is None else other * some.w[:, None])
        return sums


def _activate(perceptron: Perceptron, theta: Vector, X: Floats) -> list[Floats]:
    """Activations (n, units) of each hidden layer."""
    _, inputs = perceptron.forward(theta, X)
    return [each[:, :units] for each, units in zip(inputs[1:], perceptron.sizes[1:-1], strict=True)]


def assign(costs: Floats) -> Places:
    """Assignment problem: the column of each row, all different, with the smallest sum of costs.

    Parameters
    ----------
    costs : (n, n) array

    Returns
    -------
    (n,) array of int

    Notes
    -----
    The Hungarian method with potentials, n**3 operations: each row in turn is added by the
    shortest augmenting path in reduced costs, by Dijkstra's algorithm.

    Source: R. Jonker and A. Volgenant (1987), A shortest augmenting path algorithm for dense and
    sparse linear assignment problems, Computing 38, 325-340.

    Examples
    --------
    >>> assign(np.array([[1.0, 2.0], [1.0, 9.0]])).tolist()
    [1, 0]
    """
    n = len(costs)
    u, v = np.zeros(n), np.zeros(n)
    row_of = np.full(n, -1)
    for row in range(n):
        # Length of the shortest path to each column, and the row before it on that path.
        length, before = costs[row] - u[row] - v, np.full(n, row)
        done = np.zeros(n, dtype=bool)
        while True:
            column = int(np.where(done, np.inf, length).argmin())
            reached, done[column] = length[column], True
            if (other := row_of[column]) < 0:
                break
            through = reached + costs[other] - u[other] - v
            shorter = ~done & (through < length)
            length[shorter], before[shorter] = through[shorter], other
        owners, shifts = row_of[done], length[done] - reached
        u[owners[owners >= 0]] -= shifts[owners >= 0]
        u[row] += reached
        v[done] += shifts
        while before[column] != row:
            # The row before it gives up the column that it had.
            previous = int(np.flatnonzero(row_of == before[column])[0])
            row_of[column], column = before[column], previous
        row_of[column] = row
    return np.argsort(row_of)
