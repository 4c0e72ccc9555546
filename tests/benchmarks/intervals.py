"""Coverage of intervals of predictions, average comparisons and average slopes, by simulation.

Truths are tanh networks on three independent normal columns, with one hidden layer (2 units) and
with two (3 and 2 units), and Friedman's function of five uniform columns, which no network of these
sizes is. There are n = 500 rows; a gaussian response has errors of standard deviation 0.8. The
decay is chosen by evidence from four starts. Intervals are of 95 %. Predictions are those of scores
(of classes minus that of the first class) at 40 points, the same for every table; average effects
are those for the rows at hand. The bootstrap has 40 resamples, each fitted from one random start.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from simulation import Cell, Share, draw_response

from neuralnet import NeuralNetwork

N = 500
N_POINTS = 40
N_RESAMPLES = 40
STEP = 1e-5
FAMILIES = ("gaussian", "binomial", "softmax")
# The truth, and the hidden layers that are fitted.
NETS = (
    ("one layer", [2]),
    ("one layer", [5]),
    ("two layers", [3, 2]),
    ("Friedman", [5]),
    ("Friedman", [12]),
)
# A fit from which nothing may be inferred.
REFUSED = (np.nan, np.nan)
_MEANS: dict[str, Callable[[Any], Any]] = {
    "gaussian": lambda eta: eta,
    "binomial": lambda eta: 1.0 / (1.0 + np.exp(-eta)),
    "softmax": lambda eta: np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True),
}
# What is asked of the record: a method, and how its errors are found.
EFFECTS = {
    "average comparisons, delta": ("comparisons", "delta"),
    "average comparisons, ensemble": ("comparisons", "ensemble"),
    "average slopes, delta": ("slopes", "delta"),
}
# The default has the errors of the ensemble around the prediction of the network.
PREDICTIONS = {
    "predictions, delta": "delta",
    "predictions, ensemble": "ensemble",
    "predictions, default": None,
}


def draw_columns(truth: str, n: int, generator: np.random.Generator) -> Any:
    """Draw the columns x (n, D)."""
    if truth == "Friedman":
        return generator.random((n, 5))
    return generator.standard_normal((n, 3))


def compute_scores(x: Any, truth: str, family: str) -> list[Any]:
    """Compute the true scores, (n,) each: one, or two beside 0 for the first of three classes."""
    if truth == "Friedman":
        return _compute_friedman(x, family)
    a = np.tanh(x[:, 0] + 0.5 * x[:, 1])
    b = np.tanh(x[:, 1] - x[:, 2] + 0.3)
    if truth == "two layers":
        c = np.tanh(0.8 * x[:, 2] + 0.6 * x[:, 0] - 0.2)
        a, b = np.tanh(1.5 * a - b + 0.5 * c), np.tanh(1.2 * b + c - 0.3)
    scores = [1.5 * a - 1.2 * b]
    return [*scores, 0.8 * a + 1.4 * b] if family == "softmax" else scores


def _compute_friedman(x: Any, family: str) -> list[Any]:
    """Friedman's (1991) function, centered and divided by 3: its standard deviation is 1.6."""
    f = 10.0 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20.0 * (x[:, 2] - 0.5) ** 2
    f = (f + 10.0 * x[:, 3] + 5.0 * x[:, 4] - 14.4) / 3.0
    other = 1.5 * np.sin(2.0 * np.pi * x[:, 2]) + 2.0 * (x[:, 0] - x[:, 3])
    return [f, other] if family == "softmax" else [f]


def compute_means(x: Any, truth: str, family: str) -> Any:
    """Compute the true means (n, K)."""
    eta = np.column_stack(compute_scores(x, truth, family))
    if family == "softmax":
        eta = np.insert(eta, 0, 0.0, axis=1)
    return _MEANS[family](eta)


def draw_table(truth: str, family: str, seed: int) -> tuple[Any, pd.DataFrame]:
    """Draw the columns x (N, D), and a table of them with a response."""
    generator = np.random.default_rng(seed)
    x = draw_columns(truth, N, generator)
    y = np.ravel(draw_response(family, compute_scores(x, truth, family), generator))
    table = make_frame(x).assign(y=y)
    return x, table if family == "gaussian" else table.astype({"y": int})


def make_frame(x: Any) -> pd.DataFrame:
    """Name the columns x1, x2, ..."""
    return pd.DataFrame(x, columns=[f"x{number}" for number in range(1, x.shape[1] + 1)])


def fit(table: pd.DataFrame, family: str, hidden: list[int], seed: int) -> NeuralNetwork:
    """Fit a network."""
    formula = f"y ~ {' + '.join(table.columns[:-1])}"
    options = {"activation": "tanh", "family": family, "decay": "evidence", "seed": seed}
    return NeuralNetwork(formula, table, hidden, **options).train(trace=0)


def measure_coverage(family: str, truth: str, hidden: list[int], seed: int) -> dict[str, Share]:
    """Share of the intervals of a table that cover the truth, with their mean width, by kind.

    nan where the fit is refused.
    """
    x, table = draw_table(truth, family, seed)
    net = fit(table, family, hidden, seed)
    found = net.inference()
    if not found.judgement.allows:
        return dict.fromkeys([*PREDICTIONS, *EFFECTS], REFUSED)
    covered = {
        kind: cover_predictions(net, truth, family, method) for kind, method in PREDICTIONS.items()
    }
    truths = compute_effects(x, truth, family)
    for kind, (name, method) in EFFECTS.items():
        covered[kind] = cover(getattr(found, name)(method=method), truths[name])
    return covered


def measure_bootstrap(family: str, truth: str, hidden: list[int], seed: int) -> dict[str, Share]:
    """Do the same for intervals by the bootstrap, and by the delta method to compare widths."""
    x, table = draw_table(truth, family, seed)
    found = fit(table, family, hidden, seed).inference()
    points, scores = draw_predictions(truth, family)
    changes = compute_effects(x, truth, family)["comparisons"]
    sources = {"delta": found, "bootstrap": found.bootstrap(N_RESAMPLES, progress=False)}
    covered = {}
    for name, source in sources.items():
        if name == "delta" and not found.judgement.allows:
            covered |= dict.fromkeys(["predictions, delta", "average comparisons, delta"], REFUSED)
            continue
        rows = source.predictions(points, average=False, type="link")
        covered[f"predictions, {name}"] = cover(rows, scores.T.ravel())
        covered[f"average comparisons, {name}"] = cover(source.comparisons(), changes)
    return covered


def cover_predictions(
    net: NeuralNetwork, truth: str, family: str, method: str | None
) -> tuple[float, float]:
    """Share of the intervals of the scores of new rows that cover the truth, and mean width."""
    points, scores = draw_predictions(truth, family)
    asked: dict[str, Any] = {"type": "link", "interval": "confidence", "method": method}
    return cover(net.predict(points, **asked), scores)


def draw_predictions(truth: str, family: str) -> tuple[pd.DataFrame, Any]:
    """Draw the points of predictions, the same in every call, and their true scores (n, L)."""
    points = draw_columns(truth, N_POINTS, np.random.default_rng(0))
    return make_frame(points), np.column_stack(compute_scores(points, truth, family))


def compute_effects(x: Any, truth: str, family: str) -> dict[str, Any]:
    """Compute the true average comparisons of quartiles and slopes, column by column."""
    quartiles = np.quantile(x, [0.25, 0.75], axis=0)
    slopes, changes = [], []
    for column in range(x.shape[1]):
        means = partial(_compute_means_at, x, column, truth, family)
        step = means(x[:, column] + STEP) - means(x[:, column] - STEP)
        slopes.append(step.mean(axis=0) / (2.0 * STEP))
        change = means(quartiles[1, column]) - means(quartiles[0, column])
        changes.append(change.mean(axis=0))
    return {"comparisons": np.concatenate(changes), "slopes": np.concatenate(slopes)}


def _compute_means_at(x: Any, column: int, truth: str, family: str, values: Any) -> Any:
    changed = x.copy()
    changed[:, column] = values
    return compute_means(changed, truth, family)


def cover(intervals: pd.DataFrame, truth: Any) -> tuple[float, float]:
    """Share of intervals that cover the truth, and their mean width."""
    lower, upper = (np.reshape(intervals[each], truth.shape) for each in ("lower", "upper"))
    covered = (lower <= truth) & (truth <= upper)
    return float(covered.mean()), float((upper - lower).mean())


def name_cell(family: str, truth: str, hidden: list[int]) -> str:
    """Name a cell by the truth and the hidden layers that are fitted."""
    return f"{family}, {truth}, {hidden}, n = {N}"


def make_cells(kind: str, measure: Callable[..., Any]) -> dict[str, Cell]:
    """Make the cells of a measure, for all truths and families."""
    return {
        f"{kind}, {name_cell(family, truth, hidden)}": partial(measure, family, truth, hidden)
        for truth, hidden in NETS
        for family in FAMILIES
    }


BOOTSTRAPS = make_cells("bootstrap", measure_bootstrap)
CELLS = make_cells("coverage", measure_coverage) | BOOTSTRAPS
