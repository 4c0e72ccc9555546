"""Compare bounds of Rprop's step sizes: ``python tests/benchmarks/rprop.py [--quick]``.

Riedmiller's are 1e-6 and 50, those of R's neuralnet 1e-10 and 0.1. The initial step size is 0.1.
Half of each table is for training; each pair of bounds is run from the same starts for equally many
iterations. The loss is the minimized one (decay 0.01), per row; the deviance is that of the other
half, per row; the iterations are those until the loss is within a hundredth of the highest final
loss. All are medians over the starts. A complete run writes ``rprop.md`` in this folder.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import product
from typing import NamedTuple

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NEURALNET_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import pandas as pd
from measure import HERE
from real_tables import from_r
from report import describe_machine, format_cells

from neuralnet import NeuralNetwork, load_hotdogs, load_iris, load_planar
from neuralnet.optimizers import Rprop

BOUNDS = {
    "ours": Rprop(),
    "R's": Rprop(least=1e-10, most=0.1),
    "Riedmiller's": Rprop(least=1e-6, most=50.0),
}
HEADS = ("loss", "deviance", "iterations")
# Standard deviation of the starting weights: the package's own, and neuralnet's.
STARTS = (0.01, 1.0)
DECAY = 0.01


class Task(NamedTuple):
    """Table, formula and network size."""

    formula: str
    hidden: int
    load: Callable[[], pd.DataFrame]


def load_cents() -> pd.DataFrame:
    """Boston with the column tax multiplied by 1e5."""
    return from_r("Boston").assign(tax=lambda table: 1e5 * table["tax"])


def load_dollars() -> pd.DataFrame:
    """Boston with home values in dollars: the same data in other units."""
    return from_r("Boston").assign(medv=lambda table: 1000.0 * table["medv"])


TASKS = {
    "iris": Task("Species ~ .", 5, load_iris),
    "hotdogs": Task("class ~ .", 10, load_hotdogs),
    "planar": Task("y ~ .", 10, load_planar),
    "Boston": Task("medv ~ .", 5, lambda: from_r("Boston")),
    "airquality": Task("Ozone ~ .", 5, lambda: from_r("airquality")),
    "Boston, homes in dollars": Task("medv ~ .", 5, load_dollars),
    "Boston, tax in small units": Task("medv ~ .", 5, load_cents),
    "the same, linear": Task("medv ~ .", 0, load_cents),
}


def main(arguments: list[str]) -> None:
    """Measure all tasks, and print the table."""
    quick = "--quick" in arguments
    seeds, iterations = (2, 100) if quick else (5, 1500)
    heads = [f"{head}, {name}" for head, name in product(HEADS, BOUNDS)]
    cells = [["table", "columns", "start", *heads]]
    for name, scale, start in product(TASKS, (False, True), STARTS):
        columns = "scaled" if scale else "raw"
        figures = measure_task(TASKS[name], scale, start, seeds, iterations)
        cells.append([name, columns, f"{start:g}", *(f"{number:.4g}" for number in figures)])
        print(" | ".join(cells[-1]), flush=True)
    reported = f"{describe_machine()}. {seeds} starts, {iterations:,} iterations."
    text = f"{reported}\n\n{format_cells(cells)}\n"
    if not quick:
        (HERE / "rprop.md").write_text(text, encoding="utf-8")
    print(text)


def measure_task(task: Task, scale: bool, start: float, seeds: int, iterations: int) -> list[float]:
    """Medians of each measure over the starts, ours first."""
    runs = [measure_start(task, scale, start, seed, iterations) for seed in range(seeds)]
    return [float(number) for number in np.median(runs, axis=0)]


def measure_start(task: Task, scale: bool, start: float, seed: int, iterations: int) -> list[float]:
    """Train one start with both pairs of bounds."""
    table = task.load()
    order = np.random.default_rng(seed).permutation(len(table))
    train, held = (table.iloc[part] for part in np.array_split(order, 2))
    curves, deviances = [], []
    for optimizer in BOUNDS.values():
        net = NeuralNetwork(
            task.formula, train, task.hidden, decay=DECAY, scale=scale, init=start, seed=seed
        )
        curves.append(np.minimum.accumulate(descend(net, optimizer, iterations)) / len(train))
        deviances.append(2 * net.compute_loss(held) / len(held))
    worse = max(curve[-1] for curve in curves)
    reached = [int(np.argmax(curve <= 1.01 * worse)) + 1 for curve in curves]
    return [*(curve[-1] for curve in curves), *deviances, *reached]


def descend(net: NeuralNetwork, optimizer: Rprop, iterations: int) -> list[float]:
    """Run an optimizer on the objective of a network; returns the values before each step."""
    objective = net._model.objective
    phi = objective.scaling.from_raw(net.theta)
    memory, values = optimizer.init(phi), []
    for _ in range(iterations):
        phi, memory, value = optimizer.step(objective, phi, memory)
        values.append(value * objective.scaling.loss_scale)
    net.theta = objective.scaling.to_raw(phi)
    return values


if __name__ == "__main__":
    main(sys.argv[1:])
