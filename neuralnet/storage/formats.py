"""Documents of earlier formats in the words of the present one.

Format 1 held the penalty weight by weight, and only what was used: there nothing was left open.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from ..perceptron import Penalty, Perceptron
from .values import Reader


def modernize(document: Mapping[str, Any], reader: Reader) -> Mapping[str, Any]:
    """The same document in the present format; raises where the earlier one is strange."""
    return document if document["format"] > 1 else _leave_first(document, reader)


def _leave_first(document: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    perceptron: Perceptron = reader.read(document["perceptron"], Perceptron)
    penalty: Penalty = reader.read(document["penalty"], Penalty)
    ((_, (coordinates, _)),) = document["coordinates"].items()
    settings = {
        "decay": _join_decay(penalty, perceptron),
        "init": document["init"],
        "scale": coordinates == "Standardized",
        "penalize_bias": True,
    }
    told = {"record": ["Settings", settings]}
    row_options = {"record": ["RowOptions", document["selection"]["record"][1]]}
    new = {
        "class_weights": document["balance"],
        "row_options": row_options,
        "tuning": {"record": ["Tuning", {}]},
        "given": told,
        "used": told,
        "mixture": penalty.mixture,
        "penalty_factor": None,
    }
    return {**document, **new}


def _join_decay(penalty: Penalty, perceptron: Perceptron) -> Any:
    """One number, or what stands for one of each matrix of weights."""
    if np.ndim(penalty.decay) == 0:
        return float(penalty.decay)
    ends = np.cumsum([0, *map(prod, perceptron.shapes)])
    if np.shape(penalty.decay) != (ends[-1],):
        raise ValueError("a penalty of other weights")
    parts = np.split(penalty.decay, ends[1:-1])
    if any((part != part[0]).any() for part in parts):
        raise ValueError("a penalty that differs within a matrix")
    return {"tuple": [float(part[0]) for part in parts]}
