"""The command line ``python -m neuralnet``: output, pictures and errors."""

import os
import re
import subprocess
import sys

import matplotlib.pyplot as plt
import pytest

from neuralnet import __main__ as shell
from neuralnet import __version__

PICTURES = {
    "iris": ["iris-confusion", "iris-loss", "iris-network", "iris-regions", "iris-tuning"],
    "hotdogs": ["hotdogs-1", "hotdogs-30", "hotdogs-5", "hotdogs-logistic-regression"],
    "planar": ["planar-confusion", "planar-logistic-regression", "planar-loss", "planar-regions"],
}


@pytest.fixture(autouse=True)
def few_iterations(monkeypatch):
    """Reduce the iterations; the tests do not depend on the quality of the fits."""
    monkeypatch.setenv("TQDM_DISABLE", "1")  # a slow machine says how long the rest takes
    monkeypatch.setattr(shell, "HOTDOG_ITERATIONS", 60)
    monkeypatch.setattr(shell, "PLANAR_ITERATIONS", 60)
    yield
    plt.close("all")


FIRST = r"^train\(\) without arguments: decay [\d.e-]+, (\d+\.\d)%( of 80 test rows)? right$"


def list_pictures(folder):
    return sorted(path.stem for path in folder.glob("*.png") if path.stat().st_size > 5000)


@pytest.mark.long
def test_iris_prints_the_trace_and_draws(tmp_path, capsys):
    assert shell.main(["iris", "--pictures", str(tmp_path / "new" / "folder")]) == 0
    printed, complaints = capsys.readouterr()
    traced = re.findall(r"^Iteration (\d+)\tLoss ([\d.]+)\tAccuracy [\d.]+$", printed, re.MULTILINE)
    assert [int(number) for number, _ in traced] == list(range(1000, 10_000, 1000))
    losses = [float(loss) for _, loss in traced]
    assert losses == sorted(losses, reverse=True)
    assert "truth" in printed
    ((share, _),) = re.findall(FIRST, printed, re.MULTILINE)
    assert float(share) >= 97
    assert complaints == ""
    assert list_pictures(tmp_path / "new" / "folder") == PICTURES["iris"]
    assert all(f"{name}.png" in printed for name in PICTURES["iris"])


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [([], ["iris", "hotdogs", "planar"]), (["planar", "iris"], ["planar", "iris"])],
)
def test_demos_are_run_in_the_order_asked(arguments, ran, monkeypatch):
    calls = []
    monkeypatch.setattr(shell, "_run", lambda name, folder: calls.append((name, str(folder))))
    assert shell.main(arguments) == 0
    assert calls == [(name, "neuralnet-pictures") for name in ran]


@pytest.mark.long
def test_hotdogs_and_planar_evaluate_their_networks_and_draw(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shell.main(["hotdogs", "planar"]) == 0
    printed = capsys.readouterr().out
    assert (
        list_pictures(tmp_path / "neuralnet-pictures") == PICTURES["hotdogs"] + PICTURES["planar"]
    )
    assert "logistic regression (hidden=0)      134 of 200 right" in printed
    for hidden in (1, 5, 30):
        assert re.search(rf"hidden={hidden}, 60 iterations +\d+ of 200 right", printed)
    assert "on 80 test rows" in printed
    (hotdogs, _), (planar, rows) = re.findall(FIRST, printed, re.MULTILINE)
    # A straight line classifies two thirds of the hot dogs and half of the flower.
    assert float(hotdogs) >= 80 and float(planar) > 67 and rows
    assert all(word in printed for word in ("precision", "recall", "f1"))


def test_unknown_demo_is_refused_before_anything_runs(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as end:
        shell.main(["iris", "irsi"])
    assert end.value.code == 2
    printed, complaints = capsys.readouterr()
    assert printed == ""
    assert "no demo 'irsi'" in complaints
    assert "iris, hotdogs, planar" in complaints
    assert list(tmp_path.iterdir()) == []


def test_help_lists_the_demos(capsys):
    with pytest.raises(SystemExit) as end:
        shell.main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert "python -m neuralnet" in text
    assert "neuralnet-pictures" in text
    for name, demo in shell.DEMOS.items():
        assert re.search(rf"^  {name} +{re.escape(demo.__doc__)}$", text, re.MULTILINE)


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        shell.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_without_matplotlib_it_runs_without_pictures(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    assert shell.main(["hotdogs", "--pictures", str(tmp_path)]) == 0
    printed, complaints = capsys.readouterr()
    assert "hidden=30, 60 iterations" in printed
    assert "pip install 'formula-neuralnet[plots]'" in complaints
    assert "pictures in" not in printed
    assert list(tmp_path.iterdir()) == []


def test_module_runs_from_a_shell(tmp_path):
    command = [sys.executable, "-m", "neuralnet", "nothing"]
    paths = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == 2
    assert "no demo 'nothing'" in done.stderr
