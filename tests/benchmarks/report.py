"""Format the benchmark table as Markdown, with a description of the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from measure import THREADS, Row, Skip, find_rscript

PACKAGES = ("numpy", "pandas", "patsy", "numba", "jax", "torch", "scikit-learn")
SAY_VERSIONS = (
    "cat(paste0('R ', getRversion())); for (name in c('nnet', 'R6')) "
    "if (requireNamespace(name, quietly = TRUE)) cat(paste0(', ', name, ' ', packageVersion(name)))"
)


def describe_machine(packages: Sequence[str] = PACKAGES) -> str:
    """Date, machine, versions and threads, as a paragraph."""
    python = f"Python {platform.python_version()}"
    versions = [python, *map(_find_version, packages), _find_r()]
    threads = os.environ.get(THREADS[1], "as many as BLAS takes")
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {_find_processor()}, {os.cpu_count()} cores, "
        f"{platform.system()}{_tell_load()}. {', '.join(versions)}. Threads: {threads}"
    )


def format_table(rows: Sequence[Row]) -> str:
    """Markdown table of rows."""
    return format_cells([Row.HEADS, *(row.cells() for row in rows)])


def format_cells(cells: Sequence[Sequence[str]]) -> str:
    """Aligned Markdown table; the first row is the header."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def _tell_load() -> str:
    """Load of the machine before the run; other programs widen the spread."""
    if not hasattr(os, "getloadavg"):
        return ""
    return f", {os.getloadavg()[0]:.1f} processes at work before the start"


def _find_version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"


def _find_r() -> str:
    try:
        program = find_rscript()
    except Skip:
        return "no R"
    return subprocess.run([program, "-e", SAY_VERSIONS], capture_output=True, text=True).stdout


def _find_processor() -> str:
    """Processor name according to Linux, or else to Python."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
