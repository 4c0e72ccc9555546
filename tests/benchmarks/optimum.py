"""Benchmark expected seconds to nnet's median loss: time of 20 starts / number that reach it.

Both minimize cross-entropy plus decay times the sum of squared weights, biases included, from
starting weights uniform in [-0.7, 0.7], for at most 500 iterations: nnet by BFGS in C, ours by
Newton. A start succeeds if its final loss is at most the median of all final losses of nnet in this
run, within a relative tolerance of 1e-6. Each repeat has 20 other starts. The seconds are those of
nnet() in R, which reads the formula each time, and those of our train(); the time to build our 20
networks, which reads the formula, is reported separately.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pandas as pd
from measure import (
    ENGINES,
    Lines,
    Row,
    Skip,
    find_rscript,
    make_network,
    run_r,
    seconds,
    show_seconds,
)

from neuralnet import NeuralNetwork, load_iris

SPARE = 1e-6
MOST = 500
# Rows of each type of glass in the forensic table fgl of R's MASS.
GLASS = (70, 76, 17, 13, 9, 29)


class Task(NamedTuple):
    """Table, the network to fit to its column ``kind``, and bounds of the ratio by engine."""

    table: Callable[[], pd.DataFrame]
    hidden: int
    decay: float
    wanted: dict[str, float]


class Ends(NamedTuple):
    """Final losses of 20 starts, and the seconds of all fits and of everything else."""

    losses: list[float]
    seconds: float
    making: float = 0.0


def read_iris() -> pd.DataFrame:
    """Iris with its species column renamed to ``kind``."""
    return load_iris().rename(columns={"Species": "kind"})


def make_glass(seed: int) -> pd.DataFrame:
    """Synthetic table shaped like fgl: 214 rows, 9 columns, 6 overlapping classes of its sizes."""
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(len(GLASS)), GLASS)
    centers = generator.normal(size=(len(GLASS), 9))
    table = pd.DataFrame(
        centers[codes] + generator.normal(size=(len(codes), 9)), columns=[f"x{i}" for i in range(9)]
    )
    return table.assign(kind=pd.Categorical.from_codes(codes, list("abcdef")))


def read_fgl() -> pd.DataFrame:
    """The original fgl table, from R."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fgl.csv"
        run_r("fgl.R", path)
        table = pd.read_csv(path)
    return table.assign(kind=table["kind"].astype("category"))


TASKS = {
    "iris": Task(read_iris, 5, 5e-4, {"compiled": 1.0}),
    **{
        f"table {seed} of fgl's shape": Task(partial(make_glass, seed), 6, 1e-3, {"numpy": 1.0})
        for seed in (1, 2, 3)
    },
    "fgl": Task(read_fgl, 6, 1e-3, {"numpy": 1.0}),
}


def measure_optimum(lines: Lines) -> None:
    """Measure all tables and both engines."""
    tasks = [*TASKS][:1] if lines.quick else TASKS
    for name in tasks:
        task = TASKS[name]
        for engine in ENGINES:
            what = f"{name}, seconds to nnet's median end, newton, {engine} / nnet"
            wanted = task.wanted.get(engine)
            lines.add(what, partial(race, lines, name, task, engine), wanted=wanted)


def race(lines: Lines, name: str, task: Task, engine: str) -> Row:
    """Ratios of expected seconds, one per repeat."""
    find_rscript("nnet", *(["MASS"] if name == "fgl" else []))
    table, starts = task.table(), lines.size(20, 4)
    fit_ours(table, task, engine, 1, 0)
    turns = [
        (
            fit_ours(table, task, engine, starts, repeat),
            fit_nnet(table, task, starts, repeat),
        )
        for repeat in range(lines.repeats)
    ]
    target = median(loss for _, theirs in turns for loss in theirs.losses)
    target += SPARE * abs(target)
    ratios = []
    for ours, theirs in turns:
        if count_below(theirs, target):
            ratios.append(expect(ours, target) / expect(theirs, target))
    if not ratios:
        raise Skip("too few starts of nnet")
    mine, others = (sum_ends(side) for side in zip(*turns, strict=True))
    return Row(
        ratios,
        ours=f"{show_seconds(expect(mine, target))} ({describe(mine, target)}, after "
        f"{show_seconds(mine.making / len(mine.losses))} to make it)",
        peer=f"{show_seconds(expect(others, target))} ({describe(others, target)})",
    )


def fit_ours(table: pd.DataFrame, task: Task, engine: str, starts: int, repeat: int) -> Ends:
    """Train from n starts."""
    networks: list[NeuralNetwork] = []

    def make() -> None:
        for start in range(starts):
            seed = 1000 * repeat + start
            options = {"decay": task.decay, "init": "uniform", "seed": seed}
            networks.append(make_network("kind ~ .", table, task.hidden, engine=engine, **options))

    def train() -> None:
        for network in networks:
            network.train(MOST, optimizer="newton", tolerance=None, trace=0)

    making, training = seconds(make), seconds(train)
    losses = [network.compute_loss(penalty=True) for network in networks]
    return Ends(losses, training, making)


def fit_nnet(table: pd.DataFrame, task: Task, starts: int, repeat: int) -> Ends:
    """Fit n starts with nnet in an R process that times its fits."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table.to_csv(path, index=False)
        elapsed, *losses = run_r("nnet.R", path, task.hidden, task.decay, starts, repeat, MOST)
    return Ends(losses, elapsed)


def sum_ends(turns: tuple[Ends, ...]) -> Ends:
    """Combine all repeats."""
    losses = [loss for ends in turns for loss in ends.losses]
    return Ends(losses, sum(ends.seconds for ends in turns), sum(ends.making for ends in turns))


def count_below(ends: Ends, target: float) -> int:
    """Number of starts that reach the target."""
    return sum(loss <= target for loss in ends.losses)


def expect(ends: Ends, target: float) -> float:
    """Expected seconds until a start reaches the target."""
    reached = count_below(ends, target)
    return ends.seconds / reached if reached else float("inf")


def describe(ends: Ends, target: float) -> str:
    """Format the number of successful starts and the time per fit."""
    each = show_seconds(ends.seconds / len(ends.losses))
    return f"{count_below(ends, target)} of {len(ends.losses)} starts, {each} a fit"
