"""Layout of the data of compiled loops: rows and a network as tuples of arrays and numbers."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...activations import ACTIVATIONS
from ...families import FAMILIES, Gaussian, GroupedBinomial, ScaledGaussian, Softmax
from ..perceptron import Perceptron

Floats = NDArray[np.float64]

RECORDS = [type(record) for record in ACTIVATIONS.values()]
_OPTIONS = [
    [field.name for field in fields(record) if field.name != "name"]  # type: ignore[arg-type]
    for record in RECORDS
]
ACTIVATION_CODES: dict[type, int] = {record: code for code, record in enumerate(RECORDS)}


class Rows(NamedTuple):
    """A batch for compiled loops; missing parts are empty arrays."""

    X: Floats
    codes: NDArray[np.int64]
    targets: Floats
    weights: Floats
    offset: Floats


class Network(NamedTuple):
    """A perceptron for compiled loops.

    Attributes
    ----------
    sizes : (layers + 1,) array
        Columns of X, units of each layer.
    starts, sums, inputs : (layers + 1,) arrays
        Index of each layer's first weight, first sum and first input; the last ones are totals.
    activations, options : arrays with one number for each hidden layer
        Code of its activation, and the value of the activation's option.
    family : int
        Code of the family.
    skip : array of int
        Columns of X that skip to the last layer.
    output_weights : (K,) array
        Factors of the loss of each output; empty for none.
    """

    sizes: NDArray[np.int64]
    starts: NDArray[np.int64]
    sums: NDArray[np.int64]
    inputs: NDArray[np.int64]
    activations: NDArray[np.int64]
    options: Floats
    family: int
    skip: NDArray[np.int64]
    output_weights: Floats


class Options(NamedTuple):
    """In place of ``self`` in methods of activations: the options of all of them."""

    alpha: float
    leak: float


NUMERIC = [type(family) for family in FAMILIES.values() if type(family) is not Softmax]
NUMERIC.append(GroupedBinomial)
FAMILY_CODES: dict[type, int] = {
    Softmax: -1,
    **{family: code for code, family in enumerate(NUMERIC)},
}
# The squares of its spreads divide the weights.
FAMILY_CODES[ScaledGaussian] = FAMILY_CODES[Gaussian]


def pack_network(perceptron: Perceptron) -> Network:
    """Pack a perceptron whose family and activations are defined by the package."""
    shapes = np.array(perceptron.shapes, dtype=np.int64)
    ends = ([0, *np.cumsum(part)] for part in (shapes.prod(axis=1), shapes[:, 1], shapes[:, 0]))
    starts, sums, inputs = (np.array(part, dtype=np.int64) for part in ends)
    codes = [ACTIVATION_CODES[type(each)] for each in perceptron.activations]
    return Network(
        np.array(perceptron.sizes, dtype=np.int64),
        starts,
        sums,
        inputs,
        np.array(codes, dtype=np.int64),
        np.array([find_option(each) for each in perceptron.activations], dtype=np.float64),
        FAMILY_CODES[type(perceptron.family)],
        np.array(perceptron.skip, dtype=np.int64),
        np.empty(0) if perceptron.spreads is None else perceptron.spreads**-2.0,
    )


def find_option(activation: Any) -> float:
    """Value of an activation's option; 0 for one without options."""
    names = _OPTIONS[ACTIVATION_CODES[type(activation)]]
    return float(getattr(activation, names[0])) if names else 0.0
