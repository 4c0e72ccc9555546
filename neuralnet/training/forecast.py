"""Forecast of a long training: the time left, by the pace so far, and the memory that it needs.

Only text depends on the clock; no choice and no result does.
"""

from __future__ import annotations

import os
from typing import Any

from ..model import Model
from ..optimizers import read_capabilities
from ..perceptron import Batch, choose_block_rows, count_threads
from .options import TrainingRun
from .workers import MIN_GRAIN

# Seconds of work that are measured, and seconds left that are worth a line.
MEASURED, LONG = 1.0, 10.0
# Bytes that are worth a line.
LARGE = 2.0**30

# Units of time: name, seconds, and the duration from which each is used.
_UNITS = (
    ("days", 86_400.0, 172_800.0),
    ("h", 3_600.0, 3_600.0),
    ("min", 60.0, 60.0),
    ("s", 1.0, 0.995),
    ("ms", 1e-3, 1e-3),
    ("us", 1e-6, 0.0),
)


class TimeForecast:
    """Forecast of the time left, made once: as soon as enough work was measured.

    Where the environment variable TQDM_DISABLE turns progress bars off, none is made.

    Parameters
    ----------
    total : float
        All work, in units of about equal time.

    Examples
    --------
    >>> forecast = TimeForecast(100)
    >>> [forecast.count(1, now) for now in (0.0, 0.6, 1.2, 1.8)]
    [None, None, (0.6, 97), None]
    """

    def __init__(self, total: float) -> None:
        # What switches tqdm's bars off, as in notebooks that are run by a test, does so here.
        disabled = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
        self._left = 0.0 if disabled else total
        self._start: float | None = None
        self._measured = 0.0

    def count(self, work: float, now: float) -> tuple[float, float] | None:
        """Count work that ended now; once it is known and long, return seconds a unit, units left.

        The first work is not measured: it may include the compilation of code.
        """
        self._left -= work
        if self._left <= 0 or not work:
            return None
        if self._start is None:
            self._start = now
            return None
        self._measured += work
        seconds = now - self._start
        if seconds < MEASURED:
            return None
        pace, left = seconds / self._measured, self._left
        self._left = 0.0
        return (pace, left) if pace * left > LONG else None

    def skip(self, work: float) -> None:
        """Leave out work that was not needed."""
        self._left -= work


def describe_time_left(pace: float, iterations: float, optimizer: Any) -> str:
    """Describe the time left, at most.

    Examples
    --------
    >>> from neuralnet.optimizers import LBFGS
    >>> describe_time_left(0.05, 9_000, LBFGS())
    'About 7.5 min left at most: 9,000 iterations of 50 ms, if LBFGS does not end before'
    """
    return (
        f"About {describe_seconds(pace * iterations)} left at most: {iterations:,.0f} iterations "
        f"of {describe_seconds(pace)}, if {type(optimizer).__name__} does not end before"
    )


def describe_seconds(seconds: float) -> str:
    """Describe a duration in its largest unit.

    Examples
    --------
    >>> [describe_seconds(each) for each in (0.00012, 0.042, 12.3, 100, 3e4, 2e6)]
    ['120 us', '42 ms', '12 s', '1.7 min', '8.3 h', '23 days']
    """
    unit, size, _ = next(each for each in _UNITS if seconds >= each[2])
    return f"{float(f'{seconds / size:.2g}'):g} {unit}"


def estimate_memory(
    model: Model, run: TrainingRun, *, fold_rows: int = 0, processes: int = 0
) -> dict[str, float]:
    """Estimate the bytes that a training needs beyond its network, by purpose.

    Parameters
    ----------
    model : Model
    run : TrainingRun
    fold_rows : int
        Rows of the folds that choose a decay; 0 without a choice.
    processes : int
        Other processes, each with a network of its own.
    """
    perceptron, options = model.perceptron, run.options
    P, K, own = perceptron.n_parameters, perceptron.sizes[-1], model.batch
    threads = count_threads() if model.grain >= MIN_GRAIN or model.engine != "numpy" else 1
    block = min(len(own.X), choose_block_rows(perceptron.sizes))
    each_row = _count_bytes([own]) / max(1, len(own.X))
    held = [] if options.validation is None else [options.validation.batch]
    copies = [run.objective.batch, run.rows, *held]
    known = {id(own.X), id(model.objective.batch.X)}
    folds = 2.0 * fold_rows * each_row * threads
    # Of each layer the sums, the values and their derivatives; by fold or start in each thread.
    arrays = 8.0 * block * (3 * sum(perceptron.sizes[1:]) + K) * threads
    shares = {
        "rows held out and standardized columns": _count_bytes(
            {id(batch.X): batch for batch in copies if id(batch.X) not in known}.values()
        ),
        "mini-batches": each_row * (options.batch_size or 0),
        "passes over the rows": arrays,
        type(options.optimizer).__name__: _count_optimizer(
            options.optimizer, P, run.objective.n_rows * sum(perceptron.sizes[1:]), threads
        ),
        "folds": folds,
        "processes": processes * 2.0 * _count_bytes([own]),
    }
    return {name: size for name, size in shares.items() if size}


def describe_memory(shares: dict[str, float]) -> str:
    """Describe the memory needed, with its largest parts.

    Examples
    --------
    >>> describe_memory({"folds": 3e9, "passes over the rows": 2e7, "Newton": 1.25e9})
    'Needs about 4.3 GB of memory beyond the network: folds 3 GB, Newton 1.2 GB'
    """
    total = sum(shares.values())
    largest = sorted(shares.items(), key=lambda item: -item[1])
    parts = [f"{name} {describe_bytes(size)}" for name, size in largest if size > total / 20]
    return f"Needs about {describe_bytes(total)} of memory beyond the network: {', '.join(parts)}"


def describe_bytes(size: float) -> str:
    """Describe an amount of memory in its largest unit.

    Examples
    --------
    >>> [describe_bytes(each) for each in (8_000, 1.24e6, 9.6e8, 2.5e10)]
    ['8 kB', '1.2 MB', '0.96 GB', '25 GB']
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= 0.95 * factor:
            return f"{float(f'{size / factor:.2g}'):g} {unit}"
    return f"{size / 1e3:.0f} kB"


def _count_optimizer(optimizer: Any, P: int, units: int, threads: int) -> float:
    """Bytes of an optimizer's state and second derivatives, for values of units in all rows."""
    declared = read_capabilities(optimizer)
    # Weights, gradient, step and their averages.
    numbers = P * (8 + 2 * declared.memory)
    if optimizer.needs_curvature and declared.dense_limit >= P:
        # The Hessian, its eigenvectors, and the work space of LAPACK for them.
        numbers += 5 * P * P
    elif optimizer.needs_curvature:
        # A product with the Hessian holds values, slopes and their derivatives of all rows at once.
        numbers += 11 * units
    return 8.0 * numbers * threads


def _count_bytes(batches: Any) -> float:
    arrays = [part for batch in batches for part in Batch(*batch) if part is not None]
    return float(sum(part.nbytes for part in arrays))
