"""Forecasts of a long training: the time left by a fake clock, and the memory that it takes."""

import re
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from networks import OPTIMIZERS, make_net

from neuralnet import NeuralNetwork
from neuralnet.optimizers import LBFGS, Newton
from neuralnet.training.forecast import (
    TimeForecast,
    describe_memory,
    describe_time_left,
    estimate_memory,
)
from neuralnet.training.options import prepare_run
from neuralnet.training.stages import StageReporter

RNG = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def bars(monkeypatch):
    """Bars are not turned off by the environment."""
    monkeypatch.delenv("TQDM_DISABLE", raising=False)


@pytest.fixture
def slow(monkeypatch):
    """A clock that advances by a second at each look."""
    times = iter(range(10**9))

    def look():
        return float(next(times))

    monkeypatch.setattr("neuralnet.training.trace_and_callback.perf_counter", look)
    monkeypatch.setattr(StageReporter.__init__, "__defaults__", (True, np.inf, look))


def test_the_first_work_is_not_measured():
    """It may include the compilation of code: 40 s here."""
    forecast = TimeForecast(1_000)
    # After 1.5 s for 6 units: 0.25 s a unit.
    work = [(100, 40.0), (3, 40.5), (3, 41.5), (1, 50.0)]
    assert [forecast.count(*each) for each in work] == [None, None, (0.25, 894), None]


@pytest.mark.parametrize(("total", "seconds"), [(8, 1.0), (10_000, 1e-3), (1, 20.0)])
def test_short_work_has_no_forecast(total, seconds):
    forecast = TimeForecast(total)
    for number in range(1, total + 1):
        assert forecast.count(1, number * seconds) is None


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_says_once_how_long_the_rest_takes_at_most(optimizer, slow, capsys):
    net = make_net(hidden=2, decay=0.1)
    lines = {"callback": lambda net, iteration: iteration == 6, "optimizer": optimizer}
    net.train(100, trace=50, tolerance=None, **lines)
    # After the second update there are 98; a look at the clock takes a second.
    name = type(net._fit.state.optimizer).__name__
    wanted = f"About 98 s left at most: 98 iterations of 1 s, if {name} does not end before\n"
    shown = capsys.readouterr()
    assert shown.err == wanted.replace("About 98 s", "About 1.6 min") and shown.out == ""


def test_starts_count_together(slow, capsys):
    lines = {"trace": 1_000, "callback": lambda net, iteration: None}
    make_net(hidden=2).train(50, tolerance=None, restarts=4, **lines)
    assert capsys.readouterr().err.startswith("About 3.3 min left at most: 198 iterations of 1 s")


@pytest.mark.parametrize("options", [{"trace": 0}, {"trace": 0, "restarts": 3}])
def test_silence_is_kept(options, slow, capsys):
    make_net(hidden=2).train(100, tolerance=None, **options)
    assert capsys.readouterr() == ("", "")


def test_what_turns_bars_off_turns_it_off(monkeypatch):
    monkeypatch.setenv("TQDM_DISABLE", "1")
    forecast = TimeForecast(1_000)
    assert [forecast.count(1, now) for now in (0.0, 9.0, 99.0)] == [None] * 3


def test_forecast_changes_no_bit(slow):
    net, twin = make_net(hidden=2), make_net(hidden=2)
    net.train(60, trace=7)
    twin.train(60, trace=0)
    assert net.theta.tobytes() == twin.theta.tobytes()


def test_stages_say_it_in_the_first_stage(capsys):
    now = [0.0]
    with StageReporter(40, patience=np.inf, clock=lambda: now[0]) as stages:
        stages.begin("Searching", work=20)
        for _ in range(20):
            now[0] += 3.0
            stages.advance(1)
        stages.end("Chose it")
    # After two units, of which the second was measured: 38 of 3 s.
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("Chose it\n", "About 1.9 min left, by the pace so far\n")


def test_automatic_training_says_it(slow, capsys):
    x = np.linspace(-3.0, 3.0, 30)
    NeuralNetwork("y ~ x", {"x": x, "y": np.sin(x)}, hidden=1, seed=1).train()
    shown = capsys.readouterr()
    # On a slow machine a bar is in it too.
    assert re.search(r"About [\d.]+ min left, by the pace so far\n", shown.err)
    assert len(shown.out.splitlines()) == 2 and shown.out.startswith("Chose decay")


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs", "newton", Newton(dense_limit=1_000)])
def test_memory_is_about_what_training_takes(optimizer):
    """Beyond the network, as Python's allocations tell; LAPACK's work space is not among them."""
    data = pd.DataFrame(RNG.normal(size=(20_000, 11)), columns=[*"abcdefghijy"])
    many = not isinstance(optimizer, Newton)
    net = NeuralNetwork("y ~ .", data if many else data[:500], hidden=30 if many else 60, seed=1)
    run = prepare_run(net._model, net._fit.state, optimizer=optimizer, validation=0.3)
    estimate = sum(estimate_memory(net._model, run).values())
    del run
    tracemalloc.start()
    net.train(2, optimizer=optimizer, validation=0.3, trace=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.4 < peak / estimate < 2.5


def test_memory_of_the_parts():
    net = make_net(hidden=2)
    P, n = net.theta.size, net.nobs
    plain = prepare_run(net._model, net._fit.state)
    kept = prepare_run(net._model, net._fit.state, optimizer=LBFGS(memory=50), batch_size=None)
    with_folds = estimate_memory(net._model, plain, fold_rows=n, processes=2)
    row = 8 * net.X.shape[1] + net._model.batch.Y.itemsize
    assert with_folds["folds"] == 2 * n * row
    assert with_folds["processes"] == 4 * n * row
    assert estimate_memory(net._model, kept)["LBFGS"] == 8 * P * 108
    assert estimate_memory(net._model, plain)["GradientDescent"] == 8 * P * 8


def test_memory_is_printed_where_it_is_large_or_asked_for(monkeypatch, capsys):
    make_net(hidden=2).train(1, tolerance=None)
    assert capsys.readouterr().out == ""
    make_net(hidden=2).train(1, tolerance=None, progress=True)
    shown = capsys.readouterr()
    assert shown.out == "" and " kB of memory: 100%|" in shown.err
    make_net("gaussian", 0).train(progress=True)
    assert capsys.readouterr().out.startswith("Needs about ")
    monkeypatch.setattr("neuralnet.selection.session.LARGE", 10.0)
    make_net(hidden=2).train(1, tolerance=None)
    assert capsys.readouterr().out.startswith("Needs about ")
    make_net(hidden=2).train(1, tolerance=None, trace=0)
    assert capsys.readouterr().out == ""


def test_words():
    assert describe_memory({"Newton": 4e3}) == (
        "Needs about 4 kB of memory beyond the network: Newton 4 kB"
    )
    assert describe_time_left(60, 100, LBFGS()).startswith("About 1.7 h left at most: 100 iter")
