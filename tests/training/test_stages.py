"""Progress in stages: when lines and bar appear, their contents, and the end of the bar."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from math import inf

import pytest

from neuralnet.training.stages import PATIENCE, StageReporter


@pytest.fixture
def now(monkeypatch):
    """Fake clock of reporter and bar: a list of one number, set by the test."""
    time = [1000.0]
    monkeypatch.setattr("tqdm.std.time", lambda: time[0])
    return time


@pytest.fixture
def no_tqdm(monkeypatch):
    for name in ("tqdm", "tqdm.auto"):
        monkeypatch.setitem(sys.modules, name, None)


def watch(work, now, total=10.0, silent=False):
    """Output of a block on standard error and on standard output."""
    error, output = io.StringIO(), io.StringIO()
    reporter = StageReporter(total, not silent, inf if silent else PATIENCE, clock=lambda: now[0])
    with redirect_stderr(error), redirect_stdout(output), reporter:
        work(reporter)
    return error.getvalue(), output.getvalue()


def list_frames(written):
    """Distinct states of the bar in the order in which they were drawn."""
    frames = [frame.strip() for frame in written.replace("\n", "\r").split("\r")]
    return list(dict.fromkeys(filter(None, frames)))


def work_in_two_stages(now, seconds):
    """Two stages of four and six units, with the given seconds per unit."""

    def work(reporter):
        reporter.begin("Searching", work=4)
        for decay in (0.1, 0.2, 0.4, 0.8):
            now[0] += seconds
            reporter.advance(1, f"decay {decay}")
        reporter.end("Chose decay 0.8")
        reporter.begin("Training", work=6)
        now[0] += 6 * seconds
        reporter.advance(6)
        reporter.end("Trained")

    return work


def test_short_work_prints_a_line_a_stage_and_shows_no_bar(now):
    error, output = watch(work_in_two_stages(now, PATIENCE / 11), now)
    assert error == ""
    assert output == "Chose decay 0.8\nTrained\n"


def test_bar_appears_once_two_seconds_have_passed(now):
    error, output = watch(work_in_two_stages(now, PATIENCE / 4), now)
    # The first frame is after four of the units, not at the first of them.
    assert list_frames(error)[0].startswith("Searching:  40%|")
    assert output == "Chose decay 0.8\nTrained\n"


def test_bar_shows_stage_best_so_far_and_time_left_from_the_very_start(now):
    error, _ = watch(work_in_two_stages(now, 1.0), now)
    frames = list_frames(error)
    # One second per unit, of which the first two were before there was a bar.
    wanted = [
        ("Searching:  20%|", "| 00:08 left, decay 0.2"),
        ("Searching:  30%|", "| 00:07 left, decay 0.4"),
        ("Searching:  40%|", "| 00:06 left, decay 0.8"),
        ("Training:  40%|", "| 00:06 left"),
        ("Training: 100%|", "| 00:00 left"),
    ]
    assert len(frames) == len(wanted)
    for frame, (start, end) in zip(frames, wanted, strict=True):
        assert frame.startswith(start) and frame.endswith(end)


def test_stage_that_ends_early_counts_as_done(now):
    def work(reporter):
        reporter.begin("Searching", work=5)
        now[0] += 3.0
        reporter.advance(1)
        reporter.end("Enough")
        reporter.begin("Training", work=5)

    assert list_frames(watch(work, now)[0])[-1].startswith("Training:  50%|")


@pytest.mark.parametrize("total", [0.3, 0.5, 3.0])
def test_more_work_than_announced_fills_the_bar_and_no_more(now, total):
    def work(reporter):
        reporter.begin("Searching", work=total)
        now[0] += 3.0
        for _ in range(100):
            now[0] += 1.0
            reporter.advance(0.1)

    assert list_frames(watch(work, now, total)[0])[-1].startswith("Searching: 100%|")


@pytest.mark.parametrize("works", [(0.1, 0.2), (0.3, 0.4)])  # 0.1 + 0.2 > 0.3 in floats
def test_stages_together_fill_the_bar_and_no_more(now, works):
    def work(reporter):
        now[0] += 3.0
        for each in works:
            reporter.begin("Searching", each)
            now[0] += 1.0
            reporter.end("Done")

    assert list_frames(watch(work, now, total=0.3)[0])[-1].startswith("Searching: 100%|")


def test_silent_reporter_shows_nothing(now):
    assert watch(work_in_two_stages(now, 100.0), now, silent=True) == ("", "")


def test_silent_reporter_needs_no_tqdm():
    program = """
import sys
from neuralnet.training.stages import StageReporter
with StageReporter(1, False, float('inf'), clock=iter(range(0, 100, 10)).__next__) as reporter:
    reporter.begin("Searching", 1)
    reporter.end("Found")
with StageReporter(1) as reporter:
    reporter.begin("Searching", 1)
    reporter.end("Found")
assert "tqdm" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_without_tqdm_a_late_stage_prints_its_name_at_its_beginning(no_tqdm):
    now = [0.0]
    error, output = watch(work_in_two_stages(now, 1.0), now)
    assert error == ""
    assert output == "Chose decay 0.8\nTraining ...\nTrained\n"


def test_without_tqdm_short_work_prints_lines_only(no_tqdm):
    now = [0.0]
    assert watch(work_in_two_stages(now, 0.1), now) == ("", "Chose decay 0.8\nTrained\n")


def test_lines_stand_above_the_bar_where_both_share_a_terminal(now):
    terminal = io.StringIO()
    reporter = StageReporter(10, clock=lambda: now[0])
    with redirect_stderr(terminal), redirect_stdout(terminal), reporter:
        work_in_two_stages(now, 1.0)(reporter)
    lines = [line.split("\r")[-1] for line in terminal.getvalue().split("\n")]
    # The last frame erases the bar.
    assert [line.strip() for line in lines] == ["Chose decay 0.8", "Trained", ""]


@pytest.mark.parametrize("seconds", [0.1, 1.0])
def test_lines_are_not_held_back(now, seconds):
    flushed = []

    class Output(io.StringIO):
        def flush(self):
            flushed.append(self.getvalue())

    reporter = StageReporter(10, clock=lambda: now[0])
    with redirect_stderr(io.StringIO()), redirect_stdout(Output()), reporter:
        work_in_two_stages(now, seconds)(reporter)
        assert flushed[-1] == "Chose decay 0.8\nTrained\n"


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_bar_is_closed_when_something_happens(now, kind):
    bars = []

    def work(reporter):
        reporter.begin("Searching", work=4)
        now[0] += 3.0
        reporter.advance(1)
        bars.append(reporter._bar)
        raise kind

    with pytest.raises(kind):
        watch(work, now)
    assert bars[0].disable and bars[0] not in bars[0]._instances


def test_late_thread_opens_no_bar_and_prints_nothing(now):
    kept = []
    watch(kept.append, now)
    now[0] += 100.0

    def work(_):
        kept[0].begin("Searching", work=4)
        kept[0].advance(1, "decay 1")
        kept[0].end("Found")

    assert watch(work, now) == ("", "")


def test_a_clock_that_differs_changes_no_line():
    outputs = [
        watch(work_in_two_stages(time, seconds), time)[1]
        for time, seconds in [([0.0], 0.0), ([0.0], 1e6)]
    ]
    assert outputs[0] == outputs[1]


def test_notebook_without_widgets_gets_text_and_no_warning():
    program = """
import sys, types
sys.modules["ipykernel.zmqshell"] = types.ModuleType("ipykernel.zmqshell")
sys.modules["IPython"] = types.ModuleType("IPython")
sys.modules["IPython"].get_ipython = lambda: object()
sys.modules["ipywidgets"] = None
from neuralnet.training.stages import StageReporter
with StageReporter(2, clock=iter([0.0, 1.0, 10.0]).__next__) as reporter:
    reporter.begin("Searching", 2)
    reporter.advance(1)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0
    assert "Warning" not in done.stderr and "Searching:  50%" in done.stderr


def test_bar_that_the_environment_switches_off_leaves_the_lines():
    program = """
from neuralnet.training.stages import StageReporter
with StageReporter(2, clock=iter(range(10, 100, 10)).__next__) as reporter:
    reporter.begin("Searching", 2)
    reporter.advance(1, "decay 0.2")
    reporter.end("Chose decay 0.2")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "TQDM_DISABLE": "1"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "Chose decay 0.2\n", "")
