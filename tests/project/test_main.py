"""The command line: commands for tables and files, demos, errors and exit codes."""

import io
import os
import re
import shlex
import subprocess
import sys
from importlib import metadata
from io import StringIO
from pathlib import Path
from typing import get_args

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork, __version__
from neuralnet import __main__ as shell
from neuralnet.design.model_frame import NaAction
from neuralnet.inference.prediction.requests import IntervalType
from neuralnet.model.labels import PredictionType
from neuralnet.model.new_data import UnseenPolicy

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
    assert shell.main(["demo", "iris", "--pictures", str(tmp_path / "new" / "folder")]) == 0
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
    monkeypatch.setattr(shell, "_run_demo", lambda name, folder: calls.append((name, str(folder))))
    assert shell.main(["demo", *arguments]) == 0
    assert calls == [(name, "neuralnet-pictures") for name in ran]


@pytest.mark.long
def test_hotdogs_and_planar_evaluate_their_networks_and_draw(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shell.main(["demo", "hotdogs", "planar"]) == 0
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
        shell.main(["demo", "iris", "irsi"])
    assert end.value.code == 2
    printed, complaints = capsys.readouterr()
    assert printed == ""
    assert "'iris', 'hotdogs', 'planar', not 'irsi'. Did you mean 'iris'?" in complaints
    assert list(tmp_path.iterdir()) == []


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        shell.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_without_matplotlib_it_runs_without_pictures(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    assert shell.main(["demo", "hotdogs", "--pictures", str(tmp_path)]) == 0
    printed, complaints = capsys.readouterr()
    assert "hidden=30, 60 iterations" in printed
    assert "pip install 'formula-neuralnet[plots]'" in complaints
    assert "pictures in" not in printed
    assert list(tmp_path.iterdir()) == []


# Tables and files ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table of numbers, a network fitted to it by a command, and faulty files."""
    folder = tmp_path_factory.mktemp("shell")
    table = pd.DataFrame({"a": np.arange(30.0), "café": np.tile([0.0, 1.0, 3.0], 10)})
    noise = np.tile([0.5, -0.5, 0.5, -1.0, 0.5], 6)
    table.assign(y=2 + 3 * table["a"] - table["café"] + noise).to_csv(
        folder / "data.csv", index=False, encoding="utf-8"
    )
    table.to_parquet(folder / "new.parquet")
    (folder / "short.csv").write_text("a,cafe\n1,2\n", encoding="utf-8")
    (folder / "bad.nn").write_text("nonsense", encoding="utf-8")
    (folder / "table.xlsx").write_text("nonsense", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        options = ["--hidden", "0", "--decay", "0", "--seed", "1"]
        assert shell.main(["fit", "data.csv", "y ~ .", "--save", "net.nn", *options]) == 0
    return folder


@pytest.fixture
def run(folder, monkeypatch, capsysbinary):
    """Run a command in that folder; returns exit code, output and complaints."""
    monkeypatch.chdir(folder)

    def run(*arguments):
        try:
            code = shell.main(arguments)
        except SystemExit as end:
            code = end.code
        return code, *(each.decode("utf-8") for each in capsysbinary.readouterr())

    return run


def test_predictions_of_a_fit_are_those_of_the_package(run):
    table = pd.read_csv("data.csv")
    code, printed, complaints = run("predict", "net.nn", "new.parquet")
    assert (code, complaints) == (0, "")
    found = pd.read_csv(StringIO(printed))
    assert list(found) == ["y"]
    X = np.column_stack([np.ones(30), table["a"], table["café"]])
    np.testing.assert_allclose(
        found["y"], X @ np.linalg.lstsq(X, table["y"], rcond=None)[0], rtol=1e-6
    )
    net = NeuralNetwork.load("net.nn")
    assert [float(line) for line in printed.split()[1:]] == list(net.predict(table))


@pytest.mark.filterwarnings("ignore:1 missing value imputed")
def test_options_reach_the_network(run):
    given = ["--hidden", "3,2", "--activation", "tanh", "--family", "poisson", "--decay", "0.5"]
    given += ["--weights", "a", "--na-action", "impute", "--seed", "5"]
    frame = pd.DataFrame({"a": [1.0, 2.0] * 15, "x": np.arange(30.0)})
    frame["n"] = (frame["x"] // 3 + frame["a"]).astype(int)
    frame.loc[4, "x"] = np.nan
    frame.to_csv("counts.csv", index=False)
    code, printed, complaints = run("fit", "counts.csv", "n ~ x", "--save", "counts.nn", *given)
    assert (code, complaints) == (0, "")
    assert printed.endswith("Saved to counts.nn\n")
    net = NeuralNetwork.load("counts.nn")
    judge = NeuralNetwork(
        "n ~ x",
        frame,
        [3, 2],
        activation="tanh",
        family="poisson",
        decay=0.5,
        weights="a",
        na_action="impute",
        seed=5,
    )
    assert list(net.theta) == list(judge.train(trace=0).theta)
    assert "is.na(x)" in net.x_names


def test_types_and_intervals(run):
    new = ["net.nn", "new.parquet"]
    for kind in ("response", "link", "original"):
        assert run("predict", *new, "--type", kind)[0] == 0
    rows = ["--data", "data.csv", "--interval", "prediction"]
    code, printed, complaints = run("predict", *new, *rows, "--level", "0.5", "--output", "-")
    assert (code, complaints) == (0, "")
    assert printed.startswith("fit,lower,upper\n")
    assert run("predict", *new, "--data", "data.csv", "--output", "out.parquet")[:2] == (0, "")
    found = pd.read_parquet("out.parquet")["y"]
    pd.testing.assert_series_equal(found, pd.read_csv(StringIO(printed))["fit"], check_names=False)


def test_show_prints_the_network_and_with_rows_the_summary(run):
    net = NeuralNetwork.load("net.nn")
    code, printed, _ = run("show", "net.nn")
    assert (code, printed) == (0, f"{net}\n")
    code, printed, _ = run("show", "net.nn", "--data", "data.csv")
    net = NeuralNetwork.load("net.nn", pd.read_csv("data.csv"))
    assert (code, printed) == (0, f"{net}\n\n{net.summary()}\n")


def test_console_without_a_character_shows_its_code(folder, monkeypatch):
    """As PYTHONIOENCODING=ascii, and Windows with cp1252 where a name is Greek."""
    monkeypatch.chdir(folder)
    shown = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", shown)
    assert shell.main(["show", "net.nn"]) == 0
    assert b"caf\\xe9" in shown.buffer.getvalue()


WRONG = {
    "command": (["fitt", "data.csv"], "no command 'fitt': .* Did you mean 'fit'?"),
    "none": ([], "arguments are required: COMMAND"),
    "option": (["show", "net.nn", "--dat", "x"], "no argument '--dat' .* Did you mean '--data'?"),
    "no file": (["fit", "data.csv", "y ~ ."], "required: --save"),
    "type": (["predict", "net.nn", "-", "--type", "prob"], "type must be .* mean 'probs'?"),
    "end": (["predict", "net.nn", "-", "--output", "a.xls"], "'a.xls' is none of these"),
    "family": (["fit", "-", "y ~ .", "--save", "a", "--family", "logit"], "mean 'binomial'?"),
    "hidden": (["fit", "-", "y ~ .", "--save", "a", "--hidden", "two"], "hidden must be .*'two'"),
}
FAILED = {
    "formula": (["fit", "data.csv", "y ~ b", "--save", "a"], "unknown name 'b' in 'y ~ b'"),
    "itself": (
        ["fit", "data.csv", "y ~ a", "--save", "data.csv"],
        "'data.csv' is a file that is read",
    ),
    "folder": (["fit", "data.csv", "y ~ a", "--save", "no/a"], "no folder 'no' to write into"),
    "decay": (["fit", "data.csv", "y ~ a", "--save", "a", "--decay", "x"], "decay must be"),
    "column": (["predict", "net.nn", "short.csv"], "'café' is not in the data: did you mean"),
    "corrupt": (["show", "bad.nn"], "bad.nn is damaged, or no file that"),
    "absent": (["show", "no.nn"], "cannot read 'no.nn': No such file or directory$"),
    "rows": (["predict", "net.nn", "-", "--interval", "confidence"], "--data TABLE"),
    "unknown end": (["predict", "net.nn", "table.xlsx"], "'table.xlsx' is none of these"),
}


@pytest.mark.parametrize("name", [*WRONG, *FAILED])
def test_errors_are_one_line_with_a_remedy(name, run):
    arguments, message = {**WRONG, **FAILED}[name]
    code, printed, complaints = run(*arguments)
    assert (code, printed) == (2 if name in WRONG else 1, "")
    assert "Traceback" not in complaints
    last = complaints.splitlines()[-1]
    assert re.search(message.replace("?", r"\?"), last), last
    assert re.match(r"neuralnet( \w+)?: error: ", last)
    assert name in WRONG or complaints.count("\n") == 1


def test_faults_of_the_package_keep_their_traceback(run, monkeypatch):
    monkeypatch.setattr(shell, "read_table_file", lambda path: {}["a"])
    with pytest.raises(KeyError):
        run("predict", "net.nn", "new.parquet")


@pytest.mark.filterwarnings("default")
def test_warnings_are_lines_without_a_place(run):
    Path("gap.csv").write_text("a,y\n1,2\n3,\n" + "5,6\n7,9\n" * 9, encoding="utf-8")
    code, _, complaints = run("fit", "gap.csv", "y ~ a", "--save", "gap.nn", "--hidden", "0")
    assert code == 0
    assert complaints.startswith("neuralnet fit: warning: 1 of 20 rows dropped")


def test_interrupt_ends_quietly(run, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(shell, "read_table_file", interrupt)
    assert run("predict", "net.nn", "new.parquet") == (130, "", "")


def test_help_has_examples_that_are_valid(run, monkeypatch):
    code, printed, _ = run("--help")
    assert code == 0
    examples = re.findall(r"^  neuralnet (.*)$", printed, re.MULTILINE)
    assert {shlex.split(each)[0] for each in examples} == set(shell.COMMANDS)
    for each in examples:
        shell.read_arguments(shlex.split(each.partition(" | ")[0]))
    for command in shell.COMMANDS:
        assert "examples:" in run(command, "--help")[1]


def test_choices_are_those_of_the_package():
    types = {"type": PredictionType, "interval": IntervalType, "unseen": UnseenPolicy}
    assert {name: get_args(kind) for name, kind in types.items()} == shell.PREDICT
    assert shell.FIT["na_action"]["help"] == ", ".join(get_args(NaAction))


def test_entry_points_are_the_command_line():
    scripts = {each.name: each for each in metadata.entry_points(group="console_scripts")}
    for name in ("neuralnet", "formula-neuralnet"):
        assert scripts[name].load() is shell.main


@pytest.mark.skipif(os.name == "nt", reason="needs a shell with pipes")
def test_shell_reads_standard_input_and_closes_pipes(folder):
    paths = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    # The rows fill the pipe, so that the writer meets its end.
    lines = "a,café\n" + "1.0,2.0\n" * 20_000
    command = f"{shlex.quote(sys.executable)} -m neuralnet predict net.nn - "
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -n 2; echo ${{PIPESTATUS[0]}}; {command} < short.csv"],
        input=lines.encode(),
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "cp1252"},
    )
    name, first, code = done.stdout.decode("ascii").split()
    assert (name, code) == ("y", "141")
    assert 2 < float(first) < 4
    assert done.returncode == 1
    assert done.stderr.decode("cp1252").count("\n") == 1, done.stderr
