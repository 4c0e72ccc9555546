"""Progress bar: its contents, its end, and the fallback without tqdm."""

import io
import subprocess
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from timeit import repeat

import pytest

from neuralnet.training.progress import ProgressBar


def watch(work, total=4):
    """Output of a block on standard error and on standard output."""
    error, output = io.StringIO(), io.StringIO()
    with redirect_stderr(error), redirect_stdout(output), ProgressBar(total) as bar:
        work(bar)
    return error.getvalue(), output.getvalue()


def read_last(written):
    """Text that remains visible: the last one written over the line."""
    return written.rstrip("\n").split("\r")[-1]


def test_bar_counts_and_shows_the_last_loss():
    def work(bar):
        for loss in [8.0, 4.0, 2.0, 0.123456789]:
            bar.advance(loss)

    error, output = watch(work)
    last = read_last(error)
    assert last.startswith("100%|") and "4/4 [" in last and last.endswith(", loss 0.12346]")
    assert error.endswith("\n") and output == ""


def test_bar_shows_the_time_left(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])

    def work(bar):
        now[0] += 1.0
        bar.advance(8.0)

    # One second per iteration: after the first, three are left.
    assert "1/4 [00:01<00:03," in watch(work)[0]


def test_full_bar_where_training_stopped_early():
    error, _ = watch(lambda bar: bar.advance(1.0), total=1000)
    assert read_last(error).startswith("100%|") and "1/1 [" in read_last(error)


@pytest.mark.parametrize("total", [0, 5])
def test_bar_without_an_iteration(total):
    error, _ = watch(lambda bar: None, total)
    assert read_last(error).startswith("0it [") and "loss" not in error


@pytest.mark.parametrize("loss", [float("inf"), float("nan"), 0.0, 1e-300, 1e300])
def test_bar_shows_any_loss(loss):
    error, _ = watch(lambda bar: bar.advance(loss), total=1)
    assert f"loss {loss:.5g}]" in error


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_bar_is_closed_and_visible_when_something_happens(kind):
    def work(bar):
        bar.advance(2.0)
        raise kind

    error, bars = io.StringIO(), []
    with redirect_stderr(error), pytest.raises(kind), ProgressBar(4) as bar:
        bars.append(bar._bar)
        work(bar)
    assert read_last(error.getvalue()).startswith(" 25%|")
    assert error.getvalue().endswith("\n")
    assert bars[0] not in bars[0]._instances


def test_message_is_a_separate_line_on_standard_output():
    def work(bar):
        bar.advance(2.0)
        bar.message("Iteration 1\tLoss 2")
        bar.message("100 %")

    error, output = watch(work)
    assert output == "Iteration 1\tLoss 2\n100 %\n"
    assert "Iteration" not in error


def test_message_is_above_the_bar_where_both_share_a_terminal():
    terminal = io.StringIO()
    with redirect_stderr(terminal), redirect_stdout(terminal), ProgressBar(4) as bar:
        bar.message("halfway")
    above, below = terminal.getvalue().removesuffix("\n").split("\n")
    assert read_last(above) == "halfway"
    assert read_last(below).startswith("0it [")


def test_message_is_not_held_back():
    flushed = []

    class Output(io.StringIO):
        def flush(self):
            flushed.append(self.getvalue())

    with redirect_stderr(io.StringIO()), redirect_stdout(Output()), ProgressBar(1) as bar:
        bar.message("now")
    assert flushed[-1] == "now\n"


def test_one_bar_after_the_other_and_one_bar_used_twice():
    error = io.StringIO()
    with redirect_stderr(error):
        again = ProgressBar(2)
        for _ in range(2):
            with again as bar:
                bar.advance(1.0)
                bar.advance(1.0)
    assert error.getvalue().count("\n") == 2 and error.getvalue().count("2/2 [") == 2


def test_advancing_costs_little():
    with redirect_stderr(io.StringIO()), ProgressBar(10**6) as bar:
        bar.advance(1.0)
        seconds = min(repeat(lambda: bar.advance(0.123), number=2_000, repeat=20)) / 2_000
    # An iteration on a small table can spare three microseconds; a busy machine is slower.
    assert seconds < 10e-6


@pytest.mark.parametrize("name", ["tqdm", "tqdm.auto"])
def test_missing_tqdm_names_the_extra(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"pip install 'formula-neuralnet\[progress\]'"):
        ProgressBar(3)


def test_tqdm_is_imported_only_for_a_bar():
    program = """
import sys
from neuralnet.training.progress import ProgressBar
assert "tqdm" not in sys.modules
ProgressBar(1)
assert "tqdm" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_notebook_without_widgets_gets_text_and_no_warning():
    # As seen by tqdm: the kernel of a notebook, without ipywidgets.
    program = """
import sys, types
sys.modules["ipykernel.zmqshell"] = types.ModuleType("ipykernel.zmqshell")
sys.modules["IPython"] = types.ModuleType("IPython")
sys.modules["IPython"].get_ipython = lambda: object()
sys.modules["ipywidgets"] = None
from neuralnet.training.progress import ProgressBar
with ProgressBar(1) as bar:
    bar.advance(1.0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert "Warning" not in done.stderr and "1/1 [" in done.stderr


def test_a_complete_run_gives_no_warning():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        watch(lambda bar: [bar.advance(1.0), bar.message("line")])
    assert caught == []
