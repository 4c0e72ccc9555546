"""Benchmark the package and its peers: ``python tests/benchmarks [lines] [--quick] [--to FILE]``.

Prints tables of ratios. A complete run at full size also writes ``latest.md`` in this folder; any
run writes the file given by ``--to``. Lines are ``small``, ``large``, ``optimum``, ``formula`` and
``start``; by default all. Peers that are not installed are skipped and listed;
``pip install -r tests/benchmarks/requirements.txt`` installs those in Python. The accuracy of a
first fit is measured by ``python tests/benchmarks/first_fit.py``.

``python tests/benchmarks coverage [--tables N] [--cells NAME] [--file FILE]`` measures the sizes of
tests and the coverage of intervals by simulation, which takes hours; a run that was stopped goes on
where it was. A complete run writes ``coverage.md``.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

# Set before NumPy is loaded, because BLAS reads it then. On small matrices threads cost more than
# they gain; benchmarks of several threads use fresh processes.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NEURALNET_THREADS"):
    os.environ.setdefault(_name, "1")

import intervals
import simulation
import sizes
from formula import measure_formula
from large import measure_large
from measure import HERE, Lines
from optimum import measure_optimum
from report import describe_machine, format_table
from small import measure_small
from start import measure_start

GROUPS = {
    "small": measure_small,
    "large": measure_large,
    "optimum": measure_optimum,
    "formula": measure_formula,
    "start": measure_start,
}
RATIOS = (
    "where a line does not say otherwise. Ratios are ours over the peer's, the median of repeats "
    "in turns; the spread is that of the repeats."
)
COVERAGE = (
    "Sizes and powers of tests at the 5 % level, and coverage of 95 % intervals, by simulation: "
    "`python tests/benchmarks coverage`. Truths are described in `sizes.py` and `intervals.py`. "
    "Shares are of the tables whose fit is not refused."
)


def main(arguments: list[str]) -> None:
    """Run the requested lines, or the simulations."""
    if arguments[:1] == ["coverage"]:
        cells = {**sizes.CELLS, **intervals.CELLS}
        table, few = HERE / "coverage.md", intervals.BOOTSTRAPS
        simulation.main(arguments[1:], cells, COVERAGE, table, few)
        return
    parser = ArgumentParser(prog="python tests/benchmarks", description=__doc__)
    parser.add_argument("lines", nargs="*", metavar="line", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: does it all run?")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the table to this file")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.lines) - set(GROUPS):
        parser.error(f"no line {', '.join(sorted(unknown))}: there are {', '.join(GROUPS)}")
    groups = asked.lines or list(GROUPS)
    path: Path | None = asked.to
    if path is None and not asked.quick and set(groups) == set(GROUPS):
        path = HERE / "latest.md"
    parts = [f"{describe_machine()}, {RATIOS}"]
    for name in groups:
        lines = Lines(repeats=2 if asked.quick else 5, quick=asked.quick)
        GROUPS[name](lines)
        parts.append(f"### {name}\n\n{format_table(lines.rows)}")
    text = "\n\n".join(parts) + "\n"
    print(text)
    if path is not None:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
