"""Benchmark one objective() on a large table against PyTorch's loss and backward pass.

20 columns and an intercept, 64 hidden units, 5 classes. Everything runs in fresh processes, whose
environment sets the number of threads; ours and PyTorch are timed alternately in each. Memory is
the peak of objective() above the data and the network; time per row is compared between numbers of
rows in one process.
"""

from __future__ import annotations

from functools import partial
from statistics import median
from typing import Any

import numpy as np
import pandas as pd
from measure import (
    ENGINES,
    Lines,
    Row,
    Skip,
    compare,
    find_package,
    in_fresh_process,
    in_turns,
    limit_threads,
    make_network,
    measure_peak,
    seconds,
    show_seconds,
)

from neuralnet import NeuralNetwork

COLUMNS, HIDDEN, CLASSES = 20, 64, 5
# Tolerance of the difference of two gradients by dtype, relative to the largest entry.
SAME = {"float64": 1e-9, "float32": 1e-3}
MOST_MEBIBYTES = 64.0
MOST_UNEVEN = 1.15


def make_table(n: int) -> pd.DataFrame:
    """Normal columns and a class for each row."""
    generator = np.random.default_rng(1)
    table = pd.DataFrame(
        generator.normal(size=(n, COLUMNS)), columns=[f"x{i}" for i in range(COLUMNS)]
    )
    codes = generator.integers(0, CLASSES, n)
    return table.assign(y=pd.Categorical.from_codes(codes, list("abcde")))


def make_large(n: int, engine: str, dtype: str = "float64") -> NeuralNetwork:
    """Network whose objective is measured."""
    options = {} if dtype == "float64" else {"dtype": dtype}
    return make_network("y ~ .", make_table(n), HIDDEN, engine=engine, seed=1, init=0.3, **options)


# Functions that run in fresh processes -------------------------------------------------------


def time_ours(n: int, engine: str, dtype: str) -> float:
    """Seconds of one objective(): the median of three after one warm-up."""
    network = make_large(n, engine, dtype)
    network.objective()
    return median(seconds(network.objective) for _ in range(3))


def race_torch(n: int, engine: str, dtype: str, threads: int, repeats: int) -> Any:
    """Seconds of ours and of PyTorch, alternately, after checking that their gradients agree."""
    torch = find_package("torch")
    torch.set_num_threads(threads)
    network = make_large(n, engine, dtype)
    codes = network.Y.cat.codes.to_numpy(dtype=np.int64, copy=True)
    kind = getattr(torch, dtype)
    X, Y = torch.tensor(network.X, dtype=kind), torch.tensor(codes)
    W1, W2 = (torch.tensor(W, dtype=kind, requires_grad=True) for W in network.W)

    def differentiate() -> None:
        W1.grad = W2.grad = None
        eta = torch.sigmoid(X @ W1) @ W2[1:] + W2[0]
        torch.nn.functional.cross_entropy(eta, Y, reduction="sum").backward()

    differentiate()
    theirs = np.concatenate([W.grad.numpy().ravel() for W in (W1, W2)])
    ours = network.objective()[1]
    apart = np.abs(theirs - ours).max() / np.abs(ours).max()
    if not apart <= SAME[dtype]:
        raise AssertionError(f"gradients differ by {apart:.1e} of the largest entry")
    return in_turns(repeats, lambda: seconds(network.objective), lambda: seconds(differentiate))


def measure_memory(n: int, engine: str) -> float:
    """Peak memory of objective() above the level before it, in MiB."""
    make_large(1000, engine).objective()
    return measure_peak(make_large(n, engine).objective) / 2**20


def time_rows(numbers: list[int], engine: str, repeats: int) -> list[list[float]]:
    """Seconds per row for each number of rows, alternately."""

    def time_a_row(network: NeuralNetwork) -> float:
        # Repeats are inverse to the number of rows, so that all timings last equally long.
        calls = max(1, max(numbers) // (4 * network.nobs))
        return seconds(lambda: [network.objective() for _ in range(calls)]) / calls / network.nobs

    networks = [make_large(n, engine) for n in numbers]
    return in_turns(repeats, *(partial(time_a_row, network) for network in networks))


# Rows of the report --------------------------------------------------------------------------


def measure_large(lines: Lines) -> None:
    """Measure all rows of the report."""
    n, many = lines.size(200_000, 5_000), lines.size(1_000_000, 20_000)
    numbers = [10_000, 100_000, 1_000_000, 2_000_000]
    if lines.quick:
        numbers = [2_000, 10_000]
    for engine in ENGINES:
        # The compiled engine supports float64 only.
        for dtype in SAME if engine == "numpy" else ["float64"]:
            for threads in (1, 2):
                lines.add(
                    f"objective() of {n:,} rows, {dtype}, {engine} / PyTorch, threads: {threads}",
                    partial(_race, lines, n, engine, dtype, threads),
                    wanted=0.4,
                )
            # With threadpoolctl, NumPy's products of this size use one BLAS thread.
            if engine == "compiled":
                lines.add(
                    f"objective() of {n:,} rows, {dtype}, {engine}, two threads over one",
                    partial(_speed_up, lines, n, engine, dtype),
                    wanted=1.7,
                    at_least=True,
                )
        for rows in sorted({n // 10, n, many}):
            lines.add(
                f"objective() of {rows:,} rows, {engine}, memory at the peak",
                partial(_take_memory, lines, rows, engine),
                wanted=MOST_MEBIBYTES,
                unit="MiB",
            )
        _compare_rows(lines, numbers, engine)


def _race(lines: Lines, n: int, engine: str, dtype: str, threads: int) -> Row:
    answer = in_fresh_process(
        "large:race_torch", n, engine, dtype, threads, lines.repeats, **limit_threads(threads)
    )
    return compare(*answer)


def _speed_up(lines: Lines, n: int, engine: str, dtype: str) -> Row:
    def ask(threads: int) -> float:
        environment = limit_threads(threads)
        taken: float = in_fresh_process("large:time_ours", n, engine, dtype, **environment)
        return taken

    one, two = in_turns(lines.repeats, partial(ask, 1), partial(ask, 2))
    gains = [single / double for single, double in zip(one, two, strict=True)]
    return Row(gains, show_seconds(median(two)), show_seconds(median(one)))


def _take_memory(lines: Lines, n: int, engine: str) -> Row:
    environment = limit_threads(1)
    peaks = [
        in_fresh_process("large:measure_memory", n, engine, **environment)
        for _ in range(lines.repeats)
    ]
    return Row(peaks)


def _compare_rows(lines: Lines, numbers: list[int], engine: str) -> None:
    """Row for each number of rows: its time relative to the fastest, per repeat."""
    try:
        times = in_fresh_process(
            "large:time_rows", numbers, engine, lines.repeats, **limit_threads(1)
        )
    except Skip as missing:
        times, why = [], missing
    for place, rows in enumerate(numbers):

        def show(place: int = place) -> Row:
            if not times:
                raise Skip(str(why))
            best = min(times, key=median)
            return compare(times[place], best)

        what = f"objective() of {rows:,} rows, {engine}, time a row over the best"
        lines.add(what, show, wanted=MOST_UNEVEN)
