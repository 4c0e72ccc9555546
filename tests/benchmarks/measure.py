"""Shared tools of the benchmarks: alternating timing, rows of the report, fresh processes, peers.

Independent of the benchmarks, except for how a network is built.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from neuralnet import NeuralNetwork

HERE = Path(__file__).parent
ENGINES = ("numpy", "compiled")
# Environment variables by which libraries limit their number of threads.
THREADS = (
    "NEURALNET_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


class Skip(Exception):  # noqa: N818 - it is no error
    """Raised when a line cannot be measured; names the missing package."""


@dataclass(frozen=True)
class Row:
    """Row of the report.

    Attributes
    ----------
    values : sequence of float
        Measured value of each repeat: ratio of ours to the peer unless ``unit`` is given.
    ours, peer : str
        Both measurements, as text.
    skipped : str
        Reason why there are no values.
    line : str
        Name of the measurement.
    wanted : float or None
        Bound of the median; None: no bound, for information.
    unit : str
        Unit of values and bound; empty for ratios.
    at_least : bool
        True for a lower bound.
    """

    values: Sequence[float] = ()
    ours: str = ""
    peer: str = ""
    skipped: str = ""
    line: str = ""
    wanted: float | None = None
    unit: str = ""
    at_least: bool = False

    HEADS = ("line", "ours", "peer", "ratio", "spread", "wanted", "met")

    @property
    def met(self) -> bool | None:
        """True if the median is within the bound; None without a bound."""
        if self.wanted is None or not self.values:
            return None
        reached = median(self.values)
        return reached >= self.wanted if self.at_least else reached <= self.wanted

    def cells(self) -> tuple[str, ...]:
        """One text for each of HEADS."""
        wanted = ""
        if self.wanted is not None:
            sign = ">=" if self.at_least else "<="
            wanted = f"{sign} {self.wanted:g} {self.unit}".strip()
        if self.skipped:
            return self.line, "", "", f"skipped: {self.skipped}", "", wanted, ""
        middle = f"{show_number(median(self.values))} {self.unit}".strip()
        spread = f"{show_number(min(self.values))} to {show_number(max(self.values))}"
        met = {True: "yes", False: "no", None: ""}[self.met]
        return self.line, self.ours, self.peer, middle, spread, wanted, met


@dataclass
class Lines:
    """Collect the rows of a benchmark, and list skipped ones.

    Parameters
    ----------
    repeats : int
        Number of repeats of each measurement, alternating with its peer.
    quick : bool
        Use small sizes.
    """

    repeats: int = 7
    quick: bool = False
    rows: list[Row] = field(default_factory=list)

    def add(
        self,
        line: str,
        measured: Callable[[], Row],
        wanted: float | None = None,
        unit: str = "",
        at_least: bool = False,
    ) -> None:
        """Add the row returned by ``measured``, or list it as skipped if that raises Skip."""
        try:
            row = measured()
        except Skip as missing:
            row = Row(skipped=str(missing))
        row = replace(row, line=line, wanted=wanted, unit=unit, at_least=at_least)
        self.rows.append(row)
        print(" | ".join(row.cells()), file=sys.stderr, flush=True)

    def size(self, full: int, quick: int) -> int:
        """Size for this run."""
        return quick if self.quick else full


def seconds(action: Callable[[], Any]) -> float:
    """Seconds of an action."""
    start = perf_counter()
    action()
    return perf_counter() - start


def in_turns(repeats: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Run measures alternately and return one list of numbers per measure.

    Alternating spreads the load of other programs evenly. The first round is a warm-up.
    """
    turns = [[measure() for measure in measures] for _ in range(repeats + 1)]
    return [list(column) for column in zip(*turns[1:], strict=True)]


def compare(ours: Sequence[float], peer: Sequence[float]) -> Row:
    """Row of ratios of alternately measured seconds."""
    ratios = [mine / theirs for mine, theirs in zip(ours, peer, strict=True)]
    return Row(ratios, show_seconds(median(ours)), show_seconds(median(peer)))


def show_number(value: float) -> str:
    """Format with three significant digits, and never fewer than the integer part has."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"


def show_seconds(duration: float) -> str:
    """Format a duration in a suitable unit."""
    for limit, factor, unit in ((1e-3, 1e6, "us"), (1.0, 1e3, "ms")):
        if duration < limit:
            return f"{duration * factor:.3g} {unit}"
    return f"{duration:.3g} s"


def find_package(name: str) -> Any:
    """Import a peer; raise Skip if it is missing."""
    try:
        return import_module(name)
    except ImportError:
        raise Skip(f"{name.partition('.')[0]} is not installed") from None


def find_rscript(*packages: str) -> str:
    """Path of Rscript; raise Skip if it or one of these R packages is missing."""
    program = shutil.which("Rscript")
    if program is None:
        raise Skip("Rscript is not installed")
    for package in packages:
        asked = [program, "-e", f"quit(status = !requireNamespace('{package}', quietly = TRUE))"]
        if subprocess.run(asked, capture_output=True).returncode:
            raise Skip(f"R's {package} is not installed")
    return program


def run_r(script: str, *arguments: object) -> list[float]:
    """Numbers printed by an R script in this folder."""
    command = [find_rscript(), str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def make_network(*arguments: Any, engine: str, **options: Any) -> NeuralNetwork:
    """Build a network with an engine and a dtype; raise Skip if they are not available.

    Without ``engine`` a network uses NumPy, and is measured as users get it.
    """
    known = signature(NeuralNetwork).parameters
    if engine != "numpy":
        options["engine"] = engine
    for name in ("engine", "dtype"):
        if name in options and name not in known:
            raise Skip(f"NeuralNetwork has no option {name}")
    try:
        network = NeuralNetwork(*arguments, **options)
    except ImportError as missing:
        raise Skip(str(missing).partition(".")[0]) from None
    if getattr(network, "engine", "numpy") != engine:
        raise AssertionError(f"a line of {engine} was to be measured with {network.engine}")
    return network


def in_fresh_process(task: str, *arguments: Any, **environment: str) -> Any:
    """Result of ``module:function`` in a fresh process; arguments and result are passed as JSON."""
    module, _, function = task.partition(":")
    code = (
        f"import json, sys; sys.path.insert(0, {str(HERE)!r}); from {module} import {function}\n"
        f"print(json.dumps({function}(*json.loads(sys.argv[1]))))"
    )
    done = run_python(code, json.dumps(arguments), **environment)
    return json.loads(done.splitlines()[-1])


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """Output of a fresh process that runs this code."""
    # -P: import packages of this process, not of the current folder.
    command = [sys.executable, "-P", "-c", code, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing was said"])[-1]
        ended = f"its process ended with {done.returncode}: {last}"
        raise Skip(last.partition("Skip: ")[2] or ended)
    return done.stdout


def limit_threads(count: int) -> dict[str, str]:
    """Environment that limits every library to n threads."""
    return dict.fromkeys(THREADS, str(count))


def measure_peak(action: Callable[[], Any]) -> int:
    """Peak memory of an action above the level before it, in bytes."""
    if not sys.platform.startswith("linux"):
        raise Skip("the peak of memory is read as Linux tells it")
    # Resets the peak recorded by Linux, which creating the data may have set.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _read_status("VmRSS")
    action()
    return _read_status("VmHWM") - before


def _read_status(name: str) -> int:
    """Memory figure of this process from /proc, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
