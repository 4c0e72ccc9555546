"""Time and memory of the formula, each as a ratio to plain patsy in the same run.

Run as ``python tests/benchmarks/formula.py [rows]``; 1,000,000 rows unless told, where patsy takes
half a minute. What is printed:

table, time
    Seconds for a table of rows x (10 numbers + 3 texts): learning the design and building X here,
    over ``patsy.dmatrices`` of the same formula. The best of three here, of one there (each after
    a smaller one to warm up). Wanted: at most 0.1.
table, memory
    The most memory that this takes above the table, over the bytes of X, by the operating system's
    count in a process of its own: 1 is X alone. Wanted: at most 1.3.
one row
    Seconds for ``predict`` of one row by a trained network, from the DataFrame to the label or
    mean, over ``patsy.build_design_matrices`` for that row, which gives X alone. The best of
    rounds in turns. Wanted: below 0.1, and below 1 ms.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
import patsy

from neuralnet import NeuralNetwork
from neuralnet.design import Design

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


def measure(action: Callable[[], Any]) -> float:
    """Seconds that an action takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def read_table(table: pd.DataFrame) -> np.ndarray:
    """X as training builds it."""
    return Design.learn(f"y ~ {FORMULA}", table).read(table).X


def time_table(n: int) -> tuple[float, float]:
    """Seconds here and in patsy."""
    small, table = make_table(1000), make_table(n)
    read_table(small)
    patsy.dmatrices(f"y ~ {FORMULA}", small)
    ours = min(measure(lambda: read_table(table)) for _ in range(3))
    return ours, measure(lambda: patsy.dmatrices(f"y ~ {FORMULA}", table))


def measure_memory(n: int) -> float:
    """The peak above the table over the bytes of X, in this process, which must be a fresh one."""
    read_table(make_table(1000))
    table = make_table(n)
    # Linux then forgets the peak so far, which making the table may have set.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _read_status("VmRSS")
    X = read_table(table)
    return (_read_status("VmHWM") - before) / X.nbytes


def _read_status(name: str) -> int:
    """A number of bytes that Linux knows of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024


def time_one_row(text: str, rounds: int = 15, calls: int = 20) -> tuple[float, float]:
    """Seconds a call here and in patsy: the best of rounds in turns."""
    table = make_table(500)
    network = NeuralNetwork(text, table, 5, seed=1).train(20, 1e-4, trace=0)
    info = patsy.dmatrix(text.partition("~")[2], table).design_info
    row = table.iloc[[3]]
    actions = (
        lambda: [network.predict(row) for _ in range(calls)],
        lambda: [patsy.build_design_matrices([info], row) for _ in range(calls)],
    )
    seconds = [[measure(each) / calls for each in actions] for _ in range(rounds)]
    ours, theirs = (min(column) for column in zip(*seconds, strict=True))
    return ours, theirs


def main(n: int) -> None:
    """Print all of it."""
    ours, theirs = time_table(n)
    print(
        f"table of {n:,} rows, time: {ours:.3f} s, patsy {theirs:.2f} s, ratio {ours / theirs:.3f}"
    )
    if sys.platform.startswith("linux"):
        command = [sys.executable, __file__, str(n), "memory"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        print(f"table of {n:,} rows, memory at peak: {done.stdout.strip()} times X")
    for name, text in ONE_ROW.items():
        ours, theirs = time_one_row(text)
        ratio = f"patsy {theirs * 1e6:.0f} us, ratio {ours / theirs:.3f}"
        print(f"one row, {name}: {ours * 1e6:.0f} us, {ratio}")


if __name__ == "__main__":
    rows = int(float(sys.argv[1])) if sys.argv[1:] else 1_000_000
    if sys.argv[2:] == ["memory"]:
        print(f"{measure_memory(rows):.2f}")
    else:
        main(rows)
