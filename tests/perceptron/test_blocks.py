"""Blocks of rows: evaluation and prediction allocate no array of all rows but their result."""

import tracemalloc
from functools import partial

import numpy as np
import pandas as pd
import pytest

from neuralnet import NeuralNetwork
from neuralnet.model import evaluate_intercept
from neuralnet.perceptron.blocks import choose_block_rows, split_rows
from neuralnet.training import hidden_units

# With many classes or hidden units an array of all rows is much larger than one of a block.
N, K = 12_800, 200


def make_table(n=N, levels=K):
    rng = np.random.default_rng(1)
    codes = np.append(np.arange(levels), rng.integers(0, levels, n - levels))
    names = np.array([f"c{code:03d}" for code in range(levels)])
    return pd.DataFrame({"y": names[codes], "a": rng.normal(size=n), "b": rng.normal(size=n)})


@pytest.fixture(scope="module")
def net():
    return NeuralNetwork("y ~ a + b", make_table(), 3, seed=1, init=0.5)


@pytest.fixture(scope="module")
def wide():
    """Many hidden units instead of many classes."""
    return NeuralNetwork("y ~ a + b", make_table(levels=3), K, seed=1, init=0.5)


def measure_peak(work):
    """Peak of the bytes that the second call allocates."""
    work()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def count_bytes(net):
    """Bytes of an array of all rows, and of an array of one block."""
    widest = max(net._model.perceptron.sizes)
    return 8 * N * widest, 8 * choose_block_rows(net._model.perceptron.sizes) * widest


SMALL_RESULTS = {
    "compute_loss": lambda net: net.compute_loss(),
    "accuracy": lambda net: net.accuracy(),
    "classes": lambda net: net.predict(),
    "confusion matrix": lambda net: net.confusion_matrix(),
    "units without a slope": lambda net: hidden_units.measure_units(
        net._model.perceptron, net.theta, net._model.batch
    ),
    "baseline": lambda net: evaluate_intercept(
        net._model.perceptron, net._model.batch, net._model.intercept
    ),
}


@pytest.mark.parametrize("which", ["net", "wide"])
@pytest.mark.parametrize("name", SMALL_RESULTS)
def test_small_results_allocate_blocks_alone(request, name, which):
    net = request.getfixturevalue(which)
    whole, block = count_bytes(net)
    assert measure_peak(partial(SMALL_RESULTS[name], net)) < 0.5 * whole
    assert whole > 20 * block


LARGE_RESULTS = {
    "fit": lambda net: net.fit(),
    "output": lambda net: net.output,
    "probs": lambda net: net.predict(type="probs"),
    "link": lambda net: net.predict(type="link"),
    "residuals": lambda net: net.residuals,
}


@pytest.mark.parametrize("name", LARGE_RESULTS)
def test_results_of_all_rows_and_classes_are_allocated_once(net, name):
    whole, _ = count_bytes(net)
    assert measure_peak(partial(LARGE_RESULTS[name], net)) < 1.5 * whole


def test_lipschitz_constant_of_many_classes_is_measured_in_blocks():
    net = NeuralNetwork("y ~ a + b", make_table(2_560, 100), 3, seed=1, scale=True, init=0.5)
    work = partial(net._model.estimate_lipschitz, net._model.batch)
    assert measure_peak(work) < 10 * 8 * 2_560 * 100


@pytest.mark.xdist_group("machine code")
def test_compiled_engine_evaluates_in_the_blocks_of_numpy(net):
    pytest.importorskip("numba")
    from neuralnet.perceptron.compiled import CompiledEngine
    from neuralnet.perceptron.engine import NumpyEngine

    perceptron, batch = net._model.perceptron, net._model.batch
    engine = CompiledEngine(perceptron)
    whole, _ = count_bytes(net)
    assert measure_peak(partial(engine.evaluate, net.theta, batch)) < 0.5 * whole
    ours, theirs = (each.evaluate(net.theta, batch) for each in (engine, NumpyEngine(perceptron)))
    assert (ours.loss, ours.correct) == (theirs.loss, theirs.correct)


@pytest.mark.parametrize("levels", [2, 3, 17, K])
def test_blocks_give_the_bits_of_the_whole(levels):
    """Of scores row by row in memory."""
    net = NeuralNetwork("y ~ a + b", make_table(9_000, levels), 3, seed=1, init=0.5)
    perceptron, X = net._model.perceptron, net.X
    eta = net.predict(type="link").to_numpy(copy=True, dtype=float).reshape(len(X), -1)
    parts = [
        perceptron.forward(net.theta, X[rows])[0][-1]
        for rows in split_rows(len(X), choose_block_rows(perceptron.sizes))
    ]
    eta = np.ascontiguousarray(eta)
    assert eta.tobytes() == np.concatenate(parts).tobytes()
    mu = perceptron.family.mean(eta)
    assert net.fit().tobytes() == mu.tobytes()
    codes = perceptron.family.codes(net._model.batch.Y)
    expected = np.eye(levels)[codes] - mu
    assert np.asarray(net.residuals).tobytes() == np.ascontiguousarray(expected).tobytes()
    assert net.predict().tolist() == np.array(net.classes)[eta.argmax(axis=1)].tolist()
