"""Sizes and powers of the tests of inference, by simulation.

``python tests/benchmarks/sizes.py --tables 500`` runs all cells, ``--cells term`` those whose name
begins so. Counts are kept in a file, cell by cell: a run that was stopped goes on where it was.

Truth: ``eta = 1.5 tanh(x1 + x2 / 2) - 1.2 tanh(x2 - x3 + 0.3)``, a tanh net 3-2-K on independent
normal columns; x4 plays no part but in the cells of power. A gaussian response has errors of
standard deviation 0.8; with softmax the second score is another combination of the same units.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import partial
from math import sqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from neuralnet.activations import Tanh
from neuralnet.errors import ignore_overflow
from neuralnet.families import Binomial, Gaussian, Softmax
from neuralnet.inference.added_columns import run_added_columns
from neuralnet.inference.refits import Specification
from neuralnet.inference.term_tests import score_terms
from neuralnet.inference.tested_columns import expand_terasvirta, standardize_tested
from neuralnet.perceptron import Batch, Perceptron

FAMILIES = {"gaussian": Gaussian(), "binomial": Binomial(), "softmax": Softmax()}
# About what decay="evidence" chooses for these tables.
DECAYS = {"gaussian": 0.15, "binomial": 0.45, "softmax": 0.5}
NETS = {"[2]": (2,), "[5]": (5,), "[3, 2]": (3, 2)}
NOISE = 0.8
# What x4 adds to the (first) score.
EFFECTS: dict[str, Callable[[Any], Any]] = {
    "idle": lambda x: 0.0 * x[3],
    "line": lambda x: 0.25 * x[3],
    "bump": lambda x: np.exp(-2.0 * x[3] ** 2),
    "product": lambda x: 0.4 * x[3] * x[0],
}
# What is added to a linear predictor.
CURVES: dict[str, Callable[[Any], Any]] = {
    "glm": lambda x: 0.0 * x[0],
    "product": lambda x: 0.5 * x[0] * x[1],
    "tanh": lambda x: 2.0 * np.tanh(2.0 * x[0]) - 1.5 * x[0],
    "sine": lambda x: np.sin(3.0 * x[2]),
}


def draw_response(family: str, scores: list[Any], generator: np.random.Generator) -> Any:
    """Draw a response from one score, or from one for each class but the first."""
    eta = np.column_stack(scores)
    if family == "gaussian":
        return eta + NOISE * generator.standard_normal(eta.shape)
    if family == "binomial":
        return (generator.random(eta.shape) < 1.0 / (1.0 + np.exp(-eta))).astype(float)
    eta = np.insert(eta, 0, 0.0, axis=1)
    return (eta + generator.gumbel(size=eta.shape)).argmax(axis=1)


def make_net(family: str, hidden: tuple[int, ...], X: Any, Y: Any) -> Specification:
    """Specify a tanh net of some columns and an intercept."""
    D = X.shape[1]
    K = 3 if family == "softmax" else 1
    perceptron = Perceptron((D + 1, *hidden, K), (Tanh(),) * len(hidden), FAMILIES[family])
    batch = Batch(np.insert(X, 0, 1.0, axis=1), Y)
    numeric = np.arange(D + 1) > 0
    return Specification(perceptron, batch, 0, numeric, DECAYS[family])


def measure_term(family: str, net: str, effect: str, n: int, seed: int) -> float:
    """P-value of x4 in a table."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((4, n))
    a, b = np.tanh(x[0] + 0.5 * x[1]), np.tanh(x[1] - x[2] + 0.3)
    scores = [1.5 * a - 1.2 * b + EFFECTS[effect](x)]
    if family == "softmax":
        scores.append(0.8 * a + 1.4 * b)
    Y = draw_response(family, scores, generator)
    whole = make_net(family, NETS[net], x.T, Y)
    (found,) = score_terms(whole, {"x4": np.array([4])}, 4, 1)
    return found.test.p_value


def measure_nonlinearity(family: str, curve: str, n: int, seed: int) -> float:
    """P-value of Teräsvirta's test of a GLM of three columns, from 99 resamples for classes."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((3, n))
    scores = [0.8 * x[0] - 0.5 * x[1] + CURVES[curve](x)]
    if family == "softmax":
        scores.append(0.5 * x[2] - 0.5 * x[0])
    glm = make_net(family, (), x.T, draw_response(family, scores, generator)).as_glm()
    tested = standardize_tested(glm.batch, np.array([1, 2, 3]))
    Z = expand_terasvirta(tested, glm.batch, 2 if family == "softmax" else 1)
    return run_added_columns(glm, Z, 99, seed).p_value


CELLS: dict[str, Callable[[int], float]] = {}
for _family in FAMILIES:
    for _net in NETS:
        CELLS[f"term size, {_family}, {_net}, n = 500"] = partial(
            measure_term, _family, _net, "idle", 500
        )
for _family in FAMILIES:
    for _effect in ("line", "bump", "product"):
        CELLS[f"term power, {_effect}, {_family}, [5], n = 500"] = partial(
            measure_term, _family, "[5]", _effect, 500
        )
for _family in FAMILIES:
    for _n in (100, 200, 500):
        CELLS[f"nonlinearity size, {_family}, n = {_n}"] = partial(
            measure_nonlinearity, _family, "glm", _n
        )
for _family in FAMILIES:
    for _curve in ("product", "tanh", "sine"):
        CELLS[f"nonlinearity power, {_curve}, {_family}, n = 200"] = partial(
            measure_nonlinearity, _family, _curve, 200
        )


def run_cell(name: str, tables: int, counts: dict[str, Any], path: Path) -> None:
    """Bring a cell to a number of tables; saves the counts every 50 tables."""
    cell = counts.setdefault(name, {"tables": 0, "rejected": 0, "seconds": 0.0})
    while cell["tables"] < tables:
        start = process_time()
        for _ in range(min(50, tables - cell["tables"])):
            with ignore_overflow():
                p_value = CELLS[name](1_000 + cell["tables"])
            cell["tables"] += 1
            cell["rejected"] += bool(p_value <= 0.05)
        cell["seconds"] += process_time() - start
        path.write_text(json.dumps(counts, indent=1), encoding="utf-8")


def describe(name: str, cell: dict[str, Any]) -> str:
    """Describe a cell as a row of a table: percent rejected at 5 %, and the Monte Carlo error."""
    n = cell["tables"]
    share = cell["rejected"] / n
    error = sqrt(max(share * (1.0 - share), 0.01) / n)
    each = 1_000.0 * cell["seconds"] / n
    return f"| {name} | {n} | {100 * share:.1f} | {100 * error:.1f} | {each:.0f} |"


def main() -> None:
    """Run cells, and print a table of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--cells", default="", help="the beginning of the names of cells")
    parser.add_argument("--file", type=Path, default=Path("sizes.json"))
    options = parser.parse_args()
    counts = json.loads(options.file.read_text("utf-8")) if options.file.exists() else {}
    print("| cell | tables | rejected at 5 %, in % | MC error | CPU ms a table |")
    print("|---|---|---|---|---|")
    for name in CELLS:
        if name.startswith(options.cells):
            run_cell(name, options.tables, counts, options.file)
            print(describe(name, counts[name]), flush=True)


if __name__ == "__main__":
    main()
