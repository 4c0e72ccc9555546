"""Time and memory of the formula beside plain patsy.

A table of 10 numbers and 3 texts: learning the design and building X, over ``patsy.dmatrices`` of
the same formula; and the most memory that this takes above the table, over the bytes of X, in a
process of its own: 1 is X alone. Then ``predict`` of one row by a trained network, from the
DataFrame to the label or mean, over ``patsy.build_design_matrices``, which gives X alone.
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
    """A table of n rows: 10 numbers, 3 texts, a response of numbers and one of classes."""
    generator = np.random.default_rng(1)
    numbers = {name: generator.uniform(1, 3, n) for name in NUMBERS}
    texts = {
        name: generator.choice([f"{name}{level}" for level in range(count)], n)
        for name, count in LEVELS.items()
    }
    y, kind = generator.normal(size=n), generator.choice(list("uvw"), n)
    return pd.DataFrame({**numbers, **texts, "y": y, "kind": kind})


def read_table(table: pd.DataFrame) -> np.ndarray:
    """X as training builds it."""
    return Design.fit(f"y ~ {FORMULA}", table).read(table).X


def measure_formula(lines: Lines) -> None:
    """All rows."""
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
    """Seconds for X here and in patsy."""
    table = make_table(n)
    ours, theirs = in_turns(
        lines.repeats,
        lambda: seconds(lambda: read_table(table)),
        lambda: seconds(lambda: patsy.dmatrices(f"y ~ {FORMULA}", table)),
    )
    return compare(ours, theirs)


def take_memory(lines: Lines, n: int) -> Row:
    """The peak over the bytes of X."""
    return Row([in_fresh_process("formula:measure_memory", n) for _ in range(lines.repeats)])


def measure_memory(n: int) -> float:
    """The same once, in this process, which must be a fresh one."""
    read_table(make_table(1000))
    table = make_table(n)
    kept: list[np.ndarray] = []
    peak = measure_peak(lambda: kept.append(read_table(table)))
    return peak / kept[0].nbytes


def race_one_row(lines: Lines, text: str) -> Row:
    """Seconds of predict here and of patsy's matrix."""
    network, row, table = make_predictor(text)
    info = patsy.dmatrix(text.partition("~")[2], table).design_info
    ours, theirs = in_turns(
        lines.repeats,
        partial(time_call, lambda: network.predict(row)),
        partial(time_call, lambda: patsy.build_design_matrices([info], row)),
    )
    return compare(ours, theirs)


def time_one_row(lines: Lines, text: str) -> Row:
    """Milliseconds of predict."""
    network, row, _ = make_predictor(text)
    (taken,) = in_turns(lines.repeats, partial(time_call, lambda: network.predict(row)))
    return Row([each * 1e3 for each in taken])


def make_predictor(text: str) -> tuple[NeuralNetwork, pd.DataFrame, pd.DataFrame]:
    """A trained network, a row for it, and its table."""
    table = make_table(500)
    network = NeuralNetwork(text, table, 5, seed=1).train(20, 1e-4, trace=0)
    return network, table.iloc[[3]], table


def time_call(action: Callable[[], object], calls: int = 50) -> float:
    """Seconds a call."""
    return seconds(lambda: [action() for _ in range(calls)]) / calls
