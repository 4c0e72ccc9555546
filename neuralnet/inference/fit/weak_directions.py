"""Weak directions in words: hidden units that are alike or constant, columns that go together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import cut
from ...model import Model, name_weights
from ...training import join_words

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
    """Describe directions (P, m) by the units and columns that they move; '' if none stands out.

    ``axes`` are orthonormal, in standardized coordinates.
    """
    perceptron, x_names = model.perceptron, model.design.x_names
    shares = [perceptron.unflatten(each**2) for each in axes.T]
    moved, notes = [], []
    for layer, h in enumerate(_compute_units(model, theta)):
        units = h.shape[1]
        parts = [
            share[layer].sum(axis=0) + share[layer + 1][1 : 1 + units].sum(axis=1)
            for share in shares
        ]
        names, places = name_weights(model)[layer][1], _find_large(parts)
        moved += [names[place] for place in places]
        notes += _describe_units(h, names, places)
    # Columns that are read by the output layer.
    columns = [*perceptron.skip] if perceptron.activations else [*range(len(x_names))]
    if columns:
        parts = [share[-1][-len(columns) :].sum(axis=1) for share in shares]
        moved += [x_names[columns[place]] for place in _find_large(parts)]
    if not moved:
        return ""
    return f", mostly of {_join(moved)}" + (f" ({', '.join(notes[:_MOST_NAMED])})" if notes else "")


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
    while len(others) > 1:
        first = h[:, others[0]]
        alike = [place for place in others if abs(np.corrcoef(first, h[:, place])[0, 1]) > _ALIKE]
        if len(alike) > 1:
            notes.append(f"{_join([names[place] for place in alike])} are alike")
        others = [place for place in others[1:] if place not in alike]
    return notes


def _join(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    shown = [*map(cut, names[:_MOST_NAMED]), *([f"{more} more"] if more > 0 else [])]
    return join_words(shown, "and")
