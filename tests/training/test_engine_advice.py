"""Advice on the engine after long training: from operation counts, once, only for a gain."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from loops import case_by_case
from networks import make_net

from neuralnet import NeuralNetwork, load_hotdogs, load_iris
from neuralnet.activations import Sigmoid
from neuralnet.optimizers import Adam, GradientDescent
from neuralnet.optimizers.schedules import ExponentialDecay
from neuralnet.training import engine_advice as engines
from neuralnet.training.options import prepare_run

QUIET = {"trace": 0, "tolerance": None}
NEEDED = "engine='compiled'"
# Iris with 5 units: 150 rows times 43 weights are below the minimum.
MANY = math.ceil(engines.LONG / engines.FLOOR)
XOR = pd.DataFrame({"a": [0, 0, 1, 1], "b": [0, 1, 0, 1], "y": ["no", "yes", "yes", "no"]})


class Mine(Sigmoid):
    """User-defined activation, which cannot be compiled."""


def recommend(iterations=MANY, before=0, data=None, plan=None, **options):
    """Advice after n iterations, without running them."""
    data = load_iris() if data is None else data
    net = NeuralNetwork("Species ~ .", data, hidden=5, seed=1, **options)
    training_run = prepare_run(
        net._model, replace(net._fit.state, iteration=before), **(plan or {})
    )
    return engines.recommend_engine(net._model, training_run, iterations)


def test_long_training_of_a_small_network_advises_the_compiled_engine():
    found = recommend()
    assert NEEDED in found and f"{MANY:,} iterations, 150 rows, 43 weights" in found
    assert recommend(iterations=MANY - 1) == ""


@pytest.mark.parametrize(
    ("formula", "data", "hidden", "saved"),
    [
        ("Species ~ .", load_iris(), 5, 29.7 - 10.2),
        ("y ~ a + b", XOR, 2, 29.7 - 10.2),
        ("class ~ .", load_hotdogs(), 30, 61.8 - 29.1),
    ],
    ids=["iris", "XOR", "hot dogs"],
)
def test_advice_appears_when_the_gain_exceeds_the_compilation(formula, data, hidden, saved):
    """Microseconds per iteration, from README's table; half a minute of compilation."""
    net = NeuralNetwork(formula, data, hidden=hidden, seed=1)
    training_run, even = prepare_run(net._model, net._fit.state), 30e6 / saved
    assert engines.recommend_engine(net._model, training_run, int(1.2 * even))
    assert not engines.recommend_engine(net._model, training_run, int(0.8 * even))


def test_advice_is_given_once_when_the_count_is_reached():
    said = [bool(recommend(MANY // 4, before)) for before in range(0, 2 * MANY, MANY // 4)]
    assert sum(said) == 1 and said.index(True) in (3, 4)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "nesterov", "adam"])
def test_advice_is_given_for_every_optimizer_with_a_compiled_loop(optimizer):
    assert NEEDED in recommend(plan={"optimizer": optimizer})


@case_by_case(
    "plan",
    [
        {"optimizer": "newton"},
        {"optimizer": "lbfgs"},
        {"optimizer": "rprop"},
        {"optimizer": "adam", "batch_size": 20},
        {"optimizer": "adam", "validation": 0.2},
        {"learn_rate": ExponentialDecay(0.01, 0.999)},
        {"gradient_tolerance": 1e-9},
    ],
    ids=str,
)
def test_no_advice_where_updates_are_not_fused(plan):
    assert recommend(plan=plan) == ""


@pytest.mark.parametrize(
    "options",
    [
        {"scale": True},
        {"decay": 0.1, "mixture": 0.5},
        {"dtype": "float32"},
        {"activation": Mine()},
    ],
    ids=str,
)
def test_no_advice_where_the_compiled_engine_would_not_gain(options):
    assert recommend(**options) == ""


def test_no_advice_where_passes_take_longer_than_calls():
    data = pd.concat([load_iris()] * 40, ignore_index=True)
    assert len(data) * 43 > engines.SMALL
    assert recommend(data=data) == ""


def test_no_advice_with_the_compiled_engine():
    pytest.importorskip("numba")
    assert recommend(engine="compiled") == ""


def test_advice_names_the_extra_where_numba_is_missing(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert recommend().endswith("It needs numba: pip install 'formula-neuralnet[fast]'.")
    monkeypatch.setattr(engines, "find_spec", lambda name: SimpleNamespace())
    assert "pip install" not in recommend()


def test_optimizers_are_those_with_a_compiled_loop():
    pytest.importorskip("numba")
    from neuralnet.perceptron.compiled.steps import OPTIMIZER_CODES

    assert set(engines.OPTIMIZERS) == set(OPTIMIZER_CODES)


@pytest.mark.parametrize("optimizer", [GradientDescent(), Adam()], ids=str)
def test_message_has_the_advice_and_no_number_changes(monkeypatch, optimizer):
    plain = make_net().train(60, optimizer=optimizer, **QUIET)
    assert NEEDED not in plain.message
    n, P = plain.nobs, plain.theta.size
    monkeypatch.setattr(engines, "LONG", 50.0 * max(n * P, engines.FLOOR))
    whole = make_net().train(60, optimizer=optimizer, **QUIET)
    assert whole.message.startswith(plain.message) and whole.message.count(NEEDED) == 1
    parts = make_net().train(30, optimizer=optimizer, **QUIET)
    assert NEEDED not in parts.message
    parts.train(20, optimizer=optimizer, **QUIET)
    assert re.search(rf"\(50 iterations, {n} rows, {P} weights\)", parts.message)
    parts.train(10, optimizer=optimizer, **QUIET)
    assert NEEDED not in parts.message
    for net in (whole, parts):
        assert net.theta.tobytes() == plain.theta.tobytes() and not net.converged


def test_iterations_of_all_starts_count(monkeypatch):
    net = make_net()
    monkeypatch.setattr(engines, "LONG", 50.0 * engines.FLOOR)
    net.train(20, restarts=3, optimizer="adam", **QUIET)
    assert "(60 iterations" in net.message
    assert NEEDED not in net.train(20, optimizer="adam", **QUIET).message
