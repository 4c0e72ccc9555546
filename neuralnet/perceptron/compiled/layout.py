"""What machine code reads: rows, a network and its numbers, from a batch and a perceptron."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...activations import ACTIVATIONS
from ...families import FAMILIES, GroupedBinomial, Softmax
from ..perceptron import Perceptron

Floats = NDArray[np.float64]

RECORDS = [type(record) for record in ACTIVATIONS.values()]
_OPTIONS = [
    [field.name for field in fields(record) if field.name != "name"]  # type: ignore[arg-type]
    for record in RECORDS
]
KINDS: dict[type, int] = {record: kind for kind, record in enumerate(RECORDS)}


class Rows(NamedTuple):
    """A batch as machine code reads it; what is not there is empty."""

    X: Floats
    codes: NDArray[np.int64]
    targets: Floats
    weights: Floats
    offset: Floats


class Network(NamedTuple):
    """A perceptron as machine code reads it.

    Attributes
    ----------
    sizes : (layers + 1,) array
        Columns of X, units of each layer.
    starts, places, inputs : (layers + 1,) arrays
        Where the weights, the sums and what is given to each layer begin, the last being ends.
    kinds, options : arrays with one number a hidden layer
        Its activation, and what that is told.
    family : int
    skip : array of int
    """

    sizes: NDArray[np.int64]
    starts: NDArray[np.int64]
    places: NDArray[np.int64]
    inputs: NDArray[np.int64]
    kinds: NDArray[np.int64]
    options: Floats
    family: int
    skip: NDArray[np.int64]


class Options(NamedTuple):
    """Stands for any activation: each finds its own option in it, if it has one."""

    alpha: float
    leak: float


NUMERIC = [type(family) for family in FAMILIES.values() if type(family) is not Softmax]
NUMERIC.append(GroupedBinomial)
FAMILY_CODES: dict[type, int] = {
    Softmax: -1,
    **{family: code for code, family in enumerate(NUMERIC)},
}


def describe(perceptron: Perceptron) -> Network:
    """A perceptron made of the package's own records."""
    shapes = np.array(perceptron.shapes, dtype=np.int64)
    ends = ([0, *np.cumsum(part)] for part in (shapes.prod(axis=1), shapes[:, 1], shapes[:, 0]))
    starts, places, inputs = (np.array(part, dtype=np.int64) for part in ends)
    kinds = [KINDS[type(each)] for each in perceptron.activations]
    return Network(
        np.array(perceptron.sizes, dtype=np.int64),
        starts,
        places,
        inputs,
        np.array(kinds, dtype=np.int64),
        np.array([find_option(each) for each in perceptron.activations], dtype=np.float64),
        FAMILY_CODES[type(perceptron.family)],
        np.array(perceptron.skip, dtype=np.int64),
    )


def find_option(activation: Any) -> float:
    """The number that an activation is told, if any."""
    names = _OPTIONS[KINDS[type(activation)]]
    return float(getattr(activation, names[0])) if names else 0.0
