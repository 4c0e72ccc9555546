"""The benchmarks run without any peer; ``python tests/benchmarks`` measures the speed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

HERE = Path(__file__).parents[1]
PEERS = ("jax", "torch", "sklearn", "numba", "pytabkit")


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    spec = spec_from_file_location("benchmarks_measure", HERE / "benchmarks" / "measure.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    # Dataclasses look up their module in sys.modules.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Import modules of the benchmarks by name; unload them after the test."""
    folder = HERE / "benchmarks"
    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    yield import_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
            del sys.modules[name]


def run(folder: Path, *arguments: str, program: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command where no peer is installed, neither of Python nor R."""
    for name in PEERS:
        (folder / f"{name}.py").write_text("raise ImportError\n", encoding="ascii")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(folder), str(HERE.parent)]),
        "PATH": str(folder),
    }
    command = [sys.executable, "-W", "error", str(HERE / "benchmarks" / program), *arguments]
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


def test_an_unknown_group_is_an_error(tmp_path: Path) -> None:
    done = run(tmp_path, "smal")
    assert done.returncode == 2
    assert "smal: there are small, large, optimum, formula, start" in done.stderr


def test_a_median_is_compared_with_its_bound(measure: ModuleType) -> None:
    values = (0.5, 0.9, 0.7)
    assert measure.Row(values, wanted=0.7).met is True
    assert measure.Row(values, wanted=0.69).met is False
    assert measure.Row(values, wanted=0.7, at_least=True).met is True
    assert measure.Row(values, wanted=0.71, at_least=True).met is False
    assert measure.Row(values).met is None
    assert measure.Row(skipped="torch is not installed", wanted=0.7).met is None
    row = measure.Row(values, "1 us", "2 us", line="one", wanted=0.8)
    assert row.cells() == ("one", "1 us", "2 us", "0.7", "0.5 to 0.9", "<= 0.8", "yes")


def test_numbers_are_shown_with_three_digits_and_a_suitable_unit(measure: ModuleType) -> None:
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


def test_a_line_of_numpy_is_measured_with_the_default_engine(
    measure: ModuleType, monkeypatch: Any
) -> None:
    made = []

    def make(*arguments: Any, engine: str | None = None) -> Any:
        made.append(engine)
        return SimpleNamespace(engine=chosen or engine or "numpy")

    monkeypatch.setattr(measure, "NeuralNetwork", make)
    chosen = None
    for engine in ("numpy", "compiled"):
        assert measure.make_network("y ~ x", engine=engine).engine == engine
    assert made == [None, "compiled"]
    chosen = "compiled"
    with pytest.raises(AssertionError, match="a line of numpy was to be measured with compiled"):
        measure.make_network("y ~ x", engine="numpy")


def test_a_failing_process_is_skipped_with_its_reason(measure: ModuleType) -> None:
    with pytest.raises(measure.Skip, match="its process ended with 1: MemoryError: no room"):
        measure.run_python("raise MemoryError('no room')")
    with pytest.raises(measure.Skip, match=r"^torch is not installed$"):
        measure.run_python("class Skip(Exception): pass\nraise Skip('torch is not installed')")


@pytest.mark.long
def test_first_fit_writes_its_table_and_skips_missing_peers_by_name(tmp_path: Path) -> None:
    table = tmp_path / "first_fit.md"
    chosen = ("--quick", "--tables", "airquality,iris,large numbers", "--to", str(table))
    done = run(tmp_path, *chosen, program="first_fit.py")
    assert not done.returncode, done.stderr
    text = table.read_text(encoding="utf-8")
    assert done.stdout.strip() == text.strip()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()]
    ordinary, large = (
        next(row for row in rows if row and row[0] == name)
        for name in ("airquality", "large numbers")
    )
    assert ordinary[:4] == ["airquality", "111", "5", ""] and len(ordinary) == 5
    assert large[:4] == ["large numbers", "2,200", "10", ""] and len(large) == 6
    # At most 0.8 can be explained, apart from the noise of 200 rows.
    assert 0.7 < float(large[5]) < 0.9
    skipped = text.strip().splitlines()[-1]
    for each in (
        "linear: sklearn is not installed",
        "iris: sklearn is not installed",
        "R's nnet: Rscript is not installed",
        "RealMLP: pytabkit is not installed",
    ):
        assert each in skipped


def refuse(capsys: pytest.CaptureFixture[str], main: Any, *arguments: Any) -> str:
    """Return what a command writes that ends with an error in its arguments."""
    with pytest.raises(SystemExit) as end:
        main(*arguments)
    assert end.value.code == 2
    return capsys.readouterr().err


def test_an_unknown_table_is_an_error(load: Any, capsys: pytest.CaptureFixture[str]) -> None:
    main = load("first_fit").main
    said = refuse(capsys, main, ["--tables", "boston"])
    assert "no tables boston: there are breast cancer" in said
    assert "leave out --quick" in refuse(capsys, main, ["--quick", "--json", "figures"])


@pytest.mark.parametrize("classes", [True, False])
def test_folds_hold_out_each_row_once_and_balance_classes(load: Any, classes: bool) -> None:
    codes = np.repeat([0, 1, 2], [31, 17, 9])
    np.random.default_rng(0).shuffle(codes)
    response = pd.Series(np.array(["a", "b", "c"])[codes] if classes else codes.astype(float))
    folds = list(load("real_tables").split(response))
    assert sorted(np.concatenate([kept for _, kept in folds])) == list(range(57))
    for train, kept in folds:
        assert sorted([*train, *kept]) == list(range(57))
        assert len(kept) in (11, 12)
        if classes:
            counts = np.bincount(codes[kept], minlength=3)
            assert all(abs(counts - np.array([31, 17, 9]) / 5) < 1)


def test_a_score_is_0_for_the_intercept_and_1_for_the_truth(load: Any) -> None:
    first_fit, Fold = load("first_fit"), load("contestants").Fold
    none = pd.DataFrame(), pd.DataFrame(), np.empty((4, 0)), np.empty((3, 0))
    Y, Y_new = np.array([0, 0, 0, 1]), np.array([0, 1, 1])
    fold = Fold("y ~ .", *none, Y, Y_new, 2, 0)
    shares = np.tile([0.75, 0.25], (3, 1))
    assert first_fit.score(fold, shares) == 0.0
    assert first_fit.score(fold, np.eye(2)[Y_new]) == 1.0
    assert first_fit.score(fold, np.eye(2)[[0, 0, 1]]) == -np.inf
    assert first_fit.score(fold, np.full((3, 2), np.nan)) == -np.inf
    even = 1.0 - 3.0 * np.log(2.0) / -np.log([0.75, 0.25, 0.25]).sum()
    assert first_fit.score(fold, np.full((3, 2), 0.5)) == pytest.approx(even, rel=1e-14)
    fold = Fold("y ~ .", *none, Y.astype(float), Y_new.astype(float), 0, 0)
    assert first_fit.score(fold, np.full(3, 0.25)) == 0.0
    assert first_fit.score(fold, Y_new.astype(float)) == 1.0
    # The squares are 0.25 + 0.25 + 0.25 beside 1/16 + 9/16 + 9/16.
    assert first_fit.score(fold, np.full(3, 0.5)) == pytest.approx(1.0 - 0.75 / (19 / 16))


def test_standings_floor_a_fold_and_compare_with_linear_models_and_networks(load: Any) -> None:
    standings = load("standings")
    scores = {"ours": [0.5, 0.5], "linear": [0.54, 0.54], "forest": [0.9, 0.9], "MLP": [0.6, -9.0]}
    standing = standings.Standing("one", 10, 2, 0, scores, {name: [1.0, 3.0] for name in scores})
    assert standing.mean("MLP") == pytest.approx((0.6 - 1.0) / 2)
    assert standing.is_near("ours") and not standing.is_near("MLP")
    scores["linear"] = [0.551, 0.551]
    assert not standing.is_near("ours")
    cells = [line.split("|") for line in standings.describe_group([standing]).splitlines()]
    found = {line[1].strip(): [cell.strip() for cell in line[5:-1]] for line in cells}
    assert found["table"] == [*scores]
    assert found["one"] == ["0.500", "0.551", "0.900", "-0.200"]
    assert found["lowest fold"] == ["0.500", "0.551", "0.900", "-9.000"]
    assert found["seconds a fit, longest"] == ["3 s"] * 4
    gap = standings.describe_gap(standing, "ours", "forest")
    assert gap == "- one: ours 0.400 behind forest."


def test_the_large_table_has_the_stated_explained_share(load: Any) -> None:
    first_fit, make_fold = load("first_fit"), load("large_table").make_fold
    fold = make_fold(False, 20_000, 20)
    assert first_fit.score(fold, fold.truth) == pytest.approx(0.8, abs=0.02)
    fold = make_fold(True, 20_000, 20)
    assert fold.truth.sum(axis=1) == pytest.approx(1.0, rel=1e-15)
    # The count of successes is the sum of the probabilities, within 4 standard deviations.
    chance = fold.truth[:, 1]
    spread = np.sqrt((chance * (1.0 - chance)).sum())
    assert abs(fold.Y_new.sum() - chance.sum()) < 4.0 * spread


def test_stored_figures_of_peers_are_reused_and_ours_are_recomputed(load: Any) -> None:
    first_fit, contestants = load("first_fit"), load("contestants")
    fold = load("large_table").make_fold(False, 100, 10)
    calls: list[str] = []

    def play(name: str) -> Any:
        def fit(fold: Any) -> Any:
            calls.append(name)
            return contestants.Fit(fold.truth, 2.0)

        return fit

    contestants.CONTESTANTS.update(ours=play("ours"), linear=play("linear"))
    figures = {"ours": {"0": [0.1, 1.0]}, "linear": {"0": [0.2, 1.0]}}
    for player in ("ours", "linear"):
        first_fit.compete(player, [fold], figures)
    assert calls == ["ours"] and figures["linear"] == {"0": [0.2, 1.0]}
    assert figures["ours"]["0"] == [first_fit.score(fold, fold.truth), 2.0]


@pytest.mark.long
def test_simulations_resume_and_print_shares_with_their_error(load: Any, tmp_path: Path) -> None:
    """Two tables of a size and of a coverage, one table after the other."""
    counts = tmp_path / "counts.json"
    names = [
        "linearity size, gaussian, [2], n = 500",
        "coverage, gaussian, one layer, [2], n = 500",
    ]
    for name, tables in ((names[0], "2"), (names[1], "1"), (names[1], "2")):
        chosen = ("--tables", tables, "--cells", name, "--file", str(counts))
        done = run(tmp_path, "coverage", *chosen)
        assert not done.returncode, done.stderr
    found = json.loads(counts.read_text(encoding="utf-8"))
    assert list(found) == names
    assert [each["tables"] for each in found.values()] == [2, 2]
    assert [each["refused"] for each in found.values()] == [0, 0]
    kinds = [*load("intervals").PREDICTIONS, *load("intervals").EFFECTS]
    assert list(found[names[1]]["kinds"]) == kinds
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()]
    assert [row[:4] for row in rows[2:]] == [[names[1], "2", "0", kind] for kind in kinds]
    assert all(0.0 <= float(row[4]) <= 100.0 and float(row[5]) > 0.0 for row in rows[2:])
    assert all(float(row[6].split()[0]) > 0.0 for row in rows[2:])
    # Nothing but a complete run writes the table of the repository.
    assert not (tmp_path / "coverage.md").exists()


def test_an_unknown_cell_is_an_error(
    load: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells, table = load("sizes").CELLS, tmp_path / "table.md"
    said = refuse(capsys, load("simulation").main, ["--cells", "sizes"], cells, "Shares.", table)
    assert "no cell begins with 'sizes': there are term size, gaussian, [2]" in said


def test_shares_leave_out_refused_fits(load: Any, tmp_path: Path) -> None:
    """By hand: of five tables one is refused, and half of the others' intervals cover."""
    simulation, path = load("simulation"), tmp_path / "counts.json"
    missing = float("nan")
    shares = [(1.0, 2.0), (0.0, 4.0), (missing, missing), (1.0, 2.0), (0.0, 4.0)]

    def measure(seed: int) -> dict[str, Any]:
        share = shares[seed - 1_000]
        return {"slopes, delta": (1.0, 2.0), "slopes, ensemble": share, "tests": 1.0}

    cells = {"a": measure}
    ((name, found),) = simulation.run_cells(cells, 5, path)
    assert (name, found["tables"], found["refused"]) == ("a", 5, 1)
    delta, slopes, tests = simulation.describe_cell(name, found)
    assert slopes.startswith("| a | 5 | 1 | slopes, ensemble | 50.0 | 25.0 | 3 (1.50) |")
    assert delta.startswith("| a | 5 | 1 | slopes, delta | 100.0 | 20.0 | 2 |")
    assert tests.startswith("| a | 5 | 1 | tests | 100.0 | 20.0 |  |")
    # A second run computes nothing anew.
    ((_, again),) = simulation.run_cells({"a": None}, 5, path)
    assert again == found
    assert np.isnan(simulation.reject(float("nan"))["rejected at 5 %"])
    assert simulation.reject(0.05) == {"rejected at 5 %": 1.0}


def test_a_complete_run_writes_the_table(load: Any, tmp_path: Path) -> None:
    simulation, table = load("simulation"), tmp_path / "table.md"
    cells = {"a": lambda seed: {"tests": float(seed % 20 == 0)}, "b": lambda seed: {"tests": 0.0}}
    options = ["--file", str(tmp_path / "counts.json")]
    simulation.main([*options, "--cells", "a"], cells, "Shares.", table)
    simulation.main([*options, "--tables", "20"], cells, "Shares.", table)
    assert not table.exists()
    simulation.main(options, cells, "Shares.", table)
    text = table.read_text("utf-8")
    assert text.startswith("Shares.\n\n| cell | tables |")
    assert "| a | 500 | 0 | tests | 5.0 | 1.0 |" in text


RIVALS = ("linear", "penalized", "scaled MLP")


@pytest.mark.long
@pytest.mark.parametrize("name", ["wine", "diabetes", "food", "airquality"])
def test_first_fit_is_near_linear_models_and_networks(load: Any, name: str) -> None:
    """A short version of the benchmark: two folds of four tables, with the fast peers."""
    pytest.importorskip("sklearn")
    pytest.importorskip("statsmodels")
    first_fit = load("first_fit")
    folds = [*first_fit.open_folds(name, quick=False)][:2]
    figures: dict[str, dict[str, list[float]]] = {}
    for player in ("ours", *RIVALS):
        first_fit.compete(player, folds, figures)
    found = first_fit.stand(name, folds, figures, ["ours", *RIVALS])
    assert found.is_near("ours"), figures
    assert found.mean("ours") > -0.02
