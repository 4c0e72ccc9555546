"""Importance by connection weights: Garson's shares and Olden's sums of products of weights."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...errors import pluralize
from ...model import Model
from ...perceptron import measure_moments, read_family
from ..effects.effect_rows import EffectRows
from ..effects.effects import label_outputs

Floats = NDArray[np.float64]


def read_connections(rows: EffectRows, theta: Floats) -> tuple[list[Floats], Floats]:
    """Read the weights without biases, for columns of X of standard deviation 1.

    A number added to all scores of a row changes no probability of classes: the weights into these
    are less their mean over the classes.

    Returns
    -------
    matrices : list of arrays
        Inputs by hidden units, ..., hidden units by outputs; without a hidden layer inputs by
        outputs.
    direct : (inputs, outputs) array
        The weights of the skip-layer connections, 0 where there are none.
    """
    model = rows.model
    perceptron = model.perceptron
    spreads = measure_moments(rows.inputs.X, rows.w)[1]
    first, *rest = (each.copy() for each in perceptron.unflatten(theta))
    D, K = perceptron.sizes[0], perceptron.sizes[-1]
    direct = np.zeros((D, K))
    if rest:
        units = perceptron.sizes[-2]
        direct[list(perceptron.skip)] = rest[-1][1 + units :]
        rest[-1] = rest[-1][: 1 + units]
    matrices = [first * spreads[:, None], *(each[1:] for each in rest)]
    direct *= spreads[:, None]
    if read_family(perceptron.family).is_shift_invariant:
        for each in (matrices[-1], direct):
            each -= each.mean(axis=1, keepdims=True)
    inputs = _find_inputs(model)
    return [matrices[0][inputs], *matrices[1:]], direct[inputs]


def compute_olden(matrices: list[Floats], direct: Floats) -> Floats:
    """Sum the products of weights along all paths from each input to each output.

    Examples
    --------
    >>> W1, W2 = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[0.5], [1.0]])
    >>> compute_olden([W1, W2], np.zeros((2, 1))).ravel().tolist()
    [2.5, 0.5]
    """
    return reduce(np.matmul, matrices) + direct


def compute_garson(first: Floats, last: Floats, outgoing: bool) -> Floats:
    """Compute the shares (inputs, outputs) of inputs in the absolute weights; each output's are 1.

    The shares of the inputs in the weights into each hidden unit are added up, multiplied by the
    absolute weight from that unit to the output, unless ``outgoing`` is False. Units without
    weights count for nothing; all shares are nan where no unit is left.

    Examples
    --------
    >>> W1, W2 = np.array([[1.0, 2.0], [3.0, -2.0]]), np.array([[0.5], [1.5]])
    >>> compute_garson(W1, W2, True).ravel().tolist()
    [0.4375, 0.5625]
    >>> compute_garson(W1, W2, False).ravel().tolist()
    [0.375, 0.625]
    """
    incoming, onward = np.abs(first), np.abs(last)
    totals = incoming.sum(axis=0)
    shares = np.divide(incoming, totals, out=np.zeros_like(incoming), where=totals > 0.0)
    found = shares @ (onward if outgoing else (onward > 0.0).astype(np.float64))
    sums = found.sum(axis=0)
    filled: Floats = np.divide(found, sums, out=np.full_like(found, np.nan), where=sums > 0.0)
    return filled


def check_garson(model: Model) -> None:
    """Raise ValueError, with another method, for a network that Garson's method does not cover."""
    layers = len(model.perceptron.activations)
    if layers != 1:
        raise ValueError(
            f"Garson's method is for exactly one hidden layer, and this network has "
            f"{pluralize(layers, 'hidden layer')}: use olden(), which takes any number"
        )
    if model.perceptron.skip:
        raise ValueError(
            "Garson's method knows no connections that skip the hidden layer, which this network "
            "has: use olden(), which adds them"
        )


def tabulate_columns(model: Model, values: Floats, by_term: bool) -> pd.DataFrame:
    """Tabulate values (inputs, outputs) by column of X, or their sums by term."""
    terms, inputs = model.design.terms, _find_inputs(model)
    codes = np.repeat(np.arange(len(terms.widths)), terms.widths)[inputs]
    labels = {"term": pd.Series(terms.term_names).take(codes)}
    if by_term:
        different, places = np.unique(codes, return_inverse=True)
        sums = np.zeros((len(different), values.shape[1]))
        np.add.at(sums, places, values)
        values, labels = sums, {"term": pd.Series(terms.term_names).take(different)}
    else:
        labels["column"] = pd.Series(terms.names)[inputs]
    row, output = np.indices(values.shape).reshape(2, -1)
    table = {name: each.take(row).array for name, each in labels.items()}
    groups = label_outputs(model, output, link=False)
    if groups is not None:
        table["group"] = groups.array
    return pd.DataFrame({**table, "estimate": values.ravel()})


def _find_inputs(model: Model) -> NDArray[np.bool_]:
    """Mask of the columns of X without the intercept."""
    intercept = model.design.terms.intercept
    mask: NDArray[np.bool_] = np.ones(model.perceptron.sizes[0], dtype=bool)
    if intercept is not None:
        mask[intercept] = False
    return mask
