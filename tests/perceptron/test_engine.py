"""Engine: the same sums in blocks, from several threads and in two precisions; bounded memory."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from instances import INSTANCES, assert_close
from loops import case_by_case
from networks import make_net

from neuralnet.activations import Sigmoid, Tanh
from neuralnet.families import Gaussian, Softmax
from neuralnet.perceptron import blocks as module
from neuralnet.perceptron.batch import Batch
from neuralnet.perceptron.blocks import choose_block_rows, split_rows
from neuralnet.perceptron.engine import NumpyEngine
from neuralnet.perceptron.objective import Objective
from neuralnet.perceptron.perceptron import Perceptron


def make_large(n, D=20, hidden=64, K=5, dtype=np.float64):
    rng = np.random.default_rng(3)
    perceptron = Perceptron((D, hidden, K), (Sigmoid(),), Softmax())
    batch = Batch(rng.normal(size=(n, D)).astype(dtype), rng.integers(0, K, n))
    return perceptron, rng.normal(0.0, 0.1, perceptron.n_parameters), batch


@case_by_case("instance", INSTANCES[::7], ids=lambda instance: instance.name)
@case_by_case("rows", [1, 4, 14])
def test_blocks_add_up_to_the_whole(monkeypatch, instance, rows):
    monkeypatch.setattr(module, "MIN_BLOCK_ROWS", rows)
    monkeypatch.setattr(module, "MAX_BLOCK_ROWS", rows)
    engine, batch, theta = NumpyEngine(instance.perceptron), instance.batch, instance.theta
    assert engine.most_rows == rows and len(split_rows(14, choose_block_rows((3, 4)))) == -(
        -14 // rows
    )
    for found, expected in (
        (engine.loss_and_gradient, instance.perceptron.loss_and_gradient),
        (engine.evaluate, instance.perceptron.evaluate),
    ):
        ours, theirs = found(theta, batch), expected(theta, batch)
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-12)
        assert ours.weight == pytest.approx(theirs.weight, rel=1e-12)
        if theirs.gradient.size:
            assert_close(ours.gradient, theirs.gradient, 1e-12)
        else:
            np.testing.assert_allclose(ours.correct, theirs.correct, rtol=1e-12)
    scores = instance.perceptron.scores(theta, batch.X, batch.offset)
    monkeypatch.undo()
    assert_close(scores, instance.perceptron.scores(theta, batch.X, batch.offset), 1e-12)


def test_no_rows_are_one_block_of_none():
    assert split_rows(0, 5) == [slice(0, 0)]
    perceptron = Perceptron((2, 3, 2), (Tanh(),), Softmax())
    assert perceptron.scores(np.zeros(perceptron.n_parameters), np.empty((0, 2))).shape == (0, 2)


def test_blocks_are_cut_by_sizes_alone():
    for sizes in ((5, 3), (21, 64, 5), (3, 2_000, 2)):
        step = choose_block_rows(sizes)
        blocks = split_rows(3 * step + 1, step)
        assert [block.stop - block.start for block in blocks] == [step, step, step, 1]


def test_memory_does_not_grow_with_the_rows():
    perceptron, theta, batch = make_large(60_000)
    objective = Objective(perceptron, (batch,))
    objective(theta)
    tracemalloc.start()
    try:
        objective(theta)
        objective.evaluate(theta)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # One hidden layer of all rows would take 31 MB.
    assert peak < 5e6


def test_threads_may_share_an_engine():
    perceptron, theta, batch = make_large(9_000, hidden=8)
    engine = NumpyEngine(perceptron)
    thetas = [theta * scale for scale in np.linspace(0.5, 2.0, 24)]
    expected = [NumpyEngine(perceptron).loss_and_gradient(each, batch) for each in thetas]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: engine.loss_and_gradient(each, batch), thetas))
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.loss == theirs.loss
        assert ours.gradient.tobytes() == theirs.gradient.tobytes()


def test_another_batch_is_never_confused_with_the_last_one():
    perceptron, theta, batch = make_large(50)
    engine, other = NumpyEngine(perceptron), batch._replace(Y=batch.Y[::-1].copy())
    for each in (batch, other, batch):
        expected = perceptron.loss_and_gradient(theta, each)
        assert engine.loss_and_gradient(theta, each).loss == pytest.approx(expected.loss, rel=1e-13)


@pytest.mark.parametrize("n", [100, 5_000])
@pytest.mark.parametrize("family", [Softmax(), Gaussian()])
def test_single_precision_is_near_and_sums_are_double(family, n):
    perceptron, theta, batch = make_large(n)
    perceptron = Perceptron(perceptron.sizes, perceptron.activations, family)
    if isinstance(family, Gaussian):
        rng = np.random.default_rng(1)
        batch = batch._replace(Y=rng.normal(size=(n, 5)), w=rng.uniform(size=n))
    single, double = NumpyEngine(perceptron, np.float32), NumpyEngine(perceptron)
    ours, theirs = (each.loss_and_gradient(theta, batch) for each in (single, double))
    assert ours.loss == pytest.approx(theirs.loss, rel=2e-6)
    assert ours.loss != theirs.loss
    assert ours.gradient.dtype == np.float64
    assert_close(ours.gradient, theirs.gradient, 2e-5)
    assert single.evaluate(theta, batch).loss == pytest.approx(theirs.loss, rel=2e-6)


@case_by_case("family", ["softmax", "binomial", "gaussian", "poisson"])
@case_by_case("options", [{}, {"scale": True, "weights": np.arange(1.0, 37.0)}], ids=str)
def test_network_in_single_precision_trains_as_in_double(family, options):
    nets = [make_net(family, dtype=dtype, **options) for dtype in ("float64", "float32")]
    for net in nets:
        net.train(60, 1e-4, trace=0, validation=0.2)
    assert [net.dtype for net in nets] == ["float64", "float32"]
    assert nets[1].X.dtype == nets[1].theta.dtype == nets[1].objective()[1].dtype == np.float64
    assert nets[1].compute_loss() == pytest.approx(nets[0].compute_loss(), rel=1e-4)
    assert nets[1].clone().dtype == "float32"
    np.testing.assert_allclose(nets[1].hessian(), nets[0].hessian(), rtol=1e-2, atol=1e-2)
