"""Weak directions in words: hidden units that are alike or constant, columns that go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import listing
from ..model import Model, name_weights

Floats = NDArray[np.float64]
Vector = NDArray[np.float64]

# Rows over which units are compared, at most.
_MOST_ROWS = 5_000
# Share of a direction that a unit or a column must have to be named.
_SHARE = 0.1
# Correlation above which two units are alike, and share of the largest standard deviation of a
# layer's units below which a unit is constant.
_ALIKE, _CONSTANT = 0.999, 1e-3
_MOST_NAMED = 6


def describe_directions(model: Model, theta: Vector, axes: Floats) -> str:
    """Describe directions (P, m) by the units or columns that they move; '' where none stands out.

    ``axes`` are orthonormal, in standardized coordinates.
    """
    perceptron = model.perceptron
    shares = [perceptron.unflatten(each**2) for each in axes.T]
    if not perceptron.activations:
        parts = [share[0].sum(axis=1) for share in shares]
        names = list(model.design.x_names)
        found = [names[place] for place in _find_large(parts)]
        return f"; they are mostly in the weights of {_list(found)}" if found else ""
    notes, moved = [], []
    outputs = _compute_units(model, theta)
    for layer, h in enumerate(outputs):
        units = h.shape[1]
        parts = [
            share[layer].sum(axis=0) + share[layer + 1][1 : 1 + units].sum(axis=1)
            for share in shares
        ]
        names, places = name_weights(model)[layer][1], _find_large(parts)
        moved += [names[place] for place in places]
        notes += _describe_units(h, names, places)
    if not moved:
        return ""
    text = f"; they are mostly in the weights of {_list(moved)}"
    return text + (f" ({_list(notes)})" if notes else "")


def _find_large(parts: list[Vector]) -> list[int]:
    """Positions that have a notable share of any direction."""
    return np.flatnonzero((np.array(parts) > _SHARE).any(axis=0)).tolist()


def _compute_units(model: Model, theta: Vector) -> list[Floats]:
    """Outputs of the hidden units of each layer, (n, units), over some of the rows."""
    perceptron, batch = model.perceptron, model.batch
    step = max(1, len(batch.X) // _MOST_ROWS)
    _, inputs = perceptron.forward(theta, batch.X[::step])
    return [h[:, :units] for h, units in zip(inputs[1:], perceptron.sizes[1:-1], strict=True)]


def _describe_units(h: Floats, names: list[str], places: list[int]) -> list[str]:
    """Say which of some units are constant over the rows, or the same as another one."""
    spread = h.std(axis=0)
    constant = spread <= _CONSTANT * spread.max(initial=0.0)
    notes = [f"{names[place]} is constant" for place in places if constant[place]]
    others = [place for place in places if not constant[place]]
    if len(others) > 1:
        R = np.abs(np.corrcoef(h[:, others].T))
        pairs = np.argwhere(np.triu(R > _ALIKE, 1))
        notes += [f"{names[others[a]]} and {names[others[b]]} are alike" for a, b in pairs]
    return notes


def _list(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return listing(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
