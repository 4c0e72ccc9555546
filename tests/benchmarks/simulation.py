"""Simulation: cells of many tables drawn from a known truth, counted in a file that a run resumes.

A cell measures one table, given its seed: the share of tests that reject, or of intervals that
cover with their mean width, by kind. nan is a fit that was refused; it counts as refused and not in
the shares.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from math import isnan, sqrt
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from neuralnet.errors import ignore_overflow

# A share alone, or with the mean width of the intervals.
Share = float | tuple[float, float]
Cell = Callable[[int], dict[str, Any]]
Counts = dict[str, Any]

# Of the errors of a gaussian response.
NOISE = 0.8
TABLES = 500
# Of a cell of many fits each.
FEW_TABLES = 200
# Counts are saved after this number of tables.
_EVERY = 20
_FIRST_SEED = 1_000
_HEAD = (
    "| cell | tables | refused | kind | share, in % | MC error | width (of delta's) "
    "| CPU ms a table |\n"
    "|---|---|---|---|---|---|---|---|"
)


def draw_response(family: str, scores: list[Any], generator: np.random.Generator) -> Any:
    """Draw a response from one score, or from one for each class but the first."""
    eta = np.column_stack(scores)
    if family == "gaussian":
        return eta + NOISE * generator.standard_normal(eta.shape)
    if family == "binomial":
        return (generator.random(eta.shape) < 1.0 / (1.0 + np.exp(-eta))).astype(float)
    eta = np.insert(eta, 0, 0.0, axis=1)
    return (eta + generator.gumbel(size=eta.shape)).argmax(axis=1)


def reject(p_value: float) -> dict[str, float]:
    """Report whether a test rejects at 5 %; nan where it has no p-value."""
    return {"rejected at 5 %": p_value if isnan(p_value) else float(p_value <= 0.05)}


def run_cell(cell: Cell, tables: int, found: Counts, save: Callable[[], None]) -> None:
    """Bring the counts of a cell to a number of tables, and save them now and then."""
    while found["tables"] < tables:
        start = process_time()
        for _ in range(min(_EVERY, tables - found["tables"])):
            with ignore_overflow():
                shares = cell(_FIRST_SEED + found["tables"])
            found["tables"] += 1
            _count(found, shares)
        found["seconds"] += process_time() - start
        save()


def _count(found: Counts, shares: dict[str, Share]) -> None:
    """Add the shares of a table, and the widths where there are any."""
    pairs = {
        kind: share if isinstance(share, tuple) else (share, None) for kind, share in shares.items()
    }
    found["refused"] += any(isnan(share) for share, _ in pairs.values())
    for kind, (share, width) in pairs.items():
        sums = found["kinds"].setdefault(kind, [0, 0.0, 0.0])
        if not isnan(share):
            sums[:] = sums[0] + 1, sums[1] + share, sums[2] + share**2
            if width is not None:
                widths = found.setdefault("widths", {})
                widths[kind] = widths.get(kind, 0.0) + width


def run_cells(
    cells: dict[str, Cell], tables: int | Mapping[str, int], path: Path
) -> Iterator[tuple[str, Counts]]:
    """Run cells one by one, and yield the counts of each; a file has those of earlier runs."""
    counts = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for name, cell in cells.items():
        none = {"tables": 0, "refused": 0, "seconds": 0.0, "kinds": {}}
        found = counts.setdefault(name, none)
        number = tables if isinstance(tables, int) else tables[name]
        run_cell(cell, number, found, lambda: _save(counts, path))
        yield name, found


def _save(counts: dict[str, Counts], path: Path) -> None:
    """Replace the file at once, so that a killed run leaves a whole one."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(counts, indent=1), encoding="utf-8")
    new.replace(path)


def describe_cell(name: str, found: Counts) -> Iterator[str]:
    """Describe a cell as rows of a table: the mean share and its Monte Carlo error, by kind."""
    each = 1_000.0 * found["seconds"] / found["tables"]
    for kind, (n, total, squares) in found["kinds"].items():
        cells, width = "| ", ""
        if n:
            width = _describe_width(kind, n, found)
            share = total / n
            # Where nothing varied, the share of a single table.
            error = sqrt(max(squares / n - share**2, 0.0) / n) or 1.0 / n
            cells = f"{100 * share:.1f} | {100 * error:.1f}"
        # A kind that was added to a cell later has fewer.
        counts = f"{min(n + found['refused'], found['tables'])} | {found['refused']}"
        yield f"| {name} | {counts} | {kind} | {cells} | {width} | {each:.0f} |"


def _describe_width(kind: str, n: int, found: Counts) -> str:
    """Describe the mean width of intervals, and its ratio to that of the delta method's."""
    widths, rival = found.get("widths", {}), f"{kind.rpartition(', ')[0]}, delta"
    if kind not in widths:
        return ""
    mean = widths[kind] / n
    if rival == kind or rival not in widths:
        return f"{mean:.3g}"
    return f"{mean:.3g} ({mean * found['kinds'][rival][0] / widths[rival]:.2f})"


def format_cells(found: Iterable[tuple[str, Counts]]) -> str:
    """Return a table in Markdown."""
    return "\n".join([_HEAD, *(row for name, each in found for row in describe_cell(name, each))])


def main(
    arguments: list[str],
    cells: dict[str, Cell],
    introduction: str,
    table: Path,
    few: Collection[str] = (),
) -> None:
    """Run cells and print them; a complete run writes its table.

    ``few`` names the cells that have 200 tables by default.
    """
    parser = ArgumentParser(prog="python tests/benchmarks coverage", description=introduction)
    number = f"number of tables of a cell; by default {TABLES}, of the bootstrap {FEW_TABLES}"
    parser.add_argument("--tables", type=int, help=number)
    parser.add_argument("--cells", default="", help="the beginning of the names of cells")
    parser.add_argument("--file", type=Path, default=Path("coverage.json"), help="of the counts")
    asked = parser.parse_args(arguments)
    chosen = {name: cell for name, cell in cells.items() if name.startswith(asked.cells)}
    if not chosen:
        parser.error(f"no cell begins with {asked.cells!r}: there are {', '.join(cells)}")
    usual = {name: FEW_TABLES if name in few else TABLES for name in chosen}
    tables = {name: asked.tables or usual[name] for name in chosen}
    print(_HEAD)
    found = []
    for name, counts in run_cells(chosen, tables, asked.file):
        found.append((name, counts))
        print(*describe_cell(name, counts), sep="\n", flush=True)
    if len(chosen) == len(cells) and all(tables[name] >= usual[name] for name in chosen):
        table.write_text(f"{introduction}\n\n{format_cells(found)}\n", encoding="utf-8")
