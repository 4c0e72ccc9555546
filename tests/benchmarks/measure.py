"""What all benchmarks share: timing in turns, rows of the table, fresh processes, peers by name.

Knows nothing of what is measured but how a network is made.
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
# How many threads a library may take, by the names under which libraries ask for it.
THREADS = (
    "NEURALNET_THREADS",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


class Skip(Exception):  # noqa: N818 - it is no error
    """Why a line cannot be measured here; names what is missing."""


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Attributes
    ----------
    values : sequence of float
        What counts, once a repeat: ratios of ours to the peer unless ``unit`` says otherwise.
    ours, peer : str
        What both took, as text.
    skipped : str
        Why there are no values.
    line : str
        What is measured.
    wanted : float or None
        The bound of the median; None: the line is for information.
    unit : str
        Of values and bound; empty for ratios.
    at_least : bool
        Whether the bound is a lower one.
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
        """Whether the median is within the bound; None where there is none."""
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
    """Rows that a benchmark gives one after another, and skips by name where something is missing.

    Parameters
    ----------
    repeats : int
        How often each measurement is made, in turns with its peer.
    quick : bool
        Whether small sizes will do.
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
        """One row, which ``measured`` makes or leaves out by raising Skip."""
        try:
            row = measured()
        except Skip as missing:
            row = Row(skipped=str(missing))
        row = replace(row, line=line, wanted=wanted, unit=unit, at_least=at_least)
        self.rows.append(row)
        print(" | ".join(row.cells()), file=sys.stderr, flush=True)

    def size(self, full: int, quick: int) -> int:
        """A size for this run."""
        return quick if self.quick else full


def seconds(action: Callable[[], Any]) -> float:
    """How long an action takes."""
    start = perf_counter()
    action()
    return perf_counter() - start


def in_turns(repeats: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Numbers that each measure gives, taken in turns: one list a measure.

    A neighbor on the machine then slows all alike. There is a first turn that does not count.
    """
    turns = [[measure() for measure in measures] for _ in range(repeats + 1)]
    return [list(column) for column in zip(*turns[1:], strict=True)]


def compare(ours: Sequence[float], peer: Sequence[float]) -> Row:
    """A row of ratios from seconds that were measured in turns."""
    ratios = [mine / theirs for mine, theirs in zip(ours, peer, strict=True)]
    return Row(ratios, show_seconds(median(ours)), show_seconds(median(peer)))


def show_number(value: float) -> str:
    """Three digits, and never fewer than the whole part has."""
    return f"{value:.3g}" if abs(value) < 999.5 else f"{value:,.0f}"


def show_seconds(duration: float) -> str:
    """A duration in the unit that suits it."""
    for limit, factor, unit in ((1e-3, 1e6, "us"), (1.0, 1e3, "ms")):
        if duration < limit:
            return f"{duration * factor:.3g} {unit}"
    return f"{duration:.3g} s"


def find_package(name: str) -> Any:
    """Import a peer; one that is missing is skipped by name."""
    try:
        return import_module(name)
    except ImportError:
        raise Skip(f"{name.partition('.')[0]} is not installed") from None


def find_rscript(*packages: str) -> str:
    """The program Rscript, with these packages of R."""
    program = shutil.which("Rscript")
    if program is None:
        raise Skip("Rscript is not installed")
    for package in packages:
        asked = [program, "-e", f"quit(status = !requireNamespace('{package}', quietly = TRUE))"]
        if subprocess.run(asked, capture_output=True).returncode:
            raise Skip(f"R's {package} is not installed")
    return program


def run_r(script: str, *arguments: object) -> list[float]:
    """The numbers that a script of R beside this file prints."""
    command = [find_rscript(), str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(word) for word in done.stdout.split()]


def make_network(*arguments: Any, engine: str, **options: Any) -> NeuralNetwork:
    """A network with an engine and a dtype, where there are such options and what they need.

    NumPy is what a network has without ``engine``, and is measured as users get it.
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
    """The answer of ``module:function`` in a process of its own; both ways through JSON."""
    module, _, function = task.partition(":")
    code = (
        f"import json, sys; sys.path.insert(0, {str(HERE)!r}); from {module} import {function}\n"
        f"print(json.dumps({function}(*json.loads(sys.argv[1]))))"
    )
    done = run_python(code, json.dumps(arguments), **environment)
    return json.loads(done.splitlines()[-1])


def run_python(code: str, *arguments: str, **environment: str) -> str:
    """What a fresh process prints that runs this code."""
    # -P: packages are those of this process, whatever lies in the current folder.
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
    """The environment in which every library takes so many threads."""
    return dict.fromkeys(THREADS, str(count))


def measure_peak(action: Callable[[], Any]) -> int:
    """The most bytes that an action takes above what this process holds before."""
    if not sys.platform.startswith("linux"):
        raise Skip("the peak of memory is read as Linux tells it")
    # Linux then forgets the peak so far, which making the data may have set.
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _read_status("VmRSS")
    action()
    return _read_status("VmHWM") - before


def _read_status(name: str) -> int:
    """A number of bytes that Linux knows of this process."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
