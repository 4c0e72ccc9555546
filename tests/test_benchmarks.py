"""The benchmarks run, without any peer; how fast things are is for ``python tests/benchmarks``."""

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
PEERS = ("jax", "torch", "sklearn", "numba")


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    spec = spec_from_file_location("benchmarks_measure", HERE / "benchmarks" / "measure.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    # Records look up their own module.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command where no peer is installed, neither of Python nor R."""
    for name in PEERS:
        (folder / f"{name}.py").write_text("raise ImportError\n", encoding="ascii")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(HERE.parent)]),
        "PATH": str(folder),
    }
    command = [sys.executable, "-W", "error", str(HERE / "benchmarks"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def test_the_command_writes_ratios_and_skips_missing_peers_by_name(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    done = run(tmp_path, "small", "optimum", "--quick", "--to", str(table))
    assert not done.returncode, done.stderr
    text = table.read_text(encoding="utf-8")
    assert done.stdout.strip() == text.strip()
    assert "### small" in text and "### large" not in text
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    rows = [row for row in rows if row and row[0].startswith(("iris", "hotdogs"))]
    assert len(rows) == 14
    ratios = {row[0]: row[3] for row in rows}
    for table_name in ("iris", "hotdogs"):
        what = f"{table_name}, an iteration of train, numpy /"
        assert 0.05 < float(ratios[f"{what} a plain NumPy port"]) < 50.0
        assert ratios[f"{what} PyTorch, eager"] == "skipped: torch is not installed"
        assert ratios[f"{what} scikit-learn, SGD"] == "skipped: sklearn is not installed"
        assert ratios[f"{what} the R6 class in R"] == "skipped: Rscript is not installed"
    assert all(row[3].startswith("skipped: ") for row in rows if ", compiled / " in row[0])


def test_a_line_that_there_is_not_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "smal")
    assert done.returncode == 2
    assert "smal: there are small, large, optimum, formula, start" in done.stderr


def test_a_median_meets_its_bound_or_not(measure: ModuleType) -> None:
    values = (0.5, 0.9, 0.7)
    assert measure.Row(values, wanted=0.7).met is True
    assert measure.Row(values, wanted=0.69).met is False
    assert measure.Row(values, wanted=0.7, at_least=True).met is True
    assert measure.Row(values, wanted=0.71, at_least=True).met is False
    assert measure.Row(values).met is None
    assert measure.Row(skipped="torch is not installed", wanted=0.7).met is None
    row = measure.Row(values, "1 us", "2 us", line="one", wanted=0.8)
    assert row.cells() == ("one", "1 us", "2 us", "0.7", "0.5 to 0.9", "<= 0.8", "yes")


def test_numbers_are_shown_in_three_digits_and_a_unit_that_suits(measure: ModuleType) -> None:
    shown = [measure.show_seconds(each) for each in (1.23456e-5, 0.0123456, 1.23456)]
    assert shown == ["12.3 us", "12.3 ms", "1.23 s"]
    shown = [measure.show_number(each) for each in (0.8349, 417.2, 2051.7)]
    assert shown == ["0.835", "417", "2,052"]


def test_turns_alternate_and_the_first_does_not_count(measure: ModuleType) -> None:
    met: list[str] = []

    def note(name: str) -> float:
        met.append(name)
        return float(len(met))

    answers = measure.in_turns(2, lambda: note("ours"), lambda: note("peer"))
    assert met == ["ours", "peer"] * 3
    assert answers == [[3.0, 5.0], [4.0, 6.0]]
    assert measure.compare([3.0, 5.0], [4.0, 5.0]).values == [0.75, 1.0]


def test_a_failing_process_is_skipped_with_its_reason(measure: ModuleType) -> None:
    with pytest.raises(measure.Skip, match="its process ended with 1: MemoryError: no room"):
        measure.run_python("raise MemoryError('no room')")
    with pytest.raises(measure.Skip, match=r"^torch is not installed$"):
        measure.run_python("class Skip(Exception): pass\nraise Skip('torch is not installed')")
