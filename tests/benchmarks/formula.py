"""Benchmark time and memory of formulas against plain patsy.

The table has 10 numeric and 3 text columns. Time: learning the design and building X, relative to
``patsy.dmatrices`` with the same formula. Memory: the peak of this above the table, relative to the
bytes of X, in a fresh process; 1 is X alone. Prediction: ``predict`` of one row by a trained
network, from the DataFrame to the label or mean, relative to ``patsy.build_design_matrices``, which
returns X alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import patsy
from measure import Lines, Row, compare, in_fresh_process, in_turns, measure_peak, seconds

from neuralnet import NeuralNetwork
from neuralnet.design.design import Design

NUMBERS = [f"x{i}" for i in range(10)]
LEVELS = {"a": 5, "b": 8, "c": 12}
FORMULA = " + ".join([*NUMBERS, *LEVELS])
ONE_ROW = {
    "4 numbers": "y ~ x0 + x1 + x2 + x3",
    "10 numbers": "y ~ " + " + ".join(NUMBERS),
    "10 numbers, 3 texts": f"y ~ {FORMULA}",
    "10 numbers, 3 texts, classes": f"kind ~ {FORMULA}",
    "log(x) and 3 numbers": "y ~ np.log(x0) + x1 + x2 + x3",
    "standardize(x) and 3 numbers": "y ~ standardize(x0) + x1 + x2 + x3",
}


def make_table(n: int) -> pd.DataFrame:
    """Table of n rows: 10 numbers, 3 texts, a numeric response and a class."""
    generator = np.random.default_rng(1)
    numbers = {name: generator.uniform(1, 3, n) for name in NUMBERS}
    texts = {
        name: generator.choice([f"{name}{level}" for level in range(count)], n)
        for name, count in LEVELS.items()
    }
    y, kind = generator.normal(size=n), generator.choice(list("uvw"), n)
    return pd.DataFrame({**numbers, **texts, "y": y, "kind": kind})


def read_table(table: pd.DataFrame) -> np.ndarray:
    """Build X as training does."""
    return Design.fit(f"y ~ {FORMULA}", table).read(table).X


def measure_formula(lines: Lines) -> None:
    """Measure all rows of the report."""
    n, many = lines.size(200_000, 5_000), lines.size(1_000_000, 50_000)
    lines.add(f"X of {n:,} rows, time / patsy.dmatrices", partial(time_table, lines, n), wanted=0.1)
    lines.add(
        f"X of {many:,} rows, memory at the peak / X", partial(take_memory, lines, many), wanted=1.3
    )
    for name, text in ONE_ROW.items():
        what = f"predict of one row, {name}"
        lines.add(f"{what} / patsy, X alone", partial(race_one_row, lines, text), wanted=0.1)
    for name in ("4 numbers", "10 numbers"):
        what = f"predict of one row, {name}, time"
        lines.add(what, partial(time_one_row, lines, ONE_ROW[name]), wanted=1.0, unit="ms")


def time_table(lines: Lines, n: int) -> Row:
    """Seconds to build X here and in patsy."""
    table = make_table(n)
    ours, theirs = in_turns(
        lines.repeats,
        lambda: seconds(lambda: read_table(table)),
        lambda: seconds(lambda: patsy.dmatrices(f"y ~ {FORMULA}", table)),
    )
    return compare(ours, theirs)


def take_memory(lines: Lines, n: int) -> Row:
    """Peak memory relative to the bytes of X."""
    return Row([in_fresh_process("formula:measure_memory", n) for _ in range(lines.repeats)])


def measure_memory(n: int) -> float:
    """Measure the peak memory once; requires a fresh process."""
    read_table(make_table(1000))
    table = make_table(n)
    kept: list[np.ndarray] = []
    peak = measure_peak(lambda: kept.append(read_table(table)))
    return peak / kept[0].nbytes


def race_one_row(lines: Lines, text: str) -> Row:
    """Seconds of our predict and of patsy's design matrix."""
    network, row, table = make_predictor(text)
    info = patsy.dmatrix(text.partition("~")[2], table).design_info
    ours, theirs = in_turns(
        lines.repeats,
        partial(time_call, lambda: network.predict(row)),
        partial(time_call, lambda: patsy.build_design_matrices([info], row)),
    )
    return compare(ours, theirs)


def time_one_row(lines: Lines, text: str) -> Row:
    """Milliseconds of predict for one row."""
    network, row, _ = make_predictor(text)
    (taken,) = in_turns(lines.repeats, partial(time_call, lambda: network.predict(row)))
    return Row([each * 1e3 for each in taken])


def make_predictor(text: str) -> tuple[NeuralNetwork, pd.DataFrame, pd.DataFrame]:
    """Trained network, one row to predict, and its table."""
    table = make_table(500)
    network = NeuralNetwork(text, table, 5, seed=1).train(20, 1e-4, trace=0)
    return network, table.iloc[[3]], table


def time_call(action: Callable[[], object], calls: int = 50) -> float:
    """Seconds per call."""
    return seconds(lambda: [action() for _ in range(calls)]) / calls
