"""Benchmark startup costs: imports, extras, and the first use of the compiled engine.

Each number is measured inside a fresh process, so that Python's own startup is excluded.
"""

from __future__ import annotations

import tempfile
from functools import partial
from statistics import median

from measure import (
    Lines,
    Row,
    compare,
    in_fresh_process,
    make_network,
    run_python,
    seconds,
    show_seconds,
)

from neuralnet import load_iris

EXTRAS = ("numba", "scipy", "matplotlib", "tqdm")
CLOCKED = """
from time import perf_counter
start = perf_counter()
import pandas, patsy
middle = perf_counter()
import neuralnet
print(perf_counter() - middle, middle - start)
"""
COUNTED = """
import sys, pandas, patsy
before = set(sys.modules)
import neuralnet
{then}
print(len({extras} & (set(sys.modules) - before)))
"""
SHORT_RUN = "neuralnet.NeuralNetwork('Species ~ .', neuralnet.load_iris(), 5).train(100, trace=0)"


def measure_start(lines: Lines) -> None:
    """Measure all rows of the report."""
    lines.add(
        "import neuralnet, after import pandas, patsy",
        partial(time_imports, lines),
        wanted=50.0,
        unit="ms",
    )
    for what, then in (("import neuralnet", ""), ("a short train()", SHORT_RUN)):
        lines.add(f"extras that {what} imports", partial(count_extras, lines, then), 0.0, "extras")
    lines.add(
        "iris, a network and its first train(100), compiled, filled / empty cache",
        partial(time_first, lines),
    )


def time_imports(lines: Lines) -> Row:
    """Milliseconds of the import beyond those of its dependencies."""
    # The first process warms the file cache of the system.
    pairs = [clock(CLOCKED) for _ in range(3 * lines.repeats + 1)][1:]
    ours, theirs = zip(*pairs, strict=True)
    more = [each * 1e3 for each in ours]
    return Row(more, show_seconds(median(ours)), show_seconds(median(theirs)))


def clock(code: str) -> list[float]:
    """Numbers printed by a fresh process."""
    # Allow bytecode caches, even if the environment disables writing them.
    return [float(word) for word in run_python(code, PYTHONDONTWRITEBYTECODE="").split()]


def count_extras(lines: Lines, then: str) -> Row:
    """Number of packages of the extras that a fresh process has loaded after some code."""
    code = COUNTED.format(then=then, extras=set(EXTRAS))
    return Row(clock(code))


def time_first(lines: Lines) -> Row:
    """Time the first train of the compiled engine, with and without its disk cache."""
    empty, filled = [], []
    for _ in range(lines.repeats):
        with tempfile.TemporaryDirectory() as folder:
            for times in (empty, filled):
                times.append(in_fresh_process("start:train_first", NUMBA_CACHE_DIR=folder))
    return compare(filled, empty)


def train_first() -> float:
    """Seconds to build a network and train it for the first time in this process."""

    def make_and_train() -> None:
        network = make_network("Species ~ .", load_iris(), 5, engine="compiled", seed=1)
        network.train(100, trace=0)

    return seconds(make_and_train)
