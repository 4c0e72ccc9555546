"""Coverage of the intervals of average slopes and comparisons, by simulation.

Truths are tanh networks with one hidden layer (2 units) and with two (3 and 2 units) on three
independent normal columns, n = 500 rows; a gaussian response has errors of standard deviation 0.8.
Fitted are networks of the truth's size, with decay by evidence and four starts. Intervals are those
of the delta method at 95 %, and the true effects are those for the rows at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from simulation import Cell, draw_response

from neuralnet import NeuralNetwork

N = 500
NAMES = ["x1", "x2", "x3"]
STEP = 1e-5
FAMILIES = ("gaussian", "binomial", "softmax")
HIDDEN = {"one layer": [2], "two layers": [3, 2]}
_MEANS: dict[str, Callable[[Any], Any]] = {
    "gaussian": lambda eta: eta,
    "binomial": lambda eta: 1.0 / (1.0 + np.exp(-eta)),
    "softmax": lambda eta: np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True),
}


def compute_scores(x: Any, layers: str, family: str) -> list[Any]:
    """Compute the true scores, (n,) each: one, or two beside 0 for the first of three classes."""
    a = np.tanh(x[:, 0] + 0.5 * x[:, 1])
    b = np.tanh(x[:, 1] - x[:, 2] + 0.3)
    if layers == "two layers":
        c = np.tanh(0.8 * x[:, 2] + 0.6 * x[:, 0] - 0.2)
        a, b = np.tanh(1.5 * a - b + 0.5 * c), np.tanh(1.2 * b + c - 0.3)
    scores = [1.5 * a - 1.2 * b]
    return [*scores, 0.8 * a + 1.4 * b] if family == "softmax" else scores


def compute_means(x: Any, layers: str, family: str) -> Any:
    """Compute the true means (n, K)."""
    eta = np.column_stack(compute_scores(x, layers, family))
    if family == "softmax":
        eta = np.insert(eta, 0, 0.0, axis=1)
    return _MEANS[family](eta)


def measure_coverage(family: str, layers: str, seed: int) -> dict[str, float]:
    """Share of the intervals of a table that cover the true effect, by kind of effect.

    nan where the fit is refused.
    """
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((N, 3))
    Y = draw_response(family, compute_scores(x, layers, family), generator)
    table = pd.DataFrame(x, columns=NAMES).assign(y=np.ravel(Y))
    net = NeuralNetwork(
        "y ~ x1 + x2 + x3",
        table if family == "gaussian" else table.astype({"y": int}),
        hidden=HIDDEN[layers],
        activation="tanh",
        family=family,
        decay="evidence",
        seed=seed,
    )
    found = net.train(trace=0).inference()
    if not found.judgement.allows:
        return {"average slopes": np.nan, "average comparisons": np.nan}
    quartiles = np.quantile(x, [0.25, 0.75], axis=0)
    slopes, changes = [], []
    for column, name in enumerate(NAMES):
        means = partial(_compute_means_at, x, column, layers, family)
        slope = (means(x[:, column] + STEP) - means(x[:, column] - STEP)).mean(axis=0) / (2 * STEP)
        slopes.append(_cover(found.slopes(name), slope))
        change = (means(quartiles[1, column]) - means(quartiles[0, column])).mean(axis=0)
        changes.append(_cover(found.comparisons(name), change))
    return {
        "average slopes": float(np.mean(slopes)),
        "average comparisons": float(np.mean(changes)),
    }


def _cover(effects: pd.DataFrame, truth: Any) -> float:
    """Share of the outputs whose interval covers the true effect."""
    lower, upper = effects["lower"].to_numpy(), effects["upper"].to_numpy()
    return float(((lower <= truth) & (truth <= upper)).mean())


def _compute_means_at(x: Any, column: int, layers: str, family: str, values: Any) -> Any:
    changed = x.copy()
    changed[:, column] = values
    return compute_means(changed, layers, family)


CELLS: dict[str, Cell] = {
    f"coverage, {family}, {layers}, n = {N}": partial(measure_coverage, family, layers)
    for family in FAMILIES
    for layers in HIDDEN
}
